"""Roll-outs: in which order places come, what limits allow, how waves are told, and what the next wave waits for."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.improve.roll_out import MOST_PARTS, in_parts
from cxlens.stages.improve.timetable import _Choice, _Forecasts, _why, timetable_again
from cxlens.stats.schedule import Schedule
from tests.stages.improve.test_at_places import HOTELS, known, wins

ROLLED = {"places": "below mean", "cost_per_place": 1000, "owner": "Property"}
DESK = {"name": "Desk", "touchpoints": "desk", "cost": 2000, "owner": "Front"}


@cache
def planned(budget: float = 3000):
    return cx.roadmap(wins(ROLLED), periods=["Q1", "Q2"], budget=budget, resolves=0)


def turns(plan) -> dict[str, str]:
    return plan.places_table.set_index("place")["start"].to_dict()


def test_places_come_by_what_is_expected_there_as_many_as_the_budget_pays_for() -> None:
    plan = planned()
    table = plan.places_table
    assert table["place"].tolist()[:3] == ["Hotel 1", "Hotel 2", "Hotel 3"]  # the first has twice as many guests
    assert table["benefit"].is_monotonic_decreasing
    assert table["start"].tolist()[:7] == ["Q1"] * 3 + ["Q2"] * 3 + [""]
    assert (table["p_below_mean"] > 0.5).all()
    assert plan.periods_table["cost"].tolist() == [3000, 3000]


def test_the_finding_names_who_comes_first() -> None:
    said = str(planned())
    assert '"Rooms" goes to 6 of 8 places, first in Q1: Hotel 1, Hotel 2, Hotel 3.' in said
    assert said.startswith("1 of 1 initiative is forecast to add ")


def test_a_wave_is_one_row_with_what_its_places_cost_and_bring() -> None:
    plan = planned()
    table = plan.table.set_index("initiative")
    assert table.index.tolist() == ["Rooms (wave 1)", "Rooms (wave 2)", "Rooms (the rest)"]
    assert table["cost"].tolist() == [3000, 3000, 2000]
    assert table["selected"].tolist() == [True, True, False]
    assert table.loc["Rooms (the rest)", "why"] == "what it needs (the budget) goes to initiatives that are chosen"
    whole = plan.wins.record
    waves = plan.record.candidates
    np.testing.assert_allclose(sum(shift["room"] for shift in waves.shifts), whole.shifts[0]["room"])
    np.testing.assert_allclose(waves.efforts.sum(axis=1), whole.efforts[:, 0])
    np.testing.assert_allclose(waves.benefit_of(range(3)), whole.benefit_of([0]))


def test_what_is_paid_once_is_paid_with_the_first_wave() -> None:
    once = cx.roadmap(wins({**ROLLED, "cost": 1000}), periods=2, budget=3000, resolves=0)
    assert once.table["cost"].tolist() == [3000, 3000, 3000]
    assert [len(names) for _, names in once.places_table.groupby("start")["place"]] == [3, 2, 3]


def test_money_for_all_makes_one_wave_that_keeps_its_name() -> None:
    plan = planned(budget=50_000)
    assert plan.table["initiative"].tolist() == ["Rooms"]
    assert set(turns(plan).values()) == {"Q1"}


def test_a_bad_place_is_not_done_before_a_worse_one_where_nothing_is_lost_by_waiting() -> None:
    first = cx.roadmap(wins(ROLLED), periods=["Q1", "Q2", "Q3"], budget=[1000, 2000, 5000], resolves=0)
    assert first.places_table["start"].tolist() == ["Q1", "Q2", "Q2", *["Q3"] * 5]


def test_several_places_make_a_part_where_there_are_many() -> None:
    rolled_out = in_parts(wins({**ROLLED, "places": "all"}).record)
    assert len(rolled_out.whole) == HOTELS <= MOST_PARTS
    assert rolled_out.share.sum() == pytest.approx(1)
    assert rolled_out.follows == tuple((row, row - 1) for row in range(1, HOTELS))


def test_what_has_no_cost_for_each_place_is_not_parted() -> None:
    found = wins({"places": "below mean", "cost": 5000})
    plan = cx.roadmap(found, periods=2, budget=3000, resolves=0)
    assert plan.table["initiative"].tolist() == ["Rooms"]
    assert plan.record.candidates is found.record
    assert set(turns(plan).values()) == {""}


def test_what_needs_it_waits_for_its_last_wave() -> None:
    found = wins(ROLLED, {**DESK, "prerequisites": "Rooms"})
    plan = cx.roadmap(found, periods=4, budget=4000, resolves=0)
    start = plan.table.set_index("initiative")["start"]
    assert start["Desk"] > max(turns(plan).values()) > min(turns(plan).values())
    short = cx.roadmap(found, periods=2, budget=3000, resolves=0).table.set_index("initiative")
    assert short.loc["Desk", "why"] == 'it needs "Rooms" at all places, and some of these are left out'


def why_of(*rows, **limits) -> str:
    """Why the first is left out at all places, or at those that are."""
    plan = cx.roadmap(wins(*rows), **{"periods": 2, "resolves": 0, **limits})
    (why,) = plan.table.loc[plan.table["initiative"].str.startswith("Rooms") & ~plan.table["selected"], "why"]
    return why


def test_what_the_first_places_cost_is_told_as_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "it costs 1,000 at its first place in 2 periods, more than the budget: with a duration of 3 periods it "
    told += "would fit"
    assert why_of({**ROLLED, "duration": 2}, periods=4, budget=400) == told
    monkeypatch.setattr("cxlens.stages.improve.roll_out.MOST_PARTS", 4)
    assert why_of({**ROLLED, "duration": 2}, periods=4, budget=800) == told.replace("1,000", "2,000").replace(
        "first place", "first 2 places"
    )


@pytest.mark.parametrize("places", ["below mean", "all"])
def test_a_forecast_that_is_too_small_is_told_of_all_places(places: str) -> None:
    low = {**ROLLED, "places": places, "lift_low": 0.001, "lift_likely": 0.002, "lift_high": 0.003}
    plan = cx.roadmap(wins(low), periods=2, resolves=0)
    (row,) = plan.table.to_dict("records")
    forecast, least = (f"{value:.3f}" for value in (row["benefit"], plan.record.least))
    assert row["why"] == f"its forecast of {forecast} is below {least}, the least worth having"


def test_a_forecast_too_small_at_the_next_places_only_is_told_of_these() -> None:
    low = _Forecasts(np.array([0.2, 0.03]), np.array([0.1, 0.05]))
    high = _Forecasts(np.array([0.2, 0.09]), np.array([0.1, 0.08]))
    best = Schedule(np.array([0, -1]), 0.0, 0.0, 0.0)
    parts = in_parts(wins({**ROLLED, "places": "Hotel 1; Hotel 2"}).record)
    choice = _Choice(best, best, None, None)
    waves = [np.array([0]), np.array([1])]
    why = _why(["", ""], parts, low, high, choice, waves)
    assert why == ["", "its forecast of 0.030 at its next place is below 0.050, the least worth having there"]


def test_a_harm_is_told_at_its_first_place() -> None:
    harm = {**ROLLED, "lift_low": -0.4, "lift_likely": -0.3, "lift_high": -0.2}
    assert why_of(harm) == "its forecast at its first place is not above zero"


def test_a_must_do_that_cannot_be_paid_for_is_called_by_its_name() -> None:
    must = wins({**ROLLED, "must_do": "yes"})
    with pytest.raises(cx.CxlensError) as error:
        cx.roadmap(must, periods=2, budget=500, resolves=0)
    assert str(error.value) == (
        'a budget of 500 a period cannot pay for "Rooms" (1,000 at its first place), a must-do. Raise budget=, or mark '
        "it as no must-do."
    )
    with pytest.raises(cx.CxlensError) as error:
        cx.roadmap(must, periods=2, budget=3000, resolves=0)
    assert str(error.value) == (
        'no road map keeps all of these at once: "Rooms" has to be done; the budget; all ends within 2 periods. Give '
        "up or loosen one of them."
    )


def test_what_comes_after_a_roll_out_is_told_once() -> None:
    late = {**DESK, "name": "Late", "must_do": "yes", "prerequisites": "Rooms"}
    with pytest.raises(cx.CxlensError) as error:
        cx.roadmap(wins({**ROLLED, "prerequisites": "Desk"}, DESK, late), periods=2, budget=30_000, resolves=0)
    assert str(error.value) == (
        'no road map keeps all of these at once: "Rooms" comes after "Desk"; "Late" comes after "Rooms"; "Late" has to '
        "be done; all ends within 2 periods. Give up or loosen one of them."
    )


def test_what_it_excludes_is_not_done_beside_any_wave() -> None:
    found = wins(ROLLED, {**DESK, "exclusions": "Rooms"})
    plan = cx.roadmap(found, periods=2, budget=2000, resolves=0)
    table = plan.table.set_index("initiative")
    assert not table.loc["Desk", "selected"]
    assert table.loc["Desk", "why"] == 'it excludes "Rooms", which is chosen'


def test_hands_are_shared_among_places() -> None:
    found = wins({**ROLLED, "teams": "IT: 8"})
    plan = cx.roadmap(found, periods=2, capacity={"IT": 2}, resolves=0)
    assert plan.teams_table["load"].tolist() == pytest.approx([2, 2])
    assert [len(names) for _, names in plan.places_table.groupby("start")["place"]] == [4, 2, 2]


def test_owners_are_asked_for_an_initiative_once() -> None:
    plan = cx.roadmap(wins(ROLLED, {**DESK, "consulted": "Staff"}), periods=2, budget=4000, resolves=0)
    asked = plan.buy_in()
    assert asked.table.set_index("owner")["n"].to_dict() == {"Property": 1, "Front": 1}
    assert str(asked).startswith("2 owners are asked for 2 initiatives.")


def test_a_roll_out_is_one_initiative_that_is_done_when_its_last_wave_is() -> None:
    outlook = planned().outlook().table.set_index("period")
    assert outlook["n_done"].tolist() == [0, 0, 1]
    assert outlook["n_begun"].tolist() == [0, 1, 0]
    assert outlook["cost_done"].tolist() == [0, 0, 6000]
    assert outlook["cost_begun"].tolist() == [0, 3000, 0]
    assert str(planned().decisions()).startswith("1 of 1 initiative needs a yes before Q1.")


def test_a_must_do_is_done_at_all_its_places() -> None:
    plan = cx.roadmap(wins({**ROLLED, "must_do": "yes"}), periods=3, budget=3000, resolves=0)
    assert "" not in turns(plan).values()


def test_chosen_again_is_the_share_of_places() -> None:
    plan = cx.roadmap(wins(ROLLED), periods=2, budget=3000, resolves=5)
    chosen = plan.table.set_index("initiative")["p_selected"]
    assert chosen["Rooms (wave 1)"] == 1
    assert 0 <= chosen["Rooms (the rest)"] < 1


def test_the_same_limits_by_other_answers_roll_out_anew() -> None:
    plan = planned()
    half = timetable_again(plan.record, plan.survey.where(cx.Segment("work", {"why": "work"})))
    assert half.wins is not plan.record.wins
    assert half.places_table["place"].is_unique
    again = cx.roadmap(plan.wins, **plan.options)
    pd.testing.assert_frame_equal(again.table, plan.table)


def test_the_way_to_a_standard_is_rolled_out_too() -> None:
    drivers, places = known(0.8)
    room = cx.Touchpoint("room", stage="Stay", standards=(cx.Standard("mean", 3.2),))
    marked = cx.TouchpointMap([room], cx.Lifecycle([cx.Stage("Stay")]))
    row = {
        "name": "Rooms",
        "touchpoints": "room",
        "lift": "to standard",
        "effort": 4,
        "places": "all",
        "cost_per_place": 9,
    }
    found = cx.quick_wins(drivers, pd.DataFrame([row]), places=places, touchpoint_map=marked)
    plan = cx.roadmap(found, periods=2, budget=40, resolves=0)
    assert plan.places_table["place"].tolist()[:2] == ["Hotel 1", "Hotel 2"]
    assert plan.table["selected"].tolist() == [True, True, False]


def test_places_alike_are_not_told_to_be_low() -> None:
    plan = cx.roadmap(wins(ROLLED, apart=0.0, seed=4), periods=2, budget=3000, resolves=0)
    assert (plan.places_table["p_below_mean"] < 0.95).all()
