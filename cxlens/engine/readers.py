"""Tables from where they are: frames of other libraries, CSV and Parquet files; the distinct entries of a large file.

What the entries mean belongs to :mod:`cxlens.engine.entries`, when a file stays on disk to
:mod:`cxlens.engine.tables`.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.batches import in_turn
from cxlens.engine.exact import as_written, exact_frame, with_exact_numbers
from cxlens.engine.roles import Roles, check_columns
from cxlens.errors import FileError, ValuesError

if TYPE_CHECKING:
    import ibis
    from pyarrow import RecordBatch
    from pyarrow.parquet import FileMetaData

EMPTY_WORDS = ["", "NA", "N/A", "NaN", "nan", "NULL", "null"]  # what an empty cell of a CSV file may look like


class Distinct(NamedTuple):
    """The distinct entries of a column in order, an empty one too, and the number of rows of each."""

    entries: pd.Series[Any]
    times: NDArray[np.int64]


def as_frame(data: Any) -> pd.DataFrame:
    """A pandas frame of a pandas or polars frame or an Arrow table; the input is not changed."""
    if isinstance(data, pd.DataFrame):
        return data
    if hasattr(data, "to_pyarrow"):  # Ibis
        data = data.to_pyarrow()
    if hasattr(data, "to_pandas"):
        frame = data.to_pandas()
        if isinstance(frame, pd.DataFrame):
            if hasattr(data, "to_arrow"):  # polars
                data = data.to_arrow()
            if hasattr(data, "schema") and hasattr(data, "num_rows"):  # Arrow
                frame = with_exact_numbers(frame, data)
            return _without_index(frame)
    raise ValuesError(
        f"data of type {type(data).__name__!r} is not a table. Give a pandas or polars frame, an Arrow table, "
        "or a path to a CSV or Parquet file."
    )


def _without_index(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its index as a column, if it has a name: Arrow makes an index of a column that once was one."""
    if frame.index.names == [None]:
        return frame
    return frame.reset_index()


def read_csv(path: Path, roles: Roles) -> pd.DataFrame:
    """Read a CSV file whole, empty cells as NaN; refuse one that is malformed or lacks a column."""
    fault: object
    try:
        return _parsed_csv(path, roles)
    except UnicodeDecodeError as error:
        raise FileError(f"survey file '{path}' is not UTF-8 text. Save it as CSV in UTF-8.") from error
    except pd.errors.EmptyDataError as error:
        raise FileError(f"survey file '{path}' is empty. Check the path, or save the answers again.") from error
    except pd.errors.ParserWarning:
        fault = "its rows have more cells than its first line has names"
    except (pd.errors.ParserError, OSError, EOFError) as error:
        fault = str(error).strip()
    raise FileError(f"survey file '{path}' cannot be read as CSV: {fault}. Save it with a comma between columns.")


def _parsed_csv(path: Path, roles: Roles) -> pd.DataFrame:
    """All columns of a CSV file: pandas shifts or cuts rows of too many cells when it is asked for some only."""
    header = _header(path)
    _check_separator(path, header)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        frame = pd.read_csv(
            path,
            index_col=False,
            keep_default_na=False,
            na_values=_empty_words(roles),
            encoding="utf-8-sig",
            low_memory=False,
            dtype=dict.fromkeys(_codes_and_names(roles), str),
        )
    for label in _codes_and_names(roles):
        if label in frame:
            frame[label] = as_written(frame[label])
    # pandas calls the second "web" "web.1": the file's own names show it. Names left empty are as pandas has them.
    names = [own or given for own, given in zip(header, frame.columns, strict=True)]
    check_columns(roles, names)
    return frame


def _codes_and_names(roles: Roles) -> list[str]:
    """The label columns, which are read as text; feelings are numbers, and a score column may be a label, too."""
    answers = {column for column, _ in roles.answers}
    return [label for label, job in roles.labels.items() if job != "emotion" and label not in answers]


def _header(path: Path) -> list[str]:
    """The names in the first line of a CSV file, as they stand there."""
    first = pd.read_csv(
        path,
        header=None,
        nrows=1,
        dtype=str,
        keep_default_na=False,
        encoding="utf-8-sig",
    )
    names: list[str] = first.iloc[0].tolist()
    return names


def _check_separator(path: Path, header: list[str]) -> None:
    """Refuse a header that another sign than the comma separates."""
    if len(header) != 1:
        return
    separators = {";": "';'", "\t": "tabs"}
    for sign, words in separators.items():
        if sign in header[0]:
            raise FileError(
                f"survey file '{path}' has one column, {header[0]!r}. Is it separated by {words}? "
                "Save it with commas, or give a frame."
            )


def _empty_words(roles: Roles) -> dict[str, list[str]]:
    """What an empty cell of each column may look like, codes aside; only "" in labels: a segment may be called "NA"."""
    words = dict.fromkeys(roles.columns, EMPTY_WORDS)
    for column, codes in roles.answers:
        named = {*codes.not_used, *codes.blank} if codes else set()
        words[column] = [word for word in EMPTY_WORDS if word not in named]
    for label in roles.labels:
        words[label] = [""]
    return words


def parquet_metadata(path: Path) -> FileMetaData:
    """What a Parquet file says of itself: its columns, its number of rows."""
    import pyarrow
    import pyarrow.parquet

    try:
        return pyarrow.parquet.read_metadata(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise FileError(f"survey file '{path}' is not a Parquet file. Write it again, or give it as .csv.") from error


def read_parquet(path: Path, columns: list[str]) -> pd.DataFrame:
    """Some columns of a Parquet file, whole, one that once was an index as a column."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(path, columns=columns)
    return exact_frame(table)


def distinct_entries(
    table: ibis.Table,
    columns: Sequence[str],
    at_once: int,
) -> dict[str, Distinct]:
    """The distinct entries of each column.

    Whole numbers are counted in one pass, ``at_once`` rows at a time: a query a column would take longer to write than
    to run.
    """
    whole = [column for column in columns if table[column].type().is_integer()]
    counts = _counts_of_whole(table, whole, at_once)
    distinct = {}
    for column in columns:
        if column in counts:
            distinct[column] = _in_order(counts[column])
        else:
            distinct[column] = _distinct_by_query(table, column)
    return distinct


def _counts_of_whole(
    table: ibis.Table,
    columns: Sequence[str],
    at_once: int,
) -> dict[str, Counter[int | None]]:
    """How often each entry occurs in columns of whole numbers."""
    counts: dict[str, Counter[int | None]] = {column: Counter() for column in columns}
    if not columns:
        return counts
    reader = table.select(*columns).to_pyarrow_batches(chunk_size=at_once)
    for counts_here in in_turn(reader, _counts_of_batch):
        for column, times in zip(columns, counts_here, strict=True):
            counts[column].update(times)
    return counts


def _counts_of_batch(batch: RecordBatch, _: int) -> list[dict[int | None, int]]:
    """How often each entry of each column occurs in a batch."""
    return [dict(_entries_and_times(column)) for column in batch.columns]


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


def _distinct_by_query(table: ibis.Table, column: str) -> Distinct:
    """The distinct entries of a column of any type, as DuckDB counts them."""
    groups = table.select(value=table[column]).group_by("value")
    counted = groups.agg(rows=lambda group: group.count()).order_by("value")
    frame = counted.to_pandas()
    return Distinct(frame["value"], frame["rows"].to_numpy(np.int64))
