"""The picture of the importance-performance map: rating across, importance up.

:func:`map_marks` says which marks there are. Nothing is computed here: figures come from
:mod:`cxlens.stages.drivers.performance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox

from cxlens.common import style
from cxlens.common.labels import repel
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, LIGHT, SMALL, SPACE, TEXT
from cxlens.common.values import percent
from cxlens.stages.drivers.looks import UNDECIDED
from cxlens.stages.drivers.performance import CONCENTRATE, LIKELY, QUADRANTS
from cxlens.stages.drivers.side_charts import finish_side
from cxlens.study.asked import lowest_is_best

NAMED = 25  # touchpoints that are named in a map; those to concentrate on first
BELOW = 0.22  # height below 0, in heights above it: most touchpoints lie low, and their names need room
WRAPPED = 22  # characters of a line of a name
NARROWER = (13, 9)  # where there is no room for that


class MapMark(NamedTuple):
    """A touchpoint on the map: mean score across, importance in points of 100 up, each with its interval."""

    touchpoint: str
    mean: float
    mean_low: float
    mean_high: float
    importance: float
    importance_low: float
    importance_high: float
    concentrate: bool
    undecided: bool
    certainty: str

    @property
    def colour(self) -> str:
        """Blue for what to concentrate on, else grey."""
        return BLUE if self.concentrate else GREY

    @property
    def marker(self) -> str:
        """A diamond for what to concentrate on, else a circle."""
        return "D" if self.concentrate else "o"

    def matters(self, level: float) -> bool:
        """Whether it has to have its name: it is to be concentrated on, or of more importance than the dashed line."""
        return self.concentrate or self.importance > level

    @property
    def label(self) -> str:
        """The name, with the probability that it is to concentrate on where that is over a half."""
        if self.certainty:
            return f"{self.touchpoint}, {self.certainty}"
        return self.touchpoint


def map_marks(view: View) -> dict[str, list[MapMark]]:
    """The marks of each of the first six segments, "" where there is none; those to concentrate on first."""
    tables, _ = style.parts(view.table, view.record.by)
    order = ["p_concentrate", "importance"]
    marks = {}
    for segment, table in tables.items():
        known = table.dropna(subset="quadrant").sort_values(order, ascending=False, kind="stable")
        marks[segment] = [_mark(row) for row in known.to_dict("records")]
    return marks


def _mark(row: Any) -> MapMark:
    often = row["p_concentrate"]
    return MapMark(
        touchpoint=row["touchpoint"],
        mean=row["mean"],
        mean_low=row["mean_low"],
        mean_high=row["mean_high"],
        importance=100 * row["importance"],
        importance_low=100 * row["importance_low"],
        importance_high=100 * row["importance_high"],
        concentrate=row["quadrant"] == CONCENTRATE,
        undecided=row["quadrant"] == UNDECIDED,
        certainty=percent(often) if often > LIKELY else "",
    )


def performance_chart(view: View, ax: Axes | None = None) -> Axes:
    """Draw the map: rating across and importance up, each with its interval, parted by dashed lines.

    Parameters
    ----------
    view
        From :func:`cxlens.stages.drivers.performance.performance`. With ``by``: a panel for each of the first six
        segments.
    ax
        The Axes to draw on; a new one without it.

    Returns
    -------
    Axes
        The Axes drawn on.
    """
    ax = ax or style.new_axes()
    marks = map_marks(view)
    panels = _panels(view, list(marks), ax)
    top = _top(view.table)
    cross_hairs = view.parts["cross-hairs"].to_dict("records")
    for panel, segment_marks, cut in zip(panels, marks.values(), cross_hairs, strict=False):
        style.tidy(panel, grid="")
        _draw_marks(panel, segment_marks)
        panel.axvline(cut["mean"], color=DARK, linewidth=0.9, linestyle="--")
        panel.axhline(
            100 * cut["importance"],
            color=DARK,
            linewidth=0.9,
            linestyle="--",
        )
        panel.set_ylim(-BELOW * top, top)
        panel.set_yticks([tick for tick in panel.get_yticks() if 0 <= tick <= top])
        panel.margins(x=0.1)
        _put_best_right(panel, lowest_is_best(view.record.survey.scale))
    finish_side(
        view,
        ax,
        _caption(view),
        f"Importance: points of the differences in {view.record.outcome_words}",
    )
    _place_panels(ax)
    for panel, segment_marks, cut in zip(panels, marks.values(), cross_hairs, strict=False):
        _write_names(panel, segment_marks, SMALL if view.record.by else TEXT, cut)
    return ax


def _put_best_right(panel: Axes, lowest_best: bool) -> None:
    """Let the axis fall where the lowest score is the best; panels share it, so that it may fall already."""
    if lowest_best and not panel.xaxis_inverted():
        panel.invert_xaxis()


def _panels(view: View, segments: Sequence[str], ax: Axes) -> list[Axes]:
    """The Axes itself, or two panels a row."""
    if not view.record.by:
        style.set_height(ax, 330)
        return [ax]
    across = 1 if style.is_narrow(ax) else min(len(segments), 2)
    touchpoints = view.table["touchpoint"].nunique()
    least = 270 if across == 1 else 230
    style.set_height(ax, max(least, 7 * touchpoints) * -(-len(segments) // across))
    return style.add_panels(ax, segments, across, "sharex")


def _top(table: pd.DataFrame) -> float:
    """The upper end of the axis of importance, in points, with room for names."""
    known = table.dropna(subset="quadrant")
    highest = np.nanmax(
        known[["importance", "importance_high"]].to_numpy(float),
        initial=0.001,
    )
    return 115 * float(highest)


def _caption(view: View) -> str:
    """What the marks are."""
    marks = f"◆{SPACE}{CONCENTRATE}, with its probability; open: quadrant undecided; dashed: between low and high"
    scale = view.record.survey.scale
    ends = ""
    if scale and lowest_is_best(scale):
        ends = f" ({scale.ends})"
    return f"Mean score of users{ends}. {marks}"


def _draw_marks(panel: Axes, marks: Sequence[MapMark]) -> None:
    """Those to concentrate on last, so that they lie on top."""
    last = sorted(marks, key=lambda mark: mark.concentrate)
    mean = [mark.mean for mark in last]
    importance = [mark.importance for mark in last]
    colours = [mark.colour if mark.concentrate else LIGHT for mark in last]
    mean_ends = (
        [mark.mean_low for mark in last],
        [mark.mean_high for mark in last],
    )
    importance_ends = (
        [mark.importance_low for mark in last],
        [mark.importance_high for mark in last],
    )
    panel.hlines(importance, *mean_ends, colors=colours, linewidth=0.9)
    panel.vlines(mean, *importance_ends, colors=colours, linewidth=0.9)
    for mark in last:
        panel.plot(
            mark.mean,
            mark.importance,
            mark.marker,
            color=mark.colour,
            markerfacecolor="white" if mark.undecided else mark.colour,
            markersize=5,
        )


def _place_panels(ax: Axes) -> None:
    """Panels find their place only when drawn."""
    figure = ax.get_figure(root=True)
    if figure:
        figure.draw_without_rendering()


def _write_names(panel: Axes, marks: Sequence[MapMark], size: float, cut: Any) -> None:
    """Quadrants and touchpoints in words, clear of each other, of dots, intervals and dashed lines.

    A name stays in the quadrant of its mark; those that matter come first, others have one only close by. Where there
    is no room for all, it is said how many have one: beside the heading of a panel or, where it has none, above a
    corner, for which the names then make room.
    """
    level = 100 * cut["importance"]
    marks = sorted(marks, key=lambda mark: not mark.matters(level))
    blocked = _blocked(panel, _name_quadrants(panel, size))
    before = len(panel.texts)
    named = _label(panel, marks, blocked, cut)
    if named == len(marks):
        return
    segment = panel.get_title("left")
    if segment and panel.get_subplotspec() is None:
        style.head_panel(panel, f"{segment} ({_how_many(named, marks)})")
        return
    for label in panel.texts[before:]:
        label.remove()
    about = style.say(panel, _how_many(len(marks), marks), (0, 0), (4, 8 + size), "axes fraction", va="bottom")
    blocked.append(about.get_window_extent().padded(2))
    named = _label(panel, marks, blocked, cut)
    about.set_text(_how_many(named, marks))


def _label(panel: Axes, marks: Sequence[MapMark], blocked: list[Bbox], cut: Any) -> int:
    """Name the marks, each in its quadrant; gives back how many have a name."""
    spots = [(mark.mean, mark.importance) for mark in marks]
    return repel(
        panel,
        spots,
        [style.wrap(mark.label.replace(" %", f"{SPACE}%"), WRAPPED) for mark in marks[:NAMED]],
        blocked,
        frames=[_quadrant(panel, spot, cut) for spot in spots],
        narrower=NARROWER,
        matters=[mark.matters(100 * cut["importance"]) for mark in marks],
        avoided=_intervals(panel),
    )


def _blocked(panel: Axes, corners: Sequence[Annotation]) -> list[Bbox]:
    """Where no name may stand: on the names of the quadrants and on dashed lines."""
    blocked = [corner.get_window_extent().padded(2) for corner in corners]
    return blocked + [line.get_window_extent().padded(2) for line in panel.lines if line.get_linestyle() == "--"]


def _intervals(panel: Axes) -> list[Bbox]:
    """Where intervals are drawn."""
    ends = [path.vertices for lines in panel.collections for path in lines.get_paths()]
    return [Bbox(panel.transData.transform(two)).padded(1) for two in ends]


def _how_many(named: int, marks: Sequence[MapMark]) -> str:
    """How many of the marks have a name."""
    return f"{named} of {len(marks)} named; all: in the table"


def _quadrant(panel: Axes, spot: tuple[float, float], cut: Any) -> Bbox:
    """The part of a panel, in pixels, between its dashed lines and its sides that a spot lies in."""
    x, y = panel.transData.transform(spot)
    middle, level = panel.transData.transform((cut["mean"], 100 * cut["importance"]))
    whole = panel.bbox
    across = (whole.x0, middle) if x < middle else (middle, whole.x1)
    up = (whole.y0, level) if y < level else (level, whole.y1)
    return Bbox([[across[0], up[0]], [across[1], up[1]]])


def _name_quadrants(panel: Axes, size: float) -> list[Annotation]:
    """The name of each quadrant in its corner."""
    corners = product((0, 1), (0, 1))  # important, well rated
    return [_name_quadrant(panel, name, up, right, size) for name, (up, right) in zip(QUADRANTS, corners, strict=True)]


def _name_quadrant(panel: Axes, name: str, up: int, right: int, size: float) -> Annotation:
    """The name of a quadrant, inside its corner."""
    return style.say(
        panel,
        name.capitalize(),
        (right, up),
        (4 - 8 * right, 4 - 8 * up),
        "axes fraction",
        size=size,
        color=BLUE if name == CONCENTRATE else GREY,
        ha="right" if right else "left",
        va="top" if up else "bottom",
    )
