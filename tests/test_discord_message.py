"""An answer as a Discord message, tested with plain values."""

from __future__ import annotations

import datetime
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import config, frames
from bot.answer import Answer, FollowUp, Quote, Reason, Sources, Status
from bot.assistant import Assistant
from bot.corpus import Article, Span, load_corpus
from bot.discord_message import (
    LONGEST_CHOICE,
    MOST_CHARACTERS,
    MOST_CHOICES,
    MOST_COMPONENTS,
    Act,
    Block,
    Buttons,
    Menu,
    Rule,
    Text,
    Titles,
    bold,
    escaped,
    fits,
    frame_language,
    message,
    quoted,
    size,
    visible,
    written,
)
from bot.faq import Entry, Faq, Role

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests/data/other_topic"
SOURCES = Sources("0" * 64, 5, "1", None, "rank-bm25")
LANGUAGES = sorted(frames.CATALOGUE["disagree"])
_ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")
"""As Discord's client reads a backslash."""
_FORMATTING = re.compile(r"[\\*_~|>\[\]()<#:@`+/-]|^\s*\d+\.", re.MULTILINE)
"""What could start any formatting of Discord: bold, lists, headings, quotes, links, mentions, emoji, timestamps, code, spoilers."""
_LINK = re.compile(r"\[((?:\\.|[^\\\[\]])+)\]\((https?://[^\s()<>\\\[\]]+)\)")

_TROUBLE = "\\*_~|>[]()<#:@-`+.!1 \n\r\t\x00\x1b\u200b\u200c\u200d\u200f\u202e\u2066\ufeff\u2028\u3164aé"
hostile = st.lists(
    st.sampled_from(_TROUBLE) | st.characters(codec="utf-8") | st.sampled_from(["1. ", "# ", "@everyone", "](https://x)", "\n> "]), max_size=40
).map("".join)
"""Any text at all, with much of what Discord reads as formatting."""
ATTACKS = [
    "# heading", "-# small", "> quote\nout of it", ">>> all", "* list", "- list", "+ list", "1. list", "  12. list", "**bold** __under__ *i* _i_ ~~s~~ ||spoiler||",
    "`code` ```py\ncode```", "[bank](https://evil.example)", "<https://evil.example>", "https://evil.example/a", "@everyone @here", "<@1> <@!1> <@&1> <#1> </ask:1>",
    "<:smile:1> <a:x:1> :smile:", "<t:1618953630:R>", "<id:customize>", "\\*escaped\\*", "\\\\", "¯\\_(ツ)_/¯", "a\\", "\u202egnp.exe", "a\u200bb", "\x1b[31mred", "line\r\nend\x85\u2028x",
]  # fmt: skip


def as_read(markdown: str) -> str:
    """What a reader sees of text in which nothing may be formatting; fails where something is."""
    assert not _FORMATTING.search(_ESCAPE.sub("\ue000", markdown)), markdown
    return _ESCAPE.sub(r"\1", markdown)


@pytest.mark.parametrize("text", ATTACKS)
def test_no_attack_is_formatting(text: str) -> None:
    """What looks like Discord's formatting is shown as its characters."""
    assert as_read(escaped(text)) == visible(text)


@given(hostile)
def test_escaping_shows_any_text_letter_by_letter(text: str) -> None:
    """For any text: nothing in its escaped form is formatting, and what Discord shows is the visible text."""
    assert as_read(escaped(text)) == visible(text)


@given(hostile)
def test_no_line_leaves_its_quote(text: str) -> None:
    """Every line of a quoted text begins with the quote mark, and what follows is the text."""
    lines = quoted(text).split("\n")
    assert all(line.startswith("> ") for line in lines)
    assert as_read("\n".join(line[2:] for line in lines)) == visible(text)
    assert not re.search("[\r\x0b\x0c\x85\u2028\u2029]", quoted(text))


@given(hostile)
def test_nothing_invisible_is_left(text: str) -> None:
    """No control, bidi or zero-width character stays, joiners between characters beyond ASCII excepted; no visible one goes."""
    assert not re.search(
        "[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\x00-\x7f][\u200c\u200d]|^[\u200c\u200d]", visible(text)
    )
    assert visible(visible(text)) == visible(text)


