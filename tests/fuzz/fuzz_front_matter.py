"""The front matter: any bytes as an article are taken with the text that stands below it, or told as problems."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bot"]):
    from bot import citations, render
    from bot.corpus import load_corpus
    from bot.errors import BrokenFiles

FOLDER = Path(tempfile.mkdtemp())


def one(data: bytes) -> None:
    """Read `data` as an article, first as it is, then below a sound beginning; say what its sentences are cited as."""
    for whole in (data, b"---\ntitle: t\npublisher: p\npublished: 2024-01-02\n" + data):
        try:
            corpus, _ = load_corpus(FOLDER, {"a.md": whole})
        except BrokenFiles as error:
            told(error)
            continue
        for article in corpus.articles.values():
            assert article.text.encode() == whole.partition(b"\n---\n")[2]
            for span in (*article.sentences, *article.passages):
                assert not article.is_furniture(span.start, span.end)
                assert span.text
                link = citations.link(span)
                assert link is None or link.isprintable(), link
                assert "\n" not in render.outlet(span, "en")


def told(error: BrokenFiles) -> None:
    """Something is wrong, and can be said."""
    assert error.problems
    assert str(error)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
