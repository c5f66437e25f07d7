"""The chart of sample sizes: what more answers bring.

Nothing is computed here: figures come from :mod:`cxlens.stages.plan.sample_size`. Charts of answers do not belong here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from cxlens.common import style
from cxlens.common.pictures import Chart
from cxlens.common.style import BLUE, DARK, GREY, INK, ORANGE
from cxlens.common.values import count, number
from cxlens.stages.plan.power_chart import power_chart
from cxlens.stages.plan.sample_size import MEASURED, UNITS, SampleSize


def sample_size_chart(result: SampleSize, ax: Axes | None = None) -> Axes:
    """Draw margin, or power, against n for the row that needs most answers; what is wanted and needed is marked.

    Parameters
    ----------
    result
        From :func:`cxlens.sample_size`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on, n on a log scale. Dashed: what is wanted; the blue dot: the fewest scores that give it; an
        orange diamond: scores that the survey has. Where no row has a number, the reason stands in place of the line.
    """
    ax = ax or style.new_axes()
    style.set_height(ax, 230)
    style.tidy(ax, grid="y")
    row = result.hardest
    if row is None:
        reason = style.wrap(result.table["note"].iloc[0], 80)
        style.say(ax, reason, (0.5, 0.5), at="axes fraction", ha="center")
        ax.set(xticks=[], yticks=[])
    else:
        _draw_curve(ax, result)
        _mark_wanted(ax, result)
        needed = row["scores"]
        have = row.get("have")
        _mark_scores(ax, result, needed, _Mark("ratings needed", BLUE, "o", to_right=not have or needed >= have))
        _mark_scores(ax, result, have, _Mark("there are", ORANGE, "D", to_right=needed < (have or 0)))
    who = ""
    if row and row["name"]:
        who = f" for {row['name']}"
    style.finish(
        ax,
        result.finding.title,
        result.note,
        f"Scores{who}, log scale",
        _value_label(result),
    )
    return ax


class _Mark(NamedTuple):
    """How a number of scores is marked on the curve, what it is called, and on which side of it."""

    words: str
    colour: str
    marker: str
    to_right: bool


def _is_margin(result: SampleSize) -> bool:
    """Whether an interval is to be narrow, rather than an effect to be found."""
    return result.options["margin"] is not None


def _factor(result: SampleSize) -> int:
    """What values are multiplied with to be drawn: margins of shares are drawn as percentage points."""
    if result.measure == "csat" and _is_margin(result):
        return 100
    return 1


def _wanted(result: SampleSize) -> float:
    """The margin or the power that was asked for, as it is drawn."""
    name = "margin" if _is_margin(result) else "power"
    return float(_factor(result) * result.options[name])


def _value_label(result: SampleSize) -> str:
    """What the curve shows, for the label of its axis."""
    if not _is_margin(result):
        return "Probability to find it"
    unit = UNITS.get(result.measure, " points of the scale")
    return f"Margin of {MEASURED[result.measure]}, ±{unit}"


def _draw_curve(ax: Axes, result: SampleSize) -> None:
    """What each number of scores gives, numbers on a log scale."""
    n = result.curve["n"]
    values = _factor(result) * result.curve["value"]
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.plot(n, values, color=DARK, linewidth=1.6)
    ax.set_xlim(n.iloc[0], n.iloc[-1])
    ax.set_ylim(0, None if _is_margin(result) else 1.02)


def _mark_wanted(ax: Axes, result: SampleSize) -> None:
    """A dashed line at what was asked for, named at its end."""
    wanted = _wanted(result)
    sign = "±" if _is_margin(result) else ""
    ax.axhline(wanted, color=GREY, linewidth=0.9, linestyle="--")
    style.say(
        ax,
        f"wanted: {sign}{wanted:g}",
        (1, wanted),
        (4, 0),
        ax.get_yaxis_transform(),
        color=DARK,
    )


def _mark_scores(ax: Axes, result: SampleSize, n: Any, mark: _Mark) -> None:
    """A number of scores on the curve, with its words; nothing where the curve does not have it."""
    falls = _is_margin(result)
    up = 12 if falls == mark.to_right else -12  # points from the mark to its words, on the empty side of the curve
    right = 6 if mark.to_right else -6
    side = "left" if mark.to_right else "right"
    curve = result.curve
    for value in curve.loc[curve["n"] == n, "value"].tolist():
        y = _factor(result) * value
        ax.plot(
            n,
            y,
            mark.marker,
            color=mark.colour,
            markersize=7,
            clip_on=False,
            zorder=4,
        )
        style.say(ax, f"{count(n)} {mark.words}", (n, y), (right, up), color=INK, ha=side)


def _along_curve(result: SampleSize) -> pd.DataFrame:
    """About five points of the curve."""
    return result.curve[:: max(len(result.curve) // 5, 1)]


CHARTS = {
    "SampleSize": Chart(sample_size_chart, "What more answers bring", "n", "value", number, _along_curve),
    "Power": Chart(power_chart, "Chance to find an effect by its size", "effect", "power", number),
}