@pytest.mark.parametrize("text", ["می\u200cخواهید", "👩\u200d🔬", "no\u00a0break", "“curly” – dash…", "한국어", "tab\there"])
def test_what_words_need_stays(text: str) -> None:
    """Joiners inside Persian words and emoji, no-break spaces and typographic marks are shown as they are."""
    assert visible(text) == text
    assert as_read(escaped(text)) == text


@pytest.mark.parametrize("folder", [DATA / "corpus", ROOT / "corpus"])
def test_every_sentence_of_the_corpus_is_shown_letter_by_letter(folder: Path) -> None:
    """Nothing in the articles is changed on its way to the reader."""
    if not folder.exists():
        pytest.skip("the articles are not in this package")
    for span in load_corpus(folder)[0].sentences:
        assert as_read(escaped(span.text)) == span.text


def article(text: str, *, name: str = "a", publisher: str | None = "The Courier", url: str | None = "https://example.org/a", **fields: object) -> Article:
    return Article(name, text, "0" * 64, Path(), publisher=publisher, url=url, **fields)  # type: ignore[arg-type]


def span(text: str, **fields: object) -> Span:
    return Span(article(text, **fields), 0, len(text))  # type: ignore[arg-type]


def answered(*quotes: tuple[Span, Role], **fields: object) -> Answer:
    made = tuple(Quote(n, s, role) for n, (s, role) in enumerate(quotes, 1))
    return Answer("question", "en", Status.ANSWERED, SOURCES, quotes=made, **fields)  # type: ignore[arg-type]


def texts(blocks: tuple[Block, ...]) -> list[str]:
    return [b.content for b in blocks if isinstance(b, Text)]


def acts(blocks: tuple[Block, ...]) -> list[str]:
    return [button.action for b in blocks if isinstance(b, Buttons) for button in b.buttons]


def menus(blocks: tuple[Block, ...]) -> list[Menu]:
    return [b for b in blocks if isinstance(b, Menu)]


def whole(blocks: tuple[Block, ...]) -> str:
    return "\n".join(texts(blocks))


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    """Answers of any shape that the types allow, some far longer than Discord takes."""
    quotes = []
    for n in range(1, draw(st.integers(0, 8)) + 1):
        text = f"{n}." + draw(hostile) * draw(st.sampled_from([1, 1, 10, 60]))
        fields: dict[str, object] = {
            "publisher": draw(st.none() | hostile.filter(str.strip)),
            "url": draw(st.none() | st.just("https://example.org/a_(b)") | hostile),
        }
        fields |= {"republishes": draw(st.none() | hostile.filter(str.strip)), "published": draw(st.none() | st.dates(datetime.date(1990, 1, 1)))}
        relays = (span("said elsewhere", **fields),) if draw(st.booleans()) else ()
        quotes.append(Quote(n, span(text, **fields), draw(st.sampled_from(list(Role))), relayed_by=relays))
    disputes: tuple[tuple[tuple[int, ...], ...], ...] = ()
    if len(quotes) > 1 and draw(st.booleans()):
        a, b = draw(st.lists(st.integers(1, len(quotes)), min_size=2, max_size=2, unique=True))
        disputes = (((a,), (b,)),)
    follow_ups = tuple(FollowUp(q, q) for q in draw(st.lists(hostile, max_size=6)))
    searched = tuple((typed, "word") for typed in draw(st.lists(hostile, max_size=3)) * draw(st.sampled_from([1, 40])))
    reason = draw(st.sampled_from(list(Reason)))
    common = {"follow_ups": follow_ups, "searched_as": searched, "absent": tuple(draw(st.lists(hostile, max_size=5)))}
    if draw(st.booleans()) and quotes:
        return Answer("q", "en", Status.ANSWERED, SOURCES, quotes=tuple(quotes), disputes=disputes, **common)  # type: ignore[arg-type]
    return Answer("q", "en", Status.NEAREST if quotes else Status.ABSTAINED, SOURCES, reason, nearest=tuple(quotes), **common)  # type: ignore[arg-type]


def is_shown(quote: Quote, blocks: tuple[Block, ...]) -> bool:
    return any(f"{quoted(quote.span.text)}\n-# " in text and f"\\[{quote.n}\\] " in text for text in texts(blocks))


