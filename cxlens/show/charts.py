"""Charts of the touchpoints themselves: scorecard and drivers; and pictures for every result.

Each chart draws on an Axes and returns it. Nothing is computed here: figures come from the results. Charts of
time and journeys are in :mod:`cxlens.show.journey_charts`, forecasts and quick wins in
:mod:`cxlens.show.improve_charts`, the road map is in :mod:`cxlens.show.roadmap_chart`, the map in
:mod:`cxlens.show.map_chart`; all can be had from here too.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cxlens.analysis.baseline import Baseline
from cxlens.analysis.drivers import Drivers
from cxlens.analysis.impact import Impact
from cxlens.analysis.improve import QuickWins
from cxlens.analysis.monitor import Monitor, wave_words
from cxlens.analysis.paths import Paths
from cxlens.analysis.plan import SampleSize
from cxlens.analysis.roadmap import Roadmap
from cxlens.analysis.view import View
from cxlens.analysis.what_if import WhatIf
from cxlens.errors import OptionError
from cxlens.model.text import count, interval, number, percent, probability, signed
from cxlens.model.touchpoints import TouchpointMap
from cxlens.show import _style as style
from cxlens.show._style import BLUE, CLEAR, DARK, GREY, ORANGE, Dot
from cxlens.show.improve_charts import quick_wins_chart, what_if_chart
from cxlens.show.journey_charts import impact_chart, monitor_chart, paths_chart
from cxlens.show.map_chart import Sight, map_chart, standing
from cxlens.show.plan_chart import sample_size_chart
from cxlens.show.roadmap_chart import roadmap_chart
from cxlens.show.segment_chart import SegmentTree, segments_chart
from cxlens.show.view_charts import view_chart

__all__ = [
    "Sight", "alt_text", "baseline_chart", "drivers_chart", "impact_chart", "map_chart", "monitor_chart", "paths_chart",
    "picture", "quick_wins_chart", "roadmap_chart", "what_if_chart",
]  # fmt: skip

SPACE = "\N{NO-BREAK SPACE}"  # keeps a symbol with its words
UNCLEAR, OPPOSITE = "coefficient not told from zero", "higher score, lower outcome"


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
    ax = ax or style.new_axes()
    tables, more = style.parts(result.table, result.by)
    order = next(iter(tables.values())).sort_values("mean", kind="stable", na_position="last")[result.per].tolist()
    rows = {name: own.set_index(result.per).loc[order].to_dict("records") for name, own in tables.items()}
    first_rows = next(iter(rows.values()))
    columns = {
        "standard": [standing(row, result.level)[3] for row in first_rows],
        "used by": ["" if pd.isna(row["reach"]) else percent(row["reach"]) for row in first_rows],
        "n": ["" if pd.isna(row["n"]) else count(row["n"]) for row in first_rows],
    }
    dots = {name: [_score_dot(row, result) for row in own] for name, own in rows.items()}
    style.draw_rows(ax, order, dots, columns)
    scale, table = result.survey.scale, result.table
    words = "Mean score of users" + (f" ({scale.low:g} to {scale.high:g})" if scale else "")
    if table["standard"].notna().any():
        words += f". Upright line: standard; ◆{SPACE}clearly below it, ○{SPACE}about there"
    if result.by and table["mean"].isna().any():
        words += f". –: fewer than {result.min_n} answers"
    said = str(result if "wave" not in table else replace(result, table=pd.concat(tables.values())))  # of what is drawn
    title = re.sub(r", n = [\d,]+( \([\d ]+% used it\))?| \(probability [^)]*\)", "", said).removesuffix(".")
    style.finish(ax, title, f"Mean{more}, {style.about(result.survey.n, result.level)}", x=words)
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
        The Axes drawn on. Open and grey: the coefficient is not told from zero (q of 0.05 or more); triangle: a higher
        score goes with a lower outcome.
    """
    ax = ax or style.new_axes()
    tables, more = style.parts(result.table, result.by)
    order = next(iter(tables.values()))["touchpoint"].tolist()
    sizes = dict(zip(result.fit["segment"].astype(str), result.fit["n"], strict=True)) if result.by else {}
    told = result.contrasts[(result.contrasts["what"] == "importance") & (result.contrasts["q_value"] < CLEAR)]
    ways = np.where(told["difference"] > 0, "▲", "▼")
    apart = dict(zip(zip(told["segment"].astype(str), told["touchpoint"], strict=True), ways, strict=True))
    dots = {}
    for name, own in tables.items():
        rows = own.set_index("touchpoint").reindex(order).to_dict("records")
        colours = [BLUE if not name or who == own["touchpoint"].iloc[0] else DARK for who in order]
        flags = [apart.get((name, who), "") for who in order]
        dots[f"{name} (n = {count(sizes[name])})" if name else ""] = list(map(_driver_dot, rows, colours, flags))
    readings = ["" if pd.isna(dot.value) else dot.note for dot in next(iter(dots.values()))]
    columns = {"n": list(map(count, result.table["n"])), "": readings}
    style.draw_rows(ax, order, dots, columns)[0].set_xlim(left=0)
    words = f"Importance: points of the differences in {result.outcome} (100 × R²) that a touchpoint explains"
    words += f". Blue: first of its segment; ○{SPACE}{UNCLEAR}; ▽{SPACE}{OPPOSITE}" if result.by else ""
    words += f"; ▲▼{SPACE}more or less than for all others" if apart else ""
    about = style.about(result.n, result.level if result.n_boot else None)
    title = str(result).split("; it ranks first")[0].rsplit(" n = ", 1)[0].removesuffix(".")
    if result.by:  # leaders of segments are seen in the panels
        title = title.split(". ")[0]
        title += "" if title.endswith("every segment") else f" by {result.by}"
    style.finish(ax, title, f"LMG importance{more}, {about}. Association, not yet effect.", x=words)
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
    if type(result) not in _CHARTS:
        known = ", ".join(kind.__name__ for kind in _CHARTS if kind is not Sight)
        raise OptionError(f"there is no chart of a {type(result).__name__!r}. Charts are drawn of: {known}.")
    _, kind, name, value, form = _CHARTS[type(result)]
    name = result.per if isinstance(result, Baseline) else name
    if isinstance(result, View):
        value = _FIGURES.get(result.kind, value)
        kind, name, value, form = _SIDES.get(result.kind, (kind, name, value, form))
        if result.kind == "consistency" and name not in result.table:
            name, value = "touchpoint", "epsilon2"
    lines = []
    for row in _rows(result).head(5).to_dict("records"):
        low, high = (row.get(f"{value}_{end}", row.get(end, np.nan)) for end in ("low", "high"))
        segment = f"{row['segment']}: " if "segment" in row else ""
        span = "" if pd.isna(low) else f" {interval(low, high)}"
        lines.append(f"{segment}{wave_words(row[name])} {form(row[value])}{span}")
    return " ".join(f"{kind}. {result} {'; '.join(lines)}.".split())


