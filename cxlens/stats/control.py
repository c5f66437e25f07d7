"""Control charts of a series of waves: which wave stands off, by how much, since when, and what would be seen.

Each wave is judged by the earlier ones. From five on by Student's limits from their spread; from twenty on also by
Laney's chart, whichever is wider, and by an exponentially weighted moving average (EWMA), which adds up what lasts. A
wave that stood off is no part of what later ones are judged by; five of them in a row on one side are the new level.
Which waves have answers enough, and how many series share one rate of false alarms, is not decided here.

Sources: Laney (2002), Improved control charts for attributes, Quality Engineering 14; Roberts
(1959), Technometrics 1, for the moving average; Page (1954), Biometrika 41, for the cumulative sum.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from cxlens.stats.inference import wald_p
from cxlens.stats.intervals import t_quantile
from cxlens.stats.waves import FEWEST_OF_LIMITS, Level, level_of_waves

Floats = NDArray[np.float64]
FEWEST_OF_CHARTS = 20  # waves from which on their order tells something, too
LATEST = 0.2  # what the latest wave counts in the moving average
RECENT = 10  # waves that it adds up at most; it begins at the level of those before
BEFORE = 15  # waves of which that level is made at least
CARRIED = 0.75  # of a wave's swing that may reach the next one: less, and swings that linger are taken for shifts
SLACK = 0.5  # standard deviations that a cumulative sum takes off each wave
MEAN_RANGE = 2 / np.sqrt(np.pi)  # of two draws of spread 1
SEEN = 0.8  # four times in five
NONE, ALERT, NOT_OFFERED = "none", "alert", "not offered"


def ewma(values: Floats, start: float, latest: float = LATEST) -> Floats:
    """(w,) the exponentially weighted moving average of values (w,), which begins at ``start``."""
    averages = []
    average = start
    for value in values:
        average = latest * value + (1 - latest) * average
        averages.append(average)
    return np.array(averages)


def ewma_weights(when: Floats, latest: float = LATEST) -> Floats:
    """(w,) what each value counts in the last average, by when it was: waves that are missing let others fade."""
    age = when[-1] - when
    return np.asarray(latest * (1 - latest) ** age)


def cusum(values: Floats, target: float, slack: float) -> tuple[Floats, Floats]:
    """(w,) sums of how far values lie above the target, and below it, beyond the slack; none is ever below 0."""
    above = [0.0]
    below = [0.0]
    for value in values:
        apart = value - target
        above.append(max(above[-1] + apart - slack, 0.0))
        below.append(max(below[-1] - apart - slack, 0.0))
    return np.array(above[1:]), np.array(below[1:])


def swing_of(mean: Floats, centre: float, variance: Floats) -> float:
    """How many times as far as sampling puts them waves next to each other lie apart (Laney's sigma z)."""
    z = (mean - centre) / np.sqrt(variance)
    return float(np.abs(np.diff(z)).mean() / MEAN_RANGE)


def laney(centre: float, variance: Floats | float, swing: float, sigmas: float) -> tuple[Floats, Floats]:
    """Limits of waves of these sampling variances; with a swing of 1 those of the plain p-chart."""
    half = sigmas * swing * np.sqrt(variance)
    return np.asarray(centre - half), np.asarray(centre + half)


class Spread(NamedTuple):
    """How far a wave may lie from the centre by one chart."""

    error: float
    df: float

    def half(self, level: float) -> float:
        """Half the width of the limits."""
        return float(t_quantile(level, self.df)) * self.error

    def seen(self, level: float) -> float:
        """The shift whose wave lies outside the limits four times in five."""
        beyond = float(t_quantile(level, self.df))
        if np.isinf(self.df):
            return (beyond + float(special.ndtri(SEEN))) * self.error
        return float(special.nctdtrinc(self.df, 1 - SEEN, beyond)) * self.error


class Wave(NamedTuple):
    """A wave beside its limits: whether it is an alert, and what would be seen four times in five.

    ``p_value``: of the likelier of the charts, times their number. ``lasting``: whether the moving average alone tells.
    """

    state: str
    centre: float
    low: float
    high: float
    p_value: float
    seen: float
    lasting: bool = False

    @property
    def is_alert(self) -> bool:
        """Whether it stands off."""
        return self.state == ALERT


UNKNOWN = Wave(NONE, np.nan, np.nan, np.nan, np.nan, np.nan)


class Shift(NamedTuple):
    """How far the waves since the first of a shift lie from those before, with its interval."""

    since: int
    size: float
    low: float
    high: float


class _Series(NamedTuple):
    """(w,) means of waves, their sampling variances, and their numbers."""

    mean: Floats
    variance: Floats
    when: Floats


class Course(NamedTuple):
    """The waves of a series, each judged by those before; ``base``: which of them the last was judged by."""

    mean: Floats
    variance: Floats
    waves: list[Wave]
    base: list[int]

    @property
    def past(self) -> tuple[int, int]:
        """How many alerts began before the last wave, and how many of them the next wave took back."""
        began = 0
        returned = 0
        before = False
        for wave, following in pairwise(self.waves):
            if wave.is_alert and not before:
                began += 1
                returned += not following.is_alert
            before = wave.is_alert
        return began, returned

    def shift(self, level: float) -> Shift:
        """The shift that the last wave is part of, where that is an alert."""
        whole = self._level_before(len(self.waves))
        since = self._since()
        earlier = self._level_before(since) or whole
        off = self.mean[since:]
        sampling = [earlier.sampling(variance) for variance in self.variance[since:]]
        of_mean = (earlier.between + np.mean(sampling)) / len(off)
        error = np.sqrt(of_mean + earlier.of_centre)
        half = float(t_quantile(level, earlier.df) * error)
        size = float(off.mean() - earlier.centre)
        return Shift(since, size, size - half, size + half)

    def _level_before(self, wave: int) -> Any:
        """The level of what the last wave is judged by, as far as it came before another; None below five waves."""
        before = [k for k in self.base if k < wave]
        return level_of_waves(self.mean[before], self.variance[before])

    def _since(self) -> int:
        """The first wave of the shift: of those that stand off, or, where they add up, after the last sum of 0."""
        last = len(self.waves) - 1
        first = last
        while first and self.waves[first - 1].is_alert:
            first -= 1
        if not self.waves[last].lasting:
            return first
        start = max(last + 1 - RECENT, 0)
        earlier = self._level_before(start) or self._level_before(last)
        spread = np.sqrt(earlier.between + self.variance[start:])
        apart = (self.mean[start:] - earlier.centre) / spread
        above, below = cusum(apart, 0.0, SLACK)
        sums = above if above[-1] >= below[-1] else below
        empty = np.flatnonzero(sums == 0)
        since = start + (int(empty[-1]) + 1 if len(empty) else 0)
        return min(first, since)


def course(
    mean: Floats,
    variance: Floats,
    *,
    rate: float,
    worth_seeing: float,
    when: Floats | None = None,
) -> Course:
    """Judge each wave of a series by those before it.

    Parameters
    ----------
    mean, variance
        (w,) the mean of each wave, in the order of time, and its sampling variance.
    rate
        How often a wave of a series that does not change may be an alert: the rate of all series over their number.
    worth_seeing
        Where a shift of so much would not be seen four times in five, no alert is offered.
    when
        (w,) the number of each wave, as the calendar has it; one by one without. In the moving average waves that are
        missing leave their place: what was before them counts less, and less of its swing carries over.

    Returns
    -------
    Course

    Examples
    --------
    >>> mean = np.array([3.5, 3.52, 3.49, 3.5, 3.51, 3.48, 3.9])
    >>> waves = course(mean, np.full(7, 0.0004), rate=0.05, worth_seeing=0.5).waves
    >>> [wave.state for wave in waves][-2:], round(waves[-1].seen, 2)
    (['none', 'alert'], 0.08)
    """
    if when is None:
        when = np.arange(len(mean), dtype=float)
    series = _Series(mean, variance, when)
    waves: list[Wave] = []
    base: list[int] = []
    judged_by: list[int] = []
    averaged: list[int] = []  # what the moving average adds up: a wave outside its limits does not count in later ones
    for k in range(len(mean)):
        judged_by = list(base)
        wave = _judged(series, base, [*averaged, k], rate, worth_seeing)
        waves.append(wave)
        run = _run(waves, mean)
        if not wave.is_alert:
            base.append(k)
        elif run >= FEWEST_OF_LIMITS:
            base = list(range(k + 1 - run, k + 1))
            averaged = base[:-1]
        if not wave.is_alert or wave.lasting:
            averaged.append(k)
    return Course(mean, variance, waves, judged_by)


def _run(waves: list[Wave], mean: Floats) -> int:
    """How many waves in a row, up to the last, are alerts on one side."""
    run = 0
    is_above = mean[len(waves) - 1] > waves[-1].centre
    for k in range(len(waves) - 1, -1, -1):
        same_side = (mean[k] > waves[k].centre) == is_above
        if not (waves[k].is_alert and same_side):
            break
        run += 1
    return run


def _judged(
    series: _Series,
    base: list[int],
    averaged: list[int],
    rate: float,
    worth_seeing: float,
) -> Wave:
    """The last wave of those averaged, beside the limits from the base."""
    mean, variance, _ = series
    earlier = level_of_waves(mean[base], variance[base])
    if earlier is None:
        return UNKNOWN
    last = averaged[-1]
    spreads = [Spread(earlier.error(variance[last]), earlier.df)]
    lasting = 1.0
    charts = 1
    if len(base) >= FEWEST_OF_CHARTS:
        charts = 2
        spreads.append(_of_ranges(earlier, mean[base], variance[last]))
        lasting = _lasting(series, base, averaged)
    level = 1 - rate / charts
    apart = mean[last] - earlier.centre
    half = max(spread.half(level) for spread in spreads)
    seen = max(spread.seen(level) for spread in spreads)
    p_limits = max(float(wald_p(apart, spread.error, spread.df)) for spread in spreads)
    p_value = min(charts * min(p_limits, lasting), 1.0)
    state = ALERT if p_value < rate else NONE
    if not seen <= worth_seeing:
        state = NOT_OFFERED
    inside = charts * p_limits >= rate
    return Wave(
        state,
        earlier.centre,
        earlier.centre - half,
        earlier.centre + half,
        p_value,
        seen,
        lasting=state == ALERT and inside,
    )


def _of_ranges(earlier: Level, mean: Floats, variance: float) -> Spread:
    """The spread by Laney's chart, which knows the order of the waves; the centre is not known exactly, either."""
    swing = swing_of(mean, earlier.centre, earlier.variance)
    of_centre = earlier.share**2 @ earlier.variance
    sampling = earlier.sampling(variance) + of_centre
    error = swing * np.sqrt(sampling)
    return Spread(float(error), np.inf)


def _lasting(series: _Series, base: list[int], averaged: list[int]) -> float:
    """The p-value of the moving average, as though three quarters of a swing carried over to the next wave.

    What lasts is in the later waves of the base, too: so the level is that of the waves before those averaged.
    """
    mean, variance, when = series
    recent = [k for k in averaged[-RECENT:] if k >= base[BEFORE]]
    before = [k for k in base if k < recent[0]]
    earlier = level_of_waves(mean[before], variance[before])
    if earlier is None:
        return 1.0
    latest = ewma_weights(when[recent])
    weight = np.r_[-latest.sum() * earlier.share, latest]
    places = np.array([*before, *recent])
    apart = np.abs(when[places][:, None] - when[places])
    carried = np.where(apart > 0, CARRIED**apart, 1.0)
    swings = earlier.between * float(weight @ carried @ weight)
    least = earlier.variance.min()
    sampling = float(weight**2 @ np.maximum(variance[places], least))
    error = np.sqrt(swings + sampling)
    return float(wald_p(weight @ mean[places], error, earlier.df))
