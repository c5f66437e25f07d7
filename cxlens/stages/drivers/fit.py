"""From sums and resamples to figures: what can be analysed, fits, what players are worth, and R2, for each segment.

Least squares lives on cross-products alone; binary and ordinal outcomes are fitted to rows. What the figures are called
belongs to :mod:`cxlens.stages.drivers.tables`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.small_cells import SmallCells, reason, with_partners
from cxlens.common.values import count, few, left_out_in_words, plural
from cxlens.engine.answers import Data, kinds_of, segment_rows
from cxlens.engine.design import columns_and_categories
from cxlens.engine.resamples import Products, Resamples
from cxlens.engine.usage import weights_in_draws
from cxlens.stages.drivers.ask import Asked, column_names, owners_of
from cxlens.stats.adjusted import Size, effective, importances
from cxlens.stats.games import (
    Game,
    game_of,
    outcome_mean,
    players,
    r2_of,
)
from cxlens.stats.likelihood import LikelihoodFit, check_separation, fit_likelihood
from cxlens.stats.likelihood_draws import Params, params_in_draws
from cxlens.stats.likelihood_games import Sample, Shared, shared_gains, shared_relative_weights
from cxlens.stats.permutation import permutation_p
from cxlens.stats.regression import (
    TOLERANCE,
    Test,
    coefficients,
    fit_rows,
    fit_units,
    independent,
    sweep_out,
)
from cxlens.stats.regression import Fit as Regression
from cxlens.study.survey import Survey

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Reason = tuple[str, str, str]  # segment, touchpoint, why it has no figure
FEW_ROWS = 300  # answers from which on robust errors serve, however scores pile up
PERMUTED = 1  # the seed of the permutations
SMALLEST = 5  # answers below which a segment, or the mean of a touchpoint, is not shown
HIDDEN = reason(SMALLEST)
TOO_FEW = "needed"  # ends the reason of a segment with too few answers


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


class Estimates(NamedTuple):
    """For the segments kept: fits of the players' columns, games, figures, sampling errors.

    ``adjusted`` (c, p): importance of adjusted R2, less what chance adds; NaN for fitted outcomes.
    ``spread`` (c, p): that of what is linear in resamples of importance; None: that of the resamples themselves.
    ``params``: of fitted outcomes, those of the whole model, controls first, in the answers and in each resample.
    """

    fits: list[Regression]
    games: list[Game]
    figures: Figures
    errors: Floats
    adjusted: Floats
    spread: Floats | None = None
    params: tuple[Params, ...] = ()


def by_least_squares(asked: Asked, data: Data, kept: list[int], drawn: Products, seed: int) -> Estimates:
    """Fits, games and figures of the segments kept, estimate first, then the resamples."""
    design = asked.design
    games = [game_of(drawn.stacks[cell], design.k, design.widths) for cell in kept]
    columns = [coefficients(game.cov) for game in games]
    sizes = [size_of(asked, data, cell) for cell in kept]
    shared = importances(games, sizes, asked.method, seed)
    coef = [players(column, asked.design.widths) for column in columns]
    figures = Figures(
        coef=np.stack(coef, axis=1),
        importance=np.stack([one.shares.T for one in shared], axis=1),
        r2=np.stack([r2_of(game, all_in=True) for game in games], axis=1),
        r2_controls=np.stack([r2_of(game, all_in=False) for game in games], axis=1),
        shares=_shares_of_players(asked, kept, drawn),
        outcome=_outcome_means(kept, drawn),
    )
    tested = []
    for cell, fit in zip(kept, regressions(asked, data, kept, columns), strict=True):
        tested.append(_tested(asked, data, cell, fit))
    return Estimates(
        fits=tested,
        games=games,
        figures=figures,
        errors=np.stack([one.sampling_error for one in shared]),
        adjusted=np.stack([one.adjusted for one in shared]),
        spread=np.stack([one.spread for one in shared]),
    )


def size_of(asked: Asked, data: Data, cell: int) -> Size:
    """How much the figures of a segment rest on; on disk, where weights are not at hand, every answer counts as one."""
    totals = data.sums.totals()[:-1, :-1, cell]
    is_independent = independent(totals)
    controls = int(is_independent[: asked.design.k].sum())
    rank = int(is_independent[asked.design.k :].sum())
    if data.part is None:
        n = float(data.sums.rows[cell].sum())
        return Size(n, n, controls, rank)
    rows, clusters = segment_rows(data, cell)
    answers = effective(rows.weights)
    units = answers
    if clusters is not None:
        by_cluster: Floats = np.bincount(clusters, rows.weights).astype(np.float64)
        units = effective(by_cluster)
    return Size(answers, units, controls, rank)


def _shares_of_players(asked: Asked, kept: list[int], drawn: Products) -> Floats:
    """(1 + d, c, p, l) shares of the players that are one touchpoint; NaN for the others."""
    single = np.array(asked.single)
    shares = np.stack([drawn.shares[cell][:, single] for cell in kept], axis=1)
    shares[:, :, single < 0] = np.nan
    return shares


def _outcome_means(kept: list[int], drawn: Products) -> Floats:
    """(1 + d, c) mean of the outcome, as it is counted."""
    return np.stack([outcome_mean(drawn.stacks[cell]) for cell in kept], axis=1)


def regressions(asked: Asked, data: Data, kept: list[int], columns: list[Floats]) -> list[Regression]:
    """The players' columns of each segment, with errors by formula where one serves, else from the resamples."""
    if asked.fitted:
        return [_likelihood_regression(data, cell, asked.design.k) for cell in kept]
    if asked.blanks != "impute":
        return [_regression(data, cell, asked.design.k) for cell in kept]
    n = data.sums.rows.sum(axis=1)
    return [_regression_of_draws(coef, int(n[cell])) for coef, cell in zip(columns, kept, strict=True)]


