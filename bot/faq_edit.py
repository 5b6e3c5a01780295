"""Changes to the bytes of a faq.yaml: each touches the entry that is named and leaves every other byte as it was.

Places come from the YAML parser; what is written is read again and must be what was meant, or nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.corpus import Corpus
from bot.errors import FaqError, Problem, Refused, UsageError, not_utf8
from bot.faq import Entry, parse_faq, phrasing_key
from bot.yaml_nodes import Node, end_of, parse, quoted, scalar, spliced

WIDTH = 158
"""Columns after which a list in brackets goes on in a line of its own."""
_BOM = "\ufeff"


@dataclass(frozen=True, slots=True)
class Document:
    """A faq.yaml as it stands: its text without a byte order mark, and the node of each entry by id."""

    path: Path
    data: bytes
    text: str
    root: Node | None
    nodes: dict[str, Node]

    @property
    def newline(self) -> str:
        """The line end that the file has."""
        return "\r\n" if "\r\n" in self.text else "\n"


def read(path: Path, data: bytes) -> Document:
    """The document in the bytes of a faq.yaml. Raises FaqError where they are no YAML or no list of entries in lines of their own."""
    try:
        text = data.decode("utf-8").removeprefix(_BOM)
    except UnicodeDecodeError as error:
        raise FaqError([not_utf8(path, error)]) from None
    root, problems = parse(text, str(path))
    if problems:
        raise FaqError(problems)
    if root is not None and (root.flow or not isinstance(root.value, list)) and root.value:
        raise FaqError([Problem(str(path), root.line, root.column, "not a list of entries in lines of their own", mend="begin each entry with `- id: …`")])
    nodes: dict[str, Node] = {}
    for node in root.value if root is not None and isinstance(root.value, list) else ():
        name = node.value.get("id") if isinstance(node.value, dict) else None
        if name is not None and isinstance(name.value, str):
            nodes.setdefault(name.value, node)
    return Document(path, data, text, root, nodes)


def load(path: Path, *, begin: bool = False) -> Document:
    """The document in a file; an empty one where there is none yet and `begin`. Raises as `read`, and UsageError where the file cannot be read."""
    try:
        data = b"" if begin and not path.exists() else path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    return read(path, data)


def _entry(document: Document, name: str) -> Node:
    """The node of an entry. Raises UsageError with the ids nearest to `name` where there is none."""
    if name in document.nodes:
        return document.nodes[name]
    from rapidfuzz import process

    near = ", ".join(found for found, *_ in process.extract(name, list(document.nodes), limit=3))
    raise UsageError(f"{document.path}: no entry {name!r}" + (f"; the nearest ids: {near}" if near else ""))


def _spliced(document: Document, *splices: tuple[int, int, str]) -> bytes:
    """The bytes with text[start:end] replaced for each (start, end, new); new lines have the line end of the file."""
    text = spliced(document.text, splices, document.newline)
    mark = _BOM if document.data.startswith(_BOM.encode()) else ""
    try:
        return (mark + text).encode("utf-8")
    except UnicodeEncodeError:
        raise UsageError("the text holds bytes that are not UTF-8; write it as UTF-8") from None


def _line(text: str, at: int) -> tuple[int, int]:
    """(start, end) of the line of `at`, without its line end."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end - (text[end - 1 : end] == "\r")
    return text.rfind("\n", 0, at) + 1, max(end, at)


def _break(text: str, at: int) -> int:
    """The length of the line end at `at`; 0 where there is none."""
    return 2 if text.startswith("\r\n", at) else int(text.startswith("\n", at))


def extent(document: Document, name: str) -> tuple[int, int]:
    """(start, end) of the lines of an entry, from its `- ` to the end of its last value's line. Raises UsageError where there is none or it begins elsewhere."""
    node = _entry(document, name)
    start = _line(document.text, node.start)[0]
    if document.text[start : node.start].strip() != "-":
        raise UsageError(f"{document.path}:{node.line}: write `- ` and the first key of this entry in one line, then edit it")
    return start, _line(document.text, end_of(document.text, node))[1]


def entry_text(document: Document, name: str) -> str:
    """The lines of an entry as they stand, ending with a line end."""
    start, end = extent(document, name)
    return document.text[start:end].replace("\r\n", "\n") + "\n"


def replaced(document: Document, name: str, text: str) -> bytes:
    """The bytes with the lines of one entry replaced by `text`. Raises Refused where that is empty."""
    start, end = extent(document, name)
    lines = text.replace("\r\n", "\n").strip("\n")
    if not lines.strip():
        raise Refused(f"{document.path}: the entry is empty; `bot faq remove {name}` removes it")
    return _spliced(document, (start, end, lines))


