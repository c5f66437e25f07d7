"""Where the outcome stands among all who gave it, though drivers leave some of them out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.improve.standing import Standing, moved_to, standings
from tests.stages.improve.test_buy_in import LIST, answers


def frame_with_blanks() -> pd.DataFrame:
    """Those who leave a touchpoint blank are less content."""
    frame = answers(600)
    blank = np.random.default_rng(1).random(600) < 0.3
    frame.loc[blank, "y"] -= 2
    frame.loc[blank, "d"] = np.nan
    return frame


def plan_of(frame: pd.DataFrame, by: str | None = None):
    survey = cx.Survey(frame, touchpoints=list("abcd"), outcome="y", scale=cx.Scale(1, 5), segments=["group"])
    drivers = cx.drivers(survey, n_boot=200, by=by, blanks="drop")
    return cx.roadmap(cx.quick_wins(drivers, pd.DataFrame(LIST)), periods=3, resolves=0)


def test_promises_start_from_all_who_gave_the_outcome():
    frame = frame_with_blanks()
    plan = plan_of(frame)
    promised = plan.forecasts()
    first = promised[promised["metric"] == "y"].iloc[0]
    complete = frame.dropna()["y"]
    assert plan.wins.response.outcome[0, 0] == pytest.approx(complete.mean())
    assert first["now"] == pytest.approx(frame["y"].mean())
    assert frame["y"].mean() < complete.mean() - 0.4
    table = plan.outlook().table
    assert table["outcome"][0] == pytest.approx(frame["y"].mean())
    width = 2 * 1.96 * frame["y"].std() / np.sqrt(600)
    assert table["high"][0] - table["low"][0] == pytest.approx(width, rel=0.25)


def test_segments_start_from_theirs():
    frame = frame_with_blanks()
    promised = plan_of(frame, by="group").forecasts()
    now = promised[promised["metric"] == "y"].groupby("segment")["now"].first()
    assert now[["one", "two"]].tolist() == pytest.approx(frame.groupby("group")["y"].mean().tolist())


def test_where_nobody_is_left_out_nothing_is_moved():
    drawn = np.array([3.0, 2.9, 3.2])
    assert moved_to(Standing(3.0, 0.5), drawn) is drawn
    assert moved_to(None, drawn) is drawn


def test_what_has_no_spread_cannot_be_moved():
    drawn = np.array([3.0, 2.9, 3.2])
    level = np.array([3.0, 3.0, 3.0])
    assert moved_to(Standing(2.5, 0.0), drawn) is drawn
    assert moved_to(Standing(2.5, float("nan")), drawn) is drawn
    assert moved_to(Standing(2.5, 0.05), level) is level


def test_segments_of_whom_nothing_may_be_told_stand_nowhere():
    frame = answers()
    frame.loc[:2, "group"] = "three"  # three people: they are hidden, and one group more
    survey = cx.Survey(frame, touchpoints=list("abcd"), outcome="y", scale=cx.Scale(1, 5), segments=["group"])
    found = standings(cx.drivers(survey, n_boot=20, by="group").record, "mean")
    told = cx.baseline(survey, by="group").outcomes.dropna(subset="value")["segment"]
    assert list(found) == ["", *told]
    assert len(told) == 1


def test_draws_keep_their_order_around_the_level_of_all():
    drawn = np.array([3.0, 2.9, 3.2, 3.1])
    moved = moved_to(Standing(2.5, 0.05), drawn)
    assert moved[0] == 2.5
    assert moved[1:].std(ddof=1) == pytest.approx(0.05)
    assert np.corrcoef(moved[1:], drawn[1:])[0, 1] == pytest.approx(1)


def test_a_share_is_found_by_its_own_name():
    frame = answers()
    frame["z"] = (frame["y"] > 5).astype(int)
    survey = cx.Survey(frame, touchpoints=list("abcd"), outcome={"z": "binary"}, scale=cx.Scale(1, 5))
    found = standings(cx.drivers(survey, n_boot=20).record, "top box")
    assert found[""].level == pytest.approx(frame["z"].mean())


def test_another_outcome_does_not_count():
    frame = answers().assign(w=3.0)
    frame.loc[:9, "w"] = 2.0
    outcomes = {"w": "interval", "y": "interval"}
    survey = cx.Survey(frame, touchpoints=list("abcd"), outcome=outcomes, scale=cx.Scale(1, 5))
    found = standings(cx.drivers(survey, outcome="y", n_boot=20).record, "mean")
    assert found[""].level == pytest.approx(frame["y"].mean())
    assert found[""].error == pytest.approx(frame["y"].std() / np.sqrt(len(frame)), rel=0.02)
