"""Which initiatives to choose and when to start each, for the most worth: a mixed-integer program, solved by HiGHS.

``x[i, s]`` is 1 where initiative i starts in period s. Names, forecasts, and in words why one is out, belong to
:mod:`cxlens.stages.improve.roadmap`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from time import monotonic
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from cxlens.errors import ValuesError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Group = tuple[Literal["must", "prerequisites", "exclusion", "capacity", "budget", "short_term", "horizon"], int]
OUT_OF_TIME, INFEASIBLE = 1, 2  # what SciPy says of how HiGHS ended
WHOLE = 0.25  # share of the time for the problem as a whole, before parts of it are solved again
FREE = 15  # initiatives, on average, that such a part may move
EXACT = 1e-9  # by how much, of the largest number in it, a sum of floats may miss what it should be


class Shared(NamedTuple):
    """Initiatives whose lifts add up to one gain: ``min over h of intercepts[h] + slopes[h] * total lift``.

    ``members`` and ``lifts`` are (g,), ``slopes`` and ``intercepts`` (h,); the least intercept is 0.
    """

    members: Ints
    lifts: Floats
    slopes: Floats
    intercepts: Floats

    def gain(self, total: Floats) -> Floats:
        """Gain of a total lift, of any shape."""
        return np.asarray(np.min(self.intercepts + np.asarray(total)[..., None] * self.slopes, axis=-1))


class Problem(NamedTuple):
    """m initiatives, t periods, k teams.

    Attributes
    ----------
    values
        (m,) what each alone adds to the outcome; negative where it harms.
    costs
        (m,) money, spent evenly over its duration.
    durations
        (m,) periods. Started in s it runs in s to s + duration - 1, the last of which is within the horizon and
        brings the benefit.
    budget
        (t,) money of each period, not carried over; infinite where there is no limit.
    needs, capacity
        (m, k) what it takes of each team a period while it runs, and (k, t) what there is.
    prerequisites
        (i, p): i is chosen only if p is, and starts only after p has ended.
    exclusions
        Pairs of which at most one is chosen.
    must
        (m,) which have to be chosen.
    short_term
        (share, periods): of the values above 0 of all that are chosen, each alone, at least this share is there after
        so many periods.
    decay
        From 0 to 1: benefit that arrives in period a (from 0) is worth ``decay**a``.
    shared
        Initiatives in here add to the gains they share, in one or several groups, in place of their value alone.
    """

    values: Floats
    costs: Floats
    durations: Ints
    budget: Floats
    needs: Floats
    capacity: Floats
    prerequisites: Sequence[tuple[int, int]]
    exclusions: Sequence[tuple[int, int]]
    must: Bools
    short_term: tuple[float, int] | None = None
    decay: float = 1.0
    shared: Sequence[Shared] = ()


class Schedule(NamedTuple):
    """Starts (m,), -1 for what is left out; its worth, what no schedule exceeds, and the gap as a share of that."""

    starts: Ints
    objective: float
    bound: float
    gap: float


def schedule(problem: Problem, *, time_limit: float = 10.0, gap: float = 1e-6) -> Schedule | None:
    """Find the schedule that is worth most.

    The objective is linear: with weights ``decay**a - decay**(a + 1)`` (the last period: ``decay**a``) on what has
    arrived by each period, the value of each initiative and the gain of each shared group. A gain is a variable held
    below its pieces. No weight is negative, so it is as large as the pieces allow, which is the gain itself.

    Where HiGHS has not proved its schedule best in a quarter of the time, the rest goes into solving it again and again
    for a few initiatives drawn at random, while the others stay as they are.

    Parameters
    ----------
    problem
        What is to be chosen from, and the limits.
    time_limit
        Seconds after which the best schedule found so far is good enough.
    gap
        Stop when no schedule can be better by more than this share.

    Returns
    -------
    Schedule or None
        None where the limits contradict each other; :func:`clashes` tells which. Of schedules worth the same, one
        that chooses nothing for nothing and starts things early.

    Raises
    ------
    ValuesError
        When there was no time to find any schedule.

    Notes
    -----
    Limits hold to a millionth of the largest number in them. Variables by period are those of Pritsker, Watters and
    Wolfe (1969), Management Science 16; precedence period by period is the tight form of Christofides,
    Alvarez-Valdes and Tamarit (1987), European Journal of Operational Research 29; solving for a part while the rest
    stays is the neighbourhood search of Shaw (1998), CP98.

    Examples
    --------
    >>> one = Problem(np.array([3.0, 2.0]), np.array([4.0, 4.0]), np.array([1, 1]), np.array([4.0, 4.0]),
    ...               np.zeros((2, 0)), np.zeros((0, 2)), [], [], np.zeros(2, bool), decay=0.9)
    >>> schedule(one).starts.tolist()
    [0, 1]
    """
    end = monotonic() + time_limit
    program = _program(problem)
    solved = program.solve(WHOLE * time_limit, gap)
    if solved.status == OUT_OF_TIME and solved.x is None:
        solved = program.solve(max(end - monotonic(), 0), gap)
    if solved.status == INFEASIBLE:
        return None
    if solved.x is None:
        raise ValuesError(f"no schedule was found in {time_limit:g} seconds. Give a longer time_limit.")
    if solved.status == OUT_OF_TIME:
        solved.x = _improved(program, solved.x, end, gap)
    starts = _tidy(problem, _starts(solved.x[: program.whole.sum()].reshape(-1, len(problem.budget))))
    objective = worth(problem, starts)
    bound = max(-solved.mip_dual_bound * program.scale, objective)
    size = max(abs(bound), abs(objective))
    return Schedule(starts, objective, bound, (bound - objective) / size if size else 0.0)


def clashes(problem: Problem, *, time_limit: float = 10.0) -> list[Group]:
    """Find limits that cannot hold together although they could if any one of them were dropped.

    Each limit is dropped in turn and stays out if the rest still contradicts itself (a deletion filter; Chinneck and
    Dravnieks 1991, ORSA Journal on Computing 3). Without the horizon there are more periods like the last one.

    Parameters
    ----------
    problem
        One for which :func:`schedule` gives None.
    time_limit
        Seconds for each question. A limit about which there is no answer in time stays in.

    Returns
    -------
    list of (kind, number)
        ``("must", i)``, ``("prerequisites", i)`` (all of i), ``("exclusion", number of the pair)``, ``("capacity",
        team)``, ``("budget", 0)``, ``("short_term", 0)``, ``("horizon", 0)``. Empty where nothing clashes.
    """
    kept = _groups(problem)
    if not _infeasible(problem, time_limit):
        return []
    for group in list(kept):
        rest = [other for other in kept if other != group]
        if _infeasible(_only(problem, rest), time_limit):
            kept = rest
    return kept


def worth(problem: Problem, starts: Ints) -> float:
    """The objective of a schedule, from its definition."""
    there = (starts[:, None] >= 0) & ((starts + problem.durations)[:, None] <= np.arange(1, len(problem.budget) + 1))
    gains = [one.gain(one.lifts @ there[one.members]) for one in problem.shared]
    return float(_weights(problem) @ np.sum([_alone(problem) @ there, *gains], axis=0))


def loads(problem: Problem, starts: Ints) -> Floats:
    """(1 + k, t) money, and capacity of each team, that a schedule takes in each period."""
    now = np.arange(len(problem.budget))
    runs = (starts[:, None] >= 0) & (starts[:, None] <= now) & (now < (starts + problem.durations)[:, None])
    return np.asarray(_loads(problem) @ runs)


def keeps(problem: Problem, starts: Ints) -> bool:
    """Whether a schedule keeps all limits."""
    rows, low, high = _limits(problem)
    found = rows @ (starts[:, None] == np.arange(len(problem.budget))).ravel()
    return bool(((found >= low - EXACT) & (found <= high + EXACT)).all())


def concave(totals: Floats, gains: Floats) -> tuple[Floats, Floats]:
    """Slopes and intercepts of the least concave line above points, moved up or down so that it is 0 at 0.

    ``totals`` rise, from 0 or less to 0 or more.
    """
    kept: list[tuple[float, float]] = []
    for x, y in zip(totals, gains, strict=True):
        while len(kept) > 1 and _slope(kept[-1], (x, y)) >= _slope(kept[-2], kept[-1]) - EXACT:
            kept.pop()
        kept.append((x, y))
    slopes = np.array([_slope(one, other) for one, other in pairwise(kept)])
    intercepts = np.array([y for _, y in kept[:-1]]) - slopes * [x for x, _ in kept[:-1]]
    return slopes, intercepts - intercepts.min()


def _slope(one: tuple[float, float], other: tuple[float, float]) -> float:
    return (other[1] - one[1]) / (other[0] - one[0])


class _Program(NamedTuple):
    """Maximise ``worth * scale`` of the variables: x, raveled, then the gain of each shared group by each period."""

    worth: Floats
    scale: float
    periods: int
    whole: Bools
    rows: Any
    low: Floats
    high: Floats

    def solve(self, seconds: float, gap: float, held: Bools | None = None, at: Floats | None = None) -> Any:
        """The optimum by HiGHS, the held variables as they are in ``at``."""
        low, high = np.where(self.whole, 0, -np.inf), np.where(self.whole, 1, np.inf)
        if held is not None and at is not None:
            low[held] = high[held] = np.round(at[held])
        return milp(
            -self.worth,
            integrality=self.whole,
            bounds=Bounds(low, high),
            constraints=LinearConstraint(self.rows, self.low, self.high),
            options={"time_limit": seconds, "mip_rel_gap": gap},
        )


def _program(problem: Problem) -> _Program:
    """The limits and the objective; gains below their pieces."""
    t, groups = len(problem.budget), problem.shared
    rows, low, high = _limits(problem)
    arrived = _since(problem.durations - 1, t)
    weights = _weights(problem)
    objective = np.concatenate([np.outer(_alone(problem), weights).ravel() @ arrived, np.tile(weights, len(groups))])
    scale = float(np.abs(objective).max()) or 1.0
    blocks = [[rows, sparse.csr_array((len(low), t * len(groups)))]]
    for q, one in enumerate(groups):
        lifts = sparse.csr_array(np.bincount(one.members, one.lifts, len(problem.values))[None])
        own = sparse.csr_array(np.eye(len(groups))[[q] * len(one.slopes)])
        total = sparse.kron(lifts, sparse.eye_array(t)) @ arrived
        blocks.append([sparse.kron(-one.slopes[:, None], total), sparse.kron(own, sparse.eye_array(t))])
        low = np.append(low, np.full(t * len(one.slopes), -np.inf))
        high = np.append(high, np.repeat(one.intercepts, t))
    whole = np.arange(len(objective)) < rows.shape[1]
    return _Program(objective / scale, scale, t, whole, sparse.block_array(blocks, format="csr"), low, high)


def _improved(program: _Program, x: Floats, end: float, gap: float) -> Floats:
    """The same or a better solution: until the time is over, solve for a few initiatives while the others stay."""
    rng = np.random.default_rng(0)
    t, size = program.periods, int(program.whole.sum())
    while (left := end - monotonic()) > 0:
        stays = rng.random(size // t) > FREE * t / size
        held = np.append(np.repeat(stays, t), np.zeros(len(x) - size, bool))
        found = program.solve(left, gap, held, x).x
        if found is not None and program.worth @ found >= program.worth @ x:  # another as good may lead on
            x = found
    return x


def _limits(problem: Problem) -> tuple[Any, Floats, Floats]:
    """All limits as ``low <= rows @ x <= high``, x raveled from (m, t); money and capacity scaled to about 1."""
    m, t = len(problem.values), len(problem.budget)
    started, ended = _since(np.zeros(m, np.intp), t), _since(problem.durations, t)
    chosen, arrived = started[t - 1 :: t], _since(problem.durations - 1, t)
    in_time = np.arange(t) <= t - problem.durations[:, None]
    load = _loads(problem)
    most = np.vstack([problem.budget, problem.capacity])
    size = np.abs(load).max(axis=1, keepdims=True)
    size[size == 0] = 1
    parts: list[tuple[Any, Any, Any]] = [
        (sparse.eye_array(m * t), 0, in_time.ravel()),
        (sparse.kron(load / size, sparse.eye_array(t)) @ (started - ended), -np.inf, (most / size).ravel()),
        (chosen, problem.must, 1),
    ]
    if problem.prerequisites:
        i, p = (np.add.outer(t * np.array(one), np.arange(t)).ravel() for one in zip(*problem.prerequisites))
        parts.append((started[i] - ended[p], -np.inf, 0))
    if problem.exclusions:
        one, other = (list(side) for side in zip(*problem.exclusions))
        parts.append((chosen[one] + chosen[other], -np.inf, 1))
    if problem.short_term:
        share, periods = problem.short_term
        gains = np.maximum(problem.values, 0.0)[None]  # harm chosen for its own sake would make the share easier
        values = gains / (gains.max() or 1)
        soon = arrived[min(periods, t) - 1 :: t]
        parts.append((sparse.csr_array(values) @ (soon - share * chosen), 0, np.inf))
    low, high = (np.concatenate([np.broadcast_to(part[k], part[0].shape[0]) for part in parts]) for k in (1, 2))
    return sparse.vstack([part[0] for part in parts], format="csr"), low.astype(float), high.astype(float)


def _loads(problem: Problem) -> Floats:
    """(1 + k, m) money, and capacity of each team, that an initiative takes a period while it runs."""
    return np.vstack([problem.costs / problem.durations, problem.needs.T])


def _since(periods: Ints, t: int) -> Any:
    """(m t, m t) matrix that tells from x what has started at least so many periods ago, by period."""
    now, start = np.arange(t)[:, None], np.arange(t)
    return sparse.csr_array(sparse.block_diag([(start + ago <= now).astype(float) for ago in periods]))


def _weights(problem: Problem) -> Floats:
    """(t,) what one more point that is there by a period is worth, beyond what it is worth one period later."""
    worth = np.asarray(problem.decay ** np.arange(len(problem.budget), dtype=float))
    return np.asarray(worth - np.append(worth[1:], 0.0))


def _alone(problem: Problem) -> Floats:
    """(m,) values, 0 for those that add to a shared gain."""
    values = problem.values.astype(float)
    for one in problem.shared:
        values[one.members] = 0
    return values


def _starts(x: Floats) -> Ints:
    return np.where(x.max(axis=1) > 0.5, x.argmax(axis=1), -1)


def _tidy(problem: Problem, starts: Ints) -> Ints:
    """Leave out or start earlier, by start and the dearest first, whatever can be so within the limits at no loss."""
    least = worth(problem, starts) - EXACT * float(np.abs(problem.values).max())
    for i in np.lexsort([-problem.costs, starts]):
        for start in range(-1, starts[i]):
            other = starts.copy()
            other[i] = start
            if worth(problem, other) >= least and keeps(problem, other):
                starts = other
                break
    return starts


def _groups(problem: Problem) -> list[Group]:
    """Every limit that may be dropped, in the order in which that is tried; the horizon last, as it takes longest."""
    found: list[Group] = [("exclusion", k) for k in range(len(problem.exclusions))]
    found += [("prerequisites", i) for i in sorted({i for i, _ in problem.prerequisites})]
    found += [("must", int(i)) for i in np.flatnonzero(problem.must)]
    found += [("capacity", int(k)) for k in np.flatnonzero(np.isfinite(problem.capacity).any(axis=1))]
    found += [("budget", 0)] if np.isfinite(problem.budget).any() else []
    found += [("short_term", 0)] if problem.short_term else []
    return [*found, ("horizon", 0)]


def _only(problem: Problem, groups: Iterable[Group]) -> Problem:
    """The problem with no limits but these."""
    kept = set(groups)
    more = 0 if ("horizon", 0) in kept else int(problem.durations.sum())
    teams = np.array([("capacity", k) in kept for k in range(len(problem.capacity))], bool)
    capacity = np.where(teams[:, None], problem.capacity, np.inf)
    budget = problem.budget if ("budget", 0) in kept else np.full(len(problem.budget), np.inf)
    return problem._replace(
        budget=np.pad(budget, (0, more), mode="edge"),
        capacity=np.pad(capacity, ((0, 0), (0, more)), mode="edge"),
        prerequisites=[pair for pair in problem.prerequisites if ("prerequisites", pair[0]) in kept],
        exclusions=[pair for k, pair in enumerate(problem.exclusions) if ("exclusion", k) in kept],
        must=np.array([("must", i) in kept for i in range(len(problem.must))], bool),
        short_term=problem.short_term if ("short_term", 0) in kept else None,
    )


def _infeasible(problem: Problem, time_limit: float) -> bool:
    """Whether it is proved that no schedule keeps the limits."""
    rows, low, high = _limits(problem)
    size = rows.shape[1]
    solved = milp(
        np.zeros(size),
        integrality=np.ones(size),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, low, high),
        options={"time_limit": time_limit},
    )
    return bool(solved.status == INFEASIBLE)
