"""Text analysis for matching: normalising, words, stems, scripts, n-grams. Article texts themselves are never changed."""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

import Stemmer

_T = TypeVar("_T")

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
"""Characters that a reader does not see, line breaks and joiners apart."""
LONE_JOINER = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])")
"""Zero-width (non-)joiners that join nothing: Persian words and emoji need theirs, between two characters beyond ASCII."""
SURROGATE = re.compile("[\ud800-\udfff]")
LINE_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_ACTING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202d\u202e\ud800-\udfff]|\r(?!\n)")
_QUOTES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201b": "'", "`": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-", "\u2011": "-"}
)
_LOOKALIKE = str.maketrans(
    "аеорсухіјѕԁһАВЕКМНОРСТУХІЈЅαορνικΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhABEKMHOPCTYXIJSaopvikABEZHIKMNOPTYX",
)
"""Cyrillic and Greek letters drawn like Latin ones (a subset of Unicode TR 39's confusables)."""
LOOKALIKES = re.compile(f"[{''.join(map(chr, _LOOKALIKE))}]")
_ARABIC = str.maketrans({"ي": "ی", "ى": "ی", "ك": "ک", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ۀ": "ه", "ؤ": "و", "ئ": "ی", "ـ": None})
WORD = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*|[^\W_]+")
"""A word or a number, as it stands in cleaned text."""
_ASCII_WORD = re.compile(r"[0-9]+(?:[.,:/][0-9]+)*|[a-z]+(?:'[a-z]+)*")
"""The same in ASCII text in small letters, four times as fast."""
_ASCII_LETTER = re.compile(r"[A-Za-z]")
_MIXED = re.compile(r"[^\W\d_]+")

SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "fa": "persian", "fi": "finnish", "fr": "french", "hi": "hindi", "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian",
    "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
"""Languages with a Snowball stemmer (https://snowballstem.org); the others are matched unstemmed."""

STOP_WORDS = frozenset(
    """a about after all also am an and any are aren't as at be because been before being but by can can't cannot could couldn't
    did didn't do does doesn't doing don't for from had has hasn't have haven't having he help her here hers him his how i i'd i'll
    i'm i've if in into is isn't it it's its itself just let let's like may me might mine more most much my no nor not of off on
    once only or other our ours out over own please really same shall she should so some such than that that's the their theirs
    them then there there's these they they're this those through to too under until up upon us very was wasn't we we're we've
    were weren't what what's when where which while who who's whom whose why will with won't would wouldn't yes yet you you're
    your yours tell say says said know got get gets anyone someone something anything everyone everything ok okay hey hi hello
    thanks u ur pls plz wanna gonna lol""".split()
)
"""English words that carry no topic; everything else is content."""


def visible(text: str) -> str:
    """`text` without control, bidi and zero-width characters; newlines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROL.sub("", _INVISIBLE.sub("", text))


def acting(text: str) -> re.Match[str] | None:
    """The first character of `text` that does something where it is shown: a control character, a carriage return alone, an override of the direction."""
    return _ACTING.search(text)


def unseen(text: str) -> re.Match[str] | None:
    """The first character of `text`, which is to be one line, that a reader does not see, or a line break or tab."""
    return HIDDEN.search(text) or LONE_JOINER.search(text) or LINE_BREAK.search(text) or re.search("\t", text)


def code(found: re.Match[str]) -> str:
    """What was found as a code point, such as U+202E."""
    return f"U+{ord(found[0][0]):04X}"


def clean(text: str) -> str:
    """`text` for matching only: NFKC, no invisible characters, straight quotes, look-alike letters folded."""
    if text.isascii():
        return (text if text.isprintable() else _CONTROL.sub(" ", text)).replace("`", "'")
    text = _CONTROL.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))).translate(_QUOTES)
    if not LOOKALIKES.search(text):
        return text
    letters = [c for c in text if c.isalpha()]
    mostly_latin = 2 * sum(c.isascii() for c in letters) > len(letters)

    def unmasked(match: re.Match[str]) -> str:
        word = match.group()
        folded = word.translate(_LOOKALIKE)
        return folded if folded.isascii() and (mostly_latin or any(c.isascii() for c in word)) else word

    return _MIXED.sub(unmasked, text)


KEPT_WORDS = 4096
"""Words of which something is kept, at most: so many that a thousand questions have them, so that memory is soon at its level."""
_LONGEST_KEPT = 32
"""Characters of a word of which something is kept: words come again, texts do not."""


class OfWords(dict[str, _T]):
    """What a function of a word returned, for KEPT_WORDS words, after which it begins anew; of anything longer than a word nothing."""

    def __init__(self, function: Callable[[str], _T]) -> None:
        super().__init__()
        self._function = function

    def __missing__(self, word: str) -> _T:
        found = self._function(word)
        if len(word) <= _LONGEST_KEPT:
            if len(self) >= KEPT_WORDS:
                self.clear()
            self[word] = found
        return found


def kept_of_words(function: Callable[[str], _T]) -> Callable[[str], _T]:
    """Keep what a function of a word returns, for KEPT_WORDS words, as a look-up in one table; of anything longer than a word nothing."""
    return OfWords(function).__getitem__


def fold(text: str) -> str:
    """Cleaned `text` in one case and without accents, so that spelling variants of a word become one."""
    return _folded(text)


@kept_of_words
def _folded(text: str) -> str:
    text = clean(text).casefold()
    if text.isascii():
        return text
    text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", text).translate(_ARABIC).replace("ł", "l")


def words(text: str) -> list[str]:
    """The words and numbers of folded `text`, in order; an all-capitals word that is else a stop word keeps its capitals."""
    return list(_words(text))


@lru_cache(maxsize=256)
def _words(text: str) -> list[str]:
    cleaned = clean(text)
    if cleaned.isascii():
        folded = _ASCII_WORD.findall(cleaned.lower())
        if "'" in cleaned:
            folded = [word.replace("'", "") for word in folded]
    else:
        folded = [fold(word).replace("'", "") for word in WORD.findall(cleaned)]
    if CAPITAL_STOPS.isdisjoint(folded):
        return folded
    shouted = cleaned.upper() == cleaned
    raw = WORD.findall(cleaned)
    for i, word in enumerate(folded):
        if word in CAPITAL_STOPS and not shouted and (raw[i].isupper() or (i and folded[i - 1] == "the")):
            folded[i] = word.upper()
    return folded


CAPITAL_STOPS = frozenset(w for w in STOP_WORDS if 2 <= len(w) <= 3 and w.isalpha()) - {"the", "not", "and"}
"""Stop words that are something else in capitals, such as US."""
_STOPS_FOLDED = frozenset(w.replace("'", "") for w in STOP_WORDS)

_local = threading.local()


def _stemmer(language: str) -> Stemmer.Stemmer | None:
    """This thread's stemmer for `language` (PyStemmer objects are not safe across threads)."""
    made: dict[str, Stemmer.Stemmer] = _local.__dict__.setdefault("stemmers", {})
    if language not in made and language in SNOWBALL:
        made[language] = Stemmer.Stemmer(SNOWBALL[language], 0)  # `stem` keeps what it finds
    return made.get(language)


def slug(text: str, most: int) -> str:
    """`text` as an id of at most `most` characters: a-z, 0-9 and - between them; empty where it has none of them."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:most].strip("-")


def stem(word: str, language: str = "en") -> str:
    """The Snowball stem of a folded word; the word itself where the language has no stemmer or it holds a digit."""
    return _stems(language)(word)


@lru_cache(maxsize=32)
def _stems(language: str) -> Callable[[str], str]:
    def found(word: str) -> str:
        if word.isupper() or any(c.isdigit() for c in word):
            return word
        stemmer = _stemmer(language)
        return stemmer.stemWord(word) if stemmer else word

    return kept_of_words(found)


def terms(text: str, language: str = "en") -> list[str]:
    """The content terms of `text`, stemmed, in order: what the index holds and the query asks."""
    return [stem(word, language) for word in words(text) if word not in _STOPS_FOLDED]


def is_stop(word: str) -> bool:
    """True where a folded word carries no topic in English."""
    return word in _STOPS_FOLDED


def is_content(word: str, language: str) -> bool:
    """True where a folded word carries topic; in languages other than English the shortest words do not."""
    return not is_stop(word) if language == "en" else len(word) > _LITTLE.get(script(word), 3)


_LITTLE = {"hangul": 1, "han": 0, "kana": 1, "arabic": 2}
"""Letters of the longest word without topic, by script; 3 elsewhere."""


def content_words(text: str, language: str) -> tuple[str, ...]:
    """The folded words of `text` that carry topic, each once, in order."""
    return tuple(word for word in dict.fromkeys(words(text)) if is_content(word, language))


def numbers(text: str) -> list[str]:
    """The numbers of `text` as written, such as 14.2 or 15."""
    return [word for word in WORD.findall(clean(text)) if word[0].isdigit()]


SCRIPTS = (
    ("latin", "LATIN"),
    ("cyrillic", "CYRILLIC"),
    ("arabic", "ARABIC"),
    ("hangul", "HANGUL"),
    ("han", "CJK"),
    ("kana", "KATAKANA"),
    ("kana", "HIRAGANA"),
    ("hebrew", "HEBREW"),
    ("greek", "GREEK"),
    ("devanagari", "DEVANAGARI"),
    ("thai", "THAI"),
)


@lru_cache(maxsize=KEPT_WORDS)
def _letter_script(letter: str) -> str:
    name = unicodedata.name(letter, "")
    return next((script for script, prefix in SCRIPTS if name.startswith(prefix)), "other")


def script(text: str) -> str:
    """The script of most letters of `text`, such as `latin`; `none` where it has no letter."""
    return _script(text)


@kept_of_words
def _script(text: str) -> str:
    if text.isascii():
        return "latin" if _ASCII_LETTER.search(text) else "none"
    counts: dict[str, int] = {}
    for letter in text:
        if letter.isalpha():
            name = "latin" if letter.isascii() else _letter_script(letter)
            counts[name] = counts.get(name, 0) + 1
    return max(counts, key=lambda s: (counts[s], s)) if counts else "none"


@lru_cache(maxsize=4096)
def shingles(text: str, size: int = 3) -> frozenset[tuple[str, ...]]:
    """The runs of `size` folded words of `text`, for telling near-copies."""
    found = words(text)
    return frozenset(tuple(found[i : i + size]) for i in range(len(found) - size + 1))
