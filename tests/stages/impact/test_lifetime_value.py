from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module

import numpy as np
import pandas as pd
import pytest

import cxlens as cx

MONTHS = pd.DataFrame({"months": [*range(1, 41), *range(21, 61)], "plan": ["a"] * 40 + ["b"] * 40, "left": 1})


def shop(seed: int = 1, customers: int = 500, growth: float = 1.0) -> pd.DataFrame:
    """Customers as BG/NBD has them: days, spend; from day 300 on they buy so many times as often."""
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(customers):
        day, rate, stops, spend = rng.uniform(0, 200), rng.gamma(2, 0.01), rng.beta(1, 6), rng.gamma(4, 10)
        while day < 400:
            rows.append((who, int(day), spend * rng.uniform(0.8, 1.2), "AB"[who % 2]))
            if rng.random() < stops:
                break
            day += rng.exponential(1 / (rate * (growth if day > 300 else 1)))
    frame = pd.DataFrame(rows, columns=["who", "day", "paid", "kind"])
    return frame.assign(day=pd.Timestamp("2023-01-01") + pd.to_timedelta(frame["day"], unit="D"))


COLUMNS = {"customer": "who", "time": "day", "value": "paid"}


@pytest.fixture(scope="module")
def steady() -> cx.lifetime_value:
    return cx.lifetime_value(shop(), by="kind", **COLUMNS)


def refusal(*asked: object, **options: object) -> str:
    with pytest.raises(cx.CxlensError) as refused:
        cx.lifetime_value(*asked, **options)
    return str(refused.value)


def test_gupta_and_lehmanns_value_with_the_interval_of_the_rate() -> None:
    found = cx.lifetime_value((0.75, 0.8, 0.85), margin=100)
    assert found.table.loc[0, ["value", "low", "high"]].tolist() == pytest.approx(
        [100 * r / (1.1 - r) for r in (0.8, 0.75, 0.85)]
    )
    assert str(cx.lifetime_value(0.8, margin=100)) == (
        "A customer is worth 267 over all periods to come, 2.67 times the margin; if 80.0 % stay from one of the "
        "periods to the next."
    )


def test_interest_of_a_retention_is_by_its_unit() -> None:
    stayed = cx.retention(MONTHS, tenure="months", left="left", by="plan")
    found = cx.lifetime_value(stayed, margin=10, discount=0.1)
    rate = stayed.table["rate"]
    interest = 1.1 ** (1 / 12) - 1
    assert found.table["value"].tolist() == pytest.approx((10 * rate / (1 + interest - rate)).tolist())
    assert (found.table["low"] < found.table["value"]).all()


def test_forecast_stands_beside_its_holdout(steady: cx.lifetime_value) -> None:
    assert steady.holds
    assert steady.degenerate == ""
    last = steady.holdout.iloc[-1]
    assert (
        f"in the last 90 days it would have forecast {last['forecast']:,.0f} purchases; {last['came']:,.0f} came"
        in str(steady)
    )
    assert str(steady).startswith("In the next 365 days customers so far are forecast to make ")
    low, high = steady.ends
    assert f" [{low:,.0f}, {high:,.0f}] purchases, worth " in str(steady)
    table = steady.table
    assert (table["purchases_low"] < table["purchases"]).all()
    assert (table["purchases"] < table["purchases_high"]).all()
    widths = table["purchases_high"] - table["purchases_low"]
    assert high - low < widths.sum() + 1e-9
    assert "Interval of purchases: 95 %, if nobody's habits change; what a purchase is worth has none." in steady.note
    assert table["forecast"].sum() == pytest.approx(last["forecast"])
    assert table["came"].sum() == last["came"]
    assert table["total"].sum() == pytest.approx((table["purchases"] * table["spend"]).sum())
    assert table["n"].sum() == 500


