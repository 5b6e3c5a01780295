"""Answers as messages with buttons and menus, and what happens when one is used.

What is pressed is dispatched here by its custom_id and not by discord.py, which would keep every message in memory: a button
of yesterday's process works like one of this one. Nothing of a press is believed but what Discord says of the message and the
person: the message must be the bot's own and have that very button, and what an answer was is read from the store.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator
from typing import Any

import discord

from bot import context, discord_pages, frames, proposal
from bot.answer import Answer, Reason, Status
from bot.assistant import Assistant
from bot.corpus import Span
from bot.custom_id import Pressed, pressed
from bot.discord_client import PATIENCE, Client, Interaction, NotAllowed, begin, language_of, taken, tell, told_of_failure
from bot.discord_message import (
    LONGEST_ASKED,
    Act,
    Block,
    Button,
    Buttons,
    Menu,
    Option,
    Rule,
    Text,
    components_of,
    cut,
    escaped,
    fits,
    frame,
    frame_language,
    message,
    quoted,
    shortened,
)
from bot.discord_pages import ASK, COOLDOWNS, REVIEW, REWORD, SUGGEST
from bot.errors import BotError, StoreError
from bot.faq_change import proposed_id
from bot.gaps import look_up
from bot.question import LONGEST
from bot.store import KEEPS_SHOWN, MOST_OPEN, Outcome, ServerSettings, Shown, Store, Suggestion, Verdict
from bot.text import words

MOST_OFFERED = 10
"""Other entries that are offered for a question."""
_VERDICTS = {Act.HELPFUL: Verdict.HELPFUL, Act.NOT_HELPFUL: Verdict.NOT_HELPFUL, Act.NOT_MY_QUESTION: Verdict.NOT_MY_QUESTION}
_QUESTION = "question"
"""The custom_id of the field of a form for a question."""
_ENTRY, _WORD = "entry", "word"
LONGEST_ID = 60
"""Characters of an entry's id."""
LONGEST_WORD = 500
"""Characters of a moderator's word to who suggested a question."""
_log = logging.getLogger(__name__)


class _Layout(discord.ui.LayoutView):
    """Components that are made already, for the library to send and not to keep: its own items take longer to make than the rest of a message."""

    def __init__(self, made: list[dict[str, Any]]) -> None:
        super().__init__(timeout=None)
        self._made = made
        self.stop()

    def has_components_v2(self) -> bool:
        return True

    def to_components(self) -> list[dict[str, Any]]:
        return self._made


def layout(blocks: Iterable[Block]) -> discord.ui.LayoutView:
    """The blocks of a message in one container of Discord's components."""
    return _Layout(components_of(blocks))


def blocks_of(message: discord.Message) -> Iterator[Block]:
    """The blocks of a message of this bot, menus of channels apart."""
    for component in components(message.components):
        if isinstance(component, discord.TextDisplay):
            yield Text(component.content)
        elif isinstance(component, discord.SeparatorComponent):
            yield Rule()
        elif isinstance(component, discord.SelectMenu) and component.options:
            yield Menu(
                component.custom_id,
                component.placeholder or "",
                tuple(Option(o.value, o.label, o.description or "", o.default) for o in component.options),
                component.max_values,
            )
        elif isinstance(component, discord.ActionRow):
            row = [b for b in component.children if isinstance(b, discord.components.Button) and b.custom_id]
            if row:
                yield Buttons(tuple(Button(b.custom_id or "", b.label or "", b.disabled) for b in row))


def components(found: Iterable[Any]) -> Iterator[Any]:
    """Every component, nested ones included."""
    for component in found:
        yield component
        yield from components(getattr(component, "children", ()))


async def show(interaction: Interaction, blocks: Iterable[Block]) -> int | None:
    """A message to the person alone, as the first response; returns its id."""
    return (await interaction.response.send_message(view=layout(blocks), ephemeral=True, suppress_embeds=True)).message_id


def is_open(channel: Any, settings: ServerSettings) -> bool:
    """Whether the bot answers for all to see in a channel or thread."""
    return not settings.channels or channel.id in settings.channels or getattr(channel, "parent_id", None) in settings.channels


def is_for_all(found: Answer) -> bool:
    """Whether all may see the response to a question that was asked where all can: a refusal is for the asker alone."""
    return found.status is Status.ANSWERED


