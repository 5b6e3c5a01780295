"""Which of a bot's connections to Discord a process holds, where more than one is needed (docs/scaling.md)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from bot.config import NONE
from bot.errors import UsageError

SHARDS = "BOT_SHARDS"
"""The variable: which shards of how many, such as `0-3/8`; unset where one connection is enough."""
_WRITTEN = re.compile(r"(\d{1,5}(?:-\d{1,5})?(?:,\d{1,5}(?:-\d{1,5})?)*)/(\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Shards:
    """The shards of one process: `ids`, ascending and at least one, of all `count`, numbered from 0."""

    ids: tuple[int, ...]
    count: int

    @property
    def whole(self) -> bool:
        """Whether no other process holds any."""
        return len(self.ids) == self.count

    @property
    def first(self) -> bool:
        """Whether shard 0 is among them, to which Discord sends direct messages."""
        return self.ids[0] == 0

    def __str__(self) -> str:
        return f"{','.join(map(str, self.ids))}/{self.count}"


def read_shards(environment: Mapping[str, str], store: str) -> Shards | None:
    """What BOT_SHARDS says, None where it is unset or empty. Raises UsageError, also where other processes have shards and the store is not one to share."""
    written = environment.get(SHARDS)
    if not written:
        return None
    found = _WRITTEN.fullmatch(written)
    if not found:
        raise UsageError(f"{SHARDS} is {written!r}; write which shards of how many, such as 0-3/8 or 0,4/8, and 0-7/8 for all of them")
    count = int(found[2])
    ranges = [part.partition("-") for part in found[1].split(",")]
    ids = [number for first, _, last in ranges for number in range(int(first), int(last or first) + 1)]
    if any(int(first) > int(last or first) for first, _, last in ranges) or any(a >= b for a, b in pairwise(ids)):
        raise UsageError(f"{SHARDS} is {written!r}; name each shard once, in ascending order")
    if ids[-1] >= count:
        raise UsageError(f"{SHARDS} is {written!r}; of {count} shards the last is number {count - 1}")
    shards = Shards(tuple(ids), count)
    if not shards.whole and store == NONE:
        raise UsageError(
            f"{SHARDS} leaves shards to other processes, and BOT_STORE is none: name the store that all share, postgresql://USER:PASSWORD@HOST/DATABASE"
        )
    return shards
