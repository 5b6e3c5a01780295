"""faq.yaml: questions, their phrasings, and pointers into the corpus. An entry holds no prose about the world."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from bot.cache import cached_text
from bot.corpus import Corpus, Span, find_quote
from bot.errors import FaqError, Problem, not_utf8
from bot.text import words
from bot.yaml_nodes import Node, Reader, parse

REVISION = 1
"""Part of the cache key: raise it when the packed form changes."""


class Role(StrEnum):
    """What a quote does in an answer."""

    ANSWER = "answer"
    CAVEAT = "caveat"
    CONTEXT = "context"
    EARLIER = "earlier"
    OTHER_SIDE = "other_side"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span that supports an entry's answer, and its role there."""

    span: Span
    role: Role


@dataclass(frozen=True, slots=True)
class Choice:
    """One next question that the asker may choose; `label` by language."""

    label: Mapping[str, str]
    ask: str


@dataclass(frozen=True, slots=True)
class AsksBack:
    """A question that the bot asks back, by choice, since the answer depends on it."""

    prompt: Mapping[str, str]
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One information need: how people phrase it, and the evidence that answers it."""

    id: str
    question: str
    aliases: Mapping[str, tuple[str, ...]]
    evidence: tuple[Evidence, ...]
    nearest: tuple[Span, ...] = ()
    known_unknown: bool = False
    """People ask it and no article says it: landing here is a refusal."""
    excluded: tuple[str, ...] = ()
    """Phrasings that must not land here (`not`)."""
    asks_back: AsksBack | None = None
    related: tuple[str, ...] = ()
    review_by: datetime.date | None = None
    line: int = 0

    @property
    def phrasings(self) -> list[tuple[str, str]]:
        """(language, phrasing) of the question and every alias; the question is taken as English."""
        return [("en", self.question), *((lang, alias) for lang, aliases in self.aliases.items() for alias in aliases)]

    def title(self, language: str) -> str:
        """How to show this entry to a reader of `language`: its first alias there, else the question."""
        return self.aliases[language][0] if language != "en" and self.aliases.get(language) else self.question


@dataclass(frozen=True, eq=False)
class Faq:
    """All entries, in the order of the file, and the hash of its bytes (None: no FAQ)."""

    entries: tuple[Entry, ...] = ()
    sha256: str | None = None
    path: Path | None = field(default=None)

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        """Each entry by its id."""
        return {entry.id: entry for entry in self.entries}


def phrasing_key(text: str) -> str:
    """What two phrasings share when they differ in case, accents or punctuation alone."""
    return " ".join(words(text)).casefold()


_REQUIRED = ("id", "question")
_OPTIONAL = ("aliases", "evidence", "nearest", "not", "asks_back", "related", "review_by")


def load_faq(path: Path, corpus: Corpus, cache_folder: Path | None = None) -> Faq:
    """Read faq.yaml against its corpus. Raises FaqError with all that is broken.

    What was read from the same bytes before is taken from `cache_folder`.
    """
    data = _bytes(path)
    sha256 = hashlib.sha256(data).hexdigest()
    key = hashlib.sha256(f"{REVISION} {corpus.sha256} {sha256}".encode()).hexdigest()[:24]
    try:
        return Faq(_unpacked(cached_text(cache_folder, f"faq-{key}", lambda: _packed(parse_faq(path, data, corpus)[0])), corpus), sha256, path)
    except (ValueError, KeyError, TypeError, IndexError):
        return Faq(parse_faq(path, data, corpus)[0], sha256, path)


def check_faq(path: Path, corpus: Corpus) -> tuple[Faq, list[Problem]]:
    """As `load_faq`, read anew, with its warnings."""
    data = _bytes(path)
    entries, problems = parse_faq(path, data, corpus)
    return Faq(entries, hashlib.sha256(data).hexdigest(), path), problems


def _packed(entries: tuple[Entry, ...]) -> str:
    def back(asks: AsksBack | None) -> object:
        return asks and [dict(asks.prompt), [[dict(c.label), c.ask] for c in asks.choices]]

    return json.dumps(
        [
            [e.id, e.question, {k: list(v) for k, v in e.aliases.items()}, [[*x.span.key, x.role] for x in e.evidence], [s.key for s in e.nearest],
             e.known_unknown, e.excluded, back(e.asks_back), e.related, e.review_by and e.review_by.isoformat(), e.line]
            for e in entries
        ],
        ensure_ascii=False,
    )  # fmt: skip


def _unpacked(text: str, corpus: Corpus) -> tuple[Entry, ...]:
    def span(article: str, start: int, end: int) -> Span:
        return Span(corpus.articles[article], start, end)

    return tuple(
        Entry(
            name, question, {k: tuple(v) for k, v in aliases.items()}, tuple(Evidence(span(*place), Role(role)) for *place, role in evidence),
            tuple(span(*place) for place in nearest), unknown, tuple(excluded),
            AsksBack(asks[0], tuple(Choice(label, ask) for label, ask in asks[1])) if asks else None,
            tuple(related), datetime.date.fromisoformat(review) if review else None, line,
        )
        for name, question, aliases, evidence, nearest, unknown, excluded, asks, related, review, line in json.loads(text)
    )  # fmt: skip


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FaqError(
            [
                Problem(
                    str(path),
                    0,
                    0,
                    f"cannot be read: {error.strerror}",
                    mend="to begin a FAQ: bot --faq FILE faq add; name another with --faq or BOT_FAQ; `--faq none` runs without one",
                )
            ]
        ) from None


def parse_faq(path: Path, data: bytes, corpus: Corpus, *, together: bool = True) -> tuple[tuple[Entry, ...], list[Problem]]:
    """The entries in the bytes of a faq.yaml and their warnings. Raises FaqError with all that is broken.

    Without `together`, what only shows when entries stand side by side is not looked at.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FaqError([not_utf8(path, error)]) from None
    root, problems = parse(text, str(path))
    reader = Reader(str(path), problems)
    entries: list[Entry] = []
    if root is not None:
        for where, node in reader.items(root, "entries"):
            entry = _entry(reader, node, where, corpus)
            if entry:
                entries.append(entry)
        if together:
            _check_together(reader, entries, root)
    if any(not p.warning for p in problems):
        raise FaqError(problems)
    return tuple(entries), problems


