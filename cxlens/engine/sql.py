"""Names and texts in a query of SQL, how DuckDB is opened, and its answers in Arrow, whichever version it is."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

NO_BAR = "SET enable_progress_bar = false"  # in a notebook it would stay, without a name, and dead when opened again


def quoted(name: str | None) -> str:
    """A name of a column.

    Examples
    --------
    >>> print(quoted('the "best" one'))
    "the ""best"" one"
    """
    inside = str(name).replace('"', '""')
    return f'"{inside}"'


def literal(word: str) -> str:
    """A text.

    Examples
    --------
    >>> print(literal("Ben's"))
    'Ben''s'
    """
    inside = word.replace("'", "''")
    return f"'{inside}'"


def settings() -> dict[str, Any]:
    """How each connection is opened: what outgrows memory goes where temporary files go, and nothing is downloaded.

    Each has a folder of its own there, which DuckDB makes when it needs it and removes when the connection is closed:
    in one that is there, it would write over what another connection wrote, and remove it.
    """
    own = Path(tempfile.gettempdir(), f"cxlens-{uuid4().hex}")
    return {"temp_directory": str(own), "autoinstall_known_extensions": False}


def connected(memory: str) -> DuckDBPyConnection:
    """A connection that uses the disk beyond so much memory, and draws no bar of progress into a notebook."""
    import duckdb

    connection = duckdb.connect(config=settings() | {"memory_limit": memory})
    connection.execute(NO_BAR)
    return connection


def reader_of(answer: Any, at_once: int) -> pyarrow.RecordBatchReader:
    """The batches of an answer, or of a relation; older versions of DuckDB have other names for it."""
    for name in ("to_arrow_reader", "fetch_record_batch", "fetch_arrow_reader"):
        if hasattr(answer, name):
            return getattr(answer, name)(at_once)
    raise AttributeError("no reader of Arrow")  # no version of DuckDB that may be installed is without


def table_of(answer: Any) -> pyarrow.Table:
    """The whole of an answer."""
    name = "to_arrow_table" if hasattr(answer, "to_arrow_table") else "fetch_arrow_table"
    return getattr(answer, name)()
