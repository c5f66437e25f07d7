"""The tables of the drivers: importance, fit, measures, contrasts, and what has no figure.

Estimates become rows here; nothing is estimated and no sentence is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import count, plural
from cxlens.errors import listing
from cxlens.stages.drivers.ask import Asked
from cxlens.stages.drivers.fit import Data, Estimates, Figures, Game, importance, players
from cxlens.stats.bootstrap import bootstrap_error, percentile_interval
from cxlens.stats.importance import MOST_PLAYERS, betasq, gains_by_size, gains_of_values, pratt, relative_weights
from cxlens.stats.inference import benjamini_hochberg, wald_joint, wald_p
from cxlens.stats.intervals import t_quantile
from cxlens.stats.regression import coefficients, independent, sweep_out
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]
SMALLEST = 5  # answers below which a segment, or the mean of a touchpoint, is not shown
MOST_COMPARED = 15  # players up to which segments are compared in importance, too
TOO_FEW = "needed"  # ends the reason of a segment with too few answers


def usable(survey: Survey, asked: Asked, data: Data) -> tuple[list[int], pd.DataFrame]:
    """Segments that can be analysed, and what has no figure, with the reason."""
    kept, reasons, sums, k = [], [], data.sums, asked.design.k
    totals, rest = sums.totals(), sweep_out(sums.totals(), k)
    n, columns = sums.rows.sum(axis=1), column_names(survey, asked)
    for cell, name in enumerate(sums.cells):
        alive = independent(totals[:-1, :-1, cell])
        needed = max(int(alive.sum()) + 2, SMALLEST)
        own = sums.rows[cell].nonzero()[0] if data.part is None else data.part.units[data.part.segments == name]
        if n[cell] < needed:
            answers = f"fewer than {SMALLEST} answers" if n[cell] < SMALLEST else plural(n[cell], "answer")
            reasons.append((name, "all", f"{answers}, {needed} {TOO_FEW}"))
        elif len(np.unique(own)) < 2:
            reasons.append((name, "all", f"all answers have the same {asked.design.unit!r}"))
        elif rest[-1, -1, cell] <= 1e-10 * max(totals[-1, -1, cell], 1.0):
            reasons.append((name, "all", "everyone gave the same outcome"))
        else:
            kept.append(cell)
            for j in np.flatnonzero(~alive[k:]).tolist():
                left = rest[j, j, cell] > 1e-10 * totals[k + j, k + j, cell]
                reasons.append((name, columns[j], _why_none(asked, data, cell, j, left)))
    return kept, pd.DataFrame(reasons, columns=["segment", "touchpoint", "reason"])


def column_names(survey: Survey, asked: Asked) -> list[str]:
    """A name for each column of the players: that of the touchpoint where it is one, else of the player."""
    names = []
    for player, columns in zip(asked.names, asked.design.players, strict=True):
        for column in columns:
            own = survey.touchpoints[column.at[0]] if column.kind == "score" and len(columns) > 1 else player
            names.append(f"{own} = {column.given[1]}" if column.kind == "level" else own)
    return names


def _why_none(asked: Asked, data: Data, cell: int, j: int, left: bool) -> str:
    """Why a column has no coefficient; ``left`` says whether usage and covariates leave any of its variance."""
    column = [column for columns in asked.design.players for column in columns][j]
    if column.kind == "score":
        place = asked.design.scored.index(column.at[0])
        if not data.sums.scored[cell, :, place].any():
            return "nobody scored it"
        if (data.sums.counts[cell, :, place].sum(axis=0) > 0).sum() == 1:
            return "all who used it gave the same score"
    return f"its {'values' if column.kind == 'level' else 'scores'} follow from " + (
        "those of other touchpoints" if left else "usage and covariates"
    )


def nothing_left(survey: Survey, asked: Asked, data: Data, unusable: pd.DataFrame) -> str:
    """Why no segment can be analysed, and what to do."""
    used, by = data.sums.rows.sum(), asked.by
    left = listing(f"{count(n)} with {reason}" for reason, n in data.dropped.items() if n)
    left = f" (left out: {left})" if left else ""
    where = f" in any segment of {by!r}" if by else ""
    if unusable["reason"].str.endswith(TOO_FEW).all():
        return (
            f"too few complete answers{where}: {count(used)} of {count(survey.n)} can be used{left}. "
            "Name fewer touchpoints, or touchpoints that more people rated."
        )
    why = [f"{segment}: {reason}" if by else reason for segment, _, reason in unusable.itertuples(index=False)]
    return (
        f"outcome {asked.outcome!r} cannot be explained{where}: {'; '.join(why)}. "
        f"{count(used)} of {count(survey.n)} answers can be used{left}. "
        "Choose another outcome, grouping or cluster, or keep more answers."
    )


def drivers_table(asked: Asked, data: Data, kept: list[int], made: Estimates, level: float) -> pd.DataFrame:
    """One row a player and segment, the most important of a segment first."""
    parts, figures, k = [], made.figures, asked.design.k
    edges = list(pairwise(np.cumsum([0, *asked.design.widths]).tolist()))
    for s, (cell, fit) in enumerate(zip(kept, made.fits, strict=True)):
        own = pd.DataFrame({"segment": data.sums.cells[cell], "touchpoint": asked.names})
        own["n"], own["mean"] = _users(asked, data, cell, k)
        own["coef"] = figures.coef[0, s]
        half = t_quantile(level, fit.df) * players(np.sqrt(np.diag(fit.cov))[:, None], asked.design.widths)[0]
        own["coef_low"], own["coef_high"] = own["coef"] - half, own["coef"] + half
        own["importance"] = size = figures.importance[0, s]
        draws = figures.importance[1:, s]
        own["importance_low"], own["importance_high"] = _interval(draws, level)
        own["share"] = size / (size.sum() or np.nan)
        own["rank"] = ranks(size[None])[0]
        own["rank_low"], own["rank_high"] = _interval(np.where(np.isnan(draws), np.nan, ranks(draws)), level)
        own["p_value"] = [wald_joint(fit.coef[a:b], fit.cov[a:b, a:b], fit.df) for a, b in edges]
        own["q_value"] = benjamini_hochberg(own["p_value"])
        parts.append(own.sort_values("rank", kind="stable"))
    table = pd.concat(parts, ignore_index=True)
    return table if asked.by else table.drop(columns="segment")


def _users(asked: Asked, data: Data, cell: int, k: int) -> tuple[list[int], list[float]]:
    """For each player how many scored it, and their mean where it is one touchpoint that at least 5 scored.

    A group counts those of its member that most people scored, a product of the one that fewest did, a factor everyone.
    """
    design, sums, start = asked.design, data.sums, k
    scored, totals, n, means = sums.scored[cell].sum(axis=0), sums.totals()[:, :, cell], [], []
    for columns, single in zip(design.players, asked.single, strict=True):
        of = [int(scored[design.scored.index(place)]) for column in columns for place in column.at]
        n.append((min if columns[0].kind == "product" else max)(of) if of else int(sums.rows[cell].sum()))
        place = columns[0].at[:1]
        weight = totals[0, 1 + design.flags.index(place[0])] if place and place[0] in design.flags else totals[0, 0]
        means.append(totals[0, start] / weight if single >= 0 and n[-1] >= SMALLEST and weight > 0 else np.nan)
        start += len(columns)
    return n, means


def fit_table(asked: Asked, data: Data, kept: list[int], figures: Figures) -> pd.DataFrame:
    """One row a segment: ``n``, ``r2``, ``r2_controls``, ``p_first``."""
    leads = [p_top(figures.importance[1:, s], 1)[figures.importance[0, s].argmax()] for s in range(len(kept))]
    table = pd.DataFrame({"segment": [data.sums.cells[cell] for cell in kept]})
    table["n"] = [int(data.sums.rows[cell].sum()) for cell in kept]
    table["r2"], table["r2_controls"], table["p_first"] = figures.r2[0], figures.r2_controls[0], leads
    return table if asked.by else table.drop(columns="segment")


def contrasts_table(
    asked: Asked, data: Data, kept: list[int], made: Estimates, level: float, seed: int
) -> pd.DataFrame:
    """Each segment against all other respondents, tested on the bootstrap error of the difference.

    Importance is compared up to 15 players; above, it would take as long as the drivers themselves. NaN where all
    others are too few to be analysed.
    """
    rows: list[tuple[Any, ...]] = []
    needed, n = max(data.sums.products.shape[-1] + 1, SMALLEST), data.sums.rows.sum(axis=1)
    for s, (cell, other) in enumerate(zip(kept, made.others, strict=False)):
        theirs = {"coef": players(coefficients(other.cov), other.widths)}
        if len(asked.names) <= MOST_COMPARED:
            theirs["importance"] = importance(other, asked.method, seed)[0].T
        for what, values in theirs.items():
            change = getattr(made.figures, what)[:, s] - (values if n.sum() - n[cell] >= needed else np.nan)
            low, high = _interval(change[1:], level)
            cells = zip(
                asked.names,
                change[0],
                *np.broadcast_arrays(low, high, change[0])[:2],
                bootstrap_error(change[1:]),
                strict=True,
            )
            rows += [(data.sums.cells[cell], name, what, *figures) for name, *figures in cells]
    draws = len(made.figures.coef) - 1  # the error of so many resamples is itself uncertain: t, not normal
    columns = ["segment", "touchpoint", "what", "difference", "low", "high", "error"]
    table = pd.DataFrame(rows, columns=columns)
    table["p_value"] = wald_p(table["difference"], table.pop("error"), draws - 1)
    table["q_value"] = table.groupby("what")["p_value"].transform(lambda p: benjamini_hochberg(p))
    return table


def measures_table(
    asked: Asked, names: Sequence[str], games: Sequence[Game], coef: Floats, errors: Floats
) -> pd.DataFrame:
    """Every measure of importance side by side, from the estimates alone; ``coef`` and ``errors`` are (c, p)."""
    parts = []
    for segment, game, signs, error in zip(names, games, np.sign(coef), errors, strict=True):
        own, one = pd.DataFrame({"segment": segment, "touchpoint": asked.names}), np.array(game.widths) == 1
        starts = np.cumsum([0, *game.widths[:-1]])
        cov, total = game.cov[:, :, :1], game.total[:1]
        if game.values is not None:
            gains = gains_of_values(game.values[:, :1])
        elif asked.fitted or len(one) > MOST_PLAYERS:
            gains = np.full((len(one), len(one), 1), np.nan)
        else:
            gains = gains_by_size(cov, total, game.widths)
        own["lmg"], own["first"], own["last"] = gains.mean(axis=1), gains[:, 0], gains[:, -1]
        if not asked.fitted:
            beta = coefficients(cov)
            own["betasq"] = np.where(one, betasq(cov, beta, total)[starts, 0], np.nan)
            own["pratt"] = np.add.reduceat(pratt(cov, beta, total), starts)
            own["relative_weights"] = relative_weights(cov, total, game.widths)
        own["sampling_error"] = error
        variances = np.einsum("iib->i", cov)
        scale = np.sqrt(variances[:-1] * variances[-1])
        alone = np.divide(cov[:-1, -1, 0], scale, out=np.zeros(len(scale)), where=scale > 0)[starts]
        own["correlation"] = np.where(one, alone, np.nan)
        own["direction"] = np.select(
            [~(np.abs(signs) > 0), signs * np.sign(alone) < 0, signs > 0], ["", "suppressed", "up"], "down"
        )
        parts.append(own)
    table = pd.concat(parts, ignore_index=True)
    return table if asked.by else table.drop(columns="segment")


def p_top(draws: Floats, k: int) -> Floats:
    """(p,) share of the resamples (d, p) with each player among the first k; draws without figures do not count."""
    known = ~np.isnan(draws).any(axis=-1)
    return (ranks(draws[known]) <= k).mean(axis=0) if known.any() else np.full(draws.shape[-1], np.nan)


def ranks(importance: Floats) -> NDArray[np.int64]:
    """Rank 1 for the largest, along the last axis; NaN come last."""
    order = np.argsort(-np.nan_to_num(importance, nan=-1.0), axis=-1, kind="stable")
    return np.argsort(order, axis=-1, kind="stable") + 1


def _interval(draws: Floats, level: float) -> tuple[Any, Any]:
    return percentile_interval(draws, level) if len(draws) else (np.nan, np.nan)
