"""Charts of time and place: impact, monitor, paths, and the touchpoint map.

Each draws on an Axes and returns it. Nothing is computed here. Charts that rank touchpoints or initiatives are in
:mod:`cxlens.show.charts`, from where these can be had as well.
"""

from __future__ import annotations

import textwrap
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle
from matplotlib.ticker import PercentFormatter

from cxlens.analysis.baseline import Baseline
from cxlens.analysis.impact import Impact
from cxlens.analysis.monitor import Metric, Monitor, find_metric, wave_words
from cxlens.analysis.paths import Paths
from cxlens.errors import OptionError, listing
from cxlens.model.journeys import END
from cxlens.model.survey import Survey
from cxlens.model.text import count, number, percent
from cxlens.model.touchpoints import Touchpoint, TouchpointMap
from cxlens.show import _style as style
from cxlens.show._style import BLUE, DARK, GREY, INK, LIGHT, ORANGE, PALE, SMALL, TEXT, Dot

CLEAR = 0.05  # q-value below which a step is marked
STEPS = 12  # steps of a journey that fit beside one another
ROWS = 40  # touchpoints of a journey log that are shown
LANE_WIDTH = 6.4  # inches a map of the usual width leaves for its stages
NEEDS = "needs met nowhere"
WITHOUT = "no channel"


