"""The chart of sample sizes: what more answers bring.

Nothing is computed here: figures come from :mod:`cxlens.stages.plan.sample_size`. Charts of answers do not belong here.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

from cxlens.common import style
from cxlens.common.pictures import Chart
from cxlens.common.style import BLUE, DARK, GREY, INK, ORANGE
from cxlens.common.values import count, number
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
    asked, curve = result.options, result.curve
    row: Any = result.hardest
    margin, scale = asked["margin"] is not None, 100 if result.measure == "csat" and asked["margin"] else 1
    wanted = scale * (asked["margin"] if margin else asked["power"])
    if row is None:
        style.say(ax, style.wrap(result.table["note"].iloc[0], 80), (0.5, 0.5), at="axes fraction", ha="center")
        ax.set(xticks=[], yticks=[])
    else:
        ax.set_xscale("log")
        ax.xaxis.set(major_locator=LogLocator(subs=(1, 2, 5)), major_formatter=StrMethodFormatter("{x:,.0f}"))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.plot(curve["n"], scale * curve["value"], color=DARK, linewidth=1.6)
        ax.set(xlim=(curve["n"].iloc[0], curve["n"].iloc[-1]), ylim=(0, None if margin else 1.02))
        ax.axhline(wanted, color=GREY, linewidth=0.9, linestyle="--")
        words = f"wanted: {'±' if margin else ''}{wanted:g}"
        style.say(ax, words, (1, wanted), (4, 0), ax.get_yaxis_transform(), color=DARK)
        marks = [(row["scores"], "scores needed", BLUE, "o"), (row.get("have"), "there are", ORANGE, "D")]
        for n, words, colour, marker in marks:
            for value in curve.loc[curve["n"] == n, "value"].tolist():
                ax.plot(n, scale * value, marker, color=colour, markersize=7, clip_on=False, zorder=4)
                style.say(ax, f"{count(n)} {words}", (n, scale * value), (6, 12 if margin else -12), color=INK)
    unit = UNITS.get(result.measure, " points of the scale")
    what = f"Margin of {MEASURED[result.measure]}, ±{unit}" if margin else "Probability to find it"
    who = f" for {row['name']}" if row and row["name"] else ""
    title = str(result).split(". ")[0].removesuffix(".")
    style.finish(ax, title, result.note, f"Scores{who}, log scale", what)
    return ax


def _along_curve(result: SampleSize) -> pd.DataFrame:
    """About five points of the curve."""
    return result.curve[:: max(len(result.curve) // 5, 1)]


CHARTS = {"SampleSize": Chart(sample_size_chart, "What more answers bring", "n", "value", number, _along_curve)}
