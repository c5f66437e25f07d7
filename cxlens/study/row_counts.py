"""A column that says how many answers each row stands for, found beside the answers where nobody named it.

Tables of means and shares that are called so are refused by :mod:`cxlens.study.aggregate_signs`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Collection
from functools import cache, partial
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.engine.roles import Roles
from cxlens.errors import ValuesError, listing
from cxlens.files.answers import read_table
from cxlens.files.places import files_of

CALLED = (
    r"^(?:n|base|counts?|answers|responses|respondents|interviews|sample[ _]size|anzahl|freq|frequency|cases|"
    r"häufigkeit|haeufigkeit|fälle|faelle)$"
)  # how a column of counts is called
ROWS = 5_000  # a table whose rows stand for many has fewer
BYTES = 300_000  # such a file is no larger
ALIKE = 1.0  # pairs of rows that chance would make alike: where it makes fewer, that there are none is no sign
MOST_OF_THEM = 2 / 3  # of rare combinations of answers most were given once
SmallTable = Callable[[], pd.DataFrame | None]  # reads a small table when asked first


def read_once(data: Any) -> SmallTable:
    """The small table of some data, which is read when it is asked for, and not again."""
    return cache(partial(small_table, data))


def small_table(data: Any) -> pd.DataFrame | None:
    """A table with all its columns as they stand there, where it is small; None of a larger one."""
    if isinstance(data, (str, Path)):
        size = sum(Path(path).stat().st_size for path in files_of(data, "survey file"))
        if size > BYTES:
            return None
    elif not (hasattr(data, "__len__") and hasattr(data, "columns") and len(data) < ROWS):  # a lazy table has no length
        return None
    frame = read_table(data, {}, "survey file").frame
    if len(frame) < ROWS and frame.columns.is_unique:
        return frame
    return None


def counts_in(frame: pd.DataFrame, used: Collection[str]) -> str | None:
    """The column that says how many answers a row stands for, by its name and what stands beside it; else None.

    All other columns together tell the rows apart, which chance would not do, and none does so alone, as the ids of
    people do. Where numbers in use have fractions the table is one of means or shares, and a column that tells rows
    apart may be one of places; but one answer has no fraction.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.DataFrame({"web": [1, 1, 2, 2], "call": [1, 2, 1, 2], "anzahl": [3, 9, 4, 1]})
    >>> counts_in(cells, ["web", "call"])
    'anzahl'
    """
    for column in frame.columns:
        if column in used or not re.search(CALLED, str(column), re.IGNORECASE) or not _are_counts(frame[column]):
            continue
        others = frame.drop(columns=column).astype(str)
        if others.empty or others.duplicated().any():
            continue
        times = pd.to_numeric(frame[column])
        of_people = any(others[name].is_unique for name in others)
        are_figures = _fractions_in(frame, used) and not _fractions_in(frame[times <= 1], used)
        if are_figures or (not of_people and list_combinations(others, times)):
            return str(column)
    return None


def list_combinations(rows: pd.DataFrame, times: pd.Series[Any]) -> bool:
    """Whether rows are combinations of answers, each there once with the number of times it was given.

    They are where no two are alike, though by chance some would be; of rare combinations, which chance tells apart,
    where most were given once and none was given never. People who wrote down a small number are neither.
    """
    if rows.duplicated().any():
        return False
    pairs = len(rows) * (len(rows) - 1) / 2
    for name in rows:
        shares = rows[name].value_counts(normalize=True, dropna=False)
        pairs *= float((shares**2).sum())
    are_rare = times.min() == 1 and (times == 1).mean() >= MOST_OF_THEM
    return bool(pairs >= ALIKE or are_rare)


def _are_counts(column: pd.Series[Any]) -> bool:
    """Whether all of a column is whole numbers of 0 or more, and one of them above 1."""
    numbers = pd.to_numeric(column, errors="coerce")
    return bool((numbers >= 0).all() and (numbers % 1 == 0).all() and numbers.max() > 1)


def _fractions_in(frame: pd.DataFrame, columns: Collection[str]) -> list[str]:
    """Those of some columns with fractions among their numbers."""
    there = frame[[name for name in columns if name in frame]]
    with_points = there.astype(str).apply(lambda column: column.str.replace(",", ".", n=1))
    numbers = with_points.apply(pd.to_numeric, errors="coerce").astype(float)
    return list(there.columns[(numbers % 1 > 0).any()])


def refuse_fractions(frame: pd.DataFrame) -> None:
    """Refuse a table, not yet read as answers, in which several columns hold fractions beside counts.

    Raises
    ------
    ValuesError
        ``'web', 'call' hold fractions beside counts in 'n', as a table of means or shares does. ...``
    """
    columns = [str(name) for name in frame.columns]
    figures = _fractions_in(frame, columns)
    column = counts_in(frame, figures)
    if column is not None and len(figures) >= 2 and len(frame) < ROWS:
        raise _no_answers(column, figures)


def refuse_fractions_beside_counts(small: SmallTable, roles: Roles, respondent: str | None) -> None:
    """Refuse scores with fractions beside a column of counts: means or shares. Ask where the scores are whole.

    Raises
    ------
    ValuesError
        ``'web', 'call' hold fractions beside counts in 'n', as a table of means or shares does, ...``

    Warns
    -----
    UserWarning
        ``column 'anzahl' is not used, and looks like the number of answers that a row stands for. ...``
    """
    if roles.counts is not None or roles.weight is not None or respondent is not None:
        return
    frame = small()
    column = None if frame is None else counts_in(frame, roles.columns)
    if frame is None or column is None:
        return
    figures = _fractions_in(frame, roles.score_columns)
    if figures:
        raise _no_answers(column, figures)
    warnings.warn(
        f"column {column!r} is not used, and looks like the number of answers that a row stands for: each row counts "
        f"as one answer. If a row is a combination of scores, say count={column!r}; if not, drop the column.",
        UserWarning,
        stacklevel=5,
    )


def _no_answers(column: str, figures: Collection[str]) -> ValuesError:
    """What the table looks like, and the calls for means or shares in columns that are called by touchpoints."""
    named = {figure: figure for figure in figures}
    call = f"cx.Aggregates(data, n={column!r}, {{}}, unit=..., time=...)"
    means = call.format(f"mean={named!r}, sd=...")
    shares = call.format(f"shares={{'top box': {named!r}}}")
    return ValuesError(
        f"{listing(map(repr, figures), 3)} hold fractions beside counts in {column!r}, as a table of means or shares "
        f"does, not one of answers. For means: {means}; for shares: {shares}. If each row is one answer, drop "
        f"{column!r}."
    )
