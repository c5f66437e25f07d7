"""Forecasts from drivers: what the outcome would be if touchpoints scored higher.

An association read as a forecast, and said to be one. How the outcome answers to scores is the business of
:mod:`cxlens.stages.improve.response`; initiatives, costs and effort belong to :mod:`cxlens.stages.improve.quick_wins`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common import port
from cxlens.common.html import card
from cxlens.common.values import count, interval, percent, signed
from cxlens.errors import OptionError, ValuesError, check_kind, check_option, did_you_mean, listing
from cxlens.stages.baseline.baseline import baseline
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.maps import TOGETHER
from cxlens.stages.improve.response import (
    Measure,
    Response,
    check_forecast,
    check_touchpoint,
    effect,
    inside,
    lift,
    mean_score,
    response,
    score_ends,
    shift_to,
)
from cxlens.stats.bootstrap import percentile_interval
from cxlens.stats.triangle import triangles
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap
from cxlens.study.worth import RetentionLink

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
Goal = Literal["standard", "best segment", "best competitor", "ceiling"]
Change = float | Goal | tuple[Goal, float]
GOALS: tuple[str, ...] = get_args(Goal)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class WhatIf:
    """A forecast: the result of :func:`what_if`.

    Attributes
    ----------
    table
        One row a touchpoint (and segment), last all of them together: ``segment`` (with ``by``), ``touchpoint``,
        ``raised_by`` score points, ``lift`` (what the mean score of all respondents gains, ceiling and reach
        respected), ``change`` of the outcome with ``low`` and ``high``; in the last row ``now`` and ``then``, its level
        before and after. With ``money``: ``money`` a year with its interval. A touchpoint without a coefficient in a
        segment has no change there and adds nothing to the total.
    response
        How the outcome answers to scores, in each resample.
    money
        With a retention link: money a year of all segments together, with the ends of its interval.
    options
        What else was asked: ``what_if(drivers, changes, **options)`` gives the same again.
    """

    table: pd.DataFrame
    drivers: Drivers
    changes: dict[str, Change]
    response: Response
    money: tuple[float, float, float] | None
    options: Mapping[str, Any]

    @property
    def measured(self) -> str:
        """What is forecast: the outcome, or the way it is counted where that was asked for."""
        if self.options["measure"] is None:
            return self.drivers.outcome
        return f"the {self.response.measure} of {self.drivers.outcome}"

    @property
    def headline(self) -> str:
        """The forecast in words, for the title of a picture."""
        last = self.table[self.table["touchpoint"] == TOGETHER]
        names = ", ".join(f"{name} {_words(by)}" for name, by in self.changes.items())
        found: list[str] = []
        digits = self.response.digits
        for row in last.to_dict("records"):
            span = "" if np.isnan(row["low"]) else f" {interval(row['low'], row['high'], digits)}"
            where = f" for {row['segment']}" if "segment" in row else ""
            unit = "" if found else f" {self.response.unit}"
            found.append(f"{signed(row['change'], digits)}{span}{unit}{where}")
        return f"With {names}, {self.measured} would change by {', '.join(found)}"

    @property
    def earned(self) -> str:
        """What that is in money, in words; "" without a retention link."""
        if self.money is None:
            return ""
        value, low, high = self.money
        span = "" if np.isnan(low) else f" {interval(low, high, 0)}"
        return f"By the retention link given that is {signed(value, 0)}{span} in money a year"

    def __str__(self) -> str:
        money = f" {self.earned}." if self.earned else ""
        return f"{self.headline}.{money} An association, not yet an effect. n = {count(self.drivers.n)}."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return card(str(self), self.table, self.note)

    @property
    def note(self) -> str:
        """How the forecast was made."""
        bent = (self.response.below != self.response.above) & ~np.isnan(self.response.below)
        names = [name for name, by in zip(self.response.touchpoints, bent.any(axis=(0, 1)), strict=True) if by]
        names = [name for name in names if name in self.changes]
        parts = [f"Intervals {percent(self.drivers.level)}, from the resamples of the drivers."]
        parts = parts if self.drivers.n_boot else ["Without resamples there are no intervals."]
        if names:
            parts.append(f"Low and high scores count differently (penalty-reward contrast): {listing(names, 30)}.")
        return " ".join([*parts, "No score and no forecast leaves its scale."])

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """The change of the outcome by touchpoint, with intervals."""
        return port.draw(self, ax)

    def explore(self) -> Widget:
        """A control for each touchpoint; the forecast follows."""
        return port.widget_of(self)


def what_if(
    drivers: Drivers,
    changes: Mapping[str, Change],
    *,
    touchpoint_map: TouchpointMap | None = None,
    competitors: Mapping[str, Survey] | None = None,
    measure: Measure | None = None,
    money: RetentionLink | None = None,
) -> WhatIf:
    """Forecast the outcome if the scores of touchpoints changed.

    For each respondent who met the touchpoint, the score moves by the change, but not beyond the scale; those who
    did not meet it stay as they are. What that is worth follows from the drivers.

    Parameters
    ----------
    drivers
        From :func:`cxlens.drivers`; its resamples give the interval.
    changes
        ``{touchpoint: change}``. A number moves every score by so many points, up or down. A word lifts the mean of
        those who used it to a goal, and never lowers it: ``"standard"`` (of the map), ``"best segment"`` (with
        ``by``), ``"best competitor"``, ``"ceiling"`` (the end of the scale). ``(word, share)`` goes that share of the
        way: ``("standard", 0.5)``.
    touchpoint_map
        Where standards of kind "mean" stand.
    competitors
        ``{name: Survey}`` with touchpoints of the same names on the same scale. Their means are uncertain, too, and
        their errors are part of the interval.
    measure
        How the outcome is counted: "mean", "top box" (percentage points of high answers) or "NPS"; by default as the
        drivers count it.
    money
        What a point of the outcome is worth: :class:`cxlens.RetentionLink`.

    Returns
    -------
    WhatIf

    Raises
    ------
    OptionError, ValuesError
        When a touchpoint is unknown or has no coefficient, a change is neither a number nor a goal that is there, the
        scores are measurements without levels, or the measure does not go with the outcome.

    Notes
    -----
    Coefficients come from one model of all touchpoints, so changes add up without counting anything twice. Where the
    penalty-reward contrast calls a touchpoint "basic" or "excitement" (:func:`cxlens.stages.drivers.shape.shape`), a
    point below the middle of the scale counts as the penalty says and a point above it as the reward says; the two
    meet in the mean of the middle scores. With another ``measure`` effects are straight lines.

    Examples
    --------
    >>> import cxlens as cx
    >>> found = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0)
    >>> forecast = cx.what_if(found, {"Security": 0.5})
    >>> forecast.table["touchpoint"].tolist()
    ['Security', 'all together']
    """
    check_kind("what_if", drivers, Drivers, "cx.drivers(survey)")
    _check_changes(drivers, changes)
    check_given(touchpoint_map, money)
    for who, survey in (competitors or {}).items():
        check_kind(f"competitor {who!r}", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    if measure is not None:
        check_option("measure", measure, Measure)
    goals = _goals(drivers, changes, touchpoint_map, competitors or {})
    found = response(drivers.record, measure)
    rng = np.random.default_rng(drivers.seed)
    shifts = {name: _shift(found, name, by, goals.get(name), rng) for name, by in changes.items()}
    effects = np.stack([effect(found, name, shift) for name, shift in shifts.items()])
    lifts = np.stack([lift(found, name, shift) for name, shift in shifts.items()])
    alone = np.stack([inside(found, own) for own in effects])
    known = ~np.isnan(effects[:, 0])
    together = inside(found, np.where(known[:, None], np.nan_to_num(effects), 0.0).sum(axis=0))
    every = np.concatenate([alone, together[None]])
    worth = None if money is None else money_per_point(drivers, money, len(together), rng)
    parts, pairs = [], list(enumerate(shifts.items()))
    for s, segment in enumerate(drivers.segments):
        own = pd.DataFrame({"segment": segment, "touchpoint": [*changes, TOGETHER]})
        own["raised_by"] = [
            *(_raised(changes[name], shift[0, s], lifts[k, 0, s]) for k, (name, shift) in pairs),
            np.nan,
        ]
        own["lift"] = [*lifts[:, 0, s], np.nan]
        own["change"], own["low"], own["high"] = _spans(every[:, :, s], drivers.level)
        own["now"] = own["then"] = np.nan
        own.loc[len(changes), ["now", "then"]] = found.outcome[0, s], found.outcome[0, s] + together[0, s]
        if worth is not None:
            spans = _spans(every[:, :, s] * worth[:, s], drivers.level)
            own["money"], own["money_low"], own["money_high"] = spans
        parts.append(own)
    table = pd.concat(parts, ignore_index=True)
    table = table if drivers.by else table.drop(columns="segment")
    options = {"touchpoint_map": touchpoint_map, "competitors": competitors, "measure": measure, "money": money}
    total = None if worth is None else _spans((together * worth).sum(axis=1)[None], drivers.level)
    earned = None if total is None else (float(total[0][0]), float(total[1][0]), float(total[2][0]))
    return WhatIf(table, drivers, dict(changes), found, earned, options)


def check_given(touchpoint_map: object, money: object) -> None:
    """Refuse a map or a retention link that is none."""
    if touchpoint_map is not None:
        check_kind("touchpoint_map", touchpoint_map, TouchpointMap, "cx.TouchpointMap.from_csv(path)")
    if money is not None:
        check_kind("money", money, RetentionLink, "cx.RetentionLink(customers, value, per_point)")


def _raised(by: Change, points: float, lifted: float) -> float:
    """By how much scores move; not told of a goal where so few scored that their mean would show."""
    return points if not isinstance(by, (tuple, str)) or not np.isnan(lifted) else np.nan


def _spans(figures: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    """Estimate and interval of (m, e) figures, estimate first; no interval without resamples or estimate."""
    if figures.shape[1] < 2:
        return figures[:, 0], np.full(len(figures), np.nan), np.full(len(figures), np.nan)
    draws = np.where(np.isnan(figures[:, :1]), np.nan, figures[:, 1:])
    return figures[:, 0], *percentile_interval(draws.T, level)


def money_per_point(drivers: Drivers, money: RetentionLink, e: int, rng: np.random.Generator) -> Floats:
    """(e, c) money a year for one point of the outcome by segment, the likely figure first, the others drawn."""
    if drivers.by is None and set(money.customers) != {""}:
        raise ValuesError(
            "money is told by segment, and the drivers hold everyone together. Give numbers alone, "
            "RetentionLink(customers=40_000, value=250, ...), or call drivers(..., by=column)."
        )
    for segment in {**dict.fromkeys(drivers.segments), **money.customers}:
        if segment not in money.customers or segment not in drivers.segments:
            what = "nothing is said of" if segment in drivers.segments else "the drivers have no segment"
            raise ValuesError(
                f"money: {what} {segment!r}. The retention link has to name the segments of the drivers: "
                f"{listing(drivers.segments, 30)}."
            )
    low, likely, high = money.per_point
    drawn = triangles(np.array([low]), np.array([likely]), np.array([high]), e, rng)
    drawn[0] = likely
    return np.asarray(drawn * np.array([money.customers[name] * money.value[name] for name in drivers.segments]))


def _check_changes(drivers: Drivers, changes: Mapping[str, Change]) -> None:
    """Refuse changes that cannot be forecast."""
    if not isinstance(changes, Mapping) or not changes:
        raise ValuesError("no change to forecast. Give {touchpoint: score points}, such as {'Security': 0.5}.")
    check_forecast(drivers.record)
    for name, by in changes.items():
        check_touchpoint(drivers.record, name)
        goal, share = by if isinstance(by, tuple) and len(by) == 2 else (by, 1.0)
        if isinstance(goal, str):
            if goal not in GOALS:
                known = listing(map(repr, GOALS))
                raise OptionError(f"{goal!r} is no goal for {name!r}.{did_you_mean(goal, GOALS)} Goals: {known}.")
            if not isinstance(share, (int, float, np.number)) or not 0 < share <= 1:
                raise ValuesError(f"the change of {name!r} goes {share!r} of the way. Give a share above 0, up to 1.")
        elif isinstance(by, tuple) or not isinstance(by, (int, float, np.number)) or not np.isfinite(by):
            raise ValuesError(
                f"the change of {name!r} is {by!r}. Give score points, such as 0.5, or a goal: "
                f"{listing(map(repr, GOALS))}."
            )


def _goals(
    drivers: Drivers,
    changes: Mapping[str, Change],
    touchpoint_map: TouchpointMap | None,
    competitors: Mapping[str, Survey],
) -> dict[str, tuple[float, float]]:
    """Mean score and its standard error, for goals that lie outside the answers."""
    found: dict[str, tuple[float, float]] = {}
    for name, by in changes.items():
        goal = by[0] if isinstance(by, tuple) else by
        if goal == "standard":
            found[name] = standard_of(drivers, name, touchpoint_map), 0.0
        elif goal == "best segment" and len(drivers.segments) < 2:
            raise OptionError(
                f"the goal of {name!r} is the best segment, and the drivers have one only. "
                "Call drivers(..., by=column) with two segments or more."
            )
        elif goal == "best competitor":
            found[name] = _best(drivers, name, competitors)
    return found


def standard_of(drivers: Drivers, name: str, touchpoint_map: TouchpointMap | None) -> float:
    """The standard for the mean score of a touchpoint; refused where there is none, or none within the scale."""
    places = [] if touchpoint_map is None else [one for one in touchpoint_map if one.name == name]
    targets = [standard.target for one in places for standard in one.standards if standard.metric == "mean"]
    if touchpoint_map is not None and not places:
        there = listing([one.name for one in touchpoint_map], 30)
        raise OptionError(f"touchpoint {name!r}, named so in the survey, is not on the map. On the map: {there}.")
    if not targets:
        where = "there is no map: give touchpoint_map=" if touchpoint_map is None else "add 'mean = 4' to the map"
        raise OptionError(f"touchpoint {name!r} has no standard for its mean score; {where}.")
    low, high = score_ends(drivers.record)
    if not low <= targets[0] <= high:
        raise ValuesError(
            f"the standard of {name!r} is a mean of {targets[0]:g}, and scores run from {low:g} to {high:g}. "
            "Mend the standard in the map."
        )
    return float(targets[0])


def _best(drivers: Drivers, name: str, competitors: Mapping[str, Survey]) -> tuple[float, float]:
    """Mean and standard error of the competitor rated best."""
    there = {who: survey for who, survey in competitors.items() if name in survey.touchpoints}
    if not there:
        raise OptionError(
            f"the goal of {name!r} is the best competitor, and none has a touchpoint of that name. "
            "Give competitors={name: Survey} whose touchpoints have the same names."
        )
    means = []
    for who, survey in there.items():
        ours, theirs = drivers.survey.scale, survey.scale
        if ours and theirs and (ours.low, ours.high) != (theirs.low, theirs.high):
            raise ValuesError(
                f"competitor {who!r} is rated from {theirs.low:g} to {theirs.high:g}, we from {ours.low:g} to "
                f"{ours.high:g}. Bring the scores to one scale first."
            )
        row = baseline(survey.only([name])).table.iloc[0]
        means.append((float(row["mean"]), float(row["high"] - row["low"]) / 3.92))
    means = [(mean, 0.0 if np.isnan(error) else error) for mean, error in means if not np.isnan(mean)]
    if not means:
        raise ValuesError(f"no competitor has 5 scores or more of {name!r}. Choose another goal for it.")
    return max(means)


def _shift(
    found: Response, name: str, by: Change, goal: tuple[float, float] | None, rng: np.random.Generator
) -> Floats:
    """(e, c) score points by which users' scores move."""
    if not isinstance(by, (tuple, str)):
        return np.full(found.outcome.shape, float(by))
    word, share = by if isinstance(by, tuple) else (by, 1.0)
    now = mean_score(found, name)
    if word == "ceiling":
        target = np.full(now.shape, found.scale[1])
    elif word == "best segment":
        target = np.repeat(now[:, [int(np.nanargmax(now[0]))]], now.shape[1], axis=1)
    else:
        mean, error = goal or (np.nan, np.nan)
        noise = rng.standard_normal(len(now)) * error
        noise[0] = 0.0
        target = np.clip(mean + noise, *found.scale)[:, None] + np.zeros(now.shape)
    return shift_to(found, name, now + share * (target - now))


def _words(by: Change) -> str:
    """A change in words: ``+0.5``, ``to the standard``, ``half of the way`` as ``50 % of the way to the standard``."""
    if not isinstance(by, (tuple, str)):
        return f"{by:+g}"
    word, share = by if isinstance(by, tuple) else (by, 1.0)
    return f"to the {word}" if share == 1 else f"{percent(share)} of the way to the {word}"
