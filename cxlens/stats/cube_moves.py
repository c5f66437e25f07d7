"""Which cells of one table by three columns to hide, where all its totals by two columns are known.

Moves that keep these totals form a linear space; the simplest goes through the eight corners of a cube. Other tables do
not change with them. Which cells are small is the business of :mod:`cxlens.stats.disclosure`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Places = NDArray[np.intp]

GUARDS = 3  # cells to start from in a line that holds one small cell
ROOM = 10.0  # no move takes more people than this from a cell: numbers stay tame
WIDE = 1.0 + 1e-6  # how wide the interval of a small cell is at least
STILL = 1e-7  # the share of a cell in the moves below which it is rounding, and the cell cannot move
RIDGE = 1e-10  # added to the matrix of lines, which repeat each other
BLOCK = 24  # cells shown between two updates of the whole matrix
LARGEST = 1500  # cells, beyond which a table is treated in slices


def frozen_cells(counts: Counts) -> Flags:
    """Cells that no move changes, since each is alone in a line, or all others there are frozen; empty ones too.

    ``counts`` is (a, b, c).
    """
    free = counts > 0
    while True:
        alone = np.zeros(counts.shape, bool)
        for axis in range(3):
            alone |= free & (free.sum(axis=axis, keepdims=True) == 1)
        if not alone.any():
            return ~free
        free &= ~alone


def guard(
    counts: Counts,
    small: Flags,
    hidden: Flags,
) -> tuple[Flags, Flags]:
    """Cells to hide so that each small one can move, with all totals by two columns known.

    Parameters
    ----------
    counts
        (a, b, c) people.
    small
        Cells that need a move.
    hidden
        Cells that are hidden anyway, the small ones among them.

    Returns
    -------
    tuple of NDArray[np.bool_]
        What to hide, and the small cells that got no move.

    Notes
    -----
    With counts x and a matrix A of lines, a move y has A y = 0. Scaled by the room r of each cell, r = min(x, 10), the
    moves are the null space of A diag(r), with projector P. Row i of P is the move of the least length that changes
    cell i; since P is a projector, it stays within the counts where its own entry is at least 1 / (4 r_i^2)
    (the ellipsoid of Dikin 1967, Soviet Mathematics Doklady 8), and otherwise the row itself tells how far it goes.
    To show cell j is to intersect the space with y_j = 0: P less P_j P_j' / P_jj.
    """
    free = ~frozen_cells(counts)
    if free.sum() > LARGEST and max(counts.shape) > 3:
        return _guard_slices(counts, small, hidden)
    stuck = small & ~free
    small = small & free
    if not small.any():
        return hidden, stuck
    usefulness = _usefulness(counts, small)
    usefulness[~free | hidden] = -1.0
    start = (hidden & free) | _best_of_lines(usefulness, small)
    moves = _Moves.among(start, counts, small, hidden)
    if not moves.all_move():
        unmoved = moves.at_places(moves.unmoved, counts.shape)
        start |= _cheapest_cubes(unmoved, start, free)
        moves = _Moves.among(start, counts, small, hidden)
    if not moves.all_move():
        moves = _Moves.among(free, counts, small, hidden)
    can_be_shown = np.flatnonzero(~moves.hidden)
    by_use = np.argsort(usefulness[moves.cells][can_be_shown], kind="stable")
    moves.show(can_be_shown[by_use])
    guards = moves.at_places(~moves.shown, counts.shape)
    unmoved = moves.at_places(moves.unmoved, counts.shape)
    return hidden | guards, stuck | unmoved


def _guard_slices(
    counts: Counts,
    small: Flags,
    hidden: Flags,
) -> tuple[Flags, Flags]:
    """The same with moves that stay in one half of the levels of the longest column."""
    axis = int(np.argmax(counts.shape))
    halves = [np.array_split(values, 2, axis=axis) for values in (counts, small, hidden)]
    guarded = [guard(*half) for half in zip(*halves)]
    to_hide = np.concatenate([cells for cells, _ in guarded], axis=axis)
    unmoved = np.concatenate([cells for _, cells in guarded], axis=axis)
    return to_hide, unmoved


def _usefulness(
    counts: Counts,
    small: Flags,
) -> Floats:
    """How much each cell could help: lines in which one small cell needs company, then small cells, then size."""
    lonely_lines = np.zeros(counts.shape)
    near = np.zeros(counts.shape)
    for axis in range(3):
        in_line = small.sum(axis=axis, keepdims=True)
        lonely_lines += in_line == 1
        near += in_line
    smallness = 1.0 / (1.0 + counts)
    return 1000.0 * lonely_lines + near + smallness


def _best_of_lines(
    usefulness: Floats,
    small: Flags,
) -> Flags:
    """The most useful cells of each line that holds one small cell."""
    best = np.zeros(small.shape, bool)
    for axis in range(3):
        lonely = small.sum(axis=axis, keepdims=True) == 1
        levels = small.shape[axis]
        by_use = np.sort(usefulness, axis=axis)
        threshold = np.take(by_use, [max(levels - GUARDS, 0)], axis=axis)
        best |= lonely & (usefulness >= threshold)
    return best & (usefulness >= 0)


def _cheapest_cubes(
    unmoved: Flags,
    start: Flags,
    free: Flags,
) -> Flags:
    """The corners of a cube through each of these cells: the one with the fewest corners that ``start`` lacks."""
    corners = start.copy()
    for a, b, c in np.argwhere(unmoved):
        cost = np.where(corners, 0.0, np.where(free, 1.0, np.inf))
        total = cost.copy()
        total += cost[a, b]  # the three lines through the cell
        total += cost[a, :, c][:, None]
        total += cost[:, b, c][:, None, None]
        total += cost[a]  # the three planes
        total += cost[:, b][:, None]
        total += cost[:, :, c][:, :, None]
        total[a] = np.inf
        total[:, b] = np.inf
        total[:, :, c] = np.inf
        other = np.unravel_index(total.argmin(), total.shape)
        if np.isfinite(total[other]):
            sides = zip((a, b, c), other)
            cube = np.ix_(*sides)
            corners[cube] = True
    return corners


class _Moves:
    """The moves of some cells (m,) of a table: ``projector`` onto them, in units of the room of each cell.

    The first ``steps`` columns of ``directions`` (m, BLOCK) are still to be taken off: P is ``projector`` less these
    columns times their transpose. ``length`` (small cells,) is the diagonal of P, and ``enough`` what it is at least.
    """

    def __init__(
        self,
        projector: Floats,
        cells: tuple[Places, ...],
        room: Floats,
        small: Flags,
        hidden: Flags,
    ) -> None:
        self.cells = cells
        self.room = room
        self.small = np.flatnonzero(small)
        self.hidden = hidden
        self.shown = np.zeros(len(room), bool)
        self.projector = projector
        self.directions = np.zeros((len(room), BLOCK))
        self.steps = 0
        self.length = projector.diagonal()[self.small]
        self.enough = WIDE / (4 * room[self.small] ** 2)
        widths = self._widths(np.arange(len(self.small)), self.length, 0)
        self.can_move = widths >= WIDE

    @classmethod
    def among(
        cls,
        cells: Flags,
        counts: Counts,
        small: Flags,
        hidden: Flags,
    ) -> _Moves:
        """The moves among these cells of a table."""
        places = np.nonzero(cells)
        room = np.minimum(counts[places], ROOM)
        projector = _projector(places, counts.shape, room)
        return cls(projector, places, room, small[places], hidden[places])

    @property
    def unmoved(self) -> Flags:
        """(m,) the small cells that no move changes by enough."""
        unmoved = np.zeros(len(self.room), bool)
        unmoved[self.small] = ~self.can_move
        return unmoved

    def all_move(self) -> bool:
        """Whether each small cell has a move."""
        return bool(self.can_move.all())

    def at_places(
        self,
        flags: Flags,
        shape: tuple[int, ...],
    ) -> Flags:
        """What is said of the cells (m,) in the table."""
        table = np.zeros(shape, bool)
        table[self.cells] = flags
        return table

    def show(self, cells: Places) -> None:
        """Show these cells one after the other, but for those without which a small cell that can move could not."""
        for cell in cells.tolist():
            self._show_if_possible(cell)
            if self.steps == BLOCK:
                self.projector -= self.directions @ self.directions.T
                self.steps = 0

    def _show_if_possible(self, cell: int) -> None:
        """Show a cell where every small cell that can move still can."""
        recent = self.directions[:, : self.steps]
        row = self.projector[cell]
        row = row - recent @ recent[cell]
        if row[cell] < STILL:  # it does not move, so that nothing is lost
            self.shown[cell] = True
            return
        direction = row / np.sqrt(row[cell])
        length = self.length - direction[self.small] ** 2
        self.directions[:, self.steps] = direction
        if self._all_wide_enough(length):
            self.shown[cell] = True
            self.length = length
            self.steps += 1

    def _all_wide_enough(self, length: Floats) -> bool:
        """Whether every small cell that can move still can after one more step."""
        is_in_doubt = self.can_move & (length < self.enough)
        is_in_doubt &= length < self.length
        in_doubt = np.flatnonzero(is_in_doubt)
        if len(in_doubt) == 0:
            return True
        widths = self._widths(in_doubt, length[in_doubt], self.steps + 1)
        return bool(widths.min() >= WIDE)

    def _widths(
        self,
        which: Places,
        length: Floats,
        steps: int,
    ) -> Floats:
        """How wide the interval is in which the moves of some small cells can take their counts; 0 without a move."""
        cells = self.small[which]
        recent = self.directions[:, :steps]
        move = self.projector[cells] - recent[cells] @ recent.T
        down = move.max(axis=1)
        up = -move.min(axis=1)
        still = (length < STILL) | (up < STILL) | (down < STILL)
        down[still] = np.inf
        up[still] = np.inf
        farthest = 1 / down + 1 / up  # until a cell is empty
        width: Floats = farthest * length * self.room[cells]
        return width


def _projector(
    cells: tuple[Places, ...],
    shape: tuple[int, ...],
    room: Floats,
) -> Floats:
    """(m, m) onto the null space of A diag(room), where A (lines, m) says which cells are in which line."""
    a, b, c = cells
    m = len(room)
    offset_ac = shape[0] * shape[1]
    offset_bc = offset_ac + shape[0] * shape[2]
    line_ab = a * shape[1] + b
    line_ac = offset_ac + a * shape[2] + c
    line_bc = offset_bc + b * shape[2] + c
    lines = np.stack([line_ab, line_ac, line_bc])
    used, line = np.unique(lines, return_inverse=True)
    membership = np.zeros((len(used), m))
    line = line.reshape(lines.shape)
    membership[line, np.arange(m)] = room
    gram = membership @ membership.T
    gram.flat[:: len(used) + 1] += RIDGE
    factor = linalg.cho_factor(gram, overwrite_a=True, check_finite=False)
    solved = linalg.cho_solve(factor, membership, check_finite=False)
    projector = -membership.T @ solved
    projector.flat[:: m + 1] += 1.0
    return np.asarray(projector)
