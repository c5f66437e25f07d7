"""Stage 2: how well each touchpoint serves.

The verb :func:`baseline` and its result. Figures are made in :mod:`cxlens.stages.baseline.score`, the other sides of a
baseline in modules of their own; what matters most is a question for drivers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding, Item
from cxlens.common.html import card
from cxlens.common.result import Result, View
from cxlens.common.values import count, interval, number, percent, plural
from cxlens.errors import (
    OptionError,
    check_kind,
    check_level,
    check_min_n,
    check_option,
    check_single_answers,
    listing,
)
from cxlens.stages.baseline.aggregated import check_ratings, finding_of_shares, nothing_shown
from cxlens.stages.baseline.bias import bias_of
from cxlens.stages.baseline.blind_spots import blind_spots
from cxlens.stages.baseline.comments import comments_of
from cxlens.stages.baseline.consistency import consistency
from cxlens.stages.baseline.emotion import emotion_of
from cxlens.stages.baseline.interviews import Interviews
from cxlens.stages.baseline.lowest import Lowest, lowest
from cxlens.stages.baseline.map_states import state_of
from cxlens.stages.baseline.not_covered import not_covered
from cxlens.stages.baseline.pitfalls import pitfalls
from cxlens.stages.baseline.record import FEW, Per, Scorecard, scorecard
from cxlens.stages.baseline.rivals import competitors
from cxlens.stages.baseline.staff import employees
from cxlens.stages.baseline.standards import standards_of
from cxlens.stages.baseline.verdicts import verdicts
from cxlens.stages.drivers.drivers import Drivers
from cxlens.study.aggregates import Aggregates
from cxlens.study.asked import lowest_is_best, worst
from cxlens.study.others import check_survey, checked_competitors
from cxlens.study.scale import Scale
from cxlens.study.segments import Segment, as_segment
from cxlens.study.shown import tells_use
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

CARD = ["segment", "wave", "touchpoint", "stage", "process", "channel", "n", "reach", "mean", "low", "high", "top_box",
        "unhappy", "nps", "ces", "standard", "p_met", "q_value", "trend", "trend_q", "note"]  # fmt: skip

SIDES = {
    "below": "clearly below",
    "about": "not clearly off",
    "meets": "clearly above",
}
WHERE_LOWEST_IS_BEST = {
    "below": "clearly worse than",
    "about": "not clearly off",
    "meets": "clearly better than",
}


@misfits_told
@dataclass(frozen=True, eq=False, repr=False)
class Baseline(Result):
    """How well each touchpoint serves: the result of :func:`baseline`.

    Attributes
    ----------
    table
        One row a touchpoint, or stage, process, channel (and segment, and wave). Every figure has its interval in
        columns that end in ``_low`` and ``_high``; that of the mean is ``low`` and ``high``.

        ``segment`` and ``wave`` (with ``by``); ``touchpoint`` (or what ``per`` says); ``stage``; ``n`` scores;
        ``reach`` (users among those who told us); ``mean`` of the users; ``top_box`` (share of high scores, CSAT);
        ``unhappy`` (share of low ones); ``nps`` in points, where scores run from 0 to 10; ``ces``, the mean of the
        dimension called "effort" or "ease"; ``metric`` and ``standard`` of the touchpoint's first score standard,
        ``gap`` to it, ``p_met`` (probability that the true figure meets it), ``p_value`` (two-sided, of no gap) and
        ``q_value`` (Benjamini-Hochberg over the table); ``trend`` in points a wave with ``trend_p`` and ``trend_q``
        (where the survey has waves and ``by`` does not name them); ``bad_moments`` a month (volume x unhappy) and
        ``cost_per_good`` contact (money over top box), of all customers; ``note``.

        Cells of fewer than ``min_n`` answers are blank, and as many more as keep them from being worked out. Where the
        lowest score is the best, means and their standards are as asked; ``gap`` and ``trend`` count points better.
    outcomes
        One row a measure of an outcome (and segment, and wave): ``outcome``, ``measure`` ("NPS", "mean", "top box" or
        "share"), ``n``, ``value``, ``low``, ``high``.
    survey, touchpoint_map, by, per, min_n, level
        What was asked.
    rivals, staff
        Surveys of competitors' customers, by name, and of employees: see :meth:`competitors` and :meth:`employees`.
    record
        The figures, and all that they rest on: a :class:`cxlens.stages.baseline.record.Scorecard`.
    """

    record: Scorecard

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"scorecard": self.table, "outcomes": self.outcomes}

    @property
    def table(self) -> pd.DataFrame:
        """The scorecard: see the attributes."""
        return self.record.shown

    @property
    def outcomes(self) -> pd.DataFrame:
        """The outcomes: see the attributes."""
        return self.record.outcomes_shown

    @property
    def survey(self) -> Survey:
        """The answers."""
        return self.record.survey

    @property
    def touchpoint_map(self) -> TouchpointMap | None:
        """Where the touchpoints stand."""
        return self.record.touchpoint_map

    @property
    def by(self) -> str | tuple[str, ...] | None:
        """The columns whose values are told apart."""
        return self.record.by

    @property
    def per(self) -> Per:
        """What has a row: touchpoint, stage, process or channel."""
        return self.record.per

    @property
    def min_n(self) -> int:
        """Answers below which a cell is blank."""
        return self.record.min_n

    @property
    def level(self) -> float:
        """The confidence level of the intervals."""
        return self.record.level

    @property
    def rivals(self) -> Mapping[str, Survey]:
        """Surveys of competitors' customers, by name."""
        return self.record.rivals

    @property
    def staff(self) -> Survey | None:
        """The survey of employees."""
        return self.record.staff

    @cached_property
    def finding(self) -> Finding:
        """What is rated lowest (worst, where the lowest score is the best), in parts."""
        return _finding(self.record)

    @property
    def note(self) -> str:
        """How to read the table."""
        return self.record.note

    def _repr_html_(self) -> str:
        shown = [name for name in CARD if name in self.table]
        known = self.table[shown].dropna(axis="columns", how="all")
        return card(self.sentence, known, f"{self.note} All columns: .table.")

    def _answers(self, side: str) -> Scorecard:
        """The record for a side that needs single answers."""
        check_single_answers(side, self.survey)
        return self.record

    def where(self, segment: Segment | Mapping[str, Any]) -> Baseline:
        """The same for the answers of one segment, or of ``{column: condition}``, also of competitors.

        Raises
        ------
        ValuesError
            When the segment names a column that is not among the labels, or no answer belongs to it.
        """
        return Baseline(self.record.where(as_segment(segment, "where")))

    def blind_spots(self, *, margin: float | None = None, segments: Sequence[Segment] = ()) -> View:
        """List where nothing or too little is known, and how many more answers it takes.

        Without a map, only gaps in the data can be seen.

        Parameters
        ----------
        margin
            Points of the score: the interval of a mean is to be no wider than plus and minus so many. By default a
            tenth of the scale's range, such as 0.4 on a scale from 1 to 5; without a scale, of four usual standard
            deviations.
        segments
            Groups that ought to be heard, besides the values of the survey's segment columns.

        Returns
        -------
        View
            ``table`` has one row a blind spot, the worst first: needs that are levers, then by kind; where much happens
            before where little does. ``kind``: "stage without touchpoint", "stage without data", "touchpoint without
            data", "need without touchpoint", "segment not heard", "too few answers" or "not on the map". ``what`` (its
            name), ``stage``, ``lever`` (whether such a need hangs on it), ``volume`` (contacts a year), ``n`` (scores;
            answers of a segment), ``more`` (scores still needed), ``more_answers`` (answers still needed, since not
            every answer has a score), ``why``, ``next``.

        Raises
        ------
        OptionError, ValuesError
            When ``margin`` is not above 0, or a segment asks for a column that is not a segment or
            for a range of text. A segment in which nobody answered is listed.

        Notes
        -----
        ``more`` is the smallest number of scores for which Student's interval, at the baseline's level and with the
        spread seen so far (clusters and weights allowed for), is no wider than the margin; never fewer than 30. Where
        fewer than ``min_n`` answered, the median spread of the other touchpoints stands in, or a quarter of the scale's
        range, and nothing is told of how many there are. Columns of more than 50 values are not looked at.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> view = cx.baseline(study.survey(), study.map()).blind_spots(segments=study.segments)
        >>> view.table.columns[:3].tolist()
        ['kind', 'what', 'stage']
        """
        return blind_spots(self._answers("blind_spots"), margin=margin, segments=segments)

    def response_bias(self, margins: Mapping[str, Mapping[Any, float]]) -> View:
        """Hold the respondents against the customer base, and rake their weights to it.

        Weights that the survey has are where raking starts from.

        Parameters
        ----------
        margins
            The customer base: ``{segment column: {value: share}}``. The shares of a column sum to 1; whole numbers of
            which one is above 1 are taken as numbers of customers.

        Returns
        -------
        View
            Of kind "response bias". One row a column and value: ``column``, ``value``, ``n``, ``share`` of the answers
            whose value the margins know (by the survey's weights) with ``low`` and ``high`` (Wilson; of clusters where
            ids repeat), ``base`` (share of customers), ``difference``, ``p_value`` (score test of the share being that
            of the base; of clusters Student's t), ``q_value`` over all rows, ``weight`` (mean weight after raking, the
            survey's own included), ``note``. Values of fewer than ``min_n`` answers are blank, and the next smallest
            where they would follow from the rest; that they are far from their share is said, without a number.

            Parts: ``effect``, one row a touchpoint and outcome: ``item``, ``measure``, ``n``, ``value`` (as the survey
            is), ``raked`` with ``low`` and ``high``, ``difference`` with ``difference_low`` and ``difference_high``;
            ``weights``: ``weight`` of each answer in the order of the rows, with mean 1 (rows, not for publishing:
            equal weights tell how many are of a kind); ``raking``: one row with ``n``, ``effective_n``,
            ``design_effect``, ``margins``, ``steps``.

        Raises
        ------
        ColumnError, ValuesError
            For columns that are no segment, shares that do not sum to 1, values that look misspelt, and margins that no
            weights can meet at once.

        Notes
        -----
        A value of the base that no respondent has cannot be weighted up: the others share its part, and the note says
        so. Answers whose value the margins do not know keep their weight in that margin. Values of under 30 answers are
        weighted as one, and weights end at five times the mean (DeBell and Krosnick 2009). Intervals of raked figures
        are those of the residuals on the margins (Deville, Sarndal and Sautory 1993); with clusters, each left out in
        turn, margins aside. Hidden rows are tested by Bonferroni over all rows. The effective n takes the
        weights as fixed (Kish 1965), and all answers as independent. Weights repair what the margins measure and
        nothing else: among customers of the same values, those who answered may still differ from those who did not.

        Examples
        --------
        >>> import cxlens as cx
        >>> survey = cx.datasets.load_airport().survey()
        >>> margins = {"purpose": {"business": 0.5, "leisure": 0.3, "visiting friends": 0.2}}
        >>> view = cx.baseline(survey).response_bias(margins)
        >>> view.table[["value", "share", "base", "weight"]].round(2).to_string(index=False).splitlines()[1].split()
        ['business', '0.38', '0.5', '1.66']

        To use the weights, put them beside the answers, row by row, and make a survey of that (where the answers are
        not at hand, ``survey.table`` has them, without the difference between not used and blank):

        >>> answers = survey.table.assign(weight=view.parts["weights"]["weight"])
        >>> weighted = cx.Survey(answers, touchpoints=survey.touchpoints, outcome="overall", weight="weight")
        """
        return bias_of(self._answers("response_bias"), margins)

    def verdicts(self, drivers: Drivers | None = None) -> View:
        """Give each touchpoint a verdict, with its rule, the evidence and how sure it is.

        Parameters
        ----------
        drivers
            From :func:`cxlens.drivers`, of the same answers. Without them importance is not known: what is not likely
            to meet its standard is not judged, and nothing is above standard or an overlap.

        Returns
        -------
        View
            ``table`` has one row a touchpoint, and one a need or stage without any, in the order of the verdicts below.
            ``touchpoint`` ("" for a gap), ``stage``, ``need`` (of a gap), ``verdict``, ``rule`` and ``evidence`` in
            words, ``certainty`` (a probability, see Notes), ``n`` scores, ``more`` (scores needed, where they are too
            few), ``mean`` with ``low`` and ``high``, ``metric``, ``standard`` and ``p_met`` as in the baseline;
            ``distance`` above the standard in standard deviations of the scores, with its interval; ``importance``,
            ``coef`` and ``q_value`` as in the drivers, ``effect`` (standard deviations of the outcome that go with one
            of the score, among users, shrunk) with its interval, ``p_matters`` (probability that it is 0.05 or more),
            ``r2_lost`` without the touchpoint with its interval; ``partner`` of the same stage that serves the same
            need and is nearest to it in scores, ``jaccard`` (users of both, of the users of either) and
            ``correlation`` with it; ``cost_per_contact``.

            ``parts["processes"]``: ``process``, ``verdict``, ``rule``, ``certainty``, ``touchpoints``, ``n``, ``mean``,
            ``low``, ``high``.

        Raises
        ------
        OptionError, ValuesError
            When the baseline has no map, or the drivers are of other answers, or by segment.

        Notes
        -----
        The rules, the first that holds, with the ``level`` of the baseline. *Below* its standard: q of the gap under
        1 - ``level``. *Matters*: an effect of 0.05 or more. A verdict needs a probability of 0.8.

        - not judged: fewer than 30 scores; no standard; or not likely to meet it, and importance is not known.
        - check overlap, a candidate to be looked at: with another touchpoint of the stage that serves the same need,
          at least 0.6 of the users of either use both, scores correlate by 0.7 or more, and the upper end of the R2
          lost without it is under 0.01. Of the two the one that carries less is named; the dearer one, where both costs
          are known and resamples do not tell which carries less. The other is then judged in the model without it.
        - fix: below, and below and matters is surely so. What nobody can control is kept instead, and the rule says so.
        - above standard, a hint to look and never to cut: the interval of the distance begins at 0.2 or above, and that
          of the effect ends under 0.05.
        - keep: surely not both below and of an effect that matters.
        - undecided: all else.
        - add: a need of a stage, levers first, that no touchpoint serves, or a stage without any.

        ``certainty``. fix: (1 - ``p_met``) x ``p_matters``. keep: one less that. above standard: probability of a
        distance of 0.2 or more, x (1 - ``p_matters``). check overlap: the share of resamples in which all three
        conditions hold. None for the others. ``p_met`` reads a sampling distribution as a probability, as the baseline
        does; ``p_matters`` is the share of effects drawn together (:func:`cxlens.stats.shrinkage.shrink`), since one
        minus a p-value would be too sure of itself. Either is about the model of recorded answers: moods that colour
        all answers of a person (halo) are effects there, and no probability here allows for them.

        Effect, R2 lost, overlap and correlation are those of least squares with usage held, on all touchpoints at once,
        in the resamples of the drivers (200 where they have none); each correlation is that of those who used both. A
        process takes the verdict of the touchpoint in it that is surest to need fixing, else the one they share; else
        it is undecided where a touchpoint in it is undecided or not judged, and kept where none is.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> view = cx.baseline(study.survey(), study.map()).verdicts(cx.drivers(study.survey(), n_boot=100))
        >>> view.table.columns[:4].tolist()
        ['touchpoint', 'stage', 'need', 'verdict']
        """
        return verdicts(self._answers("verdicts"), drivers)

    def not_covered(
        self,
        drivers: Drivers | None = None,
        initiatives: pd.DataFrame | None = None,
        plan: pd.DataFrame | None = None,
    ) -> View:
        """Tell what no initiative takes care of: touchpoints to fix, needs and stages without one, what is too dear.

        Parameters
        ----------
        drivers
            As for :meth:`verdicts`.
        initiatives
            From :func:`cxlens.read_initiatives`, or ``study.initiatives()``. Without them nothing is covered.
        plan
            The table of a road map, ``cx.roadmap(...).table``: then what it leaves out covers nothing.

        Returns
        -------
        View
            Of kind "not covered". Columns of the table, a row for each thing: ``kind`` ("to fix": a touchpoint whose
            verdict is fix; "stage" and "need" without a touchpoint; "over the budget": an initiative that costs more
            than there is, whenever it starts), ``what``, ``stage``, ``why``, ``initiatives`` (names of those that
            would cover it, and are left out), and of a touchpoint its rating ``mean`` with ``low`` and ``high`` and
            its ``standard``. ``parts["counts"]``: of each ``kind``, ``n`` not covered, ``of`` so many;
            ``parts["verdicts"]``: the table of :meth:`verdicts`.

        Raises
        ------
        OptionError, ValuesError, ColumnError
            As for :meth:`verdicts`, or when a table lacks columns.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> survey = study.survey()
        >>> found = cx.drivers(survey, n_boot=100)
        >>> left = cx.baseline(survey, study.map()).not_covered(found, study.initiatives())
        >>> left.table["kind"].unique().tolist()
        ['to fix', 'need']
        """
        return not_covered(self._answers("not_covered"), drivers, initiatives, plan)

    def standards(self, measurements: str | Path | pd.DataFrame | None = None) -> View:
        """Hold what was measured against the standards of the map, wave by wave.

        Scores come from the survey, by its time column if it has one.

        Parameters
        ----------
        measurements
            A path to a CSV file, or a frame, with the columns ``touchpoint``, ``metric`` (as the standard calls it),
            ``value`` and, if there are several, ``wave`` (they come in order: numbers by size, then text). With a
            column ``n``, a row sums up so many cases: ``value`` is their mean, ``sd`` their standard deviation; of a
            share, from 0 to 1, no ``sd`` is needed. Without it, a row is one case; of a share, ``value`` is then 1
            (right) or 0 (wrong).

        Returns
        -------
        View
            ``table``, one row a standard and wave: ``touchpoint``, ``stage``, ``metric``, ``unit``, ``wave``, ``n``
            cases or answers, ``value`` with ``low`` and ``high``, ``target``, ``better`` ("higher" or "lower"), ``gap``
            (how far on the good side; negative: missed), ``p_met`` (probability that the true figure meets the target),
            ``share_met`` (of cases that kept the target, with its interval; where cases are given), ``p_value``
            (two-sided, of the target being the true figure), ``q_value`` (over the table), ``note``. A standard that
            nothing measures has a row with a note. ``parts["latest"]``: each standard in its last wave.

        Raises
        ------
        FileError, ColumnError, OptionError, ValuesError
            When there is no map, the measurements cannot be read, name a touchpoint that is not on the map or a metric
            that is no standard of it, or hold a figure that cannot be.

        Notes
        -----
        Shares have mid-p intervals (Agresti and Gottard 2007). Means of cases have the wider of two: Student's with the
        skewness taken out (Hall 1992), and that of a lognormal distribution where the cases look like one
        (Krishnamoorthy and Mathew 2003), since the mean of a few waiting times is met by luck. A mean given with its
        ``sd`` has Student's, and is not judged where ``sd`` is more than half of it. The probabilities read the same
        distributions. Scores of the survey have the intervals and probabilities of :func:`cxlens.baseline`. A standard
        that does not say which side is better is not judged. q-values are those of Benjamini and Hochberg (1995).

        Examples
        --------
        >>> import cxlens as cx, pandas as pd
        >>> wait = cx.Standard("wait", 10, unit="min", better="lower")
        >>> desk = cx.Touchpoint("Desk", stage="arrive", standards=[wait])
        >>> figures = pd.DataFrame({"touchpoint": ["Desk"], "metric": ["wait"], "n": [50], "value": [12],
        ...                         "sd": [4]})
        >>> answers = cx.Survey(pd.DataFrame({"Desk": [3, 4], "y": [3, 5]}), touchpoints=["Desk"], outcome="y")
        >>> result = cx.baseline(answers, cx.TouchpointMap([desk], cx.Lifecycle(["arrive"])))
        >>> result.standards(figures)
        1 of 1 measured standard clearly missed: wait of Desk (12 min [10.86, 13.14], at most 10, n = 50).
        """
        return standards_of(self._answers("standards"), measurements)

    def consistency(self, groups: Mapping[str, Sequence[str]] | None = None) -> View:
        """Compare channels: by what the same people say of each, or by separate samples.

        Parameters
        ----------
        groups
            ``{"Opening an account": ["branch", "web"]}``: touchpoints that are one thing in several channels, rated by
            the same respondents. Without it the survey's ``channel`` column tells who answered about which channel.

        Returns
        -------
        View
            With ``groups``, ``table`` has one row a group: ``group``, ``touchpoints``, ``n`` (respondents who rated
            all), ``icc`` with ``low`` and ``high``, ``note``; ``parts["means"]``: the mean of each touchpoint among
            them. Without, one row a touchpoint: ``touchpoint``, ``n``, ``channels``, ``h``, ``df``, ``p_value``,
            ``q_value``, ``epsilon2`` (0: alike, 1: as apart as can be), ``lowest`` and ``highest`` (channel), ``note``;
            ``parts["means"]``: by channel, with ``low``, ``high`` and ``rank`` (mean rank among all scores of the
            touchpoint, 0 to 1, by which lowest and highest are named); ``parts["pairs"]``: which channels differ.

        Raises
        ------
        OptionError
            When there is neither a group nor a channel column, or a group has fewer than two touchpoints.

        Notes
        -----
        ICC(A,1), case 3A: absolute agreement of a single rating in these very channels (McGraw and Wong 1996), interval
        by leaving each person or cluster out. Separate samples: Kruskal and Wallis (1952) with epsilon squared,
        Benjamini and Hochberg over touchpoints; pairs after Dunn (1964). With weights or clusters ``h`` is Welch's F
        (1951) of the weighted mean ranks, with errors that know both (Lumley and Scott 2013), and pairs have Welch's t.

        Examples
        --------
        >>> import cxlens as cx
        >>> view = cx.baseline(cx.datasets.load_airport().survey()).consistency({"Bags": ["Bag drop", "Baggage claim"]})
        >>> view.table.columns[:4].tolist()
        ['group', 'touchpoints', 'n', 'icc']
        """
        return consistency(self._answers("consistency"), groups)

    def competitors(self, *, drivers: Drivers | None = None) -> View:
        """Compare our scores with those that customers of others give the same touchpoints.

        They come from ``cx.baseline(survey, competitors={"name": survey})``. Where that is by a segment, competitors'
        surveys need its column too; of several columns the first that is not the time counts.

        Parameters
        ----------
        drivers
            From :func:`cxlens.drivers` of our survey, without ``by``: are we behind where it matters?

        Returns
        -------
        View
            ``table``, one row a touchpoint and competitor (and ``segment``): ``n``, ``mean`` with ``low`` and ``high``,
            the same ending in ``_competitor``, ``difference`` (ours less theirs, in points of the score) with its
            interval, ``p_value``, ``q_value`` (over the table), ``position`` ("ahead", "behind", "level": told apart at
            q below 0.05), ``note``. ``parts["position"]``: a row a touchpoint (and segment): ``best`` (the best
            competitor), ``mean``, ``mean_best``, ``difference`` to it with its interval (Bonferroni over the
            competitors, as the best is picked), ``importance`` with its interval and ``matters`` where drivers are
            given. ``parts["overlap"]``: ``correlation`` (Spearman) of importance with the difference to the best, its
            interval, and ``behind_where_it_matters`` (names): below 0, we are weak where it matters.

        Raises
        ------
        OptionError, ColumnError
            When there are no competitors, none of their touchpoints is ours, a column is lacking, or drivers are by
            segment.

        Warns
        -----
        UserWarning
            When scales differ.

        Notes
        -----
        Where either side has under 100 answers, or under 300 beside more than twice as many, people change places
        between the two (:func:`cxlens.stats.permutation.two_samples`); else, and with clusters, Welch's interval and
        test (1947) on the errors of the scorecard. Benjamini and Hochberg (1995) over the table. The interval of the
        correlation (Bonett and Wright 2000) is over touchpoints, taken as a sample of those there could be; none under
        eight of them.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> plan = study.survey_plan
        >>> other = cx.Survey(cx.datasets.sample_folder() / "airport" / "neighbour.csv", touchpoints=plan.touchpoints,
        ...                   outcome="overall", scale=plan.scale, segments=["purpose"])
        >>> view = cx.baseline(study.survey(), competitors={"Neighbour": other}).competitors()
        >>> view.table.loc[view.table["position"] == "behind", "touchpoint"].tolist()
        ['Security', 'Restaurants']
        """
        return competitors(self._answers("competitors"), drivers=drivers)

    def employees(
        self, *, drivers: Drivers | None = None, stated: Survey | Mapping[str, float] | None = None, k: int = 5
    ) -> View:
        """Compare customers' scores with what employees or other stakeholders think they are.

        They come from ``cx.baseline(survey, employees=staff_survey)``; its segments are left aside.

        Parameters
        ----------
        drivers, stated
            Derived importance, from :func:`cxlens.drivers` without ``by``, and importance as people state it: a survey
            of importances (of customers or a workshop) or ``{touchpoint: importance}``. Give both or neither.
        k
            How many touchpoints the lists of the lowest rated, and of the most important, have.

        Returns
        -------
        View
            ``table``, one row a touchpoint: ``n``, ``mean`` with ``low`` and ``high`` of customers, the same ending in
            ``_employees``, ``difference`` (customers less employees: below 0, employees think too well of it) with its
            interval, ``p_value``, ``q_value``, ``rank`` and ``rank_employees`` (1: lowest rated), ``note``; with stated
            importance also ``derived``, ``stated`` and their ranks (1: most important). ``parts["agreement"]``: a row
            for scores and one for importance: ``correlation`` (Spearman) with its interval, ``p_value``, ``k``,
            ``shared`` (touchpoints on both lists), ``expected`` (by chance) and ``p_shared`` (probability of so many or
            more by chance).

        Raises
        ------
        OptionError, ValuesError
            When there are no employees, drivers come without stated importance or the other way round, drivers are by
            segment, or fewer than two touchpoints are shared.

        Notes
        -----
        Tested as in :meth:`competitors`. Interval of the correlation, from eight touchpoints on: of scores, that of the
        orders without the sampling errors of either side (:func:`cxlens.stats.ranks.true_correlation`), so that it may
        lie above what was measured; of importance, Fisher's z with the error of Bonett and Wright (2000), over
        touchpoints. Its p-value: Student's t. Shared touchpoints:
        hypergeometric.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> plan = study.survey_plan
        >>> staff = cx.Survey(cx.datasets.sample_folder() / "airport" / "employees.csv", touchpoints=plan.touchpoints,
        ...                   outcome="overall", scale=plan.scale)
        >>> view = cx.baseline(study.survey(), employees=staff).employees()
        >>> view.table["touchpoint"].head(2).tolist()
        ['Security', 'Restrooms']
        """
        return employees(self._answers("employees"), drivers=drivers, stated=stated, k=k)

    def emotion(self) -> View:
        """How strongly each touchpoint is felt, beside how well it is rated.

        The survey names columns of strength: ``Survey(..., emotion={touchpoint: column})``. Signs are ignored: -3 is as
        strong as 3; codes that the scale calls blank or not used are blank here, too, where none is negative. A map
        puts the touchpoints in order along its stages; those that are not on it come last. Where the baseline is by a
        segment, so are these rows; of several columns the first that is not the time counts.

        Returns
        -------
        View
            Of kind "emotion". Columns: ``segment`` (with ``by``), ``stage`` (with a map), ``touchpoint``, ``n`` answers
            with a strength and a score, ``strength`` (mean) with interval, ``mean`` score with ``low`` and ``high``,
            ``correlation`` of the two with interval (Fisher's z), ``strong_and_low`` (share of answers that are both)
            with interval (Wilson), ``q_value`` (one-sided, of no more of them than at the median touchpoint;
            Benjamini-Hochberg over the table), ``note``. All weighted, by linearisation; with clusters, or respondents
            who answered more than once, each is left out in turn (CR3). Part ``cuts``: above which ``strength`` and
            below which ``score`` an answer is strong and low: the middles of the strengths given anywhere and of the
            scale. Cells of fewer than ``min_n`` answers are blank, and the next smallest where they would follow from
            the rest.

        Raises
        ------
        ColumnError, ValuesError
            Without columns of strength, for a column that is no segment, or strengths that are no numbers.

        Examples
        --------
        >>> import cxlens as cx
        >>> import pandas as pd
        >>> answers = pd.DataFrame({"web": [5, 4, 1, 2, 1, 3], "felt": [3, 1, 5, 4, 5, 2], "nps": [9, 8, 2, 4, 1, 7]})
        >>> survey = cx.Survey(answers, touchpoints=["web"], outcome={"nps": "nps"}, scale=cx.Scale(1, 5),
        ...                    emotion={"web": "felt"})
        >>> cx.baseline(survey).emotion()
        Bad moments are felt strongly most often at web: 50 % [19 %, 81 %]. Strength 3.33, score 2.67. n = 6.
        """
        return emotion_of(self._answers("emotion"))

    def comments(
        self,
        *,
        touchpoint: str | None = None,
        codebook: Mapping[str, Sequence[Any]] | str | Path | None = None,
        top: int = 10,
        stopwords: Sequence[str] | None = None,
        seed: int = 0,
        interviews: Interviews | None = None,
    ) -> View:
        """What people say about touchpoints when they score them low, and when high.

        The survey has a scale and names columns of comments: ``Survey(..., comments={touchpoint: column})``. A comment
        is free text, or codes that a reader gave it, joined by ``";"``: ``"41;63"``. Words, pairs and themes of fewer
        than ``min_n`` comments are not shown, nor are comments from such themes.

        Parameters
        ----------
        touchpoint
            Only this one.
        codebook
            ``{theme: [patterns]}``, or a TOML file of that. A pattern is a word or phrase, capitals aside, in which
            ``*`` stands for any letters: ``"queue*"``. A number is a code. A comment may have several themes.
        stopwords
            Words that say nothing, instead of the English ones built in. Words like "not" are no stop words.
        top
            Words and pairs shown of each side and touchpoint.
        seed
            Draws the comments shown.
        interviews
            What interviews brought, as :func:`cxlens.read_interviews` takes it: shown beside, and not counted.

        Returns
        -------
        View
            Of kind "comments". One row a word or pair of neighbouring words, the surest first: ``touchpoint``,
            ``term``, ``kind`` ("word" or "pair"), ``n_low`` and ``n_high`` (comments that hold it, of people with a low
            score: up to the middle of the scale, and a high one: its top box; scores between count for neither),
            ``log_odds`` of its uses in what was written (positive: marks high scores) with ``low`` and ``high``
            (95 %), ``z``, ``q_value`` over all terms of the touchpoint, ``side`` ("low" or "high"). Weights do not
            count here.

            Parts: ``coverage``, one row a touchpoint: ``n`` comments, ``n_low``, ``n_high``, and with a codebook
            ``coded`` and ``uncoded`` (numbers) and ``coded_share``; ``phrases``, what ``min_n`` people or more wrote
            word for word, up to two of each ``touchpoint`` and ``side``: ``phrase``, and ``n`` comments of that side
            (missing where it would tell of a few of the others). With a codebook: ``themes``, one row a touchpoint
            and theme: ``n``, ``share`` of the comments with interval (Wilson, or of each cluster or
            respondent left out where they commented more than once), ``mean`` score with ``low`` and
            ``high``, ``unhappy`` (share of scores below the middle of the scale) with interval, ``note``, all weighted;
            and ``verbatims``, up to three comments a theme: ``touchpoint``, ``theme``, ``comment``, with digits,
            addresses and links masked. Names are not masked: read comments before you publish them. With interviews:
            ``interviews`` (``touchpoint``, ``need``, ``quote``, ``feeling`` from -2 to 2, ``persona``), and how many
            there are on each touchpoint in ``coverage``.

        Raises
        ------
        FileError, OptionError, ValuesError
            Without comments or a scale, for an unknown touchpoint, and a codebook without themes or patterns.

        Notes
        -----
        Log-odds with an informative Dirichlet prior: Monroe, Colaresi and Quinn (2008), from the uses of a term among
        what was written, so that those who write more do not mark every word: words (stop words aside), comments, or
        in between, as the median term has it (Anders and Huber 2010). The prior is the share of each term on both
        sides, as heavy as a tenth of the side that wrote less. Errors are theirs, or those
        between clusters or respondents (comments without them) where they are larger. Words are runs of letters in
        lower case; those with digits are dropped. Languages that do not part words by spaces are not read.

        Examples
        --------
        >>> import cxlens as cx
        >>> import pandas as pd
        >>> simulated = pd.DataFrame({"desk": [1, 2, 2, 1, 2, 5, 5, 4, 5, 4], "nps": [3, 4, 2, 1, 5, 9, 9, 8, 10, 7],
        ...                           "said": ["Long queue"] * 5 + ["Friendly staff"] * 5})
        >>> survey = cx.Survey(simulated, touchpoints=["desk"], outcome={"nps": "nps"}, scale=cx.Scale(1, 5),
        ...                    comments={"desk": "said"})
        >>> view = cx.baseline(survey).comments(codebook={"waiting": ["queue*", "wait*"]}, top=1)
        >>> view.table[["term", "n_low", "n_high", "side"]].to_numpy().tolist()
        [['friendly', 0, 5, 'high'], ['long', 5, 0, 'low']]
        >>> view.parts["themes"][["theme", "n", "share", "mean"]].to_numpy().tolist()
        [['waiting', 5, 0.5, 1.6]]
        """
        return comments_of(
            self._answers("comments"),
            touchpoint=touchpoint,
            codebook=codebook,
            top=top,
            stopwords=stopwords,
            seed=seed,
            interviews=interviews,
        )

    def pitfalls(
        self,
        *,
        drivers: Drivers | None = None,
        initiatives: pd.DataFrame | None = None,
        base: Mapping[str, float] | None = None,
    ) -> View:
        """Check for classic errors: are only advocates heard, only the front door watched, priorities whipped?

        Parameters
        ----------
        drivers
            From :func:`cxlens.drivers` without ``by``: where the value lies. Without it the map's volumes tell.
        initiatives
            What is planned: a frame with ``touchpoints`` as lists, such as ``study.initiatives()``.
        base
            ``{"promoters": 0.3, "promoters_value": 0.4}``: their share of all customers, and of their value, from 0 to
            1.

        Returns
        -------
        View
            ``table``, one row a figure: ``pitfall``, ``figure`` (what is counted), ``value`` with ``low`` and ``high``,
            ``reference`` (what it is held against) with its interval, ``n`` (answers, scores, initiatives or steps),
            ``verdict`` ("found", "not found" or "not checked"), ``next`` (what to do).

        Raises
        ------
        OptionError, ValuesError
            When drivers are by segment, or a share of ``base`` is not known or not between 0 and 1.

        Notes
        -----
        *Advocates only*: promoters (9 and 10 of an NPS, else the outcome's top box) among answers, with Wilson's
        interval, against their share of customers and of value; seen where the whole interval is above. Likewise the
        share of initiatives of whose touchpoints promoters make up more of the users than of all answers. *Front door
        only*: the share of touchpoints, scores and initiatives on the first half of the stages against the share of
        importance (or volume) there; seen where the interval lies above that of the reference. *Whipsaw*: how often the
        lowest rated touchpoint changes from wave to wave though the two do not clearly differ in the later one (Welch,
        as if others had rated each, p of 0.05 or more); seen from two such changes on, if they are a third of all
        steps.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> view = cx.baseline(study.survey(), study.map()).pitfalls(base={"promoters": 0.3})
        >>> view.table["pitfall"].drop_duplicates().tolist()
        ['advocates only', 'front door only', 'whipsaw']
        """
        return pitfalls(self._answers("pitfalls"), drivers=drivers, initiatives=initiatives, base=base)


