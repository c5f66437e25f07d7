"""Who bought on which day: one sorted list from a table or from Parquet files on disk, and counts of what was left out.

Rows are sorted in DuckDB, which may use the disk, and come back in batches, so that only one number a customer and day
stays in memory. Customers are numbers here: no id comes out. Words and figures do not belong here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.exact import EXACT
from cxlens.engine.labels import NOT_STATED
from cxlens.engine.parquet import PATTERN_SIGNS, ParquetFiles
from cxlens.engine.sql import connected, literal, quoted, reader_of
from cxlens.errors import ValuesError

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

Floats = NDArray[np.float64]
Codes = NDArray[np.int32]
AT_ONCE = 1_000_000  # rows of a batch
MEMORY = "600MB"  # of DuckDB, before it uses the disk
MICROSECONDS = 86_400_000_000  # a day
LATEST = 2**31 - 1  # days since 1970, later than any
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "U")
FRACTIONS = ("FLOAT", "DOUBLE", "DECIMAL")
TIMES = ("DATE", "TIMESTAMP")


class Columns(NamedTuple):
    """Which columns say who bought, when, for how much, and what describes a customer."""

    customer: str
    time: str
    value: str | None
    segments: tuple[str, ...]
    unknown: tuple[str, ...]


class Bought(NamedTuple):
    """Who bought on which day; k entries in order of customer and day, m customers.

    ``customer`` (k,) counts from 0 without holes, ``day`` (k,) are days since 1970, ``spent`` (k,) is 0 without values;
    ``segments`` has m rows: what the first purchase of a customer says.
    """

    customer: Codes
    day: Codes
    spent: Floats
    segments: pd.DataFrame


class Counts(NamedTuple):
    """What the rows are: all; of nobody; without a value; of 0 or less, with their sum; the first and the last day."""

    rows: int
    of_nobody: int
    blank: int
    not_positive: int
    taken_back: float
    first: int
    last: int

    def __add__(self, other: object) -> Counts:
        """The counts of both together."""
        if not isinstance(other, Counts):
            return NotImplemented
        return Counts(
            self.rows + other.rows,
            self.of_nobody + other.of_nobody,
            self.blank + other.blank,
            self.not_positive + other.not_positive,
            self.taken_back + other.taken_back,
            min(self.first, other.first),
            max(self.last, other.last),
        )


def can_stay_on_disk(files: ParquetFiles, columns: Columns) -> bool:
    """Whether values are numbers and times are times in Parquet files: nothing is to be read from texts."""
    with files.faults_told():
        kinds = _kinds(_opened(files))
    needed = [columns.customer, columns.time, *filter(None, [columns.value]), *columns.segments]
    if any(name not in kinds for name in needed):
        return False
    values_are_numbers = columns.value is None or kinds[columns.value].startswith(NUMBERS)
    return kinds[columns.time].startswith(TIMES) and values_are_numbers


def bought(data: pd.DataFrame | ParquetFiles, columns: Columns) -> tuple[Counts, Bought]:
    """Count the rows, and list who bought on which day.

    Parameters
    ----------
    data
        Parquet files that can stay on disk, or a frame with times and numbers.
    columns
        Rows without a customer, or with one of ``unknown``, are of nobody; so are ids of blanks alone. A row of 0 or
        less is no purchase.
    """
    if isinstance(data, ParquetFiles):
        with data.faults_told():
            return _bought(_opened(data), columns)
    return _bought(_opened(data), columns)


def _bought(connection: DuckDBPyConnection, columns: Columns) -> tuple[Counts, Bought]:
    """The same of an open table."""
    labels = _label_types(connection, columns.segments)
    query = _query(columns, _kinds(connection))
    counts = Counts(0, 0, 0, 0, 0.0, LATEST, -LATEST)
    batches = []
    for batch in reader_of(connection.execute(query), AT_ONCE):
        _check_complete(batch, columns)
        counts_here, listed = _days(batch)
        counts += counts_here
        batches.append(listed)
    listed = _joined(batches)
    segments = pd.DataFrame(index=range(listed.customers))
    for name, codes, words in zip(columns.segments, listed.labels, labels, strict=bool(listed.customers)):
        segments[name] = pd.Categorical.from_codes(codes, pd.Index(words))
    spent = listed.spent if columns.value else np.zeros(len(listed.spent))
    return counts, Bought(listed.customer, listed.day, spent, segments)


def _query(columns: Columns, kinds: Mapping[str, str]) -> str:
    """The query of what is needed of each row, sorted: who, whether nobody, when, how much, the number of each label.

    One pass: what is left out is counted in the batches.
    """
    value = f"CAST({quoted(columns.value)} AS DOUBLE)" if columns.value else "CAST(1 AS DOUBLE)"
    needed = [
        f"{_customer(columns.customer, kinds)} AS who",
        f"epoch_us({quoted(columns.time)}) AS moment",
        f"{value} AS paid",
    ]
    for place, name in enumerate(columns.segments):
        needed.append(f"enum_code(CAST({_label(name)} AS label{place})) AS code{place}")
    nobody = f"(who IS NULL OR trim(who) = ''{_among(columns.unknown)})"
    rows = f"SELECT {', '.join(needed)} FROM events"  # noqa: S608  names of columns are quoted
    told = f"SELECT hash(who) AS h, {nobody} AS is_nobody, * EXCLUDE (who) FROM ({rows})"  # noqa: S608  so are ids
    return f"{told} ORDER BY ALL"


def _check_complete(batch: pyarrow.RecordBatch, columns: Columns) -> None:
    """Refuse rows without a time, and values without an end; a frame was checked before."""
    moment, paid = batch.column("moment"), batch.column("paid")
    if moment.null_count:
        raise ValuesError(f"time column {columns.time!r} is empty in some rows. Drop them, or fill in their dates.")
    if np.isinf(paid.to_numpy(zero_copy_only=False)).any():
        raise ValuesError(f"value column {columns.value!r} holds an infinite number. Correct it, or empty the cell.")


def _opened(data: pd.DataFrame | ParquetFiles) -> DuckDBPyConnection:
    """A connection in which ``events`` is the table."""
    connection = connected(MEMORY)
    connection.execute("SET preserve_insertion_order = false")
    if isinstance(data, ParquetFiles):
        data.check_unchanged()
        paths = [PATTERN_SIGNS.sub(r"[\1]", str(path)) for path in data.paths]
        events = connection.read_parquet(paths, hive_partitioning=False, union_by_name=True)
        events.create_view("events")
    else:
        connection.register("events", _as_arrow(data))
    return connection


def _as_arrow(frame: pd.DataFrame) -> pyarrow.Table:
    import pyarrow

    return pyarrow.Table.from_pandas(frame, preserve_index=False)


def _kinds(connection: DuckDBPyConnection) -> dict[str, str]:
    """The type of each column, as DuckDB names it."""
    described = connection.execute("DESCRIBE events").fetchall()
    return {name: kind for name, kind, *_ in described}


def _customer(name: str, kinds: Mapping[str, str]) -> str:
    """An id as text; whole numbers that a gap has made fractions are without decimals."""
    column = quoted(name)
    as_text = f"CAST({column} AS VARCHAR)"
    if not kinds[name].startswith(FRACTIONS):
        return as_text
    as_whole = f"CAST(CAST({column} AS BIGINT) AS VARCHAR)"
    is_whole = f"{column} = floor({column}) AND abs({column}) < {EXACT}"
    return f"CASE WHEN isnan({column}) THEN NULL WHEN {is_whole} THEN {as_whole} ELSE {as_text} END"


def _among(unknown: Sequence[str]) -> str:
    """The condition of being one of some ids."""
    words = ", ".join(map(literal, unknown))
    return f" OR who IN ({words})" if words else ""


def _label(name: str) -> str:
    """A label as text, and a word where it is empty."""
    return f"coalesce(nullif(trim(CAST({quoted(name)} AS VARCHAR)), ''), {literal(NOT_STATED)})"


def _label_types(connection: DuckDBPyConnection, segments: Sequence[str]) -> list[list[str]]:
    """The labels of each column in order; a type of DuckDB counts them."""
    labels = []
    for place, name in enumerate(segments):
        query = f"SELECT DISTINCT {_label(name)} AS label FROM events ORDER BY label"  # noqa: S608  names are quoted
        words = [word for (word,) in connection.execute(query).fetchall()]
        connection.execute(f"CREATE TYPE label{place} AS ENUM ({', '.join(map(literal, words))})")
        labels.append(words)
    return labels


class _Listed(NamedTuple):
    """Entries of a batch, or of all; ``key`` is the hash of a customer, ``starts`` where each of the m begins."""

    key: NDArray[np.uint64]
    day: Codes
    spent: Floats
    labels: list[Any]
    customer: Codes = np.zeros(0, np.int32)
    customers: int = 0


EMPTY = np.zeros(0, np.int32)
NOTHING = _Listed(np.zeros(0, np.uint64), EMPTY, np.zeros(0), [])


def _days(batch: pyarrow.RecordBatch) -> tuple[Counts, _Listed]:
    """What sorted rows are, and their customers and days; each label is that of the first row of the day."""
    key, is_nobody, moment, paid, *labels = (column.to_numpy(zero_copy_only=False) for column in batch.columns)
    day = (moment // MICROSECONDS).astype(np.int32)
    blank = np.isnan(paid) & ~is_nobody
    taken_back = (paid <= 0) & ~is_nobody
    counts = Counts(
        len(day),
        int(is_nobody.sum()),
        int(blank.sum()),
        int(taken_back.sum()),
        float(paid[taken_back].sum()),
        int(day.min()),
        int(day.max()),
    )
    is_purchase = (paid > 0) & ~is_nobody
    if not is_purchase.all():
        key, day, paid = key[is_purchase], day[is_purchase], paid[is_purchase]
        labels = [label[is_purchase] for label in labels]
    starts = _starts(key, day)
    spent = np.add.reduceat(paid, starts) if len(starts) else paid
    return counts, _Listed(key[starts], day[starts], spent, [label[starts] for label in labels])


def _starts(*sorted_keys: NDArray[Any]) -> NDArray[np.int64]:
    """Where a new combination of keys begins."""
    is_new = np.zeros(max(len(sorted_keys[0]) - 1, 0), bool)
    for key in sorted_keys:
        is_new |= key[1:] != key[:-1]
    return np.flatnonzero(np.append(True, is_new)) if len(sorted_keys[0]) else np.zeros(0, np.int64)


def _joined(batches: Sequence[_Listed]) -> _Listed:
    """All batches, one below the other; a day that two of them share is one."""
    parts = [part for part in batches if len(part.key)]
    if not parts:
        return NOTHING
    key = np.concatenate([part.key for part in parts])
    day = np.concatenate([part.day for part in parts])
    spent = np.concatenate([part.spent for part in parts])
    labels = [np.concatenate(codes) for codes in zip(*(part.labels for part in parts), strict=True)]
    starts = _starts(key, day)
    if len(starts) < len(key):
        spent = np.add.reduceat(spent, starts)
        key, day, labels = key[starts], day[starts], [codes[starts] for codes in labels]
    first = _starts(key)
    is_first = np.zeros(len(key), np.int32)
    is_first[first] = 1
    customer = np.cumsum(is_first, dtype=np.int32) - 1
    return _Listed(key, day, spent, [codes[first] for codes in labels], customer, len(first))
