"""The chart of a tree of segments: the splits on the left, what matters most in each leaf on the right.

:func:`tree_marks` says which nodes and bars there are. Nothing is computed here: figures come from
:func:`cxlens.find_segments`. Charts of other results do not belong here.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from matplotlib.axes import Axes

from cxlens.common import style
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT, SMALL, TEXT
from cxlens.common.values import count, number
from cxlens.stages.drivers.segments import EVERYONE, SegmentTree

__all__ = ["SegmentTree", "segments_chart"]

TOP = 5  # touchpoints shown in a leaf
LEFT = 0.68  # share of the width for the tree and the names of touchpoints
INDENT = 0.035  # share of the width by which a deeper node stands further in
ROW = 13  # points a row is high
NODE, GAP = (
    2.4,
    0.8,
)  # rows that a node with others below it takes, and between a leaf and the next node
LONGEST = 30  # characters of the name of a touchpoint; the table has all of it


class NodeMark(NamedTuple):
    """A node in words, so many rows from the top; ``above`` is the place of the node it was split from."""

    name: str
    note: str
    depth: int
    y: float
    above: float | None


class Bar(NamedTuple):
    """The importance of a touchpoint in a leaf, in points."""

    touchpoint: str
    value: float
    y: float
    colour: str


class TreeMarks(NamedTuple):
    """All that is drawn, and how many rows that takes."""

    nodes: list[NodeMark]
    bars: list[Bar]
    rows: float


def tree_marks(result: SegmentTree) -> TreeMarks:
    """The nodes of the tree from top to bottom, and the bars of its leaves."""
    shown = min(TOP, result.importance.shape[1])
    nodes: list[NodeMark] = []
    bars: list[Bar] = []
    place: dict[int, float] = {}
    y = 0.0
    for row in result.table.to_dict("records"):
        place[row["node"]] = y
        nodes.append(_node_mark(row, y, place.get(row["parent"])))
        if row["leaf"]:
            bars += _bars(result, row["node"], shown, y)
        y += shown + GAP if row["leaf"] else NODE
    return TreeMarks(nodes, bars, y)


def _node_mark(row: dict[Any, Any], y: float, above: float | None) -> NodeMark:
    """A node with its answers, and how it was split, or why not."""
    name = row["segment"] if row["depth"] else EVERYONE.capitalize()
    why = row["ended"] if row["leaf"] else f"split by {row['column']}, p {_p_words(row['p_value'])}"
    return NodeMark(name, f"n = {count(row['n'])}; {why}", row["depth"], y, above)


def _bars(result: SegmentTree, node: Any, shown: int, y: float) -> list[Bar]:
    """The most important touchpoints of a leaf, the first in blue."""
    leading = result.importance.loc[node].nlargest(shown)
    return [
        Bar(str(touchpoint), 100 * value, y + k, BLUE if k == 0 else DARK)
        for k, (touchpoint, value) in enumerate(leading.items())
    ]


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
    marks = tree_marks(result)
    for node in marks.nodes:
        _write_node(ax, node)
    for bar in marks.bars:
        _draw_bar(ax, bar)
    most = 100 * float(result.importance.to_numpy().max()) or 1.0
    _set_axes(ax, marks.rows, most)
    style.set_height(ax, marks.rows * ROW)
    words = f"Importance: points of the differences in {result.outcome} (100 × R²) that a touchpoint explains"
    about = f"Most important touchpoints by segment, {style.about(result.n, None)}. Association, not yet effect."
    style.finish(ax, result.finding.title, about, x=words)
    return ax


def _set_axes(ax: Axes, rows: float, most: float) -> None:
    """Importance from 0 to the most there is, right of the tree."""
    top, bottom = -0.7, rows - GAP
    ax.set(
        ylim=(bottom, top),
        xlim=(-most * LEFT / (1 - LEFT), most * 1.02),
        yticks=[],
    )
    ax.spines[:].set_visible(False)
    ticks = [tick for tick in ax.get_xticks() if 0 <= tick <= most]
    ax.set_xticks(ticks)
    ax.vlines(ticks, top, bottom, color=LIGHT, linewidth=0.6, zorder=0)


def _write_node(ax: Axes, node: NodeMark) -> None:
    """A node in words, in from the left by its depth, with a line to the one above it."""
    at = ax.get_yaxis_transform()
    x = INDENT * node.depth
    name = style.wrap(node.name, 40 - 3 * node.depth)
    heading = style.say(ax, name, (x, node.y), (0, 6), at, color=INK, va="top", size=TEXT)
    heading.set_fontweight("bold")
    below = 6 - style.LINE * TEXT * style.lines(name) - 1
    style.say(ax, node.note, (x, node.y), (0, below), at, va="top")
    if node.above is not None:
        side, end = x - 0.6 * INDENT, x - 0.2 * INDENT
        ax.plot(
            [side, side, end],
            [node.above + 1.5, node.y, node.y],
            color=GREY,
            linewidth=0.8,
            transform=at,
        )


def _draw_bar(ax: Axes, bar: Bar) -> None:
    """A touchpoint by name, and a line with a dot as far as its importance goes."""
    style.say(
        ax,
        _shortened(bar.touchpoint),
        (0, bar.y),
        (-6, 0),
        ha="right",
        color=INK,
        size=SMALL,
    )
    (line,) = ax.plot(
        [0, bar.value],
        [bar.y, bar.y],
        color=bar.colour,
        linewidth=1.6,
        clip_on=False,
    )
    line.set_marker("o")
    line.set_markevery([1])
    line.set_markersize(5)


def _shortened(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _p_words(p: float) -> str:
    return "under 0.001" if p < 0.001 else number(p, 3)
