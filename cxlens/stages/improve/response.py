"""What other scores would do to the outcome: one rule for every forecast, in each resample of the drivers.

Scores move respondent by respondent, never beyond their scale, and the outcome never leaves its own. Which changes are
wished, what they cost and what is made of a forecast belongs to :mod:`cxlens.stages.improve.what_if`,
:mod:`cxlens.stages.improve.quick_wins` and :mod:`cxlens.stages.improve.roadmap`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.common.finding import LINK
from cxlens.errors import OptionError, ValuesError, listing, unknown_name
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.stages.drivers.levels import between, spread_of
from cxlens.stages.drivers.posterior import Posterior, posterior, score_ends
from cxlens.stages.drivers.predicted import Measure as Share
from cxlens.stages.drivers.predicted import Predicted, fitted_posterior, predicted
from cxlens.stages.drivers.record import Fit
from cxlens.study.asked import lowest_is_best
from cxlens.study.scale import check_box, point_as_read

Floats = NDArray[np.float64]
Measure = Literal["mean", "top box", "NPS"]
CAUTION = LINK
HALVINGS = 50  # of the interval in which the points are sought that lift a mean to a target
UNITS = {"mean": "points", "top box": "percentage points", "NPS": "NPS points"}


class Response(NamedTuple):
    """How the outcome answers to scores: e draws, the estimate first; c segments, p touchpoints, l levels.

    ``worth`` (e, c, p, l): outcome points at each of the ``levels``, up to a constant, chance allowed for: see
    :mod:`cxlens.stages.drivers.posterior`. ``ratio`` (e, c, p): what is left of the effect of a lift by an eighth of
    the range. ``shares`` (e, c, p, l): the share of all respondents at each level. ``scale`` and ``ends``: the lowest
    and highest score, and outcome. ``outcome`` (e, c): its mean now. ``weights`` (c,): the segments' shares of the
    respondents. ``unit`` and ``digits``: how changes are written. ``points`` (p,): what a point of each touchpoint's
    own scale is on the one that all are read on. All is NaN where the scores of a touchpoint in a segment are hidden,
    so that no forecast tells what few said. ``predicted``: of yes/no and ordered outcomes, the rows of which averaged
    predictions are made; ``worth`` is then in log odds.
    """

    touchpoints: tuple[str, ...]
    worth: Floats
    ratio: Floats
    shares: Floats
    levels: Floats
    scale: tuple[float, float]
    outcome: Floats
    ends: tuple[float, float]
    weights: Floats
    measure: str
    unit: str
    digits: int
    points: tuple[float, ...]
    predicted: Predicted | None = None

    def point_of(self, name: str) -> float:
        """How much a point of a touchpoint's own scale is on the scale that scores are read on."""
        return self.points[self.touchpoints.index(name)]


def response(record: Fit, measure: Measure | None = None) -> Response:
    """The response that drivers describe.

    Parameters
    ----------
    record
        Of the outcome.
    measure
        How the outcome is counted: "mean", "top box" (percentage points), "NPS"; by default as the drivers count it,
        yes/no and ordered outcomes as a share. Any other way is fitted anew to the same resamples.

    Raises
    ------
    OptionError, ValuesError
        For scores without levels, and a measure the outcome or its scale does not allow.
    """
    check_forecast(record)
    if record.asked.fitted:
        return _fitted(record, measure)
    as_described: Measure = "NPS" if record.asked.kind == "nps" else "mean"
    counted = measure or as_described
    effects = posterior(record) if counted == as_described else _counted(record, counted)
    return _response(record, effects, counted)


def _fitted(record: Fit, measure: Measure | None) -> Response:
    """The response of a yes/no or ordered outcome: averaged predictions, in percentage points unless its mean is asked.

    What counts is a yes, or an answer in the top box: the highest where no scale says otherwise.
    """
    if measure == "NPS" or (measure == "mean" and record.asked.kind == "binary"):
        ways = "'mean' or 'top box'" if record.asked.kind == "ordinal" else "'top box'"
        raise OptionError(
            f"measure={measure!r} does not go with {record.outcome!r}, which is {record.asked.kind}. "
            f"Leave it out, or choose {ways}."
        )
    which: Share = "mean" if measure == "mean" else "share"
    answer = _response(record, fitted_posterior(record, which), measure or "top box")
    return answer._replace(predicted=predicted(record, which))


