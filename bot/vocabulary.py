"""The words of a corpus and of its FAQ's phrasings by language, and how much each is a word of this topic."""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.cache import Arrays, cached
from bot.corpus import Corpus
from bot.faq import Faq
from bot.text import stem, words

UNKNOWN = -2.0
"""Topicality of a word that neither the corpus nor a phrasing has."""
LEAST, MOST = -4.0, 6.0
"""Bounds of a word's topicality, so that no single word decides."""
_RARE = 3e-5
"""Share of running text that a word is taken to have in a language without a frequency list."""
_REVISION = 1


class Vocabulary:
    """Which words the corpus and the FAQ know, per language."""

    def __init__(self, corpus: Corpus, faq: Faq, cache_folder: Path | None = None) -> None:
        counts: dict[str, int] = {}
        for article in corpus.articles.values():
            counts[article.language] = counts.get(article.language, 0) + 1
        self.home = max(counts, key=lambda language: (counts[language], language), default="en")
        """The language of most articles."""
        key = hashlib.sha256(f"{_REVISION} {corpus.sha256} {faq.sha256}".encode()).hexdigest()[:24]
        arrays = cached(cache_folder, f"words-{key}", lambda: self._count(corpus, faq))
        self._tables = {name[4:]: (arrays[name], arrays[f"log-{name[4:]}"]) for name in arrays if name.startswith("ids-")}

    def _count(self, corpus: Corpus, faq: Faq) -> Arrays:
        counts: dict[str, dict[str, int]] = {self.home: {}}
        for sentence in corpus.sentences:
            _add(counts[self.home], sentence.text)
        for entry in faq.entries:
            for language, text in entry.phrasings:
                _add(counts.setdefault(language, {}), text)
        arrays: dict[str, np.ndarray[tuple[int], np.dtype[np.generic]]] = {}
        for language, found in counts.items():
            total = sum(found.values()) or 1
            ids = {word_id(word): topicality(count, total, word, language) for word, count in sorted(found.items())}
            order = sorted(ids)
            arrays[f"ids-{language}"] = np.array(order, dtype=np.uint32)
            arrays[f"log-{language}"] = np.array([ids[i] for i in order], dtype=np.float32)
        return arrays

    def _find(self, word: str, language: str) -> float | None:
        table = self._tables.get(language)
        if table is None or not len(table[0]):
            return None
        wanted = np.uint32(word_id(word))
        at = int(np.searchsorted(table[0], wanted))
        return float(table[1][at]) if at < len(table[0]) and table[0][at] == wanted else None

    def knows(self, word: str, language: str) -> bool:
        """True where the corpus (in its own language) or a phrasing of that language has the folded word."""
        return self._find(word, language) is not None

    def topicality(self, text: str, language: str) -> float:
        """Mean over the words of `text` of ln(share here / share in everyday text): above 0 where it speaks of this topic."""
        values = [UNKNOWN if (found := self._find(word, language)) is None else found for word in words(text)]
        return sum(values) / len(values) if values else 0.0


def _add(counts: dict[str, int], text: str) -> None:
    for word in set(words(text)):
        counts[word] = counts.get(word, 0) + 1


def topicality(count: int, total: int, word: str, language: str) -> float:
    """ln of a word's share here over its share in everyday text of `language`, within LEAST and MOST."""
    frequencies = dictionary(language)
    if frequencies:
        everyday = (frequencies.get(word.casefold(), 0) + 1) / (_size(language) + len(frequencies))
    else:
        everyday = _RARE
    return max(LEAST, min(MOST, math.log(count / total / everyday)))


def word_id(word: str) -> int:
    """A number for a folded word (CRC-32)."""
    return zlib.crc32(word.encode())


@lru_cache(maxsize=8)
def dictionary(language: str) -> Mapping[str, int]:
    """Frequency list of a language (pyspellchecker's, from film subtitles); empty where it has none."""
    try:
        from spellchecker import SpellChecker

        return SpellChecker(language=language).word_frequency.dictionary
    except ValueError:
        return {}


@lru_cache(maxsize=8)
def _size(language: str) -> int:
    return sum(dictionary(language).values())


@lru_cache(maxsize=16384)
def common(word: str, language: str) -> bool:
    """True where the frequency list of `language` has the folded word or its stem."""
    frequencies = dictionary(language)
    return word in frequencies or stem(word, language) in frequencies
