"""The record of a road map: what exclude each other, what is shared, and the same limits by other answers."""

from __future__ import annotations

import numpy as np
import pandas as pd

import cxlens as cx
from cxlens.stages.improve.timetable import timetable_again
from tests.stages.improve.test_roadmap import DRIVERS, PLAN, WINS, answers, initiative


def test_the_record_is_what_the_face_shows():
    record = PLAN.record
    assert record.candidates is WINS.record
    assert record.survey is WINS.survey is PLAN.survey
    assert record.chosen.equals(PLAN.table[PLAN.table["selected"]])
    assert list(record.places) == WINS.initiatives["name"].tolist()
    assert [record.places[name] for name in WINS.initiatives["name"]] == list(range(len(WINS.initiatives)))


def test_two_that_cannot_both_be_done_for_the_same_people_exclude_each_other():
    survey = cx.Survey(answers(), touchpoints=list("abcd"), outcome="y", scale=cx.Scale(1, 5), segments=["group"])
    drivers = cx.drivers(survey, n_boot=30, by="group")
    place = cx.TouchpointMap(
        [cx.Touchpoint("a", stage="s", standards=[cx.Standard("mean", 4.5)])], cx.Lifecycle([cx.Stage("s")])
    )
    nothing = dict.fromkeys(["lift_low", "lift_high"], "")
    rows = [
        initiative("One", "a", segments="one") | nothing | {"lift_likely": "to standard"},
        initiative("Two", "a", segments="two") | nothing | {"lift_likely": "to standard"},
        initiative("All", "a") | nothing | {"lift_likely": "to standard"},
    ]
    wins = cx.quick_wins(drivers, pd.DataFrame(rows), touchpoint_map=place)
    chosen = cx.roadmap(wins, periods=1, resolves=0).record.chosen["initiative"].tolist()
    assert sorted(chosen) in (["All"], ["One", "Two"])


def test_other_answers_keep_to_the_same_limits():
    half = cx.Survey(
        answers().iloc[::2], touchpoints=list("abcd"), outcome="y", scale=cx.Scale(1, 5), segments=["group"]
    )
    again = timetable_again(PLAN.record, half)
    rows = WINS.initiatives
    by_hand = cx.roadmap(cx.quick_wins(cx.drivers(half, n_boot=60), rows), **PLAN.options)
    for name in ("table", "periods_table", "teams_table"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(by_hand, name))
    assert again.options == PLAN.options
    assert not np.isclose(again.objective, PLAN.objective)
    assert PLAN.wins.drivers is DRIVERS
