"""Statistics, against values worked by hand or in another way."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.figures import BINS, Rate, calibration, curve, mean, paired_p


def test_the_mean_of_nothing_is_zero() -> None:
    assert (mean([]), mean([1, 0.5, 0])) == (0, 0.5)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.30850),
        (1, 10, 0.00253, 0.44502),
        (5, 10, 0.18709, 0.81291),
        (10, 10, 0.69150, 1.0),
        (4, 20, 0.05733, 0.43661),
        (0, 0, 0.0, 1.0),
    ],
)
def test_bounds_are_those_of_published_tables(hits: int, n: int, low: float, high: float) -> None:
    assert [Rate(hits, n).low, Rate(hits, n).high] == pytest.approx([low, high], abs=6e-6)


@given(st.integers(1, 5000))
def test_of_none_seen_the_bound_is_in_closed_form(n: int) -> None:
    """0 of n: 1 - .025^(1/n)."""
    assert Rate(0, n).high == pytest.approx(1 - 0.025 ** (1 / n), rel=1e-9)
    assert Rate(0, n).low == 0


@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_at_each_bound_as_extreme_a_count_has_a_probability_of_one_in_forty(case: tuple[int, int]) -> None:
    hits, n = case
    rate = Rate(hits, n)
    assert 0 <= rate.low <= rate.value <= rate.high <= 1
    assert rate.low == pytest.approx(1 - Rate(n - hits, n).high, abs=1e-12)

    def chance(p: float, counts: range) -> float:
        return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in counts)

    if hits < n:
        assert chance(rate.high, range(hits + 1)) == pytest.approx(0.025, rel=1e-6)
    if hits > 0:
        assert chance(rate.low, range(hits, n + 1)) == pytest.approx(0.025, rel=1e-6)


def test_the_curve_has_a_point_for_each_confidence() -> None:
    """Of ten questions four are answered: .9 right, .8 half and wrong, .5 right."""
    made = curve([(0.8, 0.5), (0.5, 0.0), (0.9, 0.0), (0.8, 1.0)], 10)
    assert [(p.confidence, p.coverage, p.risk) for p in made.points] == [(0.9, 0.1, 0.0), (0.8, 0.3, 0.5), (0.5, 0.4, 0.375)]
    assert made.area == pytest.approx((0 + 0.5 + 0.5 + 0.375) / 4)
    assert curve([], 10) == curve([], 0)


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.9]), st.sampled_from([0.0, 0.5, 1.0])), min_size=1), st.randoms())
def test_the_curve_does_not_depend_on_the_order_of_the_questions_and_ends_at_the_mean_loss(answers: list[tuple[float, float]], draw: object) -> None:
    shuffled = list(answers)
    draw.shuffle(shuffled)  # type: ignore[attr-defined]
    made = curve(answers, len(answers))
    assert made == curve(shuffled, len(answers))
    assert [made.points[-1].coverage, made.points[-1].risk] == pytest.approx([1, mean([loss for _, loss in answers])])
    assert 0 <= made.area <= 1


def test_calibration_by_hand() -> None:
    made = calibration([(0.95, True), (1.0, True), (0.9, False), (0.15, False)])
    assert [(b.low, b.high, b.n) for b in made.bins] == [(0.1, 0.2, 1), (0.9, 1.0, 3)]
    assert made.bins[1].said == pytest.approx(0.95)
    assert made.bins[1].right == pytest.approx(2 / 3)
    assert made.brier == pytest.approx((0.05**2 + 0 + 0.9**2 + 0.15**2) / 4)
    assert made.error == pytest.approx((3 * (0.95 - 2 / 3) + 0.15) / 4)
    assert (calibration([]).bins, calibration([]).brier, calibration([]).error) == ((), 0, 0)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1))
def test_every_claim_is_in_one_bin(claims: list[tuple[float, bool]]) -> None:
    made = calibration(claims)
    assert sum(b.n for b in made.bins) == len(claims)
    assert len(made.bins) <= BINS
    assert all(b.low <= b.said <= b.high or b.said == pytest.approx(b.low) or b.said == pytest.approx(b.high) for b in made.bins)
    assert 0 <= made.error <= 1
    assert made.error**2 <= made.brier + 1e-9


@pytest.mark.parametrize(
    ("differences", "p"),
    [([], 1.0), ([0.0, 0.0], 1.0), ([1.0], 1.0), ([-1.0] * 5, 2 / 32), ([-0.5] * 6, 2 / 64), ([1.0, -0.5], 1.0), ([1.0, 1.0, -0.5], 4 / 8)],
)
def test_p_of_the_paired_test_by_hand(differences: list[float], p: float) -> None:
    assert paired_p(differences) == p


@given(st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), max_size=9))
def test_the_paired_test_counts_every_toss_of_the_signs(differences: list[float]) -> None:
    tossed = [abs(sum(sign * d for sign, d in zip(signs, differences, strict=True))) for signs in itertools.product((1, -1), repeat=len(differences))]
    assert paired_p(differences) == pytest.approx(sum(t >= abs(sum(differences)) for t in tossed) / len(tossed))
    assert paired_p(differences) == paired_p([-d for d in differences])


def test_many_changes_have_an_exact_p_too() -> None:
    """1200 changes, as many up as down: far beyond what floating point counts."""
    assert paired_p([1.0, -1.0] * 600) == 1
    assert 0 < paired_p([1.0] * 1000) < 1e-300
