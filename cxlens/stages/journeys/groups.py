"""What sides of journeys share: which journeys are over, groups of customers, shares with intervals, small cells.

What a share is of is said by each side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.finding import Item
from cxlens.common.small_cells import hidden_counts, hidden_values, reason
from cxlens.common.values import CLEAR, closest_percent, count, number, plural
from cxlens.engine import journeys as engine
from cxlens.engine.journey_batches import parts
from cxlens.engine.labels import in_word
from cxlens.errors import OptionError, ValuesError, check_known
from cxlens.stats.inference import benjamini_hochberg
from cxlens.stats.shares_by_customer import ShareSums, added, differ_p, spans, stacked
from cxlens.study.journeys import JourneyLog
from cxlens.study.segments import sorted_values

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ALL = "all"
LEVEL = 0.95
NAMED = 3  # pairs or touchpoints that a finding names
MOST_GROUPS = 30  # groups of customers that are compared: more are ids or dates


class Question(NamedTuple):
    """What a side of journeys is asked.

    Attributes
    ----------
    log
        The events.
    ends
        Touchpoints that a journey may well end at, beside those that the log names.
    min_n
        Counts of fewer customers are hidden.
    by
        A segment column whose groups are compared, or None.
    """

    log: JourneyLog
    ends: tuple[str, ...]
    min_n: int
    by: str | None = None

    @property
    def over(self) -> Flags:
        """(journeys,) which do not go on: of the others it is not known yet what they will meet."""
        is_open = self.log.open_journeys(self.ends)
        if is_open is None:
            return np.ones(self.log.n, bool)
        return ~is_open

    def check_any_over(self, side: str) -> None:
        """Refuse a log of which every journey may still go on.

        Raises
        ------
        ValuesError
            ``follows: every journey of the log may still go on, so nothing is known to be over. ...``
        """
        if not self.over.any():
            raise ValuesError(
                f"{side}: every journey of the log may still go on, so nothing is known to be over. Give events of a "
                "longer time, or say in JourneyLog where journeys end: ends_at= or gap=."
            )

    @property
    def aside(self) -> tuple[str, ...]:
        """``107 journeys may still go on and are set aside``; nothing where none does."""
        n = int((~self.over).sum())
        if not n:
            return ()
        journeys = plural(n, "journey") if n >= self.min_n else f"Fewer than {self.min_n} journeys"
        return (f"{journeys} may still go on and are set aside",)

    @property
    def n_over(self) -> str:
        """``1,463 journeys that are over``; where few may still go on all are told, since the rest would tell how many.

        The table of a side counts those that are over.
        """
        n = int(self.over.sum())
        if 0 < self.log.n - n < self.min_n:
            return f"{plural(self.log.n, 'journey')}, a few of which may still go on"
        are = "is" if n == 1 else "are"
        return f"{plural(n, 'journey')} that {are} over"

    @property
    def missing(self) -> str:
        """Why figures are missing."""
        return f"Missing: {reason(self.min_n, of='customers')}."

    def of(self, part: JourneyLog) -> Question:
        """The same of another log, such as that of a segment, who may never have met some of the ends."""
        ends = tuple(name for name in self.ends if name in part.touchpoints)
        return self._replace(log=part, ends=ends)

    def groups(self) -> list[Group]:
        """The groups that are compared."""
        return groups_of(self.log, str(self.by), self.min_n)

    def counted(self, counting: Counting, group: Group | None = None) -> Counted:
        """Shares among all journeys, or those of a group, and among one journey of each customer."""
        (counted,) = self._counted(counting, [group or everybody(self.log)])
        return counted

    def _counted(self, counting: Counting, groups: Sequence[Group]) -> list[Counted]:
        """The same of each of some groups, all of them while their events are there."""
        one_each = [self._one_each(group) for group in groups]
        which = [group.journeys for group in groups]
        if self.log.n > self.log.n_customers:
            which += one_each
        sums = summed(self.log.rows(), self.over, which, counting)
        return [Counted(of_all, people) for of_all, people in zip(sums, sums[-len(groups) :], strict=False)]

    def _one_each(self, group: Group) -> Flags:
        """(journeys,) one of each customer of a group; all where 1 is enough."""
        flags = group.journeys.copy()
        owner = self.log.rows().owner[flags]
        flags[flags] = engine.one_of_each(engine.renumbered(owner), self.min_n)
        return flags

    def compared(self, items: pd.DataFrame, counting: Counting, hits: str) -> Compared | None:
        """Shares of each group and tests of each item; None where no groups are asked for."""
        if self.by is None:
            return None
        groups = self.groups()
        return compare(items, groups, self._counted(counting, groups), self.min_n, hits)


class Group(NamedTuple):
    """Some customers: what people call them, and which of the log's journeys are theirs."""

    name: str
    journeys: Flags


class Counted(NamedTuple):
    """Sums of shares of journeys, and the same of one journey of each customer: of so many people each count is."""

    sums: ShareSums
    people: ShareSums


