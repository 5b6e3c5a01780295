"""Backups of the store: whole, of one moment, and at home in SQLite and in PostgreSQL."""

from __future__ import annotations

import io
import json
import stat
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_work import shown, vote
from test_store import KINDS, POSTGRES, Places, rows
from upper import run

from bot import store
from bot.backup import dump, load
from bot.errors import Refused, StoreError, UsageError
from bot.store import MIGRATIONS, VERSION_TABLE, Outcome, ServerSettings, Store, Suggestion, Verdict

BETWEEN = [
    ("sqlite", "sqlite"),
    *(pytest.param(pair, marks=pytest.mark.skipif(not POSTGRES, reason="BOT_TEST_POSTGRES names no PostgreSQL"))
      for pair in (("postgres", "postgres"), ("sqlite", "postgres"), ("postgres", "sqlite"))),
]  # fmt: skip


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are written in several goes."""
    monkeypatch.setattr("bot.backup._BATCH", 7)


@pytest.fixture(params=KINDS)
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    made = Places(request.param, tmp_path)
    yield made
    made.remove()


@pytest.fixture(params=BETWEEN, ids="-to-".join)
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """The places of two stores that are not there yet, of each pair of databases."""
    one, other = (Places(kind, tmp_path) for kind in request.param)
    yield one.new(), other.new()
    one.remove()
    other.remove()


def filled(where: str) -> None:
    """A row and more in each table, with all that is hard to carry over."""
    made = Store.open(where)
    made.save_settings(2**62, ServerSettings("es", frozenset({1, 2**62}), frozenset({3}), 60, True))
    made.save_settings(1, ServerSettings())
    for number, question in enumerate([None, "", "¿dónde?", "NUL \x00 and a lone surrogate \ud800", "line\nend\u2028", "x" * 100_000], 1):
        made.remember(replace(shown(number), question=question, server=None if number % 2 else 7))
    for number in range(20):
        vote(made, number, 1, Verdict.HELPFUL if number % 3 else Verdict.NOT_MY_QUESTION)
    made.keep_question(5, 7, "why?", "en", refused=True, at=datetime.now(UTC))
    made.suggest(Suggestion(9, 7, 11, "en", "what now?"))
    made.suggest(Suggestion(10, 7, 11, "en", "and then?"))
    made.decide(10, 7, Outcome.APPROVED, 13, "entry")
    made.close()


def held(where: str) -> dict[str, list[tuple[object, ...]]]:
    """All that a store holds, by table."""

    def plain(value: object) -> object:
        return bytes(value) if isinstance(value, memoryview) else json.loads(value) if isinstance(value, str) and value.startswith("[") else value

    names = sorted(store.tables_of(store.newest_schema()))
    return {name: sorted((tuple(plain(value) for value in row) for row in rows(where, f"SELECT * FROM {name}")), key=repr) for name in names}


def without_date(lines: list[bytes]) -> list[bytes]:
    """The rows of a backup."""
    return lines[1:-1]


def test_what_was_kept_is_there_again(both: tuple[str, str]) -> None:
    """Every row of every table, letter by letter, from each database into each; and a vote is known again, so that nobody votes twice."""
    one, other = both
    filled(one)
    lines = list(dump(one))
    load(lines, "backup", other)
    assert held(other) == held(one)
    assert without_date(list(dump(other))) == without_date(lines)
    again = Store.open(other)
    assert not vote(again, 1, 1)
    assert again.settings(2**62) == ServerSettings("es", frozenset({1, 2**62}), frozenset({3}), 60, True)
    shown_again = again.shown(4)
    assert shown_again is not None
    assert shown_again.question == "NUL \x00 and a lone surrogate \ud800"
    again.close()


def test_a_backup_is_of_one_moment_while_others_write(places: Places) -> None:
    """A writer keeps pairs of rows, the second after the first: no backup has a second without its first, and each can be restored."""
    where = places.new()
    Store.open(where).close()
    end = threading.Event()

    def write() -> None:
        opened, number = Store.open(where), 0
        while not end.is_set():
            number += 1
            opened.remember(shown(number))
            opened.save_settings(number, ServerSettings())
        opened.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backups = [list(dump(where)) for _ in range(10)]
    finally:
        end.set()
        writer.join()
    sizes = []
    for lines in backups:
        records = [json.loads(line) for line in lines[1:-1]]
        first = {r["row"]["message"] for r in records if r["table"] == "shown"}
        second = {r["row"]["server"] for r in records if r["table"] == "servers"}
        assert second <= first
        assert len(first) - len(second) <= 1
        sizes.append(len(first))
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0]
    copy = places.new()
    load(backups[-1], "backup", copy)
    assert len(rows(copy, "SELECT * FROM shown")) == sizes[-1]


def test_a_store_that_holds_something_is_not_overwritten_unless_told(places: Places) -> None:
    """Without `replace` it stays as it was, and the message counts what it holds; with it, it holds the backup alone."""
    one, other = places.new(), places.new()
    filled(one)
    made = Store.open(other)
    made.save_settings(99, ServerSettings("pl"))
    made.close()
    before = held(other)
    with pytest.raises(Refused, match=r"is not empty \(1 servers\).*--replace"):
        load(dump(one), "backup", other)
    assert held(other) == before
    load(dump(one), "backup", other, replace=True)
    assert held(other) == held(one)
    assert Store.open(other).settings(99) == ServerSettings()


def test_a_store_that_was_only_opened_is_empty(places: Places) -> None:
    """Its key is none that a vote was kept under; that of the backup takes its place."""
    one, other = places.new(), places.new()
    filled(one)
    Store.open(other).close()
    load(dump(one), "backup", other)
    assert held(other) == held(one)


def test_a_backup_of_an_older_schema_is_brought_up_to_date(places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of then made it; what came since is there and empty."""
    then = tmp_path / "migrations"
    then.mkdir()
    (first,) = MIGRATIONS.glob("r0001*.py")
    (then / first.name).write_bytes(first.read_bytes())
    old, new = places.new(), places.new()
    monkeypatch.setattr(store, "MIGRATIONS", then)
    Store.open(old).close()
    monkeypatch.undo()
    rows(old, "INSERT INTO servers (server, language, channels, forums, cooldown, keeps_questions) VALUES (1, 'es', '[]', '[]', 3, FALSE)")
    lines = list(dump(old))
    assert json.loads(lines[0])["schema"] == "r0001"
    assert rows(old, f"SELECT version_num FROM {VERSION_TABLE}") == [("r0001",)]
    load(lines, "backup", new)
    again = Store.open(new)
    assert (again.settings(1), again.asked()) == (ServerSettings("es"), [])
    again.close()


