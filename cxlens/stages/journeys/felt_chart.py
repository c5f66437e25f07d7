"""The picture of feelings on the way: a curve with its band, down the touchpoints or along the steps.

Nothing is computed here: figures come from :mod:`cxlens.stages.journeys.felt`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, LIGHT, ORANGE, Dot
from cxlens.common.values import percent

ROWS = 40  # touchpoints that are shown
BAND = 0.18  # how dark the band of a curve is
COLOURS = (BLUE, ORANGE, GREY, "#009E73", "#CC79A7", "#222222")  # of groups along the steps
MARGIN = 0.5  # steps right and left of a curve


def felt_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw scores along the way, with their intervals.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.felt`; at most the forty touchpoints that most journeys meet.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        Of touchpoints a row each, in the order in which they are met, with the share of journeys that met it at the
        right, and a panel a group; of steps a curve with a band, one a group.
    """
    ax = ax or style.new_axes()
    if "step" in view.table:
        _draw_steps(ax, view.table)
        x, y = "Step of the journey", "Mean score"
        shown = ""
    else:
        shown = _draw_touchpoints(ax, view.table)
        x, y = "Mean score", ""
    intervals = f"intervals {percent(view.level or np.nan)}, by customers"
    n = [view.finding.n] if view.finding.n else []
    style.finish(ax, view.finding.title, ", ".join([*n, intervals + shown]), x, y)
    return ax


def _draw_touchpoints(ax: Axes, table: pd.DataFrame) -> str:
    """A row a touchpoint, joined by a line; gives back words on what is not shown."""
    by = "segment" if "segment" in table else None
    segments, _ = style.parts(table, by)
    names = _met_most(table)
    dots = {}
    for segment, rows in segments.items():
        of_names = rows.set_index("touchpoint").reindex(names)
        figures = of_names[["mean", "low", "high"]].to_numpy(float)
        dots[segment] = [Dot(mean, low, high, note="hidden or no scores") for mean, low, high in figures]
    reach = table.drop_duplicates("touchpoint").set_index("touchpoint").reindex(names)["reach"]
    columns = {"met by": [percent(share) for share in reach]}
    panels = style.draw_rows(ax, names, dots, columns)
    for panel, of_panel in zip(panels, dots.values(), strict=True):
        curve = [dot.value for dot in of_panel]
        panel.plot(
            curve,
            range(len(names)),
            color=LIGHT,
            linewidth=1.2,
            zorder=1,
        )
    left_out = table["touchpoint"].nunique() - len(names)
    more = style.more_segments(table, by) if by else ""
    return f"{more}; {left_out} touchpoints met less often are in the table" if left_out else more


def _met_most(table: pd.DataFrame) -> list[str]:
    """The touchpoints that most journeys meet, in the order they have."""
    reach = table.groupby("touchpoint", sort=False)["reach"].max().fillna(0.0)
    most = set(reach.nlargest(ROWS).index)
    return [str(name) for name in reach.index if name in most]


def _draw_steps(ax: Axes, table: pd.DataFrame) -> None:
    """A curve with its band along the steps, one a group."""
    style.tidy(ax, grid="y")
    style.set_height(ax, 220)
    segments = style.first_segments(table) if "segment" in table else {"": table}
    labels = []
    last = 1
    for (segment, rows), colour in zip(segments.items(), COLOURS, strict=False):
        known = rows.dropna(subset="mean")
        if known.empty:
            continue
        step = known["step"]
        ax.fill_between(
            step,
            known["low"],
            known["high"],
            color=colour,
            alpha=BAND,
            linewidth=0,
        )
        ax.plot(
            step,
            known["mean"],
            "o-",
            color=colour,
            markersize=4,
            linewidth=1.6,
        )
        if segment:
            labels.append((float(known["mean"].iloc[-1]), segment, colour))
        last = max(last, int(step.max()))
    ax.set_xticks(range(1, last + 1))
    ax.set_xlim(1 - MARGIN, last + MARGIN)
    style.label_ends(ax, labels)


def lowest_first(view: View) -> pd.DataFrame:
    """The rows of a view for its alternative text: where, and the score, the lowest first."""
    table = view.table.dropna(subset="mean").sort_values("mean", kind="stable")
    if "step" in table:
        return table.assign(where=[f"step {step}" for step in table["step"]])
    return table.assign(where=table["touchpoint"])
