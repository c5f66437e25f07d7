"""Small files that people keep, CSV and Excel: read with a place for every fault, written whole or not at all.

What a row means does not belong here: that is for the noun it becomes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlens.errors import ColumnError, FileError, ValuesError, listing, not_installed, unknown_name
from cxlens.files.answers import read_table
from cxlens.files.cells import Column
from cxlens.files.csv_text import decoded, find_separator, header_place
from cxlens.files.currencies import currency_of_format
from cxlens.files.excel import NO_WORKBOOK, openpyxl
from cxlens.files.places import ENDINGS, is_several
from cxlens.files.writing import NO_DAY, check_ending, without_apostrophe, write_whole

EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")  # 120.000 and 120,000: thousands, or a decimal sign
DECIMAL_COMMA = re.compile(r"[+-]?(\d+,(\d{1,2}|\d{4,})|0,\d+)")  # 1,500 may be thousands
Row = tuple[int, dict[str, str]]  # the line it stands on, and {column: text}
SIGNS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
OTHER_KINDS = ("parquet", "statistics")
ZIPPED = b"PK"  # how a workbook begins
NARROW = 8  # characters: a column of a sheet is at least so wide
WIDE = 50  # characters: and at most so wide
LONGEST = 32_767  # characters a cell of a sheet can hold


def read_rows(
    path: str | Path,
    needed: Sequence[str],
    allowed: Sequence[str],
    money: Collection[str] = (),
) -> list[Row]:
    """The rows of a small file that people write: line number and ``{column: text}``, blank lines left out.

    A CSV file, its separator and encoding found, or the first sheet of an Excel workbook; also a file of another kind
    that :func:`cxlens.files.answers.read_table` reads, a folder or a pattern, whose rows are counted in place of lines.
    Columns of `allowed` that the file lacks are ``""``. Texts are kept as they are ("NA" is a name), blanks around them
    aside. Of columns named in `money`, the currency with which a sheet shows a number is put behind it.
    """
    if _is_other_table(path):
        return _rows_of_table(path, needed, allowed)
    data = _read_bytes(path, "touchpoints.csv")
    if data.startswith(ZIPPED):
        return read_sheet(path, needed, allowed, money)
    text, _ = decoded(Path(path), data, "file")
    if not text.strip():
        raise FileError(f"{path} is empty. Check the path, or save the file again.")
    separator, numbered = find_separator(text, allowed)
    if not numbered:
        raise FileError(f"{path} holds no cell in any row. Check the path, or save the file again.")
    above = numbered[header_place([record.cells for record in numbered], allowed)].line
    lines = io.StringIO(text, newline="")
    for _ in range(above):
        next(lines)
    reader = csv.DictReader(lines, skipinitialspace=True, delimiter=separator)
    header = list(reader.fieldnames or ())
    check_header(f"{path}, line {above + 1}", header, needed, allowed)
    rows = []
    for row in reader:
        line = above + reader.line_num
        if None in row or None in row.values():
            raise FileError(
                f"{path}, line {line}: more or fewer than the {len(header)} cells of the header. "
                f"Put text that has a {SIGNS[separator]} in double quotes."
            )
        rows.append((line, row))
    return _filled(path, rows, allowed)


def _is_other_table(path: Any) -> bool:
    """Whether a path means a file of another kind than CSV and Excel, or several files."""
    if not isinstance(path, (str, Path)):
        return False
    is_other_kind = ENDINGS.get(Path(path).suffix.lower()) in OTHER_KINDS
    return is_other_kind or is_several(path)


def _rows_of_table(path: str | Path, needed: Sequence[str], allowed: Sequence[str]) -> list[Row]:
    """The rows of such a file, or of all of them, as texts."""
    columns = {name: Column("text") for name in allowed}
    frame = read_table(path, columns, "file").frame
    header = [str(name) for name in frame.columns]
    check_header(str(path), header, needed, allowed)
    rows = []
    for line, values in enumerate(frame.itertuples(index=False, name=None), 1):
        texts = [_as_text(value) for value in values]
        rows.append((line, dict(zip(header, texts, strict=True))))
    return _filled(path, rows, allowed)


def _as_text(value: Any) -> str:
    """What an entry of a table says, as it would stand in a CSV file."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return "; ".join(map(str, value))
    if pd.isna(value):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (int, float, np.number)):
        return unmistakable(value)
    return str(value).strip()


def read_sheet(
    path: str | Path,
    needed: Sequence[str],
    allowed: Sequence[str],
    money: Collection[str] = (),
) -> list[Row]:
    """The rows of the first sheet of an Excel workbook, as :func:`read_rows` gives those of a CSV file.

    A title may stand above the header. Nothing is computed: a cell that holds a formula is refused.
    """
    sheet, lines = _sheet_and_lines(path)
    texts = [_texts(path, cells) for cells in lines]
    place = header_place(texts, allowed)
    header = texts[place] if texts else []
    first = 1
    if lines:
        first = lines[place][0].row
    _check_merged(path, sheet, first)
    if "" in header:
        blank = lines[place][header.index("")].coordinate
        raise ColumnError(f"{path}, row {first}: header cell {blank} is blank. Name the column, or delete it.")
    check_header(f"{path}, row {first}", header, needed, allowed)
    below = place + 1
    rows = []
    for cells, words in zip(lines[below:], texts[below:], strict=True):
        row = dict(zip(header, words, strict=True))
        for name, cell in zip(header, cells, strict=True):
            if name in money:
                row[name] = _with_currency(row[name], cell)
        rows.append((cells[0].row, row))
    return _filled(path, rows, allowed)


