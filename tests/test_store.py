"""Feedback and settings: on real SQLite files, and on a real PostgreSQL where BOT_TEST_POSTGRES holds its URL."""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import os
import random
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from conftest import ROOT
from hypothesis import settings, stateful
from hypothesis import strategies as st
from store_work import open_together, open_with, shown, vote, write_on
from upper import FERRY_LINE, run

from bot import store
from bot.errors import StoreError
from bot.store import KEEPS_ASKED, KEEPS_SHOWN, MOST_OPEN, Asked, Outcome, ServerSettings, Shown, Store, Suggestion, Verdict, Votes

POSTGRES = os.environ.get("BOT_TEST_POSTGRES")
KILLS = int(os.environ.get("BOT_TEST_KILLS", "25"))
"""How often a process is killed in each of the tests that do so."""
KINDS = ["sqlite", pytest.param("postgres", marks=pytest.mark.skipif(not POSTGRES, reason="BOT_TEST_POSTGRES names no PostgreSQL (see .ci/postgres)"))]
FURTHER = '''"""A further table and a further column."""

import sqlalchemy as sa
from alembic import op

revision = "r9999"
down_revision = "{before}"


def upgrade() -> None:
    op.create_table("questions", sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))
    op.execute("INSERT INTO questions (id, text) VALUES (1, 'begun')")
    with op.batch_alter_table("shown") as table:
        table.add_column(sa.Column("asked", sa.Integer, nullable=False, server_default="7"))
        table.alter_column("entry", new_column_name="entry_id")
    op.execute("UPDATE questions SET text = 'done'")
'''
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    ["__main__", "alembic.runtime.environment", "alembic.script", "psycopg", "sqlalchemy.dialects.postgresql.psycopg", "bot.store"]
)


class Places:
    """Makes places for stores, and removes them."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind, self._folder, self._numbers = kind, folder, itertools.count()
        self._schemas: list[str] = []

    def new(self) -> str:
        """The place of a store that is not there yet: a file, or an empty schema of the PostgreSQL."""
        name = f"t{os.getpid()}_{id(self)}_{next(self._numbers)}"
        if self.kind == "sqlite":
            return str(self._folder / f"{name}.sqlite3")
        self._schemas.append(name)
        self._execute(f"CREATE SCHEMA {name}")
        return sa.make_url(POSTGRES or "").update_query_dict({"options": f"-csearch_path={name}"}).render_as_string(hide_password=False)

    def remove(self) -> None:
        for name in self._schemas:
            self._execute(f"DROP SCHEMA {name} CASCADE")

    @staticmethod
    def _execute(statement: str) -> None:
        engine = sa.create_engine(sa.make_url(POSTGRES or "").set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(statement))
        engine.dispose()


@pytest.fixture(params=KINDS)
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Places]:
    made = Places(request.param, tmp_path)
    yield made
    made.remove()


@pytest.fixture
def where(places: Places) -> str:
    """The place of a store that is not there yet, once for each database."""
    return places.new()


@pytest.fixture
def opened(where: str) -> Iterator[Store]:
    made = Store.open(where)
    yield made
    made.close()


def rows(where: str, statement: str) -> list[Any]:
    """What a statement finds in a store, asked beside the program."""
    url = sa.make_url(where).set(drivername="postgresql+psycopg") if "://" in where else sa.URL.create("sqlite", database=where)
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        result = connection.execute(sa.text(statement))
        found = list(result) if result.returns_rows else []
        connection.commit()
    engine.dispose()
    return found


def total(opened: Store) -> int:
    return sum(votes.count for votes in opened.ratings())


# What it keeps


def test_a_server_has_the_defaults_until_its_moderators_choose(opened: Store) -> None:
    """What was saved for one server is read for it alone, and the last choice counts."""
    chosen = ServerSettings("es", frozenset({1, 2**62}), frozenset({3}), 60, True)
    assert opened.settings(1) == ServerSettings()
    opened.save_settings(1, ServerSettings("pl"))
    opened.save_settings(1, chosen)
    assert opened.settings(1) == chosen
    assert opened.settings(2) == ServerSettings()


@pytest.mark.parametrize("question", [None, "", "¿dónde?", "NUL \x00 and a lone surrogate \ud800", "x" * 100_000])
def test_an_answer_with_buttons_comes_back_letter_by_letter(opened: Store, question: str | None) -> None:
    """Whatever Discord lets people type comes back, after a restart too; what was forgotten does not."""
    asked = replace(shown(2**62), question=question)
    opened.remember(asked)
    assert opened.shown(asked.message) == asked
    opened.forget(asked.message)
    assert opened.shown(asked.message) is None


def test_a_person_has_one_vote_for_each_message(opened: Store) -> None:
    """The same vote again changes nothing and says so; another replaces it."""
    assert vote(opened, 1, 1)
    assert not vote(opened, 1, 1)
    assert vote(opened, 1, 1, Verdict.NOT_HELPFUL)
    assert vote(opened, 1, 2)
    assert vote(opened, 2, 1)
    assert opened.ratings() == [Votes("entry", False, Verdict.HELPFUL, 2), Votes("entry", False, Verdict.NOT_HELPFUL, 1)]


def test_votes_on_refusals_and_on_answers_without_an_entry_are_counted_apart(opened: Store) -> None:
    """A maintainer sees what was refused, and what no entry answered."""
    for message, entry, refused in ((1, None, True), (2, None, False), (3, "a", False), (4, None, True)):
        opened.rate(message, 1, Verdict.NOT_HELPFUL, server=7, entry=entry, receipt="r", refused=refused)
    assert {(v.entry, v.refused): v.count for v in opened.ratings()} == {(None, True): 2, (None, False): 1, ("a", False): 1}


def test_who_voted_is_not_in_the_store(places: Places) -> None:
    """Neither a person's id nor the message's is among the ratings, and each store hashes them in its own way."""
    person, message, voters = 802214601198551051, 1290000000000000001, set()
    for _ in range(2):
        where = places.new()
        made = Store.open(where)
        vote(made, message, person)
        made.close()
        ((row),) = rows(where, "SELECT * FROM ratings")
        kept = [bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode() for value in row]
        for number in (person, message):
            assert not any(form in value for value in kept for form in (str(number).encode(), number.to_bytes(8, "big"), number.to_bytes(8, "little")))
        voters.add(kept[0])
    assert len(voters) == 2


def test_what_is_past_its_keeping_is_removed(opened: Store) -> None:
    """After 30 days an answer's question and asker are gone; votes and settings stay."""
    opened.remember(shown(1))
    vote(opened, 1, 1)
    opened.save_settings(1, ServerSettings("es"))
    now = datetime.now(UTC)
    assert opened.purge(now + KEEPS_SHOWN - timedelta(minutes=1)) == 0
    assert opened.purge(now + KEEPS_SHOWN + timedelta(minutes=1)) == 1
    assert opened.shown(1) is None
    assert (total(opened), opened.settings(1)) == (1, ServerSettings("es"))


