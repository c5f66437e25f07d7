"""Sorted events in a table of DuckDB, which may use the disk, and the figures that are counted there.

DuckDB sorts, and gives the rows back in order, some at a time: each customer's are parted into journeys by the same
function that parts events in memory, and written into one table. Customers stand there in the order of their ids; the
arrays have them, as those of events in memory, in the order in which they come in the input. Which columns are read,
and what is wrong with them, belongs to :mod:`cxlens.study.event_store`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from cxlens.engine import journeys as engine
from cxlens.engine.batches import in_turn
from cxlens.engine.event_table import NO_TABLES, EventTable
from cxlens.engine.journeys import EDGE, Bools, Codes, Cuts, Floats, Ints, Moves, SortedEvents, Transitions, Variants
from cxlens.engine.sql import connected, reader_of

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

AT_ONCE = 500_000  # rows of a batch
MEMORY = "2GB"  # of DuckDB, before it uses the disk
MOST_KEYS = (
    10_000_000  # pairs of step and touchpoint whose hashes are listed; robots with longer ways are counted as arrays
)
KINDS = {"reached": "BOOLEAN", "value": "DOUBLE", "score": "DOUBLE", "input_row": "BIGINT"}


class FaultyRowsError(Exception):
    """Some entry is not what its column should hold: who reads the rows one by one can say which."""


class Rows(NamedTuple):
    """What to sort.

    ``query`` selects, in any order, the columns ``who`` (an id or a number of the customer), ``code`` (of the
    touchpoint), ``row`` (in the input, from 0), with a clock ``moment`` (whole numbers, ``per_second`` of them in a
    second), ``place`` where there is a column of order, and ``extras`` (names of ``KINDS``), ``reached`` as numbers of
    0 and 1. ``labels`` are further columns, which describe a customer.
    """

    query: str
    n_touchpoints: int
    per_second: int | None
    has_place: bool = False
    extras: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


class Stored(NamedTuple):
    """Events in a table, and the customers (``who``, and their labels) in the order in which they come in the input.

    ``converted`` has one entry a journey, and is None where nothing is known of an outcome.
    """

    events: StoredEvents
    customers: pyarrow.Table
    converted: Bools | None


class StoredEvents(SortedEvents):
    """Sorted events whose columns come from a table of DuckDB when they are asked for, and are kept then.

    ``codes`` says which touchpoint a code of the table is, ``EDGE`` if none.
    """

    __slots__ = ("_arrays", "_codes", "_table")
    _arrays: dict[str, Any]
    _codes: Codes
    _table: EventTable

    def __init__(self, table: EventTable, codes: Ints, owner: Ints, silence: Floats, over: Bools) -> None:
        settled = {
            "_arrays": {},
            "_table": table,
            "_codes": codes.astype(np.int32),
            "owner": owner,
            "silence": silence,
            "over": over,
            "n_touchpoints": int(codes.max()) + 1,
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return int(self._table.lengths.sum())

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """An array or a figure, made when it is first asked for."""
        if name not in self._arrays:
            self._arrays[name] = make()
        return self._arrays[name]

    @property
    def lengths(self) -> Ints:
        """(journeys,) the number of events of each."""
        return np.asarray(self.kept("lengths", lambda: self._table.in_order(self._table.lengths)))

    @property
    def journey(self) -> Ints:
        """(events,) as :class:`SortedEvents` has it; so are the others."""
        return np.asarray(self.kept("journey", lambda: np.repeat(np.arange(self.n_journeys), self.lengths)))

    @property
    def step(self) -> Codes:
        """From 1 within a journey."""
        return np.asarray(self.kept("step", self._steps))

    def _steps(self) -> Codes:
        earlier = np.cumsum(self.lengths) - self.lengths
        return np.asarray(np.arange(1, len(self) + 1) - np.repeat(earlier, self.lengths), np.int32)

    @property
    def code(self) -> Codes:
        """The touchpoint."""
        return np.asarray(self.kept("code", lambda: self.renumbered(self._table.column("code"))))

    @property
    def last_code(self) -> Codes:
        """(journeys,) the touchpoint of the last event of each."""
        return np.asarray(self.kept("last_code", self._last_code))

    def _last_code(self) -> Codes:
        ends = self.select(f"SELECT code FROM events WHERE next = {EDGE}")  # noqa: S608  a number of ours
        return np.asarray(self.in_order(ends["code"]))

    @property
    def following(self) -> Codes:
        """The touchpoint of the next step."""
        return np.asarray(self.kept("following", lambda: self.renumbered(self._table.column("next"))))

    @property
    def gap(self) -> Floats:
        """Seconds until the next step."""
        return np.asarray(self.kept("gap", self._gaps))

    def _gaps(self) -> Floats:
        if self._table.per_second is None:
            return np.full(len(self), np.nan)
        return np.asarray(self._table.column("gap") / self._table.per_second, np.float64)

    @property
    def first(self) -> Bools:
        """Whether the journey meets its touchpoint for the first time."""
        return np.asarray(self.extra("is_first"))

    @property
    def n_codes(self) -> int:
        """How many codes the table has."""
        return len(self._codes)

    @property
    def per_second(self) -> int | None:
        """How many of the whole numbers that ``moment`` and ``gap`` of the table are make a second; None without."""
        return self._table.per_second

    def select(self, query: str, tables: Mapping[str, pyarrow.Table] = NO_TABLES) -> dict[str, Any]:
        """The columns of a small answer of the table ``events``, touchpoints told as arrays tell them."""
        columns = self._table.select(query, tables)
        return {
            name: self.renumbered(values) if name in ("code", "next") else values for name, values in columns.items()
        }

    def has(self, name: str) -> bool:
        """Whether the table, as it was written first, has a column."""
        return self._table.has(name)

    def of_journeys(self, query: str) -> dict[str, Any]:
        """The columns of an answer of the table as it was written first that has a row a journey: see the table."""
        return self._table.of_journeys(query)

    def code_in_table(self, code: int) -> int:
        """What the table calls a touchpoint."""
        is_it = self.renumbered(np.arange(self.n_codes)) == code
        return int(np.argmax(is_it))

    def renumbered(self, codes: Any) -> Codes:
        """Codes of the table as the codes of arrays, the edge too."""
        return np.asarray(np.append(self._codes, np.int32(EDGE))[codes])

    def in_order(self, of_journeys: Any) -> Any:
        """Figures of journeys as they stand in the table, in the order of arrays."""
        return self._table.in_order(of_journeys)

    def in_table(self, of_journeys: Any) -> Any:
        """Figures of journeys in the order of arrays, as they stand in the table."""
        return self._table.in_table(of_journeys)

    def renamed(self, codes: Ints) -> StoredEvents:
        """The same events, with ``codes[i]`` for touchpoint ``i``: each another one, or none that anybody met."""
        of_table = np.append(codes, EDGE)[self._codes]
        return StoredEvents(self._table, of_table, self.owner, self.silence, self.over)

    def merged(self, codes: Ints) -> StoredEvents:
        """The same, where several touchpoints may become one."""
        of_table = np.append(codes, EDGE)[self._codes]
        table = self._table.merged(np.append(of_table, EDGE).astype(np.int32))
        return StoredEvents(table, np.arange(codes.max() + 1), self.owner, self.silence, self.over)

    def part(self, keep: Bools) -> StoredEvents:
        """Some journeys (a flag for each), in a table of their own; the last part that was asked for is kept."""
        kept_for, part = self._arrays.get("part", (None, None))
        if part is None or not np.array_equal(kept_for, keep):
            part = self._part(keep)
            self._arrays["part"] = (keep.copy(), part)
        return part  # type: ignore[no-any-return]

    def _part(self, keep: Bools) -> StoredEvents:
        return StoredEvents(
            self._table.part(self.in_table(keep)),
            self._codes.astype(np.int64),
            owner=engine.renumbered(self.owner[keep]),
            silence=self.silence[keep],
            over=self.over[keep],
        )

    def extra(self, name: str) -> Any:
        """(events,) ``moment`` or one of the extras, NaN where it is blank."""
        return self.kept(name, lambda: self._table.column(name))

    def in_memory(self) -> SortedEvents:
        """The same as arrays."""
        return SortedEvents(
            journey=self.journey,
            step=self.step,
            code=self.code,
            following=self.following,
            gap=self.gap,
            first=self.first,
            owner=self.owner,
            silence=self.silence,
            over=self.over,
            n_touchpoints=self.n_touchpoints,
        )


def opened() -> DuckDBPyConnection:
    """A connection to sort in."""
    return connected(MEMORY)


def store(connection: DuckDBPyConnection, rows: Rows, cuts: Cuts = engine.NO_CUTS) -> Stored:
    """Sort events by customer, time, order and row, part them into journeys, and keep them in the table ``events``.

    Parameters
    ----------
    connection
        Where the rows are, and the table will be.
    rows
        What to sort.
    cuts
        Where a journey ends; ``ends`` has an entry for each code.

    Raises
    ------
    FaultyRowsError
        When a customer, a touchpoint, a time or an order is missing, or an outcome is neither 0 nor 1.
    """
    keys = ["who", *_keys(rows), "row"]
    query = f"{rows.query} ORDER BY {', '.join(keys)}"  # names of ours
    writer = _Writer(connection, rows, cuts)
    batches = reader_of(connection.execute(query), AT_ONCE)
    parted = in_turn(_whole_customers(batches), writer.parted, at_work=1)
    for _ in in_turn(parted, writer.write, at_work=1):
        pass  # each is written while the next is parted into journeys, and the one after that is read
    return writer.stored()


def _keys(rows: Rows) -> list[str]:
    """The columns that order a customer's events."""
    return ["moment"] * (rows.per_second is not None) + ["place"] * rows.has_place


