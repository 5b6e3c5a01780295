"""Building a saved index: each new or changed file is read once, by all processors; then what the index needs is counted and written beside
the one in use, and takes its place in one step. It can be interrupted at any moment: what was read is kept, what is in use stays.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
import os
import re
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot import vector_build
from bot.archive import Archive, Ints, Row, Words, packed_facts, packed_spans
from bot.corpus import Article, Span, file_bytes, file_fault, is_article, read_article
from bot.edition import ARTICLES, CASELESS, CURRENT, NUMBER, STEM, WORD, Edition, Facts, current, folder_of, packed, vectors_of
from bot.errors import CorpusError, Problem, SavedIndexError, UsageError
from bot.files import only_writer, write_whole
from bot.passages import K1, PASSAGE_B, SAVED, idf
from bot.ridge import Progress
from bot.semantic import Encoder
from bot.text import LOOKALIKES, is_stop, stem, words
from bot.vocabulary import SHORTEST_TYPO

CHUNK = 64
"""Files that a process reads before it hands them over."""
TOGETHER = 16
"""Chunks that are written at once."""
COUNTED = 4_000_000
"""Words that are counted in one go: 200 MB."""
SPELLINGS = 20_000
"""The commonest words, as which a typo may be read."""
SHORTEST_COPY = 8
"""Words of a sentence that others may have word for word as one statement."""
MOST_TELLERS = 60
"""A sentence that more articles have is furniture that nobody marked, or a phrase."""
_LETTER = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class _Read:
    """A chunk of files, read: rows whose words are numbers in `words`, and what is wrong."""

    rows: list[tuple[Row, Words]]
    words: list[str]
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class Document:
    """A passage as a search server is given it."""

    article: str
    sha256: str
    """Of the article's text."""
    row: int
    """Of the article in the archive."""
    start: int
    end: int
    terms: list[str]
    """Analysed, the title's terms last."""


Documents = Callable[[Sequence[int]], Iterator[Document]]
"""The passages of the articles of these rows, in their order."""
Publish = Callable[[Path, Facts, Sequence[int], Documents, Progress], bool]
"""Gives a search server what it lacks of an edition (the folder of the saved index, the edition, its rows in the order of their articles' ids),
before it is in use: when this returns, searches of that edition find all of it. Returns whether anything was done."""


