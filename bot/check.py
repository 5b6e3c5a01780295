"""Every problem of a corpus and its FAQ, found at once: what keeps it from loading, and what a maintainer should look at."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from bot import config
from bot.answer import MOST_CHARACTERS, MOST_QUOTES
from bot.assistant import Assistant
from bot.corpus import Article, Corpus, Span, load_corpus, nearest_span
from bot.errors import BrokenFiles, Problem, number_of
from bot.faq import Entry, Role, check_faq
from bot.faq_edit import Document
from bot.lexicon import check_lexicon
from bot.matching import STRAY
from bot.relations import Relations, load_relations
from bot.ridge import Progress
from bot.text import words
from bot.yaml_nodes import Node

FEW = 4
"""Phrasings below which an entry is not told as one that no question reaches."""
ALIKE = 0.8
"""Likeness (Indel, 0 to 1) from which the nearest text may take the place of a quote."""


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `bot check` found; `usable` is False where something keeps the files from loading."""

    problems: tuple[Problem, ...]
    usable: bool
    summary: str


def check(settings: config.Settings, today: datetime.date | None = None, progress: Progress | None = None) -> CheckReport:
    """Check everything that `settings` names, `progress` told how far it is; problems are sorted by file and line."""
    problems: list[Problem] = []
    try:
        corpus, found = load_corpus(settings.corpus, empty=False)
        problems += found
    except BrokenFiles as error:
        return _report(list(error.problems), "")
    problems += _outlets(corpus)
    for load in (load_relations, check_lexicon):
        try:
            problems += load(corpus)[1]
        except BrokenFiles as error:
            problems += error.problems
    of_faq = ""
    if settings.faq:
        try:
            faq, found = check_faq(settings.faq, corpus)
            problems += found
            of_faq = f", {number_of(len(faq.entries), 'FAQ entry')}"
        except BrokenFiles as error:
            problems += error.problems
    if not any(not p.warning for p in problems) and settings.faq:
        problems += _behaviour(Assistant.load(settings, progress), today or datetime.date.today(), progress)
    return _report(problems, f"{number_of(len(corpus.articles), 'article')}, {number_of(len(corpus.sentences), 'sentence')}{of_faq}")


def _outlets(corpus: Corpus) -> Iterator[Problem]:
    """Outlets that a reader could take for each other: names that differ in what is hardly seen, one name with pages of two sites."""
    names: dict[str, Article] = {}
    sites: dict[str, tuple[str, Article]] = {}
    for article in corpus.articles.values():
        if article.publisher is None:
            continue
        path, key = str(article.path), "".join(words(article.publisher)).casefold()
        first = names.setdefault(key, article)
        if first.publisher != article.publisher:
            message = f"{article.publisher!r} looks like {first.publisher!r} of {first.id}"
            yield Problem(path, 0, 0, message, "publisher", "write the same name, or one that nobody takes for the other", warning=True)
        site = urlsplit(article.url).hostname if article.url else None
        if site:
            known, where = sites.setdefault(key, (site, article))
            if known.removeprefix("www.") != site.removeprefix("www."):
                message = f"{article.publisher!r} is at {site} here, at {known} in {where.id}"
                yield Problem(path, 0, 0, message, "url", "look whether both are that outlet's", warning=True)


def _report(problems: list[Problem], read: str) -> CheckReport:
    errors = sum(not p.warning for p in problems)
    summary = f"{number_of(errors, 'error')}, {number_of(len(problems) - errors, 'warning')}" + (f" ({read})" if read else "")
    return CheckReport(tuple(sorted(set(problems))), errors == 0, summary)


def _behaviour(assistant: Assistant, today: datetime.date, progress: Progress | None) -> Iterator[Problem]:
    """What only shows when questions are asked: phrasings that go astray, `not` phrasings that land, reviews overdue."""
    path = str(assistant.faq.path)

    def warning(entry: Entry, message: str, mend: str) -> Problem:
        return Problem(path, entry.line, 0, message, entry.id, mend, warning=True)

    reached = Counter[str]()
    for entry, phrasing, landed, margin in assistant.matcher.held_out():
        reached[entry.id] += margin < 0
        if margin >= STRAY and not (entry.known_unknown and landed.known_unknown):
            mend = "move it there, or give this entry more phrasings like it"
            yield warning(entry, f"who asks something like {phrasing!r} is led to {landed.id!r}", mend)
    spoken = {entry.id: {tag for tag, texts in entry.aliases.items() if texts} for entry in assistant.faq.entries}
    tongues = Counter(language for own in spoken.values() for language in own)
    usual = {language for language, count in tongues.items() if 2 * count > len(assistant.faq.entries)} - {"en"}
    shown = {entry.id: _shown(entry, assistant) for entry in assistant.faq.entries}
    one_sided = [sides for sides in assistant.relations.disputes if not any(sum(_overlap(side, spans) for side in sides) > 1 for spans in shown.values())]
    for entry in assistant.faq.entries:
        if len(entry.phrasings) >= FEW and not reached[entry.id]:
            yield warning(entry, "no question reaches it, its own phrasings apart: other entries have all that is like them", "reword its phrasings")
        missing = sorted(usual - spoken[entry.id])
        if missing:
            yield warning(entry, f"no phrasing in {', '.join(missing)}, which most entries have", "add some below `aliases`")
        yield from (warning(entry, message, mend) for message, mend in _outdated(entry, shown[entry.id], assistant.relations, one_sided))
        for hidden in (e.span for e in entry.evidence if not _overlap((e.span,), shown[entry.id])):
            message = f"its quote of {hidden.article.id} “{_short(hidden)}” is never shown: it says what another does, or is beyond what one answer shows"
            yield warning(entry, message, f"remove it, or one before it: at most {MOST_QUOTES} quotes, {MOST_CHARACTERS} characters and a third of an article")
    for number, entry in enumerate(assistant.faq.entries, 1):
        if progress:
            progress("checking entries", number, len(assistant.faq.entries))
        for phrasing in entry.excluded:
            if assistant.ask(phrasing).faq == entry.id:
                yield warning(entry, f"{phrasing!r} lands here although `not` excludes it", "give the entry where it belongs a phrasing like it")
        if entry.review_by and entry.review_by < today:
            yield warning(entry, f"its review was due by {entry.review_by}", "check its evidence against the articles and set a new `review_by`")
        for choice in entry.asks_back.choices if entry.asks_back else ():
            if assistant.ask(choice.ask).faq is None:
                yield warning(entry, f"the choice {choice.ask!r} has no answer", "ask what another entry answers")


