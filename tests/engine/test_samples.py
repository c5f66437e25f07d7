"""Samples of answers on disk: as many as asked for, the same with the same seed, in the order of the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlens as cx
from cxlens.engine import tables
from cxlens.engine.samples import sampled
from cxlens.engine.tables import OnDisk


@pytest.fixture
def on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OnDisk:
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(tables, "BATCH", 300)
    numbers = pd.DataFrame({"a": np.arange(1000) % 5 + 1, "nr": np.arange(1000), "y": np.arange(1000) % 2})
    numbers.to_parquet(tmp_path / "a.parquet")
    source = cx.Survey(tmp_path / "a.parquet", touchpoints=["a"], outcome={"y": "binary"}, segments=["nr"]).source
    assert isinstance(source, OnDisk)
    return source


def test_a_sample_is_seeded_and_in_order(on_disk: OnDisk) -> None:
    drawn = sampled(on_disk, 200, 1)
    numbers = drawn.rows.labels["nr"].to_numpy()
    assert len(numbers) == len(set(numbers)) == 200
    assert (np.diff(numbers) > 0).all()
    assert drawn.rows.scores[:, 0].tolist() == (numbers % 5 + 1).tolist()
    assert drawn.rows.outcomes[:, 0].tolist() == (numbers % 2).tolist()
    assert sampled(on_disk, 200, 1).rows.labels["nr"].tolist() == numbers.tolist()
    assert sampled(on_disk, 200, 2).rows.labels["nr"].tolist() != numbers.tolist()


def test_of_fewer_rows_all_are_taken(on_disk: OnDisk) -> None:
    assert sampled(on_disk, 2000, 1).rows.labels["nr"].tolist() == list(range(1000))
