"""Events that DuckDB holds: the same arrays and the same figures as those of events in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from cxlens.engine import journey_batches
from cxlens.engine import journeys as engine
from cxlens.engine import stored_journeys as stored
from cxlens.engine.journey_departures import departure_sums
from cxlens.engine.journey_times import durations, gaps_after
from cxlens.engine.journeys import Cuts, SortedEvents

ARRAYS = ("journey", "step", "code", "following", "gap", "first", "owner", "silence", "over")
Row = tuple[int, int, int, int, int]  # customer, touchpoint, second, order, outcome


def rows_of(*columns: list[Row]) -> st.SearchStrategy[list[Row]]:
    one = st.tuples(st.integers(0, 4), st.integers(0, 3), st.integers(0, 6), st.integers(0, 2), st.integers(0, 1))
    return st.lists(one, min_size=1, max_size=40)


CUTS = st.tuples(st.sets(st.integers(0, 3)), st.sampled_from([None, 1.0, 2.5]))
CLOCKS = st.sampled_from(["time", "order", "both"])


def both(rows: list[Row], cuts: Any, clock: str, at_once: int = 7) -> tuple[SortedEvents, stored.Stored, np.ndarray]:
    """The same events in memory and in DuckDB, and whether each journey in memory has the outcome."""
    who, met, second, place, reached = (np.array(column) for column in zip(*rows))
    _, met = np.unique(met, return_inverse=True)
    ends, gap = cuts
    has_clock = clock != "order"
    cut = Cuts(np.isin(np.arange(met.max() + 1), list(ends)), gap if has_clock else None)
    first_rows = {}
    customer = np.array([first_rows.setdefault(one, len(first_rows)) for one in who])
    ticks, order = (second * 1000 if has_clock else None), (place if clock != "time" else None)
    events, input_rows = engine.sort_events(customer, met, ticks=ticks, order=order, per_second=1000, cuts=cut)
    converted = engine.any_in_journey(events, reached[input_rows] == 1)
    connection = stored.opened()
    columns = {"who": who.astype(str), "code": met, "moment": second * 1000, "place": place, "row": np.arange(len(who))}
    connection.register("given", pa.table({**columns, "reached": reached.astype(float), "label": who.astype(str)}))
    wanted = stored.Rows(
        "SELECT * FROM given",
        int(met.max()) + 1,
        1000 if has_clock else None,
        has_place=clock != "time",
        extras=("reached",),
        labels=("label",),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "AT_ONCE", at_once)
        made = stored.store(connection, wanted, cut)
    return events, made, converted


@settings(max_examples=15, deadline=None)
@given(rows_of(), CUTS, CLOCKS)
def test_the_arrays_are_the_same(rows: list[Row], cuts: Any, clock: str) -> None:
    events, made, converted = both(rows, cuts, clock)
    for name in ARRAYS:
        assert_array_equal(getattr(made.events, name), getattr(events, name), name)
        assert getattr(made.events, name).dtype == getattr(events, name).dtype, name
    assert (len(made.events), made.events.n_touchpoints) == (len(events), events.n_touchpoints)
    assert_array_equal(made.converted, converted)
    ids = list(dict.fromkeys(str(row[0]) for row in rows))
    assert made.customers.to_pydict() == {"who": ids, "label": ids}


def assert_same_figures(events: SortedEvents, kept: SortedEvents) -> None:
    for one, two in zip(engine.transitions(events), engine.transitions(kept)):
        assert_allclose(one, two, rtol=1e-12)
    for one, two in zip(departure_sums(events), departure_sums(kept)):
        assert_array_equal(one, two)
    for one, two in zip(engine.variants(events), engine.variants(kept)):
        assert_array_equal(one, two)
    group = np.arange(events.n_journeys) % 3
    for one, two in zip(engine.moves_by(events, group), engine.moves_by(kept, group)):
        assert_array_equal(one, two)
    assert_array_equal(engine.step_matrix(events), engine.step_matrix(kept))
    assert_array_equal(engine.step_matrix(events, 2), engine.step_matrix(kept, 2))
    assert_allclose(engine.first_steps(events), engine.first_steps(kept))
    assert_array_equal(engine.first_steps(events).index, engine.first_steps(kept).index)
    assert_array_equal(engine.drop_off(events), engine.drop_off(kept))
    assert_array_equal(engine.waits(events), engine.waits(kept))
    assert_allclose(durations(kept), durations(events))
    for code in range(events.n_touchpoints):
        for one, two in zip(gaps_after(events, code), gaps_after(kept, code)):
            assert_allclose(np.sort(one), np.sort(two))
    assert_array_equal(engine.codes_of(events, events.n_journeys - 1), engine.codes_of(kept, kept.n_journeys - 1))


@settings(max_examples=15, deadline=None)
@given(rows_of(), CUTS, CLOCKS, st.randoms(use_true_random=False))
def test_the_figures_are_the_same(rows: list[Row], cuts: Any, clock: str, random: Any) -> None:
    events, made, _ = both(rows, cuts, clock)
    assert_same_figures(events, made.events)
    codes = list(range(events.n_touchpoints))
    random.shuffle(codes)
    assert_same_figures(engine.rename(events, np.array(codes)), engine.rename(made.events, np.array(codes)))
    merged = np.array(codes) // 2
    assert_same_figures(engine.rename(events, merged), engine.rename(made.events, merged))
    assert_same_figures(engine.one_each(events, 2), engine.one_each(made.events, 2))


@settings(max_examples=8, deadline=None)
@given(rows_of(), CUTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_where_nothing_is_tied(rows: list[Row], cuts: Any, random: Any) -> None:
    rows = [(who, met, second, place, reached) for second, (who, met, _, place, reached) in enumerate(rows)]
    shuffled = random.sample(rows, len(rows))
    one, two = both(rows, cuts, "time")[1].events, both(shuffled, cuts, "time")[1].events
    for here, there in zip(engine.transitions(one), engine.transitions(two)):
        assert_allclose(here, there)
    assert_array_equal(engine.variants(one).n, engine.variants(two).n)
    assert_array_equal(engine.step_matrix(one), engine.step_matrix(two))


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_customers_may_be_longer_than_a_batch(at_once: int) -> None:
    rows = [(who, step % 3, step, 0, 0) for who in (1, 0) for step in range(9)]
    events, made, _ = both(rows, (set(), None), "time", at_once)
    assert_array_equal(made.events.step, events.step)
    assert_same_figures(events, made.events)


@pytest.mark.parametrize("work", ["parted", "write"])
@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_an_error_of_either_work_is_told_wherever_it_comes(
    monkeypatch: pytest.MonkeyPatch, work: str, at_once: int
) -> None:
    rows = [(who, step % 3, step, 0, 0) for who in range(8) for step in range(3)]
    done = getattr(stored._Writer, work)

    def fails_once(writer: Any, table: pa.Table, start: int) -> Any:
        if start >= 12:
            raise OSError(f"no room for row {start}")
        return done(writer, table, start)

    monkeypatch.setattr(stored._Writer, work, fails_once)
    with pytest.raises(OSError, match=r"^no room for row 12$"):
        both(rows, (set(), None), "time", at_once)


def test_many_keys_are_counted_as_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(who, step % 3, step, 0, 0) for who in (1, 0) for step in range(9)]
    events, made, _ = both(rows, (set(), None), "time")
    monkeypatch.setattr(stored, "MOST_KEYS", 5)
    assert_same_figures(events, made.events)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("who", ["a", None]), ("code", [0, None]), ("moment", [5, None]), ("place", [1.0, np.nan]),
        ("place", [1.0, None]), ("reached", [0.0, 2.0]), ("reached", [0.5, None]),
    ],
)  # fmt: skip
def test_faulty_rows_are_refused(column: str, values: list[Any]) -> None:
    columns = {
        "who": ["a", "b"],
        "code": [0, 0],
        "moment": [1, 2],
        "place": [1, 2],
        "row": [0, 1],
        "reached": [0, None],
    }
    connection = stored.opened()
    connection.register("given", pa.table(columns | {column: pa.array(values, from_pandas=False)}))
    rows = stored.Rows("SELECT * FROM given", 1, 1, has_place=True, extras=("reached",))
    with pytest.raises(stored.FaultyRowsError):
        stored.store(connection, rows)


def test_extras_are_those_of_the_event() -> None:
    connection = stored.opened()
    columns = {"who": ["b", "a", "b"], "code": [0, 0, 0], "moment": [2, 1, 1], "row": [0, 1, 2]}
    connection.register("given", pa.table(columns | {"value": [1.0, None, 3.0]}))
    made = stored.store(connection, stored.Rows("SELECT * FROM given", 1, 1, extras=("value",)))
    assert_array_equal(made.events.extra("value"), [3, 1, np.nan])
    assert_array_equal(made.events.extra("moment"), [1, 2, 1])
    assert made.customers.to_pydict() == {"who": ["b", "a"]}
    assert made.converted is None


def test_little_memory_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "MEMORY", "60MB")
    rng = np.random.default_rng(0)
    n = 300_000
    columns = {"who": rng.integers(0, n // 8, n), "code": rng.integers(0, 5, n), "moment": rng.integers(0, 10**6, n)}
    connection = stored.opened()
    connection.register("given", pa.table(columns | {"row": np.arange(n)}))
    made = stored.store(connection, stored.Rows("SELECT * FROM given", 5, 1)).events
    _, customer = np.unique(columns["who"], return_inverse=True)
    moves = engine.transitions(engine.sort_events(customer, columns["code"], ticks=columns["moment"])[0])
    assert_array_equal(engine.transitions(made).n, moves.n)


@settings(max_examples=15, deadline=None)
@given(rows_of(), CUTS, st.integers(1, 9))
def test_departures_are_the_same_however_few_customers_are_counted_at_a_time(
    rows: list[Row], cuts: Any, at_once: int
) -> None:
    events, made, _ = both(rows, cuts, "time")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journey_batches, "AT_ONCE", at_once)
        for one, two in zip(departure_sums(events), departure_sums(made.events)):
            assert_array_equal(one, two)
