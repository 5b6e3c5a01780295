"""Countries and territories in a text, by their names in Unicode CLDR (through Babel), and the names of days and months."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from bot.cache import cached_text
from bot.lexicon import same_word
from bot.text import kept_of_words, script, words

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
def _beginning(language: str, home: str, folder: Path | None) -> Callable[[str], list[tuple[Sequence[str], str, str]]]:
    """For a word the names that begin with it: their folded words, the English name and the language; those of `language` first, the longest first."""

    def found(token: str) -> list[tuple[Sequence[str], str, str]]:
        heads = {token[:2], token[1:3], token[2:4]} if script(token) == "arabic" else {token[:2]}
        return [
            (typed, english, tongue)
            for tongue in dict.fromkeys((language, home))
            for head in sorted(heads)
            for typed, english in _table(tongue, folder).get(head, ())
            if _is(token, typed[0], tongue)
        ]

    return kept_of_words(found)


def place_at(folded: Sequence[str], at: int, language: str, home: str, folder: Path | None) -> tuple[int, str] | None:
    """(number of words, English name) of the longest country or territory that begins at folded[at]; `folder`: where names are kept."""
    for typed, english, tongue in _beginning(language, home, folder)(folded[at].casefold()):
        if len(typed) <= len(folded) - at and all(_is(token.casefold(), name, tongue) for token, name in zip(folded[at + 1 :], typed[1:], strict=False)):
            return len(typed), english
    return None


def _is(token: str, name: str, language: str) -> bool:
    """True where a folded token is a word of a name, perhaps in another case."""
    if token == name:
        return True
    if script(name) == "cyrillic":
        return len(name) >= SHORTEST_CYRILLIC and _declined(token, name)
    return len(name) >= SHORTEST_POLISH and _is_polish(token, name) if language == "pl" else same_word(token, name)


SHORTEST_CYRILLIC, SHORTEST_POLISH = 4, 5
"""Letters of the shortest word of a name that is looked for in other cases."""
_CYRILLIC = {
    "а": "ы и е і у ои ою оі іи",
    "я": "и і е є ю еи ею єю",
    "ь": "я ю и і е ем ом єм",
    "и": "ы я ю е і ам ах ами ов ів ем єм",
    "ы": "и ам ах ами ов",
    "ая": "ои ую ою",
    "ые": "ых ым ыми",
    "ие": "их им ими",
    "ні": "них ним ними",
    "": "а у е і и ом ем ові еві",
}
"""What the words of Russian and Ukrainian names take in other cases, by the letters at their end, which fall; "" where none of these do. All folded: й is и."""
_POLISH = frozenset("a y i e o u ie ia ii iu io em iem om ach iach ami iami ech ow owi owie".split())
"""Case endings of Polish names, folded."""
_SOFTENED = {"d": "dz", "t": "c", "k": "c", "g": "dz", "r": "rz", "c": "cz", "ch": "sz"}
"""What the last consonant of a Polish name becomes before some endings."""


def _declined(token: str, name: str) -> bool:
    last = next((name[-n:] for n in (2, 1) if name[-n:] in _CYRILLIC), "")
    stem = name.removesuffix(last)
    return token.startswith(stem) and token[len(stem) :] in _CYRILLIC[last].split()


def _is_polish(token: str, name: str) -> bool:
    stem = name[:-1] if name[-1] in "aeiouy" else name
    hard = "ch" if stem.endswith("ch") else stem[-1]
    bare = token == stem and name[-1] in "yi"
    begins = (stem.removesuffix(hard) + last for last in (hard, _SOFTENED.get(hard, hard)))
    return bare or any(token.startswith(begin) and token[len(begin) :] in _POLISH for begin in begins)


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
