"""Search engines side by side, and how the bot's grows: `python -m benchmarks.engines FOLDER [PASSAGES …]`.

On synthetic Zipf text (`benchmarks.zipf`) of 10,000, 100,000 and 1,000,000 passages, unless others are named, written below FOLDER with what is
built of it; with `--real DIRECTORY` also on the `*.txt` files below a directory, such as the sources of Python's documentation that Debian's
python3-doc ships. Queries are six words drawn as the text is. Each engine runs in a process of its own, on one thread, with the bot's own terms,
and is asked all queries five times: shown are the medians of the five medians and 99th percentiles, in processor time, and times as long as
rank_bm25 and bare bm25s take. Needs the extra `scale`; tantivy is measured where it is installed, SQLite's FTS5 where SQLite has it.
`--picture FILE` draws growth with fitted exponents.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks import growth, zipf
from bot import config, index_build
from bot.assistant import Assistant
from bot.edition import Edition, current, folder_of
from bot.passages import K1, PASSAGE_B, SAVED
from bot.saved_index import SavedPassages
from bot.text import terms

SIZES = (10_000, 100_000, 1_000_000)
RUNS = 5
K = 10
SLOW = 20
"""Queries that are asked of engines that read everything for each."""
ENGINES = ("bot search", "bot ask", "bm25s", "rank_bm25", "tantivy", "sqlite fts5")
READS_ALL = ("rank_bm25", "sqlite fts5")
Measured = dict[str, float]


def _memory() -> float:
    """Megabytes that this process holds, without files that are mapped."""
    fields = dict(line.split(":") for line in Path("/proc/self/status").read_text().splitlines() if ":" in line)
    return float(fields["RssAnon"].split()[0]) / 1024


def _timed(ask: Callable[[str], object], questions: Sequence[str]) -> Measured:
    """Milliseconds of processor time: medians over RUNS of median and 99th percentile. A blank more makes it another question to what keeps answers."""
    medians, highest = [], []
    for run in range(RUNS):
        taken = []
        for question in questions:
            asked = question + " " * (run + 1)
            begin = time.process_time()
            ask(asked)
            taken.append((time.process_time() - begin) * 1000)
        medians.append(statistics.median(taken))
        highest.append(float(np.percentile(taken, 99)))
    return {"p50": statistics.median(medians), "p99": statistics.median(highest)}


def _edition(corpus: Path, indexes: Path) -> Edition:
    facts = current(folder_of(indexes, corpus))
    assert facts is not None, "no index"
    return Edition(folder_of(indexes, corpus), facts)


def _documents(corpus: Path, indexes: Path) -> Iterator[list[str]]:
    """The terms of every passage."""
    for article in _edition(corpus, indexes).articles.values():
        title = terms(article.title or "", article.language)
        for passage in article.passages:
            yield terms(passage.text, article.language) + title


def measure(engine: str, corpus: Path, indexes: Path, questions: Sequence[str]) -> Measured:
    """What one engine takes, in this process."""
    if engine in READS_ALL:
        questions = questions[:SLOW]
    before, begin = _memory(), time.process_time()
    ask: Callable[[str], object]
    if engine == "bot search":
        passages = SavedPassages(_edition(corpus, indexes))

        def ask(question: str) -> object:
            return passages.find(passages.columns(terms(question)), K)
    elif engine == "bot ask":
        settings = config.load({**os.environ, "BOT_CORPUS": str(corpus), "BOT_INDEX": str(indexes), "BOT_ENGINE": SAVED, "BOT_SEMANTIC": "off"})
        ask = Assistant.load(settings).ask
    elif engine == "bm25s":
        import bm25s

        edition = _edition(corpus, indexes)
        columns = SavedPassages(edition).columns
        begin = time.process_time()
        index = bm25s.BM25.load(edition.folder, mmap=True, load_vocab=False)
        index.backend, index.unique_token_ids_set = "numba", range(len(index.scores["indptr"]) - 1)

        def ask(question: str) -> object:
            return index.retrieve([columns(terms(question))], k=K, show_progress=False, n_threads=1)
    elif engine == "rank_bm25":
        from rank_bm25 import BM25Okapi

        ranked = BM25Okapi(list(_documents(corpus, indexes)), k1=K1, b=PASSAGE_B)

        def ask(question: str) -> object:
            return np.argsort(-ranked.get_scores(terms(question)))[:K]
    elif engine == "tantivy":
        import tantivy

        schema = tantivy.SchemaBuilder().add_text_field("body", tokenizer_name="whitespace").build()
        searched = tantivy.Index(schema)
        writer = searched.writer(num_threads=1)
        for found in _documents(corpus, indexes):
            writer.add_document(tantivy.Document(body=" ".join(found)))
        writer.commit()
        searched.reload()
        searcher = searched.searcher()

        def ask(question: str) -> object:
            return searcher.search(searched.parse_query(" ".join(terms(question)), ["body"]), K).hits
    else:
        connection = sqlite3.connect(":memory:")
        connection.execute("CREATE VIRTUAL TABLE passage USING fts5(body, content='', tokenize='unicode61')")
        connection.executemany("INSERT INTO passage(body) VALUES (?)", ((" ".join(found),) for found in _documents(corpus, indexes)))

        def ask(question: str) -> object:
            query = " OR ".join(f'"{term}"' for term in terms(question))
            return connection.execute("SELECT rowid FROM passage WHERE passage MATCH ? ORDER BY rank LIMIT ?", (query, K)).fetchall()

    opened = time.process_time() - begin
    ask(questions[0])
    return {**_timed(ask, questions), "open": opened, "memory": _memory() - before, "mapped": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def apart(engine: str, corpus: Path, indexes: Path, questions: Sequence[str]) -> Measured | None:
    """The same in a process of its own; None where the engine is not installed or does not get through."""
    command = [sys.executable, "-m", "benchmarks.engines", str(indexes), "--one", engine, "--corpus", str(corpus)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    done = subprocess.run(
        command, input=json.dumps(questions), text=True, capture_output=True, env={**os.environ, **threads, "BOT_CACHE": str(indexes / "cache")}, check=False
    )
    if done.returncode:
        print(f"{engine}: {(done.stderr.strip().splitlines() or ['killed'])[-1]}", file=sys.stderr)
        return None
    measured: Measured = json.loads(done.stdout.splitlines()[-1])
    return measured


def real(directory: Path, folder: Path) -> list[str]:
    """Write the `*.txt` files below a directory as articles; return questions of six neighbouring words of theirs."""
    draw = np.random.default_rng(6)
    questions = []
    for path in sorted(directory.rglob("*.txt")):
        text = path.read_text(encoding="utf-8", errors="replace").replace("\r", "")
        found = text.split()
        if len(found) > 100:
            name = hashlib.sha256(str(path.relative_to(directory)).encode()).hexdigest()[:12]
            head = {
                "title": path.stem.split(".")[0],
                "publisher": directory.name,
                "published": "2023-03-13",
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
            folder.mkdir(parents=True, exist_ok=True)
            lines = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
            (folder / f"{name}.md").write_text("\n".join(["---", *lines, "---", text]), encoding="utf-8")
            at = int(draw.integers(0, len(found) - 6))
            questions.append(" ".join(found[at : at + 6]))
    return [str(question) for question in draw.permutation(questions)[:200]]


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """b of the power law a·nᵇ fitted to the logarithms by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-9)), 1)[0])


