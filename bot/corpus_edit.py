"""Changes to the articles of a corpus: one added, given a new text, or removed, with what that means for the FAQ and for relations.yaml.

Everything is worked out first and read again as the program would read it; only what is sound is written, and only over files that are
still as they were read.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot import proposals
from bot.candidates import SAFE, Kind, find_safe
from bot.config import Settings
from bot.corpus import FRONT_MATTER, Article, Corpus, address_fault, is_article, load_corpus, nearest_span, nearest_text
from bot.errors import BrokenFiles, CorpusError, FaqError, Problem, Refused, UsageError, not_utf8, number_of
from bot.faq import parse_faq
from bot.files import only_writer, write_whole
from bot.lexicon import check_lexicon, load_lexicon
from bot.proposals import Dated, Furniture
from bot.relations import load_relations
from bot.source_file import Source
from bot.streams import check_tag
from bot.suggestions import Suggestion, reference, suggested
from bot.text import clean, code, slug, unseen
from bot.yaml_nodes import Node, end_of, parse, parse_date, quoted, scalar, spliced

REQUIRED = ("title", "publisher", "published")
NOT_STATED = "null"
"""The value of a field of which the source says nothing."""
RELATIONS = "relations.yaml"
LEAST_ALIKE = 0.5
"""Share of the characters that a quote and the nearest text have in common in order, below which the one cannot stand for the other."""
_BOM = "\ufeff"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_SCALAR_KINDS = ("published", "updated", "language")

Values = Mapping[str, str | None]
"""Fields of the front matter as text; None where the source does not say."""
Proposal = Furniture | Dated | Suggestion
Splice = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Change:
    """Files to be written in this order, None for one to be removed, and what each was when that was worked out (None: not there)."""

    files: Mapping[Path, bytes | None]
    before: Mapping[Path, bytes | None]


@dataclass(frozen=True, slots=True)
class Reference:
    """A quote of an article in the FAQ or in relations.yaml, and the node of its text there."""

    path: Path
    where: str
    article: str
    quote: str
    node: Node

    def __str__(self) -> str:
        return f"{self.path}:{self.node.line}: {self.where}: {json.dumps(self.quote, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class Break:
    """A text that is no longer found exactly once in its article, and what may stand in its place."""

    path: Path
    line: int
    where: str
    old: str
    node: Node
    new: str | None
    """None: nothing can, for a quote; that it is left out, for page furniture and sections."""
    same: bool
    """True where `new` differs in whitespace and typography alone."""
    shown: str
    """The nearest text with the differences marked."""
    droppable: bool = False

    @property
    def mendable(self) -> bool:
        """Whether something in the new text can stand in its place, or it can be left out."""
        return self.new is not None or self.droppable


# An article added


def article_id(name: str) -> str:
    """`name` as the id of an article: what a file's name is without its ending. Raises UsageError where it cannot be one."""
    if not _ID.fullmatch(name) or name == "readme":
        raise UsageError(f"{name!r} is no id of an article; use a-z, 0-9 and -, at most 60")
    return name


def proposed_id(path: Path) -> str:
    """An id made of a file's name; empty where none can be."""
    made = slug(clean(path.stem), 60)
    return made if made != "readme" else ""


def field_value(field: str, text: str) -> str | None:
    """The value that a person wrote for a field of the front matter. Raises UsageError where it cannot be one."""
    value = text.strip()
    if field not in FRONT_MATTER:
        raise UsageError(f"no field {field!r}; fields: {', '.join(FRONT_MATTER)}")
    if value == NOT_STATED:
        if field == "language":
            raise UsageError("language: an article has one; write a tag such as en, es or pt-BR")
        return None
    if not value:
        raise UsageError(f"{field}: empty; write {NOT_STATED} where the source does not say")
    if field in ("published", "updated"):
        try:
            parse_date(value)
        except ValueError:
            raise UsageError(f"{field}: {value!r} is not a date; write it as YYYY-MM-DD, such as 2021-09-14, or {NOT_STATED}") from None
    if field == "url" and (fault := address_fault(value)):
        raise UsageError(f"url: {value!r} {fault}; write it as https://HOST/PATH, or {NOT_STATED}")
    if hidden := unseen(value):
        raise UsageError(f"{field}: {value!r} has a character that cannot be seen, or a line break ({code(hidden)})")
    if field == "language":
        check_tag(value, "language: ")
    return value


