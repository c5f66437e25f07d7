"""How a journey map is laid out, on a page as in a picture: how wide each stage is, which stand beside each other.

Widths are in letters, so that one layout serves every size of type: each touchpoint has a place of its own, wide enough
for its longest word. Where not all stages fit beside each other, they go on below. Nothing is drawn here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from cxlens.stages.baseline.journey_lanes import FEELS
from cxlens.stages.baseline.journey_map import JourneyMap
from cxlens.study.asked import lowest_is_best

NARROWEST, WIDEST = 7, 12  # letters of a place: a longer word is parted
HEADING = 1.15  # letters of a stage are larger than others
PAD = 1.5  # letters between the words of two places
TICKS = 3  # lines across the ratings, about
STEPS = (1, 2, 5, 10)


class Place(NamedTuple):
    """Where a touchpoint stands, so many letters wide; its name is "" on a stage that has none."""

    touchpoint: str
    width: float


@dataclass(frozen=True, slots=True)
class Column:
    """A stage, or a part of one that is too wide for a row.

    Attributes
    ----------
    stage, phase
        Their names; the phase is "" where it has none.
    places
        One a touchpoint; a stage without any has one.
    continues
        Whether it goes on with a stage that began above.
    """

    stage: str
    phase: str
    places: tuple[Place, ...]
    continues: bool = False

    @property
    def width(self) -> float:
        """Letters across."""
        return sum(place.width for place in self.places)


Rows = list[list[Column]]  # rows of stages, the first ones on top


class Axis(NamedTuple):
    """The axis of ratings: its ends, the lines across, and whether the lowest rating is the best and stands on top."""

    low: float
    high: float
    ticks: tuple[float, ...]
    upside_down: bool

    def share(self, rating: float) -> float:
        """How far up a rating stands: 0 at the bottom, 1 on top."""
        up = (rating - self.low) / (self.high - self.low)
        return 1 - up if self.upside_down else up


def columns_of(journey: JourneyMap) -> list[Column]:
    """The stages in order, as wide as their words ask for."""
    phases = {stage.name: stage.phase or "" for stage in journey.given.touchpoint_map.lifecycle}
    texts = journey.table[["stage", "touchpoint", "entry", "about"]]
    columns = []
    for stage, names in journey.given.stages.items():
        here = texts[texts["stage"] == stage]
        widths = []
        for name in names or [""]:
            own = here.loc[here["touchpoint"] == name, ["entry", "about"]]
            widths.append(_longest_word([name, *own.to_numpy().ravel()]))
        of_stage = here.loc[here["touchpoint"] == "", ["entry", "about"]]
        least = max(HEADING * _longest_word([stage]), _longest_word(of_stage.to_numpy().ravel()))
        wider = max(least - sum(widths), 0) / len(widths)
        places = [Place(name, width + wider + PAD) for name, width in zip(names or [""], widths, strict=True)]
        columns.append(Column(stage, phases[stage], tuple(places)))
    return columns


def _longest_word(texts: Iterable[str]) -> int:
    """Letters of the longest word, no fewer and no more than a place may have."""
    words = [word for text in texts for word in re.findall(r"[^\s/;,:-]+", text)]
    return int(np.clip(max(map(len, words), default=0), NARROWEST, WIDEST))


def rows_of(columns: Sequence[Column], room: float) -> Rows:
    """The stages in as few rows of so many letters as there can be, about as full as each other."""
    fitting = [part for column in columns for part in _parts(column, room)]
    widths = [column.width for column in fitting]
    fewest = len(_filled(widths, room))
    total = sum(widths)
    narrower = [room]
    narrower += [total / fewest + step * (room - total / fewest) / 20 for step in range(20) if total / fewest < room]
    best = min(width for width in narrower if len(_filled(widths, width)) == fewest)
    rows: Rows = []
    for size in _filled(widths, best):
        begun = sum(map(len, rows))
        rows.append(fitting[begun : begun + size])
    return rows


def _filled(widths: Sequence[float], room: float) -> list[int]:
    """How many columns each row takes, when each is filled before the next."""
    sizes: list[int] = []
    left = 0.0
    for width in widths:
        if width > left or not sizes:
            sizes.append(0)
            left = room
        sizes[-1] += 1
        left -= width
    return sizes


def _parts(column: Column, room: float) -> list[Column]:
    """A column, or where it is too wide for a row, parts of it that are not."""
    if column.width <= room or len(column.places) == 1:
        return [column]
    parts: list[Column] = []
    begun = 0
    for size in _filled([place.width for place in column.places], room):
        places = column.places[begun : begun + size]
        parts.append(replace(column, places=places, continues=begun > 0))
        begun += size
    return parts


def axis_of(journey: JourneyMap) -> Axis | None:
    """The axis of ratings; None where there is none."""
    rows = journey.table[journey.table["lane"] == FEELS]
    figures = rows[["mean", "low", "high", "standard", "rival"]].to_numpy(float)
    known = figures[~np.isnan(figures)]
    performance = journey.given.performance
    if not len(known) or performance is None:
        return None
    step = _step(np.ptp(known) / TICKS)
    low = np.floor(known.min() / step) * step
    high = np.ceil(known.max() / step) * step
    if low == high:
        high = low + step
    ticks = np.arange(low, high + step / 2, step)
    return Axis(float(low), float(high), tuple(ticks.tolist()), lowest_is_best(performance.survey.scale))


def _step(about: float) -> float:
    """A round number of about this size: 0.5 rather than 0.43."""
    if not about > 0:
        return 1.0
    magnitude = 10.0 ** np.floor(np.log10(about))
    return float(next(step * magnitude for step in STEPS if step * magnitude >= about))
