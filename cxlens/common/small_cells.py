"""The one door for small cells: counts and key columns in, which cells of a table to hide and why out.

A cell of a few answers is hidden, and as many more as keep it from being worked out from all tables of the same answers
together. How the cells are found is written in :mod:`cxlens.stats.disclosure` and :mod:`cxlens.stats.suppression`; what
a table shows, and of whom, does not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array, vstack
from scipy.sparse.linalg import lsmr

from cxlens.stats.disclosure import Pattern, hidden_in_all_tables, hidden_in_one_table
from cxlens.stats.linked_tables import Columns
from cxlens.stats.suppression import NOBODY, hidden_cells

MOST_COLUMNS = 3  # of a table
MOST_VALUES = 200  # of a key column: more are dates or ids, by which nobody makes a table
ALL_TRIPLES = 6  # key columns up to which all tables by three are guarded together
MOST_ALIKE = 50  # times the least: of more people alike so many are counted, since no cell of them is small

CLOSE = 1e-4  # to nothing, of what equations between whole numbers leave
EXACT = 1e-10  # how nearly they are solved
MOST_STEPS = 10_000  # of solving them; what takes more is held to tell

Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]
Hides = Callable[[pd.DataFrame, Integers], Flags]  # which cells of a table to hide, of their keys and counts


def reason(least: int, *, of_total: bool = False, of: str = "answers") -> str:
    """Why a cell is hidden: the same words for small cells and for those that keep them from being worked out.

    Two reasons would tell which hidden cells hold fewer than ``least`` and which do not, and with these bounds a linear
    program works out many of them. Of a total no others are hidden, and where one is enough nothing is.
    """
    if least == 1:
        return f"no {of}"
    few = f"fewer than {least} {of}"
    return few if of_total else f"{few}, or hidden to protect people"


def hidden_values(n: Integers, least: int) -> Flags:
    """Which of several groups (g,) that make up a whole to hide, where no other table tells of them."""
    return hidden_counts(n[:, None], least)[:, 0]


def hidden_counts(n: Integers, least: int, people: Integers | None = None) -> Flags:
    """Which counts of a table (r, c) to hide, where its totals are known and no other table tells of them.

    ``people`` (r, c) is how many people a count is of, where that may be fewer.
    """
    sizes = np.where(n > 0, n if people is None else people, NOBODY)
    return hidden_cells(sizes, least)


@dataclass(frozen=True, slots=True, eq=False)
class SmallCells:
    """What to hide in tables of the same people by up to three key columns; made by :meth:`of`.

    Each item (a question, or the people themselves) has counts of its own, and what is hidden of it is found when it is
    first asked for.

    Attributes
    ----------
    levels
        The values of each key column, in the order of the axes of the tables.
    codes
        (m, k): the level of each kind of people in each column.
    n
        (m, items): how many people of each kind count for each item.
    least
        Counts from 1 to below it are small.
    patterns
        What is hidden of the items asked for so far.
    """

    levels: Mapping[str, pd.Index[Any]]
    codes: Integers
    n: Integers
    least: int
    patterns: dict[int, Pattern]

    @classmethod
    def of(cls, kinds: pd.DataFrame, n: Integers, least: int) -> SmallCells:
        """The door to tables of people.

        Parameters
        ----------
        kinds
            One row for each kind of people, one column for each key. A missing value is a level of its own. Keys of
            more than 200 values are left out: a table by one is guarded by itself alone.
        n
            (rows, items): how many people of each kind count for each item.
        least
            Cells of 1 to ``least`` - 1 people are hidden, and as many more as keep them from being worked out.

        Examples
        --------
        >>> import numpy as np
        >>> import pandas as pd
        >>> regions = pd.DataFrame({"region": ["E", "N", "S"]})
        >>> door = SmallCells.of(regions, np.array([[3], [9], [40]]), least=5)
        >>> door.hidden(regions, np.array([[3], [9], [40]]), [0]).ravel()
        array([ True,  True, False])
        """
        levels = {}
        codes = []
        for name in kinds:
            code, values = pd.factorize(kinds[name], use_na_sentinel=False)
            if len(values) <= MOST_VALUES:
                levels[str(name)] = pd.Index(values)
                codes.append(code)
        by_key = np.array(codes, np.int64)
        by_key = by_key.reshape(len(codes), len(kinds))
        capped = np.minimum(n, MOST_ALIKE * least)
        return cls(levels, by_key.T, capped, least, {})

    def hidden(self, cells: pd.DataFrame, n: Integers, items: Sequence[int]) -> Flags:
        """Which cells of a table to hide.

        Parameters
        ----------
        cells
            One row a cell, one column for each key that the table is by, in any order; without columns it has one
            row, the total.
        n
            (rows, i): what the table counts. It may be less than the people of the cell who count for an item, where
            they did not do all that the table asks for.
        items
            (i,) the item of each column of ``n``.

        Returns
        -------
        NDArray[np.bool_]
            (rows, i) True where the cell is to be hidden; never where ``n`` is 0, for that nobody is there is no
            secret.
        """
        hidden = np.zeros(n.shape, bool)
        if self.least <= 1:
            return hidden
        for place, item in enumerate(items):
            counted = n[:, place]
            known, hidden_by_all = self._looked_up(cells, item)
            counts_the_same = (known == self._capped(counted)).all()
            is_small = (counted > 0) & (counted < self.least)
            if not counts_the_same and is_small.any():
                hidden_by_all = with_partners(cells, counted, hidden_by_all | is_small, self.least)
            hidden[:, place] = hidden_by_all
        return hidden & (n > 0)

    def _capped(self, n: Integers) -> Integers:
        """Counts, of which large ones are all the same."""
        most = MOST_ALIKE * self.least
        return np.minimum(n, most)

    def _looked_up(self, cells: pd.DataFrame, item: int) -> tuple[Integers, Flags]:
        """(rows,) how many people count for an item in each cell, capped, and what all its tables together hide.

        Nobody, and nothing, where a column is no key.
        """
        nobody = np.zeros(len(cells), np.int64)
        nothing = np.zeros(len(cells), bool)
        names = [str(name) for name in cells]
        is_table = len(names) <= MOST_COLUMNS and set(names) <= set(self.levels)
        anybody = self.n[:, item].any()
        if not is_table or not anybody:
            return nobody, nothing
        columns = tuple(place for place, name in enumerate(self.levels) if name in names)
        counts, hidden = self._table(item, columns)
        counts = self._capped(counts)
        if not columns:
            return nobody + counts, nothing | hidden
        inside, is_inside = self._places(cells, columns, counts.shape)
        return (
            np.where(is_inside, counts[inside], nobody),
            np.where(is_inside, hidden[inside], nothing),
        )

    def _places(
        self,
        cells: pd.DataFrame,
        columns: Columns,
        shape: tuple[int, ...],
    ) -> tuple[tuple[Integers, ...], Flags]:
        """Where each cell stands in a table of this shape (in its corner, if nowhere), and whether it stands there."""
        names = list(self.levels)
        is_inside = np.ones(len(cells), bool)
        places = []
        for column, size in zip(columns, shape, strict=True):
            name = names[column]
            values = pd.Index(cells[name])
            place = self.levels[name].get_indexer(values)
            is_inside &= (place >= 0) & (place < size)
            places.append(place)
        inside = tuple(np.where(is_inside, place, 0) for place in places)
        return inside, is_inside

    def _table(self, item: int, columns: Columns) -> tuple[Integers, Flags]:
        """Counts of the table by these columns, and what it hides."""
        pattern = self._pattern(item)
        if columns not in pattern.hidden:
            people = self._people(item)[:, list(columns)]
            known = _parts_of(pattern, columns)
            hidden = hidden_in_one_table(people, self.least, known)
            counts = np.zeros(hidden.shape, np.int64)
            np.add.at(counts, tuple(people.T), 1)
            pattern.hidden[columns] = hidden
            pattern.counts[columns] = counts
        return pattern.counts[columns], pattern.hidden[columns]

    def _pattern(self, item: int) -> Pattern:
        """What all tables of an item hide: by up to three columns, or of many columns by up to two."""
        if item not in self.patterns:
            order = 2
            if len(self.levels) <= ALL_TRIPLES:
                order = MOST_COLUMNS
            self.patterns[item] = hidden_in_all_tables(self._people(item), self.least, order)
        return self.patterns[item]

    def _people(self, item: int) -> Integers:
        """(people, k) the levels of everybody who counts for an item."""
        return np.repeat(self.codes, self.n[:, item], axis=0)


def _parts_of(pattern: Pattern, columns: Columns) -> dict[Columns, Flags]:
    """What the tables by one and two of these columns hide, by the places of the columns."""
    hidden = {}
    for size in (1, 2):
        for places in combinations(range(len(columns)), size):
            part = tuple(columns[place] for place in places)
            hidden[places] = pattern.hidden[part]
    return hidden


def with_partners(cells: pd.DataFrame, n: Integers, hidden: Flags, least: int) -> Flags:
    """(rows,) what is hidden, and what else to hide so that it does not follow from the rest.

    Known are this table and its totals: by each column, and by all others.
    """
    columns = [str(name) for name in cells]
    if len(columns) <= 2:  # the totals by one are those by all but the other
        columns = columns[:1]
    before = None
    while before is None or (hidden != before).any():
        before = hidden
        for column in columns:
            hidden = _with_partners_along(cells, column, n, hidden, least)
    return hidden


def _with_partners_along(
    cells: pd.DataFrame,
    column: str,
    n: Integers,
    hidden: Flags,
    least: int,
) -> Flags:
    """The same where the totals by one column are known, and those by all others."""
    along = _numbers(cells[[column]])
    across = _numbers(cells.drop(columns=column))
    shape = (along.max() + 1, across.max() + 1)
    table = np.full(shape, NOBODY)
    table[along, across] = np.where(n > 0, n, NOBODY)
    already = np.zeros(shape, bool)
    already[along, across] = hidden
    to_hide = hidden_cells(table, least, already)
    return to_hide[along, across]


def sums_that_tell(
    cells: pd.DataFrame,
    n: Integers,
    sums: Flags,
    hides: Hides,
) -> Flags:
    """Which sums of cells tell more than tables by the same columns do.

    A sum that follows from what these tables show tells nothing of a hidden cell, however many such sums are asked for.
    Of two others the difference may be a hidden cell.

    Parameters
    ----------
    cells
        One row a cell of the table by all columns, in which each cell stands once.
    n
        (rows,) what the table counts.
    sums
        (rows, s) which cells make up each sum.
    hides
        Which cells of a table by some of the columns to hide; the total of all is known.

    Returns
    -------
    NDArray[np.bool_]
        (s,) True where a sum does not follow: its hidden cells are no sum of what is left of totals that are shown.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> regions = pd.DataFrame({"region": ["E", "N", "S"]})
    >>> door = SmallCells.of(regions, np.array([[3], [9], [40]]), least=5)
    >>> hides = lambda cells, n: door.hidden(cells, n[:, None], [0])[:, 0]
    >>> north, east_and_north = np.array([[0, 1, 0]]), np.array([[1, 1, 0]])
    >>> sums_that_tell(regions, np.array([3, 9, 40]), np.vstack([north, east_and_north]).T > 0, hides)
    array([ True, False])
    """
    hidden = hides(cells, n)
    wanted = sums[hidden].astype(float)
    if not wanted.any():
        return np.zeros(sums.shape[1], bool)
    totals = [csr_array(np.ones((1, len(wanted))))]
    most = min(MOST_COLUMNS, cells.shape[1] - 1)
    for size in range(1, most + 1):
        for columns in combinations(cells, size):
            totals.append(_left_of_totals(cells[list(columns)], n, hidden, hides))
    left = vstack(totals).T.tocsr()
    return np.array([not _is_a_sum_of(left, cells_of_sum) for cells_of_sum in wanted.T], bool)


def _left_of_totals(keys: pd.DataFrame, n: Integers, hidden: Flags, hides: Hides) -> csr_array:
    """(totals, hidden cells) 1 where a hidden cell is in a total, by some of the columns, that is shown."""
    total = _numbers(keys)
    totals, first = np.unique(total, return_index=True)
    counts = np.zeros(len(totals), np.int64)
    np.add.at(counts, total, n)
    shown = ~hides(keys.iloc[first].reset_index(drop=True), counts)
    of_hidden = total[hidden]
    cell = np.flatnonzero(shown[of_hidden])
    entries = (np.ones(len(cell)), (of_hidden[cell], cell))
    return csr_array(entries, shape=(len(totals), len(of_hidden)))


def _is_a_sum_of(left: csr_array, wanted: NDArray[np.float64]) -> bool:
    """Whether totals (cells, totals), each times a number, add up to the cells wanted, up to what rounding leaves."""
    if not wanted.any():
        return True
    times = lsmr(left, wanted, atol=EXACT, btol=EXACT, conlim=0, maxiter=MOST_STEPS)[0]
    unexplained = np.abs(left @ times - wanted)
    return bool(unexplained.max() < CLOSE)


def _numbers(cells: pd.DataFrame) -> Integers:
    """A number for each different row."""
    if cells.shape[1] == 0:
        return np.zeros(len(cells), np.int64)
    numbers = cells.groupby(list(cells), sort=False, dropna=False).ngroup()
    return np.asarray(numbers, np.int64)
