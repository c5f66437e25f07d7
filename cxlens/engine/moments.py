"""Rows to Moments: one pass over a table, in memory or on disk.

Which columns and rows are meant belongs to :mod:`cxlens.engine.design`, what is done with the sums to
:mod:`cxlens.stats`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.design import Design, DesignRows, design_rows
from cxlens.engine.stream import Collected, added_sums, can_stream, stream
from cxlens.engine.tables import OnDisk, Rows, Source
from cxlens.stats.moments import MOST_LEVELS, Moments

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BLOCKS = 200  # groups of respondents that are resampled when rows are too many to be resampled one by one


def moments(
    source: Source,
    design: Design,
    players: tuple[str, ...],
    by: str | None = None,
) -> tuple[Moments, Counter[str]]:
    """Weighted cross-products and level counts by segment and block in one pass, and how many rows were left out."""
    if isinstance(source, OnDisk) and can_stream(source, design):
        sums = stream(source, design, players, by, BLOCKS)
    else:
        sums = _added_up(source, design, players, by)
    if sums is None:
        raise ValueError("a source without rows has no moments")
    return sums


def _added_up(
    source: Source,
    design: Design,
    players: tuple[str, ...],
    by: str | None,
) -> Collected:
    """Moments of any design, a batch at a time; None without rows."""

    def summed(rows: Rows) -> Collected:
        part = design_rows(rows, design, by)
        return batch_moments(part, players), part.dropped

    return source.folded(summed, added_sums)


def batch_moments(part: DesignRows, players: tuple[str, ...]) -> Moments:
    """Moments of one batch: rows sorted by cell and block, one matrix product for each; names of what is scored."""
    cell, cells = pd.factorize(part.segments, sort=True)
    block = (part.units % BLOCKS).astype(np.int64)
    unsorted_key = cell * BLOCKS + block
    order = np.argsort(unsorted_key, kind="stable")
    key = unsorted_key[order]
    weights = part.weights[order]
    scores = part.scores[order]
    size = len(cells) * BLOCKS
    products = _products(part.z[order], weights, key, size)
    levels, counts = _level_counts(scores, weights, key, size)

    def laid_out(values: NDArray[Any]) -> Any:
        return values.reshape(len(cells), BLOCKS, *values.shape[1:])

    return Moments(
        columns=players,
        cells=tuple(cells),
        products=laid_out(products),
        rows=laid_out(np.bincount(key, minlength=size)),
        scored=laid_out(_rated(scores, key, size)),
        levels=levels,
        counts=laid_out(counts),
    )


def _rated(scores: Floats, key: Ints, size: int) -> Ints:
    """(size, p) rows with a score at each key."""
    rated = [np.bincount(key, ~np.isnan(answers), size) for answers in scores.T]
    return np.stack(rated, axis=-1).astype(np.int64)


def _products(
    z: Floats,
    weights: Floats,
    key: Ints,
    size: int,
) -> Floats:
    """(size, q, q) sums of w z z' at each key; rows are sorted by it."""
    columns = z.shape[1]
    products = np.zeros((size, columns, columns))
    weighted = z * weights[:, None]
    changes = np.diff(key, prepend=-1, append=-1)
    edges = np.flatnonzero(changes)  # none where nobody takes part
    for start, end in pairwise(edges.tolist()):
        rows = slice(start, end)
        products[key[start]] = z[rows].T @ weighted[rows]
    return products


def features(
    part: DesignRows,
    levels: Floats,
    size: int = 4096,
    pairs: tuple[Ints, Ints] | None = None,
) -> Iterator[tuple[slice, Floats]]:
    """For the bootstrap of rows: cross-products of pairs of columns, then level indicators, all times the weight.

    Yields slices of the rows with their (m, pairs + p l) features; the pairs are by default the upper triangle.
    """
    i, j = np.triu_indices(part.z.shape[1]) if pairs is None else pairs
    for start in range(0, len(part.z), size):
        where = slice(start, start + size)
        z = part.z[where]
        products = z[:, i] * z[:, j]
        scores = part.scores[where]
        at_level = scores[:, :, None] == levels
        indicators = at_level.reshape(len(z), -1)
        weights = part.weights[where][:, None]
        yield where, np.hstack([products * weights, indicators * weights])


def _level_counts(
    scores: Floats,
    weights: Floats,
    key: Ints,
    size: int,
) -> tuple[Floats, Floats]:
    """Distinct scores, and the sum of weights at each by cell, block and player; none where they are too many."""
    levels = np.unique(scores[~np.isnan(scores)])
    touchpoints = scores.shape[1]
    if len(levels) > MOST_LEVELS:
        return np.empty(0), np.zeros((size, touchpoints, 0))
    counts = np.zeros((size, touchpoints, len(levels)))
    for place, answers in enumerate(scores.T):
        rated = ~np.isnan(answers)
        level = np.searchsorted(levels, answers[rated])
        bins = key[rated] * len(levels) + level
        sums = np.bincount(bins, weights[rated], size * len(levels))
        counts[:, place] = sums.reshape(size, len(levels))
    return levels, counts
