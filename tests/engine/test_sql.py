from __future__ import annotations

import duckdb
import pytest

from cxlens.engine.sql import literal, quoted, reader_of, table_of


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


def test_what_is_no_answer() -> None:
    with pytest.raises(AttributeError, match=r"^no reader of Arrow$"):
        reader_of(5, 1)
