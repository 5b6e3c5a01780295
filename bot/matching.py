"""Which FAQ entry a question belongs to, learnt from the phrasings of the FAQ itself.

Kernel ridge regression (see `ridge`) with one output an entry. A phrasing is a
TF-IDF vector of character n-grams, stems and pairs of stems. A feature that no phrasing has lengthens the question's
vector and so lowers every similarity: an unknown word is evidence against a match.

Where BOT_SEMANTIC=on, the outputs of the same regression on embeddings are added to these.

Measured on the CLINC150 half (150 entries, 10 phrasings each): right entry .823, AUC against out-of-scope .940; nearest
phrasing .684 and .846; a linear kernel without unknown features .791 and .913.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot import ridge
from bot.cache import Arrays, cached
from bot.faq import Entry, Faq, phrasing_key
from bot.ridge import Floats, Progress
from bot.semantic import Meaning
from bot.text import script, stem, words

UNKNOWN_IDF = 9.0
"""Weight of a feature that no phrasing has; 4, 6 and 9 give AUC .926, .933 and .940 at the same accuracy."""
BLOCKS = {"characters": 0.7, "stems": 1.0, "pairs": 0.6}
"""Weight of each block of features; each block has unit length before."""
NGRAMS = (3, 4, 5)
MOST = 20
"""Entries that a ranking holds."""
EVIDENCE = 0.6
"""Weight of what the evidence itself says beside the phrasings; flat from .4 to 1.1 on the gold questions (+.01 points)."""
FREQUENT = 0.01
"""Share of phrasings from which a feature counts as frequent in building the kernel (speed alone)."""
COMMON = 0.03
"""Share of phrasings from which a feature is added as a whole row to the cosines of a question (speed alone)."""
KEPT = 12_000_000
"""Numbers in what a classifier keeps of words: 48 MB."""
REVISION = 6
"""Part of the cache key: raise it when features or the fit change."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry, how strongly the question belongs to it, and its phrasing that is most like the question."""

    entry: Entry
    score: float
    """Output of the regression: about 1 for a phrasing of the entry, about 0 for anything else."""
    similarity: float
    """Cosine of the nearest phrasing."""
    phrasing: str
    meaning: float = 0.0
    """Output of the regression on embeddings; 0 without BOT_SEMANTIC=on."""
    evidence: float = 0.0
    """BM25 of the best passage with its evidence over the highest that the question could have, in [0, 1]."""

    @property
    def learnt(self) -> float:
        """What the phrasings say."""
        return self.score + self.meaning

    @property
    def total(self) -> float:
        """What entries are ranked by."""
        return self.learnt + EVIDENCE * self.evidence


def _blocks(text: str, language: str) -> dict[str, dict[int, int]]:
    """Block → feature id (CRC-32 of its name) → count."""
    found = words(text)
    stems = [stem(word, language) for word in found]
    ids: dict[str, list[int]] = {"characters": [], "stems": [_id("s" + s) for s in stems], "pairs": []}
    for word in found:
        ids["characters"] += _ngrams(word)
    if stems:
        ids["pairs"] = [_id(f"p{a} {b}") for a, b in zip(["^", *stems], [*stems, "$"], strict=True)]
    counted: dict[str, dict[int, int]] = {}
    for block, features in ids.items():
        counts = counted[block] = {}
        for key in features:
            counts[key] = counts.get(key, 0) + 1
    return counted


@lru_cache(maxsize=16384)
def _ngrams(word: str) -> tuple[int, ...]:
    """The ids of the character n-grams of a word."""
    padded = f" {word} "
    return tuple(_id(padded[i : i + size]) for size in NGRAMS for i in range(max(1, len(padded) - size + 1)))


def _id(name: str) -> int:
    return zlib.crc32(name.encode())


def group(language: str, text: str) -> str:
    """The classifier that a text belongs to: the script of its first letter beyond ASCII; for Latin letters English apart from other languages."""
    letter = "" if text.isascii() else next((c for c in text if c > "\x7f" and c.isalpha()), "")
    writing = script(letter) if letter else "latin"
    return "en" if writing == "latin" and language == "en" else writing


