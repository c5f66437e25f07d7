from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from cxlens.stats.inference import benjamini_hochberg, wald_p

QUOTED = json.loads((Path(__file__).parents[1] / "reference" / "intervals.json").read_text())["benjamini_hochberg"]
P = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_equals_the_example_of_benjamini_and_hochberg() -> None:
    assert_allclose(benjamini_hochberg(QUOTED["p"]), QUOTED["adj"], rtol=0, atol=1e-6)
    assert (benjamini_hochberg(QUOTED["p"]) <= 0.05).sum() == 4


def test_quoted_numbers_are_those_of_the_reference(shared: Path) -> None:
    source = json.loads((shared / "reference" / "measures.json").read_text())["benjamini_hochberg"]["value"]
    assert {key: source[key] for key in QUOTED} == QUOTED


@given(P)
def test_equals_scipy(p: list[float]) -> None:
    assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p), atol=1e-12)


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