def _regression(data: Data, cell: int, controls: int) -> Regression:
    """Coefficients of the players' columns with robust errors: from rows where they are at hand, else from blocks."""
    if data.part is None and data.sums.cells[cell] not in data.small:
        fit = fit_units(data.sums.products[cell], int(data.sums.rows[cell].sum()))
    else:
        rows, clusters = segment_rows(data, cell)
        fit = fit_rows(rows.z[:, :-1], rows.z[:, -1], rows.weights, clusters)
    return of_players(fit, controls)


def _tested(asked: Asked, data: Data, cell: int, fit: Regression) -> Regression:
    """The same with its players tested by permutation, where few answers pile up at an end of the scale.

    Clusters keep their own test: their answers may not change places, and theirs is cautious as it is.
    """
    if fit.test != "HC3":
        return fit
    rows, _ = segment_rows(data, cell)
    if len(rows.z) >= FEW_ROWS or not _piled_up(rows.scores):
        return fit
    x = rows.z[:, :-1]
    weighted = x * rows.weights[:, None]
    used = independent(x.T @ weighted)
    tested = _places_of_players(asked, used)
    known = [len(places) > 0 for places in tested]
    p_values = np.full(len(tested), np.nan)
    p_values[known] = permutation_p(
        x[:, used],
        rows.z[:, -1],
        rows.weights,
        [places for places in tested if len(places)],
        np.random.default_rng(PERMUTED),
    )
    return fit._replace(test="permutation", permuted=p_values)


def _places_of_players(asked: Asked, used: Flags) -> list[NDArray[np.intp]]:
    """For each player, where its columns are among those used; none of a player that follows from others."""
    place = np.cumsum(used) - 1
    of_controls = np.full(asked.design.k, -1)
    owners = np.concatenate([of_controls, owners_of(asked)])
    places = []
    for player in range(len(asked.names)):
        is_own = used & (owners == player)
        places.append(place[is_own])
    return places