def in_vain(found: Answer) -> bool:
    """Whether a question was refused that can be one for the FAQ."""
    return found.status is not Status.ANSWERED and found.reason not in (Reason.EMPTY, Reason.TOO_LONG)


def response(found: Answer, language: str, *, private: bool, shareable: bool) -> tuple[Block, ...]:
    """The message that responds to a command, a menu or a form: the answer under its question."""
    return message(found, language, private=private, shareable=shareable, asked=True)


async def answer(interaction: Interaction, question: str, *, private: bool = False) -> None:
    """Answer a question as the response to an interaction: at once, or after Discord was told to wait.

    What is asked in vain is kept where the server's moderators want that, and the asker did not choose to be private. A refusal is for the asker alone, except where nobody else is; so is all that is asked where the bot does not answer for all.
    """
    client, locale = interaction.client, language_of(interaction.locale)
    settings = await client.settings(interaction.guild_id)
    openly = not private
    alone = interaction.context.dm_channel
    shareable = not alone and is_open(interaction.channel, settings)
    private = private or not (alone or shareable)
    if not await taken(interaction, settings, channel=None if private or alone else interaction.channel_id):
        return

    def hidden(found: Answer) -> bool:
        return private or not (alone or is_for_all(found))

    def made(assistant: Assistant) -> tuple[Answer, tuple[Block, ...], str]:
        found = assistant.ask(question)
        language = frame_language(found, locale if hidden(found) else settings.language or locale)
        return found, response(found, language, private=hidden(found), shareable=shareable), language

    with client.at_work(answering=True):
        assistant = client.edition.assistant
        if client.queueing:
            await client.defer(interaction, private=private)
        answering = client.work(made, assistant)
        if not interaction.response.is_done() and (await asyncio.wait({answering}, timeout=PATIENCE))[0]:
            found, blocks, language = answering.result()
            number = (await interaction.response.send_message(view=layout(blocks), ephemeral=hidden(found), suppress_embeds=True)).message_id
        else:
            if not interaction.response.is_done():
                await interaction.response.defer(ephemeral=private, thinking=True)
            found, blocks, language = await answering
            if hidden(found) and not private:
                await interaction.delete_original_response()
                number = (await interaction.followup.send(view=layout(blocks), ephemeral=True, suppress_embeds=True, wait=True)).id
            else:
                number = (await interaction.edit_original_response(view=layout(blocks))).id
        client.answered(found, number)
        if number and interaction.channel_id:
            owner = (interaction.channel_id, interaction.guild_id, interaction.user.id)
            client.remember(number, functools.partial(kept, found, number, *owner, language, private=hidden(found)))
        if number and interaction.guild_id and openly and settings.keeps_questions and in_vain(found):
            client.keep_question(number, interaction.guild_id, found.question, found.language, refused=True, at=interaction.created_at)


def kept(found: Answer, message: int, channel: int, server: int | None, asker: int, language: str, *, private: bool) -> Shown:
    """What the buttons of an answer need; a question that is too long is not kept."""
    question = None if found.reason is Reason.TOO_LONG else found.question
    return Shown(message, channel, server, asker, question, language, found.receipt, found.faq, private)


async def press(interaction: Interaction) -> None:
    """What happens when a button, a menu or a form of the bot is used; what cannot be is told to the person alone."""
    begin(interaction)
    try:
        if interaction.client.busy:
            await tell(interaction, "busy")
            return
        with interaction.client.at_work():
            await (_submitted if interaction.type is discord.InteractionType.modal_submit else _pressed)(interaction)
    except Exception as error:
        await told_of_failure(interaction, error)


async def _pressed(interaction: Interaction) -> None:
    data: Any = interaction.data
    action, values = data["custom_id"], data.get("values", [])
    if not _offers(interaction, action, values):
        await tell(interaction, "no_such_button")
        return
    used = pressed(action)
    if used is None:
        await tell(interaction, "no_such_button")
    elif used.kind == "answer":
        await _on_answer(interaction, Act(action), values)
    elif action == ASK:
        await _ask_entry(interaction, values[0])
    elif used.kind == REWORD:
        await _open_form(interaction, REWORD, "button_reword", used.number)
    elif used.kind == SUGGEST:
        await open_suggestion(interaction, used.number)
    elif used.kind == REVIEW:
        await _reviewed(interaction, used.number or 0, used.what, values)
    elif used.kind == "settings":
        await _set(interaction, used.what, values)
    else:
        await interaction.response.edit_message(view=layout(PAGES[used.kind](interaction.client, used.number or 0, language_of(interaction.locale))))


