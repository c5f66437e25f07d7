from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from cxlens.stats.series import CARRY_OVERS, regress_series


def interrupted(waves: int) -> np.ndarray:
    """Constant, slope, change of level and of slope in the middle."""
    t = np.arange(waves, dtype=float)
    after = (t >= waves // 2).astype(float)
    return np.column_stack([np.ones(waves), t, after, after * (t - waves // 2)])


def swings(waves: int, carry_over: float, rng: np.random.Generator) -> np.ndarray:
    new = rng.normal(size=waves + 50)
    for i in range(1, len(new)):
        new[i] += carry_over * new[i - 1]
    return new[50:]


@pytest.mark.parametrize("place", [0, 12, 24])
def test_under_each_carry_over_coefficients_equal_generalised_least_squares(place: int) -> None:
    rng = np.random.default_rng(3)
    columns, y = interrupted(20), swings(20, 0.4, rng)
    found = regress_series(columns, y)
    lags = np.abs(np.subtract.outer(np.arange(20), np.arange(20)))
    expected = sm.GLS(y, columns, sigma=CARRY_OVERS[place] ** lags if place else None).fit()
    assert_allclose(found.estimate[place], expected.params, rtol=1e-9)
    assert_allclose(found.error[place], expected.bse, rtol=1e-9)


def test_ends_of_the_interval_and_p_value_come_from_one_mixture() -> None:
    rng = np.random.default_rng(4)
    found = regress_series(interrupted(24), swings(24, 0.3, rng))
    low, high = found.interval(0.9)
    assert_allclose(found.below(low), 0.05, atol=1e-9)
    assert_allclose(found.below(high), 0.95, atol=1e-9)
    low, high = found.interval(1 - found.p_value()[2])
    assert min(abs(low[2]), abs(high[2])) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("waves", "carry_over"), [(16, 0.0), (16, 0.6), (50, 0.6)])
def test_intervals_hold_whatever_carries_over(waves: int, carry_over: float) -> None:
    rng = np.random.default_rng(7)
    columns = interrupted(waves)
    inside = []
    for _ in range(60):
        low, high = regress_series(columns, swings(waves, carry_over, rng)).interval()
        inside.append((low[2:] < 0) & (high[2:] > 0))
    assert (np.mean(inside, axis=0) >= 0.89).all()  # 0.95 less two Monte Carlo errors


def test_the_carry_over_is_found_where_the_series_is_long() -> None:
    rng = np.random.default_rng(8)
    found = regress_series(np.ones((600, 1)), swings(600, 0.6, rng))
    assert found.carry_over == pytest.approx(0.6, abs=0.08)


def test_a_series_without_swings_is_fitted_exactly() -> None:
    columns = interrupted(16)
    found = regress_series(columns, columns @ [1.0, 0.1, 2.0, 0.0])
    assert_allclose(found.mean, [1.0, 0.1, 2.0, 0.0], atol=1e-9)