def _piled_up(scores: Floats) -> bool:
    """Whether over half of the scores (n, p) are the highest, or the lowest, that their touchpoint was given."""
    given = scores[:, ~np.isnan(scores).all(axis=0)]
    n = (~np.isnan(given)).sum()
    highest = (given == np.nanmax(given, axis=0)).sum()
    lowest = (given == np.nanmin(given, axis=0)).sum()
    return bool(2 * max(highest, lowest) > n)


def _likelihood_regression(data: Data, cell: int, controls: int) -> Regression:
    """The same of a binary or ordinal outcome, fitted to the rows."""
    rows, clusters = segment_rows(data, cell)
    x, y = columns_and_categories(rows)
    fit = fit_likelihood(x, y, rows.weights, clusters)
    return of_players(fit, controls - 1)


def of_players(fit: Regression | LikelihoodFit, controls: int) -> Regression:
    """The same regression without the columns that are always in it."""
    test: Test = "likelihood" if fit.clusters is None else "clusters"
    if isinstance(fit, Regression):
        test = fit.test
    return Regression(
        coef=fit.coef[controls:],
        cov=fit.cov[controls:, controls:],
        df=fit.df[controls:],
        used=fit.used[controls:],
        clusters=fit.clusters,
        test=test,
    )


def _regression_of_draws(columns: Floats, n: int) -> Regression:
    """The same from the estimate and its resamples (k, 1 + d), where no formula serves."""
    coef = columns[:, 0]
    draws = columns[:, 1:]
    known = ~np.isnan(coef)
    complete = ~np.isnan(draws[known]).any(axis=0)  # a few answers may be missing from a resample
    draws = draws[:, complete]
    if draws.shape[1] < 2:
        cov = np.full((len(coef), len(coef)), np.nan)
    else:
        cov = np.atleast_2d(np.cov(draws))
    pieces = min(n, draws.shape[1])
    df = np.full(len(coef), float(max(pieces - 1, 0)))
    return Regression(coef, cov, df, known, test="resamples")


def by_likelihood(
    asked: Asked,
    data: Data,
    kept: list[int],
    drawn: Products,
    resamples: Resamples,
) -> Estimates:
    """Fits, games and figures of a binary or ordinal outcome, from the rows, estimate first, then the resamples."""
    controls = asked.design.k - 1
    fits: list[Regression] = []
    games: list[Game] = []
    shared: list[Shared] = []
    params: list[Params] = []
    for cell in kept:
        sample, clusters = fitted_rows(asked, data, cell, resamples)
        game = game_of(drawn.stacks[cell], asked.design.k, asked.design.widths)
        fit, in_draws = _fits_of_draws(sample, clusters)
        fits.append(of_players(fit, controls))
        params.append(in_draws)
        if asked.method == "lmg":
            gains = shared_gains(sample, game)
        else:
            gains = shared_relative_weights(sample)
        shared.append(gains)
        of_answers = Game(game.cov[..., :1], game.total[:1], game.widths, gains.values)
        games.append(of_answers)
    return Estimates(
        fits=fits,
        games=games,
        figures=_figures_of_shares(asked, kept, drawn, shared, params),
        errors=np.zeros((len(kept), len(asked.names))),
        adjusted=np.full((len(kept), len(asked.names)), np.nan),
        params=tuple(params),
    )


def _fits_of_draws(sample: Sample, clusters: Ints | None) -> tuple[LikelihoodFit, Params]:
    """The fit of the answers, and the parameters in them and in each resample."""
    x = np.hstack([sample.controls, sample.columns])
    fit = fit_likelihood(x, sample.y, sample.weights[0], clusters)
    resampled = params_in_draws(x, sample.y, sample.weights[1:], fit)
    thresholds = np.vstack([fit.thresholds, resampled.thresholds])
    coef = np.vstack([fit.coef, resampled.coef])
    return fit, Params(thresholds, coef)


