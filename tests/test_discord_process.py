"""The real process `python -m bot discord`, which believes that it talks to discord.com.

Its HTTP proxy is ours and leads discord.com:443 and gateway.discord.gg:443 to the fake, whose certificate it trusts by
SSL_CERT_FILE; nothing of the program is replaced.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import ssl
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from fake_discord import APPLICATION, BOT, PATIENCE, TOKEN, FakeDiscord, Sent

from bot import config
from bot.answer import Answer
from bot.assistant import Assistant
from bot.discord_message import quoted

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests/data/other_topic"
FERRIES = "Are the ferries running again?"
WRONG_TOKEN = TOKEN[::-1]
HOSTS = ("discord.com:443", "gateway.discord.gg:443")


class Proxy:
    """An HTTP proxy that knows CONNECT to Discord's hosts alone; `wanted` are the places it was asked for."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._pipes: set[asyncio.Task[None]] = set()
        self.wanted: set[str] = set()

    async def start(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        self._server.close()
        for pipe in self._pipes:
            pipe.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, place, _ = (await reader.readuntil(b"\r\n\r\n")).decode().split(" ", 2)
        self.wanted.add(place)
        if method != "CONNECT" or place not in HOSTS:
            writer.write(b"HTTP/1.1 403 Forbidden\r\n\r\n")
            writer.close()
            return
        inward, outward = await asyncio.open_connection("127.0.0.1", self._target)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self._pipes |= {asyncio.create_task(_pipe(reader, outward)), asyncio.create_task(_pipe(inward, writer))}


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


class World:
    """A fake Discord behind a proxy, and processes of the bot that reach it."""

    def __init__(self, fake: FakeDiscord, proxy: Proxy, environment: dict[str, str]) -> None:
        self.fake, self.proxy, self.environment = fake, proxy, environment

    async def start(self, **environment: str) -> Process:
        """Start the bot, with these variables besides."""
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "discord", cwd=ROOT, env={**self.environment, **environment}, stdout=PIPE, stderr=PIPE, stdin=asyncio.subprocess.DEVNULL
        )  # fmt: skip


async def ended(process: Process, number: signal.Signals | None = None) -> tuple[int | None, str, str]:
    """Send a signal, wait for the end: exit code, standard output, standard error."""
    if number:
        process.send_signal(number)
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """Everything up; at the end everything down, and the fake has found nothing to refuse."""
    authority = trustme.CA()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("discord.com", "gateway.discord.gg").configure_cert(tls)
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    fake = FakeDiscord()
    await fake.start(tls)
    proxy = Proxy(fake.port)
    port = await proxy.start()
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "PYTHONPATH")}
    settings = {
        "BOT_CORPUS": str(DATA / "corpus"),
        "BOT_FAQ": str(DATA / "faq.yaml"),
        "BOT_CACHE": str(folder / "cache"),
        "BOT_STORE": str(folder / "bot.sqlite3"),
    }
    yield World(fake, proxy, {**kept, **settings, "DISCORD_PROXY": f"http://127.0.0.1:{port}", "SSL_CERT_FILE": str(folder / "ca.pem")})
    await proxy.stop()
    await fake.stop()
    assert fake.faults == []


