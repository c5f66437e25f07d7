"""Moments and spans of time, whatever they are given as."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cxlens.errors import ValuesError
from cxlens.study.moments import read_moments, read_span, span_in_words, ticks_of


@pytest.mark.parametrize(
    ("given", "days"),
    [
        ("30 days", 30),
        ("1 day", 1),
        (" 36 Hours ", 1.5),
        ("1.5 days", 1.5),
        ("2 weeks", 14),
        ("90d", 90),
        ("1440 min", 1),
        (dt.timedelta(days=3), 3),
        (np.timedelta64(5, "D"), 5),
        (pd.Timedelta(days=2), 2),
    ],
)
def test_spans(given: Any, days: float) -> None:
    assert read_span("gap", given) == pd.Timedelta(days=days)


@pytest.mark.parametrize(
    "given", ["30", "days", "30 dayz", "1 month", "", 30, None, pd.NaT, "9e9 days", "9" * 30 + " d"]
)
def test_what_is_no_span(given: Any) -> None:
    with pytest.raises(ValuesError, match=r"^within=.* is no span of time\. Give a number with its unit, such as"):
        read_span("within", given)


def test_spans_in_words() -> None:
    spans = ["1 day", "90 days", "36 hours", "60 min", "90 s", "0.5 s", "2 weeks"]
    words = [span_in_words(read_span("gap", span)) for span in spans]
    assert words == ["1 day", "90 days", "36 hours", "1 hour", "90 seconds", "0.5 seconds", "14 days"]


def test_moments_of_every_kind_are_one_clock() -> None:
    texts = pd.Series(["2026-03-01 10:00", "2026-03-02 11:30"], name="at")
    wanted = pd.DatetimeIndex(pd.to_datetime(texts))
    for values in (texts, pd.to_datetime(texts), pd.to_datetime(texts).astype(object), texts.astype("category")):
        moments = read_moments(values)
        assert moments.tz is None
        assert (moments == wanted).all()
    zoned = read_moments(texts + "+02:00")
    assert str(zoned.tz) == "UTC"
    assert (zoned.tz_localize(None) == wanted - pd.Timedelta(hours=2)).all()
    assert read_moments(pd.Series(["26/03/2026 13:00", "27/03/2026 00:00"])).hour.tolist() == [13, 0]
    assert read_moments(pd.Series([1, 2], name="at")).isna().all()
    ticks, per_second = ticks_of(read_moments(texts))
    assert (ticks[1] - ticks[0]) / per_second == 25.5 * 3600
