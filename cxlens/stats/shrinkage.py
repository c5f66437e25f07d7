"""Shrinkage of many effects towards their mean: what is left of each once chance is allowed for.

Where effects come from, and what is made of them, does not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
FEWEST = 4  # effects: from fewer, their spread cannot be told
GRID = 60  # spreads that are tried


class _Posterior(NamedTuple):
    """Spreads of the true effects (g,) that are tried, their chances (g,), and what is known given each of them.

    The means of the effects (g,), their precisions (g,), and how far effects follow their estimates, (g, p, p).
    """

    spreads: Floats
    chances: Floats
    means: Floats
    precisions: Floats
    gains: Floats


def shrink(
    estimate: Floats,
    draws: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
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
    posterior = _posterior(estimate, _error_covariance(draws))
    expected = _expected_effects(posterior, estimate)
    return expected, _drawn_effects(posterior, draws, rng)


def _error_covariance(draws: Floats) -> Floats:
    """(p, p) covariance of the resamples; of few resamples the variances alone."""
    d, p = draws.shape
    if d > 2 * p:
        return np.cov(draws, rowvar=False)
    variances = draws.var(axis=0, ddof=1)
    return np.diag(variances)


def _posterior(estimate: Floats, error_cov: Floats) -> _Posterior:
    """Chances of a grid of spreads, the mean integrated out, and what follows from each."""
    typical_error = np.sqrt(np.diag(error_cov).mean())
    width = max(float(estimate.std()), float(typical_error))
    spreads = np.linspace(0, 3 * width, GRID)
    variances = spreads[:, None, None] ** 2
    identity = np.eye(len(estimate))
    inverses = np.linalg.inv(error_cov + variances * identity)
    precisions = inverses.sum(axis=(1, 2))
    means = (inverses @ estimate).sum(axis=1) / precisions
    apart = estimate - means[:, None]
    misfits = np.einsum("gp,gpq,gq->g", apart, inverses, apart)
    log_determinants = np.linalg.slogdet(inverses)[1]
    log_chances = (log_determinants - np.log(precisions) - misfits) / 2
    chances = np.exp(log_chances - log_chances.max())
    chances /= chances.sum()
    return _Posterior(
        spreads,
        chances,
        means,
        precisions,
        gains=variances * inverses,
    )


def _expected_effects(posterior: _Posterior, estimate: Floats) -> Floats:
    means = posterior.means[:, None]
    corrections = np.einsum("gpq,gq->gp", posterior.gains, estimate - means)
    return np.asarray(posterior.chances @ (means + corrections))


def _drawn_effects(
    posterior: _Posterior,
    draws: Floats,
    rng: np.random.Generator,
) -> Floats:
    """(d, p) a guess of the effects before the data, corrected by what each resample says against it."""
    d, p = draws.shape
    drawn = rng.choice(GRID, d, p=posterior.chances)
    precisions = posterior.precisions[drawn]
    spreads = posterior.spreads[drawn, None]
    errors_of_mean = rng.standard_normal(d) / np.sqrt(precisions)
    means = posterior.means[drawn] + errors_of_mean
    true_deviations = spreads * rng.standard_normal((d, p))
    guesses = means[:, None] + true_deviations
    gains = posterior.gains[drawn]
    corrections = np.einsum("dpq,dq->dp", gains, draws - guesses)
    return np.asarray(guesses + corrections)
