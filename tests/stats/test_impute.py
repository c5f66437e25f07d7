from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  # scikit-learn asks for it first
from sklearn.impute import IterativeImputer

from cxlens.stats.impute import impute


def answers(seed: int, n: int = 400, *, rounded: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Simulated scores from 1 to 5 that hang together, and an outcome that follows them."""
    rng = np.random.default_rng(seed)
    scores = 3 + 0.7 * (rng.normal(size=(n, 1)) + rng.normal(size=(n, 3)))
    scores = np.clip(np.round(scores) if rounded else scores, 1, 5)
    return scores, scores @ np.array([0.6, 0.4, 0.2]) + rng.normal(size=n)


def with_gaps(scores: np.ndarray, seed: int, blank: float, unused: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Scores with gaps at random, and which of the gaps are "not used"."""
    chance = np.random.default_rng(seed).random(scores.shape)
    return np.where(chance < blank + unused, np.nan, scores), chance < unused


def test_without_blanks_nothing_changes() -> None:
    scores, outcome = answers(0)
    known, unused = with_gaps(scores, 1, 0, 0.3)
    filled, absent = impute(known, unused, outcome, np.random.default_rng(0))
    assert_array_equal(filled, known)
    assert_array_equal(absent, unused)


@settings(max_examples=10)
@given(st.integers(0, 10_000), st.integers(20, 60), st.floats(0, 0.5), st.floats(0, 0.3))
def test_what_was_answered_stays_and_what_was_blank_is_filled(
    seed: int, n: int, blank: float, unused_share: float
) -> None:
    scores, outcome = answers(seed, n)
    known, unused = with_gaps(scores, seed, blank, unused_share)
    before = known.copy()
    filled, absent = impute(known, unused, outcome, np.random.default_rng(seed))
    assert_array_equal(known, before)
    told = ~np.isnan(known)
    assert_array_equal(filled[told], known[told])
    assert absent[unused].all()
    assert not absent[told].any()
    assert_array_equal(np.isnan(filled), absent)
    if told.any():
        assert np.nanmin(known) <= np.nanmin(filled)
        assert np.nanmax(filled) <= np.nanmax(known)


def test_the_generator_decides() -> None:
    scores, outcome = answers(2)
    known, unused = with_gaps(scores, 3, 0.2, 0.2)
    one, same, other = (impute(known, unused, outcome, np.random.default_rng(seed))[0] for seed in (5, 5, 6))
    assert_array_equal(one, same)
    assert not np.array_equal(one, other, equal_nan=True)


def test_whether_a_blank_touchpoint_was_used_is_drawn_with_its_reach() -> None:
    scores, outcome = answers(4, 4000)
    known, unused = with_gaps(scores, 5, 0.4, 0.24)  # 0.36 of the 0.6 who told used it
    _, absent = impute(known, unused, outcome, np.random.default_rng(0))
    blank = np.isnan(known) & ~unused
    assert absent[blank].mean() == pytest.approx(0.4, abs=3 * np.sqrt(0.24 / blank.sum()))


def test_a_touchpoint_that_nobody_scored_was_not_used() -> None:
    scores, outcome = answers(6, 50)
    scores[:, 1] = np.nan
    scores[:10, 0] = np.nan
    filled, absent = impute(scores, np.zeros(scores.shape, bool), outcome, np.random.default_rng(0))
    assert absent[:, 1].all()
    assert np.isnan(filled[:, 1]).all()
    assert not np.isnan(filled[:, [0, 2]]).any()


def test_where_nobody_scored_anything_nobody_used_it() -> None:
    empty = np.full((20, 2), np.nan)
    filled, absent = impute(empty, np.zeros((20, 2), bool), np.arange(20.0), np.random.default_rng(0))
    assert np.isnan(filled).all()
    assert absent.all()


@pytest.mark.parametrize("touchpoints", [1, 2])
def test_blanks_among_equal_scores_are_that_score(touchpoints: int) -> None:
    scores = np.full((30, touchpoints), 4.0)
    scores[:8, 0] = np.nan
    filled, absent = impute(scores, np.zeros(scores.shape, bool), np.arange(30.0), np.random.default_rng(0))
    assert (filled == 4).all()
    assert not absent.any()


def test_a_touchpoint_of_equal_scores_among_others() -> None:
    scores, outcome = answers(7, 100)
    scores[:, 2] = 4
    scores[:20, 2] = np.nan
    filled, _ = impute(scores, np.zeros(scores.shape, bool), outcome, np.random.default_rng(0))
    assert_allclose(filled[:, 2], 4, atol=0.01)


def test_regressions_of_the_imputed_are_those_of_the_complete_answers() -> None:
    """Slopes, means and spreads come back, averaged over imputations; means instead of draws would lose spread."""
    scores, outcome = answers(8, 4000, rounded=False)
    known, unused = with_gaps(scores, 9, 0.25)
    rng, truth = np.random.default_rng(1), np.column_stack([np.ones(4000), scores])
    slopes, spreads, means = [], [], []
    for _ in range(5):
        filled, _ = impute(known, unused, outcome, rng)
        slopes.append(np.linalg.lstsq(np.column_stack([np.ones(4000), filled]), outcome, rcond=None)[0])
        spreads.append(filled.std(axis=0))
        means.append(filled.mean(axis=0))
    complete = np.linalg.lstsq(truth, outcome, rcond=None)[0]
    assert_allclose(np.mean(slopes, axis=0)[1:], complete[1:], atol=0.04)
    assert_allclose(np.mean(spreads, axis=0), scores.std(axis=0), rtol=0.02)
    assert_allclose(np.mean(means, axis=0), scores.mean(axis=0), atol=0.03)
    listwise = ~np.isnan(known).any(axis=1)
    assert listwise.mean() < 0.45


def test_draws_are_spread_as_those_of_scikit_learn() -> None:
    """Mean and spread of each imputed score over many draws; scikit-learn's prior and ours hardly count here."""
    scores, outcome = answers(10, 300, rounded=False)
    known, unused = with_gaps(scores, 11, 0.15)
    rng = np.random.default_rng(2)
    ours = np.stack([impute(known, unused, outcome, rng)[0] for _ in range(60)])
    theirs = []
    for seed in range(60):
        made = IterativeImputer(sample_posterior=True, max_iter=3, skip_complete=True, random_state=seed)
        theirs.append(
            made.fit_transform(np.column_stack([known, outcome]))[:, :3].clip(np.nanmin(known), np.nanmax(known))
        )
    gaps = np.isnan(known)
    mean, error = np.mean(theirs, axis=0)[gaps], np.std(theirs, axis=0)[gaps] / np.sqrt(60)
    off = (ours.mean(axis=0)[gaps] - mean) / (error * np.sqrt(2))
    assert abs(off.mean()) < 0.3
    assert off.std() < 1.3
    assert np.std(ours, axis=0)[gaps].mean() == pytest.approx(np.std(theirs, axis=0)[gaps].mean(), rel=0.03)


def test_scores_of_users_only_tell_how_scores_hang_together() -> None:
    """Half did not use the first touchpoint: what is imputed must not take them for people who scored the mean."""
    scores, outcome = answers(12, 4000, rounded=False)
    known, unused = scores.copy(), np.zeros(scores.shape, bool)
    unused[::2, 0] = True
    known[::2, 0] = np.nan
    known[1::4, 0] = np.nan
    filled, absent = impute(known, unused, outcome, np.random.default_rng(3))
    drawn = ~absent[:, 0] & np.isnan(known[:, 0])
    assert drawn.sum() > 300
    assert np.corrcoef(filled[drawn, 0], scores[drawn, 1])[0, 1] == pytest.approx(
        np.corrcoef(scores[:, 0], scores[:, 1])[0, 1], abs=0.1
    )


@pytest.mark.parametrize("n", [4, 8])
def test_hardly_any_answers(n: int) -> None:
    scores, outcome = answers(13, n)
    scores[0, 0] = scores[1, 1] = np.nan
    filled, absent = impute(scores, np.zeros(scores.shape, bool), 1e6 * outcome, np.random.default_rng(0))
    assert not np.isnan(filled).any()
    assert not absent.any()
    assert 1 <= filled.min() <= filled.max() <= 5
