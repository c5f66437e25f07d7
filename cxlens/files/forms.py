"""Empty sheets to fill in: a header, what belongs into each column, and lists to choose from.

What the columns are is said by who asks. Filled sheets are read by :mod:`cxlens.files.tables`.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from cxlens.files.tables import xlsxwriter_or_refuse
from cxlens.files.writing import NO_DAY

ROWS = 500  # so many rows have the lists and the hints
HINT = 255  # characters that a hint of a sheet holds
TITLE = 32  # characters of its title


class FormColumn(NamedTuple):
    """A column to fill in.

    ``about``: what belongs into it; ``choices``: what may be chosen; ``strict``: nothing else may be written;
    ``width``: in characters.
    """

    name: str
    about: str
    choices: tuple[str, ...] = ()
    strict: bool = True
    width: int = 16


def csv_form(columns: Sequence[FormColumn]) -> bytes:
    """The header as a CSV file."""
    header = ",".join(column.name for column in columns)
    return f"{header}\n".encode()


def excel_form(title: str, columns: Sequence[FormColumn]) -> bytes:
    """An Excel workbook with one sheet: a header, a hint where a cell is chosen, lists to choose from."""
    xlsxwriter = xlsxwriter_or_refuse()
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": NO_DAY})
        head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1})
        body = book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column.name, head)
            sheet.set_column(place, place, column.width, body)
            sheet.data_validation(0, place, 0, place, {"validate": "any", **_hint(column)})
            sheet.data_validation(1, place, ROWS, place, _validation(column))
    return out.getvalue()


def _hint(column: FormColumn) -> dict[str, Any]:
    """What is shown where a cell of the column is chosen."""
    return {"input_title": column.name[:TITLE], "input_message": column.about[:HINT]}


def _validation(column: FormColumn) -> dict[str, Any]:
    """What a cell of the column may hold."""
    if not column.choices:
        return {"validate": "any", **_hint(column)}
    return {
        "validate": "list",
        "source": list(column.choices),
        "error_type": "stop" if column.strict else "warning",
        "error_title": column.name[:TITLE],
        "error_message": "Choose one of the list." if column.strict else "This is not on the list. Keep it?",
        **_hint(column),
    }
