"""In words: why a road map leaves an initiative out, and which limits clash.

Only rules that can be checked against the plan: an initiative that it says does not fit does not. Which initiatives
are chosen, and when, is found by :mod:`cxlens.stats.schedule`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from cxlens.common.values import percent, plural
from cxlens.errors import listing
from cxlens.stats.schedule import EXACT, Group, Ints, Problem, keeps, loads, worth


def left_out(problem: Problem, starts: Ints, names: Sequence[str], teams: Sequence[str]) -> list[str]:
    """Say of each initiative why it is not chosen; ``""`` of those that are.

    Parameters
    ----------
    problem, starts
        What there was to choose from, and the start of each initiative, -1 if left out.
    names, teams
        What the initiatives and the teams are called.
    """
    return ["" if start >= 0 else _reason(problem, starts, i, names, teams) for i, start in enumerate(starts)]


def _reason(problem: Problem, starts: Ints, i: int, names: Sequence[str], teams: Sequence[str]) -> str:
    t, takes = len(problem.budget), int(problem.durations[i])
    first = [p for one, p in problem.prerequisites if one == i]
    if problem.values[i] <= 0:
        return "its forecast is not above zero"
    if takes > t:
        return f"it takes {plural(takes, 'period')}, and there are {t}"
    if (chain := _chain(problem, i)) > t:
        return f"with what it needs first it takes {plural(chain, 'period')}, and there are {t}"
    alone = _short(problem, np.full(len(starts), -1), i, range(chain - takes, t - takes + 1))
    if all(alone):
        return f"{_resources(alone, teams)} too small for it, whenever it starts"
    for one, other in problem.exclusions:
        if i in (one, other) and starts[both := one + other - i] >= 0:
            return f'it excludes "{names[both]}", which is chosen'
    if missing := [names[p] for p in first if starts[p] < 0]:
        return f"it needs {_quoted(missing)}, which {'is' if len(missing) == 1 else 'are'} left out"
    return _crowded_out(problem, starts, i, first, teams)


def _crowded_out(problem: Problem, starts: Ints, i: int, first: Sequence[int], teams: Sequence[str]) -> str:
    """What keeps out an initiative that could be done, but not beside those that are chosen."""
    t, takes = len(problem.budget), int(problem.durations[i])
    earliest = max([int(starts[p] + problem.durations[p]) for p in first], default=0)
    possible = range(earliest, t - takes + 1)
    if not possible:
        return "what it needs first ends too late for it"
    short = _short(problem, starts, i, possible)
    if all(short):
        return f"what it needs ({_named(_common(short), teams)}) goes to initiatives that are chosen"
    tried = [np.where(np.arange(len(starts)) == i, start, starts) for start in possible]
    fitting = [one for one in tried if keeps(problem, one)]
    if not fitting and problem.short_term:
        share, periods = problem.short_term
        return f"with it, less than {percent(share)} of the benefit would be there after {plural(periods, 'period')}"
    now = worth(problem, starts)
    if max((worth(problem, one) for one in fitting), default=now) > now + EXACT * abs(now):
        return "there was no time to try it: it fits. Give a longer time_limit"
    return "beside those that are chosen it adds nothing"


def _chain(problem: Problem, i: int, seen: frozenset[int] = frozenset()) -> int:
    """Periods from the start of the first that an initiative needs to its own end; too many for a circle."""
    if i in seen:
        return len(problem.budget) + 1
    before = [_chain(problem, p, seen | {i}) for one, p in problem.prerequisites if one == i]
    return int(problem.durations[i]) + max(before, default=0)


def _short(problem: Problem, starts: Ints, i: int, possible: Iterable[int]) -> list[set[int]]:
    """For each possible start of i, which do not suffice: 0 the money, k + 1 team k."""
    limits = np.vstack([problem.budget, problem.capacity])
    found = []
    for start in possible:
        taken = loads(problem, np.where(np.arange(len(starts)) == i, start, starts))
        over = taken > limits + EXACT * np.maximum(taken.max(axis=1, keepdims=True), 1)
        found.append(set(np.flatnonzero(over.any(axis=1)).tolist()))
    return found


def _common(short: Sequence[set[int]]) -> list[int]:
    """Those that are short whenever it starts; where each start has another, all of them."""
    return sorted(set.intersection(*short) or set.union(*short))


def _resources(short: Sequence[set[int]], teams: Sequence[str]) -> str:
    which = _common(short)
    return f"{_named(which, teams)} {'is' if len(which) == 1 else 'are together'}"


def _named(which: Iterable[int], teams: Sequence[str]) -> str:
    return " and ".join("the budget" if k == 0 else f"the capacity of {teams[k - 1]}" for k in which)


def _quoted(names: Iterable[str]) -> str:
    return listing(f'"{name}"' for name in names)


def clash(problem: Problem, groups: Iterable[Group], names: Sequence[str], teams: Sequence[str]) -> str:
    """Name the limits that cannot hold together, as :func:`cxlens.stats.schedule.clashes` gives them."""
    words = []
    for kind, k in groups:
        if kind == "must":
            words.append(f'"{names[k]}" has to be done')
        elif kind == "prerequisites":
            words.append(f'"{names[k]}" comes after {_quoted(names[p] for i, p in problem.prerequisites if i == k)}')
        elif kind == "exclusion":
            one, other = problem.exclusions[k]
            words.append(f'"{names[one]}" excludes "{names[other]}"')
        elif kind == "capacity":
            words.append(f"the capacity of {teams[k]}")
        elif kind == "budget":
            words.append("the budget")
        elif kind == "short_term" and problem.short_term:
            share, periods = problem.short_term
            words.append(f"{percent(share)} of the benefit is there after {plural(periods, 'period')}")
        else:
            words.append(f"all ends within {plural(len(problem.budget), 'period')}")
    return "; ".join(words)
