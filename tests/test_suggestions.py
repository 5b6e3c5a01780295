"""`bot check --suggest`: candidates as YAML that relations.yaml takes."""

from __future__ import annotations

import datetime
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import OTHER, make_article, write_article
from hypothesis import given
from hypothesis import strategies as st
from upper import run

from bot import config
from bot.candidates import Kind
from bot.corpus import Corpus, Span, load_corpus
from bot.relations import load_relations
from bot.suggestions import reference, suggestions


def in_memory(*texts: str) -> Corpus:
    """A corpus of these texts, a day apart."""
    articles = {f"a{i}": make_article(text, f"a{i}", published=datetime.date(2024, 1, 1) + datetime.timedelta(days=i)) for i, text in enumerate(texts)}
    return Corpus(articles, "0", Path())


def copied(folder: Path, name: str) -> Path:
    """The articles of a fictional corpus, without what their reviewer knows."""
    folder.mkdir()
    for path in (OTHER.parent / name / "corpus").glob("*.md"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize("name", ["other_topic", "third_topic"])
def test_what_is_suggested_can_be_pasted_and_is_not_suggested_again(tmp_path: Path, name: str) -> None:
    """Each item below its key is a sound relations.yaml that holds the pair; with all of them pasted none is left."""
    folder = copied(tmp_path / "corpus", name)
    found = suggestions(config.Settings(folder, None, None))
    assert found
    sections = [f"{kind}:\n" + "\n".join(s.item for s in found if s.kind is kind) + "\n" for kind in Kind if any(s.kind is kind for s in found)]
    (folder / "relations.yaml").write_text("".join(sections), encoding="utf-8")
    table, problems = load_relations(load_corpus(folder)[0])
    assert problems == []
    assert len(table.qualifies) + len(table.supersedes) + len(table.disputes) + len(table.origins) == len(found)
    assert {s.item for s in suggestions(config.Settings(folder, None, None))} & {s.item for s in found} == set()


def test_a_pair_below_unrelated_is_not_suggested_again(tmp_path: Path) -> None:
    write_article(tmp_path, "a", "The harbour bridge is closed to lorries.", published="2024-01-01")
    write_article(tmp_path, "b", "The harbour bridge is now open to lorries again.", published="2024-02-01")
    settings = config.Settings(tmp_path, None, None)
    (suggestion,) = suggestions(settings)
    assert suggestion.kind is Kind.SUPERSEDES
    refs = '[{article: a, quote: "The harbour bridge is closed to lorries."}, {article: b, quote: "The harbour bridge is now open to lorries again."}]'
    (tmp_path / "relations.yaml").write_text(f"unrelated:\n  - {refs}\n", encoding="utf-8")
    assert suggestions(settings) == []


def test_the_command_prints_numbered_items_and_says_what_to_do(tmp_path: Path) -> None:
    """YAML and comments alone on standard output, the rest on standard error; exit 0, and 3 where the corpus is broken."""
    folder = copied(tmp_path / "corpus", "third_topic")
    done = run("--corpus", str(folder), "check", "--suggest")
    lines = done.stdout.decode().splitlines()
    assert done.returncode == 0
    assert lines[0].startswith("  # 1. ")
    assert [line for line in lines if line and not line.startswith("  ")] == []
    assert b"suggestions; paste what is right into" in done.stderr
    assert run("--corpus", str(tmp_path / "nowhere"), "check", "--suggest").returncode == 3


def test_a_sentence_that_stands_twice_is_quoted_with_its_neighbour() -> None:
    article = make_article("It is closed. Nobody knows why. It is closed. The ferry runs.")
    second = article.sentences[2]
    wider = reference(second)
    assert wider is not None
    assert (wider.text, article.text.count(wider.text)) == ("It is closed. The ferry runs.", 1)
    assert reference(article.sentences[1]) == article.sentences[1]
    assert reference(replace(second, article=make_article("It is closed.\n\nIt is closed."), start=0, end=13)) is not None


@given(st.lists(st.sampled_from(["It is closed.", "Nobody knows.", "The ferry runs."]), min_size=1, max_size=6), st.data())
def test_a_reference_holds_its_sentence_and_is_found_once(parts: list[str], data: st.DataObject) -> None:
    """Or there is none, where no run of sentences is found once."""
    article = make_article(" ".join(parts))
    span = data.draw(st.sampled_from(article.sentences))
    found = reference(span)
    assert found is None or (found.holds(span) and article.text.count(found.text) == 1)
    if parts.count(span.text) == 1:
        assert found == Span(article, span.start, span.end)
