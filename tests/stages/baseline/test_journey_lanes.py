"""What stands in which lane, at which stage; and that no lane tells of a few."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

import pandas as pd
import pytest

import cxlens as cx
from cxlens.stages.baseline.journey_lanes import (
    DOES,
    FEELS,
    HURTS,
    LACKS,
    PLANNED,
    SAYS,
    Given,
    _people,
    _scores,
    outcome_words,
)
from cxlens.stages.baseline.journey_map import journey_of
from tests.stages.baseline import journeys
from tests.stages.baseline.journeys import GOOD, LOW, MIDDLE, QUOTE, SECRET, UNASKED, of_lane

CHANGE = "When plans change"
AGAINST = "Against Rival"
lane = partial(of_lane, journeys.journey())


def test_each_touchpoint_stands_at_its_stage_and_a_stage_without_any_says_so():
    assert [row[:3] for row in lane(DOES)] == [
        ("Arrive", LOW, LOW),
        ("Wait", MIDDLE, MIDDLE),
        ("Wait", GOOD, GOOD),
        ("Wait", UNASKED, UNASKED),
        (CHANGE, "", "no touchpoint"),
    ]


def about(made, name):
    """What else is said in a lane."""
    return made.table[made.table["lane"] == name]["about"].tolist()


def test_how_many_use_a_touchpoint_is_said_where_answers_tell_that():
    assert about(journeys.journey(), DOES) == ["site", "desk", "site", "desk", ""]
    scale = cx.Scale(1, 5, not_used=[6])
    told = cx.Survey(
        pd.DataFrame({LOW: [3, 4, 5, 6] * 10, "y": [1.0, 2] * 20}), touchpoints=[LOW], outcome="y", scale=scale
    )
    made = journey_of(Given(journeys.places(), cx.baseline(told).record))
    assert about(made, DOES)[0] == "site; 75 % use it"


def test_ratings_have_the_state_of_the_map_and_gaps_are_said():
    assert [(row[1], row[3]) for row in lane(FEELS)] == [
        (LOW, "below"),
        (MIDDLE, "about"),
        (GOOD, "meets"),
        (UNASKED, "missing"),
        ("", "missing"),
    ]
    table = journeys.journey().table
    low = table[(table["lane"] == FEELS) & (table["touchpoint"] == LOW)].iloc[0]
    known = journeys.results()["performance"].table.set_index("touchpoint").loc[LOW]
    assert low[["mean", "low", "high", "standard"]].tolist() == known[["mean", "low", "high", "standard"]].tolist()
    assert low["rival"] > low["mean"]
    assert re.fullmatch(r"feeling \d\.\d", low["about"])


def test_a_standard_of_high_ratings_is_none_of_means_and_a_pain_in_percent():
    high = cx.Touchpoint(LOW, stage="Arrive", standards=[cx.Standard("top_box", 0.9)])
    whole = cx.TouchpointMap([high], cx.Lifecycle(["Arrive"]))
    made = journey_of(Given(whole, cx.baseline(journeys.survey(), whole).record))
    assert made.table[made.table["lane"] == FEELS]["standard"].isna().all()
    ((_, _, entry, _),) = of_lane(made, HURTS)
    assert entry.endswith(" % under its standard of 90 % rated high")
    assert about(made, HURTS) == [""]  # nobody asked whether it matters


def test_pains_are_what_is_clearly_below_its_standard():
    ((stage, touchpoint, entry, state),) = lane(HURTS)
    assert (stage, touchpoint, state) == ("Arrive", LOW, "below")
    assert entry.endswith("under its standard of 4")


def test_quotes_are_of_five_people_or_more_and_what_was_not_asked_is_said():
    assert ("Arrive", LOW, f"“{QUOTE}”", "below") in lane(SAYS)
    assert ("Wait", "", "not asked", "missing") in lane(SAYS)
    whole = " ".join(journeys.journey().table[["entry", "about"]].to_numpy().ravel())
    assert not any(word in whole for word in ("Ada", "Lovelace", "sister", "shouted", SECRET))


def test_how_often_and_with_which_scores_a_quote_was_written():
    assert about(journeys.journey(), SAYS)[0] == "8 times, rated 1 to 3"
    assert [_people(n) for n in (8, 1200.0, float("nan"))] == ["8 times", "1,200 times", "several times"]
    scales = [cx.Scale(1, 5), cx.Scale(1, 5, best="low"), cx.Scale(1, 5, top=1)]
    assert [_scores("low", scale) for scale in scales] == ["1 to 3", "3 to 5", "1 to 3"]
    assert [_scores("high", scale) for scale in scales] == ["4 to 5", "1 to 2", "5"]


def test_what_both_sides_wrote_is_quoted_of_neither():
    given = journeys.journey().given
    phrases = given.comments.parts["phrases"]
    of_low = phrases[(phrases["touchpoint"] == LOW) & (phrases["side"] == "low")].head(1)
    both = pd.concat([phrases, of_low.assign(side="high")], ignore_index=True)
    comments = replace(given.comments, parts={**given.comments.parts, "phrases": both})
    quotes = of_lane(journey_of(given._replace(comments=comments)), SAYS)
    assert of_low["phrase"].tolist() == [QUOTE]
    assert f"“{QUOTE}”" not in [entry for _, _, entry, _ in quotes]


def test_one_quote_of_each_side_stands_at_a_touchpoint():
    given = journeys.journey().given
    phrases = given.comments.parts["phrases"]
    low = phrases[(phrases["touchpoint"] == LOW) & (phrases["side"] == "low")].head(1)
    sides = [low, low.assign(phrase="no more of it"), low.assign(side="high", phrase="well worth it")]
    comments = replace(given.comments, parts={**given.comments.parts, "phrases": pd.concat(sides, ignore_index=True)})
    quotes = of_lane(journey_of(given._replace(comments=comments)), SAYS)
    assert [entry for _, touchpoint, entry, _ in quotes if touchpoint == LOW] == [f"“{QUOTE}”", "“well worth it”"]


def test_a_segment_of_a_few_is_not_quoted():
    few = journeys.survey().where({"who": "new"})
    assert journeys.journey().given.comments.again(few).parts["phrases"].empty


def test_needs_that_nothing_serves_and_which_are_key():
    assert lane(LACKS) == [
        ("Wait", "", "leave at once", "key"),
        (CHANGE, "", "know what comes", "below"),
    ]


def test_initiatives_stand_where_they_work_and_what_has_none_is_said():
    assert lane(PLANNED) == [
        ("Arrive", "", f"{LOW}: no initiative", "missing"),
        ("Wait", "", "A sign", ""),
        ("Wait", "", "Chairs", ""),
        (CHANGE, "", "no initiative", "missing"),
    ]
    table = journeys.journey().table.set_index("entry")
    assert table.loc["A sign", "about"] == "Care; 2027-Q1; +1.0 points"
    assert table.loc["Chairs", "about"] == "no owner; 2027-Q2"


def test_a_pain_that_an_initiative_works_on_is_not_without_one():
    on_low = journeys.initiatives().assign(touchpoints=[(LOW,), (GOOD,)])
    made = journey_of(journeys.journey().given._replace(initiatives=on_low))
    assert [row[2] for row in of_lane(made, PLANNED) if row[0] == "Arrive"] == ["A sign"]


@pytest.mark.parametrize(("column", "value"), [("stage", (CHANGE,)), ("need", ("know what comes",))])
def test_an_initiative_may_serve_a_stage_or_a_need(column, value):
    listed = journeys.initiatives().iloc[:1]
    listed[column] = pd.Series([value], index=listed.index)
    made = journey_of(Given(journeys.places(), initiatives=listed))
    planned = made.table[(made.table["lane"] == PLANNED) & (made.table["stage"] == CHANGE)]
    assert planned["entry"].tolist() == ["A sign"]
    assert planned["about"].tolist() == ["Care; 2027-Q1; +1.0 points; also at Wait"]


def test_where_we_stand_against_the_competitor():
    assert {row[3] for row in lane(AGAINST)} == {"behind"}
    assert all(row[2].startswith("behind by 0.") for row in lane(AGAINST))
    assert (CHANGE, "", "not compared", "missing") not in lane(AGAINST)


def test_of_several_competitors_each_is_named_and_none_is_the_rival():
    rivals = {"Rival": journeys.survey(shift=0.4), "Equal": journeys.survey()}
    made = journey_of(Given(journeys.places(), cx.baseline(journeys.survey(), competitors=rivals).record))
    entries = [entry for _, _, entry, _ in of_lane(made, "Against competitors")]
    assert "Equal: level" in entries
    assert any(entry.startswith("Rival: behind by 0.") for entry in entries)
    assert made.table["rival"].isna().all()


def test_lanes_without_what_they_need_are_left_out():
    made = journey_of(Given(journeys.places()))
    assert made.lanes == [DOES, LACKS]
    assert made.note == ""


def test_of_a_scale_whose_lowest_score_is_best_pains_are_over_their_standard():
    answers = journeys.survey()
    frame = pd.DataFrame({"a": 6 - answers.rows().scores[:, 0], "y": answers.rows().outcomes[:, 0]})
    turned = cx.Survey(frame, touchpoints=["a"], outcome="y", scale=cx.Scale(1, 5, best="low"))
    stages = cx.Lifecycle(["Arrive"])
    whole = cx.TouchpointMap([cx.Touchpoint("a", stage="Arrive", standards=[cx.Standard("mean", 2)])], stages)
    made = journey_of(Given(whole, cx.baseline(turned, whole).record))
    ((_, _, entry, _),) = of_lane(made, HURTS)
    assert "over its standard" in entry


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        ({"y": "interval", "nps": "nps"}, r"NPS \+20 \[\d+, \d+\]"),  # an NPS, where one is asked
        ({"y": "interval"}, r"y 3\.50 \[3\.\d\d, 3\.\d\d\]"),
        ({"yes": "binary"}, r"yes 50 % \[\d\d %, \d\d %\]"),
        ({"few": "interval"}, ""),
    ],
)
def test_the_outcome_of_a_persona_in_words(kinds, words):
    frame = pd.DataFrame({"a": [3, 4] * 100, "y": [3.0, 4] * 100, "yes": [0, 1] * 100, "nps": [10, 10, 7, 8, 2] * 40})
    frame["few"] = [1.0, 2.0] + [None] * 198
    record = cx.baseline(cx.Survey(frame, touchpoints=["a"], outcome=kinds)).record
    assert re.fullmatch(words, outcome_words(record))