def scene(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(play())


def shows(reply: Sent, answer: Answer) -> bool:
    """True where a message has exactly the quotes of an answer, in its order."""
    quotes = [quoted(q.span.text) for q in answer.quotes or answer.nearest]
    return [line for line in reply.text.split("\n") if line.startswith("> ")] == [line for quote in quotes for line in quote.split("\n")]


def test_a_person_is_answered_and_the_process_ends_cleanly(tmp_path: Path) -> None:
    """/ask, suggestions and a mention are answered with the assistant's quotes; SIGTERM ends it with 0; a second start syncs nothing."""
    assistant = Assistant.load(config.Settings(DATA / "corpus", DATA / "faq.yaml", None))

    async def play() -> None:
        async with world(tmp_path) as here:
            process = await here.start(DISCORD_TOKEN=TOKEN)
            await here.fake.online()
            for person, question in enumerate((FERRIES, "How many passengers were aboard the Grey Heron?", "Is there a ferry to Ulm?")):
                assert shows(await here.fake.callback(await here.fake.ask(question, person=person)), assistant.ask(question))
            assert FERRIES in await here.fake.type("ferries")
            await here.fake.write(f"<@{BOT}> {FERRIES}", mentions_bot=True)
            assert shows(await here.fake.reply(), assistant.ask(FERRIES))
            code, out, err = await ended(process, signal.SIGTERM)
            assert (code, out) == (0, "")
            assert "Traceback" not in err
            assert TOKEN not in err
            assert "erries" not in err.replace("entry=are-ferries-running", "").replace("entry=iskholm-ferry", "")
            assert here.proxy.wanted == set(HOSTS)

            (tmp_path / "token").write_text(TOKEN + "\n", encoding="utf-8")
            again = await here.start(DISCORD_TOKEN_FILE=str(tmp_path / "token"))
            await here.fake.online(2)
            assert shows(await here.fake.callback(await here.fake.ask(FERRIES)), assistant.ask(FERRIES))
            assert (await ended(again, signal.SIGINT))[0] == 0
            assert len(here.fake.requests("PUT", f"/applications/{APPLICATION}/commands")) == 1

    scene(play)


def test_a_button_of_a_process_that_was_killed_still_works(tmp_path: Path) -> None:
    """The process is killed without warning; the next one knows the answer that the first one gave: its context, votes, and whose it is."""

    async def play() -> None:
        async with world(tmp_path) as here:
            first = await here.start(DISCORD_TOKEN=TOKEN)
            await here.fake.online()
            seen = await here.fake.shown(await here.fake.ask(FERRIES))
            assert "thank you" in (await here.fake.callback(await here.fake.press(seen, "answer:helpful"))).text
            assert (await ended(first, signal.SIGKILL))[0] == -signal.SIGKILL
            second = await here.start(DISCORD_TOKEN=TOKEN)
            await here.fake.online(2)
            around = await here.fake.callback(await here.fake.press(seen, "answer:context"))
            assert "**The Lady Tamsa went back into service on Monday" in around.text
            assert "Only the person who asked" in (await here.fake.callback(await here.fake.press(seen, "answer:delete", person=77))).text
            gone = await here.fake.press(seen, "answer:delete")
            await here.fake.request("DELETE", f"/webhooks/{APPLICATION}/token-{gone}/messages/@original")
            code, _, err = await ended(second, signal.SIGTERM)
            assert code == 0
            assert "Traceback" not in err

    scene(play)


def test_an_intent_that_is_not_turned_on_is_told_in_one_line(tmp_path: Path) -> None:
    """Where Discord's portal does not allow the messages that BOT_MESSAGE_CONTENT=on asks for, the last line says what to do; exit code 2."""

    async def play() -> None:
        async with world(tmp_path) as here:
            here.fake.refused_intents = 1 << 15
            code, _, err = await ended(await here.start(DISCORD_TOKEN=TOKEN, BOT_MESSAGE_CONTENT="on"))
            assert code == 2
            assert "Message Content Intent" in err.splitlines()[-1]
            assert "Traceback" not in err

    scene(play)


def test_a_store_that_cannot_be_opened_is_told_in_one_line(tmp_path: Path) -> None:
    """Where BOT_STORE is no store, the last line says so, Discord is asked nothing, and the file stays as it was."""
    (tmp_path / "bot.sqlite3").write_text("no database" * 100, encoding="utf-8")

    async def play() -> None:
        async with world(tmp_path) as here:
            code, _, err = await ended(await here.start(DISCORD_TOKEN=TOKEN))
            assert code == 3
            assert "is no store" in err.splitlines()[-1]
            assert "Traceback" not in err
            assert here.fake.sent == []

    scene(play)
    assert (tmp_path / "bot.sqlite3").read_text(encoding="utf-8") == "no database" * 100


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_connection(tmp_path: Path, number: signal.Signals) -> None:
    """Each signal ends the process with 0; the gateway's connection is closed by a closing frame (discord.py's 1000 or 4000), not dropped."""

    async def play() -> None:
        async with world(tmp_path) as here:
            process = await here.start(DISCORD_TOKEN=TOKEN)
            await here.fake.online()
            assert (await ended(process, number))[0] == 0
            await here.fake.until(lambda: here.fake.closed_with)
            assert here.fake.closed_with[0] in (1000, 4000)

    scene(play)


def test_sighup_asks_for_a_reload(tmp_path: Path) -> None:
    """The files are read again at once and the log says so; what is broken is told with its line, each time; the process goes on."""
    shutil.copytree(DATA, tmp_path / "data")
    faq = tmp_path / "data/faq.yaml"

    async def logged(process: Process, wanted: str) -> None:
        assert process.stderr
        async with asyncio.timeout(PATIENCE):
            while wanted not in (await process.stderr.readline()).decode():
                assert not process.stderr.at_eof()

    async def play() -> None:
        async with world(tmp_path) as here:
            process = await here.start(DISCORD_TOKEN=TOKEN, BOT_CORPUS=str(tmp_path / "data/corpus"), BOT_FAQ=str(faq))
            await here.fake.online()
            whole = faq.read_text(encoding="utf-8")
            faq.write_text(whole.replace(FERRIES, "Do the boats go again?"), encoding="utf-8")
            process.send_signal(signal.SIGHUP)
            await logged(process, "as SIGHUP asks")
            await logged(process, "reloaded: 5 articles")
            assert "Do the boats go again?" in await here.fake.type("boats")
            faq.write_text("- id: [\n" + whole, encoding="utf-8")
            for _ in range(2):
                process.send_signal(signal.SIGHUP)
                await logged(process, "as SIGHUP asks")
                await logged(process, f"{faq}:")
            code, _, err = await ended(process, signal.SIGTERM)
            assert code == 0
            assert "Traceback" not in err

    scene(play)


def test_a_terminal_that_is_closed_ends_it(tmp_path: Path) -> None:
    """SIGHUP is then no wish to reload: the bot would go on without anybody who could stop it."""

    async def play() -> None:
        async with world(tmp_path) as here:
            mine, its = os.openpty()
            program = (
                "import os, signal, sys; os.open(sys.argv[1], os.O_RDWR); signal.signal(signal.SIGHUP, signal.SIG_DFL); "
                "os.execv(sys.executable, [sys.executable, '-m', 'bot', 'discord'])"
            )
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", program, os.ttyname(its), cwd=ROOT, env={**here.environment, "DISCORD_TOKEN": TOKEN},
                stdin=its, stdout=its, stderr=its, start_new_session=True,
            )  # fmt: skip
            os.close(its)
            await here.fake.online()
            os.close(mine)
            await here.fake.until(lambda: here.fake.closed_with)
            assert here.fake.closed_with[0] in (1000, 4000)
            async with asyncio.timeout(PATIENCE):
                await process.wait()

    scene(play)


