"""Figures of a cell against the plain formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxlens.stages.baseline.cells import weighted_figure
from cxlens.stats.intervals import nps, nps_interval, wilson
from cxlens.study.scale import Scale

ONES = np.ones(6)


def test_with_equal_weights_figures_are_the_plain_ones():
    x = np.array([1.0, 5, 4, 4, 3, 2])
    mean = stats.t.interval(0.95, 5, x.mean(), stats.sem(x))
    assert weighted_figure(x, 3 * ONES, "mean", 0.95) == pytest.approx((x.mean(), *mean))
    share = weighted_figure((x > 3) * 1.0, ONES, "share", 0.9)
    assert share == pytest.approx((0.5, *map(float, wilson(3, 6, 0.9))))
    answers = np.array([10.0, 9, 8, 7, 6, 0])
    points = (float(nps(2, 2, 2)), *map(float, nps_interval(2, 2, 2)))
    assert weighted_figure(answers, ONES, "NPS", 0.95) == pytest.approx(points)


def test_weights_count_and_widen():
    x, w = np.array([1.0, 2, 3, 4]), np.array([1.0, 1, 1, 3])
    value, low, high = weighted_figure(x, w, "mean", 0.95)
    assert value == pytest.approx(18 / 6)
    n = 36 / 12
    spread = w @ (x - 3) ** 2 / 6 * n / (n - 1)
    assert (low, high) == pytest.approx(stats.t.interval(0.95, n - 1, 3, (spread / n) ** 0.5))


def test_the_interval_of_a_mean_ends_where_its_scale_does():
    x = np.array([1.0, 5, 5, 5])
    assert weighted_figure(x, np.ones(4), "mean", 0.95)[2] > 5
    assert weighted_figure(x, np.ones(4), "mean", 0.95, Scale(1, 5))[2] == 5


def test_one_answer_has_no_interval():
    assert np.isnan(weighted_figure(np.array([4.0]), np.ones(1), "mean", 0.95)[1:]).all()