def _shown(entry: Entry, assistant: Assistant) -> list[Span]:
    """What an entry's answer shows, however it is asked for, and what its quotes relay."""
    quotes = [*assistant.compose(entry), *assistant.compose(entry, status=True)] if not entry.known_unknown else []
    return [s for quote in quotes for s in (quote.span, *quote.relayed_by)]


def _overlap(some: Iterable[Span], others: Sequence[Span]) -> bool:
    return any(one.overlaps(other) for one in some for other in others)


def _outdated(entry: Entry, shown: Sequence[Span], relations: Relations, one_sided: Sequence[Sequence[Sequence[Span]]]) -> Iterator[tuple[str, str]]:
    """(message, mend) for each quote with the role answer that newer text supersedes and the entry's answer does not show, and for the first one
    where it is a side of a dispute of which no entry shows two: an entry that does is where the dispute is asked about."""
    for evidence in entry.evidence:
        if evidence.role is Role.ANSWER:
            quote = f"{evidence.span.article.id} “{_short(evidence.span)}”"
            newer = [pair.newer for pair in relations.supersedes if pair.older.overlaps(evidence.span)]
            if newer and not _overlap(newer, shown):
                yield (
                    f"{quote} is superseded by newer text that is not shown",
                    f"quote {newer[0].article.id} “{_short(newer[0])}” before it; this one is `earlier`",
                )
            against = [
                other for sides in one_sided if any(_overlap(side, [evidence.span]) for side in sides)
                for side in sides if not _overlap(side, [evidence.span]) for other in side
            ]  # fmt: skip
            if evidence is entry.evidence[0] and against:
                mend = f"add {against[0].article.id} “{_short(against[0])}” as `other_side`, here or where that is asked"
                yield f"{quote} is disputed, and no entry shows another side", mend


def _short(span: Span) -> str:
    text = " ".join(span.text.split())
    return text if len(text) <= 80 else f"{text[:79]}…"


_CLOSED_BY = {"[": "]", "{": "}"}


def underlined(problem: Problem, line: str) -> str:
    """The part of a file's line that a problem is about, and a line that underlines it; empty where it has no column."""
    if not problem.line or not problem.column or problem.column > len(line):
        return ""
    start = problem.column - 1
    rest = line[start:]
    if rest[0] in "\"'":
        closing = rest.find(rest[0], 1)
        length = closing + 1 if closing > 0 else len(rest)
    elif rest[0] in _CLOSED_BY:
        length = rest.find(_CLOSED_BY[rest[0]]) + 1 or len(rest)
    else:
        length = min((at for at in (rest.find(", "), rest.find("]"), rest.find("}"), rest.find(": "), rest.find(" #")) if at > 0), default=len(rest))
    begin = max(0, start - 40)
    text = "".join(c if c.isprintable() else " " for c in line[begin : start + min(length, 100)])
    return f"{text}\n{' ' * (start - begin)}{'^' * min(length, 100)}"


def mends(document: Document, corpus: Corpus) -> list[tuple[Node, str]]:
    """The quotes of a FAQ that are not in their article, each with the text there that may take its place: ALIKE, found once, no furniture."""
    from rapidfuzz.distance import Indel

    found: list[tuple[Node, str]] = []
    for entry in document.nodes.values():
        for key in ("evidence", "nearest"):
            items = entry.value.get(key) if isinstance(entry.value, dict) else None
            for item in items.value if items is not None and isinstance(items.value, list) else ():
                fields = item.value if isinstance(item.value, dict) else {}
                name, quote = fields.get("article"), fields.get("quote")
                article = corpus.articles.get(name.value) if name is not None and isinstance(name.value, str) else None
                if article is None or quote is None or not isinstance(quote.value, str) or not article.sentences or quote.value in article.text:
                    continue
                span = nearest_span(article, quote.value)
                if article.text.count(span.text) == 1 and Indel.normalized_similarity(span.text, quote.value) >= ALIKE:
                    found.append((quote, span.text))
    return found