def test_a_clock_that_was_ahead_keeps_nothing_for_longer(opened: Store) -> None:
    """What was written by a clock that was years ahead counts as written when that is noticed: it is removed with the rest, not years later."""
    now = datetime.now(UTC)
    ahead = now + timedelta(days=2000)
    opened.remember(shown(1), ahead)
    keep(opened, 2, at=ahead)
    assert opened.purge(now) == 0
    assert opened.shown(1) == shown(1)
    assert opened.purge(now + KEEPS_SHOWN + timedelta(minutes=1)) == 1
    assert opened.purge(now + KEEPS_ASKED + timedelta(minutes=1)) == 1
    assert (opened.shown(1), opened.asked()) == (None, [])


def test_a_clock_that_goes_back_loses_nothing(opened: Store) -> None:
    """An hour back, as at the end of summer time: all stays; back to 1970, as on a board without a battery: all stays, and its dates too."""
    now = datetime.now(UTC)
    opened.remember(shown(1), now)
    keep(opened, 2, at=now)
    for wrong in (now - timedelta(hours=1), datetime(1970, 1, 1, tzinfo=UTC)):
        assert opened.purge(wrong) == 0
        assert opened.purge(now + timedelta(days=29)) == 0
    assert (opened.shown(1), len(opened.asked())) == (shown(1), 1)


def test_writes_together_are_kept_together(opened: Store) -> None:
    """Several in one transaction, reads among them see what is written; where one fails, none is kept, and each alone is kept or refused as ever."""
    seen: list[Shown | None] = []
    opened.write_all([partial(opened.remember, shown(1)), lambda: seen.append(opened.shown(1)), partial(vote, opened, 1, 1)])
    assert (seen, total(opened)) == ([shown(1)], 1)
    refused = partial(opened.remember, replace(shown(2), message=2**70))
    with pytest.raises((StoreError, OverflowError)):
        opened.write_all([partial(opened.remember, shown(3)), refused])
    assert opened.shown(3) is None
    opened.remember(shown(3))
    assert opened.shown(3) == shown(3)