def test_a_backup_of_a_newer_schema_is_refused(places: Places) -> None:
    one, other = places.new(), places.new()
    filled(one)
    lines = list(dump(one))
    head = json.loads(lines[0]) | {"schema": "r9999"}
    with pytest.raises(StoreError, match=r"backup was written by a newer version of this program .*upgrade the program"):
        load([json.dumps(head).encode() + b"\n", *lines[1:]], "backup", other)


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    where = str(tmp_path_factory.mktemp("backup") / "bot.sqlite3")
    made = Store.open(where)
    made.save_settings(1, ServerSettings("es"))
    for number in range(5):
        made.remember(shown(number))
    made.close()
    return list(dump(where))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_backup_that_is_not_whole_restores_nothing(backup: list[bytes], data: st.DataObject) -> None:
    """Cut off anywhere, or with any one byte changed, it is refused in one line, and no row is in the store."""
    whole = b"".join(backup)
    at = data.draw(st.integers(0, len(whole) - 2))
    other = data.draw(st.none() | st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    bad = whole[:at] + (b"" if other is None else bytes([other]) + whole[at + 1 :])
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bot.sqlite3"
        with pytest.raises((UsageError, StoreError)) as caught:
            load(io.BytesIO(bad), "backup", str(place))
        assert "\n" not in str(caught.value)
        assert not place.exists() or rows(str(place), "SELECT name FROM sqlite_master") == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"", "cut off"),
        (b"hello\n", "not JSON"),
        (b"[]\n", "no backup"),
        (b'{"kind": "something else"}\n', "no backup"),
        (b'{"kind": "verbatim-faq-bot store", "format": 2, "schema": "r0001"}\n', "upgrade the program"),
        (b'{"kind": "verbatim-faq-bot store", "format": 1, "schema": "r0001"}\n', "cut off"),
        (b'{"kind": "verbatim-faq-bot store", "format": 1, "schema": "r0001"}\n{"table": "pets", "row": {}}\n', "no table pets"),
        (b'{"kind": "verbatim-faq-bot store", "format": 1, "schema": "r0001"}\n{"table": "servers", "row": {}}\n', "the columns of servers are"),
        (b'{"kind": "verbatim-faq-bot store", "format": 1, "schema": "r0001"}\n{"table": "keys", "row": {"name": "a", "key": "?"}}\n', "does not fit"),
        (b'{"kind": "verbatim-faq-bot store", "format": 1, "schema": "r0001"}\n{"rows": 1, "sha256": ""}\n', "does not fit"),
    ],
)
def test_what_is_no_backup_is_told_with_its_line(text: bytes, why: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"^backup:\d: .*{why}.*; nothing was restored$"):
        load(io.BytesIO(text), "backup", str(tmp_path / "bot.sqlite3"))


