"""Verdicts of what initiatives work on, must-dos called forced, and money that goes to what is above its standard."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.baseline import verdicts
from cxlens.stages.improve.quick_wins import QuickWins
from cxlens.stages.improve.worked_on import (
    is_forced,
    money_above_standard,
    share_verdicts,
    verdict_words,
    verdicts_on,
    with_verdicts,
)

NAMES = list("abcd")


@pytest.fixture(scope="module")
def study() -> tuple[cx.Survey, cx.TouchpointMap]:
    """Simulated: a matters and is below its standard, d is far above it and does not matter."""
    rng = np.random.default_rng(4)
    means = np.array([3.0, 4.0, 3.6, 4.6])
    scores = np.clip(np.round(means + rng.normal(size=(1_500, 4))), 1, 5)
    frame = pd.DataFrame(scores.astype(int), columns=NAMES)
    frame["y"] = scores @ [0.6, 0.5, 0.4, 0.0] + rng.normal(size=1_500)
    frame["who"] = rng.choice(["one", "two"], 1_500)
    survey = cx.Survey(frame, touchpoints=NAMES, outcome="y", scale=cx.Scale(1, 5), segments=["who"])
    standards = [cx.Standard("mean", 3.6)]
    points = [cx.Touchpoint(name, stage="s", standards=standards if name != "b" else []) for name in NAMES]
    return survey, cx.TouchpointMap(points, cx.Lifecycle(["s"]))


PLAN = pd.DataFrame(
    {
        "name": ["Fix a", "Gild d", "Both"],
        "touchpoints": ["a", "d", "b;d"],
        "lift_low": 0.1, "lift_likely": 0.2, "lift_high": 0.3, "effort_low": 1, "effort_likely": 2, "effort_high": 3,
        "cost_low": [900, 1_900, 2_900], "cost_likely": [1_000, 2_000, 3_000], "cost_high": [1_100, 2_100, 3_100],
        "must_do": ["no", "yes", "no"],
    }
)  # fmt: skip


@pytest.fixture(scope="module")
def plan(study) -> QuickWins:
    survey, places = study
    return cx.quick_wins(cx.drivers(survey, n_boot=100), PLAN, touchpoint_map=places)


def test_an_initiative_shows_the_verdict_of_each_touchpoint(study, plan):
    survey, places = study
    table = plan.table.set_index("initiative")
    given = cx.baseline(survey, places).verdicts(plan.drivers).table.set_index("touchpoint")["verdict"]
    assert given.to_dict() == {"a": "fix", "b": "not judged", "c": given["c"], "d": "above standard"}
    for name, row in table.iterrows():
        assert row["verdicts"] == tuple(given[touchpoint] for touchpoint in row["touchpoints"]), name
    assert plan.table.columns.tolist()[1:3] == ["touchpoints", "verdicts"]
    assert verdict_words(table.loc["Both"]) == "b: not judged; d: above standard"


def test_verdicts_are_made_once_for_the_same_question(study, plan, monkeypatch):
    survey, places = study
    made = []
    judged = verdicts._judged
    monkeypatch.setattr(verdicts, "_judged", lambda *asked: made.append(asked) or judged(*asked))
    drivers = cx.drivers(survey, n_boot=100)
    first = cx.baseline(survey, places).verdicts(drivers)
    first.table["verdict"] = "spoilt"
    listed = verdicts_on(drivers.record, places)
    assert "spoilt" not in listed.values()
    assert listed == verdicts_on(plan.record.fit, places)
    assert len(made) == 1
    assert verdicts_on(drivers.record, cx.TouchpointMap(list(places), places.lifecycle)) == listed
    cx.baseline(survey, places, level=0.9).verdicts(drivers)
    assert len(made) == 3


def test_drivers_by_segment_can_have_the_verdicts_of_all_together(study, monkeypatch):
    survey, places = study
    whole, by, alone = (cx.drivers(survey, by=column, n_boot=100).record for column in (None, "who", "who"))
    share_verdicts(whole, by)
    assert verdicts_on(by, places) == verdicts_on(whole, places) == verdicts_on(alone, places)
    monkeypatch.delattr(verdicts, "_judged")
    assert verdicts_on(by, places) == verdicts_on(whole, places)


def test_without_a_map_and_must_dos_there_is_nothing_to_add(plan):
    bare = plan.table.drop(columns=["verdicts", "forced"])
    listed = plan.initiatives.assign(must_do=False)
    pd.testing.assert_frame_equal(with_verdicts(bare, listed, plan.record.fit, None), bare)
    assert verdict_words(bare.iloc[0].to_dict()) == ""
    assert not is_forced(bare.iloc[0].to_dict())
    assert money_above_standard(bare.to_dict("records"), "EUR") == ""


def test_by_segment_verdicts_are_those_of_all_answers(study, plan):
    survey, places = study
    by_segment = cx.quick_wins(cx.drivers(survey, n_boot=100, by="who"), PLAN, touchpoint_map=places)
    assert dict(by_segment.table[["initiative", "verdicts"]].to_numpy()) == dict(
        plan.table[["initiative", "verdicts"]].to_numpy()
    )


def test_a_must_do_is_called_forced(plan):
    forced = plan.table.set_index("initiative")["forced"]
    assert forced.to_dict() == {"Fix a": False, "Gild d": True, "Both": False}
    said = [words for words in plan.findings(3) if words.startswith('"Gild d"')]
    assert all(words.startswith('"Gild d" (forced) ') for words in said)
    assert is_forced(plan.table[plan.table["initiative"] == "Gild d"].to_dict("records")[0])


def test_money_that_goes_to_what_is_above_its_standard_is_told(plan):
    rows = plan.table.sort_values("initiative").to_dict("records")
    assert money_above_standard(rows, "EUR") == (
        "Look again, since this goes to what is above its standard and matters little: "
        '"Both" (d, 3,000 EUR), "Gild d" (d, 2,000 EUR).'
    )
    assert money_above_standard([{key: row[key] for key in row if key != "cost"} for row in rows[:1]], "") == (
        'Look again, since this goes to what is above its standard and matters little: "Both" (d).'
    )
    assert money_above_standard([row for row in rows if row["initiative"] == "Fix a"], "EUR") == ""
