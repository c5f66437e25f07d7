"""Events to one sorted table, and the small counts every journey figure is made of.

NumPy arrays in, small arrays out: touchpoints and customers are whole-number codes here, and there is
no loop over events. A figure marked by ``singledispatch`` has a twin in SQL for events that DuckDB holds, see
:mod:`cxlens.engine.stored_journeys`; any other figure gets their columns as arrays when it asks for them. Names, files,
checks of data and sentences do not belong here; see :mod:`cxlens.study.journeys` for the door and
:mod:`cxlens.stages.journeys.paths` for the figures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Codes = NDArray[np.int32]

LARGEST_SHORT = 2**15
EDGE = -1  # the code that stands before the first and after the last touchpoint of a journey


@dataclass(frozen=True, slots=True, eq=False)
class SortedEvents:
    """Events sorted by customer, journey and step; every array has one entry an event, but for the last three.

    ``journey`` counts from 0 and rises without holes, ``step`` counts from 1 within a journey, ``code`` is
    the touchpoint, ``following`` the touchpoint of the next step (``EDGE`` at the end), ``gap`` the seconds
    until then (NaN at the end, or without a clock), ``first`` says whether the journey meets the touchpoint
    for the first time. One entry a journey have ``owner``, its customer, who counts from 0 without holes, too;
    ``silence``, the seconds from its last event to the customer's next one, or to the end of the record where there is
    none (NaN without a clock); and ``over``, whether its last event is one that ends a journey.
    """

    journey: Ints
    step: Codes
    code: Codes
    following: Codes
    gap: Floats
    first: Bools
    owner: Ints
    silence: Floats
    over: Bools
    n_touchpoints: int

    def __len__(self) -> int:
        return len(self.step)

    @property
    def n_journeys(self) -> int:
        """Number of journeys."""
        return len(self.owner)

    @property
    def n_customers(self) -> int:
        """Number of customers."""
        return int(self.owner[-1]) + 1

    @property
    def lengths(self) -> Ints:
        """(journeys,) the number of events of each."""
        return np.asarray(self.step[self.following == EDGE], np.int64)

    @property
    def last_code(self) -> Codes:
        """(journeys,) the touchpoint of the last event of each."""
        return np.asarray(self.code[self.following == EDGE])

    @property
    def events_of_customers(self) -> Ints:
        """(customers,) the number of events of each."""
        return np.bincount(self.owner, self.lengths).astype(np.int64)

    @property
    def is_latest(self) -> Bools:
        """(journeys,) whether a journey is the last one of its customer."""
        return is_new(self.owner[::-1])[::-1]

    @property
    def episode(self) -> Ints:
        """(journeys,) the number of a journey within its customer, from 1."""
        return _episodes(self.owner)


class Cuts(NamedTuple):
    """Where a customer's journey ends and the next begins.

    ``ends`` says of each touchpoint code whether it ends a journey; after a silence of more than ``gap`` seconds a new
    one starts.
    """

    ends: Bools | None = None
    gap: float | None = None


class Transitions(NamedTuple):
    """How often ``target`` followed ``origin``, and the median seconds between them (NaN where no times are known).

    ``EDGE`` as origin is a start, as target an end.
    """

    origin: Ints
    target: Ints
    n: Ints
    median_gap: Floats


class Moves(NamedTuple):
    """How often ``target`` followed ``origin`` in the journeys of each ``group``; ``EDGE`` as in Transitions."""

    group: Ints
    origin: Ints
    target: Ints
    n: Ints


class Variants(NamedTuple):
    """Distinct journeys, the commonest first: how many there are of each, and the number of one of them.

    ``of`` has one entry a journey: the place of its variant.
    """

    n: Ints
    example: Ints
    of: Ints


class DropOff(NamedTuple):
    """For each touchpoint: journeys that met it, that ended there, and that ended there without the outcome.

    ``under_way`` counts those whose last event it is so far, ``converted`` those that met it and have the outcome.
    """

    reached: Ints
    ended: Ints
    dropped: Ints
    under_way: Ints
    converted: Ints


NO_CUTS = Cuts()


def sort_events(
    customer: Ints,
    code: Ints,
    *,
    ticks: Ints | None = None,
    order: NDArray[Any] | None = None,
    per_second: int = 1,
    cuts: Cuts = NO_CUTS,
) -> tuple[SortedEvents, Ints]:
    """Sort events by customer, time and order, once, and part each customer's events into journeys.

    Parameters
    ----------
    customer, code
        Codes from 0 without holes, one an event.
    ticks
        Time as whole numbers, ``per_second`` of them in a second. None without a clock.
    order
        Numbers that break ties in time, or order the events where there is no clock. What is still tied
        stays in the order of the input.
    cuts
        Where a journey ends; without any each customer has one.

    Returns
    -------
    events : SortedEvents
    rows : array
        The input row of each sorted event.
    """
    keys = [key for key in (order, ticks, customer) if key is not None]
    rows = np.lexsort(keys)
    sorted_ticks = None if ticks is None else ticks[rows]
    events = in_journeys(customer[rows], code[rows], sorted_ticks, per_second, cuts)
    if ticks is None:
        return events, rows
    is_last = events.following == EDGE
    to_the_end = (ticks.max() - ticks[rows[is_last]]) / per_second
    return replace(events, silence=np.where(np.isnan(events.silence), to_the_end, events.silence)), rows


def in_journeys(
    customer: Ints,
    code: Ints,
    ticks: Ints | None,
    per_second: int,
    cuts: Cuts = NO_CUTS,
) -> SortedEvents:
    """Sorted events parted into journeys; ``silence`` is NaN after which the customer did not come back.

    ``code`` knows all touchpoints of the log, customers count from 0 without holes.
    """
    between = _seconds_between(ticks, len(code), per_second)
    same_customer = customer[1:] == customer[:-1]
    events = _in_journeys(customer, code, between, same_customer & ~_cut(code, between, cuts))
    is_last = events.following == EDGE
    comes_back = np.append(same_customer, False)[is_last]
    silence = np.where(comes_back, np.append(between, np.nan)[is_last], np.nan)
    over = events.over if cuts.ends is None else cuts.ends[code[is_last]]
    return replace(events, silence=silence, over=over)


def _seconds_between(ticks: Ints | None, n: int, per_second: int) -> Floats:
    """Seconds from each of n sorted events to the next one, whoever's it is; NaN without a clock."""
    if ticks is None:
        return np.full(n - 1, np.nan)
    return np.asarray(np.diff(ticks) / per_second)


