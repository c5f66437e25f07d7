"""Small files: CSV and Excel read with a place for every fault; sheets without a formula, whole or not at all."""

from __future__ import annotations

import datetime as dt
import sys
import tomllib
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlens.errors import CxlensError
from cxlens.files.tables import (
    as_number,
    check_header,
    figure,
    given_number,
    read_rows,
    read_sheet,
    read_text,
    write_sheets,
)

ALLOWED = ("stage", "touchpoint", "volume", "note")


def whole(make) -> str:
    with pytest.raises(CxlensError) as error:
        make()
    return str(error.value)


def book(path, rows, change=None):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    if change:
        change(made.active)
    made.save(path)
    return path


def test_a_sheet_reads_as_the_same_rows_as_a_csv_file(tmp_path) -> None:
    rows = [
        ["stage", "touchpoint", "volume", None],
        [None, None, None],
        [" wait ", "NA", 12000],
        ["board", "Gate", 0.5],
    ]
    found = read_sheet(book(tmp_path / "a.xlsx", rows), ("stage",), ALLOWED)
    (tmp_path / "a.csv").write_text("stage,touchpoint,volume\n\n wait ,NA,12000\nboard,Gate,0.5\n", encoding="utf-8")
    assert found == read_rows(tmp_path / "a.csv", ("stage",), ALLOWED)
    assert found == [
        (3, {"stage": "wait", "touchpoint": "NA", "volume": "12000", "note": ""}),
        (4, {"stage": "board", "touchpoint": "Gate", "volume": "0.5", "note": ""}),
    ]


def test_other_cells_read_as_they_would_stand_in_a_csv_file(tmp_path) -> None:
    rows = [["stage", "touchpoint"], [True, False], [dt.datetime(2026, 3, 1), 1e17]]
    found = read_sheet(book(tmp_path / "a.xlsx", rows), (), ALLOWED)
    assert [list(row.values())[:2] for _, row in found] == [["yes", "no"], ["2026-03-01", "1e+17"]]


def put(place, value):
    def change(sheet):
        sheet[place] = value

    return change


@pytest.mark.parametrize(
    ("rows", "change", "message"),
    [
        ([["stage", "touchpoint"], ["a", "b"]], put("B2", "=1+1"),
         ": cell B2 holds a formula. Put in its place the value that is meant."),
        ([["stage", "touchpoint"], ["a", "#N/A"]], None,
         ": cell B2 holds the error #N/A. Put in its place the value that is meant."),
        ([["stage", "touchpoint"], ["a", "b"], [None, "c"]], lambda sheet: sheet.merge_cells("A2:A3"),
         ": cells A2:A3 are merged. Take the merging back and fill in each cell."),
        ([["stage", "touchpoint"], ["a", "b"]], lambda sheet: sheet.merge_cells("A1:B1"),
         ": cells A1:B1 are merged. Take the merging back and fill in each cell."),
        ([["stage", None, "touchpoint"], ["a", "x", "b"]], None,
         ", row 1: header cell B1 is blank. Name the column, or delete it."),
        ([["stage", "touchpoint", "stage"], ["a", "x", "b"]], None,
         ", row 1: column 'stage' is there twice. Keep one of them."),
        ([["stage", "touchpiont"], ["a", "x"]], None,
         ", row 1: column 'touchpiont' is not known here. Did you mean 'touchpoint'? "
         "Columns: stage, touchpoint, volume, note."),
        ([["stage", "touchpiont", "Menge"], ["a", "x", 1]], None,
         ", row 1: columns 'touchpiont', 'Menge' are not known here. Call them as one of these, or delete them: "
         "stage, touchpoint, volume, note."),
        ([["stage", "volume"], ["a", 1]], None,
         ", row 1: column 'touchpoint' is missing. Columns found: stage, volume."),
        ([["stage", "touchpoint"]], None, " has a header and no rows. Add a line for each entry."),
        ([], None, ", row 1: one column or none is found. Separate the columns with commas."),
    ],
)  # fmt: skip
def test_a_sheet_that_is_not_right(rows, change, message, tmp_path) -> None:
    path = book(tmp_path / "a.xlsx", rows, change)
    assert whole(lambda: read_sheet(path, ("stage", "touchpoint"), ALLOWED)) == f"{path}{message}"


