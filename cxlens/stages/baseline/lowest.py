"""Which touchpoints are rated lowest, and whether the lowest is clearly so.

Those who rated both are compared with themselves: what they think of everything is then no part of the difference.
Whether it is clear is asked of the lowest and each next one, so that ties are said and not hidden.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.labels import segment_of, units_of
from cxlens.engine.tables import InMemory
from cxlens.stages.baseline.record import Scorecard
from cxlens.stats.intervals import t_quantile

Floats = NDArray[np.float64]
FEWEST = 5  # who rated both, for a comparison with themselves


class Lowest(NamedTuple):
    """Rows of the table that share the lowest rating, the lowest first, and the next less the lowest with its interval.

    One row alone is clearly the lowest, or there is no other; then there are no ends.
    """

    rows: tuple[Any, ...]
    low: float
    high: float


def lowest(record: Scorecard, rows: pd.DataFrame) -> Lowest:
    """Which of the rows of a table share the lowest mean."""
    in_order = rows.sort_values("mean", kind="stable").index.tolist()
    first, *others = in_order
    tied = [first]
    ends = (np.nan, np.nan)
    for other in others:
        low, high = _difference(record, first, other)
        if low > 0:
            break
        if len(tied) == 1:
            ends = (low, high)
        tied.append(other)
    return Lowest(tuple(tied), *ends)


def _difference(record: Scorecard, first: Any, other: int) -> tuple[float, float]:
    """The interval of the mean of another row less that of the first."""
    paired = _scores_of_both(record, first, other)
    if paired is not None:
        return _interval_of_mean(*paired, record.level)
    rows = record.table.loc[[first, other]]
    means = rows["mean"].to_numpy(float)
    ends = rows[["low", "high"]].to_numpy(float)
    halves = np.nan_to_num(ends[:, 1] - ends[:, 0]) / 2
    gap = means[1] - means[0]
    half = np.sqrt((halves**2).sum())
    return float(gap - half), float(gap + half)


def _scores_of_both(
    record: Scorecard,
    first: Any,
    other: Any,
) -> tuple[Floats, Floats, NDArray[np.int64]] | None:
    """Differences, weights and units of those who rated both; None where nobody, or too few, can be compared so."""
    survey = record.survey
    source = survey.source
    if record.per != "touchpoint" or not isinstance(source, InMemory):
        return None
    cells = record.table.loc[[first, other]]
    places = [survey.touchpoints.index(name) for name in cells["touchpoint"]]
    rows = source.rows
    scores = rows.scores[:, places]
    in_question = (rows.weights > 0) & ~np.isnan(scores).any(axis=1)
    if record.by:
        segments = cells["segment"].tolist()
        if isinstance(record.by, tuple) or len(set(segments)) > 1:
            return None
        in_question &= segment_of(rows, record.by) == segments[0]
    if in_question.sum() < FEWEST:
        return None
    unit = survey.cluster or survey.respondent
    units = np.arange(len(rows)) if unit is None else units_of(rows, unit)
    _, numbers = np.unique(units[in_question], return_inverse=True)
    of_both = scores[in_question]
    differences = of_both[:, 1] - of_both[:, 0]
    return differences, rows.weights[in_question], numbers


def _interval_of_mean(
    values: Floats,
    weights: Floats,
    units: NDArray[np.int64],
    level: float,
) -> tuple[float, float]:
    """The interval of a weighted mean, by unit; a unit of several answers counts as one."""
    shares = weights / weights.sum()
    mean = float(shares @ values)
    added = np.bincount(units, shares * (values - mean))
    of_units = np.bincount(units, shares)
    left = np.maximum(1 - of_units, 1e-9)
    variance = (added**2 / left).sum()
    squares = (of_units**2).sum()
    fourth_powers = (of_units**4).sum()
    df = max(squares**2 / fourth_powers - 1, 1.0)
    half = float(t_quantile(level, df)) * float(np.sqrt(variance))
    return mean - half, mean + half