def test_a_signal_during_the_login_ends_it_as_well(tmp_path: Path) -> None:
    """Told to stop before it is connected, the process ends with 0 and without a traceback."""

    async def play() -> None:
        async with world(tmp_path) as here:
            here.fake.lag = 0.5
            process = await here.start(DISCORD_TOKEN=TOKEN)
            await here.fake.request("GET", "/users/@me")
            code, _, err = await ended(process, signal.SIGTERM)
            assert code == 0
            assert "Traceback" not in err

    scene(play)


def test_answers_on_their_way_are_sent_before_the_end(tmp_path: Path) -> None:
    """A question that the bot has when the signal comes is still answered."""

    async def play() -> None:
        async with world(tmp_path) as here:
            process = await here.start(DISCORD_TOKEN=TOKEN)
            await here.fake.online()
            here.fake.lag = 0.5
            number = await here.fake.ask(FERRIES)
            await here.fake.callback(number)
            code, _, err = await ended(process, signal.SIGTERM)
            assert code == 0
            assert "Traceback" not in err
            assert here.fake.answered == 1

    scene(play)


def test_a_token_that_discord_refuses_stops_it(tmp_path: Path) -> None:
    """At 401 the process stops with exit code 2 and one clear line, in which the token is not."""

    async def play() -> None:
        async with world(tmp_path) as here:
            code, out, err = await ended(await here.start(DISCORD_TOKEN=WRONG_TOKEN))
            assert (code, out) == (2, "")
            assert WRONG_TOKEN not in err
            assert "Traceback" not in err
            assert [line for line in err.splitlines() if "does not accept the token" in line] == [err.splitlines()[-1]]

    scene(play)


def test_a_token_that_the_gateway_refuses_stops_it(tmp_path: Path) -> None:
    """A token that stops being valid after the login stops the process with the same line."""

    async def play() -> None:
        async with world(tmp_path) as here:
            here.fake.gateway_token = "another"
            code, _, err = await ended(await here.start(DISCORD_TOKEN=TOKEN))
            assert code == 2
            assert "does not accept the token" in err.splitlines()[-1]
            assert TOKEN not in err

    scene(play)


