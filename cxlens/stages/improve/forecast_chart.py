"""A forecast as SVG, drawn in a millisecond: what the widget of :func:`cxlens.what_if` shows while its sliders move.

The same rows as :func:`cxlens.stages.improve.charts.what_if_chart`, for which a slider would have to wait. Nothing is
computed here but places in the drawing.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.style import BLUE, DARK, GREY, LIGHT, ORANGE, wrap
from cxlens.common.values import interval, signed
from cxlens.stages.drivers.looks import TOGETHER
from cxlens.stages.improve.what_if import WhatIf

ROW, LEFT, RIGHT, WIDE = 26, 200, 560, 760  # units of the drawing: height of a row, ends of the axis, width


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
    rows: list[dict[Any, Any]] = result.table.to_dict("records")
    ends = result.table[["change", "low", "high"]].to_numpy(float)
    low, high = min(np.nanmin(ends, initial=0.0), 0.0), max(np.nanmax(ends, initial=0.0), 0.0)
    width = (high - low) or 1.0

    def x(value: float) -> float:
        return float(LEFT + (RIGHT - LEFT) * (value - low) / width)

    tall = ROW * len(rows) + 34
    label = escape(str(result), quote=True)
    parts = [
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {WIDE} {tall}" style="max-width:62em;width:100%;'
        'font:12px sans-serif;background:#fff">',
        f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="4" y2="{tall - 26}" stroke="{GREY}"/>',
    ]
    for k, row in enumerate(rows):
        parts += _row(row, ROW * k + ROW / 2 + 4, x, result.response.digits)
    words = f"Forecast change of {result.measured}, {result.response.unit}; open: may be zero"
    parts.append(f'<text x="{LEFT}" y="{tall - 8}" fill="{DARK}">{escape(words)}</text></svg>')
    return "".join(parts)


def _row(row: dict[Any, Any], y: float, x: Any, digits: int) -> list[str]:
    """The name, the interval with its dot, and the figures."""
    whole = row["touchpoint"] == TOGETHER
    name = f"{row['segment']}: {row['touchpoint']}" if "segment" in row else row["touchpoint"]
    first = wrap(name, 30).split("\n")
    short = first[0] + (" …" if len(first) > 1 else "")
    weight = ' font-weight="bold"' if whole else ""
    parts = [
        f'<line x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}" stroke="{LIGHT}" stroke-width="0.5"/>',
        f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end" fill="{DARK}"{weight}>{escape(short)}</text>',
    ]
    if pd.isna(row["change"]):
        return [*parts, f'<text x="{RIGHT + 12}" y="{y + 4}" fill="{GREY}">no figure</text>']
    clear = row["low"] > 0 or row["high"] < 0
    colour = GREY if not clear else BLUE if row["change"] > 0 else ORANGE
    spanned = not pd.isna(row["low"])
    if spanned:
        ends = f'x1="{x(row["low"]):.1f}" x2="{x(row["high"]):.1f}"'
        parts.append(f'<line {ends} y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2.5"/>')
    fill = colour if clear else "#fff"
    parts.append(f'<circle cx="{x(row["change"]):.1f}" cy="{y}" r="5" fill="{fill}" stroke="{colour}"/>')
    said = signed(row["change"], digits) + (f" {interval(row['low'], row['high'], digits)}" if spanned else "")
    return [*parts, f'<text x="{RIGHT + 12}" y="{y + 4}" fill="{DARK}"{weight}>{escape(said)}</text>']
