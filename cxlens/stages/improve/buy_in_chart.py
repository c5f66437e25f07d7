"""The chart of a road map's load: who has how much in hand, and when.

Nothing is computed here: figures come from :mod:`cxlens.stages.improve.buy_in`. The Gantt chart does not belong here.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT, SMALL, TEXT
from cxlens.common.values import count, number

MOST = 20  # owners drawn; the table has them all
ROW = 30  # points


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
    shown = view.table.head(MOST)
    load = view.parts["load"]
    periods, most = load["period"].drop_duplicates().tolist(), load["effort"].max() or 1.0
    style.set_height(ax, ROW * len(shown))
    style.tidy(ax, grid="")
    for y, row in enumerate(shown.to_dict("records")):
        own = load[load["owner"] == row["owner"]]
        for x, (n, effort) in enumerate(zip(own["n"], own["effort"], strict=True)):
            colour = to_rgba(BLUE, 0.1 + 0.9 * effort / most) if n else (1, 1, 1, 0)
            ax.add_patch(Rectangle((x - 0.47, y - 0.42), 0.94, 0.84, facecolor=colour, edgecolor=LIGHT, linewidth=0.6))
            if n:
                words = f"{number(effort, 0 if effort >= 10 else 1)}\n({count(n)})"
                ink = "white" if effort > 0.75 * most else INK
                ax.text(x, y, words, ha="center", va="center", size=SMALL, color=ink)
        total = f"{row['n']} in all: {number(row['effort'], 0)} {view.record.wins.effort_unit}"
        total += "" if pd.isna(row["cost"]) else f", {count(row['cost'])}"
        style.say(ax, total, (len(periods) - 0.45, y), (4, 0), color=DARK)
    ax.set_yticks(range(len(shown)), [style.wrap(name, 26) for name in shown["owner"]], size=TEXT)
    ax.set_xticks(range(len(periods)), [style.wrap(name, 9) for name in periods], size=SMALL, color=GREY)
    ax.set(xlim=(-0.5, len(periods) - 0.5 + 0.32 * len(periods)), ylim=(len(shown) - 0.5, -0.5))
    ax.tick_params(length=0)
    more = f", first {MOST} of {len(view.table)}" if len(view.table) > MOST else ""
    title = view.sentence.split(";")[0].split(". ")[0].removesuffix(".")
    about = (
        f"Load of owners{more}: {view.record.wins.effort_unit} of work in each period (initiatives running), as listed"
    )
    style.finish(ax, title, about, x="Period of the road map")
    return ax
