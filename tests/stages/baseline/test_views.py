"""The form that every side of a baseline has: table, sentence, picture, text, widget."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest
from matplotlib.axes import Axes

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.common.result import View
from cxlens.stages.baseline.explore import SIDES_OF_BASELINE
from cxlens.stages.baseline.record import Scorecard

FOLDER = cx.datasets.sample_folder() / "airport"
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
        "pitfalls": base.pitfalls(drivers=drivers, initiatives=study.initiatives(), base={"promoters": 0.3}),
        "consistency": base.consistency({"Bags": ["Bag drop", "Baggage claim"]}),
        "competitors": base.competitors(),
        "employees": base.employees(),
        "response bias": base.response_bias({"purpose": {"business": 0.4, "leisure": 0.3, "visiting friends": 0.3}}),
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
    assert kind in ("standards", "verdicts", "response bias") or "n = " in str(view)
    assert view.note
    assert "<table" in view._repr_html_()
    assert all(isinstance(frame, pd.DataFrame) for frame in view.parts.values())
    assert isinstance(view.plot(), Axes)
    png, alt = charts.picture(view)
    assert png.startswith(b"\x89PNG")
    assert view.sentence.split(".")[0] in alt


@pytest.mark.parametrize("kind", ["verdicts", "competitors", "comments", "standards"])
def test_each_side_asks_again_for_a_segment(kind, sides):
    view = sides[kind]
    widget = view.explore()
    name, value = widget.controls["segment"].options[1]
    widget.controls["segment"].value = value
    assert widget.message.value == ""
    column, entry = value
    part = view.record.where(cx.Segment(name, {column: entry}))
    options = dict(view.options)
    if options.get("drivers"):
        options["drivers"] = cx.drivers(part.survey, **options["drivers"].options)
    again = getattr(part, kind)(**options)
    pd.testing.assert_frame_equal(widget.result.table, again.table)


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
    assert table["segment"].tolist() == base.table["segment"].tolist()
    assert table["mean"].tolist() == pytest.approx(base.table["mean"].tolist())


def test_standards_need_a_map():
    with pytest.raises(cx.CxlensError) as error:
        cx.baseline(cx.datasets.load_airport().survey()).standards()
    assert str(error.value) == "standards stand on a map. Give cx.baseline(survey, touchpoint_map)."
