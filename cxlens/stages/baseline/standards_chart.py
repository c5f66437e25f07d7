"""The picture of standards: for each kind of figure a panel, for each touchpoint its last wave against the target.

Nothing is computed here: figures come from :func:`cxlens.stages.baseline.standards.standards`.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, CLEAR, GREY, INK, LIGHT, ORANGE, SMALL, TEXT, Dot
from cxlens.common.values import count, number
from cxlens.errors import listing

ROW, BETWEEN = 15.0, 34.0  # points a row is high, and a panel is from the next
NAMES = 0.30  # share of the width for the names of touchpoints
WORDS = 0.22  # share of the width for target and n
LONGEST = 30  # characters of a name on one line; a longer one takes two


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
    panels = list(latest.groupby(["metric", "unit"], sort=False))
    heights = [[style.lines(style.wrap(name, LONGEST)) * ROW for name in own["touchpoint"]] for _, own in panels]
    total = sum(map(sum, heights)) + BETWEEN * len(panels)
    style.set_height(ax, total)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    ax.yaxis.labelpad = 4
    top = total
    for ((metric, unit), own), rows in zip(panels, heights, strict=True):
        tall = sum(rows)
        panel = ax.inset_axes((NAMES, (top - 16 - tall) / total, 1 - NAMES - WORDS, tall / total))
        panel.set_title(_heading(str(metric), str(unit)), loc="left", fontsize=TEXT, color=INK, pad=4)
        _rows(panel, own, view.table)
        top -= tall + BETWEEN
    missed = latest[(latest["q_value"] < CLEAR) & (latest["gap"] < 0)].sort_values("q_value", kind="stable")
    names = [f"{name} ({metric.replace('_', ' ')})" for name, metric in missed[["touchpoint", "metric"]].to_numpy()]
    title = (
        f"Clearly missed: {listing(names, 4)}" if names else view.sentence.split(". Clearly met")[0].removesuffix(".")
    )
    about = f"Last wave of each standard, {view.note.split('. ')[0].lower()}. Small and pale: earlier waves"
    key = f"│ target; ◆ clearly missed, ● clearly met (q < {CLEAR}); ○ neither"
    style.finish(ax, title, about, key)
    return ax


def _heading(metric: str, unit: str) -> str:
    words = {"mean": "Mean score", "top_box": "Top box (share of high scores)"}.get(metric, metric.capitalize())
    return f"{words}{f' ({unit})' if unit and unit != metric else ''}"


def _rows(panel: Axes, latest: pd.DataFrame, table: pd.DataFrame) -> None:
    """One standard a row: name, waves, interval, target, and in words the target and n."""
    style.tidy(panel)
    entries = latest.to_dict("records")
    style.draw_dots(panel, [_dot(row) for row in entries])
    for y, row in enumerate(entries):
        same = table[(table[["touchpoint", "metric", "target"]] == pd.Series(row)[["touchpoint", "metric", "target"]])
                     .all(axis=1) & (table["wave"] != row["wave"])]  # fmt: skip
        panel.plot(same["value"], [y] * len(same), "o", color=LIGHT, markersize=3.5, zorder=1, clip_on=False)
        words = [_target(row), *([f"n = {count(row['n'])}"] if pd.notna(row["n"]) else []), str(row["wave"])]
        style.say(panel, ", ".join(filter(None, words)), (1, y), (8, 0), panel.get_yaxis_transform())
    panel.set_yticks(range(len(entries)), [style.wrap(row["touchpoint"], LONGEST) for row in entries], color=INK)
    panel.tick_params(axis="y", labelsize=SMALL)
    panel.margins(x=0.08)
    panel.locator_params(axis="x", nbins=6)


def _dot(row: dict[Any, Any]) -> Dot:
    look: tuple[str, str, bool] = (GREY, "o", False)
    if row["q_value"] < CLEAR:
        look = (ORANGE, "D", True) if row["gap"] < 0 else (BLUE, "o", True)
    return Dot(row["value"], row["low"], row["high"], *look, note=row["note"], standard=row["target"])


def _target(row: dict[Any, Any]) -> str:
    side = {"lower": "at most ", "higher": "at least "}.get(row["better"], "")
    return f"{side}{number(row['target']).rstrip('0').removesuffix('.')}"
