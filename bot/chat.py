"""A conversation at the terminal: questions, numbered follow-ups, and a few commands. Each question stands alone."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator

from bot import frames, render, show
from bot.answer import Answer
from bot.assistant import Assistant
from bot.question import shown
from bot.render import Row

PROMPT = "ask> "
HELP = (
    ("a question", "answered by itself: no earlier one is remembered"),
    ("a number", "asks that question of those listed under the last answer"),
    ("/context N", "quote N of the last answer in its paragraph"),
    ("/json", "the last answer as bot ask --json prints it"),
    ("/sources", "which articles and FAQ are in use"),
    ("/help or ?", "this list"),
    ("/quit", "leaves, as does Ctrl-D; Ctrl-C clears the line, twice leaves"),
)


_DIGITS = 9
"""Of a number that could be one of a list."""


class Chat:
    """What a conversation keeps: the last answer, for what its numbers mean."""

    def __init__(self, assistant: Assistant, *, until: datetime.date | None = None, language: str | None = None) -> None:
        self._assistant, self._until, self._language = assistant, until, language
        self._last: Answer | None = None
        self.over = False
        """Whether `/quit` was said."""

    def greeting(self) -> Iterator[Row]:
        """What stands above the first prompt."""
        count = len(self._assistant.corpus.articles)
        yield Row(f"{frames.say('sources_used', 'en', count=count)} /help lists the commands.", style="italic")
        yield Row("")

    def rows(self, line: str) -> Iterator[Row]:
        """What to show for one line that was typed; nothing for a blank one."""
        typed = shown(line).strip()
        if typed == "?" or typed.startswith("/"):
            yield from self._command(*typed.partition(" ")[::2])
        elif typed.isdecimal():
            yield from self._follow(int(typed) if len(typed) <= _DIGITS else 0)
        elif typed:
            yield from self._ask(typed)

    def _ask(self, question: str) -> Iterator[Row]:
        self._last = self._assistant.ask(question, until=self._until, language=self._language)
        yield from render.rows(self._last, numbered=True)

    def _follow(self, number: int) -> Iterator[Row]:
        offered = render.offered(self._last) if self._last else ()
        if not 1 <= number <= len(offered):
            listed = f"the last answer lists 1 to {len(offered)}" if len(offered) > 1 else "the last answer lists 1" if offered else "no answer lists any now"
            yield Row(f"A number asks a question that was listed; {listed}.")
            return
        yield Row(f"? {offered[number - 1].question}", style="bold")
        yield Row("")
        yield from self._ask(offered[number - 1].question)

    def _command(self, name: str, argument: str) -> Iterable[Row]:
        match name:
            case "?" | "/help":
                return [Row(what, f"{typed:12}") for typed, what in HELP]
            case "/quit":
                self.over = True
                return []
            case "/sources":
                return [Row(line, verbatim=True) for line in show.sources(self._assistant).rstrip("\n").split("\n")]
            case "/json":
                return [Row(json.dumps(self._last.as_json, ensure_ascii=False), verbatim=True, whole=True)] if self._last else [Row("Nothing was asked yet.")]
            case "/context":
                return self._context(argument.strip())
        return [Row(f"No command {name}; /help lists them.")]

    def _context(self, number: str) -> Iterable[Row]:
        quotes = (self._last.quotes or self._last.nearest) if self._last else ()
        if self._last is None or not quotes:
            return [Row("No answer with a quote was shown yet." if self._last is None else "The last answer has no quote.")]
        found = next((q for q in quotes if str(q.n) == (number or "1")), None)
        if found is None:
            return [Row(f"/context N: the last answer has the quotes 1 to {len(quotes)}.")]
        return show.place_rows(found.span, (), self._last.language)
