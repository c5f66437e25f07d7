"""Shares of groups that move together: exact where each stands alone, honest where they do not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cxlens.stats.clustered_share import clustered_share


@pytest.mark.parametrize("misses", [0, 1, 3, 4])
def test_few_groups_count_once_each_as_clopper_and_pearson_have_it(misses):
    hits = np.repeat(np.arange(4) >= misses, 10)
    exact = stats.binomtest(4 - misses, 4).proportion_ci(0.95, "exact")
    assert clustered_share(hits, np.repeat(np.arange(4), 10), 0.95) == pytest.approx(tuple(exact))


def test_groups_that_do_not_differ_count_once_each():
    low, high = clustered_share(np.tile([True, True, True, False], 6), np.repeat(np.arange(6), 4), 0.95)
    assert low < 0.35
    assert high > 0.97


def test_hits_on_their_own_are_worth_nearly_all():
    rng = np.random.default_rng(0)
    hits = rng.random(2_000) < 0.9
    low, high = clustered_share(hits, np.arange(2_000), 0.95)
    exact = stats.binomtest(int(hits.sum()), 2_000).proportion_ci(0.95, "exact")
    assert [low, high] == pytest.approx(list(exact), abs=0.003)


@pytest.mark.simulation
@pytest.mark.parametrize("waves", [3, 8])
def test_promises_that_hold_as_often_as_said_are_seldom_called_fewer(waves):
    rng = np.random.default_rng(waves)
    wave = np.repeat(np.arange(waves), 12)
    said = []
    for _ in range(400):
        joint = np.sqrt(0.6) * rng.normal(size=waves)[wave] + np.sqrt(0.4) * rng.normal(size=len(wave))
        _, high = clustered_share(np.abs(joint) < 1.96, wave, 0.95)
        said.append(high < 0.95)
    assert np.mean(said) < 0.06  # taken for one by one: 11 and 14 of 100