@given(answers(), st.sampled_from([*LANGUAGES, "de", "und"]), st.booleans(), st.booleans())
def test_every_message_is_within_discords_limits(answer: Answer, language: str, private: bool, asked: bool) -> None:
    """For any answer: 4,000 characters, those of buttons and menus counted, 40 components, no empty text, no two rules in a row, none at an end."""
    blocks = message(answer, language, private=private, asked=asked)
    assert fits(blocks)
    assert sum(size(text) for b in blocks for text in written(b)) <= MOST_CHARACTERS
    assert 1 + sum(1 + len(b.buttons) if isinstance(b, Buttons) else 2 if isinstance(b, Menu) else 1 for b in blocks) <= MOST_COMPONENTS
    assert texts(blocks)
    assert all(text.strip() for text in texts(blocks))
    plain = [b for b in blocks if isinstance(b, Text | Rule)]
    assert [isinstance(b, Rule) for b in plain] == [at % 2 == 1 for at in range(len(plain))]
    assert list(blocks[: len(plain)]) == plain


@given(answers(), st.sampled_from(LANGUAGES), st.booleans())
def test_discord_takes_every_button_and_menu(answer: Answer, language: str, private: bool) -> None:
    """For any answer: at most five buttons of 1 to 80 characters, one menu of at most 25 different options of 1 to 100, no custom_id twice."""
    blocks = message(answer, language, private=private)
    for row in (b for b in blocks if isinstance(b, Buttons)):
        assert 1 <= len(row.buttons) <= 5
        assert all(0 < size(b.label) <= 80 for b in row.buttons)
    for found in menus(blocks):
        assert 0 < size(found.placeholder) <= 150
        assert 1 <= len({o.value for o in found.options}) == len(found.options) <= MOST_CHOICES
        assert all(0 < size(o.value) <= LONGEST_CHOICE and 0 < size(o.label) <= LONGEST_CHOICE and size(o.description) <= LONGEST_CHOICE for o in found.options)
    actions = [*acts(blocks), *(found.action for found in menus(blocks))]
    assert len(set(actions)) == len(actions)


def test_a_private_answer_can_be_shared() -> None:
    """Any answer can be deleted and voted on; Share is there where the answer is the asker's alone and may be shown."""
    answer = answered((span("It sails."), Role.ANSWER))
    said = [Act.HELPFUL, Act.NOT_HELPFUL, Act.NOT_MY_QUESTION]
    assert acts(message(answer, "en")) == [Act.CONTEXT, Act.DELETE, *said]
    assert acts(message(answer, "en", private=True)) == [Act.CONTEXT, Act.SHARE, Act.DELETE, *said]
    assert acts(message(answer, "en", private=True, shareable=False)) == [Act.CONTEXT, Act.DELETE, *said]


def test_there_is_nothing_to_vote_on_where_nothing_was_asked() -> None:
    """No question and one that is too long can be neither voted on nor shared; a refusal without near passages has no context."""
    for reason in (Reason.EMPTY, Reason.TOO_LONG):
        assert acts(message(Answer("", "en", Status.ABSTAINED, SOURCES, reason), "en", private=True)) == [Act.DELETE]
    refused = Answer("q", "en", Status.ABSTAINED, SOURCES, Reason.NOT_STATED)
    assert acts(message(refused, "en")) == [Act.DELETE, Act.HELPFUL, Act.NOT_HELPFUL, Act.NOT_MY_QUESTION]


@given(hostile.filter(lambda text: bool(text.strip())))
def test_the_question_stands_above_its_answer_escaped(question: str) -> None:
    """Where the question is shown, it is one small line in which nothing is formatting, its end cut where it is long."""
    answer = replace(answered((span("It sails."), Role.ANSWER)), question=question * 9)
    first = texts(message(answer, "en", asked=True))[0]
    assert first.startswith("-# ")
    assert "\n" not in first
    assert size(as_read(first[3:])) <= 220
    assert texts(message(answer, "en", asked=True))[1:] == texts(message(answer, "en"))


def test_bold_is_the_only_formatting_of_bold_text() -> None:
    """Each line is bold by itself; its own characters are shown as they are."""
    assert bold("a *b*\n\n  c ") == "**a \\*b\\***\n\n  **c**"


@given(answers(), st.sampled_from(LANGUAGES))
def test_what_is_left_out_is_counted_and_nothing_is_cut(answer: Answer, language: str) -> None:
    """Quotes are shown whole or not at all; the message says how many are not; and the sentence is absent where all are shown."""
    blocks = message(answer, language)
    found = answer.quotes or answer.nearest
    hidden = [q for q in found if not is_shown(q, blocks)]
    said = frames.say("left_out", language, count=len(hidden))
    assert (said in re.sub(r"\\(?=\W)", "", whole(blocks))) == bool(hidden)


