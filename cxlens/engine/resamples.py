"""The resamples of answers: drawn once, and read by everything that is said of the same answers.

A :class:`Resamples` says how often each respondent (or cluster, or block of a table on disk) was drawn. Cross-products
of any columns in all resamples follow from it by :func:`products`. Nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from cxlens.engine.answers import Data, Reading, with_imputed
from cxlens.engine.design import (
    DesignRows,
    design_rows,
    row_units,
    takes_part,
)
from cxlens.engine.labels import segment_of
from cxlens.engine.moments import batch_moments, features
from cxlens.engine.tables import Rows
from cxlens.stats.bootstrap import multiplicities, resample, resampled_beside, summed
from cxlens.stats.moments import Moments

Floats = NDArray[np.float64]
MOST_UNITS = 10_000  # respondents or clusters that are drawn one by one; of more, blocks are
BLOCKS = 1_000  # of them
IMPUTATIONS = 20  # of the answers themselves, averaged; each resample has one of its own


@dataclass(frozen=True, slots=True, eq=False)
class Resamples:
    """How often each unit appears in each resample.

    Attributes
    ----------
    units
        (u,) the respondents, clusters or blocks, in order.
    counts
        (d, u) how often each was drawn; (d, b) where they are drawn by blocks.
    seed
        Of the drawing; imputations, too, start from it.
    blocks
        (u,) the block of each unit, where they are too many to be drawn one by one.
    """

    units: NDArray[np.uint64]
    counts: NDArray[np.uint16]
    seed: int
    blocks: NDArray[np.int64] | None = None

    def places(self, units: NDArray[np.uint64]) -> NDArray[np.int64]:
        """(n,) the place of each row's unit, or of its block, in the second axis of ``counts``."""
        places = np.searchsorted(self.units, units)
        known = places < len(self.units)
        if not known.all() or (self.units[places] != units).any():
            raise ValueError("rows of units that were not resampled")
        if self.blocks is None:
            return places
        return self.blocks[places]


Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]  # rows and columns of cross-products


class Products(NamedTuple):
    """For each cell, (q, q, 1 + d) cross-products and (1 + d, p, l) shares at each score; the answers come first."""

    stacks: list[Floats]
    shares: list[Floats]


def draw(reading: Reading, data: Data, n_boot: int, seed: int) -> Resamples:
    """Draw respondents or clusters with replacement; blocks of them where they are many, or the rows are not held.

    Which units share a block is drawn, too, so that the order of the rows does not matter.
    """
    units = np.unique(_units(reading, data))
    rng = np.random.default_rng([seed, 1] if reading.impute else seed)  # the seed's own generator imputes
    if len(units) <= MOST_UNITS:
        counts = multiplicities(len(units), n_boot, rng)
        return Resamples(units, counts, seed)
    blocks = rng.permutation(len(units)) % BLOCKS
    counts = multiplicities(BLOCKS, n_boot, rng)
    return Resamples(units, counts, seed, blocks)


def _units(reading: Reading, data: Data) -> NDArray[np.uint64]:
    """The unit of each row that takes part."""
    if data.part is None:
        blocks = data.sums.products.shape[1]
        return np.arange(blocks, dtype=np.uint64)
    if reading.impute:
        return row_units(_rows_to_impute(reading, data), reading.design)
    return data.part.units


def products(
    reading: Reading,
    data: Data,
    resamples: Resamples,
    *,
    levels: bool = True,
    pairs: Pairs | None = None,
) -> Products:
    """Cross-products of the columns in question, in the answers and in each resample of them.

    Without ``levels`` there are no shares: (1 + d, p, 0). With ``pairs`` of columns, products of others are 0,
    unless blanks are imputed: then all are there.
    """
    if reading.impute:
        return _imputed_products(reading, data, resamples)
    size = data.sums.products.shape[-1]
    pairs = np.triu_indices(size) if pairs is None else pairs
    per_cell = [_cell_products(data, cell, resamples, levels, pairs) for cell in range(len(data.sums.cells))]
    stacks = [stack for stack, _ in per_cell]
    shares = [share for _, share in per_cell]
    return Products(stacks, shares)


def products_beside(reading: Reading, data: Data, resamples: Resamples, columns: NDArray[np.int64]) -> list[Floats]:
    """(k, q, 1 + d) of each cell: cross-products of some columns, in which most answers are 0, with all columns."""
    if reading.impute or data.part is None or resamples.blocks is not None:
        size = data.sums.products.shape[-1]
        row, column = np.triu_indices(size)
        wanted = np.isin(row, columns) | np.isin(column, columns)
        pairs = (row[wanted], column[wanted])
        stacks = products(reading, data, resamples, levels=False, pairs=pairs).stacks
        return [stack[columns] for stack in stacks]
    totals = data.sums.totals()[columns]
    stacks = []
    for cell, segment in enumerate(data.sums.cells):
        in_cell = data.part.take(data.part.segments == segment)
        stacks.append(_beside(in_cell, totals[:, :, cell], resamples, columns))
    return stacks


