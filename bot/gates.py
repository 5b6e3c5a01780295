"""Whether what was found answers the question: measured features, a small fitted model, and a reason where it does not."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bot.answer import Reason
from bot.corpus import Span
from bot.faq import Entry
from bot.matching import Match
from bot.question import Question
from bot.selection import Selected
from bot.text import is_stop, words

ANSWERS = 0.5
"""Confidence from which an entry or a sentence is an answer."""
SUGGESTS = 0.08
"""Score from which an entry is worth offering under a refusal."""
VERBATIM = 0.95
"""Similarity from which a question without a content word is still a phrasing of the FAQ."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The content words of a question, and those of them that the FAQ and the corpus have."""

    content: tuple[str, ...]
    in_faq: tuple[str, ...]
    in_corpus: tuple[str, ...]
    topicality: float
    """How much the question speaks of this topic: above 0 where its words are more frequent here than in everyday text."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to answer with, or why not."""

    reason: Reason | None
    confidence: float
    entry: Entry | None = None
    spans: tuple[Span, ...] = ()
    """Where no entry answers: the sentences that do; under a refusal: the nearest ones."""
    suggestions: tuple[Entry, ...] = ()
    features: tuple[tuple[str, float], ...] = ()


def is_content(word: str, language: str) -> bool:
    """True where a folded word carries topic; in other languages than English, words of three letters or fewer do not."""
    return not is_stop(word) if language == "en" else len(word) > 3


WEIGHTS = {"entry": 3.3, "known unknown": -4.83, "faq words": 2.47, "topicality": 0.5, "margin": 0.79, "coverage": 0.58, "similarity": 0.0, "bias": -0.89}
"""Logistic regression of "the best entry with evidence is right" (fitted by `python -m benchmarks.fit_gates`)."""


def decide(asked: Question, matches: list[Match], selected: list[Selected], knowledge: Knowledge) -> Decision:
    """Answer with an entry, with sentences, or refuse; the first reason that holds is given."""
    answering = [m for m in matches if not m.entry.known_unknown]
    unknown = next((m for m in matches if m.entry.known_unknown), None)
    best = answering[0] if answering else None
    suggestions = tuple(m.entry for m in answering[:3] if m.score >= SUGGESTS)
    features = measure(answering, unknown, selected, knowledge)
    confidence = round(1 / (1 + math.exp(-sum(WEIGHTS[name] * value for name, value in features))), 3)
    nearest = _nearest(best, selected)
    if not knowledge.content and not (best and best.similarity > VERBATIM):
        return Decision(Reason.UNCLEAR, 0.0, None, (), suggestions, features)
    if not knowledge.in_faq and not knowledge.in_corpus and not asked.absent:
        return Decision(Reason.OFF_TOPIC, 0.0, None, (), suggestions, features)
    if asked.absent and not (best and confidence >= ANSWERS and _accounts_for(best.entry, asked)):
        return Decision(Reason.NOT_MENTIONED, round(min(confidence, 1 - ANSWERS), 3), None, nearest, suggestions, features)
    if best and confidence >= ANSWERS:
        return Decision(None, confidence, best.entry, features=features)
    if unknown and (best is None or unknown.score > best.score):
        return Decision(Reason.NOT_STATED, confidence, unknown.entry, unknown.entry.nearest, suggestions, features)
    return Decision(Reason.NOT_STATED, confidence, None, nearest, suggestions, features)


def measure(answering: list[Match], unknown: Match | None, selected: list[Selected], knowledge: Knowledge) -> tuple[tuple[str, float], ...]:
    """The features of the gate, by the names of WEIGHTS."""
    score = answering[0].score if answering else 0.0
    return (
        ("entry", score),
        ("known unknown", unknown.score if unknown else 0.0),
        ("faq words", len(knowledge.in_faq) / max(len(knowledge.content), 1)),
        ("topicality", knowledge.topicality),
        ("margin", max(score - answering[1].score, 0.0) if len(answering) > 1 else max(score, 0.0)),
        ("coverage", selected[0].coverage if selected else 0.0),
        ("similarity", answering[0].similarity if answering else 0.0),
        ("bias", 1.0),
    )


def _accounts_for(entry: Entry, asked: Question) -> bool:
    """True where the entry's own phrasings name all that the sources lack."""
    own = {word for _, text in entry.phrasings for word in words(text)}
    return all(word in own for name in asked.absent for word in words(name))


def _nearest(best: Match | None, selected: list[Selected]) -> tuple[Span, ...]:
    """What to show under a refusal: the lead of the likeliest entry, else the best sentences."""
    if best and best.score >= SUGGESTS:
        return (best.entry.evidence[0].span,)
    return tuple(s.span for s in selected[:1])
