"""Dates as people write them."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlens.study.dates import has_zone, read_dates

FIFTH = dt.datetime(2024, 12, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2024-12-05",
        "2024/12/5",
        "2024.12.05",
        "5.12.2024",
        "05.12.24",
        "5 Dec 2024",
        "5. Dezember 2024",
        "5th December, 2024",
        "05-Dec-2024",
        "Dec 5, 2024",
        "December 5th, 2024",
        "5 déc. 2024",
    ],
)
def test_a_day_in_many_forms(text: str) -> None:
    dates = read_dates([text])
    assert dates is not None
    assert (dates.moments, dates.grain, dates.others) == ([FIFTH], "day", None)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-12-05T08:30", FIFTH.replace(hour=8, minute=30)),
        ("2024-12-05 08:30:15.25", FIFTH.replace(hour=8, minute=30, second=15, microsecond=250_000)),
        ("2024-12-05 08:30:15Z", FIFTH.replace(hour=8, minute=30, second=15, tzinfo=dt.UTC)),
        ("5.12.2024, 08:30", FIFTH.replace(hour=8, minute=30)),
        ("2024-12-05 12:05 AM", FIFTH.replace(minute=5)),
        ("Dec 5, 2024 1:05 pm", FIFTH.replace(hour=13, minute=5)),
        (
            "2024/12/05 8:30:00 AM GMT+2",
            FIFTH.replace(hour=8, minute=30, tzinfo=dt.timezone(dt.timedelta(hours=2))),
        ),
        ("2024-12-05 08:30 UTC-3", FIFTH.replace(hour=8, minute=30, tzinfo=dt.timezone(dt.timedelta(hours=-3)))),
        ("2024-12-05T08:30-05:30", FIFTH.replace(hour=8, minute=30, tzinfo=dt.timezone(-dt.timedelta(hours=5.5)))),
    ],
)
def test_times_of_day(text: str, moment: dt.datetime) -> None:
    dates = read_dates([text])
    assert dates is not None
    assert dates.moments == [moment]
    assert dates.moments[0].utcoffset() == moment.utcoffset()
    assert has_zone(text) is (moment.tzinfo is not None)


@pytest.mark.parametrize(
    ("text", "month", "grain"),
    [
        ("2024-05", 5, "month"),
        ("05/2024", 5, "month"),
        ("May 2024", 5, "month"),
        ("Mai 2024", 5, "month"),
        ("may-24", 5, "month"),
        ("May '24", 5, "month"),
        ("2024 May", 5, "month"),
        ("Mär 2024", 3, "month"),
        ("März 2024", 3, "month"),
        ("Sept. 2024", 9, "month"),
        ("juil. 2024", 7, "month"),
        ("Q2 2024", 4, "quarter"),
        ("2024-Q2", 4, "quarter"),
        ("2024Q2", 4, "quarter"),
        ("Q2/24", 4, "quarter"),
        ("2q24", 4, "quarter"),
        ("2. Quartal 2024", 4, "quarter"),
    ],
)
def test_months_and_quarters(text: str, month: int, grain: str) -> None:
    dates = read_dates([text])
    assert dates is not None
    assert (dates.moments, dates.grain) == ([dt.datetime(2024, month, 1)], grain)


@pytest.mark.parametrize(
    "text",
    [
        *("", "W10", "pre", "2024", "13/13/2024", "30.2.2024", "2024-13", "ju 2024", "jui 2024", "foo 2024", "Jan 24"),
        *("1/2/3", "5 13 2024", "2024-05-05 25:00", "2024-05-05 13:00 pm", "Q5 2024", "2024-05/06", "maybe 2024"),
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert read_dates([text]) is None


def test_day_or_month_first_is_told_by_the_column() -> None:
    day_first = read_dates(["05/12/2023", "13/12/2023"])
    month_first = read_dates(["05/12/2023", "12/13/2023"])
    unsure = read_dates(["05/12/2023", "06/12/2023"])
    alike = read_dates(["05/05/2023"])
    assert day_first
    assert month_first
    assert unsure
    assert alike
    assert (day_first.moments[0], day_first.others) == (dt.datetime(2023, 12, 5), None)
    assert (month_first.moments[0], month_first.others) == (dt.datetime(2023, 5, 12), None)
    assert unsure.others == [dt.datetime(2023, 5, 12), dt.datetime(2023, 6, 12)]
    assert alike.others is None
    assert read_dates(["13/12/2023", "12/13/2023"]) is None


def test_dates_of_one_column_last_alike() -> None:
    assert read_dates(["2023-05", "2023-05-01"]) is None
    assert read_dates(["5 May 2023", "2023-05-06"]) is not None


@given(st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(2999, 1, 1)))
def test_what_python_writes_is_read_back(moment: dt.datetime) -> None:
    for text in (moment.isoformat(), str(moment)):
        dates = read_dates([text])
        assert dates is not None
        assert dates.moments == [moment]
