"""How far waves lie apart: a month without answers is time that has passed.

Trends and interrupted series count time by the numbers made here. Which wave comes before which is decided in
:mod:`cxlens.study.waves`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.study.dates import read_dates
from cxlens.study.waves import counted

Floats = NDArray[np.float64]
FEWEST_DAYS = 28  # of a month: what lies further apart is counted in months, as these are not equally long
NEARLY = 0.15  # of a month that dates may be off whole months to count as these: months have 28 to 31 days
YEARS = (1900, 2100)  # what six figures such as 202401 begin with, where they are months
CODE = 10_000  # a count that begins with a year and is larger is no count


def wave_numbers(waves: Sequence[Any]) -> Floats:
    """The numbers of waves in steps of their usual distance, the first being 0.

    Parameters
    ----------
    waves
        In the order of time: dates, numbers, or texts, as :attr:`cxlens.Survey.waves` has them.

    Returns
    -------
    array
        (w,) rising numbers. Dates, months, quarters and years are counted by the calendar, counted waves (``"W7"``) by
        their count, so that missing waves leave their place; a step is the median
        distance, the shorter of two. Waves that say nothing of
        time ("spring", "after") are numbered one by one.

    Examples
    --------
    >>> wave_numbers(["2024-01", "2024-02", "2024-03", "2024-06"])
    array([0., 1., 2., 5.])
    >>> wave_numbers([2013, 2015, 2017]), wave_numbers(["before", "after"])
    (array([0., 1., 2.]), array([0., 1.]))
    """
    one_by_one = np.arange(len(waves), dtype=float)
    if len(waves) < 2:
        return one_by_one
    when = _when(list(waves))
    if when is None:
        return one_by_one
    apart = np.diff(when)
    if not (apart > 0).all():
        return one_by_one
    middle = (len(apart) - 1) // 2
    step = np.sort(apart)[middle]
    return np.asarray((when - when[0]) / step)


def _when(waves: list[Any]) -> Floats | None:
    """When waves were, in days, months or counts; None where they do not say."""
    if all(isinstance(wave, dt.date) for wave in waves):
        return _by_calendar([pd.Timestamp(wave) for wave in waves])
    words = [_in_figures(wave) for wave in waves]
    if all(map(_is_month, words)):
        return np.array([12.0 * int(word[:4]) + int(word[4:]) for word in words])
    dates = read_dates(words)
    if dates is not None and dates.others is None:
        return _by_calendar([pd.Timestamp(moment) for moment in dates.moments])
    numbers = counted(words)
    if numbers is None or _are_codes(numbers):
        return None
    return numbers


def _are_codes(numbers: Floats) -> bool:
    """Whether numbers are a year with more figures, such as the week 202352: the next one, 202401, is not 49 on."""
    first_four = np.array([int(f"{number:.0f}"[:4]) for number in numbers])
    in_years = (first_four >= YEARS[0]) & (first_four < YEARS[1])
    return bool((numbers >= CODE).all() and in_years.all())


def _in_figures(wave: Any) -> str:
    """A wave as text, 2024.0 as 2024."""
    if isinstance(wave, Real) and float(wave).is_integer():
        return f"{float(wave):.0f}"
    return str(wave)


def _is_month(word: str) -> bool:
    """Whether figures are a month such as 202401."""
    if len(word) != 6 or not word.isdecimal():
        return False
    year = int(word[:4])
    month = int(word[4:])
    return YEARS[0] <= year < YEARS[1] and 1 <= month <= 12


def _by_calendar(moments: list[pd.Timestamp]) -> Floats:
    """Moments in days; in months, where they usually lie a month apart or more."""
    on_the_clock = pd.DatetimeIndex([moment.tz_localize(None) for moment in moments])
    days = (on_the_clock - on_the_clock[0]) / pd.Timedelta(days=1)
    if np.median(np.diff(days)) < FEWEST_DAYS:
        return np.asarray(days, float)
    of_month = (on_the_clock.day - 1) / on_the_clock.days_in_month
    months = np.asarray(12 * on_the_clock.year + on_the_clock.month + of_month, float)
    since = months - months[0]
    whole = np.round(since)
    is_near = np.abs(since - whole) < NEARLY
    return np.asarray(whole if is_near.all() else since)