def _offers(interaction: Interaction, action: str, values: list[str]) -> bool:
    """Whether the message is the bot's own and has what was pressed, not disabled, with these options."""
    shown, bot = interaction.message, interaction.client.user
    if shown is None or bot is None or shown.author.id != bot.id:
        return False
    component = next((c for c in components(shown.components) if getattr(c, "custom_id", None) == action), None)
    if component is None or getattr(component, "disabled", False):
        return False
    offered = {option.value for option in getattr(component, "options", ())}
    return set(values) <= offered if offered else True


async def _on_answer(interaction: Interaction, act: Act, values: list[str]) -> None:
    assert interaction.message is not None
    try:
        shown = await interaction.client.shown(interaction.message.id)
    except StoreError:
        if act is Act.NEXT:
            await answer(interaction, values[0], private=True)
        elif act in _VERDICTS:
            await _vote_late(interaction, interaction.message, _VERDICTS[act])
        else:
            raise
        return
    if shown is None or shown.channel != interaction.channel_id:
        await tell(interaction, "no_longer_kept", days=KEEPS_SHOWN.days)
    elif act is Act.NEXT:
        await answer(interaction, values[0], private=shown.private or interaction.user.id != shown.asker)
    else:
        await _ACTS[act](interaction, interaction.message, shown)


async def _in_context(interaction: Interaction, seen: discord.Message, shown: Shown) -> None:
    found = await interaction.client.work(interaction.client.edition.assistant.ask, shown.question or "")
    text = "\n".join(block.content for block in blocks_of(seen) if isinstance(block, Text))
    quotes = [quote for quote in found.quotes or found.nearest if f"{quoted(quote.span.text)}\n-# " in text]
    if quotes:
        await show(interaction, discord_pages.in_context(quotes, context.surroundings, shown.language))
    else:
        await tell(interaction, "changed")


async def _vote(interaction: Interaction, seen: discord.Message, shown: Shown) -> None:
    client, language = interaction.client, language_of(interaction.locale)
    data: Any = interaction.data
    verdict = _VERDICTS[Act(data["custom_id"])]
    trace = await client.work(client.edition.assistant.explain, shown.question or "")
    refused = trace.answer.status is not Status.ANSWERED
    vote = client.backlog.put(functools.partial(_rate, client.store, seen.id, interaction.user.id, verdict, shown, refused))
    if shown.server and _is_gap(verdict, shown, refused) and (await client.settings(shown.server)).keeps_questions:
        client.keep_question(seen.id, shown.server, trace.answer.question, trace.answer.language, refused=False, at=seen.created_at)
    if verdict is not Verdict.NOT_MY_QUESTION:
        await tell(interaction, "thanks" if await client.written(vote) else "thanks_later")
        return
    entries = [match.entry for match in trace.matches if match.entry.id != shown.entry and not match.entry.known_unknown]
    await show(
        interaction,
        discord_pages.other_questions([(e.id, e.title(language)) for e in entries[:MOST_OFFERED]], seen.id, language, suggests=shown.server is not None),
    )


def _rate(store: Store, message: int, person: int, verdict: Verdict, shown: Shown, refused: bool) -> None:
    store.rate(message, person, verdict, server=shown.server, entry=shown.entry, receipt=shown.receipt, refused=refused)


def _is_gap(verdict: Verdict, shown: Shown, refused: bool) -> bool:
    """Whether a vote says that a question that was asked openly has got no answer that helps."""
    return verdict is not Verdict.HELPFUL and not refused and not shown.private


async def _vote_late(interaction: Interaction, seen: discord.Message, verdict: Verdict) -> None:
    """Take a vote on an answer while the store, which knows what it was, cannot be asked: all of it is done when it can."""
    store, assistant, person, channel = interaction.client.store, interaction.client.edition.assistant, interaction.user.id, interaction.channel_id

    def write() -> None:
        shown = store.shown(seen.id)
        if shown is None or shown.channel != channel:
            return
        found = assistant.ask(shown.question or "")
        refused = found.status is not Status.ANSWERED
        _rate(store, seen.id, person, verdict, shown, refused)
        if shown.server and _is_gap(verdict, shown, refused) and store.settings(shown.server).keeps_questions:
            store.keep_question(seen.id, shown.server, found.question, found.language, refused=False, at=seen.created_at)

    interaction.client.backlog.put(write)
    await tell(interaction, "thanks_later")


