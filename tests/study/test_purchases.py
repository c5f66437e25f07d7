from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine.purchases import Columns
from cxlens.study.purchases import Purchases, as_purchases

TILL = pd.DataFrame(
    {
        "who": ["007", "007", "007", None, "8"],
        "when": ["2024-01-03 10:00", "2024-01-03 12:00", "2024-02-01", "2024-01-09", "2024-03-01"],
        "paid": [5, 2.5, 4, 9, -3],
        "plan": ["a", "b", "b", "a", "a"],
    }
)


NONE = Columns("", "", None, (), ())


def till(**changed: object) -> pd.DataFrame:
    return TILL.assign(**changed)


def read(data: object = TILL, **columns: object) -> Purchases:
    return Purchases(data, **{"customer": "who", "time": "when", "value": "paid", **columns})


def test_table_has_a_row_a_customer() -> None:
    expected = pd.DataFrame(
        {
            "first": pd.to_datetime(["2024-01-03"]).astype("M8[s]"),
            "last": pd.to_datetime(["2024-02-01"]).astype("M8[s]"),
            "purchases": [2],
            "spent": [11.5],
            "plan": pd.Categorical(["a"], ["a", "b"]),
        }
    )
    pd.testing.assert_frame_equal(read(segments=["plan"]).table, expected)