@misfits_told
def baseline(
    survey: Survey,
    touchpoint_map: TouchpointMap | None = None,
    *,
    by: str | Sequence[str] | None = None,
    per: Per = "touchpoint",
    competitors: Mapping[str, Survey] | None = None,
    employees: Survey | None = None,
    min_n: int = 5,
    level: float = 0.95,
) -> Baseline:
    """Score every touchpoint: how many meet it, how they rate it, how far it is from its standard.

    Parameters
    ----------
    survey
        The answers, or :class:`cxlens.Aggregates`.
    touchpoint_map
        Where each touchpoint stands in the lifecycle, and its standards, volume and cost. Touchpoints that are on the
        map but not in the survey are listed without figures.
    by
        A segment, wave or channel column, or several: the same figures for each of their values. Of several the
        survey's time column becomes ``wave``, the others together ``segment``.
    per
        A row for each touchpoint, or for each stage, process or channel of the map: an answer then counts with the
        mean of its scores there.
    competitors
        The same questions put to customers of others, by name.
    employees
        The same questions put to employees or other stakeholders: how do they think customers are served?
    min_n
        Cells of fewer answers are left blank.
    level
        Confidence level of the intervals.

    Returns
    -------
    Baseline

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When ``by`` is not a segment of the survey, names of touchpoints there and on the map differ by signs and
        capitals alone, an argument is of another kind, or ``level`` or ``min_n`` is out of range.

    Notes
    -----
    Means have Student's interval, shares Wilson's (1927), the NPS the adjusted Wald interval (Rocks 2016). Weighted:
    errors by linearisation, with the degrees of freedom of the weights; shares and the NPS of as many equal answers as
    that variance is worth (Korn and Graubard 1998). With clusters, or respondents who answered more than once:
    cluster-robust (CR3), as in :func:`cxlens.stages.impact.monitor.monitor`; beyond 100,000 answers over 200 blocks of
    clusters. Where all clusters agree, shares and the NPS have the interval of one answer a cluster; a single cluster
    has none.
    ``p_met`` reads the same distributions as a probability: a share is tested with the spread it would have at the
    standard, as Wilson's interval does. Below 4 degrees of freedom of clusters ``p_met`` is blank, as p-values are. A
    trend is the slope of the wave means on the number of the wave (by the calendar, so that missing waves leave their
    place), from four waves of 30 answers on, every wave counting alike: the wider of Student's interval from their
    scatter (waves - 2 degrees of freedom) and that of sampling alone, since answers of a wave swing together.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> result = cx.baseline(study.survey(), study.map())
    >>> result.table.columns[:4].tolist()
    ['touchpoint', 'stage', 'n', 'reach']
    >>> cx.baseline(study.survey(), study.map(), by=["purpose", "wave"], per="process").table.columns[:4].tolist()
    ['segment', 'wave', 'process', 'n']
    """
    check_kind("baseline", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    check_ratings(survey)
    if not isinstance(touchpoint_map, TouchpointMap | None):
        groups = ""
        if isinstance(touchpoint_map, str):
            groups = f" For groups give by={touchpoint_map!r}."
        raise OptionError(f"touchpoint_map takes a TouchpointMap, not a {type(touchpoint_map).__name__}.{groups}")
    if touchpoint_map is not None:
        _check_names(list(survey.touchpoints), touchpoint_map.names)
    columns = (by,) if isinstance(by, str) else () if by is None else tuple(by)
    _check_columns(survey, columns)
    check_option("per", per, Per)
    check_level(level)
    check_min_n(min_n)
    rivals = _checked_others(competitors, employees)
    record = scorecard(
        survey,
        touchpoint_map,
        by=by if isinstance(by, str) else columns or None,
        per=per,
        rivals=rivals,
        staff=employees,
        min_n=min_n,
        level=level,
    )
    return Baseline(record)


def _check_names(asked: Sequence[str], mapped: Sequence[str]) -> None:
    """Refuse a touchpoint whose name on the map differs by signs and capitals alone: it would count as another."""
    off_map = {_letters(name): name for name in asked if name not in mapped}
    alike = [(off_map[_letters(name)], name) for name in mapped if name not in asked and _letters(name) in off_map]
    if alike:
        pairs = listing([f"{ours!r} and {theirs!r}" for ours, theirs in alike], 3)
        raise OptionError(f"touchpoints of survey and map look alike: {pairs}. Write each name alike in both.")


def _letters(name: str) -> str:
    """A name without capitals, blanks and other signs."""
    return "".join(filter(str.isalnum, name.casefold()))


def _check_columns(survey: Survey, columns: tuple[str, ...]) -> None:
    """Refuse a column of ``by`` that is no segment, or named twice."""
    for name in columns:
        survey.check_by(name)
        if columns.count(name) > 1:
            raise OptionError(f"by: column {name!r} is there twice. Name each column once.")


def _checked_others(competitors: Mapping[str, Survey] | None, employees: Survey | None) -> dict[str, Survey]:
    """Competitors by name; refused where they or employees are no surveys of single answers."""
    rivals = checked_competitors(competitors)
    others = list(rivals.values())
    if employees is not None:
        check_survey("employees", employees)
        others.append(employees)
    for answers in others:
        check_single_answers("baseline with competitors= or employees=", answers)
    return rivals


def _finding(record: Scorecard) -> Finding:
    """``Rated lowest: web (3.56 of 5 [3.27, 3.84]); clearly below its standard of 4. ...``."""
    if isinstance(record.survey, Aggregates) and "mean" not in record.survey.figures:
        return finding_of_shares(record.table, record.survey, record.min_n)
    shown = record.table.dropna(subset="mean")
    if shown.empty:
        return nothing_shown(record.survey, record.per, record.min_n)
    firm = shown[shown["n"] >= FEW]  # a cell of few answers leads only where there are no others
    found = lowest(record, shown if firm.empty else firm)
    if len(found.rows) > 1:
        return _shared(record, found)
    row = record.shown.loc[found.rows[0]]
    scale = record.survey.scale
    rated = Item(
        name=_name(record, found.rows[0]),
        figure=_rating(row["mean"], scale),
        interval=interval(row["low"], row["high"]),
    )
    used = " who rated it"
    if tells_use(record.survey):
        used = "" if pd.isna(row["reach"]) else f" ({percent(row['reach'])} used it)"
    lead = f"Rated {worst(scale)}{_which_is_best(scale)}"
    return Finding(lead, items=[rated], certainty=_standing(row, record), n=f"{count(row['n'])}{used}")


def _which_is_best(scale: Scale | None) -> str:
    """`` (1 is best)``, where the lowest score is."""
    if scale and lowest_is_best(scale):
        return f" ({scale.low:g} is best)"
    return ""


def _shared(record: Scorecard, found: Lowest) -> Finding:
    """``Security and Restaurants share the lowest rating: 3.51 and 3.53 of 5; the difference is not clear [...]``."""
    scale = record.survey.scale
    names = [_name(record, place) for place in found.rows]
    rows = record.shown.loc[list(found.rows)]
    first = rows.iloc[0]
    means = rows["mean"].tolist()
    numbers = rows["n"].tolist()
    joint = "and" if len(rows) == 2 else "to"
    if joint == "to":
        numbers = sorted({min(numbers), max(numbers)})
    people = f" {joint} ".join(map(count, numbers))
    standing = _standing(first, record)
    return Finding(
        f"{_all_of(names)} share the {worst(scale)} rating{_which_is_best(scale)}:",
        figure=f"{number(means[0])} {joint} {_rating(means[-1], scale)}",
        certainty=f"the difference is not clear {interval(found.low, found.high)}",
        more=[f"{names[0]} is {standing}"] if standing else [],
        short=f"{names[0]} and {plural(len(names) - 1, 'other')} share the {worst(scale)} rating",
        n=f"{people} who rated them",
    )


def _name(record: Scorecard, place: int) -> str:
    """``web``, ``web for business`` or ``web for business in 2025``."""
    row = record.table.loc[place]
    where = [f" {joint} {row[name]}" for name, joint in (("segment", "for"), ("wave", "in")) if name in row]
    return f"{row[record.per]}{''.join(where)}"


def _all_of(words: Sequence[str]) -> str:
    """``A and B``, ``A, B and C``, ``A, B and 3 others``."""
    named = list(words[:3])
    more = len(words) - len(named)
    if more:
        named = [*words[:2], plural(more + 1, "other")]
    return " and ".join([", ".join(named[:-1]), named[-1]])


def _rating(mean: float, scale: Scale | None) -> str:
    """``3.56 of 5``; of the lowest as the best the mean alone."""
    if scale and not lowest_is_best(scale):
        return f"{number(mean)} of {scale.high:g}"
    return number(mean)


def _standing(row: pd.Series[Any], record: Scorecard) -> str:
    """``clearly below its standard of 4``, as the map marks it; nothing without a standard."""
    state = state_of(row.to_dict(), record.level)
    if state not in SIDES:
        return ""
    if row["metric"] == "top_box":
        return f"top box {percent(row['top_box'])}, {SIDES[state]} its standard of {percent(row['standard'])}"
    sides = WHERE_LOWEST_IS_BEST if lowest_is_best(record.survey.scale) else SIDES
    return f"{sides[state]} its standard of {row['standard']:g}"
