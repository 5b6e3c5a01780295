"""The connection to Discord, and what every part of the application there shares: the assistant in use, the store, the limits, the log, the numbers."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import aiohttp
import discord
from discord import app_commands

from bot import frames
from bot.answer import Answer
from bot.assistant import Assistant
from bot.backlog import Backlog
from bot.discord_message import Titles, escaped
from bot.errors import BotError, Problem, SearchError, StoreError
from bot.limits import Limits
from bot.logs import ASKING, Asking
from bot.metrics import State, Tally
from bot.store import ServerSettings, Shown, Store
from bot.timeline import timeline
from bot.turns import Turns

PATIENCE = 1.0
"""Seconds that an answer may take before Discord is told to wait; it gives up after 3."""
FAREWELL = 5
"""Seconds that answers on their way may take when the bot is told to stop (Docker kills after 10)."""
LAST_WRITES = 3
"""Seconds that what waits for the store may take after that."""
QUEUE = 4
"""Questions waiting from which on Discord is told to wait before an answer is looked for: a first response does not wait for other people's answers."""
GIVES_WAY = 2.0
"""Seconds that an answer for which Discord was told to wait gives way to telling others so, at most."""
MOST_AT_ONCE = 1000
"""Questions in work at one time; a further one is told that the bot is busy, but for servers that have less than their share of it (benchmarks.discord_load)."""
STORE_THREADS = 4
"""Threads that wait for the store: one that does not answer holds up nothing else."""
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


