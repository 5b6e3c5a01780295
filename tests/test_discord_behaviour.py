"""What people meet in Discord: every command, menu, button, form and permission, with simcord in Discord's place and a real store."""

from __future__ import annotations

import asyncio
import datetime
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from conftest import OTHER
from fake_discord import components
from simcord import ChannelHandle, Env, InteractionResult, MemberActor, ResponseMessage
from simcord.backend.errors import SetupError
from upper import cache_folder

from bot import config, discord_client, discord_pages, faq_write, limits
from bot.assistant import Assistant
from bot.discord_app import App
from bot.discord_message import escaped
from bot.store import MOST_OPEN, Asked, Outcome, ServerSettings, Store, Suggestion, Verdict

FERRIES = "Are the ferries running again?"
PASSENGERS = "How many passengers were aboard the Grey Heron?"
ULM = "Who is the mayor of Ulm?"
REFUSED = "No source mentions Ulm."


@pytest.fixture(scope="module")
def assistant() -> Assistant:
    made = Assistant.load(config.Settings(OTHER / "corpus", OTHER / "faq.yaml", None))
    made.prepare()
    return made


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(str(tmp_path / "bot.sqlite3"))
    yield opened
    opened.close()


class Stage:
    """A server with two people, a moderator and some channels, and the bot."""

    def __init__(self, env: Env) -> None:
        self.env = env
        self.guild = env.create_guild()
        self.talk, self.help = self.guild.create_text_channel("talk"), self.guild.create_text_channel("help")
        self.ada, self.bob = (self.guild.add_member(env.create_user(name)) for name in ("ada", "bob"))
        role = self.guild.create_role(
            "Mods",
            permissions=discord.Permissions(manage_guild=True, manage_messages=True, view_channel=True, send_messages=True, use_application_commands=True),
        )
        self.mod = self.guild.add_member(env.create_user("mod"), roles=[role])

    async def ask(self, question: str, who: MemberActor | None = None, channel: ChannelHandle | None = None, **options: Any) -> InteractionResult:
        """Somebody asks, long after the last question."""
        await self.env.advance_time(61)
        return await (who or self.ada).slash(channel or self.talk, "ask", question=question, **options)


@asynccontextmanager
async def stage(assistant: Assistant, store: Store, *, reads_posts: bool = False) -> AsyncIterator[Stage]:
    async with simcord.run(App(assistant, store, reads_posts=reads_posts), settle_timeout=30) as env:
        yield Stage(env)


