"""A suggested question as a change to faq.yaml: the sentences that may answer it, and what comes of approving it, by the code of `bot faq add`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from bot import faq_edit, faq_write
from bot.answer import Answer
from bot.assistant import Assistant
from bot.corpus import Span
from bot.errors import Refused, UsageError
from bot.faq import Entry
from bot.faq_change import Change, change, difference, proposed
from bot.suggestions import reference

MOST = 8
"""Sentences that are offered."""


def candidates(assistant: Assistant, question: str) -> list[Span]:
    """The sentences that most likely answer, the likeliest first: each can be quoted as evidence, and none overlaps another."""
    found: list[Span] = []
    for span in assistant.candidates(question):
        whole = reference(span)
        if whole and not any(whole.overlaps(other) for other in found):
            found.append(whole)
    return found[:MOST]


def mark(span: Span) -> str:
    """A short name of a span, which another place or another text does not have."""
    return hashlib.sha256(repr((span.key, span.text)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def preview(assistant: Assistant, question: str, spans: Sequence[Span]) -> Answer:
    """The answer that members would get from an entry of these spans."""
    return assistant.answer_with(question, proposed(spans, assistant.relations))


def approved(assistant: Assistant, name: str, question: str, spans: Sequence[Span]) -> Change:
    """The change that adds the question: as a new entry with these spans, or, where there are none, as an alias of the entry `name`.

    Raises BotError where there is no FAQ, where the file would not load, or where another entry's promise would be broken.
    """
    path = assistant.settings.faq
    if path is None:
        raise UsageError("no FAQ is in use")
    document = faq_edit.load(path)
    if spans and name in document.nodes:
        raise Refused(f"there is an entry {name!r}; choose no quotes to add the question to it, or give another id")
    if spans:
        data = faq_edit.added(document, Entry(name, question, {}, tuple(proposed(spans, assistant.relations))))
    else:
        data = faq_edit.with_phrasings(document, name, [question], assistant.ask(question).language)
    done = change(document, data, assistant.corpus, name)
    if done.broken:
        raise Refused("\n".join(done.broken))
    return done


def shown(done: Change) -> str:
    """The change as a unified diff, without the folder that the file is in."""
    return difference(Path(done.document.path.name), done.document.data, done.data)


def write(done: Change, name: str) -> None:
    """Put the change in place; `bot faq undo` takes it back. Raises BotError where the file was changed meanwhile or cannot be written."""
    faq_write.write(done.document.path, done.document.data, done.data, f"approve {name}")
