"""Parameters in resamples equal those of full fits, whichever way they are reached."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cxlens.stats import likelihood_draws
from cxlens.stats.likelihood import fit_likelihood
from cxlens.stats.likelihood_draws import params_in_draws


def survey(seed: int, n: int, m: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 6, (n, 4)).astype(float)
    latent = x @ [0.5, 0.3, 0.0, 0.1] + 1.5 * rng.logistic(size=n)
    return x, np.searchsorted(np.quantile(latent, np.arange(1, m) / m), latent), rng.uniform(0.3, 3, n)


def resampled(w: np.ndarray, draws: int) -> np.ndarray:
    return np.random.default_rng(1).multinomial(len(w), np.full(len(w), 1 / len(w)), draws) * w


@pytest.mark.parametrize("m", [2, 4])
def test_each_draw_equals_a_full_fit(m: int) -> None:
    x, y, w = survey(0, 150, m)
    draws = resampled(w, 20)
    found = params_in_draws(x, y, draws, fit_likelihood(x, y, w))
    for b, weights in enumerate(draws):
        refit = fit_likelihood(x, y, weights)
        assert_allclose(found.coef[b], refit.coef, atol=2e-4)
        assert_allclose(found.thresholds[b], refit.thresholds, atol=1e-3)


@pytest.mark.parametrize("m", [2, 4])
def test_one_step_is_less_than_a_tenth_of_an_error_off(m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    x, y, w = survey(2, 2000, m)
    draws = resampled(w, 200)
    fit = fit_likelihood(x, y, w)
    climbed = params_in_draws(x, y, draws, fit)
    monkeypatch.setattr(likelihood_draws, "CLIMBED", 0)
    stepped = params_in_draws(x, y, draws, fit)
    errors = climbed.coef.std(axis=0)
    assert (np.sqrt(((stepped.coef - climbed.coef) ** 2).mean(axis=0)) < 0.1 * errors).all()
    assert_allclose(stepped.coef.std(axis=0), errors, rtol=0.03)


def test_answers_that_a_draw_lacks_have_no_chance_there() -> None:
    x, y, w = survey(3, 100, 4)
    draws = np.stack([w * (y > 0), w * (y < 3), w * (y != 1), w * (y == 2), np.zeros(100)])
    found = params_in_draws(x, y, draws, fit_likelihood(x, y, w))
    assert np.isneginf(found.thresholds[0]).tolist() == [True, False, False]
    assert np.isposinf(found.thresholds[1]).tolist() == [False, False, True]
    assert found.thresholds[2, 0] == found.thresholds[2, 1] < found.thresholds[2, 2]
    assert np.isnan(found.thresholds[3:]).all()
    assert np.isnan(found.coef[3:]).all()
    assert not np.isnan(found.coef[:3]).any()


def test_columns_that_others_explain_have_no_coefficient() -> None:
    x, y, w = survey(4, 100, 2)
    wide = np.column_stack([x, x[:, 0] + x[:, 1], np.ones(100)])
    found = params_in_draws(wide, y, resampled(w, 3), fit_likelihood(wide, y, w))
    assert np.isnan(found.coef).any(axis=0).tolist() == [False] * 4 + [True] * 2
    assert params_in_draws(x, y, np.empty((0, 100)), fit_likelihood(x, y, w)).coef.shape == (0, 4)
