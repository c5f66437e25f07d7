"""Journeys: the planned way, and the log of what customers really did.

Events are read and checked here, once, and become one sorted table. Counting is done in
:mod:`cxlens.engine.journeys`, figures are made by the stages; neither belongs here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import KW_ONLY, InitVar, dataclass, field
from datetime import timedelta
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import check_fields, misfits_told
from cxlens.common.html import card
from cxlens.common.small_cells import reason
from cxlens.common.values import count, few, plural
from cxlens.engine import journeys as engine
from cxlens.engine.exact import check_digits
from cxlens.engine.spark import SparkRows, is_spark
from cxlens.engine.stored_journeys import StoredEvents
from cxlens.errors import OptionError, ValuesError, check_kind, check_known, check_option
from cxlens.study.episodes import cuts_of, read_gap, under_way
from cxlens.study.event_rows import (
    EventRows,
    codes_of,
    names_of_columns,
    numbers_of,
    read_rows,
    refuse,
    warn_of_phases,
)
from cxlens.study.event_store import LARGE, Details, StoredLog, sort_stored, source_of, stored_log
from cxlens.study.identity import (
    are_nobody,
    check_look_alikes,
    check_unknown,
    one_for_many,
    warn_of_one_for_many,
    without_nobody,
)
from cxlens.study.lifecycle import settle
from cxlens.study.log_card import journeys_met, outcome_in_words
from cxlens.study.many_names import check_few_touchpoints, too_many_told, warn_of_many
from cxlens.study.moments import read_moments, ticks_of
from cxlens.study.phases import Phases, extras_of, join, joined_told, read_phases
from cxlens.study.rolled_up import Level, places_in_words, places_of
from cxlens.study.segments import Segment, as_names, as_segment, names_in_order
from cxlens.study.touchpoints import TouchpointMap

FEW = 5  # events; fewer are not counted, since the number could give a person away
START, END = "(start)", "(end)"
ROLES = ("customer", "touchpoint", "time", "order", "lifecycle", "outcome", "value", "score")

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Found = TypeVar("Found")


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
        names = names_in_order(f"journey {self.name!r}: touchpoints", self.touchpoints)
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
        One row an event: whatever :class:`Survey` takes, or a log in XES (.xes, .xes.gz). In a file of text or a
        workbook customers and touchpoints are text: "007" and "NA" are ids, only an empty cell is missing. A million
        events and more are sorted in DuckDB, which uses the disk where memory is short; those in Parquet files, or in a
        table of DuckDB, Ibis or Spark, are not read into memory where their times are times and their numbers numbers.
        Of a table of Spark the columns named are brought here, a partition at a time.
    customer, touchpoint
        Columns that say who met what. Touchpoints are shown as text. Entries that look alike ("Web" and "web ", 1 and
        "1") are refused, ids that differ by capitals alone are told. Left out both, they are ``case:concept:name`` and
        ``concept:name``, the names of XES and pm4py; then ``time`` and ``lifecycle``, left out, are ``time:timestamp``
        and ``lifecycle:transition`` where these are there.
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
    lifecycle
        Column that says of each row whether it is the start of a task or its end (in words such as start and complete):
        the two rows of a task become one event with a duration, at the time of its start. Which belong together:
        :func:`cxlens.study.phases.join`. Needs ``time``. Rows of other phases, such as suspend, are left out, and told.
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
        When one customer has far more events than the next, ids look alike, there are more than 2,000 touchpoints, or
        rows for starts and ends of tasks are not joined by ``lifecycle``.

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
    customer: str = ""
    touchpoint: str = ""
    time: str | None = None
    order: str | None = None
    unknown: Sequence[Any] = ()
    ends_at: Sequence[str] = ()
    gap: str | timedelta | None = None
    lifecycle: str | None = None
    outcome: str | None = None
    value: str | None = None
    score: str | None = None
    segments: Sequence[str] = ()
    touchpoints: tuple[str, ...] = field(init=False)
    _events: engine.SortedEvents = field(init=False)
    _extras: pd.DataFrame | Details = field(init=False)
    _journeys: pd.DataFrame = field(init=False)
    _open: dict[tuple[int, ...], Bools | None] = field(init=False)
    _kept: dict[Hashable, Any] = field(init=False)
    _nobody: int = field(init=False)
    _phases_told: str = field(init=False)
    _level: Level | Literal["touchpoint"] = field(init=False)

    def __post_init__(self, events: Any) -> None:
        self._settle_arguments()
        if is_spark(events):
            events = self._of_spark(events)
        stored = self._stored(events)
        if stored is not None:
            self._tell_apart(stored.ids, stored.names, stored.entries, stored.events_of_customers)
            self._take(stored)
            return
        rows = self._read(events)
        self._tell_apart(rows.ids, rows.names, rows.entries(self.segments), np.bincount(rows.customer))
        self._sort(rows)

    def _settle_arguments(self) -> None:
        """The arguments as they are kept, before anything is read."""
        check_fields(self, ["customer", "touchpoint", "lifecycle"])
        settle(
            self,
            {
                "segments": as_names(self.segments),
                "unknown": check_unknown(self.unknown),
                "ends_at": as_names(self.ends_at),
                "_level": "touchpoint",
                "_phases_told": "",
            },
        )

    def _of_spark(self, events: Any) -> SparkRows:
        """The columns that a table of Spark has of those that are asked for; all, but no row, where one is missing."""
        asked = [*self._named.values(), *self.segments]
        is_there = set(asked) <= set(events.columns)
        if self.customer and not is_there:
            return SparkRows.of(events.limit(0), events.columns)
        return SparkRows.of(events, asked)

    def _stored(self, events: Any) -> StoredLog | None:
        """The events as DuckDB keeps them, where they are many and can stay as they stand; else None."""
        named = self._named
        source = source_of(events, named, tuple(self.segments))
        if source is None or self.lifecycle is not None:
            return None
        named = {role: column for role, column in named.items() if column in source.schema.names}
        settle(self, {"gap": read_gap(self.gap, named.get("time"))})
        stored = stored_log(source, named, tuple(self.segments), tuple(self.unknown), self._cuts)
        if stored is None:
            return None
        settle(self, {**named, "_nobody": stored.of_nobody})
        asked = {*named.values(), *self.segments}
        settle(self, {"_phases_told": warn_of_phases(events, pd.DataFrame(), asked)})
        return stored

    @property
    def _named(self) -> dict[str, str]:
        """The column of each role, those of XES where none is named."""
        return names_of_columns({role: getattr(self, role) for role in ROLES})

    def _read(self, events: Any) -> EventRows:
        """The rows of events in memory, and the columns that nobody named written down."""
        named = self._named
        frame = read_rows(events, named, tuple(self.segments), is_standard=not self.customer)
        settle(self, {role: column for role, column in named.items() if column in frame.columns})
        if self.lifecycle is None:
            asked = {*named.values(), *self.segments}
            settle(self, {"_phases_told": warn_of_phases(events, frame, asked)})
        settle(self, {"gap": read_gap(self.gap, self.time)})
        frame = self._of_somebody(frame)
        frame, phases, n_aside = self._of_tasks(frame)
        check_digits("customer", self.customer, frame[self.customer])
        customer, ids = codes_of(frame[self.customer], "customer", "id")
        touchpoint, names = codes_of(frame[self.touchpoint], "touchpoint", "name")
        return EventRows(frame, customer, touchpoint, ids, names, phases, n_aside)

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

    def _of_tasks(self, frame: pd.DataFrame) -> tuple[pd.DataFrame, Phases | None, int]:
        """The rows that are starts and ends of tasks, what each is, and how many were left out; else all, and None."""
        if self.lifecycle is None:
            return frame, None, 0
        phases, is_aside = read_phases(frame[self.lifecycle])
        return frame[~is_aside], phases, int(is_aside.sum())

    def _tell_apart(
        self,
        ids: pd.Index[Any],
        names: pd.Index[Any],
        entries: Mapping[str, Any],
        events_of_customers: Ints,
    ) -> None:
        """Name what looks alike, and a customer with far more events than the next."""
        check_look_alikes("customer", self.customer, ids, is_id=True)
        check_look_alikes("touchpoint", self.touchpoint, names)
        for column in self.segments:
            check_look_alikes("segment", column, entries[column])
        warn_of_one_for_many("customer", self.customer, _largest(events_of_customers, ids), len(ids))
        touchpoints = names.astype(str)
        warn_of_many(self.touchpoint, touchpoints.tolist())
        where = f"touchpoint column {self.touchpoint!r}"
        _refuse_edges(touchpoints, where, "that touchpoint another name, or drop its rows")

    def _take(self, stored: StoredLog) -> None:
        """Keep events that DuckDB has sorted."""
        journeys = self._describe_journeys(stored.events, stored.ids, stored.converted, stored.labels)
        self._keep(stored.events, stored.names, stored.details, journeys)

    def _sort(self, rows: EventRows) -> None:
        """Sort rows in memory, and keep them."""
        frame, customer, touchpoint = rows.frame, rows.customer, rows.touchpoint
        extras = self._extra_columns(frame)
        if rows.phases is not None:
            ticks, per_second = ticks_of(pd.DatetimeIndex(extras["time"]))
            joined = join(customer, touchpoint, ticks, per_second, rows.phases)
            settle(self, {"_phases_told": joined_told(joined, rows.n_aside)})
            extras = extras_of(extras, joined)
            frame, customer, touchpoint = frame.iloc[joined.rows], customer[joined.rows], touchpoint[joined.rows]
        names = rows.names.astype(str)
        events, input_rows = self._in_order(frame, extras, customer, touchpoint, names)
        extras = extras.iloc[input_rows].reset_index(drop=True)
        is_first = np.append(True, np.diff(events.owner[events.journey]) != 0)
        first_rows = input_rows[is_first]
        labels = frame[list(self.segments)].iloc[first_rows]
        converted = None
        if self.outcome is not None:
            converted = engine.any_in_journey(events, extras["reached"].to_numpy(bool))
        journeys = self._describe_journeys(events, rows.ids, converted, labels)
        self._keep(events, names, extras, journeys)

    def _in_order(
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
            order = numbers_of(frame[self.order], "order", needed=True).to_numpy()
        sort = sort_stored if len(frame) >= LARGE else engine.sort_events
        return sort(
            customer,
            touchpoint,
            ticks=ticks,
            order=order,
            per_second=per_second,
            cuts=self._cuts(names),
        )

    def _cuts(self, names: pd.Index[Any]) -> engine.Cuts:
        """Where journeys end, of the names of the touchpoints."""
        return cuts_of(tuple(self.ends_at), self._longest_gap, names)

    @property
    def _longest_gap(self) -> pd.Timedelta | None:
        """The longest silence within a journey, as it was read."""
        return None if self.gap is None else pd.Timedelta(self.gap)

    def _extra_columns(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The time, whether the outcome is reached, the value and the score of each event, where these are given."""
        extras: dict[str, Any] = {}
        if self.time is not None:
            moments = read_moments(frame[self.time])
            refuse(moments.isna(), frame[self.time], "time", "date in ISO 8601 form")
            extras["time"] = moments
        if self.outcome is not None:
            extras["reached"] = (numbers_of(frame[self.outcome], "outcome", allowed=(0, 1)) == 1).to_numpy(bool)
        if self.value:
            extras["value"] = numbers_of(frame[self.value], "value").to_numpy()
        if self.score:
            extras["score"] = numbers_of(frame[self.score], "score").to_numpy()
        return pd.DataFrame(extras, index=frame.index)

    def _describe_journeys(
        self,
        events: engine.SortedEvents,
        ids: pd.Index[Any],
        converted: Bools | None,
        labels: pd.DataFrame,
    ) -> pd.DataFrame:
        """One row a journey: the customer, its number, the outcome, and the labels of the customer."""
        journeys = pd.DataFrame({"customer": ids[events.owner], "episode": events.episode})
        if converted is not None:
            journeys["outcome"] = converted
        for column in self.segments:
            journeys[column] = labels[column].iloc[events.owner].array
        return journeys

    def _keep(
        self,
        events: engine.SortedEvents,
        names: pd.Index[Any],
        extras: pd.DataFrame | Details,
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
                "_extras": extras,
                "_open": {},
                "_kept": {},
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
        step, missing at the end of a journey; ``gap_seconds`` until then, missing at the end or without times; with
        ``lifecycle`` ``duration_seconds``, missing where a task has a start or an end alone; then, where given,
        ``outcome`` (whether the journey converted), ``value``, ``score`` and the segment columns.
        """
        events = self._events
        details = self.details()
        names = pd.Index(self.touchpoints)
        journeys = self._journeys.iloc[events.journey].reset_index(drop=True)
        steps = pd.DataFrame(
            {
                "step": events.step,
                **details[details.columns.intersection(["time"])],
                "touchpoint": pd.Categorical.from_codes(events.code, names),
                "next": pd.Categorical.from_codes(events.following, names),
                "gap_seconds": events.gap,
                **details[details.columns.intersection(["duration"])].add_suffix("_seconds"),
            }
        )
        outcome = journeys[["outcome"] if self.outcome else []]
        numbers = details[details.columns.intersection(["value", "score"], sort=False)]
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
        columns: dict[str, Any] = {"n": events.lengths}
        open_journeys = self.open_journeys()
        if open_journeys is not None:
            times = self.detail("time").array
            last = np.cumsum(events.lengths)
            columns["start"] = times[last - events.lengths]
            columns["end"] = times[last - 1]
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
        codes = tuple(sorted({self.touchpoints.index(name) for name in ends if name in self.touchpoints}))
        if codes not in self._open:
            is_open = under_way(self._events, self.converted, self._longest_gap, np.array(codes, np.int64))
            if is_open is not None:
                is_open.flags.writeable = False  # every figure looks at the same ones
            self._open[codes] = is_open
        return self._open[codes]

    def once(self, key: Hashable, find: Callable[[], Found]) -> Found:
        """What takes long to find of these journeys, and is found once."""
        if key not in self._kept:
            self._kept[key] = find()
        found: Found = self._kept[key]
        return found

    def rows(self) -> engine.SortedEvents:
        """The sorted events as arrays; touchpoint codes count through :attr:`touchpoints`."""
        return self._events

    def details(self) -> pd.DataFrame:
        """One row an event, in the order of :meth:`rows`, where given: ``time``, ``reached``, ``value``, ``score``.

        ``reached`` is the outcome; with ``lifecycle`` ``duration`` follows, in seconds.
        """
        return self._extras.frame() if isinstance(self._extras, Details) else self._extras

    def detail(self, name: str) -> pd.Series[Any]:
        """One column of :meth:`details`, the others left where they are."""
        if isinstance(self._extras, Details):
            return pd.Series(self._extras.column(name))
        return self._extras[name]

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
        events = engine.take_journeys(self._events, keep)
        part = copy.copy(self)
        settle(part, {"_nobody": 0, "_phases_told": "" if self.lifecycle else self._phases_told})
        part._keep(
            events,
            pd.Index(self.touchpoints),
            self._details_of(events, keep),
            self._journeys[keep],
        )
        return part

    def _details_of(self, events: engine.SortedEvents, keep: Bools) -> pd.DataFrame | Details:
        """Of some journeys: those that are kept."""
        if isinstance(self._extras, Details) and isinstance(events, StoredEvents):
            return self._extras.of(events)
        return self.details()[keep[self._events.journey]].reset_index(drop=True)

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
        return f"{text} {outcome_in_words(self._events, self.converted, str(self.outcome))}"

    def _size_in_words(self) -> str:
        journeys = plural(self.n, "journey")
        whose = ", one per customer"
        if self.n > self.n_customers:
            whose = f" of {plural(self.n_customers, 'customer')}"
        events = plural(self.n_events, "event")
        return f"{journeys}{whose}: {events} at {places_in_words(len(self.touchpoints), self._level)}"

    def _length_in_words(self) -> str:
        lengths = self._events.lengths
        median = float(np.median(lengths))
        ending = "" if median == 1 else "s"
        return f"a journey has {median:g} event{ending} (median), the longest {count(lengths.max())}"

    def _warnings(self) -> list[str]:
        """What is to be known before figures are read; counts of a few are not told."""
        events = self._events
        ids = self._journeys["customer"][events.episode == 1].to_numpy()
        largest = _largest(events.events_of_customers, ids)
        many = too_many_told(self.touchpoint, self.touchpoints) if self._level == "touchpoint" else ""
        said = [self._phases_told, one_for_many("customer", self.customer, largest, len(ids)), many]
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
        more_follows = self.detail("reached").to_numpy(bool) & (events.following != engine.EDGE)
        return len(np.unique(events.owner[events.journey[more_follows]]))

    def _repr_html_(self) -> str:
        met = journeys_met(self._events)
        touchpoints = pd.DataFrame({self._level: self.touchpoints, "journeys": met})
        notes = self._warnings()
        if met.isna().any():
            notes.append(f"Missing: {reason(FEW, of='journeys', of_total=True)}.")
        return card(self._in_words(), touchpoints, " ".join(notes))


def _largest(events: Ints, ids: Any) -> list[tuple[Any, int]]:
    """The two customers of most events, with their numbers of events."""
    most = np.argsort(events, kind="stable")[:-3:-1]
    return [(ids[place], int(events[place])) for place in most]


def _refuse_edges(names: Any, where: str, advice: str) -> None:
    """Refuse a touchpoint, or what it is rolled up to, that is called like an end of a journey."""
    for edge in (START, END):
        if edge in names:
            raise ValuesError(
                f"{where} holds {edge!r}, which stands for an end of a journey in tables of paths. Give {advice}."
            )


def check_log(verb: str, log: object, *, column: str = "time", told_apart: bool = True) -> None:
    """Refuse what is no log, and a log of more touchpoints than figures tell apart.

    Parameters
    ----------
    verb
        Whose argument it is.
    log
        What was given.
    column
        What the verb needs of a log, beside customers and touchpoints.
    told_apart
        Whether the verb tells its touchpoints apart.

    Raises
    ------
    OptionError
        ``paths works on a JourneyLog, not on a DataFrame. Make one: cx.JourneyLog(events, customer=..., ...).``
    ValuesError
        ``paths: touchpoint column 'page' has 10,000 names; figures tell at most 2,000 apart. ...``
    """
    check_kind(verb, log, JourneyLog, f"cx.JourneyLog(events, customer=..., touchpoint=..., {column}=...)")
    if told_apart and isinstance(log, JourneyLog):
        check_few_touchpoints(verb, log.touchpoint, log.touchpoints)
