"""Raking against work by hand, another way to solve it, and what has to hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from cxlens.errors import ValuesError
from cxlens.stats.raking import rake

HALVES = [0.5, 0.5]


def rows(counts):
    """The two codes of each row of a table of counts."""
    first, second = np.indices(np.shape(counts)).reshape(2, -1)
    return [np.repeat(first, np.ravel(counts)), np.repeat(second, np.ravel(counts))]


def shares(codes, weights, k):
    return np.bincount(codes, weights, k) / weights.sum()


def test_two_by_two_worked_by_hand():
    codes = rows([[30, 20], [10, 40]])
    found = rake(codes, [HALVES, HALVES])
    # Even margins leave a table of (x, 1/2 - x) whose odds ratio, kept by raking, is 30 * 40 / (20 * 10) = 6.
    x = 0.5 * 6**0.5 / (1 + 6**0.5)
    cells = np.bincount(2 * codes[0] + codes[1], found.weights) / 100
    np.testing.assert_allclose(cells, [x, 0.5 - x, 0.5 - x, x], atol=1e-9)


def test_one_margin_is_poststratification():
    found = rake([[0, 0, 0, 1]], [HALVES])
    np.testing.assert_allclose(found.weights, [2 / 3] * 3 + [2])
    assert (found.steps, found.effective_n) == (1, pytest.approx(16 / (3 * 4 / 9 + 4)))
    assert found.design_effect == pytest.approx(4 / found.effective_n)


def test_it_is_the_least_change_in_the_sense_of_relative_entropy():
    """The same weights by another way: minimise the dual of the entropy problem (Ireland and Kullback 1968)."""
    rng = np.random.default_rng(3)
    codes = [rng.integers(0, 3, 400), rng.integers(0, 4, 400), rng.integers(0, 2, 400)]
    targets = [[0.2, 0.5, 0.3], [0.4, 0.3, 0.2, 0.1], [0.7, 0.3]]
    base = rng.uniform(0.5, 2, 400)
    flags = np.column_stack([np.eye(len(t))[own] for own, t in zip(codes, targets, strict=True)])
    wanted = np.concatenate(targets)

    def dual(t):
        w = base * np.exp(flags @ t) / base.sum()
        return w.sum() - wanted @ t, flags.T @ w - wanted

    t = optimize.minimize(dual, np.zeros(9), jac=True, method="BFGS", options={"gtol": 1e-10}).x
    other = base * np.exp(flags @ t)
    np.testing.assert_allclose(rake(codes, targets, base).weights, other / other.mean(), rtol=1e-6)


@given(st.data())
def test_margins_are_met_to_1e_8(data):
    widths = data.draw(st.lists(st.integers(2, 4), min_size=1, max_size=3))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    full = np.indices(widths).reshape(len(widths), -1)  # each combination once, so that the margins cannot contradict
    codes = [np.append(own, rng.integers(0, k, 30)) for own, k in zip(full, widths, strict=True)]
    targets = [rng.dirichlet(np.ones(k)) for k in widths]
    base = rng.uniform(0.1, 3, len(codes[0]))
    found = rake(codes, targets, base)
    for own, target in zip(codes, targets, strict=True):
        np.testing.assert_allclose(shares(own, found.weights, len(target)), target, atol=1e-8)
    assert found.weights.mean() == pytest.approx(1)
    assert found.off <= 1e-8
    assert found.effective_n <= len(base) * (1 + 1e-12)
    np.testing.assert_allclose(rake(codes, targets, 7 * base).weights, found.weights, rtol=1e-9)  # units do not matter
    again = rake(codes, targets, found.weights)
    np.testing.assert_allclose(again.weights, found.weights, rtol=1e-6, atol=1e-9)  # nothing is left to do


def test_a_sample_with_its_margins_stays_as_it_is():
    codes = rows([[5, 5], [5, 5]])
    np.testing.assert_allclose(rake(codes, [HALVES, HALVES]).weights, 1)


def test_rows_of_unknown_category_are_not_moved_by_that_margin():
    codes = [np.array([0, 0, 0, 1, -1, -1]), np.array([0, 1, 0, 1, 0, 1])]
    found = rake(codes, [HALVES, [0.4, 0.6]])
    known = codes[0] >= 0
    np.testing.assert_allclose(shares(codes[0][known], found.weights[known], 2), HALVES, atol=1e-8)
    np.testing.assert_allclose(shares(codes[1], found.weights, 2), [0.4, 0.6], atol=1e-8)
    assert (rake([[0, 0, 1, -1]], [HALVES]).weights[3]) == pytest.approx(1)


def test_a_share_of_0_takes_the_weight_away():
    np.testing.assert_allclose(rake([[0, 1, 1, 2]], [[0.5, 0.5, 0]]).weights, [2, 1, 1, 0])


def test_a_large_sample_costs_no_more_rounds():
    rng = np.random.default_rng(0)
    codes = [rng.integers(0, 5, 300_000), rng.integers(0, 6, 300_000)]
    found = rake(codes, [np.full(5, 0.2), [0.5, 0.1, 0.1, 0.1, 0.1, 0.1]])
    assert found.steps < 10


@pytest.mark.parametrize(
    ("codes", "targets", "text"),
    [
        (
            [[0, 0, 1]],
            [[0.5, 0.3, 0.2]],
            "margin 1: category 2 has a share of 0.2 and no row with weight. "
            "Merge it with another category, or leave it out.",
        ),
        ([[0, 1]], [[1.5, -0.5]], "margin 1: shares are 0 or more, found -0.5."),
        ([[0, 1]], [[np.nan, 0.5]], "margin 1: shares are 0 or more, found nan."),
        ([[0, 1]], [[0.5, 0.4]], "margin 1: its shares sum to 0.9, not to 1. Give every category's share."),
        (
            [[0, 0, 1, 1], [0, 0, 1, 1]],
            [HALVES, [0.3, 0.7]],
            "the margins contradict each other in these rows: after 1000 rounds a share of margin 1 is off by 0.2. "
            "Merge categories that hardly meet, or use fewer margins.",
        ),
    ],
)
def test_what_cannot_be_raked_is_refused(codes, targets, text):
    with pytest.raises(ValuesError) as error:
        rake(codes, targets)
    assert str(error.value) == text


def test_errors_call_the_margins_by_their_names():
    with pytest.raises(ValuesError) as error:
        rake([[0, 1], [0, 1]], [HALVES, [0.5, 0.6]], names=["'sex'", "'age'"])
    assert str(error.value) == "margin 'age': its shares sum to 1.1, not to 1. Give every category's share."


def test_weights_end_where_they_are_bounded_and_shares_as_near_as_that_allows():
    codes = [np.repeat([0, 1], [96, 4])]
    found = rake(codes, [HALVES], bound=5)
    assert found.weights.max() == pytest.approx(5)
    assert found.off == pytest.approx(0.3)
    near = rake(codes, [[0.9, 0.1]], bound=5)
    assert near.off < 1e-9
    np.testing.assert_allclose(near.weights, rake(codes, [[0.9, 0.1]]).weights)
