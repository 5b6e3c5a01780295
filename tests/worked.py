"""What the tests of the evaluation share: answers and gold questions made by hand, on the fictional corpus."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from upper import assistant, span

from bot.answer import Answer, Quote, Reason, Status
from bot.corpus import Span
from bot.evaluate import Report, Row
from bot.faq import Role
from bot.gold import Gold
from bot.scoring import score

CORPUS = assistant("other").corpus
EMPTY = assistant("other").ask("")
HURT = span(CORPUS, "ostrellin-courier", "Nobody was hurt.")
DOGS = span(CORPUS, "lake-riders-bulletin", "Dogs travel free.")


def answer(*spans: Span, of: Answer = EMPTY) -> Answer:
    """An answer with these quotes."""
    quotes = tuple(Quote(n, s, Role.ANSWER) for n, s in enumerate(spans, 1))
    return replace(of, status=Status.ANSWERED, reason=None, quotes=quotes)


def refused(*nearest: Span, absent: tuple[str, ...] = (), of: Answer = EMPTY) -> Answer:
    """A refusal with these nearest passages."""
    return replace(
        of,
        status=Status.NEAREST if nearest else Status.ABSTAINED,
        reason=Reason.NOT_STATED,
        nearest=tuple(Quote(n, s, Role.CONTEXT) for n, s in enumerate(nearest, 1)),
        absent=absent,
    )


def asked(gold: Iterable[Span] = (), answerable: bool | None = True, **fields: object) -> Gold:
    return replace(Gold("id", "category", "en", "?", answerable, tuple(gold)), **fields)  # type: ignore[arg-type]


def row(gold: Gold, answer: Answer) -> Row:
    return Row(gold, answer, *score(gold, answer, CORPUS))


def report(*cases: tuple[Gold, Answer]) -> Report:
    """The report of these questions and answers; each question gets the id q0, q1, …"""
    return Report(tuple(row(replace(gold, id=f"q{n}"), answer) for n, (gold, answer) in enumerate(cases)))
