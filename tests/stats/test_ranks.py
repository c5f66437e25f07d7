"""Rank correlation and shared first ones, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from cxlens.stats.ranks import chance_of_sharing, kendall, p_of_correlation


@given(arrays(float, (2, 7), elements=st.integers(0, 4)))
def test_kendall_is_tau_b(lists):
    expected = stats.kendalltau(*lists).statistic
    assert kendall(*lists) == pytest.approx(expected, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(("n", "first"), [(5, 3), (12, 3), (4, 4), (9, 1)])
def test_the_chance_of_sharing_is_hypergeometric(n, first):
    for shared in range(first + 2):
        expected = stats.hypergeom(n, first, first).sf(shared - 1)
        assert chance_of_sharing(shared, first, n) == pytest.approx(expected, abs=1e-12)


def test_the_p_value_of_a_correlation_is_that_of_scipy():
    x, y = np.random.default_rng(0).normal(size=(2, 20))
    expected = stats.spearmanr(x, y)
    assert p_of_correlation(expected.statistic, 20) == pytest.approx(expected.pvalue, abs=1e-12)
    assert np.isnan(p_of_correlation(0.5, 2))
