from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.testing import assert_array_equal

from cxlens.engine import tables
from cxlens.engine.roles import Codes, Roles
from cxlens.engine.tables import InMemory, OnDisk, Rows
from cxlens.errors import FileError
from tests.engine.opened import ONE, all_rows, fault, frame_of, open_table, to_csv, to_parquet

ANSWERS = pd.DataFrame(
    {
        "web": [4, 5, 6, 0, 1, 3],
        "call": [2.0, np.nan, 6.0, 5.0, 4.5, 0.0],
        "shop": [1, 1, 2, 3, 4, 5],
        "nps": [9.0, 10.0, np.nan, 3.0, 0.0, 7.0],
        "weight": [1.0, 0.0, 2.5, 1.0, 1.0, 0.5],
        "area": ["NA", "North", "null", None, "South", "NA"],
        "year": [2016, 2016, 2017, 2017, 2017, 2016],
        "visits": [1.0, 2.5, 3.0, np.nan, 2.0, 8.0],
        "unread": ["x", "y", "z", "x", "y", "z"],
    }
)
ROLES = Roles(
    (("web",), ("call", "shop")),
    Codes(1, 5, (6,), (0,)),
    (("nps", Codes(0, 10)),),
    "weight",
    dict.fromkeys(("area", "year", "visits"), "segment"),
)


def to_zipped(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_csv(folder / "answers.csv.gz", index=False)
    return folder / "answers.csv.gz"


FORMS: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    "pandas": lambda frame, _: frame,
    "pandas with an index": lambda frame, _: frame.set_index(pd.Index(range(10, 10 + len(frame)))),
    "nullable pandas": lambda frame, _: frame.convert_dtypes(),
    "polars": lambda frame, _: pl.from_pandas(frame),
    "Arrow": lambda frame, _: pa.Table.from_pandas(frame, preserve_index=False),
    "CSV": to_csv,
    "CSV, by its name": lambda frame, folder: str(to_csv(frame, folder)),
    "zipped CSV": to_zipped,
    "Parquet": to_parquet,
}


def assert_are_the_answers(rows: Rows) -> None:
    nan = np.nan
    assert_array_equal(rows.scores, [[4, 1.5], [5, 1], [nan, 2], [nan, 4], [1, 4.25], [3, 5]])
    assert_array_equal(rows.unused, [[False, False]] * 2 + [[True, False]] + [[False, False]] * 3)
    assert_array_equal(rows.outcomes, [[9], [10], [nan], [3], [0], [7]])
    assert_array_equal(rows.weights, ANSWERS["weight"])
    assert rows.labels["area"].fillna("-").tolist() == ["NA", "North", "null", "-", "South", "NA"]
    assert rows.labels["year"].tolist() == ANSWERS["year"].tolist()
    assert rows.labels["visits"].astype(float).fillna(-1).tolist() == [1, 2.5, 3, -1, 2, 8]
    assert list(rows.labels) == ["area", "year", "visits"]


@pytest.mark.parametrize("form", FORMS)
def test_any_table_gives_the_same_rows(form: str, tmp_path: Path) -> None:
    source = open_table(FORMS[form](ANSWERS, tmp_path), ROLES)
    assert isinstance(source, InMemory)
    assert source.n == len(source.rows) == 6
    assert_are_the_answers(source.rows)
    assert source.distinct("area") == ["NA", "North", "South", "null"]
    assert source.distinct("visits") == [1, 2, 2.5, 3, 8]


def test_a_file_on_disk_gives_the_same_rows(on_disk: None, tmp_path: Path) -> None:
    source = open_table(to_parquet(ANSWERS, tmp_path), ROLES)
    assert isinstance(source, OnDisk)
    assert source.n == 6
    assert [(len(rows), rows.start) for rows in source.batches()] == [(2, 0), (2, 2), (2, 4)]
    assert_are_the_answers(all_rows(source))
    assert source.distinct("area") == ["NA", "North", "South", "null"]
    assert source.distinct("visits") == [1, 2, 2.5, 3, 8]


