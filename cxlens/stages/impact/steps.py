"""Changes between waves of few answers, and what the waves of a series tell together.

Two samples are compared in :mod:`cxlens.study.metrics`, trends and limits are made in :mod:`cxlens.stats.waves`; the
series itself and its words are the business of :mod:`cxlens.stages.impact.monitor`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.intervals import normal_quantile, t_quantile
from cxlens.stats.permutation import Moved, Scores, is_small, studentised, two_samples
from cxlens.stats.waves import FEW_ANSWERS, Trend, next_wave, trend
from cxlens.study.aggregates import Aggregates
from cxlens.study.metrics import (
    DETRACTOR,
    PASSIVE,
    PROMOTER,
    Estimate,
    Kind,
    Sample,
    change_of,
    clustered_coefficient,
)
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
OF_NPS = np.array([DETRACTOR, PASSIVE, PROMOTER], float)
ADDED_TO_NPS = np.array([0.75, 1.5, 0.75])  # as its interval has them (Rocks 2016)
POSSIBLE: dict[str, Floats] = {"nps": OF_NPS, "binary": np.array([0.0, 1.0])}
ADDED_TO_SHARE = np.array([1.0, 1.0])  # Agresti and Caffo (2000), The American Statistician 54


def shape_is_known(survey: Survey | Aggregates, kind: Kind) -> bool:
    """Whether values are those of answers, and not stand-ins with the same mean and spread."""
    return not isinstance(survey, Aggregates) or kind in {"nps", "binary"}


def change_between(answers: Sample, late: Bools, kind: Kind, level: float, *, shape_known: bool) -> Estimate:
    """Change from the answers that are not late to those that are, whichever of the two are few.

    As :func:`cxlens.study.metrics.change_of` has it; by people who change places where a side is small, nobody answered
    twice and the scores are known.
    """
    estimate = change_of(answers, late, kind, level)
    if answers.unit is not None or not shape_known:
        return estimate
    after = answers.take(late)
    before = answers.take(~late)
    return among_few(estimate, after, before, kind, level)


def among_few(estimate: Estimate, after: Sample, before: Sample, kind: Kind, level: float) -> Estimate:
    """The change between two waves as :func:`change_of` has it, told by people who change places where one is small.

    Of a share the interval stays Newcombe's; of a mean or an NPS it says the same as the p-value.
    """
    change, low, high, p_value = estimate
    if np.isnan(p_value):
        return estimate
    now = _scores(after, kind)
    earlier = _scores(before, kind)
    if not is_small(now.n, earlier.n) or _all_alike(now, earlier):
        return estimate
    if kind == "binary":
        statistic = _statistic_of_shares(now, earlier)
        of_share = _moved(now, earlier, statistic, ADDED_TO_SHARE, level)
        return change, low, high, of_share.p_value
    centre = change
    added = None
    if kind == "nps":
        centre = (low + high) / 2
        half = (high - low) / 2
        error = half / normal_quantile(level)
        added = ADDED_TO_NPS
    else:
        variances = [after.moments.variance, before.moments.variance]
        error = float(np.sqrt(np.nansum(variances)))
    moved = _moved(now, earlier, centre / error, added, level)
    new_low = centre - moved.high * error
    new_high = centre - moved.low * error
    return change, new_low, new_high, moved.p_value


def _all_alike(now: Scores, earlier: Scores) -> bool:
    """Whether one score is all there is: whoever changes places, nothing moves, and yet the change is not known."""
    _, first, second = now.beside(earlier)
    return int((first + second > 0).sum()) == 1


def _scores(sample: Sample, kind: Kind) -> Scores:
    """How often each score occurs; of a share or an NPS also what nobody gave, since answers are added to it."""
    found = Scores.of(sample.value, sample.w, sample.w**2)
    possible = POSSIBLE.get(kind)
    if possible is None:
        return found
    nobody = np.zeros(len(possible), np.int64)
    values, _, counts = Scores(possible, nobody).beside(found)
    return Scores(values, counts.astype(np.int64))


def _statistic_of_shares(now: Scores, earlier: Scores) -> float:
    """The studentised difference of two shares."""
    values, first, second = now.beside(earlier)
    statistics = studentised(
        values,
        first[None],
        second[None],
        ADDED_TO_SHARE,
    )
    return float(statistics[0])


def _moved(now: Scores, earlier: Scores, statistic: float, added: Floats | None, level: float) -> Moved:
    """What a statistic is worth among people who change places between the waves."""
    return two_samples(
        *now.beside(earlier),
        statistic,
        level=level,
        added=added,
    )


class WaveMeans(NamedTuple):
    """Means of the waves of a series that have 30 answers or more: their places, means and sampling variances."""

    when: list[int]
    mean: list[float]
    variance: list[float]

    def with_wave(self, when: int, cell: Sample, level: float) -> WaveMeans:
        """The same and another wave, where it has answers enough."""
        if cell.size < FEW_ANSWERS:
            return self
        variance = variance_of(cell, level)
        if np.isnan(variance):
            return self
        return WaveMeans(
            [*self.when, when],
            [*self.mean, cell.moments.mean],
            [*self.variance, variance],
        )

    def trend(self, numbers: Floats, level: float) -> Trend:
        """The slope a wave; ``numbers`` of all waves of the series, as the calendar has them."""
        when = numbers[self.when]
        mean = np.array(self.mean)
        variance = np.array(self.variance)
        return trend(when, mean, variance, level)

    def limits(self, cell: Sample, level: float) -> tuple[float, float]:
        """Between which a wave lies that has as many answers as this one, if nothing changes."""
        mean = np.array(self.mean)
        variance = np.array(self.variance)
        return next_wave(mean, variance, variance_of(cell, level), level)


def variance_of(cell: Sample, level: float) -> float:
    """The sampling variance of the mean of a wave, by cluster where there are clusters."""
    if cell.unit is None:
        return cell.moments.variance
    constant = np.ones(cell.size)
    estimate, df = clustered_coefficient([constant], cell, level)
    _, low, high, _ = estimate
    half = (high - low) / 2
    error = half / float(t_quantile(level, df))
    return error**2
