"""The words of a corpus and of its FAQ's phrasings, and the everyday words of a language."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import write_article, write_corpus
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import DamerauLevenshtein
from spellchecker import SpellChecker
from upper import assistant

from bot import vocabulary
from bot.corpus import load_corpus
from bot.faq import Faq
from bot.text import words
from bot.vocabulary import LISTED, SHORTEST_TYPO, Vocabulary, word_id


def test_the_words_of_the_corpus_and_of_the_phrasings_are_known() -> None:
    """The corpus' in its own language, a phrasing's in the phrasing's."""
    vocabulary = assistant("other").vocabulary
    assert vocabulary.knows("rudder", "en")
    assert vocabulary.knows("hotline", "en")
    assert vocabulary.knows("transbordadores", "es")
    assert not vocabulary.knows("rudder", "es")
    assert not vocabulary.knows("transbordadores", "en")
    assert not vocabulary.knows("xylophone", "en")
    assert not vocabulary.knows("rudder", "xx")


def test_a_word_of_page_furniture_alone_is_not_known() -> None:
    assert not assistant("other").vocabulary.knows("newsletter", "en")


def test_every_word_of_every_sentence_is_known() -> None:
    helper = assistant("other")
    assert all(helper.vocabulary.knows(word, "en") for sentence in helper.corpus.sentences for word in words(sentence.text))


def test_a_typo_may_be_read_as_a_word_of_the_articles_but_never_as_a_short_one() -> None:
    spellings = assistant("other").vocabulary.spellings
    assert "rudder" in spellings
    assert "iskholm" in spellings
    assert all(len(word) >= SHORTEST_TYPO and word.isalpha() and word == word.casefold() for word in spellings)
    assert spellings == sorted(set(spellings))


@given(
    st.text("adefilmnorstuy", min_size=SHORTEST_TYPO, max_size=12) | st.sampled_from(assistant("other").vocabulary.spellings), st.sampled_from([0.7, 0.8, 0.9])
)
def test_no_spelling_that_is_similar_enough_has_a_length_that_is_left_out(word: str, similarity: float) -> None:
    """The order is that of all spellings, so that of equally similar ones the same is taken."""
    vocabulary = assistant("other").vocabulary
    near = vocabulary.spelled_like(word, similarity)
    alike = [s for s in vocabulary.spellings if DamerauLevenshtein.normalized_similarity(word, s) >= similarity]
    assert [s for s in near if s in alike] == alike
    assert near == sorted(near)


def test_the_share_of_known_words_is_told_for_each_language() -> None:
    vocabulary = assistant("other").vocabulary
    assert vocabulary.shares(["rudder", "transbordadores", "xylophone"], ("en", "es", "xx")) == {"en": 1 / 3, "es": 1 / 3, "xx": 0}
    assert vocabulary.shares([], ("en",)) == {"en": 0}


def test_a_misspelling_in_the_faq_is_no_spelling() -> None:
    """`dunmarow` and `feries` are in phrasings, so that they match."""
    vocabulary = assistant("other").vocabulary
    assert vocabulary.knows("dunmarow", "en")
    assert not {"dunmarow", "feries"} & set(vocabulary.spellings)


@pytest.mark.parametrize(
    ("word", "language", "known"),
    [("house", "en", True), ("houses", "en", True), ("casa", "es", True), ("rudderless-xq", "en", False), ("przystanek", "en", False), ("house", "tlh", False)],
)
def test_everyday_words_are_common_in_their_language_alone(word: str, language: str, known: bool) -> None:
    assert assistant("other").vocabulary.common(word, language) is known


def test_the_languages_with_a_frequency_list_are_those_that_the_library_has() -> None:
    assert set(SpellChecker.languages()) == LISTED


def test_a_frequency_list_is_kept_in_the_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And read from there by the next process; without a folder it is made anew."""
    corpus, faq = assistant("other").corpus, assistant("other").faq
    for folder in (tmp_path, None):
        assert [Vocabulary(corpus, faq, folder).common(word, "lv") for word in ("un", "ferry-xq")] == [True, False]
    vocabulary._everyday.cache_clear()
    monkeypatch.setattr(vocabulary, "_listed", None)
    assert Vocabulary(corpus, faq, tmp_path).common("un", "lv")


@given(st.text(max_size=20))
def test_the_number_of_a_word_fits_in_32_bits(word: str) -> None:
    assert 0 <= word_id(word) < 2**32


def test_the_home_language_is_that_of_most_articles(tmp_path: Path) -> None:
    for name, language in (("a", "es"), ("b", "es"), ("c", "en")):
        write_article(tmp_path, name, "Una frase corta.", language=language)
    assert Vocabulary(load_corpus(tmp_path)[0], Faq()).home == "es"


def test_an_empty_corpus_knows_nothing(tmp_path: Path) -> None:
    vocabulary = Vocabulary(write_corpus(tmp_path), Faq())
    assert vocabulary.home == "en"
    assert not vocabulary.knows("rudder", "en")


def test_what_comes_from_the_cache_is_what_was_collected(tmp_path: Path) -> None:
    helper = assistant("other")
    first = Vocabulary(helper.corpus, helper.faq, tmp_path)
    wanted = first.spellings
    assert list(tmp_path.iterdir())
    again, anew = Vocabulary(helper.corpus, helper.faq, tmp_path), Vocabulary(helper.corpus, helper.faq)
    assert again.spellings == anew.spellings == wanted
    for word in ("rudder", "transbordadores", "xylophone", "the"):
        for language in ("en", "es"):
            assert first.knows(word, language) == again.knows(word, language) == anew.knows(word, language)