def removed(document: Document, name: str) -> bytes:
    """The bytes without an entry and one blank line after it; comments before and after it stay."""
    start, end = extent(document, name)
    for _ in range(2):
        end += _break(document.text, end)
    return _spliced(document, (start, end, ""))


def added(document: Document, entry: Entry) -> bytes:
    """The bytes with an entry after all that there is."""
    root, text = document.root, document.text
    indent = " " * (root.column - 1) if root is not None and not root.flow and root.value else ""
    lines = "\n".join(indent + line for line in _written(entry).split("\n"))
    if root is not None and not root.value:
        return _spliced(document, (root.start, root.end, ("\n" if text[: root.start].rpartition("\n")[2] else "") + lines))
    before = "" if not text or text.endswith(("\n\n", "\r\n\r\n")) else "\n" if text.endswith("\n") else "\n\n"
    return _spliced(document, (len(text), len(text), f"{before}{lines}\n"))


def _written(entry: Entry) -> str:
    """An entry as YAML."""
    lines = [f"- id: {entry.id}", f"  question: {scalar(entry.question)}"]
    if entry.known_unknown:
        lines.append("  nearest:" if entry.nearest else "  nearest: []")
        lines += [f"    - {{article: {scalar(s.article.id)}, quote: {quoted(s.text)}}}" for s in entry.nearest]
    else:
        lines.append("  evidence:")
        lines += [f"    - {{article: {scalar(e.span.article.id)}, quote: {quoted(e.span.text)}, role: {e.role}}}" for e in entry.evidence]
    if entry.aliases:
        lines.append("  aliases:")
        for language, aliases in entry.aliases.items():
            lines.append(f"    {scalar(language)}: [")
            _wrap(lines, [scalar(a) for a in aliases])
            lines[-1] += "]"
    if entry.excluded:
        lines.append("  not:")
        lines += [f"    - {scalar(text)}" for text in entry.excluded]
    return "\n".join(lines)


def _wrap(lines: list[str], items: Sequence[str]) -> None:
    """Put the items of a list in brackets after its open bracket at the end of `lines`, in lines of at most WIDTH columns."""
    indent = " " * len(lines[-1])
    for number, item in enumerate(items):
        if number and len(lines[-1]) + len(item) + 2 > WIDTH:
            lines[-1] += ","
            lines.append(indent + item)
        else:
            lines[-1] += (", " if number else "") + item


def with_phrasings(document: Document, name: str, texts: Sequence[str], language: str | None) -> bytes:
    """The bytes with `texts` added to the aliases of an entry in a language, or, where that is None, to its `not`."""
    parent = _entry(document, name)
    path = ["not"] if language is None else ["aliases", language]
    had = {phrasing_key(text) for text in _texts(parent, "not" if language is None else "aliases")}
    texts = [text for text in dict.fromkeys(texts) if phrasing_key(text) not in had]
    if not texts:
        raise UsageError(f"{document.path}: {name!r} has these phrasings already")
    for depth, key in enumerate(path):
        assert isinstance(parent.value, dict)
        child = parent.value.get(key)
        if child is None or child.value is None:
            rest = path[depth + 1 :]
            value = "[" + ", ".join(map(scalar, texts)) + "]"
            for inner in reversed(rest):
                value = f"{{{scalar(inner)}: {value}}}"
            if child is None:
                return _spliced(document, _new_key(document, parent, key, value))
            gap = "" if document.text[child.start - 1 : child.start].isspace() else " "
            return _spliced(document, (child.start, child.end, gap + value))
        if not isinstance(child.value, list if depth == len(path) - 1 else dict):
            raise UsageError(f"{document.path}:{child.line}: `{key}` of {name!r} is not written as expected; mend it with `bot faq edit {name}`")
        parent = child
    return _spliced(document, _new_items(document, parent, texts))


def _texts(entry: Node, key: str) -> list[str]:
    """All texts below a key of an entry; below `aliases` the question too."""
    assert isinstance(entry.value, dict)
    open_nodes = [entry.value[k] for k in ((key, "question") if key == "aliases" else (key,)) if k in entry.value]
    found = []
    while open_nodes:
        node = open_nodes.pop()
        open_nodes += _children(node)
        if isinstance(node.value, str):
            found.append(node.value)
    return found


