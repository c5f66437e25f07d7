"""Logit and proportional-odds regression of every subset of players, and relative weights for them.

An outcome has m ordered categories, coded 0, ..., m - 1; two categories make the binary logit. The model is
P(y <= c) = F(threshold_c - x b) with F the logistic function, so a positive coefficient means a higher outcome, as in
R's ``glm`` and ``MASS::polr``. Least squares lives in :mod:`cxlens.stats.regression`; Shapley values of the
log-likelihoods, names of columns and intervals do not belong here.

One path serves both kinds, because F(a) - F(b) = F(a) F(-b) (1 - exp(b - a)): a respondent of category c is one logit
row below threshold c and one above threshold c - 1, and what remains hangs on the thresholds alone. So the fit is a
logit on at most two rows per respondent plus a term for each gap between thresholds. These rows hold the thresholds
in their first columns and are signed so that ``rows @ params`` is the log odds *against* what was observed.

Source: McCullagh (1980), Regression models for ordinal data, JRSS B 42.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.special import expit, xlogy

from cxlens.errors import ValuesError, listing
from cxlens.stats.regression import TOLERANCE, _cluster_cov, _sum_by, independent

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MOST_STEPS = 100  # a separated draw gains less with each; about 20 bring it within CLOSE of its limit
CLOSE = 1e-9  # gain still to be had, as a share of the null log-likelihood, at which a fit takes its last step
SUSPECT = 8.0  # log odds of an observed answer from which separation is looked for: a chance of 0.9997
PRODUCT = 2**18  # multiplications in one matrix product: below this BLAS starts no threads, which ours would fight


class LikelihoodFit(NamedTuple):
    """A logit or proportional-odds fit.

    Coefficients (k,), NaN for a column that those before it explain; thresholds (m - 1,), minus the constant of a
    binary logit; robust covariance of the coefficients (k, k); log-likelihood; degrees of freedom; columns in use (k,).
    """

    coef: Floats
    thresholds: Floats
    cov: Floats
    loglik: float
    df: int
    used: NDArray[np.bool_]


class _Design(NamedTuple):
    """(blocks, rows, q) rows, their (blocks, rows, q (q + 1) / 2) products, and (q, q) where each product stands."""

    rows: Floats
    products: Floats
    place: Ints

    def columns(self, keep: Ints) -> _Design:
        needed, place = np.unique(self.place[np.ix_(keep, keep)], return_inverse=True)
        return _Design(self.rows[..., keep], self.products[..., needed], place.reshape(len(keep), -1))


class _Weights(NamedTuple):
    """(blocks, rows, B) weights of the rows, (m - 2, B) weight of the inner categories, (B,) null log-likelihood."""

    rows: Floats
    inner: Floats
    null: Floats

    def draws(self, keep: slice | Ints) -> _Weights:
        return _Weights(self.rows[..., keep], self.inner[:, keep], self.null[keep])


def null_loglik(y: Ints, w: Floats, m: int) -> Floats:
    """Log-likelihood of the model of thresholds alone: () for weights (n,), (B,) for B draws of weights (B, n)."""
    counts = w @ np.eye(m)[y]
    everyone = np.maximum(counts.sum(axis=-1, keepdims=True), np.finfo(float).tiny)  # a draw may hold nobody
    return np.asarray(xlogy(counts, counts / everyone).sum(axis=-1))


def fit_likelihood(x: Floats, y: Ints, w: Floats, groups: Ints | None = None) -> LikelihoodFit:
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
    Errors are the sandwich of White (1982), Econometrica 50, times n / (n - parameters); with clusters its sums by
    cluster (CR1). A separated outcome passes unnoticed: see :func:`check_separation`.
    """
    x, codes, w, groups = x[w > 0], _codes(y[w > 0]), w[w > 0], None if groups is None else groups[w > 0]
    cut = int(codes.max(initial=0))
    if cut < 1:
        raise ValuesError(
            "the outcome is the same for all respondents, so nothing can drive it. "
            "Choose another outcome, or add respondents who differ in it."
        )
    gram = np.column_stack([np.ones(len(x)), x])
    used = independent((gram.T * w) @ gram)[1:]
    z, center, scale = _standard(x[:, used], w)
    row, rows = _rows(z, codes)
    design, weights = _blocks(row, rows, codes, w[None], 1)
    params, loglik = _maximise(design, weights, _start(codes, w, rows.shape[1]), close=1e-15)
    info = _derivatives(design, weights, params)[1][:, :, 0]
    scores = np.zeros((len(x), rows.shape[1]))
    np.add.at(scores, row, -rows * expit(rows @ params))
    inner = np.flatnonzero((codes > 0) & (codes < cut))
    pull = 1 / np.expm1(np.minimum(np.diff(params[:cut, 0]), 500))[codes[inner] - 1]
    scores[inner, codes[inner]] += pull
    scores[inner, codes[inner] - 1] -= pull
    scores *= w[:, None]
    sums = scores if groups is None else _sum_by(scores, groups)
    robust = _cluster_cov(np.asarray(np.linalg.inv(info), float), sums, len(x), rows.shape[1])
    coef, cov = np.full(len(used), np.nan), np.full((len(used), len(used)), np.nan)
    coef[used] = params[cut:, 0] / scale
    cov[np.ix_(used, used)] = robust[cut:, cut:] / np.outer(scale, scale)
    df = len(x) - rows.shape[1] if groups is None else len(sums) - 1
    return LikelihoodFit(coef, params[:cut, 0] + center @ coef[used], cov, float(loglik[0]), df, used)