def picture(result: Any, *, width: float = style.WIDTH, form: str = "png") -> tuple[bytes, str]:
    """Draw a result as an image, without pyplot, for widgets, reports and files.

    Parameters
    ----------
    result
        Any result of an analysis, a touchpoint map, or a :class:`cxlens.show.map_chart.Sight` of one.
    width
        Inches, at 110 dots an inch. The height follows from what there is to draw.
    form
        ``"png"``, or ``"svg"``: its words stay text, and what it shows is told in it.

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
    figure = Figure(figsize=(width, style.FLAT), dpi=110)
    FigureCanvasAgg(figure)
    ax = _CHARTS[type(result)][0](result, figure.subplots())
    told = {"Title": ax.get_title(loc="left"), "Description": text}
    out = io.BytesIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "cxlens"}):  # words stay text; the same file each time
        figure.savefig(out, format=form, metadata=told | ({"Date": None} if form == "svg" else {}))
    image = out.getvalue()
    if form == "svg":  # what screen readers read
        words = f"</title>\n <desc>{html.escape(text)}</desc>".encode()
        image = image.replace(b"<svg ", b'<svg role="img" ', 1).replace(b"</title>", words, 1)
    return image, text


def _sight_chart(sight: Sight, ax: Axes | None = None) -> Axes:
    return map_chart(sight.touchpoint_map, ax, sight.performance, sight.importance, sight.lanes)


def _score_dot(row: dict[Any, Any], result: Baseline) -> Dot:
    """The mean, with its standard where that is one of means; panels have no room for notes."""
    standard = row["standard"] if row["metric"] == "mean" else np.nan
    note = row["note"] if result.by is None else ""
    return Dot(row["mean"], row["low"], row["high"], *standing(row, result.level)[:3], note, standard)


def _driver_dot(row: dict[Any, Any], colour: str, flag: str) -> Dot:
    clear, down = row["q_value"] < CLEAR, row["coef"] < 0
    shade = ORANGE if clear and down else colour if clear else GREY
    value, low, high = (100 * row[name] for name in ("importance", "importance_low", "importance_high"))
    note = "no figure" if pd.isna(value) else UNCLEAR if not clear else OPPOSITE if down else ""
    return Dot(value, low, high, shade, "v" if down else "o", bool(clear), note, flag=flag)


def _rows(result: Any) -> pd.DataFrame:
    """The rows that the alternative text of a result starts to tell."""
    if isinstance(result, Sight):
        return _rows(result.touchpoint_map)
    if isinstance(result, TouchpointMap):
        stages = {stage: [t.name for t in result if t.stage == stage] for stage in result.lifecycle.names}
        rows = [(f"{stage}:", ", ".join(names) or "no touchpoint") for stage, names in stages.items()]
        return pd.DataFrame(rows, columns=["stage", "touchpoints"])
    if isinstance(result, Baseline):
        return result.table.sort_values("mean", kind="stable")
    if isinstance(result, SampleSize):
        return result.curve[:: max(len(result.curve) // 5, 1)]
    return result.variants if isinstance(result, Paths) else result.table


# The chart of each kind of result; for its text, what it is, and which columns name a row and tell its figure.
_CHARTS: dict[type, tuple[Callable[..., Axes], str, str, str, Callable[[Any], str]]] = {
    Baseline: (baseline_chart, "Scorecard of touchpoints", "touchpoint", "mean", number),
    Drivers: (drivers_chart, "Importance of touchpoints", "touchpoint", "importance", number),
    WhatIf: (what_if_chart, "Forecast by touchpoint", "touchpoint", "change", number),
    QuickWins: (quick_wins_chart, "Effort and benefit of initiatives", "initiative", "p_quick_win", probability),
    Roadmap: (roadmap_chart, "What runs when, what it brings and costs; starts", "initiative", "start", str),
    Impact: (impact_chart, "Means before and after a change", "quantity", "estimate", number),
    Monitor: (monitor_chart, "Series over waves", "wave", "value", number),
    Paths: (paths_chart, "Where journeys are at each step, and where they end", "path", "share", percent),
    View: (view_chart, "Side of the drivers", "touchpoint", "n", number),
    TouchpointMap: (map_chart, "Map of touchpoints by stage and channel", "stage", "touchpoints", str),
    Sight: (_sight_chart, "Map of touchpoints by stage and lane", "stage", "touchpoints", str),
    SampleSize: (sample_size_chart, "What more answers bring", "n", "value", number),
    SegmentTree: (segments_chart, "Tree of segments", "leader", "importance", number),
}
_FIGURES = {
    "dominance": "difference",
    "shape": "reward",
    "performance": "mean",
    "value added": "value",
    "opportunity": "score",
    "moments of truth": "index",
    "dimensions": "importance",
    "diagnosis": "vif",
}
# The same for the sides of a baseline.
_SIDES: dict[str, tuple[str, str, str, Callable[[Any], str]]] = {
    "blind spots": ("Blind spots, the worst first", "what", "kind", str),
    "verdicts": ("Verdicts by touchpoint", "touchpoint", "verdict", str),
    "standards": ("Standards by wave", "touchpoint", "value", number),
    "competitors": ("Differences to competitors", "touchpoint", "difference", signed),
    "employees": ("Customers less employees", "touchpoint", "difference", signed),
    "consistency": ("Consistency between channels", "group", "icc", number),
    "pitfalls": ("Pitfalls", "figure", "value", number),
    "response bias": ("Respondents against the customer base", "value", "share", number),
    "emotion": ("Strength of feeling", "touchpoint", "strength", number),
    "comments": ("Words of low and high scores", "term", "log_odds", signed),
    "buy-in": ("Load of owners by period", "owner", "effort", number),
}
