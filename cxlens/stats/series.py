"""Regression on one series, where part of each swing may carry over to the next wave.

How much carries over cannot be told from a short series. So no single figure is taken for it: coefficients are those of
generalised least squares under each carry-over between none and nearly all, weighted by how likely it makes the series
(restricted likelihood). Intervals are those of this mixture, so they know that the carry-over is not known. What the
columns mean does not belong here.

Sources: Harville (1974), Biometrika 61, for the restricted likelihood; Zellner and Tiao (1964), JASA 59, for averaging
over the autocorrelation with a flat prior.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
CARRY_OVERS = np.linspace(0.0, 0.95, 39)
HALVINGS = 40  # of the widest interval: far finer than any figure shown


class Coefficients(NamedTuple):
    """Under each of r carry-overs: k coefficients and errors (r, k), the weight of the carry-over (r,), and df."""

    estimate: Floats
    error: Floats
    weight: Floats
    df: int

    @property
    def mean(self) -> Floats:
        """(k,) coefficients, averaged."""
        return np.asarray(self.weight @ self.estimate)

    @property
    def carry_over(self) -> float:
        """The share of a swing that is carried over, averaged."""
        return float(self.weight @ CARRY_OVERS)

    def below(self, value: Floats) -> Floats:
        """(k,) probability that each coefficient is below its value."""
        apart = value - self.estimate
        t = np.divide(apart, self.error, out=np.where(apart > 0, np.inf, -np.inf), where=self.error > 0)
        return np.asarray(self.weight @ special.stdtr(self.df, t))

    def p_value(self) -> Floats:
        """(k,) two-sided p-values of no effect."""
        below = self.below(np.zeros(self.estimate.shape[1]))
        return np.asarray(2 * np.minimum(below, 1 - below))

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """(k,) low and high ends."""
        return self._quantile((1 - level) / 2), self._quantile((1 + level) / 2)

    def _quantile(self, share: float) -> Floats:
        """(k,) values below which each coefficient lies with this probability, by halving."""
        half = special.stdtrit(self.df, max(share, 1 - share)) * self.error
        low = (self.estimate - half).min(axis=0)
        high = (self.estimate + half).max(axis=0)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            is_too_high = self.below(middle) > share
            high = np.where(is_too_high, middle, high)
            low = np.where(is_too_high, low, middle)
        return np.asarray((low + high) / 2)


def regress_series(columns: Floats, y: Floats) -> Coefficients:
    """Coefficients of columns (t, k) for a series (t,) of waves at equal distances, t above k."""
    waves, k = columns.shape
    df = waves - k
    fits = [_under(carry_over, columns, y, df) for carry_over in CARRY_OVERS]
    estimate, error, loglik = (np.array(figure) for figure in zip(*fits, strict=True))
    likelihood = np.exp(loglik - loglik.max())
    return Coefficients(estimate, error, likelihood / likelihood.sum(), df)


def _under(carry_over: float, columns: Floats, y: Floats, df: int) -> tuple[Floats, Floats, float]:
    """Coefficients, their errors and the restricted log-likelihood under one carry-over."""
    orthonormal, triangle = np.linalg.qr(_innovations(columns, carry_over))
    new = _innovations(y, carry_over)
    inverse = np.linalg.inv(triangle)
    projected = orthonormal.T @ new
    left = new - orthonormal @ projected
    squares = float(left @ left)
    error = np.sqrt((inverse**2).sum(axis=1) * squares / df)
    log_size = np.log(np.abs(np.diag(triangle))).sum()
    floor = np.finfo(float).tiny
    loglik = 0.5 * np.log(1 - carry_over**2) - log_size - 0.5 * df * np.log(max(squares, floor))
    return inverse @ projected, error, float(loglik)


def _innovations(series: Floats, carry_over: float) -> Floats:
    """What is new in each wave; the first is scaled to the same spread."""
    new = series.astype(float)
    new[1:] -= carry_over * series[:-1]
    new[0] *= np.sqrt(1 - carry_over**2)
    return new
