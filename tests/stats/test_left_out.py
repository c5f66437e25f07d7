"""Errors by leaving out one answer, or one cluster, after the other."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from cxlens.stats.inference import wald_p
from cxlens.stats.likelihood import fit_likelihood
from cxlens.stats.regression import fit_rows


def survey(seed: int, n: int, m: int = 2) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Simulated scores from 1 to 5, an outcome of m categories, and weights."""
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 6, (n, 3)).astype(float)
    latent = x @ [0.5, 0.2, 0.0] + 1.5 * rng.logistic(size=n)
    return x, np.searchsorted(np.quantile(latent, np.arange(1, m) / m), latent), rng.uniform(0.3, 3, n)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("weighted", [False, True])
def test_a_logit_has_the_leverages_of_statsmodels(weighted: bool) -> None:
    from statsmodels.api import GLM
    from statsmodels.genmod.families import Binomial

    x, y, w = survey(1, 120)
    w = w if weighted else np.ones(120)
    columns = np.column_stack([np.ones(120), x])
    theirs = GLM(y, columns, Binomial(), var_weights=w).fit(tol=1e-14)
    leverage = theirs.get_hat_matrix_diag()
    bread = np.linalg.inv(-GLM(y, columns, Binomial(), var_weights=w).hessian(theirs.params))
    scores = columns * (w * (y - theirs.fittedvalues) / (1 - leverage))[:, None]
    assert_allclose(fit_likelihood(x, y, w).cov, (bread @ (scores.T @ scores) @ bread)[1:, 1:], rtol=1e-7)


def log_chance(params: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """Log-likelihood of proportional odds with three answers, from its definition."""
    up_to = 1 / (1 + np.exp(x @ params[2:, None] - params[:2]))
    edges = np.column_stack([np.zeros(len(y)), up_to, np.ones(len(y))])
    at = np.arange(len(y))
    return float(np.log(edges[at, y + 1] - edges[at, y]).sum())


def slopes(params: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    steps = 1e-4 * np.eye(len(params))
    return np.array([(log_chance(params + h, x, y) - log_chance(params - h, x, y)) / 2e-4 for h in steps])


def bends(params: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    steps = 1e-3 * np.eye(len(params))
    return np.array([(slopes(params + h, x, y) - slopes(params - h, x, y)) / 2e-3 for h in steps])


@pytest.mark.parametrize("clustered", [False, True])
def test_proportional_odds_move_by_one_newton_step(clustered: bool) -> None:
    x, y, _ = survey(2, 90, 3)
    groups = np.random.default_rng(2).integers(0, 12, 90) if clustered else np.arange(90)
    ours = fit_likelihood(x, y, np.ones(90), groups if clustered else None)
    params = np.concatenate([ours.thresholds, ours.coef])
    moves = []
    for group in np.unique(groups):
        others = groups != group
        moves.append(np.linalg.solve(bends(params, x[others], y[others]), slopes(params, x[~others], y[~others])))
    of_clusters = 11 / 12 if clustered else 1
    assert_allclose(ours.cov, of_clusters * (np.transpose(moves) @ moves)[2:, 2:], rtol=1e-4)


@pytest.mark.parametrize("clustered", [False, True])
def test_errors_are_near_those_of_refits_without_each(clustered: bool) -> None:
    x, y, w = survey(3, 150)
    groups = np.random.default_rng(3).integers(0, 30, 150) if clustered else np.arange(150)
    ours = fit_likelihood(x, y, w, groups if clustered else None)
    moves = [fit_likelihood(x, y, np.where(groups == group, 0.0, w)).coef - ours.coef for group in np.unique(groups)]
    jackknife = 29 / 30 if clustered else 1
    refits = np.sqrt(jackknife * (np.array(moves) ** 2).sum(axis=0))
    assert_allclose(np.sqrt(np.diag(ours.cov)), refits, rtol=0.03)


@pytest.mark.parametrize("m", [2, 3])
def test_degrees_of_freedom_are_those_of_the_last_newton_step(m: int) -> None:
    """The least squares of that step, once row by row: curvature as weights, so a logit's are those of regression."""
    x, y, w = survey(6, 200, m)
    groups = np.random.default_rng(6).integers(0, 14, 200)
    ours = fit_likelihood(x, y, w, groups)
    plain = fit_likelihood(x, y, w)
    assert_array_equal(plain.df, 200 - 3 - (m - 1))
    assert ours.clusters == 14
    assert (ours.df < 13).all()
    assert (ours.df > 6).all()
    if m == 2:
        chance = 1 / (1 + np.exp(ours.thresholds - x @ ours.coef))
        columns = np.column_stack([np.ones(200), x])
        weighted = fit_rows(columns, y.astype(float), w * chance * (1 - chance), groups)
        assert_allclose(ours.df, weighted.df[1:], rtol=1e-8)


def test_few_unequal_clusters_of_yes_and_no_keep_their_level() -> None:
    """Two of nine clusters have most answers, no column an effect: with 8 degrees of freedom more is found."""
    rng = np.random.default_rng(7)
    groups, hits, naive = np.repeat(np.arange(9), [120] * 2 + [20] * 7), [], []
    for _ in range(80):
        x = 3.4 + 0.95 * rng.normal(size=(380, 4)) + 0.7 * rng.normal(size=(9, 4))[groups]
        yes = rng.logistic(size=380) + rng.normal(size=9)[groups] > 0
        fit = fit_likelihood(np.clip(np.round(x), 1, 5), yes.astype(int), np.ones(380), groups)
        errors = np.sqrt(np.diag(fit.cov))
        hits.append(wald_p(fit.coef, errors, fit.df) < 0.05)
        naive.append(wald_p(fit.coef, errors, 8.0) < 0.05)
    assert np.mean(hits) < 0.04
    assert np.mean(naive) > 0.04


def test_what_hangs_on_one_cluster_has_no_error() -> None:
    x, y, w = survey(4, 200)
    groups = np.arange(200) % 10
    only_there = (groups == 0) & (np.arange(200) % 3 == 0)
    wide = np.column_stack([x, only_there])
    ours = fit_likelihood(wide, y, w, groups)
    assert np.isnan(np.diag(ours.cov)).tolist() == [False, False, False, True]
    assert np.isnan(ours.df).tolist() == [False, False, False, True]
    one = fit_likelihood(x, y, w, np.zeros(200, int))
    assert np.isnan(one.cov).all()
    assert np.isnan(one.df).all()


def test_from_1000_answers_on_the_sandwich_serves() -> None:
    x, y, _ = survey(5, 1000)
    all_in, one_less = (fit_likelihood(x[:n], y[:n], np.ones(n)) for n in (1000, 999))
    assert_allclose(np.sqrt(np.diag(one_less.cov)), np.sqrt(np.diag(all_in.cov)), rtol=0.02)
    assert not np.array_equal(one_less.cov, all_in.cov)
