"""An answer as text for a terminal. Quotes are shown letter by letter; everything else comes from `frames`."""

from __future__ import annotations

import datetime
import io
import re
import shlex
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot import frames
from bot.answer import Answer, FollowUp, Quote, Reason, Status
from bot.corpus import Span
from bot.faq import Role
from bot.question import LONGEST

_INDENT = "  "
MOST_RELATED = 3
"""Related questions shown under an answer."""
WIDEST = 110
"""Columns; longer lines are hard to read."""
_STYLES = {"quote": "", "cite": "dim", "head": "bold", "label": "bold", "note": "italic", "ask": "cyan", "choice": "cyan", "blank": ""}
_INDENTED = ("cite", "ask")
_RIGHT_TO_LEFT, _FIRST_STRONG, _END = "\u2067", "\u2068", "\u2069"
"""Isolates of the Unicode bidirectional algorithm: what stands between one and its end is ordered by itself."""


def headline(answer: Answer) -> list[str]:
    """What stands above the quotes: what was searched, disagreement, order and date, or why there is no answer."""
    lang = answer.language
    lines = [frames.say("searched_as", lang, typed=typed, searched=searched) for typed, searched in answer.searched_as]
    if answer.until:
        lines.append(frames.say("until", lang, date=frames.date(answer.until, lang)))
    if answer.status is Status.ANSWERED:
        if answer.absent:
            lines.append(frames.say("not_mentioned", lang, names=", ".join(answer.absent)))
        first = [frames.say("disagree", lang)] if answer.disputes else []
        dated = {q.span.asserted for q in answer.quotes}
        if answer.as_of and any(q.role is Role.EARLIER for q in answer.quotes) and len(dated) > 1:
            first.append(frames.say("newest_first", lang, date=frames.date(answer.as_of, lang)))
        return lines + ([" ".join(first)] if first else [])
    strange = answer.strange_language and not frames.speaks(answer.language)
    return [*lines, *(spoken_languages(lang) if strange else ()), refusal(answer)]


def spoken_languages(language: str) -> list[str]:
    """Which languages the bot speaks: in English, and in the reader's where that is another."""
    return [frames.say("speaks", tongue, languages=frames.languages(tongue)) for tongue in dict.fromkeys(("en", frames.spoken(language)))]


def refusal(answer: Answer) -> str:
    """Why there is no answer, in one sentence."""
    lang, reason = answer.language, answer.reason or Reason.NOT_STATED
    if reason is Reason.NOT_MENTIONED:
        return frames.say("not_mentioned", lang, names=", ".join(answer.absent))
    if reason is Reason.TOO_LONG:
        return frames.say("too_long", lang, limit=f"{LONGEST:,}")
    if reason is Reason.NOT_STATED and not answer.reviewed:
        return frames.say("not_found", lang)
    return frames.say(str(reason), lang)


def nearest_label(answer: Answer) -> str:
    """What stands above passages that are nearest: that they do not answer where that is known, else that they may not."""
    known = answer.reviewed or answer.reason is not Reason.NOT_STATED
    return frames.say("nearest" if known else "nearest_unsure", answer.language)


def label(answer: Answer, quote: Quote) -> str:
    """What a quote does in the answer; where it is another side, the quotes that it is against."""
    text = frames.say(f"role_{quote.role}", answer.language)
    against = [q for q in answer.quotes if any(_opposed(sides, quote.n, q.n) for sides in answer.disputes)]
    if quote.role is not Role.OTHER_SIDE or not against:
        return text
    named = "; ".join(f"[{q.n}], {q.span.article.publisher or q.span.article.id}" for q in against)
    return f"{text}, {frames.say('against', answer.language, quotes=named)}"


def _opposed(sides: tuple[tuple[int, ...], ...], one: int, other: int) -> bool:
    return any(one in side for side in sides) and any(other in side and one not in side for side in sides)


def source(quote: Quote, language: str) -> str:
    """Outlet, date and standing of a quote, and who else relays it."""
    text = f"[{quote.n}] {outlet(quote.span, language)}"
    if quote.relayed_by:
        also = ", ".join(f"{s.article.publisher or s.article.id} ({_when(s, language)})" for s in quote.relayed_by)
        text += f"; {frames.say('also_in', language, outlets=also)}"
    return text


def outlet(span: Span, language: str) -> str:
    """`Outlet, date, what it is`: an update, a re-publication, a translation."""
    article = span.article
    parts = [article.publisher or article.id, _when(span, language)]
    if article.republishes == "unknown":
        parts.append(frames.say("republished_unknown", language))
    elif article.republishes:
        parts.append(frames.say("republished", language, outlet=article.republishes))
    if article.translated_from:
        parts.append(frames.say("translated", language, language=frames.language_name(article.translated_from, language)))
    return ", ".join(parts)


def _when(span: Span, language: str) -> str:
    if span.asserted is None:
        return frames.say("undated", language)
    date = frames.date(span.asserted, language)
    later = span.article.published is None or span.asserted > span.article.published
    return frames.say("update_of", language, date=date) if later and span.article.updated == span.asserted else date


