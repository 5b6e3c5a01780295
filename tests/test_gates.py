"""When the bot answers, and why it does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upper import answers, assistant

from bot.answer import Reason, Status
from bot.faq import Entry
from bot.gates import ALONE, ALONE_SEMANTIC, ANSWERS, BESIDE, CERTAINLY_UNKNOWN, LEXICAL, SEMANTIC, SUGGESTS, Decision, Knowledge, decide, measure, settled
from bot.matching import Match
from bot.question import Question
from bot.selection import Selected

KNOWN = Knowledge(("ferry", "island"), ("ferry", "island"), ("ferri", "island"), 1.0)
LITTLE_KNOWN = Knowledge(("ferry", "quasar"), (), ("ferri",), 0.0)
"""Of a question that no entry holds."""
ASKED = Question("is there a ferry to the island", "en", "is there a ferry to the island", ("ferri", "island"))


def entry(name: str) -> Entry:
    return assistant("other").faq.by_id[name]


def match(name: str, score: float, similarity: float = 0.0) -> Match:
    return Match(entry(name), score, similarity, "a phrasing")


def sentence(strength: float = 0.5) -> Selected:
    """One that holds all words of the question, as far as its strength goes."""
    return Selected(assistant("other").corpus.sentences[0], 1.0, strength, (), nearby=2, words=strength, ahead=strength)


def decision(*matches: Match, asked: Question = ASKED, knowledge: Knowledge = KNOWN, selected: tuple[Selected, ...] = ()) -> Decision:
    return decide(asked, list(matches), list(selected), knowledge)


def test_a_strong_match_answers_with_its_entry() -> None:
    made = decision(match("iskholm-ferry", 1.0, 1.0), match("refund", 0.1), selected=(sentence(),))
    assert (made.reason, made.entry) == (None, entry("iskholm-ferry"))
    assert made.confidence >= ANSWERS


def test_a_question_without_a_content_word_is_unclear() -> None:
    made = decision(match("iskholm-ferry", 0.1, 0.1), knowledge=Knowledge((), (), (), 0.0))
    assert (made.reason, made.entry, made.spans) == (Reason.UNCLEAR, None, ())


def test_a_phrasing_without_a_content_word_is_still_a_phrasing() -> None:
    made = decision(match("iskholm-ferry", 1.0, 0.99), knowledge=Knowledge((), (), ("x",), 1.0), selected=(sentence(),))
    assert made.reason is None


def test_a_question_whose_words_are_beside_the_topic_is_answered_by_no_entry_however_like_one() -> None:
    """Unless it is one of the entry's phrasings, word for word; the entry's evidence is not shown as near either."""
    beside = replace(KNOWN, topic=BESIDE - 0.01)
    made = decision(match("iskholm-ferry", 1.0, 0.9), knowledge=beside)
    assert (made.reason, made.entry, made.spans) == (Reason.NOT_STATED, None, ())
    assert decision(match("iskholm-ferry", 1.0, 0.9), knowledge=replace(KNOWN, topic=BESIDE)).entry == entry("iskholm-ferry")
    assert decision(match("iskholm-ferry", 1.0, 1.0), asked=replace(ASKED, phrasing_of=entry("iskholm-ferry")), knowledge=beside).entry == entry(
        "iskholm-ferry"
    )


def test_a_sentence_may_answer_a_question_whose_words_are_beside_the_topic_of_the_faq() -> None:
    """A FAQ may be about less than the articles."""
    made = decision(match("iskholm-ferry", 0.1), knowledge=replace(KNOWN, topic=BESIDE - 0.01), selected=(sentence(1.0),))
    assert (made.reason, made.entry, made.spans) == (None, None, (sentence().span,))


def test_a_question_of_which_no_word_is_known_is_off_topic() -> None:
    made = decision(match("iskholm-ferry", 0.05), knowledge=Knowledge(("quasar",), (), (), 0.0))
    assert (made.reason, made.spans) == (Reason.OFF_TOPIC, ())
    assert made.confidence < ANSWERS


def test_a_place_that_no_source_mentions_comes_before_any_match() -> None:
    """However strong; the nearest passage is the lead of the likeliest entry, and the confidence is no answer's."""
    asked = replace(ASKED, absent=("Atlantis",), foreign=True)
    made = decision(match("iskholm-ferry", 1.0, 1.0), asked=asked)
    assert made.reason is Reason.NOT_MENTIONED
    assert made.confidence < ANSWERS + 1e-9
    assert made.spans == (entry("iskholm-ferry").evidence[0].span,)


def test_a_name_that_no_source_mentions_is_told_even_where_nothing_else_is_known() -> None:
    made = decision(asked=replace(ASKED, absent=("Atlantis",), foreign=True), knowledge=Knowledge(("atlantis",), (), (), 0.0))
    assert made.reason is Reason.NOT_MENTIONED


