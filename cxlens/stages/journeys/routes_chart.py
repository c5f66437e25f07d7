"""The picture of the commonest routes: one row each, a box for each step."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import INK, PALE, SMALL
from cxlens.common.values import closest_percent, count

STEPS = 7  # boxes that fit beside one another
LETTERS = 13  # of a line in a box
NARROW_LETTERS = 44  # of a line where routes are words
LINE = 11  # points of height that a line in a box takes
FEWEST = 4  # boxes for which there is room at the least
GAP = 0.04  # between boxes, in steps


def routes_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the commonest routes.

    Parameters
    ----------
    view
        From :meth:`cxlens.stages.journeys.paths.Paths.routes`.
    ax
        The Axes to draw on; shares stand to the left of it. A new one without it.

    Returns
    -------
    Axes
        Rows are routes with their shares of all journeys, boxes the touchpoints met; where it is narrow, routes are
        words.
    """
    ax = ax or style.new_axes()
    style.tidy(ax, grid="")
    ax.spines[:].set_visible(False)
    narrow = style.is_narrow(ax)
    if narrow:
        _write_routes(ax, view.table["route"].tolist())
    else:
        _draw_boxes(ax, view)
    rows = len(view.table)
    shares = [closest_percent(share) for share in view.table["share"]]
    ax.set_yticks(range(rows), shares, color=INK, fontsize=SMALL, parse_math=False)
    ax.set_ylim(rows - 0.5, -0.5)
    about = f"n = {count(view.record.n)} journeys"
    longest = view.parts["steps"]["step"].max()
    if not narrow and longest > STEPS:
        about += f"; first {STEPS} of {longest} steps"
    style.finish(ax, view.finding.title, about, x="" if narrow else "Step of the journey")
    return ax


def _write_routes(ax: Axes, names: list[str]) -> None:
    """Routes in words, below one another."""
    words = [style.wrap(name, NARROW_LETTERS) for name in names]
    most_lines = max(map(style.lines, words))
    row_height = LINE * most_lines + 8
    style.set_height(ax, len(words) * row_height)
    for row, text in enumerate(words):
        label = style.say(ax, text, (0, row), color=INK)
        label.set_in_layout(False)
    ax.set(xlim=(0, 1), xticks=[])


def _draw_boxes(ax: Axes, view: View) -> None:
    """A row of boxes for each route, and words for all others."""
    steps = view.parts["steps"]
    steps = steps[steps["step"] <= STEPS]
    words = steps["touchpoint"].map(lambda name: style.wrap(name, LETTERS))
    most_lines = max([1, *map(style.lines, words)])
    rows = len(view.table)
    row_height = LINE * most_lines + 12
    style.set_height(ax, rows * row_height)
    for row, step, text in zip(steps["row"], steps["step"], words, strict=True):
        _draw_box(ax, row, step, text)
    has_others = rows > steps["row"].nunique()
    if has_others:
        others = view.table["route"].iloc[-1]
        style.say(ax, others, (0.5 + GAP, rows - 1), color=INK)
    last = max([*steps["step"], FEWEST])
    ax.set_xlim(0.5, last + 0.5)
    ax.set_xticks(range(1, last + 1))


def _draw_box(ax: Axes, row: int, step: int, text: str) -> None:
    """A touchpoint met at a step of a route."""
    left = step - 0.5
    box = Rectangle(
        (left + GAP / 2, row - 0.4),
        width=1 - GAP,
        height=0.8,
        facecolor=PALE,
        edgecolor="none",
    )
    ax.add_patch(box)
    label = style.say(ax, text, (left + 2 * GAP, row), color=INK)
    label.set_in_layout(False)
