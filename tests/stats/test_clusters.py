from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cxlens.stats import clusters as module
from cxlens.stats.clusters import ByCluster, leave_clusters_out, one_mean
from cxlens.stats.regression import fit_rows, fit_units


def sample(seed: int, g: int = 9, k: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Columns with a constant and with cluster effects, an outcome, weights, and clusters of unequal size."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(g), rng.integers(3, 25, g))
    n = len(groups)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, k)) + rng.normal(size=(g, k))[groups]])
    y = x @ rng.normal(size=k + 1) + rng.normal(size=n) + rng.normal(size=g)[groups]
    return x, y, rng.uniform(0.2, 3, n), groups


def refits(x: np.ndarray, y: np.ndarray, w: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(g, k) coefficients of regressions, each without one cluster; those of smallest size where they are not told."""
    root = np.sqrt(w)[:, None]
    rest = [groups != g for g in np.unique(groups)]
    return np.stack([np.linalg.lstsq((x * root)[i], (y * root[:, 0])[i], rcond=1e-9)[0] for i in rest])


def dense_df(x: np.ndarray, w: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(k,) degrees of freedom from the n x n hat matrix and a g x g matrix for each coefficient."""
    root = x * np.sqrt(w)[:, None]
    bread = np.linalg.inv(root.T @ root)
    left = np.eye(len(x)) - root @ bread @ root.T
    found = []
    for column in bread.T:
        arms = []
        for g in np.unique(groups):
            own = groups == g
            arms.append(left[:, own] @ np.linalg.solve(left[np.ix_(own, own)], root[own] @ column))
        form = np.array(arms) @ np.array(arms).T
        found.append(np.trace(form) ** 2 / (form**2).sum())
    return np.array(found)


@given(st.integers(0, 2**32 - 1), st.integers(3, 12), st.integers(1, 5))
def test_errors_are_those_of_refits_without_each_cluster(seed: int, g: int, k: int) -> None:
    x, y, w, groups = sample(seed, g, k)
    fit = fit_rows(x, y, w, groups)
    moves = refits(x, y, w, groups) - fit.coef
    assert_allclose(fit.cov, (g - 1) / g * moves.T @ moves, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_errors_and_degrees_of_freedom_equal_the_dense_formulas(seed: int) -> None:
    x, y, w, groups = sample(seed)
    products = np.stack(
        [
            (np.column_stack([x, y])[groups == g].T * w[groups == g]) @ np.column_stack([x, y])[groups == g]
            for g in range(9)
        ]
    )
    for fit in (fit_rows(x, y, w, groups), fit_units(products, len(y))):
        moves = refits(x, y, w, groups) - fit.coef
        assert_allclose(fit.cov, 8 / 9 * moves.T @ moves, rtol=0, atol=1e-10)
        assert_allclose(fit.df, dense_df(x, w, groups), rtol=1e-10)
        assert fit.clusters == 9


@pytest.mark.parametrize(("g", "m"), [(2, 5), (8, 3), (40, 1)])
def test_the_mean_of_equal_clusters_has_one_degree_of_freedom_less_than_clusters(g: int, m: int) -> None:
    y = np.random.default_rng(g).normal(size=g * m)
    fit = fit_rows(np.ones((g * m, 1)), y, np.ones(g * m), np.repeat(np.arange(g), m))
    means = y.reshape(g, m).mean(axis=1)
    assert_allclose(fit.df, g - 1)
    assert_allclose(fit.cov[0, 0], means.var(ddof=1) / g)


@given(st.integers(0, 2**32 - 1), st.integers(2, 12))
def test_the_short_way_for_a_mean_equals_the_long_one(seed: int, g: int) -> None:
    _, y, w, groups = sample(seed, g)
    fit = fit_rows(np.ones((len(y), 1)), y, w, groups)
    share = np.bincount(groups, w) / w.sum()
    r = share / (1 - share)
    df = one_mean(np.array(float(g)), r.sum(), (r**2).sum(), (r**4).sum())
    assert_allclose(df, fit.df[0], rtol=1e-9)


def test_a_column_alive_in_one_cluster_has_no_error_and_the_others_have_that_of_refits_without_it() -> None:
    x, y, w, groups = sample(5)
    alone = np.where(groups == 3, np.random.default_rng(0).normal(size=len(y)), 0.0)
    fit = fit_rows(np.column_stack([x, alone]), y, w, groups)
    assert_array_equal(np.isnan(np.diag(fit.cov)), [False] * 4 + [True])
    assert_array_equal(np.isnan(fit.df), [False] * 4 + [True])
    assert np.isfinite(fit.coef).all()
    moves = (refits(np.column_stack([x, alone]), y, w, groups) - fit.coef)[:, :4]
    assert_allclose(fit.cov[:4, :4], 8 / 9 * moves.T @ moves, rtol=1e-7)
    assert np.isnan(fit.p_values[4])
    assert np.isnan(fit.joint_p(slice(3, 5)))
    assert np.isfinite(fit.joint_p(slice(2, 4)))


def test_a_cluster_that_no_other_column_needs_does_not_take_the_errors_of_the_rest() -> None:
    """A cluster with a dummy of its own is fitted exactly on average: the others' slopes are judged without it."""
    x, y, w, groups = sample(6)
    own = (groups == 2).astype(float)
    fit = fit_rows(np.column_stack([x, own]), y, w, groups)
    assert_array_equal(np.isnan(np.diag(fit.cov)), [False] * 4 + [True])


@pytest.mark.parametrize(("g", "n"), [(1, 10), (4, 4)], ids=["one cluster", "as many columns as rows"])
def test_nothing_is_told_where_nothing_is_left_to_judge_by(g: int, n: int) -> None:
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 3))])
    fit = fit_rows(x, rng.normal(size=n), np.ones(n), np.arange(n) % g)
    assert np.isfinite(fit.coef).all()
    assert np.isnan(fit.cov).all()
    assert np.isnan(fit.df).all()
    assert np.isnan(fit.p_values).all()


