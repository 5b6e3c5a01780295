"""The store's rows as lines of JSON: what SQLite holds can be put into PostgreSQL and the other way, and an older schema into this one.

The first line says what this is and of which schema, each further one is a row of a table, the last counts and hashes all before it.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot import __version__, store
from bot.config import NAME, NONE
from bot.errors import Refused, StoreError, UsageError

KIND = f"{NAME} store"
FORMAT = 1
KEYS = "keys"
"""The table that a store has a row in before anything was kept."""
_BATCH = 500
"""Rows that are read or written at once."""


def dump(where: str) -> Iterator[bytes]:
    """The lines of a backup of the store at `where`, as it was at one moment; others may write meanwhile. Raises StoreError.

    The store is left as it is, also where its schema is an older one.
    """
    engine, place = store.connect(_kept(where), make=False)
    digest, rows = hashlib.sha256(), 0
    reading = engine.execution_options(isolation_level="REPEATABLE READ") if engine.dialect.name == "postgresql" else engine
    try:
        with store.told(engine, place, "read"), reading.connect() as connection, connection.begin():
            revision = store.schema(connection, place)
            store.check_known(revision, place)
            if revision is None:
                raise StoreError(f"{place} is empty: there is nothing to keep")
            head = {"kind": KIND, "format": FORMAT, "schema": revision, "program": __version__, "made": datetime.now(UTC).isoformat(timespec="seconds")}
            line = _line(head)
            digest.update(line)
            yield line
            for table in _tables(connection, revision):
                for row in connection.execution_options(yield_per=_BATCH).execute(sa.select(table).order_by(*table.primary_key)):
                    line = _line({"table": table.name, "row": {name: _plain(value) for name, value in row._mapping.items()}})
                    digest.update(line)
                    rows += 1
                    yield line
        yield _line({"rows": rows, "sha256": digest.hexdigest()})
    finally:
        engine.dispose()


def load(lines: Iterable[bytes], name: str, where: str, *, replace: bool = False) -> tuple[str, int]:
    """Put a backup into the store at `where`, whole or not at all; (the store's name, how many rows).

    Raises UsageError where the file `name` is no backup or not a whole one, StoreError where a newer program wrote it, Refused where the
    store holds something already and may not be replaced.
    """
    backup = _Backup(lines, name)
    store.check_known(backup.schema, name)
    engine, place = store.connect(_kept(where), make=True)
    try:
        with store.told(engine, place, "written"), store.alone(store.writer(engine)) as connection:
            before = store.schema(connection, place)
            store.check_known(before, place)
            _clear(connection, before, place, replace=replace)
            store.upgrade(connection, place, backup.schema)
            _insert(connection, backup)
            store.upgrade(connection, place, store.newest_schema())
        return place, backup.rows
    finally:
        engine.dispose()


class _Backup:
    """The lines of a backup, read once."""

    def __init__(self, lines: Iterable[bytes], name: str) -> None:
        self._lines, self._name, self._number, self.rows = iter(lines), name, 0, 0
        self._digest = hashlib.sha256()
        head = self._next()
        if head.get("kind") != KIND:
            raise self._fault("no backup of a store")
        if head.get("format") != FORMAT or not isinstance(head.get("schema"), str):
            raise self._fault(f"a backup of a form that this version ({__version__}) does not know: upgrade the program")
        self.schema: str = head["schema"]

    def __iter__(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """(table, row) of each row. Raises UsageError where one is none, or where the end is missing or does not fit."""
        while True:
            before = self._digest.hexdigest()
            record = self._next()
            if "rows" in record:
                if (record["rows"], record.get("sha256")) != (self.rows, before):
                    raise self._fault("the backup was changed since it was made: its last line does not fit")
                if next(self._lines, None) is not None:
                    raise self._fault("something stands after the end of the backup")
                return
            table, row = record.get("table"), record.get("row")
            if not isinstance(table, str) or not isinstance(row, dict):
                raise self._fault("no row of a table")
            self.rows += 1
            yield table, row

    def unfit(self, why: object) -> UsageError:
        """The error for a row that the tables do not take."""
        return self._fault(f"the row does not fit: {why}")

    def _next(self) -> dict[str, Any]:
        line = next(self._lines, None)
        self._number += 1
        if line is None:
            raise self._fault("the backup is cut off: its last line is missing")
        self._digest.update(line)
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise self._fault("not JSON: no backup, or one that is cut off") from None
        if not isinstance(record, dict):
            raise self._fault("no backup of a store")
        return record

    def _fault(self, why: str) -> UsageError:
        return UsageError(f"{self._name}:{self._number}: {why}; nothing was restored")


def _kept(where: str) -> str:
    if where == NONE:
        raise UsageError("BOT_STORE is none: name the store in it")
    return where


def _line(record: dict[str, object]) -> bytes:
    return json.dumps(record, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"


def _plain(value: object) -> object:
    return base64.b64encode(value).decode() if isinstance(value, bytes | memoryview) else value


def _tables(connection: sa.Connection, revision: str) -> list[sa.Table]:
    """The tables of a schema as they are in this database, by name."""
    metadata = sa.MetaData()
    metadata.reflect(connection, only=sorted(store.tables_of(revision)))
    return [metadata.tables[name] for name in sorted(metadata.tables)]


def _clear(connection: sa.Connection, revision: str | None, place: str, *, replace: bool) -> None:
    """Remove the tables of an empty store; with `replace` those of any."""
    if revision is None:
        return
    tables = _tables(connection, revision)
    held = {table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables}
    if not replace and any(count for name, count in held.items() if name != KEYS):
        told = ", ".join(f"{count} {name}" for name, count in held.items() if count and name != KEYS)
        raise Refused(f"{place} is not empty ({told}): --replace puts the backup in its place")
    for table in tables:
        table.drop(connection)
    connection.exec_driver_sql(f"DROP TABLE {store.VERSION_TABLE}")


def _insert(connection: sa.Connection, backup: _Backup) -> None:
    """Put the rows of a backup into the tables of its schema, in place of what the making of these put there."""
    tables = {table.name: table for table in _tables(connection, backup.schema)}
    for table in tables.values():
        connection.execute(sa.delete(table))
    for name, rows in itertools.groupby(backup, key=lambda item: item[0]):
        if name not in tables:
            raise backup.unfit(f"there is no table {name}")
        values = (_values(tables[name], row, backup) for _, row in rows)
        while batch := list(itertools.islice(values, _BATCH)):
            connection.execute(sa.insert(tables[name]), batch)


def _values(table: sa.Table, row: dict[str, Any], backup: _Backup) -> dict[str, Any]:
    if set(row) != set(table.columns.keys()):
        raise backup.unfit(f"the columns of {table.name} are {', '.join(table.columns.keys())}")
    try:
        return {name: _typed(table.columns[name], value) for name, value in row.items()}
    except (TypeError, ValueError) as error:
        raise backup.unfit(error) from None


def _typed(column: sa.Column[Any], value: Any) -> Any:
    """The value as the column takes it. Raises ValueError, TypeError."""
    return base64.b64decode(value, validate=True) if value is not None and isinstance(column.type, sa.LargeBinary) else value
