"""Bridged draws: against exact ones, for groups, copies and resamples in which a column vanishes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cxlens.stats import bridged
from cxlens.stats.bridged import (
    bridged_lmg,
    linear_lmg,
    order_gains,
    order_gradient,
    orders_around,
    random_circles,
)
from cxlens.stats.importance import gains_in_order, lmg
from cxlens.stats.importance_gradient import lmg_gradient


def stack_of(p: int, n: int = 300, draws: int = 24, seed: int = 0) -> np.ndarray:
    """(p + 1, p + 1, 1 + draws) centred cross-products of simulated scores on 1 to 5, and of resamples of them."""
    rng = np.random.default_rng(seed)
    felt = 0.6 * rng.normal(size=(n, 1)) + 0.8 * rng.normal(size=(n, p))
    scores = np.digitize(felt, [-1.6, -1, -0.4, 0.5]) + 1.0
    outcome = scores[:, : p // 2] @ np.linspace(1, 0.3, p // 2) + 2 * rng.normal(size=n)
    z = np.column_stack([scores, outcome])
    return np.stack([centred(z)] + [centred(z[rng.integers(0, n, n)]) for _ in range(draws)], axis=-1)


def centred(z: np.ndarray) -> np.ndarray:
    z = z - z.mean(axis=0)
    return z.T @ z


def gap(found: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """(p,) root mean square error of the draws, in standard deviations of the exact ones."""
    errors = ((found - exact)[:, 1:] ** 2).mean(axis=1)
    return np.sqrt(errors) / exact[:, 1:].std(axis=1)


def test_at_16_players_draws_lie_within_a_twentieth_of_their_spread():
    cov = stack_of(16)
    total = 1.1 * cov[-1, -1]
    exact = lmg(cov, total)
    found = bridged_lmg(cov, total, [1] * 16, seed=0)
    assert_allclose(found.lmg[:, 0], exact[:, 0], atol=1e-13)
    assert gap(found.lmg, exact).mean() < 0.05
    assert gap(found.linear, exact).mean() > 4 * gap(found.lmg, exact).mean()  # the gradient alone is not enough
    again = bridged_lmg(cov, total, [1] * 16, seed=0)
    np.testing.assert_array_equal(found.lmg, again.lmg)


def test_ends_of_percentile_intervals_lie_as_close():
    cov = stack_of(9, draws=1000, seed=1)
    exact, found = lmg(cov), bridged_lmg(cov, cov[-1, -1], [1] * 9, seed=0).lmg
    ends, own = (np.quantile(draws[:, 1:], [0.025, 0.975], axis=1) for draws in (exact, found))
    assert (np.abs(ends - own) / exact[:, 1:].std(axis=1)).max() < 0.05


@pytest.mark.parametrize("widths", [[3, 1, 1, 3], [1, 5, 2]], ids=str)
def test_groups_are_bridged_as_wholes(widths):
    cov = stack_of(8, seed=2)
    exact = lmg(cov, widths=widths)
    found = bridged_lmg(cov, cov[-1, -1], widths, seed=0)
    assert_allclose(found.lmg[:, 0], exact[:, 0], atol=1e-13)
    assert gap(found.lmg, exact).mean() < 0.05


def test_copies_and_columns_that_vanish_in_a_resample_are_no_fault():
    cov = stack_of(6, draws=60, seed=3)
    place = [0, 1, 2, 3, 4, 5, 0, 6]
    cov = cov[np.ix_(place, place)]
    cov[2, :, 3] = cov[:, 2, 3] = 0.0
    exact = lmg(cov)
    found = bridged_lmg(cov, cov[-1, -1], [1] * 7, seed=0).lmg
    assert_allclose(found[:, 0], exact[:, 0], atol=1e-12)
    assert_allclose(found[0], found[6], atol=0.1 * exact[0].std())
    assert gap(np.delete(found, 3, axis=1), np.delete(exact, 3, axis=1)).mean() < 0.1
    assert found[2, 3] < 0.5 * found[2, 0]


def test_a_resample_without_answers_has_no_importance():
    cov = stack_of(5, draws=3)
    cov[:, :, 2] = 0.0
    total = np.where(cov[-1, -1] > 0, cov[-1, -1], np.nan)
    found = bridged_lmg(cov, total, [1] * 5, seed=0)
    assert np.isnan(found.lmg).all(axis=0).tolist() == [False, False, True, False]


def test_what_no_factor_can_be_made_of_is_conditioned_step_by_step(monkeypatch):
    cov = stack_of(5, draws=4)
    standard = bridged._standard(cov)
    circles = random_circles(5, np.random.default_rng(0))
    usual = order_gains(standard, circles, [1] * 5)

    def refused(_: np.ndarray) -> np.ndarray:
        raise np.linalg.LinAlgError

    monkeypatch.setattr(np.linalg, "cholesky", refused)
    assert_allclose(order_gains(standard, circles, [1] * 5), usual, atol=1e-8)


@pytest.mark.parametrize("p", [1, 2, 7, 16, 25])
def test_orders_are_balanced(p):
    circles = random_circles(p, np.random.default_rng(0))
    orders = np.array([order for circle in circles for order in orders_around(circle)])
    assert 100 <= len(orders) < 100 + 2 * p
    at_place = np.array([np.bincount(places, minlength=p) for places in orders.T])
    assert (at_place == len(orders) / p).all()
    assert (orders[::2] == orders[1::2, ::-1]).all()


def test_the_gain_over_orders_and_its_gradient_agree():
    cov = stack_of(6, draws=0)
    widths = [2, 1, 3]
    standard = bridged._standard(cov)
    circles = random_circles(3, np.random.default_rng(0))
    orders = [order for circle in circles for order in orders_around(circle)]
    gains = order_gains(standard, circles, widths)[:, 0]
    by_hand = np.mean([gains_in_order(standard.transpose(1, 2, 0), widths, order)[:, 0] for order in orders], axis=0)
    assert_allclose(gains, by_hand, atol=1e-8)
    gradient = order_gradient(standard[0], orders, widths)
    assert_allclose(np.einsum("pij,ij->p", gradient, standard[0]), gains, atol=1e-8)
    assert_allclose(gradient, lmg_gradient(standard[0], widths), atol=1e-8)  # the orders of three are all there


@pytest.mark.parametrize("widths", [[1] * 7, [2, 1, 1, 3], [1, 1], [7]], ids=str)
def test_arcs_tell_what_each_order_alone_would(widths):
    standard = bridged._standard(stack_of(sum(widths), draws=200))
    circles = random_circles(len(widths), np.random.default_rng(0))
    orders = [order for circle in circles for order in orders_around(circle)]
    by_draw_last = standard.transpose(1, 2, 0)
    one_by_one = np.mean([gains_in_order(by_draw_last, widths, order) for order in orders], axis=0)
    assert_allclose(order_gains(standard, circles, widths), one_by_one, atol=1e-9)


def test_the_linear_part_is_that_of_the_bridge():
    cov = stack_of(6, draws=5)
    found = bridged_lmg(cov, cov[-1, -1], [1] * 6, seed=0)
    np.testing.assert_array_equal(linear_lmg(cov, cov[-1, -1], [1] * 6), found.linear)
