"""The stages of a funnel: who reaches each, who goes on to the next, who is lost and of whom it is not known yet.

The verb is in :mod:`cxlens.stages.journeys.funnel`, where customers go from stage to stage in
:mod:`cxlens.stages.journeys.funnel_moves`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from cxlens.common.small_cells import hidden_counts
from cxlens.common.values import plural
from cxlens.engine import journey_funnel as engine
from cxlens.engine.journey_shares import members, share_sums
from cxlens.engine.journey_times import MICROSECONDS, seconds_between, to_the_end
from cxlens.engine.journeys import is_counted
from cxlens.stages.journeys.groups import (
    LEVEL,
    Compared,
    Counted,
    Counts,
    Flags,
    Group,
    compare,
    everybody,
    groups_of,
    masked,
)
from cxlens.stages.journeys.lengths import median_in
from cxlens.stats.shares_by_customer import ShareSums, spans
from cxlens.study.journeys import JourneyLog

Counting = Literal["journeys", "customers"]
FATES = ("advanced", "lost", "open")


class Ask(NamedTuple):
    """What a funnel is asked: the log by its stages, and how it is counted.

    ``names`` are touchpoints of the log, in order; ``window`` the longest time from the first stage on, in seconds.
    """

    log: JourneyLog
    names: tuple[str, ...]
    window: float | None
    counting: Counting
    by: str | None
    min_n: int

    @property
    def by_customer(self) -> bool:
        """Whether customers are counted, not journeys."""
        return self.counting == "customers"

    @property
    def codes(self) -> Counts:
        """(stages,) the touchpoint code of each."""
        return np.array([self.log.touchpoints.index(name) for name in self.names])

    def counted_in_words(self, n: int) -> str:
        """``1,463 journeys``."""
        return plural(n, self.counting.removesuffix("s"))


class Followed(NamedTuple):
    """Those who entered: which stages they reached, and whether they may still go on.

    ``at`` (stages, units) is the place of the event at which each stage is reached within the window, else
    ``engine.NEVER``; ``open`` (units,) who may still go on; ``in_time`` (units,) who entered early enough to be
    followed for the window; ``counts_for_people`` (units,) one of each customer; ``journey`` (units,) in which each
    entered.
    """

    at: Counts
    open: Flags
    in_time: Flags
    counts_for_people: Flags
    journey: Counts

    @property
    def only_in_time(self) -> Followed:
        """Those who could be followed for the whole window, whether they went on or not."""
        return Followed(
            at=self.at[:, self.in_time],
            open=self.open[self.in_time],
            in_time=self.in_time[self.in_time],
            counts_for_people=self.counts_for_people[self.in_time],
            journey=self.journey[self.in_time],
        )

    @property
    def reached(self) -> Flags:
        """(stages, units) whether each stage is reached."""
        return np.asarray(self.at != engine.NEVER)

    @property
    def fates(self) -> tuple[Flags, Flags, Flags]:
        """(stages - 1, units) of those at each stage but the last: who went on, who is lost, who may still go on."""
        here = self.reached[:-1]
        advanced = self.reached[1:]
        stays = here & ~advanced
        return advanced, stays & ~self.open, stays & self.open

    @property
    def known(self) -> Flags:
        """(stages, units) who entered, those aside who may still reach the stage."""
        may_reach_it = ~self.reached & self.open
        return np.asarray(~may_reach_it)


def follow(ask: Ask) -> Followed:
    """Everybody who enters."""
    events = ask.log.rows()
    entered = engine.reached(events, ask.codes, ask.by_customer)
    journey = events.journey[entered.at[0]]
    everybody_counts = np.ones(len(journey), bool)
    counts_for_people = everybody_counts
    if not ask.by_customer:
        counts_for_people = is_counted(events, ask.min_n)[journey]
    left = to_the_end(events)
    if ask.window is None or left is None:
        return Followed(
            entered.at,
            open=_open(ask)[entered.unit],
            in_time=everybody_counts,
            counts_for_people=counts_for_people,
            journey=journey,
        )
    limit = round(ask.window * MICROSECONDS)
    at_entry = left[entered.at[0]]
    is_within = (entered.at != engine.NEVER) & (at_entry - left[entered.at] <= limit)
    return Followed(
        at=np.where(is_within, entered.at, engine.NEVER),
        open=~everybody_counts,
        in_time=at_entry >= limit,
        counts_for_people=counts_for_people,
        journey=journey,
    )


def _open(ask: Ask) -> Flags:
    """(units,) which journeys may still go on, or customers: those whose latest journey may."""
    is_open = ask.log.open_journeys()
    if is_open is None:
        is_open = np.zeros(ask.log.n, bool)
    if ask.by_customer:
        return is_open[ask.log.rows().is_latest]
    return is_open


def sums(ask: Ask, followed: Followed, hits: Flags, whole: Flags) -> ShareSums:
    """Sums of shares (items,) of flags (items, units)."""
    if ask.by_customer:
        part = (hits & whole).sum(axis=1)
        counted = whole.sum(axis=1)
        return ShareSums(part, counted, part, part, counted, counted)
    of_journeys = np.zeros((len(hits), ask.log.n), bool)
    all_of_them = np.zeros_like(of_journeys)
    of_journeys[:, followed.journey] = hits & whole
    all_of_them[:, followed.journey] = whole
    items = np.arange(len(hits))
    return share_sums(ask.log.rows(), members(of_journeys), members(all_of_them), items)


def steps(ask: Ask, followed: Followed) -> pd.DataFrame:
    """One row a segment and stage; the columns are those of :class:`cxlens.stages.journeys.funnel.Funnel`."""
    groups = [everybody(ask.log)] if ask.by is None else groups_of(ask.log, ask.by, ask.min_n)
    hidden_fates = _hidden_fates(followed, groups, ask.min_n)
    tables = [_of_group(ask, followed, group, is_hidden) for group, is_hidden in zip(groups, hidden_fates, strict=True)]
    return pd.concat(tables, ignore_index=True)


def _of_group(ask: Ask, followed: Followed, group: Group, hidden_fates: Flags) -> pd.DataFrame:
    """The stages of the funnel of a group."""
    is_in = group.journeys[followed.journey]
    reached = followed.reached & is_in
    fates = [flags & is_in for flags in followed.fates]
    known = followed.known & is_in
    shown = _walk(reached, followed.counts_for_people, ask.min_n)
    if ask.by is not None:  # else the number at a stage would follow from those of the other groups
        shown[1:] &= ~hidden_fates
    shares_shown = shown & _walk(known, followed.counts_for_people, ask.min_n)
    fates_shown = shown[:-1] & shown[1:] & ~hidden_fates
    columns: dict[str, Any] = {
        "segment": group.name,
        "stage": ask.names,
        "reached": masked(reached.sum(axis=1), ~shown),
    }
    columns |= _shares("", sums(ask, followed, reached, known), shares_shown)
    for name, flags in zip(FATES, fates, strict=True):
        columns[name] = _but_the_last(masked(flags.sum(axis=1), ~fates_shown))
    advanced, lost, _ = fates
    next_shares = _shares("next_", sums(ask, followed, advanced, advanced | lost), fates_shown)
    columns |= {name: _but_the_last(pd.Series(figures)) for name, figures in next_shares.items()}
    columns |= _times(ask, followed, is_in, fates_shown)
    return pd.DataFrame(columns)


def _hidden_fates(followed: Followed, groups: Sequence[Group], min_n: int) -> Flags:
    """(groups, stages - 1) whether what becomes of those at a stage tells of a few, or of others who are hidden."""
    n = []
    people = []
    fates = list(followed.fates)
    if len(groups) > 1:
        fates.append(~followed.reached[:-1])
    for group in groups:
        is_in = group.journeys[followed.journey]
        flags = np.stack(fates) & is_in
        n.append(flags.sum(axis=2))
        people.append((flags & followed.counts_for_people).sum(axis=2))
    n_by_group = np.stack(n)  # groups, fates, stages
    people_by_group = np.stack(people)
    n_stages = n_by_group.shape[2]
    hidden = [hidden_counts(n_by_group[:, :, stage], min_n, people_by_group[:, :, stage]) for stage in range(n_stages)]
    by_stage = [cells[:, : len(FATES)].any(axis=1) for cells in hidden]
    return np.stack(by_stage, axis=1)


def _walk(counted: Flags, counts_for_people: Flags, min_n: int) -> Flags:
    """(stages,) which of ever fewer to show: none of a few, nor one that the last shown would tell of a few by.

    ``counted`` (stages, units) flags who is counted at each.
    """
    shown = np.zeros(len(counted), bool)
    last = np.zeros(counted.shape[1], bool)
    for stage, here in enumerate(counted):
        apart = here ^ last
        are_few = [group.sum() > 0 and (group & counts_for_people).sum() < min_n for group in (here, apart)]
        shown[stage] = not any(are_few)
        if shown[stage]:
            last = here
    return shown


def _shares(prefix: str, of: ShareSums, shown: Flags) -> dict[str, Any]:
    """Columns of a share with its interval; missing where it is not shown."""
    low, high = spans(of, LEVEL)
    names = [f"{prefix}share", f"{prefix}low", f"{prefix}high"]
    figures = (of.share, low, high)
    return {name: np.where(shown, figure, np.nan) for name, figure in zip(names, figures, strict=True)}


def _but_the_last(figures: pd.Series[Any]) -> pd.Series[Any]:
    """Figures of all stages but the last, after which none comes: there they are missing."""
    return figures.reindex(range(len(figures) + 1))


def _times(ask: Ask, followed: Followed, is_in: Flags, shown: Flags) -> dict[str, Any]:
    """Columns ``median`` time to the next stage and its ``unit``."""
    events = ask.log.rows()
    owner = events.owner[followed.journey]
    told: list[tuple[str, float]] = []
    for stage, advanced in enumerate(followed.fates[0] & is_in):
        seconds = np.zeros(0)
        if shown[stage]:
            seconds = seconds_between(
                events,
                followed.at[stage][advanced],
                followed.at[stage + 1][advanced],
            )
        told.append(median_in(seconds, owner[advanced][: len(seconds)], ask.min_n))
    told.append(("", np.nan))
    return {"median": [median for _, median in told], "unit": [unit for unit, _ in told]}


def compare_steps(ask: Ask, followed: Followed) -> Compared | None:
    """The shares that go on from each stage, by segment, with tests; None without segments."""
    if ask.by is None:
        return None
    groups = groups_of(ask.log, ask.by, ask.min_n)
    advanced, lost, _ = followed.fates
    people = followed.counts_for_people
    counted = []
    for group in groups:
        is_in = group.journeys[followed.journey]
        hits = advanced & is_in
        whole = (advanced | lost) & is_in
        counted.append(
            Counted(
                sums=sums(ask, followed, hits, whole),
                people=sums(ask, followed, hits & people, whole & people),
            )
        )
    return compare(_ways(ask), groups, counted, ask.min_n, "advanced")


def _ways(ask: Ask) -> pd.DataFrame:
    """A row for each stage but the last, with the next one."""
    return pd.DataFrame({"stage": ask.names[:-1], "next": ask.names[1:]})
