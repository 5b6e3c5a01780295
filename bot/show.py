"""Articles as they stand in the corpus, and what is quoted of them, as text for a terminal; and which files are in use."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import citations, frames, render
from bot.assistant import Assistant
from bot.corpus import Article, Corpus, Span
from bot.errors import UsageError, number_of
from bot.faq import Faq
from bot.passages import LARGE
from bot.relations import Relations
from bot.render import Row
from bot.sentences import blocks, sentences

FAQ, RELATION, HERE, FURNITURE = "*", "~", "›", "×"
"""What stands in the margin of a sentence; none needs colour."""
LEGEND = f"{FAQ} quoted by the FAQ   {RELATION} in relations.yaml   {FURNITURE} page furniture, never quoted"
_MARGIN = 9
"""Columns before a sentence: two marks, a number of up to four digits, blanks."""


@dataclass(frozen=True, slots=True)
class Use:
    """Where a span of an article is quoted: `faq` or `relations`, and what for."""

    span: Span
    by: str
    what: str


def find_article(corpus: Corpus, name: str | None) -> Article:
    """The article of that id. Raises UsageError with the ids that there are, the nearest first."""
    from rapidfuzz import fuzz

    if name and name in corpus.articles:
        return corpus.articles[name]
    ids = sorted(corpus.articles, key=lambda other: -fuzz.WRatio(name, other) if name else 0)
    more = f" and {len(ids) - LARGE} more" if len(ids) > LARGE else ""
    raise UsageError(f"{f'no article {name!r}' if name else 'which article?'}; articles: {', '.join(ids[:LARGE]) or 'none'}{more}")


def find_place(article: Article, place: str) -> Span:
    """The sentence `N`, counted from 1, or the characters `START:END` of an article. Raises UsageError where there is none."""
    found = re.fullmatch(r"(\d{1,9})(?::(\d{1,9}))?", place)
    if not found:
        raise UsageError(f"{place!r} is no place; write the number of a sentence, such as 3, or START:END, such as 120:240")
    start, end = int(found[1]), found[2] and int(found[2])
    if end is None:
        if not 1 <= start <= len(article.sentences):
            raise UsageError(f"{article.id} has no sentence {start}: its sentences are 1 to {len(article.sentences)}")
        return article.sentences[start - 1]
    if not start < int(end) <= len(article.text):
        raise UsageError(f"{article.id} has no place {place}: its text is 0:{len(article.text)}")
    return Span(article, start, int(end))


def uses(article: Article, faq: Faq, relations: Relations) -> tuple[Use, ...]:
    """Everywhere that an article is quoted, in the order of its text."""
    found = [Use(e.span, "faq", f"{entry.id} ({e.role})") for entry in faq.entries for e in entry.evidence]
    found += [Use(span, "faq", f"{entry.id} (nearest)") for entry in faq.entries for span in entry.nearest]
    for rule in relations.qualifies:
        found += [Use(rule.claim, "relations", "qualifies (claim)"), Use(rule.by, "relations", "qualifies (by)")]
    for replaced in relations.supersedes:
        found += [Use(replaced.newer, "relations", "supersedes (newer)"), Use(replaced.older, "relations", "supersedes (older)")]
    found += [Use(s, "relations", f"disputes (side {n})") for sides in relations.disputes for n, side in enumerate(sides, 1) for s in side]
    found += [Use(s, "relations", f"same_origin ({origin.id})") for origin in relations.origins for s in origin.statements]
    return tuple(sorted((use for use in dict.fromkeys(found) if use.span.article is article), key=lambda use: use.span.key))


def article_rows(article: Article, used: Sequence[Use]) -> Iterator[Row]:
    """A whole article: what is known about it, then its sentences, numbered, marked where they are quoted, its dates and its furniture."""
    yield from _head(article)
    yield Row("")
    yield Row(LEGEND, style="dim")
    yield from _text(article, 0, len(article.text), used, None)


def place_rows(span: Span, used: Sequence[Use], language: str = "en") -> Iterator[Row]:
    """A place in its paragraph, marked, with its source above, and below who quotes it and the link that opens there."""
    article = span.article
    touched = article.sentences_of(span.start, span.end)
    numbers = "" if not touched else f", sentence {touched[0] + 1}" if len(touched) == 1 else f", sentences {touched[0] + 1} to {touched[-1] + 1}"
    yield Row(render.outlet(span, language), style="bold", leftward=frames.spoken(language) in frames.RIGHT_TO_LEFT)
    yield Row(f"{article.id}[{span.start}:{span.end}]{numbers}", style="dim")
    around = [(a, b) for a, b in blocks(article.text) if a < span.end and span.start < b]
    start, end = min((a for a, _ in around), default=span.start), max((b for _, b in around), default=span.end)
    yield from _text(article, start, end, [], span)
    whole = [article.sentences[i] for i in touched]
    if whole and (whole[0].start, whole[-1].end) != (span.start, span.end):
        yield Row("")
        yield from (Row(line, "› ", verbatim=True) for line in span.text.split("\n") if line.strip())
    here = [use for use in used if use.span.overlaps(span)]
    if here:
        yield Row("")
    for by in ("faq", "relations"):
        named = dict.fromkeys(use.what for use in here if use.by == by)
        if named:
            yield Row(", ".join(named), f"{by:11}", style="dim")
    link = citations.link(span)
    if link:
        yield Row("")
        yield Row(link, style="dim", whole=True)


def _head(article: Article) -> Iterator[Row]:
    yield Row(article.title or "title unknown", style="bold")
    yield Row(article.publisher or "publisher unknown")
    yield Row(", ".join([*_dates(article), *_notes(article)]))
    yield Row(f"author {article.author or 'unknown'}, language {article.language}")
    yield Row(article.url or "no URL", whole=True)
    yield Row(f"{number_of(len(article.sentences), 'sentence')}, {number_of(len(article.text), 'character')}, sha256 {article.sha256[:16]}", style="dim")


def _dates(article: Article) -> list[str]:
    return [f"published {article.published or 'unknown'}"] + ([f"updated {article.updated}"] if article.updated else [])


def _notes(article: Article) -> list[str]:
    republished = f"republishes {'an unknown outlet' if article.republishes == 'unknown' else article.republishes}"
    return ([republished] if article.republishes else []) + ([f"translated from {article.translated_from}"] if article.translated_from else [])


def _text(article: Article, start: int, end: int, used: Sequence[Use], here: Span | None) -> Iterator[Row]:
    """The sentences and the furniture of text[start:end], a blank line between paragraphs, a line where the date of assertion changes."""
    numbers = {sentence.start: number for number, sentence in enumerate(article.sentences, 1)}
    paragraphs = {a for a, _ in blocks(article.text)}
    dated: object = ...
    for a, b in sentences(article.text):
        if b <= start or a >= end:
            continue
        asserted = article.asserted(a)
        if a in paragraphs or dated is ...:
            yield Row("")
        if here is None and asserted != dated:
            yield Row(f"— asserted {asserted or 'on an unknown date'} —", style="italic")
        dated = asserted
        sentence = Span(article, a, b)
        marked = [here] if here else [use.span for use in used]
        ranges = tuple((max(s.start, a) - a, min(s.end, b) - a) for s in marked if s.overlaps(sentence))
        if a in numbers:
            by = {use.by for use in used if use.span.overlaps(sentence)}
            marks = (HERE if here and ranges else FAQ if "faq" in by else " ") + (RELATION if "relations" in by else " ")
            yield Row(article.text[a:b], f"{marks}{numbers[a]:>5}  ", marked=ranges, mark="bold" if here else "cyan", verbatim=True)
        else:
            yield Row(article.text[a:b], f"{FURNITURE:<{_MARGIN}}", style="dim", verbatim=True)


def sources(assistant: Assistant) -> str:
    """Which corpus, FAQ and engine are in use, and the articles with their dates."""
    corpus, faq, settings = assistant.corpus, assistant.faq, assistant.settings
    lines = [f"corpus  {_path(settings.corpus)}  ({number_of(len(corpus.articles), 'article')}, sha256 {corpus.sha256[:16]})"]
    used = f"{_path(settings.faq)}  ({number_of(len(faq.entries), 'entry')}, sha256 {(faq.sha256 or '')[:16]})" if settings.faq else "none"
    lines += [f"faq     {used}", f"engine  {assistant.index.engine}" + (f", by meaning with {assistant.semantic}" if assistant.semantic else "")]
    if len(corpus.articles) >= LARGE:
        return "\n".join([*lines, "", "`bot show ARTICLE` shows one of the articles; there are too many to list"]) + "\n"
    for article in corpus.articles.values():
        lines += ["", article.id, f"  {article.publisher or 'publisher unknown'}: {article.title or 'title unknown'}"]
        lines += [f"  {', '.join([*_dates(article), *_notes(article)])}", f"  {article.url or 'no URL'}"]
    return "\n".join(lines) + "\n"


def _path(path: Path) -> str:
    """A path as given and, where that is another, in full."""
    full = path.resolve()
    return str(path) if path == full else f"{path} = {full}"