def _whole_customers(batches: Any) -> Iterator[pyarrow.Table]:
    """Sorted rows, some at a time, all of a customer in one."""
    import pyarrow

    held_back: list[pyarrow.Table] = []
    for batch in batches:
        rows = pyarrow.concat_tables([*held_back, pyarrow.Table.from_batches([batch])])
        last = int(_starts(rows.column("who"))[-1])
        if last:
            yield rows.slice(0, last)
        held_back = [rows.slice(last).combine_chunks()]
    yield from held_back


def _starts(who: pyarrow.ChunkedArray) -> Ints:
    """Where another customer begins."""
    from pyarrow import compute

    if who.null_count:
        raise FaultyRowsError
    is_other = compute.not_equal(who.slice(1), who.slice(0, len(who) - 1))
    return np.append(0, 1 + np.flatnonzero(is_other.to_numpy()))


class _Writer:
    """Writes customers into the table, and holds what is known of each and of their journeys."""

    def __init__(self, connection: DuckDBPyConnection, rows: Rows, cuts: Cuts) -> None:
        self._connection = connection
        self._cursor = connection.cursor()
        self._rows = rows
        self._cuts = cuts
        self._customers = 0
        self._journeys = 0
        self._of_customers: dict[str, list[Any]] = {"first_row": [], "who": []}
        self._of_journeys: dict[str, list[Any]] = {}
        self._create()

    def _create(self) -> None:
        """The table, without rows."""
        code = "SMALLINT" if self._rows.n_touchpoints < engine.LARGEST_SHORT else "INTEGER"
        columns = {"journey": "INTEGER", "step": "INTEGER", "code": code, "next": code, "is_first": "BOOLEAN"}
        if self._rows.per_second is not None:
            columns |= {"gap": "BIGINT", "moment": "BIGINT"}
        columns |= {name: KINDS[name] for name in self._rows.extras}
        written = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        self._cursor.execute(f"CREATE TABLE events ({written})")

    def write(self, events: pyarrow.Table, _: int) -> None:
        """Write some events."""
        self._cursor.register("batch", events)
        self._cursor.execute("INSERT INTO events SELECT * FROM batch")
        self._cursor.unregister("batch")

    def parted(self, rows: pyarrow.Table, _: int) -> pyarrow.Table:
        """All events of some customers, parted into journeys, as they are written."""
        import pyarrow

        starts = _starts(rows.column("who"))
        moments = self._whole(rows, "moment") if self._rows.per_second is not None else None
        if self._rows.has_place:
            self._check_places(rows.column("place"))
        customer = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(rows))))
        per_second = self._rows.per_second or 1
        events = engine.in_journeys(customer, self._whole(rows, "code"), moments, per_second, self._cuts)
        columns = self._columns_of(events, moments)
        self._note_journeys(events, moments)
        for name in self._rows.extras:
            columns[name] = rows.column(name)
        if "reached" in columns:
            columns["reached"] = _flags(columns["reached"])
            self._note({"converted": engine.any_in_journey(events, columns["reached"])})
        self._note_customers(rows, starts)
        self._customers += len(starts)
        self._journeys += events.n_journeys
        return pyarrow.table(columns)

    def _columns_of(self, events: SortedEvents, moments: Ints | None) -> dict[str, Any]:
        """The columns of the table, but for the extras."""
        import pyarrow

        columns: dict[str, Any] = {
            "journey": (events.journey + self._journeys).astype(np.int32),
            "step": events.step,
            "code": events.code,
            "next": events.following,
            "is_first": events.first,
        }
        if moments is not None:
            gaps = np.diff(moments, append=moments[-1:])
            columns["gap"] = pyarrow.array(gaps, mask=events.following == EDGE)
            columns["moment"] = moments
        return columns

    def _note_journeys(self, events: SortedEvents, moments: Ints | None) -> None:
        """Hold what is known of each journey."""
        is_last = events.following == EDGE
        self._note(
            {
                "owner": events.owner + self._customers,
                "length": events.step[is_last].astype(np.int64),
                "silence": events.silence,
                "over": events.over,
                "last": np.zeros(events.n_journeys, np.int64) if moments is None else moments[is_last],
            }
        )

    def _note_customers(self, rows: pyarrow.Table, starts: Ints) -> None:
        """Hold what is known of each customer: the labels of the first event, the first row in the input."""
        self._of_customers["first_row"].append(np.minimum.reduceat(rows.column("row").to_numpy(), starts))
        self._of_customers["who"].append(rows.select(["who", *self._rows.labels]).take(starts))

    def _note(self, of_journeys: Mapping[str, Any]) -> None:
        """Hold figures of journeys."""
        for name, values in of_journeys.items():
            self._of_journeys.setdefault(name, []).append(values)

    def _whole(self, rows: pyarrow.Table, name: str) -> Ints:
        """A column of whole numbers, all of them there."""
        column = rows.column(name)
        if column.null_count:
            raise FaultyRowsError
        return np.asarray(column.to_numpy(), np.int64)

    def _check_places(self, places: pyarrow.ChunkedArray) -> None:
        """Refuse places in the order that are missing."""
        if places.null_count or pd.isna(places.to_numpy()).any():
            raise FaultyRowsError

    def stored(self) -> Stored:
        """Everything, in the order in which customers come in the input."""
        import pyarrow

        figures = {name: np.concatenate(values) for name, values in self._of_journeys.items()}
        first_rows = np.concatenate(self._of_customers["first_row"])
        customers = np.argsort(first_rows)
        number = np.empty(len(customers), np.int64)
        number[customers] = np.arange(len(customers))
        is_same = bool((number[1:] > number[:-1]).all())
        owner = number[figures["owner"]]
        order = None if is_same else np.argsort(owner, kind="stable")
        table = EventTable(self._connection, self._rows.per_second, figures["length"], order)
        events = StoredEvents(
            table,
            codes=np.arange(self._rows.n_touchpoints),
            owner=table.in_order(owner),
            silence=table.in_order(self._silences(figures)),
            over=table.in_order(figures["over"]),
        )
        converted = figures.get("converted")
        return Stored(
            events,
            pyarrow.concat_tables(self._of_customers["who"]).take(customers),
            None if converted is None else table.in_order(converted),
        )

    def _silences(self, figures: Mapping[str, Any]) -> Floats:
        """Seconds from each journey to the customer's next one, or to the end of the record."""
        silence: Floats = figures["silence"]
        if self._rows.per_second is None:
            return silence
        to_the_end = (figures["last"].max() - figures["last"]) / self._rows.per_second
        return np.where(np.isnan(silence), to_the_end, silence)


