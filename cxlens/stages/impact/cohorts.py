"""Cohorts: who first bought in a month, and how many of them bought in each month after it.

Every figure is a count that adds up to that of all customers. How long customers stay is the question of
:mod:`cxlens.stages.impact.retention`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.small_cells import hidden_counts
from cxlens.common.values import LEAST
from cxlens.study.purchases import Purchases
from cxlens.study.waves import Period

Ints = NDArray[np.int64]
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def cohort_table(purchases: Purchases, period: Period) -> pd.DataFrame:
    """Who bought in which period, by the period of their first purchase.

    Returns
    -------
    DataFrame
        One row a cohort and period from its first on: ``cohort`` and ``period`` in words; ``after``, how many periods
        later; ``customers`` of the cohort; ``active``, those who bought in the period; ``share`` of the two; ``spent``;
        ``partial``, whether the record covers the period in part only. The shown ``active`` of a period add up to all
        customers who bought in it, ``spent`` to all that was spent, unless cells are blank: those of fewer than 5
        customers are, and as many more as keep them from being worked out.
    """
    counted = _counts(purchases, period)
    sizes = counted.active.diagonal()
    too_few = hidden_counts(counted.active, LEAST)
    cohort, place = np.triu_indices(len(sizes))
    has_anybody = sizes[cohort] > 0
    cohort, place = cohort[has_anybody], place[has_anybody]
    numbers = counted.first + np.arange(len(sizes))
    names = _names(numbers, period)
    partial = _partial(purchases, numbers, period)
    hidden = too_few[cohort, place]
    size_hidden = too_few.diagonal()[cohort]
    customers = _blank(sizes[cohort], size_hidden)
    active = _blank(counted.active[cohort, place], hidden)
    table = {
        "cohort": names[cohort],
        "period": names[place],
        "after": place - cohort,
        "customers": customers,
        "active": active,
        "share": active / customers,
        "spent": _blank(counted.spent[cohort, place], hidden),
        "partial": partial[place],
    }
    return pd.DataFrame(table)


class _Counts(NamedTuple):
    """By cohort and period (p, p): customers who bought, and what they spent; ``first`` is the number of the first."""

    active: Ints
    spent: NDArray[np.float64]
    first: int


def _counts(purchases: Purchases, period: Period) -> _Counts:
    """The same of all purchases."""
    customer, day, spent, _ = purchases.bought
    number = _number(day, period)
    first = int(number.min())
    width = int(number.max()) - first + 1
    number -= first
    starts = np.flatnonzero(np.diff(customer, prepend=-1))
    cohort = number[starts]
    cell = cohort[customer] * width + number
    is_other = customer[1:] != customer[:-1]
    is_later = number[1:] != number[:-1]
    is_new = np.append(True, is_other | is_later)
    cells = width * width
    active = np.bincount(cell[is_new], minlength=cells)
    money = np.bincount(cell, spent, minlength=cells)
    return _Counts(
        np.asarray(active.reshape(width, width), np.int64),
        np.asarray(money.reshape(width, width), np.float64),
        first,
    )


def _number(day: NDArray[np.int32], period: Period) -> Ints:
    """The number of the period of each day since 1970."""
    months = day.astype("M8[D]").astype("M8[M]").astype(np.int64)
    return np.asarray(months // MONTHS[period])


def _begins(numbers: Ints, period: Period) -> NDArray[np.datetime64]:
    """The first day of periods."""
    months = numbers * MONTHS[period]
    return np.asarray(months.astype("M8[M]").astype("M8[D]"))


def _names(numbers: Ints, period: Period) -> NDArray[np.object_]:
    """Periods in words: ``2010-12``, ``2010 Q4``, ``2010``."""
    begins = pd.DatetimeIndex(_begins(numbers, period))
    if period == "quarter":
        words = [f"{day.year} Q{day.quarter}" for day in begins]
    else:
        words = list(begins.strftime("%Y-%m" if period == "month" else "%Y"))
    return np.array(words, dtype=object)


def _partial(purchases: Purchases, numbers: Ints, period: Period) -> NDArray[np.bool_]:
    """Which periods the record does not cover from their first day to their last."""
    begin, end = purchases.span
    begins_before = _begins(numbers, period) < begin
    last_days = _begins(numbers + 1, period) - 1
    ends_after = last_days > end
    return np.asarray(begins_before | ends_after)


def _blank(figures: NDArray[np.generic], hidden: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Figures, NaN where they are hidden."""
    return np.where(hidden, np.nan, figures.astype(float))
