"""The best quarter: near nothing where groups are alike, right where they are known, in between in between."""

from __future__ import annotations

import numpy as np
import pytest

from cxlens.stats.best_quarter import best_quarter
from cxlens.stats.random_intercepts import Groups

ERROR = 0.15  # of a mean of some 45 answers


def groups(truth, rng, error=ERROR):
    return Groups(truth + error * rng.standard_normal(len(truth)), np.full(len(truth), error**2), 2_000)


def above(found, draws=0, seed=0):
    return best_quarter(found, np.ones(len(found.mean)), draws, np.random.default_rng(seed))


@pytest.mark.parametrize(("k", "most"), [(8, 0.2), (40, 0.1)])
def test_where_all_are_alike_there_is_nearly_nothing_above(k, most):
    rng = np.random.default_rng(1)
    found = [groups(np.zeros(k), rng) for _ in range(60)]
    offered = np.mean([above(one)[0] for one in found])
    luckiest = np.mean([np.sort(one.mean)[-(k // 4) :].mean() - one.mean.mean() for one in found])
    assert offered < most * luckiest
    assert offered < 0.03


def test_where_values_are_known_it_is_their_mean():
    rng = np.random.default_rng(2)
    truth = rng.normal(0, 1, 40)
    found = groups(truth, rng, 0.001)
    assert above(found)[0] == pytest.approx(np.sort(truth)[-10:].mean() - truth.mean(), abs=0.01)


def test_it_never_offers_more_than_the_truth_on_average():
    rng = np.random.default_rng(3)
    offered, true = [], []
    for _ in range(60):
        truth = rng.normal(0, ERROR, 20)
        offered.append(above(groups(truth, rng))[0])
        true.append(np.sort(truth)[-5:].mean() - truth.mean())
    assert 0.4 * np.mean(true) < np.mean(offered) < np.mean(true)


def test_draws_spread_around_the_estimate():
    rng = np.random.default_rng(4)
    drawn = above(groups(rng.normal(0, 0.3, 20), rng), draws=4_000)
    assert drawn.shape == (4_001,)
    assert drawn[1:].mean() == pytest.approx(drawn[0], abs=4 * drawn[1:].std() / np.sqrt(2_000))
    assert 0 < drawn[1:].std() < ERROR


def test_all_counts_by_weight():
    found = Groups(np.array([1.0, 1.0, 1.0, 3.0]), np.full(4, 1e-6), 100)
    by_weight = best_quarter(found, np.array([1.0, 1.0, 1.0, 3.0]), 0, np.random.default_rng(0))
    assert by_weight[0] == pytest.approx(1.0, abs=0.01)
