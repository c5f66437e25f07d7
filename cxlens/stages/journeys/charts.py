"""Pictures of journeys: where customers are at each step, and where they leave. Nothing is computed here."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from cxlens.common import style
from cxlens.common.pictures import Chart
from cxlens.common.style import BLUE, DARK, GREY, INK, ORANGE, SMALL, TEXT, Dot
from cxlens.common.values import count, number, percent
from cxlens.stages.journeys.paths import Paths
from cxlens.study.journeys import END

STEPS = 12  # steps of a journey that fit beside one another


ROWS = 40  # touchpoints of a journey log that are shown


def paths_chart(result: Paths, ax: Axes | None = None) -> Axes:
    """Draw where journeys are at each step, and beside it where they end.

    Parameters
    ----------
    result
        From :func:`cxlens.paths`. Shown are the first twelve steps, and the forty touchpoints met most often.
    ax
        The Axes to draw on; names stand to the left, the drop-off to the right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes of the step matrix; cells are per cent of all journeys, blank below half a per cent.
    """
    ax = ax or style.new_axes()
    drop = result.drop_off.set_index("touchpoint")
    drop = drop[drop.index.isin(drop["reached"].nlargest(ROWS).index)]
    names, steps = [*drop.index, "ended before"], list(result.steps.columns[:STEPS])
    share = result.steps.loc[[*drop.index, END], steps].to_numpy(float)
    style.tidy(ax, grid="")
    size = style.name_rows(ax, names, ax)
    edges = np.arange(len(steps) + 1) + 0.5
    for first, end, colour in ((0, len(drop), BLUE), (len(drop), len(names), GREY)):
        shades = LinearSegmentedColormap.from_list("share", ["#FFFFFF", colour])
        ax.pcolormesh(edges, np.arange(first, end + 1) - 0.5, share[first:end], cmap=shades, vmin=0, vmax=1,
                      edgecolors="white")  # fmt: skip
    ax.set(ylim=(len(names) - 0.5, -0.5), xticks=range(1, len(steps) + 1))
    for (y, x), value in np.ndenumerate(share):
        if value >= 0.005:
            # Inside the Axes anyway, and costly to measure.
            ax.text(x + 1, y, number(100 * value, 0), ha="center", va="center", fontsize=size,
                    color="white" if value > 0.75 else INK, in_layout=False)  # fmt: skip
    _drop_off_panel(ax, result, drop)
    title = str(result).split("; ")[0].split(": ")[0]
    shown = f"first {len(steps)} of {len(result.steps.columns)} steps"
    met = f"{len(drop)} of {len(result.drop_off)} touchpoints"
    about = f"n = {count(result.log.n)} journeys: {shown}, {met}; drop-off with 95 % intervals"
    style.finish(ax, title, about, x="Step of the journey; cells: % of all journeys that are there")
    return ax


def _drop_off_panel(ax: Axes, result: Paths, drop: pd.DataFrame) -> None:
    """Where journeys end, beside the step matrix."""
    right = ax.figure.dpi_scale_trans + ScaledTranslation(1, 0, ax.transAxes)  # type: ignore[arg-type]
    side = ax.inset_axes((0.25, 0, 1.7, 1), transform=blended_transform_factory(right, ax.transAxes))  # inches across
    side.set_title("Drop-off", loc="left", fontsize=TEXT, color=INK, pad=4)
    style.tidy(side)
    shares = 100 * drop[["share", "low", "high"]].to_numpy(float)
    looks = [(ORANGE, "D") if value > 0 else (GREY, "o") for value in shares[:, 0]]
    style.draw_dots(side, [Dot(v, low, high, *look) for (v, low, high), look in zip(shares, looks, strict=True)])
    side.set(xlim=(0, None), ylim=ax.get_ylim())
    what = f"end there without {result.log.outcome}" if result.log.outcome else "end there"
    side.set_xlabel(style.wrap(f"% of those that reach it that {what}", 34), fontsize=SMALL, color=DARK)


CHARTS = {
    "Paths": Chart(
        paths_chart,
        "Where journeys are at each step, and where they end",
        "path",
        "share",
        percent,
        lambda result: result.variants,
    ),
}