def _quiet() -> None:
    """Ctrl-C is for the process that waits."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _read(paths: Sequence[Path]) -> _Read:
    """Read and analyse files."""
    numbers: dict[str, int] = {}
    rows: list[tuple[Row, Words]] = []
    problems: list[Problem] = []
    for path in paths:
        try:
            status, data = path.stat(), path.read_bytes()
        except OSError as error:
            problems.append(Problem(str(path), 0, 0, f"cannot be read: {error.strerror}", mend="make it readable, or move it out of the corpus"))
            continue
        article = read_article(path, data, problems)
        if article:
            file_sha256 = hashlib.sha256(data).hexdigest()
            row = Row(
                article.id, file_sha256, status.st_size, status.st_mtime_ns, article.sha256, article.language,
                packed_facts(article), article.text, packed_spans(article), b"",
            )  # fmt: skip
            rows.append((row, _words(article, numbers)))
    return _Read(rows, list(numbers), problems)


def _words(article: Article, numbers: dict[str, int]) -> Words:
    """The words of an article by number; those that are new are numbered."""

    def numbered(found: Sequence[str]) -> list[int]:
        return [numbers.setdefault(word, len(numbers)) for word in found]

    text = article.text
    found = [words(s.text) for s in article.sentences]
    own: list[list[int] | None] = []
    at = 0
    for passage in article.passages:
        first = at
        while at < len(found) and article.sentences[at].end <= passage.end:
            at += 1
        own.append(numbered(words(passage.text)) if _differs(passage, article.sentences[first:at], found[first:at]) else None)
    edges = [0, *(e for s in article.sentences for e in (s.start, s.end)), len(text)]
    others = {w for a, b in zip(edges[::2], edges[1::2], strict=True) if _LETTER.search(text, a, b) for w in words(text[a:b])}
    flat = [numbered(sentence) for sentence in found]
    parts: tuple[list[int], ...] = (
        numbered(words(article.title or "")),
        [len(s) for s in flat],
        list(itertools.chain.from_iterable(flat)),
        [-1 if p is None else len(p) for p in own],
        list(itertools.chain.from_iterable(p for p in own if p is not None)),
        numbered(sorted(others)),
    )
    return Words(*(np.array(part, dtype=np.int32) for part in parts))


def _differs(passage: Span, sentences: Sequence[Span], found: Sequence[list[str]]) -> bool:
    """True where the words of a passage may be others than those of its sentences: words between them, capitals, look-alike letters."""
    return len(sentences) > 1 and (
        any(_LETTER.search(passage.article.text, a.end, b.start) is not None for a, b in itertools.pairwise(sentences))
        or any(s.text.upper() == s.text or held[-1:] == ["the"] for s, held in zip(sentences, found, strict=True))
        or LOOKALIKES.search(passage.text) is not None
    )


def build(
    corpus: Path,
    indexes: Path,
    *,
    progress: Progress | None = None,
    engine: str = SAVED,
    publish: Publish | None = None,
    processes: int | None = None,
    encoder: Encoder | None = None,
) -> tuple[Facts, bool]:
    """Bring the saved index of a corpus folder up to date; return what is in use then, and whether anything was done.

    With another `engine` than bm25s the passages are not indexed here; `publish` is told of what is in use, whether new or not. With an
    `encoder` the index has its vectors too; without one, one that is up to date keeps those that it has.

    Raises CorpusError with all that is broken in the articles, UsageError where another process is building, SavedIndexError. Whatever
    ends it, KeyboardInterrupt too, what was read by then is kept for the next time and the index in use stays as it was.
    """
    folder = folder_of(indexes, corpus)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with only_writer(folder):
            return _build(corpus, folder, progress or (lambda what, done, total: None), engine, publish, processes, encoder)
    except BlockingIOError:
        raise UsageError(f"{folder}: another process is building this index; wait for it") from None
    except sqlite3.Error as error:
        raise SavedIndexError(f"{folder}: the index cannot be built: {error}; where space is short, make some, else run `bot index drop` first") from None


def _build(
    corpus: Path, folder: Path, progress: Progress, engine: str, publish: Publish | None, processes: int | None, encoder: Encoder | None
) -> tuple[Facts, bool]:
    began, modified = time.perf_counter(), corpus.stat().st_mtime_ns if corpus.is_dir() else 0
    archive = Archive(folder / ARTICLES, write=True)
    try:
        rows, sha256 = _read_all(corpus, archive, progress, processes)
        reading = time.perf_counter() - began
        before = current(folder)
        if before and before.sha256 == sha256 and before.engine == engine and _opens(folder, before, encoder):
            write_whole(folder / CURRENT, packed(replace(before, modified=modified)))
            return before, publish is not None and publish(folder, before, rows, lambda new: _Counting(archive, corpus, progress).documents(new), progress)
        seconds = {"reading": round(reading, 2)}
        if encoder:
            seconds["embedding"] = _embed(archive, rows, encoder, corpus, progress, processes)
        name = f"edition-{sha256[:16]}-{time.time_ns() // 1_000_000:x}"
        (folder / name).mkdir()
        try:
            counting = _Counting(archive, corpus, progress)
            facts = counting.write(folder / name, rows, sha256, engine)
            seconds |= facts.seconds
            if encoder:
                seconds["vectors"] = _save_vectors(folder / name, archive, rows, facts.passages, encoder, progress)
            if publish:
                publish(folder, facts, rows, counting.documents, progress)
            facts = replace(facts, modified=modified, seconds=seconds)
            write_whole(folder / CURRENT, packed(facts))
        except BaseException:
            shutil.rmtree(folder / name, ignore_errors=True)
            raise
        _sweep(folder, archive, {name, before.name if before else name}, drop_other_encoders=encoder is not None)
        return facts, True
    finally:
        archive.close()


def _opens(folder: Path, facts: Facts, encoder: Encoder | None) -> bool:
    """True where an edition can be read, with the vectors of `encoder` where there is one."""
    try:
        edition = Edition(folder, facts)
    except SavedIndexError:
        return False
    try:
        if facts.engine == SAVED:
            from bot.saved_index import SavedPassages

            SavedPassages(edition)
        if encoder:
            from bot.vectors import SavedVectors

            SavedVectors(edition, encoder.name).close()
        return True
    except SavedIndexError:
        return False
    finally:
        edition.close()


def _embed(archive: Archive, rows: Sequence[int], encoder: Encoder, corpus: Path, progress: Progress, processes: int | None) -> float:
    """Compute the vectors that are missing; return the seconds that it took."""
    from bot import vectors  # needs the extra `scale`

    began = time.perf_counter()
    vectors.check_size(archive.passages(rows))
    vector_build.embed(archive, rows, encoder, corpus, progress, processes)
    return round(time.perf_counter() - began, 2)


def _save_vectors(folder: Path, archive: Archive, rows: Sequence[int], passages: int, encoder: Encoder, progress: Progress) -> float:
    """Write the vectors of an edition; return the seconds that it took."""
    from bot import vectors

    began = time.perf_counter()
    vectors.save(folder, archive, rows, passages, encoder.name, progress)
    return round(time.perf_counter() - began, 2)


def _sweep(folder: Path, archive: Archive, kept: set[str], *, drop_other_encoders: bool) -> None:
    """Remove editions but those `kept` (of the one before, a running program may still read), and rows that none of them has; where
    `drop_other_encoders`, also vectors of encoders that none of them has."""
    used: set[int] = set()
    for path in folder.glob("edition-*"):
        rows = _rows(path) if path.name in kept else None
        if rows is None:
            shutil.rmtree(path, ignore_errors=True)
        else:
            used.update(rows)
    archive.remove([row for found in archive.known().values() for row, *_ in found if row not in used])
    archive.remove_vectors({found.encoder for name in kept if (found := vectors_of(folder / name))} if drop_other_encoders else None)
    archive.commit()


def _rows(edition: Path) -> list[int] | None:
    """The rows of the archive that are in an edition; None where it cannot be read."""
    try:
        rows: list[int] = np.load(edition / "rows.npy").tolist()
        return rows
    except (OSError, EOFError, ValueError):
        return None


def _files(corpus: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(corpus) as entries:
            return sorted((e for e in entries if not e.name.startswith(".") and e.is_file()), key=lambda e: e.name)
    except OSError as error:
        raise CorpusError([Problem(str(corpus), 0, 0, f"cannot be read: {error.strerror}", mend="name a corpus folder with --corpus or BOT_CORPUS")]) from None


def _read_all(corpus: Path, archive: Archive, progress: Progress, processes: int | None) -> tuple[list[int], str]:
    """The rows of all articles in the order of their ids, those of new and changed files read now, and the hash of the corpus."""
    files, home = _files(corpus), corpus.resolve()
    known = archive.known()
    problems: list[Problem] = []
    hashes: dict[str, str] = {}
    rows: dict[str, int] = {}
    wanted: list[Path] = []
    for entry in files:
        path = Path(entry.path)
        if found := file_fault(path, home):
            problems.append(found)
            continue
        if not is_article(entry.name):
            if (data := file_bytes(path, problems)) is not None:
                hashes[entry.name] = hashlib.sha256(data).hexdigest()
            continue
        status, name = entry.stat(), entry.name[:-3]
        same = next((k for k in known.get(name, ()) if k[2:] == (status.st_size, status.st_mtime_ns)), None)
        if same:
            rows[name], hashes[entry.name] = same[0], same[1]
        else:
            wanted.append(path)
    numbers = archive.word_numbers() if wanted else {}
    done = 0
    for batch in _chunks(wanted, processes):
        for chunk in batch:
            problems += chunk.problems
            new = [word for word in chunk.words if word not in numbers]
            archive.add_words([(len(numbers) + n, word) for n, word in enumerate(new)])
            for word in new:
                numbers[word] = len(numbers)
            table = np.array([numbers[word] for word in chunk.words], dtype=np.int32)
            for row, own in chunk.rows:
                placed = replace(own, **{part: table[getattr(own, part)] for part in ("title", "sentences", "passages", "others")})
                rows[row.id] = archive.add(replace(row, words=placed.packed()))
                hashes[f"{row.id}.md"] = row.file_sha256
            done += CHUNK
        archive.commit()
        progress("reading articles", min(done, len(wanted)), len(wanted))
    if any(not p.warning for p in problems):
        raise CorpusError(problems)
    digest = hashlib.sha256()
    for name in sorted(hashes):
        digest.update(f"{name}\0{hashes[name]}\n".encode())
    return [rows[name] for name in sorted(rows)], digest.hexdigest()


def _chunks(paths: Sequence[Path], processes: int | None) -> Iterator[list[_Read]]:
    """What is read of the files, some chunks at a time; by several processes where there is much."""
    chunks = [paths[n : n + CHUNK] for n in range(0, len(paths), CHUNK)]
    count = min(processes or os.cpu_count() or 1, len(chunks))
    if count < 2:
        for chunk in chunks:
            yield [_read(chunk)]
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_quiet) as pool:
        for n in range(0, len(chunks), TOGETHER):
            yield list(pool.map(_read, chunks[n : n + TOGETHER]))


class _Counting:
    """Counts the words of a corpus and writes an edition."""

    def __init__(self, archive: Archive, corpus: Path, progress: Progress) -> None:
        self._archive, self._corpus, self._progress = archive, corpus, progress
        self._words = archive.words()
        self._names = list(self._words)
        """Every word, and after them every stem that is none."""
        self._strings = {word: number for number, word in enumerate(self._names)}
        self._tables: dict[tuple[str, bool], Ints] = {}

    def _mapped(self, found: Ints, language: str, *, stems: bool = False) -> Ints:
        """The terms of words; -1 for stop words. With `stems` the stem of every word."""
        table = self._tables.get((language, stems))
        if table is None:
            table = self._tables[language, stems] = np.full(len(self._words), -2, dtype=np.int32)
        mapped = table[found]
        if (mapped == -2).any():
            for number in np.unique(found[mapped == -2]).tolist():
                word = self._words[number]
                term = stem(word.casefold(), language) if stems else stem(word, language)
                table[number] = -1 if not stems and is_stop(word) else self._number(term)
            mapped = table[found]
        return mapped

    def _number(self, term: str) -> int:
        number = self._strings.get(term)
        if number is None:
            number = self._strings[term] = len(self._names)
            self._names.append(term)
        return number

    def documents(self, rows: Sequence[int]) -> Iterator[Document]:
        """The passages of these rows, in order, read one article at a time."""
        for article in self._archive.analysed(rows):
            found, numbers = article.passage_words()
            mapped = self._mapped(found, article.language)
            for number, (start, end) in enumerate(article.passages().tolist()):
                here = mapped[numbers == number]
                yield Document(article.id, article.sha256, article.row, start, end, [self._names[t] for t in here[here >= 0].tolist()])

    def write(self, folder: Path, rows: Sequence[int], sha256: str, engine: str) -> Facts:
        """Write an edition of these rows into `folder`."""
        began = time.perf_counter()
        passages, sentences, stems = _Held(keep=engine == SAVED), _Held(), _Held()
        frequency = np.zeros(len(self._words), dtype=np.int64)
        used = np.zeros(len(self._words), dtype=bool)
        places: list[Ints] = []
        copies: list[npt.NDArray[np.uint64]] = []
        languages: dict[str, int] = {}
        dates: set[str] = set()
        for done, article in enumerate(self._archive.analysed(rows)):
            languages[article.language] = languages.get(article.language, 0) + 1
            dates.update(article.dates)
            own = article.words
            found, numbers = article.passage_words()
            passages.add(self._mapped(found, article.language), numbers, len(own.passage_lengths))
            numbers = np.repeat(np.arange(len(own.lengths)), own.lengths)
            sentences.add(self._mapped(own.sentences, article.language), numbers, len(own.lengths))
            stems.add(self._mapped(own.sentences, article.language, stems=True), numbers, len(own.lengths))
            np.add.at(frequency, own.sentences, 1)
            for part in (own.sentences, own.passages, own.others):
                used[part] = True
            bounds = article.passages()
            places.append(np.column_stack([np.full(len(bounds), article.row), bounds]).astype(np.int32))
            copies.append(_fingerprints(article.row, article.spans, own))
            if done % 1000 == 0:
                self._progress("counting words", done, len(rows))
        self._progress("counting words", len(rows), len(rows))
        for held in (passages, sentences, stems):
            held.finish(len(self._strings))
        home = max(languages, key=lambda language: (languages[language], language), default="en")
        counting = time.perf_counter()
        np.save(folder / "rows.npy", np.array(rows, dtype=np.int64))
        place = np.concatenate(places) if places else np.zeros((0, 3), dtype=np.int32)
        columns = np.flatnonzero(passages.frequency)
        if engine == SAVED:
            self._progress("writing the index", 0, 3)
            from bot import saved_index  # needs the extra `scale`

            saved_index.save(folder, *passages.weighed(columns, K1, PASSAGE_B), place, K1, PASSAGE_B)
        self._progress("writing the index", 1, 3)
        self._write_words(folder, used, home, dates, columns, [h.frequency for h in (passages, sentences, stems)])
        (folder / "spellings.txt").write_text("\n".join(self._spellings(frequency)), encoding="utf-8")
        self._progress("writing the index", 2, 3)
        for name, array in _tellings(copies).items():
            np.save(folder / f"{name}.npy", array)
        self._progress("writing the index", 3, 3)
        writing = time.perf_counter()
        return Facts(
            folder.name, str(self._corpus.resolve()), sha256, len(rows), passages.count, sentences.count, passages.mean, sentences.mean, home,
            max(dates, default=None), datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"), engine, 0,
            {"counting": round(counting - began, 2), "writing": round(writing - counting, 2)},
        )  # fmt: skip

    def _write_words(self, folder: Path, used: npt.NDArray[np.bool_], home: str, dates: set[str], columns: Ints, frequencies: Sequence[Ints]) -> None:
        """The table of what is known of each string."""
        kinds: dict[str, int] = {}

        def mark(text: str, kind: int) -> None:
            kinds[text] = kinds.get(text, 0) | kind

        for number in np.flatnonzero(used).tolist():
            word = self._words[number]
            mark(word, WORD)
            mark(word.casefold(), CASELESS)
            mark(stem(word, home), STEM)
            if word[0].isdigit():
                for part in (word, *(p.lstrip("0") for p in re.split(r"[.,:/]", word))):
                    mark(part, NUMBER)
        for date in dates:
            for part in date.split("-"):
                mark(part, NUMBER)
                mark(part.lstrip("0"), NUMBER)
        place = np.full(len(self._strings), -1, dtype=np.int64)
        place[columns] = np.arange(len(columns))
        counted = np.column_stack([place, *frequencies])
        present: npt.NDArray[np.bool_] = np.any(counted[:, 1:] > 0, axis=1)

        def table() -> Iterator[tuple[str, int, int, int, int, int]]:
            for text, number in self._strings.items():
                if present[number]:
                    column, a, b, c = counted[number].tolist()
                    yield text, column, a, b, c, kinds.pop(text, 0)
            for text, kind in kinds.items():
                yield text, -1, 0, 0, 0, kind

        connection = sqlite3.connect(folder / "words.sqlite")
        try:
            connection.execute("PRAGMA journal_mode=OFF")
            connection.execute(
                "CREATE TABLE word (text TEXT PRIMARY KEY, number INTEGER, passages INTEGER, sentences INTEGER, stems INTEGER, kinds INTEGER) WITHOUT ROWID"
            )
            connection.executemany("INSERT INTO word VALUES (?, ?, ?, ?, ?, ?)", sorted(table()))
            connection.commit()
        finally:
            connection.close()

    def _spellings(self, frequency: Ints) -> list[str]:
        """The commonest words that a typo may be read as, sorted."""
        found: dict[str, None] = {}
        for number in np.argsort(-frequency, kind="stable").tolist():
            word = self._words[number]
            if not frequency[number] or len(found) == SPELLINGS:
                break
            if len(word) >= SHORTEST_TYPO and word.isalpha():
                found[word.casefold()] = None
        return sorted(found)


class _Held:
    """Which spans hold which terms, counted some millions of words at a time."""

    def __init__(self, *, keep: bool = False) -> None:
        self._keep = keep
        self.count = 0
        self.frequency: Ints = np.zeros(0, dtype=np.int64)
        self.mean = 0.0
        self._terms: list[Ints] = []
        self._numbers: list[Ints] = []
        self._waiting = 0
        self._total = 0
        self._kept: list[tuple[Ints, Ints, Ints]] = []
        self._lengths: list[Ints] = []
        self._first = 0

    def add(self, terms: Ints, numbers: Ints, count: int) -> None:
        """Take the terms of `count` spans in, -1 for none, each with the number of its span."""
        there = terms >= 0
        self._terms.append(terms[there])
        self._numbers.append(numbers[there] + self.count)
        self.count += count
        self._waiting += len(self._terms[-1])
        if self._waiting >= COUNTED:
            self._flush()

    def _flush(self) -> None:
        terms, numbers = (np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64) for parts in (self._terms, self._numbers))
        self._terms, self._numbers, self._waiting = [], [], 0
        self._total += len(terms)
        keys, counts = np.unique((numbers.astype(np.int64) - self._first << 32) | terms.astype(np.int64), return_counts=True)
        held = keys & 0xFFFFFFFF
        here = np.bincount(held)
        if len(here) > len(self.frequency):
            self.frequency = np.concatenate([self.frequency, np.zeros(len(here) - len(self.frequency), dtype=np.int64)])
        self.frequency[: len(here)] += here
        if self._keep:
            self._lengths.append(np.bincount(numbers.astype(np.int64) - self._first, minlength=self.count - self._first))
            self._kept.append(((keys >> 32).astype(np.int32) + np.int32(self._first), held.astype(np.int32), np.minimum(counts, 65535).astype(np.uint16)))
        self._first = self.count

    def finish(self, size: int) -> None:
        """Count what waits; then there is a frequency for each of `size` terms."""
        self._flush()
        self.frequency = np.concatenate([self.frequency, np.zeros(size - len(self.frequency), dtype=np.int64)])
        self.mean = self._total / self.count if self.count else 0.0

    def weighed(self, columns: Ints, k1: float, b: float) -> tuple[npt.NDArray[np.float32], Ints, Ints]:
        """(scores, spans, where each column begins): BM25 of each span for each term of `columns`, by column, then span."""
        lengths = np.concatenate(self._lengths) if self._lengths else np.zeros(0)
        factors = k1 * ((1 - b) + b * lengths / (self.mean or 1.0))
        weights = np.array([idf(self.count, n) for n in self.frequency[columns].tolist()]) * (k1 + 1)
        place = np.zeros(len(self.frequency), dtype=np.int32)
        place[columns] = np.arange(len(columns))
        begin = np.concatenate([[0], np.cumsum(self.frequency[columns])]).astype(np.int64)
        data, indices = np.empty(begin[-1], dtype=np.float32), np.empty(begin[-1], dtype=np.int32)
        free = begin[:-1].copy()
        while self._kept:
            spans, terms, counts = self._kept.pop(0)
            order = np.argsort(terms, kind="stable")
            column, span, count = place[terms[order]], spans[order], counts[order].astype(np.float64)
            starts = np.flatnonzero(np.diff(column, prepend=-1))
            sizes = np.diff(np.append(starts, len(column)))
            target = np.repeat(free[column[starts]] - starts, sizes) + np.arange(len(column))
            data[target] = weights[column] * count / (count + factors[span])
            indices[target] = span
            free[column[starts]] += sizes
        return data, indices, begin


def _fingerprints(row: int, spans: Ints, own: Words) -> npt.NDArray[np.uint64]:
    """(hash of the words, row, start and end) of each sentence of SHORTEST_COPY words or more."""
    lengths = own.lengths.astype(np.int64)
    ends = np.cumsum(lengths)
    position = np.arange(len(own.sentences)) - np.repeat(ends - lengths, lengths)
    word = (own.sentences.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
    place = (position.astype(np.uint64) * np.uint64(2) + np.uint64(1)) * np.uint64(0x94D049BB133111EB)
    total = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum((word ^ (word >> np.uint64(32))) * (place | np.uint64(1)), dtype=np.uint64)])
    hashes = total[ends] - total[ends - lengths]
    long = np.flatnonzero(lengths >= SHORTEST_COPY)
    return np.column_stack([hashes[long], np.full(len(long), row, dtype=np.uint64), spans[long, 0].astype(np.uint64), spans[long, 1].astype(np.uint64)])


def _tellings(found: Sequence[npt.NDArray[np.uint64]]) -> dict[str, Ints]:
    """The sentences that several articles have word for word: `copies` (row, start, end), `groups` (where each statement begins among them, and the
    end) and `tellers` (row, number of the statement), by row."""
    every = np.concatenate(found) if found else np.zeros((0, 4), dtype=np.uint64)
    every = every[np.lexsort((every[:, 2], every[:, 1], every[:, 0]))]
    once = np.ones(len(every), dtype=bool)
    once[1:] = (every[1:, :2] != every[:-1, :2]).any(axis=1)
    every = every[once]
    starts = np.flatnonzero(np.diff(every[:, 0], prepend=every[:1, 0] ^ np.uint64(1)) != 0)
    sizes = np.diff(np.append(starts, len(every)))
    shared = (sizes > 1) & (sizes <= MOST_TELLERS)
    kept = np.repeat(shared, sizes)
    copies = every[kept, 1:].astype(np.int64)
    groups = np.concatenate([[0], np.cumsum(sizes[shared])]).astype(np.int64)
    tellers = np.column_stack([copies[:, 0], np.repeat(np.arange(len(groups) - 1), np.diff(groups))])
    return {"copies": copies, "groups": groups, "tellers": tellers[np.argsort(tellers[:, 0], kind="stable")]}


@dataclass(frozen=True, slots=True)
class State:
    """How a saved index stands to its folder."""

    facts: Facts | None
    new: int
    changed: int
    gone: int
    """Articles of the folder that the index lacks, has otherwise, and has though they are no more there."""
    size: int
    """Bytes of all its files."""
    embedded: int = 0
    """Files of articles whose vectors `encoder` has computed."""


def status(corpus: Path, indexes: Path, encoder: str | None = None) -> State:
    """How the saved index of a corpus folder stands to it, by the sizes and times of its files. Raises SavedIndexError."""
    folder = folder_of(indexes, corpus)
    files = {e.name[:-3]: e.stat() for e in _files(corpus) if is_article(e.name)}
    facts = current(folder)
    if facts is None:
        return State(None, len(files), 0, 0, _size(folder), _embedded(folder, encoder))
    if (found := _rows(folder / facts.name)) is None:
        raise SavedIndexError(f"{folder / facts.name}: the saved index cannot be read: rows.npy is broken or not there; run `bot index build`")
    rows = set(found)
    archive = Archive(folder / ARTICLES)
    try:
        known = {name: (size, time) for name, found in archive.known().items() for row, _, size, time in found if row in rows}
    finally:
        archive.close()
    changed = sum(name in known and known[name] != (s.st_size, s.st_mtime_ns) for name, s in files.items())
    return State(facts, len(files.keys() - known.keys()), changed, len(known.keys() - files.keys()), _size(folder), _embedded(folder, encoder))


def _embedded(folder: Path, encoder: str | None) -> int:
    if encoder is None or not (folder / ARTICLES).exists():
        return 0
    archive = Archive(folder / ARTICLES)
    try:
        return archive.with_vectors(encoder)
    finally:
        archive.close()


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def drop(corpus: Path, indexes: Path) -> int:
    """Remove the saved index of a corpus folder; return the bytes that were freed. Raises UsageError where another process is building."""
    folder = folder_of(indexes, corpus)
    if not folder.exists():
        return 0
    size = _size(folder)
    try:
        with only_writer(folder):
            (folder / CURRENT).unlink(missing_ok=True)
            shutil.rmtree(folder)
    except BlockingIOError:
        raise UsageError(f"{folder}: another process is building this index; wait for it") from None
    return size