@given(answers())
def test_caveats_and_other_sides_stay_with_their_claims(answer: Answer) -> None:
    """A claim is not shown without the caveat after it, nor one side of a dispute without the other."""
    blocks = message(answer, "en")
    shown = {q.n for q in answer.quotes if is_shown(q, blocks)}
    roles = [q.role for q in answer.quotes]
    for n, role in enumerate(roles, 1):
        if role is Role.CAVEAT and n not in shown:
            since = max((c for c in range(1, n - 1) if roles[c - 1] is Role.CAVEAT), default=0)
            assert not shown & set(range(since + 1, n))
    for sides in answer.disputes:
        numbers = {n for side in sides for n in side}
        assert numbers <= shown or not numbers & shown
    assert ("The sources disagree." in whole(blocks)) == any({n for side in sides for n in side} <= shown for sides in answer.disputes)


@given(answers(), st.sampled_from(LANGUAGES))
def test_no_word_of_others_is_formatting_anywhere(answer: Answer, language: str) -> None:
    """In the whole message, formatting is the bot's own: role labels, quote marks, citation lines, links to the articles, lists."""
    for line in whole(message(answer, language)).split("\n"):
        body = re.sub(r"^(?:> |-# |- )", "", line)
        if line.startswith("-# "):
            assert all(target.startswith("https://example.org/a_%28b%29") for _, target in _LINK.findall(body))
            body = _LINK.sub(r"\1", body)
        body = re.sub(r"^\*\*([^*]+)\*\*", r"\1", body)
        as_read(body)


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://example.org/a", "[The Courier](https://example.org/a#:~:text=All%20is%20well.)"),
        ("https://example.org/a_(b) c", "[The Courier](https://example.org/a_%28b%29%20c#:~:text=All%20is%20well.)"),
        ("javascript:alert(1)", "The Courier"),
        (None, "The Courier"),
    ],
)
def test_the_outlet_links_to_the_sentence(url: str | None, linked: str) -> None:
    """The outlet's name is a link to the quoted sentence on its page, where that is a web page."""
    (text, *_) = texts(message(answered((span("All is well.", url=url, published=datetime.date(2023, 3, 4)), Role.ANSWER)), "en"))
    assert text == f"**Answer**\n> All is well.\n-# \\[1\\] {linked}, 4 March 2023"


def test_a_quote_says_its_role_date_and_standing() -> None:
    """Role in words; updated, republished, translated, undated and relayed are said where they hold."""
    day = datetime.date(2023, 3, 4)
    lead = span("It sails.", published=day, updated=day + datetime.timedelta(5), republishes="The *Ledger*", translated_from="fi")
    other = span("It does not.", name="b", publisher="Ledger", url="https://example.org/b")
    answer = answered((lead, Role.ANSWER), (other, Role.OTHER_SIDE), disputes=(((1,), (2,)),))
    relayed = Quote(1, lead, Role.ANSWER, relayed_by=(other,))
    text = whole(message(Answer("q", "en", Status.ANSWERED, SOURCES, quotes=(relayed, answer.quotes[1]), disputes=answer.disputes), "en"))
    assert text.startswith("The sources disagree.")
    assert (
        ", 4 March 2023, republished from The \\*Ledger\\*, translated from Finnish; the statement also in [Ledger](https://example.org/b#:~:text=It%20does%20not.), undated\n"
        in text
    )
    assert "**Other side, against \\[1\\], The Courier**\n> It does not.\n-# \\[2\\] [Ledger](" in text
    assert text.endswith(", undated\n-# Newest source here\\: 4 March 2023.")


def test_a_refusal_shows_its_reason_and_no_source_as_support() -> None:
    """Why there is no answer comes first; near passages stand under the words that they do not answer, without a role."""
    near = Quote(1, span("The quay is wet."), Role.CONTEXT)
    follow = (FollowUp("Is the bus free?", "Is the bus free?"),)
    blocks = message(Answer("q", "en", Status.NEAREST, SOURCES, Reason.NOT_MENTIONED, absent=("Ulm",), nearest=(near,), follow_ups=follow), "en")
    head, passage = texts(blocks)
    (foot,) = menus(blocks)
    assert head == "No source mentions Ulm.\n**Nearest in the sources \\(does not answer\\)\\:**"
    assert passage.startswith("> The quay is wet.\n-# \\[1\\] [The Courier](")
    assert foot.action == Act.NEXT
    assert foot.placeholder == "You can ask, for example:"
    assert [(o.value, o.label) for o in foot.options] == [("Is the bus free?", "Is the bus free?")]


