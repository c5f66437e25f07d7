from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from cxlens.stats.intervals import wilson
from cxlens.stats.shares_by_customer import ShareSums, differ_p, spans, stacked, worth

Ints = np.ndarray


def sums_of(hits: Ints, owner: Ints) -> ShareSums:
    """Sums of one share from its journeys."""
    part = np.bincount(owner, hits).astype(int)
    whole = np.bincount(owner)
    figures = (part, whole, part**2, part * whole, whole**2, whole > 0)
    return ShareSums(*(np.array([figure.sum()]) for figure in figures))


def test_of_one_journey_each_it_is_wilson() -> None:
    hits = np.repeat([1, 0], [7, 33])
    sums = sums_of(hits, np.arange(40))
    assert worth(sums, 0.95) == 40
    assert_allclose(spans(sums, 0.95), np.reshape(wilson(7, 40), (2, 1)))
    assert sums.share == 7 / 40


def test_of_journeys_that_are_copies_customers_count() -> None:
    hits = np.repeat(np.repeat([1, 0], [7, 33]), 5)
    sums = sums_of(hits, np.repeat(np.arange(40), 5))
    assert worth(sums, 0.95)[0] == pytest.approx(39 * (1.959964 / stats.t.ppf(0.975, 39)) ** 2, rel=1e-6)


def test_where_all_or_none_are_hits_each_customer_counts_once() -> None:
    owner = np.repeat(np.arange(6), 4)
    for hits in (np.ones(24), np.zeros(24)):
        assert worth(sums_of(hits, owner), 0.95) == 6


def test_nothing_has_no_interval() -> None:
    nothing = ShareSums(*(np.zeros(1, int) for _ in range(6)))
    assert np.isnan(spans(nothing, 0.95)).all()


def test_groups_are_compared_by_chi_squared() -> None:
    counts = np.array([[20, 80], [35, 65], [30, 90]])
    groups = stacked([sums_of(np.repeat([1, 0], row), np.arange(row.sum())) for row in counts])
    chi2 = stats.chi2_contingency(counts, correction=False)
    n = counts.sum()
    assert differ_p(groups, 0.95)[0] == pytest.approx(stats.chi2.sf(chi2.statistic * (n - 1) / n, 2))


def test_too_little_is_not_tested() -> None:
    few = stacked([sums_of(np.repeat([1, 0], row), np.arange(sum(row))) for row in ([1, 40], [2, 60])])
    assert np.isnan(differ_p(few, 0.95)).all()
    alone = stacked([sums_of(np.repeat([1, 0], [50, 50]), np.arange(100))] * 1)
    assert np.isnan(differ_p(alone, 0.95)).all()
    nobody = ShareSums(*(np.zeros((2, 1), int) for _ in range(6)))
    assert np.isnan(differ_p(nobody, 0.95)).all()


@pytest.mark.simulation
@pytest.mark.parametrize(("sizes", "each"), [((60, 60), 1), ((30, 200, 60), 1), ((60, 60), 4), ((40, 150), 3)])
def test_shares_that_are_the_same_are_rarely_told_apart(sizes: tuple[int, ...], each: int) -> None:
    """The customers of a share have habits, and it is the same in all groups; intervals hold it, too."""
    rng = np.random.default_rng(5)
    runs = 200  # more of them: benchmarks/simulate_ways.py
    truth = 0.3
    wrong = held = told = 0
    for _ in range(runs):
        groups = []
        for size in sizes:
            habits = rng.beta(2 * truth, 2 * (1 - truth), size) if each > 1 else np.full(size, truth)
            hits = rng.random((size, each)) < habits[:, None]
            groups.append(sums_of(hits.ravel(), np.repeat(np.arange(size), each)))
        p = differ_p(stacked(groups), 0.95)[0]
        told += not np.isnan(p)
        wrong += p < 0.05
        low, high = spans(stacked(groups), 0.95)
        held += ((low <= truth) & (truth <= high)).mean()
    error = 3 * np.sqrt(0.05 * 0.95 / runs)
    assert told > 0.95 * runs
    assert wrong / runs < 0.05 + error
    assert held / runs > 0.95 - error