def test_what_is_left_out_is_told() -> None:
    many = pd.concat([TILL] * 6)
    assert repr(read(many)) == (
        "Fewer than 5 customers bought, 2024-01-03 to 2024-03-01. "
        "Left out of 30 rows: 6 of unknown customers; 6 of 0 or less (-18.00)."
    )
    blank = many.assign(paid=many["paid"].mask(many["paid"] == -3))
    assert read(blank).left_out == "Left out of 30 rows: 6 of unknown customers; 6 without a number in 'paid'."
    assert read(many, unknown=["007"], value=None).left_out == "Left out of 30 rows: 24 of unknown customers."
    assert read(TILL[:3]).left_out == ""


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_read_like_frames(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"till.{ending}"
    if ending == "csv":
        TILL.to_csv(path, index=False)
    else:
        till(when=pd.to_datetime(TILL["when"], format="ISO8601")).to_parquet(path)
    from_file, from_frame = read(path, segments=["plan"]), read(segments=["plan"])
    pd.testing.assert_frame_equal(from_file.table, from_frame.table)
    assert from_file.counts == from_frame.counts


def test_an_id_that_reads_na_is_an_id_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "till.csv"
    till(who=["NA", "007", "7", "", "NA"], paid=1).to_csv(path, index=False)
    assert read(path).n == 3
    assert read(path, unknown=["NA"]).n == 2


def test_days_as_people_write_them_and_with_zones() -> None:
    written = ["26/03/2024", "27/03/2024", "28/03/2024", "29/03/2024", "30/03/2024"]
    assert str(read(till(when=written)).span[0]) == "2024-03-26"
    zoned = pd.to_datetime(["2024-01-01T00:30+02:00"] * 5)
    assert str(read(till(when=zoned)).span[0]) == "2023-12-31"


def message(data: object, **columns: object) -> str:
    with pytest.raises(cx.CxlensError) as refused:
        read(data, **columns)
    return str(refused.value)


def test_currency_text_is_refused_with_its_entries() -> None:
    assert message(till(paid=["£1,200.50", "3", "4 EUR", "5", "6"])) == (
        "value column 'paid' has no plain number in 2 of 5 rows: row 1 ('£1,200.50'), row 3 ('4 EUR'). "
        "Rows are counted from 1, a header aside. Write 1200.50 for '£1,200.50', all in one currency."
    )
    assert message(till(paid=["free", "a", "b", "c", "d"])).endswith(
        "row 5 ('d'). Rows are counted from 1, a header aside. Correct them, or leave the cells empty."
    )
    many = pd.concat([till(paid="?")] * 2)
    assert "in 10 of 10 rows: " in message(many)
    assert "row 5 ('?') and 5 more. Rows" in message(many)


def test_currency_text_in_a_parquet_file_is_refused_alike(tmp_path: Path) -> None:
    path = tmp_path / "till.parquet"
    till(paid=["£3.50"] * 5).to_parquet(path)
    assert message(path).endswith("Write 3.50 for '£3.50', all in one currency.")


def test_times_that_are_none_are_refused() -> None:
    odd = ["2024-01-03", "soon", None, "2024-01-09", "2024-03-01"]
    assert message(till(when=odd)) == (
        "time column 'when' has no date in 2 of 5 rows: row 2 ('soon'), row 3 (empty). Rows are counted from 1, a "
        "header aside. Write dates as 2024-05-31; correct these rows, or drop them."
    )
    assert "has no date in 5 of 5 rows: row 1 (20240101)" in message(till(when=20240101))
    assert message(till(when=["01/02/2024"] * 5)).startswith("the dates of 'when' can be read in two ways")


def test_nothing_left_is_refused() -> None:
    assert message(pd.concat([till(paid=-1.0)] * 5)) == (
        "no purchase is left. Left out of 25 rows: 5 of unknown customers; 20 of 0 or less (-20.00). "
        "Check customer=, value= and unknown=."
    )
    assert message(TILL[:0]) == "the purchases have no rows. Check the filter or the file they come from."


def test_columns_are_refused() -> None:
    assert message(TILL, customer="whom").startswith("customer column 'whom' is not in the data.")
    assert message(TILL.rename(columns={"plan": "first"}), segments=["first"]) == (
        "segment column 'first' has the name of a column of the table of customers. Rename it; taken are: first, last, "
        "purchases, spent."
    )


def test_verbs_ask_for_columns_or_none() -> None:
    bought = read()
    assert as_purchases(bought, "retention", NONE) is bought
    with pytest.raises(cx.CxlensError) as refused:
        as_purchases(bought, "retention", Columns("who", "", None, (), ()))
    assert str(refused.value) == "retention: a Purchases knows its columns. Leave out customer=."
    with pytest.raises(cx.CxlensError) as refused:
        as_purchases(TILL, "retention", Columns("who", "", None, (), ()))
    assert str(refused.value) == (
        "retention needs to know who bought when. Name the columns: time= (and value=, a column of what was paid)."
    )
    assert as_purchases(TILL, "retention", Columns("who", "when", "paid", (), ())).n == 1


def test_one_customer_with_far_more_rows_than_the_next_is_told() -> None:
    many = pd.DataFrame({"who": ["guest"] * 60 + list("abcdefghijk"), "when": "2024-01-05", "paid": 1})
    with pytest.warns(UserWarning, match="stands in 60 rows") as warned:
        read(many)
    assert str(warned[0].message) == (
        "customer column 'who': 'guest' stands in 60 rows, the next id in 1. If it stands for nobody, say so: "
        "unknown=['guest']."
    )
    assert read(many, unknown=["guest"]).n == 11


class Log(cx.JourneyLog):
    """A log whose table is given."""

    __slots__ = ()
    shown: pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        return self.shown


def log(table: pd.DataFrame, **columns: str) -> Log:
    events = pd.DataFrame({"who": ["a"], "met": ["x"], "nr": [1], "paid": [1.0], "done": [1]})
    found = Log(events, customer="who", touchpoint="met", order="nr", **columns)
    Log.shown = table
    return found


def test_purchases_of_a_log_are_events_with_a_value_or_ends_with_the_outcome() -> None:
    when = pd.to_datetime(["2024-01-01", "2024-01-02", "2024-02-01", "2024-02-05"])
    table = pd.DataFrame(
        {
            "customer": list("aaab"),
            "episode": [1, 1, 2, 1],
            "time": when,
            "value": [np.nan, 3.0, np.nan, 4.0],
            "outcome": [True, True, True, False],
        }
    )
    valued = as_purchases(log(table, value="paid"), "retention", NONE)
    assert sorted(valued.table["spent"]) == [3, 4]
    ended = as_purchases(log(table, outcome="done"), "retention", NONE)
    assert ended.table["purchases"].tolist() == [2]
    with pytest.raises(cx.CxlensError, match=re.escape("nothing in this log says which events are purchases")):
        as_purchases(log(table), "retention", NONE)
    with pytest.raises(cx.CxlensError) as refused:
        as_purchases(log(table.drop(columns="time"), value="paid"), "retention", NONE)
    assert str(refused.value) == (
        "retention needs the times of purchases, which this log does not keep. "
        "Give the events themselves: a path or a frame, with customer= and time=."
    )


def test_uci_online_retail(online_retail: pd.DataFrame) -> None:
    columns = {"customer": "CustomerID", "time": "InvoiceDate"}
    cleaned = Purchases(online_retail, value="paid", **columns)
    assert cleaned.n == 4338
    assert cleaned.bought.spent.sum() == pytest.approx(8_911_407.90, abs=0.01)
    invoices = online_retail.drop_duplicates("InvoiceNo")
    assert Purchases(invoices, **columns).left_out == "Left out of 25,900 rows: 3,710 of unknown customers."
