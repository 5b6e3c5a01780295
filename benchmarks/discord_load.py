"""The bot in Discord under load, beside a bare echo command of discord.py: `PYTHONPATH=tests python -m benchmarks.discord_load`.

A fake Discord on this machine (tests/fake_discord.py) dispatches /ask and notes when the first response arrives, and when the
answer itself does: at once, or after the bot had Discord wait. Every interaction is of another person in another channel.
Bot and echo are processes of their own, one after the other; the questions are those of tests/gold that are answered.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fake_discord
from aiohttp import web
from fake_discord import APPLICATION, DEFERRED, GUILD, TOKEN, FakeDiscord, Sent

from bot import config
from bot.answer import Status
from bot.assistant import Assistant

LOADS = ((1, 300), (100, 10), (1000, 3))
"""Interactions in flight, and how often."""
PATIENCE = 120
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


@dataclass
class Clock(FakeDiscord):
    """A fake Discord that checks nothing and notes when responses arrive."""

    begun: dict[str, float] = field(default_factory=dict)
    responded: dict[str, float] = field(default_factory=dict)
    answered_at: dict[str, float] = field(default_factory=dict)
    hidden: int = 0
    """Answers that the asker alone sees: since all questions are answered, the bot's word that it cannot answer now."""

    def _faults(self, _: Sent) -> Iterator[str]:
        return iter(())

    def _answer(self, sent: Sent) -> web.Response:
        now = time.perf_counter()
        _, root, *rest = sent.path.split("/")
        if root not in ("interactions", "webhooks"):
            return super()._answer(sent)
        number = rest[0] if root == "interactions" else rest[1].removeprefix("token-")
        if sent.body is None:  # what made Discord wait is taken back, to answer the asker alone
            return web.Response(status=204)
        message = fake_discord._message(self._next_id(), 1)
        final = root == "webhooks" or sent.body["type"] != DEFERRED
        self.responded.setdefault(number, now)
        if final:
            self.answered_at[number] = now
            self.hidden += sent.ephemeral
        if root == "webhooks":
            return fake_discord._json(message)
        resource = {"resource": {"type": sent.body["type"], "message": message}} if final else {}
        return fake_discord._json({"interaction": {"id": number, "type": 2, "response_message_id": message["id"]}, **resource})

    async def burst(self, numbers: Sequence[int], questions: Iterator[str]) -> None:
        """Ask as many questions at once as there are numbers, and wait until all are answered."""
        for number in numbers:
            self.begun[str(number)] = time.perf_counter()
            await self.dispatch("INTERACTION_CREATE", _interaction(number, next(questions)))
        async with asyncio.timeout(PATIENCE):
            while not all(str(number) in self.answered_at for number in numbers):
                await asyncio.sleep(0.001)


def _interaction(number: int, question: str) -> dict[str, Any]:
    user = {"id": str(10_000_000 + number), "username": "ada", "discriminator": "0", "global_name": "Ada", "avatar": None, "bot": False}
    member = {"roles": [], "joined_at": "2024-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0, "permissions": "0", "user": user}
    channel = {"id": str(20_000_000 + number), "type": 0, "name": "talk", "position": 0, "permissions": "0"}
    return {
        "id": str(number), "application_id": str(APPLICATION), "type": 2, "token": f"token-{number}", "version": 1, "locale": "en-US", "channel": channel,
        "channel_id": channel["id"], "app_permissions": "0", "entitlements": [], "authorizing_integration_owners": {}, "attachment_size_limit": 10_000_000,
        "data": {"id": "7007", "name": "ask", "type": 1, "options": [{"name": "question", "type": 3, "value": question}]},
        "guild_id": str(GUILD), "member": member, "context": 0,
    }  # fmt: skip


@dataclass(frozen=True)
class Times:
    """Milliseconds from dispatch, of all interactions of a load."""

    responses: list[float]
    answers: list[float]
    hidden: int


async def load(program: str, questions: Sequence[str]) -> dict[int, Times]:
    """The times of a program for each load, by interactions in flight."""
    fake = Clock()
    await fake.start()
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DISCORD_TOKEN": TOKEN, "BOT_STORE": str(Path(folder) / "bot.sqlite3")}
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, str(fake.port), env=environment, stderr=asyncio.subprocess.DEVNULL)
        try:
            await fake.online()
            await asyncio.sleep(3)
            numbers, asked = itertools.count(1), itertools.cycle(questions)
            await fake.burst([next(numbers) for _ in range(20)], asked)
            times = {}
            for width, often in LOADS:
                bursts, before = [[next(numbers) for _ in range(width)] for _ in range(often)], fake.hidden
                for burst in bursts:
                    await fake.burst(burst, asked)
                ids = [str(number) for burst in bursts for number in burst]
                responses, answers = ([(at[n] - fake.begun[n]) * 1000 for n in ids] for at in (fake.responded, fake.answered_at))
                times[width] = Times(responses, answers, fake.hidden - before)
        finally:
            process.terminate()
            await process.wait()
    await fake.stop()
    return times


def parts(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, 99th percentile, and the longest."""
    return statistics.median(values), statistics.quantiles(values, n=100)[98], max(values)


def main() -> int:
    """Print the table."""
    records = [json.loads(line) for path in sorted(Path("tests/gold").glob("*.jsonl")) for line in path.read_text(encoding="utf-8").split("\n") if line]
    assistant = Assistant.load(config.load(os.environ))
    questions = [r["question"] for r in records if r["question"].strip() and assistant.ask(r["question"]).status is Status.ANSWERED]
    seconds = []
    for question in questions:
        begin = time.perf_counter()
        assistant.ask(question)
        seconds.append((time.perf_counter() - begin) * 1000)
    print(f"ask alone, {len(questions)} questions: p50 {parts(seconds)[0]:.1f} ms, p99 {parts(seconds)[1]:.1f} ms\n")
    echo, bot = (asyncio.run(load(program, questions)) for program in (ECHO, BOT))
    print(f"{'in flight':>9}  {'':22} {'p50':>8} {'p99':>8} {'longest':>8}  ms")
    for width, _ in LOADS:
        rows = [("echo, response", echo[width].responses), ("bot, first response", bot[width].responses), ("bot, answer", bot[width].answers)]
        for name, values in rows:
            print(f"{width:9}  {name:22} " + " ".join(f"{value:8.1f}" for value in parts(values)))
        ratios = [b / e for b, e in zip(parts(bot[width].responses), parts(echo[width].responses), strict=True)]
        late = sum(value > 3000 for value in bot[width].responses)
        print(
            f"{'':9}  {'bot / echo, response':22} "
            + " ".join(f"{ratio:8.2f}" for ratio in ratios)
            + f"   over 3 s: {late}; told that the bot is busy: {bot[width].hidden}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
