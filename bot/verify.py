"""Whether an answer object, made anywhere and at any time, quotes a corpus letter by letter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.answer import SCHEMA, citation, iso, receipt
from bot.corpus import Corpus, Span


def verify(record: Mapping[str, Any], corpus: Corpus) -> list[str]:
    """What is wrong with the spans and the receipt of an answer object; empty where all is exact. Never raises."""
    faults: list[str] = []
    if record.get("schema") != SCHEMA:
        return [f"not an answer object: schema is {record.get('schema')!r}, not {SCHEMA!r}"]
    for name, span in _spans(record):
        faults += [f"{name}: {fault}" for fault in _faults(span, corpus)]
    if record.get("receipt") != receipt(dict(record)):
        faults.append("receipt: not that of this answer: it was changed after it was made")
    return faults


def _spans(record: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in ("quotes", "nearest"):
        quotes = record.get(key)
        for i, quote in enumerate(quotes if isinstance(quotes, list) else []):
            yield f"{key}[{i}]", quote
            relays = quote.get("relayed_by") if isinstance(quote, dict) else None
            for j, relay in enumerate(relays if isinstance(relays, list) else []):
                yield f"{key}[{i}].relayed_by[{j}]", relay


def _faults(place: Any, corpus: Corpus) -> Iterator[str]:
    if not isinstance(place, dict):
        yield "not a quote"
        return
    article = corpus.articles.get(place.get("article", "")) if isinstance(place.get("article"), str) else None
    start, end = place.get("start"), place.get("end")
    if article is None:
        yield f"no article {place.get('article')!r} in the corpus"
        return
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(article.text)):
        yield f"no such place: {article.id}[{start}:{end}]"
        return
    span = Span(article, start, end)
    if span.text != place.get("text"):
        yield f"differs from {article.id}[{start}:{end}], which reads {span.text[:80]!r}"
    if article.is_furniture(start, end):
        yield "overlaps page furniture"
    if "asserted" in place and place["asserted"] != iso(span.asserted):
        yield f"asserted: {place['asserted']!r}, but the corpus says {iso(span.asserted)!r}"
    given, true = place.get("citation"), citation(span)
    if not isinstance(given, dict):
        yield "has no citation"
    elif given.get("sha256") != article.sha256:
        yield f"was made from another version of {article.id}"
    else:
        yield from (f"citation.{key}: {given.get(key)!r}, but the corpus says {value!r}" for key, value in true.items() if given.get(key) != value)
