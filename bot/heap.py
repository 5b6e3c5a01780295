"""The memory that the C library keeps free for later: given back to the system, where it can be."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache


def give_back() -> bool:
    """Give back what is free, some milliseconds' work; true where something was. False too where the C library knows no `malloc_trim` (macOS, musl)."""
    trim = _trim()
    return trim is not None and trim(0) == 1


@lru_cache(maxsize=1)
def _trim() -> Callable[[int], int] | None:
    """`malloc_trim` of glibc (https://man7.org/linux/man-pages/man3/malloc_trim.3.html)."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return None
    return found
