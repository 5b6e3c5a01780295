"""The articles of a large corpus in one SQLite file, read one by one: only what a question needs is in memory.

A row is what one file of the corpus held: its text with the SHA-256 that the text must have whenever it is read, its sentences and
passages as offsets, and their words as numbers. Rows are added and removed, never changed; `Edition` says which of them are one corpus.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
import json
import logging
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Protocol
from weakref import WeakValueDictionary

import numpy as np
import numpy.typing as npt

from bot.corpus import Article, Section, Span
from bot.errors import TextError

Ints = npt.NDArray[np.integer]
FORMAT = 1
"""Of all files of a saved index: another number is built anew."""
_log = logging.getLogger(__name__)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS article (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL, file_sha256 TEXT NOT NULL, size INTEGER NOT NULL, modified INTEGER NOT NULL,
    sha256 TEXT NOT NULL, language TEXT NOT NULL, facts TEXT NOT NULL, text TEXT NOT NULL, spans BLOB NOT NULL, words BLOB NOT NULL,
    UNIQUE (id, file_sha256));
CREATE TABLE IF NOT EXISTS vector (
    file_sha256 TEXT NOT NULL, encoder TEXT NOT NULL, passages BLOB NOT NULL, sentences BLOB NOT NULL, PRIMARY KEY (file_sha256, encoder));
CREATE TABLE IF NOT EXISTS word (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
"""


@dataclass(frozen=True)
class Row:
    """An article as it is kept."""

    id: str
    file_sha256: str
    size: int
    modified: int
    """Of the file, in nanoseconds: a file with the same size and time is not read again."""
    sha256: str
    language: str
    facts: str
    """JSON: title, dates and what else the front matter says."""
    text: str
    spans: bytes
    """int32: for each sentence start, end, start of its paragraph, number of its passage."""
    words: bytes
    """int32: see `Words`."""


@dataclass(frozen=True)
class Words:
    """The folded words of an article as numbers: of its title, of each sentence, of each passage, and all others of its text."""

    title: Ints
    lengths: Ints
    """Words of each sentence."""
    sentences: Ints
    passage_lengths: Ints
    """Words of each passage; -1: those of its sentences, one after another."""
    passages: Ints
    """The words of the passages that are not those of their sentences."""
    others: Ints

    def packed(self) -> bytes:
        """As one array of int32, its six lengths before it."""
        parts = [np.asarray(getattr(self, f.name), dtype=np.int32) for f in fields(self)]
        return np.concatenate([np.array([len(p) for p in parts], dtype=np.int32), *parts]).tobytes()

    @classmethod
    def unpacked(cls, data: bytes) -> Words:
        """The inverse of `packed`."""
        array = np.frombuffer(data, dtype=np.int32)
        edges = np.cumsum([6, *array[:6].tolist()])
        return cls(*(array[a:b] for a, b in itertools.pairwise(edges)))


@dataclass(frozen=True)
class Analysed:
    """A row without its text."""

    row: int
    id: str
    sha256: str
    language: str
    facts: dict[str, Any]
    spans: Ints
    """For each sentence start, end, start of its paragraph, number of its passage."""
    words: Words

    @property
    def dates(self) -> list[str]:
        """All dates that the article has, as YYYY-MM-DD."""
        found = [self.facts.get("published"), self.facts.get("updated"), *(s["asserted"] for s in self.facts.get("sections", ()))]
        return [date for date in found if date and date != "None"]

    def passages(self) -> Ints:
        """Start and end of each passage."""
        if not len(self.spans):
            return np.zeros((0, 2), dtype=np.int32)
        first = np.flatnonzero(np.diff(self.spans[:, 3], prepend=-1))
        return np.column_stack([self.spans[first, 0], self.spans[np.append(first[1:], len(self.spans)) - 1, 1]])

    def passage_words(self) -> tuple[Ints, Ints]:
        """The words of all passages, those of the title with each, and the number of the passage of each word."""
        of_sentence = self.words.passage_lengths[self.spans[:, 3]] < 0
        taken = np.repeat(of_sentence, self.words.lengths)
        count = len(self.words.passage_lengths)
        own = np.maximum(self.words.passage_lengths, 0)
        numbers = [np.repeat(self.spans[:, 3], self.words.lengths)[taken], np.repeat(np.arange(count), own), np.repeat(np.arange(count), len(self.words.title))]
        return np.concatenate([self.words.sentences[taken], self.words.passages, np.tile(self.words.title, count)]), np.concatenate(numbers)


