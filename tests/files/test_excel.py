"""Answers in workbooks: sheet and header are found by the columns asked for, what is not sure is refused."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from numpy.testing import assert_array_equal

from cxlens.errors import CxlensError, FileError
from cxlens.files.answers import open_answers
from tests.engine.opened import ONE, fault

AREA = ONE._replace(labels={"area": "segment"})
TABLE = [["web", "nps", "area"], [1, 9, "N"], [2, 8, None], [3, 7.5, "S"]]


def book(folder: Path, sheets: dict[str, list[list[Any]]], change: Callable[[Any], None] | None = None) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    if change:
        change(made)
    made.save(folder / "answers.xlsx")
    return folder / "answers.xlsx"


def assert_are_the_answers(path: Path, *told: str) -> None:
    source, notes = open_answers(path, AREA)
    assert_array_equal(source.rows.scores[:, 0], [1, 2, 3])
    assert_array_equal(source.rows.outcomes[:, 0], [9, 8, 7.5])
    assert source.rows.labels["area"].fillna("-").tolist() == ["N", "-", "S"]
    assert notes == told


def test_a_plain_sheet(tmp_path: Path) -> None:
    assert_are_the_answers(book(tmp_path, {"Sheet1": TABLE}))


@pytest.mark.parametrize(
    ("above", "row"),
    [([["Guests, spring 2025"]], 2), ([["Guests"], [], ["Made by", "Ann"]], 4), ([[None, "Service", "Where"]], 2)],
)
def test_a_merged_title_above_the_header(above: list[list[Any]], row: int, tmp_path: Path) -> None:
    path = book(tmp_path, {"Sheet1": above + TABLE}, lambda made: made["Sheet1"].merge_cells("A1:C1"))
    assert_are_the_answers(path, f"answers.xlsx: the header is in row {row}.")


def test_the_sheet_that_has_the_columns(tmp_path: Path) -> None:
    notes = [["what", "who"], ["export", "Ann"]]
    path = book(tmp_path, {"Read me": notes, "Empty": [], "Data": TABLE, "Codes": [["code", "word"], [1, "bad"]]})
    assert_are_the_answers(path, "answers.xlsx: read is the sheet 'Data'.")


def test_two_sheets_that_have_the_columns(tmp_path: Path) -> None:
    path = book(tmp_path, {"2024": TABLE, "2025": TABLE})
    assert fault(path, AREA, FileError) == (
        f"survey file '{path}': sheets '2024', '2025' have the columns. "
        "Give the one that is meant: cx.read_answers(path, sheet='2024')."
    )


def test_two_sheets_and_none_has_the_columns(tmp_path: Path) -> None:
    path = book(tmp_path, {"a": [["x", "y"], [1, 2]], "b": [["x", "y"], [1, 2]]})
    assert fault(path, AREA, FileError) == (
        f"survey file '{path}': sheets 'a', 'b' hold something, and none has all the columns. "
        "Give the one that is meant: cx.read_answers(path, sheet='a')."
    )


def test_empty_rows_and_cells_beside_the_table(tmp_path: Path) -> None:
    rows = [*TABLE[:2], [None, None, None], *[[*row, None, None] for row in TABLE[2:]], [None, " ", None]]
    assert_are_the_answers(book(tmp_path, {"Sheet1": rows}), "answers.xlsx: 1 empty row is left out.")


def test_numbers_that_are_text_and_decimal_commas(tmp_path: Path) -> None:
    rows = [TABLE[0], ["1", "9,0", "N"], [" 2 ", "8", "NA"], ["3", "7,5", "S"]]
    source, _ = open_answers(book(tmp_path, {"Sheet1": rows}), AREA)
    assert_array_equal(source.rows.scores[:, 0], [1, 2, 3])
    assert_array_equal(source.rows.outcomes[:, 0], [9, 8, 7.5])
    assert source.rows.labels["area"].tolist() == ["N", "NA", "S"]


@pytest.mark.parametrize(
    ("areas", "words"),
    [([2023, "2023", 2024], ["2023", "2023", "2024"]), (["02134", 2134, "x"], ["02134", "2134", "x"])],
)
def test_a_label_is_the_same_as_number_and_as_text(areas: list[Any], words: list[str], tmp_path: Path) -> None:
    rows = [TABLE[0], *[[1, 9, area] for area in areas]]
    source, _ = open_answers(book(tmp_path, {"Sheet1": rows}), AREA)
    assert [str(area) for area in source.rows.labels["area"]] == words


def test_days_and_times(tmp_path: Path) -> None:
    days = [dt.datetime(2025, 3, 1), dt.datetime(2025, 3, 2), dt.datetime(2025, 3, 2)]
    rows = [TABLE[0], *[[1, 9, day] for day in days]]
    source, _ = open_answers(book(tmp_path, {"Sheet1": rows}), AREA)
    assert source.rows.labels["area"].tolist() == ["2025-03-01", "2025-03-02", "2025-03-02"]


def test_merged_cells_among_the_answers(tmp_path: Path) -> None:
    path = book(tmp_path, {"Sheet1": TABLE}, lambda made: made["Sheet1"].merge_cells("C2:C3"))
    assert fault(path, AREA, FileError) == (
        f"survey file '{path}': cells C2:C3 are merged. Take the merging back and fill in each cell."
    )


def test_a_formula_whose_value_nobody_saved(tmp_path: Path) -> None:
    rows = [TABLE[0], [1, "=4+5", "N"]]
    path = book(tmp_path, {"Sheet1": rows})
    assert fault(path, AREA, FileError) == (
        f"survey file '{path}': cell B2 holds a formula without its value. Open the workbook in Excel or LibreOffice "
        "and save it, or put the value in its place."
    )


def test_a_formula_whose_value_was_saved(tmp_path: Path) -> None:
    import xlsxwriter

    path = tmp_path / "answers.xlsx"
    with xlsxwriter.Workbook(path) as made:
        sheet = made.add_worksheet()
        for number, row in enumerate([["web", "nps", "area"], [1, 9, "N"], [2, 8, None]]):
            sheet.write_row(number, 0, row)
        sheet.write_row(3, 0, [3, None, "S"])
        sheet.write_formula(3, 1, "=A4*2.5", None, 7.5)
    assert_are_the_answers(path)


@pytest.mark.parametrize("content", [b"", b"PK", b"web,nps\n1,9\n"], ids=["empty", "zip", "CSV"])
def test_what_is_no_workbook(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "answers.xlsx"
    path.write_bytes(content)
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' is not an Excel workbook (.xlsx). Save it in that format."
    )


def test_a_workbook_in_which_nothing_stands(tmp_path: Path) -> None:
    path = book(tmp_path, {"a": [], "b": []})
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' is a workbook in which nothing stands. Check the path."
    )


def test_the_extra_is_named_where_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path, {"Sheet1": TABLE})
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert fault(path, kind=CxlensError) == (
        "Excel files need the package 'openpyxl', which is not installed. Install it: pip install \"cxlens[office]\""
    )
