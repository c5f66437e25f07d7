"""The benchmark of partitioned files measures what it says, of any number of parts."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from cxlens.engine import parquet


@pytest.fixture
def partitioned(tmp_path, monkeypatch):
    path = Path(__file__).parent.parent / "benchmarks" / "partitioned.py"
    spec = importlib.util.spec_from_file_location("partitioned", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(parquet, "settings", parquet.settings)  # what the benchmark limits is as before after it
    monkeypatch.setattr(module, "PART", 3000)
    monkeypatch.setattr(module, "FOLDER", tmp_path)
    return module


def test_parts_are_of_customers_of_their_own(partitioned):
    pattern = partitioned.parts("events", 2)
    first, second = (pq.read_table(path) for path in sorted(Path(pattern.split("*")[0]).glob("*/*.parquet")))
    assert (first.num_rows, second.num_rows) == (3000, 3000)
    assert not set(first["customer"].to_pylist()) & set(second["customer"].to_pylist())
    assert partitioned.parts("events", 2) == pattern


@pytest.mark.parametrize(
    ("kind", "of", "steps"),
    [
        ("answers", "of_answers", ["`cx.Survey`", "`cx.baseline`", "`cx.drivers`, 12 touchpoints"]),
        ("events", "of_events", ["`cx.JourneyLog`", "`cx.paths`", "`.flow()`"]),
    ],
)
def test_each_step_is_timed_and_told(partitioned, kind, of, steps):
    clock = partitioned.journeys.Clock()
    getattr(partitioned, of)(partitioned.parts(kind, 2), clock)
    assert [step["step"] for step in clock.steps] == steps
    told = partitioned.table_of(kind, {10_000_000: clock.steps}).split("\n")
    assert told[0] == f"| {kind} | 10 million: s | processor s |"
    assert [line.split(" | ")[0].removeprefix("| ") for line in told[2:-1]] == steps