def _entry(reader: Reader, node: Node, where: str, corpus: Corpus) -> Entry | None:
    fields = reader.mapping(node, where, required=_REQUIRED, optional=_OPTIONAL)
    entry_id, question = reader.text(fields.get("id"), f"{where}.id"), reader.text(fields.get("question"), f"{where}.question")
    if not isinstance(node.value, dict):
        return None
    name = entry_id or where
    if entry_id and not all(c.isascii() and (c.islower() or c.isdigit() or c == "-") for c in entry_id):
        reader.problem(fields["id"], f"{where}.id", f"{entry_id!r} is no id", "use a-z, 0-9 and -")
    if entry_id and len(entry_id) > 60:
        reader.problem(fields["id"], f"{where}.id", "longer than 60 characters", "shorten it: it is part of button ids")
    if ("evidence" in fields) == ("nearest" in fields):
        reader.problem(_named(node), name, "needs either `evidence` (it answers) or `nearest` (a known unknown)", "keep one of the two")
    evidence = [e for at, item in reader.items(fields.get("evidence"), f"{name}.evidence") if (e := _evidence(reader, item, at, corpus))]
    evidence_node = fields.get("evidence")
    if evidence_node and not evidence_node.value:
        reader.problem(evidence_node, f"{name}.evidence", "empty: an answer needs a quote", "add one, or write `nearest: []` for a known unknown")
    nearest = [s for at, item in reader.items(fields.get("nearest"), f"{name}.nearest") if (s := find_quote(corpus, reader, item, at)[0])]
    return Entry(
        entry_id or "", question or "", _aliases(reader, fields.get("aliases"), f"{name}.aliases"), tuple(evidence), tuple(nearest), "nearest" in fields,
        tuple(_texts(reader, fields.get("not"), f"{name}.not")), _asks_back(reader, fields.get("asks_back"), f"{name}.asks_back"),
        tuple(_texts(reader, fields.get("related"), f"{name}.related")), reader.date(fields.get("review_by"), f"{name}.review_by"), node.line,
    )  # fmt: skip


def _named(node: Node) -> Node:
    """The part of an entry by which people know it: its id, else its question, else all of it."""
    fields = node.value if isinstance(node.value, dict) else {}
    return fields.get("id") or fields.get("question") or node


def _texts(reader: Reader, node: Node | None, where: str) -> list[str]:
    return [text for at, item in reader.items(node, where) if (text := reader.text(item, at))]


def _evidence(reader: Reader, node: Node, where: str, corpus: Corpus) -> Evidence | None:
    span, fields = find_quote(corpus, reader, node, where, extra=("role",))
    role = reader.text(fields.get("role"), f"{where}.role") if "role" in fields else Role.ANSWER
    if role is not None and role not in list(Role):
        reader.problem(fields["role"], f"{where}.role", f"no role {role!r}", f"roles: {', '.join(Role)}")
        return None
    if span:
        _whole(reader, fields["quote"], f"{where}.quote", span)
    return Evidence(span, Role(role)) if span and role else None


