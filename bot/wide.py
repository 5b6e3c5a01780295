"""Answering from a corpus too large to weigh every sentence: the engine finds passages, and only their sentences are weighed, with the counts of the
whole corpus. What a small corpus has at hand in memory is looked up here word by word, or worked out for one article when that is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bot import candidates
from bot.corpus import Article, Span
from bot.edition import Edition
from bot.faq import Entry
from bot.passages import K1, PASSAGE_B, SENTENCE_B, Counts, Hit, Passages, bm25
from bot.question import Question
from bot.relations import Relations
from bot.ridge import Floats
from bot.selection import MOST, NEAR, Selected, Selector, all_stems
from bot.semantic import Meaning
from bot.text import stem, terms, words

WEIGHED = 24
"""Passages whose sentences are weighed for a question."""
LOOKED_AT = 50
"""Passages with the words of a name in which it is looked for; a name of several words that none of them has is taken as not mentioned."""
KEPT = 20_000
"""Spans of which the terms are kept, those asked for last."""


class _Few:
    """Some spans of a large corpus, as the selection weighs them."""

    def __init__(self, spans: Sequence[Span], held: Sequence[Mapping[str, int]], counts: Counts, scores: npt.NDArray[np.float64] | None = None) -> None:
        self.spans, self._held, self._counts, self._scores = tuple(spans), held, counts, scores
        self.idf = counts.idf

    def scores(self, query: Sequence[str]) -> npt.NDArray[np.float64]:
        """BM25 of each span."""
        if self._scores is not None:
            return self._scores
        return np.array([bm25(held, query, self._counts, SENTENCE_B) for held in self._held])

    def held(self, number: int) -> Mapping[str, int]:
        """The terms of a span; of a passage those that are asked for."""
        return self._held[number]

    def holds(self, term: str) -> bool:
        """True where one of them has the term, of a passage in its title."""
        return any(term in held for held in self._held)


class _Cosines:
    """How near one question is to some passages and sentences."""

    def __init__(self, passages: Floats, sentences: Floats) -> None:
        self._passages, self._sentences = passages, sentences

    def passages(self, _: str) -> Floats:
        """The cosine with each passage."""
        return self._passages

    def sentences(self, _: str) -> Floats:
        """The cosine with each sentence."""
        return self._sentences


class Wide:
    """What the assistant asks of a large corpus."""

    def __init__(self, edition: Edition, passages: Passages, table: Relations, meaning: Meaning | None = None) -> None:
        """With `meaning` the vectors of the edition are opened. Raises SavedIndexError where they cannot be used."""
        self._edition, self._passages, self._table, self._meaning = edition, passages, table, meaning
        self._vectors = None
        if meaning:
            from bot.vectors import SavedVectors  # needs the extra `scale`

            self._vectors = SavedVectors(edition, meaning.name)
        self._terms = lru_cache(maxsize=KEPT)(lambda span: Counter(terms(span.text, span.article.language)))
        self._stems = lru_cache(maxsize=KEPT)(lambda span: frozenset(all_stems(span.text, span.article.language)))
        self._evidence = lru_cache(maxsize=KEPT)(self._passages_of)
        self.mentions = lru_cache(maxsize=KEPT)(self._mentions)
        self.has_word, self.has_stem, self.has_number = edition.has_word, edition.has_stem, edition.has_number
        self.listing = None

    def select(self, question: Question, most: int = MOST) -> list[Selected]:
        """The `most` best sentences of the best passages, and of those nearest in meaning, best first."""
        hits = {hit.span.key: hit for hit in self._passages.rank(question.terms, WEIGHED)}
        vector = self._meaning.vector(question.text) if self._meaning else None
        if self._vectors and vector is not None:
            hits |= {span.key: self._hit(span, question.terms) for span in self._vectors.nearest(vector, NEAR) if span.key not in hits}
        if not hits:
            return []
        found = [hits[key] for key in sorted(hits)]
        passages = _Few(
            [h.span for h in found], [dict.fromkeys(h.terms, 1) for h in found], self._edition.passages, np.array([h.score for h in found], dtype=np.float64)
        )
        spans = [sentence for hit in found for sentence in hit.span.article.sentences_in(hit.span.start, hit.span.end)]
        sentences = _Few(spans, [self._terms(span) for span in spans], self._edition.sentences)
        near = None
        if self._vectors and vector is not None:
            near = _Cosines(self._vectors.passages(passages.spans, vector), self._vectors.sentences(spans, vector))
        return Selector(passages, sentences, near, (lambda number: self._stems(spans[number]), self._edition.stems.idf)).select(question, most)

    def _hit(self, passage: Span, query: Sequence[str]) -> Hit:
        """A passage as the engine would have ranked it."""
        held = self._passage_terms(passage)
        return Hit(passage, bm25(held, query, self._edition.passages, PASSAGE_B), tuple(t for t in dict.fromkeys(query) if t in held))

    def strengths(self, query: Sequence[str]) -> Callable[[Entry], float]:
        """How strongly the best passage with an entry's evidence has the query's terms, over the highest that the query could have, in [0, 1]."""
        counts = self._edition.passages
        highest = (1 + K1) * sum(counts.idf(t) for t in query) or 1.0
        return lambda entry: max(
            (bm25(held, query, counts, PASSAGE_B) / highest for held in self._evidence(entry.id, tuple(e.span for e in entry.evidence))), default=0.0
        )

    def _passages_of(self, _: str, evidence: tuple[Span, ...]) -> list[Counter[str]]:
        """The terms of each passage with some of an entry's evidence."""
        found = {p.key: p for span in evidence for p in span.article.passages if p.overlaps(span)}
        return [self._passage_terms(p) for p in found.values()]

    def _passage_terms(self, passage: Span) -> Counter[str]:
        """The terms of a passage, its title's with them."""
        language = passage.article.language
        return Counter(terms(passage.text, language) + terms(passage.article.title or "", language))

    def is_of_a_source(self, word: str) -> bool:
        """True where the folded word, or another form of it, is part of a title: passages are found by those too."""
        return self._passages.holds(stem(word, self._edition.home))

    def _mentions(self, name: str) -> bool:
        """True where a text has the words of `name`, in whatever case, one after another."""
        wanted = [word.casefold() for word in words(name)]
        if not wanted or not all(map(self._edition.has_caseless, wanted)):
            return False
        if len(wanted) == 1:
            return True
        phrase = f" {' '.join(wanted)} "
        hits = self._passages.rank(terms(name, self._edition.home), LOOKED_AT)
        return any(phrase in f" {' '.join(words(hit.span.text)).casefold()} " for hit in hits)

    def relations(self, article: Article) -> Relations:
        """What is found in an article and its copies without a table."""
        beside = tuple(c for c in candidates.beside(article) if c.rule in candidates.SAFE and not self._table.knows(c.first, c.second))
        return candidates.apply(beside, Relations(origins=self._edition.origins(article)))
