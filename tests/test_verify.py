"""Answer objects proved against the corpus."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from upper import answers, assistant

from bot.answer import receipt
from bot.verify import verify

CORPUS = assistant("other").corpus
RECORD: dict[str, Any] = json.loads(json.dumps(assistant("other").ask("Why did the ferries stop?").as_json))
"""Two quotes, the second relayed by another outlet."""


def sealed(record: dict[str, Any]) -> dict[str, Any]:
    """The record with the receipt that belongs to it, as a forger would make it."""
    return {**record, "receipt": receipt(record)}


@pytest.mark.parametrize("name", ["other", "real"])
def test_every_answer_is_exact_after_being_written_and_read(name: str) -> None:
    assert [verify(json.loads(json.dumps(answer.as_json)), assistant(name).corpus) for answer in answers(name)] == [[]] * len(answers(name))


def changed(change: Callable[[dict[str, Any]], object]) -> list[str]:
    """The faults of the record after a change, the receipt made anew."""
    record = copy.deepcopy(RECORD)
    change(record)
    return verify(sealed(record), CORPUS)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda r: r["quotes"][0].update(text=r["quotes"][0]["text"] + " "), "quotes[0]: differs from ostrellin-courier["),
        (lambda r: r["quotes"][0].update(text=r["quotes"][0]["text"].replace("a", "o", 1)), "quotes[0]: differs from ostrellin-courier["),
        (lambda r: r["quotes"][0].update(start=r["quotes"][0]["start"] + 1), "quotes[0]: differs from ostrellin-courier["),
        (lambda r: r["quotes"][0].update(end=10**9), "quotes[0]: no such place"),
        (lambda r: r["quotes"][0].update(start=-1), "quotes[0]: no such place"),
        (lambda r: r["quotes"][0].update(start="0"), "quotes[0]: no such place"),
        (lambda r: r["quotes"][0].update(article="another"), "quotes[0]: no article 'another' in the corpus"),
        (lambda r: r["quotes"][0].update(article=["x"]), "quotes[0]: no article ['x'] in the corpus"),
        (lambda r: r["quotes"][0]["citation"].update(sha256="0" * 64), "quotes[0]: was made from another version of ostrellin-courier"),
        (lambda r: r["quotes"][0]["citation"].update(prefix="x"), "quotes[0]: citation.prefix: "),
        (lambda r: r["quotes"][0].pop("citation"), "quotes[0]: has no citation"),
        (lambda r: r["quotes"][1]["relayed_by"][0].update(text="x"), "quotes[1].relayed_by[0]: differs from pellandry-ledger["),
        (lambda r: r["quotes"].append("a quote"), "quotes[2]: not a quote"),
        (lambda r: r["nearest"].append({**r["quotes"][0], "text": "x"}), "nearest[0]: differs from ostrellin-courier["),
    ],
)
def test_a_changed_span_is_told_even_with_a_receipt_made_anew(change: Callable[[dict[str, Any]], object], reason: str) -> None:
    faults = changed(change)
    assert faults[0].startswith(reason)
    assert {fault.split(":")[0] for fault in faults} == {reason.split(":")[0]}


@pytest.mark.parametrize(
    ("field", "value"), [("publisher", "The Daily Other"), ("published", "1999-01-01"), ("url", "https://example.org/other"), ("title", "x")]
)
def test_a_citation_that_is_not_the_articles_is_told_even_with_a_receipt_made_anew(field: str, value: str) -> None:
    """A quote put into another outlet's mouth is no exact quote."""
    assert changed(lambda r: r["quotes"][0]["citation"].update({field: value}))


def test_a_date_that_is_not_the_articles_is_told_even_with_a_receipt_made_anew() -> None:
    assert changed(lambda r: r["quotes"][0].update(asserted="1999-01-01"))


def test_page_furniture_is_told() -> None:
    article = CORPUS.articles["ostrellin-courier"]
    start, end = article.furniture[0]
    assert changed(lambda r: r["quotes"][0].update(start=start, end=end, text=article.text[start:end]))[0] == "quotes[0]: overlaps page furniture"


@pytest.mark.parametrize(
    "change", [{"receipt": "0" * 16}, {"question": "another"}, {"status": "nearest"}, {"confidence": 1}, {"receipt": None}, {"quotes": []}]
)
def test_any_other_change_shows_in_the_receipt(change: dict[str, Any]) -> None:
    assert verify({**RECORD, **change}, CORPUS) == ["receipt: not that of this answer: it was changed after it was made"]


def test_an_answer_from_another_corpus_is_not_exact() -> None:
    faults = verify(RECORD, assistant("real").corpus)
    assert [fault.split(":")[0] for fault in faults] == ["quotes[0]", "quotes[1]", "quotes[1].relayed_by[0]"]
    assert all("in the corpus" in fault for fault in faults)


@pytest.mark.parametrize("record", [{}, {"schema": "answer/2"}, {"schema": None}, {"question": "x"}])
def test_what_is_no_answer_object_is_told(record: dict[str, Any]) -> None:
    (fault,) = verify(record, CORPUS)
    assert fault.startswith("not an answer object")


def test_a_record_with_a_lone_surrogate_is_told_and_does_not_raise() -> None:
    """JSON may hold one as an escape: "\\ud800"."""
    assert verify(json.loads(json.dumps({**RECORD, "question": "\ud800"})), CORPUS)


values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=5)


@given(st.sampled_from(["quotes", "nearest", "corpus", "receipt", "made_with", "question"]), values)
@settings(max_examples=100)
def test_no_value_makes_it_raise_or_pass(field: str, value: object) -> None:
    assert verify({**RECORD, field: value}, CORPUS) or value == RECORD[field]


@given(st.sampled_from(["article", "start", "end", "text", "citation", "relayed_by"]), values)
@settings(max_examples=100)
def test_no_value_of_a_quote_makes_it_raise_or_pass(field: str, value: object) -> None:
    record = copy.deepcopy(RECORD)
    record["quotes"][0][field] = value
    assert verify(record, CORPUS) or value == RECORD["quotes"][0][field]
