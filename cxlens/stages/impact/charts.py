"""Charts of time: a change and what it was measured against, a metric over waves.

Each draws on an Axes and returns it. Nothing is computed here: figures come from
:mod:`cxlens.stages.impact.designs` and :mod:`cxlens.stages.impact.monitor`. The picture of journeys is in
:mod:`cxlens.stages.journeys.charts`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.pictures import Chart
from cxlens.common.style import BLUE, GREY, LIGHT, ORANGE, Dot
from cxlens.common.values import CLEAR, number, percent, signed, wave_words
from cxlens.stages.impact.alerts_chart import alerts_chart
from cxlens.stages.impact.axes import name_waves, put_best_on_top, value_axis, wave_axis
from cxlens.stages.impact.beside_chart import draw_beside
from cxlens.stages.impact.kept_chart import kept_chart, told_rows
from cxlens.stages.impact.ladder_chart import ladder_chart
from cxlens.stages.impact.lifetime_value import LifetimeValue
from cxlens.stages.impact.measured import Impact
from cxlens.stages.impact.monitor import Monitor
from cxlens.stages.impact.profit_chart import named_groups, profit_chart
from cxlens.stages.impact.retention import Retention
from cxlens.stages.impact.retention_chart import cohort_chart, first_cohorts, retention_chart
from cxlens.stages.impact.rivals_chart import draw_periods, named_lines
from cxlens.stages.impact.series_chart import series_chart
from cxlens.stages.impact.value_chart import value_chart
from cxlens.study.metrics import Metric, find_metric

Label = tuple[float, str, str]  # where it stands, its words, its colour
Row = dict[Any, Any]
PERIODS = ("before", "after")
ACROSS = 3  # panels beside one another


class _Look(NamedTuple):
    """How a group is drawn: colour and mark, so far aside that intervals do not cover each other."""

    colour: str
    marker: str
    aside: float


LOOKS = {
    "all": _Look(BLUE, "o", 0.0),
    "treated": _Look(BLUE, "o", -0.02),
    "control": _Look(GREY, "s", 0.02),
}


def impact_chart(result: Impact, ax: Axes | None = None) -> Axes:
    """Draw the means before and after with their intervals; with a control group, the counterfactual too.

    From three waves on, where effects are told by wave: the series, what it would have been, and the effects.

    Parameters
    ----------
    result
        From :func:`cxlens.before_after`, :func:`cxlens.difference_in_differences` or
        :func:`cxlens.interrupted_time_series`; of several metrics the first is drawn.
    ax
        The Axes to draw on; direct labels stand to the right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Dashed: where the treated would be had they changed like the others. Grey: competitors.
    """
    ax = ax or style.new_axes()
    result = result.only(result.metric)
    if result.is_series:
        return series_chart(result, ax)
    style.set_height(ax, 210)
    style.tidy(ax, grid="y")
    metric = result.measured
    labels: list[Label] = []
    for group, cells in result.cells.groupby("group", sort=False):
        by_period = cells.set_index("period").loc[list(PERIODS)]
        labels += _draw_group(ax, result, metric, str(group), by_period)
    labels += draw_periods(ax, result, metric)
    _mark_the_change(ax, result.cells)
    put_best_on_top(ax, metric)
    caution = "Before and after only" if result.treated is None else "Assumes parallel trends"
    n = result.cells["n"].sum()
    unit = value_axis(ax, metric, result.survey)
    style.finish(
        ax,
        result.finding.title,
        f"{metric.label}, {style.about(n, result.level)}. {caution}.",
        f"Period ({result.survey.named(str(result.survey.time))})",
        unit,
    )
    style.label_ends(ax, labels)
    return ax


def _draw_group(
    ax: Axes,
    result: Impact,
    metric: Metric,
    group: str,
    cells: pd.DataFrame,
) -> list[Label]:
    """The means of a group, before and after; gives back the labels of where it ends."""
    before, after = cells.to_dict("records")
    look = LOOKS[group]
    _draw_means(ax, before, after, look)
    value = metric.words(after["mean"])
    words = f"{_who(result, group)}{value}{_size(result, group, metric)}"
    labels = [(after["mean"], words, look.colour)]
    if group == "treated":
        labels.append(_draw_counterfactual(ax, result, metric, before, after))
    return labels


def _who(result: Impact, group: str) -> str:
    """Who the last mean of a group is of, at the beginning of its label."""
    if group == "control":
        return "the others: "
    if result.treated is None:
        return ""
    return f"{style.wrap(result.treated.name, 30)}: "


def _size(result: Impact, group: str, metric: Metric) -> str:
    """What came of the change, below the label of those whom it concerns."""
    if group == "control":
        return ""
    what = "change" if group == "all" else "effect"
    estimate = metric.steps(result.estimate, sign=True)
    ends = f"[{metric.steps(result.low)}, {metric.steps(result.high)}]"
    return f"\n{what} {estimate} {ends}{metric.better}"


def _draw_means(ax: Axes, before: Row, after: Row, look: _Look) -> None:
    """The two means of a group with their intervals, and a line from one to the other."""
    x = (look.aside, 1 + look.aside)
    ax.plot(x, [before["mean"], after["mean"]], color=look.colour, linewidth=1.6)
    for place, cell in zip(x, (before, after), strict=True):
        dot = Dot(cell["mean"], cell["low"], cell["high"], look.colour, look.marker)
        style.draw_mark(ax, dot, place, upright=True)


def _draw_counterfactual(ax: Axes, result: Impact, metric: Metric, before: Row, after: Row) -> Label:
    """Where the regression puts the treated without the effect: their own mean after, less the estimate."""
    effect = -result.estimate if metric.lowest_is_best else result.estimate
    without = after["mean"] - effect
    aside = LOOKS["treated"].aside
    ax.plot(
        (aside, 1 + aside),
        [before["mean"], without],
        color=BLUE,
        linewidth=1.2,
        linestyle="--",
    )
    dot = Dot(without, without, without, filled=False)
    style.draw_mark(ax, dot, 1 + aside, upright=True)
    return without, "had it changed like the others", BLUE


def _mark_the_change(ax: Axes, cells: pd.DataFrame) -> None:
    """The two periods, and between them a dotted line."""
    ax.axvline(0.5, color=GREY, linewidth=0.9, linestyle=":")
    style.say(ax, "the change", (0.5, 0.02), (4, 0), ax.get_xaxis_transform(), va="bottom")
    waves = dict(zip(cells["period"], cells["waves"], strict=True))
    beside, width = (": ", 30) if not style.is_narrow(ax) else (":\n", 11)
    names = [f"{period}{beside}{style.wrap(waves[period], width)}" for period in PERIODS]
    ax.set_xticks([0, 1], names, parse_math=False)
    ax.set_xlim(-0.25, 1.07)
    ax.margins(y=0.15)


def monitor_chart(result: Monitor, ax: Axes | None = None) -> Axes:
    """Draw a metric by wave with its intervals, and mark the steps that are more than chance.

    Parameters
    ----------
    result
        From :func:`cxlens.monitor`; of several metrics the first is drawn. With ``by``: a panel for each of the first
        six segments, on one scale. Employees and competitors who have the same metric are lines beside ours.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Triangles, with the change in words, mark steps with q below 0.05.
    """
    ax = ax or style.new_axes()
    result = result.only(result.metric)
    metric = find_metric(result.survey, result.metric)
    time = result.survey.named(str(result.survey.time))
    columns = time
    labels: list[Label] = []
    if result.others:
        panels = [ax]
        style.set_height(ax, 220)
        labels = draw_beside(ax, result.table, metric, _draw_series)
    elif result.by:
        more = style.more_segments(result.table, result.by)
        columns = f"{time} and {result.survey.named(result.by)}{more}"
        panels = _draw_segments(ax, result.table, metric)
    else:
        panels = [ax]
        style.set_height(ax, 190)
        _draw_series(ax, result.table, metric)
    about = f"{metric.label} by {columns}, {style.about(result.table['n'].sum(), result.level)}"
    unit = value_axis(panels[0], metric, result.survey)
    style.finish(
        ax,
        result.finding.title,
        f"{about}. Marked: steps with q < {CLEAR}.",
        wave_axis(result.survey),
        unit,
    )
    style.label_ends(ax, labels)
    return ax


def _draw_segments(ax: Axes, table: pd.DataFrame, metric: Metric) -> list[Axes]:
    """A panel for each of the first segments, all on the scale of the first."""
    tables = style.first_segments(table)
    across = 1 if style.is_narrow(ax) else min(len(tables), ACROSS)
    down = -(-len(tables) // across)
    style.set_height(ax, 190 if down == 1 else 155 * down)
    panels = style.add_panels(ax, list(tables), across, "sharey")
    for k, (panel, rows) in enumerate(zip(panels, tables.values(), strict=True)):
        _draw_series(panel, rows, metric)
        is_leftmost = k % across == 0
        panel.tick_params(labelleft=is_leftmost)
    return panels


def _draw_series(ax: Axes, table: pd.DataFrame, metric: Metric) -> None:
    """A series with intervals; first and last value and clear steps in words, blank waves marked."""
    rows = table.to_dict("records")
    style.tidy(ax, grid="y")
    shown = [k for k, row in enumerate(rows) if not pd.isna(row["value"])]
    values = [rows[k]["value"] for k in shown]
    ax.plot(shown, values, color=LIGHT, linewidth=1.4)
    for k, row in enumerate(rows):
        if k in shown:
            _draw_wave(ax, k, row, metric, valued=k in (shown[0], shown[-1]))
        else:
            style.say(
                ax,
                "hidden",
                (k, 0.02),
                at=ax.get_xaxis_transform(),
                ha="center",
                va="bottom",
            )
    name_waves(ax, [wave_words(row["wave"]) for row in rows])
    ax.margins(y=0.2)
    put_best_on_top(ax, metric)


def _draw_wave(ax: Axes, x: int, row: Row, metric: Metric, *, valued: bool) -> None:
    """A wave with its interval: a triangle where it steps clearly; the value in words where that is wished."""
    clear = row["q_value"] < CLEAR
    up = row["change"] > 0
    colour = ORANGE if clear and not up else BLUE
    marker = "o"
    words = [metric.words(row["value"])] if valued else []
    if clear:
        marker = "^" if up else "v"
        words.append(f"({metric.steps(row['change'], sign=True)})")
    dot = Dot(row["value"], row["low"], row["high"], colour, marker)
    style.draw_mark(ax, dot, x, upright=True)
    end = dot.low if metric.lowest_is_best else dot.high
    top = dot.value if pd.isna(end) else end
    style.say(
        ax,
        "\n".join(words),
        (x, top),
        (0, 3),
        ha="center",
        va="bottom",
        color=colour,
    )


def _by_group(result: LifetimeValue) -> pd.DataFrame:
    """The rows of a table by segment, which are called by it."""
    return result.table.rename(columns={"segment": "group"})


def _compared(result: Retention) -> pd.DataFrame:
    """The same of groups that are compared."""
    return result.compared.rename(columns={"segment": "group"})


CHARTS = {
    "Impact": Chart(impact_chart, "Means before and after a change", "quantity", "estimate", number, named_lines),
    "WhichDesign": Chart(ladder_chart, "The ladder of designs", "design", "why", str),
    "Monitor": Chart(monitor_chart, "Series over waves", "wave", "value", number),
    "Kept": Chart(kept_chart, "Promises beside what was measured", "promise", "said", str, told_rows),
    "alerts": Chart(alerts_chart, "Small control charts", "metric", "shift", signed),
    "Retention": Chart(retention_chart, "Curves of the share still there", "group", "mean", number, _compared),
    "cohorts": Chart(cohort_chart, "Heat map of cohorts by period", "cohort", "share", percent, first_cohorts),
    "LifetimeValue": Chart(value_chart, "What customers are worth", "group", "value", number, _by_group),
    "Profit": Chart(profit_chart, "Profit by segment", "group", "profit", number, named_groups),
}
