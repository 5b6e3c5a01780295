"""An answer as text for a terminal."""

from __future__ import annotations

import datetime
import re
import shlex
from dataclasses import replace

import pytest
from upper import answers, assistant

from bot.answer import Answer, Reason, Status
from bot.faq import Role
from bot.frames import RIGHT_TO_LEFT, languages, say
from bot.render import Row, blocks, headline, label, offered, outlet, plain, refusal, rows, source, terminal

both = pytest.mark.parametrize("name", ["other", "real"])
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def ask(question: str, **options: datetime.date) -> Answer:
    return assistant("other").ask(question, **options)  # type: ignore[arg-type]


def kinds(answer: Answer, kind: str) -> list[str]:
    return [text for name, text in blocks(answer) if name == kind]


@both
def test_every_quote_stands_letter_by_letter_on_lines_of_its_own(name: str) -> None:
    """Each line of a quote is one line of plain text, however long."""
    for answer in answers(name):
        shown = [line.removeprefix("› ") for line in plain(rows(answer)).split("\n") if line.startswith("› ")]
        assert shown == [line for q in (answer.quotes or answer.nearest) for line in q.span.text.split("\n") if line.strip()]


@both
def test_every_quote_is_followed_by_its_number_outlet_and_date(name: str) -> None:
    for answer in answers(name):
        cites = kinds(answer, "cite")
        assert cites == [source(q, answer.language) for q in (answer.quotes or answer.nearest)]
        for quote, cite in zip(answer.quotes or answer.nearest, cites, strict=True):
            article = quote.span.article
            assert cite.startswith(f"[{quote.n}] {article.publisher or article.id}, ")
            year = str(quote.span.asserted.year) if quote.span.asserted else say("undated", answer.language)
            assert year in cite


@both
def test_everything_else_is_a_frame_sentence_or_a_question_of_the_faq(name: str) -> None:
    """Nothing is shown in words of the bot's own but the catalogue's."""
    helper = assistant(name)
    questions = {text for e in helper.faq.entries for _, text in e.phrasings} | {c.ask for e in helper.faq.entries if e.asks_back for c in e.asks_back.choices}
    labelled = {label for e in helper.faq.entries if e.asks_back for c in e.asks_back.choices for label in c.label.values()}
    prompts = {prompt for e in helper.faq.entries if e.asks_back for prompt in e.asks_back.prompt.values()}
    for answer in answers(name):
        offers = [line.rpartition("bot ask ") for line in kinds(answer, "ask")]
        assert all(len(asked := shlex.split(quoted)) == 1 and asked[0] in questions for _, _, quoted in offers)
        assert all(label == "" or label.removesuffix(": ") in labelled for label, _, _ in offers)
        labels = {say(f"role_{role}", answer.language).upper() for role in ("answer", "caveat", "context", "earlier", "other_side")}
        against = {label(answer, q).partition(", ") for q in answer.quotes if q.role is Role.OTHER_SIDE}
        assert set(kinds(answer, "label")) <= labels | {f"{role.upper()}{comma}{rest}" for role, comma, rest in against}
        notes = {say("next", answer.language), say("can_ask", answer.language), say("sources_used", answer.language, count=answer.sources.articles)}
        assert set(kinds(answer, "note")) <= notes | prompts


@both
def test_a_refusal_says_why_and_labels_what_is_nearest(name: str) -> None:
    for answer in answers(name):
        heads = kinds(answer, "head")
        assert (refusal(answer) in heads) == (answer.status is not Status.ANSWERED)
        known = answer.reviewed or answer.reason is not Reason.NOT_STATED
        assert (say("nearest" if known else "nearest_unsure", answer.language) in heads) == (answer.status is Status.NEAREST)


@both
def test_what_was_searched_instead_is_said(name: str) -> None:
    for answer in answers(name):
        for typed, searched in answer.searched_as:
            assert say("searched_as", answer.language, typed=typed, searched=searched) in headline(answer)


@both
def test_disagreement_is_said_where_there_is_a_dispute_and_nowhere_else(name: str) -> None:
    for answer in answers(name):
        said = any(say("disagree", answer.language) in line for line in headline(answer))
        assert said == bool(answer.disputes)


