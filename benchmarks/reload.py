"""How long anybody waits while the FAQ changes: `python -m benchmarks.reload [CHANGES]`.

100 questions a second (those of tests/gold, in turn) are asked of a copy of the project's corpus and FAQ, as `bot discord`
does it: by an event loop with a few threads. Meanwhile the FAQ changes CHANGES times (50), each time after the reload before:
the review date of an entry, a Korean phrasing (a small group to learn) and, every 25th time, an English one (the largest).
Printed for the time before the changes and during them: how long answers took, how many questions came while as many were in work
as the bot takes, and how long the loop stood still at most.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from bot import config
from bot.assistant import Assistant
from bot.discord_client import MOST_AT_ONCE, Edition
from bot.gold import load_gold
from bot.renewal import renewed

A_SECOND = 100
BEFORE = 10
"""Seconds measured before the first change."""
PULSE = 0.005


class Bench:
    """An edition in use, and what was measured since `clear`."""

    def __init__(self, assistant: Assistant, questions: Iterator[str]) -> None:
        self.edition = Edition(assistant)
        self._questions = questions
        self._pool = ThreadPoolExecutor(1)
        self._asked: set[asyncio.Task[None]] = set()
        self.clear()

    def clear(self) -> None:
        self.pauses: list[float] = [0.0]
        self.answers: list[float] = []
        self.busy = 0

    async def pulse(self) -> None:
        """Note for ever how much later than asked for the loop comes back."""
        while True:
            begin = time.perf_counter()
            await asyncio.sleep(PULSE)
            self.pauses.append((time.perf_counter() - begin - PULSE) * 1000)

    async def people(self) -> None:
        """Ask for ever, so often a second, whether or not answers have come."""
        due = time.perf_counter()
        while True:
            if len(self._asked) < MOST_AT_ONCE:
                task = asyncio.create_task(self._ask(next(self._questions)))
                self._asked.add(task)
                task.add_done_callback(self._asked.discard)
            else:
                self.busy += 1
            due += 1 / A_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))

    async def _ask(self, question: str) -> None:
        begin = time.perf_counter()
        await asyncio.get_running_loop().run_in_executor(self._pool, self.edition.assistant.ask, question)
        self.answers.append((time.perf_counter() - begin) * 1000)

    def print(self, what: str) -> None:
        p50, p99, longest = statistics.median(self.answers), statistics.quantiles(self.answers, n=100)[98], max(self.answers)
        print(f"{what:24} {len(self.answers):8} {self.busy:8} {p50:9.1f} {p99:9.1f} {longest:9.1f} {max(self.pauses):14.1f}", flush=True)
        self.clear()


def changed(faq: str, number: int) -> tuple[str, str]:
    """What is changed, and the FAQ with it: what was there before stays."""
    entries = faq.split("\n- id: ")
    entry = entries[1 + number % (len(entries) - 1)]
    if number % 25 == 24:
        new = entry.replace("\n    en: [", f"\n    en: [has number {number} been asked in English before, ", 1)
        return "an English phrasing", faq.replace(entry, new, 1)
    if number % 2:
        return "a Korean phrasing", faq.replace(entry, entry.replace("\n    ko: [", f"\n    ko: [{number}번 질문은 새로운 것입니까, ", 1), 1)
    without = re.sub(r"\n  review_by: .*", "", entry.rstrip())
    return "a review date", faq.replace(entry, f"{without}\n  review_by: 2099-01-{1 + number % 28:02}\n", 1)


async def measure(settings: config.Settings, faq: Path, questions: list[str], changes: int) -> None:
    """Print a row for the time before, and one for each kind of change."""
    assistant = Assistant.load(settings)
    assistant.prepare()
    bench = Bench(assistant, itertools.cycle(questions))
    running = [asyncio.create_task(bench.pulse()), asyncio.create_task(bench.people())]
    print(f"{'':24} {'answers':>8} {'too many':>8} {'p50':>9} {'p99':>9} {'longest':>9} {'loop stood, at most':>20}  ms")
    await asyncio.sleep(BEFORE)
    bench.print("before")
    took: dict[str, list[float]] = {}
    kept: dict[str, tuple[list[float], list[float], int]] = {}
    for number in range(changes):
        what, text = changed(faq.read_text(encoding="utf-8"), number)
        assert text != faq.read_text(encoding="utf-8"), what
        faq.write_text(text, encoding="utf-8")
        begin = time.perf_counter()
        bench.edition = await asyncio.to_thread(Edition, await renewed(settings))
        took.setdefault(what, []).append(time.perf_counter() - begin)
        pauses, answers, busy = kept.get(what, ([], [], 0))
        kept[what] = (pauses + bench.pauses, answers + bench.answers, busy + bench.busy)
        bench.clear()
    for what, (bench.pauses, bench.answers, bench.busy) in kept.items():
        bench.print(what)
    for what, seconds in took.items():
        print(f"{what}: {len(seconds)} times, in use after {sum(seconds) / len(seconds):.1f} s on average, {max(seconds):.1f} s at most")
    for task in running:
        task.cancel()


def main() -> int:
    """Print the table."""
    changes = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    questions = [record["question"] for _, record in load_gold(sorted(Path("tests/gold").glob("*.jsonl")))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree("corpus", folder / "corpus")
        shutil.copy("faq.yaml", folder)
        settings = replace(config.load(os.environ, corpus=str(folder / "corpus"), faq=str(folder / "faq.yaml")), cache=folder / "cache")
        asyncio.run(measure(settings, folder / "faq.yaml", questions, changes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
