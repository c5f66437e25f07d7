from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from cxlens.engine import journeys as engine

# Ten events of three customers, jumbled: 0 goes a b a c, 1 goes b c c, 2 goes a b c.
CUSTOMER = np.array([1, 0, 2, 0, 1, 0, 2, 1, 0, 2])
CODE = np.array([2, 0, 0, 1, 1, 2, 1, 2, 0, 2])
SECOND = np.array([20, 0, 5, 10, 0, 70, 6, 50, 30, 9])


@pytest.fixture
def ten() -> engine.SortedEvents:
    return engine.sort_events(CUSTOMER, CODE, ticks=SECOND * 1000, per_second=1000)[0]


def logs(largest: int = 4) -> st.SearchStrategy[list[tuple[int, int]]]:
    """Pairs of customer and touchpoint codes; customers are numbered without holes by the test."""
    return st.lists(st.tuples(st.integers(0, 5), st.integers(0, largest)), min_size=1, max_size=40)


def dense(values: list[int]) -> np.ndarray:
    return np.unique(values, return_inverse=True)[1]


def sorted_log(pairs: list[tuple[int, int]]) -> engine.SortedEvents:
    return engine.sort_events(
        dense([who for who, _ in pairs]), dense([what for _, what in pairs]), order=np.arange(len(pairs))
    )[0]


