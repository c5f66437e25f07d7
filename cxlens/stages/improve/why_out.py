"""In words: why a road map leaves an initiative out, and which limits clash.

Only rules that can be checked against the plan: an initiative that it says does not fit does not. Which initiatives
are chosen, and when, is found by :mod:`cxlens.stats.schedule`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from cxlens.common.values import count, percent, plural
from cxlens.errors import listing
from cxlens.stats.chance import Chances, is_sure
from cxlens.stats.schedule import EXACT, Group, Ints, Problem, keeps, loads, worth


def left_out(
    problem: Problem,
    starts: Ints,
    names: Sequence[str],
    teams: Sequence[str],
    chances: Chances | None = None,
    places: Sequence[str] = (),
) -> list[str]:
    """Say of each initiative why it is not chosen; ``""`` of those that are.

    Parameters
    ----------
    problem, starts
        What there was to choose from, and the start of each initiative, -1 if left out.
    names, teams
        What the initiatives and the teams are called; parts of one have its name.
    chances
        How surely the plan keeps its limits, where that was asked for.
    places
        Where each part of an initiative is done, in words such as `` at its first place``; nothing where all are whole.
    """
    plan = _Plan(
        problem,
        starts,
        names,
        teams,
        chances,
        places or [""] * len(starts),
    )
    reasons = []
    for i, start in enumerate(starts):
        reason = "" if start >= 0 else _reason(plan, i)
        reasons.append(reason)
    return reasons


class _Plan(NamedTuple):
    """What there was to choose from, what is chosen, and what it is called."""

    problem: Problem
    starts: Ints
    names: Sequence[str]
    teams: Sequence[str]
    chances: Chances | None
    places: Sequence[str]


def _reason(plan: _Plan, i: int) -> str:
    """Why an initiative is left out: for itself, for its rules, or for what is chosen in its place."""
    return _impossible(plan, i) or _ruled_out(plan, i) or _crowded_out(plan, i)


def _impossible(plan: _Plan, i: int) -> str:
    """Why an initiative would be left out even if no other were chosen; "" where it would not."""
    problem = plan.problem
    periods = len(problem.budget)
    takes = int(problem.durations[i])
    if problem.values[i] <= 0:
        return f"its forecast{plan.places[i]} is not above zero"
    if takes > periods:
        return f"it takes {plural(takes, 'period')}, and there are {periods}"
    chain = _chain(problem, i)
    if chain > periods:
        return f"with what it needs first it takes {plural(chain, 'period')}, and there are {periods}"
    nothing = np.full(len(plan.starts), -1)
    first = chain - takes
    last = periods - takes
    possible = range(first, last + 1)
    short = _short(problem, nothing, i, possible)
    if not all(short):
        return ""
    lacking = _common(short)
    longer = 0
    if lacking == [0]:
        longer = _long_enough(problem, i)
    if longer:
        return (
            f"it costs {count(problem.costs[i])}{plan.places[i]} in {plural(takes, 'period')}, more than the budget: "
            f"with a duration of {plural(longer, 'period')} it would fit"
        )
    verb = "is" if len(lacking) == 1 else "are together"
    return f"{_named(lacking, plan.teams)} {verb} too small for it, whenever it starts"


def _long_enough(problem: Problem, i: int) -> int:
    """Over how many periods the cost of an initiative would have to be spread for the budget to suffice; 0 if none."""
    periods = len(problem.budget)
    nothing = np.full(len(problem.values), -1)
    for longer in range(int(problem.durations[i]) + 1, periods + 1):
        durations = problem.durations.copy()
        durations[i] = longer
        slower = problem._replace(durations=durations)
        first = _chain(slower, i) - longer
        possible = range(first, periods - longer + 1)
        if not all(_short(slower, nothing, i, possible)):
            return longer
    return 0


def _ruled_out(plan: _Plan, i: int) -> str:
    """Which chosen initiative excludes it, or which that it needs is left out; "" where none does."""
    for first, second in plan.problem.exclusions:
        if i in (first, second):
            other = second if i == first else first
            if plan.starts[other] >= 0:
                return f'it excludes "{plan.names[other]}", which is chosen'
    missing = []
    for needed in _needed(plan.problem, i):
        if plan.starts[needed] < 0:
            missing.append(plan.names[needed])
    if not missing:
        return ""
    started = {plan.names[row] for row, start in enumerate(plan.starts) if start >= 0}
    nowhere = [name for name in missing if name not in started]
    if not nowhere:
        return f"it needs {_quoted(missing)} at all places, and some of these are left out"
    missing = nowhere
    verb = "is" if len(missing) == 1 else "are"
    return f"it needs {_quoted(missing)}, which {verb} left out"


def _crowded_out(plan: _Plan, i: int) -> str:
    """What keeps out an initiative that could be done, but not beside those that are chosen."""
    problem = plan.problem
    possible = _possible(plan, i)
    if not possible:
        return "what it needs first ends too late for it"
    short = _short(problem, plan.starts, i, possible)
    if all(short):
        lacking = _named(_common(short), plan.teams)
        return f"what it needs ({lacking}) goes to initiatives that are chosen"
    tried = [_with(plan.starts, i, start) for start in possible]
    fitting = [starts for starts in tried if keeps(problem, starts)]
    if not fitting:
        return _nowhere(problem)
    if plan.chances is not None:
        fitting = [starts for starts in fitting if is_sure(problem, plan.chances, starts)]
        if not fitting:
            return f"with it the limits would not be kept with a probability of {plan.chances.certainty:g}"
    now = worth(problem, plan.starts)
    best = max(worth(problem, starts) for starts in fitting)
    if best > now + EXACT * abs(now):
        return "there was no time to try it: it fits. Give a longer time_limit"
    return "beside those that are chosen it adds nothing"


def _nowhere(problem: Problem) -> str:
    """What is known of an initiative for which there is money and hands, and yet no start that keeps all limits."""
    if not problem.short_term:
        return "beside those that are chosen no start of it keeps all limits"
    share, periods = problem.short_term
    return f"with it, less than {percent(share)} of the benefit would be there after {plural(periods, 'period')}"


def _possible(plan: _Plan, i: int) -> range:
    """When an initiative can start: after what it needs has ended, and so that it ends within the periods."""
    durations = plan.problem.durations
    earliest = 0
    for needed in _needed(plan.problem, i):
        end = plan.starts[needed] + durations[needed]
        earliest = max(earliest, int(end))
    for before in _before(plan.problem, i):
        earliest = max(earliest, int(plan.starts[before]))
    periods = len(plan.problem.budget)
    latest = periods - int(durations[i])
    return range(earliest, latest + 1)


def _needed(problem: Problem, i: int) -> list[int]:
    """What an initiative needs first, by place."""
    return [needed for needing, needed in problem.prerequisites if needing == i]


def _before(problem: Problem, i: int) -> list[int]:
    """What starts before it or with it, by place."""
    return [before for following, before in problem.follows if following == i]


def _with(starts: Ints, i: int, start: int) -> Ints:
    """The same plan with one initiative started then."""
    plan = starts.copy()
    plan[i] = start
    return plan


def _chain(problem: Problem, i: int, seen: frozenset[int] = frozenset()) -> int:
    """Periods from the start of the first that an initiative needs to its own end; too many for a circle."""
    if i in seen:
        return len(problem.budget) + 1
    takes = int(problem.durations[i])
    before = [_chain(problem, needed, seen | {i}) for needed in _needed(problem, i)]
    return takes + max(before, default=0)


def _short(problem: Problem, starts: Ints, i: int, possible: Iterable[int]) -> list[set[int]]:
    """For each possible start of i, which do not suffice: 0 the money, k + 1 team k."""
    limits = np.vstack([problem.budget, problem.capacity])
    short = []
    for start in possible:
        taken = loads(problem, _with(starts, i, start))
        largest = taken.max(axis=1, keepdims=True)
        slack = EXACT * np.maximum(largest, 1)
        over = taken > limits + slack
        lacking = np.flatnonzero(over.any(axis=1))
        short.append(set(lacking.tolist()))
    return short


def _common(short: Sequence[set[int]]) -> list[int]:
    """Those that are short whenever it starts; where each start has another, all of them."""
    always = set.intersection(*short)
    return sorted(always or set.union(*short))


def _named(resources: Iterable[int], teams: Sequence[str]) -> str:
    """Money and teams, numbered as in :func:`_short`, in words."""
    words = ["the budget", *(f"the capacity of {team}" for team in teams)]
    return " and ".join(words[k] for k in resources)


def _quoted(names: Iterable[str]) -> str:
    return listing(f'"{name}"' for name in names)


def clash(problem: Problem, groups: Iterable[Group], names: Sequence[str], teams: Sequence[str]) -> str:
    """Name the limits that cannot hold together, as :func:`cxlens.stats.schedule.clashes` gives them."""
    words = []
    for kind, k in groups:
        words.append(
            _limit(
                problem,
                kind,
                k,
                names,
                teams,
            )
        )
    return "; ".join(dict.fromkeys(words))  # parts of an initiative have the same limit


def _limit(
    problem: Problem,
    kind: str,
    k: int,
    names: Sequence[str],
    teams: Sequence[str],
) -> str:
    """One limit in words."""
    if kind == "must":
        return f'"{names[k]}" has to be done'
    if kind == "prerequisites":
        needed = [names[place] for place in _needed(problem, k)]
        return f'"{names[k]}" comes after {_quoted(needed)}'
    if kind == "exclusion":
        first, second = problem.exclusions[k]
        return f'"{names[first]}" excludes "{names[second]}"'
    if kind == "capacity":
        return f"the capacity of {teams[k]}"
    if kind == "budget":
        return "the budget"
    if kind == "short_term" and problem.short_term:
        share, periods = problem.short_term
        return f"{percent(share)} of the benefit is there after {plural(periods, 'period')}"
    return f"all ends within {plural(len(problem.budget), 'period')}"
