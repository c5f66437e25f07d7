"""Any table, one handle: answers in memory, or on disk and read in batches.

Raw codes become facts here, in one place for both kinds of source: a score, "not used" or blank.
What the columns mean is said by :class:`cxlens.study.survey.Survey`; no figure is computed here.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.batches import in_turn
from cxlens.errors import ColumnError, FileError, ValuesError, listing, unknown_column

if TYPE_CHECKING:
    import ibis

BATCH = 131_072  # rows a batch: large enough for matrix products, small enough for memory
IN_MEMORY = 100_000  # a Parquet file of at most so many rows is read into memory


class Codes(NamedTuple):
    """What the entries of a score column may be. ``None`` in ``not_used`` makes empty cells "not used".

    ``kind`` is that of an outcome: of kind binary only 0 and 1 are answers, of kind nps not all are 5 or less.
    """

    low: float
    high: float
    not_used: tuple[Any, ...] = ()
    blank: tuple[Any, ...] = ()
    kind: str = ""


class Roles(NamedTuple):
    """Which column does which job.

    ``touchpoints`` holds one tuple of score columns for each touchpoint, ``outcomes`` pairs of column and codes,
    ``labels`` the job of every other column.
    """

    touchpoints: tuple[tuple[str, ...], ...]
    codes: Codes | None
    outcomes: tuple[tuple[str, Codes | None], ...]
    weight: str | None
    labels: Mapping[str, str]

    @property
    def columns(self) -> list[str]:
        """Every column named, once, in order."""
        named = [column for group in self.touchpoints for column in group]
        named += [column for column, _ in self.outcomes]
        named += [self.weight] if self.weight else []
        return list(dict.fromkeys([*named, *self.labels]))

    @property
    def by_dimension(self) -> Roles:
        """The same with every score column as a touchpoint of its own."""
        return self._replace(touchpoints=tuple((column,) for group in self.touchpoints for column in group))


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Answers as arrays: n rows, p touchpoints, k outcomes.

    ``scores`` (n, p) is NaN where there is no score, ``unused`` (n, p) says where that is because the
    touchpoint was not used, ``outcomes`` (n, k) is NaN where blank, ``weights`` (n,) is 1 without weights,
    ``labels`` is a frame of the remaining columns, ``start`` the number of the first row.
    """

    scores: NDArray[np.float64]
    unused: NDArray[np.bool_]
    outcomes: NDArray[np.float64]
    weights: NDArray[np.float64]
    labels: pd.DataFrame
    start: int = 0

    def __len__(self) -> int:
        return len(self.weights)

    def take(self, mask: NDArray[Any] | slice) -> Rows:
        """The rows that a boolean mask, an array of places or a slice selects."""
        start = self.start + (mask.start or 0) if isinstance(mask, slice) else 0
        return Rows(
            self.scores[mask],
            self.unused[mask],
            self.outcomes[mask],
            self.weights[mask],
            self.labels.iloc[mask],
            start,
        )

    def only(self, places: list[int]) -> Rows:
        """The same rows with the touchpoints at these places."""
        return replace(self, scores=self.scores[:, places], unused=self.unused[:, places])


