"""What the tests of the upper layers share: both assistants, answers to every gold question, ad-hoc corpora, the program as a process."""

from __future__ import annotations

import atexit
import fcntl
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jsonschema
from conftest import DATA, OTHER, ROOT, write_corpus

from bot import config
from bot.answer import Answer
from bot.assistant import Assistant
from bot.candidates import apply, find_safe
from bot.compose import Composer
from bot.corpus import Corpus, Span, load_corpus
from bot.relations import load_relations

GOLD = {
    "other": (OTHER / "gold.jsonl",),
    "real": tuple(sorted((ROOT / "tests" / "gold").glob("*.jsonl"))),
}
"""Files of gold questions, by the name of the corpus that they belong to."""
SCHEMA: dict[str, Any] = json.loads((DATA / "answer.schema.json").read_text(encoding="utf-8"))
_VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
FERRY_LINE = ("--corpus", str(OTHER / "corpus"), "--faq", str(OTHER / "faq.yaml"))
"""The options that name the fictional corpus."""


SHARED_CACHE = "CACHE_OF_THE_TESTS"
"""The variable that names it to the processes of a run."""


@functools.cache
def cache_folder() -> Path:
    """One folder for all that is dear to compute, for this run of the tests: its processes share that of the one that began it."""
    if SHARED_CACHE in os.environ:
        return Path(os.environ[SHARED_CACHE])
    folder = Path(tempfile.mkdtemp(prefix="bot-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def assistant(name: str) -> Assistant:
    """The assistant of the fictional corpus (`other`) or of the project's own (`real`)."""
    folder = OTHER if name == "other" else ROOT
    made = Assistant.load(config.Settings(folder / "corpus", folder / "faq.yaml", cache_folder()))
    if name == "real":
        with (cache_folder() / "learning.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # one process learns the phrasings that ship, the others wait for what it keeps
            made.matcher.prepare()
    return made


def gold(name: str) -> list[dict[str, Any]]:
    """The gold records of a corpus."""
    return [json.loads(line) for path in GOLD[name] for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


@functools.cache
def answers(name: str) -> tuple[Answer, ...]:
    """The answers to all gold questions of a corpus."""
    return tuple(assistant(name).ask(record["question"]) for record in gold(name))


def schema_faults(record: Mapping[str, Any]) -> list[str]:
    """What the answer schema has against a record."""
    return [f"{error.json_path}: {error.message}" for error in _VALIDATOR.iter_errors(record)]


def shown(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything of an answer object that has the form of a span: quotes, nearest, and who relays them."""
    quotes = [*record["quotes"], *record["nearest"]]
    return [*quotes, *(relay for quote in quotes for relay in quote["relayed_by"])]


def span(corpus: Corpus, article: str, quote: str) -> Span:
    """The place of a quote, which must be there once."""
    text = corpus.articles[article].text
    assert text.count(quote) == 1, quote
    start = text.index(quote)
    return Span(corpus.articles[article], start, start + len(quote))


def composer(folder: Path, relations: str = "") -> tuple[Composer, Corpus]:
    """A composer over the articles in `folder`, with what a reviewer knows in `relations` (YAML)."""
    if relations:
        (folder / "relations.yaml").write_text(relations, encoding="utf-8")
    corpus, _ = load_corpus(folder)
    table, _ = load_relations(corpus)
    return Composer(apply(find_safe(corpus, table), table)), corpus


def small(folder: Path, faq: str, **articles: str) -> Assistant:
    """An assistant over an ad-hoc corpus and FAQ (YAML); nothing is cached."""
    if articles:
        write_corpus(folder / "corpus", **articles)
    (folder / "faq.yaml").write_text(faq, encoding="utf-8")
    return Assistant.load(config.Settings(folder / "corpus", folder / "faq.yaml", None))


def environment(**more: str) -> dict[str, str]:
    """The environment of a process of the program: nothing of the tester's own settings, one cache for all."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("BOT_", "DISCORD_", "PYTHON", "LC_")) and key != "NO_COLOR"}
    return {**kept, "BOT_CACHE": str(cache_folder()), "PYTHONPATH": str(ROOT), **more}


def run(*arguments: str, stdin: bytes = b"", cwd: Path = ROOT, python: Sequence[str] = (), **more: str) -> subprocess.CompletedProcess[bytes]:
    """`python -m bot` with these arguments; `more` is set in its environment. The phrasings that ship are learnt before, not within the timeout."""
    if cwd == ROOT and "--faq" not in arguments and "BOT_CACHE" not in more:
        assistant("real")
    return subprocess.run(
        [sys.executable, *python, "-m", "bot", *arguments], input=stdin, capture_output=True, cwd=cwd, env=environment(**more), timeout=120, check=False
    )


def ferry(*arguments: str, stdin: bytes = b"", **more: str) -> subprocess.CompletedProcess[bytes]:
    """As `run`, with the fictional corpus."""
    return run(*FERRY_LINE, *arguments, stdin=stdin, cwd=ROOT, python=(), **more)


def objects(output: bytes) -> Iterator[dict[str, Any]]:
    """The JSON objects of an output, one a line."""
    assert output == b"" or output.endswith(b"\n")
    for line in output.decode("utf-8").split("\n")[:-1]:
        record = json.loads(line)
        assert isinstance(record, dict)
        yield record
