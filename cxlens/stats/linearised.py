"""Errors of weighted means by linearisation, and the number of equal answers that a weighted share or NPS is worth.

Rows come one by one or counted together: where several rows of a cell have one value, the sums of powers of their
weights are enough. Intervals follow in :mod:`cxlens.stats.intervals`; errors of clusters in
:mod:`cxlens.stats.clusters`.

Notes
-----
With s = w / sum w a weighted mean m has the variance V = sum s**2 (y - m)**2 / (1 - s), with
(sum w**2)**2 / sum w**4 - 1 degrees of freedom: s2 / n and n - 1 where weights are equal. Kish's effective number alone
holds only where weights have nothing to do with what is measured (Gabler, Haeder and Lahiri 1999).

A share or an NPS whose one answer has the variance v is worth n* equal answers: the n whose mean would have the
variance V, v n / ((n - 1) V) times (t of n - 1 over t of the degrees of freedom of the weights) squared, and no more
than n (Korn and Graubard 1998, Survey Methodology 24). It is n where weights are equal. Where the hits or the misses
are worth fewer than 20 answers, V is rough itself, and Kish's number stands where it is smaller.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxlens.stats.intervals import effective_n, t_quantile

Floats = NDArray[np.float64]
RARE = 20.0  # hits or misses worth fewer answers leave the variance of a share rough
LEAST = 1e-3  # answers that any figure is worth, so that its interval has ends


class Weights(NamedTuple):
    """Sums over the rows of cells, any shape: rows, weights, and weights to the power of two and four."""

    n: Floats
    w: Floats
    w2: Floats
    w4: Floats

    @property
    def kish(self) -> Floats:
        """The effective number of answers where weights have nothing to do with them (Kish 1965)."""
        return effective_n(self.w, self.w2)

    @property
    def df(self) -> Floats:
        """Degrees of freedom of a variance: n - 1 where weights are equal."""
        return effective_n(self.w2, self.w4) - 1


def pulls(w2: ArrayLike, w3: ArrayLike, total: ArrayLike) -> Floats:
    """What the squared deviation of each row adds to the variance of the mean: s**2 / (1 - s).

    Parameters
    ----------
    w2, w3
        Second and third power of the weight of each row; or their sums over rows of one value, which then count as if
        all had the mean share, weighted by s**2.
    total
        The sum of all weights of the row's cell.

    Returns
    -------
    (rows,) numbers; NaN for a row that is all of its cell.
    """
    w2 = np.asarray(w2, float)
    mean_weight = np.divide(w3, w2, out=np.zeros_like(w2), where=w2 > 0)
    shares = mean_weight / total
    left = np.where(shares < 1 - 1e-12, 1 - shares, np.nan)
    return np.asarray(w2 / np.square(total) / left)


def worth(
    of_one: ArrayLike,
    variance: ArrayLike,
    weights: Weights,
    rarest: ArrayLike,
    level: float,
) -> Floats:
    """How many equal answers a weighted share, or NPS, is worth.

    Parameters
    ----------
    of_one
        The variance of one answer: p (1 - p) for a share.
    variance
        The linearised variance of the figure.
    weights
        Sums over all rows of each cell.
    rarest
        What the hits, or the misses, are worth by Kish's number, whichever are fewer.
    level
        Confidence level: few degrees of freedom cost more, the surer an interval is to be.
    """
    of_one = np.asarray(of_one, float)
    variance = np.asarray(variance, float)
    varies = (variance > 0) & (of_one > 0)
    ratio = np.divide(of_one, variance, out=np.zeros_like(variance), where=varies)
    several = np.where(weights.n > 1, weights.n - 1, 1.0)
    linearised = np.where(varies, ratio * weights.n / several, weights.kish)
    few_degrees = _over_t(weights, level)
    linearised = np.minimum(linearised, weights.n) * few_degrees
    kish = weights.kish
    is_rough = np.asarray(rarest) < RARE
    answers = np.where(is_rough, np.minimum(linearised, kish), linearised)
    return np.where(weights.n > 0, np.maximum(answers, LEAST), 0.0)


def _over_t(weights: Weights, level: float) -> Floats:
    """(t of n - 1 over t of the weights' degrees of freedom) squared; 1 where either has none."""
    t_of_rows = t_quantile(level, weights.n - 1)
    t_of_weights = t_quantile(level, weights.df)
    ratio = (t_of_rows / t_of_weights) ** 2
    return np.where(np.isnan(ratio), 1.0, np.minimum(ratio, 1.0))
