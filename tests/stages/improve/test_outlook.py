"""Where the outcome stands with a plan: counted by hand, equal to what is promised, and said no surer than it is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import ColumnError, OptionError, ValuesError
from cxlens.stages.improve.outlook import LIKELY, MISSED, OPEN, REACHED, UNLIKELY, target_in_words, verdict
from tests.stages.improve.test_at_places import wins
from tests.stages.improve.test_buy_in import LIST, answers, initiative, made
from tests.stages.improve.test_roll_out import ROLLED

DATED = made(periods=["2027-Q1", "2027-Q2", "2027-Q3"])
VIEW = DATED.outlook(3.5, "2027-06-30")


def test_a_row_for_now_and_each_period():
    table = VIEW.table
    assert VIEW.kind == "outlook"
    assert table["period"].tolist() == ["now", "2027-Q1", "2027-Q2", "2027-Q3"]
    assert [str(day) for day in table["date"].dt.date[1:]] == ["2027-03-31", "2027-06-30", "2027-09-30"]
    assert table["due"].tolist() == [False, False, True, False]
    assert table["outcome"][0] == pytest.approx(answers()["y"].mean())
    assert table["change"][0] == 0


def test_level_and_interval_are_those_that_are_promised():
    promised = DATED.forecasts()
    outcome = promised[promised["metric"] == "y"]
    for ours, theirs in (("outcome", "forecast"), ("low", "true_low"), ("high", "true_high")):
        assert VIEW.table[ours][1:].to_numpy() == pytest.approx(outcome[theirs].to_numpy())
    assert VIEW.table["change"][1:].to_numpy() == pytest.approx(DATED.periods_table["benefit"].to_numpy())


def test_the_chance_is_a_share_of_the_redraws_that_make_the_interval():
    row = VIEW.table.iloc[2]
    wins = DATED.wins
    ended = {name for names in DATED.periods_table["ends"][:2] for name in names}
    places = [i for i, name in enumerate(wins.initiatives["name"]) if name in ended]
    then = wins.response.outcome[1:, 0] + wins.benefit_of(places)
    assert row["p_target"] == pytest.approx((then >= 3.5).mean())


def test_a_redraw_that_is_at_the_target_reaches_it():
    drawn = DATED.wins.response.outcome[1:, 0]
    now = DATED.outlook(drawn[7]).table.iloc[0]
    assert now["p_target"] == (drawn >= drawn[7]).mean() > (drawn > drawn[7]).mean()


def test_costs_of_what_is_done_apart_from_what_has_begun():
    table = VIEW.table
    plan = DATED.table.set_index("initiative")
    assert table["n_done"].iloc[-1] == 4
    assert table["n_begun"].iloc[-1] == 0
    assert table["cost"].iloc[-1] == pytest.approx(plan.loc[plan["selected"], "cost"].sum())
    assert table["cost_low"].iloc[-1] == 40
    assert table["cost_high"].iloc[-1] == 120
    assert (table["cost_done"] + table["cost_begun"]).to_numpy() == pytest.approx(table["cost"].to_numpy())
    assert np.diff(table["cost"]) == pytest.approx(DATED.periods_table["cost"].to_numpy())
    queue = plan.loc["Queue"]
    begun = table.set_index("period").loc[queue["start"], "cost_begun"]
    assert begun == pytest.approx(queue["cost"] / 2)  # one of its two periods is gone


def test_what_comes_in_waves_has_begun_with_the_first_and_is_done_with_the_last():
    plan = cx.roadmap(wins(ROLLED), periods=["2027-Q1", "2027-Q2"], budget=3000, resolves=0)
    table = plan.outlook().table
    assert plan.table["selected"].sum() == 2  # waves of one initiative
    assert table["n_begun"].tolist() == [0, 1, 0]
    assert table["n_done"].tolist() == [0, 0, 1]
    assert table["cost_begun"].tolist() == [0, 3000, 0]
    assert table["cost_done"].tolist() == [0, 0, 6000]


def test_costs_that_are_not_given_are_not_told():
    rows = [initiative(f"I{k}", name, "X") for k, name in enumerate("ab")]
    for row in rows:
        for end in ("low", "likely", "high"):
            del row[f"cost_{end}"]
    view = made(rows, budget=None, capacity=None).outlook()
    assert view.table[["cost", "cost_done", "cost_low"]].isna().all(axis=None)
    assert "costs" not in str(view)


@pytest.mark.parametrize(
    ("low", "high", "chance", "word"),
    [
        (3, 4, 1.0, REACHED),
        (2.9, 4, 0.8, LIKELY),
        (2.9, 4, 0.79, OPEN),
        (2.9, 4, 0.21, OPEN),
        (2.9, 4, 0.2, UNLIKELY),
        (2.0, 2.9, 0.01, MISSED),
        (2.0, 3, 0.02, UNLIKELY),
    ],
)
def test_words_have_thresholds(low, high, chance, word):
    assert verdict(low, high, 3, chance) == word


@pytest.mark.parametrize(
    ("measure", "target", "words"),
    [
        ("NPS", 35, "35"),
        ("NPS", 35.4, "35.4"),
        ("NPS", -0.25, "-0.25"),
        ("top box", 0.55, "55 %"),
        ("share", 0.825, "82.5 %"),
        ("mean", 3.5, "3.50"),
        ("mean", 3.475, "3.475"),
    ],
)
def test_a_target_is_written_as_it_was_given(measure, target, words):
    assert target_in_words(measure, target) == words


def test_the_finding_answers_whether_the_target_is_reached():
    finding = VIEW.finding
    row = VIEW.table.iloc[2]
    assert finding.lead == "y is forecast at"
    assert finding.figure == f"{row['outcome']:.2f}"
    assert finding.unit == "by the end of 2027-Q2"
    assert finding.certainty.startswith(f"target 3.50: {row['verdict']} (")
    assert finding.more[0].startswith("All 4 initiatives by the end of 2027-Q3 are forecast to add ")
    assert finding.more[1].endswith("all of it costs 82 (estimates: 40 to 120, currency not stated)")
    assert (
        "Clearly: the whole 95 % interval lies on that side of the target. Likely: 80 of 100 redraws or more do."
    ) in VIEW.note


def test_the_cost_of_what_has_begun_is_said_apart():
    rows = [initiative("Queue", "a", "Gates", duration=2), initiative("Signs", "b", "Halls", must_do=True)]
    finding = made(rows, periods=["2027-Q1", "2027-Q2"], capacity=None).outlook(3.5, "2027-Q1").finding
    assert finding.more[1] == (
        "By then 20 is spent on what is done, 10 on what has begun; all of it costs 40 (estimates: 20 to 60, "
        "currency not stated)"
    )


def test_what_costs_nothing_has_no_sum():
    free = {"cost_low": 0, "cost_likely": 0, "cost_high": 0}
    plan = made([initiative(f"I{k}", name, "X", **free) for k, name in enumerate("ab")], capacity=None)
    assert plan.outlook().finding.more == []


def test_intervals_are_those_of_the_level_of_the_drivers():
    survey = cx.Survey(answers(), touchpoints=list("abcd"), outcome="y", scale=cx.Scale(1, 5))
    drivers = cx.drivers(survey, n_boot=60, level=0.8)
    chosen = cx.quick_wins(drivers, pd.DataFrame([initiative("Queue", "a", "Gates")]))
    plan = cx.roadmap(chosen, periods=["Q1"], budget=100, resolves=0)
    view = plan.outlook()
    assert view.level == plan.decisions().level == 0.8
    assert view.note.endswith(" Intervals: 80 %.")


def test_without_a_target_nothing_is_said_of_one():
    view = DATED.outlook()
    assert view.table["verdict"].unique().tolist() == [""]
    assert view.table["target"].isna().all()
    assert view.table["due"].tolist() == [False, False, False, True]
    assert view.finding.certainty == ""
    assert [sentence.split()[0] for sentence in view.finding.more] == ["All"]  # the lead tells what is done
    assert "Clearly" not in view.note


@pytest.mark.parametrize(
    ("by", "row"),
    [("2027-Q1", 1), ("2027-03-31", 1), ("2027-03-30", 0), ("2030-01-01", 3), (None, 3)],
)
def test_when_the_target_is_due(by, row):
    assert DATED.outlook(3.5, by).table["due"].to_numpy().argmax() == row


def test_a_target_before_anything_has_ended():
    finding = DATED.outlook(3.5, "2027-01-15").finding
    assert finding.unit == "by 2027-01-15, before any initiative has ended"


def test_where_the_lowest_is_the_best_reaching_is_falling():
    frame = answers()
    frame["y"] = np.clip(np.round(frame["y"] + 2), 1, 10)
    options = {"touchpoints": list("abcd"), "outcome": "y"}
    plans = []
    for best, values in (
        ("high", frame),
        ("low", frame.assign(y=11 - frame["y"], **{t: 6 - frame[t] for t in "abcd"})),
    ):
        scales = {"scale": cx.Scale(1, 5, best=best), "outcome_scale": cx.Scale(1, 10, best=best)}
        drivers = cx.drivers(cx.Survey(values, **options, **scales), n_boot=60)
        plans.append(cx.roadmap(cx.quick_wins(drivers, pd.DataFrame(LIST)), periods=3, resolves=0))
    up, down = plans[0].outlook(8).table, plans[1].outlook(3).table
    assert down["outcome"].to_numpy() == pytest.approx(11 - up["outcome"].to_numpy())
    assert down["low"].to_numpy() == pytest.approx(11 - up["high"].to_numpy())
    assert down["p_target"].to_numpy() == pytest.approx(up["p_target"].to_numpy())
    assert down["verdict"].tolist() == up["verdict"].tolist()


def test_shares_are_from_0_to_1_and_their_changes_in_percentage_points():
    frame = answers()
    frame["z"] = (frame["y"] > frame["y"].median()).astype(int)
    survey = cx.Survey(frame, touchpoints=list("abcd"), outcome={"z": "binary"}, scale=cx.Scale(1, 5))
    plan = cx.roadmap(cx.quick_wins(cx.drivers(survey, n_boot=60), pd.DataFrame(LIST)), periods=3, resolves=0)
    table = plan.outlook(0.55).table
    assert table["outcome"][0] == pytest.approx(frame["z"].mean())
    assert table["change"].iloc[-1] == pytest.approx(plan.periods_table["benefit"].iloc[-1])
    assert plan.outlook(0.55).finding.certainty.startswith("target 55 %: ")
    promised = plan.forecasts()
    assert promised.loc[promised["metric"] == "z", "now"].unique() == pytest.approx([frame["z"].mean()])


def test_the_same_again_for_other_answers():
    group = DATED.survey.where(cx.Segment("one", {"group": "one"}))
    again = VIEW.again(group)
    assert again.table["target"].tolist() == [3.5] * 4
    assert again.table["due"].tolist() == VIEW.table["due"].tolist()
    assert again.table["outcome"][0] == pytest.approx(answers().query("group == 'one'")["y"].mean())


def test_waves_are_kept_for_the_picture():
    waves = pd.DataFrame({"wave": [2025, 2026], "value": [3.1, 3.2], "low": [3.0, 3.1], "high": [3.2, 3.3], "n": 5})
    assert DATED.outlook(3.5, waves=waves).parts["waves"].columns.tolist() == ["wave", "value", "low", "high"]


@pytest.mark.parametrize(
    ("options", "kind", "message"),
    [
        (
            {"by": "2027-Q1"},
            ValuesError,
            "by='2027-Q1' says when a target is due, and no target is given. Give target=, or leave by out.",
        ),
        (
            {"target": 3.5, "by": "2027-Q9"},
            OptionError,
            "by: period '2027-Q9' is not known here. Did you mean '2027-Q3'? Periods: 2027-Q1, 2027-Q2, 2027-Q3.",
        ),
        (
            {"target": "high"},
            ValuesError,
            "target must be a number, found 'high'. Write figures only, with a decimal point.",
        ),
        (
            {"waves": pd.DataFrame({"wave": [1], "value": [2.0]})},
            ColumnError,
            "waves has no column 'low', 'high'. Give a table with wave, value, low, high, such as "
            "cx.monitor(survey).table.",
        ),
    ],
)
def test_what_cannot_be_asked(options, kind, message):
    with pytest.raises(kind) as error:
        DATED.outlook(**options)
    assert str(error.value) == message


def test_a_day_where_periods_have_none():
    with pytest.raises(OptionError) as error:
        made().outlook(3.5, "2027-06-30")
    assert str(error.value) == "by: period '2027-06-30' is not known here. Periods: Q1, Q2, Q3."


def test_a_target_that_the_outcome_can_never_have_is_refused():
    frame = answers()
    frame["z"] = (frame["y"] > frame["y"].median()).astype(int)
    survey = cx.Survey(frame, touchpoints=list("abcd"), outcome={"z": "binary"}, scale=cx.Scale(1, 5))
    plan = cx.roadmap(cx.quick_wins(cx.drivers(survey, n_boot=60), pd.DataFrame(LIST)), periods=3, resolves=0)
    for target, hint in {80: ", such as 0.8 for 80 %", 1.5: "", -2: ""}.items():
        with pytest.raises(ValuesError) as error:
            plan.outlook(target)
        assert str(error.value) == (
            f"target={target:g} is out of reach: z is told as a share, from 0 to 1. Give a number between these{hint}."
        )