def test_a_forecast_that_fails_is_said_first() -> None:
    found = cx.lifetime_value(shop(growth=4.0), horizon=90, **COLUMNS)
    assert not found.holds
    assert str(found).startswith("The forecast of purchases cannot be relied on: in the last 90 days it would have ")


def test_small_segments_are_blank() -> None:
    rows = shop(customers=200)
    rows["kind"] = np.where(rows["who"] < 3, "C", rows["kind"])
    table = cx.lifetime_value(rows, by="kind", **COLUMNS).table.set_index("segment")
    assert table.loc["C"].isna().all()
    assert table["n"].isna().sum() == 2


def test_purchases_of_a_retention_are_read_once(steady: cx.lifetime_value) -> None:
    stayed = cx.retention(shop(), by="kind", **COLUMNS)
    again = cx.lifetime_value(stayed)
    pd.testing.assert_frame_equal(again.table, steady.table)
    assert refusal(stayed, margin=10) == (
        "lifetime_value: who falls silent has not left for certain, so purchases have no retention rate. "
        "Leave margin= out: purchases to come are forecast instead."
    )


def test_sentences_are_plain(faults: Callable[[str], list[str]], steady: cx.lifetime_value) -> None:
    stayed = cx.retention(MONTHS, tenure="months", left="left", by="plan")
    for result in (steady, cx.lifetime_value(stayed, margin=10), cx.lifetime_value(0.8, margin=10)):
        assert faults(str(result)) == []
        assert faults(result.note) == []


def by_plan(frame: pd.DataFrame = MONTHS, **options: object) -> cx.lifetime_value:
    return cx.lifetime_value(cx.retention(frame, tenure="months", left="left", by="plan"), margin=10, **options)


def test_segments_are_told_from_what_to_what() -> None:
    assert str(by_plan()) == (
        "A customer is worth from 171 to 301 over all months to come: a (171 [130, 229], n = 40), b (301 [236, 386], "
        "n = 40); if 95.2 % to 97.6 % stay from one of the months to the next. Whether groups by plan differ is not "
        "tested here."
    )
    assert by_plan().finding.title == "A customer is worth from 171 to 301 over all months to come: a (171), b (301)"


def test_ends_of_the_range_have_their_own_numbers_of_customers() -> None:
    """Between them a group that is neither; beside them one that is too small to be shown."""
    middle = MONTHS.assign(months=range(11, 91), plan="m")
    found = by_plan(pd.concat([MONTHS, middle, MONTHS[:3].assign(plan="few")]))
    hidden = found.table[found.table["n"].isna()]
    assert hidden["value"].isna().all()
    assert "few" in set(hidden["segment"])
    named = [item.name for item in found.finding.items]
    shown = found.table.dropna(subset="n").set_index("segment")
    assert named == [shown["value"].idxmin(), shown["value"].idxmax()]
    assert [item.certainty for item in found.finding.items] == [f"n = {shown.loc[name, 'n']}" for name in named]


def test_of_segments_alike_none_is_claimed_to_be_worth_more() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        months = rng.exponential(20, 120)
        frame = pd.DataFrame({"months": months, "left": 1, "plan": rng.permutation(list("ab") * 60)})
        told = str(by_plan(frame))
        assert told.endswith("Whether groups by plan differ is not tested here.")
        assert not re.search("clearly|most|more than|dearest|best", told)


def test_who_was_never_asked_is_no_end_of_the_range() -> None:
    found = by_plan(pd.concat([MONTHS, MONTHS.assign(plan=None, months=MONTHS["months"] * 3)]))
    assert "not stated" in set(found.table["segment"])
    assert [item.name for item in found.finding.items] == ["a", "b"]


def test_one_segment_that_may_be_told_stands_alone_with_its_customers() -> None:
    few_left = MONTHS.assign(left=[1] * 40 + [1] * 3 + [0] * 37)
    told = str(by_plan(few_left))
    assert told.startswith("A customer of a is worth 171 [130, 229] over all months to come, 17.13 times the margin;")
    assert told.endswith(" n = 40.")


