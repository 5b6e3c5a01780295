"""BOT_SHARDS, and the store that processes share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import NONE
from bot.errors import UsageError
from bot.shards import Shards, read_shards

STORE = "postgresql://bot@database/bot"


def read(written: str, store: str = STORE) -> Shards | None:
    return read_shards({"BOT_SHARDS": written}, store)


@pytest.mark.parametrize(
    ("written", "ids", "count"),
    [("0-3/8", (0, 1, 2, 3), 8), ("4-7/8", (4, 5, 6, 7), 8), ("5/8", (5,), 8), ("0,2-3,7/8", (0, 2, 3, 7), 8), ("0/1", (0,), 1), ("2-2/3", (2,), 3)],
)
def test_shards_are_written_as_ranges_of_a_count(written: str, ids: tuple[int, ...], count: int) -> None:
    """Numbers from 0, ranges with both ends, commas between them, a slash before how many there are."""
    assert read(written) == Shards(ids, count)


@given(st.integers(1, 300), st.data())
def test_what_is_written_is_read_back(count: int, data: st.DataObject) -> None:
    """Any shards of any count; all of them leave none to other processes, and only shard 0 is the first."""
    ids = tuple(sorted(data.draw(st.sets(st.integers(0, count - 1), min_size=1))))
    shards = Shards(ids, count)
    assert read(str(shards)) == shards
    assert shards.whole == (ids == tuple(range(count)))
    assert shards.first == (0 in ids)


@pytest.mark.parametrize(
    "written",
    ["8", "/8", "0-3", "0-3/", "0-8/8", "8/8", "0/0", "3-0/8", "0,0/8", "2,1/8", "0-3,3/8", "0-/8", "-3/8", "0..3/8", " 0/8", "a/b", "٣/8", "0/9999999"],
)
def test_what_makes_no_sense_is_told_with_the_form(written: str) -> None:
    """One line that repeats what was written."""
    with pytest.raises(UsageError, match="BOT_SHARDS is ") as told:
        read(written)
    assert repr(written) in str(told.value)
    assert "\n" not in str(told.value)


def test_nothing_written_is_one_connection() -> None:
    """Unset and empty are the same."""
    assert read_shards({}, NONE) is None
    assert read("", NONE) is None


def test_processes_need_a_store_to_share() -> None:
    """A part of the shards with a store in memory is refused; all of them in one process need none."""
    with pytest.raises(UsageError, match="BOT_STORE is none"):
        read("0/2", NONE)
    assert read("0-1/2", NONE) == Shards((0, 1), 2)
