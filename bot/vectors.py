"""The vectors of a saved index: which passages are nearest in meaning to a question, and how near the sentences of an article are.

The archive keeps the vectors of each article in half precision. The passages' are also in the edition, of 8 bits a number, opened by memory map and
all compared with the question's, up to EXACT_UP_TO; for more, usearch's approximate index (HNSW) is searched instead. Either only names
CANDIDATES, which are then compared in half precision, so that cosines are those that a small corpus has in memory.
"""

from __future__ import annotations

import importlib.util
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.archive import Archive, Ints
from bot.corpus import Article, Span
from bot.edition import ARTICLES, VECTORS, Edition, VectorFacts, packed, vectors_of
from bot.errors import SavedIndexError, UsageError
from bot.files import write_whole
from bot.ridge import Progress
from bot.saved_index import PASSAGES, compiled, push

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.int8]
Finder = Callable[[Floats], Ints]
"""Gives the numbers of the CANDIDATES nearest to the vector of a question, in any order."""
Index = Any
"""usearch's, which is imported where it is needed."""
MATRIX, LENGTHS, GRAPH = "vectors.npy", "lengths.npy", "vectors.usearch"
EXACT_UP_TO = 200_000
"""Passages that are all compared with a question: 6 to 10 ms of processor time."""
CANDIDATES = 16
"""Passages that are compared again in half precision; recall@10 of 8 bits alone is .98."""
KEPT = 256
"""Articles whose vectors are kept in memory, those asked for last."""
SAMPLED = 16
"""Passages whose vectors are compared with the archive's when the files are opened."""
CONNECTIONS, ADDING, SEARCHING = 16, 128, 768
"""usearch: neighbours of a passage in its graph, and how many are looked at for one that is added, and for a question."""
TOGETHER = 4096
"""Vectors that are added to a graph at once."""
WRITING = "writing vectors"
"""What is told as progress."""
_STEPS = 16383
"""Of a question's number: 15 bits, so that sums over up to 1,032 numbers stay below 32."""


def check_size(passages: int) -> None:
    """Raise UsageError where so many passages need what is not installed."""
    if passages > EXACT_UP_TO and importlib.util.find_spec("usearch") is None:
        raise UsageError(
            f"BOT_SEMANTIC=on for more than {EXACT_UP_TO:,} passages ({passages:,} here) needs usearch, of the extra `scale`: pip install '.[scale]'"
        )


def in_bytes(vectors: Floats) -> Bytes:
    """The directions of vectors, the largest number of each as 127."""
    largest = np.maximum(np.abs(vectors).max(axis=1, initial=0, keepdims=True), 1e-9)
    return np.asarray(np.rint(vectors * (127 / largest)), dtype=np.int8)


def _search(vectors: Bytes, lengths: Floats, question: Ints, k: int, best: Floats, numbers: Ints) -> int:
    """Put the `k` vectors with the highest cosines into `best` and `numbers`, unsorted; return how many."""
    size = 0
    for number in range(len(vectors)):
        product = np.int32(0)
        for at in range(vectors.shape[1]):
            product += np.int32(vectors[number, at]) * np.int32(question[at])
        score = np.float32(product) * lengths[number]
        if size < k or score >= best[0]:
            size = push(best, numbers, size, k, score, number)
    return size


_compiled = compiled(_search)


def _unusable(folder: Path, why: object, mend: str = "run `BOT_SEMANTIC=on bot index build`") -> SavedIndexError:
    return SavedIndexError(f"{folder}: the vectors cannot be used: {why}; {mend}")


_ANEW = "run `bot index drop`, then `BOT_SEMANTIC=on bot index build`"


def lengths_of(vectors: Bytes) -> Floats:
    """What a product with each vector is multiplied by to be a cosine, but for the length of the other."""
    return np.asarray(1 / np.maximum(np.linalg.norm(vectors.astype(np.float32), axis=1), 1e-9), dtype=np.float32)


