"""What other scores would do to the outcome: one rule for every forecast, in each resample of the drivers.

Scores move respondent by respondent, never beyond their scale, and the outcome never leaves its own. Which changes are
wished, what they cost and what is made of a forecast belongs to :mod:`cxlens.stages.improve.what_if`,
:mod:`cxlens.stages.improve.quick_wins` and :mod:`cxlens.stages.improve.roadmap`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.errors import OptionError, ValuesError, listing, unknown_name
from cxlens.stages.drivers.ask import Asked
from cxlens.stages.drivers.drivers import Drivers
from cxlens.stages.drivers.fit import coefficient_draws, collect, outcome_mean, players
from cxlens.stages.drivers.shape import slopes
from cxlens.stages.drivers.tables import SMALLEST
from cxlens.stats.regression import coefficients
from cxlens.stats.shrinkage import shrink

Floats = NDArray[np.float64]
Measure = Literal["mean", "top box", "NPS"]
HALVINGS = 50  # of the interval in which the points are sought that lift a mean to a target


class Response(NamedTuple):
    """How the outcome answers to scores: e draws, the estimate first; c segments, p touchpoints, l levels.

    ``below`` and ``above`` (e, c, p): outcome points for one score point below and above ``knot`` (e, c, p); equal
    unless the penalty-reward contrast tells them apart. ``shares`` (e, c, p, l): the share of all respondents at each
    of the ``levels``. ``scale`` and ``ends``: the lowest and highest score, and outcome. ``outcome`` (e, c): its mean
    now. ``weights`` (c,): the segments' shares of the respondents. ``unit`` and ``digits``: how changes are written.
    All is NaN where fewer than 5 in a segment scored a touchpoint, so that no forecast tells what so few said.
    """

    touchpoints: tuple[str, ...]
    below: Floats
    above: Floats
    knot: Floats
    shares: Floats
    levels: Floats
    scale: tuple[float, float]
    outcome: Floats
    ends: tuple[float, float]
    weights: Floats
    measure: str
    unit: str
    digits: int


@lru_cache(maxsize=4)
def response(drivers: Drivers, measure: Measure | None = None) -> Response:
    """The response that drivers describe; kept for the next forecast of the same drivers.

    Parameters
    ----------
    drivers
        Of an outcome of kind interval or nps.
    measure
        How the outcome is counted: "mean", "top box" (percentage points), "NPS"; by default as the drivers count it.
        Any other way is fitted anew to the same resamples, with effects that are straight lines.

    Raises
    ------
    OptionError, ValuesError
        For binary and ordinal outcomes, scores without levels, and a measure the outcome's scale does not allow.
    """
    check_forecast(drivers)
    own = "NPS" if drivers.asked.kind == "nps" else "mean"
    known = drivers.estimate, *([] if drivers.draws is None else [drivers.draws])
    shares = np.concatenate([figures.shares for figures in known])
    if measure in (None, own):
        coef = np.concatenate([figures.coef for figures in known])
        outcome = np.concatenate([figures.outcome for figures in known])
        bent = slopes(drivers) if drivers.draws is not None else np.full((*coef.shape, 3), np.nan)
        below, above, knot = (np.nan_to_num(bent[..., k]) for k in range(3))
        straight = np.isnan(bent).any(axis=-1)
        below, above = np.where(straight, coef, below), np.where(straight, coef, above)
    else:
        coef, outcome = _counted(drivers, measure)
        below, above, knot = coef, coef, np.zeros_like(coef)
    hidden = _scores(drivers) < SMALLEST
    below, above = (np.where(hidden, np.nan, slope) for slope in (below, above))
    shares = np.where(hidden[..., None], np.nan, shares)
    word = measure or own
    return Response(
        drivers.touchpoints, below, above, knot, shares, drivers.levels,
        score_ends(drivers), outcome, _ends(drivers, word), drivers.weights / drivers.weights.sum(), word,
        {"NPS": "NPS points", "top box": "percentage points"}.get(word, "points"), 2 if word == "mean" else 1,
    )  # fmt: skip


def check_forecast(drivers: Drivers) -> None:
    """Refuse drivers from which nothing can be forecast."""
    if drivers.asked.fitted:
        raise ValuesError(
            f"what_if and quick_wins forecast outcomes of kind interval and nps; {drivers.outcome!r} is "
            f"{drivers.asked.kind}. Call drivers with another outcome."
        )
    if not len(drivers.levels):
        raise ValuesError(
            "the scores take more than 1,000 different values, so their room to the ceiling is not known. "
            "Round them to the steps of a scale."
        )


def check_touchpoint(drivers: Drivers, name: str) -> None:
    """Refuse what is no touchpoint with a coefficient of its own."""
    single = [name for name, place in zip(drivers.touchpoints, drivers.asked.single, strict=True) if place >= 0]
    if name not in single and name in drivers.touchpoints:
        raise ValuesError(
            f"{name!r} is a group, factor or product, and only touchpoints can be forecast: "
            f"{listing(single, 30) or 'none'}. Name one of them, or call drivers without it."
        )
    if name not in single:
        raise unknown_name("touchpoint", name, single, "Touchpoints")
    j, few = drivers.touchpoints.index(name), _scores(drivers) < SMALLEST
    if (np.isnan(drivers.estimate.coef[0, :, j]) | few[:, j]).all():
        reasons = drivers.unusable.loc[drivers.unusable["touchpoint"] == name, "reason"].unique()
        why = listing(reasons) or f"it has fewer than {SMALLEST} scores"
        raise ValuesError(
            f"touchpoint {name!r} has no coefficient: {why}. Nothing can be forecast for it: leave it out."
        )


def lift(found: Response, name: str, shift: Floats) -> Floats:
    """(e, c) what the mean score over all respondents gains if users' scores move by ``shift`` (e, c) points."""
    moved = _moved(found, shift) - found.levels
    return np.asarray(np.einsum("ecl,ecl->ec", _shares(found, name), moved))