@dataclass(frozen=True)
class Embedded:
    """The vectors of an article."""

    spans: Ints
    """As `Row.spans`."""
    passages: npt.NDArray[np.float16]
    """A row for each passage."""
    sentences: npt.NDArray[np.float16]

    @classmethod
    def unpacked(cls, spans: bytes, passages: bytes, sentences: bytes) -> Embedded | None:
        """Of what is kept; None where one is not as long as the others say."""
        places = np.frombuffer(spans, dtype=np.int32).reshape(-1, 4)
        count = int(places[-1, 3]) + 1 if len(places) else 0
        numbers = len(passages) // 2 // max(count, 1)
        if (len(passages), len(sentences)) != (2 * numbers * count, 2 * numbers * len(places)) or (count > 0 and not numbers):
            return None
        return cls(places, *(np.frombuffer(part, dtype=np.float16).reshape(-1, max(numbers, 1)) for part in (passages, sentences)))


class KeptArticle(Article):
    """An article of the archive: where its sentences are is known, and those that are not asked for are not made."""

    places: bytes
    """As `Row.spans`."""

    @property
    def _table(self) -> npt.NDArray[np.int32]:
        """A row for each sentence: no objects, of which the collector of garbage would look at those of a thousand kept articles again and again."""
        return np.frombuffer(self.places, dtype=np.int32).reshape(-1, 4)

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Every sentence that may be shown, in order."""
        return tuple(Span(self, start, end) for start, end, _, _ in self._table.tolist())

    @cached_property
    def paragraphs(self) -> tuple[int, ...]:
        """For each sentence, the start of its paragraph."""
        return tuple(self._table[:, 2].tolist())

    def sentences_in(self, start: int, end: int) -> list[Span]:
        """The sentences inside text[start:end]."""
        table = self._table
        return [Span(self, a, b) for a, b in table[(table[:, 0] >= start) & (table[:, 1] <= end), :2].tolist()]


def packed_facts(article: Article) -> str:
    """What an article says of itself, as JSON."""
    kept = ("title", "publisher", "author", "published", "updated", "url", "republishes", "translated_from", "furniture")
    facts: dict[str, Any] = {name: getattr(article, name) for name in kept if getattr(article, name)}
    facts |= {"sections": [asdict(s) for s in article.sections]} if article.sections else {}
    return json.dumps(facts, ensure_ascii=False, default=str)


def _date(value: str | None) -> datetime.date | None:
    return datetime.date.fromisoformat(value) if value else None


def packed_spans(article: Article) -> bytes:
    """The sentences of an article and where each stands, as `Row.spans`."""
    found: list[tuple[int, int, int, int]] = []
    at = 0
    for sentence, paragraph in zip(article.sentences, article.paragraphs, strict=True):
        while not article.passages[at].holds(sentence):
            at += 1
        found.append((sentence.start, sentence.end, paragraph, at))
    return np.array(found, dtype=np.int32).tobytes()


class Archive:
    """The file of rows. One connection, which threads share; readers are not kept from reading by a writer."""

    keeps = 1024

    def __init__(self, path: Path, *, write: bool = False) -> None:
        """Open it to read, or to `write`: then it is made where it is not there. Raises sqlite3.Error."""
        self._connection = sqlite3.connect(path if write else f"{path.resolve().as_uri()}?mode=ro", uri=not write, timeout=30, check_same_thread=False)
        if write:
            self._connection.execute("PRAGMA cache_size=-262144")
            self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the files that are open."""
        self._connection.close()

    def commit(self) -> None:
        """Make what was written since the last commit last."""
        self._connection.commit()

    def known(self) -> dict[str, list[tuple[int, str, int, int]]]:
        """Article id → (row, hash, size and time of its file) of each row."""
        found: dict[str, list[tuple[int, str, int, int]]] = {}
        for row, name, sha256, size, modified in self._connection.execute("SELECT row, id, file_sha256, size, modified FROM article"):
            found.setdefault(name, []).append((row, sha256, size, modified))
        return found

    def add(self, row: Row) -> int:
        """Keep a row; return its number."""
        names = [f.name for f in fields(Row)]
        marks = ", ".join("?" * len(names))
        cursor = self._connection.execute(f"INSERT OR REPLACE INTO article ({', '.join(names)}) VALUES ({marks})", [getattr(row, n) for n in names])
        return int(cursor.lastrowid or 0)

    def touch(self, row: int, modified: int) -> None:
        """Note that the file of a row has another time and the same bytes."""
        self._connection.execute("UPDATE article SET modified = ? WHERE row = ?", (modified, row))

    def remove(self, rows: Sequence[int]) -> None:
        """Forget rows."""
        self._connection.executemany("DELETE FROM article WHERE row = ?", [(row,) for row in rows])

    def word_numbers(self) -> dict[str, int]:
        """The number of each word."""
        return dict(self._connection.execute("SELECT text, number FROM word"))

    def add_words(self, words: Sequence[tuple[int, str]]) -> None:
        """Keep (number, word)."""
        self._connection.executemany("INSERT INTO word (number, text) VALUES (?, ?)", words)

    def words(self) -> list[str]:
        """All words, by number, from 0."""
        return [text for (text,) in self._connection.execute("SELECT text FROM word ORDER BY number")]

    def analysed(self, rows: Sequence[int]) -> Iterator[Analysed]:
        """What is known of these rows but their texts, in this order."""
        for row in rows:
            name, sha256, language, facts, spans, words = self._connection.execute(
                "SELECT id, sha256, language, facts, spans, words FROM article WHERE row = ?", (row,)
            ).fetchone()
            yield Analysed(row, name, sha256, language, json.loads(facts), np.frombuffer(spans, dtype=np.int32).reshape(-1, 4), Words.unpacked(words))

    def row_of(self, name: str, among: Ints) -> int | None:
        """The row of the article `name` that is one of the sorted `among`."""
        for (row,) in self._connection.execute("SELECT row FROM article WHERE id = ?", (name,)):
            at = int(np.searchsorted(among, row))
            if at < len(among) and among[at] == row:
                return int(row)
        return None

    def row(self, number: int) -> Row:
        """A row as it was added."""
        names = [f.name for f in fields(Row)]
        return Row(*self._connection.execute(f"SELECT {', '.join(names)} FROM article WHERE row = ?", (number,)).fetchone())

    def without_vectors(self, rows: Sequence[int], encoder: str) -> list[int]:
        """Those of these rows of which `encoder` has not read the text yet; of several with one text the first."""
        done = {sha256 for (sha256,) in self._connection.execute("SELECT file_sha256 FROM vector WHERE encoder = ?", (encoder,))}
        sources: dict[int, str] = dict(self._connection.execute("SELECT row, file_sha256 FROM article"))
        first = {sources[row]: row for row in reversed(rows)}
        return [row for row in rows if sources[row] not in done and first[sources[row]] == row]

    def add_vectors(self, row: int, encoder: str, passages: bytes, sentences: bytes) -> None:
        """Keep the vectors (float16) of the passages and sentences of a row, for all rows with the same file."""
        self._connection.execute(
            "INSERT OR REPLACE INTO vector (file_sha256, encoder, passages, sentences) SELECT file_sha256, ?, ?, ? FROM article WHERE row = ?",
            (encoder, passages, sentences, row),
        )

    def vectors(self, row: int, encoder: str) -> Embedded | None:
        """What `encoder` made of a row; None where it has not read it, or what is kept is not whole."""
        found = self._connection.execute(
            "SELECT spans, passages, sentences FROM article JOIN vector USING (file_sha256) WHERE row = ? AND encoder = ?", (row, encoder)
        ).fetchone()
        return Embedded.unpacked(*found) if found else None

    def passages(self, rows: Sequence[int]) -> int:
        """How many passages these rows have."""
        ends = (self._connection.execute("SELECT substr(spans, -4) FROM article WHERE row = ?", (row,)).fetchone()[0] for row in rows)
        return sum(int(np.frombuffer(end, dtype=np.int32)[0]) + 1 for end in ends if end)

    def with_vectors(self, encoder: str) -> int:
        """How many files of articles `encoder` has read."""
        try:
            return int(self._connection.execute("SELECT count(*) FROM vector WHERE encoder = ?", (encoder,)).fetchone()[0])
        except sqlite3.OperationalError:  # an archive of before there were vectors
            return 0

    def remove_vectors(self, kept: Collection[str] | None) -> None:
        """Forget the vectors of files that no row has, and those of all encoders but the `kept`; None keeps all."""
        self._connection.execute("DELETE FROM vector WHERE file_sha256 NOT IN (SELECT file_sha256 FROM article)")
        if kept is not None:
            self._connection.execute(f"DELETE FROM vector WHERE encoder NOT IN ({', '.join('?' * len(kept))})", tuple(kept))

    def ids(self, rows: Sequence[int]) -> Iterator[str]:
        """The article ids of these rows."""
        for row in rows:
            yield self._connection.execute("SELECT id FROM article WHERE row = ?", (row,)).fetchone()[0]

    def article(self, row: int, folder: Path) -> KeptArticle:
        """The article of a row, its sentences known. Raises TextError where its text is not what its hash was made of, or there is no such row."""
        found = self._connection.execute("SELECT id, text, sha256, language, facts, spans FROM article WHERE row = ?", (row,)).fetchone()
        if found is None:
            raise TextError(f"an article of the saved index is not there any more (row {row}); run `bot index build`, then start again")
        name, text, sha256, language, packed, spans = found
        return article_of(name, text, sha256, language, packed, spans, folder)

    def articles(self, rows: Sequence[int], folder: Path) -> list[KeptArticle | TextError]:
        """The articles of these rows; in the place of one whose text is not what its hash was made of, what is wrong."""

        def read(row: int) -> KeptArticle | TextError:
            try:
                return self.article(row, folder)
            except TextError as error:
                return error

        return [read(row) for row in rows]


