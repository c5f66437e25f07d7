"""Small files that people keep, CSV and Excel: read with a place for every fault, written whole or not at all.

What a row means does not belong here: that is for the noun it becomes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlens.errors import ColumnError, CxlensError, FileError, ValuesError, listing, unknown_name

Row = tuple[int, dict[str, str]]  # the line it stands on, and {column: text}
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "upright bars"}
NARROW = 8  # characters: a column of a sheet is at least so wide
WIDE = 50  # characters: and at most so wide
LONGEST = 32_767  # characters a cell of a sheet can hold


def read_rows(path: str | Path, needed: Sequence[str], allowed: Sequence[str]) -> list[Row]:
    """The rows of a small CSV file that people write: line number and ``{column: text}``, blank lines left out.

    Columns of `allowed` that the file lacks are ``""``. Texts are kept as they are ("NA" is a name), blanks around
    them aside.
    """
    reader = csv.DictReader(io.StringIO(read_text(path), newline=""), skipinitialspace=True)
    header = list(reader.fieldnames or ())
    check_header(f"{path}, line 1", header, needed, allowed)
    rows = []
    for row in reader:
        if None in row or None in row.values():
            raise FileError(
                f"{path}, line {reader.line_num}: more or fewer than the {len(header)} cells of the header. "
                "Put text that has a comma in double quotes."
            )
        rows.append((reader.line_num, row))
    return _filled(path, rows, allowed)


def read_sheet(path: str | Path, needed: Sequence[str], allowed: Sequence[str]) -> list[Row]:
    """The rows of the first sheet of an Excel workbook, as :func:`read_rows` gives those of a CSV file.

    Nothing is computed: a cell that holds a formula is refused.
    """
    lines = _lines_with_cells(path)
    texts = [_texts(path, cells) for cells in lines]
    header = texts[0] if texts else []
    first = lines[0][0].row if lines else 1
    if "" in header:
        blank = lines[0][header.index("")].coordinate
        raise ColumnError(f"{path}, row {first}: header cell {blank} is blank. Name the column, or delete it.")
    check_header(f"{path}, row {first}", header, needed, allowed)
    rows = []
    for cells, words in zip(lines[1:], texts[1:], strict=True):
        row = dict(zip(header, words, strict=True))
        rows.append((cells[0].row, row))
    return _filled(path, rows, allowed)


def _lines_with_cells(path: str | Path) -> list[Sequence[Any]]:
    """The rows of the first sheet that hold something, up to the last column that does; merged cells are refused."""
    sheet = _first_sheet(path)
    if sheet.merged_cells.ranges:
        ranges = sorted(map(str, sheet.merged_cells.ranges))
        raise FileError(f"{path}: cells {listing(ranges, 3)} are merged. Take the merging back and fill in each cell.")
    lines = [cells for cells in sheet.iter_rows() if any(map(_holds_something, cells))]
    width = _width(lines)
    return [cells[:width] for cells in lines]


def _first_sheet(path: str | Path) -> Any:
    """The first sheet of a workbook, with its formulas."""
    openpyxl = _openpyxl()
    data = _read_bytes(path, "touchpoints.xlsx")
    try:
        book = openpyxl.load_workbook(io.BytesIO(data))
        return book.worksheets[0]
    except (zipfile.BadZipFile, KeyError, IndexError, ValueError, SyntaxError) as error:
        raise FileError(
            f"{path} is not an Excel workbook (.xlsx). Save it in that format; a CSV file is read with from_csv."
        ) from error


def _holds_something(cell: Any) -> bool:
    return cell.value is not None


def _width(lines: Sequence[Sequence[Any]]) -> int:
    """The number of the last column of a sheet that holds something."""
    columns = [cell.column for cells in lines for cell in cells if _holds_something(cell)]
    return max(columns, default=0)


def check_header(
    place: str,
    header: Sequence[str],
    needed: Sequence[str],
    allowed: Sequence[str],
) -> None:
    """Refuse a table that lacks a column, has one twice, or has one that is not known."""
    if len(header) < 2:
        raise _not_separated(place, header)
    for name in header:
        if name not in allowed:
            raise ColumnError(f"{place}: {unknown_name('column', name, allowed, 'Columns')}")
        if header.count(name) > 1:
            raise ColumnError(f"{place}: column {name!r} is there twice. Keep one of them.")
    for name in needed:
        if name not in header:
            raise ColumnError(f"{place}: column {name!r} is missing. Columns found: {listing(header, 30)}.")


def _not_separated(place: str, header: Sequence[str]) -> ColumnError:
    """Why a table has one column or none."""
    for sign, name in SEPARATORS.items():
        if any(sign in text for text in header):
            return ColumnError(
                f"{place}: {name} stand between the columns where commas are needed. Save it with commas: "
                "LibreOffice asks for the field separator, Excel takes the list separator of the region settings."
            )
    return ColumnError(f"{place}: one column or none is found. Separate the columns with commas.")


def read_text(path: str | Path, such: str = "touchpoints.csv") -> str:
    """The text of a UTF-8 file; one that is not there, a folder (which may hold `such`) or not UTF-8 is refused."""
    data = _read_bytes(path, such)
    if data.startswith(b"PK"):
        raise FileError(f"{path} is an Excel workbook. Read it with from_excel, or save it as CSV.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(f"{path}, line {line}: not UTF-8 text. Save the file as UTF-8.") from error
    if not text.strip():
        raise FileError(f"{path} is empty. Check the path, or save the file again.")
    return text


def write_whole(path: str | Path, data: bytes) -> None:
    """Write a file under a temporary name in its folder, then move it: whole or not at all."""
    target = Path(path)
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".cxlens-") as folder:
            draft = Path(folder, target.name)
            draft.write_bytes(data)
            draft.replace(target)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {error.strerror}. Check that its folder is there.") from error


def write_sheets(path: str | Path, sheets: Mapping[str, pd.DataFrame]) -> None:
    """Write frames as the sheets of an Excel workbook (.xlsx), whole or not at all.

    Parameters
    ----------
    path
        The file to write.
    sheets
        Each sheet's name (at most 31 characters, none of ``[ ] : * ?`` and slashes) and its frame, the index aside.
        Numbers stay numbers (of 16 digits), what is missing is an empty cell, True and False are "yes" and "no". Any
        other value is text, also where it begins with ``=``, ``+``, ``-`` or ``@``: never a formula or a link.

    Raises
    ------
    CxlensError, FileError, ValuesError
        When xlsxwriter is not installed, the folder cannot be written to, or a text is too long for a cell.
    """
    if Path(path).suffix.lower() != ".xlsx":
        raise FileError(f"{path} does not end in .xlsx. Give an Excel workbook that name, such as scorecard.xlsx.")
    xlsxwriter = _xlsxwriter()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, options) as book:
        bold = book.add_format({"bold": True})
        for name, frame in sheets.items():
            sheet = book.add_worksheet(name)
            sheet.freeze_panes(1, 0)
            for place, title in enumerate(frame.columns):
                values = frame.iloc[:, place]
                sheet.write_string(0, place, str(title), bold)
                _write_column(sheet, place, title, values)
    write_whole(path, out.getvalue())


def _write_column(
    sheet: Any,
    place: int,
    title: Any,
    values: pd.Series[Any],
) -> None:
    """Write values below the title of a column, and make it as wide as they need."""
    cells = [_cell(value) for value in values.astype(object)]
    for line, cell in enumerate(cells, 1):
        if isinstance(cell, str):
            _check_length(cell, title, line)
            sheet.write_string(line, place, cell)
        elif cell is not None:
            sheet.write_number(line, place, cell)
    longest = max(len(str(cell)) for cell in (title, *cells))
    width = min(max(longest + 1, NARROW), WIDE)
    sheet.set_column(place, place, width)


def _check_length(text: str, title: Any, line: int) -> None:
    """Refuse a text that a cell of a sheet would cut."""
    if len(text) > LONGEST:
        raise ValuesError(
            f"column {title!r}, row {line + 1}: a text of {len(text):,} characters does not fit "
            f"into a cell of a sheet. Keep it to {LONGEST:,}, or write CSV."
        )


def as_number(thing: str, value: Any) -> float:
    """A finite number, from a number or from text."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValuesError(f"{thing} must be a number, found {value!r}. Write figures only, with a decimal point.")
    return number


