"""One at a time, and servers in turn."""

from __future__ import annotations

from collections import Counter
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from bot.turns import Turns


def order(arrivals: list[int], gone: set[int]) -> list[int]:
    """The numbers of the arrivals (each of a server) in the order of their turns, when all arrive while the first has its turn; those that are `gone` want none then."""
    turns = Turns()
    running: list[int] = []
    done: list[int] = []

    def begin(number: int) -> bool:
        if running and number in gone:
            return False
        assert done == running
        running.append(number)
        return True

    for number, server in enumerate(arrivals):
        turns.take(server, partial(begin, number))
    while len(done) < len(running):
        done.append(running[-1])
        turns.give_back()
    assert not turns._waiting
    assert not turns._taken
    return done


@given(arrivals=st.lists(st.integers(0, 4), max_size=40), data=st.data())
def test_servers_come_one_after_the_other(arrivals: list[int], data: st.DataObject) -> None:
    """Each that still wants it has one turn; within a server first come, first served; nobody waits for a second one of another while its own waits."""
    gone = data.draw(st.sets(st.integers(1, len(arrivals) - 1), max_size=5)) if len(arrivals) > 1 else set()
    done = order(arrivals, gone)
    assert sorted(done) == [number for number in range(len(arrivals)) if number not in gone]
    for server in set(arrivals):
        mine = [number for number in done if arrivals[number] == server]
        assert mine == sorted(mine)
    before: Counter[int] = Counter()
    waiting = Counter(arrivals[number] for number in done[1:])
    for number in done[1:]:
        server = arrivals[number]
        assert all(before[server] <= before[other] for other in waiting if waiting[other] > before[other])
        before[server] += 1


def test_one_question_is_not_behind_a_flood() -> None:
    """After a thousand of one server, the first of another has the next turn but one."""
    done = order([1] * 1000 + [2], set())
    assert done.index(1000) <= 2


def test_a_turn_that_nobody_wants_is_free_for_the_next() -> None:
    """Also where many in a row went away while they waited."""
    turns = Turns()
    turns.take(1, lambda: True)
    for _ in range(5000):
        turns.take(1, lambda: False)
    turns.give_back()
    assert not turns._waiting
    assert not turns._taken
