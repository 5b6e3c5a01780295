"""Answer objects proved against the corpus, and asked again."""

from __future__ import annotations

import copy
import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import make_article
from hypothesis import given, settings
from hypothesis import strategies as st
from upper import answers, assistant

from bot.answer import receipt
from bot.corpus import Corpus
from bot.verify import Outcome, Verdict, replayed, verify

HELPER = assistant("other")
CORPUS = HELPER.corpus
RECORD: dict[str, Any] = json.loads(json.dumps(HELPER.ask("Why did the ferries stop?").as_json))
"""Two quotes, the second relayed by another outlet."""


def sealed(record: dict[str, Any]) -> dict[str, Any]:
    """The record with the receipt that belongs to it, as a forger would make it."""
    return {**record, "receipt": receipt(record)}


@pytest.mark.parametrize("name", ["other", "real"])
def test_every_answer_is_exact_after_being_written_and_read(name: str) -> None:
    verdicts = [verify(json.loads(json.dumps(answer.as_json)), assistant(name).corpus) for answer in answers(name)]
    assert all(verdict.exact for verdict in verdicts)
    assert [len(verdict.findings) >= len(answer.quotes) for verdict, answer in zip(verdicts, answers(name), strict=True)] == [True] * len(verdicts)


def changed(change: Callable[[dict[str, Any]], object]) -> Verdict:
    """What is said of the record after a change, the receipt made anew."""
    record = copy.deepcopy(RECORD)
    change(record)
    return verify(sealed(record), CORPUS)


TEXT: str = RECORD["quotes"][0]["text"]


@pytest.mark.parametrize(
    ("change", "name", "outcome", "told"),
    [
        (lambda r: r["quotes"][0].update(text=TEXT + " "), "quotes[0]", Outcome.DIFFERS, "recorded  "),
        (lambda r: r["quotes"][0].update(text=TEXT[:30]), "quotes[0]", Outcome.MOVED, "now ostrellin-courier["),
        (lambda r: r["quotes"][0].update(text=TEXT.replace("a", "o", 1)), "quotes[0]", Outcome.DIFFERS, "recorded  "),
        (lambda r: r["quotes"][0].update(start=r["quotes"][0]["start"] + 1), "quotes[0]", Outcome.MOVED, "now ostrellin-courier["),
        (lambda r: r["quotes"][0].update(end=10**9), "quotes[0]", Outcome.MOVED, "now ostrellin-courier["),
        (lambda r: r["quotes"][0].update(start=-1), "quotes[0]", Outcome.MOVED, "now ostrellin-courier["),
        (lambda r: r["quotes"][0].update(start="0"), "quotes[0]", Outcome.MOVED, "now ostrellin-courier["),
        (lambda r: r["quotes"][0].update(text=" "), "quotes[0]", Outcome.NOT_FOUND, "has no text"),
        (lambda r: r["quotes"][0].update(text="\n\n", start=0, end=2), "quotes[0]", Outcome.NOT_FOUND, "has no text"),
        (lambda r: r["quotes"][0].update(article="another"), "quotes[0]", Outcome.NOT_FOUND, "no article 'another' in the corpus"),
        (lambda r: r["quotes"][0].update(article=["x"]), "quotes[0]", Outcome.NOT_FOUND, "no article ['x'] in the corpus"),
        (lambda r: r["quotes"][0].update(article="shore-and-hull"), "quotes[0]", Outcome.NOT_FOUND, "nothing in shore-and-hull is like it"),
        (lambda r: r["quotes"][0].update(text=None), "quotes[0]", Outcome.NOT_FOUND, "has no text"),
        (lambda r: r["quotes"][0].update(text=""), "quotes[0]", Outcome.NOT_FOUND, "has no text"),
        (lambda r: r["quotes"][1]["relayed_by"][0].update(text="x"), "quotes[1].relayed_by[0]", Outcome.MOVED, "now pellandry-ledger["),
        (lambda r: r["nearest"].append({**r["quotes"][0], "text": "Bananas!"}), "nearest[0]", Outcome.NOT_FOUND, "nothing in ostrellin-courier is like it"),
    ],
)
def test_a_changed_quote_is_told_even_with_a_receipt_made_anew(change: Callable[[dict[str, Any]], object], name: str, outcome: Outcome, told: str) -> None:
    verdict = changed(change)
    (found,) = [f for f in verdict.findings if not f.sound]
    assert (found.name, found.outcome) == (name, outcome)
    assert found.details[0].startswith(told)
    assert not verdict.exact
    assert f"  {name}: {outcome}: " in str(verdict)


