"""Whether the words of a question are those of the FAQ's topic, or of whatever else people talk about."""

from __future__ import annotations

import functools
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upper import assistant

from bot.faq import Faq
from bot.text import content_words
from bot.topic import FEWEST, MOST, Topic


@functools.cache
def shipped() -> Topic:
    return Topic(assistant("real").faq)


def likelihood(text: str, language: str, topic: Topic | None = None) -> float:
    return (topic or shipped()).likelihood(content_words(text, language), language)


@pytest.mark.parametrize(
    ("on", "beside", "language"),
    [
        ("are the phones in Cuba working again", "is the printer in our office working again", "en"),
        ("after how many days is the phone locked", "after how many days is the yoghurt spoiled", "en"),
        ("¿qué países están en la lista de Xiaomi?", "¿qué platos están en la lista del menú?", "es"),
        ("через сколько дней блокируют телефон", "через сколько дней портится борщ", "ru"),
        ("po ilu dniach blokują telefon", "po ilu dniach psuje się jogurt", "pl"),
    ],
)
def test_words_of_the_topic_speak_for_it_and_everyday_words_against_it(on: str, beside: str, language: str) -> None:
    assert likelihood(on, language) > 0
    assert likelihood(beside, language) < 0


def test_a_word_that_no_phrasing_has_speaks_against_the_topic_in_every_language_of_the_faq() -> None:
    """What is asked on one topic repeats itself; what is asked beside it brings new words."""
    for language, new in (
        ("en", "zyzzyvas"),
        ("es", "zyzzyvas"),
        ("ru", "жужелицами"),
        ("uk", "жужелицями"),
        ("ko", "딱정벌레목"),
        ("ar", "خنفساءات"),
        ("fa", "سوسک‌هاشان"),
    ):
        assert likelihood(new, language) < 0


def test_a_faq_that_says_little_of_other_things_says_nothing_of_the_topic() -> None:
    """Neither does one without known unknowns, nor a language that it has no phrasing in."""
    faq = assistant("real").faq
    answering = replace(faq, entries=tuple(entry for entry in faq.entries if not entry.known_unknown), sha256=None)
    few = replace(faq, entries=(*answering.entries, next(entry for entry in faq.entries if entry.known_unknown and not entry.nearest)), sha256=None)
    few = replace(few, entries=tuple(replace(entry, aliases={k: v[: FEWEST // 50] for k, v in entry.aliases.items()}) for entry in few.entries))
    for other in (Faq(), answering, few):
        assert likelihood("is the printer in our office working again", "en", Topic(other)) == 0
    assert likelihood("ist der Drucker wieder heil", "de") == 0


def test_a_known_unknown_on_whose_subject_the_sources_have_something_is_of_the_topic() -> None:
    faq = assistant("real").faq
    unknown = next(entry for entry in faq.entries if entry.id == "refund")
    without = replace(faq, entries=tuple(replace(entry, nearest=()) if entry == unknown else entry for entry in faq.entries), sha256=None)
    question = "refund or compensation, please"
    assert likelihood(question, "en", Topic(without)) < likelihood(question, "en")


@given(st.text(max_size=200), st.sampled_from(["en", "es", "ar", "fa", "ru", "uk", "ko", "pl", "de"]))
def test_the_likelihood_of_any_text_is_bounded_and_the_order_of_its_words_does_not_matter(text: str, language: str) -> None:
    found = likelihood(text, language)
    assert -MOST < found < MOST
    assert likelihood(" ".join(reversed(text.split())), language) == pytest.approx(found)


def test_what_was_learnt_before_is_read_from_the_cache(tmp_path: Path) -> None:
    faq = assistant("real").faq
    question = "is the printer in our office working again"
    first = likelihood(question, "en", Topic(faq, tmp_path))
    assert [path.name.split("-")[0] for path in tmp_path.iterdir()] == ["topic"]
    assert likelihood(question, "en", Topic(faq, tmp_path)) == first == likelihood(question, "en")