def keep(opened: Store, message: int, question: str = "why?", server: int = 1, *, refused: bool = True, at: datetime | None = None) -> None:
    opened.keep_question(message, server, question, "en", refused=refused, at=at or datetime.now(UTC))


def test_questions_asked_in_vain_are_counted_by_their_words(opened: Store) -> None:
    """An answer's question counts once, however many people mark it; each server's are apart, and can be forgotten at once."""
    for message, question, server in ((1, "why?", 1), (2, "why?", 1), (2, "why?", 1), (3, "where?", 1), (4, "why?", 2)):
        keep(opened, message, question, server)
    keep(opened, 5, "why?", refused=False)
    assert opened.asked(1) == [Asked("why?", "en", True, 2), Asked("where?", "en", True, 1), Asked("why?", "en", False, 1)]
    assert [a.count for a in opened.asked()] == [3, 1, 1]
    opened.forget_questions(1)
    assert opened.asked() == [Asked("why?", "en", True, 1)]


def test_a_question_goes_with_the_answer_that_is_deleted(opened: Store) -> None:
    """What was kept of a message is gone when it is, its question asked in vain included."""
    keep(opened, 1)
    keep(opened, 2)
    opened.forget(1)
    assert opened.asked() == [Asked("why?", "en", True, 1)]


def test_who_asked_in_vain_is_not_in_the_store(where: str) -> None:
    """Mentions, addresses and long numbers are removed on the way in, the message's number is hashed, the time is a day."""
    message, at = 1290000000000000001, datetime(2026, 11, 24, 11, 30, tzinfo=UTC)
    made = Store.open(where)
    keep(made, message, "is the phone of <@802214601198551051> (ada@example.org, 490154203237518) locked?", at=at)
    made.close()
    ((asking, *others),) = rows(where, "SELECT asking, server, question, language, refused, day FROM asked")
    assert str(message).encode() not in bytes(asking)
    assert bytes(others[1]).decode() == "is the phone of ⋯ (⋯, ⋯) locked?"
    assert others[4] == (at - datetime(1970, 1, 1, tzinfo=UTC)).days


def test_questions_and_suggestions_are_kept_for_90_days_at_most(opened: Store) -> None:
    """From the day of the asking on, whenever it was marked; decided suggestions too."""
    now = datetime.now(UTC)
    keep(opened, 1, at=now)
    keep(opened, 2, at=now - timedelta(days=10))
    for number in (1, 2):
        opened.suggest(replace(SUGGESTED, number=number))
    opened.decide(2, 1, Outcome.REJECTED, 9)
    assert opened.purge(now + timedelta(days=79)) == 0
    assert opened.purge(now + timedelta(days=80)) == 1
    assert opened.purge(now + KEEPS_ASKED + timedelta(minutes=1)) == 3
    assert (opened.asked(), opened.suggestions(1), opened.decisions(1)) == ([], [], [])


SUGGESTED = Suggestion(7, 1, 5, "es", "¿por qué?")


