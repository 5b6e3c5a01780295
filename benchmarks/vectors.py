"""Searching by meaning: `python -m benchmarks.vectors FOLDER DIRECTORY [PASSAGES …]`.

The vectors of BASES passages of the `*.txt` files below a directory (as `benchmarks.engines --real` takes them) and of questions of six neighbouring
words are computed by the encoder, once, and kept below FOLDER. Around them as many are generated as are measured (100,000, 200,000 and 1,000,000, unless
others are named): each is one of them, drawn towards five of its eight nearest. Shown are milliseconds of processor time of one thread, and how many
of the three (which the bot uses) and ten nearest by exact cosines are among those that are found. Needs the extras `semantic` and `scale`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.engines import real
from bot.corpus import load_corpus
from bot.ridge import Floats
from bot.semantic import embedded, find_encoder, titled
from bot.vectors import GRAPH, SEARCHING, TOGETHER, Finder, comparing, following, in_bytes, lengths_of, new_graph

SIZES = (100_000, 200_000, 1_000_000)
BASES = 2_000
NEAREST = 10


def generated(bases: Floats, count: int) -> Floats:
    """`count` unit vectors around `bases`."""
    draw = np.random.default_rng(6)
    alike = bases @ bases.T
    np.fill_diagonal(alike, -1)
    near = np.argsort(-alike, axis=1)[:, :8]
    made = np.empty((count, bases.shape[1]), dtype=np.float32)
    for first in range(0, count, TOGETHER):
        part = made[first : first + TOGETHER]
        chosen = draw.integers(0, len(bases), len(part))
        part[:] = bases[chosen] + 0.006 * draw.standard_normal(part.shape, dtype=np.float32)
        for _ in range(5):
            towards = bases[near[chosen, draw.integers(0, 8, len(part))]] - bases[chosen]
            part += np.float32(0.35) * draw.standard_normal((len(part), 1), dtype=np.float32) * towards
        part /= np.linalg.norm(part, axis=1, keepdims=True)
    return made


def nearest(vectors: Floats, questions: Floats) -> list[list[int]]:
    """The NEAREST of each question, by exact cosines."""
    return [np.argsort(-(vectors @ question), kind="stable")[:NEAREST].tolist() for question in questions]


def tell(name: str, find: Finder, vectors: Floats, questions: Floats, truth: Sequence[Sequence[int]]) -> None:
    """Print what a finder takes and finds, its candidates compared in half precision as the bot does."""
    taken, shares = [], []
    find(questions[0])
    for question, best in zip(questions, truth, strict=True):
        begin = time.process_time()
        numbers = np.sort(find(question))
        taken.append((time.process_time() - begin) * 1000)
        found = numbers[np.argsort(-(vectors[numbers].astype(np.float16).astype(np.float32) @ question), kind="stable")].tolist()
        shares.append([len(set(found[:k]) & set(best[:k])) / k for k in (3, NEAREST)])
    three, ten = np.mean(shares, axis=0)
    print(f"{name:26}{statistics.median(taken):>9.2f}{np.percentile(taken, 99):>9.2f}{three:>9.3f}{ten:>9.3f}", flush=True)


def main() -> int:
    """Print a table for each size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.vectors")
    parser.add_argument("folder", type=Path)
    parser.add_argument("directory", type=Path)
    parser.add_argument("passages", type=int, nargs="*", default=SIZES)
    given = parser.parse_args()
    encoder, asked = find_encoder(), real(given.directory, given.folder / "real")
    passages = load_corpus(given.folder / "real")[0].passages
    some = [titled(passages[n]) for n in np.random.default_rng(6).permutation(len(passages))[:BASES]]
    bases = embedded(
        some, encoder, given.folder / "cache", lambda what, done, total: print(f"\r{what}: {done} of {total}", end="", file=sys.stderr), passages=True
    )
    questions = embedded(asked, encoder, given.folder / "cache")
    for size in given.passages:
        vectors = generated(bases, size)
        truth = nearest(vectors, questions)
        small = in_bytes(vectors)
        print(f"\n{size} passages, {len(questions)} questions\n{'':26}{'p50 ms':>9}{'p99 ms':>9}{'of 3':>9}{'of 10':>9}")
        tell(f"all, {small.nbytes / 1e6:,.0f} MB", comparing(small, lengths_of(small)), vectors, questions, truth)
        begin = time.process_time()
        graph = new_graph(small.shape[1])
        for first in range(0, size, TOGETHER):
            piece = small[first : first + TOGETHER]
            graph.add(np.arange(first, first + len(piece)), piece, threads=1)
        took, path = time.process_time() - begin, given.folder / GRAPH
        graph.save(str(path))
        opened = type(graph).restore(str(path), view=True, expansion_search=SEARCHING)
        tell(f"usearch, {path.stat().st_size / 1e6:,.0f} MB, {took:,.0f} s", following(opened), vectors, questions, truth)
    return 0


if __name__ == "__main__":
    sys.exit(main())
