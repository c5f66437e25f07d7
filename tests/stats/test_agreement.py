"""Agreement against published values, SciPy, and what has to hold."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from cxlens.stats.agreement import dunn, icc, kruskal_wallis, welch

# Six targets rated by four judges: Shrout and Fleiss (1979), table 2.
JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
COUNTS = arrays(np.int64, (3, 5), elements=st.integers(0, 9))


def samples(counts):
    return [np.repeat(np.arange(counts.shape[1]), own) for own in counts]


def test_the_correlation_is_that_of_shrout_and_fleiss(shared):
    told = json.loads((shared / "reference" / "measures.json").read_text())["icc"]
    assert icc(JUDGES).icc2 == pytest.approx(told["published"]["ICC2"], abs=told["tol"])
    assert icc(JUDGES).icc2 == pytest.approx(told["value"]["ICC2"], abs=1e-12)


def test_the_interval_leaves_each_person_out():
    """Case 2A, which takes the judges for a sample of all there could be, says 0.019 to 0.761 here."""
    found = icc(JUDGES)
    left_out = np.array([icc(np.delete(JUDGES, person, axis=0)).icc2 for person in range(6)])
    z = np.log((1 + 3 * left_out) / (1 - left_out)) / 2
    half = stats.t.ppf(0.975, 5) * np.sqrt(5 / 6 * ((z - z.mean()) ** 2).sum())
    ends = np.exp(np.log((1 + 3 * found.icc2) / (1 - found.icc2)) + np.array([-2, 2]) * half)
    assert (found.low, found.high) == pytest.approx(tuple((ends - 1) / (ends + 3)))
    assert (found.n, found.k) == (6, 4)


def test_a_weight_is_so_many_people_and_copies_of_a_person_are_one_cluster():
    weights = np.array([1, 2, 1, 3, 1, 1])
    copies = np.repeat(np.arange(6), weights)
    assert icc(JUDGES, weights=weights * 5.0).icc2 == pytest.approx(icc(JUDGES, weights=weights).icc2)
    alone = icc(JUDGES, weights=np.ones(6))
    twice = icc(np.repeat(JUDGES, 2, axis=0), units=np.repeat(np.arange(6), 2))
    assert alone == icc(JUDGES)
    assert twice.high - twice.low == pytest.approx(alone.high - alone.low, rel=0.2)
    many = icc(JUDGES[copies])
    assert many.high - many.low < alone.high - alone.low


@pytest.mark.simulation
def test_the_interval_holds_the_truth_of_two_channels_that_differ_as_often_as_it_says():
    """Case 2A held it in 99 to 100 of 100."""
    rng, hits, runs = np.random.default_rng(1), 0, 500
    truth = 1 / (1 + 0.25 + 0.5 * 0.6**2)
    for _ in range(runs):
        ratings = rng.normal(0, 1, (100, 1)) + np.array([0.0, 0.6]) + rng.normal(0, 0.5, (100, 2))
        found = icc(ratings)
        hits += found.low <= truth <= found.high
    assert hits / runs == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / runs) ** 0.5)


def test_mean_ranks_of_two_groups_have_the_test_of_brunner_and_munzels_kind():
    """Of two plain samples it is Welch's t test of the values."""
    rng = np.random.default_rng(2)
    one, other = rng.integers(1, 6, 40), rng.integers(2, 6, 25)
    means = np.array([one.mean(), other.mean(), np.nan])
    errors = np.array([stats.sem(one), stats.sem(other), np.nan])
    found = welch(means, errors, np.array([39.0, 24.0, np.nan]))
    theirs = stats.ttest_ind(one, other, equal_var=False)
    assert (found.p, found.pair_p[0, 1], found.t[0, 1]) == pytest.approx(
        (theirs.pvalue, theirs.pvalue, theirs.statistic)
    )
    assert found.f == pytest.approx(theirs.statistic**2)
    assert np.isnan(welch(np.array([1.0, np.nan]), np.array([1.0, np.nan]), np.array([9.0, np.nan])).p)


def test_three_groups_have_the_f_that_welch_gave_them():
    """statsmodels' Welch anova of three samples of 5, 7 and 9."""
    from statsmodels.stats.oneway import anova_oneway

    rng = np.random.default_rng(3)
    groups = [rng.normal(size=n) * n for n in (5, 7, 9)]
    theirs = anova_oneway(groups, use_var="unequal")
    found = welch(
        np.array([own.mean() for own in groups]),
        np.array([stats.sem(own) for own in groups]),
        np.array([len(own) - 1.0 for own in groups]),
    )
    assert (found.f, found.p) == pytest.approx((theirs.statistic, theirs.pvalue))


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
