"""One at a time, and servers in turn."""

from __future__ import annotations

import asyncio
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from bot.turns import Turns


async def order(arrivals: list[int], cancelled: set[int]) -> list[int]:
    """The numbers of the arrivals (each of a server) in the order of their turns, when all arrive while the first has its turn."""
    turns, held = Turns(), asyncio.Event()
    done: list[int] = []
    at_once = 0

    async def take(number: int) -> None:
        nonlocal at_once
        async with turns.turn(arrivals[number]):
            at_once += 1
            assert at_once == 1
            try:
                await held.wait()
            finally:
                at_once -= 1
            done.append(number)

    tasks = [asyncio.create_task(take(number)) for number in range(len(arrivals))]
    await asyncio.sleep(0)
    for number in cancelled:
        tasks[number].cancel()
    held.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert not turns._waiting
    assert not turns._taken
    return done


@given(arrivals=st.lists(st.integers(0, 4), max_size=40), data=st.data())
def test_servers_come_one_after_the_other(arrivals: list[int], data: st.DataObject) -> None:
    """Each that was not cancelled has one turn; within a server first come, first served; nobody waits for a second one of another while its own waits."""
    cancelled = data.draw(st.sets(st.integers(0, max(len(arrivals) - 1, 0)), max_size=5)) if arrivals else set()
    done = asyncio.run(order(arrivals, cancelled))
    assert sorted(done) == [number for number in range(len(arrivals)) if number not in cancelled]
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
    done = asyncio.run(order([1] * 1000 + [2], set()))
    assert done.index(1000) <= 2


def test_a_turn_that_was_handed_to_who_goes_away_goes_on() -> None:
    """Cancelled in the very moment when its turn came: the next one has it."""

    async def play() -> None:
        turns = Turns()
        async with turns.turn(1):
            waiting = [asyncio.create_task(turns.turn(1).__aenter__()) for _ in range(2)]
            await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert waiting[0].cancelled()
        assert waiting[1].done()
        assert not waiting[1].cancelled()

    asyncio.run(play())