def _beside(part: DesignRows, totals: Floats, resamples: Resamples, columns: NDArray[np.int64]) -> Floats:
    """The same of the rows of one cell; ``totals`` (k, q) are those of the answers."""
    places = resamples.places(part.units)
    weighted = part.z * part.weights[:, None]
    stack = np.empty((*totals.shape, 1 + len(resamples.counts)))
    stack[:, :, 0] = totals
    for number, column in enumerate(columns):
        stack[number, :, 1:] = resampled_beside(
            resamples.counts,
            places,
            part.z[:, column],
            weighted,
        )
    return stack


def _cell_products(
    data: Data,
    cell: int,
    resamples: Resamples,
    levels: bool,
    pairs: Pairs,
) -> tuple[Floats, Floats]:
    """The same of one cell, from its rows where they are held, else from its blocks."""
    sums = data.sums
    counted = sums.levels if levels else np.empty(0)
    row, column = pairs
    blocks = len(sums.products[cell])
    at_level = sums.counts[cell].reshape(blocks, -1) if levels else np.empty((blocks, 0))
    by_block = np.hstack([sums.products[cell][:, row, column], at_level])
    drawn = by_block.sum(axis=0, keepdims=True)
    if len(resamples.counts):
        places, parts = _features(data, cell, resamples, counted, by_block, pairs)
        drawn = np.vstack([drawn, resample(resamples.counts, places, parts)])
    return _laid_out(drawn, pairs, sums.products.shape[-1], (len(sums.columns), len(counted)))


def _features(
    data: Data,
    cell: int,
    resamples: Resamples,
    levels: Floats,
    by_block: Floats,
    pairs: Pairs,
) -> tuple[NDArray[np.int64], Iterator[tuple[slice, Floats]]]:
    """The unit of each row (or block) of a cell, and what it adds to the sums."""
    if data.part is None:
        return np.arange(len(by_block)), iter([(slice(None), by_block)])
    in_cell = data.part.take(data.part.segments == data.sums.cells[cell])
    places = resamples.places(in_cell.units)
    parts = features(in_cell, levels, pairs=pairs)
    if resamples.blocks is None:
        return places, parts
    by_block = summed(places, parts, resamples.counts.shape[1])
    return np.arange(len(by_block)), iter([(slice(None), by_block)])


def _laid_out(
    drawn: Floats,
    pairs: Pairs,
    columns: int,
    shape: tuple[int, int],
) -> tuple[Floats, Floats]:
    """Sums (1 + d, t) as symmetric matrices, and as shares of all respondents at each score."""
    row, column = pairs
    stack = np.zeros((columns, columns, len(drawn)))
    stack[row, column] = stack[column, row] = drawn[:, : len(row)].T
    everyone = drawn[:, :1]
    everyone = np.where(everyone > 0, everyone, np.nan)  # a small segment may be missing from a resample
    shares = drawn[:, len(row) :].reshape(len(drawn), *shape)
    return stack, shares / everyone[:, :, None]


def _imputed_products(reading: Reading, data: Data, resamples: Resamples) -> Products:
    """The same with blanks imputed: draw 0 averages several imputations, each resample is imputed anew.

    Imputations have a generator of their own, so that the same resamples give the same imputations whatever is asked.
    """
    rows = _rows_to_impute(reading, data)
    places = resamples.places(row_units(rows, reading.design))
    rng = np.random.default_rng(resamples.seed)
    first = [_imputed_totals(rows, reading, data.sums, rng) for _ in range(IMPUTATIONS)]
    drawn = [tuple(np.mean(figure, axis=0) for figure in zip(*first, strict=True))]
    for counts in tqdm(
        resamples.counts,
        desc="imputing",
        leave=False,
        disable=not len(resamples.counts) or None,
    ):
        resampled = np.repeat(np.arange(len(rows)), counts[places])
        drawn.append(_imputed_totals(rows.take(resampled), reading, data.sums, rng))
    stacks, shares = (np.stack(figure, axis=-1) for figure in zip(*drawn, strict=True))
    return Products(list(np.moveaxis(stacks, 2, 0)), list(np.moveaxis(shares, -1, 1)))


def _rows_to_impute(reading: Reading, data: Data) -> Rows:
    """The rows of the cells read that take part once nothing is blank; use is not known before it is drawn."""
    rows = reading.rows
    nothing_blank = replace(rows, scores=np.nan_to_num(rows.scores))
    taking_part, _ = takes_part(nothing_blank, reading.design._replace(missing="indicator"))
    in_cells = np.isin(segment_of(rows, reading.by), data.sums.cells)
    return rows.take(taking_part & in_cells)


def _imputed_totals(rows: Rows, reading: Reading, sums: Moments, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """(q, q, c) cross-products and (c, p, l) shares at each score of rows imputed once."""
    part = design_rows(with_imputed(rows, reading.design, rng), reading.design, reading.by)
    if len(sums.levels):
        part = _at_nearest_level(part, sums.levels)
    imputed = batch_moments(part, sums.columns).spread(sums.cells, sums.levels)
    return imputed.totals(), imputed.level_shares()


def _at_nearest_level(part: DesignRows, levels: Floats) -> DesignRows:
    """The same with each score moved to the nearest one that was given."""
    borders = (levels[1:] + levels[:-1]) / 2
    nearest = levels[np.searchsorted(borders, part.scores)]
    return replace(part, scores=np.where(np.isnan(part.scores), np.nan, nearest))
