from __future__ import annotations

import numpy as np
import pytest

import cxlens as cx
from tests.stages.journeys.test_funnel import log_of_days


@pytest.mark.simulation
def test_intervals_hold_the_share_where_customers_have_habits() -> None:
    """Journeys of one customer are alike; conversion and drop-off of a stage hold the truth in 95 of 100."""
    rng = np.random.default_rng(13)
    runs = 40  # more of them: benchmarks/simulate_ways.py
    held = 0
    for _ in range(runs):
        customers = []
        for habit in rng.beta(1, 1, 50):
            events = []
            for journey in range(4):
                events.append(("Web", 100.0 * journey))
                if rng.random() < habit:
                    events.append(("Order", 100.0 * journey + 1))
            customers.append(events)
        log = log_of_days(*customers, [("Mail", 500.0)], gap="10 days")
        row = cx.funnel(log, ["Web", "Order"], min_n=1).table.iloc[0]
        held += row["next_low"] <= 0.5 <= row["next_high"]
    assert held / runs > 0.95 - 3 * np.sqrt(0.05 * 0.95 / runs)
