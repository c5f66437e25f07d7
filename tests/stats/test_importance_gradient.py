"""The gradient of importance: against LMG itself, against finite differences, and for groups, copies and constants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from cxlens.stats import importance_gradient
from cxlens.stats.importance import adjusted_lmg, inflation, lmg
from cxlens.stats.importance_gradient import gradient_and_adjusted, lmg_gradient

SHAPES = [[1], [1] * 6, [2, 1, 3, 1], [1, 4], [1] * 9]


def made(columns: int, seed: int = 0) -> np.ndarray:
    """A covariance matrix of so many columns and an outcome."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(80, columns + 1)) @ rng.normal(size=(columns + 1, columns + 1))
    return np.cov(z.T)


def shares(cov: np.ndarray, widths: list[int]) -> np.ndarray:
    return lmg(cov[:, :, None], widths=widths)[:, 0] * cov[-1, -1]


def of_gradient(gradient: np.ndarray, cov: np.ndarray) -> np.ndarray:
    return np.einsum("pij,ij->p", gradient, cov)


@pytest.mark.parametrize("widths", SHAPES, ids=str)
@pytest.mark.parametrize("leaf", [1, 3, importance_gradient.LEAF])
def test_its_product_with_the_matrix_is_lmg(widths, leaf, monkeypatch):
    monkeypatch.setattr(importance_gradient, "LEAF", leaf)
    cov = made(sum(widths))
    gradient = lmg_gradient(cov, widths)
    assert_allclose(of_gradient(gradient, cov) / cov[-1, -1], shares(cov, widths) / cov[-1, -1], atol=1e-14)
    assert_allclose(gradient, gradient.transpose(0, 2, 1))


@pytest.mark.parametrize("widths", SHAPES, ids=str)
def test_it_is_the_derivative(widths):
    cov = made(sum(widths))
    rng = np.random.default_rng(1)
    way = rng.normal(size=cov.shape) * 0.05
    way = cov * (way + way.T)
    step = 1e-5
    found = (shares(cov + step * way, widths) - shares(cov - step * way, widths)) / (2 * step)
    stated = of_gradient(lmg_gradient(cov, widths), way)
    assert_allclose(found, stated, rtol=0, atol=1e-6 * np.abs(stated).max())


@pytest.mark.parametrize("widths", SHAPES, ids=str)
@pytest.mark.parametrize("leaf", [1, importance_gradient.LEAF])
def test_importance_of_adjusted_r2_comes_along(widths, leaf, monkeypatch):
    monkeypatch.setattr(importance_gradient, "LEAF", leaf)
    columns = sum(widths)
    cov, by_columns = made(columns), inflation(80, 2, columns - 1, columns)
    found = gradient_and_adjusted(cov, by_columns, widths)
    apart = adjusted_lmg(cov[:, :, None], by_columns, widths=widths)[:, 0]
    assert_allclose(found.adjusted / cov[-1, -1], apart, atol=1e-14)
    np.testing.assert_array_equal(found.gradient, lmg_gradient(cov, widths))


@settings(max_examples=30)
@given(st.integers(0, 1000))
def test_all_of_it_together_is_the_derivative_of_what_the_full_model_explains(seed):
    cov = made(5, seed)
    coef = np.append(-np.linalg.solve(cov[:-1, :-1], cov[:-1, -1]), 1.0)
    of_outcome = np.zeros(cov.shape)
    of_outcome[-1, -1] = 1.0
    explained = of_outcome - np.outer(coef, coef)
    assert_allclose(lmg_gradient(cov).sum(axis=0), explained, atol=1e-8 * np.abs(explained).max())


def test_copies_sums_and_constants_do_no_harm():
    base = made(3)
    place = np.array([0, 1, 2, 0])  # the first column once more
    copied = base[np.ix_([*place, 3], [*place, 3])]
    with_constant = np.insert(np.insert(copied, 2, 0.0, axis=0), 2, 0.0, axis=1)
    gradient = lmg_gradient(with_constant)
    found = of_gradient(gradient, with_constant) / base[-1, -1]
    assert_allclose(found, lmg(with_constant[:, :, None])[:, 0], atol=1e-14)
    assert found[0] == pytest.approx(found[4])
    assert found[2] == pytest.approx(0, abs=1e-15)


def test_where_a_player_stands_does_not_matter():
    widths, columns = [2, 1, 3, 1], made(7)
    moved = np.array([3, 4, 5, 2, 0, 1, 6, 7])  # the third, the second, the first, the last
    there = lmg_gradient(columns[np.ix_(moved, moved)], [3, 1, 2, 1])
    here = lmg_gradient(columns, widths)
    assert_allclose(there, here[[2, 1, 0, 3]][:, moved[:, None], moved], atol=1e-10)
