"""Countries, days and months by their names."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.places import KEPT, _first_words, calendar_names, place_at


@pytest.mark.parametrize("language", KEPT)
def test_names_that_were_kept_are_those_of_babel(language: str, tmp_path: Path) -> None:
    assert calendar_names(language, tmp_path) == calendar_names(language, None)
    assert _first_words(language, tmp_path) == _first_words(language, None) != frozenset()


def test_the_longest_name_is_found() -> None:
    folded = "the united arab emirates".split()
    assert place_at(folded, 1, "en", "en", None) == (3, "United Arab Emirates")
    assert place_at(folded, 0, "en", "en", None) is None
