"""What docs/operating.md says of outages, each with the real thing: PostgreSQL stopped, a disk that is full or read-only, permission denied, storms of errors.

The other rows of its table are proven where it says so; a test here reads that the tests it names exist.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import types
from collections import Counter
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import discord
import pytest
from conftest import OTHER, ROOT
from fake_discord import GUILD, PATIENCE, TOKEN, FakeDiscord
from test_discord_app import connected, shown

from benchmarks.discord_world import BOT
from bot import config, discord_views
from bot.assistant import Assistant
from bot.discord_message import Act
from bot.limits import Limits
from bot.store import ServerSettings, Store, Verdict

FERRIES, NOWHERE = "Are the ferries running again?", "Who won the chess final?"
LATER = "written down when the bot's store can be reached again"
PAUSE = float(os.environ.get("BOT_TEST_AWAY", "0"))
"""Seconds that PostgreSQL stays away beside what the test does meanwhile."""


def scene(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(play())


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant.load(config.Settings(OTHER / "corpus", OTHER / "faq.yaml", None))


@pytest.fixture(autouse=True)
def _calmly(monkeypatch: pytest.MonkeyPatch) -> None:
    """People may ask as fast as they like, and an answer may take as long as it takes on a machine that has much to do."""
    monkeypatch.setattr(Limits, "person", lambda *_: None)
    monkeypatch.setattr(discord_views, "PATIENCE", PATIENCE)


async def eventually(found: Callable[[], bool]) -> None:
    """Wait until that is so."""
    async with asyncio.timeout(120):
        while not await asyncio.to_thread(found):
            await asyncio.sleep(0.05)


def postgres(*arguments: str) -> str:
    return subprocess.run([ROOT / ".ci/postgres", *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


@pytest.mark.skipif(not os.environ.get("BOT_TEST_POSTGRES"), reason="BOT_TEST_POSTGRES names no PostgreSQL (see .ci/postgres)")
def test_while_postgresql_is_away_people_are_answered_and_what_they_say_is_written_later(assistant: Assistant, caplog: pytest.LogCaptureFixture) -> None:
    """The real server is stopped and started: every question is answered as before; votes, also on older answers, and gaps are there afterwards, in order."""
    caplog.set_level(logging.WARNING)
    where = postgres("start")
    store = Store.open(where)
    store.save_settings(GUILD, ServerSettings(keeps_questions=True))

    async def vote(fake: FakeDiscord, seen: dict[str, Any], act: Act, person: int) -> str:
        return (await fake.callback(await fake.press(seen, act, person=person))).text

    async def noted(fake: FakeDiscord, seen: dict[str, Any], person: int) -> None:
        """Vote until the store has it."""
        async with asyncio.timeout(120):
            while await vote(fake, seen, Act.HELPFUL, person) != "Noted, thank you.":
                await asyncio.sleep(0.1)

    async def play() -> None:
        async with connected(assistant, store=store) as fake:
            old = await fake.shown(await fake.ask(FERRIES))
            await noted(fake, old, 1)
            assert store.shown(int(old["id"]))
            await asyncio.to_thread(postgres, "away", where)
            during = []
            for number in range(5):
                asked = await fake.ask(FERRIES)
                assert (await fake.callback(asked)).text == shown(assistant, FERRIES)
                during.append(await fake.shown(asked))
                assert LATER in await vote(fake, during[-1], Act.HELPFUL, number)
            await fake.callback(await fake.ask(NOWHERE))
            for act in (Act.HELPFUL, Act.NOT_HELPFUL, Act.HELPFUL, Act.NOT_HELPFUL):
                assert LATER in await vote(fake, old, act, 2)
            assert "cannot be reached just now" in (await fake.callback(await fake.press(old, Act.CONTEXT))).text
            assert "The Lady Tamsa" in (await fake.callback(await fake.press(during[0], Act.CONTEXT))).text
            await asyncio.sleep(PAUSE)
            await asyncio.to_thread(postgres, "back", where)
            await noted(fake, old, 3)
            assert Counter({v.verdict: v.count for v in store.ratings()}) == {Verdict.HELPFUL: 7, Verdict.NOT_HELPFUL: 1}
            assert all(store.shown(int(seen["id"])) for seen in during)
            assert sorted((a.question, a.refused) for a in store.asked(GUILD)) == [(FERRIES, False), (NOWHERE, True)]

    try:
        scene(play)
        told = [r.getMessage() for r in caplog.records if r.name == "bot.backlog"]
        assert len(told) == 2
        assert "look whether PostgreSQL runs there" in told[0]
        assert "can be written again" in told[1]
        assert "0 were dropped" in told[1]
    finally:
        store.close()
        postgres("stop", where)


FULL = """
import asyncio, logging, sys
from pathlib import Path
sys.path[:0] = ["tests"]
from test_discord_app import connected, shown
from test_faults import FERRIES, LATER, eventually
from benchmarks.discord_world import BOT
from bot import config, discord_views
from bot.assistant import Assistant
from bot.discord_message import Act
from bot.limits import Limits
from bot.store import Store
Limits.person, discord_views.PATIENCE = lambda *_: None, 60
folder = Path(sys.argv[1])
store = Store.open(str(folder / "bot.sqlite3"))
assistant = Assistant.load(config.Settings(Path("tests/data/other_topic/corpus"), Path("tests/data/other_topic/faq.yaml"), None))
with (folder / "filler").open("wb", buffering=0) as filler:
    try:
        while True:
            filler.write(bytes(4096))
    except OSError:
        pass