def _response(record: Fit, effects: Posterior, counted: Measure) -> Response:
    """The response that effects give."""
    hidden = ~record.enough
    return Response(
        touchpoints=record.touchpoints,
        worth=np.where(hidden[..., None], np.nan, effects.worth),
        ratio=np.where(hidden, np.nan, effects.ratio),
        shares=np.where(hidden[..., None], np.nan, record.estimates.figures.shares),
        levels=record.levels,
        scale=score_ends(record),
        outcome=effects.outcome,
        ends=_outcome_ends(record, counted),
        weights=record.weights / record.weights.sum(),
        measure=counted,
        unit=_unit(record, counted),
        digits=2 if counted == "mean" else 1,
        points=tuple(point_of(record, name) for name in record.touchpoints),
    )


def _unit(record: Fit, counted: Measure) -> str:
    """What changes are counted in; said to be for the better where the lowest answer is the best."""
    if counted == "mean" and lowest_is_best(record.survey.outcome_scales.get(record.outcome)):
        return "points better"
    return UNITS[counted]


def point_of(record: Fit, name: str) -> float:
    """How much a point of a touchpoint's own scale is on the one that scores are read on; 1 for groups."""
    survey = record.survey
    if name not in single_touchpoints(record):
        return 1.0
    return point_as_read(survey.scales.get(touchpoint_of(record, name)), survey.scale)


def headroom(answer: Response, name: str) -> tuple[float, float]:
    """How far the mean of a touchpoint's users can fall and rise on its own scale; of several segments, the furthest.

    Where its scores are hidden: half the scale either way.
    """
    p = answer.touchpoints.index(name)
    shares = answer.shares[0, :, p]
    means = shares @ answer.levels / shares.sum(axis=-1)
    low, high = answer.scale
    means = means[~np.isnan(means)]
    if not means.size:
        means = np.array([(low + high) / 2])
    point = answer.point_of(name)
    return float(low - means.max()) / point, float(high - means.min()) / point


def own_points(record: Fit, name: str) -> str:
    """`` points of its 1 to 5``, where touchpoints have different scales; `` points better`` where 1 is the best."""
    own = record.survey.scales.get(touchpoint_of(record, name))
    if own is None:
        return ""
    if point_of(record, name) == 1:
        return " points better" if lowest_is_best(own) else ""
    return f" points of its {own.low:g} to {own.high:g}"


def about_points(record: Fit) -> list[str]:
    """What lifts are counted in where touchpoints have different scales."""
    names = single_touchpoints(record)
    if all(point_of(record, name) == 1 for name in names):
        return []
    return ["Lifts and changes of a touchpoint are points of its own scale."]


def _counted(record: Fit, measure: Measure) -> Posterior:
    """Effects on the outcome counted another way."""
    scale = record.survey.outcome_scales.get(record.outcome)
    if scale is None or (measure == "NPS" and (scale.low, scale.high) != (0, 10)):
        need = "the scale 0 to 10" if measure == "NPS" else "a scale"
        ends = "0, 10" if measure == "NPS" else "low, high"
        raise OptionError(
            f"measure={measure!r} needs {need} of {record.outcome!r}. Give it: "
            f"cx.Survey(..., outcome_scale=cx.Scale({ends}))."
        )
    if measure == "top box":
        check_box(scale, "measure='top box' has")
    return posterior(record, measure)


def _outcome_ends(record: Fit, measure: Measure) -> tuple[float, float]:
    """The lowest and highest the outcome can be; no limits where its scale is not known."""
    if measure == "NPS":
        return -100.0, 100.0
    if measure == "top box":
        return 0.0, 100.0
    scale = record.survey.outcome_scales.get(record.outcome)
    if scale is None and record.asked.fitted:
        answers = record.data.rows_at_hand.z[:, -1]
        return float(answers.min()), float(answers.max())
    if scale is None:
        return -np.inf, np.inf
    return scale.low, scale.high


