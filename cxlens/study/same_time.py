"""Which wave of a survey is meant by a date in words, such as that of a promise.

The order of waves is told by :mod:`cxlens.study.waves`, how dates are written by :mod:`cxlens.study.dates`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from cxlens.common.values import plural, wave_words
from cxlens.study.dates import read_dates

YEAR = re.compile(r"[12][0-9]{3}")
MONTHS = {"month": 1, "quarter": 3, "year": 12}


class _Span(NamedTuple):
    """From when on, until before when, and how long that is in words."""

    start: dt.datetime
    end: dt.datetime
    grain: str

    def holds(self, other: _Span) -> bool:
        """Whether another time lies in this one."""
        return self.start <= other.start and other.end <= self.end

    def meets(self, other: _Span) -> bool:
        """Whether the two have any moment in common."""
        return self.start < other.end and other.start < self.end


def wave_at(date: str, waves: Sequence[Any]) -> tuple[Any, str]:
    """The wave of that date, or None and why there is none.

    A wave of the same words, or of the same time in other words; else the only wave that lies in that month, quarter or
    year. What could be one of several is none.

    Examples
    --------
    >>> wave_at("2026-Q2", ["Q1 2026", "Q2 2026"])
    ('Q2 2026', '')
    >>> wave_at("2026", ["Q1 2026", "Q2 2026"])
    (None, '2 waves lie in 2026: join them by a longer period')
    """
    for wave in waves:
        if _plain(wave_words(wave)) == _plain(date):
            return wave, ""
    span, doubt = _span(date)
    if doubt:
        return None, f"{date} can be read in two ways: write it as 2026-05-31"
    if span is None:
        return None, f"no wave is called {date}"
    inside: list[Any] = []
    for wave in waves:
        own, in_doubt = _span(wave_words(wave))
        if own is None or in_doubt:
            continue
        if own.grain == span.grain and own.start == span.start:
            return wave, ""
        if span.holds(own):
            inside.append(wave)
        elif own.meets(span):
            return None, f"wave {wave_words(wave)} is longer than {date}"
    if len(inside) > 1:
        return None, f"{plural(len(inside), 'wave')} lie in {date}: join them by a longer period"
    if inside:
        return inside[0], ""
    return None, f"no wave of {date}"


def _plain(words: str) -> str:
    """A text without what people write in several ways."""
    return " ".join(words.casefold().split())


def _span(words: str) -> tuple[_Span | None, bool]:
    """The time that words mean, if they mean one, and whether they can be read in two ways."""
    if YEAR.fullmatch(words.strip()):
        start = dt.datetime(int(words), 1, 1)
        return _Span(start, _later(start, 12), "year"), False
    dates = read_dates([words])
    if dates is None:
        return None, False
    start = dates.moments[0].replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
    if dates.grain == "day":
        end = start + dt.timedelta(days=1)
    else:
        end = _later(start, MONTHS[dates.grain])
    return _Span(start, end, dates.grain), dates.others is not None


def _later(start: dt.datetime, months: int) -> dt.datetime:
    """The first moment so many months later."""
    years, month = divmod(start.month - 1 + months, 12)
    return start.replace(year=start.year + years, month=month + 1)
