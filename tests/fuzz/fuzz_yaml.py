"""The YAML loaders: any bytes as faq.yaml, relations.yaml and words.yaml are taken, or told as problems; any text is written so that it is read again."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bot"]):
    from bot.corpus import Article, Corpus
    from bot.errors import BrokenFiles
    from bot.faq import parse_faq
    from bot.lexicon import check_lexicon
    from bot.relations import load_relations
    from bot.yaml_nodes import parse, quoted, scalar

FOLDER = Path(tempfile.mkdtemp())
CORPUS = Corpus({"a": Article("a", "The ferry sails. It sails no more.\n\nNobody knows why.", "0" * 64, Path("a.md"))}, "0" * 64, FOLDER)


def one(data: bytes) -> None:
    """Read `data` as each of the files."""
    (FOLDER / "words.yaml").write_bytes(data)
    for read in (lambda: parse_faq(Path("faq.yaml"), data, CORPUS), lambda: load_relations(CORPUS, data), lambda: check_lexicon(CORPUS)):
        try:
            read()
        except BrokenFiles as error:
            told(error)
    text = data[:200].decode("utf-8", "replace")
    for written in (scalar(text), quoted(text)):
        root, problems = parse(f"- {written}\n", "")
        assert root is not None, (text, written)
        assert not problems, (text, written, problems)
        assert isinstance(root.value, list)
        assert [node.value for node in root.value] == [text], (text, written)


def told(error: BrokenFiles) -> None:
    """Something is wrong, and can be said."""
    assert error.problems
    assert str(error)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