def test_numbers_that_are_not_numbers_on_disk_are_no_values(on_disk: None, tmp_path: Path) -> None:
    table = pa.table({"web": [1, 2, 3], "nps": [1.0, float("nan"), 3.0], "visits": [float("nan"), 2.0, None]})
    pq.write_table(table, tmp_path / "a.parquet")
    source = open_table(tmp_path / "a.parquet", ONE._replace(labels={"visits": "segment"}))
    assert source.distinct("visits") == [2]
    assert_array_equal(all_rows(source).outcomes[:, 0], [1, np.nan, 3])


def test_rows_on_disk_come_in_the_order_of_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    n = 400_000
    frame = pd.DataFrame({"web": np.arange(n) % 5 + 1, "nps": np.arange(n, dtype=float)})
    frame.to_parquet(tmp_path / "long.parquet", row_group_size=50_000)
    source = open_table(tmp_path / "long.parquet", ONE)
    seen = 0
    for rows in source.batches():
        assert rows.start == seen
        assert len(rows) <= tables.BATCH
        assert_array_equal(rows.outcomes[:, 0], np.arange(seen, seen + len(rows)))
        seen += len(rows)
    assert seen == n


def test_memory_comes_in_batches_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BATCH", 4)
    source = open_table(ANSWERS, ROLES)
    assert [(len(rows), rows.start) for rows in source.batches()] == [(4, 0), (2, 4)]
    assert_are_the_answers(all_rows(source))


@pytest.mark.parametrize("form", ["pandas", "nullable pandas"])
def test_the_input_is_not_changed(form: str, tmp_path: Path) -> None:
    frame = FORMS[form](ANSWERS.copy(), tmp_path)
    before = frame.copy()
    source = open_table(frame, ROLES)
    source.rows.labels["area"] = "gone"
    source.rows.scores[:] = 0
    pd.testing.assert_frame_equal(frame, before)


def test_a_column_that_once_was_an_index_is_a_column(tmp_path: Path) -> None:
    frame = ANSWERS.set_index("area")
    frame.to_parquet(tmp_path / "indexed.parquet")
    for data in (tmp_path / "indexed.parquet", pa.Table.from_pandas(frame)):
        assert_are_the_answers(open_table(data, ROLES).rows)


def test_special_folders(on_disk: None, tmp_path: Path) -> None:
    folder = tmp_path / "Survey [2024] it's*"
    folder.mkdir()
    assert_are_the_answers(all_rows(open_table(to_parquet(ANSWERS, folder), ROLES)))


CONDITIONS: list[tuple[dict[str, Any], list[int]]] = [
    ({"area": "NA"}, [0, 5]),
    ({"year": 2017}, [2, 3, 4]),
    ({"area": ["NA", "South"]}, [0, 4, 5]),
    ({"visits": (2, 3)}, [1, 2, 4]),
    ({"visits": (2.5, None)}, [1, 2, 5]),
    ({"visits": (None, 2)}, [0, 4]),
    ({"area": "NA", "visits": (None, 2)}, [0]),
    ({"area": "nowhere"}, []),
]


@pytest.mark.parametrize("form", ["pandas", "nullable pandas", "polars", "CSV"])
def test_conditions(form: str, tmp_path: Path) -> None:
    everybody = open_table(FORMS[form](ANSWERS, tmp_path), ROLES)
    for conditions, expected in CONDITIONS:
        source = everybody.where(conditions)
        assert source.n == len(expected), conditions
        assert_array_equal(source.rows.outcomes[:, 0], ANSWERS["nps"].to_numpy()[expected], str(conditions))


def test_conditions_on_disk(on_disk: None, tmp_path: Path) -> None:
    everybody = open_table(to_parquet(ANSWERS, tmp_path), ROLES)
    for conditions, expected in CONDITIONS:
        stored = everybody.where(conditions)
        assert stored.n == len(expected), conditions
        assert_array_equal(all_rows(stored).outcomes[:, 0], ANSWERS["nps"].to_numpy()[expected], str(conditions))


