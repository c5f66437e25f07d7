"""Schedules that keep their limits with a probability, where costs and values are not known exactly.

The best schedule whose costs stay within the budget of each period, and whose benefit is there soon enough, in so many
of the draws. Whatever holds for sure is the business of :mod:`cxlens.stats.schedule`.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.errors import ValuesError
from cxlens.stats.schedule import Forbidden, Problem, Schedule, runs, schedule, share_missed
from cxlens.stats.triangle import triangles

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
DRAWS = 10_000  # of costs: a probability of 0.9 has an error of 0.003
CLOSER = 2  # errors of a share of draws by which the schedule is surer than asked, so that it is so in other draws
PROVED = 1e-4  # a gap above it: there was no time to find the best schedule even without chance
MORE = 0.01  # of the benefit, soon, beyond what was lacking
EXACT = 1e-9


class Chances(NamedTuple):
    """What is not known exactly, and how surely the limits are to be kept all the same.

    Attributes
    ----------
    certainty
        The probability, of each period's budget and of the short term apart.
    low, likely, high
        (m,) costs as triangular distributions, independent of each other.
    gains
        (d, m) draws of what each initiative adds alone, harm as 0.
    seed
        Of the draws of costs.
    """

    certainty: float
    low: Floats
    likely: Floats
    high: Floats
    gains: Floats
    seed: int

    def costs(self, fresh: bool = False) -> Floats:
        """(draws, m) draws of the costs; others than those that are planned with if they are to be fresh."""
        rng = np.random.default_rng([self.seed, int(fresh)])
        return np.nan_to_num(triangles(self.low, self.likely, self.high, DRAWS, rng))


def period_costs(problem: Problem, starts: Ints, costs: Floats) -> Floats:
    """(draws, t) what a schedule costs in each period, for draws (draws, m) of the costs."""
    return costs / problem.durations @ runs(problem, starts)


def p_within(problem: Problem, costs: Floats) -> Floats:
    """(t,) share of draws (draws, t) that stay within the budget; NaN where there is none."""
    share = _within(problem, costs).mean(axis=0)
    return np.where(np.isfinite(problem.budget), share, np.nan)


def p_always_within(problem: Problem, costs: Floats) -> float:
    """Share of draws (draws, t) that stay within the budget of every period; NaN where there is none."""
    if not np.isfinite(problem.budget).any():
        return float("nan")
    always = _within(problem, costs).all(axis=1)
    return float(always.mean())


def _within(problem: Problem, costs: Floats) -> Bools:
    """(draws, t) whether a draw stays within the budget."""
    slack = EXACT * np.maximum(problem.budget, 1)
    return np.asarray(costs <= problem.budget + slack)


def p_soon(problem: Problem, starts: Ints, gains: Floats) -> float:
    """Share of draws in which enough of the benefit is there after the short term; NaN where none is asked for."""
    if problem.short_term is None:
        return float("nan")
    share, _ = problem.short_term
    early, late = _by_term(problem, starts)
    return float(_soon_enough(gains, share, early, late).mean())


def schedule_surely(problem: Problem, chances: Chances, *, time_limit: float = 10.0) -> Schedule | None:
    """Find the schedule that is worth most of those that keep the limits with a probability.

    Each schedule that is found is tried on draws. Whatever breaks a limit too often (the initiatives that run in a
    period; those that come late, with those that come early) breaks it too often with more of the same, so that much
    is forbidden and another schedule found, until one is sure enough: that one is the best. Where the time ends before,
    limits are drawn tighter by what the last schedule lacked until they are kept, and the gap tells what that costs.

    Parameters
    ----------
    problem
        What is to be chosen from; its limits hold on average, too.
    chances
        What is not known exactly.
    time_limit
        Seconds.

    Returns
    -------
    Schedule or None
        None where no schedule is sure enough.

    Raises
    ------
    ValuesError
        When there was no time to find any schedule.

    Notes
    -----
    Chance constraints: Charnes and Cooper (1959), Management Science 6. Of a set too dear only those are forbidden
    without which it would not be, and others at least as dear in their place: extended covers, Balas (1975),
    Mathematical Programming 8.
    """
    end = monotonic() + time_limit
    planned = chances._replace(certainty=_a_little_surer(chances.certainty))
    costs = chances.costs()
    forbidden: list[Forbidden] = []
    best = schedule(problem, time_limit=time_limit / 2)
    while best is not None:
        broken = list(_broken(problem, planned, costs, best.starts))
        if not broken:
            return best
        forbidden += broken
        left = end - monotonic()
        if left < time_limit / 4 or best.gap > PROVED:
            return _drawn_tighter(problem, planned, costs, best, end)
        best = schedule(problem._replace(forbidden=forbidden), time_limit=left / 2)
    return best


def is_sure(problem: Problem, chances: Chances, starts: Ints) -> bool:
    """Whether a schedule keeps budget and short term as surely as asked."""
    within = p_within(problem, period_costs(problem, starts, chances.costs()))
    too_dear = within < chances.certainty
    too_late = p_soon(problem, starts, chances.gains) < chances.certainty
    return not too_late and not too_dear.any()


def _a_little_surer(certainty: float) -> float:
    """The certainty that is planned with."""
    error = np.sqrt(certainty * (1 - certainty) / DRAWS)
    return float(min(certainty + CLOSER * error, 1.0))


def _broken(problem: Problem, chances: Chances, costs: Floats, starts: Ints) -> Iterator[Forbidden]:
    """What a schedule that breaks limits too often may not do again."""
    a_period = costs / problem.durations
    running = runs(problem, starts)
    within = p_within(problem, a_period @ running)
    for period in np.flatnonzero(within < chances.certainty).tolist():
        yield from _too_dear(problem, chances, a_period, period, running[:, period])
    if p_soon(problem, starts, chances.gains) < chances.certainty:
        yield _too_late(problem, chances, starts)


def _too_dear(
    problem: Problem,
    chances: Chances,
    a_period: Floats,
    period: int,
    running: Bools,
) -> Iterator[Forbidden]:
    """Initiatives that may not all run at once, in this period and in all that have no more money."""
    members = running.copy()
    budget = problem.budget[period]
    cheapest_first = np.argsort(a_period.mean(axis=0))
    for i in cheapest_first:
        if not running[i]:
            continue
        fewer = members.copy()
        fewer[i] = False
        if _share_within(a_period, fewer, budget) < chances.certainty:
            members = fewer
    most = members.sum() - 1
    as_dear = _as_dear(problem, chances, members)
    members = members | as_dear
    for poor in np.flatnonzero(problem.budget <= budget).tolist():
        runs = _runs_in(problem, poor)
        rows = members[:, None] & runs
        yield Forbidden(rows.astype(float), float(most))


def _share_within(a_period: Floats, members: Bools, budget: float) -> float:
    """Share of draws in which these initiatives together stay within the budget."""
    together = a_period[:, members].sum(axis=1)
    return float((together <= budget * (1 + EXACT)).mean())


def _as_dear(problem: Problem, chances: Chances, members: Bools) -> Bools:
    """(m,) which initiatives cost no less than each of the members, wherever in its range a cost lies."""
    ranges = np.stack([chances.low, chances.likely, chances.high])
    ranges = ranges / problem.durations
    dearest = ranges[:, members].max(axis=1, keepdims=True)
    as_dear = ranges >= dearest
    return np.asarray(as_dear.all(axis=0))


def _runs_in(problem: Problem, period: int) -> Bools:
    """(m, t) whether an initiative that starts then runs in a period."""
    starts = np.arange(len(problem.budget))
    ends = starts + problem.durations[:, None]
    has_begun = starts <= period
    goes_on = period < ends
    return np.asarray(has_begun & goes_on)


def _by_term(problem: Problem, starts: Ints) -> tuple[Bools, Bools]:
    """(m,) which of the chosen bring their benefit within the short term, and which later."""
    _, periods = problem.short_term or (0.0, len(problem.budget))
    chosen = starts >= 0
    in_time = starts + problem.durations <= periods
    return chosen & in_time, chosen & ~in_time


def _soon_enough(gains: Floats, share: float, early: Bools, late: Bools) -> Bools:
    """(d,) whether enough is there soon."""
    soon = gains[:, early].sum(axis=1)
    later = gains[:, late].sum(axis=1)
    least = share * (soon + later)
    return np.asarray(soon >= least - EXACT * least)


def _too_late(problem: Problem, chances: Chances, starts: Ints) -> Forbidden:
    """These late and no others than these early may not come together: the fewest late, the most early."""
    share, _ = problem.short_term or (0.0, 0)
    early, late = _by_term(problem, starts)
    typical = chances.gains.mean(axis=0)
    for i in np.argsort(typical):
        if early[i]:
            continue
        fewer = late.copy()
        fewer[i] = False
        more = early.copy()
        more[i] = not late[i]
        enough = _soon_enough(chances.gains, share, more, fewer)
        if enough.mean() < chances.certainty:
            early = more
            late = fewer
    ends_early = _ends_by(problem)
    these_late = late[:, None] & ~ends_early
    others_early = ~early[:, None] & ends_early
    rows = these_late.astype(float) - others_early
    most = late.sum() - 1
    return Forbidden(rows, float(most))


def _ends_by(problem: Problem) -> Bools:
    """(m, t) whether an initiative that starts then ends within the short term."""
    _, periods = problem.short_term or (0.0, 0)
    ends = np.arange(len(problem.budget)) + problem.durations[:, None]
    return np.asarray(ends <= periods)


def _drawn_tighter(problem: Problem, chances: Chances, costs: Floats, best: Schedule, end: float) -> Schedule:
    """The best schedule for limits that are tighter than asked, so that those asked for are kept surely enough.

    ``best`` is one that does not keep them, and whose bound holds for all that do.
    """
    tight = problem
    found: Schedule | None = best
    while found is not None:
        spent = period_costs(problem, found.starts, costs)
        too_late = p_soon(problem, found.starts, chances.gains) < chances.certainty
        too_dear = p_within(problem, spent) < chances.certainty
        if not too_late and not too_dear.any():
            bound = max(best.bound, found.objective)
            missed = share_missed(found.objective, bound)
            return Schedule(found.starts, found.objective, bound, missed)
        if too_dear.any():
            tight = _with_less(problem, tight, np.quantile(spent, chances.certainty, axis=0), spent.mean(axis=0))
        if too_late:
            tight = _with_more_soon(problem, tight, chances, found.starts)
        found = _in_time(tight, end)
    raise ValuesError(
        "no schedule that is sure enough was found in the time there was. Give a longer time_limit, or a lower "
        "certainty."
    )


def _in_time(problem: Problem, end: float) -> Schedule | None:
    """The best schedule that is found in half of the time that is left; None where there is none."""
    left = end - monotonic()
    if left <= 0:
        return None
    try:
        return schedule(problem, time_limit=left / 2)
    except ValuesError:  # no time to find any
        return None


def _with_less(problem: Problem, tight: Problem, reached: Floats, expected: Floats) -> Problem:
    """Less money in every period: by what costs may exceed their mean, or what was still too much if that is more."""
    margin = np.max(reached - expected)
    limited = np.isfinite(problem.budget)
    still = np.max(reached[limited] - problem.budget[limited])
    before = np.max(problem.budget[limited] - tight.budget[limited])
    less = max(margin, before + still)
    return tight._replace(budget=problem.budget - less)


def _with_more_soon(problem: Problem, tight: Problem, chances: Chances, starts: Ints) -> Problem:
    """A larger share soon: by what the share falls short of in the draws."""
    asked, periods = problem.short_term or (0.0, 0)
    share, _ = tight.short_term or (0.0, 0)
    early, late = _by_term(problem, starts)
    soon = chances.gains[:, early].sum(axis=1)
    later = chances.gains[:, late].sum(axis=1)
    shares = soon / np.maximum(soon + later, EXACT)
    lacking = asked - np.quantile(shares, 1 - chances.certainty)
    larger = min(share + lacking + MORE, 1.0)
    return tight._replace(short_term=(larger, periods))
