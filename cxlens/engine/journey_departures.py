"""Shares of departures: how many go on from each touchpoint to each next one, as sums over customers.

What is said of them does not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import singledispatch
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journey_shares import Members, share_sums
from cxlens.engine.journeys import EDGE, SortedEvents
from cxlens.engine.stored_journeys import StoredEvents
from cxlens.stats.shares_by_customer import ShareSums

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
AT_ONCE = 1_000_000  # events that are counted together


@singledispatch
def departure_sums(events: SortedEvents) -> ShareSums:
    """Sums of the share that goes on to each next touchpoint, of all departures from one, ends and starts included.

    What is counted are departures: a journey has as many from a touchpoint as it meets it. The shares stand in the
    order of :func:`cxlens.engine.journeys.transitions`.
    """
    width = events.n_touchpoints + 1
    is_start = events.step == 1
    places = events.code.astype(np.int64) + 1  # the edge comes first
    starts = places[is_start]
    origin = np.append(np.zeros(len(starts), np.int64), places)
    target = np.append(starts, events.following + 1)
    journey = np.append(events.journey[is_start], events.journey)
    found, pair = np.unique(origin * width + target, return_inverse=True)
    return share_sums(
        events,
        hits=Members(pair, journey),
        whole=Members(origin, journey),
        base=found // width,
    )


PART = """
    SELECT journey, code + 1 AS place, next + 1 AS next_place, step = 1 AS is_start
    FROM events
    WHERE journey >= {} AND journey < {}
"""


@departure_sums.register
def _departure_sums(events: StoredEvents) -> ShareSums:
    """The same in DuckDB; customers are counted some at a time, which is faster than joins."""
    width = events.n_codes + 1
    pairs = np.zeros((3, width * width), np.int64)  # part, part2 and cross of origin and target
    origins = np.zeros((3, width), np.int64)  # whole, whole2 and customers
    owner = events.in_table(events.owner)
    customer = np.cumsum(_is_new(owner)) - 1
    cuts = _cuts_between(customer, events.in_table(events.lengths))
    for start, stop in pairwise(cuts):
        columns = events.select(PART.format(start, stop))
        rows = customer[columns["journey"]] - customer[start]
        of_pairs, of_origins = _departures(rows, columns, width)
        pairs += of_pairs
        origins += of_origins
    found = np.flatnonzero(pairs[0])
    origin, target = np.divmod(found, width)
    order = np.lexsort(
        [
            events.renumbered(target + EDGE),
            events.renumbered(origin + EDGE),
        ]
    )
    part, part2, cross = pairs[:, found[order]]
    whole, whole2, customers = origins[:, origin[order]]
    return ShareSums(
        part,
        whole,
        part2,
        cross,
        whole2,
        customers,
    )


def _is_new(values: Ints) -> Bools:
    """Whether each of some values is another than the one before."""
    is_new = np.ones(len(values), bool)
    is_new[1:] = values[1:] != values[:-1]
    return is_new


def _cuts_between(customer: Ints, lengths: Ints) -> list[int]:
    """Journeys before which to part the table, from 0 on: customers stay whole, a part has some ``AT_ONCE`` events."""
    firsts = np.flatnonzero(_is_new(customer))
    events_before = np.cumsum(lengths) - lengths
    batch = events_before[firsts] // AT_ONCE
    cuts = firsts[_is_new(batch)]
    return [*cuts.tolist(), len(customer)]


def _departures(customer: Ints, columns: Mapping[str, Any], width: int) -> tuple[Ints, Ints]:
    """Sums over some customers: (3, pairs) part, part2 and cross, (3, origins) whole, whole2 and customers."""
    place = columns["place"].astype(np.int64)
    is_start = columns["is_start"]
    of_starts = customer[is_start] * width * width
    of_starts += place[is_start]
    of_events = customer * width + place
    of_events *= width
    of_events += columns["next_place"]
    moves, n = _counted(np.append(of_starts, of_events))
    departures = moves // width  # of a customer from a touchpoint
    firsts = np.flatnonzero(_is_new(departures))
    whole = np.add.reduceat(n, firsts)
    sizes = np.diff(np.append(firsts, len(n)))
    from_each = np.repeat(whole, sizes)
    pair = moves % (width * width)
    origin = departures[firsts] % width
    of_pairs = _summed(pair, [n, n**2, n * from_each], width * width)
    of_origins = _summed(origin, [whole, whole**2, np.sign(whole)], width)
    return of_pairs, of_origins


def _counted(keys: Ints) -> tuple[Ints, Ints]:
    """Each number once, in order, and how often it comes."""
    in_order = np.sort(keys)
    firsts = np.flatnonzero(_is_new(in_order))
    ends = np.append(firsts[1:], len(keys))
    return in_order[firsts], ends - firsts


def _summed(place: Ints, figures: Sequence[Ints], size: int) -> Ints:
    """(figures, size) the sums of some figures by place."""
    sums = [np.bincount(place, figure, size) for figure in figures]
    return np.array(sums, np.int64)
