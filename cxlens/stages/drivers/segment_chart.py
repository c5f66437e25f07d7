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
WRAPPED = 34  # characters of the name of a touchpoint in a line
NAME_LINE, HEADING_LINE = style.LINE * SMALL / ROW, style.LINE * TEXT / ROW  # rows that one more line takes


class NodeMark(NamedTuple):
    """A node in words, so many rows from the top; ``above`` is the place of the node it was split from."""

    name: str
    note: str
    depth: int
    y: float
    above: float | None

    @property
    def heading(self) -> str:
        """The whole name, on as many lines as it takes."""
        return style.wrap(self.name, 40 - 3 * self.depth)

    @property
    def end(self) -> float:
        """Where its words end, in rows from the top, with the room below them."""
        return self.y + NODE + (style.lines(self.heading) - 1) * HEADING_LINE


class Bar(NamedTuple):
    """The importance of a touchpoint in a leaf, in points."""

    touchpoint: str
    value: float
    y: float
    colour: str

    @property
    def label(self) -> str:
        """The whole name, on as many lines as it takes."""
        return style.wrap(self.touchpoint, WRAPPED)


class TreeMarks(NamedTuple):
    """All that is drawn, and how many rows that takes."""

    nodes: list[NodeMark]
    bars: list[Bar]
    rows: float


def tree_marks(result: SegmentTree, *, narrow: bool = False) -> TreeMarks:
    """The nodes of the tree from top to bottom, and the bars of its leaves: beside their words, or below on a phone."""
    shown = min(TOP, result.importance.shape[1])
    nodes: list[NodeMark] = []
    bars: list[Bar] = []
    place: dict[int, float] = {}
    y = 0.0
    for row in result.table.to_dict("records"):
        place[row["node"]] = y
        column = result.survey.named(row["column"])
        node = _node_mark({**row, "column": column}, y, place.get(row["parent"]))
        nodes.append(node)
        y = node.end
        if row["leaf"]:
            leaf_bars, end = _bars(result, row["node"], shown, node.end if narrow else node.y)
            bars += leaf_bars
            y = max(y, end + GAP)
    return TreeMarks(nodes, bars, y)


def _node_mark(row: dict[Any, Any], y: float, above: float | None) -> NodeMark:
    """A node with its answers, and how it was split, or why not."""
    name = row["segment"] if row["depth"] else EVERYONE.capitalize()
    why = row["ended"] if row["leaf"] else f"split by {row['column']}, p {_p_words(row['p_value'])}"
    return NodeMark(name, f"n = {count(row['n'])}; {why}", row["depth"], y, above)


def _bars(result: SegmentTree, node: Any, shown: int, y: float) -> tuple[list[Bar], float]:
    """The most important touchpoints of a leaf, the first in blue; and where they end, in rows from the top."""
    leading = result.importance.loc[node].nlargest(shown)
    bars: list[Bar] = []
    for touchpoint, value in leading.items():
        bar = Bar(str(touchpoint), 100 * value, y, DARK if bars else BLUE)
        more = (style.lines(bar.label) - 1) * NAME_LINE
        bars.append(bar._replace(y=y + more / 2))
        y += 1 + more
    return bars, y


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
    marks = tree_marks(result, narrow=style.is_narrow(ax))
    style.set_height(ax, marks.rows * ROW)
    for node in marks.nodes:
        _write_node(ax, node)
    for bar in marks.bars:
        _draw_bar(ax, bar)
    most = 100 * float(result.importance.to_numpy().max()) or 1.0
    _set_axes(ax, marks.rows, most)
    outcome = result.survey.named(result.outcome)
    words = f"Importance: points of the differences in {outcome} (100 × R²) that a touchpoint explains"
    about = f"Most important touchpoints by segment, {style.about(result.n, None)}."
    style.finish(ax, result.finding.title, about, x=words)
    return ax


def _set_axes(ax: Axes, rows: float, most: float) -> None:
    """Importance from 0 to the most there is, right of the tree."""
    top = -0.7
    bottom = rows - GAP
    ax.set(
        ylim=(bottom, top),
        xlim=(-most * LEFT / (1 - LEFT), most * 1.06),
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
    heading = style.say(ax, node.heading, (x, node.y), (0, 6), at, color=INK, va="top", size=TEXT)
    heading.set_fontweight("bold")
    below = 6 - style.LINE * TEXT * style.lines(node.heading) - 1
    style.say(ax, node.note, (x, node.y), (0, below), at, va="top")
    if node.above is not None:
        side = x - 0.6 * INDENT
        end = x - 0.2 * INDENT
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
        bar.label,
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


def _p_words(p: float) -> str:
    return "under 0.001" if p < 0.001 else number(p, 3)
