"""The Discord application against a fake Discord, over real sockets, in one process."""

from __future__ import annotations

import asyncio
import datetime
import gc
import logging
import os
import shutil
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import discord
import fake_discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from fake_discord import APPLICATION, BOT, CHANNEL, DEFERRED, MESSAGE, OPENAPI, TOKEN, FakeDiscord

from bot import config, discord_app, discord_client, discord_views
from bot.answer import Answer
from bot.assistant import Assistant
from bot.credentials import read_proxy, read_token
from bot.discord_app import App
from bot.discord_client import language_of
from bot.discord_message import Act, Text, components_of, frame_language, message
from bot.errors import CorpusError, StoreError, UsageError
from bot.limits import Limits
from bot.store import ServerSettings, Shown, Store
from bot.watch import Watch

DATA = Path(__file__).parent / "data" / "other_topic"
FERRIES = "Are the ferries running again?"


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    return Assistant.load(config.Settings(DATA / "corpus", DATA / "faq.yaml", None))


class Slow(Assistant):
    """An assistant that answers when it is let."""

    def __init__(self, other: Assistant) -> None:
        self.__dict__.update(other.__dict__)
        self.let = threading.Event()

    def ask(self, question: str, *, language: str | None = None, until: datetime.date | None = None) -> Answer:
        self.let.wait(fake_discord.PATIENCE)
        return super().ask(question, language=language, until=until)


class Broken(Slow):
    """An assistant with a bug."""

    def ask(self, question: str, *, language: str | None = None, until: datetime.date | None = None) -> Answer:
        self.let.wait(fake_discord.PATIENCE)
        raise RuntimeError(f"an inner secret about {question}")


@asynccontextmanager
async def connected(
    assistant: Assistant,
    cache: Path | None = None,
    fake: FakeDiscord | None = None,
    *,
    store: Store | None = None,
    reads_posts: bool = False,
    watch: Watch | None = None,
    make: Callable[..., App] = App,
) -> AsyncIterator[FakeDiscord]:
    """A bot that is online at a fake Discord; at the end, the fake has found nothing to refuse."""
    fake = fake or FakeDiscord()
    if not fake.port:
        await fake.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Route, "BASE", f"http://127.0.0.1:{fake.port}/api/v10")
        patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(f"ws://127.0.0.1:{fake.port}/"))
        async with make(assistant, store or Store.open("none"), cache=cache, reads_posts=reads_posts, watch=watch) as client:
            running = asyncio.ensure_future(client.start(TOKEN))
            sessions = len(fake.identified)
            waiting = asyncio.ensure_future(fake.online(sessions + 1))
            await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
            if not waiting.done():
                running.result()
            yield fake
            running.cancel()
    await fake.stop()
    assert fake.faults == []


