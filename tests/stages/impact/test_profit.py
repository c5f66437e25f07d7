"""Profit by segment: figures by hand, known truth, what is hidden, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.stages.impact.profit import Span, profit
from cxlens.stats.skewed import skewed_mean_interval
from cxlens.study.parts import EventsPlan, PurchasesPlan, SurveyPlan

KINDS = [cx.Segment("Work", {"kind": "work"}, value=300, cost_to_serve=60)]
KINDS += [cx.Segment("Fun", {"kind": "fun"}, value=100, cost_to_serve=20)]
OLD = [cx.Segment("Old", {"age": (60, None)}, cost_to_serve=1)]


def bought(spent: dict[str, np.ndarray]) -> pd.DataFrame:
    """Everybody buys for 1 two years ago, and for so much now; 0 buys nothing now."""
    rows = []
    for kind, amounts in spent.items():
        for k, amount in enumerate(amounts):
            rows.append((f"{kind} {k}", "2023-06-01", 1.0, kind))
            if amount > 0:
                rows.append((f"{kind} {k}", "2025-06-01", amount, kind))
    rows.append(("the last", "2025-12-31", 5.0, "other"))
    return pd.DataFrame(rows, columns=["who", "day", "paid", "kind"])


def of_purchases(spent: dict[str, np.ndarray], segments=KINDS) -> cx.Study:
    plan = PurchasesPlan(bought(spent), customer="who", time="day", value="paid", segments=["kind"])
    return cx.Study("Shop", segments=segments, purchases_plan=plan)


def events(n: int = 6) -> pd.DataFrame:
    """Each met Desk twice and Web once; Desk costs 4, and each brings 10 for work, 7 for fun."""
    rows = []
    for kind, worth in (("work", 10.0), ("fun", 7.0)):
        for k in range(n):
            rows += [
                (f"{kind} {k}", met, nr, worth if nr == 0 else None, kind)
                for nr, met in enumerate(["Desk", "Web", "Desk"])
            ]
    return pd.DataFrame(rows, columns=["who", "met", "nr", "paid", "kind"])


def daily(first: str, last: str) -> pd.DataFrame:
    """Twelve customers who spend 1 each day, at the desk, from a moment on until another."""
    days = pd.date_range(first, last, freq="D")
    if days[-1] != pd.Timestamp(last):
        days = days.append(pd.DatetimeIndex([last]))
    everyone = pd.MultiIndex.from_product([[f"{kind} {k}" for kind in ("work", "fun") for k in range(6)], days])
    frame = everyone.to_frame(index=False, name=["who", "when"])
    return frame.assign(met="Desk", paid=1.0, kind=frame["who"].str.split().str[0])


def of_log(frame: pd.DataFrame, cost: float | None = 4.0, **options) -> cx.Study:
    """The study of a log, which has a clock where the frame has."""
    places = [cx.Touchpoint("Desk", stage="Way", cost_per_contact=cost), cx.Touchpoint("Web", stage="Way")]
    when = {"time": "when"} if "when" in frame else {"order": "nr"}
    plan = EventsPlan(frame, customer="who", touchpoint="met", value="paid", segments=["kind"], **when)
    told = {"segments": KINDS, "touchpoint_map": cx.TouchpointMap(places, cx.Lifecycle(["Way"])), "events_plan": plan}
    return cx.Study("Shop", **{**told, **options})


def test_what_is_stated_is_taken_and_said():
    result = profit(cx.Study("Shop", segments=KINDS))
    assert result.table[["segment", "value", "cost", "profit"]].to_numpy().tolist() == [
        ["Work", 300.0, 60.0, 240.0],
        ["Fun", 100.0, 20.0, 80.0],
    ]
    assert result.table[["n", "share", "profit_share"]].isna().all(axis=None)
    assert str(result) == "Work brings the most profit, 240 a customer a year; as the study states."
    assert result.note == (
        "Value: as the study states it, not measured. Cost to serve: as the study states it, not measured. "
        "Unexploited: how much less a customer brings than one of Work; lost: how much more it costs to serve one."
    )
    assert (result.value_from, result.cost_from, result.benchmark) == ("given", "given", "Work")


def test_both_gaps_add_up_to_the_gap_in_profit():
    for benchmark in ("Work", "Fun"):
        table = profit(cx.Study("Shop", segments=KINDS), benchmark=benchmark).table.set_index("segment")
        gap = table.loc[benchmark, "profit"] - table["profit"]
        assert (table["unexploited"] + table["lost"]).tolist() == gap.tolist()


def test_a_year_of_purchases_is_measured():
    """Only what was spent in the last year counts, also of those who bought nothing in it."""
    spent = {"work": np.r_[np.full(30, 400.0), np.full(10, 0.0)], "fun": np.arange(1.0, 41.0)}
    result = profit(of_purchases(spent))
    table = result.table.set_index("segment")
    assert table["value"].to_dict() == {"Work": 300.0, "Fun": 20.5}
    assert table["n"].to_dict() == {"Work": 40.0, "Fun": 40.0}
    assert table["profit"].to_dict() == {"Work": 240.0, "Fun": 0.5}
    assert table.loc["Fun", "profit_low"] == pytest.approx(table.loc["Fun", "value_low"] - 20)
    assert result.first_clear
    assert "clearly more than Fun" in str(result)
    assert result.weights.to_dict("list") == {
        "segment": ["work", "fun"],
        "profit": [240.0, 0.5],
        "low": result.table["profit_low"].tolist(),
        "high": result.table["profit_high"].tolist(),
        "level": [0.95, 0.95],
    }


def test_alike_segments_are_not_told_apart():
    rng = np.random.default_rng(3)
    amounts = rng.gamma(2, 50, 80)
    alike = [cx.Segment(name, {"kind": kind}, cost_to_serve=1) for name, kind in (("Work", "work"), ("Fun", "fun"))]
    result = profit(of_purchases({"work": amounts, "fun": amounts[::-1] + 0.5}, alike))
    assert result.first_clear is False
    assert str(result).startswith("Fun brings the most profit, ")
    assert "not clearly more than Work" in str(result)


def test_contacts_cost_what_the_map_says():
    result = profit(of_log(events()), cost="log", log_years=1)
    table = result.table.set_index("segment")
    assert table["value"].to_dict() == {"Work": 10.0, "Fun": 7.0}
    assert table["cost"].to_dict() == {"Work": 8.0, "Fun": 8.0}
    assert table["profit"].to_dict() == {"Work": 2.0, "Fun": -1.0}
    assert table["profit_share"].isna().all()
    half = profit(of_log(events()), cost="log", log_years=2).table.set_index("segment")
    assert half["profit"].to_dict() == {"Work": 1.0, "Fun": -0.5}


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2025-01-01", "2025-07-31", 212),
        ("2025-01-01", "2025-12-31", 365),
        ("2024-07-01 23:10", "2025-12-31 00:05", 549),
    ],
)
def test_a_log_tells_by_its_own_clock_how_many_years_it_covers(first: str, last: str, days: int):
    """Who spends 1 a day spends 365 a year, however long they were followed."""
    result = profit(of_log(daily(first, last)), cost="log")
    assert result.log_years == days / 365
    assert result.table["value"].tolist() == pytest.approx([365.0, 365.0])
    assert result.table["cost"].tolist() == pytest.approx([4 * 365.0, 4 * 365.0])


def test_the_years_of_a_log_are_told():
    half = daily("2025-01-01", "2025-07-31")
    told = " Years the log covers: 0.581, by its own clock; a year is taken to go on like it. "
    assert told in profit(of_log(half), cost="log").note
    assert " Years the log covers: 2, as given. " in profit(of_log(half), cost="log", log_years=2).note
    whole = profit(of_log(daily("2025-01-01", "2025-12-31")), cost="log")
    assert " Years the log covers: 1, by its own clock. " in whole.note


def test_who_is_asked_again_gets_the_same_years():
    study = of_log(daily("2025-01-01", "2025-07-31"))
    result = profit(study, cost="log")
    again = profit(study, **result.options)
    assert again.log_years == result.log_years
    pd.testing.assert_frame_equal(again.table, result.table)


def test_a_log_from_which_no_money_is_needs_no_clock():
    result = profit(of_log(events()), value="given", cost="given")
    assert np.isnan(result.log_years)
    assert "Years the log covers" not in result.note


def test_a_study_file_has_its_log_counted_by_the_clock(tmp_path):
    study = of_log(daily("2025-01-01", "2025-07-31"))
    study.to_toml(tmp_path / "study.toml")
    again = cx.Study.from_toml(tmp_path / "study.toml")
    assert profit(again, cost="log").table["value"].tolist() == pytest.approx([365.0, 365.0])


def test_value_and_cost_of_one_log_are_taken_customer_by_customer():
    """Where each brings just what serving costs, there is no doubt about the profit, whatever the spread of both."""
    frame = events(20)
    contacts = frame.groupby("who").cumcount() == 0
    frame["paid"] = np.where(contacts, 8.0, 0.0)
    more = frame[contacts].assign(nr=3, met="Desk", paid=4.0).iloc[::2]
    table = profit(of_log(pd.concat([frame, more])), cost="log", log_years=1).table
    assert (table["cost_high"] > table["cost_low"]).all()
    assert table[["profit", "profit_low", "profit_high"]].abs().max(axis=None) < 1e-12


def test_shares_are_those_of_the_weighted_answers():
    answers = pd.DataFrame({"q": [3, 4, 5], "overall": [3, 4, 5], "kind": ["work", "fun", "fun"], "w": [2.0, 1.0, 1.0]})
    plan = SurveyPlan(answers, touchpoints=["q"], outcome="overall", segments=["kind"], weight="w")
    table = profit(cx.Study("Shop", segments=KINDS, survey_plan=plan)).table.set_index("segment")
    assert table["share"].to_dict() == {"Work": 0.5, "Fun": 0.5}
    assert table["profit_share"].to_dict() == {"Work": 0.75, "Fun": 0.25}


def test_fewer_than_five_customers_are_hidden():
    three = [*KINDS, cx.Segment("Rest", {"kind": "rest"}, cost_to_serve=1)]
    spent = {"work": np.arange(1.0, 41.0), "fun": np.arange(1.0, 31.0), "rest": np.array([90.0, 80.0])}
    result = profit(of_purchases(spent, three))
    hidden = result.table["profit"].isna()
    assert set(result.table.loc[hidden, "segment"]) >= {"Rest"}
    figures = result.table.drop(columns=["segment", "share"])
    assert figures[hidden].isna().all(axis=None)
    assert "Rest" not in str(result)
    assert result.note.endswith("Blank: fewer than 5 customers, or hidden to protect people.")
    assert "rest" not in result.weights["segment"].tolist()
    result.plot()


def test_the_truth_of_the_airport_is_found():
    found = profit(cx.datasets.load_airport()).table.set_index("segment")
    truth = cx.datasets.airport_truth("spend").set_index("of")["truth"]
    for name, purpose in (("Business", "business"), ("Leisure", "leisure"), ("Visiting friends", "visiting friends")):
        assert found.loc[name, "value_low"] < truth[purpose] < found.loc[name, "value_high"], name
    assert found.index.tolist() == ["Business", "Leisure", "Visiting friends"]


def test_intervals_cover_and_alike_segments_are_rarely_told_apart():
    """Skewed spending, a third of customers having left: 95 % intervals, and a lead that is none is clear in 5 %."""
    rng = np.random.default_rng(7)
    alike = [cx.Segment(name, {"kind": kind}, cost_to_serve=0) for name, kind in (("Work", "work"), ("Fun", "fun"))]
    missed = 0
    clear = 0
    for _ in range(120):
        spent = {kind: rng.gamma(1.5, 100, 60) * (rng.random(60) < 2 / 3) for kind in ("work", "fun")}
        table = _table(spent)
        missed += sum(not span.low < 100 < span.high for span in table)
        first, second = sorted(table, key=lambda span: -span.value)
        clear += first.less(second).low > 0
    assert profit(of_purchases(spent, alike)).table["profit"].max() == pytest.approx(first.value)
    assert missed <= 20
    assert clear <= 13


def _table(spent: dict[str, np.ndarray]) -> list[Span]:
    return [Span(float(cases.mean()), *skewed_mean_interval(cases)) for cases in spent.values()]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: profit("a"), "profit works on a Study, not on a str. Make one: cx.Study.from_toml(path)."),
        (
            lambda: profit(cx.Study("Shop")),
            "profit is told by segment, and this study has none. Add [[segments]] with name and where.",
        ),
        (
            lambda: profit(cx.Study("Shop", segments=KINDS), benchmark="work"),
            "benchmark 'work' is not known here. Did you mean 'Work'? Segments: Work, Fun.",
        ),
        (
            lambda: profit(cx.Study("Shop", segments=[cx.Segment("Work", {"kind": "work"}, cost_to_serve=1)])),
            "value is not known of Work. Add value = ... to each of [[segments]].",
        ),
        (
            lambda: profit(cx.Study("Shop", segments=[cx.Segment("Work", {"kind": "work"}, value=1)])),
            "cost_to_serve is not known of Work. Add cost_to_serve = ... to each of [[segments]].",
        ),
        (
            lambda: profit(cx.Study("Shop", segments=KINDS), value="purchase"),
            "value='purchase' is not an option. Did you mean 'purchases'? Options: 'purchases', 'log', 'given'.",
        ),
        (
            lambda: profit(cx.Study("Shop", segments=KINDS), value="purchases"),
            "this study has no purchases. Add [purchases] to its TOML file, "
            "or Study(..., purchases_plan=PurchasesPlan(...)).",
        ),
        (
            lambda: profit(cx.Study("Shop", segments=KINDS), log_years=2),
            "log_years=2 says how long the log is, and no money is from it: value is from 'given', cost from 'given'. "
            "Leave log_years out, or give value='log' or cost='log'.",
        ),
        (
            lambda: profit(cx.Study("Shop", segments=KINDS), log_years=0),
            "log_years must be above 0; you gave 0.",
        ),
        (
            lambda: profit(of_log(events()), cost="log"),
            "the events have an order and no clock, so how many years they cover is not known. Say it: log_years=0.5 "
            "is half a year. Or name their times: time = ... under [events].",
        ),
        (
            lambda: profit(of_log(daily("2025-01-01 08:00", "2025-01-01 20:00")), cost="log"),
            "the events are all of one day, from which no year can be told. Say how many years they stand for, such as "
            "log_years=0.5, or give a longer log.",
        ),
        (
            lambda: profit(of_log(events(), cost=None), value="given", cost="log"),
            "cost='log': the map says of no touchpoint what a contact costs. Fill its column cost_per_contact.",
        ),
        (
            lambda: profit(of_log(events().drop(columns="paid"), events_plan=_without_value()), value="log"),
            "value='log': the events have no values. Add value = ..., their column, under [events].",
        ),
        (
            lambda: profit(cx.Study("Shop", segments=KINDS, purchases_plan=_without_paid()), value="purchases"),
            "value='purchases': what was paid is not known. Add value = ..., its column, under [purchases].",
        ),
        (
            lambda: profit(of_purchases({"work": np.ones(9)}, OLD)),
            "segment 'Old' is told by 'age', which is not known of customers in the purchases. Add it to "
            "segments under [purchases].",
        ),
        (
            lambda: profit(cx.Study("Shop", segments=KINDS, purchases_plan=_young())),
            "value='purchases': they cover 30 days, so nobody was a customer a year before their end. Give a longer "
            "record, or value='given'.",
        ),
    ],
)
def test_what_is_refused(ask, message):
    with pytest.raises(CxlensError) as refused:
        ask()
    assert str(refused.value) == message


def _without_value() -> EventsPlan:
    return EventsPlan(events(), customer="who", touchpoint="met", order="nr", segments=["kind"])


def _without_paid() -> PurchasesPlan:
    return PurchasesPlan(bought({"work": np.ones(9)}), customer="who", time="day", segments=["kind"])


def _young() -> PurchasesPlan:
    days = ["2025-01-01", "2025-01-30"]
    frame = pd.DataFrame({"who": ["a", "b"], "day": days, "paid": [1.0, 2.0], "kind": "work"})
    return PurchasesPlan(frame, customer="who", time="day", value="paid", segments=["kind"])
