"""corpus/relations.yaml: what a reviewer knows about sentences of several articles."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bot.corpus import Article, Corpus, Span, find_quote
from bot.errors import CorpusError, Problem, not_utf8
from bot.yaml_nodes import Node, Reader, parse


@dataclass(frozen=True, slots=True)
class Qualifies:
    """`by` is the hedge or exception that must travel with `claim`."""

    claim: Span
    by: Span


@dataclass(frozen=True, slots=True)
class Supersedes:
    """`newer` says how things stand now where `older` says how they stood."""

    newer: Span
    older: Span


@dataclass(frozen=True, slots=True)
class Origin:
    """One statement that several articles relay: one voice."""

    id: str
    statements: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Relations:
    """Everything that relations.yaml records; empty where there is no such file."""

    qualifies: tuple[Qualifies, ...] = ()
    supersedes: tuple[Supersedes, ...] = ()
    disputes: tuple[tuple[tuple[Span, ...], ...], ...] = ()
    """Each dispute: its sides; each side: the spans that state it."""
    origins: tuple[Origin, ...] = ()
    unrelated: tuple[tuple[Span, Span], ...] = ()
    """Pairs that a reviewer looked at and found to be none of these."""

    def knows(self, one: Span, other: Span) -> bool:
        """True where a reviewer has related these two, in whatever way and order, or said that they are unrelated."""

        def either(a: Iterable[Span], b: Iterable[Span]) -> bool:
            return any((one.overlaps(x) and other.overlaps(y)) or (one.overlaps(y) and other.overlaps(x)) for x in a for y in b)

        return (
            any(either((q.claim,), (q.by,)) for q in self.qualifies)
            or any(either((s.newer,), (s.older,)) for s in self.supersedes)
            or any(either(a, b) for sides in self.disputes for a, b in itertools.combinations(sides, 2))
            or any(either(o.statements, o.statements) for o in self.origins)
            or any(either((a,), (b,)) for a, b in self.unrelated)
        )

    def of(self, article: Article) -> Relations:
        """Those of these whose claim, or one of whose statements, is in an article."""
        return Relations(
            tuple(q for q in self.qualifies if q.claim.article is article),
            origins=tuple(o for o in self.origins if any(s.article is article for s in o.statements)),
        )

    def extended(self, qualifies: tuple[Qualifies, ...], origins: tuple[Origin, ...]) -> Relations:
        """These relations and then those."""
        return replace(self, qualifies=self.qualifies + qualifies, origins=self.origins + origins)


def load_relations(corpus: Corpus, data: bytes | None = None) -> tuple[Relations, list[Problem]]:
    """Read relations.yaml beside the articles, or `data` in its place. Raises CorpusError with all that is broken."""
    path = corpus.folder / "relations.yaml"
    root, reader = read_yaml(path, read_optional(path) if data is None else data)
    if root is None:
        return Relations(), reader.problems
    fields = reader.mapping(root, "", optional=("qualifies", "supersedes", "disputes", "same_origin", "unrelated"))
    qualifies = tuple(Qualifies(a, b) for _, _, a, b in _pairs(reader, corpus, fields.get("qualifies"), "qualifies", "claim", "by"))
    supersedes = tuple(_supersedes(reader, corpus, fields.get("supersedes")))
    disputes = tuple(_disputes(reader, corpus, fields.get("disputes")))
    origins = tuple(_origins(reader, corpus, fields.get("same_origin")))
    unrelated = tuple(_unrelated(reader, corpus, fields.get("unrelated")))
    if any(not p.warning for p in reader.problems):
        raise CorpusError(reader.problems)
    return Relations(qualifies, supersedes, disputes, origins, unrelated), reader.problems


def read_optional(path: Path) -> bytes | None:
    """The bytes of a file of the corpus; None where there is none. Raises CorpusError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CorpusError([Problem(str(path), 0, 0, f"cannot be read: {error.strerror}")]) from None


def read_yaml(path: Path, data: bytes | None) -> tuple[Node | None, Reader]:
    """The tree of what was read from an optional YAML file of the corpus and the reader that collects its problems. Raises CorpusError."""
    if data is None:
        return None, Reader(str(path))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CorpusError([not_utf8(path, error)]) from None
    root, problems = parse(text, str(path))
    if any(not p.warning for p in problems):
        raise CorpusError(problems)
    return root, Reader(str(path), problems)


def _pairs(reader: Reader, corpus: Corpus, node: Node | None, where: str, first: str, second: str) -> Iterator[tuple[str, Node, Span, Span]]:
    for at, item in reader.items(node, where):
        fields = reader.mapping(item, at, required=(first, second))
        if first in fields and second in fields:
            a, _ = find_quote(corpus, reader, fields[first], f"{at}.{first}")
            b, _ = find_quote(corpus, reader, fields[second], f"{at}.{second}")
            if a and b:
                yield at, item, a, b


def _supersedes(reader: Reader, corpus: Corpus, node: Node | None) -> Iterator[Supersedes]:
    for at, item, newer, older in _pairs(reader, corpus, node, "supersedes", "newer", "older"):
        if newer.asserted and older.asserted and newer.asserted < older.asserted:
            reader.problem(item, at, f"newer is of {newer.asserted}, older of {older.asserted}", "swap them")
        yield Supersedes(newer, older)


def _disputes(reader: Reader, corpus: Corpus, node: Node | None) -> Iterator[tuple[tuple[Span, ...], ...]]:
    for at, item in reader.items(node, "disputes"):
        fields = reader.mapping(item, at, required=("sides",))
        sides = [tuple(_spans(reader, corpus, side, where)) for where, side in reader.items(fields.get("sides"), f"{at}.sides")]
        if len(sides) < 2:
            reader.problem(item, at, "a dispute has at least two sides", "sides: [[REF, …], [REF, …]]")
        elif all(sides):
            yield tuple(sides)
        elif not reader.problems:
            reader.problem(item, at, "a side without a statement", "give each side at least one REF")


def _origins(reader: Reader, corpus: Corpus, node: Node | None) -> Iterator[Origin]:
    for at, item in reader.items(node, "same_origin"):
        fields = reader.mapping(item, at, required=("id", "statements"))
        name = reader.text(fields.get("id"), f"{at}.id")
        statements = tuple(_spans(reader, corpus, fields.get("statements"), f"{at}.statements"))
        if not statements and not reader.problems:
            reader.problem(item, f"{at}.statements", "no statement", "give at least two REFs of different articles")
        if name and statements:
            yield Origin(name, statements)


def _unrelated(reader: Reader, corpus: Corpus, node: Node | None) -> Iterator[tuple[Span, Span]]:
    for at, item in reader.items(node, "unrelated"):
        refs = len(list(reader.items(item, at)))
        spans = list(_spans(reader, corpus, item, at))
        if refs != 2:
            reader.problem(item, at, "not a pair", "give two REFs: [REF, REF]")
        elif len(spans) == 2:
            yield spans[0], spans[1]


def _spans(reader: Reader, corpus: Corpus, node: Node | None, where: str) -> Iterator[Span]:
    for at, item in reader.items(node, where):
        span, _ = find_quote(corpus, reader, item, at)
        if span:
            yield span
