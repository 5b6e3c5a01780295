"""What `bot discord` shows without a connection: previews, and the link that invites the bot."""

from __future__ import annotations

import asyncio
import base64
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import discord
import pytest
from conftest import OTHER, ROOT
from fake_discord import DEFERRED, FakeDiscord
from upper import assistant, environment, ferry, run

from bot.discord_offline import components, invitation
from bot.errors import UsageError

APPLICATION = "1290000000000000001"
APPLICATION_AT = """
import os, sys, yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from bot import config, discord_app
Route.BASE = f"http://127.0.0.1:{sys.argv[1]}/api/v10"
DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{sys.argv[1]}/")
discord_app.run(config.load(os.environ), os.environ)
"""
"""The application, connected to a port of this machine."""
TOKEN = f"{base64.urlsafe_b64encode(APPLICATION.encode()).decode().rstrip('=')}.GabcdE.{'x' * 30}"
NOT_A_NUMBER = f"{base64.urlsafe_b64encode(b'no number at all!').decode().rstrip('=')}.GabcdE.{'x' * 30}"


@pytest.mark.parametrize("question", ["Are the ferries running again?", "Is there a ferry to Ulm?", "Как доплыть на пароме?"])
def test_the_preview_has_the_payload_that_is_sent(question: str, tmp_path: Path) -> None:
    """Component by component what the real application sends to Discord when somebody asks the same there."""

    async def play() -> list[dict[str, Any]]:
        fake = FakeDiscord()
        await fake.start()
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", APPLICATION_AT, str(fake.port), cwd=ROOT,
            env=environment(BOT_CORPUS=str(OTHER / "corpus"), BOT_FAQ=str(OTHER / "faq.yaml"), BOT_STORE=str(tmp_path / "store"), DISCORD_TOKEN=fake.token),
        )  # fmt: skip
        await fake.online()
        number = await fake.ask(question)
        sent = await fake.callback(number)
        if sent.body["type"] == DEFERRED:
            sent = await fake.original(number)
        program.terminate()
        await program.wait()
        await fake.stop()
        found: list[dict[str, Any]] = sent.message["components"]
        return found

    assert asyncio.run(play()) == components(assistant("other"), question)


def test_a_preview_needs_no_token(tmp_path: Path) -> None:
    """`bot discord --preview` writes the page and says nothing."""
    out = tmp_path / "a.html"
    done = ferry("discord", "--preview", "Are the ferries running again?", str(out))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    quotes = assistant("other").ask("Are the ferries running again?").quotes
    assert quotes
    assert all(quote.span.article.publisher in out.read_text(encoding="utf-8") for quote in quotes if quote.span.article.publisher)


@pytest.mark.parametrize("arguments", [["--preview", "q", "out.gif"], ["--preview", "q", "out.html", "--invite"]])
def test_wrong_arguments_are_told_in_one_line(tmp_path: Path, arguments: list[str]) -> None:
    done = ferry("discord", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)


@pytest.mark.parametrize(
    "environment", [{"DISCORD_APPLICATION_ID": APPLICATION}, {"DISCORD_TOKEN": TOKEN}, {"DISCORD_TOKEN": NOT_A_NUMBER, "DISCORD_APPLICATION_ID": APPLICATION}]
)
def test_the_invitation_asks_for_the_least(environment: dict[str, str]) -> None:
    """Two scopes and four permissions, none of which reads or changes what others wrote elsewhere."""
    link = invitation(environment)
    query = parse_qs(urlsplit(link).query)
    assert link.startswith("https://discord.com/oauth2/authorize?")
    assert query["client_id"] == [APPLICATION]
    assert query["scope"] == ["bot applications.commands"]
    asked = {name for name, given in discord.Permissions(int(query["permissions"][0])) if given}
    assert asked == {"read_messages", "send_messages", "send_messages_in_threads", "read_message_history"}


@pytest.mark.parametrize(
    "environment", [{}, {"DISCORD_TOKEN": NOT_A_NUMBER}, {"DISCORD_APPLICATION_ID": "my bot", "DISCORD_TOKEN": TOKEN}, {"DISCORD_TOKEN": "hunter2"}]
)
def test_without_an_application_there_is_no_invitation(environment: dict[str, str]) -> None:
    """One line; nothing of the token is in it."""
    with pytest.raises(UsageError) as caught:
        invitation(environment)
    assert "\n" not in str(caught.value)
    assert not any(value in str(caught.value) for value in environment.values())


def test_an_invitation_needs_neither_articles_nor_a_connection(tmp_path: Path) -> None:
    """`bot discord --invite` in an empty folder prints the link alone."""
    done = run("discord", "--invite", cwd=tmp_path, DISCORD_TOKEN=TOKEN)
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, invitation({"DISCORD_TOKEN": TOKEN}) + "\n", b"")
