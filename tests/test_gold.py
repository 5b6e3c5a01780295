"""Gold questions as files have them."""

from __future__ import annotations

from pathlib import Path

import pytest
from upper import assistant, gold

from bot.errors import UsageError
from bot.gold import load_gold, parse

CORPUS = assistant("other").corpus


@pytest.mark.parametrize("line", ["{", "[]", '{"question": 3, "answerable": true}', '{"question": "?"}', '{"question": "?", "answerable": "maybe"}', "null"])
def test_a_broken_gold_line_is_told_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"question": "?", "answerable": false}\n\n' + line + "\n")
    with pytest.raises(UsageError, match=r"gold\.jsonl:3: not a gold question"):
        load_gold([path])


def test_a_gold_quote_that_no_article_has_is_told_with_its_place() -> None:
    record = {"question": "?", "answerable": True, "gold": [{"doc": "ostrellin-courier", "quote": "Everybody was hurt."}]}
    with pytest.raises(UsageError, match=r"gold\.jsonl:7: not in the corpus: ostrellin-courier: 'Everybody was hurt\.'"):
        parse("gold.jsonl:7", record, CORPUS)


def test_an_id_that_two_lines_have_is_told_with_both_places(tmp_path: Path) -> None:
    """Points are compared between runs by id."""
    path = tmp_path / "gold.jsonl"
    path.write_text('{"id": "a", "question": "?", "answerable": false}\n' * 2)
    with pytest.raises(UsageError, match=r"gold\.jsonl:2: the id 'a' is at .*gold\.jsonl:1 too"):
        load_gold([path])


def test_a_question_without_an_id_is_known_by_its_place(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('\n{"question": "?", "answerable": "partial"}\n')
    ((place, record),) = load_gold([path])
    found = parse(place, record, CORPUS)
    assert (found.id, found.answerable, found.category, found.language) == (f"{path}:2", None, "none", "und")


@pytest.mark.parametrize("name", ["other", "real"])
def test_every_gold_question_of_the_repository_is_found_in_its_corpus(name: str) -> None:
    corpus = assistant(name).corpus
    for record in gold(name):
        found = parse("here", record, corpus)
        assert [g.text for g in found.gold] == [quote["quote"] for quote in record.get("gold") or ()]


def test_must_include_is_a_hedge_that_is_due_in_any_case() -> None:
    record = {"question": "?", "answerable": True, "must_include": [{"doc": "ostrellin-courier", "quote": "Nobody was hurt."}]}
    ((claims, hedges),) = parse("here", record, CORPUS).hedges
    assert (claims, [h.text for h in hedges]) == ((), ["Nobody was hurt."])
