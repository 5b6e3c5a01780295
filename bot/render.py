"""An answer as text for a terminal. Quotes are shown letter by letter; everything else comes from `frames`."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterator

from bot import frames
from bot.answer import Answer, FollowUp, Quote, Reason, Status
from bot.corpus import Span
from bot.faq import Role
from bot.question import LONGEST

_INDENT = "  "
MOST_RELATED = 3
"""Related questions shown under an answer."""
_STYLES = {"quote": "", "cite": "dim", "head": "bold", "label": "bold", "note": "italic"}


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
    return [*lines, refusal(answer)]


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


def blocks(answer: Answer) -> Iterator[tuple[str, str]]:
    """(kind, text) of each line of an answer: head, label, quote, cite, note, blank."""
    for line in headline(answer):
        yield "head", line
    shown = answer.quotes or answer.nearest
    if answer.nearest:
        yield "head", nearest_label(answer)
    label = Role.ANSWER
    for i, quote in enumerate(shown):
        if i or headline(answer):
            yield "blank", ""
        if quote.role is not label and answer.quotes:
            label = quote.role
            yield "label", frames.say(f"role_{label}", answer.language).upper()
        for line in quote.span.text.split("\n"):
            if line.strip():
                yield "quote", line
        yield "cite", source(quote, answer.language)
    if answer.follow_ups:
        yield "blank", ""
        yield "note", answer.prompt or frames.say("next" if answer.quotes else "can_ask", answer.language)
        for follow in offered(answer):
            yield "ask", _command(follow)
    if answer.reason in (Reason.EMPTY, Reason.UNCLEAR):
        yield "blank", ""
        yield "note", frames.say("sources_used", answer.language, count=answer.sources.articles)


def offered(answer: Answer) -> tuple[FollowUp, ...]:
    """The follow-ups to show: all that the bot asks back or offers under a refusal, MOST_RELATED under an answer."""
    return answer.follow_ups if answer.prompt or not answer.quotes else answer.follow_ups[:MOST_RELATED]


def _command(follow: FollowUp) -> str:
    label = "" if follow.label == follow.question else f"{follow.label}: "
    quoted = f'"{follow.question}"' if not set(follow.question) & set('"$`\\!') else shlex.quote(follow.question)
    return f"{label}bot ask {quoted}"


def plain(answer: Answer) -> str:
    """The answer without colour or wrapping: a piped quote stays verbatim on its line."""
    lines = []
    for kind, text in blocks(answer):
        lines.append({"quote": f"› {text}", "cite": f"{_INDENT}{text}", "ask": f"{_INDENT}{text}"}.get(kind, text))
    return "\n".join(lines) + "\n"


def terminal(answer: Answer, width: int, *, colour: bool) -> str:
    """The answer for a terminal of `width` columns, wrapped, in colour where wanted."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(
        file=io.StringIO(), width=min(width, 110), force_terminal=colour, no_color=not colour, highlight=False, emoji=False, markup=False, legacy_windows=False
    )
    for kind, text in blocks(answer):
        if kind == "blank":
            console.print()
        elif kind == "quote":
            hanging = Table.grid(padding=(0, 1))
            hanging.add_row("›", Text(text))
            console.print(hanging)
        elif kind == "ask":
            console.print(Text(f"{_INDENT}{text}", style="cyan"))
        else:
            console.print(Padding(Text(text, style=_STYLES[kind]), (0, 0, 0, 2 if kind == "cite" else 0)))
    output = console.file
    assert isinstance(output, io.StringIO)
    return "\n".join(line.rstrip() for line in output.getvalue().split("\n"))
