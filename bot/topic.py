"""Whether the words of a question are those of the FAQ's topic, or of whatever else people talk about.

Two unigram models of each language are learnt from the FAQ's own phrasings: of the entries on whose subject the sources have something, and of the
known unknowns with `nearest: []`, on whose subject they have nothing. Each content word of a question counts with the logarithm of how much likelier
the first makes it (naive Bayes), a word that neither has with how likely each comes upon a new one (Good 1953).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.cache import Arrays, cached
from bot.faq import Entry, Faq
from bot.matching import short_stem
from bot.text import content_words
from bot.vocabulary import word_id

ADDED = 0.25
"""Added to each count of a word that one of the models has."""
MOST = 3.0
"""What a word can say for or against the topic."""
NEUTRAL = 1
"""Words without a meaning for the topic that each question is thought to have, so that a single one decides less."""
FEWEST = 1000
"""Words of each kind that a language needs, else nothing is said: of the FAQ that ships thinned to 8 phrasings an entry (some 400 words) 16 more of 1,117
questions were refused in vain, and 6 more of 840 that the sources do not answer rightly; at 24 phrasings (1,200 words) 14 and 34."""
_REVISION = 1
_IDS, _SAY, _NEW = "ids ", "say ", "new "
"""What stands before a language in the names of what is kept."""


class Topic:
    """How much likelier the words of a question are on the FAQ's topic than beside it."""

    def __init__(self, faq: Faq, folder: Path | None = None) -> None:
        digest = hashlib.sha256(f"{_REVISION} {ADDED} {MOST} {FEWEST} {faq.sha256}".encode()).hexdigest()
        kept = cached(folder if faq.sha256 else None, f"topic-{digest[:24]}", lambda: _learnt(faq.entries))
        languages = [name.removeprefix(_NEW) for name in kept if name.startswith(_NEW)]
        self._of: dict[str, tuple[dict[int, float], float]] = {
            language: (dict(zip(kept[_IDS + language].tolist(), kept[_SAY + language].tolist(), strict=True)), kept[_NEW + language].item())
            for language in languages
        }

    def likelihood(self, content: Iterable[str], language: str) -> float:
        """The mean logarithm of the ratio over the content words of a question, in nats: below 0 where they are rather beside the topic; 0 where nothing is known."""
        known, new = self._of.get(language, ({}, 0.0))
        found = _numbers(content, language)
        return sum(known.get(number, new) for number in found) / (len(found) + NEUTRAL)


def _numbers(content: Iterable[str], language: str) -> set[int]:
    """The numbers of the stems of words."""
    return {word_id(short_stem(word, language)) for word in content}


def _learnt(entries: Iterable[Entry]) -> Arrays:
    """For each language the ids of the words in its phrasings, and what each of them and a new one say for the topic."""
    counts: dict[str, tuple[Counter[int], Counter[int]]] = {}
    for entry in entries:
        beside = entry.known_unknown and not entry.nearest
        for language, text in entry.phrasings:
            counts.setdefault(language, (Counter(), Counter()))[beside].update(_numbers(content_words(text, language), language))
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for language, both in counts.items():
        if min(map(Counter.total, both)) < FEWEST:
            continue
        ids = sorted(both[0].keys() | both[1].keys())
        shares = [np.array([found[number] + ADDED for number in ids]) / found.total() for found in both]
        new = [(sum(count == 1 for count in found.values()) + ADDED) / found.total() for found in both]
        arrays[_IDS + language] = np.array(ids, dtype=np.uint32)
        for name, (on_topic, elsewhere) in ((_SAY, shares), (_NEW, new)):
            arrays[name + language] = np.clip(np.log(on_topic / elsewhere), -MOST, MOST).astype(np.float32)
    return arrays
