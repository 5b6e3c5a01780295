"""What the test of approvals lets another process do until it is killed: a moderator who owns the bot approves one suggestion after another."""

from __future__ import annotations

import itertools
from multiprocessing.connection import Connection
from pathlib import Path

import test_discord_behaviour as discord
from conftest import OTHER

from bot import config, discord_client
from bot.assistant import Assistant
from bot.store import Store


def question(number: int) -> str:
    """A question that differs from the others in its words."""
    return f"may pet number {number} come aboard deck {number}?"


def approve_on(where: str, faq: Path, cache: Path, first: int, told: Connection) -> None:
    """Suggest and approve questions from number `first` on, without end; tell the beginning, and each that is approved."""
    store = Store.open(where)
    assistant = Assistant.load(config.Settings(OTHER / "corpus", faq, cache))

    async def play() -> None:
        async with discord.stage(assistant, store) as here:
            discord_client.Client.owners = property(lambda _: {here.mod.id})  # type: ignore[method-assign, assignment]
            await here.env.advance_time(3600 * first)  # simcord makes its ids of the time
            told.send(first - 1)
            for number in itertools.count(first):
                await discord.suggested(here, question(number))
                done = await discord.approved(here, quotes=1, entry=f"pet-{number}", question=question(number))
                assert discord.text(done.response).startswith("Approved and written;")
                told.send(number)

    discord.scene(play)
