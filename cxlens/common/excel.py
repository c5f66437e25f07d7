"""A result as an Excel workbook: a sheet for each of its tables, and one on how to read them.

What heads say is known by :mod:`cxlens.common.heads`; the workbook of a whole study is made in
:mod:`cxlens.publish.workbook`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.common.heads import GENERAL, Units, columns_of
from cxlens.common.values import LEAST
from cxlens.files.workbook import Sheet, sheet_names, write_workbook

HOW = "how to read"
READING = (
    "Low and High, or two columns that end so, are an interval: the range that holds the true figure with 95 % "
    "confidence, unless a note says another level.",
    "p and q: below 0.05 chance alone hardly explains it; q allows for all comparisons of the table.",
    "In 100 redraws: how often something comes out when answers are drawn anew by chance. Not the chance of success.",
    f"An empty cell: not known, or hidden to protect people, as it would tell of fewer than {LEAST} answers or help to "
    "work out what does.",
)
FROM = ("record", "wins", "drivers", "candidates")  # where a result keeps what it was made from


def units_of(result: Any) -> Units:
    """What the heads of a result speak of, as far as it knows."""
    found = {
        "unit": _told(result, "unit"),
        "effort": _told(result, "effort_unit"),
        "currency": _told(result, "currency"),
    }
    known = {name: text for name, text in found.items() if text}
    is_single = len(getattr(result, "metrics", ())) <= 1
    return Units(**known, figures=found["unit"] if is_single else "") if known else GENERAL


def _told(result: Any, name: str) -> str:
    """What a result, or what it was made from, says of itself; "" where nothing does."""
    made_from = [getattr(result, source, None) for source in FROM]
    behind = [getattr(source, inner, None) for source in made_from for inner in FROM]
    for source in [result, *made_from, *behind]:
        text = getattr(source, name, "")
        if isinstance(text, str) and text:
            return text
    return ""


def sheets_of(result: Any, names: Sequence[str], mark: str = "") -> list[Sheet]:
    """A sheet for each table of a result, with these names."""
    units = units_of(result)
    sheets = []
    for name, (table, frame) in zip(names, result.tables.items(), strict=True):
        sheets.append(Sheet(name, columns_of(frame, units, table), mark=mark))
    return sheets


def write_result(path: str | Path, result: Any) -> None:
    """Write every table of a result, and a sheet on how to read them."""
    names = sheet_names([*result.tables, HOW])
    about = [line for line in (result.sentence, result.note, *READING) if line]
    how = Sheet(names[-1], columns_of(pd.DataFrame({"about": about})))
    write_workbook(path, [*sheets_of(result, names[:-1]), how], title=result.sentence)
