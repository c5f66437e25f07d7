"""Which uncertainty is worth resolving first: the value of knowing an effect, a lift or an effort exactly.

What initiatives bring in each resample is drawn by :mod:`cxlens.stages.improve.candidates`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.improve.candidates import Candidates, Row, quantiles_of, shifts_of
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
    at = np.repeat(steps[:, None], len(plan), axis=1)
    lifts = quantiles_of(plan, "lift", at)
    if record.drawn.realised is not None:
        lifts = np.quantile(record.drawn.lifts[1:], steps, axis=0)
    rows = []
    for i, initiative in enumerate(plan.to_dict("records")):
        easy = record.efforts[:, i] <= record.effort_cut
        big = _big(record, i, initiative, lifts[:, i])
        chances = _chances(float(easy.mean()), big)
        rows.append({"initiative": initiative["name"], **chances})
    table = pd.DataFrame(rows)
    best = table[list(NEXT)].max(axis=1)
    gained = best - table["p_right"]
    order = gained.sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _big(record: Candidates, i: int, row: Row, lifts: Floats) -> NDArray[np.bool_]:
    """(draws, lifts) whether an initiative is big in a resample of the effect, if it lifts exactly so much.

    What is removed, or lifted to a standard, has no range of lifts: one column.
    """
    if row["kind"] == "remove" or row["to_standard"]:
        benefits = record.benefits[:, [i]]
    else:
        of_lifts = [_benefit(record, i, row, lift) for lift in lifts]
        benefits = np.stack(of_lifts, axis=1)
    is_big = benefits >= record.benefit_cuts[:, None]
    does_good = benefits > 0
    return np.asarray(is_big & does_good)


def _chances(easy: float, big: NDArray[np.bool_]) -> dict[str, float | str]:
    """The chance to be right today, and once effect, lift or effort is known exactly; which of them helps most."""
    p_big = big.mean(keepdims=True)
    p_right = _right(easy * p_big)
    known = {
        "effect": _right(easy * big.mean(axis=1)),
        "lift": _right(easy * big.mean(axis=0)),
        "effort": easy * _right(p_big) + 1 - easy,  # what is not easy is no quick win, surely
    }
    best = max(known, key=lambda word: known[word])
    helps = known[best] - p_right > WORTH_KNOWING
    return {
        "p_right": p_right,
        **known,
        "resolve": best if helps else "",
        "how": NEXT[best] if helps else "",
    }


def _benefit(record: Candidates, i: int, row: Row, lift: float) -> Floats:
    """(draws,) benefit of an initiative that lifts exactly so much."""
    points = np.full(len(record.response.outcome), lift)
    controlled = {**row, "touchpoints": [name for name in row["touchpoints"] if name not in record.beyond]}
    shifts = shifts_of(
        record.fit,
        record.response,
        controlled,
        record.sites[i],
        points,
        np.ones_like(points),
        None,
    )
    gain = change(record.response, shifts)
    worth = (gain * record.worth).sum(axis=1)
    return np.asarray(worth[1:])


def _right(p: Floats) -> float:
    """The chance to be right if the likelier of two is called each time."""
    return float(np.maximum(p, 1 - p).mean())