@dataclass(frozen=True, slots=True, eq=False)
class InMemory:
    """Answers held as arrays.

    Where touchpoints have several dimensions, ``apart`` holds the score columns themselves, and ``places`` which of
    them each touchpoint has.
    """

    rows: Rows
    apart: Rows | None = None
    places: tuple[tuple[int, ...], ...] = ()

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def batches(self) -> Iterator[Rows]:
        """All rows, a slice of them at a time."""
        for start in range(0, self.n, BATCH):
            yield self.rows.take(slice(start, start + BATCH))

    def ever_unused(self, place: int) -> bool:
        """Whether anyone said that they did not use the touchpoint at this place."""
        return bool(self.rows.unused[:, place].any())

    def distinct(self, column: str) -> list[Any]:
        """The values of a label column, sorted, empty ones aside."""
        return sorted(self.rows.labels[column].dropna().unique().tolist(), key=_order)

    def repeats(self, column: str) -> bool:
        """Whether an id stands in more than one row; empty ones are nobody's."""
        return bool(self.rows.labels[column].dropna().duplicated().any())

    def where(self, conditions: Mapping[str, Any]) -> InMemory:
        """The rows for which every condition holds."""
        mask = matches(self.rows.labels, conditions)
        apart = None if self.apart is None else self.apart.take(mask)
        return replace(self, rows=self.rows.take(mask), apart=apart)

    def only(self, places: list[int]) -> InMemory:
        """The same rows with the touchpoints at these places."""
        own = tuple(self.places[place] for place in places) if self.places else ()
        return replace(self, rows=self.rows.only(places), places=own)

    def by_dimension(self) -> InMemory:
        """The same rows with every score column as a touchpoint of its own."""
        if self.apart is None:
            return self
        apart = self.apart.only([column for columns in self.places for column in columns])
        return InMemory(replace(self.rows, scores=apart.scores, unused=apart.unused))

    def grouped(self, groups: list[list[int]]) -> InMemory:
        """The same rows with a touchpoint for each group of places: the mean of those rated."""
        made = [_mean_of_dimensions([(self.rows.scores[:, k], self.rows.unused[:, k]) for k in own]) for own in groups]
        scores, unused = (np.column_stack(parts) for parts in zip(*made, strict=True))
        return InMemory(replace(self.rows, scores=scores, unused=unused), self.rows, tuple(map(tuple, groups)))


@dataclass(frozen=True, slots=True, eq=False)
class OnDisk:
    """Answers in a Parquet file too large for memory, streamed through DuckDB by Ibis.

    What :meth:`checked` found: ``entries``, the distinct entries of score columns of small whole numbers, which
    :mod:`cxlens.engine.stream` reads; ``unused``, the touchpoint columns that hold a "not used".
    """

    path: Path
    roles: Roles
    conditions: tuple[Mapping[str, Any], ...] = ()
    entries: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    unused: frozenset[str] = frozenset()

    @property
    def n(self) -> int:
        """Number of rows, conditions applied."""
        if self.conditions:
            return sum(len(rows) for rows in self.batches())
        return int(self.table().count().execute())

    def batches(self) -> Iterator[Rows]:
        """All rows in the order of the file, a batch at a time, so that memory stays small."""
        start = 0
        reader = self.table().select(*self.roles.columns).to_pyarrow_batches(chunk_size=BATCH)
        for batch in reader:
            rows = replace(recode(batch.to_pandas(), self.roles), start=start)
            for conditions in self.conditions:
                rows = rows.take(matches(rows.labels, conditions))
            start += batch.num_rows
            yield replace(rows, start=start - batch.num_rows)

    def ever_unused(self, place: int) -> bool:
        """Whether anyone in the file said that they did not use the touchpoint at this place."""
        return not self.unused.isdisjoint(self.roles.touchpoints[place])

    def distinct(self, column: str) -> list[Any]:
        """The values of a column, sorted, empty ones aside."""
        values = self.table().select(column).distinct().to_pyarrow()[column].to_pylist()
        return sorted((value for value in values if not pd.isna(value)), key=_order)

    def repeats(self, column: str) -> bool:
        """Whether an id stands in more than one row; counted by DuckDB, since ids may be as many as rows."""
        ids = self.table()[column]
        return int(ids.nunique().execute()) < int(ids.count().execute())

    def where(self, conditions: Mapping[str, Any]) -> OnDisk:
        """The same file with one more set of conditions."""
        return replace(self, conditions=(*self.conditions, dict(conditions)))

    def only(self, places: list[int]) -> OnDisk:
        """The same file with the touchpoints at these places."""
        groups = tuple(self.roles.touchpoints[place] for place in places)
        return replace(self, roles=self.roles._replace(touchpoints=groups))

    def by_dimension(self) -> OnDisk:
        """The same file with every score column as a touchpoint of its own."""
        return replace(self, roles=self.roles.by_dimension)

    def grouped(self, groups: list[list[int]]) -> OnDisk:
        """The same file with a touchpoint for each group of places: the mean of those rated."""
        own = tuple(tuple(column for k in places for column in self.roles.touchpoints[k]) for places in groups)
        return replace(self, roles=self.roles._replace(touchpoints=own))

    def checked(self) -> OnDisk:
        """Read the distinct values of every column once, and refuse what :func:`recode` would refuse."""
        roles = self.roles
        asked = [column for group in roles.touchpoints for column in group] + [name for name, _ in roles.outcomes]
        found = _counted(self.table(), [*asked, *([roles.weight] if roles.weight else [])])
        unused = set()
        for column in (name for group in roles.touchpoints for name in group):
            if read_scores(found[column][0], "touchpoint", column, roles.codes, found[column][1])[1].any():
                unused.add(column)
        for column, codes in roles.outcomes:
            _check_nps(column, codes, read_scores(found[column][0], "outcome", column, codes, found[column][1])[0])
        if roles.weight:
            _check_any_weight(roles.weight, check_weights(roles.weight, *found[roles.weight]))
        entries = {
            name: found[name][0].dropna().to_numpy(np.int64) for name in asked if _small_and_whole(found[name][0])
        }
        return replace(self, entries=entries, unused=frozenset(unused))

    def table(self) -> ibis.Table:
        """The file as a table of DuckDB."""
        import ibis

        return ibis.duckdb.connect().read_parquet(self.path)


