"""Which files are used: options, then the environment, then the current folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.config import Settings, load
from bot.errors import CorpusError, UsageError


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A project's folder, with a corpus and a FAQ."""
    (tmp_path / "corpus").mkdir()
    (tmp_path / "faq.yaml").touch()
    return tmp_path


def chosen(here: Path, environment: dict[str, str], corpus: str | None = None, faq: str | None = None) -> tuple[str, str | None]:
    """The corpus and the FAQ in use, those of the folder `here` by their names alone."""
    settings = load({"BOT_CACHE": "none"} | environment, corpus=corpus, faq=faq, here=here)
    own = {here / "corpus": "corpus", here / "faq.yaml": "faq.yaml"}
    return own.get(settings.corpus, str(settings.corpus)), own.get(settings.faq, str(settings.faq)) if settings.faq else None


@pytest.mark.parametrize(
    ("environment", "corpus", "faq", "expected"),
    [
        ({}, None, None, ("corpus", "faq.yaml")),
        ({}, None, "f", ("corpus", "f")),
        ({}, None, "none", ("corpus", None)),
        ({}, "c", None, ("c", None)),
        ({}, "c", "f", ("c", "f")),
        ({"BOT_CORPUS": "e"}, None, None, ("e", None)),
        ({"BOT_CORPUS": "e", "BOT_FAQ": "g"}, None, None, ("e", "g")),
        ({"BOT_FAQ": "g"}, None, None, ("corpus", "g")),
        ({"BOT_FAQ": "none"}, None, None, ("corpus", None)),
        ({"BOT_CORPUS": "e", "BOT_FAQ": "g"}, "c", None, ("c", None)),
        ({"BOT_CORPUS": "e", "BOT_FAQ": "g"}, "c", "f", ("c", "f")),
        ({"BOT_CORPUS": "e", "BOT_FAQ": "g"}, None, "f", ("e", "f")),
        ({"BOT_CORPUS": "e", "BOT_FAQ": "g"}, None, "none", ("e", None)),
    ],
)
def test_options_go_before_the_environment_and_that_before_the_folder(
    here: Path, environment: dict[str, str], corpus: str | None, faq: str | None, expected: tuple[str, str | None]
) -> None:
    """A FAQ belongs to its corpus: another corpus without a FAQ named beside it has none."""
    assert chosen(here, environment, corpus, faq) == expected


def test_a_folder_without_a_faq_has_none(here: Path) -> None:
    """The bot works from the articles alone."""
    (here / "faq.yaml").unlink()
    assert chosen(here, {}) == ("corpus", None)


@pytest.mark.parametrize("environment", [{}, {"BOT_FAQ": "g"}, {"BOT_CORPUS": ""}])
def test_where_no_corpus_can_be_found_the_message_says_how_to_name_one(tmp_path: Path, environment: dict[str, str]) -> None:
    """An empty variable names nothing; the error is one of usage (exit code 2)."""
    with pytest.raises(CorpusError, match="--corpus FOLDER or BOT_CORPUS") as caught:
        load(environment, here=tmp_path)
    assert caught.value.exit_code == 3


def test_an_empty_variable_is_as_good_as_none(here: Path) -> None:
    """`BOT_CORPUS= BOT_FAQ= bot …` uses the current folder."""
    assert chosen(here, {"BOT_CORPUS": "", "BOT_FAQ": ""}) == ("corpus", "faq.yaml")


def test_the_cache_is_a_folder_of_the_user_unless_named_or_refused(here: Path) -> None:
    """BOT_CACHE names it, `none` keeps nothing, and by default it lies outside of the project."""
    assert load({"BOT_CACHE": "x"}, here=here).cache == Path("x")
    assert load({"BOT_CACHE": "none"}, here=here).cache is None
    usual = load({}, here=here).cache
    assert usual is not None
    assert usual.name == "verbatim-faq-bot"
    assert here not in usual.parents


def test_loading_settings_writes_nothing_and_reads_no_other_variables(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that is passed is the one that counts, not that of the process."""
    monkeypatch.setenv("BOT_CORPUS", "elsewhere")
    before = sorted(here.iterdir())
    assert load({"BOT_CACHE": "none", "BOT_STORE": "none"}, here=here) == Settings(here / "corpus", here / "faq.yaml", None)
    assert sorted(here.iterdir()) == before


def test_the_store_is_in_the_users_data_folder_unless_named(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """BOT_STORE is taken as it is written; a password in it is not in what the settings print."""
    monkeypatch.setenv("XDG_DATA_HOME", str(here / "data"))
    assert load({}, here=here).store.endswith("bot.sqlite3")
    assert not (here / "data").exists()
    named = load({"BOT_STORE": "postgresql://bot:hunter2@db/bot"}, here=here)
    assert named.store == "postgresql://bot:hunter2@db/bot"
    assert "hunter2" not in repr(named)


def test_a_store_with_a_password_may_be_named_in_a_file(here: Path, tmp_path: Path) -> None:
    """The file goes before BOT_STORE, which an image sets; the end of its line is not part of it."""
    (tmp_path / "store").write_text("postgresql://bot:secret@database/bot\n", encoding="utf-8")
    settings = load({"BOT_STORE_FILE": str(tmp_path / "store"), "BOT_STORE": "/store/bot.sqlite3"}, here=here)
    assert settings.store == "postgresql://bot:secret@database/bot"
    assert "secret" not in repr(settings)
    assert load({"BOT_STORE_FILE": "", "BOT_STORE": "bot.sqlite3"}, here=here).store == "bot.sqlite3"


@pytest.mark.parametrize(("content", "why"), [(None, "No such file"), (b"\n", "is empty"), (b"\xff", "not UTF-8")])
def test_a_store_file_that_says_nothing_is_told_with_its_name(here: Path, tmp_path: Path, content: bytes | None, why: str) -> None:
    """The store is then not looked for elsewhere."""
    if content is not None:
        (tmp_path / "store").write_bytes(content)
    with pytest.raises(UsageError, match=why) as told:
        load({"BOT_STORE_FILE": str(tmp_path / "store")}, here=here)
    assert f"BOT_STORE_FILE ({tmp_path / 'store'})" in str(told.value)
