"""corpus/words.yaml: synonyms and names, per language."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from conftest import write_corpus
from hypothesis import given
from hypothesis import strategies as st

from bot.corpus import Corpus
from bot.errors import CorpusError, Problem
from bot.lexicon import Lexicon, Name, check_lexicon, same_word, synonym_stems
from bot.text import fold, words

WORDS = """
en:
  synonyms: [[ferry, boat, ship], [rye bread, loaf]]
  names:
    United States: [US, America, United States of America]
    Cuba: [Cuba, "?"]
  inside: {Havana: Cuba, New Havana: United States}
ru:
  names: {Cuba: [Куба], North Korea: [Северная Корея, Северной Кореи]}
  inside: {Гавана: Cuba}
"""


def read(corpus: Corpus, text: str) -> Lexicon:
    (corpus.folder / "words.yaml").write_text(text, encoding="utf-8")
    return check_lexicon(corpus)[0]


def tokens(text: str) -> list[str]:
    """The folded words of a question, as names are looked up."""
    return [fold(word) for word in words(text)]


def problems_of(corpus: Corpus, text: str) -> tuple[Problem, ...]:
    with pytest.raises(CorpusError) as caught:
        read(corpus, text)
    return caught.value.problems


@pytest.fixture
def lexicon(small_corpus: Corpus) -> Lexicon:
    return read(small_corpus, WORDS)


def test_without_a_file_nothing_is_known(small_corpus: Corpus) -> None:
    """An empty lexicon finds no name and calls everything what it is called."""
    empty, problems = check_lexicon(small_corpus)
    assert (empty, problems) == (Lexicon(), [])
    assert empty.find(["us"], 0) is None
    assert empty.local("Cuba", "ru") == "Cuba"
    assert synonym_stems(empty, "en") == {}


def test_both_corpora_have_a_clean_table(real_corpus: Corpus, other_corpus: Corpus) -> None:
    """The fictional table has four groups in English and one in Spanish, four other names, two places and two Spanish names."""
    found, warnings = check_lexicon(other_corpus)
    assert {language: len(groups) for language, groups in found.synonyms.items()} == {"en": 4, "es": 1}
    assert [(n.language, n.inside) for n in found.names] == [("en", False)] * 4 + [("en", True)] * 2 + [("es", False)] * 2
    assert warnings == check_lexicon(real_corpus)[1] == []


def test_a_name_that_is_what_the_articles_say_is_not_kept(lexicon: Lexicon) -> None:
    """Searching Cuba as Cuba needs no rule, and a name without a word can never be typed."""
    assert [n for n in lexicon.names if n.means == "Cuba" and not n.inside and n.language == "en"] == []


def test_names_are_folded_words(lexicon: Lexicon) -> None:
    """As the index folds them, so that case and accents do not matter."""
    assert lexicon.names[:2] == (Name("en", ("us",), "United States"), Name("en", ("america",), "United States"))
    assert lexicon.find(tokens("in AMÉRICA now"), 1) == lexicon.names[1]


def test_a_name_of_several_words_with_an_abbreviation_is_found(small_corpus: Corpus) -> None:
    """`US of A` is folded as the question is, capitals and all."""
    found = read(small_corpus, "en:\n  names: {United States: [US of A]}\n").find(tokens("in the US of A"), 2)
    assert found is not None
    assert found.means == "United States"


def test_the_longest_name_wins(lexicon: Lexicon) -> None:
    """`United States of America` is found whole, and `New Havana` is not Havana."""
    asked = tokens("is new havana in the united states of america")
    place, country = lexicon.find(asked, 1), lexicon.find(asked, 5)
    assert place is not None
    assert country is not None
    assert (place.typed, place.means, place.inside) == (("new", "havana"), "United States", True)
    assert country.typed == ("united", "states", "of", "america")
    assert lexicon.find(tokens("united states of"), 0) is None


def test_local_is_the_first_name_in_a_language_of_another_script(lexicon: Lexicon) -> None:
    """A Russian reader sees Куба; a language without a name of its own sees the article's; a city is no name of its country."""
    assert lexicon.local("Cuba", "ru") == "куба"
    assert lexicon.local("North Korea", "ru") == "северная корея"
    assert lexicon.local("Cuba", "es") == "Cuba"
    assert lexicon.local("United States", "en") == "United States"


