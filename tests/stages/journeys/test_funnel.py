from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.stats.intervals import wilson
from tests.stages.journeys.lived import START, Small, log_of, small_logs, words


def log_of_days(*customers: list[tuple[str, float]], **options: object) -> cx.JourneyLog:
    """A log from pairs of touchpoint and day."""
    rows = [(f"c{who:03}", met, day) for who, events in enumerate(customers) for met, day in events]
    frame = pd.DataFrame(rows, columns=["who", "met", "day"])
    frame["at"] = START + pd.to_timedelta(frame["day"], unit="D")
    return cx.JourneyLog(frame, customer="who", touchpoint="met", time="at", **options)  # type: ignore[arg-type]


def test_by_hand() -> None:
    result = cx.funnel(words("abc", "acb", "ab", "cab", "bca"), ["a", "b", "c"], min_n=1)
    assert list(result.table.columns) == [
        "segment", "stage", "reached", "share", "low", "high", "advanced", "lost", "open",
        "next_share", "next_low", "next_high", "median", "unit",
    ]  # fmt: skip
    assert result.table["reached"].tolist() == [5, 4, 1]
    assert result.table["share"].tolist() == [1, 0.8, 0.2]
    fates = result.table[["advanced", "lost", "open"]]
    assert fates[:-1].to_numpy().tolist() == [[4, 1, 0], [1, 3, 0]]
    assert fates.iloc[-1].isna().all()
    assert tuple(result.table.loc[1, ["next_low", "next_high"]]) == wilson(1, 4)
    assert str(result) == (
        "Of those that reach a, c is reached by 20 % [4 %, 62 %]. Lost from b to c (75 % [30 %, 95 %], of 4), with no "
        "clear first. n = 5 journeys."
    )
    assert result.note == (
        "share: of the journeys that enter at a, those that reach the stage after all before it. next_share: of those "
        "at the stage. 95 % Wilson intervals. Without a window who may still go on is set aside; fewer than 5 in 100 of"
        " the others come back. See also .moves and .cohorts(). Missing: no customers."
    )


@settings(max_examples=40)
@given(small_logs(), st.lists(st.integers(0, 4), min_size=2, max_size=3), st.booleans(), st.sampled_from([None, 7, 20]))
def test_what_flows_in_flows_out(small: Small, picked: list[int], by_customer: bool, minutes: int | None) -> None:
    log = log_of(small)
    names = [log.touchpoints[code % len(log.touchpoints)] for code in picked]
    options = {"counting": "customers" if by_customer else "journeys", "min_n": 1}
    window = None if minutes is None else f"{minutes} minutes"
    try:
        result = cx.funnel(log, names, window=window, **options)
    except ValuesError:
        assert minutes is not None  # nobody could be followed for so long
        return
    table = result.table
    assert (table["advanced"] + table["lost"] + table["open"])[:-1].tolist() == table["reached"][:-1].tolist()
    assert table["advanced"][:-1].tolist() == table["reached"][1:].tolist()
    assert result.cohorts()["entered"].sum() == table["reached"][0] + result.too_late
    if minutes is None:
        assert result.cohorts()["reached"].sum() == table["reached"].iloc[-1]
    sums = result.moves.groupby("stage")["share"].sum(min_count=1).dropna()
    assert np.allclose(sums, 1)
    departures = log.table["touchpoint"].astype(str).isin(names).sum()
    first_moves = result.moves.drop_duplicates("stage")
    assert first_moves["n"].sum() + first_moves["open"].sum() == departures


