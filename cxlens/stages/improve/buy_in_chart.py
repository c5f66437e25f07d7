"""The chart of a road map's load: who has how much in hand, and when.

Nothing is computed here: figures come from :mod:`cxlens.stages.improve.buy_in`. The Gantt chart does not belong here.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT, SMALL, TEXT
from cxlens.common.values import count, number
from cxlens.study.ranges import in_money

MOST = 20  # owners drawn; the table has them all
ROW = 30  # points
WIDE, TALL = 0.94, 0.84  # of a field, as shares of its place
DARKEST = 0.75  # share of the most work from which the figures in a field are white
BESIDE = 0.32  # width of the totals beside the fields, in widths of these


def buy_in_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw owners by period: the darker a field, the more work is in hand; the figures stand in it.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.improve.roadmap.Roadmap.buy_in`. The first 20 owners are drawn.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on.
    """
    ax = ax or style.new_axes()
    owners = view.table.head(MOST)
    load = view.parts["load"]
    periods = load["period"].drop_duplicates().tolist()
    candidates = view.record.candidates
    style.set_height(ax, ROW * len(owners))
    style.tidy(ax, grid="")
    most = load["effort"].max() or 1.0
    for y, row in enumerate(owners.to_dict("records")):
        is_owner = load["owner"] == row["owner"]
        fields = load[is_owner].to_dict("records")
        for x, field in enumerate(fields):
            _draw_field(ax, (x, y), field, most)
        style.say(
            ax,
            _total(row, candidates.effort_unit, candidates.currency),
            (len(periods) - 0.45, y),
            (4, 0),
            color=DARK,
        )
    _name_axes(ax, owners["owner"].tolist(), periods)
    more = f", first {MOST} of {len(view.table)}" if len(view.table) > MOST else ""
    about = f"Load of owners{more}: {candidates.effort_unit} of work in each period (initiatives running), as listed"
    style.finish(ax, view.finding.title, about, x="Period of the road map")
    return ax


def _draw_field(ax: Axes, place: tuple[int, int], field: dict[Any, Any], most: float) -> None:
    """What an owner has in hand in a period: a shade, and figures where there is something."""
    x, y = place
    effort = field["effort"]
    opacity = 0.1 + 0.9 * effort / most if field["n"] else 0.0
    box = Rectangle(
        (x - WIDE / 2, y - TALL / 2),
        WIDE,
        TALL,
        facecolor=to_rgba(BLUE, opacity),
        edgecolor=LIGHT,
        linewidth=0.6,
    )
    ax.add_patch(box)
    if not field["n"]:
        return
    digits = 0 if effort >= 10 else 1
    ax.text(
        x,
        y,
        f"{number(effort, digits)}\n({count(field['n'])})",
        ha="center",
        va="center",
        size=SMALL,
        color="white" if effort > DARKEST * most else INK,
        parse_math=False,
    )


def _total(row: dict[Any, Any], unit: str, currency: str) -> str:
    """All that an owner is asked for, in words."""
    cost = "" if pd.isna(row["cost"]) else f", {in_money(row['cost'], currency)}"
    return f"{row['n']} in all: {number(row['effort'], 0)} {unit}{cost}"


def _name_axes(ax: Axes, owners: list[str], periods: list[str]) -> None:
    """Owners on the left, the first on top, periods below; room for the totals on the right."""
    rows = len(owners)
    columns = len(periods)
    names = [style.wrap(name, 26) for name in owners]
    ax.set_yticks(
        range(rows),
        names,
        size=TEXT,
        parse_math=False,
    )
    words = [style.wrap(name, 9) for name in periods]
    ax.set_xticks(
        range(columns),
        words,
        size=SMALL,
        color=GREY,
        parse_math=False,
    )
    ax.set_xlim(-0.5, columns - 0.5 + BESIDE * columns)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.tick_params(length=0)