def scene(play: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(play())


def parts(message: ResponseMessage | discord.Message) -> list[dict[str, Any]]:
    """Every component of a message."""
    raw = message.components if isinstance(message, ResponseMessage) else [c.to_dict() for c in message.components]
    return list(components({"components": raw}))


def text(message: ResponseMessage | discord.Message | None) -> str:
    """All that a message says, escapes removed."""
    assert message is not None
    said = "\n".join([message.content, *(c["content"] for c in parts(message) if c["type"] == 10)])
    return said.replace("\\", "").strip("\n")


def pressable(message: ResponseMessage | discord.Message | None) -> list[str]:
    assert message is not None
    return [c["custom_id"] for c in parts(message) if c.get("custom_id")]


def options(message: ResponseMessage | None, custom_id: str) -> list[str]:
    assert message is not None
    (menu,) = [c for c in parts(message) if c.get("custom_id") == custom_id]
    return [option["value"] for option in menu["options"]]


def answer_of(result: InteractionResult) -> ResponseMessage:
    assert result.response is not None
    return result.response


def test_everybody_sees_the_commands_for_everybody(assistant: Assistant, store: Store) -> None:
    """The settings and the reload are offered to those alone who manage the server; Discord cannot hide a part of /faq."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            everybody = {"ask", "faq browse", "faq gaps", "faq review", "faq suggest", "help", "privacy", "sources", "timeline"}
            assert set(here.ada.available_commands(here.talk)) == everybody
            assert set(here.mod.available_commands(here.talk)) == {*everybody, "settings", "reload"}

    scene(play)


def test_an_answer_is_for_all_and_a_refusal_for_the_asker(assistant: Assistant, store: Store) -> None:
    """/ask answers in public under the question; where the sources do not say, or private is chosen, the asker alone sees it and may share it."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            answered = await here.ask(FERRIES)
            assert not answered.ephemeral
            assert text(answered.response).startswith(f"-# Asked: {FERRIES}\n")
            assert "answer:share" not in pressable(answered.response)
            refused = await here.ask(ULM)
            assert refused.ephemeral
            assert REFUSED in text(refused.response)
            assert "answer:share" in pressable(refused.response)
            private = await here.ask(FERRIES, private=True)
            assert private.ephemeral
            assert [m.id for m in here.talk.history(viewer=here.bob)] == [answer_of(answered).id]

    scene(play)


def test_in_a_direct_message_nothing_has_to_be_private(assistant: Assistant, store: Store) -> None:
    """Where the asker is alone with the bot, a refusal stays in the conversation; private is private still, and there is nobody to share with."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            refused = await here.ada.user.slash("ask", question=ULM)
            assert not refused.ephemeral
            await here.env.advance_time(5)
            private = await here.ada.user.slash("ask", question=FERRIES, private=True)
            assert private.ephemeral
            assert "answer:share" not in pressable(private.response)

    scene(play)


def test_a_disagreement_is_two_labelled_quotes(assistant: Assistant, store: Store) -> None:
    """Each has its role in words, and the other side the number and the outlet of the quote that it is against."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            said = text((await here.ask(PASSENGERS)).response)
            assert "The sources disagree." in said
            assert "**Answer**\n> The ferry had 240" in said
            assert "**Other side, against [1], " in said
            assert "\n> There were 310" in said

    scene(play)


def test_the_context_of_the_quotes_is_shown_privately(assistant: Assistant, store: Store) -> None:
    """In context shows whoever presses it the paragraphs, with the quotes in bold, their sources and no page furniture."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            answered = await here.ask(FERRIES)
            around = await here.bob.click(answer_of(answered), custom_id="answer:context")
            assert around.ephemeral
            said = text(around.response)
            assert "> **The Lady Tamsa went back into service on Monday" in said
            assert "** Cars are carried once more, but only on the Lady Tamsa and only with a booking." in said
            assert "[1] [Vessimarin Viesti](https://example.org/" in said
            assert "Subscribe to our newsletter" not in said

    scene(play)


def test_votes_are_counted_once_a_person(assistant: Assistant, store: Store) -> None:
    """Helpful and Not helpful thank privately; a second vote of the same person takes the place of the first."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            answered = answer_of(await here.ask(FERRIES))
            for who, button in ((here.ada, "helpful"), (here.ada, "not_helpful"), (here.ada, "not_helpful"), (here.bob, "helpful")):
                thanks = await who.click(answered, custom_id=f"answer:{button}")
                assert thanks.ephemeral
                assert text(thanks.response) == "Noted, thank you."
            refused = answer_of(await here.ask(ULM))
            await here.ada.click(refused, custom_id="answer:helpful")

    scene(play)
    votes = {(v.entry, v.refused, v.verdict): v.count for v in store.ratings()}
    assert votes == {
        ("are-ferries-running", False, Verdict.HELPFUL): 1,
        ("are-ferries-running", False, Verdict.NOT_HELPFUL): 1,
        (None, True, Verdict.HELPFUL): 1,
    }


def test_another_question_can_be_chosen_or_worded(assistant: Assistant, store: Store) -> None:
    """Not my question offers the entries that are near besides, and a form with the question to word it otherwise; both answer privately."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            answered = answer_of(await here.ask(FERRIES))
            offered = await here.bob.click(answered, custom_id="answer:not_my_question")
            assert offered.ephemeral
            near = options(offered.response, "ask:entry")
            assert "are-ferries-running" not in near
            assert not any(assistant.faq.by_id[entry].known_unknown for entry in near)
            chosen = await here.bob.select(answer_of(offered), ["passengers-aboard"], custom_id="ask:entry")
            assert chosen.ephemeral
            assert "310" in text(chosen.response)
            form = await here.bob.click(answer_of(offered), custom_id=f"ask:reword:{answered.id}")
            assert form.modal is not None
            assert form.modal["components"][0]["component"]["value"] == FERRIES
            await here.env.advance_time(5)
            worded = await here.bob.submit_modal(form, {"question": PASSENGERS})
            assert worded.ephemeral
            assert "310" in text(worded.response)

    scene(play)
    assert [(v.verdict, v.count) for v in store.ratings()] == [(Verdict.NOT_MY_QUESTION, 1)]


def test_a_private_answer_can_be_shared_once(assistant: Assistant, store: Store) -> None:
    """Share shows what the asker saw to the channel, with who shared it and a button to delete it, and goes from the private message."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            private = answer_of(await here.ask(FERRIES, private=True))
            before = text(private)
            await here.env.advance_time(5)
            shared = await here.ada.click(private, custom_id="answer:share")
            (copy,) = shared.followups
            assert not copy.ephemeral
            assert text(copy) == f"-# Shared by ada\n{before}"
            assert "answer:share" not in [*pressable(copy), *pressable(answer_of(shared))]
            assert text(answer_of(shared)) == before
            around = await here.bob.click(copy, custom_id="answer:context")
            assert "The Lady Tamsa" in text(around.response)

    scene(play)


def test_an_answer_is_deleted_by_its_asker_or_a_moderator(assistant: Assistant, store: Store) -> None:
    """Others are told privately that they cannot; what was kept of the answer goes with it, also where Discord itself deletes it."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            for who in (here.ada, here.mod):
                answered = answer_of(await here.ask(FERRIES))
                other = await here.bob.click(answered, custom_id="answer:delete")
                assert other.ephemeral
                assert "Only the person who asked" in text(other.response)
                assert store.shown(answered.id)
                await who.click(answered, custom_id="answer:delete")
                assert [m for m in here.talk.history() if m.id == answered.id] == []
                assert store.shown(answered.id) is None
            answered = answer_of(await here.ask(FERRIES))
            await here.mod.delete(here.talk.history()[-1])
            assert store.shown(answered.id) is None
            private = answer_of(await here.ask(FERRIES, private=True))
            await here.ada.click(private, custom_id="answer:delete")
            assert store.shown(private.id) is None

    scene(play)


def test_a_question_asked_back_is_answered_anew(assistant: Assistant, store: Store) -> None:
    """Choosing a follow-up gives a new answer: in public for the asker of a public one, privately for anybody else."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            answered = answer_of(await here.ask(FERRIES))
            first = options(answered, "answer:next")[0]
            await here.env.advance_time(5)
            again = await here.ada.select(answered, [first], custom_id="answer:next")
            assert not again.ephemeral
            assert f"Asked: {first}" in text(again.response)
            assert (await here.bob.select(answered, [first], custom_id="answer:next")).ephemeral
            private = answer_of(await here.ask(FERRIES, private=True))
            await here.env.advance_time(5)
            assert (await here.ada.select(private, [first], custom_id="answer:next")).ephemeral

    scene(play)


def test_buttons_outlive_the_process(assistant: Assistant, store: Store) -> None:
    """A fresh bot on the same store knows its answers: context, votes, sharing and deletion work as before."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            public, private = answer_of(await here.ask(FERRIES)), answer_of(await here.ask(FERRIES, private=True))
            await here.env.restart_bot(App(assistant, store))
            assert "The Lady Tamsa" in text((await here.ada.click(public, custom_id="answer:context")).response)
            assert "Noted" in text((await here.bob.click(public, custom_id="answer:helpful")).response)
            assert (await here.ada.click(private, custom_id="answer:share")).followups
            await here.ada.click(public, custom_id="answer:delete")
            assert store.shown(public.id) is None

    scene(play)


def test_after_a_month_buttons_say_that_it_is_over(assistant: Assistant, store: Store) -> None:
    """What is past its keeping is removed; each button and menu of such an answer says so in one private line."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            answered = answer_of(await here.ask(FERRIES))
            assert store.purge(datetime.datetime.now(datetime.UTC) + datetime.timedelta(31)) == 1
            for custom_id in pressable(answered):
                press = (
                    here.ada.select(answered, options(answered, custom_id)[:1], custom_id=custom_id)
                    if custom_id == "answer:next"
                    else here.ada.click(answered, custom_id=custom_id)
                )
                told = await press
                assert told.ephemeral
                assert "no longer kept; it is for 30 days at most" in text(told.response)

    scene(play)


def test_context_of_quotes_that_have_changed_is_not_made_up(assistant: Assistant, store: Store) -> None:
    """Where the question is answered otherwise now, In context says so instead of showing other quotes."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            answered = answer_of(await here.ask(FERRIES))
            here.env.bot.edition = discord_client.Edition(Assistant.load(config.Settings(OTHER / "corpus", None, None)))  # type: ignore[attr-defined]
            row = store.shown(answered.id)
            assert row
            store.remember(replace(row, question=ULM))
            assert "have changed since" in text((await here.ada.click(answered, custom_id="answer:context")).response)

    scene(play)


def test_a_message_can_be_asked_about(assistant: Assistant, store: Store) -> None:
    """Ask about this answers what a message asks, privately; mentions in it are no words of the question."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            asked = await here.bob.send(here.talk, f"<@{here.ada.id}> {FERRIES}")
            about = await here.ada.context_menu(here.talk, "Ask about this", asked)
            assert about.ephemeral
            assert f"Asked: {FERRIES}\n" in text(about.response)
            assert "answer:share" in pressable(about.response)

    scene(play)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Look: “The Lady Tamsa went back into service on Monday”!", "letter by letter"),
        ("> The quay on the island is too shallow for the Lady Tamsa", "letter by letter"),
        ('They wrote "The Lady Tamsa went back into service on Tuesday"', "Not in these words"),
        ("“Nobody will ever sail on this lake again, they promised”", "Not in these sources."),
        ("what?", "too few words"),
    ],
)
def test_a_quotation_can_be_checked(assistant: Assistant, store: Store, message: str, said: str) -> None:
    """Check this quote says, privately, whether the words are in the articles; never whether they are true."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            quoting = await here.bob.send(here.talk, message)
            checked = await here.ada.context_menu(here.talk, "Check this quote", quoting)
            assert checked.ephemeral
            found = text(checked.response)
            assert said in found
            assert ("not whether they are true" in found) == ("too few" not in said)
            assert ("Vessimarin Viesti" in found) == (said in ("letter by letter", "Not in these words"))
            if "Tuesday" in message:
                assert "on **Tuesday**" in found
                assert "on **Monday**" in found

    scene(play)


def test_what_was_checked_can_be_shared(assistant: Assistant, store: Store) -> None:
    """The finding is shown to the channel as it was seen, and can be deleted there."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            quoting = await here.bob.send(here.talk, "The Lady Tamsa went back into service on Tuesday")
            checked = answer_of(await here.ada.context_menu(here.talk, "Check this quote", quoting))
            before = text(checked)
            await here.env.advance_time(5)
            (copy,) = (await here.ada.click(checked, custom_id="answer:share")).followups
            assert text(copy) == f"-# Shared by ada\n{before}"
            assert pressable(copy) == ["answer:delete"]
            await here.ada.click(copy, custom_id="answer:delete")
            assert store.shown(copy.id) is None

    scene(play)


