"""Whose turn it is: one at a time, servers one after the other, so that a flood from one does not keep the others waiting."""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator


class Turns:
    """Hands out one turn at a time: to the servers that wait in a circle, within a server in the order of arrival."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: OrderedDict[int, deque[asyncio.Future[None]]] = OrderedDict()

    @contextlib.asynccontextmanager
    async def turn(self, server: int) -> AsyncIterator[None]:
        """Wait for a turn of a server, and hold it."""
        if self._taken:
            mine = asyncio.get_running_loop().create_future()
            self._waiting.setdefault(server, deque()).append(mine)
            try:
                await mine
            except asyncio.CancelledError:
                if mine.done() and not mine.cancelled():
                    self._next()
                raise
        self._taken = True
        try:
            yield
        finally:
            self._next()

    def _next(self) -> None:
        """Hand the turn to the first in the circle, whose server goes to its end."""
        while self._waiting:
            server, queue = self._waiting.popitem(last=False)
            first = queue.popleft()
            while first.done() and queue:  # cancelled
                first = queue.popleft()
            if queue:
                self._waiting[server] = queue
            if not first.done():
                first.set_result(None)
                return
        self._taken = False
