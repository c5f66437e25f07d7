"""What a plan costs: means of ranges, intervals of draws, and how surely budgets are kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlens.stages.improve.plan_costs import chances_of, expected_costs, spending
from cxlens.stats.schedule import Problem
from tests.stages.improve.test_roadmap import WINS


def problem(*budget: float) -> Problem:
    """The five initiatives, with so much money a period."""
    return Problem(
        values=np.median(WINS.benefits, axis=0),
        costs=expected_costs(WINS.initiatives),
        durations=WINS.initiatives["duration"].to_numpy(),
        budget=np.array(budget),
        needs=np.zeros((5, 0)),
        capacity=np.zeros((0, len(budget))),
        prerequisites=[],
        exclusions=[],
        must=np.zeros(5, bool),
    )


def test_a_cost_is_the_mean_of_its_range():
    table = pd.DataFrame({"cost_low": [7.0, np.nan], "cost_likely": [10.0, np.nan], "cost_high": [16.0, np.nan]})
    expected = expected_costs(table)
    assert expected[0] == 11
    assert np.isnan(expected[1])


def test_what_is_not_known_of_initiatives():
    chances = chances_of(WINS.record, 0.8)
    assert chances.certainty == 0.8
    assert chances.low.tolist() == WINS.initiatives["cost_low"].tolist()
    assert chances.high.tolist() == WINS.initiatives["cost_high"].tolist()
    np.testing.assert_array_equal(chances.gains, np.maximum(WINS.benefits, 0))


def test_periods_are_judged_by_draws_of_what_runs_in_them():
    chances = chances_of(WINS.record, 0.5)
    starts = np.array([0, -1, -1, 0, -1])  # "Queue" of (8, 10, 15) and "Signs" of exactly 10
    tight = problem(20.5, np.inf, np.inf)
    table, always = spending(tight, chances, starts, 0.95)
    drawn = np.random.default_rng(0).triangular(8, 10, 15, 100_000) + 10
    assert table["p_within_budget"].iloc[0] == always == pytest.approx((drawn <= 20.5).mean(), abs=0.02)
    assert table["p_within_budget"].iloc[1:].isna().all()
    ends = np.quantile(drawn, [0.025, 0.975])
    assert table.loc[0, ["cost_low", "cost_high"]].tolist() == pytest.approx(ends, abs=0.1)
    assert table.loc[1, ["cost_low", "cost_high"]].tolist() == [0, 0]
    assert np.isnan(spending(problem(np.inf, np.inf, np.inf), chances, starts, 0.95)[1])


def test_several_periods_are_kept_together_less_surely_than_each():
    starts = np.array([0, -1, 1, -1, -1])
    ranges = chances_of(WINS.record, 0.5)._replace(likely=np.full(5, 10.0), low=np.full(5, 8.0), high=np.full(5, 15.0))
    table, always = spending(problem(11.0, 11.0, 50.0), ranges, starts, 0.95)
    first, second, third = table["p_within_budget"]
    assert third == 1
    assert always == pytest.approx(first * second, abs=0.02)
