"""What is kept of questions is bounded: whatever people type, and however much, memory comes to a level."""

from __future__ import annotations

import contextlib
import gc
import importlib
import pkgutil
import sys
from collections.abc import Iterator
from functools import _lru_cache_wrapper
from types import FunctionType, ModuleType

from conftest import OTHER
from upper import cache_folder, gold

import bot
from benchmarks.hostile import Generator
from bot import config
from bot.assistant import Assistant
from bot.discord_message import Titles, components_of, message
from bot.text import KEPT_WORDS, SNOWBALL, OfWords, _stemmer

UNBOUNDED = {"bot.figures._upper", "bot.figures._log_ways"}
"""Caches whose keys are numbers of gold questions."""


def fresh() -> Assistant:
    return Assistant.load(config.Settings(OTHER / "corpus", OTHER / "faq.yaml", cache_folder()))


def caches() -> Iterator[_lru_cache_wrapper[object]]:
    """Every cache that the program has made, of functions and of objects."""
    gc.unfreeze()  # another test may have frozen what there was
    for found in gc.get_objects():
        if isinstance(found, _lru_cache_wrapper) and found.__module__.startswith("bot."):
            yield found


def containers(*roots: object) -> dict[int, int]:
    """How much each dict, set and list is long that is reached from `roots` and from the program's modules, caches that are bounded apart."""
    modules = [vars(module) for name, module in sys.modules.items() if name.startswith("bot.")]
    ahead: list[object] = [*roots, *(value for module in modules for value in module.values())]
    found: dict[int, int] = {}
    seen: set[int] = set()
    while ahead:
        at = ahead.pop()
        if id(at) in seen or isinstance(at, type | ModuleType | FunctionType | _lru_cache_wrapper | OfWords):
            continue
        seen.add(id(at))
        if isinstance(at, dict | set | list):
            found[id(at)] = len(at)
        ahead += gc.get_referents(at)
    return found


def test_every_cache_has_a_bound() -> None:
    """Those of all modules, and of an assistant that has answered."""
    for module in pkgutil.iter_modules(bot.__path__):
        if module.name != "__main__":
            with contextlib.suppress(ModuleNotFoundError):  # of an extra that is not installed
                importlib.import_module(f"bot.{module.name}")
    assistant = fresh()
    assistant.ask("why were the ferries stopped?")
    found = {f"{cache.__module__}.{cache.__qualname__}": cache.cache_info().maxsize for cache in caches()}
    assert len(found) > 30
    assert {name for name, most in found.items() if most is None} == UNBOUNDED


def test_nothing_but_what_is_bounded_grows_with_questions() -> None:
    """Questions in all scripts, of any language that is named: no dict, set or list is longer after more of them."""
    assistant = fresh()
    titles = Titles(assistant.faq)
    made = Generator.of(5, assistant, [record["question"] for record in gold("other")])

    def ask(first: int, last: int) -> None:
        for number in range(first, last):
            question, named = made.question(number), "".join(chr(97 + number // 26**at % 26) for at in range(3))
            for language in (None, named):
                answer = assistant.ask(question, language=language)
                components_of(message(answer, answer.language))
            titles.suggest(question, "en")

    for word in ("ferry", "паром", "πλοίο", "מעבורת", "عبارة", "페리", "船", "フェリー", "เรือ", "नाव", "ნავი"):  # a classifier for each script
        assistant.ask(word)
    for language in SNOWBALL:  # this thread's stemmer for each language
        _stemmer(language)
    ask(0, 600)
    before = containers(assistant, titles)
    ask(600, 1200)
    after = containers(assistant, titles)
    assert sum(before.values()) > 1000
    assert sum(after.values()) == sum(before.values())


def test_words_are_kept_and_texts_are_not() -> None:
    """A word asked for again is not worked out again; a text is, so that what is kept is small whatever is typed."""
    asked: list[str] = []

    def note(word: str) -> int:
        asked.append(word)
        return len(word)

    kept = OfWords(note)
    for typed in ("ferry", "ferry", "ferry" * 20, "ferry" * 20):
        assert kept[typed] == len(typed)
    assert asked == ["ferry", "ferry" * 20, "ferry" * 20]
    for number in range(2 * KEPT_WORDS):
        assert kept[f"{number}"] == len(f"{number}")
        assert len(kept) <= KEPT_WORDS
    assert kept["ferry"] == len("ferry")
    assert asked[-1] == "ferry"
