"""Links that open a web page at the quoted sentence: URL fragments with text directives.

Source: WICG "URL Fragment Text Directives" (https://wicg.github.io/scroll-to-text-fragment/): the first match wins, each
term lies inside one block, `-` `&` `,` inside a term are percent-encoded, long quotes are given by start and end.
"""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from bot.corpus import Span
from bot.text import fold

CONTEXT = 32
"""Characters of prefix and suffix that a citation carries (Web Annotation's TextQuoteSelector)."""
LONGEST_EXACT = 300
"""Characters; the specification advises start and end beyond it."""
_EDGE_WORDS = 6


def prefix(span: Span) -> str:
    """The text just before the span, up to CONTEXT characters."""
    return span.article.text[max(0, span.start - CONTEXT) : span.start]


def suffix(span: Span) -> str:
    """The text just after the span, up to CONTEXT characters."""
    return span.article.text[span.end : span.end + CONTEXT]


@lru_cache(maxsize=2048)
def link(span: Span) -> str | None:
    """The article's URL with a text directive that matches the span and nothing before it; None where there is no URL."""
    url = span.article.url
    if url is None:
        return None
    directive = _directive(span)
    if directive is None:
        return url
    return f"{url}{'' if '#' in url else '#'}:~:text={directive}"


def _encode(term: str) -> str:
    return quote(term, safe="").replace("-", "%2D")


def _squeeze(text: str) -> str:
    return " ".join(fold(text).split())


def _directive(span: Span) -> str | None:
    """`[prefix-,]start[,end]` for the span, checked to match there and nowhere else; None where no form does."""
    text, whole = span.text, _squeeze(span.article.text)
    end = len(_squeeze(span.article.text[: span.end]))
    start = end - len(_squeeze(text))
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if not lines:
        return None
    if len(lines) == 1 and len(text) <= LONGEST_EXACT:
        exact = " ".join(text.split())
        if _only_at(whole, _squeeze(text)) == start:
            return _encode(exact)
        before = span.article.text[: span.start].rstrip().rsplit("\n", 1)[-1].split()
        for count in range(1, min(8, len(before)) + 1):
            term = " ".join(before[-count:])
            if _only_at(whole, _squeeze(f"{term} {text}")) == start - len(_squeeze(term)) - 1:
                return f"{_encode(term)}-,{_encode(exact)}"
        return None
    first, last = lines[0].split(), lines[-1].split()
    for count in range(_EDGE_WORDS, max(len(first), len(last), _EDGE_WORDS) + 1):
        head, tail = " ".join(first[:count]), " ".join(last[-count:])
        after = start + len(_squeeze(head))
        if _only_at(whole, _squeeze(head)) == start and whole.find(_squeeze(tail), after) == end - len(_squeeze(tail)):
            return f"{_encode(head)},{_encode(tail)}"
    return None


def _only_at(whole: str, wanted: str) -> int | None:
    """Where `wanted` is in `whole`, overlaps counted; None where it is not there exactly once."""
    at = whole.find(wanted)
    return at if at >= 0 and whole.find(wanted, at + 1) < 0 else None
