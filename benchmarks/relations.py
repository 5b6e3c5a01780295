"""Precision and recall of the relations that are found without a table, against relations.yaml: `python -m benchmarks.relations`.

For the corpus of this folder and the fictional one, or for the corpora that are named; --list shows every candidate. A candidate
is right (+) where the table relates its two sentences so; tellings of one statement (same_origin) stand for each other. Related
otherwise (~) and not in the table (-) count as wrong, although a table is never complete. Recall counts the pairs of the table:
each hedge, each older statement, each two opposite statements, each two tellings.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterable
from pathlib import Path

from bot.candidates import SAFE, Candidate, Kind, find
from bot.compose import whole
from bot.corpus import Span, load_corpus
from bot.lexicon import load_lexicon
from bot.relations import Relations, load_relations

FIRST = 10
Pairs = dict[Kind, list[tuple[Span, Span]]]


def pairs_of(table: Relations) -> Pairs:
    """The pairs that a table relates, by kind."""
    return {
        Kind.QUALIFIES: [(q.claim, q.by) for q in table.qualifies],
        Kind.SUPERSEDES: [(s.newer, s.older) for s in table.supersedes],
        Kind.DISPUTES: [(a, b) for sides in table.disputes for x, y in itertools.combinations(sides, 2) for a in x for b in y],
        Kind.SAME_ORIGIN: [pair for o in table.origins for pair in itertools.combinations(o.statements, 2)],
    }


class Judge:
    """What a table says of a candidate."""

    def __init__(self, table: Relations) -> None:
        self.pairs = pairs_of(table)
        self._origins = [o.statements for o in table.origins]

    def _is(self, kind: Kind, span: Span, known: Span) -> bool:
        told = [] if kind is Kind.SAME_ORIGIN else [o for o in self._origins if any(span.overlaps(s) for s in o)]
        return span.overlaps(known) or any(known.overlaps(s) for o in told for s in o)

    def means(self, candidate: Candidate, kind: Kind, pair: tuple[Span, Span]) -> bool:
        """True where a candidate is this pair, in its order where the kind has one."""
        a, b = candidate.first, candidate.second
        straight = self._is(kind, a, pair[0]) and self._is(kind, b, pair[1])
        return straight or (kind in (Kind.DISPUTES, Kind.SAME_ORIGIN) and self._is(kind, a, pair[1]) and self._is(kind, b, pair[0]))

    def mark(self, candidate: Candidate) -> str:
        """+ right, ~ related otherwise, - not in the table."""
        if any(self.means(candidate, candidate.kind, p) for p in self.pairs[candidate.kind]):
            return "+"
        turned = Candidate(candidate.kind, candidate.second, candidate.first, candidate.rule, 0, "")
        return "~" if any(self.means(c, kind, p) for c in (candidate, turned) for kind in Kind for p in self.pairs[kind]) else "-"


def share(marks: Iterable[str]) -> str:
    """How many of the marks are right."""
    found = list(marks)
    return f"{found.count('+'):3} of {len(found):3}" + (f" ({found.count('~')} related otherwise)" if "~" in found else "")


def report(folder: Path, listed: bool) -> None:
    """Print the figures of one corpus."""
    corpus, _ = load_corpus(folder)
    table, _ = load_relations(corpus)
    judge = Judge(table)
    found = find(corpus, load_lexicon(corpus), Relations())
    marks = {id(c): judge.mark(c) for c in found}
    print(f"{folder}: {len(corpus.sentences)} sentences, {len(found)} candidates")
    for kind in Kind:
        own = [c for c in found if c.kind is kind]
        known = judge.pairs[kind]
        recalled = sum(any(judge.means(c, kind, p) for c in own) for p in known)
        safely = sum(any(judge.means(c, kind, p) for c in own if c.rule in SAFE) for p in known)
        beside = sum(whole(a).holds(b) for a, b in known) if kind is Kind.QUALIFIES else 0
        shown = f", {beside} shown with the claim as its neighbour anyway" if beside else ""
        print(f"  {kind:12} right {share(marks[id(c)] for c in own)}; found {recalled} of the table's {len(known)}, {safely} of them applied{shown}")
        for rule in dict.fromkeys(c.rule for c in own):
            print(f"    {rule:16} {'applied' if rule in SAFE else '':8} {share(marks[id(c)] for c in own if c.rule is rule)}")
    offered = [c for c in found if c.rule not in SAFE]
    print(f"  first {FIRST} offered {share(marks[id(c)] for c in offered[:FIRST])}; all offered {share(marks[id(c)] for c in offered)}")
    if listed:
        for c in found:
            print(f"{marks[id(c)]} {c.score:.2f} {c.rule}: {c.reason}\n      {_line(c.first)}\n      {_line(c.second)}")


def _line(span: Span) -> str:
    return f"{span.article.id}, {span.asserted}: {' '.join(span.text.split())[:200]}"


def main() -> int:
    """Print the figures of every corpus."""
    names = [a for a in sys.argv[1:] if a != "--list"]
    for name in names or ["corpus", "tests/data/other_topic/corpus"]:
        report(Path(name), "--list" in sys.argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
