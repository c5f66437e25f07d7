"""Charts of time and of the ways people take: impact, monitor, paths.

Each draws on an Axes and returns it. Nothing is computed here. Charts that rank touchpoints or initiatives are in
:mod:`cxlens.common.pictures`, from where these can be had as well; the map is in
:mod:`cxlens.stages.baseline.map_chart`.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from cxlens.common import style
from cxlens.common.pictures import Chart
from cxlens.common.style import BLUE, CLEAR, GREY, LIGHT, ORANGE, Dot
from cxlens.common.values import number, wave_words
from cxlens.stages.impact.designs import Impact
from cxlens.stages.impact.monitor import Metric, Monitor, find_metric
from cxlens.study.survey import Survey


def impact_chart(result: Impact, ax: Axes | None = None) -> Axes:
    """Draw the means before and after with their intervals; with a control group, the counterfactual too.

    Parameters
    ----------
    result
        From :func:`cxlens.before_after` or :func:`cxlens.difference_in_differences`.
    ax
        The Axes to draw on; direct labels stand to the right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Dashed: where the treated would be had they changed like the others.
    """
    ax = ax or style.new_axes()
    style.set_height(ax, 210)
    metric = find_metric(result.survey, result.metric)
    size = f"{metric.steps(result.estimate, sign=True)} [{metric.steps(result.low)}, {metric.steps(result.high)}]"
    style.tidy(ax, grid="y")
    who = style.wrap(result.treated.name, 30) if result.treated else ""
    looks = {
        "all": (BLUE, "o", 0.0, "", f"\nchange {size}"),
        "treated": (BLUE, "o", -0.02, f"{who}: ", f"\neffect {size}"),
        "control": (GREY, "s", 0.02, "the others: ", ""),
    }
    labels = []
    for group, rows in result.cells.groupby("group", sort=False):
        colour, marker, shift, name, finding = looks[str(group)]
        before, after = rows.set_index("period").loc[["before", "after"]].to_dict("records")
        ax.plot([shift, 1 + shift], [before["mean"], after["mean"]], color=colour, linewidth=1.6)
        for x, row in ((shift, before), (1 + shift, after)):
            style.draw_mark(ax, Dot(row["mean"], row["low"], row["high"], colour, marker), x, upright=True)
        labels.append((after["mean"], f"{name}{metric.words(after['mean'])}{finding}", colour))
        if group == "treated":
            # Where the regression puts the treated without the effect: its own after, less the estimate.
            without = after["mean"] - result.estimate
            ax.plot([shift, 1 + shift], [before["mean"], without], color=BLUE, linewidth=1.2, linestyle="--")
            style.draw_mark(ax, Dot(without, without, without, filled=False), 1 + shift, upright=True)
            labels.append((without, "had it changed like the others", BLUE))
    ax.axvline(0.5, color=GREY, linewidth=0.9, linestyle=":")
    style.say(ax, "the change", (0.5, 0.02), (4, 0), ax.get_xaxis_transform(), va="bottom")
    when = dict(zip(result.cells["period"], result.cells["waves"], strict=True))
    ax.set_xticks([0, 1], [f"{period}: {style.wrap(when[period], 30)}" for period in ("before", "after")])
    ax.set_xlim(-0.25, 1.07)
    ax.margins(y=0.15)
    title = str(result).split(". Before and after")[0].split(". Difference in")[0]
    caution = "Before and after only" if result.treated is None else "Assumes parallel trends"
    about = f"{metric.label}, {style.about(result.cells['n'].sum(), result.level)}. {caution}."
    style.finish(ax, title, about, f"Period ({result.survey.time})", _value_axis(ax, metric, result.survey))
    style.label_ends(ax, labels)
    return ax


def monitor_chart(result: Monitor, ax: Axes | None = None) -> Axes:
    """Draw a metric by wave with its intervals, and mark the steps that are more than chance.

    Parameters
    ----------
    result
        From :func:`cxlens.monitor`. With ``by``: a panel for each of the first six segments, on one scale.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Triangles, with the change in words, mark steps with q below 0.05.
    """
    ax = ax or style.new_axes()
    metric, time = find_metric(result.survey, result.metric), result.survey.time
    tables, more = style.parts(result.table, result.by)
    across = min(len(tables), 3)
    style.set_height(ax, 190 if len(tables) <= across else 310)
    panels = style.add_panels(ax, list(tables), across, "sharey") if result.by else [ax]
    for k, (panel, table) in enumerate(zip(panels, tables.values(), strict=True)):
        _series(panel, table, metric)
        panel.margins(y=0.2)
        panel.tick_params(labelleft=k % across == 0)
    title = str(result).rsplit(" n = ", 1)[0].split("; ")[0].removesuffix(".")
    by = f"{time}{more.replace(' by', ' and')}"
    about = f"{metric.label} by {by}, {style.about(result.table['n'].sum(), result.level)}"
    words = _value_axis(panels[0], metric, result.survey)
    style.finish(ax, title, f"{about}. Marked: steps with q < {CLEAR}.", f"Wave ({time})", words)
    return ax


def _value_axis(ax: Axes, metric: Metric, survey: Survey) -> str:
    """What the values are counted in, for the label of their axis; shares read as per cent."""
    if metric.kind == "nps":
        return f"{metric.name}, NPS points (-100 to 100)"
    if metric.kind == "binary":
        ax.yaxis.set_major_formatter(PercentFormatter(1))
        return f"{metric.name}, % of answers"
    scale = survey.scale if metric.kind == "touchpoint" else survey.outcome_scales.get(metric.name)
    return f"{metric.label}, mean score" + (f" ({scale.low:g} to {scale.high:g})" if scale else "")


def _series(ax: Axes, table: pd.DataFrame, metric: Metric) -> None:
    """A series with intervals; first and last value and clear steps in words, blank waves marked."""
    rows = table.to_dict("records")
    style.tidy(ax, grid="y")
    shown = [k for k, row in enumerate(rows) if not pd.isna(row["value"])]
    ax.plot(shown, [rows[k]["value"] for k in shown], color=LIGHT, linewidth=1.4)
    for k, row in enumerate(rows):
        if k not in shown:
            style.say(ax, "n < 5", (k, 0.02), at=ax.get_xaxis_transform(), ha="center", va="bottom")
            continue
        clear, up = row["q_value"] < CLEAR, row["change"] > 0
        colour = ORANGE if clear and not up else BLUE
        marker = "o" if not clear else "^" if up else "v"
        style.draw_mark(ax, Dot(row["value"], row["low"], row["high"], colour, marker), k, upright=True)
        words = metric.words(row["value"]) if k in (shown[0], shown[-1]) else ""
        words += f"\n({metric.steps(row['change'], sign=True)})" if clear else ""
        top = row["value"] if pd.isna(row["high"]) else row["high"]
        style.say(ax, words.strip(), (k, top), (0, 3), ha="center", va="bottom", color=colour)
    names = [wave_words(row["wave"]) for row in rows]
    every = -(-len(names) // 8)
    ax.set_xticks(range(0, len(names), every), [style.wrap(name, 10) for name in names[::every]])
    ax.set_xlim(-0.5, len(names) - 0.5)


CHARTS = {
    "Impact": Chart(impact_chart, "Means before and after a change", "quantity", "estimate", number),
    "Monitor": Chart(monitor_chart, "Series over waves", "wave", "value", number),
}
