"""What the tests of the store let other processes do, until they end or are killed."""

from __future__ import annotations

import itertools
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import alembic.runtime.environment
import alembic.script  # noqa: F401 (both here, so that a process is killed in the migration and not while it imports)

from bot import store
from bot.store import ServerSettings, Shown, Store, Verdict


def shown(number: int) -> Shown:
    """An answer of which every part tells its number."""
    return Shown(number, number, number, number, f"question {number}", "en", str(number), str(number), True)


def vote(store: Store, message: int, person: int, verdict: Verdict = Verdict.HELPFUL) -> bool:
    return store.rate(message, person, verdict, server=None, entry="entry", receipt="receipt", refused=False)


def write_on(where: str, first: int, told: Connection) -> None:
    """Write numbers from `first` on, without end, and tell each that is written."""
    opened = Store.open(where)
    for number in itertools.count(first):
        vote(opened, number, 1)
        opened.remember(shown(number))
        opened.save_settings(1, ServerSettings(str(number), frozenset({number}), frozenset({number}), number))
        told.send(number)


def open_with(where: str, migrations: Path | None, told: Connection) -> None:
    """Open the store, with the migrations of that folder where one is named; tell the beginning and the end."""
    if migrations:
        store.MIGRATIONS = migrations
    told.send("opening")
    Store.open(where).close()
    told.send("opened")


def open_together(where: str, barrier: Barrier, told: Connection) -> None:
    """Open the store at the moment when others do, and write into it; tell how it went."""
    barrier.wait()
    try:
        opened = Store.open(where)
        told.send(vote(opened, 1, 1))
        opened.close()
    except Exception as error:
        told.send(repr(error))
