"""The widget of journeys: whose journeys it offers, and that it shows theirs."""

from __future__ import annotations

import pandas as pd
import pytest

import cxlens as cx
from cxlens.common import pictures as charts
from cxlens.stages.journeys.quick_flow import QuickFlows
from tests.stages.journeys.lived import words


def log() -> cx.JourneyLog:
    """Two kinds of customers, two terminals; some skip the desk."""
    rows = []
    for customer in range(30):
        odd = customer % 2
        purpose = "business" if odd else "leisure"
        for step, met in enumerate(["Web", "Desk", "Gate"] if customer % 3 else ["Web", "Gate"]):
            rows.append((customer, step, met, purpose, 1 + odd))
    events = pd.DataFrame(rows, columns=["who", "nr", "met", "purpose", "terminal"])
    return cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", segments=["purpose", "terminal"])


def test_paths_of_a_segment_are_those_of_its_log(monkeypatch):
    monkeypatch.setattr(charts, "picture", lambda result: (b"", f"of {result}"))
    explorer = cx.paths(log(), top=2).explore()
    assert [label for label, _ in explorer.controls["segment"].options] == [
        "Everyone",
        "purpose: business",
        "purpose: leisure",
        "terminal: 1",
        "terminal: 2",
    ]
    assert explorer.controls["top"].max == explorer.result.n_variants
    explorer.controls["segment"].value = ("terminal", 1)
    assert explorer.data.n == 15
    assert explorer.result.log.n == 15
    assert explorer.params == {"ends": (), "top": 2, "min_n": 5}


def test_named_ends_go_along_where_the_segment_met_them(monkeypatch):
    monkeypatch.setattr(charts, "picture", lambda result: (b"", f"of {result}"))
    rows = [(who, nr, met, who % 2) for who in range(20) for nr, met in enumerate(["Web", ("Off", "Shop")[who % 2]])]
    events = pd.DataFrame(rows, columns=["who", "nr", "met", "kind"])
    both = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", segments=["kind"])
    explorer = cx.paths(both, ends=["Off"]).explore()
    assert explorer.params["ends"] == ("Off",)
    explorer.controls["segment"].value = ("kind", 1)
    assert explorer.params["ends"] == ()
    assert explorer.result.log.n == 10


def test_flows_of_a_segment_from_a_touchpoint_on(monkeypatch):
    monkeypatch.setattr(charts, "picture", lambda result: (b"", f"of {result}"))
    explorer = cx.paths(log()).flow(steps=2).explore()
    assert [label for label, _ in explorer.controls["anchor"].options] == [
        "Start of the journey", "Web", "Desk", "Gate",
    ]  # fmt: skip
    assert explorer.params == {"steps": 2, "named": 8, "anchor": None, "ends": (), "min_n": 5}
    explorer.controls["segment"].value = ("purpose", "business")
    explorer.controls["anchor"].value = "Desk"
    explorer.controls["steps"].value = 1
    assert explorer.params == {"steps": 1, "named": 8, "anchor": "Desk", "ends": (), "min_n": 5}
    own = cx.paths(log().where({"purpose": "business"})).flow(steps=1, anchor="Desk")
    assert explorer.result.table.equals(own.table)


def test_smaller_flows_are_not_drawn_and_their_number_is_said(monkeypatch):
    seen = []
    monkeypatch.setattr(charts, "picture", lambda result: seen.append(result) or (b"", f"of {result}"))
    explorer = cx.paths(log(), min_n=1).flow().explore()
    view = explorer.result
    assert seen == [view]
    explorer.controls["least"].value = 50
    is_drawn = view.table["share"] >= 0.5
    assert 0 < is_drawn.sum() < len(view.table)
    assert explorer.result is view
    assert seen[-1].table.equals(view.table[is_drawn].reset_index(drop=True))
    assert seen[-1].record.left_out == (~is_drawn).sum()
    explorer.controls["steps"].value = 1
    assert explorer.result.record.left_out == 0
    assert (seen[-1].table["share"] >= 0.5).all()


def test_flows_answer_from_counts_of_ten_steps_for_everyone_and_each_segment(monkeypatch):
    monkeypatch.setattr(charts, "picture", lambda result: (b"", f"of {result}"))
    explorer = cx.paths(log()).flow(steps=3).explore()
    assert explorer.controls["steps"].max == 10
    explorer.controls["segment"].value = ("terminal", 2)
    own = cx.paths(log().where({"terminal": 2})).flow(steps=3)
    assert explorer.result.table.equals(own.table)
    assert str(explorer.result) == str(own)
    assert explorer.data.n == 15


def test_flows_of_segments_are_counted_ahead(monkeypatch):
    monkeypatch.setattr(charts, "picture", lambda result: (b"", f"of {result}"))
    ahead = []
    monkeypatch.setattr(QuickFlows, "count_ahead", lambda _, segments, _asked: ahead.append(segments))
    cx.paths(log()).flow().explore()
    kinds = [("purpose", "business"), ("purpose", "leisure"), ("terminal", 1), ("terminal", 2)]
    assert ahead == [["", *kinds]]


def test_a_side_of_a_segment(monkeypatch):
    monkeypatch.setattr(charts, "picture", lambda result: (b"", f"of {result}"))
    explorer = cx.paths(log(), top=1).routes().explore()
    explorer.controls["segment"].value = ("terminal", 1)
    assert explorer.params == {}
    assert explorer.result.table.equals(cx.paths(log().where({"terminal": 1}), top=1).routes().table)


@pytest.mark.parametrize("side", ["times", "follows", "rework", "around"])
def test_sides_are_asked_again_for_a_segment(side: str) -> None:
    log = words(*["aba"] * 20, *["ab"] * 20, kind=["x"] * 20 + ["y"] * 20)
    result = cx.paths(log, ends=["b"])
    view = result.around("b") if side == "around" else getattr(result, side)()
    explorer = view.explore()
    assert explorer.result is view
    explorer.controls["segment"].value = ("kind", "x")
    assert explorer.message.value == ""
    other = cx.paths(log.where({"kind": "x"}), ends=["b"])
    wanted = other.around("b") if side == "around" else getattr(other, side)()
    pd.testing.assert_frame_equal(explorer.result.table, wanted.table)
