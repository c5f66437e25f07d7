"""Charts of the touchpoints themselves: scorecard, drivers, forecast, quick wins; and pictures for every result.

Each chart draws on an Axes and returns it. Nothing is computed here: figures come from the results. Charts of
time, journeys and the map are in :mod:`cxlens.show.journey_charts` and can be had from here too.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from cxlens.analysis.baseline import Baseline
from cxlens.analysis.drivers import Drivers
from cxlens.analysis.impact import Impact
from cxlens.analysis.improve import QuickWins
from cxlens.analysis.monitor import Monitor, wave_words
from cxlens.analysis.paths import Paths
from cxlens.analysis.what_if import TOGETHER, WhatIf
from cxlens.errors import OptionError
from cxlens.model.text import count, interval, number, percent, signed
from cxlens.model.touchpoints import TouchpointMap
from cxlens.show import _style as style
from cxlens.show._style import BLUE, DARK, GREY, INK, ORANGE, TEXT, Dot
from cxlens.show.journey_charts import (
    impact_chart,
    impact_height,
    map_chart,
    map_height,
    monitor_chart,
    monitor_height,
    paths_chart,
    paths_height,
    standing,
)

__all__ = [
    "alt_text",
    "baseline_chart",
    "drivers_chart",
    "impact_chart",
    "map_chart",
    "monitor_chart",
    "paths_chart",
    "picture",
    "quick_wins_chart",
    "what_if_chart",
]

CLEAR = 0.05  # q-value below which a coefficient is told apart from zero
LABELS = 14  # initiatives that are named in the chart; the likeliest quick wins first
UNCLEAR, OPPOSITE = "not distinguishable from zero", "higher score, lower outcome"


def baseline_chart(result: Baseline, ax: Axes | None = None) -> Axes:
    """Draw the scorecard: a dot and interval for each touchpoint, the lowest on top.

    Parameters
    ----------
    result
        From :func:`cxlens.baseline`. With ``by``: a panel for each of the first six segments, in the same order.
    ax
        The Axes to draw on; names and columns of text stand left and right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. A small upright line is the standard; an orange diamond is clearly below it.
    """
    if ax is None:
        ax = style.new_axes(_baseline_height(result))
    first = result.table if result.by is None else result.table[result.table["segment"] == _segments(result.table)[0]]
    order = first.sort_values("mean", kind="stable", na_position="last")["touchpoint"].tolist()
    scale = result.survey.scale
    unit = f", on a scale of {scale.low:g} to {scale.high:g}" if scale else ""
    words = f"Mean score of those who used it{unit}"
    title, about = _baseline_title(result), _about(result.survey.n, result.level)
    if result.by is None:
        rows = first.set_index("touchpoint").loc[order]
        _scorecard(ax, rows, result.level)
        style.name_rows(ax, order)
        cells = style.add_columns(ax, _scorecard_columns(rows, result.level))
        words += "; upright line: its standard" if rows["standard"].notna().any() else ""
        style.finish(ax, title, f"Mean, {about}", x=words, gap=18)
        style.fit_rows(ax, len(order), cells)
        return ax
    table = result.table.assign(note="")
    parts = {str(name): own.set_index("touchpoint").loc[order] for name, own in table.groupby("segment", sort=False)}
    shown, more = style.shown_panels(list(parts))
    panels, titles = style.add_panels(ax, [f"{result.by}: {name}" for name in shown], len(shown))
    for panel, name in zip(panels, shown, strict=True):
        _scorecard(panel, parts[name], result.level)
    _share_rows(panels, order, (table["low"].min(), table["high"].max()))
    words += ". ◆ clearly below its standard (upright line)" if table["standard"].notna().any() else ""
    words += f". –: fewer than {result.min_n} answers" if table["mean"].isna().any() else ""
    above = style.fit_panels(ax, titles, len(shown))
    style.finish(ax, title, f"Mean by {result.by}{more}, {about}", x=words, gap=above, pad=18)
    style.fit_rows(panels[0], len(order))
    return ax


def drivers_chart(result: Drivers, ax: Axes | None = None) -> Axes:
    """Draw importance with intervals, the most important touchpoint on top.

    Parameters
    ----------
    result
        From :func:`cxlens.drivers`. With ``by``: a panel for each of the first six segments, all in the order of
        the first, the leader of each in blue.
    ax
        The Axes to draw on; names and columns of text stand left and right of it. A new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Open and grey: not distinguishable from zero (q of 0.05 or more); triangle: a higher
        score goes with a lower outcome.
    """
    if ax is None:
        ax = style.new_axes(_drivers_height(result))
    order = result.of(result.segments[0])["touchpoint"].tolist()
    words = f"Importance: points of the differences in {result.outcome} (100 × R²) that a touchpoint explains"
    about = _about(result.n, result.level if result.n_boot else None)
    if result.by is None:
        rows = result.table.set_index("touchpoint").loc[order]
        dots = [_driver_dot(row, BLUE) for row in rows.to_dict("records")]
        style.tidy(ax)
        style.draw_dots(ax, dots)
        ax.set_xlim(left=0)
        style.name_rows(ax, order)
        cells = style.add_columns(ax, {"n": [count(n) for n in rows["n"]], "": [_reading(dot) for dot in dots]})
        subtitle = f"LMG importance, {about}. Association, not yet effect."
        style.finish(ax, _drivers_title(result), subtitle, x=words, gap=18)
        style.fit_rows(ax, len(order), cells)
        return ax
    shown, more = style.shown_panels(result.segments)
    sizes = dict(zip(result.fit["segment"], result.fit["n"], strict=True))
    panels, titles = style.add_panels(ax, [f"{name} (n = {count(sizes[name])})" for name in shown], len(shown))
    for panel, name in zip(panels, shown, strict=True):
        own = result.of(name).set_index("touchpoint").reindex(order)
        leader = result.of(name)["touchpoint"].iloc[0]
        style.tidy(panel)
        rows_here = zip(order, own.to_dict("records"), strict=True)
        style.draw_dots(panel, [_driver_dot(row, BLUE if who == leader else DARK) for who, row in rows_here])
    far = result.table[["importance", "importance_high"]].max().max()
    _share_rows(panels, order, (0, 100 * far))
    words += f". Blue: first of its segment; open: {UNCLEAR}; triangle: {OPPOSITE}"
    above = style.fit_panels(ax, titles, len(shown))
    subtitle = f"LMG importance by {result.by}{more}, {about}. Association, not yet effect."
    style.finish(ax, _drivers_title(result), subtitle, x=words, gap=above, pad=18)
    style.fit_rows(panels[0], len(order))
    return ax


def what_if_chart(result: WhatIf, ax: Axes | None = None) -> Axes:
    """Draw the change of the outcome by touchpoint, and of all together, with intervals.

    Parameters
    ----------
    result
        From :func:`cxlens.what_if`. Segments follow one another.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. A blue dot: the interval does not hold zero; grey and open: it does.
    """
    if ax is None:
        ax = style.new_axes(_what_if_height(result))
    drivers, rows = result.drivers, result.table.to_dict("records")
    style.tidy(ax)
    ax.axvline(0, color=GREY, linewidth=0.8)
    dots = []
    for row in rows:
        unclear = row["low"] <= 0 <= row["high"]
        colour = GREY if unclear else BLUE if row["change"] >= 0 else ORANGE
        marker = "D" if row["touchpoint"] == TOGETHER else "o"
        dots.append(Dot(row["change"], row["low"], row["high"], colour, marker, not unclear, "no figure"))
    style.draw_dots(ax, dots)
    style.name_rows(ax, _what_if_names(result))
    changes = ["–" if pd.isna(row["change"]) else signed(row["change"], 1) for row in rows]
    raised = ["" if pd.isna(row["raised_by"]) else signed(row["raised_by"], 1) for row in rows]
    cells = style.add_columns(ax, {"score": raised, "change": changes})
    words = f"Forecast change of {drivers.outcome}, {drivers.unit}; diamond: {TOGETHER}; open: may be zero"
    title = str(result).split(". An association")[0]
    about = _about(drivers.n, drivers.level if drivers.n_boot else None)
    style.finish(ax, title, f"Forecast, {about}. Association, not yet effect.", x=words, gap=18)
    style.fit_rows(ax, len(rows), cells)
    return ax


def quick_wins_chart(result: QuickWins, ax: Axes | None = None) -> Axes:
    """Draw effort across and benefit up, each initiative with the box that holds 80 % of its draws.

    Parameters
    ----------
    result
        From :func:`cxlens.quick_wins`. The fourteen likeliest quick wins are named, with their probability.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Effort and benefit are drawn apart from each other, so a box between the 5.3 % and
        94.7 % quantiles of each holds 80 % of both.
    """
    if ax is None:
        ax = style.new_axes(_quick_wins_height(result))
    inner = (1 - np.sqrt(0.8)) / 2
    ends = [np.quantile(draws, [inner, 1 - inner], axis=0) for draws in (result.efforts, result.benefits)]
    boxes = {name: (*ends[0][:, k], *ends[1][:, k]) for k, name in enumerate(result.initiatives["name"])}
    rows: list[Any] = list(result.table.itertuples())
    style.tidy(ax, grid="y")
    for row in rows:
        left, right, bottom, top = boxes[row.initiative]
        colour = BLUE if row.quadrant == "quick win" else GREY
        size = (right - left, top - bottom)
        ax.add_patch(Rectangle((left, bottom), *size, facecolor=colour, edgecolor=colour, linewidth=0.7, alpha=0.13))
        ax.plot([row.effort], [row.benefit], "o" if row.quadrant == "quick win" else "s", color=colour, markersize=6)
    ax.axvline(result.effort_cut, color=DARK, linewidth=0.9, linestyle="--")
    ax.axhline(result.benefit_cut, color=DARK, linewidth=0.9, linestyle="--")
    ax.margins(0.08, 0.14)
    ax.autoscale_view()
    best = rows[0]
    more = f"; the first {LABELS} are named" if len(rows) > LABELS else ""
    about = f"Dot: median forecast at the likely effort; box: 80 % of draws{more}. {_about(result.drivers.n, None)}."
    of = f"{result.drivers.outcome}, {result.drivers.unit}"
    style.finish(
        ax,
        f'"{best.initiative}" is a quick win with probability {number(best.p_quick_win)}',
        f"{about} Association, not yet effect.",
        x=f"Effort, {result.effort_unit} (easy: up to {number(result.effort_cut, 1)})",
        y=f"Benefit: change of {of} (big: {signed(result.benefit_cut, 1)} or more)",
    )
    corners = [
        ax.annotate(text, (x, y), xycoords="axes fraction", ha="left" if x < 0.5 else "right",
                    va="bottom" if y < 0.5 else "top", fontsize=TEXT, color=BLUE if k == 0 else GREY, fontweight="bold",
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})
        for k, (text, x, y) in enumerate([("Quick wins: easy and big", 0.01, 0.985), ("Big projects", 0.99, 0.985),
                                          ("Fill-ins: easy and small", 0.01, 0.015), ("Leave", 0.99, 0.015)])
    ]  # fmt: skip
    named = rows[:LABELS]
    words = [f"{style.wrap(row.initiative, 28)}, {number(row.p_quick_win)}" for row in named]
    missing = style.repel(ax, [(row.effort, row.benefit) for row in rows], words, corners)
    if missing:
        ax.set_xlabel(f"{ax.get_xlabel()}; no room for {missing} of the names")
    return ax


def alt_text(result: Any) -> str:
    """Alternative text of the picture of a result: what kind of chart, the finding, the first rows.

    Parameters
    ----------
    result
        Any result of an analysis, or a touchpoint map.

    Returns
    -------
    str
        Plain text on one line.

    Raises
    ------
    OptionError
        When there is no chart of such a thing.
    """
    kind = _kind(result)
    lines: dict[str, Callable[[Any], list[str]]] = {
        "Baseline": _baseline_lines,
        "Drivers": _drivers_lines,
        "WhatIf": lambda r: [f"{row['touchpoint']} {_span(row, 'change')}" for row in _rows(r.table)],
        "QuickWins": lambda r: [f"{row['initiative']} {number(row['p_quick_win'])}" for row in _rows(r.table)],
        "Impact": lambda r: [f"{row['quantity']} {_span(row, 'estimate')}" for row in _rows(r.table)],
        "Monitor": _monitor_lines,
        "Paths": lambda r: [f"{row['path']} {percent(row['share'])}" for row in _rows(r.variants)],
        "TouchpointMap": _map_lines,
    }
    rows = lines[type(result).__name__](result)
    return " ".join(f"{kind}. {result} {'; '.join(rows)}.".split())


def picture(result: Any, *, width: float = style.WIDTH, performance: Baseline | None = None) -> tuple[bytes, str]:
    """Draw a result as a PNG image, without pyplot, for widgets and reports.

    Parameters
    ----------
    result
        Any result of an analysis, or a touchpoint map.
    width
        Inches, at 110 dots an inch. The height follows from what there is to draw.
    performance
        For a touchpoint map: how each touchpoint scores.

    Returns
    -------
    tuple of bytes and str
        The image, and its alternative text.

    Raises
    ------
    OptionError
        When there is no chart of such a thing.
    """
    text = alt_text(result)
    chart, height, _ = _CHARTS[type(result)]
    figure = Figure(figsize=(width, height(result)), dpi=110, layout="constrained")
    FigureCanvasAgg(figure)
    ax = figure.subplots()
    if isinstance(result, TouchpointMap):
        map_chart(result, ax, performance)
    else:
        chart(result, ax)
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=110)
    return out.getvalue(), text


def _kind(result: Any) -> str:
    if type(result) not in _CHARTS:
        known = ", ".join(kind.__name__ for kind in _CHARTS)
        raise OptionError(f"there is no chart of a {type(result).__name__!r}. Charts are drawn of: {known}.")
    return _CHARTS[type(result)][2]


def _segments(table: pd.DataFrame) -> list[Any]:
    return list(dict.fromkeys(table["segment"]))


def _about(n: int, level: float | None) -> str:
    """``n = 2,746, intervals 95 %``: the end of a subtitle."""
    return f"n = {count(n)}" + (f", intervals {percent(level)}" if level else "")


def _scorecard(ax: Axes, rows: pd.DataFrame, level: float) -> None:
    """Dots of a scorecard, each with its standard where that is a mean."""
    style.tidy(ax)
    found = rows.to_dict("records")
    dots = []
    for row in found:
        colour, marker, filled, _ = standing(row, level)
        dots.append(Dot(row["mean"], row["low"], row["high"], colour, marker, filled, row["note"]))
    style.draw_dots(ax, dots)
    for y, row in enumerate(found):
        if row["metric"] == "mean" and not pd.isna(row["mean"]):
            ax.plot([row["standard"]] * 2, [y - 0.3, y + 0.3], color=INK, linewidth=1.4)


def _scorecard_columns(rows: pd.DataFrame, level: float) -> dict[str, list[str]]:
    found = rows.to_dict("records")
    columns = {
        "used by": ["" if pd.isna(row["reach"]) else percent(row["reach"]) for row in found],
        "n": ["" if pd.isna(row["n"]) else count(row["n"]) for row in found],
    }
    if rows["standard"].isna().all():
        return columns
    return {"standard": [standing(row, level)[3] for row in found], **columns}


def _share_rows(panels: Sequence[Axes], order: Sequence[str], ends: tuple[float, float]) -> None:
    """The same rows and the same scale in every panel, names beside the first only."""
    room = 0.05 * (ends[1] - ends[0] or 1)
    for k, panel in enumerate(panels):
        panel.set_xlim(ends[0] - room * (ends[0] != 0), ends[1] + room)
        panel.xaxis.set_major_locator(MaxNLocator(nbins=3 if len(panels) > 3 else 6, prune="upper"))
        if k:
            panel.set_yticks([])
            panel.set_ylim(panels[0].get_ylim())
        else:
            style.name_rows(panel, order)


def _baseline_title(result: Baseline) -> str:
    shown = result.table.dropna(subset="mean")
    if shown.empty:
        return str(result)
    row = shown.nsmallest(1, "mean").iloc[0].to_dict()
    scale = result.survey.scale
    where = f" in {result.by} {row['segment']}" if result.by else ""
    of = f" of {scale.high:g}" if scale else ""
    word = standing(row, result.level)[3]
    standard = f", {word.split()[0]} the standard{word[word.index(' ') :]}" if word else ""
    return f"Rated lowest: {row['touchpoint']}{where}, {number(row['mean'])}{of}{standard}"


def _drivers_title(result: Drivers) -> str:
    """The first clause of what the result says of itself: leaders of segments are seen in the panels."""
    said = str(result).split("; it ranks first")[0].rsplit(" n = ", 1)[0].rstrip(".")
    return said if result.by is None else f"{said.split('. ')[0].removesuffix(' in every segment')} by {result.by}"


def _driver_dot(row: dict[Any, Any], colour: str) -> Dot:
    clear, down = row["q_value"] < CLEAR, row["coef"] < 0
    shade = ORANGE if clear and down else colour if clear else GREY
    value, low, high = (100 * row[name] for name in ("importance", "importance_low", "importance_high"))
    return Dot(value, low, high, shade, "v" if down else "o", bool(clear), "no figure")


def _reading(dot: Dot) -> str:
    return "" if pd.isna(dot.value) else UNCLEAR if not dot.filled else OPPOSITE if dot.marker == "v" else ""


def _what_if_names(result: WhatIf) -> list[str]:
    return [f"{row['segment']}: {row['touchpoint']}" if "segment" in row else row["touchpoint"]
            for row in result.table.to_dict("records")]  # fmt: skip


def _baseline_height(result: Baseline) -> float:
    return style.row_height(result.table["touchpoint"], result.table["touchpoint"].nunique())


def _drivers_height(result: Drivers) -> float:
    return style.row_height(result.touchpoints, len(result.touchpoints))


def _what_if_height(result: WhatIf) -> float:
    return style.row_height(_what_if_names(result), len(result.table))


def _quick_wins_height(_: QuickWins) -> float:
    return 5.8


def _rows(table: pd.DataFrame, top: int = 5) -> list[dict[Any, Any]]:
    return table.head(top).to_dict("records")


def _span(row: dict[Any, Any], name: str, low: str = "low", high: str = "high") -> str:
    span = "" if pd.isna(row[low]) else f" {interval(row[low], row[high])}"
    return f"{number(row[name])}{span}"


def _baseline_lines(result: Baseline) -> list[str]:
    rows = _rows(result.table.sort_values("mean", kind="stable"))
    return [f"{row['segment'] + ': ' if result.by else ''}{row['touchpoint']} {_span(row, 'mean')}" for row in rows]


def _drivers_lines(result: Drivers) -> list[str]:
    rows = [row for name in result.segments for row in _rows(result.of(name), 5 if result.by is None else 2)]
    return [f"{row['segment'] + ': ' if result.by else ''}{row['touchpoint']} {number(100 * row['importance'], 1)}"
            for row in rows]  # fmt: skip


def _monitor_lines(result: Monitor) -> list[str]:
    rows = _rows(result.table, 12)
    return [
        f"{row['segment'] + ': ' if result.by else ''}{wave_words(row['wave'])} {_span(row, 'value')}" for row in rows
    ]


def _map_lines(result: TouchpointMap) -> list[str]:
    stages = {stage: [t.name for t in result if t.stage == stage] for stage in result.lifecycle.names}
    return [f"{stage}: {', '.join(names) or 'no touchpoint'}" for stage, names in stages.items()]


_CHARTS: dict[type, tuple[style.Chart, Any, str]] = {
    Baseline: (baseline_chart, _baseline_height, "Scorecard of touchpoints"),
    Drivers: (drivers_chart, _drivers_height, "Importance of touchpoints"),
    WhatIf: (what_if_chart, _what_if_height, "Forecast by touchpoint"),
    QuickWins: (quick_wins_chart, _quick_wins_height, "Effort and benefit of initiatives"),
    Impact: (impact_chart, impact_height, "Means before and after a change"),
    Monitor: (monitor_chart, monitor_height, "Series over waves"),
    Paths: (paths_chart, paths_height, "Where journeys are at each step, and where they end"),
    TouchpointMap: (map_chart, map_height, "Map of touchpoints by stage and channel"),
}
