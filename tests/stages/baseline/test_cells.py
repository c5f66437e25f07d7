"""Figures of a cell against the plain formulas."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxlens.stages.baseline.cells import weighted_correlation, weighted_figure
from cxlens.stats.intervals import nps, nps_interval, wilson
from cxlens.stats.regression import fit_rows
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
    share = w / 6
    variance = (share**2 * (x - 3) ** 2 / (1 - share)).sum()
    df = 12**2 / 84 - 1
    assert (low, high) == pytest.approx(stats.t.interval(0.95, df, 3, variance**0.5))


def test_the_interval_of_a_mean_ends_where_its_scale_does():
    x = np.array([1.0, 5, 5, 5])
    assert weighted_figure(x, np.ones(4), "mean", 0.95)[2] > 5
    assert weighted_figure(x, np.ones(4), "mean", 0.95, Scale(1, 5))[2] == 5


def test_one_answer_has_no_interval():
    assert np.isnan(weighted_figure(np.array([4.0]), np.ones(1), "mean", 0.95)[1:]).all()


def moods(seed: int, people: int = 50, each: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Whether each of 8 comments of 50 people names a theme that is dear to some of them, and whose comment it is."""
    rng = np.random.default_rng(seed)
    units = np.repeat(np.arange(people), each)
    leaning = rng.beta(1.0, 2.0, people)[units]
    return (rng.random(people * each) < leaning).astype(float), units.astype(np.uint64)


def test_answers_of_the_same_people_widen_as_a_regression_on_a_constant_by_cluster():
    x, units = moods(1)
    w = np.random.default_rng(1).uniform(0.5, 2, len(x))
    fit = fit_rows(np.ones((len(x), 1)), x, w, units.astype(np.int64))
    half = stats.t.ppf(0.975, fit.df[0]) * fit.errors[0]
    for measure in ("mean", "share"):
        value, low, high = weighted_figure(x, w, measure, 0.95, units=units)
        assert (value, low, high) == pytest.approx((fit.coef[0], fit.coef[0] - half, fit.coef[0] + half))
    alone = np.arange(len(x), dtype=np.uint64)
    assert weighted_figure(x, w, "share", 0.95, units=alone) == weighted_figure(x, w, "share", 0.95)


def test_shares_of_people_who_answer_often_hold_the_truth():
    """Wilson's interval of 400 answers as if of 400 people held it in 75 to 80 of 100."""
    held, naive = 0, 0
    for seed in range(300):
        x, units = moods(seed)
        _, low, high = weighted_figure(x, np.ones(400), "share", 0.95, units=units)
        _, low_of_each, high_of_each = weighted_figure(x, np.ones(400), "share", 0.95)
        held += low < 1 / 3 < high
        naive += low_of_each < 1 / 3 < high_of_each
    assert 0.92 < held / 300 < 0.98
    assert naive / 300 < 0.85


def test_correlations_of_the_same_people_hold_the_truth():
    held, naive = 0, 0
    for seed in range(200):
        rng = np.random.default_rng([seed, 3])
        units = np.repeat(np.arange(40), 8).astype(np.uint64)
        x, y = (rng.normal(size=40)[units] + 0.5 * rng.normal(size=320) for _ in range(2))
        _, low, high = weighted_correlation(x, y, np.ones(320), 0.95, units)
        _, low_of_each, high_of_each = weighted_correlation(x, y, np.ones(320), 0.95, np.arange(320, dtype=np.uint64))
        held += low < 0 < high
        naive += low_of_each < 0 < high_of_each
    assert held / 200 > 0.9
    assert naive / 200 < 0.75
