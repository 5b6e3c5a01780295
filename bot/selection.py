"""The sentences of the corpus that most likely answer a question, by words alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from bot.corpus import Corpus, Span
from bot.index import Index
from bot.question import Question
from bot.text import words

PASSAGE_WEIGHT = 0.3
"""Share of its passage's score that a sentence gets; research: little effect between 0 and .5."""
TYPE_FACTOR = 1.5
"""For a sentence that has what the question asks for: a number, a time, a reason (research: 17–18 → 20 of 30)."""
HEADING_FACTOR = 0.5
"""For a short line without a full stop."""
MOST = 12

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
        self._home: list[int] = []
        at = 0
        for sentence in self._sentences.spans:
            while not passages.spans[at].holds(sentence):
                at += 1
            self._home.append(at)

    def select(self, question: Question) -> list[Selected]:
        """The best sentences, best first; ties by article id, then offset."""
        if not question.terms or not self._sentences.spans:
            return []
        own = self._sentences.scores(question.terms)
        passages = self._passages.scores(question.terms)
        scores = np.where(own > 0, own + PASSAGE_WEIGHT * passages[self._home], 0.0)
        wanted = asked_type(question.text)
        total = sum(self._passages.idf(t) for t in question.terms)
        found = []
        for i in np.argsort(-scores, kind="stable")[: 4 * MOST]:
            if scores[i] <= 0:
                break
            span = self._sentences.spans[i]
            text = span.text
            has_type = bool(wanted[1].search(text)) if wanted else None
            factor = (TYPE_FACTOR if has_type else 1.0) * (HEADING_FACTOR if _is_heading(text) else 1.0)
            held = self._sentences.held(int(i)) | self._passages.held(self._home[i])
            coverage = sum(self._passages.idf(t) * (1.0 if t in self._sentences.held(int(i)) else 0.7) for t in question.terms if t in held) / total
            found.append(Selected(span, float(scores[i]) * factor, coverage, has_type, tuple(t for t in question.terms if t in self._sentences.held(int(i)))))
        return sorted(found, key=lambda s: -s.score)[:MOST]


def _is_heading(text: str) -> bool:
    return not re.search(r"[.!?…:。！？؟۔][\"'”’»)\]]*$", text) and len(words(text)) < 9