def test_level_is_that_of_the_retention_or_as_asked() -> None:
    stayed = cx.retention(MONTHS, tenure="months", left="left", level=0.8)
    own = cx.lifetime_value(stayed, margin=10)
    assert own.level == 0.8
    assert own.table.loc[0, "retention_low"] == stayed.table.loc[0, "rate_low"]
    wider = cx.lifetime_value(stayed, margin=10, level=0.95)
    at_95 = cx.retention(MONTHS, tenure="months", left="left")
    assert wider.table.loc[0, "retention_low"] == at_95.table.loc[0, "rate_low"]
    assert "Intervals: 95 %, of retention alone." in wider.note


def test_a_margin_is_needed_of_a_rate() -> None:
    assert refusal(0.8) == "lifetime_value of a retention rate needs margin=, the money a customer earns a period."
    stayed = cx.retention(MONTHS, tenure="months", left="left")
    assert refusal(stayed) == "lifetime_value of a table of tenures needs margin=, the money a customer earns a unit."


def test_nobody_who_left_and_no_interest_have_no_end() -> None:
    staying = MONTHS.assign(left=(MONTHS["plan"] == "a").astype(int))
    stay = cx.retention(staying, tenure="months", left="left", by="plan")
    assert refusal(stay, margin=10, discount=0) == (
        "nobody of 'b' left in the time followed, so without interest a customer's value has no end. Give discount= "
        "above 0, such as 0.1, or follow them for longer."
    )
    assert np.isfinite(cx.lifetime_value(stay, margin=10, discount=0.1).table["value"]).all()
    leaving = cx.retention(MONTHS, tenure="months", left="left", by="plan")
    assert np.isfinite(cx.lifetime_value(leaving, margin=10, discount=0).table["high"]).all()


@pytest.mark.parametrize("margin", [0, -3.5])
def test_a_margin_is_above_0(margin: float) -> None:
    assert refusal(0.8, margin=margin) == (
        f"margin must be above 0; you gave {margin:g}. It is what a customer earns, cost taken off."
    )


def test_a_margin_is_a_number() -> None:
    assert refusal(0.8, margin="10") == "margin must be a number, found the text '10'. Give 10, without quotes."


def test_of_purchases_there_is_no_margin() -> None:
    assert refusal(shop(), margin=100, **COLUMNS) == (
        "margin= goes with a retention rate. Leave it out: of purchases it is known what was paid."
    )


@pytest.mark.parametrize(
    ("options", "idle"),
    [
        ({"horizon": 90}, "horizon=. Leave it out."),
        ({"holdout": 30, "horizon": 90}, "horizon=, holdout=. Leave them out."),
        ({"by": "plan"}, "by=. Leave it out."),
        ({"level": 0.9}, "level=. Leave it out."),
        (COLUMNS, "customer=, time=, value=. Leave them out."),
        ({"unknown": ["NA"]}, "unknown=. Leave it out."),
    ],
)
def test_options_that_do_nothing_with_a_rate_are_refused(options: dict[str, object], idle: str) -> None:
    assert refusal(0.8, margin=10, **options) == f"lifetime_value of a retention rate has no use for {idle}"


def test_options_that_do_nothing_with_tenures_or_purchases_are_refused() -> None:
    stayed = cx.retention(MONTHS, tenure="months", left="left")
    assert refusal(stayed, margin=10, by="plan", horizon=90) == (
        "lifetime_value of a table of tenures has no use for by=, horizon=. Leave them out. Its groups are those of "
        "cx.retention(..., by=)."
    )
    assert refusal(stayed, margin=10, holdout=30) == (
        "lifetime_value of a table of tenures has no use for holdout=. Leave it out."
    )
    assert refusal(shop(), discount=0.2, **COLUMNS) == (
        "lifetime_value of purchases has no use for discount=. Leave it out."
    )


