"""What is met again: repeats in a row and in loops, the touches and time they take, going to and fro between channels.

The side :func:`rework`. Events are flagged in :mod:`cxlens.engine.journey_rework`; what journeys with rework take in
all is told in :mod:`cxlens.stages.journeys.rework_takes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding, Item
from cxlens.common.result import View
from cxlens.common.values import closest_percent, count
from cxlens.engine import journey_rework as engine
from cxlens.engine.journey_batches import parts
from cxlens.engine.journey_shares import Members, distinct, share_sums
from cxlens.engine.journeys import SortedEvents, is_counted, take_journeys
from cxlens.errors import check_kind
from cxlens.stages.journeys.groups import (
    LEVEL,
    Compared,
    Counted,
    Counts,
    Flags,
    Question,
    both_ends,
    clear_differences,
    clearly_first,
    clearly_so,
    masked,
    not_clear,
    parts_of,
    share_columns,
    span,
    tells_of_few,
)
from cxlens.stages.journeys.lengths import TOUCHES, in_words, median_in
from cxlens.stages.journeys.rework_takes import takes
from cxlens.stats.shares_by_customer import ShareSums
from cxlens.study.journeys import JourneyLog
from cxlens.study.touchpoints import TouchpointMap

ANY = "(any)"
ITEM = ["touchpoint"]
HITS = "repeated"


def rework(question: Question, channels: TouchpointMap | None = None) -> View:
    """What journeys meet again, and what it takes.

    See :meth:`cxlens.stages.journeys.paths.Paths.rework`.
    """
    log = question.log
    question.check_any_over("rework")
    by_channel = None
    if channels is not None:
        check_kind("rework: channels", channels, TouchpointMap, "cx.TouchpointMap(touchpoints, lifecycle)")
        by_channel = log.by(channels, "channel")
    items = pd.DataFrame({"touchpoint": [*log.touchpoints, ANY]})
    counted = question.counted(_again)
    hidden = tells_of_few(counted, question.min_n)
    table = items.assign(
        **share_columns(counted.sums, hidden, HITS),
        **_kinds(question, hidden),
        **_extra(question, hidden),
    )
    parts = {"journeys": takes(question, by_channel)}
    if by_channel is not None:
        parts["channels"] = _between_channels(question, by_channel)
    compared = question.compared(items, _again, HITS)
    finding = _how_often(table, parts, question)
    if compared is not None:
        finding = _difference(compared, question)
    return View(
        chart="journeys/rework",
        table=table,
        finding=finding,
        note=(
            "share: of the journeys that meet the touchpoint and are over, those that meet it again: in a row, or in a "
            f"loop, with others between. {ANY}: of all that are over. extra: touches beyond the first of each journey. "
            "median: time from the first to the last meeting, where it is met again. 95 % Wilson intervals. "
            f"{question.missing}"
        ),
        record=log,
        parts={**parts, **parts_of(compared)},
        again=lambda part: rework(question.of(part), channels),
        level=LEVEL,
    )


def _again(events: SortedEvents, over: Flags) -> ShareSums:
    """(touchpoints + 1,) journeys that meet each touchpoint again, of those that meet it; last any, of all."""
    some = take_journeys(events, over)
    return _shares(some, engine.repeats(some).again)


def _shares(events: SortedEvents, repeated: Flags) -> ShareSums:
    """The same for repeats of some kind."""
    k = events.n_touchpoints
    everything = np.ones(len(events), bool)
    return share_sums(
        events,
        hits=_with_any(events, repeated),
        whole=_with_any(events, everything),
        base=np.arange(k + 1),
    )


def _with_any(events: SortedEvents, which: Flags) -> Members:
    """Journeys of some events by touchpoint, and each once more as the last item."""
    by_touchpoint = engine.of_touchpoints(events, which)
    journeys = distinct(events.journey[which])
    last = np.full(len(journeys), events.n_touchpoints)
    return Members(
        np.append(by_touchpoint.item, last),
        np.append(by_touchpoint.journey, journeys),
    )


def _kinds(question: Question, hidden: Flags) -> dict[str, Any]:
    """Columns ``in_a_row`` and ``in_a_loop``: journeys; both missing where the one, the other or both are few."""
    events = question.log.rows()
    over = question.over
    n, people = _by_kind(events, [over, over & is_counted(events, question.min_n)])
    few = (_exclusive(n) > 0) & (_exclusive(people) < question.min_n)
    is_hidden = hidden | few.any(axis=0)
    return {
        "in_a_row": masked(n[1], is_hidden),
        "in_a_loop": masked(n[2], is_hidden),
    }


def _by_kind(events: SortedEvents, which: Sequence[Flags]) -> Counts:
    """(which, 3, touchpoints + 1) journeys that meet again what they met, in a row, in a loop, of those flagged."""
    items = events.n_touchpoints + 1
    n = np.zeros((len(which), 3, items), np.int64)
    for part in parts(events):
        for place, flags in enumerate(which):
            some = part.take(flags).events
            for kind, repeated in enumerate(engine.repeats(some)):
                n[place, kind] += np.bincount(_with_any(some, repeated).item, minlength=items)
    return n


def _exclusive(n: Counts) -> Counts:
    """(3, items) journeys that repeat in a row alone, in a loop alone, and both."""
    again, in_a_row, in_a_loop = n
    return np.stack(
        [
            again - in_a_loop,
            again - in_a_row,
            in_a_row + in_a_loop - again,
        ]
    )


def _extra(question: Question, hidden: Flags) -> dict[str, Any]:
    """Columns ``extra`` touches, and the ``median`` time from the first to the last one, in its ``unit``."""
    events = question.log.rows()
    met_again = engine.met_again(events, question.over)
    extra = np.bincount(met_again.code, met_again.times, events.n_touchpoints).astype(np.int64)
    in_all = np.append(extra, extra.sum())
    medians = [("", np.nan)] * len(in_all)
    for touchpoint in np.flatnonzero(~hidden[:-1]).tolist():
        is_here = met_again.code == touchpoint
        owner = events.owner[met_again.journey[is_here]]
        medians[touchpoint] = median_in(met_again.seconds[is_here], owner, question.min_n)
    return {
        "extra": masked(in_all, hidden),
        "median": [median for _, median in medians],
        "unit": [unit for unit, _ in medians],
    }


def _between_channels(question: Question, by_channel: JourneyLog) -> pd.DataFrame:
    """Journeys that go from one channel to another and back, by pair of channels, the highest share on top."""
    events = take_journeys(by_channel.rows(), question.over)
    found = engine.to_and_fro(events)
    base = np.arange(len(found.first))
    keep = is_counted(events, question.min_n)
    counted = Counted(
        sums=share_sums(events, found.journeys, found.both, base),
        people=share_sums(
            events,
            hits=_some(found.journeys, keep),
            whole=_some(found.both, keep),
            base=base,
        ),
    )
    hidden = tells_of_few(counted, question.min_n)
    names = np.array(by_channel.touchpoints, object)
    table = pd.DataFrame(
        {
            "channel": names[found.first],
            "other": names[found.second],
            **share_columns(counted.sums, hidden, "to_and_fro"),
            "times": masked(found.times, hidden),
        }
    )
    return table.sort_values(
        "share",
        ascending=False,
        kind="stable",
        ignore_index=True,
    )


def _some(all_members: Members, keep: Flags) -> Members:
    """The members whose journey is kept."""
    is_kept = keep[all_members.journey]
    return Members(*(column[is_kept] for column in all_members))


def _how_often(table: pd.DataFrame, parts: dict[str, pd.DataFrame], question: Question) -> Finding:
    """How many journeys meet anything again, and what most often."""
    row = table.iloc[-1]
    lead = "Journeys that meet a touchpoint again"
    if pd.isna(row["share"]):
        lead = f"{lead}, or those that do not, are too few to be told"
    elif row["share"] == 0:
        lead = "No journey meets a touchpoint again"
    if not row["share"] > 0:
        return Finding(lead, more=question.aside, n=question.n_over)
    more = [
        *_most_often(table),
        *_takes_more(parts["journeys"]),
        *_channels(parts),
        *question.aside,
    ]
    return Finding(
        f"{lead}:",
        closest_percent(row["share"]),
        span(row),
        more=more,
        n=question.n_over,
    )


def _most_often(table: pd.DataFrame) -> list[str]:
    """The touchpoint that most of those that meet it meet again."""
    is_some = (table["touchpoint"] != ANY) & (table["share"] != 0)
    level, is_clear = clearly_first(table[is_some])
    if level.empty:
        return []
    named = _named(level.iloc[0], level["touchpoint"].iloc[0])
    return [f"Clearly most at {named}" if is_clear else f"Most at {named}, with no clear first"]


def _named(row: pd.Series[Any], name: str) -> str:
    """``Security (12 % [9 %, 15 %], of 1,463)``."""
    item = Item(
        name,
        closest_percent(row["share"]),
        span(row),
        f"of {count(row['n'])}",
    )
    return item.whole


def _takes_more(journeys: pd.DataFrame) -> list[str]:
    """What half of the journeys take with rework and without."""
    medians = journeys["touches"].iloc[:2]
    if medians.isna().any():
        return []
    with_it, without = (in_words(median, TOUCHES) for median in medians)
    return [f"Half of those take at most {with_it}, half of the others at most {without}"]


def _channels(parts: dict[str, pd.DataFrame]) -> list[str]:
    """The pair of channels between which most of those that meet both go to and fro."""
    if "channels" not in parts:
        return []
    channels = parts["channels"]
    level, is_clear = clearly_first(channels[channels["share"] != 0])
    if level.empty:
        return []
    first = level.iloc[0]
    named = _named(first, f"{first['channel']} and {first['other']}")
    clearly = "clearly most" if is_clear else "with no clear first"
    return [f"To and fro between {named}, {clearly}"]


def _difference(compared: Compared, question: Question) -> Finding:
    """Where segments differ most clearly; that they do not, else."""
    clear = clear_differences(compared)
    if clear.empty:
        return Finding(
            not_clear("what is met again", question.by, compared.tests, compared.segments),
            more=question.aside,
            n=question.n_over,
        )
    test = clear.iloc[0]
    what = "Any touchpoint" if test["touchpoint"] == ANY else test["touchpoint"]
    return Finding(
        f"{what} is met again more often by some",
        items=both_ends(compared, test, ITEM),
        more=(clearly_so(compared), *question.aside),
        n=question.n_over,
    )
