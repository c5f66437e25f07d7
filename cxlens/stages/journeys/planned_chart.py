"""The picture of a plan held against journeys: the share that reaches each step. Nothing is computed here."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, Dot
from cxlens.common.values import closest_percent
from cxlens.stages.journeys.lengths import in_words
from cxlens.stages.journeys.ways_chart import journeys_of

MISSED = 0.5  # share below which a step is reached by fewer than half


def planned_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw how many journeys reach each planned step.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.planned`.
    ax
        The Axes to draw on; how many of those reach it in order, how many leave there and the time since the planned
        step before stand right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on; steps that fewer than half reach are grey diamonds.
    """
    ax = ax or style.new_axes()
    table = view.table
    dots = [_dot(row) for _, row in table.iterrows()]
    names = [f"{step} {name}" for step, name in zip(table["step"], table["touchpoint"], strict=True)]
    style.draw_rows(ax, names, {"": dots}, _columns(table))
    ax.set_xlim(0, 100)
    style.finish(
        ax,
        view.finding.title,
        f"{journeys_of(view.record)}: 95 % intervals",
        x="% of the journeys that are over that reach the planned step",
    )
    return ax


def _dot(row: pd.Series[Any]) -> Dot:
    """The per cent that reach a step."""
    is_missed = row["share"] < MISSED
    return Dot(
        100 * row["share"],
        100 * row["low"],
        100 * row["high"],
        GREY if is_missed else BLUE,
        "D" if is_missed else "o",
        note="hidden to protect people",
    )


def _columns(table: pd.DataFrame) -> dict[str, list[str]]:
    """Texts beside the rows."""
    return {
        "in order": [_share(share) for share in table["in_order_share"]],
        "leave there": [_share(share) for share in table["left_share"]],
        "after": [
            "" if pd.isna(median) else in_words(median, unit)
            for median, unit in zip(table["median"], table["unit"], strict=True)
        ],
    }


def _share(share: float) -> str:
    """A per cent; nothing where it is hidden."""
    return "" if pd.isna(share) else closest_percent(share)


def told_steps(view: View) -> pd.DataFrame:
    """The steps with the share that reaches each."""
    return view.table.dropna(subset="share").drop(columns=["low", "high"])
