"""What a plan promises: the change by hand, on top of where things stand, and read back as it was written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.improve.promises import promises
from tests.stages.improve.test_buy_in import LIST, PLAN, answers, made

ALL = promises(PLAN.record, "Plan A")


def of(table: pd.DataFrame, metric: str, date: str, segment: str = "") -> pd.Series:
    return table[(table["metric"] == metric) & (table["date"] == date) & (table["segment"] == segment)].iloc[0]


def test_levels_start_from_what_was_measured():
    frame = answers()
    assert of(ALL, "y", "Q1")["now"] == pytest.approx(frame["y"].mean())
    assert of(ALL, "a", "Q1")["now"] == pytest.approx(frame["a"].mean())
    assert ALL["metric"].unique().tolist()[0] == "y"
    assert set(ALL["metric"]) == {"y", *"abcd"}
    assert (ALL["measure"] == "mean").all()
    assert (ALL["level"] == 0.95).all()
    assert (ALL["plan"] == "Plan A").all()
    assert ((ALL["low"] <= ALL["forecast"]) & (ALL["forecast"] <= ALL["high"])).all()


def test_the_last_period_holds_everything():
    every = PLAN.wins.benefit_of(range(4))
    last = of(ALL, "y", "Q3")
    assert last["forecast"] - last["now"] == pytest.approx(np.median(every))
    assert last["high"] - last["now"] == pytest.approx(np.quantile(every, 0.975))
    for period, benefit in PLAN.periods_table[["period", "benefit"]].to_numpy():
        assert of(ALL, "y", period)["forecast"] - last["now"] == pytest.approx(benefit)


def test_a_touchpoint_rises_when_its_initiative_has_ended():
    end = PLAN.table.set_index("initiative").loc["Menu", "end"]
    own = ALL[(ALL["metric"] == "c")].set_index("date")
    before = own.loc[: PLAN.table.set_index("initiative").loc["Queue", "end"]]
    assert (before["forecast"] == before["now"]).all()
    lifts = PLAN.wins.shifts[2]["c"][1:, 0]
    level, moved = np.arange(1, 6), np.minimum(np.arange(1, 6) + lifts[:, None], 5)
    gained = (PLAN.wins.response.shares[1:, 0, 2] * (moved - level)).sum(axis=1)  # everyone used it
    assert own.loc[end, "forecast"] - own.loc[end, "now"] == pytest.approx(np.median(gained))


def test_each_segment_has_its_own():
    found = promises(made(by="group").record)
    assert found["segment"].unique().tolist() == ["", "one", "two"]
    means = answers().groupby("group")["y"].mean()
    for segment, mean in means.items():
        assert of(found, "y", "Q2", segment)["now"] == pytest.approx(mean)
    assert of(found, "y", "Q2")["now"] == pytest.approx(answers()["y"].mean())


def test_the_file_is_read_back(tmp_path):
    PLAN.to_forecasts(tmp_path / "forecasts.csv", name="Plan A")
    again = cx.read_forecasts(tmp_path / "forecasts.csv")
    pd.testing.assert_frame_equal(again, PLAN.forecasts(name="Plan A"))
    PLAN.to_forecasts(tmp_path / "plain.csv")
    assert (cx.read_forecasts(tmp_path / "plain.csv")["plan"] == "road map").all()


def test_a_plan_of_nothing_promises_that_nothing_changes():
    found = promises(made(LIST[:1], budget=1).record)
    assert found["metric"].unique().tolist() == ["y"]
    assert (found["forecast"] == found["now"]).all()


def test_what_fewer_than_five_said_is_not_told():
    rng = np.random.default_rng(0)
    frame = answers(600)
    frame.loc[::4, "group"] = "three"
    two = np.flatnonzero(frame["group"] == "two")
    frame.loc[two[3:], "c"] = 6
    frame["y"] += rng.normal(size=600) / 10
    roles = {"outcome": "y", "scale": cx.Scale(1, 5, not_used=[6]), "segments": ["group"]}
    drivers = cx.drivers(cx.Survey(frame, touchpoints=list("abcd"), **roles), n_boot=50, by="group")
    plan = cx.roadmap(cx.quick_wins(drivers, pd.DataFrame(LIST)), periods=3, budget=100, resolves=0)
    found = plan.forecasts()
    assert found.loc[found["metric"] == "c", "segment"].unique().tolist() == ["", "one"]  # three would tell of two
    shown = found[found["metric"] == "c"].groupby("segment")["now"].first()
    assert shown[""] == pytest.approx(shown["one"])  # the few are not in the mean of everyone, either
    assert set(found.loc[found["metric"] == "a", "segment"]) == {"", "one", "two", "three"}