def test_an_answer_of_the_bot_can_be_checked_too(assistant: Assistant, store: Store) -> None:
    """The quotes of a message of components are looked for as well: a forged answer would show."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            await here.ask(PASSENGERS)
            checked = await here.bob.context_menu(here.talk, "Check this quote", here.talk.history()[-1])
            assert "letter by letter" in text(checked.response)

    scene(play)


def test_the_questions_can_be_browsed(assistant: Assistant, store: Store) -> None:
    """/faq browse lists the entries that answer, for the reader alone; choosing one asks it privately."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            listed = await here.ada.slash(here.talk, "faq browse")
            assert listed.ephemeral
            assert options(listed.response, "ask:entry") == [e.id for e in assistant.faq.entries if not e.known_unknown]
            chosen = await here.ada.select(answer_of(listed), ["passengers-aboard"], custom_id="ask:entry")
            assert chosen.ephemeral
            assert "310" in text(chosen.response)

    scene(play)


KEEPING = ServerSettings(keeps_questions=True)


def test_what_is_asked_in_vain_is_kept_where_moderators_want_that(assistant: Assistant, store: Store) -> None:
    """Off until it is turned on in the settings; then refused questions, and answered ones that were marked as no help, each once."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            await here.ask(ULM)
            assert store.asked() == []
            shown = await here.mod.slash(here.talk, "settings")
            await here.mod.select(answer_of(shown), ["on"], custom_id="settings:questions")
            refused = answer_of(await here.ask(ULM))
            await here.env.advance_time(61)
            await here.bob.send(here.talk, f"<@{here.env.bot.user.id}> {ULM} <@{here.ada.id}>")  # type: ignore[union-attr]
            assert store.asked(here.guild.id) == [Asked(ULM, "en", True, 2)]
            await here.ada.click(refused, custom_id="answer:not_helpful")
            answered = answer_of(await here.ask(FERRIES))
            await here.ada.click(answered, custom_id="answer:helpful")
            for who in (here.ada, here.bob):
                await who.click(answered, custom_id="answer:not_helpful")
            assert store.asked(here.guild.id) == [Asked(ULM, "en", True, 2), Asked(FERRIES, "en", False, 1)]

    scene(play)


def test_what_was_asked_in_private_is_not_kept(assistant: Assistant, store: Store) -> None:
    """Not from direct messages, not where the asker chose to be private, not the words of somebody else's message."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            store.save_settings(here.guild.id, KEEPING)
            await here.ada.user.slash("ask", question=ULM)
            await here.env.advance_time(61)
            await here.ada.send_dm(ULM)
            await here.ask(ULM, private=True)
            private = answer_of(await here.ask(FERRIES, private=True))
            await here.ada.click(private, custom_id="answer:not_helpful")
            await here.env.advance_time(61)
            await here.bob.context_menu(here.talk, "Ask about this", await here.ada.send(here.talk, ULM))
            await here.ask("")
            assert store.asked() == []

    scene(play)


