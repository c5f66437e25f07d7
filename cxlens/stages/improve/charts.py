"""Charts of what could be done: forecasts by touchpoint, and initiatives by effort and benefit.

Each chart draws on an Axes and returns it; figures come from the results. The matrix that can be moved is in
:mod:`cxlens.stages.improve.matrix_chart`, charts of other results are had from :mod:`cxlens.common.pictures`.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter
from matplotlib.transforms import Bbox

from cxlens.common import style
from cxlens.common.pictures import Chart
from cxlens.common.style import BLUE, DARK, GREY, ORANGE, TEXT, Dot
from cxlens.common.values import number, probability, signed
from cxlens.stages.drivers.looks import TOGETHER
from cxlens.stages.improve.buy_in_chart import buy_in_chart
from cxlens.stages.improve.matrix import areas, on_log
from cxlens.stages.improve.matrix_chart import benefit_words
from cxlens.stages.improve.quick_wins import QuickWins
from cxlens.stages.improve.roadmap_chart import roadmap_chart
from cxlens.stages.improve.what_if import WhatIf

__all__ = ["quick_wins_chart", "what_if_chart"]

LABELS = 14  # initiatives that are named in the chart; the likeliest quick wins first
ROUND = np.linspace(0, 2 * np.pi, 73)  # angles at which an ellipse is drawn


def what_if_chart(result: WhatIf, ax: Axes | None = None) -> Axes:
    """Draw the change of the outcome by touchpoint, and of all together, with intervals.

    Parameters
    ----------
    result
        From :func:`cxlens.what_if`. Segments follow one another.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. A blue dot: the interval does not hold zero; grey and open: it does.
    """
    ax = ax or style.new_axes()
    drivers, rows = result.drivers, result.table.to_dict("records")
    dots = []
    for row in rows:
        clear = row["low"] > 0 or row["high"] < 0
        colour = GREY if not clear else BLUE if row["change"] > 0 else ORANGE
        marker = "D" if row["touchpoint"] == TOGETHER else "o"
        dots.append(Dot(row["change"], row["low"], row["high"], colour, marker, clear, "no figure"))
    columns = {
        "score": ["" if pd.isna(row["raised_by"]) else signed(row["raised_by"], 1) for row in rows],
        "change": ["–" if pd.isna(row["change"]) else signed(row["change"], result.response.digits) for row in rows],
    }
    ax.axvline(0, color=GREY, linewidth=0.8)
    names = [f"{row['segment']}: {row['touchpoint']}" if "segment" in row else row["touchpoint"] for row in rows]
    style.draw_rows(ax, names, {"": dots}, columns)
    about = style.about(drivers.n, drivers.level if drivers.n_boot else None)
    words = f"Forecast change of {result.measured}, {result.response.unit}; ◆ {TOGETHER}; open: may be zero"
    money = f" {result.earned}." if result.earned else ""
    style.finish(ax, result.headline, f"Forecast, {about}.{money} Association, not yet effect.", x=words)
    return ax


def quick_wins_chart(result: QuickWins, ax: Axes | None = None) -> Axes:
    """Draw effort across and benefit up, each initiative with the ellipse that holds 80 % of its draws.

    Parameters
    ----------
    result
        From :func:`cxlens.quick_wins`. The fourteen likeliest quick wins are named, with their probability.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. A line joins the Pareto front: no other initiative brings as much for less effort.
    """
    ax = ax or style.new_axes()
    style.set_height(ax, 300)
    rows: list[Any] = list(result.table.itertuples())
    style.tidy(ax, grid="y")
    wide = on_log(result)
    if wide:
        ax.set_xscale("log")
        ax.xaxis.set(major_locator=LogLocator(subs=(1, 2, 5)), major_formatter=StrMethodFormatter("{x:g}"))
        ax.xaxis.set_minor_locator(NullLocator())
    for row, area in zip(rows, areas(result, wide), strict=True):
        colour, marker = (BLUE, "o") if row.quadrant == "quick win" else (GREY, "s")
        across, up = area.x + area.width * np.cos(ROUND), area.y + area.height * np.sin(ROUND)
        ax.fill(10**across if wide else across, up, color=colour, linewidth=0.7, alpha=0.13)
        ax.plot(row.effort, row.benefit, marker, color=colour, markersize=6)
    front = result.table[result.table["pareto"]].sort_values("effort")
    ax.plot(front["effort"], front["benefit"], color=DARK, linewidth=1, zorder=1.5)
    ax.axvline(result.effort_cut, color=DARK, linewidth=0.9, linestyle="--")
    ax.axhline(result.benefit_cut, color=DARK, linewidth=0.9, linestyle="--")
    ax.margins(0.08, 0.14)
    more = f"; the first {LABELS} are named, where there is room" if len(rows) > LABELS else ""
    about = (
        f"Dot: median forecast at the likely effort; ellipse: 80 % of draws; line: most for the effort (Pareto){more}"
    )
    about += f". {style.about(result.drivers.n, None)}"
    x = f"Effort, {result.effort_unit}{', log scale' if wide else ''} (easy: up to {number(result.effort_cut, 1)})"
    y = f"{benefit_words(result)} (big: {signed(result.benefit_cut, result.digits)} or more)"
    style.finish(ax, result.headline, f"{about}. Association, not yet effect.", x, y)
    _name_initiatives(ax, result, rows)
    return ax


def _name_initiatives(ax: Axes, result: QuickWins, rows: list[Any]) -> None:
    """Quadrants and initiatives in words, clear of each other, of the dots and of the lines between quadrants."""
    words = ["Fill-ins: easy and small", "Quick wins: easy and big", "Leave", "Big projects"]
    corners = [
        style.say(ax, text, (x, y), (8 - 16 * x, 8 - 16 * y), "axes fraction", ha="right" if x else "left",
                  va="top" if y else "bottom", size=TEXT, color=BLUE if y > x else GREY)
        for (x, y), text in zip(product((0, 1), (0, 1)), words, strict=True)
    ]  # fmt: skip
    for corner in corners:
        corner.set_fontweight("bold")
    (x, y), frame = ax.transData.transform((result.effort_cut, result.benefit_cut)), ax.bbox
    blocked = [text.get_window_extent().padded(2) for text in corners]
    blocked += [Bbox([[x - 2, frame.y0], [x + 2, frame.y1]]), Bbox([[frame.x0, y - 2], [frame.x1, y + 2]])]
    labels = [style.wrap(f"{row.initiative}, {probability(row.p_quick_win)}", 22) for row in rows[:LABELS]]
    style.repel(ax, [(row.effort, row.benefit) for row in rows], labels, blocked)


CHARTS = {
    "WhatIf": Chart(what_if_chart, "Forecast by touchpoint", "touchpoint", "change", number),
    "QuickWins": Chart(quick_wins_chart, "Effort and benefit of initiatives", "initiative", "p_quick_win", probability),
    "Roadmap": Chart(roadmap_chart, "What runs when, what it brings and costs; starts", "initiative", "start", str),
    "buy-in": Chart(buy_in_chart, "Load of owners by period", "owner", "effort", number),
}
