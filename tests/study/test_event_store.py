"""Logs whose events stay in DuckDB: the same log, the same figures and the same messages as in memory."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cxlens as cx
from cxlens.engine.stored_journeys import StoredEvents
from cxlens.errors import CxlensError
from cxlens.study import event_store, journeys

NAMES: dict[str, Any] = {"customer": "who", "touchpoint": "met", "time": "at", "order": "nr"}
ALL = {**NAMES, "outcome": "bought", "value": "paid", "score": "felt", "segments": ["plan", "year"]}


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every log is a large one."""
    monkeypatch.setattr(event_store, "LARGE", 1)
    monkeypatch.setattr(journeys, "LARGE", 1)


def frame_of(rows: list[tuple[int, int, int, int]]) -> pd.DataFrame:
    """Events of rows of customer, touchpoint, second and order; everything else follows from them."""
    who, met, second, place = (np.array(column) for column in zip(*rows))
    return pd.DataFrame(
        {
            "who": np.array(["007", "7", "NA", "b"])[who],
            "met": np.array(["Web", "Call", "Shop"])[met],
            "at": np.datetime64("2026-03-01", "us") + second.astype("m8[s]"),
            "nr": place,
            "bought": (second % 3 == 0).astype(float),
            "paid": second * 2,
            "felt": np.where(place == 1, np.nan, place / 2),
            "plan": np.array(["gold", "basic", None, "basic"], object)[(who + second) % 4],
            "year": 2020 + place,
        }
    )


ROWS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 5), st.integers(0, 2)), min_size=1, max_size=30
)
OPTIONS = st.sampled_from([{}, {"ends_at": ["Call"]}, {"gap": "2 seconds"}, {"unknown": ["7"]}])


def both(rows: list[tuple[int, int, int, int]], options: dict[str, Any]) -> tuple[cx.JourneyLog, cx.JourneyLog]:
    """The same log in memory and in DuckDB."""
    frame = frame_of(rows)
    if "ends_at" in options and "Call" not in set(frame["met"]):
        options = {}
    if "unknown" in options and set(frame["who"]) == {"7"}:
        options = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.parquet"
        frame.to_parquet(path)
        kept = cx.JourneyLog(path, **ALL, **options)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(event_store, "LARGE", 10**9)
            patch.setattr(journeys, "LARGE", 10**9)
            return cx.JourneyLog(path, **ALL, **options), kept


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, OPTIONS)
def test_logs_and_their_figures_are_the_same(at_once: None, rows: list[Any], options: dict[str, Any]) -> None:
    log, kept = both(rows, options)
    assert isinstance(kept.rows(), StoredEvents)
    assert not isinstance(log.rows(), StoredEvents)
    assert repr(kept) == repr(log)
    for name in ("table", "customers", "episodes"):
        pd.testing.assert_frame_equal(getattr(kept, name), getattr(log, name))
    pd.testing.assert_frame_equal(kept.details(), log.details())
    ways, ways_kept = cx.paths(log, min_n=1), cx.paths(kept, min_n=1)
    assert str(ways) == str(ways_kept)
    for name in ("table", "variants", "drop_off", "steps"):
        pd.testing.assert_frame_equal(getattr(ways_kept, name), getattr(ways, name))
    if (kept.customers["plan"] == "basic").any():
        assert_same_part(log.where({"plan": "basic"}), kept.where({"plan": "basic"}))
    stages = cx.Lifecycle(["before", "after"])
    met = [cx.Touchpoint(name, stage="after" if name == "Call" else "before") for name in log.touchpoints]
    stage_map = cx.TouchpointMap(met, stages)
    assert_same_part(log.by(stage_map, "stage"), kept.by(stage_map, "stage"))


def assert_same_part(part: cx.JourneyLog, kept: cx.JourneyLog) -> None:
    """The same table, and the same figures, counted in DuckDB."""
    assert isinstance(kept.rows(), StoredEvents)
    pd.testing.assert_frame_equal(kept.table, part.table)
    pd.testing.assert_frame_equal(kept.details(), part.details())
    ways, ways_kept = cx.paths(part, min_n=1), cx.paths(kept, min_n=1)
    assert str(ways) == str(ways_kept)
    for name in ("table", "variants", "drop_off", "steps"):
        pd.testing.assert_frame_equal(getattr(ways_kept, name), getattr(ways, name))


