"""The nearest places: level and trend, each taken once, and how often nothing is then told for something."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlens.stats.inference import wald_p
from cxlens.stats.nearest import level_and_trend, nearest
from cxlens.stats.reassigned import reassign


def test_level_and_trend_are_those_of_a_line() -> None:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(6, 5))
    means[0, 2] = np.nan
    means[1, 1:] = np.nan
    found = level_and_trend(means)
    for row, (level, slope) in zip(means, found, strict=True):
        known = np.isfinite(row)
        assert level == pytest.approx(row[known].mean())
        if known.sum() > 1:
            assert slope == pytest.approx(np.polyfit(np.flatnonzero(known), row[known], 1)[0])
    assert np.isnan(found[1, 1])


def test_one_wave_has_no_trend_and_no_answers_no_level() -> None:
    found = level_and_trend(np.array([[3.0], [np.nan]]))
    assert found.shape == (2, 1)
    assert found[0, 0] == 3
    assert np.isnan(found[1, 0])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.integers(1, 3))
def test_each_is_taken_once_and_none_of_the_treated(seed: int, treated: int, each: int) -> None:
    stood = np.random.default_rng(seed).normal(size=(treated + each * treated + 2, 2))
    is_treated = np.arange(len(stood)) < treated
    rows = nearest(stood, is_treated, each)
    assert len(set(rows.tolist())) == each * treated
    assert not is_treated[rows].any()


def test_a_column_without_differences_does_not_count() -> None:
    stood = np.array([[3.0, 0.0], [9.0, 0.0], [3.1, 0.0]])
    assert nearest(stood, np.array([True, False, False]), 1).tolist() == [2]


def told(rng: np.random.Generator, pick: str, effect: float = 0.0) -> tuple[float, float, float]:
    """Simulated: difference, p of t and p of other choices, of 3 of 24 places beside the 9 nearest to them."""
    level = 0.25 * rng.normal(size=24)
    early, late = level + 0.16 * rng.normal(size=(2, 24))
    lowest = np.argsort(early)
    order = {"any": rng.permutation(24), "of the lower half": rng.permutation(lowest[:12]), "lowest": lowest}[pick]
    treated = np.isin(np.arange(24), order[:3])
    late = late + effect * treated
    rows = np.append(np.flatnonzero(treated), nearest(early[:, None], treated, 3))
    changes = (late - early)[rows]
    done = np.arange(12) < 3
    difference = changes[done].mean() - changes[~done].mean()
    squares = 3 * changes[done].var() + 9 * changes[~done].var()
    error = np.sqrt(squares / 10 * (1 / 3 + 1 / 9))
    return float(difference), float(wald_p(difference, error, 10)), reassign(changes, done, rng).p_value


@pytest.mark.parametrize("pick", ["any", "of the lower half"])
def test_where_nothing_was_done_hardly_anything_is_clear(pick: str) -> None:
    rng = np.random.default_rng(11)
    found = np.array([told(rng, pick) for _ in range(600)])
    bound = 0.07 + 3 * np.sqrt(0.07 * 0.93 / 600)
    assert (found[:, 1] < 0.05).mean() <= bound
    assert (found[:, 2] < 0.05).mean() <= bound


def test_what_was_done_is_found() -> None:
    rng = np.random.default_rng(12)
    found = np.array([told(rng, "any", effect=0.5) for _ in range(200)])
    assert found[:, 0].mean() == pytest.approx(0.5, abs=0.03)
    assert (found[:, 1] < 0.05).mean() > 0.8


def test_those_that_scored_low_by_luck_come_back_less_beside_their_like() -> None:
    rng = np.random.default_rng(13)
    beside_their_like = np.mean([told(rng, "of the lower half")[0] for _ in range(300)])
    the_lowest = np.mean([told(rng, "lowest")[0] for _ in range(300)])
    assert beside_their_like == pytest.approx(0, abs=0.03)
    assert 0.03 < the_lowest < 0.12  # they have no like; beside all others it is 0.17