def _cut(code: Ints, between: Floats, cuts: Cuts) -> Bools:
    """Whether a journey ends between each event and the next."""
    is_cut = np.zeros(len(between), bool)
    if cuts.ends is not None:
        is_cut |= cuts.ends[code[:-1]]
    if cuts.gap is not None:
        is_cut |= between > cuts.gap
    return is_cut


def _in_journeys(customer: Ints, code: Ints, between: Floats, goes_on: Bools) -> SortedEvents:
    """Sorted events, of which those that ``goes_on`` flags are followed by another of the same journey."""
    is_start = np.append(True, ~goes_on)
    starts = np.flatnonzero(is_start)
    journey = np.cumsum(is_start) - 1
    return SortedEvents(
        journey=journey,
        step=(np.arange(len(code)) - starts[journey] + 1).astype(np.int32),
        code=code.astype(np.int32),
        following=_following(code, goes_on),
        gap=np.append(np.where(goes_on, between, np.nan), np.nan),
        first=first_met(journey, code),
        owner=customer[starts],
        silence=np.full(len(starts), np.nan),
        over=np.zeros(len(starts), bool),
        n_touchpoints=int(code.max()) + 1,
    )


def first_met(journey: Ints, code: Ints | Codes) -> Bools:
    """Whether the journey of each event meets its touchpoint for the first time."""
    kind = np.int16 if code.max(initial=0) < LARGEST_SHORT else np.int32  # short ones are sorted in one go
    by_touchpoint = np.argsort(code.astype(kind), kind="stable")
    is_same_journey = np.diff(journey[by_touchpoint]) == 0
    is_same_touchpoint = np.diff(code[by_touchpoint]) == 0
    first = np.ones(len(code), bool)
    first[by_touchpoint[1:]] = ~(is_same_journey & is_same_touchpoint)
    return first


def _following(code: Ints, goes_on: Bools) -> Codes:
    """The touchpoint of the next step of each event, where the journey goes on."""
    following = np.full(len(code), EDGE, np.int32)
    following[:-1][goes_on] = code[1:][goes_on]
    return following


def is_new(values: Ints) -> Bools:
    """Whether each of some values is another than the one before."""
    flags = np.ones(len(values), bool)
    flags[1:] = values[1:] != values[:-1]
    return flags


def renumbered(owner: Ints) -> Ints:
    """Customers of some journeys, each of whom stands in a row, numbered from 0 without holes."""
    return np.cumsum(is_new(owner)) - 1