EIGHT = [(0, 0, 4, 0), (1, 1, 0, 1), (0, 2, 2, 0), (2, 0, 2, 2), (1, 0, 1, 0), (0, 1, 9, 1), (2, 2, 3, 1), (1, 2, 5, 0)]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_times_keep_their_unit_and_are_told_in_utc(tmp_path: Path, unit: str, zone: str | None) -> None:
    frame = frame_of(EIGHT)
    frame["at"] = frame["at"].dt.as_unit(unit).dt.tz_localize(zone)
    path = tmp_path / "events.parquet"
    frame.to_parquet(path)
    expected = cx.JourneyLog(path, **ALL).table
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_store, "LARGE", 1)
        made = cx.JourneyLog(path, **ALL)
    assert isinstance(made.rows(), StoredEvents) == ((unit, zone) != ("ns", "Europe/Berlin"))
    pd.testing.assert_frame_equal(made.table, expected)


def test_tables_of_duckdb_and_ibis_and_frames(at_once: None) -> None:
    frame = frame_of(EIGHT)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journeys, "LARGE", 10**9)
        expected = cx.JourneyLog(frame, **ALL).table
    arrow = pa.Table.from_pandas(frame, preserve_index=False)
    with duckdb.connect() as connection:
        relation = connection.from_arrow(arrow)
        made = cx.JourneyLog(relation, **ALL)
    for kept in (made, cx.JourneyLog(ibis.memtable(frame), **ALL), cx.JourneyLog(frame, **ALL)):
        assert isinstance(kept.rows(), StoredEvents)
        pd.testing.assert_frame_equal(kept.table, expected, check_dtype=False)


def test_ids_that_are_numbers_and_touchpoints_that_are(tmp_path: Path, at_once: None) -> None:
    frame = frame_of(EIGHT).assign(who=[5, 3, 5, 2**60, 3, 5, 2**60, 3], met=[1, 2, 3, 1, 1, 2, 3, 3])
    frame.to_parquet(tmp_path / "events.parquet")
    log = cx.JourneyLog(tmp_path / "events.parquet", **NAMES, unknown=[3])
    assert isinstance(log.rows(), StoredEvents)
    assert log.customers["customer"].tolist() == [5, 2**60]
    assert set(log.touchpoints) == {"1", "2", "3"}
    assert "Left out: fewer than 5 events of unknown customers." in repr(log)


@pytest.mark.parametrize(
    ("kind", "first"),
    [("int16", 0), ("int32", -1), ("int64", -1), ("uint64", 0), ("int64", 2**32 - 3), ("uint64", 2**40)],
)
def test_ids_keep_their_kind_whatever_bits_they_are_sorted_in(
    tmp_path: Path, at_once: None, kind: str, first: int
) -> None:
    frame = frame_of(EIGHT)
    frame["who"] = (frame["who"].rank(method="dense").astype("int64") + first).astype(kind)
    path = tmp_path / "events.parquet"
    frame.to_parquet(path)
    kept = cx.JourneyLog(path, **ALL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_store, "LARGE", 10**9)
        patch.setattr(journeys, "LARGE", 10**9)
        log = cx.JourneyLog(path, **ALL)
    assert isinstance(kept.rows(), StoredEvents)
    pd.testing.assert_frame_equal(kept.table, log.table)
    pd.testing.assert_frame_equal(kept.customers, log.customers)


def test_several_files_are_one_log(tmp_path: Path, at_once: None) -> None:
    frame = frame_of(EIGHT)
    frame[:3].to_parquet(tmp_path / "1.parquet")
    frame[3:].to_parquet(tmp_path / "2.parquet")
    log = cx.JourneyLog(tmp_path, **ALL)
    assert isinstance(log.rows(), StoredEvents)
    frame.to_parquet(tmp_path / "all.pq")
    pd.testing.assert_frame_equal(log.table, cx.JourneyLog(tmp_path / "all.pq", **ALL).table)


def test_columns_of_xes_need_no_names(tmp_path: Path, at_once: None) -> None:
    standard = {"who": "case:concept:name", "met": "concept:name", "at": "time:timestamp"}
    frame_of(EIGHT)[list(standard)].rename(columns=standard).to_parquet(tmp_path / "events.parquet")
    log = cx.JourneyLog(tmp_path / "events.parquet")
    assert isinstance(log.rows(), StoredEvents)
    assert (log.customer, log.time, log.lifecycle) == ("case:concept:name", "time:timestamp", None)


