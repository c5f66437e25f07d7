"""The file that benchmarks/scale.py reads is what the benchmark says it is."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

FILE = Path(__file__).parent.parent / "benchmarks" / "scale.py"


@pytest.fixture(scope="module")
def scale() -> ModuleType:
    spec = importlib.util.spec_from_file_location("scale", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_answers_are_as_the_benchmark_says(scale: ModuleType, tmp_path: Path) -> None:
    frame = pd.read_parquet(scale.write_answers(tmp_path / "answers.parquet", 1000))
    assert list(frame) == [*scale.TOUCHPOINTS, "nps", "region"]
    assert len(frame) == 1000
    scores = frame[scale.TOUCHPOINTS]
    assert set(np.unique(scores)) == {1, 2, 3, 4, 5, scale.NOT_USED}
    assert ((scores == scale.NOT_USED).mean() > 0.2).tolist() == [False, True] * 10
    assert frame["nps"].between(0, 10).all()
    assert set(frame["region"]) == {"North", "South", "West"}
    assert scores[["t1", "t3"]].corr().iloc[0, 1] > 0.2
    result = scale.survey(tmp_path / "answers.parquet", 3)
    assert result.touchpoints == ("t1", "t2", "t3")


def test_a_file_begins_like_a_longer_one(scale: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "CHUNK", 300)
    short, long = (pd.read_parquet(scale.write_answers(tmp_path / f"{n}.parquet", n)) for n in (600, 1000))
    pd.testing.assert_frame_equal(long[:600], short)


def test_the_pass_reads_every_row(scale: ModuleType, tmp_path: Path) -> None:
    path = scale.write_answers(tmp_path / "answers.parquet", 1000)
    assert len(scale.sums(path)()) == 3
    sums, dropped = scale.one_pass(path)()
    assert sums.cells == ("North", "South", "West")
    assert sums.rows.sum() == 1000
    assert not dropped.total()


def test_drivers_start_from_what_a_pass_found(scale: ModuleType, tmp_path: Path, monkeypatch) -> None:
    path = scale.write_answers(tmp_path / "answers.parquet", 5000)
    run = scale.on_moments(path, 3)
    monkeypatch.setattr("cxlens.engine.answers.moments", None)  # no answer is read again
    assert list(run().segments) == ["North", "South", "West"]
