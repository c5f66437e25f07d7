"""The picture of what journeys cost: of all by touchpoint, of groups side by side.

Nothing is computed here: figures come from :mod:`cxlens.stages.journeys.cost`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, Dot
from cxlens.common.values import closest_percent, number, percent

ROWS = 40  # touchpoints or groups that are shown
THICK = 0.6  # share of a row that a bar takes
ROOM = 1.2  # times the longest bar, so that its share stands beside it


def cost_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw what serving a journey costs.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.cost`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        With groups a row each, mean and interval, the median at the right; else a bar for each touchpoint, what it
        costs a journey in the mean, the dearest forty.
    """
    ax = ax or style.new_axes()
    intervals = f"intervals {percent(view.level or np.nan)}"
    if len(view.table) > 1:
        _draw_groups(ax, view.table.head(ROWS))
        x = "Mean cost of a journey"
        about = intervals
    else:
        _draw_touchpoints(ax, view.parts["touchpoints"].dropna(subset="cost").head(ROWS))
        x = "Cost of its contacts, mean of all journeys"
        about = f"{view.finding.n}; at the right the share of all cost; {intervals} in the table"
    style.finish(ax, view.finding.title, about, x)
    return ax


def _draw_groups(ax: Axes, table: pd.DataFrame) -> None:
    """A row a group."""
    figures = table[["mean", "low", "high"]].to_numpy(float)
    dots = [Dot(mean, low, high, note="hidden") for mean, low, high in figures]
    medians = [number(median) for median in table["median"]]
    style.draw_rows(ax, table["segment"].tolist(), {"": dots}, {"median": medians})


def _draw_touchpoints(ax: Axes, table: pd.DataFrame) -> None:
    """A bar a touchpoint, with its share of the cost at the right."""
    style.tidy(ax)
    places = range(len(table))
    ax.barh(
        places,
        table["cost"],
        height=THICK,
        color=BLUE,
    )
    ax.set_ylim(len(table) - 0.5, -0.5)
    ax.set_xlim(0, ROOM * max(table["cost"].max(), np.finfo(float).tiny))
    style.name_rows(ax, table["touchpoint"].tolist(), ax)
    for place, row in zip(places, table.to_dict("records"), strict=True):
        share = style.say(ax, closest_percent(row["share"]), (row["cost"], place), (4, 0))
        share.set_in_layout(False)


def groups_or_touchpoints(view: View) -> pd.DataFrame:
    """The rows of a view for its alternative text: what is named, and what it costs."""
    if len(view.table) > 1:
        return view.table.rename(columns={"segment": "where"}).assign(money=view.table["mean"])
    table = view.parts["touchpoints"].dropna(subset="cost")
    return table.assign(where=table["touchpoint"], money=table["cost"])
