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


_NO_CORPUS = (
    "name a corpus with --corpus FOLDER or BOT_CORPUS, or go to the project's folder;\n"
    "to begin one here: mkdir corpus, then bot corpus add FILE (a text, or a saved page) for each article"
)


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

    @property
    def store_file(self) -> Path | None:
        """The store's file, where it is named by a path."""
        return None if self.store == NONE or "://" in self.store else Path(self.store)


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable of the environment that the program reads; an empty one is as good as none (but DISCORD_TOKEN)."""

    name: str
    what: str
    values: str
    """What it may be, for people."""
    pattern: str = r".*\S.*"
    """What it may be; matched as a whole."""
    secret: bool = False
    """Whether its value, or a part of it, is shown to nobody."""


_SWITCH = r"on|off"
SETTINGS = (
    Setting("BOT_CORPUS", "folder of articles", "a folder (else ./corpus)"),
    Setting("BOT_FAQ", "FAQ file", "a file or none (else ./faq.yaml, unless --corpus or BOT_CORPUS name a corpus)"),
    Setting("BOT_CACHE", "what was learnt", "a folder or none (else the user's cache folder)"),
    Setting(
        "BOT_STORE", "settings of servers and votes", "a file, postgresql://USER:PASSWORD@HOST/DATABASE or none (else in the user's data folder)", secret=True
    ),
    Setting("BOT_STORE_FILE", "a file that holds BOT_STORE instead, for the password in it", "a file"),
    Setting("BOT_ENGINE", "what searches passages", "rank-bm25, bm25s or opensearch (else by the number of articles)", "rank-bm25|bm25s|opensearch"),
    Setting("BOT_INDEX", "saved indexes", "a folder (else in the cache folder)"),
    Setting("BOT_OPENSEARCH", "an OpenSearch cluster", "https://USER:PASSWORD@HOST:PORT", secret=True),
    Setting("BOT_OPENSEARCH_FILE", "a file that holds BOT_OPENSEARCH instead, for the password in it", "a file"),
    Setting("BOT_SEMANTIC", "matching by meaning too (extra `semantic`)", "on or off", _SWITCH),
    Setting("BOT_MESSAGE_CONTENT", "answering new posts of chosen forums (a privileged intent)", "on or off", _SWITCH),
    Setting("BOT_SHARDS", "shards of this process of all, for a bot in very many servers (docs/scaling.md)", "such as 0-3/8"),
    Setting("BOT_LOG", "form of the log", "text or json (else text)", "text|json"),
    Setting("BOT_METRICS", "where operators find /metrics, /healthz and /readyz (docs/operating.md)", "PORT (this machine alone) or HOST:PORT (else nowhere)"),
    Setting("DISCORD_TOKEN", "the bot's token", "as Discord gives it", secret=True),
    Setting("DISCORD_TOKEN_FILE", "a file that holds the token instead", "a file"),
    Setting("DISCORD_APPLICATION_ID", "of the application, for --invite", "15 to 20 digits", r"[0-9]{15,20}"),
    Setting("DISCORD_PROXY", "HTTP proxy for Discord", "http://HOST:PORT", secret=True),
    Setting("SSL_CERT_FILE", "certificates to trust in place of the system's", "a file in PEM format"),
)
"""All of them; `bot --help` lists them and `bot doctor` examines them."""


def load(environment: Mapping[str, str], *, corpus: str | None = None, faq: str | None = None, here: Path | None = None) -> Settings:
    """The settings from options first, then BOT_CORPUS, BOT_FAQ, BOT_CACHE, BOT_STORE, BOT_ENGINE, BOT_INDEX and BOT_SEMANTIC (on: match by meaning too),
    then the current folder.

    `--corpus` alone means no FAQ, since a FAQ belongs to its corpus. A store or a cluster with a password may be named in the file of
    BOT_STORE_FILE or BOT_OPENSEARCH_FILE, which goes before BOT_STORE and BOT_OPENSEARCH.
    Raises CorpusError where no corpus can be found, and UsageError where that file cannot be read.
    """
    folder = here or Path()
    given = corpus or environment.get("BOT_CORPUS") or None
    if given is None and not (folder / "corpus").is_dir():
        raise CorpusError([Problem(str(folder / "corpus"), 0, 0, "no such folder", mend=_NO_CORPUS)])
    chosen = faq or (NONE if corpus else environment.get("BOT_FAQ")) or (NONE if given else None)
    if chosen is None:
        chosen = str(folder / "faq.yaml") if (folder / "faq.yaml").exists() else NONE
    cache = environment.get("BOT_CACHE")
    kept = None if cache == NONE else Path(cache) if cache else user_cache_path(NAME, appauthor=False)
    index = environment.get("BOT_INDEX")
    return Settings(
        Path(given) if given else folder / "corpus",
        None if chosen == NONE else Path(chosen),
        kept,
        environment.get("BOT_SEMANTIC") == "on",
        store_of(environment),
        environment.get("BOT_ENGINE") or None,
        Path(index) if index else kept / "index" if kept else None,
        in_file(environment, "BOT_OPENSEARCH_FILE") or environment.get("BOT_OPENSEARCH") or None,
    )


def store_of(environment: Mapping[str, str]) -> str:
    """Where the store is: what the file of BOT_STORE_FILE says, else BOT_STORE, else a file in the user's data folder. Raises UsageError."""
    return in_file(environment, "BOT_STORE_FILE") or environment.get("BOT_STORE") or str(user_data_path(NAME, appauthor=False) / "bot.sqlite3")


def in_file(environment: Mapping[str, str], name: str) -> str | None:
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
