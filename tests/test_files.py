"""Files are whole or are not there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.files import write_whole


def test_a_file_is_replaced_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "f"
    for data in (b"one", b"", b"\x00three"):
        write_whole(path, data)
        assert path.read_bytes() == data
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("no room")

    (tmp_path / "f").write_bytes(b"kept")
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no room"):
        write_whole(tmp_path / "f", b"lost")
    assert [(p.name, p.read_bytes()) for p in tmp_path.iterdir()] == [("f", b"kept")]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_whole(tmp_path / "link", b"data")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"data"


def test_a_folder_and_a_missing_folder_are_errors_and_a_device_is_written(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "f"):
        with pytest.raises(OSError, match="directory"):
            write_whole(path, b"data")
    write_whole(Path(os.devnull), b"data")
    assert Path(os.devnull).is_char_device()
