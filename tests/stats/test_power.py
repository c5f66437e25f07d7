"""Margins and power: against published examples, another tool, invariants, and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestIndPower, ftest_power_f2

from cxlens.stats import power
from cxlens.stats.inference import wald_p
from cxlens.stats.intervals import nps_difference, nps_interval, wilson

SHARES = st.floats(0, 1)


def test_samples_tell_what_is_known_of_them():
    rng = np.random.default_rng(0)
    assert power.sampled(200, {"sd": 2.0}, rng, 4000)["sd"] ** 2 == pytest.approx(4.0, rel=0.9)
    assert power.sampled(200, {"sd": 2.0}, rng, 4000)["sd"].mean() == pytest.approx(2.0, abs=0.01)
    assert power.sampled(200, {"share": 0.3}, rng, 4000)["share"].mean() == pytest.approx(0.3, abs=0.003)
    drawn = power.sampled(200, {"promoters": 0.5, "detractors": 0.2}, rng, 4000)
    assert [drawn[name].mean() for name in drawn] == pytest.approx([0.5, 0.2], abs=0.003)


@pytest.mark.parametrize(("margin", "plain"), [(0.05, 385), (0.03, 1068), (0.01, 9604)])
def test_wilson_needs_as_many_less_as_z_squared(margin, plain):
    """The textbook's 385, 1,068 and 9,604 rest on the plain interval; at 0.5 Wilson's is that of n + z2 answers."""
    z2 = stats.norm.ppf(0.975) ** 2
    assert math.ceil(z2 * 0.25 / margin**2) == plain
    found = power.smallest(lambda n: power.share_margin(n, 0.5) <= margin)
    assert found == math.ceil(z2 * 0.25 / margin**2 - z2)


def test_means_of_a_known_spread():
    """(1.96 / 0.1)**2 is 384.1; Student's t with 386 degrees of freedom asks for a few more."""
    assert power.smallest(lambda n: power.mean_margin(n, 1) <= 0.1) == 387
    half = stats.t.ppf(0.975, 386) / math.sqrt(387)
    assert power.mean_margin(387, 1) == pytest.approx(half, rel=1e-12)


@pytest.mark.parametrize(("d", "cohen"), [(0.2, 393), (0.5, 64), (0.8, 26)])
def test_cohen_s_primer_two_means(d, cohen):
    """Cohen (1992), table 2: n a group for power 0.80 at 0.05. His 393 is 393.4 rounded down."""
    assert power.smallest(lambda n: power.mean_power(n, d, 1) >= 0.8) == cohen + (d == 0.2)


def test_two_means_as_statsmodels():
    n = np.array([2, 5, 20, 64, 400, 3000])
    for d in (0.05, 0.3, 0.5):
        theirs = [TTestIndPower().power(d, int(k), 0.05) for k in n]
        ours = power.mean_power(n, d, 1)
        ok = ~np.isnan(theirs)
        assert ok.sum() >= 4
        np.testing.assert_allclose(ours[ok], np.array(theirs)[ok], rtol=1e-8)


def test_two_shares_as_r_prints_them():
    """The examples of R's power.prop.test: power 0.740 with n = 50; n = 76.7 for 0.90; Fleiss: 356 for 0.6, 0.7."""
    assert power.share_power(50, 0.5, 0.25) == pytest.approx(0.740, abs=0.0005)
    assert power.smallest(lambda n: power.share_power(n, 0.5, 0.25) >= 0.9) == 77
    assert power.smallest(lambda n: power.share_power(n, 0.6, 0.1) >= 0.8) == 356


COHEN = {
    0.02: [481, 547, 599, 645, 686, 726, 757],
    0.15: [67, 76, 84, 91, 97, 102, 107],
    0.35: [30, 34, 38, 42, 45, 48, 50],
}


@pytest.mark.parametrize("f2", COHEN)
def test_cohen_s_primer_regression(f2):
    """Cohen (1992), table 2: 2 to 8 predictors at once. His tables are interpolated: within 2 and 1 %."""
    ours = [power.smallest(lambda n, k=k: power.regression_power(n, f2, k, k) >= 0.8) for k in range(2, 9)]
    assert max(abs(a - b) for a, b in zip(ours, COHEN[f2], strict=True)) <= max(2, 0.01 * max(ours))


