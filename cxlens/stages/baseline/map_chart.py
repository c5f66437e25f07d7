"""The picture of the touchpoint map: stages across, lanes down, each touchpoint a mark that says how it stands.

What is known of each touchpoint comes from :mod:`cxlens.stages.baseline.map_states`; nothing is computed here.
"""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from cxlens.common import style
from cxlens.common.finding import Finding
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT, ORANGE, PALE, SMALL, SPACE, TEXT
from cxlens.common.values import number, percent
from cxlens.errors import OptionError, check_option
from cxlens.stages.baseline.baseline import Baseline
from cxlens.stages.baseline.map_states import finding_of, map_states, state_of
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.touchpoints import Lanes, TouchpointMap

LANES = 76  # points of width that the names of the lanes take
LANE_LETTERS = 12  # letters on a line of the name of a lane
LINE_ROOM = 1.2  # height of a unit of the map, a line of text, in sizes of its font
MARK = 21  # points between the left edge of a column and its names, where the mark is
THINNEST, RING = 0.4, 2.6  # points: how wide a ring is, at least, and that of the most important touchpoint
INSIDE_RING = 11.5  # points across
LETTER, BOLD_LETTER = 0.55, 0.62  # how wide a letter is, in sizes of its font
NARROWEST = 46  # points: below them a column parts its words, and stages stand below one another
LIST_MARK = 26  # points from the left edge of a list to its names
NAME_SHARE = 0.62  # of the width of a list, for names; the rest says the lane
PALE_MARK = 0.25  # how much is left of what is not asked for
NEEDS = "needs without a touchpoint"
Row = dict[Any, Any]


class Look(NamedTuple):
    """How a state is marked, on the map and in the words of its key."""

    colour: str
    marker: str
    filled: bool
    sign: str
    words: str


LOOKS: dict[Any, Look] = {
    "below": Look(ORANGE, "D", True, "◆", "clearly below its standard"),
    "about": Look(BLUE, "o", False, "○", "not clearly off it"),
    "meets": Look(BLUE, "o", True, "●", "meets it"),
    "no standard": Look(GREY, "s", True, "■", "no standard"),
    "no data": Look(GREY, "s", False, "□", "no score"),
    None: Look(GREY, "o", True, "", ""),
}


@dataclass(frozen=True)
class Sight:
    """A map and what is to be seen on it.

    Attributes
    ----------
    touchpoint_map
        The map.
    performance, importance
        How touchpoints score and what matters; neither is by segment.
    lanes
        What the lanes stand for: ``"channel"``, ``"owner"`` or ``"process"``.
    shown
        Touchpoints that are asked for, all without it; the others are pale.
    """

    touchpoint_map: TouchpointMap
    performance: Baseline | None = None
    importance: Drivers | None = None
    lanes: Lanes = "channel"
    shown: Collection[str] | None = None

    @cached_property
    def states(self) -> pd.DataFrame:
        """What is known of each touchpoint: see :func:`states_of`."""
        return states_of(self.touchpoint_map, self.performance, self.importance)

    @property
    def finding(self) -> Finding:
        """What stands out, and what the map is."""
        return finding_of(self.touchpoint_map, self.states)

    def __str__(self) -> str:
        return self.finding.sentence


def standing(row: dict[Any, Any], level: float) -> tuple[str, str, bool, str]:
    """Colour, marker, filled, and words of a score against its standard; grey and no words without one."""
    state = state_of(row, level)
    if state in ("no data", "no standard"):
        return GREY, "o", True, ""
    look = LOOKS[state]
    if row["metric"] == "top_box":
        target = f"{percent(row['standard'])} top box"
    else:
        target = f"{row['standard']:g}"
    return look.colour, look.marker, look.filled, f"{state} {target}"


