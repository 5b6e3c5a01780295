"""Several connections that are one bot, of one process or of several `python -m bot discord`, at a Discord that lets sessions begin as the real one does."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fake_discord import APPLICATION, GUILD, MANAGE_SERVER, PATIENCE, TOKEN, FakeDiscord, components
from test_discord_app import connected
from test_discord_process import DATA, FERRIES, World, ended, scene, world
from test_store import KINDS, POSTGRES, Places

from bot import config, discord_client, discord_shards
from bot.assistant import Assistant
from bot.discord_app import App, ShardedApp
from bot.errors import BotError
from bot.shards import Shards
from bot.store import ServerSettings, Store


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


async def chosen(fake: FakeDiscord, server: int) -> set[str]:
    """What is chosen in the settings of a server, as its own process has them, beside what holds at first."""
    panel = await fake.shown(await fake.command("settings", permissions=MANAGE_SERVER, server=server))
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
                assert await chosen(here.fake, server(3)) == set()
                panel = await here.fake.shown(await here.fake.command("settings", **MODERATOR))
                await here.fake.callback(await here.fake.press(panel, "settings:language", ["ko"], shard=0, **MODERATOR))
                while await chosen(here.fake, server(3)) != {"ko"}:
                    await asyncio.sleep(0.1)
                await here.fake.callback(await here.fake.press(panel, "settings:cooldown", ["30"], shard=0, **MODERATOR))
                await here.fake.callback(await here.fake.press(panel, "settings:questions", ["on"], **MODERATOR))
                assert await chosen(here.fake, server(3)) == {"ko", "30", "on"}

            await stopped(first)
            await stopped(second)
            assert here.fake.collisions == []
            assert len(here.fake.requests("PUT", COMMANDS)) == 1

    scene(play)


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant.load(config.Settings(DATA / "corpus", DATA / "faq.yaml", None))


def of(ids: tuple[int, ...], count: int) -> Callable[..., App]:
    """Makes the application with these shards."""
    return partial(ShardedApp, Shards(ids, count))


def test_one_process_may_hold_all_shards(tmp_path: Path) -> None:
    """It needs no store for that; Discord's two buckets begin beside each other, in each no session begins too soon."""

    async def play() -> None:
        async with world(tmp_path) as here:
            real(here, 4, max_concurrency=2)
            process = await here.start(DISCORD_TOKEN=TOKEN, BOT_STORE="none", BOT_SHARDS="0-3/4")
            await here.fake.until(lambda: here.fake.connected == [0, 1, 2, 3])
            for shard in range(4):
                assert await answers(here, shard, shard)
            await stopped(process)
            assert [identity["shard"] for identity in here.fake.identified] == [[shard, 4] for shard in range(4)]
            assert here.fake.collisions == []

    scene(play)


def test_a_signal_ends_a_process_whose_sessions_wait_their_turn(tmp_path: Path) -> None:
    """Told to stop with one shard connected and another one waiting, the process ends with 0 and without a traceback."""

    async def play() -> None:
        async with world(tmp_path) as here:
            real(here, 2)
            process = await here.start(DISCORD_TOKEN=TOKEN, BOT_SHARDS="0-1/2")
            await here.fake.online()
            await stopped(process)

    scene(play)


def test_a_bot_that_needs_more_shards_is_told_how(tmp_path: Path) -> None:
    """Where Discord lets in no bot with so many servers in one shard, the last line names the variable; exit code 2."""

    async def play() -> None:
        async with world(tmp_path) as here:
            here.fake.most_servers = 0
            for shards in ({}, {"BOT_SHARDS": "0/1"}):
                code, _, err = await ended(await here.start(DISCORD_TOKEN=TOKEN, **shards))
                assert code == 2
                assert "set BOT_SHARDS" in err.splitlines()[-1]
                assert "Traceback" not in err

    scene(play)


def test_sessions_that_discord_no_longer_gives_are_not_begun(assistant: Assistant) -> None:
    """Whoever begins more than Discord allows in a day loses the token: then the bot does not start, and one line says for how long."""

    async def play() -> None:
        fake = FakeDiscord(starts=1)
        with pytest.raises(BotError, match=r"1 more session, BOT_SHARDS needs 2: start it again in 1:00:00"):
            async with connected(assistant, fake=fake, make=of((0, 1), 2)):
                pass
        assert fake.identified == []
        await fake.stop()

    scene(play)


def test_a_store_that_is_away_keeps_no_session_from_beginning(
    assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The bot waits a while, as if others had their turn, and says so in the log; what follows settings says so once, and goes on when the store is back."""
    monkeypatch.setattr(discord_shards, "IDENTIFY_EVERY", 0.01)
    monkeypatch.setattr(discord_shards, "SETTINGS_EVERY", 0.01)
    monkeypatch.setattr(discord_client, "STORE_REST", 0)
    store = Store.open(str(tmp_path / "bot.sqlite3"))
    with closing(sqlite3.connect(tmp_path / "bot.sqlite3")) as beside:
        beside.executescript("ALTER TABLE identifies RENAME TO i; ALTER TABLE servers RENAME TO s")

        async def play() -> None:
            async with connected(assistant, store=store, make=of((0,), 2)) as fake:
                assert await chosen(fake, GUILD) == set()
                assert "a session begins without regard to other processes: " in caplog.text
                while "settings that other processes change" not in caplog.text:
                    await asyncio.sleep(0.01)
                beside.executescript("ALTER TABLE s RENAME TO servers")
                Store.open(str(tmp_path / "bot.sqlite3")).save_settings(GUILD, ServerSettings(cooldown=30))
                async with asyncio.timeout(PATIENCE):
                    while await chosen(fake, GUILD) != {"30"}:
                        await asyncio.sleep(0.01)
                assert caplog.text.count("settings that other processes change") == 1

        scene(play)


def test_a_session_that_begins_too_soon_is_begun_again(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Discord refuses a session, since another of which the bot does not know began just before, it is begun anew in its turn."""
    monkeypatch.setattr(discord_shards, "IDENTIFY_EVERY", 0.6)

    async def play() -> None:
        fake = FakeDiscord(identify_every=0.5, sessions_begun={0: time.monotonic() + 3600})
        async with connected(assistant, fake=fake, make=of((0, 1), 2)):
            await fake.until(lambda: fake.connected == [0, 1])
            assert fake.collisions[0] == 0

    scene(play)


def test_it_is_connected_where_every_shard_is(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shard that begins anew is missing until it is there again; another that resumes meanwhile changes nothing of that."""
    monkeypatch.setattr(discord_shards, "IDENTIFY_EVERY", 0.01)
    made: list[App] = []

    def make(*args: Any, **options: Any) -> App:
        made.append(of((0, 1), 2)(*args, **options))
        return made[0]

    async def until(connected: bool) -> None:
        async with asyncio.timeout(PATIENCE):
            while made[0].connected != connected:
                await asyncio.sleep(0.01)

    async def play() -> None:
        async with connected(assistant, make=make) as fake:
            await until(True)
            await fake.tell({"op": 9, "d": False})
            await until(False)
            await until(True)
            assert len(fake.identified) == 3
            await fake.cut()
            await fake.until(lambda: fake.resumed == 2)
            await until(True)

    scene(play)
