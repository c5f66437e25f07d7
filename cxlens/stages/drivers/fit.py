"""From a question to its figures: sums over rows, resamples of them, and what the players are worth in each.

Least squares lives on cross-products alone; binary and ordinal outcomes are fitted to rows. What the figures are called
and how they are shown belongs to :mod:`cxlens.stages.drivers.drivers`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from cxlens.engine.design import DesignRows, design_rows, row_units, takes_part
from cxlens.engine.labels import segment_of
from cxlens.engine.moments import batch_moments, features, moments
from cxlens.engine.tables import IN_MEMORY, InMemory, Rows
from cxlens.stages.drivers.ask import Asked, Method
from cxlens.stats.bootstrap import multiplicities, resample
from cxlens.stats.importance import gains_of_values, lmg, relative_weights, sampled_lmg
from cxlens.stats.impute import impute
from cxlens.stats.likelihood import (
    check_separation,
    fit_likelihood,
    null_loglik,
    relative_weights_likelihood,
    subset_logliks,
)
from cxlens.stats.moments import Moments
from cxlens.stats.regression import Fit, coefficients, fit_rows, fit_units, sweep_out
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
IMPUTATIONS = 20  # of the answers themselves, averaged; each resample has one of its own
ORDERS = 200  # pairs of orders of entry that method="sampling" tries
SLOW = 16  # players from which on a progress bar is shown


class Figures(NamedTuple):
    """What one resample, or the data themselves, say: arrays over d draws, c segments, p players, l levels.

    ``coef`` and ``importance`` (d, c, p), ``r2`` and ``r2_controls`` (d, c), ``shares`` (d, c, p, l): the share of
    all respondents at each score; ``outcome`` (d, c): its mean, as it is counted. Players of several columns have
    neither coefficient nor shares: NaN.
    """

    coef: Floats
    importance: Floats
    r2: Floats
    r2_controls: Floats
    shares: Floats
    outcome: Floats


class Game(NamedTuple):
    """What the players of one segment have to share; draw 0 is the estimate, the resamples follow.

    ``cov`` (k + 1, k + 1, d): cross-products of the players' columns and the outcome, controls swept out; ``total``
    (d,): what R2 refers to. For fitted outcomes ``values`` (2**p, d) has the McFadden R2 of every subset instead, where
    it was asked for.
    """

    cov: Floats
    total: Floats
    widths: tuple[int, ...]
    values: Floats | None = None


class Data(NamedTuple):
    """What was read: sums, rows left out by reason, the rows that take part where they are few enough, else None."""

    sums: Moments
    dropped: Counter[str]
    part: DesignRows | None


class Estimates(NamedTuple):
    """For the segments kept: fits of the players' columns, games, games of all others, figures, sampling errors."""

    fits: list[Fit]
    games: list[Game]
    others: list[Game]
    figures: Figures
    errors: Floats


def collect(survey: Survey, asked: Asked) -> Data:
    """One pass over the answers; the rows themselves are kept where they are few enough to be resampled one by one."""
    design, names = asked.design, tuple(survey.touchpoints[place] for place in asked.design.scored)
    if isinstance(survey.source, InMemory) and (survey.n <= IN_MEMORY or asked.fitted or asked.blanks == "impute"):
        rows = survey.rows()
        if asked.blanks == "impute":
            filled = _imputed(rows, asked, np.random.default_rng(0))
            told = rows.take(takes_part(filled, design)[0]).scores[:, design.scored]
            part = replace(design_rows(filled, design, asked.by), scores=told)
        else:
            part = design_rows(rows, design, asked.by)
        return Data(batch_moments(part, names), part.dropped, part)
    return Data(*moments(survey.source, design, names, asked.by), None)


def estimate(survey: Survey, asked: Asked, data: Data, kept: list[int], n_boot: int, seed: int) -> Estimates:
    """Fits, games and figures of the segments kept, estimate first, then ``n_boot`` resamples."""
    if asked.fitted:
        return _fitted(data, asked, kept, n_boot, seed)
    stacks, shares = _drawn(survey, asked, data, n_boot, seed)
    games = [_game(stacks[cell], asked) for cell in kept]
    whole = np.sum(stacks, axis=0) if asked.by and len(stacks) > 1 else None
    others = [] if whole is None else [_game(whole - stacks[cell], asked) for cell in kept]
    columns = [coefficients(game.cov) for game in games]
    fits = _fits(data, asked, kept, columns)
    found = [importance(game, asked.method, seed) for game in games]
    figures = Figures(
        np.stack([players(coef, asked.design.widths) for coef in columns], axis=1),
        np.stack([share.T for share, _ in found], axis=1),
        np.stack([r2_of(game, all_in=True) for game in games], axis=1),
        np.stack([r2_of(game, all_in=False) for game in games], axis=1),
        np.stack([_of_players(shares[cell], asked.single) for cell in kept], axis=1),
        np.stack([outcome_mean(stacks[cell]) for cell in kept], axis=1),
    )
    return Estimates(fits, games, others, figures, np.stack([error[:, 0] for _, error in found]))


