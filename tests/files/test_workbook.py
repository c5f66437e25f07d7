"""Workbooks for readers: typed cells, heads that stay in sight, links, and never a formula."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.files.forms import FormColumn, excel_form
from cxlens.files.tables import write_sheets
from cxlens.files.workbook import Column, Sheet, cell_of, sheet_names, write_workbook

ODD = ["=1+1", "+1", "-2+3", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "http://example.org", "{=1}"]


def column(head, values, shown="General"):
    return Column(head, values, [shown] * len(values))


def written(folder: Path, *sheets: Sheet):
    path = folder / "a.xlsx"
    write_workbook(path, sheets, "A title")
    return openpyxl.load_workbook(path)


def test_cells_keep_their_type(tmp_path):
    values = [1, 2.5, np.int64(3), np.nan, None, np.inf, True, ("a", "b"), pd.Timestamp("2026-01-31"), {"a": 1}]
    book = written(tmp_path, Sheet("One", [column("Any", values, "0.0%")]))
    cells = [row[0].value for row in book["One"].iter_rows(min_row=2, max_row=11)]
    assert cells == [1, 2.5, 3, None, None, None, "yes", "a, b", dt.datetime(2026, 1, 31), "a: 1"]
    assert [book["One"][place].number_format for place in ("A2", "A10")] == ["0.0%", "yyyy-mm-dd"]
    assert book.properties.title == "A title"


def test_the_same_sheets_are_the_same_bytes_whenever_they_are_written(tmp_path):
    sheet = Sheet("One", [column("Any", [1, "a"])])
    files = [tmp_path / name for name in ("a.xlsx", "b.xlsx", "plain_a.xlsx", "plain_b.xlsx")]
    write_workbook(files[0], [sheet], "A title")
    write_sheets(files[2], {"One": pd.DataFrame({"a": [1]})})
    form = excel_form("A form", [FormColumn("name", "What it is called")])
    time.sleep(1.1)  # a file tells seconds
    write_workbook(files[1], [sheet], "A title")
    write_sheets(files[3], {"One": pd.DataFrame({"a": [1]})})
    assert files[0].read_bytes() == files[1].read_bytes()
    assert files[2].read_bytes() == files[3].read_bytes()
    assert form == excel_form("A form", [FormColumn("name", "What it is called")])


def test_text_is_never_a_formula_or_a_link(tmp_path):
    book = written(tmp_path, Sheet("=1", [column("=head", ODD)]))
    cells = [cell for row in book["=1"].iter_rows() for cell in row]
    assert [cell.value for cell in cells] == ["=head", *ODD]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_heads_stay_in_sight_and_rows_can_be_filtered(tmp_path):
    page = written(tmp_path, Sheet("One", [column("A", ["x"]), column("B", [1])], mark="Simulated data"))["One"]
    assert page.freeze_panes == "B2"
    assert page.auto_filter.ref == "A1:B2"
    assert page.print_title_rows == "$1:$1"
    assert page.oddHeader.right.text == "Simulated data"


def test_a_long_text_makes_no_endless_column(tmp_path):
    page = written(tmp_path, Sheet("One", [column("A", ["x" * 500]), column("B", [1])]))["One"]
    assert page.column_dimensions["A"].width < 65
    assert 8 < page.column_dimensions["B"].width < 13
    assert page["A2"].alignment.wrap_text


def test_links_lead_to_sheets(tmp_path):
    first = Sheet("Contents", [column("Sheet", ["It's", "none"])], links={0: "It's"})
    page = written(tmp_path, first, Sheet("It's", [column("A", [1])]))["Contents"]
    assert page["A2"].hyperlink.location == "'It''s'!A1"
    assert page["A2"].value == "It's"
    assert page["A3"].hyperlink is None


def test_days_that_excel_does_not_know_are_text():
    assert cell_of(dt.date(1899, 12, 31)) == "1899-12-31"
    assert cell_of(pd.Timestamp("1899-12-31")) == "1899-12-31"
    assert cell_of(pd.Timestamp("2026-01-31 10:00")) == "2026-01-31 10:00:00"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=50), max_size=8))
def test_names_of_sheets_are_such_as_excel_takes(wanted):
    names = sheet_names(wanted)
    assert len(names) == len(wanted)
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)


def test_a_text_that_does_not_fit_is_refused(tmp_path):
    with pytest.raises(cx.CxlensError) as error:
        written(tmp_path, Sheet("One", [column("A", ["x" * 32_768])]))
    assert str(error.value) == (
        "column 'A', row 2: a text of 32,768 characters does not fit into a cell of a sheet. Keep it to 32,767."
    )
    assert list(tmp_path.iterdir()) == []


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(cx.CxlensError) as error:
        write_workbook(tmp_path / "a.xls", [])
    assert str(error.value) == (f"{tmp_path / 'a.xls'} does not end in .xlsx. Give a name such as workbook.xlsx.")
