"""The chart of a change over several waves: what was measured, what would have been, and the effect wave by wave.

Nothing is computed here: figures come from :class:`cxlens.stages.impact.measured.Impact`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from cxlens.common import style
from cxlens.common.style import BLUE, GREY, Dot
from cxlens.common.values import wave_words
from cxlens.stages.impact.axes import name_waves, put_best_on_top, value_axis, wave_axis
from cxlens.stages.impact.measured import STAGGERED, Impact
from cxlens.stages.impact.rivals_chart import draw_waves
from cxlens.study.metrics import Metric

HEADS = ("Solid: measured. Dashed: without it", "Effect: near 0 before the change")
LABELLED = 6  # waves up to which the last effect has its figure beside it
BAND = 0.16  # how opaque the interval of a line is
CAUTIONS = {
    "interrupted time series": "Assumes that the line would have gone on",
    "staggered starts": "Assumes parallel trends",
    "difference in differences": "Assumes parallel trends",
}


def series_chart(result: Impact, ax: Axes) -> Axes:
    """Draw a metric by wave, what it would have been without the change, and below the effect in each wave.

    Parameters
    ----------
    result
        With figures by wave.
    ax
        The Axes to draw in.

    Returns
    -------
    Axes
        The Axes drawn on; dotted: the change. Hollow marks are waves before it. Grey: competitors.
    """
    narrow = style.is_narrow(ax)
    style.set_height(ax, 210 if narrow else 360)
    metric = result.measured
    table = result.by_wave
    upper, lower = style.add_panels(ax, HEADS, 1, "sharex")
    labels = draw_waves(upper, result)
    _draw_measured(upper, table)
    _draw_effects(lower, table, metric)
    names = [wave_words(wave) for wave in table["wave"]]
    for panel in (upper, lower):
        style.tidy(panel, grid="y")
        name_waves(panel, names)
        panel.axvline(_change_at(table), color=GREY, linewidth=0.9, linestyle=":")
        panel.margins(y=0.15)
    upper.tick_params(labelbottom=False)
    style.say(upper, "the change", (_change_at(table), 0.03), (4, 0), upper.get_xaxis_transform(), va="bottom")
    put_best_on_top(upper, metric)
    unit = value_axis(upper, metric, result.survey)
    if metric.kind == "binary":
        lower.yaxis.set_major_formatter(PercentFormatter(1, 0, " pp"))
    about = style.about(result.cells["n"].sum(), result.level)
    style.finish(
        ax,
        result.finding.title,
        f"{metric.label}, {about}. {CAUTIONS[result.design]}.",
        _along(result),
        unit,
    )
    style.label_ends(upper, labels)
    return ax


def _along(result: Impact) -> str:
    """What the waves are."""
    if result.design == STAGGERED:
        return "Waves since the start"
    return wave_axis(result.survey)


def _change_at(table: pd.DataFrame) -> float:
    """Between the last wave before and the first one after."""
    before = (table["period"] == "before").sum()
    return float(before) - 0.5


def _draw_measured(panel: Axes, table: pd.DataFrame) -> None:
    """The series, and dashed, with its band where it has one, what it would have been."""
    x = np.arange(len(table))
    without = table["counterfactual"].to_numpy(float)
    low = table["without_low"].to_numpy(float)
    high = table["without_high"].to_numpy(float)
    panel.plot(x, without, color=BLUE, linewidth=1.4, linestyle="--")
    if np.isfinite(low).any():
        panel.fill_between(x, low, high, color=BLUE, alpha=BAND, linewidth=0)
    panel.plot(x, table["mean"].to_numpy(float), color=BLUE, linewidth=1.8, marker="o", markersize=4.5)


def _draw_effects(panel: Axes, table: pd.DataFrame, metric: Metric) -> None:
    """The effect in each wave with its interval, hollow before the change."""
    panel.axhline(0, color=GREY, linewidth=0.9)
    for x, row in enumerate(table.to_dict("records")):
        if not pd.isna(row["effect"]):
            style.draw_mark(panel, _dot(row), x, upright=True)
    if len(table) > LABELLED:
        return
    last = table.dropna(subset="effect").tail(1)
    for x, row in zip(last.index, last.to_dict("records"), strict=True):
        words = metric.steps(row["effect"], sign=True)
        style.say(panel, words, (float(x), row["effect"]), (-6, 0), ha="right", color=BLUE)


def _dot(row: dict[Any, Any]) -> Dot:
    """A blue dot after the change, a hollow grey one before."""
    ends = (row["effect"], row["effect"]) if pd.isna(row["low"]) else (row["low"], row["high"])
    if row["period"] == "after":
        return Dot(row["effect"], *ends, BLUE)
    return Dot(row["effect"], *ends, GREY, filled=False)