Source = InMemory | OnDisk


def open_table(data: Any, roles: Roles) -> Source:
    """A handle on any table: a pandas or polars frame, an Arrow table, a path to a CSV or Parquet file.

    Raises
    ------
    ColumnError, FileError, ValuesError
        When a column is missing, the file cannot be read, or values are not what their column should hold.
    """
    if isinstance(data, (str, Path)):
        return _open_file(Path(data), roles)
    frame = as_frame(data)
    check_columns(roles, list(frame.columns))
    return _in_memory(frame, roles)


def as_frame(data: Any) -> pd.DataFrame:
    """A pandas frame of a pandas or polars frame or an Arrow table; the input is not changed."""
    if isinstance(data, pd.DataFrame):
        return data
    if hasattr(data, "to_pandas"):
        frame = data.to_pandas()
        if isinstance(frame, pd.DataFrame):  # Arrow makes an index of a column that once was one
            return frame if frame.index.names == [None] else frame.reset_index()
    raise ValuesError(
        f"data of type {type(data).__name__!r} is not a table. Give a pandas or polars frame, an Arrow table, "
        "or a path to a CSV or Parquet file."
    )


def check_columns(roles: Roles, columns: Sequence[str]) -> None:
    """Refuse a role whose column is missing, or found twice."""
    jobs = [("touchpoint", column) for group in roles.touchpoints for column in group]
    jobs += [("outcome", column) for column, _ in roles.outcomes]
    jobs += [("weight", roles.weight)] if roles.weight else []
    jobs += [(job, column) for column, job in roles.labels.items()]
    check_jobs(jobs, columns)


def check_jobs(jobs: Sequence[tuple[str, str]], columns: Sequence[Any]) -> None:
    """Refuse pairs of job and column where the column is missing, or found twice."""
    for job, column in jobs:
        if column not in columns:
            raise unknown_column(job, column, columns)
        if list(columns).count(column) > 1:
            raise ColumnError(f"{job} column {column!r} is in the data twice. Give each column a name of its own.")


def recode(frame: pd.DataFrame, roles: Roles) -> Rows:
    """Turn raw columns into scores, "not used" flags, outcomes, weights and labels."""
    n = len(frame)
    scores, unused = np.full((n, len(roles.touchpoints)), np.nan), np.zeros((n, len(roles.touchpoints)), bool)
    for j, group in enumerate(roles.touchpoints):
        parts = [read_scores(frame[column], "touchpoint", column, roles.codes) for column in group]
        scores[:, j], unused[:, j] = parts[0] if len(parts) == 1 else _mean_of_dimensions(parts)
    outcomes = np.full((n, len(roles.outcomes)), np.nan)
    for k, (column, codes) in enumerate(roles.outcomes):
        outcomes[:, k] = read_scores(frame[column], "outcome", column, codes)[0]
    weights = check_weights(roles.weight, frame[roles.weight]) if roles.weight else np.ones(n)
    labels = frame[list(roles.labels)].reset_index(drop=True).copy()
    return Rows(scores, unused, outcomes, weights, labels)