def test_ten_events_are_sorted_once(ten: engine.SortedEvents) -> None:
    assert_array_equal(ten.journey, [0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
    assert_array_equal(ten.step, [1, 2, 3, 4, 1, 2, 3, 1, 2, 3])
    assert_array_equal(ten.code, [0, 1, 0, 2, 1, 2, 2, 0, 1, 2])
    assert_array_equal(ten.following, [1, 0, 2, -1, 2, 2, -1, 1, 2, -1])
    assert_array_equal(ten.gap, [10, 20, 40, np.nan, 20, 30, np.nan, 1, 3, np.nan])
    assert_array_equal(ten.first, [1, 1, 0, 1, 1, 1, 0, 1, 1, 1])
    assert (ten.n_customers, ten.n_touchpoints, len(ten)) == (3, 3, 10)


def test_rows_say_where_each_sorted_event_came_from() -> None:
    rows = engine.sort_events(CUSTOMER, CODE, ticks=SECOND)[1]
    assert_array_equal(rows, [1, 3, 8, 5, 4, 0, 7, 2, 6, 9])


def test_ten_events_transitions(ten: engine.SortedEvents) -> None:
    origin, target, n, _ = engine.transitions(ten)
    counted = dict(zip(zip(origin.tolist(), target.tolist()), n.tolist()))
    assert counted == {(-1, 0): 2, (-1, 1): 1, (0, 1): 2, (0, 2): 1, (1, 0): 1, (1, 2): 2, (2, -1): 3, (2, 2): 1}


def test_ten_events_gaps(ten: engine.SortedEvents) -> None:
    origin, target, _, median = engine.transitions(ten)
    timed = {(one, two): gap for one, two, gap in zip(origin.tolist(), target.tolist(), median.tolist()) if gap == gap}
    assert timed == {(0, 1): 5.5, (0, 2): 40, (1, 0): 20, (1, 2): 11.5, (2, 2): 30}


def test_ten_events_variants(ten: engine.SortedEvents) -> None:
    found = engine.variants(ten)
    assert_array_equal(found.n, [1, 1, 1])
    paths = [engine.codes_of(ten, who).tolist() for who in found.example.tolist()]
    assert sorted(paths) == [[0, 1, 0, 2], [0, 1, 2], [1, 2, 2]]


def test_ten_events_step_matrix(ten: engine.SortedEvents) -> None:
    assert_array_equal(engine.step_matrix(ten), [[2, 0, 1, 0], [1, 2, 0, 0], [0, 1, 2, 1], [0, 0, 0, 2]])
    assert_array_equal(engine.step_matrix(ten, most=2), [[2, 0], [1, 2], [0, 1], [0, 0]])


def test_ten_events_drop_off(ten: engine.SortedEvents) -> None:
    nobody = [0, 0, 0]
    assert_array_equal(engine.drop_off(ten), [[2, 3, 3], [0, 0, 3], [0, 0, 3], nobody, nobody])
    converted = np.array([True, False, True])
    assert_array_equal(engine.drop_off(ten, converted), [[2, 3, 3], [0, 0, 3], [0, 0, 1], nobody, [2, 2, 2]])
    goes_on = np.array([False, True, False])
    assert_array_equal(engine.drop_off(ten, None, goes_on), [[2, 3, 3], [0, 0, 2], [0, 0, 2], [0, 0, 1], nobody])


def test_ten_events_silences(ten: engine.SortedEvents) -> None:
    assert_array_equal(ten.silence, [0, 20, 61])
    assert_array_equal(engine.waits(ten), [10, 20, 40, 0, 20, 30, 20, 1, 3, 61])
    part = engine.take_journeys(ten, np.array([False, True, True]))
    assert_array_equal(part.silence, [20, 61])  # to the end of the whole record
    assert np.isnan(sorted_log([(0, 1), (1, 2)]).silence).all()


def test_ten_events_first_steps(ten: engine.SortedEvents) -> None:
    first = engine.first_steps(ten)
    assert first["median"].to_dict() == {0: 1, 1: 2, 2: 3}
    assert first["mean"].to_dict() == pytest.approx({0: 1, 1: 5 / 3, 2: 3})


def test_ties_in_time_are_broken_by_order_and_then_by_the_input() -> None:
    customer, code, ticks = np.zeros(4, int), np.array([0, 1, 2, 3]), np.array([7, 7, 7, 1])
    assert_array_equal(engine.sort_events(customer, code, ticks=ticks)[0].code, [3, 0, 1, 2])
    by = np.array([9.0, 8.0, 8.0, 99.0])
    assert_array_equal(engine.sort_events(customer, code, ticks=ticks, order=by)[0].code, [3, 1, 2, 0])


def test_without_a_clock_there_are_no_gaps() -> None:
    events = engine.sort_events(CUSTOMER, CODE, order=SECOND)[0]
    assert np.isnan(events.gap).all()
    assert np.isnan(engine.transitions(events).median_gap).all()


def test_large_whole_numbers_keep_their_order() -> None:
    late = np.array([2**53 + 1, 2**53])
    assert_array_equal(engine.sort_events(np.zeros(2, int), np.array([0, 1]), order=late)[0].code, [1, 0])


def test_taking_customers_and_renaming(ten: engine.SortedEvents) -> None:
    part = engine.rename(engine.take_journeys(ten, np.array([False, True, False])), np.array([-1, 0, 1]))
    assert_array_equal(part.journey, [0, 0, 0])
    assert_array_equal(part.code, [0, 1, 1])
    assert_array_equal(part.following, [1, 1, -1])
    assert (part.n_customers, part.n_touchpoints) == (1, 2)


@given(logs(), st.integers(1, 3))
def test_moves_by_group_are_those_of_each_group(pairs: list[tuple[int, int]], groups: int) -> None:
    events = sorted_log(pairs)
    group = np.arange(events.n_journeys) % groups
    moves = engine.moves_by(events, group)
    for number in range(min(groups, events.n_journeys)):
        here = moves.group == number
        alone = engine.transitions(engine.take_journeys(events, group == number))
        assert_array_equal([moves.origin[here], moves.target[here], moves.n[here]], alone[:3])


@given(logs())
def test_counts_reconcile(pairs: list[tuple[int, int]]) -> None:
    events = sorted_log(pairs)
    moves = engine.transitions(events)
    assert moves.n[moves.origin != engine.EDGE].sum() == len(pairs)
    assert moves.n[moves.origin == engine.EDGE].sum() == events.n_customers
    assert moves.n[moves.target == engine.EDGE].sum() == events.n_customers
    assert engine.variants(events).n.sum() == events.n_customers
    assert (engine.step_matrix(events).sum(axis=0) == events.n_customers).all()
    ends = engine.drop_off(events)
    assert ends.ended.sum() == events.n_customers
    assert (ends.ended <= ends.reached).all()


@given(logs(largest=1))
def test_variants_are_those_of_the_written_paths(pairs: list[tuple[int, int]]) -> None:
    events = sorted_log(pairs)
    written: dict[tuple[int, ...], int] = {}
    for who in range(events.n_customers):
        path = tuple(events.code[events.journey == who].tolist())
        written[path] = written.get(path, 0) + 1
    found = engine.variants(events)
    paths = [tuple(engine.codes_of(events, who).tolist()) for who in found.example.tolist()]
    assert dict(zip(paths, found.n.tolist())) == written
    assert all(len(one) <= len(two) for one, two, n in zip(paths, paths[1:], np.diff(found.n)) if n == 0)


@given(logs(), st.randoms(use_true_random=False))
def test_row_order_does_not_matter_when_times_are_distinct(pairs: list[tuple[int, int]], random: object) -> None:
    customer, code = dense([who for who, _ in pairs]), dense([what for _, what in pairs])
    ticks, rows = np.arange(len(pairs)), list(range(len(pairs)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    one = engine.sort_events(customer, code, ticks=ticks)[0]
    two = engine.sort_events(customer[rows], code[rows], ticks=ticks[rows])[0]
    for name in ("journey", "step", "code", "following", "gap", "first"):
        assert_array_equal(getattr(one, name), getattr(two, name))
    for count in (engine.transitions, engine.variants):
        for left, right in zip(count(one), count(two)):
            assert_array_equal(left, right)


def test_one_journey_of_each_customer_tells_of_people() -> None:
    who, what = np.repeat([0, 1, 2], 4), np.tile([0, 1, 0, 1], 3)
    ends = np.array([False, True])
    events = engine.sort_events(who, what, order=np.arange(12), cuts=engine.Cuts(ends))[0]
    assert_array_equal(events.owner, [0, 0, 1, 1, 2, 2])
    assert_array_equal(events.episode, [1, 2, 1, 2, 1, 2])
    assert events.over.all()
    assert_array_equal(engine.is_counted(events, 5), [True, False, False, True, True, False])
    preferred = np.array([False, True, False, False, False, False])
    assert_array_equal(engine.is_counted(events, 5, preferred), [False, True, False, True, True, False])
    assert engine.is_counted(events, 1).all()
    people = engine.one_each(events, 5)
    assert (people.n_journeys, people.n_customers, len(people)) == (3, 3, 6)
    assert engine.one_each(events, 1) is events


@given(logs(), st.sampled_from([None, 1.5, 3.0]), st.booleans())
def test_journeys_are_cut_as_a_loop_cuts_them(pairs: list[tuple[int, int]], gap: float | None, ends_at_0: bool) -> None:
    who, code = dense([who for who, _ in pairs]), dense([what for _, what in pairs])
    ticks = np.cumsum(np.arange(len(pairs)) % 3)
    ends = np.arange(code.max() + 1) == 0 if ends_at_0 else None
    events = engine.sort_events(who, code, ticks=ticks, cuts=engine.Cuts(ends, gap))[0]
    wanted: list[list[int]] = []
    over: list[bool] = []
    for customer in range(int(who.max()) + 1):
        last = None
        for place in np.flatnonzero(who == customer):
            is_new = last is None or (gap is not None and ticks[place] - ticks[last] > gap) or over[-1]
            if is_new:
                wanted.append([])
                over.append(False)
            wanted[-1].append(int(code[place]))
            over[-1] = ends_at_0 and code[place] == 0
            last = place
    assert [engine.codes_of(events, journey).tolist() for journey in range(events.n_journeys)] == wanted
    assert events.over.tolist() == over
    assert (events.silence >= 0).all()
