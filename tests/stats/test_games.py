"""Games: what players have to share, and that the shares sum to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlens.stats import games
from cxlens.stats.adjusted import Size, importance_adjusted, inflation_of
from cxlens.stats.bridged import bridged_lmg, linear_lmg
from cxlens.stats.games import game_of, importance, outcome_mean, players, r2_of
from cxlens.stats.importance import lmg


def stack_of(seed: int, n: int = 60, draws: int = 3) -> tuple[np.ndarray, list[np.ndarray]]:
    """Cross-products of a constant, a control, three columns and an outcome; and the rows of each draw."""
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(draws):
        x = rng.normal(size=(n, 4)) + rng.normal(size=(n, 1))
        y = x @ [1.0, 0.5, 0.2, 0.0] + rng.normal(size=n)
        rows.append(np.column_stack([np.ones(n), x, y]))
    return np.stack([z.T @ z for z in rows], axis=-1), rows


def r2_by_hand(z: np.ndarray, columns: list[int]) -> float:
    x, y = z[:, columns], z[:, -1]
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return 1 - residual @ residual / ((y - y.mean()) ** 2).sum()


def test_the_game_is_what_controls_leave():
    stack, rows = stack_of(1)
    game = game_of(stack, 2, (1, 1, 1))
    for d, z in enumerate(rows):
        rest = z[:, 2:] - z[:, :2] @ np.linalg.lstsq(z[:, :2], z[:, 2:], rcond=None)[0]
        np.testing.assert_allclose(game.cov[:, :, d], rest.T @ rest, atol=1e-8)
        assert game.total[d] == pytest.approx(((z[:, -1] - z[:, -1].mean()) ** 2).sum())


def test_r2_is_that_of_all_or_of_the_controls_alone():
    stack, rows = stack_of(2)
    game = game_of(stack, 2, (1, 1, 1))
    assert r2_of(game, all_in=True).tolist() == pytest.approx([r2_by_hand(z, [0, 1, 2, 3, 4]) for z in rows])
    assert r2_of(game, all_in=False).tolist() == pytest.approx([r2_by_hand(z, [0, 1]) for z in rows])


@settings(max_examples=40)
@given(st.integers(0, 1000), st.sampled_from(["lmg", "relative weights", "sampling"]))
def test_shares_sum_to_what_there_is_to_share(seed, method):
    game = game_of(stack_of(seed)[0], 2, (1, 2))
    shares, errors, spread, _ = importance(game, method, seed=0)
    assert shares.shape == (2, 3)
    assert errors.shape == spread.shape == (2,)
    np.testing.assert_allclose(shares.sum(axis=0), r2_of(game, all_in=True) - r2_of(game, all_in=False), atol=1e-9)
    assert (shares >= 0).all()
    assert (errors >= 0).all()
    assert (spread > 0).all()
    if method != "sampling":
        assert not errors.any()


def test_resamples_are_bridged_from_13_players_on(monkeypatch):
    game = game_of(stack_of(3, draws=9)[0], 2, (1, 1, 1))
    exact = importance(game, "lmg", 0)
    np.testing.assert_array_equal(exact.shares, lmg(game.cov, game.total, game.widths))
    np.testing.assert_allclose(exact.spread, linear_lmg(game.cov, game.total, game.widths)[:, 1:].std(axis=1, ddof=1))
    monkeypatch.setattr(games, "MOST_EXACT", 2)
    bridged = importance(game, "lmg", 0)
    np.testing.assert_array_equal(bridged.shares, bridged_lmg(game.cov, game.total, game.widths, 0).lmg)
    np.testing.assert_allclose(bridged.shares[:, 0], exact.shares[:, 0], atol=1e-13)
    np.testing.assert_allclose(bridged.spread, exact.spread)


def test_importance_of_adjusted_r2_comes_with_the_bridges(monkeypatch):
    game, size = game_of(stack_of(3, draws=9)[0], 2, (1, 2)), Size(60, 60, 2, 3)
    by_columns = inflation_of(game, size)
    exact = importance(game, "lmg", 0, by_columns)
    assert exact.adjusted is None
    apart = importance_adjusted(game, exact.shares[:, 0], "lmg", size)
    monkeypatch.setattr(games, "MOST_EXACT", 1)
    np.testing.assert_allclose(importance(game, "lmg", 0, by_columns).adjusted, apart, atol=1e-13)
    assert importance(game, "lmg", 0).adjusted is None


def test_without_resamples_nothing_is_known_of_the_spread():
    game = game_of(stack_of(3, draws=1)[0], 2, (1, 1, 1))
    for method in ("lmg", "relative weights", "sampling"):
        assert np.isnan(importance(game, method, 0).spread).all()


def test_a_factor_of_many_values_takes_no_longer_than_its_columns(capsys):
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(5, 80, 53))
    stack = np.stack([part.T @ part for part in columns], axis=-1)
    shares = importance(game_of(stack, 1, (*[1] * 12, 39)), "lmg", 0).shares
    assert shares.shape == (13, 5)
    assert capsys.readouterr().err == ""


def test_what_has_no_outcome_that_varies_has_no_r2():
    stack, _ = stack_of(4)
    stack[:, -1, 1] = stack[-1, :, 1] = 0
    game = game_of(stack, 2, (1, 1, 1))
    assert np.isnan(game.total).tolist() == [False, True, False]


def test_the_mean_of_the_outcome():
    stack, rows = stack_of(5)
    assert outcome_mean(stack).tolist() == pytest.approx([z[:, -1].mean() for z in rows])
    stack[0, 0, 0] = 0
    assert np.isnan(outcome_mean(stack)).tolist() == [True, False, False]


def test_players_of_several_columns_have_no_coefficient():
    columns = np.array([[1.0, 10], [2, 20], [3, 30], [4, 40]])
    found = players(columns, (1, 2, 1))
    np.testing.assert_array_equal(found, [[1, np.nan, 4], [10, np.nan, 40]])
