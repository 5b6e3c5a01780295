"""Which engine is used, what a large corpus answers, and `bot index`.

Those that open a saved index need the extra `scale`.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import OTHER, ROOT, write_article, write_corpus
from upper import assistant, gold

from bot import engines, index_build, passages
from bot.answer import Answer
from bot.assistant import Assistant
from bot.cli import main
from bot.compose import Composer
from bot.config import Settings
from bot.corpus import load_corpus
from bot.errors import BotError, SavedIndexError, UsageError
from bot.passages import CLUSTER, EXACT, LARGE, SAVED
from bot.question import AllTexts
from bot.relations import Relations, load_relations
from bot.wide import Wide

needs_scale = pytest.mark.skipif(not passages.installed(SAVED), reason="the extra `scale` is not installed")


def saved(settings: Settings, indexes: Path) -> Settings:
    """The same with a saved index, which is built."""
    index_build.build(settings.corpus, indexes, processes=1)
    return replace(settings, engine=SAVED, index=indexes)


@pytest.mark.parametrize("command", ["build", "status", "drop"])
def test_without_the_extra_the_commands_of_an_index_say_what_they_need(command: str, tmp_path: Path) -> None:
    """In a process where numba cannot be imported: one line or the answer, never a traceback."""
    program = "import sys; sys.modules['numba'] = sys.modules['bm25s'] = None; from bot.cli import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "BOT_CACHE": str(tmp_path)}
    arguments = ["--corpus", str(OTHER / "corpus"), "index", command]
    done = subprocess.run([sys.executable, "-c", program, *arguments], env=environment, capture_output=True, check=False, text=True)
    assert "Traceback" not in done.stderr
    assert ("pip install" in done.stderr) == (command == "build")


def test_without_a_word_a_small_corpus_is_read_as_it_always_was(tmp_path: Path) -> None:
    """Nobody with few articles installs, builds or sets anything."""
    assert engines.in_use(Settings(ROOT / "corpus", None, None, index=tmp_path)) is None
    assert engines.in_use(Settings(ROOT / "corpus", None, None)) is None


@needs_scale
def test_a_saved_index_is_used_from_a_size_on_or_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """BOT_ENGINE decides; without it the number of articles does."""
    settings = Settings(OTHER / "corpus", None, None, index=tmp_path)
    facts, _ = index_build.build(settings.corpus, tmp_path, processes=1)
    assert engines.in_use(settings) is None
    assert engines.in_use(replace(settings, engine=SAVED)) == facts
    assert engines.in_use(replace(settings, engine=EXACT)) is None
    monkeypatch.setattr(engines, "LARGE", facts.articles)
    assert engines.in_use(settings) == facts


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (Settings(ROOT / "corpus", None, None, engine="lucene"), "BOT_ENGINE=lucene: no such engine; write one of rank-bm25, bm25s, opensearch"),
        pytest.param(Settings(ROOT / "corpus", None, None, engine=SAVED), "name a folder for it with BOT_INDEX", marks=needs_scale),
        pytest.param(Settings(ROOT / "corpus", None, None, engine=SAVED, index=Path("/nowhere")), "run `bot index build`", marks=needs_scale),
    ],
)
def test_an_engine_that_cannot_be_used_is_told_in_one_line(settings: Settings, told: str) -> None:
    """With what mends it."""
    with pytest.raises(BotError, match=told) as error:
        engines.in_use(settings)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("engine", [SAVED, CLUSTER])
def test_an_engine_whose_extra_is_not_installed_says_which(engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And how to install it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install"):
        passages.checked(engine)


def test_a_large_folder_without_an_index_is_told_of_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """In one line; then it is read as it is."""
    write_corpus(tmp_path, a="Rye.", b="Wheat.")
    monkeypatch.setattr(engines, "LARGE", 2)
    with caplog.at_level(logging.WARNING):
        assert engines.open_edition(Settings(tmp_path, None, None)) is None
    assert "bot index build" in caplog.text


@needs_scale
def test_a_folder_that_has_changed_since_is_told_and_the_index_answers(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What it quotes is what it holds."""
    write_corpus(tmp_path / "corpus", a="Rye bread is sold.")
    settings = saved(Settings(tmp_path / "corpus", None, None), tmp_path / "indexes")
    write_article(tmp_path / "corpus", "b", "Rye flour is sold.")
    with caplog.at_level(logging.WARNING):
        found = engines.open_corpus(settings)
    assert list(found.articles) == ["a"]
    assert "has changed since its index was built" in caplog.text


@needs_scale
@pytest.mark.parametrize("name", ["real", "other"])
def test_answers_from_a_saved_index_are_those_of_the_articles(name: str, tmp_path: Path) -> None:
    """Over the gold questions, of a corpus of which all passages are weighed either way: status, quotes and reasons are the same in more than 95 of 100.

    Where they differ, what is nearest to a question that is refused does, or a sentence of a passage beyond the best WEIGHED.
    """
    exact = assistant(name)
    wide = Assistant.load(saved(exact.settings, tmp_path))
    assert (exact.index.engine, wide.index.engine) == (EXACT, SAVED)
    questions = [record["question"] for record in gold(name)][::3]
    assert len(questions) >= 20

    def told(answer: Answer) -> object:
        return answer.status, answer.reason, [(q.span.key, q.role, [s.key for s in q.relayed_by]) for q in answer.quotes], answer.absent, answer.searched_as

    pairs = [(exact.ask(question), wide.ask(question)) for question in questions]
    assert sum(told(a) == told(b) for a, b in pairs) > 0.95 * len(pairs)
    assert {b.as_json["made_with"]["engine"] for _, b in pairs} == {SAVED}
    for _, answer in pairs:
        for quote in (*answer.quotes, *answer.nearest):
            assert quote.span.text == exact.corpus.articles[quote.span.article.id].text[quote.span.start : quote.span.end]


