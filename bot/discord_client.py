"""The connection to Discord, and what every part of the application there shares: the assistant in use, the store, the limits, the log of failures."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import aiohttp
import discord
from discord import app_commands

from bot import frames
from bot.assistant import Assistant
from bot.discord_message import Titles, escaped
from bot.errors import Problem, SearchError, StoreError
from bot.limits import Limits
from bot.store import ServerSettings, Shown, Store
from bot.timeline import timeline

PATIENCE = 1.0
"""Seconds that an answer may take before Discord is told to wait; it gives up after 3."""
FAREWELL = 5
"""Seconds that answers on their way may take when the bot is told to stop (Docker kills after 10)."""
QUEUE = 4
"""Questions waiting from which on Discord is told to wait before an answer is looked for: a first response does not wait for other people's answers."""
GIVES_WAY = 2.0
"""Seconds that an answer for which Discord was told to wait gives way to telling others so, at most."""
MOST_AT_ONCE = 1000
"""Questions in work at one time; a further one is told that the bot is busy (benchmarks.discord_load)."""
STORE_REST = 30
"""Seconds after a failure in which the store is not asked for settings again."""
UNKNOWN_INTERACTION = 10062
"""Discord's code for an interaction that was acknowledged too late: nobody waits for it any more."""
ALREADY_ANSWERED = 40060
"""Discord's code for a second acknowledgement, such as one that was tried again although the first had arrived."""

_OWNS = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)

_log = logging.getLogger(__name__)
_P = ParamSpec("_P")
_T = TypeVar("_T")


class Edition:
    """An assistant, and what is made from it once. A reload puts another in its place; who has this one goes on with it."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant, self.titles, self.timeline = assistant, Titles(assistant.faq), timeline(assistant)


class Client(discord.Client):
    """The connection, without what it answers to: `discord_app` adds the events, `discord_commands` the commands."""

    def __init__(self, assistant: Assistant, store: Store, *, cache: Path | None = None, proxy: str | None = None, reads_posts: bool = False) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        intents.message_content = reads_posts
        super().__init__(
            intents=intents, allowed_mentions=discord.AllowedMentions.none(), max_messages=None, member_cache_flags=discord.MemberCacheFlags.none(), proxy=proxy
        )
        self.edition = Edition(assistant)
        self.store, self.cache, self.reads_posts = store, cache, reads_posts
        self.limits = Limits()
        self.reloading = asyncio.Lock()
        self.reload_asked = asyncio.Event()
        self.told: tuple[Problem, ...] = ()
        """Why the files could not be loaded anew the last time; empty where they could."""
        self._settings: dict[int, ServerSettings] = {}
        self._store_failed = -math.inf
        self._unwritten: dict[int, Shown] = {}
        self._at_work: set[asyncio.Task[Any]] = set()
        self._answering: set[asyncio.Task[Any]] = set()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="answering")
        self._turn = asyncio.Lock()
        self._queue = 0
        self._deferring = 0
        self._deferred = asyncio.Event()
        self.tree = Tree(self, allowed_installs=app_commands.AppInstallationType(guild=True, user=True), allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True))  # fmt: skip

    def work(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> asyncio.Task[_T]:
        """What `function` returns, computed beside the event loop; one at a time, so that the loop does in between what waits for it."""

        async def in_turn() -> _T:
            async with self._turn:
                return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: function(*args, **kwargs))

        def done(_: asyncio.Task[_T]) -> None:
            self._queue -= 1

        self._queue += 1
        task = asyncio.create_task(in_turn())
        task.add_done_callback(done)
        return task

    @contextlib.contextmanager
    def at_work(self, *, answering: bool = False) -> Iterator[None]:
        """Marks the current task as one that somebody waits for; `answering`: it shows an answer and remembers what its buttons need."""
        task = asyncio.current_task()
        assert task is not None
        marks = [self._at_work, *([self._answering] if answering else [])]
        new = [mark for mark in marks if task not in mark]
        for mark in new:
            mark.add(task)
        try:
            yield
        finally:
            for mark in new:
                mark.discard(task)

    @property
    def busy(self) -> bool:
        """Whether no further question can be taken now."""
        return len(self._at_work) >= MOST_AT_ONCE

    @property
    def queueing(self) -> bool:
        """Whether an answer would have to wait for many others."""
        return self._queue + self._deferring >= QUEUE

    async def defer(self, interaction: Interaction, *, private: bool) -> None:
        """Have Discord wait for the answer to an interaction, and give way for a while to telling others so."""
        self._deferring += 1
        self._deferred.clear()
        try:
            await interaction.response.defer(ephemeral=private, thinking=True)
        finally:
            self._deferring -= 1
            if not self._deferring:
                self._deferred.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._deferred.wait(), GIVES_WAY)

    async def finish(self) -> None:
        """Wait a while for the answers on their way, then close the connection."""
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=FAREWELL)
        await self.close()

    async def close(self) -> None:
        await super().close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def stored(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What a function of the store returns, beside the event loop. Raises TimeoutError where people would wait too long, and StoreError."""
        async with asyncio.timeout(PATIENCE):
            return await asyncio.to_thread(function, *args, **kwargs)

    async def settings(self, server: int | None) -> ServerSettings:
        """What a server's moderators chose; the defaults for a direct message, and where the store cannot be read."""
        if server is None:
            return ServerSettings()
        if server not in self._settings and time.monotonic() - self._store_failed > STORE_REST:
            try:
                self._settings[server] = await self.stored(self.store.settings, server)
            except (StoreError, TimeoutError) as error:
                _log.error("the default settings are used: %s", error or "the store does not answer")
                self._store_failed = time.monotonic()
        return self._settings.get(server, ServerSettings())

    async def save_settings(self, server: int, settings: ServerSettings) -> None:
        """Keep what a server's moderators chose. Raises StoreError and TimeoutError."""
        await self.stored(self.store.save_settings, server, settings)
        self._settings[server] = settings
        if not settings.keeps_questions:
            await self.stored(self.store.forget_questions, server)

    async def remember(self, shown: Shown) -> None:
        """Keep what the buttons of a message need; where the store fails, they say that it is not kept."""
        self._unwritten[shown.message] = shown
        try:
            await asyncio.to_thread(self.store.remember, shown)
        except StoreError as error:
            _log.error("the buttons of an answer will not work: %s", error)
        finally:
            del self._unwritten[shown.message]

    async def keep_question(self, message: int, server: int, question: str, language: str, *, refused: bool, at: datetime) -> None:
        """Keep a question that was asked in vain, which nobody waits for."""
        try:
            await asyncio.to_thread(self.store.keep_question, message, server, question, language, refused=refused, at=at)
        except StoreError as error:
            _log.error("a question that was asked in vain is not kept: %s", error)

    async def shown(self, message: int) -> Shown | None:
        """What was remembered of a message, of one too that is only just being shown. Raises StoreError and TimeoutError."""
        found = self._unwritten.get(message) or await self.stored(self.store.shown, message)
        if found is None and self._answering:
            await asyncio.wait(self._answering, timeout=PATIENCE / 2)
            found = self._unwritten.get(message) or await self.stored(self.store.shown, message)
        return found

    async def forget(self, message: int) -> None:
        """Remove what the buttons of a message needed."""
        try:
            await asyncio.to_thread(self.store.forget, message)
        except StoreError as error:
            _log.error("an answer that was deleted is not forgotten yet: %s", error)

    @property
    def owners(self) -> set[int]:
        """Who may change what the bot answers from, which several servers share: its owner; of a team, the owner, administrators and developers."""
        if self.application is None:
            return set()
        team = self.application.team
        if team is None:
            return {self.application.owner.id}
        return {m.id for m in team.members if m.role in _OWNS} | ({team.owner_id} if team.owner_id else set())

    def refusal(self, person: int, channel: int | None, settings: ServerSettings, language: str) -> tuple[str, bool] | None:
        """Why a question is not taken now, in one sentence, and whether it has to be said; None where it is taken.

        `channel`: where all can see the answer; None for a private one.
        """
        now = time.monotonic()
        if wait := self.limits.person(person, settings.cooldown, now):
            return frames.say("wait", language, seconds=wait.seconds), wait.first
        if self.busy:
            return frames.say("busy", language), True
        if channel is not None and (wait := self.limits.channel(channel, now)):
            return frames.say("channel_wait", language, seconds=wait.seconds), wait.first
        return None