def _figures_of_shares(
    asked: Asked,
    kept: list[int],
    drawn: Products,
    shared: list[Shared],
    params: list[Params],
) -> Figures:
    """The figures of a fitted outcome, segment beside segment."""
    controls = asked.design.k - 1
    coef = [players(one.coef[:, controls:].T, asked.design.widths) for one in params]
    return Figures(
        coef=np.stack(coef, axis=1),
        importance=np.stack([one.importance.T for one in shared], axis=1),
        r2=np.stack([one.r2 for one in shared], axis=1),
        r2_controls=np.stack([one.r2_controls for one in shared], axis=1),
        shares=_shares_of_players(asked, kept, drawn),
        outcome=_outcome_means(kept, drawn),
    )


def fitted_rows(asked: Asked, data: Data, cell: int, resamples: Resamples) -> tuple[Sample, Ints | None]:
    """The rows of a segment as a model of likelihood takes them, weighted by draw, and their clusters if any."""
    rows, clusters = segment_rows(data, cell)
    times_drawn = resamples.counts[:, resamples.places(rows.units)]
    in_draws = weights_in_draws(asked.design, rows, times_drawn)
    x, y = columns_and_categories(rows)
    controls, columns = np.split(x, [asked.design.k - 1], axis=1)
    weights = np.vstack([rows.weights, in_draws])
    sample = Sample(controls, columns, y, weights, owners_of(asked))
    return sample, clusters


def check_told(survey: Survey, asked: Asked, data: Data, kept: list[int]) -> None:
    """Refuse an outcome that scores, use or covariates tell without error in any segment, before any long work.

    Raises
    ------
    ValuesError
        With the names of the touchpoints, and the number of respondents whose answer they tell.
    """
    design = asked.design
    p = len(asked.names)
    flags = len(design.flags)
    of_flags = p + np.arange(flags)
    of_covariates = np.full(design.k - 1 - flags, p + flags)
    owners = np.concatenate([of_flags, of_covariates, owners_of(asked)])
    uses = [f"use of {survey.touchpoints[place]}" for place in design.flags]
    for cell in kept:
        where = ""
        if asked.by:
            where = f" in {data.sums.cells[cell]}"
        names = [f"{name}{where}" for name in (*asked.names, *uses, "covariates")]
        rows, _ = segment_rows(data, cell)
        x, y = columns_and_categories(rows)
        check_separation(x, y, rows.weights, owners, names)


def scored_by(asked: Asked, data: Data) -> NDArray[np.int64]:
    """(cells, p) how many scored each player.

    A group counts those of its member that most people scored, a product of the one that fewest did, a factor everyone.
    """
    by_touchpoint = data.sums.scored.sum(axis=1)
    everyone = data.sums.rows.sum(axis=1)
    counts = []
    for columns in asked.design.players:
        places = [asked.design.scored.index(place) for column in columns for place in column.at]
        if not places:
            counts.append(everyone)
        elif columns[0].kind == "product":
            counts.append(by_touchpoint[:, places].min(axis=1))
        else:
            counts.append(by_touchpoint[:, places].max(axis=1))
    return np.column_stack(counts).astype(np.int64)


def door_of(survey: Survey, asked: Asked, data: Data) -> SmallCells | None:
    """The door to tables of the rows that take part; None where there are no segments to tell apart.

    Where a table can be by no other column the sums tell them, and the rows are not read once more.
    """
    if not asked.by:
        return None
    if survey.keys == [asked.by]:
        sums = data.sums
        n = np.column_stack([sums.scored.sum(axis=1), sums.rows.sum(axis=1)])
        return SmallCells.of(_cells(asked, data), n.astype(np.int64), SMALLEST)
    kinds, n = kinds_of(asked.reading(survey), survey.keys)
    if data.staying is not None:
        kinds, n = kinds[data.staying], n[data.staying]
    return SmallCells.of(kinds, n, SMALLEST)


