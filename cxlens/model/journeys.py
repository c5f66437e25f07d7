"""Journeys: the planned way, and the log of what customers really did.

Events are read and checked here, once, and become one sorted table. Counting is done in
:mod:`cxlens.engine.journeys`, figures are made in :mod:`cxlens.analysis`; neither belongs here.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine import journeys as engine
from cxlens.engine.tables import as_frame
from cxlens.errors import (
    ColumnError,
    FileError,
    OptionError,
    ValuesError,
    did_you_mean,
    listing,
    unknown_column,
)
from cxlens.model.segments import Segment
from cxlens.model.text import card, count, number, percent

START, END = "(start)", "(end)"
GAPS = ["", "NA", "N/A", "NaN", "nan", "NULL", "null"]
COLUMNS = ("customer", "step", "touchpoint", "next", "gap_seconds", "outcome", "value", "score")

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, repr=False, init=False)
class Journey:
    """The way a customer is meant to go: touchpoints in their planned order.

    Parameters
    ----------
    name
        What people call the journey.
    touchpoints
        At least two names; one may come back later in the journey.

    Raises
    ------
    ValuesError
        When there are fewer than two touchpoints, or one has no name.

    Examples
    --------
    >>> import cxlens as cx
    >>> cx.Journey("Departure", ["Parking", "Security", "Boarding"])
    Journey 'Departure': Parking > Security > Boarding
    """

    name: str
    touchpoints: tuple[str, ...]

    def __init__(self, name: str, touchpoints: Sequence[str]) -> None:
        names = (touchpoints,) if isinstance(touchpoints, str) else tuple(touchpoints)
        for step, touchpoint in enumerate(names, 1):
            if not isinstance(touchpoint, str) or not touchpoint.strip():
                raise ValuesError(
                    f"journey {name!r}: touchpoint {step} is {touchpoint!r}, which is no name. "
                    "Give the names of touchpoints as text."
                )
        if len(names) < 2:
            raise ValuesError(
                f"journey {name!r} has {len(names)} touchpoint{'' if len(names) == 1 else 's'}. "
                "Give at least two, in the order in which a customer should meet them."
            )
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "touchpoints", names)

    @property
    def table(self) -> pd.DataFrame:
        """One row a step: columns ``step`` (from 1) and ``touchpoint``."""
        return pd.DataFrame({"step": range(1, len(self.touchpoints) + 1), "touchpoint": list(self.touchpoints)})

    def __repr__(self) -> str:
        return f"Journey {self.name!r}: {' > '.join(self.touchpoints)}"

    def _repr_html_(self) -> str:
        return card(f"Journey {self.name!r}: {len(self.touchpoints)} touchpoints.", self.table)


@dataclass(frozen=True, slots=True, eq=False, repr=False, init=False)
class JourneyLog:
    """What customers met, in order: an event log, checked and sorted once. Each customer has one journey.

    Parameters
    ----------
    events
        One row an event: a pandas or polars frame, an Arrow table, or a path to a CSV or Parquet file.
        A file is read into memory, the named columns only (Parquet through pyarrow). In a CSV file customers
        and touchpoints are text: "007" and "NA" are ids, only an empty cell is missing.
    customer, touchpoint
        Columns that say who met what. Touchpoints are shown as text.
    time
        Column of dates and times, or text in ISO 8601 form. With time zones all are turned to UTC; without,
        they are taken as they stand.
    order
        Column of numbers that orders a customer's events: where there is no time, or where times are tied.
        Give ``time``, ``order`` or both. Events still tied stay in the order of the input.
    outcome
        Column of 0 and 1 (or false and true): a customer converted when any of their events has 1. It may be
        blank in some events of a customer, not in all.
    value, score
        Columns of numbers that belong to an event: money earned, and what was felt. Blank where there is none.
    segments
        Columns that describe the customer: one value for all events of a customer, or blank in all.

    Attributes
    ----------
    touchpoints : tuple of str
        In the order in which they are met: by the median step at which a customer first meets each, then the
        mean step, then the name.

    Raises
    ------
    ColumnError, OptionError, ValuesError, FileError
        When a column is missing or named twice, neither ``time`` nor ``order`` is given, there are no events,
        entries are blank or not what their column should hold, or the file cannot be read.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlens as cx
    >>> met = ["Web", "Shop", "Call", "Web", "Call"]
    >>> events = pd.DataFrame({"who": list("aaabb"), "met": met, "nr": [1, 2, 3, 1, 2]})
    >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
    >>> log
    2 journeys, one per customer: 5 events at 3 touchpoints; a journey has 2.5 events (median), the longest 3.
    >>> log.touchpoints
    ('Web', 'Shop', 'Call')
    """

    customer: str
    touchpoint: str
    time: str | None
    order: str | None
    outcome: str | None
    value: str | None
    score: str | None
    segments: tuple[str, ...]
    touchpoints: tuple[str, ...]
    _events: engine.SortedEvents
    _extras: pd.DataFrame
    _customers: pd.DataFrame

    def __init__(
        self,
        events: Any,
        *,
        customer: str,
        touchpoint: str,
        time: str | None = None,
        order: str | None = None,
        outcome: str | None = None,
        value: str | None = None,
        score: str | None = None,
        segments: Sequence[str] = (),
    ) -> None:
        segments = (segments,) if isinstance(segments, str) else tuple(segments)
        if time is None and order is None:
            raise OptionError(
                "a journey log needs to know what came first. Give time=, a column of dates and times, "
                "or order=, a column of numbers."
            )
        given = {
            "customer": customer, "touchpoint": touchpoint, "time": time, "order": order,
            "outcome": outcome, "value": value, "score": score,
        }  # fmt: skip
        roles = [(role, column) for role, column in given.items() if column]
        roles += [("segment", column) for column in segments]
        _check_roles(roles)
        frame = _read(events, roles)
        who, ids = _codes(frame, "customer", customer)
        what, met = _codes(frame, "touchpoint", touchpoint)
        what, names = _names(what, met, touchpoint)
        ticks, per_second = (None, 1) if time is None else _ticks(frame, time)
        by = None if order is None else _order(frame, order)
        table, rows = engine.sort_events(who, what, ticks=ticks, order=by, per_second=per_second)
        numbers = {role: _floats(frame, role, given[role])[rows] for role in ("value", "score") if given[role]}
        customers = pd.DataFrame({"customer": ids})
        if outcome is not None:
            customers["outcome"] = _converted(frame, outcome, who, ids)
        for column in segments:
            customers[column] = _constant(frame, column, rows, table, ids)
        for name, given_column in given.items():
            object.__setattr__(self, name, given_column)
        object.__setattr__(self, "segments", segments)
        self._keep(table, names, pd.DataFrame(numbers, index=range(len(table))), customers)

    def _keep(
        self, events: engine.SortedEvents, names: NDArray[Any], extras: pd.DataFrame, customers: pd.DataFrame
    ) -> None:
        """Number the touchpoints in the order in which they are met, and hold on to everything."""
        median, mean = engine.first_steps(events)
        order = np.lexsort((names.astype(str), mean, median))[: int((~np.isnan(median)).sum())]
        codes = np.full(len(names), engine.EDGE)
        codes[order] = np.arange(len(order))
        object.__setattr__(self, "touchpoints", tuple(names[order].tolist()))
        object.__setattr__(self, "_events", engine.rename(events, codes))
        object.__setattr__(self, "_extras", extras)
        object.__setattr__(self, "_customers", customers)

    @property
    def n(self) -> int:
        """Number of customers, each with one journey."""
        return self._events.n_customers

    @property
    def n_events(self) -> int:
        """Number of events."""
        return len(self._events)

    @property
    def table(self) -> pd.DataFrame:
        """The sorted table, one row an event.

        Columns: ``customer``; ``step`` from 1; ``touchpoint``; ``next``, the touchpoint of the next step, missing
        at the end; ``gap_seconds`` until then, missing at the end or without times; then, where given,
        ``outcome`` (whether the customer converted), ``value``, ``score`` and the segment columns.
        """
        rows, names = self._events, pd.Index(self.touchpoints)
        people = self._customers.iloc[rows.customer].reset_index(drop=True)
        table = pd.DataFrame(
            {
                "customer": people["customer"],
                "step": rows.step,
                "touchpoint": pd.Categorical.from_codes(rows.code, names),
                "next": pd.Categorical.from_codes(rows.following, names),
                "gap_seconds": rows.gap,
            }
        )
        described = people[["outcome"]] if self.outcome else people[[]]
        return pd.concat([table, described, self._extras, people[list(self.segments)]], axis=1)

    @property
    def customers(self) -> pd.DataFrame:
        """One row a customer: ``customer``, then, where given, ``outcome`` (bool) and the segment columns."""
        return self._customers.copy()

    @property
    def converted(self) -> Bools | None:
        """Whether each customer reached the outcome, in the order of :attr:`customers`; None without one."""
        return self._customers["outcome"].to_numpy(bool) if self.outcome else None

    def rows(self) -> engine.SortedEvents:
        """The sorted events as arrays; touchpoint codes count through :attr:`touchpoints`."""
        return self._events

    def where(self, segment: Segment) -> JourneyLog:
        """The journeys of one segment.

        Raises
        ------
        ValuesError
            When the segment asks for a column that is not among ``segments``, or nobody belongs to it.
        """
        for column in segment.where:
            if column not in self.segments:
                raise ValuesError(
                    f"segment {segment.name!r} asks for column {column!r}, which is not among the log's segments."
                    f"{did_you_mean(column, self.segments)} Segments: {listing(self.segments, 30) or 'none'}. "
                    "Name the column in JourneyLog(..., segments=[...])."
                )
        keep = segment.mask(self._customers)
        if not keep.any():
            raise ValuesError(
                f"segment {segment.name!r} holds none of the {count(self.n)} customers. "
                "Compare its conditions with the values in .customers."
            )
        part = copy.copy(self)
        extras = self._extras[keep[self._events.customer]].reset_index(drop=True)
        customers = self._customers[keep].reset_index(drop=True)
        part._keep(engine.take_customers(self._events, keep), np.array(self.touchpoints, object), extras, customers)
        return part

    def __str__(self) -> str:
        steps = self._events.step[self._events.following == engine.EDGE]
        journeys = "1 journey" if self.n == 1 else f"{count(self.n)} journeys, one per customer"
        median = number(float(np.median(steps)), 1).removesuffix(".0")
        text = (
            f"{journeys}: {_counted(self.n_events, 'event')} at {_counted(len(self.touchpoints), 'touchpoint')}; "
            f"a journey has {median} event{'' if median == '1' else 's'} (median), the longest {count(steps.max())}."
        )
        if self.converted is None:
            return text
        reached = int(self.converted.sum())
        return f"{text} {count(reached)} of {count(self.n)} reached {self.outcome!r} ({percent(reached / self.n)})."

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        rows, k = self._events, len(self.touchpoints)
        met = pd.DataFrame(
            {
                "touchpoint": list(self.touchpoints),
                "events": np.bincount(rows.code, minlength=k),
                "journeys": np.bincount(rows.code[rows.first], minlength=k),
                "median_first_step": engine.first_steps(rows)[0],
            }
        )
        tied = int((rows.gap == 0).sum()) if self.order is None else 0
        note = (
            f"{_counted(tied, 'step')} took no time at all: such events stand in the order of the data. "
            "Name a column in order= if there is a better one."
        )
        return card(str(self), met, note if tied else "")


def _check_roles(roles: list[tuple[str, str]]) -> None:
    jobs: dict[str, str] = {}
    for role, column in roles:
        if column in jobs:
            raise ColumnError(
                f"column {column!r} is named twice: as {jobs[column]} and as {role}. Give each job its own."
            )
        jobs[column] = role
        if role == "segment" and column in COLUMNS:
            raise ColumnError(
                f"segment column {column!r} has the name of a column of the sorted table. "
                f"Rename it; taken are: {listing(COLUMNS)}."
            )


def _read(events: Any, roles: list[tuple[str, str]]) -> pd.DataFrame:
    """The named columns as a frame with at least one row."""
    if isinstance(events, (str, Path)):
        frame = _read_file(Path(events), roles)
    else:
        frame = as_frame(events)
        _check_columns(roles, list(frame.columns))
    if not len(frame):
        raise ValuesError(
            "the events have no rows. Give at least one event; check the filter or the file they come from."
        )
    return frame


def _check_columns(roles: list[tuple[str, str]], columns: list[Any]) -> None:
    for role, column in roles:
        if column not in columns:
            raise unknown_column(role, column, columns)
        if columns.count(column) > 1:
            raise ColumnError(f"{role} column {column!r} is in the data twice. Give each column a name of its own.")


def _read_file(path: Path, roles: list[tuple[str, str]]) -> pd.DataFrame:
    if not path.exists():
        raise FileError(f"event file '{path}' does not exist. Check the path; relative paths start at '{Path.cwd()}'.")
    name = path.name.lower()
    if name.endswith((".csv", ".csv.gz")):
        return _read_csv(path, roles)
    if name.endswith((".parquet", ".pq")):
        return _read_parquet(path, roles)
    raise FileError(f"event file '{path}' ends in {path.suffix!r}. Give a .csv, .csv.gz or .parquet file, or a frame.")


def _read_csv(path: Path, roles: list[tuple[str, str]]) -> pd.DataFrame:
    ids = ("customer", "touchpoint")
    try:
        _check_columns(roles, list(pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns))
        return pd.read_csv(
            path,
            usecols=[column for _, column in roles],
            dtype={column: str for role, column in roles if role in (*ids, "time")},
            keep_default_na=False,
            na_values={column: [""] if role in (*ids, "segment") else GAPS for role, column in roles},
            encoding="utf-8-sig",
            low_memory=False,
        )
    except UnicodeDecodeError as error:
        raise FileError(f"event file '{path}' is not UTF-8 text. Save it as CSV in UTF-8.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FileError(
            f"event file '{path}' cannot be read as CSV: {error}. Save it with commas between columns."
        ) from error


def _read_parquet(path: Path, roles: list[tuple[str, str]]) -> pd.DataFrame:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
    except (pyarrow.ArrowInvalid, OSError) as error:
        raise FileError(f"event file '{path}' is not a Parquet file. Write it again, or give it as .csv.") from error
    with file:
        _check_columns(roles, file.schema_arrow.names)
        frame: pd.DataFrame = file.read(columns=[column for _, column in roles]).to_pandas(ignore_metadata=True)
        return frame


def _codes(frame: pd.DataFrame, role: str, column: str) -> tuple[Ints, pd.Index[Any]]:
    """Whole numbers from 0 for the entries of a column, in order of appearance, and what they stand for."""
    codes, found = pd.factorize(frame[column])
    names = pd.Index(np.asarray(found)) if isinstance(found, pd.CategoricalIndex) else pd.Index(found)
    missing = codes == -1
    if len(names) and not pd.api.types.is_numeric_dtype(names):
        blank = names.astype(str).str.strip() == ""
        missing |= np.asarray(blank)[codes]
    _refuse_missing(missing, role, column)
    return codes.astype(np.int64), names


def _names(codes: Ints, found: pd.Index[Any], column: str) -> tuple[Ints, NDArray[Any]]:
    """Touchpoints as text; entries that read the same are the same touchpoint."""
    again, names = pd.factorize(np.array([str(name) for name in found], dtype=object))
    for name in (START, END):
        if name in names:
            raise ValuesError(
                f"touchpoint column {column!r} holds {name!r}, which cxlens writes for the {name.strip('()')} "
                "of a journey. Rename that touchpoint."
            )
    return again.astype(np.int64)[codes], names


def _ticks(frame: pd.DataFrame, column: str) -> tuple[Ints, int]:
    """Times as whole numbers, and how many of them make a second."""
    values = frame[column]
    if pd.api.types.is_numeric_dtype(values):
        raise ValuesError(
            f"time column {column!r} holds numbers. Turn them into dates with pandas.to_datetime(..., unit=...), "
            f"or give order={column!r} if they only say what came first."
        )
    if not pd.api.types.is_datetime64_any_dtype(values):
        parsed = pd.to_datetime(values, format="ISO8601", errors="coerce", utc=True)
        missing = parsed.isna().to_numpy(bool, copy=True)
        failed = values[missing]
        missing[missing] = (failed.isna() | (failed.astype(str).str.strip() == "")).to_numpy(bool)
        _refuse_missing(missing, "time", column)
        step = "dates with pandas.to_datetime(..., format=...)"
        _refuse_text(failed, "time", column, "no dates in ISO 8601 form", step)
        values = parsed
    times = pd.DatetimeIndex(values)
    _refuse_missing(np.asarray(times.isna()), "time", column)
    return times.asi8, {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[times.unit]


def _order(frame: pd.DataFrame, column: str) -> NDArray[Any]:
    """Numbers to sort by; whole ones stay whole, so that large ones stay apart."""
    numbers = _floats(frame, "order", column)
    _refuse_missing(np.isnan(numbers), "order", column)
    if pd.api.types.is_integer_dtype(frame[column]):
        return frame[column].to_numpy(np.uint64 if pd.api.types.is_unsigned_integer_dtype(frame[column]) else np.int64)
    return numbers


def _floats(frame: pd.DataFrame, role: str, column: str | None) -> Floats:
    """Numbers, NaN where blank; text and infinite values are refused."""
    values = frame[column]
    if pd.api.types.is_datetime64_any_dtype(values):  # to_numeric would count nanoseconds
        _refuse_text(values, role, str(column), "no numbers but dates", "numbers, or name the column in time=")
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    bad = np.isinf(numbers) | (np.isnan(numbers) & values.notna().to_numpy(bool))
    _refuse_text(
        values[bad], role, str(column), "no numbers", "numbers" if role == "order" else "numbers, or leave them blank"
    )
    return numbers


def _converted(frame: pd.DataFrame, column: str, who: Ints, ids: pd.Index[Any]) -> Bools:
    """Whether each customer has a 1 in any event."""
    values = frame[column]
    numbers = pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    bad = values.notna().to_numpy(bool) & ~np.isin(numbers, [0, 1])
    _refuse_text(
        values[bad], "outcome", column, "neither 0 nor 1", "1 where the aim was reached and 0 where it was not"
    )
    told = np.bincount(who[~np.isnan(numbers)], minlength=len(ids)) > 0
    if not told.all():
        raise ValuesError(
            f"outcome column {column!r} is blank in every event of {_counted(int((~told).sum()), 'customer')} "
            f"({listing(ids[~told], 5)}). Give 0 or 1 in at least one event of each customer."
        )
    return np.bincount(who[numbers == 1], minlength=len(ids)) > 0


def _constant(frame: pd.DataFrame, column: str, rows: Ints, events: engine.SortedEvents, ids: pd.Index[Any]) -> Any:
    """The one value that each customer has in a column."""
    codes = pd.factorize(frame[column])[0][rows]
    starts = np.flatnonzero(events.step == 1)
    mixed = np.unique(events.customer[codes != codes[starts][events.customer]])
    if len(mixed):
        raise ValuesError(
            f"segment column {column!r} changes within the journey of {_counted(len(mixed), 'customer')} "
            f"({listing(ids[mixed], 5)}). A segment describes the customer: give the same value in all their events."
        )
    return frame[column].iloc[rows[starts]].array


def _refuse_missing(missing: Bools, role: str, column: str) -> None:
    if missing.any():
        at = np.flatnonzero(missing) + 1
        where = f"row {at[0]:,}" if len(at) == 1 else f"rows {listing((f'{row:,}' for row in at.tolist()), 5)}"
        raise ValuesError(
            f"{role} column {column!r} is blank in {len(at):,} of {_counted(len(missing), 'row')}: {where} "
            "(counted from 1, a header aside). Fill these in, or drop them before."
        )


def _refuse_text(bad: pd.Series[Any], role: str, column: str, what: str, step: str) -> None:
    if len(bad):
        shown = listing((repr(value) for value in dict.fromkeys(bad.tolist())), 5)
        raise ValuesError(
            f"{role} column {column!r} holds entries that are {what}: {shown} ({_counted(len(bad), 'row')}). "
            f"Turn them into {step}."
        )


def _counted(n: int, thing: str) -> str:
    return f"{count(n)} {thing}{'' if n == 1 else 's'}"