def standing(row: dict[Any, Any], level: float) -> tuple[str, str, bool, str]:
    """Colour, marker, filled, and words of a score against its standard; grey and no words without one."""
    if pd.isna(row.get("mean")) or pd.isna(row.get("standard")):
        return GREY, "o", True, ""
    target = percent(row["standard"]) + " top box" if row["metric"] == "top_box" else f"{row['standard']:g}"
    if row["p_below"] >= level:
        return ORANGE, "D", True, f"below {target}"
    if row["gap"] >= 0:
        return BLUE, "o", True, f"meets {target}"
    return BLUE, "o", False, f"about {target}"


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
    if ax is None:
        ax = style.new_axes(impact_height(result))
    metric = find_metric(result.survey, result.metric)
    sign = f"{metric.steps(result.estimate, sign=True)} [{metric.steps(result.low)}, {metric.steps(result.high)}]"
    cells = result.cells.set_index(["group", "period"])
    style.tidy(ax, grid="y")
    looks = {"all": (BLUE, "o", 0.0), "treated": (BLUE, "o", -0.02), "control": (GREY, "s", 0.02)}
    words = {"all": "change", "treated": "effect", "control": ""}
    labels = []
    for group in dict.fromkeys(result.cells["group"]):
        colour, marker, shift = looks[group]
        before, after = cells.loc[(group, "before")], cells.loc[(group, "after")]
        ax.plot([shift, 1 + shift], [before["mean"], after["mean"]], color=colour, linewidth=1.6)
        for x, cell in ((shift, before), (1 + shift, after)):
            ax.plot([x, x], [cell["low"], cell["high"]], color=colour, linewidth=1.6)
            ax.plot([x], [cell["mean"]], marker, color=colour, markersize=7)
        name = {"all": "", "control": "the others: "}.get(group, f"{result.treated.name}: " if result.treated else "")
        finding = f"\n{words[group]} {sign}" if words[group] else ""
        labels.append((after["mean"], f"{name}{metric.words(after['mean'])}{finding}", colour))
        if group == "treated":
            # Where the regression puts the treated without the effect: its own after, less the estimate.
            without = after["mean"] - result.estimate
            ax.plot([shift, 1 + shift], [before["mean"], without], color=BLUE, linewidth=1.2, linestyle="--")
            ax.plot([1 + shift], [without], "o", color=BLUE, markerfacecolor="white", markersize=7)
            labels.append((without, "had it changed like the others", BLUE))
    ax.axvline(0.5, color=GREY, linewidth=0.9, linestyle=":")
    ax.annotate("the change", (0.5, 0.02), (4, 0), xycoords="axes fraction", textcoords="offset points",
                fontsize=SMALL, color=GREY)  # fmt: skip
    when = result.cells.drop_duplicates("period").set_index("period")["waves"]
    ax.set_xticks([0, 1], [f"{period}: {style.wrap(when[period], 30)}" for period in ("before", "after")])
    ax.set_xlim(-0.25, 1.25)
    ax.margins(y=0.15)
    _value_axis(ax, metric)
    title = str(result).split(". Before and after")[0].split(". Difference in")[0]
    caution = "Before and after only" if result.treated is None else "Assumes parallel trends"
    about = f"{metric.label}, n = {count(result.cells['n'].sum())}, intervals {percent(result.level)}. {caution}."
    style.finish(ax, title, about, x=f"Period ({result.survey.time})", y=_value_words(metric, result.survey))
    style.label_ends(ax, 1.02, labels)
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
    if ax is None:
        ax = style.new_axes(monitor_height(result))
    metric = find_metric(result.survey, result.metric)
    title = str(result).rsplit(" n = ", 1)[0].split("; ")[0].rstrip(".")
    about = f"{metric.label} by {result.survey.time}, n = {count(result.table['n'].sum())}, intervals"
    about = f"{about} {percent(result.level)}. Marked: steps with q < {CLEAR}."
    if result.by is None:
        _series(ax, result.table, metric)
        ax.margins(y=0.2)
        _value_axis(ax, metric)
        style.finish(ax, title, about, x=f"Wave ({result.survey.time})", y=_value_words(metric, result.survey))
        return ax
    parts = {str(name): own for name, own in result.table.groupby("segment", sort=False)}
    shown, more = style.shown_panels(list(parts))
    across = min(len(shown), 3)
    panels, titles = style.add_panels(ax, [f"{result.by}: {name}" for name in shown], across)
    low, high = result.table[["low", "value"]].min().min(), result.table[["high", "value"]].max().max()
    room = 0.15 * (high - low or 1)
    for k, (panel, name) in enumerate(zip(panels, shown, strict=True)):
        _series(panel, parts[name], metric)
        panel.set_ylim(low - room, high + room)
        if k % across:
            panel.tick_params(labelleft=False)
        else:
            _value_axis(panel, metric)
    ax.yaxis.labelpad = 30
    above = style.fit_panels(ax, titles, across)
    about = about.replace(f" by {result.survey.time}", f" by {result.by}{more}")
    x, y = f"Wave ({result.survey.time})", _value_words(metric, result.survey)
    style.finish(ax, title, about, x=x, y=y, gap=above, pad=18)
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
    if ax is None:
        ax = style.new_axes(paths_height(result))
    drop = result.drop_off.set_index("touchpoint")
    kept = drop["reached"].nlargest(ROWS).index
    names = [name for name in drop.index if name in kept]
    steps = list(result.steps.columns[:STEPS])
    share = result.steps.loc[[*names, END], steps].to_numpy(float)
    colours = LinearSegmentedColormap.from_list("share", ["#FFFFFF", BLUE])
    greys = LinearSegmentedColormap.from_list("ended", ["#FFFFFF", GREY])
    edges = np.arange(len(steps) + 1) + 0.5
    ax.pcolormesh(edges, np.arange(len(names) + 1) - 0.5, share[:-1], cmap=colours, vmin=0, vmax=1, edgecolors="white")
    last = np.array([len(names) - 0.5, len(names) + 0.5])
    ax.pcolormesh(edges, last, share[-1:], cmap=greys, vmin=0, vmax=1, edgecolors="white")
    ax.set_ylim(len(names) + 0.5, -0.5)
    style.tidy(ax)
    ax.grid(visible=False)
    ax.set_xticks(range(1, len(steps) + 1), [str(step) for step in steps])
    style.name_rows(ax, [*names, "ended before"])
    cells = [
        ax.text(x + 1, y, number(100 * value, 0), ha="center", va="center", fontsize=SMALL,
                color="white" if value > 0.75 else INK)
        for (y, x), value in np.ndenumerate(share)
        if value >= 0.005
    ]  # fmt: skip
    for cell in cells:
        cell.set_in_layout(False)  # inside the Axes anyway, and costly to measure
    _drop_off_panel(ax, result, drop.loc[names])
    left = len(drop) - len(names)
    more = f", {left} rarer touchpoints not shown" if left else ""
    cut = f", first {len(steps)} of {len(result.steps.columns)} steps" if len(steps) < len(result.steps.columns) else ""
    title = str(result).split("; ")[0].split(": ")[0]
    about = f"n = {count(result.log.n)} journeys{cut}{more}; drop-off with 95 % intervals"
    style.finish(ax, title, about, x="Step of the journey; cells: % of all journeys that are there", gap=20)
    style.fit_rows(ax, len(names) + 1, cells)
    return ax


