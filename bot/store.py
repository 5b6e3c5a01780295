"""Feedback, settings, questions asked in vain and suggestions of the bot in Discord, kept in one SQLite file or in PostgreSQL.

Each write is kept as a whole or not at all (several together with `write_all`), and may be tried again.
`migrations/` brings an older schema up to date when the store is opened; a further table is a further file there.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.config import NONE
from bot.errors import StoreError
from bot.redact import redacted

KEEPS_SHOWN = timedelta(days=30)
"""How long the buttons of an answer work, and its question and asker are kept."""
KEEPS_ASKED = timedelta(days=90)
"""How long questions asked in vain and suggestions are kept."""
MOST_OPEN = 5
"""Suggestions of one person that wait for a server's moderators at one time."""
MIGRATIONS = Path(__file__).with_name("migrations")
VERSION_TABLE = "bot_schema"
_BUSY = 10
"""Seconds to wait for another writer, or for a connection."""
_REACH = 5
"""Seconds to wait for PostgreSQL to answer at all."""
_CACHE = 256
"""KiB of SQLite's pages that each connection keeps in memory (its own choice is 2,000): rows are found by their key, and memory does not grow with them."""
_DAY = 24 * 60 * 60
_LOCK = int.from_bytes(b"bot_sch", "big")
"""PostgreSQL's advisory lock that one migration holds at a time."""
_CAN_PASS = {"40001", "40P01"}
"""SQLSTATEs of a transaction that lost against another: it may be tried again."""
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
"""Before this program was written: a clock that says so is wrong."""
_HEAD = b"SQLite format 3\0"
_MENDS = {
    "full": "free some space on its disk",
    "readonly": "let this user write the file and its folder",
    "unable to open": "let this user write the file and its folder",
    "not a database": "it is no store: move it away, or name another file in BOT_STORE",
    "malformed": "it is damaged: put back a backup, or move it away to begin anew",
    "locked": "another program holds it: end that one",
    "disk I/O": "look at its disk",
}
"""By words of SQLite's message."""
_POSTGRES_MEND = "look whether PostgreSQL runs there, and whether BOT_STORE names the right host, database, user and password"

_log = logging.getLogger(__name__)
_migrating = threading.Lock()
"""Alembic's `op` is one for the whole process."""


class Verdict(StrEnum):
    """What a person says of an answer."""

    HELPFUL = "helpful"
    NOT_HELPFUL = "not_helpful"
    NOT_MY_QUESTION = "not_my_question"


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What a server's moderators chose; made without arguments: what holds where they chose nothing."""

    language: str | None = None
    """Of the frame sentences where the question's language is not recognised."""
    channels: frozenset[int] = frozenset()
    """Where the bot answers; empty: everywhere."""
    forums: frozenset[int] = frozenset()
    """Forums or channels whose new posts are answered without being asked."""
    cooldown: int = 3
    """Seconds between two questions of one person."""
    keeps_questions: bool = False
    """Whether questions asked in vain may be kept."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An answer message that has buttons: what it was, and to whom it belongs.

    `asker` is the person's id in clear, since Delete and Share are for the asker alone; it goes with the row.
    """

    message: int
    channel: int
    server: int | None
    asker: int
    question: str | None
    """What the answer can be made from again."""
    language: str
    receipt: str
    entry: str | None
    private: bool


@dataclass(frozen=True, slots=True)
class Votes:
    """How many people said the same of the answers of an entry (None: of answers that came from none)."""

    entry: str | None
    refused: bool
    verdict: Verdict
    count: int


@dataclass(frozen=True, slots=True)
class Asked:
    """How often the same words were asked in vain: refused, or (not `refused`) answered and marked as no help."""

    question: str
    language: str
    refused: bool
    count: int


class Outcome(StrEnum):
    """What became of a suggestion."""

    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A question that somebody would like answered; `number` is Discord's id of how it came, so that it is kept once."""

    number: int
    server: int
    suggester: int | None
    """The person's id in clear, to tell what became of it; gone once that is decided."""
    language: str
    """The suggester's."""
    question: str