def comparing(vectors: Bytes, lengths: Floats) -> Finder:
    """Finds CANDIDATES by comparing all."""

    def compare(question: Floats) -> Ints:
        best, numbers = np.empty(CANDIDATES, dtype=np.float32), np.empty(CANDIDATES, dtype=np.int32)
        steps = np.rint(question * (_STEPS / max(float(np.abs(question).max()), 1e-9))).astype(np.int16)
        return numbers[: _compiled(vectors, lengths, steps, CANDIDATES, best, numbers)]

    return compare


def new_graph(numbers: int) -> Index:
    """An approximate index, empty, of vectors of so many numbers; needs usearch."""
    from usearch.index import Index

    return Index(ndim=numbers, metric="cos", dtype="i8", connectivity=CONNECTIONS, expansion_add=ADDING, expansion_search=SEARCHING)


def following(graph: Index) -> Finder:
    """Finds CANDIDATES by an approximate index."""
    lock = threading.Lock()

    def follow(question: Floats) -> Ints:
        with lock:
            return np.asarray(graph.search(in_bytes(question[None])[0], CANDIDATES, threads=1).keys.astype(np.int64))

    return follow


class SavedVectors:
    """The vectors of an edition, searched; safe to use from several threads."""

    def __init__(self, edition: Edition, encoder: str) -> None:
        """Open those that `encoder` made. Raises SavedIndexError where there are none, or they are not what they were when they were written."""
        self._folder, self._articles, self._encoder = edition.folder, edition.articles, encoder
        self._archive = Archive(edition.folder.parent / ARTICLES)
        found = vectors_of(edition.folder)
        if found is None:
            raise _unusable(self._folder, "there are none")
        if found.encoder != encoder:
            raise _unusable(self._folder, f"they are of {found.encoder}, and {encoder} is installed")
        try:
            if found.passages != edition.facts.passages:
                raise ValueError(f"of {found.passages} passages instead of {edition.facts.passages}")
            for name, size in found.sizes.items():
                if (there := (self._folder / name).stat().st_size) != size:
                    raise ValueError(f"{name} has {there} bytes instead of {size}")
            self._places = np.load(self._folder / PASSAGES, mmap_mode="r").view(np.ndarray)
            self._find, vector = self._opened(found)
        except (OSError, EOFError, ValueError, RuntimeError) as error:
            raise _unusable(self._folder, error) from None
        self._of_article = lru_cache(maxsize=KEPT)(self._read)
        for number in np.unique(np.linspace(0, found.passages - 1, min(SAMPLED, found.passages)).astype(np.int64)).tolist():
            article = edition.articles.proven(int(self._places[number, 0]))
            if article and not np.array_equal(vector(number), in_bytes(self._passage(self._span(article, number))[None])[0]):
                raise _unusable(self._folder, f"that of passage {number} is not the one that was computed")

    def close(self) -> None:
        """Close the files that are open."""
        self._archive.close()

    def _opened(self, found: VectorFacts) -> tuple[Finder, Callable[[int], Bytes]]:
        """What finds candidates, and what gives the vector of a passage."""
        if found.exact:
            vectors, lengths = (np.load(self._folder / name, mmap_mode="r").view(np.ndarray) for name in (MATRIX, LENGTHS))
            if (vectors.shape, vectors.dtype, lengths.shape, lengths.dtype) != ((found.passages, found.numbers), np.int8, (found.passages,), np.float32):
                raise ValueError(f"{MATRIX} or {LENGTHS} is not what it was")
            return comparing(vectors, lengths), vectors.__getitem__
        check_size(found.passages)
        from usearch.index import Index

        graph = Index.restore(str(self._folder / GRAPH), view=True, expansion_search=SEARCHING)
        if graph is None or (len(graph), graph.ndim) != (found.passages, found.numbers):
            raise ValueError(f"{GRAPH} is not what it was")
        return following(graph), lambda number: np.asarray(graph.get(number))

    def _span(self, article: Article, number: int) -> Span:
        _, start, end = self._places[number].tolist()
        return Span(article, start, end)

    def _read(self, name: str) -> tuple[Ints, Ints, Floats, Floats]:
        """Of an article: where its sentences begin, the passage of each, the vectors of its passages and of its sentences."""
        row = self._articles.row_of(self._articles[name])
        found = self._archive.vectors(row, self._encoder) if row is not None else None
        if found is None:
            raise _unusable(self._folder, f"those of {name} are not there, or not whole", _ANEW)
        return found.spans[:, 0], found.spans[:, 3], found.passages.astype(np.float32), found.sentences.astype(np.float32)

    def _passage(self, span: Span) -> Floats:
        begin, home, passages, _ = self._of_article(span.article.id)
        return np.asarray(passages[home[begin.searchsorted(np.int32(span.start))]])

    def _sentence(self, span: Span) -> Floats:
        begin, _, _, sentences = self._of_article(span.article.id)
        return np.asarray(sentences[begin.searchsorted(np.int32(span.start))])

    def passages(self, spans: Sequence[Span], question: Floats) -> Floats:
        """The cosine of each of these passages with the vector of a question."""
        return np.array([self._passage(span) for span in spans], dtype=np.float32).reshape(-1, len(question)) @ question

    def sentences(self, spans: Sequence[Span], question: Floats) -> Floats:
        """The cosine of each of these sentences."""
        return np.array([self._sentence(span) for span in spans], dtype=np.float32).reshape(-1, len(question)) @ question

    def nearest(self, question: Floats, k: int) -> list[Span]:
        """The `k` passages nearest to the vector of a question, at most CANDIDATES, nearest first; ties by article id, then offset.

        Those of an article whose text is not what its hash was made of are left out.
        """
        numbers = sorted(self._find(question).tolist()) if len(self._places) else []
        spans = [self._span(article, number) for number in numbers if (article := self._articles.proven(int(self._places[number, 0])))]
        return [spans[at] for at in np.argsort(-self.passages(spans, question), kind="stable")[:k].tolist()]