def map_chart(result: TouchpointMap, ax: Axes | None = None, performance: Baseline | None = None) -> Axes:
    """Draw the touchpoint map: stages across, channels down, each touchpoint a labelled dot.

    Parameters
    ----------
    result
        The map.
    ax
        The Axes to draw on; a new one without it.
    performance
        How the touchpoints score, from :func:`cxlens.baseline` without ``by``: dots are marked by it.

    Returns
    -------
    Axes
        The Axes drawn on. The area of a dot is the volume. Stages without a touchpoint are hatched, needs met
        nowhere have a lane of their own.

    Raises
    ------
    OptionError
        When ``performance`` is by segment.
    """
    if performance is not None and performance.by is not None:
        raise OptionError(
            f"performance is by {performance.by!r}, and a map shows one figure a touchpoint. "
            "Give cx.baseline(survey, touchpoint_map) without by=."
        )
    if ax is None:
        ax = style.new_axes(map_height(result))
    stages = result.lifecycle.names
    ax.set_xlim(-0.5, len(stages) - 0.5)
    style.tidy(ax)
    ax.grid(visible=False)
    short = ["\n".join(textwrap.wrap(stage, max(100 // len(stages), 8), break_long_words=False)) for stage in stages]
    ax.set_xticks(range(len(stages)), short, fontsize=TEXT, color=INK)
    ax.xaxis.tick_top()
    lanes = _lanes(result)
    ax.set_yticks(range(len(lanes)), [style.wrap(lane, 14) for lane in lanes], fontsize=TEXT, color=INK)
    _map_words(ax, result, performance, max(text.count("\n") + 1 for text in short))
    column = style.points(ax, style.settle(ax).width) / len(stages)
    widest = max(style.points(ax, text.get_window_extent().width) for text in ax.get_xticklabels())
    ax.tick_params(axis="x", labelsize=min(TEXT, TEXT * 0.96 * column / widest))
    scores: dict[Any, Any] = {} if performance is None else performance.table.set_index("touchpoint").to_dict("index")
    blocks = _blocks(result, column, scores)
    tops = np.cumsum([0.0, *(_lane_lines(blocks, lane, stages) for lane in lanes)])
    ax.set_ylim(tops[-1], 0)
    middles = [(top + bottom) / 2 for top, bottom in pairwise(tops)]
    ax.set_yticks(middles, [style.wrap(lane, 14) for lane in lanes])
    for top in tops[1:-1]:
        ax.axhline(top, color=LIGHT, linewidth=0.8)
    for k in range(1, len(stages)):
        ax.axvline(k - 0.5, color=PALE, linewidth=0.8)
    _bare_stages(ax, result, tops[-2] if lanes[-1] == NEEDS else tops[-1])
    size = min(SMALL, style.points(ax, style.settle(ax).height) / tops[-1] / LINE_ROOM)
    largest = max([touchpoint.volume or 0 for touchpoint in result])
    level = performance.level if performance else 0.95
    for (lane, stage), block in blocks.items():
        y = tops[lanes.index(lane)] + 0.4
        for touchpoint, text in block:
            look = _map_look(touchpoint, scores, level)
            area = 10 + 60 * (touchpoint.volume or 0) / largest if largest and touchpoint else 22
            _place(ax, stages.index(stage) - 0.5, y, text, look, area, size)
            y += text.count("\n") + 1.5
    return ax


LINE_ROOM = 1.2  # height of a unit of the map, a line of text, in sizes of its font


def impact_height(_: Impact) -> float:
    """Inches an impact chart needs."""
    return 4.6


def monitor_height(result: Monitor) -> float:
    """Inches a monitor chart needs."""
    return 4.2 if result.by is None or result.table["segment"].nunique() <= 3 else 6.0


def paths_height(result: Paths) -> float:
    """Inches a paths chart needs."""
    names = result.drop_off["touchpoint"]
    return style.row_height(names, min(len(names), ROWS) + 1)


def map_height(result: TouchpointMap) -> float:
    """Inches a map needs."""
    stages = result.lifecycle.names
    blocks = _blocks(result, LANE_WIDTH * 72 / len(stages), {touchpoint.name: {} for touchpoint in result})
    lines = sum(_lane_lines(blocks, lane, stages) for lane in _lanes(result))
    return float(1.7 + lines * SMALL * LINE_ROOM / 72)


def _value_words(metric: Metric, survey: Survey) -> str:
    if metric.kind == "nps":
        return f"{metric.name}, NPS points (-100 to 100)"
    if metric.kind == "binary":
        return f"{metric.name}, % of answers"
    scale = survey.scale if metric.kind == "touchpoint" else survey.outcome_scales.get(metric.name)
    return f"{metric.label}, mean score" + (f" ({scale.low:g} to {scale.high:g})" if scale else "")


def _value_axis(ax: Axes, metric: Metric) -> None:
    """Shares read as per cent."""
    if metric.kind == "binary":
        ax.yaxis.set_major_formatter(PercentFormatter(1))


def _series(ax: Axes, table: pd.DataFrame, metric: Metric) -> None:
    """A series with intervals; first and last value and clear steps in words, blank waves marked."""
    rows = table.to_dict("records")
    style.tidy(ax, grid="y")
    shown = [k for k, row in enumerate(rows) if not pd.isna(row["value"])]
    ax.plot(shown, [rows[k]["value"] for k in shown], color=LIGHT, linewidth=1.4)
    for k, row in enumerate(rows):
        if k not in shown:
            ax.annotate("n < 5", (k, 0.02), xycoords=ax.get_xaxis_transform(), ha="center", fontsize=SMALL, color=GREY)
            continue
        clear = row["q_value"] < CLEAR
        colour = ORANGE if clear and row["change"] < 0 else BLUE
        marker = "o" if not clear else "^" if row["change"] > 0 else "v"
        ax.plot([k, k], [row["low"], row["high"]], color=colour, linewidth=1.6)
        ax.plot([k], [row["value"]], marker, color=colour, markersize=7 if clear else 5)
        words = metric.words(row["value"]) if k in (shown[0], shown[-1]) else ""
        words += f"\n({metric.steps(row['change'], sign=True)})" if clear else ""
        top = row["value"] if pd.isna(row["high"]) else row["high"]
        ax.annotate(words.strip(), (k, top), (0, 3), textcoords="offset points", ha="center", va="bottom",
                    fontsize=SMALL, color=colour)  # fmt: skip
    names = [wave_words(row["wave"]) for row in rows]
    every = -(-len(names) // 8)
    ax.set_xticks(range(0, len(names), every), [style.wrap(name, 10) for name in names[::every]])
    ax.set_xlim(-0.5, len(names) - 0.5)


def _drop_off_panel(ax: Axes, result: Paths, drop: pd.DataFrame) -> None:
    """Where journeys end, beside the step matrix."""
    rows = drop.to_dict("records")
    side = ax.inset_axes((1.05, 0, 0.42, 1))
    style.tidy(side)
    style.draw_dots(side, [Dot(100 * row["share"], 100 * row["low"], 100 * row["high"], ORANGE, "D") for row in rows])
    side.set_ylim(ax.get_ylim())
    side.set_yticks([])
    side.set_xlim(left=0)
    side.locator_params(axis="x", nbins=5)
    what = f"end there without {result.log.outcome}" if result.log.outcome else "end there"
    side.set_xlabel(style.wrap(f"% of those that reach it that {what}", 34), fontsize=SMALL, color=DARK)
    side.set_title("Drop-off", loc="left", fontsize=TEXT, color=INK, pad=4)


def _lanes(result: TouchpointMap) -> list[str]:
    lanes = list(dict.fromkeys(touchpoint.channel or WITHOUT for touchpoint in result))
    return [*lanes, NEEDS] if (result.gaps()["gap"] == "need").any() else lanes


Block = list[tuple[Touchpoint | None, str]]


def _blocks(result: TouchpointMap, column: float, scores: dict[Any, Any]) -> dict[tuple[str, str], Block]:
    """What stands in each cell, lane and stage, wrapped to the width of a column in points."""
    width = max(int((column - 16) / (SMALL * 0.56)), 6)
    blocks: dict[tuple[str, str], Block] = {}
    for touchpoint in result:
        mean = scores.get(touchpoint.name, {}).get("mean", np.nan)
        words = f"{touchpoint.name} {number(mean, 1)}" if not pd.isna(mean) else touchpoint.name
        key = (touchpoint.channel or WITHOUT, touchpoint.stage)
        blocks.setdefault(key, []).append((touchpoint, "\n".join(textwrap.wrap(words, width))))
    for gap in result.gaps().itertuples():
        if gap.gap == "need":
            blocks.setdefault((NEEDS, str(gap.stage)), []).append(
                (None, "\n".join(textwrap.wrap(str(gap.need), width)))
            )
    return blocks


def _lane_lines(blocks: dict[tuple[str, str], Block], lane: str, stages: tuple[str, ...]) -> float:
    """Height of a lane in lines of text: that of its fullest cell."""
    cells = [blocks.get((lane, stage), []) for stage in stages]
    return max(2.0, *(sum(text.count("\n") + 1.5 for _, text in cell) + 0.5 for cell in cells))


def _map_look(touchpoint: Touchpoint | None, scores: dict[Any, Any], level: float) -> tuple[str, str, bool]:
    if touchpoint is None:
        return ORANGE, "X", True
    return standing(scores.get(touchpoint.name, {}), level)[:3]


def _place(ax: Axes, left: float, y: float, text: str, look: tuple[str, str, bool], area: float, size: float) -> None:
    """A dot with its label to the right, the first line beside the dot."""
    colour, marker, filled = look
    face = colour if filled else "white"
    column = style.points(ax, ax.get_window_extent().width) / (ax.get_xlim()[1] - ax.get_xlim()[0])
    ax.scatter([left + 8 / column], [y + 0.5], s=area, marker=marker, facecolor=face, edgecolor=colour, zorder=3)
    ax.annotate(text, (left, y), (15, 0), textcoords="offset points", va="top", fontsize=size, color=INK,
                linespacing=LINE_ROOM * 0.98)  # fmt: skip


def _bare_stages(ax: Axes, result: TouchpointMap, bottom: float) -> None:
    gaps = result.gaps()
    for stage in gaps.loc[gaps["gap"] == "stage", "stage"]:
        k = result.lifecycle.names.index(stage)
        ax.add_patch(Rectangle((k - 0.5, 0), 1, bottom, facecolor="none", edgecolor=LIGHT, hatch="///", linewidth=0))
        ax.annotate("no touchpoint", (k, 0.4), ha="center", va="top", fontsize=SMALL, color=ORANGE, fontweight="bold",
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1})  # fmt: skip


def _map_words(ax: Axes, result: TouchpointMap, performance: Baseline | None, lines: int) -> None:
    """Heading and key; set first, since they decide how much room is left for the grid."""
    title, said = str(result).rstrip("."), f"n = {len(result)} touchpoints"
    key = ["✖ need that no touchpoint of its stage serves"] if NEEDS in _lanes(result) else []
    if performance is not None:
        rows = performance.table.to_dict("records")
        below = [row["touchpoint"] for row in rows if standing(row, performance.level)[1] == "D"]
        if below:
            title, said = f"Clearly below their standard: {listing(below, 4)}", title
        survey = performance.survey
        scale = f" ({survey.scale.low:g} to {survey.scale.high:g})" if survey.scale else ""
        said += f". Figure: mean score{scale}, n = {count(survey.n)}, intervals {percent(performance.level)}"
        key = ["◆ clearly below its standard", "● blue: meets it", "○ about there", "● grey: no standard", *key]
    if any(touchpoint.volume for touchpoint in result):
        said += ". Area of a dot: contacts a year"
    x = "; ".join(key) or "Stage of the lifecycle"
    style.finish(ax, title, said, x=x, y="Channel", gap=lines * TEXT * style.LINE + 10)
