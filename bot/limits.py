"""Who may ask now: one question at a time for a person, and no more answers in a channel than people can read."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TypeVar

MINUTE = 60
MOST_A_MINUTE = 30
"""Answers that all can see, in one channel."""
MOST_REMEMBERED = 20_000
"""People and channels; the longest known are forgotten first."""


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a question is not taken now: for how many seconds, and whether this is the first time that it is said."""

    seconds: int
    first: bool


class Limits:
    """Cooldowns of people and channels. Times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._people: dict[int, tuple[float, bool]] = {}
        self._channels: dict[int, tuple[deque[float], bool]] = {}

    def person(self, person: int, cooldown: int, now: float) -> Wait | None:
        """Note that a person asks at `now`; where the last question was less than `cooldown` seconds ago, how long to wait instead."""
        asked, told = self._people.get(person, (-math.inf, False))
        if now - asked < cooldown:
            self._people[person] = (asked, True)
            return Wait(math.ceil(cooldown - (now - asked)), not told)
        _put(self._people, person, (now, False))
        return None

    def channel(self, channel: int, now: float) -> Wait | None:
        """Note an answer in a channel at `now`; where it has had its share within a minute, how long to wait instead."""
        times, told = self._channels.get(channel, (deque(), False))
        while times and now - times[0] >= MINUTE:
            times.popleft()
        if len(times) >= MOST_A_MINUTE:
            self._channels[channel] = (times, True)
            return Wait(math.ceil(MINUTE - (now - times[0])), not told)
        times.append(now)
        _put(self._channels, channel, (times, False))
        return None


def _put(known: dict[int, Value], key: int, value: Value) -> None:
    """Put a value at the end of `known`, and forget its beginning where it is too long."""
    known.pop(key, None)
    known[key] = value
    if len(known) > MOST_REMEMBERED:
        del known[next(iter(known))]
