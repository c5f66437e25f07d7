"""First places: shrunken draws, ties at random, and how often one is called the first among equals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.drivers.leaders import beyond_chance, p_first, p_top, shrunken_importance

NAMES = [f"t{k}" for k in range(12)]


def drivers_of(effects: np.ndarray, n: int = 300, seed: int = 0, **options) -> cx.drivers:
    rng = np.random.default_rng(seed)
    x = np.sqrt(0.6) * rng.normal(size=(n, 12)) + np.sqrt(0.4) * rng.normal(size=(n, 1))
    frame = pd.DataFrame(x, columns=NAMES).assign(y=x @ effects + rng.normal(size=n))
    survey = cx.Survey(frame, touchpoints=NAMES, outcome="y")
    return cx.drivers(survey, method="relative weights", seed=seed, **{"n_boot": 100, **options})


def test_first_among_so_many():
    draws = np.array([[0.3, 0.2, 0.1], [0.1, 0.2, 0.3], [0.3, 0.1, 0.2], [np.nan] * 3])
    np.testing.assert_allclose(p_top(draws, 1), [2 / 3, 0, 1 / 3])
    np.testing.assert_allclose(p_top(draws, 2), [2 / 3, 2 / 3, 2 / 3])
    np.testing.assert_allclose(p_top(draws, 3), [1, 1, 1])
    assert np.isnan(p_top(draws[3:], 1)).all()


def test_ties_are_broken_at_random():
    shares = p_top(np.zeros((4000, 4)), 1)
    np.testing.assert_allclose(shares, 0.25, atol=0.03)
    assert shares.sum() == pytest.approx(1)


def test_draws_are_shrunk_once_towards_each_other():
    found = drivers_of(np.full(12, 0.1))
    drawn = shrunken_importance(found.record)
    assert shrunken_importance(found.record) is drawn
    assert drawn.shape == (100, 1, 12)
    raw = found.record.estimates.figures.importance[0, 0]
    assert np.ptp(drawn.mean(axis=(0, 1))) < 0.7 * np.ptp(raw)


def test_it_is_the_leader_of_whom_it_is_said():
    found = drivers_of(np.array([0.6, *[0.1] * 11]), n=1000)
    assert found.table["touchpoint"][0] == "t0"
    assert found.fit["p_first"].tolist() == p_first(found.record)
    assert found.fit["p_first"][0] > 0.9
    assert found.p_top(1).set_index("touchpoint").loc["t0", "p_top"] == found.fit["p_first"][0]
    assert np.isnan(p_first(drivers_of(np.full(12, 0.1), n_boot=0).record)).all()


@pytest.mark.simulation
def test_among_equals_no_first_is_claimed():
    said = [drivers_of(np.full(12, 0.1), seed=seed).fit["p_first"][0] for seed in range(12)]
    assert np.mean(said) < 0.35  # as resampled it would be some 0.43, where 0.08 is true
    assert max(said) < 0.8


def test_what_is_beyond_chance_is_adjusted_r2():
    found = drivers_of(np.full(12, 0.1), n=100, n_boot=0)
    r2 = found.fit["r2"][0]
    assert beyond_chance(found.record, 0) == pytest.approx(1 - (1 - r2) * 99 / 87)
    assert beyond_chance(drivers_of(np.zeros(12), n=60, n_boot=0).record, 0) < 0.1
