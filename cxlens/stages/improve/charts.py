"""Charts of what could be done: forecasts by touchpoint, and initiatives by effort and benefit.

Each chart draws on an Axes and returns it; figures come from the results. The matrix that can be moved is in
:mod:`cxlens.stages.improve.matrix_chart`, charts of other results are had from :mod:`cxlens.common.pictures`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter
from matplotlib.transforms import Bbox

from cxlens.common import style
from cxlens.common.finding import TITLE
from cxlens.common.labels import repel
from cxlens.common.pictures import Chart
from cxlens.common.style import BLUE, DARK, GREY, TEXT, Dot
from cxlens.common.values import in_hundred, number, probability, signed
from cxlens.stages.drivers.ask import TOGETHER
from cxlens.stages.improve.buy_in_chart import buy_in_chart
from cxlens.stages.improve.decisions_chart import decisions_chart
from cxlens.stages.improve.forecast_chart import Row, look_of, row_name
from cxlens.stages.improve.matrix import Area, areas, on_log
from cxlens.stages.improve.matrix_chart import benefit_words
from cxlens.stages.improve.outlook_chart import outlook_chart
from cxlens.stages.improve.quick_wins import QuickWins
from cxlens.stages.improve.roadmap_chart import roadmap_chart
from cxlens.stages.improve.what_if import WhatIf, with_changes_counted

__all__ = ["quick_wins_chart", "what_if_chart"]

LABELS = 14  # initiatives that are named in the chart; the likeliest quick wins first
ROUND = np.linspace(0, 2 * np.pi, 73)  # angles at which an ellipse is drawn
CORNERS = {  # words of a quadrant, and whether it lies right and high
    "Fill-ins: easy and small": (False, False),
    "Quick wins: easy and big": (False, True),
    "Leave": (True, False),
    "Big projects": (True, True),
}


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
    rows = result.table.to_dict("records")
    digits = result.response.digits
    columns = {
        "score": ["" if pd.isna(row["raised_by"]) else f"{round(row['raised_by'], 2):+g}" for row in rows],
        "change": [signed(row["change"], digits) for row in rows],
    }
    ax.axvline(0, color=GREY, linewidth=0.8)
    style.draw_rows(
        ax,
        [row_name(row) for row in rows],
        {"": [_change_dot(row) for row in rows]},
        columns,
    )
    drivers = result.drivers
    about = style.about(drivers.n, drivers.level if drivers.n_boot else None)
    money = f" {result.earned}." if result.earned else ""
    style.finish(
        ax,
        _title(result),
        f"Forecast, {about}.{money}",
        x=f"Forecast change of {result.measured}, {result.response.unit}; ◆ {TOGETHER}; open: may be zero",
    )
    return ax


def _title(result: WhatIf) -> str:
    """The finding; of many changes how many they are, since the rows name each."""
    title = result.finding.title
    if len(result.changes) == 1 or len(title) <= TITLE:
        return title
    return with_changes_counted(result).title


def _change_dot(row: Row) -> Dot:
    """The change of a row with its interval; a diamond for all touchpoints together."""
    look = look_of(row)
    marker = "D" if row["touchpoint"] == TOGETHER else "o"
    return Dot(
        row["change"],
        row["low"],
        row["high"],
        look.colour,
        marker,
        look.filled,
        "no figure",
    )


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
    style.tidy(ax, grid="y")
    log = on_log(result.record)
    if log:
        _set_log(ax)
    rows = result.table.to_dict("records")
    for row, area in zip(rows, areas(result.record, log), strict=True):
        _draw_initiative(ax, row, area, log)
    front = result.table[result.table["pareto"]].sort_values("effort")
    ax.plot(front["effort"], front["benefit"], color=DARK, linewidth=1, zorder=1.5)
    ax.axvline(result.effort_cut, color=DARK, linewidth=0.9, linestyle="--")
    ax.axhline(result.benefit_cut, color=DARK, linewidth=0.9, linestyle="--")
    ax.margins(0.08, 0.14)
    scale = ", log scale" if log else ""
    style.finish(
        ax,
        result.finding.title,
        _about(result),
        f"Effort, {result.effort_unit}{scale} (easy: up to {number(result.effort_cut, 1)})",
        f"{benefit_words(result)} (big: {signed(result.benefit_cut, result.digits)} or more)",
    )
    blocked = _name_quadrants(ax) + _bands_of_cuts(ax, result)
    spots = [(row["effort"], row["benefit"]) for row in rows]
    repel(
        ax,
        spots,
        [_label(row) for row in rows[:LABELS]],
        blocked,
    )
    return ax


def _set_log(ax: Axes) -> None:
    """Effort on a log axis, with figures as one would write them."""
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_locator(NullLocator())


def _draw_initiative(ax: Axes, row: dict[Any, Any], area: Area, log: bool) -> None:
    """The mark of an initiative and its ellipse: blue where it is most likely a quick win."""
    is_win = row["quadrant"] == "quick win"
    colour = BLUE if is_win else GREY
    across = area.x + area.width * np.cos(ROUND)
    up = area.y + area.height * np.sin(ROUND)
    ax.fill(
        10**across if log else across,
        up,
        color=colour,
        linewidth=0.7,
        alpha=0.13,
    )
    ax.plot(
        row["effort"],
        row["benefit"],
        "o" if is_win else "s",
        color=colour,
        markersize=6,
    )


def _about(result: QuickWins) -> str:
    """How to read the marks, and what was measured."""
    more = ""
    if len(result.table) > LABELS:
        more = f"; the first {LABELS} are named, where there is room"
    marks = (
        "Dot: median forecast at the likely effort; ellipse: 80 % of redraws; number: of 100, big and easy; "
        "line: most for the effort (Pareto)"
    )
    return f"{marks}{more}. {style.about(result.drivers.n, None)}."


def _label(row: dict[Any, Any]) -> str:
    """An initiative in words: its name, and in how many of 100 redraws it is big and easy."""
    return style.wrap(f"{row['initiative']}, {in_hundred(row['p_quick_win'])}", 22)


def _name_quadrants(ax: Axes) -> list[Bbox]:
    """Quadrants in words, in their corners; gives back the boxes that these fill."""
    corners = CORNERS
    if style.is_narrow(ax):
        corners = {words.partition(":")[0]: place for words, place in CORNERS.items()}
    names = [_name_quadrant(ax, words, right, high) for words, (right, high) in corners.items()]
    return [name.get_window_extent().padded(2) for name in names]


def _name_quadrant(ax: Axes, words: str, right: bool, high: bool) -> Annotation:
    """A quadrant in words, the quick wins in blue."""
    name = style.say(
        ax,
        words,
        (int(right), int(high)),
        (-8 if right else 8, -8 if high else 8),
        "axes fraction",
        ha="right" if right else "left",
        va="top" if high else "bottom",
        size=TEXT,
        color=BLUE if high and not right else GREY,
    )
    name.set_fontweight("bold")
    return name


def _bands_of_cuts(ax: Axes, result: QuickWins) -> list[Bbox]:
    """The lines between the quadrants, as boxes."""
    x, y = ax.transData.transform((result.effort_cut, result.benefit_cut))
    frame = ax.bbox
    upright = Bbox([[x - 2, frame.y0], [x + 2, frame.y1]])
    across = Bbox([[frame.x0, y - 2], [frame.x1, y + 2]])
    return [upright, across]


CHARTS = {
    "WhatIf": Chart(what_if_chart, "Forecast by touchpoint", "touchpoint", "change", number),
    "QuickWins": Chart(quick_wins_chart, "Effort and benefit of initiatives", "initiative", "p_quick_win", probability),
    "Roadmap": Chart(roadmap_chart, "What runs when, what it brings and costs; starts", "initiative", "start", str),
    "outlook": Chart(outlook_chart, "The outcome with the plan, by period", "period", "outcome", number),
    "decisions": Chart(decisions_chart, "Who decides what, and what it would add", "initiative", "benefit", number),
    "buy-in": Chart(buy_in_chart, "Load of owners by period", "owner", "effort", number),
}
