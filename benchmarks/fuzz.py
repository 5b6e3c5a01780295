"""Hostile questions through `ask` and everything that shows an answer: `python -m benchmarks.fuzz 1000000`.

Generated questions (`benchmarks.hostile`) are asked of the corpus and the FAQ of the current folder (or of BOT_CORPUS and BOT_FAQ),
and each answer is held to the laws (`benchmarks.laws`): quoted letter by letter, quotable, valid by the schema, within the limits of
the bot and of Discord, without a ping or a foreign link, harmless to a terminal and as a page, never an exception. One in
fifty is worked out anew, and again in another process with other hashes (PYTHONHASHSEED), and must have the same receipt.

What breaks a law is made as short as it can be and printed as a question to paste. Exit code 1 where there is any. The same seed
and number make the same question: `--first N` goes on where an earlier run ended. Ctrl-C (or SIGTERM) ends it with the figures so far.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from benchmarks.hostile import Generator
from benchmarks.laws import Laws
from bot import config
from bot.assistant import Assistant
from bot.gold import load_gold

AT_ONCE = 1000
"""Questions of one piece of work."""
AGAIN = 50
"""One question in so many is worked out anew, here and in another process."""
TOLD_EVERY = 5000
"""Questions between two lines that say how far it has come."""
MOST_TOLD = 20
"""Breaches that are made short and printed."""


@cache
def _tools(seed: int) -> tuple[Assistant, Laws, Generator]:
    """This process' own assistant, laws and questions."""
    assistant = Assistant.load(config.load(os.environ))
    gold = [record["question"] for _, record in load_gold(sorted(Path("tests/gold").glob("*.jsonl")))]
    return assistant, Laws(assistant), Generator.of(seed, assistant, gold)


def piece(work: tuple[int, int, int]) -> tuple[int, list[tuple[int, str, str]], Counter[str]]:
    """Ask the questions `first` to `last` of a seed: how many, (number, question, breach) of each breach, and how often each status."""
    seed, first, last = work
    assistant, laws, generator = _tools(seed)
    breaches: list[tuple[int, str, str]] = []
    statuses: Counter[str] = Counter()
    again: list[tuple[int, str, str]] = []
    for number in range(first, last):
        question = generator.question(number)
        breaches += [(number, question, fault) for fault in laws.faults(question, number)]
        statuses[laws.status] += 1
        if number % AGAIN == 0:
            again.append((number, question, laws.receipt))
            if assistant.explain(question).answer.receipt != laws.receipt:
                breaches.append((number, question, "deterministic: another answer when worked out anew"))
    breaches += [(number, question, "deterministic: another answer in another process") for number, question in _differing(again)]
    return last - first, breaches, statuses


def _differing(asked: list[tuple[int, str, str]]) -> Iterator[tuple[int, str]]:
    """The questions that a process with other hashes answers otherwise, through the command line."""
    lines = "".join(json.dumps({"question": question}) + "\n" for _, question, _ in asked)
    environment = {**os.environ, "PYTHONHASHSEED": str(1 + asked[0][0] % 4_000_000) if asked else "1"}
    done = subprocess.run([sys.executable, "-m", "bot", "ask", "--from-jsonl", "-"], input=lines.encode(), capture_output=True, env=environment, check=False)
    answers = done.stdout.decode().split("\n")[:-1]
    for at, (number, question, receipt) in enumerate(asked):
        if at >= len(answers) or json.loads(answers[at])["receipt"] != receipt:
            yield number, question


def shortest(question: str, law: str, laws: Laws) -> str:
    """The question with everything left out without which the same law is broken too."""

    def breaks(text: str) -> bool:
        return any(fault.partition(":")[0] == law for fault in laws.faults(text))

    if not breaks(question):
        return question
    size = max(len(question) // 2, 1)
    while size:
        at = 0
        while at < len(question):
            shorter = question[:at] + question[at + size :]
            if breaks(shorter):
                question = shorter
            else:
                at += size
        size //= 2
    return question


@contextlib.contextmanager
def _running(processes: int, work: list[tuple[int, int, int]]) -> Iterator[Iterable[tuple[int, list[tuple[int, str, str]], Counter[str]]]]:
    """What becomes of the pieces of work, in this process or in several."""
    if processes == 1:
        yield map(piece, work)
    else:
        with multiprocessing.get_context("spawn").Pool(processes) as pool:
            yield pool.imap_unordered(piece, work)


def main() -> int:
    """Run it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description="Hostile questions through ask and all renderers.")
    parser.add_argument("count", type=int, nargs="?", default=5000, help="how many questions (default: 5000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first question")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    last = given.first + given.count
    work = [(given.seed, at, min(at + AT_ONCE, last)) for at in range(given.first, last, AT_ONCE)]
    begin, done, statuses = time.monotonic(), 0, Counter[str]()
    breaches: list[tuple[int, str, str]] = []
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), _running(given.processes, work) as results:
        for count, found, seen in results:
            done, breaches, statuses = done + count, breaches + found, statuses + seen
            for number, question, breach in found[:MOST_TOLD]:
                print(f"{number}: {breach}\n    {question[:300]!a}", flush=True)
            if done % TOLD_EVERY < count:
                print(f"{done} questions, {done / (time.monotonic() - begin):.0f} a second, {len(breaches)} breaches", file=sys.stderr, flush=True)
    seconds = time.monotonic() - begin
    print(f"{done} questions (seed {given.seed}, from number {given.first}) in {seconds:.0f} s, {done / seconds:.0f} a second: {len(breaches)} breaches")
    print(", ".join(f"{count} {status}" for status, count in sorted(statuses.items())))
    for number, question, breach in breaches[:MOST_TOLD]:
        print(f"{number}: {breach}\n    ask({shortest(question, breach.partition(':')[0], _tools(given.seed)[1])!a})")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
