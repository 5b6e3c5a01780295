"""Which FAQ entry a question belongs to, learnt from the phrasings of the FAQ itself.

Kernel ridge regression (see `ridge`) with one output an entry. A phrasing is a
TF-IDF vector of character n-grams, stems and pairs of stems. A feature that no phrasing has lengthens the question's
vector and so lowers every similarity: an unknown word is evidence against a match.

Where BOT_SEMANTIC=on, the outputs of the same regression on embeddings are added to these.

Measured on the CLINC150 half (150 entries, 10 phrasings each): right entry .821, AUC against out-of-scope .941; nearest
phrasing .684 and .846; a linear kernel without unknown features .791 and .913.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import math
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from bot import ridge
from bot.cache import Arrays, cached
from bot.faq import Entry, Faq, phrasing_key
from bot.ridge import Floats, Progress
from bot.semantic import Meaning
from bot.sparse import Rows
from bot.text import SNOWBALL, kept_of_words, script, stem, words
from bot.vocabulary import text_id

UNKNOWN = -1
"""Column of a feature that no phrasing has."""
UNKNOWN_IDF = 9.0
"""Weight of a feature that no phrasing has; 4, 6 and 9 give AUC .926, .933 and .940 at the same accuracy."""
BLOCKS = {"characters": 0.7, "stems": 1.0, "pairs": 0.6}
"""Weight of each block of features; each block has unit length before."""
_LENGTH = math.sqrt(sum(weight * weight for weight in BLOCKS.values()))
NGRAMS = (3, 4, 5)
FIRST_LETTERS = {"hangul": 2, "arabic": 4}
"""Letters that stand for a stem where a language has no stemmer, by script; 5 elsewhere: Korean .66 -> .73, Persian .80 -> .84 of the points."""
MOST = 20
"""Entries that a ranking holds."""
EVIDENCE = 0.6
"""Weight of what the evidence itself says beside the phrasings; flat from .4 to 1.1 on the gold questions (+.01 points)."""
FREQUENT = 0.05
"""Share of phrasings from which a feature counts as frequent in building the kernel (speed alone)."""
STRAY = 0.6
"""From how much more output another entry gets for a phrasing that is held out, it counts as a stray: none of those that ship; of 197 from .45 on a reviewer moved 39."""
AROUND = 600
"""Phrasings around a change that are learnt anew to see what it moves."""
ALIKE = 0.2
"""Cosine with a changed phrasing from which a question is asked again."""
SURELY = 0.1
"""How much outputs must change for a text to count as moved: less is a tie that falls the other way."""
LEAST = 0.15
"""Output from which a question is taken to go to an entry at all, where changes are compared."""
COMMON = 0.1
"""Share of phrasings from which a feature is added as a whole row to the cosines of a question (speed alone)."""
DENSE = 0.25
"""Postings of a word's n-grams, as a share of the phrasings, from which their sum is kept instead of them (speed alone)."""
KEPT = 20_000_000
"""Numbers in what a classifier keeps of words, at most; with few postings a word takes a quarter."""
A_WORD = 8
"""Phrasings for each word of which a classifier keeps something."""
LEARNING = "learning phrasings, once"
"""What is told as progress."""
REVISION = 12
"""Part of the cache key: raise it when features or the fit change."""

_Item = TypeVar("_Item")
Postings = tuple[npt.NDArray[np.integer], Floats]
"""Numbers of phrasings, and a value for each."""
NONE: Postings = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))


class Match(NamedTuple):
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
        return self.score + self.meaning + EVIDENCE * self.evidence


def _blocks(text: str, language: str) -> dict[str, dict[int, int]]:
    """Block → feature id (CRC-32 of its name) → count."""
    found = words(text)
    stems, pairs = _stem_ids(found, language)
    return {"characters": _counted(itertools.chain.from_iterable(map(_ngrams, found))), "stems": _counted(stems), "pairs": _counted(pairs)}


def _counted(ids: Iterable[int]) -> dict[int, int]:
    """How often each id is there, in the order in which they come first."""
    return dict(Counter(ids))


