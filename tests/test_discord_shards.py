"""Several processes `python -m bot discord` that are one bot, at a Discord that lets sessions begin as the real one does."""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_discord import APPLICATION, GUILD, MANAGE_SERVER, PATIENCE, TOKEN, components
from test_discord_process import FERRIES, World, ended, scene, world
from test_store import KINDS, POSTGRES, Places


def server(shard: int) -> int:
    """The server of a shard."""
    return GUILD + (shard << 22)


MODERATOR: dict[str, Any] = {"permissions": MANAGE_SERVER, "server": server(3)}
COMMANDS = f"/applications/{APPLICATION}/commands"


@pytest.fixture
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The place of a store that is not there yet."""
    made = Places(request.param, tmp_path)
    yield made.new()
    made.remove()


def real(here: World, shards: int, max_concurrency: int = 1) -> None:
    """Let the fake be as strict as Discord about when sessions begin, and the bot be in one server of each shard."""
    here.fake.servers = [server(shard) for shard in range(shards)]
    here.fake.max_concurrency, here.fake.identify_every = max_concurrency, 5


async def answers(here: World, shard: int, person: int) -> bool:
    """Whether a question in a shard's server is answered."""
    callback = await here.fake.callback(await here.fake.ask(FERRIES, server=server(shard), person=person))
    return "Lady Tamsa" in callback.text


async def chosen(here: World) -> set[str]:
    """What is chosen in the settings of the last shard's server, by its own process, beside what holds at first."""
    panel = await here.fake.shown(await here.fake.command("settings", **MODERATOR))
    return {option["value"] for c in components(panel) for option in c.get("options", ()) if option.get("default")} - {"none", "3"}


async def stopped(process: Process) -> None:
    """Tell a process to stop: it does, and none of its log is a traceback."""
    code, out, err = await ended(process, signal.SIGTERM)
    assert (code, out) == (0, "")
    assert "Traceback" not in err


@pytest.mark.parametrize("where", KINDS, indirect=True)
def test_two_processes_are_one_bot(tmp_path: Path, where: str) -> None:
    """Each answers in the servers of its shards, the first one direct messages; no session begins too soon; one of them tells Discord the commands."""

    async def play() -> None:
        async with world(tmp_path) as here:
            real(here, 2)
            processes = [await here.start(DISCORD_TOKEN=TOKEN, BOT_STORE=where, BOT_SHARDS=f"{n}/2", BOT_CACHE=str(tmp_path / f"cache{n}")) for n in range(2)]
            await here.fake.until(lambda: here.fake.connected == [0, 1])
            for shard in range(2):
                assert await answers(here, shard, shard)
            await here.fake.callback(await here.fake.ask(FERRIES, guild=False, person=2))
            for process in processes:
                await stopped(process)
            assert sorted(identity["shard"] for identity in here.fake.identified) == [[0, 2], [1, 2]]
            assert here.fake.collisions == []
            assert len(here.fake.requests("PUT", COMMANDS)) == 1

    scene(play)


@pytest.mark.skipif(not POSTGRES, reason="BOT_TEST_POSTGRES names no PostgreSQL (see .ci/postgres)")
@pytest.mark.parametrize("where", ["postgres"], indirect=True)
def test_one_process_dies_and_the_others_go_on(tmp_path: Path, where: str) -> None:
    """A process is killed right after it began a session: another waits for its turn and no longer, and each serves its own servers; back again it waits too.

    What moderators change through one process the other one sees.
    """

    async def play() -> None:
        async with world(tmp_path) as here:
            real(here, 4)

            async def start(shards: str) -> Process:
                return await here.start(DISCORD_TOKEN=TOKEN, BOT_STORE=where, BOT_SHARDS=shards)

            first = await start("0-1/4")
            await here.fake.online()
            second = await start("2-3/4")
            assert (await ended(first, signal.SIGKILL))[0] == -signal.SIGKILL
            await here.fake.until(lambda: here.fake.connected == [2, 3])
            for shard in (2, 3):
                assert await answers(here, shard, shard)
            first = await start("0-1/4")
            await here.fake.until(lambda: here.fake.connected == [0, 1, 2, 3])
            for shard in range(4):
                assert await answers(here, shard, 10 + shard)

            async with asyncio.timeout(PATIENCE):
                assert await chosen(here) == set()
                panel = await here.fake.shown(await here.fake.command("settings", **MODERATOR))
                await here.fake.callback(await here.fake.press(panel, "settings:language", ["ko"], shard=0, **MODERATOR))
                while await chosen(here) != {"ko"}:
                    await asyncio.sleep(0.1)
                await here.fake.callback(await here.fake.press(panel, "settings:cooldown", ["30"], shard=0, **MODERATOR))
                await here.fake.callback(await here.fake.press(panel, "settings:questions", ["on"], **MODERATOR))
                assert await chosen(here) == {"ko", "30", "on"}

            await stopped(first)
            await stopped(second)
            assert here.fake.collisions == []
            assert len(here.fake.requests("PUT", COMMANDS)) == 1

    scene(play)