def _sheet_and_lines(path: str | Path) -> tuple[Any, list[Sequence[Any]]]:
    """The first sheet, and those of its rows that hold something, up to the last column that does."""
    sheet = _first_sheet(path)
    lines = [cells for cells in sheet.iter_rows() if any(map(_holds_something, cells))]
    width = _width(lines)
    return sheet, [cells[:width] for cells in lines]


def _check_merged(path: str | Path, sheet: Any, header: int) -> None:
    """Refuse merged cells, but for a title above the header."""
    ranges = sorted(str(cells) for cells in sheet.merged_cells.ranges if cells.max_row >= header)
    if ranges:
        raise FileError(f"{path}: cells {listing(ranges, 3)} are merged. Take the merging back and fill in each cell.")


def _first_sheet(path: str | Path) -> Any:
    """The first sheet of a workbook, with its formulas."""
    reader = openpyxl()
    data = _read_bytes(path, "touchpoints.xlsx")
    try:
        book = reader.load_workbook(io.BytesIO(data))
        return book.worksheets[0]
    except NO_WORKBOOK as error:
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
        raise ColumnError(f"{place}: one column or none is found. Separate the columns with commas.")
    unknown = [name for name in header if name not in allowed]
    if len(unknown) > 1:
        which = f"columns {listing(map(repr, unknown), 30)} are not known here"
        raise ColumnError(f"{place}: {which}. Call them as one of these, or delete them: {', '.join(allowed)}.")
    if unknown:
        raise ColumnError(f"{place}: {unknown_name('column', unknown[0], allowed, 'Columns')}")
    for name in header:
        if header.count(name) > 1:
            raise ColumnError(f"{place}: column {name!r} is there twice. Keep one of them.")
    for name in needed:
        if name not in header:
            raise ColumnError(f"{place}: column {name!r} is missing. Columns found: {listing(header, 30)}.")


def read_text(path: str | Path, such: str = "touchpoints.csv") -> str:
    """The text of a UTF-8 file; one that is not there, a folder (which may hold `such`) or not UTF-8 is refused."""
    data = _read_bytes(path, such)
    if data.startswith(ZIPPED):
        raise FileError(f"{path} is an Excel workbook, and text is needed here. Check the path.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError(f"{path}, line {line}: not UTF-8 text. Save the file as UTF-8.") from error
    if not text.strip():
        raise FileError(f"{path} is empty. Check the path, or save the file again.")
    return text


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
    check_ending(path, "scorecard.xlsx", ".xlsx")
    xlsxwriter = xlsxwriter_or_refuse()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": NO_DAY})
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
    if isinstance(value, str) and DECIMAL_COMMA.fullmatch(value.strip()):
        value = value.replace(",", ".")
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValuesError(f"{thing} must be a number, found {value!r}. Write figures only, with a decimal point.")
    return number


def given_number(thing: str, value: Any) -> float:
    """A finite number that is given as one: text stands for a number in files only."""
    number = as_number(thing, value)
    if isinstance(value, str):
        text = value.strip()
        thousands = f"{re.sub('[.,]', '', text)} or " if EITHER.fullmatch(text) else ""
        plain = f"{thousands}{figure(number)}"
        raise ValuesError(f"{thing} must be a number, found the text {value!r}. Give {plain}, without quotes.")
    return number


def figure(value: Any) -> str:
    """A number as text that reads back as the same number."""
    return repr(float(value)).removesuffix(".0")


def unmistakable(value: Any) -> str:
    """The same, with a fourth decimal where there are three: ``1.250`` may be read as 1,250, ``1.2500`` is not."""
    text = figure(value)
    whole, _, decimals = text.partition(".")
    may_be_thousands = len(decimals) == 3 and len(whole.lstrip("-")) <= 3 and whole.lstrip("-") != "0"
    return f"{text}0" if may_be_thousands else text


def xlsxwriter_or_refuse() -> Any:
    """The package that writes workbooks, of the extra ``office``."""
    try:
        import xlsxwriter
    except ImportError:
        raise not_installed("Excel files need", "xlsxwriter", "office") from None
    return xlsxwriter


def _read_bytes(path: str | Path, such: str) -> bytes:
    if not isinstance(path, (str, Path)):
        raise FileError(f"a path is needed, not a {type(path).__name__}. Give the file, such as {such!r}.")
    try:
        if Path(path).is_dir():
            raise FileError(f"{path} is a folder. Give the file, such as {Path(path, such)}.")
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise FileError(f"{path} is not there. Check the path.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, FileError):
            raise
        reason = getattr(error, "strerror", None) or str(error)
        raise FileError(f"{str(path)[:200]!r} cannot be read: {reason}. Check the path.") from error


def _filled(
    path: str | Path,
    rows: Sequence[tuple[int, Mapping[str, str]]],
    allowed: Sequence[str],
) -> list[Row]:
    """The rows that hold something, with a text for each column that may be there."""
    filled = []
    for line, row in rows:
        if any(row.values()):
            texts = {name: without_apostrophe(row.get(name, "").strip()) for name in allowed}
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
        return unmistakable(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value).strip()


def _with_currency(text: str, cell: Any) -> str:
    """A number of a sheet with the currency in which the sheet shows it."""
    currency = ""
    if cell.data_type == "n" and text:
        currency = currency_of_format(cell.number_format)
    return f"{text} {currency}".strip()


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
