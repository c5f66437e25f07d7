"""Profit of segments as their study states it: named as the drivers name them, and all that is refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.stages.improve.stated_profit import costs_are_stated, stated_profits

WORK = cx.Segment("At work", {"kind": "work"}, value=100, cost_to_serve=10)
FUN = cx.Segment("For fun", {"kind": ["fun", "play"]}, value=30, cost_to_serve=20.5)
PLAN = pd.DataFrame({"name": ["Desk", "Web"], "touchpoints": ["Desk", "Web"]}).assign(
    lift_low=0.2, lift_likely=0.4, lift_high=0.6, effort_low=1, effort_likely=2, effort_high=7, owner="Ann"
)


@cache
def answers():
    """Desk matters to those at work, web to those at leisure, who are twice as many."""
    rng = np.random.default_rng(5)
    kind = np.repeat(["work", "fun"], [100, 200])
    scores = rng.integers(1, 6, (300, 2))
    frame = pd.DataFrame({"Desk": scores[:, 0], "Web": scores[:, 1], "kind": kind, "trips": np.arange(300) % 2 + 1})
    frame["overall"] = 2 + np.where(kind == "work", scores[:, 0], scores[:, 1]) + rng.normal(0, 0.7, 300)
    return frame


@cache
def plain():
    return cx.Survey(answers(), touchpoints=["Desk", "Web"], outcome="overall", segments=["kind", "trips"])


def found(*segments, by="kind"):
    return cx.drivers(plain().declaring(segments), by=by, n_boot=40)


def test_a_segment_is_found_by_the_value_that_it_is():
    fit = found(WORK, FUN, cx.Segment("Often at work", {"kind": "work", "trips": 2}, value=1)).record
    assert stated_profits(fit) == {"fun": 9.5, "work": 90.0}
    assert costs_are_stated(fit)


def test_a_range_is_found_by_the_numbers_in_it():
    once = cx.Segment("Once", {"trips": 1}, value=7)
    often = cx.Segment("Often", {"trips": (2, None)}, value=40)
    fit = found(once, often, by="trips").record
    assert stated_profits(fit) == {"1": 7.0, "2": 40.0}
    assert not costs_are_stated(fit)


def test_the_word_is_the_mapping_it_stands_for():
    drivers = found(WORK, FUN)
    by_word = cx.quick_wins(drivers, PLAN, weigh="profit")
    by_mapping = cx.quick_wins(drivers, PLAN, weigh={"work": 90, "fun": 9.5})
    pd.testing.assert_frame_equal(by_word.table, by_mapping.table, check_exact=True)
    assert "Profit: value less cost to serve as the study states them, not measured." in by_word.note
    assert "as the study states" not in by_mapping.note
    again = cx.quick_wins(drivers, PLAN, **by_word.options)
    pd.testing.assert_frame_equal(again.table, by_word.table)


def test_it_is_said_where_no_cost_is_stated():
    once = cx.Segment("Once", {"trips": 1}, value=7)
    often = cx.Segment("Often", {"trips": 2}, value=40)
    wins = cx.quick_wins(found(once, often, by="trips"), PLAN, weigh="profit")
    assert "Profit: value as the study states it, not measured; it states no cost to serve." in wins.note


def test_answers_of_a_study_know_its_segments():
    study = cx.datasets.load_airport()
    survey = study.survey()
    assert survey.declared == study.segments
    few = survey.only(["Security", "Wi-Fi"])
    fit = cx.drivers(few, by="purpose", n_boot=0).record
    told = cx.profit(study, value="given", cost="given").weights
    assert stated_profits(fit) == dict(zip(told["segment"], told["profit"], strict=True))


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        (
            [],
            "weigh='profit' reads value= and cost_to_serve= of the study's segments, and these answers come with "
            "none. Ask answers of study.survey(), where each Segment has a value=, or give weigh={segment: profit}.",
        ),
        (
            [WORK, cx.Segment("Often for fun", {"kind": "fun", "trips": 2}, value=3)],
            "weigh='profit': no segment of the study is kind = fun and nothing else. Add one with value= to the "
            "study, or give weigh={segment: profit}.",
        ),
        (
            [WORK, FUN, cx.Segment("All", {"kind": ["fun", "work"]}, value=3)],
            "weigh='profit': kind = fun is in several segments of the study, 'For fun', 'All', so what a customer "
            "brings is not one figure. Give weigh={segment: profit}.",
        ),
        (
            [WORK, cx.Segment("For fun", {"kind": "fun"}, cost_to_serve=3)],
            "weigh='profit': value is not known of 'For fun'. Give value= of each Segment, or give "
            "weigh=cx.profit(study).weights.",
        ),
        (
            [WORK, cx.Segment("For fun", {"kind": "fun"}, value=3)],
            "weigh='profit': cost_to_serve is not known of 'For fun', and it is of others. Give cost_to_serve= of each "
            "Segment, or give weigh=cx.profit(study).weights.",
        ),
        (
            [cx.Segment("At work", {"kind": "work"}, value=0), cx.Segment("For fun", {"kind": "fun"}, value=0)],
            "weigh: no segment has a profit above 0, so nothing could count. Leave out weigh=.",
        ),
    ],
)
def test_what_is_refused(segments, message):
    with pytest.raises(CxlensError) as refused:
        cx.quick_wins(found(*segments), PLAN, weigh="profit")
    assert str(refused.value) == message