Interaction = discord.Interaction[Client]


class NotAllowed(app_commands.CheckFailure):
    """A check of a command failed; `name` is the frame sentence that says whose it is."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Tree(app_commands.CommandTree[Client]):
    """The commands; what fails in one is told to the person in one line."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        if isinstance(error, NotAllowed):
            await tell(interaction, error.name)
        else:
            await told_of_failure(interaction, error)


def language_of(locale: discord.Locale) -> str:
    """The language of a Discord locale: `es` of es-419."""
    return locale.value.split("-")[0]


async def tell(interaction: Interaction, name: str, **values: object) -> None:
    """One sentence of the bot's own, to the person alone."""
    await say(interaction, escaped(frames.say(name, language_of(interaction.locale), **values)))


async def say(interaction: Interaction, text: str) -> None:
    """A line to the person alone, whether or not something was sent before."""
    if interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True)
    else:
        await interaction.response.send_message(text, ephemeral=True)


async def told_of_failure(interaction: Interaction, error: BaseException) -> None:
    """Log an error, and tell the person of it in one line with the log's number; nothing where nobody waits any more."""
    if too_late(error):
        return
    text = failed(error, language_of(interaction.locale))
    with best_effort():
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            await interaction.delete_original_response()
        await say(interaction, text)


def failed(error: BaseException | None, language: str) -> str:
    """Log an error and return the sentence that tells a person of it."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    if isinstance(cause, SearchError):
        _log.error("%s", cause)
        return escaped(frames.say("search_away", language))
    number = secrets.token_hex(4)
    _log.error("failure %s", number, exc_info=error)
    return escaped(frames.say("failed", language, id=number))


def too_late(error: BaseException | None) -> bool:
    """Whether an error only says that the person waits no more, or has been answered."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    return isinstance(cause, discord.HTTPException) and cause.code in (UNKNOWN_INTERACTION, ALREADY_ANSWERED)


def best_effort() -> contextlib.suppress:
    """What tells of a failure may fail too: then the log alone has it."""
    return contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError)
