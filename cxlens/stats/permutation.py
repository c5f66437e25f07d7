"""Tests by permutation, for few answers whose scores pile up at an end of the scale: of coefficients, of two samples.

There the errors of rows (HC3) are no match for a skewed outcome: a column that differs for a handful of rows hangs on
whose rows these are. A wild bootstrap does not help, since random signs take the skewness away. Residuals that change
places keep it (Freedman and Lane 1983), and a statistic that is divided by its robust error keeps its level where
spreads are unequal, too (DiCiccio and Romano 2017). Which columns are tested, and when, is not decided here.

A small sample beside a large one fails in a like manner: by chance it has hardly any low score, and then its mean comes
out high and its spread small, both at once. Welch's t explodes; what t is worth is read from samples of these sizes
that chance makes of all the answers together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.intervals import effective_n

Floats = NDArray[np.float64]
Counts = NDArray[Any]
DRAWS = 999
DRAWS_OF_TWO = 1_999  # of two samples
MOST_DRAWS = 19_999  # of them, where chance hardly ever differs as much
FEW, FEW_BESIDE_MANY = 100, 300  # answers of the smaller sample; the second beside more than twice as many
IN_A_TAIL = 20  # draws beyond a statistic, or an end of an interval, that are needed to place it
MOST_VALUES = 200  # different scores of two samples; of more, neighbours are taken as one
SEED = 20_250  # of the draws of two samples: the same answers have the same p-value
SAME = 1e-9  # relative difference below which two statistics are equal


class Moved(NamedTuple):
    """The p-value of a difference, two-sided, and the statistics between which chance leaves the share ``level``."""

    p_value: float
    low: float
    high: float


def permutation_p(
    x: Floats,
    y: Floats,
    w: Floats,
    tested: Sequence[NDArray[np.int64]],
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Floats:
    """p-value of the coefficients of each set of columns being 0, by residuals that change places.

    Parameters
    ----------
    x, y, w
        (n, k) columns of full rank (the constant included), (n,) outcome, (n,) weights above 0.
    tested
        For each test the places of its columns.
    rng
        Draws the permutations, which all tests share.
    draws
        How many of them.

    Notes
    -----
    The residuals are those of the regression without the columns in question. The statistic is Wald's, with HC3
    errors. Freedman and Lane (1983), Journal of Business and Economic Statistics 1; DiCiccio and Romano (2017), JASA
    112. Residuals are permuted before they are weighted: weights stay with their rows.
    """
    root = np.sqrt(w)
    weighted_x = x * root[:, None]
    weighted_y = y * root
    frame, _ = np.linalg.qr(weighted_x)
    inverse = np.linalg.pinv(weighted_x)  # (k, n)
    leverage = (frame**2).sum(axis=1)
    sharpened = inverse / np.maximum(1 - leverage, SAME)
    keys = rng.random((draws, len(y)))
    places = np.argsort(keys, axis=1).T
    found = []
    for columns in tested:
        others = np.delete(weighted_x, columns, axis=1)
        residuals = weighted_y - _fitted(others, weighted_y)
        moved = (residuals / root)[places] * root[:, None]
        outcomes = np.column_stack([weighted_y, moved])
        left = outcomes - frame @ (frame.T @ outcomes)
        statistics = _wald(inverse[columns] @ outcomes, sharpened[columns], left**2)
        as_large = statistics[1:] >= statistics[0] * (1 - SAME)
        found.append((1 + as_large.sum()) / (1 + draws))
    return np.array(found)


def _fitted(x: Floats, y: Floats) -> Floats:
    """(n,) what the columns tell of the outcome."""
    frame, _ = np.linalg.qr(x)
    fitted: Floats = frame @ (frame.T @ y)
    return fitted


def _wald(estimates: Floats, sharpened: Floats, squares: Floats) -> Floats:
    """(d,) Wald statistics of m coefficients (m, d) from squared residuals (n, d) and what a row moves (m, n)."""
    m = len(estimates)
    if m == 1:
        variances = sharpened[0] ** 2 @ squares
        return np.asarray(estimates[0] ** 2 / variances)
    products = sharpened[:, None] * sharpened[None]  # (m, m, n)
    cov = np.moveaxis(products @ squares, -1, 0)
    solved = np.linalg.pinv(cov, hermitian=True) @ estimates.T[:, :, None]
    return np.asarray(np.einsum("md,dm->d", estimates, solved[:, :, 0]))


def two_samples(
    values: Floats,
    first: Counts,
    second: Counts,
    statistic: float,
    *,
    level: float,
    added: Floats | None = None,
) -> Moved:
    """What a studentised difference of two means is worth, by people who change places between the samples.

    Parameters
    ----------
    values
        (k,) the scores that occur, in any order.
    first, second
        (k,) how many of either sample have each; with weights, so many as their effective number makes of them.
    statistic
        The difference of the means, first less second, over its standard error.
    level
        Of the interval that the two ends are for.
    added
        (k,) answers added to either sample before the means are taken, as the NPS has it.

    Notes
    -----
    Janssen (1997), Statistics and Probability Letters 36; Chung and Romano (2013), Annals of Statistics 41. Exact where
    the samples are alike, right for many answers where their spreads differ. Each tail is counted by itself, since the
    statistic is skewed: twice the smaller one. Which answers change places is all in how often each score occurs, so
    counts are drawn (multivariate hypergeometric), not answers: 1,999, and ten times as many where under twenty of them
    are as extreme, so that a p-value among hundreds is known well enough.

    Examples
    --------
    >>> from scipy import special
    >>> scores, ours, theirs = np.arange(1.0, 6), np.array([30, 40, 80, 250, 600]), np.array([0, 0, 1, 9, 20])
    >>> t = studentised(scores, ours[None], theirs[None])[0]
    >>> welch = 2 * special.stdtr(60, t)
    >>> moved = two_samples(scores, ours, theirs, t, level=0.95)
    >>> float(welch) < 0.02, moved.p_value > 0.05
    (True, True)
    """
    pair = _Pair.of(values, first, second, added)
    rng = np.random.default_rng(SEED)
    tail = (1 - level) / 2
    draws = max(DRAWS_OF_TWO, int(np.ceil(IN_A_TAIL / tail)))
    drawn = pair.drawn(rng, draws)
    rarer = min(_as_extreme(drawn, statistic))
    more = MOST_DRAWS - draws
    if rarer < IN_A_TAIL and more > 0:
        further = pair.drawn(rng, more)
        everything = np.concatenate([drawn, further])
        rarer = min(_as_extreme(everything, statistic))
        draws += more
    p_value = 2 * (1 + rarer) / (1 + draws)
    # As many draws beyond an end as leave p just under 1 - level: so the two never disagree.
    in_tail = np.ceil(tail * (1 + len(drawn)) - SAME)
    beyond = max(int(in_tail) - 1, 1)
    in_order = np.sort(drawn)
    low = float(in_order[beyond - 1])
    high = float(in_order[-beyond])
    return Moved(min(p_value, 1.0), low, high)


def is_small(n: float, other: float) -> bool:
    """Whether the smaller of two samples has so few answers, or so few for the other, that Welch's test fails."""
    smaller, larger = sorted((n, other))
    return smaller < FEW or (smaller < FEW_BESIDE_MANY and larger > 2 * smaller)


