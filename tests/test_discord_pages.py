"""What the bot shows in Discord besides answers, tested with plain values."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest
from conftest import OTHER
from hypothesis import given, settings
from hypothesis import strategies as st
from test_discord_message import LANGUAGES, acts, as_read, hostile, menus, texts, whole

from bot import config, discord_pages, frames
from bot.answer import Quote
from bot.assistant import Assistant
from bot.context import surroundings
from bot.corpus import Article, Corpus, Span
from bot.discord_message import MOST_CHOICES, Act, Block, Buttons, Channels, Menu, fits, size
from bot.errors import Problem
from bot.faq import Entry, Evidence, Faq, Role
from bot.presence import Finding, Presence
from bot.store import ServerSettings

every_language = pytest.mark.parametrize("language", LANGUAGES)
long_hostile = st.tuples(hostile, st.sampled_from([1, 1, 10, 80])).map(lambda drawn: f"x{drawn[0]}" * drawn[1])


def article(text: str, name: str, **fields: object) -> Article:
    return Article(name, text, "0" * 64, Path(), **fields)  # type: ignore[arg-type]


def span(text: str, name: str = "a", **fields: object) -> Span:
    return Span(article(text, name, **fields), 0, len(text))


@st.composite
def quotes(draw: st.DrawFn) -> list[Quote]:
    """Quotes of any words, dated, by anybody."""
    drawn = draw(st.lists(st.tuples(long_hostile, long_hostile, st.none() | hostile), max_size=12))
    return [
        Quote(n, span(text, f"a{n}", publisher=outlet, url="https://example.org/x", published=datetime.date(2024, 1, 1 + n % 3)), Role.ANSWER, who)
        for n, (text, outlet, who) in enumerate(drawn, 1)
    ]


def sound(blocks: tuple[Block, ...]) -> None:
    """What Discord asks of any message."""
    assert fits(blocks)
    assert texts(blocks)
    assert all(text.strip() for text in texts(blocks))
    actions = [*acts(blocks), *(b.action for b in blocks if isinstance(b, Menu | Channels))]
    assert len(set(actions)) == len(actions)
    assert all(0 < size(action) <= 100 for action in actions)
    for row in blocks:
        if isinstance(row, Buttons):
            assert 1 <= len(row.buttons) <= 5
            assert all(0 < size(b.label) <= 80 for b in row.buttons)
    for menu in menus(blocks):
        assert 1 <= len(menu.options) <= MOST_CHOICES
        assert 0 < size(menu.placeholder) <= 150
        assert all(0 < size(o.label) <= 100 and 0 < size(o.value) <= 100 for o in menu.options)


@settings(max_examples=40)
@given(quotes(), st.sampled_from(LANGUAGES), st.integers(-3, 40))
def test_any_timeline_fits(found: list[Quote], language: str, number: int) -> None:
    """For any statements and any page number: a page that Discord takes."""
    sound(discord_pages.timeline(found, number, language))


@settings(max_examples=40)
@given(quotes(), st.sampled_from(LANGUAGES))
def test_any_context_fits(found: list[Quote], language: str) -> None:
    """For any quotes: what stands around them fits, and what does not is counted."""
    blocks = discord_pages.in_context(found, lambda s: surroundings(s), language)
    sound(blocks)
    shown = sum(f"\\[{q.n}\\] " in text for q in found for text in texts(blocks)[1:])
    assert shown == len(found) or "Quotes left out here for length" in whole(blocks) or language != "en"


@settings(max_examples=40)
@given(st.lists(st.tuples(long_hostile, long_hostile, st.sampled_from(list(Presence))), max_size=3), st.sampled_from(LANGUAGES), st.booleans())
def test_any_finding_fits_and_is_no_formatting(drawn: list[tuple[str, str, Presence]], language: str, shareable: bool) -> None:
    """For any passages and articles: the finding fits, says that it is not about truth, and no word of others is formatting but bold."""
    found = [Finding(passage, presence, ((span(text), span(text)),) if presence is not Presence.ABSENT else ()) for passage, text, presence in drawn]
    blocks = discord_pages.findings(found, language, shareable=shareable)
    sound(blocks)
    assert bool(found) == (frames.say("check_note", language) in whole(blocks).replace("\\", ""))
    for line in whole(blocks).split("\n"):
        as_read(re.sub(r"^(?:> |-# )", "", line).replace("**", ""))


@settings(max_examples=40)
@given(st.lists(st.tuples(long_hostile, long_hostile), max_size=30), st.sampled_from(LANGUAGES), st.integers(-2, 9))
def test_any_list_of_articles_fits(drawn: list[tuple[str, str]], language: str, number: int) -> None:
    """For any titles and outlets: a page that Discord takes."""
    articles = {f"a{n}": article("text", f"a{n}", title=title, publisher=outlet) for n, (title, outlet) in enumerate(drawn)}
    sound(discord_pages.sources(Corpus(articles, "0" * 64, Path()), number, language))


@settings(max_examples=40)
@given(st.lists(st.tuples(long_hostile, st.booleans()), max_size=80), st.integers(-1, 9))
def test_any_list_of_questions_fits(drawn: list[tuple[str, bool]], number: int) -> None:
    """For any FAQ: a page that Discord takes, of entries that answer alone."""
    made = Faq(tuple(Entry(f"e{n}", title, {}, (), known_unknown=unknown) for n, (title, unknown) in enumerate(drawn)))
    blocks = discord_pages.faq(made, number, "en")
    sound(blocks)
    unknown = {e.id for e in made.entries if e.known_unknown}
    assert not unknown & {o.value for menu in menus(blocks) for o in menu.options}


@every_language
def test_every_question_is_on_one_page(language: str) -> None:
    """The pages together have each entry that answers once, titled in the reader's language."""
    entries = tuple(Entry(f"e{n}", f"Question {n}?", {"es": (f"¿Pregunta {n}?",)}, (Evidence(span("x"), Role.ANSWER),)) for n in range(60))
    found: list[str] = []
    for number in range(4):
        blocks = discord_pages.faq(Faq(entries), number, language)
        assert [line[2:].replace("\\", "") for line in whole(blocks).split("\n")[1:]] == [o.label for menu in menus(blocks) for o in menu.options]
        found += [o.value for menu in menus(blocks) for o in menu.options]
        assert all(o.label.startswith("¿Pregunta" if language == "es" else "Question") for menu in menus(blocks) for o in menu.options)
        (row,) = [b for b in blocks if isinstance(b, Buttons)]
        assert [b.disabled for b in row.buttons] == [number == 0, number == 3]
    assert found == [e.id for e in entries]


