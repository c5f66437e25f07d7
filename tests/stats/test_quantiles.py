from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxlens.stats.quantiles import quantiles_of


@given(st.integers(1, 300), st.sampled_from([0.25, 0.5, 0.75, 0.95]), st.sampled_from([0.8, 0.95, 0.99]))
def test_ranks_are_binomial(n: int, share: float, level: float) -> None:
    found = quantiles_of(np.arange(1.0, n + 1), [share], level)[0]
    low = stats.binom.ppf((1 - level) / 2, n, share)
    high = stats.binom.ppf((1 + level) / 2, n, share) + 1
    assert found.value == pytest.approx(np.quantile(np.arange(1.0, n + 1), share))
    if low < 1 or high > n:
        assert np.isnan([found.low, found.high]).all()
    else:
        assert (found.low, found.high) == (low, high)


def test_of_nothing_nothing_is_known() -> None:
    assert np.isnan(quantiles_of(np.zeros(0), [0.5], 0.95)[0]).all()


def test_copies_of_a_value_make_no_interval_narrower() -> None:
    values = np.random.default_rng(0).exponential(size=60)
    once = quantiles_of(values, [0.5], 0.95)[0]
    copied = quantiles_of(np.repeat(values, 4), [0.5], 0.95, np.repeat(np.arange(60), 4))[0]
    assert copied.value == pytest.approx(once.value)
    assert copied.high - copied.low > 0.95 * (once.high - once.low)  # by journeys it would be half as wide


@pytest.mark.simulation
@pytest.mark.parametrize(("customers", "each"), [(25, 1), (200, 1), (25, 4), (100, 3)])
@pytest.mark.parametrize("share", [0.5, 0.75])
def test_intervals_hold_the_truth(customers: int, each: int, share: float) -> None:
    rng = np.random.default_rng(11)
    runs = 200  # more of them: benchmarks/simulate_ways.py
    truth = stats.norm.ppf(share, scale=np.sqrt(2))
    unit = np.repeat(np.arange(customers), each)
    held = 0
    for _ in range(runs):
        values = rng.normal(size=(customers, 1)) + rng.normal(size=(customers, each))
        found = quantiles_of(values.ravel(), [share], 0.95, unit if each > 1 else None)[0]
        held += found.low <= truth <= found.high
    assert held / runs > 0.95 - 3 * np.sqrt(0.05 * 0.95 / runs)
