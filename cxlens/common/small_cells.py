"""The one door for small cells: key columns of people in, which cells of a table to hide and why out.

Found once for all tables by up to three of the columns, so that no table tells what another hides. How the cells are
found is written in :mod:`cxlens.stats.disclosure`; what a table shows, and of whom, does not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stats.disclosure import Pattern, hidden_in_all_tables

MOST_COLUMNS = 3  # of a table

Flags = NDArray[np.bool_]


def reason(least: int) -> str:
    """Why a cell is hidden: the same words for small cells and for those that keep them from being worked out.

    Two reasons would tell which hidden cells hold fewer than ``least`` and which do not, and with these bounds a linear
    program works out many of them.
    """
    return f"fewer than {least} answers, or hidden so that such a cell cannot be worked out"


@dataclass(frozen=True, slots=True, eq=False)
class SmallCells:
    """What to hide in all tables of the same people by up to three key columns; made by :meth:`of`.

    Attributes
    ----------
    levels
        The values of each key column, in the order of the axes of the tables.
    pattern
        Counts and cells to hide of every table.
    """

    levels: Mapping[str, pd.Index[Any]]
    pattern: Pattern

    @classmethod
    def of(cls, keys: pd.DataFrame, least: int) -> SmallCells:
        """Find the cells to hide.

        Parameters
        ----------
        keys
            One row a person, one column a key. A missing value is a level of its own.
        least
            Cells of 1 to ``least`` - 1 people are hidden, and as many more as keep them from being worked out.

        Examples
        --------
        >>> import pandas as pd
        >>> keys = pd.DataFrame({"region": ["E"] * 3 + ["N"] * 9 + ["S"] * 40})
        >>> door = SmallCells.of(keys, least=5)
        >>> door.hidden(pd.DataFrame({"region": ["E", "N", "S"]}))
        array([ True,  True, False])
        """
        codes = np.zeros(keys.shape, np.int64)
        levels = {}
        for place, name in enumerate(keys):
            codes[:, place], values = pd.factorize(keys[name], use_na_sentinel=False)
            levels[str(name)] = pd.Index(values)
        return cls(levels, hidden_in_all_tables(codes, least))

    def hidden(self, cells: pd.DataFrame) -> Flags:
        """Which cells of a table to hide.

        Parameters
        ----------
        cells
            One row a cell, one column for each of the one to three key columns that the table is by, in any order.
            Without columns: the total of all people. A cell of nobody is not hidden.

        Returns
        -------
        NDArray[np.bool_]
            (rows,) True where the cell is to be hidden.

        Raises
        ------
        ValueError
            When a column is no key column, or there are more than three.
        """
        return self._look_up(cells, self.pattern.hidden).astype(bool)

    def counts(self, cells: pd.DataFrame) -> NDArray[np.int64]:
        """(rows,) how many people are in each cell: for the one who decides what to show, never to be shown itself."""
        return self._look_up(cells, self.pattern.counts).astype(np.int64)

    def reasons(self, cells: pd.DataFrame) -> list[str]:
        """Why each cell of a table is hidden; "" where it is not. For ``cells`` see :meth:`hidden`."""
        words = np.full(len(cells), "", object)
        words[self.hidden(cells)] = reason(self.pattern.least)
        return list(words)

    def _look_up(self, cells: pd.DataFrame, tables: Mapping[tuple[int, ...], NDArray[Any]]) -> NDArray[Any]:
        """What the table by these columns holds for each cell; 0 where there is nobody."""
        names = self._checked([str(name) for name in cells])
        if not names:
            return np.repeat(tables[()], len(cells))
        place = list(self.levels)
        table = tables[tuple(place.index(name) for name in names)]
        codes = []
        for name in names:
            values = pd.Index(cells[name])
            codes.append(self.levels[name].get_indexer(values))
        in_table = table[tuple(codes)]
        is_known = np.min(codes, axis=0) >= 0
        return np.where(is_known, in_table, 0)

    def _checked(self, names: Sequence[str]) -> list[str]:
        """The columns of a table, in the order of the key columns."""
        unknown = [name for name in names if name not in self.levels]
        if unknown:
            raise ValueError(f"no key columns: {', '.join(unknown)}. Key columns: {', '.join(self.levels)}.")
        if len(names) > MOST_COLUMNS:
            raise ValueError(f"a table is by {len(names)} columns. Give up to {MOST_COLUMNS}: {', '.join(names)}.")
        return sorted(names, key=list(self.levels).index)