def hidden_segments(asked: Asked, data: Data, door: SmallCells | None, telling: Flags | None = None) -> Flags:
    """(cells,) which segments to hide: small ones, those flagged as ``telling``, and as many more as protect them."""
    cells = _cells(asked, data)
    n = data.sums.rows.sum(axis=1).astype(np.int64)
    hidden = np.zeros(len(cells), bool)
    if door is not None:
        hidden = door.hidden(cells, n[:, None], [len(asked.design.scored)])[:, 0]
    if telling is None:
        return hidden
    return with_partners(cells, n, hidden | telling, SMALLEST)


def hidden_players(asked: Asked, data: Data, door: SmallCells | None) -> Flags:
    """(cells, p) of which players to hide how many scored them, and what goes with their scores."""
    n = scored_by(asked, data)
    if door is None:
        return (n > 0) & (n < SMALLEST)
    everybody = len(asked.design.scored)
    items = [single if single >= 0 else everybody for single in asked.single]
    return door.hidden(_cells(asked, data), n, items)


def _cells(asked: Asked, data: Data) -> pd.DataFrame:
    """The segments, as the cells of a table."""
    return pd.DataFrame({asked.by: data.sums.cells} if asked.by else {}, index=range(len(data.sums.cells)))


def without_hidden(estimates: Estimates, hidden: Flags, widths: tuple[int, ...]) -> Estimates:
    """The same without coefficients and shares of players (c, p) that are hidden."""
    columns = np.repeat(hidden, widths, axis=1)
    fits = [
        fit._replace(coef=np.where(gone, np.nan, fit.coef), used=fit.used & ~gone)
        for fit, gone in zip(estimates.fits, columns, strict=True)
    ]
    figures = estimates.figures._replace(
        coef=np.where(hidden, np.nan, estimates.figures.coef),
        shares=np.where(hidden[..., None], np.nan, estimates.figures.shares),
    )
    return estimates._replace(fits=fits, figures=figures)


def usable(
    survey: Survey,
    asked: Asked,
    data: Data,
    segments_hidden: Flags,
    players_hidden: Flags,
) -> tuple[list[int], pd.DataFrame]:
    """Segments that can be analysed, and what has no figure: ``segment``, ``touchpoint``, ``reason``."""
    totals = data.sums.totals()
    rest = sweep_out(totals, asked.design.k)
    usable_cells: list[int] = []
    reasons: list[Reason] = []
    for cell, segment in enumerate(data.sums.cells):
        alive = independent(totals[:-1, :-1, cell])
        why_not = HIDDEN if segments_hidden[cell] else _why_no_segment(asked, data, cell, int(alive.sum()) + 2)
        if why_not is None and rest[-1, -1, cell] <= TOLERANCE * max(totals[-1, -1, cell], 1.0):
            why_not = "everyone gave the same outcome"
        if why_not is not None:
            reasons.append((segment, "all", why_not))
            continue
        usable_cells.append(cell)
        variances = np.diag(totals[:, :, cell])[asked.design.k :]
        left = np.diag(rest[:, :, cell])
        varies = left > TOLERANCE * variances
        of_columns = _reasons_of_columns(survey, asked, data, cell, alive[asked.design.k :], varies)
        reasons += _with_hidden(asked, segment, players_hidden[cell], of_columns)
    return usable_cells, pd.DataFrame(reasons, columns=["segment", "touchpoint", "reason"])


def _with_hidden(asked: Asked, segment: str, hidden: Flags, of_columns: list[Reason]) -> list[Reason]:
    """The reasons of columns, and of players (p,) that are hidden, of which nothing else is told."""
    why = reason(SMALLEST, of_total=asked.by is None)
    names = [asked.names[player] for player in np.flatnonzero(hidden)]
    others = [row for row in of_columns if row[1] not in names]
    return others + [(segment, name, why) for name in names]


def _reasons_of_columns(
    survey: Survey,
    asked: Asked,
    data: Data,
    cell: int,
    alive: Flags,
    varies: Flags,
) -> list[Reason]:
    """What has no coefficient in a segment; ``varies`` says what usage and covariates leave any variance of."""
    names = column_names(survey, asked)
    segment = data.sums.cells[cell]
    reasons = []
    for j in np.flatnonzero(~alive).tolist():
        why = _why_no_column(asked, data, cell, j, bool(varies[j]))
        reasons.append((segment, names[j], why))
    return reasons


