"""A forecast as SVG, drawn in a millisecond: what the widget of :func:`cxlens.what_if` shows while its sliders move.

The same rows as :func:`cxlens.stages.improve.charts.what_if_chart`, for which a slider would have to wait. Nothing is
computed here but places in the drawing.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from html import escape
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.style import BLUE, DARK, GREY, LIGHT, ORANGE
from cxlens.common.values import interval, signed
from cxlens.stages.drivers.ask import TOGETHER
from cxlens.stages.improve.what_if import WhatIf

ROW, LEFT, RIGHT, WIDE = 26, 200, 560, 760  # units of the drawing: height of a row, ends of the axis, width
LINE, WRAPPED = 15, 26  # height of one more line of a name, characters in a line
PAPER = "#fff"
Row = Mapping[Any, Any]  # of the table of a forecast


class Axis(NamedTuple):
    """The changes at both ends of the axis."""

    low: float
    high: float

    def place(self, change: float) -> float:
        """Where a change lies in the drawing."""
        width = (self.high - self.low) or 1.0
        share = (change - self.low) / width
        return LEFT + (RIGHT - LEFT) * share


class Look(NamedTuple):
    """How the mark of a change looks: filled where its interval does not hold zero."""

    colour: str
    filled: bool


def row_name(row: Row) -> str:
    """What a row is called: the touchpoint, and the segment where there are some."""
    touchpoint = str(row["touchpoint"])
    if "segment" in row:
        return f"{row['segment']}: {touchpoint}"
    return touchpoint


def look_of(row: Row) -> Look:
    """Blue for more, orange for less; grey and open where that is not clear."""
    is_clear = row["low"] > 0 or row["high"] < 0
    if not is_clear:
        return Look(GREY, False)
    return Look(BLUE if row["change"] > 0 else ORANGE, True)


def forecast_svg(result: WhatIf) -> str:
    """A dot and interval for each touchpoint, last all of them together, beside the figures.

    Parameters
    ----------
    result
        From :func:`cxlens.what_if`.

    Returns
    -------
    str
        An ``<svg>`` element; its label says what the forecast is.
    """
    rows = result.table.to_dict("records")
    axis = _axis(result.table)
    names = [_name_lines(row) for row in rows]
    edges = np.cumsum([4, *(ROW + LINE * (len(lines) - 1) for lines in names)])
    tall = edges[-1] + 30
    zero = axis.place(0)
    words = f"Forecast change of {result.measured}, {result.response.unit}; open: may be zero"
    parts = [
        f'<svg role="img" aria-label="{escape(result.sentence)}" viewBox="0 0 {WIDE} {tall}" '
        f'style="max-width:62em;width:100%;font:12px sans-serif;background:{PAPER}">',
        f'<line x1="{zero:.1f}" x2="{zero:.1f}" y1="4" y2="{tall - 26}" stroke="{GREY}"/>',
    ]
    for row, lines, (top, bottom) in zip(rows, names, pairwise(edges.tolist()), strict=True):
        y = (top + bottom) / 2
        parts.append(f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}" stroke="{LIGHT}" stroke-width="0.5"/>')
        parts.append(_name(row, lines, y))
        parts += _mark(row, y, axis)
        parts.append(_figures(row, y, result.response.digits))
    parts.append(_text(LEFT, tall - 8, words))
    parts.append("</svg>")
    return "".join(parts)


def _text(x: float, y: float, words: str, more: str = "", colour: str = DARK) -> str:
    """Words at a place."""
    return f'<text x="{x}" y="{y}" fill="{colour}"{more}>{escape(words)}</text>'


def _axis(table: pd.DataFrame) -> Axis:
    """An axis that holds all intervals, and no change at all."""
    ends = table[["change", "low", "high"]].to_numpy(float)
    low = np.nanmin(ends, initial=0.0)
    high = np.nanmax(ends, initial=0.0)
    return Axis(float(low), float(high))


def _name_lines(row: Row) -> list[str]:
    """What the row is called, whole, on as many lines as it takes."""
    return textwrap.wrap(row_name(row), WRAPPED) or [""]


def _name(row: Row, lines: list[str], y: float) -> str:
    """The name of a row, its lines around the middle of the row."""
    top = y + 4 - LINE * (len(lines) - 1) / 2
    more = f' text-anchor="end"{_weight(row)}'
    return "".join(_text(LEFT - 10, top + LINE * k, line, more) for k, line in enumerate(lines))


def _mark(row: Row, y: float, axis: Axis) -> list[str]:
    """The interval with its dot; nothing where there is no figure."""
    if pd.isna(row["change"]):
        return []
    look = look_of(row)
    parts = []
    if not pd.isna(row["low"]):
        low = axis.place(row["low"])
        high = axis.place(row["high"])
        parts.append(
            f'<line x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}" stroke="{look.colour}" stroke-width="2.5"/>'
        )
    at = axis.place(row["change"])
    fill = look.colour if look.filled else PAPER
    parts.append(f'<circle cx="{at:.1f}" cy="{y}" r="5" fill="{fill}" stroke="{look.colour}"/>')
    return parts


def _figures(row: Row, y: float, digits: int) -> str:
    """The change and its interval in words."""
    if pd.isna(row["change"]):
        return _text(RIGHT + 12, y + 4, "no figure", colour=GREY)
    said = signed(row["change"], digits)
    if not pd.isna(row["low"]):
        span = interval(row["low"], row["high"], digits)
        said = f"{said} {span}"
    return _text(RIGHT + 12, y + 4, said, _weight(row))


def _weight(row: Row) -> str:
    """Bold for all touchpoints together."""
    return ' font-weight="bold"' if row["touchpoint"] == TOGETHER else ""