def in_draws(answer: Response, draws: NDArray[np.intp]) -> Response:
    """The response in some of its draws, by place."""
    return answer._replace(
        worth=answer.worth[draws],
        ratio=answer.ratio[draws],
        predicted=None if answer.predicted is None else answer.predicted.in_draws(draws),
        shares=answer.shares[draws],
        outcome=answer.outcome[draws],
    )


def check_forecast(record: Fit) -> None:
    """Refuse drivers from which nothing can be forecast."""
    if not len(record.levels):
        raise ValuesError(
            "the scores take more than 1,000 different values, so their room to the ceiling is not known. "
            "Round them to the steps of a scale."
        )


def check_touchpoint(record: Fit, name: str) -> None:
    """Refuse what is no touchpoint with a coefficient of its own."""
    single = single_touchpoints(record)
    if name not in single and name in record.touchpoints:
        raise ValuesError(
            f"{name!r} is a group, factor or product, and only touchpoints can be forecast: "
            f"{listing(single, 30) or 'none'}. Name one of them, or call drivers without it."
        )
    if name not in single:
        raise unknown_name("touchpoint", name, single, "Touchpoints")
    if _has_coefficient(record, name):
        return
    is_touchpoint = record.unusable["touchpoint"] == name
    reasons = record.unusable.loc[is_touchpoint, "reason"].unique()
    why = listing(reasons) or f"it has fewer than {SMALLEST} scores"
    raise ValuesError(f"touchpoint {name!r} has no coefficient: {why}. Nothing can be forecast for it: leave it out.")


def single_touchpoints(record: Fit) -> list[str]:
    """The players that are one touchpoint."""
    places = dict(zip(record.touchpoints, record.asked.single, strict=True))
    return [name for name, place in places.items() if place >= 0]


def _has_coefficient(record: Fit, name: str) -> bool:
    """Whether a touchpoint has a coefficient of enough scores in any segment."""
    j = record.touchpoints.index(name)
    coef = record.estimate.coef[0, :, j]
    is_known = ~np.isnan(coef)
    enough = record.enough[:, j]
    return bool((is_known & enough).any())


def lift(answer: Response, name: str, shift: Floats) -> Floats:
    """(e, c) what the mean score over all respondents gains if users' scores move by ``shift`` (e, c) points."""
    shares = _shares(answer, name)
    moved = _moved(answer, shift) - answer.levels
    return np.asarray(np.einsum("ecl,ecl->ec", shares, moved))


def effect(answer: Response, name: str, shift: Floats) -> Floats:
    """(e, c) change of the outcome's mean if users' scores move by ``shift`` (e, c) points; NaN without coefficient."""
    j = answer.touchpoints.index(name)
    worth = answer.worth[:, :, j]
    if answer.predicted is not None:
        alone = answer.predicted.change({j: _moved(answer, shift)}, answer.ratio)
        return np.where(np.isnan(worth[..., 0]), np.nan, alone)
    after = between(answer.levels, worth, _moved(answer, shift))
    gain = _shares(answer, name) * (after - worth)
    return np.asarray(gain.sum(axis=-1))


def change(answer: Response, shifts: Mapping[str, Floats], further: Floats | float = 0.0) -> Floats:
    """(e, c) change of the outcome by several touchpoints at once, and ``further``; it never leaves its scale.

    A touchpoint without a coefficient in a segment adds nothing there.
    """
    total = np.asarray(further)
    if answer.predicted is not None:
        moved = {answer.touchpoints.index(name): _moved(answer, shift) for name, shift in shifts.items()}
        total = total + np.nan_to_num(answer.predicted.change(moved, answer.ratio))
        return inside(answer, total + np.zeros_like(answer.outcome))
    for name, shift in shifts.items():
        alone = effect(answer, name, shift)
        total = total + np.nan_to_num(alone)
    return inside(answer, total + np.zeros_like(answer.outcome))