def refused(path: Path, options: dict[str, Any]) -> tuple[str, list[str]]:
    """What is said of a file: the message, and the warnings before it."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises(CxlensError) as error:
            cx.JourneyLog(path, **{**NAMES, **options})
    return str(error.value), [str(one.message) for one in warned]


def whole(**columns: Any) -> pd.DataFrame:
    return frame_of(EIGHT).assign(**columns)


@pytest.mark.parametrize(
    ("frame", "options"),
    [
        (whole(who=["a", None, "a", "b", "b", "b", "a", "a"]), {}),
        (whole(who=["a", " ", "a", "b", "b", "b", "a", "a"]), {}),
        (whole(who=["a", "a ", "a", "b", "b", "b", "a", "a"]), {}),
        (whole(who=[1.0, 2**60, 3, 4, 5, 6, 7, 8]), {}),
        (whole(met=["x", None, "x", "x", "", "x", "x", "x"]), {}),
        (whole(met=["x", "x", "X", "x", "x", "x", "x", "x"]), {}),
        (whole(met=["x", "x", "(end)", "x", "x", "x", "x", "x"]), {}),
        (whole(at=pd.to_datetime(["2026-03-01", None] * 4)), {}),
        (whole(at=["2026-03-01", "soon"] * 4), {}),
        (whole(at=["2026-03-01T10:00:00Z", "2026-03-01T10:00:00"] * 4), {}),
        (whole(nr=[1.0, None] * 4), {}),
        (whole(bought=[0.0, 2.0] * 4), {"outcome": "bought"}),
        (whole(plan=["gold", "Gold"] * 4), {"segments": ["plan"]}),
        (whole(), {"unknown": ["007", "7", "NA"]}),
        (whole(), {"ends_at": ["Wep"]}),
        (whole(), {"touchpoint": "mett"}),
        (whole(), {"gap": "soon"}),
        (whole(), {"time": None, "gap": "1 day"}),
    ],
)
def test_what_is_wrong_is_told_with_the_same_words(
    tmp_path: Path, frame: pd.DataFrame, options: dict[str, Any]
) -> None:
    path = tmp_path / "events.parquet"
    frame.to_parquet(path)
    in_memory = refused(path, options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_store, "LARGE", 1)
        patch.setattr(journeys, "LARGE", 1)
        assert refused(path, options) == in_memory


@pytest.mark.parametrize("large", [1, 10**9])
def test_one_id_with_far_more_events_and_rows_of_starts_and_ends(
    tmp_path: Path, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_store, "LARGE", large)
    monkeypatch.setattr(journeys, "LARGE", large)
    n = 200
    frame = pd.DataFrame({"who": ["NA"] * (n - 20) + [f"c{i}" for i in range(20)], "met": "Web", "nr": range(n)})
    frame["phase"] = ["start", "complete"] * (n // 2)
    frame.to_parquet(tmp_path / "events.parquet")
    with pytest.warns(UserWarning) as warned:  # noqa: PT030 - both are told whole below
        cx.JourneyLog(tmp_path / "events.parquet", customer="who", touchpoint="met", order="nr")
    assert [str(one.message) for one in warned] == [
        "Column 'phase' has rows for starts and ends, each an event here, so that tasks count twice: lifecycle='phase' "
        "joins those of one task.",
        "customer column 'who': 'NA' stands in 180 rows, the next id in 1. If it stands for nobody, say so: "
        "unknown=['NA'].",
    ]
    assert {one.filename for one in warned} == {__file__}


def test_a_file_that_is_broken(tmp_path: Path, at_once: None) -> None:
    path = tmp_path / "events.parquet"
    pq.write_table(pa.Table.from_pandas(frame_of(EIGHT * 500)), path, compression="none")
    data = bytearray(path.read_bytes())
    data[100:3000] = bytes(2900)
    path.write_bytes(data)
    with pytest.raises(CxlensError) as error:
        cx.JourneyLog(path, **NAMES)
    assert str(error.value).startswith(f"event file '{path}' cannot be read: ")
    assert str(error.value).endswith(". Write it again.")
