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


def impute(scores: Floats, unused: Bools, outcome: Floats, rng: np.random.Generator) -> tuple[Floats, Bools]:
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
    blank = np.isnan(scores) & ~unused
    told = np.maximum((~blank).sum(axis=0), 1)
    absent = unused | (blank & (rng.random(scores.shape) >= (~np.isnan(scores)).sum(axis=0) / told))
    gaps = blank & ~absent
    if not gaps.any():
        return scores, absent
    low, high = np.nanmin(scores), np.nanmax(scores)
    users = np.nanmean(np.where(np.isnan(scores).all(axis=0), 0.0, scores), axis=0)
    filled = np.where(
        np.isnan(scores), users, scores
    )  # who did not use it is at the mean, with a flag: as in the model
    flags = absent[:, absent.any(axis=0)]
    for _ in range(ROUNDS):
        for j in np.flatnonzero(gaps.any(axis=0)):
            x = np.column_stack([np.delete(filled, j, axis=1), flags, outcome])
            drawn = _draw(x, filled[:, j], ~np.isnan(scores[:, j]), gaps[:, j], rng)
            filled[gaps[:, j], j] = np.clip(drawn, low, high)
    return np.where(absent, np.nan, filled), absent


def _draw(x: Floats, y: Floats, known: Bools, gaps: Bools, rng: np.random.Generator) -> Floats:
    """One draw of y where it has gaps, from its regression on x (n, k) where it is known.

    Coefficients have a prior worth one answer, which keeps columns that follow from each other apart.
    """
    z = x - x[known].mean(axis=0)
    spread = z[known].std(axis=0)
    z = np.column_stack([np.ones(len(z)), z / np.where(spread > 1e-9 * np.abs(x).max(axis=0), spread, 1.0)])
    told, centre = z[known], y[known].mean()
    rest = y[known] - centre
    gram = np.einsum("ni,nj->ij", told, told)  # not by BLAS, whose threads cost more than so small a product
    root = np.linalg.cholesky(np.linalg.inv(gram + np.eye(z.shape[1])))
    mean = root @ (root.T @ (told.T @ rest))
    left = ((rest - told @ mean) ** 2).sum()
    sigma = np.sqrt(left / rng.chisquare(max(len(told) - z.shape[1], 1)))
    coef = mean + sigma * (root @ rng.normal(size=len(mean)))
    return np.asarray(centre + z[gaps] @ coef + sigma * rng.normal(size=int(gaps.sum())))