def _stem_ids(found: Sequence[str], language: str) -> tuple[list[int], list[int]]:
    """The ids of the stems of words, and of the pairs of neighbouring ones, beginning and end counted as stems."""
    stems = [short_stem(word, language) for word in found]
    pairs = [_id(f"p{a} {b}") for a, b in zip(["^", *stems], [*stems, "$"], strict=True)] if stems else []
    return [_id(f"s {s}") for s in stems], pairs


def short_stem(word: str, language: str) -> str:
    """The stem of a folded word; in a language without a stemmer its first letters."""
    return stem(word, language) if language in SNOWBALL else word[: FIRST_LETTERS.get(script(word), 5)]


@kept_of_words
def _ngrams(word: str) -> tuple[int, ...]:
    """The ids of the character n-grams of a word."""
    padded = f" {word} "
    places = [(i, i + size) for size in NGRAMS for i in range(max(1, len(padded) - size + 1))]
    if padded.isascii():
        letters = padded.encode()
        return tuple([zlib.crc32(letters[a:b]) for a, b in places])
    return tuple([_id(padded[a:b]) for a, b in places])


def _unit(blocks: dict[str, dict[int, int]], idf: dict[int, float]) -> dict[int, float]:
    """The vector of a text's features in which each block has the length that BLOCKS gives it, and the whole the length 1."""
    vector: dict[int, float] = {}
    whole = math.sqrt(sum(BLOCKS[block] ** 2 for block, counts in blocks.items() if counts))
    for block, counts in blocks.items():
        weights = {key: (1 + math.log(count)) * idf[key] for key, count in counts.items()}
        length = math.sqrt(sum(weight * weight for weight in weights.values()))
        vector.update({key: BLOCKS[block] * weight / (length * whole) for key, weight in weights.items()})
    return vector


def _id(name: str) -> int:
    return zlib.crc32(name.encode())


def group(language: str, text: str) -> str:
    """The classifier that a text belongs to: the script of its first letter beyond ASCII; for Latin letters English apart from other languages."""
    letter = "" if text.isascii() else next((c for c in text if c > "\x7f" and c.isalpha()), "")
    writing = script(letter) if letter else "latin"
    return "en" if writing == "latin" and language == "en" else writing


@dataclass(frozen=True, slots=True)
class _Counts:
    """What `_blocks` finds in a text, in a tenth of the memory: ids and their counts, block after block, and the number of each block."""

    ids: npt.NDArray[np.uint32]
    counts: Floats
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, blocks: Mapping[str, Mapping[int, int]]) -> _Counts:
        """For blocks in the order of BLOCKS."""
        ids = np.array([key for counts in blocks.values() for key in counts], dtype=np.uint32)
        return cls(ids, np.array([n for counts in blocks.values() for n in counts.values()], dtype=np.float32), tuple(map(len, blocks.values())))