def given_number(thing: str, value: Any) -> float:
    """A finite number that is given as one: text stands for a number in files only."""
    number = as_number(thing, value)
    if isinstance(value, str):
        raise ValuesError(f"{thing} must be a number, found the text {value!r}. Give {figure(number)}, without quotes.")
    return number


def figure(value: Any) -> str:
    """A number as text that reads back as the same number."""
    return repr(float(value)).removesuffix(".0")


def _xlsxwriter() -> Any:
    """The package that writes workbooks, of the extra ``office``."""
    try:
        import xlsxwriter
    except ImportError:
        raise _not_installed("xlsxwriter") from None
    return xlsxwriter


def _openpyxl() -> Any:
    """The package that reads workbooks, of the extra ``office``."""
    try:
        import openpyxl
    except ImportError:
        raise _not_installed("openpyxl") from None
    return openpyxl


def _not_installed(name: str) -> CxlensError:
    return CxlensError(
        f"Excel files need the package {name!r}, which is not installed. Install it: pip install 'cxlens[office]'."
    )


def _read_bytes(path: str | Path, such: str) -> bytes:
    if Path(path).is_dir():
        raise FileError(f"{path} is a folder. Give the file, such as {Path(path, such)}.")
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise FileError(f"{path} is not there. Check the path.") from None


def _filled(
    path: str | Path,
    rows: Sequence[tuple[int, Mapping[str, str]]],
    allowed: Sequence[str],
) -> list[Row]:
    """The rows that hold something, with a text for each column that may be there."""
    filled = []
    for line, row in rows:
        if any(row.values()):
            texts = {name: row.get(name, "").strip() for name in allowed}
            filled.append((line, texts))
    if not filled:
        raise FileError(f"{path} has a header and no rows. Add a line for each entry.")
    return filled


def _texts(path: str | Path, cells: Sequence[Any]) -> list[str]:
    """What the cells of a row say."""
    return [_text(path, cell) for cell in cells]


def _text(path: str | Path, cell: Any) -> str:
    """What a cell of a sheet says, as it would stand in a CSV file."""
    if cell.data_type in {"f", "e"}:
        what = "a formula" if cell.data_type == "f" else f"the error {cell.value}"
        raise FileError(f"{path}: cell {cell.coordinate} holds {what}. Put in its place the value that is meant.")
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return figure(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value).strip()


def _cell(value: Any) -> str | float | None:
    """A value as a sheet shall hold it."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or None
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if pd.isna(value):
        return None
    if isinstance(value, (int, float, np.number)) and math.isfinite(value):
        return value.item() if isinstance(value, np.generic) else value
    return str(value) or None
