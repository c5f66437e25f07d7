"""What benchmarks/journeys.py counts by bare SQL is what cxlens counts."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "journeys.py"
STEPS = ["read and sort", "transitions, median gaps", "variants", "step matrix", "Markov removal"]


@pytest.fixture(scope="module")
def journeys() -> ModuleType:
    spec = importlib.util.spec_from_file_location("journeys", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_events_are_as_the_benchmark_says(journeys: ModuleType, tmp_path: Path) -> None:
    frame = pd.read_parquet(journeys.write_events(tmp_path / "events.parquet", 5000))
    assert len(frame) == 5000
    assert set(frame["touchpoint"]) == set(journeys.NAMES)
    assert frame["customer"].nunique() > 550
    assert frame["time"].is_monotonic_increasing
    assert set(frame["outcome"]) == {0, 1}


def test_both_count_every_step(journeys: ModuleType, tmp_path: Path) -> None:
    path = str(journeys.write_events(tmp_path / "events.parquet", 2000))
    for steps in (journeys.bare(path, "1GB"), journeys.ours(path, "")):
        assert [step["step"] for step in steps] == STEPS


def test_the_removal_effect_of_a_chain_by_hand(journeys: ModuleType) -> None:
    moves = [("a", "b", 1, 2, 2), ("b", None, 1, 2, 0), ("b", None, 0, 1, 1), ("a", None, 0, 1, 1)]
    np.testing.assert_allclose(journeys.removal_of(moves), [1 - 0.25 * (2 / 3) / (1 / 2), 1])
