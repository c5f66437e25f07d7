"""A table of sorted events in DuckDB: asked in SQL, fetched in the order of arrays, written anew in part.

What is counted there belongs to :mod:`cxlens.engine.stored_journeys`, which also says which columns it has.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from cxlens.engine.journeys import Bools, Codes, Ints, first_met
from cxlens.engine.sql import table_of

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

GONE = -1  # the number of a journey that is left out
NO_TABLES: Mapping[str, Any] = {}
COUNTED = ("journey", "step", "code", "next", "is_first")  # columns that figures are counted from, with a clock the gap


@dataclass(frozen=True, eq=False)
class EventTable:
    """Where the events are, and what turns their order there into that of arrays.

    ``lengths`` has the number of events of each journey as they stand in the table, ``order`` the places of the
    journeys there in the order of arrays; None where it is the same. A table that is made of another one is written
    when it is first asked, into a ``schema`` of its own, which goes when nobody needs it any more. It has the columns
    that figures are counted from; others stay in the ``source``, where its journeys stand at ``places``. ``answers``
    are those that the source was asked for and keeps.
    """

    connection: DuckDBPyConnection
    per_second: int | None
    lengths: Ints
    order: Ints | None
    write: Callable[[], str] | None = None
    source: EventTable | None = None
    places: Ints | None = None
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def schema(self) -> str:
        """Where the table is."""
        if self.write is None:
            return "main"
        schema = self.write()
        weakref.finalize(self, _drop, self.connection, schema).atexit = False
        return schema

    def select(self, query: str, tables: Mapping[str, pyarrow.Table]) -> dict[str, Any]:
        """The columns of an answer, NaN where something is missing; ``tables`` are further ones that it names."""
        cursor = self._cursor()
        for name, table in tables.items():
            cursor.register(name, table)
        columns = cursor.execute(query).fetchnumpy()
        for name in tables:
            cursor.unregister(name)
        return {name: _filled(values) for name, values in columns.items()}

    def has(self, name: str) -> bool:
        """Whether the source has a column."""
        return name in (self.source or self)._cursor().table("events").columns

    def of_journeys(self, query: str) -> dict[str, Any]:
        """The columns of an answer that has a row a journey, asked of the source once, in the order of arrays."""
        if query not in self.answers:
            self.answers[query] = (self.source or self).select(query, NO_TABLES)
        places = slice(None) if self.places is None else self.places
        return {name: self.in_order(values[places]) for name, values in self.answers[query].items()}

    def column(self, name: str) -> Any:
        """A column of all events, in the order of arrays."""
        values = self.as_it_stands(name)
        return values if self.order is None else values[self._rows]

    def as_it_stands(self, name: str) -> Any:
        """A column of all events, in the order of the table."""
        if self.source is not None and name not in self._counted:
            is_kept = np.zeros(len(self.source.lengths), bool)
            is_kept[self.places] = True
            return self.source.as_it_stands(name)[np.repeat(is_kept, self.source.lengths)]
        answer = self._cursor().execute(f"SELECT {name} FROM events")  # noqa: S608  a name of ours
        return table_of(answer).column(0).to_numpy()

    @property
    def _counted(self) -> tuple[str, ...]:
        """The columns that a table made of this one has."""
        return COUNTED if self.per_second is None else (*COUNTED, "gap")

    def _cursor(self) -> DuckDBPyConnection:
        """One that knows which ``events`` are meant."""
        cursor = self.connection.cursor()
        cursor.execute(f"USE {self.schema}")
        return cursor

    def part(self, keep: Bools) -> EventTable:
        """Some journeys (a flag for each, as they stand here), numbered anew."""
        number = np.cumsum(keep) - 1
        kept_number = np.where(keep, number, GONE).astype(np.int32)
        order = None
        if self.order is not None:
            order = number[self.order[keep[self.order]]]

        def write() -> str:
            return self._written({"journey": np.repeat(kept_number, self.lengths)}, f"new_journey <> {GONE}")

        return self._made(write, np.flatnonzero(keep), order)

    def merged(self, codes: Codes) -> EventTable:
        """The same journeys with other codes of touchpoints, the last of which is the edge."""

        def write() -> str:
            code = codes[self.as_it_stands("code")]
            journey = np.repeat(np.arange(len(self.lengths)), self.lengths)
            columns = {
                "code": code,
                "next": codes[self.as_it_stands("next")],
                "is_first": first_met(journey, code),
            }
            return self._written(columns)

        return self._made(write, np.arange(len(self.lengths)), self.order)

    def _made(self, write: Callable[[], str], journeys: Ints, order: Ints | None) -> EventTable:
        """A table that is made of some journeys of this one."""
        return replace(
            self,
            lengths=self.lengths[journeys],
            order=order,
            write=write,
            source=self.source or self,
            places=journeys if self.places is None else self.places[journeys],
        )

    def _written(self, columns: Mapping[str, Any], condition: str = "TRUE") -> str:
        """The schema of a table of the same events with other columns (events,), as far as they fit a condition."""
        import pyarrow

        schema = f"part_{uuid4().hex}"
        cursor = self._cursor()
        cursor.register("given", pyarrow.table({f"new_{name}": column for name, column in columns.items()}))
        written = ", ".join(f"new_{name} AS {name}" if name in columns else name for name in self._counted)
        cursor.execute(f"CREATE SCHEMA {schema}")
        cursor.execute(
            f"CREATE TABLE {schema}.events AS SELECT {written} "  # noqa: S608  names of ours
            f"FROM events POSITIONAL JOIN given WHERE {condition}"
        )
        return schema

    def in_order(self, of_journeys: Any) -> Any:
        """Figures of journeys as they stand in the table, in the order of arrays."""
        return of_journeys if self.order is None else of_journeys[self.order]

    def in_table(self, of_journeys: Any) -> Any:
        """Figures of journeys in the order of arrays, as they stand in the table."""
        if self.order is None:
            return of_journeys
        moved = np.empty_like(of_journeys)
        moved[self.order] = of_journeys
        return moved

    @cached_property
    def _rows(self) -> Ints:
        """The place in the table of each event, in the order of arrays."""
        starts = np.cumsum(self.lengths) - self.lengths
        lengths = self.in_order(self.lengths)
        earlier = np.cumsum(lengths) - lengths
        return np.asarray(np.repeat(self.in_order(starts) - earlier, lengths) + np.arange(lengths.sum()))


def _drop(connection: DuckDBPyConnection, schema: str) -> None:
    """Let go of a table."""
    connection.cursor().execute(f"DROP SCHEMA {schema} CASCADE")


def _filled(values: Any) -> Any:
    """Figures of an answer, NaN where they are missing."""
    if isinstance(values, np.ma.MaskedArray):
        return np.where(values.mask, np.nan, values.data)
    return values
