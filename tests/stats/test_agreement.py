"""Agreement against published values, SciPy, and what has to hold."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from cxlens.stats.agreement import dunn, icc, kruskal_wallis

# Six targets rated by four judges: Shrout and Fleiss (1979), table 2.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
COUNTS = arrays(np.int64, (3, 5), elements=st.integers(0, 9))


def samples(counts):
    return [np.repeat(np.arange(counts.shape[1]), own) for own in counts]


def test_the_correlation_is_that_of_shrout_and_fleiss(shared):
    told = json.loads((shared / "reference" / "measures.json").read_text())["icc"]
    assert icc(JUDGES).icc2 == pytest.approx(told["published"]["ICC2"], abs=told["tol"])
    assert icc(JUDGES).icc2 == pytest.approx(told["value"]["ICC2"], abs=1e-12)


def test_the_interval_is_the_one_other_tools_print():
    found = icc(JUDGES)
    assert (found.low, found.high) == pytest.approx((0.019, 0.761), abs=0.0005)
    assert (found.n, found.k) == (6, 4)


@pytest.mark.simulation
def test_the_interval_holds_the_truth_as_often_as_it_says():
    rng, hits, truth = np.random.default_rng(1), 0, 1 / (1 + 0.25 + 0.75)
    for _ in range(1000):
        ratings = rng.normal(0, 1, (40, 1)) + rng.normal(0, 0.5, 6) + rng.normal(0, 0.75**0.5, (40, 6))
        found = icc(ratings)
        hits += found.low <= truth <= found.high
    assert hits / 1000 == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / 1000) ** 0.5)


def test_perfect_agreement_is_1_and_rows_with_gaps_are_left_out():
    found = icc([[1, 1], [2, 2], [4, 4], [np.nan, 3]])
    assert (found.icc2, found.low, found.high, found.n) == (1, 1, 1, 3)


@pytest.mark.parametrize("ratings", [[[1, 2]], [[1], [2]], [[3, 3], [3, 3]]])
def test_without_rows_raters_or_differences_there_is_no_correlation(ratings):
    assert np.isnan(icc(ratings)[2:]).all()


@given(arrays(float, (5, 3), elements=st.integers(0, 10)), st.floats(0.1, 10), st.floats(-5, 5))
def test_units_do_not_matter(ratings, factor, shift):
    np.testing.assert_allclose(icc(ratings * factor + shift), icc(ratings), atol=1e-6, equal_nan=True)


@given(COUNTS)
def test_kruskal_wallis_is_that_of_scipy(counts):
    found = kruskal_wallis(counts)
    groups = [own for own in samples(counts) if len(own)]
    if len(groups) < 2 or (counts.sum(axis=0) > 0).sum() < 2:
        assert np.isnan([found.h, found.p, found.epsilon2]).all()
        return
    h, p = stats.kruskal(*groups)
    assert (found.h, found.p) == pytest.approx((h, p), abs=1e-9)
    n = counts.sum()
    assert found.epsilon2 == pytest.approx(h / ((n**2 - 1) / (n + 1)))
    assert -1e-12 <= found.epsilon2 <= 1 + 1e-12


def test_many_tests_at_once_are_the_tests_one_by_one():
    counts = np.random.default_rng(0).integers(0, 30, (4, 3, 5))
    one_by_one = np.transpose([kruskal_wallis(own) for own in counts])
    np.testing.assert_allclose(np.array(kruskal_wallis(counts)), one_by_one)


@given(COUNTS)
def test_dunn_follows_from_ranks_of_the_answers(counts):
    groups, found = samples(counts), dunn(counts)
    everyone = np.concatenate(groups)
    n = len(everyone)
    ranks = np.split(stats.rankdata(everyone), np.cumsum([len(own) for own in groups])[:-1])
    ties = np.unique(everyone, return_counts=True)[1]
    for i, j, z in zip(found.first, found.second, found.z, strict=True):
        if min(len(groups[i]), len(groups[j])) == 0 or len(ties) < 2:
            assert np.isnan(z)
            continue
        variance = n * (n + 1) / 12 - (ties**3 - ties).sum() / (12 * (n - 1))  # Dunn (1964), with ties
        error = np.sqrt(variance * (1 / len(groups[i]) + 1 / len(groups[j])))
        assert z == pytest.approx((ranks[i].mean() - ranks[j].mean()) / error, abs=1e-9)


def test_of_two_groups_z_squared_is_h_and_q_is_p():
    counts = [[3, 1, 0, 2], [0, 2, 2, 5]]
    pair = dunn(counts)
    assert pair.z[0] ** 2 == pytest.approx(kruskal_wallis(counts).h)
    assert pair.q == pytest.approx(kruskal_wallis(counts).p)
    assert pair.difference[0] < 0


@pytest.mark.simulation
def test_equal_groups_are_told_apart_as_rarely_as_the_level_says():
    rng = np.random.default_rng(2)
    counts = rng.multinomial(80, [0.1, 0.2, 0.3, 0.4], (4000, 3))
    assert (kruskal_wallis(counts).p < 0.05).mean() == pytest.approx(0.05, abs=0.011)


def test_ratings_whose_means_are_all_alike_have_no_icc():
    found = icc([[1, 2], [2, 1]])
    assert np.isnan([found.icc2, found.low, found.high]).all()