def test_a_known_unknown_that_matches_best_is_a_refusal_with_its_passages() -> None:
    made = decision(match("fares-going-up", 0.9), match("refund", 0.1), knowledge=LITTLE_KNOWN)
    assert (made.reason, made.entry) == (Reason.NOT_STATED, None)
    assert made.spans == entry("fares-going-up").nearest


def test_what_is_certainly_and_likelier_a_known_unknown_is_refused_however_far_the_best_entry_is_ahead_of_the_others() -> None:
    """`how do I install a custom ROM?` beside an entry on what a custom ROM does."""
    answered = decision(match("fares-going-up", 0.45), match("iskholm-ferry", 0.5), selected=(sentence(),))
    assert answered.entry == entry("iskholm-ferry")
    refused = decision(match("fares-going-up", 0.55), match("iskholm-ferry", 0.5), selected=(sentence(),))
    assert (refused.reason, refused.entry, refused.reviewed) == (Reason.NOT_STATED, None, True)
    assert refused.confidence <= 1 - CERTAINLY_UNKNOWN


def test_what_no_known_unknown_speaks_against_is_no_surer_than_what_one_hardly_does() -> None:
    """So that a FAQ without known unknowns does not answer everything."""
    alone, beside, against = (decision(match("iskholm-ferry", 0.3), *(match("fares-going-up", o) for o in other)) for other in ((), (0.05,), (0.3,)))
    assert alone.entry == beside.entry == entry("iskholm-ferry")
    assert alone.confidence == beside.confidence > against.confidence


def test_a_question_in_a_strange_language_is_answered_by_meaning_alone() -> None:
    matches, knowledge = [match("iskholm-ferry", 0.9)], replace(KNOWN, strange=True)
    assert decide(ASKED, matches, [], knowledge, SEMANTIC).entry == entry("iskholm-ferry")
    assert decide(ASKED, matches, [], knowledge, LEXICAL).reason is Reason.NOT_STATED
    assert not settled(ASKED, matches, knowledge, LEXICAL)


def test_a_weak_match_is_a_refusal_that_offers_entries() -> None:
    made = decision(match("iskholm-ferry", SUGGESTS), match("refund", SUGGESTS - 0.01), match("fares-going-up", 0.0), knowledge=LITTLE_KNOWN)
    assert made.reason is Reason.NOT_STATED
    assert made.suggestions == (entry("iskholm-ferry"),)


def test_at_most_three_entries_are_offered() -> None:
    names = ["iskholm-ferry", "refund", "free-bus", "is-it-safe", "why-stopped"]
    made = decision(*(match(name, SUGGESTS) for name in names), match("fares-going-up", 2 * SUGGESTS), knowledge=LITTLE_KNOWN)
    assert [e.id for e in made.suggestions] == names[:3]


def test_without_a_faq_a_strong_passage_answers_and_a_weak_one_is_nearest() -> None:
    strong, weak = decision(selected=(sentence(strength=1.0),)), decision(selected=(sentence(strength=0.0),))
    assert (strong.reason, strong.entry, strong.spans) == (None, None, (sentence().span,))
    assert (weak.reason, weak.entry, weak.spans) == (Reason.NOT_STATED, None, (sentence().span,))


unit = st.floats(0, 1)


@given(unit, unit, unit, unit, unit)
def test_confidence_is_a_share_and_rises_with_the_match(score: float, more: float, unknown: float, similarity: float, strength: float) -> None:
    low, high = sorted((score, more))
    made = [decision(match("iskholm-ferry", s, similarity), match("fares-going-up", unknown), selected=(sentence(strength),)) for s in (low, high)]
    assert all(0 <= d.confidence <= 1 for d in made)
    assert all(d.confidence >= ANSWERS for d in made if d.reason is None)
    assert made[0].entry is None or made[1].entry is not None


def test_every_weight_has_a_feature() -> None:
    features = measure(ASKED, [match("refund", 0.5, 0.4)], [sentence()], KNOWN)
    used = [LEXICAL.entry, LEXICAL.search, SEMANTIC.entry, SEMANTIC.search, ALONE, ALONE_SEMANTIC]
    assert {name for weights in used for name in weights} == set(features)


@pytest.mark.parametrize("name", ["other", "real"])
def test_the_confidence_of_every_answer_is_above_the_threshold_and_of_every_refusal_a_share(name: str) -> None:
    for answer in answers(name):
        assert 0 <= answer.confidence <= 1
        assert answer.status is not Status.ANSWERED or answer.confidence >= ANSWERS


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("hi", Reason.UNCLEAR),
        ("and of it", Reason.UNCLEAR),
        ("zzyzx qwrtp", Reason.OFF_TOPIC),
        ("Is the ferry running in Germany?", Reason.NOT_MENTIONED),
        ("will ferry fares go up", Reason.NOT_STATED),
        ("", Reason.EMPTY),
        ("x" * 2001, Reason.TOO_LONG),
    ],
)
def test_each_reason_has_its_question(question: str, reason: Reason) -> None:
    assert assistant("other").ask(question).reason is reason
