"""Whether those who left a touchpoint blank, and so were dropped, have another outcome than those who are analysed.

If they have, slopes are too small: skipping follows the outcome. What is said of it belongs to
:mod:`cxlens.stages.drivers.words`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.design import row_units, takes_part
from cxlens.engine.tables import InMemory
from cxlens.stages.drivers.record import Fit
from cxlens.stats.permutation import permutation_p
from cxlens.stats.regression import fit_rows

Floats = NDArray[np.float64]
FEWEST = 5  # people on either side of whom anything may be told
SMALL = 200  # answers on the smaller side below which answers change sides to test the difference
HELD_AGAINST = 2_000  # answers of the larger side that serve as well as all of them against so few


def difference_of_dropped(record: Fit) -> float:
    """Outcome of those dropped for a blank less that of those analysed, where it is clear; else 0.

    Weighted, and by clusters where there are any. Of few answers, a scale with most of them at an end would make
    Welch's test see differences that are none: answers change sides instead (the studentised permutation test of
    Janssen 1997). Answers on disk are not looked at.
    """
    source = record.survey.source
    if not isinstance(source, InMemory):
        return 0.0
    design = record.asked.design
    rows = source.rows
    places = list(dict.fromkeys([*design.scored, *design.controls]))
    is_blank = np.isnan(rows.scores[:, places]) & ~rows.unused[:, places]
    blank = np.asarray(is_blank.any(axis=1))
    outcome = design.counted(rows.outcomes[:, design.outcome])
    told = ~np.isnan(outcome) & (rows.weights > 0)
    kept, _ = takes_part(rows, design)
    either = kept | (blank & told)
    dropped = blank[either]
    n = int(dropped.sum())
    if min(n, len(dropped) - n) < FEWEST:
        return 0.0
    units = row_units(rows, design)
    groups, _ = pd.factorize(units[either])
    difference, p_value = _compared(
        outcome[either],
        rows.weights[either],
        dropped,
        groups,
    )
    is_clear = p_value < 1 - record.level
    return difference if is_clear else 0.0


def _compared(
    y: Floats,
    w: Floats,
    dropped: NDArray[np.bool_],
    groups: NDArray[np.int64],
) -> tuple[float, float]:
    """The difference of two weighted means, and its p-value; NaN where it cannot be told."""
    x = np.column_stack([np.ones(len(y)), dropped])
    several = groups.max() + 1 < len(groups)
    fit = fit_rows(x, y, w, groups if several else None)
    difference = float(fit.coef[1])
    sides = [np.flatnonzero(dropped), np.flatnonzero(~dropped)]
    smaller, larger = sorted(sides, key=len)
    if several or len(smaller) >= SMALL or not fit.errors[1] > 0:
        return difference, float(fit.p_values[1])
    step = max(len(larger) // HELD_AGAINST, 1)
    some = larger[::step]
    chosen = np.sort(np.append(some, smaller))
    rng = np.random.default_rng(0)
    p_value = permutation_p(x[chosen], y[chosen], w[chosen], [np.array([1])], rng)
    return difference, float(p_value[0])
