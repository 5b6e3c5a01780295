"""A Discord message as a page or a picture: every word of it, and nothing that was smuggled into it."""

from __future__ import annotations

import os
import re
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import make_article
from hypothesis import example, given
from hypothesis import strategies as st
from upper import answers

from bot import browser, preview
from bot.corpus import Span
from bot.discord_message import Text, escaped, message, quoted, visible
from bot.errors import UsageError

TAGS = set("html head meta title style body main div span hr h1 h2 h3 ul ol li details summary blockquote strong em u s code a br".split())
"""Everything that a page is made of."""
VOID = {"meta", "hr", "br"}
HOSTILE = [
    "<script>alert(1)</script>",
    "</div></main><img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "[click](javascript:alert(1)) [click](data:text/html;base64,PHNjcmlwdD4=) [x](vbscript:x)",
    "[click](https://evil.example/) https://evil.example/ <https://evil.example/>",
    "</style><style>body{display:none}</style>",
    "@everyone <@123> <#4> <@&5>",
    "&lt;b&gt; &amp; &#x3c;script&#x3e;",
    "# heading\n> quote\n- item\n1. item\n-# small\n```\ncode\n```",
    "**bold** __under__ ~~gone~~ ||spoiler|| `code`",
    "\\[x\\](https://evil.example/)",
    "![x](https://evil.example/x.png)",
    "[a]: https://evil.example/\n[a]",
    '[x](https://evil.example/ "onclick=alert(1)")',
]
TEXTS = st.lists(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20), st.text("<>&\"'[]()*_~`\\/:#-+.1 \n@hx", max_size=20)), max_size=6).map("".join)


@dataclass
class Read(HTMLParser):
    """What a browser finds in a page."""

    page: str
    tags: list[str] = field(default_factory=list)
    attributes: list[tuple[str, str, str | None]] = field(default_factory=list)
    text: str = ""
    open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.feed(self.page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag in ("div", "li", "h1", "h2", "h3"):
            self.text += "\n"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data

    @property
    def links(self) -> list[str | None]:
        return [value for _, name, value in self.attributes if name == "href"]


def texts(*contents: str) -> list[dict[str, Any]]:
    return [{"type": 17, "accent_color": None, "components": [{"type": 10, "content": content} for content in contents]}]


def read(*contents: str, question: str = "?") -> Read:
    return Read(preview.page(texts(*contents), question))


def is_harmless(found: Read) -> bool:
    """True for a page of our own tags, closed in order, that runs and loads nothing."""
    names = {name for _, name, _ in found.attributes}
    return (
        set(found.tags) <= TAGS
        and found.open == []
        and names <= {"lang", "charset", "name", "content", "http-equiv", "class", "dir", "href", "rel", "start", "style", "title"}
    )


@given(TEXTS, TEXTS)
@example("\n".join(HOSTILE), "\n".join(HOSTILE))
def test_no_text_gets_out_of_its_place(raw: str, question: str) -> None:
    """Whatever stands in a message, also unescaped: only our tags, links to the web alone, and everything above it is as it was typed."""
    found = read(raw, raw, question=question)
    assert is_harmless(found)
    assert all(re.match(r"https?://", link or "") for link in found.links)
    assert found.tags.count("style") == found.tags.count("title") == 1
    assert f"/ask {question}".replace("\r\n", "\n").replace("\r", "\n") in found.text.replace("\r\n", "\n").replace("\r", "\n")


@given(TEXTS)
@example("\n".join(HOSTILE))
def test_a_quoted_text_is_shown_letter_by_letter_and_formats_nothing(text: str) -> None:
    """What the application escapes reaches the page as plain text in a quote: no link, no mention, no heading, no list."""
    found = read(quoted(text))
    assert is_harmless(found)
    assert found.links == []
    assert not {"strong", "em", "u", "s", "code", "h1", "ul", "ol"} & set(found.tags)
    assert ("span", "class", "mention") not in found.attributes
    plain = "\n".join(line.rstrip("\0") for line in visible(text).split("\n"))
    assert plain in found.text


@pytest.mark.parametrize("corpus", ["real", "other"])
def test_every_quote_of_every_gold_question_is_on_its_page(corpus: str) -> None:
    """Verbatim, and the only links are those of the articles."""
    for answer in answers(corpus):
        blocks = message(answer, "en")
        found = read(*(block.content for block in blocks if isinstance(block, Text)))
        spans = [quote.span for quote in answer.quotes or answer.nearest]
        assert is_harmless(found)
        assert all(visible(span.text) in found.text for span in spans)
        relays = [span for quote in answer.quotes or answer.nearest for span in quote.relayed_by]
        addresses = tuple(span.article.url or "-" for span in [*spans, *relays])
        assert all((link or "").startswith(addresses) for link in found.links)


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        ("**a** *b* _c_ __d__ ~~e~~ `f`", "<strong>a</strong> <em>b</em> <em>c</em> <u>d</u> <s>e</s> <code>f</code>"),
        ("-# small **a**", '<div class="line small" dir="auto">small <strong>a</strong></div>'),
        ("> one\n> two\nthree", '<blockquote><div class="line" dir="auto">one</div><div class="line" dir="auto">two</div></blockquote><div class="line" dir="auto">three</div>'),
        ("- one\n- two", '<ul><li dir="auto">one</li><li dir="auto">two</li></ul>'),
        ("3. one\n4. two", '<ol start="3"><li dir="auto">one</li><li dir="auto">two</li></ol>'),
        ("## two", '<h2 dir="auto">two</h2>'),
        ("[a](https://a.example/x?y=1#:~:text=b%20c)", '<a href="https://a.example/x?y=1#:~:text=b%20c" rel="noreferrer noopener">a</a>'),
        ("see https://a.example/x.", 'see <a href="https://a.example/x" rel="noreferrer noopener">https://a.example/x</a>.'),
        ("see https\\://a.example/x", "see https://a.example/x"),
        ("<@1> @everyone", '<span class="mention">&lt;@1&gt;</span> <span class="mention">@everyone</span>'),
        ("1\\. \\*a\\* \\> \\# \\-", "1. *a* &gt; # -"),
        ("#no >no -no", "#no &gt;no -no"),
        ("a\n\nb", '<div class="line" dir="auto">a</div><div class="line" dir="auto"><br></div><div class="line" dir="auto">b</div>'),
    ],
)  # fmt: skip
def test_text_is_formatted_as_discord_does(content: str, shown: str) -> None:
    """The formatting that the bot uses, and what would be a link or a ping."""
    assert shown in preview.page(texts(content), "?")


