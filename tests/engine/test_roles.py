"""Roles: a column that is missing or found twice is refused, whatever the table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cxlens.errors import ColumnError
from tests.engine.opened import ONE, fault, frame_of, open_table, to_csv, to_parquet


def test_unknown_columns() -> None:
    frame = frame_of(weight=1)
    assert fault(frame, ONE._replace(touchpoints=(("wbe",),)), ColumnError) == (
        "touchpoint column 'wbe' is not in the data. Did you mean 'web'? Columns: web, nps, weight."
    )
    assert fault(frame, ONE._replace(outcomes=(("npz", None),)), ColumnError) == (
        "outcome column 'npz' is not in the data. Did you mean 'nps'? Columns: web, nps, weight."
    )
    assert fault(frame, ONE._replace(weight="wieght"), ColumnError) == (
        "weight column 'wieght' is not in the data. Did you mean 'weight'? Columns: web, nps, weight."
    )
    assert fault(frame, ONE._replace(labels={"purpose": "segment"}), ColumnError) == (
        "segment column 'purpose' is not in the data. Columns: web, nps, weight."
    )


@pytest.mark.parametrize("write", [to_csv, to_parquet])
def test_unknown_columns_of_a_file(write: Callable[[pd.DataFrame, Path], Path], tmp_path: Path) -> None:
    assert fault(write(frame_of(), tmp_path), ONE._replace(touchpoints=(("Web",),)), ColumnError) == (
        "touchpoint column 'Web' is not in the data. Did you mean 'web'? Columns: web, nps."
    )


def test_columns_found_twice(tmp_path: Path) -> None:
    message = "touchpoint column 'web' is in the data twice. Give each column a name of its own."
    twice = pd.DataFrame([[1, 2, 9]], columns=["web", "web", "nps"])
    assert fault(twice, kind=ColumnError) == message
    assert fault(to_csv(twice, tmp_path), kind=ColumnError) == message
    table = pa.table([[1], [2], [9]], names=["web", "web", "nps"])
    pq.write_table(table, tmp_path / "twice.parquet")
    assert fault(tmp_path / "twice.parquet", kind=ColumnError) == message
    other = pd.DataFrame([[1, 2, 9, 9]], columns=["web", "shop", "nps", "shop"])
    assert open_table(to_csv(other, tmp_path), ONE).n == 1  # what nobody reads may be there twice