# As a command


def test_two_commands_move_a_store(places: Places, tmp_path: Path) -> None:
    """`bot store backup FILE`, `bot store restore FILE`: no corpus is needed; the file is for its user alone, as a pipe does for both."""
    one, other, third = places.new(), places.new(), places.new()
    filled(one)
    kept = run("store", "backup", "kept.jsonl", cwd=tmp_path, BOT_STORE=one)
    assert (kept.returncode, kept.stdout) == (0, b"")
    assert kept.stderr.endswith(b" rows\n")
    assert stat.S_IMODE((tmp_path / "kept.jsonl").stat().st_mode) == 0o600
    assert run("store", "restore", "kept.jsonl", cwd=tmp_path, BOT_STORE=other).returncode == 0
    again = run("store", "restore", "kept.jsonl", cwd=tmp_path, BOT_STORE=other)
    assert (again.returncode, b"--replace" in again.stderr, b"Traceback" in again.stderr) == (1, True, False)
    assert run("store", "restore", "--replace", "kept.jsonl", cwd=tmp_path, BOT_STORE=other).returncode == 0
    piped = run("store", "backup", "-", cwd=tmp_path, BOT_STORE=other)
    assert run("store", "restore", "-", cwd=tmp_path, BOT_STORE=third, stdin=piped.stdout).returncode == 0
    assert held(third) == held(other) == held(one)


@pytest.mark.parametrize(
    ("arguments", "where", "code", "why"),
    [
        (("backup", "kept.jsonl"), "none", 2, "BOT_STORE is none"),
        (("backup", "kept.jsonl"), "nowhere.sqlite3", 3, "the bot makes it when there is something to keep"),
        (("backup", "no/such/folder/kept.jsonl"), "bot.sqlite3", 2, "cannot be written"),
        (("restore", "nowhere.jsonl"), "new.sqlite3", 2, "cannot be read"),
        (("restore", "bot.sqlite3"), "new.sqlite3", 2, "not JSON"),
        (("backup", "kept.jsonl"), "postgresql://bot:hunter2@127.0.0.1:1/bot", 3, "look whether PostgreSQL runs"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(arguments: tuple[str, ...], where: str, code: int, why: str, tmp_path: Path) -> None:
    """With the exit code, no traceback, no password, and no file left half written."""
    Store.open(str(tmp_path / "bot.sqlite3")).close()
    before = sorted(tmp_path.iterdir())
    done = run("store", *arguments, cwd=tmp_path, BOT_STORE=where)
    told = done.stderr.decode()
    assert (done.returncode, "Traceback" in told, "hunter2" in told) == (code, False, False)
    assert why in told
    assert [path for path in sorted(tmp_path.iterdir()) if path.name != "new.sqlite3"] == before