def test_each_kind_of_component_is_drawn() -> None:
    """Buttons by their style, menus with all their choices, sections with what stands beside them; one that is not known is named."""
    button = {"type": 2, "style": 4, "label": "Delete <b>", "custom_id": "x", "disabled": True, "emoji": {"name": "👍"}}
    link = {"type": 2, "style": 5, "label": "Article", "url": "https://a.example"}
    menu = {
        "type": 3,
        "custom_id": "y",
        "placeholder": "Ask next",
        "options": [{"label": "First?", "value": "1", "description": "<i>"}, {"label": "Second?", "value": "2"}],
    }
    chosen = {"type": 3, "custom_id": "z", "placeholder": "unseen", "options": [{"label": "Third?", "value": "3", "default": True}]}
    inner = [
        {"type": 9, "components": [{"type": 10, "content": "beside"}], "accessory": link},
        {"type": 14, "divider": False, "spacing": 2},
        {"type": 1, "components": [button]},
        {"type": 1, "components": [menu, chosen]},
        {"type": 5},
    ]
    page = preview.page([{"type": 17, "accent_color": 255, "spoiler": False, "components": inner}], "?")
    found = Read(page)
    assert is_harmless(found)
    for piece in ("beside", "👍 Delete <b>", "Article", "Ask next", "First?", "<i>", "Second?", "Third?", "component of type 5"):
        assert piece in found.text
    assert "unseen" not in found.text
    for piece in ('class="button danger off"', 'class="button link"', 'class="wide none"', "#0000ff"):
        assert piece in page


def test_the_page_is_whole_and_loads_nothing(tmp_path: Path) -> None:
    """One file; its policy forbids every source, and there is none in it."""
    preview.save(texts("a"), "Is it?", tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert not re.search(r"src=|url\(|@import|<link|<script", page)
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


@pytest.mark.parametrize(("name", "line"), [("a.gif", "name a file that ends in .html or .png"), ("none/a.html", "cannot be written: No such file")])
def test_what_cannot_be_written_is_told_in_one_line(tmp_path: Path, name: str, line: str) -> None:
    with pytest.raises(UsageError, match=line):
        preview.save(texts("a"), "?", tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_without_a_browser_a_picture_is_refused_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line says what is missing and what works without it; nothing is written."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match=r"needs Chromium or Chrome.*\.html"):
        preview.save(texts("a"), "?", tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_browser_that_fails_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name which ends at once: one line that names it."""
    (tmp_path / "chromium").write_text("#!/bin/sh\necho no display, says a test >&2\nexit 1\n")
    (tmp_path / "chromium").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(UsageError, match=rf"{tmp_path}/chromium ended before it had drawn the picture.*: no display, says a test$"):
        preview.save(texts("a"), "?", tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


@pytest.mark.skipif(not browser.find(), reason="no Chromium or Chrome on this machine")
def test_the_picture_is_as_wide_as_the_page_and_as_high_as_its_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real browser draws it; more text makes it higher; the browser is gone afterwards, and its folder too."""
    sizes, temporary = [], tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    for lines in (1, 200):
        preview.save(texts("\n".join(["> line"] * lines)), "?", tmp_path / "a.png")
        content = (tmp_path / "a.png").read_bytes()
        assert content.startswith(b"\x89PNG\r\n\x1a\n")
        sizes.append(struct.unpack(">II", content[16:24]))
    (width, low), (same, high) = sizes
    assert width == same == preview.WIDTH
    assert high > low + 199 * 16
    assert list(temporary.iterdir()) == []


def test_an_articles_text_is_escaped_once() -> None:
    """A name in an article that looks like formatting comes out of the page as it stands in the article."""
    span = Span(make_article("The *Lady_Tamsa* [sails](https://x.example)."), 0, 44)
    assert span.text in read(escaped(span.text)).text
