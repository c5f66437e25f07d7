"""One figure for lift, effort and cost; currencies; what is refused rather than guessed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlens.errors import CxlensError, ValuesError
from cxlens.study.initiatives import read_initiatives, write_initiatives
from cxlens.study.ranges import currency_in, in_money, money_range, short_money, told_assumed, with_currency

KNOWN = ("Security", "Wi-Fi", "Signs")
ONE = {"name": "Queue", "touchpoints": "Security", "lift": 0.2, "effort": 4}
OTHER = {**ONE, "name": "Screens"}
THING = "initiative 'Queue'"


def read(*rows):
    return read_initiatives(pd.DataFrame(list(rows)), KNOWN)


def ends(row, what):
    return row[[f"{what}_low", f"{what}_likely", f"{what}_high"]].tolist()


def test_one_figure_is_enough() -> None:
    row = read({**ONE, "cost": 100}).loc[0]
    for what, given in (("lift", 0.2), ("effort", 4), ("cost", 100)):
        assert ends(row, what) == pytest.approx([given / 2, given, 1.5 * given])
        assert np.mean(ends(row, what)) == pytest.approx(given)  # a triangle's mean: what is expected is the figure
    assert row["assumed"] == ("lift", "effort", "cost")


def test_the_likely_one_alone_is_one_figure() -> None:
    row = read({"name": "a", "touchpoints": "Signs", "lift_likely": -0.2, "effort_likely": 4, "cost_likely": 0}).loc[0]
    assert ends(row, "lift") == pytest.approx([-0.3, -0.2, -0.1])
    assert ends(row, "effort") == [2, 4, 6]
    assert ends(row, "cost") == [0, 0, 0]


def test_a_lift_may_be_a_word_under_its_short_name() -> None:
    row = read({**ONE, "lift": "to standard"}).loc[0]
    assert row["to_standard"]
    assert np.isnan(row["lift_likely"])
    assert row["assumed"] == ("effort",)


def test_three_numbers_are_no_assumption_even_if_they_are_half_around() -> None:
    row = read({"name": "a", "touchpoints": "Signs", "lift": 1, "effort_low": 2, "effort_likely": 4, "effort_high": 6})
    assert row.loc[0, "assumed"] == ("lift",)


def test_what_is_assumed_stays_so_until_the_range_is_given(tmp_path) -> None:
    first = read({**ONE, "cost": "120.000 EUR"}, {**OTHER, "cost": "90.000 EUR"})
    pd.testing.assert_frame_equal(read_initiatives(first, KNOWN), first)
    path = tmp_path / "plan.csv"
    write_initiatives(first, path)
    assert path.read_text(encoding="utf-8").splitlines() == [
        "name,touchpoints,lift_low,lift_likely,lift_high,effort_low,effort_likely,effort_high,cost_likely,currency",
        "Queue,Security,,0.2,,,4,,120000,EUR",
        "Screens,Security,,0.2,,,4,,90000,EUR",
    ]
    pd.testing.assert_frame_equal(read_initiatives(path, KNOWN), first)
    changed = first.assign(effort_high=9)
    assert read_initiatives(changed, KNOWN).loc[0, "assumed"] == ("lift", "cost")


@pytest.mark.parametrize(
    ("cost", "currency", "likely"),
    [
        ("120.000 EUR", "EUR", 120_000),
        ("120.000 €", "EUR", 120_000),
        ("€ 120,000", "EUR", 120_000),
        ("EUR120000", "EUR", 120_000),
        ("eur 1.200.000,50", "EUR", 1_200_000.5),
        ("$1,200", "$", 1200),
        ("US$ 1,200.75", "USD", 1200.75),
        ("£0.5", "GBP", 0.5),
        ("1'200 CHF", "CHF", 1200),
        ("1\u00a0200\u00a0000 kr", "kr", 1_200_000),
        ("12,5 EUR", "EUR", 12.5),
        ("120000", "", 120_000),
        ("1.200.000", "", 1_200_000),
        ("1,200,000", "", 1_200_000),
        ("1.200,50", "", 1200.5),
        ("0.125", "", 0.125),
        (120.125, "", 120.125),
    ],
)
def test_costs_as_people_write_them(cost, currency, likely, tmp_path) -> None:
    frame = read({**ONE, "cost": cost})
    assert frame.loc[0, ["currency", "cost_likely"]].tolist() == [currency, likely]
    write_initiatives(frame, tmp_path / "plan.csv")
    pd.testing.assert_frame_equal(read_initiatives(tmp_path / "plan.csv", KNOWN), frame)


def test_a_currency_of_one_cell_or_a_column_holds_for_the_row() -> None:
    cells = {"cost_low": "90.000", "cost_likely": "100.000 EUR", "cost_high": 150_000}
    assert ends(read({**ONE, **cells}).loc[0], "cost") == [90_000, 100_000, 150_000]
    assert read({**ONE, "cost": "100.000", "currency": "€"}).loc[0, ["currency", "cost_likely"]].tolist() == [
        "EUR",
        100_000,
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cost": "120.000"},
         ": cost is '120.000', which may be 120 or 120,000. Write 120000 or 120, or name the currency: '120.000 EUR'."),
        ({"cost": "120,000"},
         ": cost is '120,000', which may be 120 or 120,000. Write 120000 or 120, or name the currency: '120,000 EUR'."),
        ({"cost": "1.500 KWD"}, ": cost is '1.500', which may be 1.5 or 1,500. Write 1500 or 1.5."),
        ({"effort": "1.500"}, ": effort is '1.500', which may be 1.5 or 1,500. Write 1500 or 1.5."),
        ({"cost": "about 5"}, ": cost must be a number, found 'about 5'. Write figures only, with a decimal point."),
        ({"cost_low": "5 EUR", "cost_likely": "6 $", "cost_high": 7},
         ": its cost is in $, EUR. Give it in one currency."),
        ({"cost": "5 EUR", "currency": "USD"}, ": its cost is in EUR, USD. Give it in one currency."),
        ({"cost": 5, "currency": "thousand"},
         ": currency is 'thousand'. Write its code or sign, such as EUR or $."),
        ({"lift_low": 0.1}, " gives both lift and lift_low. Keep one of them."),
        ({"effort": ""},
         ": effort has no figure. Give low, likely and high, or one figure alone: half of it to one and a "
         "half times is then taken."),
        ({"cost": -5}, ": cost is out of order: low -7.5, likely -5, high -2.5. Give 0 <= low <= likely <= high."),
    ],
)  # fmt: skip
def test_what_may_be_two_things_is_refused(changes, message) -> None:
    with pytest.raises(CxlensError) as error:
        read({**ONE, **changes})
    assert str(error.value) == THING + message


@pytest.mark.parametrize(("cost", "words"), [("5 $", "$"), (5, "no currency"), ("5 USD", "USD")])
def test_costs_of_a_list_are_in_one_currency(cost, words) -> None:
    with pytest.raises(CxlensError) as error:
        read({**ONE, "cost": "5 EUR"}, {**OTHER, "cost": cost})
    assert str(error.value) == (
        f"initiative 'Screens': its cost is in {words}, that of 'Queue' in EUR. Give all costs in one currency, such "
        "as in a column currency."
    )


def test_a_cost_for_each_place_is_in_the_same_currency() -> None:
    at_places = {**OTHER, "places": "all", "cost_per_place": "5 USD"}
    with pytest.raises(ValuesError) as error:
        read({**ONE, "cost": "5 EUR"}, at_places)
    assert str(error.value) == (
        "initiative 'Screens': its cost is in USD, that of 'Queue' in EUR. Give all costs in one currency, such as in "
        "a column currency."
    )


def test_what_has_no_cost_needs_no_currency() -> None:
    frame = read(ONE, {**OTHER, "cost": "5 EUR"})
    assert frame["currency"].tolist() == ["", "EUR"]
    assert currency_in(frame) == "EUR"


def test_a_sheet_keeps_its_currency(tmp_path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["name", "touchpoints", "lift", "effort", "cost"])
    book.active.append(["Queue", "Security", 1.125, 4, 120.125])
    book.active["E2"].number_format = '#,##0.00\\ "€"'
    book.save(tmp_path / "plan.xlsx")
    row = read_initiatives(tmp_path / "plan.xlsx", KNOWN).loc[0]
    assert row[["lift_likely", "cost_likely", "currency"]].tolist() == [1.125, 120.125, "EUR"]


def test_what_was_taken_is_told() -> None:
    assert told_assumed(read({**ONE, "cost": 5}, OTHER)) == (
        "One figure was given for lift of 2 initiatives, effort of 2 initiatives, cost of 1 initiative: half of it to "
        "one and a half times is its range."
    )
    at_places = {**OTHER, "places": "all", "cost_per_place": 5}
    assert told_assumed(read(at_places)) == (
        "One figure was given for lift of 1 initiative, effort of 1 initiative, cost per place of 1 initiative: half "
        "of it to one and a half times is its range."
    )
    whole = {f"{what}_{end}": 1 for what in ("lift", "effort") for end in ("low", "likely", "high")}
    assert told_assumed(read({"name": "a", "touchpoints": "Signs", **whole})) == ""


@pytest.mark.parametrize(
    ("currency", "words"), [("", "120,000"), ("EUR", "120,000 EUR"), ("$", "$120,000"), ("kr", "kr 120,000")]
)
def test_money_in_words(currency, words) -> None:
    assert in_money(120_000, currency) == words


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [
        (1_490_000, "$", "$1.49 million"),
        (955_556, "EUR", "956,000 EUR"),
        (999_999, "kr", "kr 1 million"),
        (23_456_789, "", "23.5 million"),
        (36_667, "", "36,700"),
        (0, "$", "$0"),
    ],
)
def test_money_as_people_say_it(value, currency, words) -> None:
    assert short_money(value, currency) == words


def test_a_range_of_money() -> None:
    assert money_range(1000, 3000, "EUR") == "1,000 to 3,000 EUR"
    assert money_range(1000, 3000, "$") == "$1,000 to $3,000"
    assert money_range(1000, 3000, "") == "1,000 to 3,000"


def test_costs_are_in_the_currency_of_the_study() -> None:
    costs = read({**ONE, "cost": 5}, OTHER)
    assert with_currency(costs, "$")["currency"].tolist() == ["$", ""]
    assert with_currency(costs, "") is costs
    own = read({**ONE, "cost": "5 EUR"})
    assert with_currency(own, "EUR") is own
    with pytest.raises(ValuesError) as error:
        with_currency(own, "USD")
    assert str(error.value) == "costs are in EUR, and the study is in USD. Give all money in one currency."


def test_a_polars_frame_is_a_list_too() -> None:
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame([{**ONE, "cost": 5}])
    assert ends(read_initiatives(frame, KNOWN).loc[0], "cost") == [2.5, 5, 7.5]
