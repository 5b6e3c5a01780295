"""Whose turn it is: one at a time, servers one after the other, so that a flood from one does not keep the others waiting."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable


class Turns:
    """Hands out one turn at a time: to the servers that wait in a circle, within a server in the order of arrival."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: OrderedDict[int, deque[Callable[[], bool]]] = OrderedDict()

    def take(self, server: int, begin: Callable[[], bool]) -> None:
        """Call `begin` when it is a turn of the server, at once where nobody has one; it returns whether it still wants it."""
        if self._taken:
            self._waiting.setdefault(server, deque()).append(begin)
        else:
            self._taken = begin()

    def give_back(self) -> None:
        """Hand the turn to the first in the circle, whose server goes to its end."""
        while self._waiting:
            server, queue = self._waiting.popitem(last=False)
            begun = queue.popleft()()
            while queue and not begun:
                begun = queue.popleft()()
            if queue:
                self._waiting[server] = queue
            if begun:
                return
        self._taken = False
