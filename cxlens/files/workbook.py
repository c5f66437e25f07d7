"""Excel workbooks for readers: sheets with typed columns, frozen heads, links between sheets; never a formula.

Which tables there are, what their heads say and how numbers are shown is told by who asks. Plain sheets that are read
again are written by :func:`cxlens.files.tables.write_sheets`.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.errors import ValuesError
from cxlens.files.tables import LONGEST, xlsxwriter_or_refuse
from cxlens.files.writing import NO_DAY, check_ending, write_whole

LONGEST_NAME = 31  # characters of the name of a sheet
NO_NAME = re.compile(r"[\[\]:*?/\\]")  # signs that it cannot have
NARROW, WIDE = 9, 60  # characters
HEAD = {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E8EEF4", "bottom": 1}
BODY = {"valign": "top"}
TEXT = {"valign": "top", "text_wrap": True}
LINK = {"valign": "top", "font_color": "#0B57A4", "underline": 1}
DAY = "yyyy-mm-dd"
FIRST_YEAR = 1900  # Excel knows no day before
DIGITS = 9  # characters that a number takes at most, as it is shown
Cell = str | float | dt.date | None


class Column(NamedTuple):
    """A column of a sheet.

    ``head`` stands on top; ``values`` are what is to stand below it, and ``formats`` how Excel shows each of them.
    """

    head: str
    values: Sequence[Any]
    formats: Sequence[str]


class Sheet(NamedTuple):
    """A sheet of a workbook.

    ``name``: what its tab says; ``columns``; ``links``: the sheet to which the first cell of a row leads, by the row;
    ``mark``: what is printed on each page, such as that data are simulated.
    """

    name: str
    columns: Sequence[Column]
    links: Mapping[int, str] = {}
    mark: str = ""


def sheet_names(wanted: Sequence[str]) -> list[str]:
    """Names that sheets can have, each once: at most 31 characters, without signs that Excel refuses.

    Examples
    --------
    >>> sheet_names(["Change: seats", "change: Seats"])
    ['Change seats', 'change Seats 2']
    """
    names: list[str] = []
    for text in wanted:
        plain = " ".join(NO_NAME.sub("", text).split()).strip("'") or "Sheet"
        names.append(_free_name(plain, names))
    return names


def _free_name(name: str, taken: Sequence[str]) -> str:
    """The name, cut to what fits, with a number behind it where another sheet has it."""
    in_use = {other.casefold() for other in taken}
    free = name[:LONGEST_NAME].strip()
    number = 2
    while free.casefold() in in_use:
        ending = f" {number}"
        free = name[: LONGEST_NAME - len(ending)].strip() + ending
        number += 1
    return free


def write_workbook(path: str | Path, sheets: Sequence[Sheet], title: str = "") -> None:
    """Write sheets as an Excel workbook.

    Numbers, dates and texts each stay what they are; True and False are "yes" and "no"; what is missing or without end
    is an empty cell. Any text is text, also where it begins with ``=``, ``+``, ``-`` or ``@``.

    Raises
    ------
    CxlensError, FileError, ValuesError
        When xlsxwriter is not installed, the file cannot be written there, or a text is too long for a cell.
    """
    check_ending(path, "workbook.xlsx", ".xlsx")
    xlsxwriter = xlsxwriter_or_refuse()
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        book.set_properties({"title": title, "comments": "Made with cxlens.", "created": NO_DAY})
        format_of = _formats(book)
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            _lay_out(page, sheet)
            for place, column in enumerate(sheet.columns):
                _write_column(page, place, column, format_of)
            for row, target in sheet.links.items():
                text = str(sheet.columns[0].values[row])
                page.write_url(row + 1, 0, f"internal:'{_quoted(target)}'!A1", format_of(LINK), text)
    write_whole(path, out.getvalue())


def _quoted(name: str) -> str:
    """The name of a sheet inside a reference."""
    return name.replace("'", "''")


def _formats(book: Any) -> Callable[[Mapping[str, Any]], Any]:
    """What gives each kind of cell its format, made once a workbook."""
    made: dict[tuple[tuple[str, Any], ...], Any] = {}

    def format_of(properties: Mapping[str, Any]) -> Any:
        key = tuple(properties.items())
        if key not in made:
            made[key] = book.add_format(dict(properties))
        return made[key]

    return format_of


def _lay_out(page: Any, sheet: Sheet) -> None:
    """Heads that stay in sight, a filter where there are rows, and pages that can be printed."""
    page.freeze_panes(1, 1)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.set_header(f"&L&A&R{sheet.mark.replace('&', '&&')}")
    page.set_footer("&RPage &P of &N")
    rows = len(sheet.columns[0].values)
    if rows and not sheet.links:
        page.autofilter(0, 0, rows, len(sheet.columns) - 1)


def _write_column(page: Any, place: int, column: Column, format_of: Callable[[Mapping[str, Any]], Any]) -> None:
    """Write a column below its head, as wide as it needs."""
    page.write_string(0, place, column.head, format_of(HEAD))
    cells = [cell_of(value) for value in column.values]
    width = min(max(map(_width, cells), default=0), WIDE)
    page.set_column(place, place, max(width, _width_of_head(column.head), NARROW) + 2)
    for row, (cell, shown) in enumerate(zip(cells, column.formats, strict=True), 1):
        if isinstance(cell, str):
            _check_length(cell, column.head, row)
            page.write_string(row, place, cell, format_of(TEXT))
        elif isinstance(cell, dt.date):
            page.write_datetime(row, place, cell, format_of({**BODY, "num_format": DAY}))
        elif cell is not None:
            page.write_number(row, place, cell, format_of({**BODY, "num_format": shown}))


def _width(cell: Cell) -> int:
    """How many characters a cell takes."""
    if isinstance(cell, str):
        return len(cell)
    return 0 if cell is None else DIGITS


def _width_of_head(head: str) -> int:
    """How many characters a head takes, which goes over several lines but does not break its words."""
    words = [len(word) for word in head.split()]
    return max([*words, len(head) // 3])


def _check_length(text: str, head: str, row: int) -> None:
    """Refuse a text that a cell would cut."""
    if len(text) > LONGEST:
        raise ValuesError(
            f"column {head!r}, row {row + 1}: a text of {len(text):,} characters does not fit into a cell of a sheet. "
            f"Keep it to {LONGEST:,}."
        )


def cell_of(value: Any) -> Cell:
    """A value as a cell holds it."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or None
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {inner}" for key, inner in value.items()) or None
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if pd.isna(value):
        return None
    if isinstance(value, dt.datetime):
        return _day_or_text(value)
    if isinstance(value, dt.date):
        return value if value.year >= FIRST_YEAR else value.isoformat()
    if isinstance(value, (int, float, np.number)):
        return float(value) if math.isfinite(value) else None
    return str(value) or None


def _day_or_text(moment: dt.datetime) -> Cell:
    """A moment as a day where it is the start of one, else as text."""
    return cell_of(moment.date()) if moment.time() == dt.time() else str(moment)
