"""Batches of journeys: everything once, customers whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from cxlens.engine import journey_batches
from cxlens.engine.journey_batches import OPEN, batches, counted, parts
from cxlens.engine.journeys import EDGE
from tests.engine.test_stored_journeys import CUTS, Row, both, rows_of


@settings(max_examples=10, deadline=None)
@given(rows_of(), CUTS, st.integers(1, 9))
def test_batches_have_every_event_once_and_customers_whole(rows: list[Row], cuts: Any, at_once: int) -> None:
    events, made, _ = both(rows, cuts, "time")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journey_batches, "AT_ONCE", at_once)
        parts = list(batches(made.events))
    (whole,) = batches(events)
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)]
    order = np.lexsort([columns[1], columns[0]])
    for column, wanted in zip(columns, whole, strict=True):
        assert_array_equal(column[order], wanted)
    owners = [set(events.owner[part.journey].tolist()) for part in parts]
    assert sum(len(some) for some in owners) == events.n_customers
    under_way = np.arange(events.n_journeys) % 2 == 0
    targets = np.concatenate([part.targets(under_way) for part in parts])[order]
    is_open = (events.following == EDGE) & under_way[events.journey]
    assert_array_equal(targets, np.where(is_open, OPEN, events.following))
    last_visit = np.concatenate([part.last_visit for part in parts])[order]
    later = {(j, c): place for place, (j, c) in enumerate(zip(events.journey.tolist(), events.code.tolist()))}
    assert_array_equal(np.flatnonzero(last_visit), sorted(later.values()))


@settings(max_examples=10, deadline=None)
@given(rows_of(), CUTS, st.sampled_from(["time", "order"]), st.integers(1, 9))
def test_parts_are_logs_of_their_own_of_customers_who_are_whole(
    rows: list[Row], cuts: Any, clock: str, at_once: int
) -> None:
    events, made, _ = both(rows, cuts, clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journey_batches, "AT_ONCE", at_once)
        some = list(parts(made.events))
    assert sorted(np.concatenate([part.journey for part in some]).tolist()) == list(range(events.n_journeys))
    assert sum(part.events.n_customers for part in some) == events.n_customers
    even = np.arange(events.n_journeys) % 2 == 0
    for part in some:
        for which in (np.ones(events.n_journeys, bool), even):
            taken = part.take(which)
            assert taken.journey.tolist() == [number for number in part.journey if which[number]]
            assert taken.events.n_journeys == len(taken.journey)
            for place, number in enumerate(taken.journey):
                for name in ("step", "code", "following", "gap", "first"):
                    of_part = getattr(taken.events, name)[taken.events.journey == place]
                    assert_array_equal(of_part, getattr(events, name)[events.journey == number], name)
            for name in ("silence", "over"):
                assert_array_equal(getattr(taken.events, name), getattr(events, name)[taken.journey], name)
            customers = events.owner[taken.journey]
            is_other = taken.events.owner[1:] != taken.events.owner[:-1]
            assert_array_equal(is_other, customers[1:] != customers[:-1])
    (whole,) = parts(events)
    assert whole.events is events


def test_numbers_are_counted_once_each() -> None:
    keys, times = counted(np.array([5, 1, 5, 5]))
    assert (keys.tolist(), times.tolist()) == ([1, 5], [1, 3])
    keys, times = counted(np.zeros(0, np.int64))
    assert (keys.tolist(), times.tolist()) == ([], [])
