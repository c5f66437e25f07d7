"""Importance of yes/no and ordered outcomes: exact in the answers, bridged in resamples."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cxlens.stats import likelihood_games
from cxlens.stats.games import game_of
from cxlens.stats.likelihood_games import Sample, shared_gains, shared_relative_weights


def sample(p: int, n: int, draws: int, m: int = 2, controls: int = 1) -> Sample:
    rng = np.random.default_rng(p)
    x = np.clip(np.round(3.5 + 0.7 * (0.8 * rng.normal(size=(n, 1)) + rng.normal(size=(n, p)))), 1, 5)
    latent = (x - 3.5) @ np.linspace(0.8, 0, p) + rng.logistic(size=n)
    y = np.searchsorted(np.quantile(latent, np.arange(1, m) / m), latent)
    times = rng.multinomial(n, np.full(n, 1 / n), draws)
    return Sample(rng.integers(0, 2, (n, controls)), x, y, np.vstack([np.ones(n), times]), np.arange(p))


def linear(of: Sample):
    z = np.column_stack([np.ones(len(of.y)), of.controls, of.columns, of.y])
    stack = np.einsum("ni,nj,bn->ijb", z, z, of.weights, optimize=True)
    return game_of(stack, 1 + of.controls.shape[1], (1,) * of.columns.shape[1])


@pytest.mark.parametrize(("m", "near"), [(2, 0.15), (4, 0.2)])
def test_bridged_draws_are_near_exact_ones(m: int, near: float, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = sample(6, 400, 24, m)
    bridged = shared_gains(rows, linear(rows))
    monkeypatch.setattr(likelihood_games, "ALL_DRAWN", 6)
    exact = shared_gains(rows, linear(rows))
    assert_allclose(bridged.importance[:, 0], exact.importance[:, 0], rtol=1e-9)
    assert_allclose(bridged.importance.sum(axis=0), exact.importance.sum(axis=0), rtol=1e-6)
    assert_allclose(bridged.r2, exact.r2, rtol=1e-6)
    assert_allclose(bridged.r2_controls, exact.r2_controls, rtol=1e-6, atol=1e-9)
    spread = exact.importance[:, 1:].std(axis=1)
    off = np.sqrt(((bridged.importance - exact.importance)[:, 1:] ** 2).mean(axis=1))
    assert (off / spread).mean() < near
    assert bridged.values is not None
    assert bridged.values.shape == (64, 1)


def test_importance_adds_up_to_what_the_players_gain() -> None:
    rows = sample(5, 200, 10)
    shared = shared_gains(rows, linear(rows))
    assert_allclose(shared.importance.sum(axis=0), shared.r2 - shared.r2_controls, rtol=1e-6)


def test_a_group_shares_as_one_and_one_answer_has_no_figures() -> None:
    rows = sample(4, 200, 3)
    rows = rows._replace(owner=np.array([0, 0, 1, 2]))
    rows.weights[2] *= rows.y == 0
    weights = shared_relative_weights(rows)
    assert weights.importance.shape == (3, 4)
    assert_allclose(weights.importance.sum(axis=0) + weights.r2_controls, weights.r2)
    gains = shared_gains(rows, linear(rows))
    assert np.isnan(gains.importance[:, 2]).all()
    assert np.isnan(weights.importance[:, 2]).all()
