"""Heads in words, and how numbers are shown."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cxlens.common.heads import Units, columns_of, is_known


def shown(name, values, units=None, **beside):
    frame = pd.DataFrame({**beside, name: values})
    column = columns_of(frame, units or Units())[-1]
    return column.head, column.formats[0]


@pytest.mark.parametrize(
    ("name", "values", "head", "number_format"),
    [
        ("touchpoint", ["Security"], "Touchpoint", "#,##0"),
        ("n", [1201], "n", "#,##0"),
        ("mean", [4.0], "Rating", "#,##0.00"),
        ("reach", [0.8], "Used by", "0.0%"),
        ("reach_low", [0.8], "Used by, low", "0.0%"),
        ("p_quick_win", [0.98], "Quick win in 100", '[>99]"over 99";[<1]"under 1";0'),
        ("q_value", [0.0002], "q (false discovery rate)", '[<0.001]"under 0.001";0.000'),
        ("wave", [2025], "Wave", "0"),
        ("cost", [100_000.0], "Cost, currency not stated", "#,##0"),
        ("cost", [1.25], "Cost, currency not stated", "#,##0.00"),
        ("benefit", [2.9], "Forecast, points of the outcome", "#,##0.00"),
    ],
)
def test_each_column_has_a_head_and_a_form(name, values, head, number_format):
    assert shown(name, values) == (head, number_format)


def test_heads_speak_of_the_unit_the_currency_and_the_work():
    units = Units("NPS points", "weeks", "USD")
    assert shown("benefit", [1.5], units)[0] == "Forecast, NPS points"
    assert shown("effort", [1.5], units)[0] == "Work, weeks"
    assert shown("cost", [1.5], units)[0] == "Cost, USD"


def test_what_readers_see_of_100_is_100_times_the_proportion():
    frame = pd.DataFrame({"importance": [0.062, np.nan], "p_met": [1.0, 0.25]})
    importance, met = columns_of(frame)
    assert importance.values[0] == pytest.approx(6.2)
    assert np.isnan(importance.values[1])
    assert met.values == [100, 25]


def test_ends_of_an_interval_are_shown_as_what_it_is_of():
    frame = pd.DataFrame({"share": [0.5], "low": [0.4], "high": [0.6], "mean": [3.5], "n": [9]})
    assert [column.formats[0] for column in columns_of(frame)] == ["0.0%", "0.0%", "0.0%", "#,##0.00", "#,##0"]


def test_a_figure_is_a_share_where_its_row_says_so():
    frame = pd.DataFrame({"measure": ["NPS", "top box"], "value": [25.0, 0.7], "low": [20.0, 0.6]})
    _, value, low = columns_of(frame)
    assert value.formats == low.formats == ["#,##0.00", "0.0%"]
    assert shown("estimate", [0.1], Units(figures="share"))[1] == "0.0%"


def test_days_in_text_are_days_and_nothing_else_is():
    (by,) = columns_of(pd.DataFrame({"date": ["2026-12-31", "2026-Q1", "2024-W01", "20260101", "2026-13-01"]}))
    assert by.values == [dt.date(2026, 12, 31), "2026-Q1", "2024-W01", "20260101", "2026-13-01"]


def test_a_column_that_data_name_keeps_its_name():
    assert shown("wi_fi {x}", [0.5])[0] == "wi_fi {x}"
    assert not is_known("wi_fi")
    assert is_known("mean_low")
    assert is_known("12")


def test_a_table_may_have_heads_of_its_own():
    frame = pd.DataFrame({"mean": [300.0]})
    assert columns_of(frame, Units(), "retention")[0].head == "Days until silent, mean"
