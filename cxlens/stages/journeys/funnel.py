"""The funnel: how many of those who enter reach each stage in order, within a window, and where they are lost.

The verb :func:`funnel`. What comes next whatever the order is a matter of :mod:`cxlens.stages.journeys.paths`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pandas as pd

from cxlens.common.arguments import misfits_told
from cxlens.common.finding import Finding, Item
from cxlens.common.result import Result
from cxlens.common.small_cells import reason
from cxlens.common.values import closest_percent, count
from cxlens.errors import OptionError, ValuesError, check_known, check_min_n, check_option
from cxlens.stages.journeys.funnel_cohorts import cohorts
from cxlens.stages.journeys.funnel_moves import moves
from cxlens.stages.journeys.funnel_steps import Ask, Counting, Followed, compare_steps, follow, steps
from cxlens.stages.journeys.groups import (
    Compared,
    both_ends,
    clear_differences,
    clearly_first,
    clearly_so,
    not_clear,
    span,
)
from cxlens.study.journeys import JourneyLog, check_log
from cxlens.study.moments import read_span, span_in_words
from cxlens.study.segments import names_in_order
from cxlens.study.touchpoints import TouchpointMap
from cxlens.study.waves import Period

WAY = ["stage", "next"]


@misfits_told
@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Funnel(Result):
    """Who reaches which stage; made by :func:`funnel`.

    Attributes
    ----------
    table : DataFrame
        One row a segment ("all" without ``by``) and stage: ``segment``, ``stage``, ``reached`` (journeys or customers
        that reached it after all before), ``share`` of those that entered, ``low``, ``high`` (95 % Wilson interval);
        but for the last stage ``advanced`` (of those, to the next one), ``lost``, ``open`` (they may still go on),
        which sum to ``reached``; ``next_share`` (``advanced`` of ``advanced`` and ``lost``), ``next_low``,
        ``next_high``; with a clock the ``median`` time to the next stage in its ``unit``. Who may still reach a stage
        is left out of its ``share``.
    moves : DataFrame
        Where customers go from each stage: ``stage``, ``move`` ("advance", "stay", "return", "left"), ``n`` meetings of
        the stage, ``times`` they went on so, ``share``, ``low``, ``high``, and how many are ``open``; shares of a stage
        sum to 1. Of the whole log, without a window; touchpoints that are no stage do not count.
    compared : Compared or None
        With ``by``: ``segments`` and ``tests``, a row for each step from one stage to the next, with ``highest`` and
        ``lowest`` segment, ``p_value`` of all having the same share, ``q_value`` over the steps, ``pair_p``.
    too_late : int or None
        How many entered too late to be followed for the window; they are left out of ``table``. None where that is
        hidden: some, but fewer than ``min_n`` customers.
    log, stages, window, counting, by, min_n
        The inputs; the log by stages where a map gave them.
    """

    table: pd.DataFrame
    moves: pd.DataFrame
    compared: Compared | None
    too_late: int | None
    log: JourneyLog
    stages: tuple[str, ...]
    window: pd.Timedelta | None
    counting: Counting
    by: str | None
    min_n: int
    _ask: Ask = field(repr=False)
    _some_open: bool = field(repr=False)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table, by what it is about."""
        return {"steps": self.table, "moves": self.moves}

    @property
    def finding(self) -> Finding:
        """How many reach the last stage, and where most are lost; with segments, where these differ most clearly."""
        if self.compared is not None:
            return self._difference(self.compared)
        first, last = self.table.iloc[0], self.table.iloc[-1]
        n = self._entered(first["reached"])
        if pd.isna(last["share"]):
            return Finding(f"How many reach {last['stage']} is hidden to protect people", more=self._aside, n=n)
        within = "" if self.window is None else f" within {span_in_words(self.window)}"
        return Finding(
            f"Of those that reach {first['stage']}, {last['stage']} is reached{within} by",
            closest_percent(last["share"]),
            span(last),
            more=[*self._most_lost(), *self._aside],
            n=n,
        )

    def _entered(self, n: Any) -> str:
        """``1,463 journeys``, unless that is hidden."""
        if pd.isna(n):
            return f"{self.counting} are hidden to protect people"
        return self._ask.counted_in_words(int(n))

    def _most_lost(self) -> list[str]:
        """The step at which the smallest share goes on."""
        steps = self.table.iloc[:-1].assign(following=list(self.stages[1:]))
        losses = pd.DataFrame(
            {
                "share": 1 - steps["next_share"],
                "low": 1 - steps["next_high"],
                "high": 1 - steps["next_low"],
                "n": steps["advanced"] + steps["lost"],
                "way": steps["stage"] + " to " + steps["following"],
            }
        )
        level, is_clear = clearly_first(losses[losses["share"] > 0])
        if level.empty:
            return []
        first = level.iloc[0]
        item = Item(first["way"], closest_percent(first["share"]), span(first), f"of {count(first['n'])}")
        clearly = "clearly most" if is_clear else "with no clear first"
        return [f"Lost from {item.whole}, {clearly}"]

    @property
    def _aside(self) -> tuple[str, ...]:
        """Who is left out, and who may still go on."""
        told = []
        if self.too_late != 0:
            some = "Some, of fewer customers than may be told,"
            if self.too_late is not None:
                some = self._ask.counted_in_words(self.too_late)
            told.append(f"{some} entered too late to be followed for so long and are left out")
        if self._some_open:
            told.append("Those that may still go on are set aside")
        return tuple(told)

    def _difference(self, compared: Compared) -> Finding:
        """The step at which segments differ most clearly; that they do not, else."""
        entered = self.table.groupby("segment")["reached"].max()
        n = self._entered(entered.sum(min_count=len(entered)))
        clear = clear_differences(compared)
        if clear.empty:
            lead = not_clear("how many go on", self.by, compared.tests, compared.segments)
            return Finding(lead, more=self._aside, n=n)
        test = clear.iloc[0]
        return Finding(
            f"From {test['stage']} to {test['next']} more go on of some",
            items=both_ends(compared, test, WAY),
            more=(clearly_so(compared), *self._aside),
            n=n,
        )

    @property
    def note(self) -> str:
        """What shares are of, who is left out, and where the rest is."""
        window = "Without a window who may still go on is set aside; fewer than 5 in 100 of the others come back."
        if self.window is not None:
            window = (
                f"Within {span_in_words(self.window)} of the first stage; who entered later than so long before the "
                "log ends is left out, whether they went on or not."
            )
        return (
            f"share: of the {self.counting} that enter at {self.stages[0]}, those that reach the stage after all "
            f"before it. next_share: of those at the stage. 95 % Wilson intervals. {window} See also .moves and "
            f".cohorts(). Missing: {reason(self.min_n, of='customers')}."
        )

    def cohorts(self, period: Period = "month") -> pd.DataFrame:
        """Who entered when, and how many of them reached the last stage.

        Parameters
        ----------
        period
            "month", "quarter" or "year" of the first stage.

        Returns
        -------
        DataFrame
            One row a cohort: ``cohort`` in words, ``entered``, ``reached`` (the last stage, within the window),
            ``share``, ``partial`` (whether some could not be followed for the window, or may still go on). All who
            enter are in it: ``entered`` sums to the first stage of the funnel and those who came too late. With
            ``counting="customers"`` and purchases as the first stage they are the cohorts of :func:`cxlens.retention`.

        Raises
        ------
        OptionError
            When the log has no clock, or ``period`` is none.

        Examples
        --------
        >>> import pandas as pd
        >>> import cxlens as cx
        >>> days = pd.to_datetime(["2026-01-05", "2026-01-06", "2026-02-01", "2026-02-09"])
        >>> events = pd.DataFrame({"who": list("aabc"), "met": ["Web", "Order", "Web", "Order"], "at": days})
        >>> log = cx.JourneyLog(events, customer="who", touchpoint="met", time="at")
        >>> cx.funnel(log, ["Web", "Order"], window="2 days", min_n=1).cohorts()
            cohort  entered  reached  share  partial
        0  2026-01        1        1    1.0    False
        1  2026-02        1        0    0.0    False
        """
        if self.log.time is None:
            raise OptionError(
                "cohorts need a clock. Name the column of dates and times: JourneyLog(..., time='column')."
            )
        check_option("period", period, Period)
        return cohorts(self._ask, period)


