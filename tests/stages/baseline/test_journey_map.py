"""The journey map as a result: what stands out, who travels, and the same of a segment."""

from __future__ import annotations

import pytest

from cxlens.stages.baseline.journey_lanes import FEELS, Given
from cxlens.stages.baseline.journey_map import journey_of
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


def test_the_note_says_what_lanes_rest_on():
    note = journeys.journey().note
    assert note.startswith("Mean ratings (1 to 5): n = 400, intervals and band 95 %.")
    assert "Quotes: words that 5 people or more wrote alike, of 21 comments." in note
    assert note.endswith("Forecasts: of each initiative alone.")


def test_the_same_of_a_segment_has_figures_of_its_own_and_the_gaps_of_the_whole():
    whole = journeys.journey()
    part = whole.again(whole.given.performance.survey.where({"who": "new"}))
    assert part.given.performance.survey.n == 200
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
