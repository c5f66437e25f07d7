"""The chart of decisions: initiatives by the day on which a yes is needed, who gives it, and what each would add.

Nothing is computed here: figures come from :mod:`cxlens.stages.improve.decisions`.
"""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, Dot
from cxlens.stages.improve.decisions import when

MOST = 24  # initiatives drawn; the table has them all


def decisions_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw what each initiative is forecast to add alone, the first to be decided on top.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.improve.roadmap.Roadmap.decisions`. The first 24 are drawn.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Blue: to be decided first.
    """
    ax = ax or style.new_axes()
    rows = view.table.head(MOST).to_dict("records")
    first = view.table["start"].iloc[0]
    ax.axvline(0, color=GREY, linewidth=0.8)
    columns = {
        "yes": [when(row) for row in rows],
        "of": [row["who"] for row in rows],
    }
    dots = [_dot(row, first) for row in rows]
    style.draw_rows(ax, [row["initiative"] for row in rows], {"": dots}, columns)
    wins = view.record.candidates
    more = f" First {MOST} of {len(view.table)}." if len(view.table) > MOST else ""
    style.finish(
        ax,
        view.finding.title,
        f"Forecast of each alone, {style.about(wins.fit.n, view.level)}. Blue: to be decided first.{more}",
        x=f"Forecast, {wins.unit}",
    )
    return ax


def _dot(row: dict[Any, Any], first: str) -> Dot:
    """What an initiative is forecast to add, in blue where it is decided first."""
    colour = BLUE if row["start"] == first else GREY
    return Dot(row["benefit"], row["benefit_low"], row["benefit_high"], colour)
