"""Rows that stand for many at the door of a survey: which column may say so, and weights that look as if they did.

How rows are repeated belongs to :mod:`cxlens.engine.counts`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cxlens.engine.roles import Roles
from cxlens.engine.tables import InMemory, Rows, Source
from cxlens.errors import ColumnError, OptionError
from cxlens.study.row_counts import list_combinations
from cxlens.study.waves import MOMENT

ROWS = 10  # of fewer rows nothing is asked: any few weights may be whole


def check_amounts(roles: Roles, respondent: str | None) -> None:
    """Refuse a weight or count column with another job, and counts of rows that are one person each.

    Raises
    ------
    ColumnError
        ``count column 'people' is also a touchpoint. Counts come in a column of their own.``
    OptionError
        When people have ids.
    """
    outcomes = [outcome for outcome, _ in roles.outcomes]
    named = {"a touchpoint": roles.score_columns, "an outcome": outcomes}
    for job, columns in named.items():
        _check_apart("weight", roles.weight, columns, job)
        _check_apart("count", roles.counts, columns, job)
    _check_apart("count", roles.counts, [roles.weight], "the weight")
    for label, job in roles.labels.items():
        _check_apart("count", roles.counts, [label], f"named for {job}")
    if roles.counts is not None and respondent is not None:
        raise OptionError(
            f"a row that stands for many is not one respondent: give count={roles.counts!r} or "
            f"respondent={respondent!r}, not both. Answers that belong together, such as those of a household, go to "
            "cluster=."
        )


def _check_apart(amount: str, column: str | None, columns: Sequence[str | None], job: str) -> None:
    """Refuse a column of amounts among those that have another job."""
    if column is not None and column in columns:
        raise ColumnError(
            f"{amount} column {column!r} is also {job}. {amount.capitalize()}s come in a column of their own."
        )


def ask_of_whole_weights(source: Source, weight: str | None, respondent: str | None) -> None:
    """Ask whether weights are counts, where they look so.

    They do where all are whole, one is above 1, and ten rows or more list combinations of answers: weights that add
    up to a whole population, or numbers of adults in a household, may be whole, too. Rows of people who have ids are
    people.

    Warns
    -----
    UserWarning
        ``weight column 'people' holds whole numbers ... If they say how many people a row stands for, say
        count='people' instead: ...``
    """
    if weight is None or respondent is not None or not isinstance(source, InMemory):
        return
    if _look_like_counts(source.rows):
        warnings.warn(
            f"weight column {weight!r} holds whole numbers, and no two rows are alike. If they say how many people "
            f"a row stands for, say count={weight!r} instead of weight={weight!r}: as weights, n counts rows, and "
            "intervals are those of so few answers.",
            UserWarning,
            stacklevel=6,
        )


def _look_like_counts(rows: Rows) -> bool:
    """Whether the weights of rows look like counts."""
    weights = rows.weights[rows.weights > 0]
    is_whole = bool((weights % 1 == 0).all())
    if len(weights) < ROWS or not is_whole or weights.max() == 1:
        return False
    return list_combinations(_in_numbers(rows.take(rows.weights > 0)), pd.Series(weights))


def _in_numbers(rows: Rows) -> pd.DataFrame:
    """All that rows say but their weights, each value as its number."""
    columns = [*np.where(rows.unused, -np.inf, rows.scores).T, *rows.outcomes.T]
    columns += [rows.labels[name].astype(str) for name in rows.labels if name != MOMENT]
    numbers = [pd.factorize(column)[0] for column in columns]
    return pd.DataFrame(np.column_stack(numbers))
