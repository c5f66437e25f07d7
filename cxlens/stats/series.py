"""Regression on one series, where part of each swing may carry over to the next wave.

How much carries over cannot be told from a short series: a test of it finds nothing in sixteen waves, whatever there
is. So no single figure is taken for it: coefficients are those of generalised least squares under each carry-over
between none and nearly all, weighted by how likely it makes the series (restricted likelihood). Intervals are those of
this mixture, so they know that the carry-over is not known. What the columns mean does not belong here.

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
HALVINGS = 30  # of the widest interval: far finer than any figure shown
FEWEST = 8  # waves on each side of a change, below which a series tells nothing of it
TINY = float(np.finfo(float).tiny)


class Coefficients(NamedTuple):
    """Under each of r carry-overs: estimates and errors (r, m), the weight of the carry-over (r,), and df.

    Of several series at once all three have one more axis, the last: (r, m, s) and (r, s).
    """

    estimate: Floats
    error: Floats
    weight: Floats
    df: int

    @property
    def mean(self) -> Floats:
        """(m,) estimates, averaged."""
        return self._averaged(self.estimate)

    @property
    def carry_over(self) -> Floats:
        """The share of a swing that is carried over, averaged."""
        share = np.tensordot(CARRY_OVERS, self.weight, 1)
        return np.asarray(share)

    def only(self, which: int) -> Coefficients:
        """One of the estimates."""
        part = slice(which, which + 1)
        return self._replace(estimate=self.estimate[:, part], error=self.error[:, part])

    def below(self, value: Floats) -> Floats:
        """(m,) probability that each is below its value."""
        apart = value - self.estimate
        certain = np.where(apart > 0, np.inf, -np.inf)
        t = np.divide(apart, self.error, out=certain, where=self.error > 0)
        return self._averaged(special.stdtr(self.df, t))

    def p_value(self) -> Floats:
        """(m,) two-sided p-values of no effect."""
        nothing = np.zeros(self.estimate.shape[1:])
        below = self.below(nothing)
        tail = np.minimum(below, 1 - below)
        return np.asarray(2 * tail)

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """(m,) low and high ends."""
        low = self.quantile((1 - level) / 2)
        high = self.quantile((1 + level) / 2)
        return low, high

    def quantile(self, share: float) -> Floats:
        """(m,) values below which each lies with this probability, by halving."""
        larger = max(share, 1 - share)
        half = special.stdtrit(self.df, larger) * self.error
        low = (self.estimate - half).min(axis=0)
        high = (self.estimate + half).max(axis=0)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            is_too_high = self.below(middle) > share
            high = np.where(is_too_high, middle, high)
            low = np.where(is_too_high, low, middle)
        return np.asarray((low + high) / 2)

    def _averaged(self, values: Floats) -> Floats:
        """Over the carry-overs."""
        weight = np.expand_dims(self.weight, 1)
        return np.asarray((weight * values).sum(axis=0))


def regress_series(
    columns: Floats,
    y: Floats,
    *,
    when: Floats | None = None,
    contrasts: Floats | None = None,
) -> Coefficients:
    """Regress a series, or several of the same waves, on columns.

    Parameters
    ----------
    columns
        (t, k) what each wave is told by, t above k.
    y
        (t,) the series, or (t, s) several.
    when
        (t,) the number of each wave, where some are missing between; 0, 1, 2 ... by default.
    contrasts
        (m, k) sums of coefficients that are wanted; the coefficients themselves by default.
    """
    waves, k = columns.shape
    df = waves - k
    wanted = np.eye(k) if contrasts is None else contrasts
    apart = np.ones(waves - 1) if when is None else np.diff(when)
    several = y if y.ndim > 1 else y[:, None]
    fits = []
    for carry_over in CARRY_OVERS:
        fit = _under(carry_over, columns, several, apart, wanted)
        fits.append(fit)
    estimate, error, loglik = (np.array(figure) for figure in zip(*fits, strict=True))
    likelihood = np.exp(loglik - loglik.max(axis=0))
    total = likelihood.sum(axis=0)
    weight = likelihood / total
    if y.ndim > 1:
        return Coefficients(estimate, error, weight, df)
    return Coefficients(estimate[..., 0], error[..., 0], weight[:, 0], df)


def _under(
    carry_over: float,
    columns: Floats,
    y: Floats,
    apart: Floats,
    wanted: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Sums of coefficients (m, s), their errors and the restricted log-likelihoods (s,) under one carry-over."""
    waves, k = columns.shape
    df = waves - k
    kept = carry_over**apart
    new_part = 1 - carry_over**2
    spread = np.sqrt((1 - kept**2) / new_part)
    turned = _innovations(columns, carry_over, kept, spread)
    new = _innovations(y, carry_over, kept, spread)
    orthonormal, triangle = np.linalg.qr(turned)
    projected = orthonormal.T @ new
    left = new - orthonormal @ projected
    squares = (left**2).sum(axis=0)
    lever = wanted @ np.linalg.inv(triangle)
    lengths = (lever**2).sum(axis=1)
    error = np.sqrt(lengths[:, None] * squares / df)
    sizes = np.abs(np.diag(triangle))
    log_size = np.log(sizes).sum()
    log_size += np.log(spread).sum()
    of_swings = np.log(np.maximum(squares, TINY))
    first = 0.5 * np.log(new_part)
    loglik = first - log_size - 0.5 * df * of_swings
    return lever @ projected, error, loglik


def _innovations(
    series: Floats,
    carry_over: float,
    kept: Floats,
    spread: Floats,
) -> Floats:
    """What is new in each wave (t, columns), all of one spread; the first is scaled to it."""
    new = series.astype(float)
    change = series[1:] - kept[:, None] * series[:-1]
    new[1:] = change / spread[:, None]
    new[0] *= np.sqrt(1 - carry_over**2)
    return new
