"""Who may ask now."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from bot import limits
from bot.limits import MINUTE, MOST_A_MINUTE, Limits, Wait


def test_a_person_asks_again_after_the_cooldown() -> None:
    """Until then each try says how many whole seconds are left, and whether it is the first to be told; tries do not make it longer."""
    known = Limits()
    assert known.person(1, 3, 100.0) is None
    assert known.person(1, 3, 100.5) == Wait(3, first=True)
    assert known.person(1, 3, 102.9) == Wait(1, first=False)
    assert known.person(2, 3, 102.9) is None
    assert known.person(1, 3, 103.0) is None
    assert known.person(1, 3, 104.0) == Wait(2, first=True)
    assert known.person(1, 0, 104.0) is None


@given(st.lists(st.floats(0, 30), max_size=150), st.integers(0, 10))
def test_two_questions_of_one_person_are_a_cooldown_apart(steps: list[float], cooldown: int) -> None:
    """For any rhythm of tries: those that are taken are at least the cooldown apart, and a wait that is kept is enough."""
    known, now, taken = Limits(), 0.0, []
    for step in steps:
        now += step
        wait = known.person(7, cooldown, now)
        if wait is None:
            taken.append(now)
        else:
            assert 0 < wait.seconds <= cooldown
            assert now - taken[-1] + wait.seconds >= cooldown
    assert all(b - a >= cooldown for a, b in itertools.pairwise(taken))


@given(st.lists(st.floats(0, 5), max_size=200))
def test_no_minute_of_a_channel_has_more_than_its_share(steps: list[float]) -> None:
    """For any rhythm: in no minute more answers than MOST_A_MINUTE; other channels are not touched."""
    known, now, taken = Limits(), 0.0, []
    for step in steps:
        now += step
        if known.channel(1, now) is None:
            taken.append(now)
    assert all(b - a >= MINUTE for a, b in zip(taken, taken[MOST_A_MINUTE:], strict=False))
    assert known.channel(2, now) is None


def test_a_channel_is_told_once() -> None:
    """Until it may be answered in again."""
    known = Limits()
    assert [known.channel(1, 0.0) for _ in range(MOST_A_MINUTE)] == [None] * MOST_A_MINUTE
    assert [known.channel(1, 0.5), known.channel(1, 59.0)] == [Wait(60, first=True), Wait(1, first=False)]
    assert [known.channel(1, 60.0) for _ in range(MOST_A_MINUTE)] == [None] * MOST_A_MINUTE
    assert known.channel(1, 60.0) == Wait(60, first=True)


def test_people_are_forgotten_in_the_end() -> None:
    """However many people ask, memory is bounded: the one who asked first is forgotten first."""
    known = Limits()
    for person in range(limits.MOST_REMEMBERED + 1):
        assert known.person(person, 300, 0.0) is None
    assert known.person(0, 300, 1.0) is None
    assert known.person(2, 300, 1.0) == Wait(299, first=True)