def effect(found: Response, name: str, shift: Floats) -> Floats:
    """(e, c) change of the outcome's mean if users' scores move by ``shift`` (e, c) points; NaN without coefficient."""
    j = found.touchpoints.index(name)
    below, above, knot = found.below[:, :, j, None], found.above[:, :, j, None], found.knot[:, :, j, None]
    gain = _bent(_moved(found, shift) - knot, below, above) - _bent(found.levels - knot, below, above)
    return np.asarray((_shares(found, name) * gain).sum(axis=-1))


def change(found: Response, shifts: Mapping[str, Floats], further: Floats | float = 0.0) -> Floats:
    """(e, c) change of the outcome by several touchpoints at once, and ``further``; it never leaves its scale.

    A touchpoint without a coefficient in a segment adds nothing there.
    """
    total = sum((np.nan_to_num(effect(found, name, shift)) for name, shift in shifts.items()), np.asarray(further))
    return inside(found, total + np.zeros_like(found.outcome))


def inside(found: Response, by: Floats) -> Floats:
    """A change (e, c) of the outcome, cut off where its scale ends; left alone in a resample without the segment."""
    low, high = (end - found.outcome for end in found.ends)
    low, high = np.fmin(low, 0), np.where(np.isnan(high), np.inf, np.maximum(high, 0))
    return np.asarray(np.clip(by, np.where(np.isnan(found.outcome), -np.inf, low), high))


def mean_score(found: Response, name: str) -> Floats:
    """(e, c) mean score of those who used a touchpoint; NaN where nobody did."""
    shares = _shares(found, name)
    users = shares.sum(axis=-1)
    return np.asarray(shares @ found.levels / np.where(users > 0, users, np.nan))


def shift_to(found: Response, name: str, target: Floats) -> Floats:
    """(e, c) score points that lift the mean of users to ``target`` (e, c); 0 where it is there already."""
    shares, now = _shares(found, name), mean_score(found, name)
    users = shares.sum(axis=-1)
    least, most = np.zeros_like(now), np.full_like(now, found.scale[1] - found.scale[0])
    for _ in range(HALVINGS):  # the mean rises with the points, so halving finds them
        middle = (least + most) / 2
        short = (shares * _moved(found, middle)).sum(axis=-1) < target * users
        least, most = np.where(short, middle, least), np.where(short, most, middle)
    return np.where(now < target, most, 0.0)


def shrunk(found: Response, seed: int) -> Response:
    """The same with the effects of each segment's touchpoints shrunk: see :func:`cxlens.stats.shrinkage.shrink`.

    Where an effect bends, what is shrunk is the effect on those who score as they do now, and both slopes move alike.
    """
    rng, below, above = np.random.default_rng(seed), found.below.copy(), found.above.copy()
    for s in range(below.shape[1]):
        users = np.nan_to_num(found.shares[0, s])
        under = (users * (found.levels < found.knot[0, s, :, None])).sum(axis=-1) / np.maximum(
            users.sum(axis=-1), 1e-12
        )
        middle = under * found.below[:, s] + (1 - under) * found.above[:, s]
        known = ~np.isnan(middle[0])
        draws = np.where(np.isnan(middle[1:, known]), middle[0, known], middle[1:, known])
        moved = np.vstack(shrink(middle[0, known], draws, rng)) - np.vstack([middle[:1, known], draws])
        below[:, s, known] += moved
        above[:, s, known] += moved
    return found._replace(below=below, above=above)


