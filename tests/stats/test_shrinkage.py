"""Shrinkage: the normal model by hand, its limits, and draws that know how far they can be trusted."""

import numpy as np
import pytest

from cxlens.stats.shrinkage import FEWEST, shrink


def study(rng, spread, p=12, d=1000, error=1.0):
    """Simulated true effects, their estimates, and resamples."""
    truth = rng.normal(2.0, spread, p)
    estimate = truth + error * rng.standard_normal(p)
    return truth, estimate, estimate + error * rng.standard_normal((d, p))


def test_the_expected_effects_are_those_of_a_direct_integration():
    rng = np.random.default_rng(0)
    _, estimate, draws = study(rng, 1.0, p=6)
    expected, _ = shrink(estimate, draws, rng)
    s = np.cov(draws, rowvar=False)
    tops, weights = [], []
    for spread in np.linspace(1e-6, 3 * max(estimate.std(), np.sqrt(np.diag(s).mean())), 400):  # uneven grids agree
        total = s + spread**2 * np.eye(6)
        inverse = np.linalg.inv(total)
        mean = inverse.sum(axis=0) @ estimate / inverse.sum()
        apart = estimate - mean
        log = -0.5 * (np.linalg.slogdet(total)[1] + np.log(inverse.sum()) + apart @ inverse @ apart)
        tops.append(mean + spread**2 * inverse @ apart)
        weights.append(np.exp(log))
    np.testing.assert_allclose(expected, np.average(tops, axis=0, weights=weights), atol=0.01)


def test_sure_effects_stay_and_alike_ones_meet():
    rng = np.random.default_rng(1)
    _, estimate, draws = study(rng, 3.0, error=0.01)
    expected, drawn = shrink(estimate, draws, rng)
    np.testing.assert_allclose(expected, estimate, atol=0.001)
    np.testing.assert_allclose(drawn.std(axis=0), 0.01, rtol=0.15)
    _, estimate, draws = study(rng, 0.0)
    expected, _ = shrink(estimate, draws, rng)
    assert np.ptp(expected) < 0.5 * np.ptp(estimate)


def test_few_effects_are_given_back():
    rng = np.random.default_rng(2)
    _, estimate, draws = study(rng, 1.0, p=FEWEST - 1)
    same = shrink(estimate, draws, rng)
    assert same[0] is estimate
    assert same[1] is draws


def test_draws_stay_in_step_with_their_resamples():
    rng = np.random.default_rng(3)
    _, estimate, draws = study(rng, 3.0)
    _, drawn = shrink(estimate, draws, rng)
    together = [np.corrcoef(draws[:, j], drawn[:, j])[0, 1] for j in range(12)]
    assert min(together) > 0.85


@pytest.mark.simulation
@pytest.mark.parametrize("spread", [0.5, 1.0, 3.0])
def test_intervals_of_the_draws_hold_the_true_effects(spread):
    rng, held = np.random.default_rng(4), []
    for _ in range(150):
        truth, estimate, draws = study(rng, spread, d=300)
        _, drawn = shrink(estimate, draws, rng)
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        held.append((low < truth) & (truth < high))
    # 1,800 effects: a Monte Carlo error of 0.7 points, somewhat more since effects of a study share their mean.
    assert np.mean(held) == pytest.approx(0.9, abs=0.025)
