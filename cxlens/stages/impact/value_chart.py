"""The picture of lifetime value: of purchases the forecast against what came, of a margin the value by segment.

Nothing is computed here: figures come from :mod:`cxlens.stages.impact.lifetime_value`.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.style import BLUE, GREY, ORANGE, Dot
from cxlens.common.values import count
from cxlens.stages.impact.lifetime_value import LifetimeValue


def value_chart(result: LifetimeValue, ax: Axes | None = None) -> Axes:
    """Draw what the last days were forecast to bring, and what came; of a margin, the value of a customer by segment.

    Parameters
    ----------
    result
        From :func:`cxlens.lifetime_value`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Dashed: the forecast.
    """
    ax = ax or style.new_axes()
    if result.holdout is None:
        return _draw_values(ax, result)
    return _draw_holdout(ax, result, result.holdout)


def _draw_holdout(ax: Axes, result: LifetimeValue, holdout: pd.DataFrame) -> Axes:
    """Purchases since the first day held out, forecast and come."""
    style.set_height(ax, 200)
    style.tidy(ax, grid="y")
    colour = BLUE if result.holds else ORANGE
    ax.plot(holdout["day"], holdout["forecast"], color=GREY, linewidth=1.6, linestyle="--")
    ax.plot(holdout["day"], holdout["came"], color=colour, linewidth=1.6, marker="o", markersize=3.5)
    ax.set_xlim(0, result.held_out)
    ax.set_ylim(bottom=0)
    ax.yaxis.set_major_formatter(lambda value, _: count(value))
    last = holdout.iloc[-1]
    verdict = "" if result.holds else " The forecast clearly misses by more than a twentieth."
    style.finish(
        ax,
        result.finding.title,
        f"Purchases of customers known before, {style.about(result.table['n'].sum(), None)}.{verdict}",
        f"Days since {result.held_out} days before the end of the record",
        "Purchases so far",
    )
    labels = [
        (float(last["forecast"]), f"forecast\n{count(last['forecast'])}", GREY),
        (float(last["came"]), f"came\n{count(last['came'])}", colour),
    ]
    style.label_ends(ax, labels)
    return ax


def _draw_values(ax: Axes, result: LifetimeValue) -> Axes:
    """What a customer of each segment is worth."""
    rows = result.table.to_dict("records")
    dots = [Dot(row["value"], row["low"], row["high"]) for row in rows]
    names = ["all customers" if row["segment"] == "all" else str(row["segment"]) for row in rows]
    style.draw_rows(ax, names, {"": dots}, {"Value": [count(row["value"]) for row in rows]})
    ax.xaxis.set_major_formatter(lambda value, _: count(value))
    style.finish(
        ax,
        result.finding.title,
        f"{result.method.capitalize()}, by a rate that stays the same.",
        "Value of a customer",
    )
    return ax
