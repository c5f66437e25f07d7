"""Events too many to be read into memory: Parquet files, or a table of DuckDB or Ibis, as DuckDB sorts them.

Only columns whose entries need no reading are taken so: times that are times, numbers that are numbers. What is wrong
with entries, and in which row, is found by who reads them one by one: see :mod:`cxlens.study.event_rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import pandas as pd

from cxlens.engine.exact import exact_frame
from cxlens.engine.journeys import LARGEST_SHORT
from cxlens.engine.parquet import PATTERN_SIGNS, ParquetFiles
from cxlens.engine.spark import SparkRows
from cxlens.engine.sql import literal, quoted, reader_of, table_of
from cxlens.engine.stored_journeys import AT_ONCE, Rows, opened

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

FILE = "cxlens_file"  # the column of the path of the file that a row comes from
MOST_UNSIGNED = 2**32 - 1  # in 32 bits
OURS = {"file_row_number", FILE}  # columns that a scan adds
PER_SECOND = {"s": 10**6, "ms": 10**6, "us": 10**6, "ns": 10**9}  # moments that DuckDB counts, by the unit of a column


@dataclass(frozen=True, eq=False)
class EventSource:
    """Rows of events in DuckDB: ``scan`` is a query of them all, each with its number ``row`` in the input, from 0."""

    connection: DuckDBPyConnection
    schema: pyarrow.Schema
    scan: str
    n: int
    files: ParquetFiles | None = None

    @contextmanager
    def faults_told(self) -> Iterator[None]:
        """Whatever is said of files while they are read, as one error; and that they are what they were."""
        if self.files is None:
            yield
            return
        with self.files.faults_told():
            yield
        self.files.check_unchanged()

    def is_readable(self, named: Mapping[str, str], segments: Sequence[str]) -> bool:
        """Whether every column is there once, and holds entries of its kind that need no reading."""
        folded = _folded(self.schema)
        columns = [*named.items(), *(("segment", column) for column in segments)]
        for role, column in columns:
            is_there = column in self.schema.names and folded.count(column.casefold()) == 1
            if not is_there or not _fits(role, self.schema.field(column).type):
                return False
        return "row" not in folded

    def without(self, customers: Sequence[str], column: str) -> EventSource:
        """The rows but for those of some customers, told in words."""
        if not customers:
            return self
        scan = f"SELECT * FROM ({self.scan}) WHERE {quoted(column)} IS NULL OR NOT {_among(column, customers)}"  # noqa: S608
        counted = self.connection.execute(f"SELECT count(*) FROM ({scan})").fetchall()  # noqa: S608  names are quoted
        return replace(self, scan=scan, n=counted[0][0])

    def labels_of(self, column: str) -> pd.Series[Any]:
        """The entries of a column, each once, in the order in which they come; one that is missing, too."""
        query = f'SELECT {quoted(column)} AS label FROM ({self.scan}) GROUP BY label ORDER BY min("row")'  # noqa: S608
        return exact_frame(table_of(self.connection.execute(query)))["label"]

    def rows(
        self,
        named: Mapping[str, str],
        segments: Sequence[str],
        names: Sequence[str],
    ) -> Rows:
        """What to sort; ``names`` are the touchpoints in the order of their codes."""
        import pyarrow

        self.connection.register("touchpoints", pyarrow.table({"name": list(names), "code": range(len(names))}))
        kind = "SMALLINT" if len(names) < LARGEST_SHORT else "INTEGER"
        labels = {f"label{place}": quoted(column) for place, column in enumerate(segments)}
        extras = self._extras(named)
        who, join = self._who(named["customer"])
        needed = {
            "who": who,
            "code": f"touchpoints.code::{kind}",
            "row": '"row"::UINTEGER' if self.n <= MOST_UNSIGNED else '"row"',
            **self._keys(named),
            **extras,
            **labels,
        }
        columns = ", ".join(f"{expression} AS {name}" for name, expression in needed.items())
        query = (
            f"SELECT {columns} FROM ({self.scan}) AS events "  # noqa: S608  names of columns are quoted
            f"LEFT JOIN touchpoints ON touchpoints.name = CAST(events.{quoted(named['touchpoint'])} AS VARCHAR)"
        )
        per_second = PER_SECOND[self.unit_of(named["time"])] if "time" in named else None
        return Rows(f"{query}{join}", len(names), per_second, "order" in named, tuple(extras), tuple(labels))

    def has_text(self, column: str) -> bool:
        """Whether a column holds texts."""
        return not str(self.schema.field(column).type).startswith(("int", "uint"))

    def _who(self, name: str) -> tuple[str, str]:
        """A customer as a number, of 32 bits where these suffice, and the join that needs; they are sorted faster."""
        column = quoted(name)
        if self.has_text(name):
            self._number(column)
            return "customers.number", f" LEFT JOIN customers ON customers.id = events.{column}"
        if self.files is None or len(self.files.paths) == 1:  # of one table DuckDB knows what bits suffice
            return column, ""
        ends = f"SELECT min({column}), max({column}) FROM ({self.scan})"  # noqa: S608  a name is quoted
        least, most = self.connection.execute(ends).fetchall()[0]
        is_short = least is not None and least >= 0 and most <= MOST_UNSIGNED
        return (f"{column}::UINTEGER" if is_short else column), ""

    def _number(self, customer: str) -> None:
        """Number customers."""
        self.connection.execute(
            f"CREATE OR REPLACE TABLE customers AS SELECT id, (row_number() OVER () - 1)::INTEGER AS number "  # noqa: S608
            f"FROM (SELECT {customer} AS id FROM ({self.scan}) GROUP BY id)"
        )

    def ids_of(self, who: pd.Series[Any], customer: str) -> pd.Series[Any]:
        """The ids of customers, of what :meth:`rows` calls ``who``."""
        if not self.has_text(customer):
            return who.astype(self.schema.field(customer).type.to_pandas_dtype())
        answer = self.connection.execute("SELECT id FROM customers ORDER BY number")
        return exact_frame(table_of(answer).take(who.to_numpy()))["id"]

    def unit_of(self, column: str) -> str:
        """The unit of a column of times."""
        return str(self.schema.field(column).type.unit)

    def _keys(self, named: Mapping[str, str]) -> dict[str, str]:
        """What orders the events of a customer."""
        keys = {}
        if "time" in named:
            epoch = "epoch_ns" if self.unit_of(named["time"]) == "ns" else "epoch_us"
            keys["moment"] = f"{epoch}({quoted(named['time'])})"
        if "order" in named:
            keys["place"] = quoted(named["order"])
        return keys

    def _extras(self, named: Mapping[str, str]) -> dict[str, str]:
        """The numbers of each event."""
        columns = {"reached": named.get("outcome"), "value": named.get("value"), "score": named.get("score")}
        return {name: f"CAST({quoted(column)} AS DOUBLE)" for name, column in columns.items() if column is not None}


def of_files(files: ParquetFiles, at_least: int) -> EventSource | None:
    """Events in Parquet files, one below the other; None where they are fewer, or the files are of other columns.

    All are one scan: where each file has its own, DuckDB sorts them beside each other, and has memory for none.
    """
    import pyarrow

    if files.n < at_least:
        return None
    schema, *others = files.schemas()
    if any(not other.equals(schema) for other in others) or not OURS.isdisjoint(_folded(schema)):
        return None
    paths = [str(path) for path in files.paths]
    places = ", ".join(literal(PATTERN_SIGNS.sub(r"[\1]", path)) for path in paths)
    read = f"read_parquet([{places}], file_row_number = true, filename = '{FILE}', hive_partitioning = false) AS events"
    row = "file_row_number"
    connection = opened()
    if len(paths) > 1:
        earlier = list(accumulate(files.lengths(), initial=0))[:-1]
        connection.register("files", pyarrow.table({"path": paths, "earlier": earlier}))
        row = "file_row_number + COALESCE(files.earlier, error('a file has another name'))"
        read = f"{read} LEFT JOIN files ON files.path = {FILE}"
    scan = f'SELECT events.* EXCLUDE (file_row_number, {FILE}), {row} AS "row" FROM {read}'  # noqa: S608  paths are quoted
    return EventSource(connection, schema, scan, files.n, files)


def of_table(table: Any, columns: Sequence[str], at_least: int) -> EventSource | None:
    """Events in a table of DuckDB, Ibis or Spark, written into one of ours; None where they are fewer."""
    reader, n = _reader_of(table)
    if reader is None or n < at_least:
        return None
    batches = reader()
    schema = batches.schema
    connection = opened()
    there = [column for column in dict.fromkeys(columns) if column in schema.names]
    selected = ", ".join(map(quoted, there)) or "1"
    connection.register("given", batches)
    connection.execute(f'CREATE TABLE rows AS SELECT {selected}, row_number() OVER () - 1 AS "row" FROM given')  # noqa: S608
    connection.unregister("given")
    return EventSource(connection, schema, "SELECT * FROM rows", n)


def _reader_of(table: Any) -> tuple[Callable[[], Any] | None, int]:
    """What gives the batches of a table of DuckDB, Ibis or Spark, and its number of rows; None of any other thing."""
    import duckdb

    if isinstance(table, SparkRows):
        return table.reader, table.n
    if isinstance(table, duckdb.DuckDBPyRelation):
        return lambda: reader_of(table, AT_ONCE), int(table.shape[0])
    if hasattr(table, "to_pyarrow_batches") and hasattr(table, "count"):  # Ibis
        return table.to_pyarrow_batches, int(table.count().execute())
    return None, 0


def _folded(schema: pyarrow.Schema) -> list[str]:
    """The names of columns as DuckDB tells them apart."""
    return [name.casefold() for name in schema.names]


def _fits(role: str, kind: pyarrow.DataType) -> bool:
    """Whether entries of a kind need no reading in a role."""
    from pyarrow import types

    is_text = types.is_string(kind) or types.is_large_string(kind)
    if role == "customer":
        return bool(is_text or types.is_integer(kind))
    if role == "touchpoint":
        return bool(is_text or types.is_integer(kind) or types.is_dictionary(kind))
    if role == "time":
        return bool(types.is_timestamp(kind) and not (kind.unit == "ns" and kind.tz))
    if role == "segment":
        return bool(is_text or types.is_integer(kind) or types.is_boolean(kind))
    return bool(types.is_integer(kind) or types.is_floating(kind) or (role == "outcome" and types.is_boolean(kind)))


def _among(column: str, customers: Sequence[str]) -> str:
    """The condition of being one of some customers, told in words."""
    words = ", ".join(map(literal, customers))
    return f"(CAST({quoted(column)} AS VARCHAR) IN ({words}))"
