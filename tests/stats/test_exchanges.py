"""Exchanges: a rectangle where there is room, blocks of columns where a third column leaves none."""

from __future__ import annotations

import numpy as np

from cxlens.stats.exchanges import IMPOSSIBLE, Exchanges
from cxlens.stats.linked_tables import LinkedTables, Views


def exchange(codes: np.ndarray, cell: dict[int, int]) -> tuple[LinkedTables, np.ndarray | None]:
    tables = LinkedTables.count(codes, 3)
    cost = np.where(tables.counts > 0, 1.0, IMPOSSIBLE)
    places = np.arange(len(cost))
    return tables, Exchanges(Views(tables, cost), Views(tables, places), cell, {}).cheapest()


def columns_touched(tables: LinkedTables, cells: np.ndarray) -> set[tuple[int, ...]]:
    return {tables.columns[tables.table_of(int(cell))] for cell in cells}


def test_a_rectangle_touches_four_cells_of_each_table_by_both_columns() -> None:
    codes = np.array(list(np.ndindex(2, 2, 2)))
    tables, cells = exchange(codes, {0: 0, 1: 0})
    assert cells is not None
    assert len(cells) == 8
    assert columns_touched(tables, cells) == {(0, 1), (0, 1, 2)}


def test_a_column_that_leaves_no_room_is_taken_along() -> None:
    codes = np.array([row for row in np.ndindex(2, 2, 2) if row[1] == row[2]])
    tables, cells = exchange(codes, {0: 0, 1: 0})
    assert cells is not None
    assert columns_touched(tables, cells) == {(0, 1), (0, 2), (0, 1, 2)}
    assert len(cells) == 12


def test_none_where_columns_are_the_same() -> None:
    codes = np.array([[0, 0], [1, 1]])
    assert exchange(codes, {0: 0, 1: 0})[1] is None
