"""The ways customers take: what follows what, which paths are common, where journeys end.

Counting events is done in :mod:`cxlens.engine.journeys`; credit for an outcome (attribution) and pictures
do not belong here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding, Item
from cxlens.common.result import Result, View
from cxlens.common.small_cells import reason
from cxlens.common.values import closest_percent, count, plural
from cxlens.engine import journeys as engine
from cxlens.errors import OptionError, ValuesError, check_count, check_kind, check_known, check_min_n, listing
from cxlens.stages.journeys.around import Steps, around
from cxlens.stages.journeys.by_customer import spans_of_departures
from cxlens.stages.journeys.cost import cost
from cxlens.stages.journeys.ends import clearly_more, drop_off
from cxlens.stages.journeys.felt import felt
from cxlens.stages.journeys.felt_words import Along, Felt
from cxlens.stages.journeys.flow import flow
from cxlens.stages.journeys.follows import follows
from cxlens.stages.journeys.graph import graph
from cxlens.stages.journeys.groups import Question
from cxlens.stages.journeys.planned import planned
from cxlens.stages.journeys.rework import rework
from cxlens.stages.journeys.routes import routes
from cxlens.stages.journeys.tables_together import count_tables, hide_tables
from cxlens.stages.journeys.times import times
from cxlens.study.journeys import END, START, Journey, JourneyLog, check_log
from cxlens.study.segments import as_names
from cxlens.study.survey import Survey
from cxlens.study.touchpoints import TouchpointMap

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
ARROW = " > "  # between the touchpoints of a path


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Paths(Result):
    """What customers did, counted; made by :func:`paths`.

    Attributes
    ----------
    table : DataFrame
        Transitions: ``touchpoint`` (``(start)`` for the start of a journey), ``next`` (``(end)`` for its end),
        ``n``, ``share``, ``low``, ``high`` (95 % Wilson interval), ``median_gap_seconds`` (missing at starts and ends,
        or without times). ``share`` is of all departures from ``touchpoint``, ends included; in the rows of ``(start)``
        it is of all journeys.
    variants : DataFrame
        The commonest paths: ``path`` ("A > B > C"), ``n``, ``share`` of all journeys, ``cumulated`` share.
        All other paths are summed up in a last row ``other (k variants)``, so that ``n`` sums to all journeys.
    drop_off : DataFrame
        One row a touchpoint: ``touchpoint``, ``reached`` (journeys that met it), ``ended`` (journeys whose last
        event it is), ``open`` (the same, but they may go on), ``intended`` (whether a journey may well end there),
        ``share`` (those that ended there, of those that reached it and are not open there), ``low``, ``high`` (95 %
        Wilson interval). With an outcome ``dropped_out`` and ``completed`` split ``ended`` into journeys without and
        with it, ``share``, ``low``, ``high`` are those of ``dropped_out``, and ``converted`` (journeys that reached it
        and have the outcome so far), ``conversion`` (their share), ``conversion_low``, ``conversion_high`` follow.
    steps : DataFrame
        Step matrix: a row a touchpoint, a column a step (at most 20), the share of all journeys that are there
        at that step; the row ``(end)`` holds those that ended before, so that every column sums to 1.
    n_variants, listed : int
        Number of different paths, and how many of them are listed apart.
    ends
        Touchpoints named as intended ends.
    log, top, min_n, plan
        The inputs. Counts of fewer than ``min_n`` customers are hidden, and as many more as protect them; rare paths
        are among the others.
    """

    table: pd.DataFrame
    variants: pd.DataFrame
    drop_off: pd.DataFrame
    steps: pd.DataFrame
    n_variants: int
    listed: int
    ends: tuple[str, ...]
    log: JourneyLog
    top: int
    min_n: int
    plan: Journey | None = None

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {
            "transitions": self.table,
            "paths": self.variants,
            "drop-off": self.drop_off,
            "steps": self.steps.reset_index(),
        }

    @property
    def finding(self) -> Finding:
        """Where most journeys stop that stop early; where they end if nothing tells which ends are early."""
        at_intended_ends = self._at_intended_ends()
        more = (*at_intended_ends, *self._under_way(), self._commonest())
        elsewhere = self.drop_off[~self.drop_off["intended"]]
        known = elsewhere.dropna(subset=self._lost)
        is_told = len(known) == len(elsewhere)
        lost = known[known[self._lost] > 0].sort_values([self._lost, "share"], ascending=False, kind="stable")
        if lost.empty:
            return Finding(self._none(is_told, bool(at_intended_ends)), more=more)
        numbers = lost[self._lost].to_numpy(np.int64)
        is_behind, is_sure = clearly_more(self.log, self.ends, lost["touchpoint"].tolist(), numbers)
        level = lost[~is_behind]
        first = lost.iloc[0]
        if len(level) > 1 or not is_sure or not is_told:  # one that is hidden may be more
            rows = [row for _, row in level.iterrows()]
            items = [
                Item(
                    name=row["touchpoint"],
                    figure=self._figure(row),
                    interval=_span(row),
                )
                for row in rows
            ]
            ends = "early stops" if self._knows_early else "ends"
            return Finding(f"Most {ends}, with no clear first", items=items, more=more)
        stop = "that stop early most often stop" if self._knows_early else "most often end"
        return Finding(
            lead=f"Journeys {stop} at {first['touchpoint']}:",
            figure=self._figure(first),
            interval=_span(first),
            certainty="clearly most",
            more=more,
        )

    def _none(self, is_told: bool, elsewhere: bool) -> str:
        """That no journey ended, or that none of the numbers is told."""
        if not is_told:
            return f"Fewer than {self.min_n} {_counted(self.log)}, or hidden, ended at each touchpoint"
        none = "No journey stopped early" if self._knows_early else "No journey is known to have ended"
        return f"{none} elsewhere" if elsewhere else none

    @property
    def _knows_early(self) -> bool:
        """Whether anything tells which ends are early."""
        return self.log.outcome is not None or bool(self.ends) or bool(self.log.ends_at)

    @property
    def _lost(self) -> str:
        """The column of the ends that the finding counts."""
        return "ended" if self.log.outcome is None else "dropped_out"

    def _figure(self, row: pd.Series[Any]) -> str:
        """``93 of the 1,463 that reached it, 6 %``; open journeys are set aside."""
        aside = ""
        if pd.isna(row["open"]):
            return count(row[self._lost])
        if row["open"]:
            aside = f", {count(row['open'])} open ones aside"
        reached = count(row["reached"] - row["open"])
        return f"{count(row[self._lost])} of the {reached} that reached it{aside}, {closest_percent(row['share'])}"

    def _at_intended_ends(self) -> tuple[str, ...]:
        """How many ended without the outcome where most end with it: shown, but not as early stops."""
        if self.log.outcome is None:
            return ()
        meant = self.drop_off[self.drop_off["intended"] & ~self.drop_off["touchpoint"].isin(self.ends)]
        without = meant[meant["dropped_out"].fillna(0) > 0]
        if without.empty:
            return ()
        journeys = plural(int(without["dropped_out"].sum()), "journey")
        where = listing(without["touchpoint"])
        return (f"{journeys} ended without the outcome at {where}, where most end with it",)

    def _under_way(self) -> tuple[str, ...]:
        """How many journeys may go on; not the number where some of it is hidden."""
        is_open = self.drop_off["open"]
        if is_open.eq(0).all():
            return ()
        journeys = "Some journeys" if is_open.isna().any() else plural(int(is_open.sum()), "journey")
        return (f"{journeys} may still go on",)

    def _commonest(self) -> str:
        """How many routes there are, and how many journeys the commonest covers."""
        journeys = plural(self.log.n, "journey")
        if self.n_variants == 1:
            same = "There is one" if self.log.n == 1 else "All took the same"
            return f"{same} route ({journeys})"
        if len(self.variants) == 1:
            least = f"{self.min_n} {_counted(self.log)} or more"
            return f"No route is that of {least}: {count(self.n_variants)} routes, {journeys}"
        first = self.variants["share"].iloc[0]
        share = closest_percent(first) if first >= 0.005 else "less than 1 %"
        return f"The commonest of {count(self.n_variants)} routes covers {share} of {journeys}"

    def times(self, by: str | None = None) -> View:
        """How many touches and how much time journeys take: until the outcome, in all, and from one to the next.

        Parameters
        ----------
        by
            A segment column of the log whose groups are compared.

        Returns
        -------
        View
            ``table`` has a row a measure and segment ("all" without ``by``): ``measure`` ("touches until the outcome",
            "time until the outcome", "touches in all", "time in all"; time with a clock, the outcome with one),
            ``unit`` (touches, days, hours, minutes, seconds), ``segment``, ``n`` journeys, ``q25``, ``median``,
            ``low``, ``high`` (95 % interval of the median), ``q75``, ``q95``. Until the outcome: of the journeys that
            have it, to the first event that has it, that one counted; where all events of such a journey have it, to
            the last. In all: of the journeys that are over. With a clock ``parts["waits"]`` has the same figures of
            the time from each ``touchpoint`` to the next one. With ``by``, ``parts["tests"]`` has a row a measure:
            ``h``, ``df``, ``p_value`` of Kruskal and Wallis (1952) over customers, each by the mean of their journeys,
            ``q_value`` over the measures; ``parts["differences"]`` one a pair of segments: ``first``, ``second``,
            ``difference`` of their medians, which one ranks ``higher``, ``p_value`` by Dunn (1964; Mann and Whitney of
            two), ``q_value`` over the pairs.

        Raises
        ------
        OptionError, ValuesError
            When ``by`` is no segment of the log or has no two groups that may be shown, or every journey may still go
            on.

        Notes
        -----
        Intervals of medians are order statistics, which ask nothing of the distribution; where customers have several
        journeys, those of as many journeys as they are worth. A quantile with fewer than ``min_n`` customers on one
        side is blank. What is of journeys that are over leaves out those that may go on, which tend to be long.

        Examples
        --------
        >>> import pandas as pd
        >>> import cxlens as cx
        >>> events = pd.DataFrame({"who": list("aaabbc"), "met": list("xyzxzx"), "nr": [1, 2, 3, 1, 2, 1]})
        >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
        >>> cx.paths(log, min_n=1).times().table[["measure", "n", "median", "q95"]]
                  measure  n  median  q95
        0  touches in all  3     2.0  2.9
        """
        return times(self._asks(by))

    def follows(self, by: str | None = None) -> View:
        """Which touchpoints are met some time after which, whatever lies between.

        Parameters
        ----------
        by
            A segment column of the log whose groups are compared.

        Returns
        -------
        View
            ``table`` has a row a pair: ``touchpoint``, ``later``, ``n`` journeys that meet the first and are over,
            ``followed`` (those that meet ``later`` after the first time of ``touchpoint``; of one and the same, those
            that meet it again), ``share`` of the two, ``low``, ``high`` (95 % Wilson interval). With ``by``,
            ``parts["segments"]`` has the same by ``segment``, ``parts["tests"]`` a row a pair: the segments with the
            ``highest`` and the ``lowest`` share, ``p_value`` of all having the same, ``q_value`` over the pairs,
            ``pair_p`` of highest and lowest.

        Raises
        ------
        OptionError, ValuesError
            When ``by`` is no segment of the log or has no two groups that may be shown, every journey may still go on,
            or the log has more than 500 touchpoints.

        Notes
        -----
        Segments are compared by chi-squared of as many journeys as those of each customer are worth (Rao and Scott
        1987), where at least 5 hits and 5 misses are due in each; q-values are those of Benjamini and Hochberg.

        Examples
        --------
        >>> import pandas as pd
        >>> import cxlens as cx
        >>> events = pd.DataFrame({"who": list("aaabb"), "met": list("xyzxz"), "nr": [1, 2, 3, 1, 2]})
        >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
        >>> table = cx.paths(log, min_n=1).follows().table
        >>> table[table["touchpoint"] == "x"][["touchpoint", "later", "n", "followed"]]
          touchpoint later  n  followed
        0          x     x  2         0
        1          x     y  2         1
        2          x     z  2         2
        """
        return follows(self._asks(by))

    def rework(self, channels: TouchpointMap | None = None, by: str | None = None) -> View:
        """What is met again: in a row, in loops, to and fro between channels, and what it takes.

        Parameters
        ----------
        channels
            A map that names the channel of each touchpoint: then also who goes from one to another and back.
        by
            A segment column of the log whose groups are compared.

        Returns
        -------
        View
            ``table`` has a row a touchpoint, and "(any)" for all: ``touchpoint``, ``n`` journeys that meet it and are
            over, ``repeated`` (those that meet it again), ``share``, ``low``, ``high`` (95 % Wilson interval);
            ``in_a_row`` and ``in_a_loop``, those that do with nothing or with others between (some do both); ``extra``
            touches beyond the first of each journey; ``median`` time from the first to the last meeting where it is met
            again, in ``unit``. ``parts["journeys"]``: what journeys with and without rework take, as
            :func:`cxlens.stages.journeys.rework_takes.takes` says. ``parts["channels"]``: ``channel``, ``other``, ``n``
            journeys that meet both, ``to_and_fro`` (those that go from one to the other and straight back), ``share``,
            ``low``, ``high``, ``times`` it happened. With ``by``, ``parts["segments"]`` and ``parts["tests"]`` as of
            :meth:`follows`.

        Raises
        ------
        OptionError, ValuesError
            When ``channels`` is no map, lacks a touchpoint of the log or its channel, every journey may still go on, or
            ``by`` is no segment of the log or has no two groups that may be shown.

        Examples
        --------
        >>> import pandas as pd
        >>> import cxlens as cx
        >>> events = pd.DataFrame({"who": list("aaabb"), "met": list("xyxxx"), "nr": [1, 2, 3, 1, 2]})
        >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
        >>> table = cx.paths(log, min_n=1).rework().table
        >>> table[["touchpoint", "n", "repeated", "in_a_row", "in_a_loop", "extra"]]
          touchpoint  n  repeated  in_a_row  in_a_loop  extra
        0          x  2         2         1          1      2
        1          y  1         0         0          0      0
        2      (any)  2         2         1          1      2
        """
        return rework(self._asks(by), channels)

    def around(self, anchor: str, *, before: int = 3, after: int = 3, by: str | None = None) -> View:
        """Where journeys are so many steps before and after they first meet a touchpoint.

        Parameters
        ----------
        anchor
            The touchpoint.
        before, after
            How many steps to look back and on, 0 to 10.
        by
            A segment column of the log whose groups are compared.

        Returns
        -------
        View
            ``table`` has a row a position and place: ``position`` (0 at the anchor, -1 right before), ``touchpoint``
            (also "(start)": not begun yet, "(end)": over by then, "(open)": may still go on), ``n`` journeys that meet
            the anchor, ``journeys`` of them that are there, ``share``, ``low``, ``high`` (95 % Wilson interval). The
            shares of a position sum to 1. ``parts["matrix"]`` has the shares, a row a place, a column a position. With
            ``by``, ``parts["segments"]`` and ``parts["tests"]`` as of :meth:`follows`.

        Raises
        ------
        OptionError, ValuesError
            When nobody met the anchor, ``before`` or ``after`` is no whole number from 0 to 10, or ``by`` is no segment
            of the log or has no two groups that may be shown.

        Examples
        --------
        >>> import pandas as pd
        >>> import cxlens as cx
        >>> events = pd.DataFrame({"who": list("aaabb"), "met": list("xyzxz"), "nr": [1, 2, 3, 1, 2]})
        >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
        >>> cx.paths(log, min_n=1).around("z", before=2, after=1).parts["matrix"]  # doctest: +NORMALIZE_WHITESPACE
        position     -2   -1    0    1
        touchpoint
        x           0.5  0.5  0.0  0.0
        y           0.0  0.5  0.0  0.0
        z           0.0  0.0  1.0  0.0
        (start)     0.5  0.0  0.0  0.0
        (end)       0.0  0.0  0.0  1.0
        (open)      0.0  0.0  0.0  0.0
        """
        return around(self._asks(by), Steps(anchor, before, after))

    def planned(self, by: str | None = None) -> View:
        """How far journeys go as planned: what is reached, in order, met beside, where they leave, what that goes with.

        Parameters
        ----------
        by
            A segment column of the log whose groups are compared by how many reach each step.

        Returns
        -------
        View
            ``table`` has a row a planned step: ``step``, ``touchpoint``, ``n`` journeys that are over, ``reached``,
            ``share`` of the two, ``low``, ``high`` (95 % Wilson interval); ``in_order`` (of those, after all earlier
            steps that they meet) and ``left`` (of those, meet no later step and have no outcome), each with ``_share``,
            ``_low``, ``_high``; with a clock the ``median`` time from the planned step met before, in its ``unit``. A
            touchpoint planned twice is met twice: its second step is the second meeting.

            ``parts["journeys"]``: ``kind`` ("exactly as planned"; "all steps in order", maybe with more; then the
            deviations "misses a step", "out of order", "meets others beside", "meets a step again": more often than
            planned), ``n``, ``journeys``, ``share``, ``low``, ``high``. ``parts["beside"]``: the same by
            ``touchpoint`` that is not planned. ``parts["costs"]``: what deviating goes with, as
            :func:`cxlens.stages.journeys.deviations.costs` says. With ``by``, ``parts["segments"]`` and
            ``parts["tests"]`` as of :meth:`follows`.

        Raises
        ------
        OptionError, ValuesError
            When no plan was given, ``by`` is no segment of the log or has no two groups that may be shown, or every
            journey may still go on.

        Notes
        -----
        That a deviation goes with a lower score is no effect of it: who has a hard case deviates more.

        Examples
        --------
        >>> import pandas as pd
        >>> import cxlens as cx
        >>> events = pd.DataFrame({"who": list("aaabbc"), "met": list("xyzzyx"), "nr": [1, 2, 3, 1, 2, 1]})
        >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
        >>> result = cx.paths(log, plan=cx.Journey("Visit", ["x", "y", "z"]), min_n=1)
        >>> result.planned().table[["step", "touchpoint", "n", "reached", "in_order", "left"]]
           step touchpoint  n  reached  in_order  left
        0     1          x  3        2         2     1
        1     2          y  3        2         2     0
        2     3          z  3        2         1     0
        """
        if self.plan is None:
            raise OptionError(
                "planned: no plan was given. Give the journey as it is meant: "
                "paths(log, plan=cx.Journey('name', ['first', 'second']))."
            )
        return planned(self._asks(by), self.plan)

    def _asks(self, by: str | None) -> Question:
        """What its sides are asked."""
        return Question(self.log, self.ends, self.min_n, by)

    @property
    def note(self) -> str:
        """What shares are of, how the interval was made, and where the rest is."""
        return (
            "share: of all departures from the touchpoint, ends included; in the rows of (start), of all journeys. "
            f"The interval above is a 95 % Wilson interval{self._whose}. See also .variants, .drop_off and .steps. "
            f"{self._what_is_open()} Missing: {reason(self.min_n, of=_counted(self.log))}."
        )

    def flow(self, *, steps: int = 5, named: int = 8, anchor: str | None = None) -> View:
        """Who goes where from step to step, with the rarest touchpoints pooled.

        Parameters
        ----------
        steps
            How many steps to count, 1 or more.
        named
            How many touchpoints to tell apart, those that most journeys meet; all others are one.
        anchor
            A touchpoint at whose first meeting counting starts; without it, the start of the journey.

        Returns
        -------
        View
            One row a flow: ``step``, ``touchpoint`` met then, ``next`` (met at the step after it; ``(end)``, or ``(may
            go on)`` for a journey that is still open), ``share`` of all journeys, or of those that meet the anchor,
            with ``low`` and ``high``. Where few are hidden (``min_n`` above 1), shares are rounded to as many journeys
            as twice ``min_n`` customers have, or to 1 in 100 where that is more: exact ones, beside :attr:`table` and
            :attr:`steps`, would tell of a few.

        Raises
        ------
        OptionError, ValuesError
            When a number is no whole number of 1 or more, or nobody, or too few, meet the anchor.
        """
        return flow(
            self.log,
            steps=steps,
            named=named,
            anchor=anchor,
            ends=self.ends,
            min_n=self.min_n,
        )

    def graph(self) -> View:
        """What follows what, drawn as arcs between touchpoints.

        Returns
        -------
        View
            The rows of :attr:`table` that lead from one touchpoint to another, or to itself once more, and are told,
            the commonest first.
        """
        return graph(self.log, self.table, min_n=self.min_n, who=_counted(self.log), again=self._again("graph"))

    def routes(self) -> View:
        """The commonest routes, drawn step by step.

        Returns
        -------
        View
            The rows of :attr:`variants`, the path called ``route``; ``parts["steps"]`` says for each ``row`` of them
            which ``touchpoint`` is met at which ``step``.
        """
        return routes(
            self.log,
            self.variants,
            self.listed,
            min_n=self.min_n,
            who=_counted(self.log),
            again=self._again("routes"),
        )

    def felt(
        self,
        *,
        along: Along = "touchpoint",
        by: str | None = None,
        answers: Survey | None = None,
        level: float = 0.95,
    ) -> View:
        """What customers feel on their way: the scores of events along it, the peak and the end of a journey.

        Parameters
        ----------
        along
            ``"touchpoint"``, in the order in which they are met, or ``"step"`` (the first twenty). For stages roll the
            log up: ``cx.paths(log.by(touchpoint_map, "stage")).felt()``.
        by
            A segment column of the log: the scores of each group, and tested differences.
        answers
            A survey of the same customers, found by its ``respondent``: each event has the rating that its customer
            gave its touchpoint, the mean of several. Without it scores are those of the log.
        level
            Confidence level.

        Returns
        -------
        View
            ``table``: ``segment`` (with ``by``), ``touchpoint`` or ``step``, ``n`` scores of ``customers``, their
            ``mean`` with ``low`` and ``high``, and ``reach``, the share of all journeys that get there, with
            ``reach_low`` and ``reach_high``. ``parts["peak and end"]``: mean of the ``lowest``, the ``highest`` and the
            last score (``end``) of journeys of two scores and more, of their ``average``, and of the last less that.
            ``parts["differences"]`` (with ``by``): the item, ``first`` and ``second`` segment, ``difference``, ``low``,
            ``high``, ``p_value``, ``q_value`` (Benjamini-Hochberg).

        Raises
        ------
        OptionError, ValuesError
            When neither the log nor a survey has scores, the survey shares no customer or touchpoint with the log or
            does not know who answered, or ``along`` or ``by`` is none of those there are.

        Notes
        -----
        Intervals and tests count customers, not scores: means are ratios of sums over customers, linearised; groups
        are compared after Welch (1947), of under a hundred customers by those who change places (Janssen 1997). The
        lowest is clearly so where its difference to each other is. Peak and end: Kahneman, Fredrickson, Schreiber and
        Redelmeier (1993), Psychological Science 4(6).

        Examples
        --------
        >>> import pandas as pd
        >>> import cxlens as cx
        >>> met = ["Web", "Shop"] * 2
        >>> events = pd.DataFrame({"who": list("aabb"), "met": met, "nr": [1, 2] * 2, "felt": [4, 2, 5, 3]})
        >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr", score="felt")
        >>> cx.paths(log, min_n=1).felt().table[["touchpoint", "n", "mean", "reach"]]
          touchpoint  n  mean  reach
        0        Web  2   4.5    1.0
        1       Shop  2   2.5    1.0
        """
        asked = Felt(along=along, by=by, answers=answers, level=level, min_n=self.min_n)
        return felt(self.log, asked, self._again("felt", **asked.options))

    def cost(self, touchpoint_map: TouchpointMap, by: str | None = None) -> View:
        """What serving a journey costs: its contacts, at what the map says a contact costs.

        Parameters
        ----------
        touchpoint_map
            Says what a contact costs, ``cost_per_contact``; touchpoints without count as 0, and are named.
        by
            A segment column of the log whose groups are compared.

        Returns
        -------
        View
            ``table`` has a row a segment ("all" without ``by``): ``segment``, ``n`` journeys that are over,
            ``customers``, ``median`` cost of one with ``median_low`` and ``median_high``, ``mean`` with ``low`` and
            ``high``, in the money of the map. ``parts["touchpoints"]``: ``touchpoint``, ``contacts`` of a journey in
            the mean, ``cost_per_contact``, ``cost`` of a journey, ``share`` of all cost. ``parts["differences"]`` (with
            ``by``): ``first``, ``second`` segment, ``difference`` of their means, ``low``, ``high``, ``p_value``,
            ``q_value`` (Benjamini-Hochberg).

        Raises
        ------
        OptionError, ValuesError
            When the map says no cost of any touchpoint of the log, ``by`` is no segment of the log or has no two groups
            that may be shown, or every journey may still go on.

        Notes
        -----
        Means of skewed costs have the intervals of :func:`cxlens.stats.skewed.skewed_mean_interval` (Hall 1992), or,
        where customers have several journeys, those of ratios of sums over customers; medians have order statistics.
        Groups are compared after Welch (1947), customers counted; of under a hundred customers, each with a mean of its
        own, by those who change places (Janssen 1997). What customers cost a year, and bring, tells
        :func:`cxlens.profit`.

        Examples
        --------
        >>> import cxlens as cx
        >>> study = cx.datasets.load_airport()
        >>> cx.paths(study.journeys()).cost(study.map()).finding.lead
        'Serving a journey costs'
        """
        return cost(self._asks(by), touchpoint_map)

    def _again(self, side: str, **options: Any) -> Callable[[JourneyLog], View]:
        """The same side of other journeys."""

        def again(log: JourneyLog) -> View:
            met = tuple(name for name in self.ends if name in log.touchpoints)
            other = paths(log, ends=met, top=self.top, min_n=self.min_n)
            view: View = getattr(other, side)(**options)
            return view

        return again

    @property
    def _whose(self) -> str:
        """How intervals differ where customers have several journeys."""
        if self.log.n == self.log.n_customers:
            return ""
        return ", widened where customers have several journeys, which are alike"

    def _what_is_open(self) -> str:
        """When a journey counts as open."""
        if np.isnan(self.log.rows().silence).all():
            return "Without times no journey is known to be open."
        return (
            "Open: silent for less long, when the log ends, than it takes until fewer than 5 in 100 come back to a "
            "journey, or where the log does not tell how long that is."
        )


@misfits_told
def paths(
    log: JourneyLog,
    *,
    plan: Journey | None = None,
    ends: Sequence[str] = (),
    top: int = 10,
    min_n: int = 5,
) -> Paths:
    """Count transitions, paths and ends of journeys.

    Parameters
    ----------
    log
        The events. Each customer has one journey, or several where ``ends_at`` or ``gap`` of the log part them.
    plan
        The journey as it is meant to be, for :meth:`Paths.planned`: touchpoints of the log, in order.
    ends
        Touchpoints that a journey may well end at, such as a cancellation: ending there is no early stop. Those that
        the log's ``ends_at`` names count as well, and with an outcome those where most of the journeys that end there
        have it.
    top
        How many of the commonest paths to list, 1 or more; the rest is one row.
    min_n
        Counts of fewer customers are hidden, and as many more as keep them from being worked out; 1 hides nothing. Of
        the journeys of a customer one counts for this, so that each count shown is of as many people at least.

    Returns
    -------
    Paths
        Its ``table`` holds the transitions; ``variants``, ``drop_off`` and ``steps`` the rest.

    Raises
    ------
    OptionError, ValuesError
        When ``log`` is no journey log or has more than 2,000 touchpoints, ``plan`` is no journey, ``plan`` or ``ends``
        name a touchpoint that nobody met, ``top`` or ``min_n`` is no whole number of 1 or more, or the log holds fewer
        than ``min_n`` customers.

    Notes
    -----
    Transitions are those of a directly-follows graph (van der Aalst 2016, Process Mining, chapter 2). The
    intervals are Wilson's (1927). Paths are told apart by a 64-bit number, see
    :func:`cxlens.engine.journeys.variants`; equally common paths stand in order of length.

    With times, a journey without the outcome is open, not ended, as long as its customer may come back: at least 5 in
    100 do after a silence as long, by the silences of all (Kaplan and Meier 1958) after the same touchpoint, or after
    any where too few tell; see :func:`cxlens.stats.silence.longest_wait`. A touchpoint is clearly first where that many
    more ends than at the next one are unlikely by chance (sign test, p below 0.05). Where customers have several
    journeys, these are alike: then intervals are as wide as the differences between customers make them, and the sign
    test asks at which of two touchpoints more of a customer's own journeys end. So are those of transitions where a
    customer leaves a touchpoint more than once, in one journey or in several.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlens as cx
    >>> met = ["Web", "Shop", "Call", "Web", "Call"]
    >>> events = pd.DataFrame({"who": list("aaabb"), "met": met, "nr": [1, 2, 3, 1, 2]})
    >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", order="nr")
    >>> result = cx.paths(log, min_n=1)
    >>> print(result)  # doctest: +NORMALIZE_WHITESPACE
    Most ends, with no clear first: Call (2 of the 2 that reached it, 100 % [34 %, 100 %]).
    The commonest of 2 routes covers 50 % of 2 journeys.
    >>> result.variants[["path", "n"]]
                    path  n
    0         Web > Call  1
    1  Web > Shop > Call  1
    """
    check_log("paths", log)
    check_count("top", top, "paths")
    check_min_n(min_n)
    named = as_names(ends)
    check_known("ends: touchpoint", named, log.touchpoints, "Touchpoints")
    if plan is not None:
        check_kind("paths: plan", plan, Journey, "cx.Journey('name', ['first', 'second'])")
        check_known("plan: touchpoint", plan.touchpoints, log.touchpoints, "Touchpoints")
    if log.n_customers < min_n:
        raise ValuesError(
            f"The log holds fewer than {min_n} {_counted(log)}, which are hidden to protect people: nothing is left "
            "to show. Where you may look at single customers, say min_n=1."
        )
    variants = engine.variants(log.rows())
    table, listed = _variants(log, variants, top, min_n)
    counts = count_tables(log, named, min_n)
    hidden = hide_tables(log, counts, listed, min_n)
    return Paths(
        table=_transitions(log, counts.transitions, hidden.transitions),
        variants=table,
        drop_off=drop_off(log, counts.ends, hidden.ends),
        steps=_steps(log, counts.steps, hidden.steps),
        n_variants=len(variants.n),
        listed=listed,
        ends=named,
        log=log,
        top=top,
        min_n=min_n,
        plan=plan,
    )


def _transitions(log: JourneyLog, transitions: engine.Transitions, hidden: Flags) -> pd.DataFrame:
    """Transitions in the order of the touchpoints, the commonest next one first, those hidden last."""
    table = pd.DataFrame(transitions._asdict())
    table = table.rename(columns={"median_gap": "median_gap_seconds"})
    departures = table.groupby("origin")["n"].transform("sum")
    low, high = spans_of_departures(log.rows(), transitions.n, departures.to_numpy())
    table = table.assign(share=table["n"] / departures, low=low, high=high)
    figures = ["share", "low", "high", "median_gap_seconds"]
    table.loc[hidden, figures] = np.nan
    table["n"] = table["n"].astype("Int64").mask(hidden)
    origins = np.array([*log.touchpoints, START], object)  # EDGE, -1, is the last entry
    targets = np.array([*log.touchpoints, END], object)
    table["touchpoint"] = origins[table["origin"]]
    table["next"] = targets[table["target"]]
    table = table.sort_values(["origin", "n"], ascending=[True, False], kind="stable", ignore_index=True)
    return table[["touchpoint", "next", "n", *figures]]


def _variants(log: JourneyLog, variants: engine.Variants, top: int, min_n: int) -> tuple[pd.DataFrame, int]:
    """The commonest paths, each told by an example of a journey that took it, the others as one row; how many."""
    names = np.array([_in_path(name) for name in log.touchpoints], object)
    rows = log.rows()
    examples = [engine.codes_of(rows, journey) for journey in variants.example[:top].tolist()]
    listed = _number_listed(variants, examples, log, min_n)
    paths = [ARROW.join(names[codes]) for codes in examples[:listed]]
    n = variants.n[:listed].tolist()
    others = len(variants.n) - listed
    if others > 0:
        paths.append(f"other ({plural(others, 'route')})")
        n.append(log.n - sum(n))
    table = pd.DataFrame({"path": paths})
    table["n"] = pd.array(n, "Int64")
    table["share"] = (table["n"] / log.n).astype(float)
    table["cumulated"] = (table["n"].cumsum() / log.n).astype(float)
    return table, listed


def _in_path(name: str) -> str:
    """A touchpoint as paths have it: in quotes where it has the arrow of paths, or begins like one in quotes."""
    if ARROW.strip() in name or name.startswith(("'", '"')):
        return repr(name)
    return name


def _number_listed(
    variants: engine.Variants,
    examples: list[NDArray[np.int32]],
    log: JourneyLog,
    min_n: int,
) -> int:
    """How many of the commonest paths to list: none that few took, and not so many that few are left for the others.

    Neither of all journeys, nor of those that reached a touchpoint, which are known as well. Counted are journeys, and
    beside them people, by one journey of each.
    """
    latest = variants.of[engine.is_counted(log.rows(), min_n)]
    n = np.stack([variants.n, np.bincount(latest, minlength=len(variants.n))])
    left = np.stack([_met_and_all(log.rows()), _met_and_all(engine.one_each(log.rows(), min_n))])
    met = [[*np.unique(codes), -1] for codes in examples]  # the last counts all journeys
    is_few = n[1, : len(examples)] < min_n
    listed = int(np.argmax(np.append(is_few, True)))
    for path in range(listed):
        left[:, met[path]] -= n[:, path, None]
    while listed and ((left[0] > 0) & (left[1] < min_n)).any():
        listed -= 1
        left[:, met[listed]] += n[:, listed, None]
    return listed


def _met_and_all(events: engine.SortedEvents) -> Counts:
    """Journeys that met each touchpoint, then all journeys."""
    return np.append(engine.reached_by(events), events.n_journeys)


def _steps(log: JourneyLog, counts: Counts, hidden: Flags) -> pd.DataFrame:
    """Share of all journeys at each touchpoint, step by step; NaN where that is hidden."""
    shares = np.where(hidden, np.nan, counts / log.n)
    all_names = [*log.touchpoints, END]
    names = pd.Index(all_names, name="touchpoint")
    _, last = counts.shape
    steps = pd.RangeIndex(1, last + 1, name="step")
    return pd.DataFrame(shares, index=names, columns=steps)


def _counted(log: JourneyLog) -> str:
    """What counts are hidden by: people, who are journeys where each has one."""
    return "journeys" if log.n == log.n_customers else "customers"


def _span(row: pd.Series[Any]) -> str:
    """The interval of a share: ``[5 %, 8 %]``."""
    low = closest_percent(row["low"])
    high = closest_percent(row["high"])
    return f"[{low}, {high}]"
