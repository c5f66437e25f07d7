"""Journeys: the planned way, and the log of what customers really did.

Events are read and checked here, once, and become one sorted table. Counting is done in
:mod:`cxlens.engine.journeys`, figures are made by the stages; neither belongs here.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import KW_ONLY, InitVar, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.html import card
from cxlens.common.values import count, percent, plural
from cxlens.engine import journeys as engine
from cxlens.engine.readers import as_frame
from cxlens.engine.roles import check_jobs
from cxlens.errors import ColumnError, FileError, OptionError, ValuesError, check_known, listing
from cxlens.study.lifecycle import settle
from cxlens.study.segments import Segment, as_names

START, END = "(start)", "(end)"
GAPS = ["", "NA", "N/A", "NaN", "nan", "NULL", "null"]
ROLES = ("customer", "touchpoint", "time", "order", "outcome", "value", "score")
COLUMNS = ("customer", "step", "touchpoint", "next", "gap_seconds", "outcome", "value", "score")

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Roles = list[tuple[str, str]]  # pairs of role and column


@dataclass(frozen=True, slots=True, repr=False)
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
    touchpoints: Sequence[str]

    def __post_init__(self) -> None:
        names = tuple(self.touchpoints)
        if len(names) < 2 or not all(name.strip() for name in names):
            raise ValuesError(
                f"journey {self.name!r}: {list(names)!r} is no journey. Give the names of at least two touchpoints, "
                "in the order in which a customer should meet them."
            )
        settle(self, {"touchpoints": names})

    @property
    def table(self) -> pd.DataFrame:
        """One row a step: columns ``step`` (from 1) and ``touchpoint``."""
        return pd.DataFrame({"step": range(1, len(self.touchpoints) + 1), "touchpoint": list(self.touchpoints)})

    def __repr__(self) -> str:
        return f"Journey {self.name!r}: {' > '.join(self.touchpoints)}"

    def _repr_html_(self) -> str:
        return card(f"Journey {self.name!r}: {len(self.touchpoints)} touchpoints.", self.table)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JourneyLog:
    """What customers met, in order: an event log, checked and sorted once. Each customer has one journey.

    Parameters
    ----------
    events
        One row an event: a pandas or polars frame, an Arrow table, or a path to a CSV or Parquet file.
        A file is read into memory, a Parquet file (through pyarrow) the named columns only. In a CSV file
        customers and touchpoints are text: "007" and "NA" are ids, only an empty cell is missing.
    customer, touchpoint
        Columns that say who met what. Touchpoints are shown as text.
    time
        Column of dates and times, or text in ISO 8601 form. With time zones all are turned to UTC; without,
        they are taken as they stand.
    order
        Column of numbers that orders a customer's events: where there is no time, or where times are tied.
        Give ``time``, ``order`` or both. Events still tied stay in the order of the input.
    outcome
        Column of 0 and 1 (or false and true): a customer converted when any of their events has 1. Blank is 0.
    value, score
        Columns of numbers that belong to an event: money earned, and what was felt. Blank where there is none.
    segments
        Columns that describe the customer: what the first event of a customer says counts.

    Attributes
    ----------
    touchpoints : tuple of str
        In the order in which they are met: by the median step at which a customer first meets each, then the
        mean step, then the name.

    Raises
    ------
    ColumnError, OptionError, ValuesError, FileError
        When a column is missing, neither ``time`` nor ``order`` is given, there are no events, entries are blank or
        not what their column should hold, or the file cannot be read.

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

    events: InitVar[Any]
    _: KW_ONLY
    customer: str
    touchpoint: str
    time: str | None = None
    order: str | None = None
    outcome: str | None = None
    value: str | None = None
    score: str | None = None
    segments: Sequence[str] = ()
    touchpoints: tuple[str, ...] = field(init=False)
    _events: engine.SortedEvents = field(init=False)
    _extras: pd.DataFrame = field(init=False)
    _customers: pd.DataFrame = field(init=False)

    def __post_init__(self, events: Any) -> None:
        if self.time is None and self.order is None:
            raise OptionError(
                "a journey log needs to know what came first. Give time=, a column of dates and times, "
                "or order=, a column of numbers."
            )
        settle(self, {"segments": as_names(self.segments)})
        given = {role: column for role in ROLES if (column := getattr(self, role))}
        frame = _read(events, [*given.items(), *(("segment", column) for column in self.segments)])
        who, ids = _codes(frame[self.customer], "customer", "id")
        what, met = _codes(frame[self.touchpoint], "touchpoint", "name")
        for edge in (START, END):
            if edge in met.astype(str):
                raise ValuesError(
                    f"touchpoint column {self.touchpoint!r} holds {edge!r}, which stands for an end of a journey in "
                    "tables of paths. Give that touchpoint another name, or drop its rows."
                )
        ticks, per_second = (None, 1) if self.time is None else _ticks(frame[self.time])
        by = None if self.order is None else _numbers(frame[self.order], "order", needed=True).to_numpy()
        table, rows = engine.sort_events(who, what, ticks=ticks, order=by, per_second=per_second)
        extras = {role: _numbers(frame[given[role]], role) for role in ("value", "score") if role in given}
        customers = pd.DataFrame({"customer": ids})
        if self.outcome is not None:
            converted = _numbers(frame[self.outcome], "outcome", allowed=(0, 1)) == 1
            customers["outcome"] = np.bincount(who[converted], minlength=len(ids)) > 0
        for column in self.segments:
            customers[column] = frame[column].iloc[rows[table.step == 1]].array
        self._keep(table, met.astype(str), pd.DataFrame(extras, index=frame.index).iloc[rows], customers)

    def _keep(
        self, events: engine.SortedEvents, names: pd.Index[Any], extras: pd.DataFrame, customers: pd.DataFrame
    ) -> None:
        """Number the touchpoints in the order in which they are met, and hold on to everything."""
        first = engine.first_steps(events)
        first = first.assign(name=names[first.index]).sort_values(["median", "mean", "name"])
        codes = np.full(len(names), engine.EDGE)
        codes[first.index] = np.arange(len(first))
        settle(self, {"touchpoints": tuple(first["name"]), "_events": engine.rename(events, codes)})
        settle(self, {"_extras": extras.reset_index(drop=True), "_customers": customers.reset_index(drop=True)})

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
        OptionError, ValuesError
            When the segment asks for a column that is not among ``segments``, or nobody belongs to it.
        """
        if not self.segments:
            raise OptionError(
                f"segment {segment.name!r}: column {next(iter(segment.where))!r} is not known here. Segments: none. "
                "Name the column in JourneyLog(..., segments=[...])."
            )
        check_known(f"segment {segment.name!r}: column", segment.where, self.segments, "Segments")
        keep = segment.mask(self._customers)
        if not keep.any():
            raise ValuesError(
                f"segment {segment.name!r} holds none of the {count(self.n)} customers. "
                "Compare its conditions with the values in .customers."
            )
        part = copy.copy(self)
        extras = self._extras[keep[self._events.customer]]
        part._keep(engine.take_customers(self._events, keep), pd.Index(self.touchpoints), extras, self._customers[keep])
        return part

    def __repr__(self) -> str:
        steps = self._events.step[self._events.following == engine.EDGE]
        median = float(np.median(steps))
        text = (
            f"{plural(self.n, 'journey')}, one per customer: {plural(self.n_events, 'event')} at "
            f"{plural(len(self.touchpoints), 'touchpoint')}; "
            f"a journey has {median:g} event{'' if median == 1 else 's'} (median), the longest {count(steps.max())}."
        )
        if self.converted is None:
            return text
        reached = int(self.converted.sum())
        return f"{text} {count(reached)} of {count(self.n)} reached {self.outcome!r} ({percent(reached / self.n)})."

    def _repr_html_(self) -> str:
        met = pd.DataFrame({"touchpoint": self.touchpoints, "journeys": engine.drop_off(self._events).reached})
        return card(str(self), met)


def _read(events: Any, roles: Roles) -> pd.DataFrame:
    """The events as a frame that has every column, and at least one row."""
    for role, column in roles:
        if role == "segment" and column in COLUMNS:
            raise ColumnError(
                f"segment column {column!r} has the name of a column of the sorted table. "
                f"Rename it; taken are: {listing(COLUMNS)}."
            )
    frame = _read_file(Path(events), roles) if isinstance(events, (str, Path)) else as_frame(events)
    check_jobs(roles, list(frame.columns))
    if not len(frame):
        raise ValuesError(
            "the events have no rows. Give at least one event; check the filter or the file they come from."
        )
    return frame


def _read_file(path: Path, roles: Roles) -> pd.DataFrame:
    """A CSV file whole, ids and times as text; of a Parquet file the columns needed."""
    try:
        if path.suffix.lower() not in (".parquet", ".pq"):
            texts = {column: str for role, column in roles if role in ("customer", "touchpoint", "time")}
            gaps = {c: [""] if role in ("customer", "touchpoint", "segment") else GAPS for role, c in roles}
            return pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=gaps, index_col=False,
                               encoding="utf-8-sig", low_memory=False)  # fmt: skip
        import pyarrow.parquet

        check_jobs(roles, pyarrow.parquet.read_schema(path).names)
        table = pyarrow.parquet.read_table(path, columns=[column for _, column in roles])
        frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
        return frame
    except ColumnError:
        raise
    except (OSError, ValueError) as error:  # what pandas and pyarrow say of a file that is not there or not readable
        raise FileError(
            f"event file '{path}' cannot be read: {str(error).strip()}. "
            "Give a .csv or .csv.gz file in UTF-8, or a .parquet file."
        ) from error


def _codes(values: pd.Series[Any], role: str, what: str) -> tuple[Ints, pd.Index[Any]]:
    """Whole numbers from 0 for the entries of a column, in order of appearance, and what they stand for."""
    codes, found = pd.factorize(values)
    blank = np.append(found.astype(str).str.strip() == "", True)  # the last entry stands for code -1, an empty cell
    _refuse(blank[codes], values, role, what)
    return codes.astype(np.int64), found


def _ticks(values: pd.Series[Any]) -> tuple[Ints, int]:
    """Times as whole numbers, and how many of them make a second."""
    times = values
    if pd.api.types.is_numeric_dtype(values):  # pandas would take numbers for nanoseconds since 1970
        times = pd.Series(pd.NaT, values.index)
    elif not pd.api.types.is_datetime64_any_dtype(values):
        times = pd.to_datetime(values, format="ISO8601", errors="coerce", utc=True)
    _refuse(times.isna(), values, "time", "date in ISO 8601 form")
    index = pd.DatetimeIndex(times)
    return index.asi8, {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[index.unit]


def _numbers(
    values: pd.Series[Any], role: str, *, needed: bool = False, allowed: tuple[int, ...] = ()
) -> pd.Series[Any]:
    """Numbers, NaN where blank; anything else is refused, and so are blanks where numbers are needed."""
    numbers = pd.to_numeric(values, errors="coerce")
    bad = numbers.isna() | ~numbers.astype("Float64").isin(allowed) if allowed else numbers.isna()
    _refuse(bad & (values.notna() | needed), values, role, " or ".join(map(str, allowed)) or "number")
    return numbers


def _refuse(bad: Any, values: pd.Series[Any], role: str, what: str) -> None:
    """Refuse a column for the entries that a mask marks."""
    rows = np.flatnonzero(bad)
    if len(rows):
        shown = listing((f"row {row + 1:,} ({values.iloc[row]})" for row in rows.tolist()), 5)
        raise ValuesError(
            f"{role} column {values.name!r} has no {what} in {len(rows):,} of {plural(len(values), 'row')}: {shown}. "
            "Rows are counted from 1, a header aside. Correct them, or drop them before."
        )
