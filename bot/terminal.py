"""What the modules of the command line share: the settings of a command, and rows on standard output."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

import click

from bot import config, render
from bot.errors import UsageError
from bot.render import Row


def settings_of(ctx: click.Context) -> config.Settings:
    """The settings of a command: its options, then the environment. Raises CorpusError where no corpus can be found."""
    corpus, faq = ctx.obj
    return config.load(os.environ, corpus=corpus, faq=faq)


def faq_of(settings: config.Settings) -> Path:
    """The FAQ's file. Raises UsageError where none is in use."""
    if settings.faq is None:
        raise UsageError("no FAQ is in use; name one with --faq FILE or BOT_FAQ (bot --faq FILE faq add begins one)")
    return settings.faq


def page(rows: Iterable[Row]) -> str:
    """Rows for standard output: wrapped and in colour on a terminal, else plain."""
    if not sys.stdout.isatty():
        return render.plain(rows)
    return render.terminal(rows, shutil.get_terminal_size().columns, colour=not plain())


def plain() -> bool:
    """Whether no colour and no bold letters are wanted."""
    return "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
