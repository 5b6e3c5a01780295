"""What the modules of the command line share: the settings of a command, and rows on standard output."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable

import click

from bot import config, render
from bot.render import Row


def settings_of(ctx: click.Context) -> config.Settings:
    """The settings of a command: its options, then the environment. Raises CorpusError where no corpus can be found."""
    corpus, faq = ctx.obj
    return config.load(os.environ, corpus=corpus, faq=faq)


def page(rows: Iterable[Row]) -> str:
    """Rows for standard output: wrapped and in colour on a terminal, else plain."""
    if not sys.stdout.isatty():
        return render.plain(rows)
    return render.terminal(rows, shutil.get_terminal_size().columns, colour=not plain())


def plain() -> bool:
    """Whether no colour and no bold letters are wanted."""
    return "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
