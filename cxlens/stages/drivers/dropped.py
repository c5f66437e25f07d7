"""Whether those who left a touchpoint blank, and so were dropped, have another outcome than those who are analysed.

If they have, slopes are too small: skipping follows the outcome. What is said of it belongs to
:mod:`cxlens.stages.drivers.words`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.design import Design, row_units, takes_part
from cxlens.engine.moments import BLOCKS
from cxlens.engine.tables import InMemory, Rows, Source
from cxlens.stages.drivers.record import Fit
from cxlens.stats.permutation import permutation_p
from cxlens.stats.regression import fit_rows, fit_units

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FEWEST = 5  # people on either side of whom anything may be told
SMALL = 200  # answers on the smaller side below which answers change sides to test the difference
HELD_AGAINST = 2_000  # answers of the larger side that serve as well as all of them against so few


class _Sides(NamedTuple):
    """Of the answers (n,) that are dropped for a blank or analysed: outcome, weight, whether dropped, unit."""

    y: Floats
    w: Floats
    dropped: NDArray[np.bool_]
    units: NDArray[np.uint64]


def difference_of_dropped(record: Fit) -> float:
    """Outcome of those dropped for a blank less that of those analysed, where it is clear; else 0.

    Weighted, and by clusters where there are any. Of few answers, a scale with most of them at an end would make
    Welch's test see differences that are none: answers change sides instead (the studentised permutation test of
    Janssen 1997). Answers on disk are read once more and compared by 200 blocks of them or of their clusters; fewer
    than 200 dropped among so many move no slope, and are not looked at.
    """
    source = record.survey.source
    if isinstance(source, InMemory):
        sides = _sides(source.rows, record.asked.design)
        n = int(sides.dropped.sum())
        if min(n, len(sides.dropped) - n) < FEWEST:
            return 0.0
        groups, _ = pd.factorize(sides.units)
        difference, p_value = _compared(sides.y, sides.w, sides.dropped, groups)
    else:
        difference, p_value = _compared_on_disk(source, record.asked.design)
    is_clear = p_value < 1 - record.level
    return difference if is_clear else 0.0


def _sides(rows: Rows, design: Design) -> _Sides:
    """Those of some rows that are dropped for a blank, with an outcome, or analysed."""
    places = list(dict.fromkeys([*design.scored, *design.controls]))
    is_blank = np.isnan(rows.scores[:, places]) & ~rows.unused[:, places]
    blank = np.asarray(is_blank.any(axis=1))
    outcome = design.counted(rows.outcomes[:, design.outcome])
    told = ~np.isnan(outcome) & (rows.weights > 0)
    kept, _ = takes_part(rows, design)
    either = kept | (blank & told)
    units = row_units(rows, design)
    return _Sides(
        y=outcome[either],
        w=rows.weights[either],
        dropped=blank[either],
        units=units[either],
    )


def _compared_on_disk(source: Source, design: Design) -> tuple[float, float]:
    """The same of batches, from cross-products of blocks."""

    def summed(rows: Rows) -> tuple[Floats, Ints]:
        sides = _sides(rows, design)
        dropped = int(sides.dropped.sum())
        analysed = len(sides.dropped) - dropped
        return _products(sides), np.array([analysed, dropped])

    products, n = source.folded(summed, _added)
    if n.min() < SMALL:
        return 0.0, np.nan
    fit = fit_units(products, int(n.sum()))
    return float(fit.coef[1]), float(fit.p_values[1])


def _added(parts: Iterable[tuple[Floats, Ints]]) -> tuple[Floats, Ints]:
    """Cross-products, and numbers of rows, of several batches."""
    products = np.zeros((BLOCKS, 3, 3))
    n = np.zeros(2, np.int64)
    for products_here, n_here in parts:
        products += products_here
        n += n_here
    return products, n


def _products(sides: _Sides) -> Floats:
    """(200, 3, 3) cross-products of constant, side and outcome in each block."""
    remainder = sides.units % np.uint64(BLOCKS)
    block = remainder.astype(np.int64)
    constant = np.ones(len(sides.y))
    is_dropped = sides.dropped.astype(float)
    columns = [constant, is_dropped, sides.y]
    products = np.zeros((BLOCKS, 3, 3))
    for i, first in enumerate(columns):
        weighted = sides.w * first
        for j, second in enumerate(columns):
            product = weighted * second
            products[:, i, j] = np.bincount(
                block,
                product,
                BLOCKS,
            )
    return products


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
