"""Which uncertainty is worth resolving first: the value of knowing an effect, a lift or an effort exactly.

What initiatives bring in each resample is drawn by :mod:`cxlens.stages.improve.candidates`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.improve.candidates import Candidates, Row, per_point, quantiles_of
from cxlens.stages.improve.response import change

Floats = NDArray[np.float64]
STEPS = 21  # quantiles of a lift that stand for the whole range
WORTH_KNOWING = 0.01  # a smaller gain in the chance to be right is none
NEXT = {
    "effect": "more answers about its touchpoints, or a trial with a comparison group",
    "lift": "a pilot that measures what it lifts",
    "effort": "a closer estimate by those who would do the work",
}


def resolve_first(record: Candidates) -> pd.DataFrame:
    """Which uncertainty to resolve: see :meth:`cxlens.stages.improve.quick_wins.QuickWins.resolve_first`."""
    plan = record.initiatives
    steps = (np.arange(STEPS) + 0.5) / STEPS
    lifts = quantiles_of(plan, "lift", np.repeat(steps[:, None], len(plan), axis=1))
    rows = []
    for i, row in enumerate(plan.to_dict("records")):
        easy = float((record.efforts[:, i] <= record.effort_cut).mean())
        big = _big(record, i, row, lifts[:, i])
        now, known = _chances(easy, big)
        best = max(known, key=lambda word: known[word])
        if known[best] - now > WORTH_KNOWING:
            rows.append([row["name"], now, *known.values(), best, NEXT[best]])
        else:
            rows.append([row["name"], now, *known.values(), "", ""])
    table = pd.DataFrame(rows, columns=["initiative", "p_right", *NEXT, "resolve", "how"])
    gained = table[list(NEXT)].max(axis=1) - table["p_right"]
    order = gained.sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _big(record: Candidates, i: int, row: Row, lifts: Floats) -> NDArray[np.bool_]:
    """(draws, lifts) whether an initiative is big in a resample of the effect, if it lifts exactly so much.

    What is removed, or lifted to a standard, has no range of lifts: one column.
    """
    if row["kind"] == "remove" or row["to_standard"]:
        benefits = record.benefits[:, [i]]
    else:
        benefits = np.stack([_benefit(record, row, lift) for lift in lifts], axis=1)
    return (benefits >= record.benefit_cut) & (benefits > 0)


def _chances(easy: float, big: NDArray[np.bool_]) -> tuple[float, dict[str, float]]:
    """The chance to be right today, and once the effect, the lift or the effort is known exactly."""
    now = _right(easy * big.mean(keepdims=True))
    known = {
        "effect": _right(easy * big.mean(axis=1)),
        "lift": _right(easy * big.mean(axis=0)),
        "effort": easy * _right(big.mean(keepdims=True)) + 1 - easy,  # what is not easy is no quick win, surely
    }
    return now, known


def _benefit(record: Candidates, row: Row, lift: float) -> Floats:
    """(draws,) benefit of an initiative that lifts exactly so much."""
    points = np.full_like(record.response.outcome, lift)
    shifts = {}
    for name, points_of_one in per_point(record.fit, row).items():
        shifts[name] = points * points_of_one
    worth = change(record.response, shifts) * record.worth
    return np.asarray(worth.sum(axis=1)[1:])


def _right(p: Floats) -> float:
    """The chance to be right if the likelier of two is called each time."""
    return float(np.maximum(p, 1 - p).mean())
