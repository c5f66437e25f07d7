"""The widgets of the drivers, of their sides, and of the tree of segments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common import pictures
from cxlens.stages.drivers.diagnosis import diagnosis
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.explore import BESIDE, EXPLORERS, SIDES, SIDES_OF_DRIVERS, WITHIN, explore_drivers
from cxlens.stages.drivers.performance import performance
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.value_added import value_added


@pytest.fixture(scope="module")
def survey() -> cx.Survey:
    rng = np.random.default_rng(7)
    n = 200
    frame = pd.DataFrame({name: rng.integers(1, 6, n) for name in ("Desk", "Web", "Gate")})
    frame["y"] = 0.8 * frame["Gate"] + 0.3 * frame["Web"] + rng.normal(size=n)
    frame["rec"] = np.clip(np.round(frame["y"] + 5), 0, 10).astype(int)
    frame["who"] = np.where(rng.random(n) < 0.5, "business", "leisure")
    return cx.Survey(
        frame,
        touchpoints=["Desk", "Web", "Gate"],
        outcome={"y": "interval", "rec": "nps"},
        scale=cx.Scale(1, 5),
        segments=["who"],
    )


@pytest.fixture(scope="module")
def result(survey) -> Drivers:
    return cx.drivers(survey, n_boot=20, seed=2)


@pytest.fixture
def drawn(monkeypatch) -> list[object]:
    """What would be drawn; pictures are tested with the charts."""
    seen: list[object] = []

    def picture(result):
        seen.append(result)
        return b"", ""

    monkeypatch.setattr(pictures, "picture", picture)
    return seen


def test_every_side_opens_the_widget_of_the_drivers():
    assert list(EXPLORERS) == ["Drivers", "SegmentTree", *SIDES_OF_DRIVERS, WITHIN, BESIDE]
    for kind, side in SIDES.items():
        assert side.__name__ == kind.replace(" ", "_")


@pytest.mark.parametrize("kind", [kind for kind in SIDES if kind != "dimensions"])
def test_a_view_made_by_its_function_opens_at_itself(kind, result, drawn):
    view = SIDES[kind](result.record)
    explorer = view.explore()
    assert explorer.controls["side"].value == kind
    assert drawn[-1].kind == kind
    pd.testing.assert_frame_equal(drawn[-1].table, view.table)
    pd.testing.assert_frame_equal(explorer.result.table, result.table)


@pytest.mark.parametrize(
    "view_of",
    [
        lambda record: performance(record, cross="middle"),
        lambda record: value_added(record, {"Desk": 4.5, "Gate": 2}),
    ],
)
def test_a_view_keeps_its_options_whatever_is_asked(view_of, result, drawn):
    view = view_of(result.record)
    explorer = view.explore()
    pd.testing.assert_frame_equal(drawn[-1].table, view.table)
    explorer.controls["segment"].value = ("who", "business")
    assert explorer.message.value == ""
    pd.testing.assert_frame_equal(drawn[-1].table, view_of(explorer.result.record).table)
    assert drawn[-1].record.survey.n < result.survey.n
    explorer.controls["outcome"].value = "rec"
    pd.testing.assert_frame_equal(drawn[-1].table, view_of(explorer.result.record).table)
    explorer.controls["side"].value = "dominance"
    assert drawn[-1].kind == "dominance"
    explorer.controls["side"].value = view.kind
    pd.testing.assert_frame_equal(drawn[-1].table, view_of(explorer.result.record).table)


def test_a_side_that_was_not_opened_has_its_usual_options(result, drawn):
    explorer = diagnosis(result.record).explore()
    explorer.controls["side"].value = "performance"
    pd.testing.assert_frame_equal(drawn[-1].table, performance(result.record).table)


def test_the_drivers_open_at_importance(result, drawn):
    explorer = explore_drivers(result)
    assert explorer.controls["side"].value == "importance"
    assert isinstance(drawn[-1], Drivers)
    assert isinstance(drawn[-1].record, Fit)


def test_dimensions_are_offered_where_a_touchpoint_has_some(result, survey, drawn):
    offered = [side for _, side in explore_drivers(result).controls["side"].options]
    assert offered == ["importance", *(side for side in SIDES if side != "dimensions")]
    desk = {"speed": "Desk", "manners": "Web"}
    split = cx.Survey(survey.table, touchpoints={"Desk": desk, "Gate": "Gate"}, outcome={"y": "interval"})
    sides = explore_drivers(cx.drivers(split, n_boot=10)).controls["side"]
    assert [side for _, side in sides.options] == ["importance", *SIDES]
    before = len(drawn)
    sides.value = "dimensions"
    assert drawn[before:][-1].kind == "dimensions"


def test_a_side_that_cannot_be_is_refused_and_the_last_one_stays(survey, drawn):
    frame = survey.table.assign(back=(survey.table["y"] > 3).astype(int))
    split = cx.Survey(frame, touchpoints={"Desk": {"speed": "Desk", "manners": "Web"}}, outcome={"back": "binary"})
    explorer = explore_drivers(cx.drivers(split, n_boot=10))
    before = len(drawn)
    explorer.controls["side"].value = "dimensions"
    assert "dimensions explains outcomes of kind interval and nps" in explorer.message.value
    assert len(drawn) == before


def test_the_tree_is_asked_again_for_another_outcome_and_more_caution(survey, drawn):
    tree = cx.find_segments(survey, ["who"], min_n=50)
    explorer = tree.explore()
    assert set(explorer.controls) == {"outcome", "alpha", "max_depth"}
    explorer.controls["outcome"].value = "rec"
    explorer.controls["alpha"].value = 0.01
    assert explorer.params == {
        "outcome": "rec", "alpha": 0.01, "max_depth": 3, "columns": ("who",), "min_n": 50, "missing": "indicator",
    }  # fmt: skip
    assert explorer.result.outcome == "rec"
