"""Rows on standard output."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable

from bot import render
from bot.render import Row


def page(rows: Iterable[Row]) -> str:
    """Rows for standard output: wrapped and in colour on a terminal, else plain."""
    if not sys.stdout.isatty():
        return render.plain(rows)
    colour = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return render.terminal(rows, shutil.get_terminal_size().columns, colour=colour)
