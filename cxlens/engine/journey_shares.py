"""Shares of journeys as sums over customers, which add up: what intervals and tests need, and nothing else.

Each figure is a GROUP BY over (item, customer). What an item is (a touchpoint, a pair, a stage), its caller says.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journeys import SortedEvents
from cxlens.stats.shares_by_customer import ShareSums

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Members(NamedTuple):
    """Journeys that belong to items: (m,) the item and the journey of each, every pair as often as it counts."""

    item: Ints
    journey: Ints


class _ByCustomer(NamedTuple):
    """How many journeys of each item each customer has: (k,) in order of ``key``, item and customer in one number."""

    key: Ints
    n: Ints


def share_sums(events: SortedEvents, hits: Members, whole: Members, base: Ints) -> ShareSums:
    """Sums of shares of journeys.

    Parameters
    ----------
    events
        The sorted events; they tell whose a journey is.
    hits
        Journeys that are hits, by item.
    whole
        All journeys that are counted, by item of their own: the denominators.
    base
        (items,) which item of ``whole`` each item of ``hits`` is a share of.

    Returns
    -------
    ShareSums
        (items,) each.
    """
    part_by_customer = _by_customer(events, hits)
    whole_by_customer = _by_customer(events, whole)
    n_bases = int(base.max(initial=-1)) + 1
    n_customers = _n_customers(events)
    item, owner = np.divmod(part_by_customer.key, n_customers)
    journeys = _looked_up(whole_by_customer, base[item] * n_customers + owner)
    base_item = whole_by_customer.key // n_customers
    return ShareSums(
        part=_sums(item, part_by_customer.n, len(base)),
        whole=_sums(base_item, whole_by_customer.n, n_bases)[base],
        part2=_sums(item, part_by_customer.n**2, len(base)),
        cross=_sums(item, part_by_customer.n * journeys, len(base)),
        whole2=_sums(base_item, whole_by_customer.n**2, n_bases)[base],
        customers=_sums(base_item, np.sign(whole_by_customer.n), n_bases)[base],
    )


def members(flags: Bools) -> Members:
    """Journeys of a table (items, journeys) that are flagged."""
    item, journey = np.nonzero(flags)
    return Members(item.astype(np.int64), journey.astype(np.int64))


def _by_customer(events: SortedEvents, some: Members) -> _ByCustomer:
    """The journeys of each item and customer, counted."""
    keys = some.item * _n_customers(events) + events.owner[some.journey]
    in_order = np.sort(keys)
    starts = _starts(in_order)
    n = np.diff(np.append(starts, len(keys)))
    return _ByCustomer(in_order[starts], n)


def distinct(keys: Ints) -> Ints:
    """Each number once, in order: of millions faster than by :func:`numpy.unique`."""
    in_order = np.sort(keys)
    return in_order[_starts(in_order)]


def _starts(in_order: Ints) -> Ints:
    """Where each of some numbers in order comes first."""
    is_new = np.ones(len(in_order), bool)
    is_new[1:] = in_order[1:] != in_order[:-1]
    return np.flatnonzero(is_new)


def _n_customers(events: SortedEvents) -> int:
    """How many customers there are, or 1 if none."""
    return int(events.owner.max(initial=0)) + 1


def _looked_up(counted: _ByCustomer, keys: Ints) -> Ints:
    """How many journeys there are of each key; 0 where none."""
    if not len(counted.key):
        return np.zeros(len(keys), np.int64)
    place = np.searchsorted(counted.key, keys)
    place = np.minimum(place, len(counted.key) - 1)
    return np.where(counted.key[place] == keys, counted.n[place], 0)


def _sums(item: Ints, values: Ints, n_items: int) -> Ints:
    """(items,) sums of whole numbers."""
    sums = np.zeros(n_items, np.int64)
    np.add.at(sums, item, values)
    return sums
