"""A file that an article is made from: text, Markdown with or without front matter, or a saved page."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bot import saved_page
from bot.corpus import FRONT_MATTER
from bot.errors import UsageError
from bot.files import read_regular
from bot.text import acting, code
from bot.yaml_nodes import parse

LARGEST = 8_000_000
"""Bytes of a file that is read."""
LONGEST = 400_000
"""Characters of an article's text: some 70,000 words."""
PAGES = (".html", ".htm", ".xhtml")
KINDS = (".txt", ".md", *PAGES)
_CLOSING = "\n---\n"


@dataclass(frozen=True, slots=True)
class Source:
    """The text of an article to be, and what its file says of it."""

    path: Path
    text: str
    says: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """By field of the front matter: (value, which part of the file says it)."""
    head: str = ""
    """The front matter of a Markdown file, as it stands there, without the lines `---`."""
    notes: tuple[str, ...] = ()
    """What of the file was not taken as it is."""


def read_source(path: Path) -> Source:
    """The article in a file; no symbolic link is followed. Raises UsageError for what is no such file, is too large or holds no text."""
    kind = path.suffix.casefold()
    if kind not in KINDS:
        raise UsageError(f"{path}: not a kind of file that is read here; kinds: {', '.join(KINDS)}")
    try:
        data = read_regular(path, LARGEST)
    except OSError as error:
        what = "a symbolic link; name the file itself" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
        raise UsageError(f"{path}: {what}") from None
    if len(data) > LARGEST:
        raise UsageError(f"{path}: larger than {LARGEST:,} bytes; save the article alone")
    try:
        return _page(path, data) if kind in PAGES else _text(path, data, front_matter=kind == ".md")
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None


def _page(path: Path, data: bytes) -> Source:
    page = saved_page.decoded(data)
    notes = ("tables were left out: their lines are no sentences of the page",) if "<table" in page.casefold() else ()
    return Source(path, _sound(saved_page.article_text(page)), saved_page.fields(page), notes=notes)


def _text(path: Path, data: bytes, *, front_matter: bool) -> Source:
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"line {line} is not UTF-8; save the file as UTF-8") from None
    notes = ["a byte order mark was left out"] if content.startswith("\ufeff") else []
    content = content.removeprefix("\ufeff")
    if "\r" in content:
        content = content.replace("\r\n", "\n").replace("\r", "\n")
        notes.append("line ends CR LF were written as LF")
    head, closing, text = content.partition(_CLOSING)
    if not (front_matter and head.startswith("---\n") and closing):
        return Source(path, _sound(content), notes=tuple(notes))
    root, problems = parse(head[4:] + "\n", str(path), first_line=2)
    if problems:
        raise UsageError(f"its front matter cannot be read:\n{problems[0]}")
    says: dict[str, tuple[str, str]] = {}
    for key, node in root.value.items() if root and isinstance(root.value, dict) else ():
        if key in FRONT_MATTER and isinstance(node.value, str) and node.value.strip():
            says[key] = (node.value, "its front matter")
        elif key in FRONT_MATTER and node.value is None and key != "language":
            says[key] = ("null", "its front matter")
    return Source(path, _sound(text), says, head[4:], tuple(notes))


def _sound(text: str) -> str:
    """The text. Raises UsageError where it is empty, too long or not text."""
    if not text.strip():
        raise UsageError("holds no text")
    if len(text) > LONGEST:
        raise UsageError(f"the text is longer than {LONGEST:,} characters; add it in parts")
    if found := acting(text):
        raise UsageError(f"line {text.count(chr(10), 0, found.start()) + 1} holds a control character ({code(found)}); is it text?")
    return text
