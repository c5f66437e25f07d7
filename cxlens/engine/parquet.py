"""Parquet files: read literally, and found to be as they were when they were opened.

No column comes from the name of a folder, no path is a pattern, and whatever DuckDB, Ibis or Arrow say of a file comes
through as one :class:`~cxlens.errors.FileError`. What the columns mean does not belong here.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from cxlens.engine.batches import in_turn
from cxlens.engine.exact import exact_frame
from cxlens.engine.sql import NO_BAR, settings
from cxlens.errors import FileError, listing

if TYPE_CHECKING:
    import ibis
    import pyarrow

PATTERN_SIGNS = re.compile(r"([\[*?])")
_T = TypeVar("_T")
Stamp = tuple[int, int]  # size in bytes, and when the file was last changed


def refuse_twins(names: Sequence[str], columns: Sequence[str], whose: str, why: str) -> None:
    """Refuse columns that capital letters alone tell from another name, which no engine of SQL can.

    Raises
    ------
    FileError
        ``survey file 'a.parquet': columns 'T0' and 't0' differ by capital letters only, which ...``
    """
    times = Counter(name.lower() for name in names)
    for column in columns:
        if times[column.lower()] > 1:
            twins = [repr(name) for name in names if name.lower() == column.lower()]
            raise FileError(
                f"{whose} columns {' and '.join(twins)} differ by capital letters only, {why}. Rename one of them."
            )


@dataclass(frozen=True, slots=True)
class ParquetFiles:
    """Files of one table, one below the other. ``thing`` is what messages call one of them."""

    paths: tuple[Path, ...]
    stamps: tuple[Stamp, ...]
    thing: str

    @classmethod
    def at(cls, paths: Sequence[Path], thing: str = "survey file") -> ParquetFiles:
        """The files at some paths, as they are now."""
        stamps = [_stamp(path, thing) for path in paths]
        return cls(tuple(paths), tuple(stamps), thing)

    def check_unchanged(self) -> None:
        """Refuse files that are no longer what they were when they were opened.

        Raises
        ------
        FileError
            ``survey file 'a.parquet' has changed since it was opened. Open it again.``
        """
        for path, stamp in zip(self.paths, self.stamps, strict=True):
            if _stamp(path, self.thing) != stamp:
                raise FileError(f"{self.thing} '{path}' has changed since it was opened. Open it again.")

    def schema(self) -> pyarrow.Schema:
        """The columns, which all files have."""
        schemas = self.schemas()
        names = [sorted(schema.names) for schema in schemas]
        for path, others in zip(self.paths, names, strict=True):
            if others != names[0]:
                odd = sorted(set(others) ^ set(names[0]))
                raise FileError(
                    f"{self.thing}s '{self.paths[0]}' and '{path}' have other columns: {listing(map(repr, odd), 5)} "
                    "only one of them has. Give files with the same columns."
                )
        return schemas[0]

    def schemas(self) -> list[pyarrow.Schema]:
        """The columns of each file."""
        return [metadata.schema.to_arrow_schema() for metadata in self._metadata()]

    @property
    def n(self) -> int:
        """Number of rows, as the files say."""
        return sum(self.lengths())

    def lengths(self) -> list[int]:
        """Number of rows of each file, as it says."""
        return [metadata.num_rows for metadata in self._metadata()]

    def head(self, rows: int) -> pd.DataFrame:
        """The first rows of the first file, all columns."""
        import pyarrow.parquet

        with self.faults_told(), pyarrow.parquet.ParquetFile(self.paths[0]) as file:
            for batch in file.iter_batches(batch_size=rows):
                return exact_frame(batch)
        return pd.DataFrame(columns=self.schema().names)

    def _metadata(self) -> list[Any]:
        """What each file says of itself: its columns, its number of rows."""
        import pyarrow
        import pyarrow.parquet

        found = []
        for path in self.paths:
            try:
                found.append(pyarrow.parquet.read_metadata(path))
            except (pyarrow.ArrowException, OSError) as error:
                raise FileError(
                    f"{self.thing} '{path}' is not a Parquet file. Write it again, or give it as .csv."
                ) from error
        return found

    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        """Some columns, whole, one that once was an index as a column."""
        import pyarrow
        import pyarrow.parquet

        with self.faults_told():
            parts = []
            for path in self.paths:
                with pyarrow.parquet.ParquetFile(path) as file:
                    parts.append(file.read(columns=list(columns)))
            table = pyarrow.concat_tables(parts, promote_options="permissive")
            return exact_frame(table)

    def orders(self) -> dict[str, tuple[Any, ...]]:
        """The values of each column that is an ordered category, in order, as the first file says them."""
        import pyarrow
        import pyarrow.parquet

        columns = [field.name for field in self.schema() if _is_ordered(field.type)]
        if not columns:
            return {}
        with self.faults_told(), pyarrow.parquet.ParquetFile(self.paths[0]) as file:
            if not file.num_row_groups:
                return {}
            first = file.read_row_group(0, columns=columns)
        chunks = {column: first[column].combine_chunks() for column in columns}
        return {column: tuple(_as_one(chunk).dictionary.to_pylist()) for column, chunk in chunks.items()}

    def check_case(self, columns: Sequence[str]) -> None:
        """Refuse columns that DuckDB cannot tell from another one of the files: see :func:`refuse_twins`."""
        whose = f"{self.thing} '{self.paths[0]}':"
        refuse_twins(self.schema().names, columns, whose, "which a file of this size cannot have")

    def table(self) -> ibis.Table:
        """The files as one table of DuckDB."""
        import ibis

        self.check_unchanged()
        literal = [PATTERN_SIGNS.sub(r"[\1]", str(path)) for path in self.paths]
        with self.faults_told():
            engine = ibis.duckdb.connect(**settings())
            engine.con.execute(NO_BAR)
            return engine.read_parquet(literal, hive_partitioning=False, union_by_name=True)

    def batches(self, table: ibis.Table, at_once: int) -> Iterator[pyarrow.RecordBatch]:
        """The rows of a table made of :meth:`table`, some at a time; the files are the same when all are read."""
        with self.faults_told():
            rows: Iterable[pyarrow.RecordBatch] = table.to_pyarrow_batches(chunk_size=at_once)
            yield from rows
        self.check_unchanged()

    def each(
        self,
        table: ibis.Table,
        at_once: int,
        job: Callable[[pyarrow.RecordBatch, int], _T],
    ) -> Iterator[_T]:
        """What a job makes of each batch and the number of its first row."""
        start = 0
        for batch in self.batches(table, at_once):
            yield job(batch, start)
            start += batch.num_rows

    def folded(
        self,
        table: ibis.Table,
        at_once: int,
        job: Callable[[pyarrow.RecordBatch, int], _T],
        fold: Callable[[Iterable[_T]], _T],
    ) -> _T:
        """What a job makes of each batch and the number of its first row, folded into one.

        ``fold`` takes any number of results, also those of folds.
        """
        batches = self.batches(table, at_once)
        return fold(in_turn(batches, job))

    def asked(self, expression: ibis.Expr) -> pyarrow.Table:
        """The answer to an expression over :meth:`table`, which is small."""
        with self.faults_told():
            return expression.as_table().to_pyarrow()

    def some(self, table: ibis.Table, share: float) -> ibis.Table:
        """About a share of the rows of a table, quickly found."""
        return table.sample(share, method="block", seed=1)

    @contextmanager
    def faults_told(self) -> Iterator[None]:
        """Whatever is said of the files by those who read them, as one error with the path and what to do."""
        import duckdb
        import pyarrow

        faults: tuple[type[BaseException], ...] = (duckdb.Error, pyarrow.ArrowException, OSError)
        if "ibis" in sys.modules:  # a second to import, and without it none of its faults
            faults = (*faults, sys.modules["ibis"].common.exceptions.IbisError)
        try:
            yield
        except faults as error:
            self.check_unchanged()
            if isinstance(error, duckdb.OutOfMemoryException):
                advice = "Free memory and disk space, or give fewer files at once."
                said = f"takes more memory than there is: {_first_line(error)}"
                raise FileError(f"{self._named()} {said}. {advice}") from error
            raise FileError(f"{self._named()} cannot be read: {_first_line(error)}. Write it again.") from error

    def _named(self) -> str:
        """The files as messages name them."""
        more = len(self.paths) - 1
        first = f"{self.thing} '{self.paths[0]}'"
        return f"{first} or one of {more} more" if more else first


def _stamp(path: Path, thing: str) -> Stamp:
    """Size and time of the last change of a file."""
    try:
        status = path.stat()
    except OSError as error:
        raise FileError(f"{thing} '{path}' is no longer there. Put it back, or open it where it is now.") from error
    return status.st_size, status.st_mtime_ns


def _is_ordered(kind: pyarrow.DataType) -> bool:
    """Whether a column is one of ordered categories."""
    import pyarrow

    return pyarrow.types.is_dictionary(kind) and bool(kind.ordered)


def _as_one(entries: Any) -> Any:
    """Entries in one piece."""
    return entries.chunk(0) if hasattr(entries, "chunk") else entries


def _first_line(error: BaseException) -> str:
    """The first line of what a library says."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0].rstrip(". ")
