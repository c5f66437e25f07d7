from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.errors import OptionError
from cxlens.stats.intervals import wilson
from tests.stages.journeys.lived import START, Small, log_of, small_logs, words

PLAN = cx.Journey("Visit", ["a", "b", "c"])


def test_by_hand() -> None:
    log = words("abc", "ab", "acb", "axbc", "b", bought=[1, 0, 0, 1, 0])
    view = cx.paths(log, plan=PLAN, min_n=1).planned()
    table = view.table
    assert list(table.columns) == [
        "step", "touchpoint", "n", "reached", "share", "low", "high",
        "in_order", "in_order_share", "in_order_low", "in_order_high",
        "left", "left_share", "left_low", "left_high", "median", "unit",
    ]  # fmt: skip
    assert table["reached"].tolist() == [4, 5, 3]
    assert table["in_order"].tolist() == [4, 5, 2]
    assert table["left"].tolist() == [0, 2, 0]
    assert tuple(table.loc[1, ["left_low", "left_high"]]) == wilson(2, 5)
    kinds = view.parts["journeys"].set_index("kind")["journeys"]
    assert kinds.to_dict() == {
        "exactly as planned": 1,
        "all steps in order": 2,
        "misses a step": 2,
        "out of order": 1,
        "meets others beside": 1,
        "meets a step again": 0,
    }
    assert view.parts["beside"].to_dict("records")[0]["touchpoint"] == "x"
    assert str(view) == (
        "Visit goes as planned, all steps in order, in 40 % [12 %, 77 %]. Missed: c (40 % [12 %, 77 %], of 5), with no "
        "clear first. n = 5 journeys that are over."
    )
    assert view.note == (
        "Of the journeys that are over. share: those that meet the step of Visit. in_order: of those, after all earlier"
        " steps that they meet. left: of those, meet no later step and have no outcome. median: time from the planned "
        "step met before. 95 % Wilson intervals. Who deviates differs in more than that: it goes with it, which is no "
        "effect. Missing: no customers."
    )


@settings(max_examples=30)
@given(small_logs(largest=3), st.permutations(range(4)))
def test_who_reaches_goes_on_or_leaves(small: Small, order: list[int]) -> None:
    log = log_of(small)
    over = ~log.episodes["open"].to_numpy()
    names = [f"t{code}" for code in order if f"t{code}" in log.touchpoints]
    if len(names) < 2 or not over.any():
        return
    view = cx.paths(log, plan=cx.Journey("Way", names), min_n=1).planned()
    table = view.table
    assert (table["n"] == over.sum()).all()
    assert (table["in_order"] <= table["reached"]).all()
    assert (table["left"] <= table["reached"]).all()
    kinds = view.parts["journeys"].set_index("kind")["journeys"]
    assert kinds["exactly as planned"] <= kinds["all steps in order"]
    assert kinds["all steps in order"] + kinds["misses a step"] <= over.sum()
    assert over.sum() <= kinds["all steps in order"] + kinds["misses a step"] + kinds["out of order"]
    journeys = log.table[log.table["customer"].notna()]
    for row in table.itertuples():
        met = journeys[journeys["touchpoint"] == row.touchpoint].groupby(["customer", "episode"]).ngroups
        assert row.reached <= met


def test_a_touchpoint_planned_twice_is_met_twice() -> None:
    plan = cx.Journey("There and back", ["a", "b", "a"])
    view = cx.paths(words("aba", "ab", "aab", "abaa"), plan=plan, min_n=1).planned()
    assert view.table["reached"].tolist() == [4, 4, 3]
    assert view.table["in_order"].tolist() == [4, 4, 2]
    kinds = view.parts["journeys"].set_index("kind")["journeys"]
    assert kinds["meets a step again"] == 1
    assert kinds["exactly as planned"] == 1


def test_times_between_planned_steps() -> None:
    rows = [(who, met, hour) for who in range(12) for met, hour in (("a", 0), ("x", 1), ("b", 5 + who))]
    rows.append((99, "c", 9_999))
    events = pd.DataFrame(rows, columns=["who", "met", "hour"])
    events["at"] = START + pd.to_timedelta(events["hour"], unit="h")
    log = cx.JourneyLog(events, customer="who", touchpoint="met", time="at", gap="2 days")
    table = cx.paths(log, plan=PLAN, min_n=1).planned().table
    assert table["median"].tolist()[1] == 10.5
    assert table["unit"].tolist() == ["", "hours", ""]


