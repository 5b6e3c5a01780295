"""What a reviewer may want to record of a new article: page furniture, dates of its parts, what it shares with other articles.

Everything here is proposed; nothing is applied by itself.
"""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from babel import Locale, UnknownLocaleError

from bot.corpus import Article, Corpus
from bot.selection import is_heading
from bot.sentences import blocks, sentences
from bot.text import fold, shingles, words

LONGEST_FURNITURE = 200
"""Characters of a line that is proposed; longer ones are paragraphs."""
SHORT = 8
"""Words of a line that is proposed for its form alone, at most."""
NEAR_COPY = 0.5
"""Share of the 3-word runs of the shorter article that the other has too."""
SECTION_START = 30
"""Characters of the text by which a section's start is written down, at least."""
_CREDIT = re.compile(r"(?:^|[\s(.])(?:photo(?:graph)?|picture|image|credit|illustration|video|foto|imagen|фото)\s*(?:credit)?\s*:|©|\(c\)|getty images", re.I)
_BYLINE = re.compile(r"^(?:by|written by|von|por|par|autor)(?:\s+\S+){0,5}$|,\s*(?:staff )?(?:reporter|writer|correspondent)$", re.I)
_APPEAL = re.compile(
    r"^(?:advertisement|sponsored|buy\b|shop\b|subscribe|sign up|newsletter|read (?:next|more|also)|see also|more on|related\b|share\b|spread the love|follow us|"
    r"leave a (?:reply|comment)|add (?:your|a) comment|your email address|required fields|this site uses|cookies?\b|scroll (?:to|down))"
    r"|affiliate|earn us a commission|receives? a share of|newsletter|deals?$|all rights reserved|"
    r"^we['’]ll (?:make sure to )?(?:let you know|update)",
    re.I,
)
_LISTED = re.compile(r"(?:[-*•–]|\(?\w{1,2}[.)])\s")
_UPDATE = re.compile(r"[\W_]*(?:update[ds]?|original (?:story|article|text)|correction|corrected|actualizaci[oó]n|aktualizacja|обновлено|оновлено)\b", re.I)
_UPDATE_REACH = 40
"""Characters after the word for an update in which its date is looked for."""
_NUMERIC = re.compile(r"\b(\d{4})-(\d{1,2})-(\d{1,2})\b|\b(\d{1,2})([/.])(\d{1,2})\5(\d{4})\b")