def scene(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(play())


def shown(assistant: Assistant, question: str, reader: str = "en", *, asked: bool = True) -> str:
    """The text of the message that answers a question: as the response to a command, or (not `asked`) as a reply."""
    answer = assistant.ask(question)
    return "\n".join(b.content for b in message(answer, frame_language(answer, reader), asked=asked) if isinstance(b, Text))


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets how long an answer may take before Discord is told to wait."""

    def wait(seconds: float) -> None:
        for module in (discord_app, discord_views):
            monkeypatch.setattr(module, "PATIENCE", seconds)

    return wait


@pytest.fixture(autouse=True)
def _without_cooldown(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """People may ask as fast as they like, except in tests of that."""
    if "cooldown" not in request.keywords:
        monkeypatch.setattr(Limits, "person", lambda *_: None)


@pytest.mark.skipif(
    not OPENAPI.exists(), reason=f"Discord's OpenAPI file is not at {OPENAPI} (DISCORD_OPENAPI): payloads are held against our own checks alone"
)
def test_the_fake_refuses_what_discord_would_refuse() -> None:
    """The checks of the fake find a wrong payload: otherwise the absence of faults says nothing."""
    specification = fake_discord.Specification(OPENAPI)
    wrong = {"type": 4, "data": {"components": [{"type": 10, "content": ""}]}}
    assert list(specification.faults(fake_discord.Sent("POST", "/interactions/1/t/callback", wrong)))
    right = {"type": 4, "data": {"components": [{"type": 10, "content": "text"}], "flags": fake_discord.IS_COMPONENTS_V2, "allowed_mentions": {"parse": []}}}
    assert not list(specification.faults(fake_discord.Sent("POST", "/interactions/1/t/callback", right)))
    assert not list(fake_discord.faults_of_message(right["data"]))  # type: ignore[arg-type]
    assert len(list(fake_discord.faults_of_message({"content": "hello", "components": [{"type": 10, "content": "x" * 4001}], "flags": 0}))) == 3


def test_the_slash_command_answers_with_the_message_of_the_answer(assistant: Assistant) -> None:
    """/ask gives, in public, the message that the assistant's answer makes."""

    async def play() -> None:
        async with connected(assistant) as fake:
            reply = await fake.callback(await fake.ask(FERRIES))
            assert reply.body["type"] == MESSAGE
            assert not reply.ephemeral
            assert reply.text == shown(assistant, FERRIES)
            assert reply.message["flags"] & fake_discord.SUPPRESS_EMBEDS

    scene(play)


@pytest.mark.parametrize("guild", [True, False])
def test_a_private_answer_is_seen_by_the_asker_alone(assistant: Assistant, guild: bool) -> None:
    """With private:True the answer is ephemeral, in a server and in a direct message."""

    async def play() -> None:
        async with connected(assistant) as fake:
            assert (await fake.callback(await fake.ask(FERRIES, private=True, guild=guild))).ephemeral

    scene(play)


def test_a_question_in_no_language_is_answered_in_the_readers(assistant: Assistant) -> None:
    """Where the question's language is not known, the frame sentences are in the language of the person's Discord."""

    async def play() -> None:
        async with connected(assistant) as fake:
            assert "No se ha hecho ninguna pregunta" in (await fake.callback(await fake.ask("   ", locale="es-419"))).text
            assert "No question was asked" in (await fake.callback(await fake.ask("   ", locale="ja"))).text

    scene(play)


def test_a_question_over_the_limit_is_refused_with_the_reason(assistant: Assistant) -> None:
    """6,000 characters arrive, since Discord's client allows them; they are refused, not cut."""

    async def play() -> None:
        async with connected(assistant) as fake:
            assert "longer than 2,000 characters" in (await fake.callback(await fake.ask("ferry " * 1000))).text

    scene(play)


def test_suggestions_are_titles_in_the_readers_language(assistant: Assistant) -> None:
    """Autocomplete gives titles of entries in the language of the person's Discord, and /ask answers each of them."""

    async def play() -> None:
        async with connected(assistant) as fake:
            assert FERRIES in await fake.type("are fer")
            spanish = await fake.type("ferris", locale="es-ES")
            assert "¿funcionan otra vez los ferris?" in spanish
            assert await fake.type("zzzz") == []
            assert len(await fake.type("")) == min(25, len(assistant.faq.entries))
            expected = shown(assistant, spanish[0])  # before it is asked: the first question in a script may take long
            assert (await fake.callback(await fake.ask(spanish[0]))).text == expected

    scene(play)


def test_a_slow_answer_is_announced_and_follows(assistant: Assistant, patience: Callable[[float], None]) -> None:
    """When the answer takes long, Discord is told to wait, as private as the answer; other questions are not held up."""
    patience(0.01)

    async def play() -> None:
        slow = Slow(assistant)
        async with connected(slow) as fake:
            number = await fake.ask(FERRIES, private=True)
            waiting = await fake.callback(number)
            assert waiting.body["type"] == DEFERRED
            assert waiting.ephemeral
            assert FERRIES in await fake.type("are fer")
            await fake.write(f"<@{BOT}> {FERRIES}", mentions_bot=True)
            await fake.request("POST", f"/channels/{CHANNEL}/typing")
            slow.let.set()
            assert (await fake.original(number)).text == shown(assistant, FERRIES)
            assert (await fake.reply()).text == shown(assistant, FERRIES, asked=False)

    scene(play)


@pytest.mark.parametrize("content", [f"<@{BOT}> {FERRIES}", f"<@!{BOT}>{FERRIES}", f"<@777> {FERRIES} <@{BOT}>", FERRIES])
def test_a_mention_is_answered_as_a_reply(assistant: Assistant, content: str) -> None:
    """A message that mentions the bot, or replies to it with a ping, is answered with a reply that pings nobody."""

    async def play() -> None:
        async with connected(assistant) as fake:
            number = await fake.write(content, mentions_bot=True)
            reply = await fake.reply()
            assert reply.text == shown(assistant, FERRIES, "es", asked=False)
            assert str(reply.body["message_reference"]["message_id"]) == number

    scene(play)


def test_a_direct_message_is_answered(assistant: Assistant) -> None:
    """A direct message needs no mention."""

    async def play() -> None:
        async with connected(assistant) as fake:
            await fake.write(FERRIES, guild=False)
            assert (await fake.reply(guild=False)).text == shown(assistant, FERRIES, asked=False)

    scene(play)


def test_what_is_not_for_the_bot_is_left_alone(assistant: Assistant) -> None:
    """Messages without a mention, of bots and webhooks, and Discord's own notices get no answer."""

    async def play() -> None:
        async with connected(assistant) as fake:
            await fake.write(FERRIES)
            await fake.write(FERRIES, mentions_bot=True, author={"id": "8", "username": "b", "discriminator": "0", "avatar": None, "bot": True})
            await fake.write(FERRIES, mentions_bot=True, webhook_id="99")
            await fake.write("", mentions_bot=True, type=7)
            last = await fake.write(FERRIES, mentions_bot=True)
            assert str((await fake.reply()).body["message_reference"]["message_id"]) == last
            assert len(fake.requests("POST", "/channels/.*")) == 1

    scene(play)


def test_a_failure_is_told_with_a_number_that_the_log_has(assistant: Assistant, caplog: pytest.LogCaptureFixture, patience: Callable[[float], None]) -> None:
    """A bug costs the person one private line without internals; the log has its traceback under the same number."""

    async def play() -> None:
        broken = Broken(assistant)
        broken.let.set()
        async with connected(broken) as fake:
            reply = await fake.callback(await fake.ask(FERRIES))
            assert reply.ephemeral
            await fake.write(f"<@{BOT}> hello", mentions_bot=True)
            for text in (reply.text, (await fake.reply()).text):
                assert "secret" not in text
                assert len(text.splitlines()) == 1
                number = text.rstrip(".").split()[-1]
                assert any(number in record.getMessage() and record.exc_info for record in caplog.records)
            patience(0.01)
            broken.let.clear()
            deferred = await fake.ask(FERRIES)
            await fake.callback(deferred)
            broken.let.set()
            late = await fake.request("POST", f"/webhooks/{APPLICATION}/token-{deferred}")
            assert late.ephemeral
            assert "Something went wrong" in late.text
            assert fake.requests("DELETE", f"/webhooks/{APPLICATION}/token-{deferred}/messages/@original")

    scene(play)


def test_no_question_is_in_the_log(assistant: Assistant, caplog: pytest.LogCaptureFixture) -> None:
    """At level info the log has nothing of what people ask, and never the token."""
    caplog.set_level(logging.INFO)

    async def play() -> None:
        async with connected(assistant) as fake:
            await fake.callback(await fake.ask(FERRIES))
            await fake.write(FERRIES, guild=False)
            await fake.reply(guild=False)

    scene(play)
    assert "ferries" not in caplog.text
    (asked, written) = [record.__dict__ for record in caplog.records if record.getMessage() == "question"]
    assert (asked["status"], asked["entry"], asked["language"]) == ("answered", "are-ferries-running", "en")
    assert FERRIES not in repr([asked, written])
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("deferred", [False, True])
def test_an_expired_interaction_is_dropped(
    assistant: Assistant, deferred: bool, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, patience: Callable[[float], None]
) -> None:
    """Where Discord says that nobody waits any more, nothing more is sent and nothing is logged; the bot goes on."""
    patience(0 if deferred else 30)
    monkeypatch.setattr(logging.getLogger("discord.app_commands.tree"), "filters", [discord_app._is_awaited])

    async def play() -> None:
        async with connected(assistant) as fake:
            fake.refusals["/callback"] = (404, discord_client.UNKNOWN_INTERACTION)
            late = await fake.ask(FERRIES)
            await fake.callback(late)
            typed = asyncio.ensure_future(fake.type("fer"))
            await fake.request("POST", "/interactions/.*/callback", 2)
            fake.refusals.clear()
            await fake.callback(await fake.ask(FERRIES))
            assert FERRIES in await typed
            assert len(fake.requests("POST", f"/interactions/{late}/.*")) == 1
            assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []

    scene(play)


def test_a_channel_without_permission_is_no_failure(assistant: Assistant, caplog: pytest.LogCaptureFixture) -> None:
    """Where the bot may not write, it does not; it goes on elsewhere."""

    async def play() -> None:
        async with connected(assistant) as fake:
            fake.refusals[f"/channels/{CHANNEL}"] = (403, 50013)
            await fake.write(FERRIES, mentions_bot=True)
            await fake.reply()
            await fake.write(FERRIES, guild=False)
            await fake.reply(guild=False)
            assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []

    scene(play)


def test_a_cut_connection_is_taken_up_again(assistant: Assistant) -> None:
    """A question that came while the bot was disconnected is answered when its session resumes."""

    async def play() -> None:
        async with connected(assistant) as fake:
            await fake.callback(await fake.ask("first"))
            await fake.cut()
            meanwhile = await fake.ask(FERRIES)
            assert (await fake.callback(meanwhile)).text == shown(assistant, FERRIES)
            assert fake.resumed == 1
            assert len(fake.identified) == 1

    scene(play)


@pytest.mark.parametrize(("packet", "resumes"), [({"op": 7}, 1), ({"op": 9, "d": True}, 1), ({"op": 9, "d": False}, 0)])
def test_discord_may_send_the_bot_away(assistant: Assistant, packet: dict[str, object], resumes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to reconnect, or that its session is over, the bot comes back, and answers what was asked since."""
    real = asyncio.sleep
    monkeypatch.setattr("discord.gateway.asyncio.sleep", lambda seconds, *more: real(min(seconds, 0.01), *more))

    async def play() -> None:
        async with connected(assistant) as fake:
            await fake.callback(await fake.ask("first"))
            await fake.tell(packet)
            await fake.until(lambda: fake.resumed >= resumes and len(fake.identified) >= 2 - resumes)
            assert (await fake.callback(await fake.ask(FERRIES))).text == shown(assistant, FERRIES)
            assert (fake.resumed, len(fake.identified)) == (resumes, 2 - resumes)

    scene(play)


def test_a_rate_limit_is_waited_for(assistant: Assistant) -> None:
    """A request that Discord refuses with 429 is made again after the time that it names, and the person gets one answer."""

    async def play() -> None:
        async with connected(assistant) as fake:
            fake.limited = 1
            number = await fake.ask(FERRIES)
            await fake.request("POST", f"/interactions/{number}/.*", 2)
            assert (await fake.shown(number))["flags"] & fake_discord.IS_COMPONENTS_V2
            fake.limited = 1
            await fake.write(FERRIES, guild=False)
            await fake.reply(2, guild=False)
            assert fake.faults == []

    scene(play)


def test_a_failing_discord_is_asked_again(assistant: Assistant) -> None:
    """A 500 is tried again by the library; where it stays, the bot logs it and goes on."""

    async def play() -> None:
        async with connected(assistant) as fake:
            fake.failing = 1
            await fake.write(FERRIES, guild=False)
            await fake.reply(2, guild=False)
            assert (await fake.callback(await fake.ask(FERRIES))).text == shown(assistant, FERRIES)

    scene(play)


def test_an_interaction_that_was_answered_already_is_left_alone(
    assistant: Assistant, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Discord says that a response is one too many, nothing more is sent for it, nothing is logged, and the bot goes on."""
    monkeypatch.setattr(logging.getLogger("discord.app_commands.tree"), "filters", [discord_app._is_awaited])

    async def play() -> None:
        async with connected(assistant) as fake:
            fake.refusals["/callback"] = (400, discord_client.ALREADY_ANSWERED)
            twice = await fake.ask(FERRIES)
            await fake.callback(twice)
            fake.refusals.clear()
            await fake.callback(await fake.ask(FERRIES))
            assert len([sent for sent in fake.sent if twice in sent.path]) == 1
            assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []

    scene(play)


FORGED = [
    ("another author's message", {"author": {"id": "666", "username": "x", "discriminator": "0", "avatar": None}}, "answer:context", None),
    ("a button that the message has not", {}, "answer:share", None),
    ("a list's page on an answer", {}, "faq:1", None),
    ("the settings on an answer", {}, "settings:language", ["ko"]),
    ("an entry that was not offered", {}, "ask:entry", ["refund"]),
    ("a question that was not offered", {}, "answer:next", ["@everyone"]),
    ("no button of this bot", {}, "give:admin", None),
    ("no custom_id at all", {}, "", None),
    ("a very long one", {}, "answer:" + "x" * 5000, None),
]


@pytest.mark.parametrize(("message", "custom_id", "values"), [f[1:] for f in FORGED], ids=[f[0] for f in FORGED])
def test_a_forged_press_gets_one_private_line(
    assistant: Assistant, message: dict[str, object], custom_id: str, values: list[str] | None, caplog: pytest.LogCaptureFixture
) -> None:
    """What a message of the bot does not have, with the options that it has, is not done for anybody; nothing fails."""

    async def play() -> None:
        async with connected(assistant) as fake:
            seen = await fake.shown(await fake.ask(FERRIES))
            told = await fake.callback(await fake.press({**seen, **message}, custom_id, values))
            assert told.ephemeral
            assert told.text == "This message has no such button of this bot."
            assert len(fake.messages) == 2

    scene(play)
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_an_answer_that_the_store_does_not_know_says_so(assistant: Assistant) -> None:
    """The same message with another number, or in another channel, is none that the bot remembers."""

    async def play() -> None:
        async with connected(assistant) as fake:
            seen = await fake.shown(await fake.ask(FERRIES))
            for elsewhere, channel in (({"id": "123"}, CHANNEL), ({}, 999)):
                for act in (Act.CONTEXT, Act.HELPFUL, Act.DELETE):
                    told = await fake.callback(await fake.press({**seen, **elsewhere}, act, channel=channel))
                    assert told.ephemeral
                    assert "no longer kept" in told.text
            assert seen["id"] in fake.messages

    scene(play)


def test_a_forged_form_is_no_form(assistant: Assistant) -> None:
    """A form that the bot does not have, or without its field, gets the same private line; its own is answered."""

    async def play() -> None:
        async with connected(assistant) as fake:
            for custom_id, fields in (("ask:other", {"question": FERRIES}), ("ask:reword", {"evil": FERRIES}), ("ask:reword", {})):
                assert (await fake.callback(await fake.submit(custom_id, fields))).text == "This message has no such button of this bot."
            told = await fake.callback(await fake.submit("ask:reword", {"question": FERRIES}))
            assert told.ephemeral
            assert told.text == shown(assistant, FERRIES)
            assert "longer than 2,000 characters" in (await fake.callback(await fake.submit("ask:reword", {"question": "x" * 4000}))).text

    scene(play)


def test_settings_cannot_be_forged(assistant: Assistant) -> None:
    """The command and the panel are for those who manage the server, whatever a client sends; channels of elsewhere are not taken."""
    store = Store.open("none")

    async def play() -> None:
        async with connected(assistant, store=store) as fake:
            assert "Only someone who manages this server" in (await fake.callback(await fake.command("settings"))).text
            panel = await fake.shown(await fake.command("settings", permissions=fake_discord.MANAGE_SERVER))
            denied = await fake.callback(await fake.press(panel, "settings:language", ["ko"]))
            assert "Only someone who manages this server" in denied.text
            assert store.settings(fake_discord.GUILD).language is None
            moderator = {"permissions": fake_discord.MANAGE_SERVER}
            update = await fake.callback(await fake.press(panel, "settings:channels", ["1", "x", str(CHANNEL)], **moderator))
            assert update.body["type"] == fake_discord.UPDATE
            await fake.callback(await fake.press(panel, "settings:cooldown", ["12"], **moderator))
            await fake.callback(await fake.press(panel, "settings:cooldown", ["30"], **moderator))
            chosen = store.settings(fake_discord.GUILD)
            assert chosen == ServerSettings(channels=frozenset({CHANNEL}), cooldown=30)

    scene(play)


def test_another_locale_reads_another_language(assistant: Assistant) -> None:
    """What is for one person is in the language of that person's Discord, buttons too; one that the bot does not speak gets English."""

    async def play() -> None:
        async with connected(assistant) as fake:
            for locale, said in (("es-419", "cada respuesta"), ("ko", "30일"), ("uk", "30 дн."), ("ja", "for 30 days")):
                assert said in (await fake.callback(await fake.command("privacy", locale=locale))).text
            spanish = await fake.shown(await fake.command("timeline", locale="es-ES"))
            assert "Qué se dijo" in fake_discord.Sent("", "", spanish).text
            korean = await fake.shown(await fake.ask("  ", locale="ko", guild=False))
            assert [c["label"] for c in fake_discord.components(korean) if c["type"] == 2] == ["삭제"]

    scene(play)


def test_a_menu_reads_any_message(assistant: Assistant) -> None:
    """A message of words, of an embed or of components can be asked about; one of nothing is a question of nothing."""

    async def play() -> None:
        async with connected(assistant) as fake:
            said: list[dict[str, Any]] = [
                {"content": f"<@1> {FERRIES}"},
                {"content": "", "embeds": [{"type": "rich", "description": FERRIES}]},
                {
                    "content": "",
                    "flags": fake_discord.IS_COMPONENTS_V2,
                    "components": [{"type": 17, "id": 1, "components": [{"type": 10, "id": 2, "content": FERRIES}]}],
                },
            ]
            for message in said:
                told = await fake.callback(await fake.menu("Ask about this", message))
                assert told.ephemeral
                assert told.text == shown(assistant, FERRIES)
            assert "No question was asked" in (await fake.callback(await fake.menu("Ask about this", {"content": ""}))).text
            assert "too few words" in (await fake.callback(await fake.menu("Check this quote", {"content": ""}))).text

    scene(play)


def test_a_slow_refusal_is_private_too(assistant: Assistant, patience: Callable[[float], None]) -> None:
    """Where Discord was told to wait in public and there is no answer, that message goes and the asker alone is told."""
    patience(0.01)
    refused = "Who is the mayor of Ulm?"

    async def play() -> None:
        slow = Slow(assistant)
        async with connected(slow) as fake:
            number = await fake.ask(refused)
            assert not (await fake.callback(number)).ephemeral
            slow.let.set()
            told = await fake.request("POST", f"/webhooks/{APPLICATION}/token-{number}")
            assert told.ephemeral
            assert told.text == shown(assistant, refused)
            assert fake.requests("DELETE", f"/webhooks/{APPLICATION}/token-{number}/messages/@original")

    scene(play)


POST: Any = {"id": "77000", "channel": 77000}
"""The first message of a forum's post has the post's number."""


@pytest.mark.parametrize("known", [True, False])
def test_a_post_of_a_chosen_forum_is_answered_once(assistant: Assistant, known: bool) -> None:
    """By its first message, whether or not Discord told of the post before; never twice, nor a later message, nor where there is no answer."""
    store = Store.open("none")
    store.save_settings(fake_discord.GUILD, ServerSettings(forums=frozenset({fake_discord.FORUM}), cooldown=0))

    async def play() -> None:
        async with connected(assistant, store=store, reads_posts=True) as fake:
            assert fake.identified[0]["intents"] & 1 << 15
            if known:
                await fake.dispatch("THREAD_CREATE", {**fake_discord._thread(POST["id"]), "newly_created": True})
            await fake.write("Help please", **POST)
            reply = await fake.request("POST", f"/channels/{POST['id']}/messages")
            assert reply.text == shown(assistant, FERRIES, "es", asked=False)
            await fake.write("Help please", **POST)
            await fake.write(FERRIES, channel=77000)
            await fake.write("Good morning!", id="88000", channel=CHANNEL)
            await fake.callback(await fake.ask("the end"))
            assert len(fake.requests("POST", "/channels/.*")) == 1
            assert len(fake.requests("GET", f"/channels/{POST['id']}")) == (0 if known else 1)

    scene(play)


def test_a_post_may_be_a_title_and_a_picture(assistant: Assistant) -> None:
    """Where the first message has no words, the title alone is the question."""
    store = Store.open("none")
    store.save_settings(fake_discord.GUILD, ServerSettings(forums=frozenset({fake_discord.FORUM})))

    async def play() -> None:
        async with connected(assistant, store=store, reads_posts=True) as fake:
            await fake.write("", **POST)
            assert (await fake.request("POST", f"/channels/{POST['id']}/messages")).text == shown(assistant, FERRIES, "es", asked=False)

    scene(play)


def test_messages_that_are_not_for_the_bot_cost_nothing(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the intent for posts, the store is not even asked about a message that does not mention the bot; a failing store is not asked at every question."""
    store, asked = Store.open("none"), list[int]()

    def failing(server: int) -> ServerSettings:
        asked.append(server)
        raise StoreError("the store is away")

    monkeypatch.setattr(store, "settings", failing)

    async def play() -> None:
        async with connected(assistant, store=store) as fake:
            await fake.write(FERRIES)
            await fake.write(FERRIES, guild=False)
            await fake.reply(guild=False)
            assert asked == []
            for number in range(1, 4):
                await fake.write(FERRIES, mentions_bot=True)
                await fake.reply(number)
            assert asked == [fake_discord.GUILD]

    scene(play)


def test_an_unchosen_forum_is_left_alone(assistant: Assistant) -> None:
    """Without a choice of the moderators no post is answered, nor asked after."""

    async def play() -> None:
        async with connected(assistant, reads_posts=True) as fake:
            await fake.write("Help please", **POST)
            await fake.callback(await fake.ask("the end"))
            assert not fake.requests("POST", "/channels/.*")
            assert not fake.requests("GET", "/channels/.*")

    scene(play)


def copied(folder: Path) -> Assistant:
    """An assistant on a copy of the fictional corpus."""
    shutil.copytree(DATA, folder)
    return Assistant.load(config.Settings(folder / "corpus", folder / "faq.yaml", None))


def test_the_owner_reloads_what_the_bot_answers_from(tmp_path: Path) -> None:
    """A changed FAQ is answered from after /reload; a broken one is told privately with file and line, and the old one goes on."""

    async def play() -> None:
        first = copied(tmp_path / "data")
        async with connected(first) as fake:
            faq = tmp_path / "data/faq.yaml"
            whole = faq.read_text(encoding="utf-8")
            faq.write_text(
                whole + "\n- id: second\n  question: What is a rudder bearing made of?\n  evidence: [{article: nowhere, quote: x}]\n", encoding="utf-8"
            )
            number = await fake.command("reload")
            assert (await fake.callback(number)).ephemeral
            told = (await fake.original(number)).text.replace("\\", "")
            assert "Not reloaded" in told
            assert f"{faq}:{len(whole.splitlines()) + 4}:" in told
            assert "no article 'nowhere'" in told
            assert (await fake.callback(await fake.ask(FERRIES))).text == shown(first, FERRIES)
            faq.write_text(whole.replace("Are the ferries running again?", "Do the boats go again?"), encoding="utf-8")
            again = await fake.command("reload")
            assert (await fake.original(again)).text == f"Reloaded; articles\\: 5, questions\\: {len(first.faq.entries)}."
            assert "Do the boats go again?" in await fake.type("boats")

    scene(play)


@pytest.mark.parametrize(("role", "may"), [("admin", True), ("developer", True), ("read_only", False)])
def test_of_a_team_those_reload_who_may_change_the_bot(assistant: Assistant, role: str, may: bool, tmp_path: Path) -> None:
    """Where a team owns the bot, its owner, administrators and developers may; a person of no team never."""
    member = {
        "user": {"id": "55", "username": "t", "discriminator": "0", "avatar": None},
        "role": role,
        "membership_state": 2,
        "permissions": ["*"],
        "team_id": "9",
    }

    async def play() -> None:
        fake = FakeDiscord(team={"id": "9", "name": "team", "icon": None, "owner_user_id": "44", "members": [member]})
        async with connected(copied(tmp_path / "data"), fake=fake) as fake:
            allowed = []
            for person in (55, 44, fake_discord.PERSON):
                first = await fake.callback(await fake.command("reload", person=person, permissions=fake_discord.MANAGE_SERVER))
                allowed.append(first.body["type"] == DEFERRED)
                if allowed[-1]:
                    await fake.until(lambda: len(fake.requests("PATCH", "/webhooks/.*")) == sum(allowed))
            assert allowed == [may, True, False]

    scene(play)


def test_questions_on_their_way_finish_on_what_they_began_with(tmp_path: Path, patience: Callable[[float], None]) -> None:
    """A question that was asked before a reload is answered by the assistant of then; the next by the new one."""
    patience(0.01)

    async def play() -> None:
        slow = Slow(copied(tmp_path / "data"))
        async with connected(slow) as fake:
            number = await fake.ask(FERRIES)
            await fake.callback(number)
            faq = tmp_path / "data/faq.yaml"
            text = faq.read_text(encoding="utf-8")
            faq.write_text(text.replace("Are the ferries running again?", "Do the boats go again?"), encoding="utf-8")
            await fake.original(await fake.command("reload"))
            assert "Do the boats go again?" in await fake.type("boats")
            slow.let.set()
            assert (await fake.original(number)).text == shown(slow, FERRIES)

    scene(play)


def test_who_would_wait_for_others_is_told_at_once(assistant: Assistant, patience: Callable[[float], None]) -> None:
    """Where a queue stands, Discord is told to wait before an answer is looked for; a refusal is for the asker alone all the same."""
    patience(fake_discord.PATIENCE)

    async def play() -> None:
        slow = Slow(assistant)
        async with connected(slow) as fake:
            ahead = [await fake.ask(FERRIES) for _ in range(discord_client.QUEUE)]
            answered, refused = await fake.ask(FERRIES), await fake.ask("Who won the chess final?")
            assert [(await fake.callback(number)).body["type"] for number in (answered, refused)] == [DEFERRED, DEFERRED]
            slow.let.set()
            assert [(await fake.callback(number)).body["type"] for number in ahead] == [MESSAGE] * len(ahead)
            assert (await fake.original(answered)).text == shown(assistant, FERRIES)
            assert (await fake.request("POST", "/webhooks/.*")).ephemeral

    scene(play)


def test_a_burst_is_acknowledged(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many questions at once each gets one response: an answer, that one will come, or that the bot is busy; then it answers as before."""
    monkeypatch.setattr(discord_client, "MOST_AT_ONCE", 50)

    async def play() -> None:
        async with connected(assistant) as fake:
            numbers = [await fake.ask(FERRIES, private=True) for _ in range(200)]
            first = [await fake.callback(number) for number in numbers]
            assert {reply.body["type"] for reply in first} <= {MESSAGE, DEFERRED}
            assert sum("Too many questions at once" in reply.text for reply in first) <= 150
            await fake.until(lambda: len(fake.requests("PATCH", "/webhooks/.*")) == sum(r.body["type"] == DEFERRED for r in first))
            assert len(fake.requests("POST", "/interactions/.*")) == 200
            assert (await fake.callback(await fake.ask(FERRIES))).text == shown(assistant, FERRIES)

    scene(play)


def test_a_flood_from_one_server_leaves_the_others_their_turn(assistant: Assistant, monkeypatch: pytest.MonkeyPatch, patience: Callable[[float], None]) -> None:
    """Where one server has filled the queue, another still gets its share of it, is answered in turn, and is told that the bot is busy beyond that."""
    monkeypatch.setattr(discord_client, "MOST_AT_ONCE", 6)
    patience(0)

    async def play() -> None:
        slow = Slow(assistant)
        async with connected(slow) as fake:
            flood = [await fake.ask(FERRIES) for _ in range(8)]
            first = [await fake.callback(number) for number in flood]
            assert ["Too many" in reply.text for reply in first] == [False] * 6 + [True] * 2
            other = [await fake.ask(FERRIES, guild_id="999") for _ in range(4)]
            assert ["Too many" in (await fake.callback(number)).text for number in other] == [False] * 3 + [True]
            assert "Too many" in (await fake.callback(await fake.ask(FERRIES))).text
            slow.let.set()
            await fake.until(lambda: len(fake.requests("PATCH", "/webhooks/.*")) == 9)
            order = [next(n for n in flood + other if f"token-{n}/" in sent.path) for sent in fake.requests("PATCH", "/webhooks/.*")]
            assert [number in other for number in order] == [False, False, True, False, True, False, True, False, False]

    scene(play)


def test_a_press_that_comes_before_the_store_has_written_is_not_in_vain(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is faster than the store is not told that an answer is forgotten."""

    async def play() -> None:
        store, let = Store.open("none"), threading.Event()
        written = store.remember

        def slowly(row: Shown) -> None:
            let.wait(fake_discord.PATIENCE)
            written(row)

        monkeypatch.setattr(store, "remember", slowly)
        async with connected(assistant, store=store) as fake:
            seen = await fake.shown(await fake.ask(FERRIES))
            assert "Noted" in (await fake.callback(await fake.press(seen, Act.HELPFUL))).text
            let.set()

    scene(play)


def test_a_store_that_does_not_answer_holds_nobody_up(assistant: Assistant, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Questions are answered with the default settings; buttons work from memory; a vote is told that it is written later, and then it is."""
    monkeypatch.setattr(discord_client, "PATIENCE", 0.05)
    let = threading.Event()

    async def play() -> None:
        store = Store.open(str(tmp_path / "store.sqlite3"))

        def slowly(method: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
            let.wait(fake_discord.PATIENCE)
            return method(*arguments, **named)

        for name in ("settings", "remember", "rate"):
            monkeypatch.setattr(store, name, partial(slowly, getattr(store, name)))
        async with connected(assistant, store=store) as fake:
            seen = await fake.shown(await fake.ask(FERRIES))
            told = await fake.callback(await fake.press(seen, Act.HELPFUL))
            assert told.ephemeral
            assert "written down when the bot's store can be reached again" in told.text
            assert store.ratings() == []
            let.set()
            while not store.ratings():
                await asyncio.sleep(0.01)
            assert store.shown(int(seen["id"]))

    scene(play)


def test_nothing_is_kept_in_memory_for_a_message(assistant: Assistant) -> None:
    """discord.py holds no view of an answer: a hundred answers take no more of its memory than one."""

    async def play() -> None:
        async with connected(assistant) as fake:
            await fake.callback(await fake.ask(FERRIES))
            for _ in range(10):
                seen = await fake.shown(await fake.ask(FERRIES))
                await fake.callback(await fake.press(seen, Act.NOT_MY_QUESTION))
            views = [o for o in gc.get_objects() if isinstance(o, discord.ui.view.ViewStore)]
            assert views
            assert not any(store._views or store._modals or store._synced_message_views for store in views)

    scene(play)


def test_it_asks_discord_for_no_message_content(assistant: Assistant) -> None:
    """The bot identifies itself with the intents for servers and messages, none of them privileged."""

    async def play() -> None:
        async with connected(assistant) as fake:
            assert fake.identified[0]["intents"] == 1 << 0 | 1 << 9 | 1 << 12

    scene(play)


def test_commands_are_synced_when_they_differ(assistant: Assistant, tmp_path: Path) -> None:
    """Commands are sent to Discord at the first start and when they changed since, for each application."""

    async def play() -> None:
        fake = FakeDiscord()
        puts = f"/applications/{APPLICATION}/commands"
        for expected in (1, 1):
            async with connected(assistant, tmp_path / "new", fake):
                assert len(fake.requests("PUT", puts)) == expected
            fake.port = 0
        (remembered,) = (tmp_path / "new").iterdir()
        remembered.write_text("another payload", encoding="utf-8")
        async with connected(assistant, tmp_path / "new", fake):
            command = next(c for c in (await fake.request("PUT", puts, 2)).body if c["name"] == "ask")
            assert command["integration_types"] == [0, 1]
            assert command["contexts"] == [0, 1, 2]
            assert command["description_localizations"]["es-ES"] != command["description"]
            assert command["name_localizations"]["ko"] == "질문하기"
            assert [option["name"] for option in command["options"]] == ["question", "private"]

    scene(play)


@pytest.mark.parametrize("kept", ["nowhere", "in a folder that cannot be written"])
def test_commands_are_synced_always_where_nothing_is_kept(assistant: Assistant, tmp_path: Path, kept: str) -> None:
    """Without a cache, or with one that cannot be written, every start syncs."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    async def play() -> None:
        fake = FakeDiscord()
        for expected in (1, 2):
            async with connected(assistant, None if kept == "nowhere" else tmp_path / "file", fake):
                assert len(fake.requests("PUT", ".*/commands")) == expected
            fake.port = 0

    scene(play)


def test_a_refused_sync_does_not_keep_the_bot_from_answering(assistant: Assistant, tmp_path: Path) -> None:
    """Where Discord refuses the commands, the bot logs it, tries again at the next start, and answers meanwhile."""

    async def play() -> None:
        fake = FakeDiscord(refusals={"/commands": (400, 50035)})
        async with connected(assistant, tmp_path, fake):
            await fake.write(FERRIES, guild=False)
            await fake.reply(guild=False)
        assert list(tmp_path.iterdir()) == []

    scene(play)


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({}, "no token"),
        ({"DISCORD_TOKEN": ""}, "is empty"),
        ({"DISCORD_TOKEN": "hunter2"}, "is not a bot token"),
        ({"DISCORD_TOKEN": f"Bot {TOKEN}"}, "is not a bot token"),
        ({"DISCORD_TOKEN": f'"{TOKEN}"'}, "is not a bot token"),
        ({"DISCORD_TOKEN_FILE": "/no/such/file"}, "cannot be read"),
        ({"DISCORD_TOKEN_FILE": "EMPTY"}, "is empty"),
        ({"DISCORD_TOKEN_FILE": "BINARY"}, "cannot be read: not UTF-8"),
    ],
)
def test_an_unusable_token_is_told_in_one_line(environment: dict[str, str], why: str, tmp_path: Path) -> None:
    """What is wrong with the token, and where to get one, is said in one line without the token."""
    (tmp_path / "EMPTY").write_text("\n", encoding="utf-8")
    (tmp_path / "BINARY").write_bytes(b"\xff\xfe\x00")
    given = {k: str(tmp_path / v) if v.isupper() else v for k, v in environment.items()}
    with pytest.raises(UsageError) as error:
        read_token(given)
    assert why in str(error.value)
    assert "\n" not in str(error.value)
    assert "hunter2" not in str(error.value)
    assert TOKEN not in str(error.value)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_token_may_come_from_a_file(end: str, tmp_path: Path) -> None:
    """The file's line end is not part of the token, nor is a variable's."""
    (tmp_path / "token").write_text(TOKEN + end, encoding="utf-8", newline="")
    assert read_token({"DISCORD_TOKEN_FILE": str(tmp_path / "token")}) == TOKEN
    assert read_token({"DISCORD_TOKEN": TOKEN + end}) == TOKEN


def test_the_token_leaves_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process starts later cannot read the token from its environment."""
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        with pytest.raises(CorpusError):
            discord_app.run(config.Settings(tmp_path / "none", None, None), os.environ)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert "DISCORD_TOKEN" not in os.environ


@pytest.mark.parametrize("proxy", ["nonsense", "https://", "socks5://127.0.0.1:1", "http://host:port", "http://[::1"])
def test_an_unusable_proxy_is_told(proxy: str) -> None:
    """DISCORD_PROXY must be the URL of an HTTP proxy."""
    with pytest.raises(UsageError, match="DISCORD_PROXY"):
        read_proxy({"DISCORD_PROXY": proxy})


def test_a_usable_proxy_is_used_as_given() -> None:
    """An HTTP proxy is taken with its user and password; none is none."""
    assert read_proxy({"DISCORD_PROXY": "http://user:pw@127.0.0.1:3128"}) == "http://user:pw@127.0.0.1:3128"
    assert read_proxy({}) is None
    assert read_proxy({"DISCORD_PROXY": ""}) is None


def test_every_locale_of_discord_has_a_language() -> None:
    """Locales lose their region alone."""
    assert language_of(discord.Locale.latin_american_spanish) == "es"
    assert all(language_of(locale).isalpha() for locale in discord.Locale)


def test_no_block_is_lost_on_the_way_to_discord(assistant: Assistant) -> None:
    """The components of a message are its blocks, in order, in one container."""
    blocks = message(assistant.ask(FERRIES), "en")
    (container,) = components_of(blocks)
    assert container["type"] == 17
    assert [c["content"] for c in container["components"] if c["type"] == 10] == [b.content for b in blocks if isinstance(b, Text)]
    assert [c["type"] for c in container["components"]] == [{"Text": 10, "Rule": 14}.get(type(b).__name__, 1) for b in blocks]
