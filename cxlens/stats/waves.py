"""What a series of waves tells: a trend, and the limits of the wave to come.

The unit that varies is the wave: weather, staff and season move all of its answers together, so that many answers do
not make up for few waves. Both figures count waves, and never claim more than sampling alone would allow. What a wave
is, and which of them have answers enough, is not decided here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.inference import wider
from cxlens.stats.intervals import t_quantile

Floats = NDArray[np.float64]
FEWEST_OF_TREND = 4  # waves
FEWEST_OF_LIMITS = 5
FEW_ANSWERS = 30  # a wave of fewer carries no trend
CARRIED = 0.5  # of a wave's swing that may reach the next one


class Trend(NamedTuple):
    """A slope a wave with its interval and p-value, and the p-value if half of a wave's swing carried over."""

    slope: float
    low: float
    high: float
    p_value: float
    p_carried: float


NO_TREND = Trend(*[float("nan")] * 5)


def trend(when: Floats, mean: Floats, variance: Floats, level: float) -> Trend:
    """Slope of wave means on the number of the wave, every wave counting alike.

    Parameters
    ----------
    when
        (w,) numbers of the waves, in order; some may be missing between.
    mean, variance
        (w,) the mean of each, and its sampling variance.
    level
        The confidence level.

    Returns
    -------
    Trend
        With the wider of two intervals: Student's on w - 2 degrees of freedom from how the means scatter around the
        line, and that of sampling alone. NaN below four waves.

    Examples
    --------
    >>> of_waves = trend(np.arange(5.0), np.array([3.0, 3.1, 3.2, 3.3, 3.4]), np.full(5, 0.001), 0.95)
    >>> round(of_waves.slope, 3), round(of_waves.high - of_waves.slope, 3)
    (0.1, 0.02)
    """
    if len(when) < FEWEST_OF_TREND:
        return NO_TREND
    plain = _slope(when, mean, variance, 0.0, level)
    carried = _slope(when, mean, variance, CARRIED, level)
    return plain._replace(p_carried=carried.p_value)


def _slope(when: Floats, mean: Floats, variance: Floats, carried: float, level: float) -> Trend:
    """Generalised least squares where so much of a swing reaches the next wave; none is plain least squares."""
    turn = _free_of_carry(when, carried)
    ones = np.ones(len(when))
    line = np.column_stack([ones, when - when.mean()])
    x = turn @ line
    y = turn @ mean
    gram = x.T @ x
    inverse = np.linalg.inv(gram)
    coef = inverse @ x.T @ y
    left = y - x @ coef
    lever = inverse[1] @ x.T @ turn
    df = len(when) - 2
    spread = left @ left / df
    between = float(np.sqrt(inverse[1, 1] * spread))
    sampling = float(np.sqrt(lever**2 @ variance))
    slope = float(coef[1])
    low, high, p_value = wider(slope, [between, sampling], [df, np.inf], level)
    return Trend(
        slope,
        low,
        high,
        p_value,
        p_carried=np.nan,
    )


def _free_of_carry(when: Floats, carried: float) -> Floats:
    """(w, w) the turn after which waves swing independently of each other."""
    apart = np.abs(when[:, None] - when)
    correlation = np.where(apart > 0, carried**apart, 1.0)
    root = np.linalg.cholesky(correlation)
    return np.asarray(np.linalg.inv(root))


class Level(NamedTuple):
    """Where waves lie that swing around one level: their centre, and how far they swing beyond sampling.

    ``share`` (w,) is what each counts in the centre, ``variance`` (w,) its sampling variance, ``between`` the variance
    of the swings, ``df`` the degrees of freedom of that.
    """

    centre: float
    share: Floats
    variance: Floats
    between: float
    df: int

    @property
    def of_centre(self) -> float:
        """The variance of the centre."""
        return float(self.share**2 @ (self.between + self.variance))

    def sampling(self, variance: float) -> float:
        """The sampling variance of a further wave: one of answers all alike is no surer than the surest other."""
        return max(variance, float(self.variance.min()))

    def error(self, variance: float) -> float:
        """How far a further wave of that sampling variance lies from the centre, as a standard error."""
        return float(np.sqrt(self.between + self.sampling(variance) + self.of_centre))


def level_of_waves(mean: Floats, variance: Floats) -> Level | None:
    """The level of earlier waves, from means and sampling variances (w,); None below five waves or where none varies.

    The spread between waves is that of the means beyond their sampling variances, by moments.
    """
    df = len(mean) - 1
    varies = variance > 0
    if len(mean) < FEWEST_OF_LIMITS or not varies.any():
        return None
    least = variance[varies].min()  # a wave of answers all alike is taken for no surer than the surest other
    variance = np.maximum(variance, least)
    weight = 1 / variance
    total = weight.sum()
    share = weight / total
    centre = float(share @ mean)
    squares = weight @ (mean - centre) ** 2
    scale = total - share @ weight
    between = max(0.0, float(squares - df) / scale)
    return Level(centre, share, variance, between, df)


def next_wave(mean: Floats, variance: Floats, new_variance: float, level: float) -> tuple[float, float]:
    """Limits between which another wave lies if nothing changes; NaN below five waves.

    The distribution is Student's with w - 1 degrees of freedom. ``new_variance`` is the sampling variance of the wave
    to come.
    """
    earlier = level_of_waves(mean, variance)
    if earlier is None:
        return np.nan, np.nan
    half = float(t_quantile(level, earlier.df) * earlier.error(new_variance))
    return earlier.centre - half, earlier.centre + half
