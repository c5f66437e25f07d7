"""Events that stay in DuckDB: which may, and what a log has to know of them.

Where entries are not what they should be, the events are read into memory, where each faulty row is told by its number:
:mod:`cxlens.study.event_rows`. Sorting is done in :mod:`cxlens.engine.stored_journeys`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.event_source import EventSource, of_files, of_table
from cxlens.engine.exact import exact_frame
from cxlens.engine.journeys import Cuts
from cxlens.engine.parquet import ParquetFiles
from cxlens.engine.stored_journeys import FaultyRowsError, Rows, StoredEvents, opened, store
from cxlens.files.places import files_of, kind_of
from cxlens.study.event_rows import THING

LARGE = 1_000_000  # events: fewer are sorted in memory
UNITS = {10**6: "us", 10**9: "ns"}


@dataclass(frozen=True, eq=False)
class Details:
    """What is known of each event beside its touchpoint, read when it is asked for.

    ``unit`` and ``zone`` are those of the times, ``whole`` the names of numbers that were whole ones.
    """

    events: StoredEvents
    extras: tuple[str, ...]
    unit: Literal["s", "ms", "us", "ns"] | None
    zone: str | None
    whole: frozenset[str]

    def frame(self) -> pd.DataFrame:
        """One row an event."""
        names = [] if self.unit is None else ["time"]
        return pd.DataFrame({name: self.column(name) for name in [*names, *self.extras]})

    def column(self, name: str) -> Any:
        """One of them alone."""
        if name != "time":
            return self._extra(name)
        moments = self.events.extra("moment").view(f"M8[{UNITS[int(self.events.per_second or 1)]}]")
        times = pd.DatetimeIndex(moments).as_unit(self.unit or "ns")
        return times if self.zone is None else times.tz_localize("UTC")

    def of(self, events: StoredEvents) -> Details:
        """The same of a part of the events."""
        return replace(self, events=events)

    def _extra(self, name: str) -> Any:
        """One of the extras, as whole numbers where these were given without a blank."""
        values = self.events.extra(name)
        if name in self.whole and not np.isnan(values).any():
            return values.astype(np.int64)
        return values


@dataclass(frozen=True, eq=False)
class StoredLog:
    """A log as it was read: ids and labels have one entry a customer, converted one a journey.

    ``labels`` has the columns of the segments; ``entries`` all entries of each of them.
    """

    events: StoredEvents
    details: Details
    names: pd.Index[Any]
    ids: pd.Index[Any]
    labels: pd.DataFrame
    entries: Mapping[str, pd.Series[Any]]
    converted: NDArray[np.bool_] | None
    of_nobody: int

    @property
    def events_of_customers(self) -> NDArray[np.int64]:
        """(customers,) the number of events of each."""
        return self.events.events_of_customers


def source_of(events: Any, named: Mapping[str, str], segments: Sequence[str]) -> EventSource | None:
    """Events that DuckDB can sort as they stand; None where they are few, or have to be read."""
    if isinstance(events, (str, Path)):
        paths = files_of(events, THING)
        if kind_of(paths, THING) != "parquet":
            return None
        source = of_files(ParquetFiles.at(paths, THING), LARGE)
    else:
        source = of_table(events, [*named.values(), *segments], LARGE)
    if source is None or not source.is_readable(named, segments):
        return None
    return source


def stored_log(
    source: EventSource,
    named: Mapping[str, str],
    segments: Sequence[str],
    unknown: Sequence[str],
    cuts_by: Callable[[pd.Index[Any]], Cuts],
) -> StoredLog | None:
    """Read, sort and keep the events; None where an entry is not what it should be.

    ``cuts_by`` says where journeys end, of the names of the touchpoints.

    Raises
    ------
    FileError
        When the file is broken, or changes while it is read.
    """
    with source.faults_told():
        return _stored_log(source, named, segments, unknown, cuts_by)


def _stored_log(
    source: EventSource,
    named: Mapping[str, str],
    segments: Sequence[str],
    unknown: Sequence[str],
    cuts_by: Callable[[pd.Index[Any]], Cuts],
) -> StoredLog | None:
    """The same, with the faults of the engine."""
    known = source.without(unknown, named["customer"])
    names = _texts(known.labels_of(named["touchpoint"]))
    if names is None or not known.n:
        return None
    rows = known.rows(named, segments, names.tolist())
    try:
        made = store(source.connection, rows, cuts_by(names))
    except FaultyRowsError:
        return None
    labels = exact_frame(made.customers)
    ids = known.ids_of(labels.pop("who"), named["customer"])
    if _texts(ids) is None:
        return None
    return StoredLog(
        made.events,
        _details(source, named, made.events, rows.extras),
        names,
        pd.Index(ids, name=None),
        labels.set_axis(list(segments), axis=1),
        {column: known.labels_of(column).dropna() for column in segments},
        made.converted,
        source.n - known.n,
    )


def _details(
    source: EventSource,
    named: Mapping[str, str],
    events: StoredEvents,
    extras: tuple[str, ...],
) -> Details:
    """What is known of each event, and of which kind the columns of the source are."""
    kinds = {role: source.schema.field(column).type for role, column in named.items()}
    is_whole = {role: str(kind).startswith(("int", "uint")) for role, kind in kinds.items()}
    time = kinds.get("time")
    return Details(
        events,
        extras,
        unit=None if time is None else time.unit,
        zone=None if time is None else time.tz,
        whole=frozenset(role for role in ("value", "score") if is_whole.get(role)),
    )


def sort_stored(
    customer: NDArray[np.int64],
    code: NDArray[np.int64],
    *,
    ticks: NDArray[np.int64] | None,
    order: NDArray[Any] | None,
    per_second: int,
    cuts: Cuts,
) -> tuple[StoredEvents, NDArray[np.int64]]:
    """As :func:`cxlens.engine.journeys.sort_events`, in DuckDB."""
    import pyarrow

    columns: dict[str, Any] = {"who": customer, "code": code, "row": np.arange(len(code))}
    if ticks is not None:
        columns["moment"] = ticks
    if order is not None:
        columns["place"] = order
    connection = opened()
    connection.register("given", pyarrow.table(columns))
    rows = Rows(
        "SELECT *, row AS input_row FROM given",
        int(code.max()) + 1,
        None if ticks is None else per_second,
        has_place=order is not None,
        extras=("input_row",),
    )
    events = store(connection, rows, cuts).events
    connection.unregister("given")
    return events, events.extra("input_row")


def _texts(entries: pd.Series[Any]) -> pd.Index[Any] | None:
    """Entries as text; None where one is missing or blank."""
    if entries.isna().any():
        return None
    texts = entries.astype(str)
    return None if (texts.str.strip() == "").any() else pd.Index(texts)