def settle() -> None:
    """Free what an edition that is no longer in use leaves behind, and keep the collector of garbage from looking at what stays: a tenth of a second each time."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


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
        self._beside: list[asyncio.Task[None]] = []
        self._settings: dict[int, ServerSettings] = {}
        self._reading: dict[int, asyncio.Task[None]] = {}
        self._store_failed = -math.inf
        self._store_pool = ThreadPoolExecutor(STORE_THREADS, thread_name_prefix="store")
        self.backlog = Backlog(lambda writes: self._at_store(partial(self.store.write_all, writes)))
        self._unwritten: dict[int, Callable[[], Shown]] = {}
        self.tally = Tally()
        self.connected = False
        """Whether the connection to the gateway stands."""
        self._at_work: dict[asyncio.Task[Any], int] = {}
        """What somebody waits for, and the server that it is done for."""
        self._answering: set[asyncio.Task[Any]] = set()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="answering")
        self._turns = Turns()
        self._queue = 0
        self._deferring = 0
        self._deferred = asyncio.Event()
        self.tree = Tree(self, allowed_installs=app_commands.AppInstallationType(guild=True, user=True), allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True))  # fmt: skip

    def work(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> asyncio.Future[_T]:
        """What `function` returns, computed beside the event loop; one at a time, so that the loop does in between what waits for it; servers in turn."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[_T] = loop.create_future()

        def begin() -> bool:
            if found.done():
                return False
            try:
                self._pool.submit(function, *args, **kwargs).add_done_callback(computed)
            except RuntimeError as closed:
                found.set_exception(closed)
                return False
            return True

        def computed(result: Future[_T]) -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(end, result)

        def end(result: Future[_T]) -> None:
            self._turns.give_back()
            if result.cancelled():
                found.cancel()
            elif not found.done():
                error = result.exception()
                if error:
                    found.set_exception(error)
                else:
                    found.set_result(result.result())

        def done(_: asyncio.Future[_T]) -> None:
            self._queue -= 1

        self._queue += 1
        found.add_done_callback(done)
        self._turns.take(_server(), begin)
        return found

    @contextlib.contextmanager
    def at_work(self, *, answering: bool = False) -> Iterator[None]:
        """Marks the current task as one that somebody waits for; `answering`: it shows an answer and remembers what its buttons need."""
        task = asyncio.current_task()
        assert task is not None
        outermost, answers = task not in self._at_work, answering and task not in self._answering
        if outermost:
            self._at_work[task] = _server()
        if answers:
            self._answering.add(task)
        try:
            yield
        finally:
            if outermost:
                del self._at_work[task]
            if answers:
                self._answering.discard(task)

    @property
    def busy(self) -> bool:
        """Whether no further question can be taken now; where too many are in work, a server is let in until it has its share of them."""
        if len(self._at_work) < MOST_AT_ONCE:
            return False
        servers = Counter(self._at_work.values())
        return servers[_server()] >= MOST_AT_ONCE // len(servers.keys() | {_server()})

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

    @property
    def leads(self) -> bool:
        """Whether this process does what one alone does of those that are one bot."""
        return True

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something until the connection is closed."""
        self._beside.append(asyncio.create_task(work))

    async def finish(self) -> None:
        """Wait a while for the answers on their way, then close the connection."""
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=FAREWELL)
        await self.close()

    async def close(self) -> None:
        """Write what still waits for the store, end what else runs, and close the connection."""
        for task in self._beside:
            task.cancel()
        await self.backlog.finish(LAST_WRITES)
        await super().close()
        for pool in (self._pool, self._store_pool):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _at_store(self, function: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._store_pool, function)

    async def stored(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """What a function of the store returns, beside the event loop. Raises StoreError, also where people would wait too long."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._at_store(lambda: function(*args, **kwargs))
        except TimeoutError:
            raise StoreError("the store does not answer") from None

    async def written(self, write: asyncio.Future[bool]) -> bool:
        """Whether the store has taken a write within people's patience; one that is away is not waited for. Raises StoreError where it never will."""
        if self.backlog.away is None:
            await asyncio.wait({write}, timeout=PATIENCE)
        if write.done() and not write.result():
            raise StoreError("the store does not take what was to be kept")
        return write.done()

    async def settings(self, server: int | None) -> ServerSettings:
        """What a server's moderators chose; the defaults for a direct message, and where the store cannot be read."""
        if server is None:
            return ServerSettings()
        known, reading = self._settings, self._reading
        if server not in known and self.backlog.away is None and time.monotonic() - self._store_failed > STORE_REST:
            if server not in reading:
                reading[server] = asyncio.create_task(self._read_settings(server, known, reading))
            await asyncio.shield(reading[server])
        return known.get(server, ServerSettings())

    def forget_settings(self) -> None:
        """Read every server's settings anew when they are needed next; what is being read now is not kept."""
        self._settings, self._reading = {}, {}

    async def _read_settings(self, server: int, known: dict[int, ServerSettings], reading: dict[int, asyncio.Task[None]]) -> None:
        """Read a server's settings into `known` for all who ask for them meanwhile."""
        try:
            known.setdefault(server, await self.stored(self.store.settings, server))
        except StoreError as error:
            _log.error("the default settings are used: %s", error)
            self._store_failed = time.monotonic()
        finally:
            del reading[server]

    async def save_settings(self, server: int, settings: ServerSettings) -> None:
        """Keep what a server's moderators chose. Raises StoreError."""
        await self.stored(self.store.save_settings, server, settings)
        self._settings[server] = settings
        if not settings.keeps_questions:
            self.backlog.take_back(("questions", server))
            await self.written(self.backlog.put(partial(self.store.forget_questions, server), removes=True))

    def remember(self, message: int, shown: Callable[[], Shown]) -> None:
        """Keep what the buttons of a message need, made beside the event loop when it is written; until then they work from memory."""
        self._unwritten[message] = shown
        at = datetime.now(UTC)
        written = self.backlog.put(lambda: self.store.remember(shown(), at), ("message", message))
        written.add_done_callback(lambda _: self._unwritten.pop(message, None))

    def keep_question(self, message: int, server: int, question: str, language: str, *, refused: bool, at: datetime) -> None:
        """Keep a question that was asked in vain, which nobody waits for."""
        write = partial(self.store.keep_question, message, server, question, language, refused=refused, at=at)
        self.backlog.put(write, ("message", message), ("questions", server))

    async def shown(self, message: int) -> Shown | None:
        """What was remembered of a message, of one too that is only just being shown. Raises StoreError."""
        found = await self._shown(message)
        if found is None and self._answering:
            await asyncio.wait(self._answering, timeout=PATIENCE / 2)
            found = await self._shown(message)
        return found

    async def _shown(self, message: int) -> Shown | None:
        unwritten = self._unwritten.get(message)
        return unwritten() if unwritten else await self.stored(self.store.shown, message)

    def forget(self, *messages: int) -> None:
        """Remove what the buttons of messages needed, and their questions."""
        for message in messages:
            self._unwritten.pop(message, None)
            self.backlog.take_back(("message", message))
        self.backlog.put(partial(self.store.forget, *messages), removes=True)

    def answered(self, found: Answer, message: int | None) -> None:
        """Count a question that was answered with a message, and write its line in the log."""
        asking = ASKING.get()
        seconds = time.monotonic() - asking.begun if asking else 0.0
        self.tally.answered(found, seconds)
        _log.info(
            "question",
            extra={
                "status": str(found.status),
                "reason": found.reason and str(found.reason),
                "entry": found.faq,
                "language": found.language,
                "milliseconds": round(seconds * 1000),
                "answer": message,
            },
        )

    def state(self) -> State:
        """How things stand now, for operators."""
        assistant, store = self.edition.assistant, self.backlog
        return State(
            corpus=assistant.corpus.sha256,
            faq=assistant.faq.sha256 or "",
            articles=len(assistant.corpus.articles),
            entries=len(assistant.faq.entries),
            gateway=self.connected,
            latency=self.latency,
            servers=len(self.guilds),
            at_work=len(self._at_work),
            waiting=self._queue,
            store=store.away,
            backlog=len(store),
            lag=store.lag,
            written=store.written,
            dropped=store.dropped,
            failures=store.failures,
        )

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
        """Why a question is not taken now, as a line to send, and whether it has to be said; None where it is taken.

        `channel`: where all can see the answer; None for a private one.
        """
        now = time.monotonic()
        if wait := self.limits.person(person, settings.cooldown, now):
            why, line, told = "cooldown", frames.say("wait", language, seconds=wait.seconds), wait.first
        elif self.busy:
            why, line, told = "busy", frames.say("busy", language), True
        elif channel is not None and (wait := self.limits.channel(channel, now)):
            why, line, told = "channel", frames.say("channel_wait", language, seconds=wait.seconds), wait.first
        else:
            return None
        self.tally.questions["not_taken", why] += 1
        return escaped(line), told


