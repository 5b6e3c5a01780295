"""A run as JSON, and two runs compared."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from worked import DOGS, HURT, answer, asked, refused, report

from bot.errors import UsageError
from bot.evaluate import Report
from bot.kept_run import SCHEMA, compare, load_points, text


def scored(*points: float) -> Report:
    """A report with these points; the questions are English and direct, but each third is Spanish and far."""
    rows = report(*[(asked([HURT], question=f"question {n}"), answer(HURT)) for n in range(len(points))]).rows
    kinds = [("direct", "en"), ("direct", "en"), ("far", "es")]
    return Report(
        tuple(
            replace(r, points=p, gold=replace(r.gold, category=kinds[n % 3][0], language=kinds[n % 3][1]))
            for n, (r, p) in enumerate(zip(rows, points, strict=True))
        )
    )


def kept(tmp_path: Path, made: Report) -> Path:
    (tmp_path / "run.json").write_text(text(made), encoding="utf-8")
    return tmp_path / "run.json"


def test_a_kept_run_has_everything_that_is_known_of_each_question() -> None:
    made = report((asked([HURT]), answer(HURT)), (asked([DOGS]), refused(HURT)), (asked(answerable=None), refused(absent=("Atlantis",))))
    first, second, third = json.loads(text(made))["questions"]
    assert first == {
        "id": "q0",
        "category": "category",
        "language": "en",
        "question": "?",
        "answerable": True,
        "status": "answered",
        "reason": None,
        "faq": None,
        "confidence": 0.0,
        "said": 0.0,
        "right": True,
        "points": 1,
        "wrong": "",
    }
    assert (second["status"], second["reason"], second["said"], second["wrong"]) == ("nearest", "not_stated", 1, "abstained (not_stated)")
    assert third["answerable"] == "partial"


def test_a_kept_run_has_the_hashes_and_every_figure() -> None:
    made = report((asked([HURT]), answer(HURT)), (asked(answerable=False), answer(DOGS)))
    record, sources = json.loads(text(made)), made.rows[0].answer.sources
    assert [record[key] for key in ("schema", "version", "corpus_sha256", "faq_sha256")] == [SCHEMA, sources.version, sources.corpus_sha256, sources.faq_sha256]
    figures = record["figures"]
    assert list(figures["totals"]) == ["ALL", "ALL en"]
    assert figures["totals"]["ALL"]["false_answers"] == {"hits": 1, "n": 1, "value": 1, "low": pytest.approx(0.025), "high": 1}
    assert {"lead_is_gold", "quote_precision", "gold_among_nearest", "hard_faults", "risk_coverage", "calibration"} < set(figures)
    assert figures["risk_coverage"]["points"][-1]["coverage"] == 1
    assert set(figures["calibration"]) == {"all", "answers", "refusals"}


def test_the_same_run_is_kept_in_the_same_bytes_and_differs_from_itself_in_nothing(tmp_path: Path) -> None:
    made = scored(1, 0.5, 0)
    assert text(made) == text(scored(1, 0.5, 0))
    found = compare(made, load_points(kept(tmp_path, made)))
    assert (found.changed, found.regression, found.only_here, found.only_there) == ((), False, 0, 0)
    assert list(found.lines()) == ["ALL: 0.500 → 0.500 (n=3, p=1); 0 gained, 0 lost"]


def test_changed_questions_are_listed_losses_first(tmp_path: Path) -> None:
    found = compare(scored(0.5, 0.5, 1), load_points(kept(tmp_path, scored(1, 0.5, 0))))
    assert list(found.lines()) == [
        "ALL: 0.500 → 0.667 (n=3, p=1); 1 gained, 1 lost",
        "lost q0: 1.0 → 0.5 'question 0'",
        "gained q2: 0.0 → 1.0 'question 2'",
        "fell ALL en: 0.750 → 0.500 (n=2, p=1)",
        "fell direct: 0.750 → 0.500 (n=2, p=1)",
        "fell en: 0.750 → 0.500 (n=2, p=1)",
    ]
    assert not found.regression


@pytest.mark.parametrize(("lost", "regression"), [(5, False), (6, True)])
def test_six_questions_lost_and_none_gained_are_a_regression_and_five_are_none(tmp_path: Path, lost: int, regression: bool) -> None:
    """Tossed signs are all the same in 2 of 2^5 = 32 tosses (p = .0625), in 2 of 2^6 = 64 (p = .031)."""
    found = compare(scored(*[0.5] * lost, *[1] * 20), load_points(kept(tmp_path, scored(*[1] * (lost + 20)))))
    assert found.regression == regression
    assert any(line.startswith("REGRESSION ALL: ") for line in found.lines()) == regression


def test_one_language_that_falls_is_a_regression_although_the_others_make_up_for_it(tmp_path: Path) -> None:
    before, after = [0, 0, 1] * 7, [1, 1, 0] * 7
    found = compare(scored(*after), load_points(kept(tmp_path, scored(*before))))
    assert found.groups[0].after > found.groups[0].before
    assert {group.name for group in found.groups if group.regression} == {"ALL other languages", "far", "es"}


def test_a_rise_is_no_regression(tmp_path: Path) -> None:
    assert not compare(scored(*[1] * 30), load_points(kept(tmp_path, scored(*[0] * 30)))).regression


def test_only_questions_that_both_runs_asked_in_the_same_words_are_compared(tmp_path: Path) -> None:
    path = kept(tmp_path, scored(0, 0, 0))
    record = json.loads(path.read_text())
    record["questions"][0]["question"] = "other words"
    record["questions"][2]["id"] = "gone"
    path.write_text(json.dumps(record))
    found = compare(scored(1, 1, 1, 1), load_points(path))
    assert (found.groups[0].n, found.only_here, found.only_there) == (1, 3, 2)
    assert "not compared: 3 questions only in this run, 2 only in the kept one" in list(found.lines())


def test_runs_without_a_common_question_have_nothing_that_fell(tmp_path: Path) -> None:
    found = compare(scored(0), {})
    assert (found.groups, found.regression, list(found.lines())) == ((), False, ["not compared: 1 question only in this run, 0 only in the kept one"])


@pytest.mark.parametrize("data", ["", "[]", "3", '{"schema": "eval/1"}', '{"schema": "eval/1", "questions": [{"id": "a"}]}', "\x00", "[" * 100_000])
def test_what_is_no_kept_run_is_told(tmp_path: Path, data: str) -> None:
    (tmp_path / "run.json").write_text(data)
    with pytest.raises(UsageError, match=r"run\.json: not a kept run: "):
        load_points(tmp_path / "run.json")


def test_a_run_that_an_earlier_version_kept_is_refused_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"totals": {"ALL": 1}, "points": {"q0": 1}}')
    with pytest.raises(UsageError, match=r"its schema is None, not 'eval/1'; keep it anew with --save"):
        load_points(tmp_path / "run.json")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"run\.json: cannot be read: No such file"):
        load_points(tmp_path / "run.json")