def studentised(values: Floats, first: Counts, second: Counts, added: Floats | None = None) -> Floats:
    """(d,) differences of two means over their errors, from how often (d, k) each of the values occurs in the two.

    Infinite where neither sample varies and they differ.
    """
    mean, variance = _mean_and_variance(values, first, added)
    other_mean, other_variance = _mean_and_variance(values, second, added)
    difference = mean - other_mean
    error = np.sqrt(variance + other_variance)
    least = SAME * (np.abs(values).max() or 1.0)
    varies = error > least
    sides = [difference > least, difference < -least]
    extreme = np.select(sides, [np.inf, -np.inf], 0.0)
    known_error = np.where(varies, error, 1.0)
    return np.where(varies, difference / known_error, extreme)


def _mean_and_variance(values: Floats, counts: Counts, added: Floats | None) -> tuple[Floats, Floats]:
    """(d,) means of samples, and the variances of these."""
    spare = counts.sum(axis=1) - 1.0
    if added is not None:
        counts = counts + added
        spare = counts.sum(axis=1)
    n = counts.sum(axis=1)
    mean = counts @ values / n
    mean_square = counts @ values**2 / n
    spread = np.maximum(mean_square - mean**2, 0)
    return mean, spread / np.maximum(spare, 1)


class Scores(NamedTuple):
    """The scores that occur in a sample (k,), and how many answers have each: so many as are effective."""

    values: Floats
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, x: Floats, w: Floats, w2: Floats) -> Scores:
        """The scores of rows (n,) with the sums of their weights and of these squared; Kish's effective number."""
        n = effective_n(w.sum(), w2.sum())
        return cls(*whole_counts(x, w, float(n)))

    @property
    def n(self) -> int:
        """How many answers."""
        return int(self.counts.sum())

    def beside(self, other: Scores) -> tuple[Floats, Floats, Floats]:
        """The scores that occur in either sample, and how many answers of this one, and of the other, have each."""
        values = np.union1d(self.values, other.values)
        counts = []
        for sample in (self, other):
            of_all = np.zeros(len(values))
            of_all[np.searchsorted(values, sample.values)] = sample.counts
            counts.append(of_all)
        return values, counts[0], counts[1]


