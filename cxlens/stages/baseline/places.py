"""Places of one kind, such as hotels, shops or terminals: which are good, which are poor, and whether that is luck.

The verb :func:`compare_places`. Values are shrunken (:mod:`cxlens.stats.random_intercepts`); what each place's answers
say is read in :mod:`cxlens.stages.baseline.place_scores`, changes between waves are told in
:mod:`cxlens.stages.baseline.place_change`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding, Item
from cxlens.common.result import Result, View
from cxlens.common.small_cells import reason
from cxlens.common.values import count, percent, plural, wave_words
from cxlens.errors import OptionError, check_kind, check_known, check_level, listing
from cxlens.stages.baseline.best_practice import best_practice
from cxlens.stages.baseline.change_funnel import change_funnel
from cxlens.stages.baseline.place_change import change
from cxlens.stages.baseline.place_record import ABOVE, BELOW, Compared, compare
from cxlens.stages.baseline.place_sides import funnel, heat_map
from cxlens.study.metrics import MIN_N, Metric, find_metric, metrics_asked
from cxlens.study.survey import Survey

SMALL = 0.02  # share of differences below which tenths of a per cent are told


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Places(Result):
    """Places beside each other; made by :func:`compare_places`.

    Attributes
    ----------
    table : DataFrame
        One row a metric and place, the best place of each metric on top: ``metric``, ``place``, ``n`` answers; ``raw``
        mean as it is (NPS outcomes in points, binary ones as a share); ``value`` with luck taken off, for the same mix
        of customers where ``adjust`` is asked, with ``low`` and ``high``; ``rank``, the middle one, 1 being the best,
        with ``rank_low`` and ``rank_high``; ``p_lowest_quarter``, the probability to be in the lowest quarter of the
        places; ``alike``, how many other places it cannot be told apart from; ``p_value`` of lying off the mean of all
        by chance, ``q_value`` (Benjamini-Hochberg over all rows); ``position``: "above" or "below" the mean of all,
        or "not clear". Places of fewer than 5 answers, or hidden to protect people, are blank, their position "hidden".
    shares : DataFrame
        One row a metric: ``share`` of the differences between answers that is between places, with ``low`` and
        ``high``; ``between`` and ``within``, both variances; ``usual``, the variance between places that the funnel
        allows for; ``p_value`` of all places being alike, and ``q_value``; ``mean`` of all answers; ``places``
        compared.
    metrics : tuple
        What is compared.
    record : Compared
        The same with the inputs, and the figures of each place before luck was taken off.
    """

    record: Compared

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"places": self.table, "between places": self.shares}

    @property
    def table(self) -> pd.DataFrame:
        """The places, a row each and metric."""
        return self.record.table

    @property
    def shares(self) -> pd.DataFrame:
        """How far places differ, a row a metric."""
        return self.record.shares

    @property
    def survey(self) -> Survey:
        """The answers compared."""
        return self.record.survey

    @property
    def metrics(self) -> tuple[str, ...]:
        """What is compared."""
        return self.record.metrics

    @property
    def level(self) -> float:
        """Of the intervals."""
        return self.record.level

    def only(self, metric: str) -> Places:
        """The rows of one of several metrics; q-values stay those of all of them.

        Raises
        ------
        OptionError
            When it is not among them.
        """
        check_known("metric", [metric], self.metrics, "Metrics")
        table = self.table[self.table["metric"] == metric].reset_index(drop=True)
        shares = self.shares[self.shares["metric"] == metric].reset_index(drop=True)
        scores = [one for one in self.record.scores if one.metric.name == metric]
        return Places(replace(self.record, table=table, shares=shares, metrics=(metric,), scores=scores))

    @property
    def finding(self) -> Finding:
        """How much of the differences is between places, and which of them are clearly off the mean of all."""
        if len(self.metrics) > 1:
            return self._of_several()
        share = self.shares.iloc[0]
        metric = self.record.measured
        name = self.survey.named(self.record.by)
        differs = share["q_value"] < 1 - self.level
        clear = self.table[self.table["position"].isin([ABOVE, BELOW])]
        n = count(self.table["n"].sum())
        if not differs and clear.empty:
            return Finding(
                f"{metric.label} does not clearly differ by {name}: it accounts for at most",
                _share(share["high"]),
                unit="of the differences between answers",
                n=n,
            )
        return Finding(
            f"{name[:1].upper() + name[1:]} accounts for",
            _share(share["share"]),
            f"[{_share(share['low'])}, {_share(share['high'])}]",
            f"of the differences between answers in {metric.label}",
            more=self._clear(metric, clear),
            n=n,
        )

    def _clear(self, metric: Metric, clear: pd.DataFrame) -> list[str]:
        """The places clearly below the mean of all, the lowest first, and those above it."""
        mean = metric.words(metric.asked(*[self.shares["mean"].iloc[0]] * 3)[0], sign=False)
        if clear.empty:
            return [f"No place is clearly off the mean of all ({mean})"]
        told = []
        for position in (BELOW, ABOVE):
            rows = clear[clear["position"] == position]
            if position == BELOW:
                rows = rows[::-1]
            if len(rows):
                names = [_item(metric, row).whole for row in rows.to_dict("records")]
                told.append(f"Clearly {position} the mean of all ({mean}): {listing(names, 3)}")
        return told

    def _of_several(self) -> Finding:
        """In how many metrics places differ, and in which of them most."""
        clear = self.shares[self.shares["q_value"] < 1 - self.level].sort_values("share", ascending=False)
        name = self.survey.named(self.record.by)
        n = count(self.table.groupby("metric")["n"].sum().max())
        among = plural(len(self.metrics), "measure")
        if clear.empty:
            return Finding(f"None of {among} clearly differs by {name}", n=n)
        items = []
        for row in clear.to_dict("records"):
            ends = f"[{_share(row['low'])}, {_share(row['high'])}]"
            label = find_metric(self.survey, row["metric"]).label
            items.append(Item(label, f"{_share(row['share'])} of the differences", ends))
        verb = "differs" if len(clear) == 1 else "differ"
        return Finding(f"{len(clear)} of {among} clearly {verb} by {name}", items=items, n=n)

    @property
    def note(self) -> str:
        """What the figures are, and why some are blank."""
        adjusted = ""
        if self.record.adjust:
            names = listing([self.survey.named(column) for column in self.record.adjust])
            adjusted = f"For the same mix of {names} everywhere."
        sentences = [
            f"Intervals: {percent(self.level)}. Values are drawn towards the others, the more the fewer answers a "
            "place has, so that luck is taken off; raw is the mean as it is. Rank 1 is the best; a place may lie "
            "anywhere in its interval of ranks.",
            adjusted,
            f"Answers of {wave_words(self.record.wave)}." if self.record.wave is not None else "",
            f"Missing: {reason(MIN_N)}.",
            *self.survey.about_scales(),
        ]
        return " ".join(filter(None, sentences))

    def funnel(self) -> View:
        """Draw each place's mean against its number of answers, with the limits between which chance leaves it.

        Returns
        -------
        View
            ``table``: as this table, of the first metric, with ``limit_low`` and ``limit_high``, the 95 % limits for
            so many answers, ``far_low`` and ``far_high``, those of 99.8 %, both wide enough for how places usually
            differ (Spiegelhalter 2005, additive over-dispersion), and ``outside``: "", "95 %" or "99.8 %".
        """
        return funnel(self.record)

    def heat_map(self) -> View:
        """Draw which places are clearly off the mean of all, at which touchpoints.

        Returns
        -------
        View
            ``table``: one row a place and metric: ``place``, ``metric``, ``n``, ``value``, ``position``, and ``away``,
            the value less the mean of all in standard deviations of an answer.
        """
        return heat_map(self.record)

    def change(self, *, before: Any, after: Any) -> View:
        """Tell which places changed more or less than the others between two waves, with luck taken off.

        Parameters
        ----------
        before, after
            Two waves of the survey; the first metric is told.

        Returns
        -------
        View
            ``table``: one row a place: ``n_before``, ``n_after``, ``before`` and ``after`` (raw means), ``raw`` change,
            ``value``, the change with luck taken off, ``low``, ``high``; ``p_value`` of changing as usual, which is the
            common change of the places, ``q_value``, ``position`` ("above": rose by clearly more than usual).
            ``parts["poorest"]``: of the quarter that was lowest before: ``places``, their ``raw`` change, and
            ``by_itself``, what comes back without any improvement, because some of them were low by luck (regression to
            the mean).

        Raises
        ------
        ColumnError, OptionError, ValuesError
            When there is no time column, a wave is unknown, places seem to have changed their names, or fewer than 5
            are there in both.
        """
        return change(self.record, before, after)

    def change_funnel(self, *, before: Any, after: Any) -> View:
        """Draw each place's change between two waves against its answers, with the limits of chance.

        Parameters
        ----------
        before, after
            Two waves of the survey; the first metric is told.

        Returns
        -------
        View
            ``table``: one row a place: ``place``, ``n`` answers of both waves, ``worth``, how many they are worth if
            both waves had as many, ``change`` (above 0 for the better), ``limit_low`` and ``limit_high``, the 95 %
            limits around the usual change for so many answers, ``far_low`` and ``far_high``, those of 99.8 %, both wide
            enough for how changes usually differ (Spiegelhalter 2005, additive over-dispersion); ``outside``: "",
            "95 %" or "99.8 %"; ``usual``: the common change of the places.

        Raises
        ------
        ColumnError, OptionError, ValuesError
            As for :meth:`change`.
        """
        return change_funnel(self.record, before, after)

    def best_practice(self) -> View:
        """Tell which places are clearly better at something, to be visited first, for the mix of ``adjust``.

        Returns
        -------
        View
            ``table``: one row a place that is clearly above the mean of all, the best of each metric first:
            ``metric``, ``place``, ``n``, ``raw``, ``value`` with ``low`` and ``high``, ``mean`` of all; ``away``, how
            far better it is in standard deviations of an answer, with ``away_low`` and ``away_high``; ``q_value``.
            Empty where none is. ``what_if(drivers, {touchpoint: "best quarter of places"}, places=...)`` forecasts what
            it would bring if all were as good as the best quarter.
        """
        return best_practice(self.record)


def _share(share: float) -> str:
    """A share of differences, where little is much: ``9 %``, ``0.4 %``."""
    return percent(share, 0 if share >= SMALL else 1)


def _item(metric: Metric, row: dict[Any, Any]) -> Item:
    """A place with its value."""
    low = metric.words(row["low"], sign=False)
    high = metric.words(row["high"], sign=False)
    return Item(str(row["place"]), metric.words(row["value"]), f"[{low}, {high}]")


@misfits_told
def compare_places(
    survey: Survey,
    by: str,
    *,
    metric: str | Sequence[str] | None = None,
    adjust: Sequence[str] = (),
    wave: Any = None,
    level: float = 0.95,
) -> Places:
    """Tell which places are good, which are poor, and how much of that is luck.

    Parameters
    ----------
    survey
        Answers, of which ``by`` is a segment or channel.
    by
        The column that names the place: a hotel, a shop, a branch, a terminal.
    metric
        A touchpoint or an outcome, or a list of them, which share one error rate; the first outcome by default.
    adjust
        Segment columns of customers whose mix differs between places, such as the purpose of a stay: values are then
        those for the mix of all.
    wave
        One wave; by default all answers.
    level
        Confidence level.

    Raises
    ------
    ColumnError, OptionError, ValuesError
        When a name or wave is unknown, fewer than 5 places have 5 answers, or a column to adjust for goes with the
        place.

    Notes
    -----
    A random intercept for each place: ``value`` is the empirical Bayes estimate under the variance between places of
    restricted maximum likelihood (Laird and Ware 1982); its interval averages over that variance, which is not known
    exactly. The share between places has the interval of Viechtbauer (2007). Ranks are those of values drawn from the
    same distributions (Goldstein and Spiegelhalter 1996). The mix of customers is adjusted for within places
    (direct adjustment). A place is clearly off the mean of all where so many answers drawn from all would hardly ever
    lie as far from it (q below 1 - ``level``, over all rows) and its interval leaves the mean out. All answers
    of a place are taken to vary alike; with weights, or clusters, a place counts as many equal answers as its own are
    worth.

    Examples
    --------
    >>> import cxlens as cx
    >>> import pandas as pd
    >>> scores = {"A": [3, 4] * 40, "B": [3, 4, 4] * 20, "C": [3, 4] * 30, "D": [4, 4, 3, 4] * 20, "E": [1, 2] * 30}
    >>> rows = [(hotel, score) for hotel, given in scores.items() for score in given]
    >>> answers = pd.DataFrame(rows, columns=["hotel", "room"]).assign(overall=4)
    >>> survey = cx.Survey(answers, touchpoints=["room"], outcome="overall", segments=["hotel"])
    >>> places = cx.compare_places(survey, "hotel", metric="room")
    >>> places.table[["place", "n", "raw", "value", "rank_low", "rank_high", "position"]].round(2).tail(2)
      place   n  raw  value  rank_low  rank_high position
    3     C  60  3.5   3.50       2.0        4.0    above
    4     E  60  1.5   1.51       5.0        5.0    below
    """
    check_kind("compare_places", survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    survey.check_by(by)
    check_level(level)
    metrics = metrics_asked(survey, metric)
    columns = _checked_mix(survey, by, adjust)
    return Places(compare(survey, by, metrics, columns, wave, level))


def _checked_mix(survey: Survey, by: str, adjust: Sequence[str]) -> tuple[str, ...]:
    """The columns of the mix of customers, each a segment other than the place."""
    columns = (adjust,) if isinstance(adjust, str) else tuple(adjust)
    check_known("adjust", columns, survey.segments, "Segments")
    if by in columns:
        raise OptionError(f"adjust={by!r} is the place itself. Name columns that describe customers.")
    return columns
