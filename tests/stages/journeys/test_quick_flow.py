"""Flows from counts that were made once: the same view as that of the verb, or the verb itself."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.common.explorer import ALL
from cxlens.errors import CxlensError
from cxlens.stages.journeys import quick_flow
from cxlens.stages.journeys.flow import Asked, flow
from cxlens.stages.journeys.quick_flow import QuickFlows
from cxlens.study import event_store, journeys
from tests.stages.journeys.lived import Small, frame_of, small_logs


def answer(verb: Any, log: cx.JourneyLog, asked: dict[str, Any]) -> tuple[Any, ...]:
    """What there is of a view, or what is said instead."""
    try:
        view = verb(log, **asked)
    except CxlensError as error:
        return (type(error), str(error))
    return view.table.to_dict("list"), view.table.dtypes.to_dict(), str(view.finding), view.note, view.record


def assert_same_answers(frame: pd.DataFrame, ends: tuple[str, ...], min_n: int, **roles: Any) -> None:
    """For everyone and each segment, from the start and from each touchpoint on, with and without rare ones pooled."""
    log = cx.JourneyLog(frame, customer="who", touchpoint="met", order="nr", segments=["kind"], **roles)
    quick = QuickFlows(log, ends)
    for segment in [ALL, *(("kind", kind) for kind in sorted(set(frame["kind"])))]:
        part = quick.part(segment)
        for anchor in (None, *part.touchpoints):
            for steps, named in ((3, 1), (10, 2), (11, 2)):
                asked = {"steps": steps, "named": named, "anchor": anchor, "ends": quick.ends(part), "min_n": min_n}
                assert answer(quick.flow, part, asked) == answer(flow, part, asked)


@settings(max_examples=3, deadline=None)
@given(small_logs(), st.sampled_from([1, 2]), st.booleans())
def test_counts_answer_as_the_verb_does(small: Small, min_n: int, is_dated: bool) -> None:
    frame = frame_of(small)
    ends = (str(frame["met"].iloc[0]),)
    assert_same_answers(frame, ends, min_n, **({"time": "at"} if is_dated else {}))


def routes() -> pd.DataFrame:
    """Sixty customers of two kinds, with times."""
    ways = ["ABCA", "ABB", "AC", "BCD", "CABD"]
    rows = [(who, met, nr, who % 2) for who in range(60) for nr, met in enumerate(ways[who * who % 5])]
    frame = pd.DataFrame(rows, columns=["who", "met", "nr", "kind"])
    return frame.assign(at=pd.Timestamp("2026-01-01") + pd.to_timedelta(frame["nr"] + frame["who"], unit="D"))


@pytest.mark.parametrize("min_n", [1, 5])
def test_counts_of_a_stored_log_answer_as_the_verb_does(monkeypatch, min_n):
    monkeypatch.setattr(event_store, "LARGE", 1)
    monkeypatch.setattr(journeys, "LARGE", 1)
    assert_same_answers(routes(), ("D",), min_n, time="at")


def test_several_journeys_of_a_customer_and_many_touchpoints_are_counted_by_anchor(monkeypatch):
    several = {"gap": "1 hour", "time": "at"}
    assert_same_answers(routes(), (), 5, **several)
    log = cx.JourneyLog(routes(), customer="who", touchpoint="met", time="at")
    assert quick_flow.is_quick(log)
    assert not quick_flow.is_quick(cx.JourneyLog(routes(), customer="who", touchpoint="met", **several))
    monkeypatch.setattr(quick_flow, "TOUCHPOINTS", 3)
    assert not quick_flow.is_quick(log)
    assert_same_answers(routes(), ("D",), 5, time="at")


def test_what_is_counted_by_anchor_is_counted_once_for_all_steps(monkeypatch):
    monkeypatch.setattr(quick_flow, "TOUCHPOINTS", 3)
    log = cx.JourneyLog(routes(), customer="who", touchpoint="met", order="nr", segments=["kind"])
    calls = []
    made = quick_flow.counted_anew
    monkeypatch.setattr(quick_flow, "counted_anew", lambda asked: calls.append(asked) or made(asked))
    quick = QuickFlows(log, ())
    quick.count_ahead([ALL, ("kind", 1)], Asked(log, 3, 2, None, (), 5)).join()
    assert len(calls) == 2
    for steps in (1, 3, 10):
        for segment in (ALL, ("kind", 1)):
            quick.flow(quick.part(segment), steps=steps, named=2, anchor=None, ends=(), min_n=5)
    assert len(calls) == 2
    quick.flow(quick.part(ALL), steps=2, named=2, anchor="A", ends=(), min_n=5)
    assert len(calls) == 3


def test_who_asks_is_answered_before_anything_more_is_counted_ahead(monkeypatch):
    log = cx.JourneyLog(routes(), customer="who", touchpoint="met", order="nr", segments=["kind"])
    clock = [100.0]
    counted = []
    monkeypatch.setattr(quick_flow, "monotonic", lambda: clock[0])
    monkeypatch.setattr(quick_flow, "sleep", lambda seconds: clock.append(clock.pop() + seconds))
    made = quick_flow.flow_cube
    monkeypatch.setattr(quick_flow, "flow_cube", lambda *asked: counted.append(clock[0]) or made(*asked))
    quick = QuickFlows(log, ())
    quick.part(("kind", 0))
    quick.count_ahead([("kind", 1)], Asked(log, 3, 2, None, (), 5)).join()
    assert counted[0] >= 100 + quick_flow.PAUSE


@pytest.mark.parametrize("is_ahead", [False, True])
def test_a_part_is_counted_once(monkeypatch, is_ahead):
    frame = routes()
    monkeypatch.setattr(quick_flow, "PAUSE", 0)
    log = cx.JourneyLog(frame, customer="who", touchpoint="met", order="nr", segments=["kind"])
    calls = []
    made = quick_flow.flow_cube
    monkeypatch.setattr(quick_flow, "flow_cube", lambda *asked: calls.append(asked) or made(*asked))
    quick = QuickFlows(log, ())
    ahead = (
        quick.count_ahead([ALL, ("kind", 1), ("kind", 7)], Asked(log, 3, 2, None, (), 5)) if is_ahead else None
    )  # nobody is of the last kind
    for anchor in (None, "A", "B"):
        for segment in (ALL, ("kind", 1)):
            quick.flow(quick.part(segment), steps=3, named=2, anchor=anchor, ends=(), min_n=5)
    if ahead:
        ahead.join()
    assert len(calls) == 2