class Addition:
    """An article to be: its source and id, the values of its fields, and what is proposed with it."""

    def __init__(self, settings: Settings, source: Source, name: str, values: Values) -> None:
        self._settings, self._source, self._values = settings, source, values
        folder = settings.corpus
        self.path = folder / f"{article_id(name)}.md"
        if self.path.exists() or self.path.is_symlink():
            raise UsageError(f"{self.path} exists; `bot corpus update {name} FILE` gives it a new text, or choose another id with --id")
        self._given_furniture, self._given_sections = _lists(source)
        self._table_before = _read(folder / RELATIONS)
        bare, _ = self._staged((), ())
        self.article = bare.articles[name]
        self._table, _ = load_relations(bare)
        found = list(proposals.furniture(self.article, bare))
        dated = [] if self._given_sections else list(proposals.sections(self.article))
        whole, _ = self._staged(found, dated)
        self.copies = proposals.near_copies(self.article, bare)
        self.shared = tuple(
            (c.first, c.second) if c.first.article.id == name else (c.second, c.first)
            for c in find_safe(whole, self._table)
            if c.kind is Kind.SAME_ORIGIN and c.rule in SAFE and name in (c.first.article.id, c.second.article.id)
        )
        """Statements that another article has too, the new one's first: one voice, applied without a table."""
        self.proposals: tuple[Proposal, ...] = (*found, *dated, *suggested(whole, self._table, load_lexicon(whole, settings.cache), name))

    def _staged(self, furniture: Sequence[Furniture], sections: Sequence[Dated]) -> tuple[Corpus, bytes]:
        given = [*self._given_furniture, *(f.text for f in furniture)]
        starts = [*self._given_sections, *((d.starts, d.asserted.isoformat()) for d in sections)]
        data = written(self._values, self._source.text, given, starts)
        return load_corpus(self._settings.corpus, {self.path.name: data})[0], data

    def change(self, accepted: Sequence[Proposal]) -> Change:
        """What is to be written when these proposals are accepted. Raises Refused where that would not load."""
        try:
            corpus, data = self._staged([p for p in accepted if isinstance(p, Furniture)], [p for p in accepted if isinstance(p, Dated)])
            relations = [p for p in accepted if isinstance(p, Suggestion)]
            path = self._settings.corpus / RELATIONS
            files: dict[Path, bytes | None] = {self.path: data}
            before = {self.path: None, path: self._table_before} | ({faq: _read(faq)} if (faq := self._settings.faq) else {})
            if relations:
                files[path] = with_relations(path, self._table_before or b"", relations)
            _sound(corpus, self._settings, files, before)
        except BrokenFiles as error:
            raise Refused(f"{error}\nnothing was written") from None
        return Change(files, before)


def _lists(source: Source) -> tuple[list[str], list[tuple[str, str]]]:
    """The page furniture and the sections that the front matter of a source has."""
    root, _ = parse(source.head + "\n", str(source.path), first_line=2)
    fields = root.value if root is not None and isinstance(root.value, dict) else {}
    furniture = [n.value for n in _items(fields.get("not_quotable")) if isinstance(n.value, str)]
    sections = [n.value for n in _items(fields.get("sections")) if isinstance(n.value, dict)]
    return furniture, [(str(s["starts"].value), str(s["asserted"].value or NOT_STATED)) for s in sections if {"starts", "asserted"} <= s.keys()]


