"""Any table, one handle: answers in memory, or on disk and read in batches.

Where a table comes from belongs to :mod:`cxlens.engine.readers`, what an entry means to :mod:`cxlens.engine.entries`,
what the columns mean to :class:`cxlens.study.survey.Survey`; no figure is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.counts import Counted, check_size, counted
from cxlens.engine.entries import (
    Scores,
    check_any_weight,
    check_nps,
    entries_of,
    mean_of_dimensions,
    read_scores,
    read_weights,
    refuse_spans,
)
from cxlens.engine.exact import exact_frame
from cxlens.engine.odd import Faults, check_door
from cxlens.engine.parquet import ParquetFiles
from cxlens.engine.readers import Distinct, as_frame, distinct_entries
from cxlens.engine.roles import Roles, check_columns
from cxlens.engine.spark import Files

if TYPE_CHECKING:
    import ibis
    from pyarrow import RecordBatch, Schema

_T = TypeVar("_T")
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Places = tuple[int, ...]
Conditions = Mapping[str, Any]  # by column: one value, a list of values, or a (low, high) range
BATCH = 131_072  # rows a batch: large enough for matrix products, small enough for memory
SAMPLE = 1_000_000  # rows of a large file among which an id that stands for many is looked for
PADDED = 10  # looks of several texts that are told
IN_MEMORY = 100_000  # a Parquet file of at most so many rows is read into memory


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Answers as arrays: n rows, p touchpoints, k outcomes.

    ``scores`` (n, p) is NaN where there is no score, ``unused`` (n, p) says where that is because the
    touchpoint was not used, ``outcomes`` (n, k) is NaN where blank, ``weights`` (n,) is 1 without weights,
    ``labels`` is a frame of the remaining columns, ``start`` the number of the first row.
    """

    scores: Floats
    unused: Bools
    outcomes: Floats
    weights: Floats
    labels: pd.DataFrame
    start: int = 0

    def __len__(self) -> int:
        return len(self.weights)

    def take(self, mask: NDArray[Any] | slice) -> Rows:
        """The rows that a boolean mask, an array of places or a slice selects."""
        start = 0
        if isinstance(mask, slice):
            start = self.start + (mask.start or 0)
        return Rows(
            scores=self.scores[mask],
            unused=self.unused[mask],
            outcomes=self.outcomes[mask],
            weights=self.weights[mask],
            labels=self.labels.iloc[mask],
            start=start,
        )

    def only(self, places: list[int]) -> Rows:
        """The same rows with the touchpoints at these places."""
        return replace(
            self,
            scores=self.scores[:, places],
            unused=self.unused[:, places],
        )