def blocks(answer: Answer, *, numbered: bool = False) -> Iterator[tuple[str, str]]:
    """(kind, text) of each line of an answer: head, label, quote, cite, note, ask (a command) or choice (where `numbered`), blank."""
    for line in headline(answer):
        yield "head", line
    shown = answer.quotes or answer.nearest
    if answer.nearest:
        yield "head", nearest_label(answer)
    last = frames.say("role_answer", answer.language)
    for i, quote in enumerate(shown):
        if i or headline(answer):
            yield "blank", ""
        named = label(answer, quote)
        if named != last and answer.quotes:
            last = named
            role, comma, against = named.partition(", ")
            yield "label", f"{role.upper()}{comma}{against}"
        for line in quote.span.text.split("\n"):
            if line.strip():
                yield "quote", line
        yield "cite", source(quote, answer.language)
    if answer.follow_ups:
        yield "blank", ""
        yield "note", answer.prompt or frames.say("next" if answer.quotes else "can_ask", answer.language)
        for number, follow in enumerate(offered(answer), 1):
            named = "" if follow.label == follow.question else f"{follow.label}: "
            yield ("choice", f"{number}  {named}{follow.question}") if numbered else ("ask", named + _command(follow, answer.until))
    if answer.reason in (Reason.EMPTY, Reason.UNCLEAR):
        yield "blank", ""
        yield "note", frames.say("sources_used", answer.language, count=answer.sources.articles)


def offered(answer: Answer) -> tuple[FollowUp, ...]:
    """The follow-ups to show: all that the bot asks back or offers under a refusal, MOST_RELATED under an answer."""
    return answer.follow_ups if answer.prompt or not answer.quotes else answer.follow_ups[:MOST_RELATED]


def _command(follow: FollowUp, until: datetime.date | None) -> str:
    quoted = f'"{follow.question}"' if not set(follow.question) & set('"$`\\!') else shlex.quote(follow.question)
    return f"bot ask {f'--until {until} ' if until else ''}{quoted}"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of output: what hangs before it, its text and style (Rich's), and the parts of the text that have a style of their own."""

    text: str
    margin: str = ""
    style: str = ""
    marked: tuple[tuple[int, int], ...] = ()
    mark: str = "bold"
    leftward: bool = False
    """Whether it is a frame sentence of a language that is written from right to left."""
    verbatim: bool = False
    """Whether it is an article's text, which nothing is put into."""
    whole: bool = False
    """Whether it is for programs, as a link is, and never wrapped."""


def rows(answer: Answer, *, numbered: bool = False) -> Iterator[Row]:
    """An answer as rows; its follow-ups as commands or, where `numbered`, as choices."""
    leftward = frames.spoken(answer.language) in frames.RIGHT_TO_LEFT
    for kind, text in blocks(answer, numbered=numbered):
        if kind == "quote":
            yield Row(text, "› ", verbatim=True)
        elif kind == "choice":
            number, _, asked = text.partition("  ")
            yield Row(asked, f"{_INDENT}{number}  ", _STYLES[kind], leftward=leftward)
        else:
            yield Row(text, _INDENT if kind in _INDENTED else "", _STYLES[kind], leftward=leftward and kind != "ask")


def plain(shown: Iterable[Row]) -> str:
    """Rows without colour or wrapping: a piped quote stays verbatim, and a text of several lines below itself."""
    lines = (
        (row.margin + row.text).rstrip("\n ").replace("\n", "\n" + " " * len(row.margin)) if row.verbatim else (row.margin + row.text).rstrip() for row in shown
    )
    return "".join(f"{line}\n" for line in lines)


def terminal(shown: Iterable[Row], width: int, *, colour: bool) -> str:
    """Rows for a terminal of `width` columns, wrapped at WIDEST, in colour where wanted, right-to-left parts isolated."""
    from rich.console import Console
    from rich.text import Text

    columns = min(width, WIDEST)
    output = io.StringIO()
    console = Console(file=output, width=columns, force_terminal=colour, no_color=not colour, highlight=False, emoji=False, markup=False, legacy_windows=False)
    for row in shown:
        text = Text(row.text)
        for start, end in row.marked:
            text.stylize(row.mark, start, end)
        lines = text.wrap(console, max(columns - len(row.margin), 10)) if row.text and not row.whole else [text]
        for number, line in enumerate(lines):
            line.rstrip()
            before, after = _isolates(row, line.plain)
            if not row.verbatim:
                line = Text(_isolated(line.plain, leftward=row.leftward))
            line.stylize_before(row.style)
            margin = row.margin if number == 0 else " " * len(row.margin)
            console.print(Text.assemble((margin, row.style), before, line, after), soft_wrap=True)
    return "\n".join(line.rstrip() for line in output.getvalue().split("\n"))


_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
_RUN = "[{one}](?:[^{other},;]*[{one}])?(?:[ -]?\\d+)*[?!.]*"
_LATIN_RUN = re.compile(_RUN.format(one=rf"^\W\d_{_RTL}", other=_RTL))
_RTL_RUN = re.compile(_RUN.format(one=_RTL, other="A-Za-z"))


def _isolated(line: str, *, leftward: bool) -> str:
    """`line` with its parts of the other direction isolated, so that no number or bracket beside them changes sides."""
    if not re.search(f"[{_RTL}]", line):
        return line
    return (_LATIN_RUN if leftward else _RTL_RUN).sub(lambda found: f"{_FIRST_STRONG}{found[0]}{_END}", line)


def _isolates(row: Row, line: str) -> tuple[str, str]:
    """What goes around a line of the terminal: nothing, or the marks that order it from right to left."""
    if not re.search(f"[{_RTL}]", line):
        return "", ""
    first = next(c for c in row.text if unicodedata.bidirectional(c) in ("L", "R", "AL"))
    return (_RIGHT_TO_LEFT, _END) if row.leftward or (row.verbatim and unicodedata.bidirectional(first) != "L") else ("", "")
