"""What the entries of small whole numbers mean; whole files are read in test_stream and test_tallies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cxlens.engine import entry_states, tables
from cxlens.engine.batches import listed
from cxlens.engine.entry_states import (
    distinct_scores,
    folded,
    label_in,
    lookup_of,
    meaning_of,
    states_in,
    weights_in,
)
from cxlens.engine.roles import Codes, Roles
from cxlens.engine.tables import OnDisk, open_table

CODES = Codes(1, 5, (6,), (0,))


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OnDisk:
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    frame = pd.DataFrame({"web": [4, 6, 0, 1, None], "y": [9, 8, 7, 9, 8], "w": [1, 2, 0, 1, 1]})
    frame["area"] = ["b", None, "a", "b", "a"]
    frame.astype({"web": "Int8"}).to_parquet(tmp_path / "a.parquet")
    opened = open_table(tmp_path / "a.parquet", Roles((("web",),), CODES, (("y", None),), "w", {"area": "segment"}))
    assert isinstance(opened, OnDisk)
    return opened


def alone(batch: pa.RecordBatch, _: int) -> list[pa.RecordBatch]:
    return [batch]


def test_each_entry_has_a_state_and_each_label_a_number(source: OnDisk) -> None:
    meaning = meaning_of(source, "web", CODES)
    scores = distinct_scores([meaning])
    assert scores.tolist() == [1, 4]
    (batch,) = folded(source, ["web"], {"by": "area"}, alone, listed)
    assert states_in(batch, 0, lookup_of(meaning, scores)).tolist() == [1, 2, 3, 0, 3]  # not used, then blank
    codes, words = label_in(batch, "by")
    assert words[codes].tolist() == ["b", "not stated", "a", "b", "a"]
    weights = weights_in(batch)
    assert weights is not None
    assert weights.tolist() == [1, 2, 0, 1, 1]


def test_batches_are_of_so_many_rows(source: OnDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_states, "BATCH", 2)
    batches = folded(source, ["web"], {}, alone, listed)
    assert [batch.num_rows for batch in batches] == [2, 2, 1]


def test_more_scores_than_can_be_numbered_are_too_many(source: OnDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert entry_states.are_small_and_whole(source, [("web",), ("y",)])
    assert not entry_states.are_small_and_whole(source, [("web", "y")])
    monkeypatch.setattr(entry_states, "MOST_STATES", 3)
    assert not entry_states.are_small_and_whole(source, [("web",), ("y",)])
    assert np.isnan(meaning_of(source, "web", CODES).scores[0])  # an empty cell
