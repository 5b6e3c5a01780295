"""YAML as this project reads it: text scalars, lists and mappings, each knowing its place in the file.

Plain YAML surprises an editor (`no` is false, `12:30` is 750, a repeated key silently wins), so a scalar is the text
as written, only null is special, and duplicate keys, anchors, aliases and tags are problems (DESIGN, section 3).
"""

from __future__ import annotations

import contextlib
import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import yaml

from bot.errors import Problem
from bot.text import acting, code

DEEPEST = 12
"""Nesting beyond this is refused; the deepest format here has five levels."""
LONGEST = 8_000_000
"""Characters of a file that is read; the FAQ that ships has one million."""
MOST_PROBLEMS = 1000
"""Problems of form after which a file is not read further."""
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NULLS = {"", "~", "null", "Null", "NULL"}
_LOADER = getattr(yaml, "CLoader", yaml.Loader)


@dataclass(slots=True)
class Node:
    """A YAML value with its place: `value` is None, a string, a list of nodes or a mapping from key to node."""

    value: str | list[Node] | dict[str, Node] | None
    line: int
    column: int
    keys: dict[str, Node] = field(default_factory=dict)
    """For a mapping: the node of each key, for its place."""
    start: int = 0
    end: int = 0
    """text[start:end] is what the value was read from; a block list or mapping ends with its last value, before comments that follow."""
    flow: bool = False
    """True where a list or mapping is written in brackets."""


class _Stop(Exception):
    pass


def parse(text: str, path: str, *, first_line: int = 1) -> tuple[Node | None, list[Problem]]:
    """Return the tree of one YAML document and every problem with its form; the tree is None where there is none.

    `first_line` is the line of the file on which `text` begins.
    """
    problems: list[Problem] = []
    if len(text) > LONGEST:
        return None, [Problem(path, first_line, 0, f"longer than {LONGEST:,} characters", mend="split the file, or name the right one")]
    try:
        return _build(text, path, first_line, problems), problems
    except _Stop:
        return None, problems
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + first_line, mark.column + 1) if mark else (first_line, 0)
        message = " ".join(filter(None, [error.context, error.problem]))
        mend = "indent with spaces" if "tab character" in message else 'quote the text with "…" if it holds : # [ ] { } or quotes'
        problems.append(Problem(path, line, column, f"not valid YAML: {message}", mend=mend))
    except yaml.reader.ReaderError as error:
        at = text.find(chr(_codepoint(error.character)))
        line = text.count("\n", 0, at) + first_line if at >= 0 else first_line
        problems.append(Problem(path, line, 0, f"a character that YAML does not allow (U+{_codepoint(error.character):04X})", mend="delete it"))
    return None, problems


def _codepoint(character: object) -> int:
    return character if isinstance(character, int) else ord(str(character)[0])


def _build(text: str, path: str, first_line: int, problems: list[Problem]) -> Node | None:
    root: Node | None = None
    stack: list[tuple[Node, str | None]] = []  # the open collections, with the key that waits for a value

    def note(node: Node, message: str, mend: str) -> None:
        problems.append(Problem(path, node.line, node.column, message, mend=mend))
        if len(problems) >= MOST_PROBLEMS:
            raise _Stop

    def attach(node: Node) -> None:
        nonlocal root
        if not stack:
            root = node
            return
        parent, key = stack[-1]
        parent.end = node.end
        if isinstance(parent.value, list):
            parent.value.append(node)
        elif isinstance(parent.value, dict):
            if key is None:
                if not isinstance(node.value, str):
                    note(node, "a key must be plain text", "write `name: value`")
                    raise _Stop
                if node.value in parent.value:
                    note(node, f"the key {node.value!r} stands here twice", "keep one of them")
                parent.keys.setdefault(node.value, node)
                stack[-1] = (parent, node.value)
            else:
                parent.value.setdefault(key, node)
                stack[-1] = (parent, None)

    documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        mark = event.start_mark
        assert mark is not None  # parsed events always have one
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                problems.append(Problem(path, mark.line + first_line, 1, "a second YAML document", mend="remove the `---`"))
                break
            continue
        if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            node, _ = stack.pop()
            if node.flow and event.end_mark is not None:
                node.end = event.end_mark.index
            attach(node)
            continue
        if not isinstance(event, yaml.NodeEvent):
            continue
        assert event.end_mark is not None
        node = Node(None, mark.line + first_line, mark.column + 1, start=mark.index, end=event.end_mark.index)
        if event.anchor is not None:
            note(node, "anchors and aliases (&, *) are not used here", "quote the text if it begins with & or *")
        if isinstance(event, yaml.AliasEvent):
            attach(node)
            continue
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            note(node, f"the tag {tag} is not used here", "quote the text if it begins with !")
        if isinstance(event, yaml.ScalarEvent):
            plain = not event.style
            node.value = None if plain and event.value in _NULLS and not _is_key(stack) else event.value
            attach(node)
            continue
        if len(stack) >= DEEPEST:
            note(node, f"nested deeper than {DEEPEST} levels", "")
            raise _Stop
        node.value = {} if isinstance(event, yaml.MappingStartEvent) else []
        node.flow = isinstance(event, yaml.CollectionStartEvent) and bool(event.flow_style)
        if _is_key(stack):
            note(node, "a key must be plain text", "write `name: value`")
            raise _Stop
        stack.append((node, None))
    return root


