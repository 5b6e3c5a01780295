"""What is learnt from texts by the kernel between them."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_sparse import TABLES, sparse, unit

from bot import ridge
from bot.ridge import Floats, Kernel


def filled(dense: Floats) -> Kernel:
    """The kernel between these unit vectors."""
    return Kernel(ridge.power, lambda rows: dense[rows] @ dense[rows.start :].T, len(dense))


@pytest.fixture(params=[1, 2, 128], ids=lambda rows: f"blocks of {rows}")
def blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel is cut into blocks of so many rows."""
    monkeypatch.setattr(ridge, "ROWS", request.param)


@pytest.mark.usefixtures("blocks")
class TestKernel:
    """The half that is kept stands for the whole matrix, however it is cut into blocks."""

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(TABLES, st.data())
    def test_its_product_is_that_of_the_whole_matrix(self, table: list[list[int]], data: st.DataObject) -> None:
        dense = unit(table)
        other = np.array(data.draw(st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=len(table), max_size=len(table))), dtype=np.float32)
        assert np.allclose(filled(dense).times(other), ridge.power(dense @ dense.T) @ other, atol=2e-3)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(TABLES)
    def test_rows_and_single_values_are_those_of_the_whole_matrix(self, table: list[list[int]]) -> None:
        dense, numbers = unit(table), np.arange(len(table))
        kernel, whole = filled(dense), ridge.power(dense @ dense.T)
        rows = np.concatenate([kernel.rows(number) for number in range(-(-len(table) // ridge.ROWS))])
        assert np.allclose(rows / ridge.SCALE, whole, atol=1e-4)
        assert np.array_equal(kernel.at(numbers[:, None], numbers), rows.astype(np.float32))

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(TABLES, st.data())
    def test_what_is_learnt_is_the_exact_solution(self, table: list[list[int]], data: st.DataObject) -> None:
        """Up to the steps in which the kernel is kept; whichever labels no text has."""
        dense = unit(table)
        labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(table), max_size=len(table))), dtype=np.int32)
        assert np.allclose(ridge.fit(filled(dense), labels, 3), ridge.solve(ridge.power(dense @ dense.T), labels, 3), atol=5e-3)


def test_a_cosine_a_little_above_one_is_one() -> None:
    kernel = Kernel(ridge.power, lambda rows: np.full((rows.stop - rows.start, 2 - rows.start), 1.001, dtype=np.float32), 2)
    assert kernel.at(np.array([0, 1]), np.array([1, 0])).tolist() == [ridge.SCALE, ridge.SCALE]


def test_a_product_is_the_same_on_any_number_of_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(5)
    dense = np.abs(random.normal(size=(700, 12))).astype(np.float32)
    kernel = filled(np.asarray(dense / np.linalg.norm(dense, axis=1, keepdims=True), dtype=np.float32))
    other = random.normal(size=(700, 3)).astype(np.float32)
    found = []
    for count in (1, 2, 7):
        monkeypatch.setattr(os, "cpu_count", lambda count=count: count)
        found.append(kernel.times(other).tobytes())
    assert len(set(found)) == 1


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
