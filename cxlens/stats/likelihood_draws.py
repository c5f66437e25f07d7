"""Logit and proportional-odds parameters in resamples: from the estimate onward, so that each is a few steps away.

Fits and what they are checked for belong in :mod:`cxlens.stats.likelihood`; what is predicted from parameters in
:mod:`cxlens.stats.predictions`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.likelihood import LikelihoodFit, Sample, Standard, codes_of, samples, standardise
from cxlens.stats.proportional_odds import (
    LogitRows,
    blocks,
    logit_rows,
    maximise,
    scores_of_respondents,
    slopes,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CLIMBED = 10_000  # different rows up to which each resample is climbed to its top; beyond, one step is all but there
AT_ONCE = 64  # resamples climbed side by side


class Params(NamedTuple):
    """Of e draws: thresholds (e, m - 1) and coefficients (e, k), NaN for columns that others explain.

    P(y <= c) = F(threshold_c - x b). Where a draw lacks the lowest or highest answers their thresholds are infinite;
    all is NaN where it has one answer only.
    """

    thresholds: Floats
    coef: Floats


def params_in_draws(
    x: Floats,
    y: Ints,
    draws: Floats,
    fit: LikelihoodFit,
) -> Params:
    """The parameters of each resample.

    Parameters
    ----------
    x, y
        (n, k) columns without constant, (n,) category of the outcome, as they were fitted.
    draws
        (B, n) weight of each row in each resample: times drawn times weight.
    fit
        The fit of the answers themselves.

    Notes
    -----
    Up to 10,000 different rows Newton's method climbs from the estimate until nothing is to be gained. Beyond, one step
    with the information of the estimate is off by less than 0.05 standard errors.
    """
    cuts = len(fit.thresholds)
    thresholds = np.full((len(draws), cuts), np.nan)
    coef = np.full((len(draws), x.shape[1]), np.nan)
    if not len(draws):
        return Params(thresholds, coef)
    for sample in samples(x[:, fit.used], y, draws):
        own = _params_of_sample(sample, fit)
        thresholds[sample.members] = _of_all_answers(own.thresholds, np.unique(sample.y), cuts)
        coef[np.ix_(sample.members, fit.used)] = own.coef
    return Params(thresholds, coef)


def _params_of_sample(sample: Sample, fit: LikelihoodFit) -> Params:
    """Parameters of draws (members,) that hold the same categories, for the columns in use."""
    codes = codes_of(sample.y)
    standard = standardise(sample.x, sample.draws.mean(axis=0))
    logit = logit_rows(standard.columns, codes)
    cuts = int(codes.max())
    start = _start(standard, np.unique(sample.y), fit)
    if len(codes) <= CLIMBED:
        params = _climbed(logit, codes, sample.draws, start)
    else:
        params = _stepped(logit, codes, sample.draws, start)
    coef = params[cuts:].T / standard.scale
    thresholds = params[:cuts].T + (coef @ standard.center)[:, None]
    return Params(thresholds, coef)


def _start(standard: Standard, categories: Ints, fit: LikelihoodFit) -> Floats:
    """(q, 1) the estimate, for standardised columns and the thresholds between these categories."""
    coef = fit.coef[fit.used]
    thresholds = fit.thresholds[categories[1:] - 1] - standard.center @ coef
    varies = np.isfinite(standard.scale)
    scale = np.where(varies, standard.scale, 0.0)
    return np.concatenate([thresholds, coef * scale])[:, None]


def _climbed(logit: LogitRows, codes: Ints, draws: Floats, start: Floats) -> Floats:
    """(q, B) parameters at the top of each draw's likelihood."""
    design, weights = blocks(logit, codes, draws, AT_ONCE)
    parts = [slice(first, first + AT_ONCE) for first in range(0, len(draws), AT_ONCE)]
    tops = [maximise(design, weights.draws(part), start)[0] for part in parts]
    return np.concatenate(tops, axis=1)


def _stepped(logit: LogitRows, codes: Ints, draws: Floats, start: Floats) -> Floats:
    """(q, B) parameters one step from the estimate, by its information."""
    design, weights = blocks(logit, codes, draws.mean(axis=0)[None], 1)
    information = slopes(design, weights, start).information[:, :, 0]
    gradients = draws @ scores_of_respondents(logit, start, codes)
    steps = np.linalg.lstsq(information, gradients.T, rcond=1e-10)[0]
    return np.asarray(start + steps)


def _of_all_answers(thresholds: Floats, categories: Ints, cuts: int) -> Floats:
    """(B, cuts) thresholds between all answers, from those (B, c - 1) between the c that there are."""
    beyond = np.full((len(thresholds), 1), np.inf)
    with_ends = np.hstack([-beyond, thresholds, beyond])
    present_up_to = np.searchsorted(categories, np.arange(cuts), side="right")
    return with_ends[:, present_up_to]