def states_of(touchpoint_map: TouchpointMap, performance: Any = None, importance: Any = None) -> pd.DataFrame:
    """What is known of each touchpoint: see :func:`cxlens.stages.baseline.map_states.map_states`.

    Raises
    ------
    OptionError
        When `performance` is no baseline or `importance` no drivers, or one of them is by segment.
    """
    check_result("performance", performance, Baseline, "cx.baseline(survey, touchpoint_map)")
    check_result("importance", importance, Drivers, "cx.drivers(survey)")
    return map_states(touchpoint_map, None if performance is None else performance.record, importance)


def check_result(argument: str, value: Any, kind: type[Any], make: str) -> None:
    """Refuse what is not a result of a kind, or is by segment."""
    if value is None:
        return
    if not isinstance(value, kind):
        raise OptionError(f"{argument} takes a {kind.__name__}, not a {type(value).__name__}. Make one: {make}.")
    if value.by is not None:
        raise OptionError(
            f"{argument} is by {value.by!r}, and a map shows one figure a touchpoint. Give {make} without by=."
        )


def map_chart(
    result: TouchpointMap,
    ax: Axes | None = None,
    performance: Baseline | None = None,
    importance: Drivers | None = None,
    lanes: Lanes = "channel",
    shown: Collection[str] | None = None,
) -> Axes:
    """Draw the touchpoint map: stages across, lanes down, each touchpoint a mark with its name.

    Parameters
    ----------
    result
        The map.
    ax
        The Axes to draw on; a new one without it.
    performance
        How the touchpoints score, from :func:`cxlens.baseline` without ``by``: marks differ by state.
    importance
        What matters, from :func:`cxlens.drivers` without ``by``: a ring where an importance is told apart from none,
        the wider, the more important; a star at moments of truth.
    lanes
        What the lanes stand for: ``"channel"``, ``"owner"`` or ``"process"``.
    shown
        Touchpoints that are asked for, all without it; the others are pale.

    Returns
    -------
    Axes
        The Axes drawn on. The size of a mark is the volume. Stages without a touchpoint are hatched, needs met
        nowhere have a lane of their own. A key in words stands below. Where columns would be too narrow for words,
        as on a phone, stages stand below one another, and the lane is said beside each name.

    Raises
    ------
    OptionError
        When `lanes` is none of the three, or `performance` or `importance` is by segment or another thing.
    """
    return sight_chart(Sight(result, performance, importance, lanes, shown), ax)


def sight_chart(sight: Sight, ax: Axes | None = None) -> Axes:
    """Draw a map with what is to be seen on it."""
    lanes = sight.lanes
    check_option("lanes", lanes, Lanes)
    states = sight.states
    ax = ax or style.new_axes()
    plan = _plan(ax, sight.touchpoint_map, states, lanes)
    if plan.column < NARROWEST:
        _draw_list(ax, sight, states)
        _finish(ax, sight, states, "")
        return ax
    style.set_height(ax, plan.tops[-1] * SMALL * LINE_ROOM)
    _draw_frame(ax, plan)
    gaps = sight.touchpoint_map.gaps()
    for stage in gaps.loc[gaps["gap"] == "stage", "stage"]:
        _hatch(ax, plan, stage)
    _draw_places(ax, plan, states, sight)
    _finish(ax, sight, states, lanes.capitalize())
    return ax


def said(row: Row) -> str:
    """A touchpoint in words: its name with its score, a star for a moment of truth, ! for a pain point that matters."""
    words = str(row["touchpoint"])
    if pd.notna(row["mean"]):
        words += f" {number(row['mean'], 1)}"
    signs = ""
    if _stands_out(row):
        signs += "!"
    if row["moment_of_truth"]:
        signs += "★"
    return f"{words}{SPACE}{signs}" if signs else words  # no sign stands on a line of its own


def _stands_out(row: Row | None) -> bool:
    """Whether it is a pain point that matters; a need that nothing serves has no row."""
    return bool(row and row["pain_point"] and row["matters"])


class _Place(NamedTuple):
    """Where a touchpoint, or a need that nothing serves (no row), stands; ``depth`` is in lines from the lane's top."""

    lane: str
    stage: int
    depth: float
    words: str
    row: Row | None

    @property
    def end(self) -> float:
        """Where its words end, in lines from the lane's top, with the room below them."""
        return self.depth + max(style.lines(self.words), 1.5) + 0.5


