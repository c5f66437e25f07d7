"""Dots of journeys: what they take, and what is met again. Nothing is computed here."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, LIGHT, Dot
from cxlens.common.values import count
from cxlens.stages.journeys.lengths import in_words
from cxlens.study.journeys import JourneyLog

ROWS = 40  # touchpoints that are shown
SEGMENTS = 12  # groups that are shown
ANY = "(any)"


def times_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw what journeys take: the median with its interval, and in grey from the first quarter to 95 of 100.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.times`. Shown are the first twelve segments.
    ax
        The Axes to draw on, in a panel for each measure. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on; its panels are inside it.
    """
    ax = ax or style.new_axes()
    measures = view.table["measure"].unique().tolist()
    segments = view.table["segment"].unique()[:SEGMENTS].tolist()
    narrow = style.is_narrow(ax)
    down = len(measures) if narrow else -(-len(measures) // 2)
    style.set_height(ax, down * (70 + 20 * len(segments)))
    panels = style.add_panels(ax, measures, 1 if narrow else 2, "sharey")
    by_measure = view.table.groupby("measure", sort=False)
    for panel, (_, of_measure) in zip(panels, by_measure, strict=True):
        _draw_measure(panel, of_measure.set_index("segment").loc[segments])
    if len(segments) > 1:
        _name_segments(panels, segments, 1 if narrow else 2)
    shown = "" if len(segments) == view.table["segment"].nunique() else f"; first {SEGMENTS} segments"
    style.finish(
        ax,
        view.finding.title,
        f"{journeys_of(view.record)}: medians with 95 % intervals; grey: from 25 to 95 of 100{shown}",
        x="",
    )
    return ax


def _draw_measure(panel: Axes, rows: pd.DataFrame) -> None:
    """One measure, a row a segment."""
    style.tidy(panel)
    panel.hlines(
        range(len(rows)),
        rows["q25"],
        rows["q95"],
        color=LIGHT,
        linewidth=5,
    )
    style.draw_dots(panel, [_dot(row) for _, row in rows.iterrows()])
    panel.set_xlim(left=0)
    panel.set_xlabel(
        rows["unit"].iloc[0],
        fontsize=style.SMALL,
        color=style.DARK,
        parse_math=False,
    )


def _name_segments(panels: list[Axes], segments: list[str], across: int) -> None:
    """Segments left of the panels that have none to their left."""
    names = [style.wrap(name, style.NARROW) for name in segments]
    panels[0].set_yticks(range(len(names)), names, color=style.INK, parse_math=False)
    for place, panel in enumerate(panels):
        panel.tick_params(labelleft=place % across == 0, labelcolor=style.INK)


def _dot(row: pd.Series[float]) -> Dot:
    """A median with its interval."""
    return Dot(
        row["median"],
        row["low"],
        row["high"],
        BLUE,
        note="too few to be told",
    )


def told_times(view: View) -> pd.DataFrame:
    """Each measure with its unit, by segment where there are several."""
    table = view.table.dropna(subset="median")
    what = table["measure"] + ", " + table["unit"] + ":"
    if table["segment"].nunique() < 2:
        table = table.drop(columns="segment")
    return table.assign(what=what)


def rework_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw how many of the journeys that meet a touchpoint meet it again.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.rework`. Shown are the forty touchpoints met most often, and all
        together.
    ax
        The Axes to draw on; more extra touches and the time between stand right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on.
    """
    ax = ax or style.new_axes()
    table = view.table
    touchpoints = table[table["touchpoint"] != ANY]
    most = touchpoints["n"].fillna(0).astype(int).nlargest(ROWS).index
    rows = pd.concat([touchpoints[touchpoints.index.isin(most)], table[table["touchpoint"] == ANY]])
    dots = [_share_dot(row) for _, row in rows.iterrows()]
    columns = {
        "n": [_counted(n) for n in rows["n"]],
        "extra touches": [_counted(n) for n in rows["extra"]],
        "until the last": [_time(row) for _, row in rows.iterrows()],
    }
    style.draw_rows(ax, rows["touchpoint"].replace(ANY, "any touchpoint").tolist(), {"": dots}, columns)
    ax.set_xlim(left=0)
    style.finish(
        ax,
        view.finding.title,
        f"{journeys_of(view.record)}: {len(most)} of {len(touchpoints)} touchpoints, 95 % intervals",
        x="% of the journeys that meet it and are over that meet it again",
    )
    return ax


def told_rework(view: View) -> pd.DataFrame:
    """What is met again most often, the share of all first."""
    table = view.table[view.table["share"] > 0].drop(columns=["low", "high"])
    in_all = table["touchpoint"] == ANY
    touchpoints = table[~in_all].sort_values("share", ascending=False, kind="stable")
    return pd.concat([table[in_all], touchpoints])


def _share_dot(row: pd.Series[float]) -> Dot:
    """The per cent that meet a touchpoint again; grey where none does."""
    return Dot(
        100 * row["share"],
        100 * row["low"],
        100 * row["high"],
        BLUE if row["share"] > 0 else GREY,
        note="hidden to protect people, or met by none",
    )


def _counted(n: float) -> str:
    """A number; nothing where it is hidden."""
    return "" if pd.isna(n) else count(n)


def _time(row: pd.Series[float]) -> str:
    """``2.5 days``; nothing where it is not told."""
    return "" if pd.isna(row["median"]) else in_words(row["median"], str(row["unit"]))


def journeys_of(log: JourneyLog) -> str:
    """``n = 300 journeys``, with their customers where these have several."""
    journeys = f"n = {count(log.n)} journeys"
    if log.n == log.n_customers:
        return journeys
    return f"{journeys} of {count(log.n_customers)} customers"
