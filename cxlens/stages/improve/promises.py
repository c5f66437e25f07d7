"""What a road map promises: the level of the outcome and of each touchpoint by period, to be measured against later.

Choosing and timing is the business of :mod:`cxlens.stages.improve.timetable`; the file, of
:mod:`cxlens.stages.improve.forecasts`; whether promises were kept is told in stage 5.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.improve.candidates import Candidates
from cxlens.stages.improve.forecasts import COLUMNS
from cxlens.stages.improve.response import lift
from cxlens.stages.improve.timetable import Timetable
from cxlens.stats.bootstrap import percentile_interval
from cxlens.study.asked import asked, span_asked
from cxlens.study.scale import Scale

Floats = NDArray[np.float64]


def promises(plan: Timetable, name: str = "") -> pd.DataFrame:
    """Forecast what is worked on, by period: see :meth:`cxlens.stages.improve.roadmap.Roadmap.forecasts`."""
    wins = plan.candidates
    places = plan.places
    touched = list(wins.joined([places[initiative] for initiative in plan.chosen["initiative"]]))
    done: list[int] = []
    rows = []
    for period, ended in plan.periods_table[["period", "ends"]].itertuples(index=False, name=None):
        done += [places[initiative] for initiative in ended]
        metrics = [_outcome(wins, done)]
        for touchpoint in touched:
            metrics.append(_touchpoint(wins, touchpoint, done))
        for metric in metrics:
            for promise in _promised(wins, metric):
                rows.append({**promise, "date": period})
    table = pd.DataFrame(rows)
    table["level"] = wins.fit.level
    table["plan"] = name
    return table[list(COLUMNS)]


class _Metric(NamedTuple):
    """What is forecast: its level ``now``, its ``change``, and how segments count in everyone; all (e, c)."""

    name: str
    measure: str
    now: Floats
    change: Floats
    weights: Floats
    scale: Scale | None


def _outcome(wins: Candidates, done: list[int]) -> _Metric:
    """The outcome, with what all that is done adds up to."""
    response = wins.response
    weights = np.tile(response.weights, (len(response.outcome), 1))
    return _Metric(
        wins.fit.outcome,
        response.measure,
        response.outcome,
        wins.together(done),
        weights,
        wins.fit.survey.outcome_scales.get(wins.fit.outcome) if response.measure == "mean" else None,
    )


def _touchpoint(wins: Candidates, name: str, done: list[int]) -> _Metric:
    """The mean score of those who use a touchpoint, with what all that is done adds up to."""
    response = wins.response
    shares = response.shares[:, :, response.touchpoints.index(name)]
    users = np.nan_to_num(shares.sum(axis=-1))
    some_users = np.where(users > 0, users, np.nan)
    shift = wins.joined(done).get(name, np.zeros_like(users))
    return _Metric(
        name,
        "mean",
        shares @ response.levels / some_users,
        lift(response, name, shift) / some_users,
        users * response.weights,
        wins.fit.survey.scale,
    )


def _promised(wins: Candidates, metric: _Metric) -> Iterator[dict[str, Any]]:
    """Rows of a metric, everyone first."""
    confidence = wins.fit.level
    for segment, now, change in _by_segment(wins, metric):
        low, high = percentile_interval(change, confidence)
        then = (now + float(np.median(change)), now + float(low), now + float(high))
        forecast, forecast_low, forecast_high = span_asked(*then, metric.scale)
        yield {
            "metric": metric.name,
            "measure": metric.measure,
            "segment": segment,
            "now": asked(now, metric.scale),
            "forecast": forecast,
            "low": forecast_low,
            "high": forecast_high,
        }


def _by_segment(wins: Candidates, metric: _Metric) -> Iterator[tuple[str, float, Floats]]:
    """Segment, its level now, and (draws,) how it changes; everyone first, whose segment is "" ."""
    shares = metric.weights / metric.weights.sum(axis=1, keepdims=True)
    now = np.nansum(metric.now * shares, axis=1)
    change = np.nansum(metric.change * shares, axis=1)
    yield "", float(now[0]), change[1:]
    if wins.fit.by is None:
        return
    for s, segment in enumerate(wins.fit.segments):
        level = float(metric.now[0, s])
        if not np.isnan(level):
            yield segment, level, np.nan_to_num(metric.change[1:, s])
