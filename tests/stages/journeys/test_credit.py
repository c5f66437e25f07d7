"""Credit in resamples: which orders are compared, blocks of many customers, coverage."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxlens.stages.journeys import credit
from tests.stages.journeys.logs import log_of


def words(n: int, rng: np.random.Generator) -> list[str]:
    return ["".join(rng.choice(list("abc"), rng.integers(1, 5))) + "!" * int(rng.random() < 0.5) for _ in range(n)]


def shares(log: Any, rule: credit.Rule, draws: int, seed: int = 0) -> np.ndarray:
    part = credit.part_of(credit.ways_in(log, None), [rule], 1, draws, np.random.default_rng(seed))
    return part.credits[rule].share


def test_orders_of_too_many_states_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    ways = credit.ways_in(log_of(*words(60, np.random.default_rng(2))), None)
    assert credit.order_by_likelihood(ways, 0.95)[0] == [1, 2, 3]
    monkeypatch.setattr(credit, "MOST_STATES", 12)
    orders, states, gain = credit.order_by_likelihood(ways, 0.95)
    assert orders == [1, 2]
    assert states == [3, 12]
    assert len(gain.per_unit) == 2


def test_many_customers_are_drawn_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(*words(400, np.random.default_rng(5)))
    by_customer = {rule: shares(log, rule, 200).std(axis=0) for rule in credit.RULES}
    monkeypatch.setattr(credit, "MOST_UNITS", 399)
    monkeypatch.setattr(credit, "BLOCKS", 100)
    for rule, spread in by_customer.items():
        in_blocks = shares(log, rule, 200)
        assert in_blocks[0] == pytest.approx(shares(log, rule, 2)[0])
        assert in_blocks.std(axis=0)[:3] == pytest.approx(spread[:3], rel=0.4)


def test_batches_of_chains_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(*words(50, np.random.default_rng(6)))
    whole = shares(log, "markov", 30)
    monkeypatch.setattr(credit, "AT_ONCE", 40)
    assert shares(log, "markov", 30) == pytest.approx(whole)


def test_people_of_several_journeys_count_once() -> None:
    rows = [("x", k, "a", 0) for k in range(1, 13, 2)] + [("x", k, "b", 1) for k in range(2, 14, 2)]
    rows += [("y", 1, "a", 0), ("y", 2, "b", 1), ("z", 1, "a", 0)]
    events = pd.DataFrame(rows, columns=["who", "nr", "met", "bought"])
    log = credit.JourneyLog(events, customer="who", touchpoint="met", order="nr", outcome="bought", ends_at="b")
    part = credit.part_of(credit.ways_in(log, None), ["last"], 1, 2, np.random.default_rng(0))
    assert part.conversions == 7
    assert part.met.tolist() == [7, 0]
    assert part.met_people.tolist() == [2, 0]
