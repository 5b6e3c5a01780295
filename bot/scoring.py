"""Points for one answer to one gold question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from bot.answer import MOST_CHARACTERS, MOST_QUOTES, Answer, Quote, Status
from bot.corpus import Article, Corpus, Span
from bot.cues import doubted, reported
from bot.gold import Gold

SHOWN = 0.8
"""Share of a gold quote's words that must be shown, and all its hedges, for it to count."""
BESIDE = 0.5
"""Share of what is shown that may be beside the point before it costs half a point."""


def score(gold: Gold, answer: Answer, corpus: Corpus) -> tuple[float, str]:
    """Points in {0, 0.5, 1} for one answer, and what is wrong with it, in words. A fault that must never be is "HARD: …"."""
    if fault := hard_fault(answer):
        return 0.0, f"HARD: {fault}"
    if gold.answerable is False:
        return (0.0, "answered what the articles do not") if answer.quotes else (1.0, "")
    if answer.quotes:
        return answered(gold, counted(answer.quotes))
    if gold.answerable:
        return 0.0, f"abstained ({answer.reason})"
    if wrongly := [name for name in answer.absent if not _is_absent(name, gold.question, corpus)]:
        return 0.0, f"named as absent, but not so: {wrongly[0]!r}"
    told = answer.absent or shows_any(answer.nearest, gold.gold)
    return (1.0, "") if told else (0.5, "refused without saying what is absent and without the correcting passage")


def hard_fault(answer: Answer) -> str:
    """What no answer may do: show page furniture, quotes under a refusal, or nearest passages beside an answer; else empty."""
    if any(q.span.article.is_furniture(q.span.start, q.span.end) for q in (*answer.quotes, *answer.nearest)):
        return "page furniture is shown"
    if answer.quotes and answer.status is not Status.ANSWERED:
        return "quotes under a refusal"
    if answer.nearest and answer.status is not Status.NEAREST:
        return "nearest passages beside an answer or an abstention"
    return ""


def counted(quotes: Sequence[Quote]) -> tuple[Quote, ...]:
    """The quotes that a reader gets to: the first MOST_QUOTES, up to MOST_CHARACTERS in all."""
    lengths = accumulate(q.span.end - q.span.start for q in quotes)
    return tuple(q for q, length in zip(quotes[:MOST_QUOTES], lengths, strict=False) if length <= MOST_CHARACTERS)


def answered(gold: Gold, quotes: tuple[Quote, ...]) -> tuple[float, str]:
    """Points for an answer to a question that the sources answer, at least in part, and what is wrong."""
    found = [shows(quotes, g) for g in gold.gold]
    if not any(found):
        side = shows_any(quotes, gold.also_ok) and not (gold.need_all and gold.answerable)
        return (0.5, "only a side quote") if side and not _hedge_missing(gold, quotes) else (0.0, "wrong quote")
    if gold.answerable is None:
        if any(not fits(gold, q) and not _within(q.span, _neighbours(gold)) for q in quotes):
            return 0.5, "a quote is beside the point"
    elif _hedge_missing(gold, quotes):
        return 0.0, "a hedge is left out"
    elif gold.need_all and not all(found):
        return 0.5, "not every needed quote"
    elif not all(shows_any(quotes, side) for side in gold.sides):
        return 0.5, "one side of the disagreement is missing"
    if shows_any(quotes[:1], gold.misleading) and not leads(gold, quotes):
        return 0.5, "leads with a superseded or misleading quote"
    if gold.answerable and beside(gold, quotes) > BESIDE:
        return 0.5, "more than half of what is shown is beside the point"
    return 1.0, ""


def leads(gold: Gold, quotes: Sequence[Quote]) -> bool:
    """True where the first quote shows gold."""
    return shows_any(quotes[:1], gold.gold)


def fits(gold: Gold, quote: Quote) -> bool:
    """True where a quote shows a gold or an acceptable quote, or is part of one: what quote precision counts."""
    fine = (*gold.gold, *gold.also_ok)
    return shows_any((quote,), fine) or _within(quote.span, fine)


