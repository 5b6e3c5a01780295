"""What the Discord application can show without a connection: a message as it would send it, and the link that invites it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

import discord

from bot.assistant import Assistant
from bot.credentials import read_token
from bot.discord_message import components_of, frame_language
from bot.discord_views import is_for_all, response
from bot.errors import UsageError

PERMISSIONS = discord.Permissions(view_channel=True, send_messages=True, send_messages_in_threads=True, read_message_history=True)
"""The least that answering needs; Discord wants the message history for an answer that refers to the message it answers."""
SCOPES = ("bot", "applications.commands")
_ID = re.compile(r"\d{15,20}", re.ASCII)


def components(assistant: Assistant, question: str) -> list[dict[str, Any]]:
    """The message that `/ask` in a server sends to somebody whose Discord speaks English."""
    found = assistant.ask(question)
    return components_of(response(found, frame_language(found, "en"), private=not is_for_all(found), shareable=True))


def invitation(environment: Mapping[str, str]) -> str:
    """The link that adds the bot to a server, for the application of DISCORD_APPLICATION_ID, else of the token. Raises UsageError."""
    given = environment.get("DISCORD_APPLICATION_ID")
    application = given.strip() if given else _application_of(read_token(environment))
    if not _ID.fullmatch(application):
        raise UsageError(
            f"{'DISCORD_APPLICATION_ID' if given else 'the first part of the token'} is no application id: set DISCORD_APPLICATION_ID to "
            "the 15 to 20 digits that https://discord.com/developers/applications shows (General Information, Application ID)"
        )
    return discord.utils.oauth_url(int(application), permissions=PERMISSIONS, scopes=SCOPES)


def _application_of(token: str) -> str:
    """What the first part of a token says, read as base64."""
    part = token.split(".")[0]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("ascii", "replace")
