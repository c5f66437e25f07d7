"""Changes between waves of few answers: exact where they can be, and not told apart by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlens.stages.impact.steps import WaveMeans, among_few
from cxlens.study.metrics import Sample, change_of


def sample(values: list[float] | np.ndarray, unit: np.ndarray | None = None) -> Sample:
    values = np.asarray(values, float)
    return Sample(values, np.ones(len(values)), unit, pd.DataFrame(index=range(len(values))))


def change(before: Sample, after: Sample, kind: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """As many answers have it, and as few have it."""
    both = Sample(
        np.concatenate([before.value, after.value]),
        np.concatenate([before.w, after.w]),
        None,
        pd.DataFrame(index=range(before.size + after.size)),
    )
    late = np.repeat([False, True], [before.size, after.size])
    estimate = change_of(both, late, kind, 0.95)
    return estimate, among_few(estimate, after, before, kind, 0.95)


def test_a_share_has_the_p_value_of_fisher():
    before, after = sample([1] * 30 + [0] * 30), sample([1] * 14 + [0] * 2)
    plain, few = change(before, after, "binary")
    assert few[:3] == plain[:3]
    one_sided = stats.fisher_exact([[14, 2], [30, 30]], alternative="greater").pvalue
    assert few[3] == pytest.approx(2 * one_sided, rel=0.15)


@pytest.mark.parametrize("kind", ["touchpoint", "nps"])
def test_p_value_and_interval_say_the_same(kind: str):
    rng = np.random.default_rng(0)
    scores = np.array([-100.0, 0, 100]) if kind == "nps" else np.arange(1.0, 6)
    for _ in range(12):
        before, after = sample(rng.choice(scores, 200)), sample(rng.choice(scores[1:], 30))
        plain, few = change(before, after, kind)
        assert few[0] == plain[0]
        assert (few[1] > 0 or few[2] < 0) == (few[3] < 0.05)


def test_many_answers_stay_as_they_were():
    rng = np.random.default_rng(1)
    before, after = sample(rng.integers(1, 6, 150)), sample(rng.integers(1, 6, 120))
    plain, few = change(before, after, "touchpoint")
    assert few == plain


def test_a_young_wave_is_not_told_apart_by_chance():
    """300 answers and 15, four in five of them 5: Welch said p < 0.05 in more than one in ten."""
    rng = np.random.default_rng(2)
    said, by_welch = [], []
    for _ in range(200):
        before, after = (sample(rng.choice(5, n, p=(0.01, 0.01, 0.03, 0.15, 0.80)) + 1) for n in (300, 15))
        plain, few = change(before, after, "touchpoint")
        said.append(few[3] < 0.05)
        by_welch.append(plain[3] < 0.05)
    assert np.mean(said) < 0.08 < np.mean(by_welch)


def test_waves_of_thirty_answers_make_a_series():
    waves = WaveMeans([], [], [])
    for place in range(6):
        waves = waves.with_wave(place, sample([3, 4, 5] * (9 if place == 2 else 10 + place)), 0.95)
    assert waves.when == [0, 1, 3, 4, 5]
    assert waves.mean == pytest.approx([4.0] * 5)
    assert waves.trend(np.arange(6.0), 0.95).slope == pytest.approx(0, abs=1e-12)
    low, high = waves.limits(sample([4, 5] * 15), 0.95)
    assert low < 4 < high


def test_clusters_tell_how_sure_a_wave_is():
    unit = np.repeat(np.arange(10), 4)
    of_clusters = sample(np.repeat(np.arange(10) % 5 + 1, 4), unit)
    alone = sample(of_clusters.value)
    variances = [WaveMeans([], [], []).with_wave(0, wave, 0.95).variance[0] for wave in (of_clusters, alone)]
    assert variances[0] > 3 * variances[1]


@pytest.mark.parametrize("value", [100, 0, -100])
def test_two_small_waves_all_alike_have_an_interval_of_some_width(value: int):
    plain, few = change(sample([value] * 20), sample([value] * 20), "nps")
    assert few == plain
    assert few[1] < 0 < few[2]


def test_of_an_nps_all_three_kinds_have_answers_added():
    _, few = change(sample([0] * 20), sample([100] * 20), "nps")
    assert few[1:3] == pytest.approx([70.155, 103.758], abs=0.01)
