"""Means by units: against plain Python, statsmodels, and what happens where nothing differs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cxlens.stats.unit_means import UnitSums, unit_shares, welch_difference

VALUES = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.floats(-5, 5)), min_size=1, max_size=30)


@given(VALUES)
def test_as_plain_python(rows: list[tuple[int, int, float]]) -> None:
    item, unit, value = (np.array(column) for column in zip(*rows))
    found = UnitSums(item, unit, value.astype(float), 3, 6).means()
    for k in range(3):
        here = [(u, v) for i, u, v in rows if i == k]
        assert found.n[k] == len(here)
        assert found.units[k] == len({u for u, _ in here})
        if len({u for u, _ in here}) < 2:
            assert np.isnan(found.error[k])
            continue
        mean = sum(v for _, v in here) / len(here)
        pulls = [sum(v - mean for u, v in here if u == one) / len(here) for one in {u for u, _ in here}]
        g = len(pulls)
        assert found.mean[k] == pytest.approx(mean, abs=1e-12)
        assert found.error[k] == pytest.approx(np.sqrt(g / (g - 1) * sum(pull**2 for pull in pulls)), abs=1e-9)


def test_of_one_value_each_it_is_students_interval() -> None:
    x = np.random.default_rng(1).normal(size=40)
    found = UnitSums(np.zeros(40, int), np.arange(40), x, 1, 40).means()
    low, high = found.interval(0.95)
    wanted = stats.t.interval(0.95, 39, x.mean(), stats.sem(x))
    assert (low[0], high[0]) == pytest.approx(wanted)


def test_paired_items_are_compared_in_pairs() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(30, 1)) + rng.normal(0, 0.3, (30, 2))
    item, unit = np.tile([0, 1], 30), np.repeat(np.arange(30), 2)
    found = UnitSums(item, unit, x.ravel(), 2, 30).from_one(0, 0.95)
    assert found.value[1] == pytest.approx((x[:, 1] - x[:, 0]).mean())
    assert found.p_value[1] == pytest.approx(stats.ttest_rel(x[:, 1], x[:, 0]).pvalue)
    assert np.isnan(found.p_value[0])


def test_groups_are_compared_as_by_welch() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.normal(0, 1, 12), rng.normal(0.5, 3, 30)
    found = welch_difference(
        (np.array([x.mean()]), np.array([y.mean()])),
        (np.array([stats.sem(x)]), np.array([stats.sem(y)])),
        (12, 30),
        0.9,
    )
    wanted = stats.ttest_ind(x, y, equal_var=False)
    assert found.p_value[0] == pytest.approx(wanted.pvalue)
    assert (found.low[0], found.high[0]) == pytest.approx(tuple(wanted.confidence_interval(0.9)))


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 4)), max_size=20),
    st.lists(st.integers(1, 4), min_size=5, max_size=5),
)
def test_shares_as_means_of_hits_and_misses(hits: list[tuple[int, int]], whole: list[int]) -> None:
    kept = [hit for place, hit in enumerate(hits) if hits[:place].count(hit) < whole[hit[1]]]
    item, unit = (np.array([hit[k] for hit in kept], np.int64) for k in range(2))
    rows = [(i, u, float(k < kept.count((i, u)))) for i in range(3) for u in range(5) for k in range(whole[u])]
    items, units, values = (np.array(column) for column in zip(*rows))
    wanted = UnitSums(items, units, values, 3, 5).means()
    found = unit_shares(item, unit, np.array(whole, float), 3)
    assert found.mean == pytest.approx(wanted.mean)
    assert found.error == pytest.approx(wanted.error, abs=1e-9)
    assert found.n.tolist() == wanted.n.tolist()
    assert found.units.tolist() == wanted.units.tolist()


def test_blanks_do_not_count() -> None:
    found = UnitSums(np.zeros(3, int), np.arange(3), np.array([1.0, np.nan, 3.0]), 2, 3).means()
    assert found.mean[0] == 2
    assert found.n.tolist() == [2, 0]
    assert np.isnan(found.mean[1])
