"""Vectors row by row."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bot.ridge import Floats
from bot.sparse import Rows

TABLES = st.lists(st.lists(st.integers(0, 3), min_size=6, max_size=6).filter(any), min_size=1, max_size=9)


def unit(table: list[list[int]]) -> Floats:
    rows = np.array(table, dtype=np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def sparse(dense: Floats) -> Rows:
    return Rows.of([np.flatnonzero(row) for row in dense], [row[row != 0] for row in dense])


@given(TABLES, st.data())
def test_cosines_between_any_rows_are_those_of_the_whole_vectors(table: list[list[int]], data: st.DataObject) -> None:
    """Whichever columns none, one or several of them have."""
    dense = unit(table)
    numbers = np.array(data.draw(st.lists(st.integers(0, len(table) - 1), min_size=1, unique=True)))
    assert np.allclose(sparse(dense).between(numbers), dense[numbers] @ dense[numbers].T, atol=1e-5)


@given(TABLES)
def test_rows_are_given_back_from_what_they_are_made_of(table: list[list[int]]) -> None:
    dense = unit(table)
    again = Rows(*sparse(dense).arrays)
    for number, row in enumerate(dense):
        columns, values = again.row(number)
        assert np.array_equal(columns, np.flatnonzero(row))
        assert np.array_equal(values, row[row != 0])
