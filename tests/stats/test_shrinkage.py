"""Shrinkage: the posterior by enumeration, its limits, and draws that know how far they can be trusted."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from cxlens.stats.shrinkage import EXCEPTIONAL, MEAN, SPREADS, shrink


def study(rng, truth, d=1000, error=0.05):
    """Estimates of true effects, and resamples of them."""
    estimate = truth + error * rng.standard_normal(len(truth))
    return estimate, estimate + error * rng.standard_normal((d, len(truth)))


def enumerated(estimate, cov, scale, is_removal):
    """Posterior mean of two effects and a removal, over all kinds, spreads and means."""
    tops, log_weights = [], []
    means = np.linspace(-3, 3, 41) * MEAN * scale
    for spread, mean, kinds in product(SPREADS * scale, means, product([0, 1], repeat=3)):
        ordinary = sum(1 - kind for kind, removed in zip(kinds, is_removal, strict=True) if not removed)
        centre, variance = np.zeros(3), np.zeros(3)
        for j, kind in enumerate(kinds):
            if is_removal[j]:
                variance[j] = kind * (mean**2 + spread**2)
            else:
                centre[j] = 0 if kind else mean
                variance[j] = (EXCEPTIONAL * scale) ** 2 if kind else spread**2
        total = cov + np.diag(variance)
        log = 0.5 * np.log(spread) - 0.5 * (mean / (MEAN * scale)) ** 2
        log += np.log({0: 1 / 3, 1: 1 / 6, 2: 1 / 3}[ordinary])  # shares from a flat prior
        log_weights.append(log + multivariate_normal.logpdf(estimate, centre, total))
        tops.append(centre + variance * np.linalg.solve(total, estimate - centre))
    weights = np.exp(np.array(log_weights) - max(log_weights))
    return np.average(tops, axis=0, weights=weights)


def test_the_expected_effects_are_those_of_an_enumeration():
    cov = 0.04**2 * np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.3], [0.0, 0.3, 1.5]])
    is_removal = np.array([False, False, True])
    for estimate in (np.array([0.12, 0.05, 0.08]), np.array([0.9, 0.02, -0.2])):
        draws = np.random.default_rng(0).multivariate_normal(estimate, cov, 2500)
        expected, drawn = shrink(estimate, draws, np.random.default_rng(1), scale=1.0, is_removal=is_removal)
        truth = enumerated(estimate, np.cov(draws, rowvar=False), 1.0, is_removal)
        np.testing.assert_allclose(expected, truth, atol=0.006)
        np.testing.assert_allclose(drawn.mean(axis=0), truth, atol=0.008)


def test_one_that_stands_out_is_left_alone_and_alike_ones_meet():
    rng = np.random.default_rng(1)
    estimate, draws = study(rng, np.array([1.0] + [0.0] * 9))
    expected, _ = shrink(estimate, draws, rng, scale=1.2)
    assert expected[0] == pytest.approx(estimate[0], abs=0.03)
    assert np.abs(expected[1:]).max() < 0.5 * np.abs(estimate[1:]).max()
    estimate, draws = study(rng, np.full(10, 0.12))
    expected, drawn = shrink(estimate, draws, rng, scale=1.2)
    assert np.ptp(expected) < 0.7 * np.ptp(estimate)
    assert np.median(drawn.std(axis=0)) < 0.8 * 0.05


def test_sure_effects_stay():
    rng = np.random.default_rng(2)
    estimate, draws = study(rng, rng.normal(0.2, 0.3, 12), error=0.002)
    expected, drawn = shrink(estimate, draws, rng, scale=1.0)
    np.testing.assert_allclose(expected, estimate, atol=0.001)
    np.testing.assert_allclose(drawn.std(axis=0), 0.002, rtol=0.15)


def test_a_removal_is_nothing_until_the_answers_say_otherwise():
    rng = np.random.default_rng(3)
    estimate, draws = study(rng, np.array([0.2, 0.1, 0.15, 0.12, 0.0, 0.3]))
    estimate[4] = 0.05
    is_removal = np.array([False] * 4 + [True] * 2)
    expected, drawn = shrink(estimate, draws, rng, scale=1.0, is_removal=is_removal)
    assert abs(expected[4]) < 0.6 * estimate[4]
    assert (np.abs(drawn[:, 4]) < 1e-9).mean() > 0.3
    assert expected[5] == pytest.approx(estimate[5], abs=0.08)
    alone, _ = shrink(estimate[:4], draws[:, :4], rng, scale=1.0)
    np.testing.assert_allclose(expected[:4], alone, atol=0.01)


@pytest.mark.parametrize("scale", [0.0, np.nan])
def test_without_a_scale_or_resamples_they_are_given_back(scale):
    rng = np.random.default_rng(4)
    estimate, draws = study(rng, np.zeros(5))
    same = shrink(estimate, draws, rng, scale=scale)
    assert (same[0] is estimate, same[1] is draws) == (True, True)
    assert shrink(estimate, draws[:1], rng, scale=1.0)[0] is estimate


def test_units_do_not_matter():
    estimate, draws = study(np.random.default_rng(5), np.array([0.3, 0.1, 0.0]))
    expected, drawn = shrink(estimate, draws, np.random.default_rng(6), scale=1.0)
    in_hundreds = shrink(100 * estimate, 100 * draws, np.random.default_rng(6), scale=100.0)
    np.testing.assert_allclose(in_hundreds[0], 100 * expected, rtol=1e-6)
    np.testing.assert_allclose(in_hundreds[1], 100 * drawn, rtol=1e-6, atol=1e-6)


def test_draws_stay_in_step_with_their_resamples():
    rng = np.random.default_rng(7)
    estimate, draws = study(rng, rng.normal(0.1, 0.3, 12))
    _, drawn = shrink(estimate, draws, rng, scale=1.0)
    together = [np.corrcoef(draws[:, j], drawn[:, j])[0, 1] for j in range(12)]
    assert min(together) > 0.8


def test_few_resamples_still_give_a_covariance():
    rng = np.random.default_rng(8)
    estimate, draws = study(rng, rng.normal(0.1, 0.05, 12), d=20)
    expected, drawn = shrink(estimate, draws, rng, scale=1.0)
    assert np.isfinite(expected).all()
    assert np.ptp(expected) < np.ptp(estimate)
    assert drawn.shape == (20, 12)


@pytest.mark.simulation
@pytest.mark.parametrize("spread", [0.02, 0.05, 0.15])
def test_intervals_of_the_draws_hold_the_true_effects(spread):
    rng, held = np.random.default_rng(9), []
    for _ in range(12):
        truth = rng.normal(0.12, spread, 10)
        estimate, draws = study(rng, truth, d=150)
        _, drawn = shrink(estimate, draws, rng, scale=1.2)
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        held.append((low < truth) & (truth < high))
    # 120 effects: a Monte Carlo error of 2.7 points, somewhat more since effects of a study share their mean.
    assert 0.82 < np.mean(held) < 0.99


@pytest.mark.simulation
def test_of_no_effects_the_largest_is_not_called_one():
    rng, excluded = np.random.default_rng(10), 0
    for _ in range(20):
        estimate, draws = study(rng, np.zeros(10), d=150)
        _, drawn = shrink(estimate, draws, rng, scale=1.2)
        low, high = np.quantile(drawn[:, estimate.argmax()], [0.025, 0.975])
        excluded += low > 0 or high < 0
    assert excluded <= 1  # as estimated, it would be some 4
