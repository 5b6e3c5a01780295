"""The log of the bot in Discord: lines for people, or JSON objects for programs, each with the id of the question that it belongs to.

What people ask is not in it: of an error that may hold their words its place and kind are told, and not its message.
"""

from __future__ import annotations

import json
import logging
import secrets
import sys
import time
import traceback
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.errors import BotError, UsageError

VARIABLE = "BOT_LOG"
FORMS = ("text", "json")
_OWN = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
"""What every record has; what else one has was given with it."""
_QUOTABLE: tuple[type[BaseException], ...] = (BotError, OSError)
_QUOTABLE_MODULES = ("discord.errors", "discord.gateway", "aiohttp.")
"""Errors whose messages tell of the system, of Discord or of files: none of them quotes a question."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What a person does that is being worked on: its id in the log and in messages, the server whose turn it takes, and when it came."""

    server: int
    """The server's id; in direct messages the channel's."""
    id: str = field(default_factory=lambda: secrets.token_hex(5))
    begun: float = field(default_factory=time.monotonic)
    """Seconds of a clock that never goes back."""


ASKING: ContextVar[Asking | None] = ContextVar("asking", default=None)
"""Whose work the current task is."""


def set_up(environment: Mapping[str, str]) -> None:
    """Write what happens to standard error, in the form that BOT_LOG names. Raises UsageError where it names none."""
    form = environment.get(VARIABLE) or FORMS[0]
    if form not in FORMS:
        raise UsageError(f"{VARIABLE} is {form!r}; write {' or '.join(FORMS)}")
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_with_id)
    handler.setFormatter(_Objects() if form == "json" else _Lines())
    logging.basicConfig(handlers=[handler], level=logging.INFO)


def _with_id(record: logging.LogRecord) -> bool:
    """Give a record the id of the question that its task works on."""
    if asking := ASKING.get():
        record.question = asking.id
    return True


def _given(record: logging.LogRecord) -> dict[str, object]:
    """What was given with a record beside its message, the question's id first."""
    return {name: value for name, value in sorted(record.__dict__.items(), key=lambda item: item[0] != "question") if name not in _OWN}


class _Told(logging.Formatter):
    """Tells errors without what they may quote."""

    def formatException(self, ei: object) -> str:
        assert isinstance(ei, tuple)
        return told(ei[1]) if ei[1] else ""


class _Lines(_Told):
    """`2026-11-24 13:00:00,000 INFO bot.discord_client: question question=0123456789 status=answered …`"""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:
        return super().formatMessage(record) + "".join(f" {name}={'-' if value is None else value}" for name, value in _given(record).items())


class _Objects(_Told):
    """One JSON object on one line: time (UTC), level, logger, message, question, what else was given, and the error."""

    def format(self, record: logging.LogRecord) -> str:
        made: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_given(record),
        }
        if record.exc_info and record.exc_info[1]:
            made["error"] = told(record.exc_info[1])
        return json.dumps(made, ensure_ascii=False, default=str)


def told(error: BaseException) -> str:
    """An error as Python prints it, those that led to it first; without its message where that may hold what a person wrote."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    quotable = isinstance(error, _QUOTABLE) or type(error).__module__.startswith(_QUOTABLE_MODULES)
    last = f"{type(error).__module__}.{type(error).__qualname__}" + (f": {error}" if quotable else "")
    own = "Traceback (most recent call last):\n" + "".join(traceback.format_tb(error.__traceback__)) + last
    return f"{told(before)}\n\n{own}" if before else own
