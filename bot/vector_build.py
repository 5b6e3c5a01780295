"""Reading the articles of a saved index with the encoder of `semantic`: each file once, by all processors. What is read is kept as it comes, so
that an interrupted reading goes on where it was."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from bot.archive import Archive
from bot.ridge import Progress
from bot.semantic import Encoder, titled

TEXTS = 64
"""Texts that a process reads before it hands their vectors over: some seconds, which an interruption waits for."""
FEW = 500
"""Texts up to which one process reads them: another takes a second to begin."""


class _Work:
    """Texts of some articles, in one list."""

    def __init__(self) -> None:
        self.articles: list[tuple[int, int, int]] = []
        """Row, passages, sentences."""
        self.texts: list[str] = []


Parts = list[tuple[int, bytes, bytes]]
"""Row, vectors of its passages and of its sentences, in half precision."""
_encoder: Encoder


def _begin(encoder: Encoder) -> None:
    """Of a process: Ctrl-C is for the one that waits."""
    global _encoder
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _encoder = encoder


def _in_process(work: _Work) -> Parts:
    return _encoded(work, _encoder)


def _encoded(work: _Work, encoder: Encoder) -> Parts:
    vectors = np.asarray(encoder.encode_passages(work.texts)).astype(np.float16)
    parts: Parts = []
    at = 0
    for row, passages, sentences in work.articles:
        middle, end = at + passages, at + passages + sentences
        parts.append((row, vectors[at:middle].tobytes(), vectors[middle:end].tobytes()))
        at = end
    return parts


def embed(archive: Archive, rows: Sequence[int], encoder: Encoder, corpus: Path, progress: Progress, processes: int | None) -> None:
    """Keep the vectors of all passages and sentences of these rows of the archive that `encoder` has not read.

    Raises TextError where a text is not what its hash was made of. Whatever ends it, what was read by then is kept.
    """
    wanted = archive.without_vectors(rows, encoder.name)
    done = 0
    try:
        for parts in _read(_works(archive, wanted, corpus), encoder, processes or os.cpu_count() or 1):
            for row, passages, sentences in parts:
                archive.add_vectors(row, encoder.name, passages, sentences)
            archive.commit()
            done += len(parts)
            progress("embedding articles", done, len(wanted))
    finally:
        archive.commit()


def _works(archive: Archive, rows: Sequence[int], corpus: Path) -> Iterator[_Work]:
    """The texts of these rows, TEXTS or the rest of an article more at a time."""
    work = _Work()
    for row in rows:
        article = archive.article(row, corpus)
        texts = [*map(titled, article.passages), *(s.text for s in article.sentences)]
        work.articles.append((row, len(article.passages), len(article.sentences)))
        work.texts += texts
        if len(work.texts) >= TEXTS:
            yield work
            work = _Work()
    if work.articles:
        yield work


def _read(works: Iterator[_Work], encoder: Encoder, processes: int) -> Iterator[Parts]:
    """What is made of works, in their order: by this process while they are FEW, then by several, which have two works each at most."""
    read = 0
    for work in works:
        read += len(work.texts)
        yield _encoded(work, encoder)
        if processes > 1 and read >= FEW:
            break
    else:
        return
    waiting: deque[Future[Parts]] = deque()
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin, initargs=(encoder,))
    try:
        for work in works:
            waiting.append(pool.submit(_in_process, work))
            if len(waiting) == 2 * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
