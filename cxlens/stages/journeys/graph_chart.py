"""The picture of what follows what: touchpoints below one another, an arc for each transition."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, PALE
from cxlens.common.values import count

Floats = NDArray[np.float64]
ARCS = 60  # transitions that are drawn: more cover one another
THICK = 9  # points of the thickest arc
THIN = 0.5
ROUND = np.linspace(0, np.pi, 40)
LOOP = np.linspace(0.15 * np.pi, 1.85 * np.pi, 40)


def graph_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw what follows what.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.graph`.
    ax
        The Axes to draw on; names stand to the left of it. A new one without it.

    Returns
    -------
    Axes
        Rows are touchpoints in the order in which they are met; arcs to the right lead down, to a later one, arcs to
        the left back up; they are as thick as the transition is common, the commonest is blue.
    """
    ax = ax or style.new_axes()
    touchpoints = list(view.record.touchpoints)
    style.tidy(ax, grid="")
    style.name_rows(ax, touchpoints, ax)
    arcs = view.table.head(ARCS)
    left = _draw_arcs(ax, arcs, touchpoints)
    ax.hlines(range(len(touchpoints)), left, 0, color=PALE, linewidth=0.8, zorder=0)
    ax.scatter(np.zeros(len(touchpoints)), range(len(touchpoints)), s=18, color=DARK, zorder=4)
    ax.set(xlim=(left, 1.05), ylim=(len(touchpoints) - 0.5, -0.5), xticks=[])
    ax.spines[:].set_visible(False)
    drawn = f"the {count(len(arcs))} commonest of {count(len(view.table))} transitions"
    style.finish(
        ax,
        view.finding.title,
        f"n = {count(view.record.n)} journeys; {drawn}, as thick as they are common",
        x="Right of the dots: on to a later touchpoint, or once more; left: back to an earlier one",
    )
    return ax


def in_words(view: View) -> pd.DataFrame:
    """The transitions as an alternative text names them: ``way`` and ``n``."""
    arcs = view.table.drop(columns=["low", "high"])  # intervals of shares: arcs show numbers
    return arcs.assign(way=arcs["touchpoint"] + " to " + arcs["next"])


def _draw_arcs(ax: Axes, transitions: pd.DataFrame, touchpoints: list[str]) -> float:
    """An arc for each transition, the commonest on top; gives back how far left they swing, and a bit."""
    start = transitions["touchpoint"].map(touchpoints.index).to_numpy(int)
    end = transitions["next"].map(touchpoints.index).to_numpy(int)
    thickness = np.maximum(THICK * transitions["n"] / transitions["n"].max(), THIN)
    farthest = max([*np.abs(end - start), 1])
    left = 0.0
    for rank, width in enumerate(thickness):
        x, y = _arc(start[rank], end[rank], farthest)
        left = min(left, *x)
        ax.plot(
            x,
            y,
            color=GREY if rank else BLUE,
            alpha=0.45 if rank else 0.9,
            linewidth=width,
            solid_capstyle="butt",
            zorder=3 - rank / ARCS,
        )
    return left - 0.1


def _arc(start: int, end: int, farthest: int) -> tuple[Floats, Floats]:
    """The line of a transition between two rows: the farther, the wider it swings."""
    if start == end:
        return 0.06 - 0.06 * np.cos(LOOP), start + 0.3 * np.sin(LOOP)
    reach = np.sqrt(abs(end - start) / farthest) * np.sign(end - start)
    middle = (start + end) / 2
    return reach * np.sin(ROUND), middle + (start - middle) * np.cos(ROUND)