def whole_counts(x: Floats, w: Floats, n: float) -> tuple[Floats, NDArray[np.int64]]:
    """The scores that occur (k,) and how many answers have each, of ``n`` shared out by weight in whole numbers."""
    values, place = np.unique(x, return_inverse=True)
    answers = round(n)
    share = np.bincount(place, w) / w.sum()
    wanted = share * answers
    counts = np.floor(wanted + SAME * max(n, 1.0))
    left = answers - int(counts.sum())
    in_order = np.argsort(counts - wanted, kind="stable")
    shortest = in_order[:left]
    counts[shortest] += 1
    return values, counts.astype(np.int64)


class _Pair(NamedTuple):
    """Two samples: the scores that occur (k,), how many of either have each, and what is added to both."""

    values: Floats
    first: Counts
    second: Counts
    added: Floats | None

    @classmethod
    def of(cls, values: Floats, first: Counts, second: Counts, added: Floats | None) -> _Pair:
        """The samples with whole numbers of answers; among very many scores, neighbours are taken together."""
        pair = cls(
            np.asarray(values, float),
            np.asarray(first, np.int64),
            np.asarray(second, np.int64),
            added,
        )
        if len(values) <= MOST_VALUES:
            return pair
        return pair._in_groups()

    def _in_groups(self) -> _Pair:
        """The same with the scores in groups of as many answers, each at its mean."""
        order = np.argsort(self.values)
        both = (self.first + self.second)[order]
        answers_before = np.cumsum(both) - both
        rough = answers_before * MOST_VALUES // max(int(both.sum()), 1)
        _, group = np.unique(rough, return_inverse=True)
        total = np.bincount(group, both * self.values[order])
        weight = np.bincount(group, both)
        first = np.bincount(group, self.first[order])
        second = np.bincount(group, self.second[order])
        return _Pair(
            total / np.maximum(weight, 1),
            first.astype(np.int64),
            second.astype(np.int64),
            None,
        )

    def drawn(self, rng: np.random.Generator, draws: int) -> Floats:
        """(draws,) statistics of samples of the same sizes, drawn from all the answers together."""
        both = self.first + self.second
        n = int(self.first.sum())
        first = rng.multivariate_hypergeometric(both, n, size=draws, method="marginals")
        return studentised(self.values, first, both - first, self.added)


def _as_extreme(drawn: Floats, statistic: float) -> tuple[int, int]:
    """How many draws are no higher, and how many no lower."""
    near = 0.0
    if np.isfinite(statistic):
        near = SAME * max(abs(statistic), 1.0)
    no_higher = drawn <= statistic + near
    no_lower = drawn >= statistic - near
    return int(no_higher.sum()), int(no_lower.sum())