class _Features:
    """The features of the phrasings of one group, and the cosines between texts by them."""

    def __init__(self, phrasings: Sequence[tuple[str, str]], progress: Progress | None = None) -> None:
        self._phrasings = phrasings
        self._texts = [text for _, text in phrasings]
        self._one = phrasings[0][0] if len({lang for lang, _ in phrasings}) == 1 else None
        """Their language, if it is one: questions are then read as in it."""
        self._progress = progress

    @property
    def size(self) -> int:
        """How many features there are."""
        return len(self._ids)

    def learn(self) -> tuple[list[npt.NDArray[np.intp]], list[Floats]]:
        """Learn the features and their weights; columns and values of the vector of each phrasing."""
        n = len(self._texts)
        phrasings = self._phrasings if n <= ridge.EXACTLY else self._told(self._phrasings)
        counted = [_Counts.of(_blocks(text, language)) for language, text in phrasings]
        self._ids, frequency = np.unique(np.concatenate([counts.ids for counts in counted]), return_counts=True)
        self._idf = np.array([math.log((1 + n) / (1 + count)) + 1 for count in frequency.tolist()], dtype=np.float32)
        columns: list[npt.NDArray[np.intp]] = []
        values: list[Floats] = []
        for counts in counted:
            column, value = self.vector(counts)
            columns.append(column)
            values.append(value)
        rows = np.repeat(np.arange(n, dtype=np.int32), [len(c) for c in columns])
        flat = np.concatenate(columns) if columns else np.zeros(0, dtype=np.intp)
        order = np.argsort(flat, kind="stable")
        self._rows, self._values = rows[order], (np.concatenate(values) if values else np.zeros(0, np.float32))[order]
        self._starts: list[int] = [0, *np.cumsum(np.bincount(flat, minlength=len(self._ids))).tolist()]
        return columns, values

    def of(self, text: str, language: str) -> tuple[npt.NDArray[np.intp], Floats]:
        """Columns and values of the vector of a text."""
        return self.vector(_Counts.of(_blocks(text, self._one or language)))

    def vector(self, counts: _Counts) -> tuple[npt.NDArray[np.intp], Floats]:
        """Columns and values of the unit vector of a text; unknown features count in its length alone."""
        if not len(counts.ids) or not len(self._ids):
            return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.float32)
        weights: Floats = 1 + np.log(counts.counts)
        at = np.minimum(self._ids.searchsorted(counts.ids), len(self._ids) - 1)
        known = self._ids[at] == counts.ids
        weights *= np.where(known, self._idf[at], np.float32(UNKNOWN_IDF))
        begin, total = 0, 0.0
        for weight, size in zip(BLOCKS.values(), counts.sizes, strict=True):
            if size:
                mine = weights[begin : begin + size]
                mine *= weight / float(np.sqrt(np.dot(mine, mine)))
                begin, total = begin + size, total + weight**2
        return at[known], weights[known] / np.float32(math.sqrt(total))

    def cosines(self, columns: npt.NDArray[np.intp], values: Floats) -> Floats:
        """Cosine with every phrasing."""
        return self._summed(*self._weighed([self._postings(column) for column in columns.tolist()], values))

    def _postings(self, column: int) -> Postings:
        """The phrasings that have a feature, and its value in each."""
        here = slice(self._starts[column], self._starts[column + 1])
        return self._rows[here], self._values[here]

    def _weighed(self, postings: Sequence[Postings], weights: Sequence[float] | Floats) -> Postings:
        """All of them, one after another, the values of each times its weight."""
        if not postings:
            return NONE
        values = np.concatenate([values for _, values in postings])
        values *= np.repeat(np.asarray(weights, dtype=np.float32), [len(values) for _, values in postings])
        return np.concatenate([rows for rows, _ in postings]), values

    def _summed(self, rows: npt.NDArray[np.integer], values: Floats) -> Floats:
        """The sum of the values for each phrasing."""
        return np.bincount(rows, values, minlength=len(self._texts)).astype(np.float32)

    def between(self, columns: list[npt.NDArray[np.intp]], values: list[Floats]) -> ridge.Kernel:
        """The kernel between all phrasings: frequent features by dense products, the others by their postings; progress is told."""
        n = len(columns)
        frequency = np.diff(self._starts)
        place = np.full(len(frequency), -1, dtype=np.intp)
        frequent = np.flatnonzero(frequency > max(n * FREQUENT, 8))
        place[frequent] = np.arange(len(frequent))
        dense = np.zeros((n, len(frequent)), dtype=np.float32)
        for row, (column, value) in enumerate(zip(columns, values, strict=True)):
            here = place[column] >= 0
            dense[row, place[column[here]]] = value[here]

        def cosines(rows: slice) -> Floats:
            found: Floats = dense[rows] @ dense[rows.start :].T
            for row, column, value in zip(found, columns[rows], values[rows], strict=True):
                rare = place[column] < 0
                row += self.cosines(column[rare], value[rare])[rows.start :]
            return found

        return ridge.Kernel(ridge.power, cosines, n, functools.partial(self._progress, LEARNING) if self._progress else None)

    def _told(self, items: Sequence[_Item]) -> Iterator[_Item]:
        """The items, one for each phrasing; progress is told."""
        for row, item in enumerate(items):
            if self._progress and row % 500 == 0:
                self._progress(LEARNING, row, len(items))
            yield item
        if self._progress:
            self._progress(LEARNING, len(items), len(items))


def _key(facts: tuple[object, ...]) -> str:
    """The name under which something is kept: what it depends on, and no more, so that a change of other phrasings or of evidence costs nothing."""
    return f"matching-{hashlib.sha256(repr(facts).encode('utf-8', 'replace')).hexdigest()[:24]}"