def shows(quotes: Iterable[Quote], span: Span) -> bool:
    """True where one of the quotes shows the span, whole or but for little, or quotes that follow each other in the article show it whole."""
    spans = [quote.span for quote in quotes]
    return any(run.holds(span) for run in _runs(spans)) or any(_nearly_whole(part, span) for part in spans)


def _nearly_whole(part: Span, span: Span) -> bool:
    """True where a part of a span holds at least SHOWN of its words, and what it leaves out neither doubts nor says whose words they are."""
    if not span.holds(part) or len(part.text.split()) < SHOWN * len(span.text.split()):
        return False
    text, language = span.article.text, span.article.language
    return not any(doubted(rest, language) is not None or reported(rest, language) for rest in (text[span.start : part.start], text[part.end : span.end]))


def _runs(spans: Sequence[Span]) -> list[Span]:
    """The spans, those joined that follow each other with white space alone between them."""
    runs: list[Span] = []
    for span in spans:
        before = runs[-1] if runs else None
        if before and before.article is span.article and before.end <= span.start and not span.article.text[before.end : span.start].strip():
            runs[-1] = Span(span.article, before.start, span.end)
        else:
            runs.append(span)
    return runs


def shows_any(quotes: Sequence[Quote], spans: Iterable[Span]) -> bool:
    """True where the quotes show one of the spans."""
    return any(shows(quotes, span) for span in spans)


def beside(gold: Gold, quotes: Iterable[Quote]) -> float:
    """Share of the shown characters, white space counted as one, that no gold, side, hedge or acceptable quote covers; neighbours of gold sentences count for neither."""
    fine = [*gold.gold, *gold.also_ok, *(s for side in gold.sides for s in side), *(h for _, hedges in gold.hedges for h in hedges)]
    neutral = _neighbours(gold)
    covered = total = 0
    for quote in quotes:
        marks = bytearray(quote.span.end - quote.span.start)
        for spans, mark in ((neutral, b"\2"), (fine, b"\1")):
            for span in spans:
                if quote.span.holds(span) or (span.holds(quote.span) and mark == b"\1"):
                    start, end = max(span.start, quote.span.start) - quote.span.start, min(span.end, quote.span.end) - quote.span.start
                    marks[start:end] = mark * (end - start)
        text = quote.span.text
        marks = bytearray(mark for mark, letter, before in zip(marks, text, "." + text, strict=False) if not (letter.isspace() and before.isspace()))
        covered, total = covered + marks.count(1), total + len(marks) - marks.count(2)
    return 1 - covered / total if total else 0.0


def _hedge_missing(gold: Gold, quotes: tuple[Quote, ...]) -> bool:
    due = [h for claims, hedges in gold.hedges if not claims or shows_any(quotes, claims) for h in hedges]
    return bool(gold.answerable) and not all(shows(quotes, h) for h in due)


def _within(span: Span, others: Iterable[Span]) -> bool:
    return any(other.holds(span) for other in others)


def _neighbours(gold: Gold) -> list[Span]:
    """The rough sentences, headings included, just before and just after each gold quote: what makes it whole."""
    found = []
    for span in gold.gold:
        pieces = _pieces(span.article)
        touched = [n for n, piece in enumerate(pieces) if piece.holds(span) or span.holds(piece)]
        found += [pieces[n] for at in touched for n in (at - 1, at + 1) if 0 <= n < len(pieces)]
    return found


@lru_cache(maxsize=256)
def _pieces(article: Article) -> tuple[Span, ...]:
    """An article cut at line ends and after closing punctuation before a capital, a digit or an opening quote."""
    cuts = [(0, 0), *(cut.span() for cut in _CUT.finditer(article.text)), (len(article.text), 0)]
    return tuple(Span(article, a, b) for (_, a), (b, _) in pairwise(cuts) if article.text[a:b].strip())


_CUT = re.compile(r"\n+|(?<=[.!?])[\"\u201d\u2019')\]]*\s+(?=[A-Z0-9\"\u201c(])")


def _is_absent(name: str, question: str, corpus: Corpus) -> bool:
    """True where a name is typed in the question and stands in no article."""
    wanted = re.compile(rf"\b{re.escape(name.casefold())}\b")
    return name.casefold() in question.casefold() and not any(wanted.search(a.text.casefold()) for a in corpus.articles.values())
