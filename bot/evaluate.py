"""Gold questions against the bot's answers: points for each question, figures for the whole, a table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from bot.answer import Answer
from bot.assistant import Assistant
from bot.figures import Calibration, Curve, Rate, calibration, curve, mean
from bot.gold import Gold, Records, parse
from bot.scoring import counted, fits, leads, score, shows_any

ALL = "ALL"
ALL_EN = "ALL en"
ALL_OTHER = "ALL other languages"


@dataclass(frozen=True, slots=True)
class Row:
    """One question's points in {0, 0.5, 1}, and what is wrong, in words."""

    gold: Gold
    answer: Answer
    points: float
    wrong: str = ""

    @property
    def answered(self) -> bool:
        """Whether something was quoted as evidence."""
        return bool(self.answer.quotes)

    @property
    def right(self) -> bool:
        """What `said` is a claim about: the first quote shows gold, or the refusal earns its whole point."""
        return leads(self.gold, self.answer.quotes) if self.answered else self.points == 1

    @property
    def said(self) -> float:
        """The claimed probability of `right`. `confidence` is that what was found answers the question; a refusal claims the contrary."""
        return self.answer.confidence if self.answered else 1 - self.answer.confidence

    @property
    def why(self) -> str:
        """What is wrong, and where it came from: the entry that answered, or `search`."""
        source = f" ({self.answer.faq or 'search'})" if self.answered else ""
        return self.wrong + source


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of some questions."""

    rows: tuple[Row, ...]

    @property
    def points(self) -> float:
        """The mean of the questions' points."""
        return mean([row.points for row in self.rows])

    @property
    def answered(self) -> int:
        """How many of the questions were answered."""
        return sum(row.answered for row in self.rows)

    @property
    def false_answers(self) -> Rate:
        """Answered, among what the sources do not answer."""
        return Rate.of(row.answered for row in self.rows if row.gold.answerable is False)

    @property
    def false_refusals(self) -> Rate:
        """Refused, among what the sources answer; what they answer in part counts for neither rate."""
        return Rate.of(not row.answered for row in self.rows if row.gold.answerable)


@dataclass(frozen=True)
class Report:
    """All rows of one run."""

    rows: tuple[Row, ...]

    @property
    def hard_faults(self) -> Rate:
        """Answers that do what none may: must be 0."""
        return Rate.of(row.wrong.startswith("HARD") for row in self.rows)

    @cached_property
    def totals(self) -> dict[str, Group]:
        """All questions, the English and the other ones."""
        return self._grouped(lambda row: (ALL, ALL_EN if row.gold.language == "en" else ALL_OTHER))

    @cached_property
    def categories(self) -> dict[str, Group]:
        """The questions by category."""
        return self._grouped(lambda row: (row.gold.category,))

    @cached_property
    def languages(self) -> dict[str, Group]:
        """The questions by language."""
        return self._grouped(lambda row: (row.gold.language,))

    def _grouped(self, names: Callable[[Row], Iterable[str]]) -> dict[str, Group]:
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            for name in names(row):
                found.setdefault(name, []).append(row)
        return {name: Group(tuple(rows)) for name, rows in sorted(found.items())}

    @property
    def _right_to_answer(self) -> list[Row]:
        return [row for row in self.rows if row.gold.answerable and row.answered]

    @property
    def lead_is_gold(self) -> Rate:
        """Of the answers to what the sources answer: how many begin with a gold quote."""
        return Rate.of(leads(row.gold, row.answer.quotes) for row in self._right_to_answer)

    @property
    def quote_precision(self) -> Rate:
        """Of the quotes in those answers: how many are gold or acceptable."""
        return Rate.of(fits(row.gold, quote) for row in self._right_to_answer for quote in counted(row.answer.quotes))

    @property
    def gold_among_nearest(self) -> Rate:
        """Of the refusals with nearest passages to what the sources answer: how many show a gold quote there."""
        return Rate.of(shows_any(counted(r.answer.nearest), r.gold.gold) for r in self.rows if r.gold.answerable and not r.answered and r.answer.nearest)

    @cached_property
    def curve(self) -> Curve:
        """Risk over coverage; the loss of an answer is what it lacks to one point."""
        return curve([(row.answer.confidence, 1 - row.points) for row in self.rows if row.answered], len(self.rows))

    @cached_property
    def calibration(self) -> dict[str, Calibration]:
        """Of `said` against `right`: of all rows, of the answers, of the refusals."""
        kinds = {"all": self.rows, "answers": [r for r in self.rows if r.answered], "refusals": [r for r in self.rows if not r.answered]}
        return {kind: calibration([(row.said, row.right) for row in rows]) for kind, rows in kinds.items()}


