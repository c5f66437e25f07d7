"""Heat maps of journeys: shares by touchpoint and step, the darker the more. Nothing is computed here."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, INK, PALE
from cxlens.common.values import number, percent
from cxlens.stages.journeys.ways_chart import journeys_of
from cxlens.study.journeys import END, START

ROWS = 40  # touchpoints of a journey log that are shown
LEAST = 0.005  # share from which a cell says its figure
DARK_CELL = 0.75  # share from which a cell is so dark that its figure is white
WRITTEN = {False: 18, True: 8}  # columns up to which cells say their figure: on a page, on a phone
EDGES = (START, END, "(open)")
STRIDE = 5  # columns from one number to the next where cells say no figure
TOLD = 5  # rows of an alternative text


def shade(
    ax: Axes,
    shares: NDArray[np.float64],
    first: int,
    colour: str,
    most: float = 1.0,
) -> None:
    """Cells from this row on, the darker the more journeys are there, up to a share; pale where it is hidden."""
    rows, steps = shares.shape
    across = np.arange(steps + 1) + 0.5
    down = np.arange(first, first + rows + 1) - 0.5
    shades = LinearSegmentedColormap.from_list("share", ["#FFFFFF", colour]).with_extremes(bad=PALE)
    ax.pcolormesh(
        across,
        down,
        shares,
        cmap=shades,
        vmin=0,
        vmax=most,
        edgecolors="white",
    )


def write_shares(ax: Axes, shares: NDArray[np.float64], size: float, most: float = 1.0) -> None:
    """The per cent of each cell on its shade."""
    for (y, x), share in np.ndenumerate(shares):
        if share < LEAST:
            continue
        ax.text(
            x + 1,
            y,
            number(100 * share, 0),  # a dash where it is hidden
            ha="center",
            va="center",
            fontsize=size,
            color="white" if share > DARK_CELL * most else INK,
            in_layout=False,  # inside the Axes anyway, and costly to measure
            parse_math=False,
        )


def follows_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw in how many journeys one touchpoint comes some time after another.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.follows`. Shown are the forty touchpoints met most often.
    ax
        The Axes to draw on. A new one without it.

    Returns
    -------
    Axes
        A row is the touchpoint that comes first, a column the one that comes later, by its number; cells are per cent
        of the journeys that meet the first.
    """
    ax = ax or style.new_axes()
    n = view.table.drop_duplicates("touchpoint").set_index("touchpoint")["n"]
    most = n.fillna(0).astype(int).nlargest(ROWS).index
    names = [name for name in n.index if name in most]
    shares = view.table.pivot(index="touchpoint", columns="later", values="share")
    figures = shares.loc[names, names].to_numpy(float)
    numbered = [f"{place} {name}" for place, name in enumerate(names, start=1)]
    largest = float(np.nan_to_num(figures).max()) or 1.0
    is_written = _draw(ax, figures, numbered, len(names), largest)
    ax.set_xticks([place for place in range(1, len(names) + 1) if is_written or place % STRIDE == 0])
    shown = f"{len(names)} of {len(n)} touchpoints, darkest {percent(largest)}{_hidden(figures)}"
    style.finish(
        ax,
        view.finding.title,
        f"{journeys_of(view.record)}: {shown}; on the diagonal those met again",
        x="Number of the touchpoint that comes later; cells: % of the journeys that meet the one on the left",
    )
    return ax


def around_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw where journeys are before and after they first meet a touchpoint.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.around`. Shown are the forty touchpoints that are there most.
    ax
        The Axes to draw on. A new one without it.

    Returns
    -------
    Axes
        The step matrix around the anchor; cells are per cent of the journeys that meet it, grey where they have not
        begun, are over or may go on.
    """
    ax = ax or style.new_axes()
    matrix = view.parts["matrix"]
    touchpoints = matrix.drop(list(EDGES))
    most = touchpoints.max(axis=1).fillna(0).nlargest(ROWS).index
    names = [name for name in touchpoints.index if name in most]
    figures = matrix.loc[[*names, *EDGES]].to_numpy(float)
    _draw(ax, figures, [*names, "not begun", "ended before", "may go on"], len(names))
    ax.set_xticks(range(1, len(matrix.columns) + 1), [_step(int(step)) for step in matrix.columns])
    style.finish(
        ax,
        view.finding.title,
        f"{journeys_of(view.record)}: {len(names)} of {len(touchpoints)} touchpoints{_hidden(figures)}",
        x="Steps before and after; cells: % of the journeys that meet it",
    )
    return ax


def _hidden(shares: NDArray[np.float64]) -> str:
    """What the pale cells are, where there are any."""
    return ", pale: hidden to protect people" if np.isnan(shares).any() else ""


def _draw(
    ax: Axes,
    shares: NDArray[np.float64],
    names: list[str],
    blue_rows: int,
    most: float = 1.0,
) -> bool:
    """Cells and the names of the rows; whether the cells say their figures, which they do where these fit."""
    style.tidy(ax, grid="")
    size = style.name_rows(ax, names, ax)
    shade(ax, shares[:blue_rows], 0, BLUE, most)
    if blue_rows < len(shares):
        shade(ax, shares[blue_rows:], blue_rows, GREY)
    ax.set_ylim(len(shares) - 0.5, -0.5)
    is_written = bool(shares.shape[1] <= WRITTEN[style.is_narrow(ax)])
    if is_written:
        write_shares(ax, shares, size, most)
    return is_written


def _step(step: int) -> str:
    """``-1``, ``+2``; 0 is the anchor."""
    return f"{step:+d}" if step else "0"


def most_followed(view: View) -> pd.DataFrame:
    """The pairs that come in that order most often."""
    table = view.table
    others = table[(table["touchpoint"] != table["later"]) & (table["share"] > 0)]
    first = others.nlargest(TOLD, "share").drop(columns=["low", "high"])
    return first.assign(pair=first["later"] + " after " + first["touchpoint"])


def largest_around(view: View) -> pd.DataFrame:
    """Where most journeys are, the anchor aside."""
    table = view.table
    beside = table[(table["position"] != 0) & (table["share"] > 0)]
    first = beside.nlargest(TOLD, "share").drop(columns=["low", "high"])
    steps = [_step(step) for step in first["position"]]
    return first.assign(where=[f"{name} at step {step}" for name, step in zip(first["touchpoint"], steps, strict=True)])
