"""How often so many answers have so far a mean by chance: against the binomial, enumeration, and under the null."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.sums import MOST, Scores


@pytest.mark.parametrize(("n", "hits"), [(5, 0), (10, 9), (34, 4), (178, 12)])
def test_shares_are_binomial(n: int, hits: int) -> None:
    share = Scores(np.array([0.0, 1.0]), np.array([0.9, 0.1]))
    below, above = stats.binom.cdf(hits, n, 0.1), stats.binom.sf(hits - 1, n, 0.1)
    assert share.extreme(hits / n, n) == pytest.approx(min(2 * min(below, above), 1), rel=1e-9)


def test_scores_are_enumerated() -> None:
    values, weight = np.array([1.0, 2, 4, 5]), np.array([0.1, 0.2, 0.3, 0.4])
    chance = {}
    for drawn in product(range(4), repeat=5):
        total = values[list(drawn)].sum()
        chance[total] = chance.get(total, 0) + weight[list(drawn)].prod()
    scores = Scores(values, weight)
    for total in (5, 9, 18, 25):
        below = sum(p for other, p in chance.items() if other <= total)
        above = sum(p for other, p in chance.items() if other >= total)
        assert scores.extreme(total / 5, 5) == pytest.approx(min(2 * min(below, above), 1))


def test_scores_on_no_even_step_are_laid_on_one() -> None:
    rng = np.random.default_rng(1)
    values = rng.gamma(2, 20, 300)
    scores = Scores(values, np.ones(300))
    means = rng.choice(values, (20_000, 12)).mean(axis=1)
    far = float(np.quantile(means, 0.01))
    assert scores.extreme(far, 12) == pytest.approx(0.02, abs=0.006)


def test_many_answers_are_judged_by_the_normal_distribution() -> None:
    scores = Scores(np.arange(1.0, 6), np.ones(5))
    exact, normal = (scores.extreme(3 + 2 * np.sqrt(2 / n), n) for n in (MOST, MOST + 1))
    assert exact == pytest.approx(normal, rel=0.01)
    assert scores.extreme(3.0, MOST + 1) == 1


def test_answers_all_alike_are_never_extreme() -> None:
    alike = Scores(np.array([4.0]), np.array([9.0]))
    assert alike.extreme(4.0, 7) == 1
    assert alike.kurtosis == 0


def test_kurtosis_is_that_of_scipy() -> None:
    scores = np.repeat([1.0, 2, 3, 4, 5], [1, 1, 3, 15, 80])
    values, counts = np.unique(scores, return_counts=True)
    assert Scores(values, counts.astype(float)).kurtosis == pytest.approx(stats.kurtosis(scores))


def test_of_forty_groups_that_are_alike_one_seldom_stands_off() -> None:
    rng = np.random.default_rng(3)
    said = []
    for _ in range(200):
        n = np.clip(np.round(np.exp(rng.normal(np.log(34), 0.9, 40))), 5, 178).astype(int)
        counts = rng.multinomial(n, (0.01, 0.01, 0.03, 0.15, 0.80))
        scores = Scores(np.arange(1.0, 6), counts.sum(axis=0).astype(float))
        p = [scores.extreme(mean, size) for mean, size in zip(counts @ np.arange(1, 6) / n, n, strict=True)]
        said.append((benjamini_hochberg(np.array(p)) < 0.05).any())
    assert np.mean(said) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
