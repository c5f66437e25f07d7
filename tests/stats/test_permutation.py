from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.permutation import Scores, is_small, permutation_p, studentised, two_samples, whole_counts
from cxlens.stats.regression import fit_rows


def sample(rng: np.random.Generator, n: int = 150, p: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Scores of which four in five are 5, the rest 4 and a few 1; an NPS outcome that has nothing to do with them."""
    chance = rng.random((n, p))
    scores = np.where(chance < 0.8, 5.0, np.where(chance < 0.97, 4.0, 1.0))
    y = np.where(rng.random(n) < 0.75, 100.0, np.where(rng.random(n) < 0.6, 0.0, -100.0))
    return np.column_stack([np.ones(n), scores]), y


def by_hand(x: np.ndarray, y: np.ndarray, w: np.ndarray, columns: list[int], seed: int, draws: int) -> float:
    """The same, one regression a draw."""
    places = np.argsort(np.random.default_rng(seed).random((draws, len(y))), axis=1)
    others = np.delete(x, columns, axis=1)
    residuals = y - others @ fit_rows(others, y, w).coef

    def statistic(outcome: np.ndarray) -> float:
        fit = fit_rows(x, outcome, w)
        chosen = fit.coef[columns]
        return float(chosen @ np.linalg.inv(fit.cov[np.ix_(columns, columns)]) @ chosen)

    found = statistic(y)
    drawn = [statistic(residuals[place]) for place in places]
    return (1 + sum(value >= found * (1 - 1e-9) for value in drawn)) / (1 + draws)


@pytest.mark.parametrize("columns", [[1], [2, 3]])
def test_it_is_what_one_regression_a_draw_gives(columns: list[int]) -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(40), rng.normal(size=(40, 4))])
    y, w = x[:, 1] * 0.2 + rng.exponential(size=40), rng.uniform(0.5, 2, 40)
    found = permutation_p(x, y, w, [np.array(columns)], np.random.default_rng(7), draws=99)
    assert_allclose(found, by_hand(x, y, w, columns, 7, 99))


def test_rows_far_out_hide_their_own_residuals() -> None:
    """A few rows decide on a column: the errors are those of rows left out in turn (HC3)."""
    rng = np.random.default_rng(8)
    x = np.column_stack([np.ones(30), rng.standard_t(1, 30), rng.lognormal(0, 2, 30)])
    y, w = rng.exponential(size=30) + 0.02 * x[:, 1], rng.uniform(0.2, 5, 30)
    for column in (1, 2):
        found = permutation_p(x, y, w, [np.array([column])], np.random.default_rng(9), draws=399)
        assert_allclose(found, by_hand(x, y, w, [column], 9, 399))


def test_where_nothing_is_odd_it_agrees_with_the_robust_test() -> None:
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(250), rng.normal(size=(250, 6))])
    y = x @ np.array([0, 0.1, 0.05, 0, 0.15, 0, 0.02]) + rng.normal(size=250)
    fit = fit_rows(x, y, np.ones(250))
    ours = permutation_p(x, y, np.ones(250), [np.array([j]) for j in range(1, 7)], rng, draws=4999)
    assert_allclose(ours, wald_p(fit.coef, fit.errors, fit.df)[1:], atol=0.03)


def test_scores_piled_up_at_the_top_keep_their_level() -> None:
    """HC3 called a touchpoint without effect clear in 19 of 100 such surveys (q < 0.05)."""
    rng, ours, theirs = np.random.default_rng(2), [], []
    for _ in range(70):
        x, y = sample(rng)
        tests = [np.array([j]) for j in range(1, 13)]
        ours.append(benjamini_hochberg(permutation_p(x, y, np.ones(150), tests, rng, draws=399)).min() < 0.05)
        theirs.append(np.nanmin(benjamini_hochberg(fit_rows(x, y, np.ones(150)).p_values[1:])) < 0.05)
    assert np.mean(ours) < 0.1
    assert np.mean(theirs) > 0.12


SCORES = np.arange(1.0, 6)
TOP = (0.01, 0.01, 0.03, 0.15, 0.80)


def test_the_statistic_of_two_samples_is_welchs() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.integers(0, 20, (2, 5))
    x, y = (np.repeat(SCORES, n) for n in (first, second))
    found = studentised(SCORES, first[None], second[None])[0]
    assert_allclose(found, stats.ttest_ind(x, y, equal_var=False).statistic)
    assert studentised(SCORES, np.array([[0, 0, 0, 0, 9]]), np.array([[9, 0, 0, 0, 0]]))[0] == np.inf
    assert studentised(SCORES, np.array([[0, 0, 0, 0, 9]]), np.array([[0, 0, 0, 0, 4]]))[0] == 0


@pytest.mark.filterwarnings("ignore:Precision loss:RuntimeWarning")  # some exchanges leave answers all alike
def test_two_samples_are_what_all_exchanges_say() -> None:
    x, y = [1, 2, 2, 4, 5], [3, 5, 5, 4, 5, 5]
    exact = stats.permutation_test(
        (x, y),
        lambda a, b, axis: stats.ttest_ind(a, b, axis=axis, equal_var=False).statistic,
        n_resamples=np.inf,
        vectorized=True,
    )
    first, second = (np.bincount(side, minlength=6)[1:] for side in (x, y))
    t = studentised(SCORES, first[None], second[None])[0]
    assert_allclose(two_samples(SCORES, first, second, t, level=0.95).p_value, exact.pvalue, atol=0.03)


def test_a_small_sample_keeps_its_level_in_either_direction() -> None:
    rng, said = np.random.default_rng(4), []
    for _ in range(250):
        first, second = (rng.multinomial(n, TOP) for n in (400, 20))
        t = studentised(SCORES, first[None], second[None])[0]
        moved = two_samples(SCORES, first, second, t, level=0.95)
        assert (moved.low <= t <= moved.high) == (moved.p_value >= 0.05)
        said.append(np.sign(t) * (moved.p_value < 0.05))
    assert np.mean(np.abs(said)) < 0.08
    assert np.mean(np.array(said) > 0) < 0.06
    assert np.mean(np.array(said) < 0) < 0.06


def test_very_many_scores_are_taken_in_groups() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=600), rng.normal(0.3, 1, 80)
    values, place = np.unique(np.concatenate([x, y]), return_inverse=True)
    first, second = np.bincount(place[:600], minlength=680), np.bincount(place[600:], minlength=680)
    t = stats.ttest_ind(x, y, equal_var=False)
    assert_allclose(two_samples(values, first, second, t.statistic, level=0.95).p_value, t.pvalue, atol=0.02)


def test_which_samples_are_small() -> None:
    cases = [(99, 99), (99, 5000), (100, 150), (250, 600), (300, 5000), (250, 400)]
    assert [is_small(*sizes) for sizes in cases] == [True, True, False, True, False, False]


def test_weighted_answers_are_counted_in_whole_numbers() -> None:
    values, counts = whole_counts(np.array([1.0, 2, 2, 3]), np.array([1.0, 1, 1, 3]), 10)
    assert values.tolist() == [1, 2, 3]
    assert counts.sum() == 10
    assert abs(counts - 10 * np.array([1, 2, 3]) / 6).max() < 1
    assert whole_counts(np.array([5.0, 4, 4]), np.ones(3), 3)[1].tolist() == [2, 1]


def test_rows_counted_together_are_as_many_answers_as_rows_one_by_one() -> None:
    x = np.array([1.0, 2, 2, 3])
    w = np.array([1.0, 2, 2, 1])
    one_by_one = Scores.of(x, w, w**2)
    together = Scores.of(np.array([1.0, 2, 3]), np.array([1.0, 4, 1]), np.array([1.0, 8, 1]))
    assert one_by_one.counts.tolist() == together.counts.tolist()
    values, first, second = one_by_one.beside(Scores(np.array([0.0, 2]), np.array([5, 7])))
    assert values.tolist() == [0, 1, 2, 3]
    assert first.tolist() == [0, *one_by_one.counts.tolist()]
    assert second.tolist() == [5, 0, 7, 0]


def test_what_was_seen_is_one_of_the_exchanges() -> None:
    """So that p is never 0, and with all draws made no less than two in 20,000."""
    first, second = np.array([0, 0, 0, 1, 300]), np.array([59, 1, 0, 0, 0])
    t = studentised(SCORES, first[None], second[None])[0]
    assert_allclose(two_samples(SCORES, first, second, t, level=0.95).p_value, 2 / 20_000)
