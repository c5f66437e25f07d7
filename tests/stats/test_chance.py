"""Limits kept with a probability: the best of all schedules, sure in other draws, and what is said where none is."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from cxlens.errors import ValuesError
from cxlens.stats import chance
from cxlens.stats.chance import Chances, p_soon, p_within, period_costs, schedule_surely
from cxlens.stats.schedule import Problem, keeps, schedule, worth

BUDGET = 15.0


def problem(m: int, rng: np.random.Generator, t: int = 2, **more) -> tuple[Problem, Chances]:
    """Initiatives with right-skewed costs, of one or two periods."""
    low = rng.uniform(4, 7, m)
    likely = low + rng.uniform(1, 3, m)
    high = likely + rng.uniform(2, 8, m)
    values = rng.uniform(0.5, 2, m)
    gains = np.maximum(values + rng.normal(0, 0.5, (400, m)), 0)
    case = Problem(
        values=values,
        costs=(low + likely + high) / 3,
        durations=rng.integers(1, 3, m),
        budget=np.full(t, BUDGET),
        needs=np.zeros((m, 0)),
        capacity=np.zeros((0, t)),
        prerequisites=[],
        exclusions=[],
        must=np.zeros(m, bool),
        decay=0.9,
        **more,
    )
    return case, Chances(0.9, low, likely, high, gains, 1)


def is_sure(case: Problem, chances: Chances, starts: np.ndarray, least: float) -> bool:
    within = p_within(case, period_costs(case, starts, chances.costs()))
    soon = p_soon(case, starts, chances.gains)
    return bool((within >= least).all()) and not soon < least


def best_of_all(case: Problem, chances: Chances) -> float:
    """The worth of the best schedule there is, each one tried."""
    least = chance._a_little_surer(chances.certainty)
    found = 0.0
    for starts in product(range(-1, len(case.budget)), repeat=len(case.values)):
        tried = np.array(starts)
        if worth(case, tried) > found and keeps(case, tried) and is_sure(case, chances, tried, least):
            found = worth(case, tried)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_no_schedule_that_is_sure_is_worth_more(seed):
    rng = np.random.default_rng(seed)
    short_term = (0.5, 1) if seed % 2 else None
    case, chances = problem(5, rng, short_term=short_term)
    found = schedule_surely(case, chances)
    assert found.objective == pytest.approx(best_of_all(case, chances))
    assert found.gap < 1e-5
    fresh = p_within(case, period_costs(case, found.starts, chances.costs(fresh=True)))
    assert (fresh >= 0.9).all()
    assert not p_soon(case, found.starts, chances.gains) < 0.9


def test_what_keeps_the_budget_on_average_breaks_it_half_of_the_time():
    case, chances = problem(8, np.random.default_rng(7))
    on_average = schedule(case)
    assert p_within(case, period_costs(case, on_average.starts, chances.costs())).min() < 0.8
    assert schedule_surely(case, chances).objective < on_average.objective


def test_probabilities_by_hand():
    case, chances = problem(3, np.random.default_rng(1))
    case = case._replace(durations=np.array([1, 2, 1]), budget=np.array([BUDGET, np.inf]), short_term=(0.6, 1))
    starts = np.array([0, 0, -1])
    costs = chances.costs()
    spent = period_costs(case, starts, costs)
    np.testing.assert_allclose(spent[:, 0], costs[:, 0] + costs[:, 1] / 2)
    np.testing.assert_allclose(spent[:, 1], costs[:, 1] / 2)
    within = p_within(case, spent)
    assert within[0] == (costs[:, 0] + costs[:, 1] / 2 <= BUDGET).mean()
    assert np.isnan(within[1])
    first, second = chances.gains[:, 0], chances.gains[:, 1]
    assert p_soon(case, starts, chances.gains) == (first >= 0.6 * (first + second)).mean()
    assert np.isnan(p_soon(case._replace(short_term=None), starts, chances.gains))


def test_other_draws_are_others():
    _, chances = problem(3, np.random.default_rng(1))
    assert not (chances.costs() == chances.costs(fresh=True)).any()
    np.testing.assert_array_equal(chances.costs(), chances.costs())


def test_where_nothing_is_sure_enough_there_is_none():
    case, chances = problem(2, np.random.default_rng(3))
    forced = case._replace(
        must=np.ones(2, bool), durations=np.ones(2, int), budget=np.array([chances.likely.max(), 99])
    )
    forced = forced._replace(costs=np.zeros(2), budget=np.full(2, chances.likely.min()))
    assert schedule_surely(forced, chances) is None


def test_without_time_limits_are_drawn_tighter(monkeypatch):
    case, chances = problem(8, np.random.default_rng(7), short_term=(0.5, 1))
    exact = schedule_surely(case, chances)
    clock = iter(np.r_[0.0, 8.0, np.arange(9, 10, 0.01)])
    monkeypatch.setattr(chance, "monotonic", lambda: next(clock))
    found = schedule_surely(case, chances)
    assert is_sure(case, chances, found.starts, 0.9)
    assert found.objective <= exact.objective + 1e-9
    assert found.bound >= exact.objective - 1e-9
    assert found.gap == pytest.approx((found.bound - found.objective) / found.bound)


def test_no_time_at_all_is_told(monkeypatch):
    case, chances = problem(8, np.random.default_rng(7))
    clock = iter([0.0, 8.0, 11.0])
    monkeypatch.setattr(chance, "monotonic", lambda: next(clock))
    with pytest.raises(ValuesError) as error:
        schedule_surely(case, chances)
    assert str(error.value) == (
        "no schedule that is sure enough was found in the time there was. Give a longer time_limit, or a lower "
        "certainty."
    )
