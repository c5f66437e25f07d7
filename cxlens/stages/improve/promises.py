"""What a road map promises: the level of the outcome and of each touchpoint by period, to be measured against later.

Choosing and timing is the business of :mod:`cxlens.stages.improve.roadmap`; the file, of
:mod:`cxlens.stages.improve.forecasts`; whether promises were kept is told in stage 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

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
    initiatives = plan.wins.initiatives["name"].tolist()
    chosen = plan.table.loc[plan.table["selected"], "initiative"]
    touched = list(plan.wins.joined(map(initiatives.index, chosen)))
    done: list[int] = []
    rows = []
    for period, ended in plan.periods_table[["period", "ends"]].itertuples(index=False, name=None):
        done += map(initiatives.index, ended)
        metrics = [_outcome(plan, done)]
        for touchpoint in touched:
            metrics.append(_touchpoint(plan, touchpoint, done))
        for metric in metrics:
            for promise in _promised(plan, metric):
                rows.append({**promise, "date": period})
    table = pd.DataFrame(rows)
    table["level"] = plan.wins.drivers.level
    table["plan"] = name
    return table[list(COLUMNS)]


class _Metric(NamedTuple):
    """What is forecast: its level ``now``, its ``change``, and how segments count in everyone; all (e, c)."""

    name: str
    measure: str
    now: Floats
    change: Floats
    weights: Floats


def _outcome(plan: Roadmap, done: list[int]) -> _Metric:
    """The outcome, with what all that is done adds up to."""
    response = plan.wins.response
    weights = np.tile(response.weights, (len(response.outcome), 1))
    return _Metric(
        plan.wins.drivers.outcome,
        response.measure,
        response.outcome,
        plan.wins.together(done),
        weights,
    )


def _touchpoint(plan: Roadmap, name: str, done: list[int]) -> _Metric:
    """The mean score of those who use a touchpoint, with what all that is done adds up to."""
    response = plan.wins.response
    shares = response.shares[:, :, response.touchpoints.index(name)]
    users = np.nan_to_num(shares.sum(axis=-1))
    some_users = np.where(users > 0, users, np.nan)
    shift = plan.wins.joined(done).get(name, np.zeros_like(users))
    return _Metric(
        name,
        "mean",
        shares @ response.levels / some_users,
        lift(response, name, shift) / some_users,
        users * response.weights,
    )


def _promised(plan: Roadmap, metric: _Metric) -> Iterator[dict[str, Any]]:
    """Rows of a metric, everyone first."""
    confidence = plan.wins.drivers.level
    for segment, now, change in _by_segment(plan, metric):
        low, high = percentile_interval(change, confidence)
        yield {
            "metric": metric.name,
            "measure": metric.measure,
            "segment": segment,
            "now": now,
            "forecast": now + np.median(change),
            "low": now + low,
            "high": now + high,
        }


def _by_segment(plan: Roadmap, metric: _Metric) -> Iterator[tuple[str, float, Floats]]:
    """Segment, its level now, and (draws,) how it changes; everyone first, whose segment is "" ."""
    shares = metric.weights / metric.weights.sum(axis=1, keepdims=True)
    now = np.nansum(metric.now * shares, axis=1)
    change = np.nansum(metric.change * shares, axis=1)
    yield "", float(now[0]), change[1:]
    if plan.wins.drivers.by is None:
        return
    for s, segment in enumerate(plan.wins.drivers.segments):
        level = float(metric.now[0, s])
        if not np.isnan(level):
            yield segment, level, np.nan_to_num(metric.change[1:, s])