@needs_scale
def test_what_a_large_corpus_mentions_is_what_its_texts_do(tmp_path: Path) -> None:
    """Words, stems, numbers and names of one word or several are looked up with the same outcome as in memory.

    (But for a name of several words that only captions, ads or forms have: it is looked for in what may be quoted.)
    """
    corpus = load_corpus(ROOT / "corpus")[0]
    opened = engines.open_edition(saved(Settings(ROOT / "corpus", None, None), tmp_path))
    assert opened
    wide, exact = Wide(*opened, Relations()), AllTexts(corpus, "en", None)
    names = ["Cuba", "cuba", "North Korea", "South Korea", "Korea North", "Xiaomi", "Venezuela", "", "?", "14.2", "United States"]
    assert {n: wide.mentions(n) for n in names} == {n: exact.mentions(n) for n in names}
    for word in ["xiaomi", "venezuela", "locked", "US", "us", "2021", "10", "13"]:
        assert (wide.has_word(word), wide.has_stem(word), wide.has_number(word)) == (exact.has_word(word), exact.has_stem(word), exact.has_number(word))


@needs_scale
def test_one_statement_word_for_word_in_two_articles_is_one_voice(tmp_path: Path) -> None:
    """It is found by its hash when the index is built, and told as a relay."""
    text = "The harbour master said on Monday that the ferry would not sail before the rudder was mended."
    write_corpus(tmp_path / "corpus", a=f"{text} Nobody waited.", b=f"It rained. {text}", c="The mill grinds wheat for white bread.")
    assistant = Assistant.load(saved(Settings(tmp_path / "corpus", None, None), tmp_path / "indexes"))
    answer = assistant.ask("What did the harbour master say on Monday about the ferry?")
    assert [q.span.text for q in answer.quotes] == [text]
    assert [s.article.id for s in answer.quotes[0].relayed_by] == ["b"]


def run(*words: str, **environment: str) -> tuple[int, str]:
    """Exit code and all output of `bot …`."""
    result = CliRunner().invoke(main, words, env={"BOT_CACHE": "none", "BOT_FAQ": "none", "BOT_ENGINE": "", **environment}, prog_name="bot")
    return result.exit_code, result.output


@needs_scale
def test_an_index_is_built_shown_used_and_dropped_from_the_command_line(tmp_path: Path) -> None:
    """A day with `bot index`."""
    corpus, environment = str(OTHER / "corpus"), {"BOT_INDEX": str(tmp_path), "BOT_ENGINE": ""}
    assert run("--corpus", corpus, "index", "status", **environment)[0] == 1
    code, said = run("--corpus", corpus, "index", "build", **environment)
    assert (code, "5 articles, 37 passages, 87 sentences; reading" in said) == (0, True)
    assert "up to date, nothing to do" in run("--corpus", corpus, "index", "build", **environment)[1]
    code, said = run("--corpus", corpus, "index", "status", **environment)
    assert (code, "engine  bm25s" in said, "nothing has changed" in said) == (0, True, True)
    in_use = environment | {"BOT_ENGINE": SAVED}
    assert "engine  bm25s" in run("--corpus", corpus, "sources", **in_use)[1]
    assert run("--corpus", corpus, "search", "-k", "2", "ferry rudder", **in_use) == run("--corpus", corpus, "search", "-k", "2", "ferry rudder")
    assert run("--corpus", corpus, "show", "ostrellin-courier", "2", **in_use) == run("--corpus", corpus, "show", "ostrellin-courier", "2")
    assert "removed" in run("--corpus", corpus, "index", "drop", **environment)[1]
    code, said = run("--corpus", corpus, "ask", "why?", **in_use)
    assert (code, "run `bot index build`" in said, "Traceback" in said) == (SavedIndexError.exit_code, True, False)


def test_where_nothing_is_kept_there_is_no_place_for_an_index() -> None:
    """The message names the setting."""
    code, said = run("--corpus", str(OTHER / "corpus"), "index", "build")
    assert (code, "BOT_INDEX" in said) == (2, True)


def test_the_help_names_the_size_from_which_an_index_is_used() -> None:
    """One number, in the program and in its help."""
    assert f"from {LARGE} articles on" in " ".join(run("index", "--help")[1].split())


def test_relations_of_an_article_are_those_that_touch_it() -> None:
    """A composer that looks them up by article finds what one that goes through all would."""
    corpus = load_corpus(ROOT / "corpus")[0]
    table, _ = load_relations(corpus)
    for article in corpus.articles.values():
        known = Composer(table)._of(article)
        assert known.qualifies == tuple(q for q in table.qualifies if q.claim.article is article)
        assert known.origins == tuple(o for o in table.origins if any(s.article is article for s in o.statements))
