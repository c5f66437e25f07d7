"""Trends and limits that count waves: as statsmodels has them, never narrower than sampling, and rarely said."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from cxlens.stats.waves import next_wave, trend


def test_a_trend_is_least_squares_where_waves_scatter_more_than_answers():
    mean = np.array([3.0, 3.3, 3.2, 3.6, 3.5])
    found = trend(np.arange(5.0), mean, np.full(5, 1e-6), 0.9)
    fit = sm.OLS(mean, sm.add_constant(np.arange(5.0))).fit()
    assert found.slope == pytest.approx(fit.params[1])
    assert (found.low, found.high) == pytest.approx(tuple(fit.conf_int(0.1)[1]))
    assert found.p_value == pytest.approx(fit.pvalues[1])


def test_half_of_a_swing_that_carries_over_is_generalised_least_squares():
    mean = np.array([3.0, 3.3, 3.2, 3.6, 3.5, 3.9])
    when = np.array([0.0, 1, 2, 4, 5, 6])  # a wave is missing
    found = trend(when, mean, np.full(6, 1e-6), 0.95)
    fit = sm.GLS(mean, sm.add_constant(when), 0.5 ** np.abs(when[:, None] - when)).fit()
    assert found.p_carried == pytest.approx(fit.pvalues[1])
    assert found.p_carried > found.p_value


def test_a_trend_is_never_surer_than_sampling_allows():
    variance = np.full(4, 0.01)
    found = trend(np.arange(4.0), np.array([3.0, 3.1, 3.2, 3.3]), variance, 0.95)
    error = np.sqrt(0.01 / 5)
    assert found.high - found.slope == pytest.approx(stats.norm.ppf(0.975) * error)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(0.1 / error))
    assert np.isnan(trend(np.arange(3.0), np.ones(3), variance[:3], 0.95)).all()
    assert np.isnan(trend(np.arange(4.0), np.full(4, 5.0), np.zeros(4), 0.95).p_value)  # everybody always says 5


@pytest.mark.parametrize("swing", [0.0, 0.05])
@pytest.mark.parametrize("waves", [4, 8])
def test_no_trend_is_seldom_one(waves: int, swing: float):
    rng = np.random.default_rng(waves)
    error = 1 / np.sqrt(500)
    said = []
    for _ in range(400):
        mean = rng.normal(0, np.hypot(error, swing), waves)
        said.append(trend(np.arange(float(waves)), mean, np.full(waves, error**2), 0.95).p_value < 0.05)
    assert np.mean(said) < 0.09


def test_the_next_wave_lies_within_its_limits():
    rng = np.random.default_rng(1)
    error = 1 / np.sqrt(500)
    outside = []
    for _ in range(500):
        mean = rng.normal(0, np.hypot(error, 0.08), 9)
        low, high = next_wave(mean[:8], np.full(8, error**2), error**2, 0.95)
        outside.append(not low < mean[8] < high)
    assert np.mean(outside) < 0.08
    assert np.isnan(next_wave(np.ones(4), np.ones(4), 1.0, 0.95)).all()
    assert np.isnan(next_wave(np.ones(6), np.zeros(6), 1.0, 0.95)).all()


def test_waves_that_swing_no_more_than_answers_leave_sampling_alone():
    variance = np.full(6, 0.01)
    low, high = next_wave(np.full(6, 3.0), variance, 0.01, 0.95)
    half = stats.t.ppf(0.975, 5) * np.sqrt(0.01 + 0.01 / 6)
    assert (low, high) == pytest.approx((3 - half, 3 + half))


def test_a_wave_all_alike_is_expected_no_more_surely_than_the_surest_other() -> None:
    mean = np.array([3.0, 3.2, 2.9, 3.1, 3.0])
    variance = np.array([0.02, 0.01, 0.02, 0.03, 0.02])
    assert next_wave(mean, variance, 0.0, 0.95) == next_wave(mean, variance, 0.01, 0.95)
    assert np.isnan(next_wave(mean, variance, np.nan, 0.95)).all()


def test_what_carries_over_is_never_surer_than_sampling_allows() -> None:
    when = np.array([0.0, 1, 2, 4, 5])
    variance = np.array([0.01, 0.04, 0.01, 0.02, 0.09])
    found = trend(when, 3 + 0.1 * when, variance, 0.95)
    inverse = np.linalg.inv(0.5 ** np.abs(when[:, None] - when))
    x = sm.add_constant(when)
    of_each = (np.linalg.inv(x.T @ inverse @ x) @ x.T @ inverse)[1]
    assert found.p_carried == pytest.approx(2 * stats.norm.sf(0.1 / np.sqrt(of_each**2 @ variance)))
