from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from cxlens.engine import purchases
from cxlens.engine.parquet import ParquetFiles
from cxlens.engine.sql import literal, quoted, reader_of, table_of
from cxlens.engine.stored_journeys import opened


@pytest.mark.parametrize("text", ["a", 'say "a"', "it's", "a; DROP TABLE b; --", "\\", "é\n"])
def test_duckdb_reads_them_back(text: str) -> None:
    answer = duckdb.sql(f"SELECT {literal(text)} AS {quoted(text)}")
    assert answer.columns == [text]
    assert answer.fetchall() == [(text,)]


def test_answers_and_relations_in_arrow() -> None:
    with duckdb.connect() as connection:
        assert table_of(connection.execute("SELECT 5 AS a")).to_pydict() == {"a": [5]}
        for answer in (connection.execute("FROM range(3000)"), connection.sql("FROM range(3000)")):
            assert sum(batch.num_rows for batch in reader_of(answer, 2048)) == 3000


def test_no_connection_downloads_or_writes_beside_the_work(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(path)
    by_ibis = ParquetFiles.at([path]).table().get_backend().con
    folders = set()
    for connection in (opened(), purchases._opened(pd.DataFrame({"a": [1]})), by_ibis):
        asked = "SELECT current_setting('autoinstall_known_extensions'), current_setting('temp_directory')"
        installs, folder = connection.execute(asked).fetchone()
        assert not installs
        assert Path(folder).parent == Path(tempfile.gettempdir())
        folders.add(folder)
    assert len(folders) == 3  # each its own


def test_no_connection_draws_a_bar_where_python_is_asked_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [1]}).to_parquet(path)
    asked = f"""
import duckdb, pandas as pd
from pathlib import Path
from cxlens.engine import purchases
from cxlens.engine.parquet import ParquetFiles
from cxlens.engine.stored_journeys import opened
by_ibis = ParquetFiles.at([Path({str(path)!r})]).table().get_backend().con
ours = [opened(), purchases._opened(pd.DataFrame({{"a": [1]}})), by_ibis]
for connection in [duckdb.connect(), *ours]:
    print(connection.execute("SELECT current_setting('enable_progress_bar')").fetchone()[0])
"""
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "False", "False"]


def test_connections_that_outgrow_memory_leave_each_other_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    of_others = tmp_path / "duckdb_temp_storage_DEFAULT-0.tmp"
    of_others.write_text("somebody else's")
    first, second = opened(), opened()
    for connection in (first, second):
        connection.execute("SET memory_limit = '60MB'")
        connection.execute("CREATE TABLE many AS SELECT range AS n, hash(range) AS code FROM range(5_000_000)")
    assert len(list(tmp_path.glob("cxlens-*/*.tmp"))) > 2
    second.close()
    asked = "SELECT count(*), count(DISTINCT code), sum(n) FROM many"
    assert first.execute(asked).fetchone() == (5_000_000, 5_000_000, sum(range(5_000_000)))
    first.close()
    assert list(tmp_path.iterdir()) == [of_others]


def test_what_is_no_answer() -> None:
    with pytest.raises(AttributeError, match=r"^no reader of Arrow$"):
        reader_of(5, 1)
