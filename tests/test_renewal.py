"""A new assistant from files that have changed."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import OTHER

from bot import renewal
from bot.assistant import Assistant
from bot.config import Settings
from bot.errors import BrokenFiles, Problem
from bot.renewal import renewed

FERRIES = "Are the ferries running again?"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(OTHER, tmp_path / "data")
    return Settings(tmp_path / "data/corpus", tmp_path / "data/faq.yaml", tmp_path / "cache")


def rewrite(path: Path | None, old: str, new: str) -> None:
    assert path
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def refuse(*_: object) -> None:
    raise AssertionError("learnt in this process")


def killed(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_the_new_assistant_answers_as_one_loaded_from_the_files(settings: Settings) -> None:
    """Every phrasing of the changed FAQ has the answer that a fresh start gives, receipt and all."""
    rewrite(settings.faq, "Are the ferries running again?", "Do the boats go again?")
    new, fresh = asyncio.run(renewed(settings)), Assistant.load(replace(settings, cache=None))
    assert new.settings == settings
    for entry in new.faq.entries:
        for _, text in entry.phrasings:
            assert new.ask(text).as_json == fresh.ask(text).as_json


def test_this_process_learns_nothing_where_there_is_a_cache(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fit is made by the other process, and read here from the cache folder."""
    monkeypatch.setattr("bot.ridge.fit", refuse)
    rewrite(settings.faq, "ferry status", "how is the ferry doing")
    assert asyncio.run(renewed(settings)).ask("how is the ferry doing").faq == "are-ferries-running"


def test_without_a_cache_it_learns_here(settings: Settings) -> None:
    """And keeps nothing anywhere."""
    rewrite(settings.faq, "ferry status", "how is the ferry doing")
    bare = replace(settings, cache=None)
    assert asyncio.run(renewed(bare)).ask("how is the ferry doing").faq == "are-ferries-running"
    assert settings.cache
    assert not settings.cache.exists()


@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("name", ["faq.yaml", "corpus/relations.yaml", "corpus/words.yaml", "corpus/shore-and-hull.md"])
def test_a_broken_file_is_told_with_its_line(settings: Settings, name: str, cache: bool) -> None:
    """Whichever it is, with a cache and without."""
    path = settings.corpus.parent / name
    lines = path.read_text(encoding="utf-8").split("\n")
    lines.insert(1, '"not closed: [')
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(BrokenFiles) as broken:
        asyncio.run(renewed(settings if cache else replace(settings, cache=None)))
    assert {p.path for p in broken.value.problems} == {str(path)}
    assert all(p.line > 0 for p in broken.value.problems)
    assert all(isinstance(p, Problem) for p in broken.value.problems)


def test_files_that_change_while_they_are_read_are_read_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read of a broken state that is over, or of a sound one, is not used: the result is that of the last state."""
    monkeypatch.setattr(renewal, "AGAIN_AFTER", 0)
    bare = replace(settings, cache=None)
    assert settings.faq
    whole = settings.faq.read_text(encoding="utf-8")
    states = [whole.replace(FERRIES, "Third?"), whole.replace(FERRIES, "Second?"), whole + "\n- id: [broken"]
    settings.faq.write_text(states.pop(), encoding="utf-8")
    load = Assistant.load

    def changing(of: Settings) -> Assistant:
        try:
            return load(of)
        finally:
            if states and settings.faq:
                settings.faq.write_text(states.pop(), encoding="utf-8")

    monkeypatch.setattr(Assistant, "load", changing)
    assert asyncio.run(renewed(bare)).faq.entries[0].question == "Third?"
    assert states == []


def test_a_learner_that_is_killed_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a system that runs out of memory: this process goes on."""
    monkeypatch.setattr(renewal, "_learner", killed)
    with pytest.raises(RuntimeError, match="ended with -9"):
        asyncio.run(renewed(settings))


def test_who_stops_waiting_stops_the_learner(settings: Settings) -> None:
    """A reload that is cancelled leaves no process behind."""

    async def play() -> None:
        waiting = asyncio.ensure_future(renewed(settings))
        while not renewal._SPAWN.active_children():
            await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert renewal._SPAWN.active_children() == []

    asyncio.run(play())
