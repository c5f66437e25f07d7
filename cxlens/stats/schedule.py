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
from cxlens.stats.quiet import quiet

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Group = tuple[Literal["must", "prerequisites", "exclusion", "capacity", "budget", "short_term", "horizon"], int]
OUT_OF_TIME, INFEASIBLE = 1, 2  # what SciPy says of how HiGHS ended
WHOLE = 0.25  # share of the time for the problem as a whole, before parts of it are solved again
WHOLE_IF_SMALL = 0.75  # where it has few choices: it is nearly always done by then, and the same on any machine
SMALL = 400  # choices: initiatives times periods
FREE = 15  # initiatives, on average, that such a part may move
EXACT = 1e-9  # by how much, of the largest number in it, a sum of floats may miss what it should be
Point = tuple[float, float]


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
        lift = np.asarray(total)[..., None]
        pieces = self.intercepts + lift * self.slopes
        return np.asarray(np.min(pieces, axis=-1))


class Forbidden(NamedTuple):
    """What may not be done at once: ``rows`` (m, t) times x adds up to ``high`` at most."""

    rows: Floats
    high: float


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
    forbidden
        What may not be done at once, for reasons of its own.
    follows
        (i, p): i is chosen only if p is, and starts no sooner, such as parts of one initiative in their order.
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
    forbidden: Sequence[Forbidden] = ()
    follows: Sequence[tuple[int, int]] = ()


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

    Where HiGHS has not proved its schedule best in a quarter of the time (in three quarters, if choices are few), the
    rest goes into solving it again and again for a few initiatives drawn at random, while the others stay as they are,
    until it comes near enough to the bound.

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
    >>> problem = Problem(np.array([3.0, 2.0]), np.array([4.0, 4.0]), np.array([1, 1]), np.array([4.0, 4.0]),
    ...                   np.zeros((2, 0)), np.zeros((0, 2)), [], [], np.zeros(2, bool), decay=0.9)
    >>> schedule(problem).starts.tolist()
    [0, 1]
    """
    end = monotonic() + time_limit
    limits = _limits(problem)
    program = _program(problem, limits)
    is_small = program.whole.sum() <= SMALL
    alone = WHOLE_IF_SMALL if is_small else WHOLE
    solved = program.solve(alone * time_limit, gap)
    if solved.status == OUT_OF_TIME and solved.x is None:
        time_left = max(end - monotonic(), 0)
        solved = program.solve(time_left, gap)
    if solved.status == INFEASIBLE:
        return None
    if solved.x is None:
        raise ValuesError(f"no schedule was found in {time_limit:g} seconds. Give a longer time_limit.")
    solution = solved.x
    if solved.status == OUT_OF_TIME:
        good_enough = -solved.mip_dual_bound / (1 + gap)
        solution = _improved(program, solution, end, gap, good_enough)
    starts = _tidy(problem, limits, _starts(program, solution))
    objective = worth(problem, starts)
    proved = -solved.mip_dual_bound * program.scale
    bound = max(proved, objective)
    return Schedule(starts, objective, bound, share_missed(objective, bound))


def clashes(problem: Problem, *, time_limit: float = 10.0) -> list[Group]:
    """Find limits that cannot hold together although they could if any one of them were dropped.

    Each limit is dropped in turn and stays out if the rest still contradicts itself (a deletion filter; Chinneck and
    Dravnieks 1991, ORSA Journal on Computing 3). Without the horizon there are more periods like the last one.

    Parameters
    ----------
    problem
        One for which :func:`schedule` gives None. What is forbidden for reasons of its own does not take part.
    time_limit
        Seconds for each question. A limit about which there is no answer in time stays in.

    Returns
    -------
    list of (kind, number)
        ``("must", i)``, ``("prerequisites", i)`` (all of i), ``("exclusion", number of the pair)``, ``("capacity",
        team)``, ``("budget", 0)``, ``("short_term", 0)``, ``("horizon", 0)``. Empty where nothing clashes.
    """
    clashing = _groups(problem)
    if not _infeasible(problem, time_limit):
        return []
    for group in list(clashing):
        rest = [other for other in clashing if other != group]
        if _infeasible(_only(problem, rest), time_limit):
            clashing = rest
    return clashing


def worth(problem: Problem, starts: Ints) -> float:
    """The objective of a schedule, from its definition."""
    chosen = starts >= 0
    ends = starts + problem.durations
    period_ends = np.arange(1, len(problem.budget) + 1)
    in_time = ends[:, None] <= period_ends
    arrived = in_time & chosen[:, None]
    gains = []
    for group in problem.shared:
        total_lift = group.lifts @ arrived[group.members]
        gains.append(group.gain(total_lift))
    alone = _alone(problem) @ arrived
    benefit = np.sum([alone, *gains], axis=0)
    return float(_weights(problem) @ benefit)


def loads(problem: Problem, starts: Ints) -> Floats:
    """(1 + k, t) money, and capacity of each team, that a schedule takes in each period."""
    return np.asarray(_loads(problem) @ runs(problem, starts))


def runs(problem: Problem, starts: Ints) -> Bools:
    """(m, t) what runs when."""
    periods = np.arange(len(problem.budget))
    begin = starts[:, None]
    end = begin + problem.durations[:, None]
    chosen = begin >= 0
    has_begun = begin <= periods
    goes_on = periods < end
    return np.asarray(chosen & has_begun & goes_on)


def keeps(problem: Problem, starts: Ints) -> bool:
    """Whether a schedule keeps all limits."""
    return _within(_limits(problem), starts, len(problem.budget))


def _within(limits: _Limits, starts: Ints, t: int) -> bool:
    """Whether a schedule over t periods keeps limits that are written out."""
    x = (starts[:, None] == np.arange(t)).ravel()
    sums = limits.rows @ x
    high_enough = sums >= limits.low - EXACT
    low_enough = sums <= limits.high + EXACT
    return bool((high_enough & low_enough).all())


def concave(totals: Floats, gains: Floats) -> tuple[Floats, Floats]:
    """Slopes and intercepts of the least concave line above points, moved up or down so that it is 0 at 0.

    ``totals`` rise, from 0 or less to 0 or more.
    """
    corners = _upper_hull(zip(totals, gains, strict=True))
    slopes = []
    intercepts = []
    for left, right in pairwise(corners):
        slope = _slope(left, right)
        total, gain = left
        slopes.append(slope)
        intercepts.append(gain - slope * total)
    return np.array(slopes), np.array(intercepts) - min(intercepts)


def _upper_hull(points: Iterable[Point]) -> list[Point]:
    """The corners of the least concave line above points that go from left to right."""
    corners: list[Point] = []
    for point in points:
        while len(corners) > 1 and _spans(corners[-2], corners[-1], point):
            corners.pop()
        corners.append(point)
    return corners


def _spans(left: Point, middle: Point, right: Point) -> bool:
    """Whether the line from the left to the right point runs above the middle one, or through it."""
    before = _slope(left, middle)
    after = _slope(middle, right)
    return after >= before - EXACT


def _slope(left: Point, right: Point) -> float:
    """Slope of the line through two points."""
    run = right[0] - left[0]
    rise = right[1] - left[1]
    return rise / run


class _Limits(NamedTuple):
    """``low <= rows @ x <= high``; low and high are (rows,), or one number for all rows."""

    rows: Any
    low: Any
    high: Any


class _Program(NamedTuple):
    """Maximise ``objective * scale`` of the variables: x, raveled, then the gain of each shared group by each period.

    ``whole`` tells which variables are 0 or 1: those of x.
    """

    objective: Floats
    scale: float
    periods: int
    whole: Bools
    limits: _Limits

    def solve(
        self,
        seconds: float,
        gap: float,
        held: Bools | None = None,
        at: Floats | None = None,
    ) -> Any:
        """The optimum by HiGHS, the held variables as they are in ``at``."""
        low = np.where(self.whole, 0, -np.inf)
        high = np.where(self.whole, 1, np.inf)
        if held is not None and at is not None:
            values = np.round(at[held])
            low[held] = values
            high[held] = values
        with quiet():
            return milp(
                -self.objective,
                integrality=self.whole,
                bounds=Bounds(low, high),
                constraints=LinearConstraint(*self.limits),
                options={
                    "time_limit": seconds,
                    "mip_rel_gap": gap,
                },
            )


def _program(problem: Problem, limits: _Limits) -> _Program:
    """The limits and the objective; gains below their pieces."""
    arrived = _arrived(problem)
    objective = _objective(problem, arrived)
    scale = float(np.abs(objective).max()) or 1.0
    variables = limits.rows.shape[1]
    return _Program(
        objective=objective / scale,
        scale=scale,
        periods=len(problem.budget),
        whole=np.arange(len(objective)) < variables,
        limits=_with_gains(problem, limits, arrived),
    )


def _objective(problem: Problem, arrived: Any) -> Floats:
    """What each variable adds to the worth of a schedule."""
    weights = _weights(problem)
    by_period = np.outer(_alone(problem), weights).ravel()
    of_starts = by_period @ arrived
    of_gains = np.tile(weights, len(problem.shared))
    return np.concatenate([of_starts, of_gains])


def _with_gains(problem: Problem, limits: _Limits, arrived: Any) -> _Limits:
    """The limits, and each gain below each of its pieces: ``gain - slope * total lift <= intercept``."""
    if not problem.shared:
        return limits
    number_of_gains = len(problem.budget) * len(problem.shared)
    no_gains = sparse.csr_array((len(limits.low), number_of_gains))
    limits_of_x = _Limits(
        rows=sparse.hstack([limits.rows, no_gains]),
        low=limits.low,
        high=limits.high,
    )
    return _stacked([limits_of_x, _gain_limit(problem, arrived)])


def _gain_limit(problem: Problem, arrived: Any) -> _Limits:
    """Each gain below its pieces, a row for each piece and period."""
    groups = problem.shared
    by_period = sparse.eye_array(len(problem.budget))
    lifts = np.zeros((len(groups), len(problem.values)))
    for number, group in enumerate(groups):
        np.add.at(lifts[number], group.members, group.lifts)
    total_lifts = sparse.kron(sparse.csr_array(lifts), by_period) @ arrived
    group_of = np.repeat(np.arange(len(groups)), [len(group.slopes) for group in groups])
    slopes = np.concatenate([group.slopes for group in groups])
    intercepts = np.concatenate([group.intercepts for group in groups])
    which_gain = sparse.csr_array(np.eye(len(groups))[group_of])
    of_x = sparse.kron(which_gain * -slopes[:, None], by_period) @ total_lifts
    of_gains = sparse.kron(which_gain, by_period)
    return _Limits(
        rows=sparse.hstack([of_x, of_gains]),
        low=-np.inf,
        high=np.repeat(intercepts, len(problem.budget)),
    )


def _improved(program: _Program, x: Floats, end: float, gap: float, good_enough: float) -> Floats:
    """The same or a better solution: solve for a few initiatives while the others stay.

    Until the time is over, or the objective is good enough.
    """
    rng = np.random.default_rng(0)
    t = program.periods
    choices = int(program.whole.sum())
    initiatives = choices // t
    share_free = FREE * t / choices
    gains_move = np.zeros(len(x) - choices, bool)
    while program.objective @ x < good_enough:
        time_left = end - monotonic()
        if time_left <= 0:
            break
        stays = rng.random(initiatives) > share_free
        held = np.append(np.repeat(stays, t), gains_move)
        candidate = program.solve(time_left, gap, held, x).x
        if candidate is None:
            continue
        if program.objective @ candidate >= program.objective @ x:  # another as good may lead on
            x = candidate
    return x


def _limits(problem: Problem) -> _Limits:
    """All limits, x raveled from (m, t)."""
    m = len(problem.values)
    t = len(problem.budget)
    started = _since(np.zeros(m, np.intp), t)
    ended = _since(problem.durations, t)
    chosen = started[t - 1 :: t]
    limits = [
        _horizon_limit(problem),
        _resource_limit(problem, started - ended),
        _Limits(chosen, problem.must, 1),
    ]
    if problem.prerequisites:
        limits.append(_precedence_limit(problem, problem.prerequisites, started, ended))
    if problem.follows:
        limits.append(_precedence_limit(problem, problem.follows, started, started))
    if problem.exclusions:
        limits.append(_exclusion_limit(problem, chosen))
    if problem.short_term:
        limits.append(_short_term_limit(problem, problem.short_term, chosen))
    if problem.forbidden:
        limits.append(_forbidden_limit(problem))
    return _stacked(limits)


def _horizon_limit(problem: Problem) -> _Limits:
    """All that starts ends within the horizon."""
    m = len(problem.values)
    t = len(problem.budget)
    last_start = t - problem.durations[:, None]
    in_time = np.arange(t) <= last_start
    return _Limits(
        rows=sparse.eye_array(m * t),
        low=0,
        high=in_time.ravel(),
    )


def _resource_limit(problem: Problem, running: Any) -> _Limits:
    """What runs takes no more than there is of money and of each team, in each period; both scaled to about 1."""
    load = _loads(problem)
    available = np.vstack([problem.budget, problem.capacity])
    scale = np.abs(load).max(axis=1, keepdims=True)
    scale[scale == 0] = 1
    by_period = sparse.eye_array(len(problem.budget))
    load_by_period = sparse.kron(load / scale, by_period)
    return _Limits(
        rows=load_by_period @ running,
        low=-np.inf,
        high=(available / scale).ravel(),
    )


def _precedence_limit(
    problem: Problem,
    pairs: Sequence[tuple[int, int]],
    started: Any,
    ready: Any,
) -> _Limits:
    """By each period, no first of a pair has started whose second is not ready, which is to have ended or started."""
    t = len(problem.budget)
    first_rows = t * np.array(pairs)
    rows = first_rows[:, :, None] + np.arange(t)
    initiative = rows[:, 0].ravel()
    prerequisite = rows[:, 1].ravel()
    return _Limits(
        rows=started[initiative] - ready[prerequisite],
        low=-np.inf,
        high=0,
    )


def _exclusion_limit(problem: Problem, chosen: Any) -> _Limits:
    """At most one of each pair is chosen."""
    pairs = np.array(problem.exclusions)
    first = chosen[pairs[:, 0]]
    second = chosen[pairs[:, 1]]
    return _Limits(
        rows=first + second,
        low=-np.inf,
        high=1,
    )


def _short_term_limit(
    problem: Problem,
    short_term: tuple[float, int],
    chosen: Any,
) -> _Limits:
    """Enough of the benefit of what is chosen is there after the first periods."""
    share, periods = short_term
    t = len(problem.budget)
    gains = np.maximum(problem.values, 0.0)  # harm chosen for its own sake would make the share easier
    largest = gains.max() or 1
    values = sparse.csr_array(gains[None] / largest)
    last = min(periods, t) - 1
    arrived_soon = _arrived(problem)[last::t]
    beyond_share = arrived_soon - share * chosen
    return _Limits(
        rows=values @ beyond_share,
        low=0,
        high=np.inf,
    )


def _forbidden_limit(problem: Problem) -> _Limits:
    """Nothing is done at once that may not be."""
    rows = [forbidden.rows.ravel() for forbidden in problem.forbidden]
    high = [forbidden.high for forbidden in problem.forbidden]
    return _Limits(
        rows=sparse.csr_array(np.stack(rows)),
        low=-np.inf,
        high=np.array(high),
    )


def _stacked(limits: Sequence[_Limits]) -> _Limits:
    """Several limits as one, with low and high for every row."""
    low = []
    high = []
    for limit in limits:
        size = limit.rows.shape[0]
        low.append(np.broadcast_to(limit.low, size))
        high.append(np.broadcast_to(limit.high, size))
    return _Limits(
        rows=sparse.vstack([limit.rows for limit in limits], format="csr"),
        low=np.concatenate(low).astype(float),
        high=np.concatenate(high).astype(float),
    )


def _loads(problem: Problem) -> Floats:
    """(1 + k, m) money, and capacity of each team, that an initiative takes a period while it runs."""
    money = problem.costs / problem.durations
    return np.vstack([money, problem.needs.T])


def _arrived(problem: Problem) -> Any:
    """(m t, m t) matrix that tells from x whose benefit is there, by period: it comes in the last one it runs in."""
    return _since(problem.durations - 1, len(problem.budget))


def _since(periods: Ints, t: int) -> Any:
    """(m t, m t) matrix that tells from x what has started at least so many periods ago, by period."""
    size = len(periods) * t
    start = np.arange(t)
    now = start[:, None]
    has_passed = start + periods[:, None, None] <= now
    initiative, row, column = np.nonzero(has_passed)
    places = (initiative * t + row, initiative * t + column)
    return sparse.csr_array((np.ones(len(row)), places), shape=(size, size))


def _weights(problem: Problem) -> Floats:
    """(t,) what one more point that is there by a period is worth, beyond what it is worth one period later."""
    periods = np.arange(len(problem.budget), dtype=float)
    now = np.asarray(problem.decay**periods)
    later = np.append(now[1:], 0.0)
    return np.asarray(now - later)


def _alone(problem: Problem) -> Floats:
    """(m,) values, 0 for those that add to a shared gain."""
    values = problem.values.astype(float)
    for group in problem.shared:
        values[group.members] = 0
    return values


def _starts(program: _Program, solution: Floats) -> Ints:
    """(m,) starts from the values of the variables, -1 for what is left out."""
    choices = program.whole.sum()
    x = solution[:choices].reshape(-1, program.periods)
    chosen = x.max(axis=1) > 0.5
    return np.where(chosen, x.argmax(axis=1), -1)


def share_missed(objective: float, bound: float) -> float:
    """By how much the objective may miss the best, as a share of the larger size; 0 where both are 0."""
    size = max(abs(bound), abs(objective))
    if not size:
        return 0.0
    return (bound - objective) / size


def _tidy(problem: Problem, limits: _Limits, starts: Ints) -> Ints:
    """Leave out or start earlier, by start and the dearest first, whatever can be so within the limits at no loss."""
    largest = float(np.abs(problem.values).max())
    least = worth(problem, starts) - EXACT * largest
    for i in np.lexsort([-problem.costs, starts]):
        for start in range(-1, starts[i]):
            candidate = starts.copy()
            candidate[i] = start
            no_loss = worth(problem, candidate) >= least
            if no_loss and _within(limits, candidate, len(problem.budget)):
                starts = candidate
                break
    return starts


def _groups(problem: Problem) -> list[Group]:
    """Every limit that may be dropped, in the order in which that is tried; the horizon last, as it takes longest."""
    groups: list[Group] = []
    for number in range(len(problem.exclusions)):
        groups.append(("exclusion", number))
    for initiative in sorted({i for i, _ in problem.prerequisites}):
        groups.append(("prerequisites", initiative))
    for i in np.flatnonzero(problem.must):
        groups.append(("must", int(i)))
    limited = np.isfinite(problem.capacity).any(axis=1)
    for team in np.flatnonzero(limited):
        groups.append(("capacity", int(team)))
    if np.isfinite(problem.budget).any():
        groups.append(("budget", 0))
    if problem.short_term:
        groups.append(("short_term", 0))
    groups.append(("horizon", 0))
    return groups


def _only(problem: Problem, groups: Iterable[Group]) -> Problem:
    """The problem with no limits but these; without the horizon, with periods enough for all after its last."""
    wanted = set(groups)
    extra = 0
    if ("horizon", 0) not in wanted:
        extra = int(problem.durations.sum())
    prerequisites = []
    for pair in problem.prerequisites:
        if ("prerequisites", pair[0]) in wanted:
            prerequisites.append(pair)
    exclusions = []
    for number, pair in enumerate(problem.exclusions):
        if ("exclusion", number) in wanted:
            exclusions.append(pair)
    must = [("must", i) in wanted for i in range(len(problem.must))]
    return problem._replace(
        budget=_budget_only(problem, wanted, extra),
        capacity=_capacity_only(problem, wanted, extra),
        prerequisites=prerequisites,
        exclusions=exclusions,
        must=np.array(must, bool),
        short_term=problem.short_term if ("short_term", 0) in wanted else None,
        forbidden=(),
    )


def _budget_only(problem: Problem, wanted: set[Group], extra: int) -> Floats:
    """(t + extra,) the budget, without limit unless it is wanted; later periods like the last one."""
    budget = problem.budget
    if ("budget", 0) not in wanted:
        budget = np.full(len(budget), np.inf)
    return np.pad(budget, (0, extra), mode="edge")


def _capacity_only(problem: Problem, wanted: set[Group], extra: int) -> Floats:
    """(k, t + extra) the capacity, without limit for teams that are not wanted; later periods like the last one."""
    capacity = problem.capacity.astype(float)
    for team in range(len(capacity)):
        if ("capacity", team) not in wanted:
            capacity[team] = np.inf
    return np.pad(
        capacity,
        ((0, 0), (0, extra)),
        mode="edge",
    )


def _infeasible(problem: Problem, time_limit: float) -> bool:
    """Whether it is proved that no schedule keeps the limits."""
    limits = _limits(problem)
    size = limits.rows.shape[1]
    with quiet():
        solved = milp(
            np.zeros(size),
            integrality=np.ones(size),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(*limits),
            options={"time_limit": time_limit},
        )
    return bool(solved.status == INFEASIBLE)
