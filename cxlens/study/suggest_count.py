"""Which column may say how many people a row stands for.

What the other columns are for is proposed by :mod:`cxlens.study.suggest`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlens.study.profiles import Profile

COUNT = (
    r"^(n|counts?|freq|frequency|frequencies|n of .+|number of .+|people|persons|customers|guests|respondents|cases|"
    r"responses|anzahl|häufigkeit|haeufigkeit|fallzahl)$"
)  # how a column is called that says how many people a row stands for


def count_in(free: Mapping[str, Profile], profiles: Mapping[str, Profile]) -> str | None:
    """The column without a job that is called so, holds whole numbers, and without which no two rows are alike.

    Parameters
    ----------
    free
        The columns that have no job yet.
    profiles
        All columns.
    """
    for name, column in free.items():
        if column.called(COUNT) and _may_count(column) and not _have_twins(profiles, name):
            return name
    return None


def _may_count(column: Profile) -> bool:
    """Whether a column holds whole numbers of people, in some rows more than one."""
    numbers = pd.to_numeric(column.values, errors="coerce")
    is_whole = bool((numbers % 1 == 0).all()) and bool((numbers >= 0).all())
    return is_whole and column.distinct > 1 and bool(numbers.max() > 1)


def _have_twins(profiles: Mapping[str, Profile], name: str) -> bool:
    """Whether two rows are alike, one column aside."""
    others = {other: column.values.map(str) for other, column in profiles.items() if other != name}
    return not others or bool(pd.DataFrame(others).duplicated().any())
