"""Linked tables: counts are those of the people, and a cell is found from levels and back."""

from __future__ import annotations

import numpy as np

from cxlens.stats.linked_tables import LinkedTables, Views

CODES = np.random.default_rng(0).integers(0, [2, 3, 4, 2], (60, 4))


def test_counts_and_cells_agree() -> None:
    tables = LinkedTables.count(CODES, 3)
    cells = tables.cells_of(CODES)
    assert (np.bincount(cells.ravel(), minlength=len(tables.counts)) == tables.counts).all()
    cell = int(cells[7, -1])
    assert tables.columns[tables.table_of(cell)] == (1, 2, 3)
    assert tables.levels_of(cell) == tuple(CODES[7, 1:])
    assert len(tables.people_in(cell)) == tables.counts[cell]


def test_views_turn_the_axes() -> None:
    tables = LinkedTables.count(CODES, 3)
    views = Views(tables, tables.counts)
    assert (views.by(2, 0, 1).transpose(1, 2, 0) == views.by(0, 1, 2)).all()
    assert (views.by(0, 1, 2).sum(axis=1) == views.by(0, 2)).all()
