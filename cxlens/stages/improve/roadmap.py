"""Stage 4: which initiatives to do, and when, under a budget, the teams there are and the order things need.

The verb :func:`roadmap` and its result. The plan is made in :mod:`cxlens.stages.improve.timetable`, what an initiative
brings is forecast by :mod:`cxlens.stages.improve.quick_wins`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result, View
from cxlens.common.values import count, in_hundred, interval, number, percent, plural
from cxlens.errors import check_kind, listing
from cxlens.stages.improve.buy_in import buy_in
from cxlens.stages.improve.decisions import decisions
from cxlens.stages.improve.forecasts import write_forecasts
from cxlens.stages.improve.outlook import outlook
from cxlens.stages.improve.promises import promises
from cxlens.stages.improve.quick_wins import QuickWins, quick_wins_of
from cxlens.stages.improve.response import CAUTION
from cxlens.stages.improve.timetable import Timetable, timetable
from cxlens.study.ranges import in_money, told_assumed
from cxlens.study.survey import Survey


@misfits_told
@dataclass(frozen=True, eq=False, repr=False)
class Roadmap(Result):
    """What to do and when: the result of :func:`roadmap`.

    Attributes
    ----------
    table
        One row an initiative, or a wave of one that is rolled out from place to place, those chosen first, by start:
        ``initiative``, ``owner``, ``start`` and ``end`` (names of
        periods, "" if left out), ``duration`` (periods), ``cost`` (expected: the mean of low, likely and high),
        ``benefit`` alone (median, as in the quick wins) with ``benefit_low`` and ``benefit_high``, ``selected``,
        ``forced`` (a must-do), ``p_selected`` (how often it is chosen when benefits and costs are drawn anew; a
        must-do, how often it is worth doing), ``why`` it is left out; where the quick wins weigh segments, their
        ``rank`` by profit and ``rank_people``; ``over_budget``, whether it alone costs more than there is, whenever it
        starts; ``listed_as``, its name in the list, also of a wave.
    periods_table
        One row a period: ``period``, ``starts`` and ``ends`` (tuples of initiatives), ``cost`` (expected) with
        ``cost_low`` and ``cost_high`` when costs are drawn from their ranges, ``budget``, ``p_within_budget`` (share of
        these draws within it; NaN without one), and ``benefit`` with ``benefit_low`` and ``benefit_high``: what all
        that has ended by then brings together.
    teams_table
        One row a team and period: ``team``, ``period``, ``load``, ``capacity`` (infinite where not limited).
    places_table
        One row an initiative and place, of those that are done place by place, in the order in which places have their
        turn: ``initiative``, ``place``, ``start`` and ``end`` ("" where it is left out), ``benefit`` expected there
        alone, ``p_below_mean`` (the probability that ratings there are below the mean of all).
    wins
        What there was to choose from.
    record
        All of this, and what it was chosen from: a :class:`cxlens.stages.improve.timetable.Timetable`.
    objective, gap
        What the plan is worth, decay counted; no plan is worth more by over this share of the best.
    resolves
        How many times plans were made of drawn benefits and costs.
    p_within_budget, p_short_term
        How surely the budget of every period is kept, and the short-term share there; NaN where none is asked for.
    options
        What was asked: ``roadmap(wins, **options)`` gives the same again.
    """

    wins: QuickWins
    record: Timetable

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        tables = {
            "road map": self.table,
            "periods": self.periods_table,
            "team load": self.teams_table,
            "turns of places": self.places_table,
        }
        return {name: table for name, table in tables.items() if len(table)}

    @property
    def table(self) -> pd.DataFrame:
        """One row an initiative: see the attributes."""
        return self.record.table

    @property
    def periods_table(self) -> pd.DataFrame:
        """One row a period: see the attributes."""
        return self.record.periods_table

    @property
    def teams_table(self) -> pd.DataFrame:
        """One row a team and period: see the attributes."""
        return self.record.teams_table

    @property
    def places_table(self) -> pd.DataFrame:
        """One row an initiative and place: see the attributes."""
        return self.record.places_table

    @property
    def objective(self) -> float:
        """What the plan is worth, decay counted."""
        return self.record.objective

    @property
    def gap(self) -> float:
        """No plan is worth more by over this share of the best."""
        return self.record.gap

    @property
    def resolves(self) -> int:
        """How many times plans were made of drawn benefits and costs."""
        return self.record.resolves

    @property
    def p_within_budget(self) -> float:
        """How surely the budget of every period is kept; NaN without one."""
        return self.record.p_within_budget

    @property
    def p_short_term(self) -> float:
        """How surely the short-term share is there; NaN where none is asked for."""
        return self.record.p_short_term

    @property
    def options(self) -> Mapping[str, Any]:
        """What was asked: ``roadmap(wins, **options)`` gives the same again."""
        return self.record.options

    @property
    def survey(self) -> Survey:
        """The answers."""
        return self.record.survey

    @cached_property
    def finding(self) -> Finding:
        """How many initiatives are chosen, what they bring by the end, and which comes first."""
        return _finding(self.record)

    @property
    def note(self) -> str:
        """How near to the best the plan is, and what the probability is."""
        return _note(self.record)

    def often(self, p_selected: float) -> str:
        """A share of so few plans in words that claim no more than they can: ``11 of 12``."""
        if np.isnan(p_selected):
            return ""
        return f"{round(p_selected * self.resolves)} of {self.resolves}"

    def buy_in(self) -> View:
        """Who has to agree, and what each is asked for: load of owners, functions and teams, the part of everyone.

        Returns
        -------
        View
            Of kind "buy-in". Columns of the table, one row an owner, the one with most work first: ``owner``;
            ``accountable`` (who answers for its initiatives); ``initiatives`` (names), ``n`` of them; ``effort``
            (likely, in the unit of the list) and ``cost`` (expected); ``busiest`` (the period with most of its effort);
            ``benefit`` of its initiatives together, with ``benefit_low`` and ``benefit_high``. Parts: ``load``
            (``owner``, ``period``, ``n`` initiatives running, ``effort``, ``cost``, both spread evenly over the
            duration); ``people`` (``who`` and how many initiatives each is ``accountable``, ``responsible``,
            ``consulted`` and ``informed`` for);
            ``functions`` (``function``, ``n``, ``effort``, ``cost``); ``teams`` (``team``, ``n``, ``load`` over all
            periods, ``used`` of its capacity, ``tightest`` period and ``peak``, the share used in it).

        Raises
        ------
        ValuesError
            When the plan chooses no initiative.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> found = cx.drivers(study.survey(), n_boot=100)
        >>> wins = cx.quick_wins(found, study.initiatives(), touchpoint_map=study.map())
        >>> plan = cx.roadmap(wins, periods=4, budget=250_000, resolves=0)
        >>> sorted(plan.buy_in().parts)
        ['functions', 'load', 'people', 'teams']
        """
        return buy_in(self.record)

    def decisions(self) -> View:
        """Who has to say yes to which initiative, by when, and who is asked first.

        Returns
        -------
        View
            Of kind "decisions". Columns of the table, one row an initiative that is chosen (or a wave of one that is
            rolled out), by start: ``yes_by`` (the day before the period in which it starts; NaT where the names of
            periods tell no days), ``who`` decides (is accountable), ``initiative``, ``ask_first`` (names of those who
            are consulted), ``start`` and ``end`` (periods), ``done_by`` (the last day of ``end``), ``cost``
            (expected), ``benefit`` alone with ``benefit_low`` and ``benefit_high``.

            ``parts["rounds"]``: one row a start: ``yes_by``, ``start``, ``who``, ``initiatives`` and ``ask_first``,
            tuples of names.

        Raises
        ------
        ValuesError
            When the plan chooses no initiative.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> found = cx.drivers(study.survey(), n_boot=100)
        >>> wins = cx.quick_wins(found, study.initiatives(), touchpoint_map=study.map())
        >>> plan = cx.roadmap(wins, periods=["2026-Q1", "2026-Q2"], budget=250_000, resolves=0)
        >>> str(plan.decisions().table["yes_by"].iloc[0].date())
        '2025-12-31'
        """
        return decisions(self.record)

    def outlook(
        self,
        target: float | None = None,
        by: str | dt.date | None = None,
        *,
        waves: pd.DataFrame | None = None,
    ) -> View:
        """Where the outcome will stand with the plan, whether that reaches a target, and what it will have cost.

        Parameters
        ----------
        target
            What the outcome is to reach, in its own unit: NPS points, a share from 0 to 1, points of its scale.
        by
            When: the name of a period, or a day such as ``"2026-12-31"`` where the names of periods tell days. By
            default the end of the plan. What ends later does not count.
        waves
            What was measured earlier, for the picture: ``wave``, ``value``, ``low``, ``high``, such as
            ``cx.monitor(survey).table``.

        Returns
        -------
        View
            Of kind "outlook". Columns of the table, one row for "now" and one for each ``period``: ``date`` (its last
            day; NaT where its name tells none); ``outcome`` at its end with ``low`` and ``high``, between which the
            level itself will lie; ``change`` against now with ``change_low`` and ``change_high`` (of shares in
            percentage points); ``target``, ``p_target`` (the share of redraws in which the outcome is at the target
            or better) and ``verdict`` ("clearly reached", "likely reached", "in reach, not safe", "likely missed",
            "clearly missed"); ``due``, true in the row that counts for the target; how many initiatives are
            ``n_done`` and ``n_begun``; ``cost_done`` (expected, of those), ``cost_begun`` (spent by then on the
            others), ``cost`` (both) with ``cost_low`` and ``cost_high``, the sums of the ends of the estimates.

            ``parts["waves"]``: the waves that were given.

        Raises
        ------
        ValuesError, OptionError, ColumnError
            When the target is no number, ``by`` is given without it or is no period and no day, or waves lack columns.

        Notes
        -----
        Level and change of each redraw are taken together, as in :meth:`forecasts`, so that the interval is neither
        that of independent parts nor their sum. Clearly: the whole interval lies on that side of the target. Likely:
        80 of 100 redraws or more. ``benchmarks/README.md`` tells how often "reached" is said where it is not.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> found = cx.drivers(study.survey(), n_boot=100)
        >>> wins = cx.quick_wins(found, study.initiatives(), touchpoint_map=study.map())
        >>> plan = cx.roadmap(wins, periods=["2026-Q1", "2026-Q2"], budget=250_000, resolves=0)
        >>> view = plan.outlook(target=35, by="2026-06-30")
        >>> view.table["period"].tolist(), view.table["due"].tolist()
        (['now', '2026-Q1', '2026-Q2'], [False, False, True])
        """
        return outlook(self.record, target, by, waves)

    def forecasts(self, name: str = "road map", *, n: int | None = None) -> pd.DataFrame:
        """What the plan promises: the outcome and the touchpoints that are worked on, for each period.

        Parameters
        ----------
        name
            What the plan is called.
        n
            How many answers the survey that measures it is to have, segments and users in it as they are now; by
            default as many as the drivers used.

        Returns
        -------
        pandas.DataFrame
            As :func:`cxlens.read_forecasts` describes, ``date`` being the period: what all initiatives that have ended
            by then add up to. For everyone together, and for each segment of the drivers. ``true_low`` and
            ``true_high`` hold the error of what is now and that of the change, ``low`` and ``high`` that of the later
            survey as well: whether a promise was kept is told by these. A touchpoint that is worked on later is
            promised to stay as it is until then, and its interval holds the errors of both surveys.

        Raises
        ------
        ValuesError
            When ``n`` is no whole number from 1 on.

        Notes
        -----
        Prediction intervals (Chatfield 1993, Journal of Business & Economic Statistics 11): level and change of each
        resample together, then the error of the later survey, that of this one times the root of the ratio of their
        numbers of answers. What else changes in the meantime is not in them.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> found = cx.drivers(study.survey(), n_boot=100)
        >>> wins = cx.quick_wins(found, study.initiatives(), touchpoint_map=study.map())
        >>> plan = cx.roadmap(wins, periods=["2026-Q1", "2026-Q2"], budget=250_000, resolves=0)
        >>> plan.forecasts()["date"].unique().tolist()
        ['2026-Q1', '2026-Q2']
        """
        return promises(self.record, name, n)

    def to_forecasts(self, path: str | Path, *, name: str = "road map", n: int | None = None) -> None:
        """Write :meth:`forecasts` to a CSV file, whole or not at all; :func:`cxlens.read_forecasts` reads it back."""
        write_forecasts(self.forecasts(name, n=n), path)


@misfits_told
def roadmap(
    wins: QuickWins,
    *,
    periods: int | Sequence[str],
    budget: float | Sequence[float] | None = None,
    capacity: Mapping[str, float | Sequence[float]] | None = None,
    short_term: tuple[float, int] | None = None,
    decay: float = 1.0,
    certainty: float | None = None,
    resolves: int = 20,
    time_limit: float = 10.0,
) -> Roadmap:
    """Choose initiatives and their starts so that they bring most, within what there is.

    Each adds its median forecast in the period in which it ends; those that work on the same touchpoint share its
    headroom. What adds less than is worth having (the floor of the quick wins) is left out, and nothing but must-dos is
    chosen where the best plan is not clearly above zero. Prerequisites end before what needs them starts, at most one
    of two that exclude each other is chosen, and must-dos are. All chosen end within the periods. Two that lift the
    same touchpoint to its standard, or of which one removes what the other works on, exclude each other without being
    told to.

    An initiative with a cost for each place is rolled out: some of its places first, those at which most is expected to
    be gained, as many as limits allow, and others later or not at all. What starts in one period is one wave of it.

    Parameters
    ----------
    wins
        From :func:`cxlens.quick_wins`: forecasts, costs, durations, teams, prerequisites, exclusions, must-dos.
    periods
        How many, or their names in order, such as ``["2026-Q1", "2026-Q2"]``.
    budget
        Money for each period, in the unit of the costs: a number, or one a period; what is not spent is not carried
        over. The expected cost, the mean of low, likely and high, is spent evenly over the duration. None: money is no
        limit.
    capacity
        ``{team: capacity a period}``, in the unit of the initiatives' teams: a number, or one a period. Teams that are
        not named are not limited.
    short_term
        (share, periods): of what the chosen bring, each alone and harm left out, at least this share is there after so
        many periods.
    decay
        What a benefit is worth for each period that it comes later, as a share of the period before.
    certainty
        With which probability each period is to stay within its budget, and the short-term share to be there, when
        costs are drawn between low and high, and benefits from the resamples; None: on average.
    resolves
        How many times the plan is made again, each with the benefits of one resample and costs drawn between low and
        high, for ``p_selected``; 0 for none. Nothing is chosen there that is not worth having in that draw. Draws of
        which no plan keeps the limits do not count.
    time_limit
        Seconds for the plan, and a fifth of that for each time it is made again. Large plans may not be proved best by
        then: ``gap`` tells.

    Returns
    -------
    Roadmap

    Raises
    ------
    ValuesError, OptionError
        When a number is none or out of its range, a team is unknown, costs are missing, or the limits contradict each
        other; the message names those that do.

    Notes
    -----
    A mixed-integer program, see :func:`cxlens.stats.schedule.schedule`; limits hold to a millionth. What initiatives on
    one touchpoint bring together is the median forecast at nine total lifts, and the least concave line above it
    between them. In choosing, lifts to a standard add to others on the same touchpoint; the forecasts shown do not.
    Costs are drawn independently of each other, those of the waves of one initiative, too; where all rise together
    budgets are kept less surely than is said. A plan that keeps them with a given certainty is sought with 10,000 draws
    and judged by as many others (:func:`cxlens.stats.chance.schedule_surely`). What is expected to be gained at a place
    follows from its customers and from the room their ratings leave, as :func:`cxlens.quick_wins` draws both.

    Examples
    --------
    >>> import cxlens as cx
    >>> study = cx.datasets.load_airport()
    >>> found = cx.drivers(study.survey(), n_boot=100)
    >>> wins = cx.quick_wins(found, study.initiatives(), touchpoint_map=study.map())
    >>> plan = cx.roadmap(wins, periods=["2026-Q1", "2026-Q2", "2026-Q3"], budget=300_000, resolves=0)
    >>> bool((plan.periods_table["cost"] <= 300_000).all())
    True
    """
    check_kind("roadmap", wins, QuickWins, "cx.quick_wins(drivers, initiatives)")
    record = timetable(
        wins.record,
        periods=periods,
        budget=budget,
        capacity=capacity,
        short_term=short_term,
        decay=decay,
        certainty=certainty,
        resolves=resolves,
        time_limit=time_limit,
    )
    return Roadmap(wins, record)


def roadmap_of(record: Timetable) -> Roadmap:
    """The face of a record."""
    return Roadmap(quick_wins_of(record.wins), record)


def _finding(record: Timetable) -> Finding:
    """``4 of 5 initiatives are forecast to add +2.1 [1.3, 3.0] NPS points by the end of Q3``."""
    wins = record.candidates
    chosen = record.chosen
    n = count(wins.fit.n)
    if chosen.empty:
        return replace(_nothing(record), caution=CAUTION, n=n)
    last = record.periods_table.iloc[-1]
    initiatives = len(record.initiatives_chosen)
    verb = "is" if initiatives == 1 else "are"
    first = chosen.iloc[0]
    more = [
        f'First: "{first["initiative"]}" in {first["start"]}',
        _rolled_out(record),
        _cost(record),
        _forced(record),
        _surely(record),
    ]
    return Finding(
        lead=f"{initiatives} of {plural(len(record.wins.initiatives), 'initiative')} {verb} forecast to add",
        figure=number(last["benefit"], wins.digits),
        interval=interval(last["benefit_low"], last["benefit_high"], wins.digits),
        unit=f"{wins.unit} by the end of {last['period']}",
        more=[sentence for sentence in more if sentence],
        caution=CAUTION,
        n=n,
    )


def _rolled_out(record: Timetable) -> str:
    """Where the first initiative goes that is done place by place, and which places have the first turn; "" of none."""
    table = record.places_table
    chosen = table[table["start"] != ""]
    if chosen.empty:
        return ""
    initiative = chosen["initiative"].iloc[0]
    of_it = chosen[chosen["initiative"] == initiative]
    start = of_it["start"].iloc[0]
    first = of_it.loc[of_it["start"] == start, "place"]
    places = (table["initiative"] == initiative).sum()
    return f'"{initiative}" goes to {len(of_it)} of {plural(places, "place")}, first in {start}: {listing(first, 8)}'


def _cost(record: Timetable) -> str:
    """What all that is chosen is expected to cost; "" where nothing is."""
    cost = record.chosen["cost"].sum()
    if not cost > 0:
        return ""
    currency = record.candidates.currency
    return f"Expected cost: {in_money(cost, currency)}{'' if currency else ', currency not stated'}"


def _nothing(record: Timetable) -> Finding:
    """Why nothing is chosen: nothing is clearly worth doing, or nothing fits, and what blocks it."""
    wins = record.candidates
    unclear = record.unclear
    if unclear is not None:
        return Finding(
            lead="Nothing is clearly worth doing: the best plan within these limits is forecast to add",
            figure=number(unclear.benefit, wins.digits),
            interval=interval(unclear.low, unclear.high, wins.digits),
            unit=wins.unit,
        )
    largest = record.table.sort_values("benefit", ascending=False, kind="stable").iloc[0]
    if not record.is_worth_having.any():
        return Finding(
            lead=f'Nothing is clearly worth doing; closest: "{largest["initiative"]}" is forecast to add',
            figure=number(largest["benefit"], wins.digits),
            interval=interval(largest["benefit_low"], largest["benefit_high"], wins.digits),
            unit=wins.unit,
        )
    return Finding(lead=f'Nothing fits; most would be added by "{largest["initiative"]}": {largest["why"]}')


def _forced(record: Timetable) -> str:
    """Which of the chosen are must-dos, and that nothing else is clearly worth doing where that is so."""
    forced = record.chosen.loc[record.chosen["forced"], "initiative"]
    if forced.empty:
        return ""
    verb = "is" if len(forced) == 1 else "are"
    others = record.table[~record.table["forced"]]
    is_small = not record.is_worth_having[others.index].any()
    is_all = len(forced) == len(record.chosen) and len(others)
    alone = ""
    if is_all and (is_small or record.unclear):
        alone = ", and nothing else is clearly worth doing"
    return f"{listing(quoted(forced))} {verb} forced{alone}"


def quoted(names: Iterable[str]) -> list[str]:
    """Names as they are told in a sentence."""
    return [f'"{name}"' for name in names]


def _surely(record: Timetable) -> str:
    """How surely the budget is kept and the early share of the benefit there; "" where neither is asked for."""
    kept = []
    if not np.isnan(record.p_within_budget):
        kept.append(f"every budget is kept in {in_hundred(record.p_within_budget)} of 100 redraws")
    if not np.isnan(record.p_short_term):
        share, periods = record.options["short_term"]
        there = f"{percent(share)} of the benefit is there after {plural(periods, 'period')}"
        redraws = "" if kept else " redraws"
        kept.append(f"{there} in {in_hundred(record.p_short_term)} of 100{redraws}")
    sentence = ", and ".join(kept)
    return sentence[:1].upper() + sentence[1:]


def _note(record: Timetable) -> str:
    """How near to the best the plan is, what is left out, what a cost is, and how often is what is chosen again."""
    wins = record.candidates
    more = record.gap / (1 - record.gap) if record.gap < 1 else np.inf
    near = "No plan is worth more" if record.gap < 1e-4 else f"No plan is worth over {percent(more, 1)} more"
    least = number(record.least, wins.digits + 1)
    sentences = [
        f"{near} by the median forecasts.",
        "Initiatives on one touchpoint share what is left to gain there.",
        f"What adds less than {least} {wins.unit} is not worth having and left out.",
    ]
    if wins.priced["cost_likely"].notna().any():
        sentences.append("Costs are means of low, likely and high, each drawn on its own.")
    if record.resolves:
        drawn = f"{plural(record.resolves, 'plan')} made anew with redrawn benefits and costs"
        sentences.append(f"Chosen again: in how many of {drawn}; of a must-do, in how many it is worth doing.")
    if len(record.places_table):
        sentences.append("Places come in the order of what is expected to be gained at each, luck taken off.")
    sentences += [f"Intervals: {percent(wins.fit.level)}.", told_assumed(record.wins.initiatives), wins.caution]
    return " ".join(sentence for sentence in sentences if sentence)
