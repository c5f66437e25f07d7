"""Flows from every touchpoint on, counted at once: what any pooling of touchpoints follows from by sums.

Only journeys of customers who have one each: elsewhere squares of a customer's own numbers do not follow from sums.
What is hidden or said of the counts does not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from cxlens.engine.journey_batches import OPEN, Batch, batches
from cxlens.engine.journey_flow import START, Flows
from cxlens.engine.journeys import Bools, Ints, SortedEvents

KEYS = ["step", "origin", "target"]


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
        return Flows(
            step=sums["step"].to_numpy(),
            origin=sums["origin"].to_numpy(),
            target=sums["target"].to_numpy(),
            n=n,
            squares=n,
            with_all=n,
            people=n,
        )


def flow_cube(events: SortedEvents, steps: int, under_way: Bools | None) -> FlowCube:
    """Count flows of the first ``steps`` steps from the start and from the first meeting of each touchpoint on.

    Each customer has one journey. ``under_way`` flags journeys that may go on.
    """
    k = events.n_touchpoints
    width = k - OPEN
    cells = np.zeros((steps, (k + 1) * width**2), np.int64)
    reached = np.zeros((k + 1) * k, np.int64)
    for batch in batches(events):
        entries = _entries(batch, k)
        _count_moves(cells, batch, entries, under_way, k)
        reached += _met_from(batch, entries, k)
    of_anchors = reached.reshape(k + 1, k)
    return FlowCube(
        _unpacked(cells, width),
        of_anchors,
        np.append(np.diagonal(of_anchors), events.n_journeys),
        steps,
    )


class _Entries(NamedTuple):
    """Where to begin to count: the place of an event in a batch, and its anchor, a code, or one more at starts."""

    place: Ints
    anchor: Ints


def _entries(batch: Batch, start: int) -> _Entries:
    """The first meetings of each touchpoint, and the starts."""
    firsts = np.flatnonzero(batch.first)
    starts = np.flatnonzero(batch.step == 1)
    return _Entries(
        np.append(firsts, starts),
        np.append(batch.code[firsts], np.full(len(starts), start)),
    )


def _count_moves(cells: Ints, batch: Batch, entries: _Entries, under_way: Bools | None, k: int) -> None:
    """Add who goes where at each step from each anchor on."""
    width = k - OPEN
    move = batch.code.astype(np.int64) * width + batch.targets(under_way) - OPEN
    later = batch.ends[entries.place] - entries.place  # events that come later in the journey
    steps = np.minimum(later + 1, len(cells))
    longest_first = np.argsort(-steps.astype(np.int16), kind="stable")
    place = entries.place[longest_first]
    of_anchor = entries.anchor[longest_first] * width**2
    go_on = np.cumsum(np.bincount(steps)[::-1])[::-1]  # so many have so many steps, or more
    for step, n in enumerate(go_on[1:]):
        keys = of_anchor[:n] + move[place[:n] + step]
        cells[step] += np.bincount(keys, minlength=cells.shape[1])


def _met_from(batch: Batch, entries: _Entries, k: int) -> Ints:
    """((k + 1) * k,) how many journeys meet each touchpoint from each anchor on."""
    is_last_visit = batch.last_visit
    met_last = batch.code[is_last_visit]
    visits = np.cumsum(is_last_visit)  # up to each event
    begin: Ints = visits[entries.place] - is_last_visit[entries.place]
    sizes: Ints = visits[batch.ends[entries.place]] - begin
    earlier: Ints = np.cumsum(sizes) - sizes
    place = np.arange(sizes.sum()) + np.repeat(begin - earlier, sizes)
    keys = np.repeat(entries.anchor * k, sizes) + met_last[place]
    return np.bincount(keys, minlength=(k + 1) * k)


def _unpacked(counts: Ints, width: int) -> pd.DataFrame:
    """Counts by step and key as cells by anchor, step, origin and target."""
    step, key = np.nonzero(counts)
    anchor, move = np.divmod(key, width**2)
    origin, place = np.divmod(move, width)
    return pd.DataFrame(
        {
            "anchor": np.where(anchor == width + OPEN, START, anchor),
            "step": step + 1,
            "origin": origin,
            "target": place + OPEN,
            "n": counts[step, key],
        }
    )
