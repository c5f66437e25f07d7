"""Flows from step to step, held against plain loops."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from cxlens.engine import journeys as engine
from cxlens.engine.journey_flow import OPEN, flows, from_first, meet
from tests.engine.test_journeys import logs, sorted_log

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


@given(logs(), st.integers(1, 6), st.booleans(), st.booleans())
def test_flows_are_those_of_plain_loops(pairs, steps, several, some_open):
    events = sorted_log(pairs)
    if several:
        ends = np.arange(events.n_touchpoints) == 0
        events = engine.sort_events(
            events.owner[events.journey], events.code.astype(np.int64), order=np.arange(len(events)),
            cuts=engine.Cuts(ends=ends),
        )[0]  # fmt: skip
    routes = routes_of(events)
    under_way = [some_open and place % 2 == 0 for place in range(len(routes))]
    wanted = counted_plainly(routes, steps, under_way)
    counted = flows(events, steps, np.array(under_way))
    keys = list(zip(counted.step.tolist(), counted.origin.tolist(), counted.target.tolist(), strict=True))
    assert keys == sorted(wanted)
    in_all = Counter(owner for owner, _ in routes)
    for place, key in enumerate(keys):
        own = wanted[key]
        assert counted.n[place] == sum(own.values())
        assert counted.squares[place] == sum(times**2 for times in own.values())
        assert counted.with_all[place] == sum(times * in_all[owner] for owner, times in own.items())


@given(logs())
def test_what_comes_to_a_touchpoint_leaves_it(pairs):
    counted = flows(sorted_log(pairs), 100)
    comes: Counter[tuple[int, int]] = Counter()
    leaves: Counter[tuple[int, int]] = Counter()
    for step, origin, target, n in zip(counted.step, counted.origin, counted.target, counted.n, strict=True):
        leaves[int(step), int(origin)] += int(n)
        if target >= 0:
            comes[int(step) + 1, int(target)] += int(n)
    assert comes == Counter({place: n for place, n in leaves.items() if place[0] > 1})


@given(logs(), st.integers(0, 4))
def test_from_a_touchpoint_on(pairs, code):
    events = sorted_log(pairs)
    wanted = [
        (owner, route[route.index(code) :]) for owner, route in routes_of(events) if code in route
    ]  # fmt: skip
    assert_array_equal(meet(events, code), [code in route for _, route in routes_of(events)])
    if not wanted:
        return
    part = from_first(events, code)
    assert [route for _, route in routes_of(part)] == [route for _, route in wanted]
    assert (part.owner[1:] >= part.owner[:-1]).all()
    assert part.n_customers == len({owner for owner, _ in wanted})
    assert_array_equal(part.step[np.append(True, part.journey[1:] != part.journey[:-1])], 1)
    for _, route in wanted:
        assert route[0] == code
    firsts = [place == route.index(met) for _, route in wanted for place, met in enumerate(route)]
    assert_array_equal(part.first, firsts)
