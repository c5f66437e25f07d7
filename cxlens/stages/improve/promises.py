"""What a road map promises: the level of the outcome and of each touchpoint by period, to be measured against later.

A promise is a prediction: what is now was itself measured, the change is not known exactly, and a later survey will
have an error of its own. Choosing and timing is the business of :mod:`cxlens.stages.improve.timetable`; the file, of
:mod:`cxlens.stages.improve.forecasts`; whether promises were kept is told in stage 5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.errors import ValuesError
from cxlens.stages.drivers.record import Fit
from cxlens.stages.improve.candidates import Candidates
from cxlens.stages.improve.forecasts import COLUMNS
from cxlens.stages.improve.response import lift
from cxlens.stages.improve.standing import EVERYONE, Standing, moved_to, standings
from cxlens.stages.improve.timetable import Timetable
from cxlens.stats.bootstrap import bootstrap_error
from cxlens.stats.intervals import normal_quantile
from cxlens.study.asked import asked, span_asked
from cxlens.study.scale import Scale

Floats = NDArray[np.float64]
SHARE = 0.01  # of a percentage point, in which changes of a share are counted


def promises(plan: Timetable, name: str = "", n: int | None = None) -> pd.DataFrame:
    """Forecast what is worked on, by period: see :meth:`cxlens.stages.improve.roadmap.Roadmap.forecasts`."""
    wins = plan.candidates
    answers = _planned(wins.fit, n)
    places = plan.places
    touched = list(wins.joined([places[initiative] for initiative in plan.chosen["initiative"]]))
    rows = []
    for period, done in _done_by_period(plan):
        metrics = [_outcome(wins, done)]
        for touchpoint in touched:
            metrics.append(_touchpoint(wins, touchpoint, done))
        for metric in metrics:
            for promise in _promised(wins, metric, answers):
                rows.append({**promise, "date": period})
    table = pd.DataFrame(rows)
    table["n"] = float(answers)
    table["level"] = wins.fit.level
    table["plan"] = name
    return table[list(COLUMNS)]


def _done_by_period(plan: Timetable) -> Iterator[tuple[str, list[int]]]:
    """Each period with all that has ended by then, by place in the list."""
    places = plan.places
    done: list[int] = []
    for period, ended in plan.periods_table[["period", "ends"]].itertuples(index=False, name=None):
        done = done + [places[initiative] for initiative in ended]
        yield period, done


class Outcome(NamedTuple):
    """The outcome of everyone at the end of a period, with the ends of its interval, as it is read."""

    level: Level
    low: float
    high: float


def outcomes(plan: Timetable) -> list[Outcome]:
    """The outcome now, and at the end of each period: level and change of the same resamples."""
    wins = plan.candidates
    done = [[], *(ended for _, ended in _done_by_period(plan))]
    found = []
    for ended in done:
        metric = _outcome(wins, ended)
        level = _everyone(wins.fit, metric)
        found.append(Outcome(level, *_true(wins.fit, metric, level)))
    return found


def outcome_scale(wins: Candidates) -> Scale | None:
    """The scale of a mean outcome, which says whether the lowest is the best; None of all others."""
    if wins.response.measure != "mean":
        return None
    return wins.fit.survey.outcome_scales.get(wins.fit.outcome)


def _planned(fit: Fit, n: int | None) -> int:
    """How many answers the later survey is to have; as many as now if nothing is said."""
    if n is None:
        return fit.n
    if type(n) is not int or n < 1:
        raise ValuesError(f"n is {n!r}. Give how many answers the later survey is to have, a whole number such as 600.")
    return n


def ratings_alone(wins: Candidates, initiative: str) -> dict[str, dict[str, Any]]:
    """The mean rating of each touchpoint of one initiative once it alone is done, for all customers together.

    By touchpoint, as a row of :func:`promises`: ``now``, ``forecast``, ``low`` and ``high`` of what a later survey of
    as many answers is forecast to measure. What a removal takes away has none.
    """
    place = wins.initiatives["name"].tolist().index(initiative)
    found = {}
    for name in wins.joined([place]):
        found[name] = next(_promised(wins, _touchpoint(wins, name, [place]), wins.fit.n))
    return found


class _Metric(NamedTuple):
    """What is forecast: its level ``now``, its ``change``, and how segments count in everyone; all (e, c).

    ``ends``: the lowest and the highest it can be. ``standings``: where all stand that gave it, by segment.
    """

    name: str
    measure: str
    now: Floats
    change: Floats
    weights: Floats
    scale: Scale | None
    ends: tuple[float, float]
    standings: Mapping[str, Standing]


class Level(NamedTuple):
    """A level of everyone or a segment: ``now`` and its ``change``, both (e,), the estimate first.

    ``error``: of a survey of as many answers as the drivers use.
    """

    segment: str
    now: Floats
    change: Floats
    error: float

    @property
    def forecast(self) -> float:
        """Where it is expected to lie."""
        return float(self.now[0] + np.median(self.change[1:]))

    @property
    def then(self) -> Floats:
        """(e - 1,) where it lies in each resample."""
        return np.asarray(self.now[1:] + self.change[1:])


def _outcome(wins: Candidates, done: list[int]) -> _Metric:
    """The outcome, with what all that is done adds up to."""
    response = wins.response
    weights = np.tile(response.weights, (len(response.outcome), 1))
    size = SHARE if response.measure == "top box" else 1.0
    lowest, highest = response.ends
    return _Metric(
        wins.fit.outcome,
        response.measure,
        response.outcome * size,
        wins.together(done) * size,
        weights,
        outcome_scale(wins),
        (lowest * size, highest * size),
        standings(wins.fit, response.measure),
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
        response.scale,
        {},
    )


def _promised(wins: Candidates, metric: _Metric, answers: int) -> Iterator[dict[str, Any]]:
    """Rows of a metric, everyone first."""
    for level in _by_segment(wins, metric):
        measured = _measured(wins.fit, metric, level, answers)
        true = _true(wins.fit, metric, level)
        forecast, low, high = span_asked(level.forecast, *measured, metric.scale)
        _, true_low, true_high = span_asked(level.forecast, *true, metric.scale)
        yield {
            "metric": metric.name,
            "measure": metric.measure,
            "segment": level.segment,
            "now": asked(float(level.now[0]), metric.scale),
            "forecast": forecast,
            "low": low,
            "high": high,
            "true_low": true_low,
            "true_high": true_high,
        }


def _true(fit: Fit, metric: _Metric, level: Level) -> tuple[float, float]:
    """Where the level itself will lie: the error of what is now, and of the change, resample by resample.

    Both come from the same resample, so that what they have in common is counted. Of d draws the ends are the places
    that hold one more draw with the probability asked for, so that few draws do not make the interval narrow.
    """
    tail = (1 - fit.level) / 2
    low, high = np.quantile(level.then, [tail, 1 - tail], method="weibull")
    return _on_scale(metric, min(float(low), level.forecast), max(float(high), level.forecast))


def _measured(fit: Fit, metric: _Metric, level: Level, answers: int) -> tuple[float, float]:
    """Where a later survey will find it: the error of a sample of so many answers comes on top.

    It is taken to be drawn as the one that is there: the error of that, which knows of weights and clusters, goes with
    one over the root of the number of answers.
    """
    low, high = _true(fit, metric, level)
    error_then = level.error * np.sqrt(fit.n / answers)
    reach = normal_quantile(fit.level) * error_then
    down = float(np.hypot(level.forecast - low, reach))
    up = float(np.hypot(high - level.forecast, reach))
    return _on_scale(metric, level.forecast - down, level.forecast + up)


def _on_scale(metric: _Metric, low: float, high: float) -> tuple[float, float]:
    """An interval, cut off where the scale ends."""
    least, most = metric.ends
    return max(low, least), min(high, most)


def _by_segment(wins: Candidates, metric: _Metric) -> Iterator[Level]:
    """Each level that is forecast; everyone first, whose segment is "" ."""
    yield _everyone(wins.fit, metric)
    if wins.fit.by is None:
        return
    for s, segment in enumerate(wins.fit.segments):
        now = metric.now[:, s]
        if not np.isnan(now[0]):
            known = np.where(np.isnan(now), now[0], now)  # a resample without the segment has its estimate
            yield _level(metric, segment, known, np.nan_to_num(metric.change[:, s]))


def _everyone(fit: Fit, metric: _Metric) -> Level:
    """All segments together: who takes part is chance, too, so in each resample they count as they are drawn there."""
    shares = metric.weights / metric.weights.sum(axis=1, keepdims=True)
    drawn = metric.weights * _drawn_weights(fit) / fit.weights
    drawn_shares = drawn / drawn.sum(axis=1, keepdims=True)
    now = np.nansum(metric.now * drawn_shares, axis=1)
    change = np.nansum(metric.change * shares, axis=1)
    return _level(metric, EVERYONE, now, change)


def _level(metric: _Metric, segment: str, now: Floats, change: Floats) -> Level:
    """A level that starts from where all stand."""
    error = float(bootstrap_error(now[1:]))
    return Level(segment, moved_to(metric.standings.get(segment), now), change, error)


def _drawn_weights(fit: Fit) -> Floats:
    """(e, c) weight of the respondents of each segment, in the answers and in each resample."""
    constants = [fit.products.stacks[cell][0, 0] for cell in fit.kept]
    return np.stack(constants, axis=1)
