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

ANSWERS = 0.55
"""Probability from which an entry answers: above even, since a quote beside the point is worse than none (on an earlier FAQ .5 answered 50 instead of 38 of 310 questions that the articles do not)."""
SEARCH_ANSWERS = 0.7
"""Probability from which a sentence answers where there is no FAQ."""
BESIDE_FAQ = 0.8
"""The same beside a FAQ, of which no reviewer chose the sentence (.7 and .8 give .901 and .903 of the points of eight sets of gold questions)."""
ALL_TERMS = 3
HOLDS_ALL = 0.75
"""Probability that a sentence is given, where there is no FAQ, which holds every term of a question of ALL_TERMS terms or more."""
CHANCE = 0.5
"""How much of the probability is left of a sentence whose passage shares one word alone with a question of several."""
PREFERS_ENTRY = 0.1
"""How much less probable an entry may be than a sentence that answers and still be preferred: a reviewer chose its evidence."""
SURE = 0.7
"""Probability from which an entry answers a question that names what no source mentions; a place or an amount only where the question
names a place that they do mention too, or where the entry is asked about any place."""
VERBATIM = 0.7
"""Similarity from which a question without a content word is a phrasing of the FAQ."""
CLEAR = 0.4
"""Score from which it belongs to an entry without being one."""
EXACT = 0.95
"""Probability that a phrasing of the FAQ, word for word, belongs to its entry: a reviewer put it there."""
BESIDE = -0.65
"""Likelihood of its words below which a question is beside the topic, so that no entry answers it, however like one it is."""
CERTAINLY_UNKNOWN = 0.5
"""Score of a known unknown from which no sentence answers, and no entry that is less likely."""
NEAREST = 3
"""Entries of which the outputs are summed."""
FLOOR = 0.3
"""What is added to both sums before one is divided by the other: outputs below it say little."""
LEAST_UNKNOWN = 0.06
"""What stands for the sum of the known unknowns' outputs where it is less, as in a FAQ that has none: that nothing speaks against answering proves little
(CLINC150 half: .58 of what is out of scope is answered, and .801 of the others by the right entry)."""
SUGGESTS = 0.05
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
    topic: float = 0.0
    """How much likelier its words are on the FAQ's topic than beside it, as `topic` has it."""
    strange: bool = False
    """Whether the question is surely in a language that the files do not have, and shares none but names with them."""


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


@dataclass(frozen=True, slots=True)
class Weights:
    """Two logistic regressions: that the likeliest answering entry is right, and that the best sentence is, beside a FAQ."""

    entry: Mapping[str, float]
    search: Mapping[str, float]


LEXICAL = Weights(
    entry={"bias": -1.05, "odds": 4.10, "margin": 3.36, "own share": 1.92, "status": 0.45},
    search={"bias": -3.00, "answering": 1.38, "unknown": -4.09, "own share": 0.74, "terms": 3.85, "length": 2.24, "in evidence": 0.87, "words": 3.00},
)
"""Fitted by `python -m benchmarks.fit_gates`; `search` on an earlier FAQ: fitted on the one that ships, whose gaps no sentence fills, it answers more in vain."""
SEMANTIC = Weights(
    entry={"bias": -1.19, "odds": 3.23, "margin": 2.55, "own share": 2.08, "status": 0.61},
    search={
        "bias": -8.49,
        "answering": 0.42,
        "unknown": -2.22,
        "own share": 0.69,
        "terms": 1.91,
        "length": 1.97,
        "in evidence": 1.03,
        "words": 2.75,
        "passage meaning": 8.26,
    },
)
"""Fitted by the same with BOT_SEMANTIC=on."""
ALONE = {"bias": -1.96, "strength": 2.76, "words": 3.20, "ahead": 1.29, "title": 0.59, "in title": -1.18}
"""That the sources answer, where there is no FAQ; fitted on the gold questions without FAQ and on the CLAPNQ half (AUC .84
there, ten-fold; BM25 alone .82)."""
ALONE_SEMANTIC = {"bias": -25.29, "strength": 1.85, "words": 2.12, "ahead": 0.82, "title": -0.03, "in title": -2.48, "passage meaning": 28.83}
"""The same with BOT_SEMANTIC=on (AUC .90)."""


def features(weights: Mapping[str, float]) -> tuple[str, ...]:
    """The names of what is weighed beside the bias."""
    return tuple(name for name in weights if name != "bias")


def settled(asked: Question, matches: list[Match], knowledge: Knowledge, weights: Weights) -> Decision | None:
    """What is decided where an entry answers whatever a search would find; else None."""
    decision = decide(asked, matches, [], knowledge, weights)
    sure = asked.phrasing_of or not knowledge.content or decision.confidence > 1 - PREFERS_ENTRY
    return decision if decision.entry and sure and not asked.absent else None


