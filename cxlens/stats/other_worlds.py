"""Which counts to hide, of several tables of the same people, so that a small one is not pinned down by all the rest.

Each small count gets another world: other numbers of people of each kind, with which all that is told comes out the
same and the small count does not. What the kinds are, and what is told of them, does not belong here;
:mod:`cxlens.stats.suppression` guards one table alone.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Places = NDArray[np.int64]

WORTH = 1e4  # of another world, beside what it costs to hide a count
NEARLY = 1e-6  # what a linear program leaves of nothing
TAKEN_BACK = 1e-3  # the cost of moving a count that is hidden anyway: small worlds are better


class Told(NamedTuple):
    """What is told of each count (cells,).

    ``n`` is the count; ``is_hidden`` whether it is told at all; between ``least`` and ``most`` it lies for all that
    somebody knows of whom it is hidden; ``cost`` is how bad it is to hide it, without end where it is known anyway.
    """

    n: Floats
    is_hidden: Flags
    least: Floats
    most: Floats
    cost: Floats


class _World(NamedTuple):
    """By how much each count (cells,) of another world is larger."""

    change: Floats

    def moves(self, cells: Places) -> Flags:
        """Which counts are another whole number there."""
        return np.asarray(np.abs(self.change[cells]) > 1 - NEARLY)


def hidden_in_all_worlds(kinds: csr_array, people: Floats, told: Told, small: Places) -> Flags:
    """(cells,) what to hide so that each small count could be another one.

    Parameters
    ----------
    kinds
        (cells, kinds): how often somebody of each kind counts in each cell.
    people
        (kinds,) of each kind there are so many, or more: from 0 for a kind that might have been.
    told
        What is told of each cell.
    small
        The cells that must not be pinned down; they are hidden.

    Returns
    -------
    NDArray[np.bool_]
        What was hidden, and as many more as give each small count another world where there is one among these kinds.

    Notes
    -----
    Complementary suppression by linear programs, one count after the other (Kelly, Golden and Assad 1992, Networks 22;
    Fischetti and Salazar 2001, Management Science 47). First one program looks for a world in which as many small
    counts as can be are larger at the same time, with nothing more hidden, then one for a world in which they are
    smaller; those left are asked about one by one, for the world that needs least to be hidden.

    Examples
    --------
    >>> kinds = csr_array(np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1.0]]))
    >>> counts = kinds @ np.array([2, 9, 9, 9])
    >>> told = Told(counts, np.array([True, False, False, False]), np.ones(4), np.full(4, np.inf), np.ones(4))
    >>> hidden_in_all_worlds(kinds, np.array([2.0, 9, 9, 9]), told, np.array([0]))
    array([ True,  True, False, False])
    """
    worlds = _Worlds(kinds, people, told)
    left = small
    for sign in (1, -1):
        world = worlds.find(left, sign, may_hide=False)
        left = left[~world.moves(left)]
    while len(left):
        cell, left = left[:1], left[1:]
        world = worlds.find(cell, 1, may_hide=True)
        if not world.moves(cell).all():
            world = worlds.find(cell, -1, may_hide=True)
        if world.moves(cell).all():
            worlds.hide(world)
            left = left[~world.moves(left)]
    return worlds.is_hidden


class _Worlds:
    """The worlds that somebody cannot tell from the true one."""

    def __init__(self, kinds: csr_array, people: Floats, told: Told) -> None:
        self._kinds = kinds
        self._people = people
        self._told = told
        self.is_hidden = told.is_hidden.copy()
        # What is told by rounding alone hardly ever forbids a world: it is asked only where it did.
        self._is_asked = np.isfinite(told.cost) | (told.least == told.most)

    def hide(self, world: _World) -> None:
        """Hide all in which a world differs."""
        self.is_hidden |= np.abs(world.change) > NEARLY

    def find(self, cells: Places, sign: int, *, may_hide: bool) -> _World:
        """A world in which as many of some cells as can be are one larger, or smaller, as the sign says."""
        if not len(cells):
            return _World(np.zeros(len(self.is_hidden)))
        while True:
            world = self._solved(cells, sign, may_hide)
            forbidden = self._breaks(world) & ~self._is_asked
            if not forbidden.any():
                return world
            self._is_asked |= forbidden

    def _breaks(self, world: _World) -> Flags:
        """(cells,) which counts a world changes beyond what rounding leaves."""
        up, down = self._room(may_hide=True)
        return np.asarray((world.change > up + NEARLY) | (-world.change > down + NEARLY))

    def _room(self, *, may_hide: bool) -> tuple[Floats, Floats]:
        """(cells,) how much larger, and how much smaller, each count may be."""
        told = self._told
        may_move = self.is_hidden
        if may_hide:
            may_move = may_move | np.isfinite(told.cost)
        up = np.where(may_move, told.most - told.n, 0)
        down = np.where(may_move, told.n - told.least, 0)
        return np.maximum(up, 0), np.maximum(down, 0)

    def _solved(self, cells: Places, sign: int, may_hide: bool) -> _World:
        """The answer of the linear program: the true world, where it finds no other."""
        rows = np.flatnonzero(self._is_asked)
        asked = np.searchsorted(rows, cells)
        up, down = (room[rows] for room in self._room(may_hide=may_hide))
        along, against = (up, down) if sign > 0 else (down, up)
        gain = np.minimum(along[asked], 1)
        along[asked] -= gain
        against[asked] = 0
        costs = self._costs()[rows]
        lowest = -self._people
        no_end = np.full(len(lowest), np.inf)
        nothing = np.zeros(2 * len(rows) + len(cells))
        bounds = [
            np.concatenate([lowest, nothing]),
            np.concatenate([no_end, up, down, gain]),
        ]
        found = linprog(
            np.concatenate([0 * lowest, costs, costs, np.full(len(cells), -WORTH)]),
            A_eq=self._equations(rows, asked, sign),
            b_eq=np.zeros(len(rows)),
            bounds=np.column_stack(bounds),
            options={"presolve": False},  # it takes three times as long as the simplex, and finds little
        )
        if found.x is None:
            return _World(np.zeros(len(self.is_hidden)))
        return _World(self._kinds @ found.x[: len(lowest)])

    def _costs(self) -> Floats:
        """(cells,) what it costs to move each count; nothing where it cannot be hidden, and so does not move."""
        costs = np.where(self.is_hidden, TAKEN_BACK, self._told.cost)
        return np.where(np.isfinite(costs), costs, 0)

    def _equations(self, rows: Places, asked: Places, sign: int) -> csr_array:
        """What moves kinds of people moves counts: up, down, and by what is gained of those asked for."""
        of_each = len(asked)
        ones = eye_array(len(rows), format="csr")
        entries = (np.full(of_each, -sign), (asked, np.arange(of_each)))
        gains = csr_array(entries, shape=(len(rows), of_each))
        return hstack([self._kinds[rows], -ones, ones, gains]).tocsc()
