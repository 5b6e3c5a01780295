"""Figures of a run, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from upper import answers, assistant, gold
from worked import DOGS, HURT, answer, asked, refused, report

from bot.evaluate import Report, evaluate, table
from bot.figures import Rate

FERRY = report(
    (asked([HURT], category="direct"), replace(answer(HURT), confidence=0.9, faq="hurt")),
    (asked([HURT], category="direct", language="es"), replace(answer(DOGS, HURT), confidence=0.75)),
    (asked([HURT], category="direct"), replace(refused(HURT), confidence=0.25)),
    (asked(answerable=False, category="far"), replace(refused(), confidence=0.1)),
    (asked(answerable=False, category="far"), replace(answer(DOGS), confidence=0.55)),
    (asked([HURT], None, category="part", language="es"), replace(refused(), confidence=0.3)),
)
"""Three answers, of which one begins with gold; three refusals, of which one is right and one half so."""


def test_groups_are_all_questions_each_category_and_each_language() -> None:
    groups = [*FERRY.totals.items(), *FERRY.categories.items(), *FERRY.languages.items()]
    assert [(name, len(group.rows), group.points, group.answered) for name, group in groups] == [
        ("ALL", 6, pytest.approx(3 / 6), 3),
        ("ALL en", 4, 0.5, 2),
        ("ALL other languages", 2, 0.5, 1),
        ("direct", 3, 0.5, 2),
        ("far", 2, 0.5, 1),
        ("part", 1, 0.5, 0),
        ("en", 4, 0.5, 2),
        ("es", 2, 0.5, 1),
    ]


def test_what_is_answered_in_part_counts_as_neither_a_false_answer_nor_a_false_refusal() -> None:
    assert (FERRY.totals["ALL"].false_answers, FERRY.totals["ALL"].false_refusals) == (Rate(1, 2), Rate(1, 3))
    assert (FERRY.categories["part"].false_answers, FERRY.categories["part"].false_refusals) == (Rate(0, 0), Rate(0, 0))


def test_leads_quotes_and_nearest_passages_are_counted_where_the_sources_answer() -> None:
    assert FERRY.lead_is_gold == Rate(1, 2)
    assert FERRY.quote_precision == Rate(2, 3)
    assert FERRY.gold_among_nearest == Rate(1, 1)
    assert FERRY.hard_faults == Rate(0, 6)


def test_the_curve_is_over_all_questions_and_counts_lost_points() -> None:
    """Lost: 0, half a point (more than half is beside the point), one point."""
    assert [(p.confidence, p.coverage, p.risk) for p in FERRY.curve.points] == [(0.9, 1 / 6, 0), (0.75, 2 / 6, 0.25), (0.55, 3 / 6, 0.5)]


def test_confidence_is_a_claim_that_the_lead_answers_and_its_rest_that_the_refusal_is_right() -> None:
    assert [(row.said, row.right) for row in FERRY.rows] == [(0.9, True), (0.75, False), (0.75, False), (0.9, True), (0.55, False), (0.7, False)]
    assert [sum(b.n for b in FERRY.calibration[kind].bins) for kind in ("all", "answers", "refusals")] == [6, 3, 3]
    assert FERRY.calibration["answers"].brier == pytest.approx((0.1**2 + 0.75**2 + 0.55**2) / 3)


def test_hard_faults_are_counted() -> None:
    assert report((asked([HURT]), replace(answer(HURT), nearest=refused(DOGS).nearest))).hard_faults == Rate(1, 1)


def test_the_table_has_every_figure() -> None:
    lines = {" ".join(line.split()) for line in table(FERRY).split("\n")}
    assert {
        "n points ans/ref false answers false refusals",
        "ALL 6 0.500 3/3 1/2 .013–.987 1/3 .008–.906",
        "part 1 0.500 0/1 – –",
        "lead is gold 1/2 0.500 0.0126 to 0.9874",
        "hard faults 0/6 0.000 0.0000 to 0.4593",
        "coverage 0.17 0.33 0.50",
        "risk 0.000 0.250 0.500",
        "0.9 to 1.0 1 0.900 1.000 1 0.900 1.000",
    } <= lines


def test_misses_are_listed_with_their_reason_and_the_entry_that_answered() -> None:
    made = table(FERRY, misses=True).split("\n\n")[0].split("\n")
    assert made == [
        "0.5 q1: '?': more than half of what is shown is beside the point (search)",
        "0.0 q2: '?': abstained (not_stated)",
        "0.0 q4: '?': answered what the articles do not (search)",
        "0.5 q5: '?': refused without saying what is absent and without the correcting passage",
    ]
    assert "?" not in table(FERRY)


@pytest.mark.parametrize("name", ["other", "real"])
def test_the_table_fits_80_columns(name: str) -> None:
    records = [(str(n), record) for n, record in enumerate(gold(name))][::3]
    assert max(map(len, table(evaluate(assistant(name), records)).split("\n"))) <= 80
    long = Report(tuple(replace(row, gold=replace(row.gold, category="c" * 40)) for row in FERRY.rows))
    assert max(map(len, table(long).split("\n"))) <= 80


def test_no_question_makes_a_table_of_nothing() -> None:
    assert "hard faults" in table(Report(()))


@pytest.mark.parametrize("name", ["other", "real"])
def test_every_gold_question_is_evaluated_on_the_answer_that_is_given(name: str) -> None:
    told: list[int] = []
    records = [(str(n), record) for n, record in enumerate(gold(name))][::10]
    made = evaluate(assistant(name), records, told.append)
    assert [row.answer.as_json for row in made.rows] == [a.as_json for a in answers(name)[::10]]
    assert all(row.points in (0, 0.5, 1) for row in made.rows)
    assert told == list(range(1, len(records) + 1))