def subset_logliks(x: Floats, y: Ints, w: Floats, owner: Ints, controls: Floats, *, threads: int = 2) -> Floats:
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
    draws, columns = np.atleast_2d(w), np.column_stack([controls, x])
    owners = np.concatenate([np.full(controls.shape[1], -1), owner])
    out = np.zeros((1 << int(owners.max(initial=-1)) + 1, len(draws)))
    for members, part, y_part, w_part in _cells(columns, y, draws):
        out[:, members] = _subsets(part, _codes(y_part), w_part, owners, threads)
    return out if w.ndim == 2 else out[:, 0]


def relative_weights_likelihood(x: Floats, y: Ints, w: Floats) -> Floats:
    """Relative weights of the columns: (k,), or (k, B) for B draws of weights (B, n).

    They sum to the squared correlation of the outcome with its expected category.

    Notes
    -----
    The columns are replaced by the nearest orthogonal ones, whose standardised logistic coefficients (Menard 2004) are
    carried back. Tonidandel and LeBreton (2010), Journal of Business and Psychology 25. Turning the columns does not
    change a logit, so one fit on the columns as they are serves.
    """
    draws = np.atleast_2d(w)
    out = np.zeros((x.shape[1], len(draws)))
    for members, part, y_part, w_part in _cells(x, y, draws):
        out[:, members] = _relative_weights(part, y_part, w_part)
    return out if w.ndim == 2 else out[:, 0]


def check_separation(x: Floats, y: Ints, w: Floats, owner: Ints, names: Sequence[str]) -> None:
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
    x, codes, w = x[w > 0], _codes(y[w > 0]), w[w > 0]
    row, rows = _rows(_standard(x, w)[0], codes)
    design, weights = _blocks(row, rows, codes, w[None], 1)
    params, _ = _maximise(design, weights, _start(codes, w, rows.shape[1]), close=1e-15)
    if (rows @ params).min(initial=0.0) > -SUSPECT or not _separates(rows):
        return
    owners = np.concatenate([np.full(rows.shape[1] - len(owner), -1), owner])
    culprits = list(range(len(names)))
    for player in culprits[::-1]:
        rest = [j for j in culprits if j != player]
        if _separates(rows[:, np.isin(owners, [-1, *rest])]):
            culprits = rest
    named, alone = listing([repr(names[j]) for j in culprits]), len(culprits) == 1
    raise ValuesError(
        f"the outcome is separated by {named}: {'it tells' if alone else 'together they tell'} the answer of some "
        f"respondents without error, so {'its coefficient has' if alone else 'their coefficients have'} no limit. "
        f"Leave {'it' if alone else 'one of them'} out, join it with another touchpoint, "
        "or declare the outcome 'interval', which is fitted by least squares."
    )


