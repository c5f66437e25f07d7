"""The picture of profit by segment, and its widget. Nothing is computed here: figures come from the result."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.explorer import Explorer, dropdown
from cxlens.common.small_cells import reason
from cxlens.common.style import BLUE, GREY, ORANGE, Dot
from cxlens.common.values import count, number, percent
from cxlens.stages.impact.profit import LEAST, Profit, profit

WHOLE = 100  # money from which on a table has no decimals


def profit_chart(result: Profit, ax: Axes | None = None) -> Axes:
    """Draw what a customer of each segment leaves a year, the most profitable on top.

    Parameters
    ----------
    result
        From :func:`cxlens.profit`.
    ax
        The Axes to draw on; names and columns of text stand left and right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. The upright line is the benchmark; an orange diamond loses money.
    """
    ax = ax or style.new_axes()
    rows = result.table.to_dict("records")
    held = next(row["profit"] for row in rows if row["segment"] == result.benchmark)
    dots = [_dot(row, held) for row in rows]
    style.draw_rows(ax, [row["segment"] for row in rows], {"": dots}, _columns(rows))
    ax.axvline(0, color=style.LIGHT, linewidth=1)
    n = result.table["n"].sum()
    measured = f", {style.about(n, result.level)}" if n else ", as the study states"
    style.finish(
        ax,
        result.finding.title,
        f"Value less cost to serve{measured}",
        x=f"Profit, money a customer a year. Upright line: {result.benchmark}",
    )
    return ax


def _dot(row: dict[Any, Any], held: float) -> Dot:
    """The profit of a segment with its interval; without one where it is stated."""
    loses = row["profit"] < 0
    colour = ORANGE if loses else BLUE
    low, high = row["profit_low"], row["profit_high"]
    if pd.isna(row["n"]):
        low, high = float("nan"), float("nan")
        colour = ORANGE if loses else GREY
    marker = "D" if loses else "o"
    note = reason(LEAST, of="customers")
    return Dot(row["profit"], low, high, colour, marker, note=note, standard=held)


def _columns(rows: list[dict[Any, Any]]) -> dict[str, list[str]]:
    """The text beside each row: profit, value, cost, size."""
    largest = max((abs(row["value"]) for row in rows if not pd.isna(row["value"])), default=0)
    digits = 0 if largest >= WHOLE else 2
    return {
        **{name: [_money(row[name], digits) for row in rows] for name in ("profit", "value", "cost")},
        "customers": ["" if pd.isna(row["share"]) else percent(row["share"]) for row in rows],
        "n": ["" if pd.isna(row["n"]) else count(row["n"]) for row in rows],
    }


def _money(amount: float, digits: int) -> str:
    """An amount; nothing where it is hidden."""
    return "" if pd.isna(amount) else number(amount, digits)


def named_groups(result: Profit) -> pd.DataFrame:
    """The rows for words: a segment is what the row is called, not whom its figure is about."""
    return result.table.rename(columns={"segment": "group"})


def explore_profit(result: Profit) -> Explorer:
    """The same against any segment.

    Parameters
    ----------
    result
        From :func:`cxlens.profit`.

    Returns
    -------
    Explorer
        Control ``benchmark``. Asks ``profit(explorer.data, **explorer.params)``.
    """
    names = [(segment.name, segment.name) for segment in result.study.segments]
    return Explorer(
        profit,
        result,
        {"benchmark": dropdown("Against", names, result.benchmark)},
        data=lambda _: result.study,
        params=lambda said: {**result.options, **said},
    )
