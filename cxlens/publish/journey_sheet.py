"""A journey map as the parts of a page: rows of stages, cells of lanes, points and lines of ratings.

What is told of the journey comes from :mod:`cxlens.stages.baseline.journey_map`, which stages stand beside each other
from :mod:`cxlens.stages.baseline.journey_layout`; what it looks like is the template's business. No HTML is made here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from cxlens.stages.baseline.journey_lanes import AGAINST, DOES, FEELS, HURTS, LACKS, MISSING, PLANNED, SAYS
from cxlens.stages.baseline.journey_layout import Axis, Column, axis_of, columns_of, rows_of
from cxlens.stages.baseline.journey_map import JourneyMap, Traveller

Row = dict[Any, Any]  # an entry of the map, by column
ROOM = 142  # letters that stand beside each other on a page of 1,280 px
KINDS = {DOES: "does", FEELS: "feels", HURTS: "hurts", SAYS: "says", LACKS: "lacks", PLANNED: "planned"}
FIRST = 2  # the column of the grid that the first place is in: lanes have their names before it
LEGEND = {"below": "clearly below its standard", "about": "not clearly off it", "meets": "meets it",
          "no standard": "no standard"}  # fmt: skip


class Item(NamedTuple):
    """An entry of the legend."""

    sign: str
    words: str


class Lane(NamedTuple):
    """A lane: its class, its name, and what it shows in small."""

    kind: str
    name: str
    small: str


class Tick(NamedTuple):
    """A line across the ratings, so many of 100 up."""

    up: float
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn behind the marks of a row of stages: paths of an SVG, ``width`` letters wide and 100 high."""

    width: float
    ticks: list[Tick]
    means: list[str]
    bands: list[str]
    rivals: list[str]


@dataclass(frozen=True, slots=True)
class Point:
    """A rating: where it stands of 100, and in words; ``is_under`` where its words stand below it."""

    touchpoint: str
    state: str
    words: str
    more: str
    up: float
    ends: tuple[float, float]
    standard: float | None
    is_under: bool

    @property
    def has_standard(self) -> bool:
        """Whether there is one to draw."""
        return self.standard is not None

    @property
    def style(self) -> str:
        """Where all of it stands, for the style of the page."""
        low, high = sorted(self.ends)
        places = {"up": self.up, "from": low, "to": high, "standard": self.standard}
        return ";".join(f"--{name}:{value:.2f}" for name, value in places.items() if value is not None)


class PlaceCell(NamedTuple):
    """What a lane says of a touchpoint."""

    touchpoint: str
    rows: list[Row]
    point: Point | None


@dataclass(frozen=True, slots=True)
class Cell:
    """What a lane says of a stage: of each touchpoint, and of the whole."""

    kind: str
    lane: str
    places: list[PlaceCell]
    whole: list[Row]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to say."""
        return not self.whole and not any(place.rows for place in self.places)


@dataclass(frozen=True, slots=True)
class StagePart:
    """A stage in a row: its place in the grid, its phase where that begins here, its cells."""

    name: str
    continues: bool
    at: int
    span: int
    in_phase: bool
    phase: str
    phase_span: int
    phase_again: bool
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class StageRow:
    """Stages beside each other."""

    tracks: str
    lanes: list[Lane]
    stages: list[StagePart]
    line: Line | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that the page says."""

    name: str
    title: str
    about: str
    lines: list[str]
    simulated: bool
    personas: Sequence[Traveller]
    rows: list[StageRow]
    legend: list[Item]
    made: str


def stage_rows(journey: JourneyMap) -> list[StageRow]:
    """The rows of stages of a page."""
    axis = axis_of(journey)
    rows = []
    before = ""
    for columns in rows_of(columns_of(journey), ROOM):
        lanes = [_lane(journey, name) for name in journey.lanes]
        rows.append(
            StageRow(
                tracks=" ".join(f"minmax(0,{place.width:.2f}fr)" for column in columns for place in column.places),
                lanes=lanes,
                stages=list(_stages(journey, columns, axis, before)),
                line=_line(journey, columns, axis) if axis else None,
            )
        )
        before = columns[-1].phase
    return rows


def _lane(journey: JourneyMap, name: str) -> Lane:
    """A lane, and what its figures are."""
    small = ""
    performance = journey.given.performance
    if name == FEELS and performance is not None:
        scale = performance.survey.scale
        small = f"mean rating{f', {scale.ends}' if scale else ''}"
        if journey.given.emotion is not None:
            small += "; mean strength of feeling"
    if name == PLANNED and journey.given.initiatives is not None and "forecast" in journey.given.initiatives:
        small = "forecast of each alone"
    return Lane(kind_of(name), name, small)


def kind_of(lane: str) -> str:
    """The class of a lane."""
    return KINDS.get(lane, "against")


