"""A run of `bot eval` kept as JSON, and a later run compared with it.

The object of a kept run:

    schema      "eval/1"
    version, corpus_sha256, faq_sha256, engine, semantic: what the answers were made with
    figures     totals, categories, languages   by name: n, points, answered, refused, false_answers, false_refusals
                lead_is_gold, quote_precision, gold_among_nearest, hard_faults
                risk_coverage   area; points: confidence, coverage, risk
                calibration     all, answers, refusals: brier, error; bins: low, high, n, said, right
    questions   a list in the order asked: id, category, language, question, answerable (true, false or "partial"),
                status, reason, faq (the entry that answered), confidence, said, right, points, wrong (empty: nothing)

Each rate is hits, n, value, low, high (95 %, Clopper and Pearson).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import UsageError, number_of
from bot.evaluate import Group, Report, Row
from bot.figures import Rate, mean, paired_p

SCHEMA = "eval/1"
SIGNIFICANT = 0.05
"""p under which a fall is more than chance explains."""


def as_json(report: Report) -> dict[str, Any]:
    """Everything that is known of a run, as the object that the module describes."""
    made_with = {}
    if report.rows:
        sources = report.rows[0].answer.sources
        made_with = {
            "version": sources.version,
            "corpus_sha256": sources.corpus_sha256,
            "faq_sha256": sources.faq_sha256,
            "engine": sources.engine,
            "semantic": sources.semantic,
        }
    figures = {
        "totals": {name: _group(g) for name, g in report.totals.items()},
        "categories": {name: _group(g) for name, g in report.categories.items()},
        "languages": {name: _group(g) for name, g in report.languages.items()},
        "lead_is_gold": _rate(report.lead_is_gold),
        "quote_precision": _rate(report.quote_precision),
        "gold_among_nearest": _rate(report.gold_among_nearest),
        "hard_faults": _rate(report.hard_faults),
        "risk_coverage": dataclasses.asdict(report.curve),
        "calibration": {kind: dataclasses.asdict(found) for kind, found in report.calibration.items()},
    }
    return {"schema": SCHEMA, **made_with, "figures": figures, "questions": [_question(row) for row in report.rows]}


def _group(group: Group) -> dict[str, Any]:
    return {
        "n": len(group.rows),
        "points": group.points,
        "answered": group.answered,
        "refused": len(group.rows) - group.answered,
        "false_answers": _rate(group.false_answers),
        "false_refusals": _rate(group.false_refusals),
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {"hits": rate.hits, "n": rate.n, "value": rate.value, "low": rate.low, "high": rate.high}


def _question(row: Row) -> dict[str, Any]:
    gold, answer = row.gold, row.answer
    return {
        "id": gold.id,
        "category": gold.category,
        "language": gold.language,
        "question": gold.question,
        "answerable": "partial" if gold.answerable is None else gold.answerable,
        "status": str(answer.status),
        "reason": str(answer.reason) if answer.reason else None,
        "faq": answer.faq,
        "confidence": answer.confidence,
        "said": round(row.said, 3),
        "right": row.right,
        "points": row.points,
        "wrong": row.wrong,
    }


def text(report: Report) -> str:
    """The kept run as the text of its file."""
    return json.dumps(as_json(report), indent=1, ensure_ascii=False) + "\n"


Points = dict[str, tuple[str, float]]
"""By the question's id: its text and its points."""


def load_points(path: Path) -> Points:
    """What each question of a kept run earned. Raises UsageError for a file that is none, or that an earlier version kept."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(kept, dict) and kept.get("schema") != SCHEMA:
            raise ValueError(f"its schema is {kept.get('schema')!r}, not {SCHEMA!r}; keep it anew with --save")
        return {str(q["id"]): (str(q["question"]), float(q["points"])) for q in kept["questions"]}
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UsageError(f"{path}: not a kept run: {error}") from None


@dataclass(frozen=True, slots=True)
class Change:
    """Some questions that both runs asked: their number, their mean points then and now, and how likely chance alone differs so much."""

    name: str
    n: int
    before: float
    after: float
    p: float

    @property
    def regression(self) -> bool:
        """Whether the later run is worse, and hardly by chance."""
        return self.after < self.before and self.p < SIGNIFICANT

    def __str__(self) -> str:
        return f"{self.name}: {self.before:.3f} → {self.after:.3f} (n={self.n}, p={self.p:.3g})"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run against a kept one, paired by question (same id, same text)."""

    changed: tuple[tuple[Row, float], ...]
    """(row, points then) where they differ, what was lost first."""
    groups: tuple[Change, ...]
    """All questions first, then the English, the others, each category, each language; those without a pair are left out."""
    only_here: int
    only_there: int

    @property
    def regression(self) -> bool:
        """True where a total fell by more than chance explains."""
        return any(group.regression for group in self.groups)

    def lines(self) -> Iterator[str]:
        """What changed, in words; the whole first."""
        for group in self.groups[:1]:
            lost = sum(row.points < then for row, then in self.changed)
            yield f"{group}; {len(self.changed) - lost} gained, {lost} lost"
        if self.only_here or self.only_there:
            yield f"not compared: {number_of(self.only_here, 'question')} only in this run, {self.only_there} only in the kept one"
        for row, then in self.changed:
            yield f"{'gained' if row.points > then else 'lost'} {row.gold.id}: {then:.1f} → {row.points:.1f} {row.gold.question[:70]!r}" + (
                f": {row.why}" if row.wrong else ""
            )
        for group in self.groups:
            if group.after < group.before:
                yield f"{'REGRESSION' if group.regression else 'fell'} {group}"


def compare(report: Report, kept: Points) -> Comparison:
    """Compare by the exact paired permutation test on points: every total, category and language that both runs have."""
    then = {row.gold.id: kept[row.gold.id][1] for row in report.rows if row.gold.id in kept and kept[row.gold.id][0] == row.gold.question}
    groups = []
    for named in (report.totals, report.categories, report.languages):
        for name, group in named.items():
            pairs = [(then[row.gold.id], row.points) for row in group.rows if row.gold.id in then]
            if pairs:
                before, after = (mean(list(points)) for points in zip(*pairs, strict=True))
                groups.append(Change(name, len(pairs), before, after, paired_p(b - a for a, b in pairs)))
    changed = [(row, then[row.gold.id]) for row in report.rows if row.gold.id in then and then[row.gold.id] != row.points]
    changed.sort(key=lambda pair: pair[0].points - pair[1])
    return Comparison(tuple(changed), tuple(groups), len(report.rows) - len(then), len(kept) - len(then))