def test_suggestions_wait_in_their_order_until_one_moderator_decides(opened: Store) -> None:
    """The first decision counts; whose the suggestion was is gone with it, and who decided what is kept."""
    for number in (9, 7, 8, 7):
        assert opened.suggest(replace(SUGGESTED, number=number))
    opened.suggest(replace(SUGGESTED, number=10, server=2, question="call +1 (555) 123-4567"))
    assert [s.number for s in opened.suggestions(1)] == [7, 8, 9]
    assert opened.suggestions(1)[0] == SUGGESTED
    assert [s.question for s in opened.suggestions(2)] == ["call ⋯"]
    assert not opened.decide(7, 2, Outcome.APPROVED, 99)
    assert opened.decide(7, 1, Outcome.APPROVED, 99, "why-stopped")
    assert not opened.decide(7, 1, Outcome.REJECTED, 98)
    assert [s.number for s in opened.suggestions(1)] == [8, 9]
    (decision,) = opened.decisions(1)
    assert (decision.question, decision.outcome, decision.moderator, decision.entry) == ("¿por qué?", Outcome.APPROVED, 99, "why-stopped")
    assert abs(decision.decided - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_decided_suggestion_does_not_tell_whose_it_was(where: str) -> None:
    made = Store.open(where)
    made.suggest(SUGGESTED)
    made.decide(7, 1, Outcome.REJECTED, 99)
    made.close()
    assert rows(where, "SELECT suggester FROM suggestions") == [(None,)]


def test_one_person_cannot_fill_the_queue(opened: Store) -> None:
    """So many of one person's suggestions wait at one time; when one is decided there is room again, and others are not held up."""
    assert all(opened.suggest(replace(SUGGESTED, number=number)) for number in range(MOST_OPEN))
    assert not opened.suggest(replace(SUGGESTED, number=99))
    assert opened.suggest(replace(SUGGESTED, number=100, suggester=6))
    assert opened.suggest(replace(SUGGESTED, number=101, server=2))
    opened.decide(0, 1, Outcome.REJECTED, 1)
    assert opened.suggest(replace(SUGGESTED, number=99))


IDS = st.sampled_from([1, 2, 3, 2**63 - 1])
WORDS = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
START = datetime(2026, 1, 1, tzinfo=UTC)


class AgainstAModel(stateful.RuleBasedStateMachine):
    """The store does what plain dicts do, whenever it is closed and opened again in between."""

    places: Places

    def __init__(self) -> None:
        super().__init__()
        self.where = self.places.new()
        self.now = START
        self.store = Store.open(self.where)
        self.settings: dict[int, ServerSettings] = {}
        self.answers: dict[int, tuple[Shown, datetime]] = {}
        self.votes: dict[tuple[int, int], tuple[str | None, bool, Verdict]] = {}

    @stateful.rule(
        server=IDS, made=st.builds(ServerSettings, WORDS, st.frozensets(IDS), st.frozensets(IDS), st.integers(0, 86400), keeps_questions=st.booleans())
    )
    def save_settings(self, server: int, made: ServerSettings) -> None:
        self.store.save_settings(server, made)
        self.settings[server] = made

    @stateful.rule(
        made=st.builds(Shown, IDS, IDS, st.none() | IDS, IDS, st.none() | st.text(), WORDS.map(str), WORDS.map(str), WORDS, st.booleans()),
        hours=st.integers(0, 500),
    )
    def remember(self, made: Shown, hours: int) -> None:
        self.now += timedelta(hours=hours)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store, "_now", lambda: int(self.now.timestamp()))
            self.store.remember(made)
        self.answers[made.message] = made, self.now

    @stateful.rule(message=IDS)
    def forget(self, message: int) -> None:
        self.store.forget(message)
        self.answers.pop(message, None)

    @stateful.rule(message=IDS, person=IDS, verdict=st.sampled_from(Verdict), server=st.none() | IDS, entry=WORDS, refused=st.booleans())
    def rate(self, message: int, person: int, verdict: Verdict, server: int | None, entry: str | None, refused: bool) -> None:
        before = self.votes.get((message, person))
        new = before is None or before[2] != verdict
        assert self.store.rate(message, person, verdict, server=server, entry=entry, receipt="r", refused=refused) == new
        if new:
            self.votes[message, person] = entry, refused, verdict

    @stateful.rule()
    def purge(self) -> None:
        kept = {message: (made, at) for message, (made, at) in self.answers.items() if at > self.now - KEEPS_SHOWN}
        assert self.store.purge(self.now) == len(self.answers) - len(kept)
        self.answers = kept

    @stateful.rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.where)

    @stateful.invariant()
    def same(self) -> None:
        for number in (1, 2, 3, 2**63 - 1):
            assert self.store.settings(number) == self.settings.get(number, ServerSettings())
            assert self.store.shown(number) == self.answers.get(number, (None, None))[0]
        counts: dict[tuple[str | None, bool, Verdict], int] = {}
        for kind in self.votes.values():
            counts[kind] = counts.get(kind, 0) + 1
        assert {(v.entry, v.refused, v.verdict): v.count for v in self.store.ratings()} == counts

    def teardown(self) -> None:
        self.store.close()


def test_it_does_what_plain_dicts_do(places: Places) -> None:
    """Any order of writes, reads, purges and restarts."""
    machine = type("Machine", (AgainstAModel,), {"places": places})
    stateful.run_state_machine_as_test(machine, settings=settings(max_examples=30, stateful_step_count=25))


# What several processes tell each other


def test_one_of_many_may_begin_a_session(places: Places) -> None:
    """Of all that ask at once one may, in each bucket; who asks again may not."""
    where = places.new()
    stores = [Store.open(where) for _ in range(8)]
    with ThreadPoolExecutor(16) as pool:
        asked = [(made, bucket) for _ in range(5) for made in stores for bucket in range(3)]
        won = list(pool.map(lambda ask: ask[1] if ask[0].claim(ask[1], 3600) else None, asked))
    assert sorted(bucket for bucket in won if bucket is not None) == [0, 1, 2]
    for made in stores:
        made.close()