def _new_key(document: Document, parent: Node, key: str, value: str) -> tuple[int, int, str]:
    """The splice that adds `key: value` after all that a mapping has; an entry's `aliases` and `not` in a line of their own."""
    assert isinstance(parent.value, dict)
    if not parent.value:
        return parent.start + 1, parent.start + 1, f"{scalar(key)}: {value}"
    last = list(parent.value.values())[-1]
    if parent.flow:
        end = end_of(document.text, last)
        return end, end, f", {scalar(key)}: {value}"
    end = _line(document.text, end_of(document.text, last))[1]
    return end, end, f"\n{' ' * (parent.column - 1)}{scalar(key)}: {value}"


def _new_items(document: Document, node: Node, texts: Sequence[str]) -> tuple[int, int, str]:
    """The splice that adds texts after all items of a list."""
    assert isinstance(node.value, list)
    written = [scalar(text) for text in texts]
    if not node.value:
        return node.start, node.end, "[" + ", ".join(written) + "]"
    end = end_of(document.text, node.value[-1])
    if not node.flow:
        end = _line(document.text, end)[1]
        return end, end, "".join(f"\n{' ' * (node.column - 1)}- {item}" for item in written)
    new, column = "", end - _line(document.text, end)[0]
    for item in written:
        if column + len(item) + 2 > WIDTH:
            new, column = f"{new},\n{' ' * node.column}{item}", node.column + len(item)
        else:
            new, column = f"{new}, {item}", column + len(item) + 2
    return end, end, new


def without_phrasing(document: Document, name: str, text: str) -> bytes:
    """The bytes without an alias or `not` phrasing of an entry (case, accents and punctuation aside). Raises UsageError where it has none such."""
    entry = _entry(document, name)
    assert isinstance(entry.value, dict)
    aliases, wanted = entry.value.get("aliases"), phrasing_key(text)
    paths: list[list[Node]] = (
        [[entry, aliases, node] for node in (aliases.value.values() if aliases and isinstance(aliases.value, dict) else ())] if aliases else []
    )
    paths += [[entry, entry.value["not"]]] if "not" in entry.value else []
    for path in paths:
        items = path[-1].value
        for item in items if isinstance(items, list) else ():
            if item.value == text or (isinstance(item.value, str) and wanted and phrasing_key(item.value) == wanted):
                child = item
                while len(path) > 1 and _children(path[-1]) == [child]:
                    child = path.pop()
                return _spliced(document, _without(document, path[-1], child))
    question = entry.value.get("question")
    if question is not None and isinstance(question.value, str) and phrasing_key(question.value) == wanted:
        raise UsageError(f"{text!r} is the question of {name!r} itself; change it with `bot faq edit {name}`")
    raise UsageError(f"{document.path}: {name!r} has no phrasing {text!r}")


def _children(node: Node) -> list[Node]:
    return node.value if isinstance(node.value, list) else list(node.value.values()) if isinstance(node.value, dict) else []


def _without(document: Document, parent: Node, child: Node) -> tuple[int, int, str]:
    """The splice that takes a value, with its key, out of a list or mapping that has others."""
    text, values = document.text, _children(parent)
    at = values.index(child)
    starts = [key.start for key in parent.keys.values()] if isinstance(parent.value, dict) else [v.start for v in values]
    if parent.flow:
        return (end_of(text, values[at - 1]), end_of(text, child), "") if at else (starts[0], starts[1], "")
    start, end = _line(text, starts[at])[0], _line(text, end_of(text, child))[1]
    if text[start : starts[at]].strip(" ") not in ("", "-") or (isinstance(parent.value, dict) and text[start : starts[at]].strip(" ")):
        raise UsageError(f"{document.path}:{child.line}: this line holds more than the phrasing; use `bot faq edit`")
    return start, end + _break(text, end), ""


def with_quotes(document: Document, quotes: Iterable[tuple[Node, str]]) -> bytes:
    """The bytes with the text of each of these nodes replaced."""
    return _spliced(document, *((node.start, end_of(document.text, node), quoted(text)) for node, text in quotes))


def checked(document: Document, data: bytes, corpus: Corpus, touched: str) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """The entries before and after. Raises FaqError where an entry is broken as it stands; Refused where it would be after, or where an entry
    that was there would differ, other than `touched`."""
    before, _ = parse_faq(document.path, document.data, corpus, together=False)
    try:
        after, _ = parse_faq(document.path, data, corpus)
    except FaqError as error:
        raise Refused(f"{error}\n{document.path} would be broken; nothing was written") from None
    there = document.nodes.keys() - {touched}

    def others(entries: Iterable[Entry]) -> list[Entry]:
        return [replace(entry, line=0) for entry in entries if entry.id in there]

    if others(before) != others(after):
        raise Refused(f"{document.path}: that changes other entries than {touched!r}; nothing was written")
    return before, after
