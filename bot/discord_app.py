"""The bot in Discord: reads what people ask, calls the assistant beside the event loop, sends the message. Decides nothing.

`discord_message` says what a message holds; this file turns it into Discord's components and keeps the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import re
import secrets
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import discord
from discord import app_commands

from bot import config, frames
from bot.assistant import Assistant
from bot.discord_message import Block, Text, Titles, escaped, frame_language, message
from bot.errors import BotError, UsageError

PATIENCE = 1.5
"""Seconds that an answer may take before Discord is told to wait; it gives up after 3."""
FAREWELL = 5
"""Seconds that answers on their way may take when the bot is told to stop (Docker kills after 10)."""
UNKNOWN_INTERACTION = 10062
"""Discord's code for an interaction that was acknowledged too late: nobody waits for it any more."""
AUTHENTICATION_FAILED = 4004
"""The gateway's close code for a token that it does not know."""
_TOKEN = re.compile(r"[\w-]{18,}\.[\w-]{5,}\.[\w-]{20,}", re.ASCII)
_NOT_WORDS = re.compile(r"<(?:@[!&]?|#|a?:\w+:)\d+>", re.ASCII)
"""Mentions and custom emoji as they stand in a message's content."""
_WHERE = "copy it from https://discord.com/developers/applications (Bot, Reset Token)"

_log = logging.getLogger(__name__)


def run(settings: config.Settings, environment: Mapping[str, str]) -> int:
    """Answer in Discord until SIGTERM or SIGINT, then return 0. Raises BotError with one line where it cannot start."""
    token, proxy = read_token(environment), read_proxy(environment)
    os.environ.pop("DISCORD_TOKEN", None)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("discord.app_commands.tree").addFilter(_is_awaited)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        assistant = Assistant.load(settings)
        assistant.prepare()
        _log.info("%d articles and %d FAQ entries loaded", len(assistant.corpus.articles), len(assistant.faq.entries))
        asyncio.run(_serve(assistant, settings.cache, token, proxy))
    except KeyboardInterrupt:
        pass
    _log.info("stopped")
    return 0


def read_token(environment: Mapping[str, str]) -> str:
    """The bot's token from DISCORD_TOKEN or the file that DISCORD_TOKEN_FILE names. Raises UsageError, never with the token in it."""
    name, token = "DISCORD_TOKEN", environment.get("DISCORD_TOKEN")
    if token is None and (path := environment.get("DISCORD_TOKEN_FILE")):
        name = f"the file of DISCORD_TOKEN_FILE ({path})"
        try:
            token = Path(path).read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise UsageError(f"{name} cannot be read: {error.strerror if isinstance(error, OSError) else 'not UTF-8'}") from None
    if token is None:
        raise UsageError(f"no token: set DISCORD_TOKEN, or DISCORD_TOKEN_FILE to a file that holds it; {_WHERE}")
    token = token.rstrip("\r\n")
    if not token:
        raise UsageError(f"{name} is empty; {_WHERE}")
    if not _TOKEN.fullmatch(token):
        raise UsageError(f"{name} is not a bot token: it has three parts with dots between them, no spaces, quotes or `Bot `; {_WHERE}")
    return token


def read_proxy(environment: Mapping[str, str]) -> str | None:
    """The HTTP proxy that DISCORD_PROXY names, None where it names none. Raises UsageError."""
    proxy = environment.get("DISCORD_PROXY")
    if not proxy:
        return None
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError("DISCORD_PROXY is not an HTTP proxy; write it as http://HOST:PORT")
    return proxy


async def _serve(assistant: Assistant, cache: Path | None, token: str, proxy: str | None) -> None:
    """Stay connected until a signal comes; answers on their way then are still sent."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: SIGINT arrives as KeyboardInterrupt
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Client(assistant, cache, proxy=proxy) as client:
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
        raise UsageError(f"Discord does not accept the token; {_WHERE}") from None
    if isinstance(error, discord.ConnectionClosed):
        raise BotError(f"Discord closed the connection for good (code {error.code})") from None
    if isinstance(error, (aiohttp.ClientError, OSError, discord.HTTPException)):
        why = f"{error.status} {error.message}" if isinstance(error, aiohttp.ClientResponseError) else str(error)
        raise BotError(f"Discord cannot be reached: {why or type(error).__name__}") from None
    if error:
        raise error


def _is_awaited(record: logging.LogRecord) -> bool:
    """False for a log record about an interaction that came too late."""
    return not (record.exc_info and _too_late(record.exc_info[1]))


def _too_late(error: BaseException | None) -> bool:
    cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
    return isinstance(cause, discord.NotFound) and cause.code == UNKNOWN_INTERACTION


def language_of(locale: discord.Locale) -> str:
    """The language of a Discord locale: `es` of es-419."""
    return locale.value.split("-")[0]


def layout(blocks: Iterable[Block]) -> discord.ui.LayoutView:
    """The blocks of a message in one container of Discord's components."""
    items = [discord.ui.TextDisplay[discord.ui.LayoutView](b.content) if isinstance(b, Text) else discord.ui.Separator[discord.ui.LayoutView]() for b in blocks]
    return discord.ui.LayoutView(timeout=None).add_item(discord.ui.Container(*items))