@dataclass(frozen=True, slots=True)
class Furniture:
    """A string of the text that may be page furniture, found once in it."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Dated:
    """A part of the text that may have been written at a time of its own: how it begins (found once) and when."""

    starts: str
    asserted: datetime.date
    reason: str


def furniture(article: Article, corpus: Corpus) -> Iterator[Furniture]:
    """The lines that look like page furniture, and the sentences that look like an appeal, in the order of the text, each with why."""
    text = article.text
    elsewhere = _lines_elsewhere(article, corpus)
    for start, end in blocks(text):
        lines = [line.strip() for line in text[start:end].split("\n")]
        for line, following in itertools.zip_longest(lines, lines[1:], fillvalue=""):
            goes_on = following[:1].islower() or line[-1:] in ",;" or _LISTED.match(following) or (len(lines) > 1 and _LISTED.match(line))
            reason = _why(line, article, elsewhere, bare=is_heading(line) and not goes_on and bool(text[:start].strip()))
            if reason and _proposable(line, article):
                yield Furniture(line, reason)
        for a, b in sentences(text[start:end]):
            sentence = text[start + a : start + b]
            if sentence not in lines and _APPEAL.search(sentence) and _proposable(sentence, article):
                yield Furniture(sentence, "reads like an advertisement or an appeal")


def _proposable(text: str, article: Article) -> bool:
    """True where a string is short, found once in the article and not known to be furniture."""
    at = article.text.find(text)
    return len(text) <= LONGEST_FURNITURE and article.text.find(text, at + 1) < 0 and not article.is_furniture(at, at + len(text))


def _lines_elsewhere(article: Article, corpus: Corpus) -> dict[str, str]:
    """For each folded line of the other articles why it may be furniture here; lines of near-copies count only where they are furniture there."""
    copies = {other.id for other, _ in near_copies(article, corpus)}
    found: dict[str, str] = {}
    for other in corpus.articles.values():
        if other.id == article.id:
            continue
        if other.id not in copies:
            for line in filter(None, map(str.strip, other.text.split("\n"))):
                found.setdefault(fold(line), f"the same line stands in {other.id}")
        found |= {fold(other.text[a:b].strip()): f"page furniture in {other.id}" for a, b in other.furniture}
    return found


def _why(line: str, article: Article, elsewhere: dict[str, str], *, bare: bool) -> str:
    if fold(line) in elsewhere:
        return elsewhere[fold(line)]
    if fold(line) == fold(article.title or ""):
        return ""
    if _CREDIT.search(line):
        return "reads like a caption or a credit"
    if _BYLINE.search(line) and len(words(line)) <= SHORT:
        return "reads like a byline"
    if _APPEAL.search(line):
        return "reads like an advertisement or an appeal"
    if bare and len(words(line)) <= SHORT and not _UPDATE.match(line):
        return "a short line that does not end as a sentence (a heading, if it is none)"
    return ""


def sections(article: Article) -> Iterator[Dated]:
    """The paragraphs that give a date of their own for what follows, and the text below an update at the top, which is as old as the article."""
    found = blocks(article.text)
    dated: list[tuple[int, datetime.date, str]] = []
    for start, end in found:
        opening = _UPDATE.match(article.text, start, end)
        if opening:
            day = find_date(article.text[start : min(end, opening.end() + _UPDATE_REACH)], article.language, article.published)
            if day:
                dated.append((start, day, "the paragraph gives this date for itself"))
    starts = [start for start, _ in found]
    if dated and dated[0][1] != article.published and article.published:
        after = starts.index(dated[0][0]) + 1
        if 2 * after < len(starts) and starts[after] not in [at for at, *_ in dated]:
            dated.insert(1, (starts[after], article.published, "the text below the update, as first published, if that is where it begins"))
    for start, day, reason in dated:
        quoted = _opening(article.text, start)
        if quoted:
            yield Dated(quoted, day, reason)


def _opening(text: str, start: int) -> str | None:
    """So much of the line that begins at `start` that it is found once in the text; None where the whole line is not."""
    line = text[start:].split("\n", 1)[0].rstrip()
    cuts = [m.start() for m in re.finditer(r"\s", line) if m.start() >= SECTION_START]
    return next((line[:cut] for cut in [*cuts, len(line)] if text.count(line[:cut]) == 1), None)


def find_date(text: str, language: str, near: datetime.date | None = None) -> datetime.date | None:
    """The first date of `text` that can be read in one way only; without a year, the one that is nearest to `near`."""
    numeric = _NUMERIC.search(text)
    if numeric:
        if numeric[1]:
            return _day(int(numeric[1]), int(numeric[2]), int(numeric[3]))
        first, second, year = int(numeric[4]), int(numeric[6]), int(numeric[7])
        readings = {day for day in (_day(year, second, first), _day(year, first, second) if numeric[5] == "/" else None) if day}
        return readings.pop() if len(readings) == 1 else None
    names = _months(language)
    tokens = re.findall(r"\d+|[^\W\d_]+", text)
    for i, token in enumerate(tokens):
        month = names.get(fold(token))
        if not month:
            continue
        around = [*tokens[max(0, i - 2) : i], *tokens[i + 1 : i + 4]]
        year = next((int(t) for t in around if re.fullmatch(r"(?:19|20)\d\d", t)), 0)
        day = next((int(t) for t in (*tokens[i - 1 : i], *tokens[i + 1 : i + 2], *tokens[max(0, i - 2) : max(0, i - 1)]) if re.fullmatch(r"\d{1,2}", t)), 0)
        if day and year:
            return _day(year, month, day)
        if day and near:
            days = [d for y in (near.year - 1, near.year, near.year + 1) if (d := _day(y, month, day))]
            return min(days, key=lambda d: abs(d - near), default=None)
    return None


def _day(year: int, month: int, day: int) -> datetime.date | None:
    try:
        return datetime.date(year, month, day)
    except ValueError:
        return None


@lru_cache
def _months(language: str) -> dict[str, int]:
    """The names of the months in English and in `language`, folded."""
    found: dict[str, int] = {}
    for tag in dict.fromkeys(("en", language)):
        try:
            months = Locale.parse(tag, sep="-").months
        except (UnknownLocaleError, ValueError):
            continue
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                found |= {fold(name).rstrip("."): number for number, name in months[form][width].items() if fold(name).rstrip(".").isalpha()}
    return found | {"sept": 9}


def near_copies(article: Article, corpus: Corpus) -> list[tuple[Article, float]]:
    """The other articles that share at least NEAR_COPY of the 3-word runs of the shorter one, and which share that is, the most alike first."""
    own = shingles(article.text)
    shares = []
    for other in corpus.articles.values():
        theirs = shingles(other.text)
        if other.id != article.id and own and theirs:
            share = len(own & theirs) / min(len(own), len(theirs))
            if share >= NEAR_COPY:
                shares.append((other, share))
    return sorted(shares, key=lambda found: (-found[1], found[0].id))
