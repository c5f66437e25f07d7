"""Empty sheets: header, lists, hints."""

from __future__ import annotations

import io

import pytest

from cxlens.files.forms import ROWS, FormColumn, csv_form, excel_form

COLUMNS = (FormColumn("kind", "What it is.", ("a", "b")), FormColumn("unit", "Counted in.", ("weeks",), strict=False))


def test_a_csv_form_is_its_header() -> None:
    assert csv_form(COLUMNS) == b"kind,unit\n"


def test_a_sheet_has_lists_and_hints() -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(excel_form("things", COLUMNS)))
    (sheet,) = book.worksheets
    assert sheet.title == "things"
    assert [[cell.value for cell in row] for row in sheet.iter_rows(max_row=1)] == [["kind", "unit"]]
    rules = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    kind, unit = rules[f"A2:A{ROWS + 1}"], rules[f"B2:B{ROWS + 1}"]
    assert (kind.type, kind.formula1, kind.prompt) == ("list", '"a,b"', "What it is.")
    assert kind.errorStyle in (None, "stop")
    assert (unit.formula1, unit.errorStyle) == ('"weeks"', "warning")
