"""A Discord message as a page or a picture that looks as members would see it, without Discord and without the network.

It takes the payload that is sent (Components V2, a list of dicts) and draws what the program uses: containers, texts, lines,
sections, buttons and select menus (closed; a click on the page opens them). Formatting is read line by line: bold, italics, underlined, struck out, code, links,
mentions, headings, small print, quotes and lists; formatting that runs on over several lines is not.
"""

from __future__ import annotations

import contextlib
import html
import itertools
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from bot import browser
from bot.errors import UsageError

Component = Mapping[str, Any]
PAGE, PICTURE = ".html", ".png"
WIDTH = 640
"""Of the page and the picture, in pixels."""
_ACTION_ROW, _BUTTON, _SELECT, _SECTION, _TEXT, _SEPARATOR, _CONTAINER = 1, 2, 3, 9, 10, 14, 17
_BUTTON_STYLES = {1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link"}
_WEB = ("https://", "http://")
_BARE = re.compile(r"<(?P<quiet>https?://[^\s<>]+)>|(?P<url>https?://[^\s<]*[^\s<.,:;\"')\]])|(?P<mention><(?:@[!&]?|#)\d+>|@everyone|@here)")
"""What Discord makes a link or a mention of without further marks."""
_ITEM = re.compile(r"\s*(?:[-*]|(?P<number>\d+)\.)\s+(?P<text>\S.*)")
_HEADING = re.compile(r"(?P<level>#{1,3})\s+(?P<text>\S.*)")
_SMALL = re.compile(r"-#\s+(?P<text>\S.*)")
_QUOTE = re.compile(r">\s(?P<text>.*)")
_STYLE = """
:root { color-scheme: dark }
body { margin: 0; background: #313338; color: #dbdee1; font: 16px/1.375 "gg sans", "Noto Sans", "Helvetica Neue", Helvetica, Arial, sans-serif }
main { display: flex; gap: 16px; box-sizing: border-box; max-width: 640px; padding: 16px }
.avatar { flex: none; width: 40px; height: 40px; border-radius: 50%; background: #5865f2 }
.message { flex: 1; min-width: 0 }
.asked { margin-bottom: 2px; color: #b5bac1; font-size: 14px }
.author { font-weight: 500; color: #f2f3f5 }
.app { margin-inline-start: 4px; padding: 1px 5px; border-radius: 4px; background: #5865f2; color: #fff; font-size: 10px; font-weight: 600; vertical-align: 2px }
.container { margin-top: 4px; padding: 16px; border: 1px solid #3f4147; border-radius: 8px; background: #2b2d31 }
.container > * + * { margin-top: 8px }
.line, li, h1, h2, h3 { white-space: break-spaces; overflow-wrap: anywhere }
.small { color: #949ba4; font-size: 13px }
h1, h2, h3 { margin: 8px 0 4px; color: #f2f3f5; line-height: 1.375 }
h1 { font-size: 24px } h2 { font-size: 20px } h3 { font-size: 16px }
blockquote { margin: 2px 0; padding-inline-start: 12px; border-inline-start: 4px solid #4e5058; border-radius: 2px }
ul, ol { margin: 2px 0; padding-inline: 24px }
hr { height: 0; margin: 8px 0; border: 0; border-top: 1px solid #3f4147 } hr.wide { margin: 16px 0 } hr.none { border-color: transparent }
a { color: #00a8fc; text-decoration: none }
strong { font-weight: 700 } code { padding: 1px 4px; border-radius: 4px; background: #1e1f22; font-size: 14px }
.mention { padding: 0 2px; border-radius: 3px; background: #3c4270; color: #c9cdfb }
.section { display: flex; gap: 16px; justify-content: space-between; align-items: flex-start }
.row { display: flex; flex-wrap: wrap; gap: 8px }
.button { padding: 5px 16px; border-radius: 8px; color: #fff; font-size: 14px; font-weight: 500 }
.primary { background: #5865f2 } .secondary, .link { background: #4e5058 } .success { background: #248046 } .danger { background: #da373c } .off { opacity: .5 }
.link::after { content: " \\2197" }
.select { flex: 1; min-width: 240px; padding: 9px 12px; border: 1px solid #1e1f22; border-radius: 8px; background: #1e1f22; color: #949ba4 }
summary { display: flex; justify-content: space-between } summary::after { content: "\\2304" } .option { padding: 8px 0 0; color: #dbdee1; font-size: 14px }
"""


def page(components: Iterable[Component], question: str) -> str:
    """A message as HTML that loads nothing and runs nothing; `question` stands above it, as what was asked."""
    body = "".join(_component(component) for component in components)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{_text(question)}</title><style>{_STYLE}</style></head>\n"
        f'<body><main><div class="avatar"></div><div class="message"><div class="asked" dir="auto">/ask {_text(question)}</div>'
        f'<div><span class="author">bot</span><span class="app">APP</span></div>\n{body}</div></main></body></html>\n'
    )


def save(components: Iterable[Component], question: str, path: Path) -> None:
    """Write the page, or the picture of it, by the ending of `path`. Raises UsageError where that cannot be written or drawn."""
    if path.suffix not in (PAGE, PICTURE):
        raise UsageError(f"{path}: name a file that ends in {PAGE} or {PICTURE}")
    content = page(components, question)
    _write(path, content.encode() if path.suffix == PAGE else browser.picture(content, WIDTH))


