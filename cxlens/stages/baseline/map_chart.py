"""The picture of the touchpoint map: stages across, lanes down, each touchpoint a mark that says how it stands.

What is known of each touchpoint comes from :mod:`cxlens.stages.baseline.map_states`; nothing is computed here.
"""

from __future__ import annotations

import re
import textwrap
from collections import defaultdict
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cxlens.common import style
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT, ORANGE, PALE, SMALL, TEXT
from cxlens.common.values import number, percent
from cxlens.errors import OptionError, check_option, listing
from cxlens.stages.baseline.baseline import Baseline
from cxlens.stages.baseline.map_states import map_states, state_of
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.touchpoints import Lanes, TouchpointMap

LANES = 76  # points of width that the names of the lanes take
LINE_ROOM = 1.2  # height of a unit of the map, a line of text, in sizes of its font
MARK = 21  # points between the left edge of a column and its names, where the mark is
RING = 2.6  # points: how wide the ring of the most important touchpoint is
NEEDS = "needs met nowhere"
SPACE = "\N{NO-BREAK SPACE}"  # keeps a symbol with its words
NAMED = 4  # touchpoints that the title names


class Look(NamedTuple):
    """How a state is marked, on the map and in the words of its key."""

    colour: str
    marker: str
    filled: bool
    sign: str
    words: str


LOOKS: dict[Any, Look] = {
    "below": Look(ORANGE, "D", True, "◆", "clearly below its standard"),
    "about": Look(BLUE, "o", False, "○", "about at it"),
    "meets": Look(BLUE, "o", True, "●", "meets it"),
    "no standard": Look(GREY, "s", True, "■", "no standard"),
    "no data": Look(GREY, "s", False, "□", "no score"),
    None: Look(GREY, "o", True, "", ""),
}


@dataclass(frozen=True, slots=True)
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
    """

    touchpoint_map: TouchpointMap
    performance: Baseline | None = None
    importance: Drivers | None = None
    lanes: Lanes = "channel"

    def __str__(self) -> str:
        finding = _finding(states_of(self.touchpoint_map, self.performance, self.importance))
        return f"{finding}{'. ' if finding else ''}{self.touchpoint_map}"


def standing(row: dict[Any, Any], level: float) -> tuple[str, str, bool, str]:
    """Colour, marker, filled, and words of a score against its standard; grey and no words without one."""
    state = state_of(row, level)
    if state in {"no data", "no standard"}:
        return GREY, "o", True, ""
    target = percent(row["standard"]) + " top box" if row["metric"] == "top_box" else f"{row['standard']:g}"
    return *LOOKS[state][:3], f"{state} {target}"


def states_of(touchpoint_map: TouchpointMap, performance: Any = None, importance: Any = None) -> pd.DataFrame:
    """What is known of each touchpoint: see :func:`cxlens.stages.baseline.map_states.map_states`.

    Raises
    ------
    OptionError
        When `performance` is no baseline or `importance` no drivers, or one of them is by segment.
    """
    _check("performance", performance, Baseline, "cx.baseline(survey, touchpoint_map)")
    _check("importance", importance, Drivers, "cx.drivers(survey)")
    return map_states(touchpoint_map, None if performance is None else performance.record, importance)


def _check(argument: str, value: Any, kind: type[Any], make: str) -> None:
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

    Returns
    -------
    Axes
        The Axes drawn on. The size of a mark is the volume. Stages without a touchpoint are hatched, needs met
        nowhere have a lane of their own. A key in words stands below.

    Raises
    ------
    OptionError
        When `lanes` is none of the three, or `performance` or `importance` is by segment or another thing.
    """
    check_option("lanes", lanes, Lanes)
    states = states_of(result, performance, importance)
    ax = ax or style.new_axes()
    stages, gaps = result.lifecycle.names, result.gaps()
    column = (style.points(ax, style.cell(ax).width) - LANES) / len(stages)
    items: list[tuple[Any, Any, Any, dict[Any, Any] | None]] = [
        (row[lanes] or f"no {lanes}", row["stage"], said(row), row) for row in states.to_dict("records")
    ]
    items += [(NEEDS, gap.stage, gap.need, None) for gap in gaps[gaps["gap"] == "need"].itertuples()]
    places, depth = [], defaultdict[tuple[str, str], float](lambda: 0.4)
    for lane, stage, name, row in items:
        words = _fitted(name, column - MARK, bold=bool(row and row["pain_point"] and row["matters"]))
        places.append((lane, stage, depth[lane, stage], words, row))
        depth[lane, stage] += max(style.lines(words), 1.5) + 0.5
    order = list(dict.fromkeys(lane for lane, _ in depth))
    named = [style.wrap(lane, 12) for lane in order]
    heights = [
        max(1.4 * style.lines(words) + 0.4, *(lines for place, lines in depth.items() if place[0] == lane))
        for lane, words in zip(order, named, strict=True)
    ]
    tops = np.cumsum([0.0, *heights])
    style.set_height(ax, tops[-1] * SMALL * LINE_ROOM)
    _frame(ax, [style.wrap(stage, int(column / TEXT / 0.55)) for stage in stages], named, tops)
    for stage in gaps.loc[gaps["gap"] == "stage", "stage"]:
        _hatch(ax, stages.index(stage), tops[-2] if order[-1] == NEEDS else tops[-1], column)
    size = min(SMALL, style.content_height(ax) / tops[-1] / LINE_ROOM)
    largest = (states["volume"].max(), states["importance"].max())
    for lane, stage, y, words, row in places:
        x, top = stages.index(stage) - 0.5, tops[order.index(lane)] + y
        bold = _mark(ax, (x + 0.5 * MARK / column, top + 0.5), row, largest)
        text = style.say(ax, words, (x, top), (MARK, 0), va="top", size=size, color=INK)
        text.set(linespacing=LINE_ROOM * 0.98, in_layout=False, fontweight="bold" if bold else "normal")
    _words(ax, Sight(result, performance, importance, lanes), states, gaps)
    return ax


