"""A new edition in place of the one that the bot answers from: when its files change, at /reload, at SIGHUP."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Sequence

import discord

from bot import discord_pages
from bot.discord_client import Client, Edition, best_effort, settle
from bot.discord_message import Block
from bot.discord_views import layout
from bot.errors import BrokenFiles, Problem
from bot.renewal import renewed
from bot.watch import Watch

LOOK_EVERY = 2.0
"""Seconds between two looks at the files; a change is taken up when they are the same at two looks."""

_log = logging.getLogger(__name__)


async def reload(client: Client) -> Edition:
    """Answer from the files as they are now; questions on their way finish on what they began with.

    Raises BrokenFiles, and the bot goes on with what it had; a problem is logged where it was not told before.
    """
    async with client.reloading:
        old = client.edition.assistant
        try:
            assistant = await renewed(old.settings)
        except BrokenFiles as error:
            if _news(error.problems, client.told):
                _log.warning("not reloaded; the bot goes on with what it had:\n%s", error)
            client.told = error.problems
            client.tally.reloads["broken"] += 1
            raise
        client.told = ()
        changed = (assistant.corpus.sha256, assistant.faq.sha256) != (old.corpus.sha256, old.faq.sha256)
        client.tally.reloads["taken_up" if changed else "same"] += 1
        if changed:
            client.edition = await asyncio.to_thread(Edition, assistant)
            del old
            settle()
            _log.info("reloaded: %d articles and %d FAQ entries", len(assistant.corpus.articles), len(assistant.faq.entries))
        return client.edition


async def follow(client: Client, watch: Watch) -> None:
    """Reload for ever, whenever the files have changed or `client.reload_asked` is set; owners are told of each problem once, and when it is mended."""
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(client.reload_asked.wait(), LOOK_EVERY)
        try:
            if await asyncio.to_thread(watch.look):
                await _take_up(client)
            if client.reload_asked.is_set():
                client.reload_asked.clear()
                _log.info("reloading, as SIGHUP asks")
                await _take_up(client, asked=True)
        except Exception:
            _log.exception("not reloaded; the bot goes on with what it had")


async def _take_up(client: Client, *, asked: bool = False) -> None:
    """Reload, and tell the owners what is new to them; whoever `asked` is told of old problems too."""
    told = client.told
    if asked:
        client.told = ()
    try:
        edition = await reload(client)
    except BrokenFiles as error:
        if asked or _news(error.problems, told):
            await _tell_owners(client, discord_pages.problems(error.problems, "en"))
        return
    if told:
        await _tell_owners(client, counts(edition, "en"))


def counts(edition: Edition, language: str) -> tuple[Block, ...]:
    """What is told of a reload."""
    assistant = edition.assistant
    return discord_pages.line("reloaded", language, articles=len(assistant.corpus.articles), entries=len(assistant.faq.entries))


def _news(problems: Iterable[Problem], told: Iterable[Problem]) -> bool:
    """Whether there is a problem that was not told, wherever in its file it stands now."""
    return not {(p.path, p.where, p.message) for p in problems} <= {(p.path, p.where, p.message) for p in told}


async def _tell_owners(client: Client, blocks: Sequence[Block]) -> None:
    """Write to the owners, as far as Discord lets the bot."""
    for owner in sorted(client.owners):
        with best_effort():
            channel = await client.create_dm(discord.Object(owner))
            await channel.send(view=layout(tuple(blocks)))
