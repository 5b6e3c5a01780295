"""Another corpus, another FAQ, no change of code: the same promises."""

from __future__ import annotations

import datetime
import re

import pytest
from conftest import OTHER
from upper import FERRY_LINE, answers, assistant, gold, run

from bot.answer import Status
from bot.evaluate import evaluate
from bot.gold import load_gold

HELPER = assistant("other")


def test_the_gold_questions_find_no_hard_fault() -> None:
    report = evaluate(HELPER, load_gold([OTHER / "gold.jsonl"]))
    assert len(report.rows) == 60
    assert report.hard_faults.hits == 0


def test_eval_says_so_and_exits_with_0() -> None:
    done = run(*FERRY_LINE, "eval", str(OTHER / "gold.jsonl"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"hard faults" in done.stdout
    assert re.search(rb"^ALL +60 ", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("entry", HELPER.faq.entries, ids=lambda entry: entry.id)
def test_every_phrasing_of_an_entry_gets_its_answer(entry: object) -> None:
    """Or, where no article says it, its refusal."""
    (found,) = [e for e in HELPER.faq.entries if e is entry]
    astray = []
    for language, text in found.phrasings:
        answer = HELPER.ask(text, language=language)
        if answer.faq != (None if found.known_unknown else found.id):
            astray.append((text, answer.faq, answer.reason))
    assert astray == []


def test_the_newest_comes_first_and_earlier_states_are_marked() -> None:
    quotes = HELPER.ask("Are the ferries running again?").quotes
    assert [q.span.asserted for q in quotes] == [datetime.date(2023, 3, 21), datetime.date(2023, 3, 9), datetime.date(2023, 3, 3)]
    assert [str(q.role) for q in quotes] == ["answer", "earlier", "earlier"]


def test_both_counts_of_the_passengers_are_shown_as_a_dispute() -> None:
    answer = HELPER.ask("How many passengers were aboard the Grey Heron?")
    assert ["240" in answer.quotes[0].span.text, "310" in answer.quotes[1].span.text, answer.disputes] == [True, True, (((1,), (2,)),)]


def test_the_statement_of_the_line_is_one_voice_in_two_outlets() -> None:
    quotes = HELPER.ask("Why did the ferries stop?").quotes
    (statement,) = [q for q in quotes if q.origin]
    assert (statement.origin, [s.article.id for s in statement.relayed_by]) == ("marsk-precaution-statement", ["pellandry-ledger"])


def test_a_claim_about_the_batch_carries_its_hedge() -> None:
    text = " ".join(q.span.text for q in HELPER.ask("Was the bearing a faulty batch from Dunmarrow?").quotes)
    assert text.index("may come from a single faulty batch") < text.index("That claim could not be verified.")


def test_a_town_that_no_source_mentions_is_named() -> None:
    assert HELPER.ask("Does the free bus stop in Morvund?").absent == ("Morvund",)


@pytest.mark.parametrize("record", [r for r in gold("other") if r["category"] == "unanswerable_far"], ids=lambda r: r["id"])
def test_a_question_about_something_else_gets_no_answer(record: dict[str, str]) -> None:
    assert HELPER.ask(record["question"]).status is not Status.ANSWERED


@pytest.mark.parametrize("record", [r for r in gold("other") if r.get("absent")], ids=lambda r: r["id"])
def test_what_no_source_mentions_is_told(record: dict[str, list[str]]) -> None:
    """A name of several words by one of them at least."""
    absent = HELPER.ask(str(record["question"])).absent
    assert all(any(name in wanted for name in absent) for wanted in record["absent"])


def test_spanish_questions_are_framed_in_spanish_and_answered_with_the_same_quotes() -> None:
    english, spanish = HELPER.ask("Is there a ferry to Iskholm?"), HELPER.ask("¿Hay ferri a Iskholm?")
    assert spanish.language == "es"
    assert spanish.quotes == english.quotes


def test_no_answer_of_this_corpus_speaks_of_the_other() -> None:
    for answer in answers("other"):
        assert {q.span.article.id for q in (*answer.quotes, *answer.nearest)} <= set(HELPER.corpus.articles)
