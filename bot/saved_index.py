"""Passages ranked by a saved index: bm25s' files (method `lucene`), opened by memory map, scored and picked by a loop that Numba compiles.

Only the postings of the query's terms are read, so that time grows with how often its words occur. bm25s' own selection leaves ties in
no order and takes seconds to compile in each process; this one keeps them by article id, then offset, and what is compiled is kept.
Scores are of 32 bits: passages whose scores differ by less than one part in 100,000 count as ties of rank-bm25.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import numba
import numpy as np
import numpy.typing as npt

from bot.archive import Ints
from bot.corpus import Span
from bot.edition import Edition
from bot.errors import SavedIndexError
from bot.passages import SAVED, Hit

Floats = npt.NDArray[np.float32]
DATA, INDICES, INDPTR = "data.csc.index.npy", "indices.csc.index.npy", "indptr.csc.index.npy"
"""bm25s' names: scores of passages by term, the passages' numbers, where each term begins."""
PASSAGES = "passages.npy"
"""int32: row of the archive, start and end of each passage."""


def offer(best: Floats, numbers: Ints, size: int, k: int, score: float, number: int) -> int:
    """Take a span among the `k` best where it belongs there; return how many these are. A heap whose first is the worst: the lowest score, the
    highest number among equals."""
    if size < k:
        here = size
        while here > 0:
            above = (here - 1) >> 1
            if best[above] < score or (best[above] == score and numbers[above] > number):
                break
            best[here], numbers[here] = best[above], numbers[above]
            here = above
        best[here], numbers[here] = score, number
        return size + 1
    if score < best[0] or (score == best[0] and number > numbers[0]):
        return size
    here = 0
    while True:
        below = 2 * here + 1
        if below >= size:
            break
        other = below + 1
        if other < size and (best[other] < best[below] or (best[other] == best[below] and numbers[other] > numbers[below])):
            below = other
        if best[below] > score or (best[below] == score and numbers[below] < number):
            break
        best[here], numbers[here] = best[below], numbers[below]
        here = below
    best[here], numbers[here] = score, number
    return size


def _best(data: Floats, indices: Ints, indptr: Ints, columns: Ints, scores: Floats, k: int, best: Floats, numbers: Ints) -> int:
    """Put the `k` best of the spans in the postings of `columns` into `best` and `numbers`, unsorted; return how many. `scores` is zeros before and after."""
    postings = 0
    for column in columns:
        postings += indptr[column + 1] - indptr[column]
        for at in range(indptr[column], indptr[column + 1]):
            scores[indices[at]] += data[at]
    size = 0
    if postings > len(scores):  # then going through all sums in their order is quicker than through the postings again
        for number in range(len(scores)):
            score = scores[number]
            if score != 0:
                scores[number] = 0
                if size < k or score >= best[0]:
                    size = push(best, numbers, size, k, score, number)
        return size
    for column in columns:
        for at in range(indptr[column], indptr[column + 1]):
            number = indices[at]
            score = scores[number]
            if score != 0:
                scores[number] = 0
                if size < k or score >= best[0]:
                    size = push(best, numbers, size, k, score, number)
    return size


def compiled(function: Callable[..., int]) -> Callable[..., int]:
    """The machine code of a function of arrays, kept for the next process where there is a place for it."""
    try:
        return cast("Callable[..., int]", numba.njit(cache=True, nogil=True)(function))
    except RuntimeError:  # no folder that what is compiled could be kept in
        return cast("Callable[..., int]", numba.njit(nogil=True)(function))


push = compiled(offer)
_compiled = compiled(_best)


class SavedPassages:
    """The passages of an edition, ranked by BM25."""

    engine = SAVED

    def __init__(self, edition: Edition) -> None:
        """Open the index of an edition. Raises SavedIndexError."""
        self._edition = edition
        try:
            data, indices, indptr, places = (np.load(edition.folder / name, mmap_mode="r") for name in (DATA, INDICES, INDPTR, PASSAGES))
        except (OSError, EOFError, ValueError) as error:
            raise SavedIndexError(f"{edition.folder}: the saved index cannot be read: {error}; run `bot index build`") from None
        self._data, self._indices, self._indptr, self._places = (a.view(np.ndarray) for a in (data, indices, indptr, places))
        self._local = threading.local()
        self.idf = edition.passages.idf
        self.find([0] if len(self._indptr) > 1 else [], 1)

    def holds(self, term: str) -> bool:
        """True where a passage or a title has the term."""
        return self._edition.row(term)[0] >= 0

    def columns(self, query: Sequence[str]) -> list[int]:
        """The columns of the terms that a passage has."""
        return [column for term in query if (column := self._edition.row(term)[0]) >= 0]

    def find(self, columns: Sequence[int], k: int) -> tuple[Ints, Floats]:
        """The numbers and scores of the `k` best passages, best first; ties by number, which is by article id, then offset."""
        k = max(min(k, len(self._places)), 0)
        scores = self._local.__dict__.get("scores")
        if scores is None:
            scores = self._local.scores = np.zeros(len(self._places), dtype=np.float32)
        best, numbers = np.empty(k, dtype=np.float32), np.empty(k, dtype=np.int32)
        size = _compiled(self._data, self._indices, self._indptr, np.array(columns, dtype=np.int32), scores, k, best, numbers) if k and columns else 0
        order = np.lexsort((numbers[:size], -best[:size]))
        return numbers[order], best[order]

    def rank(self, query: Sequence[str], k: int) -> list[Hit]:
        """The `k` best passages that share a term, best first; those whose text is not what its hash was made of are left out, and told in the log."""
        asked = {term: column for term in dict.fromkeys(query) if (column := self._edition.row(term)[0]) >= 0}
        numbers, scores = self.find(self.columns(query), k)
        hits = []
        for number, score in zip(numbers.tolist(), scores.tolist(), strict=True):
            row, start, end = self._places[number].tolist()
            article = self._edition.articles.proven(row)
            if article is not None:
                held = tuple(term for term, column in asked.items() if self._has(column, number))
                hits.append(Hit(Span(article, start, end), score, held))
        return hits

    def _has(self, column: int, number: int) -> bool:
        """True where the passage of this number has the term of this column."""
        held = self._indices[self._indptr[column] : self._indptr[column + 1]]
        at = int(held.searchsorted(np.int32(number)))  # of another type, all would be copied
        return at < len(held) and held[at] == number


def save(folder: Path, data: Floats, indices: Ints, indptr: Ints, passages: Ints, k1: float, b: float) -> None:
    """Write the files of an index as bm25s does, so that it reads them too; of its vocabulary there is none, words are looked up in the edition."""
    import bm25s

    index = bm25s.BM25(k1=k1, b=b, method="lucene", dtype="float32", int_dtype="int32")
    index.scores = {"data": data, "indices": indices, "indptr": indptr, "num_docs": len(passages)}
    index.vocab_dict, index.nonoccurrence_array = {}, None
    index.save(folder, show_progress=False)
    np.save(folder / PASSAGES, passages)
