"""Rows to Moments: one pass over a table, in memory or on disk.

A *design* says which columns the regression has and which rows may take part; here it is laid out and
summed. What is done with the sums belongs to :mod:`cxlens.stats`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.tables import Rows, Source
from cxlens.engine.tallies import segment_of, units_of
from cxlens.stats.intervals import nps_points
from cxlens.stats.moments import MOST_LEVELS, Moments

Floats = NDArray[np.float64]
Missing = Literal["indicator", "drop"]
BLOCKS = 200  # groups of respondents that are resampled when rows are too many to be resampled one by one


class Design(NamedTuple):
    """Columns of a regression, by position in :class:`~cxlens.engine.tables.Rows`.

    ``players`` and ``controls`` are touchpoints; ``factors`` are label columns with their values, the first
    of which is the reference. ``unit`` is the column whose values stay together when resampled.
    """

    outcome: int
    nps: bool
    players: tuple[int, ...]
    controls: tuple[int, ...] = ()
    factors: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    missing: Missing = "indicator"
    cluster: str | None = None
    respondent: str | None = None

    @property
    def k(self) -> int:
        """Columns before the players: the constant, usage flags, control scores, factor levels."""
        touched = len(self.players) + len(self.controls)
        flags = touched if self.missing == "indicator" else 0
        return 1 + flags + len(self.controls) + sum(len(levels) - 1 for _, levels in self.factors)


@dataclass(frozen=True, slots=True, eq=False)
class DesignRows:
    """The rows that take part: m rows, q columns, p players.

    ``z`` (m, q) holds 1, the controls, the scores (0 where not used), the outcome; ``scores`` (m, p) has NaN
    where not used; ``segments`` (m,) text; ``units`` (m,) the cluster, respondent or row as a number.
    """

    z: Floats
    weights: Floats
    scores: Floats
    segments: NDArray[Any]
    units: NDArray[np.uint64]
    dropped: Counter[str]

    def take(self, mask: NDArray[np.bool_]) -> DesignRows:
        """The rows that a boolean mask selects."""
        return DesignRows(
            self.z[mask], self.weights[mask], self.scores[mask], self.segments[mask], self.units[mask], self.dropped
        )


def design_rows(rows: Rows, design: Design, by: str | None) -> DesignRows:
    """Lay out the rows that take part, and count those that do not, by reason."""
    touched = [*design.players, *design.controls]
    scores, unused = rows.scores[:, touched], rows.unused[:, touched]
    outcome = _outcome(rows, design)
    factors = [(rows.labels[column], levels) for column, levels in design.factors]
    reasons = {
        "no outcome": np.isnan(outcome),
        "a touchpoint left blank": (np.isnan(scores) & ~unused).any(axis=1),
        "a covariate left blank": np.any([column.isna() for column, _ in factors], axis=0) if factors else False,
        "a touchpoint not used": unused.any(axis=1) if design.missing == "drop" else False,
        "weight 0": rows.weights == 0,
    }
    keep, dropped = np.ones(len(rows), bool), Counter[str]()
    for reason, bad in reasons.items():
        dropped[reason] += int((keep & bad).sum())
        keep &= ~np.asarray(bad)
    scores, p = scores[keep], len(design.players)
    filled = np.nan_to_num(scores, nan=0.0)
    flags = [(~np.isnan(scores)).astype(np.float64)] if design.missing == "indicator" else []
    dummies = [(column[keep] == level).to_numpy(float)[:, None] for column, levels in factors for level in levels[1:]]
    one, y = np.ones((len(scores), 1)), outcome[keep][:, None]
    z = np.hstack([one, *flags, filled[:, p:], *dummies, filled[:, :p], y])
    return DesignRows(
        z, rows.weights[keep], scores[:, :p], segment_of(rows, by)[keep], _units(rows, design)[keep], dropped
    )


def moments(
    source: Source, design: Design, players: tuple[str, ...], by: str | None = None
) -> tuple[Moments, Counter[str]]:
    """Weighted cross-products and level counts by segment and block in one pass, and how many rows were left out."""
    total: Moments | None = None
    dropped = Counter[str]()
    for rows in source.batches():
        part = design_rows(rows, design, by)
        dropped.update(part.dropped)
        sums = batch_moments(part, players)
        total = sums if total is None else total + sums
    if total is None:
        raise ValueError("a source without rows has no moments")
    return total, dropped


def batch_moments(part: DesignRows, players: tuple[str, ...]) -> Moments:
    """Moments of one batch: rows sorted by cell and block, one matrix product for each."""
    cell, cells = pd.factorize(part.segments, sort=True)
    block = (part.units % BLOCKS).astype(np.int64)
    key = cell * BLOCKS + block
    order = np.argsort(key, kind="stable")
    z, w, scores, key = part.z[order], part.weights[order], part.scores[order], key[order]
    weighted = z * w[:, None]
    c, q, p = len(cells), z.shape[1], scores.shape[1]
    products = np.zeros((c * BLOCKS, q, q))
    edges = np.flatnonzero(np.diff(key, prepend=-1, append=-1))  # none where nobody takes part
    for start, end in pairwise(edges.tolist()):
        products[key[start]] = z[start:end].T @ weighted[start:end]
    size = c * BLOCKS
    scored = np.stack([np.bincount(key, ~np.isnan(scores[:, j]), size) for j in range(p)], axis=-1)
    levels, counts = _level_counts(scores, w, key, size)
    return Moments(
        players,
        tuple(cells),
        products.reshape(c, BLOCKS, q, q),
        np.bincount(key, minlength=size).reshape(c, BLOCKS),
        np.bincount(key, w**2, size).reshape(c, BLOCKS).astype(np.float64),
        scored.astype(np.int64).reshape(c, BLOCKS, p),
        levels,
        counts.reshape(c, BLOCKS, p, len(levels)),
    )


def features(part: DesignRows, levels: Floats, size: int = 4096) -> Iterator[tuple[slice, Floats]]:
    """For the bootstrap of rows: upper-triangle cross-products, then level indicators, all times the weight.

    Yields slices of the rows with their (m, q (q + 1) / 2 + p l) features.
    """
    i, j = np.triu_indices(part.z.shape[1])
    for start in range(0, len(part.z), size):
        where = slice(start, start + size)
        z, w = part.z[where], part.weights[where][:, None]
        at_level = (part.scores[where][:, :, None] == levels).reshape(len(z), -1)
        yield where, np.hstack([z[:, i] * z[:, j] * w, at_level * w])


def _level_counts(scores: Floats, w: Floats, key: NDArray[np.int64], size: int) -> tuple[Floats, Floats]:
    """Distinct scores, and the sum of weights at each by cell, block and player; none where they are too many."""
    levels = np.unique(scores[~np.isnan(scores)])
    p = scores.shape[1]
    if len(levels) > MOST_LEVELS:
        return np.empty(0), np.zeros((size, p, 0))
    counts = np.zeros((size, p, len(levels)))
    for j in range(p):
        rated = ~np.isnan(scores[:, j])
        at = key[rated] * len(levels) + np.searchsorted(levels, scores[rated, j])
        counts[:, j] = np.bincount(at, w[rated], size * len(levels)).reshape(size, len(levels))
    return levels, counts


def _outcome(rows: Rows, design: Design) -> Floats:
    """The outcome; NPS answers as -100, 0 or 100, so that means and coefficients are NPS points."""
    y = rows.outcomes[:, design.outcome]
    if not design.nps:
        return y
    return nps_points(y)


def _units(rows: Rows, design: Design) -> NDArray[np.uint64]:
    """A number for each row's cluster, else its respondent, else the row itself, as where the id is empty."""
    column = design.cluster or design.respondent
    if column is None:
        return np.arange(rows.start, rows.start + len(rows), dtype=np.uint64)
    return units_of(rows, column)