def article_of(name: str, text: str, sha256: str, language: str, packed: str, spans: bytes, folder: Path) -> KeptArticle:
    """An article as it was kept, its sentences known. Raises TextError where its text is not what its hash was made of."""
    if hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != sha256:
        raise TextError(
            f"{name}: its text in the saved index is not the one that its hash was made of; it is not shown. Run `bot index drop`, then `bot index build`"
        )
    facts = json.loads(packed)
    furniture = tuple((a, b) for a, b in facts.pop("furniture", ()))
    sections = tuple(Section(s["start"], _date(s["asserted"])) for s in facts.pop("sections", ()))
    published, updated = (_date(facts.pop(name, None)) for name in ("published", "updated"))
    article = KeptArticle(
        name, text, sha256, folder / f"{name}.md", published=published, updated=updated, language=language, furniture=furniture, sections=sections, **facts
    )
    article.__dict__["places"] = spans  # its fields are frozen
    return article


class Kept(Protocol):
    """Where the articles of an edition lie: an archive, or what stands in for it."""

    keeps: int
    """Articles that it is worth to keep in memory, those read last; those that somebody holds are kept anyway."""

    def article(self, row: int, folder: Path) -> KeptArticle:
        """The article of a row, proven by its hash. Raises TextError."""
        ...

    def articles(self, rows: Sequence[int], folder: Path) -> list[KeptArticle | TextError]:
        """The same for several rows, each an article or why it is refused."""
        ...

    def row_of(self, name: str, among: Ints) -> int | None:
        """The row of the article with this id among these rows; None where it is in none."""
        ...

    def ids(self, rows: Sequence[int]) -> Iterator[str]:
        """The ids of the articles of rows."""
        ...

    def close(self) -> None:
        """Close what is open."""
        ...


