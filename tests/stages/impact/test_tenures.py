from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.impact.tenures import of_purchases, of_table
from cxlens.study.purchases import Purchases

STAYED = pd.DataFrame({"months": [1, 2, 3, 4, 5.5], "left": [1, 0, 1, 0, 1], "plan": ["a", "b", "a", None, "b"]})


def refusal(frame: pd.DataFrame) -> str:
    with pytest.raises(cx.CxlensError) as refused:
        of_table(frame, "months", "left", None)
    return str(refused.value)


def test_table_of_tenures() -> None:
    found = of_table(STAYED, "months", "left", "plan")
    assert found.time.tolist() == [1, 2, 3, 4, 5.5]
    assert found.left.tolist() == [True, False, True, False, True]
    assert found.group.tolist() == ["a", "b", "a", "not stated", "b"]
    assert (found.unit, found.verb, found.left_out) == ("months", "leave", "")
    assert of_table(STAYED.rename(columns={"months": "T"}), "T", "left", None).unit == "units of 'T'"


def test_blank_tenures_are_left_out_and_told() -> None:
    frame = pd.concat([STAYED] * 6).assign(months=[np.nan] * 6 + [3.0] * 24)
    assert of_table(frame, "months", "left", None).left_out == "Left out: 6 of 30 customers without a tenure or 'left'."


def test_negative_tenure_is_refused() -> None:
    assert refusal(STAYED.assign(months=[1, -3, 2, 4, -0.5])) == (
        "tenure column 'months' is below 0 in 2 of 5 rows: row 2 (-3.0), row 5 (-0.5). Rows are counted from 1, a "
        "header aside. Nobody leaves before arriving: correct the dates."
    )


def test_texts_are_refused() -> None:
    assert refusal(STAYED.assign(months=["£1,200.50", "2", "3", "4", "5"])) == (
        "tenure column 'months' is no plain number in 1 of 5 rows: row 1 (£1,200.50). Rows are counted from 1, a "
        "header aside. Correct them, or leave the cells empty."
    )
    assert refusal(STAYED.assign(left=[1, 0, 2, 0, 1])) == (
        "left column 'left' is neither 0 nor 1 in 1 of 5 rows: row 3 (2). Rows are counted from 1, a header aside. "
        "Write 1 for who left, 0 for who is still there."
    )
    assert "row 5 (?) and 1 more. Rows" in refusal(pd.concat([STAYED, STAYED[:1]]).assign(months="?"))


def purchases(days: dict[str, list[int]]) -> Purchases:
    rows = [(who, pd.Timestamp("2024-01-01") + pd.Timedelta(days=day)) for who, on in days.items() for day in on]
    return Purchases(pd.DataFrame(rows, columns=["who", "day"]), customer="who", time="day")


def test_silence_ends_a_tenure_and_others_are_censored() -> None:
    found = of_purchases(purchases({"a": [0, 10, 90], "b": [0, 20, 40, 60, 80], "c": [95, 100]}), None, 30)
    followed = sorted(zip(found.time, found.left, strict=True))
    assert followed == [(10, True), (69, False)]  # a after day 10; b until 31 days before the end; c came too late
    assert found.rule == "silent: no purchase for over 30 days, after which fewer than 5 customers came back"
    assert found.left_out.startswith("A silence is no proof of having left. Who bought before 2024-01-01, when the ")
    assert "Not counted: fewer than 5 who came too late to tell." in found.left_out


def regulars(customers: int, *, gone: int) -> dict[str, list[int]]:
    """Customers who wait 10 days eight times of ten, 60 twice; and others who bought twice and went for good."""
    waits = [10] * 8 + [60] * 2
    days = np.cumsum([0, *waits, *waits, *waits]).tolist()
    return {**{f"r{who}": days for who in range(customers)}, **{f"g{who}": [0, 10] for who in range(gone)}}


def test_regular_buyers_who_come_back_from_long_waits_are_not_silent() -> None:
    bought = regulars(40, gone=60)
    found = of_purchases(purchases(bought), None, None)
    assert found.rule == "silent: no purchase for over 60 days, after which fewer than 5 customers came back"
    assert found.left.sum() == 60
    assert found.left_out.startswith("Of all waits of over 60 days fewer than 5 in 100 end. A silence is no proof of ")
    some = of_purchases(purchases(bought), None, 30)
    assert some.rule == "silent: no purchase for over 30 days, after which 40 % of customers came back"


def test_where_waits_do_not_tell_who_is_gone_it_is_what_nine_of_ten_waits_are_within() -> None:
    waits = {f"c{wait}": [0, wait] for wait in range(1, 11)}
    found = of_purchases(purchases({**waits, "late": [200]}), None, None)  # fewer than 20 were silent for long
    assert "over 10 days" in found.rule
    assert found.left_out.startswith("Of waits between two purchases nine of ten are no longer than 10 days. ")


def test_a_silence_is_no_shorter_than_the_waits_of_those_who_buy_again() -> None:
    once = {f"o{who}": [0] for who in range(900)}  # of all hardly anybody ever comes back
    assert "over 10 days" in of_purchases(purchases({**once, **regulars(0, gone=40), "late": [200]}), None, None).rule


def test_purchases_that_tell_no_silence_are_refused() -> None:
    with pytest.raises(cx.CxlensError) as refused:
        of_purchases(purchases({f"c{k}": [k] for k in range(20)}), None, None)
    assert str(refused.value) == (
        "nobody of 20 customers bought on two days, so the purchases do not tell what a long silence is. "
        "Give it: silent=90 (days)."
    )
    with pytest.raises(cx.CxlensError) as refused:
        of_purchases(purchases({"a": [0, 5], "b": [9]}), None, 30)
    assert str(refused.value) == (
        "every customer first bought within the last 30 days, so nobody can be silent for longer. Give silent= fewer "
        "days, or a longer record."
    )
