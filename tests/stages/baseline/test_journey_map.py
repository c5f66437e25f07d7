"""The journey map as a result: what stands out, who travels, and the same of a segment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.baseline.journey_lanes import FEELS, Given
from cxlens.stages.baseline.journey_map import journey_of
from cxlens.study.parts import Persona
from tests.stages.baseline import journeys
from tests.stages.baseline.journeys import LOW


def test_the_finding_names_what_is_below_and_what_nothing_serves():
    finding = journeys.journey().finding
    assert finding.title == f"Below standard where it matters: {LOW}"
    assert finding.more[-1] == 'Nothing serves "When plans change"'


def test_personas_have_the_outcome_of_their_segment_and_nothing_without_one():
    nina, nobody = journeys.journey().personas
    assert (nina.name, nina.about) == ("Nina", "New, and in a hurry.")
    assert nina.told[0].startswith("y ")
    assert nina.told[1].startswith(f"Rated lowest: {LOW}, 2.")
    assert nobody.told == ()


def test_a_persona_whose_segment_nobody_answered_for_has_no_figures():
    nobody = cx.Segment("Nobody", {"who": "neither"})
    card = cx.baseline(journeys.survey().declaring([nobody]), journeys.places())
    (nina,) = journey_of(Given(journeys.places(), card.record, personas=[Persona("Nina", segment="Nobody")])).personas
    assert nina.told == ()


def test_the_note_says_what_lanes_rest_on():
    note = journeys.journey().note
    assert note.startswith("Mean ratings (1 to 5): n = 400, intervals and band 95 %.")
    assert "Quotes: words that 5 people or more wrote alike, of 21 comments." in note
    assert note.endswith("Forecasts: of each initiative alone.")


def test_the_note_has_the_least_number_and_the_level_that_were_asked_for():
    card = cx.baseline(journeys.survey(), min_n=7, level=0.9)
    plain = journeys.initiatives().drop(columns="forecast")
    given = journeys.journey().given._replace(performance=card.record, comments=card.comments(), initiatives=plain)
    assert journey_of(given).note == (
        "Mean ratings (1 to 5): n = 400, intervals and band 90 %. Feeling: mean strength of what those who told it "
        "felt. Quotes: words that 7 people or more wrote alike, of 21 comments."
    )


def test_the_note_names_a_scale_only_where_there_is_one():
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 5] * 12, "y": [1, 2] * 30})
    card = cx.baseline(cx.Survey(frame, touchpoints=["a"], outcome="y"))
    whole = cx.TouchpointMap([cx.Touchpoint("a", stage="Go")], cx.Lifecycle(["Go"]))
    assert journey_of(Given(whole, card.record)).note == "Mean ratings: n = 60, intervals and band 95 %."


def told_of(high=5, **ratings):
    """What is told of a persona who stands for all who gave such ratings."""
    frame = pd.DataFrame({**ratings, "y": np.resize([1.0, 2.0], 60), "who": "all"})
    survey = cx.Survey(frame, touchpoints=list(ratings), outcome="y", scale=cx.Scale(0, high), segments=["who"])
    everyone = survey.declaring([cx.Segment("All", {"who": "all"})])
    whole = cx.TouchpointMap([cx.Touchpoint(name, stage="Go") for name in ratings], cx.Lifecycle(["Go"]))
    made = journey_of(Given(whole, cx.baseline(everyone).record, personas=[Persona("Nina", segment="All")]))
    return made.personas[0].told[1]


def test_several_that_share_the_lowest_rating_are_named_with_the_range_of_it():
    one, other, third = ([1, 2, 3, 4, 5] * 12, [5, 4, 3, 2, 1] * 6 + [3, 2] * 15, [3, 2, 5, 4, 1] * 12)
    assert told_of(a=one, b=other, c=third, d=[5] * 60) == "Share the lowest rating: b, a and 1 more, 2.75 to 3.00"
    assert told_of(a=one, c=third, d=[5] * 60) == "Share the lowest rating: a, c, 3.00"
    nine, ten = [0, 19] * 30, [19, 1] * 30
    assert told_of(a=nine, b=ten, d=[90] * 60, high=100) == "Share the lowest rating: a, b, 9.50 to 10.00"
    assert told_of(a=one, d=[5] * 60) == "Rated lowest: a, 3.00"


def test_a_baseline_by_stage_gives_ratings_by_touchpoint():
    by_stage = cx.baseline(journeys.survey(), journeys.places(), per="stage")
    felt = [
        made.table[made.table["lane"] == FEELS]["mean"].dropna().tolist()
        for made in (journeys.journey(), journey_of(Given(journeys.places(), by_stage.record)))
    ]
    assert felt[0] == felt[1]
    assert len(felt[0]) == 3


def test_the_same_of_a_segment_has_figures_of_its_own_and_the_gaps_of_the_whole():
    whole = journeys.journey()
    part = whole.again(whole.given.performance.survey.where({"who": "new"}))
    assert part.given.performance.survey.n == 200
    assert (whole.given.importance.n, part.given.importance.n) == (400, 200)
    felt = [made.table[made.table["lane"] == FEELS]["mean"].tolist() for made in (whole, part)]
    assert felt[0] != felt[1]
    assert part.given.touchpoint_map is whole.given.touchpoint_map
    assert whole.again(whole.given.performance.survey) is whole


def test_without_answers_there_is_nothing_to_ask_again():
    bare = journey_of(Given(journeys.places()))
    assert bare.again(journeys.survey()) is bare
    assert bare.sentence.startswith("Map of 4 touchpoints on 3 stages")


@pytest.mark.parametrize("shown", [None, (LOW,)])
def test_what_is_pale_changes_no_table(shown):
    assert list(journeys.journey().table) == [
        "lane", "stage", "touchpoint", "entry", "about", "state", "mean", "low", "high", "standard", "rival",
    ]  # fmt: skip
