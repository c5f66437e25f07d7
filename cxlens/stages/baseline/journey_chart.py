"""The picture of a journey map: personas, rows of stages, a key; and the results that it is made of, checked.

What stands where is settled in :mod:`cxlens.stages.baseline.journey_blocks`; nothing is computed here. The Axes is
measured in points, from its upper left corner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from cxlens.common import style
from cxlens.common.result import View
from cxlens.common.style import BLUE, DARK, GREY, INK, LIGHT, ORANGE, PALE, SPACE
from cxlens.errors import ColumnError, OptionError, listing
from cxlens.stages.baseline.baseline import Baseline
from cxlens.stages.baseline.journey_blocks import (
    COLOURS,
    EDGE,
    FIGURES,
    GAP,
    LANES,
    LETTER,
    MARK,
    PAD,
    Block,
    LanePlan,
    RowPlan,
    Spot,
    height_of,
    planned_row,
)
from cxlens.stages.baseline.journey_blocks import PALE as PALE_MARK
from cxlens.stages.baseline.journey_lanes import AGAINST, FEELS, MISSING, Given
from cxlens.stages.baseline.journey_layout import Axis, axis_of, columns_of, rows_of
from cxlens.stages.baseline.journey_map import JourneyMap, journey_of
from cxlens.stages.baseline.map_chart import LOOKS, check_result
from cxlens.stages.baseline.set_type import BODY, LEADING, LEAST, Words, set_type
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.parts import Persona
from cxlens.study.touchpoints import TouchpointMap

Row = dict[Any, Any]
WIDTH = 13.3  # inches of a picture that is given no Axes: 1,280 px
BETWEEN = 22.0  # points between two rows of stages
PERSONA = 200.0  # points that a persona needs, at least
NEEDED = ("name", "touchpoints", "owner")  # of initiatives
TITLE = 16.0  # points
SIDE = 0.008  # of the width of a figure, left and right


@dataclass(frozen=True, slots=True)
class Pen:
    """Where is drawn: the Axes, so many points wide; ``size`` is what is left of a size of type."""

    ax: Axes
    journey: JourneyMap
    width: float
    size: float

    def write(self, words: Words, x: float, y: float, *, alpha: float = 1.0, ha: str = "left") -> float:
        """Write words below a place; gives back where they end."""
        size = words.size * self.size
        text = style.say(self.ax, words.text, (x, y), va="top", ha=ha, color=words.colour, size=size)
        text.set_linespacing(LEADING * 0.98)
        text.set_fontweight("bold" if words.bold else "normal")
        text.set_fontstyle("italic" if words.italic else "normal")
        text.set_alpha(alpha)
        text.set_in_layout(False)
        return y + words.height

    def write_all(self, words: Sequence[Words], x: float, y: float, alpha: float = 1.0) -> float:
        """Write words below one another; gives back where they end."""
        for each in words:
            y = self.write(each, x, y, alpha=alpha)
        return y

    def rule(self, y: float, left: float = 0.0, *, colour: str = LIGHT) -> None:
        """A line across, from so far left."""
        self.ax.plot([left, self.width], [y, y], color=colour, linewidth=0.8)

    def fill(self, left: float, top: float, width: float, height: float, colour: str, alpha: float = 1.0) -> None:
        """A shade."""
        shade = Rectangle((left, top), width, height, facecolor=colour, linewidth=0, alpha=alpha)
        self.ax.add_patch(shade)

    def hatch(self, left: float, top: float, width: float, height: float) -> None:
        """Where nothing is known."""
        hatched = Rectangle(
            (left, top),
            width,
            height,
            facecolor="none",
            edgecolor=LIGHT,
            hatch="///",
            linewidth=0,
        )
        self.ax.add_patch(hatched)


def journey_of_results(
    touchpoint_map: TouchpointMap,
    performance: Any = None,
    importance: Any = None,
    comments: Any = None,
    emotion: Any = None,
    initiatives: Any = None,
    personas: Sequence[Persona] | None = None,
) -> JourneyMap:
    """The journey map of a touchpoint map and what is known of it.

    See :meth:`cxlens.TouchpointMap.plot`.

    Raises
    ------
    OptionError, ColumnError
        When a result is of another kind or by segment, or initiatives lack a column.
    """
    check_result("performance", performance, Baseline, "cx.baseline(survey, touchpoint_map)")
    check_result("importance", importance, Drivers, "cx.drivers(survey)")
    _check_view("comments", comments)
    _check_view("emotion", emotion)
    _check_initiatives(initiatives)
    given = Given(
        touchpoint_map=touchpoint_map,
        performance=None if performance is None else performance.record,
        importance=importance,
        comments=comments,
        emotion=emotion,
        initiatives=initiatives,
        personas=tuple(personas or ()),
    )
    return journey_of(given)


def _check_view(kind: str, value: Any) -> None:
    """Refuse what is no view of a kind, or is by segment."""
    if value is None:
        return
    make = f"cx.baseline(survey).{kind}()"
    given = f"one of {value.kind}" if isinstance(value, View) else f"a {type(value).__name__}"
    if given != f"one of {kind}":
        raise OptionError(f"{kind} takes a view of {kind}, not {given}. Make one: {make}.")
    if "segment" in value.table:
        raise OptionError(f"{kind} is by segment, and a map shows one figure a touchpoint. Give {make}.")


def _check_initiatives(value: Any) -> None:
    """Refuse what is no list of initiatives."""
    if value is None:
        return
    if not isinstance(value, pd.DataFrame):
        raise OptionError(f"initiatives take a DataFrame, not a {type(value).__name__}. Make one: study.initiatives().")
    lacking = [name for name in NEEDED if name not in value]
    if lacking:
        raise ColumnError(f"initiatives lack the column {listing(lacking)}. Give study.initiatives().")


def journey_chart(result: JourneyMap, ax: Axes | None = None) -> Axes:
    """Draw the journey map: stages across, lanes down; stages that find no room beside the others go on below.

    Parameters
    ----------
    result
        The journey map, as :meth:`cxlens.TouchpointMap.plot` makes it.
    ax
        The Axes to draw on; new ones, 13.3 inches wide and as high as it takes, without it.

    Returns
    -------
    Axes
        The Axes drawn on, measured in points from its upper left corner. Orange diamonds are clearly below their
        standard, rings about at it, blue dots meet it; short lines are standards, the dotted line is a competitor.
        Where nothing is known there are hatches and words, and the line of ratings breaks.
    """
    ax = ax or style.new_axes(WIDTH)
    width = _open(ax)
    rows = rows_of(columns_of(result), (width - LANES) / LETTER)
    plans = [planned_row(result, row, width) for row in rows]
    key = _key(result, width)
    head = _Head(result, width)
    stages = sum(plan.height + BETWEEN for plan in plans)
    size = _fit(ax, head.height + stages + key.height)
    pen = Pen(ax, result, width, size)
    head.draw(pen)
    y = head.height
    axis = axis_of(result)
    for plan in plans:
        _draw_row(pen, plan, axis, y)
        y += plan.height + BETWEEN
    pen.write(key, 0, y)
    style.read_plainly(ax)
    return ax


def _is_free(ax: Axes) -> bool:
    """Whether the height of the figure is left to the chart."""
    figure = ax.get_figure(root=True)
    return figure is not None and figure.get_figheight() == style.FLAT


def _open(ax: Axes) -> float:
    """Empty Axes, as wide as a figure of its own; gives back how many points that is."""
    if _is_free(ax):
        ax.set_position((SIDE, 0, 1 - 2 * SIDE, 1))
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return style.points(ax, ax.bbox.width)


def _fit(ax: Axes, needed: float) -> float:
    """Give a figure the height that is needed, where that is left to the chart; what is left of a size of type."""
    figure = ax.get_figure(root=True)
    if figure and _is_free(ax):
        whole = needed + 2 * PAD
        figure.set_figheight(whole / 72)
        ax.set_position((SIDE, PAD / whole, 1 - 2 * SIDE, needed / whole))
    ax.set(xlim=(0, style.points(ax, ax.bbox.width)), ylim=(needed, 0))
    return min(1.0, style.points(ax, ax.bbox.height) / needed)


class _Head:
    """What stands above the stages: that the data are made up, the title, what it rests on, the personas."""

    def __init__(self, journey: JourneyMap, width: float) -> None:
        finding = journey.finding
        more = " ".join(f"{sentence}." for sentence in finding.more)
        self.tag = []
        if journey.given.simulated:
            self.tag = [set_type("Simulated data", width, size=BODY, bold=True, colour=ORANGE)]
        self.title = set_type(finding.title, width, size=TITLE, bold=True)
        self.about = set_type(f"{more} {journey.note}".strip(), width, size=LEAST, colour=DARK)
        beside = int(width // PERSONA)
        self.across = max(min(len(journey.personas), beside), 1)
        self.each = width / self.across
        self.personas = [self._told(*traveller) for traveller in journey.personas]

    def _told(self, name: str, about: str, told: Sequence[str]) -> list[Words]:
        """A persona."""
        width = self.each - 2 * PAD
        head = set_type(name, width, size=BODY, bold=True)
        who = set_type(about, width, size=BODY)
        lines = [set_type(line, width, size=LEAST, colour=DARK) for line in told]
        return [head, who, *lines]

    @property
    def bands(self) -> list[list[list[Words]]]:
        """Rows of personas."""
        begun = range(0, len(self.personas), self.across)
        return [self.personas[first : first + self.across] for first in begun]

    @property
    def title_at(self) -> float:
        """Points from the top to the title."""
        return height_of(self.tag) + GAP * len(self.tag)

    @property
    def about_at(self) -> float:
        """Points from the top to what the map rests on."""
        return self.title_at + self.title.height + PAD

    @property
    def height(self) -> float:
        """Points from the top to the stages."""
        personas = sum(_highest(band) + 2 * PAD for band in self.bands)
        return self.about_at + self.about.height + personas + 3 * PAD

    def draw(self, pen: Pen) -> None:
        """Write all of it."""
        pen.write_all(self.tag, 0, 0)
        self._draw_title(pen)
        y = pen.write(self.about, 0, self.about_at) + PAD
        for band in self.bands:
            pen.rule(y, colour=GREY)
            for place, words in enumerate(band):
                pen.write_all(words, place * self.each, y + PAD)
            y += _highest(band) + 2 * PAD

    def _draw_title(self, pen: Pen) -> None:
        """The title is that of the Axes, so that files have it, too."""
        size = TITLE * pen.size
        title = pen.ax.set_title(self.title.text, loc="left", y=1, fontsize=size, fontweight="bold")
        title.set(transform=pen.ax.transData, position=(0, self.title_at), verticalalignment="top", color=INK)
        title.set_linespacing(LEADING * 0.98)
        title.set_in_layout(False)


def _highest(band: Sequence[Sequence[Words]]) -> float:
    """Points of the highest of several persons."""
    return max(height_of(words) for words in band)


def _draw_row(pen: Pen, plan: RowPlan, axis: Axis | None, y: float) -> None:
    """A row of stages."""
    for phase in plan.phases:
        pen.ax.plot([phase.left, phase.right], [y, y], color=BLUE, linewidth=2, solid_capstyle="butt")
        pen.write(phase.name, phase.left + PAD, y + 3)
    below = y + plan.top - PAD
    for left, head in zip(plan.edges[:-1], plan.heads, strict=True):
        pen.write(head, left + PAD, below - head.height)
    y += plan.top
    for lane in plan.lanes:
        pen.rule(y)
        pen.write(lane.name, 0, y + PAD)
        if lane.lane == FEELS and axis:
            _draw_ratings(pen, plan, lane, axis, y)
        else:
            for spot in lane.spots:
                _draw_spot(pen, spot, y + PAD)
        y += lane.height


def _draw_spot(pen: Pen, spot: Spot, y: float) -> None:
    """Entries below one another."""
    left = spot.left + PAD
    for block in spot.blocks:
        _draw_ground(pen, block, spot, y)
        top = y + block.above
        aside = 0.0
        if block.mark:
            aside = MARK
            look = LOOKS[block.mark]
            pen.ax.plot(left + 4, top + 6, look.marker, color=look.colour, markersize=6, alpha=block.alpha)
        first, *others = block.words
        top = pen.write(first, left + aside, top, alpha=block.alpha)
        pen.write_all(others, left, top, block.alpha)
        y += block.height + GAP


def _draw_ground(pen: Pen, block: Block, spot: Spot, y: float) -> None:
    """The shade behind a touchpoint, or the hatch where nothing is known, and none behind its words."""
    left = spot.left + 2
    width = spot.width - 4
    if block.ground == "chip":
        pen.fill(left, y, width, block.height, PALE, 0.5 * block.alpha)
    elif block.ground == "hatch":
        pen.hatch(left, y, width, block.height)
        words = block.words[0]
        pen.fill(left, y, words.width + 2 * PAD, words.height, "white")


def _draw_ratings(pen: Pen, plan: RowPlan, lane: LanePlan, axis: Axis, top: float) -> None:
    """The line of ratings with its band and marks; where nothing is measured it breaks, and words say so."""
    scale = _Scale(axis, top + EDGE + FIGURES)
    for tick in axis.ticks:
        y = scale.y(tick)
        pen.rule(y, LANES, colour=PALE)
        words = set_type(f"{tick:g}", LANES, size=LEAST, colour=DARK)
        pen.write(words, LANES - PAD, y - words.height / 2, ha="right")
    for edge in plan.edges[:-1]:
        pen.ax.plot([edge, edge], [top, top + lane.height], color=PALE, linewidth=0.8)
    spots = _ratings(pen.journey, plan)
    _draw_lines(pen, spots, scale)
    for x, row in spots:
        if row:
            _draw_rating(pen, row, x, scale)
    for spot in lane.spots:
        if spot.blocks[0].ground == "hatch":
            _draw_unknown(pen, spot, top, lane.height)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where ratings stand on a picture: their axis begins at ``bottom``."""

    axis: Axis
    bottom: float

    def y(self, rating: float) -> float:
        """How far down a rating stands."""
        return self.bottom - FIGURES * self.axis.share(rating)

    def all(self, spots: Sequence[tuple[float, Row | None]], figure: str) -> Any:
        """(places,) the same of all places; NaN where nothing is known."""
        return np.array([self.y(row[figure]) if row else np.nan for _, row in spots])


