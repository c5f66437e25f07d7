from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

import cxlens as cx
from cxlens.errors import OptionError
from tests.stages.journeys.lived import Small, lived, log_of, small_logs, words

MAP = cx.TouchpointMap(
    [
        cx.Touchpoint("a", stage="s", channel="web"),
        cx.Touchpoint("b", stage="s", channel="phone"),
        cx.Touchpoint("c", stage="s", channel="web"),
    ],
    cx.Lifecycle(["s"]),
)


@settings(max_examples=40)
@given(small_logs(largest=2))
def test_shares_are_those_of_looking_at_each_journey_that_is_over(small: Small) -> None:
    log = log_of(small)
    over = ~log.episodes["open"].to_numpy()
    if not over.any():
        return
    table = cx.paths(log, min_n=1).rework().table.set_index("touchpoint")
    journeys = [journey for journey, ended in zip(lived(log.rows()), over, strict=True) if ended]
    for code, name in enumerate(log.touchpoints):
        met = [journey for journey in journeys if code in journey]
        row = table.loc[name]
        assert row["n"] == len(met)
        assert row["repeated"] == sum(journey.count(code) > 1 for journey in met)
        assert row["extra"] == sum(journey.count(code) - 1 for journey in met)
    row = table.loc["(any)"]
    assert row["n"] == len(journeys)
    assert row["repeated"] == sum(len(set(journey)) < len(journey) for journey in journeys)
    assert row["extra"] == table["extra"].iloc[:-1].sum()
    both = table["in_a_row"] + table["in_a_loop"] - table["repeated"]
    assert ((both >= 0) & (both <= table["repeated"])).all()


def test_by_hand() -> None:
    view = cx.paths(words("aab", "aba", "abcba", "abb", "ab"), min_n=1).rework()
    table = view.table.set_index("touchpoint")
    assert list(view.table.columns) == [
        "touchpoint", "n", "repeated", "share", "low", "high", "in_a_row", "in_a_loop", "extra", "median", "unit",
    ]  # fmt: skip
    assert table.loc["a", ["n", "repeated", "in_a_row", "in_a_loop", "extra"]].tolist() == [5, 3, 1, 2, 3]
    assert table.loc["b", ["n", "repeated", "in_a_row", "in_a_loop", "extra"]].tolist() == [5, 2, 1, 1, 2]
    assert table.loc["(any)", ["n", "repeated", "in_a_row", "in_a_loop", "extra"]].tolist() == [5, 4, 2, 2, 5]
    assert table["median"].isna().all()
    assert str(view) == (
        "Journeys that meet a touchpoint again: 80 % [38 %, 96 %]. Most at a (60 % [23 %, 88 %], of 5), with no clear "
        "first. Half of those take at most 3 touches, half of the others at most 2 touches. n = 5 journeys "
        "that are over."
    )


