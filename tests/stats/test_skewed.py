"""Means of skewed cases: what becomes of them without skew, against simulation, and how often they err."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxlens.stats.skewed import _methods, below, sample_of, skewed_mean_interval


def test_skewness_is_that_of_scipy():
    cases = np.random.default_rng(0).gamma(2, 1, 40)
    assert sample_of(cases).skewness == pytest.approx(stats.skew(cases, bias=False))
    assert sample_of(np.array([1.0, 2.0])).skewness == 0


def test_without_skew_it_is_students_t():
    half = np.random.default_rng(1).normal(2, 1, 20)
    cases = np.concatenate([half, -half])
    assert below(cases, 0.4) == pytest.approx(stats.ttest_1samp(cases, 0.4, alternative="greater").pvalue)
    assert skewed_mean_interval(cases) == pytest.approx(tuple(stats.ttest_1samp(cases, 0).confidence_interval()))


def test_lognormal_cases_as_draws_of_the_generalised_pivot_have_it():
    rng = np.random.default_rng(2)
    logs = rng.standard_normal(12)
    variances = 11 * logs.var(ddof=1) / rng.chisquare(11, 400_000)
    means = logs.mean() + np.sqrt(variances / 12) * rng.standard_normal(400_000) + variances / 2
    assert below(np.exp(logs), 3.0) == pytest.approx((means < np.log(3.0)).mean(), abs=0.004)


@pytest.mark.parametrize("kind", ["lognormal", "below 0"])
def test_the_interval_ends_where_it_is_refused(kind):
    cases = np.exp(np.random.default_rng(3).standard_normal(15)) - 5 * (kind == "below 0")
    low, high = skewed_mean_interval(cases)
    assert below(cases, low) == pytest.approx(0.025, abs=1e-6)
    assert below(cases, high) == pytest.approx(0.975, abs=1e-6)


def test_two_methods_that_point_apart_decide_nothing():
    cases = np.exp(1.5 * np.random.default_rng(4).standard_normal(8))
    assert below(cases, float(cases.mean()) * 1.2) == 0.5


@pytest.mark.simulation
@pytest.mark.parametrize("n", [10, 50])
def test_a_mean_at_its_target_is_seldom_clearly_met(n):
    """Student's t says so in 18 to 27 of 100 of these cases; 2.5 are due."""
    rng = np.random.default_rng(n)
    runs = 200
    waits = np.exp(1.5 * rng.standard_normal((runs, n)) - 1.5**2 / 2)
    met = np.mean([below(row, 1.0) > 0.975 for row in waits])
    assert met <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / runs)


def test_a_case_of_0_has_no_logarithm():
    """A wait of nothing is told by the transformed t alone, and one just above 0 by the more careful of both."""
    waits = np.array([0.0, 1, 1.5, 2, 2.5, 3, 4, 9])
    alone = below(waits - 1e-9, 6.0)  # below 0: no lognormal distribution
    assert below(waits, 6.0) == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("n", [8, 30])
def test_logarithms_are_clearly_skewed_where_those_of_one_in_twenty_are(n):
    """Of lognormal cases the lognormal distribution is left out as often as the level says."""
    rng = np.random.default_rng(n)
    logs = rng.standard_normal((2_000, n))
    skewness = stats.skew(logs, axis=1, bias=False)
    left_out = np.array([len(_methods(np.exp(row))) == 1 for row in logs])
    assert left_out.mean() == pytest.approx((np.abs(skewness) > 1.96 * skewness.std()).mean(), abs=0.01)
    assert np.abs(skewness[left_out]).min() > np.abs(skewness[~left_out]).max()
