"""What is dear to compute is kept; losing or damaging it costs time and nothing else."""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cache import KEPT, Arrays, cached, cached_text

T = TypeVar("T")
MADE: Arrays = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "words": np.array(["é", "bread"])}
TEXT = "one\n\r\ntwo é 👩🏽"


class Counted(Generic[T]):
    """A function that returns `value` and counts how often it is called."""

    def __init__(self, value: T) -> None:
        self.value, self.calls = value, 0

    def __call__(self) -> T:
        self.calls += 1
        return self.value


def same(one: Arrays, two: Arrays) -> bool:
    return sorted(one) == sorted(two) and all(one[k].dtype == two[k].dtype and np.array_equal(one[k], two[k]) for k in one)


def files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file())


def test_what_was_made_once_is_read_the_second_time(tmp_path: Path) -> None:
    """Arrays and texts come back as they were made, and each key has its own."""
    arrays, text = Counted(MADE), Counted(TEXT)
    for _ in range(3):
        assert same(cached(tmp_path / "new", "k", arrays), MADE)
        assert cached_text(tmp_path / "new", "k", text) == TEXT
    assert (arrays.calls, text.calls) == (1, 1)
    assert cached_text(tmp_path / "new", "other", Counted("else")) == "else"
    assert len(files(tmp_path)) == 3


def test_without_a_folder_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call makes it anew and writes nowhere."""
    monkeypatch.chdir(tmp_path)
    arrays, text = Counted(MADE), Counted(TEXT)
    for _ in range(2):
        assert same(cached(None, "k", arrays), MADE)
        assert cached_text(None, "k", text) == TEXT
    assert (arrays.calls, text.calls) == (2, 2)
    assert files(tmp_path) == []


@given(st.text())
def test_any_text_comes_back_letter_by_letter(text: str) -> None:
    """No newline is translated on the way through the file."""
    with tempfile.TemporaryDirectory() as name:
        cached_text(Path(name), "k", lambda: text)
        assert cached_text(Path(name), "k", Counted("not made")) == text


def npy(array: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(array))
    return buffer.getvalue()


def pickled() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.array([{}], dtype=object), words=np.array([None]))
    return buffer.getvalue()


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "first half": lambda data: data[: len(data) // 2],
    "without its last byte": lambda data: data[:-1],
    "without its first byte": lambda data: data[1:],
    "zeros": lambda data: bytes(len(data)),
    "text": lambda data: b"hello\nworld\n",
    "a single array, not an archive": lambda data: npy([1, 2, 3]),
    "pickled objects": lambda data: pickled(),
    "the magic of a zip": lambda data: b"PK\x03\x04" + bytes(100),
    "the magic of an array": lambda data: b"\x93NUMPY\x01\x00" + bytes(100),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_file_is_made_anew_and_mended(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """Truncated, overwritten or of another kind: no exception, the right value, and a sound file afterwards."""
    cached(tmp_path, "k", lambda: MADE)
    cached_text(tmp_path, "k", lambda: TEXT)
    for path in files(tmp_path):
        path.write_bytes(damage(path.read_bytes()))
    arrays, text = Counted(MADE), Counted(TEXT)
    for _ in range(2):
        assert same(cached(tmp_path, "k", arrays), MADE)
        assert cached_text(tmp_path, "k", text) == TEXT
    assert (arrays.calls, text.calls) == (1, 1)


def test_a_text_file_with_any_byte_changed_is_made_anew(tmp_path: Path) -> None:
    """The hash beside the text covers all of it."""
    cached_text(tmp_path, "k", lambda: TEXT)
    (path,) = files(tmp_path)
    sound = path.read_bytes()
    for position in range(len(sound)):
        path.write_bytes(sound[:position] + bytes([sound[position] ^ 1]) + sound[position + 1 :])
        assert cached_text(tmp_path, "k", lambda: TEXT) == TEXT, position


def test_an_array_file_with_any_byte_changed_gives_the_same_arrays(tmp_path: Path) -> None:
    """A flipped bit anywhere in the archive, its headers included, raises nothing and changes nothing."""
    cached(tmp_path, "k", lambda: MADE)
    (path,) = files(tmp_path)
    sound = path.read_bytes()
    wrong = {}
    for position in range(len(sound)):
        for bit in (1, 128):
            path.write_bytes(sound[:position] + bytes([sound[position] ^ bit]) + sound[position + 1 :])
            try:
                if not same(cached(tmp_path, "k", lambda: MADE), MADE):
                    wrong[position, bit] = "other arrays"
            except Exception as error:
                wrong[position, bit] = repr(error)
    assert wrong == {}


def test_a_folder_that_cannot_be_made_or_written_is_left_alone(tmp_path: Path) -> None:
    """A cache below a file, or a file where the entry would go to is a folder: the value is made each time."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "taken" / "k.npz").mkdir(parents=True)
    (tmp_path / "taken" / "k.txt").mkdir()
    for folder in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / "taken"):
        arrays, text = Counted(MADE), Counted(TEXT)
        for _ in range(2):
            assert same(cached(folder, "k", arrays), MADE)
            assert cached_text(folder, "k", text) == TEXT
        assert (arrays.calls, text.calls) == (2, 2)
    assert (tmp_path / "file").read_text() == "mine"
    assert files(tmp_path / "taken") == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_left_alone(tmp_path: Path) -> None:
    """A read-only home costs time only."""
    tmp_path.chmod(0o500)
    assert same(cached(tmp_path, "k", lambda: MADE), MADE)
    assert cached_text(tmp_path, "k", lambda: TEXT) == TEXT
    assert files(tmp_path) == []