def test_conditions_add_up(on_disk: None, tmp_path: Path) -> None:
    for data in (ANSWERS, to_parquet(ANSWERS, tmp_path)):
        source = open_table(data, ROLES).where({"year": 2016}).where({"area": "NA"})
        assert_array_equal(all_rows(source).outcomes[:, 0], [9, 7])


def test_batches_with_no_weight_are_no_fault(on_disk: None, tmp_path: Path) -> None:
    frame = frame_of(web=[1, 2, 3], weight=[0, 0, 2])
    source = open_table(to_parquet(frame, tmp_path), ONE._replace(weight="weight"))
    assert_array_equal(all_rows(source).weights, [0, 0, 2])


TEXT = (
    "touchpoint column 'web' holds text where scores are expected: 'good', 'so-so' (3 rows). "
    "Turn it into numbers, or name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
)
OUTSIDE = (
    "touchpoint column 'web' has scores outside the scale 1 to 5: 7, 9.5 (3 rows). "
    "Give Scale(low, high) the whole range, or name such codes in not_used=[...] or blank=[...]."
)


@pytest.mark.parametrize("form", [*FORMS, "Parquet on disk"])
@pytest.mark.parametrize(
    ("web", "message"),
    [(["4", "good", "so-so", "good"], TEXT), ([4, 7, 9.5, 7], OUTSIDE)],
    ids=["text", "outside"],
)
def test_scores_that_are_none(
    form: str, web: list[Any], message: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if form == "Parquet on disk":
        request.getfixturevalue("on_disk")
    frame = pd.DataFrame({"web": web, "nps": 5})
    assert fault(FORMS[form.removesuffix(" on disk")](frame, tmp_path)) == message


def test_a_missing_file(tmp_path: Path) -> None:
    assert fault(tmp_path / "gone.csv", kind=FileError) == (
        f"survey file '{tmp_path / 'gone.csv'}' does not exist. Check the path; relative paths start at '{Path.cwd()}'."
    )


@pytest.mark.parametrize("on_disk", [False, True])
@pytest.mark.parametrize(("ids", "found"), [(["a", "b", None, None], False), (["a", "b", "a", None], True)])
def test_whether_ids_repeat(ids, found, on_disk, tmp_path, monkeypatch) -> None:
    if on_disk:
        monkeypatch.setattr(tables, "IN_MEMORY", 0)
    path = tmp_path / "answers.parquet"
    pd.DataFrame({"web": [1, 2, 3, 4], "nps": [1, 2, 9, 10], "id": ids}).to_parquet(path)
    assert open_table(path, ONE._replace(labels={"id": "respondent"})).repeats("id") is found


@pytest.mark.parametrize("form", ["pandas", "pandas with an index"])
def test_rows_are_taken_by_place_also_after_a_filter(form: str, tmp_path: Path) -> None:
    rows = open_table(FORMS[form](ANSWERS, tmp_path), ROLES).rows
    late = rows.take(rows.labels["year"].to_numpy() == 2017)
    assert late.labels["area"].fillna("-").tolist() == ["null", "-", "South"]
    places = np.array([2, 0, 2, 2, 1])
    some = late.take(places)
    assert len(some) == 5
    assert some.start == 0
    assert_array_equal(some.scores, late.scores[places])
    assert_array_equal(some.unused, late.unused[places])
    assert_array_equal(some.outcomes, late.outcomes[places])
    assert some.weights.tolist() == [1, 2.5, 1, 1, 1]
    assert some.labels["area"].fillna("-").tolist() == ["South", "null", "South", "South", "-"]
    again = some.take(some.labels["area"].eq("South").to_numpy())
    assert_array_equal(again.scores, np.tile(late.scores[2], (3, 1)))
    assert some.take(slice(1, 3)).start == 1
    assert len(late.take(np.empty(0, np.int64))) == 0
