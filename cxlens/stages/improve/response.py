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

from cxlens.errors import OptionError, ValuesError, listing, unknown_name
from cxlens.stages.drivers.fit import SMALLEST
from cxlens.stages.drivers.record import Fit
from cxlens.stages.drivers.shape import slopes
from cxlens.stages.drivers.tables import scored
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


def response(record: Fit, measure: Measure | None = None) -> Response:
    """The response that drivers describe.

    Parameters
    ----------
    record
        Of an outcome of kind interval or nps.
    measure
        How the outcome is counted: "mean", "top box" (percentage points), "NPS"; by default as the drivers count it.
        Any other way is fitted anew to the same resamples, with effects that are straight lines.

    Raises
    ------
    OptionError, ValuesError
        For binary and ordinal outcomes, scores without levels, and a measure the outcome's scale does not allow.
    """
    check_forecast(record)
    own = "NPS" if record.asked.kind == "nps" else "mean"
    known = record.estimate, *([] if record.draws is None else [record.draws])
    shares = np.concatenate([figures.shares for figures in known])
    if measure in (None, own):
        coef = np.concatenate([figures.coef for figures in known])
        outcome = np.concatenate([figures.outcome for figures in known])
        bent = slopes(record) if record.draws is not None else np.full((*coef.shape, 3), np.nan)
        below, above, knot = (np.nan_to_num(bent[..., k]) for k in range(3))
        straight = np.isnan(bent).any(axis=-1)
        below, above = np.where(straight, coef, below), np.where(straight, coef, above)
    else:
        coef, outcome = _counted(record, measure)
        below, above, knot = coef, coef, np.zeros_like(coef)
    hidden = scored(record) < SMALLEST
    below, above = (np.where(hidden, np.nan, slope) for slope in (below, above))
    shares = np.where(hidden[..., None], np.nan, shares)
    word = measure or own
    return Response(
        record.touchpoints, below, above, knot, shares, record.levels,
        score_ends(record), outcome, _ends(record, word), record.weights / record.weights.sum(), word,
        {"NPS": "NPS points", "top box": "percentage points"}.get(word, "points"), 2 if word == "mean" else 1,
    )  # fmt: skip


def check_forecast(record: Fit) -> None:
    """Refuse drivers from which nothing can be forecast."""
    if record.asked.fitted:
        raise ValuesError(
            f"what_if and quick_wins forecast outcomes of kind interval and nps; {record.outcome!r} is "
            f"{record.asked.kind}. Call drivers with another outcome."
        )
    if not len(record.levels):
        raise ValuesError(
            "the scores take more than 1,000 different values, so their room to the ceiling is not known. "
            "Round them to the steps of a scale."
        )


def check_touchpoint(record: Fit, name: str) -> None:
    """Refuse what is no touchpoint with a coefficient of its own."""
    single = [name for name, place in zip(record.touchpoints, record.asked.single, strict=True) if place >= 0]
    if name not in single and name in record.touchpoints:
        raise ValuesError(
            f"{name!r} is a group, factor or product, and only touchpoints can be forecast: "
            f"{listing(single, 30) or 'none'}. Name one of them, or call drivers without it."
        )
    if name not in single:
        raise unknown_name("touchpoint", name, single, "Touchpoints")
    j, few = record.touchpoints.index(name), scored(record) < SMALLEST
    if (np.isnan(record.estimate.coef[0, :, j]) | few[:, j]).all():
        reasons = record.unusable.loc[record.unusable["touchpoint"] == name, "reason"].unique()
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


def removal(record: Fit, name: str) -> Floats:
    """(e, c) change of the outcome if those who used a touchpoint were like those who went without it, all else equal.

    Raises
    ------
    ValuesError
        Where nobody went without it, or their answers are not in the model.
    """
    check_touchpoint(record, name)
    design, place = record.asked.design, _place(record, name)
    if place not in design.flags or design.missing != "indicator":
        why = "everyone in the answers used it" if design.missing == "indicator" else f"missing={design.missing!r}"
        raise ValuesError(
            f"what removing {name!r} would cost cannot be told: {why}, so nobody shows what it is like without it. "
            "Remove touchpoints that some did not use, with drivers(..., missing='indicator')."
        )
    stacks = [record.products.stacks[cell] for cell in record.kept]
    flag, score = 1 + design.flags.index(place), design.k + _column(record, name)
    costs = []
    for stack in stacks:  # what those who used it owe to it, taken away
        worth = np.nan_to_num(coefficients(stack))
        costs.append(-(worth[flag] * stack[0, flag] + worth[score] * stack[0, score]) / stack[0, 0])
    return np.stack(costs, axis=1)


def score_ends(record: Fit) -> tuple[float, float]:
    """The lowest and highest score there can be; without a scale, there is."""
    scale = record.survey.scale
    low, high = (scale.low, scale.high) if scale else (record.levels[0], record.levels[-1])
    return float(low), float(high)


def touchpoint_of(record: Fit, name: str) -> str:
    """The touchpoint of the survey behind a name: the same, but for a group of one."""
    return record.survey.touchpoints[_place(record, name)]


def _place(record: Fit, name: str) -> int:
    return record.asked.design.scored[record.asked.single[record.touchpoints.index(name)]]


def _column(record: Fit, name: str) -> int:
    """The place of a touchpoint among the players' columns."""
    return sum(record.asked.design.widths[: record.touchpoints.index(name)])


def _counted(record: Fit, measure: Measure) -> tuple[Floats, Floats]:
    """Coefficients (e, c, p) and means (e, c) of the outcome counted another way."""
    scale = record.survey.outcome_scales.get(record.outcome)
    if scale is None or (measure == "NPS" and (scale.low, scale.high) != (0, 10)):
        need = "the scale 0 to 10" if measure == "NPS" else "a scale"
        raise OptionError(
            f"measure={measure!r} needs {need} of {record.outcome!r}. Give it: "
            f"cx.Survey(..., outcome_scale=cx.Scale({'0, 10' if measure == 'NPS' else 'low, high'}))."
        )
    if measure == "mean":
        return record.plain
    return record.nps if measure == "NPS" else record.top_box


def _ends(record: Fit, measure: str) -> tuple[float, float]:
    """The lowest and highest the outcome can be; no limits where its scale is not known."""
    if measure != "mean":
        return (-100.0, 100.0) if measure == "NPS" else (0.0, 100.0)
    scale = record.survey.outcome_scales.get(record.outcome)
    return (scale.low, scale.high) if scale else (-np.inf, np.inf)


def _shares(found: Response, name: str) -> Floats:
    return found.shares[:, :, found.touchpoints.index(name)]


def _moved(found: Response, shift: Floats) -> Floats:
    """(e, c, l) where the levels come to lie, the ends of the scale respected."""
    return np.asarray(np.clip(found.levels + shift[..., None], *found.scale))


def _bent(x: Floats, below: Floats, above: Floats) -> Floats:
    return np.asarray(below * np.minimum(x, 0) + above * np.maximum(x, 0))
