"""The words of a corpus and of its FAQ's phrasings by language, and the everyday words of a language."""

from __future__ import annotations

import hashlib
import itertools
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot.cache import Arrays, cached, cached_text
from bot.corpus import Corpus
from bot.faq import Entry, Faq
from bot.text import kept_of_words, stem, words

AGAIN = 0.02
"""Share of an entry's phrasings that must have a word for it to be the entry's own: what one of a hundred tells of the asker's life is not."""
SHORTEST_TYPO = 5
"""Letters; shorter words are never corrected (`irak` is not `iran`)."""
_WORDS, _PHRASED = "words ", "phrased "
"""What stands before a language in the names of what is kept."""
LISTED = frozenset({"ar", "de", "en", "es", "eu", "fa", "fr", "it", "lv", "nl", "pt", "ru"})
"""Languages with a frequency list of everyday words (pyspellchecker's, from film subtitles)."""
_REVISION = 5


class Texts(Protocol):
    """The words of a large corpus, looked up one by one."""

    @property
    def home(self) -> str:
        """The language of most articles."""
        ...

    @property
    def spellings(self) -> Sequence[str]:
        """The commonest words, which a typo may be read as."""
        ...

    def has_word(self, word: str) -> bool:
        """True where a text has the folded word."""
        ...


class Vocabulary:
    """Which words the corpus and the FAQ know, per language."""

    def __init__(self, corpus: Corpus, faq: Faq, cache_folder: Path | None = None, texts: Texts | None = None) -> None:
        """`texts`: the words of a corpus whose sentences are not gone through."""
        self._texts = texts
        self.home = texts.home if texts else _most_frequent(corpus)
        """The language of most articles."""
        self._corpus, self._faq, self.folder = corpus, faq, cache_folder
        self._key = hashlib.sha256(f"{_REVISION} {corpus.sha256} {faq.sha256}{' looked up' if texts else ''}".encode()).hexdigest()[:24]
        self._languages = kept_of_words(self._languages_of)
        self._of_lengths = lru_cache(maxsize=64)(lambda lengths: [s for s in self.spellings if len(s) in lengths])
        self._ids = cached(cache_folder, f"words-{self._key}", lambda: self._collect(corpus, faq))

    def _collect(self, corpus: Corpus, faq: Faq) -> Arrays:
        found: dict[str, set[int]] = {self.home: set() if self._texts else {word_id(word) for s in corpus.sentences for word in words(s.text)}}
        phrased: dict[str, set[int]] = {}
        for entry in faq.entries:
            texts = Counter(language for language, _ in entry.phrasings)
            holding: Counter[tuple[str, str]] = Counter()
            for language, text in entry.phrasings:
                mine = words(text)
                found.setdefault(language, set()).update(map(word_id, mine))
                holding.update({(language, stem(word, self.home)) for word in mine})
            for (language, term), count in holding.items():
                if count >= AGAIN * texts[language]:
                    phrased.setdefault(language, set()).add(_phrased_id(entry, term))
        kept = {**{_WORDS + language: ids for language, ids in found.items()}, **{_PHRASED + language: ids for language, ids in phrased.items()}}
        return {name: np.array(sorted(ids), dtype=np.uint32) for name, ids in kept.items()}

    def has(self, language: str) -> bool:
        """True where the corpus or a phrasing of the FAQ is in `language`."""
        return _WORDS + language in self._ids

    def phrases(self, entry: Entry, stem: str, language: str) -> bool:
        """True where AGAIN of an entry's phrasings in a language have a word with that stem in the language of most articles."""
        return _phrased_id(entry, stem) in self._phrased.get(language, ())

    def knows(self, word: str, language: str) -> bool:
        """True where the corpus (in its own language) or a phrasing of that language has the folded word."""
        return language in self._languages(word)

    def shares(self, words: Sequence[str], languages: Iterable[str]) -> dict[str, float]:
        """For each language, the share of the folded words that it knows; 0 of no words."""
        known = Counter(itertools.chain.from_iterable(map(self._languages, words)))
        return {language: known[language] / max(len(words), 1) for language in languages}

    def _languages_of(self, word: str) -> list[str]:
        """The languages that know a folded word."""
        number = word_id(word)
        found = [language for language, known in self._known.items() if number in known]
        if self._texts and self._texts.has_word(word):
            found.append(self.home)
        return list(dict.fromkeys(found))

    @cached_property
    def _known(self) -> dict[str, frozenset[int]]:
        return self._ids_of(_WORDS)

    @cached_property
    def _phrased(self) -> dict[str, frozenset[int]]:
        return self._ids_of(_PHRASED)

    def _ids_of(self, kind: str) -> dict[str, frozenset[int]]:
        """What is kept of each language."""
        return {name.removeprefix(kind): frozenset(ids.tolist()) for name, ids in self._ids.items() if name.startswith(kind)}

    def common(self, word: str, language: str) -> bool:
        """True where the frequency list of `language` has the folded word or its stem; False where it has no list."""
        return language in LISTED and (self._is_listed(word, language) or self._is_listed(stem(word, language), language))

    def _is_listed(self, word: str, language: str) -> bool:
        known, wanted = _everyday(language, self.folder), np.uint64(text_id(word))
        at = int(known.searchsorted(wanted))
        return at < len(known) and bool(known[at] == wanted)

    @cached_property
    def spellings(self) -> list[str]:
        """The words that a typo may be read as, sorted: those of the articles, and everyday words of the FAQ's phrasings."""
        return cached_text(self.folder, f"spellings-{self._key}", self._spell).split("\n")

    def spelled_like(self, word: str, similarity: float) -> list[str]:
        """The spellings of which the length alone leaves room for such an edit similarity to `word`: letters not shared are edits."""
        room = tuple(n for n in self._lengths if abs(n - len(word)) <= (1 - similarity) * max(n, len(word)) + 1e-9)
        return self._of_lengths(room) if room else []

    @cached_property
    def _lengths(self) -> tuple[int, ...]:
        return tuple(sorted({len(spelling) for spelling in self.spellings}))

    def _spell(self) -> str:
        found = set(self._texts.spellings) if self._texts else {w for a in self._corpus.articles.values() for w in words(a.text)}
        phrased = {w for e in self._faq.entries for language, text in e.phrasings if language == self.home for w in words(text)}
        found |= {w for w in phrased if self.common(w, self.home)}
        return "\n".join(sorted({w.casefold() for w in found if len(w) >= SHORTEST_TYPO and w.isalpha()}))


