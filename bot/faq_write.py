"""Putting a changed faq.yaml in place: whole or not at all, one writer at a time, the last change kept so that it can be undone.

What a change replaced is kept beside the FAQ in `.NAME.undo`: a line of JSON (what was done, and the SHA-256 of what it wrote), then the
bytes that were there before. The lock is on the folder, and leaves no file behind.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import Refused, UsageError
from bot.files import only_writer, write_whole


def undo_path(path: Path) -> Path:
    """Where the last change of a FAQ is kept."""
    target = path.resolve()
    return target.with_name(f".{target.name}.undo")


def write(path: Path, before: bytes, after: bytes, what: str) -> None:
    """Replace `before` (empty: or no file yet) by `after`; `what` says it for the undo. Raises Refused where the file is no longer `before` or another process is
    writing it, UsageError where it cannot be written."""
    with _alone(path, before):
        write_whole(undo_path(path), _kept(before, after, what))
        write_whole(path, after)


def undone(path: Path) -> tuple[bytes, bytes, str]:
    """(bytes now, bytes before the last change, what that was). Raises Refused where the file is not as the last change left it."""
    try:
        now, kept = path.read_bytes(), undo_path(path).read_bytes()
    except FileNotFoundError:
        raise Refused(f"{path}: no change to undo") from None
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be read: {error.strerror}") from None
    head, _, before = kept.partition(b"\n")
    try:
        record = json.loads(head)
        sha256, what = str(record["sha256"]), str(record["what"])
    except (ValueError, KeyError, TypeError):
        raise Refused(f"{undo_path(path)} is not as it was written; nothing was undone") from None
    if hashlib.sha256(now).hexdigest() != sha256:
        raise Refused(f"{path} is not as the last change here left it ({what}); nothing was undone")
    return now, before, what


def undo(path: Path) -> str:
    """Take the last change back and say what it was; again takes that back. Raises as `undone` and `write`."""
    now, before, what = undone(path)
    with _alone(path, now):
        write_whole(path, before)
        write_whole(undo_path(path), _kept(now, before, what.removeprefix("undo of ") if what.startswith("undo of ") else f"undo of {what}"))
    return what


def _kept(before: bytes, after: bytes, what: str) -> bytes:
    return json.dumps({"what": what, "sha256": hashlib.sha256(after).hexdigest()}, ensure_ascii=False).encode() + b"\n" + before


@contextmanager
def _alone(path: Path, expected: bytes) -> Iterator[None]:
    """No other process of this program writes the file meanwhile, and it is as expected."""
    try:
        with only_writer(path.resolve().parent):
            if (path.read_bytes() if path.exists() else b"") != expected:
                raise Refused(f"{path} was changed by another meanwhile; nothing was written; do it again")
            yield
    except BlockingIOError:
        raise Refused(f"{path} is being written by another process; nothing was written; do it again") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