def test_turning_it_off_removes_what_was_kept(assistant: Assistant, store: Store) -> None:
    """Of that server alone."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            store.save_settings(here.guild.id, KEEPING)
            store.keep_question(1, 7, ULM, "en", refused=True, at=datetime.datetime.now(datetime.UTC))
            await here.ask(ULM)
            assert len(store.asked(here.guild.id)) == 1
            shown = await here.mod.slash(here.talk, "settings")
            await here.mod.select(answer_of(shown), ["none"], custom_id="settings:questions")
            assert (store.asked(here.guild.id), len(store.asked(7))) == ([], 1)

    scene(play)


def test_moderators_see_what_was_asked_in_vain(assistant: Assistant, store: Store) -> None:
    """/faq gaps shows them alone what was asked three times or more on their server, with what there is; others are told that it is not for them."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            off = await here.mod.slash(here.talk, "faq gaps")
            assert "turn that on in the settings" in text(off.response)
            shown = await here.mod.slash(here.talk, "settings")
            await here.mod.select(answer_of(shown), ["on"], custom_id="settings:questions")
            now = datetime.datetime.now(datetime.UTC)
            for number, (question, server) in enumerate(
                [(ULM, here.guild.id)] * 3 + [("mayor of Ulm?", here.guild.id), (PASSENGERS, here.guild.id), ("why?", 7)]
            ):
                store.keep_question(number, server, question, "en", refused=True, at=now)
            seen = await here.mod.slash(here.talk, "faq gaps")
            assert seen.ephemeral
            said = text(seen.response)
            assert said.startswith("**Asked in vain 3 times or more: 1.**")
            assert f"**{ULM}** · asked 4 times\n-# mayor of Ulm?\n" in said
            assert "why?" not in said
            other = await here.bob.slash(here.talk, "faq gaps")
            assert other.ephemeral
            assert "manages this server" in text(other.response)
            direct = await here.mod.user.slash("faq gaps")
            assert "manages this server" in text(direct.response)
            assert [type(error).__name__ for error in here.env.errors] == ["NotAllowed"] * 2

    scene(play)


