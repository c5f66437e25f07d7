"""The funnel, and the map of places and measures."""

from __future__ import annotations

import numpy as np
import pytest

import cxlens as cx
from cxlens.errors import OptionError
from tests.stages.baseline.test_places import chain, survey


def test_limits_are_those_of_so_many_answers() -> None:
    places = cx.compare_places(survey(chain()), "hotel", metric="room")
    view = places.funnel()
    scores = places.record.scores[0]
    spread = np.sqrt(scores.within / scores.worth + places.shares["usual"].iloc[0])
    by_place = dict(zip(places.record.names, spread, strict=True))
    expected = [scores.centre + 1.959964 * by_place[name] for name in view.table["place"]]
    assert view.table["limit_high"].tolist() == pytest.approx(expected)
    assert view.table["n"].is_monotonic_increasing
    outer = (view.table["mean"] < view.table["far_low"]) | (view.table["mean"] > view.table["far_high"])
    assert (view.table["outside"] == "99.8 %").tolist() == outer.tolist()


def test_where_nothing_differs_nothing_lies_outside() -> None:
    view = cx.compare_places(survey(chain(sd=0.0)), "hotel", metric="food").funnel()
    assert str(view.finding) == (
        f"None of 20 places lies outside the 99.8 % limits of Food satisfaction. n = {len(chain(sd=0.0)):,}."
    )


def test_who_lies_outside_is_named() -> None:
    frame = chain(30, 0.0)
    frame.loc[frame["hotel"] == "Hotel 3", "room"] = 1
    view = cx.compare_places(survey(frame), "hotel", metric="room").funnel()
    lead = "1 of 30 places lies outside the 99.8 % limits of Room satisfaction: Hotel 3 (1.00). n = "
    assert str(view.finding).startswith(lead)
    assert view.again(survey(frame)).table.equals(view.table)


def test_the_map_counts_how_far_off_in_spreads_of_an_answer() -> None:
    frame = chain(20, 0.6)
    places = cx.compare_places(survey(frame), "hotel", metric=["room", "food"])
    view = places.heat_map()
    rows = view.table[view.table["metric"] == "room"].set_index("place")
    spread = np.sqrt(places.record.scores[0].within)
    expected = (rows["value"] - places.record.scores[0].centre) / spread
    assert rows["away"].tolist() == pytest.approx(expected.tolist())
    assert str(view.finding).startswith("Clearly below the mean of all: Hotel ")
    assert "Clearly above it in some: " in str(view.finding)
    nothing = cx.compare_places(survey(chain(sd=0.0)), "hotel", metric=["food", "room"]).heat_map()
    assert str(nothing.finding).startswith("No place is clearly below the mean of all in any of 2 measures. n = ")


def test_a_map_of_one_measure_is_refused() -> None:
    with pytest.raises(OptionError) as told:
        cx.compare_places(survey(chain()), "hotel", metric="room").heat_map()
    assert str(told.value) == (
        "heat_map needs two metrics or more. Name them: cx.compare_places(survey, by, metric=[...])."
    )
