"""How a row of stages is set: every entry over its own stage, lanes as high as their fullest cell."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import pytest

from cxlens.common.style import BLUE, DARK, INK, ORANGE
from cxlens.stages.baseline.journey_blocks import GAP, LANES, LETTER, NARROW, PALE, planned_row
from cxlens.stages.baseline.journey_lanes import DOES, FEELS, HURTS, LACKS, PLANNED, SAYS
from cxlens.stages.baseline.journey_layout import columns_of, rows_of
from cxlens.stages.baseline.journey_map import journey_of
from tests.stages.baseline import journeys
from tests.stages.baseline.journeys import GOOD, LOW, MIDDLE, UNASKED

AGAINST = "Against Rival"


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
    without = [replace(column, phase="") for column in columns_of(journeys.journey())]
    assert planned_row(journeys.journey(), without, 950).phases == []


def test_no_two_entries_of_a_lane_stand_in_one_place():
    pains = journeys.initiatives().iloc[:1].assign(touchpoints=[(LOW, GOOD)], owner="Care")
    made = journey_of(journeys.journey().given._replace(initiatives=pains))
    for width, whole in product((290, 950), (made, journeys.journey())):
        for plan in plans(whole, width):
            for lane in plan.lanes:
                edges = sorted((spot.left, spot.left + spot.width) for spot in lane.spots)
                assert all(end <= begin + 1e-6 for (_, end), (begin, _) in pairwise(edges))


def test_words_have_the_type_and_the_colour_of_their_lane():
    (plan,) = plans(journeys.journey(), 950)
    told, missing = {}, {}
    for lane in plan.lanes:
        blocks = [block for spot in lane.spots for block in spot.blocks]
        for block in reversed(blocks):
            if block.ground == "hatch":
                missing[lane.lane] = block.words[0].colour
            else:
                told[lane.lane] = block
    first = {lane: block.words[0] for lane, block in told.items() if lane != FEELS}  # whose figures are drawn
    colours = {lane: words.colour for lane, words in first.items()}
    assert colours == {DOES: INK, HURTS: ORANGE, SAYS: INK, LACKS: ORANGE, PLANNED: INK, AGAINST: ORANGE}
    assert [lane for lane, words in first.items() if words.italic] == [SAYS]
    assert [lane for lane, words in first.items() if words.bold] == [DOES, PLANNED]
    assert [lane for lane, block in told.items() if block.mark] == [HURTS]
    assert missing == {DOES: ORANGE, FEELS: DARK, SAYS: DARK, PLANNED: ORANGE}


def test_where_we_are_ahead_is_blue():
    table = journeys.journey().table
    table = table.assign(state=table["state"].replace("behind", "ahead"))
    (plan,) = plans(replace(journeys.journey(), table=table), 950)
    assert lane_of(plan, AGAINST).spots[0].blocks[0].words[0].colour == BLUE


def test_a_row_of_a_wide_picture_has_all_lanes():
    last = columns_of(journeys.journey())[2:]  # nothing hurts there
    wide, narrow = (planned_row(journeys.journey(), last, width) for width in (NARROW + 1, NARROW))
    assert [lane.lane for lane in wide.lanes] == journeys.journey().lanes
    assert HURTS not in [lane.lane for lane in narrow.lanes]


def test_a_stage_that_goes_on_says_so_and_nothing_of_the_stage_twice():
    wait = columns_of(journeys.journey())[1]
    begun, later = (planned_row(journeys.journey(), [replace(wait, continues=on)], 500) for on in (False, True))
    assert ("continued" in begun.heads[0].text, "continued" in later.heads[0].text) == (False, True)
    assert [bool(lane_of(plan, PLANNED).spots) for plan in (begun, later)] == [True, False]


def test_letters_do_not_get_too_wide():
    arrive = columns_of(journeys.journey())[:1]
    assert planned_row(journeys.journey(), arrive, 2000).letter == 3 * LETTER
    assert planned_row(journeys.journey(), arrive, 200).letter < 3 * LETTER


def test_entries_stand_apart():
    (plan,) = plans(journeys.journey(), 950)
    spot = lane_of(plan, SAYS).spots[0]
    two = spot._replace(blocks=[spot.blocks[0]] * 2)
    assert two.height - spot.height == spot.blocks[0].height + GAP