@pytest.mark.parametrize(("since", "free"), [(59, False), (60, True), (3600, True), (-30, False), (-3600, True)])
def test_a_claim_ends_by_itself(where: str, opened: Store, since: int, free: bool) -> None:
    """Once its time is over the next may begin, whatever became of the first; a claim that lies in the future, since the clock was put back, holds nobody up."""
    assert opened.claim(7, 60)
    rows(where, f"UPDATE identifies SET at = at - {since * 1000}")
    assert opened.claim(7, 60) == free


def test_every_change_of_settings_is_noticed(opened: Store) -> None:
    """Whoever writes them, in whatever order, even where nothing differs; other writes are none."""
    seen = [opened.settings_version()]
    for server in (1, 2, 1, 1):
        opened.save_settings(server, ServerSettings(language="ko"))
        opened.remember(shown(server))
        seen.append(opened.settings_version())
    assert seen == sorted(set(seen))


# Many at once, and the end of a process at any moment


def test_threads_may_share_it(where: str) -> None:
    """What many threads write at once is all there."""
    for place in (where, "none"):
        made = Store.open(place)
        with ThreadPoolExecutor(16) as pool:
            assert all(pool.map(lambda number, made=made: vote(made, number, number), range(200)))
        assert total(made) == 200
        made.close()


def test_processes_that_open_a_new_store_at_once_share_it(places: Places) -> None:
    """One of them makes the tables, the others wait; the vote that all of them give is one vote under one key."""
    for _ in range(5):
        where = places.new()
        barrier, pipes = PROCESSES.Barrier(4), [PROCESSES.Pipe(False) for _ in range(4)]
        workers = [PROCESSES.Process(target=open_together, args=(where, barrier, inlet)) for _, inlet in pipes]
        for worker in workers:
            worker.start()
        assert sorted(outlet.recv() for outlet, _ in pipes) == [False, False, False, True]
        for worker in workers:
            worker.join()
        assert rows(where, "SELECT count(*) FROM ratings") == rows(where, "SELECT count(*) FROM keys") == [(1,)]


def killed(after: float, target: Callable[..., None], *arguments: object) -> list[Any]:
    """What a process told until it was killed, `after` so many seconds from the first that it told."""
    outlet, inlet = PROCESSES.Pipe(False)
    process = PROCESSES.Process(target=target, args=(*arguments, inlet))
    process.start()
    inlet.close()
    told = [outlet.recv()]
    time.sleep(after)
    process.kill()
    process.join()
    told += list(_rest(outlet))
    assert process.exitcode in (-signal.SIGKILL, 0)
    return told


def _rest(outlet: Connection) -> Iterator[Any]:
    with suppress(EOFError):
        while True:
            yield outlet.recv()


def assert_sound(where: str) -> None:
    if "://" not in where:
        assert rows(where, "PRAGMA integrity_check") == [("ok",)]


def test_a_process_killed_while_it_writes_loses_nothing_that_was_written(where: str) -> None:
    """Everything that was told as written is there, and the last write is there as a whole or not at all."""
    chance, written = random.Random(1), 0
    for _ in range(KILLS):
        *_, last = killed(chance.uniform(0, 0.05), write_on, where, written)
        made = Store.open(where)
        assert_sound(where)
        assert total(made) in (last + 1, last + 2)
        assert made.shown(last) == shown(last)
        assert made.shown(last + 1) in (None, shown(last + 1))
        kept = made.settings(1)
        assert kept.cooldown in (last, last + 1)
        assert kept == ServerSettings(str(kept.cooldown), frozenset({kept.cooldown}), frozenset({kept.cooldown}), kept.cooldown)
        for number in range(last + 1, total(made)):
            made.remember(shown(number))
        written = total(made)
        made.close()


def test_a_process_killed_while_it_makes_the_tables_leaves_none_or_all(places: Places) -> None:
    """The next one opens the store as if nothing had been."""
    chance, finished = random.Random(2), 0
    for _ in range(KILLS):
        where = places.new()
        finished += "opened" in killed(chance.uniform(0, 0.1), open_with, where, None)
        made = Store.open(where)
        assert_sound(where)
        assert vote(made, 1, 1)
        assert made.settings(1) == ServerSettings()
        made.close()
    assert finished < KILLS


