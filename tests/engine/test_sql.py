from __future__ import annotations

import duckdb
import pytest

from cxlens.engine.sql import literal, quoted


@pytest.mark.parametrize("text", ["a", 'say "a"', "it's", "a; DROP TABLE b; --", "\\", "é\n"])
def test_duckdb_reads_them_back(text: str) -> None:
    answer = duckdb.sql(f"SELECT {literal(text)} AS {quoted(text)}")
    assert answer.columns == [text]
    assert answer.fetchall() == [(text,)]
