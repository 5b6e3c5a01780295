"""Gold questions: what people ask, and which quotes of the corpus answer it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.corpus import Corpus, Span
from bot.errors import UsageError

Records = list[tuple[str, dict[str, Any]]]
"""(file:line, record) of each gold question, as read."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A question with known evidence; the lists hold spans of which each is acceptable alone unless `need_all`."""

    id: str
    category: str
    language: str
    question: str
    answerable: bool | None
    """None: in part; a refusal that names what is absent, or shows the correcting passage, is right too."""
    gold: tuple[Span, ...] = ()
    need_all: bool = False
    sides: tuple[tuple[Span, ...], ...] = ()
    """Of a disagreement: a quote of each side is due."""
    hedges: tuple[tuple[tuple[Span, ...], tuple[Span, ...]], ...] = ()
    """(claims, hedges): where one of the claims is shown, or there is none, the hedges are due."""
    misleading: tuple[Span, ...] = ()
    """Superseded or wrong alone: must not lead."""
    also_ok: tuple[Span, ...] = ()


def load_gold(paths: Iterable[Path]) -> Records:
    """The records of gold files. Raises UsageError for an unreadable file, a broken line, or an id that two lines have."""
    found: Records = []
    places: dict[str, str] = {}
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: cannot be read: {error}") from None
        for number, line in enumerate(lines, 1):
            if line.strip():
                place = f"{path}:{number}"
                record = _record(place, line)
                name = str(record.get("id", place))
                if name in places:
                    raise UsageError(f"{place}: the id {name!r} is at {places[name]} too; give each question its own")
                places[name] = place
                found.append((place, record))
    return found


def _record(place: str, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
        if not isinstance(record["question"], str) or record["answerable"] not in (True, False, "partial"):
            raise ValueError('`question` must be text, `answerable` true, false or "partial"')
    except (ValueError, KeyError, TypeError) as error:
        wants = 'needs "question", "answerable" (true, false or "partial") and "gold": [{"doc": article id, "quote": …}]'
        raise UsageError(f"{place}: not a gold question: {error}; {wants}") from None
    return dict(record)


def parse(place: str, record: Mapping[str, Any], corpus: Corpus) -> Gold:
    """A gold record with its quotes found in the corpus. Raises UsageError for a quote that is not there."""

    def spans(quotes: Iterable[Mapping[str, str]] | None) -> tuple[Span, ...]:
        return tuple(_span(place, quote, corpus) for quote in quotes or ())

    hedges = [(spans(rule["if_quoted"]), spans(rule["then_include"])) for rule in record.get("hedge_rules") or ()]
    if not hedges and record.get("must_include"):
        hedges = [((), spans(record["must_include"]))]
    return Gold(
        id=str(record.get("id", place)),
        category=str(record.get("category", "none")),
        language=str(record.get("lang", "und")),
        question=record["question"],
        answerable=None if record["answerable"] == "partial" else bool(record["answerable"]),
        gold=spans(record.get("gold")),
        need_all=bool(record.get("need_all")),
        sides=tuple(spans(side) for side in record.get("sides") or ()),
        hedges=tuple(hedges),
        misleading=spans(record.get("must_not_lead_with")),
        also_ok=spans(record.get("also_ok")),
    )


def _span(place: str, quote: Mapping[str, str], corpus: Corpus) -> Span:
    article = corpus.articles.get(quote.get("doc", ""))
    start = article.text.find(quote.get("quote", "\0")) if article else -1
    if article is None or start < 0:
        raise UsageError(f"{place}: not in the corpus: {quote.get('doc')}: {str(quote.get('quote'))[:60]!r}")
    return Span(article, start, start + len(quote["quote"]))
