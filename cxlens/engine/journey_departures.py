"""Shares of departures: how many go on from each touchpoint to each next one, as sums over customers.

What is said of them does not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journey_batches import Batch, batches, counted
from cxlens.engine.journeys import SortedEvents, is_new, renumbered
from cxlens.stats.shares_by_customer import ShareSums

Ints = NDArray[np.int64]


def departure_sums(events: SortedEvents) -> ShareSums:
    """Sums of the share that goes on to each next touchpoint, of all departures from one, ends and starts included.

    What is counted are departures: a journey has as many from a touchpoint as it meets it. The shares stand in the
    order of :func:`cxlens.engine.journeys.transitions`.
    """
    width = events.n_touchpoints + 1  # the edge comes first
    pairs = np.zeros((3, width * width), np.int64)  # part, part2 and cross of origin and target
    origins = np.zeros((3, width), np.int64)  # whole, whole2 and customers
    for batch in batches(events):
        of_pairs, of_origins = _departures(batch, events.owner, width)
        pairs += of_pairs
        origins += of_origins
    found = np.flatnonzero(pairs[0])
    part, part2, cross = pairs[:, found]
    whole, whole2, customers = origins[:, found // width]
    return ShareSums(
        part,
        whole,
        part2,
        cross,
        whole2,
        customers,
    )


def _departures(batch: Batch, owner: Ints, width: int) -> tuple[Ints, Ints]:
    """Sums over some customers: (3, pairs) part, part2 and cross, (3, origins) whole, whole2 and customers."""
    customer = renumbered(owner[batch.journey])
    is_start = batch.step == 1
    of_starts = customer[is_start] * width * width
    of_starts += batch.code[is_start] + 1
    of_events = customer * width + batch.code + 1
    of_events *= width
    of_events += batch.following + 1
    moves, n = counted(np.append(of_starts, of_events))
    departures = moves // width  # of a customer from a touchpoint
    firsts = np.flatnonzero(is_new(departures))
    whole = np.add.reduceat(n, firsts)
    sizes = np.diff(np.append(firsts, len(n)))
    from_each = np.repeat(whole, sizes)
    pair = moves % (width * width)
    origin = departures[firsts] % width
    of_pairs = _summed(pair, [n, n**2, n * from_each], width * width)
    of_origins = _summed(origin, [whole, whole**2, np.sign(whole)], width)
    return of_pairs, of_origins


def _summed(place: Ints, figures: Sequence[Ints], size: int) -> Ints:
    """(figures, size) the sums of some figures by place."""
    sums = [np.bincount(place, figure, size) for figure in figures]
    return np.array(sums, np.int64)
