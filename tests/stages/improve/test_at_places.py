"""Initiatives at some places: what they bring and cost there, whom they reach, and what is refused."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.errors import CxlensError
from cxlens.stages.improve.at_places import p_low
from cxlens.stages.improve.candidates import candidates_again

HOTELS = 16
ROOM = {"name": "Rooms", "touchpoints": "room", "lift_low": 0.2, "lift_likely": 0.3, "lift_high": 0.4, "effort": 4}
THERE = ", Hotel ".join(sorted(str(number) for number in range(1, HOTELS + 1)))
LOW = [f"Hotel {number}" for number in range(1, 6)]


def answers(apart: float, seed: int = 1, n: int = 1600) -> pd.DataFrame:
    """Guests of hotels, the first the lowest, whose rooms differ by so much; the second has twice as many."""
    rng = np.random.default_rng(seed)
    hotel = np.arange(n) % (HOTELS + 1) % HOTELS
    room = 3.0 + apart * np.linspace(-1, 1, HOTELS)[hotel] + rng.normal(0, 0.8, n)
    frame = pd.DataFrame({"room": np.clip(np.round(room), 1, 5), "desk": rng.integers(1, 6, n)})
    frame["overall"] = 0.5 * frame["room"] + 0.2 * frame["desk"] + rng.normal(0, 0.5, n)
    return frame.assign(hotel=[f"Hotel {number + 1}" for number in hotel], why=rng.choice(["work", "fun"], n))


@cache
def known(apart: float, *, seed: int = 1, by: str | None = None, turned: bool = False):
    frame = answers(apart, seed)
    scale = cx.Scale(1, 5)
    if turned:
        frame = frame.assign(room=6 - frame["room"], desk=6 - frame["desk"])
        scale = cx.Scale(1, 5, best="low")
    survey = cx.Survey(frame, touchpoints=["room", "desk"], outcome="overall", scale=scale, segments=["hotel", "why"])
    return cx.drivers(survey, by=by, n_boot=200), cx.compare_places(survey, "hotel", metric=["room", "desk"])


def wins(*rows, apart: float = 0.8, **options):
    drivers, places = known(apart, **options)
    return cx.quick_wins(drivers, pd.DataFrame([{**ROOM, **row} for row in rows]), places=places)


def benefit(found) -> pd.Series:
    return found.table.set_index("initiative")["benefit"]


def test_all_places_bring_what_is_done_everywhere() -> None:
    found = wins({}, {"name": "One by one", "places": "all"})
    assert benefit(found)["One by one"] == pytest.approx(benefit(found)["Rooms"], rel=0.05)
    everywhere = found.record.shifts[0]["room"] / found.record.drawn.lifts[:, :1]
    by_place = found.record.shifts[1]["room"] / found.record.drawn.lifts[:, 1:]
    np.testing.assert_allclose(by_place, everywhere, rtol=1e-6)


def test_some_places_bring_the_share_of_their_customers_and_their_room() -> None:
    found = wins(
        {},
        {"name": "Lowest", "places": "Hotel 1; Hotel 2"},
        {"name": "Highest", "places": "Hotel 15; Hotel 16"},
    )
    reach = [shift["room"][0, 0] / 0.3 for shift in found.record.shifts]
    assert reach[0] == pytest.approx(1)
    low, high = 2 / 17, 3 / 17  # the first hotel has twice as many
    places = found.record.sites[1].sites.compared.table.query("metric == 'room'").set_index("place")["value"]
    mean = answers(0.8)["room"].mean()
    rooms = (5 - places) / (5 - mean)
    assert reach[1] == pytest.approx((2 * rooms["Hotel 1"] + rooms["Hotel 2"]) / 17, abs=0.01)
    assert reach[2] == pytest.approx((rooms["Hotel 15"] + rooms["Hotel 16"]) / 17, abs=0.01)
    assert reach[1] > high > low > reach[2]


def test_a_cost_for_each_place_is_added_to_what_is_paid_once() -> None:
    found = wins(
        {"cost_low": 5, "cost_likely": 10, "cost_high": 15},
        {"name": "At two", "places": "Hotel 3; Hotel 4", "cost": 1000, "cost_per_place": 200},
        {"name": "Free", "places": "Hotel 3", "cost": None},
        {"name": "All", "places": "all", "cost_per_place": 200},
    )
    table = found.table.set_index("initiative")
    assert table["cost"].drop("Free").to_dict() == {"Rooms": 10, "At two": 1400, "All": 3200}
    assert np.isnan(table.loc["Free", "cost"])
    assert table["places"].to_dict() == {"Rooms": 0, "At two": 2, "Free": 1, "All": HOTELS}
    priced = found.record.priced.set_index("name")
    assert priced.loc["At two", ["cost_low", "cost_likely", "cost_high"]].tolist() == [700, 1400, 2100]


def test_those_below_the_mean_are_told_with_luck_taken_off() -> None:
    site = wins({"places": "below mean"}).record.sites[0]
    assert set(LOW) <= set(site.names) <= {f"Hotel {number}" for number in range(1, 11)}
    chance = dict(zip(site.sites.names, p_low(site.sites, ["room"]), strict=True))
    assert all(chance[name] > 0.5 for name in site.names)
    assert chance["Hotel 1"] > 0.99
    assert chance["Hotel 16"] < 0.01


def test_where_a_place_is_not_below_the_mean_nothing_is_gained() -> None:
    near = wins({"places": "below mean"}, apart=0.1)
    site = near.record.sites[0]
    named = wins({"places": list(site.names)}, apart=0.1)
    share = near.record.shifts[0]["room"][0, 0] / named.record.shifts[0]["room"][0, 0]
    chance = p_low(site.sites, ["room"])[[site.sites.names.index(name) for name in site.names]]
    assert share == pytest.approx(chance.mean(), abs=0.05)
    assert share < 0.95


def test_places_alike_offer_little_below_the_mean() -> None:
    shares = []
    for seed in range(2, 7):
        low = wins({"places": "below mean"}, apart=0.0, seed=seed)
        named = wins({"places": list(low.record.sites[0].names)}, apart=0.0, seed=seed)
        shares.append(benefit(low)["Rooms"] / benefit(named)["Rooms"])
    assert np.mean(shares) < 0.7  # of two places told apart by luck one is not below the mean


def test_the_way_to_a_standard_is_that_of_each_place() -> None:
    drivers, places = known(0.8)
    room = cx.Touchpoint("room", stage="Stay", standards=(cx.Standard("mean", 3.4),))
    marked = cx.TouchpointMap([room], cx.Lifecycle([cx.Stage("Stay")]))
    row = {**ROOM, "lift_low": None, "lift_likely": "to standard", "lift_high": None, "places": "Hotel 1; Hotel 16"}
    found = cx.quick_wins(drivers, pd.DataFrame([row]), places=places, touchpoint_map=marked)
    value = places.table.query("metric == 'room'").set_index("place")["value"]
    assert value["Hotel 16"] > 3.4  # is there already
    assert found.record.shifts[0]["room"][0, 0] == pytest.approx(2 / 17 * (3.4 - value["Hotel 1"]), abs=0.01)


def test_where_the_lowest_is_the_best_it_is_the_same() -> None:
    straight = wins({"places": "below mean"})
    turned = wins({"places": "below mean"}, turned=True)
    assert set(turned.record.sites[0].names) == set(straight.record.sites[0].names)
    assert benefit(turned)["Rooms"] == pytest.approx(benefit(straight)["Rooms"], rel=0.02)


def test_segments_and_places_together_reach_those_who_are_both() -> None:
    both = wins({"places": "all", "segments": "work"}, {"name": "All", "places": "all"}, by="why")
    work = both.drivers.segments.index("work")
    assert both.record.shifts[0]["room"][0, 1 - work] == 0
    assert both.record.shifts[0]["room"][0, work] == both.record.shifts[1]["room"][0, work]


def test_a_removal_is_that_of_the_share_of_customers() -> None:
    frame = answers(0.8)
    frame.loc[::3, "desk"] = 6
    scale = cx.Scale(1, 5, not_used=[6])
    survey = cx.Survey(frame, touchpoints=["room", "desk"], outcome="overall", scale=scale, segments=["hotel"])
    drivers = cx.drivers(survey, n_boot=50, missing="indicator")
    places = cx.compare_places(survey, "hotel", metric="desk")
    row = {"name": "No desk", "touchpoints": "desk", "kind": "remove", "effort": 1, "lift": None}
    rows = pd.DataFrame([row, {**row, "name": "There", "places": "Hotel 1"}])
    found = cx.quick_wins(drivers, rows, places=places)
    whole, there = found.record.removals
    share = places.table.set_index("place")["n"]["Hotel 1"] / places.table["n"].sum()
    np.testing.assert_allclose(there, whole * share)


def test_other_answers_have_other_places() -> None:
    found = wins({"places": "below mean"})
    again = candidates_again(found.record, found.survey.where(cx.Segment("work", {"why": "work"})))
    assert again.sites[0].sites.drawn["room"].away.shape == (200, HOTELS)
    assert again.options["places"].survey.source is not found.survey.source


def test_knowing_the_lift_is_worth_as_much_at_places() -> None:
    found = wins({"places": "all"}, {"name": "Some", "places": "Hotel 1"})
    assert found.resolve_first()["p_right"].between(0.5, 1).all()


@pytest.mark.parametrize(
    ("row", "compared", "message"),
    [
        ({"places": "all"}, None,
         "initiative 'Rooms' is done at places, and none are compared. Give places=cx.compare_places(survey, column, "
         "metric=['room'])."),
        ({"places": "all", "touchpoints": "room; desk"}, ["desk"],
         "initiative 'Rooms' is done at places, and these are compared by desk. Compare them by its touchpoints, too: "
         "metric=['desk', 'room']."),
        ({"places": "Hotel 1; Hotl 2"}, ["room"],
         "initiative 'Rooms': place 'Hotl 2' is not known here. Did you mean 'Hotel 2'? Places: all, below mean, Hotel "
         f"{THERE}."),
        ({"places": "below the mean"}, ["room"],
         "initiative 'Rooms': place 'below the mean' is not known here. Did you mean 'below mean'? Places: all, below "
         f"mean, Hotel {THERE}."),
        ({"places": "Hotel 1, Hotel 2"}, ["room"],
         "initiative 'Rooms': places is 'Hotel 1, Hotel 2'. Lists are joined by semicolons: 'Hotel 1; Hotel 2'."),
    ],
)  # fmt: skip
def test_what_is_refused(row, compared, message) -> None:
    drivers, _ = known(0.8)
    places = None
    if compared:
        places = cx.compare_places(drivers.survey, "hotel", metric=compared)
    with pytest.raises(CxlensError) as error:
        cx.quick_wins(drivers, pd.DataFrame([{**ROOM, **row}]), places=places)
    assert str(error.value) == message


def test_places_are_compared_places() -> None:
    drivers, _ = known(0.8)
    with pytest.raises(CxlensError) as error:
        cx.quick_wins(drivers, pd.DataFrame([ROOM]), places=["Hotel 1"])
    assert str(error.value) == (
        "places= works on a Places, not on a list. Make one: cx.compare_places(survey, column)."
    )
