"""Where the outcome stands among all who gave it: drivers leave out who left a touchpoint blank.

What is promised of a later survey starts from all of them, since all of them will be in it. What changes is forecast
from the answers that drivers use.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.baseline.record import scorecard
from cxlens.stages.drivers.record import Fit
from cxlens.stats.bootstrap import bootstrap_error
from cxlens.stats.intervals import normal_quantile

Floats = NDArray[np.float64]
EVERYONE = ""
CLOSE = 1e-9


class Standing(NamedTuple):
    """A level of all who gave the outcome, and its standard error."""

    level: float
    error: float


def standings(fit: Fit, measure: str) -> Mapping[str, Standing]:
    """By segment, that of everyone by ``""``; those are left out of whom nothing may be told."""
    return fit.once(f"standings, {measure}", lambda: _standings(fit, measure))


def _standings(fit: Fit, measure: str) -> dict[str, Standing]:
    """Everyone, and the segments of the drivers."""
    survey = fit.survey.only(fit.survey.touchpoints[:1])  # outcomes are the same beside one and all
    found = {EVERYONE: scorecard(survey).outcomes}
    if fit.by is not None:
        by_segment = scorecard(survey, by=fit.by).outcomes.groupby("segment")
        found |= {str(segment): outcomes for segment, outcomes in by_segment}
    standing = {}
    for segment, outcomes in found.items():
        told = _told(outcomes, fit.outcome, measure)
        if told is not None:
            standing[segment] = told
    return standing


def _told(outcomes: pd.DataFrame, outcome: str, measure: str) -> Standing | None:
    """The level of an outcome with its error; None where there is none."""
    names = {measure, "share"} if measure == "top box" else {measure}
    rows = outcomes[(outcomes["outcome"] == outcome) & outcomes["measure"].isin(names)].dropna(subset="value")
    if rows.empty:
        return None
    value, low, high = rows[["value", "low", "high"]].iloc[0].astype(float)
    return Standing(value, (high - low) / (2 * normal_quantile(0.95)))


def moved_to(standing: Standing | None, drawn: Floats) -> Floats:
    """(e,) draws of a level, the estimate first, as far around that of all as theirs is uncertain.

    The draws of the answers that drivers use stay as they lie to each other, and so to what is forecast of them.
    """
    estimate = drawn[0]
    spread = bootstrap_error(drawn[1:])
    if standing is None or abs(standing.level - estimate) < CLOSE or not spread > 0 or not standing.error > 0:
        return drawn
    return np.asarray(standing.level + (drawn - estimate) * (standing.error / spread))
