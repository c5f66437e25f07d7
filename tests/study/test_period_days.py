"""Names of periods, and the days that they mean."""

from __future__ import annotations

import datetime as dt

import pytest

from cxlens.study.period_days import period_days


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026-Q4", "2026-10-01", "2026-12-31"),
        ("Q1 2026", "2026-01-01", "2026-03-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("März 2026", "2026-03-01", "2026-03-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        (" 2026 ", "2026-01-01", "2026-12-31"),
        ("2026-H2", "2026-07-01", "2026-12-31"),
        ("H1 2027", "2027-01-01", "2027-06-30"),
    ],
)
def test_a_name_tells_the_days_of_its_period(name, first, last):
    assert period_days([name]) == [(day(first), day(last))]


def test_periods_follow_one_another():
    spans = period_days([f"2026-Q{k}" for k in (1, 2, 3, 4)])
    assert [first for first, _ in spans[1:]] == [last + dt.timedelta(days=1) for _, last in spans[:-1]]


@pytest.mark.parametrize(
    "names",
    [["period 1", "period 2"], ["spring"], ["2026-Q2", "2026-Q1"], ["2026", "2026-Q1"], ["2026", "2026"]],
)
def test_names_that_do_not_tell_in_order_have_no_days(names):
    assert period_days(names) is None


def test_a_single_day_is_no_period():
    assert period_days(["2026-03-01"]) is None
