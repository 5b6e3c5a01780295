"""Unit vectors of which few numbers are not 0, row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.ridge import Floats

Ints = npt.NDArray[np.integer]


class Rows:
    """Vectors from which any few are taken at once."""

    def __init__(self, columns: Ints, values: Floats, ends: Ints) -> None:
        """`columns` and `values` of all rows, one after another (`columns` at most once in a row); `ends`: where each row ends there."""
        self._columns, self._values, self._ends = columns, values, np.concatenate([[0], ends]).astype(np.int64)
        self._width = int(columns.max(initial=-1)) + 1

    @classmethod
    def of(cls, columns: Sequence[npt.NDArray[np.intp]], values: Sequence[Floats]) -> Rows:
        """From the columns and values of each."""
        ends = np.cumsum([len(column) for column in columns])
        return cls(np.concatenate(columns).astype(np.int32), np.concatenate(values), ends)

    @property
    def arrays(self) -> tuple[Ints, Floats, Ints]:
        """What `Rows` is made of."""
        return self._columns, self._values, self._ends[1:]

    def row(self, number: int) -> tuple[npt.NDArray[np.intp], Floats]:
        """Columns and values of a vector."""
        here = slice(self._ends[number], self._ends[number + 1])
        return self._columns[here].astype(np.intp), self._values[here]

    def between(self, numbers: npt.NDArray[np.intp]) -> Floats:
        """The cosines between these vectors (k × k), which all have the length 1: what one has alone is left out of the sums."""
        begins, ends = self._ends[numbers].tolist(), self._ends[numbers + 1].tolist()
        columns = np.concatenate([self._columns[a:b] for a, b in zip(begins, ends, strict=True)])
        values = np.concatenate([self._values[a:b] for a, b in zip(begins, ends, strict=True)])
        rows = np.repeat(np.arange(len(numbers)), np.subtract(ends, begins))
        risen = np.sort(columns)
        again = risen[1:][risen[1:] == risen[:-1]]
        several = again[np.diff(again, prepend=-1) > 0]
        place = np.zeros(self._width, dtype=np.int32)
        place[several] = np.arange(1, len(several) + 1)
        at = place[columns]
        shared = at > 0
        dense = np.zeros((len(numbers), len(several)), dtype=np.float32)
        dense[rows[shared], at[shared] - 1] = values[shared]
        cosines: Floats = dense @ dense.T
        cosines[np.diag_indices(len(numbers))] = 1
        return cosines
