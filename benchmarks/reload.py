"""How long anybody waits while the FAQ changes: `python -m benchmarks.reload [CHANGES]`, about a minute.

100 questions a second (those of tests/gold, in turn) are asked of a copy of the project's corpus and FAQ through the client that
`bot discord` connects, without Discord. Meanwhile the FAQ changes CHANGES times (50), each time after the reload before: the review
date of an entry, or a Korean phrasing (a small group to learn); after those once an English one (the largest group).
Printed for the time before the changes and during them: how long answers took, how many questions came while as many were in work
as the bot takes, and how long the loop stood still at most. An answer that fails, or that is none of a state in use while it was
made, ends it with an error.
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
from dataclasses import replace
from pathlib import Path

from bot import config
from bot.assistant import Assistant
from bot.discord_client import MOST_AT_ONCE, Client
from bot.discord_reload import reload
from bot.gold import load_gold
from bot.store import Store

A_SECOND = 100
BEFORE = 5
"""Seconds measured before the first change."""
PULSE = 0.005


class Bench:
    """A client that answers, and what was measured since `clear`."""

    def __init__(self, client: Client, questions: Iterator[str]) -> None:
        self._client, self._questions = client, questions
        self._asked: set[asyncio.Task[None]] = set()
        self.failed: list[asyncio.Task[None]] = []
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
                task.add_done_callback(self._done)
            else:
                self.busy += 1
            now = time.perf_counter()
            due = max(due + 1 / A_SECOND, now)
            await asyncio.sleep(due - now)

    async def _ask(self, question: str) -> None:
        begin, assistant = time.perf_counter(), self._client.edition.assistant
        answer = await self._client.work(assistant.ask, question)
        self.answers.append((time.perf_counter() - begin) * 1000)
        assert answer.sources.faq_sha256 == assistant.faq.sha256

    def _done(self, task: asyncio.Task[None]) -> None:
        self._asked.discard(task)
        if not task.cancelled() and task.exception():
            self.failed.append(task)

    def print(self, what: str) -> None:
        p50, p99, longest = statistics.median(self.answers), statistics.quantiles(self.answers, n=100)[98], max(self.answers)
        print(f"{what:24} {len(self.answers):8} {self.busy:8} {p50:9.1f} {p99:9.1f} {longest:9.1f} {max(self.pauses):14.1f}", flush=True)
        self.clear()


def changed(faq: str, number: int, last: bool) -> tuple[str, str]:
    """What is changed, and the FAQ with it: what was there before stays."""
    entries = faq.split("\n- id: ")
    entry = entries[1 + number % (len(entries) - 1)]
    if last:
        return "an English phrasing", faq.replace(entry, entry.replace("\n    en: [", f"\n    en: [has number {number} been asked before, ", 1), 1)
    if number % 2:
        return "a Korean phrasing", faq.replace(entry, entry.replace("\n    ko: [", f"\n    ko: [{number}번 질문은 새로운 것입니까, ", 1), 1)
    without = re.sub(r"\n  review_by: .*", "", entry.rstrip())
    return "a review date", faq.replace(entry, f"{without}\n  review_by: 2099-01-{1 + number % 28:02}\n", 1)


async def measure(settings: config.Settings, faq: Path, questions: list[str], changes: int) -> None:
    """Print a row for the time before, and one for each kind of change."""
    assistant = Assistant.load(settings)
    assistant.prepare()
    client = Client(assistant, Store.open("none"), cache=settings.cache)
    bench = Bench(client, itertools.cycle(questions))
    running = [asyncio.create_task(bench.pulse()), asyncio.create_task(bench.people())]
    print(f"{'':24} {'answers':>8} {'too many':>8} {'p50':>9} {'p99':>9} {'longest':>9} {'loop stood, at most':>20}  ms")
    await asyncio.sleep(BEFORE)
    bench.print("before")
    took: dict[str, list[float]] = {}
    kept: dict[str, tuple[list[float], list[float], int]] = {}
    for number in range(changes):
        what, text = changed(faq.read_text(encoding="utf-8"), number, number == changes - 1)
        assert text != faq.read_text(encoding="utf-8"), what
        faq.write_text(text, encoding="utf-8")
        begin = time.perf_counter()
        await reload(client)
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
    for task in bench.failed:
        await task


def main() -> int:
    """Print the table."""
    changes = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    questions = [record["question"] for _, record in load_gold(sorted(Path("tests/gold").glob("*.jsonl")))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree("corpus", folder / "corpus")
        shutil.copy("faq.yaml", folder)
        settings = config.load(os.environ, corpus=str(folder / "corpus"), faq=str(folder / "faq.yaml"))
        if settings.cache and settings.cache.is_dir():  # what was learnt of the FAQ that ships need not be learnt again
            shutil.copytree(settings.cache, folder / "cache")
        settings = replace(settings, cache=folder / "cache")
        asyncio.run(measure(settings, folder / "faq.yaml", questions, changes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
