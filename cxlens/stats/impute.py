"""Scores that were left blank, drawn from what the other answers say.

One call is one draw: the uncertainty is in the differences between draws. Which rows are imputed, and how often, does
not belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ROUNDS = 3  # of the chained regressions; with scores that hang together moderately more change nothing


def impute(
    scores: Floats,
    unused: Bools,
    outcome: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, Bools]:
    """Fill blank scores by one draw.

    Whether a touchpoint left blank was used is drawn with its reach; the score of a user from chained Bayesian
    regressions on all other scores, on use and on the outcome (Rubin 1987, Multiple Imputation for Nonresponse in
    Surveys, 5.3; van Buuren and Groothuis-Oudshoorn 2011, Journal of Statistical Software 45(3)), and moved to the
    range of the scores where it falls beyond.

    Parameters
    ----------
    scores, unused
        (n, p) scores, NaN where there is none, and where that is because the touchpoint was not used.
    outcome
        (n,) without gaps.

    Returns
    -------
    ndarray, ndarray
        (n, p) scores, NaN only where not used, and (n, p) where that is.
    """
    missing = np.isnan(scores)
    absent = unused | _drawn_absent(missing, unused, rng)
    gaps = missing & ~absent
    gappy = np.flatnonzero(gaps.any(axis=0))
    if not gaps.any():
        return scores, absent
    lowest = np.nanmin(scores)
    highest = np.nanmax(scores)
    flags = absent[:, absent.any(axis=0)]
    filled = _filled_with_means(scores)
    for _ in range(ROUNDS):
        for column in gappy:
            others = np.delete(filled, column, axis=1)
            gap = gaps[:, column]
            drawn = _draw(
                x=np.column_stack([others, flags, outcome]),
                y=filled[:, column],
                known=~missing[:, column],
                gaps=gap,
                rng=rng,
            )
            filled[gap, column] = np.clip(drawn, lowest, highest)
    filled[absent] = np.nan
    return filled, absent


def _drawn_absent(
    missing: Bools,
    unused: Bools,
    rng: np.random.Generator,
) -> Bools:
    """(n, p) blanks of touchpoints that are drawn as not used: all but the share that is their reach."""
    blank = missing & ~unused
    users = (~missing).sum(axis=0)
    answers = np.maximum((~blank).sum(axis=0), 1)
    reach = users / answers
    unlikely = rng.random(missing.shape) >= reach
    return np.asarray(blank & unlikely)


def _filled_with_means(scores: Floats) -> Floats:
    """(n, p) scores; who gave none is at the mean of those who did, with a flag if not a user: as in the model."""
    missing = np.isnan(scores)
    unknown = missing.all(axis=0)
    means = np.nanmean(np.where(unknown, 0.0, scores), axis=0)
    return np.where(missing, means, scores)


def _draw(
    x: Floats,
    y: Floats,
    known: Bools,
    gaps: Bools,
    rng: np.random.Generator,
) -> Floats:
    """One draw of y where it has gaps, from its regression on x (n, k) where it is known.

    Coefficients have a prior worth one answer, which keeps columns that follow from each other apart.
    """
    design = _standardised(x, known)
    design_known = design[known]
    centre = y[known].mean()
    deviations = y[known] - centre
    n, k = design_known.shape
    gram = np.einsum("ni,nj->ij", design_known, design_known)  # BLAS has threads that cost more than so small a product
    covariance = np.linalg.inv(gram + np.eye(k))
    root = np.linalg.cholesky(covariance)
    products = design_known.T @ deviations
    mean_coef = root @ (root.T @ products)

    residuals = deviations - design_known @ mean_coef
    squares = (residuals**2).sum()
    freedom = max(n - k, 1)
    sigma = np.sqrt(squares / rng.chisquare(freedom))
    direction = root @ rng.normal(size=k)
    coef = mean_coef + sigma * direction
    fitted = centre + design[gaps] @ coef
    noise = rng.normal(size=int(gaps.sum()))
    return np.asarray(fitted + sigma * noise)


def _standardised(x: Floats, known: Bools) -> Floats:
    """(n, 1 + k) a constant, and the columns by their mean and spread where y is known."""
    centred = x - x[known].mean(axis=0)
    spread = centred[known].std(axis=0)
    varies = spread > 1e-9 * np.abs(x).max(axis=0)
    scale = np.where(varies, spread, 1.0)
    constant = np.ones(len(x))
    return np.column_stack([constant, centred / scale])
