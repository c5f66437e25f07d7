"""Slopes on the ordinal scale: levels where a side is only happier, power, and against two fits."""

from __future__ import annotations

import numpy as np
import pytest

from cxlens.stats.likelihood import fit_likelihood
from cxlens.stats.ordinal_stability import same_slopes_p


def sample(seed: int, n: int = 500, shift: float = 0.0, raised: float = 0.0):
    """Two sides with the same latent slopes, one happier near the ceiling, or with a slope raised."""
    rng = np.random.default_rng(seed)
    side = rng.random(n) < 0.5
    x = rng.integers(1, 6, (n, 3)).astype(float)
    flag = (rng.random(n) < 0.7).astype(float)
    x[:, 0] *= flag
    felt = 0.6 * x.sum(axis=1) + flag + rng.logistic(size=n) + shift * side + raised * side * x[:, 1]
    outcome = np.clip(np.round(felt - 1), 1, 5)
    return x, flag[:, None], outcome, side


def p_of(seed: int, **given) -> float:
    x, own, outcome, side = sample(seed, **given)
    n = len(side)
    return same_slopes_p(x, own, outcome, side, np.ones(n), np.arange(n), np.random.default_rng(seed))


@pytest.mark.simulation
def test_a_side_that_is_only_happier_has_the_same_slopes():
    claims = np.mean([p_of(seed, shift=2.0) < 0.05 for seed in range(100)])
    assert claims <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)


@pytest.mark.simulation
def test_a_slope_that_differs_is_seen():
    assert np.mean([p_of(seed, raised=0.6) < 0.05 for seed in range(15)]) > 0.8


def test_the_test_agrees_with_two_fits_where_the_difference_is_large():
    x, own, outcome, side = sample(0, n=4000, raised=0.3)
    codes = np.unique(outcome, return_inverse=True)[1]
    fits = [fit_likelihood(np.column_stack([own, x])[one], codes[one], np.ones(one.sum())) for one in (side, ~side)]
    z = (fits[0].coef[2] - fits[1].coef[2]) / np.hypot(*(np.sqrt(fit.cov[2, 2]) for fit in fits))
    assert z > 5
    assert p_of(0, n=4000, raised=0.3) == 0.001


def test_weights_and_units():
    x, own, outcome, side = sample(1, n=200, raised=0.3)
    n = len(side)
    twice = [np.concatenate([part, part]) for part in (x, own, outcome, side)]
    once = same_slopes_p(x, own, outcome, side, np.full(n, 2.0), np.arange(n), np.random.default_rng(0))
    of_pairs = np.concatenate([np.arange(n), np.arange(n)])
    pairs = same_slopes_p(*twice, np.ones(2 * n), of_pairs, np.random.default_rng(0))
    assert pairs == pytest.approx(once, abs=1e-9)


def test_a_side_of_one_answer_tells_nothing():
    x, own, outcome, side = sample(0)
    outcome[side] = 5
    n = len(side)
    assert np.isnan(same_slopes_p(x, own, outcome, side, np.ones(n), np.arange(n), np.random.default_rng(0)))
