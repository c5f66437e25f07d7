"""Pictures of retention: how many are still there, with numbers at risk below; cohorts as a heat map.

Nothing is computed here: figures come from :mod:`cxlens.stages.impact.retention` and
:mod:`cxlens.stages.impact.cohorts`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, INK, ORANGE, SMALL
from cxlens.common.values import count, percent
from cxlens.stages.impact.retention import Retention

LOOKS = [(BLUE, "-"), (ORANGE, "--"), (GREY, "-."), (INK, ":")]  # colour and line of the first groups
TICKS = 5  # times at which numbers at risk stand
ROW = 15.0  # points of a row of numbers, and of a cohort
DARK_CELL = 0.6  # share from which a cell is so dark that its figure is white

CELLS = 24  # periods that fit beside one another
NARROW_CELLS = 7
Row = dict[Any, Any]


def retention_chart(result: Retention, ax: Axes | None = None) -> Axes:
    """Draw the share still there over time, a band for its interval; below, how many were still followed.

    Parameters
    ----------
    result
        From :func:`cxlens.retention`; of several groups the first four are drawn, and nobody whose group is not stated.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes of the curves; steps are at times by which 5 customers more had left.
    """
    ax = ax or style.new_axes()
    compared = result.compared
    is_group = result.curves["segment"].isin(compared["segment"])
    shown = result.curves[is_group]
    curves = list(shown.groupby("segment", sort=False))[: len(LOOKS)]
    rows = len(curves)
    style.set_height(ax, 190 + ROW * (rows + 1))
    style.tidy(ax, grid="y")
    end = float(shown["time"].max())
    labels = _draw_curves(ax, curves, end)
    ax.set(xlim=(0, end), ylim=(0, 1.02))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    _write_at_risk(ax, curves, end)
    left_out = compared["n"].notna().sum() - rows
    who = f", first {rows} groups" if left_out else ""
    about = style.about(compared["n"].sum(), result.level)
    style.finish(
        ax,
        result.finding.title,
        f"Customers {result.still}{who}, {about}. Below: how many were still followed.",
        f"Time, {result.unit}",
        f"% {result.still}",
    )
    style.label_ends(ax, labels)
    return ax


def _draw_curves(ax: Axes, curves: list[Any], end: float) -> list[tuple[float, str, str]]:
    """The curves, and the labels of where they end; when, where that is before the end of the axis."""
    labels = []
    for (group, curve), (colour, line) in zip(curves, LOOKS, strict=False):
        _draw_curve(ax, curve, colour, line)
        last = curve.iloc[-1]
        name = f"{style.wrap(group, 18)} " if len(curves) > 1 else ""
        ended = "" if last["time"] == end else f"\nat {last['time']:g}"
        labels.append((float(last["share"]), f"{name}{percent(last['share'])}{ended}", colour))
    return labels


def _draw_curve(ax: Axes, curve: pd.DataFrame, colour: str, line: str) -> None:
    """A curve of steps, and its band."""
    time = curve["time"].to_numpy()
    low = curve["low"].to_numpy()
    high = curve["high"].to_numpy()
    ax.fill_between(time, low, high, step="post", color=colour, alpha=0.15, linewidth=0)
    ax.step(time, curve["share"].to_numpy(), where="post", color=colour, linewidth=1.6, linestyle=line)


def _write_at_risk(ax: Axes, curves: list[Any], end: float) -> None:
    """Below the axis, a row a group: how many were still followed at some times."""
    ticks = np.asarray(MaxNLocator(TICKS, integer=end > TICKS).tick_values(0, end))
    ticks = ticks[ticks <= end]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks], parse_math=False)
    for row, ((_, curve), (colour, _)) in enumerate(zip(curves, LOOKS, strict=False)):
        for tick in ticks:
            later = curve[curve["time"] >= tick]
            if later.empty:  # nothing of this group is told of so late a time
                continue
            style.say(
                ax,
                count(later["at_risk"].iloc[0]),
                (tick, 0),
                (0, -24 - ROW * row),
                ax.get_xaxis_transform(),
                color=colour,
                ha="left" if tick == 0 else "right" if tick == end else "center",
            )
    ax.xaxis.labelpad = 10 + ROW * len(curves)


def first_cohorts(view: View) -> pd.DataFrame:
    """Of each cohort the period after its first, whole ones alone: what an alternative text tells."""
    cohorts = view.table
    return cohorts[(cohorts["after"] == 1) & ~cohorts["partial"] & cohorts["share"].notna()]


def cohort_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw cohorts as rows and periods after their first as columns; hatched: covered by the record in part only.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.impact.retention.Retention.cohort_view`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes of the heat map; a cell says how many in 100 of the cohort bought, and is blank where it is hidden.
    """
    ax = ax or style.new_axes()
    most = NARROW_CELLS if style.is_narrow(ax) else CELLS
    cohorts = view.table
    names = list(cohorts["cohort"].unique()[-CELLS:])
    is_shown = cohorts["cohort"].isin(names) & cohorts["after"].between(1, most)
    style.set_height(ax, ROW * len(names) + 8)
    style.tidy(ax)
    ax.grid(visible=False)
    across = _draw_cells(ax, cohorts[is_shown], names)
    sizes = cohorts[cohorts["after"] == 0].set_index("cohort")["customers"]
    _name_cohorts(ax, names, sizes)
    period = view.record.period
    cut = "" if across >= cohorts["after"].max() else f" The first {across} {period}s."
    style.finish(
        ax,
        view.finding.title,
        f"In 100 of each cohort, how many bought again; {style.about(sizes.sum(), None)}.{cut} "
        "Hatched: the record covers the period in part only.",
        f"{period.capitalize()}s after the first purchase",
        f"{period.capitalize()} of the first purchase (customers)",
    )
    return ax