Interaction = discord.Interaction[Client]


def _server() -> int:
    """Whose server the current task works for; 0 where it is nobody's."""
    asking = ASKING.get()
    return asking.server if asking else 0


def begin(interaction: Interaction) -> None:
    """What the current task does from now on, it does for this interaction."""
    ASKING.set(Asking(interaction.guild_id or interaction.channel_id or interaction.user.id))


class NotAllowed(app_commands.CheckFailure):
    """Something that this person may not do, or not any more; `name` is the frame sentence that says why."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Tree(app_commands.CommandTree[Client]):
    """The commands; what fails in one is told to the person in one line."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Takes every command; from here on it has its id."""
        begin(interaction)
        return True

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        """Tell who used a command in one line why it failed; log what was not foreseen."""
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


async def taken(interaction: Interaction, settings: ServerSettings, *, channel: int | None = None) -> bool:
    """Whether a question is taken now; where it is not, the person is told why. `channel` as for `Client.refusal`."""
    refusal = interaction.client.refusal(interaction.user.id, channel, settings, language_of(interaction.locale))
    if refusal:
        await say(interaction, refusal[0])
    return refusal is None


async def told_of_failure(interaction: Interaction, error: BaseException) -> None:
    """Log an error, and tell the person of it in one line with the log's number; nothing where nobody waits any more. What is not allowed is told alone."""
    if isinstance(error, NotAllowed):
        await tell(interaction, error.name)
        return
    if too_late(error):
        return
    text = failed(interaction.client, error, language_of(interaction.locale))
    with best_effort():
        if interaction.response.type is discord.InteractionResponseType.deferred_channel_message:
            await interaction.delete_original_response()
        await say(interaction, text)


def failed(client: Client, error: BaseException | None, language: str) -> str:
    """Count and log an error, and return the sentence that tells a person of it: with the question's id, which the log's line has too."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    client.tally.questions["failed", type(cause).__name__] += 1
    asking = ASKING.get() or Asking(0)
    if isinstance(cause, BotError):
        _log.error("failure %s: %s", asking.id, cause)
    else:
        _log.error("failure %s", asking.id, exc_info=cause)
    sentence = "store_away" if isinstance(cause, StoreError) else "search_away" if isinstance(cause, SearchError) else "failed"
    return escaped(frames.say(sentence, language, id=asking.id))


def too_late(error: BaseException | None) -> bool:
    """Whether an error only says that the person waits no more, or has been answered."""
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    return isinstance(cause, discord.HTTPException) and cause.code in (UNKNOWN_INTERACTION, ALREADY_ANSWERED)


def best_effort() -> contextlib.suppress:
    """What tells of a failure may fail too: then the log alone has it."""
    return contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError)
