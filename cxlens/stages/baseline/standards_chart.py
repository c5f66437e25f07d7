"""The picture of standards: for each kind of figure a panel, for each touchpoint its last wave against the target.

Nothing is computed here: figures come from :func:`cxlens.stages.baseline.standards.standards`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, GREY, INK, LIGHT, ORANGE, SMALL, Dot
from cxlens.common.values import CLEAR, count, percent
from cxlens.engine.labels import NOT_STATED

ROW, BETWEEN = 15.0, 34.0  # points a row is high, and a panel is from the next
HEAD = 16.0  # points that the heading of a panel takes
NAMES, NARROW_NAMES = 0.30, 0.36  # share of the width for the names of touchpoints, and on a phone
WORDS = 0.22  # share of the width for target and n
LONGEST = 30  # characters of a name on one line; a longer one takes two
HEADINGS = {"mean": "Mean score", "top_box": "Top box (share of high scores)"}  # other metrics have names of their own
SIDES = {"lower": "at most ", "higher": "at least "}
STANDARD = ["touchpoint", "metric", "target"]  # tell one standard from another
Row = dict[Any, Any]


def standards_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw each standard in its last wave, with its interval and its target; earlier waves are small and pale.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.baseline.standards.standards`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes that carries the heading; a panel inside it for each metric and unit. The upright line is the target.
    """
    ax = ax or style.new_axes()
    latest = view.parts["latest"]
    groups = list(latest.groupby(["metric", "unit"], sort=False))
    narrow = style.is_narrow(ax)
    longest, names = (style.NARROW, NARROW_NAMES) if narrow else (LONGEST, NAMES)
    heights = [_height(rows, longest) for _, rows in groups]
    total = sum(heights) + BETWEEN * len(groups)
    style.set_height(ax, total)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.yaxis.labelpad = 4
    top = total
    for ((metric, unit), rows), height in zip(groups, heights, strict=True):
        bottom = (top - HEAD - height) / total
        panel = ax.inset_axes((names, bottom, 1 - names - WORDS, height / total))
        style.head_panel(panel, _heading(str(metric), str(unit)))
        _draw_panel(panel, rows, view.table, longest)
        _say_targets(panel, rows, brief=narrow)
        top -= height + BETWEEN
    key = f"│ target; ◆ clearly missed, ● clearly met (q < {CLEAR}); ○ neither"
    style.finish(ax, view.finding.title, _subtitle(view), key)
    return ax


def _height(rows: pd.DataFrame, longest: int) -> float:
    """Points that the rows of a panel take, with long names on several lines."""
    return sum(style.lines(style.wrap(name, longest)) * ROW for name in rows["touchpoint"])


def _heading(metric: str, unit: str) -> str:
    """What is measured, and in what; a metric keeps the name that the map gives it."""
    words = HEADINGS.get(metric, metric)
    if unit not in ("", metric):
        return f"{words} ({unit})"
    return words


def _subtitle(view: View) -> str:
    level = ""
    if view.level:
        level = f", intervals {percent(view.level)}"
    return f"Last wave of each standard{level}. Small and pale: earlier waves"


def _draw_panel(panel: Axes, latest: pd.DataFrame, table: pd.DataFrame, longest: int) -> None:
    """One standard a row: name, waves, interval and target."""
    style.tidy(panel)
    rows = latest.to_dict("records")
    style.draw_dots(panel, list(map(_dot, rows)))
    for y, row in enumerate(rows):
        values = _earlier(row, table)
        panel.plot(
            values,
            [y] * len(values),
            "o",
            color=LIGHT,
            markersize=3.5,
            zorder=1,
            clip_on=False,
        )
    names = [style.wrap(row["touchpoint"], longest) for row in rows]
    panel.set_yticks(range(len(rows)), names, color=INK, parse_math=False)
    panel.tick_params(axis="y", labelsize=SMALL)
    panel.margins(x=0.08)
    panel.locator_params(axis="x", nbins=6 if longest == LONGEST else 3)
    if latest["value"].isna().all():
        panel.set_xticks([])  # a scale of nothing


def _say_targets(panel: Axes, latest: pd.DataFrame, *, brief: bool) -> None:
    """In words the target of each row, n and the wave; where it has to be brief, the target alone."""
    for y, row in enumerate(latest.to_dict("records")):
        words = _words(row)
        if brief:
            words, *_ = words.split(", ")
        style.say(
            panel,
            words,
            (1, y),
            (8, 0),
            panel.get_yaxis_transform(),
        )


def _earlier(row: Row, table: pd.DataFrame) -> pd.Series[float]:
    """What the same standard was in earlier waves; answers without a wave are of none."""
    same = ~table["wave"].isin([row["wave"], NOT_STATED])
    for column in STANDARD:
        same &= table[column] == row[column]
    return table.loc[same, "value"]


def _words(row: Row) -> str:
    """``at most 10, n = 60, 2025``: the target, the answers and the wave."""
    words = [f"{SIDES.get(row['better'], '')}{row['target']:,.10g}"]
    if pd.notna(row["n"]):
        words.append(f"n = {count(row['n'])}")
    if row["wave"]:
        words.append(str(row["wave"]))
    return ", ".join(words)


def _dot(row: Row) -> Dot:
    """The last wave beside its target; clearly missed or met differ in colour and mark."""
    colour = GREY
    marker = "o"
    filled = False
    if row["q_value"] < CLEAR:
        filled = True
        colour, marker = (ORANGE, "D") if row["gap"] < 0 else (BLUE, "o")
    return Dot(
        row["value"],
        row["low"],
        row["high"],
        colour,
        marker,
        filled,
        note=row["note"],
        standard=row["target"],
    )
