"""Whether scores run the way their scale says: who scores higher recommends more, or the lowest score is the best.

How a turned scale is read belongs to :mod:`cxlens.study.scale`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.tables import InMemory, Source

FEWEST = 30  # answers in which a direction is told
CLEAR = 5.0  # standard errors of a correlation (Fisher) below zero: not by chance in any survey
LEAST = 0.15  # weaker is of no matter
FITTING = 0.8  # of the touchpoints at least run against the outcome, else single ones are turned


def warn_of_turned_scale(source: Source, outcomes: Mapping[str, str], scale: str) -> None:
    """Ask whether the lowest score is the best, where higher scores go with a clearly lower NPS.

    Parameters
    ----------
    source, outcomes
        Answers in memory, and the kind of each outcome.
    scale
        The ends of the scale, as they are typed: ``"1, 5"``.

    Warns
    -----
    UserWarning
        ``the higher the scores, the lower 'nps' (correlation -0.52). If the lowest score is the best, say so: ...``
    """
    kinds = list(outcomes.values())
    if "nps" not in kinds or not isinstance(source, InMemory):
        return
    place = kinds.index("nps")
    at = turned(source.rows.scores, source.rows.outcomes[:, place])
    if at is None:
        return
    warnings.warn(
        f"the higher the scores, the lower {list(outcomes)[place]!r} (correlation {at:.2f}). If the lowest score is "
        f"the best, say so: scale=cx.Scale({scale}, best='low').",
        UserWarning,
        stacklevel=6,
    )


def turned(scores: NDArray[np.float64], outcome: NDArray[np.float64]) -> float | None:
    """The correlation of mean score and outcome, where it is clearly negative and most touchpoints' are; else None."""
    together = _correlation(_means(scores), outcome)
    if together is None:
        return None
    single = [_correlation(column, outcome, least=0.0) for column in scores.T]
    against = [value for value in single if value is not None]
    if len(against) >= FITTING * scores.shape[1]:
        return together
    return None


def _means(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean score of each answer; NaN where it has none."""
    known = ~np.isnan(scores)
    sums = np.where(known, scores, 0.0).sum(axis=1)
    n = known.sum(axis=1)
    means: NDArray[np.float64] = np.divide(sums, n, out=np.full(len(sums), np.nan), where=n > 0)
    return means


def _correlation(scores: NDArray[np.float64], outcome: NDArray[np.float64], least: float = LEAST) -> float | None:
    """The correlation where it is below ``-least``, and clearly so where ``least`` is above zero; else None."""
    known = ~np.isnan(scores) & ~np.isnan(outcome)
    n = int(known.sum())
    if n < FEWEST or np.ptp(scores[known]) == 0 or np.ptp(outcome[known]) == 0:
        return None
    value = float(np.corrcoef(scores[known], outcome[known])[0, 1])
    errors = 0.0
    if least:
        errors = CLEAR / math.sqrt(n - 3)
    if value < -least and math.atanh(max(value, -0.999999)) < -errors:
        return value
    return None
