"""A journey map as it is set on a page: every entry in its type, every lane with its height, before it is drawn.

Widths of stages come from :mod:`cxlens.stages.baseline.journey_layout`, lines of words from
:mod:`cxlens.stages.baseline.set_type`. All measures are points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.style import BLUE, DARK, INK, ORANGE, SPACE
from cxlens.stages.baseline.journey_lanes import DOES, FEELS, HURTS, LACKS, MISSING, PLANNED, SAYS
from cxlens.stages.baseline.journey_layout import Column
from cxlens.stages.baseline.journey_map import JourneyMap
from cxlens.stages.baseline.set_type import BODY, HEAD, LEAST, Words, set_type

Row = dict[Any, Any]
LANES = 74.0  # of width, for the names of lanes
LETTER = 6.1  # of a letter of the layout
WIDEST = 3 * LETTER  # of a letter where a row has few stages
FIGURES, EDGE = 150.0, 26.0  # of height, for ratings, and for their words above and below
GAP, PAD = 5.0, 5.0  # between entries, and around them
CHIP = 4.0  # above and below the words of a touchpoint
MARK = 13.0  # from a mark to its words
ENTRY = 100.0  # of width, that an entry of a whole stage asks for
NARROW = 420.0  # of width, up to which lanes without an entry are left out
PALE = 0.25  # how much is left of what is not asked for
COLOURS = {"below": ORANGE, "behind": ORANGE, "key": ORANGE, "ahead": BLUE}


class Block(NamedTuple):
    """Words of an entry, one below the other, and what stands with them.

    Attributes
    ----------
    words
        What is written, each in a type of its own.
    mark
        The state whose mark stands before the first words; "" without one.
    ground
        "chip" (a shade behind the words), "hatch" (nothing is known) or "".
    alpha
        1, and less for what is not asked for.
    """

    words: Sequence[Words]
    mark: str = ""
    ground: str = ""
    alpha: float = 1.0

    @property
    def above(self) -> float:
        """From its top to its words."""
        return CHIP if self.ground == "chip" else 0.0

    @property
    def height(self) -> float:
        """From its top to its end."""
        return height_of(self.words) + 2 * self.above


class Spot(NamedTuple):
    """Where entries stand: from the left edge, and how wide."""

    left: float
    width: float
    blocks: Sequence[Block]

    @property
    def height(self) -> float:
        """What the entries take, with the room around them."""
        taken = sum(block.height for block in self.blocks)
        return taken + GAP * (len(self.blocks) - 1) + 2 * PAD


class LanePlan(NamedTuple):
    """A lane of a row of stages: what it is called, its entries, and how high it is."""

    lane: str
    name: Words
    spots: Sequence[Spot]
    height: float


class Phase(NamedTuple):
    """From where to where a phase reaches in a row, and its name."""

    left: float
    right: float
    name: Words


class RowPlan(NamedTuple):
    """A row of stages.

    Attributes
    ----------
    columns
        The stages.
    edges
        Where each begins, and where the last one ends.
    letter
        How wide a letter of the layout is.
    phases, heads, lanes
        What stands above the stages, their names, and what stands below.
    """

    columns: Sequence[Column]
    edges: Sequence[float]
    letter: float
    phases: Sequence[Phase]
    heads: Sequence[Words]
    lanes: Sequence[LanePlan]

    @property
    def top(self) -> float:
        """What phases and names of stages take."""
        phases = max((phase.name.height for phase in self.phases), default=0.0)
        heads = max(head.height for head in self.heads)
        return phases + heads + 3 * PAD

    @property
    def height(self) -> float:
        """From its top to its end."""
        return self.top + sum(lane.height for lane in self.lanes)

    @property
    def places(self) -> Iterator[tuple[str, float, float]]:
        """Each touchpoint ("" where a stage has none), where its place begins, and how wide that is."""
        begun = float(self.edges[0])
        for column in self.columns:
            for place in column.places:
                width = self.letter * place.width
                yield place.touchpoint, begun, width
                begun += width


def height_of(words: Sequence[Words]) -> float:
    """What words take, one below the other."""
    return sum(each.height for each in words)


def planned_row(journey: JourneyMap, columns: Sequence[Column], width: float) -> RowPlan:
    """A row of stages that fills the width, as far as letters do not get too wide."""
    letters = np.array([column.width for column in columns])
    letter = min((width - LANES) / letters.sum(), WIDEST)
    ends = LANES + letter * np.cumsum(letters)
    edges = [LANES, *ends.tolist()]
    row = RowPlan(
        columns=columns,
        edges=edges,
        letter=letter,
        phases=list(_phases(columns, edges)),
        heads=[_head(column, letter) for column in columns],
        lanes=[],
    )
    lanes = [_planned_lane(journey, lane, row) for lane in journey.lanes]
    if width <= NARROW:
        lanes = [lane for lane in lanes if lane.spots]
    return row._replace(lanes=lanes)


def _head(column: Column, letter: float) -> Words:
    """The name of a stage."""
    name = f"{column.stage}, continued" if column.continues else column.stage
    return set_type(name, letter * column.width - PAD, size=HEAD, bold=True)


def _phases(columns: Sequence[Column], edges: Sequence[float]) -> Iterator[Phase]:
    """The phases of a row; stages without a phase have none."""
    begun = 0
    for place, column in enumerate(columns):
        following = columns[place + 1 :]
        if following and following[0].phase == column.phase:
            continue
        left = edges[begun]
        right = edges[place + 1] - PAD
        begun = place + 1
        if column.phase:
            name = _small(column.phase, right - left - PAD)
            yield Phase(left, right, name)


def _planned_lane(journey: JourneyMap, lane: str, row: RowPlan) -> LanePlan:
    """The entries of a lane, and how high it is."""
    table = journey.table
    here = table[table["lane"] == lane]
    spots = [*_spots_of_places(journey, here, row), *_spots_of_stages(journey, here, row)]
    name = set_type(lane, LANES - PAD, size=BODY, bold=True)
    if lane == FEELS:
        return LanePlan(lane, name, spots, FIGURES + 2 * EDGE)
    highest = max((spot.height for spot in spots), default=0.0)
    height = max(highest, name.height + 2 * PAD)
    return LanePlan(lane, name, spots, height)


def _spots_of_places(journey: JourneyMap, here: pd.DataFrame, row: RowPlan) -> Iterator[Spot]:
    """What is said of each touchpoint, at its place."""
    for touchpoint, left, width in row.places:
        own = here[here["touchpoint"] == touchpoint]
        if touchpoint and len(own):
            yield _spot(journey, own, left, width)


def _spots_of_stages(journey: JourneyMap, here: pd.DataFrame, row: RowPlan) -> Iterator[Spot]:
    """What is said of a whole stage, where that begins: beside each other where there is room."""
    whole = here[here["touchpoint"] == ""]
    for place, column in enumerate(row.columns):
        of_stage = whole[whole["stage"] == column.stage]
        if column.continues or of_stage.empty:
            continue
        left, right = row.edges[place : place + 2]
        across = int(np.clip((right - left) // ENTRY, 1, len(of_stage)))
        width = (right - left) / across
        for number, part in enumerate(np.array_split(np.arange(len(of_stage)), across)):
            yield _spot(journey, of_stage.iloc[part], left + number * width, width)


def _spot(journey: JourneyMap, rows: pd.DataFrame, left: float, width: float) -> Spot:
    """Entries below one another."""
    blocks = []
    for row in rows.to_dict("records"):
        is_asked = journey.shown is None or row["touchpoint"] in ("", *journey.shown)
        block = _block(row, width - PAD)
        blocks.append(block._replace(alpha=1.0 if is_asked else PALE))
    return Spot(left, width, blocks)


def _block(row: Row, width: float) -> Block:
    """An entry as it is written."""
    if row["state"] == MISSING:
        return _missing(row, width)
    write = WRITTEN.get(row["lane"], _position)
    return write(row, width)


def _small(text: str, width: float, colour: str = DARK) -> Words:
    """Words in the smallest type."""
    return set_type(text, width, size=LEAST, colour=colour)


def _about(row: Row, width: float) -> list[Words]:
    """What is said besides; nothing where there is nothing."""
    return [_small(row["about"], width)] if row["about"] else []


def _missing(row: Row, width: float) -> Block:
    """What is not known, or not there."""
    colour = ORANGE if row["lane"] in (DOES, PLANNED) else DARK
    return Block([_small(row["entry"], width, colour)], ground="hatch")


def _chip(row: Row, width: float) -> Block:
    """A touchpoint."""
    inner = width - PAD
    name = set_type(row["entry"], inner, size=LEAST, bold=True)
    return Block([name, *_about(row, inner)], ground="chip")


def _pain(row: Row, width: float) -> Block:
    """What is below its standard."""
    words = _small(row["entry"], width - MARK, ORANGE)
    return Block([words, *_about(row, width)], mark="below")


def _quote(row: Row, width: float) -> Block:
    """What people say."""
    words = set_type(row["entry"], width, size=LEAST, italic=True)
    return Block([words, *_about(row, width)])


def _need(row: Row, width: float) -> Block:
    """A need that nothing serves."""
    need = _small(f"○{SPACE}{row['entry']}", width, ORANGE)
    about = _about(row, width)
    return Block([need, *about])


def _initiative(row: Row, width: float) -> Block:
    """What is planned."""
    name = set_type(row["entry"], width, size=LEAST, bold=True)
    return Block([name, *_about(row, width)])


def _position(row: Row, width: float) -> Block:
    """Where we stand against competitors."""
    colour = COLOURS.get(row["state"], INK)
    return Block([_small(row["entry"], width, colour), *_about(row, width)])


WRITTEN: dict[str, Callable[[Row, float], Block]] = {
    DOES: _chip,
    HURTS: _pain,
    SAYS: _quote,
    LACKS: _need,
    PLANNED: _initiative,
}
