"""The bot in Discord under load, beside a bare echo command of discord.py: `PYTHONPATH=tests python -m benchmarks.discord_load`.

A fake Discord on this machine dispatches /ask and notes when the first response arrives, and when the answer itself does: at
once, or after the bot had Discord wait. Every interaction is of another person in another channel. Bot and echo are processes
of their own, one after the other; the questions are those of tests/gold that are answered. How long `ask` takes is measured in
the bot while it is asked (processor time): the same questions asked again and again by nobody else take half as long.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.discord_world import BOT, ECHO, Outcome, asked, interaction
from bot import config
from bot.answer import Status
from bot.assistant import Assistant

LOADS = ((1, 300), (100, 10), (1000, 3))
"""Interactions in flight, and how often."""
PAUSE = 0.01
"""Seconds between two bursts. A single interaction comes to a process that slept; a bare echo without pauses takes half as long, since nothing then gets cold."""
TIMED = f"""
import atexit, json, os, time
from bot.assistant import Assistant
asks, ask = [], Assistant.ask
def timed(*args, **kwargs):
    begun, spent = time.perf_counter(), time.thread_time()
    found = ask(*args, **kwargs)
    asks.append((begun, (time.thread_time() - spent) * 1000))
    return found
Assistant.ask = timed
atexit.register(lambda: open(os.environ["ASKS"], "w").write(json.dumps(asks)))
{BOT}"""
"""The bot, which writes when each `ask` began (seconds) and how many milliseconds it took."""


@dataclass(frozen=True)
class Times:
    """Milliseconds of all interactions of a load."""

    responses: list[float]
    answers: list[float]
    asks: list[float]
    """Of the processor, in `ask` alone."""
    hidden: int
    """Answers that the asker alone sees: since all questions are answered, the bot's word that it cannot answer now."""


async def load(program: str, questions: Sequence[str]) -> dict[int, Times]:
    """The times of a program for each load, by interactions in flight."""
    numbers, asking = itertools.count(1), itertools.cycle(questions)
    loads: dict[int, list[Outcome]] = {}
    with tempfile.TemporaryDirectory() as folder:
        asks = Path(folder) / "asks"
        async with asked(program, {"BOT_STORE": str(Path(folder) / "bot.sqlite3"), "ASKS": str(asks)}) as (world, _):

            async def burst(width: int) -> list[Outcome]:
                await asyncio.sleep(PAUSE)
                return await asyncio.gather(*(world.through(interaction(next(numbers), next(asking))) for _ in range(width)))

            await burst(20)
            for width, often in LOADS:
                loads[width] = [outcome for _ in range(often) for outcome in await burst(width)]
        took = json.loads(asks.read_text()) if asks.exists() else []
    times = {}
    for width, outcomes in loads.items():
        begin, end = outcomes[0].begun, max(o.answered for o in outcomes)
        hidden = sum(o.answer.ephemeral for o in outcomes)
        times[width] = Times([o.response for o in outcomes], [o.whole for o in outcomes], [ms for begun, ms in took if begin <= begun <= end], hidden)
    return times


def parts(values: Sequence[float]) -> tuple[float, float, float]:
    """Median, 99th percentile, and the longest."""
    return statistics.median(values), statistics.quantiles(values, n=100)[98], max(values)


def main() -> int:
    """Print the table."""
    records = [json.loads(line) for path in sorted(Path("tests/gold").glob("*.jsonl")) for line in path.read_text(encoding="utf-8").split("\n") if line]
    assistant = Assistant.load(config.load(os.environ))
    questions = [r["question"] for r in records if r["question"].strip() and assistant.ask(r["question"]).status is Status.ANSWERED]
    seconds = []
    for question in questions:
        begin = time.perf_counter()
        assistant.ask(question)
        seconds.append((time.perf_counter() - begin) * 1000)
    print(f"ask alone, {len(questions)} questions, each for the second time: p50 {parts(seconds)[0]:.1f} ms, p99 {parts(seconds)[1]:.1f} ms\n")
    echo, bot = (asyncio.run(load(program, questions)) for program in (ECHO, TIMED))
    print(f"{'in flight':>9}  {'':24} {'p50':>8} {'p99':>8} {'longest':>8}  ms")
    for width, _ in LOADS:
        told = bot[width]
        rows = [
            ("echo, response", echo[width].responses),
            ("bot, first response", told.responses),
            ("bot, answer", told.answers),
            ("ask in the bot", told.asks),
        ]
        for name, values in rows:
            print(f"{width:9}  {name:24} " + " ".join(f"{value:8.1f}" for value in parts(values)))
        ratios = [b / e for b, e in zip(parts(told.responses), parts(echo[width].responses), strict=True)]
        beside = [(b - a) / e for b, a, e in zip(parts(told.responses), parts(told.asks), parts(echo[width].responses), strict=True)]
        late = sum(value > 3000 for value in told.responses)
        print(
            f"{'':9}  {'response / echo':24} "
            + " ".join(f"{ratio:8.2f}" for ratio in ratios)
            + f"   over 3 s: {late}; told that the bot is busy: {told.hidden}"
        )
        print(f"{'':9}  {'(response - ask) / echo':24} " + " ".join(f"{ratio:8.2f}" for ratio in beside))
    return 0


if __name__ == "__main__":
    sys.exit(main())
