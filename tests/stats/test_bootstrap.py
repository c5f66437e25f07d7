from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from cxlens.stats.bootstrap import (
    bootstrap_error,
    ellipse_radii,
    multiplicities,
    percentile_interval,
    resample,
    resampled_beside,
    summed,
)


@given(st.integers(1, 60), st.integers(1, 20), st.integers(0, 1000))
def test_every_resample_draws_as_many_units(units: int, draws: int, seed: int) -> None:
    counts = multiplicities(units, draws, np.random.default_rng(seed))
    assert counts.shape == (draws, units)
    assert_array_equal(counts.sum(axis=1), units)


def test_draws_repeat_with_their_seed_only() -> None:
    one, two, other = (multiplicities(50, 20, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert_array_equal(one, two)
    assert (one != other).any()


def test_fewer_draws_are_the_first_of_many() -> None:
    many = multiplicities(30, 20, np.random.default_rng(3))
    assert_array_equal(multiplicities(30, 5, np.random.default_rng(3)), many[:5])


def test_units_are_drawn_evenly() -> None:
    counts = multiplicities(20, 4000, np.random.default_rng(4)).astype(float)
    error = np.sqrt(0.95 / 4000)  # each count has mean 1 and variance 1 - 1/20
    assert np.abs(counts.mean(axis=0) - 1).max() < 4 * error
    assert counts.var() == pytest.approx(0.95, abs=0.02)


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 10))
def test_resampled_sums_are_those_of_the_resampled_rows(seed: int, n: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(n, 3))
    units = np.unique(rng.integers(0, 8, n), return_inverse=True)[1]
    ids = np.arange(units.max() + 1)
    counts = multiplicities(len(ids), 4, rng)
    slices = [slice(start, start + size) for start in range(0, n, size)]
    found = resample(counts, units, ((where, features[where]) for where in slices))
    for draw, row in enumerate(counts):
        rows = np.concatenate([np.flatnonzero(units == unit) for unit in np.repeat(ids, row)])
        assert_allclose(found[draw], features[rows].sum(axis=0), atol=1e-10)


def test_resampled_regression_is_the_regression_of_the_resampled_rows() -> None:
    rng = np.random.default_rng(5)
    z = np.column_stack([np.ones(50), rng.normal(size=(50, 3))])
    counts = multiplicities(50, 3, rng)
    products = (z[:, :, None] * z[:, None]).reshape(50, -1)
    for draw, sums in zip(counts, resample(counts, np.arange(50), iter([(slice(None), products)]))):
        again = z[np.repeat(np.arange(50), draw)]
        direct = np.linalg.lstsq(again[:, :-1], again[:, -1], rcond=None)[0]
        gram = sums.reshape(4, 4)
        assert_allclose(np.linalg.solve(gram[:-1, :-1], gram[:-1, -1]), direct, rtol=1e-9)


def test_nothing_to_resample() -> None:
    with pytest.raises(ValueError, match=r"^nothing to resample$"):
        resample(np.ones((2, 3), np.uint16), np.arange(3), iter([]))


def test_percentile_interval_is_that_of_numpy() -> None:
    draws = np.random.default_rng(6).normal(size=(200, 3))
    low, high = percentile_interval(draws, 0.9)
    assert_allclose(low, np.quantile(draws, 0.05, axis=0))
    assert_allclose(high, np.quantile(draws, 0.95, axis=0))


def test_draws_without_a_figure_are_left_out() -> None:
    draws = np.random.default_rng(7).normal(size=(200, 3))
    draws[::3, 1] = np.nan
    draws[:, 2] = np.nan
    low, high = percentile_interval(draws, 0.95)
    whole, known = draws[:, 0], draws[~np.isnan(draws[:, 1]), 1]
    assert_allclose(low[:2], [np.quantile(whole, 0.025), np.quantile(known, 0.025)])
    assert_allclose(high[:2], [np.quantile(whole, 0.975), np.quantile(known, 0.975)])
    assert np.isnan([low[2], high[2]]).all()


