"""The form that every side of a baseline has: table, sentence, picture, text, widget."""

from __future__ import annotations

from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.common.result import View
from cxlens.stages.baseline.bias import response_bias
from cxlens.stages.baseline.comments import comments
from cxlens.stages.baseline.emotion import emotion
from cxlens.stages.baseline.explore import SIDES_OF_BASELINE, explore_view
from cxlens.stages.baseline.record import Scorecard
from cxlens.stages.baseline.standards import standards

FOLDER = cx.datasets.sample_folder() / "airport"
PURPOSES = {"business": 0.4, "leisure": 0.3, "visiting friends": 0.3}
NAMES = {"Security": "security", "Restaurants": "restaurants", "Wi-Fi": "wifi"}


@pytest.fixture(scope="module")
def sides() -> dict[str, View]:
    study = cx.datasets.load_airport()
    plan, survey = study.survey_plan, study.survey()
    beside = {"touchpoints": plan.touchpoints, "outcome": "overall", "scale": plan.scale}
    neighbour = cx.Survey(FOLDER / "neighbour.csv", segments=["purpose"], **beside)
    staff = cx.Survey(FOLDER / "employees.csv", **beside)
    base = cx.baseline(survey, study.map(), competitors={"Neighbour": neighbour}, employees=staff)
    wrote = cx.baseline(
        cx.Survey(
            FOLDER / "comments.csv",
            touchpoints=NAMES,
            outcome="overall",
            scale=cx.Scale(1, 5, blank=[0]),
            segments=["purpose"],
            comments={name: f"{column}_comment" for name, column in NAMES.items()},
            emotion={name: f"{column}_feeling" for name, column in NAMES.items()},
        ),
        study.map(),
    )
    drivers = cx.drivers(survey, n_boot=20)
    return {
        "blind spots": base.blind_spots(segments=study.segments),
        "verdicts": base.verdicts(drivers),
        "not covered": base.not_covered(drivers, study.initiatives()),
        "pitfalls": base.pitfalls(drivers=drivers, initiatives=study.initiatives(), base={"promoters": 0.3}),
        "consistency": base.consistency({"Bags": ["Bag drop", "Baggage claim"]}),
        "competitors": base.competitors(),
        "employees": base.employees(),
        "response bias": base.response_bias({"purpose": PURPOSES}),
        "emotion": wrote.emotion(),
        "comments": wrote.comments(codebook={"queues": ["queue*", "wait*"]}),
        "standards": base.standards(),
    }


@pytest.mark.parametrize("kind", SIDES_OF_BASELINE)
def test_each_side_has_a_table_a_sentence_a_picture_and_a_text(kind, sides):
    view = sides[kind]
    assert (type(view), view.kind) == (View, kind)
    assert isinstance(view.record, Scorecard)
    assert str(view) == repr(view) == view.sentence
    assert view.finding.n or kind in ("standards", "response bias")  # these tell it of each figure
    assert view.note
    assert "<table" in view._repr_html_()
    assert all(isinstance(frame, pd.DataFrame) for frame in view.parts.values())
    png, alt = charts.picture(view)
    assert png.startswith(b"\x89PNG")
    assert view.sentence in alt


@pytest.fixture
def not_drawn(monkeypatch):
    """Widgets without pictures, where none is looked at."""
    monkeypatch.setattr(charts, "picture", lambda shown: (b"", str(shown)))


def chosen(view: View) -> tuple[View, cx.Segment]:
    """What the widget shows for the first segment it offers, and that segment."""
    widget = view.explore()
    name, value = widget.controls["segment"].options[1]
    widget.controls["segment"].value = value
    assert widget.message.value == ""
    column, entry = value
    return widget.result, cx.Segment(name, {column: entry})


@pytest.mark.parametrize("kind", SIDES_OF_BASELINE)
def test_each_side_asks_again_for_a_segment(kind, sides, not_drawn):
    view = sides[kind]
    shown, segment = chosen(view)
    part = view.record.where(segment)
    assert (shown.kind, shown.survey.n) == (kind, part.survey.n)
    pd.testing.assert_frame_equal(shown.table, view.again(part).table)
    if kind not in ("blind spots", "competitors"):  # a survey alone says the same: no competitors of the segment
        pd.testing.assert_frame_equal(shown.table, view.again(part.survey).table)


@pytest.mark.parametrize("kind", ["emotion", "comments", "response bias", "standards"])
def test_a_side_that_was_asked_directly_has_a_widget_too(kind, sides, not_drawn):
    survey, places = sides[kind].survey, cx.datasets.load_airport().map()
    ask = {
        "emotion": lambda answers: emotion(answers, places),
        "comments": lambda answers: comments(answers, codebook={"queues": ["queue*"]}),
        "response bias": lambda answers: response_bias(answers, {"purpose": PURPOSES}, min_n=1),
        "standards": lambda answers: standards(places, survey=answers),
    }[kind]
    view = ask(survey)
    assert view.survey is survey
    if kind == "response bias":  # of one purpose there are no others to be weighted
        assert view.explore().result is view
        return
    shown, segment = chosen(view)
    pd.testing.assert_frame_equal(shown.table, ask(survey.where(segment)).table)


def test_what_rests_on_no_survey_has_no_segments(not_drawn):
    wait = cx.Standard("waiting time", 10, unit="minutes", better="lower")
    desk = cx.Touchpoint("Desk", stage="arrive", standards=[wait])
    made = pd.DataFrame({"touchpoint": ["Desk"], "metric": ["waiting time"], "n": [50], "value": [12], "sd": [4]})
    widget = standards(cx.TouchpointMap([desk], cx.Lifecycle(["arrive"])), made).explore()
    assert widget.controls["segment"].options == (("Everyone", ""),)
    again = explore_view(widget.result)
    pd.testing.assert_frame_equal(widget.result.again(widget.data).table, again.result.table)


def test_a_view_that_cannot_be_asked_again_has_no_widget(sides):
    with pytest.raises(cx.CxlensError) as error:
        replace(sides["emotion"], again=None).explore()
    assert str(error.value) == "this view of kind 'emotion' cannot be asked again. Make it by cx.baseline(...)."


def test_a_scorecard_in_excel_runs_nothing(tmp_path):
    frame = pd.DataFrame({"=1+1": [1, 2, 3] * 5, "y": 1, "who": ["=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3"] * 5})
    made = cx.Survey(frame, touchpoints=["=1+1"], outcome="y", scale=cx.Scale(1, 5), segments=["who"])
    base = cx.baseline(made, by="who")
    base.to_excel(tmp_path / "card.xlsx")
    book = openpyxl.load_workbook(tmp_path / "card.xlsx")
    assert book.sheetnames == ["scorecard", "outcomes", "how to read"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    rows = list(book["scorecard"].values)
    table = pd.DataFrame(rows[1:], columns=rows[0])
    assert table["Group"].tolist() == base.table["segment"].tolist()
    assert table["Rating"].tolist() == pytest.approx(base.table["mean"].tolist())


def test_standards_need_a_map():
    with pytest.raises(cx.CxlensError) as error:
        cx.baseline(cx.datasets.load_airport().survey()).standards()
    assert str(error.value) == "standards stand on a map. Give cx.baseline(survey, touchpoint_map)."
