"""When things happened, and how long spans of time are: moments and spans, whatever they are given as.

How dates are written belongs to :mod:`cxlens.study.dates`, the order of waves to :mod:`cxlens.study.waves`.
"""

from __future__ import annotations

import datetime as dt
import re
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import shown
from cxlens.common.values import plural
from cxlens.errors import ValuesError
from cxlens.study.dates import has_zone, read_dates
from cxlens.study.waves import ZONED, check_moments, mixed_zones, two_readings

LONGEST_FIRST = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
SHORT = {"d": 86_400, "h": 3_600, "min": 60, "s": 1, "week": 604_800, "weeks": 604_800, "w": 604_800}
SECONDS = {**LONGEST_FIRST, **{f"{unit}s": length for unit, length in LONGEST_FIRST.items()}, **SHORT}
SPAN = re.compile(rf"(?P<number>[+-]?[0-9]+(?:\.[0-9]+)?) *(?P<unit>{'|'.join(SECONDS)})")
TICKS_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def read_moments(values: pd.Series[Any]) -> pd.DatetimeIndex:
    """Entries as moments, in UTC where they have zones; NaT where an entry is none.

    Texts are in ISO 8601 form, or all otherwise, as 26/03/2026 13:00. Numbers are no moments: pandas would take them
    for nanoseconds since 1970.

    Raises
    ------
    ValuesError
        When the column holds durations or periods, some times have a zone and some have none, or nothing tells the day
        from the month.
    """
    check_moments(values, str(values.name))
    if pd.api.types.is_datetime64_any_dtype(values):
        return _in_utc(pd.DatetimeIndex(values))
    if pd.api.types.is_numeric_dtype(values):
        return pd.DatetimeIndex(np.full(len(values), "NaT", "datetime64[s]"))
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    times = _read_times(values)
    if times.isna().all():
        times = _in_words(values)
    return _in_utc(pd.DatetimeIndex(times))


def _in_utc(moments: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The same by the clock of UTC where they have a zone."""
    return moments if moments.tz is None else moments.tz_convert("UTC")


def ticks_of(moments: pd.DatetimeIndex) -> tuple[NDArray[np.int64], int]:
    """Moments as whole numbers, and how many of these make a second."""
    return moments.asi8, TICKS_PER_SECOND[moments.unit]


def _read_times(values: pd.Series[Any]) -> pd.Series[Any]:
    """Texts in ISO 8601 form as times, in UTC where they have zones; NaT where an entry is none."""
    are_texts = pd.api.types.infer_dtype(values, skipna=True) == "string"
    if are_texts:
        with suppress(ValueError):  # of several zones, or of zones and none
            return pd.to_datetime(values, format="ISO8601", errors="coerce")
    any_zoned = _any_zoned(values)
    times = pd.to_datetime(values, format="ISO8601", errors="coerce", utc=True)
    return times if any_zoned else times.dt.tz_localize(None)


def _in_words(values: pd.Series[Any]) -> pd.Series[Any]:
    """Texts such as "26/03/2026 13:00" as times; refused where nothing tells the day from the month."""
    words = list(dict.fromkeys(entry for entry in values if isinstance(entry, str)))
    dates = read_dates(words) if words else None
    is_plain = dates is not None and dates.grain == "day" and not any(has_zone(word) for word in words)
    if dates is None or not is_plain:
        return pd.Series(pd.NaT, values.index)
    if dates.others is not None:
        raise two_readings(words, dates, repr(values.name))
    return pd.to_datetime(values.map(dict(zip(words, dates.moments, strict=True))))


def _any_zoned(values: pd.Series[Any]) -> bool:
    """Whether times name their zone; refused where some do and some do not, since their order is not known."""
    stated = values.dropna()
    words = stated.astype(str)
    is_zoned = words.str.contains(ZONED).to_numpy(bool)
    is_time = pd.to_datetime(words, format="ISO8601", errors="coerce", utc=True).notna().to_numpy(bool)
    naive = np.flatnonzero(is_time & ~is_zoned)
    zoned = np.flatnonzero(is_time & is_zoned)
    if len(naive) and len(zoned):
        raise mixed_zones(f"time column {values.name!r}", stated.iloc[zoned[0]], stated.iloc[naive[0]])
    return bool(len(zoned))


def read_span(argument: str, span: Any) -> pd.Timedelta:
    """How long a span of time is: a text such as "30 days" or "12 hours", or a timedelta.

    Raises
    ------
    ValuesError
        ``gap=30 is no span of time. Give a number with its unit, such as "30 days" or "12 hours", or a Timedelta.``
        Or when it is not longer than 0.
    """
    read = _span(span)
    if read is None or pd.isna(read):
        raise ValuesError(
            f'{argument}={shown(span)} is no span of time. Give a number with its unit, such as "30 days" or '
            f'"12 hours", or a Timedelta. A month has no fixed length: say it in days.'
        )
    if read <= pd.Timedelta(0):
        raise ValuesError(f'{argument} must be longer than 0; you gave {shown(span)}. "30 days" is usual.')
    return read


def _span(span: Any) -> pd.Timedelta | None:
    """A text or a timedelta as a Timedelta; None where it is neither, or longer than pandas can hold."""
    try:
        if isinstance(span, (dt.timedelta, np.timedelta64)):
            return pd.Timedelta(span)
        found = SPAN.fullmatch(span.strip().casefold()) if isinstance(span, str) else None
        if found is None:
            return None
        seconds = float(found["number"]) * SECONDS[found["unit"]]
        return pd.Timedelta(seconds=seconds)
    except (OverflowError, ValueError):
        return None


def span_in_words(span: pd.Timedelta) -> str:
    """``30 days``, ``1 hour``, ``90 seconds``: in the longest unit of which it is a whole number."""
    seconds = span.total_seconds()
    for unit, length in LONGEST_FIRST.items():
        if seconds % length == 0:
            return plural(round(seconds / length), unit)
    return f"{seconds:g} seconds"
