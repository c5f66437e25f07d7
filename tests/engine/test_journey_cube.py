"""Flows from sums of counts: the same as flows counted anew, in memory and in DuckDB."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from cxlens.engine import journey_batches
from cxlens.engine import journeys as engine
from cxlens.engine.journey_cube import FlowCube, flow_cube
from cxlens.engine.journey_flow import START, anchored, flows
from tests.engine.test_journeys import logs, sorted_log
from tests.engine.test_stored_journeys import Row, both, rows_of


def assert_same_flows(events: engine.SortedEvents, cube: FlowCube, under_way: np.ndarray | None, steps: int) -> None:
    """For each anchor, with touchpoints as they are and with all but the first as one."""
    for anchor in range(START, events.n_touchpoints):
        some = anchored(events, anchor)
        assert cube.journeys[anchor] == some.meets.sum()
        assert_array_equal(cube.reached[anchor], some.reached)
        for pools in (np.arange(events.n_touchpoints), np.minimum(np.arange(events.n_touchpoints), 1)):
            wanted = flows(events, some, steps, pools, 1, under_way)
            for one, two in zip(cube.flows(anchor, steps, pools), wanted, strict=True):
                assert_array_equal(one, two)


@settings(max_examples=30, deadline=None)
@given(logs(), st.integers(1, 6), st.integers(0, 3), st.booleans())
def test_pooled_counts_are_those_counted_anew(pairs, steps, more, is_dated):
    events = sorted_log(pairs)
    under_way = np.arange(events.n_journeys) % 2 == 0 if is_dated else None
    assert_same_flows(events, flow_cube(events, steps + more, under_way), under_way, steps)


@settings(max_examples=10, deadline=None)
@given(rows_of(), st.integers(1, 6), st.booleans())
def test_counts_of_duckdb_are_the_same(rows: list[Row], steps: int, is_dated: bool) -> None:
    events, made, _ = both(rows, (set(), None), "both")
    under_way = np.arange(events.n_journeys) % 2 == 0 if is_dated else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journey_batches, "AT_ONCE", 5)
        cube = flow_cube(made.events, steps, under_way)
    assert_same_flows(events, cube, under_way, steps)
    in_memory = flow_cube(events, steps, under_way)
    assert_array_equal(cube.reached, in_memory.reached)
    assert_array_equal(cube.journeys, in_memory.journeys)
