"""Ways to an outcome, and the counts that credit for it is made of: by touchpoint, or as moves of a chain.

NumPy arrays in, small arrays out, without a loop over events. Which rule shares out what, and in which words, belongs
to :mod:`cxlens.stages.journeys.credit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from cxlens.engine.journeys import EDGE, SortedEvents

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Position = Literal["first", "last", "linear", "shapley"]


class Fates(NamedTuple):
    """What came of each journey, and where: ``converted`` and ``is_open`` (journeys,), ``reached`` (events,).

    ``value`` (events,) is what each event is worth, None where nothing says.
    """

    converted: Bools
    is_open: Bools
    reached: Bools
    value: Floats | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """What journeys met until they converted, or until they ended or the record did.

    One entry an event have ``code``, the touchpoint, and ``journey``, which rises. One entry a journey have ``owner``,
    its customer; ``converted``; ``is_open``, whether it may still convert; and ``value``, what its conversion is
    worth. A journey of which no event is left has entries of its own all the same. ``outcome_at`` are touchpoints that
    are the outcome itself, and were left out; ``moment_known`` says whether the record tells when journeys converted.
    """

    code: Ints
    journey: Ints
    owner: Ints
    converted: Bools
    is_open: Bools
    value: Floats
    n_touchpoints: int
    outcome_at: Ints
    moment_known: bool

    @property
    def lengths(self) -> Ints:
        """(journeys,) events of each."""
        return np.bincount(self.journey, minlength=len(self.owner))

    @property
    def starts(self) -> Bools:
        """(events,) whether an event is the first of its journey."""
        return np.append(True, self.journey[1:] != self.journey[:-1])[: len(self.journey)]

    @property
    def stops(self) -> Bools:
        """(events,) whether an event is the last of its journey."""
        return np.append(self.journey[1:] != self.journey[:-1], True)[: len(self.journey)]

    def take(self, keep: Bools) -> Ways:
        """Some journeys (a flag for each); codes and customers keep their numbers."""
        mask = keep[self.journey]
        number = np.cumsum(keep) - 1
        return Ways(
            code=self.code[mask],
            journey=number[self.journey[mask]],
            owner=self.owner[keep],
            converted=self.converted[keep],
            is_open=self.is_open[keep],
            value=self.value[keep],
            n_touchpoints=self.n_touchpoints,
            outcome_at=self.outcome_at,
            moment_known=self.moment_known,
        )


def renumber(ways: Ways, number: Ints) -> Ways:
    """The same ways, of customers with other numbers: ``number`` has one entry a customer."""
    return replace(ways, owner=number[ways.owner])


def ways_of(events: SortedEvents, fates: Fates, ticks: Ints | None = None, lookback: int | None = None) -> Ways:
    """Cut each journey where it converted, and at most ``lookback`` ticks before.

    Where all events of converted journeys have the outcome, the record does not tell when they converted: they are
    taken whole. Where journeys convert only at touchpoints that nobody meets without the outcome, these are the outcome
    itself, such as an order: they are left out. A journey that did not convert ends with its last event.
    """
    has_converted = fates.converted[events.journey]
    moment_known = bool((has_converted & ~fates.reached).any())
    stop = np.flatnonzero(events.following == EDGE)
    outcome_at = np.empty(0, np.int64)
    if moment_known:
        journeys, conversions = _first_conversions(events, fates.reached)
        stop[journeys] = conversions
        outcome_at = _outcome_itself(events, fates.reached, conversions)
    place = np.arange(len(events))
    is_before = place <= stop[events.journey]
    keep = is_before & ~np.isin(events.code, outcome_at)
    if ticks is not None and lookback is not None:
        ago = ticks[stop][events.journey] - ticks
        keep &= ago <= lookback
    return Ways(
        code=events.code[keep].astype(np.int64),
        journey=events.journey[keep],
        owner=events.owner,
        converted=fates.converted,
        is_open=fates.is_open,
        value=_worth(events, fates.value, is_before & has_converted),
        n_touchpoints=events.n_touchpoints,
        outcome_at=outcome_at,
        moment_known=moment_known,
    )


def _first_conversions(events: SortedEvents, reached: Bools) -> tuple[Ints, Ints]:
    """The journeys with an event that has the outcome, and the place of the first such event of each."""
    hits = np.flatnonzero(reached)
    journeys, firsts = np.unique(events.journey[hits], return_index=True)
    return journeys, hits[firsts]


def _outcome_itself(events: SortedEvents, reached: Bools, conversions: Ints) -> Ints:
    """Touchpoints that are the outcome: all that journeys convert at, if nobody meets one without the outcome."""
    k = events.n_touchpoints
    without = np.flatnonzero(np.bincount(events.code[~reached], minlength=k))
    where = np.flatnonzero(np.bincount(events.code[conversions], minlength=k))
    if np.isin(where, without).any():
        return np.empty(0, np.int64)
    return where.astype(np.int64)


def _worth(events: SortedEvents, value: Floats | None, counts: Bools) -> Floats:
    """(journeys,) the sum of values of the events that count; 0 without values."""
    if value is None:
        return np.zeros(events.n_journeys)
    counted = np.where(counts, np.nan_to_num(value), 0.0)
    return np.bincount(events.journey, counted, events.n_journeys).astype(np.float64)


def fractions(ways: Ways, position: Position) -> Floats:
    """(events,) the share of its journey's credit that each event gets; those of a journey sum to 1.

    ``"linear"`` counts a touchpoint as often as it was met, ``"shapley"`` once: each set of touchpoints is worth the
    conversions of journeys that met no other, of which the Shapley value gives all it met the same (Zhao, Mahboobi and
    Bagheri 2018).
    """
    if position == "first":
        return ways.starts.astype(np.float64)
    if position == "last":
        return ways.stops.astype(np.float64)
    counts = np.ones(len(ways.code), bool) if position == "linear" else first_meetings(ways)
    of_journey = np.bincount(ways.journey, counts, len(ways.owner))
    return np.asarray(counts / of_journey[ways.journey])


def first_meetings(ways: Ways) -> Bools:
    """(events,) whether a journey meets the touchpoint of an event for the first time."""
    meetings = ways.journey * ways.n_touchpoints + ways.code
    return ~pd.Series(meetings).duplicated().to_numpy()


def shared_out(ways: Ways, shares: Floats, block: Ints, blocks: int) -> tuple[Floats, Floats]:
    """(blocks, touchpoints + 1), twice: conversions and their value, shared out; what met no touchpoint comes last.

    ``shares`` (events,) are those of :func:`fractions`, ``block`` (journeys,) says what each journey is summed with.
    """
    bare = np.flatnonzero(ways.converted & (ways.lengths == 0))
    journey = np.concatenate([ways.journey, bare])
    code = np.concatenate([ways.code, np.full(len(bare), ways.n_touchpoints)])
    share = np.concatenate([shares * ways.converted[ways.journey], np.ones(len(bare))])
    width = ways.n_touchpoints + 1
    cells = block[journey] * width + code
    size = blocks * width
    worth = share * ways.value[journey]
    conversions: Floats = np.bincount(cells, share, size).astype(np.float64)
    value: Floats = np.bincount(cells, worth, size).astype(np.float64)
    return conversions.reshape(blocks, width), value.reshape(blocks, width)


class Chain(NamedTuple):
    """Moves between states, counted by block; a state is what was met last, or the last two or three.

    ``kind`` (s,) is the touchpoint of each state. The rest is sparse, (blocks, ...): ``moves`` (from the start, then
    from each state: (1 + s) * s), ``ends`` (1 + s) where journeys ended that are not open, ``conversions`` (1 + s)
    where they ended with the outcome, and ``value`` (1 + s) what that was worth.
    """

    kind: Ints
    moves: Any
    ends: Any
    conversions: Any
    value: Any


def contexts(ways: Ways, order: int) -> Ints:
    """(events,) what was met last at each event and the ``order`` - 1 before it, as one whole number."""
    base = ways.n_touchpoints + 1
    is_later = ~ways.starts
    numbers = ways.code + 1
    goes_back = np.ones(len(numbers), bool)
    for back in range(1, order):
        goes_back &= np.roll(is_later, back - 1)
        earlier = np.roll(ways.code, back) + 1
        numbers += np.where(goes_back, earlier, 0) * base**back
    return numbers


def chain_of(ways: Ways, order: int, block: Ints, blocks: int) -> Chain:
    """Count the moves of all journeys that met anything; open ones have no end."""
    state, known = pd.factorize(contexts(ways, order), sort=True)
    size = len(known)
    origin = np.where(ways.starts, 0, np.roll(state, 1) + 1)
    stops = np.flatnonzero(ways.stops)
    ended = ways.journey[stops]
    converts = ways.converted[ended].astype(np.float64)
    is_end = ~ways.is_open[ended]
    at_end = (block[ended], state[stops] + 1)
    of_moves = (block[ways.journey], origin * size + state)
    shape = (blocks, 1 + size)
    return Chain(
        kind=known % (ways.n_touchpoints + 1) - 1,
        moves=_summed(np.ones(len(state)), of_moves, (blocks, (1 + size) * size)),
        ends=_summed(is_end.astype(np.float64), at_end, shape),
        conversions=_summed(converts, at_end, shape),
        value=_summed(converts * ways.value[ended], at_end, shape),
    )


def _summed(weights: Floats, cells: tuple[Ints, Ints], shape: tuple[int, int]) -> Any:
    """Sums by block and place, of which most are 0."""
    return sparse.csr_array((weights, cells), shape=shape)


def steps_to_compare(ways: Ways, orders: Sequence[int]) -> tuple[list[Ints], Ints, Ints]:
    """For each order what came before each move; then what came next, and the journey: for choosing the order.

    Next is a touchpoint, or one of two ends: with the outcome and without it. Open journeys have none.
    """
    stops = np.flatnonzero(ways.stops & ~ways.is_open[ways.journey])
    converts = ways.converted[ways.journey[stops]]
    following = np.concatenate([ways.code, ways.n_touchpoints + converts.astype(np.int64)])
    journey = np.concatenate([ways.journey, ways.journey[stops]])
    before = []
    for order in orders:
        states = contexts(ways, order)
        earlier = np.where(ways.starts, 0, np.roll(states, 1))
        of_moves = np.concatenate([earlier, states[stops]])
        before.append(of_moves)
    return before, following, journey
