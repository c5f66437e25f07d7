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
from cxlens.stages.drivers.looks import TOGETHER
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
WIDTH = 3.92  # standard errors across a 95 % interval


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
        together = self.table[self.table["touchpoint"] == TOGETHER]
        names = ", ".join(f"{name} {_words(by)}" for name, by in self.changes.items())
        digits = self.response.digits
        unit = f" {self.response.unit}"
        forecasts = []
        for row in together.to_dict("records"):
            change = signed(row["change"], digits)
            span = "" if np.isnan(row["low"]) else f" {interval(row['low'], row['high'], digits)}"
            where = f" for {row['segment']}" if "segment" in row else ""
            forecasts.append(f"{change}{span}{unit}{where}")
            unit = ""  # told once
        return f"With {names}, {self.measured} would change by {', '.join(forecasts)}"

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
        sentences = ["Without resamples there are no intervals."]
        if self.drivers.n_boot:
            sentences = [f"Intervals {percent(self.drivers.level)}, from the resamples of the drivers."]
        names = self._bent()
        if names:
            sentences.append(f"Low and high scores count differently (penalty-reward contrast): {listing(names, 30)}.")
        sentences.append("No score and no forecast leaves its scale.")
        return " ".join(sentences)

    def _bent(self) -> list[str]:
        """The touchpoints asked about whose low and high scores count differently."""
        response = self.response
        known = ~np.isnan(response.below)
        differs = known & (response.below != response.above)
        bent = differs.any(axis=(0, 1))
        names = [name for name, bends in zip(response.touchpoints, bent, strict=True) if bends]
        return [name for name in names if name in self.changes]

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
    answer = response(drivers.record, measure)
    rng = np.random.default_rng(drivers.seed)
    shifts = {}
    for name, by in changes.items():
        shifts[name] = _shift(answer, name, by, goals.get(name), rng)
    outcome = _outcome_changes(answer, shifts)
    together = outcome[-1]
    worth = None if money is None else money_per_point(drivers, money, len(together), rng)
    return WhatIf(
        table=_table(drivers, changes, answer, shifts, outcome, worth),
        drivers=drivers,
        changes=dict(changes),
        response=answer,
        money=None if worth is None else _earned(together * worth, drivers.level),
        options={
            "touchpoint_map": touchpoint_map,
            "competitors": competitors,
            "measure": measure,
            "money": money,
        },
    )


def _outcome_changes(answer: Response, shifts: Mapping[str, Floats]) -> Floats:
    """(m + 1, e, c) change of the outcome by each of m touchpoints alone, last by all of them together.

    A touchpoint without a coefficient adds nothing to the total, in any resample.
    """
    effects = np.stack([effect(answer, name, shift) for name, shift in shifts.items()])
    alone = [inside(answer, change) for change in effects]
    has_coefficient = ~np.isnan(effects[:, 0])
    added = np.where(has_coefficient[:, None], np.nan_to_num(effects), 0.0)
    together = inside(answer, added.sum(axis=0))
    return np.stack([*alone, together])


def _table(
    drivers: Drivers,
    changes: Mapping[str, Change],
    answer: Response,
    shifts: Mapping[str, Floats],
    outcome: Floats,
    worth: Floats | None,
) -> pd.DataFrame:
    """Rows of each segment: the touchpoints, then all of them together."""
    lifts = np.stack([lift(answer, name, shift) for name, shift in shifts.items()])
    points = np.stack(list(shifts.values()))
    tables = []
    for s, segment in enumerate(drivers.segments):
        table = pd.DataFrame({"segment": segment, "touchpoint": [*changes, TOGETHER]})
        lifted = lifts[:, 0, s]
        raised = _raised(changes, points[:, 0, s], lifted)
        table["raised_by"] = [*raised, np.nan]
        table["lift"] = [*lifted, np.nan]
        change = outcome[:, :, s]
        _add_spans(table, ("change", "low", "high"), change, drivers.level)
        _add_levels(table, answer.outcome[0, s], change[-1, 0])
        if worth is not None:
            money = change * worth[:, s]
            _add_spans(table, ("money", "money_low", "money_high"), money, drivers.level)
        tables.append(table)
    whole = pd.concat(tables, ignore_index=True)
    if not drivers.by:
        return whole.drop(columns="segment")
    return whole


def _add_spans(table: pd.DataFrame, columns: tuple[str, str, str], figures: Floats, level: float) -> None:
    """Put the estimate and interval of (m, e) figures into columns."""
    for column, values in zip(columns, _spans(figures, level), strict=True):
        table[column] = values


def _add_levels(table: pd.DataFrame, now: float, change: float) -> None:
    """Put the level of the outcome before and after into the last row, of all together."""
    last = table.index[-1]
    table["now"] = np.nan
    table["then"] = np.nan
    table.loc[last, "now"] = now
    table.loc[last, "then"] = now + change