def test_anybody_can_suggest_a_question(assistant: Assistant, store: Store) -> None:
    """By /faq suggest, or from Not my question with the question filled in; it waits for the server's moderators, and needs no other setting."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            form = await here.ada.slash(here.talk, "faq suggest")
            assert form.modal is not None
            assert "value" not in form.modal["components"][0]["component"]
            thanks = await here.ada.submit_modal(form, {"question": "Who is the mayor? mail ada@example.org"})
            assert thanks.ephemeral
            assert "waits for this server's moderators" in text(thanks.response)
            answered = answer_of(await here.ask(FERRIES))
            offered = await here.bob.click(answered, custom_id="answer:not_my_question")
            form = await here.bob.click(answer_of(offered), custom_id=f"suggest:{answered.id}")
            assert form.modal is not None
            assert form.modal["components"][0]["component"]["value"] == FERRIES
            await here.bob.submit_modal(form, {"question": "When do the ferries run on Sundays?"})
            waiting = store.suggestions(here.guild.id)
            assert [(s.question, s.suggester) for s in waiting] == [
                ("Who is the mayor? mail ⋯", here.ada.id),
                ("When do the ferries run on Sundays?", here.bob.id),
            ]
            form = await here.bob.slash(here.talk, "faq suggest")
            nothing = await here.bob.submit_modal(form, {"question": " ?! "})
            assert text(nothing.response) == "No question was asked."
            assert len(store.suggestions(here.guild.id)) == 2

    scene(play)


def test_a_suggestion_needs_moderators(assistant: Assistant, store: Store) -> None:
    """In a direct message there are none: that is said, and Not my question offers no such button; nor can one person fill the queue."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            told = await here.ada.user.slash("faq suggest")
            assert "write them there" in text(told.response)
            answered = answer_of(await here.ada.user.slash("ask", question=FERRIES))
            offered = await here.ada.user.click(answered, custom_id="answer:not_my_question")
            assert [c for c in pressable(offered.response) if c.startswith("suggest")] == []
            for _ in range(MOST_OPEN):
                await here.ada.submit_modal(await here.ada.slash(here.talk, "faq suggest"), {"question": ULM})
            full = await here.ada.submit_modal(await here.ada.slash(here.talk, "faq suggest"), {"question": ULM})
            assert text(full.response).endswith(f"are waiting: {MOST_OPEN}.")
            assert len(store.suggestions(here.guild.id)) == MOST_OPEN

    scene(play)


@pytest.fixture
def editable(tmp_path: Path) -> Assistant:
    """An assistant whose FAQ is a file that may be written."""
    shutil.copy(OTHER / "faq.yaml", tmp_path / "faq.yaml")
    return Assistant.load(config.Settings(OTHER / "corpus", tmp_path / "faq.yaml", cache_folder()))


BOOKING = "do I need a booking to take the car?"


async def suggested(here: Stage, *questions: str) -> InteractionResult:
    """Ada suggests questions, and the moderator opens the review."""
    for question in questions:
        await here.ada.submit_modal(await here.ada.slash(here.talk, "faq suggest"), {"question": question})
    return await here.mod.slash(here.talk, "faq review")


def only(message: ResponseMessage | None, end: str) -> str:
    """The custom_id of the message that ends so."""
    (found,) = [c for c in pressable(message) if c.endswith(end)]
    return found


async def approved(here: Stage, *, quotes: int, entry: str, question: str = BOOKING) -> InteractionResult:
    """A moderator approves the first suggestion with some of the first quotes."""
    page = answer_of(await here.mod.slash(here.talk, "faq review"))
    menu = only(page, ":quotes")
    if quotes:
        page = answer_of(await here.mod.select(page, options(page, menu)[:quotes], custom_id=menu))
    form = await here.mod.click(page, custom_id=only(page, ":approve"))
    return await here.mod.submit_modal(form, {"question": question, "entry": entry})


def test_moderators_alone_review_what_was_suggested(assistant: Assistant, store: Store) -> None:
    """/faq review shows them the suggestions of their server, the oldest first, with sentences to choose from; others are told that it is not for them."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            nothing = await here.mod.slash(here.talk, "faq review")
            assert text(nothing.response) == "No suggestion is waiting."
            store.suggest(Suggestion(1, 7, 5, "en", "of another server"))
            seen = await suggested(here, BOOKING, ULM)
            assert seen.ephemeral
            said = text(seen.response)
            assert said.startswith("**Suggestions that wait: 2.**")
            assert f"\n> {BOOKING}\nEntry cars-and-bicycles answers it today." in said
            assert "only with a booking" in said
            turned = await here.mod.click(answer_of(seen), custom_id=only(seen.response, ":next"))
            assert f"> {ULM}" in text(turned.response)
            other = await here.bob.slash(here.talk, "faq review")
            assert "manages this server" in text(other.response)
            assert [type(error).__name__ for error in here.env.errors] == ["NotAllowed"]

    scene(play)


def test_a_moderator_sees_the_answer_before_members_do(assistant: Assistant, store: Store) -> None:
    """Preview shows, for the moderator alone and without buttons, what the chosen quotes would answer; without a choice it asks for one."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            page = answer_of(await suggested(here, BOOKING))
            early = await here.mod.click(page, custom_id=only(page, ":preview"))
            assert text(early.response).startswith("Choose quotes")
            menu = only(page, ":quotes")
            page = answer_of(await here.mod.select(page, options(page, menu)[:1], custom_id=menu))
            seen = await here.mod.click(page, custom_id=only(page, ":preview"))
            assert seen.ephemeral
            assert f"Asked: {BOOKING}" in text(seen.response)
            assert "with a booking" in text(seen.response)
            assert pressable(seen.response) == []

    scene(play)