def test_what_is_no_workbook(tmp_path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"stage,touchpoint\n")
    assert whole(lambda: read_sheet(path, (), ALLOWED)) == (
        f"{path} is not an Excel workbook (.xlsx). Save it in that format; a CSV file is read with from_csv."
    )
    assert whole(lambda: read_sheet(tmp_path / "b.xlsx", (), ALLOWED)) == (
        f"{tmp_path / 'b.xlsx'} is not there. Check the path."
    )
    assert whole(lambda: read_text(tmp_path)) == (
        f"{tmp_path} is a folder. Give the file, such as {tmp_path / 'touchpoints.csv'}."
    )


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_separator_and_encoding_are_found(sign, encoding, tmp_path) -> None:
    path = tmp_path / "a.csv"
    table = [["stage", "touchpoint", "volume"], ["wait", "Café", "1"], ["board", '"a;b,c\t|"', "2"]]
    path.write_bytes("\r\n".join(sign.join(row) for row in table).encode(encoding))
    assert [(line, row["touchpoint"]) for line, row in read_rows(path, ("stage",), ALLOWED)] == [
        (2, "Café"), (3, "a;b,c\t|"),
    ]  # fmt: skip


@pytest.mark.parametrize(("sign", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")])
def test_rows_of_more_cells_name_their_separator(sign, name, tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"stage{sign}touchpoint\nwait{sign}Seats{sign}red\n", encoding="utf-8")
    assert whole(lambda: read_rows(path, ("stage",), ALLOWED)) == (
        f"{path}, line 2: more or fewer than the 2 cells of the header. Put text that has a {name} in double quotes."
    )


def test_a_title_may_stand_above_the_header(tmp_path) -> None:
    rows = [["Our touchpoints"], [], ["stage", "touchpoint"], ["wait", "Seats"]]
    path = book(tmp_path / "a.xlsx", rows, lambda sheet: sheet.merge_cells("A1:B1"))
    (tmp_path / "a.csv").write_text("Our touchpoints,\n\nstage,touchpoint\nwait,Seats\n", encoding="utf-8")
    for file in (path, tmp_path / "a.csv"):
        found = read_rows(file, ("stage",), ALLOWED)
        assert [(line, row["touchpoint"]) for line, row in found] == [(4, "Seats")]


def test_what_is_no_text_or_empty(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"stage,touchpoint\nwait,\x81\x8d\n")
    assert whole(lambda: read_rows(path, ("stage",), ALLOWED)) == (
        f"file '{path}' is no text in UTF-8, UTF-16 or Windows-1252. Save it as CSV in UTF-8, or name its "
        "encoding: cx.read_answers(path, encoding=...)."
    )
    path.write_bytes(b" \n")
    assert whole(lambda: read_rows(path, ("stage",), ALLOWED)) == (
        f"{path} is empty. Check the path, or save the file again."
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (None, "a path is needed, not a NoneType. Give the file, such as 'touchpoints.csv'."),
        (["a.csv"], "a path is needed, not a list. Give the file, such as 'touchpoints.csv'."),
        ("a\0.csv", "'a\\x00.csv' cannot be read: embedded null byte. Check the path."),
        ("a" * 300, f"'{'a' * 200}' cannot be read: File name too long. Check the path."),
    ],
)
def test_what_is_no_path(path, message) -> None:
    assert whole(lambda: read_rows(path, ("stage",), ALLOWED)) == message
    assert whole(lambda: read_text(path)) == message


def test_a_file_without_a_cell(tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b",,\n,,\n")
    assert whole(lambda: read_rows(path, ("stage",), ALLOWED)) == (
        f"{path} holds no cell in any row. Check the path, or save the file again."
    )


def test_a_workbook_is_no_text(tmp_path) -> None:
    path = book(tmp_path / "a.toml.xlsx", [["stage"]])
    assert whole(lambda: read_text(path)) == f"{path} is an Excel workbook, and text is needed here. Check the path."


@pytest.mark.parametrize(
    ("text", "number"), [("0,5", 0.5), ("-1,25", -1.25), ("0,125", 0.125), (" 3,0 ", 3), ("1,2345", 1.2345)]
)
def test_a_decimal_comma(text, number) -> None:
    assert as_number("cost", text) == number


@pytest.mark.parametrize("text", ["1,500", "12,000", "1,2,3", ",5"])
def test_a_comma_that_may_part_thousands(text) -> None:
    assert whole(lambda: as_number("cost", text)) == (
        f"cost must be a number, found '{text}'. Write figures only, with a decimal point."
    )


def test_the_extra_is_named_where_it_is_missing(tmp_path, monkeypatch) -> None:
    for name in ("openpyxl", "xlsxwriter"):
        monkeypatch.setitem(sys.modules, name, None)
    text = 'Excel files need the package {0!r}, which is not installed. Install it: pip install "cxlens[office]"'
    assert whole(lambda: read_sheet(tmp_path / "a.xlsx", (), ALLOWED)) == text.format("openpyxl")
    assert whole(lambda: write_sheets(tmp_path / "a.xlsx", {})) == text.format("xlsxwriter")
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["optional-dependencies"]["office"] == ["openpyxl", "xlsxwriter", "python-pptx"]


def test_sheets_hold_values_and_never_a_formula(tmp_path) -> None:
    path = tmp_path / "a.xlsx"
    frame = pd.DataFrame(
        {
            "=name": ["=1+1", "+1", "-1", "@SUM(A1)", "https://example.org", '=HYPERLINK("x")'],
            "share": [0.5, np.nan, np.inf, -0.0, 1e300, 3],
            "n": pd.array([1, None, 3, 4, 5, 6], dtype="Int64"),
            "ok": [True, False, None, True, False, True],
            "list": [("a", "b"), [], "x", None, pd.Timestamp("2026-01-01"), np.int64(7)],
        },
        index=list("abcdef"),
    )
    write_sheets(path, {"scores": frame, "empty": frame.head(0)})
    found = openpyxl.load_workbook(path)
    assert found.sheetnames == ["scores", "empty"]
    cells = [cell for sheet in found for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert all(cell.hyperlink is None for cell in cells)
    sheet = found["scores"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["=name", "share", "n", "ok", "list"],
        ["=1+1", 0.5, 1, "yes", "a, b"],
        ["+1", None, None, "no", None],
        ["-1", "inf", 3, None, "x"],
        ["@SUM(A1)", 0, 4, "yes", None],
        ["https://example.org", 1e300, 5, "no", "2026-01-01 00:00:00"],
        ['=HYPERLINK("x")', 3, 6, "yes", 7],
    ]
    assert all(cell.font.bold for cell in sheet[1])
    assert not sheet["A2"].font.bold
    assert sheet.freeze_panes == "A2"
    assert 15 < sheet.column_dimensions["A"].width < 25
    assert [item.name for item in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_sheet_is_written_whole_or_not_at_all(tmp_path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"before")
    frame = pd.DataFrame({"a": ["x", "y" * 40_000]})
    assert whole(lambda: write_sheets(path, {"s": frame})) == (
        "column 'a', row 3: a text of 40,000 characters does not fit into a cell of a sheet. Keep it to 32,767, or "
        "write CSV."
    )
    assert path.read_bytes() == b"before"
    lost = tmp_path / "none" / "a.xlsx"
    assert whole(lambda: write_sheets(lost, {"s": frame.head(1)})) == (
        f"{lost} cannot be written: No such file or directory. Check that its folder is there."
    )


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_figure_reads_back_as_it_was(value) -> None:
    assert as_number("x", figure(value)) == value


def test_a_number_that_is_given_is_no_text() -> None:
    assert given_number("volume", 10) == 10.0
    assert whole(lambda: given_number("volume", "10")) == (
        "volume must be a number, found the text '10'. Give 10, without quotes."
    )
    assert whole(lambda: given_number("budget", "120.000")) == (
        "budget must be a number, found the text '120.000'. Give 120000 or 120, without quotes."
    )
    assert whole(lambda: given_number("volume", "many")) == (
        "volume must be a number, found 'many'. Write figures only, with a decimal point."
    )


def test_headers_and_numbers_that_are_not_right() -> None:
    assert whole(lambda: check_header("here", ["a", "a"], (), ("a",))) == (
        "here: column 'a' is there twice. Keep one of them."
    )
    assert whole(lambda: as_number("volume", "many")) == (
        "volume must be a number, found 'many'. Write figures only, with a decimal point."
    )
