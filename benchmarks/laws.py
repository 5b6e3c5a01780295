"""The laws that every answer and everything that is shown of it must keep, whatever was asked. Read from outside: files, schema, Discord's rules."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

import jsonschema

from bot import preview, render
from bot.answer import Answer
from bot.assistant import Assistant
from bot.chat import Chat
from bot.discord_message import Titles, message
from bot.discord_views import layout
from bot.presence import check
from bot.redact import redacted
from bot.verify import verify

MOST_QUOTES, MOST_CHARACTERS, SHARE = 6, 1800, 3
DISCORD_CHARACTERS, DISCORD_COMPONENTS, DISCORD_LABEL, DISCORD_CHOICE, DISCORD_ID = 4000, 40, 80, 100, 100
RARELY = 16
"""One question in so many is put to the slower and rarer front ends too."""
_ROOT = Path(__file__).parents[1]
_SCHEMA = _ROOT / "tests" / "data" / "answer.schema.json"
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff\U000e0000-\U000e0fff]")
"""What a question must not carry on: control, bidi and zero-width characters, lone surrogates."""
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\ud800-\udfff]")
"""What must not reach a terminal; isolates are the renderer's own."""
_SGR = re.compile(r"\x1b\[[0-9;]*m")
_ESCAPED = re.compile(r"\\[^0-9A-Za-z\s]")
_MASKED = re.compile(r"\[(?P<name>[^\[\]\n]+)\]\((?P<url>[^()\s<>]+)\)")
_ALIVE = re.compile(r"<(?:@[!&]?|#|:\w+:|a:\w+:|t:|id:|/)|@(?:everyone|here)|https?://|discord(?:\.gg|(?:app)?\.com/invite)/|\]\(|```|\|\||~~|__")
"""What Discord makes something of: mentions, emoji, times, addresses, invitations, links, code, spoilers."""
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
_TAGS = frozenset("html head meta title style body main div span hr blockquote ul ol li strong em u s code a br h1 h2 h3 details summary".split())
_ATTRIBUTES = frozenset("lang charset name content http-equiv class dir href rel start style".split())


