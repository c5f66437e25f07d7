from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from numpy.testing import assert_array_equal

from cxlens.engine import journey_follows
from cxlens.engine.journey_follows import eventually_follows, met
from tests.stages.journeys.lived import Small, lived, log_of, small_logs


@given(small_logs())
def test_pairs_are_those_of_looking_at_each_journey(small: Small) -> None:
    events = log_of(small).rows()
    k = events.n_touchpoints
    part = np.zeros((k, k), int)
    whole = np.zeros(k, int)
    for journey in lived(events):
        for first in set(journey):
            whole[first] += 1
            after = journey[journey.index(first) + 1 :]
            for later in set(after):
                part[first, later] += 1
    sums = eventually_follows(events)
    assert_array_equal(sums.part, part)
    assert_array_equal(sums.whole, np.repeat(whole[:, None], k, axis=1))


@given(small_logs())
def test_journeys_in_batches_are_the_same(small: Small) -> None:
    events = log_of(small).rows()
    at_once = eventually_follows(events)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journey_follows, "AT_ONCE", 3)
        in_batches = eventually_follows(events)
    for one, other in zip(at_once, in_batches, strict=True):
        assert_array_equal(one, other)


@given(small_logs())
def test_what_is_met(small: Small) -> None:
    events = log_of(small).rows()
    places = np.arange(len(events))
    for journey, code, times, first, last in zip(*(column.tolist() for column in met(events)), strict=True):
        there = places[(events.journey == journey) & (events.code == code)]
        assert (times, first, last) == (len(there), there[0], there[-1])
