"""Counts of entries add up over batches; what they say of whole files is tested with tallies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlens.engine import tables
from cxlens.engine.entry_counts import Counts, added_up, can_count, count_entries
from cxlens.engine.roles import Codes, Roles
from cxlens.engine.tables import OnDisk, open_table


def test_cells_of_batches_are_joined_by_their_words() -> None:
    first = Counts([("a",), ("b",)], [np.array([[[1.0, 2.0], [3.0, 4.0]]])])
    second = Counts([("c",), ("a",)], [np.array([[[5.0, 6.0], [7.0, 8.0]]])])
    total = added_up([first, second], [np.zeros((1, 0, 2))])
    assert total.cells == [("a",), ("b",), ("c",)]
    assert total.sums[0].tolist() == [[[8, 10], [3, 4], [5, 6]]]


def test_entries_are_counted_by_cell_without_rows_of_weight_0(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    frame = pd.DataFrame({"web": [4, 6, 0, 1, 4], "y": [9, 8, 7, 9, 8], "w": [1, 2, 0, 1, 3], "area": list("babbb")})
    frame.to_parquet(tmp_path / "a.parquet")
    roles = Roles((("web",),), Codes(1, 5, (6,), (0,)), (("y", None),), "w", {"area": "segment"})
    source = open_table(tmp_path / "a.parquet", roles)
    assert isinstance(source, OnDisk)
    assert can_count(source)
    cells, (web, outcome) = count_entries(source, ["area"])
    assert cells == [("b",), ("a",)]
    scores, sums = web
    assert scores.tolist() == [1, 4]
    assert sums[0].tolist() == [[1, 2, 0, 0], [0, 0, 1, 0]]  # rows; after the scores not used, and blank
    assert sums[1].tolist() == [[1, 4, 0, 0], [0, 0, 2, 0]]
    assert outcome[0].tolist() == [7, 8, 9]