def _items(node: Node | None) -> list[Node]:
    return node.value if node is not None and isinstance(node.value, list) else []


def written(values: Values, text: str, furniture: Sequence[str], sections: Sequence[tuple[str, str]]) -> bytes:
    """The bytes of an article's file: its front matter with the SHA-256 of the text, page furniture and sections in the order of the text."""
    lines = ["---"]
    for field in FRONT_MATTER:
        value = values.get(field) or ("en" if field == "language" else None)
        lines.append(f"{field}: {_value(field, value)}")
    lines.append(f'sha256: "{hashlib.sha256(text.encode()).hexdigest()}"')
    lines.append("not_quotable:" + "".join(f"\n  - {quoted(item)}" for item in sorted(furniture, key=text.find)) if furniture else "not_quotable: []")
    starts = [f"\n  - {{starts: {quoted(start)}, asserted: {day}}}" for start, day in sorted(sections, key=lambda s: text.find(s[0]))]
    lines.append("sections:" + "".join(starts) if starts else "sections: []")
    return "\n".join([*lines, "---", text]).encode()


def _value(field: str, value: str | None) -> str:
    return NOT_STATED if value is None else scalar(value) if field in _SCALAR_KINDS else quoted(value)


def with_relations(path: Path, data: bytes, accepted: Sequence[Suggestion]) -> bytes:
    """The bytes of a relations.yaml with these items, each after all that stand below its key. Raises Refused where a list is in brackets."""
    text, mark = _text(path, data)
    root, problems = parse(text, str(path))
    if problems:
        raise CorpusError(problems)
    fields = root.value if root is not None and isinstance(root.value, dict) else {}
    splices: list[Splice] = []
    end = ""
    for kind in dict.fromkeys(s.kind for s in accepted):
        items = [s.item for s in accepted if s.kind is kind]
        node = fields.get(kind)
        if node is None:
            end += f"{kind}:\n" + "\n".join(items) + "\n"
        elif not node.value:
            splices.append((node.start, node.end, "\n" + "\n".join(items)))
        elif node.flow or not isinstance(node.value, list):
            raise Refused(f"{path}:{node.line}: `{kind}` is written in brackets; write each of its items in a line that begins with `- `")
        else:
            at = text.find("\n", node.end)
            at = len(text) if at < 0 else at
            indent = " " * (node.column - 1)
            shifted = [indent + line[2:] for item in items for line in item.split("\n")]
            splices.append((at, at, "".join(f"\n{line}" for line in shifted)))
    result = spliced(text, splices)
    if end:
        result += ("" if not result or result.endswith("\n\n") else "\n" if result.endswith("\n") else "\n\n") + end
    return (mark + result).encode()


# An article given a new text