Counting = Callable[[engine.SortedEvents, Flags], ShareSums]  # of journeys, and which of them are open


def summed(
    events: engine.SortedEvents,
    over: Flags,
    which: Sequence[Flags],
    counting: Counting,
) -> list[ShareSums]:
    """Sums of shares among journeys, for each of several flags (journeys,) of those that count.

    They add up over customers, so that not all events need to be there at once.
    """
    of_parts = []
    for part in parts(events):
        some = [part.take(flags) for flags in which]
        of_parts.append([counting(taken.events, over[taken.journey]) for taken in some])
    return [added(sums) for sums in zip(*of_parts, strict=True)]


def everybody(log: JourneyLog) -> Group:
    """All journeys of a log."""
    return Group(ALL, np.ones(log.n, bool))


def groups_of(log: JourneyLog, by: str, min_n: int) -> list[Group]:
    """The customers of each value of a segment column; those without a value are no group.

    Raises
    ------
    OptionError, ValuesError
        When ``by`` is none of the log's segments, or has fewer than two groups that may be shown, or too many.
    """
    if not log.segments:
        raise OptionError(f"by={by!r}: the log has no segments. Name the column in JourneyLog(..., segments=[{by!r}]).")
    check_known("by: column", [by], log.segments, "Segments")
    codes, values = pd.factorize(log.customers[by])
    sizes = np.bincount(codes[codes >= 0], minlength=len(values))
    shown = np.flatnonzero(~hidden_values(sizes, min_n)).tolist()
    if len(shown) < 2:
        raise ValuesError(
            f"by={by!r} has fewer than two groups of {min_n} customers or more that may be shown. "
            "Choose another column, or leave by= out."
        )
    if len(shown) > MOST_GROUPS:
        raise ValuesError(
            f"by={by!r} has {count(len(shown))} groups; at most {MOST_GROUPS} are compared. Choose a column of fewer, "
            "or put several values together."
        )
    of_journey = codes[log.rows().owner]
    named = {value: place for place, value in enumerate(values.tolist()) if place in shown}
    return [Group(in_word(value), of_journey == named[value]) for value in sorted_values(named)]


def journeys_by(log: JourneyLog, by: str | None, min_n: int) -> dict[str, Flags]:
    """Which journeys are of each group, as :func:`groups_of` says; without groups "" is of all."""
    if by is None:
        return {"": everybody(log).journeys}
    return {group.name: group.journeys for group in groups_of(log, by, min_n)}


def tells_of_few(counted: Counted, min_n: int) -> Flags:
    """(...) whether the hits of a share, its misses, or all of them are some, but of fewer people than may be told."""
    misses = counted.sums.whole - counted.sums.part
    people_missing = counted.people.whole - counted.people.part
    pairs = [
        (counted.sums.part, counted.people.part),
        (misses, people_missing),
        (counted.sums.whole, counted.people.whole),
    ]
    few = [(n > 0) & (people < min_n) for n, people in pairs]
    return np.asarray(np.logical_or.reduce(few))


def share_columns(sums: ShareSums, hidden: Flags, hits: str) -> dict[str, Any]:
    """Columns ``n``, the hits, ``share``, ``low`` and ``high``; missing where they are hidden."""
    low, high = spans(sums, LEVEL)
    columns: dict[str, Any] = {"n": masked(sums.whole, hidden), hits: masked(sums.part, hidden)}
    for name, figures in (("share", sums.share), ("low", low), ("high", high)):
        columns[name] = np.where(hidden, np.nan, figures)
    return columns


def masked(n: Counts, hidden: Flags) -> pd.Series[int]:
    """Counts, missing where hidden."""
    return pd.Series(n, dtype="Int64").mask(hidden)


class Compared(NamedTuple):
    """Shares by segment, and of each whether segments differ.

    ``segments`` has the columns of the items, then ``segment``, ``n``, the hits, ``share``, ``low``, ``high``;
    ``tests`` those of the items, then ``highest`` and ``lowest`` segment, ``p_value`` of all segments having the same
    share, ``q_value`` (Benjamini-Hochberg over the items), ``pair_p`` of highest and lowest alone, for all pairs.
    """

    segments: pd.DataFrame
    tests: pd.DataFrame


