"""Whether a column holds dates, and which period makes waves of them."""

from __future__ import annotations

import pandas as pd
import pytest

from cxlens.files.statistics import Said
from cxlens.study.profiles import Profile, profile
from cxlens.study.suggest_time import holds_dates, period_of, why_no_waves


def column(values: list[object]) -> Profile:
    return profile(pd.Series(values), "stay", Said({}, {}, {}, {}))


def days(start: str, n: int, step: int) -> pd.DatetimeIndex:
    return pd.date_range(start, periods=n, freq=f"{step}D")


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d %I:%M:%S %p GMT+2"])
def test_dates_are_seen_however_they_are_written(form: str) -> None:
    assert holds_dates(column(list(days("2024-01-05", 40, 9).strftime(form))))


@pytest.mark.parametrize("values", [["Web", "Call"], [1, 2], ["2024", "2025"], ["05/04/2024", "06/07/2024"]])
def test_other_entries_and_days_in_doubt_are_no_dates(values: list[object]) -> None:
    assert not holds_dates(column(values))


@pytest.mark.parametrize(
    ("n", "step", "period"),
    [(3000, 1, "year"), (730, 1, "year"), (11, 30, None)],
)
def test_one_answer_a_day_makes_years(n: int, step: int, period: str | None) -> None:
    assert period_of(column(list(days("2024-01-01", n, step)))) == period


@pytest.mark.parametrize(("a_day", "period"), [(8, "month"), (3, "quarter"), (1, "year")])
def test_waves_are_the_shortest_with_enough_answers(a_day: int, period: str) -> None:
    assert period_of(column(list(days("2024-01-01", 366, 1)) * a_day)) == period


def test_what_makes_no_waves_is_told() -> None:
    assert why_no_waves(column(list(days("2024-02-01", 20, 1)))) == "Left out: the dates of 'stay' make one wave."
    many = [f"visit {place}" for place in range(61)]
    assert why_no_waves(column(many)) == "Left out: 'stay' has 61 times that are no dates."
    assert why_no_waves(column(["W1", "W2"])) is None
    assert why_no_waves(column(list(days("2024-01-01", 366, 1)) * 3)) is None


def test_months_make_waves_as_days_do() -> None:
    months = list(pd.date_range("2024-01-01", periods=24, freq="MS").strftime("%b %Y"))
    assert holds_dates(column(months))
    assert period_of(column(months * 62)) == "year"
    assert period_of(column(months * 200)) == "month"


@pytest.mark.parametrize("form", ["W{}", "Q1 20{:02}", "wave {}"])
def test_waves_that_are_no_days_have_no_period(form: str) -> None:
    assert period_of(column([form.format(number) for number in range(10, 30)] * 50)) is None
