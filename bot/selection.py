"""The sentences of the corpus that most likely answer a question, by words alone."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bot.corpus import Corpus, Span
from bot.index import K1, Index
from bot.question import Question
from bot.text import terms, words

WEIGHTS = {"own": 1.28, "passage": 7.17, "whole": 1.45, "early": 1.5, "full": 1.34, "type": 0.74}
"""Weights of a sentence's features, fitted on the CLAPNQ half with a softmax over the sentences of a question: its own BM25
over the highest possible, its passage's BM25 over the best passage's, the share of the question's information that it and
its title hold, its place in the passage (1/(1+n)), whether it ends as a sentence, whether it has what is asked for."""
AROUND = 0.7
"""What a term counts for the coverage of a sentence whose passage alone has it."""
MOST = 12
KEPT = 65536
"""Sentences of which it is kept whether they end as one, and whether they have what is asked for."""
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
    coverage: float
    """Share of the question's information (idf) that the sentence and its passage hold, in [0, 1]."""
    strength: float
    """BM25 of its passage over the highest that the question could have, in [0, 1]."""
    has_type: bool | None
    """Whether it holds what the question asks for; None where the question asks for nothing particular."""
    terms: tuple[str, ...]


def asked_type(text: str) -> tuple[str, re.Pattern[str]] | None:
    """The kind of thing that a question asks for and how it shows in a sentence; None where it cannot be told."""
    return next(((name, shape) for name, asks, shape in _TYPES if asks.search(text)), None)


class Selector:
    """Ranks sentences for a question."""

    def __init__(self, corpus: Corpus, passages: Index) -> None:
        self._passages = passages
        self._sentences = Index(corpus.sentences)
        self._titles = {a.id: frozenset(terms(a.title or "", a.language)) for a in corpus.articles.values()}
        home: list[int] = []
        self._place: list[int] = []
        at = 0
        for sentence in self._sentences.spans:
            while not passages.spans[at].holds(sentence):
                at += 1
            self._place.append(self._place[-1] + 1 if home and home[-1] == at else 0)
            home.append(at)
        self._home = np.array(home, dtype=np.intp)
        self._is_full = lru_cache(maxsize=KEPT)(lambda number: not _is_heading(self._sentences.spans[number].text))
        self._has_type = lru_cache(maxsize=KEPT)(lambda number, shape: bool(shape.search(self._sentences.spans[number].text)))

    def select(self, question: Question) -> list[Selected]:
        """The best sentences, best first; ties by article id, then offset."""
        if not question.terms or not self._sentences.spans:
            return []
        own = self._sentences.scores(question.terms)
        passages = self._passages.scores(question.terms)
        wanted = asked_type(question.text)
        information = [(t, self._passages.idf(t)) for t in question.terms]
        total = sum(idf for _, idf in information)
        best = float(passages.max()) or 1.0
        around_each = passages[self._home]
        candidates = np.argsort(-np.where(own > 0, own + around_each, 0.0), kind="stable")[: 4 * MOST]
        candidates = candidates[own[candidates] > 0]
        found = []
        for i, alone, in_passage in zip(candidates.tolist(), own[candidates].tolist(), around_each[candidates].tolist(), strict=True):
            span = self._sentences.spans[i]
            held, around, title = self._sentences.held(i), self._passages.held(self._home[i]), self._titles[span.article.id]
            has_type = self._has_type(i, wanted[1]) if wanted else None
            whole = coverage = 0.0
            shared = []
            for term, idf in information:
                if term in held:
                    whole, coverage = whole + idf, coverage + idf
                    shared.append(term)
                else:
                    whole += idf if term in title else 0.0
                    coverage += idf * AROUND if term in around else 0.0
            features = (alone / (_CEILING * total), in_passage / best, whole / total, 1 / (1 + self._place[i]), float(self._is_full(i)), float(bool(has_type)))
            score = sum(map(operator.mul, WEIGHTS.values(), features))
            strength = in_passage / (_CEILING * total)
            found.append(Selected(span, score, coverage / total, strength, has_type, tuple(shared)))
        return sorted(found, key=lambda s: -s.score)[:MOST]


def _is_heading(text: str) -> bool:
    return not re.search(r"[.!?…:。！？؟۔][\"'”’»)\]]*$", text) and len(words(text)) < 9