class Update:
    """A new text of an article, and what it does to every text that is to be found in it."""

    def __init__(self, settings: Settings, name: str, source: Source | None, values: Values) -> None:
        self._settings, self._values = settings, values
        folder = settings.corpus
        self.path = _existing(folder, name)
        self._before = {self.path: _read(self.path), folder / RELATIONS: _read(folder / RELATIONS)}
        if settings.faq:
            self._before[settings.faq] = _read(settings.faq)
        head, text = _parted(self.path, self._before[self.path] or b"")
        old: Article | None = None
        with contextlib.suppress(BrokenFiles):  # such as a text that was changed in its place: where its quotes stood is not known then
            old = load_corpus(folder)[0].articles.get(name)
        same = source is None or (source.text == text and source.head in ("", head))
        if source is not None:
            head, text = source.head if _is_ours(source) else head, source.text
        self._head, self._text = head, text
        self.breaks: list[Break] = list(self._front_matter_breaks())
        corpus, _ = load_corpus(folder, {self.path.name: self._front_matter(self.breaks)})
        article = corpus.articles[name]
        self.kept = self.moved = 0
        """Quotes that are found in the new text once, and how many of them stand elsewhere than before."""
        for path in self._quoting():
            for ref in references(path, self._before[path] or b""):
                if ref.article != name:
                    continue
                start = article.text.find(ref.quote)
                once = start >= 0 and article.text.find(ref.quote, start + 1) < 0
                if once and not article.is_furniture(start, start + len(ref.quote)):
                    self.kept += 1
                    self.moved += old is not None and old.text.find(ref.quote) != start
                else:
                    self.breaks.append(_broken(ref, article))
        self.unchanged = same and old is not None and not values and not self.breaks

    def _quoting(self) -> list[Path]:
        """The files that may quote the article and are there."""
        return [path for path, data in self._before.items() if path != self.path and data is not None]

    def _front_matter_breaks(self) -> Iterator[Break]:
        root, problems = parse(self._head + "\n", str(self.path), first_line=2)
        if problems:
            raise CorpusError(problems)
        fields = root.value if root is not None and isinstance(root.value, dict) else {}
        places = [(f"not_quotable[{i}]", node) for i, node in enumerate(_items(fields.get("not_quotable")))]
        for i, node in enumerate(_items(fields.get("sections"))):
            if isinstance(node.value, dict) and "starts" in node.value:
                places.append((f"sections[{i}].starts", node.value["starts"]))
        for where, node in places:
            if isinstance(node.value, str) and node.value not in self._text:
                place = alike(self._text, node.value)
                new = self._text[slice(*place)] if place else None
                shown = "" if new else "it is no longer in the text; accepted, it is left out"
                yield Break(self.path, node.line, where, node.value, node, new, place is not None, shown, droppable=True)

    def _front_matter(self, mended: Sequence[Break]) -> bytes:
        """The file's bytes: in its front matter these texts replaced or left out, the given fields and the hash of the text."""
        root, _ = parse(self._head + "\n", str(self.path), first_line=2)
        fields = root.value if root is not None and isinstance(root.value, dict) else {}
        by_place = {b.where: b.new for b in mended}
        splices: list[Splice] = []
        new_lines = ""
        sha256 = hashlib.sha256(self._text.encode()).hexdigest()
        for field, value in {**{f: _value(f, v) for f, v in self._values.items()}, "sha256": f'"{sha256}"'}.items():
            node = fields.get(field)
            if node is None:
                new_lines += f"\n{field}: {value}"
            elif not (field == "sha256" and node.value == sha256):
                gap = "" if self._head[node.start - 1 : node.start].isspace() else " "
                splices.append((node.start, end_of(self._head, node), gap + value))
        for key in ("not_quotable", "sections"):
            node = fields.get(key)
            if node is not None and any(where.startswith(key) for where in by_place):
                splices.append((node.start, end_of(self._head, node), _list(key, node, by_place)))
        return f"---\n{spliced(self._head, splices)}{new_lines}\n---\n{self._text}".encode()

    def change(self, accepted: Sequence[Break]) -> Change:
        """What is to be written when these texts are replaced. Raises Refused where others remain broken, or what would be there does not load."""
        left = [b for b in self.breaks if b not in accepted]
        if left:
            raise Refused(f"{number_of(len(left), 'text')} not in the new text as written; nothing was written")
        files: dict[Path, bytes | None] = {self.path: self._front_matter([b for b in accepted if b.path == self.path])}
        for path in self._quoting():
            text, mark = _text(path, self._before[path] or b"")
            splices = [(b.node.start, end_of(text, b.node), quoted(b.new)) for b in accepted if b.path == path and b.new is not None]
            if splices:
                files[path] = (mark + spliced(text, splices)).encode()
        try:
            corpus, _ = load_corpus(self._settings.corpus, {self.path.name: files[self.path]})
            _sound(corpus, self._settings, files, self._before)
        except BrokenFiles as error:
            raise Refused(f"{error}\nnothing was written") from None
        return Change(files, self._before)


