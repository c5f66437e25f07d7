"""Means as they were asked: where the lowest score is the best, scores are turned inside, and turned back to be shown.

Only levels are turned back: means with the ends of their intervals, standards, references. Differences, slopes and
lifts count "a point better" and stay. Where touchpoints differ in which end is best, all stay on the scale they are
read on, since they stand beside each other; :func:`cxlens.study.scale.about_scales` says which it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.study.scale import Scale

Values = TypeVar("Values", float, NDArray[np.float64], "pd.Series[float]")
Figure = tuple[str, str, str]  # the columns of a level and of the ends of its interval
MEAN: Figure = ("mean", "low", "high")


def lowest_is_best(scale: Scale | None) -> bool:
    """Whether what is shown of a scale has the lowest score as the best."""
    return scale is not None and scale.best == "low"


def worst(scale: Scale | None) -> str:
    """What the end of a list is called that is rated worst: ``lowest``, or ``worst`` where the lowest is the best."""
    return "worst" if lowest_is_best(scale) else "lowest"


def difference_of(first: str, second: str, scale: Scale | None) -> str:
    """What a difference is: ``ours less theirs``; of the lowest as the best, which sign is good.

    Examples
    --------
    >>> difference_of("ours", "theirs", Scale(1, 5, best="low"))
    'ours against theirs, above 0 where ours is better'
    """
    if not lowest_is_best(scale):
        return f"{first} less {second}"
    sign = f"above 0 where {first} is better"
    return f"{first} against {second}, {sign}"


def asked(values: Values, scale: Scale | None) -> Values:
    """Levels as they were asked.

    Examples
    --------
    >>> asked(4.5, Scale(1, 5, best="low"))
    1.5
    """
    if scale is None or scale.best == "high":
        return values
    return scale.low + scale.high - values


def span_asked(level: float, low: float, high: float, scale: Scale | None) -> tuple[float, float, float]:
    """A level with the ends of its interval, as they were asked: the upper end is then the lower one.

    Examples
    --------
    >>> span_asked(4.5, 4.0, 4.75, Scale(1, 5, best="low"))
    (1.5, 1.25, 2.0)
    """
    shown = asked(level, scale)
    first = asked(low, scale)
    last = asked(high, scale)
    if lowest_is_best(scale):
        first, last = last, first
    return shown, first, last


def as_asked(table: pd.DataFrame, scale: Scale | None, *figures: Figure | tuple[str]) -> pd.DataFrame:
    """A table with levels as they were asked; itself where they are read so.

    Parameters
    ----------
    table
        Levels as they are read. It is not changed.
    scale
        The scale that they are read on.
    figures
        The columns of each level: its own, and those of the ends of its interval where it has one. Columns that the
        table does not have are passed by.
    """
    if not lowest_is_best(scale):
        return table
    shown = table.copy()
    for columns in figures:
        level, *ends = columns
        sources = [level, *reversed(ends)]
        for column, source in zip(columns, sources, strict=True):
            if column not in table:
                continue
            levels = table[source].astype(float)
            shown[column] = asked(levels, scale)
    return shown


def standards_as_asked(table: pd.DataFrame, scale: Scale | None) -> pd.DataFrame:
    """The same of the column ``standard``, where that is one of a mean."""
    if not lowest_is_best(scale):
        return table
    standard = table["standard"].astype(float)
    is_mean = table["metric"] == "mean"
    turned = asked(standard, scale)
    shown = standard.mask(is_mean, turned)
    return table.assign(standard=shown)


def outcomes_as_asked(table: pd.DataFrame, scales: Mapping[str, Scale], figure: Figure) -> pd.DataFrame:
    """The same of a table of outcomes, where their ``measure`` is the mean; each has its own scale."""
    shown = table
    columns = list(figure)
    is_mean = table["measure"] == "mean"
    for name, scale in scales.items():
        if not lowest_is_best(scale):
            continue
        is_outcome = table["outcome"] == name
        rows = table[is_mean & is_outcome]
        turned = as_asked(rows, scale, figure)
        shown = shown.copy()
        shown.loc[rows.index, columns] = turned[columns]
    return shown
