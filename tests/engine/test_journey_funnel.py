from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cxlens.engine.journey_funnel import MOVES, NEVER, departures, reached
from tests.stages.journeys.lived import Small, log_of, small_logs


def lived_by(log: object, by_customer: bool) -> dict[int, list[tuple[int, int]]]:
    """Place and code of each event, by journey or customer."""
    events = log.rows()  # type: ignore[attr-defined]
    units: dict[int, list[tuple[int, int]]] = {}
    for place, (journey, code) in enumerate(zip(events.journey.tolist(), events.code.tolist(), strict=True)):
        unit = int(events.owner[journey]) if by_customer else journey
        units.setdefault(unit, []).append((place, code))
    return units


def stages_of(log: object, picked: list[int]) -> np.ndarray:
    return np.array(picked) % len(log.touchpoints)  # type: ignore[attr-defined]


@given(small_logs(), st.lists(st.integers(0, 4), min_size=1, max_size=4), st.booleans())
def test_stages_are_reached_one_after_the_other(small: Small, picked: list[int], by_customer: bool) -> None:
    log = log_of(small)
    stages = stages_of(log, picked)
    wanted = {}
    for unit, met in lived_by(log, by_customer).items():
        places = []
        after = -1
        for code in stages:
            after = next((place for place, own in met if own == code and place > after), None)
            places.append(NEVER if after is None else after)
            if after is None:
                places += [NEVER] * (len(stages) - len(places))
                break
        if places[0] != NEVER:
            wanted[unit] = places
    found = reached(log.rows(), stages, by_customer)
    assert found.at.T.tolist() == [wanted[unit] for unit in found.unit.tolist()]
    assert found.unit.tolist() == sorted(wanted)


@given(small_logs(), st.lists(st.integers(0, 4), min_size=2, max_size=4), st.booleans())
def test_each_meeting_of_a_stage_goes_on_somewhere(small: Small, picked: list[int], by_customer: bool) -> None:
    log = log_of(small)
    stages = stages_of(log, picked).tolist()
    wanted = []
    for met in lived_by(log, by_customer).values():
        named = [(place, stages.index(code)) for place, code in met if code in stages]
        for (place, stage), following in zip(named, [*named[1:], None], strict=False):
            move = "none"
            if following is not None:
                move = {-1: "return", 0: "stay", 1: "advance"}[int(np.sign(following[1] - stage))]
            wanted.append((place, stage, MOVES.index(move)))
    found = departures(log.rows(), np.array(stages), by_customer)
    told = sorted(zip(*(column.tolist() for column in found), strict=True))
    assert told == sorted(wanted)
