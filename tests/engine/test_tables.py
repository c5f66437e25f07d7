from __future__ import annotations

import gzip
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
from cxlens.engine.tables import Codes, InMemory, OnDisk, Roles, Rows, open_table
from cxlens.errors import ColumnError, CxlensError, FileError, ValuesError

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
ONE = Roles((("web",),), Codes(1, 5, (6,), (0,)), (("nps", None),), None, {})


def to_csv(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_csv(folder / "answers.csv", index=False)
    return folder / "answers.csv"


def to_zipped(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_csv(folder / "answers.csv.gz", index=False)
    return folder / "answers.csv.gz"


def to_parquet(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_parquet(folder / "answers.parquet", index=False)
    return folder / "answers.parquet"


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


@pytest.fixture
def on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parquet files stay on disk, however small, and are read two rows at a time."""
    monkeypatch.setattr(tables, "IN_MEMORY", 0)
    monkeypatch.setattr(tables, "BATCH", 2)


def all_rows(source: InMemory | OnDisk) -> Rows:
    parts = list(source.batches())
    arrays = (np.concatenate([getattr(part, name) for part in parts]) for name in Rows.__slots__[:4])
    return Rows(*arrays, pd.concat([part.labels for part in parts], ignore_index=True))


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


def fault(data: Any, roles: Roles = ONE, kind: type[CxlensError] = ValuesError) -> str:
    with pytest.raises(kind) as error:
        open_table(data, roles)
    assert type(error.value) is kind
    return str(error.value)


def frame_of(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"web": [1, 2, 3], "nps": [9, 8, 7]} | columns)


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


def test_codes_become_facts() -> None:
    words = ["not used", " not used ", "n/a", "", "  ", None, "4", 5, 6]
    frame = pd.DataFrame({"web": words, "nps": range(9)})
    rows = open_table(frame, ONE._replace(codes=Codes(1, 5, ("not used", 6), ("n/a",)))).rows
    assert_array_equal(rows.unused[:, 0], [True, True, False, False, False, False, False, False, True])
    assert_array_equal(rows.scores[:, 0], [np.nan] * 6 + [4, 5, np.nan])


def test_a_code_may_be_a_long_sentence() -> None:
    code = "I have not used this service in the past twelve months, so I cannot say how it was"
    rows = open_table(frame_of(web=[1, code, 3]), ONE._replace(codes=Codes(1, 5, (code,)))).rows
    assert_array_equal(rows.unused[:, 0], [False, True, False])


def test_none_among_the_codes_makes_empty_cells_not_used(on_disk: None, tmp_path: Path) -> None:
    frame, roles = frame_of(web=[1, np.nan, 3], nps=[1, np.nan, 3]), ONE._replace(codes=Codes(1, 5, (None,)))
    for data in (frame, to_parquet(frame, tmp_path), to_csv(frame, tmp_path)):
        rows = all_rows(open_table(data, roles))
        assert_array_equal(rows.unused[:, 0], [False, True, False])
        assert_array_equal(rows.outcomes[:, 0], [1, np.nan, 3])


@pytest.mark.parametrize("word", ["NA", "N/A", "null"])
def test_a_code_in_a_csv_file_may_look_like_an_empty_cell(word: str, tmp_path: Path) -> None:
    frame = frame_of(web=[1, word, 3])
    roles = ONE._replace(codes=Codes(1, 5, (word,)))
    for data in (frame, to_csv(frame, tmp_path)):
        rows = open_table(data, roles).rows
        assert_array_equal(rows.unused[:, 0], [False, True, False])


def test_empty_cells_of_a_csv_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("web,nps,area\n1,NA,NA\nN/A,3,\nnan,null,NaN\n", encoding="utf-8")
    rows = open_table(tmp_path / "a.csv", ONE._replace(labels={"area": "segment"})).rows
    assert_array_equal(rows.scores[:, 0], [1, np.nan, np.nan])
    assert_array_equal(rows.outcomes[:, 0], [np.nan, 3, np.nan])
    assert rows.labels["area"].fillna("-").tolist() == ["NA", "-", "NaN"]


def test_a_csv_file_may_begin_with_a_byte_order_mark_and_name_no_index(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("web,nps,\n1,9,0\n2,8,1\n", encoding="utf-8-sig")
    rows = open_table(tmp_path / "a.csv", ONE._replace(labels={"Unnamed: 2": "segment"})).rows
    assert_array_equal(rows.scores[:, 0], [1, 2])
    assert rows.labels["Unnamed: 2"].tolist() == [0, 1]


def test_dimensions_score_the_mean_of_those_rated() -> None:
    frame = pd.DataFrame({"a": [1, 2, 6, 6, 0, 6], "b": [4, 6, 6, 0, 0, 3], "nps": 5})
    rows = open_table(frame, ONE._replace(touchpoints=(("a", "b"),))).rows
    assert_array_equal(rows.scores[:, 0], [2.5, 2, np.nan, np.nan, np.nan, 3])
    assert_array_equal(rows.unused[:, 0], [False, False, True, True, False, False])


def test_weights_are_one_without_a_column() -> None:
    assert_array_equal(open_table(frame_of(), ONE).rows.weights, [1, 1, 1])


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"area": "NA"}, [0, 5]),
        ({"year": 2017}, [2, 3, 4]),
        ({"area": ["NA", "South"]}, [0, 4, 5]),
        ({"visits": (2, 3)}, [1, 2, 4]),
        ({"visits": (2.5, None)}, [1, 2, 5]),
        ({"visits": (None, 2)}, [0, 4]),
        ({"area": "NA", "visits": (None, 2)}, [0]),
        ({"area": "nowhere"}, []),
    ],
)
@pytest.mark.parametrize("form", ["pandas", "nullable pandas", "polars", "CSV"])
def test_conditions(
    form: str,
    conditions: dict[str, Any],
    expected: list[int],
    tmp_path: Path,
    on_disk: None,
) -> None:
    source = open_table(FORMS[form](ANSWERS, tmp_path), ROLES).where(conditions)
    assert source.n == len(expected)
    assert_array_equal(source.rows.outcomes[:, 0], ANSWERS["nps"].to_numpy()[expected])
    stored = open_table(to_parquet(ANSWERS, tmp_path), ROLES).where(conditions)
    assert stored.n == len(expected)
    assert_array_equal(all_rows(stored).outcomes[:, 0], ANSWERS["nps"].to_numpy()[expected])


def test_conditions_add_up(on_disk: None, tmp_path: Path) -> None:
    for data in (ANSWERS, to_parquet(ANSWERS, tmp_path)):
        source = open_table(data, ROLES).where({"year": 2016}).where({"area": "NA"})
        assert_array_equal(all_rows(source).outcomes[:, 0], [9, 7])


def test_batches_with_no_weight_are_no_fault(on_disk: None, tmp_path: Path) -> None:
    frame = frame_of(web=[1, 2, 3], weight=[0, 0, 2])
    source = open_table(to_parquet(frame, tmp_path), ONE._replace(weight="weight"))
    assert_array_equal(all_rows(source).weights, [0, 0, 2])


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


def test_many_faulty_values_are_counted() -> None:
    assert fault(frame_of(web=range(10, 1244), nps=1)) == (
        "touchpoint column 'web' has scores outside the scale 1 to 5: 10, 11, 12, 13, 14 and 1229 more (1,234 rows). "
        "Give Scale(low, high) the whole range, or name such codes in not_used=[...] or blank=[...]."
    )


def test_faulty_outcomes() -> None:
    roles = ONE._replace(outcomes=(("nps", Codes(0, 10)),))
    assert fault(frame_of(nps=[9, 11, 7]), roles) == (
        "outcome column 'nps' has scores outside the scale 0 to 10: 11 (1 row). "
        "Give Scale(low, high) the whole range, or name such codes in not_used=[...] or blank=[...]."
    )
    assert fault(frame_of(nps=[9, np.inf, 7]), roles) == (
        "outcome column 'nps' has scores outside the scale 0 to 10: inf (1 row). "
        "Give Scale(low, high) the whole range, or name such codes in not_used=[...] or blank=[...]."
    )
    assert fault(frame_of(nps=["9", "Blank", None]), roles) == (
        "outcome column 'nps' holds text where scores are expected: 'Blank' (1 row). "
        "Turn it into numbers, or name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
    )


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_values(value: float, on_disk: None, tmp_path: Path) -> None:
    frame = frame_of(nps=[9.0, value, 7.0])
    for data in (frame, to_csv(frame, tmp_path), to_parquet(frame, tmp_path)):
        assert fault(data) == (
            "outcome column 'nps' holds infinite values. Replace them by numbers or leave them empty."
        )


def test_dates_are_no_scores() -> None:
    assert fault(frame_of(nps=pd.to_datetime(["2024-01-31", None, "2024-01-31"]))) == (
        "outcome column 'nps' holds text where scores are expected: '2024-01-31' (2 rows). "
        "Turn it into numbers, or name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
    )


STEP = "Weights are numbers of 0 or more: correct them, or drop those rows."
WEIGHTS = {
    "negative": ([1, -2, -0.5], f"weight column 'w' has negative weights: -2, -0.5 (2 rows). {STEP}"),
    "infinite": ([1, np.inf, np.inf], f"weight column 'w' has infinite weights: inf (2 rows). {STEP}"),
    "text": (["1", "heavy", "2"], f"weight column 'w' has entries that are no numbers: 'heavy' (1 row). {STEP}"),
    "empty": ([1, np.nan, np.nan], f"weight column 'w' has entries that are no numbers: 'empty' (2 rows). {STEP}"),
    "all zero": ([0, 0.0, 0], "weight column 'w' is zero in every row. Give weights, or leave weight=None."),
}


@pytest.mark.parametrize("fault_of", WEIGHTS)
@pytest.mark.parametrize("write", [lambda frame, _: frame, to_csv, to_parquet], ids=["pandas", "CSV", "on disk"])
def test_faulty_weights(
    fault_of: str, write: Callable[[pd.DataFrame, Path], Any], on_disk: None, tmp_path: Path
) -> None:
    values, message = WEIGHTS[fault_of]
    assert fault(write(frame_of(w=values), tmp_path), ONE._replace(weight="w")) == message


@pytest.mark.parametrize("data", [{"web": [1]}, [1, 2], pl.Series([1]), None], ids=["dict", "list", "Series", "None"])
def test_what_is_no_table(data: Any) -> None:
    assert fault(data) == (
        f"data of type '{type(data).__name__}' is not a table. Give a pandas or polars frame, an Arrow table, "
        "or a path to a CSV or Parquet file."
    )


def test_a_missing_file(tmp_path: Path) -> None:
    assert fault(tmp_path / "gone.csv", kind=FileError) == (
        f"survey file '{tmp_path / 'gone.csv'}' does not exist. Check the path; relative paths start at '{Path.cwd()}'."
    )


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "answers.xlsx"
    path.write_bytes(b"PK")
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' ends in '.xlsx'. Give a .csv, .csv.gz or .parquet file, or a frame."
    )


@pytest.mark.parametrize("content", [b"", b"web,nps\n1,9\n", b"PAR1xxxxxxxxPAR1"], ids=["empty", "CSV", "broken"])
def test_a_file_that_is_not_parquet(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    path.write_bytes(content)
    message = f"survey file '{path}' is not a Parquet file. Write it again, or give it as .csv."
    assert fault(path, kind=FileError) == message


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    for name in ("a.parquet", "a.csv"):
        (tmp_path / name).mkdir()
    for path in (tmp_path, tmp_path / "a.parquet", tmp_path / "a.csv"):
        assert fault(path, kind=FileError) == (
            f"survey file '{path}' is a folder. Give the file, such as '{path / 'answers.csv'}'."
        )


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_csv_file_that_is_not_utf8(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.write_bytes("web,nps,area\n1,9,Zürich\n".encode(encoding))
    assert fault(path, kind=FileError) == f"survey file '{path}' is not UTF-8 text. Save it as CSV in UTF-8."


MALFORMED = {
    "an open quote": ('web,nps\n1,"9\n2,8\n', "Error tokenizing data. C error: EOF inside string starting at row 1"),
    "a long row": (
        "web,nps,comment\n1,9,fine\n2,8,slow, but kind\n",
        "Error tokenizing data. C error: Expected 3 fields in line 3, saw 4",
    ),
    "a long first row": (
        "web,nps,comment\n2,8,slow, but kind\n1,9,fine\n",
        "its rows have more cells than its first line has names",
    ),
    "commas at all ends": ("web,nps\n1,9,\n2,8,\n", "its rows have more cells than its first line has names"),
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_csv_file(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    content, why = MALFORMED[kind]
    path.write_text(content, encoding="utf-8")
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' cannot be read as CSV: {why}. Save it with a comma between columns."
    )


def test_a_zipped_file_that_is_not_or_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv.gz"
    path.write_bytes(b"web,nps\n1,9\n")
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' cannot be read as CSV: Not a gzipped file (b'we'). Save it with a comma between columns."
    )
    path.write_bytes(gzip.compress(b"web,nps\n1,9\n" * 1000)[:-20])
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' cannot be read as CSV: Compressed file ended before the end-of-stream marker was "
        "reached. Save it with a comma between columns."
    )


def test_an_empty_csv_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    path.touch()
    assert fault(path, kind=FileError) == (f"survey file '{path}' is empty. Check the path, or save the answers again.")


@pytest.mark.parametrize(("sign", "words"), [(";", "';'"), ("\t", "tabs")])
def test_other_separators_are_told(sign: str, words: str, tmp_path: Path) -> None:
    path, header = tmp_path / "answers.csv", f"web{sign}nps"
    path.write_text(f"{header}\n1{sign}9,5\n", encoding="utf-8")
    assert fault(path, kind=FileError) == (
        f"survey file '{path}' has one column, {header!r}. Is it separated by {words}? "
        "Save it with commas, or give a frame."
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
