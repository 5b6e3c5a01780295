"""Text analysis for matching: what is made equal, and what stays apart."""

from __future__ import annotations

import unicodedata
from concurrent.futures import ThreadPoolExecutor
from inspect import unwrap

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.text import SNOWBALL, STOP_WORDS, WORD, clean, fold, is_content, is_stop, numbers, script, shingles, stem, terms, visible, words

BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
ZERO_WIDTH = "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
ODD = st.text(alphabet=st.sampled_from("aé \n\t\r\x00\x1b\x7f\x9b\u202e\u2066\u2069\u200b\u200d\ufeff\U000e0041👩🏽e\u0301"), max_size=20)


@given(st.text() | ODD)
@example("\x1b[31mred\u202e\u200b")
def test_visible_text_holds_no_control_bidi_or_zero_width_character(text: str) -> None:
    """What could recolour a terminal, turn a line around or hide in a word is gone; all else stays in order."""
    shown = visible(text)
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\n\r\t"]
    assert not [c for c in shown if unicodedata.bidirectional(c) in BIDI or c in ZERO_WIDTH]
    assert visible(shown) == shown
    kept = [c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Mn", "Lo", "Cn") or c in "\n\t"]
    assert [c for c in shown if unicodedata.category(c) not in ("Cc", "Cf", "Mn", "Lo", "Cn") or c in "\n\t"] == kept


@given(st.text(alphabet=st.characters(codec="ascii", exclude_categories=["Cc"])))
def test_clean_leaves_ascii_as_it_is(text: str) -> None:
    """Only the back quote, which people type for an apostrophe, becomes one."""
    assert clean(text) == text.replace("`", "'")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Xiаomi", "Xiaomi"),  # a Cyrillic а
        ("рhоne", "phone"),  # Cyrillic р and о
        ("Ｘｉａｏｍｉ", "Xiaomi"),
        ("ﬁne", "fine"),
        ("Xi\u200baomi", "Xiaomi"),
        ("Xi\u00adaomi", "Xiaomi"),
        ("\u202eXiaomi\u202c", "Xiaomi"),
        ("don’t", "don't"),
        ("“quoted”", '"quoted"'),
        ("2020–2021", "2020-2021"),
        ("a\u00a0b", "a b"),
    ],
)
def test_clean_undoes_disguises_and_typography(typed: str, meant: str) -> None:
    """Look-alike letters, full width, ligatures, invisible characters and curly quotes do not keep a word from matching."""
    assert clean(typed) == meant


@pytest.mark.parametrize("word", ["Привет", "сосо", "Куба", "Αθήνα", "क्यूबा", "كوبا", "쿠바", "キューバ"])
def test_a_word_wholly_of_another_script_keeps_its_letters(word: str) -> None:
    """Folding look-alikes is for mixed words: Russian сосо does not turn into Latin coco."""
    assert clean(word) == unicodedata.normalize("NFKC", word)
    assert script(clean(word)) == script(word) != "latin"


@given(st.text())
def test_fold_ignores_case_of_ascii_letters_and_the_form_of_accents(text: str) -> None:
    """Composed and decomposed spellings are one, and so are capitals and small letters of English."""
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))
    upper = "".join(c.upper() if c.isascii() else c for c in text)
    lower = "".join(c.lower() if c.isascii() else c for c in text)
    if text.isascii():
        assert fold(upper) == fold(lower)


@pytest.mark.parametrize(
    ("one", "other"),
    [("Teléfono", "telefono"), ("ŁÓDŹ", "lodz"), ("Straße", "STRASSE"), ("İstanbul", "istanbul"), ("كوبا", "کوبا"), ("إيران", "ایران"), ("über", "u\u0308ber")],
)
def test_fold_makes_spelling_variants_one(one: str, other: str) -> None:
    """Accents, Polish ł, German ß, the Turkish İ and the Arabic and Persian forms of a letter do not keep words apart."""
    assert fold(one) == fold(other)


@given(st.text())
def test_words_are_folded_pieces_without_space(text: str) -> None:
    """A word is not empty, holds no whitespace, and is in one case unless it is an abbreviation in capitals."""
    for word in words(text):
        assert word
        assert not any(c.isspace() for c in word)
        assert word == word.casefold() or (word.isascii() and word.isupper() and is_stop(word.lower()))


