"""Do two sides share their slopes on the ordinal scale? A score test in the proportional-odds model.

Near the end of a scale those who are merely happier have smaller slopes in points, since they cannot go higher. On the
log odds of the answers they have the same, so a difference in points alone is no difference in what matters.

Sources: McCullagh (1980), JRSS B 42, for the model; Hemerik, Goeman and Finos (2020), JRSS B 82, for sign flips of
effective scores.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.instability import pseudo_inverse
from cxlens.stats.likelihood import fit_likelihood
from cxlens.stats.proportional_odds import blocks, logit_rows, scores_of_respondents, slopes
from cxlens.stats.sign_flips import joint_p, sum_by_unit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def same_slopes_p(
    x: Floats,
    own: Floats,
    outcome: Floats,
    side: Bools,
    weights: Floats,
    units: Ints,
    rng: np.random.Generator,
) -> float:
    """p-value of "both sides share their slopes"; NaN where one side has a single answer to the outcome.

    Parameters
    ----------
    x
        (n, p) columns whose slopes are compared.
    own
        (n, k) columns that each side has a coefficient of its own for, without constant.
    outcome
        (n,) answers; their order alone counts.
    side
        (n,) which side a row is on.
    weights, units
        (n,) weights, and the unit of each row: 0, 1, ...; rows of a unit are flipped together.
    rng
        Of the signs.
    """
    codes = np.unique(outcome, return_inverse=True)[1]
    for one in (side, ~side):
        if len(np.unique(codes[one])) < 2:
            return float("nan")
    on_side = side[:, None]
    shared = np.column_stack([on_side, own, own * on_side, x])
    all_columns = np.column_stack([shared, x * on_side])
    fit = fit_likelihood(shared, codes, weights)
    coef = np.zeros(all_columns.shape[1])
    coef[: len(fit.coef)] = np.nan_to_num(fit.coef)
    params = np.concatenate([fit.thresholds, coef])
    scores, information = _scores(all_columns, codes, weights, params[:, None])
    tested = np.arange(len(params)) >= len(params) - x.shape[1]
    influence = _effective(scores, information, tested)
    return joint_p(sum_by_unit(influence, units), rng)


def _scores(columns: Floats, codes: Ints, weights: Floats, params: Floats) -> tuple[Floats, Floats]:
    """(n, q) slopes of each row's log-likelihood at parameters (q, 1), and (q, q) their information."""
    logit = logit_rows(columns, codes)
    scores = scores_of_respondents(logit, params, codes)
    design, of_rows = blocks(logit, codes, weights[None], 1)
    information = slopes(design, of_rows, params).information
    return scores * weights[:, None], information[:, :, 0]


def _effective(scores: Floats, information: Floats, tested: Bools) -> Floats:
    """(n, p) scores of the parameters tested, less what the others explain of them."""
    others = ~tested
    inverse, _ = pseudo_inverse(information[np.ix_(others, others)])
    explained = inverse @ information[np.ix_(others, tested)]
    return np.asarray(scores[:, tested] - scores[:, others] @ explained)
