"""What was said when and by whom: the dated statements that answers lead with, in the order of their dates."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from bot.answer import Quote
from bot.assistant import Assistant
from bot.compose import attributed_to
from bot.faq import Role

SHARE = 3
"""At most 1/SHARE of an article is shown, as in an answer."""


def timeline(assistant: Assistant) -> tuple[Quote, ...]:
    """The statements, oldest first, numbered from 1; each has a date, and none is there twice.

    They are the lead quotes of the FAQ's entries with their caveats and other sides, in the order of the file as far as a third
    of each article goes; without a FAQ the sentences that say who said them.
    """
    used: Counter[str] = Counter()
    kept: list[Quote] = []
    for group in _statements(assistant):
        new = [q for q in group if q.span.asserted and not any(q.span.overlaps(s) for k in kept for s in (k.span, *k.relayed_by))]
        sizes = used.copy()
        for quote in new:
            sizes[quote.span.article.id] += quote.span.end - quote.span.start
        if all(SHARE * sizes[q.span.article.id] <= len(q.span.article.text) for q in new):
            used = sizes
            kept += new
    kept.sort(key=lambda q: (q.span.asserted, q.span.key))
    return tuple(replace(quote, n=n) for n, quote in enumerate(kept, 1))


def _statements(assistant: Assistant) -> Iterator[list[Quote]]:
    """Groups of quotes that are shown together or not at all."""
    entries = [entry for entry in assistant.faq.entries if entry.evidence]
    for entry in entries:
        lead, *others = assistant.compose(entry)
        caveats = itertools.takewhile(lambda q: q.role is Role.CAVEAT, others)
        yield [lead, *caveats, *(q for q in others if q.role is Role.OTHER_SIDE)]
    if not entries:
        for span in assistant.corpus.sentences:
            if attributed_to(span):
                yield list(assistant.compose_search((span,)))
