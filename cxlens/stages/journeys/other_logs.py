"""What all tables of one result of :func:`cxlens.paths` hide together, so that nothing follows from several of them.

Each table is guarded alone first. Then each small count gets another log that fits all that is told, in which it is
another number: what keeps it from being so is hidden as well. How such logs are found is written in
:mod:`cxlens.stats.other_worlds`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from cxlens.engine import journeys as engine
from cxlens.engine.journey_batches import OPEN as STILL_OPEN
from cxlens.engine.journey_flow import START, anchored, flows
from cxlens.engine.journey_swaps import Way, Ways, swapped, ways_of
from cxlens.stages.journeys.flow import rounding_unit
from cxlens.stats.other_worlds import Told, hidden_in_all_worlds
from cxlens.study.journeys import JourneyLog

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Cell = tuple[str, tuple[int, ...]]  # a table, and a place in it

LOST, DONE, OPEN = -1, -2, -3  # what became of a journey: the columns of fates, from -1 down
THROUGH_EACH = 4  # journeys that are looked at for each small count
BESIDE = 100  # others, with which they may swap
SWAPS = 4  # for each of all these, or more where they are few
MOST_SWAPS = 1500
MOST_SMALL = 40  # counts that are guarded so: of more, each table is guarded alone, in a moment
DEAR = 5.0  # to hide how many reach a touchpoint, beside a cell of a larger table
BY_SIZE = 1e-3  # that a larger count is dearer


class Tables(NamedTuple):
    """Tables of one result, by name: counts, which of them are hidden, and which of these are small.

    Names are ``transitions`` and ``steps``, in which the edge comes first and last, and by touchpoint ``reached``,
    ``ended``, ``fates`` (lost, done, open) and ``converted``.
    """

    counts: dict[str, Counts]
    hidden: dict[str, Flags]
    small: dict[str, Flags]


def guarded(log: JourneyLog, is_open: Flags | None, listed: int, tables: Tables, min_n: int) -> dict[str, Flags]:
    """What each table hides, and as much more as keeps all small counts from being worked out from all tables.

    Parameters
    ----------
    log, is_open
        The journeys, and which of them may still go on.
    listed
        How many of the commonest routes are told.
    tables
        What each table hides alone.
    min_n
        Counts of fewer customers are small.
    """
    small = [(name, place) for name, flags in tables.small.items() for place in _places(flags)]
    hidden = {name: flags.copy() for name, flags in tables.hidden.items()}
    if min_n <= 1 or not 0 < len(small) <= MOST_SMALL:
        return hidden
    fate = _fates(log, is_open)
    told = _Told(tables.counts, _flows(log, is_open, tables), rounding_unit(log.n, log.n_customers, min_n))
    logs = _Logs.of(_near(log.rows(), fate, small), listed, tables.counts)
    for name, place in logs.to_hide(hidden, small, told):
        hidden[name][place] = True
    return hidden


def _places(flags: Flags) -> list[tuple[int, ...]]:
    """The places that are flagged."""
    return [tuple(place) for place in np.argwhere(flags).tolist()]


def _fates(log: JourneyLog, is_open: Flags | None) -> Counts:
    """(journeys,) what became of each."""
    fate = np.full(log.n, LOST)
    if log.converted is not None:
        fate[log.converted] = DONE
    if is_open is not None:
        fate[is_open] = OPEN
    return fate


def _flows(log: JourneyLog, is_open: Flags | None, tables: Tables) -> dict[tuple[int, ...], int]:
    """How many journeys go from where to where at each step that step matrices show."""
    _, steps = tables.counts["steps"].shape
    events = log.rows()
    everyone = anchored(events, START)
    as_they_are = np.arange(events.n_touchpoints)
    found = flows(events, everyone, steps, as_they_are, 1, is_open)
    places = zip(
        found.step.tolist(),
        found.origin.tolist(),
        found.target.tolist(),
        strict=True,
    )
    return dict(zip(places, found.n.tolist(), strict=True))


def _near(events: engine.SortedEvents, fate: Counts, small: list[Cell]) -> Ways:
    """Journeys that some small counts are of, and others with which they may swap."""
    chosen = [np.linspace(0, events.n_journeys - 1, BESIDE).astype(np.int64)]
    for cell in small:
        through = _journeys_of(events, fate, cell)
        chosen.append(through[:THROUGH_EACH])
    journeys = np.unique(np.concatenate(chosen))
    return ways_of(events, fate, journeys)


def _journeys_of(events: engine.SortedEvents, fate: Counts, cell: Cell) -> Counts:
    """Journeys that a count is of."""
    name, place = cell
    is_ended_before = name == "steps" and place[0] == events.n_touchpoints
    if is_ended_before:
        return np.flatnonzero(events.lengths <= place[1])
    is_counted = _events_of(events, fate, cell)
    return np.asarray(events.journey[is_counted])


def _events_of(events: engine.SortedEvents, fate: Counts, cell: Cell) -> Flags:
    """(events,) which make their journey count."""
    name, place = cell
    found = events.code == place[0]
    if name == "transitions":
        origin = place[0] + engine.EDGE
        target = place[1] + engine.EDGE
        found = (events.code == origin) & (events.following == target)
        if origin == engine.EDGE:
            found = (events.step == 1) & (events.code == target)
    elif name == "steps":
        found &= events.step == place[1] + 1
    elif name == "fates":
        is_last = events.following == engine.EDGE
        of_event = fate[events.journey]
        found &= is_last & (of_event == LOST - place[1])
    else:
        found &= events.first
    return np.asarray(found)


def _cells_of(way: Way, steps: int, touchpoints: int) -> Iterator[Cell]:
    """Where a journey counts: in tables, and in totals that are known anyway."""
    *codes, fate = way
    yield "all", ()
    yield from _moves_of(codes, steps, STILL_OPEN if fate == OPEN else engine.EDGE)
    for step in range(len(codes), steps):
        yield "steps", (touchpoints, step)
    for code in set(codes):
        yield "reached", (code,)
        if fate == DONE:
            yield "converted", (code,)
    last = codes[-1]
    yield "fates", (last, LOST - fate)
    if fate != OPEN:
        yield "ended", (last,)


def _moves_of(codes: list[int], steps: int, end: int) -> Iterator[Cell]:
    """What follows what, and who is where at each step."""
    yield "transitions", (0, codes[0] - engine.EDGE)
    following = [*codes[1:], end]
    for step, code in enumerate(codes):
        target = following[step]
        to = max(target, engine.EDGE)
        yield "transitions", (code - engine.EDGE, to - engine.EDGE)
        yield "met", (code,)
        if step < steps:
            yield "steps", (code, step)
            yield "flows", (step + 1, code, target)


class _Logs(NamedTuple):
    """Logs that might be: of each kind of journey the number there is, and in which cells such a journey counts."""

    cells: dict[Cell, int]
    kinds: csr_array
    people: Floats

    @classmethod
    def of(cls, ways: Ways, listed: int, counts: Mapping[str, Counts]) -> _Logs:
        """The ways that some journeys took, and those that come of swapping; none that a shown zero forbids."""
        people = dict(zip(ways.ways, ways.n.tolist(), strict=True))
        enough = max(SWAPS, MOST_SWAPS // len(people))
        people |= dict.fromkeys(swapped(ways.ways, enough), 0)
        longest = max(map(len, ways.ways))
        told = _told_routes(ways, listed)
        numbered: dict[Cell, int] = {}
        row: list[int] = []
        kind: list[int] = []
        n: list[int] = []
        for way, number in people.items():
            if len(way) > longest:
                continue
            cells = _possible_cells(way, counts)
            if not cells:
                continue
            route = told.get(way[:-1])
            if route is not None:
                cells.append(("routes", (route,)))
            for cell in cells:
                row.append(numbered.setdefault(cell, len(numbered)))
                kind.append(len(n))
            n.append(number)
        shape = (len(numbered), len(n))
        ones = np.ones(len(row))
        return cls(
            cells=numbered,
            kinds=csr_array((ones, (row, kind)), shape=shape),
            people=np.array(n, float),
        )

    def to_hide(self, hidden: Mapping[str, Flags], small: list[Cell], told: _Told) -> list[Cell]:
        """Which cells to hide so that small ones do not follow."""
        cells = list(self.cells)
        of_each = [told.of(cell, hidden) for cell in cells]
        n, is_hidden, least, most, cost = (np.array(figures) for figures in zip(*of_each, strict=True))
        places = [self.cells[cell] for cell in small if cell in self.cells]
        known = Told(
            n=n,
            is_hidden=is_hidden.astype(bool),
            least=least,
            most=most,
            cost=cost,
        )
        found = hidden_in_all_worlds(
            self.kinds,
            self.people,
            known,
            np.array(places, np.int64),
        )
        more = np.flatnonzero(found & ~known.is_hidden)
        return [cells[place] for place in more]


def _told_routes(ways: Ways, listed: int) -> dict[Way, int]:
    """The routes whose number of journeys is told."""
    told = {}
    for way, route in zip(ways.ways, ways.variant.tolist(), strict=True):
        if route < listed:
            told[way[:-1]] = route
    return told


def _possible_cells(way: Way, counts: Mapping[str, Counts]) -> list[Cell]:
    """Where a journey counts; nowhere where a table shows that nobody does."""
    touchpoints = len(counts["reached"])
    _, steps = counts["steps"].shape
    cells = []
    for name, place in _cells_of(way, steps, touchpoints):
        if name in counts and counts[name][place] == 0:
            return []
        cells.append((name, place))
    return cells


class _Told(NamedTuple):
    """What is told of each cell: counts of tables, flows rounded to a unit of journeys, and totals."""

    counts: Mapping[str, Counts]
    flows: Mapping[tuple[int, ...], int]
    unit: int

    def of(self, cell: Cell, hidden: Mapping[str, Flags]) -> tuple[float, ...]:
        """Its count, whether it is hidden, what it may be at least and at most then, and what it costs to hide it."""
        name, place = cell
        if name == "flows":
            return self._rounded(self.flows.get(place, 0))
        if name not in self.counts:
            return 0, False, 0, 0, np.inf
        n = int(self.counts[name][place])
        cost = DEAR
        if name in ("transitions", "steps"):
            cost = 1.0
        cost += BY_SIZE * n
        return n, hidden[name][place], 1, np.inf, cost

    def _rounded(self, n: int) -> tuple[float, ...]:
        """The same of a flow, of which a multiple of the unit is told."""
        told = round(n / self.unit) * self.unit
        half = self.unit / 2
        least = max(0, told - half)
        most = told + half
        return n, True, min(n, least), max(n, most), np.inf
