"""The journey map as parts of a page: rows, cells, points and lines."""

from __future__ import annotations

import re

import pytest

from cxlens.publish.journey_sheet import legend, stage_rows
from cxlens.stages.baseline.journey_chart import journey_of_results
from cxlens.stages.baseline.journey_layout import axis_of
from tests.stages.baseline import journeys
from tests.stages.baseline.journeys import GOOD, LOW, MIDDLE, UNASKED
from tests.stages.baseline.test_journey_chart import many


@pytest.fixture(scope="module")
def row():
    (only,) = stage_rows(journeys.journey())
    return only


def cells(row, kind):
    return [cell for stage in row.stages for cell in stage.cells if cell.kind == kind]


def test_stages_stand_in_the_grid_below_their_phases(row):
    assert [(stage.name, stage.at, stage.span, stage.phase, stage.phase_span) for stage in row.stages] == [
        ("Arrive", 2, 1, "before", 1),
        ("Wait", 3, 3, "there", 4),
        ("When plans change", 6, 1, "", 1),
    ]
    assert row.tracks.count("minmax") == 5
    assert [lane.kind for lane in row.lanes] == [
        "does", "feels", "hurts", "says", "lacks", "planned", "against",
    ]  # fmt: skip


def test_points_stand_where_their_ratings_are(row):
    axis = axis_of(journeys.journey())
    points = [place.point for cell in cells(row, "feels") for place in cell.places if place.point]
    assert [(point.touchpoint, point.state) for point in points] == [
        (LOW, "below"), (MIDDLE, "about"), (GOOD, "meets"),
    ]  # fmt: skip
    known = journeys.results()["performance"].table.set_index("touchpoint")
    for point in points:
        assert point.up == pytest.approx(100 * axis.share(known.loc[point.touchpoint, "mean"]))
        assert point.is_under == (point.up < point.standard)
        assert re.fullmatch(r"--up:[\d.]+;--from:[\d.]+;--to:[\d.]+;--standard:[\d.]+", point.style)


def test_the_line_breaks_at_what_is_not_measured(row):
    (mean,) = row.line.means
    assert mean.count(" ") == 3
    (band,) = row.line.bands
    assert band.endswith("z")
    assert band.count(" ") == 6


def test_what_is_not_known_is_said_in_its_cell(row):
    felt = cells(row, "feels")
    assert [line["entry"] for place in felt[1].places for line in place.rows if place.touchpoint == UNASKED] == [
        "not measured"
    ]
    assert [line["entry"] for line in felt[2].whole] == ["nothing measured"]
    assert cells(row, "hurts")[1].is_empty


def test_the_legend_has_the_signs_that_are_there():
    assert [item.sign for item in legend(journeys.journey())] == [
        "below", "about", "meets", "standard", "rival", "", "",
    ]  # fmt: skip
    assert legend(journey_of_results(journeys.places())) == []


def test_forty_touchpoints_go_on_in_rows_that_say_so():
    rows = stage_rows(journey_of_results(many()))
    assert len(rows) > 2
    names = [place.touchpoint for row in rows for cell in cells(row, "does") for place in cell.places]
    assert sorted(names) == sorted(many().names)