def _most_frequent(corpus: Corpus) -> str:
    counts: dict[str, int] = {}
    for article in corpus.articles.values():
        counts[article.language] = counts.get(article.language, 0) + 1
    return max(counts, key=lambda language: (counts[language], language), default="en")


def _phrased_id(entry: Entry, stem: str) -> int:
    return word_id(f"{entry.id} {stem}")


def word_id(word: str) -> int:
    """A number for a folded word (CRC-32)."""
    return zlib.crc32(word.encode())


def text_id(text: str) -> int:
    """A number for a text that no other is met with (64 bits of BLAKE2)."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


@lru_cache(maxsize=64)
def _everyday(language: str, folder: Path | None) -> npt.NDArray[np.uint64]:
    """The ids of the words of a language's frequency list, sorted. The list itself takes a second and 90 MB where it is long (Portuguese), so the ids are kept."""
    key = hashlib.sha256(f"{_REVISION} {version('pyspellchecker')} {language}".encode()).hexdigest()[:24]
    return cached(folder, f"everyday-{key}", lambda: {"ids": _listed(language)})["ids"].astype(np.uint64, copy=False)


def _listed(language: str) -> npt.NDArray[np.uint64]:
    from spellchecker import SpellChecker

    return np.sort(np.array([text_id(word) for word in SpellChecker(language=language).word_frequency.dictionary], dtype=np.uint64))
