"""How fast the bot is beside a naive BM25 in the same run: `python -m benchmarks.speed`.

Time of one question in process (median and 99th percentile over the gold questions, each asked once, in turn with the naive
one), with and without matching by meaning; time of `bot ask` as a whole process; questions a second through `ask --json -`,
the first time that they are asked and when asked again. All on one thread, on the corpus and the FAQ of the current folder.
Times are processor time, which on an idle machine is what a clock shows and on a busy one differs less; the ratios matter more.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.naive_bm25 import Naive
from bot import config
from bot.assistant import Assistant
from bot.errors import UsageError
from bot.gold import load_gold

RUNS = 5
AGAIN = 20
QUESTION = "is my phone affected?"
AGAIN_OF = 500
"""Questions that are asked again through the pipe: fewer than the answers that are kept."""
MEANT = 100
"""Questions asked with matching by meaning, which takes some ten times as long."""
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
CORPUS = "corpus"


def seconds(action: Callable[[], object]) -> float:
    """Seconds of processor time that one call takes, in this process and in those that it starts."""
    begin = used()
    action()
    return used() - begin


def used() -> float:
    """Processor seconds of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def median(action: Callable[[], object]) -> float:
    """Median seconds of RUNS calls, after one call that is not counted."""
    action()
    return statistics.median(seconds(action) for _ in range(RUNS))


def process(*words: str, stdin: Sequence[str] = ()) -> None:
    """Run Python with these arguments and lines."""
    subprocess.run([sys.executable, *words], input="".join(f"{line}\n" for line in stdin), text=True, capture_output=True, check=False)


def row(name: str, ours: float, naive: float, unit: str) -> None:
    """Print a measurement beside the naive one: how many times as long, or as many."""
    print(f"{name:46}{ours:>9.2f} {unit:4}{naive:>9.2f} {unit:4}{ours / naive:>7.2f}")


def in_process(name: str, assistant: Assistant, naive: Naive, questions: Sequence[str]) -> None:
    """Ask both each question in turn."""
    assistant.prepare()
    ours, theirs = [], []
    for question in questions:
        ours.append(seconds(lambda: assistant.ask(question)))  # noqa: B023 (called at once)
        theirs.append(seconds(lambda: naive.ask(question)))  # noqa: B023
    for label, at in (("median", 0.5), ("p99", 0.99)):
        own, other = (sorted(times)[int(at * len(times))] * 1000 for times in (ours, theirs))
        row(f"{name}, {label} of {len(questions)}", own, other, "ms")


def throughput(questions: Sequence[str], *words: str) -> tuple[float, float]:
    """Questions a second through a pipe, after the start: all of them once, and AGAIN_OF of them AGAIN times more."""

    def through(lines: Sequence[str]) -> float:
        return median(lambda: process(*words, stdin=lines))

    some = questions[:AGAIN_OF]
    empty, all_once, once, often = through([]), through(questions), through(some), through([*some] * (1 + AGAIN))
    return len(questions) / (all_once - empty), AGAIN * len(some) / (often - once)


def main() -> int:
    """Print the table."""
    if any(os.environ.get(name) != "1" for name in ONE_THREAD):
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.speed"], {**os.environ, **dict.fromkeys(ONE_THREAD, "1")})
    questions = [record["question"].replace("\n", " ") for _, record in load_gold(sorted(Path("tests/gold").glob("*.jsonl")))]
    print(f"{'':46}{'bot':>9}{'':5}{'naive':>9}{'':5}{'ratio':>7}")
    naive = Naive(Path(CORPUS))
    in_process("ask in process", Assistant.load(config.load({**os.environ, "BOT_SEMANTIC": "off"})), naive, questions)
    try:
        meaning = Assistant.load(config.load({**os.environ, "BOT_SEMANTIC": "on"}))
        in_process("with BOT_SEMANTIC=on", meaning, naive, questions[:: max(len(questions) // MEANT, 1)])
    except UsageError as error:
        print(error)
    whole = median(lambda: process("-m", "bot", "ask", QUESTION))
    row("as a whole process", whole * 1000, median(lambda: process("-m", "benchmarks.naive_bm25", CORPUS, stdin=[QUESTION])) * 1000, "ms")
    questions = list(dict.fromkeys(questions))
    ours, theirs = throughput(questions, "-m", "bot", "ask", "--json", "-"), throughput(questions, "-m", "benchmarks.naive_bm25", CORPUS)
    row(f"through a pipe, {len(questions)} different ones", ours[0], theirs[0], "/s")
    row(f"through a pipe, {AGAIN_OF} of them again", ours[1], theirs[1], "/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
