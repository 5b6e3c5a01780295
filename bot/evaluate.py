"""Gold questions against the bot's answers: points for each question, figures for the whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.answer import Answer, Quote, Status
from bot.assistant import Assistant
from bot.corpus import Corpus, Span
from bot.errors import UsageError

SHOWN = 0.8
"""Share of a gold quote's characters that must be shown for it to count."""


@dataclass(frozen=True, slots=True)
class Gold:
    """A question with known evidence; the lists hold spans of which each is acceptable alone unless `need_all`."""

    id: str
    category: str
    language: str
    question: str
    answerable: bool | None
    """None: in part; a refusal that names what is absent, or shows the correcting passage, is right too."""
    gold: tuple[Span, ...] = ()
    need_all: bool = False
    sides: tuple[tuple[Span, ...], ...] = ()
    """Of a disagreement: a quote of each side is due."""
    hedges: tuple[tuple[tuple[Span, ...], tuple[Span, ...]], ...] = ()
    """(claims, hedges): where one of the claims is shown, the hedges are due."""
    misleading: tuple[Span, ...] = ()
    """Superseded or wrong alone: must not lead."""
    also_ok: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One question's points in {0, 0.5, 1}, and what is wrong, in words."""

    gold: Gold
    answer: Answer
    points: float
    wrong: str = ""


@dataclass(frozen=True)
class Report:
    """All rows of one run."""

    rows: tuple[Row, ...]

    @property
    def hard_faults(self) -> int:
        """Answers that show furniture, or quotes under a refusal: must be 0."""
        return sum(row.wrong.startswith("HARD") for row in self.rows)

    def totals(self) -> dict[str, tuple[int, float]]:
        """Name → (number of questions, mean points), by category and for all."""
        found: dict[str, list[float]] = {}
        for row in self.rows:
            kind = "ALL en" if row.gold.language == "en" else "ALL other languages"
            for name in (row.gold.category, kind, "ALL"):
                found.setdefault(name, []).append(row.points)
        return {name: (len(points), mean(points)) for name, points in sorted(found.items())}


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean; 0 for none."""
    return sum(values) / len(values) if values else 0.0


def load_gold(paths: Iterable[Path]) -> list[tuple[str, dict[str, Any]]]:
    """(place, record) of each line of gold files. Raises UsageError for an unreadable file or a broken line."""
    found = []
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{path}: cannot be read: {error}") from None
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    record = json.loads(line)
                    if not isinstance(record["question"], str) or record["answerable"] not in (True, False, "partial"):
                        raise ValueError('`question` must be text, `answerable` true, false or "partial"')
                except (ValueError, KeyError, TypeError) as error:
                    wants = 'needs "question", "answerable" (true, false or "partial") and "gold": [{"doc": article id, "quote": …}]'
                    raise UsageError(f"{path}:{number}: not a gold question: {error}; {wants}") from None
                found.append((f"{path}:{number}", record))
    return found


def parse(place: str, record: Mapping[str, Any], corpus: Corpus) -> Gold:
    """A gold record with its quotes found in the corpus. Raises UsageError for a quote that is not there."""

    def spans(quotes: Iterable[Mapping[str, str]] | None) -> tuple[Span, ...]:
        return tuple(_span(place, quote, corpus) for quote in quotes or ())

    gold = spans(record.get("gold"))
    hedges = [(spans(rule["if_quoted"]), spans(rule["then_include"])) for rule in record.get("hedge_rules") or ()]
    if not hedges and record.get("must_include"):
        hedges = [((), spans(record["must_include"]))]
    answerable = None if record["answerable"] == "partial" else bool(record["answerable"])
    return Gold(
        str(record.get("id", place)), str(record.get("category", "none")), str(record.get("lang", "und")), record["question"], answerable, gold,
        bool(record.get("need_all")), tuple(spans(side) for side in record.get("sides") or ()), tuple(hedges), spans(record.get("must_not_lead_with")), spans(record.get("also_ok")),
    )  # fmt: skip


def _span(place: str, quote: Mapping[str, str], corpus: Corpus) -> Span:
    article = corpus.articles.get(quote.get("doc", ""))
    start = article.text.find(quote.get("quote", "\0")) if article else -1
    if article is None or start < 0:
        raise UsageError(f"{place}: not in the corpus: {quote.get('doc')}: {str(quote.get('quote'))[:60]!r}")
    return Span(article, start, start + len(quote["quote"]))


def evaluate(assistant: Assistant, records: Iterable[tuple[str, Mapping[str, Any]]]) -> Report:
    """Ask every gold question and give points."""
    golds = [parse(place, record, assistant.corpus) for place, record in records]
    return Report(tuple(_row(gold, assistant.ask(gold.question)) for gold in golds))


def _row(gold: Gold, answer: Answer) -> Row:
    points, wrong = score(gold, answer)
    return Row(gold, answer, points, wrong)


def shows(quotes: Iterable[Quote], span: Span) -> bool:
    """True where the quotes together show at least SHOWN of the span's characters."""
    covered = {i for q in quotes if q.span.article is span.article for i in range(max(q.span.start, span.start), min(q.span.end, span.end))}
    return len(covered) >= SHOWN * (span.end - span.start)