def compare(
    items: pd.DataFrame, groups: Sequence[Group], counted: Sequence[Counted], min_n: int, hits: str
) -> Compared:
    """Shares of several groups side by side, and tests of each item.

    ``items`` has a row for each share. Not tested is what hardly anybody or nearly everybody does, nor what is hidden
    of any group: its p-value would tell how many it is.
    """
    hidden = _hidden_of_groups(counted, min_n)
    tables = [
        items.assign(segment=group.name, **share_columns(figures.sums, is_hidden, hits))
        for group, figures, is_hidden in zip(groups, counted, hidden, strict=True)
    ]
    together = stacked([figures.sums for figures in counted])
    p = np.where(hidden.any(axis=0), np.nan, differ_p(together, LEVEL))
    names = np.array([group.name for group in groups], object)
    highest, lowest = _ends(together, hidden)
    pairs = len(list(combinations(groups, 2)))
    each = np.arange(len(items))
    ends = stacked([together.at(highest, each), together.at(lowest, each)])
    known = ~np.isnan(p) & (highest != lowest)
    tests = items.assign(
        highest=pd.Series(names[highest]).where(known),
        lowest=pd.Series(names[lowest]).where(known),
        p_value=p,
        q_value=benjamini_hochberg(p),
        pair_p=np.where(known, np.minimum(differ_p(ends, LEVEL) * pairs, 1), np.nan),
    )
    return Compared(pd.concat(tables, ignore_index=True), tests)


def _hidden_of_groups(counted: Sequence[Counted], min_n: int) -> Flags:
    """(groups, items) what to hide so that it does not follow from the shares of all together."""
    hidden = np.stack([tells_of_few(figures, min_n) for figures in counted])
    for item in range(hidden.shape[1]):
        n = np.array([_hits_and_misses(figures.sums, item) for figures in counted])
        people = np.array([_hits_and_misses(figures.people, item) for figures in counted])
        hidden[:, item] |= hidden_counts(n, min_n, people).any(axis=1)
    return hidden


def _hits_and_misses(sums: ShareSums, item: int) -> tuple[int, int]:
    """How many journeys of an item are hits, and how many are not."""
    hits = int(sums.part[item])
    return hits, int(sums.whole[item]) - hits


def _ends(together: ShareSums, hidden: Flags) -> tuple[Counts, Counts]:
    """(items,) the groups with the highest and the lowest share that is shown."""
    share = np.where(hidden, np.nan, together.share)
    highest = np.argmax(np.nan_to_num(share, nan=-np.inf), axis=0)
    lowest = np.argmin(np.nan_to_num(share, nan=np.inf), axis=0)
    return highest, lowest


def clear_differences(compared: Compared) -> pd.DataFrame:
    """The tests whose segments clearly differ, the clearest first: by the test of all, and by that of the two ends."""
    tests = compared.tests
    is_clear = (tests["q_value"] < CLEAR) & (tests["pair_p"] < CLEAR)
    return tests[is_clear].sort_values("p_value", kind="stable")


def parts_of(compared: Compared | None) -> dict[str, pd.DataFrame]:
    """Its tables by name, for the parts of a view."""
    return {} if compared is None else compared._asdict()


def not_clear(what: str, by: str | None, tests: pd.DataFrame, segments: pd.DataFrame | None = None) -> str:
    """That something does not clearly differ by segment, or that there is too little to tell, or to be told.

    ``segments`` has the shares, blank where hidden: of these nothing is said.
    """
    if segments is not None and segments["share"].isna().any():
        return f"Whether {what} differs by {by} is not wholly told: what some do is hidden to protect people"
    if tests["p_value"].isna().all():
        return f"Too few journeys to tell whether {what} differs by {by}"
    return f"{what[:1].upper()}{what[1:]} does not clearly differ by {by}"


def clearly_so(compared: Compared) -> str:
    """``Clearly so, allowing for 12 comparisons``."""
    n = int(compared.tests["p_value"].notna().sum())
    return f"Clearly so, allowing for {plural(n, 'comparison')}"


def both_ends(compared: Compared, test: pd.Series[Any], items: Sequence[str]) -> list[Item]:
    """The segments with the highest and the lowest share of an item: ``leisure (31 % [25 %, 38 %])``."""
    segments = compared.segments
    for column in items:
        segments = segments[segments[column] == test[column]]
    rows = segments.set_index("segment")
    named = []
    for end in ("highest", "lowest"):
        row = rows.loc[test[end]]
        named.append(Item(test[end], closest_percent(row["share"]), span(row)))
    return named


def span(row: pd.Series[Any]) -> str:
    """The interval of a share: ``[5 %, 8 %]``."""
    low = closest_percent(row["low"])
    high = closest_percent(row["high"])
    return f"[{low}, {high}]"


def clearly_first(shares: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """The rows that may be first, the highest share on top, and whether that is one alone.

    It is where its interval lies above all others: rarer by far than in 5 of 100 where none is first. Not where a share
    is hidden: that may be larger.
    """
    known = shares.dropna(subset="share")
    in_order = known.sort_values(["share", "n"], ascending=False, kind="stable")
    if in_order.empty:
        return in_order, False
    level = in_order[in_order["high"] >= in_order["low"].iloc[0]]
    is_any_hidden = len(known) < len(shares)
    return level, len(level) == 1 and not is_any_hidden


def p_in_words(p: float) -> str:
    """``p < 0.001``, ``p = 0.03``."""
    return "p < 0.001" if p < 0.001 else f"p = {number(p, 3)}"