def _flags(numbers: pyarrow.ChunkedArray) -> Bools:
    """0 and 1 as flags; blank is 0."""
    values = np.nan_to_num(numbers.to_numpy().astype(np.float64))
    if not np.isin(values, (0, 1)).all():
        raise FaultyRowsError
    return np.asarray(values == 1)


@engine.rename.register
def _rename(events: StoredEvents, codes: Ints) -> SortedEvents:
    """See :func:`engine.rename`; where touchpoints become one, the events are written anew."""
    known = codes[codes != EDGE]
    return events.renamed(codes) if len(set(known.tolist())) == len(known) else events.merged(codes)


@engine.take_journeys.register
def _take_journeys(events: StoredEvents, keep: Bools) -> SortedEvents:
    """See :func:`engine.take_journeys`."""
    return events if keep.all() else events.part(keep)


@engine.first_steps.register
def _first_steps(events: StoredEvents) -> pd.DataFrame:
    """See :func:`engine.first_steps`."""
    met = events.select("SELECT code, step, count(*) AS n FROM events WHERE is_first GROUP BY ALL ORDER BY ALL")
    cells = pd.DataFrame(met)
    by_code = cells.groupby("code")["n"]
    up_to_here = by_code.cumsum()
    middle = (by_code.transform("sum") + 1) / 2
    lower = cells[up_to_here >= np.floor(middle)].groupby("code")["step"].first()
    upper = cells[up_to_here >= np.ceil(middle)].groupby("code")["step"].first()
    steps = (cells["n"] * cells["step"]).groupby(cells["code"]).sum()
    return pd.DataFrame({"median": (lower + upper) / 2, "mean": steps / by_code.sum()})


