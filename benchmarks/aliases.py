"""FAQs of tens of thousands of phrasings: `python -m benchmarks.aliases FOLDER [PHRASINGS …]`.

Each is made of the English phrasings of the FAQ of the current folder, below FOLDER: in each of as many invented topics as it takes, most words with
content stand for invented ones, half of the phrasings of an entry are its own there (a word left out, two that change places, a letter lost), and the
others are questions. Questions of topics that the FAQ does not have should reach nothing. A process each tells the processor time of learning and
the most memory that this took; of opening what is kept, and the memory that this takes; of the ranking of entries (one question asked for the first time), of the ranking of as
many passages by rank-bm25 (the phrasings themselves) and of a whole `ask`; how often the right entry comes first, and the AUC of the first
output against questions of no topic. `--exactly` learns all phrasings together, however many; `--check` holds every phrasing out too.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.engines import _memory
from benchmarks.zipf import Zipf
from bot import config, ridge
from bot.assistant import Assistant
from bot.corpus import load_corpus
from bot.faq import Entry, load_faq, phrasing_key
from bot.text import is_stop, terms, words

SIZES = (5_000, 10_000, 20_000, 50_000)
AN_ENTRY = 43
"""Phrasings of an entry on average."""
INVENTED = 0.7
"""Share of the words with content that a topic has its own for."""
QUESTIONS = 500
SLOW = 50
"""Questions that are asked of what reads everything for each."""
Question = tuple[str, str | None]
"""Text, and the id of the entry that it belongs to."""


class Topics:
    """Phrasings of entries in invented topics, the same for the same seed."""

    def __init__(self, seed: int = 6) -> None:
        self._random = np.random.default_rng(seed)
        self._names = Zipf(0).words
        self._invented: dict[tuple[int, str], str] = {}

    def phrasing(self, text: str, topic: int) -> str:
        """A phrasing as it may be put in a topic."""
        found = [self._word(word, topic) for word in words(text)]
        change, at = self._random.random(), int(self._random.integers(0, max(len(found) - 1, 1)))
        if change < 0.3 and len(found) > 4:
            del found[at]
        elif change < 0.5 and len(found) > 2:
            found[at], found[at + 1] = found[at + 1], found[at]
        elif change < 0.6 and len(found[at]) > 4:
            found[at] = found[at][:-2] + found[at][-1:]
        return " ".join(found)

    def _word(self, word: str, topic: int) -> str:
        if is_stop(word) or word.isdigit():
            return word
        if (topic, word) not in self._invented:
            own = self._random.random() < INVENTED
            self._invented[topic, word] = str(self._names[self._random.integers(0, len(self._names))]) if own else word
        return self._invented[topic, word]


def made(entries: Sequence[Entry], size: int) -> tuple[list[dict[str, object]], list[Question]]:
    """A FAQ of `size` phrasings, and QUESTIONS for its entries with as many for none."""
    topics, taken, faq = Topics(), set[str](), list[dict[str, object]]()
    asked: list[Question] = []
    count = round(size / AN_ENTRY)
    left = size
    for number in range(count):
        topic, base = divmod(number, len(entries))
        entry = entries[base]
        texts = [text for language, text in entry.phrasings if language == "en"]
        own: list[str] = []
        wanted = left // (count - number)
        half = texts[::2]
        for turn in range(20 * wanted):
            text = topics.phrasing(half[turn % len(half)], topic)
            if phrasing_key(text) not in taken and len(own) < wanted:
                taken.add(phrasing_key(text))
                own.append(text)
        left -= len(own)
        name = f"{entry.id}-{topic}"[-60:].lstrip("-")
        quotes = [{"article": e.span.article.id, "quote": e.span.text, "role": e.role} for e in entry.evidence]
        faq.append({"id": name, "question": own[0], "aliases": {"en": own[1:]}, **({"nearest": []} if entry.known_unknown else {"evidence": quotes})})
        asked += [(topics.phrasing(text, topic), name) for text in texts[1::2]]
    draw = np.random.default_rng(7)
    chosen = [asked[n] for n in draw.permutation(len(asked))[:QUESTIONS].tolist()]
    strange = [text for entry in entries for language, text in entry.phrasings if language == "en"]
    return faq, chosen + [(topics.phrasing(strange[n], 10_000), None) for n in draw.permutation(len(strange))[:QUESTIONS].tolist()]


def auc(high: Sequence[float], low: Sequence[float]) -> float:
    """Share of pairs in which the one that should be higher is."""
    both = np.concatenate([low, high])
    ranks = np.searchsorted(np.sort(both), both[len(low) :], "left") + np.searchsorted(np.sort(both), both[len(low) :], "right")
    return float((ranks.sum() / 2 + len(high) / 2 - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def timed(ask: Callable[[str], object], questions: Sequence[Question]) -> tuple[float, float]:
    """Median and 99th percentile of the milliseconds of processor time."""
    taken = []
    for text, _ in questions:
        begin = time.process_time()
        ask(text)
        taken.append((time.process_time() - begin) * 1000)
    return float(np.median(taken)), float(np.percentile(taken, 99))


def measure(step: str, settings: config.Settings, questions: Sequence[Question]) -> dict[str, object]:
    """What one step takes, in this process."""
    begin, before = time.process_time(), _memory()
    assistant = Assistant.load(settings)
    assistant.matcher.prepare()
    loaded = {"s": time.process_time() - begin, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "held": _memory() - before}
    if step == "learn":
        return {**loaded}
    if step == "check":
        begin = time.process_time()
        found = list(assistant.matcher.held_out())
        return {
            "s": time.process_time() - begin,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "reach": float(np.mean([f[3] < 0 for f in found])),
        }
    from rank_bm25 import BM25Okapi

    rank = timed(lambda text: assistant.matcher.rank(text, "en", briefly=True), questions)
    ask = timed(assistant.ask, questions)
    asked_for = _memory() - before
    passages = BM25Okapi([terms(text) for entry in assistant.faq.entries for _, text in entry.phrasings])
    search = timed(lambda text: np.argsort(-passages.get_scores(terms(text)))[:10], questions[:SLOW])
    first = [assistant.matcher.rank(text, "en", briefly=True)[0] for text, _ in questions]
    right = [match.entry.id == name for match, (_, name) in zip(first, questions, strict=True) if name]
    yes, no = ([match.score for match, (_, name) in zip(first, questions, strict=True) if (name is not None) == known] for known in (True, False))
    return {
        **loaded,
        "held": asked_for,
        "rank": rank,
        "ask": ask,
        "search": search,
        "right": float(np.mean(right)),
        "auc": auc(yes, no),
        "first": [match.entry.id for match in first],
    }


def apart(step: str, folder: Path, exactly: bool) -> dict[str, object] | None:
    """The same in a process of its own; None where it does not get through."""
    command = [sys.executable, "-m", "benchmarks.aliases", str(folder), "--step", step, *(["--exactly"] if exactly else [])]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    if done.returncode:
        print(f"{step}: {(done.stderr.strip().splitlines() or ['killed'])[-1]}", file=sys.stderr)
        return None
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.aliases")
    parser.add_argument("folder", type=Path)
    parser.add_argument("phrasings", type=int, nargs="*", default=SIZES)
    parser.add_argument("--exactly", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.exactly:
        ridge.EXACTLY = sys.maxsize
    corpus = Path("corpus")
    if given.step:
        environment = {**os.environ, "BOT_CORPUS": str(corpus), "BOT_FAQ": str(given.folder / "faq.yaml"), "BOT_SEMANTIC": "off"}
        environment["BOT_CACHE"] = str(given.folder / ("exactly" if given.exactly else "cache"))
        print(json.dumps(measure(given.step, config.load(environment), json.loads((given.folder / "questions.json").read_text(encoding="utf-8")))))
        return 0
    print(f"{'':10}{'learn s':>9}{'MB':>7}{'open s':>8}{'MB':>6}{'rank p50':>10}{'p99':>7}{'search':>9}{'ask p50':>9}{'p99':>7}{'right':>7}{'AUC':>7}")
    entries = load_faq(Path("faq.yaml"), load_corpus(corpus)[0]).entries
    for size in given.phrasings:
        folder = given.folder / str(size)
        if not folder.exists():
            folder.mkdir(parents=True)
            faq, questions = made(entries, size)
            (folder / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
            lines = ("\n  ".join(f"{key}: {json.dumps(value)}" for key, value in entry.items()) for entry in faq)
            (folder / "faq.yaml").write_text("".join(f"- {entry}\n" for entry in lines), encoding="utf-8")
        learnt, opened = apart("learn", folder, given.exactly), apart("ask", folder, given.exactly)
        if not learnt or not opened:
            continue
        (folder / f"first-{'exactly' if given.exactly else 'near'}.json").write_text(json.dumps(opened["first"]), encoding="utf-8")
        print(
            f"{size:<10}{learnt['s']:>9.1f}{learnt['peak']:>7.0f}{opened['s']:>8.2f}{opened['held']:>6.0f}{opened['rank'][0]:>10.2f}{opened['rank'][1]:>7.2f}"  # type: ignore[index]
            f"{opened['search'][0]:>9.2f}{opened['ask'][0]:>9.2f}{opened['ask'][1]:>7.2f}{opened['right']:>7.3f}{opened['auc']:>7.3f}",  # type: ignore[index]
            flush=True,
        )
        held = apart("check", folder, given.exactly) if given.check else None
        if held:
            print(f"{'':10}each held out: {held['s']:.0f} s, {held['peak']:.0f} MB; {held['reach']:.3f} still reach their entry", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