async def play():
    async with connected(assistant, cache=folder / "cache", store=store) as fake:
        answers = []
        while len(answers) < 5 or not any(LATER in told for _, told in answers):
            asked = await fake.ask(FERRIES)
            assert (await fake.callback(asked)).text == shown(assistant, FERRIES)
            seen = await fake.shown(asked)
            answers.append((seen, (await fake.callback(await fake.press(seen, Act.HELPFUL))).text))
        (folder / "filler").unlink()
        await eventually(lambda: sum(v.count for v in store.ratings()) == len(answers))
        assert all(store.shown(int(seen["id"])) for seen, _ in answers)

asyncio.run(play())
print("healed")
"""


def alone(folder: Path, options: str, script: list[str], **more: Any) -> subprocess.CompletedProcess[str]:
    """Run something with a disk of its own at `folder`, mounted with these options."""
    made = ["unshare", "--mount", "--map-root-user", "sh", "-c", 'mount -t tmpfs -o "$1" tmpfs "$0" && shift && exec "$@"', str(folder), options, *script]
    if not shutil.which("unshare") or subprocess.run([*made[:8], "true"], capture_output=True).returncode:
        pytest.skip("a disk of its own cannot be mounted here")
    return subprocess.run(made, cwd=ROOT, capture_output=True, text=True, **more)


def test_on_a_full_disk_people_are_answered_and_what_they_say_is_written_when_there_is_room(tmp_path: Path) -> None:
    """Store and cache lie on a disk that is really full: answers go on, votes say that they are written later, and are."""
    done = alone(tmp_path, "size=2m", [sys.executable, "-c", FULL, str(tmp_path)])
    assert (done.returncode, done.stdout) == (0, "healed\n"), done.stderr


COMMANDS = """
cp -r tests/data/other_topic/. "$0"; cd "$0"; sum=$(sha256sum faq.yaml)
case $1 in
  full) cat /dev/zero > filler 2>/dev/null;;
  read-only) mount -o remount,ro .;;