@engine.transitions.register
def _transitions(events: StoredEvents) -> Transitions:
    """See :func:`engine.transitions`."""
    return Transitions(*events.kept("transitions", lambda: _counted_transitions(events)))


def _counted_transitions(events: StoredEvents) -> Transitions:
    """The same, counted."""
    gap = "median(gap)" if events.per_second else "NULL::DOUBLE"
    moves = events.select(f"SELECT code, next, count(*) AS n, {gap} AS gap FROM events GROUP BY code, next")  # noqa: S608
    starts = events.select("SELECT code, count(*) AS n FROM events WHERE step = 1 GROUP BY code")
    origin = np.append(np.full(len(starts["n"]), EDGE), moves["code"])
    target = np.append(starts["code"], moves["next"])
    order = np.lexsort([target, origin])
    gaps = np.append(np.full(len(starts["n"]), np.nan), moves["gap"] / (events.per_second or 1))
    return Transitions(
        origin=origin[order],
        target=target[order],
        n=np.append(starts["n"], moves["n"])[order],
        median_gap=gaps[order],
    )


@engine.moves_by.register
def _moves_by(events: StoredEvents, group: Ints) -> Moves:
    """See :func:`engine.moves_by`."""
    import pyarrow

    of_journeys = events.in_table(group).astype(np.int32)
    groups = pyarrow.table({"number": np.arange(len(group), dtype=np.int32), "group": of_journeys})
    cells = events.select(
        'SELECT "group", code, next, count(*) AS n, count(*) FILTER (step = 1) AS starts FROM events '
        'JOIN groups ON number = journey GROUP BY "group", code, next',
        {"groups": groups},
    )
    starts = pd.DataFrame(cells).groupby(["group", "code"])["starts"].sum()
    starts = starts[starts > 0]
    moves = Moves(
        group=np.append(starts.index.get_level_values("group"), cells["group"]),
        origin=np.append(np.full(len(starts), EDGE), cells["code"]),
        target=np.append(starts.index.get_level_values("code"), cells["next"]),
        n=np.append(starts, cells["n"]),
    )
    order = np.lexsort([moves.target, moves.origin, moves.group])
    return Moves(*(column[order] for column in moves))


