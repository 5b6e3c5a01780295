"""Sentence and paragraph boundaries of any text."""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
from conftest import DATA
from hypothesis import example, given
from hypothesis import strategies as st

from bot.corpus import Corpus
from bot.sentences import blocks, sentences

INVENTORY: dict[str, list[str]] = json.loads((DATA / "sentences.json").read_text(encoding="utf-8"))
DENSE = st.text(alphabet=st.sampled_from("Aab1 .!?…。؟\n\r\t\u00a0\u2028\"'“”«»()•-–*:,\x00\x1b\u202e\u200d\u0301👩🏽字كक"), max_size=60)
BULLET = r"(?:[•◦▪●‣*–—-]|\(?\d{1,2}[.)]|\(?[a-z][.)])"


def shown(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


def gaps(text: str, spans: list[tuple[int, int]]) -> list[str]:
    """What the spans leave out, from the start of the text to its end."""
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    return [text[a:b] for a, b in zip(edges[::2], edges[1::2], strict=True)]


def check_order(text: str, spans: list[tuple[int, int]]) -> None:
    """The spans are in order and apart, and none is empty or has outer whitespace."""
    assert all(0 <= a < b <= len(text) for a, b in spans)
    assert all(one[1] <= two[0] for one, two in pairwise(spans))
    assert all(text[a:b] == text[a:b].strip() for a, b in spans)


@given(st.text() | DENSE)
@example("a\r\n\r\nb")
@example("“One\ntwo.” Three")
@example("• \n• x")
def test_any_text_splits_into_sentences_that_leave_out_only_whitespace_and_bullets(text: str) -> None:
    """In order, apart, sliced from the text; what lies between them is whitespace and at most one bullet at a line's start."""
    found = sentences(text)
    check_order(text, found)
    for gap in gaps(text, found):
        assert re.fullmatch(rf"\s*|(?:\s*\n)?\s*{BULLET}\s+", gap), repr(gap)


@given(st.text() | DENSE)
@example("\n \n\t\n")
def test_any_text_splits_into_blocks_that_leave_out_only_whitespace(text: str) -> None:
    """Paragraphs hold everything that is not whitespace, and no blank line; each gap between two of them does."""
    found = blocks(text)
    check_order(text, found)
    assert not "".join(gaps(text, found)).strip()
    assert all(gap.count("\n") >= 2 for gap in gaps(text, found)[1:-1])
    assert not any(re.search(r"\n[^\S\n]*\n", text[a:b]) for a, b in found)


@given(st.text() | DENSE)
def test_no_sentence_crosses_a_paragraph(text: str) -> None:
    """Every sentence lies inside one block."""
    whole = blocks(text)
    assert all(any(a <= c and d <= b for a, b in whole) for c, d in sentences(text))


@given(st.text() | DENSE)
def test_a_sentence_does_not_depend_on_paragraphs_that_follow(text: str) -> None:
    """More paragraphs below change no boundary above: an article can be continued."""
    assert sentences(text + "\n\nThe end.")[: len(sentences(text))] == sentences(text)


@pytest.mark.parametrize("name", sorted(INVENTORY))
def test_the_sentences_of_the_five_articles_are_those_found_by_hand(name: str, real_corpus: Corpus) -> None:
    """The splitter agrees with the inventory that a reader made, furniture included."""
    assert shown(real_corpus.articles[name].text) == INVENTORY[name]


def test_the_inventory_covers_every_article(real_corpus: Corpus) -> None:
    """An article that is added needs its sentences listed."""
    assert sorted(real_corpus.articles) == sorted(INVENTORY)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four… Five", ["One.", "Two!", "Three?", "Four…", "Five"]),
        ("He said “Stop.” Then he left.", ["He said “Stop.”", "Then he left."]),
        ("It costs 1.50 crowns. Or 2.", ["It costs 1.50 crowns.", "Or 2."]),
        ("Mr. Smith met Dr. J. Jones. They spoke.", ["Mr. Smith met Dr. J. Jones.", "They spoke."]),
        ("It is made in the U.S. Sales began.", ["It is made in the U.S.", "Sales began."]),
        ("The U.S. market grew, e.g. Texas did.", ["The U.S. market grew, e.g. Texas did."]),
        ("It is iOS vs. Android. Fine.", ["It is iOS vs. Android.", "Fine."]),
        ("See Fig. 3 below. Done.", ["See Fig. 3 below.", "Done."]),
        ("Visit example.org today. Bye.", ["Visit example.org today.", "Bye."]),
        ("Stop... and go on. Yes.", ["Stop... and go on.", "Yes."]),
        ("Really?! Yes.", ["Really?!", "Yes."]),
        ("停止。再開しました。", ["停止。", "再開しました。"]),
        ("هل هذا صحيح؟ نعم.", ["هل هذا صحيح؟", "نعم."]),
        ("यह सच है। ठीक।", ["यह सच है।", "ठीक।"]),
        ("¿Qué pasó? ¡Nada! Bien.", ["¿Qué pasó?", "¡Nada!", "Bien."]),
        ("One.\u00a0Two.", ["One.", "Two."]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    """Marks end sentences; abbreviations, initials, decimals and addresses do not."""
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A heading\nThe text begins. It goes on.", ["A heading", "The text begins.", "It goes on."]),
        ("Things:\n• one\n• two", ["Things:", "one", "two"]),
        ("How:\n1. Keep it.\n2. Send it.", ["How:", "Keep it.", "Send it."]),
        ("Said “one\nand two.” Then three.", ["Said “one\nand two.”", "Then three."]),
        ("The line goes\non here. Next.", ["The line goes\non here.", "Next."]),
        ("para one\n\npara two", ["para one", "para two"]),
    ],
)
def test_lines_are_sentences_unless_they_go_on(text: str, expected: list[str]) -> None:
    """Headings and list items stand alone without a full stop; a wrapped line or an open quotation goes on; bullets are left out."""
    assert shown(text) == expected


def test_lines_that_an_editor_wrapped_are_one_paragraph() -> None:
    """Lines that are all long are joined, so that a sentence is found across them."""
    text = "The ferry company said on Monday that all of its three vessels\nOtterling, Heron and Tamsa would sail again by the end of the\nweek. Nobody believed it."
    assert shown(text) == [text[: text.index(" Nobody")], "Nobody believed it."]


def test_nothing_and_whitespace_have_no_sentences() -> None:
    """An empty text has no parts."""
    assert sentences("") == blocks("") == sentences(" \n\t\n ") == blocks(" \n\t\n ") == []