class _Classifier:
    """Kernel ridge regression over the phrasings of one group."""

    def __init__(
        self, phrasings: Sequence[tuple[str, str]], labels: Sequence[int], entries: int, folder: Path | None, key: str, progress: Progress | None
    ) -> None:
        self._language = phrasings[0][0] if len({lang for lang, _ in phrasings}) == 1 else ""
        self._texts = [text for _, text in phrasings]
        self._labels = np.array(labels, dtype=np.int32)
        self._entries = entries
        self._bounds: list[int] = np.searchsorted(self._labels, np.arange(entries + 1)).tolist()
        self._progress = progress
        arrays = cached(folder, key, self._fit)
        self._ids: npt.NDArray[np.uint32] = arrays["ids"].astype(np.uint32, copy=False)
        self._starts: npt.NDArray[np.int64] = arrays["starts"].astype(np.int64, copy=False)
        self._rows: npt.NDArray[np.intp] = arrays["rows"].astype(np.intp, copy=False)
        self._idf, self._values, self._alpha = (arrays[n].astype(np.float32, copy=False) for n in ("idf", "values", "alpha"))
        self._word, self._row = lru_cache(maxsize=KEPT // len(self._texts))(self._sum_of_word), lru_cache(maxsize=None)(self._row_of)

    def _fit(self) -> Arrays:
        counted = [_blocks(text, self._language) for text in self._texts]
        frequency: dict[int, int] = {}
        for blocks in counted:
            for counts in blocks.values():
                for key in counts:
                    frequency[key] = frequency.get(key, 0) + 1
        n = len(counted)
        self._ids = np.array(sorted(frequency), dtype=np.uint32)
        self._idf = np.array([math.log((1 + n) / (1 + frequency[int(key)])) + 1 for key in self._ids], dtype=np.float32)
        columns: list[npt.NDArray[np.intp]] = []
        values: list[Floats] = []
        for blocks in counted:
            column, value = self._vector(blocks)
            columns.append(column)
            values.append(value)
        rows = np.repeat(np.arange(n, dtype=np.int32), [len(c) for c in columns])
        flat = np.concatenate(columns) if columns else np.zeros(0, dtype=np.intp)
        order = np.argsort(flat, kind="stable")
        self._rows, self._values = rows[order].astype(np.intp), (np.concatenate(values) if values else np.zeros(0, np.float32))[order]
        self._starts = np.concatenate([[0], np.cumsum(np.bincount(flat, minlength=len(self._ids)))]).astype(np.int64)
        alpha = ridge.fit(self._all_cosines(columns, values, "learning phrasings, once"), self._labels, self._entries)
        small = np.uint16 if n < 65536 else np.int32
        return {
            "ids": self._ids,
            "idf": self._idf,
            "starts": self._starts.astype(np.int32),
            "rows": self._rows.astype(small),
            "values": self._values,
            "alpha": alpha.astype(np.float16),
        }

    def _vector(self, blocks: dict[str, dict[int, int]]) -> tuple[npt.NDArray[np.intp], Floats]:
        """Columns and values of the unit vector of a text; unknown features count in its length alone."""
        ids = [key for counts in blocks.values() for key in counts]
        if not ids or not len(self._ids):
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.float32)
        weights: Floats = 1 + np.log(np.array([count for counts in blocks.values() for count in counts.values()], dtype=np.float32))
        at, known, information = self._look_up(ids)
        weights *= information
        begin, total = 0, 0.0
        for block, counts in blocks.items():
            if counts:
                mine = weights[begin : begin + len(counts)]
                mine *= BLOCKS[block] / float(np.sqrt(np.dot(mine, mine)))
                begin, total = begin + len(counts), total + BLOCKS[block] ** 2
        return at[known], weights[known] / np.float32(math.sqrt(total))

    def _look_up(self, ids: Sequence[int]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_], Floats]:
        """Column, whether a phrasing has it, and idf of each feature."""
        keys = np.array(ids, dtype=np.uint32)
        at = np.minimum(self._ids.searchsorted(keys), len(self._ids) - 1)
        known = self._ids[at] == keys
        return at, known, np.where(known, self._idf[at], np.float32(UNKNOWN_IDF))

    def _sum_of_word(self, word: str) -> tuple[Floats, float]:
        """What the n-grams of a word, each by itself, add to the cosine with every phrasing, and to the square of a question's length."""
        at, known, idf = self._look_up(_ngrams(word))
        return self._cosines(at[known], idf[known]), float(np.dot(idf, idf))

    def _row_of(self, column: int) -> Floats:
        """What a feature of weight 1 adds to the cosine with every phrasing."""
        return self._cosines(np.array([column]), np.ones(1, dtype=np.float32))

    def _similarities(self, text: str) -> Floats:
        """Cosine of a question with every phrasing, as its vector gives it: from the kept sums of its words, with what n-grams that come again weigh less."""
        blocks = _blocks(text, self._language)
        if not blocks["stems"]:
            return np.zeros(len(self._texts), dtype=np.float32)
        again = {key: count for key, count in blocks["characters"].items() if count > 1}
        parts = [again, blocks["stems"], blocks["pairs"]]
        at, known, idf = self._look_up([key for part in parts for key in part])
        counts = np.array([count for part in parts for count in part.values()], dtype=np.float32)
        weights = (1 + np.log(counts)) * idf
        sums = [self._word(word) for word in words(text)]
        n, m = len(again), len(again) + len(blocks["stems"])
        squares = weights * weights
        squares[:n] -= counts[:n] * idf[:n] * idf[:n]
        weights[:n] -= counts[:n] * idf[:n]
        characters = sum(square for _, square in sums) + float(squares[:n].sum())
        length = math.sqrt(sum(weight * weight for weight in BLOCKS.values()))
        scales = [
            BLOCKS[block] / (length * math.sqrt(square))
            for block, square in (("characters", characters), ("stems", float(squares[n:m].sum())), ("pairs", float(squares[m:].sum())))
        ]
        weights *= np.repeat(np.array(scales, dtype=np.float32), [n, m - n, len(weights) - m])
        cosines = sums[0][0].copy()
        for row, _ in sums[1:]:
            cosines += row
        cosines *= np.float32(scales[0])
        at, weights = at[known], weights[known]
        common = self._starts[at + 1] - self._starts[at] > COMMON * len(self._texts)
        for column, weight in zip(at[common].tolist(), weights[common], strict=True):
            cosines += self._row(column) * weight
        cosines += self._cosines(at[~common], weights[~common])
        return cosines

    def _cosines(self, columns: npt.NDArray[np.intp], values: Floats) -> Floats:
        """Cosine with every phrasing."""
        if not len(columns):
            return np.zeros(len(self._texts), dtype=np.float32)
        postings = [slice(begin, end) for begin, end in zip(self._starts[columns].tolist(), self._starts[columns + 1].tolist(), strict=True)]
        weights = np.concatenate([self._values[p] for p in postings])
        weights *= np.repeat(values, [p.stop - p.start for p in postings])
        return np.bincount(np.concatenate([self._rows[p] for p in postings]), weights, minlength=len(self._texts)).astype(np.float32)

    def _all_cosines(self, columns: list[npt.NDArray[np.intp]], values: list[Floats], what: str) -> Floats:
        """The cosines between all phrasings: frequent features by one dense product, the others by their postings; `what` is told as progress."""
        n = len(columns)
        frequency = np.diff(self._starts)
        place = np.full(len(frequency), -1, dtype=np.intp)
        frequent = np.flatnonzero(frequency > max(n * FREQUENT, 8))
        place[frequent] = np.arange(len(frequent))
        dense = np.zeros((n, len(frequent)), dtype=np.float32)
        for row, (column, value) in enumerate(zip(columns, values, strict=True)):
            here = place[column] >= 0
            dense[row, place[column[here]]] = value[here]
        cosines = ridge.product(dense, dense.T)
        for row, (column, value) in enumerate(zip(columns, values, strict=True)):
            if self._progress and row % 500 == 0:
                self._progress(what, row, n)
            rare = place[column] < 0
            cosines[row] += self._cosines(column[rare], value[rare])
        if self._progress:
            self._progress(what, n, n)
        return cosines

    def outputs(self, text: str) -> tuple[Floats, Floats]:
        """The output for each entry, and the cosine with each phrasing."""
        cosines = self._similarities(text)
        return ridge.kernel(cosines.copy()) @ self._alpha, cosines

    def nearest(self, entry: int, cosines: Floats) -> tuple[float, str]:
        """The highest cosine among the phrasings of an entry, and that phrasing; (0, "") where it has none here."""
        begin, end = self._bounds[entry], self._bounds[entry + 1]
        if begin == end:
            return 0.0, ""
        at = begin + int(cosines[begin:end].argmax())
        return max(float(cosines[at]), 0.0), self._texts[at]

    def routes(self) -> npt.NDArray[np.intp]:
        """For each phrasing, the number of the entry that the classifier sends it to."""
        vectors = [self._vector(_blocks(text, self._language)) for text in self._texts]
        kernel = ridge.kernel(self._all_cosines([c for c, _ in vectors], [v for _, v in vectors], "checking phrasings"))
        return np.asarray(np.argmax(kernel @ self._alpha, axis=1))