def inside(answer: Response, by: Floats) -> Floats:
    """A change (e, c) of the outcome, cut off where its scale ends; left alone in a resample without the segment."""
    low, high = answer.ends
    down = np.fmin(low - answer.outcome, 0)
    up = np.maximum(high - answer.outcome, 0)
    is_unknown = np.isnan(answer.outcome)
    least = np.where(is_unknown, -np.inf, down)
    most = np.where(is_unknown, np.inf, up)
    return np.asarray(np.clip(by, least, most))


def mean_score(answer: Response, name: str) -> Floats:
    """(e, c) mean score of those who used a touchpoint; NaN where nobody did."""
    shares = _shares(answer, name)
    users = shares.sum(axis=-1)
    some_users = np.where(users > 0, users, np.nan)
    return np.asarray(shares @ answer.levels / some_users)


def mean_of_all(answer: Response, name: str) -> Floats:
    """(e,) mean score of those who used a touchpoint, in all segments together."""
    users = _shares(answer, name).sum(axis=-1) * answer.weights
    of_segments = np.nan_to_num(mean_score(answer, name))
    known = np.where(of_segments > 0, users, 0.0)
    return np.asarray((known * of_segments).sum(axis=1) / known.sum(axis=1))


def shift_to(answer: Response, name: str, target: Floats) -> Floats:
    """(e, c) score points that lift the mean of users to ``target`` (e, c); 0 where it is there already."""
    shares = _shares(answer, name)
    now = mean_score(answer, name)
    wanted = target * shares.sum(axis=-1)
    low, high = answer.scale
    least = np.zeros_like(now)
    most = np.full_like(now, high - low)
    for _ in range(HALVINGS):  # the mean rises with the points, so halving finds them
        middle = (least + most) / 2
        reached = (shares * _moved(answer, middle)).sum(axis=-1)
        falls_short = reached < wanted
        least = np.where(falls_short, middle, least)
        most = np.where(falls_short, most, middle)
    return np.where(now < target, most, 0.0)


def removal(record: Fit, name: str) -> Floats:
    """(e, c) change of the outcome if those who used a touchpoint were like those who went without it, all else equal.

    It is shrunk beside the effects of scores: see :mod:`cxlens.stages.drivers.posterior`.

    Raises
    ------
    ValuesError
        Where nobody went without it, or their answers are not in the model.
    """
    check_touchpoint(record, name)
    design = record.asked.design
    place = _place(record, name)
    if place not in design.flags or design.missing != "indicator":
        why = "everyone in the answers used it" if design.missing == "indicator" else f"missing={design.missing!r}"
        raise ValuesError(
            f"removing {name!r} cannot be forecast: {why}, so nobody shows what it is like without it. "
            "Remove touchpoints that some did not use, with drivers(..., missing='indicator')."
        )
    effects = fitted_posterior(record) if record.asked.fitted else posterior(record)
    change_by_it = effects.removal[:, :, record.touchpoints.index(name)]
    if np.isnan(change_by_it[0]).all():
        raise ValuesError(
            f"removing {name!r} cannot be forecast: too few went without it, or all but gave one answer. Leave it out."
        )
    return change_by_it


def spread_of_outcome(record: Fit) -> float:
    """Standard deviation of the outcome of all segments together, as the drivers count it."""
    everyone = [record.products.stacks[cell][:, :, 0] for cell in record.kept]
    return spread_of(np.sum(everyone, axis=0))


def touchpoint_of(record: Fit, name: str) -> str:
    """The touchpoint of the survey behind a name: the same, but for a group of one."""
    return record.survey.touchpoints[_place(record, name)]


def _place(record: Fit, name: str) -> int:
    """The place of a touchpoint among those of the survey."""
    player = record.touchpoints.index(name)
    place = record.asked.single[player]
    return record.asked.design.scored[place]


def _shares(answer: Response, name: str) -> Floats:
    """(e, c, l) the share of all respondents at each level of a touchpoint."""
    j = answer.touchpoints.index(name)
    return answer.shares[:, :, j]


def _moved(answer: Response, shift: Floats) -> Floats:
    """(e, c, l) where the levels come to lie, the ends of the scale respected."""
    low, high = answer.scale
    moved = answer.levels + shift[..., None]
    return np.asarray(np.clip(moved, low, high))
