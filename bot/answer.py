"""The answer as a value: quotes with their citations, or a refusal that says why. Text for people is made in `render`."""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from bot import citations
from bot.corpus import Article, Span
from bot.faq import Role

SCHEMA = "answer/1"
MOST_QUOTES = 6
MOST_CHARACTERS = 1800


class Status(StrEnum):
    """Whether the sources answer."""

    ANSWERED = "answered"
    NEAREST = "nearest"
    ABSTAINED = "abstained"


class Reason(StrEnum):
    """Why there is no answer."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    OFF_TOPIC = "off_topic"
    NOT_MENTIONED = "not_mentioned"
    NOT_STATED = "not_stated"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Quote:
    """Evidence as shown: a span, what it does in the answer, and who else relays it."""

    n: int
    span: Span
    role: Role
    attributed_to: str | None = None
    origin: str | None = None
    relayed_by: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question that may be asked next."""

    label: str
    question: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What an answer was made with."""

    corpus_sha256: str
    articles: int
    version: str
    faq_sha256: str | None
    engine: str
    semantic: str | None = None


@dataclass(frozen=True)
class Answer:
    """What `ask` returns; `as_json` is its form for programs (contract: answer.schema.json, answer/1)."""

    question: str
    language: str
    status: Status
    sources: Sources
    reason: Reason | None = None
    confidence: float = 0.0
    faq: str | None = None
    absent: tuple[str, ...] = ()
    searched_as: tuple[tuple[str, str], ...] = ()
    quotes: tuple[Quote, ...] = ()
    nearest: tuple[Quote, ...] = ()
    disputes: tuple[tuple[tuple[int, ...], ...], ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    until: datetime.date | None = None
    reviewed: bool = False
    """Whether a refusal rests on a reviewer, who recorded that no article says it. Not part of the JSON."""
    strange_language: bool = False
    """Whether a refused question is surely in a language of which neither the corpus nor the FAQ has a word. Not part of the JSON."""
    prompt: str | None = None
    """What the bot asks back, where the answer depends on it; the follow-ups are the choices. Not part of the JSON."""

    @property
    def as_of(self) -> datetime.date | None:
        """The newest assertion date among the quotes."""
        return max((date for q in self.quotes if (date := q.span.asserted)), default=None)

    @cached_property
    def receipt(self) -> str:
        """That of the answer object."""
        return str(self.as_json["receipt"])

    @property
    def as_json(self) -> dict[str, Any]:
        """The answer object, its receipt included, made anew each time: answers are kept, and would take five times the room with it; not to be changed, since answers share the objects of their quotes."""
        body: dict[str, Any] = {
            "schema": SCHEMA,
            "question": self.question,
            "language": self.language,
            "status": str(self.status),
            "reason": str(self.reason) if self.reason else None,
            "confidence": self.confidence,
            "faq": self.faq,
            "absent": list(self.absent),
            "searched_as": [{"typed": typed, "searched": searched} for typed, searched in self.searched_as],
            "quotes": [_quote(q) for q in self.quotes],
            "nearest": [_quote(q) for q in self.nearest],
            "disputes": [[list(side) for side in sides] for sides in self.disputes],
            "follow_ups": [{"label": f.label, "question": f.question} for f in self.follow_ups],
            "as_of": iso(self.as_of),
            "corpus": {"sha256": self.sources.corpus_sha256, "articles": self.sources.articles},
            "made_with": {
                "version": self.sources.version,
                "faq_sha256": self.sources.faq_sha256,
                "engine": self.sources.engine,
                "semantic": self.sources.semantic,
                "until": iso(self.until),
            },
        }
        canonical = _canonical(body | {"quotes": [], "nearest": []})
        for name, quotes in (("quotes", self.quotes), ("nearest", self.nearest)):
            canonical = canonical.replace(f'"{name}":[]', f'"{name}":[{",".join(map(_told, quotes))}]')  # no text has a " without a \\ before it
        return {**body, "receipt": _digest(canonical)}


def receipt(body: dict[str, Any]) -> str:
    """First 16 hex digits of the SHA-256 of an answer's canonical JSON without its `receipt`."""
    return _digest(_canonical({key: value for key, value in body.items() if key != "receipt"}))


def _canonical(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _digest(canonical: str) -> str:
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@lru_cache(maxsize=2048)
def _told(quote: Quote) -> str:
    """The canonical JSON of a quote, which is told in many answers."""
    return _canonical(_quote(quote))


def iso(value: datetime.date | None) -> str | None:
    """A date as YYYY-MM-DD."""
    return value.isoformat() if value else None


@lru_cache(maxsize=2048)
def _quote(quote: Quote) -> dict[str, Any]:
    return {
        "n": quote.n,
        **_place(quote.span),
        "role": str(quote.role),
        "asserted": iso(quote.span.asserted),
        "attributed_to": quote.attributed_to,
        "origin": quote.origin,
        "relayed_by": [{**_place(span), "citation": citation(span)} for span in quote.relayed_by],
        "citation": citation(quote.span),
    }


def _place(span: Span) -> dict[str, Any]:
    return {"article": span.article.id, "start": span.start, "end": span.end, "text": span.text}


def citation(span: Span) -> dict[str, Any]:
    """Where a span comes from, as data."""
    return dict(_citation(span))


@lru_cache(maxsize=2048)
def _citation(span: Span) -> dict[str, Any]:
    article: Article = span.article
    return {
        "publisher": article.publisher,
        "title": article.title,
        "author": article.author,
        "published": iso(article.published),
        "updated": iso(article.updated),
        "republishes": article.republishes,
        "translated_from": article.translated_from,
        "url": article.url,
        "link": citations.link(span),
        "sha256": article.sha256,
        "prefix": citations.prefix(span),
        "suffix": citations.suffix(span),
    }
