"""Whether what was found answers the question: measured features, a small fitted model, and a reason where it does not."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.answer import Reason
from bot.corpus import Span
from bot.faq import Entry
from bot.matching import Match
from bot.question import Question
from bot.selection import Selected
from bot.text import is_stop, script

ANSWERS = 0.5
"""Probability from which an entry answers."""
SEARCH_ANSWERS = 0.7
"""Probability from which a sentence answers that no reviewer chose."""
ALL_TERMS = 3
HOLDS_ALL = 0.75
"""Probability that a sentence is given which holds every term of a question of ALL_TERMS terms or more."""
PREFERS_ENTRY = 0.2
"""How much less probable an entry may be than a sentence and still be preferred: a reviewer chose its evidence."""
SURE = 0.6
"""Probability from which an entry answers a question that names a place or an amount that no source mentions: where the question
names a place that they do mention too, or where the entry is asked about any place."""
VERBATIM = 0.7
"""Similarity from which a question without a content word is a phrasing of the FAQ."""
EXACT = 0.95
"""Probability that a phrasing of the FAQ, word for word, belongs to its entry: a reviewer put it there."""
CERTAINLY_UNKNOWN = 0.5
"""Score of a known unknown from which no sentence answers."""
SUGGESTS = 0.08
"""Score from which an entry is worth offering under a refusal."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What of a question the FAQ and the corpus know."""

    content: tuple[str, ...]
    """Its content words."""
    in_faq: tuple[str, ...]
    in_corpus: tuple[str, ...]
    own_share: float
    """Share of its information that the phrasings and the evidence of the likeliest answering entry hold, in [0, 1]."""
    any_place: bool = False
    """Whether that entry is asked about places that no source mentions anyway, by its own phrasings."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to answer with, or why not."""

    reason: Reason | None
    confidence: float
    entry: Entry | None = None
    spans: tuple[Span, ...] = ()
    """Where no entry answers: the sentences that do; under a refusal: the nearest ones."""
    suggestions: tuple[Entry, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)
    reviewed: bool = False
    """Whether a known unknown of the FAQ refuses."""


def is_content(word: str, language: str) -> bool:
    """True where a folded word carries topic; in languages other than English the shortest words do not."""
    return not is_stop(word) if language == "en" else len(word) > _LITTLE.get(script(word), 3)


_LITTLE = {"hangul": 1, "han": 0, "kana": 1, "arabic": 2}
"""Letters of the longest word without topic, by script; 3 elsewhere."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Two logistic regressions: that the likeliest answering entry is right, and that the best sentence is, beside a FAQ."""

    entry: Mapping[str, float]
    search: Mapping[str, float]


LEXICAL = Weights(
    entry={"entry": 5.27, "known unknown": -6.31, "faq words": 1.06, "margin": 1.05, "coverage": -0.01, "similarity": 2.22, "own share": 2.74, "bias": -2.04},
    search={
        "strength": 0.71,
        "coverage": 2.19,
        "terms": 4.18,
        "length": 1.79,
        "in evidence": 1.20,
        "entry": 1.60,
        "known unknown": -4.67,
        "similarity": 1.04,
        "own share": 1.65,
        "bias": -3.35,
    },
)
"""Fitted by `python -m benchmarks.fit_gates`."""
SEMANTIC = Weights(
    entry={
        "entry": 3.79,
        "meaning": 2.26,
        "unknown meaning": -2.80,
        "known unknown": -4.18,
        "faq words": 0.79,
        "margin": 0.34,
        "coverage": 0.22,
        "similarity": 2.71,
        "own share": 2.17,
        "bias": -1.82,
    },
    search={
        "strength": 0.25,
        "coverage": 1.64,
        "terms": 3.76,
        "length": 2.20,
        "in evidence": 1.29,
        "entry": 1.22,
        "meaning": 0.36,
        "unknown meaning": -2.19,
        "known unknown": -3.31,
        "similarity": 1.50,
        "own share": 0.60,
        "bias": -3.17,
    },
)
"""Fitted by the same with BOT_SEMANTIC=on."""
ALONE_WEIGHTS = {"strength": 3.97, "bias": -1.03}
"""The same of "the sources answer", where there is no FAQ; fitted on the gold questions without FAQ and on the CLAPNQ half
(AUC .822 there, five-fold)."""