def table(name: str, corpus: Path, indexes: Path, questions: Sequence[str], engines: Sequence[str]) -> dict[str, Measured]:
    """Build, measure every engine, print a table; return what was measured."""
    began = time.perf_counter()
    facts, fresh = index_build.build(corpus, indexes)
    took = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in facts.seconds.items())
    print(
        f"\n{name}: {facts.passages} passages of {facts.articles} articles, {len(questions)} questions; index {'built now' if fresh else 'built before'}: {took}"
    )
    print(f"{'':14}{'p50 ms':>10}{'p99 ms':>10}{'open s':>9}{'MB':>8}{'/ rank_bm25':>13}{'/ bm25s':>9}", flush=True)
    found: dict[str, Measured] = {"build": {"all": sum(facts.seconds.values()), "waited": time.perf_counter() - began}}
    for engine in engines:
        measured = apart(engine, corpus, indexes, questions)
        if measured:
            found[engine] = measured
    for engine in ENGINES:
        if engine in found:
            m = found[engine]
            ratios = "".join(
                f"{m['p50'] / found[other]['p50']:>{width}.4f}" if other in found else f"{'–':>{width}}" for other, width in (("rank_bm25", 13), ("bm25s", 9))
            )
            print(f"{engine:14}{m['p50']:>10.2f}{m['p99']:>10.2f}{m['open']:>9.2f}{m['memory']:>8.0f}{ratios}", flush=True)
    return found


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines")
    parser.add_argument("folder", type=Path)
    parser.add_argument("passages", type=int, nargs="*", default=SIZES)
    parser.add_argument("--real", type=Path)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--engines", nargs="*", default=ENGINES, choices=ENGINES)
    parser.add_argument("--one", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one, given.corpus, given.folder, json.load(sys.stdin))))
        return 0
    results = {}
    for size in given.passages:
        corpus = given.folder / f"zipf-{size}"
        zipf.write(corpus, size)
        results[size] = table(f"Zipf {size}", corpus, given.folder / "indexes", zipf.Zipf(99).questions(500), given.engines)
    if given.real:
        table(f"{given.real}", given.folder / "real", given.folder / "indexes", real(given.real, given.folder / "real"), given.engines)
    if len(results) > 1:
        sizes = sorted(results)
        lines = {f"{engine} p50 (ms)": [results[n][engine]["p50"] for n in sizes] for engine in ENGINES if all(engine in results[n] for n in sizes)}
        lines["bot ask, memory (MB)"] = [max(results[n]["bot ask"]["memory"], 1.0) for n in sizes]
        print("\ngrowth (exponent of the number of passages)")
        for name, values in lines.items():
            print(f"{name:30}{exponent(sizes, values):>7.2f}")
        if given.picture:
            given.picture.write_text(
                growth.picture("Growth with the number of passages", sizes, lines, {name: exponent(sizes, values) for name, values in lines.items()}),
                encoding="utf-8",
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
