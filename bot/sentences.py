"""Sentence and paragraph boundaries of any text, as offsets; the text itself is never changed or copied."""

from __future__ import annotations

import itertools
import re

_BULLET = re.compile(r"[^\S\n]*(?:[•◦▪●‣*–—-]|\(?\d{1,2}[.)](?=[^\S\n])|\(?[a-z][.)](?=[^\S\n]))[^\S\n]+")
_END = re.compile(r"""(?P<mark>[.!?…]+|[。！？｡؟۔।॥]+)(?P<close>["'”’»›)\]」』]*)(?P<space>\s*)""")
_OPENERS = "\"'“‘«‹([¿¡「『"
ABBREVIATIONS = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "sr",
        "jr",
        "st",
        "gen",
        "col",
        "lt",
        "sgt",
        "capt",
        "rep",
        "sen",
        "gov",
        "pres",
        "hon",
        "rev",
        "fr",
        "inc",
        "ltd",
        "co",
        "corp",
        "dept",
        "univ",
        "est",
        "approx",
        "ca",
        "cf",
        "vs",
        "etc",
        "e.g",
        "i.e",
        "eg",
        "ie",
        "al",
        "no",
        "nos",
        "vol",
        "pp",
        "p",
        "fig",
        "figs",
        "sec",
        "ch",
        "art",
        "para",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "sept",
        "oct",
        "nov",
        "dec",
        "mt",
        "ft",
        "u.s",
        "u.k",
        "u.n",
        "e.u",
        "d.c",
        "a.m",
        "p.m",
    ]
)
_SENTENCE_LIMITED = frozenset(["etc", "inc", "ltd", "co", "corp", "a.m", "p.m", "u.s", "u.k", "u.n", "e.u", "d.c", "sr", "jr", "al", "st", "dec"])
"""Abbreviations that often end a sentence: a capital after them begins a new one."""
WRAPPED_AT = 60
"""Lines of a block that are all at least this long, the last apart, are taken as wrapped by an editor."""


def blocks(text: str) -> list[tuple[int, int]]:
    """The paragraphs of `text` as (start, end): runs of lines between blank lines, without outer whitespace."""
    found: list[tuple[int, int]] = []
    at = 0
    start = end = -1
    for line in text.split("\n"):
        inner = line.strip()
        if inner:
            begin = at + line.index(inner[0])
            start = begin if start < 0 else start
            end = begin + len(inner)
        elif start >= 0:
            found.append((start, end))
            start = -1
        at += len(line) + 1
    return [*found, (start, end)] if start >= 0 else found


def sentences(text: str) -> list[tuple[int, int]]:
    """The sentences of `text` as (start, end), in order, apart, outer whitespace and list bullets left out."""
    found: list[tuple[int, int]] = []
    for start, end in blocks(text):
        for line_start, line_end in _lines(text, start, end):
            bullet = _BULLET.match(text, line_start, line_end)
            if bullet and bullet.end() < line_end:
                line_start = bullet.end()
            found += _cut(text, line_start, line_end)
    return found


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The lines of a block, those that continue the line before joined to it."""
    ends = [m.start() for m in re.finditer("\n", text[start:end])]
    edges = [0, *(e + 1 for e in ends), end - start + 1]
    raw = [(start + a, min(start + b - 1, end)) for a, b in itertools.pairwise(edges)]
    raw = [(a, b) for a, b in raw if text[a:b].strip()]
    wrapped = len(raw) > 1 and all(b - a >= WRAPPED_AT for a, b in raw[:-1])
    joined: list[tuple[int, int]] = []
    for a, b in raw:
        if joined and not _BULLET.match(text, a, b) and (wrapped or _continues(text, *joined[-1], a)):
            joined[-1] = (joined[-1][0], b)
        else:
            joined.append((a, b))
    return joined


def _continues(text: str, start: int, end: int, after: int) -> bool:
    """True where the line that begins at `after` goes on with the sentence of text[start:end]."""
    before = text[start:end].rstrip()
    if _quotation_open(before):
        return True
    following = text[after:].lstrip()[:1]
    return following.islower() and not _END.search(before[-2:] + " ")


def _quotation_open(line: str) -> bool:
    curly = line.count("“") - line.count("”")
    angle = line.count("«") - line.count("»")
    return curly > 0 or angle > 0 or (line.count('"') % 2 == 1)


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of one line (or joined lines)."""
    found: list[tuple[int, int]] = []
    begin = start
    for match in _END.finditer(text, start, end):
        if match.end() >= end:
            break
        if _is_boundary(text, begin, match, end):
            _add(found, text, begin, match.start("space"))
            begin = match.end()
    _add(found, text, begin, end)
    return found


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    if piece.strip():
        found.append((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))


def _is_boundary(text: str, begin: int, match: re.Match[str], end: int) -> bool:
    mark = match["mark"]
    if mark[-1] in "。！？｡।॥":
        return True
    if not match["space"]:
        return False
    after = text[match.end() : min(end, match.end() + 40)]
    first = after.lstrip(_OPENERS + " ")[:1]
    if not first or first.islower() or not (first.isalnum() or after[0] in _OPENERS or first in "•$€£#@"):
        return False
    if mark == "." and not match["close"]:
        before = re.search(r"[^\s\"'“”‘’()\[\]«»]*$", text[begin : match.start()])
        word = before.group() if before else ""
        if not word and begin == match.start():
            return False
        key = word.lower()
        if key in ABBREVIATIONS:
            return key in _SENTENCE_LIMITED and first.isupper()
        if re.fullmatch(r"[^\W\d_]", word) and word.isupper() and text[begin : match.start()].strip() != word:
            return False  # an initial, as in J. Smith
        if re.fullmatch(r"(?:[^\W\d_]\.)+[^\W\d_]", word):
            return first.isupper()
        if re.fullmatch(r"\(?\d{1,3}(?:\.\d{1,3})*", word) and text[begin : match.start()].strip() == word:
            return False  # a list number, as in `1. The contract`
    return True
