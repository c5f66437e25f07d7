"""What comes some time after what: pairs of touchpoints in one journey, whatever lies between them.

What comes next is counted in :mod:`cxlens.engine.journeys`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journey_shares import Members, share_sums
from cxlens.engine.journeys import SortedEvents
from cxlens.stats.shares_by_customer import ShareSums

Ints = NDArray[np.int64]
AT_ONCE = 4_000_000  # pairs that are laid out together


class Met(NamedTuple):
    """Each touchpoint that a journey met, once: in which journey, which, how often, and where first and last."""

    journey: Ints
    code: Ints
    times: Ints
    first: Ints
    last: Ints


def met(events: SortedEvents) -> Met:
    """Every touchpoint of every journey, by journey and touchpoint."""
    key = events.journey * events.n_touchpoints + events.code
    by_key = np.argsort(key, kind="stable")  # places rise within a key
    keys, starts = np.unique(key[by_key], return_index=True)
    ends = np.append(starts[1:], len(key))
    lasts = ends[: len(starts)] - 1
    journey, code = np.divmod(keys, events.n_touchpoints)
    return Met(
        journey,
        code,
        times=ends[: len(starts)] - starts,
        first=by_key[starts],
        last=by_key[lasts],
    )


def eventually_follows(events: SortedEvents) -> ShareSums:
    """(touchpoints, touchpoints) journeys in which the second is met after the first time of the first.

    Of all journeys that meet the first. Of a touchpoint and itself: those that meet it again.
    """
    once = met(events)
    k = events.n_touchpoints
    nobody = np.zeros(0, np.int64)
    found = [Members(nobody, nobody), *_following_pairs(once, k)]
    hits = Members(
        item=np.concatenate([pairs.item for pairs in found]),
        journey=np.concatenate([pairs.journey for pairs in found]),
    )
    sums = share_sums(
        events,
        hits,
        whole=Members(once.code, once.journey),
        base=np.repeat(np.arange(k), k),
    )
    return ShareSums(*(figure.reshape(k, k) for figure in sums))


def _following_pairs(once: Met, k: int) -> Iterator[Members]:
    """Pairs of which the second comes after the first, some journeys at a time."""
    sizes = np.bincount(once.journey)
    pairs = np.cumsum(sizes**2)
    batch = (pairs - sizes**2) // AT_ONCE
    ends = np.cumsum(sizes)
    starts = ends - sizes
    for number in np.unique(batch):
        journeys = np.flatnonzero(batch == number)
        rows = slice(starts[journeys[0]], ends[journeys[-1]])
        some = Met(*(column[rows] for column in once))
        yield _pairs(some, k)


def _pairs(once: Met, k: int) -> Members:
    """The same of a few journeys: each of their touchpoints beside each."""
    _, starts, sizes = np.unique(
        once.journey,
        return_index=True,
        return_counts=True,
    )
    size = np.repeat(sizes, sizes)  # of the journey of each row
    start = np.repeat(starts, sizes)
    origin = np.repeat(np.arange(len(size)), size)
    before = np.cumsum(size) - size
    place = np.arange(len(origin)) - before[origin]
    target = start[origin] + place
    comes_after = once.last[target] > once.first[origin]
    origin = origin[comes_after]
    target = target[comes_after]
    pair = once.code[origin] * k + once.code[target]
    return Members(pair, once.journey[origin])
