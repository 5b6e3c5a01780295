"""The bot in Discord follows its files: against a fake Discord, over real sockets, in one process."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import shutil
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import fake_discord
import pytest
from conftest import OTHER
from fake_discord import DIRECT, MESSAGE, FakeDiscord
from test_discord_app import connected, shown

from bot import config, discord_app, discord_client, discord_reload, discord_views, renewal
from bot.assistant import Assistant
from bot.discord_app import App
from bot.discord_message import components_of, frame_language
from bot.discord_views import response
from bot.limits import Limits
from bot.watch import Watch

FERRIES = "Are the ferries running again?"
PROMPT = "Which crossing do you mean?"
BROKEN = "\n- id: second\n  question: What is a rudder bearing made of?\n  evidence: [{article: nowhere, quote: x}]\n"
CHANGES, A_SECOND = 50, 100


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are looked at more often, and people may ask as fast as they like."""
    monkeypatch.setattr(discord_reload, "LOOK_EVERY", 0.02)
    monkeypatch.setattr(renewal, "AGAIN_AFTER", 0.02)
    monkeypatch.setattr(Limits, "person", lambda *_: None)


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    shutil.copytree(OTHER, tmp_path / "data")
    return config.Settings(tmp_path / "data/corpus", tmp_path / "data/faq.yaml", None)


@pytest.fixture
def faq(settings: config.Settings) -> Path:
    assert settings.faq
    return settings.faq


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[config.Settings]:
    """One item for each time that the files are loaded."""
    load, found = Assistant.load, []

    def noted(of: config.Settings) -> Assistant:
        found.append(of)
        return load(of)

    monkeypatch.setattr(Assistant, "load", noted)
    return found


async def several(loads: list[config.Settings], number: int) -> None:
    """Wait until the files have been loaded so often, and what came of it has been told."""
    async with asyncio.timeout(fake_discord.PATIENCE):
        while len(loads) < number:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.2)