def test_an_approval_is_a_change_of_the_faq_for_whoever_commits(editable: Assistant, store: Store) -> None:
    """The diff is that of `bot faq add`; a moderator who does not own the bot does not write the file; the suggester is told, the decision is kept."""

    async def play() -> None:
        async with stage(editable, store) as here:
            await suggested(here, BOOKING)
            done = await approved(here, quotes=1, entry="car-booking")
            assert done.ephemeral
            said = text(done.response)
            assert said.startswith("Approved. For whoever keeps the file of questions, to add to it:\n```diff\n--- faq.yaml\n+++ faq.yaml\n")
            assert "+- id: car-booking\n" in said
            assert "with a booking" in said
            assert store.suggestions(here.guild.id) == []
            (decision,) = store.decisions(here.guild.id)
            assert (decision.outcome, decision.moderator, decision.entry) == (Outcome.APPROVED, here.mod.id, "car-booking")

    scene(play)
    assert editable.settings.faq is not None
    assert editable.settings.faq.read_bytes() == (OTHER / "faq.yaml").read_bytes()


def test_an_approval_by_the_owner_is_written(editable: Assistant, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file has the new entry, loads, and answers the question; `bot faq undo` takes it back."""

    async def play() -> None:
        async with stage(editable, store) as here:
            monkeypatch.setattr(discord_client.Client, "owners", {here.mod.id})
            await suggested(here, BOOKING)
            done = await approved(here, quotes=1, entry="car-booking")
            assert text(done.response).startswith("Approved and written;")

    scene(play)
    path = editable.settings.faq
    assert path is not None
    assert Assistant.load(editable.settings).ask(BOOKING).faq == "car-booking"
    faq_write.undo(path)
    assert path.read_bytes() == (OTHER / "faq.yaml").read_bytes()


def test_a_suggestion_can_become_a_phrasing_of_an_entry(editable: Assistant, store: Store) -> None:
    """With the id of an entry and no quotes; what would break the file is refused with the reason, and the suggestion waits on."""

    async def play() -> None:
        async with stage(editable, store) as here:
            await suggested(here, BOOKING)
            unknown = await approved(here, quotes=0, entry="no-such-entry")
            assert text(unknown.response).startswith("Choose quotes for a new entry")
            taken = await approved(here, quotes=1, entry="are-ferries-running")
            assert "there is an entry" in text(taken.response)
            bad = await approved(here, quotes=1, entry="Not An Id")
            assert "is no id" in text(bad.response)
            assert len(store.suggestions(here.guild.id)) == 1
            done = await approved(here, quotes=0, entry="cars-and-bicycles")
            assert BOOKING in text(done.response)
            assert store.decisions(here.guild.id)[0].entry == "cars-and-bicycles"

    scene(play)


def test_a_rejection_comes_with_a_word(assistant: Assistant, store: Store) -> None:
    """The person who suggested it gets it as a direct message; a second decision is told that the suggestion does not wait any more."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            page = answer_of(await suggested(here, ULM))
            form, again = [await here.mod.click(page, custom_id=only(page, ":reject")) for _ in range(2)]
            done = await here.mod.submit_modal(form, {"word": "Not our *island*."})
            assert text(done.response) == "Rejected."
            late = await here.mod.submit_modal(again, {"word": ""})
            assert text(late.response) == "This suggestion does not wait any more."
            told = here.ada.user.dm_channel.history()[-1]
            assert text(told) == f"Moderators of {here.guild.name} did not take your suggestion: {ULM}\nTheir word: Not our *island*."
            (decision,) = store.decisions(here.guild.id)
            assert (decision.question, decision.outcome) == (ULM, Outcome.REJECTED)

    scene(play)


def test_pages_are_turned_in_place(assistant: Assistant, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The buttons of a list change its message to the page beside; at an end one of them is disabled; every statement is on one page."""
    monkeypatch.setattr(discord_pages, "ON_A_PAGE", 3)

    async def play() -> None:
        async with stage(assistant, store) as here:
            first = await here.ada.slash(here.talk, "timeline")
            assert first.ephemeral
            page, seen = answer_of(first), ""
            dates = []
            while True:
                seen += text(page)
                dates += [line for line in text(page).split("\n") if line.startswith("**")]
                back, forth = [c for c in parts(page) if c["type"] == 2]
                assert bool(back.get("disabled")) == (page.id == answer_of(first).id and "Page 1 of" in text(page))
                if forth.get("disabled"):
                    break
                turned = await here.ada.click(page, custom_id=forth["custom_id"])
                assert answer_of(turned).id == page.id
                page = answer_of(turned)
            assert all(f"[{n}] [" in seen for n in range(1, len(here.env.bot.edition.timeline) + 1))  # type: ignore[attr-defined]
            assert dates[0] == "**3 March 2023**"
            assert dates[-1] == "**21 March 2023**"

    scene(play)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            "sources",
            [
                "articles: 5",
                "**Second ferry returns, island still waits**",
                "[Shore & Hull](https://example.org/shore-and-hull/rudder-bearing-explained), undated",
            ],
        ),
        ("privacy", ["for 30 days", "Votes are kept without the number or name"]),
        ("help", ["/timeline", "Check this quote", "articles: 5"]),
    ],
)
def test_what_the_bot_is_can_be_read(assistant: Assistant, store: Store, command: str, said: list[str]) -> None:
    """The lists of articles, of what is kept and of what can be done are for the reader alone."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            shown = await here.bob.slash(here.talk, command)
            assert shown.ephemeral
            assert all(words in text(shown.response) for words in said)
            assert "Discord also sends it" not in text(shown.response)

    scene(play)


def test_moderators_choose_where_and_how_it_answers(assistant: Assistant, store: Store) -> None:
    """Each choice holds at once and is kept; elsewhere commands are answered privately without Share, and mentions not at all."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            panel = await here.mod.slash(here.talk, "settings")
            assert panel.ephemeral
            seen = answer_of(panel)
            await here.mod.select(seen, [here.help], custom_id="settings:channels")
            await here.mod.select(seen, ["ko"], custom_id="settings:language")
            await here.mod.select(seen, ["60"], custom_id="settings:cooldown")
            assert store.settings(here.guild.id) == ServerSettings(language="ko", channels=frozenset({here.help.id}), cooldown=60)
            elsewhere = await here.ask(FERRIES)
            assert elsewhere.ephemeral
            assert "answer:share" not in pressable(elsewhere.response)
            mention = f"<@{here.env.bot.user.id}> {FERRIES}"  # type: ignore[union-attr]
            await here.env.advance_time(61)
            await here.ada.send(here.talk, mention)
            assert here.talk.history()[-1].author.id == here.ada.id
            await here.ada.send(here.help, mention)
            assert here.help.history()[-1].author.id != here.ada.id
            await here.env.advance_time(61)
            await here.ada.send(here.help, "<@%d> ..." % here.env.bot.user.id)  # type: ignore[union-attr] # noqa: UP031
            assert assistant.ask("...").status != "answered"
            assert "무엇을 알고 싶으신가요?" in text(here.help.history()[-1])
            await here.mod.select(seen, [], custom_id="settings:channels")
            assert not (await here.ask(FERRIES)).ephemeral

    scene(play)


def test_forums_cannot_be_chosen_without_the_intent(assistant: Assistant, store: Store) -> None:
    """Where the operator has not turned the intent on, the menu is disabled and says what it needs."""

    async def play() -> None:
        for reads_posts in (False, True):
            async with stage(assistant, store, reads_posts=reads_posts) as here:
                panel = answer_of(await here.mod.slash(here.talk, "settings"))
                assert ("BOT_MESSAGE_CONTENT=on" in text(panel)) != reads_posts
                if reads_posts:
                    await here.mod.select(panel, [here.help], custom_id="settings:forums")
                    assert store.settings(here.guild.id).forums == {here.help.id}
                else:
                    with pytest.raises(SetupError, match="disabled"):
                        await here.mod.select(panel, [here.help], custom_id="settings:forums")

    scene(play)


def test_a_moderator_who_is_one_no_more_changes_nothing(assistant: Assistant, store: Store) -> None:
    """The panel of somebody who has lost the permission since is of no use."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            panel = answer_of(await here.mod.slash(here.talk, "settings"))
            here.env.backend.get_guild(here.guild.id).members[here.mod.id].role_ids.clear()
            told = await here.mod.select(panel, ["ko"], custom_id="settings:language")
            assert told.ephemeral
            assert "Only someone who manages this server" in text(told.response)
            assert store.settings(here.guild.id) == ServerSettings()

    scene(play)


def test_only_the_owner_of_the_bot_reloads(assistant: Assistant, store: Store) -> None:
    """Managing a server is not enough, since other servers share the bot."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            told = await here.mod.slash(here.talk, "reload")
            assert told.ephemeral
            assert text(told.response) == "Only the owner of this bot can do this."
            assert here.env.bot.edition.assistant is assistant  # type: ignore[attr-defined]
            assert [type(error).__name__ for error in here.env.errors] == ["NotAllowed"]

    scene(play)


def test_new_posts_are_answered_where_moderators_want_that(assistant: Assistant, store: Store) -> None:
    """In a chosen channel each new message is answered, if the sources do and only then; replies and other channels are left alone."""

    async def play() -> None:
        async with stage(assistant, store, reads_posts=True) as here:
            store.save_settings(here.guild.id, ServerSettings(forums=frozenset({here.help.id}), cooldown=0))
            post = await here.ada.send(here.help, FERRIES)
            answered = here.help.history()[-1]
            assert answered.reference is not None
            assert answered.reference.message_id == post.id
            assert "The Lady Tamsa" in text(answered)
            for unanswered in (ULM, "Good morning!", ""):
                await here.ada.send(here.help, unanswered or "🙂")
                assert here.help.history()[-1].author.id == here.ada.id
            await here.bob.send(here.help, FERRIES, reply_to=post)
            assert here.help.history()[-1].author.id == here.bob.id
            await here.bob.send(here.talk, FERRIES)
            assert here.talk.history()[-1].author.id == here.bob.id
            assert "Discord also sends it other messages" in text((await here.bob.slash(here.talk, "privacy")).response)

    scene(play)


def test_mentions_replies_and_direct_messages_are_answered_with_buttons(assistant: Assistant, store: Store) -> None:
    """A mention needs no intent; the answer is a reply that belongs to who asked."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            await here.ada.send(here.talk, f"<@{here.env.bot.user.id}> {FERRIES}")  # type: ignore[union-attr]
            reply = here.talk.history()[-1]
            assert not text(reply).startswith("-# Asked")
            assert "Only the person" in text((await here.bob.click(reply, custom_id="answer:delete")).response)
            await here.ada.click(reply, custom_id="answer:delete")
            assert store.shown(reply.id) is None
            await here.env.advance_time(5)
            await here.ada.send_dm(ULM)
            assert REFUSED in text(here.ada.user.dm_channel.history()[-1])

    scene(play)


def test_a_person_waits_between_two_questions(assistant: Assistant, store: Store) -> None:
    """The second question within the server's cooldown gets one private line; mentions get it once; other people are not held up."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            await here.ask(FERRIES)
            second = await here.ada.slash(here.talk, "ask", question=FERRIES)
            assert second.ephemeral
            assert text(second.response) == "Seconds to wait before your next question: 3."
            assert not (await here.bob.slash(here.talk, "ask", question=FERRIES)).ephemeral
            await here.env.advance_time(3)
            mention = f"<@{here.env.bot.user.id}> {FERRIES}"  # type: ignore[union-attr]
            for _ in range(4):
                await here.ada.send(here.talk, mention)
            said = [text(m) for m in here.talk.history(viewer=here.bob) if m.author.id != here.ada.id]
            assert sum("Seconds to wait" in line for line in said) == 1

    scene(play)


def test_a_channel_is_not_flooded(assistant: Assistant, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """After its share of a minute, a channel gets one private line for each question, until the minute is over; private answers are given still."""
    monkeypatch.setattr(limits, "MOST_A_MINUTE", 2)

    async def play() -> None:
        async with stage(assistant, store) as here:
            store.save_settings(here.guild.id, ServerSettings(cooldown=0))
            for expected in (False, False, True):
                asked = await here.ada.slash(here.talk, "ask", question=FERRIES)
                assert asked.ephemeral == expected
            assert "This channel has had many answers" in text(asked.response)
            assert "The Lady Tamsa" in text((await here.ada.slash(here.talk, "ask", question=FERRIES, private=True)).response)
            assert not (await here.ada.slash(here.help, "ask", question=FERRIES)).ephemeral
            await here.env.advance_time(61)
            assert not (await here.ada.slash(here.talk, "ask", question=FERRIES)).ephemeral

    scene(play)


def test_a_private_answer_is_not_shared_where_moderators_do_not_want_answers(assistant: Assistant, store: Store) -> None:
    """Share keeps to the choice of channels of the time when it is pressed."""

    async def play() -> None:
        async with stage(assistant, store) as here:
            private = answer_of(await here.ask(FERRIES, private=True))
            panel = answer_of(await here.mod.slash(here.talk, "settings"))
            await here.mod.select(panel, [here.help], custom_id="settings:channels")
            told = await here.ada.click(private, custom_id="answer:share")
            assert told.ephemeral
            assert "The moderators chose other channels" in text(told.response)
            assert here.talk.history(viewer=here.bob) == []

    scene(play)


def test_too_many_at_once_are_told_so(assistant: Assistant, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the cap of questions in work, a further one gets a private line and is not queued."""
    monkeypatch.setattr(discord_client, "MOST_AT_ONCE", 0)

    async def play() -> None:
        async with stage(assistant, store) as here:
            busy = await here.ask(FERRIES)
            await here.env.advance_time(5)
            assert busy.ephemeral
            assert "Too many questions at once" in text(busy.response)
            quoting = await here.bob.send(here.talk, FERRIES)
            assert "Too many questions" in text((await here.ada.context_menu(here.talk, "Check this quote", quoting)).response)

    scene(play)


def test_answers_go_on_without_the_store(assistant: Assistant, tmp_path: Path) -> None:
    """Where the store fails, people are answered as before; a vote is told that it is in memory, and is written when the store is mended."""

    async def play() -> None:
        path = tmp_path / "bot.sqlite3"
        store = Store.open(str(path))
        async with stage(assistant, store) as here:
            store.close()
            whole = path.read_bytes()
            path.write_bytes(b"garbage" * 1000)
            for leftover in tmp_path.glob("*-*"):
                leftover.unlink()
            answered = await here.ask(FERRIES)
            assert "The Lady Tamsa" in text(answered.response)
            voted = await here.ada.click(answer_of(answered), custom_id="answer:helpful")
            assert voted.ephemeral
            assert "written down when the bot's store can be reached again" in text(voted.response)
            path.write_bytes(whole)
            while not store.ratings():
                await asyncio.sleep(0.05)
            assert store.shown(answer_of(answered).id)

    scene(play)


def test_hostile_words_stay_words(assistant: Assistant, store: Store) -> None:
    """A question that is shown above its answer, and a name under a shared one, can neither ping nor format."""
    attack = f"{FERRIES} @everyone **bold** [x](https://evil.example) <@1>"

    async def play() -> None:
        async with stage(assistant, store) as here:
            mallory = here.guild.add_member(here.env.create_user("mallory", global_name="# @everyone **x**"))
            private = answer_of(await here.ask(attack, mallory, private=True))
            raw = "\n".join(c["content"] for c in parts(private) if c["type"] == 10)
            assert escaped(attack) in raw
            await here.env.advance_time(5)
            (copy,) = (await mallory.click(private, custom_id="answer:share")).followups
            first = next(c["content"] for c in parts(copy) if c["type"] == 10)
            assert first == f"-# Shared by {escaped('# @everyone **x**')}"

    scene(play)