def read_scores(
    values: pd.Series[Any], job: str, column: str, codes: Codes | None, times: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Scores of a column (NaN where there is none) and where the touchpoint was not used.

    ``times`` says how many rows each value stands for, when ``values`` are distinct ones; messages count rows.
    """
    numbers, text = _numbers(values)
    missing = np.isnan(numbers) & (text == "")
    unused = _is_code(numbers, text, codes.not_used) if codes else np.zeros(len(numbers), bool)
    unused |= missing if codes and None in codes.not_used else False
    blank = missing | (_is_code(numbers, text, codes.blank) if codes else False)
    words = np.isnan(numbers) & ~unused & ~blank
    if words.any():
        raise ValuesError(
            f"{job} column {column!r} holds text where scores are expected: {_examples(text, words, times)}. "
            "Turn it into numbers, or name such codes in Scale(..., not_used=[...]) or Scale(..., blank=[...])."
        )
    scores = np.where(unused | blank, np.nan, numbers)
    if codes is not None:
        outside = (scores < codes.low) | (scores > codes.high)
        if outside.any():
            raise ValuesError(
                f"{job} column {column!r} has scores outside the scale {codes.low:g} to {codes.high:g}: "
                f"{_examples(scores, outside, times)}. Give Scale(low, high) the whole range, "
                "or name such codes in not_used=[...] or blank=[...]."
            )
        between = ~np.isnan(scores) & (scores != 0) & (scores != 1)
        if codes.kind == "binary" and between.any():
            raise ValuesError(
                f"{job} {column!r} is of kind binary, but holds other values than 0 and 1: "
                f"{_examples(scores, between, times)}. Make them 0 or 1: or is this an interval outcome?"
            )
    elif np.isinf(scores).any():
        raise ValuesError(
            f"{job} column {column!r} holds infinite values. Replace them by numbers or leave them empty."
        )
    return scores, unused


def check_weights(column: str, values: pd.Series[Any], times: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
    """Weights as numbers; refuse text, gaps, infinite and negative ones. ``times`` as in :func:`read_scores`."""
    weights, text = _numbers(values)
    words = np.isnan(weights)
    step = "Weights are numbers of 0 or more: correct them, or drop those rows."
    if words.any():
        shown = _examples(np.where(text == "", "empty", text), words, times)
        raise ValuesError(f"weight column {column!r} has entries that are no numbers: {shown}. {step}")
    for fault, bad in (("infinite", np.isinf(weights)), ("negative", weights < 0)):
        if bad.any():
            raise ValuesError(f"weight column {column!r} has {fault} weights: {_examples(weights, bad, times)}. {step}")
    return weights


def matches(frame: pd.DataFrame, conditions: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Which rows fulfil every condition: one value, a list of values, or a (low, high) range, ends included."""
    mask = np.ones(len(frame), bool)
    for column, wanted in conditions.items():
        values = frame[column]
        if isinstance(wanted, tuple):
            low, high = wanted
            mask &= True if low is None else (values >= low).fillna(False).to_numpy(bool)
            mask &= True if high is None else (values <= high).fillna(False).to_numpy(bool)
        elif isinstance(wanted, list):
            mask &= values.isin(wanted).to_numpy(bool)
        else:
            mask &= (values == wanted).fillna(False).to_numpy(bool)
    return mask


def _in_memory(frame: pd.DataFrame, roles: Roles) -> InMemory:
    rows = recode(frame, roles)
    for k, (column, codes) in enumerate(roles.outcomes):
        _check_nps(column, codes, rows.outcomes[:, k])
    if roles.weight and len(rows):
        _check_any_weight(roles.weight, rows.weights)
    if all(len(group) == 1 for group in roles.touchpoints):
        return InMemory(rows)
    ends = np.cumsum([len(group) for group in roles.touchpoints]).tolist()
    places = tuple(tuple(range(start, end)) for start, end in pairwise([0, *ends]))
    return InMemory(rows, recode(frame, roles.by_dimension), places)


def _counted(table: ibis.Table, columns: Sequence[str]) -> dict[str, tuple[pd.Series[Any], NDArray[np.int64]]]:
    """The distinct values of each column in order, empty ones too, and the number of rows of each.

    Whole numbers are counted in one pass: a query a column would take longer to write than to run.
    """
    from pyarrow import compute

    found, whole = {}, [name for name in columns if table[name].type().is_integer()]
    counts: dict[str, Counter[Any]] = {name: Counter() for name in whole}
    reader = table.select(*whole).to_pyarrow_batches(chunk_size=4 * BATCH) if whole else []
    for columns_of_batch in in_turn(reader, lambda batch, _: [compute.value_counts(one) for one in batch.columns]):
        for name, pairs in zip(whole, columns_of_batch, strict=True):
            values, times = (pairs.field(part).to_pylist() for part in ("values", "counts"))
            counts[name].update(dict(zip(values, times, strict=True)))
    for name, own in counts.items():
        values = sorted(own, key=lambda value: (value is None, value or 0))
        found[name] = (pd.Series(values, dtype=float if None in own else int), np.array([own[v] for v in values]))
    for name in (name for name in columns if name not in counts):
        query = table.select(value=table[name]).group_by("value").agg(rows=lambda t: t.count()).order_by("value")
        frame = query.to_pandas()
        found[name] = (frame["value"], frame["rows"].to_numpy(np.int64))
    return found


def _small_and_whole(values: pd.Series[Any]) -> bool:
    """Whether distinct values are few, whole numbers, and fit 16 bits, one of which is left for the empty cell."""
    if not pd.api.types.is_numeric_dtype(values) or len(values) > 250:
        return False
    return bool(((values.dropna() % 1 == 0) & (values.dropna().abs() < 2**15)).all())


def _check_any_weight(column: str, weights: NDArray[np.float64]) -> None:
    """Refuse weights that are all zero; of the whole table, as a batch may well have none."""
    if not weights.any():
        raise ValuesError(f"weight column {column!r} is zero in every row. Give weights, or leave weight=None.")


def _check_nps(column: str, codes: Codes | None, scores: NDArray[np.float64]) -> None:
    """Refuse answers to another question than that of the NPS; of the whole table, as a batch may be all detractors."""
    known = scores[~np.isnan(scores)]
    if codes and codes.kind == "nps" and len(known) and known.max() <= 5:
        raise ValuesError(
            f"outcome {column!r} is of kind nps, but no answer is above 5. NPS asks from 0 to 10: "
            "is this an interval outcome? If these are answers from 0 to 10, say outcome_scale=Scale.nps()."
        )


def _open_file(path: Path, roles: Roles) -> Source:
    if not path.exists():
        raise FileError(f"survey file '{path}' does not exist. Check the path; relative paths start at '{Path.cwd()}'.")
    if path.is_dir():
        raise FileError(f"survey file '{path}' is a folder. Give the file, such as '{path / 'answers.csv'}'.")
    if path.suffix.lower() in {".parquet", ".pq"}:
        return _open_parquet(path, roles)
    if path.suffix.lower() in {".csv", ".gz"}:
        return _in_memory(_read_csv(path, roles), roles)
    raise FileError(f"survey file '{path}' ends in {path.suffix!r}. Give a .csv, .csv.gz or .parquet file, or a frame.")


def _open_parquet(path: Path, roles: Roles) -> Source:
    import pyarrow
    import pyarrow.parquet

    try:
        meta = pyarrow.parquet.read_metadata(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise FileError(f"survey file '{path}' is not a Parquet file. Write it again, or give it as .csv.") from error
    check_columns(roles, meta.schema.to_arrow_schema().names)
    if meta.num_rows <= IN_MEMORY:
        table = pyarrow.parquet.read_table(path, columns=roles.columns)
        return _in_memory(table.to_pandas(ignore_metadata=True), roles)
    return OnDisk(path, roles).checked()


def _read_csv(path: Path, roles: Roles) -> pd.DataFrame:
    """Read a CSV file whole: pandas shifts or cuts rows of too many cells when it is asked for some columns only."""
    fault: object
    try:
        first = pd.read_csv(path, header=None, nrows=1, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        names = first.iloc[0].tolist()
        _check_separator(path, names)
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                path,
                index_col=False,
                keep_default_na=False,
                na_values=_gaps(roles),
                encoding="utf-8-sig",
                low_memory=False,
            )
        # pandas calls the second "web" "web.1": the file's own names show it. Names left empty are as pandas has them.
        check_columns(roles, [own or given for own, given in zip(names, frame.columns, strict=True)])
        return frame
    except UnicodeDecodeError as error:
        raise FileError(f"survey file '{path}' is not UTF-8 text. Save it as CSV in UTF-8.") from error
    except pd.errors.EmptyDataError as error:
        raise FileError(f"survey file '{path}' is empty. Check the path, or save the answers again.") from error
    except pd.errors.ParserWarning:
        fault = "its rows have more cells than its first line has names"
    except (pd.errors.ParserError, OSError, EOFError) as error:
        fault = str(error).strip()
    raise FileError(f"survey file '{path}' cannot be read as CSV: {fault}. Save it with a comma between columns.")


def _check_separator(path: Path, names: list[str]) -> None:
    """Refuse a header that another sign than the comma separates."""
    for sign, words in ((";", "';'"), ("\t", "tabs")):
        if len(names) == 1 and sign in names[0]:
            raise FileError(
                f"survey file '{path}' has one column, {names[0]!r}. Is it separated by {words}? "
                "Save it with commas, or give a frame."
            )


def _gaps(roles: Roles) -> dict[str, list[str]]:
    """What an empty cell of each column may look like, codes aside; only "" in labels: a segment may be called "NA"."""
    words = ["", "NA", "N/A", "NaN", "nan", "NULL", "null"]
    gaps = dict.fromkeys(roles.columns, words)
    scores = [(column, roles.codes) for group in roles.touchpoints for column in group]
    for column, codes in [*scores, *roles.outcomes]:
        named = {*codes.not_used, *codes.blank} if codes else set()
        gaps[column] = [word for word in words if word not in named]
    return gaps | {column: [""] for column in roles.labels}


def _numbers(values: pd.Series[Any]) -> tuple[NDArray[np.float64], NDArray[Any]]:
    """Each entry as a number (NaN where it is none) and, only where it is none, as stripped text."""
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return values.to_numpy(np.float64, na_value=np.nan), np.broadcast_to("", len(values))
    text = np.full(len(values), "", dtype=object)
    if pd.api.types.is_datetime64_any_dtype(values):
        values = values.astype("string")  # as numbers they would be nanoseconds
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    words = np.isnan(numbers) & values.notna().to_numpy()
    text[words] = values[words].astype(str).str.strip().to_numpy()
    return numbers, text


def _is_code(numbers: NDArray[np.float64], text: NDArray[Any], codes: tuple[Any, ...]) -> NDArray[np.bool_]:
    found = np.zeros(len(numbers), bool)
    for code in codes:
        if isinstance(code, str):
            found |= text == code.strip()
        elif code is not None:
            found |= numbers == code
    return found


def _mean_of_dimensions(
    parts: list[tuple[NDArray[np.float64], NDArray[np.bool_]]],
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The mean of the dimensions that were rated; unused where none was and one says so."""
    scores = np.stack([score for score, _ in parts])
    rated = ~np.isnan(scores)
    total, k = np.where(rated, scores, 0.0).sum(axis=0), rated.sum(axis=0)
    mean = np.where(k > 0, total / np.maximum(k, 1), np.nan)
    return mean, (k == 0) & np.any([unused for _, unused in parts], axis=0)


def _examples(values: NDArray[Any], which: NDArray[np.bool_], times: NDArray[np.int64] | None) -> str:
    """The first distinct values of those meant and how many rows hold such: ``7, 9 (12 rows)``."""
    distinct = list(dict.fromkeys(values[which].tolist()))
    shown = listing((f"{v:g}" if isinstance(v, float) else repr(v) for v in distinct), 5)
    n = int(which.sum() if times is None else times[which].sum())
    return f"{shown} ({n:,} row{'s' if n != 1 else ''})"


def _order(value: Any) -> tuple[bool, Any]:
    return (isinstance(value, str), value)
