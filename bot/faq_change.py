"""What a change of faq.yaml does beyond the lines that differ: which questions it moves, and what other entries promise that it would break."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.corpus import Corpus, Span
from bot.errors import number_of
from bot.faq import Entry, Evidence, Role, phrasing_key
from bot.faq_edit import Document, checked
from bot.matching import Shift, shifts
from bot.relations import Relations
from bot.text import slug, words

MOST = 12
"""Moved questions that are listed; the others are counted."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that may be written: the bytes, the entries before and after, and what moves."""

    document: Document
    data: bytes
    before: tuple[Entry, ...]
    after: tuple[Entry, ...]
    moved: tuple[Shift, ...]
    broken: tuple[str, ...]
    """What other entries promise that would no longer hold, a line each."""

    @property
    def told(self) -> list[str]:
        """A line for each question that moves, the changed phrasings themselves counted."""
        own = {(lang, text) for entries in (self.before, self.after) for e in entries for lang, text in e.phrasings}
        kept = {(lang, text) for e in self.before for lang, text in e.phrasings} & {(lang, text) for e in self.after for lang, text in e.phrasings}
        asked = [s for s in self.moved if (s.language, s.text) in kept or (s.language, s.text) not in own]
        ways = Counter((s.before or "no entry", s.after or "no entry") for s in self.moved if s not in asked)
        lines = [f"{number_of(count, 'changed phrasing')}: {one} → {other}" for (one, other), count in ways.most_common(MOST)]
        lines += [f"{s.text!r}: {s.before or 'no entry'} → {s.after or 'no entry'}" for s in asked[:MOST]]
        return lines + ([f"… and {len(asked) - MOST} more"] if len(asked) > MOST else [])


def difference(path: Path, before: bytes, after: bytes) -> str:
    """The lines in which two states of a file differ, as a unified diff."""
    one, other = (data.decode("utf-8", "replace").splitlines() for data in (before, after))
    return "".join(f"{line}\n" for line in difflib.unified_diff(one, other, str(path), str(path), n=1, lineterm=""))


def change(document: Document, data: bytes, corpus: Corpus, touched: str, questions: Iterable[tuple[str, str]] = ()) -> Change:
    """What comes of writing `data`, an edit of the entry `touched`; `questions` are known ones, (language, text). Raises as `checked`."""
    before, after = checked(document, data, corpus, touched)
    guarded = [("en", text) for entry in after for text in entry.excluded]
    moved = shifts(before, after, [*questions, *guarded])
    return Change(document, data, before, after, tuple(moved), tuple(_broken(before, after, moved, touched)))


def _broken(before: Sequence[Entry], after: Sequence[Entry], moved: Sequence[Shift], touched: str) -> Iterable[str]:
    old, new = ({(lang, text): e.id for e in entries for lang, text in e.phrasings} for entries in (before, after))
    for shift in moved:
        own = new.get((shift.language, shift.text))
        if own not in (None, touched, shift.after) and shift.before == own:
            yield f"{shift.text!r}, a phrasing of {own!r}, would go to {shift.after or 'no entry'}"
    lost = {phrasing_key(text) for _, text in old.keys() - new.keys()} - {phrasing_key(text) for _, text in new.keys() - old.keys()}
    own_keys = {phrasing_key(text) for entry in after if entry.id == touched for _, text in entry.phrasings}
    landing = {shift.text: shift.after for shift in moved}
    for entry in after:
        for text in entry.excluded:
            if entry.id == touched and phrasing_key(text) in own_keys:
                yield f"{text!r} is a phrasing of {entry.id!r} and stands in its `not`"
            elif landing.get(text) == entry.id:
                yield f"{text!r} would land in {entry.id!r}, whose `not` excludes it"
        if entry.id != touched:
            for choice in entry.asks_back.choices if entry.asks_back else ():
                if phrasing_key(choice.ask) in lost:
                    yield f"{entry.id!r} offers the choice {choice.ask!r}, which would be no phrasing of any entry"


def proposed(spans: Sequence[Span], relations: Relations) -> list[Evidence]:
    """The spans with the roles that dates and relations propose: the first answers, what qualifies, supersedes or disputes another says so."""
    found: list[Evidence] = []
    for number, span in enumerate(spans):
        others = [s for s in spans if s is not span]

        def meets(one: Span, others: Sequence[Span] = others) -> bool:
            return any(one.overlaps(other) for other in others)

        role = Role.ANSWER if number == 0 else Role.CONTEXT
        if any(r.older.overlaps(span) and meets(r.newer) for r in relations.supersedes):
            role = Role.EARLIER
        elif any(r.by.overlaps(span) and meets(r.claim) for r in relations.qualifies):
            role = Role.CAVEAT
        elif number and any(_against(sides, span, spans[0]) for sides in relations.disputes):
            role = Role.OTHER_SIDE
        found.append(Evidence(span, role))
    return found


def _against(sides: Sequence[Sequence[Span]], one: Span, other: Span) -> bool:
    """True where two spans stand on different sides."""
    at = [{n for n, side in enumerate(sides) if any(s.overlaps(span) for s in side)} for span in (one, other)]
    return bool(at[0] and at[1] and not at[0] & at[1])


def proposed_id(question: str, taken: Iterable[str]) -> str:
    """An id from the words of a question that no entry has; entry, entry-2, … where it has none in a-z."""
    stem = slug("-".join(words(question)), 40) or "entry"
    known, number, name = set(taken), 1, stem
    while name in known:
        number += 1
        name = f"{stem}-{number}"
    return name