def _subsets(x: Floats, codes: Ints, draws: Floats, owners: Ints, threads: int) -> Floats:
    """(2**p, B) log-likelihoods, where every draw holds every category."""
    base = draws.mean(axis=0)
    row, rows = _rows(_standard(x, base)[0], codes)
    at_once = int(np.clip(2**18 // len(rows), 8, 64))  # submodels or draws, so that a table of their rows fits caches
    design, weights = _blocks(row, rows, codes, np.vstack([base, draws]), at_once)
    whole = weights.draws(slice(0, 1))
    models = np.arange(1 << int(owners.max(initial=-1)) + 1)
    holder = np.concatenate([np.full(rows.shape[1] - len(owners), -1), owners])[:, None]
    inside = (holder < 0) | (models >> np.maximum(holder, 0) & 1 > 0)
    params, logliks = np.empty(inside.shape), np.empty(len(models))

    def fit(some: Ints, start: Floats) -> None:
        params[:, some], logliks[some] = _maximise(design, whole, start, inside[:, some])

    def redraw(model: int) -> Floats:
        keep = np.flatnonzero(inside[:, model])
        own, start = design.columns(keep), params[keep, model, None]
        chunks = [weights.draws(slice(s, s + at_once)) for s in range(1, len(draws) + 1, at_once)]
        return np.concatenate([_maximise(own, chunk, start)[1] for chunk in chunks])

    fit(models[:1], _start(codes, base, len(holder)))
    with ThreadPoolExecutor(threads) as pool:
        for size in models[models & (models - 1) == 0][1:]:
            parts = [models[s : min(s + at_once, size)] for s in range(0, size, at_once)]
            list(pool.map(lambda part, size=size: fit(part + size, params[:, part]), parts))
        return logliks[:, None] if len(draws) == 1 else np.stack(list(pool.map(redraw, models)))


def _relative_weights(x: Floats, y: Ints, draws: Floats) -> Floats:
    """(k, B) relative weights, where every draw holds every category."""
    codes, values, base = _codes(y), np.unique(y).astype(float), draws.mean(axis=0)
    z, share = _standard(x, base)[0], draws.T / draws.sum(axis=1)
    row, rows = _rows(z, codes)
    params, _ = _maximise(*_blocks(row, rows, codes, draws, 64), _start(codes, base, rows.shape[1]))
    thresholds, coef = np.split(params, [len(values) - 1])
    above = [expit(z @ coef - threshold) for threshold in thresholds]
    expected, observed = np.tensordot(np.diff(values), above, 1), values[codes][:, None]
    expected, observed = (v - (v * share).sum(axis=0) for v in (expected, observed))
    together, one, two = ((share * v).sum(axis=0) for v in (expected * observed, expected**2, observed**2))
    mean, squares = z.T @ share, np.einsum("ni,nj,nb->bij", z, z, share, optimize=True)
    cov = squares - mean.T[:, :, None] * mean.T[:, None]
    spread = np.sqrt(np.maximum(np.einsum("bii->bi", cov), 0))
    inverse = np.divide(1, spread, out=np.zeros_like(spread), where=spread > np.sqrt(TOLERANCE))
    size, axes = np.linalg.eigh(cov * inverse[:, :, None] * inverse[:, None])
    root = (axes * np.sqrt(np.maximum(size, 0))[:, None]) @ axes.transpose(0, 2, 1)
    beta = (root @ (coef.T * spread)[:, :, None])[:, :, 0] ** 2
    whole = beta.sum(axis=1)
    scale = np.divide(together**2, one * two * whole, out=np.zeros_like(whole), where=one * two * whole > 0)
    return np.asarray((root**2 @ beta[:, :, None])[:, :, 0].T * scale)


def _cells(x: Floats, y: Ints, draws: Floats) -> Iterator[tuple[Ints, Floats, Ints, Floats]]:
    """Draws with the same categories together: which, and their distinct rows (columns, outcome, (B, rows) weights).

    Draws with fewer than two categories are left out: their log-likelihood is 0.
    """
    values, cell = np.unique(np.column_stack([y, x]), axis=0, return_inverse=True)
    order = np.argsort(cell, kind="stable")
    sums = np.add.reduceat(draws[:, order], np.searchsorted(cell[order], np.arange(len(values))), axis=1)
    outcome = values[:, 0].astype(np.int64)
    seen = sums @ np.eye(outcome.max() + 1)[outcome] > 0
    kinds, kind = np.unique(seen, axis=0, return_inverse=True)
    for number, present in enumerate(kinds):
        members, own = np.flatnonzero(kind == number), present[outcome]
        if present.sum() > 1:
            yield members, values[own, 1:], outcome[own], sums[np.ix_(members, np.flatnonzero(own))]


def _codes(y: Ints) -> Ints:
    """Categories numbered without holes."""
    return np.asarray(np.unique(y, return_inverse=True)[1])


def _standard(x: Floats, w: Floats) -> tuple[Floats, Floats, Floats]:
    """Columns of mean 0 and variance 1, constant ones 0; their means and scales."""
    share = w / w.sum()
    center = share @ x
    variance = share @ (x - center) ** 2
    scale = np.where(variance > TOLERANCE * (share @ x**2), np.sqrt(variance), np.inf)
    return (x - center) / scale, center, scale


def _rows(z: Floats, codes: Ints) -> tuple[Ints, Floats]:
    """Respondent and signed columns of each logit row: thresholds first."""
    below, above = np.flatnonzero(codes < codes.max()), np.flatnonzero(codes > 0)
    row, threshold = np.concatenate([below, above]), np.concatenate([codes[below], codes[above] - 1])
    sign = np.repeat([-1.0, 1.0], [len(below), len(above)])
    return row, sign[:, None] * np.column_stack([np.eye(codes.max())[threshold], -z[row]])


def _blocks(row: Ints, rows: Floats, codes: Ints, draws: Floats, at_once: int) -> tuple[_Design, _Weights]:
    """Rows and weights cut into blocks so small that BLAS starts no threads of its own."""
    q = rows.shape[1]
    i, j = np.triu_indices(q)
    place = np.empty((q, q), np.int64)
    place[i, j] = place[j, i] = np.arange(len(i))
    size = int(np.clip(PRODUCT // (at_once * len(i)), 1, len(rows)))

    def cut(table: Floats) -> Floats:
        padded = np.concatenate([table, np.zeros((-len(table) % size, table.shape[1]))])
        return padded.reshape(-1, size, table.shape[1])

    counts = draws @ np.eye(codes.max() + 1)[codes]
    null = null_loglik(codes, draws, int(codes.max()) + 1)
    return _Design(cut(rows), cut(rows[:, i] * rows[:, j]), place), _Weights(cut(draws[:, row].T), counts.T[1:-1], null)


def _start(codes: Ints, w: Floats, q: int) -> Floats:
    """(q, 1) parameters of the null model: a threshold is the log odds of a category up to it."""
    share = np.cumsum(np.bincount(codes, w))[:-1] / w.sum()
    return np.concatenate([np.log(share / (1 - share)), np.zeros(q - len(share))])[:, None]


def _maximise(
    design: _Design, weights: _Weights, start: Floats, inside: NDArray[np.bool_] | None = None, close: float = CLOSE
) -> tuple[Floats, Floats]:
    """(q, S) parameters and (S,) log-likelihoods of S submodels of one sample, or of one model in S draws.

    Newton's method; a step after which the likelihood is lower is halved. Where hardly a gain is left, its
    second-order value is added with the last step.
    """
    cuts, size = len(weights.inner) + 1, max(len(weights.null), start.shape[1])
    params, loglik, live = np.empty((len(start), size)), np.empty(size), np.arange(size)
    beta, step, before = start, np.zeros((len(start), 1)), np.full(1, -np.inf)
    for turn in range(MOST_STEPS):
        grad, info, odds = _derivatives(design, weights, beta)
        if inside is not None:
            grad, info = grad * inside, info * (inside[:, None] & inside)
        move, here = _solve(info, grad), _loglik(weights, odds, beta[:cuts])
        worse, left = here < before + 1e-12 * weights.null, -close * weights.null
        here, gain = np.where(worse, before, here), (grad * move).sum(axis=0) / 2
        done = ~worse & (gain <= left) | (turn == MOST_STEPS - 1)
        halved = step / 2
        beta, step = beta + np.where(worse, -halved, move), np.where(worse, halved, move)
        params[:, live[done]] = beta[:, done]
        loglik[live[done]] = (here + np.where(worse, 0, np.minimum(gain, left)))[done]
        if done.all():
            break
        before = here
        if done.any():
            live, beta, step, before = live[~done], beta[:, ~done], step[:, ~done], _pick(here, ~done)
            weights = _Weights(*(_pick(some, ~done) for some in weights))
            inside = None if inside is None else inside[:, ~done]
    return params, loglik


def _derivatives(design: _Design, weights: _Weights, beta: Floats) -> tuple[Floats, Floats, Floats]:
    """(q, S) slope and (q, q, S) information of the log-likelihood, (blocks, rows, S) odds against the observed."""
    odds = design.rows @ beta
    np.exp(np.minimum(odds, 500, out=odds), out=odds)  # in place: making room takes as long as adding
    whole = 1 + odds
    pull = weights.rows * (odds / whole)
    grad = -(design.rows.transpose(0, 2, 1) @ pull).sum(axis=0)
    pull /= whole
    info = (design.products.transpose(0, 2, 1) @ pull).sum(axis=0)[design.place]
    gap = np.maximum(np.diff(beta[: len(weights.inner) + 1], axis=0), 1e-100)
    push = 1 / np.expm1(np.minimum(gap, 500))
    bend = weights.inner * push * (1 + push)
    push = weights.inner * push
    for c in range(len(push)):
        grad[c] -= push[c]
        grad[c + 1] += push[c]
        info[[c, c + 1], [c, c + 1]] += bend[c]
        info[[c, c + 1], [c + 1, c]] -= bend[c]
    return grad, info, odds


def _loglik(weights: _Weights, odds: Floats, thresholds: Floats) -> Floats:
    """(S,) log-likelihoods, minus infinity where thresholds have crossed."""
    gap = np.diff(thresholds, axis=0)
    gaps = (weights.inner * np.log(-np.expm1(-np.maximum(gap, 1e-100)))).sum(axis=0)
    whole = gaps - np.einsum("brs,brs->s", weights.rows, np.log(1 + odds))
    return np.where((gap <= 0).any(axis=0), -np.inf, whole)


def _solve(info: Floats, grad: Floats) -> Floats:
    """(q, S) Newton steps. What the other columns explain is held by a ridge so small that it changes nothing else."""
    q = np.arange(len(grad))
    size = info[q, q]
    info[q, q] = np.where(size > 0, size * (1 + TOLERANCE), 1)
    return np.asarray(np.linalg.solve(info.transpose(2, 0, 1), grad.T[:, :, None])[:, :, 0].T)


def _pick(table: Floats, keep: NDArray[np.bool_]) -> Floats:
    """Some of the submodels or draws, where they differ at all."""
    return table if table.shape[-1] == 1 else table[..., keep]


def _separates(rows: Floats) -> bool:
    found = linprog(rows.sum(axis=0), A_ub=rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1), method="highs")
    return bool((rows @ found.x).min(initial=0.0) < -1e-5)  # the programme keeps its bounds to 1e-7
