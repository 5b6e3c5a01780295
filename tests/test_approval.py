"""An approval that is cut off."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path

from approval_work import approve_on, question
from conftest import OTHER
from upper import cache_folder

from bot import faq_write
from bot.corpus import load_corpus
from bot.faq import load_faq
from bot.store import Outcome, Store

KILLS = int(os.environ.get("BOT_TEST_KILLS", "8"))
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["approval_work"])


def test_a_process_killed_while_it_approves_loses_no_suggestion(tmp_path: Path) -> None:
    """SIGKILL at random points: the FAQ loads and is the old or the new one, the store is sound, and each suggestion still waits or is written."""
    where, path = tmp_path / "bot.sqlite3", tmp_path / "faq.yaml"
    shutil.copy(OTHER / "faq.yaml", path)
    old = path.read_bytes()
    corpus, _ = load_corpus(OTHER / "corpus")
    chance, number = random.Random(4), 0
    for _ in range(KILLS):
        outlet, inlet = PROCESSES.Pipe(False)
        process = PROCESSES.Process(target=approve_on, args=(str(where), path, cache_folder(), number, inlet))
        process.start()
        inlet.close()
        told = [outlet.recv()]
        time.sleep(chance.uniform(0, 1.5))
        process.kill()
        process.join()
        with contextlib.suppress(EOFError):
            while True:
                told.append(outlet.recv())
        assert process.exitcode == -signal.SIGKILL
        entries = load_faq(path, corpus).by_id
        with contextlib.closing(sqlite3.connect(where)) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        with contextlib.closing(Store.open(str(where))) as store:
            (server,) = {row[0] for row in _rows(where, "SELECT DISTINCT server FROM suggestions")} or {0}
            waiting = {s.question for s in store.suggestions(server)}
            decided = {d.question: d for d in store.decisions(server)}
            assert all(d.outcome is Outcome.APPROVED and d.entry in entries for d in decided.values())
            assert {question(n) for n in range(told[-1] + 1)} <= decided.keys()
            assert {e.question for e in entries.values() if e.id.startswith("pet-")} <= decided.keys() | waiting
            number = max([n for n in range(told[-1] + 3) if question(n) in waiting | decided.keys()], default=number - 1) + 1
            for suggestion in store.suggestions(server):
                store.decide(suggestion.number, server, Outcome.REJECTED, 1)
    assert path.read_bytes().startswith(old)
    now = path.read_bytes()
    faq_write.write(path, now, old, "x")
    faq_write.undo(path)
    assert path.read_bytes() == now


def _rows(where: Path, statement: str) -> list[tuple[int]]:
    with contextlib.closing(sqlite3.connect(where)) as opened:
        return opened.execute(statement).fetchall()
