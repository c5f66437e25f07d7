"""The score test of equal coefficients: against statsmodels, against invariants, and by simulation."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from cxlens.stats.instability import (
    all_splits,
    cuts,
    gains,
    instability_p,
    least_p,
    main_order,
    pseudo_inverse,
    scores,
)

BLOCKS, K, P = 40, 2, 3  # the constant and one control; three regressors


def rows_of(seed: int, cells: int = 3, n: int = 300, differ: float = 0.0) -> tuple[np.ndarray, ...]:
    """Columns (1, control, regressors), an outcome with unequal spread, the cell and the block of each row."""
    rng = np.random.default_rng(seed)
    cell = rng.integers(0, cells, n)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, K - 1 + P)) + rng.normal(size=(n, 1))])
    y = x @ np.array([1.0, 0.5, 0.4, 0.3, 0.2]) + rng.normal(size=n) * (0.5 + np.abs(x[:, 2]))
    y += cell * (2 + 3 * x[:, 1]) + differ * (cell == 0) * x[:, 2]  # constant and control differ: no reason to split
    return x, y, cell, np.arange(n) % BLOCKS


def crossed(x, y, cell, block, cells: int = 3) -> tuple[np.ndarray, np.ndarray]:
    products = np.zeros((cells, BLOCKS, x.shape[1] + 1, x.shape[1] + 1))
    z = np.column_stack([x, y])
    np.add.at(products, (cell, block), z[:, :, None] * z[:, None])
    return products, np.bincount(cell, minlength=cells)


def within(x, cell, cells: int = 3, columns: slice = slice(None)) -> np.ndarray:
    """The columns once for each cell, zero outside of it."""
    return np.hstack([x[:, columns] * (cell == c)[:, None] for c in range(cells)])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_score_test_equals_statsmodels(seed: int) -> None:
    from statsmodels.genmod.generalized_estimating_equations import GEE

    x, y, cell, block = rows_of(seed)
    unit = cell * BLOCKS + block
    order = np.argsort(unit, kind="stable")
    x, y, cell, block, unit = x[order], y[order], cell[order], block[order], unit[order]
    apart = np.hstack([within(x, cell, columns=slice(K)), x[:, K:], within(x, cell, 2, slice(K, None))])
    zero = np.eye(apart.shape[1])[-2 * P :]  # the coefficients that only some cells have
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = GEE(y, apart, unit, constraint=(zero, np.zeros(2 * P)))
        theirs = model.fit().score_test()
    products, rows = crossed(x, y, cell, block)
    ours = scores(products, rows, K)
    stretch = rows / (rows * (1 - P / rows.sum()) - K)  # the correction for small samples, which theirs has not
    plain = ours._replace(covariance=ours.covariance / stretch[:, None, None])
    assert_allclose(instability_p(plain, np.eye(3, dtype=bool)), theirs["p-value"], rtol=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_gains_equal_the_fall_of_the_residual_sum_of_squares(seed: int) -> None:
    x, y, cell, block = rows_of(seed)

    def rss(columns: np.ndarray) -> float:
        return float(np.sum((y - columns @ np.linalg.lstsq(columns, y)[0]) ** 2))

    cells, controls, regressors = scores(*crossed(x, y, cell, block), K), within(x, cell, columns=slice(K)), x[:, K:]
    splits = all_splits(3)
    brute = []
    for first in splits:
        side = first[cell][:, None]
        brute.append(
            rss(np.hstack([controls, regressors])) - rss(np.hstack([controls, regressors * side, regressors * ~side]))
        )
    assert_allclose(gains(cells, splits), brute, rtol=1e-8)
    assert_allclose(cells.scores.sum(axis=0), 0, atol=1e-7)


@settings(max_examples=25)
@given(st.integers(0, 1000), st.floats(-100, 100), st.floats(0.01, 100))
def test_units_levels_and_constants_change_nothing(seed: int, shift: float, scale: float) -> None:
    x, y, cell, block = rows_of(seed)
    groups = np.eye(3, dtype=bool)
    p = instability_p(scores(*crossed(x, y, cell, block), K), groups)
    other = x.copy()
    other[:, K] = scale * other[:, K] + shift
    moved = instability_p(scores(*crossed(other, y + shift * (cell == 1), 2 - cell, block), K), groups)
    assert_allclose(moved, p, rtol=1e-4, atol=1e-12)


def test_groups_of_cells_that_are_copies_do_not_differ() -> None:
    x, y, cell, block = rows_of(3)
    products, rows = crossed(x, y, np.zeros_like(cell), block, 1)
    assert instability_p(scores(np.repeat(products, 2, axis=0), np.repeat(rows, 2), K), np.eye(2, dtype=bool)) == 1.0


def test_a_column_without_spread_costs_no_degree_of_freedom() -> None:
    x, y, cell, block = rows_of(4)
    p = instability_p(scores(*crossed(x, y, cell, block), K), np.eye(3, dtype=bool))
    wider = np.column_stack([x, np.zeros(len(x))])
    assert_allclose(instability_p(scores(*crossed(wider, y, cell, block), K), np.eye(3, dtype=bool)), p, rtol=0.02)


def test_nothing_to_compare_gives_no_p_value() -> None:
    x, y, cell, block = rows_of(5)
    cells = scores(*crossed(x, y, cell, block), K)
    assert np.isnan(instability_p(cells, np.ones((1, 3), dtype=bool)))
    exact = scores(*crossed(x, x @ np.arange(5) / 3 + 0.1, cell, block), K)
    assert np.isnan(instability_p(exact, np.eye(3, dtype=bool)))


@pytest.mark.simulation
def test_the_level_is_kept_and_differences_are_seen() -> None:
    none = [instability_p(scores(*crossed(*rows_of(s)), K), np.eye(3, dtype=bool)) for s in range(600)]
    assert np.mean(np.array(none) < 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 600)
    assert np.mean(np.array(none) < 0.5) == pytest.approx(0.5, abs=3 * 0.5 / np.sqrt(600) + 0.05)  # a little careful
    some = [
        instability_p(scores(*crossed(*rows_of(s, n=900, differ=1.0)), K), np.eye(3, dtype=bool)) for s in range(60)
    ]
    assert np.mean(np.array(some) < 0.05) > 0.8


def test_the_cell_that_differs_lies_at_an_end_of_the_main_order() -> None:
    x, y, cell, block = rows_of(6, cells=5, n=1000, differ=2.0)
    order = main_order(scores(*crossed(x, y, cell, block, 5), K))
    assert 0 in (order[0], order[-1])
    assert sorted(order) == list(range(5))


def test_ways_to_part_cells() -> None:
    assert_array_equal(all_splits(3).astype(int), [[1, 0, 0], [0, 1, 0], [1, 1, 0]])
    assert_array_equal(cuts(np.array([2, 0, 1])).astype(int), [[0, 0, 1], [1, 0, 1]])
    assert len(np.unique(np.vstack([all_splits(6), ~all_splits(6)]), axis=0)) == 2**6 - 2


@given(st.integers(0, 1000), st.integers(1, 4))
def test_the_pseudo_inverse_equals_numpys(seed: int, rank: int) -> None:
    half = np.random.default_rng(seed).normal(size=(2, 4, rank))
    stack = half @ half.swapaxes(1, 2)
    inverse, found = pseudo_inverse(stack)
    assert_array_equal(found, rank)
    assert_allclose(inverse, np.linalg.pinv(stack, rcond=1e-10, hermitian=True), rtol=1e-4, atol=1e-6)


def test_the_smallest_p_value_of_few_units():
    assert least_p(np.array([4, 4]), 4) == pytest.approx(stats.chi2.sf(8, 4))
    assert np.isnan(least_p(np.array([4]), 4))
    rng = np.random.default_rng(0)
    for blocks in (3, 5, 9):
        z = np.column_stack([np.ones(400), rng.normal(size=(400, 2))])
        group = np.arange(400) % 2
        block = np.arange(400) // 2 % blocks
        z = np.column_stack([z, np.where(group, 50, -50) * z[:, 1] + 0.1 * rng.normal(size=400)])
        products = np.zeros((2, blocks, 4, 4))
        np.add.at(products, (group, block), np.einsum("ni,nj->nij", z, z))
        cells = scores(products, np.bincount(group), 1)
        assert instability_p(cells, np.eye(2, dtype=bool)) >= least_p(np.array([blocks, blocks]), 2)
