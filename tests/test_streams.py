"""What comes in through files and standard input."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import streams
from bot.errors import UsageError
from bot.streams import AT_ONCE, batches, check_tag, lines, objects

records = st.lists(
    st.dictionaries(st.text(max_size=4), st.none() | st.integers() | st.text(max_size=6) | st.lists(st.integers(), max_size=3), max_size=3), max_size=4
)


@given(records, st.sampled_from([None, 1, 4]), st.sampled_from(["\n", "\n\n", " ", "\r\n"]))
def test_objects_are_read_however_they_are_laid_out(
    tmp_path_factory: pytest.TempPathFactory, many: list[dict[str, object]], indent: int | None, between: str
) -> None:
    """On one line or many, one after another; each with the line where it begins."""
    path = tmp_path_factory.mktemp("streams") / "objects"
    texts = [json.dumps(record, indent=indent) for record in many]
    path.write_bytes(between.join(texts).encode())
    found = list(objects(str(path)))
    assert [record for _, record in found] == many
    begins = [between.join(texts[:i]).count("\n") + (between.count("\n") if i else 0) + 1 for i in range(len(texts))]
    assert [line for line, _ in found] == begins


@given(st.binary(max_size=60))
def test_any_bytes_are_objects_or_a_usage_error_with_a_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("streams") / "objects"
    path.write_bytes(data)
    fault = ""
    try:
        assert all(isinstance(record, dict) for _, record in objects(str(path)))
    except UsageError as error:
        fault = str(error)
    assert fault == "" or fault.startswith(f"{path}:")


def test_objects_before_a_broken_one_are_given_first(tmp_path: Path) -> None:
    path = tmp_path / "objects"
    path.write_text('{"a": 1}\n{"b":\n 2}\n[3]\n')
    steps = objects(str(path))
    assert [next(steps), next(steps)] == [(1, {"a": 1}), (2, {"b": 2})]
    with pytest.raises(UsageError, match=r":4: not an object \{…\}"):
        next(steps)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        list(objects(str(tmp_path)))


def test_lines_split_at_newlines_alone() -> None:
    assert list(lines([b"a\r\n", "b\u2028c\x0b\n".encode(), b"\xff"])) == ["a\r", "b\u2028c\x0b", "\ufffd"]


class Pieces(io.BytesIO):
    """A stream of which these pieces are there, one after another."""

    def __init__(self, pieces: list[bytes]) -> None:
        super().__init__()
        self._pieces = iter([piece for piece in pieces if piece])

    def read1(self, _: int | None = -1, /) -> bytes:
        return next(self._pieces, b"")


@given(st.lists(st.lists(st.sampled_from([b"a", b"\n", b"\r", b"\xff", " ".encode()]), max_size=5).map(b"".join), max_size=6))
def test_however_a_stream_comes_its_lines_are_the_same(pieces: list[bytes]) -> None:
    assert [line for batch in batches(Pieces(pieces)) for line in batch] == list(lines(io.BytesIO(b"".join(pieces))))


def test_lines_come_as_soon_as_they_are_there_and_not_too_many_at_once() -> None:
    assert list(batches(Pieces([b"who?\nwh", b"ere?\n", b"when?"]))) == [["who?"], ["where?"], ["when?"]]
    assert [len(batch) for batch in batches(io.BytesIO(b"?\n" * (AT_ONCE + 1)))] == [AT_ONCE, 1]


def test_records_before_a_broken_one_are_given_first(tmp_path: Path) -> None:
    path = tmp_path / "records"
    path.write_text('{"question": "who?"}\n\n{"question": "where?", "lang": "en"}\n[]\n')
    steps = streams.records(str(path))
    assert next(steps) == [("who?", None, None), ("where?", "en", None)]
    with pytest.raises(UsageError, match=r":4: not an object"):
        next(steps)


@pytest.mark.parametrize("tag", ["", "e", "en_US", "en-", "\ud800", "english!"])
def test_what_is_no_language_tag_is_told(tag: str) -> None:
    with pytest.raises(UsageError, match="is no language tag"):
        check_tag(tag)