def _whole(reader: Reader, node: Node, where: str, span: Span) -> None:
    """A warning where a quote begins or ends inside a sentence: what was cut off may have been a hedge."""
    article = span.article
    touched = article.sentences_of(span.start, span.end)
    if touched:
        first, last = article.sentences[touched[0]], article.sentences[touched[-1]]
        before, after = (any(c.isalnum() for c in article.text[a:b]) for a, b in ((first.start, span.start), (span.end, last.end)))
        if before or after:
            edge = "begins and ends" if before and after else "begins" if before else "ends"
            mend = f"take whole sentences: {json.dumps(article.text[first.start : last.end], ensure_ascii=False)}"
            reader.problem(node, where, f"{edge} inside a sentence", mend, warning=True)


def _aliases(reader: Reader, node: Node | None, where: str) -> dict[str, tuple[str, ...]]:
    if node is None or node.value is None:
        return {}
    languages = reader.mapping(node, where, optional=None)
    for language in languages:
        if not (2 <= len(language) <= 12 and language.replace("-", "").isalnum()):
            reader.problem(node.keys[language], where, f"{language!r} is no language tag", "use tags such as en, es, pt-BR")
    return {language: tuple(_texts(reader, texts, f"{where}.{language}")) for language, texts in languages.items()}


def _asks_back(reader: Reader, node: Node | None, where: str) -> AsksBack | None:
    if node is None or node.value is None:
        return None
    fields = reader.mapping(node, where, required=("prompt", "choices"))
    choices = []
    for at, item in reader.items(fields.get("choices"), f"{where}.choices"):
        choice = reader.mapping(item, at, required=("label", "ask"))
        ask = reader.text(choice.get("ask"), f"{at}.ask")
        if ask:
            choices.append(Choice(_by_language(reader, choice.get("label"), f"{at}.label"), ask))
    return AsksBack(_by_language(reader, fields.get("prompt"), f"{where}.prompt"), tuple(choices))


def _by_language(reader: Reader, node: Node | None, where: str) -> dict[str, str]:
    if node is None:
        return {}
    fields = reader.mapping(node, where, required=("en",), optional=None)
    return {language: text for language, item in fields.items() if (text := reader.text(item, f"{where}.{language}"))}


def _check_together(reader: Reader, entries: list[Entry], root: Node) -> None:
    """What only shows when entries stand side by side: repeated ids, aliases claimed twice, links that lead nowhere."""
    nodes = [n for n in root.value if isinstance(n, Node) and isinstance(n.value, dict)] if isinstance(root.value, list) else []
    ids: dict[str, int] = {}
    claimed: dict[str, str] = {}
    for entry, node in zip(entries, nodes, strict=True):
        if entry.id in ids:
            reader.problem(_named(node), entry.id, f"a second entry with the id {entry.id!r} (the first is on line {ids[entry.id]})", "rename one of them")
        ids.setdefault(entry.id, node.line)
        for where, place in _phrasing_nodes(node):
            key = phrasing_key(str(place.value))
            if not key:
                reader.problem(place, f"{entry.id}.{where}", "holds no word", "write a question", warning=True)
            elif claimed.setdefault(key, entry.id) != entry.id:
                reader.problem(place, f"{entry.id}.{where}", f"{place.value!r} is also a phrasing of {claimed[key]!r}", "keep it in the entry that answers it")
    for entry, node in zip(entries, nodes, strict=True):
        links = node.value.get("related") if isinstance(node.value, dict) else None
        for link in links.value if links and isinstance(links.value, list) else ():
            if isinstance(link.value, str) and link.value not in ids:
                reader.problem(link, f"{entry.id}.related", f"no entry {link.value!r}", "use the id of an entry of this file")


def _phrasing_nodes(node: Node) -> list[tuple[str, Node]]:
    """(name, node) of each phrasing of one entry that is text."""
    fields = node.value if isinstance(node.value, dict) else {}
    found = [("question", fields["question"])] if "question" in fields else []
    aliases = fields.get("aliases")
    if aliases and isinstance(aliases.value, dict):
        for language, texts in aliases.value.items():
            if isinstance(texts.value, list):
                found += [(f"aliases.{language}[{i}]", item) for i, item in enumerate(texts.value)]
    return [(where, item) for where, item in found if isinstance(item.value, str)]
