"""Which language a question is written in: rules for scripts first, py3langid where they cannot tell."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np

from bot.cache import Arrays, cached
from bot.errors import UsageError
from bot.text import clean, fold, is_stop, script, words
from bot.vocabulary import Vocabulary

LATIN = ("en", "es", "pl", "fr", "de", "it", "pt", "nl", "tr")
"""Languages in Latin letters that a question may be in."""
_TOLD = (*LATIN, "uk", "ru")
"""Languages that py3langid tells apart."""
_BYTES = 256
REVISION = 1
"""Part of the cache key: raise it when what is kept of py3langid's model changes."""
CERTAIN = 0.9
"""Probability by py3langid from which the language of a question is sure without a look at its words."""
_CANDIDATES = {"latin": LATIN, "cyrillic": ("ru", "uk"), "arabic": ("fa", "ar")}
_SCRIPTS = {"hangul": "ko", "hebrew": "he", "greek": "el", "thai": "th", "kana": "ja", "han": "zh", "devanagari": "hi"}
_PERSIAN = re.compile("[پچژگکی\u200c]|(?:^|\\s)(?:است|آیا|چه|چرا|را|که|برای|این|هست|شده|کجا|چطور|می)(?:\\s|$|؟)")
_ARABIC = re.compile("[ةيىكأإؤئ]|(?:^|\\s)(?:هل|ما|ماذا|في|من|على|متى|لماذا|أين|كيف|هذا|التي|شو|ليش)(?:\\s|$|؟)")
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]|(?:^|\\s)(?:чи|що|де|коли|мій|як|це|та)(?:\\s|$|\\?)", re.I)
_RUSSIAN = re.compile("[ыэъёЫЭЪЁ]|(?:^|\\s)(?:что|где|когда|как|это|или|мой|почему|если|и|ли)(?:\\s|$|\\?)", re.I)


@lru_cache(maxsize=1)
def _identifier(folder: Path | None) -> Callable[[str], tuple[str, float]]:
    """py3langid, restricted to _TOLD; only when a rule cannot tell, since unpacking its model takes half a second where `folder` does not have it.

    It unpacks it into a temporary file. Raises UsageError where there is no place for one.
    """
    from py3langid.langid import LanguageIdentifier

    key = hashlib.sha256(f"{REVISION} {version('py3langid')} {_TOLD}".encode()).hexdigest()[:24]
    model = cached(folder, f"languages-{key}", _model)
    usual, counts, at, other = (model[name].astype(np.uint32, copy=False) for name in ("usual", "counts", "bytes", "moves"))
    moves = np.tile(usual, len(counts))
    moves[np.repeat(np.arange(len(counts)) * _BYTES, counts) + at] = other
    identifier = LanguageIdentifier(
        model["ptc"],
        model["pc"],
        model["classes"].tolist(),
        memoryview(moves),  # type: ignore[arg-type]
        model["output"].tolist(),
        norm_probs=True,
        tk_row=model["row"].tolist(),
    )
    return identifier.classify  # type: ignore[no-any-return]


def _model() -> Arrays:
    """What py3langid knows of _TOLD: of each row of its automaton (a state, or several, by byte) the moves that differ from those of the first."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    try:
        model = LanguageIdentifier.from_model_file(MODEL_FILE)
    except OSError as error:
        raise UsageError(f"the model that tells languages apart cannot be unpacked: {error.strerror}; name a folder with room in TMPDIR") from None
    model.set_languages(_TOLD)
    rows = np.asarray(model.tk_nextmove).reshape(-1, _BYTES)
    other = rows != rows[0]
    return {
        "ptc": model.nb_ptc,
        "pc": model.nb_pc,
        "classes": np.array(model.nb_classes),
        "row": np.asarray(model.tk_row),
        "output": np.array(model.tk_output, dtype=np.int32),
        "usual": rows[0],
        "counts": other.sum(axis=1, dtype=np.uint16),
        "bytes": np.nonzero(other)[1].astype(np.uint8),
        "moves": rows[other],
    }


class Languages:
    """Tells the language of a question from its script, from the words of the corpus and of the FAQ's phrasings, else by py3langid."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.home = vocabulary.home

    def prepare(self) -> None:
        """Load now what the first question would wait for whose language is in doubt, or that has a word that nobody knows."""
        _identifier(self._vocabulary.folder)
        for language in (*_TOLD, *_CANDIDATES["arabic"]):
            self._vocabulary.common("", language)

    def detect(self, text: str) -> str:
        """BCP 47 tag of the language of `text`, `und` where it has no letter."""
        cleaned = clean(text)
        writing = script(cleaned)
        if writing == "none":
            return "und"
        candidates = _CANDIDATES.get(writing)
        if candidates is None:
            return _SCRIPTS.get(writing, "und")
        found = [w for w in words(text) if not w.isdigit()]
        shares = self._vocabulary.shares(found, candidates)
        if self.home in shares:
            accents = not cleaned.isascii() and fold(text) != cleaned.casefold()
            shares[self.home] += sum(is_stop(w) and not self._vocabulary.knows(w, self.home) for w in found) / max(len(found), 1) if self.home == "en" else 0
            if not accents and shares[self.home] >= 0.75 and shares[self.home] >= max(shares.values()):
                return self.home
        ranked = sorted(shares, key=lambda language: -shares[language])
        best, second = ranked[0], shares[ranked[1]]
        if shares[best] >= 0.5 and shares[best] - second >= 0.25:
            return best
        return _by_letters(text, writing) or self._identified(text, candidates, shares)

    def _identified(self, text: str, candidates: tuple[str, ...], shares: dict[str, float]) -> str:
        if candidates == ("fa", "ar"):
            return "ar"
        language, probability = _identifier(self._vocabulary.folder)(clean(text).casefold())
        if language in candidates and probability >= 0.5:
            return language
        best = max(candidates, key=lambda name: (shares[name], name == self.home))
        return best if shares[best] > 0 or self.home not in candidates else self.home

    def is_strange(self, text: str, language: str) -> bool:
        """True where `text` is surely in `language`, of which neither the corpus nor the FAQ has a word.

        Sure is what a script of its own says, py3langid from CERTAIN on, or everyday words of `language` that outnumber those of the corpus'.
        """
        if self._vocabulary.has(language):
            return False
        if script(clean(text)) != "latin":
            return language in _SCRIPTS.values()
        found = words(text)
        theirs, ours = (sum(self._vocabulary.common(word, tongue) for word in found) for tongue in (language, self.home))
        return _identifier(self._vocabulary.folder)(clean(text).casefold())[1] >= CERTAIN or (2 * theirs >= len(found) and theirs > ours)


def _by_letters(text: str, writing: str) -> str | None:
    """The language whose own letters and little words `text` has more of, where that decides."""
    for name, first, second in (("arabic", ("fa", _PERSIAN), ("ar", _ARABIC)), ("cyrillic", ("uk", _UKRAINIAN), ("ru", _RUSSIAN))):
        if writing == name:
            a, b = len(first[1].findall(text)), len(second[1].findall(text))
            return first[0] if a > b else second[0] if b > a else None
    return None
