"""The rules of verdicts one by one, and that none is given which is less than 0.8 sure, whatever the facts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxlens.stages.baseline.verdict_rules import DECIDED, FAR, NOT_CONTROLLED, ORDER, judge

LEVEL = 0.95
FACT = {
    "n": 400, "standard": 3.8, "gap": -0.3, "q_gap": 0.001, "p_met": 0.0005, "p_matters": 0.95, "effect_high": 0.2,
    "distance_low": -0.4, "p_far": 0.0, "controllable": True, "partner": "phone",
}  # fmt: skip
ABOVE = {"gap": 0.4, "p_met": 0.9995, "distance_low": 0.3, "p_far": 0.99}
NEAR = {"gap": -0.02, "q_gap": 0.6, "p_met": 0.3, "distance_low": -0.15}


@pytest.mark.parametrize(
    ("facts", "verdict", "rule", "certainty"),
    [
        ({}, "fix", "clearly below its standard, and it matters", 0.9995 * 0.95),
        ({"controllable": False}, "keep", NOT_CONTROLLED, 0.9995 * 0.95),
        ({"p_matters": 0.5}, "undecided", "clearly below its standard, but whether it matters is open", None),
        ({"p_matters": 0.1}, "keep", "clearly below its standard, but it matters little", 1 - 0.9995 * 0.1),
        (NEAR, "undecided", "it matters, but is not clearly off its standard", None),
        (NEAR | {"p_matters": 0.6}, "undecided", "whether it is below its standard and whether it matters are open",
         None),
        (NEAR | {"p_matters": 0.05}, "keep", "not clearly off its standard, and it matters little", 1 - 0.7 * 0.05),
        (NEAR | {"p_met": 0.7, "p_matters": 0.5}, "keep",
         "likely either meets its standard or matters little", 1 - 0.3 * 0.5),
        (NEAR | {"p_met": 0.85}, "keep", "likely meets its standard", 1 - 0.15 * 0.95),
        (ABOVE, "keep", "clearly meets its standard", 1 - 0.0005 * 0.95),
        (ABOVE | {"p_matters": 0.02, "effect_high": 0.04}, "above standard",
         "clearly above its standard, and it matters little", 0.99 * 0.98),
        (ABOVE | {"p_matters": 0.02, "effect_high": 0.06}, "keep", "clearly meets its standard", 1 - 0.0005 * 0.02),
        (ABOVE | {"p_matters": 0.02, "effect_high": 0.04, "distance_low": 0.19}, "keep", "clearly meets its standard",
         1 - 0.0005 * 0.02),
        ({"p_redundant": 0.9}, "check overlap", "little would be lost without it beside phone", 0.9),
        ({"p_redundant": 0.7}, "fix", "clearly below its standard, and it matters", 0.9995 * 0.95),
        ({"n": 12}, "not judged", "too few answers", None),
        ({"n": None}, "not judged", "too few answers", None),
        ({"p_met": None, "standard": None}, "not judged", "it has no standard that ratings can meet", None),
        ({"p_met": None}, "not judged", "all answers are alike, so it cannot be judged", None),
        ({"p_met": None, "low": 3.1}, "not judged", "too few clusters to tell whether it meets its standard", None),
        ({"p_matters": None}, "not judged", "clearly below its standard; whether it matters is not known", None),
        (
            NEAR | {"p_matters": None},
            "not judged",
            "not clearly off its standard; whether it matters is not known",
            None,
        ),
        (NEAR | {"p_met": 0.9, "p_matters": None}, "keep", "likely meets its standard", 0.9),
        (ABOVE | {"p_matters": None}, "keep", "clearly meets its standard", 0.9995),
    ],
)  # fmt: skip
def test_each_rule(facts, verdict, rule, certainty):
    fact = {name: value for name, value in (FACT | facts).items() if name != "p_matters" or value is not None}
    judged = judge(fact, LEVEL)
    assert judged["verdict"] == verdict
    assert judged["rule"] == rule
    assert judged.get("certainty") == (None if certainty is None else pytest.approx(certainty, abs=1e-12))


share = st.floats(0, 1)


@given(share, share, share, share, st.floats(-1, 1), st.booleans())
def test_no_verdict_is_less_sure_than_it_has_to_be(p_met, p_matters, q_gap, p_far, distance_low, controllable):
    side = 1 if p_met > 0.5 else -1
    facts = {"p_met": p_met, "p_matters": p_matters, "q_gap": q_gap, "p_far": p_far, "gap": 0.2 * side}
    judged = judge(FACT | facts | {"distance_low": distance_low, "controllable": controllable}, LEVEL)
    assert judged["verdict"] in ORDER
    assert judged["verdict"] == "undecided" or judged["certainty"] >= DECIDED
    assert ("certainty" in judged) == (judged["verdict"] != "undecided")
    if judged["verdict"] == "fix":
        assert controllable
        assert side < 0
        assert q_gap < 1 - LEVEL
    if judged["verdict"] == "above standard":
        assert distance_low >= FAR
