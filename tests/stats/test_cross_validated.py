"""Squared errors of held-out answers: against scikit-learn, and with blanks."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from cxlens.stats.cross_validated import share_saved, squared_errors


def test_as_scikit_learn_fold_by_fold() -> None:
    rng = np.random.default_rng(1)
    x, w, fold = rng.normal(size=(60, 3)), rng.uniform(0.5, 2, 60), rng.integers(0, 5, 60)
    y = x @ [1.0, 2.0, 0.0] + rng.normal(size=60)
    wanted = np.empty(60)
    for part in range(5):
        model = LinearRegression().fit(x[fold != part], y[fold != part], w[fold != part])
        wanted[fold == part] = (y[fold == part] - model.predict(x[fold == part])) ** 2
    assert squared_errors(x, y, w, fold) == pytest.approx(wanted)


def test_blanks_have_a_column_of_their_own() -> None:
    x = np.array([[1.0], [2.0], [np.nan], [np.nan]] * 10)
    y = np.array([1.0, 2.0, 9.0, 9.0] * 10)
    assert squared_errors(x, y, np.ones(40), np.arange(40) // 10) == pytest.approx(np.zeros(40), abs=1e-18)


def test_without_columns_the_mean_of_the_others_is_the_forecast() -> None:
    y = np.array([1.0, 3.0, 5.0, 7.0])
    found = squared_errors(np.empty((4, 0)), y, np.ones(4), np.array([0, 0, 1, 1]))
    assert found == pytest.approx([25, 9, 9, 25])


def test_what_is_saved_as_a_ratio_of_sums() -> None:
    larger, smaller = np.array([4.0, 2.0, 6.0]), np.array([1.0, 2.0, 3.0])
    found = share_saved(larger, smaller, larger, np.ones(3), np.arange(3), 0.95)
    assert found.value == 0.5
    pulls = np.array([3 - 2, 0 - 1, 3 - 3]) / 12
    assert (found.high - found.low) / 2 == pytest.approx(4.302653 * np.sqrt(3 / 2 * (pulls**2).sum()), rel=1e-6)
