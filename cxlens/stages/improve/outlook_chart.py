"""The chart of an outlook: earlier waves, the outcome that is forecast by period with its band, and the target.

Nothing is computed here: figures come from :mod:`cxlens.stages.improve.outlook`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, INK, Dot
from cxlens.common.values import wave_words
from cxlens.stages.improve.outlook import level_in_words, span_in_words

BAND = 0.16  # how opaque the interval of the forecast is
APART = 2.0  # periods that waves are drawn apart
HIGH = 230  # points
REACH = 0.9  # of the bar of the target to either side, in periods


def outlook_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the outcome by period as the plan is forecast to move it, and the target as a bar where it is due.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.improve.roadmap.Roadmap.outlook`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Grey dots: earlier waves; blue: today; open and dashed: forecast.
    """
    ax = ax or style.new_axes()
    style.set_height(ax, HIGH)
    style.tidy(ax, grid="y")
    rows = view.table.to_dict("records")
    measure = view.record.candidates.response.measure
    _draw_waves(ax, view, measure)
    _draw_forecast(ax, view.table)
    named = sorted({0, _due(view.table), len(rows) - 1})
    labels = {x: rows[x] for x in named}
    for x, row in labels.items():
        _draw_level(ax, x, row)
        _say_figure(ax, measure, x, row)
    _draw_target(ax, view.table, measure)
    _name_times(ax, view, labels)
    ax.margins(x=0.08, y=0.16)
    unit = view.record.candidates.fit.outcome_words
    style.finish(
        ax,
        view.finding.title,
        f"{unit}, {style.about(view.record.candidates.fit.n, view.level)}. Dashed: forecast.",
        "End of each period of the plan",
        "",
    )
    return ax


def _due(table: pd.DataFrame) -> int:
    """The row that counts for the target."""
    return int(np.flatnonzero(table["due"])[0])


def _draw_waves(ax: Axes, view: View, measure: str) -> None:
    """What was measured earlier, in grey."""
    waves = view.parts.get("waves")
    if waves is None:
        return
    places = _wave_places(len(waves))
    for x, row in zip(places, waves.to_dict("records"), strict=True):
        if pd.isna(row["value"]):
            continue
        dot = Dot(row["value"], row["low"], row["high"], GREY)
        style.draw_mark(ax, dot, x, upright=True)
        _say_beside(ax, measure, x, row["value"], GREY)


def _say_beside(ax: Axes, measure: str, x: float, value: float, colour: str) -> None:
    """A figure left of its dot."""
    style.say(
        ax,
        level_in_words(measure, value),
        (x, value),
        (-6, 0),
        ha="right",
        color=colour,
        size=style.TEXT,
    )


def _wave_places(n: int) -> list[float]:
    """Where waves stand, left of today."""
    return [-APART * (n - place) for place in range(n)]


def _draw_forecast(ax: Axes, table: pd.DataFrame) -> None:
    """The dashed line with its band."""
    x = np.arange(len(table))
    low, outcome, high = (table[name].to_numpy(float) for name in ("low", "outcome", "high"))
    ax.fill_between(x, low, high, color=BLUE, alpha=BAND, linewidth=0)
    ax.plot(x, outcome, color=BLUE, linewidth=1.6, linestyle="--")


def _draw_level(ax: Axes, x: int, row: dict[Any, Any]) -> None:
    """A level with its interval, filled where it is today's."""
    is_today = x == 0
    dot = Dot(
        row["outcome"],
        row["low"],
        row["high"],
        BLUE,
        filled=is_today,
    )
    style.draw_mark(ax, dot, x, upright=True)


def _say_figure(ax: Axes, measure: str, x: int, row: dict[Any, Any]) -> None:
    """Today's figure beside its dot, what is forecast above its interval."""
    if x == 0:
        _say_beside(ax, measure, x, row["outcome"], BLUE)
        return
    figure = level_in_words(measure, row["outcome"])
    ends = span_in_words(measure, row["low"], row["high"])
    style.say(
        ax,
        f"{figure} {ends}",
        (x, row["high"]),
        (6, 4),
        ha="right",
        va="bottom",
        color=BLUE,
        size=style.TEXT,
    )


def _draw_target(ax: Axes, table: pd.DataFrame, measure: str) -> None:
    """The target as a bar with words, where it is due."""
    x = _due(table)
    target = table["target"].iloc[x]
    if pd.isna(target):
        return
    ax.plot(
        [x - REACH, x + REACH],
        [target, target],
        color=INK,
        linewidth=2,
        solid_capstyle="butt",
        zorder=4,
    )
    words = level_in_words(measure, target)
    low = min(table["low"].iloc[x], target)
    style.say(
        ax,
        f"Target {words}",
        (x, low),
        (0, -4),
        ha="center",
        va="top",
        color=INK,
        size=style.TEXT,
    )


def _name_times(ax: Axes, view: View, labels: dict[int, Any]) -> None:
    """Names of the waves, of today, and of the periods that have a figure."""
    waves = view.parts.get("waves")
    names: dict[float, str] = {}
    if waves is not None:
        places = _wave_places(len(waves))
        words = map(wave_words, waves["wave"])
        names = dict(zip(places, words, strict=True))
    for x, row in labels.items():
        names[x] = style.wrap(row["period"], 9)
    ax.set_xticks(
        list(names),
        list(names.values()),
        size=style.SMALL,
        parse_math=False,
    )
