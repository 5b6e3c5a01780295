"""Hostile questions in small: the laws hold, a breach of each is seen, and what broke one is made short. In large: `python -m benchmarks.fuzz`."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from conftest import OTHER, ROOT
from upper import assistant, environment, gold

from benchmarks.fuzz import shortest
from benchmarks.hostile import Generator
from benchmarks.laws import Laws
from bot import discord_message, preview, render
from bot.answer import Answer
from bot.assistant import Assistant

QUESTIONS = 1500


def generator(seed: int) -> Generator:
    return Generator.of(seed, assistant("other"), [record["question"] for record in gold("other")])


def test_no_hostile_question_breaks_a_law() -> None:
    """Of 1,500: all scripts, damaged real questions, markup, controls, surrogates, direction marks, very long ones, pasted articles, data."""
    laws, made = Laws(assistant("other")), generator(7)
    found = [(made.question(n), list(laws.faults(made.question(n), n))) for n in range(QUESTIONS)]
    assert [(ascii(question), faults) for question, faults in found if faults] == []


def test_the_same_seed_and_number_make_the_same_question() -> None:
    assert [generator(3).question(n) for n in range(200)] == [generator(3).question(n) for n in range(200)]
    assert generator(3).question(5) != generator(4).question(5)


def test_the_questions_are_of_every_kind() -> None:
    """Empty ones, very long ones, lone surrogates, escape sequences, mentions, several scripts, real ones as they are."""
    questions = [generator(1).question(n) for n in range(3000)]
    asked = {record["question"] for record in gold("other")}
    for kind in (r"\ud800|[\ud801-\udfff]", "\x1b", "@everyone|<@", "[\u0600-\u06ff]", "[\uac00-\ud7a3]", "\u202e", "```", r"\{", "(?s).{2001}"):
        assert any(re.search(kind, question) for question in questions), kind
    assert asked & set(questions)


def _as_it_is(text: str) -> str:
    return text


def _raise(self: Assistant, question: str, **_: object) -> None:
    raise KeyError(question)


def _stranger(found: object) -> list[str]:
    return ["\x1b[2J"]


@pytest.mark.parametrize(
    ("question", "place", "name", "instead", "law"),
    [
        ("Why did the ferries stop @everyone?", discord_message, "escaped", _as_it_is, "no ping"),
        ("Why did the ferries stop [x](https://evil.example)?", discord_message, "escaped", _as_it_is, "no foreign link"),
        ("Why did the ferries stop?", render, "headline", _stranger, "terminal"),
        ("Why did the ferries stop <img src=x>?", preview, "_text", _as_it_is, "page"),
        ("Why did the ferries stop?", Assistant, "ask", _raise, "never an exception"),
        ("why " + "-" * 1990, discord_message, "LONGEST_ASKED", 4000, "discord"),
    ],
)
def test_a_breach_of_each_law_is_seen(
    monkeypatch: pytest.MonkeyPatch, question: str, place: object, name: str, instead: Callable[..., object] | int, law: str
) -> None:
    """With one defence taken away the law that it serves is broken."""
    laws = Laws(assistant("other"))
    assert list(laws.faults(question)) == []
    monkeypatch.setattr(place, name, instead)
    if law == "discord":
        monkeypatch.setattr(discord_message, "fits", lambda blocks: True)
    assert law in {fault.partition(":")[0] for fault in Laws(assistant("other")).faults(question)}


@pytest.mark.parametrize("change", [{"status": "nearest"}, {"confidence": 2}, {"receipt": "0" * 16}, {"reason": "empty"}, {"more": 1}])
def test_an_object_that_is_not_what_the_schema_says_is_seen(monkeypatch: pytest.MonkeyPatch, change: dict[str, object]) -> None:
    """Or of which the receipt is not its own."""
    answer = assistant("other").ask("Why did the ferries stop?")
    monkeypatch.setattr(Answer, "as_json", {**answer.as_json, **change})
    assert {fault.partition(":")[0] for fault in Laws(assistant("other")).of(answer, "")} & {"schema", "verify"}


def test_a_quote_that_is_not_in_the_file_is_seen() -> None:
    """The laws read the articles by themselves."""
    laws = Laws(assistant("other"))
    laws._texts = {name: text.replace("e", "ё") for name, text in laws._texts.items()}
    assert "verbatim" in {fault.partition(":")[0] for fault in laws.faults("Why did the ferries stop?")}


def test_what_breaks_a_law_is_made_as_short_as_it_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord_message, "escaped", _as_it_is)
    assert shortest("why, oh why @everyone did the ferries stop?", "no ping", Laws(assistant("other"))) == "@everyone"
    assert shortest("why?", "no ping", Laws(assistant("other"))) == "why?"


def test_the_program_tells_how_many_it_asked_and_that_another_process_answers_the_same() -> None:
    settings = environment(BOT_CORPUS=str(OTHER / "corpus"), BOT_FAQ=str(OTHER / "faq.yaml"))
    done = subprocess.run([sys.executable, "-m", "benchmarks.fuzz", "60", "--seed", "2"], capture_output=True, cwd=ROOT, env=settings, check=False)
    assert done.returncode == 0, done.stderr.decode() + done.stdout.decode()
    assert re.match(r"60 questions \(seed 2, from number 0\) in \d+ s, \d+ a second: 0 breaches\n", done.stdout.decode())