@lru_cache(maxsize=16)
def removal(drivers: Drivers, name: str) -> Floats:
    """(e, c) change of the outcome if those who used a touchpoint were like those who went without it, all else equal.

    Kept for the next forecast of the same drivers: what is found goes through every resample once more.

    Raises
    ------
    ValuesError
        Where nobody went without it, or their answers are not in the model.
    """
    check_touchpoint(drivers, name)
    design, place = drivers.asked.design, _place(drivers, name)
    if place not in design.flags or design.missing != "indicator":
        why = "everyone in the answers used it" if design.missing == "indicator" else f"missing={design.missing!r}"
        raise ValuesError(
            f"what removing {name!r} would cost cannot be told: {why}, so nobody shows what it is like without it. "
            "Remove touchpoints that some did not use, with drivers(..., missing='indicator')."
        )
    stacks = _drawn(drivers, drivers.asked)[0]
    flag, score = 1 + design.flags.index(place), design.k + _column(drivers, name)
    costs = []
    for stack in stacks:  # what those who used it owe to it, taken away
        worth = np.nan_to_num(coefficients(stack))
        costs.append(-(worth[flag] * stack[0, flag] + worth[score] * stack[0, score]) / stack[0, 0])
    return np.stack(costs, axis=1)


def score_ends(drivers: Drivers) -> tuple[float, float]:
    """The lowest and highest score there can be; without a scale, there is."""
    scale = drivers.survey.scale
    low, high = (scale.low, scale.high) if scale else (drivers.levels[0], drivers.levels[-1])
    return float(low), float(high)


def _scores(drivers: Drivers) -> Floats:
    """(c, p) how many scored each touchpoint."""
    rows = [drivers.of(name).set_index("touchpoint")["n"] for name in drivers.segments]
    return np.array([own[list(drivers.touchpoints)].to_numpy(float) for own in rows])


def touchpoint_of(drivers: Drivers, name: str) -> str:
    """The touchpoint of the survey behind a name: the same, but for a group of one."""
    return drivers.survey.touchpoints[_place(drivers, name)]


def _place(drivers: Drivers, name: str) -> int:
    return drivers.asked.design.scored[drivers.asked.single[drivers.touchpoints.index(name)]]


def _drawn(drivers: Drivers, asked: Asked) -> tuple[list[Floats], list[Floats]]:
    """Cross-products and coefficients of each segment, from the very resamples of the drivers."""
    data = collect(drivers.survey, asked)
    kept = [data.sums.cells.index(name) for name in drivers.segments]
    return coefficient_draws(drivers.survey, asked, data, kept, drivers.n_boot, drivers.seed)[:2]


def _column(drivers: Drivers, name: str) -> int:
    """The place of a touchpoint among the players' columns."""
    return sum(drivers.asked.design.widths[: drivers.touchpoints.index(name)])


def _counted(drivers: Drivers, measure: Measure) -> tuple[Floats, Floats]:
    """Coefficients (e, c, p) and means (e, c) of the outcome counted another way."""
    scale = drivers.survey.outcome_scales.get(drivers.outcome)
    if scale is None or (measure == "NPS" and (scale.low, scale.high) != (0, 10)):
        need = "the scale 0 to 10" if measure == "NPS" else "a scale"
        raise OptionError(
            f"measure={measure!r} needs {need} of {drivers.outcome!r}. Give it: "
            f"cx.Survey(..., outcome_scale=cx.Scale({'0, 10' if measure == 'NPS' else 'low, high'}))."
        )
    top = scale.top_from if measure == "top box" else None
    asked = drivers.asked._replace(design=drivers.asked.design._replace(nps=measure == "NPS", top=top))
    stacks, columns = _drawn(drivers, asked)
    coef = np.stack([players(own, asked.design.widths) for own in columns], axis=1)
    return coef, np.stack([outcome_mean(stack) for stack in stacks], axis=1)


def _ends(drivers: Drivers, measure: str) -> tuple[float, float]:
    """The lowest and highest the outcome can be; no limits where its scale is not known."""
    if measure != "mean":
        return (-100.0, 100.0) if measure == "NPS" else (0.0, 100.0)
    scale = drivers.survey.outcome_scales.get(drivers.outcome)
    return (scale.low, scale.high) if scale else (-np.inf, np.inf)


def _shares(found: Response, name: str) -> Floats:
    return found.shares[:, :, found.touchpoints.index(name)]


def _moved(found: Response, shift: Floats) -> Floats:
    """(e, c, l) where the levels come to lie, the ends of the scale respected."""
    return np.asarray(np.clip(found.levels + shift[..., None], *found.scale))


def _bent(x: Floats, below: Floats, above: Floats) -> Floats:
    return np.asarray(below * np.minimum(x, 0) + above * np.maximum(x, 0))
