"""A saved web page: what it says of itself in its own tags, and its article's text (by trafilatura, the extra `import`). Nothing is fetched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser

from bot.corpus import address_fault
from bot.errors import UsageError
from bot.text import HIDDEN, LONE_JOINER, SURROGATE

_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.I)
_HEAD = 4096
"""Bytes in which a page names its encoding."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?=$|[T ])")
_META = {
    "title": ("og:title", "twitter:title", "dc.title"),
    "publisher": ("og:site_name", "dc.publisher"),
    "author": ("author", "dc.creator"),
    "published": ("article:published_time", "datepublished", "dc.date.issued", "dc.date"),
    "updated": ("article:modified_time", "og:updated_time", "datemodified"),
    "url": ("og:url",),
}
"""The names of meta tags, by field, the likeliest first."""
_DEEPEST = 8
"""Lists and objects around a name; pages have two."""
_ARTICLE = re.compile(r"Article$|^(?:BlogPosting|Report)$")


def decoded(data: bytes) -> str:
    """The page's text in UTF-8 or in the encoding that it names. Raises UsageError where it is in neither."""
    named = _CHARSET.search(data[:_HEAD])
    for encoding in ("utf-8-sig", *([named[1].decode("ascii")] if named else [])):
        try:
            text = data.decode(encoding)
        except (ValueError, LookupError):
            continue
        if not SURROGATE.search(text):
            return text
    raise UsageError("neither UTF-8 nor in the encoding that the page names; save it as UTF-8")


def article_text(page: str) -> str:
    """The article's text, a blank line between paragraphs, list items below one another, tables left out.

    Raises UsageError without the extra, or where there is none.
    """
    try:
        import trafilatura
    except ImportError:
        raise UsageError("reading saved pages needs the extra `import`: pip install -e '.[import]', or save the article's text as .txt") from None
    found = trafilatura.extract(page, include_comments=False, include_tables=False)
    if not found:
        raise UsageError("no article found in the page; save the article's text as .txt")
    text = ""
    for line in str(found).split("\n"):
        if line.strip():
            listed = line.startswith("- ") and text.rpartition("\n")[2].startswith("- ")
            text += ("\n" if listed else "\n\n" if text else "") + line
    return text + "\n"


def fields(page: str) -> dict[str, tuple[str, str]]:
    """What the page's tags say: by field of the front matter, (value, the tag that says it); dates as YYYY-MM-DD."""
    tags = _Tags()
    tags.feed(page)
    tags.close()
    found: dict[str, tuple[str, str]] = {}
    for field, value, source in [*_from_meta(tags), *_from_records(tags), ("title", tags.title, "<title>")]:
        value = " ".join(LONE_JOINER.sub("", HIDDEN.sub("", value)).split())
        if field in ("published", "updated"):
            day = _DAY.match(value)
            value = day.group() if day else ""
        if field == "url" and address_fault(value):
            continue
        if value:
            found.setdefault(field, (value, source))
    if found.get("updated", ("",))[0] == found.get("published", ("",))[0]:
        found.pop("updated", None)
    return found


def _from_meta(tags: _Tags) -> Iterator[tuple[str, str, str]]:
    for field, names in _META.items():
        for name in names:
            if name in tags.meta:
                yield field, tags.meta[name], name
    yield "url", tags.canonical, "rel=canonical"
    yield "language", tags.language, "html lang"


def _from_records(tags: _Tags) -> Iterator[tuple[str, str, str]]:
    """What the page's JSON-LD says of the article."""
    for record in tags.records:
        kinds = record.get("@type")
        if not any(_ARTICLE.search(str(kind)) for kind in (kinds if isinstance(kinds, list) else [kinds])):
            continue
        for field, key in (
            ("title", "headline"),
            ("publisher", "publisher"),
            ("author", "author"),
            ("published", "datePublished"),
            ("updated", "dateModified"),
        ):
            yield field, ", ".join(_names(record.get(key))), f"JSON-LD {key}"


def _names(value: object, deep: int = 0) -> list[str]:
    if deep > _DEEPEST:
        return []
    if isinstance(value, list):
        return [name for item in value for name in _names(item, deep + 1)]
    if isinstance(value, dict):
        return _names(value.get("name"), deep + 1)
    return [value] if isinstance(value, str) else []


class _Tags(HTMLParser):
    """Collects meta tags, the title, the canonical address, the language and JSON-LD of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.title = self.canonical = self.language = ""
        self.records: list[dict[str, object]] = []
        self._inside = ""
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        if tag == "meta":
            name = given.get("property") or given.get("name") or given.get("itemprop") or ""
            self.meta.setdefault(name.casefold(), given.get("content", ""))
        elif tag == "html":
            self.language = self.language or given.get("lang", "")
        elif tag == "link" and given.get("rel", "").casefold() == "canonical":
            self.canonical = self.canonical or given.get("href", "")
        elif (tag == "title" and not self.title) or (tag == "script" and given.get("type", "").casefold() == "application/ld+json"):
            self._inside, self._text = tag, ""

    def handle_data(self, data: str) -> None:
        if self._inside:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag != self._inside:
            return
        self._inside = ""
        if tag == "title":
            self.title = self._text
            return
        try:
            record = json.loads(self._text)
        except (ValueError, RecursionError):
            return
        graph = record.get("@graph") if isinstance(record, dict) else None
        for item in (*(record if isinstance(record, list) else [record]), *(graph if isinstance(graph, list) else [])):
            if isinstance(item, dict):
                self.records.append(item)