def test_what_is_in_another_article_is_told_with_its_place() -> None:
    (found,) = [f for f in changed(lambda r: r["quotes"][0].update(article="shore-and-hull")).findings if not f.sound]
    start, end = RECORD["quotes"][0]["start"], RECORD["quotes"][0]["end"]
    assert found.details[1] == f"ostrellin-courier[{start}:{end}] has it"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda r: r["quotes"][0]["citation"].update(sha256="0" * 64), "was made from another version of ostrellin-courier"),
        (lambda r: r["quotes"][0]["citation"].update(prefix="x"), "citation.prefix: 'x', but the corpus says "),
        (lambda r: r["quotes"][0]["citation"].update(publisher="The Daily Other"), "citation.publisher: 'The Daily Other', but the corpus says "),
        (lambda r: r["quotes"][0]["citation"].update(published="1999-01-01"), "citation.published: '1999-01-01', but the corpus says '2023-03-03'"),
        (lambda r: r["quotes"][0]["citation"].update(url="https://example.org/other"), "citation.url: "),
        (lambda r: r["quotes"][0].pop("citation"), "has no citation"),
        (lambda r: r["quotes"][0].update(asserted="1999-01-01"), "asserted: '1999-01-01', but the corpus says '2023-03-03'"),
    ],
)
def test_a_citation_that_is_not_the_articles_is_told_even_with_a_receipt_made_anew(change: Callable[[dict[str, Any]], object], fault: str) -> None:
    """A quote put into another outlet's mouth is no exact quote."""
    verdict = changed(change)
    (found,) = [f for f in verdict.findings if not f.sound]
    assert (found.outcome, len(found.faults)) == (Outcome.EXACT, 1)
    assert found.faults[0].startswith(fault)


def test_page_furniture_is_told() -> None:
    article = CORPUS.articles["ostrellin-courier"]
    start, end = article.furniture[0]
    verdict = changed(lambda r: r["quotes"][0].update(start=start, end=end, text=article.text[start:end]))
    assert verdict.findings[0].faults[0] == "overlaps page furniture"


@pytest.mark.parametrize(
    "change", [{"receipt": "0" * 16}, {"question": "another"}, {"status": "nearest"}, {"confidence": 1}, {"receipt": None}, {"quotes": []}]
)
def test_any_other_change_shows_in_the_receipt(change: dict[str, Any]) -> None:
    record = {**RECORD, **change}
    verdict = verify(record, CORPUS)
    assert verdict.faults == (f"receipt: recorded {record['receipt']!r}, recomputed {receipt(record)!r}: the answer was changed after it was made",)
    assert all(found.sound for found in verdict.findings)


def test_an_answer_from_another_corpus_is_not_exact() -> None:
    verdict = verify(RECORD, assistant("real").corpus)
    assert [f.name for f in verdict.findings if f.outcome is Outcome.NOT_FOUND] == ["quotes[0]", "quotes[1]", "quotes[1].relayed_by[0]"]


@pytest.mark.parametrize("record", [{}, {"schema": "answer/2"}, {"schema": None}, {"question": "x"}])
def test_what_is_no_answer_object_is_told(record: dict[str, Any]) -> None:
    verdict = verify(record, CORPUS)
    assert not verdict.is_answer
    assert verdict.faults[0].startswith("not an answer object")


