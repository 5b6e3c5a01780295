"""Countries and territories in a text, by their names in Unicode CLDR (through Babel), and the names of days and months."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from bot.cache import cached_text
from bot.lexicon import same_word
from bot.text import KEPT_WORDS, script, words

_ALSO_CALLED = {
    "AE": ("UAE", "Emirates"),
    "CZ": ("Czech Republic",),
    "GB": ("England", "Scotland", "Wales", "UK", "Britain", "Great Britain", "Англия", "Великобритания", "Англія", "Inglaterra", "Anglia"),
    "KR": ("South Korea", "Южная Корея", "한국", "남한"),
    "NL": ("Holland", "Holanda", "Holandia", "Голландия"),
}
"""Everyday names of countries that CLDR lists under another name only, by territory code."""


KEPT = ("en", "es", "pl", "fr", "de", "it", "pt", "nl", "tr", "ru", "uk", "fa", "ar", "ko")
"""Languages of which the names are kept in the cache folder: reading them from Babel's files takes a tenth of a second."""
REVISION = 1
"""Part of the cache key: raise it when what is kept changes."""
Table = dict[str, list[tuple[list[str], str]]]
"""Countries and territories by the first letters of their name: its folded words, the English name; the longest first."""


@lru_cache(maxsize=4)
def _kept(folder: Path | None) -> dict[str, tuple[Table, list[str]]]:
    """The places and the calendar of each of KEPT."""
    key = hashlib.sha256(f"{REVISION} {version('babel')} {KEPT} {_ALSO_CALLED}".encode()).hexdigest()[:24]
    kept: dict[str, tuple[Table, list[str]]] = json.loads(
        cached_text(folder, f"places-{key}", lambda: json.dumps({language: (_read_table(language), _read_calendar(language)) for language in KEPT}))
    )
    return kept


@lru_cache(maxsize=16)
def _table(language: str, folder: Path | None) -> Table:
    return _kept(folder)[language][0] if folder and language in KEPT else _read_table(language)


def _read_table(language: str) -> Table:
    """The places by their names in `language` (Unicode CLDR, through Babel)."""
    from babel.core import Locale, UnknownLocaleError

    try:
        names = Locale(language).territories
    except (UnknownLocaleError, ValueError):
        return {}
    english = Locale("en").territories
    table: Table = {}
    for code, name in names.items():
        if len(code) == 2 and code in english:
            for variant in {name, *_ALSO_CALLED.get(code, ()), re.sub(r"\s*\(.*\)", "", name), *re.findall(r"\((.*)\)", name)}:
                typed = [w.casefold() for w in words(variant)]
                if typed and (len(typed) > 1 or len(typed[0]) >= (3 if script(typed[0]) == "latin" else 2)):
                    table.setdefault(typed[0][:2], []).append((typed, english[code]))
    return {head: sorted(found, key=lambda f: (-len(f[0]), f)) for head, found in table.items()}


@lru_cache(maxsize=16)
def _first_words(language: str, folder: Path | None) -> frozenset[str]:
    """The words with which the name of a country or territory begins in `language`."""
    return frozenset(typed[0] for found in _table(language, folder).values() for typed, _ in found)


LONGEST_NAME = 24
"""Words that are looked at for the name of a country or territory: the longest of CLDR has 21 (Tamil)."""


def place_at(folded: Sequence[str], at: int, language: str, home: str, folder: Path | None) -> tuple[int, str] | None:
    """(number of words, English name) of the longest country or territory that begins at folded[at]; `folder`: where names are kept."""
    token = folded[at]
    if token.isascii() and "pl" not in (language, home):  # then it is inflected in no way that `same_word` or `_inflected` knows
        token = token.casefold()
        if token not in _first_words(language, folder) and token not in _first_words(home, folder):
            return None
    return _longest_place(tuple(folded[at : at + LONGEST_NAME]), language, home, folder)


@lru_cache(maxsize=KEPT_WORDS)
def _longest_place(folded: tuple[str, ...], language: str, home: str, folder: Path | None) -> tuple[int, str] | None:
    token = folded[0].casefold()
    for tongue in dict.fromkeys((language, home)):
        table = _table(tongue, folder)
        heads = {token[:2], token[1:3], token[2:4]} if script(token) == "arabic" else {token[:2]}
        for head in sorted(heads):
            for typed, english in table.get(head, ()):
                if len(typed) <= len(folded) and all(
                    same_word(t.casefold(), w) or _inflected(t.casefold(), w, tongue) for t, w in zip(folded, typed, strict=False)
                ):
                    return len(typed), english
    return None


def _inflected(token: str, name: str, language: str) -> bool:
    """True where a Polish token may be a case form of `name`."""
    return language == "pl" and len(name) >= 5 and abs(len(token) - len(name)) <= 3 and token[: len(name) - 2] == name[: len(name) - 2]


@lru_cache(maxsize=16)
def calendar_names(language: str, folder: Path | None) -> frozenset[str]:
    """The folded names of weekdays and months, which are no names of persons or things."""
    return frozenset(_kept(folder)[language][1] if folder and language in KEPT else _read_calendar(language))


def _read_calendar(language: str) -> list[str]:
    from babel.core import Locale, UnknownLocaleError

    try:
        locale = Locale(language)
    except (UnknownLocaleError, ValueError):
        return []
    tables = [*locale.days["format"].values(), *locale.months["format"].values(), *locale.months["stand-alone"].values()]
    return sorted({word.casefold() for table in tables for name in table.values() for word in words(name)})