class Articles(Mapping[str, Article]):
    """The articles of one edition of the archive, by id, in the order of their ids; each is read when it is asked for."""

    def __init__(self, archive: Kept, rows: Ints, folder: Path) -> None:
        """`rows`: of the articles in the order of their ids."""
        self._archive, self._rows, self._folder = archive, rows, folder
        self._sorted = np.sort(rows)
        self._held: WeakValueDictionary[int, KeptArticle] = WeakValueDictionary()
        self._recent = lru_cache(maxsize=archive.keeps)(self._read)
        self._refused: set[int] = set()

    def _read(self, row: int) -> KeptArticle:
        held = self._held.get(row)
        if held is None:
            held = self._held.setdefault(row, self._archive.article(row, self._folder))
        return held

    def at(self, row: int) -> KeptArticle:
        """The article of a row: one object, as long as anybody holds it. Raises TextError."""
        return self._recent(row)

    def proven(self, row: int) -> KeptArticle | None:
        """The same; None, and a warning in the log once, where the text is not what its hash was made of."""
        try:
            return self.at(row)
        except TextError as error:
            self._refuse(row, error)
            return None

    def several(self, rows: Sequence[int]) -> list[Article | None]:
        """As `proven` for each of these rows; those that are not in memory are read together."""
        there = {row: article for row in rows if (article := self._held.get(row))}
        missing = [row for row in dict.fromkeys(rows) if row not in there]
        for row, read in zip(missing, self._archive.articles(missing, self._folder) if missing else (), strict=True):
            if isinstance(read, TextError):
                self._refuse(row, read)
            else:
                there[row] = self._held.setdefault(row, read)
        return [self.at(row) if row in there else None for row in rows]

    def _refuse(self, row: int, error: TextError) -> None:
        if row not in self._refused:
            self._refused.add(row)
            _log.warning("%s", error)

    def row_of(self, article: Article) -> int | None:
        """The row of an article of this edition."""
        return self._archive.row_of(article.id, self._sorted)

    def __getitem__(self, name: str) -> Article:
        row = self._archive.row_of(name, self._sorted)
        if row is None:
            raise KeyError(name)
        return self.at(row)

    def __iter__(self) -> Iterator[str]:
        return self._archive.ids(self._rows.tolist())

    def __len__(self) -> int:
        return len(self._rows)
