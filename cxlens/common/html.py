"""How nouns and results speak: numbers, intervals, and the HTML card a notebook shows.

Only words and tables are made here; their style is in ``card.css``. Pictures, and any arithmetic on data, do not
belong here.
"""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.values import count, tabled, wave_words

_CSS = Path(__file__).with_name("card.css").read_text(encoding="utf-8")
STYLE = f"<style>{''.join(_CSS.splitlines())}</style>"
SHORT = 10  # letters of a day: what has no more is not broken at its hyphens
LONG = 32  # letters for which a column of longer texts has room in a line, see card.css
PLAIN = "tex2jax_ignore mathjax_ignore"  # notebooks typeset what stands between two "$", unless a class forbids it


def card(
    sentence: str,
    table: pd.DataFrame | None = None,
    note: str = "",
    *,
    rows: int = 60,
) -> str:
    """The HTML a notebook shows for a noun or a result: its sentence, its table, a note. All text is escaped."""
    blocks = [f"<p>{html.escape(sentence)}</p>"]
    if table is not None and len(table.columns):
        blocks.append(html_table(table.head(rows)))
        left = len(table) - rows
        if left > 0:
            blocks.append(f'<p class="note">{count(left)} more rows in <code>.table</code>.</p>')
    if note:
        blocks.append(f'<p class="note">{html.escape(note)}</p>')
    return f'{STYLE}<div class="cxlens {PLAIN}">{"".join(blocks)}</div>'


def html_table(table: pd.DataFrame) -> str:
    """A table as HTML, numbers to the right and rounded for reading, every text escaped."""
    if "wave" in table and pd.api.types.is_numeric_dtype(table["wave"]):  # a year is a name: 2022, not 2,022
        table = table.assign(wave=table["wave"].map("{:.10g}".format))
    sides = [_side(table[name]) for name in table.columns]
    names = [html.escape(str(name)) for name in table.columns]
    head = _html_row("th", names, sides)
    rows = []
    for values in table.itertuples(index=False):
        texts = [_cell(value) for value in values]
        rows.append(_html_row("td", texts, sides))
    body = "".join(rows)
    return f"<table><thead>{head}</thead><tbody>{body}</tbody></table>"


def _side(column: pd.Series[Any]) -> str:
    """The attribute of a column's cells: numbers stand right, texts are not squeezed by other columns."""
    if pd.api.types.is_numeric_dtype(column):
        return ' class="num"'
    longest = max((len(_cell(value)) for value in column), default=0)
    if longest > LONG:
        return ' class="long"'
    return ' class="short"' if longest <= SHORT else ""


def _html_row(tag: str, texts: list[str], sides: list[str]) -> str:
    """Escaped texts as a row of a table."""
    cells = []
    for text, side in zip(texts, sides, strict=True):
        cells.append(f"<{tag}{side}>{text}</{tag}>")
    return f"<tr>{''.join(cells)}</tr>"


def _cell(value: object) -> str:
    """A value for reading, escaped."""
    if isinstance(value, (list, tuple)):
        items = ", ".join(map(str, value))
        return html.escape(items)
    if pd.isna(value):  # type: ignore[call-overload]
        return "–"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, float):
        return html.escape(tabled(value))
    if isinstance(value, pd.Timestamp):
        return wave_words(value)
    if isinstance(value, (int, np.integer)):  # a nullable column hands out NumPy's own
        return count(int(value))
    return html.escape(str(value))
