"""What the tests share: the fictional corpus, and a builder of small corpora from plain arguments."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from hypothesis import settings

from bot.corpus import Article, Corpus, load_corpus

ROOT = Path(__file__).parents[1]
DATA = Path(__file__).parent / "data"
OTHER = DATA / "other_topic"
ABSENT = object()
"""As the value of a field: the field is left out of the front matter."""

# The same examples on every run, so that a test fails because of a change alone; `pytest --hypothesis-profile=explore` looks further.
settings.register_profile("same", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("same")


def sha256(text: str) -> str:
    """The hash that a front matter carries."""
    return hashlib.sha256(text.encode()).hexdigest()


def make_article(text: str, name: str = "a", **fields: object) -> Article:
    """An article in memory, without a file."""
    return Article(name, text, sha256(text), Path(f"{name}.md"), **fields)  # type: ignore[arg-type]


def write_article(folder: Path, name: str, text: str, **fields: object) -> Path:
    """Write `text` as the article `name`; `fields` replace or add to a sound front matter of six lines, in this order."""
    head = {
        "title": f"Title of {name}",
        "publisher": f"The {name}",
        "published": "2024-01-02",
        "url": f"https://example.org/{name}",
        "sha256": sha256(text),
    } | fields
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in head.items() if value is not ABSENT]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.md"
    path.write_bytes("\n".join(["---", *lines, "---", text]).encode())
    return path


def write_corpus(folder: Path, **articles: str) -> Corpus:
    """The corpus of a folder with these texts, by article id."""
    for name, text in articles.items():
        write_article(folder, name, text)
    return load_corpus(folder)[0]


def shared_folder() -> Path | None:
    """The folder that the project was made from (BOT_SHARED, or beside the repository); None where it is not at hand."""
    folder = Path(os.environ.get("BOT_SHARED", ROOT / ".." / "shared"))
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def other() -> Path:
    """The folder of the fictional corpus, its FAQ and its gold questions."""
    return OTHER


@pytest.fixture(scope="session")
def other_corpus() -> Corpus:
    return load_corpus(OTHER / "corpus")[0]


@pytest.fixture(scope="session")
def real_corpus() -> Corpus:
    """The five articles of this project."""
    return load_corpus(ROOT / "corpus")[0]


@pytest.fixture
def small_corpus(tmp_path: Path) -> Corpus:
    """Five short articles on one fictional matter; `mill` has page furniture."""
    folder = tmp_path / "corpus"
    write_article(folder, "bakery", "The bakery sells rye bread. It opens at six.")
    write_article(folder, "bridge", "The bridge is closed. But the ferry runs.\n\nThe bridge is closed on Sundays too.")
    write_article(folder, "harbour", "Nobody swims in the harbour. The water is cold.")
    write_article(folder, "market", "The market has moved to the square. Bread is sold there.")
    write_article(folder, "mill", "Buy our flour!\n\nThe mill grinds rye. Its wheel turns slowly.", not_quotable=["Buy our flour!"])
    return load_corpus(folder)[0]


def pytest_configure() -> None:
    """Before its processes are started, the folder that they share."""
    from upper import SHARED_CACHE, cache_folder

    os.environ[SHARED_CACHE] = str(cache_folder())