class Client(discord.Client):
    """The connection to Discord, and one assistant that answers there."""

    def __init__(self, assistant: Assistant, cache: Path | None, *, proxy: str | None = None) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.dm_messages = True
        super().__init__(
            intents=intents, allowed_mentions=discord.AllowedMentions.none(), max_messages=None, member_cache_flags=discord.MemberCacheFlags.none(), proxy=proxy
        )
        self.assistant, self.titles = assistant, Titles(assistant.faq)
        self._cache = cache
        self._at_work: set[asyncio.Task[Any]] = set()
        self.tree = _Tree(self, allowed_installs=app_commands.AppInstallationType(guild=True, user=True), allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True))  # fmt: skip
        self.tree.add_command(_ask)

    async def setup_hook(self) -> None:
        """Tell Discord the commands where they differ from what it was told last."""
        await self.tree.set_translator(_Translator())
        try:
            await self._sync()
        except (discord.HTTPException, app_commands.AppCommandError):
            _log.exception("the commands could not be synced; the bot goes on with those that Discord has")

    async def _sync(self) -> None:
        translator = self.tree.translator
        assert translator is not None
        payload = [await command.get_translated_payload(self.tree, translator) for command in self.tree.get_commands()]
        digest = hashlib.sha256(json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()
        remembered = self._cache / f"discord-commands-{self.application_id}" if self._cache else None
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
        _log.info("ready as %s in %d servers", self.user, len(self.guilds))

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Marks the current task as one that somebody waits for."""
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        try:
            yield
        finally:
            self._at_work.discard(task)

    async def finish(self) -> None:
        """Wait a while for the answers on their way, then close the connection."""
        if self._at_work:
            await asyncio.wait(self._at_work, timeout=FAREWELL)
        await self.close()

    def blocks(self, question: str, reader: str) -> tuple[Block, ...]:
        """The message that answers `question`; `reader` is the language of who reads it."""
        answer = self.assistant.ask(question)
        return message(answer, frame_language(answer, reader))

    async def on_message(self, incoming: discord.Message) -> None:
        """Answer a direct message, and a message that mentions the bot."""
        question = self._question(incoming)
        if question is None:
            return
        answering = asyncio.ensure_future(asyncio.to_thread(self.blocks, question, _reader(incoming)))
        with self.at_work():
            try:
                if not (await asyncio.wait({answering}, timeout=PATIENCE))[0]:
                    await incoming.channel.typing()
                await incoming.channel.send(view=layout(await answering), reference=incoming.to_reference(fail_if_not_exists=False), suppress_embeds=True)
            except discord.Forbidden:
                _log.info("no permission to answer in channel %d", incoming.channel.id)

    async def on_error(self, event_method: str, /, *args: Any, **_: Any) -> None:
        """Log what failed, and tell it in one line to the person whose message it was."""
        incoming = next((arg for arg in args if isinstance(arg, discord.Message)), None)
        line = _failed(sys.exc_info()[1], _reader(incoming) if incoming else "en")
        if incoming:
            with _best_effort():
                await incoming.channel.send(line, reference=incoming.to_reference(fail_if_not_exists=False), suppress_embeds=True)

    def _question(self, incoming: discord.Message) -> str | None:
        """What a message asks the bot, None where it is not for the bot."""
        for_us = incoming.guild is None or (self.user is not None and self.user in incoming.mentions)
        by_a_person = not incoming.author.bot and incoming.webhook_id is None and incoming.type in (discord.MessageType.default, discord.MessageType.reply)
        return _NOT_WORDS.sub(" ", incoming.content).strip() if for_us and by_a_person else None


class _Tree(app_commands.CommandTree[Client]):
    """The commands; what fails in one is told to the person in one line, with the log's id for it."""

    async def on_error(self, interaction: discord.Interaction[Client], error: app_commands.AppCommandError, /) -> None:
        if _too_late(error):
            return
        line = _failed(error, language_of(interaction.locale))
        with _best_effort():
            if interaction.response.is_done():
                await interaction.edit_original_response(content=line)
            else:
                await interaction.response.send_message(line, ephemeral=True)


def _best_effort() -> contextlib.suppress:
    """What tells of a failure may fail too: then the log alone has it."""
    return contextlib.suppress(discord.HTTPException, aiohttp.ClientError, OSError)


def _reader(incoming: discord.Message) -> str:
    """The language of who reads an answer to a message: the server's, else English."""
    return language_of(incoming.guild.preferred_locale) if incoming.guild else "en"


def _failed(error: BaseException | None, language: str) -> str:
    """Log an error and return the sentence that tells a person of it."""
    number = secrets.token_hex(4)
    _log.error("failure %s", number, exc_info=error)
    return escaped(frames.say("failed", language, id=number))


class _Translator(app_commands.Translator):
    """The words of commands in the languages of the frame sentences."""

    async def translate(self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes) -> str | None:
        name, language = string.extras.get("frame"), language_of(locale)
        return frames.say(name, language) if name and language != "en" and frames.spoken(language) == language else None


def _said(name: str) -> app_commands.locale_str:
    """A frame sentence that Discord shows in its user's language."""
    return app_commands.locale_str(frames.say(name, "en"), frame=name)


@app_commands.command(name="ask", description=_said("command_ask"))
@app_commands.describe(question=_said("option_question"), private=_said("option_private"))
async def _ask(interaction: discord.Interaction[Client], question: str, private: bool = False) -> None:
    client, reader = interaction.client, language_of(interaction.locale)
    answering = asyncio.ensure_future(asyncio.to_thread(client.blocks, question, reader))
    with client.at_work():
        if (await asyncio.wait({answering}, timeout=PATIENCE))[0]:
            await interaction.response.send_message(view=layout(answering.result()), ephemeral=private, suppress_embeds=True)
        else:
            await interaction.response.defer(ephemeral=private, thinking=True)
            await interaction.edit_original_response(view=layout(await answering))


@_ask.autocomplete("question")
async def _suggest(interaction: discord.Interaction[Client], typed: str) -> list[app_commands.Choice[str]]:
    titles = interaction.client.titles.suggest(typed, language_of(interaction.locale))
    return [app_commands.Choice(name=title, value=title) for title in titles]
