"""What can go wrong with other people's files and words, told so that it can be mended.

BotError                a message fit to show; never a bug of ours
├── UsageError          wrong arguments or unreadable input (exit code 2)
├── Refused             a change that would break what stands; nothing was written (exit code 1)
├── StoreError          the store of feedback and settings cannot be used (exit code 3)
├── SearchError         what searches passages is away, or its index cannot be used (exit code 3)
├── SavedIndexError     the saved index of a corpus is missing or cannot be read (exit code 3)
│   └── TextError       the text of an article in it is not what its hash was made of
└── BrokenFiles         the corpus or the FAQ cannot be used (exit code 3); holds every Problem found
    ├── CorpusError
    └── FaqError
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that do something to a terminal or a log: controls, line and direction marks, lone surrogates."""


def harmless(text: str) -> str:
    """`text` with each character that could do something to a terminal or a log written as its code, such as \\x1b."""
    return _ACTING.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong (or doubtful) in a file, where it is, and what mends it."""

    path: str
    line: int
    """1-based; 0 where the whole file is meant."""
    column: int
    message: str
    where: str = ""
    """The entry or field, such as `refunds.evidence[0].quote`."""
    mend: str = ""
    warning: bool = False

    def __str__(self) -> str:
        place = self.path + (f":{self.line}" if self.line else "") + (f":{self.column}" if self.line and self.column else "")
        kind = "warning: " if self.warning else ""
        where = f"{self.where}: " if self.where else ""
        mend = "".join(f"\n    {line}" for line in self.mend.splitlines())
        return harmless(f"{place}: {kind}{where}{self.message}{mend}")


def not_utf8(path: object, error: UnicodeDecodeError) -> Problem:
    """The problem of a file that is not UTF-8, at its line."""
    return Problem(str(path), error.object.count(b"\n", 0, error.start) + 1, 0, "not UTF-8", mend="save the file as UTF-8")


class BotError(Exception):
    """An expected failure whose message can be shown as it is."""

    exit_code = 2


class UsageError(BotError):
    """The arguments, the settings or the input cannot be used."""


class Refused(BotError):
    """A change that would break what stands; nothing was written."""

    exit_code = 1


class StoreError(BotError):
    """The store of feedback and settings cannot be opened, read or written; nothing of what it holds was harmed."""

    exit_code = 3

    def __init__(self, message: str, *, again: bool = True) -> None:
        """`again`: whether the same may work later; False where the store refuses what was to be written."""
        super().__init__(message)
        self.again = again


class SearchError(BotError):
    """What searches passages cannot be reached, or its index is missing or not ours."""

    exit_code = 3


class SavedIndexError(BotError):
    """The saved index of a corpus is missing or cannot be read; building it anew mends it."""

    exit_code = 3


class TextError(SavedIndexError):
    """The text of an article in a saved index is not the one that its hash was made of; it is not shown."""


class BrokenFiles(BotError):
    """A file of the corpus or the FAQ is missing or broken; `problems` has all that was found, sorted."""

    exit_code = 3

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


class CorpusError(BrokenFiles):
    """The corpus is missing or broken."""


class FaqError(BrokenFiles):
    """The FAQ is missing or broken."""


def number_of(count: int, noun: str) -> str:
    """A number with what it counts, for messages, which are in English: `1 error`, `2 errors`, `0 entries`."""
    if count == 1:
        return f"1 {noun}"
    return f"{count} {re.sub('(?<=[^aeiou])y$', 'ie', noun)}s"