def save(folder: Path, archive: Archive, rows: Sequence[int], passages: int, encoder: str, progress: Progress) -> None:
    """Write the vectors of an edition into its folder: of all passages of these rows, in their order, read one article at a time.

    Raises UsageError where so many need what is not installed.
    """
    exact = passages <= EXACT_UP_TO
    pieces = _pieces(folder, archive, rows, encoder)
    first = next(pieces, np.zeros((0, 1), dtype=np.int8))
    numbers, at = first.shape[1], 0
    if exact:
        vectors = np.lib.format.open_memmap(folder / MATRIX, mode="w+", dtype=np.int8, shape=(passages, numbers))
        lengths = np.zeros(passages, dtype=np.float32)
        for piece in itertools.chain([first], pieces):
            vectors[at : at + len(piece)] = piece
            lengths[at : at + len(piece)] = lengths_of(piece)
            at += len(piece)
            progress(WRITING, at, passages)
        vectors.flush()
        np.save(folder / LENGTHS, lengths)
        names: Iterable[str] = (MATRIX, LENGTHS)
    else:
        check_size(passages)
        graph = new_graph(numbers)
        for piece in itertools.chain([first], pieces):
            graph.add(np.arange(at, at + len(piece)), piece, threads=1)  # of several threads, no two builds would be the same
            at += len(piece)
            progress(WRITING, at, passages)
        graph.save(str(folder / GRAPH))
        names = (GRAPH,)
    told = VectorFacts(encoder, passages, numbers, exact, {name: (folder / name).stat().st_size for name in names})
    write_whole(folder / VECTORS, packed(told))


def _pieces(folder: Path, archive: Archive, rows: Sequence[int], encoder: str) -> Iterator[Bytes]:
    """The vectors of the passages of rows, TOGETHER or somewhat more at a time."""
    waiting: list[Bytes] = []
    for row in rows:
        found = archive.vectors(row, encoder)
        if found is None:
            raise _unusable(folder, f"those of an article are not whole (row {row})", _ANEW)
        if len(found.passages):
            waiting.append(in_bytes(found.passages.astype(np.float32)))
        if sum(map(len, waiting)) >= TOGETHER:
            yield np.concatenate(waiting)
            waiting = []
    if waiting:
        yield np.concatenate(waiting)
