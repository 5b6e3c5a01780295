"""The sentences of the corpus that most likely answer a question, by words alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.corpus import Span
from bot.index import KEPT_SCORES
from bot.passages import K1, idf
from bot.question import Question
from bot.semantic import Near
from bot.text import stem, terms, words

Floats = npt.NDArray[np.floating]

BY_WORDS = {"own": 1.28, "passage": 7.17, "whole": 1.45, "early": 1.5, "full": 1.34, "type": 0.74}
"""Weights of a sentence's features, fitted on the CLAPNQ half with a softmax over the sentences of a question: its own BM25
over the highest possible, its passage's BM25 over the best passage's, the share of the question's information that it and
its title hold, its place in the passage (1/(1+n)), whether it ends as a sentence, whether it has what is asked for."""
BY_MEANING = {"passage": 3.06, "early": 0.35, "full": 0.34, "type": 0.45, "passage meaning": 41.6, "sentence meaning": 9.8}
"""The same with the cosines of the passage and of the sentence (CLAPNQ half, ten-fold: lead is human evidence .77, without .68)."""
NEAR = 3
"""Passages nearest in meaning whose sentences are weighed even where they share no word with the question."""
KEPT_TERMS = 2048
"""Terms of questions of which it is kept which sentences have them."""
MOST = 12
_CEILING = 1 + K1
"""A term's BM25 is at most (k1 + 1) times its idf."""

