"""The log: its two forms, the id of a question in each line that belongs to it, and what it does not tell."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
from datetime import datetime

import pytest
from conftest import ROOT

from bot import logs
from bot.errors import StoreError, UsageError

PROGRAM = """
import logging, os
from bot import logs
logs.set_up(os.environ)
log = logging.getLogger("bot.test")
log.info("before")
logs.ASKING.set(logs.Asking(1, "0123456789"))
log.info("question", extra={"status": "answered", "reason": None})
try:
    try:
        {}["where is my phone?"]
    except KeyError as error:
        raise OSError(28, "No space left on device") from error
except OSError:
    log.exception("two\\nlines")
"""


def written(form: str) -> list[str]:
    """The lines of standard error of a real process."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, env={"BOT_LOG": form, "PATH": ""}, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    return done.stderr.splitlines()


def test_lines_are_for_people() -> None:
    """Time, level, place and message, then what is given with it by name; what is not there is a dash."""
    before, question, *failure = written("text")
    assert before.split(" ", 2)[2] == "INFO bot.test: before"
    assert question.split(" ", 2)[2] == "INFO bot.test: question question=0123456789 status=answered reason=-"
    assert failure[-1] == "OSError: [Errno 28] No space left on device".replace("OSError", "builtins.OSError")


def test_objects_are_for_programs() -> None:
    """One JSON object a line, whatever the message; times are in UTC; the question's id is a field."""
    before, question, failure = map(json.loads, written("json"))
    assert {k: v for k, v in before.items() if k != "time"} == {"level": "info", "logger": "bot.test", "message": "before"}
    assert datetime.fromisoformat(before["time"]).utcoffset() is not None
    assert (question["question"], question["status"], question["reason"]) == ("0123456789", "answered", None)
    assert failure["message"] == "two\nlines"
    assert failure["error"].endswith("OSError: [Errno 28] No space left on device")


@pytest.mark.parametrize("form", logs.FORMS)
def test_an_error_that_quotes_a_question_does_not_bring_it_into_the_log(form: str) -> None:
    """The kind and the place of a KeyError are told, its words are not; words of the system and of the store are."""
    said = "\n".join(written(form))
    assert "KeyError" in said
    assert "File" in said
    assert "phone" not in said.replace('{}["where is my phone?"]', "")
    assert logs.told(StoreError("the store cannot be written")).endswith("StoreError: the store cannot be written")


def test_an_unknown_form_is_told() -> None:
    """BOT_LOG=xml: one line that says what may be written."""
    with pytest.raises(UsageError, match="BOT_LOG is 'xml'; write text or json"):
        logs.set_up({"BOT_LOG": "xml"})


def test_two_tasks_have_two_ids() -> None:
    """What one task logs has its own question's id, whatever runs at the same time."""

    async def ask(server: int) -> tuple[str, str]:
        logs.ASKING.set(made := logs.Asking(server))
        await asyncio.sleep(0)
        record = logging.makeLogRecord({})
        assert logs._with_id(record)
        return made.id, record.__dict__["question"]

    async def play() -> None:
        pairs = await asyncio.gather(*(ask(n) for n in range(20)))
        assert all(one == other for one, other in pairs)
        assert len({one for one, _ in pairs}) == 20

    asyncio.run(play())