def test_a_window_counts_from_the_first_stage_and_follows_everybody_for_it() -> None:
    customers = [[("Web", 0), ("Shop", 2), ("Order", 4)], [("Web", 0), ("Shop", 2), ("Order", 6)], [("Web", 0)]]
    log = log_of_days(*customers, [("Web", 8), ("Order", 9)], [("Shop", 10)])
    table = cx.funnel(log, ["Web", "Shop", "Order"], window="5 days", min_n=1).table
    assert table["reached"].tolist() == [3, 2, 1]
    assert table["open"].tolist()[:2] == [0, 0]
    assert table["median"].tolist()[:2] == [2, 2]
    assert table["unit"].tolist() == ["days", "days", ""]
    result = cx.funnel(log, ["Web", "Order"], window="5 days", min_n=1)
    assert result.too_late == 1
    assert result.table["reached"].tolist() == [3, 1]
    assert result.finding.more[-1] == "1 journey entered too late to be followed for so long and are left out"
    assert "within 5 days" in str(result)


@pytest.mark.parametrize("counting", ["journeys", "customers"])
def test_with_the_log_cut_at_any_day_nobody_who_later_converts_is_counted_as_lost(counting: str) -> None:
    """Of those told to be lost by any day, none reaches the stage within the window in the whole log."""
    rng = np.random.default_rng(6)
    customers = []
    for _ in range(60):
        start = float(rng.integers(0, 60))
        events = [("Web", start)]
        if rng.random() < 0.6:
            events.append(("Order", start + float(rng.exponential(8))))
        customers.append(events)
    for day in range(20, 75, 3):
        known = [[event for event in events if event[1] <= day] for events in customers]
        log = log_of_days(*[events for events in known if events], [("Web", day)])
        result = cx.funnel(log, ["Web", "Order"], window="15 days", counting=counting, min_n=1)  # type: ignore[arg-type]
        in_time = sum(events[0][1] + 15 <= day for events in customers)
        converts = sum(
            len(events) > 1 and events[0][1] + 15 <= day and events[1][1] - events[0][1] <= 15 for events in customers
        )
        assert result.table["reached"].tolist() == [in_time, converts]
        assert result.table["lost"].tolist()[0] == in_time - converts


def test_without_a_window_hardly_anybody_who_later_converts_is_counted_as_lost() -> None:
    rng = np.random.default_rng(1)
    waits = rng.exponential(3, 400)
    starts = rng.uniform(0, 60, 400)
    converts = rng.random(400) < 0.6
    wrong = lost = 0
    for day in (50, 60, 70):
        customers = []
        later = []
        for start, wait, does in zip(starts, waits, converts, strict=True):
            events = [("Web", start)] + ([("Order", start + wait)] if does else [])
            known = [event for event in events if event[1] <= day]
            if known:
                customers.append(known)
                later.append(len(known) < len(events))
        log = log_of_days(*customers)
        is_open = log.open_journeys()
        assert is_open is not None
        has_order = np.array([len(events) > 1 for events in customers])
        is_lost = ~is_open & ~has_order
        table = cx.funnel(log, ["Web", "Order"], min_n=1).table
        assert table["lost"][0] == is_lost.sum()
        wrong += (is_lost & np.array(later)).sum()
        lost += is_lost.sum()
    assert wrong <= 0.05 * lost


def test_customers_and_journeys() -> None:
    log = log_of_days(
        [("Web", 0), ("Order", 1), ("Web", 50), ("Order", 51)],
        [("Web", 0), ("Web", 50), ("Order", 51)],
        [("Web", 0)],
        [("Mail", 99)],
        gap="10 days",
    )
    of_journeys = cx.funnel(log, ["Web", "Order"], min_n=1)
    assert of_journeys.table["reached"].tolist() == [5, 3]
    of_customers = cx.funnel(log, ["Web", "Order"], counting="customers", min_n=1)
    assert of_customers.table["reached"].tolist() == [3, 2]
    again = cx.funnel(log, ["Order", "Order"], counting="customers", min_n=1)
    assert again.table["reached"].tolist() == [2, 1]
    assert again.table["stage"].tolist() == ["Order", "Order"]
    assert again.moves["stage"].unique().tolist() == ["Order"]


