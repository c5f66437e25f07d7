"""The interval of importance: by hand, at its edges, and whether it holds the truth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cxlens.stats.adjusted import Size
from cxlens.stats.importance_interval import importance_interval, widening


def test_ends_by_hand():
    estimate, draws = np.array([0.09]), np.array([[0.04], [0.09], [0.16], [0.09]])
    low, high = importance_interval(estimate, draws, np.array([0.03]), 1.0, 0.95)
    assert_allclose(low, (np.sqrt(0.18 - 0.095) - 1.959964 * 0.03 / 0.6) ** 2, rtol=1e-6)
    assert_allclose(high, np.quantile([0.2, 0.3, 0.4, 0.3], 0.975) ** 2)
    wider_low, wider_high = importance_interval(estimate, draws, np.array([0.03]), 1.5, 0.95)
    assert wider_low < low
    assert wider_high > high
    inner_low, inner_high = importance_interval(estimate, draws, np.array([0.03]), 1.0, 0.5)
    assert low < inner_low < inner_high < high


def test_it_holds_its_estimate_and_stays_between_none_and_all():
    draws = np.array([[0.5, 0.99, 1e-9], [0.6, 0.98, 1e-9], [0.7, 0.5, 1e-9]])
    estimate = np.array([0.1, 0.97, 0.0])
    low, high = importance_interval(estimate, draws, np.array([0.1, 0.2, 0.0]), 3.0, 0.95)
    assert (low <= estimate).all()
    assert (estimate <= high).all()
    assert low[0] == low[2] == 0
    assert high[1] == 1


def test_a_resample_that_rounding_left_below_zero_is_one_of_zero():
    below, at = np.array([[0.1], [-1e-18]]), np.array([[0.1], [0.0]])
    found, wanted = (importance_interval(np.array([0.05]), draws, np.array([0.02]), 1.0, 0.95) for draws in (below, at))
    assert_allclose(found, wanted)


def test_resamples_without_figures_do_not_count():
    draws = np.array([[0.1, 0.2], [0.2, 0.2], [np.nan, np.nan]])
    spread = np.array([0.05, 0.05])
    found = importance_interval(np.array([0.15, 0.2]), draws, spread, 1.0, 0.95)
    assert_allclose(found, importance_interval(np.array([0.15, 0.2]), draws[:2], spread, 1.0, 0.95))
    for few in (draws[:1], draws[2:], np.empty((0, 2))):
        assert np.isnan(importance_interval(np.array([0.15, 0.2]), few, spread, 1.0, 0.95)).all()


@pytest.mark.parametrize(
    ("size", "times"),
    [
        (Size(150, 150, 1, 12), 149 / 143),
        (Size(1000, 30, 4, 6), 29 / 23),
        (Size(1000, 10, 20, 23), 3.0),  # more columns than clusters: no formula says how much wider
        (Size(2, 1, 1, 1), 0.0),
    ],
)
def test_few_units_widen_it(size, times):
    assert widening(size) == pytest.approx(times)
