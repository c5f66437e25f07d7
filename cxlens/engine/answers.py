"""The answers behind a regression: sums over them, and the rows themselves where they are few enough to be held.

Which columns are meant is said by :mod:`cxlens.engine.design`, how rows become sums by :mod:`cxlens.engine.moments`.
Nothing is resampled or estimated here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.design import Design, DesignRows, design_rows, joined, takes_part
from cxlens.engine.labels import in_word, in_words
from cxlens.engine.moments import batch_moments, moments
from cxlens.engine.stream import can_stream, count_taking_part
from cxlens.engine.tables import IN_MEMORY, InMemory, OnDisk, Rows, Source
from cxlens.stats.impute import impute
from cxlens.stats.moments import Moments

Floats = NDArray[np.float64]
SMALL_CELL = 10_000  # rows up to which a cell of a large source has its rows read


class Reading(NamedTuple):
    """What is read: the columns of a design, by the labels of one column, from a source.

    ``names`` are those of the scored touchpoints. With ``impute`` blank scores are filled; with ``hold`` the rows are
    held however many they are. ``order`` are the words of ``by`` in order, where they are not sorted as text.
    """

    source: Source
    design: Design
    names: tuple[str, ...]
    by: str | None = None
    impute: bool = False
    hold: bool = False
    order: tuple[str, ...] = ()

    @property
    def rows(self) -> Rows:
        """All rows of a source in memory.

        Raises
        ------
        ValueError
            Where they are on disk.
        """
        if not isinstance(self.source, InMemory):
            raise ValueError("the rows are on disk")
        return self.source.rows


class Data(NamedTuple):
    """What was read: sums, rows left out by reason, the rows that take part where they are few enough, else None.

    ``small``: where they are too many, the rows of small cells by their names, as far as these were asked for.
    ``staying``: which of the rows that take part, in memory, are not left out by their usage; None where all stay.
    """

    sums: Moments
    dropped: Counter[str]
    part: DesignRows | None
    small: Mapping[str, DesignRows] = MappingProxyType({})
    staying: NDArray[np.bool_] | None = None

    @property
    def rows_at_hand(self) -> DesignRows:
        """The rows that take part.

        Raises
        ------
        ValueError
            Where they are on disk.
        """
        if self.part is None:
            raise ValueError("the rows are on disk")
        return self.part


def collect(reading: Reading) -> Data:
    """One pass over the answers; the rows themselves are kept where they are few enough to be resampled one by one."""
    if not _held(reading):
        sums, dropped = moments(reading.source, reading.design, reading.names, reading.by)
        return Data(_in_order(sums, reading.order), dropped, None)
    rows = reading.rows
    if reading.impute:
        part = _imputed_part(rows, reading)
    else:
        part = design_rows(rows, reading.design, reading.by)
    sums = batch_moments(part, reading.names)
    return Data(_in_order(sums, reading.order), part.dropped, part)


def with_small_cells(data: Data, reading: Reading) -> Data:
    """The same with the rows of small cells beside the sums, so that these get the errors that small files get.

    Cells of up to 10,000 rows, the smallest first, up to as many rows as are held in memory. That of rows without a
    label cannot be asked for, and all rows of a source are looked at only where it is small or held.
    """
    if data.part is not None:
        return data
    cells = _small_cells(data.sums)
    parts = []
    for rows in _rows_of_cells(reading, cells):
        parts.append(design_rows(rows, reading.design, reading.by))
    if not parts:
        return data
    everyone = joined(parts)
    small = {}
    for cell in cells:
        in_cell = _of_cell(everyone, cell)
        known = data.sums.rows[data.sums.cells.index(cell)].sum()
        if len(in_cell.z) == known:  # rows without a label were not asked for
            small[cell] = in_cell
    return data._replace(small=small)


def _small_cells(sums: Moments) -> list[str]:
    """The cells of few rows, the smallest first, up to as many rows as are held in memory."""
    rows_of_cells = sums.rows.sum(axis=1)
    smallest_first = np.argsort(rows_of_cells, kind="stable")
    cells = []
    held = 0
    for place in smallest_first.tolist():
        rows = int(rows_of_cells[place])
        held += rows
        if 0 < rows <= SMALL_CELL and held <= IN_MEMORY:
            cells.append(sums.cells[place])
    return cells


def _rows_of_cells(reading: Reading, cells: list[str]) -> Iterator[Rows]:
    """The rows of some cells, with those of others where all are of one cell."""
    source = reading.source
    if not cells:
        return iter(())
    if reading.by is None:
        few = isinstance(source, InMemory) or source.n <= IN_MEMORY
        return source.batches() if few else iter(())
    stated = source.distinct(reading.by)
    values = [value for value in stated if in_word(value) in cells]
    return source.picked(reading.by, values)


def _of_cell(part: DesignRows, cell: str) -> DesignRows:
    """The rows of one cell."""
    is_there = part.segments == cell
    return part.take(is_there)


def _in_order(sums: Moments, order: tuple[str, ...]) -> Moments:
    """The same sums with the cells in the order of their words; cells of other words come last."""
    known = [word for word in order if word in sums.cells]
    others = [word for word in sums.cells if word not in known]
    cells = (*known, *others)
    if cells == sums.cells:
        return sums
    return sums.spread(cells, sums.levels)


def _held(reading: Reading) -> bool:
    """Whether the rows are held: they are in memory, and few, or the method needs them however many they are."""
    if not isinstance(reading.source, InMemory):
        return False
    return reading.source.n <= IN_MEMORY or reading.hold or reading.impute


def _imputed_part(rows: Rows, reading: Reading) -> DesignRows:
    """The rows that take part once blanks are imputed; only scores that were given count as scores."""
    design = reading.design
    filled = with_imputed(rows, design, np.random.default_rng(0))
    taking_part, _ = takes_part(filled, design)
    given_scores = rows.take(taking_part).scores[:, design.scored]
    return replace(design_rows(filled, design, reading.by), scores=given_scores)


def kinds_of(reading: Reading, keys: Sequence[str]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Kinds of rows that take part: labels in words, and (kinds, p + 1) how many scored what; in the last, how many.

    For :class:`cxlens.common.small_cells.SmallCells`; the p touchpoints are those scored in the design. On disk each
    combination of words is a kind, in memory each row.
    """
    source = reading.source
    if not isinstance(source, OnDisk):
        given = reading.rows
        rows = given
        if reading.impute:
            rows = with_imputed(given, reading.design, np.random.default_rng(0))
        return _kinds_of_rows(rows, given, reading.design, keys)
    if can_stream(source, reading.design):
        cells, counts = count_taking_part(source, reading.design, keys)
        kinds = pd.DataFrame(cells, columns=list(keys), index=range(len(cells)))
        return kinds, counts
    names = list(keys)
    design = reading.design

    def counted(rows: Rows) -> pd.DataFrame:
        kinds, answers = _kinds_of_rows(rows, rows, design, keys)
        by_kind = pd.concat([kinds, pd.DataFrame(answers)], axis=1).groupby(names, sort=False)
        return by_kind.sum()

    def added(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
        return pd.concat(list(parts)).groupby(level=names, sort=False).sum()

    everyone = source.folded(counted, added)
    return everyone.index.to_frame(index=False), everyone.to_numpy(np.int64)


def _kinds_of_rows(
    rows: Rows,
    given: Rows,
    design: Design,
    keys: Sequence[str],
) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """The labels of those of some rows that take part, and what they scored where they gave it themselves."""
    taking_part, _ = takes_part(rows, design)
    own = given.take(taking_part)
    kinds = pd.DataFrame({name: in_words(own.labels[name]) for name in keys}, index=range(len(own)))
    scores = own.scores[:, list(design.scored)]
    answers = np.column_stack([~np.isnan(scores), np.ones(len(own))])
    return kinds, answers.astype(np.int64)


def with_imputed(rows: Rows, design: Design, rng: np.random.Generator) -> Rows:
    """Blank scores of the touchpoints in question filled by one draw from what the other answers say.

    Rows without an outcome do not take part and keep their blanks.
    """
    touchpoints = np.array(list(dict.fromkeys([*design.scored, *design.controls])))
    outcome = rows.outcomes[:, design.outcome]
    answered = np.flatnonzero(~np.isnan(outcome) & (rows.weights > 0))
    where = np.ix_(answered, touchpoints)
    scores = rows.scores.copy()
    unused = rows.unused.copy()
    scores[where], unused[where] = impute(scores[where], unused[where], outcome[answered], rng)
    return replace(rows, scores=scores, unused=unused)


def with_rows(data: Data, part: DesignRows) -> Data:
    """The same cells and levels of some of the rows, or of rows with other values."""
    known = data.sums
    sums = batch_moments(part, known.columns)
    laid_out = sums.spread(known.cells, known.levels)
    return Data(
        laid_out,
        part.dropped,
        part,
    )


def without_columns(data: Data, columns: list[int]) -> Data:
    """The same answers without some columns of the design."""
    kept = np.delete(np.arange(data.sums.products.shape[-1]), columns)
    sums = replace(data.sums, products=data.sums.products[:, :, kept][..., kept])
    part = None if data.part is None else replace(data.part, z=data.part.z[:, kept])
    small = {}
    for cell, rows in data.small.items():
        small[cell] = replace(rows, z=rows.z[:, kept])
    return Data(sums, data.dropped, part, small)


def segment_rows(data: Data, cell: int) -> tuple[DesignRows, NDArray[np.int64] | None]:
    """The rows of one segment, and the number of each row's cluster where clusters have several rows."""
    name = data.sums.cells[cell]
    in_segment = data.small.get(name)
    if in_segment is None:
        in_segment = _of_cell(data.rows_at_hand, name)
    _, clusters = np.unique(in_segment.units, return_inverse=True)
    every_row_is_one = clusters.max() + 1 == len(clusters)
    return in_segment, None if every_row_is_one else clusters
