"""The connection to Discord where it takes more than one: several shards, in this process or in several of them.

Processes know of each other through the store alone: whose turn it is to begin a session, and that settings were changed.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from datetime import timedelta
from typing import Any

import discord

from bot.assistant import Assistant
from bot.discord_client import Client
from bot.errors import BotError, StoreError, number_of
from bot.shards import SHARDS, Shards
from bot.store import Store

IDENTIFY_EVERY = 5.5
"""Seconds between two sessions that begin in one bucket: Discord wants 5 between their arrivals."""
ASKS_AGAIN = (0.1, 0.4)
"""Seconds until it is looked anew whose turn it is, between these: chance, so that none is always the later one."""
SETTINGS_EVERY = 2.0
"""Seconds between two looks whether another process wrote settings."""

_log = logging.getLogger(__name__)


class Sharded(Client, discord.AutoShardedClient):
    """What a connection by shards does otherwise; it comes before the application among the bases of a class."""

    def __init__(self, shards: Shards, assistant: Assistant, store: Store, **options: Any) -> None:
        super().__init__(assistant, store, **options)
        self._mine = shards
        self.shard_ids, self.shard_count = list(shards.ids), shards.count
        self._buckets = 1
        self._begun: dict[int, float] = {}
        self._down = set(shards.ids)
        self._launching: asyncio.Task[Any] | None = None

    @property
    def leads(self) -> bool:
        """Whether shard 0 is here."""
        return self._mine.first

    async def setup_hook(self) -> None:
        """Ask Discord how many sessions may begin at once, and follow what other processes write. Raises BotError where none may begin."""
        starts = await self.fetch_session_start_limits()
        if starts.remaining < len(self._mine.ids):
            wait = timedelta(seconds=math.ceil(starts.reset_after / 1000))
            left = number_of(starts.remaining, "more session")
            raise BotError(f"Discord lets this bot begin {left}, {SHARDS} needs {len(self._mine.ids)}: start it again in {wait}")
        self._buckets = max(starts.max_concurrency, 1)
        if not self._mine.whole:
            self.beside(self._follow_settings())
        await super().setup_hook()

    async def launch_shards(self) -> None:
        """Begin the sessions, one after the other, unless the connection is closed meanwhile."""
        self._launching = asyncio.current_task()
        try:
            await super().launch_shards()
        finally:
            self._launching = None

    async def close(self) -> None:
        """Begin no more sessions: discord.py would take each for one that failed, and try again; close as any connection."""
        if self._launching:
            self._launching.cancel()
        await super().close()

    async def on_shard_ready(self, shard: int) -> None:
        """A shard has begun a session and knows its servers."""
        self._stands(shard, True)

    async def on_shard_resumed(self, shard: int) -> None:
        """A shard goes on with its session."""
        self._stands(shard, True)

    async def on_shard_disconnect(self, shard: int) -> None:
        """A shard's connection was lost."""
        self._stands(shard, False)

    def _stands(self, shard: int, stands: bool) -> None:
        """The connection stands where that of every shard does; discord.py tells only once, at the start, that all are ready."""
        (self._down.discard if stands else self._down.add)(shard)
        self.connected = not self._down

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait until a shard may begin a session: in its bucket no other, of any process, may within 5 seconds."""
        assert shard_id is not None
        while not await self._claimed(shard_id % self._buckets):
            await asyncio.sleep(random.uniform(*ASKS_AGAIN))

    async def _claimed(self, bucket: int) -> bool:
        """Whether it is a bucket's turn. Without the store it is after a while: where two meet, Discord refuses one, which tries again."""
        if self._mine.whole:
            free = time.monotonic() - self._begun.get(bucket, -math.inf) >= IDENTIFY_EVERY
            if free:
                self._begun[bucket] = time.monotonic()
            return free
        try:
            return await self.stored(self.store.claim, bucket, IDENTIFY_EVERY)
        except StoreError as error:
            _log.error("a session begins without regard to other processes: %s", error)
            await asyncio.sleep(IDENTIFY_EVERY * random.uniform(1, 3))
            return True

    async def _follow_settings(self) -> None:
        """Forget the settings that are kept here whenever any were written, so that they are read anew."""
        seen, failed = None, False
        while True:
            try:
                version = await self.stored(self.store.settings_version)
            except StoreError as error:
                if not failed:
                    _log.error("settings that other processes change are not seen for now: %s", error)
                failed = True
            else:
                failed = False
                if version != seen:
                    seen = version
                    self.forget_settings()
            await asyncio.sleep(SETTINGS_EVERY)
