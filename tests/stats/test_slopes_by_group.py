"""Slopes of each group for itself: held against statsmodels and known truth."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from cxlens.stats.slopes_by_group import OwnSlopes, one_slope, own_slopes

SIZES = np.array([80, 60, 120, 25, 90, 12, 70])


def rows(seed: int = 0, spread: float = 0.0, uneven: bool = False) -> tuple[np.ndarray, ...]:
    """Group, two scores and the outcome of every answer."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(SIZES)), SIZES)
    x = rng.normal(0, 1, (len(group), 2))
    slope = 1 + spread * rng.normal(0, 1, len(SIZES))
    noise = rng.normal(0, 1, len(group)) * (np.abs(x[:, 0]) if uneven else 1.0)
    return group, x, slope[group] * x[:, 0] + noise


def products_of(group: np.ndarray, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cross-products with a block for each answer of a group, and means of groups."""
    z = np.column_stack([np.ones(len(y)), x, y])
    place = np.arange(len(y)) - np.searchsorted(group, group)
    products = np.zeros((len(SIZES), SIZES.max(), z.shape[1], z.shape[1]))
    products[group, place] = z[:, :, None] * z[:, None, :]
    totals = products.sum(axis=1)
    return products, totals[:, 0] / totals[:, :1, 0]


def own(**options: object) -> tuple[OwnSlopes, tuple[np.ndarray, ...]]:
    drawn = rows(**options)
    return own_slopes(*products_of(*drawn), SIZES), drawn


def test_each_group_has_the_slopes_of_its_own_least_squares():
    found, (group, x, y) = own(spread=0.5)
    plain, robust = [], []
    for place in np.flatnonzero(SIZES >= 23):
        fit = sm.OLS(y[group == place], sm.add_constant(x[group == place])).fit()
        assert found.slope[place, 1:] == pytest.approx(fit.params[1:], abs=1e-9)
        assert found.df[place] == fit.df_resid
        plain.append(fit.bse[1:] ** 2)
        n = SIZES[place]
        robust.append(fit.get_robustcov_results("HC3").bse[1:] ** 2 * (n - 1) / n)
    df = found.df[~np.isnan(found.df)][:, None]
    ratio = np.maximum((df * robust).sum(axis=0) / (df * plain).sum(axis=0), 1.0)
    told = ~np.isnan(found.df)
    assert found.variance[told, 1:] == pytest.approx(np.array(plain) * ratio, rel=1e-9)


def test_groups_of_few_answers_have_none():
    found, _ = own()
    assert np.isnan(found.slope[5]).all()
    assert np.isnan(found.df[5])
    assert np.isfinite(found.slope[3]).all()  # 25 answers, three columns


def test_uneven_errors_make_slopes_less_sure():
    even, _ = own()
    uneven, (group, x, y) = own(uneven=True)
    fit = sm.OLS(y[group == 2], sm.add_constant(x[group == 2])).fit()
    assert uneven.variance[2, 1] > 1.5 * fit.bse[1] ** 2
    assert even.variance[2, 1] < 1.5 / 120


def test_values_are_drawn_towards_each_other_and_spread_is_told():
    found, _ = own(spread=0.5)
    one = one_slope(found, 1, 0.95)
    assert one is not None
    raw = found.slope[one.told, 1]
    assert one.told.sum() == 6
    assert one.shrunk.value.std() < raw.std()
    assert one.spread.low < 0.25 < one.spread.high
    assert one.p_alike < 0.01
    assert one.p[np.argmax(np.abs(raw - one.spread.centre))] < 0.01


def test_below_five_groups_nothing_is_told():
    found, _ = own()
    few = OwnSlopes(found.slope[:4], found.variance[:4], found.df[:4])
    assert one_slope(few, 1, 0.95) is None
