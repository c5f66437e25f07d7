"""Which driver is the first, and how surely: importances with chance allowed for.

The share of resamples in which a driver is first is no probability: the one that chance favoured is favoured again in
every resample. Importances are therefore shrunk as effects are, and their draws counted.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.tables import without_segments
from cxlens.stats.shrinkage import shrink

Floats = NDArray[np.float64]
CLEARLY = 0.8  # probability from which on one is called clearly the first


def shrunken_importance(record: Fit) -> Floats:
    """(d, c, p) draws of importance, shrunk within each segment; NaN where a resample has none."""
    return record.once("shrunken importance", lambda: _shrunken(record))


def _shrunken(record: Fit) -> Floats:
    importance = record.estimates.figures.importance
    estimates = importance[0]
    drawn = importance[1:].copy()
    for s, estimate in enumerate(estimates):
        draws = drawn[:, s]
        is_known = ~np.isnan(draws).any(axis=1)
        scale = estimate.sum() / np.sqrt(len(estimate))
        rng = np.random.default_rng([record.seed, s])
        drawn[is_known, s] = shrink(estimate, draws[is_known], rng, scale=scale)[1]
    return drawn


def p_top(draws: Floats, k: int) -> Floats:
    """(p,) share of the draws (d, p) with each player among the first k; draws without figures do not count.

    Ties are broken at random, by a seed of their own.
    """
    known = ~np.isnan(draws).any(axis=-1)
    if not known.any():
        return np.full(draws.shape[-1], np.nan)
    kept = draws[known]
    lots = np.random.default_rng(0).random(kept.shape)
    order = np.lexsort((lots, -kept), axis=-1)
    places = np.argsort(order, axis=-1)
    return np.asarray((places < k).mean(axis=0))


def p_first(record: Fit) -> list[float]:
    """For each segment the probability that the player with the largest importance is the first."""
    estimates = record.estimate.importance[0]
    draws = shrunken_importance(record)
    chances = []
    for s, estimate in enumerate(estimates):
        leads = p_top(draws[:, s], 1)
        chances.append(float(leads[estimate.argmax()]))
    return chances


def p_top_table(record: Fit, k: int) -> pd.DataFrame:
    """How likely each player is among the ``k`` most important ones: ``segment``, ``touchpoint``, ``p_top``."""
    drawn = shrunken_importance(record)
    parts = []
    for s, segment in enumerate(record.segments):
        part = pd.DataFrame({"segment": segment, "touchpoint": record.touchpoints})
        part["p_top"] = p_top(drawn[:, s], k)
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    return without_segments(record, table)


def beyond_chance(record: Fit, s: int) -> float:
    """R2 that players add to controls in a segment, adjusted for the number of columns; from 0 to what is added."""
    figures = record.estimate
    added = figures.r2[0, s] - figures.r2_controls[0, s]
    adjusted = max(record.estimates.adjusted[s].sum(), 0.0)
    return float(min(adjusted, added))