def _ratings(journey: JourneyMap, plan: RowPlan) -> list[tuple[float, Row | None]]:
    """The middle of each place of a row, and its rating; none where it is not known."""
    table = journey.table
    felt = table[(table["lane"] == FEELS) & (table["state"] != MISSING)]
    known = {row["touchpoint"]: row for row in felt.to_dict("records")}
    return [(left + width / 2, known.get(name)) for name, left, width in plan.places]


def _draw_lines(pen: Pen, spots: Sequence[tuple[float, Row | None]], scale: _Scale) -> None:
    """The ratings of a row as a line with its band, and those of a competitor as a dotted line."""
    x = [place for place, _ in spots]
    low = scale.all(spots, "low")
    high = scale.all(spots, "high")
    pen.ax.fill_between(x, low, high, color=BLUE, alpha=0.16, linewidth=0)
    pen.ax.plot(x, scale.all(spots, "mean"), color=BLUE, linewidth=2)
    rival = scale.all(spots, "rival")
    if not np.isnan(rival).all():
        pen.ax.plot(x, rival, color=GREY, linewidth=1.5, linestyle=":")


def _draw_rating(pen: Pen, row: Row, x: float, scale: _Scale) -> None:
    """A rating: its standard as a short line, its mark, its figure, and how strongly it is felt."""
    shown = pen.journey.shown
    alpha = 1.0 if shown is None or row["touchpoint"] in shown else PALE_MARK
    y = scale.y(row["mean"])
    is_under = False
    if pd.notna(row["standard"]):
        standard = scale.y(row["standard"])
        is_under = y > standard
        pen.ax.plot([x - 10, x + 10], [standard, standard], color=INK, linewidth=1.6, alpha=alpha)
    look = LOOKS[row["state"]]
    pen.ax.plot(
        x,
        y,
        look.marker,
        color=look.colour,
        markersize=7.5,
        markerfacecolor=look.colour if look.filled else "white",
        markeredgewidth=1.6,
        alpha=alpha,
        zorder=3,
    )
    words = _rating_words(row)
    top = y + 7 if is_under else y - 8 - height_of(words)
    for each in words:
        top = pen.write(each, x, top, alpha=alpha, ha="center")


