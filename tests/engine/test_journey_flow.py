"""Flows from step to step, held against plain loops."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from cxlens.engine import journey_batches
from cxlens.engine import journeys as engine
from cxlens.engine.journey_batches import OPEN
from cxlens.engine.journey_flow import START, anchored, flows
from tests.engine.test_journeys import logs, sorted_log
from tests.engine.test_stored_journeys import CUTS, both, rows_of

Route = tuple[int, list[int]]  # a customer and the codes of a journey


def routes_of(events: engine.SortedEvents) -> list[Route]:
    routes: dict[int, list[int]] = defaultdict(list)
    for journey, code in zip(events.journey.tolist(), events.code.tolist(), strict=True):
        routes[journey].append(code)
    return [(int(events.owner[journey]), route) for journey, route in routes.items()]


def counted_plainly(routes: list[Route], steps: int, under_way: list[bool]) -> dict[tuple[int, int, int], Counter[int]]:
    by_cell: dict[tuple[int, int, int], Counter[int]] = defaultdict(Counter)
    for (owner, route), is_open in zip(routes, under_way, strict=True):
        ahead = [*route[1:], OPEN if is_open else engine.EDGE]
        for step, (code, following) in enumerate(zip(route, ahead, strict=True), start=1):
            if step <= steps:
                by_cell[step, code, following][owner] += 1
    return by_cell


def several_journeys(pairs: list[tuple[int, int]]) -> engine.SortedEvents:
    """Journeys that the first touchpoint ends."""
    events = sorted_log(pairs)
    ends = np.arange(events.n_touchpoints) == 0
    owner = events.owner[events.journey]
    code = events.code.astype(np.int64)
    return engine.sort_events(owner, code, order=np.arange(len(events)), cuts=engine.Cuts(ends=ends))[0]


@given(logs(), st.integers(1, 6), st.booleans(), st.booleans(), st.integers(-1, 3), st.sampled_from([1, 2]))
def test_flows_are_those_of_plain_loops(pairs, steps, several, some_open, anchor, least):
    events = several_journeys(pairs) if several else sorted_log(pairs)
    anchor = min(anchor, events.n_touchpoints - 1)
    everyone = routes_of(events)
    under_way = np.array([some_open and events.is_latest[place] for place in range(len(everyone))])
    met = [anchor == START or anchor in route for _, route in everyone]
    routes = [
        (owner, route if anchor == START else route[route.index(anchor) :])
        for (owner, route), meets in zip(everyone, met, strict=True)
        if meets
    ]
    some = anchored(events, anchor)
    assert_array_equal(some.meets, met)
    reached = Counter(code for _, route in routes for code in set(route))
    assert_array_equal(some.reached, [reached[code] for code in range(events.n_touchpoints)])
    wanted = counted_plainly(routes, steps, under_way[met].tolist())
    counted = flows(events, some, steps, np.arange(events.n_touchpoints), least, under_way)
    keys = list(zip(counted.step.tolist(), counted.origin.tolist(), counted.target.tolist(), strict=True))
    assert keys == sorted(wanted)
    in_all = Counter(owner for owner, _ in routes)
    is_one = engine.one_of_each(some.owners(events), least, under_way[met])
    told = [route for route, is_told in zip(routes, is_one, strict=True) if is_told]
    people = counted_plainly(told, steps, under_way[met][is_one].tolist())
    for place, key in enumerate(keys):
        own = wanted[key]
        assert counted.n[place] == sum(own.values())
        assert counted.squares[place] == sum(times**2 for times in own.values())
        assert counted.with_all[place] == sum(times * in_all[owner] for owner, times in own.items())
        assert counted.people[place] == sum(people[key].values())


@given(logs())
def test_what_comes_to_a_touchpoint_leaves_it(pairs):
    events = sorted_log(pairs)
    counted = flows(events, anchored(events, START), 100, np.arange(events.n_touchpoints), 1)
    comes: Counter[tuple[int, int]] = Counter()
    leaves: Counter[tuple[int, int]] = Counter()
    for step, origin, target, n in zip(counted.step, counted.origin, counted.target, counted.n, strict=True):
        leaves[int(step), int(origin)] += int(n)
        if target >= 0:
            comes[int(step) + 1, int(target)] += int(n)
    assert comes == Counter({place: n for place, n in leaves.items() if place[0] > 1})


@given(logs())
def test_touchpoints_that_are_pooled_are_one(pairs):
    events = several_journeys(pairs)
    pools = np.minimum(np.arange(events.n_touchpoints), 1)
    some = anchored(events, START)
    counted = flows(events, some, 5, pools, 2)
    renamed = engine.rename(events, pools)
    wanted = flows(renamed, anchored(renamed, START), 5, np.arange(pools.max() + 1), 2)
    for one, two in zip(counted, wanted, strict=True):
        assert_array_equal(one, two)


@settings(max_examples=10, deadline=None)
@given(rows_of(), CUTS, st.integers(-1, 2), st.integers(1, 9))
def test_events_of_duckdb_flow_the_same_however_few_are_counted_at_a_time(rows, cuts, anchor, at_once):
    events, made, _ = both(rows, cuts, "both")
    anchor = min(anchor, events.n_touchpoints - 1)
    pools = np.minimum(np.arange(events.n_touchpoints), 1)
    under_way = events.is_latest & (np.arange(events.n_journeys) % 2 == 0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journey_batches, "AT_ONCE", at_once)
        here, there = anchored(events, anchor), anchored(made.events, anchor)
        counted = flows(made.events, there, 3, pools, 2, under_way)
    assert_array_equal(there.meets, here.meets)
    assert_array_equal(there.reached, here.reached)
    for one, two in zip(counted, flows(events, here, 3, pools, 2, under_way), strict=True):
        assert_array_equal(one, two)
