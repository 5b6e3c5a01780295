"""The picture of a run."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from worked import DOGS, HURT, answer, asked, refused, report

from bot.chart import WIDTH, picture
from bot.evaluate import Report

SVG = "{http://www.w3.org/2000/svg}"
MADE = report(
    (asked([HURT], category="direct"), replace(answer(HURT), confidence=0.9)),
    (asked([HURT], category="direct", language="es"), replace(answer(DOGS), confidence=0.6)),
    (asked(answerable=False, category="far & <wide>"), replace(refused(), confidence=0.2)),
)


def texts(svg: str) -> list[str]:
    return ["".join(found.itertext()) for found in ET.fromstring(svg).iter(f"{SVG}text")]


def test_the_picture_is_well_formed_and_names_what_it_shows() -> None:
    found = texts(picture(MADE))
    assert found[0] == "3 gold questions, 0.667 of the points"
    assert {"Points by category", "Points by language", "direct", "far & <wide>", "es", "n=2", "0.500", "1.000"} <= set(found)
    assert any(t.startswith("Risk over coverage, area 0.2500") for t in found)


def test_every_group_has_a_bar_as_long_as_its_points_the_best_first() -> None:
    bars = [float(found.get("width", 0)) for found in ET.fromstring(picture(MADE)).iter(f"{SVG}rect")][1:]
    assert [shown / whole for whole, shown in zip(bars[::2], bars[1::2], strict=True)] == [1, 0.5, 1, 0]


def test_there_is_a_circle_for_every_bin_that_is_not_empty() -> None:
    said = ["".join(found.itertext()) for found in ET.fromstring(picture(MADE)).iter(f"{SVG}circle") if list(found)]
    assert said == ["1 answers: said 0.600, 0.000 right", "1 answers: said 0.900, 1.000 right", "1 refusals: said 0.800, 1.000 right"]


def test_the_same_report_is_drawn_in_the_same_bytes() -> None:
    assert picture(MADE) == picture(Report(MADE.rows))


@pytest.mark.parametrize("made", [Report(()), report((asked(answerable=False), refused())), report((asked([HURT]), answer(HURT)))])
def test_nothing_asked_nothing_answered_and_nothing_refused_are_drawn_too(made: Report) -> None:
    root = ET.fromstring(picture(made))
    assert root.get("width") == str(WIDTH)
    assert not any("nan" in value or "inf" in value for found in root.iter() for value in found.attrib.values())
