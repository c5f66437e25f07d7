"""Shrinkage of many effects towards their mean: what is left of each once chance is allowed for.

Where effects come from, and what is made of them, does not belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEWEST = 4  # effects: from fewer, their spread cannot be told
GRID = 60  # spreads that are tried


def shrink(estimate: Floats, draws: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Effects as draws from what is known of them, given that they are of a kind.

    Parameters
    ----------
    estimate
        (p,) effects as estimated.
    draws
        (d, p) resamples of them, whose scatter is taken for the error of the estimates.
    rng
        Of what the resamples leave open: the mean and the spread of the true effects, and the effects given these.

    Returns
    -------
    tuple
        (p,) the expected effects and (d, p) draws of them. Fewer than four effects are given back as they are.

    Notes
    -----
    Normal means with a common mean and spread (Efron and Morris 1975; Gelman et al., Bayesian Data Analysis, 5.4):
    estimate ~ N(effect, S), effect ~ N(mean, spread^2), S the covariance of the resamples, flat priors on mean and
    spread, so that a spread nobody can be sure of is not taken for known. Each resample becomes one draw: a guess of
    the effects before the data, corrected by what the resample says against it (Matheron's rule), which leaves it in
    step with everything else of the same resample.
    """
    d, p = draws.shape
    if p < FEWEST or d < 2:
        return estimate, draws
    s = np.cov(draws, rowvar=False) if d > 2 * p else np.diag(draws.var(axis=0, ddof=1))
    width = max(float(estimate.std()), float(np.sqrt(np.diag(s).mean())))
    spreads = np.linspace(0, 3 * width, GRID)
    inverses = np.linalg.inv(s + spreads[:, None, None] ** 2 * np.eye(p))
    precision = inverses.sum(axis=(1, 2))
    means = (inverses @ estimate).sum(axis=1) / precision
    apart = estimate - means[:, None]
    misfit = np.einsum("gp,gpq,gq->g", apart, inverses, apart)
    log_weight = (np.linalg.slogdet(inverses)[1] - np.log(precision) - misfit) / 2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    gains = spreads[:, None, None] ** 2 * inverses
    expected = weight @ (means[:, None] + np.einsum("gpq,gq->gp", gains, apart))
    at = rng.choice(GRID, d, p=weight)
    mean = means[at] + rng.standard_normal(d) / np.sqrt(precision[at])
    before = mean[:, None] + spreads[at, None] * rng.standard_normal((d, p))
    return expected, before + np.einsum("dpq,dq->dp", gains[at], draws - before)
