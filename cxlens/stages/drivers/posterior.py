"""Effects of all touchpoints at once, with chance allowed for: the one posterior that every forecast reads.

How effects are shrunk is the business of :mod:`cxlens.stats.shrinkage`; what the outcome is worth at each level that of
:mod:`cxlens.stages.drivers.levels`; what a forecast makes of both that of :mod:`cxlens.stages.improve.response`.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stages.drivers.ask import Asked
from cxlens.stages.drivers.levels import Levels, between, levels_of
from cxlens.stages.drivers.record import Fit
from cxlens.stats.regression import coefficients
from cxlens.stats.shrinkage import shrink

Floats = NDArray[np.float64]
Counted = Literal["as described", "mean", "NPS", "top box"]
REFERENCE = 1 / 8  # of the range of the scores: the lift at which effects are compared, half a point from 1 to 5


class Posterior(NamedTuple):
    """What is left of effects once chance is allowed for: e draws, the estimate first, c segments, p touchpoints.

    ``worth`` (e, c, p, l): outcome points at each level, up to a constant. ``ratio`` (e, c, p): the effect of a lift by
    an eighth of the range over what it was as estimated. ``removal`` (e, c, p): change of the outcome if those who used
    a touchpoint were like those who went without it; NaN where that is not known. ``outcome`` (e, c): its mean.
    """

    worth: Floats
    ratio: Floats
    removal: Floats
    outcome: Floats


class Raw(NamedTuple):
    """Effects as estimated, (e, c, p) each: what is to be shrunk, and what it is put in proportion to.

    ``effect`` of a lift on the outcome, ``gained`` by the mean score over all respondents; ``removal``: change of the
    outcome by taking a touchpoint away, NaN where that is not known. ``spread`` (c,): the standard deviation of the
    outcome, in the unit of the effects.
    """

    effect: Floats
    gained: Floats
    removal: Floats
    spread: Floats


def posterior(record: Fit, counted: Counted = "as described") -> Posterior:
    """The posterior of a record, made once; of an outcome that is counted another way, with its own effects."""

    def made() -> Posterior:
        asked = _asked(record, counted)
        levels = levels_of(record, asked)
        return _posterior(record, levels)

    return record.once(f"posterior, {counted}", made)


def _asked(record: Fit, counted: Counted) -> Asked:
    """The question of a record, with the outcome counted so."""
    if counted == "as described":
        return record.asked
    top = None
    if counted == "top box":
        scale = record.survey.outcome_scales[record.outcome]
        top = scale.top_from
    is_nps = counted == "NPS"
    design = record.asked.design._replace(nps=is_nps, top=top)
    return record.asked._replace(design=design)


def _posterior(record: Fit, levels: Levels) -> Posterior:
    """What is left of effects by level; without resamples they are as estimated.

    A lift by an eighth of the range is shrunk. Another keeps the ratio of shrunk to raw in each draw; where that is not
    between 0 and 1 (an effect that all but vanishes in a resample has no useful ratio) the difference is spread in
    proportion to what the mean score gains, and bends are left out or left as they are.
    """
    shares = record.estimates.figures.shares
    moved = lifted(record)
    after = between(record.levels, levels.worth, moved)
    rise = after - levels.worth
    effect = np.sum(shares * rise, axis=-1)
    gained = gains(record)
    removed = raw_removals(record)
    raw = Raw(effect, gained, removed, levels.spread)
    shrunken, removal = shrunken_effects(record, raw)
    ratio = ratios(shrunken, effect)
    bend = np.clip(ratio, 0.0, 1.0)
    left = shrunken - bend * effect
    tilt = np.nan_to_num(_quotient(left, gained))
    bent = bend[..., None] * levels.worth
    tilted = tilt[..., None] * record.levels
    worth = bent + tilted
    return Posterior(worth, ratio, removal, levels.outcome)


def ratios(shrunken: Floats, raw: Floats) -> Floats:
    """Shrunken effects over raw ones; 1 where a raw one is nothing."""
    is_some = np.abs(raw) > 0
    same = np.ones_like(raw)
    return np.divide(shrunken, raw, out=same, where=is_some)


def lifted(record: Fit) -> Floats:
    """(l,) where the levels come to lie by a lift of an eighth of the range, the end of the scale respected."""
    low, high = score_ends(record)
    raised = record.levels + REFERENCE * (high - low)
    return np.asarray(np.minimum(raised, high))


def gains(record: Fit) -> Floats:
    """(e, c, p) what the mean score over all respondents gains by that lift."""
    rise = lifted(record) - record.levels
    shares = record.estimates.figures.shares
    gained: Floats = shares @ rise
    return gained


def score_ends(record: Fit) -> tuple[float, float]:
    """The lowest and highest score there can be; without a scale, there is."""
    scale = record.survey.scale
    if scale:
        return float(scale.low), float(scale.high)
    return float(record.levels[0]), float(record.levels[-1])


def shrunken_effects(record: Fit, raw: Raw) -> tuple[Floats, Floats]:
    """Effects and removals (e, c, p) of each segment, shrunk together by the resamples and the seed of a record.

    What is shrunk of effects is what a score point brings, effect over gain, and of removals what use brings, on the
    footing of half the range of the scores.
    """
    if not record.n_boot:
        return raw.effect, raw.removal
    low, high = score_ends(record)
    half = (high - low) / 2
    users = record.estimates.figures.shares.sum(axis=-1)
    of_use = users * half
    slopes = _quotient(raw.effect, raw.gained)
    uses = _quotient(raw.removal, of_use)
    together = np.concatenate([slopes, uses], axis=-1)
    for s, spread in enumerate(raw.spread):
        scale = spread / _spread_of_scores(record, s)
        seeds = [record.seed, s]
        rng = np.random.default_rng(seeds)
        columns = together[:, s]
        together[:, s] = _shrunk(columns, rng, scale)
    slopes, uses = np.split(together, 2, axis=-1)
    effects = slopes * raw.gained
    has_room = ~np.isnan(slopes)
    return np.where(has_room, effects, raw.effect), uses * of_use


def _shrunk(columns: Floats, rng: np.random.Generator, scale: float) -> Floats:
    """(e, 2 p) slopes and, behind them, worths of use, shrunk; a resample that lacks one has its estimate."""
    is_known = ~np.isnan(columns[0])
    p = len(is_known) // 2
    is_removal = np.repeat([False, True], p)[is_known]
    known = columns[:, is_known]
    estimate = known[0]
    draws = known[1:]
    draws = np.where(np.isnan(draws), estimate, draws)
    shrunken = shrink(estimate, draws, rng, scale=scale, is_removal=is_removal)
    filled = columns.copy()
    filled[:, is_known] = np.vstack(shrunken)
    return filled


def _quotient(effects: Floats, sizes: Floats) -> Floats:
    """Effects over what they are effects of; NaN where that is nothing."""
    unknown = np.full_like(effects, np.nan)
    return np.divide(effects, sizes, out=unknown, where=sizes > 0)


def _spread_of_scores(record: Fit, s: int) -> float:
    """Standard deviation of the scores of those who gave one, the mean over touchpoints; NaN without any."""
    shares = record.estimate.shares[0, s]
    users = shares.sum(axis=-1)
    is_used = users > 0
    if not is_used.any():
        return np.nan
    among_users = shares[is_used] / users[is_used, None]
    means = among_users @ record.levels
    mean_squares = among_users @ record.levels**2
    variances = np.maximum(mean_squares - means**2, 0.0)
    return float(np.sqrt(variances).mean())


def raw_removals(record: Fit) -> Floats:
    """(e, c, p) change of the outcome if those who used a touchpoint were like those who went without it.

    All else equal. NaN for what is no touchpoint of its own, has no coefficient, or was used by everyone.
    """
    coef = record.estimates.figures.coef
    columns = _columns_of_use(record.asked)
    removals = np.full_like(coef, np.nan)
    for s, cell in enumerate(record.kept):
        stack = record.products.stacks[cell]
        worth = np.nan_to_num(coefficients(stack))
        sums = stack[0]
        everyone = np.where(sums[0] > 0, sums[0], np.nan)
        for j, own in columns.items():
            owed = worth[own] * sums[own]
            removals[:, s, j] = -owed.sum(axis=0) / everyone
    return np.where(np.isnan(coef), np.nan, removals)


def _columns_of_use(asked: Asked) -> dict[int, list[int]]:
    """The columns that say who used a player and how they scored it, of those that some went without."""
    design = asked.design
    starts = np.cumsum([design.k, *design.widths])
    columns = {}
    for j, single in enumerate(asked.single):
        at = design.scored[single] if single >= 0 else -1
        if at in design.flags:
            flag = 1 + design.flags.index(at)
            columns[j] = [flag, int(starts[j])]
    return columns
