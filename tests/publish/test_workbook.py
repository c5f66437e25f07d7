"""The workbook: contents, notes and words before the tables; typed cells; nothing that runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.heads import Units, is_known
from cxlens.errors import FileError, OptionError
from cxlens.files.workbook import write_workbook
from cxlens.publish.desk import Desk
from cxlens.publish.workbook import Left, Told, _in_words, _number, sheets_of, tables_of, told_of
from cxlens.publish.workbook_sheets import Named, Topic, _change
from cxlens.study.parts import SurveyPlan, Target

FRONT = ["Contents", "Notes", "How to read"]


@pytest.fixture(scope="module")
def made(airport, tmp_path_factory):
    """The desk of the airport, its tables, what is left, and the workbook that they make."""
    desk = airport.desk
    told, left = tables_of(desk)
    path = tmp_path_factory.mktemp("workbook") / "a.xlsx"
    write_workbook(path, sheets_of(desk, told, left))
    return desk, told, left, openpyxl.load_workbook(path)


def rows_of(page):
    heads, *rows = page.values
    return [dict(zip(heads, row, strict=True)) for row in rows]


def test_every_table_of_the_study_has_a_sheet(made):
    _, told, left, book = made
    assert left == []
    assert book.sheetnames == [*FRONT, *(table.name for table in told)]
    assert {table.stage for table in told} == {"Plan", "Baseline", "Drivers", "Improve", "Impact", "Journeys"}
    some = {"Targets", "Map", "Baseline", "Drivers", "Verdicts", "Quick wins", "Road map", "Buy-in", "Development"}
    assert some <= set(book.sheetnames)
    assert [name for name in book.sheetnames if len(name) > 31] == []
    for table in told:
        page = book[table.name]
        assert (page.max_row - 1, page.max_column) == table.frame.shape


def test_contents_lead_to_each_sheet_and_say_that_data_are_made_up(made):
    _, told, _, book = made
    page = book["Contents"]
    about, *rows = rows_of(page)
    assert about["What it is"].startswith("Airport touchpoints, Example Airport. Simulated data: all figures are made")
    assert [row["Sheet"] for row in rows] == [table.name for table in told]
    assert [row["Rows"] for row in rows] == [len(table.frame) for table in told]
    targets = [page.cell(row, 1).hyperlink.location for row in range(3, 3 + len(told))]
    assert targets == [f"'{table.name}'!A1" for table in told]


def test_notes_say_what_each_sheet_rests_on(made):
    desk, _, _, book = made
    notes = {row["Sheet"]: row for row in rows_of(book["Notes"])}
    assert (notes["Drivers"]["n"], notes["Drivers"]["Answers"]) == (desk.drivers.n, "2025 only")
    assert notes["By wave"]["Answers"] == "all answers, 4 waves"
    assert notes["Journeys"]["Answers"] == "all events of the log"
    assert {row["Data"] for row in notes.values()} == {"simulated data"}
    assert notes["Drivers"]["How it was made"] == desk.drivers.note


def test_words_are_explained(made):
    _, _, _, book = made
    words = {row["Word"]: row["Meaning"] for row in rows_of(book["How to read"])}
    assert words["Touchpoint"] == "A moment in which a customer meets the organisation."
    text = str(list(book["How to read"].values))
    assert "hidden to protect people" in text
    assert "95 % confidence" in text


def test_cells_are_typed_and_heads_are_words(made):
    desk, told, _, book = made
    assert {name for table in told for name in map(str, table.frame.columns) if not is_known(name)} == set()
    drivers = rows_of(book["Drivers"])
    assert [row["Rating"] for row in drivers] == pytest.approx(desk.drivers.table["mean"].tolist())
    points = 100 * desk.drivers.table["importance"]
    assert [row["Importance, points of 100"] for row in drivers] == pytest.approx(points.tolist())
    heads = [cell.value for cell in book["Baseline"][1]]
    assert book["Baseline"].cell(2, heads.index("Used by") + 1).number_format == "0.0%"
    assert rows_of(book["Targets"])[0]["By"] == pd.Timestamp("2026-12-31")
    assert rows_of(book["Targets"])[0]["Now"] == pytest.approx(desk.now.outcomes["value"].iloc[0])
    assert {row["Outcome"] for row in rows_of(book["Baseline, outcomes"])} == {"NPS", "overall"}
    for page in book:
        texts = [cell.value for row in page.iter_rows(min_row=2) for cell in row if cell.data_type == "s"]
        assert [text for text in texts if text.replace(",", "").replace(".", "").isdigit() and len(text) > 4] == []


def test_heads_stay_in_sight_and_pages_say_that_data_are_made_up(made):
    _, _, _, book = made
    assert {page.freeze_panes for page in book} == {"B2"}
    assert {page.oddHeader.right.text for page in book} == {"Simulated data"}


def test_nothing_in_data_becomes_a_formula(tmp_path):
    frame = pd.DataFrame({"=1+1": [1, 2, 3, 4, 5] * 8, "@b": [2, 3, 4, 4, 1] * 8, "y": range(40)})
    frame["who"] = ["=cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "+4"] * 10
    plan = SurveyPlan(
        data=frame,
        touchpoints={"=1+1": "=1+1", "@b": "@b"},
        outcome={"y": "interval"},
        scale=cx.Scale(1, 5),
        segments=("who",),
    )
    targets = (Target(metric="mean", target=4, touchpoint="=1+1", date="=2+2"),)
    study = cx.Study("=1+1", about="+1", survey_plan=plan, targets=targets)
    cx.workbook(study, tmp_path / "a.xlsx")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert "=1+1" in [cell.value for cell in cells]
    assert not book.defined_names


def test_what_cannot_be_told_is_listed_with_its_reason(tmp_path):
    frame = pd.DataFrame({"a": [1, 2, 3], "y": range(3)})
    plan = SurveyPlan(data=frame, touchpoints={"a": "a"}, outcome={"y": "interval"}, scale=cx.Scale(1, 5))
    study = cx.Study("Small", survey_plan=plan)
    told, left = tables_of(Desk(study))
    assert "Baseline" in [table.name for table in told]
    reasons = {entry.name: entry.why for entry in left}
    assert "Drivers" in reasons
    cx.workbook(study, tmp_path / "a.xlsx")
    last = rows_of(openpyxl.load_workbook(tmp_path / "a.xlsx")["Contents"])
    shown = {row["Sheet"]: row for row in last}
    assert shown["Drivers"]["What it is"] == "Not here: What goes with the outcome, and how surely"
    assert shown["Drivers"]["What was found"] == reasons["Drivers"]
    assert isinstance(left[0], Left)


def test_a_wrong_change_is_named(made):
    study = made[0].study
    change = replace(study.changes[0], when=1999, design="before and after")
    with pytest.raises(cx.CxlensError) as error:
        list(_change(made[0], change, 1))
    assert str(error.value) == (
        "change 'Wi-Fi renewed in terminal 2': when='1999' is no wave of this survey. "
        "Waves in 'wave': 2022, 2023, 2024, 2025."
    )


def test_what_is_no_study_is_refused(tmp_path):
    with pytest.raises(OptionError) as error:
        cx.workbook("study.toml", tmp_path / "a.xlsx")
    assert "cx.Study.from_toml(path)" in str(error.value)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.xls", "{} does not end in .xlsx. Give a name such as workbook.xlsx."),
        (
            "none/a.xlsx",
            "{} cannot be written: give a file, such as workbook.xlsx, in a folder that is there.",
        ),
    ],
)
def test_where_it_cannot_be_written_is_said_before_any_work(name, text, tmp_path):
    path = Path(tmp_path, name)
    with pytest.raises(FileError) as error:
        cx.workbook(cx.Study("Airport"), path)
    assert str(error.value) == text.format(path)


def test_sheets_of_tables_and_of_what_is_left_link_to_each_other():
    told = Told(
        "Scores", "Baseline", "how it is rated", "all", "table", pd.DataFrame({"n": [7]}), Units(), "Found", "So", 12
    )
    left = Left("Plan", "Improve", "what comes when", "too few")
    desk = Desk(cx.Study("Museum", simulated=True))
    contents, notes, _, scores = sheets_of(desk, [told], [left])
    assert (contents.links, notes.links, scores.links) == ({1: "Scores"}, {0: "Scores"}, {})
    assert {sheet.mark for sheet in (contents, notes, scores)} == {"Simulated data"}
    columns = {column.head: list(column.values) for column in contents.columns}
    assert columns["Sheet"] == ["This workbook", "Scores", "Plan"]
    assert columns["Stage"] == ["", "Baseline", "Improve"]
    assert columns["Rows"] == [None, 1, None]
    assert columns["What was found"] == ["", "Found", "too few"]
    assert [list(column.values) for column in notes.columns] == [
        ["Scores"], ["how it is rated"], [12], ["all"], ["simulated data"], ["So"],
    ]  # fmt: skip


def test_numbers_of_answers_are_numbers_where_they_are_one():
    assert [_number(n) for n in ("1,200", "", "31 to 45")] == [1200, "", "31 to 45"]


def test_outcomes_are_called_what_people_call_them(small_study):
    study = small_study()
    desk = Desk(replace(study, survey_plan=replace(study.survey_plan, names={"overall": "All in all"})))
    frame = pd.DataFrame({"outcome": ["overall", "other"], "metric": ["Signs", "overall"], "n": ["overall", "x"]})
    assert _in_words(desk, frame).to_dict("list") == {
        "outcome": ["All in all", "other"],
        "metric": ["Signs", "All in all"],
        "n": ["overall", "x"],
    }


def test_tables_of_single_answers_and_without_rows_are_no_sheets():
    frames = {
        "table": pd.DataFrame({"n": [1]}),
        "influence": pd.DataFrame({"n": [1]}),
        "cross-hairs": pd.DataFrame({"n": [1]}),
        "empty": pd.DataFrame({"n": []}),
        "pairs": pd.DataFrame({"n": [1]}),
    }
    result = SimpleNamespace(tables=frames, sentence="Found.", note="So", finding=None)
    topic = Topic("Baseline", (), lambda _: "all", lambda _: iter(()))
    made = told_of(Desk(cx.Study("Museum")), topic, Named("Scores", "how it is rated", lambda: result))
    assert [(table.name, table.about, table.basis, table.finding) for table in made] == [
        ("Scores", "how it is rated", "all", "Found."),
        ("Scores, pairs", "how it is rated: pairs", "all", ""),
    ]
