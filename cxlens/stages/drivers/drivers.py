"""Stage 3: which touchpoints go with a better outcome, and how surely.

The verb :func:`drivers` and its result. What is asked is checked in :mod:`cxlens.stages.drivers.ask`, figures are made
in :mod:`cxlens.stages.drivers.fit`, tables of them in :mod:`cxlens.stages.drivers.tables`; other sides of the same
result, forecasts and initiatives have modules of their own.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common import port
from cxlens.common.html import card
from cxlens.common.values import count, interval, number, percent, plural
from cxlens.engine.design import Missing
from cxlens.errors import ValuesError, check_kind, check_level, listing
from cxlens.stages.drivers import tables as driver_tables
from cxlens.stages.drivers.ask import Asked, Blanks, Groups, Method, ask
from cxlens.stages.drivers.fit import Data, Figures, Game, collect, estimate
from cxlens.stats.bootstrap import bootstrap_error
from cxlens.stats.inference import wald_p
from cxlens.study.survey import Survey

if TYPE_CHECKING:
    from ipywidgets import Widget
    from matplotlib.axes import Axes

    from cxlens.common.result import View
    from cxlens.study.touchpoints import TouchpointMap


Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Drivers:
    """Which touchpoints go with a better outcome: the result of :func:`drivers`.

    Attributes
    ----------
    table
        One row a touchpoint (and segment): ``segment`` (with ``by``), ``touchpoint``, ``n`` scores, ``mean`` of
        those who used it (blank below 5), ``coef`` (outcome points per score point among users) with ``coef_low`` and
        ``coef_high``, ``importance`` (LMG: points of R2 among all respondents) with its interval, ``share`` of the
        R2 shared out, ``rank`` with its interval, ``p_value`` and ``q_value`` of the robust Wald test of ``coef``. A
        group, factor or product is a row, too; where it has several columns it has no ``coef`` and is tested jointly.
    measures
        Every measure of importance side by side: ``lmg``, ``first`` and ``last`` (R2 alone, and added to all others),
        ``betasq``, ``pratt``, ``relative_weights`` (Johnson), ``sampling_error`` of the importance in ``table``,
        ``correlation`` with the outcome (usage and covariates held), ``direction``: "up", "down", or "suppressed" where
        coefficient and correlation have opposite signs; believe it only where ``q_value`` is small.
    contrasts
        With ``by``: each segment against all other respondents. ``segment``, ``touchpoint``, ``what`` ("coef" or
        "importance"), ``difference`` with ``low`` and ``high``, ``p_value``, ``q_value`` (over all of a kind).
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
        ``segments``, the touchpoints (or other players) in ``touchpoints`` and the scores in ``levels``.
    games
        What the players of each segment share out, estimate first: where :meth:`dominance` starts from.
    options
        What was asked: ``drivers(survey, **options)`` gives the same again.
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
    measures: pd.DataFrame
    contrasts: pd.DataFrame
    games: tuple[Game, ...]
    asked: Asked
    options: Mapping[str, Any]
    n_boot: int
    level: float
    seed: int

    @property
    def outcome(self) -> str:
        """The outcome explained."""
        return self.asked.outcome

    @property
    def by(self) -> str | None:
        """The column that tells the segments apart."""
        return self.asked.by

    @property
    def data(self) -> Data:
        """The sums and, in memory, the rows behind the figures: read again, since they may be large."""
        return collect(self.survey, self.asked)

    @property
    def n(self) -> int:
        """Rows used, all segments together."""
        return int(self.fit["n"].sum())

    @property
    def unit(self) -> str:
        """What a coefficient is counted in: "NPS points", "points" or, for a fitted outcome, "log odds"."""
        return "log odds" if self.asked.fitted else "NPS points" if self.asked.kind == "nps" else "points"

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
        errors = [bootstrap_error(drawn[:, a, leaders[a]] - drawn[:, b, leaders[a]]) for a, b in pairs]
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
        if self.asked.blanks == "impute":
            parts.append("Scores left blank were imputed, anew in each resample; n counts real scores.")
        if self.asked.method != "lmg":
            parts.append(f"Importance by {self.asked.method}.")
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
        return port.draw(self, ax)

    def explore(self) -> Widget:
        """The same with controls for segment, outcome, method, the treatment of "not used", and other sides of it."""
        return port.widget_of(self)

    def p_top(self, k: int = 3) -> pd.DataFrame:
        """How often each touchpoint is among the ``k`` most important ones in the resamples.

        Columns ``segment`` (with ``by``), ``touchpoint``, ``p_top``; NaN without resamples.
        """
        drawn = (
            np.full((0, *self.estimate.importance.shape[1:]), np.nan) if self.draws is None else self.draws.importance
        )
        rows = [
            (segment, name, p)
            for s, segment in enumerate(self.segments)
            for name, p in zip(self.touchpoints, driver_tables.p_top(drawn[:, s], k), strict=True)
        ]
        table = pd.DataFrame(rows, columns=["segment", "touchpoint", "p_top"])
        return table if self.by else table.drop(columns="segment")

    # The other sides of the same result. They build on it, so they are imported when asked for.

    def dominance(self) -> View:
        """Which touchpoint dominates which: see :func:`cxlens.stages.drivers.dominance.dominance`."""
        from cxlens.stages.drivers.dominance import dominance

        return dominance(self)

    def shape(self) -> View:
        """Penalty, reward and curvature: see :func:`cxlens.stages.drivers.shape.shape`."""
        from cxlens.stages.drivers.shape import shape

        return shape(self)

    def performance(self, *, cross: Literal["means", "middle"] = "means") -> View:
        """Importance-performance map: see :func:`cxlens.stages.drivers.maps.performance`."""
        from cxlens.stages.drivers.maps import performance

        return performance(self, cross=cross)

    def value_added(self, reference: Mapping[str, float] | TouchpointMap | Survey | None = None) -> View:
        """Value added or subtracted against a reference: see :func:`cxlens.stages.drivers.maps.value_added`."""
        from cxlens.stages.drivers.maps import value_added

        return value_added(self, reference)

    def opportunity(self, stated: Survey | None = None) -> View:
        """Opportunity scores: see :func:`cxlens.stages.drivers.maps.opportunity`."""
        from cxlens.stages.drivers.maps import opportunity

        return opportunity(self, stated)

    def moments_of_truth(self) -> View:
        """Often met, felt strongly, of great effect: see :func:`cxlens.stages.drivers.maps.moments_of_truth`."""
        from cxlens.stages.drivers.maps import moments_of_truth

        return moments_of_truth(self)

    def dimensions(self) -> View:
        """Each touchpoint's share split over its dimensions: see :mod:`cxlens.stages.drivers.dimensions`."""
        from cxlens.stages.drivers.dimensions import dimensions

        return dimensions(self)

    def diagnosis(self) -> View:
        """Collinearity, halo, influence, cross-validation: see :func:`cxlens.stages.drivers.diagnosis.diagnosis`."""
        from cxlens.stages.drivers.diagnosis import diagnosis

        return diagnosis(self)

    def model(self, segment: str | None = None) -> Any:
        """The full model as a result of statsmodels: see :func:`cxlens.stages.drivers.diagnosis.model`."""
        from cxlens.stages.drivers.diagnosis import model

        return model(self, segment)


