from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from statsmodels.stats.multitest import multipletests

from cxlens.stats.inference import benjamini_hochberg, wald_joint, wald_p, wider

QUOTED = json.loads((Path(__file__).parents[1] / "reference" / "intervals.json").read_text())["benjamini_hochberg"]
P = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_equals_the_example_of_benjamini_and_hochberg() -> None:
    assert_allclose(benjamini_hochberg(QUOTED["p"]), QUOTED["adj"], rtol=0, atol=1e-6)
    assert (benjamini_hochberg(QUOTED["p"]) <= 0.05).sum() == 4


def test_quoted_numbers_are_those_of_the_reference(shared: Path) -> None:
    source = json.loads((shared / "reference" / "measures.json").read_text())["benjamini_hochberg"]["value"]
    assert {key: source[key] for key in QUOTED} == QUOTED


@given(P)
def test_equals_statsmodels(p: list[float]) -> None:
    assert_allclose(benjamini_hochberg(p), multipletests(p, method="fdr_bh")[1], atol=1e-12)


@given(P, st.randoms(use_true_random=False))
def test_q_values_follow_their_p_values(p: list[float], random: object) -> None:
    order = list(range(len(p)))
    random.shuffle(order)  # type: ignore[attr-defined]
    q = benjamini_hochberg(p)
    assert_array_equal(benjamini_hochberg(np.array(p)[order]), q[order])
    assert (q >= np.array(p) * (1 - 1e-12)).all()
    assert (q <= 1).all()


def test_unknown_p_values_stay_unknown_and_do_not_count() -> None:
    q = benjamini_hochberg([np.nan, 0.01, np.nan, 0.02, 0.9])
    assert_array_equal(np.isnan(q), [True, False, True, False, False])
    assert_array_equal(q[[1, 3, 4]], benjamini_hochberg([0.01, 0.02, 0.9]))
    assert np.isnan(benjamini_hochberg([np.nan, np.nan])).all()
    assert len(benjamini_hochberg([])) == 0


def test_tables_of_p_values_keep_their_shape() -> None:
    p = np.array([[0.01, 0.5], [0.02, np.nan]])
    assert_array_equal(benjamini_hochberg(p).ravel(), benjamini_hochberg(p.ravel()))


def test_wald_is_students_t_both_ways() -> None:
    assert_allclose(wald_p([2, -2, 0], [1, 1, 1], 10), 2 * stats.t.sf([2, 2, 0], 10), rtol=1e-12)
    assert wald_p(1.959963984540054, 1, np.inf) == pytest.approx(0.05, abs=1e-12)


def test_wald_without_an_error_or_degrees_of_freedom_is_unknown() -> None:
    assert np.isnan(wald_p([1, 1, np.nan, 1], [0, np.nan, 1, 1], [5, 5, 5, 0])).all()


def regression(**how: object) -> object:
    """A model of statsmodels with four columns, one of them noise."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(120, 4))
    y = x @ [0.2, 0.1, -0.1, 0] + rng.normal(size=120) * (1 + np.abs(x[:, 0]))
    return sm.OLS(y, sm.add_constant(x)).fit(**how)


@pytest.mark.parametrize("how", [{}, {"cov_type": "HC3"}])
@pytest.mark.parametrize("columns", [[1], [1, 2], [2, 3, 4]])
def test_joint_wald_is_the_f_test_of_statsmodels(how: dict, columns: list[int]) -> None:
    model = regression(**how, use_t=True)
    ours = wald_joint(model.params[columns], model.cov_params()[np.ix_(columns, columns)], model.df_resid)
    assert ours == pytest.approx(float(model.f_test(np.eye(5)[columns]).pvalue), rel=1e-9)


def test_joint_wald_without_degrees_of_freedom_is_chi_squared() -> None:
    model = regression(cov_type="HC3")
    ours = wald_joint(model.params[1:4], model.cov_params()[1:4, 1:4], np.inf)
    theirs = model.wald_test(np.eye(5)[1:4], use_f=False, scalar=True).pvalue
    assert ours == pytest.approx(float(theirs), rel=1e-9)


def test_joint_wald_of_one_estimate_is_wald() -> None:
    assert wald_joint(np.array([1.3]), np.array([[0.4]]), 17) == pytest.approx(float(wald_p(1.3, 0.4**0.5, 17)))
    assert wald_joint(np.array([1.3]), np.array([[0.4]]), np.inf) == pytest.approx(float(wald_p(1.3, 0.4**0.5, np.inf)))


def test_joint_wald_leaves_out_what_is_not_estimated() -> None:
    estimates, cov = np.array([0.5, np.nan, -0.2]), np.full((3, 3), np.nan)
    cov[np.ix_([0, 2], [0, 2])] = [[0.1, 0.02], [0.02, 0.2]]
    assert wald_joint(estimates, cov, 30) == wald_joint(estimates[[0, 2]], cov[np.ix_([0, 2], [0, 2])], 30)


def test_joint_wald_of_the_unknown_is_unknown() -> None:
    one = np.ones((1, 1))
    assert np.isnan(wald_joint(np.array([np.nan]), one, 10))
    assert np.isnan(wald_joint(np.array([1.0]), one * np.nan, 10))
    assert np.isnan(wald_joint(np.array([1.0]), one * 0, 10))
    assert np.isnan(wald_joint(np.array([1.0]), one, 0))


def test_what_only_rounding_moves_has_neither_interval_nor_test() -> None:
    assert np.isnan(wider(4e-17, [1e-17, 2e-17], [4, 50], 0.95)).all()
    assert wider(1.0, [1e-17, 0.5], [4, np.inf], 0.95) == pytest.approx((0.02, 1.98, 0.0455), abs=0.001)
