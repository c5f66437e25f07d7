"""The monitor wall: a small control chart of each series. Drawn on an Axes, which is returned; nothing is computed."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, LIGHT, ORANGE, PALE, Dot
from cxlens.common.values import wave_words
from cxlens.stages.impact.alerts import Watched
from cxlens.stages.impact.axes import wave_axis
from cxlens.stats.control import ALERT, NOT_OFFERED

Row = dict[Any, Any]
MOST = 12  # panels of a wall
MOST_NARROW = 6


def alerts_chart(result: View, ax: Axes | None = None) -> Axes:
    """Draw a small control chart of each series, alerts first, those clearest first.

    Parameters
    ----------
    result
        From :meth:`cxlens.stages.impact.monitor.Monitor.alerts`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on: a panel a series, each on a scale of its own. Shaded: between the limits; line: the usual
        level; triangles: waves that were alerts.
    """
    ax = ax or style.new_axes()
    narrow = style.is_narrow(ax)
    rows = _in_order(result.table).head(MOST_NARROW if narrow else MOST)
    across = 1 if narrow else min(len(rows), 3)
    down = -(-len(rows) // across)
    style.set_height(ax, 190 if down == 1 else 135 * down)
    series = [result.record.series[place] for place in rows["place"]]
    panels = style.add_panels(ax, [one.name for one in series], across, "sharex")
    for panel, one, state in zip(panels, series, rows["alert"], strict=True):
        _draw_panel(panel, _waves_of(result.parts["waves"], one), one, state)
    left = len(result.table) - len(rows)
    more = f", and {left} more in the table" if left else ""
    n = max(one.n for one in result.record.series)
    survey = result.survey
    style.finish(
        ax,
        result.finding.title,
        f"{len(result.table)} series{more}, {style.about(n, result.level)}. Shaded: a wave lies there if nothing "
        "changes. Triangles: alerts.",
        wave_axis(survey),
        "Mean, NPS points or share",
    )
    return ax


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """The rows with their places, alerts first, the least likely by chance first."""
    rows = table.assign(place=range(len(table)), first=table["alert"] != ALERT)
    return rows.sort_values(["first", "p_adjusted"], kind="stable")


def _waves_of(waves: pd.DataFrame, one: Watched) -> list[Row]:
    """The waves of a series."""
    is_own = pd.Series(True, waves.index)
    names = {"metric": one.metric.name, "whose": one.whose, "segment": one.segment}
    for column, name in names.items():
        if column in waves:
            is_own &= waves[column] == name
    return list(waves[is_own].to_dict("records"))


def _draw_panel(panel: Axes, rows: list[Row], one: Watched, state: str) -> None:
    """A series: limits, usual level, waves, alerts; the last value in words, or that there is no alert."""
    style.tidy(panel, grid="y")
    places = {wave_words(wave): place for place, wave in enumerate(one.waves)}
    x = [places[wave_words(row["wave"])] for row in rows]
    _draw_limits(panel, x, rows)
    panel.plot(x, [row["value"] for row in rows], color=BLUE, linewidth=1.3)
    for place, row in zip(x, rows, strict=True):
        if row["alert"]:
            _draw_alert(panel, place, row, one)
    if rows:
        value = rows[-1]["value"]
        style.say(panel, one.metric.words(value), (x[-1], value), (4, 0), va="center")
    if state == NOT_OFFERED:
        style.say(
            panel,
            "no alert offered",
            (0, 0.03),
            (2, 0),
            panel.transAxes,
            va="bottom",
        )
    if one.metric.lowest_is_best:
        panel.invert_yaxis()
    _name_ends(panel, one)


def _draw_limits(panel: Axes, x: list[int], rows: list[Row]) -> None:
    """Between what a wave lies if nothing changes, and the usual level, where a wave has limits."""
    table = pd.DataFrame(rows).assign(x=x) if rows else pd.DataFrame(columns=["x", "usual", "limit_low", "limit_high"])
    judged = table.dropna(subset="usual")
    panel.fill_between(
        judged["x"].to_numpy(float),
        judged["limit_low"].to_numpy(float),
        judged["limit_high"].to_numpy(float),
        step="mid",
        color=PALE,
        linewidth=0,
    )
    panel.plot(
        judged["x"].to_numpy(float),
        judged["usual"].to_numpy(float),
        color=GREY,
        linewidth=0.9,
        drawstyle="steps-mid",
    )


def _draw_alert(panel: Axes, place: int, line: Row, one: Watched) -> None:
    """A triangle that says which way: up and blue for the better."""
    higher = line["value"] > line["usual"]
    better = higher != one.metric.lowest_is_best
    value = line["value"]
    colour = BLUE if better else ORANGE
    marker = "^" if better else "v"
    dot = Dot(value, value, value, colour, marker)
    style.draw_mark(panel, dot, place, upright=True)


def _name_ends(panel: Axes, one: Watched) -> None:
    """The first and the last wave below a series, and room for the last value."""
    last = len(one.waves) - 1
    places = sorted({0, last})
    names = [wave_words(one.waves[place]) for place in places]
    panel.set_xticks(places, names, parse_math=False)
    room = 0.3 * last + 0.5
    panel.set_xlim(-0.5, last + room)
    panel.yaxis.set_major_locator(MaxNLocator(3))
    panel.margins(y=0.15)
    panel.spines["bottom"].set_color(LIGHT)
