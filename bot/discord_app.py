"""The bot in Discord, running: settings from the environment, the events, signals, the end.

`discord_commands` has the commands, `discord_views` what answers look like and what their buttons do, `discord_client` what
all share; `discord_message` and `discord_pages` say, without Discord's library, what messages hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import discord

from bot import config, health, logs
from bot.answer import Answer, Status
from bot.assistant import Assistant
from bot.credentials import PORTAL, WHERE, read_proxy, read_token
from bot.discord_client import PATIENCE, Client, Interaction, best_effort, failed, language_of, settle, too_late
from bot.discord_commands import Translator, add, without_mentions
from bot.discord_message import Block, frame_language, message
from bot.discord_reload import follow
from bot.discord_shards import Sharded
from bot.discord_views import in_vain, is_open, kept, layout, press
from bot.errors import BotError, StoreError, UsageError
from bot.shards import SHARDS, read_shards
from bot.store import ServerSettings, Store
from bot.watch import Watch

MESSAGE_CONTENT = "BOT_MESSAGE_CONTENT"
"""Set to `on`: the bot asks Discord for all messages, to answer posts where moderators want that."""
TIDY_EVERY = 6 * 60 * 60
"""Seconds between two removals of what is past its keeping."""
POSTS_REMEMBERED = 10_000
"""Posts that are known to have been looked at."""
AUTHENTICATION_FAILED = 4004
"""The gateway's close code for a token that it does not know."""
SHARDING_REQUIRED = 4011
"""Its close code for a bot that is in too many servers for its shards."""

_log = logging.getLogger(__name__)


def run(settings: config.Settings, environment: Mapping[str, str]) -> int:
    """Answer in Discord until SIGTERM or SIGINT, then return 0. Raises BotError with one line where it cannot start."""
    token, proxy, operators = read_token(environment), read_proxy(environment), health.address(environment)
    shards = read_shards(environment, settings.store)
    os.environ.pop("DISCORD_TOKEN", None)
    logs.set_up(environment)
    logging.getLogger("discord.app_commands.tree").addFilter(_is_awaited)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    ends_with_terminal = _terminal() and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    if os.name == "posix" and not ends_with_terminal:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        watch = Watch(settings)
        assistant = Assistant.load(settings)
        assistant.prepare()
        _log.info("%d articles and %d FAQ entries loaded", len(assistant.corpus.articles), len(assistant.faq.entries))
        with contextlib.closing(Store.open(settings.store)) as store:
            reads_posts = environment.get(MESSAGE_CONTENT) == "on"
            if shards:
                _log.info("shards %s", shards)
                if not shards.whole and not settings.store.startswith("postgres"):
                    _log.warning("the store is a file: the processes with the other shards have to use the same one, on this machine")
            make = partial(ShardedApp, shards) if shards else App
            app = make(assistant, store, cache=settings.cache, proxy=proxy, reads_posts=reads_posts, watch=watch)
            settle()
            asyncio.run(_serve(app, token, operators, ends_with_terminal=ends_with_terminal))
    except KeyboardInterrupt:
        pass
    _log.info("stopped")
    return 0


