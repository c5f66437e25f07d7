"""Means of skewed cases, such as waiting times: how probable it is that the true mean is below a value.

Student's t takes a few short waits for a short mean: a long one is rare, and it is not among them. Two methods that
mind it, and the more careful of the two. What a mean is held against does not belong here.

Notes
-----
Hall's transformation (1992, JRSS B 54) takes the skewness of the cases out of t. Where all cases are above 0 and their
logarithms are not clearly skewed, the mean of a lognormal distribution by its generalised p-value (Krishnamoorthy and
Mathew 2003, Journal of Statistical Planning and Inference 115) is taken as well: it holds its level from 5 cases on,
where Cox's and Zhou and Gao's methods (1997, Statistics in Medicine 16) need more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cxlens.stats.intervals import normal_quantile

Floats = NDArray[np.float64]
POINTS = 500  # quantiles of chi-square over which is averaged
HALVINGS = 50  # of the range in which an end of an interval lies
FARTHEST = 9.0  # standard errors from the middle within which it lies
STRAIGHT = 1e-9  # of a skewness: less is none
CLEARLY = 0.95  # level at which logarithms are clearly skewed
FEWEST = 3  # cases: fewer have no skewness


class Sample(NamedTuple):
    """Mean, standard deviation and skewness (unbiased in normal samples) of n cases."""

    n: int
    mean: float
    sd: float
    skewness: float


def sample_of(cases: Floats) -> Sample:
    """Sum up cases (n,); no skewness where there are fewer than three, or all are alike."""
    n = len(cases)
    away = cases - cases.mean()
    spread = float((away**2).mean())
    skewness = 0.0
    if n >= FEWEST and spread > 0:
        unbiased = np.sqrt(n * (n - 1)) / (n - 2)
        skewness = float((away**3).mean() / spread**1.5 * unbiased)
    sd = float(np.sqrt(spread * n / max(n - 1, 1)))
    return Sample(n, float(cases.mean()), sd, skewness)


def below(cases: Floats, value: float) -> float:
    """How probable it is that the true mean is below a value; 0.5 where the two methods do not even agree on the side.

    Examples
    --------
    >>> import numpy as np
    >>> waits = np.array([1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 9.0])
    >>> round(below(waits, 6.0), 3)  # Student's t says 0.983
    0.857
    """
    found = [method.below(value) for method in _methods(cases)]
    low = min(found)
    high = max(found)
    if low < 0.5 < high:
        return 0.5
    return low if low >= 0.5 else high


def skewed_mean_interval(cases: Floats, level: float = 0.95) -> tuple[float, float]:
    """The values that :func:`below` does not refuse on either side: the wider of both intervals at each end."""
    tail = (1 - level) / 2
    methods = _methods(cases)
    lows = [method.value_where(tail) for method in methods]
    highs = [method.value_where(1 - tail) for method in methods]
    return min(lows), max(highs)


def _methods(cases: Floats) -> list[_Hall | _Lognormal]:
    """What can be said of such cases: with the skewness taken out, and as of a lognormal distribution."""
    hall = _Hall(sample_of(cases))
    if len(cases) < FEWEST or not (cases > 0).all():
        return [hall]
    logs = sample_of(np.log(cases))
    most = normal_quantile(CLEARLY) * _error_of_skewness(logs.n)
    if abs(logs.skewness) <= most:
        return [hall, _Lognormal(logs)]
    return [hall]


def _error_of_skewness(n: int) -> float:
    """Standard error of the skewness of n normal cases."""
    variance = 6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3))
    return float(np.sqrt(variance))


class _Hall:
    """Student's t of the mean of a sample, transformed so that the skewness of its cases is gone."""

    def __init__(self, sample: Sample) -> None:
        self.df = sample.n - 1
        self.mean = sample.mean
        self.error = sample.sd / np.sqrt(sample.n)
        self.bend = sample.skewness / np.sqrt(sample.n)

    def below(self, value: float) -> float:
        """How probable it is that the true mean is below a value."""
        t = (self.mean - value) / self.error
        bent = t**2 / 3 + 1 / 6
        straight = t + self.bend * bent + self.bend**2 * t**3 / 27
        return float(special.stdtr(self.df, -straight))

    def value_where(self, probability: float) -> float:
        """The value below which it is with such a probability."""
        t = -float(special.stdtrit(self.df, probability))
        if abs(self.bend) > STRAIGHT:
            cube = 1 + self.bend * (t - self.bend / 6)
            t = 3 / self.bend * (np.cbrt(cube) - 1)
        return float(self.mean - t * self.error)


class _Lognormal:
    """The generalised p-value of the mean of a lognormal distribution, averaged over quantiles of chi-square."""

    def __init__(self, logs: Sample) -> None:
        probabilities = (np.arange(POINTS) + 0.5) / POINTS
        df = logs.n - 1
        variances = df * logs.sd**2 / special.chdtri(df, probabilities)
        self.middles = logs.mean + variances / 2
        self.errors = np.sqrt(variances / logs.n)

    def below(self, value: float) -> float:
        """How probable it is that the true mean is below a value."""
        if value > 0:
            return self._below_log(np.log(value))
        return 0.0

    def _below_log(self, log: float) -> float:
        z = (log - self.middles) / self.errors
        return float(special.ndtr(z).mean())

    def value_where(self, probability: float) -> float:
        """The value below which it is with such a probability."""
        low = float((self.middles - FARTHEST * self.errors).min())
        high = float((self.middles + FARTHEST * self.errors).max())
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            if self._below_log(middle) < probability:
                low = middle
            else:
                high = middle
        return float(np.exp(high))