def _draw_cells(ax: Axes, shown: pd.DataFrame, names: list[str]) -> int:
    """All cells, a row a cohort; gives back how many periods stand beside one another."""
    across = 1
    darkest = 0.01
    if len(shown):
        across = int(shown["after"].max())
        darkest = max(float(shown["share"].max(skipna=True)), darkest)
    ax.set(xlim=(0.5, across + 0.5), ylim=(len(names) - 0.5, -0.5))
    shades = LinearSegmentedColormap.from_list("share", ["#FFFFFF", BLUE])
    for row in shown.to_dict("records"):
        _draw_cell(ax, row, names.index(row["cohort"]), shades, darkest)
    every = -(-across // 12)
    ax.set_xticks(range(1, across + 1, every))
    return across


def _name_cohorts(ax: Axes, names: list[str], sizes: pd.Series[float]) -> None:
    """Left of each row its cohort, and how many customers it has."""
    labels = []
    for name in names:
        size = "–" if pd.isna(sizes[name]) else count(sizes[name])
        labels.append(f"{name}  ({size})")
    ax.set_yticks(range(len(names)), labels, color=INK, parse_math=False)
    ax.tick_params(axis="y", labelsize=SMALL)


def _draw_cell(ax: Axes, row: Row, y: int, shades: Any, darkest: float) -> None:
    """A cell: the darker the more bought; hatched where its period is covered in part."""
    share = row["share"]
    if pd.isna(share):
        return
    shade = share / darkest
    hatch = "////" if row["partial"] else ""
    cell = Rectangle(
        (row["after"] - 0.5, y - 0.5),
        1,
        1,
        facecolor=shades(shade),
        edgecolor=GREY if hatch else "white",
        hatch=hatch,
        linewidth=0.5,
    )
    ax.add_artist(cell)  # not add_patch, which looks where the axis should end, and that is known
    text = ax.text(
        row["after"],
        y,
        f"{100 * share:.0f}",
        ha="center",
        va="center",
        fontsize=SMALL,
        color="white" if shade > DARK_CELL and not hatch else INK,
        in_layout=False,
        parse_math=False,
    )
    if hatch:
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.8})