class Laws:
    """Checks answers of one assistant.

    What was looked at once is not looked at again where it comes again letter by letter: rows of a terminal and parts of a message
    are drawn each by itself.
    """

    def __init__(self, assistant: Assistant) -> None:
        self._assistant, self._titles = assistant, Titles(assistant.faq)
        schema = json.loads(_SCHEMA.read_text(encoding="utf-8"))
        checks = jsonschema.FormatChecker()
        self._whole = jsonschema.Draft202012Validator(schema, format_checker=checks)
        self._quote = jsonschema.Draft202012Validator({"$ref": "#/$defs/quote", "$defs": schema["$defs"]}, format_checker=checks)
        self._texts = {path.stem: path.read_bytes().decode().partition("\n---\n")[2] for path in assistant.settings.corpus.glob("*.md")}
        self._addresses = {a.url for a in assistant.corpus.articles.values() if a.url}
        self._seen: set[tuple[str, int]] = set()
        self.status = self.receipt = ""
        """Of the last answer."""

    def faults(self, question: str, number: int = 0) -> Iterator[str]:
        """What is unlawful about the answer to a question, each as `law: what`; an exception is unlawful too."""
        try:
            self.status = self.receipt = "none"
            answer = self._assistant.ask(question)
            self.status, self.receipt = str(answer.status), answer.receipt
            yield from self.of(answer, question)
            if number % RARELY == 0:
                yield from self._rare(question)
        except Exception as error:
            yield f"never an exception: {type(error).__name__}: {error}"

    def of(self, answer: Answer, question: str) -> Iterator[str]:
        """What is unlawful about an answer and its renderings."""
        record = answer.as_json
        written = json.dumps(record, ensure_ascii=False)
        yield from self._schema(record)
        yield from self._json(record, written)
        yield from self._quotes(record)
        yield from self._terminal(answer)
        yield from self._discord(answer)
        if unseen := _UNSEEN.search(answer.question):
            yield f"shown: the question has U+{ord(unseen[0]):04X}"

    def _new(self, kind: str, value: object) -> bool:
        """Whether something is seen for the first time."""
        key = (kind, hash(value))
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _schema(self, record: dict[str, Any]) -> Iterator[str]:
        for quote in (*record["quotes"], *record["nearest"]):
            if self._new("quote", json.dumps(quote)):
                yield from (f"schema: {error.json_path}: {error.message}" for error in self._quote.iter_errors(quote))
        rest = {**record, "quotes": [], "nearest": [], "question": str(record["question"])[:1], "receipt": "0" * 16}
        if self._new("rest", json.dumps(rest)):
            yield from (f"schema: {error.json_path}: {error.message}" for error in self._whole.iter_errors(rest))
        status, reason = record["status"], record["reason"]
        if (status == "answered") != bool(record["quotes"]) or (status == "nearest") != bool(record["nearest"]) or (status == "answered") != (reason is None):
            yield f"schema: status {status}, reason {reason}, {len(record['quotes'])} quotes, {len(record['nearest'])} nearest"
        if (reason == "not_mentioned") > bool(record["absent"]):
            yield "schema: not_mentioned without a name"

    def _json(self, record: dict[str, Any], written: str) -> Iterator[str]:
        if "\n" in written or json.loads(written.encode()) != record:
            yield "json: not one line of UTF-8 that is read as it was written"
        verdict = verify(record, self._assistant.corpus)
        if not verdict.exact:
            yield f"verify: {verdict}"

    def _quotes(self, record: dict[str, Any]) -> Iterator[str]:
        shown = [*record["quotes"], *record["nearest"]]
        if not self._new("quotes", json.dumps(shown)):
            return
        if [q["n"] for q in shown] != list(range(1, len(shown) + 1)):
            yield "quotable: not numbered from 1"
        if len(shown) > MOST_QUOTES or (len(shown) > 1 and sum(len(q["text"]) for q in shown) > MOST_CHARACTERS):
            yield f"little: {len(shown)} quotes, {sum(len(q['text']) for q in shown)} characters"
        for quote in [*shown, *(relay for q in shown for relay in q["relayed_by"])]:
            name, start, end = quote["article"], quote["start"], quote["end"]
            if quote["text"] != self._texts[name][start:end] or not quote["text"]:
                yield f"verbatim: {name}[{start}:{end}]"
            article = self._assistant.corpus.articles[name]
            if article.is_furniture(start, end):
                yield f"quotable: {name}[{start}:{end}] is page furniture"
        for name, text in self._texts.items():
            used = [q for q in shown if q["article"] == name]
            if (
                len(used) > 1
                and SHARE * sum(q["end"] - q["start"] for q in used) > len(text)
                and not all(q["role"] in ("caveat", "other_side") for q in used[1:])
            ):
                yield f"little: more than a third of {name}"

    def _terminal(self, answer: Answer) -> Iterator[str]:
        rows = tuple(render.rows(answer))
        if not self._new("rows", rows):
            return
        text = render.plain(rows)
        lines = [line.removeprefix("› ") for line in text.split("\n") if line.startswith("› ")]
        quotes = answer.quotes or answer.nearest
        if lines != [line for q in quotes for line in q.span.text.split("\n") if line.strip()]:
            yield "verbatim: the terminal shows other quotes"
        drawn = [render.terminal([row], 60, colour=True) for row in rows if self._new("row", row)]
        for piece in (text, *(_SGR.sub("", row) for row in drawn), render.plain(render.rows(answer, numbered=True))):
            if found := _CONTROL.search(piece):
                yield f"terminal: U+{ord(found[0]):04X} reaches it"
        for found in _ADDRESS.finditer(text):
            if not any(found[0] in q.span.text for q in quotes):
                yield f"no foreign link: {found[0]} on the terminal"

    def _discord(self, answer: Answer) -> Iterator[str]:
        sent: list[dict[str, Any]] = layout(message(answer, "en", asked=True, private=True)).to_components()  # type: ignore[no-untyped-call]
        found = list(_nested(sent))
        texts = [c["content"] for c in found if "content" in c]
        words = texts + [c[key] for c in found for key in ("label", "placeholder", "description", "value") if c.get(key)]
        characters = sum(_units(text) for text in texts + [c[key] for c in found for key in ("label", "placeholder", "description") if c.get(key)])
        if characters > DISCORD_CHARACTERS or sum("type" in c for c in found) > DISCORD_COMPONENTS:
            yield f"discord: {characters} characters, {len(found)} components"
        for component in found:
            label = component.get("label")
            most = DISCORD_LABEL if component.get("type") == 2 else DISCORD_CHOICE
            if (label is not None and not 1 <= _units(label) <= most) or _units(component.get("custom_id", "x")) > DISCORD_ID or component.get("content") == "":
                yield f"discord: {component}"
            if not 1 <= _units(component.get("value", "x")) <= DISCORD_CHOICE or _units(component.get("description") or "") > DISCORD_CHOICE:
                yield f"discord: {component}"
            if "options" in component and len({o["value"] for o in component["options"]}) != len(component["options"]):
                yield "discord: two options with one value"
        for text in words:
            if self._new("text", text) and (unseen := re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u206f\ud800-\udfff]", text)):
                yield f"discord: U+{ord(unseen[0]):04X} is sent"
        for component in (inner for outer in sent for inner in outer["components"]):
            if self._new("component", json.dumps(component)):
                yield from self._lively(component.get("content", ""))
                yield from self._page(preview.page([component], "?"))
        yield from self._page(preview.page([], answer.question))

    def _lively(self, markdown: str) -> Iterator[str]:
        """What Discord would make something of that is not the bot's own: bold labels, quotes and links to the articles."""
        plain = _ESCAPED.sub("\ue000", markdown)
        for link in _MASKED.finditer(plain):
            if not self._own(link["url"]):
                yield f"no foreign link: {link[0]}"
        if found := _ALIVE.search(_MASKED.sub("", plain)):
            yield f"no ping: {found[0]!r} in {markdown!r}"

    def _own(self, url: str) -> bool:
        return urldefrag(url).url in {urldefrag(address).url for address in self._addresses}

    def _page(self, page: str) -> Iterator[str]:
        read = _Page()
        read.feed(page)
        read.close()
        yield from read.faults
        yield from (f"no foreign link: {url} on the page" for url in read.addresses if not self._own(url))

    def _rare(self, question: str) -> Iterator[str]:
        """The menus of Discord, the chat, what is kept, what is suggested while somebody types."""
        for finding in check(question, self._assistant):
            for span, around in finding.places:
                if span.text != self._texts[span.article.id][span.start : span.end] or not around.holds(span):
                    yield "verbatim: what was checked"
        kept = redacted(question)
        if "@" in kept or re.search(r"\d{5}", kept) or redacted(kept) != kept:
            yield f"kept: {kept!r}"
        if found := _CONTROL.search(render.plain(Chat(self._assistant).rows(question))):
            yield f"terminal: U+{ord(found[0]):04X} in the chat"
        if any(not 1 <= _units(title) <= DISCORD_CHOICE for title in self._titles.suggest(question, "en")):
            yield "discord: a suggestion that it does not take"


def _units(text: str) -> int:
    """UTF-16 units."""
    return len(text) + sum(c > "\uffff" for c in text)


def _nested(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for component in components:
        yield component
        yield from _nested(component.get("components", []))
        yield from component.get("options", [])


class _Page(HTMLParser):
    """What a page has that could do anything."""

    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.addresses: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS or {name for name, _ in attrs} - _ATTRIBUTES:
            self.faults.append(f"page: <{tag} {attrs}>")
        self.addresses += [value or "" for name, value in attrs if name == "href"]
        if tag not in ("br", "hr", "meta"):
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"page: </{tag}> closes nothing")

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"page: <!--{data}-->")

    def unknown_decl(self, data: str) -> None:
        self.faults.append(f"page: <![{data}]>")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"page: <?{data}>")
