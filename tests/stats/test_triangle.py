"""Triangular ranges: the quantiles of SciPy, and points that stay points."""

import numpy as np
from scipy import stats

from cxlens.stats.triangle import quantiles, triangles

LOW, LIKELY, HIGH = np.array([0.0, 2.0, -1.0, 5.0]), np.array([1.0, 2.0, 0.0, 5.0]), np.array([4.0, 3.0, 0.0, 5.0])


def test_quantiles_are_those_of_scipy():
    u = np.linspace(0, 1, 11)[:, None] * np.ones(4)
    found = quantiles(LOW, LIKELY, HIGH, u)
    for k in range(3):
        width = HIGH[k] - LOW[k]
        np.testing.assert_allclose(
            found[:, k], stats.triang.ppf(u[:, k], (LIKELY[k] - LOW[k]) / width, LOW[k], width), atol=1e-12
        )
    assert (found[:, 3] == 5).all()


def test_draws_lie_within_and_average_to_the_mean_of_the_triangle():
    drawn = triangles(LOW, LIKELY, HIGH, 20_000, np.random.default_rng(0))
    assert ((drawn >= LOW) & (drawn <= HIGH)).all()
    np.testing.assert_allclose(drawn.mean(axis=0), (LOW + LIKELY + HIGH) / 3, atol=0.03)
