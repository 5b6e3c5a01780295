"""An hour of many servers replayed fast at the bot in Discord, and a flood: `PYTHONPATH=tests python -m benchmarks.discord_hour [QUESTIONS]`.

A fake Discord on this machine dispatches /ask to the real process, which keeps its store in a file and shows its numbers. Told are

- the slope of the process' memory over the first and the second half of the questions, with its 95 % interval (what is bounded fills up before),
- how many questions a second it answers, and the times at half of that,
- 1,100 askers of one server at once, twice each, while another server asks a question now and then: what that one waits,
- how many servers one process carries, at an assumed number of questions per server and hour.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import fake_discord
from fake_discord import COMPONENT, Sent
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.discord_load import parts
from benchmarks.discord_world import BOT, FLOOD, World, asked, interaction
from benchmarks.memory import resident, told

SERVERS, PEOPLE = 1000, 5000
"""Of the hour; each person writes in a channel of their own, so that no cooldown is met."""
AN_HOUR = 10
"""Questions of a server in its busiest hour: what is assumed."""
FLIGHT = 32
"""Questions in flight while it is replayed as fast as the bot answers."""
VOTES = 0.1
"""Share of answers that get a vote."""
SAMPLES = 160


@dataclass
class Traffic:
    """Asks the bot, and notes milliseconds until the first response and until the answer."""

    fake: World
    questions: list[str]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    asked: int = 0

    async def ask(self, server: int, person: int, times: list[tuple[float, float]] | None = None) -> bool:
        """One question, now and then with a vote on its answer; whether it was taken."""
        about = interaction(next(self.numbers), self.chance.choice(self.questions), server=server, person=person)
        outcome = await self.fake.through(about)
        self.asked += 1
        if times is not None:
            times.append((outcome.response, outcome.whole))
        message = outcome.answer.message
        taken = "Too many questions at once" not in str(message.get("content"))
        if taken and self.chance.random() < VOTES and "answer:helpful" in fake_discord.pressable(message):
            await self._vote(about, outcome.answer)
        return taken

    async def _vote(self, about: dict[str, Any], answer: Sent) -> None:
        number = next(self.numbers)
        seen = {**fake_discord._message(answer.method, int(about["channel_id"])), "components": answer.message["components"], "flags": 1 << 15}
        press = {"custom_id": "answer:helpful", "component_type": 2}
        await self.fake.through({**about, "id": str(number), "token": f"token-{number}", "type": COMPONENT, "data": press, "message": seen})

    async def hour(self, questions: int, process: int, times: list[tuple[float, float]]) -> list[tuple[int, float]]:
        """So many questions of all servers, FLIGHT at a time; the memory of the process on the way: questions asked, MiB."""
        memory, people = [], itertools.cycle(range(PEOPLE))
        left = iter(range(questions))

        async def person() -> None:
            for number in left:
                one = next(people)
                await self.ask(1 + one % SERVERS, 10**6 + one, times)
                if number % max(questions // SAMPLES, 1) == 0:
                    memory.append((number, resident(process)))

        await asyncio.gather(*(person() for _ in range(FLIGHT)))
        return sorted(memory)


@contextlib.asynccontextmanager
async def running() -> AsyncIterator[tuple[Traffic, int, str]]:
    """The bot online at a fake Discord: its traffic, its process, the address of its numbers."""
    paths = sorted(Path("tests/gold").glob("*.jsonl"))
    questions = [json.loads(line)["question"] for path in paths for line in path.read_text(encoding="utf-8").split("\n") if line]
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        place = Path(folder)
        shutil.copytree("corpus", place / "corpus")
        shutil.copy("faq.yaml", place)
        settings = {
            "BOT_STORE": str(place / "bot.sqlite3"), "BOT_METRICS": "127.0.0.1:9187",
            "BOT_CORPUS": str(place / "corpus"), "BOT_FAQ": str(place / "faq.yaml"),
        }  # fmt: skip
        async with asked(BOT, settings, log) as (world, process):
            yield Traffic(world, [q for q in questions if q.strip()]), process, "http://127.0.0.1:9187"


async def numbers(where: str) -> dict[str, float]:
    """The sums of the bot's own numbers, by name."""
    async with aiohttp.ClientSession(where) as client, client.get("/metrics") as page:
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(await page.text()):
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0) + sample.value
        return found