_TYPES = (
    ("amount", re.compile(r"\b(?:how many|how much|what (?:share|percentage|percent|number|proportion)|number of)\b", re.I), re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|half|many|few)\b", re.I)),
    ("time", re.compile(r"\b(?:when|since when|how long|what (?:day|date|year|time|month))\b", re.I), re.compile(r"\b(?:\d{4}|january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|day|days|week|weeks|month|months|year|years|ago|century|recently|now|moment)\b", re.I)),
    ("reason", re.compile(r"\b(?:why|what(?:'s| is| was) the reason|how come|what caused)\b", re.I), re.compile(r"\b(?:because|since|due to|so that|in order to|to prevent|aims?|as a result|therefore|reason|concerned|caused?|for fear)\b", re.I)),
    ("person", re.compile(r"\bwho(?:m|se)?\b", re.I), re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][a-z]+|\b(?:spokes\w+|company|president|minister|founder|author)\b")),
    ("place", re.compile(r"\bwhere\b|\b(?:which|what) (?:countr|cit|region|place|state|town)", re.I), re.compile(r"\b(?:in|at|from|near) (?:the )?[A-Z]")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Selected:
    """A sentence with its score, and what it shares with the question."""

    span: Span
    score: float
    strength: float
    """BM25 of its passage over the highest that the question could have, in [0, 1]."""
    terms: tuple[str, ...]
    nearby: int = 0
    """How many of the question's terms its passage holds."""
    words: float = 0.0
    """Share of the information of all the question's words, stop words too, that the sentence holds, in [0, 1]."""
    ahead: float = 0.0
    """BM25 of the article's best passage less that of the best of another article, over the best, in [-1, 1]."""
    title: float = 0.0
    """Share of the information of the article's title that the question holds, in [0, 1]."""
    in_title: float = 0.0
    """Share of the question's information that the article's title holds, in [0, 1]."""
    meaning: float = 0.0
    """Cosine of the question with its passage; 0 without BOT_SEMANTIC=on."""


@lru_cache(maxsize=256)
def asked_type(text: str) -> tuple[str, re.Pattern[str]] | None:
    """The kind of thing that a question asks for and how it shows in a sentence; None where it cannot be told."""
    return next(((name, shape) for name, asks, shape in _TYPES if asks.search(text)), None)


class Spans(Protocol):
    """Spans in the order of their keys, with what BM25 says of them; an `Index`, or some spans of a large corpus."""

    spans: tuple[Span, ...]

    def idf(self, term: str) -> float:
        """The information of a term."""
        ...

    def scores(self, query: Sequence[str]) -> npt.NDArray[np.float64]:
        """BM25 of every span."""
        ...

    def held(self, number: int) -> Container[str]:
        """The terms of the span with this number."""
        ...

    def holds(self, term: str) -> bool:
        """True where one of them has the term, of a passage in its title."""
        ...


Stems = tuple[Callable[[int], frozenset[str]], Callable[[str], float]]
"""The stems of a sentence by its number, stop words too, and the information of a stem."""


def _counted(spans: Sequence[Span]) -> Stems:
    """The stems of sentences that are all that there are."""
    stems = [frozenset(all_stems(span.text, span.article.language)) for span in spans]
    holding = Counter(stem for found in stems for stem in found)
    return stems.__getitem__, lambda stem: idf(len(stems), holding.get(stem, 0))


@lru_cache(maxsize=4096)
def _title(title: str, language: str) -> frozenset[str]:
    """The terms of a title."""
    return frozenset(terms(title, language))


class Selector:
    """Ranks sentences for a question."""

    def __init__(self, passages: Spans, sentences: Spans, near: Near | None = None, stems: Stems | None = None) -> None:
        """`stems`: of each sentence, and the information of one, where these are not all sentences of the corpus."""
        self._passages, self._sentences, self._near = passages, sentences, near
        articles = {span.article.id: span.article for span in passages.spans}
        self._titles = {a.id: _title(a.title or "", a.language) for a in articles.values()}
        self._of_title = {name: sum(passages.idf(t) for t in sorted(title)) for name, title in self._titles.items()}
        self._articles = {name: number for number, name in enumerate(articles)}
        self._begins = np.array([n for n, span in enumerate(passages.spans) if not n or span.article.id != passages.spans[n - 1].article.id], dtype=np.intp)
        self._all, self._information = stems or _counted(sentences.spans)
        home: list[int] = []
        place: list[int] = []
        at = 0
        for sentence in sentences.spans:
            while not passages.spans[at].holds(sentence):
                at += 1
            place.append(place[-1] + 1 if home and home[-1] == at else 0)
            home.append(at)
        self._home, self._early = np.array(home, dtype=np.intp), 1 / (1 + np.array(place, dtype=np.intp))
        self._columns: list[tuple[Container[str], Container[str]]] = [
            (sentences.held(n), self._titles[span.article.id]) for n, span in enumerate(sentences.spans)
        ]
        """The terms of each sentence, and of its title."""
        self._shares = lru_cache(maxsize=min(KEPT_SCORES // max(len(home), 1), KEPT_TERMS))(self._shared)
        self._notes: dict[re.Pattern[str] | None, Floats] = {}
        """For each sentence whether a pattern is in it, and for None whether it ends as one: 1, 0 or -1 where it was not looked at yet."""

    def select(self, question: Question, most: int = MOST) -> list[Selected]:
        """The `most` best sentences, best first; ties by article id, then offset."""
        if not self._sentences.spans or not (question.terms or self._near):
            return []
        own = self._sentences.scores(question.terms)
        passages = self._passages.scores(question.terms)
        near_passages = self._near.passages(question.text) if self._near else np.zeros(len(passages))
        near = self._near.sentences(question.text) if self._near else np.zeros(len(own))
        weights = BY_MEANING if self._near else BY_WORDS
        wanted = asked_type(question.text)
        information = {t: self._passages.idf(t) for t in question.terms}
        total = sum(information.values()) or 1.0
        chosen = self._candidates(own, passages, near_passages)
        homes, numbers = self._home[chosen], chosen.tolist()
        has_type = self._noted(wanted[1], chosen, lambda text: bool(wanted[1].search(text))) if wanted else None
        whole = np.zeros(len(own))
        for term, value in information.items():
            if self._passages.holds(term):
                whole += value * self._shares(term)
        features = {
            "own": own[chosen] / (_CEILING * total),
            "passage": passages[homes] / (float(passages.max()) or 1.0),
            "whole": whole[chosen] / total,
            "early": self._early[chosen],
            "full": self._noted(None, chosen, lambda text: not is_heading(text)),
            "type": np.zeros(len(numbers)) if has_type is None else has_type,
            "passage meaning": near_passages[homes],
            "sentence meaning": near[chosen],
        }
        scores = np.zeros(len(numbers))
        for name, weight in weights.items():
            scores += weight * features[name]
        strengths = passages[homes] / (_CEILING * total)
        asked = {s: self._information(s) for s in all_stems(question.text, question.language)}
        everything = sum(asked.values()) or 1.0
        ahead, of_title = self._ahead(passages), self._of_title
        found = []
        for at in np.argsort(-scores, kind="stable")[:most].tolist():
            number, span = numbers[at], self._sentences.spans[numbers[at]]
            sentence, stems, article = self._sentences.held(number), self._all(number), span.article.id
            around = self._passages.held(homes[at])
            titled = sum(value for term, value in information.items() if term in self._titles[article])
            found.append(
                Selected(
                    span,
                    float(scores[at]),
                    float(strengths[at]),
                    tuple(term for term in information if term in sentence),
                    sum(term in around for term in question.terms),
                    words=sum(value for s, value in asked.items() if s in stems) / everything,
                    ahead=ahead(article),
                    title=titled / (of_title[article] or 1.0),
                    in_title=titled / total,
                    meaning=float(near_passages[homes[at]]),
                )
            )
        return found

    def _noted(self, key: re.Pattern[str] | None, chosen: npt.NDArray[np.intp], look: Callable[[str], bool]) -> Floats:
        """1 or 0 for each of the chosen sentences: what `look` says of its text, which is asked once."""
        notes = self._notes.get(key)
        if notes is None:
            notes = self._notes[key] = np.full(len(self._home), -1.0)
        found = notes[chosen]
        if (found < 0).any():
            for number in chosen[found < 0].tolist():
                notes[number] = look(self._sentences.spans[number].text)
            found = notes[chosen]
        return found

    def _shared(self, term: str) -> Floats:
        """For each sentence: 1 where it or its title has the term, else 0."""
        return np.array([term in held or term in title for held, title in self._columns], dtype=np.float64)

    def _candidates(self, own: Floats, passages: Floats, near: Floats) -> npt.NDArray[np.intp]:
        """The sentences that are weighed: those with words of the question that have the best BM25, and those of the nearest passages."""
        order = np.argsort(-np.where(own > 0, own + passages[self._home], 0.0), kind="stable")[: 4 * MOST]
        chosen = np.zeros(len(own), dtype=np.bool_)
        chosen[order[own[order] > 0]] = True
        if self._near:
            chosen |= np.isin(self._home, np.argsort(-near, kind="stable")[:NEAR])
        return np.flatnonzero(chosen)

    def _ahead(self, passages: Floats) -> Callable[[str], float]:
        """How far an article's best passage is before that of the best other article, as a share of the best."""
        best: list[float] = np.maximum.reduceat(passages, self._begins).tolist()
        first, second = (*sorted(best, reverse=True)[:2], 0.0)[:2]

        def ahead(article: str) -> float:
            score = best[self._articles[article]]
            return (score - (second if score == first else first)) / (first or 1.0)

        return ahead


def all_stems(text: str, language: str) -> list[str]:
    """The distinct stems of all words of `text`, in their order."""
    return list(dict.fromkeys(stem(word.casefold(), language) for word in words(text)))


def is_heading(text: str) -> bool:
    """True where a text is short and does not end as a sentence."""
    return not re.search(r"[.!?…:。！？؟۔][\"'”’»)\]]*$", text) and len(words(text)) < 9
