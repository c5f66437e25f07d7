"""The bootstrap as a matrix product: how often each unit was drawn, times what each unit contributes.

A unit is a respondent, a cluster, or a block of a table too large for memory. What is done with the
resampled sums does not belong here. Source: Efron (1979); Davison and Hinkley (1997), chapter 2.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.uint16]


def multiplicities(
    units: int,
    draws: int,
    rng: np.random.Generator,
) -> Counts:
    """(draws, units) how often each unit appears in each resample of as many units, with replacement."""
    counts = np.empty((draws, units), np.uint16)
    for row in counts:
        drawn = rng.integers(0, units, units)
        row[:] = np.bincount(drawn, minlength=units)
    return counts


def resample(
    counts: Counts,
    units: NDArray[np.int64],
    parts: Iterator[tuple[slice, Floats]],
) -> Floats:
    """(draws, t) resampled sums of t features.

    Parameters
    ----------
    counts
        (draws, units) from :func:`multiplicities`.
    units
        (n,) the unit of each row.
    parts
        Slices of the rows with their features (m, t), in turn, so that they need not all be in memory.
    """
    sums: Floats | None = None
    for where, features in parts:
        units_here = units[where]
        times = counts[:, units_here].astype(np.float64)
        part = times @ features
        sums = part if sums is None else sums + part
    if sums is None:
        raise ValueError("nothing to resample")
    return sums


def resampled_beside(
    counts: Counts,
    units: NDArray[np.int64],
    column: Floats,
    others: Floats,
) -> Floats:
    """(q, draws) resampled sums of the products of a column (n,), often 0, with others (n, q).

    Where it is 0 nothing is added: only the other rows are gone through. ``counts`` and ``units`` are those of
    :func:`resample`.
    """
    rows = np.flatnonzero(column)
    times = counts.take(units[rows], axis=1).astype(np.float64)
    products = others[rows] * column[rows, None]
    return np.asarray(products.T @ times.T)


def summed(
    blocks: NDArray[np.int64],
    parts: Iterator[tuple[slice, Floats]],
    size: int,
) -> Floats:
    """(size, t) sums of t features in each block, from what :func:`resample` takes and the block (n,) of each row."""
    sums: Floats | None = None
    for where, features in parts:
        order = np.argsort(blocks[where], kind="stable")
        block = blocks[where][order]
        firsts = np.flatnonzero(np.diff(block, prepend=-1))
        if sums is None:
            sums = np.zeros((size, features.shape[1]))
        sums[block[firsts]] += np.add.reduceat(features[order], firsts, axis=0)
    if sums is None:
        raise ValueError("nothing to resample")
    return sums


def percentile_interval(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Lower and upper end of the percentile interval over the first axis; draws that are NaN are left out."""
    tail = (1 - level) / 2
    ends = [tail, 1 - tail]
    missing = np.isnan(draws)
    if not missing.any():
        low, high = np.quantile(draws, ends, axis=0)
        return low, high
    empty = missing.all(axis=0)
    filled = np.where(empty, 0.0, draws)
    low, high = np.nanquantile(filled, ends, axis=0)
    low = np.where(empty, np.nan, low)
    high = np.where(empty, np.nan, high)
    return low, high


def bootstrap_error(draws: Floats) -> Floats:
    """Standard deviation over the first axis; draws that are NaN are left out, and fewer than two give NaN."""
    known = ~np.isnan(draws)
    n = known.sum(axis=0)
    n = np.where(n > 1, n, np.nan)
    filled = np.where(known, draws, 0.0)
    mean = filled.sum(axis=0) / n
    deviations = np.where(known, draws - mean, 0.0)
    squares = (deviations**2).sum(axis=0)
    return np.asarray(np.sqrt(squares / (n - 1)))


def ellipse_radii(
    x: Floats,
    y: Floats,
    centre: tuple[Floats, Floats],
    share: float,
) -> tuple[Floats, Floats]:
    """Half-widths and half-heights of upright ellipses that hold a share of the draws.

    Parameters
    ----------
    x, y
        (draws, k) pairs of draws of k things.
    centre
        (k,) and (k,): where the ellipses stand.
    share
        Of the draws that lie inside each.

    Returns
    -------
    tuple of arrays
        (k,) and (k,). Both are in proportion to the spread of the draws about the centre (root mean square), times
        the quantile of the draws' distances in such spreads; without spread, zero.
    """
    centre_x, centre_y = centre
    deviations = np.stack([x - centre_x, y - centre_y])
    variance = (deviations**2).mean(axis=1)
    spread = np.sqrt(variance)
    units = np.where(spread > 0, spread, 1.0)
    scaled = deviations / units[:, None]
    squared_distance = (scaled**2).sum(axis=0)
    distance = np.sqrt(squared_distance)
    reach = np.quantile(distance, share, axis=0)
    width, height = spread * reach
    return width, height