@pytest.mark.parametrize(
    ("token", "name", "same"),
    [
        ("cuba", "cuba", True),
        ("cubano", "cuba", False),
        ("쿠바에서", "쿠바", True),
        ("쿠바", "쿠바에서", False),
        ("이란은", "이란", True),
        ("кубе", "куба", True),
        ("иране", "иран", True),
        ("иранских", "иран", False),
        ("кубок", "куба", True),  # the price of matching case endings without a dictionary
        ("сша", "сша", True),
        ("сшах", "сша", False),
        ("بکوبا", "کوبا", True),
        ("والسودان", "السودان", True),
        ("سودان", "السودان", False),
        ("ایران", "ایران", True),
        ("تایران", "ایران", False),
    ],
)
def test_a_word_is_a_name_inflected_as_its_script_inflects(token: str, name: str, same: bool) -> None:
    """Korean particles, Russian case endings and Arabic prefixes do not hide a name; Latin names are matched whole."""
    assert same_word(token, name) is same


@given(st.text(min_size=1))
def test_every_word_is_itself(word: str) -> None:
    """Matching a name never depends on inflection where it is typed as listed."""
    assert same_word(word, word)


def test_an_inflected_name_is_found(lexicon: Lexicon) -> None:
    """`в Кубе` names Cuba, by its first letters and its ending."""
    asked = tokens("телефон в Кубе и в Северной Корее")
    found = lexicon.find(asked, 2)
    two = lexicon.find(asked, 5)
    assert found is not None
    assert two is not None
    assert (found.means, two.means) == ("Cuba", "North Korea")


def test_an_arabic_name_is_found_behind_its_prefix(small_corpus: Corpus) -> None:
    """The prefix for `in` or `and the` is part of the typed word."""
    lexicon = read(small_corpus, "ar:\n  names: {Cuba: [كوبا], Sudan: [السودان]}\n")
    for typed, means in (("في كوبا", "Cuba"), ("هل بكوبا", "Cuba"), ("مصر والسودان", "Sudan"), ("أو بالسودان", "Sudan")):
        found = lexicon.find(tokens(typed), 1)
        assert found is not None, typed
        assert found.means == means


def test_synonyms_are_stems_of_one_word_each(lexicon: Lexicon) -> None:
    """Each stem leads to its whole group; a group member of two words has no stem."""
    assert synonym_stems(lexicon, "en") == {
        "ferri": ("ferri", "boat", "ship"),
        "boat": ("ferri", "boat", "ship"),
        "ship": ("ferri", "boat", "ship"),
        "loaf": ("loaf",),
    }
    assert synonym_stems(lexicon, "ru") == {}


def test_every_fault_of_the_table_is_told_at_once(small_corpus: Corpus) -> None:
    """With file, line, place and message."""
    found = problems_of(
        small_corpus,
        "en:\n  synonyms: [ferry, [boat, [ship]]]\n  names:\n    Cuba: Kuba\n  inside:\n    Havana: [Cuba]\nes: 12\npl:\n  nouns: []\n",
    )
    assert {p.path for p in found} == {str(small_corpus.folder / "words.yaml")}
    assert [(p.line, p.where, p.message) for p in found] == [
        (2, "en.synonyms[0]", "must be a list, not text"),
        (2, "en.synonyms[1][1]", "must be text, not a list"),
        (4, "en.names.Cuba", "must be a list, not text"),
        (6, "en.inside.Havana", "must be text, not a list"),
        (7, "es", "must be a mapping (`key: value`), not text"),
        (9, "pl", "unknown key `nouns`"),
    ]


def test_a_repeated_name_is_an_error(small_corpus: Corpus) -> None:
    """As in every file here, the second of two equal keys does not silently win or lose."""
    assert [(p.line, p.message) for p in problems_of(small_corpus, "en:\n  names:\n    Cuba: [Kuba]\n    Cuba: [Kyuba]\n")] == [
        (4, "the key 'Cuba' stands here twice")
    ]


KEYS = st.sampled_from(["en", "ru", "synonyms", "names", "inside", "Cuba", "?", ""])
LEAVES = st.none() | st.sampled_from(["Куба", "US", "", "?", "no", "new york"])


@given(st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12))
def test_a_table_of_any_shape_is_a_lexicon_or_a_corpus_error(value: object) -> None:
    """Wrongly nested lists and mappings raise nothing else, and every name that is kept can be found."""
    with tempfile.TemporaryDirectory() as name:
        corpus = write_corpus(Path(name), a="Text.")
        lexicon: Lexicon | None = None
        problems: tuple[Problem, ...] = ()
        try:
            lexicon = read(corpus, yaml.safe_dump(value))
        except CorpusError as error:
            problems = error.problems
    assert lexicon is not None or problems
    for listed in lexicon.names if lexicon else ():
        found = lexicon.find(list(listed.typed), 0) if lexicon else None
        assert found is not None
        assert len(found.typed) >= len(listed.typed)
