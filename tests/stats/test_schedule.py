"""Schedules: the reference, every start vector of 200 small cases, minimal sets of what clashes, ties."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cxlens.stats.schedule as module
from cxlens.errors import ValuesError
from cxlens.stats.schedule import Problem, Schedule, Shared, clashes, concave, keeps, loads, schedule, worth

KINDS = ["budget", "capacity", "prerequisites", "exclusion", "must", "short_term"]


def problem(values: list[float], costs: list[float], budget: list[float], **more) -> Problem:
    """Initiatives of one period that need no team, unless said otherwise."""
    m, t = len(values), len(budget)
    free = {
        "durations": np.ones(m, int), "needs": np.zeros((m, 0)), "capacity": np.zeros((0, t)), "prerequisites": [],
        "exclusions": [], "must": np.zeros(m, bool),
    }  # fmt: skip
    return Problem(np.array(values, float), np.array(costs, float), budget=np.array(budget, float), **free | more)


def random_case(rng: np.random.Generator, m: int, t: int) -> Problem:
    """Every kind of limit at once, some tight."""
    values = rng.integers(-3, 13, m).astype(float)
    durations = rng.integers(1, t + 1, m)
    pairs = [tuple(int(i) for i in rng.choice(m, 2, replace=False)) for _ in range(3)]
    shared = []
    for _ in range(2):
        members = np.sort(rng.choice(m, rng.integers(1, m), replace=False))
        slopes = np.sort(rng.uniform(-0.2, 2.0, 3))[::-1]
        intercepts = np.append(0, np.cumsum((slopes[:-1] - slopes[1:]) * np.sort(rng.uniform(1, 15, 2))))
        shared.append(Shared(members, rng.integers(-1, 12, len(members)).astype(float), slopes, intercepts))
    return Problem(
        values=values,
        costs=rng.integers(0, 9, m) * durations.astype(float),
        durations=durations,
        budget=rng.integers(4, 16, t).astype(float),
        needs=rng.integers(0, 4, (m, 2)).astype(float),
        capacity=rng.integers(2, 7, (2, t)).astype(float),
        prerequisites=pairs[:1],
        exclusions=pairs[1:],
        must=rng.random(m) < 0.25,
        short_term=(float(rng.choice([0.25, 0.5, 0.75])), int(rng.integers(1, t + 1))),
        decay=float(rng.choice([0.0, 0.5, 0.9, 1.0])),
        shared=shared,
    )


def every(case: Problem, more: int = 0) -> tuple[np.ndarray, dict[tuple[str, int], np.ndarray]]:
    """Every vector of starts that ends in time, and which of them keep each limit; so many more periods at the end."""
    m, t = len(case.values), len(case.budget) + more
    ways = [[-1, *range(t - d + 1)] for d in case.durations]
    starts = np.array(list(itertools.product(*ways))).reshape(-1, m)
    chosen, ends = starts >= 0, starts + case.durations
    keeps = {}
    runs = [chosen & (starts <= a) & (a < ends) for a in range(t)]  # by period
    last = len(case.budget) - 1
    keeps["budget", 0] = np.all(
        [run @ (case.costs / case.durations) <= case.budget[min(a, last)] + 1e-9 for a, run in enumerate(runs)], axis=0
    )
    for k in range(len(case.capacity)):
        keeps["capacity", k] = np.all(
            [run @ case.needs[:, k] <= case.capacity[k, min(a, last)] + 1e-9 for a, run in enumerate(runs)], axis=0
        )
    for i, p in case.prerequisites:
        kept = ~chosen[:, i] | (chosen[:, p] & (starts[:, i] >= ends[:, p]))
        keeps["prerequisites", i] = keeps.get(("prerequisites", i), True) & kept
    for k, (one, other) in enumerate(case.exclusions):
        keeps["exclusion", k] = ~(chosen[:, one] & chosen[:, other])
    for i in np.flatnonzero(case.must):
        keeps["must", int(i)] = chosen[:, i]
    if case.short_term:
        share, periods = case.short_term
        soon = chosen & (ends <= periods)
        keeps["short_term", 0] = (
            soon @ np.maximum(case.values, 0) >= share * (chosen @ np.maximum(case.values, 0)) - 1e-9
        )
    return starts, keeps


def values_of(case: Problem, starts: np.ndarray) -> np.ndarray:
    """The objective of each vector of starts, period by period."""
    own = {i for one in case.shared for i in one.members}
    alone = [i for i in range(len(case.values)) if i not in own]
    total, before = np.zeros(len(starts)), [np.zeros(len(starts)) for _ in case.shared]
    for a in range(len(case.budget)):
        arrives = (starts >= 0) & (starts + case.durations - 1 == a)
        there = (starts >= 0) & (starts + case.durations - 1 <= a)
        total += case.decay**a * (arrives[:, alone] @ case.values[alone])
        for q, one in enumerate(case.shared):
            lift = there[:, one.members] @ one.lifts
            gain = np.min([c + b * lift for c, b in zip(one.intercepts, one.slopes, strict=True)], axis=0)
            total += case.decay**a * (gain - before[q])
            before[q] = gain
    return total


def best(values: np.ndarray, keeps: dict[tuple[str, int], np.ndarray], without: str = "") -> float:
    """The best value among those that keep all limits but one kind; minus infinity where none does."""
    kept = np.all([mask for (kind, _), mask in keeps.items() if kind != without], axis=0)
    return values[kept].max() if kept.any() else -np.inf


def test_the_reference(shared: Path):
    known = json.loads((shared / "reference" / "measures.json").read_text())["roadmap_milp"]["value"]
    ((first, second),) = known["prec"]  # the first comes before the second
    case = problem(known["value"], known["cost"], known["cap"], prerequisites=[(second, first)], decay=known["decay"])
    found = schedule(case)
    assert found.objective == pytest.approx(known["objective"], abs=1e-9)
    assert [None if start < 0 else start for start in found.starts.tolist()] == known["periods"]
    assert found.gap <= 1e-6
    assert found.bound == pytest.approx(24.7)


def test_agrees_with_every_schedule_there_is():
    rng = np.random.default_rng(5)
    binds, possible = dict.fromkeys([*KINDS, "decay", "shared"], 0), 0
    for _ in range(200):
        t = int(rng.integers(1, 4))
        case = random_case(rng, int(rng.integers(3, 6)), t)
        starts, limits = every(case)
        values = values_of(case, starts)
        optimum, found = best(values, limits), schedule(case)
        assert (found is None) == np.isneginf(optimum)
        for kind in KINDS:
            binds[kind] += best(values, limits, kind) > optimum + 1e-6
        if found is None:
            continue
        possible += 1
        own = int(np.flatnonzero((starts == found.starts).all(axis=1))[0])
        assert all(mask[own] for mask in limits.values())
        assert (found.objective, values[own]) == pytest.approx((optimum, optimum), abs=1e-6)
        assert found.bound >= optimum - 1e-6
        for kind, other in (("decay", case._replace(decay=1.0)), ("shared", case._replace(shared=[]))):
            binds[kind] += abs(best(values_of(other, starts), limits) - optimum) > 1e-6
    assert 60 <= possible <= 140
    assert min(binds.values()) >= 15, binds


def test_what_follows_starts_no_sooner_than_what_it_follows():
    rng = np.random.default_rng(17)
    binds, possible = 0, 0
    for _ in range(60):
        case = random_case(rng, int(rng.integers(3, 6)), int(rng.integers(1, 4)))
        free = schedule(case)
        if free is None:
            continue
        i = int(free.starts.argmax())
        p = int(np.where(np.arange(len(free.starts)) == i, 9, free.starts).argmin())  # left out, or the first
        starts, limits = every(case)
        values = values_of(case, starts)
        follows = (starts[:, i] < 0) | ((starts[:, p] >= 0) & (starts[:, i] >= starts[:, p]))
        optimum = best(values, {**limits, ("follows", 0): follows})
        found = schedule(case._replace(follows=[(i, p)]))
        assert (found is None) == np.isneginf(optimum)
        if found is not None:
            possible += 1
            binds += best(values, limits) > optimum + 1e-6
            assert follows[np.flatnonzero((starts == found.starts).all(axis=1))[0]]
            assert found.objective == pytest.approx(optimum, abs=1e-6)
    assert possible >= 20
    assert binds >= 8


def test_clashes_hold_apart_but_not_together():
    rng = np.random.default_rng(11)
    seen: dict[str, int] = {}
    for _ in range(50):
        case = random_case(rng, int(rng.integers(2, 4)), int(rng.integers(1, 3)))
        case = case._replace(must=case.must | (rng.random(len(case.must)) < 0.5))
        found = clashes(case)
        assert bool(found) == (schedule(case) is None)
        now, later = every(case)[1], every(case, int(case.durations.sum()))[1]
        for group in found:
            seen[group[0]] = seen.get(group[0], 0) + 1
            rest = [other for other in found if other != group]
            assert _possible(rest, now, later)
        assert not found or not _possible(found, now, later)
    assert set(seen) == {*KINDS, "horizon"}
    assert min(seen.values()) >= 3, seen


def _possible(groups: list, now: dict, later: dict) -> bool:
    keeps = now if ("horizon", 0) in groups else later
    masks = [np.ones_like(next(iter(keeps.values()))), *(keeps[group] for group in groups if group[0] != "horizon")]
    return bool(np.all(masks, axis=0).any())


def test_nothing_is_chosen_for_nothing_and_nothing_waits_without_need():
    case = problem([3, 0, 2], [1, 1, 1], [2, 2, 2], prerequisites=[(2, 0)])
    assert schedule(case).starts.tolist() == [0, -1, 1]
    needed = problem([3, 0, 2], [1, 1, 1], [2, 2, 2], prerequisites=[(2, 1)])
    assert schedule(needed).starts.tolist() == [0, 0, 1]
    harm = problem([-1, -1], [0, 0], [1, 1, 1], must=np.array([True, False]), decay=0.5)
    assert schedule(harm) == Schedule(pytest.approx(np.array([2, -1])), -0.25, -0.25, 0.0)


def test_large_sums_of_money_are_as_exact_as_small_ones():
    case = problem([1, 1], [2_000_000, 1_000_010], [3_000_000])
    assert (schedule(case).starts >= 0).sum() == 1
    assert (schedule(case._replace(budget=np.array([3_000_010.0]))).starts >= 0).sum() == 2


def test_tiny_benefits_count_as_large_ones_do():
    rng = np.random.default_rng(2)
    case = problem(rng.uniform(1, 2, 12), rng.integers(1, 9, 12), [9, 9, 9], decay=0.9)
    large, tiny = schedule(case), schedule(case._replace(values=case.values * 1e-7))
    assert tiny.objective == pytest.approx(large.objective * 1e-7, rel=1e-6)


def test_out_of_time_it_gives_what_it_has_and_how_far_off_it_may_be():
    rng = np.random.default_rng(0)
    m, t = 60, 8
    case = problem(
        rng.uniform(1, 2, m), rng.integers(20, 60, m), np.full(t, 101.0), durations=rng.integers(1, 5, m),
        needs=rng.integers(0, 4, (m, 3)), capacity=np.full((3, t), 8.0), decay=0.95,
    )  # fmt: skip
    found = schedule(case, time_limit=1)
    assert 0 < found.objective < found.bound
    assert found.gap == pytest.approx(1 - found.objective / found.bound)
    runs = (found.starts[:, None] >= 0) & (found.starts[:, None] <= np.arange(t))
    runs &= np.arange(t) < (found.starts + case.durations)[:, None]
    assert (case.needs.T @ runs <= 8).all()
    assert ((case.costs / case.durations) @ runs <= 101 + 1e-9).all()
    assert (found.starts + case.durations <= t).all()


def test_what_is_near_enough_to_the_bound_is_not_improved_further(monkeypatch):
    case = problem(np.ones(40), np.arange(40), [60, 60])
    monkeypatch.setattr(module, "OUT_OF_TIME", 0)  # as if HiGHS, which has solved it, had had no time to
    start = monotonic()
    found = schedule(case, time_limit=60)
    assert monotonic() - start < 30
    assert found.gap == pytest.approx(0, abs=1e-6)


def test_no_time_at_all():
    case = problem(np.ones(40), np.arange(40), [60, 60], must=np.arange(40) < 5)
    with pytest.raises(ValuesError) as error:
        schedule(case, time_limit=0)
    assert str(error.value) == "no schedule was found in 0 seconds. Give a longer time_limit."


def test_any_schedule_is_judged_by_the_same_rules():
    rng = np.random.default_rng(3)
    for _ in range(10):
        case = random_case(rng, 3, 2)
        starts, limits = every(case)
        kept = np.all(list(limits.values()), axis=0)
        assert [keeps(case, own) for own in starts] == kept.tolist()
        np.testing.assert_allclose([worth(case, own) for own in starts], values_of(case, starts), atol=1e-12)
        within = [(loads(case, own) <= np.vstack([case.budget, case.capacity]) + 1e-9).all() for own in starts]
        money, teams = limits["budget", 0], limits["capacity", 0] & limits["capacity", 1]
        assert within == (money & teams).tolist()


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=8), st.integers(0, 7))
def test_the_least_concave_line_above_points(gains: list[float], zero: int):
    totals = np.arange(len(gains)) - float(min(zero, len(gains) - 1))
    slopes, intercepts = concave(totals, np.array(gains))
    line = Shared(np.array([0]), np.array([1.0]), slopes, intercepts)
    assert (np.diff(slopes) < 0).all()
    assert line.gain(np.array(0.0)) == pytest.approx(0, abs=1e-12)
    above = line.gain(totals) - gains
    assert np.ptp(above[above < above.min() + 1e-7]) < 1e-7
    assert (np.abs(above - above.min()) < 1e-7).sum() >= len(slopes) + 1  # it rests on a point wherever it bends
    assert above[[0, -1]] == pytest.approx(above.min(), abs=1e-7)


def test_a_line_that_is_concave_stays_as_it_is():
    slopes, intercepts = concave(np.array([-1.0, 0, 1, 2, 3]), np.array([-2.0, 0, 2, 3, 3]))
    assert (slopes.tolist(), intercepts.tolist()) == ([2, 1, 0], [0, 1, 3])
