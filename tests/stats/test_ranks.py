"""Rank correlation and shared first ones, against SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from cxlens.stats.ranks import _Lists, chance_of_sharing, kendall, p_of_correlation, rank_correlation, true_correlation


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


def test_a_rank_correlation_is_spearmans():
    x, y = np.array([1.0, 2, 2, 5, np.nan, 4]), np.array([2.0, 1, 4, 4, 3, 5])
    known = ~np.isnan(x)
    assert rank_correlation(x, y) == pytest.approx(stats.spearmanr(x[known], y[known]).statistic)
    assert np.isnan(rank_correlation(x[:3], y[:3]))
    assert np.isnan(rank_correlation(np.ones(5), y[:5]))


@pytest.mark.parametrize(("truth", "held"), [(1.0, 0.88), (0.6, 0.84)])
def test_the_order_of_the_truth_is_in_the_interval_in_spite_of_errors(truth, held):
    """Twelve figures with a spread of 0.2, measured on 600 people and on 20: what was measured goes together less."""
    rng = np.random.default_rng(0)
    errors = np.full(12, 0.9 / np.sqrt(600)), np.full(12, 0.9 / np.sqrt(20))
    inside, measured = [], []
    for _ in range(25):
        x = 0.2 * rng.normal(size=12)
        y = truth * x + np.sqrt(1 - truth**2) * 0.2 * rng.normal(size=12)
        seen = [side + error * rng.normal(size=12) for side, error in zip((x, y), errors, strict=True)]
        low, high = true_correlation(*seen, *errors, 0.95)
        of_ranks = 6 / np.pi * np.arcsin(truth / 2)
        inside.append(low - 1e-9 <= of_ranks <= high + 1e-9)
        measured.append(rank_correlation(*seen))
    assert np.mean(inside) >= held
    assert np.mean(measured) < truth - 0.1


def test_figures_without_errors_have_a_narrow_interval():
    x = np.arange(20.0)
    y = x + np.array([0, 2, -2, 1, -1] * 4)
    low, high = true_correlation(x, y, np.full(20, 1e-3), np.full(20, 1e-3), 0.95)
    assert 0.85 < low < high <= 1


def test_the_likelihood_is_that_of_contrasts():
    """Restricted likelihood: what is left of the lists without their means, whatever these are."""
    rng = np.random.default_rng(7)
    n = 6
    x, y = rng.normal(size=(2, n))
    of_x, of_y = rng.uniform(0.5, 2, (2, n))
    contrasts = np.kron(np.eye(2), np.eye(n)[1:] - np.eye(n)[0])
    found, expected = [], []
    for shared, more in [(-0.4, 1.0), (0.0, 0.0), (0.45, 0.0), (0.3, 3.0)]:
        lists = _Lists(x, y, of_x + more, of_y)
        covariance = np.block([[np.diag(lists.of_x), shared * np.eye(n)], [shared * np.eye(n), np.diag(of_y)]])
        left = stats.multivariate_normal(cov=contrasts @ covariance @ contrasts.T)
        found.append(float(lists.log_likelihood(np.array(shared))))
        expected.append(left.logpdf(contrasts @ np.r_[x, y]))
    assert np.diff(found) == pytest.approx(np.diff(expected))
