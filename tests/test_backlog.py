"""Writes that nobody waits for: their order, their bound, and a store that goes away; with a real store."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_work import shown, vote

from bot import backlog, store
from bot.backlog import Backlog
from bot.errors import StoreError
from bot.store import Store


def scene(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(play())


class Door:
    """A place to write that can be shut."""

    def __init__(self) -> None:
        self.written: list[int] = []
        self.shut = False

    def __call__(self, number: int) -> Callable[[], object]:
        return partial(self.written.append, number)

    async def run(self, writes: list[Callable[[], object]]) -> None:
        """All of them or none."""
        if self.shut:
            raise StoreError("the store cannot be written: it is shut")
        before = len(self.written)
        try:
            for write in writes:
                write()
        except Exception:
            del self.written[before:]
            raise


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "FIRST_REST", 0.001)
    monkeypatch.setattr(backlog, "LONGEST_REST", 0.01)
    monkeypatch.setattr(backlog, "PAUSE", 0.001)


@given(steps=st.lists(st.sampled_from("pppso"), max_size=60), most=st.integers(1, 20))
def test_what_is_written_is_in_order_and_what_is_not_is_counted(steps: list[str], most: int) -> None:
    """However the store comes and goes: nothing twice, nothing out of order, everything written or counted as dropped, no more waits than may."""

    async def play() -> None:
        door = Door()
        queue = Backlog(door.run)
        futures = []
        for number, step in enumerate(steps):
            if step == "p":
                futures.append((number, queue.put(door(number))))
            else:
                door.shut = step == "s"
                await asyncio.sleep(0)
            assert len(queue) <= most
        door.shut = False
        outcomes = [(number, await future) for number, future in futures]
        assert door.written == sorted(set(door.written))
        assert door.written == [number for number, written in outcomes if written]
        assert queue.dropped == sum(not written for _, written in outcomes)
        assert (queue.written, len(queue), queue.lag, queue.away) == (len(door.written), 0, 0.0, None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backlog, "MOST", most)
        scene(play)


def test_what_removes_is_dropped_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too many writes wait, a removal that was asked for outlives what would be kept; where there are only removals, the oldest goes."""
    monkeypatch.setattr(backlog, "MOST", 3)

    async def play() -> None:
        door = Door()
        queue = Backlog(door.run)
        door.shut = True
        removal = queue.put(door(0), removes=True)
        others = [queue.put(door(n)) for n in range(1, 6)]
        door.shut = False
        assert await removal
        assert [await other for other in others] == [False, False, False, True, True]
        door.shut = True
        removals = [queue.put(door(n), removes=True) for n in range(4)]
        door.shut = False
        assert [await one for one in removals] == [False, True, True, True]

    scene(play)


def test_what_is_taken_back_is_not_written() -> None:
    """An answer that is deleted while the store is away never gets there."""

    async def play() -> None:
        door = Door()
        queue = Backlog(door.run)
        door.shut = True
        first, second = queue.put(door(1), ("message", 1)), queue.put(door(2), ("message", 2))
        await asyncio.sleep(0)
        queue.take_back(("message", 1))
        door.shut = False
        assert (await first, await second) == (False, True)
        assert (door.written, queue.dropped) == ([2], 0)

    scene(play)


def test_what_comes_soon_after_a_write_goes_with_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """One write is made at once; those of the pause after it are one transaction."""
    monkeypatch.setattr(backlog, "PAUSE", 0.05)

    async def play() -> None:
        together: list[int] = []

        async def run(writes: list[Callable[[], object]]) -> None:
            together.append(len(writes))

        queue = Backlog(run)
        await queue.put(int)
        later = []
        for _ in range(5):
            later.append(queue.put(int))
            await asyncio.sleep(0)
        assert len(queue) == 5
        await asyncio.gather(*later)
        assert together == [1, 5]

    scene(play)


def test_what_can_never_be_written_does_not_hold_up_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    """A row that the store refuses for good, and a bug, are given up, counted and in the log."""

    def refused() -> None:
        raise StoreError("the store cannot be written: too long", again=False)

    async def play() -> None:
        door = Door()
        queue = Backlog(door.run)
        one, two, three = queue.put(refused), queue.put(lambda: 1 / 0), queue.put(door(3))
        assert [await one, await two, await three] == [False, False, True]
        assert queue.dropped == 2

    scene(play)
    assert "too long" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_the_end_says_what_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    """At the end it tries for a while; what could not be written is counted and logged."""

    async def play() -> None:
        door = Door()
        queue = Backlog(door.run)
        door.shut = True
        for number in range(3):
            queue.put(door(number))
        await queue.finish(0.05)
        assert (queue.dropped, door.written) == (3, [])
        open_door = Backlog(Door().run)
        open_door.put(lambda: None)
        await open_door.finish(5)
        assert (open_door.written, open_door.dropped) == (1, 0)

    scene(play)
    assert "3 writes could not be made before the end and are lost" in caplog.text


def test_a_real_store_that_is_held_by_another_program_gets_its_writes_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While SQLite's file is locked for longer than is waited, votes and answers wait; afterwards all are there, and the log told it once each way."""
    monkeypatch.setattr(store, "_BUSY", 0.02)
    caplog.set_level(logging.WARNING)
    path = str(tmp_path / "bot.sqlite3")
    made = Store.open(path)
    other = sqlite3.connect(path, isolation_level=None)

    async def play() -> None:
        queue = Backlog(lambda writes: asyncio.to_thread(made.write_all, writes))
        other.execute("BEGIN IMMEDIATE")
        futures = [queue.put(write) for n in range(25) for write in (partial(made.remember, shown(n)), partial(vote, made, n, 1))]
        while not queue.failures:
            await asyncio.sleep(0.01)
        assert len(queue) == 50
        assert "another program holds it" in str(queue.away)
        other.execute("ROLLBACK")
        assert all([await future for future in futures])

    scene(play)
    assert sum(votes.count for votes in made.ratings()) == 25
    assert all(made.shown(n) == shown(n) for n in range(25))
    assert [r.levelname for r in caplog.records] == ["ERROR", "WARNING"]
    other.close()
    made.close()
