"""Errors of weighted means: against the formulas, equal weights, and Taylor linearisation as survey software has it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cxlens.stats.intervals import effective_n
from cxlens.stats.linearised import Weights, pulls, worth

LEVEL = 0.95


def sums(w: np.ndarray) -> Weights:
    return Weights(np.asarray(float(len(w))), w.sum(), (w**2).sum(), (w**4).sum())


def variance_of(y: np.ndarray, w: np.ndarray) -> float:
    mean = w @ y / w.sum()
    return float(pulls(w**2, w**3, w.sum()) @ (y - mean) ** 2)


def worth_of(hit: np.ndarray, w: np.ndarray) -> float:
    share = w @ hit / w.sum()
    rarest = min(float(effective_n(part.sum(), (part**2).sum())) for part in (w[hit], w[~hit]))
    return float(worth(share * (1 - share), variance_of(hit * 1.0, w), sums(w), rarest, LEVEL))


@settings(max_examples=30)
@given(st.integers(2, 400), st.floats(0.01, 1000), st.integers(0, 10_000))
def test_equal_weights_change_nothing(n: int, weight: float, seed: int) -> None:
    y = np.random.default_rng(seed).normal(size=n)
    w = np.full(n, weight)
    assert variance_of(y, w) == pytest.approx(y.var(ddof=1) / n, rel=1e-12)
    assert sums(w).df == pytest.approx(n - 1, rel=1e-12)
    assert worth_of(y > 0, w) == pytest.approx(n, rel=1e-12)


def test_the_variance_is_that_of_taylor_linearisation() -> None:
    """As svymean of the R package survey: n / (n - 1) sum (s (y - m))**2; alike within 1 % from 400 answers on."""
    rng = np.random.default_rng(2)
    often = rng.random(400) < 0.9
    y = np.where(often, 8.0, rng.choice([1.0, 10.0], 400))
    w = np.where(often, 0.5 / 0.9, 5.0)
    share = w / w.sum()
    taylor = 400 / 399 * ((share * (y - share @ y)) ** 2).sum()
    assert np.sqrt(variance_of(y, w)) == pytest.approx(np.sqrt(taylor), rel=0.01)
    kish = np.average((y - share @ y) ** 2, weights=w) / float(sums(w).kish)
    assert variance_of(y, w) > 1.5 * kish  # weights go with the spread


def test_rows_of_one_value_may_be_counted_together() -> None:
    rng = np.random.default_rng(3)
    y = rng.integers(1, 6, 300)
    w = rng.lognormal(0, 0.7, 300)
    powers = [np.bincount(y, w**power) for power in (2, 3)]
    mean = w @ y / w.sum()
    together = pulls(*powers, w.sum()) @ (np.arange(6) - mean) ** 2
    assert together == pytest.approx(variance_of(y, w), rel=1e-4)


def test_a_share_is_worth_what_its_variance_says() -> None:
    rng = np.random.default_rng(4)
    w = rng.lognormal(0, 0.5, 2_000)
    by_chance = rng.random(2_000) < 0.4
    assert worth_of(by_chance, w) == pytest.approx(float(sums(w).kish), rel=0.1)
    polarised = np.where(w > np.quantile(w, 0.9), rng.random(2_000) < 0.5, False)  # only those who weigh much differ
    assert worth_of(polarised, w) < 0.8 * worth_of(by_chance, w)


def test_rare_hits_are_worth_no_more_than_kish_has_it() -> None:
    w = np.r_[np.full(300, 1.0), np.full(100, 5.0)]
    rare = np.arange(400) < 8  # all of small weight, so that their share seems to be known well
    assert worth_of(rare, w) == pytest.approx(min(worth_of(rare, w), float(sums(w).kish)))
    assert worth_of(np.zeros(400, bool), w) <= float(sums(w).kish)


def test_one_answer_has_no_variance() -> None:
    one = np.ones(1)
    assert np.isnan(variance_of(one, one))
    assert worth_of(np.ones(1, bool), one) == pytest.approx(1)


def test_a_share_is_worth_no_more_than_its_answers() -> None:
    """Those of large weight all say the same, so that the share varies less than that of equal answers."""
    w = np.repeat([1.0, 5.0], [300, 100])
    hit = np.arange(400) >= 150
    share = w @ hit / w.sum()
    assert share * (1 - share) / variance_of(hit * 1.0, w) > 500
    assert 390 < worth_of(hit, w) <= 400


def test_few_degrees_of_freedom_cost_the_square_of_their_t() -> None:
    """The formula of Korn and Graubard: of so many equal answers t and error make the same interval."""
    w = np.array([1.0, 1, 1, 2, 4, 8])
    df = (w**2).sum() ** 2 / (w**4).sum() - 1
    t_of_rows, t_of_weights = stats.t.ppf(0.975, [5, df])
    found = worth(0.25, 0.1, sums(w), 30.0, LEVEL)
    assert found == pytest.approx(0.25 * 6 / (5 * 0.1) * (t_of_rows / t_of_weights) ** 2)
