"""Averaged predictions of a logit or proportional odds: what the mean outcome is, were some columns otherwise.

Each respondent's chances are predicted with the other columns as they are, and averaged: Graubard and Korn (1999),
Biometrics 55; Stata's ``margins``. Parameters come from :mod:`cxlens.stats.likelihood_draws`; which columns
move, and by how much, does not belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]


def mean_predicted(
    linear: Floats,
    thresholds: Floats,
    values: Floats,
    shares: Floats,
) -> Floats:
    """(e,) mean over the respondents of what they are expected to answer, in each draw.

    Parameters
    ----------
    linear
        (e, n) columns times coefficients of each respondent.
    thresholds
        (e, m - 1) between the m answers.
    values
        (m,) what each answer counts: 0 and 100 for the share of a yes in per cent.
    shares
        (e, n) weight of each respondent; each draw is divided by its sum.

    Examples
    --------
    >>> import numpy as np
    >>> two_respondents = np.array([[0.0, 1.0]])
    >>> mean_predicted(two_respondents, np.array([[0.0]]), np.array([0.0, 100.0]), np.ones((1, 2))).round(1)
    array([61.6])
    """
    total = np.zeros(len(linear))
    for cut, step in enumerate(np.diff(values)):
        if step:
            chance_above = expit(linear - thresholds[:, cut, None])
            total += step * np.einsum("en,en->e", shares, chance_above)
    weight = shares.sum(axis=1)
    return np.asarray(values[0] + total / np.where(weight > 0, weight, np.nan))
