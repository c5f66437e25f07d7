"""Amounts of money: what is read, and which text may be two numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlens.errors import ValuesError
from cxlens.files.money import Amount, amount_of, money_number, plain_number
from cxlens.files.tables import unmistakable


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("120.000 EUR", Amount("120.000", "EUR")),
        ("US$5", Amount("5", "USD")),
        ("5$", Amount("5", "$")),
        ("kr 5", Amount("5", "kr")),
        ("5 people", Amount("5 people", "")),
        ("EUR", Amount("EUR", "")),
        (5, Amount(5, "")),
    ],
)
def test_the_currency_beside_the_figures(cell, amount) -> None:
    assert amount_of(cell) == amount


@pytest.mark.parametrize("text", ["120.000", "1,200", "-1.500"])
def test_what_may_be_two_numbers(text) -> None:
    with pytest.raises(ValuesError, match="which may be"):
        plain_number("volume", text)


def test_money_with_three_decimals_is_asked_about() -> None:
    with pytest.raises(ValuesError) as error:
        money_number("cost", Amount("120.500", "KWD"), "KWD")
    assert str(error.value) == "cost is '120.500', which may be 120.5 or 120,500. Write 120500 or 120.5."


@pytest.mark.parametrize("text", ["0.125", "0,125", "+0.125"])
def test_no_thousands_begin_with_a_nought(text) -> None:
    assert money_number("cost", Amount(text, "EUR"), "EUR") == 0.125


@pytest.mark.parametrize("text", ["0.120.000", "0,120.5", "0 120"])
def test_groups_behind_a_nought_are_no_number(text) -> None:
    with pytest.raises(ValuesError) as error:
        money_number("cost", Amount(text, "EUR"), "EUR")
    assert str(error.value) == f"cost must be a number, found {text!r}. Write figures only, with a decimal point."


@given(st.integers(-9999, 9999))
def test_thousandths_are_read_as_we_write_them(thousandths) -> None:
    value = thousandths / 1000
    assert plain_number("cost", unmistakable(value)) == value
    assert money_number("cost", Amount(unmistakable(value), "EUR"), "EUR") == value


@given(st.floats(-1e9, 1e9))
def test_what_we_write_is_read_as_one_number(value) -> None:
    assert plain_number("cost", unmistakable(value)) == value
    assert money_number("cost", Amount(unmistakable(value), "EUR"), "EUR") == value
