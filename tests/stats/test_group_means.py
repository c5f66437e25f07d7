"""Groups compared: as Welch where both are large, by changing places where one is small, and under the null."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxlens.stats.group_means import compare_groups
from cxlens.stats.unit_means import UnitSums


def sums(values: np.ndarray) -> UnitSums:
    n = len(values)
    return UnitSums(np.zeros(n, int), np.arange(n), values, 1, n)


def test_large_groups_are_compared_after_welch() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 1, 320), rng.normal(0.2, 2, 400)
    found = compare_groups(sums(x), sums(y), 0.95)
    assert found.p_value[0] == pytest.approx(stats.ttest_ind(x, y, equal_var=False).pvalue)
    assert found.value[0] == pytest.approx(x.mean() - y.mean())


def test_small_groups_by_changing_places() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(0, 1, 20), rng.normal(1.5, 1, 30)
    found = compare_groups(sums(x), sums(y), 0.95)
    assert found.p_value[0] < 0.01
    assert found.low[0] < found.value[0] < found.high[0] < 0
    assert compare_groups(sums(y), sums(x), 0.95).value[0] == -found.value[0]


def test_what_is_alike_is_not_compared() -> None:
    found = compare_groups(sums(np.ones(9)), sums(np.ones(9)), 0.95)
    assert found.value[0] == 0
    assert np.isnan(found.p_value[0])
    alone = compare_groups(sums(np.array([2.0])), sums(np.arange(9.0)), 0.95)
    assert np.isnan(alone.p_value[0])


@pytest.mark.simulation
def test_skewed_values_of_a_few_beside_many_are_hardly_told_to_differ() -> None:
    """Ten beside a hundred: Welch says so in 11 of 100; at most 5 here, and three errors of 40 runs."""
    rng = np.random.default_rng(3)
    clear = [
        compare_groups(sums(rng.lognormal(1, 0.8, 10)), sums(rng.lognormal(1, 0.8, 100)), 0.95).p_value[0] < 0.05
        for _ in range(40)
    ]
    assert np.mean(clear) <= 0.05 + 3 * 0.035