def test_operators_see_what_it_does(tmp_path: Path) -> None:
    """BOT_LOG=json and BOT_METRICS: each line of the log is an object; the line of a question names the message of its answer; health, readiness, numbers."""

    async def play() -> None:
        async with world(tmp_path) as here:
            process = await here.start(DISCORD_TOKEN=TOKEN, BOT_LOG="json", BOT_METRICS="0")
            assert process.stderr
            lines: list[dict[str, Any]] = []

            async def logged(start: str) -> dict[str, Any]:
                assert process.stderr
                async with asyncio.timeout(PATIENCE):
                    while not lines or not lines[-1]["message"].startswith(start):
                        lines.append(json.loads(await process.stderr.readline()))
                return lines[-1]

            place = (await logged("metrics and health at "))["message"].removeprefix("metrics and health at ")
            async with aiohttp.ClientSession(place) as client:

                async def get(path: str) -> tuple[int, str]:
                    async with client.get(path) as response:
                        return response.status, await response.text()

                await logged("ready as")
                assert (await get("/healthz"), (await get("/readyz"))[0]) == ((200, "ok\n"), 200)
                seen = await here.fake.shown(await here.fake.ask(FERRIES))
                line = await logged("question")
                assert (line["status"], line["entry"], line["answer"], len(line["question"])) == ("answered", "are-ferries-running", int(seen["id"]), 10)
                page = (await get("/metrics"))[1]
                assert 'bot_questions_total{reason="",status="answered"} 1.0' in page
                assert "bot_gateway_connected 1.0" in page
            here.fake.refusals["/callback"] = (400, 50035)
            await here.fake.callback(await here.fake.ask(FERRIES, person=7))
            failure = await logged("failure")
            assert failure["message"] == f"failure {failure['question']}"
            assert "discord.errors.HTTPException: 400" in failure["error"]
            here.fake.refusals.clear()
            code, _, err = await ended(process, signal.SIGTERM)
            assert (code, [json.loads(line)["message"] for line in err.splitlines()][-1]) == (0, "stopped")

    scene(play)


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({}, "no token"),
        ({"DISCORD_TOKEN": TOKEN, "BOT_METRICS": "on"}, "BOT_METRICS is 'on'"),
        ({"DISCORD_TOKEN": TOKEN, "BOT_LOG": "xml"}, "BOT_LOG is 'xml'"),
        ({"DISCORD_TOKEN": "hunter2"}, "not a bot token"),
        ({"DISCORD_TOKEN": TOKEN, "DISCORD_PROXY": "nowhere"}, "DISCORD_PROXY"),
    ],
)
def test_wrong_settings_stop_it_before_anything_else(tmp_path: Path, variables: dict[str, str], why: str) -> None:
    """Without a usable token or proxy the process says so in one line, exits with 2 and asks Discord nothing."""

    async def play() -> None:
        async with world(tmp_path) as here:
            code, out, err = await ended(await here.start(**variables))
            assert (code, out, len(err.splitlines())) == (2, "", 1)
            assert why in err
            assert "hunter2" not in err
            assert here.fake.sent == []

    scene(play)


def test_an_unreachable_discord_is_told_in_one_line(tmp_path: Path) -> None:
    """Where nothing answers, the last line says so; there is no traceback, and a password in the proxy's URL is not shown."""

    async def play() -> None:
        async with world(tmp_path) as here:
            code, _, err = await ended(await here.start(DISCORD_TOKEN=TOKEN, DISCORD_PROXY="http://user:hunter2@127.0.0.1:9"))
            assert code == 2
            assert "Discord cannot be reached" in err.splitlines()[-1]
            assert "Traceback" not in err
            assert "hunter2" not in err

    scene(play)


def test_a_stranger_between_is_not_trusted(tmp_path: Path) -> None:
    """Without the authority in SSL_CERT_FILE the fake is not taken for Discord: certificates are checked."""

    async def play() -> None:
        async with world(tmp_path) as here:
            (tmp_path / "other.pem").write_bytes(trustme.CA().cert_pem.bytes())
            code, _, err = await ended(await here.start(DISCORD_TOKEN=TOKEN, SSL_CERT_FILE=str(tmp_path / "other.pem")))
            assert code == 2
            assert "certificate" in err.splitlines()[-1].lower()
            assert here.fake.sent == []

    scene(play)