@pytest.mark.parametrize(("f2", "n"), [(0.02, 395), (0.15, 55), (0.35, 25)])
def test_one_predictor_as_g_power(f2, n):
    """One predictor alone, power 0.80: what G*Power gives (noncentrality f2 n)."""
    assert power.smallest(lambda n: power.regression_power(n, f2, 1, 1) >= 0.8) == n


def test_regression_as_statsmodels():
    for f2, tested, predictors, n in ((0.02, 1, 12, 500), (0.15, 3, 8, 100), (0.05, 2, 2, 60)):
        v = n - predictors - 1
        theirs = ftest_power_f2(f2, tested, v, 0.05, ncc=1)
        assert power.regression_power(n, f2, tested, predictors) == pytest.approx(theirs, rel=1e-8)
    assert np.isnan(power.regression_power(13, 0.1, 1, 12))


def test_the_robust_test_needs_a_little_more():
    """HC3 errors cost about predictors + 3 answers, whatever n is; where there are hardly any, nothing is found."""
    for f2, predictors in ((0.02, 5), (0.1, 5), (0.02, 20)):
        need = {
            robust: power.smallest(lambda n, r=robust: power.regression_power(n, f2, 1, predictors, robust=r) >= 0.8)  # noqa: B023
            for robust in (False, True)
        }
        assert 0 <= need[True] - need[False] - (predictors + 3) <= 0.15 * predictors + 2
    assert power.regression_power(8, 0.5, 1, 5, robust=True) == pytest.approx(0.05, abs=1e-9)


@pytest.mark.simulation
def test_power_of_two_nps_is_that_of_the_test_reported():
    n, before, after = 800, (0.2, 0.3, 0.5), (0.17, 0.3, 0.53)
    rng = np.random.default_rng(1)
    runs = 3000
    one, two = (rng.multinomial(n, p, runs) for p in (before, after))
    found = np.mean([nps_difference(tuple(a), tuple(b))[3] < 0.05 for a, b in zip(one, two, strict=True)])
    promised = float(power.nps_power(n, 0.5, 0.2, 6))
    assert abs(found - promised) <= 3 * math.sqrt(promised * (1 - promised) / runs)


@pytest.mark.simulation
def test_power_of_two_shares_is_that_of_the_test_reported():
    n, runs, rng = 906, 5000, np.random.default_rng(2)
    one, two = rng.binomial(n, 0.8, runs) / n, rng.binomial(n, 0.85, runs) / n
    pooled = (one + two) / 2
    found = np.mean(wald_p(two - one, np.sqrt(2 * pooled * (1 - pooled) / n), np.inf) < 0.05)
    promised = float(power.share_power(n, 0.8, 0.05))
    assert promised == pytest.approx(0.8, abs=0.001)
    assert abs(found - promised) <= 3 * math.sqrt(promised * (1 - promised) / runs)


@given(SHARES, st.integers(1, 5000), st.floats(0.5, 0.99))
def test_margins_of_shares_are_the_longer_arm_of_wilson_and_shrink(share, n, level):
    low, high = wilson(share * n, n, level)
    margin = power.share_margin(n, share, level)
    assert margin == pytest.approx(max(share - float(low), float(high) - share), abs=1e-12)
    assert power.share_margin(n + 1, share, level) <= margin + 1e-12


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 5000))
def test_margins_of_the_nps_shrink(a, b, n):
    promoters, detractors = a * b, a * (1 - b)
    low, high = nps_interval(detractors * n, (1 - promoters - detractors) * n, promoters * n)
    margin = power.nps_margin(n, promoters, detractors)
    score = 100 * (promoters - detractors)
    assert margin == pytest.approx(max(score - float(low), float(high) - score), abs=1e-9)
    assert power.nps_margin(n + 1, promoters, detractors) <= margin + 1e-9


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_smallest_is_the_smallest(goal, most):
    found = power.smallest(lambda n: n >= goal, most)
    assert found == (goal if goal <= most else None)