def test_time_until_the_last_meeting() -> None:
    rows = [(who, met, minute) for who in range(6) for met, minute in (("a", 0), ("b", 10), ("a", 25 + who))]
    rows.append((9, "b", 10**6))  # long after, so that no journey is open
    events = pd.DataFrame(rows, columns=["who", "met", "minute"])
    events["at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(events["minute"], unit="min")
    log = cx.JourneyLog(events, customer="who", touchpoint="met", time="at", gap="1 day")
    table = cx.paths(log, min_n=1).rework().table.set_index("touchpoint")
    assert table.loc["a", ["median", "unit"]].tolist() == [27.5, "minutes"]
    assert table.loc["b", "unit"] == ""


def test_nothing_is_met_again() -> None:
    assert str(cx.paths(words("ab", "b"), min_n=1).rework()) == (
        "No journey meets a touchpoint again. n = 2 journeys that are over."
    )


def test_to_and_fro_between_channels() -> None:
    view = cx.paths(words("abca", "ab", "ba", "acb", "bcb"), min_n=1).rework(MAP)
    (row,) = view.parts["channels"].to_dict("records")
    assert (row["n"], row["to_and_fro"], row["times"]) == (5, 2, 2)
    assert {row["channel"], row["other"]} == {"web", "phone"}
    journeys = view.parts["journeys"]
    assert journeys["kind"].unique().tolist() == ["again", "in a row", "in a loop", "to and fro"]
    assert journeys.set_index(["kind", "rework"]).loc[("to and fro", True), "n"] == 2
    assert "To and fro between web and phone (40 % [12 %, 77 %], of 5), clearly most" in view.finding.more


def test_nobody_goes_to_and_fro() -> None:
    view = cx.paths(words("ab", "ac"), min_n=1).rework(MAP)
    assert view.parts["channels"].empty
    assert str(view).startswith("No journey meets a touchpoint again.")


def test_what_is_refused() -> None:
    with pytest.raises(OptionError) as error:
        cx.paths(words("ab"), min_n=1).rework({"a": "web"})  # type: ignore[arg-type]
    assert str(error.value) == (
        "rework: channels works on a TouchpointMap, not on a dict. Make one: cx.TouchpointMap(touchpoints, lifecycle)."
    )
    with pytest.raises(OptionError) as error:
        cx.paths(words("ad"), min_n=1).rework(MAP)
    assert str(error.value) == (
        "1 touchpoint of the log is not in the map: 'd' (none is near). Write the names alike, or add them to the map."
    )


def test_small_cells_are_hidden() -> None:
    table = cx.paths(words(*["ab"] * 20, *["aba"] * 3)).rework().table.set_index("touchpoint")
    assert table.loc["a"].drop("unit").isna().all()
    assert table.loc["b", "repeated"] == 0
    view = cx.paths(words(*["ab"] * 20, *["aba"] * 8, *["aab"] * 2)).rework()
    row = view.table.set_index("touchpoint").loc["a"]
    assert (row["repeated"], row["extra"]) == (10, 10)
    assert row[["in_a_row", "in_a_loop"]].isna().all()


def test_few_in_all_are_told_as_such() -> None:
    assert str(cx.paths(words(*["ab"] * 20, *["aba"] * 3)).rework()) == (
        "Journeys that meet a touchpoint again, or those that do not, are too few to be told. n = 23 journeys that are "
        "over."
    )


def test_segments() -> None:
    log = words(*["aba"] * 30, *["ab"] * 70, *["aba"] * 60, *["ab"] * 40, kind=["x"] * 100 + ["y"] * 100)
    view = cx.paths(log).rework(by="kind")
    assert str(view) == (
        "a is met again more often by some: y (60 % [50 %, 69 %]), x (30 % [22 %, 40 %]). Clearly so, allowing for 2 "
        "comparisons. n = 200 journeys that are over."
    )
    alike = words(*["aba"] * 30, *["ab"] * 70, kind=["x", "y"] * 50)
    assert cx.paths(alike).rework(by="kind").finding.lead == "What is met again does not clearly differ by kind"


def test_the_running_example(shared: Path) -> None:
    wanted = json.loads((shared / "reference" / "journeys.json").read_text())["running-example"]
    log = cx.JourneyLog(
        shared / "reference" / "running-example_min.csv",
        customer="case:concept:name",
        touchpoint="concept:name",
        time="time:timestamp",
        ends_at=["pay compensation", "reject request"],
    )
    table = cx.paths(log, min_n=1).rework().table
    again = table[(table["touchpoint"] != "(any)") & (table["repeated"] > 0)]
    assert dict(zip(again["touchpoint"], again["repeated"], strict=True)) == wanted["rework_cases_per_activity"]


def test_segments_that_do_not_differ_are_rarely_told_apart() -> None:
    rng = np.random.default_rng(4)
    runs = 24  # more of them: benchmarks/simulate_ways.py
    said = 0
    for _ in range(runs):
        journeys = ["".join(rng.choice(list("abc"), 3)) for _ in range(100)]
        result = cx.paths(words(*journeys, kind=rng.choice(["x", "y"], 100).tolist()))
        said += bool(result.rework(by="kind").finding.items)
    assert said / runs < 0.05 + 3 * np.sqrt(0.05 * 0.95 / runs)
