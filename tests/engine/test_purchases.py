from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlens.engine import purchases as engine
from cxlens.engine.parquet import ParquetFiles
from cxlens.engine.purchases import Columns, bought, can_stay_on_disk
from cxlens.errors import CxlensError

COLUMNS = Columns("who", "when", "paid", ("plan",), ("NA",))
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["007", "7", "NA", "", None]), st.integers(0, 4), st.sampled_from([-2.0, 0, 1.5, 3, None])
    ),
    min_size=1,
    max_size=30,
)


def frame_of(rows: list[tuple[str | None, int, float | None]]) -> pd.DataFrame:
    who, hours, paid = zip(*rows, strict=True)
    when = pd.Timestamp("2024-02-28 20:00") + pd.to_timedelta([7 * h for h in hours], unit="h")
    plan = [None if h == 3 else f"plan {h % 2}" for h in hours]
    frame = pd.DataFrame({"who": pd.Series(who, dtype=object), "when": when, "paid": paid, "plan": plan})
    return frame.astype({"paid": float})


@settings(max_examples=30)
@given(ROWS)
def test_days_and_counts_equal_those_of_plain_python(rows: list[tuple[str | None, int, float | None]]) -> None:
    frame = frame_of(rows)
    counts, listed = bought(frame, COLUMNS)
    spent: dict[str, dict[np.datetime64, float]] = {}
    for row in frame.itertuples():
        if row.who in ("007", "7") and row.paid > 0:
            days = spent.setdefault(row.who, {})
            day = row.when.normalize().to_datetime64()
            days[day] = days.get(day, 0) + row.paid
    expected = sorted(tuple(sorted(days.items())) for days in spent.values())
    found: dict[int, list[tuple[np.datetime64, float]]] = {}
    for customer, day, paid in zip(listed.customer, listed.day, listed.spent, strict=True):
        found.setdefault(customer, []).append((np.datetime64(int(day), "D"), paid))
    assert sorted(map(tuple, found.values())) == expected
    nobody = ~frame["who"].isin(["007", "7"])
    assert counts.rows == len(frame)
    assert counts.of_nobody == nobody.sum()
    assert counts.blank == (frame["paid"].isna() & ~nobody).sum()
    assert counts.not_positive == ((frame["paid"] <= 0) & ~nobody).sum()
    assert counts.first == frame["when"].min().normalize().timestamp() / 86400


def test_batches_that_part_a_day_are_joined(monkeypatch) -> None:
    frame = frame_of([("a", k // 4, 1.0) for k in range(20)] + [("b", 0, 2.0)])
    whole = bought(frame, COLUMNS)[1]
    monkeypatch.setattr(engine, "AT_ONCE", 2)
    in_pieces = bought(frame, COLUMNS)[1]
    assert in_pieces.spent.tolist() == whole.spent.tolist()
    assert in_pieces.segments.equals(whole.segments)
    assert sorted(in_pieces.segments["plan"].astype(str)) == ["plan 0", "plan 0"]


def test_file_on_disk_gives_the_same_as_a_frame(tmp_path: Path) -> None:
    frame = frame_of([("7", 0, 1.0), ("007", 3, 2.0), ("7", 2, 4.0), (None, 1, 1.0)])
    path = tmp_path / "bought.parquet"
    frame.to_parquet(path)
    files = ParquetFiles.at([path])
    assert can_stay_on_disk(files, COLUMNS)
    on_disk, in_memory = bought(files, COLUMNS), bought(frame, COLUMNS)
    assert on_disk[0] == in_memory[0]
    assert on_disk[1].day.tolist() == in_memory[1].day.tolist()
    assert on_disk[1].segments.equals(in_memory[1].segments)
    assert set(on_disk[1].segments["plan"].astype(str)) == {"plan 0", "not stated"}


def test_ids_that_a_gap_made_fractions_are_whole(tmp_path: Path) -> None:
    path = tmp_path / "bought.parquet"
    days = pd.to_datetime(["2024-01-01", "2024-01-05", "2024-01-05"])
    pd.DataFrame({"who": [17850.0, np.nan, 2.0], "when": days}).to_parquet(path)
    counts, listed = bought(ParquetFiles.at([path]), Columns("who", "when", None, (), ("17850",)))
    assert counts.of_nobody == 2
    assert len(listed.segments) == 1
    assert listed.spent.tolist() == [0]


def test_texts_cannot_stay_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "bought.parquet"
    pd.DataFrame({"who": ["a"], "when": ["2024-01-01"], "paid": ["£3"]}).to_parquet(path)
    files = ParquetFiles.at([path])
    assert not can_stay_on_disk(files, Columns("who", "when", None, (), ()))
    assert not can_stay_on_disk(files, Columns("who", "nowhere", None, (), ()))


def test_empty_times_and_infinite_values_on_disk_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bought.parquet"
    days = pd.to_datetime(["2024-01-01", None])
    pd.DataFrame({"who": ["a", "b"], "when": days, "paid": [1.0, np.inf]}).to_parquet(path)
    files = ParquetFiles.at([path])
    with pytest.raises(CxlensError) as refused:
        bought(files, Columns("who", "when", None, (), ()))
    assert str(refused.value) == "time column 'when' is empty in some rows. Drop them, or fill in their dates."
    with pytest.raises(CxlensError) as refused:
        bought(files, Columns("who", "when", "paid", (), ("b",)))
    assert "time column 'when' is empty" in str(refused.value)
    pd.DataFrame({"who": ["a"], "when": days[:1], "paid": [np.inf]}).to_parquet(path)
    with pytest.raises(CxlensError) as refused:
        bought(ParquetFiles.at([path]), Columns("who", "when", "paid", (), ()))
    assert str(refused.value) == "value column 'paid' holds an infinite number. Correct it, or empty the cell."