def _rating_words(row: Row) -> list[Words]:
    """A rating in words, and how strongly it is felt."""
    colour = COLOURS.get(row["state"], INK)
    figure = set_type(row["entry"], np.inf, size=BODY, bold=True, colour=colour)
    if not row["about"]:
        return [figure]
    about = set_type(row["about"], np.inf, size=LEAST, colour=DARK)
    return [figure, about]


def _draw_unknown(pen: Pen, spot: Spot, top: float, height: float) -> None:
    """The hatch where nothing is measured, with its words in the middle."""
    pen.hatch(spot.left, top, spot.width, height)
    words = spot.blocks[0].words[0]
    middle = spot.left + spot.width / 2
    y = top + (height - words.height) / 2
    pen.fill(middle - words.width / 2 - 2, y, words.width + 4, words.height, "white")
    pen.write(words, middle, y, ha="center")


def _key(journey: JourneyMap, width: float) -> Words:
    """What the signs mean that are there."""
    table = journey.table
    felt = table[table["lane"] == FEELS]
    key = []
    for state, look in LOOKS.items():
        if state and (felt["state"] == state).any():
            key.append(f"{look.sign}{SPACE}{look.words}")
    if felt["standard"].notna().any():
        key.append("short line: standard")
    if felt["rival"].notna().any() and journey.given.performance:
        rival = next(iter(journey.given.performance.rivals))
        key.append(f"dotted: customers of {rival}")
    if (table["state"] == MISSING).any():
        key.append("hatched: not known, or not there")
    if table["lane"].str.startswith(AGAINST).any():
        key.append("behind, ahead: clearly, allowing for all comparisons")
    return set_type("; ".join(key) or "Lanes by stage", width, size=LEAST, colour=DARK)
