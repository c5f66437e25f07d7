"""Stage 3: which touchpoints go with a better outcome, and how surely.

The verb :func:`drivers` and its result. The arithmetic is in :mod:`cxlens.stats`, the pass over the rows in
:mod:`cxlens.engine.moments`; forecasts and initiatives have modules of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.moments import Design, DesignRows, Missing, batch_moments, design_rows, features, moments
from cxlens.engine.tables import IN_MEMORY, InMemory
from cxlens.errors import ColumnError, OptionError, ValuesError, check_kind, check_level, check_option, listing
from cxlens.model.survey import Survey
from cxlens.model.text import card, count, interval, number, percent, plural
from cxlens.stats.bootstrap import multiplicities, percentile_interval, resample
from cxlens.stats.importance import MOST_PLAYERS, lmg
from cxlens.stats.inference import benjamini_hochberg, wald_p
from cxlens.stats.intervals import t_quantile
from cxlens.stats.moments import Moments
from cxlens.stats.regression import Fit, coefficients, fit_rows, fit_units, independent, sweep_out

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]
SMALLEST = 5  # answers below which a segment, or the mean of a touchpoint, is not shown
TOO_FEW = "needed"  # ends the reason of a segment with too few answers


class Figures(NamedTuple):
    """What one resample, or the data themselves, say: arrays over d draws, c segments, p touchpoints, l levels.

    ``coef`` and ``importance`` (d, c, p), ``r2`` and ``r2_controls`` (d, c), ``shares`` (d, c, p, l): the share of
    all respondents at each score.
    """

    coef: Floats
    importance: Floats
    r2: Floats
    r2_controls: Floats
    shares: Floats


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Drivers:
    """Which touchpoints go with a better outcome: the result of :func:`drivers`.

    Attributes
    ----------
    table
        One row a touchpoint (and segment): ``segment`` (with ``by``), ``touchpoint``, ``n`` scores, ``mean`` of
        those who used it (blank below 5), ``coef`` (outcome points per score point among users) with ``coef_low`` and
        ``coef_high``, ``importance`` (LMG: points of R2 among all respondents) with its interval, ``share`` of the
        R2 shared out, ``rank`` with its interval, ``p_value`` and ``q_value`` of the robust Wald test of ``coef``.
    fit
        One row a segment: ``n`` rows used, ``r2`` of the model, ``r2_controls`` of it due to usage and covariates,
        ``p_first``: how often the leading touchpoint leads in the resamples.
    dropped
        How many rows were left out, by reason.
    unusable
        ``segment``, ``touchpoint`` ("all" where the whole segment is meant), ``reason``: what has no coefficient,
        and why. Of touchpoints whose scores follow from each other, the first keeps it; they share the importance.
    estimate, draws
        The figures themselves and those of each resample (``None`` without resamples), with the segments in
        ``segments``, the touchpoints in ``touchpoints`` and the scores in ``levels``.
    """

    table: pd.DataFrame
    fit: pd.DataFrame
    dropped: dict[str, int]
    unusable: pd.DataFrame
    estimate: Figures
    draws: Figures | None
    segments: tuple[str, ...]
    touchpoints: tuple[str, ...]
    levels: Floats
    weights: Floats
    survey: Survey
    outcome: str
    by: str | None
    covariates: tuple[str, ...]
    missing: Missing
    n_boot: int
    level: float
    seed: int

    @property
    def n(self) -> int:
        """Rows used, all segments together."""
        return int(self.fit["n"].sum())

    @property
    def unit(self) -> str:
        """What a coefficient is counted in: "NPS points" or "points"."""
        return "NPS points" if self.survey.outcomes[self.outcome] == "nps" else "points"

    @property
    def digits(self) -> int:
        """With how many decimals a change of the outcome is written: 1 for NPS points, else 2."""
        return 1 if self.unit == "NPS points" else 2

    def of(self, segment: str) -> pd.DataFrame:
        """The rows of one segment, most important first."""
        if self.by is None:
            return self.table
        return self.table[self.table["segment"] == segment]

    def __str__(self) -> str:
        if self.by is None:
            return f"{_finding(self, '')} n = {count(self.n)}."
        leaders = [f"{name}: {_leader(self, name)}" for name in self.segments]
        return f"{self._comparison()}. {'; '.join(leaders)}. n = {count(self.n)}."

    def _comparison(self) -> str:
        """What the segments have in common; "differs" only where a test says so.

        Wald on the bootstrap error of the difference: is the leader of one segment more important there than in a
        segment led by another? Bonferroni over all such pairs. Without resamples nothing is claimed.
        """
        size = self.estimate.importance[0]
        leaders = size.argmax(axis=1)
        if len(set(leaders)) == 1:
            return f"{self.touchpoints[leaders[0]]} matters most in every segment"
        pairs = [(a, b) for a, b in permutations(range(len(leaders)), 2) if leaders[a] != leaders[b]]
        if self.draws is None:
            return "What matters most"
        gaps = np.array([size[a, leaders[a]] - size[b, leaders[a]] for a, b in pairs])
        drawn = self.draws.importance
        errors = np.array([np.nanstd(drawn[:, a, leaders[a]] - drawn[:, b, leaders[a]], ddof=1) for a, b in pairs])
        clear = np.nanmin(wald_p(gaps, errors, np.inf)) * len(pairs) < 1 - self.level
        return "What matters most differs" if clear else "What matters most does not clearly differ"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return card(str(self), self.table, self.note)

    @property
    def note(self) -> str:
        """What was left out and why, and how the intervals were made."""
        left = [f"{count(n)} with {reason}" for reason, n in self.dropped.items() if n]
        parts = [f"Left out: {listing(left)}." if left else "No answer was left out."]
        if self.n_boot:
            parts.append(
                f"Intervals of importance and rank: {percent(self.level)}, from {count(self.n_boot)} resamples."
            )
        rows = self.unusable[["segment", "touchpoint", "reason"]].astype(str).itertuples(index=False, name=None)
        names = [
            (" in ".join(filter(None, [name, segment])) if name != "all" else segment, why)
            for segment, name, why in rows
        ]
        parts += [f"Not estimated: {listing(f'{name} ({why})' for name, why in names)}."] if names else []
        parts.append("Importance is association, not effect.")
        return " ".join(parts)

    def plot(self, *, ax: Axes | None = None) -> Axes:
        """Importance with intervals, most important on top; one panel's worth for each segment."""
        from cxlens.show.charts import drivers_chart

        return drivers_chart(self, ax)

    def explore(self) -> Widget:
        """The same with controls for segment, outcome and the treatment of "not used"."""
        from cxlens.show.widgets.explore import explore_drivers

        return explore_drivers(self)