def test_a_failure_to_make_is_the_callers_own(tmp_path: Path) -> None:
    """The error of `make` passes through, and nothing is kept of it."""

    def broken() -> str:
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        cached_text(tmp_path, "k", broken)
    assert files(tmp_path) == []


def test_the_oldest_files_go_when_there_are_too_many(tmp_path: Path) -> None:
    """At most KEPT stay, the newest among them."""
    for number in range(KEPT + 5):
        cached_text(tmp_path, f"k-{number:024x}", lambda: TEXT)
        os.utime(tmp_path / f"k-{number:024x}.txt", (number, number))
    cached_text(tmp_path, f"k-{'f' * 24}", lambda: TEXT)
    kept = {p.stem for p in files(tmp_path)}
    assert kept == {f"k-{'f' * 24}", *(f"k-{n:024x}" for n in range(6, KEPT + 5))}


def test_what_is_read_again_counts_as_new(tmp_path: Path) -> None:
    """A value that is still in use is not removed, however long ago it was made."""
    for number in range(KEPT):
        cached_text(tmp_path, f"k-{number:024x}", lambda: TEXT)
        os.utime(tmp_path / f"k-{number:024x}.txt", (number, number))
    cached_text(tmp_path, f"k-{0:024x}", Counted("not made"))
    cached_text(tmp_path, f"k-{'f' * 24}", lambda: TEXT)
    names = {p.stem for p in files(tmp_path)}
    assert f"k-{0:024x}" in names
    assert f"k-{1:024x}" not in names


def test_files_that_the_cache_did_not_write_stay(tmp_path: Path) -> None:
    """BOT_CACHE may name a folder that holds other things: the cache removes nothing but what it made."""
    mine = [tmp_path / f"letter {n}.odt" for n in range(KEPT + 5)] + [tmp_path / "photos.zip", tmp_path / "notes.txt"]
    for path in mine:
        path.write_text("mine")
        os.utime(path, (1, 1))
    cached_text(tmp_path, "k", lambda: TEXT)
    cached(tmp_path, "k", lambda: MADE)
    assert [p.name for p in mine if not p.exists()] == []
