"""Every problem of a corpus and its FAQ, found at once: what keeps it from loading, and what a maintainer should look at."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from bot import config
from bot.assistant import Assistant
from bot.corpus import load_corpus
from bot.errors import BrokenFiles, Problem
from bot.faq import Entry, check_faq
from bot.lexicon import check_lexicon
from bot.relations import load_relations
from bot.ridge import Progress


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What `bot check` found; `usable` is False where something keeps the files from loading."""

    problems: tuple[Problem, ...]
    usable: bool
    summary: str


def check(settings: config.Settings, today: datetime.date | None = None, progress: Progress | None = None) -> CheckReport:
    """Check everything that `settings` names, `progress` told how far it is; problems are sorted by file and line."""
    problems: list[Problem] = []
    try:
        corpus, found = load_corpus(settings.corpus)
        problems += found
    except BrokenFiles as error:
        return _report(list(error.problems), "")
    for load in (load_relations, check_lexicon):
        try:
            problems += load(corpus)[1]
        except BrokenFiles as error:
            problems += error.problems
    counted = ""
    if settings.faq:
        try:
            faq, found = check_faq(settings.faq, corpus)
            problems += found
            counted = f", {len(faq.entries)} FAQ entries"
        except BrokenFiles as error:
            problems += error.problems
    if not any(not p.warning for p in problems) and settings.faq:
        problems += _behaviour(Assistant.load(settings, progress), today or datetime.date.today(), progress)
    return _report(problems, f"{len(corpus.articles)} articles, {len(corpus.sentences)} sentences{counted}")


def _report(problems: list[Problem], counted: str) -> CheckReport:
    errors = sum(not p.warning for p in problems)
    summary = f"{errors} errors, {len(problems) - errors} warnings" + (f" ({counted})" if counted else "")
    return CheckReport(tuple(sorted(set(problems))), errors == 0, summary)


def _behaviour(assistant: Assistant, today: datetime.date, progress: Progress | None) -> Iterator[Problem]:
    """What only shows when questions are asked: phrasings that go astray, `not` phrasings that land, reviews overdue."""
    path = str(assistant.faq.path)

    def warning(entry: Entry, message: str, mend: str) -> Problem:
        return Problem(path, entry.line, 0, message, entry.id, mend, warning=True)

    for entry, phrasing, landed in assistant.matcher.strays():
        yield warning(entry, f"the phrasing {phrasing!r} goes to {landed.id!r}", "reword it, move it there, or give this entry more phrasings like it")
    for number, entry in enumerate(assistant.faq.entries, 1):
        if progress:
            progress("checking entries", number, len(assistant.faq.entries))
        for phrasing in entry.excluded:
            if assistant.ask(phrasing).faq == entry.id:
                yield warning(entry, f"{phrasing!r} lands here although `not` excludes it", "give the entry where it belongs a phrasing like it")
        if entry.review_by and entry.review_by < today:
            yield warning(entry, f"its review was due by {entry.review_by}", "check its evidence against the articles and set a new `review_by`")
        for choice in entry.asks_back.choices if entry.asks_back else ():
            if assistant.ask(choice.ask).faq is None:
                yield warning(entry, f"the choice {choice.ask!r} has no answer", "ask what another entry answers")