def score(gold: Gold, answer: Answer) -> tuple[float, str]:
    """Points in {0, 0.5, 1} for one answer, and the first thing that is wrong with it."""
    shown = answer.quotes or answer.nearest
    if any(q.span.article.is_furniture(q.span.start, q.span.end) for q in shown) or (answer.quotes and answer.status is not Status.ANSWERED):
        return 0.0, "HARD: furniture, or quotes under a refusal"
    if gold.answerable is False:
        return (0.0, "answered what the articles do not") if answer.quotes else (1.0, "")
    if not answer.quotes:
        if gold.answerable is None:
            told = bool(answer.absent) or any(shows(answer.nearest, g) for g in gold.gold)
            return (1.0, "") if told else (0.5, "refused without saying what is absent and without the correcting passage")
        return 0.0, f"abstained ({answer.reason})"
    return answered(gold, answer.quotes)


def answered(gold: Gold, quotes: tuple[Quote, ...]) -> tuple[float, str]:
    """Points for an answer to a question that the sources answer, at least in part, and what is wrong."""
    found = [shows(quotes, g) for g in gold.gold]
    if not any(found):
        return (0.5, "only a side quote") if any(shows(quotes, a) for a in gold.also_ok) else (0.0, "wrong quote")
    for claims, hedges in gold.hedges:
        if (not claims or any(shows(quotes, c) for c in claims)) and not all(shows(quotes, h) for h in hedges):
            return 0.0, "a hedge is left out"
    if gold.need_all and not all(found):
        return 0.5, "not every needed quote"
    if not all(any(shows(quotes, s) for s in side) for side in gold.sides):
        return 0.5, "one side of the disagreement is missing"
    if any(shows(quotes[:1], m) for m in gold.misleading) and not any(shows(quotes[:1], g) for g in gold.gold):
        return 0.5, "leads with a superseded or misleading quote"
    return (0.5, "more than half of what is shown is beside the point") if beside(gold, quotes) > 0.5 else (1.0, "")


def beside(gold: Gold, quotes: Iterable[Quote]) -> float:
    """Share of the shown characters that no gold, side, hedge or acceptable quote covers; neighbours of gold sentences count for neither."""
    fine = [*gold.gold, *gold.also_ok, *(s for side in gold.sides for s in side), *(h for _, hedges in gold.hedges for h in hedges)]
    neutral = [n for g in gold.gold for n in _neighbours(g)]
    covered = total = 0
    for quote in quotes:
        for i in range(quote.span.start, quote.span.end):
            if any(f.article is quote.span.article and f.start <= i < f.end for f in fine):
                covered, total = covered + 1, total + 1
            elif not any(n.article is quote.span.article and n.start <= i < n.end for n in neutral):
                total += 1
    return 1 - covered / total if total else 0.0


def _neighbours(span: Span) -> list[Span]:
    sentences, touched = span.article.sentences, span.article.sentences_of(span.start, span.end)
    around = (touched.start - 1, touched.stop) if touched else ()
    return [sentences[i] for i in around if 0 <= i < len(sentences)]


def table(report: Report, *, misses: bool = False) -> str:
    """The figures as text, each with its number of questions."""
    lines = []
    if misses:
        lines += [
            f"{row.points:.1f} {row.gold.id}: {row.gold.question[:80]!r}: {row.wrong} ({row.answer.faq or row.answer.reason})"
            for row in report.rows
            if row.points < 1
        ]
    lines += [f"{name:24} n={count:<5} {value:.3f}" for name, (count, value) in report.totals().items()]
    lines += [f"{name:24} n={count:<5} {value:.3f}" for name, count, value in _more(report)]
    return "\n".join(lines)


def _more(report: Report) -> list[tuple[str, int, float]]:
    answered = [r for r in report.rows if r.gold.answerable and r.answer.quotes]
    leads = [float(any(shows(r.answer.quotes[:1], g) for g in r.gold.gold)) for r in answered]
    refused = [r for r in report.rows if not r.answer.quotes]
    unanswerable = [r for r in report.rows if r.gold.answerable is False]
    return [
        ("lead is gold", len(leads), mean(leads)),
        ("abstention precision", len(refused), mean([float(r.gold.answerable is not True) for r in refused])),
        ("abstention recall", len(unanswerable), mean([float(not r.answer.quotes) for r in unanswerable])),
        ("hard faults", report.hard_faults, 0.0),
    ]


def save(report: Report, path: Path) -> None:
    """Keep the points of each question and the totals as JSON."""
    body = {"totals": {name: value for name, (_, value) in report.totals().items()}, "points": {row.gold.id: row.points for row in report.rows}}
    path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def compare(report: Report, path: Path) -> list[str]:
    """Lines that say which questions changed since a kept run and which totals fell. Raises UsageError where it cannot be read."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        points, totals = dict(kept["points"]), dict(kept["totals"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{path}: not a kept run: {error}") from None
    lines = [
        f"changed {row.gold.id}: {points[row.gold.id]:.1f} → {row.points:.1f} {row.gold.question[:70]!r}"
        for row in report.rows
        if points.get(row.gold.id, row.points) != row.points
    ]
    for name, (_, value) in report.totals().items():
        if name in totals and value < totals[name] - 1e-9:
            lines.append(f"fell    {name}: {totals[name]:.3f} → {value:.3f}")
    return lines
