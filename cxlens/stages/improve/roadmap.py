"""Stage 4: which initiatives to do, and when, under a budget, the teams there are and the order things need.

The verb :func:`roadmap` and its result. The plan is made in :mod:`cxlens.stages.improve.timetable`, what an initiative
brings is forecast by :mod:`cxlens.stages.improve.quick_wins`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding
from cxlens.common.result import Result, View
from cxlens.common.values import count, interval, percent, plural, signed
from cxlens.errors import check_kind
from cxlens.stages.improve.buy_in import buy_in
from cxlens.stages.improve.forecasts import write_forecasts
from cxlens.stages.improve.promises import promises
from cxlens.stages.improve.quick_wins import QuickWins, quick_wins_of
from cxlens.stages.improve.response import CAUTION
from cxlens.stages.improve.timetable import Timetable, timetable
from cxlens.study.ranges import in_money, told_assumed
from cxlens.study.survey import Survey


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Roadmap(Result):
    """What to do and when: the result of :func:`roadmap`.

    Attributes
    ----------
    table
        One row an initiative, those chosen first, by start: ``initiative``, ``owner``, ``start`` and ``end`` (names of
        periods, "" if left out), ``duration`` (periods), ``cost`` (likely), ``benefit`` alone (median, as in the quick
        wins) with ``benefit_low`` and ``benefit_high``, ``selected``, ``p_selected`` (how often it is chosen when
        benefits and costs are drawn anew), ``why`` it is left out.
    periods_table
        One row a period: ``period``, ``starts`` and ``ends`` (tuples of initiatives), ``cost``, ``budget``, and
        ``benefit`` with ``benefit_low`` and ``benefit_high``: what all that has ended by then brings together.
    teams_table
        One row a team and period: ``team``, ``period``, ``load``, ``capacity`` (infinite where not limited).
    wins
        What there was to choose from.
    record
        All of this, and what it was chosen from: a :class:`cxlens.stages.improve.timetable.Timetable`.
    objective, gap
        What the plan is worth, decay counted; no plan is worth more by over this share of the best.
    resolves
        How many times plans were made of drawn benefits and costs.
    options
        What was asked: ``roadmap(wins, **options)`` gives the same again.
    """

    wins: QuickWins
    record: Timetable

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
    def options(self) -> Mapping[str, Any]:
        """What was asked: ``roadmap(wins, **options)`` gives the same again."""
        return self.record.options

    @property
    def survey(self) -> Survey:
        """The answers."""
        return self.record.survey

    @property
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
            (likely, in the unit of the list) and ``cost`` (likely); ``busiest`` (the period with most of its effort);
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
    resolves: int = 20,
    time_limit: float = 10.0,
) -> Roadmap:
    """Choose initiatives and their starts so that they bring most, within what there is.

    Each adds its median forecast in the period in which it ends; those that work on the same touchpoint share its
    headroom. Prerequisites end before what needs them starts, at most one of two that exclude each other is chosen, and
    must-dos are. All chosen end within the periods. Two that lift the same touchpoint to its standard, or of which one
    removes what the other works on, exclude each other without being told to.

    Parameters
    ----------
    wins
        From :func:`cxlens.quick_wins`: forecasts, costs, durations, teams, prerequisites, exclusions, must-dos.
    periods
        How many, or their names in order, such as ``["2026-Q1", "2026-Q2"]``.
    budget
        Money for each period, in the unit of the costs: a number, or one a period; what is not spent is not carried
        over. The likely cost is spent evenly over the duration. None: money is no limit.
    capacity
        ``{team: capacity a period}``, in the unit of the initiatives' teams: a number, or one a period. Teams that are
        not named are not limited.
    short_term
        (share, periods): of what the chosen bring, each alone and harm left out, at least this share is there after so
        many periods.
    decay
        What a benefit is worth for each period that it comes later, as a share of the period before.
    resolves
        How many times the plan is made again, each with the benefits of one resample and costs drawn between low and
        high, for ``p_selected``; 0 for none. Draws of which no plan keeps the limits do not count.
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
        resolves=resolves,
        time_limit=time_limit,
    )
    return Roadmap(wins, record)


def roadmap_of(record: Timetable) -> Roadmap:
    """The face of a record."""
    return Roadmap(quick_wins_of(record.candidates), record)


def _finding(record: Timetable) -> Finding:
    """``4 of 5 initiatives bring +2.1 [1.3, 3.0] NPS points by the end of 2026-Q3 for 70,000``."""
    wins = record.candidates
    chosen = record.chosen
    everything = plural(len(record.table), "initiative")
    n = count(wins.fit.n)
    if chosen.empty:
        return Finding(f"None of {everything} is chosen within these limits", caution=CAUTION, n=n)
    last = record.periods_table.iloc[-1]
    verb = "brings" if len(chosen) == 1 else "bring"
    cost = chosen["cost"].sum()
    money = f" for {in_money(cost, wins.currency)}" if cost > 0 else ""
    first = chosen.iloc[0]
    return Finding(
        lead=f"{len(chosen)} of {everything} {verb}",
        figure=signed(last["benefit"], wins.digits),
        interval=interval(last["benefit_low"], last["benefit_high"], wins.digits),
        unit=f"{wins.unit} by the end of {last['period']}{money}",
        more=[f'First: "{first["initiative"]}" in {first["start"]}'],
        caution=CAUTION,
        n=n,
    )


def _note(record: Timetable) -> str:
    """How near to the best the plan is, and what the probability is."""
    more = record.gap / (1 - record.gap) if record.gap < 1 else np.inf
    near = "No plan is worth more" if record.gap < 1e-4 else f"No plan is worth over {percent(more, 1)} more"
    often = ""
    if record.resolves:
        often = f"Chosen again: in how many of {plural(record.resolves, 'plan')} made of drawn benefits and costs. "
    return (
        f"{near}, by the median forecasts, initiatives on one touchpoint sharing its headroom. "
        f"{often}Intervals {percent(record.candidates.fit.level)}. {told_assumed(record.candidates.initiatives)}"
    ).rstrip()