def test_an_empty_question_is_told_what_the_answers_are() -> None:
    """Where nothing was asked, the message says so, what can be asked and from how many articles."""
    blocks = message(Answer("", "und", Status.ABSTAINED, SOURCES, Reason.EMPTY, follow_ups=(FollowUp("a", "Why?"),)), "en")
    assert texts(blocks) == ["No question was asked.", "-# Answers are quotes, word for word; articles\\: 5."]
    assert [o.value for m in menus(blocks) for o in m.options] == ["Why?"]


def test_a_question_asked_back_stands_over_all_its_choices() -> None:
    """Where the bot asks back, its prompt stands over a menu of every choice; else there is a menu of a few related questions."""
    choices = tuple(FollowUp(f"{n}", f"Why {n}?") for n in range(5))
    asked_back = message(answered((span("It sails."), Role.ANSWER), follow_ups=choices, prompt="Which *one*?"), "en")
    assert texts(asked_back)[-1] == "Which \\*one\\*?"
    assert [(o.value, o.label, o.description) for o in menus(asked_back)[0].options] == [(f"Why {n}?", f"{n}", f"Why {n}?") for n in range(5)]
    related = message(answered((span("It sails."), Role.ANSWER), follow_ups=choices), "en")
    assert menus(related)[0].placeholder == "Related questions"
    assert [o.value for o in menus(related)[0].options] == ["Why 0?", "Why 1?", "Why 2?"]


def test_links_are_shortened_before_anything_is_left_out() -> None:
    """Where only the links are too long, they lead to the article, and every quote and question stays."""
    quotes = [(span(f"{n} " + "ß" * 290), Role.CONTEXT) for n in range(6)]
    answer = answered(*quotes, follow_ups=(FollowUp("Why?", "Why?"),))
    blocks = message(answer, "en")
    assert all(is_shown(q, blocks) for q in answer.quotes)
    assert "](https://example.org/a)" in whole(blocks)
    assert ":~:text" not in whole(blocks)
    assert [o.value for m in menus(blocks) for o in m.options] == ["Why?"]


def test_quotes_are_left_out_from_the_end_and_counted() -> None:
    """Whole quotes go, the last first, with their caveats; questions go before them."""
    long = "word " * 250
    answer = answered(
        *[(span(f"{n} {long}"), role) for n, role in enumerate([Role.ANSWER, Role.CAVEAT, Role.ANSWER, Role.CAVEAT])], follow_ups=(FollowUp("Why?", "Why?"),)
    )
    blocks = message(answer, "en")
    assert [is_shown(q, blocks) for q in answer.quotes] == [True, True, False, False]
    assert texts(blocks)[-1] == "Quotes left out here for length\\: 2."


def test_a_dispute_outlives_what_stands_between_its_sides() -> None:
    """The other side of the lead stays although it comes last."""
    long = "word " * 250
    answer = answered(
        *[(span(f"{n} {long}"), role) for n, role in enumerate([Role.ANSWER, Role.CONTEXT, Role.CONTEXT, Role.OTHER_SIDE])], disputes=(((1,), (4,)),)
    )
    blocks = message(answer, "en")
    assert [is_shown(q, blocks) for q in answer.quotes] == [True, False, False, True]
    assert whole(blocks).startswith("The sources disagree.")


def test_a_quote_longer_than_a_message_is_not_cut() -> None:
    """A single sentence that Discord cannot take is left out, and that is said."""
    assert texts(message(answered((span("w" * 4100), Role.ANSWER)), "en")) == ["Quotes left out here for length\\: 1."]


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_that_could_turn_begin_with_their_direction(language: str) -> None:
    """A frame line with letters of the other direction in it has its own direction's mark first; quotes have none."""
    typed = "Sudan" if language in frames.RIGHT_TO_LEFT else "السودان"
    answer = answered((span("All is well."), Role.ANSWER), searched_as=((typed, typed),))
    head, quote = texts(message(answer, language))
    mark = "\u200f" if language in frames.RIGHT_TO_LEFT else "\u200e"
    assert head.startswith(mark)
    label, text, source = quote.split("\n")
    assert text == "> All is well."
    assert label == f"**{frames.say('role_answer', language)}**"
    assert source.startswith("-# \u200f\\[1") == (language in frames.RIGHT_TO_LEFT)
    assert "\u200e" not in source