def test_a_record_with_a_lone_surrogate_is_told_and_does_not_raise() -> None:
    """JSON may hold one as an escape: "\\ud800"."""
    assert not verify(json.loads(json.dumps({**RECORD, "question": "\ud800"})), CORPUS).exact


values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3), max_leaves=5)


@given(st.sampled_from(["quotes", "nearest", "corpus", "receipt", "made_with", "question"]), values)
@settings(max_examples=100)
def test_no_value_makes_it_raise_or_pass(field: str, value: object) -> None:
    verdict = verify({**RECORD, field: value}, CORPUS)
    assert str(verdict)
    assert not verdict.exact or value == RECORD[field]


@given(st.sampled_from(["article", "start", "end", "text", "citation", "relayed_by"]), values)
@settings(max_examples=100)
def test_no_value_of_a_quote_makes_it_raise_or_pass(field: str, value: object) -> None:
    record = copy.deepcopy(RECORD)
    record["quotes"][0][field] = value
    verdict = verify(record, CORPUS)
    assert str(verdict)
    assert not verdict.exact or value == RECORD["quotes"][0][field]


@pytest.mark.parametrize("blank", [" ", "\n\n", "\t"])
def test_an_article_that_begins_with_white_space_is_compared_as_any(blank: str) -> None:
    """What differs from it is told, the citation of its beginning too."""
    article = make_article(f"{blank}The ferry sails to the harbour at noon.", url="https://example.org/a")
    corpus = Corpus({"a": article}, "0" * 64, Path())
    quote = RECORD["quotes"][0] | {"article": "a", "text": "The ferry sails to the harbour at night."}
    verdict = verify(sealed({**RECORD, "quotes": [quote]}), corpus)
    assert verdict.findings[0].outcome is Outcome.DIFFERS


@given(st.text(alphabet=st.characters(), min_size=1, max_size=20), st.sampled_from(["text", "article", "asserted", "start"]))
def test_nothing_of_a_record_reaches_the_terminal_but_characters_that_can_be_seen(value: str, field: str) -> None:
    record = copy.deepcopy(RECORD)
    record["quotes"][0][field] = f"\x1b[31m{value}"
    for told in (str(verify(record, CORPUS)), str(replayed(record, HELPER))):
        assert all(c.isprintable() for line in told.split("\n") for c in line)


# Differences


WORDS = [f"w{n}" for n in range(60)]


def of_one_article(text: str, recorded: str) -> tuple[str, ...]:
    """What is told of a quote that is said to be the whole text of an article."""
    article = make_article(text)
    corpus = Corpus({"a": article}, "0" * 64, article.path)
    record = {**RECORD, "quotes": [{"article": "a", "start": 0, "end": len(text), "text": recorded}], "nearest": []}
    (found,) = verify(record, corpus).findings
    assert found.outcome is Outcome.DIFFERS
    return found.details


@given(st.integers(0, 59), st.sampled_from(["replaced", "left out", "put in"]))
def test_the_first_difference_is_marked_in_words_however_far_in_the_text_it_is(at: int, how: str) -> None:
    """What is marked is what differs, the words before it are those before it in the text, and nothing of it is cut away."""
    other = {"replaced": [*WORDS[:at], "zebra", *WORDS[at + 1 :]], "left out": WORDS[:at] + WORDS[at + 1 :], "put in": [*WORDS[:at], "zebra", *WORDS[at:]]}[how]
    recorded, ours = of_one_article(" ".join(WORDS) + ".", " ".join(other) + ".")[:2]
    assert recorded.startswith("recorded  ")
    assert ours.startswith("article   ")
    marked, own = recorded.partition("«")[2].partition("»")[0], ours.partition("«")[2].partition("»")[0]
    assert ("zebra" in marked) == (how != "left out")
    assert (WORDS[at] in own.split(".")[0].split()) == (how != "put in") or at == 59
    before = recorded.removeprefix("recorded  ").partition("«")[0].removeprefix("… ").split()
    assert before == WORDS[at - len(before) : at]
    assert len(recorded) < 200


