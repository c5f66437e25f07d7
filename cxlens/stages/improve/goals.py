"""Where scores are to go: by so many points, to a standard, the best segment, competitor or places, the ceiling.

What is wished is checked here, and put into score points in each resample. What that does to the outcome is told by
:mod:`cxlens.stages.improve.response`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from cxlens.common.values import percent
from cxlens.errors import OptionError, ValuesError, check_known, did_you_mean, listing
from cxlens.stages.baseline.place_scores import PlaceScores
from cxlens.stages.baseline.places import Places
from cxlens.stages.baseline.score import score_means
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.stages.drivers.posterior import score_ends
from cxlens.stages.drivers.record import Fit
from cxlens.stages.improve.response import (
    Response,
    check_forecast,
    check_touchpoint,
    headroom,
    mean_of_all,
    mean_score,
    shift_to,
)
from cxlens.stats.best_quarter import best_quarter
from cxlens.stats.intervals import t_quantile
from cxlens.stats.shrunk_means import shrunk_means
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

Floats = NDArray[np.float64]
Goal = Literal["standard", "best segment", "best competitor", "best quarter of places", "ceiling"]
Named = tuple[Literal["competitor"], str] | tuple[Literal["competitor"], str, float]
Change = float | Goal | tuple[Goal, float] | Named
GOALS: tuple[str, ...] = get_args(Goal)
QUARTER = "best quarter of places"
RIVAL = "competitor"  # a goal that says which: ("competitor", "B")
LEVEL, HALF_WIDTH = 0.95, 1.96  # of an interval of a competitor's mean, and its half in standard errors of many answers


class Mark(NamedTuple):
    """A goal that lies outside the answers: a mean score, and its standard error; NaN where that is not known.

    ``among``: means and errors of all competitors of which this is the best, where there are several: in each draw
    another one may be. ``places``: those of which the best quarter is meant, which lies so far above all as each draw
    says.
    """

    mean: float
    error: float
    among: tuple[tuple[float, float], ...] = ()
    places: PlaceScores | None = None


class Way(NamedTuple):
    """Which goal, which competitor ("" but where one is named), and which share of the way to it is gone."""

    goal: str
    rival: str
    share: float


def check_changes(record: Fit, changes: Mapping[str, Change]) -> None:
    """Refuse changes that cannot be forecast."""
    if not isinstance(changes, Mapping) or not changes:
        raise ValuesError("no change to forecast. Give {touchpoint: score points}, such as {'Security': 0.5}.")
    check_forecast(record)
    for name, by in changes.items():
        check_touchpoint(record, name)
        if isinstance(by, str):
            _check_goal(name, by, 1.0)
        elif isinstance(by, tuple) and by[:1] == (RIVAL,):
            _check_rival(name, by)
        elif isinstance(by, tuple) and len(by) == 2 and isinstance(by[0], str):
            goal, share = by
            _check_goal(name, goal, share)
        else:
            _check_points(name, by)


def _check_goal(name: str, goal: str, share: Any) -> None:
    """A goal is known, and some of the way to it is gone."""
    if goal.strip().removeprefix("-").replace(".", "", 1).isdigit():
        raise OptionError(f"the change of {name!r} is the text {goal!r}. Write points without quotes: {goal.strip()}.")
    if goal not in GOALS:
        known = listing(map(repr, GOALS))
        raise OptionError(f"{goal!r} is no goal for {name!r}.{did_you_mean(goal, GOALS)} Goals: {known}.")
    _check_share(name, share)


def _check_rival(name: str, by: tuple[Any, ...]) -> None:
    """A named competitor has a name, and some of the way to it is gone."""
    if len(by) not in (2, 3) or not isinstance(by[1], str):
        raise OptionError(f"the change of {name!r} is {by!r}. Say which competitor: ('competitor', 'name').")
    if len(by) == 3:
        _check_share(name, by[2])


def _check_share(name: str, share: Any) -> None:
    """Some of the way is gone, or all of it."""
    is_share = isinstance(share, (int, float, np.number)) and 0 < share <= 1
    if not is_share:
        raise ValuesError(f"the change of {name!r} goes {share!r} of the way. Give a share above 0, up to 1.")


def _check_points(name: str, by: Any) -> None:
    """A change that is no goal is a number."""
    if isinstance(by, (int, float, np.number)) and np.isfinite(by):
        return
    goals = listing(map(repr, GOALS))
    raise ValuesError(f"the change of {name!r} is {by!r}. Give score points, such as 0.5, or a goal: {goals}.")


def check_room(answer: Response, changes: Mapping[str, Change]) -> None:
    """No mean is asked to go beyond the end of its scale; of several segments, none of theirs."""
    for name, by in changes.items():
        if isinstance(by, (tuple, str)):
            continue
        worse, better = headroom(answer, name)
        cannot = f"{name!r} cannot change by {by:+g}: its mean is"
        if round(by, 2) > round(better, 2):
            left = f"{better:.2f}"
            raise ValuesError(
                f"{cannot} {left} points from the best end of its scale. Give {left} or less, or 'ceiling'."
            )
        if round(by, 2) < round(worse, 2):
            raise ValuesError(
                f"{cannot} {-worse:.2f} points from the worst end of its scale. Give {worse:.2f} or more."
            )


def is_goal(by: Change) -> bool:
    """Whether a change is a goal, and not so many points."""
    return isinstance(by, (tuple, str))


def in_words(by: Change) -> str:
    """A change in words: ``+0.5``, ``to the standard``, ``half of the way`` as ``50 % of the way to the standard``."""
    if not isinstance(by, (tuple, str)):
        return f"{by:+g}"
    way = _way(by)
    where = way.rival or f"the {way.goal}"
    if way.share == 1:
        return f"to {where}"
    return f"{percent(way.share)} of the way to {where}"


def marks(
    record: Fit,
    changes: Mapping[str, Change],
    touchpoint_map: TouchpointMap | None,
    competitors: Mapping[str, Survey],
    places: Places | None = None,
) -> dict[str, Mark]:
    """The goals that lie outside the answers, by touchpoint; refused where there is none of that kind."""
    outside: dict[str, Mark] = {}
    for name, by in changes.items():
        if not isinstance(by, (tuple, str)):
            continue
        goal, rival, _ = _way(by)
        if goal == "standard":
            outside[name] = Mark(standard_of(record, name, touchpoint_map), 0.0)
        elif goal == "best segment" and len(record.segments) < 2:
            raise OptionError(
                f"the goal of {name!r} is the best segment, and the drivers have one only. "
                "Call drivers(..., by=column) with two segments or more."
            )
        elif goal == QUARTER:
            outside[name] = _of_places(record, name, places)
        elif goal == "best competitor":
            outside[name] = _best_competitor(record, name, competitors)
        elif goal == RIVAL:
            _check_competitor(name, rival, competitors)
            outside[name] = _best_competitor(record, name, {rival: competitors[rival]})
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


def _check_competitor(name: str, rival: str, competitors: Mapping[str, Survey]) -> None:
    """A named competitor is there, and has a touchpoint of that name."""
    if not competitors:
        raise OptionError(f"the goal of {name!r} is competitor {rival!r}, and none is given. Give competitors=.")
    check_known("competitor", [rival], list(competitors), "Competitors")
    if name not in competitors[rival].touchpoints:
        raise OptionError(
            f"competitor {rival!r} has no touchpoint {name!r}. It has: "
            f"{listing(competitors[rival].touchpoints, 30)}. Name its columns alike: touchpoints={{name: column}}."
        )


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
    best = max(ratings, key=_mean)
    known = [(rating.mean, rating.error) for rating in ratings if not np.isnan(rating.error)]
    if len(known) > 1:
        return best._replace(among=tuple(known))
    return best


def _of_places(record: Fit, name: str, places: Places | None) -> Mark:
    """The places of which the best quarter is meant."""
    if places is None:
        raise OptionError(
            f"the goal of {name!r} is the best quarter of places, and no places are compared. Give "
            f"places=cx.compare_places(survey, column, metric={[name]!r})."
        )
    if name not in places.metrics:
        raise OptionError(
            f"the goal of {name!r} is the best quarter of places, and these are compared by "
            f"{listing(places.metrics, 30)}. Compare them by it, too: metric={[*places.metrics, name]!r}."
        )
    check_scale_of_places(record, places)
    scores = places.record.scores[places.metrics.index(name)]
    return Mark(scores.centre, 0.0, places=scores)


def check_scale_of_places(record: Fit, places: Places) -> None:
    """Places are rated on the scale of the drivers, as far as both are known."""
    ours = record.survey.scale
    theirs = places.survey.scale
    if ours is not None and theirs is not None and (ours.low, ours.high) != (theirs.low, theirs.high):
        raise ValuesError(
            f"places are rated from {theirs.low:g} to {theirs.high:g}, the answers of the drivers from {ours.low:g} to "
            f"{ours.high:g}. Compare places of the same survey."
        )


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


def points(
    answer: Response,
    name: str,
    by: Change,
    mark: Mark | None,
    rng: np.random.Generator,
) -> Floats:
    """(e, c) points by which users' scores move, on the scale that they are read on."""
    if not isinstance(by, (tuple, str)):
        return np.full(answer.outcome.shape, float(by) * answer.point_of(name))
    way = _way(by)
    now = mean_score(answer, name)
    target = _target(
        answer,
        name,
        way.goal,
        mark,
        rng,
    )
    return shift_to(answer, name, now + way.share * (target - now))