def scene(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(play())


async def suggested(fake: FakeDiscord, typed: str, title: str) -> None:
    """Wait until the bot suggests this question."""
    async with asyncio.timeout(fake_discord.PATIENCE):
        while title not in await fake.type(typed):
            await asyncio.sleep(0.01)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [r.getMessage() for r in caplog.records if r.name == "bot.discord_reload" and r.levelno >= logging.WARNING]


@pytest.mark.parametrize(
    ("name", "old", "new", "answer"),
    [
        ("faq.yaml", FERRIES, "Do the boats go again?", "Do the boats go again?"),
        ("corpus/vessimarin-viesti.md", 'title: "', 'title: "Extra: ', "Extra: "),
    ],
)
def test_a_changed_file_is_answered_from(settings: config.Settings, name: str, old: str, new: str, answer: str) -> None:
    """Without a word from anybody; nobody is written to."""
    path = settings.corpus.parent / name
    command = ("faq", [{"name": "browse", "type": 1}]) if name == "faq.yaml" else ("sources", [])

    async def play() -> None:
        watch = Watch(settings)
        async with connected(Assistant.load(settings), watch=watch) as fake:
            text = path.read_text(encoding="utf-8")
            path.write_text(text.replace(old, new, 1), encoding="utf-8")
            async with asyncio.timeout(fake_discord.PATIENCE):
                while answer not in (await fake.callback(await fake.command(*command))).text.replace("\\", ""):
                    await asyncio.sleep(0.01)
            assert not fake.requests("POST", "/users/@me/channels")

    scene(play)


def test_what_changed_while_the_bot_started_is_taken_up(settings: config.Settings, faq: Path) -> None:
    """The watch begins before the files are loaded."""
    watch, first = Watch(settings), Assistant.load(settings)
    faq.write_text(faq.read_text(encoding="utf-8").replace(FERRIES, "Do the boats go again?"), encoding="utf-8")

    async def play() -> None:
        async with connected(first, watch=watch) as fake:
            await suggested(fake, "boats", "Do the boats go again?")

    scene(play)


def test_a_broken_file_is_told_once_and_the_old_one_answers(
    settings: config.Settings, faq: Path, loads: list[config.Settings], caplog: pytest.LogCaptureFixture
) -> None:
    """With file and line, in the log and to the owner alone; not again when it moves to another line; and when it is mended."""
    first, whole = Assistant.load(settings), faq.read_text(encoding="utf-8")
    direct = f"/channels/{DIRECT}/messages"

    async def play() -> None:
        watch = Watch(settings)
        async with connected(first, watch=watch) as fake:
            faq.write_text(whole + BROKEN, encoding="utf-8")
            told = (await fake.request("POST", direct)).text.replace("\\", "")
            assert "Not reloaded" in told
            assert f"{faq}:{len(whole.splitlines()) + 4}:" in told
            assert "no article 'nowhere'" in told
            assert [sent.body for sent in fake.requests("POST", "/users/@me/channels")] == [{"recipient_id": fake_discord.PERSON}]
            assert (await fake.callback(await fake.ask(FERRIES))).text == shown(first, FERRIES)
            for number in range(1, 4):
                before = len(loads)
                faq.write_text("#\n" * number + whole + BROKEN, encoding="utf-8")
                await several(loads, before + 1)
            assert len(fake.requests("POST", direct)) == len(warnings(caplog)) == 1
            faq.write_text(whole.replace(FERRIES, "Do the boats go again?"), encoding="utf-8")
            mended = await fake.request("POST", direct, 2)
            assert mended.text.startswith("Reloaded")
            assert "Do the boats go again?" in await fake.type("boats")

    scene(play)
    (line,) = warnings(caplog)
    assert f"{faq}:{len(whole.splitlines()) + 4}:" in line


def test_a_further_problem_is_told_though_the_first_still_stands(settings: config.Settings, faq: Path, loads: list[config.Settings]) -> None:
    """Whoever adds to what is broken is told of it; whoever mends a part is not."""
    whole = faq.read_text(encoding="utf-8")
    more = BROKEN.replace("second", "third").replace("rudder bearing", "bell").replace("nowhere", "elsewhere")

    async def play() -> None:
        async with connected(Assistant.load(settings), watch=Watch(settings)) as fake:
            for number, text in enumerate((BROKEN, BROKEN + more), 1):
                faq.write_text(whole + text, encoding="utf-8")
                told = await fake.request("POST", f"/channels/{DIRECT}/messages", number)
                assert f"Problems: {number}" in told.text.replace("\\", "")
            before = len(loads)
            faq.write_text(whole + more, encoding="utf-8")
            await several(loads, before + 1)
            faq.write_text(whole, encoding="utf-8")
            assert (await fake.request("POST", f"/channels/{DIRECT}/messages", 3)).text.startswith("Reloaded")

    scene(play)


def test_an_owner_who_takes_no_messages_keeps_nothing_from_working(settings: config.Settings, faq: Path) -> None:
    """Where Discord refuses to write to the owner, the log has it, and the next change is taken up."""
    whole = faq.read_text(encoding="utf-8")

    async def play() -> None:
        fake = FakeDiscord(refusals={f"/channels/{DIRECT}/": (403, 50007)})
        async with connected(Assistant.load(settings), fake=fake, watch=Watch(settings)) as fake:
            faq.write_text(whole + BROKEN, encoding="utf-8")
            await fake.request("POST", f"/channels/{DIRECT}/messages")
            faq.write_text(whole.replace(FERRIES, "Do the boats go again?"), encoding="utf-8")
            await suggested(fake, "boats", "Do the boats go again?")

    scene(play)


def test_a_failure_to_reload_is_logged_and_the_watch_goes_on(
    settings: config.Settings, faq: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug in loading one state of the files does not keep later ones from being taken up."""
    load, whole = Assistant.load, faq.read_text(encoding="utf-8")

    def failing(of: config.Settings) -> Assistant:
        if "a bug" in faq.read_text(encoding="utf-8"):
            raise ZeroDivisionError
        return load(of)

    async def play() -> None:
        async with connected(Assistant.load(settings), watch=Watch(settings)) as fake:
            monkeypatch.setattr(Assistant, "load", failing)
            faq.write_text(f"# a bug\n{whole}", encoding="utf-8")
            async with asyncio.timeout(fake_discord.PATIENCE):
                while not warnings(caplog):
                    await asyncio.sleep(0.01)
            faq.write_text(whole.replace(FERRIES, "Do the boats go again?"), encoding="utf-8")
            await suggested(fake, "boats", "Do the boats go again?")

    scene(play)
    assert warnings(caplog) == ["not reloaded; the bot goes on with what it had"]


def version(whole: str, number: int) -> str:
    """A state of the FAQ whose answer to FERRIES differs from that of every other one in two places: its quotes and its prompt."""
    head, first, *rest = whole.split("\n- id: ")
    lines = first.split("\n")
    quotes = [at for at, line in enumerate(lines) if line.startswith("    - {article: ")]
    turned = [lines[quotes[(at + number) % len(quotes)]] for at in range(len(quotes))]
    for at, line in zip(quotes, turned, strict=True):
        lines[at] = line
    entry = "\n".join(lines).replace(PROMPT, f"{PROMPT} ({number})")
    return "\n- id: ".join([head, entry, *rest])


def expected(settings: config.Settings, faq: Path, text: str) -> str:
    """The message that answers FERRIES, by an assistant that knows this state alone."""
    faq.write_text(text, encoding="utf-8")
    found = Assistant.load(settings).ask(FERRIES)
    return payload(components_of(response(found, frame_language(found, "en"), private=True, shareable=True)))


def payload(components: list[dict[str, Any]]) -> str:
    return json.dumps(components, sort_keys=True, ensure_ascii=False)


def test_while_the_faq_changes_fifty_times_every_answer_is_of_one_state(
    settings: config.Settings, faq: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """100 questions a second (as many as the machine lets), half of the changes written in two pieces: no failure, no answer of two states.

    Every fifth state is waited for; of the others, those are passed over that are gone before they have come to rest.
    """
    for module in (discord_app, discord_views):
        monkeypatch.setattr(module, "PATIENCE", fake_discord.PATIENCE)
    monkeypatch.setattr(discord_client, "QUEUE", A_SECOND + 1)
    whole = faq.read_text(encoding="utf-8")
    fake = FakeDiscord()
    fake._specification = None  # it would be most of the work
    seen: dict[int, set[str]] = {}
    waiting: set[str] = set()
    made: list[App] = []

    async def people(done: asyncio.Event) -> None:
        read = 0
        while waiting or not done.is_set():
            if len(waiting) < A_SECOND and not done.is_set():
                waiting.add(await fake.ask(FERRIES, private=True))
            await asyncio.sleep(1 / A_SECOND)
            for sent in fake.sent[read:]:
                if sent.path.endswith("/callback"):
                    assert sent.body["type"] == MESSAGE
                    text = payload(sent.message["components"])
                    (number,) = re.findall(r"crossing do you mean\?[^\w]+(\d+)", text)
                    seen.setdefault(int(number), set()).add(text)
                    waiting.discard(sent.path.split("/")[2])
            read = len(fake.sent)

    async def maintainer(done: asyncio.Event) -> None:
        for number in range(CHANGES + 1):
            text = version(whole, number)
            if number % 2:
                async with made[0].reloading:  # who reads a file just then finds half of it, and says so
                    faq.write_text(text[: len(text) // 2], encoding="utf-8")
                    await asyncio.sleep(0.01)
                    faq.write_text(text, encoding="utf-8")
            else:
                faq.write_text(text, encoding="utf-8")
            await asyncio.sleep(0.05)
            while number % 5 == 0 and number not in seen:
                await asyncio.sleep(0.01)
        done.set()

    def make(*given: Any, **named: Any) -> App:
        made.append(App(*given, **named))
        return made[-1]

    async def play() -> None:
        faq.write_text(version(whole, 0), encoding="utf-8")
        async with connected(Assistant.load(settings), fake=fake, watch=Watch(settings), make=make):
            done = asyncio.Event()
            async with asyncio.timeout(5 * fake_discord.PATIENCE), asyncio.TaskGroup() as tasks:
                tasks.create_task(people(done))
                tasks.create_task(maintainer(done))

    scene(play)
    assert set(range(0, CHANGES + 1, 5)) <= seen.keys()
    assert {number: {expected(settings, faq, version(whole, number))} for number in seen} == seen
    assert not [r for r in caplog.records if r.levelno > logging.WARNING]
    assert not warnings(caplog)
