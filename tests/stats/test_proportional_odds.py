"""Slopes, scores and submodels of proportional odds against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cxlens.stats.proportional_odds import (
    Design,
    LogitRows,
    Weights,
    blocks,
    logit_rows,
    maximise,
    null_loglik_of,
    null_params,
    scores_of_respondents,
    slopes,
)

CATEGORIES = [2, 3, 5]


def answers(m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(m)
    z = rng.normal(size=(60, 3))
    codes = rng.integers(0, m, 60)
    codes[:m] = np.arange(m)
    return z, codes, rng.uniform(0.5, 2, 60)


def laid_out(m: int) -> tuple[LogitRows, Design, Weights]:
    z, codes, w = answers(m)
    logit = logit_rows(z, codes)
    return logit, *blocks(logit, codes, w[None], at_once=1)


def loglik(m: int, params: np.ndarray) -> float:
    """By the definition: a category lies between two thresholds."""
    z, codes, w = answers(m)
    thresholds = np.concatenate([[-np.inf], params[: m - 1], [np.inf]])
    linear = z @ params[m - 1 :]
    up_to, below = (1 / (1 + np.exp(linear - thresholds[codes + above])) for above in (1, 0))
    return float(w @ np.log(up_to - below))


def params_of(m: int) -> np.ndarray:
    return np.concatenate([np.linspace(-1, 1.5, m - 1), [0.3, -0.2, 0.5]])


@pytest.mark.parametrize("m", CATEGORIES)
def test_slopes_are_those_of_the_log_likelihood(m):
    _, design, weights = laid_out(m)
    params = params_of(m)
    at = slopes(design, weights, params[:, None])
    steps = 1e-5 * np.eye(len(params))
    gradient = [(loglik(m, params + step) - loglik(m, params - step)) / 2e-5 for step in steps]
    assert_allclose(at.gradient[:, 0], gradient, atol=1e-6)
    ahead, behind = (slopes(design, weights, params[:, None] + way * steps).gradient for way in (1, -1))
    assert_allclose(at.information[:, :, 0], (behind - ahead) / 2e-5, atol=1e-5)


@pytest.mark.parametrize("m", CATEGORIES)
def test_scores_of_respondents_sum_to_the_gradient(m):
    logit, design, weights = laid_out(m)
    _, codes, w = answers(m)
    params = params_of(m)[:, None]
    scores = scores_of_respondents(logit, params, codes)
    assert_allclose(w @ scores, slopes(design, weights, params).gradient[:, 0], atol=1e-10)


@pytest.mark.parametrize("m", CATEGORIES)
def test_submodels_side_by_side_are_those_fitted_alone(m):
    logit, design, weights = laid_out(m)
    _, codes, w = answers(m)
    start = null_params(codes, w, logit.parameters)
    inside = np.ones((logit.parameters, 3), bool)
    inside[m - 1 :, 0] = False
    inside[-1, 1] = False
    params, logliks = maximise(design, weights, np.repeat(start, 3, axis=1), inside)
    assert logliks[0] == pytest.approx(null_loglik_of(np.bincount(codes, w)), abs=1e-8)
    for model in range(3):
        columns = np.flatnonzero(inside[:, model])
        alone, its_loglik = maximise(design.columns(columns), weights, start[columns])
        assert_allclose(params[columns, model], alone[:, 0], atol=1e-5)
        assert logliks[model] == pytest.approx(its_loglik[0], abs=1e-8)
        assert logliks[model] == pytest.approx(loglik(m, params[:, model]), abs=1e-6)
    assert (params[~inside] == 0).all()
