"""The widget of compared places and of their sides: controls ask the verb again, and it says the same."""

from __future__ import annotations

import html
import re

import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.baseline.explore import SIDES_OF_PLACES
from cxlens.stages.baseline.places import Places


@pytest.fixture(scope="module")
def survey() -> cx.Survey:
    return cx.datasets.load_chain().survey()


@pytest.fixture(scope="module")
def places(survey) -> Places:
    return cx.compare_places(survey, "hotel", metric=["recommend", "Breakfast"], adjust=["purpose"], level=0.9)


def same(one: Places, two: Places) -> None:
    assert str(one) == str(two)
    pd.testing.assert_frame_equal(one.table, two.table)
    pd.testing.assert_frame_equal(one.shares, two.shares)


def names(control) -> list[str]:
    return [name for name, _ in control.options]


def test_the_widget_opens_with_the_first_measure(places):
    explorer = places.explore()
    same(explorer.result, places.only("recommend"))
    assert explorer.message.value == ""
    assert html.escape(str(explorer.result)) in explorer.sentence.value
    assert explorer.params == {
        "metric": "recommend", "adjust": ("purpose",), "by": "hotel", "wave": None, "level": 0.9,
    }  # fmt: skip
    assert explorer.data is places.survey


def test_the_controls_offer_measures_mixes_and_segments_but_no_place(places):
    controls = places.explore().controls
    assert names(controls["metric"])[0] == "Booking"
    assert len(names(controls["metric"])) == 10
    assert names(controls["adjust"]) == ["as it is", "same purpose"]
    assert names(controls["segment"]) == [
        "Everyone", "purpose: business", "purpose: leisure", "year: 2024", "year: 2025",
    ]  # fmt: skip
    assert all(control.description.strip() for control in controls.values())


@pytest.mark.parametrize(
    ("control", "value", "asked"),
    [
        ("metric", "Breakfast", {"metric": "Breakfast"}),
        ("adjust", (), {"adjust": ()}),
        ("segment", ("year", 2025), {}),
        ("segment", ("purpose", "leisure"), {"adjust": ()}),  # all guests of it have one purpose
    ],
)
def test_a_control_asks_compare_places_again(control, value, asked, places, survey):
    explorer = places.explore()
    params, source = explorer.params, explorer.picture.value
    explorer.controls[control].value = value
    assert explorer.message.value == ""
    assert explorer.params == params | asked
    part = survey
    if control == "segment":
        column, entry = value
        part = survey.where(cx.Segment("part", {column: entry}))
    same(explorer.result, cx.compare_places(part, **explorer.params))
    assert explorer.picture.value != source
    assert html.escape(str(explorer.result)) in explorer.sentence.value


def test_several_columns_of_a_mix_stay_together(survey):
    table = survey.table.assign(late=lambda rows: rows["Booking"].fillna(0) > 3)
    named = list(survey.touchpoints)
    both = cx.Survey(table, touchpoints=named, outcome="recommend", segments=["hotel", "purpose", "late"])
    explorer = cx.compare_places(both, "hotel", adjust=["purpose", "late"]).explore()
    assert names(explorer.controls["adjust"]) == ["as it is", "same purpose", "same late", "same purpose and late"]
    assert explorer.params["adjust"] == ("purpose", "late")


def test_what_cannot_be_is_said_and_the_last_answer_stays(survey):
    few = [f"Hotel {place:02}" for place in (4, 9, 15, 28, 33, 37)]
    rows = survey.table[survey.table["hotel"].isin(few)].copy()
    is_left_out = rows["hotel"].isin(few[:2]) & (rows["year"] == 2024)
    answers = cx.Survey(
        rows[~is_left_out], touchpoints=["Booking"], outcome={"recommend": "nps"}, segments=["hotel"], time="year"
    )
    explorer = cx.compare_places(answers, "hotel").explore()
    before = explorer.result
    explorer.controls["segment"].value = ("year", 2024)
    assert html.unescape(re.sub("<[^>]*>", "", explorer.message.value)) == (
        "Not possible: compare_places needs 5 places or more with 5 answers each about 'NPS'; there are 4 of 4 in "
        "'hotel'. Compare so few with cx.baseline(survey, by='hotel')."
    )
    assert explorer.result is before


def side(places: Places, kind: str):
    sides = {
        "funnel": places.funnel,
        "heat map": places.heat_map,
        "best practice": places.best_practice,
        "change by place": lambda: places.change(before=2024, after=2025),
        "funnel of changes": lambda: places.change_funnel(before=2024, after=2025),
    }
    return sides[kind]()


@pytest.mark.parametrize("kind", SIDES_OF_PLACES)
def test_a_side_is_asked_again_for_a_segment(kind, survey):
    places = cx.compare_places(survey, "hotel", metric=["recommend", "Breakfast"])
    view = side(places, kind)
    explorer = view.explore()
    waves = [] if "change" in kind else ["year: 2024", "year: 2025"]
    assert names(explorer.controls["segment"]) == ["Everyone", "purpose: business", "purpose: leisure", *waves]
    explorer.controls["segment"].value = ("purpose", "leisure")
    assert explorer.message.value == ""
    leisure = survey.where(cx.Segment("leisure", {"purpose": "leisure"}))
    pd.testing.assert_frame_equal(explorer.result.table, view.again(leisure).table)
    assert (explorer.result.kind, explorer.result.survey.n) == (kind, leisure.n)


@pytest.mark.parametrize("kind", SIDES_OF_PLACES)
def test_a_side_offers_no_segment_of_what_it_adjusts_for(kind, places):
    explorer = side(places, kind).explore()
    assert not any(name.startswith("purpose") for name in names(explorer.controls["segment"]))
    assert explorer.result.survey is places.survey