@every_language
@pytest.mark.parametrize("reads_posts", [True, False])
def test_what_the_bot_says_of_itself_fits(language: str, reads_posts: bool) -> None:
    """The help, the privacy notice and the settings are messages that Discord takes, in every language."""
    sound(discord_pages.help_page(language, 5))
    sound(discord_pages.privacy(language, reads_posts=reads_posts))
    chosen = ServerSettings(language="ko", channels=frozenset(range(1, 40)), cooldown=7)
    blocks = discord_pages.settings(chosen, language, reads_posts=reads_posts)
    sound(blocks)
    assert [o.label for menu in menus(blocks) for o in menu.options if o.chosen][1] == "7"
    assert [(b.forums, b.disabled) for b in blocks if isinstance(b, Channels)] == [(False, False), (True, not reads_posts)]


@given(st.lists(st.builds(Problem, hostile, st.integers(0, 99), st.just(1), long_hostile), max_size=40))
def test_any_problems_fit(found: list[Problem]) -> None:
    """However many files are broken: as many problems as fit, their number, and no formatting."""
    blocks = discord_pages.problems(found, "en")
    sound(blocks)
    assert f"Problems\\: {len(found)}." in whole(blocks)
    as_read(whole(blocks))


def test_a_date_stands_once_over_its_statements() -> None:
    days = [datetime.date(2024, 1, 1), datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)]
    said = [Quote(n, span(f"{n}.", f"a{n}", published=day), Role.ANSWER) for n, day in enumerate(days, 1)]
    shown = whole(discord_pages.timeline(said, 0, "en"))
    assert re.findall(r"^\*\*(.*)\*\*$", shown, re.M) == ["1 January 2024", "2 January 2024"]
    assert "> 2.\n-# \\[2\\] a2, 1 January 2024" in shown.replace("2\\.", "2.")


def test_the_quote_is_bold_in_its_paragraph() -> None:
    text = "Before. The *quote*.\nIts end. After."
    start = text.index("The")
    quote = Quote(1, Span(article(text, "a"), start, text.index(" After")), Role.ANSWER)
    around = discord_pages.in_context([quote], lambda s: [Span(s.article, 0, len(text))], "en")
    assert texts(around)[1].split("\n")[:2] == ["> Before. **The \\*quote\\*.**", "> **Its end.** After."]


def test_the_other_questions_come_with_a_way_to_word_it_oneself() -> None:
    """Where no entry is near, the button to ask in other words is there still."""
    blocks = discord_pages.other_questions([("refund", "Can I get a refund?")], 77, "en", suggests=True)
    assert [o.value for menu in menus(blocks) for o in menu.options] == ["refund"]
    assert acts(blocks) == ["ask:reword:77", "suggest:77"]
    assert acts(discord_pages.other_questions([], 77, "en", suggests=False)) == ["ask:reword:77"]


def test_what_is_exact_differs_or_is_absent_is_shown_with_its_source() -> None:
    """Exact: the words in bold in their sentence; different: both wordings; absent: what was looked for and no source."""
    assistant = Assistant.load(config.Settings(OTHER / "corpus", None, None))
    from bot.presence import look_up

    exact, differs, absent = (
        whole(discord_pages.findings([look_up(passage, assistant)], "en", shareable=False))
        for passage in ("back into service on Monday", "The Lady Tamsa went back into service on Tuesday", "nothing like this is anywhere")
    )
    assert "> The Lady Tamsa went **back into service on Monday**, so two" in exact
    assert "on **Tuesday**\n" in differs
    assert "on **Monday**, so two" in differs
    assert "> nothing like this is anywhere\n" in absent
    assert ["https://example.org" in text for text in (exact, differs, absent)] == [True, True, False]
    assert acts(discord_pages.findings([look_up("nothing like this is anywhere", assistant)], "en", shareable=True)) == [Act.SHARE, Act.DELETE]
