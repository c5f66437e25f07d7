"""Answers in Excel workbooks: the sheet and the row of the header are found by the columns that are asked for.

Small lists that people keep in sheets are read by :mod:`cxlens.files.tables`.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
import zlib
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.errors import FileError, listing, not_installed
from cxlens.files.csv_text import header_place
from cxlens.files.given import FOUND, Given

NO_WORKBOOK = (
    zipfile.BadZipFile, zlib.error, AttributeError, EOFError, LookupError, OSError, RuntimeError, SyntaxError,
    TypeError, ValueError,
)  # fmt: skip  # what is raised by reading what is no workbook, or a damaged one
Line = Sequence[Any]  # the cells of a row


def openpyxl() -> Any:
    """The package that reads workbooks, of the extra ``office``."""
    try:
        import openpyxl
    except ImportError:
        raise not_installed("Excel files need", "openpyxl", "office") from None
    return openpyxl


def read_workbook(
    path: Path,
    needed: Collection[str],
    thing: str,
    given: Given = FOUND,
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows of the sheet that has the needed columns, and what there is to tell.

    Cells are as they are: numbers, dates, text, None where empty. Of a formula the value counts that the program which
    saved the workbook wrote beside it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileError(f"{thing} '{path}' cannot be read: {error.strerror}. Check the path.") from error
    sheets = _sheets_with_cells(path, data, thing)
    if given.sheet is not None:
        sheets = _named(path, sheets, given.sheet, thing)
    sheet, place = _sheet_of(path, sheets, needed, thing)
    lines = _lines(sheet)
    if given.header is not None:
        place = _place_of_row(path, lines, given.header, thing)
    header = _names(lines[place])
    rows = lines[place + 1 :]
    _check_merged(path, sheet, lines[place][0].row, thing)
    values = _values_of_formulas(path, data, sheet, rows, thing)
    frame = pd.DataFrame(values, columns=range(len(header)), dtype=object).set_axis(header, axis=1)
    notes = []
    if len(sheets) > 1:
        notes.append(f"{path.name}: read is the sheet {sheet.title!r}.")
    if lines[place][0].row > 1:
        notes.append(f"{path.name}: the header is in row {lines[place][0].row}.")
    return frame, tuple(notes)


def _sheets_with_cells(path: Path, data: bytes, thing: str) -> list[Any]:
    """The sheets of a workbook in which something stands."""
    reader = openpyxl()
    try:
        book = reader.load_workbook(io.BytesIO(data))
    except NO_WORKBOOK as error:
        raise FileError(f"{thing} '{path}' is not an Excel workbook (.xlsx). Save it in that format.") from error
    sheets = [sheet for sheet in book.worksheets if _lines(sheet)]
    if not sheets:
        raise FileError(f"{thing} '{path}' is a workbook in which nothing stands. Check the path.")
    return sheets


def _named(path: Path, sheets: Sequence[Any], title: str, thing: str) -> list[Any]:
    """The sheet of a name, as a list of one."""
    titles = [sheet.title for sheet in sheets]
    if title not in titles:
        raise FileError(
            f"{thing} '{path}' has no sheet {title!r} in which something stands. Sheets: "
            f"{listing(map(repr, titles), 10)}."
        )
    return [sheets[titles.index(title)]]


def _place_of_row(path: Path, lines: Sequence[Line], row: int, thing: str) -> int:
    """The place of a row among those in which something stands."""
    rows = [line[0].row for line in lines]
    if row not in rows:
        raise FileError(f"{thing} '{path}': nothing stands in row {row}, so it cannot be the header. Check header=.")
    return rows.index(row)


def _lines(sheet: Any) -> list[Line]:
    """The rows of a sheet in which something stands."""
    return [line for line in sheet.iter_rows() if any(cell.value is not None for cell in line)]


def _names(line: Line) -> list[str]:
    """The names in a header; a column without one is called by its letter."""
    return [str(cell.value).strip() if cell.value is not None else f"column {cell.column_letter}" for cell in line]


def _sheet_of(
    path: Path,
    sheets: Sequence[Any],
    needed: Collection[str],
    thing: str,
) -> tuple[Any, int]:
    """The one sheet that has the needed columns, or that is the only one; and the place of its header."""
    places = {}
    holding = []
    for number, sheet in enumerate(sheets):
        texts = [_texts(line) for line in _lines(sheet)[:100]]
        places[number] = header_place(texts, needed)
        if needed and set(needed) <= set(texts[places[number]]):
            holding.append(number)
    candidates = holding or list(places)
    if len(candidates) > 1:
        titles = [sheets[number].title for number in candidates]
        what = "have the columns" if holding else "hold something, and none has all the columns"
        raise FileError(
            f"{thing} '{path}': sheets {listing(map(repr, titles), 5)} {what}. "
            f"Give the one that is meant: cx.read_answers(path, sheet={titles[0]!r})."
        )
    number = candidates[0]
    return sheets[number], places[number]


def _texts(line: Line) -> list[str]:
    """Cells as a header would name them."""
    return ["" if cell.value is None else str(cell.value).strip() for cell in line]


def _check_merged(path: Path, sheet: Any, header: int, thing: str) -> None:
    """Refuse merged cells below the header: only the first of them holds a value."""
    ranges = sorted(str(cells) for cells in sheet.merged_cells.ranges if cells.max_row > header)
    if ranges:
        raise FileError(
            f"{thing} '{path}': cells {listing(ranges, 3)} are merged. Take the merging back and fill in each cell."
        )


def _values_of_formulas(
    path: Path,
    data: bytes,
    sheet: Any,
    rows: Sequence[Line],
    thing: str,
) -> list[list[Any]]:
    """The values of all cells; those of formulas are read once more, since a workbook holds both."""
    computed: Any = None
    if any(cell.data_type == "f" for line in rows for cell in line):
        computed = openpyxl().load_workbook(io.BytesIO(data), data_only=True)[sheet.title]
    values = []
    for line in rows:
        values.append([_value(path, cell, computed, thing) for cell in line])
    return values


def _value(path: Path, cell: Any, computed: Any, thing: str) -> Any:
    """The value of a cell; a date without a time is text in ISO 8601 form, as it would stand in a CSV file."""
    value = cell.value
    if cell.data_type == "f":
        value = computed[cell.coordinate].value
        if value is None:
            raise FileError(
                f"{thing} '{path}': cell {cell.coordinate} holds a formula without its value. Open the workbook in "
                "Excel or LibreOffice and save it, or put the value in its place."
            )
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value


def as_text(value: Any) -> str:
    """What a cell says, as it would stand in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
