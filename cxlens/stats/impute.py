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

    Whether a touchpoint left blank was used is drawn with its reach; the score of a user from the posterior of chained
    Bayesian regressions on all other scores, on use and on the outcome, within the range of the scores (scikit-learn's
    ``IterativeImputer``; van Buuren and Groothuis-Oudshoorn 2011, Journal of Statistical Software 45(3)).

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
    from sklearn.experimental import enable_iterative_imputer  # noqa: F401  # scikit-learn asks for it first
    from sklearn.impute import IterativeImputer

    blank = np.isnan(scores) & ~unused
    told = np.maximum((~blank).sum(axis=0), 1)
    absent = unused | (blank & (rng.random(scores.shape) >= (~np.isnan(scores)).sum(axis=0) / told))
    if not (blank & ~absent).any():
        return scores, absent
    low, high = np.nanmin(scores), np.nanmax(scores)
    if low == high:
        return np.where(blank & ~absent, low, scores), absent
    users = np.nan_to_num(np.nanmean(np.where(np.isnan(scores).all(axis=0), 0.0, scores), axis=0))
    flags = absent[:, absent.any(axis=0)]
    known = np.column_stack([np.where(absent, users, scores), flags, outcome])  # who did not use it: as in the model
    imputer = IterativeImputer(
        sample_posterior=True,
        max_iter=ROUNDS,
        min_value=low,
        max_value=high,
        skip_complete=True,
        keep_empty_features=True,
        random_state=int(rng.integers(2**31)),
    )
    filled = imputer.fit_transform(known)[:, : scores.shape[1]]
    return np.where(absent, np.nan, np.where(blank, filled, scores)), absent