def test_words_keep_numbers_whole_and_drop_punctuation() -> None:
    """Versions, times, dates and thousands are one token each; `don't` is one word."""
    assert words("Don't panic: MIUI 14.2, at 12:30 on 14/09/2021 (2,000 users)!") == [
        "dont",
        "panic",
        "miui",
        "14.2",
        "at",
        "12:30",
        "on",
        "14/09/2021",
        "2,000",
        "users",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("in the US", ["in", "the", "US"]),
        ("tell us", ["tell", "us"]),
        ("TELL US NOW", ["tell", "us", "now"]),
        ("the us market", ["the", "US", "market"]),
        ("IT staff and it", ["IT", "staff", "and", "it"]),
    ],
)
def test_an_abbreviation_in_capitals_is_not_the_stop_word_it_looks_like(text: str, found: list[str]) -> None:
    """US is a country and us a pronoun, unless everything is shouted."""
    assert words(text) == found


def test_a_caller_that_changes_its_words_changes_nobody_elses() -> None:
    """Each call returns a list of its own."""
    words("one two").append("three")
    assert words("one two") == ["one", "two"]


def test_terms_are_the_stems_of_content_words() -> None:
    """Stop words carry no topic; the rest is stemmed in its language."""
    assert terms("Why were the phones being locked?") == ["phone", "lock"]
    assert terms("los teléfonos bloqueados", "es") == ["los", stem("telefonos", "es"), stem("bloqueados", "es")]


@given(st.text())
def test_terms_hold_no_stop_word_and_come_from_words(text: str) -> None:
    """Every term is the stem of a content word, in the order of the text."""
    assert terms(text) == [stem(w) for w in words(text) if not is_stop(w)]


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_every_stop_word_is_found_as_typed(word: str) -> None:
    """A stop word with an apostrophe is one in a text, too."""
    assert terms(word) == []


def test_a_language_without_a_stemmer_and_a_word_with_a_digit_stay_as_they_are() -> None:
    """Matching falls back to whole words."""
    assert stem("phones", "xx") == "phones"
    assert stem("g5s") == "g5s"
    assert stem("US") == "US"


@pytest.mark.parametrize("language", sorted(SNOWBALL))
def test_every_listed_language_has_a_stemmer(language: str) -> None:
    """A stem is a text without outer space for each language of the table."""
    assert stem("xiaomi", language)
    assert stem("xiaomi", language).strip() == stem("xiaomi", language)


def test_stems_are_the_same_in_every_thread() -> None:
    """PyStemmer objects are not shared between threads, so that many askers at once get what one gets."""
    vocabulary = [f"{a}{b}ing" for a in ("lock", "block", "smuggl", "sell", "sail") for b in "abcdefghijklmnop"]
    alone = [unwrap(stem)(w) for w in vocabulary]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: [unwrap(stem)(w) for w in vocabulary], range(32))) == [alone] * 32


def test_numbers_are_found_as_written() -> None:
    """14.2 and 15 are numbers, in the digits of any script, and so are the digits of a model's name."""
    assert numbers("iOS 14.2 or 15, 3rd, Mi11 – 100 % and ١٢") == ["14.2", "15", "3", "11", "100", "١٢"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Cuba", "latin"),
        ("é ñ ø", "latin"),
        ("Куба", "cyrillic"),
        ("كوبا", "arabic"),
        ("쿠바", "hangul"),
        ("古巴", "han"),
        ("キューバ", "kana"),
        ("きゅうば", "kana"),
        ("קובה", "hebrew"),
        ("Κούβα", "greek"),
        ("क्यूबा", "devanagari"),
        ("คิวบา", "thai"),
        ("ქუბა", "other"),
        ("12:30 !?", "none"),
        ("", "none"),
        ("Xiaomi в Кубе работает", "cyrillic"),
    ],
)
def test_script_is_that_of_most_letters(text: str, name: str) -> None:
    """Digits and signs have no script; the majority names a mixed text."""
    assert script(text) == name


@given(st.lists(st.sampled_from(["bread", "mill", "rye"]), max_size=12), st.integers(1, 4))
def test_shingles_are_all_runs_of_words(found: list[str], size: int) -> None:
    """Every run of `size` words is there and nothing else; a shorter text has none."""
    assert shingles(" ".join(found), size) == {tuple(found[i : i + size]) for i in range(len(found)) if i + size <= len(found)}


@given(st.text(alphabet=st.characters(codec="ascii")))
@example("Don't it's 1'000 n2d 2nd a_b 1.5:30/2 US the IT")
def test_ascii_text_is_cut_into_the_words_that_any_text_is(text: str) -> None:
    """The quick way for ASCII finds what the pattern for all scripts finds, each folded by itself."""
    assert [word.casefold() for word in words(text)] == [fold(word).replace("'", "") for word in WORD.findall(clean(text))]


@pytest.mark.parametrize(
    ("word", "language", "carries"),
    [("ferry", "en", True), ("the", "en", False), ("hi", "en", False), ("ferri", "es", True), ("por", "es", False), ("독일", "ko", True), ("船", "zh", True)],
)
def test_little_words_carry_no_topic(word: str, language: str, carries: bool) -> None:
    assert is_content(word, language) is carries