@misfits_told
def funnel(
    log: JourneyLog,
    stages: Sequence[str] | TouchpointMap,
    *,
    window: str | timedelta | None = None,
    counting: Counting = "journeys",
    by: str | None = None,
    min_n: int = 5,
) -> Funnel:
    """Count who reaches which stage in order, and where they are lost.

    Parameters
    ----------
    log
        The events.
    stages
        Two touchpoints or more, in order; one may come twice ("Order", "Order": who orders again). Or a map: its
        stages in their order, those of the log's touchpoints.
    window
        The longest time from the first stage to the last, such as "30 days". Needs a clock. Only who entered so long
        before the log ends is counted then, so that everybody is followed for as long.
    counting
        "journeys", or "customers": all journeys of a customer are one then.
    by
        A segment column of the log whose groups are compared.
    min_n
        Counts of fewer customers are hidden, and as many more as keep them from being worked out; 1 hides nothing.

    Returns
    -------
    Funnel
        Its ``table`` has a row a stage; ``moves`` and ``cohorts`` the rest.

    Raises
    ------
    OptionError, ValuesError
        When ``log`` is no journey log or, without a map, has more than 2,000 touchpoints, a stage is a touchpoint that
        nobody met or there are fewer than two, ``window`` is no span of time or has no clock, nobody entered early
        enough to be followed for it, ``counting`` is another word, ``by`` is no segment or has no two groups that may
        be shown, or fewer than ``min_n`` enter.

    Notes
    -----
    Who enters is counted from the first time they meet the first stage; each later stage is reached at the first
    meeting after the one before, whatever lies between. Without a window a journey is lost only if it is over: see
    :meth:`cxlens.JourneyLog.open_journeys`. Intervals are Wilson's (1927), of as many journeys as those of each
    customer are worth; segments are compared by chi-squared of these (Rao and Scott 1987), with Benjamini and
    Hochberg's q over the steps. That more of some go on is no effect of what tells them apart.

    Examples
    --------
    >>> import pandas as pd
    >>> import cxlens as cx
    >>> events = pd.DataFrame({"who": list("aaabbc"), "met": ["Web", "Shop", "Order", "Web", "Shop", "Web"]})
    >>> log = cx.JourneyLog(events.assign(nr=range(6)), customer="who", touchpoint="met", order="nr")
    >>> result = cx.funnel(log, ["Web", "Shop", "Order"], min_n=1)
    >>> result.table[["stage", "reached", "advanced", "lost", "open"]]
       stage  reached  advanced  lost  open
    0    Web        3         2     1     0
    1   Shop        2         1     1     0
    2  Order        1      <NA>  <NA>  <NA>
    """
    check_log("funnel", log, told_apart=not isinstance(stages, TouchpointMap))
    check_option("counting", counting, Counting)
    check_min_n(min_n)
    span_of_time = _read_window(window, log)
    names = stages
    if isinstance(stages, TouchpointMap):
        log = log.by(stages, "stage")
        names = [stage.name for stage in stages.lifecycle if stage.name in log.touchpoints]
    ask = Ask(
        log=log,
        names=_checked_stages(names, log),
        window=None if span_of_time is None else span_of_time.total_seconds(),
        counting=counting,
        by=by,
        min_n=min_n,
    )
    entered = follow(ask)
    followed = entered.only_in_time
    _check_enough(ask, followed, span_of_time)
    return Funnel(
        table=steps(ask, followed),
        moves=moves(ask),
        compared=compare_steps(ask, followed),
        too_late=_too_late(entered, min_n),
        log=log,
        stages=ask.names,
        window=span_of_time,
        counting=counting,
        by=by,
        min_n=min_n,
        _ask=ask,
        _some_open=bool(followed.open.any()),
    )