class _Plan(NamedTuple):
    """Where all of it stands: columns are stages, so many points wide; ``tops`` (lanes + 1,) in lines."""

    stages: Sequence[str]
    lanes: Sequence[str]
    places: Sequence[_Place]
    tops: NDArray[np.float64]
    column: float

    @property
    def bottom(self) -> float:
        """Where the lanes of touchpoints end; that of the needs comes below."""
        return float(self.tops[-2] if self.lanes[-1] == NEEDS else self.tops[-1])


def _plan(ax: Axes, touchpoint_map: TouchpointMap, states: pd.DataFrame, lanes: Lanes) -> _Plan:
    """Touchpoints below one another in the cells of lane and stage; the last lane is that of the needs."""
    stages = touchpoint_map.lifecycle.names
    width = style.points(ax, style.cell(ax).width)
    column = (width - LANES) / len(stages)
    ends = defaultdict[tuple[str, int], float](lambda: 0.4)
    places = []
    for lane, stage, name, row in _entries(touchpoint_map, states, lanes):
        cell = (lane, stages.index(stage))
        words = _fitted(name, column - MARK, bold=_stands_out(row))
        place = _Place(*cell, ends[cell], words, row)
        places.append(place)
        ends[cell] = place.end
    names = list(dict.fromkeys(place.lane for place in places))
    heights = [_lane_height(lane, places) for lane in names]
    tops = np.cumsum([0.0, *heights])
    return _Plan(stages, names, places, tops, column)


def _entries(
    touchpoint_map: TouchpointMap,
    states: pd.DataFrame,
    lanes: Lanes,
) -> list[tuple[str, str, str, Row | None]]:
    """Lane, stage, words and row of each touchpoint, then of each need that nothing serves."""
    entries: list[tuple[str, str, str, Row | None]] = []
    for row in states.to_dict("records"):
        entries.append((row[lanes] or f"no {lanes}", row["stage"], said(row), row))
    gaps = touchpoint_map.gaps()
    for gap in gaps[gaps["gap"] == "need"].to_dict("records"):
        entries.append((NEEDS, gap["stage"], gap["need"], None))
    return entries


def _lane_height(lane: str, places: Sequence[_Place]) -> float:
    """Lines that a lane needs for its own name and for its fullest cell."""
    name = 1.4 * style.lines(style.wrap(lane, LANE_LETTERS)) + 0.4
    return max(name, *(place.end for place in places if place.lane == lane))