@dataclass(frozen=True, slots=True, eq=False)
class InMemory:
    """Answers held as arrays.

    Where touchpoints have several dimensions, ``apart`` holds the score columns themselves, and ``places`` which of
    them each touchpoint has. ``told``: what there is to tell of the entries of columns.
    """

    rows: Rows
    apart: Rows | None = None
    places: tuple[Places, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def batches(self) -> Iterator[Rows]:
        """All rows, a slice of them at a time."""
        for start in range(0, self.n, BATCH):
            batch = slice(start, start + BATCH)
            yield self.rows.take(batch)

    def folded(self, job: Callable[[Rows], _T], fold: Callable[[Iterable[_T]], _T]) -> _T:
        """What a job makes of some rows at a time, folded into one."""
        return fold(map(job, self.batches()))

    def picked(self, column: str, values: list[Any]) -> Iterator[Rows]:
        """The rows that have one of these values in a column."""
        yield self.rows.take(self.rows.labels[column].isin(values).to_numpy(bool))

    def ever_unused(self, place: int) -> bool:
        """Whether anyone said that they did not use the touchpoint at this place."""
        unused = self.rows.unused[:, place]
        return bool(unused.any())

    def distinct(self, column: str) -> list[Any]:
        """The values of a label column in the order that is said, else sorted; empty ones aside."""
        values = self.rows.labels[column].dropna().unique().tolist()
        in_order = self.said_order(column)
        if in_order:
            return [value for value in in_order if value in values]
        return _in_size(values)

    def said_order(self, column: str) -> list[Any]:
        """The values of a label column in the order that the data say; none where they say none."""
        kind = self.rows.labels[column].dtype
        if isinstance(kind, pd.CategoricalDtype) and kind.ordered:
            return list(kind.categories)
        return []

    def repeats(self, column: str) -> bool:
        """Whether an id stands in more than one row; empty ones are nobody's."""
        ids = self.rows.labels[column].dropna()
        return bool(ids.duplicated().any())

    def missing(self, column: str) -> int:
        """How many rows have no value in a label column."""
        return int(self.rows.labels[column].isna().sum())

    def padded(self, column: str) -> list[Any]:
        """The texts of a label column that look alike but for blanks: here all values."""
        return self.distinct(column)

    def most_rows(self, column: str) -> tuple[list[tuple[Any, int]], int]:
        """The two ids of most rows, with their numbers of rows; and how many ids there are."""
        rows = self.rows.labels[column].value_counts()
        largest = [(name, int(n)) for name, n in rows.head(2).items()]
        return largest, len(rows)

    def where(self, conditions: Conditions) -> InMemory:
        """The rows for which every condition holds."""
        mask = matches(self.rows.labels, conditions)
        apart = None
        if self.apart is not None:
            apart = self.apart.take(mask)
        return replace(self, rows=self.rows.take(mask), apart=apart)

    def only(self, places: list[int]) -> InMemory:
        """The same rows with the touchpoints at these places."""
        rows = self.rows.only(places)
        if not self.places:
            return replace(self, rows=rows)
        dimensions = [self.places[place] for place in places]
        return replace(self, rows=rows, places=tuple(dimensions))

    def by_dimension(self) -> InMemory:
        """The same rows with every score column as a touchpoint of its own."""
        if self.apart is None:
            return self
        places = [place for dimensions in self.places for place in dimensions]
        apart = self.apart.only(places)
        rows = replace(
            self.rows,
            scores=apart.scores,
            unused=apart.unused,
        )
        return InMemory(rows)

    def grouped(self, groups: list[list[int]]) -> InMemory:
        """The same rows with a touchpoint for each group of places: the mean of those rated."""
        pairs = zip(self.rows.scores.T, self.rows.unused.T, strict=True)
        touchpoints = list(pairs)
        means = []
        for group in groups:
            dimensions = [touchpoints[place] for place in group]
            means.append(mean_of_dimensions(dimensions))
        rows = replace(
            self.rows,
            scores=np.column_stack([scores for scores, _ in means]),
            unused=np.column_stack([unused for _, unused in means]),
        )
        places = tuple(map(tuple, groups))
        return InMemory(rows, apart=self.rows, places=places)


@dataclass(frozen=True, slots=True, eq=False)
class OnDisk:
    """Answers too large for memory: in Parquet files, streamed through DuckDB by Ibis, or where Spark holds them.

    What :meth:`checked` found: ``entries``, the distinct entries of score columns of small whole numbers, which
    :mod:`cxlens.engine.entry_states` reads; ``unused``, the touchpoint columns that hold a "not used". ``period`` is
    the column of dates and the word for what they are read by; ``nobody`` the ids of each column that stand for nobody;
    ``words`` by column the word of each code, in order; ``told`` as in :class:`InMemory`.
    """

    files: Files
    roles: Roles
    conditions: tuple[Conditions, ...] = ()
    entries: Mapping[str, Ints] = field(default_factory=dict)
    unused: frozenset[str] = frozenset()
    period: tuple[str, str] | None = None
    nobody: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    told: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Number of rows, conditions applied."""
        if self.conditions:
            return self.folded(len, _total)
        return self._number(self.table().count())

    def _number(self, expression: ibis.Value) -> int:
        """The answer to a question for a number."""
        answer = self.files.asked(expression)
        return int(answer[0][0].as_py())

    def batches(self) -> Iterator[Rows]:
        """All rows in the order of the file, a batch at a time, so that memory stays small."""
        return self._read(self.table().select(*self.roles.columns))

    def _read(self, columns: ibis.Table) -> Iterator[Rows]:
        """The rows of a table of the columns in question."""
        reader = _Reader(self.roles, self.conditions)
        return self.files.each(columns, BATCH, reader.rows)

    def folded(self, job: Callable[[Rows], _T], fold: Callable[[Iterable[_T]], _T]) -> _T:
        """What a job makes of some rows at a time, folded into one; made where the rows are.

        ``fold`` takes any number of results, also those of folds.
        """
        columns = self.table().select(*self.roles.columns)
        reader = _Reader(self.roles, self.conditions)

        def done(batch: RecordBatch, start: int) -> _T:
            return job(reader.rows(batch, start))

        return self.files.folded(columns, BATCH, done, fold)

    def picked(self, column: str, values: list[Any]) -> Iterator[Rows]:
        """The rows that have one of these values in a column, picked in the file itself; their numbers are new."""
        table = self.table()
        rows_of_values = table.filter(table[column].isin(values))
        return self._read(rows_of_values.select(*self.roles.columns))

    def ever_unused(self, place: int) -> bool:
        """Whether anyone in the file said that they did not use the touchpoint at this place."""
        columns = self.roles.touchpoints[place]
        return not self.unused.isdisjoint(columns)

    def distinct(self, column: str) -> list[Any]:
        """The values of a column in the order that is said, else sorted; empty ones aside."""
        distinct = self.table().select(column).distinct()
        values = self.files.asked(distinct)[column].to_pylist()
        stated = _in_size([value for value in values if not pd.isna(value)])
        first = [word for word in self.said_order(column) if word in stated]
        if first:
            return [*first, *(value for value in stated if value not in first)]
        return stated

    def said_order(self, column: str) -> list[Any]:
        """The words of a column's codes in order, else the order of its categories; none where it has none."""
        words = self.words.get(column)
        if words:
            return list(words.values())
        return list(self.files.orders().get(column, ()))

    def repeats(self, column: str) -> bool:
        """Whether an id stands in more than one row; counted there, since ids may be as many as rows."""
        ids = self.table()[column]
        return self._number(ids.nunique()) < self._number(ids.count())

    def missing(self, column: str) -> int:
        """How many rows have no value in a label column."""
        if self.conditions:
            return self.folded(lambda rows: int(rows.labels[column].isna().sum()), _total)
        stated = self.table()[column].count()
        return self.n - self._number(stated)

    def padded(self, column: str) -> list[Any]:
        """Some texts of a label column that look alike but for blanks at their ends."""
        texts = self.table().select(text=column)
        if not texts["text"].type().is_string():
            return []
        bare = texts["text"].strip()
        with_blanks = texts.filter(texts["text"] != bare).limit(1)
        looks = texts.distinct().group_by(look=bare).agg(alike=lambda group: group["text"].collect())
        several = looks.filter(looks["alike"].length() > 1).limit(PADDED)
        if not len(self.files.asked(with_blanks)):
            return []
        groups = self.files.asked(several)["alike"].to_pylist()
        return [text for group in groups for text in sorted(group)]

    def most_rows(self, column: str) -> tuple[list[tuple[Any, int]], int]:
        """The two ids of most rows in a sample of a million or so, with their numbers in it; how many ids it has."""
        ids = self.table().select(id=column)
        share = min(1.0, SAMPLE / max(self.n, 1))
        if share < 1:
            ids = self.files.some(ids, share)
        counted = ids.filter(ids["id"].notnull()).group_by("id").agg(n=lambda rows: rows.count())
        in_order = counted.order_by(counted["n"].desc(), counted["id"])
        largest = self.files.asked(in_order.limit(2)).to_pylist()
        several = self._number(counted.count())
        return [(line["id"], line["n"]) for line in largest], several

    def where(self, conditions: Conditions) -> OnDisk:
        """The same file with one more set of conditions."""
        all_conditions = (*self.conditions, dict(conditions))
        return replace(self, conditions=all_conditions)

    def only(self, places: list[int]) -> OnDisk:
        """The same file with the touchpoints at these places."""
        return self._with_touchpoints([[place] for place in places])

    def by_dimension(self) -> OnDisk:
        """The same file with every score column as a touchpoint of its own."""
        return replace(self, roles=self.roles.by_dimension)

    def grouped(self, groups: list[list[int]]) -> OnDisk:
        """The same file with a touchpoint for each group of places: the mean of those rated."""
        return self._with_touchpoints(groups)

    def _with_touchpoints(self, groups: list[list[int]]) -> OnDisk:
        """The same file with a touchpoint for each group of places, which has all their columns."""
        known = self.roles.touchpoints
        touchpoints = []
        for group in groups:
            columns = [column for place in group for column in known[place]]
            touchpoints.append(tuple(columns))
        roles = self.roles._replace(touchpoints=tuple(touchpoints))
        return replace(self, roles=roles)

    def checked(self) -> OnDisk:
        """Read the distinct values of every column once, and refuse what :func:`recode` would refuse."""
        roles = self.roles
        columns = [column for column, _ in roles.answers]
        if roles.weight:
            columns.append(roles.weight)
        self.files.check_case(roles.columns)
        table = self.table()
        with self.files.faults_told():
            distinct = distinct_entries(self.files, table, columns, 4 * BATCH)
        faults = Faults()
        found = {
            column: entries_of(distinct[column].entries, job, column, distinct[column].times)
            for job, column in roles.jobs
        }
        told = check_door(found, roles, faults)
        unused = _touchpoints_unused(distinct, roles, faults)
        _check_outcomes(distinct, roles, faults)
        faults.tell()
        if roles.weight:
            weights = read_weights(roles.weight, *distinct[roles.weight])
            check_any_weight(roles.weight, weights)
        small = _small_whole_entries(distinct, roles)
        return replace(self, entries=small, unused=unused, told=told)

    def table(self) -> ibis.Table:
        """The answers as a table of Ibis; dates by their period, ids of nobody empty, codes in words."""
        table = self.files.table()
        changed: dict[str, ibis.Value] = {}
        if self.period:
            column, period = self.period
            changed[column] = _in_period(table[column], period)
        for column, words in self.nobody.items():
            ids = changed.get(column, table[column])
            is_nobody = ids.cast("string").isin([*words, *(f"{word}.0" for word in words)])
            changed[column] = is_nobody.ifelse(None, ids)
        for column, word_of in self.words.items():
            changed[column] = _in_words(changed.get(column, table[column]), word_of)
        return table.mutate(**changed) if changed else table


def _total(numbers: Iterable[int]) -> int:
    """Their sum."""
    return sum(numbers)


class _Reader(NamedTuple):
    """How batches of answers on disk become rows; it goes to where these are."""

    roles: Roles
    conditions: tuple[Conditions, ...]

    def rows(self, batch: RecordBatch, start: int) -> Rows:
        """The rows of a batch for which every condition holds; ``start`` is the number of its first."""
        rows = recode(exact_frame(batch), self.roles)
        for conditions in self.conditions:
            mask = matches(rows.labels, conditions)
            rows = rows.take(mask)
        return replace(rows, start=start)


def _in_period(dates: ibis.Value, period: str) -> ibis.Value:
    """The month, quarter or year of dates, in words: as ``cxlens.study.waves.in_periods`` says them."""
    if period == "quarter":
        return dates.year().cast("string") + " Q" + dates.quarter().cast("string")
    return dates.strftime("%Y-%m" if period == "month" else "%Y")


def _in_words(codes: ibis.Value, words: Mapping[str, str]) -> ibis.Value:
    """Codes in words; those that have none as text, whole numbers without decimals."""
    texts = codes.cast("string")
    if codes.type().is_floating():
        texts = texts.re_replace(r"\.0$", "")
    return texts.cases(*words.items(), else_=texts)


Source = InMemory | OnDisk


def open_table(data: Any, roles: Roles) -> Source:
    """A handle on any table: a frame or table of another library, one of Spark, or the Parquet files at some paths.

    Raises
    ------
    ColumnError, FileError, ValuesError
        When a column is missing, the file cannot be read, or values are not what their column should hold.
    """
    if isinstance(data, Path):
        data = ParquetFiles.at([data])
    if isinstance(data, Files):
        return _open_files(data, roles)
    frame = as_frame(data)
    check_columns(roles, list(frame.columns))
    return _in_memory(frame, roles)


def _open_files(files: Files, roles: Roles) -> Source:
    schema = files.schema()
    check_columns(roles, schema.names)
    if roles.counts:
        check_size(files.n, roles.counts)
    if files.n <= IN_MEMORY or roles.counts:
        return _in_memory(files.frame(roles.columns), roles)
    _check_no_spans(schema, roles)
    return OnDisk(files, roles).checked()


def _check_no_spans(schema: Schema, roles: Roles) -> None:
    """Refuse durations in a Parquet file by what it says of its columns: DuckDB reads them as plain numbers."""
    empty = schema.empty_table().to_pandas(ignore_metadata=True)
    for column in roles.score_columns:
        refuse_spans(empty[column], "touchpoint", column)
    for column, _ in roles.outcomes:
        refuse_spans(empty[column], "outcome", column)
    if roles.weight:
        refuse_spans(empty[roles.weight], "weight", roles.weight)


def _in_memory(frame: pd.DataFrame, roles: Roles) -> InMemory:
    table = counted(frame, roles.counts)
    faults = Faults()
    entries = {column: entries_of(table.frame[column], job, column) for job, column in roles.jobs}
    told = check_door(entries, roles, faults)
    rows = _repeated(table, roles, faults)
    for place, (outcome, codes) in enumerate(roles.outcomes):
        check_nps(outcome, codes, rows.outcomes[:, place])
    if roles.weight and len(rows):
        check_any_weight(roles.weight, rows.weights)
    sizes = [len(group) for group in roles.touchpoints]
    if all(size == 1 for size in sizes):
        return InMemory(rows, told=told)
    edges = np.cumsum([0, *sizes]).tolist()
    places = [tuple(range(start, end)) for start, end in pairwise(edges)]
    apart = _repeated(table, roles.by_dimension, Faults())
    return InMemory(rows, apart, tuple(places), told)


def _repeated(table: Counted, roles: Roles, faults: Faults) -> Rows:
    """The rows of a table, each as many times as it counts."""
    rows = recode(table.frame, roles, faults)
    if table.times is None:
        return rows
    each = np.repeat(np.arange(len(rows)), table.times)
    repeated = rows.take(each)
    return replace(repeated, labels=repeated.labels.reset_index(drop=True))


def recode(frame: pd.DataFrame, roles: Roles, faults: Faults | None = None) -> Rows:
    """Turn raw columns into scores, "not used" flags, outcomes, weights and labels; known ``faults`` are told, too."""
    faults = faults or Faults()
    scores, unused = _recode_touchpoints(frame, roles, faults)
    outcomes = _recode_outcomes(frame, roles, faults)
    faults.tell()
    weights = np.ones(len(frame))
    if roles.weight:
        weights = read_weights(roles.weight, frame[roles.weight])
    labels = frame[list(roles.labels)].reset_index(drop=True)
    return Rows(
        scores=scores,
        unused=unused,
        outcomes=outcomes,
        weights=weights,
        labels=labels.copy(),
    )


def _recode_touchpoints(frame: pd.DataFrame, roles: Roles, faults: Faults) -> Scores:
    """(n, p) scores of the touchpoints, and where they were not used."""
    shape = (len(frame), len(roles.touchpoints))
    scores = np.full(shape, np.nan)
    unused = np.zeros(shape, bool)
    for place, columns in enumerate(roles.touchpoints):
        dimensions = []
        for column in columns:
            with faults.kept():
                dimensions.append(read_scores(frame[column], "touchpoint", column, roles.codes_of(column)))
        if dimensions:
            scores[:, place], unused[:, place] = mean_of_dimensions(dimensions)
    return scores, unused


def _recode_outcomes(frame: pd.DataFrame, roles: Roles, faults: Faults) -> Floats:
    """(n, k) answers to the outcomes."""
    shape = (len(frame), len(roles.outcomes))
    outcomes = np.full(shape, np.nan)
    for place, (column, codes) in enumerate(roles.outcomes):
        with faults.kept():
            outcomes[:, place], _ = read_scores(frame[column], "outcome", column, codes)
    return outcomes


def _touchpoints_unused(distinct: Mapping[str, Distinct], roles: Roles, faults: Faults) -> frozenset[str]:
    """The columns of touchpoints that hold a "not used"; what is no score is refused."""
    columns = set()
    for column in roles.score_columns:
        entries, times = distinct[column]
        with faults.kept():
            _, unused = read_scores(entries, "touchpoint", column, roles.codes_of(column), times)
            if unused.any():
                columns.add(column)
    return frozenset(columns)


def _check_outcomes(distinct: Mapping[str, Distinct], roles: Roles, faults: Faults) -> None:
    """Refuse outcomes that hold what is no answer."""
    for column, codes in roles.outcomes:
        entries, times = distinct[column]
        with faults.kept():
            scores, _ = read_scores(entries, "outcome", column, codes, times)
            check_nps(column, codes, scores)


def _small_whole_entries(
    distinct: Mapping[str, Distinct],
    roles: Roles,
) -> dict[str, Ints]:
    """The entries of each column of scores or outcomes that holds small whole numbers."""
    entries = {}
    for column, _ in roles.answers:
        values = distinct[column].entries
        if _are_small_and_whole(values):
            entries[column] = values.dropna().to_numpy(np.int64)
    return entries


def _are_small_and_whole(values: pd.Series[Any]) -> bool:
    """Whether distinct values are few, whole numbers, and fit 16 bits, one of which is left for the empty cell."""
    if not pd.api.types.is_numeric_dtype(values) or len(values) > 250:
        return False
    numbers = values.dropna()
    is_whole = numbers % 1 == 0
    is_small = numbers.abs() < 2**15
    return bool((is_whole & is_small).all())


def matches(frame: pd.DataFrame, conditions: Conditions) -> Bools:
    """Which rows fulfil every condition: one value, a list of values, or a (low, high) range, ends included."""
    mask = np.ones(len(frame), bool)
    for column, wanted in conditions.items():
        mask &= _fulfils(frame[column], wanted)
    return mask


def _fulfils(values: pd.Series[Any], wanted: Any) -> Bools:
    """Which values are one value, one of a list, or in a (low, high) range; empty ones are not."""
    if isinstance(wanted, list):
        return values.isin(wanted).to_numpy(bool)
    if not isinstance(wanted, tuple):
        return _is_true(values == wanted)
    low, high = wanted
    inside = np.ones(len(values), bool)
    if low is not None:
        inside &= _is_true(values >= low)
    if high is not None:
        inside &= _is_true(values <= high)
    return inside


def _is_true(flags: pd.Series[Any]) -> Bools:
    """Where flags are true, not false or unknown."""
    return flags.fillna(False).to_numpy(bool)


def _in_size(values: list[Any]) -> list[Any]:
    """Values of one or several kinds by their size; those that cannot be compared stay as they come."""
    try:
        return sorted(values, key=_numbers_first)
    except TypeError:
        return values


def _numbers_first(value: Any) -> tuple[bool, Any]:
    """The key that sorts values of mixed types."""
    return isinstance(value, str), value