def _stages(journey: JourneyMap, columns: Sequence[Column], axis: Axis | None, before: str) -> Iterator[StagePart]:
    """The stages of a row; a phase begins with the first of its stages, and again where it goes on from above."""
    at = FIRST
    for place, column in enumerate(columns):
        begins = place == 0 or columns[place - 1].phase != column.phase
        span = 0
        for other in columns[place:]:
            if other.phase != column.phase:
                break
            span += len(other.places)
        yield StagePart(
            name=column.stage,
            continues=column.continues,
            at=at,
            span=len(column.places),
            in_phase=bool(column.phase),
            phase=column.phase if begins else "",
            phase_span=span,
            phase_again=place == 0 and column.phase == before,
            cells=[_cell(journey, lane, column, axis) for lane in journey.lanes],
        )
        at += len(column.places)


def _cell(journey: JourneyMap, lane: str, column: Column, axis: Axis | None) -> Cell:
    """What a lane says of a stage; of the whole stage where that begins."""
    table = journey.table
    here = table[(table["lane"] == lane) & (table["stage"] == column.stage)]
    places = []
    for name, _ in column.places:
        rows = here[here["touchpoint"] == name].to_dict("records") if name else []
        point = _point(rows[0], axis) if rows and lane == FEELS and axis else None
        places.append(PlaceCell(name, rows, point))
    whole = [] if column.continues else here[here["touchpoint"] == ""].to_dict("records")
    if not any(place.rows for place in places):
        places = []
    return Cell(kind_of(lane), lane, places, whole)


def _point(row: Row, axis: Axis) -> Point | None:
    """A rating on its axis; None where there is none."""
    if row["state"] == MISSING:
        return None
    has_standard = bool(pd.notna(row["standard"]))
    up, low, high = (100 * axis.share(row[end]) for end in ("mean", "low", "high"))
    standard = 100 * axis.share(row["standard"]) if has_standard else None
    if pd.isna(low):
        low = high = up
    return Point(
        touchpoint=row["touchpoint"],
        state=row["state"],
        words=row["entry"],
        more=row["about"],
        up=up,
        ends=(low, high),
        standard=standard,
        is_under=standard is not None and up < standard,
    )


def _line(journey: JourneyMap, columns: Sequence[Column], axis: Axis) -> Line:
    """The ratings of a row as lines and bands, which break where nothing is measured."""
    table = journey.table[journey.table["lane"] == FEELS].set_index("touchpoint")
    known = table[table["state"] != MISSING]
    spots: list[tuple[float, Row | None]] = []
    begun = 0.0
    for place in (place for column in columns for place in column.places):
        row = known.loc[place.touchpoint].to_dict() if place.touchpoint in known.index else None
        spots.append((begun + place.width / 2, row))
        begun += place.width
    return Line(
        width=round(begun, 2),
        ticks=[Tick(round(100 * axis.share(tick), 2), f"{tick:g}") for tick in axis.ticks],
        means=[_path(run) for run in _runs(spots, "mean", axis)],
        bands=list(_bands(spots, axis)),
        rivals=[_path(run) for run in _runs(spots, "rival", axis)],
    )


Run = list[tuple[float, float]]  # places of an SVG, from left to right


def _runs(spots: Sequence[tuple[float, Row | None]], figure: str, axis: Axis) -> list[Run]:
    """The places of a figure; a new run behind each gap, and none of one place alone."""
    runs: list[Run] = [[]]
    for x, row in spots:
        if row is None or pd.isna(row[figure]):
            runs.append([])
        else:
            runs[-1].append((x, 100 - 100 * axis.share(row[figure])))
    return [run for run in runs if len(run) > 1]


def _bands(spots: Sequence[tuple[float, Row | None]], axis: Axis) -> Iterator[str]:
    """The intervals from place to place."""
    for lower, upper in zip(_runs(spots, "low", axis), _runs(spots, "high", axis), strict=True):
        yield f"{_path([*upper, *reversed(lower)])}z"


def _path(run: Run) -> str:
    """Places joined by lines."""
    return "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in run)


def legend(journey: JourneyMap) -> list[Item]:
    """What the signs mean that are there."""
    felt = journey.table[journey.table["lane"] == FEELS]
    states = set(felt["state"])
    items = [Item(state, words) for state, words in LEGEND.items() if state in states]
    if felt["standard"].notna().any():
        items.append(Item("standard", "standard"))
    performance = journey.given.performance
    if felt["rival"].notna().any() and performance is not None:
        rival = next(iter(performance.rivals))
        items.append(Item("rival", f"mean rating by customers of {rival}"))
    if (felt["state"] == MISSING).any():
        items.append(Item("", "hatched: not known, or not there"))
    if any(lane.startswith(AGAINST) for lane in journey.lanes):
        items.append(Item("", "“behind”, “ahead”: clearly, allowing for all comparisons"))
    return items
