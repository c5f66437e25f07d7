"""How nouns and results speak: numbers, intervals, and the HTML card a notebook shows.

Only words and tables are made here; their style is in ``card.css``. Pictures, and any arithmetic on data, do not
belong here.
"""

from __future__ import annotations

import html
from pathlib import Path

import numpy as np
import pandas as pd

from cxlens.common.values import count, number

_CSS = Path(__file__).with_name("card.css").read_text(encoding="utf-8")
STYLE = f"<style>{''.join(_CSS.splitlines())}</style>"


def card(sentence: str, table: pd.DataFrame | None = None, note: str = "", *, rows: int = 60) -> str:
    """The HTML a notebook shows for a noun or a result: its sentence, its table, a note. All text is escaped."""
    parts = [STYLE, f'<div class="cxlens"><p>{html.escape(sentence)}</p>']
    if table is not None and len(table.columns):
        parts.append(html_table(table.head(rows)))
        if len(table) > rows:
            parts.append(f'<p class="note">{count(len(table) - rows)} more rows in <code>.table</code>.</p>')
    if note:
        parts.append(f'<p class="note">{html.escape(note)}</p>')
    return "".join(parts) + "</div>"


def html_table(table: pd.DataFrame) -> str:
    """A table as HTML, numbers to the right and rounded for reading, every text escaped."""
    if "wave" in table and pd.api.types.is_numeric_dtype(table["wave"]):  # a year is a name: 2022, not 2,022
        table = table.assign(wave=table["wave"].map("{:.10g}".format))
    sides = [' class="num"' if pd.api.types.is_numeric_dtype(table[name]) else "" for name in table.columns]
    head = "".join(f"<th{side}>{html.escape(str(name))}</th>" for name, side in zip(table.columns, sides, strict=True))
    body = []
    for row in table.itertuples(index=False):
        cells = (f"<td{side}>{_cell(value)}</td>" for side, value in zip(sides, row, strict=True))
        body.append(f"<tr>{''.join(cells)}</tr>")
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"


def _cell(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return html.escape(", ".join(str(item) for item in value))
    if pd.isna(value):  # type: ignore[call-overload]
        return "–"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value, 0 if abs(value) >= 1000 else 3)
    if isinstance(value, (int, np.integer)):  # a nullable column hands out NumPy's own
        return count(int(value))
    return html.escape(str(value))
