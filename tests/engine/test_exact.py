"""Nothing lost on the way in: large ids beside gaps, and codes that only look like numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlens.engine.exact import as_written, check_digits, exact_frame
from cxlens.engine.labels import in_words, numbered
from cxlens.errors import ValuesError
from tests.engine.opened import ONE, all_rows, frame_of, open_table, to_csv, to_parquet

LARGE = 123_456_789_012_345_678
ID = ONE._replace(labels={"id": "respondent"})


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (["2023", "2024"], [2023, 2024]),
        (["2023", None], [2023.0, None]),
        ([str(LARGE), str(LARGE + 1)], [LARGE, LARGE + 1]),
        ([str(LARGE), None, str(LARGE + 1)], [LARGE, None, LARGE + 1]),
        (["1.5", "2"], [1.5, 2.0]),
        (["1.0", "2.0"], [1.0, 2.0]),
        (["TRUE", "false"], [True, False]),
        (["02134", "10001"], None),
        (["1E5", "100000"], None),
        (["1.10", "1.1"], None),
        (["2", "2.0"], None),
        (["+1", "2"], None),
        (["1_000", "2"], None),
        (["-0", "1"], None),
        (["1234567890123456789012", "2"], None),
        (["0x10", "2"], None),
        ([" 1", "2"], None),
        (["NA", "1"], None),
        (["\u0661", "2"], None),
    ],
)
def test_text_becomes_numbers_only_where_nothing_is_lost(written: list[Any], read: list[Any] | None) -> None:
    values = as_written(pd.Series(written, dtype="str"))
    told = [None if pd.isna(value) else value for value in values.tolist()]
    assert told == (written if read is None else read)


@settings(max_examples=25)
@given(st.lists(st.from_regex(r"[-+]?[0-9]{1,18}(\.[0-9]{0,5})?(E[0-9])?", fullmatch=True), min_size=1))
def test_labels_read_from_text_are_as_many_as_before(words: list[str]) -> None:
    labels = in_words(as_written(pd.Series(words, dtype="str")))
    assert len(set(labels)) == len(set(words))


def test_no_labels_at_all() -> None:
    assert as_written(pd.Series([None, None], dtype="str")).isna().all()


FORMS: dict[str, Any] = {
    "Arrow": lambda frame, _: pa.Table.from_pandas(frame),
    "polars": lambda frame, _: pl.from_pandas(frame),
    "CSV": to_csv,
    "Parquet": to_parquet,
    "nullable pandas": lambda frame, _: frame,
    "Ibis": lambda frame, _: ibis.memtable(pa.Table.from_pandas(frame)),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("on_the_disk", [False, True])
def test_large_ids_beside_gaps_stay_exact(
    form: str, on_the_disk: bool, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if on_the_disk:
        request.getfixturevalue("on_disk")
    ids = pd.array([LARGE, None, LARGE + 1], dtype="Int64")
    rows = all_rows(open_table(FORMS[form](frame_of(id=ids), tmp_path), ID))
    assert in_words(rows.labels["id"]).tolist() == [str(LARGE), "not stated", str(LARGE + 1)]
    assert len(set(numbered(rows.labels["id"], 0).tolist())) == 3


def test_frames_of_arrow_tables_change_only_where_digits_would_be_lost() -> None:
    table = pa.table({"small": [1, None], "large": pa.array([2**63, None], "uint64"), "whole": [LARGE, LARGE + 1]})
    frame = exact_frame(table)
    assert frame.dtypes.astype(str).tolist() == ["float64", "UInt64", "int64"]
    assert frame["large"].tolist()[0] == 2**63


@pytest.mark.parametrize("kind", ["int64", "uint64", "Int64", "UInt64", "int64[pyarrow]", "uint64[pyarrow]"])
def test_ids_of_64_bits_have_numbers_of_their_own(kind: str) -> None:
    ids = pd.Series(range(LARGE, LARGE + 1000)).astype(kind)
    assert len(np.unique(numbered(ids, 0))) == 1000
    small = pd.Series([1, 2, 2**53 - 1])
    assert numbered(small.astype(kind), 0).tolist() == numbered(small.astype(float), 0).tolist()


def test_ids_that_lost_their_last_digits_are_refused() -> None:
    with pytest.raises(ValuesError) as error:
        check_digits("respondent", "id", pd.Series([float(LARGE), np.nan]))
    assert str(error.value) == (
        "respondent column 'id' holds numbers of 16 digits or more as fractions, which have lost their last "
        "digits. Read the column as text: pd.read_csv(path, dtype={'id': str})."
    )
    check_digits("respondent", "id", pd.Series([2.0**53 - 1, np.nan, np.inf]))
    check_digits("respondent", "id", pd.Series([LARGE]))
