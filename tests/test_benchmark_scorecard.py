"""The benchmark of the scorecard runs, on a few answers to few touchpoints."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[1] / "benchmarks" / "scorecard.py"


@pytest.fixture
def module(tmp_path):
    spec = importlib.util.spec_from_file_location("scorecard", PATH)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    made.FOLDER = tmp_path
    return made


@pytest.fixture
def small(module):
    """The benchmark with 4 touchpoints, 5 segments and 3 waves, written in two chunks."""
    module.TOUCHPOINTS = module.TOUCHPOINTS[:4]
    module.SEGMENTS, module.WAVES, module.CHUNK = 5, 3, 300
    return module


def test_it_is_as_large_as_it_says(module):
    assert len(module.TOUCHPOINTS) == 60
    assert (module.SEGMENTS, module.WAVES, module.N) == (50, 24, 5_000_000)


def test_each_part_is_measured(small):
    for part in small.PARTS:
        found = small.measure(part, 500)
        assert found["seconds"] > 0
        assert found["memory"] > 0


def test_the_scorecard_has_a_row_for_every_touchpoint_segment_and_wave(small):
    table = small.scorecard(small.answers(500))().table
    assert len(table) == 4 * table[["segment", "wave"]].drop_duplicates().shape[0]
    assert table.groupby("touchpoint")["segment"].nunique().eq(5).all()
    assert table.groupby("touchpoint")["wave"].nunique().eq(3).all()
