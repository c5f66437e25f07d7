"""The tables of the drivers: importance, fit, measures.

Figures of the record become rows here; nothing is estimated and no sentence is made.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.drivers.ask import Asked
from cxlens.stages.drivers.fit import size_of
from cxlens.stages.drivers.record import Fit
from cxlens.stats.adjusted import Size, r2_adjusted
from cxlens.stats.bootstrap import bootstrap_error, percentile_interval
from cxlens.stats.games import Game, players
from cxlens.stats.importance import (
    MOST_PLAYERS,
    betasq,
    gains_by_size,
    gains_of_values,
    pratt,
    relative_weights,
)
from cxlens.stats.importance_interval import importance_interval, widening
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.intervals import t_quantile
from cxlens.stats.regression import Fit as Regression
from cxlens.stats.regression import coefficients
from cxlens.study.asked import asked

Floats = NDArray[np.float64]


def drivers_table(record: Fit) -> pd.DataFrame:
    """One row a player and segment, the most important of a segment first."""
    n = record.n_shown
    mean = user_means(record)
    coef, importances = (
        record.estimates.figures.coef,
        record.estimates.figures.importance,
    )
    parts = []
    for s, segment in enumerate(record.segments):
        rows = driver_rows(
            record.asked,
            record.estimates.fits[s],
            coef[0, s],
            importances[:, s],
            importance_ends(record, s),
            record.level,
        )
        rows.insert(0, "segment", segment)
        rows.insert(2, "n", n[s])
        rows.insert(3, "mean", asked(mean[s], record.survey.scale))
        before_share = rows.columns.tolist().index("share")
        rows.insert(before_share, "importance_adjusted", record.estimates.adjusted[s])
        parts.append(rows.sort_values("rank", kind="stable"))
    return without_segments(record, pd.concat(parts, ignore_index=True))


def importance_ends(record: Fit, s: int) -> tuple[Floats, Floats]:
    """(p,) and (p,) the ends of the intervals of the importances of one segment; NaN without resamples."""
    importances = record.estimates.figures.importance[:, s]
    if record.estimates.spread is None:
        return ends_of(record, s, importances)
    return ends_of(record, s, importances, record.estimates.spread[s])


def ends_of(
    record: Fit,
    s: int,
    importances: Floats,
    spread: Floats | None = None,
) -> tuple[Floats, Floats]:
    """The same of any importances (1 + d, p) of the same answers; ``spread`` (p,) is that of the resamples if None."""
    draws = importances[1:]
    return importance_interval(
        importances[0],
        draws,
        bootstrap_error(draws) if spread is None else spread,
        widening(size_of(record.asked, record.data, record.kept[s])),
        record.level,
    )


def _size(record: Fit, s: int) -> Size:
    """How much the figures of one segment rest on."""
    return size_of(record.asked, record.data, record.kept[s])


def driver_rows(
    asked: Asked,
    fit: Regression,
    coef: Floats,
    importances: Floats,
    ends: tuple[Floats, Floats],
    level: float,
) -> pd.DataFrame:
    """The rows of one segment in the order of the players.

    ``coef`` (p,) and ``importances`` (1 + d, p), estimate first, with the ``ends`` of their intervals, (p,) and (p,);
    ``fit`` has the columns of the players.
    """
    estimate = importances[0]
    draws = importances[1:]
    rows = pd.DataFrame({"touchpoint": asked.names})
    half = _half_widths(fit, asked.design.widths, level)
    rows["coef"] = coef
    rows["coef_low"] = coef - half
    rows["coef_high"] = coef + half
    rows["importance"] = estimate
    rows["importance_low"], rows["importance_high"] = ends
    rows["share"] = estimate / (estimate.sum() or np.nan)
    rows["rank"] = ranks(estimate[None])[0]
    drawn_ranks = np.where(np.isnan(draws), np.nan, ranks(draws))
    rows["rank_low"], rows["rank_high"] = _interval(drawn_ranks, level)
    rows["p_value"] = _joint_p_values(fit, asked.design.widths)
    rows["q_value"] = benjamini_hochberg(rows["p_value"])
    return rows


def _joint_p_values(fit: Regression, widths: tuple[int, ...]) -> list[float]:
    """Of each player, by the Wald test of all its columns."""
    edges = pairwise(np.cumsum([0, *widths]).tolist())
    columns = [slice(start, end) for start, end in edges]
    if fit.permuted is not None:
        p_values = []
        for p, player in zip(fit.permuted, columns, strict=True):
            is_used = fit.used[player].any()
            p_values.append(p if is_used else np.nan)
        return p_values
    return [fit.joint_p(player) for player in columns]


def user_means(record: Fit) -> Floats:
    """(c, p) mean score of those who used a touchpoint; NaN where hidden, and for what is no single touchpoint."""
    design = record.asked.design
    totals = record.data.sums.totals()
    starts = np.cumsum([design.k, *design.widths[:-1]])
    shape = (len(record.kept), len(design.players))
    means = np.full(shape, np.nan)
    players_at = zip(design.players, record.asked.single, strict=True)
    for j, (columns, single) in enumerate(players_at):
        if single < 0:
            continue
        touchpoint = columns[0].at[0]
        used = 0
        if touchpoint in design.flags:
            used = 1 + design.flags.index(touchpoint)
        for s, cell in enumerate(record.kept):
            weight = totals[0, used, cell]
            if weight > 0:
                means[s, j] = totals[0, starts[j], cell] / weight
    return np.where(record.enough, means, np.nan)


def coef_ends(record: Fit) -> tuple[Floats, Floats]:
    """(c, p) the ends of the intervals of the coefficients."""
    widths = record.asked.design.widths
    half_widths = []
    for fit in record.estimates.fits:
        half_widths.append(_half_widths(fit, widths, record.level))
    half = np.array(half_widths)
    coef = record.estimate.coef[0]
    return coef - half, coef + half


def _half_widths(fit: Regression, widths: tuple[int, ...], level: float) -> Floats:
    """(p,) half the length of the interval of each coefficient; NaN for players of several columns."""
    half = t_quantile(level, fit.df) * fit.errors
    of_players: Floats = players(half[:, None], widths)[0]
    return of_players


def fit_table(record: Fit) -> pd.DataFrame:
    """One row a segment: ``n``, ``r2``, ``r2_controls``, ``r2_adjusted``, ``test``, ``clusters``, ``df``."""
    figures = record.estimates.figures
    table = pd.DataFrame({"segment": record.segments})
    table["n"] = record.segment_n
    table["r2"] = figures.r2[0]
    table["r2_controls"] = figures.r2_controls[0]
    table["r2_adjusted"] = [
        np.nan if record.asked.fitted else r2_adjusted(game, _size(record, s)) for s, game in enumerate(record.games)
    ]
    table["test"] = [fit.test for fit in record.estimates.fits]
    of_clusters = [fit.clusters if fit.test == "clusters" else None for fit in record.estimates.fits]
    table["clusters"] = pd.Series(of_clusters, dtype="Int64")
    table["df"] = [np.min(fit.df[fit.used], initial=np.inf) for fit in record.estimates.fits]
    return without_segments(record, table)


def measures_table(record: Fit) -> pd.DataFrame:
    """Every measure of importance side by side, from the estimates alone."""
    signs = np.sign(record.estimates.figures.coef[0])
    parts = []
    games = zip(record.segments, record.games, strict=True)
    for s, (segment, game) in enumerate(games):
        rows = _measures(record.asked, game)
        rows.insert(0, "segment", segment)
        rows["sampling_error"] = record.estimates.errors[s]
        parts.append(pd.concat([rows, _directions(game, signs[s])], axis=1))
    return without_segments(record, pd.concat(parts, ignore_index=True))


def _measures(asked: Asked, game: Game) -> pd.DataFrame:
    """The measures of importance of one segment."""
    widths = np.array(game.widths)
    starts = np.cumsum([0, *game.widths[:-1]])
    cov = game.cov[:, :, :1]
    total = game.total[:1]
    gains = _gains(asked, game)
    rows = pd.DataFrame({"touchpoint": asked.names})
    rows["lmg"] = gains.mean(axis=1)
    rows["first"] = gains[:, 0]
    rows["last"] = gains[:, -1]
    if not asked.fitted:
        beta = coefficients(cov)
        squared = betasq(cov, beta, total)[starts, 0]
        rows["betasq"] = np.where(widths == 1, squared, np.nan)
        rows["pratt"] = np.add.reduceat(pratt(cov, beta, total), starts)
        rows["relative_weights"] = relative_weights(cov, total, game.widths)
    return rows


def directions_table(record: Fit) -> pd.DataFrame:
    """Whether the outcome is better with a player: ``segment``, ``touchpoint``, ``correlation``, ``direction``.

    The last columns of the measures, without a look at any submodel.
    """
    signs = np.sign(record.estimates.figures.coef[0])
    parts = []
    for s, (segment, game) in enumerate(zip(record.segments, record.games, strict=True)):
        rows = _directions(game, signs[s])
        rows.insert(0, "segment", segment)
        rows.insert(1, "touchpoint", record.touchpoints)
        parts.append(rows)
    return without_segments(record, pd.concat(parts, ignore_index=True))


def _directions(game: Game, signs: Floats) -> pd.DataFrame:
    """Correlation and direction of the players of one segment; ``signs`` (p,) are those of the coefficients."""
    widths = np.array(game.widths)
    starts = np.cumsum([0, *game.widths[:-1]])
    correlation = _correlation(game.cov[:, :, :1])[starts]
    told = np.abs(signs) > 0
    suppressed = signs * np.sign(correlation) < 0
    rows = pd.DataFrame({"correlation": np.where(widths == 1, correlation, np.nan)})
    conditions = [~told, suppressed, signs > 0]
    directions = ["", "suppressed", "up"]
    rows["direction"] = np.select(conditions, directions, "down")
    return rows


def _gains(asked: Asked, game: Game) -> Floats:
    """(p, p, 1) mean R2 that a player adds to so many others; NaN where submodels are too many or not fitted."""
    p = len(game.widths)
    if game.values is not None:
        return gains_of_values(game.values[:, :1])
    if asked.fitted or p > MOST_PLAYERS:
        return np.full((p, p, 1), np.nan)
    return gains_by_size(game.cov[:, :, :1], game.total[:1], game.widths)


def _correlation(cov: Floats) -> Floats:
    """(k,) correlation of each column with the outcome, controls held."""
    variances = np.einsum("iib->i", cov)
    scale = np.sqrt(variances[:-1] * variances[-1])
    return np.asarray(
        np.divide(
            cov[:-1, -1, 0],
            scale,
            out=np.zeros(len(scale)),
            where=scale > 0,
        )
    )


def ranks(importance: Floats) -> NDArray[np.int64]:
    """Rank 1 for the largest, along the last axis; NaN come last."""
    nan_last = np.nan_to_num(importance, nan=-1.0)
    order = np.argsort(-nan_last, axis=-1, kind="stable")
    return np.argsort(order, axis=-1, kind="stable") + 1


def _interval(draws: Floats, level: float) -> tuple[Any, Any]:
    if len(draws):
        return percentile_interval(draws, level)
    return (np.nan, np.nan)


def without_segments(record: Fit, table: pd.DataFrame) -> pd.DataFrame:
    """The table, without the column of segments where nothing was asked by segment."""
    return table if record.by else table.drop(columns="segment")
