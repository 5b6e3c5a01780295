"""What `bot discord` is let in with, from the environment: the token and the proxy. No message has a value in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from bot import config
from bot.errors import UsageError

PORTAL = "https://discord.com/developers/applications (Bot)"
WHERE = f"copy it from {PORTAL}, Reset Token"
"""How one comes by a token."""
_TOKEN = re.compile(r"[\w-]{18,}\.[\w-]{5,}\.[\w-]{20,}", re.ASCII)


def read_token(environment: Mapping[str, str]) -> str:
    """The bot's token from DISCORD_TOKEN or the file that DISCORD_TOKEN_FILE names. Raises UsageError, never with the token in it."""
    name, token = "DISCORD_TOKEN", environment.get("DISCORD_TOKEN")
    if token is None and (path := environment.get("DISCORD_TOKEN_FILE")):
        name, token = f"the file of DISCORD_TOKEN_FILE ({path})", config.in_file(environment, "DISCORD_TOKEN_FILE")
    if token is None:
        raise UsageError(f"no token: set DISCORD_TOKEN, or DISCORD_TOKEN_FILE to a file that holds it; {WHERE}")
    token = token.rstrip("\r\n")
    if not token:
        raise UsageError(f"{name} is empty; {WHERE}")
    if not _TOKEN.fullmatch(token):
        raise UsageError(f"{name} is not a bot token: it has three parts with dots between them, no spaces, quotes or `Bot `; {WHERE}")
    return token


def read_proxy(environment: Mapping[str, str]) -> str | None:
    """The HTTP proxy that DISCORD_PROXY names, None where it names none. Raises UsageError."""
    proxy = environment.get("DISCORD_PROXY")
    if not proxy:
        return None
    try:
        parts = urlsplit(proxy)
        usable = parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise UsageError("DISCORD_PROXY is not an HTTP proxy; write it as http://HOST:PORT")
    return proxy
