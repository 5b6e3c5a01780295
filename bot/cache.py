"""What is dear to compute, kept in the user's cache folder; losing it costs time and nothing else."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[np.generic]]
KEPT = 40
"""Files kept; older ones are removed when a new one is written."""


def cached(folder: Path | None, key: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays that `make` returns, from the file `key` of `folder` where an earlier run left them; None keeps nothing."""
    if folder is None:
        return make()
    path = folder / f"{key}.npz"
    with contextlib.suppress(OSError, ValueError, KeyError, zipfile.BadZipFile, EOFError), np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}
    arrays = make()
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    _write(path, buffer.getvalue())
    return arrays


def cached_text(folder: Path | None, key: str, make: Callable[[], str]) -> str:
    """As `cached`, for a text; its SHA-256 is kept with it, so that a damaged file is made anew."""
    if folder is None:
        return make()
    path = folder / f"{key}.txt"
    with contextlib.suppress(OSError):
        digest, _, body = path.read_bytes().partition(b"\n")
        if hashlib.sha256(body).hexdigest().encode() == digest:
            return body.decode()
    text = make()
    _write(path, hashlib.sha256(text.encode()).hexdigest().encode() + b"\n" + text.encode())
    return text


def _write(path: Path, data: bytes) -> None:
    """Write a cache file whole or not at all, and remove the oldest ones; a folder that cannot be written is left alone."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
        stored = sorted(path.parent.glob("*.*"), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in stored[KEPT:]:
            old.unlink(missing_ok=True)