def coefficient_draws(
    survey: Survey, asked: Asked, data: Data, kept: list[int], n_boot: int, seed: int
) -> tuple[list[Floats], list[Floats], list[Fit]]:
    """Least squares without any sharing out, for each segment kept.

    Cross-products (q, q, 1 + n_boot) and coefficients (k, 1 + n_boot) of the players' columns, estimate first; fits.
    """
    stacks = draw_products(survey, asked, data, n_boot, seed)
    columns = [coefficients(_game(stacks[cell], asked).cov) for cell in kept]
    return [stacks[cell] for cell in kept], columns, _fits(data, asked, kept, columns)


def importance(game: Game, method: Method, seed: int) -> tuple[Floats, Floats]:
    """(p, d) importance by the method named, and (p, d) the standard error of its sampling: 0 unless sampled."""
    if method == "relative weights":
        share = relative_weights(game.cov, game.total, game.widths)
        return share, np.zeros_like(share)
    if method == "sampling":
        return sampled_lmg(game.cov, game.total, game.widths, orders=ORDERS, seed=seed)
    size = len(game.total) if len(game.widths) < SLOW else 4
    parts = [slice(start, start + size) for start in range(0, len(game.total), size)]
    bar = tqdm(parts, desc="importance", leave=False, disable=len(parts) == 1)
    share = np.concatenate([lmg(game.cov[:, :, part], game.total[part], game.widths) for part in bar], axis=1)
    return np.maximum(share, 0.0) + 0.0, np.zeros_like(share)  # rounding may leave a zero just below, or negative


def r2_of(game: Game, *, all_in: bool) -> Floats:
    """(d,) R2 of the model with all players, or of the controls alone."""
    rest = sweep_out(game.cov, len(game.cov) - 1) if all_in else game.cov
    return np.asarray(np.maximum(1 - rest[-1, -1] / game.total, 0.0))  # rounding may leave a zero just below


def outcome_mean(stack: Floats) -> Floats:
    """(d,) mean of the outcome from cross-products (q, q, d); NaN where a resample has nobody."""
    return np.asarray(stack[0, -1] / np.where(stack[0, 0] > 0, stack[0, 0], np.nan))


def players(columns: Floats, widths: Sequence[int]) -> Floats:
    """(d, p) the coefficients (k, d) of players of one column; NaN for the others."""
    starts = np.cumsum([0, *widths[:-1]])
    return np.where(np.array(widths) == 1, columns[starts].T, np.nan)


def _game(stack: Floats, asked: Asked) -> Game:
    """Sweep the controls out of cross-products (q, q, d)."""
    total = sweep_out(stack, 1)[-1, -1]
    total = np.where(total > 0, total, np.nan)
    return Game(sweep_out(stack, asked.design.k), total, asked.design.widths)


def draw_products(survey: Survey, asked: Asked, data: Data, n_boot: int, seed: int) -> list[Floats]:
    """For each segment read, cross-products (q, q, 1 + n_boot) of the answers and of their resamples."""
    return _drawn(survey, asked, data, n_boot, seed)[0]


def _drawn(survey: Survey, asked: Asked, data: Data, n_boot: int, seed: int) -> tuple[list[Floats], list[Floats]]:
    if asked.blanks == "impute":
        return _imputed_stacks(survey, asked, data, n_boot, seed)
    return _stacks(data, n_boot, seed)


