"""Logit and proportional-odds regression of every subset of players, and relative weights for them.

An outcome has m ordered categories, coded 0, ..., m - 1; two categories make the binary logit. The model is
P(y <= c) = F(threshold_c - x b) with F the logistic function, so a positive coefficient means a higher outcome, as in
R's ``glm`` and ``MASS::polr``. How its likelihood is climbed belongs in :mod:`cxlens.stats.proportional_odds`, whose
rows and shapes are used here; least squares in :mod:`cxlens.stats.regression`. Shapley values of the log-likelihoods,
names of columns and intervals do not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.special import expit

from cxlens.errors import ValuesError, listing
from cxlens.stats.clusters import ByCluster, leave_clusters_out
from cxlens.stats.left_out import information_of_units, left_out_cov
from cxlens.stats.proportional_odds import (
    Design,
    LogitRows,
    Weights,
    blocks,
    category_weights,
    logit_rows,
    maximise,
    null_loglik_of,
    null_params,
    scores_of_respondents,
    slopes,
)
from cxlens.stats.regression import TOLERANCE, _cluster_cov, _sum_by, independent

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
LEAVING_OUT = 1000  # answers, or clusters, below which each is left out in turn for the errors
EXACTLY = 1e-15  # how close a fit comes whose coefficients are told, and not only its likelihood
SUSPECT = 8.0  # log odds of an observed answer from which separation is looked for: a chance of 0.9997
CACHED = 2**18  # entries of a table of logit rows by submodels or draws that fits caches
FEWEST_TOLD = 5  # respondents whose number is told
FEWEST_AT_ONCE = 8  # submodels or draws fitted side by side
MOST_AT_ONCE = 64
EVERY_MODEL = -1  # owner of a column that all models have


class LikelihoodFit(NamedTuple):
    """A logit or proportional-odds fit.

    Coefficients (k,), NaN for a column that those before it explain; thresholds (m - 1,), minus the constant of a
    binary logit; robust covariance of the coefficients (k, k); log-likelihood; degrees of freedom (k,) of each; columns
    in use (k,); the number of clusters, None without.
    """

    coef: Floats
    thresholds: Floats
    cov: Floats
    loglik: float
    df: Floats
    used: Bools
    clusters: int | None = None


class Standard(NamedTuple):
    """Columns (n, k) of mean 0 and variance 1, constant ones 0; their centers (k,) and scales (k,)."""

    columns: Floats
    center: Floats
    scale: Floats


class _Maximum(NamedTuple):
    """Of one sample: what was maximised, (q, 1) parameters and the log-likelihood."""

    design: Design
    weights: Weights
    params: Floats
    loglik: float


class Sample(NamedTuple):
    """Draws (members,) with the same categories, and their distinct rows: columns, outcome, weights (members, rows)."""

    members: Ints
    x: Floats
    y: Ints
    draws: Floats


def null_loglik(
    y: Ints,
    w: Floats,
    m: int,
) -> Floats:
    """Log-likelihood of the model of thresholds alone: () for weights (n,), (B,) for B draws of weights (B, n)."""
    return null_loglik_of(category_weights(y, w, m))


def fit_likelihood(
    x: Floats,
    y: Ints,
    w: Floats,
    groups: Ints | None = None,
) -> LikelihoodFit:
    """Maximum likelihood with robust errors, or cluster errors where groups are given.

    Parameters
    ----------
    x, y, w
        (n, k) columns without constant, (n,) category of the outcome (binary: 0 or 1), (n,) weights.
    groups
        (n,) cluster number of each row.

    Raises
    ------
    ValuesError
        Where all respondents (of weight above 0) have the same outcome.

    Notes
    -----
    Below 1,000 answers errors are made by leaving out each in turn, as HC3 is: see :mod:`cxlens.stats.left_out`. With
    fewer than 1,000 clusters each of them is (CR3), with Bell and McCaffrey's degrees of freedom for the least squares
    of the last Newton step: see :mod:`cxlens.stats.clusters`. Beyond that they are the sandwich of White (1982),
    Econometrica 50, times n / (n - parameters), or its sums by cluster (CR1, g - 1). A separated outcome passes
    unnoticed: see :func:`check_separation`.
    """
    counted = w > 0
    x = x[counted]
    codes = codes_of(y[counted])
    w = w[counted]
    if groups is not None:
        groups = groups[counted]
    if codes.max(initial=0) < 1:
        raise ValuesError(
            "the outcome is the same for all respondents, so nothing can drive it. "
            "Choose another outcome, or add respondents who differ in it."
        )
    used = _columns_in_use(x, w)
    standard = standardise(x[:, used], w)
    logit = logit_rows(standard.columns, codes)
    maximum = _maximum_of_sample(logit, codes, w)
    sure = _sandwich(maximum, logit, codes, w, groups)
    fit = _on_own_scale(standard, maximum, sure, used)
    if groups is None:
        return fit
    return fit._replace(clusters=sure.g)


def subset_logliks(
    x: Floats,
    y: Ints,
    w: Floats,
    owner: Ints,
    controls: Floats,
    *,
    threads: int = 2,
) -> Floats:
    """Maximised log-likelihood of the model of every subset of players.

    Parameters
    ----------
    x, y
        (n, k) columns without constant, (n,) category of the outcome.
    w
        (n,) weights, or (B, n): B draws, times drawn times weight.
    owner
        (k,) player, 0 to p - 1, of each column of x. A player's columns enter together.
    controls
        (n, c) columns in every model.

    Returns
    -------
    ndarray (2**p,) or (2**p, B)
        Bit j of the row says player j is in. Collinear and constant columns add nothing. A draw that is separated
        has the limit of its log-likelihood.

    Notes
    -----
    Newton steps for many submodels, or many draws of one, in the same matrix products. A submodel starts from the
    one without its last player, a draw from the solution for the mean of all draws.
    """
    draws = np.atleast_2d(w)
    columns = np.column_stack([controls, x])
    owners = _with_common_columns(owner, columns.shape[1])
    logliks = np.zeros((_count_models(owners), len(draws)))
    for sample in samples(columns, y, draws):
        logliks[:, sample.members] = _subset_logliks(sample, owners, threads)
    if w.ndim == 2:
        return logliks
    return logliks[:, 0]


def relative_weights_likelihood(
    x: Floats,
    y: Ints,
    w: Floats,
) -> Floats:
    """Relative weights of the columns: (k,), or (k, B) for B draws of weights (B, n).

    They sum to the squared correlation of the outcome with its expected category.

    Notes
    -----
    The columns are replaced by the nearest orthogonal ones, whose standardised logistic coefficients (Menard 2004) are
    carried back. Tonidandel and LeBreton (2010), Journal of Business and Psychology 25. Turning the columns does not
    change a logit, so one fit on the columns as they are serves.
    """
    draws = np.atleast_2d(w)
    weights = np.zeros((x.shape[1], len(draws)))
    for sample in samples(x, y, draws):
        weights[:, sample.members] = _relative_weights(sample)
    if w.ndim == 2:
        return weights
    return weights[:, 0]


def check_separation(
    x: Floats,
    y: Ints,
    w: Floats,
    owner: Ints,
    names: Sequence[str],
) -> None:
    """Refuse an outcome that some players tell without error, be it for some respondents only.

    Parameters
    ----------
    x, y, w
        As in :func:`fit_likelihood`, the controls among the columns.
    owner, names
        (k,) player of each column of x, and the name of each player.

    Raises
    ------
    ValuesError
        With the names of a smallest set of players that separates: none of it could be spared.

    Notes
    -----
    Separation is a linear programme: is there a direction in which no row fits worse and some row better? Konis (2007),
    Linear programming algorithms for detecting separated data, Oxford. It is asked only where the fit has run off.
    """
    counted = w > 0
    w = w[counted]
    codes = codes_of(y[counted])
    standard = standardise(x[counted], w)
    logit = logit_rows(standard.columns, codes)
    maximum = _maximum_of_sample(logit, codes, w)
    log_odds_against = logit.signed @ maximum.params
    converged = log_odds_against.min(initial=0.0) > -SUSPECT
    if converged or not _separates(logit.signed):
        return
    owners = _with_common_columns(owner, logit.parameters)
    culprits = _smallest_separating(logit.signed, owners, len(names))
    columns = np.isin(owners, [EVERY_MODEL, *culprits])
    told = _all_told(logit.signed[:, columns])
    respondents = np.unique(logit.respondent[told])
    raise _separation_error([names[player] for player in culprits], len(respondents))


def codes_of(y: Ints) -> Ints:
    """Categories numbered without holes."""
    return np.asarray(np.unique(y, return_inverse=True)[1])


def _columns_in_use(x: Floats, w: Floats) -> Bools:
    """(k,) columns that the constant and the columns before them do not explain."""
    constant = np.ones(len(x))
    columns = np.column_stack([constant, x])
    gram = (columns.T * w) @ columns
    return independent(gram)[1:]


def standardise(x: Floats, w: Floats) -> Standard:
    """Columns (n, k) in standard deviations from their mean, by weights (n,)."""
    share = w / w.sum()
    center = share @ x
    centred = x - center
    variance = share @ centred**2
    varies = variance > TOLERANCE * (share @ x**2)
    scale = np.where(varies, np.sqrt(variance), np.inf)
    return Standard(centred / scale, center, scale)


def _maximum_of_sample(
    logit: LogitRows,
    codes: Ints,
    w: Floats,
) -> _Maximum:
    """The model of all columns for one sample of weights (n,), as exact as it gets."""
    design, weights = blocks(logit, codes, w[None], at_once=1)
    start = null_params(codes, w, logit.parameters)
    params, logliks = maximise(design, weights, start, close=EXACTLY)
    return _Maximum(design, weights, params, float(logliks[0]))


def _sandwich(
    maximum: _Maximum,
    logit: LogitRows,
    codes: Ints,
    w: Floats,
    groups: Ints | None,
) -> ByCluster:
    """What the answers, or clusters of them, say of the q parameters; without clusters ``g`` is that of the answers."""
    information = slopes(
        maximum.design,
        maximum.weights,
        maximum.params,
    ).information[:, :, 0]
    bread = np.asarray(np.linalg.inv(information), float)
    scores = scores_of_respondents(logit, maximum.params, codes) * w[:, None]
    n, q = scores.shape
    units = np.arange(n)
    freedom = n - q
    if groups is not None:
        units = codes_of(groups)
        scores = _sum_by(scores, groups)
        freedom = len(scores) - 1
    df = np.full(q, float(freedom))
    if len(scores) >= LEAVING_OUT:
        return ByCluster(_cluster_cov(bread, scores, n, q), df, len(scores))
    of_units = information_of_units(logit, maximum.params, codes, w, units)
    if groups is not None:
        return leave_clusters_out(information, [(of_units, scores)])
    return ByCluster(left_out_cov(bread, scores, of_units), df, n)


def _on_own_scale(
    standard: Standard,
    maximum: _Maximum,
    sure: ByCluster,
    used: Bools,
) -> LikelihoodFit:
    """The fit of standardised columns, told for the columns as they were."""
    cuts = maximum.weights.thresholds
    thresholds, standardised = np.split(maximum.params[:, 0], [cuts])
    own_coef = standardised / standard.scale
    own_cov = sure.cov[cuts:, cuts:] / np.outer(standard.scale, standard.scale)

    k = len(used)
    coef = np.full(k, np.nan)
    coef[used] = own_coef
    coef_cov = np.full((k, k), np.nan)
    coef_cov[np.ix_(used, used)] = own_cov
    df = np.full(k, np.nan)
    df[used] = sure.df[cuts:]
    return LikelihoodFit(
        coef=coef,
        thresholds=thresholds + standard.center @ own_coef,
        cov=coef_cov,
        loglik=maximum.loglik,
        df=df,
        used=used,
    )


def samples(
    x: Floats,
    y: Ints,
    draws: Floats,
) -> Iterator[Sample]:
    """Draws with the same categories together.

    Draws with fewer than two categories are left out: their log-likelihood is 0.
    """
    distinct, weights = _distinct_rows(np.column_stack([y, x]), draws)
    outcome = distinct[:, 0].astype(np.int64)
    columns = distinct[:, 1:]
    present = category_weights(outcome, weights, outcome.max() + 1) > 0
    patterns, pattern_of_draw = np.unique(present, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        if pattern.sum() < 2:
            continue
        members = np.flatnonzero(pattern_of_draw == number)
        answered = np.flatnonzero(pattern[outcome])
        yield Sample(
            members,
            columns[answered],
            outcome[answered],
            weights[np.ix_(members, answered)],
        )


def _distinct_rows(table: Floats, draws: Floats) -> tuple[Floats, Floats]:
    """The distinct rows of a table (n, columns), and the sums of their weights: (B, rows)."""
    distinct, number = np.unique(table, axis=0, return_inverse=True)
    order = np.argsort(number, kind="stable")
    firsts = np.searchsorted(number[order], np.arange(len(distinct)))
    sums = np.add.reduceat(draws[:, order], firsts, axis=1)
    return distinct, sums


def _with_common_columns(owner: Ints, count: int) -> Ints:
    """Owners (count,) of all columns: those in front that nobody owns are in every model."""
    common = np.full(count - len(owner), EVERY_MODEL)
    return np.concatenate([common, owner])


def _count_models(owners: Ints) -> int:
    players = int(owners.max(initial=EVERY_MODEL)) + 1
    return 1 << players


def _columns_of_models(owners: Ints) -> Bools:
    """(q, 2**p) the columns that are in each model."""
    models = np.arange(_count_models(owners))
    owner = owners[:, None]
    player = np.maximum(owner, 0)
    takes_part = (models >> player) & 1 == 1
    return np.asarray((owner == EVERY_MODEL) | takes_part)


def _subset_logliks(
    sample: Sample,
    owners: Ints,
    threads: int,
) -> Floats:
    """(2**p, B) log-likelihoods, where every draw holds every category."""
    codes = codes_of(sample.y)
    mean_draw = sample.draws.mean(axis=0)
    standard = standardise(sample.x, mean_draw)
    logit = logit_rows(standard.columns, codes)
    in_cache = CACHED // len(logit.signed)
    at_once = int(np.clip(in_cache, FEWEST_AT_ONCE, MOST_AT_ONCE))
    all_draws = np.vstack([mean_draw, sample.draws])
    design, weights = blocks(logit, codes, all_draws, at_once)

    start = null_params(codes, mean_draw, logit.parameters)
    inside = _columns_of_models(_with_common_columns(owners, logit.parameters))
    mean_weights = weights.draws(slice(0, 1))
    with ThreadPoolExecutor(threads) as pool:
        params, logliks = _fit_models(
            partial(maximise, design, mean_weights),
            start,
            inside,
            at_once,
            pool,
        )
        if len(sample.draws) == 1:
            return logliks[:, None]
        chunks = _chunks(1, len(all_draws), at_once)
        some_draws = [weights.draws(chunk) for chunk in chunks]
        refit = partial(_refit, design, some_draws, params, inside)
        by_model = pool.map(refit, range(len(logliks)))
        return np.stack(list(by_model))


def _fit_models(
    climb: Callable[[Floats, Bools], tuple[Floats, Floats]],
    start: Floats,
    inside: Bools,
    at_once: int,
    pool: ThreadPoolExecutor,
) -> tuple[Floats, Floats]:
    """(q, 2**p) parameters and (2**p,) log-likelihoods of all models of one sample: one player more, then another."""
    params = np.empty(inside.shape)
    logliks = np.empty(inside.shape[1])

    def fit(models: slice, begin: Floats) -> None:
        params[:, models], logliks[models] = climb(begin, inside[:, models])

    def add_player(bit: int, models: slice) -> None:
        joined = slice(models.start + bit, models.stop + bit)
        fit(joined, params[:, models])

    fit(slice(0, 1), start)
    bit = 1
    while bit < len(logliks):
        without_player = _chunks(0, bit, at_once)
        list(pool.map(partial(add_player, bit), without_player))
        bit *= 2
    return params, logliks


def _refit(
    design: Design,
    some_draws: list[Weights],
    params: Floats,
    inside: Bools,
    model: int,
) -> Floats:
    """(B,) log-likelihoods of one model in all draws, from its parameters in the mean of them."""
    columns = np.flatnonzero(inside[:, model])
    submodel = design.columns(columns)
    start = params[columns, model, None]
    logliks = [maximise(submodel, weights, start)[1] for weights in some_draws]
    return np.concatenate(logliks)


def _chunks(
    start: int,
    stop: int,
    size: int,
) -> list[slice]:
    return [slice(first, min(first + size, stop)) for first in range(start, stop, size)]


def _relative_weights(sample: Sample) -> Floats:
    """(k, B) relative weights, where every draw holds every category."""
    codes = codes_of(sample.y)
    mean_draw = sample.draws.mean(axis=0)
    z = standardise(sample.x, mean_draw).columns
    logit = logit_rows(z, codes)
    design, weights = blocks(logit, codes, sample.draws, MOST_AT_ONCE)
    start = null_params(codes, mean_draw, logit.parameters)
    params, _ = maximise(design, weights, start)
    thresholds, coef = np.split(params, [weights.thresholds])

    share = sample.draws.T / sample.draws.sum(axis=1)
    loadings, deviations = _nearest_orthogonal(z, share)
    scaled_coef = coef.T * deviations
    standardised = loadings @ scaled_coef[:, :, None]
    squared = standardised**2
    carried_back = (loadings**2 @ squared)[:, :, 0].T

    categories = np.unique(sample.y).astype(float)
    expected = _expected_category(z @ coef, thresholds, categories)
    observed = categories[codes][:, None]
    whole = squared[:, :, 0].sum(axis=1)
    return np.asarray(carried_back * _scale_to_fit(expected, observed, share, whole))


def _nearest_orthogonal(z: Floats, share: Floats) -> tuple[Floats, Floats]:
    """(B, k, k) correlations of the columns with the nearest orthogonal ones, and (B, k) standard deviations."""
    means = (z.T @ share).T
    mean_products = np.einsum("ni,nj,nb->bij", z, z, share, optimize=True)
    cov = mean_products - means[:, :, None] * means[:, None]
    variances = np.einsum("bii->bi", cov)
    deviations = np.sqrt(np.maximum(variances, 0))
    varies = deviations > np.sqrt(TOLERANCE)
    inverse = np.divide(
        1,
        deviations,
        out=np.zeros_like(deviations),
        where=varies,
    )
    correlations = cov * inverse[:, :, None] * inverse[:, None]
    values, vectors = np.linalg.eigh(correlations)
    roots = np.sqrt(np.maximum(values, 0))
    stretched = vectors * roots[:, None]
    return stretched @ vectors.transpose(0, 2, 1), deviations


def _expected_category(
    linear: Floats,
    thresholds: Floats,
    categories: Floats,
) -> Floats:
    """(n, B) mean of the categories by their chances, less the lowest category."""
    chance_above = [expit(linear - threshold) for threshold in thresholds]
    steps = np.diff(categories)
    return np.tensordot(steps, chance_above, 1)


def _scale_to_fit(
    expected: Floats,
    observed: Floats,
    share: Floats,
    whole: Floats,
) -> Floats:
    """(B,) what makes weights that sum to ``whole`` sum to the squared correlation of expected and observed."""
    expected = expected - (expected * share).sum(axis=0)
    observed = observed - (observed * share).sum(axis=0)
    covariance = (share * (expected * observed)).sum(axis=0)
    expected_variance = (share * expected**2).sum(axis=0)
    observed_variance = (share * observed**2).sum(axis=0)
    unscaled = expected_variance * observed_variance * whole
    scale = np.divide(
        covariance**2,
        unscaled,
        out=np.zeros_like(whole),
        where=unscaled > 0,
    )
    return np.asarray(scale)


def _smallest_separating(
    rows: Floats,
    owners: Ints,
    players: int,
) -> list[int]:
    """Players that separate together, none of whom can be spared."""
    culprits = list(range(players))
    for player in reversed(range(players)):
        others = [culprit for culprit in culprits if culprit != player]
        columns = np.isin(owners, [EVERY_MODEL, *others])
        if _separates(rows[:, columns]):
            culprits = others
    return culprits


def _separates(rows: Floats) -> bool:
    """Whether some direction makes no row fit worse and some row better."""
    return bool(_told(rows, rows).any())


def _all_told(rows: Floats) -> Bools:
    """(rows,) which fit better in some direction that makes none fit worse."""
    told = np.zeros(len(rows), bool)
    more = _told(rows, rows)
    while (more & ~told).any():
        told |= more
        more = _told(rows, rows[~told])
    return told


def _told(rows: Floats, wanted: Floats) -> Bools:
    """(rows,) which fit better in the direction that makes none fit worse, and those wanted most better."""
    best = linprog(
        wanted.sum(axis=0),
        A_ub=rows,
        b_ub=np.zeros(len(rows)),
        bounds=(-1, 1),
        method="highs",
    )
    log_odds_against = rows @ best.x
    return np.asarray(log_odds_against < -1e-5)  # the programme keeps its bounds to 1e-7


def _separation_error(culprits: list[str], told: int) -> ValuesError:
    named = listing([repr(name) for name in culprits])
    respondents = f"{told:,} respondents" if told >= FEWEST_TOLD else f"fewer than {FEWEST_TOLD} respondents"
    alone = len(culprits) == 1
    they_tell = "it tells" if alone else "together they tell"
    coefficients_have = "its coefficient has" if alone else "their coefficients have"
    one_of_them = "it" if alone else "one of them"
    return ValuesError(
        f"the outcome is separated by {named}: {they_tell} the answer of {respondents} "
        f"without error, so {coefficients_have} no limit. "
        f"Leave {one_of_them} out, join it with another touchpoint, "
        "or declare the outcome 'interval', which is fitted by least squares."
    )