@dataclass(frozen=True, slots=True)
class Decision:
    """Which moderator decided what of a suggestion, and when; `entry` is the id that was approved for it."""

    question: str
    outcome: Outcome
    moderator: int
    decided: datetime
    entry: str | None


_metadata = sa.MetaData()
_servers = sa.Table(
    "servers",
    _metadata,
    sa.Column("server", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("language", sa.Text),
    sa.Column("channels", sa.JSON, nullable=False),
    sa.Column("forums", sa.JSON, nullable=False),
    sa.Column("cooldown", sa.Integer, nullable=False),
    sa.Column("keeps_questions", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),  # how often it was written
)
_shown = sa.Table(
    "shown",
    _metadata,
    sa.Column("message", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("channel", sa.BigInteger, nullable=False),
    sa.Column("server", sa.BigInteger),
    sa.Column("asker", sa.BigInteger, nullable=False),
    sa.Column("question", sa.LargeBinary),  # any text, also what PostgreSQL's TEXT refuses
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("receipt", sa.Text, nullable=False),
    sa.Column("entry", sa.Text),
    sa.Column("private", sa.Boolean, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),  # seconds since 1970, UTC
)
_ratings = sa.Table(
    "ratings",
    _metadata,
    sa.Column("voter", sa.LargeBinary, primary_key=True),  # keyed hash of person and message
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("server", sa.BigInteger),
    sa.Column("entry", sa.Text),
    sa.Column("receipt", sa.Text, nullable=False),
    sa.Column("refused", sa.Boolean, nullable=False),
)
_asked = sa.Table(
    "asked",
    _metadata,
    sa.Column("asking", sa.LargeBinary, primary_key=True),  # keyed hash of the answer's message
    sa.Column("server", sa.BigInteger, nullable=False, index=True),
    sa.Column("question", sa.LargeBinary, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("refused", sa.Boolean, nullable=False),
    sa.Column("day", sa.BigInteger, nullable=False, index=True),  # days since 1970, UTC
)
_suggestions = sa.Table(
    "suggestions",
    _metadata,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("server", sa.BigInteger, nullable=False, index=True),
    sa.Column("suggester", sa.BigInteger),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("question", sa.LargeBinary, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False, index=True),  # seconds since 1970, UTC, as the next one of time
    sa.Column("outcome", sa.Text),
    sa.Column("moderator", sa.BigInteger),
    sa.Column("decided", sa.BigInteger),
    sa.Column("entry", sa.Text),
)
_identifies = sa.Table(
    "identifies",
    _metadata,
    sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, nullable=False),  # milliseconds since 1970, UTC
)
_keys = sa.Table("keys", _metadata, sa.Column("name", sa.Text, primary_key=True), sa.Column("key", sa.LargeBinary, nullable=False))


class Store:
    """Feedback and settings; may be used from several threads, and by several processes at once.

    Every method raises StoreError, one clear line, where the store cannot be read or written; it works again when that is mended.
    """

    def __init__(self, engine: sa.Engine, place: str) -> None:
        """Bring the schema up to date; `place` is the store's name for people."""
        self._engine, self._place = engine, place
        self._own = threading.local()
        self._writing = writer(engine)
        self._replacing = {table: _replacing(engine.dialect.name, table) for table in (_servers, _shown, _asked, _suggestions)}
        self._replacing[_ratings] = _replacing(engine.dialect.name, _ratings, lambda old, new: old.verdict != new.verdict)
        with self._told("opened"):
            self._migrate()
        ((self._key,),) = self._read(sa.select(_keys.c.key).where(_keys.c.name == "ratings"))

    @classmethod
    def open(cls, where: str) -> Store:
        """The store at `where`: a path, a PostgreSQL URL, or `none` for one in memory that is gone when the program ends.

        A file is made where there is none, for its user alone. Raises StoreError where it cannot be opened or migrated.
        """
        if where == NONE:
            _log.warning("BOT_STORE is none: feedback and settings are lost when the bot stops")
            return cls(_sqlite_engine(None), "the store in memory")
        return cls(*connect(where, make=True))

    def settings(self, server: int) -> ServerSettings:
        """What the server's moderators chose; the defaults where they chose nothing."""
        for row in self._read(sa.select(_servers).where(_servers.c.server == server)):
            return ServerSettings(row.language, frozenset(row.channels), frozenset(row.forums), row.cooldown, row.keeps_questions)
        return ServerSettings()

    def save_settings(self, server: int, settings: ServerSettings) -> None:
        """Keep `settings` in place of those that the server had."""
        lists = {"channels": sorted(settings.channels), "forums": sorted(settings.forums)}
        self._put(_servers, {"server": server, **asdict(settings), **lists})

    def settings_version(self) -> int:
        """A number that grows with each change of any server's settings, by whichever process."""
        ((version,),) = self._read(sa.select(sa.func.coalesce(sa.func.sum(_servers.c.version), 0)))
        return int(version)

    def claim(self, bucket: int, every: float) -> bool:
        """Whether this process may begin a session with Discord now, in a bucket where all processes together may once in `every` seconds.

        A claim ends by itself, whatever becomes of who made it; the database's clock alone counts. One that lies in the future
        by more than `every`, since the clock was put back, holds nobody up.
        """
        dialect = self._engine.dialect.name
        now: Any = sa.cast(sa.extract("epoch", sa.func.clock_timestamp()) * 1000, sa.BigInteger) if dialect == "postgresql" else int(time.time() * 1000)
        claiming = _replacing(dialect, _identifies, lambda old, new: sa.func.abs(new.at - old.at) >= int(every * 1000))
        return self._write(claiming.values(bucket=bucket, at=now)) > 0

    def remember(self, shown: Shown, at: datetime | None = None) -> None:
        """Keep what the buttons of a message need, so that they work after a restart too; for 30 days from `at` (aware of its zone), else from now."""
        question = None if shown.question is None else _encoded(shown.question)
        self._put(_shown, {**asdict(shown), "question": question, "at": int(at.timestamp()) if at else _now()})

    def shown(self, message: int) -> Shown | None:
        """What was remembered of a message; None where nothing was, or it is past its keeping."""
        for row in self._read(sa.select(_shown).where(_shown.c.message == message)):
            values = {name: value for name, value in row._mapping.items() if name != "at"}
            return Shown(**{**values, "question": None if row.question is None else _decoded(row.question)})
        return None

    def forget(self, *messages: int) -> None:
        """Remove what was remembered of messages, and their questions where those were asked in vain."""
        self._write(sa.delete(_shown).where(_shown.c.message.in_(messages)))
        self._write(sa.delete(_asked).where(_asked.c.asking.in_([self._asking(message) for message in messages])))

    def keep_question(self, message: int, server: int, question: str, language: str, *, refused: bool, at: datetime) -> None:
        """Keep a question that was asked in vain `at` (aware of its zone), once for its answer's `message`; for 90 days from then.

        What could tell who asked is removed first (`redacted`), and the message's id is kept as a hash under this store's key.
        """
        day = int(at.timestamp()) // _DAY
        row = {
            "asking": self._asking(message),
            "server": server,
            "question": _encoded(redacted(question)),
            "language": language,
            "refused": refused,
            "day": day,
        }
        self._put(_asked, row)

    def asked(self, server: int | None = None) -> list[Asked]:
        """The questions asked in vain on a server (None: on all), counted by their words; the most frequent first."""
        kinds = (_asked.c.question, _asked.c.language, _asked.c.refused)
        statement = sa.select(*kinds, sa.func.count().label("askings")).group_by(*kinds)
        rows = self._read(statement if server is None else statement.where(_asked.c.server == server))
        counted = [Asked(_decoded(row.question), row.language, row.refused, row.askings) for row in rows]
        return sorted(counted, key=lambda a: (-a.count, a.question, a.language, a.refused))

    def forget_questions(self, server: int) -> None:
        """Remove the questions that were asked in vain on a server."""
        self._write(sa.delete(_asked).where(_asked.c.server == server))

    def suggest(self, made: Suggestion) -> bool:
        """Keep a suggestion for 90 days from now, without what could tell who somebody is; False where too many of that person's are waiting."""
        mine = sa.select(_suggestions.c.number).where(
            _suggestions.c.server == made.server, _suggestions.c.suggester == made.suggester, _suggestions.c.outcome.is_(None)
        )
        if len(self._read(mine)) >= MOST_OPEN:
            return False
        self._put(_suggestions, {**asdict(made), "question": _encoded(redacted(made.question)), "at": _now()})
        return True

    def suggestions(self, server: int) -> list[Suggestion]:
        """Those of a server that wait for its moderators, the oldest first."""
        waiting = sa.select(_suggestions).where(_suggestions.c.server == server, _suggestions.c.outcome.is_(None)).order_by(_suggestions.c.number)
        return [Suggestion(row.number, row.server, row.suggester, row.language, _decoded(row.question)) for row in self._read(waiting)]

    def decide(self, number: int, server: int, outcome: Outcome, moderator: int, entry: str | None = None) -> bool:
        """Keep what became of a waiting suggestion, and no longer whose it was; False where there is none, such as where another moderator was faster."""
        waiting = sa.update(_suggestions).where(_suggestions.c.number == number, _suggestions.c.server == server, _suggestions.c.outcome.is_(None))
        changed = {"suggester": None, "outcome": str(outcome), "moderator": moderator, "decided": _now(), "entry": entry}
        return self._write(waiting.values(changed)) > 0

    def decisions(self, server: int) -> list[Decision]:
        """What a server's moderators decided, the newest first."""
        decided = sa.select(_suggestions).where(_suggestions.c.server == server, _suggestions.c.outcome.is_not(None))
        rows = self._read(decided.order_by(_suggestions.c.decided.desc(), _suggestions.c.number.desc()))
        return [Decision(_decoded(r.question), Outcome(r.outcome), r.moderator, datetime.fromtimestamp(r.decided, UTC), r.entry) for r in rows]

    def rate(self, message: int, person: int, verdict: Verdict, *, server: int | None, entry: str | None, receipt: str, refused: bool) -> bool:
        """Keep a person's vote on a message in place of the one before; False where it was the same already.

        Neither id is kept, but a hash of both under this store's key: votes cannot be told to be of one person, nor whose they
        are by whoever has not the key and both ids.
        """
        voter = hashlib.blake2b(f"{person} {message}".encode(), key=self._key, digest_size=32).digest()
        vote = {"voter": voter, "verdict": str(verdict), "server": server, "entry": entry, "receipt": receipt, "refused": refused}
        return self._put(_ratings, vote) > 0

    def ratings(self) -> list[Votes]:
        """All votes, counted by entry, whether it was a refusal, and verdict; the most frequent first."""
        kinds = (_ratings.c.entry, _ratings.c.refused, _ratings.c.verdict)
        rows = self._read(sa.select(*kinds, sa.func.count().label("votes")).group_by(*kinds))
        counted = [Votes(row.entry, row.refused, Verdict(row.verdict), row.votes) for row in rows]
        return sorted(counted, key=lambda v: (-v.count, v.entry or "", v.refused, v.verdict))

    def purge(self, now: datetime) -> int:
        """Remove what is past its keeping at `now` (aware of its zone), and return how many rows that were; no byte of it stays in a SQLite file.

        Rows of a time to come were written by a clock that was ahead: they are kept as if written `now`, so that none stays for good.
        A clock that is before any version of this program removes and changes nothing.
        """
        if now < _FIRST:
            return 0
        late = int(now.timestamp()) + _DAY
        for at in (_shown.c.at, _suggestions.c.at):
            self._write(sa.update(at.table).where(at > late).values(at=late - _DAY))
        self._write(sa.update(_asked).where(_asked.c.day * _DAY > late).values(day=int(now.timestamp()) // _DAY))
        asked = int((now - KEEPS_ASKED).timestamp())
        removed = (
            self._write(sa.delete(_shown).where(_shown.c.at <= int((now - KEEPS_SHOWN).timestamp())))
            + self._write(sa.delete(_asked).where(_asked.c.day * _DAY <= asked))
            + self._write(sa.delete(_suggestions).where(_suggestions.c.at <= asked))
        )
        self._empty_log()
        return removed

    def write_all(self, writes: Sequence[Callable[[], object]]) -> None:
        """Call functions that write into this store, in one transaction: all of it is kept or nothing."""
        with self._told("written"), self._writing.begin() as connection:
            self._own.connection = connection
            try:
                for write in writes:
                    write()
            finally:
                self._own.connection = None

    def close(self) -> None:
        """Close all connections; the store is not used afterwards."""
        self._engine.dispose()

    def _empty_log(self) -> None:
        """Write SQLite's log into the file, as far as nobody else reads it, so that what was removed, now or before, is in neither."""
        if self._engine.dialect.name == "sqlite":
            with self._told("written"), contextlib.closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _asking(self, message: int) -> bytes:
        """The key under which a message's question is kept."""
        return hashlib.blake2b(f"asked {message}".encode(), key=self._key, digest_size=32).digest()

    def _put(self, table: sa.Table, values: dict[str, Any]) -> int:
        """Insert a row, or replace the one with its key; the number of rows that this changed."""
        return self._write(self._replacing[table], values)

    def _write(self, statement: sa.Insert | sa.Update | sa.Delete, values: dict[str, Any] | None = None) -> int:
        """Execute in a transaction, once more where the connection or the transaction was lost; the number of rows that this changed."""
        with self._told("written"):
            try:
                return self._written(statement, values)
            except sa.exc.DBAPIError as error:
                if self._connection or not (error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _CAN_PASS):
                    raise
                return self._written(statement, values)

    def _written(self, statement: sa.Insert | sa.Update | sa.Delete, values: dict[str, Any] | None) -> int:
        if own := self._connection:
            return own.execute(statement, values).rowcount
        with self._writing.begin() as connection:
            return connection.execute(statement, values).rowcount

    def _read(self, statement: sa.Select[Any]) -> list[sa.Row[Any]]:
        with self._told("read"), contextlib.nullcontext(self._connection) if self._connection else self._engine.connect() as connection:
            return list(connection.execute(statement))

    @property
    def _connection(self) -> sa.Connection | None:
        """That of the transaction of `write_all` in which this thread is."""
        return getattr(self._own, "connection", None)

    def _told(self, what: str) -> contextlib.AbstractContextManager[None]:
        return told(self._engine, self._place, what)

    def _migrate(self) -> None:
        """Bring the schema to this program's version, or leave all as it was and raise StoreError. One process at a time does it."""
        newest = newest_schema()
        with self._engine.connect() as connection:
            if schema(connection, self._place) == newest:
                return
        with alone(self._writing) as connection:
            before = schema(connection, self._place)
            upgrade(connection, self._place, newest)
        _log.info("%s: schema %s", self._place, newest if before is None else f"{before}, now {newest}")


def _replacing(dialect: str, table: sa.Table, where: Callable[[Any, Any], sa.ColumnElement[bool]] | None = None) -> sa.Insert:
    """Inserts a row, or replaces the one with its key (where `where` holds of its columns and the new ones)."""
    insert: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    changed: dict[str, Any] = {column.name: insert.excluded[column.name] for column in table.columns if not column.primary_key}
    if "version" in changed:
        changed["version"] = table.c.version + 1
    condition = where(table.c, insert.excluded) if where else None
    replacing: sa.Insert = insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed, where=condition)
    return replacing


def writer(engine: sa.Engine) -> sa.Engine:
    """`engine` for transactions that write: SQLite's wait for each other at their beginning."""
    return engine.execution_options(begin="BEGIN IMMEDIATE", preserve_rowcount=True)


@contextlib.contextmanager
def told(engine: sa.Engine, place: str, what: str) -> Iterator[None]:
    """Turns a failure of the database into one line for people, a StoreError that says what cannot be done."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
        refused = isinstance(error, sa.exc.DataError | sa.exc.IntegrityError)
        raise StoreError(f"{place} cannot be {what}: {_why(error, engine.dialect.name)}", again=not refused) from None


@contextlib.contextmanager
def alone(writing: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction for work on the schema, which one process does at a time."""
    with _migrating, writing.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        yield connection


def schema(connection: sa.Connection, place: str) -> str | None:
    """The schema that a store has, None where it is empty. Raises StoreError where it is another program's."""
    tables = sa.inspect(connection).get_table_names()
    if VERSION_TABLE in tables:
        return connection.execute(sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE))).scalar()
    if tables:
        raise StoreError(f"{place} holds tables of another program ({', '.join(sorted(tables)[:3])}): name another in BOT_STORE")
    return None


def newest_schema() -> str:
    """The schema that this program writes."""
    return str(_scripts().get_current_head())


def check_known(found: str | None, place: str) -> None:
    """Raises StoreError where this program does not know the schema that was found at a place."""
    scripts = _scripts()
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        newest = scripts.get_current_head()
        raise StoreError(f"{place} was written by a newer version of this program (schema {found}; this one knows {newest}): upgrade the program")


def upgrade(connection: sa.Connection, place: str, target: str) -> None:
    """Bring a store to the schema `target`. Raises StoreError where this program does not know the one that it has."""
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext

    logging.getLogger("alembic").setLevel(logging.WARNING)
    check_known(schema(connection, place), place)
    scripts = _scripts()
    with EnvironmentContext(Config(), scripts, fn=lambda version, _: scripts._upgrade_revs(target, version)) as environment:
        environment.configure(connection=connection, transactional_ddl=True, version_table=VERSION_TABLE)
        environment.run_migrations()


def _scripts() -> Any:
    """Alembic's reader of the migrations."""
    from alembic.script import ScriptDirectory

    return ScriptDirectory(str(MIGRATIONS), version_locations=[str(MIGRATIONS)])


def tables_of(revision: str) -> frozenset[str]:
    """The names of the tables that a schema has, that of the schema itself apart."""
    engine = _sqlite_engine(None)
    try:
        with engine.begin() as connection:
            upgrade(connection, "the store in memory", revision)
            return frozenset(sa.inspect(connection).get_table_names()) - {VERSION_TABLE}
    finally:
        engine.dispose()


def look(where: str) -> tuple[str, str | None]:
    """(name for people, schema) of the store at `where`, which is neither made nor brought up to date; no schema: it is empty.

    Raises StoreError where it cannot be opened or is damaged.
    """
    engine, place = connect(where, make=False)
    try:
        with told(engine, place, "opened"), engine.connect() as connection:
            found = schema(connection, place)
            if engine.dialect.name == "sqlite":
                faults = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
                if faults != ["ok"]:
                    raise StoreError(f"{place} is damaged ({str(faults[0]).splitlines()[0]}): put back a backup, or move it away to begin anew")
            return place, found
    finally:
        engine.dispose()


def connect(where: str, *, make: bool) -> tuple[sa.Engine, str]:
    """An engine for the store at `where` (a path or a URL) and its name for people. Raises StoreError.

    A file that is not there is made, for its user alone, or (not `make`) is an error.
    """
    url = _url(where) if "://" in where else None
    if url is not None and url.get_backend_name() == "postgresql":
        return _postgres_engine(url), f"the store {url.set(password=None, query={}).render_as_string()}"
    path = Path(where if url is None or url.database is None else url.database)
    place = f"the store {path}"
    _check_file(path, place, make=make)
    return _sqlite_engine(path), place


def _now() -> int:
    return int(time.time())


def _encoded(text: str) -> bytes:
    """Any text as bytes, also what PostgreSQL's TEXT refuses."""
    return text.encode("utf-8", "surrogatepass")


def _decoded(kept: bytes) -> str:
    return kept.decode("utf-8", "surrogatepass")


def _why(error: Exception, dialect: str) -> str:
    """The database's own reason in one line, and what mends it where that is known."""
    cause = getattr(error, "orig", None) or error
    reason = (str(cause).splitlines() or [type(cause).__name__])[0].strip()
    mend = next((mend for words, mend in _MENDS.items() if words in reason), None) if dialect == "sqlite" else _POSTGRES_MEND
    return f"{reason}; {mend}" if mend and isinstance(error, sa.exc.OperationalError | sa.exc.DatabaseError | sqlite3.Error) else reason


def _url(where: str) -> sa.URL:
    """Raises StoreError, without what might be a password in it, where `where` is no URL of a database that is supported."""
    try:
        url = sa.make_url(where)
        backend = url.get_backend_name()
    except (sa.exc.ArgumentError, ValueError):
        backend = ""
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database and not url.query:
        return url
    raise StoreError("BOT_STORE is no store: write a path, postgresql://USER:PASSWORD@HOST/DATABASE, or none")


def _check_file(path: Path, place: str, *, make: bool) -> None:
    """Raises StoreError where a file is no store; makes it with mode 0600 where there is none and `make` says so."""
    try:
        if make:
            path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        if path.is_dir():
            raise StoreError(f"{place} is a folder: name a file in BOT_STORE")
        with path.open("rb") as file:
            head = file.read(len(_HEAD))
    except FileNotFoundError:
        raise StoreError(f"{place} is not there: the bot makes it when there is something to keep; where it is elsewhere, name it in BOT_STORE") from None
    except (OSError, ValueError) as error:
        raise StoreError(f"{place} cannot be opened: {getattr(error, 'strerror', None) or error}; name another file in BOT_STORE") from None
    if head not in (b"", _HEAD):  # SQLite would take a very short file for an empty one
        raise StoreError(f"{place} is no store: move it away, or name another file in BOT_STORE")


def _sqlite_engine(path: Path | None) -> sa.Engine:
    """An engine for a file in WAL mode, or for one database in memory, whose one connection the threads share in turn."""
    pool: dict[str, int] = {"pool_timeout": _BUSY} | ({} if path else {"pool_size": 1, "max_overflow": 0})
    url = sa.URL.create("sqlite", database=str(path) if path else ":memory:")
    engine = sa.create_engine(url, poolclass=sa.QueuePool, connect_args={"timeout": _BUSY, "check_same_thread": False}, hide_parameters=True, **pool)

    @sa.event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions begin below, tables are made in them too
        connection.execute(f"PRAGMA cache_size=-{_CACHE}").close()
        _to_wal(connection)
        connection.execute("PRAGMA secure_delete=ON").close()  # what is removed is overwritten

    @sa.event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def _to_wal(connection: sqlite3.Connection) -> None:
    """Write-ahead logging, so that readers do not wait; SQLite does not wait by itself for others who switch to it."""
    until = time.monotonic() + _BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _postgres_engine(url: sa.URL) -> sa.Engine:
    """An engine that notices connections that were lost. Raises StoreError where the driver is not installed."""
    try:
        return sa.create_engine(
            url, connect_args={"connect_timeout": _REACH, "tcp_user_timeout": _BUSY * 1000}, pool_pre_ping=True, pool_timeout=_BUSY, hide_parameters=True
        )
    except ModuleNotFoundError:
        raise StoreError("BOT_STORE names PostgreSQL, which needs the extra `postgres`: pip install 'verbatim-faq-bot[postgres]'") from None
