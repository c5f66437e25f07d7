"""The chart of a tree of segments: the splits on the left, what matters most in each leaf on the right.

Nothing is computed here: figures come from :func:`cxlens.find_segments`. Charts of other results do not belong here.
"""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT, SMALL, TEXT
from cxlens.common.values import count, number
from cxlens.stages.drivers.segments import SegmentTree

__all__ = ["SegmentTree", "segments_chart"]

TOP = 5  # touchpoints shown in a leaf
LEFT = 0.68  # share of the width for the tree and the names of touchpoints
INDENT = 0.035  # share of the width by which a deeper node stands further in
ROW = 13  # points a row is high
LONGEST = 30  # characters of the name of a touchpoint; the table has all of it


def segments_chart(result: SegmentTree, ax: Axes | None = None) -> Axes:
    """Draw the tree, and in each leaf the five most important touchpoints, the first in blue.

    Parameters
    ----------
    result
        From :func:`cxlens.find_segments`.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on. Importance from its 0 to the right; the tree stands left of it.
    """
    ax = ax or style.new_axes()
    style.tidy(ax, grid="")
    shown = min(TOP, result.importance.shape[1])
    most = 100 * float(result.importance.to_numpy().max()) or 1.0
    rows: list[Any] = list(result.table.itertuples())
    y, tops = 0.0, dict[int, float]()
    for row in rows:
        tops[row.node] = y
        _say_node(ax, row, y, tops.get(row.parent))
        if row.leaf:
            leading = result.importance.loc[row.node].nlargest(shown)
            for k, (name, value) in enumerate(leading.items()):
                _draw_bar(ax, str(name), 100 * value, y + k, BLUE if k == 0 else DARK)
        y += shown + 0.8 if row.leaf else 2.4
    ax.set(ylim=(y - 0.8, -0.7), xlim=(-most * LEFT / (1 - LEFT), most * 1.02), yticks=[])
    ax.spines[:].set_visible(False)
    ticks = [tick for tick in ax.get_xticks() if 0 <= tick <= most]
    ax.set_xticks(ticks)
    ax.vlines(ticks, -0.7, y - 0.8, color=LIGHT, linewidth=0.6, zorder=0)
    style.set_height(ax, y * ROW)
    words = f"Importance: points of the differences in {result.outcome} (100 × R²) that a touchpoint explains"
    about = f"Most important touchpoints by segment, {style.about(result.n, None)}. Association, not yet effect."
    style.finish(ax, result.finding.title, about, x=words)
    return ax


def _say_node(ax: Axes, row: Any, y: float, above: float | None) -> None:
    """A node in words, in from the left by its depth, with a line to the one above it."""
    at, x = ax.get_yaxis_transform(), INDENT * row.depth
    own = row.segment[0].upper() + row.segment[1:] if row.depth == 0 else row.segment
    name = style.wrap(own, 40 - 3 * row.depth)
    below = 6 - style.LINE * TEXT * style.lines(name) - 1
    style.say(ax, name, (x, y), (0, 6), at, color=INK, va="top", size=TEXT).set_fontweight("bold")
    note = f"n = {count(row.n)}"
    note += f"; {row.ended}" if row.leaf else f"; split by {row.column}, p {_p_words(row.p_value)}"
    style.say(ax, note, (x, y), (0, below), at, va="top")
    if above is not None:
        side = x - 0.6 * INDENT
        ax.plot([side, side, x - 0.2 * INDENT], [above + 1.5, y, y], color=GREY, linewidth=0.8, transform=at)


def _draw_bar(ax: Axes, name: str, value: float, y: float, colour: str) -> None:
    """A touchpoint by name, and a line with a dot as far as its importance goes."""
    words = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    style.say(ax, words, (0, y), (-6, 0), ha="right", color=INK, size=SMALL)
    ax.plot([0, value], [y, y], color=colour, linewidth=1.6, marker="o", markevery=[1], markersize=5, clip_on=False)


def _p_words(p: float) -> str:
    return "under 0.001" if p < 0.001 else number(p, 3)
