"""The widget of a road map: what its controls ask, and that it shows what the verb says."""

from __future__ import annotations

import html
import re

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.common.explorer import Explorer
from cxlens.stages.improve.explore import MOST, explore_roadmap

QUARTERS = ["2026-Q1", "2026-Q2", "2026-Q3"]


@pytest.fixture(scope="module")
def wins():
    """Simulated."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({name: rng.integers(1, 6, 300) for name in ("Web", "Desk")})
    frame["y"] = frame["Web"] + frame["Desk"] + rng.normal(0, 1, 300)
    survey = cx.Survey(frame, touchpoints=["Web", "Desk"], outcome="y", scale=cx.Scale(1, 5))
    rows = [
        ("Faster site", "Web", 0.2, 0.4, 0.6, 4, 8, 12, 80, 100, 120, 2, {"IT": 2.0}),
        ("Signs", "Desk", 0.1, 0.2, 0.4, 1, 2, 3, 30, 40, 50, 1, {"IT": 1.0, "Hall": 1.0}),
        ("Second desk", "Desk", 0.2, 0.3, 0.4, 2, 3, 5, 50, 60, 70, 1, {"Hall": 1.0}),
    ]
    ranges = [f"{what}_{end}" for what in ("lift", "effort", "cost") for end in ("low", "likely", "high")]
    columns = ["name", "touchpoints", *ranges, "duration", "teams"]
    return cx.quick_wins(cx.drivers(survey, n_boot=30), pd.DataFrame(rows, columns=columns))


@pytest.fixture(scope="module")
def plan(wins):
    return cx.roadmap(
        wins, periods=QUARTERS, budget=[150, 100, 50], capacity={"IT": [2, 2, 1]}, short_term=(0.1, 2), decay=0.9,
        resolves=2,
    )  # fmt: skip


@pytest.fixture(autouse=True)
def fake(monkeypatch):
    """Pictures in no time: what is drawn is tested with the chart."""
    monkeypatch.setattr(charts, "picture", lambda result: (b"", f"of {result}"))


def refusal(explorer) -> str:
    assert 'role="alert"' in explorer.message.value
    return html.unescape(re.sub("<[^>]*>", "", explorer.message.value))


def assert_same(one, two) -> None:
    assert str(one) == str(two)
    for name in ("table", "periods_table", "teams_table"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))


def test_it_opens_with_the_result_and_asks_what_was_asked(plan, wins):
    explorer = plan.explore()
    assert type(explorer) is Explorer
    assert explorer.result is plan
    assert explorer.data is wins
    assert explorer.params == plan.options
    assert {name: control.value for name, control in explorer.controls.items()} == {
        "budget": 100, "periods": 3, "share": 0.1, "soon": 2, "certainty": 0, "decay": 0.9,
        "capacity of IT": pytest.approx(5 / 3),
    }  # fmt: skip
    assert all(control.description.strip() for control in explorer.controls.values())
    assert html.escape(str(plan)) in explorer.sentence.value


@pytest.mark.parametrize(
    ("control", "value", "changed"),
    [
        ("budget", 70.0, {"budget": 70.0}),
        ("periods", 2, {"periods": QUARTERS[:2], "budget": [150, 100], "capacity": {"IT": [2, 2]}}),
        ("share", 0.0, {"short_term": None}),
        ("share", 0.3, {"short_term": (0.3, 2)}),
        ("soon", 1, {"short_term": (0.1, 1)}),
        ("decay", 0.5, {"decay": 0.5}),
        ("certainty", 0.6, {"certainty": 0.6}),
        ("capacity of IT", 1.0, {"capacity": {"IT": 1.0}}),
    ],
)
def test_a_control_asks_the_verb_again(control, value, changed, plan, wins):
    explorer = explore_roadmap(plan)
    explorer.controls[control].value = value
    assert explorer.params == {**plan.options, **changed}
    assert explorer.message.value == ""
    assert explorer.result is not plan
    assert_same(explorer.result, cx.roadmap(wins, **explorer.params))
    assert plan.options["budget"] == [150, 100, 50]


def test_a_control_put_back_asks_for_the_first_plan(plan):
    explorer = explore_roadmap(plan)
    explorer.controls["budget"].value = 70.0
    explorer.controls["budget"].value = 100.0
    assert explorer.params == plan.options
    assert_same(explorer.result, plan)


def test_the_plan_is_shown_first_and_how_sure_it_is_then(plan):
    explorer, heard = explore_roadmap(plan), []
    explorer.observe(lambda change: heard.append(change["new"].resolves), "result")
    explorer.controls["decay"].value = 0.8
    assert heard == [0, 2]


def test_only_limits_that_there_are_can_be_changed(wins):
    bare = cx.roadmap(wins, periods=3, resolves=0)
    explorer, heard = bare.explore(), []
    assert list(explorer.controls) == ["periods", "share", "soon", "certainty", "decay"]
    assert explorer.params == bare.options
    assert explorer.controls["periods"].max == MOST
    explorer.observe(lambda change: heard.append(change["new"].resolves), "result")
    explorer.controls["periods"].value = 4
    assert explorer.params == {**bare.options, "periods": 4}
    assert heard == [0]
    assert len(explorer.result.periods_table) == 4


def test_what_cannot_be_is_said_and_the_last_plan_stays(plan):
    explorer = explore_roadmap(plan)
    explorer.controls["budget"].value = -1.0
    assert refusal(explorer) == "Not possible: budget is -1. Give a number of 0 or more."
    assert explorer.result is plan
    explorer.controls["budget"].value = 100.0
    assert explorer.message.value == ""
    explorer.controls["periods"].value = 1  # what is soon cannot be later than the end
    assert explorer.message.value == ""
    assert explorer.params["short_term"] == (0.1, 1)


def test_the_load_of_owners_follows_the_same_controls(plan):
    view = plan.buy_in()
    explorer = view.explore()
    assert html.unescape(explorer.sentence.value).count(str(view)) == 1
    explorer.controls["periods"].value = 2
    assert_same(explorer.result, cx.roadmap(explorer.data, **explorer.params))
    assert html.unescape(explorer.sentence.value).count(str(explorer.result.buy_in())) == 1
