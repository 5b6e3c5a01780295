"""Messages: how they count."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, write_corpus
from upper import run

from bot.errors import number_of

SOURCES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "bot").glob("*.py")}


@pytest.mark.parametrize("said", ["1 error", "0 errors", "2 errors", "1 FAQ entry", "0 FAQ entries", "3 days", "2 copies"])
def test_a_noun_is_plural_for_every_number_but_one(said: str) -> None:
    count, _, noun = said.partition(" ")
    single = {"errors": "error", "FAQ entries": "FAQ entry", "days": "day", "copies": "copy"}.get(noun, noun)
    assert number_of(int(count), single) == said


def counts_of_its_own() -> Iterator[str]:
    """Where a message puts a number that it was not written with before the plural of a noun that is counted with `number_of` elsewhere."""
    calls = [node for tree in SOURCES.values() for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "number_of"]
    plurals = {number_of(2, str(node.args[1].value))[2:].split()[-1] for node in calls if isinstance(node.args[1], ast.Constant)}
    assert {"articles", "entries", "quotes"} <= plurals
    for name, tree in SOURCES.items():
        for message in (node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)):
            for value, text in zip(message.values, message.values[1:], strict=False):
                constant = isinstance(value, ast.FormattedValue) and isinstance(value.value, ast.Name) and value.value.id.isupper()
                if isinstance(value, ast.FormattedValue) and not constant and isinstance(text, ast.Constant):
                    found = re.match(r" (?:[a-z]+ )?([a-z]+)\b", str(text.value))
                    if found and found[1] in plurals:
                        yield f"bot/{name}.py:{message.lineno}: {found[0]}"


def test_messages_count_in_one_way_alone() -> None:
    assert list(counts_of_its_own()) == []


def test_what_there_is_one_of_is_told_in_the_singular(tmp_path: Path) -> None:
    """As check, sources and show count an article of one sentence, which one entry quotes."""
    write_corpus(tmp_path / "corpus", mill="The mill grinds rye.")
    entry = '- id: rye\n  question: What is milled?\n  evidence:\n    - {article: mill, quote: "The mill grinds rye.", role: answer}\n  review_by: 2020-01-01\n'
    (tmp_path / "faq.yaml").write_text(entry, encoding="utf-8")
    assert run("check", cwd=tmp_path).stderr == b"0 errors, 1 warning (1 article, 1 sentence, 1 FAQ entry)\n"
    sources = run("sources", cwd=tmp_path).stdout
    assert b"(1 article, sha256 " in sources
    assert b"(1 entry, sha256 " in sources
    assert b"1 sentence, 20 characters, sha256" in run("show", "mill", cwd=tmp_path).stdout
