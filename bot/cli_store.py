"""`bot store`: what members and moderators of servers left, kept elsewhere and put back."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from bot import config, streams
from bot.errors import UsageError, number_of
from bot.files import written_whole


@click.group()
def store() -> None:
    """Back up the store of settings and votes (BOT_STORE), and restore it.

    A backup is a text file of JSON lines. It is the same for SQLite and PostgreSQL, so that it moves a store from one to the other. It holds
    what the store holds, people's ids and the key of the votes included: keep it as safe.
    """


@store.command()
@click.argument("file")
def backup(file: str) -> None:
    """Write a backup to FILE (- for standard output); the bot may run meanwhile."""
    from bot.backup import dump

    lines = dump(config.store_of(os.environ))
    if file == streams.STREAM:
        sys.stdout.buffer.writelines(lines)
        return
    count = 0
    try:
        with written_whole(Path(file), 0o600) as written:
            for line in lines:
                written.write(line)
                count += 1
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
    click.echo(f"{file}: {number_of(count - 2, 'row')}", err=True)  # the first line and the last are none


@store.command()
@click.argument("file")
@click.option("--replace", is_flag=True, help="Remove first what the store holds.")
def restore(file: str, replace: bool) -> None:
    """Put the backup in FILE (- for standard input) into the store, whole or not at all; stop the bot before.

    Exit code 1 where the store holds something already.
    """
    from bot.backup import load

    with streams.opened(file) as stream:
        place, rows = load(stream, file, config.store_of(os.environ), replace=replace)
    click.echo(f"{place}: {number_of(rows, 'row')} restored", err=True)
