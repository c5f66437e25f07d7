"""Moves of whole people that change a small cell of linked tables and keep every total that is shown.

A move adds one person to some cells and takes one from as many; these cells are to be hidden, and no others change, so
that nobody can tell the counts from those after the move, or before its reverse. Each cell that it touches holds
somebody: empty cells are known. Which cells need a move is the business of :mod:`cxlens.stats.disclosure`.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.linked_tables import Cells, Columns, Counts, LinkedTables

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
People = NDArray[np.int64]

IMPOSSIBLE = 1e9  # the cost of touching an empty cell
COSTS = np.array([0.0, 300.0, 3.0, 1.0])  # of hiding a cell that is not small, by the number of its table's columns
PARTNERS = 16  # people tried on each side of an exchange: those who differ in the fewest columns
GIVERS = 200  # people tried whose values one could get
TRIED = 2  # people of a small cell that are tried


class PeopleMoves:
    """Cells to hide, and the moves that keep them from being worked out.

    Parameters
    ----------
    tables
        All tables.
    least
        Cells of 1 to ``least`` - 1 people are small, and hidden from the start.
    """

    def __init__(self, tables: LinkedTables, least: int) -> None:
        self.tables = tables
        self.small = (tables.counts > 0) & (tables.counts < least)
        self.moves: list[Cells] = []
        self.moves_through = np.zeros(len(tables.counts), np.int64)  # moves that touch each cell
        self.cost = COSTS[tables.size_of_table]
        self.cost[self.small] = 0.0
        self.cost[tables.counts == 0] = IMPOSSIBLE
        self._place = np.arange(len(tables.counts))
        self._table_at = {columns: t for t, columns in enumerate(tables.columns)}

    @property
    def hidden(self) -> Flags:
        """(cells,): small cells, and those that moves touch."""
        return self.small | (self.moves_through > 0)

    def cover(self, cells: Cells) -> None:
        """Find a move through each of these small cells that has none yet."""
        for cell in cells.tolist():
            if self.moves_through[cell] == 0:
                self._add(self._find(cell))

    def drop_needless(self, cells: Cells) -> None:
        """Take back moves, the latest first, without which each of these cells still has one."""
        is_wanted = np.zeros(len(self.small), bool)
        is_wanted[cells] = True
        needed = []
        for move in reversed(self.moves):
            only_move = is_wanted[move] & (self.moves_through[move] == 1)
            if only_move.any():
                needed.append(move)
            else:
                self.moves_through[move] -= 1
        self.moves = needed[::-1]

    def _add(self, move: Cells) -> None:
        """Hide the cells of a move; they cost no other move anything."""
        self.moves.append(move)
        self.moves_through[move] += 1
        self.cost[move] = 0.0

    def _find(self, cell: int) -> Cells:
        """The cells of a move that changes a cell: the first of three kinds that there is, each dearer than the last."""
        t = self.tables.table_of(cell)
        columns = self.tables.columns[t]
        move = None
        if len(columns) == 2:
            move = self._rectangle(t, self.tables.levels_of(cell))
        if move is None and len(columns) > 1:
            move = self._exchange(columns, self.tables.people_in(cell))
        if move is None:
            move = self._change(columns, self.tables.people_in(cell))
        return move

    def _rectangle(self, t: int, levels: tuple[int, ...]) -> Cells | None:
        """Two people exchange their values in one of two columns: four cells of the table by both.

        In a table by these and a third column the four cells may lie at any level of the third.
        """
        row, column = levels
        cost = self.tables.view(t, self.cost)
        total = cost + cost[row] + cost[:, [column]]
        cubes = self._cubes(t)
        for cube in cubes:
            layers = _corners(self._turned(cube, self.cost), row, column)
            total = total + layers.min(axis=2)
        total[row] = IMPOSSIBLE
        total[:, column] = IMPOSSIBLE
        other_row, other_column = np.unravel_index(total.argmin(), total.shape)
        if total[other_row, other_column] >= IMPOSSIBLE:
            return None
        corners = np.ix_([row, int(other_row)], [column, int(other_column)])
        cells = [self.tables.view(t, self._place)[corners].ravel()]
        for cube in cubes:
            layer = self._turned(cube, self.cost)[corners].sum(axis=(0, 1)).argmin()
            cells.append(self._turned(cube, self._place)[corners][..., layer].ravel())
        return np.concatenate(cells)

    def _cubes(self, t: int) -> list[tuple[int, tuple[int, ...]]]:
        """The tables by the two columns of table t and a third, each with its axes in this order."""
        first, second = self.tables.columns[t]
        cubes = []
        for third in range(self.tables.codes.shape[1]):
            columns = tuple(sorted({first, second, third}))
            if columns in self._table_at and len(columns) == 3:
                axes = tuple(columns.index(column) for column in (first, second, third))
                cubes.append((self._table_at[columns], axes))
        return cubes

    def _turned(self, cube: tuple[int, tuple[int, ...]], values: NDArray[np.generic]) -> NDArray[np.generic]:
        """What belongs to a table of a vector over all cells, with its axes in another order."""
        t, axes = cube
        return self.tables.view(t, values).transpose(axes)

    def _exchange(self, columns: Columns, people: People) -> Cells | None:
        """A person gets one set of values of another, and in exchange somebody else gets the person's.

        Four profiles: the person; the person with ``first`` columns as a giver has them; the person with ``second``
        columns as a partner has them; and with both. Tables change that have a column of either set.
        """
        best_cost = IMPOSSIBLE
        best = None
        for person in people[:TRIED]:
            for one, other in combinations(columns, 2):
                givers = self._alike(person, differs_in=one, agrees_in=other)
                partners = self._alike(person, differs_in=other, agrees_in=one)
                pair = np.indices((len(givers), len(partners))).reshape(2, -1)
                search = _Growth(self.tables, self.cost, person, givers[pair[0]], one, partners[pair[1]], other)
                cost, profiles = search.cheapest()
                if cost < best_cost:
                    best_cost = cost
                    best = profiles
        return None if best is None else self._touched(best, np.array([-1, 1, 1, -1]))

    def _alike(self, person: People, *, differs_in: int, agrees_in: int) -> People:
        """The people most like a person, of those who differ in one column and agree in another."""
        codes = self.tables.codes
        fits = (codes[:, differs_in] != person[differs_in]) & (codes[:, agrees_in] == person[agrees_in])
        return _nearest(codes[fits], person, PARTNERS)

    def _change(self, columns: Columns, people: People) -> Cells:
        """A person gets some values of another, all of them if need be: so there is always a change."""
        best_cost = np.inf
        best = people[:0]
        for person in people[:TRIED]:
            for column in columns:
                givers = self.tables.codes[self.tables.codes[:, column] != person[column]]
                search = _Growth(self.tables, self.cost, person, _nearest(givers, person, GIVERS), column)
                cost, profiles = search.cheapest()
                if cost < best_cost:
                    best_cost = cost
                    best = profiles
        return self._touched(best, np.array([-1, 1]))

    def _touched(self, profiles: People, signs: Counts) -> Cells:
        """The cells whose counts change when people are added and taken."""
        cells = self.tables.cells_of(profiles)
        distinct, where = np.unique(cells.ravel(), return_inverse=True)
        change = np.bincount(where, np.repeat(signs, cells.shape[1]))
        return distinct[change != 0]


class _Growth:
    """Columns in which a person gets the values of others: one to start with, and more where a cell would be empty.

    With partners, tables change that have both a column from the giver and one from the partner; without, all that have
    a column from the giver.
    """

    def __init__(
        self,
        tables: LinkedTables,
        cost: Floats,
        person: People,
        givers: People,
        first: int,
        partners: People | None = None,
        second: int | None = None,
    ) -> None:
        self.tables = tables
        self.cost = cost
        self.person = person
        self.givers = givers
        self.partners = givers if partners is None else partners
        self.has_column = (tables.stride > 0).astype(np.float32)  # (tables, k)
        self.from_giver = np.zeros(givers.shape, bool)
        self.from_giver[:, first] = True
        self.from_partner = np.zeros(givers.shape, bool)
        if second is not None:
            self.from_partner[:, second] = True
        self.is_exchange = second is not None

    def cheapest(self) -> tuple[float, People]:
        """The cost, and the profiles: the person and those changed."""
        if len(self.givers) == 0:
            return IMPOSSIBLE, self.givers
        while self._grow():
            pass
        cost = sum(self._costs(profiles) for profiles in self._profiles())
        cost = cost + self._costs(self.person[None])
        best = int(np.argmin(cost))
        changed = [profiles[best] for profiles in self._profiles()]
        return float(cost[best]), np.stack([self.person, *changed])

    def _profiles(self) -> list[People]:
        """The changed profiles: with columns of the giver, of the partner, and of both."""
        with_giver = np.where(self.from_giver, self.givers, self.person)
        if not self.is_exchange:
            return [with_giver]
        with_partner = np.where(self.from_partner, self.partners, self.person)
        with_both = np.where(self.from_partner, self.partners, with_giver)
        return [with_giver, with_partner, with_both]

    def _changes(self) -> Flags:
        """(p, tables) which tables change."""
        changes = self.from_giver.astype(np.float32) @ self.has_column.T > 0
        if self.is_exchange:
            changes &= self.from_partner.astype(np.float32) @ self.has_column.T > 0
        return changes

    def _costs(self, profiles: People) -> Floats:
        """(p,) what the cells of the profiles cost in the tables that change."""
        costs = np.where(self._changes(), self.cost[self.tables.cells_of(profiles)], 0.0)
        return np.asarray(costs.sum(axis=1))

    def _grow(self) -> bool:
        """Take more columns, where a profile needs them; whether any was taken."""
        profiles = self._profiles()
        lacks = [self._columns_in_empty_cells(changed) for changed in profiles]
        untouched = ~self.from_giver & ~self.from_partner
        from_giver = lacks[0] & untouched & (self.givers != self.person)
        from_partner = np.zeros_like(from_giver)
        if self.is_exchange:
            from_partner = (lacks[1] | lacks[2]) & untouched & (self.partners != self.person) & ~from_giver
        self.from_giver |= from_giver
        self.from_partner |= from_partner
        return bool(from_giver.any() or from_partner.any())

    def _columns_in_empty_cells(self, profiles: People) -> Flags:
        """(p, k) columns of those tables that change where the profile's cell is empty."""
        empty = self.cost[self.tables.cells_of(profiles)] >= IMPOSSIBLE
        empty &= self._changes()
        return np.asarray(empty.astype(np.float32) @ self.has_column > 0)


def _corners(cost: Floats, row: int, column: int) -> Floats:
    """What a rectangle costs in each layer of a table, by its other row and column: (rows, columns, layers)."""
    return cost + cost[row] + cost[:, [column]] + cost[row, column]


def _nearest(people: People, person: People, number: int) -> People:
    """So many people at most, who differ from a person in the fewest columns."""
    differences = (people != person).sum(axis=1)
    order = np.argsort(differences, kind="stable")
    return people[order[:number]]