def test_the_stages_of_a_map() -> None:
    touchpoints = [
        cx.Touchpoint("Ad", stage="before"),
        cx.Touchpoint("Web", stage="before"),
        cx.Touchpoint("Shop", stage="there"),
    ]
    map_ = cx.TouchpointMap(touchpoints, cx.Lifecycle(["before", "there", "after"]))
    log = log_of_days([("Ad", 0), ("Web", 1), ("Shop", 2), ("Ad", 3)], [("Web", 0)])
    result = cx.funnel(log, map_, min_n=1)
    assert result.stages == ("before", "there")
    assert result.table["reached"].tolist() == [2, 1]
    moves = result.moves.set_index(["stage", "move"])["times"]
    assert moves["before"].tolist() == [1, 1, 0, 0]
    assert moves["there"].tolist() == [0, 0, 1, 0]
    assert result.moves.set_index(["stage", "move"])["open"].tolist()[:4] == [2, 2, 2, 2]


def test_segments_that_differ() -> None:
    log = words(*["ab"] * 30, *["a"] * 70, *["ab"] * 60, *["a"] * 40, kind=["x"] * 100 + ["y"] * 100)
    result = cx.funnel(log, ["a", "b"], by="kind")
    assert str(result) == (
        "From a to b more go on of some: y (60 % [50 %, 69 %]), x (30 % [22 %, 40 %]). Clearly so, allowing for 1 "
        "comparison. n = 200 journeys."
    )
    assert result.compared is not None
    chi2 = stats.chi2_contingency([[30, 70], [60, 40]], correction=False).statistic * 199 / 200
    assert result.compared.tests["p_value"].tolist() == pytest.approx([stats.chi2.sf(chi2, 1)])
    assert result.table.set_index(["segment", "stage"]).loc[("x", "b"), "reached"] == 30


def test_segments_that_do_not_differ_are_rarely_told_apart() -> None:
    rng = np.random.default_rng(9)
    runs = 20  # more of them: benchmarks/simulate_ways.py
    said = 0
    for _ in range(runs):
        journeys = np.where(rng.random(150) < 0.5, "ab", "a").tolist()
        log = words(*journeys, kind=rng.choice(["x", "y", "z"], 150).tolist())
        said += bool(cx.funnel(log, ["a", "b"], by="kind").finding.items)
    assert said / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_small_cells_are_hidden_and_do_not_follow() -> None:
    table = cx.funnel(words(*["abc"] * 20, *["ab"] * 3, *["a"] * 10), ["a", "b", "c"]).table
    assert table["reached"].fillna(-1).tolist() == [33, 23, -1]  # three are lost from b to c
    assert table["lost"].fillna(-1).tolist() == [10, -1, -1]
    table = cx.funnel(words(*["abcd"] * 20, *["ab"] * 3, *["abc"] * 9), ["a", "b", "c", "d"]).table
    assert table["reached"].fillna(-1).tolist() == [32, 32, -1, 20]
    assert table["lost"].fillna(-1).tolist() == [0, -1, -1, -1]


def test_what_segments_hide_does_not_follow_from_the_others() -> None:
    journeys = [*["ab"] * 20, *["a"] * 10, *["ab"] * 20, *["a"] * 3, *["ab"] * 30, *["a"] * 30]
    log = words(*journeys, kind=["x"] * 30 + ["y"] * 23 + ["z"] * 60)
    table = cx.funnel(log, ["a", "b"], by="kind").table
    reached = table[table["stage"] == "b"].set_index("segment")["reached"]
    assert pd.isna(reached["y"])
    assert reached.isna().sum() == 2


