"""Journeys: the planned way, and the log of what customers really did.

Events are read and checked here, once, and become one sorted table. Counting is done in
:mod:`cxlens.engine.journeys`, figures are made by the stages; neither belongs here.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import KW_ONLY, InitVar, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.html import card
from cxlens.common.values import count, percent, plural
from cxlens.engine import journeys as engine
from cxlens.engine.entries import refuse_spans
from cxlens.engine.exact import check_digits
from cxlens.engine.roles import check_jobs
from cxlens.errors import ColumnError, OptionError, ValuesError, check_known, listing
from cxlens.files.answers import EMPTY_WORDS, read_table
from cxlens.files.cells import Column
from cxlens.files.exports import column_of_phases
from cxlens.study.dates import has_zone, read_dates
from cxlens.study.identity import (
    are_nobody,
    check_look_alikes,
    check_unknown,
    warn_of_one_for_many,
    without_nobody,
)
from cxlens.study.lifecycle import settle
from cxlens.study.segments import Segment, as_names, as_segment
from cxlens.study.waves import ZONED, check_moments, mixed_zones, two_readings

FEW = 5  # events; fewer are not counted, since the number could give a person away
START, END = "(start)", "(end)"
TICKS_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
ROLES = ("customer", "touchpoint", "time", "order", "outcome", "value", "score")
COLUMNS = ("customer", "step", "touchpoint", "next", "gap_seconds", "outcome", "value", "score")

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Roles = list[tuple[str, str]]  # pairs of role and column


@misfits_told
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
        all_named = all(isinstance(name, str) and name.strip() for name in names)
        if len(names) < 2 or not all_named:
            raise ValuesError(
                f"journey {self.name!r}: {list(names)!r} is no journey. Give the names of at least two touchpoints, "
                "in the order in which a customer should meet them."
            )
        settle(self, {"touchpoints": names})

    @property
    def table(self) -> pd.DataFrame:
        """One row a step: columns ``step`` (from 1) and ``touchpoint``."""
        steps = range(1, len(self.touchpoints) + 1)
        return pd.DataFrame({"step": steps, "touchpoint": list(self.touchpoints)})

    def __repr__(self) -> str:
        return f"Journey {self.name!r}: {' > '.join(self.touchpoints)}"

    def _repr_html_(self) -> str:
        return card(f"Journey {self.name!r}: {len(self.touchpoints)} touchpoints.", self.table)


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JourneyLog:
    """What customers met, in order: an event log, checked and sorted once. Each customer has one journey.

    Parameters
    ----------
    events
        One row an event: whatever :class:`Survey` takes, read into memory. In a file of text or a workbook customers
        and touchpoints are text: "007" and "NA" are ids, only an empty cell is missing.
    customer, touchpoint
        Columns that say who met what. Touchpoints are shown as text. Entries that look alike ("Web" and "web ", 1 and
        "1") are refused, ids that differ by capitals alone are told.
    time
        Column of dates and times, or text that means them: in ISO 8601 form, or all otherwise, as 26/03/2026 13:00.
        With time zones all are turned to UTC; without, they are taken as they stand. Times with and without a zone in
        one column are refused.
    order
        Column of numbers that orders a customer's events: where there is no time, or where times are tied.
        Give ``time``, ``order`` or both. Events still tied stay in the order of the input.
    unknown
        Customers that stand for nobody, such as ``["NA", 0]``: their events belong to no journey and are left out,
        which the log tells. A customer is not unknown because the id reads "NA".
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

    Warns
    -----
    UserWarning
        When one customer has far more events than the next, or ids look alike.

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
    unknown: Sequence[Any] = ()
    outcome: str | None = None
    value: str | None = None
    score: str | None = None
    segments: Sequence[str] = ()
    touchpoints: tuple[str, ...] = field(init=False)
    _events: engine.SortedEvents = field(init=False)
    _extras: pd.DataFrame = field(init=False)
    _customers: pd.DataFrame = field(init=False)
    _nobody: int = field(init=False)

    def __post_init__(self, events: Any) -> None:
        if self.time is None and self.order is None:
            raise OptionError(
                "a journey log needs to know what came first. Give time=, a column of dates and times, "
                "or order=, a column of numbers."
            )
        settle(self, {"segments": as_names(self.segments), "unknown": check_unknown(self.unknown)})
        frame = self._of_somebody(_read(events, self._roles()))
        customer, ids = _codes(frame[self.customer], "customer", "id")
        touchpoint, names = _codes(frame[self.touchpoint], "touchpoint", "name")
        self._tell_apart(frame, customer, ids, names)
        names = names.astype(str)
        self._refuse_edges(names)

        sorted_events, input_rows = self._sort(frame, customer, touchpoint)
        extras = self._extra_numbers(frame).iloc[input_rows]
        first_rows = input_rows[sorted_events.step == 1]
        customers = self._describe_customers(frame, customer, ids, first_rows)
        self._keep(sorted_events, names, extras, customers)

    def _roles(self) -> Roles:
        """Every column asked for, with its role."""
        columns = [(role, getattr(self, role)) for role in ROLES]
        given = [(role, column) for role, column in columns if column is not None]
        segments = [("segment", column) for column in self.segments]
        return given + segments

    def _of_somebody(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The events of customers who are known."""
        nobody = are_nobody(frame[self.customer], self.unknown)
        settle(self, {"_nobody": int(nobody.sum())})
        if nobody.all():
            raise ValuesError(
                f"every event is of an unknown customer: unknown={list(self.unknown)!r} names all ids in "
                f"{self.customer!r}. Name fewer."
            )
        return frame[~nobody]

    def _tell_apart(
        self,
        frame: pd.DataFrame,
        customer: Ints,
        ids: pd.Index[Any],
        names: pd.Index[Any],
    ) -> None:
        """Name what looks alike, ids that lost digits, and a customer with far more events than the next."""
        check_digits("customer", self.customer, frame[self.customer])
        check_look_alikes("customer", self.customer, ids, is_id=True)
        check_look_alikes("touchpoint", self.touchpoint, names)
        for column in self.segments:
            check_look_alikes("segment", column, frame[column].dropna().unique())
        events = np.bincount(customer)
        most = np.argsort(events, kind="stable")[:-3:-1]
        largest = [(ids[place], int(events[place])) for place in most]
        warn_of_one_for_many("customer", self.customer, largest, len(ids))

    def _refuse_edges(self, names: pd.Index[Any]) -> None:
        """Refuse a touchpoint that is called like an end of a journey."""
        for edge in (START, END):
            if edge in names:
                raise ValuesError(
                    f"touchpoint column {self.touchpoint!r} holds {edge!r}, which stands for an end of a journey in "
                    "tables of paths. Give that touchpoint another name, or drop its rows."
                )

    def _sort(self, frame: pd.DataFrame, customer: Ints, touchpoint: Ints) -> tuple[engine.SortedEvents, Ints]:
        """The events by customer, time and order, and the input row of each."""
        ticks: Ints | None = None
        per_second = 1
        if self.time is not None:
            ticks, per_second = _ticks(frame[self.time])
        order: NDArray[Any] | None = None
        if self.order is not None:
            order = _numbers(frame[self.order], "order", needed=True).to_numpy()
        return engine.sort_events(customer, touchpoint, ticks=ticks, order=order, per_second=per_second)

    def _extra_numbers(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The value and the score of each event, where such columns are given."""
        extras = {}
        if self.value:
            extras["value"] = _numbers(frame[self.value], "value")
        if self.score:
            extras["score"] = _numbers(frame[self.score], "score")
        return pd.DataFrame(extras, index=frame.index)

    def _describe_customers(
        self,
        frame: pd.DataFrame,
        customer: Ints,
        ids: pd.Index[Any],
        first_rows: Ints,
    ) -> pd.DataFrame:
        """One row a customer: the id, the outcome, and the segments by the row of the first event."""
        customers = pd.DataFrame({"customer": ids})
        if self.outcome is not None:
            outcome = _numbers(frame[self.outcome], "outcome", allowed=(0, 1))
            converting = customer[outcome == 1]
            conversions = np.bincount(converting, minlength=len(ids))
            customers["outcome"] = conversions > 0
        for column in self.segments:
            customers[column] = frame[column].iloc[first_rows].array
        return customers

    def _keep(
        self,
        events: engine.SortedEvents,
        names: pd.Index[Any],
        extras: pd.DataFrame,
        customers: pd.DataFrame,
    ) -> None:
        """Number the touchpoints in the order in which they are met, and hold on to everything."""
        first_steps = engine.first_steps(events)
        named = first_steps.assign(name=names[first_steps.index])
        in_order = named.sort_values(["median", "mean", "name"])
        codes = np.full(len(names), engine.EDGE)
        codes[in_order.index] = np.arange(len(in_order))
        settle(
            self,
            {
                "touchpoints": tuple(in_order["name"]),
                "_events": engine.rename(events, codes),
                "_extras": extras.reset_index(drop=True),
                "_customers": customers.reset_index(drop=True),
            },
        )

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
        events = self._events
        names = pd.Index(self.touchpoints)
        people = self._customers.iloc[events.customer].reset_index(drop=True)
        steps = pd.DataFrame(
            {
                "customer": people["customer"],
                "step": events.step,
                "touchpoint": pd.Categorical.from_codes(events.code, names),
                "next": pd.Categorical.from_codes(events.following, names),
                "gap_seconds": events.gap,
            }
        )
        outcome = people[["outcome"] if self.outcome else []]
        segments = people[list(self.segments)]
        return pd.concat([steps, outcome, self._extras, segments], axis=1)

    @property
    def customers(self) -> pd.DataFrame:
        """One row a customer: ``customer``, then, where given, ``outcome`` (bool) and the segment columns."""
        return self._customers.copy()

    @property
    def converted(self) -> Bools | None:
        """Whether each customer reached the outcome, in the order of :attr:`customers`; None without one."""
        if not self.outcome:
            return None
        return self._customers["outcome"].to_numpy(bool)

    def rows(self) -> engine.SortedEvents:
        """The sorted events as arrays; touchpoint codes count through :attr:`touchpoints`."""
        return self._events

    def where(self, segment: Segment | Mapping[str, Any]) -> JourneyLog:
        """The journeys of one segment, or of those who fit ``{column: condition}``.

        Raises
        ------
        OptionError, ValuesError
            When the segment asks for a column that is not among ``segments``, or nobody belongs to it.
        """
        segment = as_segment(segment, "where")
        self._check_segment(segment)
        keep = segment.mask(self._customers)
        if not keep.any():
            raise ValuesError(
                f"segment {segment.name!r} holds none of the {count(self.n)} customers. "
                "Compare its conditions with the values in .customers."
            )
        part = copy.copy(self)
        settle(part, {"_nobody": 0})
        part._keep(
            engine.take_customers(self._events, keep),
            pd.Index(self.touchpoints),
            self._extras[keep[self._events.customer]],
            self._customers[keep],
        )
        return part

    def _check_segment(self, segment: Segment) -> None:
        """Refuse a segment that asks for a column not among the log's segments."""
        if not self.segments:
            column = next(iter(segment.where))
            raise OptionError(
                f"segment {segment.name!r}: column {column!r} is not known here. Segments: none. "
                "Name the column in JourneyLog(..., segments=[...])."
            )
        check_known(f"segment {segment.name!r}: column", segment.where, self.segments, "Segments")

    def __repr__(self) -> str:
        text = f"{self._size_in_words()}; {self._length_in_words()}."
        if self._nobody:
            text = f"{text} Left out: {without_nobody(self._nobody, 'event', FEW)} of unknown customers."
        if self.converted is None:
            return text
        converted = int(self.converted.sum())
        share = percent(converted / self.n)
        return f"{text} {count(converted)} of {count(self.n)} reached the outcome, {self.outcome} ({share})."

    def _size_in_words(self) -> str:
        journeys = plural(self.n, "journey")
        events = plural(self.n_events, "event")
        touchpoints = plural(len(self.touchpoints), "touchpoint")
        return f"{journeys}, one per customer: {events} at {touchpoints}"

    def _length_in_words(self) -> str:
        last = self._events.following == engine.EDGE
        lengths = self._events.step[last]
        median = float(np.median(lengths))
        ending = "" if median == 1 else "s"
        return f"a journey has {median:g} event{ending} (median), the longest {count(lengths.max())}"

    def _repr_html_(self) -> str:
        reached = engine.drop_off(self._events).reached
        touchpoints = pd.DataFrame({"touchpoint": self.touchpoints, "journeys": reached})
        return card(str(self), touchpoints)


def _read(events: Any, roles: Roles) -> pd.DataFrame:
    """The events as a frame that has every column, and at least one row."""
    for role, column in roles:
        if role == "segment" and column in COLUMNS:
            raise ColumnError(
                f"segment column {column!r} has the name of a column of the sorted table. "
                f"Rename it; taken are: {listing(COLUMNS)}."
            )
    frame = read_table(events, _wanted(roles), "event file").frame
    check_jobs(roles, list(frame.columns))
    phases = column_of_phases(frame, {column for _, column in roles})
    if phases is not None:
        column, end = phases
        raise ValuesError(
            f"the events have rows for starts and ends, by column {column!r}, so that each would count twice. "
            f"Keep one kind: events[events[{column!r}] == {end!r}]."
        )
    if not len(frame):
        raise ValuesError(
            "the events have no rows. Give at least one event; check the filter or the file they come from."
        )
    return frame.reset_index(drop=True)  # messages tell rows by their number


def _wanted(roles: Roles) -> dict[str, Column]:
    """What each column is wanted as: ids, names and times as text; "NA" is a name, only an empty cell is missing."""
    columns = {}
    for role, column in roles:
        if role in ("customer", "touchpoint", "time"):
            columns[column] = Column("text", EMPTY_WORDS if role == "time" else ("",))
        elif role == "segment":
            columns.setdefault(column, Column("label"))
        else:
            columns[column] = Column("number", EMPTY_WORDS)
    return columns


def _codes(values: pd.Series[Any], role: str, expected: str) -> tuple[Ints, pd.Index[Any]]:
    """Whole numbers from 0 for the entries of a column, in order of appearance, and what they stand for."""
    codes, entries = pd.factorize(values)
    is_blank = entries.astype(str).str.strip() == ""
    blank = np.append(is_blank, True)  # the last entry stands for code -1, an empty cell
    _refuse(blank[codes], values, role, expected)
    return codes.astype(np.int64), entries


def _ticks(values: pd.Series[Any]) -> tuple[Ints, int]:
    """Times as whole numbers, and how many of them make a second."""
    check_moments(values, str(values.name))
    times = values
    if pd.api.types.is_numeric_dtype(values):  # pandas would take numbers for nanoseconds since 1970
        times = pd.Series(pd.NaT, values.index)
    elif not pd.api.types.is_datetime64_any_dtype(values):
        times = _read_times(values)
        if times.isna().all():
            times = _in_words(values)
    _refuse(times.isna(), values, "time", "date in ISO 8601 form")
    index = pd.DatetimeIndex(times)
    return index.asi8, TICKS_PER_SECOND[index.unit]


def _read_times(values: pd.Series[Any]) -> pd.Series[Any]:
    """Texts in ISO 8601 form as times, in UTC where they have zones; NaT where an entry is none."""
    are_texts = pd.api.types.infer_dtype(values, skipna=True) == "string"
    if are_texts:
        with suppress(ValueError):  # of several zones, or of zones and none
            return pd.to_datetime(values, format="ISO8601", errors="coerce")
    _refuse_mixed_zones(values)
    return pd.to_datetime(values, format="ISO8601", errors="coerce", utc=True)


def _in_words(values: pd.Series[Any]) -> pd.Series[Any]:
    """Texts such as "26/03/2026 13:00" as times; refused where nothing tells the day from the month."""
    words = list(dict.fromkeys(entry for entry in values if isinstance(entry, str)))
    dates = read_dates(words) if words else None
    is_plain = dates is not None and dates.grain == "day" and not any(has_zone(word) for word in words)
    if dates is None or not is_plain:
        return pd.Series(pd.NaT, values.index)
    if dates.others is not None:
        raise two_readings(words, dates, repr(values.name))
    return pd.to_datetime(values.map(dict(zip(words, dates.moments, strict=True))))


def _refuse_mixed_zones(values: pd.Series[Any]) -> None:
    """Refuse times of which some have a time zone and some have none: their order is not known."""
    stated = values.dropna()
    words = stated.astype(str)
    is_zoned = words.str.contains(ZONED).to_numpy(bool)
    is_time = pd.to_datetime(words, format="ISO8601", errors="coerce", utc=True).notna().to_numpy(bool)
    naive = np.flatnonzero(is_time & ~is_zoned)
    zoned = np.flatnonzero(is_time & is_zoned)
    if len(naive) and len(zoned):
        raise mixed_zones(f"time column {values.name!r}", stated.iloc[zoned[0]], stated.iloc[naive[0]])


def _numbers(
    values: pd.Series[Any],
    role: str,
    *,
    needed: bool = False,
    allowed: tuple[int, ...] = (),
) -> pd.Series[Any]:
    """Numbers, NaN where blank; anything else is refused, and so are blanks where numbers are needed."""
    refuse_spans(values, role, str(values.name))
    numbers = pd.to_numeric(values, errors="coerce")
    wrong = numbers.isna()
    expected = "number"
    if allowed:
        is_allowed = numbers.astype("Float64").isin(allowed)
        wrong = wrong | ~is_allowed
        expected = " or ".join(map(str, allowed))
    must_hold = values.notna() | needed
    _refuse(wrong & must_hold, values, role, expected)
    return numbers


def _refuse(wrong: Any, values: pd.Series[Any], role: str, expected: str) -> None:
    """Refuse a column for the entries that a mask marks."""
    positions = np.flatnonzero(wrong).tolist()
    if not positions:
        return
    entries = (f"row {values.index[position] + 1:,} ({values.iloc[position]})" for position in positions)
    shown = listing(entries, 5)
    raise ValuesError(
        f"{role} column {values.name!r} has no {expected} in {len(positions):,} of {plural(len(values), 'row')}: "
        f"{shown}. Rows are counted from 1, a header aside. Correct them, or drop them before."
    )