def test_times_are_those_of_journeys_in_order_since_the_last_planned_step_that_they_met() -> None:
    in_order = [(who, "a", 0) for who in range(12)] + [(who, "c", 10 + who) for who in range(12)]  # none meets b
    backwards = [(who, "c", 0) for who in range(20, 60)] + [(who, "a", 30) for who in range(20, 60)]
    begun_late = [(who, "c", 0) for who in range(60, 80)]
    events = pd.DataFrame([*in_order, *backwards, *begun_late, (99, "b", 9_999)], columns=["who", "met", "hour"])
    events["at"] = START + pd.to_timedelta(events["hour"], unit="h")
    log = cx.JourneyLog(events, customer="who", touchpoint="met", time="at", gap="2 days")
    last = cx.paths(log, plan=PLAN).planned().table.iloc[2]
    assert (last["median"], last["unit"]) == (15.5, "hours")


def scored(effect: float, seed: int, n: int = 120) -> cx.JourneyLog:
    """Journeys with a score at each event; who misses b scores so much more or less."""
    rng = np.random.default_rng(seed)
    rows = []
    for who in range(n):
        word = "abc" if rng.random() < 0.5 else "ac"
        level = rng.normal(3, 1) + effect * (word == "ac")
        rows += [(who, met, nr, level + rng.normal(0, 0.5)) for nr, met in enumerate(word)]
    events = pd.DataFrame(rows, columns=["who", "met", "nr", "felt"])
    return cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", score="felt")


def test_what_deviating_goes_with_is_said_as_no_effect() -> None:
    view = cx.paths(scored(-2, 0), plan=PLAN).planned()
    (said,) = [words for words in view.finding.more if "score" in words]
    assert said.startswith("Where a journey misses a step, the score is ")
    assert said.endswith(", clearly")
    assert view.finding.caution == "Who deviates differs in more than that: it goes with it, which is no effect"


def test_where_deviating_goes_with_nothing_hardly_anything_is_said() -> None:
    runs = 16  # more of them: benchmarks/simulate_ways.py
    said = sum(bool(cx.paths(scored(0, seed), plan=PLAN).planned().finding.caution) for seed in range(runs))
    assert said / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)


def test_segments() -> None:
    log = words(*["ab"] * 30, *["a"] * 70, *["ab"] * 60, *["a"] * 40, kind=["x"] * 100 + ["y"] * 100)
    plan = cx.Journey("Way", ["a", "b"])
    assert str(cx.paths(log, plan=plan).planned(by="kind")) == (
        "b is reached more often by some: y (60 % [50 %, 69 %]), x (30 % [22 %, 40 %]). Clearly so, allowing for 1 "
        "comparison. n = 200 journeys that are over."
    )
    alike = words(*["ab"] * 50, *["a"] * 50, kind=["x", "y"] * 50)
    lead = cx.paths(alike, plan=plan).planned(by="kind").finding.lead
    assert lead == "How far Way goes as planned does not clearly differ by kind"


def test_a_segment_may_never_have_met_a_step() -> None:
    log = words(*["ab"] * 20, *["a"] * 20, kind=["x"] * 20 + ["y"] * 20)
    view = cx.paths(log, plan=cx.Journey("Way", ["a", "b"])).planned()
    part = view.again(log.where({"kind": "y"}))  # type: ignore[misc]
    assert part.table["reached"].tolist() == [20, 0]


def test_small_cells_are_hidden() -> None:
    table = cx.paths(words(*["abc"] * 20, *["ab"] * 3), plan=PLAN).planned().table
    assert table["reached"].fillna(-1).tolist() == [23, 23, -1]
    assert table["left"].fillna(-1).tolist()[1] == -1
    view = cx.paths(words(*["abc"] * 20, *["acb"] * 3), plan=PLAN).planned()
    assert view.table["in_order"].fillna(-1).tolist() == [23, 23, -1]
    assert view.finding.lead == "How many journeys go as planned (Visit) is hidden to protect people"


def test_what_is_refused() -> None:
    log = words("ab", "a")
    with pytest.raises(OptionError) as error:
        cx.paths(log, min_n=1).planned()
    assert str(error.value) == (
        "planned: no plan was given. Give the journey as it is meant: paths(log, plan=cx.Journey('name', ['first', "
        "'second']))."
    )
    with pytest.raises(OptionError) as error:
        cx.paths(log, plan=cx.Journey("Way", ["a", "bb"]), min_n=1)
    assert str(error.value) == "plan: touchpoint 'bb' is not known here. Did you mean 'b'? Touchpoints: a, b."
    with pytest.raises(OptionError) as error:
        cx.paths(log, plan=["a", "b"], min_n=1)  # type: ignore[arg-type]
    assert str(error.value) == (
        "paths: plan works on a Journey, not on a list. Make one: cx.Journey('name', ['first', 'second'])."
    )


def test_the_widget_keeps_the_plan_where_all_of_it_was_met() -> None:
    log = words(*["ab"] * 20, *["a"] * 20, kind=["x"] * 20 + ["y"] * 20)
    plan = cx.Journey("Way", ["a", "b"])
    explorer = cx.paths(log, plan=plan).explore()
    assert explorer.params["plan"] is plan
    explorer.controls["segment"].value = ("kind", "y")
    assert "plan" not in explorer.params