def _is_ours(source: Source) -> bool:
    """True where the front matter of a source is that of an article."""
    root, _ = parse(source.head + "\n", str(source.path), first_line=2)
    return root is not None and isinstance(root.value, dict) and root.value.keys() >= set(REQUIRED)


def _broken(ref: Reference, article: Article) -> Break:
    """What may stand in the place of a quote that its article no longer has exactly once."""
    place = alike(article.text, ref.quote)
    if place and not article.is_furniture(*place):
        return Break(ref.path, ref.node.line, ref.where, ref.quote, ref.node, article.text[slice(*place)], True, nearest_text(article, ref.quote))
    if not article.sentences:
        return Break(ref.path, ref.node.line, ref.where, ref.quote, ref.node, None, False, "the article has no sentence that may be quoted")
    from rapidfuzz.distance import Indel

    nearest = nearest_span(article, ref.quote)
    near = reference(nearest) if Indel.normalized_similarity(nearest.text, ref.quote) >= LEAST_ALIKE else None
    shown = nearest_text(article, ref.quote) + ("" if near else "\ntoo different to stand in its place: take the quote out, or choose another")
    return Break(ref.path, ref.node.line, ref.where, ref.quote, ref.node, near.text if near else None, False, shown)


def alike(text: str, wanted: str) -> tuple[int, int] | None:
    """(start, end) of what differs from `wanted` in whitespace and typography alone (quotation marks, dashes, no-break spaces, forms of one
    letter); None where that is not in `text` exactly once."""
    squeezed, places = _squeezed(text)
    sought = _squeezed(wanted)[0].strip()
    at = squeezed.find(sought) if sought else -1
    if at < 0 or squeezed.find(sought, at + 1) >= 0:
        return None
    return places[at], places[at + len(sought) - 1] + 1


def _squeezed(text: str) -> tuple[str, list[int]]:
    """`text` with each run of whitespace as one blank, its typography plain; and for each character its place in `text`."""
    characters: list[str] = []
    places: list[int] = []
    for at, character in enumerate(text):
        plain = " " if character.isspace() else clean(character)
        for c in plain:
            if c != " " or not characters or characters[-1] != " ":
                characters.append(c)
                places.append(at)
    return "".join(characters), places


def _list(key: str, node: Node, new: Mapping[str, str | None]) -> str:
    """The value of `not_quotable` or `sections` with some of its texts replaced, or, where that is None, left out."""
    items = []
    for i, item in enumerate(_items(node)):
        where = f"{key}[{i}]" if key == "not_quotable" else f"{key}[{i}].starts"
        fields = item.value if isinstance(item.value, dict) else {}
        old = fields["starts"].value if "starts" in fields else item.value
        text = new[where] if where in new else str(old)
        if text is not None:
            day = str(fields["asserted"].value or NOT_STATED) if "asserted" in fields else NOT_STATED
            items.append(quoted(text) if key == "not_quotable" else f"{{starts: {quoted(text)}, asserted: {day}}}")
    if node.flow or not items:
        return "[" + ", ".join(items) + "]"
    return ("\n" + " " * (node.column - 1)).join(f"- {item}" for item in items)


# An article removed


def removal(settings: Settings, name: str) -> Change:
    """What is to be done to take an article out. Raises Refused with every place that quotes it, UsageError where there is none such."""
    path = _existing(settings.corpus, name)
    table = settings.corpus / RELATIONS
    before = {path: _read(path), table: _read(table)}
    if settings.faq:
        before[settings.faq] = _read(settings.faq)
    found = [ref for file, data in before.items() if file != path and data is not None for ref in references(file, data) if ref.article == name]
    if found:
        raise Refused(
            "\n".join(
                [*map(str, sorted(found, key=lambda r: (str(r.path), r.node.line))), f"{name} is quoted {number_of(len(found), 'time')}; nothing was removed"]
            )
        )
    return Change({path: None}, before)


# What they share


