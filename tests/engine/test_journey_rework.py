from __future__ import annotations

import numpy as np
from hypothesis import given

from cxlens.engine.journey_rework import met_again, of_touchpoints, repeats, to_and_fro
from tests.stages.journeys.lived import Small, lived, log_of, small_logs


@given(small_logs(largest=2))
def test_repeats_are_those_of_looking_at_each_journey(small: Small) -> None:
    events = log_of(small).rows()
    again, in_a_row, loop = [], [], []
    for journey in lived(events):
        for place, code in enumerate(journey):
            before = journey[:place]
            again.append(code in before)
            in_a_row.append(bool(before) and before[-1] == code)
            loop.append(code in before and before[-1] != code)
    found = repeats(events)
    assert [flags.tolist() for flags in found] == [again, in_a_row, loop]


@given(small_logs(largest=2))
def test_time_between_the_first_and_the_last(small: Small) -> None:
    log = log_of(small)
    events = log.rows()
    wanted = {}
    for (journey, code), rows in log.details().groupby([events.journey, events.code]):
        if len(rows) > 1:
            seconds = (rows["time"].iloc[-1] - rows["time"].iloc[0]).total_seconds()
            wanted[journey, code] = (len(rows) - 1, seconds)
    for which in (np.ones(events.n_journeys, bool), np.arange(events.n_journeys) % 2 == 0):
        found = met_again(events, which)
        told = zip(*(column.tolist() for column in found), strict=True)
        of_some = {key: again for key, again in wanted.items() if which[key[0]]}
        assert {(journey, code): (times, seconds) for journey, code, times, seconds in told} == of_some


@given(small_logs(largest=2))
def test_to_and_fro(small: Small) -> None:
    events = log_of(small).rows()
    went: dict[tuple[int, int], list[int]] = {}
    met_both: dict[tuple[int, int], set[int]] = {}
    for number, journey in enumerate(lived(events)):
        places = [code for place, code in enumerate(journey) if place == 0 or journey[place - 1] != code]
        for one, other, back in zip(places, places[1:], places[2:], strict=False):
            if one == back:
                went.setdefault((min(one, other), max(one, other)), []).append(number)
        for pair in [(0, 1), (0, 2), (1, 2)]:
            if set(pair) <= set(journey):
                met_both.setdefault(pair, set()).add(number)
    found = to_and_fro(events)
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert pairs == sorted(went)
    for item, pair in enumerate(pairs):
        assert found.times[item] == len(went[pair])
        assert set(found.journeys.journey[found.journeys.item == item].tolist()) == set(went[pair])
        assert set(found.both.journey[found.both.item == item].tolist()) == met_both[pair]


def test_each_touchpoint_counts_once_a_journey() -> None:
    events = log_of(Small([(0, 1, 0, False), (0, 1, 1, False), (0, 2, 2, False)], False)).rows()
    once = of_touchpoints(events, np.ones(3, bool))
    assert (once.item.tolist(), once.journey.tolist()) == ([0, 1], [0, 0])
