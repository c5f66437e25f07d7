"""Which stages stand beside each other, how wide, and where ratings stand on their axis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlens as cx
from cxlens.stages.baseline.journey_lanes import FEELS, Given
from cxlens.stages.baseline.journey_layout import Axis, Column, Place, axis_of, columns_of, rows_of
from cxlens.stages.baseline.journey_map import journey_of
from tests.stages.baseline import journeys
from tests.stages.baseline.journeys import GOOD, LOW, MIDDLE, UNASKED


def test_each_touchpoint_has_a_place_and_a_stage_without_any_has_one():
    columns = columns_of(journeys.journey())
    assert [(column.stage, column.phase) for column in columns] == [
        ("Arrive", "before"), ("Wait", "there"), ("When plans change", "there"),
    ]  # fmt: skip
    assert [[place.touchpoint for place in column.places] for column in columns] == [
        [LOW], [MIDDLE, GOOD, UNASKED], [""],
    ]  # fmt: skip


def widths_of(stage, touchpoints, **entries):
    """How wide the places of one stage are, of which entries are said: those of a touchpoint by its name."""
    whole = cx.TouchpointMap([cx.Touchpoint(name, stage=stage) for name in touchpoints], cx.Lifecycle([stage]))
    made = journey_of(Given(whole))
    rows = [{"stage": stage, "touchpoint": name, "entry": words, "about": ""} for name, words in entries.items()]
    (column,) = columns_of(replace(made, table=pd.concat([made.table, pd.DataFrame(rows)])))
    return [place.width for place in column.places]


def test_a_place_is_as_wide_as_its_longest_word_and_a_stage_as_its_name():
    assert widths_of("Go", ["a to b", "abcdefghi"]) == [7 + 1.5, 9 + 1.5]
    assert widths_of("Go", ["incomprehensible"]) == [12 + 1.5]  # it is parted
    assert widths_of("Connecting", ["a"]) == [pytest.approx(1.15 * 10 + 1.5)]
    assert widths_of("Go", ["a", "b"], a="abcdefghij") == [10 + 1.5, 7 + 1.5]
    assert widths_of("Go", ["a"], **{"": "abcdefghij"}) == [10 + 1.5]


widths = st.lists(st.lists(st.floats(7, 14), min_size=1, max_size=15), min_size=1, max_size=12)


@given(widths, st.floats(15, 160))
def test_every_place_stands_once_in_order_and_no_row_is_too_wide(of_stages, room):
    columns = [
        Column(f"stage {number}", "", tuple(Place(f"{number}.{k}", width) for k, width in enumerate(of_places)))
        for number, of_places in enumerate(of_stages)
    ]
    rows = rows_of(columns, room)
    flat = [place for row in rows for column in row for place in column.places]
    assert flat == [place for column in columns for place in column.places]
    assert all(sum(column.width for column in row) <= room * (1 + 1e-9) for row in rows)
    begun = set()
    for row in rows:
        for column in row:
            assert column.continues == (column.stage in begun)
            begun.add(column.stage)


def test_rows_are_about_as_full_as_each_other():
    columns = [Column(str(k), "", (Place(str(k), 10.0),)) for k in range(9)]
    assert [len(row) for row in rows_of(columns, 80)] == [5, 4]
    assert [len(row) for row in rows_of(columns, 90)] == [9]  # what just fits


def test_the_axis_holds_every_figure_between_round_ends():
    axis = axis_of(journeys.journey())
    felt = journeys.journey().table[["low", "high", "standard", "rival"]]
    assert axis.low <= felt.min().min() < felt.max().max() <= axis.high
    assert (axis.low, axis.ticks[-1], axis.upside_down) == (2.0, axis.high, False)
    assert axis.share(axis.low) == 0
    assert axis.share(axis.high) == 1


@pytest.mark.parametrize(
    ("figures", "ticks"),
    [
        ({"mean": 3.0}, (3, 4)),
        ({"low": 1.0, "high": 4.0}, (1, 2, 3, 4)),
        ({"mean": 3.1, "rival": 4.9}, (3, 4, 5)),
        ({"mean": 3.1, "standard": 3.4}, (3.1, 3.2, 3.3, 3.4)),
    ],
)
def test_ticks_are_round(figures, ticks):
    row = {"lane": FEELS, **dict.fromkeys(["mean", "low", "high", "standard", "rival"], np.nan), **figures}
    axis = axis_of(replace(journeys.journey(), table=pd.DataFrame([row])))
    assert axis.ticks == pytest.approx(ticks)
    assert (axis.low, axis.high) == pytest.approx((ticks[0], ticks[-1]))


def test_the_lowest_stands_on_top_where_it_is_the_best():
    axis = Axis(1, 5, (1, 3, 5), upside_down=True)
    assert axis.share(1) == 1
    assert axis.share(5) == 0


def test_without_ratings_there_is_no_axis():
    assert axis_of(journey_of(Given(journeys.places()))) is None


@pytest.mark.parametrize(("room", "rows"), [(142, 1), (60, 1), (40, 2)])
def test_a_map_stands_in_one_row_of_a_page_and_in_more_of_a_narrow_one(room, rows):
    assert len(rows_of(columns_of(journeys.journey()), room)) == rows
