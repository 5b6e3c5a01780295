"""What people asked in vain, and what a maintainer can do about it: questions that are alike, counted, beside what there is.

Alike are questions whose vectors, from the features that FAQ entries are found by, have a high cosine on average (UPGMA).
Measured on 40 entries of faq.yaml, twelve differently worded phrasings each, which the matcher was not given: at ALIKE .59 of the
phrasings come into groups of three or more, and .75 of those into a group of their own entry; a lower bound groups more, less purely.

Where BOT_SEMANTIC=on, questions are alike by meaning too, in different languages as well. On 1,000 questions of tests/gold, of which two
belong together where they share half of their gold quotes, and not where they share no sentence that answers: by words .81 of the pairs
in one group belong together, and .071 of the pairs that do are in one group; with meaning .82 and .080 (the same language, not
English: .82 and .59; .78 and .61; two languages: none; .82 and .010). On the 40 entries in eight languages: .39 and .036; .44 and .067.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bot import frames, render
from bot.answer import Answer, Status
from bot.assistant import Assistant
from bot.corpus import Span
from bot.errors import number_of
from bot.faq import Entry, phrasing_key
from bot.render import Row
from bot.ridge import Floats, product
from bot.store import Asked

FEWEST = 3
"""Askings from which a gap is shown: fewer could tell who asked."""
ALIKE = 0.16
"""Mean cosine from which two groups are one."""
MEANT = 0.4
"""Cosine by meaning that is worth as much as ALIKE."""
MEANT_IN_ONE = 0.65
"""The same of two questions in one language other than English, which lie closer together."""
MOST = 1000
"""Different wordings that are grouped, the most frequent first."""
WORDINGS = 5
"""Wordings of a gap that are shown at a terminal."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that are alike and were asked in vain, and what the bot has on the most frequent of them today."""

    wordings: tuple[str, ...]
    """The most frequent first."""
    count: int
    """Askings, by any number of people."""
    answer: Answer
    """What the first wording gets today."""
    entry: Entry | None
    """The one that answers; under a refusal the one that comes nearest to answering, or the known unknown that refuses."""
    nearest: Span | None
    """The passage that comes nearest to answering; None where the corpus has none of the words."""

    @property
    def answered(self) -> bool:
        """Whether the bot does answer, but not to people's content."""
        return self.answer.status is Status.ANSWERED


def gaps(assistant: Assistant, asked: Iterable[Asked]) -> list[Gap]:
    """The gaps of FEWEST askings or more, the most frequent first; the same for the same askings in any order.

    What was refused and would be answered today is no longer counted.
    """
    counts: dict[str, int] = {}
    worded: dict[str, tuple[int, str, str]] = {}
    for one in sorted(asked, key=lambda a: (-a.count, a.question, a.language, a.refused)):
        key = phrasing_key(one.question)
        if key and not (one.refused and assistant.ask(one.question).status is Status.ANSWERED):
            counts[key] = counts.get(key, 0) + one.count
            worded.setdefault(key, (one.count, one.language, one.question))
    keys = sorted(counts, key=lambda key: (-counts[key], key))[:MOST]
    groups = alike(_cosines(assistant, [worded[key][1:] for key in keys]))
    found = [(sum(counts[keys[n]] for n in group), [worded[keys[n]][2] for n in group]) for group in groups]
    return [look_up(assistant, wordings, count) for count, wordings in sorted(found, key=lambda f: (-f[0], f[1])) if count >= FEWEST]


def _cosines(assistant: Assistant, texts: Sequence[tuple[str, str]]) -> Floats:
    """How alike texts of (language, text) are, each with each, by words or by meaning, whichever says more."""
    vectors = assistant.matcher.vectors(texts)
    columns = {key: at for at, key in enumerate(sorted({key for vector in vectors for key in vector}))}
    rows = np.zeros((len(vectors), len(columns)), dtype=np.float32)
    for row, vector in zip(rows, vectors, strict=True):
        row[[columns[key] for key in vector]] = list(vector.values())
    by_words = product(rows, rows.T)
    if assistant.meaning is None:
        return by_words
    languages = np.array([language for language, _ in texts])
    bounds = np.where((languages[:, None] == languages) & (languages != "en"), np.float32(MEANT_IN_ONE), np.float32(MEANT))
    return np.maximum(by_words, assistant.meaning.alike([text for _, text in texts]) * (ALIKE / bounds))


def alike(cosines: Floats) -> list[list[int]]:
    """Groups of row numbers, each sorted: the two groups of the highest mean cosine become one as long as that is at least ALIKE."""
    groups: list[list[int]] = [[n] for n in range(len(cosines))]
    means = cosines.copy()
    np.fill_diagonal(means, -1)
    while len(means) and means.max() >= ALIKE:
        first, second = sorted(divmod(int(means.argmax()), len(means)))
        one, other = len(groups[first]), len(groups[second])
        merged = (one * means[first] + other * means[second]) / (one + other)
        means[first] = means[:, first] = np.where(means[first] < 0, -1, merged)
        means[second] = means[:, second] = -1
        means[first, first] = means[first, second] = means[second, first] = -1
        groups[first] += groups[second]
        groups[second] = []
    return [sorted(group) for group in groups if group]


def look_up(assistant: Assistant, wordings: Sequence[str], count: int) -> Gap:
    """What there is on questions that are alike; the first of the wordings is the one that is asked."""
    trace = assistant.explain(wordings[0])
    answer, decision = trace.answer, trace.decision
    if answer.status is Status.ANSWERED:
        return Gap(tuple(wordings), count, answer, assistant.faq.by_id.get(answer.faq or ""), answer.quotes[0].span)
    known = next((m.entry for m in trace.matches if m.entry.known_unknown), None) if answer.reviewed else None
    entry = known or next(iter(decision.suggestions if decision else ()), None)
    passages = [quote.span for quote in answer.nearest] or [hit.span for hit in assistant.search(wordings[0], 1)]
    return Gap(tuple(wordings), count, answer, entry, next(iter(passages), None))


def rows(found: Sequence[Gap]) -> Iterator[Row]:
    """The gaps for a terminal."""
    for number, gap in enumerate(found):
        if number:
            yield Row("")
        yield Row(gap.wordings[0], f"{gap.count:4} × ", "bold")
        for wording in gap.wordings[1:WORDINGS]:
            yield Row(wording, "       ")
        if len(gap.wordings) > WORDINGS:
            yield Row(f"and {number_of(len(gap.wordings) - WORDINGS, 'more wording')}", "       ", "dim")
        yield Row(told(gap), "       ", "dim")
        if gap.nearest:
            yield Row(gap.nearest.text, "     › ", verbatim=True)
            yield Row(f"{render.outlet(gap.nearest, 'en')} ({gap.nearest.article.id}[{gap.nearest.start}:{gap.nearest.end}])", "       ", "dim")


def told(gap: Gap, language: str = "en", *, marked: bool = True) -> str:
    """What the bot has on a gap, in one frame sentence; `marked`: where it is answered, people said that this was no help."""
    if gap.answered and gap.entry:
        return frames.say("gap_answered_by" if marked else "review_answered_by", language, entry=gap.entry.id)
    if gap.answered:
        return frames.say("gap_answered" if marked else "review_answered", language)
    if gap.entry and gap.entry.known_unknown:
        return frames.say("gap_known", language, entry=gap.entry.id)
    if gap.entry:
        return frames.say("gap_entry", language, entry=gap.entry.id)
    return frames.say("gap_nearest" if gap.nearest else "gap_nothing", language)