def _write(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _text(text: object) -> str:
    return html.escape(str(text))


def _components(components: Iterable[Component]) -> str:
    return "".join(map(_component, components))


def _component(component: Component) -> str:
    kind = component["type"]
    inner = component.get("components", ())
    if kind == _TEXT:
        return f"<div>{''.join(_blocks(component['content'].split(chr(10))))}</div>"
    if kind == _SEPARATOR:
        classes = [name for name, holds in (("wide", component.get("spacing") == 2), ("none", component.get("divider") is False)) if holds]
        return f'<hr class="{" ".join(classes)}">'
    if kind == _CONTAINER:
        accent = component.get("accent_color")
        style = "" if accent is None else f' style="border-left: 4px solid #{int(accent):06x}"'
        return f'<div class="container"{style}>{_components(inner)}</div>\n'
    if kind == _SECTION:
        return f'<div class="section"><div>{_components(inner)}</div>{_component(component["accessory"])}</div>'
    if kind == _ACTION_ROW:
        return f'<div class="row">{_components(inner)}</div>'
    if kind == _BUTTON:
        style = _BUTTON_STYLES.get(component["style"], "secondary") + (" off" if component.get("disabled") else "")
        return f'<span class="button {style}" dir="auto">{_text(_label(component))}</span>'
    if kind == _SELECT:
        chosen = [_label(option) for option in component["options"] if option.get("default")] or [component.get("placeholder") or ""]
        options = "".join(map(_option, component["options"]))
        return f'<details class="select"><summary dir="auto">{_text(", ".join(chosen))}</summary>{options}</details>'
    return f'<div class="select">component of type {_text(kind)}</div>'


def _option(option: Component) -> str:
    description = f'<div class="small" dir="auto">{_text(option["description"])}</div>' if option.get("description") else ""
    return f'<div class="option"><div dir="auto">{_text(_label(option))}</div>{description}</div>'


def _label(component: Component) -> str:
    return " ".join(filter(None, ((component.get("emoji") or {}).get("name"), component.get("label"))))


def _blocks(lines: Sequence[str]) -> Iterator[str]:
    """The lines of a text as HTML blocks, each with its own direction, which its first strong character decides."""
    for kind, run in itertools.groupby(lines, _kind):
        if kind == "quote":
            inner = [found["text"] for line in run if (found := _QUOTE.fullmatch(line))]
            yield f"<blockquote>{''.join(_blocks(inner))}</blockquote>"
        elif kind in ("ul", "ol"):
            items = [found for line in run if (found := _ITEM.fullmatch(line))]
            start = f' start="{int(items[0]["number"])}"' if kind == "ol" else ""
            listed = "".join(f'<li dir="auto">{_inline(item["text"])}</li>' for item in items)
            yield f"<{kind}{start}>{listed}</{kind}>"
        else:
            yield from map(_line, run)


def _kind(line: str) -> str:
    if _QUOTE.fullmatch(line):
        return "quote"
    if item := _ITEM.fullmatch(line):
        return "ol" if item["number"] else "ul"
    return "line"


def _line(line: str) -> str:
    if small := _SMALL.fullmatch(line):
        return f'<div class="line small" dir="auto">{_inline(small["text"])}</div>'
    if heading := _HEADING.fullmatch(line):
        name = f"h{len(heading['level'])}"
        return f'<{name} dir="auto">{_inline(heading["text"])}</{name}>'
    return f'<div class="line" dir="auto">{_inline(line) or "<br>"}</div>'


def _inline(text: str) -> str:
    rendered: str = _MARKDOWN.renderInline(text)
    return rendered.rstrip("\n")


class _Renderer(RendererHTML):
    """Discord's own meaning of two underscores, and links that tell their target nothing."""

    def strong_open(self, tokens: Sequence[Token], index: int, _: OptionsDict, __: EnvType) -> str:
        return "<u>" if tokens[index].markup == "__" else "<strong>"

    def strong_close(self, tokens: Sequence[Token], index: int, _: OptionsDict, __: EnvType) -> str:
        return "</u>" if tokens[index].markup == "__" else "</strong>"

    def link_open(self, tokens: Sequence[Token], index: int, options: OptionsDict, _: EnvType) -> str:
        tokens[index].attrSet("rel", "noreferrer noopener")
        return self.renderToken(tokens, index, options, {})


def _markdown() -> MarkdownIt:
    """What Discord formats inside a line; everything else stays as it is written."""
    made = MarkdownIt("zero", renderer_cls=_Renderer).enable(["escape", "backticks", "strikethrough", "emphasis", "link"])
    made.core.ruler.before("text_join", "bare", _bare)  # before escaped characters are joined to their neighbours
    made.validateLink = lambda url: url.startswith(_WEB)  # type: ignore[method-assign]
    return made


def _bare(state: StateCore) -> None:
    """Makes links of bare addresses, and mentions of what would ping."""
    for token in state.tokens:
        inside, made = 0, list[Token]()
        for child in token.children or ():
            inside += child.nesting if child.type.startswith("link_") else 0
            made += [child] if inside or child.type != "text" else _found(child.content)
        token.children = made


def _found(text: str) -> Iterator[Token]:
    at = 0
    for found in _BARE.finditer(text):
        yield Token("text", "", 0, content=text[at : found.start()])
        at = found.end()
        address = found["quiet"] or found["url"]
        name, tag, attributes = ("link", "a", {"href": address}) if address else ("mention", "span", {"class": "mention"})
        yield Token(f"{name}_open", tag, 1, attrs=dict(attributes))
        yield Token("text", "", 0, content=address or found["mention"])
        yield Token(f"{name}_close", tag, -1)
    yield Token("text", "", 0, content=text[at:])


_MARKDOWN = _markdown()