@pytest.fixture
def further(tmp_path: Path) -> Path:
    """The migrations of a program that is newer by one."""
    folder = tmp_path / "further"
    shutil.copytree(store.MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (newest,) = sorted(folder.glob("r*.py"))[-1:]
    (folder / "r9999.py").write_text(FURTHER.format(before=newest.stem.split("_")[0]), encoding="utf-8")
    return folder


def filled(where: str) -> None:
    """A store with some of everything."""
    made = Store.open(where)
    for number in range(10):
        made.remember(shown(number))
        vote(made, number, 1)
    made.save_settings(1, ServerSettings("es"))
    made.close()


def test_a_process_killed_while_it_migrates_leaves_the_old_or_the_new(places: Places, further: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are kept either way, and the newer program goes on from there."""
    chance, finished = random.Random(3), 0
    for _ in range(KILLS):
        where = places.new()
        filled(where)
        finished += "opened" in killed(chance.uniform(0, 0.1), open_with, where, further)
        with monkeypatch.context() as patch:
            patch.setattr(store, "MIGRATIONS", further)
            made = Store.open(where)
        assert_sound(where)
        assert (total(made), made.settings(1)) == (10, ServerSettings("es"))
        made.close()
        assert rows(where, "SELECT count(*), min(asked), max(entry_id) FROM shown") == [(10, 7, "9")]
        assert rows(where, "SELECT text FROM questions") == [("done",)]
    assert finished < KILLS


# Versions


def test_an_older_store_is_brought_up_to_date_and_a_newer_one_refused(where: str, further: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All rows are kept by the upgrade; the older program says in one line what is the matter, and changes nothing."""
    filled(where)
    with monkeypatch.context() as patch:
        patch.setattr(store, "MIGRATIONS", further)
        made = Store.open(where)
        assert total(made) == 10
        made.close()
    before = rows(where, "SELECT * FROM shown ORDER BY message")
    with pytest.raises(StoreError, match=r"newer version of this program \(schema r9999; this one knows r\d+\): upgrade") as caught:
        Store.open(where)
    assert "\n" not in str(caught.value)
    assert rows(where, "SELECT * FROM shown ORDER BY message") == before
    assert rows(where, "SELECT version_num FROM bot_schema") == [("r9999",)]


def test_the_migrations_make_the_tables_that_the_program_uses(opened: Store) -> None:
    """Alembic finds no difference between the two."""
    with opened._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": store.VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, store._metadata) == []


def test_a_database_of_another_program_is_left_alone(where: str) -> None:
    """Tables that are not ours: one line that names one of them, and nothing is added."""
    if "://" in where:
        engine = sa.create_engine(sa.make_url(where).set(drivername="postgresql+psycopg"))
    else:
        engine = sa.create_engine(sa.URL.create("sqlite", database=where))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE letters (n INTEGER)"))
    with pytest.raises(StoreError, match=r"another program \(letters\)"):
        Store.open(where)
    assert sa.inspect(engine).get_table_names() == ["letters"]
    engine.dispose()


# Files


def test_a_file_is_for_its_user_alone(tmp_path: Path) -> None:
    """Made with its folder, mode 0600, whatever the umask; so are the files that SQLite lays beside it."""
    before = os.umask(0)
    try:
        made = Store.open(str(tmp_path / "new" / "deep" / "bot.sqlite3"))
        vote(made, 1, 1)
        modes = {file.suffix: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "new" / "deep").iterdir()}
        made.close()
    finally:
        os.umask(before)
    assert modes == {".sqlite3": 0o600, ".sqlite3-wal": 0o600, ".sqlite3-shm": 0o600}
    assert [file.name for file in (tmp_path / "new" / "deep").iterdir()] == ["bot.sqlite3"]


@pytest.mark.parametrize("content", [b"x", b"hello\n", b"id: why-stopped\n" * 500, b"\x89PNG\r\n\x1a\n" + bytes(5000), b"SQLite format 3\0" + b"x" * 5000])
def test_a_file_that_is_no_store_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    """One line that names it and what to do; not a byte of it changes, and nothing is laid beside it."""
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"notes\.txt .*BOT_STORE") as caught:
        Store.open(str(path))
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_damaged_store_is_told_in_one_line(tmp_path: Path) -> None:
    """Pages overwritten in the middle: no traceback of SQLite's, but a line that says to put back a backup."""
    path = tmp_path / "bot.sqlite3"
    filled(str(path))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreError, match="put back a backup"):
        Store.open(str(path)).ratings()


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("{folder}", "is a folder"),
        ("{folder}/file/below/bot.sqlite3", "cannot be opened: Not a directory"),
        ("{folder}/a\0b", "cannot be opened"),
        ("mysql://bot:hunter2@host/bot", "BOT_STORE is no store"),
        ("postgresql://bot:hunter2@ho:st:99/bot", "BOT_STORE is no store"),
        ("://", "BOT_STORE is no store"),
        ("sqlite://", "BOT_STORE is no store"),
        ("sqlite:///file.db?mode=ro", "BOT_STORE is no store"),
        ("postgresql://bot:hunter2@127.0.0.1:9/bot?password=hunter2", "refused; look whether PostgreSQL runs"),
        ("postgresql+psycopg://bot:hunter2@no.such.invalid/bot", "look whether PostgreSQL runs"),
        ("postgresql://bot:hunter2@/bot?nonsense=1", "nonsense"),
    ],
)
def test_what_cannot_be_opened_is_told_in_one_line(tmp_path: Path, place: str, line: str) -> None:
    """A password in it is not shown."""
    (tmp_path / "file").touch()
    with pytest.raises(StoreError) as caught:
        Store.open(place.format(folder=tmp_path))
    assert line in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert caught.value.exit_code == 3


