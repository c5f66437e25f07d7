"""Rows that stand in a table twice: copies of one answer, told by the ids of people.

Answers that are alike by chance are no copies: without ids nothing is said.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.values import plural
from cxlens.engine.tables import InMemory, Rows, Source
from cxlens.files.answers import read_table
from cxlens.study.row_counts import ROWS, SmallTable

FEWEST = 30  # rows in which entries that are all different may be ids
TIMES = 3  # an id in more rows may stand for nobody
FEW = 0.1  # of the others at most are copies where no ids are named: more are answers alike, as those of a day


def warn_of_copies(data: Any, small: SmallTable, source: Source, respondent: str | None) -> None:
    """Tell of rows that are whole copies of others, their ids included.

    Warns
    -----
    UserWarning
        ``6 rows are copies of others, ids included, and each counts. If the export holds an answer twice, ...``
    """
    copies = copies_in(data, small, source, respondent)
    if not copies:
        return
    verb = "is a copy of another" if copies == 1 else "are copies of others"
    warnings.warn(
        f"{plural(copies, 'row')} {verb}, ids included, and each counts. If the export holds an answer twice, "
        "drop them: data.drop_duplicates().",
        UserWarning,
        stacklevel=6,
    )


def copies_in(data: Any, small: SmallTable, source: Source, respondent: str | None) -> int:
    """How many rows are copies: of all tables where people have ids, else of a small one with ids."""
    if not isinstance(source, InMemory):
        return 0
    is_looked_at = respondent is not None or source.n < ROWS
    if is_looked_at and not _as_read(source.rows).duplicated().any():
        return 0
    if respondent is not None:
        return sum(_of_people(table, respondent) for table in _tables(data))
    table = small()
    if table is None:
        return 0
    texts = table.astype(str)
    once = texts.drop_duplicates()
    has_ids = len(once) >= FEWEST and any(once[name].is_unique for name in once)
    copies = len(texts) - len(once)
    if has_ids and copies <= FEW * len(once):
        return copies
    return 0


def _as_read(rows: Rows) -> pd.DataFrame:
    """What was read of the answers; whole copies are alike in it, too, so that it tells whether to look further."""
    answers = pd.DataFrame(np.column_stack([rows.scores, rows.outcomes]))
    labels = rows.labels.reset_index(drop=True).astype(str)
    return pd.concat([answers, labels], axis=1)


def _tables(data: Any) -> Iterator[pd.DataFrame]:
    """The tables that make up the data, with all their columns."""
    parts = [data]
    if isinstance(data, Mapping):
        parts = list(data.values())
    elif isinstance(data, (list, tuple)):
        parts = list(data)
    for part in parts:
        yield read_table(part, {}, "survey file").frame


def _of_people(table: pd.DataFrame, respondent: str) -> int:
    """How many rows of a table are copies, all of its columns seen: an unread day may tell two answers apart."""
    if not table.columns.is_unique or respondent not in table:
        return 0
    ids = table[respondent].astype(object)
    is_given = ids.notna() & (ids != "")
    is_one = is_given & (ids.groupby(ids).transform("size") <= TIMES)
    return int(table[is_one].astype(str).duplicated().sum())
