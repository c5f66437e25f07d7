"""The bootstrap as a matrix product: how often each unit was drawn, times what each unit contributes.

A unit is a respondent, a cluster, or a block of a table too large for memory. What is done with the
resampled sums does not belong here. Source: Efron (1979); Davison and Hinkley (1997), chapter 2.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def multiplicities(units: int, draws: int, rng: np.random.Generator) -> NDArray[np.uint16]:
    """(draws, units) how often each unit appears in each resample of as many units, with replacement."""
    counts = np.empty((draws, units), np.uint16)
    for row in counts:
        row[:] = np.bincount(rng.integers(0, units, units), minlength=units)
    return counts


def resample(counts: NDArray[np.uint16], units: NDArray[np.int64], parts: Iterator[tuple[slice, Floats]]) -> Floats:
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
        part = counts[:, units[where]].astype(np.float64) @ features
        sums = part if sums is None else sums + part
    if sums is None:
        raise ValueError("nothing to resample")
    return sums


def percentile_interval(draws: Floats, level: float) -> tuple[Floats, Floats]:
    """Lower and upper end of the percentile interval over the first axis; draws that are NaN are left out."""
    tail = (1 - level) / 2
    if np.isnan(draws).any():
        empty = np.isnan(draws).all(axis=0)
        filled = np.where(empty, 0.0, draws)
        low, high = np.nanquantile(filled, [tail, 1 - tail], axis=0)
        return np.where(empty, np.nan, low), np.where(empty, np.nan, high)
    low, high = np.quantile(draws, [tail, 1 - tail], axis=0)
    return low, high


def bootstrap_error(draws: Floats) -> Floats:
    """Standard deviation over the first axis; draws that are NaN are left out, and fewer than two give NaN."""
    known = ~np.isnan(draws)
    n = known.sum(axis=0)
    n = np.where(n > 1, n, np.nan)
    centred = np.where(known, draws - np.where(known, draws, 0.0).sum(axis=0) / n, 0.0)
    return np.asarray(np.sqrt((centred**2).sum(axis=0) / (n - 1)))


def ellipse_radii(x: Floats, y: Floats, centre: tuple[Floats, Floats], share: float) -> tuple[Floats, Floats]:
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
    apart = np.stack([x - centre[0], y - centre[1]])
    spread = np.sqrt((apart**2).mean(axis=1))
    distance = np.sqrt(((apart / np.where(spread > 0, spread, 1.0)[:, None]) ** 2).sum(axis=0))
    width, height = spread * np.quantile(distance, share, axis=0)
    return width, height