def test_below_four_degrees_of_freedom_there_is_an_error_but_no_p() -> None:
    x, y, w, groups = sample(7, g=4)
    fit = fit_rows(x, y + 100 * x[:, 1], w, groups)
    assert (fit.df < 4).all()
    assert np.isfinite(fit.errors).all()
    assert np.isnan(fit.p_values).all()
    assert np.isnan(fit.joint_p(slice(1, 2)))


def test_a_joint_test_of_one_column_is_that_of_the_column_and_of_several_hotellings() -> None:
    from scipy import stats

    x, y, w, groups = sample(8, g=30)
    fit = fit_rows(x, y, w, groups)
    assert_allclose(fit.joint_p(slice(1, 2)), fit.p_values[1])
    least = fit.df[1:3].min()
    statistic = fit.coef[1:3] @ np.linalg.inv(fit.cov[1:3, 1:3]) @ fit.coef[1:3]
    expected = stats.f.sf(statistic / 2 * (least - 1) / least, 2, least - 1)
    assert_allclose(fit.joint_p(slice(1, 3)), expected, rtol=1e-9)


def test_thousands_of_clusters_need_no_matrix_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(9)
    g, k = 4_000, 4
    halves = rng.normal(size=(g, 3, k))
    products, scores = np.swapaxes(halves, 1, 2) @ halves, rng.normal(size=(g, k))
    tracemalloc.start()
    whole = leave_clusters_out(products.sum(axis=0), [(products, scores)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.5 * g**2 * 8
    monkeypatch.setattr(module, "AT_ONCE", 100 * k**2)
    parts = [(products[i : i + 300], scores[i : i + 300]) for i in range(0, g, 300)]
    pieces = leave_clusters_out(products.sum(axis=0), parts)
    assert_allclose(pieces.cov, whole.cov, rtol=1e-10)
    assert_allclose(pieces.df, whole.df, rtol=1e-10)
    assert isinstance(whole, ByCluster)
    assert whole.g == g


def test_few_clusters_and_many_columns_keep_their_level() -> None:
    """Eight clusters, twelve columns without effect: CR1 with g - 1 found one in 13 of 100 tests."""
    rng = np.random.default_rng(10)
    groups, hits = np.repeat(np.arange(8), 60), []
    for _ in range(80):
        x = 3.4 + 0.95 * rng.normal(size=(480, 12)) + 0.7 * rng.normal(size=(8, 12))[groups]
        y = np.round(6 + 1.2 * rng.normal(size=480) + 0.6 * rng.normal(size=8)[groups])
        design = np.column_stack([np.ones(480), np.clip(np.round(x), 1, 5)])
        hits.append(fit_rows(design, y, np.ones(480), groups).p_values[1:] < 0.05)
    assert np.mean(hits) < 0.06