def test_a_sqlite_url_is_a_path(tmp_path: Path) -> None:
    """Both ways of writing it are one store."""
    filled(f"sqlite:///{tmp_path}/bot.sqlite3")
    made = Store.open(str(tmp_path / "bot.sqlite3"))
    assert total(made) == 10
    made.close()


def test_in_memory_nothing_is_kept_and_the_log_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """`none` writes no file; a second one is empty."""
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.WARNING, "bot.store"):
        filled("none")
    assert "lost when the bot stops" in caplog.text
    assert total(Store.open("none")) == 0
    assert list(tmp_path.iterdir()) == []


def test_another_programs_lock_is_told_and_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held for longer than is waited: one line; afterwards writing works, and reading worked all the time."""
    monkeypatch.setattr(store, "_BUSY", 0.1)
    path = str(tmp_path / "bot.sqlite3")
    made = Store.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked; another program holds it"):
        vote(made, 1, 1)
    assert total(made) == 0
    other.execute("ROLLBACK")
    other.close()
    assert vote(made, 1, 1)
    made.close()


FULL = """
import subprocess, sys
from pathlib import Path
sys.path[:0] = ["tests"]
from bot.errors import StoreError
from bot.store import ServerSettings, Store
from store_work import shown, vote
folder = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
store = Store.open(str(folder / "bot.sqlite3"))
vote(store, 1, 1)
(folder / "filler").write_bytes(bytes(700_000))
written, refused = 0, ""
while not refused:
    try:
        store.remember(shown(written))
        written += 1
    except StoreError as error:
        refused = str(error)
assert "free some space" in refused, refused
assert store.ratings()[0].count == 1 and store.shown(written - 1) == shown(written - 1)
(folder / "filler").unlink()
store.remember(shown(written))
store.close()
subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
try:
    Store.open(str(folder / "bot.sqlite3"))
except StoreError as error:
    refused = str(error)
assert refused.endswith("let this user write the file and its folder") and "\\n" not in refused, refused
subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
store = Store.open(str(folder / "bot.sqlite3"))
assert vote(store, 2, 2)
assert all(store.shown(number) == shown(number) for number in range(written + 1)) and store.ratings()[0].count == 2
print("healed")
"""


def test_a_full_disk_and_a_read_only_one_are_told_and_outlived(tmp_path: Path) -> None:
    """Nothing that was written is lost; when there is room again the same store goes on, and when the disk may be written again it opens."""
    alone = ["unshare", "--mount", "--map-root-user"]
    if not shutil.which("unshare") or subprocess.run([*alone, "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)], capture_output=True).returncode:
        pytest.skip("a disk of its own cannot be mounted here")
    (tmp_path / "disk").mkdir()
    done = subprocess.run([*alone, sys.executable, "-c", FULL, str(tmp_path / "disk")], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "healed\n"), done.stderr


READ_ONLY = """
import sys
from bot.errors import StoreError
from bot.store import ServerSettings, Store
try:
    store = Store.open(sys.argv[1])
    print("settings", store.settings(1).language)
    store.save_settings(1, ServerSettings("pl"))
except StoreError as error:
    print(error)
