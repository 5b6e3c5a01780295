"""Countries, days and months by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.places import KEPT, _table, calendar_names, place_at
from bot.text import words


@pytest.mark.parametrize("language", KEPT)
def test_names_that_were_kept_are_those_of_babel(language: str, tmp_path: Path) -> None:
    assert calendar_names(language, tmp_path) == calendar_names(language, None)
    kept, read = ({head: [tuple(name) for name in names] for head, names in _table(language, folder).items()} for folder in (tmp_path, None))
    assert kept == read != {}


def test_the_longest_name_is_found() -> None:
    folded = "the united arab emirates".split()
    assert place_at(folded, 1, "en", "en", None) == (3, "United Arab Emirates")
    assert place_at(folded, 0, "en", "en", None) is None


@pytest.mark.parametrize(
    ("language", "place", "cases"),
    [
        ("ru", "Russia", "Россия России Россию Россией"),
        ("ru", "Kazakhstan", "Казахстан Казахстана Казахстану Казахстаном Казахстане"),
        ("ru", "China", "Китай Китая Китаю Китаем Китае"),
        ("uk", "Germany", "Німеччина Німеччини Німеччині Німеччину Німеччиною"),
        ("uk", "Israel", "Ізраїль Ізраїлю Ізраїлем Ізраїлі"),
        ("pl", "Poland", "Polska Polski Polsce Polskę Polską"),
        ("pl", "Germany", "Niemcy Niemczech Niemcami"),
        ("pl", "Canada", "Kanada Kanady Kanadzie Kanadę"),
        ("pl", "Egypt", "Egipt Egiptu Egipcie"),
        ("pl", "Italy", "Włochy Włoch Włoszech"),
        ("ko", "Kenya", "케냐 케냐로 케냐에서"),
        ("ar", "Egypt", "مصر لمصر بمصر"),
    ],
)
def test_a_country_is_found_in_the_cases_of_its_name(language: str, place: str, cases: str) -> None:
    for case in words(cases):
        assert place_at([case], 0, language, "en", None) == (1, place), case


@pytest.mark.parametrize(
    ("language", "everyday"), [("ru", "первого первой самому самом английски"), ("uk", "перед мала першим самого"), ("pl", "komórka komórki samej samo mało")]
)
def test_everyday_words_that_begin_like_a_country_are_none(language: str, everyday: str) -> None:
    for word in words(everyday):
        assert place_at([word], 0, language, "en", None) is None, word