def drivers(
    survey: Survey,
    *,
    outcome: str | None = None,
    by: str | None = None,
    covariates: Sequence[str] = (),
    missing: Missing = "indicator",
    n_boot: int | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Drivers:
    """Find the touchpoints whose scores go with a better outcome, with the certainty of each figure.

    Regresses the outcome on the touchpoint scores and shares R2 out among them by its Shapley value (LMG).

    Parameters
    ----------
    survey
        The answers. Rows with a blank score or outcome are left out and counted.
    outcome
        The outcome to explain, of kind interval or nps; the survey's first by default. NPS answers are coded
        -100, 0, 100, so that coefficients are NPS points.
    by
        A segment column: the same analysis in each segment.
    covariates
        Touchpoints or segment columns that are always in the model and take no share.
    missing
        What to do with "not used". ``"indicator"``: everyone stays, and whether a touchpoint was used is a
        control; ``"drop"``: only those who used all touchpoints.
    n_boot
        Number of resamples; 0 for none. By default 1000 up to 15 touchpoints, 200 up to 20, 50 above.
    level
        Confidence level of the intervals.
    seed
        Of the resampling.

    Returns
    -------
    Drivers

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When an outcome, segment or covariate is unknown, the outcome is of another kind, there are more than 25
        touchpoints, or no segment has enough answers.

    Notes
    -----
    LMG: Lindeman, Merenda and Gold (1980); Groemping (2007), The American Statistician 61(2). Errors of
    coefficients are HC3; with clusters, or more than 100,000 rows, cluster-robust over clusters or 200 blocks of
    respondents. The interval of an importance never reaches 0, so it is no test: ``p_value`` is. It judges the
    coefficient in the model of recorded scores; halo and rounding can make a touchpoint without an effect of its
    own real in that model.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> result = cx.drivers(study.survey(), n_boot=0)
    >>> result.table.columns[:3].tolist()
    ['touchpoint', 'n', 'mean']
    """
    check_kind("drivers", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    outcome = survey.check_outcome(outcome)
    survey.check_by(by)
    check_option("missing", missing, Missing)
    check_level(level)
    covariates = (covariates,) if isinstance(covariates, str) else tuple(covariates)
    design, names = _design(survey, outcome, by, covariates, missing)
    n_boot = _default_draws(len(names)) if n_boot is None else n_boot
    if not isinstance(n_boot, int) or n_boot < 0 or n_boot == 1:
        raise ValuesError(f"n_boot={n_boot} is no number of resamples. Give 0 for none, or 2 or more; 1000 is usual.")
    sums, dropped, part = _one_pass(survey, design, names, by)
    kept, unusable = _usable(sums, design, part)
    if not kept:
        raise ValuesError(_nothing_left(survey, sums.rows.sum(), unusable, dropped, outcome, by))
    fits = [_fit(sums, cell, part) for cell in kept]
    estimate = _figures(sums.totals()[:, :, kept], design.k, sums.level_shares()[kept])
    estimate = Figures(*(figure[None] for figure in estimate))
    draws = _draw(sums, part, kept, design.k, n_boot, seed) if n_boot else None
    segments = tuple(sums.cells[cell] for cell in kept)
    return Drivers(
        table=_table(sums, kept, fits, estimate, draws, names, design, level, by),
        fit=_fit_table(sums, kept, estimate, draws, by),
        dropped={reason: n for reason, n in dropped.items() if n},
        unusable=unusable,
        estimate=estimate,
        draws=draws,
        segments=segments,
        touchpoints=names,
        levels=sums.levels,
        weights=sums.totals()[0, 0, kept],
        survey=survey,
        outcome=outcome,
        by=by,
        covariates=covariates,
        missing=missing,
        n_boot=n_boot,
        level=level,
        seed=seed,
    )


def _design(
    survey: Survey, outcome: str, by: str | None, covariates: tuple[str, ...], missing: Missing
) -> tuple[Design, tuple[str, ...]]:
    """The regression asked for, and the names of its players; refuses what cannot be one."""
    kind = survey.outcomes[outcome]
    if kind not in {"interval", "nps"}:
        others = [name for name, what in survey.outcomes.items() if what in {"interval", "nps"}]
        raise OptionError(
            f"outcome {outcome!r} is {kind}; drivers explains outcomes of kind interval and nps. "
            f"Such outcomes here: {listing(others) or 'none'}."
        )
    factors: list[tuple[str, tuple[Any, ...]]] = []
    for name in covariates:
        if name in survey.touchpoints:
            continue
        if name not in survey.segments or name == by:
            allowed = [*survey.touchpoints, *(column for column in survey.segments if column != by)]
            raise ColumnError(
                f"covariate {name!r} is neither a touchpoint nor a free segment column of this survey. "
                f"Covariates: {listing(allowed, 30)}."
            )
        factors.append((name, tuple(survey.source.distinct(name))))
    names = tuple(name for name in survey.touchpoints if name not in covariates)
    if not 1 <= len(names) <= MOST_PLAYERS:
        raise ValuesError(
            f"{len(names)} touchpoints are to share the importance; exact importance takes 1 to {MOST_PLAYERS}. "
            "Name fewer in Survey(..., touchpoints=[...]), or fewer covariates."
        )
    position = {name: j for j, name in enumerate(survey.touchpoints)}
    design = Design(
        outcome=list(survey.outcomes).index(outcome),
        nps=kind == "nps",
        players=tuple(position[name] for name in names),
        controls=tuple(position[name] for name in covariates if name in position),
        factors=tuple(factors),
        missing=missing,
        cluster=survey.cluster,
        respondent=survey.respondent,
    )
    return design, names


def _one_pass(
    survey: Survey, design: Design, names: tuple[str, ...], by: str | None
) -> tuple[Moments, Counter[str], DesignRows | None]:
    """The sums, how many rows were left out, and the rows themselves where they are few enough to resample."""
    if isinstance(survey.source, InMemory) and survey.n <= IN_MEMORY:
        part = design_rows(survey.rows(), design, by)
        if not len(part.z):
            none = pd.DataFrame(columns=["reason"], dtype=str)
            raise ValuesError(_nothing_left(survey, 0, none, part.dropped, "", by))
        return batch_moments(part, names), part.dropped, part
    return *moments(survey.source, design, names, by), None


def _default_draws(players: int) -> int:
    return 1000 if players <= 15 else 200 if players <= 20 else 50


def _usable(sums: Moments, design: Design, part: DesignRows | None) -> tuple[list[int], pd.DataFrame]:
    """Segments that can be analysed, and what has no figure, with the reason."""
    kept, reasons = [], []
    totals, rest = sums.totals(), sweep_out(sums.totals(), design.k)
    n = sums.rows.sum(axis=1)
    for cell, name in enumerate(sums.cells):
        independent_of = independent(totals[:-1, :-1, cell])
        needed = max(int(independent_of.sum()) + 2, SMALLEST)
        own = sums.rows[cell].nonzero()[0] if part is None else np.unique(_of(part, name).units)
        if n[cell] < needed:
            reasons.append((name, "all", f"{plural(n[cell], 'answer')}, {needed} {TOO_FEW}"))
        elif len(own) < 2:
            reasons.append((name, "all", f"all answers have the same {design.cluster or design.respondent!r}"))
        elif rest[-1, -1, cell] <= 1e-10 * max(totals[-1, -1, cell], 1.0):
            reasons.append((name, "all", "everyone gave the same outcome"))
        else:
            kept.append(cell)
            for j in np.flatnonzero(~independent_of[design.k :]).tolist():
                left = rest[j, j, cell] > 1e-10 * totals[design.k + j, design.k + j, cell]
                reasons.append((name, sums.columns[j], _why_none(sums, cell, j, left)))
    return kept, pd.DataFrame(reasons, columns=["segment", "touchpoint", "reason"])


def _why_none(sums: Moments, cell: int, j: int, left: bool) -> str:
    """Why a touchpoint has no coefficient; ``left`` says whether usage and covariates leave any of its variance."""
    if not sums.scored[cell, :, j].any():
        return "nobody scored it"
    if (sums.counts[cell, :, j].sum(axis=0) > 0).sum() == 1:
        return "all who used it gave the same score"
    return f"its scores follow from {'those of other touchpoints' if left else 'usage and covariates'}"


def _nothing_left(
    survey: Survey, used: int, unusable: pd.DataFrame, dropped: Counter[str], outcome: str, by: str | None
) -> str:
    left = listing(f"{count(n)} with {reason}" for reason, n in dropped.items() if n)
    left = f" (left out: {left})" if left else ""
    where = f" in any segment of {by!r}" if by else ""
    if unusable["reason"].str.endswith(TOO_FEW).all():
        return (
            f"too few complete answers{where}: {count(used)} of {count(survey.n)} can be used{left}. "
            "Name fewer touchpoints, or touchpoints that more people rated."
        )
    why = [f"{segment}: {reason}" if by else reason for segment, _, reason in unusable.itertuples(index=False)]
    return (
        f"outcome {outcome!r} cannot be explained{where}: {'; '.join(why)}. "
        f"{count(used)} of {count(survey.n)} answers can be used{left}. "
        "Choose another outcome, grouping or cluster, or keep more answers."
    )


def _of(part: DesignRows, segment: str) -> DesignRows:
    """The rows of one segment."""
    return part.take(part.segments == segment)


def _fit(sums: Moments, cell: int, part: DesignRows | None) -> Fit:
    """Coefficients of one segment with robust errors: from rows where they are at hand, else from blocks."""
    if part is None:
        return fit_units(sums.products[cell], int(sums.rows[cell].sum()))
    own = _of(part, sums.cells[cell])
    _, units = np.unique(own.units, return_inverse=True)
    groups = units if units.max() + 1 < len(units) else None
    return fit_rows(own.z[:, :-1], own.z[:, -1], own.weights, groups)


def _figures(stack: Floats, k: int, shares: Floats) -> Figures:
    """Coefficients, importance and R2 from a stack (q, q, B) of cross-products: arrays with B first."""
    total = sweep_out(stack, 1)[-1, -1]
    total = np.where(total > 0, total, np.nan)
    rest = sweep_out(stack, k)
    importance = np.maximum(lmg(rest, total).T, 0.0) + 0.0  # rounding may leave a zero just below, or negative
    r2_controls = 1 - rest[-1, -1] / total
    return Figures(coefficients(rest).T, importance, r2_controls + importance.sum(axis=1), r2_controls, shares)


def _draw(sums: Moments, part: DesignRows | None, kept: list[int], k: int, n_boot: int, seed: int) -> Figures:
    """The figures of every resample: of respondents or clusters in memory, of blocks otherwise."""
    rng = np.random.default_rng(seed)
    q, p, levels = sums.products.shape[-1], len(sums.columns), sums.levels
    i, j = np.triu_indices(q)
    if part is not None:
        ids, units = np.unique(part.units, return_inverse=True)
        counts = multiplicities(len(ids), n_boot, rng)
    else:
        counts = multiplicities(sums.products.shape[1], n_boot, rng)
    figures = []
    for cell in kept:
        if part is not None:
            mine = part.segments == sums.cells[cell]
            drawn = resample(counts, units[mine], features(part.take(mine), levels))
        else:
            blocks = np.hstack([sums.products[cell][:, i, j], sums.counts[cell].reshape(len(counts[0]), -1)])
            drawn = resample(counts, np.arange(len(blocks)), iter([(slice(None), blocks)]))
        stack = np.empty((q, q, n_boot))
        stack[i, j] = stack[j, i] = drawn[:, : len(i)].T
        weight = np.where(drawn[:, :1] > 0, drawn[:, :1], np.nan)  # a small segment may be missing from a resample
        shares = drawn[:, len(i) :].reshape(n_boot, p, len(levels)) / weight[:, :, None]
        figures.append(_figures(stack, k, shares))
    return Figures(*(np.stack(figure, axis=1) for figure in zip(*figures, strict=True)))


def _table(
    sums: Moments,
    kept: list[int],
    fits: list[Fit],
    estimate: Figures,
    draws: Figures | None,
    names: tuple[str, ...],
    design: Design,
    level: float,
    by: str | None,
) -> pd.DataFrame:
    parts, k, p = [], design.k, len(names)
    for s, (cell, fit) in enumerate(zip(kept, fits, strict=True)):
        error = np.sqrt(np.diag(fit.cov)[k:])
        half = t_quantile(level, fit.df) * error
        importance = estimate.importance[0, s]
        totals = sums.totals()[:, :, cell]
        weight = totals[0, 1 : p + 1] if design.missing == "indicator" else np.full(p, totals[0, 0])
        own = pd.DataFrame({"segment": sums.cells[cell], "touchpoint": names})
        own["n"] = sums.scored[cell].sum(axis=0)
        shown = (weight > 0) & (own["n"].to_numpy() >= SMALLEST)
        own["mean"] = np.divide(totals[0, k:-1], weight, out=np.full(p, np.nan), where=shown)
        own["coef"], own["coef_low"], own["coef_high"] = fit.coef[k:], fit.coef[k:] - half, fit.coef[k:] + half
        own["importance"] = importance
        own["importance_low"], own["importance_high"] = _interval(draws, s, level, ranks=False)
        own["share"] = importance / (importance.sum() or np.nan)
        own["rank"] = _ranks(importance[None])[0]
        own["rank_low"], own["rank_high"] = _interval(draws, s, level, ranks=True)
        own["p_value"] = wald_p(fit.coef[k:], error, fit.df)
        own["q_value"] = benjamini_hochberg(own["p_value"])
        parts.append(own.sort_values("rank", kind="stable"))
    table = pd.concat(parts, ignore_index=True)
    return table if by else table.drop(columns="segment")


def _interval(draws: Figures | None, s: int, level: float, *, ranks: bool) -> tuple[Any, Any]:
    if draws is None:
        return np.nan, np.nan
    values = draws.importance[:, s]
    return percentile_interval(np.where(np.isnan(values), np.nan, _ranks(values)) if ranks else values, level)


def _ranks(importance: Floats) -> NDArray[np.int64]:
    """Rank 1 for the largest, along the last axis; NaN come last."""
    order = np.argsort(-np.nan_to_num(importance, nan=-1.0), axis=-1, kind="stable")
    return np.argsort(order, axis=-1, kind="stable") + 1


def _fit_table(
    sums: Moments, kept: list[int], estimate: Figures, draws: Figures | None, by: str | None
) -> pd.DataFrame:
    lines = []
    for s, cell in enumerate(kept):
        leader = int(np.argmax(estimate.importance[0, s]))
        p_first = _share_first(draws.importance[:, s], leader) if draws else np.nan
        n = int(sums.rows[cell].sum())
        lines.append((sums.cells[cell], n, estimate.r2[0, s], estimate.r2_controls[0, s], p_first))
    table = pd.DataFrame(lines, columns=["segment", "n", "r2", "r2_controls", "p_first"])
    return table if by else table.drop(columns="segment")


def _share_first(importance: Floats, leader: int) -> float:
    """In what share of the resamples the leading touchpoint leads; those without a figure do not count."""
    known = ~np.isnan(importance[:, leader])
    return float((_ranks(importance[known])[:, leader] == 1).mean()) if known.any() else np.nan


def _finding(result: Drivers, segment: str) -> str:
    """``Security explains 8 [6, 10] points of the 39 % of differences in nps that 6 touchpoints explain; ...``."""
    top = result.of(segment).iloc[0]
    fit = result.fit.iloc[0] if result.by is None else result.fit[result.fit["segment"] == segment].iloc[0]
    shared = fit["r2"] - fit["r2_controls"]
    if not top["importance"] > 0:
        return f"No touchpoint explains any differences in {result.outcome}."
    span = f" {interval(100 * top['importance_low'], 100 * top['importance_high'], 0)}" if result.n_boot else ""
    first = f"; it ranks first in {percent(fit['p_first'])} of resamples" if result.n_boot else ""
    explained = plural(len(result.touchpoints), "touchpoint")
    return (
        f"{top['touchpoint']} explains {number(100 * top['importance'], 0)}{span} points of the {percent(shared)} of "
        f"differences in {result.outcome} that {explained} explain{'s' if len(result.touchpoints) == 1 else ''}{first}."
    )


def _leader(result: Drivers, segment: str) -> str:
    top, fit = result.of(segment).iloc[0], result.fit[result.fit["segment"] == segment].iloc[0]
    first = f", first in {percent(fit['p_first'])} of resamples" if result.n_boot else ""
    shared = fit["r2"] - fit["r2_controls"]
    return f"{top['touchpoint']} ({number(100 * top['importance'], 0)} of {number(100 * shared, 0)} points{first})"
