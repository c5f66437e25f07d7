"""Pictures of journeys: where customers are at each step, and where they leave. Nothing is computed here."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from cxlens.common import style
from cxlens.common.pictures import Chart
from cxlens.common.style import BLUE, DARK, GREY, ORANGE, SMALL, Dot
from cxlens.common.values import count, number, percent
from cxlens.stages.journeys.attribution_chart import attribution_chart
from cxlens.stages.journeys.cost_chart import cost_chart, groups_or_touchpoints
from cxlens.stages.journeys.felt_chart import felt_chart, lowest_first
from cxlens.stages.journeys.flow_chart import flow_chart, widest_first
from cxlens.stages.journeys.funnel_chart import funnel_chart, told_stages
from cxlens.stages.journeys.graph_chart import graph_chart, in_words
from cxlens.stages.journeys.heat_chart import (
    ROWS,
    around_chart,
    follows_chart,
    largest_around,
    most_followed,
    shade,
    write_shares,
)
from cxlens.stages.journeys.paths import Paths
from cxlens.stages.journeys.planned_chart import planned_chart, told_steps
from cxlens.stages.journeys.routes_chart import routes_chart
from cxlens.stages.journeys.ways_chart import journeys_of, rework_chart, times_chart, told_rework, told_times
from cxlens.study.journeys import END, JourneyLog

STEPS = {False: 12, True: 7}  # steps of a journey that fit beside one another: on a page, on a phone
SIDE = (0.25, 0, 1.7, 1)  # place of the drop-off: inches right of the Axes and wide, shares of its height


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
        The Axes of the step matrix; cells are per cent of all journeys, blank below half a per cent. On a phone there
        are seven steps, and the drop-off is written.
    """
    ax = ax or style.new_axes()
    drop_off = _met_most(result.drop_off)
    steps = list(result.steps.columns[: STEPS[style.is_narrow(ax)]])
    shares = result.steps.loc[[*drop_off["touchpoint"], END], steps].to_numpy(float)
    style.tidy(ax, grid="")
    size = style.name_rows(ax, [*drop_off["touchpoint"], "ended before"], ax)
    shade(ax, shares[:-1], 0, BLUE)
    shade(ax, shares[-1:], len(drop_off), GREY)
    ax.set_ylim(len(shares) - 0.5, -0.5)
    ax.set_xticks(range(1, len(steps) + 1))
    write_shares(ax, shares, size)
    what = _what_drop_off_is(result.log, drop_off)
    beside = "drop-off with 95 % intervals"
    if style.is_narrow(ax):
        beside = f"right: {what}"
        _write_drop_off(ax, drop_off)
    else:
        _draw_drop_off(ax, drop_off, what)
    shown = f"first {len(steps)} of {len(result.steps.columns)} steps"
    met = f"{len(drop_off)} of {len(result.drop_off)} touchpoints"
    style.finish(
        ax,
        result.finding.title,
        f"{journeys_of(result.log)}: {shown}, {met}; {beside}",
        x="Step of the journey; cells: % of all journeys that are there",
    )
    return ax


def _met_most(drop_off: pd.DataFrame) -> pd.DataFrame:
    """The touchpoints met most often, in the order they have."""
    reached = drop_off["reached"].fillna(0).astype(int)
    most = reached.nlargest(ROWS).index
    return drop_off[drop_off.index.isin(most)]


def _write_drop_off(ax: Axes, drop_off: pd.DataFrame) -> None:
    """Where journeys end, as figures beside the step matrix where there is no room for their intervals."""
    style.say(ax, "ends", (1, 1), (6, 4), "axes fraction", va="bottom")
    figures = drop_off[["share", "low", "high", "intended"]]
    for y, row in enumerate(figures.itertuples(index=False)):
        dot = _drop_off_dot(*row)
        style.say(ax, number(dot.value, 0), (1, y), (6, 0), ax.get_yaxis_transform(), color=dot.colour)


def _draw_drop_off(ax: Axes, drop_off: pd.DataFrame, what: str) -> None:
    """Where journeys end, beside the step matrix."""
    right = ax.figure.dpi_scale_trans + ScaledTranslation(1, 0, ax.transAxes)  # type: ignore[arg-type]
    side = ax.inset_axes(SIDE, transform=blended_transform_factory(right, ax.transAxes))
    style.head_panel(side, "Drop-off")
    style.tidy(side)
    rows = drop_off[["share", "low", "high", "intended"]]
    dots = [_drop_off_dot(*row) for row in rows.itertuples(index=False)]
    style.draw_dots(side, dots)
    side.set_xlim(left=0)
    side.set_ylim(ax.get_ylim())
    side.set_xlabel(style.wrap(what, 34), fontsize=SMALL, color=DARK, parse_math=False)


def _what_drop_off_is(log: JourneyLog, drop_off: pd.DataFrame) -> str:
    """What the figures of the drop-off count."""
    without = ""
    if log.outcome:
        without = f" without {log.outcome}"
    if drop_off["open"].fillna(1).any():
        without += ", open journeys aside"
    return f"% of those that reach it that end there{without}"


def _drop_off_dot(share: float, low: float, high: float, intended: bool) -> Dot:
    """The per cent of journeys that end at a touchpoint; grey where none does, or may well."""
    colour, marker = (ORANGE, "D") if share > 0 and not intended else (GREY, "o")
    return Dot(100 * share, 100 * low, 100 * high, colour, marker)


CHARTS = {
    "Attribution": Chart(
        attribution_chart,
        "Credit for conversions by touchpoint",
        "touchpoint",
        "share",
        percent,
    ),
    "Funnel": Chart(
        funnel_chart,
        "Funnel: the share that reaches each stage",
        "stage",
        "share",
        percent,
        told_stages,
    ),
    "planned": Chart(
        planned_chart,
        "The plan held against journeys: the share that reaches each step",
        "touchpoint",
        "share",
        percent,
        told_steps,
    ),
    "times": Chart(
        times_chart,
        "Medians of what journeys take, with intervals",
        "what",
        "median",
        "{:g}".format,
        told_times,
    ),
    "follows": Chart(
        follows_chart,
        "Journeys in which one touchpoint comes some time after another",
        "pair",
        "share",
        percent,
        most_followed,
    ),
    "rework": Chart(
        rework_chart,
        "Journeys that meet a touchpoint again, with intervals",
        "touchpoint",
        "share",
        percent,
        told_rework,
    ),
    "around": Chart(
        around_chart,
        "Where journeys are before and after a touchpoint",
        "where",
        "share",
        percent,
        largest_around,
    ),
    "Paths": Chart(
        paths_chart,
        "Where journeys are at each step, and where they end",
        "path",
        "share",
        percent,
        lambda result: result.variants,
    ),
    "graph": Chart(graph_chart, "Graph of what follows what", "way", "n", count, in_words),
    "routes": Chart(routes_chart, "The commonest routes, step by step", "route", "share", percent),
    "cost": Chart(cost_chart, "What serving a journey costs", "where", "money", number, groups_or_touchpoints),
    "felt": Chart(felt_chart, "Scores along the way", "where", "mean", number, lowest_first),
    "flow": Chart(flow_chart, "Flows from step to step", "way", "share", percent, widest_first),
}
