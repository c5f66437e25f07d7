"""Newton's method for proportional odds: many submodels of one sample, or many draws of one model, at once.

An outcome has m ordered categories, coded 0, ..., m - 1, and P(y <= c) = F(threshold_c - x b) with F the logistic
function. Because F(a) - F(b) = F(a) F(-b) (1 - exp(b - a)), a respondent of category c is one logit row below
threshold c and one above threshold c - 1, and what remains hangs on the thresholds alone. So the fit is a logit on at
most two rows per respondent plus a term for each gap between thresholds. These rows hold the thresholds in their first
columns and are signed so that ``rows @ params`` is the log odds *against* what was observed.

In the shapes below q is the number of parameters, m - 1 thresholds and the coefficients; B counts draws of weights, S
the submodels or draws that are fitted side by side. What fits are made of and what they are used for belongs in
:mod:`cxlens.stats.likelihood`.

Source: McCullagh (1980), Regression models for ordinal data, JRSS B 42.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, xlogy

from cxlens.stats.regression import TOLERANCE

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
MOST_STEPS = 100  # a separated draw gains less with each; about 20 bring it within CLOSE of its limit
CLOSE = 1e-9  # gain still to be had, as a share of the null log-likelihood, at which a fit takes its last step
SLACK = 1e-12  # loss, as a share of the null log-likelihood, that passes for rounding
PRODUCT = 2**18  # multiplications in one matrix product: below this BLAS starts no threads, which ours would fight
MOST_EXPONENT = 500.0  # of exp, well before it overflows
LEAST_GAP = 1e-100  # between thresholds, where they have met or crossed


class LogitRows(NamedTuple):
    """Respondent (rows,) and signed columns (rows, q), thresholds first, of each logit row."""

    respondent: Ints
    signed: Floats

    @property
    def parameters(self) -> int:
        """Their number q: thresholds and coefficients."""
        return len(self.signed.T)


class Design(NamedTuple):
    """(blocks, rows, q) rows, their (blocks, rows, q (q + 1) / 2) products, and (q, q) where each product stands."""

    rows: Floats
    products: Floats
    place: Ints

    def columns(self, chosen: Ints) -> Design:
        """Some of the columns alone."""
        places = self.place[np.ix_(chosen, chosen)]
        needed, place = np.unique(places, return_inverse=True)
        return Design(
            self.rows[..., chosen],
            self.products[..., needed],
            place.reshape(places.shape),
        )


class Weights(NamedTuple):
    """(blocks, rows, B) weights of the rows, (m - 2, B) weight of the inner categories, (B,) null log-likelihood."""

    rows: Floats
    inner: Floats
    null: Floats

    @property
    def thresholds(self) -> int:
        """Their number m - 1."""
        return len(self.inner) + 1

    def draws(self, chosen: slice | Bools) -> Weights:
        """Some of the draws alone."""
        return Weights(
            self.rows[..., chosen],
            self.inner[:, chosen],
            self.null[chosen],
        )


class Slopes(NamedTuple):
    """(q, S) slope and (q, q, S) information of the log-likelihood, (blocks, rows, S) odds against the observed."""

    gradient: Floats
    information: Floats
    odds: Floats

    def within(self, inside: Bools) -> Slopes:
        """The same, 0 for the columns that are not in a submodel; ``inside`` (q, S) says which are."""
        both_inside = inside[:, None] & inside
        return Slopes(
            self.gradient * inside,
            self.information * both_inside,
            self.odds,
        )


class _Climb(NamedTuple):
    """Submodels or draws that still move: their numbers (S,), (q, S) parameters and the step that led to them.

    ``loglik`` is what was reached before that step; ``weights`` and ``inside`` are those of the ones that move.
    """

    numbers: Ints
    params: Floats
    step: Floats
    loglik: Floats
    weights: Weights
    inside: Bools | None

    def only(self, moving: Bools) -> _Climb:
        """Some of them alone. Submodels of a single sample share its weights."""
        weights = self.weights
        if len(weights.null) > 1:
            weights = weights.draws(moving)
        inside = self.inside
        if inside is not None:
            inside = inside[:, moving]
        return _Climb(
            self.numbers[moving],
            self.params[:, moving],
            self.step[:, moving],
            self.loglik[moving],
            weights,
            inside,
        )


def category_weights(
    codes: Ints,
    w: Floats,
    m: int,
) -> Floats:
    """(m,) or (B, m) weight of the respondents of each category, from weights (n,) or (B, n)."""
    dummies = np.eye(m)[codes]
    return w @ dummies


def null_loglik_of(counts: Floats) -> Floats:
    """() or (B,) log-likelihood of thresholds alone, from the weights (m,) or (B, m) of the categories."""
    everyone = counts.sum(axis=-1, keepdims=True)
    everyone = np.maximum(everyone, np.finfo(float).tiny)  # a draw may hold nobody
    share = counts / everyone
    return np.asarray(xlogy(counts, share).sum(axis=-1))


def logit_rows(z: Floats, codes: Ints) -> LogitRows:
    """Logit rows of columns z (n, k): first those below a threshold, then those above one."""
    top = codes.max()
    below = np.flatnonzero(codes < top)
    above = np.flatnonzero(codes > 0)
    respondent = np.concatenate([below, above])
    threshold = np.concatenate([codes[below], codes[above] - 1])
    sign = np.repeat([-1.0, 1.0], [len(below), len(above)])
    dummies = np.eye(top)[threshold]
    columns = np.column_stack([dummies, -z[respondent]])
    return LogitRows(respondent, sign[:, None] * columns)


def null_params(
    codes: Ints,
    w: Floats,
    q: int,
) -> Floats:
    """(q, 1) parameters of the null model: a threshold is the log odds of a category up to it."""
    weight_up_to = np.cumsum(np.bincount(codes, w))[:-1]
    share = weight_up_to / w.sum()
    thresholds = np.log(share / (1 - share))
    coef = np.zeros(q - len(thresholds))
    params = np.concatenate([thresholds, coef])
    return params[:, None]


def blocks(
    logit: LogitRows,
    codes: Ints,
    draws: Floats,
    at_once: int,
) -> tuple[Design, Weights]:
    """Rows and weights (B, n) cut into blocks so small that BLAS starts no threads of its own.

    ``at_once`` is how many submodels or draws will be fitted side by side.
    """
    q = logit.parameters
    first, second = np.triu_indices(q)
    product = np.arange(len(first))
    place = np.empty((q, q), np.int64)
    place[first, second] = product
    place[second, first] = product

    fitting = PRODUCT // (at_once * len(product))
    size = int(np.clip(fitting, 1, len(logit.signed)))
    products = logit.signed[:, first] * logit.signed[:, second]
    design = Design(
        _cut(logit.signed, size),
        _cut(products, size),
        place,
    )

    weights_of_rows = draws[:, logit.respondent].T
    counts = category_weights(codes, draws, int(codes.max()) + 1)
    weights = Weights(
        _cut(weights_of_rows, size),
        counts.T[1:-1],
        null_loglik_of(counts),
    )
    return design, weights


def _cut(table: Floats, size: int) -> Floats:
    """(blocks, size, columns) of a table (rows, columns), the last block filled up with zeros."""
    rows, columns = table.shape
    filling = np.zeros((-rows % size, columns))
    filled = np.concatenate([table, filling])
    return filled.reshape(-1, size, columns)


def maximise(
    design: Design,
    weights: Weights,
    start: Floats,
    inside: Bools | None = None,
    close: float = CLOSE,
) -> tuple[Floats, Floats]:
    """Maximum likelihood of S submodels of one sample, or of one model in S draws.

    Parameters
    ----------
    design, weights
        Of one sample, or of S draws.
    start
        (q, S) parameters from which to climb; (q, 1) where all draws start from the same.
    inside
        (q, S) the columns that are in each submodel; all without it.
    close
        Gain still to be had, as a share of the null log-likelihood, at which a fit takes its last step.

    Returns
    -------
    ndarray, ndarray
        (q, S) parameters and (S,) log-likelihoods.

    Notes
    -----
    Newton's method; a step after which the likelihood is lower is halved. Where hardly a gain is left, its
    second-order value is added with the last step.
    """
    q = len(start)
    count = max(len(weights.null), start.shape[1])
    params = np.empty((q, count))
    logliks = np.empty(count)
    climb = _Climb(
        numbers=np.arange(count),
        params=start,
        step=np.zeros((q, 1)),
        loglik=np.full(1, -np.inf),
        weights=weights,
        inside=inside,
    )
    for turn in range(MOST_STEPS):
        # The former slopes live on while these are made: memory given back is dear to ask for again.
        at = slopes(design, climb.weights, climb.params)
        climb, last_gain, done = _climb_on(climb, at, close)
        if turn == MOST_STEPS - 1:
            done = np.ones_like(done)
        arrived = climb.numbers[done]
        reached = climb.loglik + last_gain
        params[:, arrived] = climb.params[:, done]
        logliks[arrived] = reached[done]
        if done.all():
            break
        if done.any():
            climb = climb.only(~done)
    return params, logliks


def _climb_on(
    climb: _Climb,
    at: Slopes,
    close: float,
) -> tuple[_Climb, Floats, Bools]:
    """One more step; the (S,) gain that it promises should it be the last, and (S,) whether it should."""
    weights = climb.weights
    if climb.inside is not None:
        at = at.within(climb.inside)
    newton = _newton_step(at.information, at.gradient)
    gain = (at.gradient * newton).sum(axis=0) / 2
    negligible = -close * weights.null

    thresholds = climb.params[: weights.thresholds]
    loglik = _loglik(weights, at.odds, thresholds)
    worse = loglik < climb.loglik + SLACK * weights.null
    halved = climb.step / 2
    change = np.where(worse, -halved, newton)
    onward = climb._replace(
        params=climb.params + change,
        step=np.where(worse, halved, newton),
        loglik=np.where(worse, climb.loglik, loglik),
    )
    last_gain = np.where(worse, 0, np.minimum(gain, negligible))
    done = ~worse & (gain <= negligible)
    return onward, last_gain, done


def _newton_step(information: Floats, gradient: Floats) -> Floats:
    """(q, S) Newton steps. What the other columns explain is held by a ridge so small that it changes nothing else."""
    diagonal = np.arange(len(gradient))
    sizes = information[diagonal, diagonal]
    ridged = sizes * (1 + TOLERANCE)
    information[diagonal, diagonal] = np.where(sizes > 0, ridged, 1)
    steps = np.linalg.solve(
        information.transpose(2, 0, 1),
        gradient.T[:, :, None],
    )
    return np.asarray(steps[:, :, 0].T)


def _loglik(
    weights: Weights,
    odds: Floats,
    thresholds: Floats,
) -> Floats:
    """(S,) log-likelihoods, minus infinity where thresholds have crossed."""
    gaps = np.diff(thresholds, axis=0)
    wide = np.maximum(gaps, LEAST_GAP)
    log_gaps = np.log(-np.expm1(-wide))
    of_gaps = (weights.inner * log_gaps).sum(axis=0)
    log_odds = np.log(1 + odds)
    of_rows = np.einsum("brs,brs->s", weights.rows, log_odds)
    crossed = (gaps <= 0).any(axis=0)
    return np.where(crossed, -np.inf, of_gaps - of_rows)


def slopes(
    design: Design,
    weights: Weights,
    params: Floats,
) -> Slopes:
    """Slope and information of the log-likelihood at parameters (q, S)."""
    odds = design.rows @ params
    np.minimum(odds, MOST_EXPONENT, out=odds)  # in place: making room takes as long as adding
    np.exp(odds, out=odds)
    whole = 1 + odds
    pull = weights.rows * (odds / whole)
    gradient = -_sum_of_products(design.rows, pull)
    pull /= whole
    information = _sum_of_products(design.products, pull)[design.place]
    thresholds = params[: weights.thresholds]
    _add_gaps(gradient, information, thresholds, weights.inner)
    return Slopes(gradient, information, odds)


def _sum_of_products(table: Floats, pull: Floats) -> Floats:
    """(columns, S) table' pull, summed over the blocks."""
    by_block = table.transpose(0, 2, 1) @ pull
    return np.asarray(by_block.sum(axis=0))