async def _share(interaction: Interaction, seen: discord.Message, shown: Shown) -> None:
    client = interaction.client
    settings = await client.settings(interaction.guild_id)
    if interaction.user.id != shown.asker or not shown.private:
        await tell(interaction, "asker_only")
        return
    if not is_open(interaction.channel, settings):
        await tell(interaction, "not_here")
        return
    if not await taken(interaction, settings, channel=interaction.channel_id):
        return
    private = tuple(_without_sharing(blocks_of(seen)))
    by = Text(f"-# {frame('shared_by', shown.language, name=interaction.user.display_name)}")
    await interaction.response.edit_message(view=layout(private))
    with client.at_work(answering=True):
        public = (by, *private) if fits((by, *private)) else private
        sent = await interaction.followup.send(view=layout(public), suppress_embeds=True, wait=True)
        client.remember(sent.id, functools.partial(dataclasses.replace, shown, message=sent.id, private=False))


def _without_sharing(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks of a private message as all may see them."""
    for block in blocks:
        yield Buttons(tuple(b for b in block.buttons if b.action != Act.SHARE)) if isinstance(block, Buttons) else block


async def _delete(interaction: Interaction, seen: discord.Message, shown: Shown) -> None:
    if interaction.user.id != shown.asker and not interaction.permissions.manage_messages:
        await tell(interaction, "asker_or_moderator")
        return
    await interaction.response.defer()
    await interaction.delete_original_response()
    interaction.client.forget(seen.id)


_ACTS: dict[Act, Callable[[Interaction, discord.Message, Shown], Awaitable[None]]] = {
    Act.CONTEXT: _in_context, Act.HELPFUL: _vote, Act.NOT_HELPFUL: _vote, Act.NOT_MY_QUESTION: _vote, Act.SHARE: _share, Act.DELETE: _delete,
}  # fmt: skip
PAGES: dict[str, Callable[[Client, int, str], tuple[Block, ...]]] = {
    "faq": lambda client, number, language: discord_pages.faq(client.edition.assistant.faq, number, language),
    "sources": lambda client, number, language: discord_pages.sources(client.edition.assistant.corpus, number, language),
    "timeline": lambda client, number, language: discord_pages.timeline(client.edition.timeline, number, language),
}
"""The lists whose pages are turned, by the first part of their buttons' custom_ids."""


async def _ask_entry(interaction: Interaction, chosen: str) -> None:
    entry = interaction.client.edition.assistant.faq.by_id.get(chosen)
    if entry is None:
        await tell(interaction, "changed")
    else:
        await answer(interaction, entry.title(language_of(interaction.locale)), private=True)


async def open_suggestion(interaction: Interaction, about: int | None = None) -> None:
    """A form for a suggestion, filled with the question of the answer message `about`; a line instead where there are no moderators to suggest to."""
    if interaction.guild_id is None:
        await tell(interaction, "suggest_server")
    else:
        await _open_form(interaction, SUGGEST, "button_suggest", about)


async def _open_form(interaction: Interaction, action: str, title: str, about: int | None) -> None:
    shown = await interaction.client.shown(about) if about else None
    field = Field(_QUESTION, "option_question", shortened(shown.question or "", LONGEST) if shown else "", longest=LONGEST, long=True)
    await open_form(interaction, action, title, field)


@dataclasses.dataclass(frozen=True, slots=True)
class Field:
    """A field of a form; `label` is a frame sentence's name."""

    name: str
    label: str
    value: str
    longest: int
    long: bool = False
    """Whether it has several lines."""
    required: bool = True


async def open_form(interaction: Interaction, action: str, title: str, *fields: Field) -> None:
    """Open a form, whose custom_id is `action`, as the response; `title` is a frame sentence's name."""
    language = language_of(interaction.locale)
    form = discord.ui.Modal(title=frames.say(title, language), custom_id=action, timeout=None)
    for field in fields:
        style = discord.TextStyle.paragraph if field.long else discord.TextStyle.short
        entered = discord.ui.TextInput[discord.ui.Modal](
            custom_id=field.name, style=style, max_length=field.longest, default=field.value or None, required=field.required
        )
        form.add_item(discord.ui.Label(text=frames.say(field.label, language), component=entered))
    form.stop()  # so that discord.py does not keep it
    await interaction.response.send_modal(form)


async def _submitted(interaction: Interaction) -> None:
    data: Any = interaction.data
    fields = [row.get("component") or {} for row in data.get("components", [])]
    entered = {str(f.get("custom_id")): f["value"] for f in fields if isinstance(f.get("value"), str)}
    form = pressed(data.get("custom_id"))
    if form == Pressed(REWORD) and _QUESTION in entered:
        await answer(interaction, entered[_QUESTION], private=True)
    elif form == Pressed(SUGGEST) and _QUESTION in entered and interaction.guild_id:
        await _suggest(interaction, interaction.guild_id, entered[_QUESTION])
    elif form and form.kind == REVIEW and form.number and form.what in ("approve", "reject"):
        await _decide(interaction, form.number, form.what, entered)
    else:
        await tell(interaction, "no_such_button")


async def _suggest(interaction: Interaction, server: int, question: str) -> None:
    client = interaction.client
    if not words(question):
        await tell(interaction, "empty")
        return
    made = Suggestion(interaction.id, server, interaction.user.id, language_of(interaction.locale), question)
    if await client.stored(client.store.suggest, made):
        await tell(interaction, "suggested")
    else:
        await tell(interaction, "suggest_full", count=MOST_OPEN)


async def review(interaction: Interaction) -> None:
    """Show a moderator the first suggestion that waits on the server, as the response."""
    assert interaction.guild_id is not None
    with interaction.client.at_work():
        await show(interaction, await _review_page(interaction, interaction.guild_id, 0))


async def _review_page(interaction: Interaction, server: int, at: int, chosen: Collection[str] = ()) -> tuple[Block, ...]:
    """The suggestion number `at` of those that wait; a line where none does."""
    client, language = interaction.client, language_of(interaction.locale)
    waiting, decided = await client.stored(client.store.suggestions, server), await client.stored(client.store.decisions, server)
    if not waiting:
        return discord_pages.line("review_none", language)
    at = min(max(at, 0), len(waiting) - 1)
    assistant, question = client.edition.assistant, waiting[at].question
    spans = await client.work(proposal.candidates, assistant, question)
    gap = await client.work(look_up, assistant, [question], 1)
    return discord_pages.review(waiting, at, gap, [(proposal.mark(s), s) for s in spans], chosen, decided, language)


def moderated(interaction: Interaction) -> discord.Guild:
    """The server, of which this person is a moderator. Raises NotAllowed."""
    if interaction.guild is None or not interaction.permissions.manage_guild:
        raise NotAllowed("moderators_only")
    return interaction.guild


async def _waiting(interaction: Interaction, number: int) -> tuple[discord.Guild, list[Suggestion], int]:
    """The server, the suggestions that wait there, and where among them that number is. Raises NotAllowed where this cannot be decided."""
    client, server = interaction.client, moderated(interaction)
    waiting = await client.stored(client.store.suggestions, server.id)
    at = next((n for n, s in enumerate(waiting) if s.number == number), None)
    if at is None:
        raise NotAllowed("review_gone")
    return server, waiting, at


async def _reviewed(interaction: Interaction, number: int, what: str, values: list[str]) -> None:
    """What a moderator presses in a review."""
    server, waiting, at = await _waiting(interaction, number)
    client = interaction.client
    question, own = waiting[at].question, f"{REVIEW}:{number}:{what}"
    if what == "reject":
        await open_form(interaction, own, "button_reject", Field(_WORD, "review_word", "", longest=LONGEST_WORD, long=True, required=False))
    elif what == "approve":
        name = proposed_id(question, client.edition.assistant.faq.by_id)
        fields = Field(_QUESTION, "option_question", question, longest=LONGEST, long=True), Field(_ENTRY, "review_entry", name, longest=LONGEST_ID)
        await open_form(interaction, own, "button_approve", *fields)
    elif what == "preview":
        spans = await _chosen(interaction, question)
        if spans:
            seen = await client.work(proposal.preview, client.edition.assistant, question, spans)
            blocks = message(seen, frame_language(seen, language_of(interaction.locale)), asked=True)
            await show(interaction, [block for block in blocks if not isinstance(block, Buttons)])
        else:
            await tell(interaction, "review_choose")
    else:
        turned = {"previous": at - 1, "next": at + 1}.get(what, at)
        await interaction.response.edit_message(view=layout(await _review_page(interaction, server.id, turned, values)))


async def _chosen(interaction: Interaction, question: str) -> list[Span]:
    """The quotes that are chosen in the menu of the message that was used, as today's articles have them."""
    menus = [block for block in blocks_of(interaction.message) if isinstance(block, Menu)] if interaction.message else []
    chosen = {option.value for block in menus for option in block.options if option.chosen}
    return [s for s in await interaction.client.work(proposal.candidates, interaction.client.edition.assistant, question) if proposal.mark(s) in chosen]


async def _decide(interaction: Interaction, number: int, what: str, entered: dict[str, str]) -> None:
    """A moderator's decision on a suggestion, from the form that was filled in."""
    server, waiting, at = await _waiting(interaction, number)
    client, language, suggestion = interaction.client, language_of(interaction.locale), waiting[at]
    if what == "reject":
        if not await client.stored(client.store.decide, number, server.id, Outcome.REJECTED, interaction.user.id):
            await tell(interaction, "review_gone")
            return
        _log.info("suggestion %d on server %d rejected by %d", number, server.id, interaction.user.id)
        await interaction.response.defer(ephemeral=True, thinking=True)
        told = await _told(client, suggestion, "told_rejected", server.name, entered.get(_WORD, ""))
        await interaction.edit_original_response(view=layout(discord_pages.line("review_rejected" if told else "review_rejected_untold", language)))
        return
    question, name = entered.get(_QUESTION, "").strip(), entered.get(_ENTRY, "").strip()
    spans = await _chosen(interaction, suggestion.question)
    if not spans and name not in client.edition.assistant.faq.by_id:
        await tell(interaction, "review_choose")
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        done = await asyncio.to_thread(proposal.approved, client.edition.assistant, name, question, spans)  # seconds: questions do not wait for it
    except BotError as error:
        place = client.edition.assistant.settings.faq
        reason = str(error).replace(str(place), place.name if place else "")
        await interaction.edit_original_response(view=layout((Text(escaped(cut(reason, LONGEST))),)))
        return
    written = interaction.user.id in client.owners
    if written:
        try:
            await client.work(proposal.write, done, name)
        except BotError as error:
            _log.error("an approved suggestion is not written: %s", error)
            written = False
    decided = await client.stored(client.store.decide, number, server.id, Outcome.APPROVED, interaction.user.id, name)
    if not decided and not written:
        await interaction.edit_original_response(view=layout(discord_pages.line("review_gone", language)))
        return
    _log.info("suggestion %d on server %d approved by %d as %s, %s", number, server.id, interaction.user.id, name, "written" if written else "not written")
    await _told(client, suggestion, "told_approved", server.name, "")
    blocks = discord_pages.change(proposal.shown(done), "review_written" if written else "review_approved", language)
    await interaction.edit_original_response(view=layout(blocks))


async def _told(client: Client, suggestion: Suggestion, name: str, server: str, word: str) -> bool:
    """Tell the person whose suggestion it was what became of it, in a direct message; False where that cannot be."""
    lines = [frame(name, suggestion.language, server=server, question=cut(suggestion.question, LONGEST_ASKED))]
    lines += [frame("told_word", suggestion.language, word=word.strip())] if word.strip() else []
    try:
        await (await client.fetch_user(suggestion.suggester or 0)).send(view=layout((Text("\n".join(lines)),)))
    except discord.HTTPException:
        return False
    return True


async def _set(interaction: Interaction, what: str, values: list[str]) -> None:
    """Keep what a moderator chose in one of the menus of the settings, and show them anew."""
    client, language, server = interaction.client, language_of(interaction.locale), moderated(interaction)
    settings = await client.stored(client.store.settings, server.id)
    channels = frozenset(n for value in values if value.isdecimal() and server.get_channel(n := int(value)))
    if what == "channels":
        settings = dataclasses.replace(settings, channels=channels)
    elif what == "forums":
        settings = dataclasses.replace(settings, forums=channels)
    elif what == "language":
        settings = dataclasses.replace(settings, language=values[0] if values[0] in frames.CATALOGUE["disagree"] else None)
    elif what == "cooldown" and int(values[0]) in COOLDOWNS:
        settings = dataclasses.replace(settings, cooldown=int(values[0]))
    elif what == "questions":
        settings = dataclasses.replace(settings, keeps_questions=values[0] == discord_pages.KEEPS)
    await client.save_settings(server.id, settings)
    await interaction.response.edit_message(view=layout(discord_pages.settings(settings, language, reads_posts=client.reads_posts)))
