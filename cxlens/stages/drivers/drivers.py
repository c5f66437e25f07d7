"""Stage 3: which touchpoints go with a better outcome, and how surely.

The verb :func:`drivers` and its result. What is asked is checked in :mod:`cxlens.stages.drivers.ask`, figures are made
in :mod:`cxlens.stages.drivers.fit`, tables of them in :mod:`cxlens.stages.drivers.tables`; other sides of the same
result, forecasts and initiatives have modules of their own.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result, View
from cxlens.common.values import count, told_counts
from cxlens.engine.design import Missing
from cxlens.errors import check_kind, check_level, check_seed
from cxlens.stages.drivers import tables
from cxlens.stages.drivers.ask import (
    Blanks,
    Groups,
    ask,
    check_draws,
    usual_draws,
)
from cxlens.stages.drivers.beside import beside
from cxlens.stages.drivers.diagnosis import diagnosis, model
from cxlens.stages.drivers.differences import about_comparison, contrasts_table, finding_by, is_chosen
from cxlens.stages.drivers.dimensions import dimensions
from cxlens.stages.drivers.dominance import dominance
from cxlens.stages.drivers.fit import Figures
from cxlens.stages.drivers.leaders import CLEARLY, p_first, p_top_table
from cxlens.stages.drivers.moments_of_truth import moments_of_truth
from cxlens.stages.drivers.opportunity import opportunity
from cxlens.stages.drivers.performance import Cross, performance
from cxlens.stages.drivers.record import Fit, fit
from cxlens.stages.drivers.shape import shape
from cxlens.stages.drivers.value_added import value_added
from cxlens.stages.drivers.within import within
from cxlens.stages.drivers.words import cautions, clear_link, explained, none_clear, note, ways_out
from cxlens.stats.games import Method
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

Floats = NDArray[np.float64]


@misfits_told
@dataclass(frozen=True, eq=False, repr=False)
class Drivers(Result):
    """Which touchpoints go with a better outcome: the result of :func:`drivers`.

    Attributes
    ----------
    table
        One row a touchpoint (and segment): ``segment`` (with ``by``), ``touchpoint``, ``n`` scores, ``mean`` of
        those who used it (blank below 5), ``coef`` (outcome points per score point among users) with ``coef_low`` and
        ``coef_high``, ``importance`` (LMG: points of R2 among all respondents) with its interval,
        ``importance_adjusted`` (the same of adjusted R2: less what chance adds, so that it may be negative; none for
        fitted outcomes), ``share`` of the R2 shared out, ``rank`` with its interval, ``p_value`` and ``q_value`` of the
        robust Wald test of ``coef``. A group, factor or product is a row, too; where it has several columns it has no
        ``coef`` and is tested jointly.
    contrasts
        With ``by``: the ``coef`` of each segment less that of all other segments, these with a constant, usage flags
        and covariates of their own. ``segment``, ``touchpoint``, ``difference`` with ``low`` and ``high``, ``p_value``;
        both are adjusted for all rows, and an interval holds 0 exactly where p is not below 1 - level. A segment enters
        with 5 answers for each coefficient. Blank where nothing can be tested; ``note`` says why.
    fit
        One row a segment: ``n`` rows used, ``r2`` of the model, ``r2_controls`` of it due to usage and covariates,
        ``r2_adjusted`` (none for fitted outcomes), ``p_first``: the probability that the leading touchpoint is the
        first, from shrunken draws of importance; ``test`` of the coefficients: "HC3", "permutation" (below 300 answers
        of which over half are at an end of the scale), "clusters", "blocks" (of more than 10,000 answers on disk or
        over 100,000 in memory), "resamples" (imputed blanks) or "likelihood" (fitted outcomes without
        clusters); the number of ``clusters``, missing without, and the fewest degrees of freedom ``df``: with clusters
        p-values are blank where they are below 4.
    record
        What was asked, and every figure in the answers and in each resample: a
        :class:`cxlens.stages.drivers.record.Fit`.
    """

    table: pd.DataFrame
    fit: pd.DataFrame
    contrasts: pd.DataFrame
    record: Fit

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        tables = {
            "drivers": self.table,
            "fit": self.fit,
            "measures": self.measures,
            "contrasts": self.contrasts,
        }
        return {name: table for name, table in tables.items() if len(table)}

    @property
    def measures(self) -> pd.DataFrame:
        """Every measure of importance side by side, made when it is first asked for.

        ``lmg``, ``first`` and ``last`` (R2 alone, and added to all others), ``betasq``, ``pratt``, ``relative_weights``
        (Johnson), ``sampling_error`` of the importance in ``table``, ``correlation`` with the outcome (usage and
        covariates held), ``direction``: "up", "down", or "suppressed" where coefficient and correlation have opposite
        signs; believe it only where ``q_value`` is small.
        """
        return self.record.once("measures", lambda: tables.measures_table(self.record))

    @property
    def survey(self) -> Survey:
        """The answers."""
        return self.record.survey

    @property
    def options(self) -> Mapping[str, Any]:
        """What was asked: ``drivers(survey, **options)`` gives the same again."""
        return self.record.options

    @property
    def outcome(self) -> str:
        """The outcome explained."""
        return self.record.outcome

    @property
    def by(self) -> str | None:
        """The column that tells the segments apart."""
        return self.record.by

    @property
    def segments(self) -> tuple[str, ...]:
        """The segments that could be analysed; one without a name where nothing was asked by segment."""
        return self.record.segments

    @property
    def touchpoints(self) -> tuple[str, ...]:
        """The touchpoints, or other players."""
        return self.record.touchpoints

    @property
    def n(self) -> int:
        """Rows used, all segments together."""
        return self.record.n

    @property
    def n_boot(self) -> int:
        """The number of resamples."""
        return self.record.n_boot

    @property
    def level(self) -> float:
        """The confidence level of the intervals."""
        return self.record.level

    @property
    def seed(self) -> int:
        """The seed of the resampling."""
        return self.record.seed

    @property
    def dropped(self) -> dict[str, int | str]:
        """How many rows were left out, by reason; "fewer than 5" where they are few.

        How many there are in all is no secret: the answers of the survey less those used.
        """
        return told_counts(self.record.dropped)

    @property
    def unusable(self) -> pd.DataFrame:
        """What has no coefficient: ``segment``, ``touchpoint`` ("all" where the whole segment is meant), ``reason``.

        Of touchpoints whose scores follow from each other, the first keeps its coefficient; they share the importance.
        """
        return self.record.unusable

    @property
    def estimate(self) -> Figures:
        """The figures behind the table: arrays over segments and touchpoints."""
        return self.record.estimate

    @property
    def draws(self) -> Figures | None:
        """The figures of each resample; None without resamples."""
        return self.record.draws

    @property
    def levels(self) -> Floats:
        """The different scores."""
        return self.record.levels

    @property
    def unit(self) -> str:
        """What a coefficient is counted in: "NPS points", "points" or, for a fitted outcome, "log odds"."""
        return self.record.unit

    @property
    def digits(self) -> int:
        """With how many decimals a change of the outcome is written: 1 for NPS points, else 2."""
        return self.record.digits

    def of(self, segment: str) -> pd.DataFrame:
        """The rows of one segment, most important first."""
        if self.by is None:
            return self.table
        return self.table[self.table["segment"] == segment]

    @cached_property
    def finding(self) -> Finding:
        """The most important touchpoint that is clear, what touchpoints explain, or how segments differ."""
        if self.by is None:
            return _finding(self)
        return finding_by(self.record, self.table, self.fit, self.contrasts)

    @property
    def note(self) -> str:
        """What was left out and why, what to type where that misleads, and how the intervals were made."""
        sentences = [note(self.record), *ways_out(self.record, self.table), *about_comparison(self.record)]
        return " ".join(sentences)

    def p_top(self, k: int = 3) -> pd.DataFrame:
        """How likely each touchpoint is among the ``k`` most important ones, from shrunken draws of importance.

        Columns ``segment`` (with ``by``), ``touchpoint``, ``p_top``; NaN without resamples.
        """
        return p_top_table(self.record, k)

    def dominance(self) -> View:
        """Compare every touchpoint with every other: by importance, by size of the model, and in every submodel.

        Returns
        -------
        View
            ``table`` has one row an ordered pair (and segment), the most important first: ``segment`` (with ``by``),
            ``touchpoint``, ``over``, ``difference`` in importance with ``low`` and ``high``, ``p_general``: the share
            of resamples in which the touchpoint is the more important one; ``complete``: the share of the sets of
            others to which it adds more R2, ``conditional``: the share of the sizes of such sets at which it does on
            average. Where that is 1 it dominates the other; ``p_complete`` and ``p_conditional`` are the shares of the
            resamples in which it does. ``parts["conditional"]``: ``segment``, ``touchpoint``, ``size`` (number of
            others in the model), ``gain`` (mean R2 added).

        Notes
        -----
        Budescu (1993); Azen and Budescu (2003). Equal gains count for neither side. Every submodel is looked at up to
        20 players, and in resamples up to 15 (200 resamples at most above 10 players). The finding calls clearly
        dominated whom the first touchpoint dominates in 95 of 100 resamples and is ahead of, in importance, by more of
        the difference's spread than the largest of all pairs is by chance alone (from the same resamples): it was
        chosen among all, and so were they.

        Examples
        --------
        >>> import cxlens as cx
        >>> view = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0).dominance()
        >>> view.table.columns[:3].tolist()
        ['touchpoint', 'over', 'difference']
        """
        return dominance(self.record)

    def shape(self) -> View:
        """Penalty and reward of each touchpoint, what class it belongs to, and whether its effect bends.

        Returns
        -------
        View
            Of kind "shape". Columns of the table: ``segment`` (with ``by``); ``touchpoint``; ``n`` scores; ``penalty``,
            the outcome of those with a low score less that of those with a middle one, all else equal, in outcome
            points, with ``penalty_low`` and ``penalty_high``; ``reward``, the same of a high score; ``asymmetry``, what
            a score point below the middle costs less what one above it brings, with its interval; ``class``;
            ``p_basic`` and ``p_excitement``, how often the asymmetry is above and below 0 in the resamples;
            ``curvature``, the coefficient of the squared score, with ``curvature_p`` and ``curvature_q``. Part
            ``bands``: below which score, and above which, a score is low or high.

        Raises
        ------
        OptionError
            For binary and ordinal outcomes.
        ValuesError
            When the survey has no scale and too many different scores to see one in them.

        Notes
        -----
        Penalty-reward contrasts: Brandt (1987). The middle third of the scale is the reference, scores below it are
        low, scores above it high (1-5: up to 2, from 4; 0-10: up to 3, from 7; 1-7: up to 2, from 6); without a scale,
        the thirds between a touchpoint's lowest and highest score. Beside its two dummies, each touchpoint keeps its
        score as a column: dummies alone take differences within the bands for asymmetry, and call a touchpoint whose
        effect is a straight line "excitement" in 11 to 45 % of simulated surveys of 2,000 with skewed scores. Penalty
        and reward are contrasts of band means in this model. They span different distances, so they are compared by
        score point.

        A class needs the interval of the asymmetry, not its estimate: "basic" lies above 0 (and the penalty is surely
        one), "excitement" below 0 (and the reward is surely one), "performance" has a sure penalty and a sure reward of
        which neither is clearly greater; all else is "undecided", as is everything without resamples. The finding
        tells "basic" and "excitement" where that is clear among all (Benjamini and Hochberg, twice the smaller of
        ``p_basic`` and ``p_excitement``). A band of fewer than 5 scores gives no figures.

        Curvature is tested in a model of the scores and squares of all touchpoints, with the robust errors of the
        drivers; q-values are Benjamini and Hochberg's over the touchpoints of a segment.

        Examples
        --------
        >>> import cxlens as cx
        >>> result = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0)
        >>> print(result.shape().parts["bands"].round(2).head(1).to_string(index=False))
             touchpoint  low_below  high_above
        Booking website       2.33        3.67
        """
        return shape(self.record)

    def performance(self, *, cross: Cross = "means") -> View:
        """Importance-performance map: what matters and is rated low.

        Parameters
        ----------
        cross
            Where ratings are parted into low and high: ``"means"``, at the mean of the touchpoints' means, found anew
            in each resample, or ``"middle"``, at the middle of the scale. Importance is parted at its mean.

        Returns
        -------
        View
            ``table``: ``mean`` score of users and ``importance`` (LMG, points of R2), each with ``_low`` and ``_high``;
            ``quadrant``, the one whose probability is over a half, else "undecided"; ``p_quadrant``, the largest of
            these probabilities, and ``p_concentrate``, that of "concentrate here"; ``q_value`` as in the drivers.
            ``parts["cross-hairs"]``: ``mean`` and ``importance`` at which they lie. Without resamples the quadrant is
            that of the figures, and the probabilities are NaN.

        Raises
        ------
        OptionError, ValuesError
            When ``cross`` is no option, or the survey has no scale to have a middle.

        Notes
        -----
        Martilla and James (1977), Journal of Marketing 41(1). A probability is a share of the resamples, with the
        importances of a segment drawn together (:func:`cxlens.stats.shrinkage.shrink`). The finding names what is
        clearly in "concentrate here", allowing for all touchpoints (Benjamini and Hochberg, of 1 - ``p_concentrate``),
        and clearly goes with the outcome, too: both under 1 - ``level``.

        Examples
        --------
        >>> import cxlens as cx
        >>> view = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0).performance()
        >>> view.table.loc[view.table["quadrant"] == "concentrate here", "touchpoint"].tolist()
        ['Security', 'Getting there and parking', 'Restaurants']
        """
        return performance(self.record, cross=cross)

    def value_added(
        self,
        reference: Mapping[str, float] | TouchpointMap | Survey | None = None,
    ) -> View:
        """What each touchpoint adds to the outcome, or takes from it, by scoring above or below a reference.

        Coefficient x (mean - reference) x reach; the sum is what the model explains of the gap between the outcome as
        it is and as it would be if all users gave the reference score. Of a yes/no or ordered outcome that gap itself
        is predicted, in percentage points, for each touchpoint and for all at once, which is not their sum.

        Parameters
        ----------
        reference
            ``None``: the middle of the scale; ``{touchpoint: score}``; a touchpoint map: its standards of the metric
            "mean"; or the survey of a competitor, taken as a sample of its own: its (weighted) means. Touchpoints
            without a reference are left out.

        Returns
        -------
        View
            ``table``: ``mean`` of users, ``reference``, ``reach``, ``coef``, ``value`` in points of the outcome with
            ``value_low`` and ``value_high`` (percentiles over the resamples; they hold the error of a competitor's
            means up to 100,000 answers; none where those are all alike, so that their error is not known). Most added
            first; last, in each segment, "all together".

        Raises
        ------
        OptionError, ValuesError
            When a touchpoint is unknown, a reference is no score of the scale, there is none, or the scale is not
            known.

        Warns
        -----
        UserWarning
            When the competitor's survey has another scale.

        Notes
        -----
        The finding says where that leaves the answers: under 5 % of the users of a touchpoint rated it at the reference
        or beyond, or the outcome would leave its scale with all at the reference.

        Examples
        --------
        >>> import cxlens as cx
        >>> found = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0)
        >>> found.value_added({"Security": 4, "Wi-Fi": 4}).table["touchpoint"].tolist()[:2]
        ['Wi-Fi', 'Security']
        """
        return value_added(self.record, reference)

    def opportunity(self, stated: Survey | None = None) -> View:
        """Opportunity scores: what matters to customers and does not satisfy them.

        Parameters
        ----------
        stated
            A survey of how important customers say each touchpoint is, by the same names, on a scale of its own; taken
            as a sample of its own, the same for all segments. Without it importance is *derived*: the importance in
            `drivers`, rescaled so that the largest is 10. Scores of the two are not comparable.

        Returns
        -------
        View
            ``table``: ``importance`` and ``satisfaction`` (0 to 10: ten times the top-box share; of users),
            ``score`` (0 to 20) with ``score_low`` and ``score_high``; ``class``: "extremely under-served" above 15,
            "strongly under-served" above 12, "under-served" above 10, "not under-served", each where the whole interval
            lies there, else "undecided"; of what is not under-served "over-served" where satisfaction clearly exceeds
            stated importance, "served right" where it clearly does not.

        Raises
        ------
        OptionError, ValuesError
            When `stated` is no survey or shares no touchpoint, or a scale is not known.

        Notes
        -----
        Ulwick (2002), Harvard Business Review 80(1); the bands are those of Ulwick (2005), What Customers Want.

        Examples
        --------
        >>> import cxlens as cx
        >>> view = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0).opportunity()
        >>> view.table["touchpoint"].iloc[0]
        'Security'
        """
        return opportunity(self.record, stated)

    def moments_of_truth(self, *, reach: Mapping[str, float] | pd.DataFrame | None = None) -> View:
        """Where many customers meet what they feel strongly about and what moves the outcome.

        Parameters
        ----------
        reach
            How many customers meet each touchpoint, where that was observed: ``{touchpoint: share}``, or a table with
            the columns ``touchpoint`` and ``reach`` (and ``segment``), such as that of
            :meth:`cxlens.stages.journeys.paths.Paths.felt`. Without it, as many as rated it.

        Returns
        -------
        View
            ``table``: ``reach`` (share of respondents), ``emotion`` (strength of feeling), ``effect`` (the coefficient
            of `drivers`, sign aside) with ``effect_low`` and ``effect_high`` (from its interval there); ``index`` (0 to
            100) with ``index_low`` and ``index_high`` over the resamples; ``q_value`` as in the drivers, ``q_above`` of
            "its effect is the median one"; ``moment_of_truth``: True where a touchpoint is met by at least the median
            share, felt at least as strongly as the median, and its effect is clear and clearly above the median (both
            q under 1 - ``level``), None where an effect has no error. Coefficients of a fitted outcome are not
            resampled: its index has no interval.

        Raises
        ------
        ValuesError
            When strength of feeling is to be read from scores without a scale, or a column of it holds text; or
            ``reach`` is none, no share, or of none of the touchpoints.

        Notes
        -----
        The index is ours, not a standard measure: the geometric mean of the percentile ranks of reach, emotion and
        effect among the touchpoints of a segment, times 100. Emotion is the mean size of the values in the survey's
        ``emotion`` columns, where each touchpoint has one (taken as exact); else how far scores lie from the middle of
        the scale: 0 where all are in the middle, 1 where all are at an end. The interval of an effect that may be zero
        starts at 0. Groups, factors and products have no index. The flag rests on the tests, the index only orders.
        ``q_above`` is of Wald's test of the effect less the median, which is estimated, too: the error is that of the
        difference over 4,000 draws of all coefficients by their covariance.

        Examples
        --------
        >>> import cxlens as cx
        >>> view = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0).moments_of_truth()
        >>> view.table.columns[2:5].tolist()
        ['reach', 'emotion', 'effect']
        """
        return moments_of_truth(self.record, reach=reach)

    def dimensions(self) -> View:
        """Split the importance of each touchpoint among its dimensions, and tell the effect of each.

        Returns
        -------
        View
            ``table`` has one row a dimension (and segment), the most important touchpoint first: ``segment`` (with
            ``by``), ``touchpoint`` (or group), ``dimension`` ("" where it has one column), ``n`` scores, ``mean`` of
            them, ``coef`` of the dimension in the model of all dimensions with ``coef_low`` and ``coef_high``,
            ``importance`` (its Owen value, in R2) with ``importance_low`` and ``importance_high``, ``share`` of what
            the touchpoint explains, ``p_value``, ``q_value``. ``parts["touchpoints"]`` is the same by touchpoint, with
            the columns of :attr:`cxlens.stages.drivers.drivers.Drivers.table`; each explains the sum of its dimensions.
            ``parts["fit"]`` is that of the drivers for the model of all dimensions.

        Raises
        ------
        OptionError
            For binary and ordinal outcomes, and drivers with factors or interactions.
        ValuesError
            When no touchpoint has several dimensions, there are too many of them, or too few complete answers.

        Notes
        -----
        Owen (1977): Shapley values among the touchpoints as wholes, and within each among its dimensions. Unlike in the
        drivers, where a touchpoint scores the mean of the dimensions rated, each dimension has a coefficient of its
        own, so a row with a blank dimension is left out. Importance is exact whatever the method of the drivers.

        Examples
        --------
        >>> import cxlens as cx
        >>> import numpy as np
        >>> import pandas as pd
        >>> rng = np.random.default_rng(0)
        >>> answers = pd.DataFrame(rng.integers(1, 6, (200, 3)), columns=["speed", "courtesy", "web"])
        >>> answers["overall"] = 2 * answers["speed"] + answers["web"] + rng.normal(size=200)
        >>> desk = {"speed": "speed", "courtesy": "courtesy"}
        >>> survey = cx.Survey(answers, touchpoints={"Desk": desk, "Web": "web"}, outcome="overall")
        >>> cx.drivers(survey, n_boot=0).dimensions().table["dimension"].tolist()
        ['speed', 'courtesy', '']
        """
        return dimensions(self.record)

    def beside(self, rating: str) -> View:
        """Hold one more rating, such as that of the whole journey, beside the touchpoints: does it tell more?

        Parameters
        ----------
        rating
            Another outcome of the survey, or one of its touchpoints, which is then none of the touchpoints here.

        Returns
        -------
        View
            ``table``: ``model`` ("touchpoints", "rating", "both", "rating adds"), ``n`` answers, ``share`` of the
            squared differences in the outcome that it tells of answers held out, with ``low``, ``high`` and the
            ``p_value`` of being 0.

        Raises
        ------
        OptionError, ValuesError
            When ``rating`` is none of the survey's, the outcome is a yes/no or ordered one, fewer than 50 answers have
            both, or the answers are on disk.

        Notes
        -----
        Least squares, ten-fold cross-validation over respondents or clusters, so that one more column is no gain by
        itself. Blanks and what was not used have a column of their own. What is saved of squared errors is a ratio of
        sums over respondents, linearised.

        Examples
        --------
        >>> import numpy as np
        >>> import pandas as pd
        >>> import cxlens as cx
        >>> rng = np.random.default_rng(1)
        >>> answers = pd.DataFrame(rng.integers(1, 6, (200, 2)), columns=["web", "visit"])
        >>> answers["y"] = answers["web"] + 2 * answers["visit"] + rng.normal(size=200)
        >>> survey = cx.Survey(answers, touchpoints=["web", "visit"], outcome="y")
        >>> cx.drivers(survey, n_boot=0).beside("visit").table["share"].round(1).tolist()
        [0.2, 0.7, 0.9, 0.8]
        """
        return beside(self.record, rating)

    def within(self, by: str) -> View:
        """Split each slope in two, within a place and between places: what counts there, and what marks good places.

        Parameters
        ----------
        by
            The column that names the place: a hotel, a shop, a branch, a terminal; a segment or channel of the survey.

        Returns
        -------
        View
            ``table``: one row a touchpoint: ``n`` scores; ``within``, outcome points per score point among the answers
            of one place, all touchpoints at once, and ``between``, the same among places, one of which is rated a point
            higher, with their intervals; ``within_p`` and ``within_q``; ``difference``, between less within, with its
            interval, ``difference_p`` and ``difference_q`` (q-values by Benjamini and Hochberg over the touchpoints);
            ``reliability``, the share of the differences between ratings of places that is no sampling error;
            ``spread``, the standard deviation of the slopes of places, with its interval, and ``spread_p`` and
            ``spread_q`` of their being alike; ``kind``: "clear within" (clearly above 0), "mark
            of good places" (between above 0 and clearly above within, which is not clearly above 0), "clear within,
            more between", or "not clear". The largest ``within`` stands first.

            ``parts["places"]``: one row a touchpoint and place: ``n`` scores, ``raw`` slope of the place alone,
            ``value`` with luck taken off, ``low``, ``high``, ``elsewhere``, the slope of all; ``p_value`` of being that
            one, ``q_value`` over all rows; ``position``: "more" or "less" than elsewhere, or "not clear". Blank where
            a place has too few answers for slopes of its own (20 beyond the columns), or they are hidden.

            ``parts["fit"]``: ``n`` answers, ``places`` told, how many of them are compared ``between``, their ``df``;
            ``left_out``: places of fewer than 5 answers, or hidden.

        Raises
        ------
        ColumnError, OptionError, ValuesError
            When ``by`` is no segment, the drivers are by segment, imputed, or have groups, factors or products; when
            fewer than 5 places have 5 answers, or a touchpoint differs between places only.

        Notes
        -----
        Mundlak (1978); Neuhaus and Kalbfleisch (1998); Bell, Fairbrother and Jones (2019). Within: least squares with
        a level for each place, errors by leaving out each place in turn (CR3), or blocks of clusters if these are less
        sure. Use and covariates are held at their slopes within. Between: what these leave of the mean outcome of each
        place, on the ratings of all touchpoints by restricted maximum likelihood, so that places of few answers count
        for less; errors of Knapp and Hartung with places - touchpoints - 1 degrees of freedom, blank below 4. Slopes of
        single places: :func:`cxlens.compare_places` says how luck is taken off. Yes/no outcomes are explained by
        linear regression in percentage points, ordered ones by their steps as equal, NPS in NPS points.

        Examples
        --------
        >>> import cxlens as cx
        >>> import numpy as np
        >>> import pandas as pd
        >>> rng = np.random.default_rng(0)
        >>> hotel = np.repeat(np.arange(30), 40)
        >>> good = rng.normal(0, 0.5, 30)[hotel]
        >>> answers = pd.DataFrame({"hotel": [f"H{number:02}" for number in hotel]})
        >>> for name in ("room", "lobby"):
        ...     answers[name] = np.clip(np.round(3.5 + (name == "lobby") * good + rng.normal(0, 1, 1200)), 1, 5)
        >>> answers["overall"] = answers["room"] + 2 * good + rng.normal(0, 1, 1200)
        >>> survey = cx.Survey(answers, touchpoints=["room", "lobby"], outcome="overall", segments=["hotel"])
        >>> cx.drivers(survey, n_boot=0).within("hotel").table[["touchpoint", "within", "between", "kind"]].round(1)
          touchpoint  within  between                 kind
        0       room     1.0      0.6         clear within
        1      lobby    -0.0      1.8  mark of good places
        """
        return within(self.record, by)

    def diagnosis(self) -> View:
        """Collinearity, halo, influential respondents and cross-validation of the drivers.

        Returns
        -------
        View
            Of kind "diagnosis". Table: ``segment`` (with ``by``), ``touchpoint``, ``columns`` it has in the model,
            ``vif``. Parts: ``halo`` (``touchpoints``, ``share`` of the variance of their correlations that the first
            principal component has, and what it would have were all ``unrelated``); ``influence``, the ten respondents
            of the largest Cook's distance (``row`` in the data, counted from 0, ``cook``, ``leverage``, which
            touchpoint's coefficient each ``moves`` most, and ``by`` how many standard errors), without those of a value
            of a factor or covariate that fewer than 5 gave; ``cross-validation`` (``n``, ``folds``, ``r2`` in the
            sample, ``r2_cross_validated``). The last two need rows in memory and an outcome of kind interval or nps;
            where they are empty, the note says why.

        Notes
        -----
        VIF: how many times larger the variance of a coefficient is than it were if the touchpoint had nothing to do
        with all other columns, usage and covariates included. A touchpoint's own usage does not count, as the 0 for
        "not used" is a mere code. For a player of m columns it is the generalised VIF to the power 1 / m, Fox and
        Monette (1992), which for m = 1 is the VIF. Infinite where a score follows from other columns.

        Halo: of the correlations of all scored touchpoints, each from those who used both. A common factor may be a
        halo of the mood, or real.

        Influence: Cook (1977); Belsley, Kuh and Welsch (1980) for the change of coefficients. Cross-validation: 10
        folds, with clusters and respondents kept in one fold; one R2 over all predictions for held-out rows.

        Examples
        --------
        >>> import cxlens as cx
        >>> cx.drivers(cx.datasets.load_airport().survey(), n_boot=0).diagnosis().parts["influence"].columns.tolist()
        ['row', 'cook', 'leverage', 'moves', 'by']
        """
        return diagnosis(self.record)

    def model(self, segment: str | None = None) -> Any:
        """The full model as results of statsmodels, for everything statsmodels can do with them.

        Parameters
        ----------
        segment
            Which segment, with ``by``.

        Returns
        -------
        statsmodels results
            Of WLS for outcomes of kind interval and nps, with the HC3 errors of the table; of a binomial GLM for binary
            ones and an OrderedModel for ordinal ones, with HC1 errors, which are a little smaller than those of the
            table below 1,000 answers. With clusters the errors are statsmodels' own (CR1), which are too small where
            clusters are few: believe those of the table. Columns are named after touchpoints; "used X" says that X was
            used. A column that follows from others is left out.

        Raises
        ------
        OptionError
            For an unknown segment.
        ValuesError
            When the rows are on disk, or no single model of rows is behind the figures, or without a segment where
            there are several, or for an ordinal outcome with weights, which statsmodels would ignore.

        Examples
        --------
        >>> import cxlens as cx
        >>> result = cx.drivers(cx.datasets.load_airport().survey(), n_boot=0)
        >>> float(result.model().rsquared.round(3)) == float(result.fit["r2"].round(3)[0])
        True
        """
        return model(self.record, segment)


@misfits_told
def drivers(
    survey: Survey,
    *,
    outcome: str | None = None,
    by: str | None = None,
    groups: Groups | None = None,
    factors: Sequence[str] = (),
    interactions: Sequence[tuple[str, str]] = (),
    covariates: Sequence[str] = (),
    method: Method | None = None,
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
        A segment column: the same analysis in each segment. Segments that were found in these answers, by
        ``tree.by_segment()``, have no p-values.
    groups
        ``{name: [touchpoint, ...]}``: touchpoints that share as one player, such as the steps of a process.
    factors
        Segment columns that are players: differences between their values are kept whole.
    interactions
        Pairs of touchpoints whose product (of scores centred at their means) is a player, too.
    covariates
        Touchpoints or segment columns that are always in the model and take no share.
    method
        How R2 is shared out. ``"lmg"``: exactly, up to 25 players (15 for binary and ordinal outcomes);
        ``"relative weights"``: Johnson's, for any number; ``"sampling"``: LMG from 200 random orders of entry and their
        reverses, for any number, with its standard error in ``measures``. By default LMG; over 25 players relative
        weights, and finding and note say so.
    missing
        What to do with "not used". ``"indicator"``: everyone stays, and whether a touchpoint was used is a
        control; ``"drop"``: only those who used all touchpoints.
    blanks
        What to do with scores left blank. ``"drop"``: such rows are left out; ``"impute"``: drawn from what the other
        answers say, anew in each resample.
    n_boot
        Number of resamples; 0 for none. By default 1000 for any number of players; 200 with sampling; 100 with
        imputation. The result says how many.
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
        more players than the method takes, scores tell a fitted outcome without error (separation), no segment has
        enough answers, or so few did not state a factor or covariate that leaving them out would tell of them.

    Notes
    -----
    Of a yes/no or ordered outcome, where those who did not use a touchpoint gave one of the answers fewer than 5 times
    their rows are left out, by touchpoint and counted in ``dropped``; where that would cost more than a twentieth of
    the answers, one usage flag for all such touchpoints keeps them. Errors leave out each answer, or cluster, in turn
    below 1,000 of them. From five players on importance in a resample moves as that of least squares does. Answers on
    disk are fitted to a seeded sample of 100,000.

    LMG: Lindeman, Merenda and Gold (1980); Groemping (2007), The American Statistician 61(2). Errors of
    coefficients are HC3; with clusters each is left out in turn (CR3), and p-values are blank below 4 of Bell and
    McCaffrey's (2002) degrees of freedom; so is each of 200 blocks of respondents, where a segment of more than 100,000
    rows, or of a file, has over 10,000 answers; with imputation, errors are those of the resamples. Below 300 answers
    of which over half are at an end of the scale, p-values come from permutations of residuals (Freedman and Lane
    1983): HC3 found a touchpoint without effect in up to 27 of 100 such surveys. From 13 touchpoints on, importance in
    a resample is made from its gradient and some orders of entry, within a thirtieth of its spread. The low end of its
    interval is found on the square-root scale, the high end from the resamples, both widened where answers are few; a
    low end of 0 says that the importance may be none. ``p_value`` is another question: it judges the
    coefficient in the model of recorded scores; halo and rounding can make a touchpoint without an effect of its own
    real in that model.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> result = cx.drivers(study.survey(), n_boot=0)
    >>> result.table.columns[:3].tolist()
    ['touchpoint', 'n', 'mean']
    """
    check_kind(
        "drivers",
        survey,
        Survey,
        "cx.Survey(data, touchpoints=[...], outcome='column')",
    )
    check_level(level)
    question: dict[str, Any] = {
        "outcome": outcome,
        "by": by,
        "groups": groups,
        "factors": factors,
        "interactions": interactions,
        "covariates": covariates,
        "method": method,
        "missing": missing,
        "blanks": blanks,
    }
    asked = ask(survey, **question)
    check_draws(n_boot)
    check_seed(seed)
    options = copy.deepcopy({**question, "n_boot": n_boot, "level": level, "seed": seed})
    return drivers_of(
        fit(
            survey,
            asked,
            options,
            usual_draws(asked) if n_boot is None else n_boot,
            level,
            seed,
        )
    )


