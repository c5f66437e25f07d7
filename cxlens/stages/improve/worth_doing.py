"""What is worth doing at all: a plan may choose nothing, and does so where nothing is clearly worth it.

What each initiative brings is drawn by :mod:`cxlens.stages.improve.candidates`, the best plan found by
:mod:`cxlens.stats.schedule`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stages.improve.candidates import Candidates
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.schedule import Problem, Shared

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]


class Gain(NamedTuple):
    """What a plan adds, with its interval."""

    benefit: float
    low: float
    high: float


def only_worth(problem: Problem, least: Floats | float) -> Problem:
    """The same problem where what adds less than is worth having adds nothing: it is done only if others need it."""
    does_good = problem.values > 0
    is_small = problem.values < least
    return _adding_nothing(problem, does_good & is_small)


def only_forced(problem: Problem) -> Problem:
    """The same problem where nothing adds anything but must-dos: they are done, with what they need first."""
    return _adding_nothing(problem, ~problem.must)


def _adding_nothing(problem: Problem, which: Bools) -> Problem:
    """The same problem where some initiatives add nothing, neither alone nor to what is shared."""
    shared = []
    for group in problem.shared:
        stays = ~which[group.members]
        if not stays.any():
            continue
        fewer = Shared(
            group.members[stays],
            group.lifts[stays],
            group.slopes,
            group.intercepts,
        )
        shared.append(fewer)
    no_good = np.minimum(problem.values, 0.0)
    values = np.where(which, no_good, problem.values)
    return problem._replace(
        values=values,
        shared=shared,
    )


def gain_of(wins: Candidates, problem: Problem, starts: Ints) -> Gain:
    """What a plan adds to what has to be done in any case."""
    chosen = starts >= 0
    is_forced = chosen & problem.must
    everything = wins.benefit_of(np.flatnonzero(chosen))
    forced = wins.benefit_of(np.flatnonzero(is_forced))
    added = everything - forced
    low, high = percentile_interval(added, wins.fit.level)
    return Gain(
        benefit=float(np.median(added)),
        low=float(low),
        high=float(high),
    )
