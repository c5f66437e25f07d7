"""Adjusted R2 and its shares: against fits by hand, and what noise is worth. Against statsmodels with the tables."""

from __future__ import annotations

import numpy as np
import pytest

from cxlens.stats.adjusted import Size, effective, importance_adjusted, r2_adjusted
from cxlens.stats.games import game_of, importance


def rows_of(seed: int, n: int = 60) -> np.ndarray:
    """A constant, a control, three columns and an outcome."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 4)) + rng.normal(size=(n, 1))
    y = x @ [1.0, 0.5, 0.2, 0.0] + rng.normal(size=n)
    return np.column_stack([np.ones(n), x, y])


def adjusted_by_hand(z: np.ndarray, columns: list[int]) -> float:
    x, y = z[:, columns], z[:, -1]
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    r2 = 1 - residual @ residual / ((y - y.mean()) ** 2).sum()
    return 1 - (1 - r2) * (len(z) - 1) / (len(z) - len(columns))


@pytest.mark.parametrize("method", ["lmg", "relative weights"])
def test_adjusted_importance_sums_to_adjusted_r2_less_that_of_the_controls(method):
    z = rows_of(6)
    game, size = game_of((z.T @ z)[:, :, None], 2, (1, 2)), Size(60, 60, 2, 3)
    full, controls = adjusted_by_hand(z, [0, 1, 2, 3, 4]), adjusted_by_hand(z, [0, 1])
    assert r2_adjusted(game, size) == pytest.approx(full)
    shares = importance(game, method, 0)[0][:, 0]
    found = importance_adjusted(game, shares, method, size)
    assert found.sum() == pytest.approx(full - controls)
    assert (found < shares).all()


def test_unequal_weights_count_as_fewer_equal_ones():
    assert effective(np.array([2.0, 2, 2])) == pytest.approx(3)
    assert effective(np.array([1.0, 1, 4])) == pytest.approx(2)
