"""Other places in the place of the treated: all ways where they are few, some drawn ones else, and no more claimed."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cxlens.stats.reassigned import MOST, Reassigned, reassign


def chosen(k: int, size: int) -> np.ndarray:
    return np.arange(k) < size


def test_two_of_eight_are_28_ways_and_no_p_is_smaller_than_one_of_them() -> None:
    changes = np.append([5.0, 5.0], np.linspace(0, 1, 6))
    found = reassign(changes, chosen(8, 2), np.random.default_rng(0))
    assert found == Reassigned(28, 1, is_all=True)
    assert found.p_value == 1 / 28


def test_half_of_the_places_mirror_each_other() -> None:
    found = reassign(np.array([1.0, 1.0, 0.0, 0.0]), chosen(4, 2), np.random.default_rng(0))
    assert found == Reassigned(6, 2, is_all=True)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(-5, 5), min_size=5, max_size=8), st.integers(1, 3))
def test_it_counts_what_a_loop_counts(values: list[int], size: int) -> None:
    changes = np.array(values, float)
    differences = []
    for members in combinations(range(len(values)), size):
        treated = np.isin(np.arange(len(values)), members)
        differences.append(abs(changes[treated].mean() - changes[~treated].mean()))
    found = reassign(changes, chosen(len(values), size), np.random.default_rng(0))
    assert found == Reassigned(
        len(differences), int((np.array(differences) >= differences[0] - 1e-9).sum()), is_all=True
    )


def test_agrees_with_the_permutation_test_of_scipy() -> None:
    rng = np.random.default_rng(3)
    changes = rng.normal(size=9)
    theirs = stats.permutation_test(
        (changes[:3], changes[3:]), lambda x, y: x.mean() - y.mean(), n_resamples=np.inf, vectorized=False
    )
    ours = reassign(changes, chosen(9, 3), rng).p_value
    absolute = stats.permutation_test(
        (changes[:3], changes[3:]),
        lambda x, y: abs(x.mean() - y.mean()),
        n_resamples=np.inf,
        vectorized=False,
        alternative="greater",
    )
    assert ours == pytest.approx(absolute.pvalue)
    assert ours == pytest.approx(theirs.pvalue, abs=0.2)  # theirs doubles the smaller tail


def test_of_many_ways_some_are_drawn_the_same_each_time() -> None:
    rng = np.random.default_rng(1)
    changes = rng.normal(size=40)
    changes[:6] += 0.7
    found = [reassign(changes, chosen(40, 6), np.random.default_rng(5)) for _ in range(2)]
    assert found[0] == found[1]
    assert (found[0].ways, found[0].is_all) == (MOST, False)
    assert found[0].p_value == pytest.approx(stats.ttest_ind(changes[:6], changes[6:]).pvalue, abs=0.02)


def test_where_nothing_was_done_it_is_as_rare_as_it_says() -> None:
    rng = np.random.default_rng(7)
    p_values = []
    for _ in range(2000):
        changes = rng.exponential(size=8)  # of any distribution
        p_values.append(reassign(changes, chosen(8, 2), rng).p_value)
    for alpha in (0.04, 0.1, 0.5):
        assert np.mean(np.array(p_values) <= alpha) <= alpha + 3 * np.sqrt(alpha / 2000)
