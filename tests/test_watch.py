"""Whether files have changed, told from how they look."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import OTHER

from bot.config import Settings
from bot.watch import Watch, stamp


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(OTHER, tmp_path / "data")
    return Settings(tmp_path / "data/corpus", tmp_path / "data/faq.yaml", None)


def longer(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("\n")


def replaced(path: Path) -> None:
    """As many editors save: a new file in the place of the old one, here of the same size and time."""
    facts, beside = path.stat(), path.with_name(".beside")
    beside.write_bytes(path.read_bytes())
    os.utime(beside, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    beside.replace(path)


def touched(path: Path) -> None:
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


def added(path: Path) -> None:
    path.write_text("---\n", encoding="utf-8")


CHANGES: dict[str, Callable[[Settings], None]] = {
    "the FAQ": lambda s: longer(s.faq or s.corpus),
    "an article": lambda s: longer(s.corpus / "shore-and-hull.md"),
    "relations.yaml": lambda s: longer(s.corpus / "relations.yaml"),
    "words.yaml, by rename": lambda s: replaced(s.corpus / "words.yaml"),
    "words.yaml, of the same size": lambda s: touched(s.corpus / "words.yaml"),
    "a new article": lambda s: added(s.corpus / "new.md"),
    "an article less": lambda s: (s.corpus / "shore-and-hull.md").unlink(),
    "no FAQ": lambda s: (s.faq or s.corpus).unlink(),
    "no corpus": lambda s: shutil.rmtree(s.corpus),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_noticed_once_when_it_has_come_to_rest(settings: Settings, change: Callable[[Settings], None]) -> None:
    """At the second look that sees the files as they are now, and never again."""
    watch = Watch(settings)
    assert [watch.look() for _ in range(3)] == [False, False, False]
    change(settings)
    assert [watch.look() for _ in range(4)] == [False, True, False, False]


def test_a_file_that_is_still_being_written_is_let_be(settings: Settings) -> None:
    """As long as each look finds it longer than the look before."""
    watch = Watch(settings)
    for _ in range(5):
        longer(settings.corpus / "words.yaml")
        assert not watch.look()
    assert watch.look()


def test_what_is_taken_back_before_it_came_to_rest_was_no_change(settings: Settings) -> None:
    """A file that came and went again between two looks at rest."""
    watch = Watch(settings)
    (settings.corpus / "4913").write_text("", encoding="utf-8")
    assert not watch.look()
    (settings.corpus / "4913").unlink()
    assert [watch.look() for _ in range(3)] == [False, False, False]


def test_hidden_files_are_not_looked_at(settings: Settings) -> None:
    """Such as the swap file of an editor: the corpus does not read them either."""
    before = stamp(settings)
    (settings.corpus / ".words.yaml.swp").write_text("x", encoding="utf-8")
    assert stamp(settings) == before


def test_without_a_faq_the_corpus_alone_is_watched(settings: Settings) -> None:
    alone = Settings(settings.corpus, None, None)
    watch = Watch(alone)
    longer(settings.faq or settings.corpus)
    assert [watch.look() for _ in range(3)] == [False, False, False]
    longer(settings.corpus / "words.yaml")
    assert [watch.look() for _ in range(3)] == [False, True, False]
