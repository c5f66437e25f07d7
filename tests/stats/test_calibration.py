"""Errors of raked figures: those of the residuals, by another way to the same, and of samples with known truth."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from cxlens.stats.calibration import calibration_of, combined
from cxlens.stats.raking import rake


def raked(rng: np.random.Generator, n: int = 400) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """Scores that go with two margins, their raked weights, and the codes of the margins."""
    codes = [rng.choice(3, n, p=[0.6, 0.25, 0.15]), rng.integers(0, 2, n)]
    y = 3 + codes[0] + 0.5 * codes[1] + rng.normal(0, 0.8, n)
    return y, rake(codes, [[0.5, 0.3, 0.2], [0.5, 0.5]]).weights, codes


def test_the_variance_is_that_of_the_residuals_of_the_weighted_regression():
    y, w, codes = raked(np.random.default_rng(0))
    combination, design = combined(codes, [3, 2])
    assert len(design) == 6
    assert design.sum(axis=1).tolist() == [2.0] * 6
    away = y - np.average(y, weights=w)
    cell = np.zeros(len(y), int)
    found = calibration_of(combination, design, w).variance(combination, cell, 1, w, w**2, away)
    left = sm.WLS(y, design[combination][:, :-1], weights=w).fit().resid
    n = w.sum() ** 2 / (w**2).sum()
    assert found[0] == pytest.approx((w**2 * left**2).sum() / w.sum() ** 2 * n / (n - 1))


def test_a_cell_varies_with_all_answers():
    """The mean of a part of the answers: residuals of its influence, which is 0 outside, over the whole sample."""
    y, w, codes = raked(np.random.default_rng(1))
    combination, design = combined(codes, [3, 2])
    part = np.random.default_rng(2).random(len(y)) < 0.3
    mean = np.average(y[part], weights=w[part])
    influence = np.where(part, y - mean, 0) / w[part].sum()
    left = sm.WLS(influence, design[combination][:, :-1], weights=w).fit().resid
    n = w[part].sum() ** 2 / (w[part] ** 2).sum()
    calibration = calibration_of(combination, design, w)
    cell = np.zeros(part.sum(), int)
    found = calibration.variance(combination[part], cell, 1, w[part], w[part] ** 2, y[part] - mean)
    assert found[0] == pytest.approx((w**2 * left**2).sum() * n / (n - 1))


def test_intervals_hold_where_margins_explain_the_scores():
    truth, inside, width = 3 + 0.3 + 0.4 + 0.25, [], []
    for seed in range(200):
        y, w, codes = raked(np.random.default_rng([seed, 3]))
        combination, design = combined(codes, [3, 2])
        mean = np.average(y, weights=w)
        cell = np.zeros(len(y), int)
        variance = calibration_of(combination, design, w).variance(combination, cell, 1, w, w**2, y - mean)
        inside.append(abs(mean - truth) < 1.96 * np.sqrt(variance[0]))
        width.append(np.sqrt(variance[0]))
    assert 0.90 < np.mean(inside) < 0.99
    assert np.mean(width) < 0.05  # Kish's number, which takes the weights for noise, gives 0.058


def test_what_no_margin_knows_has_no_column():
    combination, design = combined([np.array([0, 1, -1])], [2])
    assert design[combination].tolist() == [[1, 0], [0, 1], [0, 0]]
