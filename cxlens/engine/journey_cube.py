"""Flows from every touchpoint on, counted at once: what any pooling of touchpoints follows from by sums.

Only journeys of customers who have one each: elsewhere squares of a customer's own numbers do not follow from sums.
What is hidden or said of the counts does not belong here.
"""

from __future__ import annotations

from functools import singledispatch
from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlens.engine.journey_flow import OPEN, Flows
from cxlens.engine.journeys import EDGE, Bools, Codes, Ints, SortedEvents
from cxlens.engine.stored_journeys import StoredEvents

KEYS = ["step", "origin", "target"]
START = EDGE  # the anchor of whole journeys


class FlowCube(NamedTuple):
    """How many journeys went from where to where at each of the first ``steps`` steps from each anchor on.

    ``cells`` has a row an ``anchor`` (a code, or ``START``), ``step``, ``origin`` and ``target``, and how many (``n``).
    ``reached`` has a row an anchor, ``START`` last: how many journeys meet each touchpoint from there on, ``journeys``
    how many there are.
    """

    cells: pd.DataFrame
    reached: Ints
    journeys: Ints
    steps: int

    def flows(self, anchor: int, steps: int, pools: Ints) -> Flows:
        """As :func:`cxlens.engine.journey_flow.flows` counts them where touchpoint ``i`` is called ``pools[i]``."""
        cells = self.cells[(self.cells["anchor"] == anchor) & (self.cells["step"] <= steps)]
        target = cells["target"].to_numpy()
        pooled = pd.DataFrame(
            {
                "step": cells["step"].to_numpy(),
                "origin": pools[cells["origin"].to_numpy()],
                "target": np.where(target < 0, target, pools[np.maximum(target, 0)]),
                "n": cells["n"].to_numpy(),
            }
        )
        sums = pooled.groupby(KEYS, as_index=False)["n"].sum()
        n = sums["n"].to_numpy()
        squares = n.astype(np.float64)
        return Flows(
            step=sums["step"].to_numpy(),
            origin=sums["origin"].to_numpy(),
            target=sums["target"].to_numpy(),
            n=n,
            squares=squares,
            with_all=squares,
        )


@singledispatch
def flow_cube(events: SortedEvents, steps: int, under_way: Bools | None) -> FlowCube:
    """Count flows of the first ``steps`` steps from the start and from the first meeting of each touchpoint on.

    Each customer has one journey. ``under_way`` flags journeys that may go on.
    """
    target = events.following.astype(np.int64)
    if under_way is not None:
        target[(target == EDGE) & under_way[events.journey]] = OPEN
    width = events.n_touchpoints - OPEN
    move = events.code.astype(np.int64) * width + target - OPEN
    last_visits = _last_visits(events)
    parts = []
    reached = []
    for anchor in [*range(events.n_touchpoints), START]:
        step = _steps_from(events, anchor)
        is_shown = (step >= 1) & (step <= steps)
        counted = np.bincount(step[is_shown].astype(np.int64) * width**2 + move[is_shown])
        key = np.flatnonzero(counted)
        parts.append(pd.DataFrame({"anchor": anchor, "key": key, "n": counted[key]}))
        is_met = step[last_visits] >= 1
        met = events.code[last_visits[is_met]]
        reached.append(np.bincount(met, minlength=events.n_touchpoints))
    cells = pd.concat(parts, ignore_index=True)
    return _cube(_unpacked(cells, width), np.array(reached), events.n_journeys, steps)


def _unpacked(cells: pd.DataFrame, width: int) -> pd.DataFrame:
    """Cells by step, origin and target instead of by a ``key`` of all three."""
    step, move = np.divmod(cells["key"].to_numpy(), width**2)
    origin, place = np.divmod(move, width)
    return cells.assign(step=step, origin=origin, target=place + OPEN)


def _steps_from(events: SortedEvents, anchor: int) -> Codes:
    """(events,) the step from the first meeting of an anchor on, from 1; less before it, and where there is none."""
    if anchor == START:
        return events.step
    meetings = np.flatnonzero(events.first & (events.code == anchor))
    entry = np.full(events.n_journeys, np.iinfo(np.int32).max, np.int32)
    entry[events.journey[meetings]] = events.step[meetings]
    return np.asarray(events.step - entry[events.journey] + 1)


def _last_visits(events: SortedEvents) -> Ints:
    """The events at which journeys meet a touchpoint for the last time."""
    visits = events.journey * events.n_touchpoints + events.code
    from_the_end = np.unique(visits[::-1], return_index=True)[1]
    return np.asarray(len(events) - 1 - from_the_end)


def _cube(cells: pd.DataFrame, reached: Ints, n_journeys: int, steps: int) -> FlowCube:
    """Of an anchor there are as many journeys as meet it."""
    return FlowCube(cells, reached, np.append(np.diagonal(reached), n_journeys), steps)


ENTRIES = """
    entries AS (
        SELECT journey, code, step AS entry FROM events WHERE is_first
        UNION ALL SELECT journey, -1, 1 FROM events WHERE step = 1
    )
"""
MOVES = f"""
    WITH {ENTRIES}, moves AS (
        SELECT journey, step, code AS origin,
            CASE WHEN next = {EDGE} AND journey IN (SELECT journey FROM going_on) THEN {OPEN} ELSE next END AS target
        FROM events
    )
    SELECT entries.code, step - entry + 1 AS step, origin, target, count(*) AS n
    FROM moves JOIN entries ON moves.journey = entries.journey AND step >= entry AND step < entry + %s
    GROUP BY ALL
"""  # noqa: S608  numbers of ours
MET = f"""
    WITH {ENTRIES}, lasts AS (SELECT journey, code, max(step) AS last FROM events GROUP BY journey, code)
    SELECT entries.code, lasts.code AS met, count(*) AS n
    FROM entries JOIN lasts ON entries.journey = lasts.journey AND last >= entry
    GROUP BY ALL
"""  # noqa: S608


@flow_cube.register
def _stored_cube(events: StoredEvents, steps: int, under_way: Bools | None) -> FlowCube:
    """The same in DuckDB."""
    import pyarrow

    going_on = np.zeros(0, np.int32)
    if under_way is not None:
        going_on = np.flatnonzero(events.in_table(under_way)).astype(np.int32)
    moves = events.select(MOVES % int(steps), {"going_on": pyarrow.table({"journey": going_on})})
    target = np.asarray(moves["target"], np.int64)
    cells = pd.DataFrame(
        {
            "anchor": np.asarray(moves["code"], np.int64),
            "n": moves["n"],
            "step": np.asarray(moves["step"], np.int64),
            "origin": events.renumbered(moves["origin"]).astype(np.int64),
            "target": np.where(target < 0, target, events.renumbered(np.maximum(target, EDGE))),
        }
    )
    met = events.select(MET)
    reached = np.zeros((events.n_touchpoints + 1, events.n_touchpoints), np.int64)
    reached[met["code"], events.renumbered(met["met"])] = met["n"]  # the start is the last row
    return _cube(cells, reached, events.n_journeys, steps)