@singledispatch
def rename(events: SortedEvents, codes: Ints) -> SortedEvents:
    """Give touchpoint ``i`` the code ``codes[i]``; codes that stand for nothing any more may be dropped.

    Several may get the same code: they are one from there on.
    """
    is_end = events.following == EDGE
    following = np.where(is_end, EDGE, codes[events.following])
    code = codes[events.code]
    return replace(
        events,
        code=code.astype(np.int32),
        following=following.astype(np.int32),
        first=first_met(events.journey, code),
        n_touchpoints=int(codes.max()) + 1,
    )


@singledispatch
def take_journeys(events: SortedEvents, keep: Bools) -> SortedEvents:
    """Some journeys (a flag for each); touchpoint codes stay as they are."""
    if keep.all():
        return events
    mask = keep[events.journey]
    new_number = np.cumsum(keep) - 1
    return SortedEvents(
        journey=new_number[events.journey[mask]],
        step=events.step[mask],
        code=events.code[mask],
        following=events.following[mask],
        gap=events.gap[mask],
        first=events.first[mask],
        owner=renumbered(events.owner[keep]),
        silence=events.silence[keep],
        over=events.over[keep],
        n_touchpoints=events.n_touchpoints,
    )


def is_counted(events: SortedEvents, least: int, preferred: Bools | None = None) -> Bools:
    """Which journeys tell of how many people at least a count is: see :func:`one_of_each`."""
    return one_of_each(events.owner, least, preferred)


def one_of_each(owner: Ints, least: int, preferred: Bools | None = None) -> Bools:
    """One journey of each customer, or all where 1 is enough; ``owner`` (journeys,) counts from 0 without holes.

    Neither always the first nor the last, which may be of a kind: from one customer to the next another one in turn.
    ``preferred`` flags journeys, at most one of a customer, that count before others.
    """
    if least <= 1:
        return np.ones(len(owner), bool)
    in_all = np.bincount(owner)
    turn = owner % in_all[owner] + 1
    in_turn = _episodes(owner) == turn
    if preferred is None:
        return np.asarray(in_turn)
    has_preferred = np.bincount(owner, preferred) > 0
    return np.where(has_preferred[owner], preferred, in_turn)


def _episodes(owner: Ints) -> Ints:
    """(journeys,) the number of each within its customer, from 1."""
    firsts = np.flatnonzero(np.diff(owner, prepend=-1))
    return np.arange(1, len(owner) + 1) - firsts[owner]


def one_each(events: SortedEvents, least: int) -> SortedEvents:
    """One journey of each customer, so that a count of journeys is one of people; where 1 is enough, all."""
    return take_journeys(events, is_counted(events, least))


@singledispatch
def first_steps(events: SortedEvents) -> pd.DataFrame:
    """Columns ``median`` and ``mean``: the step at which a touchpoint is first met; a row a code that anybody met."""
    steps = pd.Series(events.step[events.first])
    by_code = steps.groupby(events.code[events.first])
    return by_code.agg(["median", "mean"])


@singledispatch
def transitions(events: SortedEvents) -> Transitions:
    """Count what follows what, starts and ends included, in the order of the codes.

    Every event is one departure (to the next touchpoint or to the end), so the counts of the rows whose
    origin is a touchpoint sum to the number of events, and those of the starts to the number of journeys.
    """
    width = events.n_touchpoints + 1
    places = events.code.astype(np.int64) + 1  # of touchpoints in a table whose first row and column are the edge
    starts = places[events.step == 1]
    departures = places * width + events.following + 1
    no_gaps = np.full(len(starts), np.nan)
    gaps = pd.Series(np.concatenate([no_gaps, events.gap]))
    by_pair = gaps.groupby(np.concatenate([starts, departures]))
    counts = by_pair.agg(["size", "median"])
    origin, target = np.divmod(counts.index.to_numpy(), width)
    return Transitions(
        origin=origin - 1,
        target=target - 1,
        n=counts["size"].to_numpy(),
        median_gap=counts["median"].to_numpy(),
    )


@singledispatch
def moves_by(events: SortedEvents, group: Ints) -> Moves:
    """Count what follows what by group, in the order of groups and codes: of journeys with and without the outcome.

    ``group`` (journeys,) has numbers from 0. A Markov chain of touchpoints is made of these counts.
    """
    width = events.n_touchpoints + 1
    of_events = group[events.journey] * width
    starts = events.step == 1
    keys = np.concatenate(
        [
            of_events[starts] * width + events.code[starts] + 1,
            (of_events + events.code + 1) * width + events.following + 1,
        ]
    )
    found, n = np.unique(keys, return_counts=True)
    rest, target = np.divmod(found, width)
    groups, origin = np.divmod(rest, width)
    return Moves(groups, origin + EDGE, target + EDGE, n)