def _is_key(stack: list[tuple[Node, str | None]]) -> bool:
    return bool(stack) and isinstance(stack[-1][0].value, dict) and stack[-1][1] is None


def scalar(text: str) -> str:
    """`text` as YAML: as it is where every parser (`yaml.safe_load` too) reads that as the same text, in lists in brackets too, else in double quotes."""
    if text[:1].isalnum() or text[:1] == "¿":
        with contextlib.suppress(yaml.YAMLError):
            if yaml.safe_load(f"[{text}]") == [text]:
                return text
    return quoted(text)


def quoted(text: str) -> str:
    """`text` as YAML in double quotes, on one line."""
    dumped: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf"))
    return dumped.strip()


def parse_date(text: str) -> datetime.date:
    """The date that `text` is, written YYYY-MM-DD. Raises ValueError for anything else."""
    if not _DATE.fullmatch(text):
        raise ValueError(f"{text!r} is not YYYY-MM-DD")
    return datetime.date.fromisoformat(text)


def end_of(text: str, node: Node) -> int:
    """Where the value of a node ends, the line ends of a block of text left out."""
    return node.start + len(text[node.start : node.end].rstrip("\r\n"))


def spliced(text: str, splices: Iterable[tuple[int, int, str]], newline: str = "\n") -> str:
    """`text` with text[start:end] replaced for each (start, end, new); lines in what is new end as `newline` says."""
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new.replace("\n", newline) + text[end:]
    return text


@dataclass(slots=True)
class Reader:
    """Takes typed values out of nodes of one file, collecting every problem instead of stopping at the first."""

    path: str
    problems: list[Problem] = field(default_factory=list)

    def problem(self, node: Node, where: str, message: str, mend: str = "", *, warning: bool = False) -> None:
        """Record one problem at the place of `node`."""
        self.problems.append(Problem(self.path, node.line, node.column, message, where, mend, warning))

    def mapping(self, node: Node, where: str, *, required: tuple[str, ...] = (), optional: tuple[str, ...] | None = ()) -> dict[str, Node]:
        """The mapping at `node`, checked for missing and unknown keys; `optional=None` allows any key."""
        if not isinstance(node.value, dict):
            self.problem(node, where, f"must be a mapping (`key: value`), not {_kind(node)}")
            return {}
        for place in node.keys.values():
            self._shown(place, where)
        known = tuple(dict.fromkeys((*required, *(optional or ()))))
        for key in required:
            if key not in node.value:
                self.problem(node, where, f"`{key}` is missing", f"add `{key}: …`")
        if optional is not None:
            for key, place in node.keys.items():
                if key not in known:
                    self.problem(place, where, f"unknown key `{key}`", f"known keys: {', '.join(known)}")
        return node.value

    def _shown(self, node: Node, where: str) -> None:
        """A problem where a text could do something to a terminal."""
        if isinstance(node.value, str) and (found := acting(node.value)):
            self.problem(node, where, f"a character that does something where it is shown ({code(found)})", "delete it")

    def items(self, node: Node | None, where: str) -> Iterator[tuple[str, Node]]:
        """Each item of the list at `node` with its name, such as `evidence[0]`; nothing where the node is null or absent."""
        if node is None or node.value is None:
            return
        if not isinstance(node.value, list):
            self.problem(node, where, f"must be a list, not {_kind(node)}", "put `- ` before each item, or wrap it in [ ]")
            return
        for number, item in enumerate(node.value):
            yield f"{where}[{number}]", item

    def text(self, node: Node | None, where: str, *, null: bool = False) -> str | None:
        """The text at `node`; None where it is absent, null or no text (a problem unless `null`)."""
        if node is None:
            return None
        if isinstance(node.value, str) and node.value.strip():
            self._shown(node, where)
            return node.value
        if not (null and node.value is None):
            self.problem(node, where, f"must be text, not {_kind(node)}")
        return None

    def date(self, node: Node | None, where: str, *, null: bool = True) -> datetime.date | None:
        """The date at `node`, written YYYY-MM-DD."""
        value = self.text(node, where, null=null)
        if value is None or node is None:
            return None
        try:
            return parse_date(value)
        except ValueError:
            self.problem(node, where, f"{value!r} is not a date", "write it as YYYY-MM-DD, such as 2021-09-14")
            return None


def _kind(node: Node) -> str:
    if node.value is None:
        return "nothing"
    if isinstance(node.value, str):
        return "text" if node.value.strip() else "empty text"
    return "a list" if isinstance(node.value, list) else "a mapping"
