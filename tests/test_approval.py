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
    chance, takes, number, written = random.Random(4), 0.0, 0, 0
    rejected: set[str] = set()
    for _ in range(KILLS):
        outlet, inlet = PROCESSES.Pipe(False)
        process = PROCESSES.Process(target=approve_on, args=(str(where), path, cache_folder(), number, inlet))
        process.start()
        inlet.close()
        told, begun = [outlet.recv()], time.monotonic()
        if not takes:
            told.append(outlet.recv())
            takes = time.monotonic() - begun
        time.sleep(chance.uniform(0, 1.5) * takes)
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
            (server,) = servers(where) or {0}
            waiting = {s.question: s.number for s in store.suggestions(server)}
            approved = {d.question: d.entry for d in store.decisions(server) if d.outcome is Outcome.APPROVED}
            assert set(approved.values()) <= entries.keys()
            assert {question(n) for n in range(number, told[-1] + 1)} <= approved.keys()
            assert {e.question for e in entries.values() if e.id.startswith("pet-")} <= approved.keys() | waiting.keys() | rejected
            written += len(approved)
            for text, suggestion in waiting.items():
                store.decide(suggestion, server, Outcome.REJECTED, 1)
                rejected.add(text)
        number = told[-1] + 2
    assert written
    assert path.read_bytes().startswith(old)
    now = path.read_bytes()
    faq_write.write(path, now, old, "x")
    faq_write.undo(path)
    assert path.read_bytes() == now


def servers(where: Path) -> set[int]:
    """The servers of which the store has suggestions."""
    with contextlib.closing(sqlite3.connect(where)) as opened:
        return {row[0] for row in opened.execute("SELECT server FROM suggestions")}
