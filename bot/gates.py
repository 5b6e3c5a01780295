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
from bot.text import is_stop, script

ANSWERS = 0.5
"""Confidence from which an entry or a sentence is an answer."""
SURE = 0.6
"""Confidence from which an entry answers a question that also names something that no source mentions: a place or an amount only
where the question names something that they do mention too."""
SEARCH_ANSWERS = 0.7
"""Confidence from which a sentence answers where there is no FAQ."""
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
    """True where a folded word carries topic; in languages other than English the shortest words do not."""
    return not is_stop(word) if language == "en" else len(word) > _LITTLE.get(script(word), 3)


_LITTLE = {"hangul": 1, "han": 0, "kana": 1, "arabic": 2}
"""Letters of the longest word without topic, by script; 3 elsewhere."""


WEIGHTS = {"entry": 4.55, "known unknown": -7.97, "faq words": 1.65, "margin": 0.98, "coverage": 1.52, "similarity": 4.11, "bias": -1.61}
"""Logistic regression of "the best entry with evidence is right" (fitted by `python -m benchmarks.fit_gates`)."""


SEARCH_WEIGHTS = {"strength": 3.97, "bias": -1.03}
"""Logistic regression of "the sources answer" for a question that no entry answers, fitted on the gold questions with FAQ none and
on the CLAPNQ half (AUC .822 there, five-fold)."""


def decide(asked: Question, matches: list[Match], selected: list[Selected], knowledge: Knowledge) -> Decision:
    """Answer with an entry, with sentences, or refuse; the first reason that holds is given."""
    answering = [m for m in matches if not m.entry.known_unknown]
    unknown = next((m for m in matches if m.entry.known_unknown), None)
    best = answering[0] if answering else None
    suggestions = tuple(m.entry for m in answering[:3] if m.score >= SUGGESTS)
    features = measure(answering, unknown, selected, knowledge) if matches else (("strength", selected[0].strength if selected else 0.0), ("bias", 1.0))
    weights = WEIGHTS if matches else SEARCH_WEIGHTS
    confidence = round(1 / (1 + math.exp(-sum(weights[name] * value for name, value in features))), 3)
    nearest = _nearest(best, selected)
    if not knowledge.content and not (best and best.similarity > VERBATIM):
        return Decision(Reason.UNCLEAR, 0.0, features=features)
    if not knowledge.in_faq and not knowledge.in_corpus and not asked.absent:
        return Decision(Reason.OFF_TOPIC, 0.0, None, (), suggestions, features)
    if asked.absent and not (best and confidence >= SURE and (asked.present or not asked.foreign)):
        return Decision(Reason.NOT_MENTIONED, round(confidence / 2, 3), None, nearest, suggestions, features)
    if best and confidence >= ANSWERS:
        return Decision(None, confidence, best.entry, features=features)
    if unknown and (best is None or unknown.score > best.score):
        return Decision(Reason.NOT_STATED, confidence, unknown.entry, unknown.entry.nearest, suggestions, features)
    if not matches and selected and confidence >= SEARCH_ANSWERS:
        return Decision(None, confidence, None, (selected[0].span,), features=features)
    return Decision(Reason.NOT_STATED, confidence, None, nearest, suggestions, features)


def measure(answering: list[Match], unknown: Match | None, selected: list[Selected], knowledge: Knowledge) -> tuple[tuple[str, float], ...]:
    """The features of the gate, by the names of WEIGHTS."""
    score = answering[0].score if answering else 0.0
    return (
        ("entry", score),
        ("known unknown", unknown.score if unknown else 0.0),
        ("faq words", len(knowledge.in_faq) / max(len(knowledge.content), 1)),
        ("margin", max(score - answering[1].score, 0.0) if len(answering) > 1 else max(score, 0.0)),
        ("coverage", selected[0].coverage if selected else 0.0),
        ("similarity", answering[0].similarity if answering else 0.0),
        ("bias", 1.0),
    )


def _nearest(best: Match | None, selected: list[Selected]) -> tuple[Span, ...]:
    """What to show under a refusal: the lead of the likeliest entry, else the best sentences."""
    if best and best.score >= SUGGESTS:
        return (best.entry.evidence[0].span,)
    return tuple(s.span for s in selected[:1])
