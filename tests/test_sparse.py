"""Vectors row by row, and what is learnt from those nearest to a question."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import ridge
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


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.integers(1, 40))
def test_the_nearest_are_the_highest_and_of_equal_ones_the_first(cosines: list[int], count: int) -> None:
    found = ridge.nearest(np.array(cosines, dtype=np.float32), count).tolist()
    assert found == sorted(sorted(range(len(cosines)), key=lambda n: (-cosines[n], n))[:count])


@given(TABLES, st.data())
def test_learnt_from_all_texts_as_the_nearest_the_outputs_are_the_exact_ones(table: list[list[int]], data: st.DataObject) -> None:
    dense = unit(table)
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(table), max_size=len(table))))
    question = unit([data.draw(st.lists(st.integers(0, 3), min_size=6, max_size=6).filter(any))])[0]
    exact = ridge.power(dense @ question) @ ridge.solve(ridge.power(dense @ dense.T), labels.astype(np.int32), 3)
    assert np.allclose(ridge.locally(ridge.power, dense @ question, sparse(dense).between(np.arange(len(table))), labels, 3), exact, atol=1e-4)


@pytest.mark.parametrize("kernel", [ridge.power, ridge.gaussian])
@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=20))
def test_a_kernel_is_zero_where_nothing_is_shared_and_rises_with_the_cosine(kernel: ridge.KernelFunction, cosines: list[float]) -> None:
    found = kernel(np.array([0.0, *sorted(cosines), 1.0], dtype=np.float32))
    assert found[0] == pytest.approx(0, abs=1e-6)
    assert (np.diff(found) >= -1e-6).all()
    assert found[-1] > 0.9


def test_what_is_opposite_shares_nothing_for_the_kernel_of_few_features() -> None:
    assert ridge.power(np.array([-1.0, -0.1], dtype=np.float32)).tolist() == [0, 0]
