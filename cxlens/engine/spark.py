"""Tables of Spark: what is made of their rows is made where these are, and only what it comes to is brought back.

Each partition is read in batches of Arrow by the same functions that read a file, and the sums of partitions are added
up in their order. What is summed does not belong here. Nothing of Spark is imported before a table of it is given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

from threadpoolctl import threadpool_limits

from cxlens.engine.exact import exact_frame
from cxlens.engine.parquet import ParquetFiles, refuse_twins
from cxlens.errors import CxlensError, FileError, ValuesError

if TYPE_CHECKING:
    import ibis
    import pandas as pd
    import pyarrow

_T = TypeVar("_T")
UTC = ("UTC", "Etc/UTC", "GMT", "Z")
ZONE = "spark.sql.session.timeZone"
IN_SPARK = ("the Spark table's", "which Spark cannot tell apart")  # whose names they are, and why some are refused
KEYS = "spark.sql.mapKeyDedupPolicy"  # which Ibis sets, too
MOST_ROWS = 100_000  # answers that are brought here
ROWS_AT_ONCE = 1_000_000  # of events, handed over together
TOGETHER = 64  # partitions whose sums are brought here one by one; of more so many are added up before
SUMS = "part long, sums binary"
ROWS_OF_PART = 33  # bits: a partition has fewer rows, so that each row of a table has a number of its own
LACKING = re.compile(r"No module named '([\w.]+)'")
Job = Callable[["pyarrow.RecordBatch", int], _T]
Fold = Callable[[Iterable[_T]], _T]


def is_spark(data: Any) -> bool:
    """Whether this is a DataFrame of Spark, of either kind."""
    for kind in type(data).__mro__:
        if kind.__name__ == "DataFrame" and kind.__module__.startswith("pyspark.sql"):
            return True
    return False


@dataclass(frozen=True, slots=True, eq=False)
class SparkTable:
    """Some columns of a DataFrame of Spark, asked as :class:`cxlens.engine.parquet.ParquetFiles` is.

    NaN is an empty cell there, and moments are told without a zone, which is UTC. ``parts`` are the partitions.
    """

    session: Any
    answers: ibis.Table
    columns: pyarrow.Schema
    n: int
    parts: int

    @classmethod
    def of(cls, frame: Any, columns: Sequence[str]) -> SparkTable:
        """The columns in question of a DataFrame; all are there.

        Raises
        ------
        FileError
            Where capital letters alone tell columns apart, or Spark cannot read it.
        ValuesError
            Where the session is in another time zone than UTC.
        """
        session = frame.sparkSession
        check_zone(session)
        refuse_twins(frame.columns, columns, *IN_SPARK)
        with told_of_spark():
            chosen = _chosen(frame, columns)
            schema = chosen.limit(0).toArrow().schema
            return cls(session, _view(chosen), schema, *_sizes(chosen))

    def schema(self) -> pyarrow.Schema:
        """The columns."""
        return self.columns

    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        """Some columns, whole: of a small table."""
        return exact_frame(self.asked(self.answers.select(*columns)))

    def entries(self, column: str) -> pd.Series[Any]:
        """The entries of a column, each once, those of most rows first."""
        rows = self.answers.group_by(entry=column).agg(n=lambda group: group.count())
        in_order = rows.order_by(rows["n"].desc(), rows["entry"])
        return exact_frame(self.asked(in_order))["entry"]

    def orders(self) -> dict[str, tuple[Any, ...]]:
        """The order of categories, which Spark does not know."""
        return {}

    def check_case(self, columns: Sequence[str]) -> None:
        """Done when the table was given."""

    def table(self) -> ibis.Table:
        """The same as a table of Ibis."""
        return self.answers

    def some(self, table: ibis.Table, share: float) -> ibis.Table:  # noqa: ARG002  as that of files
        """All rows of a table: who holds them counts them."""
        return table

    def asked(self, expression: ibis.Expr) -> pyarrow.Table:
        """The answer to an expression over :meth:`table`, which is small."""
        with told_of_spark():
            return self._query(expression.as_table()).toArrow()

    def each(self, table: ibis.Table, at_once: int, job: Job[_T]) -> Iterator[_T]:
        """What a job makes of each batch, as long as it has few rows.

        Raises
        ------
        ValuesError
            ``this needs every answer by itself, and there are more than 100,000 in Spark. Take a sample: ...``
        """

        def alone(batch: pyarrow.RecordBatch, start: int) -> list[_T]:
            return [job(batch, start)]

        results: list[_T] = self.folded(table, at_once, alone, _few)
        return iter(results)

    def folded(self, table: ibis.Table, at_once: int, job: Job[_T], fold: Fold[_T]) -> _T:
        """What a job makes of each batch and the number of its first row, folded into one: see files."""
        with told_of_spark():
            rows = self._query(table)
            numbers = map(str, range(len(rows.columns)))  # mapInArrow trips over names with points or backticks
            work = _on_worker(job, fold, at_once, rows.columns)
            sums = rows.toDF(*numbers).mapInArrow(work, SUMS)
            if self.parts > TOGETHER:
                group = sums["part"] - sums["part"] % TOGETHER
                sums = sums.groupBy(group).applyInArrow(_together(fold), SUMS)
            brought = sums.toArrow().sort_by("part")
        return fold(_loaded(brought))

    @contextmanager
    def faults_told(self) -> Iterator[None]:
        """Whatever Spark says, as one error."""
        with told_of_spark():
            yield

    def _query(self, table: ibis.Table) -> Any:
        """A table of Ibis as one of Spark."""
        return self.session.sql(str(table.get_backend().compile(table)))


Files = ParquetFiles | SparkTable


@dataclass(frozen=True, slots=True, eq=False)
class SparkRows:
    """Some columns of a DataFrame of Spark whose rows are brought here in its order, a partition at a time."""

    rows: Any
    schema: pyarrow.Schema

    @classmethod
    def of(cls, frame: Any, columns: Sequence[str]) -> SparkRows:
        """Those of the columns in question that are there: see :class:`SparkTable`."""
        check_zone(frame.sparkSession)
        there = [column for column in dict.fromkeys(columns) if column in frame.columns]
        refuse_twins(frame.columns, there, *IN_SPARK)
        with told_of_spark():
            rows = _chosen(frame, there)
            return cls(rows, rows.limit(0).toArrow().schema)

    @property
    def n(self) -> int:
        """Number of rows."""
        with told_of_spark():
            return int(self.rows.count())

    def reader(self) -> pyarrow.RecordBatchReader:
        """The rows, many at a time."""
        import pyarrow

        return pyarrow.RecordBatchReader.from_batches(self.schema, self._batches())

    def to_pyarrow(self) -> pyarrow.Table:
        """All rows."""
        return self.reader().read_all()

    def _batches(self) -> Iterator[pyarrow.RecordBatch]:
        """Batches that the workers have written down, so that Spark hands over few and large rows."""
        import pyarrow

        with told_of_spark():
            numbers = map(str, range(len(self.schema)))
            written = self.rows.toDF(*numbers).mapInArrow(_written, "batch binary")
            for row in written.toLocalIterator(prefetchPartitions=True):
                for batch in pyarrow.ipc.open_stream(row["batch"]):
                    yield pyarrow.RecordBatch.from_arrays(batch.columns, schema=self.schema)


def check_zone(session: Any) -> None:
    """Refuse another time zone than UTC, in which the days of moments would be others.

    Raises
    ------
    ValuesError
        ``the Spark session is in the time zone 'Europe/Berlin', so days would begin at other hours. ...``
    """
    zone = session.conf.get(ZONE)
    if zone not in UTC:
        raise ValuesError(
            f"the Spark session is in the time zone {zone!r}, so days would begin at other hours than elsewhere. "
            f"Set it to UTC first: spark.conf.set({ZONE!r}, 'UTC')."
        )


@contextmanager
def told_of_spark() -> Iterator[None]:
    """Whatever Spark says of a table, as one error with what to do.

    Raises
    ------
    FileError
        ``the Spark table cannot be read: ...``
    """
    from pyspark.errors import PySparkException

    try:
        yield
    except PySparkException as error:
        lacking = LACKING.search(str(error))
        if lacking:
            raise FileError(
                f"Spark's workers have no module {lacking[1]!r}. Install cxlens where they run; on this machine say "
                "os.environ['PYSPARK_PYTHON'] = sys.executable before the session starts."
            ) from error
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise FileError(
            f"the Spark table cannot be read: {lines[0].rstrip('. ')}. Try it by itself: spark_df.count()."
        ) from error


def _chosen(frame: Any, columns: Sequence[str]) -> Any:
    """Some columns; NaN is empty, moments are without a zone."""
    from pyspark.sql import functions, types

    chosen = []
    for name in columns:
        quoted = name.replace("`", "``")
        column = frame[f"`{quoted}`"]
        kind = frame.schema[name].dataType
        if isinstance(kind, (types.FloatType, types.DoubleType)):
            column = functions.when(~functions.isnan(column), column)
        if isinstance(kind, types.TimestampType):
            column = column.cast(types.TimestampNTZType())
        chosen.append(column.alias(name))
    return frame.select(*chosen)


def _sizes(frame: Any) -> tuple[int, int]:
    """The numbers of rows and of partitions."""
    from pyspark.sql import functions

    part = functions.spark_partition_id()
    found = frame.select(part.alias("part")).agg(functions.count("part"), functions.max("part"))
    n, last = found.first()
    return n, 1 + (last or 0)


def _view(frame: Any) -> ibis.Table:
    """A DataFrame as a table of Ibis; the session stays as it is."""
    import ibis

    session = frame.sparkSession
    keys = session.conf.get(KEYS)
    connection = ibis.pyspark.connect(session)
    session.conf.set(KEYS, keys)
    name = f"cxlens_{uuid4().hex}"
    frame.createOrReplaceTempView(name)
    return connection.table(name)


def _on_worker(
    job: Job[_T],
    fold: Fold[_T],
    at_once: int,
    names: Sequence[str],
) -> Callable[[Any], Iterator[Any]]:
    """What a worker does with the batches of a partition: the sums of all of them, or what is wrong with one."""

    def summed(batches: Any) -> Iterator[Any]:
        from pyspark import TaskContext

        part = TaskContext.get().partitionId()
        named = (batch.rename_columns(names) for batch in batches)
        results = _done(job, named, at_once, part << ROWS_OF_PART)
        sums: Any
        try:
            with threadpool_limits(1, user_api="blas"):
                first = next(results, None)
                if first is None:  # nothing to fold
                    return
                sums = fold(chain([first], results))
        except CxlensError as error:
            sums = error
        yield from _dumped(part, sums).to_batches()

    return summed


def _together(fold: Fold[_T]) -> Callable[[pyarrow.Table], pyarrow.Table]:
    """What a worker does with the sums of several partitions, of which a driver could not hold many."""

    def folded(parts: pyarrow.Table) -> pyarrow.Table:
        in_order = parts.sort_by("part")
        sums: Any
        try:
            sums = fold(_loaded(in_order))
        except CxlensError as error:
            sums = error
        return _dumped(in_order["part"][0].as_py(), sums)

    return folded


def _dumped(part: int, sums: Any) -> pyarrow.Table:
    """Sums as they go from one machine to another."""
    import pyarrow
    from pyspark.serializers import CPickleSerializer

    return pyarrow.table({"part": [part], "sums": [CPickleSerializer().dumps(sums)]})


def _loaded(parts: pyarrow.Table) -> list[Any]:
    """The sums of several partitions; what is wrong with one is raised."""
    from pyspark.serializers import CPickleSerializer

    serializer = CPickleSerializer()
    loaded = [serializer.loads(part) for part in parts["sums"].to_pylist()]
    for sums in loaded:
        if isinstance(sums, CxlensError):
            raise sums
    return loaded


def _written(batches: Any) -> Iterator[Any]:
    """The rows of a partition as streams of Arrow, many in each."""
    import pyarrow

    for batch in _gathered(batches, ROWS_AT_ONCE):
        sink = pyarrow.BufferOutputStream()
        with pyarrow.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        yield pyarrow.record_batch({"batch": [sink.getvalue().to_pybytes()]})


def _done(job: Job[_T], batches: Any, at_once: int, first: int) -> Iterator[_T]:
    """What a job makes of some rows at a time."""
    start = first
    for batch in _gathered(batches, at_once):
        yield job(batch, start)
        start += batch.num_rows


def _gathered(batches: Iterable[pyarrow.RecordBatch], at_once: int) -> Iterator[pyarrow.RecordBatch]:
    """Batches of at least so many rows, but for the last: Spark hands over 10,000 rows, too few for sums by block."""
    held: list[pyarrow.RecordBatch] = []
    rows = 0
    for batch in batches:
        held.append(batch)
        rows += batch.num_rows
        if rows >= at_once:
            yield _joined(held)
            held = []
            rows = 0
    if rows:
        yield _joined(held)


def _joined(batches: Sequence[pyarrow.RecordBatch]) -> pyarrow.RecordBatch:
    """Several batches as one."""
    import pyarrow

    table = pyarrow.Table.from_batches(batches)
    return table.combine_chunks().to_batches()[0]


def _few(parts: Iterable[list[Any]]) -> list[Any]:
    """Rows of several batches, as long as they are few."""
    together: list[Any] = []
    for part in parts:
        together += part
        if sum(map(len, together)) > MOST_ROWS:
            raise ValuesError(
                f"this needs every answer by itself, and there are more than {MOST_ROWS:,} in Spark. Take a sample: "
                f"survey.sampled({MOST_ROWS:_}, seed=1); or a segment: survey.where(...)."
            )
    return together
