"""Settings: one frozen object, made once from the environment and the options; importing does nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platformdirs import user_cache_path, user_data_path

from bot.errors import CorpusError, Problem, UsageError

NONE = "none"
NAME = "verbatim-faq-bot"
"""Of the folders that the system has for a program of one user."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Which files are used; `faq` is None where there is none, `cache` where nothing is kept."""

    corpus: Path
    faq: Path | None
    cache: Path | None
    semantic: bool = False
    """Whether to match by meaning too (needs the extra `semantic`)."""
    store: str = field(default=NONE, repr=False)
    """Where feedback and settings are kept: a path, a PostgreSQL URL (it may hold a password) or none."""
    engine: str | None = None
    """What searches passages, by name; None: by the number of articles."""
    index: Path | None = None
    """The folder of saved indexes; None where none is kept."""
    cluster: str | None = field(default=None, repr=False)
    """The address of an OpenSearch cluster (it may hold a password)."""


def load(environment: Mapping[str, str], *, corpus: str | None = None, faq: str | None = None, here: Path | None = None) -> Settings:
    """The settings from options first, then BOT_CORPUS, BOT_FAQ, BOT_CACHE, BOT_STORE, BOT_ENGINE, BOT_INDEX and BOT_SEMANTIC (on: match by meaning too),
    then the current folder.

    `--corpus` alone means no FAQ, since a FAQ belongs to its corpus. An OpenSearch address with a password may stand in the file of
    BOT_OPENSEARCH_FILE, which goes before BOT_OPENSEARCH. Raises CorpusError where no corpus can be found, UsageError where that file cannot be read.
    """
    folder = here or Path()
    given = corpus or environment.get("BOT_CORPUS") or None
    if given is None and not (folder / "corpus").is_dir():
        raise CorpusError(
            [Problem(str(folder / "corpus"), 0, 0, "no such folder", mend="name a corpus with --corpus FOLDER or BOT_CORPUS, or go to the project's folder")]
        )
    chosen = faq or (NONE if corpus else environment.get("BOT_FAQ")) or (NONE if given else None)
    if chosen is None:
        chosen = str(folder / "faq.yaml") if (folder / "faq.yaml").exists() else NONE
    cache = environment.get("BOT_CACHE")
    kept = None if cache == NONE else Path(cache) if cache else user_cache_path(NAME, appauthor=False)
    store = environment.get("BOT_STORE") or str(user_data_path(NAME, appauthor=False) / "bot.sqlite3")
    index = environment.get("BOT_INDEX")
    return Settings(
        Path(given) if given else folder / "corpus",
        None if chosen == NONE else Path(chosen),
        kept,
        environment.get("BOT_SEMANTIC") == "on",
        store,
        environment.get("BOT_ENGINE") or None,
        Path(index) if index else kept / "index" if kept else None,
        _in_file(environment, "BOT_OPENSEARCH_FILE") or environment.get("BOT_OPENSEARCH") or None,
    )


def _in_file(environment: Mapping[str, str], name: str) -> str | None:
    """What stands in the file that a variable names, for what is not to be seen in the environment; None where it names none."""
    path = environment.get(name)
    if not path:
        return None
    try:
        kept = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise UsageError(f"the file of {name} ({path}) cannot be read: {error.strerror if isinstance(error, OSError) else 'not UTF-8'}") from None
    if not kept:
        raise UsageError(f"the file of {name} ({path}) is empty")
    return kept
