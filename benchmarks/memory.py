"""Whether the memory of a process grows with what it is asked: `python -m benchmarks.memory [QUESTIONS]` (100,000: some five minutes).

So many different questions, real ones with words and letters exchanged, are asked of one assistant, and each answer is made the message
that Discord would get. Told are the memory on the way, the slope of its first and its second half with the 95 % interval, and how full
what is kept of the questions is: what is bounded fills up before.
"""

from __future__ import annotations

import gc
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Sequence
from functools import _lru_cache_wrapper
from pathlib import Path

import numpy as np

from bot import config
from bot.assistant import Assistant
from bot.discord_message import components_of, message
from bot.gold import load_gold

SAMPLES = 200
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def resident(process: int) -> float:
    """MiB of memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def slope(points: Sequence[tuple[int, float]]) -> tuple[float, float, float]:
    """KiB per question of (questions, MiB), and its 95 % interval from a bootstrap of blocks of the residuals (neighbours are alike)."""
    x, y = (np.array(column, dtype=float) for column in zip(*points, strict=True))
    fit = np.polyfit(x, y, 1)
    left, block, chance = y - np.polyval(fit, x), max(len(x) // 10, 1), np.random.default_rng(1)
    made = []
    for _ in range(2000):
        starts = chance.integers(0, len(x) - block + 1, -(-len(x) // block))
        noise = np.concatenate([left[s : s + block] for s in starts])[: len(x)]
        made.append(np.polyfit(x, np.polyval(fit, x) + noise, 1)[0])
    low, high = np.quantile(made, [0.025, 0.975])
    return float(fit[0] * 1024), float(low * 1024), float(high * 1024)


def told(points: Sequence[tuple[int, float]]) -> None:
    """Print the slope of each half."""
    for part in (points[: len(points) // 2], points[len(points) // 2 :]):
        middle, low, high = slope(part)
        print(f"memory {part[0][1]:.2f} MiB to {part[-1][1]:.2f} MiB: {middle:+.4f} KiB a question (95 %: {low:+.4f} to {high:+.4f}), {len(part)} samples")


def varied(number: int, asked: Sequence[str], words: Sequence[str]) -> str:
    """Question `number`: one of `asked`, of which up to three words are replaced by one of `words`, preceded by one or misspelt."""
    chance = random.Random(number)
    typed = chance.choice(asked).split() or ["why"]
    for _ in range(chance.randint(1, 3)):
        at, what = chance.randrange(len(typed)), chance.random()
        if what < 0.6:
            typed[at] = chance.choice(words)
        elif what < 0.8:
            typed.insert(at, chance.choice(words))
        else:
            letter = chance.randrange(len(typed[at]))
            typed[at] = typed[at][:letter] + chance.choice(LETTERS) + typed[at][letter + chance.randint(0, 1) :]
    return " ".join(typed)


def kept() -> dict[str, tuple[int, int]]:
    """How much each cache of the program holds and may hold, those of one function together."""
    found: dict[str, tuple[int, int]] = {}
    for cache in gc.get_objects():
        if isinstance(cache, _lru_cache_wrapper) and cache.__module__.startswith("bot."):
            info, (held, most) = cache.cache_info(), found.get(cache.__qualname__, (0, 0))
            found[cache.__qualname__] = held + info.currsize, most + (info.maxsize or 0)
    return found


def main() -> int:
    """Print all."""
    questions = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    assistant = Assistant.load(config.load(os.environ))
    assistant.prepare()
    asked = [record["question"] for _, record in load_gold(sorted(Path("tests/gold").glob("*.jsonl")))]
    words = [word for question in asked for word in question.split()]
    asked += [text for entry in assistant.faq.entries for _, text in entry.phrasings]
    points, statuses = [], Counter[str]()
    for number in range(questions):
        answer = assistant.ask(varied(number, asked, words))
        json.dumps(components_of(message(answer, answer.language)))
        statuses[answer.status] += 1
        if number % max(questions // SAMPLES, 1) == 0:
            points.append((number, resident(os.getpid())))
    print(f"{questions} questions: {', '.join(f'{count} {status}' for status, count in sorted(statuses.items()))}")
    print(f"memory on the way: {', '.join(f'{mib:.0f}' for _, mib in points[:: SAMPLES // 20])} MiB")
    told(points)
    print(", ".join(f"{name} {held}/{most}" for name, (held, most) in sorted(kept().items()) if held))
    return 0


if __name__ == "__main__":
    sys.exit(main())
