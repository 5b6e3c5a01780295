"""Ranking of spans by BM25 (rank-bm25), with an inverse document frequency that is never negative."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rank_bm25 import BM25Okapi

from bot.corpus import Span
from bot.passages import EXACT, K1, PASSAGE_B, SENTENCE_B, Hit, idf
from bot.text import terms

KEPT_SCORES = 4_000_000
"""Scores that an index keeps, of the terms asked for last, 8 bytes each: rank-bm25 reads every span for a term."""


class _Bm25(BM25Okapi):  # type: ignore[misc]
    """BM25 with Lucene's idf, ln(1 + (N − n + 0.5)/(n + 0.5)); rank-bm25's own turns negative for frequent terms."""

    def _calc_idf(self, nd: dict[str, int]) -> None:
        self.idf = {term: idf(self.corpus_size, n) for term, n in nd.items()}


class Index:
    """The searchable form of spans, in memory; it owns the analysis of both spans and queries."""

    engine = EXACT

    def __init__(self, spans: Sequence[Span], *, titled: bool = False) -> None:
        """Index `spans`; where `titled`, each with the words of its article's title (CLAPNQ half: right article first .890 → .939)."""
        self.spans = tuple(sorted(spans, key=lambda s: s.key))
        analysed = [terms(span.text, span.article.language) for span in self.spans]
        if titled:
            titles = {span.article.id: terms(span.article.title or "", span.article.language) for span in self.spans}
            analysed = [found + titles[span.article.id] for span, found in zip(self.spans, analysed, strict=True)]
        self.vocabulary: dict[str, int] = {}
        """Term → number of spans that hold it."""
        for found in analysed:
            for term in set(found):
                self.vocabulary[term] = self.vocabulary.get(term, 0) + 1
        self._information = {term: idf(len(self.spans), count) for term, count in self.vocabulary.items()}
        self._unknown = idf(len(self.spans), 0)
        self._held = [frozenset(found) for found in analysed]
        self._bm25 = _Bm25(analysed, k1=K1, b=PASSAGE_B if titled else SENTENCE_B) if self.vocabulary else None
        self._summed = lru_cache(maxsize=8)(self._sum)
        self._part = lru_cache(maxsize=KEPT_SCORES // max(len(self.spans), 1))(self._score)

    def holds(self, term: str) -> bool:
        """True where a span has the term."""
        return term in self.vocabulary

    def idf(self, term: str) -> float:
        """The information of a term; that of a term in no span is the highest."""
        return self._information.get(term, self._unknown)

    def scores(self, query: Sequence[str]) -> npt.NDArray[np.float64]:
        """BM25 of every span, in the order of `spans`, for analysed query terms."""
        return self._summed(tuple(query))

    def _sum(self, query: tuple[str, ...]) -> npt.NDArray[np.float64]:
        scores = np.zeros(len(self.spans))
        for term in query:
            if term in self.vocabulary:
                scores += self._part(term)
        scores.flags.writeable = False
        return scores

    def _score(self, term: str) -> npt.NDArray[np.float64]:
        """BM25 of every span for one term that some have: what a query scores is the sum over its terms."""
        assert self._bm25 is not None
        return np.asarray(self._bm25.get_scores([term]), dtype=np.float64)

    def strengths(self, query: Sequence[str]) -> npt.NDArray[np.float64]:
        """The same over the highest that the query could have, in [0, 1]."""
        return self.scores(query) / ((1 + K1) * sum(self.idf(t) for t in query) or 1.0)

    def held(self, number: int) -> frozenset[str]:
        """The terms of the span with this number."""
        return self._held[number]

    def search(self, query: str, k: int = 10, *, language: str = "en") -> list[Hit]:
        """The `k` best spans that share a term with the query, best first; ties by article id, then offset."""
        return self.rank(terms(query, language), k)

    def rank(self, query: Sequence[str], k: int) -> list[Hit]:
        """As `search`, for analysed terms."""
        scores = self.scores(query)
        asked = list(dict.fromkeys(query))
        order = np.argsort(-scores, kind="stable")[: max(k, 0)]
        return [Hit(self.spans[i], float(scores[i]), tuple(t for t in asked if t in self._held[i])) for i in order if any(t in self._held[i] for t in asked)]
