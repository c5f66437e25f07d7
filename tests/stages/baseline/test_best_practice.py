"""Whom to visit first for what: what is said, drawn, and said of nothing."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib import pyplot as plt

import cxlens as cx
from cxlens.common.pictures import alt_text
from tests.stages.baseline.test_places import chain, survey


@pytest.fixture(scope="module")
def places():
    return cx.compare_places(survey(chain(20, 0.5)), "hotel", metric=["room", "food", "nps"], adjust=["why"])


def test_the_places_clearly_above_are_told_the_best_of_each_first(places) -> None:
    view = places.best_practice()
    for metric, rows in view.table.groupby("metric", sort=False):
        above = places.only(str(metric)).table.query("position == 'above'")
        assert rows["place"].tolist() == above["place"].tolist()
        assert rows["value"].tolist() == above["value"].tolist()
    assert view.table["metric"].unique().tolist() == ["room", "nps"]
    spread = np.sqrt(places.record.scores[0].within)
    first = view.table.iloc[0]
    assert first["away"] == pytest.approx((first["value"] - first["mean"]) / spread)
    assert first["away_low"] < first["away"] < first["away_high"]


def test_the_finding_says_whom_to_visit_first_for_what(places) -> None:
    view = places.best_practice()
    room, nps = view.table.groupby("metric", sort=False).head(1).to_dict("records")
    of_room = f"{room['value']:.2f} [{room['low']:.2f}, {room['high']:.2f}], mean of all {room['mean']:.2f}"
    of_nps = f"{nps['value']:+.0f} [{nps['low']:.0f}, {nps['high']:.0f}], mean of all {nps['mean']:+.0f}"
    assert str(view) == (
        "Clearly better than the others for the same mix of customers, to be visited first: "
        f"{room['place']} for room ({of_room}), {nps['place']} for NPS ({of_nps}). "
        f"No place is clearly better in food. n = {len(chain(20, 0.5)):,}."
    )
    assert places.best_practice().note == (
        "Intervals: 95 %, luck taken off. For the same mix of why everywhere; what else differs between places is not "
        "known."
    )


def test_where_none_is_clear_nobody_is_visited_first() -> None:
    places = cx.compare_places(survey(chain(sd=0.0)), "hotel", metric=["room", "food"])
    view = places.best_practice()
    assert view.table.empty
    assert str(view) == (
        f"No place is clearly better than the others in any of 2 measures: none to visit first. n = {len(chain()):,}."
    )
    assert view.note == (
        "Intervals: 95 %, luck taken off. Guests may differ from place to place: cx.compare_places(..., adjust=[...]) "
        "takes that off."
    )
    assert view.plot().get_ylim() == (0.5, -0.5)
    plt.close("all")


def test_of_places_alike_hardly_ever_one_is_named() -> None:
    named = 0
    for seed in range(60):
        places = cx.compare_places(survey(chain(12, 0.0, seed)), "hotel", metric=["room", "food"])
        named += not places.best_practice().table.empty
    assert named <= 6  # 5 of 100 are allowed: 7 or more of 60 would come in 3 of 100 runs


def test_where_the_lowest_is_the_best_better_is_above_nothing() -> None:
    frame = chain(20, 0.5)
    frame["room"] = 6 - frame["room"]
    places = cx.compare_places(survey(frame, scale=cx.Scale(1, 5, best="low")), "hotel", metric="room")
    table = places.best_practice().table
    assert (table["value"] < table["mean"]).all()
    assert (table["away_low"] > 0).all()
    assert (table["away_low"] < table["away"]).all()


def test_the_mix_explains_who_seems_best() -> None:
    frame = chain(20, 0.0)
    rng = np.random.default_rng(2)
    happy = np.where(frame["hotel"] == "Hotel 3", rng.random(len(frame)) < 0.9, rng.random(len(frame)) < 0.2)
    frame["why"] = np.where(happy, "leisure", "work")
    frame["room"] = np.clip(frame["room"] + 1.5 * happy, 1, 5)
    plain = cx.compare_places(survey(frame), "hotel", metric="room").best_practice()
    adjusted = cx.compare_places(survey(frame), "hotel", metric="room", adjust=["why"]).best_practice()
    assert "Hotel 3" in plain.table["place"].tolist()
    assert "Hotel 3" not in adjusted.table["place"].tolist()


def test_the_picture_has_a_row_for_each(places) -> None:
    view = places.best_practice()
    ax = view.plot()
    (dots,) = [line for line in ax.lines if line.get_marker() == "o"]
    assert dots.get_xdata().tolist() == view.table["away"].tolist()
    called = {"room": "room", "nps": "NPS"}
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == [f"{called[metric]}: {place}" for metric, place in view.table[["metric", "place"]].to_numpy()]
    assert "Hotel" in alt_text(view)
    plt.close("all")


def test_it_can_be_asked_of_other_answers(places) -> None:
    frame = chain(20, 0.5)
    again = places.best_practice().again(survey(frame))
    assert again.table.equals(places.best_practice().table)


def test_places_are_a_workbook(places, tmp_path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    places.to_excel(tmp_path / "places.xlsx")
    book = openpyxl.load_workbook(tmp_path / "places.xlsx")
    assert book.sheetnames == ["places", "between places", "how to read"]
    assert book["places"].max_row == len(places.table) + 1
    assert book["how to read"]["A2"].value == str(places)
