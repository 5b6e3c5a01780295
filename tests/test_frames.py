"""The frame sentences: all that the bot says in words of its own."""

from __future__ import annotations

import datetime
import itertools
import string

import pytest

from bot.frames import CATALOGUE, REVIEWED, RIGHT_TO_LEFT, date, language_name, languages, say, speaks, spoken

LANGUAGES = sorted(CATALOGUE["disagree"])
every_sentence = pytest.mark.parametrize("name", sorted(CATALOGUE))


def placeholders(sentence: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(sentence) if field}


@every_sentence
def test_a_sentence_is_in_every_language(name: str) -> None:
    assert sorted(CATALOGUE[name]) == LANGUAGES


@every_sentence
def test_a_sentence_has_the_same_places_to_fill_in_every_language(name: str) -> None:
    assert {language: placeholders(text) for language, text in CATALOGUE[name].items()} == dict.fromkeys(LANGUAGES, placeholders(CATALOGUE[name]["en"]))


@every_sentence
def test_what_is_put_in_is_said_in_every_language(name: str) -> None:
    values = {field: f"<{field}>" for field in placeholders(CATALOGUE[name]["en"])}
    for language in LANGUAGES:
        said = say(name, language, **values)
        assert all(value in said for value in values.values())
        assert "{" not in said


@every_sentence
def test_no_two_languages_say_the_same(name: str) -> None:
    """A sentence that was left in English would show."""
    different = [CATALOGUE[name][language] for language in LANGUAGES if language not in ("ru", "uk")]
    assert len(set(different)) == len(different)


@every_sentence
def test_no_sentence_names_anything_of_the_world(name: str) -> None:
    """In English, a word with a capital inside a sentence would be a name."""
    words = CATALOGUE[name]["en"].replace("?", ".").split()
    assert not [word for before, word in itertools.pairwise(words) if word[:1].isupper() and not before.endswith((".", ";"))]


def test_a_value_with_braces_is_said_as_it_is() -> None:
    assert say("not_mentioned", "en", names="{0} {name}") == "No source mentions {0} {name}."


@pytest.mark.parametrize(("language", "answered_in"), [("en", "en"), ("es", "es"), ("es-MX", "es"), ("en-GB", "en"), ("de", "en"), ("und", "en"), ("", "en")])
def test_a_question_is_answered_in_its_language_else_in_english(language: str, answered_in: str) -> None:
    assert spoken(language) == answered_in
    assert say("disagree", language) == CATALOGUE["disagree"][answered_in]


def test_english_is_reviewed_and_every_reviewed_language_is_spoken() -> None:
    assert "en" in REVIEWED
    assert set(LANGUAGES) >= REVIEWED
    assert {"ar", "fa"} <= RIGHT_TO_LEFT


def test_a_date_is_written_as_people_of_the_language_write_it() -> None:
    day = datetime.date(2021, 9, 4)
    assert date(day, "en") == "4 September 2021"
    assert date(day, "es") == "4 de septiembre de 2021"
    assert date(day, "ru").startswith("4 сентября 2021")
    assert date(day, "de") == "4 September 2021"
    for language in LANGUAGES:
        assert len(date(day, language)) > 6


def test_a_language_is_named_in_the_readers_language() -> None:
    assert language_name("fi", "en") == "Finnish"
    assert language_name("fi", "es") == "finés"
    assert language_name("zz", "en") == "zz"


def test_the_languages_that_are_spoken_are_named_in_each_of_them() -> None:
    assert languages("en") == "English, Spanish, Arabic, Persian, Russian, Ukrainian, Korean, Polish"
    for language in LANGUAGES:
        assert speaks(language)
        named = languages(language).split(", ")
        assert len(set(named)) == len(LANGUAGES)
        assert not set(named) & set(LANGUAGES), "a code that CLDR has no name for"
    assert not speaks("de")
