"""When answers were given: whether a column holds dates, and which period makes waves of them.

What else a column may be for is proposed by :mod:`cxlens.study.suggest`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from cxlens.common.values import count
from cxlens.study.dates import read_dates
from cxlens.study.profiles import Profile
from cxlens.study.waves import Period

WAVES = 60  # times that are not dates are waves where there are at most so many
FEW_DAYS = 12  # so many dates are waves as they are
ANSWERS = 200  # that a wave is to have in the mean
MONTHS: dict[Period, int] = {"month": 1, "quarter": 3, "year": 12}


def holds_dates(column: Profile) -> bool:
    """Whether all that is stated in a column is dates, to the day or the month."""
    return bool(_days(column))


def period_of(column: Profile) -> Period | None:
    """The shortest period whose waves hold enough answers in the mean; None where the times are waves themselves."""
    if column.distinct <= FEW_DAYS:
        return None
    days = _days(column)
    if not days:
        return None
    for period, months in MONTHS.items():
        if column.n / _waves(days, months) >= ANSWERS:
            return period
    return "year"


def why_no_waves(column: Profile) -> str | None:
    """Why a column makes no waves, where it does not."""
    days = _days(column)
    if not days:
        too_many = f"Left out: {column.name!r} has {count(column.distinct)} times that are no dates."
        return too_many if column.distinct > WAVES else None
    period = period_of(column)
    if period and _waves(days, MONTHS[period]) == 1:
        return f"Left out: the dates of {column.name!r} make one wave."
    return None


def _days(column: Profile) -> list[dt.datetime]:
    """The dates in a column, a month by its first day; none where an entry is none, or can be read as two days."""
    entries = column.values.dropna().unique().tolist()
    if all(isinstance(entry, dt.date) for entry in entries):
        return _at_midnight(entries)
    if not all(isinstance(entry, str) for entry in entries):
        return []
    dates = read_dates(entries)
    if dates is None or dates.grain == "quarter" or dates.others is not None:
        return []
    return _at_midnight(dates.moments)


def _at_midnight(moments: Sequence[dt.date]) -> list[dt.datetime]:
    """Moments as days, each once."""
    return [dt.datetime(*day) for day in {(moment.year, moment.month, moment.day) for moment in moments}]


def _waves(days: Sequence[dt.datetime], months: int) -> int:
    """How many periods of so many months lie from the first day to the last."""
    first, last = ((12 * day.year + day.month - 1) // months for day in (min(days), max(days)))
    return last - first + 1