@singledispatch
def variants(events: SortedEvents) -> Variants:
    """Count distinct journeys, the commonest first; ties: the shorter first.

    A journey is known by a 64-bit number: a mixed hash of (step, touchpoint) of each of its events, all joined by xor,
    mixed as in splitmix64 (Steele, Lea and Flood 2014). Two different journeys share one with probability
    2**-64, so among a million variants a collision has a chance of about 3 in 100 million. No text is built.
    """
    starts = np.flatnonzero(events.step == 1)
    journeys = np.bitwise_xor.reduceat(mixed(events.step, events.code), starts)
    return variants_by_hash(journeys, np.diff(np.append(starts, len(events))))


def variants_by_hash(journeys: NDArray[np.uint64], lengths: Ints) -> Variants:
    """Distinct journeys, of the hash and the number of events of each."""
    hashes, example, variant, n = np.unique(journeys, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((hashes, lengths[example], -n))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return Variants(n[order], example[order], place[variant])


@singledispatch
def codes_of(events: SortedEvents, journey: int) -> Codes:
    """The touchpoint codes of one journey, in order."""
    start, stop = np.searchsorted(events.journey, [journey, journey + 1])
    return events.code[start:stop]


@singledispatch
def step_matrix(events: SortedEvents, most: int = 20) -> Ints:
    """Journeys at each touchpoint by step.

    Returns
    -------
    array of shape (touchpoints + 1, steps)
        At most ``most`` steps; the last row counts journeys that ended before the step, so that every
        column sums to the number of journeys.
    """
    k = events.n_touchpoints
    steps = min(most, int(events.step.max()))
    is_shown = events.step <= steps
    steps_before = events.step[is_shown].astype(np.int64) - 1
    keys = steps_before * k + events.code[is_shown]
    counts = np.bincount(keys, minlength=steps * k)
    by_touchpoint = counts.reshape(steps, k).T
    ended = events.n_journeys - by_touchpoint.sum(axis=0)
    return np.vstack([by_touchpoint, ended])


def any_in_journey(events: SortedEvents, flags: Bools) -> Bools:
    """(journeys,) whether any event of a journey is flagged."""
    flagged = np.bincount(events.journey[flags], minlength=events.n_journeys)
    return flagged > 0


def waits(events: SortedEvents) -> Floats:
    """How long each event was followed by nothing, in seconds: until the customer's next one, or the record's end."""
    is_last = events.following == EDGE
    return np.where(is_last, events.silence[events.journey], events.gap)


def drop_off(
    events: SortedEvents,
    converted: Bools | None = None,
    under_way: Bools | None = None,
) -> DropOff:
    """Count for each touchpoint the journeys that met it, ended there, and ended there without the outcome.

    ``converted`` and ``under_way`` have one entry a journey. Without the first every end counts as one without the
    outcome; journeys under way have not ended.
    """
    has_outcome = np.zeros(events.n_journeys, bool) if converted is None else converted
    goes_on = np.zeros(events.n_journeys, bool) if under_way is None else under_way
    k = events.n_touchpoints
    last_code = events.last_code
    return DropOff(
        reached=reached_by(events),
        ended=np.bincount(last_code[~goes_on], minlength=k),
        dropped=np.bincount(last_code[~goes_on & ~has_outcome], minlength=k),
        under_way=np.bincount(last_code[goes_on], minlength=k),
        converted=reached_by(events, has_outcome),
    )


@singledispatch
def reached_by(events: SortedEvents, which: Bools | None = None) -> Ints:
    """(touchpoints,) how many journeys meet each: all of them, or those that ``which`` (journeys,) flags."""
    met = events.first
    if which is not None:
        met = met & which[events.journey]
    return np.bincount(events.code[met], minlength=events.n_touchpoints)


def mixed(step: NDArray[Any], code: NDArray[Any]) -> NDArray[np.uint64]:
    """A hash of each pair of step and touchpoint, its bits spread over all 64; sums and products wrap on purpose."""
    keys = (step.astype(np.uint64) << np.uint64(32)) | code.astype(np.uint64)
    keys = keys + np.uint64(0x9E3779B97F4A7C15)
    keys = _folded(keys, 30) * np.uint64(0xBF58476D1CE4E5B9)
    keys = _folded(keys, 27) * np.uint64(0x94D049BB133111EB)
    return _folded(keys, 31)


def _folded(keys: NDArray[np.uint64], bits: int) -> NDArray[np.uint64]:
    """Each key and itself moved down by some bits, one or the other by bit."""
    return keys ^ (keys >> np.uint64(bits))
