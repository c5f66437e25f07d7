"""What a plan costs, and how surely that stays within its budget. Costs are ranges, and their means are added up.

A range that reaches further up than down costs more on average than its likely figure. The schedule itself is found by
:mod:`cxlens.stats.chance` and :mod:`cxlens.stats.schedule`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.improve.candidates import Candidates
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.chance import Chances, p_always_within, p_within, period_costs
from cxlens.stats.schedule import EXACT, Problem
from cxlens.stats.triangle import means
from cxlens.study.initiatives import ENDS

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


def expected_costs(initiatives: pd.DataFrame) -> Floats:
    """(m,) the mean of each range of costs; NaN where none was given."""
    return means(*_ends(initiatives))


def over_budget(problem: Problem) -> NDArray[np.bool_]:
    """(m,) whether the expected cost, spread over the duration, is more than the budget, whenever it starts."""
    rates = problem.costs / problem.durations
    over = np.zeros(len(rates), bool)
    for i, (rate, duration) in enumerate(zip(rates, problem.durations, strict=True)):
        starts = len(problem.budget) - int(duration) + 1
        least = [problem.budget[start : start + duration].min() for start in range(starts)]
        over[i] = starts > 0 and rate > max(least) * (1 + EXACT)
    return over


def chances_of(wins: Candidates, certainty: float) -> Chances:
    """What is not known exactly of initiatives: their costs, and what they bring."""
    low, likely, high = _ends(wins.priced)
    return Chances(
        certainty=certainty,
        low=np.nan_to_num(low),
        likely=np.nan_to_num(likely),
        high=np.nan_to_num(high),
        gains=np.maximum(wins.benefits, 0.0),
        seed=wins.options["seed"],
    )


def spending(problem: Problem, chances: Chances, starts: Ints, level: float) -> tuple[pd.DataFrame, float]:
    """What a plan costs in draws of the costs that were not planned with.

    Returns
    -------
    table
        A row a period: ``cost_low`` and ``cost_high`` (the interval of the cost), ``p_within_budget`` (share of draws
        within the budget; NaN without one).
    p_within
        Share of draws that stay within the budget of every period; NaN without one.
    """
    costs = period_costs(problem, starts, chances.costs(fresh=True))
    low, high = percentile_interval(costs, level)
    within = p_within(problem, costs)
    table = pd.DataFrame({"cost_low": low, "cost_high": high, "p_within_budget": within})
    return table, p_always_within(problem, costs)


def _ends(initiatives: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Low, likely and high cost."""
    low, likely, high = (initiatives[f"cost_{end}"].to_numpy(float) for end in ENDS)
    return low, likely, high
