"""Parquet files: a path is literal, a file that changed is told, and every fault comes as one error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from cxlens.engine.parquet import ParquetFiles
from cxlens.engine.tables import OnDisk, open_table
from cxlens.errors import FileError
from tests.engine.opened import ONE, all_rows, fault, frame_of

SEGMENTS = ONE._replace(labels={"area": "segment"})


def whole(make: Callable[[], object]) -> str:
    with pytest.raises(FileError) as error:
        make()
    return str(error.value)


def written(path: Path, frame: pd.DataFrame) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(path, index=False)
    return path


@pytest.mark.parametrize(
    "name", ["data[1].parquet", "da*.parquet", "dat?1.parquet", "[d]ata1.parquet", "g[a]/x.parquet"]
)
def test_a_path_is_no_pattern(name: str, on_disk: None, tmp_path: Path) -> None:
    written(tmp_path / "data1.parquet", frame_of(web=[5, 5, 5]))
    written(tmp_path / "ga" / "x.pq", frame_of(web=[5, 5, 5]))
    path = written(tmp_path / name, frame_of())
    source = open_table(path, ONE)
    assert isinstance(source, OnDisk)
    assert_array_equal(all_rows(source).scores[:, 0], [1, 2, 3])


@pytest.mark.parametrize("most", [0, 100])
@pytest.mark.parametrize("folder", ["area=zz", "nps=3"])
def test_no_column_comes_from_the_name_of_a_folder(
    folder: str, most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cxlens.engine.tables.IN_MEMORY", most)
    path = written(tmp_path / folder / "a.parquet", frame_of(area=["a", "b", "c"]))
    rows = all_rows(open_table(path, SEGMENTS))
    assert rows.labels["area"].tolist() == ["a", "b", "c"]
    assert_array_equal(rows.outcomes[:, 0], [9, 8, 7])


@pytest.mark.parametrize("most", [0, 100])
def test_several_files_are_one_table(most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxlens.engine.tables.IN_MEMORY", most)
    one = written(tmp_path / "1.parquet", frame_of(area="N"))
    two = written(tmp_path / "2.parquet", frame_of(area="S", web=[3.0, 4.0, None])[["area", "nps", "web"]])
    rows = all_rows(open_table(ParquetFiles.at([one, two]), SEGMENTS))
    assert_array_equal(rows.scores[:, 0], [1, 2, 3, 3, 4, float("nan")])
    assert rows.labels["area"].tolist() == ["N"] * 3 + ["S"] * 3


def test_several_files_of_other_columns(tmp_path: Path) -> None:
    one = written(tmp_path / "1.parquet", frame_of(area="N"))
    two = written(tmp_path / "2.parquet", frame_of())
    assert whole(lambda: open_table(ParquetFiles.at([one, two]), ONE)) == (
        f"survey files '{one}' and '{two}' have other columns: 'area' only one of them has. "
        "Give files with the same columns."
    )


ASKED: dict[str, Callable[[OnDisk], object]] = {
    "its size": lambda source: source.n,
    "its rows": lambda source: list(source.batches()),
    "its values": lambda source: source.distinct("area"),
    "its ids": lambda source: source.repeats("area"),
}


@pytest.mark.parametrize("asked", ASKED)
def test_a_file_that_changed_after_opening(asked: str, on_disk: None, tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", frame_of(area="N"))
    source = open_table(path, SEGMENTS)
    assert isinstance(source, OnDisk)
    written(path, frame_of(area="N", web=[1.5, 2.5, 3.5]))
    assert whole(lambda: ASKED[asked](source)) == (
        f"survey file '{path}' has changed since it was opened. Open it again."
    )
    path.unlink()
    assert whole(lambda: ASKED[asked](source)) == (
        f"survey file '{path}' is no longer there. Put it back, or open it where it is now."
    )


def test_a_file_that_changes_while_it_is_read(on_disk: None, tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", frame_of())
    source = open_table(path, ONE)
    batches = source.batches()
    next(batches)
    written(path, frame_of(web=[5, 5, 5], nps=1))
    assert whole(lambda: list(batches)) == f"survey file '{path}' has changed since it was opened. Open it again."


@pytest.mark.parametrize("names", [("web", "Web"), ("Web", "web")])
def test_columns_that_differ_by_capital_letters(names: tuple[str, str], on_disk: None, tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", pd.DataFrame({names[0]: [1, 2], names[1]: [3, 4], "nps": [9, 8]}))
    assert fault(path, kind=FileError) == (
        f"survey file '{path}': columns '{names[0]}' and '{names[1]}' differ by capital letters only, which a file of "
        "this size cannot have. Rename one of them."
    )


def test_such_columns_are_told_apart_in_memory_and_where_nobody_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.parquet", pd.DataFrame({"Web": [1, 2], "web": [3, 4], "nps": [9, 8]}))
    assert_array_equal(all_rows(open_table(path, ONE)).scores[:, 0], [3, 4])
    monkeypatch.setattr("cxlens.engine.tables.IN_MEMORY", 0)
    path = written(tmp_path / "b.parquet", pd.DataFrame({"Area": [1, 2], "area": [3, 4], "web": [1, 2], "nps": [9, 8]}))
    assert_array_equal(all_rows(open_table(path, ONE)).scores[:, 0], [1, 2])


@pytest.mark.parametrize("content", [b"", b"web,nps\n1,9\n", b"PAR1xxxxxxxxPAR1"], ids=["empty", "CSV", "broken"])
def test_a_file_that_is_not_parquet(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "answers.parquet"
    path.write_bytes(content)
    message = f"survey file '{path}' is not a Parquet file. Write it again, or give it as .csv."
    assert fault(path, kind=FileError) == message


@pytest.mark.parametrize("most", [0, 100])
def test_a_file_damaged_inside(most: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxlens.engine.tables.IN_MEMORY", most)
    path = written(tmp_path / "a.parquet", frame_of())
    data = bytearray(path.read_bytes())
    data[4:40] = b"\xff" * 36
    path.write_bytes(bytes(data))
    message = fault(path, kind=FileError)
    assert message.startswith(f"survey file '{path}' cannot be read: ")
    assert message.endswith(". Write it again.")
    assert "\n" not in message


def test_files_that_take_more_memory_than_there_is_are_not_called_broken(tmp_path: Path) -> None:
    path = written(tmp_path / "answers.parquet", frame_of())
    files = ParquetFiles.at([path])
    with pytest.raises(FileError) as error, files.faults_told():
        raise duckdb.OutOfMemoryException("Out of Memory Error: failed to pin block (1.8 GiB/1.8 GiB used)\nMore.")
    assert str(error.value) == (
        f"survey file '{path}' takes more memory than there is: Out of Memory Error: failed to pin block (1.8 GiB/1.8 "
        "GiB used). Free memory and disk space, or give fewer files at once."
    )
