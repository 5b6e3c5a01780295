"""Countries and territories in a text, by their names in Unicode CLDR (through Babel), and the names of days and months."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from bot.lexicon import same_word
from bot.text import script, words

_ALSO_CALLED = {
    "AE": ("UAE", "Emirates"),
    "CZ": ("Czech Republic",),
    "GB": ("England", "Scotland", "Wales", "UK", "Britain", "Great Britain", "Англия", "Великобритания", "Англія", "Inglaterra", "Anglia"),
    "KR": ("South Korea", "Южная Корея", "한국", "남한"),
    "NL": ("Holland", "Holanda", "Holandia", "Голландия"),
}
"""Everyday names of countries that CLDR lists under another name only, by territory code."""


@lru_cache(maxsize=16)
def _table(language: str) -> dict[str, tuple[tuple[tuple[str, ...], str], ...]]:
    """Countries and territories by the first letters of their name in `language` (Unicode CLDR, through Babel): folded words, English name."""
    from babel.core import Locale, UnknownLocaleError

    try:
        names = Locale(language).territories
    except (UnknownLocaleError, ValueError):
        return {}
    english = Locale("en").territories
    table: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for code, name in names.items():
        if len(code) == 2 and code in english:
            for variant in {name, *_ALSO_CALLED.get(code, ()), re.sub(r"\s*\(.*\)", "", name), *re.findall(r"\((.*)\)", name)}:
                typed = tuple(w.casefold() for w in words(variant))
                if typed and (len(typed) > 1 or len(typed[0]) >= (3 if script(typed[0]) == "latin" else 2)):
                    table.setdefault(typed[0][:2], []).append((typed, english[code]))
    return {head: tuple(sorted(found, key=lambda f: (-len(f[0]), f))) for head, found in table.items()}


@lru_cache(maxsize=16)
def _first_words(language: str) -> frozenset[str]:
    """The words with which the name of a country or territory begins in `language`."""
    return frozenset(typed[0] for found in _table(language).values() for typed, _ in found)


def place_at(folded: Sequence[str], at: int, language: str, home: str) -> tuple[int, str] | None:
    """(number of words, English name) of the longest country or territory that begins at folded[at]."""
    token = folded[at]
    if token.isascii() and "pl" not in (language, home):  # then it is inflected in no way that `same_word` or `_inflected` knows
        token = token.casefold()
        if token not in _first_words(language) and token not in _first_words(home):
            return None
    return _longest_place(tuple(folded), at, language, home)


@lru_cache(maxsize=8192)
def _longest_place(folded: tuple[str, ...], at: int, language: str, home: str) -> tuple[int, str] | None:
    token = folded[at].casefold()
    for tongue in dict.fromkeys((language, home)):
        table = _table(tongue)
        heads = {token[:2], token[1:3], token[2:4]} if script(token) == "arabic" else {token[:2]}
        for head in sorted(heads):
            for typed, english in table.get(head, ()):
                if len(typed) <= len(folded) - at and all(
                    same_word(t.casefold(), w) or _inflected(t.casefold(), w, tongue) for t, w in zip(folded[at:], typed, strict=False)
                ):
                    return len(typed), english
    return None


def _inflected(token: str, name: str, language: str) -> bool:
    """True where a Polish token may be a case form of `name`."""
    return language == "pl" and len(name) >= 5 and abs(len(token) - len(name)) <= 3 and token[: len(name) - 2] == name[: len(name) - 2]


@lru_cache(maxsize=16)
def calendar_names(language: str) -> frozenset[str]:
    """The folded names of weekdays and months, which are no names of persons or things."""
    from babel.core import Locale, UnknownLocaleError

    try:
        locale = Locale(language)
    except (UnknownLocaleError, ValueError):
        return frozenset()
    tables = [*locale.days["format"].values(), *locale.months["format"].values(), *locale.months["stand-alone"].values()]
    return frozenset(word.casefold() for table in tables for name in table.values() for word in words(name))
