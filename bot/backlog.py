"""Writes to the store that nobody waits for: made in order, one after the other; while the store is away they wait in memory."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.errors import StoreError

MOST = 10_000
"""Writes that may wait; for a further one an old one is dropped."""
TOGETHER = 50
"""Writes in one transaction."""
PAUSE = 0.1
"""Seconds after a transaction in which further writes gather for the next: one for each would take as long as an answer."""
FIRST_REST, LONGEST_REST = 0.5, 5.0
"""Seconds between two tries while the store is away: doubled each time."""

_log = logging.getLogger(__name__)
About = tuple[str, int]
"""What a write is about, such as ("message", 7): others about the same can be taken back."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    write: Callable[[], object]
    about: frozenset[About]
    removes: bool
    done: asyncio.Future[bool]
    since: float


class Backlog:
    """The queue; `run` executes writes beside the event loop, all or none. Used from one event loop."""

    def __init__(self, run: Callable[[list[Callable[[], object]]], Awaitable[object]]) -> None:
        self._run = run
        self._jobs: deque[_Job] = deque()
        self._current: list[_Job] = []
        self._writer: asyncio.Task[None] | None = None
        self.written = 0
        self.dropped = 0
        self.failures = 0
        self.away: str | None = None
        """Why the store could not be written the last time; None where it could."""

    def __len__(self) -> int:
        return len(self._jobs) + len(self._current)

    @property
    def _removals(self) -> int:
        return sum(job.removes for job in self._jobs)

    @property
    def lag(self) -> float:
        """Seconds that the oldest write has waited."""
        oldest = next(iter(self._current or self._jobs), None)
        return time.monotonic() - oldest.since if oldest else 0.0

    def put(self, write: Callable[[], object], *about: About, removes: bool = False) -> asyncio.Future[bool]:
        """Have something written after all that was put before; the future tells whether it was (False: it was dropped or taken back)."""
        done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._jobs.append(_Job(write, frozenset(about), removes, done, time.monotonic()))
        if len(self) > MOST:
            self._make_room()
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        return done

    def take_back(self, about: About) -> None:
        """Forget the writes about something that still wait."""
        for job in [job for job in self._jobs if about in job.about]:
            self._jobs.remove(job)
            job.done.set_result(False)

    async def finish(self, seconds: float) -> None:
        """Wait so long for what still waits; the rest is lost, and the log says how much."""
        if self._writer:
            await asyncio.wait({self._writer}, timeout=seconds)
            self._writer.cancel()
        if lost := len(self):
            self.dropped += lost
            _log.error("%d writes could not be made before the end and are lost: %s", lost, self.away or "the store is slow")

    def _make_room(self) -> None:
        """Drop the oldest write, one that removes something only where most of them do: what it would remove is past its keeping some day."""
        if self.dropped == 0:
            _log.error("more than %d writes wait for the store: the oldest are dropped (bot_store_dropped counts them)", MOST)
        removing = self._removals * 2 > len(self._jobs)
        job = next((job for job in self._jobs if job.removes == removing), self._jobs[0])
        self._jobs.remove(job)
        self._drop(job)

    def _drop(self, job: _Job) -> None:
        self.dropped += 1
        if not job.done.done():
            job.done.set_result(False)

    async def _write(self) -> None:
        rest, singly = FIRST_REST, 0
        while self._jobs:
            jobs = self._current = [self._jobs.popleft() for _ in range(1 if singly or self.away else min(len(self._jobs), TOGETHER))]
            singly = max(singly - 1, 0)
            try:
                await self._run([job.write for job in jobs])
            except Exception as error:
                if len(jobs) > 1:
                    self._put_back(jobs)
                    singly = len(jobs)
                elif isinstance(error, StoreError) and error.again:
                    self._put_back(jobs)
                    self._failed(error)
                    await asyncio.sleep(rest)
                    rest = min(2 * rest, LONGEST_REST)
                else:
                    _log.error("a write is given up", exc_info=error)
                    self._drop(jobs[0])
            else:
                rest = FIRST_REST
                self._succeeded(jobs)
            finally:
                self._current = []
            if self.away is None and not singly and len(self._jobs) < TOGETHER:
                await asyncio.sleep(PAUSE)

    def _put_back(self, jobs: list[_Job]) -> None:
        self._jobs.extendleft(reversed(jobs))
        self._current = []

    def _failed(self, error: StoreError) -> None:
        self.failures += 1
        if self.away is None:
            _log.error("%s; what is to be written waits, %d at most", error, MOST)
        self.away = str(error)

    def _succeeded(self, jobs: list[_Job]) -> None:
        self.written += len(jobs)
        if self.away is not None:
            self.away = None
            _log.warning("the store can be written again; %d writes waited, %d were dropped since the start", len(self), self.dropped)
        for job in jobs:
            if not job.done.done():
                job.done.set_result(True)
