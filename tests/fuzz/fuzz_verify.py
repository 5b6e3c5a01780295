"""The quote verifier: any bytes are objects or a usage error, any object gets a verdict that a terminal can show, and none but the corpus' own is exact."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bot"]):
    from bot.answer import Answer, Quote, Sources, Status, receipt
    from bot.corpus import Article, Corpus, Span
    from bot.errors import UsageError
    from bot.faq import Role
    from bot.streams import objects
    from bot.verify import verify

TEXT = "The ferry sails. It sails no more.\n\nNobody knows why the ferry sails."
ARTICLE = Article("a", TEXT, "0" * 64, Path("a.md"), "t", "p", url="https://example.org/a")
CORPUS = Corpus({"a": ARTICLE}, "0" * 64, Path())
SOUND = Answer("q", "en", Status.ANSWERED, Sources("0" * 64, 1, "1", None, "e"), quotes=(Quote(1, Span(ARTICLE, 0, 16), Role.ANSWER),)).as_json
FILE = Path(tempfile.mkdtemp()) / "answers"
PATHS = (
    ("quotes", 0, "start"),
    ("quotes", 0, "end"),
    ("quotes", 0, "text"),
    ("quotes", 0, "article"),
    ("quotes", 0),
    ("quotes",),
    ("nearest",),
    ("quotes", 0, "relayed_by"),
    ("quotes", 0, "citation"),
    ("quotes", 0, "asserted"),
    ("question",),
    ("schema",),
)


def one(data: bytes) -> None:
    """Take `data` as a file of answers, and as a value put into a sound one whose receipt is made anew."""
    FILE.write_bytes(data)
    with contextlib.suppress(UsageError):
        for _, record in objects(str(FILE)):
            told(record)
    if data[1:]:
        with contextlib.suppress(ValueError, RecursionError):
            value = json.loads(data[1:])
            record = json.loads(json.dumps(SOUND))
            inner, path = record, PATHS[data[0] % len(PATHS)]
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = value
            told({**record, "receipt": receipt(record)})


def told(record: dict[str, object]) -> None:
    """A verdict never raises, is printable, and is exact only where the quotes are the article's."""
    verdict = verify(record, CORPUS)
    assert all(line.isprintable() for line in str(verdict).split("\n"))
    if verdict.exact:
        for quote in (*record["quotes"], *record["nearest"]):  # type: ignore[misc]
            assert quote["text"] == TEXT[quote["start"] : quote["end"]]
            assert quote["text"]


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
