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
    style.tidy(ax, grid="")
    narrow = style.is_narrow(ax)
    names, totals = _words(view, owners, narrow=narrow)
    row_height = max(ROW, max(map(style.lines, names)) * SMALL * style.LINE + 8)
    style.set_height(ax, row_height * len(owners))
    _draw_fields(ax, load, owners["owner"].tolist())
    for y, total in enumerate(totals):
        style.say(ax, total, (len(periods) - 0.45, y), (4, 0), color=DARK)
    _name_axes(ax, names, periods, narrow=narrow)
    more = ""
    if len(view.table) > MOST:
        more = f", first {MOST} of {len(view.table)}"
    unit = view.record.candidates.effort_unit
    about = f"Load of owners{more}: {unit} of work in each period (initiatives running), as listed"
    style.finish(ax, view.finding.title, about, x="Period of the road map")
    return ax


def _words(view: View, owners: pd.DataFrame, *, narrow: bool) -> tuple[list[str], list[str]]:
    """What stands left of the fields of each owner, and what right of them: the name, and all that is asked for.

    On a phone there is no room on the right, and that stands below the name.
    """
    candidates = view.record.candidates
    names = owners["owner"].tolist()
    totals = [_total(row, candidates.effort_unit, candidates.currency) for row in owners.to_dict("records")]
    if not narrow:
        return [style.wrap(name, 26) for name in names], totals
    both = []
    for name, total in zip(names, totals, strict=True):
        lines = [style.wrap(words, style.NARROW) for words in (name, total)]
        both.append("\n".join(lines))
    return both, []


def _draw_fields(ax: Axes, load: pd.DataFrame, owners: list[str]) -> None:
    """A field for each owner and period."""
    most = load["effort"].max() or 1.0
    for y, owner in enumerate(owners):
        fields = load[load["owner"] == owner].to_dict("records")
        for x, field in enumerate(fields):
            _draw_field(ax, (x, y), field, most)


def _draw_field(ax: Axes, place: tuple[int, int], field: dict[Any, Any], most: float) -> None:
    """What an owner has in hand in a period: a shade, and figures where there is something."""
    x, y = place
    effort = field["effort"]
    opacity = 0.0
    if field["n"]:
        opacity = 0.1 + 0.9 * effort / most
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


def _name_axes(ax: Axes, names: list[str], periods: list[str], *, narrow: bool) -> None:
    """Owners on the left, the first on top, periods below; room for the totals on the right."""
    rows = len(names)
    columns = len(periods)
    ax.set_yticks(
        range(rows),
        names,
        size=SMALL if narrow else TEXT,
        parse_math=False,
    )
    words = [style.wrap(name, 5 if narrow else 9) for name in periods]
    ax.set_xticks(
        range(columns),
        words,
        size=SMALL,
        color=GREY,
        parse_math=False,
    )
    ax.set_xlim(-0.5, columns - 0.5 + (0 if narrow else BESIDE * columns))
    ax.set_ylim(rows - 0.5, -0.5)
    ax.tick_params(length=0)
