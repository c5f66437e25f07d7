"""Sums of departures beside walking each journey; that DuckDB has the same is tested with its other figures."""

from __future__ import annotations

from collections import Counter

from hypothesis import given

from cxlens.engine import journeys as engine
from cxlens.engine.journey_departures import departure_sums
from tests.engine.test_journey_shares import summed
from tests.stages.journeys.lived import Small, lived, log_of, small_logs


@given(small_logs())
def test_departures_are_those_of_walking_each_journey(small: Small) -> None:
    events = log_of(small).rows()
    moves = Counter()
    for owner, codes in zip(events.owner.tolist(), lived(events), strict=True):
        moves.update((owner, *pair) for pair in zip([engine.EDGE, *codes], [*codes, engine.EDGE], strict=True))
    departures = Counter()
    for (owner, origin, _), n in moves.items():
        departures[owner, origin] += n
    transitions = engine.transitions(events)
    sums = departure_sums(events)
    customers = sorted(set(events.owner.tolist()))
    for place, (origin, target) in enumerate(zip(transitions.origin, transitions.target, strict=True)):
        of_customers = [(moves[who, origin, target], departures[who, origin]) for who in customers]
        assert tuple(figure[place] for figure in sums) == summed(of_customers)