def decide(asked: Question, matches: list[Match], selected: list[Selected], knowledge: Knowledge, weights: Weights = LEXICAL) -> Decision:
    """Answer with an entry, with a sentence, or refuse; the first reason that holds is given. A phrasing of the FAQ goes to its entry."""
    answering = [m for m in matches if not m.entry.known_unknown]
    unknown = next((m for m in matches if m.entry.known_unknown), None)
    best = answering[0] if answering else None
    suggestions = tuple(m.entry for m in answering[:3] if m.score >= SUGGESTS)
    features = measure(asked, matches, selected, knowledge)
    by_entry = _probability(weights.entry, features) if best else 0.0
    by_search = (_probability(weights.search if matches else ALONE_WEIGHTS, features)) if selected else 0.0
    if selected and len(asked.terms) >= ALL_TERMS and len(selected[0].terms) == len(asked.terms):
        by_search = max(by_search, HOLDS_ALL)
    confidence = round(max(by_entry, by_search), 3)
    nearest = _nearest(best, selected)

    def refuse(reason: Reason, confidence: float, spans: tuple[Span, ...] = nearest, *, reviewed: bool = False) -> Decision:
        return Decision(reason, confidence, None, spans, suggestions, features, reviewed)

    if asked.absent and not (best and by_entry >= (SURE if asked.foreign else ANSWERS) and (asked.present or knowledge.any_place or not asked.foreign)):
        return refuse(Reason.NOT_MENTIONED, round(confidence / 2, 3))
    if asked.phrasing_of and asked.phrasing_of.known_unknown:
        return refuse(Reason.NOT_STATED, round(min(confidence, 1 - EXACT), 3), asked.phrasing_of.nearest, reviewed=True)
    if asked.phrasing_of:
        return Decision(None, EXACT, asked.phrasing_of, features=features)
    if not knowledge.content and best and best is matches[0] and best.similarity >= VERBATIM:
        return Decision(None, round(best.similarity, 3), best.entry, features=features)
    if not knowledge.content:
        return Decision(Reason.UNCLEAR, 0.0, features=features)
    if best and by_entry >= ANSWERS and by_entry >= by_search - PREFERS_ENTRY:
        return Decision(None, round(by_entry, 3), best.entry, features=features)
    if not knowledge.in_faq and not knowledge.in_corpus:
        return refuse(Reason.OFF_TOPIC, 0.0, ())
    if by_search >= SEARCH_ANSWERS and not (unknown and unknown.score >= CERTAINLY_UNKNOWN):
        return Decision(None, round(by_search, 3), None, (selected[0].span,), suggestions, features)
    if unknown and (best is None or unknown.total > best.total):
        return refuse(Reason.NOT_STATED, confidence, unknown.entry.nearest, reviewed=unknown.score >= CERTAINLY_UNKNOWN)
    return refuse(Reason.NOT_STATED, confidence)


def _probability(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return 1 / (1 + math.exp(-sum(weight * features[name] for name, weight in weights.items())))


def measure(asked: Question, matches: list[Match], selected: list[Selected], knowledge: Knowledge) -> dict[str, float]:
    """The features of the gates, by the names of their weights."""
    answering = [m for m in matches if not m.entry.known_unknown]
    unknown = next((m for m in matches if m.entry.known_unknown), None)
    best = answering[0] if answering else None
    total = best.total if best else 0.0
    lead = selected[0] if selected else None
    return {
        "entry": best.score if best else 0.0,
        "known unknown": unknown.score if unknown else 0.0,
        "meaning": best.meaning if best else 0.0,
        "unknown meaning": unknown.meaning if unknown else 0.0,
        "faq words": len(knowledge.in_faq) / max(len(knowledge.content), 1),
        "margin": max(total - answering[1].total, 0.0) if len(answering) > 1 else max(total, 0.0),
        "similarity": best.similarity if best else 0.0,
        "own share": knowledge.own_share,
        "strength": lead.strength if lead else 0.0,
        "coverage": lead.coverage if lead else 0.0,
        "terms": len(lead.terms) / len(asked.terms) if lead else 0.0,
        "length": min(len(asked.terms), 8) / 8,
        "in evidence": float(bool(lead and best and any(e.span.overlaps(lead.span) for e in best.entry.evidence))),
        "bias": 1.0,
    }


def _nearest(best: Match | None, selected: list[Selected]) -> tuple[Span, ...]:
    """What to show under a refusal: the lead of the likeliest entry, else the best sentences."""
    if best and best.score >= SUGGESTS:
        return (best.entry.evidence[0].span,)
    return tuple(s.span for s in selected[:1])