def _add_gaps(
    gradient: Floats,
    information: Floats,
    thresholds: Floats,
    inner: Floats,
) -> None:
    """Add to the slopes, in place, what hangs on the gaps between thresholds."""
    gaps = np.maximum(np.diff(thresholds, axis=0), LEAST_GAP)
    push = _slope_of_gap(gaps)
    pushes = inner * push
    bends = inner * push * (1 + push)
    for lower, (push_apart, bend) in enumerate(zip(pushes, bends)):
        upper = lower + 1
        gradient[lower] -= push_apart
        gradient[upper] += push_apart
        information[lower, lower] += bend
        information[upper, upper] += bend
        information[lower, upper] -= bend
        information[upper, lower] -= bend


def _slope_of_gap(gaps: Floats) -> Floats:
    """Slope of log(1 - exp(-gap))."""
    exponents = np.minimum(gaps, MOST_EXPONENT)
    return np.asarray(1 / np.expm1(exponents))


def scores_of_respondents(
    logit: LogitRows,
    params: Floats,
    codes: Ints,
) -> Floats:
    """(n, q) slope of each respondent's log-likelihood, without weight, at parameters (q, 1)."""
    chance_against = expit(logit.signed @ params)
    scores = np.zeros((len(codes), logit.parameters))
    np.add.at(
        scores,
        logit.respondent,
        -logit.signed * chance_against,
    )

    top = codes.max()
    push = _slope_of_gap(np.diff(params[:top, 0]))
    inner = np.flatnonzero((codes > 0) & (codes < top))
    upper = codes[inner]
    lower = upper - 1
    scores[inner, upper] += push[lower]
    scores[inner, lower] -= push[lower]
    return scores


def logit_pull(logit: LogitRows, params: Floats) -> Floats:
    """(rows,) how much each logit row bends the log-likelihood, without weight, at parameters (q, 1)."""
    chance_against = expit(logit.signed @ params)[:, 0]
    return np.asarray(chance_against * (1 - chance_against))


def gap_information(
    params: Floats,
    codes: Ints,
    weights: Floats,
    units: Ints,
    count: int,
) -> Floats:
    """(count, q, q) what answers of inner categories tell of the gaps between thresholds, by the unit they are of."""
    q = len(params)
    top = int(codes.max())
    push = _slope_of_gap(np.diff(params[:top, 0]))
    bends = push * (1 + push)
    information = np.zeros((count, q, q))
    for lower, bend in enumerate(bends):
        upper = lower + 1
        inner = np.where(codes == upper, weights, 0.0)
        tells = bend * np.bincount(units, inner, count)
        information[:, lower, lower] += tells
        information[:, upper, upper] += tells
        information[:, lower, upper] -= tells
        information[:, upper, lower] -= tells
    return information
