"""How often each entry of a large file occurs, by cell: what :func:`cxlens.engine.tallies.tally` counts, the quick way.

What an entry means belongs to :mod:`cxlens.engine.entry_states`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.entry_states import (
    States,
    are_small_and_whole,
    distinct_scores,
    folded,
    label_in,
    lookup_of,
    meaning_of,
    states_in,
    weights_in,
)
from cxlens.engine.labels import Cell, combined
from cxlens.engine.roles import Codes
from cxlens.engine.tables import OnDisk

if TYPE_CHECKING:
    from pyarrow import RecordBatch

Array = NDArray[Any]
Floats = NDArray[np.float64]
KINDS = 5  # of sums over entries: rows, then weights to the power of one to four


class _Counted(NamedTuple):
    """A column whose entries are counted: its k scores and the state of each entry, of which there are ``width``."""

    name: str
    scores: Floats
    lookup: States
    width: int


class Counts(NamedTuple):
    """The words of each cell, and an array for each column: (1 or 5, cells, k + 2)."""

    cells: list[Cell]
    sums: list[Floats]


def can_count(source: OnDisk) -> bool:
    """Whether every score and outcome is one column of small whole numbers, and all rows are meant."""
    if source.conditions:
        return False
    groups = list(source.roles.touchpoints)
    for outcome, _ in source.roles.outcomes:
        groups.append((outcome,))
    return are_small_and_whole(source, groups)


def count_entries(
    source: OnDisk,
    by: Sequence[str],
) -> tuple[list[Cell], list[tuple[Floats, Floats]]]:
    """How often each entry of each touchpoint, then of each outcome, occurs by cell: where :func:`can_count`.

    Returns the words of each cell, and for each column its scores (k,) and five (cells, k + 2) arrays: rows, and the
    sums of weights to the power of one to four; after the scores come not used, and blank. Rows of weight 0 do not
    count.
    """
    columns = _counted_columns(source)
    counts = _all_counts(source, columns, by)
    of_any_entry = counts.sums[0].any(axis=(0, 2))  # none where all weights are 0
    places = np.flatnonzero(of_any_entry)
    cells = [counts.cells[place] for place in places]
    entries = []
    for column, sums in zip(columns, counts.sums, strict=True):
        entries.append((column.scores, _of_every_kind(sums[:, places])))
    return cells, entries


def _counted_columns(source: OnDisk) -> list[_Counted]:
    """The touchpoints, then the outcomes."""
    roles = source.roles
    columns = []
    for group in roles.touchpoints:
        column = _counted(source, group[0], roles.codes_of(group[0]))
        columns.append(column)
    for outcome, codes in roles.outcomes:
        column = _counted(source, outcome, codes)
        columns.append(column)
    return columns


def _counted(source: OnDisk, name: str, codes: Codes | None) -> _Counted:
    """Look up what each entry of a column means that is to be counted."""
    meaning = meaning_of(source, name, codes)
    scores = distinct_scores([meaning])
    return _Counted(
        name=name,
        scores=scores,
        lookup=lookup_of(meaning, scores),
        width=len(scores) + 2,
    )


def _all_counts(
    source: OnDisk,
    columns: list[_Counted],
    by: Sequence[str],
) -> Counts:
    """The cells of the whole file in the order in which they come up, and the sums over its batches."""
    labels = {f"by{number}": label for number, label in enumerate(by)}
    names = [column.name for column in columns]

    def counted(batch: RecordBatch, _: int) -> Counts:
        return _counts(batch, list(labels), columns)

    kinds = 1 if source.roles.weight is None else KINDS
    nothing = [np.zeros((kinds, 0, column.width)) for column in columns]

    def added(batches: Iterable[Counts]) -> Counts:
        return added_up(batches, nothing)

    return folded(source, names, labels, counted, added)


def added_up(batches: Iterable[Counts], nothing: Sequence[Floats]) -> Counts:
    """Counts added up over batches, to sums of no cell yet; the cells in the order in which they come up."""
    totals = list(nothing)
    places: dict[Cell, int] = {}
    for counts in batches:
        for cell in counts.cells:
            places.setdefault(cell, len(places))
        here = [places[cell] for cell in counts.cells]
        for number, sums in enumerate(counts.sums):
            total = _widened(totals[number], len(places))
            total[:, here] += sums
            totals[number] = total
    return Counts(list(places), totals)


def _widened(sums: Floats, cells: int) -> Floats:
    """The same sums with room for more cells."""
    kinds, known, width = sums.shape
    new = np.zeros((kinds, cells - known, width))
    return np.concatenate([sums, new], axis=1)


def _of_every_kind(sums: Floats) -> Floats:
    """Rows and powers of weights by cell and state: all are the number of rows where there are no weights."""
    if len(sums) == KINDS:
        return sums
    return np.concatenate([sums] * KINDS)


def _counts(
    batch: RecordBatch,
    by: Sequence[str],
    columns: Sequence[_Counted],
) -> Counts:
    """The cells of a batch, and for each column rows, of weight above 0 where there are weights, and sums of these."""
    labels = [label_in(batch, job) for job in by]
    cell, cells = combined(labels, batch.num_rows)
    weights = weights_in(batch)
    kinds: list[Array | None] = [None]
    if weights is not None:
        squares = weights**2
        kinds = [weights > 0, weights, squares, squares * weights, squares**2]
    widths = {column.width for column in columns}
    first_bin = {width: cell * width for width in widths}
    sums = []
    for number, column in enumerate(columns):
        width = column.width
        states = states_in(batch, number, column.lookup)
        bins = first_bin[width] + states
        by_kind = [np.bincount(bins, kind, len(cells) * width) for kind in kinds]
        by_cell = np.stack(by_kind).reshape(-1, len(cells), width)
        sums.append(by_cell.astype(np.float64))
    return Counts(cells, sums)