def _stacks(data: Data, n_boot: int, seed: int) -> tuple[list[Floats], list[Floats]]:
    """For each cell (q, q, 1 + n_boot) cross-products and (1 + n_boot, p, l) shares at each level.

    Resamples are of respondents or clusters in memory, of blocks otherwise.
    """
    sums, part = data.sums, data.part
    rng = np.random.default_rng(seed)
    q, p, levels = sums.products.shape[-1], len(sums.columns), sums.levels
    i, j = np.triu_indices(q)
    ids, units = (
        (np.arange(sums.products.shape[1]),) * 2 if part is None else np.unique(part.units, return_inverse=True)
    )
    counts = multiplicities(len(ids), n_boot, rng)
    stacks, shares = [], []
    for cell, name in enumerate(sums.cells):
        own = np.hstack([sums.products[cell][:, i, j], sums.counts[cell].reshape(len(sums.products[cell]), -1)])
        drawn = own.sum(axis=0, keepdims=True)
        if n_boot and part is not None:
            mine = part.segments == name
            drawn = np.vstack([drawn, resample(counts, units[mine], features(part.take(mine), levels))])
        elif n_boot:
            drawn = np.vstack([drawn, resample(counts, units, iter([(slice(None), own)]))])
        stack = np.empty((q, q, len(drawn)))
        stack[i, j] = stack[j, i] = drawn[:, : len(i)].T
        weight = np.where(drawn[:, :1] > 0, drawn[:, :1], np.nan)  # a small segment may be missing from a resample
        stacks.append(stack)
        shares.append(drawn[:, len(i) :].reshape(len(drawn), p, len(levels)) / weight[:, :, None])
    return stacks, shares


def _imputed_stacks(
    survey: Survey, asked: Asked, data: Data, n_boot: int, seed: int
) -> tuple[list[Floats], list[Floats]]:
    """The same with blanks imputed: draw 0 averages several imputations, each resample is imputed anew."""
    design, sums, rng, rows = asked.design, data.sums, np.random.default_rng(seed), survey.rows()
    told = replace(rows, scores=np.nan_to_num(rows.scores))  # nothing is blank, and use is not known before it is drawn
    mine = takes_part(told, design._replace(missing="indicator"))[0] & np.isin(segment_of(rows, asked.by), sums.cells)
    rows, levels = rows.take(mine), sums.levels
    ids, units = np.unique(row_units(rows, design), return_inverse=True)

    def totals(some: Rows) -> tuple[Floats, Floats]:
        part = design_rows(_imputed(some, asked, rng), design, asked.by)
        if len(levels):
            nearest = levels[np.searchsorted((levels[1:] + levels[:-1]) / 2, part.scores)]
            part = replace(part, scores=np.where(np.isnan(part.scores), np.nan, nearest))
        made = batch_moments(part, sums.columns).spread(sums.cells, levels)
        return made.totals(), made.level_shares()

    first = [totals(rows) for _ in range(IMPUTATIONS)]
    drawn = [tuple(np.mean(figure, axis=0) for figure in zip(*first, strict=True))]
    counts = multiplicities(len(ids), n_boot, rng)
    drawn += [
        totals(rows.take(np.repeat(np.arange(len(rows)), own[units])))
        for own in tqdm(counts, desc="imputing", leave=False, disable=not n_boot)
    ]
    stacks, shares = (np.stack(figure, axis=-1) for figure in zip(*drawn, strict=True))
    return list(np.moveaxis(stacks, 2, 0)), list(np.moveaxis(shares, -1, 1))


def _imputed(rows: Rows, asked: Asked, rng: np.random.Generator) -> Rows:
    """Blank scores of the touchpoints in question filled by one draw from what the other answers say.

    Rows without an outcome do not take part and keep their blanks.
    """
    places = list(dict.fromkeys([*asked.design.scored, *asked.design.controls]))
    scores, unused, outcome = rows.scores.copy(), rows.unused.copy(), rows.outcomes[:, asked.design.outcome]
    where = np.ix_(np.flatnonzero(~np.isnan(outcome) & (rows.weights > 0)), np.array(places))
    scores[where], unused[where] = impute(scores[where], unused[where], outcome[where[0].ravel()], rng)
    return replace(rows, scores=scores, unused=unused)


def _fits(data: Data, asked: Asked, kept: list[int], columns: list[Floats]) -> list[Fit]:
    """The players' columns of each segment, with errors by formula where one serves, else from the resamples."""
    if asked.blanks == "impute":
        rows = data.sums.rows.sum(axis=1)
        return [_fit_of_draws(coef, int(rows[cell])) for coef, cell in zip(columns, kept, strict=True)]
    return [_fit(data, cell, asked.design.k) for cell in kept]


def _fit(data: Data, cell: int, k: int) -> Fit:
    """Coefficients of the players' columns with robust errors: from rows where they are at hand, else from blocks."""
    if data.part is None:
        fit = fit_units(data.sums.products[cell], int(data.sums.rows[cell].sum()))
    else:
        own, groups = segment_rows(data, cell)
        fit = fit_rows(own.z[:, :-1], own.z[:, -1], own.weights, groups)
    return Fit(fit.coef[k:], fit.cov[k:, k:], fit.df, fit.used[k:])