def _raised(changes: Mapping[str, Change], points: Floats, lifted: Floats) -> Floats:
    """By how much scores move; not told of a goal where so few scored that their mean would show."""
    is_goal = [isinstance(by, (tuple, str)) for by in changes.values()]
    return np.where(is_goal & np.isnan(lifted), np.nan, points)


def _earned(money: Floats, level: float) -> tuple[float, float, float]:
    """Money of all segments together, with the ends of its interval; ``money`` (e, c), the estimate first."""
    total = money.sum(axis=1)
    value, low, high = _spans(total[None], level)
    return float(value[0]), float(low[0]), float(high[0])


def check_given(touchpoint_map: object, money: object) -> None:
    """Refuse a map or a retention link that is none."""
    if touchpoint_map is not None:
        check_kind("touchpoint_map", touchpoint_map, TouchpointMap, "cx.TouchpointMap.from_csv(path)")
    if money is not None:
        check_kind("money", money, RetentionLink, "cx.RetentionLink(customers, value, per_point)")


def _spans(figures: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    """Estimate and interval of (m, e) figures, estimate first; no interval without resamples or estimate."""
    estimate = figures[:, 0]
    if figures.shape[1] < 2:
        blank = np.full(len(figures), np.nan)
        return estimate, blank, blank
    is_blank = np.isnan(estimate)[:, None]
    draws = np.where(is_blank, np.nan, figures[:, 1:])
    low, high = percentile_interval(draws.T, level)
    return estimate, low, high


def money_per_point(drivers: Drivers, money: RetentionLink, e: int, rng: np.random.Generator) -> Floats:
    """(e, c) money a year for one point of the outcome by segment, the likely figure first, the others drawn."""
    _check_segments(drivers, money)
    low, likely, high = money.per_point
    per_point = triangles(
        np.array([low]),
        np.array([likely]),
        np.array([high]),
        e,
        rng,
    )
    per_point[0] = likely
    values = []
    for segment in drivers.segments:
        values.append(money.customers[segment] * money.value[segment])
    return np.asarray(per_point * np.array(values))


def _check_segments(drivers: Drivers, money: RetentionLink) -> None:
    """The retention link names the segments of the drivers, and no others."""
    if drivers.by is None and set(money.customers) != {""}:
        raise ValuesError(
            "money is told by segment, and the drivers hold everyone together. Give numbers alone, "
            "RetentionLink(customers=40_000, value=250, ...), or call drivers(..., by=column)."
        )
    lacking = [segment for segment in drivers.segments if segment not in money.customers]
    unknown = [segment for segment in money.customers if segment not in drivers.segments]
    if not lacking and not unknown:
        return
    what = f"nothing is said of {lacking[0]!r}" if lacking else f"the drivers have no segment {unknown[0]!r}"
    raise ValuesError(
        f"money: {what}. The retention link has to name the segments of the drivers: {listing(drivers.segments, 30)}."
    )


def _check_changes(drivers: Drivers, changes: Mapping[str, Change]) -> None:
    """Refuse changes that cannot be forecast."""
    if not isinstance(changes, Mapping) or not changes:
        raise ValuesError("no change to forecast. Give {touchpoint: score points}, such as {'Security': 0.5}.")
    check_forecast(drivers.record)
    for name, by in changes.items():
        check_touchpoint(drivers.record, name)
        if isinstance(by, str):
            _check_goal(name, by, 1.0)
        elif isinstance(by, tuple) and len(by) == 2 and isinstance(by[0], str):
            goal, share = by
            _check_goal(name, goal, share)
        else:
            _check_points(name, by)


def _check_goal(name: str, goal: str, share: Any) -> None:
    """A goal is known, and some of the way to it is gone."""
    if goal not in GOALS:
        known = listing(map(repr, GOALS))
        raise OptionError(f"{goal!r} is no goal for {name!r}.{did_you_mean(goal, GOALS)} Goals: {known}.")
    is_share = isinstance(share, (int, float, np.number)) and 0 < share <= 1
    if not is_share:
        raise ValuesError(f"the change of {name!r} goes {share!r} of the way. Give a share above 0, up to 1.")


def _check_points(name: str, by: Any) -> None:
    """A change that is no goal is a number."""
    if isinstance(by, (int, float, np.number)) and np.isfinite(by):
        return
    goals = listing(map(repr, GOALS))
    raise ValuesError(f"the change of {name!r} is {by!r}. Give score points, such as 0.5, or a goal: {goals}.")


def _goals(
    drivers: Drivers,
    changes: Mapping[str, Change],
    touchpoint_map: TouchpointMap | None,
    competitors: Mapping[str, Survey],
) -> dict[str, tuple[float, float]]:
    """Mean score and its standard error, for goals that lie outside the answers."""
    goals: dict[str, tuple[float, float]] = {}
    for name, by in changes.items():
        goal = by[0] if isinstance(by, tuple) else by
        if goal == "standard":
            goals[name] = (standard_of(drivers, name, touchpoint_map), 0.0)
        elif goal == "best segment" and len(drivers.segments) < 2:
            raise OptionError(
                f"the goal of {name!r} is the best segment, and the drivers have one only. "
                "Call drivers(..., by=column) with two segments or more."
            )
        elif goal == "best competitor":
            goals[name] = _best_competitor(drivers, name, competitors)
    return goals


def standard_of(drivers: Drivers, name: str, touchpoint_map: TouchpointMap | None) -> float:
    """The standard for the mean score of a touchpoint; refused where there is none, or none within the scale."""
    target = _mean_standard(name, touchpoint_map)
    low, high = score_ends(drivers.record)
    if not low <= target <= high:
        raise ValuesError(
            f"the standard of {name!r} is a mean of {target:g}, and scores run from {low:g} to {high:g}. "
            "Mend the standard in the map."
        )
    return float(target)


def _mean_standard(name: str, touchpoint_map: TouchpointMap | None) -> float:
    """The first standard for a mean score that the map has for a touchpoint."""
    lack = f"touchpoint {name!r} has no standard for its mean score"
    if touchpoint_map is None:
        raise OptionError(f"{lack}; there is no map: give touchpoint_map=.")
    places = [touchpoint for touchpoint in touchpoint_map if touchpoint.name == name]
    if not places:
        known = listing([touchpoint.name for touchpoint in touchpoint_map], 30)
        raise OptionError(f"touchpoint {name!r}, named so in the survey, is not on the map. On the map: {known}.")
    for place in places:
        for standard in place.standards:
            if standard.metric == "mean":
                return standard.target
    raise OptionError(f"{lack}; add 'mean = 4' to the map.")


def _best_competitor(drivers: Drivers, name: str, competitors: Mapping[str, Survey]) -> tuple[float, float]:
    """Mean and standard error of the competitor rated best."""
    surveys = {}
    for who, survey in competitors.items():
        if name in survey.touchpoints:
            surveys[who] = survey
    if not surveys:
        raise OptionError(
            f"the goal of {name!r} is the best competitor, and none has a touchpoint of that name. "
            "Give competitors={name: Survey} whose touchpoints have the same names."
        )
    ratings = []
    for who, survey in surveys.items():
        _check_same_scale(drivers, who, survey)
        row = baseline(survey.only([name])).table.iloc[0]
        mean = float(row["mean"])
        error = float(row["high"] - row["low"]) / WIDTH
        if np.isnan(error):
            error = 0.0
        if not np.isnan(mean):
            ratings.append((mean, error))
    if not ratings:
        raise ValuesError(f"no competitor has 5 scores or more of {name!r}. Choose another goal for it.")
    return max(ratings)


def _check_same_scale(drivers: Drivers, who: str, survey: Survey) -> None:
    """A competitor is rated on our scale, as far as both are known."""
    ours = drivers.survey.scale
    theirs = survey.scale
    if ours is None or theirs is None:
        return
    if (ours.low, ours.high) != (theirs.low, theirs.high):
        raise ValuesError(
            f"competitor {who!r} is rated from {theirs.low:g} to {theirs.high:g}, we from {ours.low:g} to "
            f"{ours.high:g}. Bring the scores to one scale first."
        )


def _shift(
    answer: Response, name: str, by: Change, goal: tuple[float, float] | None, rng: np.random.Generator
) -> Floats:
    """(e, c) score points by which users' scores move."""
    if not isinstance(by, (tuple, str)):
        return np.full(answer.outcome.shape, float(by))
    word, share = by if isinstance(by, tuple) else (by, 1.0)
    now = mean_score(answer, name)
    if word == "ceiling":
        target = np.full(now.shape, answer.scale[1])
    elif word == "best segment":
        best = int(np.nanargmax(now[0]))
        target = np.repeat(now[:, [best]], now.shape[1], axis=1)
    else:
        mean, error = goal or (np.nan, np.nan)
        noise = rng.standard_normal(len(now)) * error
        noise[0] = 0.0  # the estimate
        drawn = np.clip(mean + noise, *answer.scale)
        target = drawn[:, None] + np.zeros(now.shape)
    return shift_to(answer, name, now + share * (target - now))


def _words(by: Change) -> str:
    """A change in words: ``+0.5``, ``to the standard``, ``half of the way`` as ``50 % of the way to the standard``."""
    if not isinstance(by, (tuple, str)):
        return f"{by:+g}"
    word, share = by if isinstance(by, tuple) else (by, 1.0)
    if share == 1:
        return f"to the {word}"
    return f"{percent(share)} of the way to the {word}"