def test_the_newest_date_is_said_where_earlier_quotes_follow() -> None:
    assert headline(ask("Are the ferries running again?")) == ["Newest first; newest source 21 March 2023."]


def test_a_date_asked_about_is_said() -> None:
    assert headline(ask("Are the ferries running again?", until=datetime.date(2023, 3, 9)))[0] == "As known on 9 March 2023."


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (Reason.EMPTY, "No question was asked."),
        (Reason.TOO_LONG, "The question is longer than 2,000 characters; please shorten it."),
        (Reason.OFF_TOPIC, "No word of this question's topic is in the sources."),
        (Reason.NOT_MENTIONED, "No source mentions Atlantis, 99."),
        (Reason.NOT_STATED, "No answer was found in the sources."),
        (Reason.UNCLEAR, "What would you like to know?"),
    ],
)
def test_each_reason_has_its_sentence(reason: Reason, sentence: str) -> None:
    refused = replace(ask(""), reason=reason, absent=("Atlantis", "99"))
    assert refusal(refused) == sentence


def test_that_the_sources_do_not_say_is_said_where_a_reviewer_recorded_it_alone() -> None:
    refused = replace(ask(""), reason=Reason.NOT_STATED)
    assert refusal(replace(refused, reviewed=True)) == "The sources do not say."
    assert refusal(refused) == "No answer was found in the sources."


def test_an_outlet_is_named_with_its_date_and_its_standing() -> None:
    """An update, a re-publication of an unknown outlet, a translation, no date."""
    corpus = assistant("other").corpus
    said = {name: [outlet(s, "en") for s in article.sentences] for name, article in corpus.articles.items()}
    assert set(said["ostrellin-courier"]) == {"The Ostrellin Courier, 3 March 2023"}
    assert "Pellandry Ledger, update of 9 March 2023" in said["pellandry-ledger"]
    assert "Pellandry Ledger, 4 March 2023" in said["pellandry-ledger"]
    assert set(said["shore-and-hull"]) == {"Shore & Hull, undated, republished, original outlet not known"}
    assert set(said["vessimarin-viesti"]) == {"Vessimarin Viesti, 21 March 2023, translated from Finnish"}


def test_who_else_relays_a_statement_is_named() -> None:
    (quote,) = [q for q in ask("Why did the ferries stop?").quotes if q.relayed_by]
    assert source(quote, "en") == f"[{quote.n}] The Ostrellin Courier, 3 March 2023; the statement also in Pellandry Ledger (4 March 2023)"


def test_the_frame_is_in_the_language_of_the_question() -> None:
    spanish = ask("¿subirá el precio del billete en Alemania?")
    assert spanish.language == "es"
    assert refusal(spanish) == "Ninguna fuente menciona Alemania."


@pytest.mark.parametrize("width", [30, 60, 110])
def test_a_terminal_shows_the_same_words_wrapped(width: int) -> None:
    for answer in answers("other")[::4]:
        text = unmarked(terminal(rows(answer), width, colour=False))
        assert not ANSI.search(text)
        assert max(len(line) for line in text.split("\n")) <= width
        assert text.split() == plain(rows(answer)).split()


def test_colour_changes_no_word() -> None:
    for answer in answers("other")[::4]:
        coloured = terminal(rows(answer), 80, colour=True)
        assert ANSI.search(coloured)
        assert ANSI.sub("", coloured).split() == terminal(rows(answer), 80, colour=False).split()


def test_markup_and_emoji_codes_in_a_question_are_words() -> None:
    """Rich is told to leave them alone."""
    answer = replace(ask(""), reason=Reason.NOT_MENTIONED, absent=("[bold]x[/bold]", ":smile:"))
    assert "[bold]x[/bold], :smile:" in terminal(rows(answer), 100, colour=False)


@both
def test_choices_are_the_follow_ups_that_are_offered_numbered_from_one(name: str) -> None:
    for answer in answers(name):
        text = plain(rows(answer, numbered=True))
        asked = [f"{'' if f.label == f.question else f'{f.label}: '}{f.question}" for f in offered(answer)]
        assert re.findall(r"(?m)^  (\d+)  (.*)$", text) == [(str(n), line) for n, line in enumerate(asked, 1)]
        assert "bot ask" not in text