@engine.variants.register
def _variants(events: StoredEvents) -> Variants:
    """See :func:`engine.variants`."""
    import pyarrow

    longest = int(events.lengths.max()) + 1
    width = events.n_codes
    if longest * width > MOST_KEYS:
        return engine.variants(events.in_memory())
    keys = np.arange(longest * width)
    mixed = engine.mixed(keys // width, events.renumbered(keys % width))
    hashes = pyarrow.table({"key": keys.astype(np.int32), "hash": mixed})
    counted = events.select(
        f"SELECT journey, bit_xor(hash) AS hash FROM events JOIN hashes ON key = step * {width} + code "  # noqa: S608
        "GROUP BY journey",
        {"hashes": hashes},
    )
    of_journeys = np.empty(events.n_journeys, np.uint64)
    of_journeys[counted["journey"]] = counted["hash"]
    return engine.variants_by_hash(events.in_order(of_journeys), events.lengths)


@engine.codes_of.register
def _codes_of(events: StoredEvents, journey: int) -> Codes:
    """See :func:`engine.codes_of`."""
    place = events.in_order(np.arange(events.n_journeys))[journey]
    steps = events.select(f"SELECT code FROM events WHERE journey = {int(place)} ORDER BY step")  # noqa: S608
    return np.asarray(steps["code"])


@engine.reached_by.register
def _reached_by(events: StoredEvents, which: Bools | None = None) -> Ints:
    """See :func:`engine.reached_by`."""
    if which is None:
        return np.asarray(events.kept("reached", lambda: _counted_first(events, "", NO_TABLES)))
    import pyarrow

    flagged = np.flatnonzero(events.in_table(which)).astype(np.int32)
    tables = {"flagged": pyarrow.table({"journey": flagged})}
    return _counted_first(events, "AND journey IN (SELECT journey FROM flagged)", tables)


def _counted_first(events: StoredEvents, condition: str, tables: Mapping[str, pyarrow.Table]) -> Ints:
    """(touchpoints,) how many journeys meet each, of those that fit a condition."""
    met = events.select(f"SELECT code, count(*) AS n FROM events WHERE is_first {condition} GROUP BY code", tables)  # noqa: S608
    reached = np.zeros(events.n_touchpoints, np.int64)
    reached[met["code"]] = met["n"]
    return reached


@engine.step_matrix.register
def _step_matrix(events: StoredEvents, most: int = 20) -> Ints:
    """See :func:`engine.step_matrix`."""
    steps = min(most, int(events.lengths.max()))
    cells = events.select(
        f"SELECT step, code, count(*) AS n FROM events WHERE step <= {int(steps)} GROUP BY step, code"  # noqa: S608
    )
    by_touchpoint = np.zeros((events.n_touchpoints, steps), np.int64)
    by_touchpoint[cells["code"], cells["step"] - 1] = cells["n"]
    ended = events.n_journeys - by_touchpoint.sum(axis=0)
    return np.vstack([by_touchpoint, ended])
