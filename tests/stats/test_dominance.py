"""Dominance and Owen values: against brute force, textbook numbers and invariants."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlens.errors import ValuesError
from cxlens.stats.dominance import (
    clear_leads,
    complete_shares,
    conditional_shares,
    dominance_shares,
    owen,
    subset_values,
)
from cxlens.stats.importance import gains_by_size, lmg

SEEDS = st.integers(0, 10_000)


def covariances(k: int, seed: int, draws: int = 3) -> np.ndarray:
    """Simulated covariance matrices of k correlated columns and an outcome."""
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(k + 1, k + 1, draws))
    x = np.einsum("nkb,kjb->njb", rng.normal(size=(40, k + 1, draws)), mixed)
    return np.einsum("nib,njb->ijb", x, x) / 40


def r2(cov: np.ndarray, columns: tuple[int, ...]) -> float:
    """R2 of one submodel, by solving its normal equations."""
    if not columns:
        return 0.0
    own = list(columns)
    return float(cov[own, -1] @ np.linalg.solve(cov[np.ix_(own, own)], cov[own, -1]) / cov[-1, -1])


def brute_complete(cov: np.ndarray, p: int) -> np.ndarray:
    shares = np.full((p, p), np.nan)
    for i, j in permutations(range(p), 2):
        rest = [player for player in range(p) if player not in (i, j)]
        subsets = [own for size in range(p - 1) for own in combinations(rest, size)]
        shares[i, j] = np.mean([r2(cov, (*own, i)) > r2(cov, (*own, j)) for own in subsets])
    return shares


def brute_owen(cov: np.ndarray, widths: list[int]) -> np.ndarray:
    """The mean gain over all orders of entry in which the columns of a group follow one another."""
    edges = np.cumsum([0, *widths])
    groups = [list(range(a, b)) for a, b in pairwise(edges)]
    sums, orders = np.zeros(edges[-1]), 0

    def inside(rest: list[list[int]]) -> list[list[int]]:
        if not rest:
            return [[]]
        return [[*own, *later] for own in permutations(rest[0]) for later in inside(rest[1:])]

    for way in permutations(groups):
        for order in inside(list(way)):
            worth = [r2(cov, tuple(order[:size])) for size in range(len(order) + 1)]
            sums[order] += np.diff(worth)
            orders += 1
    return sums / orders


@given(SEEDS)
def test_complete_dominance_equals_brute_force(seed):
    cov = covariances(4, seed)
    shares, gains = dominance_shares(cov, cov[-1, -1], [1] * 4)
    for draw in range(3):
        assert np.allclose(shares[:, :, draw], brute_complete(cov[:, :, draw], 4), equal_nan=True)
    assert np.allclose(gains, gains_by_size(cov))


@given(SEEDS)
def test_complete_dominance_implies_conditional_and_that_general(seed):
    cov = covariances(5, seed)
    complete, gains = dominance_shares(cov, cov[-1, -1], [2, 1, 1, 1])
    conditional, size = conditional_shares(gains), gains.mean(axis=1)
    assert (conditional[complete == 1] == 1).all()
    assert (size[:, None] > size[None])[conditional == 1].all()
    both = complete + complete.transpose(1, 0, 2)
    assert (both[~np.isnan(both)] <= 1 + 1e-12).all()


def test_twins_tie_and_count_for_neither():
    cov = covariances(3, 1)
    twins = cov[np.ix_([0, 1, 1, 2, 3], [0, 1, 1, 2, 3])]
    complete, gains = dominance_shares(twins, twins[-1, -1], [1] * 4)
    assert (complete[1, 2] == 0).all()
    assert (complete[2, 1] == 0).all()
    assert (conditional_shares(gains)[1, 2] == 0).all()


def test_a_game_without_worth_has_no_dominance():
    cov = covariances(3, 2)
    total = cov[-1, -1].copy()
    total[1] = np.nan
    complete, gains = dominance_shares(cov, total, [1] * 3)
    assert np.isnan(complete[:, :, 1]).all()
    assert np.isnan(conditional_shares(gains)[:, :, 1]).all()
    assert not np.isnan(complete[0, 1, [0, 2]]).any()


def test_a_lone_player_has_nobody_to_dominate():
    assert np.isnan(complete_shares(np.array([[0.0], [0.4]]))).all()


def test_many_games_are_looked_at_a_few_at_a_time(monkeypatch):
    cov = covariances(4, 3, draws=7)
    whole = dominance_shares(cov, cov[-1, -1], [1] * 4)
    split = owen(cov, [2, 2], cov[-1, -1])
    monkeypatch.setattr("cxlens.stats.dominance.AT_ONCE", 32)
    assert np.allclose(whole, dominance_shares(cov, cov[-1, -1], [1] * 4), equal_nan=True)
    assert np.allclose(split, owen(cov, [2, 2], cov[-1, -1]))


def test_subset_values_are_r2():
    cov = covariances(3, 4)
    values = subset_values(cov, cov[-1, -1], [1] * 3)
    assert values[0b101, 2] == pytest.approx(r2(cov[:, :, 2], (0, 2)))


@pytest.mark.parametrize("widths", [[2, 3], [1, 2, 2], [3, 1, 1], [1, 1, 1, 1]])
def test_owen_equals_brute_force(widths):
    cov = covariances(sum(widths), 5, draws=2)
    values = owen(cov, widths, cov[-1, -1])
    for draw in range(2):
        assert values[:, draw] == pytest.approx(brute_owen(cov[:, :, draw], widths), abs=1e-10)


@given(SEEDS, st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_owen_values_sum_to_their_group_and_to_r2(seed, widths):
    cov = covariances(sum(widths), seed)
    values, edges = owen(cov, widths, cov[-1, -1]), np.cumsum([0, *widths[:-1]])
    assert np.allclose(np.add.reduceat(values, edges), lmg(cov, widths=widths))
    full = [r2(cov[:, :, draw], tuple(range(sum(widths)))) for draw in range(3)]
    assert np.allclose(values.sum(axis=0), full)


@given(SEEDS)
def test_owen_without_groups_or_in_one_group_is_lmg(seed):
    cov = covariances(4, seed)
    assert np.allclose(owen(cov, [1] * 4, cov[-1, -1]), lmg(cov))
    assert np.allclose(owen(cov, [4], cov[-1, -1]), lmg(cov))


def test_owen_twins_share_alike():
    cov = covariances(3, 6)
    twins = cov[np.ix_([0, 0, 1, 2, 3], [0, 0, 1, 2, 3])]
    values = owen(twins, [2, 2], twins[-1, -1])
    assert np.allclose(values[0], values[1])


def test_owen_refuses_too_many_submodels():
    with pytest.raises(ValuesError) as e:
        owen(np.ones((31, 31, 1)), [1] * 18 + [2, 10], np.ones(1))
    assert str(e.value) == (
        "20 touchpoints of up to 10 dimensions are too many to split exactly: the number of other touchpoints and "
        "dimensions is 22 at most. Name fewer touchpoints, or join dimensions."
    )


def leads_of(means: list[float], seed: int, scale: float = 1.0) -> np.ndarray:
    """Clear leads of simulated estimates with standard error 1, by 200 resamples."""
    rng = np.random.default_rng(seed)
    estimate = np.array(means) + rng.normal(size=len(means))
    return clear_leads(scale * estimate, scale * (estimate + rng.normal(size=(200, len(means)))), 0.95)


def test_of_players_alike_hardly_any_is_clearly_ahead():
    runs = 1_000
    share = np.mean([leads_of([0.0] * 6, seed).any() for seed in range(runs)])
    assert share == pytest.approx(0.05, abs=3 * np.sqrt(0.05 * 0.95 / runs))


def test_who_is_far_ahead_is_so_clearly():
    leads = leads_of([10.0, 0.0, 0.0], 1)
    assert leads[0].tolist() == [False, True, True]
    assert not leads[1:, 0].any()


@given(SEEDS, st.floats(0.01, 100))
def test_clear_leads_are_one_way_and_know_no_unit(seed, scale):
    leads = leads_of([3.0, 1.0, 0.0, 0.0], seed)
    assert not (leads & leads.T).any()
    np.testing.assert_array_equal(leads_of([3.0, 1.0, 0.0, 0.0], seed, scale), leads)


def test_resamples_without_a_player_tell_nothing():
    estimate = np.array([5.0, 0.0, 0.0])
    drawn = estimate + np.random.default_rng(2).normal(size=(100, 3))
    with_gap = np.vstack([drawn, [[np.nan, 1, 1]]])
    np.testing.assert_array_equal(clear_leads(estimate, with_gap, 0.95), clear_leads(estimate, drawn, 0.95))