"""


@pytest.mark.parametrize(("folder_mode", "reads"), [(0o755, True), (0o555, False)])
def test_a_file_that_may_not_be_written_is_told_in_one_line(tmp_path: Path, folder_mode: int, reads: bool) -> None:
    """Reading works where SQLite can lay its files beside it; the line says what to allow."""
    bound = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    if bound and not shutil.which("setpriv"):
        pytest.skip("root may write anywhere, and there is no setpriv to take that away")
    path = tmp_path / "bot.sqlite3"
    filled(str(path))
    path.chmod(0o400)
    tmp_path.chmod(folder_mode)
    done = subprocess.run([*bound, sys.executable, "-c", READ_ONLY, str(path)], cwd=ROOT, capture_output=True, text=True)
    tmp_path.chmod(0o700)
    *read, refused = done.stdout.splitlines() or [done.stderr]
    assert read == (["settings es"] if reads else [])
    assert refused.endswith("let this user write the file and its folder")
    assert rows(str(path), "SELECT language FROM servers") == [("es",)]


# PostgreSQL


class Relay:
    """A socket that leads to the real PostgreSQL, until it is cut."""

    def __init__(self, folder: Path) -> None:
        url = sa.make_url(POSTGRES or "")
        host, port = str(url.query.get("host") or url.host or "127.0.0.1"), url.port or 5432
        self._target: Any = (f"{host}/.s.PGSQL.{port}", socket.AF_UNIX) if host.startswith("/") else ((host, port), socket.AF_INET)
        self._folder, self._open = folder, list[socket.socket]()
        self.url = url.set(host="", port=None).update_query_dict({"host": str(folder)}).render_as_string(hide_password=False)

    def start(self) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(self._folder / ".s.PGSQL.5432"))
        server.listen()
        self._open.append(server)
        threading.Thread(target=self._accept, args=(server,), daemon=True).start()

    def cut(self) -> None:
        """Nothing leads to it any more, and every connection breaks."""
        (self._folder / ".s.PGSQL.5432").unlink()
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open = []

    def _accept(self, server: socket.socket) -> None:
        with suppress(OSError):
            while True:
                inward, _ = server.accept()
                address, family = self._target
                outward = socket.socket(family)
                outward.connect(address)
                self._open += [inward, outward]
                for one, other in ((inward, outward), (outward, inward)):
                    threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
        other.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("places", KINDS[1:], indirect=True)
def test_a_postgresql_that_goes_away_is_told_and_found_again(where: str) -> None:
    """While it is away every call is one line; when it is back the same store reads and writes, and has lost nothing."""
    with tempfile.TemporaryDirectory() as name:
        relay = Relay(Path(name))
        relay.start()
        options = sa.make_url(where).query["options"]
        made = Store.open(sa.make_url(relay.url).update_query_dict({"options": str(options)}).render_as_string(hide_password=False))
        for number in range(3):
            vote(made, number, 1)
            relay.cut()
            for call in (lambda: total(made), lambda: vote(made, 99, 1), lambda: made.settings(1)):
                with pytest.raises(StoreError, match="look whether PostgreSQL runs there") as caught:
                    call()
                assert "\n" not in str(caught.value)
            relay.start()
            assert total(made) == number + 1
        relay.cut()
        relay.start()
        assert vote(made, 99, 1)
        made.close()
        relay.cut()


@pytest.mark.parametrize("places", KINDS[1:], indirect=True)
def test_a_connection_that_breaks_in_the_middle_of_a_write_is_replaced(where: str) -> None:
    """PostgreSQL ends the session between the check of the connection and the commit: the write is made again on another."""
    made = Store.open(where)
    ended: list[int] = []

    def end_the_session(connection: Any, *_: object) -> None:
        if not ended:
            ended.append(connection.connection.driver_connection.info.backend_pid)
            rows(where, f"SELECT pg_terminate_backend({ended[0]}, 5000)")

    sa.event.listen(made._engine, "before_cursor_execute", end_the_session)
    assert vote(made, 1, 1)
    assert (len(ended), total(made)) == (1, 1)
    made.close()


# The rest of the program


def test_a_question_at_the_terminal_does_not_load_the_database() -> None:
    """SQLAlchemy and Alembic cost a third of a second; `bot ask` has no use for them."""
    done = run(*FERRY_LINE, "ask", "are the ferries running again?", python=["-X", "importtime"])
    imported = {line.rsplit("|", 1)[1].strip() for line in done.stderr.decode().split("\n") if line.startswith("import time:")}
    assert "bot.assistant" in imported
    assert not {name for name in imported if name == "bot.store" or name.split(".")[0] in ("sqlalchemy", "alembic")}