def _terminal() -> bool:
    """Whether the process has a terminal that can be closed."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True


async def _serve(app: App, token: str, operators: health.Address | None, *, ends_with_terminal: bool) -> None:
    """Stay connected until a signal comes; answers on their way then are still sent. SIGHUP asks for a reload, or says that the terminal was closed."""
    stop = asyncio.Event()

    def hung_up() -> None:
        (stop if ends_with_terminal and not _terminal() else app.reload_asked).set()
        if ends_with_terminal:  # the signal may come a little before the terminal is gone
            asyncio.get_running_loop().call_later(1, stop_without_terminal)

    def stop_without_terminal() -> None:
        if not _terminal():
            stop.set()

    with contextlib.suppress(NotImplementedError):  # Windows: SIGINT arrives as KeyboardInterrupt
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hung_up)
    async with contextlib.AsyncExitStack() as opened:
        client = await opened.enter_async_context(app)
        if operators:
            place = await opened.enter_async_context(health.serving(operators, app.tally, app.state))
            _log.info("metrics and health at http://%s%s", place, ", which other machines may reach" if health.exposed(place) else "")
        running, stopping = asyncio.ensure_future(client.start(token)), asyncio.ensure_future(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if running.done():
            _raise(running.exception())
        else:
            await client.finish()


def _raise(error: BaseException | None) -> None:
    """Raise what ended the connection as one line for people."""
    if isinstance(error, discord.LoginFailure) or (isinstance(error, discord.ConnectionClosed) and error.code == AUTHENTICATION_FAILED):
        raise UsageError(f"Discord does not accept the token; {WHERE}") from None
    if isinstance(error, discord.PrivilegedIntentsRequired):
        raise UsageError(f"Discord refuses the messages that {MESSAGE_CONTENT}=on asks for: turn on Message Content Intent at {PORTAL}, or unset it") from None
    if isinstance(error, discord.ConnectionClosed) and error.code == SHARDING_REQUIRED:
        raise UsageError(f"Discord wants this bot in more shards: set {SHARDS}, such as 0-1/2 for both of two (docs/scaling.md)") from None
    if isinstance(error, discord.ConnectionClosed):
        raise BotError(f"Discord closed the connection for good (code {error.code})") from None
    if isinstance(error, (aiohttp.ClientError, OSError, discord.HTTPException, discord.GatewayNotFound)):
        why = f"{error.status} {error.message}" if isinstance(error, aiohttp.ClientResponseError) else str(error)
        raise BotError(f"Discord cannot be reached: {why or type(error).__name__}") from None
    if error:
        raise error


def _is_awaited(record: logging.LogRecord) -> bool:
    """False for a log record about an interaction that came too late."""
    return not (record.exc_info and too_late(record.exc_info[1]))


class App(Client):
    """The connection with the commands, and the events that it answers to."""

    def __init__(
        self,
        assistant: Assistant,
        store: Store,
        *,
        cache: Path | None = None,
        proxy: str | None = None,
        reads_posts: bool = False,
        watch: Watch | None = None,
    ) -> None:
        super().__init__(assistant, store, cache=cache, proxy=proxy, reads_posts=reads_posts)
        self._watch = watch
        self._posts: deque[int] = deque(maxlen=POSTS_REMEMBERED)
        add(self.tree)

    async def setup_hook(self) -> None:
        """Tell Discord the commands where they differ from what it was told last, and begin to tidy the store and to watch the files."""
        self.beside(self._tidy())
        if self._watch:
            self.beside(follow(self, self._watch))
        await self.tree.set_translator(Translator())
        try:
            if self.leads:
                await self._sync()
        except (discord.HTTPException, discord.app_commands.AppCommandError):
            _log.exception("the commands could not be synced; the bot goes on with those that Discord has")

    async def _tidy(self) -> None:
        """Remove what is past its keeping, now and then."""
        while True:
            try:
                removed = await self._at_store(partial(self.store.purge, datetime.now(UTC)))
                if removed:
                    _log.info("%d answers, questions and suggestions are past their keeping and forgotten", removed)
            except StoreError as error:
                _log.error("what is past its keeping could not be removed: %s", error)
            await asyncio.sleep(TIDY_EVERY)

    async def _sync(self) -> None:
        translator = self.tree.translator
        assert translator is not None
        payload = [await command.get_translated_payload(self.tree, translator) for command in self.tree.get_commands()]
        digest = hashlib.sha256(json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
        remembered = self.cache / f"discord-commands-{self.application_id}" if self.cache else None
        with contextlib.suppress(OSError, ValueError):
            if remembered and remembered.read_text(encoding="utf-8") == digest:
                return
        await self.tree.sync()
        _log.info("commands synced")
        if remembered:
            with contextlib.suppress(OSError):
                remembered.parent.mkdir(parents=True, exist_ok=True)
                remembered.write_text(digest, encoding="utf-8")

    async def on_ready(self) -> None:
        """Say in the log that questions can be asked."""
        self.connected = True
        _log.info("ready as %s in %d servers", self.user, len(self.guilds))

    async def on_resumed(self) -> None:
        """The connection stands again."""
        self.connected = True

    async def on_disconnect(self) -> None:
        """The connection was lost, or could not be made anew."""
        self.tally.disconnects += self.connected
        self.connected = False

    async def on_interaction(self, interaction: Interaction) -> None:
        """What is pressed, chosen or filled in; commands go to the tree."""
        if interaction.type in (discord.InteractionType.component, discord.InteractionType.modal_submit):
            await press(interaction)

    async def on_raw_message_delete(self, deleted: discord.RawMessageDeleteEvent) -> None:
        """What is kept of an answer goes with it, whoever deletes it."""
        self.forget(deleted.message_id)

    async def on_raw_bulk_message_delete(self, deleted: discord.RawBulkMessageDeleteEvent) -> None:
        """As for one message."""
        self.forget(*deleted.message_ids)

    async def on_message(self, incoming: discord.Message) -> None:
        """Answer a direct message and a message that mentions the bot; a new post where moderators want that, and only if there is an answer."""
        if incoming.author.bot or incoming.webhook_id is not None or incoming.type not in (discord.MessageType.default, discord.MessageType.reply):
            return
        server = incoming.guild.id if incoming.guild else None
        question = without_mentions(incoming.content)
        if server is None or (self.user is not None and self.user in incoming.mentions):
            settings = await self.settings(server)
            if server is None or is_open(incoming.channel, settings):
                await self._reply(incoming, [question], settings)
        elif self.reads_posts and (settings := await self.settings(server)).forums and (title := await self._post(incoming, settings)) is not None:
            questions = [text for text in (title, question) if text]
            if questions:
                await self._reply(incoming, questions, settings, unasked=True)

    async def _post(self, incoming: discord.Message, settings: ServerSettings) -> str | None:
        """The title (may be empty) of a new post in one of the server's chosen forums and channels; None for any other message."""
        channel: Any = incoming.channel
        if incoming.id in self._posts or incoming.type is discord.MessageType.reply:
            return None
        if channel.id not in settings.forums:
            if incoming.id != channel.id:
                return None
            if not isinstance(channel, discord.Thread):  # the message was there before its thread was
                channel = await self.fetch_channel(channel.id)
            if channel.parent_id not in settings.forums:
                return None
        self._posts.append(incoming.id)
        return str(channel.name) if isinstance(channel, discord.Thread) else ""

    async def _reply(self, incoming: discord.Message, questions: list[str], settings: ServerSettings, *, unasked: bool = False) -> None:
        """Answer the first of some questions that has an answer, else the last; say nothing `unasked` where none has."""
        logs.ASKING.set(logs.Asking(incoming.guild.id if incoming.guild else incoming.channel.id))
        server, language = incoming.guild.id if incoming.guild else None, settings.language or _reader(incoming)
        refusal = self.refusal(incoming.author.id, incoming.channel.id if server and not unasked else None, settings, language)
        try:
            if refusal:
                if refusal[1] and not unasked:
                    await _send(incoming, content=refusal[0])
                return
            with self.at_work(answering=True):
                answering = self.work(_first_answer, self.edition.assistant, questions, language)
                if not (await asyncio.wait({answering}, timeout=PATIENCE))[0] and not unasked:
                    await incoming.channel.typing()
                found, blocks, tongue = await answering
                if unasked and (found.status is not Status.ANSWERED or self.limits.channel(incoming.channel.id, time.monotonic())):
                    return
                sent = await _send(incoming, view=layout(blocks))
                self.answered(found, sent.id)
                self.remember(sent.id, partial(kept, found, sent.id, sent.channel.id, server, incoming.author.id, tongue, private=False))
                if server and settings.keeps_questions and in_vain(found):
                    self.keep_question(sent.id, server, found.question, found.language, refused=True, at=sent.created_at)
        except discord.Forbidden:
            _log.info("no permission to answer in channel %d", incoming.channel.id)

    async def on_error(self, event_method: str, /, *args: Any, **_: Any) -> None:
        """Log what failed, and tell it in one line to the person whose message it was."""
        incoming = next((arg for arg in args if isinstance(arg, discord.Message)), None)
        line = failed(self, sys.exc_info()[1], _reader(incoming) if incoming else "en")
        addressed = incoming and (incoming.guild is None or self.user in incoming.mentions)
        if incoming and addressed:
            with best_effort():
                await _send(incoming, content=line)


class ShardedApp(Sharded, App):
    """The same, connected by shards."""


def _first_answer(assistant: Assistant, questions: list[str], language: str) -> tuple[Answer, tuple[Block, ...], str]:
    """The answer to the first question that has one, else what is said to the last, as a message, and its language for a reader of `language`."""
    *others, last = questions
    answers = (assistant.ask(question) for question in others)
    found = next((answer for answer in answers if answer.status is Status.ANSWERED), None) or assistant.ask(last)
    tongue = frame_language(found, language)
    return found, message(found, tongue), tongue


async def _send(incoming: discord.Message, **what: Any) -> discord.Message:
    """A reply to a message, which pings nobody."""
    return await incoming.channel.send(**what, reference=incoming.to_reference(fail_if_not_exists=False), suppress_embeds=True)


def _reader(incoming: discord.Message) -> str:
    """The language of who reads an answer to a message: the server's, else English."""
    return language_of(incoming.guild.preferred_locale) if incoming.guild else "en"