esac
BOT_CACHE=$0/cache "$2" -m bot ask "Are the ferries running again?" > /dev/null; echo "ask $?"
BOT_CACHE=none "$2" -m bot faq alias why-stopped --lang en "what made the boats stop working" < /dev/null 2>&1 | tail -1; echo "alias"
BOT_CACHE=none "$2" -m bot --corpus corpus --faq faq.yaml eval gold.jsonl --save kept.json > /dev/null 2> /tmp/said.$$; echo "eval $?"; tail -1 /tmp/said.$$; rm -f /tmp/said.$$
[ "$sum" = "$(sha256sum faq.yaml)" ] && echo "same"
ls -a | grep -c tmp
"""


@pytest.mark.parametrize(("disk", "why"), [("full", "No space left on device"), ("read-only", "Read-only file system")])
def test_commands_on_a_disk_that_takes_nothing(tmp_path: Path, disk: str, why: str) -> None:
    """`bot ask` answers without its cache; a change of the FAQ is refused in one line, and the file is as it was, nothing left beside it."""
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = alone(tmp_path, "size=1m", ["sh", "-c", COMMANDS, str(tmp_path), disk, sys.executable], env=env)
    ask, refused, _, code, unsaved, *rest = done.stdout.splitlines()
    assert ask == "ask 0", done.stderr
    assert why in refused
    assert (code, why in unsaved) == ("eval 2", True)
    assert rest == ["same", "0"]
    assert "Traceback" not in done.stdout + done.stderr


def test_files_that_may_not_be_read_or_written_are_told_in_one_line(tmp_path: Path) -> None:
    """Another user's corpus: its path and the reason; a cache folder of another user: answered all the same."""
    shutil.copytree(OTHER, tmp_path / "data")
    bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    if bound and not shutil.which("setpriv"):
        pytest.skip("root may write anywhere, and there is no setpriv to take that away")

    def ask(cache: Path) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "BOT_CACHE": str(cache), "BOT_CORPUS": str(tmp_path / "data/corpus"), "BOT_FAQ": str(tmp_path / "data/faq.yaml")}
        return subprocess.run([*bound, sys.executable, "-m", "bot", "ask", FERRIES], cwd=ROOT, env=env, capture_output=True, text=True)

    (tmp_path / "cache").mkdir(mode=0o555)
    done = ask(tmp_path / "cache")
    assert (done.returncode, done.stderr) == (0, "")
    assert list((tmp_path / "cache").iterdir()) == []
    (tmp_path / "cache").chmod(0o700)
    article = tmp_path / "data/corpus/lake-riders-bulletin.md"
    article.chmod(0)
    done = ask(tmp_path / "cache2")
    article.chmod(0o600)
    assert done.returncode == 3
    assert f"{article}: " in done.stderr
    assert "Permission denied" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_was_told_as_noted_is_there_after_a_kill(tmp_path: Path) -> None:
    """The whole bot is killed with SIGKILL while people vote, again and again: each vote that was told as noted is in the store, which is sound."""
    where, chance = str(tmp_path / "bot.sqlite3"), random.Random(7)
    environment = {
        **os.environ, "DISCORD_TOKEN": TOKEN, "BOT_STORE": where, "BOT_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT),
        "BOT_CORPUS": str(OTHER / "corpus"), "BOT_FAQ": str(OTHER / "faq.yaml"),
    }  # fmt: skip
    people, noted = itertools.count(10**6), list[tuple[int, int]]()

    async def life() -> None:
        fake = FakeDiscord()
        await fake.start()
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", BOT, str(fake.port), env=environment, cwd=ROOT, stderr=asyncio.subprocess.DEVNULL)
        await fake.online()
        seen = await fake.shown(await fake.ask(FERRIES, person=next(people)))

        async def votes() -> None:
            while True:
                person = next(people)
                if (await fake.callback(await fake.press(seen, Act.HELPFUL, person=person))).text == "Noted, thank you.":
                    noted.append((int(seen["id"]), person))

        voting = [asyncio.create_task(votes()) for _ in range(8)]
        await fake.until(lambda: len(fake.sent) > 20)
        await asyncio.sleep(chance.uniform(0, 0.5))
        process.kill()
        await process.wait()
        for vote in voting:
            vote.cancel()
        await fake.stop()

    for _ in range(int(os.environ.get("BOT_TEST_KILLS", "2"))):
        before = len(noted)
        asyncio.run(life())
        assert len(noted) > before
        store = Store.open(where)
        kept = {"server": GUILD, "entry": None, "receipt": "", "refused": False}
        lost = [(message, person) for message, person in noted[before:] if store.rate(message, person, Verdict.HELPFUL, **kept)]  # type: ignore[arg-type]
        assert lost == []
        store.close()
        with sqlite3.connect(where) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py rests no time between its tries."""

    async def at_once(_: float, result: Any = None) -> Any:
        return await asyncio.sleep(0, result)

    quick = types.SimpleNamespace(**{**vars(asyncio), "sleep": at_once})
    for module in (discord.http, discord.webhook.async_):
        monkeypatch.setattr(module, "asyncio", quick)


@pytest.mark.usefixtures("impatient")
def test_a_storm_of_errors_is_outlived(assistant: Assistant, caplog: pytest.LogCaptureFixture) -> None:
    """While Discord answers every request with 500 nobody can be answered, and the log says so for each with its id; afterwards all is as before."""

    async def play() -> None:
        async with connected(assistant) as fake:
            await fake.callback(await fake.ask(FERRIES))
            fake.failing = 10**6
            for _ in range(20):
                await fake.ask(FERRIES)
            failures = [r for r in caplog.records if r.getMessage().startswith("failure")]
            async with asyncio.timeout(60):
                while len(failures) < 20:
                    await asyncio.sleep(0.01)
                    failures = [r for r in caplog.records if r.getMessage().startswith("failure")]
            assert len({r.getMessage() for r in failures}) == 20
            assert {r.exc_info[0] for r in failures if r.exc_info} == {discord.DiscordServerError}
            fake.failing = 0
            assert (await fake.callback(await fake.ask(FERRIES))).text == shown(assistant, FERRIES)

    scene(play)


def test_a_storm_of_rate_limits_is_waited_out(assistant: Assistant) -> None:
    """Every second request is refused with 429 for a while: all are made again, and everybody is answered once."""

    async def play() -> None:
        async with connected(assistant) as fake:
            asked = []
            for _ in range(40):
                fake.limited += 1
                asked.append(await fake.ask(FERRIES))
            await fake.until(lambda: set(asked) <= fake._answers.keys())
            assert len(fake.messages) == 40

    scene(play)


def test_the_tests_that_the_table_names_exist() -> None:
    """docs/operating.md names a test for every fault; each is there under that name."""
    lines = (ROOT / "docs/operating.md").read_text(encoding="utf-8").splitlines()
    table = "\n".join(line for line in lines if line.startswith("|"))
    named = re.findall(r"`(tests/test_\w+\.py)` `(test_\w+)`", table)
    assert len(named) == table.count("`tests/") > 15
    for path, test in named:
        assert f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), test
