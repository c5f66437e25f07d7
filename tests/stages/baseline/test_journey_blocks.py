"""How a row of stages is set: every entry over its own stage, lanes as high as their fullest cell."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from cxlens.stages.baseline.journey_blocks import LANES, LETTER, NARROW, PALE, planned_row
from cxlens.stages.baseline.journey_lanes import DOES, FEELS, LACKS, PLANNED
from cxlens.stages.baseline.journey_layout import columns_of, rows_of
from cxlens.stages.baseline.journey_map import journey_of
from tests.stages.baseline import journeys
from tests.stages.baseline.journeys import GOOD, LOW, MIDDLE, UNASKED


def plans(made, width):
    return [planned_row(made, row, width) for row in rows_of(columns_of(made), (width - LANES) / LETTER)]


def lane_of(plan, name):
    return next(lane for lane in plan.lanes if lane.lane == name)


def test_places_follow_each_other_from_the_lanes_to_the_end():
    (plan,) = plans(journeys.journey(), 950)
    assert [name for name, _, _ in plan.places] == [LOW, MIDDLE, GOOD, UNASKED, ""]
    assert plan.edges[0] == LANES
    _, left, width = list(plan.places)[-1]
    assert left + width == pytest.approx(plan.edges[-1])


def test_entries_stand_at_the_place_of_their_touchpoint():
    (plan,) = plans(journeys.journey(), 950)
    lefts = {name: left for name, left, _ in plan.places}
    chips = lane_of(plan, DOES).spots
    assert [spot.left for spot in chips[:4]] == [lefts[name] for name in (LOW, MIDDLE, GOOD, UNASKED)]
    assert [block.ground for spot in chips for block in spot.blocks] == ["chip"] * 4 + ["hatch"]


def test_no_words_are_wider_than_their_place():
    for width in (290, 500, 950):
        for plan in plans(journeys.journey(), width):
            for lane in plan.lanes:
                for spot in lane.spots if lane.lane != FEELS else ():
                    assert all(words.width <= spot.width for block in spot.blocks for words in block.words)
                    assert spot.height <= lane.height


def test_where_it_is_narrow_lanes_without_an_entry_are_left_out():
    narrow = plans(journeys.journey(), NARROW - 100)
    assert len(narrow) > 1
    assert all(lane.spots for plan in narrow for lane in plan.lanes)
    (wide,) = plans(journeys.journey(), 950)
    assert [lane.lane for lane in wide.lanes] == journeys.journey().lanes


def test_what_is_not_asked_for_is_pale_and_needs_and_plans_are_not():
    (plan,) = plans(replace(journeys.journey(), shown=(LOW,)), 950)
    alphas = [block.alpha for spot in lane_of(plan, DOES).spots for block in spot.blocks]
    assert alphas == [1, PALE, PALE, PALE, 1]
    for lane in (LACKS, PLANNED):
        assert {block.alpha for spot in lane_of(plan, lane).spots for block in spot.blocks} == {1}


def test_phases_reach_over_their_stages():
    (plan,) = plans(journeys.journey(), 950)
    assert [phase.name.text for phase in plan.phases] == ["before", "there"]
    assert plan.phases[1].left == plan.edges[1]
    assert plan.phases[1].right < plan.edges[3]


def test_no_two_entries_of_a_lane_stand_in_one_place():
    pains = journeys.initiatives().iloc[:1].assign(touchpoints=[(LOW, GOOD)], owner="Care")
    made = journey_of(journeys.journey().given._replace(initiatives=pains))
    for width in (290, 950):
        for plan in plans(made, width):
            for lane in plan.lanes:
                edges = sorted((spot.left, spot.left + spot.width) for spot in lane.spots)
                assert all(end <= begin + 1e-6 for (_, end), (begin, _) in pairwise(edges))
