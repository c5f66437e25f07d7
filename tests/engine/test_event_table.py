"""Tables that are made of a table of events: what is in them, and that they go when nobody needs them."""

from __future__ import annotations

import gc

import numpy as np
import pyarrow as pa
from numpy.testing import assert_array_equal

from cxlens.engine.event_table import EventTable
from cxlens.engine.stored_journeys import opened

CODE = [0, 1, 0, 2, 1, 1]


def table() -> EventTable:
    """Three journeys, of two, one and three events; arrays have the last one first."""
    connection = opened()
    columns = {
        "journey": pa.array([0, 0, 1, 2, 2, 2], pa.int32()),
        "step": [1, 2, 1, 1, 2, 3],
        "code": CODE,
        "next": [1, -1, -1, 1, 1, -1],
        "is_first": [True, True, True, True, True, False],
    }
    connection.register("given", pa.table(columns))
    connection.execute("CREATE TABLE events AS SELECT * FROM given")
    return EventTable(connection, None, np.array([2, 1, 3]), np.array([2, 0, 1]))


def schemas(events: EventTable) -> int:
    names = "SELECT DISTINCT schema_name FROM duckdb_schemas() WHERE schema_name LIKE 'part%'"
    return len(events.connection.cursor().execute(names).fetchall())


def test_columns_come_in_the_order_of_arrays_and_as_they_stand() -> None:
    events = table()
    assert_array_equal(events.column("code"), [2, 1, 1, 0, 1, 0])
    assert_array_equal(events.as_it_stands("code"), CODE)
    answer = events.select("SELECT avg(step) AS mean, NULL::DOUBLE AS nothing FROM events", {})
    assert answer["mean"] == 10 / 6
    assert np.isnan(answer["nothing"]).all()


def test_a_part_has_its_journeys_numbered_anew() -> None:
    part = table().part(np.array([True, False, True]))
    assert_array_equal(part.as_it_stands("journey"), [0, 0, 1, 1, 1])
    assert_array_equal(part.as_it_stands("code"), [0, 1, 2, 1, 1])
    assert_array_equal(part.column("code"), [2, 1, 1, 0, 1])
    assert_array_equal(part.lengths, [2, 3])
    assert_array_equal(part.part(np.array([False, True])).column("code"), [2, 1, 1])


def test_what_no_figure_is_counted_from_is_looked_up_where_it_was_written_first() -> None:
    events = table()
    score = [5, 4, 3, 2, 1, 0]
    events.connection.execute("ALTER TABLE events ADD COLUMN score INTEGER")
    events.connection.execute("UPDATE events SET score = 5 - rowid")
    assert_array_equal(events.as_it_stands("score"), score)
    part = events.part(np.array([True, False, True]))
    columns = part.connection.cursor().table(f"{part.schema}.events").columns
    assert columns == ["journey", "step", "code", "next", "is_first"]
    assert_array_equal(part.as_it_stands("score"), [5, 4, 2, 1, 0])
    assert_array_equal(part.column("score"), [2, 1, 0, 5, 4])
    assert_array_equal(part.part(np.array([False, True])).column("score"), [2, 1, 0])
    merged = part.merged(np.array([0, 0, 0, -1], np.int32))
    assert_array_equal(merged.column("score"), [2, 1, 0, 5, 4])


def test_touchpoints_become_one_which_is_first_met_once() -> None:
    merged = table().merged(np.array([1, 0, 0, -1], np.int32))
    assert_array_equal(merged.as_it_stands("code"), [1, 0, 1, 0, 0, 0])
    assert_array_equal(merged.as_it_stands("next"), [0, -1, -1, 0, 0, -1])
    assert_array_equal(merged.as_it_stands("is_first"), [True, True, True, True, False, False])


def test_a_part_is_written_when_it_is_asked_and_goes_when_nobody_needs_it() -> None:
    events = table()
    part = events.part(np.array([True, False, True]))
    assert schemas(events) == 0
    assert_array_equal(part.as_it_stands("code"), [0, 1, 2, 1, 1])
    assert schemas(events) == 1
    del part
    gc.collect()
    assert schemas(events) == 0
    assert_array_equal(events.as_it_stands("code"), CODE)
