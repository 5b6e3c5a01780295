"""Whether words that somebody quotes are in the articles."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from conftest import OTHER, ROOT
from hypothesis import given
from hypothesis import strategies as st

from bot import config
from bot.assistant import Assistant
from bot.corpus import Span
from bot.presence import FEWEST_WORDS, MOST_LOOKED_FOR, Finding, Presence, check, differences, look_up, passages


def made(folder: Path) -> Assistant:
    if not (folder / "corpus").exists():
        pytest.skip("the articles are not in this package")
    return Assistant.load(config.Settings(folder / "corpus", None, None))


@pytest.fixture(scope="module")
def ferries() -> Assistant:
    return made(OTHER)


@pytest.fixture(scope="module")
def phones() -> Assistant:
    return made(ROOT)


def sentences(assistant: Assistant) -> list[Span]:
    return [s for s in assistant.corpus.sentences if len(s.text.split()) > FEWEST_WORDS]


@pytest.mark.parametrize("name", ["ferries", "phones"])
def test_every_sentence_is_found_letter_by_letter(name: str, request: pytest.FixtureRequest) -> None:
    """A sentence of an article, copied with other white space, is exact; the place has these words; the sentences around it may be shown."""
    assistant: Assistant = request.getfixturevalue(name)
    for sentence in sentences(assistant):
        found = look_up("  \n".join(sentence.text.split()), assistant)
        assert found.presence is Presence.EXACT
        for span, whole in found.places:
            assert span.text.split() == sentence.text.split()
            assert whole.holds(span)
            assert not whole.article.is_furniture(whole.start, whole.end)


@pytest.mark.parametrize("name", ["ferries", "phones"])
def test_a_sentence_with_one_word_changed_is_told_from_the_real_one(name: str, request: pytest.FixtureRequest) -> None:
    """Of sentences with a word replaced, left out, or `not` put in, none is taken as exact where it is not; of 20 at least 19 lead to the real wording."""
    assistant: Assistant = request.getfixturevalue(name)
    choose, seen, right = random.Random(0), 0, 0
    everything = [" ".join(a.text.split()) for a in assistant.corpus.articles.values()]
    for sentence in sentences(assistant):
        words = sentence.text.split()
        at = choose.randrange(len(words))
        changed = " ".join(choose.choice([[*words[:at], "otherwise", *words[at + 1 :]], words[:at] + words[at + 1 :], [*words[:at], "not", *words[at:]]]))
        found = look_up(changed, assistant)
        if found.presence is Presence.EXACT:
            assert any(changed.strip(" .,") in text for text in everything)
            continue
        seen += 1
        right += found.presence is Presence.DIFFERS and found.places[0][1].overlaps(sentence)
    assert right >= 0.95 * seen


def test_another_topic_is_not_in_these_articles(ferries: Assistant, phones: Assistant) -> None:
    """Sentences about something else are absent; of a hundred at most one is taken for a changed wording."""
    for here, other in ((ferries, phones), (phones, ferries)):
        found = [look_up(s.text, here).presence for s in sentences(other)]
        assert Presence.EXACT not in found
        assert found.count(Presence.DIFFERS) <= len(found) // 100 + 1


def test_page_furniture_is_not_in_the_articles(ferries: Assistant) -> None:
    """An advertisement that stands in an article's file is none of its words."""
    assert look_up("Subscribe to our newsletter: one lake story every morning", ferries).presence is Presence.ABSENT


def test_outer_punctuation_does_not_count(ferries: Assistant) -> None:
    """A quotation that ends in the middle of a sentence may end with a comma or a full stop of its own; inner marks count."""
    assert look_up("The Lady Tamsa went back into service on Monday.", ferries).presence is Presence.EXACT
    assert look_up("The Lady Tamsa went, back into service on Monday", ferries).presence is Presence.DIFFERS


def test_a_part_of_a_word_is_not_the_word(ferries: Assistant) -> None:
    assert look_up("he Lady Tamsa went back into service on Mon", ferries).presence is Presence.DIFFERS


def test_a_fragment_is_shown_in_its_whole_sentence(ferries: Assistant) -> None:
    """A claim is not shown without what takes it back."""
    ((span, whole),) = look_up("The line hopes to restart the island crossing", ferries).places
    assert span.text == "The line hopes to restart the island crossing"
    assert whole.text == "The line hopes to restart the island crossing in April. But it has not promised a date."


def test_just_the_words_that_differ_are_marked() -> None:
    left, right = differences("It sails on Tuesday again.", "It sails on Monday, once again.")
    assert [p.text for p in left if p.differs] == ["Tuesday"]
    assert [p.text for p in right if p.differs] == ["Monday, once"]


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_letter_is_lost_between_two_texts(one: str, other: str) -> None:
    """For any two texts: their pieces put together are the texts, and the pieces that are the same are the same in both."""
    left, right = differences(one, other)
    assert "".join(p.text for p in left) == one
    assert "".join(p.text for p in right) == other
    assert "".join(p.text for p in left if not p.differs) == "".join(p.text for p in right if not p.differs)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("He said “the boats are sailing again” and left", ["the boats are sailing again"]),
        ('"the boats are sailing again" and "nobody was hurt at all"', ["the boats are sailing again", "nobody was hurt at all"]),
        ("> the boats are\n> sailing again\nreally?\n> nobody was hurt at all", ["the boats are sailing again", "nobody was hurt at all"]),
        ("the boats are sailing again", ["the boats are sailing again"]),
        ("**the boats** are [sailing](https://example.org) again <@123> https://example.org/x", ["the boats are sailing again"]),
        ("the \\*boats\\* are sailing again", ["the *boats* are sailing again"]),
        ("“the boats are sailing […] nobody was hurt at all”", ["the boats are sailing", "nobody was hurt at all"]),
        ("“safe” is what the captain called it", ["“safe” is what the captain called it"]),
        ("no", []),
        ("", []),
    ],
)
def test_what_a_message_quotes_is_looked_for(message: str, expected: list[str]) -> None:
    """Quoted lines first, else what is between quotation marks, else all of it; formatting, links and mentions are no words; an ellipsis joins nothing."""
    assert passages(message) == expected


@given(st.text(alphabet='ab >"“”«»….[]()*_`<@#:/\\\n1', max_size=300))
def test_any_message_can_be_checked(message: str) -> None:
    """For any message: at most a few findings, each with a place where it is not absent, never an error."""
    found = check(message, ASSISTANT)
    assert len(found) <= MOST_LOOKED_FOR
    assert all(bool(f.places) == (f.presence is not Presence.ABSENT) for f in found)


ASSISTANT = Assistant.load(config.Settings(OTHER / "corpus", None, None))


def test_the_same_words_in_two_articles_are_shown_in_both(ferries: Assistant) -> None:
    """Each article that has the words is named, up to a few."""
    found: Finding = look_up("We have stopped all sailings as a precaution while every rudder bearing", ferries)
    assert [span.article.id for span, _ in found.places] == ["ostrellin-courier", "pellandry-ledger"]
