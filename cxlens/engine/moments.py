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

from cxlens.engine.labels import segment_of, units_of
from cxlens.engine.stream import can_stream, left_out, stream
from cxlens.engine.tables import OnDisk, Rows, Source
from cxlens.stats.intervals import nps_points
from cxlens.stats.moments import MOST_LEVELS, Moments

Floats = NDArray[np.float64]
Missing = Literal["indicator", "drop"]
Kind = Literal["score", "product", "low", "high", "square", "level"]
BLOCKS = 200  # groups of respondents that are resampled when rows are too many to be resampled one by one


class Column(NamedTuple):
    """A column of the regression, made of the touchpoints at places ``at``; 0 where one of them was not used.

    ``given`` holds what the kind needs. ``"score"``: nothing. ``"product"``, ``"square"``: where scores are centred.
    ``"low"``, ``"high"``: the score up to which, or from which on, it is 1. ``"level"``: a label column and its value.
    """

    kind: Kind
    at: tuple[int, ...] = ()
    given: tuple[Any, ...] = ()


class Design(NamedTuple):
    """A regression: which columns it has, by position in :class:`~cxlens.engine.tables.Rows`.

    ``players`` have a tuple of columns each. ``controls`` are touchpoints, ``factors`` label columns with their values,
    the first of which is the reference; both are always in the model, as are usage flags of ``flagged`` touchpoints.
    ``unit`` is the column whose values stay together when resampled. ``outcome`` is counted as it is; in NPS points
    (``nps``); or, from the score ``top`` on, as 100 and below it as 0: the top box in percentage points.
    """

    outcome: int
    nps: bool
    players: tuple[tuple[Column, ...], ...]
    controls: tuple[int, ...] = ()
    factors: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    flagged: tuple[int, ...] = ()
    missing: Missing = "indicator"
    unit: str | None = None
    top: float | None = None

    @property
    def scored(self) -> tuple[int, ...]:
        """The touchpoints that players are made of, in order."""
        return tuple(dict.fromkeys(place for player in self.players for column in player for place in column.at))

    @property
    def flags(self) -> tuple[int, ...]:
        """The touchpoints whose use is a control."""
        return () if self.missing == "drop" else self.flagged

    @property
    def widths(self) -> tuple[int, ...]:
        """How many columns each player has."""
        return tuple(map(len, self.players))

    @property
    def in_points(self) -> bool:
        """Whether the outcome is counted in points of 100."""
        return self.nps or self.top is not None

    def counted(self, answers: Floats) -> Floats:
        """What answers count: NPS points, percentage points of the top box, or themselves."""
        if self.top is not None:
            return np.where(np.isnan(answers), np.nan, 100.0 * (answers >= self.top))
        return nps_points(answers) if self.nps else answers

    @property
    def k(self) -> int:
        """Columns before the players: the constant, usage flags, control scores, factor levels."""
        return 1 + len(self.flags) + len(self.controls) + sum(len(levels) - 1 for _, levels in self.factors)


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


def takes_part(rows: Rows, design: Design) -> tuple[NDArray[np.bool_], Counter[str]]:
    """Which rows take part, and how many do not, by reason."""
    touched = [*design.scored, *design.controls]
    scores, unused = rows.scores[:, touched], rows.unused[:, touched]
    labels = [name for name, _ in design.factors]
    labels += [column.given[0] for player in design.players for column in player if column.kind == "level"]
    reasons = {
        "no outcome": np.isnan(rows.outcomes[:, design.outcome]),
        "a touchpoint left blank": (np.isnan(scores) & ~unused).any(axis=1),
        "a covariate left blank": rows.labels[list(dict.fromkeys(labels))].isna().any(axis=1).to_numpy(),
        "a touchpoint not used": unused.any(axis=1) if design.missing == "drop" else False,
        "weight 0": rows.weights == 0,
    }
    return left_out(reasons)


def design_rows(rows: Rows, design: Design, by: str | None) -> DesignRows:
    """Lay out the rows that take part, and count those that do not, by reason."""
    keep, dropped = takes_part(rows, design)
    units, kept = row_units(rows, design)[keep], rows.take(keep)
    flags = [~np.isnan(kept.scores[:, place]) for place in design.flags]
    controls = [np.nan_to_num(kept.scores[:, place]) for place in design.controls]
    dummies = [kept.labels[column] == level for column, levels in design.factors for level in levels[1:]]
    players = [_values(kept, column) for player in design.players for column in player]
    outcome = design.counted(kept.outcomes[:, design.outcome])
    z = np.column_stack([np.ones(len(kept)), *flags, *controls, *dummies, *players, outcome])
    return DesignRows(z, kept.weights, kept.scores[:, design.scored], segment_of(kept, by), units, dropped)


def _values(rows: Rows, column: Column) -> Floats:
    """The values of one column, 0 where a touchpoint was not used."""
    if column.kind == "level":
        name, level = column.given
        return np.asarray(rows.labels[name] == level, np.float64)
    scores = rows.scores[:, column.at]
    if column.kind == "score":
        return np.asarray(np.nan_to_num(scores[:, 0]))
    if column.kind == "low":
        return np.asarray(scores[:, 0] <= column.given[0], np.float64)
    if column.kind == "high":
        return np.asarray(scores[:, 0] >= column.given[0], np.float64)
    centred = scores - np.array(column.given)
    return np.asarray(np.nan_to_num(centred.prod(axis=1) if column.kind == "product" else centred[:, 0] ** 2))


def moments(
    source: Source, design: Design, players: tuple[str, ...], by: str | None = None
) -> tuple[Moments, Counter[str]]:
    """Weighted cross-products and level counts by segment and block in one pass, and how many rows were left out."""
    if isinstance(source, OnDisk) and can_stream(source, design):
        found = stream(source, design, players, by, BLOCKS)
    else:
        found = _added_up(source, design, players, by)
    if found is None:
        raise ValueError("a source without rows has no moments")
    return found


def _added_up(
    source: Source, design: Design, players: tuple[str, ...], by: str | None
) -> tuple[Moments, Counter[str]] | None:
    """Moments of any design, a batch at a time; None without rows."""
    total: Moments | None = None
    dropped = Counter[str]()
    for rows in source.batches():
        part = design_rows(rows, design, by)
        dropped.update(part.dropped)
        sums = batch_moments(part, players)
        total = sums if total is None else total + sums
    return None if total is None else (total, dropped)


def batch_moments(part: DesignRows, players: tuple[str, ...]) -> Moments:
    """Moments of one batch: rows sorted by cell and block, one matrix product for each. ``names`` of what is scored."""
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


def row_units(rows: Rows, design: Design) -> NDArray[np.uint64]:
    """A number for each row's cluster, else its respondent, else the row itself, as where the id is empty."""
    if design.unit is None:
        return np.arange(rows.start, rows.start + len(rows), dtype=np.uint64)
    return units_of(rows, design.unit)
