"""The picture of a funnel: the share of those that enter who reach each stage. Nothing is computed here."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.style import BLUE, Dot
from cxlens.common.values import closest_percent, count, plural
from cxlens.stages.journeys.funnel import Funnel
from cxlens.stages.journeys.lengths import in_words
from cxlens.study.moments import span_in_words

ALL = "all"


def funnel_chart(result: Funnel, ax: Axes | None = None) -> Axes:
    """Draw the share that reaches each stage, with its interval.

    Parameters
    ----------
    result
        From :func:`cxlens.funnel`; with segments a panel for each of the first six.
    ax
        The Axes to draw on; without segments, how many reach the stage, the share of those at the one before and the
        time to the next one stand right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on.
    """
    ax = ax or style.new_axes()
    if result.by is None:
        segments = {"": result.table}
        more = ""
    else:
        segments = style.first_segments(result.table)
        more = f" by {result.by}{style.more_segments(result.table, result.by)}"
    dots = {segment: [_dot(row) for _, row in rows.iterrows()] for segment, rows in segments.items()}
    columns = {} if result.by else _columns(result.table)
    names = _numbered(result.stages)
    panels = style.draw_rows(ax, names, dots, columns)
    for panel in panels:
        panel.set_xlim(0, 100)
    style.finish(
        ax,
        result.finding.title,
        f"{_entered(result)}{more}; 95 % intervals",
        x=f"% of those that enter at {result.stages[0]}{_within(result)}",
    )
    return ax


def _numbered(stages: tuple[str, ...]) -> list[str]:
    """``2 Shop``: a stage may come twice."""
    return [f"{place} {name}" for place, name in enumerate(stages, start=1)]


def _dot(row: pd.Series[Any]) -> Dot:
    """The per cent that reach a stage."""
    return Dot(
        100 * row["share"],
        100 * row["low"],
        100 * row["high"],
        BLUE,
        note="hidden to protect people",
    )


def _columns(table: pd.DataFrame) -> dict[str, list[str]]:
    """Texts beside the rows: how many, of those at the stage before, and the time to the next one."""
    before = table["next_share"].shift(1)
    return {
        "reached": ["" if pd.isna(n) else count(n) for n in table["reached"]],
        "of the one before": ["" if pd.isna(share) else closest_percent(share) for share in before],
        "then takes": [
            "" if pd.isna(median) else in_words(median, unit)
            for median, unit in zip(table["median"], table["unit"], strict=True)
        ],
    }


def _entered(result: Funnel) -> str:
    """``n = 1,463 journeys``; not the number where it is hidden."""
    entered = result.table.groupby("segment")["reached"].max()
    if entered.isna().any():
        return f"of {plural(result.log.n, 'journey')}"
    return f"n = {count(entered.sum())} {result.counting}"


def _within(result: Funnel) -> str:
    """``, within 30 days``, where there is a window."""
    return "" if result.window is None else f", within {span_in_words(result.window)}"


def told_stages(result: Funnel) -> pd.DataFrame:
    """The stages with the share that reaches each."""
    table = result.table.dropna(subset="share").drop(columns=["low", "high"])
    return table if result.by else table.drop(columns="segment")
