from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxlens.stats.difference_of_means import difference_of_means


def test_of_one_value_each_it_is_welch() -> None:
    rng = np.random.default_rng(1)
    one, other = rng.normal(3, 2, 12), rng.normal(2, 1, 30)
    values = np.append(one, other)
    found = difference_of_means(values, np.arange(42) < 12, np.arange(42), 0.95)
    wanted = stats.ttest_ind(one, other, equal_var=False)
    interval = wanted.confidence_interval(0.95)
    assert found.p == pytest.approx(wanted.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    assert (found.mean, found.other) == pytest.approx((one.mean(), other.mean()))


def test_copies_tell_no_more() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=40)
    is_one = np.arange(40) < 15
    once = difference_of_means(values, is_one, np.arange(40), 0.95)
    copied = difference_of_means(np.repeat(values, 3), np.repeat(is_one, 3), np.repeat(np.arange(40), 3), 0.95)
    assert copied == pytest.approx(once)


def test_where_nothing_tells() -> None:
    values = np.array([1.0, 2.0, 3.0])
    unit = np.arange(3)
    assert np.isnan(difference_of_means(values, np.ones(3, bool), unit, 0.95)).all()
    alone = difference_of_means(values, np.array([True, False, False]), unit, 0.95)
    assert alone.difference == -1.5
    assert np.isnan([alone.low, alone.high, alone.p]).all()
    alike = difference_of_means(np.ones(6), np.arange(6) < 3, np.arange(6), 0.95)
    assert alike.difference == 0
    assert np.isnan(alike.p)


@pytest.mark.simulation
@pytest.mark.parametrize("within", [False, True])
def test_intervals_hold_no_difference(within: bool) -> None:
    """Customers with habits: on one side each, or on both."""
    rng = np.random.default_rng(3)
    runs = 300  # more of them: benchmarks/simulate_ways.py
    unit = np.repeat(np.arange(40), 4)
    held = 0
    for _ in range(runs):
        values = rng.normal(size=40)[unit] + rng.normal(size=160)
        is_one = rng.random(160) < 0.4 if within else (rng.random(40) < 0.4)[unit]
        found = difference_of_means(values, is_one, unit, 0.95)
        held += found.low <= 0 <= found.high
    assert held / runs > 0.95 - 3 * np.sqrt(0.05 * 0.95 / runs)