def drivers_of(record: Fit) -> Drivers:
    """The face of a record: its tables, and the sides as methods."""
    table = tables.drivers_table(record)
    if is_chosen(record):
        table[["p_value", "q_value"]] = np.nan
    return Drivers(
        table=table,
        fit=tables.fit_table(record).assign(p_first=p_first(record)),
        contrasts=contrasts_table(record),
        record=record,
    )


def _finding(result: Drivers) -> Finding:
    """``Security goes with NPS most: +13.0 [9.1, 17.2] NPS points per rating point; clearly first.`` and so on."""
    record = result.record
    n = count(result.n)
    noun = "touchpoint"
    if min(record.asked.single) < 0:
        noun = "driver"
    if not result.table["importance"].iloc[0] > 0:
        return Finding(f"No {noun} explains any differences in {record.outcome_words}", n=n)
    is_clear = result.table["q_value"] < 1 - result.level
    more = tuple(cautions(record, result.table))
    if is_clear.any():
        first = result.table[is_clear].iloc[0]
        leads = bool(is_clear.iloc[0]) and bool(result.fit["p_first"].iloc[0] >= CLEARLY)
        return replace(clear_link(record, first, noun, leads=leads), more=(explained(record, noun), *more), n=n)
    return Finding(
        lead=f"No {noun} clearly goes with {record.outcome_words}",
        certainty=none_clear(result.table["q_value"], result.level),
        more=(explained(record, noun), *more),
        n=n,
    )
