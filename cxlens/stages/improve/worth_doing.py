"""What is worth doing at all: a plan may choose nothing, and does so where nothing is clearly worth it.

What each initiative brings is drawn by :mod:`cxlens.stages.improve.candidates`, the best plan found by
:mod:`cxlens.stats.schedule`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stages.improve.candidates import Candidates
from cxlens.stats.bootstrap import bootstrap_error, percentile_interval
from cxlens.stats.schedule import Problem, Shared

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.intp]
OF_SPREAD, OF_ERROR = 0.01, 0.25  # of the outcome's standard deviation, and of the error of its mean


class Gain(NamedTuple):
    """What a plan adds, with its interval."""

    benefit: float
    low: float
    high: float


def least_worth(wins: Candidates) -> float:
    """The smallest benefit worth having: what is too small to matter, or to be seen in as many answers again.

    A hundredth of the outcome's standard deviation, or a quarter of the error of its mean if that is more; in money,
    what so many points are worth.
    """
    shares = wins.response.weights
    means = np.nansum(wins.response.outcome[1:] * shares, axis=1)
    error = float(bootstrap_error(means))
    spread = error * np.sqrt(wins.fit.n)
    points = max(OF_SPREAD * spread, OF_ERROR * error)
    worth_of_point = wins.worth[0].sum()
    return float(points * worth_of_point)


def only_worth(problem: Problem, least: float) -> Problem:
    """The same problem where what adds less than is worth having adds nothing: it is done only if others need it."""
    small = (problem.values > 0) & (problem.values < least)
    return _adding_nothing(problem, small)


def only_forced(problem: Problem) -> Problem:
    """The same problem where nothing adds anything but must-dos: they are done, with what they need first."""
    return _adding_nothing(problem, ~problem.must)


def _adding_nothing(problem: Problem, which: Bools) -> Problem:
    """The same problem where some initiatives add nothing, neither alone nor to what is shared."""
    shared = []
    for group in problem.shared:
        stays = ~which[group.members]
        if stays.any():
            fewer = Shared(group.members[stays], group.lifts[stays], group.slopes, group.intercepts)
            shared.append(fewer)
    return problem._replace(values=np.where(which, np.minimum(problem.values, 0.0), problem.values), shared=shared)


def gain_of(wins: Candidates, problem: Problem, starts: Ints) -> Gain:
    """What a plan adds to what has to be done in any case."""
    chosen = starts >= 0
    everything = wins.benefit_of(np.flatnonzero(chosen))
    forced = wins.benefit_of(np.flatnonzero(chosen & problem.must))
    added = everything - forced
    low, high = percentile_interval(added, wins.fit.level)
    return Gain(float(np.median(added)), float(low), float(high))
