"""What a plan promises: the change by hand, on top of where things stand, and read back as it was written."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ValuesError
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
    for period, benefit in PLAN.periods_table[["period", "benefit"]].to_numpy():
        assert of(ALL, "y", period)["forecast"] - last["now"] == pytest.approx(benefit)


def test_intervals_hold_the_error_of_now_of_the_change_and_of_the_later_survey():
    last = of(ALL, "y", "Q3")
    levels = PLAN.wins.response.outcome[1:, 0]
    then = levels + PLAN.wins.benefit_of(range(4))
    low, high = np.quantile(then, [0.025, 0.975], method="weibull")
    assert (last["true_low"], last["true_high"]) == pytest.approx((low, high))
    reach = 1.959964 * levels.std(ddof=1)
    assert last["high"] - last["forecast"] == pytest.approx(np.hypot(high - last["forecast"], reach))
    assert last["forecast"] - last["low"] == pytest.approx(np.hypot(last["forecast"] - low, reach))


def test_a_larger_survey_measures_more_closely_and_changes_nothing_else():
    large = PLAN.forecasts("Plan A", n=1200)  # four times as many: half the error
    assert ALL["n"].unique().tolist() == [300]
    assert large["n"].unique().tolist() == [1200]
    same = ["metric", "segment", "date", "now", "forecast", "true_low", "true_high"]
    pd.testing.assert_frame_equal(large[same], ALL[same])
    first, second = (
        np.sqrt((table["high"] - table["forecast"]) ** 2 - (table["true_high"] - table["forecast"]) ** 2)
        for table in (ALL, large)
    )
    inside = large["high"].to_numpy() < 5
    assert (second / first)[inside].to_numpy() == pytest.approx(0.5)


@pytest.mark.parametrize("n", [0, 2.5, True])
def test_a_survey_of_no_answers_is_refused(n):
    with pytest.raises(ValuesError) as error:
        PLAN.forecasts(n=n)
    assert str(error.value) == (
        f"n is {n!r}. Give how many answers the later survey is to have, a whole number such as 600."
    )


def test_promises_end_where_the_scale_ends():
    frame = answers()
    frame["y"] = np.clip(np.round(frame["y"]), 1, 6)
    scales = {"scale": cx.Scale(1, 5), "outcome_scale": cx.Scale(1, 6)}
    frame.loc[frame["y"] < 6, "y"] = np.where(np.arange((frame["y"] < 6).sum()) % 20, 6, 5)
    drivers = cx.drivers(cx.Survey(frame, touchpoints=list("abcd"), outcome="y", **scales), n_boot=60)
    promised = cx.roadmap(cx.quick_wins(drivers, pd.DataFrame(LIST)), periods=3, resolves=0).forecasts(n=1)
    outcome = promised[promised["metric"] == "y"]
    assert (outcome["high"] == 6).all()
    assert (outcome["forecast"] < 6).all()


def test_who_takes_part_is_chance_too():
    # Two segments that differ by 10 points: the error of all together is mostly that of their shares.
    frame = answers()
    frame["y"] += 10 * (frame["group"] == "two")
    survey = cx.Survey(frame, touchpoints=list("abcd"), outcome="y", scale=cx.Scale(1, 5), segments=["group"])
    wins = cx.quick_wins(cx.drivers(survey, n_boot=200, by="group"), pd.DataFrame(LIST))
    promised = cx.roadmap(wins, periods=3, resolves=0).forecasts()
    first = of(promised, "y", "period 1")
    error = frame["y"].std() / np.sqrt(len(frame))
    assert first["true_high"] - first["true_low"] == pytest.approx(2 * 1.96 * error, rel=0.25)


def test_a_touchpoint_rises_when_its_initiative_has_ended():
    end = PLAN.table.set_index("initiative").loc["Menu", "end"]
    own = ALL[(ALL["metric"] == "c")].set_index("date")
    before = own.loc[: PLAN.table.set_index("initiative").loc["Queue", "end"]]
    assert (before["forecast"] == before["now"]).all()  # it is worked on later
    means = PLAN.wins.response.shares[1:, 0, 2] @ np.arange(1, 6)
    assert means.std() == pytest.approx(answers()["c"].std() / np.sqrt(300), rel=0.25)
    low, high = np.quantile(means, [0.025, 0.975], method="weibull")
    assert before["true_low"].tolist() == pytest.approx([low] * len(before))
    assert before["true_high"].tolist() == pytest.approx([high] * len(before))
    reach = 1.959964 * means.std(ddof=1)
    assert (before["high"] - before["now"]).to_numpy() == pytest.approx(np.hypot(high - before["now"], reach))
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
    PLAN.to_forecasts(tmp_path / "plain.csv", n=900)
    assert (cx.read_forecasts(tmp_path / "plain.csv")["n"] == 900).all()
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