def references(path: Path, data: bytes) -> list[Reference]:
    """Every REF of a FAQ or a relations.yaml, in the order of the file. Raises FaqError or CorpusError where it is no YAML."""
    root, problems = parse(_text(path, data)[0], str(path))
    if problems:
        raise (CorpusError if path.name == RELATIONS else FaqError)(problems)
    return [] if root is None else list(_references(path, root, ""))


def _references(path: Path, node: Node, where: str) -> Iterator[Reference]:
    if isinstance(node.value, list):
        for i, item in enumerate(node.value):
            named = item.value.get("id") if isinstance(item.value, dict) and not where else None
            yield from _references(path, item, str(named.value) if named is not None else f"{where}[{i}]")
    elif isinstance(node.value, dict):
        article, quote = node.value.get("article"), node.value.get("quote")
        if article is not None and quote is not None and isinstance(article.value, str) and isinstance(quote.value, str):
            yield Reference(path, where, article.value, quote.value, quote)
            return
        for key, value in node.value.items():
            yield from _references(path, value, f"{where}.{key}" if where else key)


def _sound(corpus: Corpus, settings: Settings, files: Mapping[Path, bytes | None], before: Mapping[Path, bytes | None]) -> None:
    """Read everything that leans on a corpus as it would be. Raises BrokenFiles with what would not load."""
    table = settings.corpus / RELATIONS
    load_relations(corpus, files.get(table, before.get(table)))
    check_lexicon(corpus)
    if settings.faq:
        faq = files.get(settings.faq, before.get(settings.faq))
        if faq is not None:
            parse_faq(settings.faq, faq, corpus)


def write(change: Change, folder: Path) -> None:
    """Write a change, each file whole or not at all, the article first. Raises Refused where a file is no longer as it was read, or another
    process writes; UsageError where a file cannot be written or is a symbolic link inside the corpus."""
    try:
        with contextlib.ExitStack() as locks:
            for place in sorted({folder.resolve(), *(path.resolve().parent for path in change.files)}):
                locks.enter_context(only_writer(place))
            for path, data in change.before.items():
                if path in change.files and path.parent == folder and path.is_symlink():
                    raise UsageError(f"{path}: a symbolic link; it is not followed")
                if _read(path) != data:
                    raise Refused(f"{path} has changed meanwhile; nothing was written, try again")
            for path, data in change.files.items():
                if data is None:
                    path.unlink()
                else:
                    write_whole(path, data)
    except BlockingIOError:
        raise Refused(f"{folder}: another process is writing there; nothing was written, try again") from None
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: cannot be written: {error.strerror}") from None


def _existing(folder: Path, name: str) -> Path:
    """The file of an article. Raises UsageError where there is none, or it is a symbolic link."""
    path = folder / f"{name}.md"
    names = sorted(p.stem for p in folder.glob("*.md") if is_article(p.name)) if folder.is_dir() else []
    if name not in names:
        raise UsageError(f"no article {name!r}; articles: {', '.join(names) or 'none'}")
    if path.is_symlink():
        raise UsageError(f"{path}: a symbolic link; it is not followed")
    return path


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _text(path: Path, data: bytes) -> tuple[str, str]:
    """The text of a YAML file and the byte order mark before it, if any."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise (CorpusError if path.name == RELATIONS else FaqError)([not_utf8(path, error)]) from None
    return text.removeprefix(_BOM), _BOM if text.startswith(_BOM) else ""


def _parted(path: Path, data: bytes) -> tuple[str, str]:
    """The front matter and the text of an article's file. Raises CorpusError where it has no front matter or is not UTF-8."""
    try:
        head, closing, text = data.decode("utf-8").partition("\n---\n")
    except UnicodeDecodeError as error:
        raise CorpusError([not_utf8(path, error)]) from None
    if not head.startswith("---\n") or not closing:
        raise CorpusError([Problem(str(path), 1, 0, "no front matter", mend="begin the file with its front matter between two lines `---`")])
    return head[4:], text