def test_a_command_that_is_offered_asks_as_of_the_same_date() -> None:
    day = datetime.date(2023, 3, 9)
    commands = kinds(ask("", until=day), "ask")
    assert commands
    assert all(command.startswith('bot ask --until 2023-03-09 "') for command in commands)


@both
def test_another_side_names_the_quotes_that_it_is_against(name: str) -> None:
    """With number and outlet, as often as the dispute says so."""
    named = 0
    for answer in answers(name):
        for quote in answer.quotes:
            text, role = label(answer, quote), say(f"role_{quote.role}", answer.language)
            opposed = {n for sides in answer.disputes if any(quote.n in s for s in sides) for s in sides if quote.n not in s for n in s}
            if quote.role is Role.OTHER_SIDE and opposed:
                by_number = {q.n: q.span.article.publisher or q.span.article.id for q in answer.quotes}
                assert all(f"[{n}], {by_number[n]}" in text for n in opposed)
                named += 1
            else:
                assert text == role
    assert named


# Languages that the bot does not speak


def test_the_languages_that_the_bot_speaks_are_told_where_it_surely_does_not_speak_the_questions() -> None:
    german = replace(ask("zzyzx"), language="de", strange_language=True)
    assert headline(german)[:-1] == [f"This bot speaks {languages('en')}."]
    assert languages("en").startswith("English, Spanish, Arabic")
    assert headline(replace(german, strange_language=False)) == [refusal(german)]
    assert headline(replace(german, language="en"))[-1] == refusal(replace(german, language="en"))


# Right to left


def unmarked(text: str) -> str:
    """Without the marks that order right-to-left parts on a terminal."""
    return re.sub("[\u2066-\u2069]", "", text)


RTL = re.compile("[\u0590-\u08ff]")


@pytest.mark.parametrize("width", [40, 100])
def test_a_line_of_a_right_to_left_frame_is_isolated_as_such_and_what_is_foreign_in_it_by_itself(width: int) -> None:
    """Each isolate ends on its line, since a terminal orders each line alone; a line without such a letter has no mark."""
    checked = 0
    for answer in answers("real"):
        if answer.language not in RIGHT_TO_LEFT:
            continue
        for line in terminal(rows(answer, numbered=True), width, colour=False).split("\n"):
            opened = sum(line.count(mark) for mark in "\u2066\u2067\u2068")
            assert opened == line.count("\u2069")
            if not RTL.search(line):
                assert opened == 0
                continue
            assert re.fullmatch(r"(?:  \d+  | *)\u2067.*\u2069", line), line
            for name in ("XDA Developers", "Android Authority", "World Today News"):
                assert line.count(name) == line.count(f"\u2068{name}"), line
            checked += 1
    assert checked > 50


def test_a_command_can_be_copied_whatever_the_direction_of_its_question() -> None:
    """No mark stands outside the quotation marks of the shell."""
    commands = [
        line.strip()
        for answer in answers("real")
        if answer.language in RIGHT_TO_LEFT
        for line in terminal(rows(answer), 200, colour=False).split("\n")
        if "bot ask " in line
    ]
    isolated = [c for c in commands if "\u2068" in c]
    assert isolated
    for command in isolated:
        outside = re.sub(r"'[^']*'|\"[^\"]*\"", "", command.partition("bot ask ")[2])
        assert not re.search("[\u2066-\u2069]", outside)


def test_a_right_to_left_quote_is_shown_letter_by_letter_inside_its_isolate() -> None:
    text = "قالت الشركة (Acme 14.2) إن 15% فقط."
    shown = terminal([Row(text, "› ", verbatim=True)], 80, colour=False)
    assert shown == f"› \u2067{text}\u2069\n"
    assert terminal([Row(f"Acme: {text}", "› ", verbatim=True)], 80, colour=False) == f"› Acme: {text}\n"
    assert plain([Row(text, "› ", verbatim=True)]) == f"› {text}\n"


def test_a_right_to_left_name_in_a_sentence_of_the_other_direction_is_isolated() -> None:
    """So that the number after it stays after it."""
    answer = replace(ask(""), language="en", reason=Reason.NOT_MENTIONED, absent=("دبي", "99"))
    assert "No source mentions \u2068دبي\u2069, 99." in terminal(rows(answer), 80, colour=False)
