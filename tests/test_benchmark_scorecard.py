"""The benchmark of the scorecard runs, on a few answers."""

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


def test_each_part_is_measured(module):
    for part in module.PARTS:
        found = module.measure(part, 4000)
        assert found["seconds"] > 0
        assert found["memory"] > 0


def test_the_scorecard_has_a_row_for_every_touchpoint_segment_and_wave(module):
    table = module.scorecard(module.answers(4000))().table
    assert len(table) == 60 * table[["segment", "wave"]].drop_duplicates().shape[0]
    assert table.groupby("touchpoint")["segment"].nunique().eq(50).all()
