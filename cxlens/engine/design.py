"""Which columns a regression has and which rows take part in it, and rows laid out so.

Sums over the rows belong to :mod:`cxlens.engine.moments`; what is asked of a survey, in words, to
:mod:`cxlens.stages.drivers.ask`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.labels import segment_of, units_of
from cxlens.engine.tables import Rows
from cxlens.stats.intervals import nps_points

Floats = NDArray[np.float64]
Missing = Literal["indicator", "drop"]
Kind = Literal["score", "product", "low", "high", "square", "knot", "level"]


class Column(NamedTuple):
    """A column of the regression, made of the touchpoints at places ``at``; 0 where one of them was not used.

    ``given`` holds what the kind needs. ``"score"``: nothing. ``"product"``, ``"square"``: where scores are centred.
    ``"low"``, ``"high"``: the score up to which, or from which on, it is 1. ``"knot"``: scores, and its values there,
    with straight lines between them. ``"level"``: a label column and its value.
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
    def player_columns(self) -> tuple[Column, ...]:
        """The columns of all players, in order."""
        return tuple(column for player in self.players for column in player)

    @property
    def scored(self) -> tuple[int, ...]:
        """The touchpoints that players are made of, in order."""
        places = [place for column in self.player_columns for place in column.at]
        return tuple(dict.fromkeys(places))

    @property
    def flags(self) -> tuple[int, ...]:
        """The touchpoints whose use is a control."""
        return () if self.missing == "drop" else self.flagged

    @property
    def widths(self) -> tuple[int, ...]:
        """How many columns each player has."""
        return tuple(map(len, self.players))

    @property
    def label_columns(self) -> tuple[str, ...]:
        """The label columns of covariates and factors; who did not state one of them does not take part."""
        names = [name for name, _ in self.factors]
        names += [column.given[0] for column in self.player_columns if column.kind == "level"]
        return tuple(dict.fromkeys(names))

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
        dummies = sum(len(levels) - 1 for _, levels in self.factors)
        return 1 + len(self.flags) + len(self.controls) + dummies


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
            z=self.z[mask],
            weights=self.weights[mask],
            scores=self.scores[mask],
            segments=self.segments[mask],
            units=self.units[mask],
            dropped=self.dropped,
        )


def joined(parts: Sequence[DesignRows]) -> DesignRows:
    """The rows of several batches, one after the other."""
    dropped = Counter[str]()
    for part in parts:
        dropped.update(part.dropped)
    return DesignRows(
        z=np.concatenate([part.z for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
        scores=np.concatenate([part.scores for part in parts]),
        segments=np.concatenate([part.segments for part in parts]),
        units=np.concatenate([part.units for part in parts]),
        dropped=dropped,
    )


def takes_part(rows: Rows, design: Design) -> tuple[NDArray[np.bool_], Counter[str]]:
    """Which rows take part, and how many do not, by reason."""
    touched = [*design.scored, *design.controls]
    scores = rows.scores[:, touched]
    unused = rows.unused[:, touched]
    blank = np.isnan(scores) & ~unused
    covariates = rows.labels[list(design.label_columns)]
    reasons = {
        "no outcome": np.isnan(rows.outcomes[:, design.outcome]),
        "a touchpoint left blank": blank.any(axis=1),
        "a covariate left blank": covariates.isna().any(axis=1).to_numpy(),
        "a touchpoint not used": unused.any(axis=1) if design.missing == "drop" else False,
        "weight 0": rows.weights == 0,
    }
    return left_out(reasons)


def design_rows(rows: Rows, design: Design, by: str | None) -> DesignRows:
    """Lay out the rows that take part, and count those that do not, by reason."""
    keep, dropped = takes_part(rows, design)
    taking_part = rows.take(keep)
    scores = taking_part.scores
    constant = np.ones(len(taking_part))
    flags = [~np.isnan(scores[:, place]) for place in design.flags]
    controls = [np.nan_to_num(scores[:, place]) for place in design.controls]
    dummies = [taking_part.labels[name] == level for name, levels in design.factors for level in levels[1:]]
    players = [_values(taking_part, column) for column in design.player_columns]
    outcome = design.counted(taking_part.outcomes[:, design.outcome])
    return DesignRows(
        z=np.column_stack([constant, *flags, *controls, *dummies, *players, outcome]),
        weights=taking_part.weights,
        scores=scores[:, design.scored],
        segments=segment_of(taking_part, by),
        units=row_units(rows, design)[keep],
        dropped=dropped,
    )


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
    if column.kind == "knot":
        at_scores, heights = column.given
        return np.asarray(np.nan_to_num(np.interp(scores[:, 0], at_scores, heights)))
    centred = scores - np.array(column.given)
    values = centred.prod(axis=1) if column.kind == "product" else centred[:, 0] ** 2
    return np.asarray(np.nan_to_num(values))


def left_out(reasons: Mapping[str, Any]) -> tuple[NDArray[np.bool_], Counter[str]]:
    """Which rows stay, and how many do not: each counted for the first reason that holds."""
    keep = ~np.zeros_like(reasons["no outcome"])
    dropped = Counter[str]()
    for reason, bad in reasons.items():
        dropped[reason] += int((keep & bad).sum())
        keep &= ~np.asarray(bad)
    return keep, dropped


def row_units(rows: Rows, design: Design) -> NDArray[np.uint64]:
    """A number for each row's cluster, else its respondent, else the row itself, as where the id is empty."""
    if design.unit is None:
        return np.arange(rows.start, rows.start + len(rows), dtype=np.uint64)
    return units_of(rows, design.unit)


def columns_and_categories(rows: DesignRows) -> tuple[Floats, NDArray[np.int64]]:
    """The columns beside the constant, and the outcome as categories 0, 1, 2, ..."""
    _, categories = np.unique(rows.z[:, -1], return_inverse=True)
    return rows.z[:, 1:-1], categories
