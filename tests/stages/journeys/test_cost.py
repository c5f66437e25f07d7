"""What journeys cost: by hand, against plain Python, under the null, and every refusal in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.errors import OptionError, ValuesError
from cxlens.stages.journeys.cost import cost as cost_side
from cxlens.stages.journeys.groups import Question
from tests.stages.journeys.logs import log_of
from tests.stages.journeys.test_flow import log_of as routes_log
from tests.study.test_contact_costs import a_map

COSTS = {"a": 1.0, "b": 10.0}


def cost(log: cx.JourneyLog, by: str | None = None, min_n: int = 1, costs: dict[str, float] = COSTS) -> Any:
    return cost_side(Question(log, (), min_n, by), a_map(**costs))


class TestByHand:
    def test_all(self) -> None:
        view = cost(log_of("ab", "a", "aac", "b"))
        assert list(view.table.columns) == [
            "segment", "n", "customers", "median", "median_low", "median_high", "mean", "low", "high",
        ]  # fmt: skip
        row = view.table.iloc[0]
        assert row[["segment", "n", "customers"]].tolist() == ["all", 4, 4]
        assert row["mean"] == 6.0
        assert row["median"] == 6.0
        assert row["low"] < 6 < row["high"]
        parts = view.parts["touchpoints"].set_index("touchpoint")
        assert parts.loc["b"].tolist() == [0.5, 10.0, 5.0, 5 / 6]
        assert parts.loc["a"].tolist() == [1.0, 1.0, 1.0, 1 / 6]
        assert np.isnan(parts.loc["c", "cost_per_contact"])
        assert "The map says no cost of c: they count as 0." in view.note

    def test_it_is_a_side_of_paths(self) -> None:
        log = log_of("ab", "a", "b")
        view = cx.paths(log, min_n=1).cost(a_map(**COSTS))
        pd.testing.assert_frame_equal(view.table, cost(log).table)
        pd.testing.assert_frame_equal(view.again(log).table, view.table)

    def test_all_alike_have_no_spread(self) -> None:
        row = cost(log_of("a", "a", "a")).table.iloc[0]
        assert row[["mean", "low", "high"]].tolist() == [1.0, 1.0, 1.0]

    def test_open_journeys_are_set_aside(self) -> None:
        at = pd.Timestamp("2026-01-01") + pd.to_timedelta([0, 1, 400, 401, 800], unit="D")
        events = pd.DataFrame({"who": [1, 1, 2, 2, 3], "met": ["a", "b", "a", "b", "b"], "at": at})
        log = cx.JourneyLog(events, customer="who", touchpoint="met", time="at", gap="30 days")
        view = cost(log)
        assert view.table["n"].tolist() == [2]
        assert view.table["mean"].tolist() == [11.0]
        assert view.finding.more[-1] == "1 journey may still go on and are set aside"

    def test_several_journeys_of_a_customer_are_alike(self) -> None:
        events = pd.DataFrame([(who, met) for who in range(6) for met in "ab"[who % 2] * 20], columns=["who", "met"])
        one = cx.JourneyLog(
            events.assign(nr=range(120)), customer="who", touchpoint="met", order="nr", ends_at=["a", "b"]
        )
        row = cost(one).table.iloc[0]
        assert row[["n", "customers", "mean"]].tolist() == [120, 6, 5.5]
        assert row["high"] - row["low"] > 9  # as wide as six customers make it


@settings(max_examples=25)
@given(st.lists(st.text("abc", min_size=1, max_size=6), min_size=2, max_size=15))
def test_as_plain_python(words: list[str]) -> None:
    words = [*words, "a", "b"]
    view = cost(log_of(*words))
    each = [sum(COSTS.get(letter, 0) for letter in word) for word in words]
    assert view.table["mean"].tolist() == pytest.approx([np.mean(each)])
    assert view.table["median"].tolist() == pytest.approx([np.median(each)])
    assert view.parts["touchpoints"]["cost"].sum() == pytest.approx(np.mean(each))
    assert view.parts["touchpoints"]["share"].sum() == pytest.approx(1)


class TestWords:
    def test_all(self, faults: Callable[[str], list[str]]) -> None:
        view = cost(log_of(*["ab"] * 10, *["a"] * 10))
        assert view.finding.lead == "Serving a journey costs"
        assert view.finding.figure == "6.00"
        assert view.finding.more[1] == "b takes 83 % of the cost"
        assert faults(view.sentence) == []

    def test_groups(self, faults: Callable[[str], list[str]]) -> None:
        words = ["a", "ab"] * 5 + ["ab", "abb"] * 5
        view = cost(log_of(*words, kind=["x"] * 10 + ["y"] * 10), by="kind")
        assert view.finding.lead == "Serving a journey costs more among y than among x, by"
        assert view.finding.figure == "10.00"
        assert view.finding.certainty == "clearly, allowing for 1 comparison"
        assert faults(view.sentence) == []

    def test_groups_alike(self) -> None:
        view = cost(log_of(*["a", "b"] * 10, kind=["x", "x", "y", "y"] * 5), by="kind")
        assert view.finding.lead == "The cost of serving a journey does not clearly differ by kind"
        same = cost(log_of(*["a"] * 20, kind=["x", "y"] * 10), by="kind")
        assert same.finding.lead == "Too few journeys to tell whether their cost differs by kind"


class TestHidden:
    def test_medians_of_a_few(self) -> None:
        table = cost(log_of(*["ab", "a"] * 4), min_n=5).table
        assert np.isnan(table["median"][0])
        assert table["mean"][0] == 6.0

    def test_touchpoints_of_a_few(self) -> None:
        parts = cost(log_of(*["a"] * 20, *["b"] * 3), min_n=5).parts["touchpoints"]
        assert parts["cost"].isna().all()  # of two, the other would tell

    def test_all_of_a_few(self) -> None:
        view = cost(log_of("a", "ab"), min_n=5)
        assert view.finding.lead == "Journeys that are over are those of fewer than 5 customers"


@pytest.mark.simulation
def test_groups_are_hardly_told_to_differ_where_they_do_not() -> None:
    """Skewed costs, groups of 15 and 45: at most 5 in 100, and three errors of 30 runs."""
    rng = np.random.default_rng(6)
    told = []
    for _ in range(30):
        words = ["a" * int(n) for n in np.ceil(rng.lognormal(1, 0.8, 60))]
        view = cost(log_of(*words, kind=["x"] * 15 + ["y"] * 45), by="kind")
        told.append(view.finding.lead.startswith("Serving a journey costs more"))
    assert np.mean(told) <= 0.05 + 3 * 0.04


class TestErrors:
    def test_no_map(self) -> None:
        with pytest.raises(OptionError) as error:
            cx.paths(log_of("a"), min_n=1).cost(None)
        assert str(error.value) == (
            "cost works on a TouchpointMap, not on a NoneType. Make one: cx.TouchpointMap(touchpoints, lifecycle)."
        )

    def test_costs_of_other_touchpoints(self) -> None:
        with pytest.raises(ValuesError) as error:
            cost(log_of("a", "ab"), costs={"desk": 3.0})
        assert str(error.value) == (
            "cost: the map says of no touchpoint of the log what a contact costs. It knows: desk. The log has: a, b."
        )


def test_touchpoints_without_a_cost_are_counted_in_the_finding():
    touchpoints = [cx.Touchpoint("A", stage="satisfaction", cost_per_contact=2.0), cx.Touchpoint("B", stage="loyalty")]
    places = cx.TouchpointMap(touchpoints, cx.Lifecycle.seven_stages())
    found = cx.paths(routes_log(["AB"] * 9 + ["B"] * 9)).cost(places).finding
    assert found.more[0] == "Without a cost, so counted as 0: 1 touchpoint"
