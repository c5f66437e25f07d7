"""The waves of a metric as a series, and the broken line through it: what an interrupted time series is made of.

The regression is that of :mod:`cxlens.stats.series`; what is asked of it belongs to
:mod:`cxlens.stages.impact.interrupted`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import wave_words
from cxlens.engine.labels import in_words
from cxlens.errors import ValuesError
from cxlens.stages.impact.steps import variance_of
from cxlens.stats.inference import wald_p
from cxlens.stats.intervals import normal_quantile
from cxlens.stats.series import regress_series
from cxlens.study.metrics import MIN_N, Metric, Sample, read_sample, waves_of
from cxlens.study.spacing import wave_numbers
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


class Series(NamedTuple):
    """The waves that can be told: their names, numbers, answers, means, sampling variances; and how many cannot."""

    waves: list[Any]
    when: Floats
    cells: list[Sample]
    mean: Floats
    variance: Floats
    hidden: int

    @property
    def n(self) -> int:
        """The number of answers."""
        return sum(cell.size for cell in self.cells)

    def before(self, wave: float) -> Series:
        """The waves before one of such a number."""
        until = int((self.when < wave).sum())
        return Series(
            self.waves[:until], self.when[:until], self.cells[:until], self.mean[:until], self.variance[:until], 0
        )

    def among(self, names: Collection[str]) -> Series:
        """The waves that are called so."""
        chosen = [place for place, wave in enumerate(self.waves) if wave_words(wave) in names]
        return Series(
            [self.waves[place] for place in chosen],
            self.when[chosen],
            [self.cells[place] for place in chosen],
            self.mean[chosen],
            self.variance[chosen],
            0,
        )

    def less(self, other: Series) -> Series:
        """The means less those of other answers in the same waves."""
        return self._replace(mean=self.mean - other.mean, variance=self.variance + other.variance)

    def mean_with(self, others: Sequence[Series]) -> Series:
        """The means of several series in the same waves, each counting alike."""
        series = [self, *others]
        mean = np.mean([one.mean for one in series], axis=0)
        variance = np.sum([one.variance for one in series], axis=0) / len(series) ** 2
        return self._replace(mean=mean, variance=variance)


class Lines(NamedTuple):
    """Sums of coefficients (m,) with their ends and p-values; df; the share of a swing that is carried over."""

    estimate: Floats
    low: Floats
    high: Floats
    p_value: Floats
    df: int
    carry_over: float


def series_of(survey: Survey, metric: Metric) -> Series:
    """The waves of a metric that can be told."""
    waves = waves_of(survey)
    sample = read_sample(survey, metric)
    when = sample.labels[survey.time]
    cells = [sample.take(when.isin([wave])) for wave in waves]
    keys = pd.DataFrame({str(survey.time): in_words(pd.Series(waves, dtype=object))})
    sizes = np.array([[cell.size] for cell in cells], np.int64)
    is_hidden = survey.hidden(keys, sizes, [metric.item(survey)], MIN_N)[:, 0]
    told = [place for place, cell in enumerate(cells) if cell.enough and not is_hidden[place]]
    told_cells = [cells[place] for place in told]
    return Series(
        [waves[place] for place in told],
        wave_numbers(waves)[told],
        told_cells,
        np.array([cell.moments.mean for cell in told_cells]),
        np.nan_to_num([variance_of(cell, 0.95) for cell in told_cells]),
        len(waves) - len(told),
    )


def broken_line(when: Floats, at: float, season: int | None) -> Floats:
    """(t, k) constant, line, step, change of slope, and seasons but one."""
    late = (when >= at).astype(float)
    since = when - at
    columns = [np.ones(len(when)), since, late, late * since]
    for place in range(1, season or 1):
        columns.append((when % (season or 1) == place).astype(float))
    return np.column_stack(columns)


def check_cycles(series: Series, late: Bools, season: int | None, start: Any) -> None:
    """Each season was seen before the change, and often enough in all."""
    if season is None:
        return
    if (series.when % 1).any():
        raise ValuesError(
            f"season={season} counts waves, and these are not equally far apart. Leave season out, and what seasons do "
            "counts as swings."
        )
    waves = len(series.when)
    if waves < 2 * season:
        raise ValuesError(
            f"season={season} needs two whole cycles, {2 * season} waves; there are {waves}. Leave season out, and "
            "what seasons do counts as swings."
        )
    seen = set(series.when[~late] % season)
    if len(seen) < season:
        raise ValuesError(
            f"season={season}: before {wave_words(start)} only {len(seen)} of {season} seasons were seen, so the "
            "others cannot be parted from the change. Leave season out."
        )


def told_lines(columns: Floats, wanted: Floats, series: Series, level: float) -> Lines:
    """The sums wanted, with the wider of two intervals: of how waves swing, and of sampling."""
    found = regress_series(columns, series.mean, when=series.when, contrasts=wanted)
    lever = wanted @ np.linalg.pinv(columns)
    sampling = np.sqrt(lever**2 @ series.variance)
    half = normal_quantile(level) * sampling
    low, high = found.interval(level)
    of_sampling = np.nan_to_num(wald_p(found.mean, sampling, np.inf))
    return Lines(
        found.mean,
        np.minimum(low, found.mean - half),
        np.maximum(high, found.mean + half),
        np.maximum(found.p_value(), of_sampling),
        found.df,
        float(found.carry_over),
    )
