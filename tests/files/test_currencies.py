"""Currencies of sheets."""

from __future__ import annotations

import pytest

from cxlens.files.currencies import currency_of_format


@pytest.mark.parametrize(
    ("number_format", "currency"),
    [
        ('#,##0.00\\ "€"', "EUR"),
        ("[$€-407]#,##0", "EUR"),
        ("[$CHF-807] #,##0", "CHF"),
        ("$#,##0_);($#,##0)", "$"),
        ('0.0 "weeks"', ""),
        ("General", ""),
        ("", ""),
    ],
)
def test_the_currency_with_which_a_sheet_shows_a_number(number_format, currency) -> None:
    assert currency_of_format(number_format) == currency
