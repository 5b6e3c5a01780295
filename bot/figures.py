"""Statistics of a run, from numbers alone: rates with exact bounds, risk over coverage, calibration, paired comparison."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import groupby

LEVEL = 0.95
"""Confidence level of every interval."""
BINS = 10
"""Of the reliability table, equally wide."""


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean; 0 for none."""
    return sum(values) / len(values) if values else 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` of `n`, with the bounds of Clopper and Pearson (1934): no true rate outside them makes as extreme a count
    likelier than (1 - LEVEL) / 2 on its side. 0 of 0 is 0, anywhere between 0 and 1."""

    hits: int
    n: int

    @classmethod
    def of(cls, events: Iterable[bool]) -> Rate:
        """The rate of what is true among `events`."""
        found = list(events)
        return cls(sum(found), len(found))

    @property
    def value(self) -> float:
        """The share itself; 0 of none."""
        return self.hits / self.n if self.n else 0.0

    @property
    def low(self) -> float:
        """The lower exact bound."""
        return 1 - _upper(self.n - self.hits, self.n)

    @property
    def high(self) -> float:
        """The upper exact bound."""
        return _upper(self.hits, self.n)


@cache
def _upper(hits: int, n: int) -> float:
    """The largest rate at which `hits` or fewer of `n` are not too unlikely, by bisection; 1 where all are hits."""
    if hits >= n:
        return 1.0
    low, high = hits / n, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _at_most(hits, n, middle) > (1 - LEVEL) / 2 else (low, middle)
    return (low + high) / 2


def _at_most(hits: int, n: int, rate: float) -> float:
    """Probability of `hits` or fewer of `n` at a rate in (0, 1)."""
    chosen, missed = math.log(rate), math.log1p(-rate)
    return math.fsum(math.exp(_log_ways(n, i) + i * chosen + (n - i) * missed) for i in range(hits + 1))


@cache
def _log_ways(n: int, i: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """What would happen if only answers of at least `confidence` were given."""

    confidence: float
    coverage: float
    """Share of all questions that would be answered."""
    risk: float
    """Mean loss of those answers."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Risk over coverage, the surest answers first."""

    points: tuple[CurvePoint, ...]
    area: float
    """Mean risk over the coverages reached, in [0, 1]: a step for each answer; equal confidences share theirs."""


def curve(answers: Iterable[tuple[float, float]], asked: int) -> Curve:
    """The curve of answers as (confidence, loss in [0, 1]) among `asked` questions."""
    points: list[CurvePoint] = []
    count, lost, area = 0, 0.0, 0.0
    for confidence, group in groupby(sorted(answers, reverse=True), key=lambda answer: answer[0]):
        losses = [loss for _, loss in group]
        count, lost = count + len(losses), lost + math.fsum(losses)
        area += len(losses) * lost / count
        points.append(CurvePoint(confidence, count / asked, lost / count))
    return Curve(tuple(points), area / count if count else 0.0)


@dataclass(frozen=True, slots=True)
class Bin:
    """Claims of about the same probability: how many, their mean, and the share that was right."""

    low: float
    high: float
    n: int
    said: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far stated probabilities agree with what happened."""

    bins: tuple[Bin, ...]
    """Those that are not empty."""
    brier: float
    """Mean squared difference of claim and event: 0 is perfect, .25 is what always saying ½ gets."""
    error: float
    """Expected calibration error: mean distance of `said` and `right`, the bins weighted by their numbers."""


def calibration(claims: Sequence[tuple[float, bool]]) -> Calibration:
    """The calibration of (probability, whether it came true)."""
    sorted_in: dict[int, list[tuple[float, bool]]] = {}
    for said, right in claims:
        sorted_in.setdefault(min(int(said * BINS), BINS - 1), []).append((said, right))
    bins = tuple(
        Bin(number / BINS, (number + 1) / BINS, len(found), mean([said for said, _ in found]), mean([right for _, right in found]))
        for number, found in sorted(sorted_in.items())
    )
    return Calibration(bins, mean([(said - right) ** 2 for said, right in claims]), sum(b.n * abs(b.said - b.right) for b in bins) / max(len(claims), 1))


def paired_p(differences: Iterable[float]) -> float:
    """Two-sided p of the exact paired permutation test: how often the sum of the differences would be as far from 0 if each
    sign were tossed. Differences are multiples of ½."""
    halves = [round(2 * d) for d in differences if d]
    ways: Counter[int] = Counter({0: 1})
    for size in map(abs, halves):
        tossed: Counter[int] = Counter()
        for total, count in ways.items():
            tossed[total + size] += count
            tossed[total - size] += count
        ways = tossed
    as_far = sum(count for total, count in ways.items() if abs(total) >= abs(sum(halves)))
    return float(Fraction(as_far, 2 ** len(halves)))
