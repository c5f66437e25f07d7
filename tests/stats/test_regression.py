from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.stats.correlation_tools import corr_clipped

from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.regression import (
    coefficients,
    fit_rows,
    fit_units,
    independent,
    pairwise,
    sweep_out,
)


def data(seed: int, n: int = 80, k: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Columns with a constant, an outcome whose noise grows with the first of them, weights and cluster numbers."""
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, k))])
    y = x @ rng.normal(size=k + 1) + rng.normal(size=n) * (1 + np.abs(x[:, 1]))
    return x, y, rng.uniform(0.2, 3, n), rng.integers(0, 12, n)


def crossed(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> np.ndarray:
    z = np.column_stack([x, y])
    return (z.T * w) @ z


def by_group(x: np.ndarray, y: np.ndarray, w: np.ndarray, groups: np.ndarray) -> np.ndarray:
    return np.stack([crossed(x[groups == g], y[groups == g], w[groups == g]) for g in range(groups.max() + 1)])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_rows_equal_statsmodels_with_hc3(seed: int) -> None:
    from statsmodels.api import WLS

    x, y, w, _ = data(seed)
    theirs, ours = WLS(y, x, weights=w).fit(cov_type="HC3", use_t=True), fit_rows(x, y, w)
    assert_allclose(ours.coef, theirs.params, rtol=1e-9)
    assert_allclose(ours.cov, theirs.cov_params(), rtol=1e-9, atol=1e-15)
    assert_array_equal(ours.df, theirs.df_resid)
    assert_allclose(wald_p(ours.coef, np.sqrt(np.diag(ours.cov)), ours.df), theirs.pvalues, rtol=1e-8, atol=1e-15)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_rows_that_are_clusters_of_one_have_the_errors_of_rows(seed: int) -> None:
    x, y, w, _ = data(seed)
    rows, clusters = fit_rows(x, y, w), fit_rows(x, y, w, np.arange(len(y)))
    assert_allclose(clusters.cov * len(y) / (len(y) - 1), rows.cov, rtol=1e-9)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_units_equal_rows_with_clusters(seed: int) -> None:
    x, y, w, groups = data(seed)
    rows, units = fit_rows(x, y, w, groups), fit_units(by_group(x, y, w, groups), len(y))
    assert rows.clusters == units.clusters == len(np.unique(groups))
    assert_allclose(rows.coef, units.coef, rtol=1e-9)
    assert_allclose(rows.cov, units.cov, rtol=1e-9, atol=1e-15)
    assert_allclose(rows.df, units.df, rtol=1e-9)


def test_cluster_numbers_may_have_holes() -> None:
    x, y, w, groups = data(4)
    assert_allclose(fit_rows(x, y, w, groups * 1000 + 7).cov, fit_rows(x, y, w, groups).cov, rtol=1e-12)


def test_blocks_without_rows_do_not_count() -> None:
    x, y, w, groups = data(5)
    products = by_group(x, y, w, groups)
    padded = np.concatenate([products, np.zeros_like(products)])
    assert_array_equal(fit_units(padded, len(y)).df, fit_units(products, len(y)).df)
    assert_allclose(fit_units(padded, len(y)).cov, fit_units(products, len(y)).cov, rtol=1e-12)


def test_rows_of_weight_zero_do_not_count() -> None:
    x, y, w, groups = data(6)
    w[::4] = 0
    own = w > 0
    for some in (None, groups):
        whole, part = fit_rows(x, y, w, some), fit_rows(x[own], y[own], w[own], None if some is None else some[own])
        assert_allclose(whole.coef, part.coef, rtol=1e-10)
        assert_allclose(whole.cov, part.cov, rtol=1e-10, atol=1e-16)
        assert_allclose(whole.df, part.df, rtol=1e-10)


@pytest.mark.parametrize("clustered", [False, True])
def test_columns_that_others_explain_are_skipped(clustered: bool) -> None:
    x, y, w, groups = data(7)
    some = groups if clustered else None
    wide = np.column_stack([x[:, :3], x[:, 1] * 2 - 1, np.zeros(len(y)), x[:, 3]])
    ours, plain = fit_rows(wide, y, w, some), fit_rows(x, y, w, some)
    used = [True, True, True, False, False, True]
    assert_array_equal(ours.used, used)
    assert_array_equal(np.isnan(ours.coef), ~np.array(used))
    assert_array_equal(np.isnan(ours.cov), ~np.outer(used, used))
    assert_allclose(ours.coef[used], plain.coef, rtol=1e-9)
    assert_allclose(ours.cov[np.ix_(used, used)], plain.cov, rtol=1e-9, atol=1e-15)
    assert_allclose(ours.df[used], plain.df, rtol=1e-9)
    if clustered:
        units = fit_units(by_group(wide, y, w, groups), len(y))
        assert_array_equal(units.used, used)
        assert_allclose(units.cov[np.ix_(used, used)], plain.cov, rtol=1e-9, atol=1e-15)


def test_a_coefficient_that_hangs_on_single_rows_has_no_error() -> None:
    rng = np.random.default_rng(8)
    used = np.arange(50) < 2
    score = np.where(used, np.array([3, 5] * 25), 0)  # two users, two scores: flag and score fit both exactly
    x = np.column_stack([np.ones(50), used, rng.normal(size=50), score])
    y = rng.normal(size=50)
    ours, rest = fit_rows(x, y, np.ones(50)), fit_rows(x[2:, [0, 2]], y[2:], np.ones(48))
    assert_array_equal(np.isnan(np.diag(ours.cov)), [False, True, False, True])
    assert np.isfinite(ours.coef).all()
    assert_allclose(ours.cov[np.ix_([0, 2], [0, 2])], rest.cov, rtol=1e-9)


@pytest.mark.parametrize(
    ("n", "groups"), [(10, np.zeros(10, int)), (4, np.arange(4))], ids=["one cluster", "as many columns as rows"]
)
def test_no_cluster_errors_where_nothing_is_left_to_judge_by(n: int, groups: np.ndarray) -> None:
    x, y, w, _ = data(9, n)
    for ours in (fit_rows(x, y, w, groups), fit_units(by_group(x, y, w, groups), n)):
        assert np.isfinite(ours.coef).all()
        assert np.isnan(ours.cov).all()


def test_no_robust_errors_for_as_many_columns_as_rows() -> None:
    x, y, w, _ = data(10, 4)
    assert np.isnan(fit_rows(x, y, w).cov).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_coefficients_are_those_of_least_squares(seed: int, k: int) -> None:
    x, y, w, _ = data(seed, 40, k)
    root = np.sqrt(w)
    expected = np.linalg.lstsq(x * root[:, None], y * root, rcond=None)[0]
    stack = np.stack([crossed(x, y, w), 2 * crossed(x, y, w)], axis=-1)
    assert_allclose(coefficients(stack), np.column_stack([expected, expected]), rtol=1e-7, atol=1e-9)


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_sweeping_first_leaves_the_coefficients_of_the_rest(seed: int, k: int) -> None:
    x, y, w, _ = data(seed, 40, 4)
    stack = crossed(x, y, w)[:, :, None]
    assert_allclose(coefficients(sweep_out(stack, k)), coefficients(stack)[k:], rtol=1e-7, atol=1e-9)


def test_coefficients_skip_what_the_earlier_columns_explain_in_one_draw_only() -> None:
    x, y, w, _ = data(11)
    twin = np.column_stack([x, x[:, 1] + x[:, 2]])
    free = np.column_stack([x, y**2])
    found = coefficients(np.stack([crossed(twin, y, w), crossed(free, y, w)], axis=-1))
    assert_array_equal(np.isnan(found), [[False, False]] * 4 + [[True, False]])
    assert_allclose(found[:4, 0], fit_rows(x, y, w).coef, rtol=1e-8)
    assert_allclose(found[:, 1], fit_rows(free, y, w).coef, rtol=1e-7)


def test_sweeping_out_nothing_is_nothing() -> None:
    x, y, w, _ = data(12)
    stack = crossed(x, y, w)[:, :, None]
    assert_array_equal(sweep_out(stack, 0), stack)


def test_sweeping_leaves_zero_where_nothing_is_left_and_the_outcome_as_it_is() -> None:
    x, y, w, _ = data(13)
    wide = np.column_stack([x[:, :3], x[:, 1] / 3 - 0.7 * x[:, 2], x[:, 3]])
    rest = sweep_out(crossed(wide, y, w)[:, :, None], 3)[:, :, 0]
    assert_array_equal(rest[0], 0)
    assert_array_equal(rest[:, 0], 0)
    plain = sweep_out(crossed(x, y, w)[:, :, None], 3)[:, :, 0]
    assert_allclose(rest[1:, 1:], plain, rtol=1e-9)
    exact = sweep_out(crossed(x, x @ [1.0, 2, 3, 4], w)[:, :, None], 4)
    assert exact.shape == (1, 1, 1)
    assert exact[0, 0, 0] == pytest.approx(0, abs=1e-8)


def test_independent_columns() -> None:
    x, _, w, _ = data(14)
    wide = np.column_stack([x, x[:, 0] - x[:, 1], np.zeros(len(x)), x[:, 2] ** 2])
    assert_array_equal(independent((wide.T * w) @ wide), [True] * 4 + [False, False, True])


@pytest.mark.simulation
def test_false_positives_of_the_robust_test() -> None:
    """Nothing is related to anything, n = 60: the Wald test with HC3 errors flags 4 to 6 % of coefficients."""
    rng = np.random.default_rng(2024)
    samples, n, k = 2500, 60, 6
    p = np.empty((samples, k))
    for row in p:
        x = np.column_stack([np.ones(n), np.clip(np.round(rng.normal(4, 1, (n, k))), 1, 5)])
        fit = fit_rows(x, np.clip(np.round(rng.normal(7, 2, n)), 0, 10), np.ones(n))
        row[:] = wald_p(fit.coef, np.sqrt(np.diag(fit.cov)), fit.df)[1:]
    share = (p < 0.05).mean()
    slack = 3 * (p < 0.05).mean(axis=1).std() / np.sqrt(samples)  # Monte Carlo error, coefficients of a sample together
    assert 0.04 - slack < share < 0.06 + slack
    flagged = np.array([(benjamini_hochberg(row) < 0.05).any() for row in p])
    assert flagged.mean() < 0.05 + 3 * np.sqrt(0.05 * 0.95 / samples)


# Pairs of users


def unlike_users() -> np.ndarray:
    """Three scores of which no two people used all: a goes with b, b with c, and a against c."""
    low, high = np.array([1.0, 2, 3, 4, 5]), np.array([5.0, 4, 3, 2, 1])
    gap = np.full(5, np.nan)
    return np.vstack([np.column_stack(rows) for rows in ([low, low, gap], [gap, low, low], [low, gap, high])])


def correlations_of(scores: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Correlations of the pairs, from cross-products of 1, who used what, scores and their squares."""
    p = scores.shape[1]
    rated = np.nan_to_num(scores)
    columns = np.column_stack([np.ones(len(scores)), ~np.isnan(scores), rated, rated**2])
    flags, places = np.arange(1, p + 1), np.arange(p + 1, 2 * p + 1)
    return pairwise(crossed(columns, np.zeros(len(scores)), w)[:, :, None], flags, places, places + p)[:, :, 0]


@pytest.mark.parametrize("seed", [0, 1])
def test_correlations_of_pairs_are_those_of_pandas(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores = np.where(rng.random((300, 3)) < 0.3, np.nan, data(seed, n=300)[0][:, 1:])
    assert_allclose(correlations_of(scores, np.ones(300)), pd.DataFrame(scores).corr(), rtol=1e-9)


def test_a_pair_of_middling_scores_does_not_borrow_the_spread_of_others() -> None:
    # Who used both gave 2 to 4; who used one of them gave 1 or 5. Variances over all users would halve the correlation.
    both = np.array([[2.0, 2], [3, 3], [4, 4], [2, 3], [3, 2]])
    gap = np.nan
    alone = np.array([[1, gap], [5, gap], [1, gap], [5, gap], [gap, 1], [gap, 5], [gap, 1], [gap, 5]])
    made = correlations_of(np.vstack([both, alone]), np.ones(13))
    assert_allclose(made, [[1, np.corrcoef(both.T)[0, 1]], [np.corrcoef(both.T)[0, 1], 1]], rtol=1e-9)


def test_correlations_pass_no_bound_where_users_of_both_spread_most() -> None:
    # The other way about: variances over all users are smaller than those of the pair, and the ratio passed 1.
    both = np.array([[1.0, 1], [5, 5], [1, 2], [5, 4], [3, 1]])
    gap = np.nan
    made = correlations_of(np.vstack([both, [[3, gap], [gap, 3]] * 20]), np.ones(45))
    assert_allclose(made[0, 1], np.corrcoef(both.T)[0, 1], rtol=1e-9)


def test_whole_weights_repeat_rows_in_correlations_of_pairs() -> None:
    rng = np.random.default_rng(4)
    scores, w = np.where(rng.random((80, 3)) < 0.3, np.nan, data(4)[0][:, 1:]), rng.integers(1, 4, 80)
    many = correlations_of(np.repeat(scores, w, axis=0), np.ones(w.sum()))
    assert_allclose(correlations_of(scores, w.astype(float)), many, rtol=1e-9)


def test_correlations_that_do_not_fit_together_are_mended_as_statsmodels_does() -> None:
    raw = pd.DataFrame(unlike_users()).corr().to_numpy()
    assert np.linalg.eigvalsh(raw)[0] < -0.1
    assert_allclose(correlations_of(unlike_users(), np.ones(15)), corr_clipped(raw, threshold=0), atol=1e-9)


def test_pairs_without_rows_or_without_spread_have_no_correlation() -> None:
    gap = np.nan
    apart = np.array([[1.0, gap], [2, gap], [4, gap], [gap, 2], [gap, 5], [gap, 3]])
    assert_allclose(correlations_of(apart, np.ones(6)), np.eye(2))
    constant = np.array([[1.0, 4], [2, 4], [5, 4], [gap, 4]])
    assert_allclose(correlations_of(constant, np.ones(4)), [[1, 0], [0, 0]])
    assert_allclose(correlations_of(np.full((4, 1), gap), np.ones(4)), [[0]])