def line(name: str, values: list[float]) -> None:
    print(f"{name:46}" + " ".join(f"{value:9.1f}" for value in parts(values)) + "  ms")


async def measure(questions: int) -> None:
    """Print all."""
    fake_discord.PATIENCE = 600  # the first start may learn the FAQ's phrasings
    async with running() as (traffic, process, where):
        await traffic.hour(PEOPLE, process, [])
        times: list[tuple[float, float]] = []
        begin, cpu = time.perf_counter(), _cpu(process)
        memory = await traffic.hour(questions, process, times)
        seconds, busy_cpu = time.perf_counter() - begin, _cpu(process) - cpu
        rate, of_cpu = questions / seconds, questions / busy_cpu
        print(f"memory on the way: {', '.join(f'{mib:.0f}' for _, mib in memory[:: SAMPLES // 10])} MiB")
        print(f"{questions} questions of {SERVERS} servers in {seconds:.0f} s: {rate:.0f} a second; {of_cpu:.0f} a second of the bot's processor time")
        told(memory)
        print(f"{'':46}{'p50':>9} {'p99':>9} {'longest':>9}")
        line(f"{FLIGHT} in flight, first response", [r for r, _ in times])
        line(f"{FLIGHT} in flight, answer", [a for _, a in times])
        times = await _steadily(traffic, rate / 2, 60)
        line(f"{rate / 2:.0f} a second, first response", [r for r, _ in times])
        line(f"{rate / 2:.0f} a second, answer", [a for _, a in times])
        flooded, others, refused = await _flood(traffic)
        line(f"flood of one server, {FLOOD} at once: first response", [r for r, _ in flooded])
        line("its answers", [a for _, a in flooded])
        line("another server meanwhile: first response", [r for r, _ in others])
        line("its answers", [a for _, a in others])
        print(
            f"{len(flooded)} of the flood, {refused} told that the bot is busy; {len(others)} of the other server; over 3 s: {sum(r > 3000 for r, _ in others)}"
        )
        print(f"servers of one process at {AN_HOUR} questions per server in the busiest hour, half loaded: {rate / 2 * 3600 / AN_HOUR:,.0f}")
        await asyncio.sleep(2)
        own = await numbers(where)
        print(
            f"its own numbers: {own['bot_questions_total']:.0f} questions ({traffic.asked} asked), {own['bot_store_writes_total']:.0f} writes, {own['bot_store_backlog']:.0f} waiting"
        )


def _cpu(process: int) -> float:
    """Seconds of processor time of a process."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _steadily(traffic: Traffic, rate: float, seconds: float) -> list[tuple[float, float]]:
    """The times of questions that come at random, at a rate, whatever the bot does."""
    times: list[tuple[float, float]] = []
    people, end, tasks = itertools.cycle(range(PEOPLE)), time.perf_counter() + seconds, []
    due = time.perf_counter()
    while (due := due + traffic.chance.expovariate(rate)) < end:
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        one = next(people)
        tasks.append(asyncio.create_task(traffic.ask(1 + one % SERVERS, 10**6 + one, times)))
    await asyncio.gather(*tasks)
    return times


async def _flood(traffic: Traffic) -> tuple[list[tuple[float, float]], list[tuple[float, float]], int]:
    """Times of a server whose people keep FLOOD questions in flight, of another that asks one every half second, and how many were told to come again."""
    flooded: list[tuple[float, float]] = []
    others: list[tuple[float, float]] = []
    refused, people = 0, itertools.count(10**7)
    stop = asyncio.Event()

    async def one_of_many() -> None:
        nonlocal refused
        for _ in range(2):
            refused += not await traffic.ask(1, next(people), flooded)

    async def other() -> None:
        while not stop.is_set():
            await traffic.ask(2, next(people), others)
            await asyncio.sleep(0.5)

    asking = asyncio.create_task(other())
    await asyncio.gather(*(one_of_many() for _ in range(FLOOD)))
    stop.set()
    await asking
    return flooded, others, refused


if __name__ == "__main__":
    asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else SERVERS * AN_HOUR))
