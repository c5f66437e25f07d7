from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cxlens.engine.journey_plan import NEVER, hold
from tests.stages.journeys.lived import Small, lived, log_of, small_logs


@given(small_logs(largest=3), st.lists(st.integers(-1, 3), min_size=2, max_size=4))
def test_journeys_are_held_against_the_plan_one_by_one(small: Small, plan: list[int]) -> None:
    events = log_of(small).rows()
    plan = [code if code < events.n_touchpoints else -1 for code in plan]
    held = hold(events, np.array(plan))
    for number, journey in enumerate(lived(events)):
        left = list(range(len(journey)))
        at = []
        for code in plan:
            own = [place for place in left if journey[place] == code]
            at.append(own[0] if own else NEVER)
            left = [place for place in left if not own or place != own[0]]
        beside = [place for place in left if journey[place] not in plan]
        assert held.beside[number] == len(beside)
        assert held.again[number] == len(left) - len(beside)
        assert held.at[:, number].tolist() == [place if place == NEVER else place + 1 for place in at]
        met = [place != NEVER for place in at]
        ordered = [place != NEVER and place == max(at[: step + 1]) for step, place in enumerate(at)]
        assert held.reached[:, number].tolist() == met
        assert held.in_order[:, number].tolist() == ordered
        assert held.furthest[number] == max((step for step, is_met in enumerate(met) if is_met), default=NEVER)
