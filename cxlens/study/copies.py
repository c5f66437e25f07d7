"""Rows that stand in a table twice: copies of one answer, told by the ids of people.

Answers that are alike by chance are no copies: without ids nothing is said.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.values import plural
from cxlens.engine.tables import InMemory, Source
from cxlens.study.row_counts import small_table

FEWEST = 30  # rows in which entries that are all different may be ids
TIMES = 3  # an id in more rows may stand for nobody
FEW = 0.1  # of the others at most are copies where no ids are named: more are answers alike, as those of a day


def warn_of_copies(data: Any, source: Source, respondent: str | None) -> None:
    """Tell of rows that are whole copies of others, their ids included.

    Warns
    -----
    UserWarning
        ``6 rows are copies of others, ids included, and count twice. If the export holds them twice, ...``
    """
    copies = copies_in(data, source, respondent)
    if not copies:
        return
    verb = "is a copy of another" if copies == 1 else "are copies of others"
    warnings.warn(
        f"{plural(copies, 'row')} {verb}, ids included, and each counts. If the export holds an answer twice, "
        "drop them: data.drop_duplicates().",
        UserWarning,
        stacklevel=6,
    )


def copies_in(data: Any, source: Source, respondent: str | None) -> int:
    """How many rows are copies: of all that is read where people have ids, else of a small table with ids."""
    if not isinstance(source, InMemory):
        return 0
    if respondent is not None:
        rows = source.rows
        answers = pd.DataFrame(np.column_stack([rows.scores, rows.outcomes]))
        labels = rows.labels.reset_index(drop=True).astype(str)
        ids = rows.labels[respondent].reset_index(drop=True)
        is_one = ids.notna() & (ids.groupby(ids).transform("size") <= TIMES)
        return _copies(pd.concat([answers, labels], axis=1)[is_one])
    table = small_table(data)
    if table is None:
        return 0
    texts = table.astype(str)
    once = texts.drop_duplicates()
    has_ids = len(once) >= FEWEST and any(once[name].is_unique for name in once)
    copies = len(texts) - len(once)
    return copies if has_ids and copies <= FEW * len(once) else 0


def _copies(frame: pd.DataFrame) -> int:
    """How many rows stand there before."""
    return int(frame.duplicated().sum())
