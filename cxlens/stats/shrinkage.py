"""Shrinkage of many effects at once: what is left of each once chance is allowed for.

Where effects come from, and what is made of them, does not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
STEPS = 60  # of each chain: ten times as many moved means of a real survey by at most a sixth of their deviation
SPREADS = 0.01 * 2 ** (np.arange(13) / 2)  # of ordinary effects that are tried, in units of the scale
EXCEPTIONAL = 0.4  # standard deviation of exceptional effects around nothing, in units of the scale
MEAN = 0.3  # the same of the mean of ordinary effects
SMALLEST_ERROR = 1e-6  # of an effect, in units of the scale, so that a covariance can be inverted


class _Kinds(NamedTuple):
    """Mean and variance of the prior that each effect has in each chain: (p, d), or (d,) of one effect."""

    centre: Floats
    variance: Floats


class _Choice(NamedTuple):
    """Either kind (d,) that an effect can be of, and the log odds (d,) of the second."""

    first: _Kinds
    second: _Kinds
    log_odds: Floats


class _Known(NamedTuple):
    """What is known: estimates (p,), their precision (p, p), which are of removals (p,), the scale."""

    estimate: Floats
    precision: Floats
    is_removal: Flags
    scale: float


class _Chains(NamedTuple):
    """Where d chains are: effects (p, d); mean, spread and share of ordinary effects (d,).

    ``left`` is the distance of the estimates from the effects, kept up to date.
    """

    effect: Floats
    left: Floats
    mean: Floats
    spread: Floats
    share: Floats


def shrink(
    estimate: Floats,
    draws: Floats,
    rng: np.random.Generator,
    *,
    scale: float,
    is_removal: Flags | None = None,
) -> tuple[Floats, Floats]:
    """Effects as draws from what is known of them, given that most are of a kind and a few may stand out.

    Parameters
    ----------
    estimate
        (p,) effects as estimated.
    draws
        (d, p) resamples of them, whose scatter is taken for the error of the estimates.
    rng
        Of what the resamples leave open: kinds, mean and spread of the true effects, and the effects given these.
    scale
        What an effect could be: of slopes, the standard deviation of the outcome over that of the scores.
    is_removal
        (p,) which effects are of something that is taken away, and so may well be nothing; by default none.

    Returns
    -------
    tuple
        (p,) the expected effects and (d, p) draws of them. With fewer than two resamples, or without a scale, both are
        given back as they are.

    Notes
    -----
    An effect is ordinary, N(mean, spread^2), or exceptional, N(0, (0.4 scale)^2). Shares of both kinds are learnt from
    a flat prior, mean from N(0, (0.3 scale)^2), spread from weights between flat and log-flat. A removal is nothing
    with chance one half, else N(0, mean^2 + spread^2), and teaches nothing about the others. Estimates are
    N(effect, S), S the covariance of the resamples, so that what is entangled stays so. One Gibbs chain a draw
    (George and McCulloch 1993; Gelman et al., Bayesian Data Analysis, 5 and 11); the last step is Matheron's rule: a
    guess of the effects before the data, corrected by what the resample says against it, which leaves each draw in step
    with everything else of the same resample.
    """
    d, p = draws.shape
    if d < 2 or not p or not scale > 0:
        return estimate, draws
    removed = np.zeros(p, bool) if is_removal is None else is_removal
    error_cov = _error_covariance(draws, scale)
    precision = np.asarray(np.linalg.inv(error_cov))
    known = _Known(estimate, precision, removed, scale)
    kinds = _learnt_kinds(known, d, rng)
    centre = kinds.centre.T
    variance = kinds.variance.T
    guesses = centre + np.sqrt(variance) * rng.standard_normal((d, p))
    apart = np.stack([estimate - centre, draws - guesses], axis=-1)
    from_estimate, from_resample = _corrections(error_cov, variance, apart)
    expected = (centre + from_estimate).mean(axis=0)
    return np.asarray(expected), np.asarray(guesses + from_resample)


def _corrections(error_cov: Floats, variance: Floats, apart: Floats) -> Floats:
    """(k, d, p) by how much effects of prior variances (d, p) move towards what lies (d, p, k) apart from guesses."""
    p = len(error_cov)
    prior_cov = variance[:, :, None] * np.eye(p)
    solved = np.linalg.solve(error_cov + prior_cov, apart)
    moved = variance[..., None] * solved
    return np.asarray(np.moveaxis(moved, -1, 0))


def _error_covariance(draws: Floats, scale: float) -> Floats:
    """(p, p) covariance of the resamples, so that its inverse is right on average; of few, the variances alone."""
    d, p = draws.shape
    smallest = SMALLEST_ERROR * scale
    least = smallest**2 * np.eye(p)
    if d > 2 * p + 2:
        inflated = (d - 1) / (d - p - 2)
        cov = np.cov(draws, rowvar=False)
        return np.asarray(inflated * np.atleast_2d(cov) + least)
    variances = draws.var(axis=0, ddof=1)
    return np.asarray(np.diag(variances) + least)


def _learnt_kinds(known: _Known, d: int, rng: np.random.Generator) -> _Kinds:
    """The kinds that d chains end with, a step for each effect and then for what all have in common."""
    chains = _started(known, d, rng)
    shape = chains.effect.shape
    kinds = _Kinds(np.zeros(shape), np.zeros(shape))
    is_odd = np.zeros(shape, bool)
    for _ in range(STEPS):
        of_effects = _two_kinds(known, chains)
        of_removals = _two_kinds_of_removals(chains)
        for j, is_removal in enumerate(known.is_removal):
            choice = of_removals if is_removal else of_effects
            is_odd[j] = _redraw_effect(known, chains, kinds, j, choice, rng)
        chains = _with_common_redrawn(known, chains, is_odd, rng)
    return kinds


def _started(known: _Known, d: int, rng: np.random.Generator) -> _Chains:
    """Chains that start between no effects and the estimates."""
    estimate = known.estimate[:, None]
    ordinary = known.estimate[~known.is_removal]
    mean = ordinary.mean() if len(ordinary) else 0.0
    effect = estimate * rng.random(d)
    return _Chains(
        effect=effect,
        left=estimate - effect,
        mean=np.full(d, mean),
        spread=np.full(d, 0.1 * known.scale),
        share=np.full(d, 0.8),
    )


def _redraw_effect(
    known: _Known,
    chains: _Chains,
    kinds: _Kinds,
    j: int,
    choice: _Choice,
    rng: np.random.Generator,
) -> Flags:
    """Draw kind and effect j of each chain, the others given, in place; whether it is of the second kind."""
    error = 1 / known.precision[j, j]  # variance of the estimate, the other effects given
    seen = chains.effect[j] + error * (known.precision[j] @ chains.left)  # what the data say of this one
    first, second, log_odds = choice
    first_total = first.variance + error
    second_total = second.variance + error
    first_misfit = (seen - first.centre) ** 2 / first_total
    second_misfit = (seen - second.centre) ** 2 / second_total
    for_second = (first_misfit - second_misfit - np.log(second_total / first_total)) / 2
    is_second = rng.logistic(size=len(seen)) < log_odds + for_second
    centre = np.where(is_second, second.centre, first.centre)
    variance = np.where(is_second, second.variance, first.variance)

    gain = variance / (variance + error)
    noise = np.sqrt(gain * error) * rng.standard_normal(len(seen))
    effect = centre + gain * (seen - centre) + noise
    chains.effect[j] = effect
    chains.left[j] = known.estimate[j] - effect
    kinds.centre[j] = centre
    kinds.variance[j] = variance
    return np.asarray(is_second)


def _two_kinds_of_removals(chains: _Chains) -> _Choice:
    """Nothing, or something."""
    nothing = np.zeros_like(chains.mean)
    if_any = chains.mean**2 + chains.spread**2
    return _Choice(_Kinds(nothing, nothing), _Kinds(nothing, if_any), nothing)


def _two_kinds(known: _Known, chains: _Chains) -> _Choice:
    """Ordinary, or exceptional."""
    nothing = np.zeros_like(chains.mean)
    tiny = np.finfo(float).tiny
    for_first = np.log(chains.share + tiny)
    for_second = np.log(1 - chains.share + tiny)
    wide = nothing + (EXCEPTIONAL * known.scale) ** 2
    ordinary = _Kinds(chains.mean, chains.spread**2)
    exceptional = _Kinds(nothing, wide)
    return _Choice(ordinary, exceptional, for_second - for_first)


def _with_common_redrawn(
    known: _Known,
    chains: _Chains,
    is_odd: Flags,
    rng: np.random.Generator,
) -> _Chains:
    """The chains with share, mean and spread of ordinary effects drawn anew, the effects given."""
    is_ordinary = ~is_odd & ~known.is_removal[:, None]
    ordinary = is_ordinary.sum(axis=0)
    exceptional = np.sum(~known.is_removal) - ordinary
    share = rng.beta(1 + ordinary, 1 + exceptional)

    of_effects = 1 / chains.spread**2
    of_prior = 1 / (MEAN * known.scale) ** 2
    precision = ordinary * of_effects + of_prior
    total = np.sum(is_ordinary * chains.effect, axis=0)
    noise = rng.standard_normal(len(share)) / np.sqrt(precision)
    mean = total * of_effects / precision + noise

    deviations = is_ordinary * (chains.effect - mean)
    squares = np.sum(deviations**2, axis=0)
    spreads = known.scale * SPREADS[:, None]
    log_chances = (0.5 - ordinary) * np.log(spreads)
    log_chances = log_chances - squares / (2 * spreads**2)
    drawn = (log_chances + _gumbel(log_chances.shape, rng)).argmax(axis=0)
    return chains._replace(mean=mean, spread=spreads[drawn, 0], share=share)


def _gumbel(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """What ``rng.gumbel`` draws, all logarithms at once, which takes a third of the time."""
    tiny = np.finfo(float).tiny
    exponential = -np.log(1 - rng.random(shape))
    return np.asarray(-np.log(exponential + tiny))