def decide(asked: Question, matches: list[Match], selected: list[Selected], knowledge: Knowledge, weights: Weights = LEXICAL) -> Decision:
    """Answer with an entry, with a sentence, or refuse; the first reason that holds is given. A phrasing of the FAQ goes to its entry."""
    answering = [m for m in matches if not m.entry.known_unknown]
    unknown = next((m for m in matches if m.entry.known_unknown), None)
    best = answering[0] if answering else None
    suggestions = tuple(m.entry for m in answering[:3] if m.score >= SUGGESTS)
    measured = measure(asked, matches, selected, knowledge)
    read = weights is SEMANTIC or not knowledge.strange
    beside = knowledge.topic < BESIDE
    by_entry = _probability(weights.entry, measured) if best and read and not beside else 0.0
    alone = ALONE_SEMANTIC if weights is SEMANTIC else ALONE
    by_search = _probability(weights.search if matches else alone, measured) if selected and read else 0.0
    if selected and weights is not SEMANTIC and selected[0].nearby < min(2, len(asked.terms)):
        by_search *= CHANCE
    if not matches and selected and len(asked.terms) >= ALL_TERMS and len(selected[0].terms) == len(asked.terms):
        by_search = max(by_search, HOLDS_ALL)
    bar = BESIDE_FAQ if matches else SEARCH_ANSWERS
    confidence = round(max(by_entry, by_search), 3)
    nearest = _nearest(None if beside else best, selected)
    certainly_unknown = unknown is not None and unknown.score >= CERTAINLY_UNKNOWN
    likelier_unknown = unknown is not None and (best is None or unknown.learnt > best.learnt)

    def refuse(reason: Reason, confidence: float, spans: tuple[Span, ...] = nearest, *, reviewed: bool = False) -> Decision:
        return Decision(reason, confidence, None, spans, suggestions, measured, reviewed)

    if asked.absent and not (best and by_entry >= SURE and (asked.present or knowledge.any_place or not asked.foreign)):
        return refuse(Reason.NOT_MENTIONED, round(confidence / 2, 3))
    if asked.phrasing_of and asked.phrasing_of.known_unknown:
        return refuse(Reason.NOT_STATED, round(min(confidence, 1 - EXACT), 3), asked.phrasing_of.nearest, reviewed=True)
    if asked.phrasing_of:
        return Decision(None, EXACT, asked.phrasing_of, features=measured)
    if not knowledge.content and best and best is matches[0] and max(best.similarity - VERBATIM, best.score - CLEAR) >= 0:
        return Decision(None, round(max(best.similarity, best.score, ANSWERS), 3), best.entry, features=measured)
    if not knowledge.content:
        return Decision(Reason.UNCLEAR, 0.0, features=measured)
    if best and by_entry >= ANSWERS and not (certainly_unknown and likelier_unknown) and (by_search < bar or by_entry >= by_search - PREFERS_ENTRY):
        return Decision(None, round(by_entry, 3), best.entry, features=measured)
    if not knowledge.in_faq and not knowledge.in_corpus:
        return refuse(Reason.OFF_TOPIC, round(confidence / 2, 3), ())
    if by_search >= bar and not certainly_unknown:
        return Decision(None, round(by_search, 3), None, (selected[0].span,), suggestions, measured)
    if unknown and likelier_unknown:
        most = 1 - CERTAINLY_UNKNOWN if certainly_unknown else 1.0
        return refuse(Reason.NOT_STATED, min(confidence, most), unknown.entry.nearest, reviewed=certainly_unknown)
    return refuse(Reason.NOT_STATED, confidence)


def _probability(weights: Mapping[str, float], features: Mapping[str, float]) -> float:
    return 1 / (1 + math.exp(-sum(weight * features[name] for name, weight in weights.items())))


def measure(asked: Question, matches: list[Match], selected: list[Selected], knowledge: Knowledge) -> dict[str, float]:
    """The features of the gates, by name."""
    answering = [m for m in matches if not m.entry.known_unknown]
    unknown = [m for m in matches if m.entry.known_unknown]
    best, lead = answering[0] if answering else None, selected[0] if selected else None
    return {
        "answering": _likeliest(answering),
        "unknown": _likeliest(unknown),
        "odds": math.log((_likeliest(answering) + FLOOR) / (max(_likeliest(unknown), LEAST_UNKNOWN) + FLOOR)),
        "margin": best.total - answering[1].total if best and len(answering) > 1 else best.total if best else 0.0,
        "own share": knowledge.own_share,
        "strength": lead.strength if lead else 0.0,
        "terms": len(lead.terms) / max(len(asked.terms), 1) if lead else 0.0,
        "length": min(len(asked.terms), 8) / 8,
        "words": lead.words if lead else 0.0,
        "ahead": lead.ahead if lead else 0.0,
        "title": lead.title if lead else 0.0,
        "in title": lead.in_title if lead else 0.0,
        "passage meaning": max((s.meaning for s in selected), default=0.0),
        "in evidence": float(bool(lead and best and any(e.span.overlaps(lead.span) for e in best.entry.evidence))),
        "status": float(asked.about_status),
        "bias": 1.0,
    }


def _likeliest(matches: list[Match]) -> float:
    """The sum of the NEAREST highest outputs: several entries may hold what is asked, and beyond them is the noise of all others."""
    return sum(sorted((max(m.learnt, 0.0) for m in matches), reverse=True)[:NEAREST])


def _nearest(best: Match | None, selected: list[Selected]) -> tuple[Span, ...]:
    """What to show under a refusal: the lead of the likeliest entry, else the best sentences."""
    if best and best.score >= SUGGESTS:
        return (best.entry.evidence[0].span,)
    return tuple(s.span for s in selected[:1])
