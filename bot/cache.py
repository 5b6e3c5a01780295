"""What is dear to compute, kept in the user's cache folder; losing it costs time and nothing else."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.files import write_whole

Arrays = Mapping[str, npt.NDArray[np.generic]]
_OURS = re.compile(r"^[a-z-]+-[0-9a-f]{24}\.(?:npz|txt)$")
KEPT = 50
"""Files kept; those that were used longest ago are removed when a new one is written."""


def cached(folder: Path | None, key: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays that `make` returns, from the file `key` of `folder` where an earlier run left them; None keeps nothing."""
    if folder is None:
        return make()
    path = folder / f"{key}.npz"
    stored = _read(path)
    if stored is not None:
        with np.load(io.BytesIO(stored), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    arrays = make()
    replace(folder, key, arrays)
    return arrays


def replace(folder: Path, key: str, arrays: Arrays) -> None:
    """Keep `arrays` under `key`, whatever was there before."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    _write(folder / f"{key}.npz", buffer.getvalue())


def cached_text(folder: Path | None, key: str, make: Callable[[], str]) -> str:
    """As `cached`, for a text."""
    if folder is None:
        return make()
    path = folder / f"{key}.txt"
    stored = _read(path)
    if stored is not None:
        return stored.decode()
    text = make()
    _write(path, text.encode())
    return text


def _read(path: Path) -> bytes | None:
    """What was written to a cache file; None where it is not there or is not as it was written."""
    try:
        digest, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    if hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return body


def _write(path: Path, data: bytes) -> None:
    """Write a cache file, its SHA-256 before it, whole or not at all, and remove those unused for longest; a folder that cannot be written is left alone."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, hashlib.sha256(data).hexdigest().encode() + b"\n" + data)
        stored = sorted((p for p in path.parent.iterdir() if _OURS.search(p.name)), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in stored[KEPT:]:
            old.unlink(missing_ok=True)