class _Classifier(_Features):
    """Kernel ridge regression over the phrasings of one group."""

    def __init__(self, phrasings: Sequence[tuple[str, str]], labels: Sequence[int], entries: int, folder: Path | None, progress: Progress | None) -> None:
        super().__init__(phrasings, progress)
        self._entries = entries
        self._held, self._classes = np.unique(np.array(labels, dtype=np.int32), return_inverse=True)
        self._bounds: list[int] = np.searchsorted(labels, np.arange(entries + 1)).tolist()
        facts = (REVISION, ridge.RIDGE, ridge.ROUNDS, UNKNOWN_IDF, BLOCKS, NGRAMS, list(phrasings), self._classes.tolist())
        exactly = len(phrasings) <= ridge.EXACTLY
        arrays = cached(folder, _key(facts if exactly else ("features", REVISION, UNKNOWN_IDF, BLOCKS, NGRAMS, list(phrasings))), self._fit)
        self._ids: npt.NDArray[np.uint32] = arrays["ids"].astype(np.uint32, copy=False)
        self._starts = arrays["starts"].tolist()
        self._rows = arrays["rows"]  # type: ignore[assignment]
        self._common = COMMON * len(self._texts)
        self._idf, self._values = (arrays[n].astype(np.float32, copy=False) for n in ("idf", "values"))
        self._alpha: Floats | None = np.ascontiguousarray(arrays["alpha"].T, dtype=np.float32) if exactly else None
        if not exactly:
            self._by_row = Rows(
                arrays["columns"].astype(np.int32, copy=False), arrays["by_row"].astype(np.float32, copy=False), arrays["ends"].astype(np.int64)
            )
        strays = {name: arrays[name] for name in ("margins", "landed") if name in arrays}
        self._hold_out: Callable[[], Arrays] = lambda: strays or cached(folder, _key(("held out", ridge.NEIGHBOURS, *facts)), self._held_out_locally)
        self._columns = dict(zip(self._ids.tolist(), range(len(self._ids)), strict=True))
        self._information = [*self._idf.tolist(), UNKNOWN_IDF]
        self._word = lru_cache(maxsize=min(KEPT // len(self._texts), len(self._texts) // A_WORD + 1))(self._of_word)
        self._row = lru_cache(maxsize=int((np.diff(arrays["starts"]) > self._common).sum()) + 1)(self._row_of)

    def _fit(self) -> Arrays:
        columns, values = self.learn()
        small = np.uint16 if len(columns) < 65536 else np.int32
        learnt = {
            "ids": self._ids,
            "idf": self._idf,
            "starts": np.array(self._starts, dtype=np.int32),
            "rows": self._rows.astype(small),
            "values": self._values,
        }
        if len(columns) > ridge.EXACTLY:
            return learnt | dict(zip(("columns", "by_row", "ends"), Rows.of(columns, values).arrays, strict=True))
        classes = self._classes.astype(np.int32)
        kernel = self.between(columns, values)
        margins, landed = ridge.held_out(kernel, classes, len(self._held))
        alpha = ridge.fit(kernel, classes, len(self._held))
        return learnt | {"alpha": alpha.astype(np.float16), "margins": margins, "landed": landed.astype(np.int32)}

    def outputs(self, cosines: Floats) -> Floats:
        """The output for each entry, from the cosine with each phrasing."""
        scores = np.zeros(self._entries, dtype=np.float32)
        if self._alpha is None:
            near = ridge.nearest(cosines, ridge.NEAR)
            scores[self._held] = ridge.locally(ridge.power, cosines[near], self._by_row.between(near), self._classes[near], len(self._held))
        else:
            scores[self._held] = self._alpha @ ridge.power(cosines.copy())
        return scores

    def _of_word(self, word: str) -> tuple[Floats | None, Postings, float]:
        """What the n-grams of a word, each by itself, add to the cosines, and to the square of a question's length: to every cosine, or where they are few to some."""
        columns = [self._columns.get(key, UNKNOWN) for key in _ngrams(word)]
        known = [column for column in columns if column != UNKNOWN]
        few = self._weighed([self._postings(column) for column in known], [self._information[column] for column in known])
        square = sum(self._information[column] ** 2 for column in columns)
        return (self._summed(*few), NONE, square) if len(few[0]) > DENSE * len(self._texts) else (None, few, square)

    def _row_of(self, column: int) -> Floats:
        """What a feature of weight 1 adds to the cosine with every phrasing."""
        return self._summed(*self._postings(column))

    def similarities(self, text: str, language: str) -> Floats:
        """Cosine of a question with every phrasing, as its vector gives it: from the kept sums of its words, with what n-grams that come again weigh less."""
        found = words(text)
        if not found:
            return np.zeros(len(self._texts), dtype=np.float32)
        kept = [self._word(word) for word in found]
        cosines = np.zeros(len(self._texts), dtype=np.float32)
        for row, _, _ in kept:
            if row is not None:
                cosines += row
        again = {key: count for key, count in Counter(itertools.chain.from_iterable(map(_ngrams, found))).items() if count > 1}
        stems, pairs = map(Counter, _stem_ids(found, self._one or language))
        columns: list[int] = []
        values: list[float] = []
        for block, counts, square in (("characters", again, sum(square for _, _, square in kept)), ("stems", stems, 0.0), ("pairs", pairs, 0.0)):
            here = [self._columns.get(key, UNKNOWN) for key in counts]
            weights = []
            for column, count in zip(here, counts.values(), strict=True):
                idf = self._information[column]
                weight = (1 + math.log(count)) * idf
                square += weight * weight
                if block == "characters":
                    square -= count * idf * idf
                    weight -= count * idf
                weights.append(weight)
            scale = BLOCKS[block] / (_LENGTH * math.sqrt(square))
            if block == "characters":
                cosines *= scale
                few = [(postings, scale) for row, postings, _ in kept if row is None]
            columns += here
            values += [weight * scale for weight in weights]
        product = np.empty_like(cosines)
        for column, value in zip(columns, values, strict=True):
            if self._starts[column + 1] - self._starts[column] > self._common:
                cosines += np.multiply(self._row(column), value, out=product)
            elif column != UNKNOWN:
                few.append((self._postings(column), value))
        if few:
            cosines += self._summed(*self._weighed(*zip(*few, strict=True)))
        return cosines

    def nearest(self, entry: int, cosines: Floats) -> tuple[float, str]:
        """The highest cosine among the phrasings of an entry, and that phrasing; (0, "") where it has none here."""
        begin, end = self._bounds[entry], self._bounds[entry + 1]
        if begin == end:
            return 0.0, ""
        at = begin + int(cosines[begin:end].argmax())
        return max(float(cosines[at]), 0.0), self._texts[at]

    def held_out(self) -> tuple[Floats, npt.NDArray[np.intp]]:
        """For each phrasing, were it not there: how far another entry's output is above its own entry's (negative where below), and that entry's number."""
        arrays = self._hold_out()
        return arrays["margins"].astype(np.float32, copy=False), self._held[arrays["landed"]].astype(np.intp)

    def _held_out_locally(self) -> Arrays:
        """The margins of `held_out` and which class each is of, as `ridge.held_out` finds them, without the cosines of all phrasings at once."""
        margins, landed = np.full(len(self._texts), -1, dtype=np.float32), self._classes.astype(np.int32)
        for row, label in enumerate(self._told(self._classes.tolist() if len(self._held) > 1 else [])):
            cosines = self.cosines(*self._by_row.row(row))
            likeness = ridge.steps(ridge.power(cosines.copy()))
            likeness[row] = -1
            near = ridge.nearest(likeness, ridge.NEIGHBOURS)
            near = near[near != row]
            outputs = ridge.locally(ridge.power, cosines[near], self._by_row.between(near), self._classes[near], len(self._held))
            own, outputs[label] = float(outputs[label]), -np.inf
            margins[row], landed[row] = outputs.max() - own, outputs.argmax()
        return {"margins": margins, "landed": landed}


Likeness = list[tuple[_Classifier, Floats]]


class Matcher:
    """Ranks the entries of a FAQ for a question."""

    def __init__(self, faq: Faq, cache_folder: Path | None = None, meaning: Meaning | None = None, progress: Progress | None = None) -> None:
        self._faq = faq
        self._progress = progress
        self._folder = cache_folder
        self._made: dict[str, _Classifier | None] = {}
        self._exact: Mapping[int, tuple[str, Entry]] | None = None
        self._meaning = meaning

    def exact(self, question: str) -> tuple[str, Entry] | None:
        """(language, entry) of the phrasing that has just the words of the question, if there is one."""
        key = phrasing_key(question)
        if not key or not self._faq.entries:
            return None
        if self._exact is None:
            digest = hashlib.sha256(f"{REVISION} {self._faq.sha256}".encode()).hexdigest()
            stored = cached(self._folder, f"phrasings-{digest[:24]}", self._phrasings)
            ids, entries, languages, names = (stored[n].tolist() for n in ("ids", "entries", "languages", "names"))
            self._exact = dict(zip(ids, zip((names[n] for n in languages), (self._faq.entries[n] for n in entries), strict=True), strict=True))
        return self._exact.get(text_id(key))

    def _phrasings(self) -> Arrays:
        rows: dict[int, tuple[int, str]] = {}
        for number, entry in enumerate(self._faq.entries):
            for language, text in entry.phrasings:
                rows.setdefault(text_id(phrasing_key(text)), (number, language))
        names = sorted({language for _, language in rows.values()})
        ids = sorted(rows)
        return {
            "ids": np.array(ids, dtype=np.uint64),
            "entries": np.array([rows[i][0] for i in ids], dtype=np.int32),
            "languages": np.array([names.index(rows[i][1]) for i in ids], dtype=np.int32),
            "names": np.array(names),
        }

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
            self._made[name] = _Classifier(phrasings, labels, len(self._faq.entries), self._folder, self._progress) if phrasings else None
        return self._made[name]

    def likeness(self, question: str, language: str) -> Likeness:
        """The cosines with the phrasings of each classifier that a question belongs to."""
        name = group(language, question)
        classifiers = [c for n in dict.fromkeys((name, "en" if name == "latin" else name)) if (c := self._classifier(n))] if words(question) else []
        return [(classifier, classifier.similarities(question, language)) for classifier in classifiers]

    def rank(
        self,
        question: str,
        language: str,
        evidence: Callable[[Entry], float] = lambda _: 0.0,
        *,
        briefly: bool = False,
        likeness: Likeness | None = None,
    ) -> list[Match]:
        """The MOST likely entries by what is learnt, best first with what their evidence says (ties in the order of the file); empty where the FAQ or the question is.

        Where `briefly`, the nearest phrasing is looked for in the best entry alone that is no known unknown. `likeness`: where it is known already.
        """
        if not words(question) or not self._faq.entries:
            return []
        if likeness is None:
            likeness = self.likeness(question, language)
        if not likeness and not self._meaning:
            return []
        nothing = np.zeros(len(self._faq.entries), dtype=np.float32)
        lexical = functools.reduce(np.maximum, [classifier.outputs(cosines) for classifier, cosines in likeness]) if likeness else nothing
        meaning = self._meaning.entries(question, language) if self._meaning else nothing
        best = np.argsort(-(lexical + meaning), kind="stable")[:MOST]
        found = [
            (number, Match(entry := self._faq.entries[number], score, 0.0, "", meant, evidence(entry)))
            for number, score, meant in zip(best.tolist(), lexical[best].tolist(), meaning[best].tolist(), strict=True)
        ]
        found.sort(key=lambda pair: -pair[1].total)
        matches = [match for _, match in found]
        for at, (number, match) in enumerate(found):
            if not briefly or not match.entry.known_unknown:
                similarity, phrasing = max((classifier.nearest(number, cosines) for classifier, cosines in likeness), default=(0.0, ""))
                matches[at] = match._replace(similarity=similarity, phrasing=phrasing)
                if briefly:
                    break
        return matches

    def vectors(self, texts: Sequence[tuple[str, str]]) -> list[dict[int, float]]:
        """Unit vectors (feature id → value) of texts of (language, text), from the features that entries are found by.

        A feature weighs the less, the more of these texts and of the FAQ's phrasings in their scripts have it.
        """
        names = {group(language, text) for language, text in texts}
        phrasings = [p for name in sorted(names) for p in self._members.get(name, ([], []))[0]]
        counted = [_blocks(text, language) for language, text in texts]
        frequency = Counter(key for blocks in (*counted, *(_blocks(text, language) for language, text in phrasings)) for ids in blocks.values() for key in ids)
        n = len(texts) + len(phrasings)
        return [_unit(blocks, {key: math.log((1 + n) / (1 + frequency[key])) + 1 for ids in blocks.values() for key in ids}) for blocks in counted]

    def held_out(self) -> Iterator[tuple[Entry, str, Entry, float]]:
        """(entry, phrasing, other entry, margin) of each phrasing, as if it were not there: the entry that it would go to apart from its own, and
        how far that one's output is above its own entry's; STRAY or more is a stray, below 0 it still reaches its own."""
        self.prepare()
        for name, classifier in self._made.items():
            if classifier:
                phrasings, labels = self._members[name]
                for (_, text), label, margin, landed in zip(phrasings, labels, *classifier.held_out(), strict=True):
                    yield self._faq.entries[label], text, self._faq.entries[int(landed)], float(margin)


@dataclass(frozen=True, slots=True)
class Shift:
    """A text that goes to another entry after a change of the FAQ than before it, by the phrasings alone; ids, None for none."""

    language: str
    text: str
    before: str | None
    after: str | None


def shifts(before: Sequence[Entry], after: Sequence[Entry], questions: Sequence[tuple[str, str]] = ()) -> list[Shift]:
    """The phrasings before and after and the (language, text) of `questions` that a change of phrasings sends elsewhere.

    Only what is around the changed phrasings is learnt: the AROUND nearest to them, which decide (see the test that compares).
    """
    old, new = ({(lang, text): e.id for e in entries for lang, text in e.phrasings} for entries in (before, after))
    changed = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
    found: list[Shift] = []
    for name in sorted({group(*key) for key in changed}):
        members = [key for key in dict.fromkeys([*old, *new]) if (name != "en" or key[0] == "en") and group(*key) == name]
        asked = [key for key in dict.fromkeys(questions) if group(*key) == name and key not in members]
        found += _shifts(members, [n for n, key in enumerate(members) if key in changed], asked, old, new)
    return found


def _shifts(
    members: list[tuple[str, str]], changed: list[int], asked: list[tuple[str, str]], old: Mapping[tuple[str, str], str], new: Mapping[tuple[str, str], str]
) -> Iterator[Shift]:
    features = _Features(members)
    columns, values = features.learn()
    near = np.zeros(len(members), dtype=np.float32)
    for n in changed:
        np.maximum(near, features.cosines(columns[n], values[n]), out=near)
    kept = np.sort(np.argsort(-near, kind="stable")[:AROUND])
    texts, rows = [members[n] for n in kept], [features.cosines(columns[n], values[n])[kept] for n in kept]
    for key in asked:
        cosines = features.cosines(*features.of(key[1], key[0]))
        if cosines[changed].max(initial=0) >= ALIKE:
            texts.append(key)
            rows.append(cosines[kept])
    kernel = ridge.power(np.array(rows, dtype=np.float32))
    names = sorted({*old.values(), *new.values()})
    before, after = (_outputs(kernel, [labels.get(key) for key in texts[: len(kept)]], names) for labels in (old, new))
    for row, (language, text) in enumerate(texts):
        one, other = int(before[row].argmax()), int(after[row].argmax())
        if one != other and before[row, one] - before[row, other] + after[row, other] - after[row, one] >= SURELY:
            yield Shift(language, text, *(names[n] if n < len(names) else None for n in (one, other)))


def _outputs(kernel: Floats, labels: Sequence[str | None], names: Sequence[str]) -> Floats:
    """For each text of a row of `kernel` the output for each name, learnt from the columns that have a label; last what stands for none."""
    numbers = {name: n for n, name in enumerate(names)}
    there = [n for n, label in enumerate(labels) if label is not None]
    wanted = np.array([numbers[label] for label in labels if label is not None], dtype=np.int32)
    alpha = ridge.solve(kernel[np.ix_(there, there)], wanted, len(names))
    return np.hstack([kernel[:, there] @ alpha, np.full((len(kernel), 1), LEAST, dtype=np.float32)])
