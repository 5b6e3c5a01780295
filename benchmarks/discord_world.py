"""What the loads of the bot in Discord share: a fake Discord (tests/fake_discord.py) that notes times, a question to dispatch, the programs that are asked."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import fake_discord
from aiohttp import web
from fake_discord import APPLICATION, DEFERRED, GUILD, TOKEN, FakeDiscord, Sent

PATIENCE = 120
FLOOD = 1100
"""Askers of a flood: more than the bot takes at one time."""
_SET_UP = """
import os, sys, yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
port = sys.argv[1]
Route.BASE = f"http://127.0.0.1:{port}/api/v10"
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{port}/")
"""
BOT = f"""{_SET_UP}
from bot import config
from bot.discord_app import run
run(config.load(os.environ), os.environ)
"""
ECHO = f"""{_SET_UP}
import discord
from discord import app_commands
client = discord.Client(intents=discord.Intents(guilds=True), allowed_mentions=discord.AllowedMentions.none(), max_messages=None)
tree = app_commands.CommandTree(client)
@tree.command(name="ask", description="echo")
async def ask(interaction: discord.Interaction, question: str) -> None:
    await interaction.response.send_message(question)
client.run(os.environ["DISCORD_TOKEN"], log_handler=None)
"""


@dataclass(frozen=True)
class Outcome:
    """When an interaction was dispatched, responded to and answered (seconds), and the message it ended with."""

    begun: float
    responded: float
    answered: float
    answer: Sent

    @property
    def response(self) -> float:
        """Milliseconds until the first response."""
        return (self.responded - self.begun) * 1000

    @property
    def whole(self) -> float:
        """Milliseconds until the answer: at once, or after the bot had Discord wait."""
        return (self.answered - self.begun) * 1000


@dataclass
class World(FakeDiscord):
    """A fake Discord that checks nothing and remembers nothing, but when responses arrive."""

    responded: dict[str, float] = field(default_factory=dict)
    finished: dict[str, asyncio.Future[tuple[float, Sent]]] = field(default_factory=dict)

    def _faults(self, _: Sent) -> Iterator[str]:
        return iter(())

    def _answer(self, sent: Sent) -> web.Response:
        now = time.perf_counter()
        self.sent.clear()
        _, root, *rest = sent.path.split("/")
        if root not in ("interactions", "webhooks"):
            return super()._answer(sent)
        number = rest[0] if root == "interactions" else rest[1].removeprefix("token-")
        if sent.body is None:  # what made Discord wait is taken back, to answer the asker alone
            return web.Response(status=204)
        message = fake_discord._message(self._next_id(), 1)
        final = root == "webhooks" or sent.body["type"] != DEFERRED
        self.responded.setdefault(number, now)
        if final and (finished := self.finished.get(number)) and not finished.done():
            finished.set_result((now, Sent(message["id"], sent.path, sent.body)))
        if root == "webhooks":
            return fake_discord._json(message)
        resource = {"resource": {"type": sent.body["type"], "message": message}} if final else {}
        return fake_discord._json({"interaction": {"id": number, "type": 2, "response_message_id": message["id"]}, **resource})

    async def through(self, about: dict[str, Any]) -> Outcome:
        """Dispatch an interaction, and wait until it is answered; the answer's `method` is its message's id."""
        number = about["id"]
        finished = self.finished[number] = asyncio.get_running_loop().create_future()
        begun = time.perf_counter()
        await self.dispatch("INTERACTION_CREATE", about)
        self.forget()
        async with asyncio.timeout(PATIENCE):
            answered, answer = await finished
        del self.finished[number]
        return Outcome(begun, self.responded.pop(number), answered, answer)


def interaction(number: int, question: str, *, server: int = GUILD, person: int | None = None) -> dict[str, Any]:
    """Somebody uses /ask on a server, in a channel of their own."""
    who = 10**7 + number if person is None else person
    user = {"id": str(who), "username": "ada", "discriminator": "0", "global_name": "Ada", "avatar": None, "bot": False}
    member = {"roles": [], "joined_at": "2024-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0, "permissions": "0", "user": user}
    channel = {"id": str(who + 10**9), "type": 0, "name": "talk", "position": 0, "permissions": "0"}
    return {
        "id": str(number), "application_id": str(APPLICATION), "type": 2, "token": f"token-{number}", "version": 1, "locale": "en-US", "channel": channel,
        "channel_id": channel["id"], "app_permissions": "0", "entitlements": [], "authorizing_integration_owners": {}, "attachment_size_limit": 10_000_000,
        "data": {"id": "7007", "name": "ask", "type": 1, "options": [{"name": "question", "type": 3, "value": question}]},
        "guild_id": str(server), "member": member, "context": 0,
    }  # fmt: skip


@contextlib.asynccontextmanager
async def asked(program: str, settings: Mapping[str, str], stderr: Any = asyncio.subprocess.DEVNULL) -> AsyncIterator[tuple[World, int]]:
    """A program online at a fake Discord, and its process; it is told to stop at the end."""
    world = World()
    await world.start()
    environment = {**os.environ, "DISCORD_TOKEN": TOKEN, **settings}
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(world.port), env=environment, stderr=stderr)
    try:
        await world.online()
        await asyncio.sleep(3)  # so that Discord's guilds are taken for loaded
        yield world, process.pid
    finally:
        process.terminate()
        await process.wait()
        await world.stop()
