"""Whether words that somebody quotes are in the articles: letter by letter, differently, or not at all. Never whether they are true."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from rapidfuzz import fuzz

from bot.assistant import Assistant
from bot.compose import whole
from bot.corpus import Article, Span
from bot.text import WORD, terms, visible

FEWEST_WORDS = 4
"""Of what is looked for: fewer are in many texts by chance."""
MOST_LOOKED_FOR = 3
"""Passages of one message."""
MOST_PLACES = 3
"""Articles that are named for one passage."""
LONGEST = 2000
"""Characters of one passage; the rest is not looked for."""
ALIKE = 70.0
"""Likeness (rapidfuzz, 0 to 100) from which a wording is the same one, changed."""
SHARED = 0.5
"""Share of the content words of the shorter text that both must have besides."""
_SLACK = 40
"""Characters by which the place that is most alike may begin or end elsewhere than was found at first."""
_REACH = 10
"""Passages of the corpus that are searched for a changed wording."""
_QUOTED = re.compile(r"“([^“”]+)”|«([^«»]+)»|„([^„“”]+)[“”]|\"([^\"]+)\"|「([^「」]+)」")
_LINE_OF_QUOTE = re.compile(r"^>{1,3} ?", re.M)
_QUOTE_BLOCK = re.compile(r"^>{1,3} .*(?:\n>{1,3} .*)*", re.M)
_MARKUP = re.compile(r"\[([^\]\n]+)\]\(<?https?://[^)\s]*\)|https?://\S+|<(?:@[!&]?|#|a?:\w+:)\d+>|(?<!\\)(?:\*{1,3}|__|~~|\|\||`{1,3})|^(?:-# |#{1,3} )", re.M)
_ELLIPSIS = re.compile(r"\s*(?:\[(?:…|\.\.\.)\]|\((?:…|\.\.\.)\)|…|\.\.\.)\s*")
_ESCAPE = re.compile(r"\\([^\w\s])")
_EDGES = " \t\n\r\"'“”‘’«»„.,;:!?…-–—"
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")


class Presence(StrEnum):
    """How a passage stands in the articles; white space apart."""

    EXACT = "exact"
    DIFFERS = "differs"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, and whether the other text has it otherwise."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one passage: the places in the articles, and around each the whole sentences that may be shown."""

    passage: str
    presence: Presence
    places: tuple[tuple[Span, Span], ...] = ()
    """(what was found, the sentences that hold it), one place an article."""


def check(message: str, assistant: Assistant) -> tuple[Finding, ...]:
    """What a message quotes, each looked up in the articles; empty where it has too few words."""
    return tuple(look_up(passage, assistant) for passage in passages(message)[:MOST_LOOKED_FOR])


def passages(message: str) -> list[str]:
    """What to look for in a message: what it has between quotation marks, else in quoted lines, else all of it; formatting removed."""
    text = visible(message)
    lines = [_unmarked(_LINE_OF_QUOTE.sub("", block)) for block in _QUOTE_BLOCK.findall(text)]
    plain = _unmarked(_LINE_OF_QUOTE.sub("", text))
    marked = ["".join(groups) for groups in _QUOTED.findall(plain)]
    for found in (lines, marked, [plain]):
        long_enough = [piece for whole in found for piece in _ELLIPSIS.split(whole) if len(WORD.findall(piece)) >= FEWEST_WORDS]
        if long_enough:
            return list(dict.fromkeys(" ".join(piece.split())[:LONGEST] for piece in long_enough))
    return []


def _unmarked(text: str) -> str:
    """`text` without what Discord reads as formatting, links and mentions."""
    return _ESCAPE.sub(r"\1", _MARKUP.sub(lambda found: found[1] or "", text)).strip()


def look_up(passage: str, assistant: Assistant) -> Finding:
    """Where a passage is in the articles: letter by letter (outer punctuation apart), else where its wording is nearest."""
    articles = list(assistant.corpus.articles.values())
    for wanted in dict.fromkeys((passage, passage.strip(_EDGES))):
        places = [place for article in articles if (place := _exact(wanted, article))]
        if places:
            return Finding(passage, Presence.EXACT, tuple((span, _sentences(span)) for span in places[:MOST_PLACES]))
    near = dict.fromkeys(hit.span.article for hit in assistant.search(passage, _REACH))
    found = [place for article in near for place in _alike(passage, article)]
    if not found:
        return Finding(passage, Presence.ABSENT)
    best = max(found, key=lambda place: place[:2])[2]
    return Finding(passage, Presence.DIFFERS, ((best, _sentences(best)),))


def differences(one: str, other: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces, word by word: which of them the other has at its place, and which it has otherwise."""
    a, b = _TOKEN.findall(one), _TOKEN.findall(other)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        for pieces, tokens in ((left, a[i:j]), (right, b[k:m])):
            if tokens:
                pieces.append(Piece("".join(tokens), tag != "equal"))
    return left, right


def _exact(passage: str, article: Article) -> Span | None:
    """The first place where an article has these words; white space may differ, page furniture does not count."""
    if not passage:
        return None
    pattern = r"\s+".join(map(re.escape, passage.split()))
    for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", article.text):
        if not article.is_furniture(*match.span()):
            return Span(article, *match.span())
    return None


def _alike(passage: str, article: Article) -> Iterator[tuple[float, int, Span]]:
    """The sentences of an article that a passage is most like, with the likeness, where that is high enough."""
    wanted, text = _lowered(passage), _lowered(article.text)
    found = fuzz.partial_ratio_alignment(wanted, text, score_cutoff=ALIKE)
    if found is None:
        return
    start, end = _fitted(wanted, text, found.dest_start, found.dest_end)
    span = Span(article, start, end)
    if article.is_furniture(start, end) or not article.sentences_of(start, end):
        return
    a, b = set(terms(passage, article.language)), set(terms(span.text, article.language))
    if len(a & b) >= SHARED * min(len(a), len(b)) and a & b:
        yield found.score, -start, span


def _fitted(wanted: str, text: str, start: int, end: int) -> tuple[int, int]:
    """The run of whole words of `text`, beginning and ending near the given places, that is most like `wanted`."""
    low, high = max(start - _SLACK, 0), min(end + _SLACK, len(text))
    tokens = [(low + m.start(), low + m.end()) for m in _TOKEN.finditer(text[low:high]) if not m[0].isspace()]
    starts = [a for a, _ in tokens if abs(a - start) <= _SLACK]
    ends = [b for _, b in tokens if abs(b - end) <= _SLACK]
    return max(((a, b) for a in starts for b in ends if a < b), key=lambda place: (fuzz.ratio(wanted, text[slice(*place)]), place[0] - place[1]))


def _lowered(text: str) -> str:
    """`text` in lower case with straight quotation marks, each character at its place."""
    return "".join(low if len(low := c.lower()) == 1 else c for c in text).translate(_STRAIGHT)


_STRAIGHT = str.maketrans("“”„‘’\u00a0\n", '"""\'\' \u0020')


def _sentences(span: Span) -> Span:
    """The whole sentences that hold a span, and those that they must not be shown without."""
    sentences: Sequence[Span] = [span.article.sentences[i] for i in span.article.sentences_of(span.start, span.end)]
    if not sentences:
        return span
    start, end = min(span.start, sentences[0].start), max(span.end, sentences[-1].end)
    return whole(Span(span.article, start, end)) if not span.article.is_furniture(start, end) else span
