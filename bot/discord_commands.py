"""The slash commands and the menus of messages."""

from __future__ import annotations

import asyncio
import re
from functools import partial
from typing import Any

import discord
from discord import app_commands

from bot import discord_pages, frames, presence
from bot.discord_client import Interaction, NotAllowed, Tree, language_of, taken, tell
from bot.discord_reload import counts, reload
from bot.discord_views import PAGES, answer, components, is_open, layout, moderated, open_suggestion, review, show
from bot.errors import BrokenFiles
from bot.gaps import gaps
from bot.store import Shown

_NOT_WORDS = re.compile(r"<(?:@[!&]?|#|a?:\w+:)\d+>", re.ASCII)
"""Mentions and custom emoji as they stand in a message's content."""


class Translator(app_commands.Translator):
    """The words of commands in the languages of the frame sentences."""

    async def translate(self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes) -> str | None:
        """The frame sentence in Discord's locale; None where the catalogue has not its language, so that the English one stands."""
        name, language = string.extras.get("frame"), language_of(locale)
        return frames.say(name, language) if name and language != "en" and frames.spoken(language) == language else None


def _said(name: str) -> app_commands.locale_str:
    """A frame sentence that Discord shows in its user's language."""
    return app_commands.locale_str(frames.say(name, "en"), frame=name)


def add(tree: Tree) -> None:
    """Add all commands and menus."""
    commands: list[app_commands.Command[Any, ..., Any]] = [_ask, _sources, _timeline, _privacy, _help, _settings, _reload]
    for command in commands:
        tree.add_command(command)
    questions = app_commands.Group(name=_said("name_faq"), description=_said("command_faq"))
    for command in (_browse, _suggest, _gaps, _review):
        questions.add_command(command)
    tree.add_command(questions)
    for name, menu in (("menu_ask", _ask_about), ("menu_check", _check_quote)):
        tree.add_command(app_commands.ContextMenu(name=_said(name), callback=menu))


@app_commands.command(name=_said("name_ask"), description=_said("command_ask"))
@app_commands.rename(question=_said("name_question"), private=_said("name_private"))
@app_commands.describe(question=_said("option_question"), private=_said("option_private"))
async def _ask(interaction: Interaction, question: str, private: bool = False) -> None:
    await answer(interaction, question, private=private)


@_ask.autocomplete("question")
async def _complete(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    titles = interaction.client.edition.titles.suggest(typed, language_of(interaction.locale))
    return [app_commands.Choice(name=title, value=title) for title in titles]


async def _ask_about(interaction: Interaction, message: discord.Message) -> None:
    await answer(interaction, without_mentions(words_of(message)), private=True)


async def _check_quote(interaction: Interaction, message: discord.Message) -> None:
    client, language = interaction.client, language_of(interaction.locale)
    settings = await client.settings(interaction.guild_id)
    if not await taken(interaction, settings):
        return
    shareable = not interaction.context.dm_channel and is_open(interaction.channel, settings)
    with client.at_work(answering=True):
        found = await client.work(presence.check, words_of(message), client.edition.assistant)
        number = await show(interaction, discord_pages.findings(found, language, shareable=shareable))
        if number and found and shareable and interaction.channel_id:
            owner = (interaction.channel_id, interaction.guild_id, interaction.user.id)
            client.remember(number, partial(Shown, number, *owner, None, language, "", None, True))


def words_of(message: discord.Message) -> str:
    """What a message says: its content, else the texts of its components, of its embeds or of what it forwards."""
    texts = [message.content, "\n".join(c.content for c in components(message.components) if isinstance(c, discord.TextDisplay))]
    texts += ["\n".join(e.description for e in message.embeds if e.description), "\n".join(s.content for s in message.message_snapshots)]
    return next((text for text in texts if text.strip()), "")


def without_mentions(content: str) -> str:
    """A message's content without mentions and custom emoji."""
    return _NOT_WORDS.sub(" ", content).strip()


@app_commands.command(name=_said("name_browse"), description=_said("command_faq"))
async def _browse(interaction: Interaction) -> None:
    await _first_page(interaction, "faq")


@app_commands.command(name=_said("name_suggest"), description=_said("command_suggest"))
async def _suggest(interaction: Interaction) -> None:
    await open_suggestion(interaction)


@app_commands.command(name=_said("name_sources"), description=_said("command_sources"))
async def _sources(interaction: Interaction) -> None:
    await _first_page(interaction, "sources")


@app_commands.command(name=_said("name_timeline"), description=_said("command_timeline"))
async def _timeline(interaction: Interaction) -> None:
    await _first_page(interaction, "timeline")


async def _first_page(interaction: Interaction, kind: str) -> None:
    await show(interaction, PAGES[kind](interaction.client, 0, language_of(interaction.locale)))


@app_commands.command(name=_said("name_privacy"), description=_said("command_privacy"))
async def _privacy(interaction: Interaction) -> None:
    await show(interaction, discord_pages.privacy(language_of(interaction.locale), reads_posts=interaction.client.reads_posts))


@app_commands.command(name=_said("name_help"), description=_said("command_help"))
async def _help(interaction: Interaction) -> None:
    await show(interaction, discord_pages.help_page(language_of(interaction.locale), len(interaction.client.edition.assistant.corpus.articles)))


def _moderates(interaction: Interaction) -> bool:
    moderated(interaction)
    return True


@app_commands.command(name=_said("name_gaps"), description=_said("command_gaps"))
@app_commands.check(_moderates)
async def _gaps(interaction: Interaction) -> None:
    client, language, server = interaction.client, language_of(interaction.locale), interaction.guild_id
    assert server is not None
    if not (await client.settings(server)).keeps_questions:
        await tell(interaction, "gaps_off")
        return
    with client.at_work():
        await interaction.response.defer(ephemeral=True, thinking=True)
        asked = await client.stored(client.store.asked, server)
        found = await asyncio.to_thread(gaps, client.edition.assistant, asked)  # seconds: questions do not wait for it
        await interaction.edit_original_response(view=layout(discord_pages.gaps(found, language)))


@app_commands.command(name=_said("name_review"), description=_said("command_review"))
@app_commands.check(_moderates)
async def _review(interaction: Interaction) -> None:
    await review(interaction)


@app_commands.command(name=_said("name_settings"), description=_said("command_settings"))
@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
@app_commands.check(_moderates)
async def _settings(interaction: Interaction) -> None:
    client = interaction.client
    chosen = await client.settings(interaction.guild_id)
    await show(interaction, discord_pages.settings(chosen, language_of(interaction.locale), reads_posts=client.reads_posts))


def _owns(interaction: Interaction) -> bool:
    if interaction.user.id not in interaction.client.owners:
        raise NotAllowed("owner_only")
    return True


@app_commands.command(name=_said("name_reload"), description=_said("command_reload"))
@app_commands.default_permissions(manage_guild=True)
@app_commands.check(_owns)
async def _reload(interaction: Interaction) -> None:
    client, language = interaction.client, language_of(interaction.locale)
    if client.reloading.locked():
        await tell(interaction, "reload_running")
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        view = layout(counts(await reload(client), language))
    except BrokenFiles as error:
        view = layout(discord_pages.problems(error.problems, language))
    await interaction.edit_original_response(view=view)
