"""What comes in through files and standard input: lines, and JSON objects one a line or one after another."""

from __future__ import annotations

import datetime
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from bot.errors import UsageError
from bot.yaml_nodes import parse_date

STREAM = "-"
"""The name of standard input."""
AT_ONCE = 128
"""Lines that are read ahead, at most."""
MOST_READ = 65_536
"""Bytes."""
_SPACE = re.compile(r"[ \t\n\r]*")


def standard_input() -> BinaryIO:
    """The bytes of standard input."""
    return sys.stdin.buffer


def lines(stream: Iterable[bytes]) -> Iterator[str]:
    """The lines of a stream, split at \\n alone, invalid bytes as U+FFFD."""
    for line in stream:
        yield line.removesuffix(b"\n").decode("utf-8", "replace")


def batches(stream: BinaryIO) -> Iterator[list[str]]:
    """As `lines`, those together that are there at once: the next of a file, at most AT_ONCE; of what somebody types each by itself."""
    begun: list[bytes] = []
    while data := stream.read1(MOST_READ):  # type: ignore[attr-defined]
        *whole, rest = data.split(b"\n")
        if whole:
            whole[0], begun = b"".join([*begun, whole[0]]), []
        begun.append(rest)
        found = list(lines(whole))
        for at in range(0, len(found), AT_ONCE):
            yield found[at : at + AT_ONCE]
    if any(begun):
        yield list(lines([b"".join(begun)]))


def opened(name: str) -> BinaryIO:
    """A file to read, `-` standard input. Raises UsageError."""
    try:
        return standard_input() if name == STREAM else Path(name).open("rb")
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from None


def records(name: str) -> Iterator[list[tuple[str, str | None, datetime.date | None]]]:
    """(question, language, until) of each line of a JSONL file, those together that are there at once, blank lines left out.

    Raises UsageError for a broken line, after what comes before it.
    """
    with opened(name) as stream:
        number = 0
        for batch in batches(stream):
            found = []
            for line in batch:
                number += 1
                try:
                    if line.strip():
                        found.append(_record(line, f"{name}:{number}"))
                except UsageError:
                    yield found
                    raise
            yield found


def _record(line: str, place: str) -> tuple[str, str | None, datetime.date | None]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{place}: not JSON: {error}") from None
    if not isinstance(record, dict):
        raise UsageError(f"{place}: not an object {{…}}")
    question, language, until = record.get("question"), record.get("lang"), record.get("until")
    if not isinstance(question, str):
        raise UsageError(f'{place}: "question" must be text')
    if language is not None and not isinstance(language, str):
        raise UsageError(f'{place}: "lang" must be text')
    if language is not None:
        check_tag(language, f"{place}: ")
    try:
        date = parse_date(until) if isinstance(until, str) else None
    except ValueError:
        date = None
    if until is not None and date is None:
        raise UsageError(f'{place}: "until" must be a date, YYYY-MM-DD')
    return question, language, date


def check_tag(language: str, place: str = "") -> None:
    """Raises UsageError where `language` is no language tag."""
    if not re.fullmatch(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", language):
        raise UsageError(f"{place}{language!r} is no language tag; write one such as en, es or pt-BR")


def objects(name: str) -> Iterator[tuple[int, dict[str, object]]]:
    """(line where it begins, object) of each JSON object of a file, on one line or on many. Raises UsageError for what is none."""
    try:
        with opened(name) as stream:
            text = stream.read().decode("utf-8", "replace").removeprefix("\ufeff")
    except OSError as error:
        raise UsageError(f"{name}: cannot be read: {error.strerror}") from None
    decoder, at, line = json.JSONDecoder(), 0, 1

    def next_at(start: int) -> int:
        found = _SPACE.match(text, start)
        return found.end() if found else start

    while (begin := next_at(at)) < len(text):
        line += text.count("\n", at, begin)
        try:
            record, at = decoder.raw_decode(text, begin)
        except json.JSONDecodeError as error:
            raise UsageError(f"{name}:{error.lineno}: not JSON: {error.msg} (column {error.colno})") from None
        except (ValueError, RecursionError) as error:
            raise UsageError(f"{name}:{line}: not JSON: {error}") from None
        if not isinstance(record, dict):
            raise UsageError(f"{name}:{line}: not an object {{…}}")
        yield line, record
        line += text.count("\n", begin, at)