def _too_late(entered: Followed, min_n: int) -> int | None:
    """How many entered too late to be followed; None where these are few customers."""
    n = int((~entered.in_time).sum())
    people = int((~entered.in_time & entered.counts_for_people).sum())
    if n > 0 and people < min_n:
        return None
    return n


def _read_window(window: Any, log: JourneyLog) -> pd.Timedelta | None:
    """The window as a span of time; refused where no clock tells how long one is."""
    if window is None:
        return None
    if log.time is None:
        raise OptionError(
            f"window={window!r} needs a clock. Name the column of dates and times: JourneyLog(..., time='column')."
        )
    return read_span("window", window)


def _checked_stages(stages: Any, log: JourneyLog) -> tuple[str, ...]:
    """The stages, all of which anybody met."""
    names = names_in_order("funnel: stages", stages)
    if len(names) < 2:
        raise OptionError(
            f"a funnel needs two stages or more; you gave {list(names)!r}. Name touchpoints in the order in which they "
            f"should be met, such as {list(log.touchpoints[:2])!r}."
        )
    check_known("stage: touchpoint", names, log.touchpoints, "Touchpoints")
    return names


def _check_enough(ask: Ask, followed: Followed, window: pd.Timedelta | None) -> None:
    """Refuse a funnel that nobody entered who could be followed, or too few to be shown."""
    entered = followed.at.shape[1]
    if not entered and window is not None:
        raise ValuesError(
            f"nobody reached {ask.names[0]!r} {span_in_words(window)} or more before the log ends, so nobody could be "
            "followed for so long. Give a shorter window=."
        )
    people = int(followed.counts_for_people.sum())
    if people < ask.min_n:
        raise ValuesError(
            f"Fewer than {ask.min_n} customers reach {ask.names[0]!r} and could be followed, which are hidden to "
            "protect people: nothing is left to show. Where you may look at single customers, say min_n=1."
        )
