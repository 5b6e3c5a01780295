"""What people asked in vain, put together: on the fictional corpus."""

from __future__ import annotations

import contextlib
import os
import pty
import random
import select
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from conftest import OTHER
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from upper import assistant, environment, ferry, small

from bot.gaps import ALIKE, FEWEST, Gap, alike, gaps, told
from bot.store import Asked, Store

VENEZUELA = ["Is there a ferry to Venezuela?", "when does the ferry to Venezuela leave", "how much is the ferry to Venezuela???", "Venezuela ferry"]


def asked(*questions: str, refused: bool = True, count: int = 1) -> list[Asked]:
    return [Asked(question, "en", refused, count) for question in questions]


def test_questions_that_are_alike_are_one_gap() -> None:
    """Counted together, the most frequent wording first; other questions stay apart."""
    found = gaps(assistant("other"), [*asked(*VENEZUELA), *asked(VENEZUELA[1], count=5), *asked("who is the mayor of Ulm?", count=4)])
    assert [(gap.wordings[0], gap.count) for gap in found] == [("when does the ferry to Venezuela leave", 9), ("who is the mayor of Ulm?", 4)]
    assert sorted(found[0].wordings[1:]) == sorted({*VENEZUELA} - {VENEZUELA[1]})


def test_what_was_asked_less_than_three_times_is_not_shown() -> None:
    """A single person's question is not put before others."""
    assert gaps(assistant("other"), asked("who is the mayor of Ulm?", count=FEWEST - 1)) == []
    assert [gap.count for gap in gaps(assistant("other"), asked("who is the mayor of Ulm?", count=FEWEST))] == [FEWEST]


def test_case_and_punctuation_make_no_other_question() -> None:
    (gap,) = gaps(assistant("other"), asked("Mayor of Ulm", "mayor of Ulm?!", "MAYOR OF ULM"))
    assert (gap.count, len(gap.wordings)) == (3, 1)


def test_a_refusal_that_is_answered_by_now_is_no_gap(tmp_path: Path) -> None:
    """When an entry was written for it, the gap is gone; where people marked the answer as no help, it stays, with the entry."""
    text = "The island's council pays back every ticket within ten days of a cancelled trip."
    without = small(tmp_path, "[]\n", council=text)
    question = "will I get my money back?"
    (gap,) = gaps(without, asked(question, count=3))
    assert not gap.answered
    entry = f'- id: money-back\n  question: {question}\n  evidence:\n    - {{article: council, quote: "{text}", role: answer}}\n'
    written = small(tmp_path, entry)
    assert gaps(written, asked(question, count=3)) == []
    (marked,) = gaps(written, asked(question, count=3, refused=False))
    assert (marked.answered, marked.entry and marked.entry.id) == (True, "money-back")
    assert told(marked) == "Entry money-back answers; people marked that as no help."


def test_each_gap_has_what_the_files_hold_on_it() -> None:
    """The entry that comes nearest or refuses, else the nearest passage, else that there is nothing."""
    other = assistant("other")
    unknown = next(e for e in other.faq.entries if e.known_unknown)
    known, off = gaps(other, [*asked(unknown.question, count=9), *asked("zxqw vbnm ploik?", count=4)])
    assert known.entry == unknown
    assert told(known) == f"Entry {unknown.id} records that no source says it."
    assert (off.entry, off.nearest) == (None, None)
    assert told(off) == "No answer and no entry; nothing in the articles comes near."


def test_nothing_but_a_place_of_an_article_stands_as_its_text() -> None:
    """The nearest passage is sliced from the article."""
    for gap in gaps(assistant("other"), asked(*VENEZUELA, "which captain steered the Grey Heron in 1999?", "who is the mayor of Ulm?", count=3)):
        if gap.nearest:
            article = gap.nearest.article
            assert gap.nearest.text == article.text[gap.nearest.start : gap.nearest.end]
            assert not article.is_furniture(gap.nearest.start, gap.nearest.end)