def _phrasing_id(key: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big"))


class Matcher:
    """Ranks the entries of a FAQ for a question."""

    def __init__(self, faq: Faq, cache_folder: Path | None = None, meaning: Meaning | None = None, progress: Progress | None = None) -> None:
        self._faq = faq
        self._progress = progress
        self._folder = cache_folder
        self._made: dict[str, _Classifier | None] = {}
        self._exact: Arrays | None = None
        self._meaning = meaning

    def exact(self, question: str) -> tuple[str, Entry] | None:
        """(language, entry) of the phrasing that has just the words of the question, if there is one."""
        key = phrasing_key(question)
        if not key or not self._faq.entries:
            return None
        if self._exact is None:
            self._exact = cached(self._folder, self._key("phrasings"), self._phrasings)
        ids, entries, languages, names = (self._exact[n] for n in ("ids", "entries", "languages", "names"))
        wanted = _phrasing_id(key)
        at = int(np.searchsorted(ids, wanted))
        if at == len(ids) or ids[at] != wanted:
            return None
        return str(names[languages[at]]), self._faq.entries[int(entries[at])]

    def _phrasings(self) -> Arrays:
        rows: dict[int, tuple[int, str]] = {}
        for number, entry in enumerate(self._faq.entries):
            for language, text in entry.phrasings:
                rows.setdefault(int(_phrasing_id(phrasing_key(text))), (number, language))
        names = sorted({language for _, language in rows.values()})
        ids = sorted(rows)
        return {
            "ids": np.array(ids, dtype=np.uint64),
            "entries": np.array([rows[i][0] for i in ids], dtype=np.int32),
            "languages": np.array([names.index(rows[i][1]) for i in ids], dtype=np.int32),
            "names": np.array(names),
        }

    def _key(self, name: str, size: int = 0) -> str:
        facts = repr((REVISION, size, ridge.GAMMA, ridge.RIDGE, ridge.ROUNDS, UNKNOWN_IDF, BLOCKS, NGRAMS, self._faq.sha256))
        return f"{name}-{hashlib.sha256(facts.encode()).hexdigest()[:24]}"

    def prepare(self) -> None:
        """Fit every classifier now instead of at its first question."""
        for name in sorted(self._members):
            self._classifier(name)

    @cached_property
    def _members(self) -> Mapping[str, tuple[list[tuple[str, str]], list[int]]]:
        """Group → its phrasings, and the number of the entry of each."""
        members: dict[str, tuple[list[tuple[str, str]], list[int]]] = {}
        for number, entry in enumerate(self._faq.entries):
            for language, text in entry.phrasings:
                phrasings, labels = members.setdefault(group(language, text), ([], []))
                phrasings.append((language, text))
                labels.append(number)
        return members

    def _classifier(self, name: str) -> _Classifier | None:
        """The classifier of a group; None where no phrasing belongs to it."""
        if name not in self._made:
            phrasings, labels = self._members.get(name, ([], []))
            key = self._key(f"matching-{name}", len(phrasings))
            self._made[name] = _Classifier(phrasings, labels, len(self._faq.entries), self._folder, key, self._progress) if phrasings else None
        return self._made[name]

    def rank(self, question: str, language: str, evidence: Callable[[Entry], float] = lambda _: 0.0) -> list[Match]:
        """The MOST likely entries by what is learnt, best first with what their evidence says (ties in the order of the file); empty where the FAQ or the question is."""
        if not words(question) or not self._faq.entries:
            return []
        name = group(language, question)
        classifiers = [c for n in dict.fromkeys((name, "en" if name == "latin" else name)) if (c := self._classifier(n))]
        if not classifiers and not self._meaning:
            return []
        outputs = [(c, *c.outputs(question)) for c in classifiers]
        nothing = np.zeros(len(self._faq.entries), dtype=np.float32)
        lexical = np.max([scores for _, scores, _ in outputs], axis=0) if outputs else nothing
        meaning = self._meaning.entries(question) if self._meaning else nothing
        found = []
        for number in np.argsort(-(lexical + meaning), kind="stable")[:MOST].tolist():
            similarity, phrasing = max((classifier.nearest(number, cosines) for classifier, _, cosines in outputs), default=(0.0, ""))
            entry = self._faq.entries[number]
            found.append(Match(entry, float(lexical[number]), similarity, phrasing, float(meaning[number]), evidence(entry)))
        return sorted(found, key=lambda m: -m.total)

    def strays(self) -> Iterator[tuple[Entry, str, Entry]]:
        """(entry, phrasing, other entry) of each phrasing that is sent to another entry than its own."""
        self.prepare()
        for name, classifier in self._made.items():
            if classifier:
                phrasings, labels = self._members[name]
                for (_, text), label, landed in zip(phrasings, labels, classifier.routes(), strict=True):
                    if landed != label:
                        yield self._faq.entries[label], text, self._faq.entries[int(landed)]