def _target(
    answer: Response,
    name: str,
    goal: str,
    mark: Mark | None,
    rng: np.random.Generator,
) -> Floats:
    """(e, c) where a goal lies; one outside the answers lies elsewhere in each resample, by its error.

    One whose error is not known lies where it is: what is forecast of it has no interval.
    """
    now = mean_score(answer, name)
    if goal == "ceiling":
        return np.full(now.shape, answer.scale[1])
    if goal == "best segment":
        known = ~np.isnan(now[0])
        drawn = np.where(np.isnan(now[1:, known]), now[0, known], now[1:, known])
        errors = drawn.std(axis=0) if len(drawn) else np.zeros(drawn.shape[1])
        best = _best(now[0, known], errors, drawn, rng)
    elif mark is not None and mark.places is not None:
        best = mean_of_all(answer, name) + _above_all(mark.places, len(now) - 1, rng)
    else:
        best = _outside(mark or Mark(np.nan, np.nan), len(now) - 1, rng)
    target = np.clip(best, *answer.scale)
    return np.asarray(target[:, None] + np.zeros(now.shape))


def _above_all(places: PlaceScores, d: int, rng: np.random.Generator) -> Floats:
    """(1 + d,) how far the best quarter of places lies above all answers, the estimate first."""
    return best_quarter(places.groups, places.weight[places.shown], d, rng)


def _outside(mark: Mark, d: int, rng: np.random.Generator) -> Floats:
    """(1 + d,) where a goal outside the answers lies, the estimate first."""
    means, errors = np.array(mark.among or [(mark.mean, mark.error)], float).T
    noise = rng.standard_normal((d, len(means))) * np.nan_to_num(errors)
    return _best(means, errors, means + noise, rng)


def _best(estimate: Floats, errors: Floats, draws: Floats, rng: np.random.Generator) -> Floats:
    """(1 + d,) the highest of several means, estimate first: another one in each draw, since luck picks it, too."""
    if (errors > 0).all():
        estimate, draws = shrunk_means(estimate, errors, draws, rng)
    return np.concatenate([[estimate.max()], draws.max(axis=1)])


def _way(by: Any) -> Way:
    """A goal with the share of the way that is gone."""
    if isinstance(by, str):
        return Way(by, "", 1.0)
    if by[0] == RIVAL:
        return Way(RIVAL, by[1], *(by[2:] or (1.0,)))
    return Way(by[0], "", by[1])