def test_what_is_refused() -> None:
    log = words("ab", "a")
    cases = [
        (OptionError, {"stages": ["a"]}, (
            "a funnel needs two stages or more; you gave ['a']. Name touchpoints in the order in which they should be "
            "met, such as ['a', 'b']."
        )),
        (OptionError, {"stages": ["a", "bb"]}, (
            "stage: touchpoint 'bb' is not known here. Did you mean 'b'? Touchpoints: a, b."
        )),
        (OptionError, {"stages": ["a", "b"], "window": "3 days"}, (
            "window='3 days' needs a clock. Name the column of dates and times: JourneyLog(..., time='column')."
        )),
        (OptionError, {"stages": ["a", "b"], "counting": "people"}, (
            "counting='people' is not an option. Options: 'journeys', 'customers'."
        )),
        (ValuesError, {"stages": ["a", "b"], "min_n": 5}, (
            "Fewer than 5 customers reach 'a' and could be followed, which are hidden to protect people: nothing is "
            "left to show. Where you may look at single customers, say min_n=1."
        )),
    ]  # fmt: skip
    for kind, options, message in cases:
        with pytest.raises(kind) as error:
            cx.funnel(log, **{"min_n": 1, **options})  # type: ignore[arg-type]
        assert str(error.value) == message
    with pytest.raises(OptionError) as error:
        cx.funnel(pd.DataFrame(), ["a", "b"])  # type: ignore[arg-type]
    assert str(error.value) == (
        "funnel works on a JourneyLog, not on a DataFrame. Make one: cx.JourneyLog(events, customer=..., "
        "touchpoint=..., time=...)."
    )


def test_nobody_could_be_followed_for_so_long() -> None:
    log = log_of_days([("Web", 0), ("Order", 1)])
    with pytest.raises(ValuesError) as error:
        cx.funnel(log, ["Web", "Order"], window="30 days", min_n=1)
    assert str(error.value) == (
        "nobody reached 'Web' 30 days or more before the log ends, so nobody could be followed for so long. Give a "
        "shorter window=."
    )
    with pytest.raises(ValuesError) as error:
        cx.funnel(log, ["Web", "Order"], window="30", min_n=1)
    assert str(error.value).startswith("window='30' is no span of time.")


def test_cohorts_without_a_clock() -> None:
    with pytest.raises(OptionError) as error:
        cx.funnel(words("ab"), ["a", "b"], min_n=1).cohorts()
    assert str(error.value) == (
        "cohorts need a clock. Name the column of dates and times: JourneyLog(..., time='column')."
    )


def test_a_picture_and_a_widget_of_it() -> None:
    log = words(*["ab"] * 20, *["a"] * 20, kind=["x"] * 20 + ["y"] * 20)
    explorer = cx.funnel(log, ["a", "b"]).explore()
    explorer.controls["counting"].value = "customers"
    assert explorer.result.counting == "customers"
    assert explorer.params == {"stages": ("a", "b"), "window": None, "counting": "customers", "by": None, "min_n": 5}


def test_where_those_that_differ_are_hidden_it_is_not_said_that_none_do():
    rows = [(f"{kind}{who}", met, kind) for kind, lost in (("a", 40), ("b", 40), ("c", 4)) for who in range(100)
            for met in (("Web", "Shop") if who >= lost else ("Web",))]  # fmt: skip
    events = pd.DataFrame(rows, columns=["who", "met", "kind"]).assign(nr=range(len(rows)))
    log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", segments=["kind"])
    told = cx.funnel(log, ["Web", "Shop"], by="kind").finding.lead
    assert told == "Whether how many go on differs by kind is not wholly told: what some do is hidden to protect people"
    assert cx.funnel(log, ["Web", "Shop"], by="kind", min_n=1).finding.lead == "From Web to Shop more go on of some"


def test_how_many_came_too_late_is_not_told_of_a_few() -> None:
    day = pd.Timestamp("2026-01-01")
    rows = [(who, met, day + pd.Timedelta(days=who + nr)) for who in range(30) for nr, met in enumerate("ab")]
    events = pd.DataFrame(rows, columns=["who", "met", "at"])
    log = cx.JourneyLog(events, customer="who", touchpoint="met", time="at")
    few = cx.funnel(log, ["a", "b"], window="3 days")
    assert few.too_late is None
    assert "Some, of fewer customers than may be told, entered too late to be followed for so long" in str(few)
    assert cx.funnel(log, ["a", "b"], window="12 days").too_late == 11
    assert cx.funnel(log, ["a", "b"], window="3 days", min_n=1).too_late == 2