def drivers(
    survey: Survey,
    *,
    outcome: str | None = None,
    by: str | None = None,
    groups: Groups | None = None,
    factors: Sequence[str] = (),
    interactions: Sequence[tuple[str, str]] = (),
    covariates: Sequence[str] = (),
    method: Method = "lmg",
    missing: Missing = "indicator",
    blanks: Blanks = "drop",
    n_boot: int | None = None,
    level: float = 0.95,
    seed: int = 0,
) -> Drivers:
    """Find the touchpoints whose scores go with a better outcome, with the certainty of each figure.

    Regresses the outcome on the touchpoint scores and shares R2 out among them by its Shapley value (LMG). Every
    touchpoint is a player; so is each group, factor and product that is named.

    Parameters
    ----------
    survey
        The answers. Rows with a blank score or outcome are left out and counted.
    outcome
        The outcome to explain; the survey's first by default. NPS answers are coded -100, 0, 100, so that coefficients
        are NPS points. Outcomes of kind binary are fitted by a logit, ordinal ones by proportional odds; their
        coefficients are log odds, their R2 is McFadden's or, with relative weights, the squared correlation of the
        outcome with what is expected of it.
    by
        A segment column: the same analysis in each segment.
    groups
        ``{name: [touchpoint, ...]}``: touchpoints that share as one player, such as the steps of a process.
    factors
        Segment columns that are players: differences between their values are kept whole.
    interactions
        Pairs of touchpoints whose product (of scores centred at their means) is a player, too.
    covariates
        Touchpoints or segment columns that are always in the model and take no share.
    method
        How R2 is shared out. ``"lmg"``: exactly, up to 25 players (10 for binary and ordinal outcomes);
        ``"relative weights"``: Johnson's, for any number; ``"sampling"``: LMG from 200 random orders of entry and their
        reverses, for any number, with its standard error in ``measures``.
    missing
        What to do with "not used". ``"indicator"``: everyone stays, and whether a touchpoint was used is a
        control; ``"drop"``: only those who used all touchpoints.
    blanks
        What to do with scores left blank. ``"drop"``: such rows are left out; ``"impute"``: drawn from what the other
        answers say, anew in each resample.
    n_boot
        Number of resamples; 0 for none. By default 1000 up to 15 players, 200 up to 20, 50 above; for binary and
        ordinal outcomes 1000 up to 4, 200 up to 8, 50 above; 200 with sampling; 100 with imputation. The result says
        how many.
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
        When an outcome, segment, covariate, factor or member of a group is unknown or named for two jobs, there are
        more players than the method takes, scores tell a fitted outcome without error (separation), or no segment has
        enough answers.

    Notes
    -----
    LMG: Lindeman, Merenda and Gold (1980); Groemping (2007), The American Statistician 61(2). Errors of
    coefficients are HC3; with clusters, or more than 100,000 rows, cluster-robust over clusters or 200 blocks of
    respondents; with imputation, those of the resamples. The interval of an importance never reaches 0, so it is no
    test: ``p_value`` is. It judges the coefficient in the model of recorded scores; halo and rounding can make a
    touchpoint without an effect of its own real in that model.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> result = cx.drivers(study.survey(), n_boot=0)
    >>> result.table.columns[:3].tolist()
    ['touchpoint', 'n', 'mean']
    """
    check_kind("drivers", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    check_level(level)
    options: dict[str, Any] = {"outcome": outcome, "by": by, "groups": groups, "factors": factors, "method": method}
    options |= {"interactions": interactions, "covariates": covariates, "missing": missing, "blanks": blanks}
    asked = ask(survey, **options)
    draws = _draws(asked, n_boot)
    data = collect(survey, asked)
    kept, unusable = driver_tables.usable(survey, asked, data)
    if not kept:
        raise ValuesError(driver_tables.nothing_left(survey, asked, data, unusable))
    made = estimate(survey, asked, data, kept, draws, seed)
    segments = tuple(data.sums.cells[cell] for cell in kept)
    return Drivers(
        table=driver_tables.drivers_table(asked, data, kept, made, level),
        fit=driver_tables.fit_table(asked, data, kept, made.figures),
        dropped={reason: n for reason, n in data.dropped.items() if n},
        unusable=unusable,
        estimate=Figures(*(figure[:1] for figure in made.figures)),
        draws=Figures(*(figure[1:] for figure in made.figures)) if draws else None,
        segments=segments,
        touchpoints=asked.names,
        levels=data.sums.levels,
        weights=data.sums.totals()[0, 0, kept],
        survey=survey,
        measures=driver_tables.measures_table(asked, segments, made.games, made.figures.coef[0], made.errors),
        contrasts=driver_tables.contrasts_table(asked, data, kept, made, level, seed),
        games=tuple(made.games),
        asked=asked,
        options=copy.deepcopy({**options, "n_boot": n_boot, "level": level, "seed": seed}),
        n_boot=draws,
        level=level,
        seed=seed,
    )


def _draws(asked: Asked, n_boot: int | None) -> int:
    """The number of resamples; by default fewer where one costs more."""
    if n_boot is not None and (not isinstance(n_boot, int) or n_boot < 0 or n_boot == 1):
        raise ValuesError(f"n_boot={n_boot} is no number of resamples. Give 0 for none, or 2 or more; 1000 is usual.")
    if n_boot is not None:
        return n_boot
    p = len(asked.names)
    if asked.blanks == "impute":
        return 100
    if asked.method != "lmg":
        return 1000 if asked.method == "relative weights" else 200
    if asked.fitted:
        return 1000 if p <= 4 else 200 if p <= 8 else 50
    return 1000 if p <= 15 else 200 if p <= 20 else 50


def _finding(result: Drivers, segment: str) -> str:
    """``Security explains 8 [6, 10] points of the 39 % of differences in nps that 6 touchpoints explain; ...``."""
    top = result.of(segment).iloc[0]
    fit = result.fit.iloc[0] if result.by is None else result.fit[result.fit["segment"] == segment].iloc[0]
    shared = fit["r2"] - fit["r2_controls"]
    noun = "driver" if min(result.asked.single) < 0 else "touchpoint"
    if not top["importance"] > 0:
        return f"No {noun} explains any differences in {result.outcome}."
    span = f" {interval(100 * top['importance_low'], 100 * top['importance_high'], 0)}" if result.n_boot else ""
    first = f"; it ranks first in {percent(fit['p_first'])} of resamples" if result.n_boot else ""
    all_of_them, s = plural(len(result.touchpoints), noun), "s" if len(result.touchpoints) == 1 else ""
    if result.asked.fitted and result.asked.method == "lmg":
        return (
            f"{top['touchpoint']} adds {number(100 * top['importance'], 0)}{span} of the {number(100 * shared, 0)} "
            f"points that {all_of_them} add{s} to the fit of {result.outcome} (McFadden R2){first}."
        )
    return (
        f"{top['touchpoint']} explains {number(100 * top['importance'], 0)}{span} points of the {percent(shared)} of "
        f"differences in {result.outcome} that {all_of_them} explain{s}{first}."
    )


def _leader(result: Drivers, segment: str) -> str:
    top, fit = result.of(segment).iloc[0], result.fit[result.fit["segment"] == segment].iloc[0]
    first = f", first in {percent(fit['p_first'])} of resamples" if result.n_boot else ""
    shared = fit["r2"] - fit["r2_controls"]
    return f"{top['touchpoint']} ({number(100 * top['importance'], 0)} of {number(100 * shared, 0)} points{first})"