def test_rates_are_shares() -> None:
    assert refusal(1.2, margin=10) == (
        "a retention rate is a share from 0 to below 1, or low, likely and high in turn; you gave 1.2."
    )
    assert refusal((0.1, 0.2), margin=1) == "the retention rate has 2 numbers. Give one, or low, likely and high."


def test_interest_is_0_or_more() -> None:
    assert refusal(0.8, margin=1, discount=-1) == "discount must be 0 or more a year; you gave -1. 0.1 is 10 %."


def test_a_rate_of_few_leavers_is_not_told() -> None:
    few = pd.DataFrame({"months": [1, 2, 3] + [30] * 17, "left": [1] * 3 + [0] * 17})
    assert refusal(cx.retention(few, tenure="months", left="left"), margin=10) == (
        "in every group fewer than 5 customers left, or fewer than 5 stayed, so no retention rate may be shown. Follow "
        "more customers, or for longer."
    )


def test_units_of_time_are_those_of_a_calendar() -> None:
    stayed = cx.retention(MONTHS.rename(columns={"months": "T"}), tenure="T", left="left")
    assert refusal(stayed, margin=3) == (
        "lifetime_value cannot tell how long units of 'T' are. Name the column of tenures days, weeks, months, "
        "quarters or years."
    )


def test_spans_are_days_within_the_record() -> None:
    assert refusal(shop(), horizon=0, **COLUMNS) == "horizon must be 1 day or more; you gave 0."
    assert refusal(shop(), holdout=200, **COLUMNS).startswith(
        "a holdout of 200 days needs a record of 600 days; this one has "
    )


def test_purchases_have_to_tell_something() -> None:
    few = shop()
    few = few[few["who"] < 4]
    assert refusal(few, **COLUMNS) == "lifetime_value needs 5 customers or more; there are fewer."
    once = shop().drop_duplicates("who")
    assert refusal(once, holdout=60, **COLUMNS) == (
        "nobody of 500 customers bought on two days, so there is nothing to forecast from. Give a longer record."
    )
    read = cx.retention(shop(), **COLUMNS).purchases
    assert refusal(read, by="kind") == (
        "by='kind' is no segment of these purchases. Name it when they are read: segments=['kind']."
    )


def test_uci_online_retail_fails_its_holdout_and_says_so(online_retail: pd.DataFrame) -> None:
    found = cx.lifetime_value(online_retail, customer="CustomerID", time="InvoiceDate", value="paid")
    assert str(found) == (
        "The forecast of purchases cannot be relied on: in the last 90 days it would have forecast 3,326 purchases; "
        "4,482 came. The fit is degenerate (a = 0.0034): by it hardly anybody ever stops buying, which so short a "
        "record cannot tell. n = 4,338."
    )


def test_a_forecast_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the parameters run to depends on the machine; what then has no forecast is never told."""
    module = import_module("cxlens.stages.impact.forecast_purchases")
    monkeypatch.setattr(module, "purchases_to_come", lambda *of: np.full(len(of[1].repeats), np.nan))
    assert refusal(shop(), **COLUMNS) == (
        "the model of purchases has no forecast here: customers buy so regularly, or so much alike, that its "
        "parameters run to an edge. Count what they bought instead: retention(...).cohort_view()."
    )


def test_customers_who_are_all_alike_have_no_forecast_or_a_degenerate_one() -> None:
    rows = [
        (f"a{c}", pd.Timestamp("2023-01-01") + pd.Timedelta(days=30 * k + c % 28))
        for c in range(200)
        for k in range(13)
    ]
    monthly = pd.DataFrame(rows, columns=["who", "when"]).assign(paid=9.0)
    try:
        told = str(cx.lifetime_value(monthly, customer="who", time="when", value="paid"))
    except cx.CxlensError as refused:
        told = str(refused)
    assert "The fit is degenerate" in told or told.startswith("the model of purchases has no forecast here: ")
