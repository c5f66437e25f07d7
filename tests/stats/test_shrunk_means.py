"""Means drawn together: against the formulas with a known spread, and what is said of the best of equal ones."""

from __future__ import annotations

import numpy as np
import pytest

from cxlens.stats.shrunk_means import shrunk_means

ERRORS = np.full(8, 0.14)


def drawn(estimate: np.ndarray, errors: np.ndarray, rng: np.random.Generator, d: int = 400) -> np.ndarray:
    return estimate + errors * rng.normal(size=(d, len(estimate)))


def test_one_mean_is_left_as_it_is():
    rng = np.random.default_rng(0)
    draws = drawn(np.array([4.0]), np.array([0.1]), rng)
    expected, shrunken = shrunk_means(np.array([4.0]), np.array([0.1]), draws, rng)
    assert expected == [4.0]
    np.testing.assert_array_equal(shrunken, draws)


def test_without_draws_there_is_nothing_to_shrink():
    estimate = np.array([3.0, 4.0])
    expected, shrunken = shrunk_means(estimate, np.full(2, 0.1), np.empty((0, 2)), np.random.default_rng(0))
    np.testing.assert_array_equal(expected, estimate)
    assert shrunken.shape == (0, 2)


def test_means_far_apart_stay_where_they_are():
    rng = np.random.default_rng(1)
    estimate = np.array([1.0, 2.5, 4.0, 5.0])
    errors = np.full(4, 0.01)
    expected, shrunken = shrunk_means(estimate, errors, drawn(estimate, errors, rng, 4_000), rng)
    np.testing.assert_allclose(expected, estimate, atol=0.002)
    np.testing.assert_allclose(shrunken.std(axis=0), errors, rtol=0.1)


def test_the_surer_mean_moves_less():
    rng = np.random.default_rng(2)
    estimate = np.array([4.2, 3.9, 3.9, 4.2])
    errors = np.array([0.02, 0.02, 0.02, 0.3])
    expected, _ = shrunk_means(estimate, errors, drawn(estimate, errors, rng), rng)
    assert abs(expected[0] - 4.2) < abs(expected[3] - 4.2)


def test_draws_agree_with_the_expected_means():
    rng = np.random.default_rng(3)
    estimate = np.array([4.2, 3.9, 4.0, 4.1])
    errors = np.array([0.1, 0.15, 0.1, 0.2])
    expected, shrunken = shrunk_means(estimate, errors, drawn(estimate, errors, rng, 40_000), rng)
    np.testing.assert_allclose(shrunken.mean(axis=0), expected, atol=0.004)


def test_the_best_of_equal_means_is_flattered_by_a_fifth_of_its_luck_at_most():
    raw, best, held = [], [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        estimate = 4 + ERRORS * rng.normal(size=8)
        expected, shrunken = shrunk_means(estimate, ERRORS, drawn(estimate, ERRORS, rng), rng)
        low, high = np.quantile(shrunken.max(axis=1), [0.025, 0.975])
        raw.append(estimate.max() - 4)
        best.append(expected.max() - 4)
        held.append(low <= 4 <= high)
    assert np.mean(raw) == pytest.approx(0.2, abs=0.03)
    assert np.mean(best) < np.mean(raw) / 5
    assert np.mean(held) > 0.9