def _why_no_segment(asked: Asked, data: Data, cell: int, columns_and_two: int) -> str | None:
    """Why a segment has too few answers or units for so many columns; None where it has enough."""
    n = int(data.sums.rows[cell].sum())
    needed = max(columns_and_two, SMALLEST)
    if n < needed:
        answers = f"fewer than {SMALLEST} answers" if n < SMALLEST else plural(n, "answer")
        return f"{answers}, {needed} {TOO_FEW}"
    if data.part is None:
        units = np.flatnonzero(data.sums.rows[cell])
    else:
        units = np.unique(data.part.units[data.part.segments == data.sums.cells[cell]])
    if len(units) < 2:
        return f"all answers have the same {asked.design.unit!r}"
    return None


def _why_no_column(asked: Asked, data: Data, cell: int, j: int, varies: bool) -> str:
    """Why a column has no coefficient; ``varies`` says whether usage and covariates leave any of its variance."""
    column = asked.design.player_columns[j]
    if column.kind == "score":
        place = asked.design.scored.index(column.at[0])
        if not data.sums.scored[cell, :, place].any():
            return "nobody scored it"
        given = data.sums.counts[cell, :, place].sum(axis=0) > 0
        if given.sum() == 1:
            return "all who used it gave the same score"
    what = "values" if column.kind == "level" else "scores"
    source = "those of other touchpoints" if varies else "usage and covariates"
    return f"its {what} follow from {source}"


def _way_out(survey: Survey, data: Data) -> str:
    """What to do about too few complete answers: where nothing says it, empty cells may mean "not used"."""
    fewer = "ame fewer touchpoints, or touchpoints that more people rated."
    if 2 * data.dropped["a touchpoint left blank"] <= survey.n:
        return f"N{fewer}"
    unused = list(dict.fromkeys(code for scale in survey.scales.values() for code in scale.not_used))
    blank = list(dict.fromkeys(code for scale in survey.scales.values() for code in scale.blank))
    if None in unused or None in blank:
        return f"Ask with blanks='impute', or n{fewer}"
    or_code = f" or the code {blank[0]!r}" if blank else ""
    named = f"Scale(..., not_used={[*unused, None]})"
    return (
        f"If an empty cell{or_code} means that a touchpoint was not used, say so: {named}; "
        "if it is no answer, ask with blanks='impute'."
    )


def nothing_left(survey: Survey, asked: Asked, data: Data, unusable: pd.DataFrame) -> str:
    """Why no segment can be analysed, and what to do."""
    left = int(data.sums.rows.sum())
    used = few(left)
    if survey.n >= SMALLEST:
        used = f"{used} of {count(survey.n)}"
    left_out = left_out_in_words(data.dropped, left)
    where = f" in any segment of {asked.by!r}" if asked.by else ""
    is_hidden = unusable["reason"] == HIDDEN
    if is_hidden.all() and data.sums.rows.sum(axis=1).max(initial=0) >= SMALLEST:
        return (
            f"no segment of {asked.by!r} can be shown: one has fewer than {SMALLEST} answers, and the others would "
            "tell of them. Join segments, or ask without by=."
        )
    if (is_hidden | unusable["reason"].str.endswith(TOO_FEW)).all():
        return f"too few complete answers{where}: {used} can be used{left_out}. {_way_out(survey, data)}"
    why = [f"{segment}: {reason}" if asked.by else reason for segment, _, reason in unusable.itertuples(index=False)]
    return (
        f"outcome {asked.outcome!r} cannot be explained{where}: {'; '.join(why)}. "
        f"{used} answers can be used{left_out}. "
        "Choose another outcome, grouping or cluster, or keep more answers."
    )
