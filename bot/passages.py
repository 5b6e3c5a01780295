"""The seam between the bot and what searches its passages: one formula (BM25 with Lucene's idf), several engines behind one protocol.

`Index` (rank-bm25) holds a small corpus in memory and scores every passage. The engines for large corpora find the best `k` and
nothing else: what else is weighed is worked out from the texts of those, with the counts of the whole corpus (`Counts`).
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from bot.corpus import Span
from bot.errors import UsageError

K1 = 1.2
PASSAGE_B = 0.75
SENTENCE_B = 0.4
"""Length normalisation; research: .3 to .5 for sentences, the usual .75 for passages."""

EXACT = "rank-bm25"
SAVED = "bm25s"
CLUSTER = "opensearch"
ENGINES = (EXACT, SAVED, CLUSTER)
LARGE = 500
"""Articles from which a saved index is used where there is one and nothing is said: rank-bm25 reads every passage for every term."""
_EXTRAS = {SAVED: ("scale", ("bm25s", "numba")), CLUSTER: ("opensearch", ("opensearchpy",))}


@dataclass(frozen=True, slots=True)
class Hit:
    """A span, its BM25 score and the terms of the query that it holds."""

    span: Span
    score: float
    terms: tuple[str, ...]


class Counts(Protocol):
    """What BM25 asks of a whole collection of spans."""

    def idf(self, term: str) -> float:
        """The information of a term; that of a term in no span is the highest."""
        ...

    @property
    def mean(self) -> float:
        """Terms of a span, on average."""
        ...


class Passages(Protocol):
    """Ranks the passages of a corpus, each with the words of its article's title, by BM25 with K1 and PASSAGE_B."""

    @property
    def engine(self) -> str:
        """One of ENGINES, as answers name it (`made_with.engine`)."""
        ...

    def holds(self, term: str) -> bool:
        """True where a passage or a title has the term."""
        ...

    def idf(self, term: str) -> float:
        """The information of a term; that of a term in no passage is the highest."""
        ...

    def rank(self, query: Sequence[str], k: int) -> list[Hit]:
        """The `k` best passages that share one of the analysed terms of `query`, best first; ties by article id, then offset."""
        ...


@lru_cache(maxsize=4096)
def idf(total: int, holding: int) -> float:
    """ln(1 + (N − n + 0.5)/(n + 0.5)): the information of a term that `holding` of `total` spans hold."""
    return math.log(1 + (total - holding + 0.5) / (holding + 0.5))


def bm25(held: Mapping[str, int], query: Sequence[str], counts: Counts, b: float) -> float:
    """BM25 of one span by its formula; `held` counts all terms of the span."""
    room = K1 * ((1 - b) + b * sum(held.values()) / (counts.mean or 1.0))
    return sum(share(counts.idf(t), n, room) for t in query if (n := held.get(t, 0)))


def share(information: float, count: int, room: float) -> float:
    """What a term with this idf adds to the BM25 of a span that has it `count` times; `room`: K1 times how long the span is beside the average, damped by b."""
    return information * count * (K1 + 1) / (count + room)


def checked(engine: str) -> str:
    """`engine`. Raises UsageError where there is none of this name, or its extra is not installed."""
    if engine not in ENGINES:
        raise UsageError(f"BOT_ENGINE={engine}: no such engine; write one of {', '.join(ENGINES)}")
    if not installed(engine):
        extra = _EXTRAS[engine][0]
        raise UsageError(f"BOT_ENGINE={engine} needs the extra `{extra}`: pip install '.[{extra}]'")
    return engine


def installed(engine: str) -> bool:
    """True where everything that an engine needs is installed."""
    return all(importlib.util.find_spec(module) for module in _EXTRAS.get(engine, ("", ()))[1])
