from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cxlens.engine.journey_around import around
from tests.stages.journeys.lived import Small, lived, log_of, small_logs


@given(small_logs(largest=3), st.integers(0, 3), st.integers(0, 3))
def test_places_are_those_of_looking_at_each_journey(small: Small, before: int, after: int) -> None:
    events = log_of(small).rows()
    k = events.n_touchpoints
    goes_on = np.arange(events.n_journeys) % 2 == 0
    found = around(events, 0, before, after, goes_on)
    wanted = np.zeros((before + after + 1, k + 3), int)
    anchored = []
    for number, journey in enumerate(lived(events)):
        if 0 not in journey:
            continue
        anchored.append(number)
        here = journey.index(0)
        for position in range(-before, after + 1):
            place = here + position
            if place < 0:
                code = k
            elif place < len(journey):
                code = journey[place]
            else:
                code = k + 2 if goes_on[number] else k + 1
            wanted[position + before, code] += 1
    counted = np.bincount(found.at.item, minlength=wanted.size).reshape(wanted.shape)
    assert counted.tolist() == wanted.tolist()
    assert found.anchored.tolist() == anchored
    assert found.places == k + 3
    assert (counted.sum(axis=1) == len(anchored)).all()
