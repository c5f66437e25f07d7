"""Sides of a log that DuckDB holds: the same tables and sentences as those of the same log in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.common.result import View
from cxlens.engine import journey_batches
from cxlens.engine.stored_journeys import StoredEvents
from cxlens.stages.journeys import other_logs
from cxlens.stages.journeys.paths import Paths
from cxlens.study import event_store, journeys

PLAN = cx.Journey("Order", ["A", "B", "D"])
STAGES = cx.Lifecycle(["all"])
MAP = cx.TouchpointMap(
    [cx.Touchpoint(name, stage="all", channel=channel) for name, channel in zip("ABCDE", "uuvvw", strict=True)],
    STAGES,
)
SIDES = {
    "times": lambda ways, by: ways.times(by),
    "follows": lambda ways, by: ways.follows(by),
    "rework": lambda ways, by: ways.rework(MAP, by=by),
    "around": lambda ways, by: ways.around("B", by=by),
    "planned": lambda ways, by: ways.planned(by),
}


def events() -> pd.DataFrame:
    """Six hundred customers of three kinds, who come back now and then; the order of rows is any."""
    rng = np.random.default_rng(0)
    who = rng.integers(0, 600, 4000)
    frame = pd.DataFrame({"who": who, "met": rng.choice(list("ABCDE"), len(who)), "kind": who % 3})
    frame["at"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 4_000_000, len(who)), unit="s")
    frame["bought"] = ((frame["met"] == "D") & (rng.random(len(who)) < 0.4)).astype(int)
    frame["felt"] = rng.integers(1, 6, len(who)).astype(float)
    return frame


def ways(
    roles: dict[str, Any],
    path: Path | None = None,
    *,
    is_stored: bool = True,
    frame: pd.DataFrame | None = None,
) -> Paths:
    """The ways of one and the same log: of a file, of rows that DuckDB sorts, or in memory."""
    frame = events() if frame is None else frame
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(other_logs, "MOST_SMALL", 0)  # what cx.paths looks at for seconds is not asked here
        if is_stored:
            patch.setattr(event_store, "LARGE", 1)
            patch.setattr(journeys, "LARGE", 1)
        if path is not None:
            frame.to_parquet(path)
        log = cx.JourneyLog(
            frame if path is None else path,
            customer="who",
            touchpoint="met",
            segments=["kind"],
            **roles,
        )
        assert isinstance(log.rows(), StoredEvents) == is_stored
        return cx.paths(log, plan=PLAN)


ROLES = {
    "one journey": {"time": "at", "outcome": "bought", "score": "felt"},
    "several": {"time": "at", "gap": "5 days", "outcome": "bought", "value": "felt"},
    "no clock": {"order": "felt"},
}


def assert_same(stored: View, in_memory: View) -> None:
    """All tables and sentences."""
    assert str(stored) == str(in_memory)
    assert stored.note == in_memory.note
    pd.testing.assert_frame_equal(stored.table, in_memory.table)
    assert stored.parts.keys() == in_memory.parts.keys()
    for name, part in stored.parts.items():
        pd.testing.assert_frame_equal(part, in_memory.parts[name])


@pytest.mark.parametrize("is_file", [True, False])
@pytest.mark.parametrize("roles", ROLES.values(), ids=ROLES)
def test_sides_are_the_same_in_duckdb_and_in_memory(monkeypatch, tmp_path, roles, is_file):
    monkeypatch.setattr(journey_batches, "AT_ONCE", 900)
    stored = ways(roles, tmp_path / "events.parquet" if is_file else None)
    in_memory = ways(roles, is_stored=False)
    for of_log in (stored.log, in_memory.log):
        for name, column in of_log.details().items():
            pd.testing.assert_series_equal(of_log.detail(name), column, check_names=False)
    for side in SIDES.values():
        for by in (None, "kind"):
            assert_same(side(stored, by), side(in_memory, by))


@pytest.mark.parametrize("roles", ROLES.values(), ids=ROLES)
def test_sides_of_a_segment_are_the_same_in_duckdb_and_in_memory(monkeypatch, tmp_path, roles):
    monkeypatch.setattr(journey_batches, "AT_ONCE", 300)
    monkeypatch.setattr(other_logs, "MOST_SMALL", 0)
    both = [ways(roles, tmp_path / "events.parquet"), ways(roles, is_stored=False)]
    parts = [cx.paths(of_log.log.where({"kind": 1}), plan=PLAN) for of_log in both]
    for side in SIDES.values():
        assert_same(*(side(part, None) for part in parts))


@pytest.mark.parametrize("roles", ROLES.values(), ids=ROLES)
def test_parts_of_the_table_in_which_nobody_counts_add_nothing(monkeypatch, roles):
    monkeypatch.setattr(journey_batches, "AT_ONCE", 1)  # a customer at a time
    few = events().query("who < 60")
    newest = few["at"].max() + pd.to_timedelta(np.arange(30), unit="min")
    new = pd.DataFrame(
        {"who": 70 + np.arange(30) // 3, "met": list("ABA") * 10, "at": newest, "bought": 0, "felt": 3.0}
    )
    frame = pd.concat([few.assign(kind=few["who"] // 30), new.assign(kind=0)], ignore_index=True)
    stored, in_memory = (ways(roles, is_stored=is_stored, frame=frame) for is_stored in (True, False))
    if "gap" in roles:
        assert stored.log.open_journeys()[-10:].all()
    for side in SIDES.values():
        for by in (None, "kind"):
            assert_same(side(stored, by), side(in_memory, by))


def test_an_outcome_of_whole_journeys_comes_at_their_end(tmp_path):
    frame = events().query("who < 60").assign(bought=lambda rows: rows["who"] % 2)
    stored = ways(ROLES["one journey"], tmp_path / "events.parquet", frame=frame)
    in_memory = ways(ROLES["one journey"], is_stored=False, frame=frame)
    assert stored.log.rows().has("reached")
    assert_same(stored.times(), in_memory.times())
