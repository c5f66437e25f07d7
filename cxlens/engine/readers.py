"""Frames of other libraries as frames of pandas; the distinct entries of a large file.

What the entries mean belongs to :mod:`cxlens.engine.entries`, when a file stays on disk to
:mod:`cxlens.engine.tables`, files of other kinds than Parquet to :mod:`cxlens.files.answers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.exact import exact_frame, with_exact_numbers
from cxlens.engine.spark import Files, is_spark
from cxlens.errors import FileError, ValuesError

if TYPE_CHECKING:
    import ibis
    from pyarrow import RecordBatch

MAKES_TABLE = ("collect", "to_arrow_table")  # what makes a table of a lazy frame of polars, of a relation of DuckDB


class Distinct(NamedTuple):
    """The distinct entries of a column in order, an empty one too, and the number of rows of each."""

    entries: pd.Series[Any]
    times: NDArray[np.int64]


def as_frame(data: Any) -> pd.DataFrame:
    """A pandas frame of a table of pandas, polars (lazy too), Arrow, DuckDB or Ibis; the input is not changed."""
    if isinstance(data, pd.DataFrame):
        return data
    if is_spark(data):
        raise ValuesError(
            "a table of Spark can be given to Survey and to JourneyLog only. Give its rows, if they are few: "
            "spark_df.toPandas(); or the path of a file."
        )
    try:
        frame = _collected(data)
    except Exception as error:  # each library has errors of its own, and all mean the same here
        lines = str(error).strip().splitlines() or [type(error).__name__]
        reason = lines[0].rstrip(". ")
        raise FileError(
            f"the table of type {type(data).__name__!r} cannot be read: {reason}. "
            "Try it by itself, or give a pandas frame."
        ) from error
    if isinstance(frame, pd.DataFrame):
        return _without_index(frame)
    raise _no_table(data)


def _collected(data: Any) -> Any:
    """What a table of another library makes of itself for pandas; None where it is no table."""
    if hasattr(data, "to_pyarrow"):  # Ibis
        data = data.to_pyarrow()
    if not hasattr(data, "to_pandas"):
        for method in MAKES_TABLE:
            if hasattr(data, method):
                data = getattr(data, method)()
                break
    if not hasattr(data, "to_pandas"):
        return None
    frame = data.to_pandas()
    if hasattr(data, "to_arrow"):  # polars
        data = data.to_arrow()
    if isinstance(frame, pd.DataFrame) and hasattr(data, "schema") and hasattr(data, "num_rows"):  # Arrow
        return with_exact_numbers(frame, data)
    return frame


def _no_table(data: Any) -> ValuesError:
    """What is given as data and is no table."""
    return ValuesError(
        f"data of type {type(data).__name__!r} is not a table. Give a pandas or polars frame, an Arrow, DuckDB or Ibis "
        "table, or the path of a file, such as answers.csv."
    )


def _without_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its index as a column, if it has a name: Arrow makes an index of a column that once was one."""
    if frame.index.names == [None]:
        return frame
    return frame.reset_index()


def distinct_entries(
    files: Files,
    table: ibis.Table,
    columns: Sequence[str],
    at_once: int,
) -> dict[str, Distinct]:
    """The distinct entries of each column.

    Whole numbers are counted in one pass, ``at_once`` rows at a time: a query a column would take longer to write than
    to run.
    """
    whole = [column for column in columns if table[column].type().is_integer()]
    counts = _counts_of_whole(files, table, whole, at_once)
    distinct = {}
    for column in columns:
        if column in counts:
            distinct[column] = _in_order(counts[column])
        else:
            distinct[column] = _distinct_by_query(files, table, column)
    return distinct


def _counts_of_whole(
    files: Files,
    table: ibis.Table,
    columns: Sequence[str],
    at_once: int,
) -> dict[str, Counter[int | None]]:
    """How often each entry occurs in columns of whole numbers."""
    if not columns:
        return {}
    counts = files.folded(
        table.select(*columns),
        at_once,
        _counts_of_batch,
        _added,
    )
    return dict(zip(columns, counts, strict=True))


def _counts_of_batch(batch: RecordBatch, _: int) -> list[Counter[int | None]]:
    """How often each entry of each column occurs in a batch."""
    return [Counter(dict(_entries_and_times(column))) for column in batch.columns]


def _added(batches: Iterable[list[Counter[int | None]]]) -> list[Counter[int | None]]:
    """The counts of several batches."""
    totals: list[Counter[int | None]] = []
    for counts in batches:
        if not totals:
            totals = [Counter() for _ in counts]
        for total, times in zip(totals, counts, strict=True):
            total.update(times)
    return totals


def _entries_and_times(column: Any) -> Iterator[tuple[int | None, int]]:
    """Pairs of entry and number of rows."""
    from pyarrow import compute

    pairs = compute.value_counts(column)
    entries = pairs.field("values").to_pylist()
    times = pairs.field("counts").to_pylist()
    return zip(entries, times, strict=True)


def _in_order(counts: Counter[int | None]) -> Distinct:
    """Counted whole numbers in order; an empty one comes last and makes the column one of floats."""
    entries = sorted(counts, key=_empty_last)
    kind = float if None in counts else int
    times = [counts[entry] for entry in entries]
    return Distinct(pd.Series(entries, dtype=kind), np.array(times))


def _empty_last(entry: int | None) -> tuple[bool, int]:
    return entry is None, entry or 0


def _distinct_by_query(files: Files, table: ibis.Table, column: str) -> Distinct:
    """The distinct entries of a column of any type, as a query counts them."""
    groups = table.select(value=table[column]).group_by("value")
    counted = groups.agg(rows=lambda group: group.count()).order_by("value")
    frame = exact_frame(files.asked(counted))
    return Distinct(frame["value"], frame["rows"].to_numpy(np.int64))
