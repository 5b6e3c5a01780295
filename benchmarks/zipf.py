"""Synthetic articles and questions whose words are as unevenly frequent as those of real texts (Zipf), the same for the same seed."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

WORDS = 50_000
"""Distinct words."""
EXPONENT = 1.07
A_PASSAGE = 80
"""Words of a passage."""
A_SENTENCE = 16
AN_ARTICLE = 20
"""Passages of an article."""
A_TITLE = 6
A_QUESTION = 6
_BEGIN = "b c d f g h k l m n p r s t v z br dr gr kl pr st tr".split()
_VOWEL = "a e i o u ai ou".split()


class Zipf:
    """Draws words."""

    def __init__(self, seed: int) -> None:
        self._random = np.random.default_rng(seed)
        syllables = [b + v for b in _BEGIN for v in _VOWEL]
        every = ("".join(parts) for length in (2, 3) for parts in itertools.product(syllables, repeat=length))
        words = list(itertools.islice(every, 400_000))
        self.words = np.array(np.random.default_rng(0).permutation(words)[:WORDS])
        weights = 1 / np.arange(1, WORDS + 1) ** EXPONENT
        self._edges = np.cumsum(weights / weights.sum())

    def draw(self, count: int) -> npt.NDArray[np.str_]:
        """`count` words."""
        return self.words[np.minimum(np.searchsorted(self._edges, self._random.random(count)), WORDS - 1)]

    def passages(self, count: int) -> Iterator[list[str]]:
        """The words of passages."""
        for first in range(0, count, 1000):
            yield from self.draw(min(1000, count - first) * A_PASSAGE).reshape(-1, A_PASSAGE).tolist()

    def questions(self, count: int) -> list[str]:
        """Questions of six words."""
        return [f"{' '.join(found)}?" for found in self.draw(count * A_QUESTION).reshape(-1, A_QUESTION).tolist()]


def write(folder: Path, passages: int, seed: int = 6) -> None:
    """Write a corpus of so many passages; nothing where the folder is there."""
    if folder.exists():
        return
    part = folder.with_name(f"{folder.name}.part")
    part.mkdir(parents=True, exist_ok=True)
    zipf = Zipf(seed)
    texts = zipf.passages(passages)
    for number in range((passages + AN_ARTICLE - 1) // AN_ARTICLE):
        paragraphs = []
        for found in itertools.islice(texts, AN_ARTICLE):
            sentences = [found[n : n + A_SENTENCE] for n in range(0, len(found), A_SENTENCE)]
            paragraphs.append(" ".join(f"{' '.join(s).capitalize()}." for s in sentences))
        text = "\n\n".join(paragraphs) + "\n"
        head = {
            "title": " ".join(zipf.draw(A_TITLE).tolist()).capitalize(),
            "publisher": f"Paper {number % 50}",
            "published": f"20{10 + number % 15}-{1 + number % 12:02}-{1 + number % 28:02}",
            "url": f"https://example.org/{number}",
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
        lines = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
        (part / f"a{number:07}.md").write_text("\n".join(["---", *lines, "---", text]), encoding="utf-8")
    part.rename(folder)