def _fitted(name: str, width: float, *, bold: bool) -> str:
    """A name on lines of so many points; a word that is longer than a line is parted with hyphens."""
    letter = BOLD_LETTER if bold else LETTER
    most = max(int(width / SMALL / letter), 6)

    def part(word: re.Match[str]) -> str:
        letters = len(word[0])
        pieces = -(-letters // (most - 1))
        return "- ".join(textwrap.wrap(word[0], -(-letters // pieces)))

    longer = re.compile(rf"[^\s-]{{{most + 1},}}")
    return style.wrap(longer.sub(part, name), most)


def _draw_frame(ax: Axes, plan: _Plan) -> None:
    """The grid, with the names of stages above and of lanes on the left."""
    stages = [style.wrap(stage, int(plan.column / TEXT / LETTER)) for stage in plan.stages]
    lanes = [style.wrap(lane, LANE_LETTERS) for lane in plan.lanes]
    tops = plan.tops
    right = len(stages) - 0.5
    style.tidy(ax, grid="")
    ax.set(xlim=(-0.5, right), ylim=(tops[-1], 0))
    ax.set_xticks(range(len(stages)), stages, fontsize=TEXT, color=INK, parse_math=False)
    ax.xaxis.tick_top()
    middles = (tops[1:] + tops[:-1]) / 2
    ax.set_yticks(middles, lanes, fontsize=TEXT, color=INK, parse_math=False)
    ax.hlines(
        tops[1:-1],
        -0.5,
        right,
        color=LIGHT,
        linewidth=0.8,
    )
    between = np.arange(1, len(stages)) - 0.5
    ax.vlines(between, 0, tops[-1], color=PALE, linewidth=0.8)


def _hatch(ax: Axes, plan: _Plan, stage: str) -> None:
    """A stage on which nothing is."""
    x = plan.stages.index(stage)
    place = Rectangle(
        (x - 0.5, 0),
        1,
        plan.bottom,
        facecolor="none",
        edgecolor=LIGHT,
        hatch="///",
        linewidth=0,
    )
    ax.add_patch(place)
    words = _fitted("no touchpoint", plan.column, bold=True)
    text = style.say(ax, words, (x, 0.4), ha="center", va="top", color=ORANGE)
    text.set_fontweight("bold")
    text.set_bbox({"color": "white", "pad": 1})


def _draw_places(ax: Axes, plan: _Plan, states: pd.DataFrame, sight: Sight) -> None:
    """A mark and its words for each place, no larger than the height there is allows."""
    size = min(SMALL, style.content_height(ax) / plan.tops[-1] / LINE_ROOM)
    largest = _Largest(states["volume"].max(), states["importance"].max())
    for place in plan.places:
        left = place.stage - 0.5
        top = plan.tops[plan.lanes.index(place.lane)] + place.depth
        at = (left + 0.5 * MARK / plan.column, top + 0.5)
        alpha = _opacity(place.row, sight)
        _draw_mark(ax, at, place.row, largest, alpha)
        text = style.say(
            ax,
            place.words,
            (left, top),
            (MARK, 0),
            va="top",
            size=size,
            color=INK,
        )
        text.set_linespacing(LINE_ROOM * 0.98)
        text.set_in_layout(False)
        text.set_alpha(alpha)
        if _stands_out(place.row):
            text.set_fontweight("bold")


def _draw_list(ax: Axes, sight: Sight, states: pd.DataFrame) -> None:
    """Stages below one another, each with its touchpoints, the lane of each, and the needs that nothing there serves.

    As wide as a phone there is no room for columns.
    """
    width = style.points(ax, style.cell(ax).width)
    largest = _Largest(states["volume"].max(), states["importance"].max())
    entries = _entries(sight.touchpoint_map, states, sight.lanes)
    lines = 0.0
    style.tidy(ax, grid="")
    ax.set(xlim=(0, width), xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    for stage in sight.touchpoint_map.lifecycle.names:
        heading = style.say(ax, stage, (0, lines + 0.9), size=TEXT, color=INK)
        heading.set_fontweight("bold")
        ax.axhline(lines, color=LIGHT, linewidth=0.8)
        lines += 1.8
        here = [entry for entry in entries if entry[1] == stage]
        if not any(row for *_, row in here):
            style.say(ax, "no touchpoint", (LIST_MARK, lines + 0.5), color=ORANGE).set_fontweight("bold")
            lines += 1.6
        for lane, _, name, row in here:
            lines += _draw_entry(ax, lines, (lane, name), row, largest, _opacity(row, sight))
    ax.set_ylim(lines, 0)
    style.set_height(ax, lines * SMALL * LINE_ROOM)


def _draw_entry(
    ax: Axes, top: float, words: tuple[str, str], row: Row | None, largest: _Largest, alpha: float
) -> float:
    """A touchpoint, or a need that nothing serves, in a list; gives back the lines it takes."""
    width = ax.get_xlim()[1]
    lane, name = words
    name = _fitted(name, NAME_SHARE * width - LIST_MARK, bold=_stands_out(row))
    lane = _fitted(lane, (1 - NAME_SHARE) * width - 4, bold=False)
    _draw_mark(ax, (LIST_MARK / 2, top + 0.55), row, largest, alpha)
    text = style.say(ax, name, (LIST_MARK, top), va="top", color=INK)
    text.set_fontweight("bold" if _stands_out(row) else "normal")
    beside = style.say(ax, lane, (width, top), va="top", ha="right")
    for each in (text, beside):
        each.set_alpha(alpha)
        each.set_linespacing(LINE_ROOM * 0.98)
    return max(style.lines(name), style.lines(lane), 1.2) + 0.55


class _Largest(NamedTuple):
    """The largest volume and importance, which the sizes of marks and rings are shares of."""

    volume: float
    importance: float


def _opacity(row: Row | None, sight: Sight) -> float:
    """Pale where something else is asked for; needs that nothing serves are a matter of the whole map."""
    asked = row is None or sight.shown is None or row["touchpoint"] in sight.shown
    return 1.0 if asked else PALE_MARK


def _draw_mark(ax: Axes, at: tuple[float, float], row: Row | None, largest: _Largest, alpha: float) -> None:
    """The mark of a touchpoint with its ring, or the cross of a need that nothing serves."""
    if row is None:
        ax.plot(*at, "X", color=ORANGE, markersize=5)
        return
    _draw_touchpoint(ax, at, row, largest.volume, alpha)
    _draw_ring(ax, at, row, largest.importance, alpha)


def _draw_touchpoint(ax: Axes, at: tuple[float, float], row: Row, largest: float, alpha: float) -> None:
    """The mark of a touchpoint: its look is its state, its area the volume, 3 to 8 points across."""
    look = LOOKS[row["state"]]
    side = 5.0  # without volumes all are alike
    if largest > 0:
        share = 0.0
        if row["volume"] > 0:
            share = row["volume"] / largest
        side = np.sqrt(10 + 54 * share)
    if look.marker == "D":
        side *= 0.85  # a square on its corner looks larger
    ax.plot(
        *at,
        look.marker,
        color=look.colour,
        markersize=side,
        markerfacecolor=look.colour if look.filled else "white",
        alpha=alpha,
    )


def _draw_ring(ax: Axes, at: tuple[float, float], row: Row, largest: float, alpha: float) -> None:
    """A ring around what matters, the wider the more."""
    if not row["matters"] or not largest > 0:
        return
    share = max(row["importance"], 0) / largest
    width = THINNEST + (RING - THINNEST) * share
    ax.plot(
        *at,
        "o",
        color=DARK,
        markersize=INSIDE_RING + width,
        markerfacecolor="none",
        markeredgewidth=width,
        alpha=alpha,
    )


def _finish(ax: Axes, sight: Sight, states: pd.DataFrame, side: str) -> None:
    """Title, subtitle, the key below the map, and what its side is."""
    finding = finding_of(sight.touchpoint_map, states)
    about = [*finding.more] or [f"n = {len(states)} touchpoints"]
    pale = len(states) - len(sight.shown or states)
    if pale:
        about.append(f"{pale} of {len(states)} pale: not asked for")
    if sight.performance:
        scale = sight.performance.survey.scale
        span = f" ({scale.ends})" if scale else ""
        answers = style.about(sight.performance.survey.n, sight.performance.level)
        about.append(f"Figure: mean score{span}, {answers}")
    if sight.importance:
        about.append(f"Importance: association with {sight.importance.record.outcome_words}")
    key = _key(sight, states) or "Stage of the lifecycle"
    style.finish(
        ax,
        finding.title,
        ". ".join(about),
        key,
        side,
    )


def _key(sight: Sight, states: pd.DataFrame) -> str:
    """What the marks that are there mean."""
    key = []
    for state, look in LOOKS.items():
        if state and (states["state"] == state).any():
            key.append(f"{look.sign}{SPACE}{look.words}")
    if sight.importance:
        key.append("ring: matters, the wider the more")
        if (states["pain_point"] & states["matters"]).any():
            key.append(f"bold{SPACE}!: pain point that matters")
        if states["moment_of_truth"].any():
            key.append(f"★{SPACE}moment of truth")
    if (states["volume"] > 0).any():
        key.append("size of a mark: contacts a year")
    if (sight.touchpoint_map.gaps()["gap"] == "need").any():
        key.append(f"✖{SPACE}need that no touchpoint of its stage serves")
    return "; ".join(key)