def test_percentile_intervals_of_tables() -> None:
    draws = np.random.default_rng(8).normal(size=(100, 2, 3))
    draws[0, 1, 2] = np.nan
    low, high = percentile_interval(draws, 0.5)
    assert low.shape == high.shape == (2, 3)
    assert low[1, 2] == pytest.approx(np.quantile(draws[1:, 1, 2], 0.25))


def test_the_bootstrap_error_is_the_standard_deviation_of_the_draws() -> None:
    draws = np.random.default_rng(9).normal(size=(50, 2, 3)) + 1e6
    assert_allclose(bootstrap_error(draws), draws.std(axis=0, ddof=1), rtol=1e-9)


def test_the_bootstrap_error_leaves_unknown_draws_out() -> None:
    draws = np.random.default_rng(10).normal(size=(50, 4))
    draws[::4, 1] = np.nan
    draws[1:, 2] = np.nan
    draws[:, 3] = np.nan
    error = bootstrap_error(draws)
    assert_allclose(error[:2], np.nanstd(draws[:, :2], axis=0, ddof=1), rtol=1e-12)
    assert np.isnan(error[2:]).all()
    assert np.isnan(bootstrap_error(np.empty((0, 2)))).all()


def test_an_ellipse_holds_the_share_of_draws_asked_for() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.gamma(2, size=(2000, 3)), rng.normal(size=(2000, 3)) * [1, 5, 0.1]
    centre = np.median(x, axis=0), np.median(y, axis=0)
    for share in (0.5, 0.8):
        width, height = ellipse_radii(x, y, centre, share)
        inside = ((x - centre[0]) / width) ** 2 + ((y - centre[1]) / height) ** 2 <= 1
        assert_allclose(inside.mean(axis=0), share, atol=0.001)


def test_the_ellipse_of_normal_draws_is_that_of_the_chi_square() -> None:
    x, y = np.random.default_rng(5).normal(size=(2, 200_000, 1)) * np.array([[[3.0]], [[0.5]]])
    width, height = ellipse_radii(x, y, (np.zeros(1), np.zeros(1)), 0.8)
    expected = np.sqrt(stats.chi2.ppf(0.8, 2))
    assert_allclose([width[0] / 3, height[0] / 0.5], expected, rtol=0.01)


def test_an_ellipse_without_spread_is_a_line_or_a_point() -> None:
    y = np.arange(5.0)[:, None]
    width, height = ellipse_radii(np.full((5, 1), 2.0), y, (np.full(1, 2.0), np.full(1, 2.0)), 1.0)
    assert_allclose([width[0], height[0]], [0, 2])
    point = ellipse_radii(np.full((5, 1), 2.0), np.ones((5, 1)), (np.full(1, 2.0), np.ones(1)), 0.8)
    assert_array_equal(point, np.zeros((2, 1)))


def test_sums_by_block_come_to_the_same_in_resamples():
    rng = np.random.default_rng(0)
    blocks, features = rng.integers(0, 7, 50), rng.normal(size=(50, 3))
    parts = [(slice(0, 20), features[:20]), (slice(20, 50), features[20:])]
    sums = summed(blocks, iter(parts), 8)
    assert_allclose(sums, [features[blocks == block].sum(axis=0) for block in range(8)], atol=1e-12)
    counts = multiplicities(8, 4, rng)
    assert_allclose(counts @ sums, resample(counts, blocks, iter(parts)), atol=1e-12)
    with pytest.raises(ValueError, match="nothing to resample"):
        summed(blocks, iter([]), 8)


def test_products_with_a_column_of_many_zeros_are_those_of_all_rows():
    rng = np.random.default_rng(1)
    counts = multiplicities(12, 9, rng)
    units = rng.integers(0, 12, 40)
    column = rng.normal(size=40) * (rng.random(40) < 0.3)
    others = rng.normal(size=(40, 3))
    whole = resample(counts, units, iter([(slice(None), column[:, None] * others)]))
    assert_allclose(resampled_beside(counts, units, column, others), whole.T, atol=1e-13)
    assert_array_equal(resampled_beside(counts, units, 0 * column, others), np.zeros((3, 9)))
