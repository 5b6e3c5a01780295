"""Points for answers to gold questions, worked by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from upper import answers, assistant, gold, span

from bot.answer import Answer, Quote, Reason, Status
from bot.corpus import Span
from bot.errors import UsageError
from bot.evaluate import SHOWN, Gold, Report, Row, beside, compare, evaluate, load_gold, mean, parse, save, score, shows, table
from bot.faq import Role

CORPUS = assistant("other").corpus
EMPTY = assistant("other").ask("")
HURT = span(CORPUS, "ostrellin-courier", "Nobody was hurt.")
ABOARD = span(CORPUS, "ostrellin-courier", "The ferry had 240\u00a0passengers on board, according to the harbour office in Ostrellin.")
CAPTAIN = span(CORPUS, "pellandry-ledger", "There were 310 passengers on board, said Captain Ansa Relvik, who counted them off at the quay herself.")
BATCH = span(CORPUS, "ostrellin-courier", "The bearings may come from a single faulty batch made by Dunmarrow Marine Works.")
HEDGE = span(CORPUS, "ostrellin-courier", "That claim could not be verified.")
DOGS = span(CORPUS, "lake-riders-bulletin", "Dogs travel free.")
TIED = span(CORPUS, "pellandry-ledger", "The Grey Heron and the Lady Tamsa remain tied up.")


def answer(*spans: Span) -> Answer:
    """An answer with these quotes."""
    quotes = tuple(Quote(n, s, Role.ANSWER) for n, s in enumerate(spans, 1))
    return replace(EMPTY, status=Status.ANSWERED, reason=None, quotes=quotes)


def refused(*nearest: Span, absent: tuple[str, ...] = ()) -> Answer:
    """A refusal with these nearest passages."""
    return replace(
        EMPTY,
        status=Status.NEAREST if nearest else Status.ABSTAINED,
        reason=Reason.NOT_STATED,
        nearest=tuple(Quote(n, s, Role.CONTEXT) for n, s in enumerate(nearest, 1)),
        absent=absent,
    )


def asked(gold: Iterable[Span] = (), answerable: bool | None = True, **fields: object) -> Gold:
    return replace(Gold("id", "category", "en", "?", answerable, tuple(gold)), **fields)  # type: ignore[arg-type]


FURNITURE = Span(CORPUS.articles["ostrellin-courier"], *CORPUS.articles["ostrellin-courier"].furniture[0])


@pytest.mark.parametrize(
    ("rule", "due", "given", "points"),
    [
        ("the gold quote alone", asked([HURT]), answer(HURT), 1),
        ("one of several acceptable quotes", asked([HURT, DOGS]), answer(DOGS), 1),
        ("another quote", asked([HURT]), answer(DOGS), 0),
        ("only a side quote", asked([HURT], also_ok=(DOGS,)), answer(DOGS), 0.5),
        ("a refusal of what is answered", asked([HURT]), refused(), 0),
        ("a refusal that shows the gold quote as nearest", asked([HURT]), refused(HURT), 0),
        ("a refusal of what is not answered", asked(answerable=False), refused(DOGS), 1),
        ("an answer to what is not answered", asked(answerable=False), answer(DOGS), 0),
        ("in part: a refusal that names what is absent", asked([HURT], None), refused(absent=("Atlantis",)), 1),
        ("in part: a refusal that shows the correcting passage", asked([HURT], None), refused(HURT), 1),
        ("in part: a refusal that says neither", asked([HURT], None), refused(DOGS), 0.5),
        ("in part: the correcting passage", asked([HURT], None), answer(HURT), 1),
        ("a claim without its hedge", asked([BATCH], hedges=(((BATCH,), (HEDGE,)),)), answer(BATCH), 0),
        ("a claim with its hedge", asked([BATCH], hedges=(((BATCH,), (HEDGE,)),)), answer(BATCH, HEDGE), 1),
        ("a hedge of a claim that is not shown", asked([HURT], hedges=(((BATCH,), (HEDGE,)),)), answer(HURT), 1),
        ("a hedge that is due in any case", asked([HURT], hedges=(((), (HEDGE,)),)), answer(HURT), 0),
        ("all that is needed", asked([ABOARD, CAPTAIN], need_all=True), answer(ABOARD, CAPTAIN), 1),
        ("not all that is needed", asked([ABOARD, CAPTAIN], need_all=True), answer(ABOARD), 0.5),
        ("both sides", asked([ABOARD], sides=((ABOARD,), (CAPTAIN,))), answer(ABOARD, CAPTAIN), 1),
        ("one side", asked([ABOARD], sides=((ABOARD,), (CAPTAIN,))), answer(ABOARD), 0.5),
        ("a misleading lead", asked([DOGS], misleading=(TIED,), also_ok=(TIED,)), answer(TIED, DOGS), 0.5),
        ("a misleading quote that does not lead", asked([DOGS], misleading=(TIED,), also_ok=(TIED,)), answer(DOGS, TIED), 1),
        ("more than half beside the point", asked([DOGS]), answer(DOGS, CAPTAIN), 0.5),
        ("less than half beside the point", asked([CAPTAIN]), answer(CAPTAIN, DOGS), 1),
        ("page furniture", asked([HURT]), answer(HURT, FURNITURE), 0),
        ("quotes under a refusal", asked([HURT]), replace(answer(HURT), status=Status.NEAREST), 0),
    ],
)
def test_points_follow_the_rules(rule: str, due: Gold, given: Answer, points: float) -> None:
    found, wrong = score(due, given)
    assert found == points, rule
    assert bool(wrong) == (points < 1), rule


@pytest.mark.parametrize("given", [answer(HURT, FURNITURE), refused(FURNITURE), replace(answer(HURT), status=Status.ABSTAINED)])
def test_furniture_and_quotes_under_a_refusal_are_hard_faults(given: Answer) -> None:
    """Also where the answer should be a refusal."""
    for due in (asked([HURT]), asked(answerable=False)):
        points, wrong = score(due, given)
        assert (points, wrong[:4]) == (0, "HARD")
        assert Report((Row(due, given, points, wrong),)).hard_faults == 1


def test_a_quote_counts_from_four_fifths_of_its_characters() -> None:
    """Of the 16 characters of `Nobody was hurt.`, 13 are enough (.8125) and 12 are not (.75), also in two pieces."""
    article, start = HURT.article, HURT.start
    assert (len(HURT.text), SHOWN) == (16, 0.8)

    def piece(a: int, b: int) -> Quote:
        return Quote(1, Span(article, start + a, start + b), Role.ANSWER)

    assert shows([piece(0, 13)], HURT)
    assert not shows([piece(0, 12)], HURT)
    assert shows([piece(0, 7), piece(10, 16)], HURT)
    assert not shows([piece(0, 9), piece(3, 12)], HURT)


def test_beside_is_the_share_of_shown_characters_that_nothing_covers() -> None:
    """`Dogs travel free.` has 17 characters, `Nobody was hurt.` 16."""
    quotes = answer(HURT, DOGS).quotes
    assert beside(asked([HURT]), quotes) == pytest.approx(17 / 33)
    assert beside(asked([HURT], also_ok=(DOGS,)), quotes) == 0
    assert beside(asked([DOGS]), quotes) == pytest.approx(16 / 33)
    assert beside(asked([HURT]), ()) == 0


def test_the_neighbours_of_a_gold_sentence_count_for_neither() -> None:
    around = Span(HURT.article, HURT.start, ABOARD.end)
    assert beside(asked([HURT]), answer(around).quotes) == pytest.approx(1 / 17)


def test_the_mean_of_nothing_is_zero() -> None:
    assert (mean([]), mean([1, 0.5, 0])) == (0, 0.5)


def report(*points: float) -> Report:
    kinds = [("direct", "en"), ("direct", "es"), ("far", "en")]
    rows = [(replace(asked([HURT]), id=f"q{i}", category=kinds[i % 3][0], language=kinds[i % 3][1]), p) for i, p in enumerate(points)]
    return Report(tuple(Row(g, answer(HURT), p) for g, p in rows))


def test_totals_are_means_by_category_and_language() -> None:
    assert report(1, 0.5, 0).totals() == {
        "ALL": (3, 0.5),
        "ALL en": (2, 0.5),
        "ALL other languages": (1, 0.5),
        "direct": (2, 0.75),
        "far": (1, 0.0),
    }


def test_the_table_has_leads_abstentions_and_faults() -> None:
    """Two answers, one led by gold; two refusals, one of them right; one unanswerable question of two refused."""
    cases = [
        (asked([HURT]), answer(HURT)),
        (asked([HURT]), answer(DOGS, HURT)),
        (asked([HURT]), refused()),
        (asked(answerable=False), refused()),
        (asked(answerable=False), answer(DOGS)),
    ]
    made = table(Report(tuple(Row(g, a, *score(g, a)) for g, a in cases)), misses=True).split("\n")
    figures = {" ".join(line.split()) for line in made}
    assert {"lead is gold n=2 0.500", "abstention precision n=2 0.500", "abstention recall n=2 0.500", "hard faults n=0 0.000", "ALL n=5 0.500"} <= figures
    assert sum(": '?': " in line for line in made) == 3


def test_a_kept_run_is_compared_question_by_question(tmp_path: Path) -> None:
    kept = tmp_path / "run.json"
    save(report(1, 0.5, 0), kept)
    assert compare(report(1, 0.5, 0), kept) == []
    lines = compare(report(0.5, 0.5, 1), kept)
    assert [line.split(" ")[:2] for line in lines if line.startswith("changed")] == [["changed", "q0:"], ["changed", "q2:"]]
    assert [line for line in lines if line.startswith("fell")] == ["fell    direct: 0.750 → 0.500"]
    assert json.loads(kept.read_text())["points"] == {"q0": 1, "q1": 0.5, "q2": 0}


def test_a_rise_is_no_fall(tmp_path: Path) -> None:
    save(report(0, 0, 0), tmp_path / "run.json")
    assert not [line for line in compare(report(1, 1, 1), tmp_path / "run.json") if line.startswith("fell")]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"points": 3, "totals": 4}', "\x00"])
def test_what_is_no_kept_run_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(UsageError, match="not a kept run"):
        compare(report(1), tmp_path / "run.json")


@pytest.mark.parametrize("line", ["{", "[]", '{"question": 3, "answerable": true}', '{"question": "?"}', '{"question": "?", "answerable": "maybe"}', "null"])
def test_a_broken_gold_line_is_told_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text('{"question": "?", "answerable": false}\n\n' + line + "\n")
    with pytest.raises(UsageError, match=r"gold\.jsonl:3: not a gold question"):
        load_gold([path])


def test_a_gold_quote_that_no_article_has_is_told_with_its_place() -> None:
    record = {"question": "?", "answerable": True, "gold": [{"doc": "ostrellin-courier", "quote": "Everybody was hurt."}]}
    with pytest.raises(UsageError, match=r"gold\.jsonl:7: not in the corpus: ostrellin-courier: 'Everybody was hurt\.'"):
        parse("gold.jsonl:7", record, CORPUS)


@pytest.mark.parametrize("name", ["other", "real"])
def test_every_gold_question_is_evaluated_on_the_answer_that_is_given(name: str) -> None:
    helper = assistant(name)
    records = [(f"{i}", record) for i, record in enumerate(gold(name))][::10]
    made = evaluate(helper, records)
    assert [row.answer.as_json for row in made.rows] == [a.as_json for a in answers(name)[::10]]
    assert all(row.points in (0, 0.5, 1) for row in made.rows)
