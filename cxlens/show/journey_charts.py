"""Charts of time and of the ways people take: impact, monitor, paths.

Each draws on an Axes and returns it. Nothing is computed here. Charts that rank touchpoints or initiatives are in
:mod:`cxlens.show.charts`, from where these can be had as well; the map is in :mod:`cxlens.show.map_chart`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import PercentFormatter
from matplotlib.transforms import ScaledTranslation, blended_transform_factory

from cxlens.analysis.impact import Impact
from cxlens.analysis.monitor import Metric, Monitor, find_metric, wave_words
from cxlens.analysis.paths import Paths
from cxlens.model.journeys import END
from cxlens.model.survey import Survey
from cxlens.model.text import count, number
from cxlens.show import _style as style
from cxlens.show._style import BLUE, CLEAR, DARK, GREY, INK, LIGHT, ORANGE, SMALL, TEXT, Dot

STEPS = 12  # steps of a journey that fit beside one another
ROWS = 40  # touchpoints of a journey log that are shown


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
        The Axes of the step matrix; cells are per cent of all journeys, blank below half a per cent.
    """
    ax = ax or style.new_axes()
    drop = result.drop_off.set_index("touchpoint")
    drop = drop[drop.index.isin(drop["reached"].nlargest(ROWS).index)]
    names, steps = [*drop.index, "ended before"], list(result.steps.columns[:STEPS])
    share = result.steps.loc[[*drop.index, END], steps].to_numpy(float)
    style.tidy(ax, grid="")
    size = style.name_rows(ax, names, ax)
    edges = np.arange(len(steps) + 1) + 0.5
    for first, end, colour in ((0, len(drop), BLUE), (len(drop), len(names), GREY)):
        shades = LinearSegmentedColormap.from_list("share", ["#FFFFFF", colour])
        ax.pcolormesh(edges, np.arange(first, end + 1) - 0.5, share[first:end], cmap=shades, vmin=0, vmax=1,
                      edgecolors="white")  # fmt: skip
    ax.set(ylim=(len(names) - 0.5, -0.5), xticks=range(1, len(steps) + 1))
    for (y, x), value in np.ndenumerate(share):
        if value >= 0.005:
            # Inside the Axes anyway, and costly to measure.
            ax.text(x + 1, y, number(100 * value, 0), ha="center", va="center", fontsize=size,
                    color="white" if value > 0.75 else INK, in_layout=False)  # fmt: skip
    _drop_off_panel(ax, result, drop)
    title = str(result).split("; ")[0].split(": ")[0]
    shown = f"first {len(steps)} of {len(result.steps.columns)} steps"
    met = f"{len(drop)} of {len(result.drop_off)} touchpoints"
    about = f"n = {count(result.log.n)} journeys: {shown}, {met}; drop-off with 95 % intervals"
    style.finish(ax, title, about, x="Step of the journey; cells: % of all journeys that are there")
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


def _drop_off_panel(ax: Axes, result: Paths, drop: pd.DataFrame) -> None:
    """Where journeys end, beside the step matrix."""
    right = ax.figure.dpi_scale_trans + ScaledTranslation(1, 0, ax.transAxes)  # type: ignore[arg-type]
    side = ax.inset_axes((0.25, 0, 1.7, 1), transform=blended_transform_factory(right, ax.transAxes))  # inches across
    side.set_title("Drop-off", loc="left", fontsize=TEXT, color=INK, pad=4)
    style.tidy(side)
    shares = 100 * drop[["share", "low", "high"]].to_numpy(float)
    looks = [(ORANGE, "D") if value > 0 else (GREY, "o") for value in shares[:, 0]]
    style.draw_dots(side, [Dot(v, low, high, *look) for (v, low, high), look in zip(shares, looks, strict=True)])
    side.set(xlim=(0, None), ylim=ax.get_ylim())
    what = f"end there without {result.log.outcome}" if result.log.outcome else "end there"
    side.set_xlabel(style.wrap(f"% of those that reach it that {what}", 34), fontsize=SMALL, color=DARK)
