"""Journeys: the planned way, and the log of what customers really did.

Events are read and checked here, once, and become one sorted table. Counting is done in
:mod:`cxlens.engine.journeys`, figures are made by the stages; neither belongs here.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, InitVar, dataclass, field
from datetime import timedelta
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.html import card
from cxlens.common.values import count, few, percent, plural
from cxlens.engine import journeys as engine
from cxlens.engine.entries import refuse_spans
from cxlens.engine.exact import check_digits
from cxlens.engine.roles import check_jobs
from cxlens.errors import ColumnError, OptionError, ValuesError, check_kind, check_known, check_option, listing
from cxlens.files.answers import EMPTY_WORDS, read_table
from cxlens.files.cells import Column
from cxlens.files.exports import column_of_phases
from cxlens.study.episodes import cuts_of, read_gap, under_way
from cxlens.study.identity import (
    are_nobody,
    check_look_alikes,
    check_unknown,
    one_for_many,
    warn_of_one_for_many,
    without_nobody,
)
from cxlens.study.lifecycle import settle
from cxlens.study.moments import read_moments, ticks_of
from cxlens.study.rolled_up import Level, places_in_words, places_of
from cxlens.study.segments import Segment, as_names, as_segment
from cxlens.study.touchpoints import TouchpointMap

FEW = 5  # events; fewer are not counted, since the number could give a person away
START, END = "(start)", "(end)"
ROLES = ("customer", "touchpoint", "time", "order", "outcome", "value", "score")
COLUMNS = (
    "customer", "episode", "step", "time", "touchpoint", "next", "gap_seconds", "outcome", "value", "score",
)  # fmt: skip

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
    """What customers met, in order: an event log, checked and sorted once.

    Each customer has one journey, unless ``ends_at`` or ``gap`` say where one ends and the next begins: then all that
    counts journeys counts these episodes.

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
    ends_at
        The touchpoint, or several, at which a journey ends, that event included: whatever the customer meets then
        belongs to a new one.
    gap
        The longest silence within a journey, such as "30 days", "12 hours" or a Timedelta: after a longer one a new
        journey starts. Needs ``time``. With ``ends_at`` too, a journey ends at whichever comes first.
    outcome
        Column of 0 and 1 (or false and true): a journey converted when any of its events has 1. Blank is 0.
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
        not what their column should hold, ``ends_at`` names a touchpoint that nobody met, ``gap`` is no span of time
        or has no clock, or the file cannot be read.

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

    Where a call ends a journey, so that what follows it is a new one:

    >>> more = pd.DataFrame({"who": ["a", "a"], "met": ["Web", "Call"], "nr": [4, 5]})
    >>> both = pd.concat([events, more])
    >>> log = cx.JourneyLog(both, customer="who", touchpoint="met", order="nr", ends_at="Call")
    >>> log
    3 journeys of 2 customers: 7 events at 3 touchpoints; a journey has 2 events (median), the longest 3.
    >>> log.table[["customer", "episode", "step", "touchpoint"]].tail(4)
      customer  episode  step touchpoint
    3        a        2     1        Web
    4        a        2     2       Call
    5        b        1     1        Web
    6        b        1     2       Call
    """

    events: InitVar[Any]
    _: KW_ONLY
    customer: str
    touchpoint: str
    time: str | None = None
    order: str | None = None
    unknown: Sequence[Any] = ()
    ends_at: Sequence[str] = ()
    gap: str | timedelta | None = None
    outcome: str | None = None
    value: str | None = None
    score: str | None = None
    segments: Sequence[str] = ()
    touchpoints: tuple[str, ...] = field(init=False)
    _events: engine.SortedEvents = field(init=False)
    _extras: pd.DataFrame = field(init=False)
    _journeys: pd.DataFrame = field(init=False)
    _nobody: int = field(init=False)
    _level: Level | Literal["touchpoint"] = field(init=False)

    def __post_init__(self, events: Any) -> None:
        if self.time is None and self.order is None:
            raise OptionError(
                "a journey log needs to know what came first. Give time=, a column of dates and times, "
                "or order=, a column of numbers."
            )
        settle(
            self,
            {
                "segments": as_names(self.segments),
                "unknown": check_unknown(self.unknown),
                "ends_at": as_names(self.ends_at),
                "gap": read_gap(self.gap, self.time),
                "_level": "touchpoint",
            },
        )
        frame = self._of_somebody(_read(events, self._roles()))
        customer, ids = _codes(frame[self.customer], "customer", "id")
        touchpoint, names = _codes(frame[self.touchpoint], "touchpoint", "name")
        self._tell_apart(frame, customer, ids, names)
        names = names.astype(str)
        _refuse_edges(names, f"touchpoint column {self.touchpoint!r}", "that touchpoint another name, or drop its rows")

        extras = self._extra_columns(frame)
        sorted_events, input_rows = self._sort(frame, extras, customer, touchpoint, names)
        extras = extras.iloc[input_rows]
        is_start = sorted_events.step == 1
        journeys = self._describe_journeys(sorted_events, frame.iloc[input_rows[is_start]], ids, extras)
        self._keep(sorted_events, names, extras, journeys)

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
        warn_of_one_for_many("customer", self.customer, _largest(np.bincount(customer), ids), len(ids))

    def _sort(
        self,
        frame: pd.DataFrame,
        extras: pd.DataFrame,
        customer: Ints,
        touchpoint: Ints,
        names: pd.Index[Any],
    ) -> tuple[engine.SortedEvents, Ints]:
        """The events by customer, time and order, and the input row of each."""
        ticks: Ints | None = None
        per_second = 1
        if self.time is not None:
            ticks, per_second = ticks_of(pd.DatetimeIndex(extras["time"]))
        order: NDArray[Any] | None = None
        if self.order is not None:
            order = _numbers(frame[self.order], "order", needed=True).to_numpy()
        return engine.sort_events(
            customer,
            touchpoint,
            ticks=ticks,
            order=order,
            per_second=per_second,
            cuts=cuts_of(tuple(self.ends_at), self._longest_gap, names),
        )

    @property
    def _longest_gap(self) -> pd.Timedelta | None:
        """The longest silence within a journey, as it was read."""
        return None if self.gap is None else pd.Timedelta(self.gap)

    def _extra_columns(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The time, whether the outcome is reached, the value and the score of each event, where these are given."""
        extras: dict[str, Any] = {}
        if self.time is not None:
            moments = read_moments(frame[self.time])
            _refuse(moments.isna(), frame[self.time], "time", "date in ISO 8601 form")
            extras["time"] = moments
        if self.outcome is not None:
            extras["reached"] = (_numbers(frame[self.outcome], "outcome", allowed=(0, 1)) == 1).to_numpy(bool)
        if self.value:
            extras["value"] = _numbers(frame[self.value], "value").to_numpy()
        if self.score:
            extras["score"] = _numbers(frame[self.score], "score").to_numpy()
        return pd.DataFrame(extras, index=frame.index)

    def _describe_journeys(
        self,
        events: engine.SortedEvents,
        firsts: pd.DataFrame,
        ids: pd.Index[Any],
        extras: pd.DataFrame,
    ) -> pd.DataFrame:
        """One row a journey: the customer, its number, the outcome, and the segments by the customer's first event."""
        journeys = pd.DataFrame({"customer": ids[events.owner], "episode": events.episode})
        if self.outcome is not None:
            journeys["outcome"] = _any_in_journey(events, extras["reached"].to_numpy(bool))
        is_first = journeys["episode"] == 1
        first_rows = np.flatnonzero(is_first)[events.owner]
        for column in self.segments:
            journeys[column] = firsts[column].iloc[first_rows].array
        return journeys

    def _keep(
        self,
        events: engine.SortedEvents,
        names: pd.Index[Any],
        extras: pd.DataFrame,
        journeys: pd.DataFrame,
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
                "_journeys": journeys.reset_index(drop=True),
            },
        )

    @property
    def n(self) -> int:
        """Number of journeys."""
        return self._events.n_journeys

    @property
    def n_customers(self) -> int:
        """Number of customers, each with one journey or more."""
        return self._events.n_customers

    @property
    def n_events(self) -> int:
        """Number of events."""
        return len(self._events)

    @property
    def table(self) -> pd.DataFrame:
        """The sorted table, one row an event.

        Columns: ``customer``; ``episode``, the journey's number within the customer, from 1; ``step`` within it, from
        1; with a clock ``time`` (in UTC where it has a zone); ``touchpoint``; ``next``, the touchpoint of the next
        step, missing at the end of a journey; ``gap_seconds`` until then, missing at the end or without times; then,
        where given, ``outcome`` (whether the journey converted), ``value``, ``score`` and the segment columns.
        """
        events = self._events
        names = pd.Index(self.touchpoints)
        journeys = self._journeys.iloc[events.journey].reset_index(drop=True)
        steps = pd.DataFrame(
            {
                "step": events.step,
                **self._extras[self._extras.columns.intersection(["time"])],
                "touchpoint": pd.Categorical.from_codes(events.code, names),
                "next": pd.Categorical.from_codes(events.following, names),
                "gap_seconds": events.gap,
            }
        )
        outcome = journeys[["outcome"] if self.outcome else []]
        numbers = self._extras[self._extras.columns.intersection(["value", "score"], sort=False)]
        whose = journeys[["customer", "episode"]]
        segments = journeys[list(self.segments)]
        return pd.concat([whose, steps, outcome, numbers, segments], axis=1)

    @property
    def customers(self) -> pd.DataFrame:
        """One row a customer: ``customer``, then, where given, ``outcome`` (of any journey) and the segment columns."""
        journeys = self._journeys
        customers = journeys[journeys["episode"] == 1].drop(columns="episode").reset_index(drop=True)
        if self.outcome:
            conversions = np.bincount(self._events.owner, weights=journeys["outcome"])
            customers["outcome"] = conversions > 0
        return customers

    @property
    def episodes(self) -> pd.DataFrame:
        """One row a journey: ``customer``, ``episode`` (its number within the customer, from 1) and ``n`` events.

        With a clock ``start``, ``end`` and ``open`` follow: whether it is the last of its customer, who was silent for
        less long, when the log ends, than it takes until fewer than 5 in 100 come back; then, where given, ``outcome``
        (bool) and the segment columns.
        """
        events = self._events
        columns: dict[str, Any] = {"n": np.bincount(events.journey)}
        open_journeys = self.open_journeys()
        if open_journeys is not None:
            columns["start"] = self._extras["time"].array[events.step == 1]
            columns["end"] = self._extras["time"].array[events.following == engine.EDGE]
            columns["open"] = open_journeys
        names = ["customer", "episode"]
        described = self._journeys.drop(columns=names)
        return pd.concat([self._journeys[names], pd.DataFrame(columns), described], axis=1)

    @property
    def converted(self) -> Bools | None:
        """Whether each journey reached the outcome, in the order of :attr:`episodes`; None without one."""
        if not self.outcome:
            return None
        return self._journeys["outcome"].to_numpy(bool)

    def open_journeys(self, ends: Sequence[str] = ()) -> Bools | None:
        """Whether each journey may still go on, in the order of :attr:`episodes`; None without a clock.

        A journey is over that has the outcome, ended where ``ends_at`` says or at one of ``ends``, or whose customer
        started a new one. Any other is open as long as its customer was silent for no longer than ``gap``, and as at
        least 5 in 100 come back after a silence as long: see :func:`cxlens.stats.silence.longest_wait`.
        """
        codes = [self.touchpoints.index(name) for name in ends if name in self.touchpoints]
        return under_way(self._events, self.converted, self._longest_gap, np.array(codes, np.int64))

    def rows(self) -> engine.SortedEvents:
        """The sorted events as arrays; touchpoint codes count through :attr:`touchpoints`."""
        return self._events

    def details(self) -> pd.DataFrame:
        """One row an event, in the order of :meth:`rows`: ``time``, ``reached`` (the outcome), ``value``, ``score``."""
        return self._extras

    def where(self, segment: Segment | Mapping[str, Any]) -> JourneyLog:
        """The journeys of one segment, or of those who fit ``{column: condition}``.

        Raises
        ------
        OptionError, ValuesError
            When the segment asks for a column that is not among ``segments``, or nobody belongs to it.
        """
        segment = as_segment(segment, "where")
        self._check_segment(segment)
        keep = segment.mask(self._journeys)
        if not keep.any():
            raise ValuesError(
                f"segment {segment.name!r} holds none of the {count(self.n_customers)} customers. "
                "Compare its conditions with the values in .customers."
            )
        part = copy.copy(self)
        settle(part, {"_nobody": 0})
        part._keep(
            engine.take_journeys(self._events, keep),
            pd.Index(self.touchpoints),
            self._extras[keep[self._events.journey]],
            self._journeys[keep],
        )
        return part

    def by(self, touchpoint_map: TouchpointMap, level: Level) -> JourneyLog:
        """The same journeys by the stage, phase, channel or process of each touchpoint, as the map says.

        Every event stays, so that counts and sums reconcile: a stage met twice in a row is there twice. Where
        journeys end and begin stays as it was.

        Parameters
        ----------
        touchpoint_map
            A map that has every touchpoint of the log.
        level
            ``"stage"``, ``"phase"`` (of the stage), ``"channel"`` or ``"process"``.

        Returns
        -------
        JourneyLog
            A log whose touchpoints are the stages, phases, channels or processes.

        Raises
        ------
        OptionError
            When the map does not have a touchpoint, or says nothing of it on this level; each is named, with the
            nearest one that the map has.

        Examples
        --------
        >>> import pandas as pd
        >>> import cxlens as cx
        >>> events = pd.DataFrame({"who": list("aab"), "met": ["Web", "Desk", "Web"], "nr": [1, 2, 1]})
        >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
        >>> stages = cx.Lifecycle(["before", "there"])
        >>> web, desk = cx.Touchpoint("Web", stage="before"), cx.Touchpoint("Desk", stage="there")
        >>> log.by(cx.TouchpointMap([web, desk], stages), "stage")
        2 journeys, one per customer: 3 events at 2 stages; a journey has 1.5 events (median), the longest 2.
        """
        check_kind("JourneyLog.by", touchpoint_map, TouchpointMap, "cx.TouchpointMap(touchpoints, lifecycle)")
        check_option("level", level, Level)
        codes, names = pd.factorize(np.array(places_of(self.touchpoints, touchpoint_map, level), object))
        _refuse_edges(names, "the map", f"that {level} another name")
        rolled_up = copy.copy(self)
        settle(rolled_up, {"_level": level})
        events = engine.rename(self._events, codes)
        rolled_up._keep(events, pd.Index(names), self._extras, self._journeys)
        return rolled_up

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
        return " ".join([self._in_words(), *self._warnings()])

    def _in_words(self) -> str:
        """How large the log is, who is left out, and how many reached the outcome."""
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
        whose = ", one per customer"
        if self.n > self.n_customers:
            whose = f" of {plural(self.n_customers, 'customer')}"
        events = plural(self.n_events, "event")
        return f"{journeys}{whose}: {events} at {places_in_words(len(self.touchpoints), self._level)}"

    def _length_in_words(self) -> str:
        last = self._events.following == engine.EDGE
        lengths = self._events.step[last]
        median = float(np.median(lengths))
        ending = "" if median == 1 else "s"
        return f"a journey has {median:g} event{ending} (median), the longest {count(lengths.max())}"

    def _warnings(self) -> list[str]:
        """What is to be known before figures are read; counts of a few are not told."""
        events = self._events
        ids = self._journeys["customer"][events.episode == 1].to_numpy()
        largest = _largest(np.bincount(events.owner[events.journey]), ids)
        said = [one_for_many("customer", self.customer, largest, len(ids))]
        going_on = self._going_on()
        if going_on:
            customers = f"{few(going_on)} customers go on".capitalize()
            said.append(f"{customers} after the outcome: ends_at= or gap= may start a new journey there.")
        open_journeys = self.open_journeys()
        if open_journeys is not None and open_journeys.any():
            journeys = f"{few(int(open_journeys.sum()))} journeys are open".capitalize()
            said.append(f"{journeys}: they may go on.")
        return list(filter(None, said))

    def _going_on(self) -> int:
        """How many customers met more after the outcome in one and the same journey."""
        if not self.outcome:
            return 0
        events = self._events
        more_follows = self._extras["reached"].to_numpy(bool) & (events.following != engine.EDGE)
        return len(np.unique(events.owner[events.journey[more_follows]]))

    def _repr_html_(self) -> str:
        reached = engine.drop_off(self._events).reached
        touchpoints = pd.DataFrame({self._level: self.touchpoints, "journeys": reached})
        return card(self._in_words(), touchpoints, " ".join(self._warnings()))


def _largest(events: Ints, ids: Any) -> list[tuple[Any, int]]:
    """The two customers of most events, with their numbers of events."""
    most = np.argsort(events, kind="stable")[:-3:-1]
    return [(ids[place], int(events[place])) for place in most]


def _any_in_journey(events: engine.SortedEvents, flags: Bools) -> Bools:
    """(journeys,) whether any event of a journey is flagged."""
    flagged = np.bincount(events.journey[flags], minlength=events.n_journeys)
    return flagged > 0


def _refuse_edges(names: Any, where: str, advice: str) -> None:
    """Refuse a touchpoint, or what it is rolled up to, that is called like an end of a journey."""
    for edge in (START, END):
        if edge in names:
            raise ValuesError(
                f"{where} holds {edge!r}, which stands for an end of a journey in tables of paths. Give {advice}."
            )


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