def evaluate(assistant: Assistant, records: Records, progress: Callable[[int], object] = lambda done: None) -> Report:
    """Ask every gold question and give points; `progress` is told how many are done. Raises UsageError as `gold.parse` does."""
    golds = [parse(place, record, assistant.corpus) for place, record in records]
    rows = []
    for done, gold in enumerate(golds, 1):
        answer = assistant.ask(gold.question)
        rows.append(Row(gold, answer, *score(gold, answer, assistant.corpus)))
        progress(done)
    return Report(tuple(rows))


def table(report: Report, *, misses: bool = False) -> str:
    """The figures as text, at most 80 columns wide; the misses, which may be wider, before them."""
    missed = [f"{row.points:.1f} {row.gold.id}: {row.gold.question[:80]!r}: {row.why}" for row in report.rows if row.points < 1]
    parts = [missed if misses else [], list(_groups(report)), list(_more(report)), list(_coverage(report)), list(_reliability(report))]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _groups(report: Report) -> Iterator[str]:
    yield f"{'':20}{'n':>5}{'points':>7}{'ans/ref':>10}{'false answers':>19}{'false refusals':>19}"
    for groups in (report.totals, report.categories, report.languages):
        if groups is not report.totals:
            yield ""
        for name, group in groups.items():
            n = len(group.rows)
            yield (
                f"{_short(name, 20)}{n:>5}{group.points:>7.3f}{f'{group.answered}/{n - group.answered}':>10}"
                f"{_bounded(group.false_answers):>19}{_bounded(group.false_refusals):>19}"
            )


def _more(report: Report) -> Iterator[str]:
    every = Group(report.rows)
    rates = {
        "false answers": every.false_answers,
        "false refusals": every.false_refusals,
        "lead is gold": report.lead_is_gold,
        "quote precision": report.quote_precision,
        "gold among nearest": report.gold_among_nearest,
        "hard faults": report.hard_faults,
    }
    yield f"{'':22}{'of n':>9}{'rate':>8}   95 % bounds (Clopper–Pearson)"
    for name, rate in rates.items():
        yield f"{name:22}{f'{rate.hits}/{rate.n}':>9}{rate.value:>8.3f}   {rate.low:.4f} to {rate.high:.4f}"


def _coverage(report: Report) -> Iterator[str]:
    """The curve at every tenth of the questions, and at its end."""
    points = report.curve.points
    if not points:
        return
    at = [next(p for p in points if p.coverage >= tenth / 10 - 1e-9) for tenth in range(1, 10) if points[-1].coverage >= tenth / 10]
    chosen = list(dict.fromkeys([*at, points[-1]]))
    yield f"Risk (points lost per answer) over coverage, surest first: area {report.curve.area:.4f}"
    yield f"{'coverage':12}" + "".join(f"{p.coverage:6.2f}" for p in chosen)
    yield f"{'risk':12}" + "".join(f"{p.risk:6.3f}" for p in chosen)
    yield f"{'confidence':12}" + "".join(f"{p.confidence:6.2f}" for p in chosen)


def _reliability(report: Report) -> Iterator[str]:
    kinds = [report.calibration[kind] for kind in ("answers", "refusals", "all")]
    answers, refusals = ({b.low: b for b in kind.bins} for kind in kinds[:2])
    yield "Calibration: probability said that the lead answers, or the refusal is right"
    yield f"{'':10}{'answers':>9}{'said':>7}{'right':>7}{'refusals':>13}{'said':>7}{'right':>7}"
    for low in sorted({*answers, *refusals}):
        cells = [f"{b.n:>9}{b.said:>7.3f}{b.right:>7.3f}" if b else f"{'–':>9}{'':14}" for b in (answers.get(low), refusals.get(low))]
        yield f"{low:.1f} to {low + 0.1:.1f}{cells[0]}    {cells[1]}".rstrip()
    for name, values in (("Brier", [kind.brier for kind in kinds]), ("error", [kind.error for kind in kinds])):
        yield f"{name:10}{values[0]:>23.4f}{values[1]:>27.4f}   all {values[2]:.4f}"


def _bounded(rate: Rate) -> str:
    """Count and bounds in 17 characters or fewer; a dash where there is nothing to count."""
    return f"{rate.hits}/{rate.n} {_thousandths(rate.low)}–{_thousandths(rate.high)}" if rate.n else "–"


def _thousandths(share: float) -> str:
    return f"{share:.3f}".removeprefix("0") if share < 0.9995 else "1"


def _short(name: str, width: int) -> str:
    return f"{name if len(name) < width else name[: width - 2] + '…':{width}}"