def _fit_of_draws(columns: Floats, n: int) -> Fit:
    """The same from the estimate and its resamples (k, 1 + d), where no formula serves."""
    coef, draws = columns[:, 0], columns[:, 1:]
    draws = draws[:, ~np.isnan(draws[~np.isnan(coef)]).any(axis=0)]  # a few answers may be missing from a resample
    cov = np.full((len(coef),) * 2, np.nan) if draws.shape[1] < 2 else np.atleast_2d(np.cov(draws))
    return Fit(coef, cov, max(min(n, draws.shape[1]) - 1, 0), ~np.isnan(coef))


def segment_rows(data: Data, cell: int) -> tuple[DesignRows, NDArray[np.int64] | None]:
    """The rows of one segment, and the number of each row's cluster where clusters have several rows."""
    part = _rows_of(data)
    own = part.take(part.segments == data.sums.cells[cell])
    _, units = np.unique(own.units, return_inverse=True)
    return own, units if units.max() + 1 < len(units) else None


def _rows_of(data: Data) -> DesignRows:
    """The rows that take part, where they are at hand."""
    if data.part is None:
        raise ValueError("the rows are on disk")
    return data.part


def _fitted(data: Data, asked: Asked, kept: list[int], n_boot: int, seed: int) -> Estimates:
    """Fits, games and figures of a binary or ordinal outcome, from the rows."""
    part, k, widths = _rows_of(data), asked.design.k, asked.design.widths
    owner, names = np.repeat(np.arange(len(widths)), widths), [*asked.names, "usage and covariates"]
    ids, units = np.unique(part.units, return_inverse=True)
    counts = multiplicities(len(ids), n_boot, np.random.default_rng(seed))
    fits, games, found = [], [], []
    for cell in kept:
        own, groups = segment_rows(data, cell)
        mine = part.segments == data.sums.cells[cell]
        x, y = own.z[:, 1:-1], np.unique(own.z[:, -1], return_inverse=True)[1]
        w = np.vstack([np.ones(len(y)), counts[:, units[mine]]]) * own.weights
        where = f" in {data.sums.cells[cell]}" if asked.by else ""
        owners = np.concatenate([np.full(k - 1, len(widths)), owner])
        check_separation(x, y, own.weights, owners, [name + where for name in names])
        fit = fit_likelihood(x, y, own.weights, groups)
        fits.append(Fit(fit.coef[k - 1 :], fit.cov[k - 1 :, k - 1 :], fit.df, fit.used[k - 1 :]))
        stack = data.sums.totals()[:, :, [cell]]
        null = null_loglik(y, w, y.max() + 1)
        null = np.where(null < 0, null, np.nan)  # a resample may hold one answer only
        if asked.method == "lmg":
            values = 1 - subset_logliks(x[:, k - 1 :], y, w, owner, x[:, : k - 1]) / null
            found.append((gains_of_values(values).mean(axis=1), values[-1], values[0]))
        else:
            raw, values = np.where(null < 0, relative_weights_likelihood(x, y, w), np.nan), None
            share = np.add.reduceat(raw[k - 1 :], np.cumsum([0, *widths[:-1]]), axis=0)
            found.append((share, raw.sum(axis=0), raw[: k - 1].sum(axis=0)))
        games.append(Game(sweep_out(stack, k), sweep_out(stack, 1)[-1, -1], widths, values))
    stacks, shares = _stacks(data, n_boot, seed)
    importances, r2, r2_controls = (np.stack(figure, axis=-1) for figure in zip(*found, strict=True))
    coef = np.full(importances.shape, np.nan)
    coef[:, 0] = np.stack([players(fit.coef[:, None], widths)[0] for fit in fits], axis=-1)
    figures = Figures(
        np.moveaxis(coef, 0, -1),
        np.moveaxis(importances, 0, -1),
        r2,
        r2_controls,
        np.stack([_of_players(shares[cell], asked.single) for cell in kept], axis=1),
        np.stack([outcome_mean(stacks[cell]) for cell in kept], axis=1),
    )
    return Estimates(fits, games, [], figures, np.zeros(figures.importance.shape[1:]))


def _of_players(shares: Floats, single: Sequence[int]) -> Floats:
    """(d, p, l) shares of the players that are one touchpoint; NaN for the others."""
    out = shares[:, list(single)]
    out[:, np.array(single) < 0] = np.nan
    return out
