"""Which cells of a table of counts to hide, so that a small one cannot be worked out from the others.

What is counted, and how a hidden cell is marked, does not belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

NOBODY = -1  # stands for a cell without answers: that is no secret, and guards nothing


def hidden_cells(counts: NDArray[np.int64], least: int) -> NDArray[np.bool_]:
    """Which cells of a table to hide: those below ``least``, and as many more as guard them.

    Whoever knows the totals of the rows and columns must not find a hidden count. In every line of the table what is
    hidden is at least two cells that hold ``least`` together, where the line has as many; and no hidden cell follows
    from several lines taken together.

    Parameters
    ----------
    counts
        (r, c) counts. A table of one column, or one row, has one known total: that of all. Below 0: a cell that is
        shown to be empty, and so guards nothing.
    least
        Counts below it are small.

    Returns
    -------
    NDArray[np.bool_]
        (r, c): True where the cell is to be hidden.

    Notes
    -----
    Complementary suppression in a two-way table (Cox 1980, Journal of the American Statistical Association 75). A cell
    is determined by the totals exactly where its edge is a bridge of the graph of rows and columns that hidden cells
    make (Gusfield 1988, SIAM Journal on Computing 17). Of the cells that would help, the smallest is hidden.
    """
    hidden = (counts >= 0) & (counts < least)
    if not hidden.any():
        return hidden
    views = [hidden.T] * (counts.shape[0] > 1) + [hidden] * (counts.shape[1] > 1)  # columns have totals, and rows
    sizes = [counts.T] * (counts.shape[0] > 1) + [counts] * (counts.shape[1] > 1)
    while True:
        before = hidden.copy()
        for view, size in zip(views, sizes, strict=True):
            for k in range(len(view)):
                _guard(size[k], view[k], view, least)
        if min(counts.shape) > 1 and (hidden == before).all():
            _break_bridges(counts, hidden)
        if (hidden == before).all():
            return hidden


def _guard(counts: NDArray[np.int64], line: NDArray[np.bool_], view: NDArray[np.bool_], least: int) -> None:
    """Hide the next smallest of a line until what is hidden is two cells and ``least`` answers.

    Cells whose other line hides some already go first, so that fewer are hidden in all.
    """
    while line.any() and (line.sum() == 1 or counts[line].sum() < least):
        free = ~line & (counts >= 0)
        if not free.any():
            return
        line[np.lexsort((counts, ~view.any(axis=0), ~free))[0]] = True


def _break_bridges(counts: NDArray[np.int64], hidden: NDArray[np.bool_]) -> None:
    """Hide one more cell that spans the first bridge, where there is one."""
    rows, columns = np.nonzero(hidden)
    r, size = len(counts), sum(counts.shape)
    whole = _parts(rows, columns, r, size)[0]
    for k in range(len(rows)):
        n, part = _parts(np.delete(rows, k), np.delete(columns, k), r, size)
        if n > whole:  # without this cell the graph falls apart, so the totals tell its count
            apart = (part[:r, None] == part[rows[k]]) & (part[None, r:] == part[r + columns[k]])
            apart |= (part[:r, None] == part[r + columns[k]]) & (part[None, r:] == part[rows[k]])
            if (free := apart & ~hidden & (counts >= 0)).any():
                hidden[np.unravel_index(np.argmin(np.where(free, counts, np.iinfo(np.int64).max)), counts.shape)] = True
                return


def _parts(rows: NDArray[np.int64], columns: NDArray[np.int64], r: int, size: int) -> tuple[int, NDArray[np.int32]]:
    """How many connected parts the rows and columns make, and the part of each."""
    graph = coo_array((np.ones(len(rows)), (rows, r + columns)), shape=(size, size))
    n, part = connected_components(graph, directed=False)
    return int(n), part
