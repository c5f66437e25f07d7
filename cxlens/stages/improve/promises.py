"""What a road map promises: the level of the outcome and of each touchpoint by period, to be measured against later.

Choosing and timing is the business of :mod:`cxlens.stages.improve.roadmap`; the file, of
:mod:`cxlens.stages.improve.forecasts`; whether promises were kept is told in stage 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.improve.forecasts import COLUMNS
from cxlens.stages.improve.response import lift
from cxlens.stages.improve.roadmap import Roadmap
from cxlens.stats.bootstrap import percentile_interval

Floats = NDArray[np.float64]


def promises(plan: Roadmap, name: str = "") -> pd.DataFrame:
    """Forecast of the outcome and of the touchpoints that are worked on, for each period of a road map.

    Parameters
    ----------
    plan
        From :func:`cxlens.roadmap`.
    name
        What the plan is called.

    Returns
    -------
    pandas.DataFrame
        As :func:`cxlens.read_forecasts` describes, ``date`` being the period: what all initiatives that have ended by
        then add up to. For everyone together, and for each segment of the drivers. ``low`` and ``high`` are the
        interval of the change, put on top of ``now``: chance in what will be measured is not part of it.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> wins = cx.quick_wins(cx.drivers(study.survey(), n_boot=100), study.initiatives(), touchpoint_map=study.map())
    >>> plan = cx.roadmap(wins, periods=["2026-Q1", "2026-Q2"], budget=250_000, resolves=0)
    >>> plan.forecasts()["date"].unique().tolist()
    ['2026-Q1', '2026-Q2']
    """
    wins = plan.wins
    place = {initiative: i for i, initiative in enumerate(wins.initiatives["name"])}
    done: list[int] = []
    rows: list[dict[str, Any]] = []
    touched = list(wins.joined(place[one] for one in plan.table.loc[plan.table["selected"], "initiative"]))
    for period, ended in plan.periods_table[["period", "ends"]].itertuples(index=False, name=None):
        done += [place[one] for one in ended]
        measure = wins.response.measure
        found = [(wins.drivers.outcome, measure, wins.response.outcome, wins.together(done), _everyone(plan))]
        found += [(name, "mean", *_touchpoint(plan, name, done)) for name in touched]
        for metric, measure, now, change, weights in found:
            for segment, level, by in _by_segment(plan, now, change, weights):
                middle, (low, high) = np.median(by), percentile_interval(by, wins.drivers.level)
                figures = {"now": level, "forecast": level + middle, "low": level + low, "high": level + high}
                rows.append({"metric": metric, "measure": measure, "segment": segment, "date": period, **figures})
    table = pd.DataFrame(rows).assign(level=wins.drivers.level, plan=name)
    return table[list(COLUMNS)]


def _everyone(plan: Roadmap) -> Floats:
    """(e, c) how the segments count in the outcome of everyone."""
    return np.tile(plan.wins.response.weights, (len(plan.wins.response.outcome), 1))


def _touchpoint(plan: Roadmap, name: str, done: list[int]) -> tuple[Floats, Floats, Floats]:
    """(e, c) mean score of users, what it gains, and how the segments' users count among all users."""
    response = plan.wins.response
    shares = response.shares[:, :, response.touchpoints.index(name)]
    users = np.nan_to_num(shares.sum(axis=-1))
    known = np.where(users > 0, users, np.nan)
    shift = plan.wins.joined(done).get(name, np.zeros_like(users))
    return shares @ response.levels / known, lift(response, name, shift) / known, users * response.weights


def _by_segment(plan: Roadmap, now: Floats, change: Floats, weights: Floats) -> Iterator[tuple[str, float, Floats]]:
    """Segment, its level now, and (draws,) how it changes; everyone first, whose segment is "" ."""
    share = weights / weights.sum(axis=1, keepdims=True)
    together = [np.nansum(figure * share, axis=1) for figure in (now, change)]
    yield "", float(together[0][0]), together[1][1:]
    if plan.wins.drivers.by is not None:
        for s, segment in enumerate(plan.wins.drivers.segments):
            if not np.isnan(now[0, s]):
                yield segment, float(now[0, s]), np.nan_to_num(change[1:, s])
