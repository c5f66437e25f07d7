"""The days on which the periods of a road map begin and end, by their names.

Names as people write dates are read by :mod:`cxlens.study.dates`. What is planned in a period does not belong here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from cxlens.study.dates import read_dates

MONTHS = {"month": 1, "quarter": 3}
YEAR = re.compile(r"[12]\d{3}")
HALF = re.compile(r"([12]\d{3})[ /-]*h([12])|h([12])[ /-]*([12]\d{3})")
ONE_DAY = dt.timedelta(days=1)
Span = tuple[dt.date, dt.date]


def period_days(names: Sequence[str]) -> list[Span] | None:
    """The first and the last day of each period; None where the names do not tell them, or not in order.

    Examples
    --------
    >>> period_days(["2026-Q1"])
    [(datetime.date(2026, 1, 1), datetime.date(2026, 3, 31))]
    >>> period_days(["period 1"])
    """
    firsts, months = _begin(names)
    in_order = sorted(set(firsts))
    if not firsts or firsts != in_order:
        return None
    spans = []
    for first in firsts:
        following = _later(first, months)
        spans.append((first, following - ONE_DAY))
    return spans


def _begin(names: Sequence[str]) -> tuple[list[dt.date], int]:
    """The first day of each period, and how many months one lasts; no day where names do not tell."""
    words = [name.strip().lower() for name in names]
    if all(map(YEAR.fullmatch, words)):
        years = map(int, words)
        return [dt.date(year, 1, 1) for year in years], 12
    halves = list(filter(None, map(HALF.fullmatch, words)))
    if len(halves) == len(words):
        return list(map(_half, halves)), 6
    dates = read_dates(words)
    if dates is None or dates.grain not in MONTHS:
        return [], 0
    return [moment.date() for moment in dates.moments], MONTHS[dates.grain]


def _half(found: re.Match[str]) -> dt.date:
    """The first day of a half year."""
    year = int(found[1] or found[4])
    half = int(found[2] or found[3])
    first_month = 6 * half - 5
    return dt.date(year, first_month, 1)


def _later(day: dt.date, months: int) -> dt.date:
    """The first day of the month so many months later."""
    passed = day.month - 1 + months
    years, month = divmod(passed, 12)
    return dt.date(
        day.year + years,
        month + 1,
        1,
    )
