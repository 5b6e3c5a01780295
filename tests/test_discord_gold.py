"""The same question gives the same quotes at the terminal and in Discord, over all gold questions of the repository."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import OTHER, ROOT
from fake_discord import components, faults_of_message
from upper import assistant

from bot import frames, render
from bot.discord_message import components_of, frame_language, message

GOLD = sorted((ROOT / "tests/gold").glob("*.jsonl"))


def questions(path: Path) -> list[str]:
    return [json.loads(line)["question"] for line in path.read_text(encoding="utf-8").splitlines()]


def at_terminal(text: str) -> list[str]:
    """The lines of the quotes of a rendered answer."""
    return [line[2:].strip() for line in text.split("\n") if line.startswith("› ")]


def in_discord(payload: list[dict[str, Any]]) -> list[str]:
    """The lines of the quotes of a message's components, as a reader sees them."""
    shown = "\n".join(c["content"] for c in components({"components": payload}) if c["type"] == 10)
    lines = [re.sub(r"\\([^\w\s])", r"\1", line[2:]).strip() for line in shown.split("\n") if line.startswith("> ")]
    return [line for line in lines if line]


@pytest.mark.parametrize(("folder", "gold"), [(OTHER, OTHER / "gold.jsonl"), *((ROOT, path) for path in GOLD)], ids=lambda p: p.name)
def test_the_quotes_are_the_same_in_both_front_ends(folder: Path, gold: Path) -> None:
    """Line by line, in the same order, in a payload that Discord takes; where one was left out for length, those before it are the same and their number is said."""
    if not (folder / "corpus").exists():
        pytest.skip("the articles are not in this package")
    asked = assistant("other" if folder == OTHER else "real")
    for number, question in enumerate(questions(gold)):
        answer = asked.ask(question)
        language = frame_language(answer, "en")
        payload = components_of(message(answer, language, private=number % 2 == 0, asked=True))
        expected, found = at_terminal(render.plain(render.rows(answer))), in_discord(payload)
        if found != expected:
            assert found == expected[: len(found)], question
            assert frames.CATALOGUE["left_out"][language].split("{")[0].split(":")[0] in json.dumps(payload, ensure_ascii=False)
        assert not list(faults_of_message({"flags": 1 << 15, "components": payload, "allowed_mentions": {"parse": []}})), question