@pytest.mark.parametrize(
    ("asked", "reader", "expected"),
    [("ar", "en", "ar"), ("es-MX", "ko", "es"), ("de", "ko", "ko"), ("und", "es", "es"), ("de", "ja", "en"), ("und", "pt", "en")],
)
def test_frames_are_in_the_questions_language_else_the_readers_else_english(asked: str, reader: str, expected: str) -> None:
    """The question's language where the bot speaks it, else that of the reader, else English."""
    assert frame_language(Answer("q", asked, Status.ABSTAINED, SOURCES, Reason.EMPTY), reader) == expected


@pytest.mark.parametrize("name", ["left_out", "failed", "command_ask", "option_question", "option_private"])
def test_discords_sentences_are_in_every_language(name: str) -> None:
    """Each is there in all languages of the frame sentences; descriptions of commands have at most 100 characters."""
    assert sorted(frames.CATALOGUE[name]) == LANGUAGES
    assert name in ("left_out", "failed") or all(0 < len(sentence) <= 100 for sentence in frames.CATALOGUE[name].values())


def entry(question: str, *, unknown: bool = False, **aliases: str) -> Entry:
    return Entry(re.sub(r"\W+", "-", question.lower()), question, {k: (v,) for k, v in aliases.items()}, (), known_unknown=unknown)


TITLES = Titles(
    Faq((
        entry("When will it be repaired?", unknown=True), entry("Is the boat repaired?", es="¿Está reparado el barco?"), entry("When do boats leave?"),
        entry("Who repairs boats?"), entry("Is the boat repaired?"), entry("x" * 101), entry("x" * 100),
    ))
)  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "language", "expected"),
    [
        ("when", "en", ["When do boats leave?", "When will it be repaired?"]),
        ("repair", "en", ["Is the boat repaired?", "Who repairs boats?", "When will it be repaired?"]),
        ("who rep", "en", ["Who repairs boats?"]),
        ("is the boat r", "en", ["Is the boat repaired?"]),
        ("boat is", "en", ["Is the boat repaired?"]),
        ("BÓAT", "en", ["Is the boat repaired?", "When do boats leave?", "Who repairs boats?"]),
        ("esta rep", "es", ["¿Está reparado el barco?"]),
        ("nothing like it", "en", []),
    ],
)
def test_suggestions_go_with_what_is_typed(typed: str, language: str, expected: list[str]) -> None:
    """Entries that answer come first, then titles that begin so, then titles with the words; case and accents do not matter."""
    assert TITLES.suggest(typed, language) == expected


def test_a_title_that_discord_cannot_take_is_left_out() -> None:
    """A title of 100 characters is suggested, a longer one is not: cut, it would be another question."""
    assert [text for text in TITLES.suggest("", "en") if text.startswith("x")] == ["x" * 100]


def test_a_title_that_begins_so_comes_before_one_that_has_the_word() -> None:
    """Among entries that answer, a match at the start wins over the order of the file."""
    assert Titles(Faq((entry("Is a boat late?"), entry("Boat times?")))).suggest("boat", "en") == ["Boat times?", "Is a boat late?"]


@given(st.lists(st.builds(entry, hostile, unknown=st.booleans()), max_size=40), hostile)
def test_discord_takes_the_suggestions(entries: list[Entry], typed: str) -> None:
    """For any FAQ and any typing: at most 25 different suggestions of 1 to 100 characters."""
    found = Titles(Faq(tuple(entries))).suggest(typed, "en")
    assert len(found) <= MOST_CHOICES
    assert len(set(found)) == len(found)
    assert all(0 < size(text) <= LONGEST_CHOICE for text in found)


def test_a_suggestion_is_answered_by_its_entry() -> None:
    """What is suggested leads to an entry when it is asked."""
    assistant = Assistant.load(config.Settings(DATA / "corpus", DATA / "faq.yaml", None))
    for title in Titles(assistant.faq).suggest("", "en"):
        found = assistant.ask(title)
        assert found.faq is not None or found.status is not Status.ANSWERED