def test_the_order_of_the_askings_changes_nothing() -> None:
    """The same askings in any order, split in any way, are the same gaps."""
    many = [*asked(*VENEZUELA, count=2), *asked("who is the mayor of Ulm?", "mayor of Ulm, who is it?", count=3), *asked("¿hay reembolso?", count=3)]

    def told_of(found: list[Gap]) -> list[tuple[tuple[str, ...], int]]:
        return [(gap.wordings, gap.count) for gap in found]

    first = told_of(gaps(assistant("other"), many))
    for seed in range(5):
        random.Random(seed).shuffle(many)
        assert told_of(gaps(assistant("other"), many)) == first


def test_without_a_faq_there_are_gaps_too(tmp_path: Path) -> None:
    (gap,) = gaps(small(tmp_path, "[]\n", council="The council met on Monday."), asked(*VENEZUELA))
    assert gap.count == len(VENEZUELA)


@given(arrays.arrays(np.float32, st.integers(0, 8).map(lambda n: (n, n)), elements=st.floats(0, 1, width=32)))
def test_groups_hold_each_question_once_and_are_apart(drawn: np.ndarray) -> None:
    """For any cosines: every number in one group, and no two groups as like each other as groups that become one."""
    cosines = (drawn + drawn.T) / 2
    groups = alike(cosines)
    assert sorted(n for group in groups for n in group) == list(range(len(cosines)))
    for at, one in enumerate(groups):
        for other in groups[:at]:
            assert cosines[np.ix_(one, other)].mean() < ALIKE + 1e-4


@pytest.fixture
def where(tmp_path: Path) -> str:
    place = str(tmp_path / "bot.sqlite3")
    store = Store.open(place)
    for number, question in enumerate([*VENEZUELA, "what is love?"]):
        store.keep_question(number, 1, question, "en", refused=True, at=datetime.now(UTC))
    store.close()
    return place


def test_the_command_shows_what_the_store_holds(where: str) -> None:
    """Count, wordings, what there is; how much was looked at is a message."""
    done = ferry("faq", "gaps", BOT_STORE=where)
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert lines[0].startswith("   4 × ")
    assert {line.strip() for line in lines[1:4]} | {lines[0][7:]} == set(VENEZUELA)
    assert done.stderr.decode() == "5 questions kept; asked 3 times or more and not answered: 1\n"


@pytest.mark.parametrize("typed", ["y", "n"])
def test_at_a_terminal_a_gap_may_become_a_phrasing_of_the_entry_that_would_answer(tmp_path: Path, typed: str) -> None:
    """Not where a name is asked about that no source mentions: no phrasing would make an answer true."""
    shutil.copytree(OTHER, tmp_path / "data")
    with contextlib.closing(Store.open(str(tmp_path / "bot.sqlite3"))) as store:
        for number, question in enumerate(["hospital trip for islanders", "Is the same bearing fitted to the Silver Pike?"] * FEWEST):
            store.keep_question(number, 1, question, "en", refused=True, at=datetime.now(UTC))
    main, side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "faq", "gaps"],
        stdin=side, stdout=side, stderr=side, cwd=tmp_path / "data", env=environment(BOT_STORE=str(tmp_path / "bot.sqlite3")),
    )  # fmt: skip
    os.close(side)
    told = b""
    while b"[Y/n]: " not in told:
        assert select.select([main], [], [], 60)[0], told
        told += os.read(main, 4096)
    os.write(main, f"{typed}\n".encode())
    with contextlib.suppress(OSError):
        while rest := os.read(main, 4096):
            told += rest
    assert process.wait(60) == 0
    os.close(main)
    assert told.count(b"Add as alias?") == 1
    assert b"entry iskholm-ferry would answer" in told
    old, new = (path.read_text(encoding="utf-8") for path in (OTHER / "faq.yaml", tmp_path / "data/faq.yaml"))
    assert (new == old) is (typed == "n")
    assert ("hospital trip for islanders" in new) is (typed == "y")


def test_the_command_says_where_nothing_was_kept(tmp_path: Path) -> None:
    done = ferry("faq", "gaps", BOT_STORE=str(tmp_path / "new.sqlite3"))
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr.decode() == "0 questions kept; asked 3 times or more and not answered: 0\n"
