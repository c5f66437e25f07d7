"""Where scores are to go: by so many points, or to a standard, the best segment, the best competitor, the ceiling.

What is wished is checked here, and put into score points in each resample. What that does to the outcome is told by
:mod:`cxlens.stages.improve.response`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from cxlens.common.values import percent
from cxlens.errors import OptionError, ValuesError, did_you_mean, listing
from cxlens.stages.baseline.score import score_means
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.stages.drivers.posterior import score_ends
from cxlens.stages.drivers.record import Fit
from cxlens.stages.improve.response import (
    Response,
    check_forecast,
    check_touchpoint,
    mean_score,
    shift_to,
)
from cxlens.stats.intervals import t_quantile
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

Floats = NDArray[np.float64]
Goal = Literal["standard", "best segment", "best competitor", "ceiling"]
Change = float | Goal | tuple[Goal, float]
GOALS: tuple[str, ...] = get_args(Goal)
LEVEL, HALF_WIDTH = 0.95, 1.96  # of an interval of a competitor's mean, and its half in standard errors of many answers


class Mark(NamedTuple):
    """A goal that lies outside the answers: a mean score, and its standard error; NaN where that is not known."""

    mean: float
    error: float


def check_changes(record: Fit, changes: Mapping[str, Change]) -> None:
    """Refuse changes that cannot be forecast."""
    if not isinstance(changes, Mapping) or not changes:
        raise ValuesError("no change to forecast. Give {touchpoint: score points}, such as {'Security': 0.5}.")
    check_forecast(record)
    for name, by in changes.items():
        check_touchpoint(record, name)
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


def is_goal(by: Change) -> bool:
    """Whether a change is a goal, and not so many points."""
    return isinstance(by, (tuple, str))


def in_words(by: Change) -> str:
    """A change in words: ``+0.5``, ``to the standard``, ``half of the way`` as ``50 % of the way to the standard``."""
    if not isinstance(by, (tuple, str)):
        return f"{by:+g}"
    goal, share = _goal_and_share(by)
    if share == 1:
        return f"to the {goal}"
    return f"{percent(share)} of the way to the {goal}"


def marks(
    record: Fit,
    changes: Mapping[str, Change],
    touchpoint_map: TouchpointMap | None,
    competitors: Mapping[str, Survey],
) -> dict[str, Mark]:
    """The goals that lie outside the answers, by touchpoint; refused where there is none of that kind."""
    outside: dict[str, Mark] = {}
    for name, by in changes.items():
        goal = _goal_and_share(by)[0] if isinstance(by, (tuple, str)) else ""
        if goal == "standard":
            outside[name] = Mark(standard_of(record, name, touchpoint_map), 0.0)
        elif goal == "best segment" and len(record.segments) < 2:
            raise OptionError(
                f"the goal of {name!r} is the best segment, and the drivers have one only. "
                "Call drivers(..., by=column) with two segments or more."
            )
        elif goal == "best competitor":
            outside[name] = _best_competitor(record, name, competitors)
    return outside


def standard_of(record: Fit, name: str, touchpoint_map: TouchpointMap | None) -> float:
    """The standard for the mean score of a touchpoint; refused where there is none, or none within the scale."""
    target = _mean_standard(name, touchpoint_map)
    survey = record.survey
    scale = survey.scales.get(name, survey.scale)
    low, high = (scale.low, scale.high) if scale else score_ends(record)
    if not low <= target <= high:
        raise ValuesError(
            f"the standard of {name!r} is a mean of {target:g}, and scores run from {low:g} to {high:g}. "
            "Mend the standard in the map."
        )
    return float(survey.as_read(name, target))


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


def _best_competitor(record: Fit, name: str, competitors: Mapping[str, Survey]) -> Mark:
    """Mean and standard error of the competitor rated best."""
    surveys = {who: survey for who, survey in competitors.items() if name in survey.touchpoints}
    if not surveys:
        raise OptionError(
            f"the goal of {name!r} is the best competitor, and none has a touchpoint of that name. "
            "Give competitors={name: Survey} whose touchpoints have the same names."
        )
    ratings = []
    for who, survey in surveys.items():
        _check_same_scale(record, who, survey)
        row = score_means(survey.only([name]), level=LEVEL).iloc[0]
        if row["n"] >= SMALLEST:
            half = t_quantile(LEVEL, row["df"]) * row["error"]
            ratings.append(Mark(float(row["mean"]), float(half / HALF_WIDTH)))
    if not ratings:
        raise ValuesError(f"no competitor has 5 scores or more of {name!r}. Choose another goal for it.")
    return max(ratings, key=_mean)


def _mean(mark: Mark) -> float:
    """Where a mark lies: the higher, the better."""
    return mark.mean


def _check_same_scale(record: Fit, who: str, survey: Survey) -> None:
    """A competitor is rated on our scale, as far as both are known."""
    ours = record.survey.scale
    theirs = survey.scale
    if ours is None or theirs is None:
        return
    if (ours.low, ours.high) != (theirs.low, theirs.high):
        raise ValuesError(
            f"competitor {who!r} is rated from {theirs.low:g} to {theirs.high:g}, we from {ours.low:g} to "
            f"{ours.high:g}. Bring the scores to one scale first."
        )


def points(answer: Response, name: str, by: Change, mark: Mark | None, rng: np.random.Generator) -> Floats:
    """(e, c) points by which users' scores move, on the scale that they are read on."""
    if not isinstance(by, (tuple, str)):
        return np.full(answer.outcome.shape, float(by) * answer.point_of(name))
    goal, share = _goal_and_share(by)
    now = mean_score(answer, name)
    target = _target(answer, now, goal, mark, rng)
    return shift_to(answer, name, now + share * (target - now))


def _target(answer: Response, now: Floats, goal: str, mark: Mark | None, rng: np.random.Generator) -> Floats:
    """(e, c) where a goal lies; one outside the answers lies elsewhere in each resample, by its error.

    One whose error is not known lies where it is: what is forecast of it has no interval.
    """
    if goal == "ceiling":
        return np.full(now.shape, answer.scale[1])
    if goal == "best segment":
        best = int(np.nanargmax(now[0]))
        return np.repeat(now[:, [best]], now.shape[1], axis=1)
    mean, error = mark or Mark(np.nan, np.nan)
    noise = rng.standard_normal(len(now)) * np.nan_to_num(error)
    noise[0] = 0.0  # the estimate
    drawn = np.clip(mean + noise, *answer.scale)
    return np.asarray(drawn[:, None] + np.zeros(now.shape))


def _goal_and_share(by: tuple[Goal, float] | Goal) -> tuple[str, float]:
    """A goal, and which share of the way to it is gone."""
    return by if isinstance(by, tuple) else (by, 1.0)
