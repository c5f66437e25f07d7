"""The order of time, and dates by month, quarter and year."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pandas as pd
import pytest

from cxlens.errors import CxlensError, OptionError, ValuesError
from cxlens.study.waves import check_period, check_times, in_order_of_time, in_periods, wave_called, words_in_order

DAY = dt.date(2024, 1, 5)
ORDERS: dict[str, list[Any]] = {
    "numbers": [9, 10, 2023.5],
    "flags": [False, True],
    "numbers in words": ["9", "10", "101"],
    "dates": [DAY, dt.date(2024, 2, 1)],
    "dates and times": [DAY, pd.Timestamp("2024-01-05 08:00"), dt.datetime(2024, 1, 6)],
    "dates and texts": [DAY, "2024-02-01"],
    "times of day": [dt.time(9), dt.time(10)],
    "times of zones": [pd.Timestamp("2024-01-05 08:00+02:00"), pd.Timestamp("2024-01-05 08:00+01:00")],
    "weeks": ["W1", "W2", "W10"],
    "weeks of years": ["2023-W52", "2024-W01", "2024-W10"],
    "calendar weeks": ["KW 9 2024", "KW 10 2024", "KW 1 2025"],
    "quarters": ["Q4 2023", "Q1 2024", "Q2 2024"],
    "quarters of short years": ["Q4/23", "Q1/24"],
    "halves": ["H2 2023", "H1 2024"],
    "months": ["Nov 2023", "Jan 2024", "Feb 2024"],
    "months with a dash": ["Dec-23", "Jan-24", "Apr-24"],
    "German months": ["Okt 2023", "Dez 2023", "Mai 2024"],
    "months in numbers": ["11/2023", "02/2024"],
    "day first": ["13/11/2023", "05/12/2023", "04/01/2024"],
    "month first": ["11/13/2023", "12/05/2023", "01/04/2024"],
    "either way": ["05/11/2023", "05/12/2023", "04/01/2024", "06/02/2024"],
    "dots": ["05.12.2023", "04.01.2024"],
    "waves": ["Wave 2", "wave3", "Wave  10"],
    "waves of years": ["Wave 2 (2023)", "Wave 1 (2024)", "Wave 2 (2024)"],
    "ordinals": ["1st wave", "2nd wave", "3rd wave", "11th wave"],
    "business years": ["2022/23", "2023/24"],
    "short business years": ["FY9", "FY10"],
    "a panel": ["Panel 7, wave 9", "Panel 7, wave 10"],
    "numbers and text": [2023, "2024"],
    "one": ["pre"],
    "none": [],
}


@pytest.mark.parametrize("waves", ORDERS.values(), ids=list(ORDERS))
def test_waves_in_the_order_of_time(waves: list[Any]) -> None:
    for seed in range(5):
        mixed = random.Random(seed).sample(waves, len(waves))
        assert in_order_of_time(mixed, "wave") == waves


def test_ordered_categories_keep_their_order() -> None:
    assert in_order_of_time(["after", "before"], "when", ["before", "during", "after"]) == ["before", "after"]
    assert in_order_of_time(["W10", "W9"], "when", ["W10", "W9"]) == ["W10", "W9"]


UNKNOWN = (
    "the waves of 'when' cannot be put in order of time: {}. Write them as dates, as numbers or counted "
    '("W1", "Q1 2024", "Jan 2024"), or say their order: '
    "data['when'] = pd.Categorical(data['when'], [first, ..., last], ordered=True)."
)
NO_ORDER: dict[str, list[Any]] = {
    "words": ["pre", "post"],
    "months of no year": ["Nov", "Dec", "Jan"],
    "a word among numbers": ["Baseline", "W1", "W2"],
    "two numbers, none a year": ["1.3 of 9", "2.1 of 7"],
    "dates of two lengths": ["2023", "2024-01"],
    "days of no year": ["Jan 24", "Feb 3"],
    "two days of no kind": ["13/13/2023", "12/12/2023 early"],
    "dates and numbers": [DAY, 7],
}


@pytest.mark.parametrize("waves", NO_ORDER.values(), ids=list(NO_ORDER))
def test_waves_of_unknown_order_are_refused(waves: list[Any]) -> None:
    with pytest.raises(ValuesError) as error:
        in_order_of_time(waves, "when")
    assert str(error.value) == UNKNOWN.format(", ".join(map(str, waves)))


def test_words_of_a_file_are_refused_without_advice_for_a_frame() -> None:
    assert words_in_order(["W10", "W9"], "the measurements of 'Desk'") == ["W9", "W10"]
    assert words_in_order(["pre"], "the measurements of 'Desk'") == ["pre"]
    with pytest.raises(ValuesError) as error:
        words_in_order(["pre", "post"], "the measurements of 'Desk'")
    assert str(error.value) == (
        "the waves of the measurements of 'Desk' cannot be put in order of time: pre, post. Write them as dates, as "
        'numbers or counted ("W1", "Q1 2024", "Jan 2024").'
    )


ALIKE = "the waves '{}' and '{}' of 'when' are one and the same time. Write them alike."
BERLIN = pd.to_datetime(["2023-12-31 23:30", None, "2024-05-01 00:10"]).tz_localize("Europe/Berlin")
MIXED = (
    "time column 'when' mixes times with a time zone ({}) and without ({}), so their order is not known. "
    "Give all of them a zone, or none."
)


@pytest.mark.parametrize(
    ("waves", "said"),
    [
        (
            ["05/12/2023", "06/11/2023"],
            "the dates of 'when' can be read in two ways: '05/12/2023' is 2023-12-05 with the day first, 2023-05-12 "
            "with the month first. Write them as 2023-12-05.",
        ),
        (
            ["Q1 2024", "2024 Q1"],
            ALIKE.format("Q1 2024", "2024 Q1"),
        ),
        (["W1", "W01"], ALIKE.format("W1", "W01")),
        (
            ["2024-01-05T08:00Z", "2024-01-05 09:00"],
            MIXED.format("2024-01-05T08:00Z", "2024-01-05 09:00"),
        ),
        (
            [pd.Timestamp("2024-01-05 08:00"), pd.Timestamp("2024-01-05 08:00Z")],
            MIXED.format("2024-01-05 08:00:00+00:00", "2024-01-05 08:00:00"),
        ),
    ],
)
def test_waves_of_two_orders_are_refused(waves: list[Any], said: str) -> None:
    with pytest.raises(ValuesError) as error:
        in_order_of_time(waves, "when")
    assert str(error.value) == said


TIMES: dict[str, tuple[Any, str]] = {
    "durations": (
        pd.to_timedelta(["1min"]),
        "time column 'when' holds durations: they say how long, not when. Give dates or waves.",
    ),
    "periods": (
        pd.period_range("2024-01", periods=1, freq="M"),
        "time column 'when' holds periods of time. Turn them into dates: data['when'].dt.to_timestamp().",
    ),
    "texts of mixed zones": (
        ["2024-01-05T08:00+01:00", "2024-01-06"],
        MIXED.format("2024-01-05T08:00+01:00", "2024-01-06"),
    ),
    "times of mixed zones": (
        [dt.datetime(2024, 1, 5), dt.datetime(2024, 1, 5, tzinfo=dt.UTC)],
        MIXED.format("2024-01-05 00:00:00+00:00", "2024-01-05 00:00:00"),
    ),
}


@pytest.mark.parametrize(("times", "said"), TIMES.values(), ids=list(TIMES))
def test_times_that_are_none(times: Any, said: str) -> None:
    with pytest.raises(ValuesError) as error:
        check_times(pd.Series(times, dtype=None if isinstance(times, pd.Index) else "object"), "when")
    assert str(error.value) == said


@pytest.mark.parametrize(
    "times",
    [
        [DAY, "2024-02-01"],
        [dt.time(9)],
        [1, 2],
        ["pre", "W1"],
        [None],
        ["2024-01-05T08:00+01:00", "2024-06-05T08:00+02:00"],
    ],
)
def test_times_that_are_some(times: list[Any]) -> None:
    check_times(pd.Series(times), "when")


FORMS: dict[str, Any] = {
    "stamps": pd.Series(pd.to_datetime(["2023-12-31", None, "2024-05-01"])),
    "dates": pd.Series([dt.date(2023, 12, 31), None, dt.date(2024, 5, 1)]),
    "text": pd.Series(["2023-12-31", None, "2024-05-01"]),
    "day first": pd.Series(["31/12/2023", None, "01/05/2024"]),
    "local time": pd.Series(BERLIN),
    "text with zones": pd.Series(["2023-12-31T23:30-05:00", None, "2024-05-01T00:10+02:00"]),
    "categories": pd.Series(["31.12.2023", None, "1.5.2024"], dtype="category"),
    "Arrow": pd.Series(pd.to_datetime(["2023-12-31", None, "2024-05-01"])).astype("timestamp[us][pyarrow]"),
}


@pytest.mark.parametrize("values", FORMS.values(), ids=list(FORMS))
def test_dates_by_period(values: pd.Series) -> None:
    told = [in_periods(values, period, "when").tolist() for period in ("month", "quarter", "year")]
    assert told == [["2023-12", None, "2024-05"], ["2023 Q4", None, "2024 Q2"], ["2023", None, "2024"]]


def test_months_by_quarter_and_quarters_by_year() -> None:
    months = pd.Series(["Nov 2023", "Jan 2024"])
    assert in_periods(months, "quarter", "when").tolist() == ["2023 Q4", "2024 Q1"]
    assert in_periods(pd.Series(["Q4/23", "Q1/24"]), "year", "when").tolist() == ["2023", "2024"]
    same_either_way = pd.Series(["05/12/2023", "06/11/2023"])
    assert in_periods(same_either_way, "year", "when").tolist() == ["2023", "2023"]


PERIODS: dict[str, tuple[list[Any], str, str]] = {
    "numbers": ([2023, 2024], "month", "'2023', '2024'"),
    "a word": (["2023-01-31", "unknown"], "month", "'unknown'"),
    "quarters by month": (["Q1 2024"], "month", "'Q1 2024'"),
}


@pytest.mark.parametrize(("values", "period", "odd"), PERIODS.values(), ids=list(PERIODS))
def test_what_has_no_period(values: list[Any], period: Any, odd: str) -> None:
    with pytest.raises(ValuesError) as error:
        in_periods(pd.Series(values), period, "when")
    assert str(error.value) == (
        f"period='{period}' needs dates in 'when', which holds {odd}. "
        "Write dates as 2024-05-31, empty the other cells, or leave period out."
    )


def test_periods_of_dates_of_two_readings() -> None:
    with pytest.raises(ValuesError) as error:
        in_periods(pd.Series(["05/12/2023", "06/12/2023"]), "month", "when")
    assert str(error.value) == (
        "the dates of 'when' can be read in two ways: '05/12/2023' is 2023-12-05 with the day first, 2023-05-12 "
        "with the month first. Write them as 2023-12-05."
    )


def test_periods_are_words() -> None:
    check_period(None, None)
    check_period("month", "when")
    faults: list[tuple[Any, Any, str]] = [
        ("week", "when", "period='week' is not an option. Options: 'month', 'quarter', 'year'."),
        ("month", None, "period='month' needs the column of dates. Name it: time='column'."),
    ]
    for period, time, said in faults:
        with pytest.raises(OptionError) as error:
            check_period(period, time)
        assert str(error.value) == said
        assert isinstance(error.value, CxlensError)


@pytest.mark.parametrize("value", [2024, "2024", 2024.0])
def test_a_wave_is_called_by_its_value_or_in_words(value: Any) -> None:
    assert wave_called("wave", value, [2023, 2024], "year") == 2024


@pytest.mark.parametrize(("value", "said"), [(2020, "'2020'"), (pd.NA, "'<NA>'")])
def test_what_is_no_wave_is_told_with_those_there_are(value: Any, said: str) -> None:
    with pytest.raises(ValuesError) as error:
        wave_called("before", value, [2023, 2024], "year")
    assert str(error.value) == f"before={said} is no wave of this survey. Waves in 'year': 2023, 2024."


@pytest.mark.parametrize("value", ["2025-Q1", "2025q1", "2025/q1"])
def test_a_wave_that_is_written_otherwise_is_offered(value: str) -> None:
    with pytest.raises(ValuesError) as error:
        wave_called("when", value, ["2024 Q4", "2025 Q1"], "quarter")
    assert str(error.value) == (
        f"when={value!r} is no wave of this survey. Did you mean '2025 Q1'? Waves in 'quarter': 2024 Q4, 2025 Q1."
    )