def said(row: dict[Any, Any]) -> str:
    """A touchpoint in words: its name with its score, a star for a moment of truth, ! for a pain point that matters."""
    score = "" if pd.isna(row["mean"]) else f" {number(row['mean'], 1)}"
    signs = f"{'!' if row['pain_point'] and row['matters'] else ''}{'★' if row['moment_of_truth'] else ''}"
    return f"{row['touchpoint']}{score}{' ' if signs else ''}{signs}"


def _fitted(name: str, width: float, *, bold: bool) -> str:
    """A name on lines of so many points; a word that is longer than a line is parted with hyphens."""
    most = max(int(width / SMALL / (0.62 if bold else 0.55)), 6)

    def part(word: re.Match[str]) -> str:
        pieces = -(-len(word[0]) // (most - 1))
        return "- ".join(textwrap.wrap(word[0], -(-len(word[0]) // pieces)))

    return style.wrap(re.sub(rf"[^\s-]{{{most + 1},}}", part, name), most)


def _frame(ax: Axes, stages: list[str], lanes: list[str], tops: Any) -> None:
    """The grid, with the names of stages above and of lanes on the left."""
    style.tidy(ax, grid="")
    ax.set(xlim=(-0.5, len(stages) - 0.5), ylim=(tops[-1], 0))
    ax.set_xticks(range(len(stages)), stages, fontsize=TEXT, color=INK)
    ax.xaxis.tick_top()
    ax.set_yticks((tops[1:] + tops[:-1]) / 2, lanes, fontsize=TEXT, color=INK)
    ax.hlines(tops[1:-1], -0.5, len(stages) - 0.5, color=LIGHT, linewidth=0.8)
    ax.vlines(np.arange(1, len(stages)) - 0.5, 0, tops[-1], color=PALE, linewidth=0.8)


def _hatch(ax: Axes, stage: int, bottom: float, column: float) -> None:
    """A stage on which nothing is."""
    place = Rectangle((stage - 0.5, 0), 1, bottom, facecolor="none", edgecolor=LIGHT, hatch="///", linewidth=0)
    ax.add_patch(place)
    gap = style.say(ax, _fitted("no touchpoint", column, bold=True), (stage, 0.4), ha="center", va="top", color=ORANGE)
    gap.set(fontweight="bold", bbox={"color": "white", "pad": 1})


def _mark(ax: Axes, at: tuple[float, float], row: dict[Any, Any] | None, largest: tuple[float, float]) -> bool:
    """The mark of a touchpoint, or of a need that nothing serves (no row); gives back whether it stands out."""
    if row is None:
        ax.plot(*at, "X", color=ORANGE, markersize=5)
        return False
    look, (volume, importance) = LOOKS[row["state"]], largest
    # 3 to 8 points across; without volumes all are alike.
    side = np.sqrt(10 + 54 * (row["volume"] / volume if row["volume"] > 0 else 0)) if volume > 0 else 5.0
    ax.plot(*at, look.marker, color=look.colour, markersize=side * (0.85 if look.marker == "D" else 1),
            markerfacecolor=look.colour if look.filled else "white")  # fmt: skip
    if row["matters"] and importance > 0:
        width = 0.4 + (RING - 0.4) * max(row["importance"], 0) / importance
        ax.plot(*at, "o", color=DARK, markersize=11.5 + width, markerfacecolor="none", markeredgewidth=width)
    return bool(row["pain_point"] and row["matters"])


def _finding(states: pd.DataFrame) -> str:
    """What stands out, or nothing."""
    pain = states[states["pain_point"]]
    worst = pain[pain["matters"]].sort_values("importance", ascending=False, kind="stable")
    if len(worst):
        return f"Below standard where it matters: {listing(worst['touchpoint'], NAMED)}"
    return f"Clearly below their standard: {listing(pain['touchpoint'], NAMED)}" if len(pain) else ""


def _words(ax: Axes, sight: Sight, states: pd.DataFrame, gaps: pd.DataFrame) -> None:
    """Title, subtitle, and the key below the map."""
    whole, finding = str(sight.touchpoint_map).removesuffix("."), _finding(states)
    about = [whole] if finding else [f"n = {len(states)} touchpoints"]
    key = [f"{LOOKS[s].sign}{SPACE}{LOOKS[s].words}" for s in LOOKS if s and (states["state"] == s).any()]
    if performance := sight.performance:
        scale = performance.survey.scale
        span = f" ({scale.low:g} to {scale.high:g})" if scale else ""
        about.append(f"Figure: mean score{span}, {style.about(performance.survey.n, performance.level)}")
    if importance := sight.importance:
        about.append(f"Importance: association with {importance.outcome}")
        key.append("ring: matters, the wider the more")
        key += [f"bold{SPACE}!: pain point that matters"] if (states["pain_point"] & states["matters"]).any() else []
        key += [f"★{SPACE}moment of truth"] if states["moment_of_truth"].any() else []
    if (states["volume"] > 0).any():
        key.append("size of a mark: contacts a year")
    if (gaps["gap"] == "need").any():
        key.append(f"✖{SPACE}need that no touchpoint of its stage serves")
    title = finding or whole
    style.finish(ax, title, ". ".join(about), "; ".join(key) or "Stage of the lifecycle", sight.lanes.capitalize())