def test_a_difference_that_cannot_be_seen_is_told_by_its_characters() -> None:
    details = of_one_article("The bridge is closed on Sundays.", "The bridge\u00a0is closed on Sundays.")
    assert details[-1] == "U+0020 (space) in the article, U+00A0 (no-break space) in the quote"
    details = of_one_article("The bridge is closed on Sundays.", "The bri\u200bdge is closed on Sundays.")
    assert details[-1] == "nothing in the article, U+200B (zero width space) in the quote"


def test_where_a_text_stands_more_than_once_the_nearest_place_is_told() -> None:
    text = "Yes. No. Yes. Perhaps it is so."
    article = make_article(text)
    record = {**RECORD, "quotes": [{"article": "a", "start": 10, "end": 14, "text": "Yes."}], "nearest": []}
    (found,) = verify(record, Corpus({"a": article}, "0" * 64, article.path)).findings
    assert found.details == ("now a[9:13], and 1 more",)


# Asked again


@pytest.mark.parametrize("until", [None, datetime.date(2023, 3, 9)])
def test_every_answer_is_the_same_when_asked_again(until: datetime.date | None) -> None:
    for answer in answers("other"):
        made = HELPER.ask(answer.question, until=until)
        again = replayed(json.loads(json.dumps(made.as_json)), HELPER)
        assert (again.fault, str(again)) == (False, "replay: the same answer")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda r: r.update(confidence=0.123), "confidence: 0.123 then, "),
        (lambda r: r.update(faq=None), "faq: None then, '"),
        (lambda r: r["quotes"].pop(), "quotes: 1 then, 2 now"),
        (lambda r: r["quotes"][0].update(role="caveat"), "quotes[0].role: 'caveat' then, 'answer' now"),
        (lambda r: r["quotes"][0].pop("role"), "quotes[0].role: not recorded"),
        (lambda r: r.update(more=1), "more: recorded, but no answer has it"),
    ],
)
def test_each_difference_is_told_by_its_place_and_is_a_fault_where_all_else_is_the_same(change: Callable[[dict[str, Any]], object], told: str) -> None:
    record = copy.deepcopy(RECORD)
    change(record)
    again = replayed(record, HELPER)
    assert again.fault
    assert [line.startswith(told) for line in again.differences] == [True]
    assert "a fault" in str(again)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda r: r["corpus"].update(sha256="0" * 64), "corpus.sha256: '000"),
        (lambda r: r["made_with"].update(faq_sha256=None), "made_with.faq_sha256: None then"),
        (lambda r: r["made_with"].update(version="0.0.1"), "made_with.version: '0.0.1' then"),
        (lambda r: r["made_with"].update(engine="other"), "made_with.engine: 'other' then, 'rank-bm25' now"),
        (lambda r: r["made_with"].update(semantic="x"), "made_with.semantic: 'x' then, None now"),
    ],
)
def test_what_the_answer_was_made_with_explains_a_difference(change: Callable[[dict[str, Any]], object], told: str) -> None:
    record = copy.deepcopy(RECORD)
    change(record)
    assert replayed(record, HELPER).made_with[0].startswith(told)
    assert not replayed(record, HELPER).fault
    record["confidence"] = 0.123
    again = replayed(record, HELPER)
    assert (again.fault, len(again.differences)) == (False, 1)
    assert "explained by" in str(again)


@given(st.sampled_from(["question", "language", "made_with", "quotes", "corpus", "follow_ups"]), values)
@settings(max_examples=50)
def test_no_record_makes_a_replay_raise_or_pass_unseen(field: str, value: object) -> None:
    again = replayed({**RECORD, field: value}, HELPER)
    assert str(again) != "replay: the same answer" or value == RECORD[field]
