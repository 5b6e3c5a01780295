"""Function words that change what a sentence claims."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import cues

FERRY = "The ferry will leave the quay at noon and return before dark."


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ("The phones are unlocked.", "The phones were locked.", [("unlocked", "locked")]),
        ("The shop is open.", "The shop is closed.", [("open", "closed")]),
        ("The pump is working.", "The pump is no longer working.", [("working", "no longer working")] * 2),
        ("The shop is open.", "The shop is open.", []),
        ("The shop is not open.", "The shop is closed.", []),
    ],
)
def test_opposites_are_seen_by_prefix_by_kind_of_event_and_by_negation(one: str, other: str, words: list[tuple[str, str]]) -> None:
    assert [(o.one, o.other) for o in cues.opposed(cues.poles(one, "en", {}), cues.poles(other, "en", {}))] == words


@given(
    st.lists(st.sampled_from("open closed not locked unlocked the ferry runs stopped never".split())),
    st.lists(st.sampled_from("open closed no locked unlocked runs".split())),
)
def test_opposition_is_mutual_and_never_with_itself(one: list[str], other: list[str]) -> None:
    a, b = cues.poles(" ".join(one), "en", {}), cues.poles(" ".join(other), "en", {})
    assert sorted((o.one, o.other) for o in cues.opposed(a, b)) == sorted((o.other, o.one) for o in cues.opposed(b, a))
    assert cues.opposed(a, a) == []


def test_amounts_have_what_is_counted_and_its_limit() -> None:
    """Thousands are joined, words below twenty are numbers; years, dates and times are none."""
    found = cues.amounts("About 1,500 boats and up to 15 % of three crews left at 9:30 on 4 May 2024.", "en", {})
    assert {unit: {(a.bound, a.value) for a in given} for unit, given in found.items()} == {
        "boat": {("About", "1500")},
        "%": {("up to", "15")},
        "crew": {("", "3")},
    }


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (FERRY, True),
        (FERRY.replace("at noon", "at noon today"), True),
        (FERRY.replace("return before dark", "stay away over night"), False),
        (FERRY.replace("will leave", "will never leave"), False),
        (FERRY.replace("noon", "12"), False),
        (f"{FERRY[:-1]}, said the mate.", True),
        ("The ferry will", False),
    ],
)
def test_a_copy_has_the_words_the_numbers_and_the_negations(other: str, same: bool) -> None:
    assert cues.same_statement(FERRY, other, "en") is cues.same_statement(other, FERRY, "en") is same


def test_an_unknown_language_has_no_signs() -> None:
    assert cues.negations("not never", "xx") == 0
    assert cues.doubted("It is not known.", "xx") is None
    assert not cues.refers_back("This is new.", "xx")
    assert cues.amounts("15 boats", "xx", {}) != {}
