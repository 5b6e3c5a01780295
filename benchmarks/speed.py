"""Time of one question as a whole process, and questions a second in one process, beside bare rank-bm25: `python -m benchmarks.speed`.

Each figure is the median of five runs, on the corpus and the FAQ of the current folder, in one run on one machine; the ratios
matter more than the milliseconds. Single-threaded where it says so.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

RUNS = 5
QUESTION = "is my phone affected?"


def median(action: Callable[[], object]) -> float:
    """Median seconds of RUNS calls, after one call that is not counted."""
    action()
    seconds = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def main() -> int:
    """Print the table."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

    def process(*words: str, stdin: str = "", one_thread: bool = False) -> None:
        subprocess.run([sys.executable, *words], input=stdin, text=True, capture_output=True, check=False, env=environment if one_thread else None)

    python = median(lambda: process("-c", "pass"))
    bare = median(lambda: process("-c", "import rank_bm25"))
    cold = median(lambda: process("-m", "bot", "ask", QUESTION))
    print(f"{'a Python that does nothing':44} {python * 1000:8.0f} ms")
    print(f"{'a Python that imports rank_bm25':44} {bare * 1000:8.0f} ms")
    print(f"{'bot ask, as a whole process':44} {cold * 1000:8.0f} ms  ({cold / bare:.1f} times importing rank_bm25)")
    questions = [
        json.loads(line)["question"].replace("\n", " ")
        for path in sorted(Path("tests/gold").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line
    ]
    empty = median(lambda: process("-m", "bot", "ask", "--json", "-", one_thread=True))
    full = median(lambda: process("-m", "bot", "ask", "--json", "-", stdin="\n".join(questions) + "\n", one_thread=True))
    print(f"{'bot ask --json -, one thread':44} {len(questions) / (full - empty):8.0f} questions a second ({len(questions)} different ones)")
    script = (
        "import sys; from pathlib import Path; from rank_bm25 import BM25Okapi; from bot.corpus import load_corpus; from bot.text import terms\n"
        "corpus, _ = load_corpus(Path('corpus')); engine = BM25Okapi([terms(s.text) for s in corpus.sentences])\n"
        "for line in sys.stdin: engine.get_scores(terms(line))"
    )
    idle = median(lambda: process("-c", script, one_thread=True))
    ranked = median(lambda: process("-c", script, stdin="\n".join(questions) + "\n", one_thread=True))
    print(f"{'bare rank-bm25 over the same sentences':44} {len(questions) / (ranked - idle):8.0f} questions a second (ranking alone)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
