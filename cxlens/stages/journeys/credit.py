"""Credit for conversions by each rule, in the log and in resamples of its customers.

Rules are counted in :mod:`cxlens.engine.journey_credit`; what is said of them belongs to
:mod:`cxlens.stages.journeys.attribution`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from cxlens.engine import journey_credit as engine
from cxlens.engine.labels import numbered
from cxlens.errors import ValuesError
from cxlens.stats.absorbing import removal
from cxlens.stats.bootstrap import multiplicities
from cxlens.stats.chain_order import Gain, choose_order
from cxlens.study.journeys import JourneyLog
from cxlens.study.moments import ticks_of

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rule = Literal["first", "last", "linear", "markov", "shapley"]
RULES: tuple[Rule, ...] = get_args(Rule)
ORDERS = range(1, 4)  # how many touchpoints a chain may look back
MOST_STATES = 500  # of a chain: what one inverse a resample takes seconds for in all
MOST_UNITS, BLOCKS = 10_000, 1_000  # customers who are drawn one by one; of more, so many blocks are
MOST_TO_CHOOSE = 20_000  # customers by whom orders are compared; numbered by a hash, so that they are any
AT_ONCE = 4_000_000  # cells of the chains that are solved together


@dataclass(frozen=True, slots=True, eq=False)
class Credit:
    """What a rule gives each touchpoint, and last what met none; the log first, then each resample.

    ``share`` (1 + d, p + 1) is of all conversions, ``value_share`` of their value, None without one. ``people``
    (p + 1,) is of how many customers each is at least, by one journey of each.
    """

    share: Floats
    value_share: Floats | None
    people: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The credit in a part of the log, by rule, and what there was to share out.

    ``met`` (p,) counts the converted journeys that met each touchpoint, ``met_people`` one of each customer.
    """

    ways: engine.Ways
    credits: dict[Rule, Credit]
    met: Ints
    met_people: Ints

    @property
    def any_bare(self) -> bool:
        """Whether a journey converted without any touchpoint."""
        return bool((self.ways.converted & (self.ways.lengths == 0)).any())

    @property
    def conversions(self) -> int:
        """Converted journeys."""
        return int(self.ways.converted.sum())

    @property
    def customers(self) -> int:
        """Customers who converted."""
        conversions = np.bincount(self.ways.owner, self.ways.converted)
        return int(np.count_nonzero(conversions))

    @property
    def value(self) -> float:
        """What they are worth."""
        return float(self.ways.value.sum())


def ways_in(log: JourneyLog, lookback: pd.Timedelta | None) -> engine.Ways:
    """The ways of a log to its outcome, customers numbered in an order that the order of the rows does not change.

    Raises
    ------
    ValuesError
        When conversions are worth less than nothing.
    """
    is_open = log.open_journeys()
    fates = engine.Fates(
        converted=np.asarray(log.converted, bool),
        is_open=np.zeros(log.n, bool) if is_open is None else is_open,
        reached=log.detail("reached").to_numpy(bool),
        value=log.detail("value").to_numpy(float) if log.value else None,
    )
    ticks, width = None, None
    if lookback is not None:
        ticks, per_second = ticks_of(pd.DatetimeIndex(log.detail("time")))
        width = int(lookback.total_seconds() * per_second)
    ways = engine.ways_of(log.rows(), fates, ticks, width)
    if (ways.value < 0).any():
        raise ValuesError(
            f"attribution shares out what conversions are worth, and value column {log.value!r} makes some worth less "
            "than 0. Drop refunds from the events, or leave out value=."
        )
    hashes = numbered(log.customers["customer"], 0)
    in_order = np.argsort(hashes, kind="stable")
    rank = np.empty(len(in_order), np.int64)
    rank[in_order] = np.arange(len(in_order))
    return engine.renumber(ways, rank)


def order_by_likelihood(ways: engine.Ways, level: float) -> tuple[list[int], list[int], Gain]:
    """The orders that were compared, their states, and how well each tells held-out customers.

    Only orders of few enough states are; the first has to have.
    """
    states = {order: _states(ways, order) for order in ORDERS}
    _check_few(states[ORDERS.start], ORDERS.start)
    orders = [order for order in ORDERS if states[order] <= MOST_STATES]
    some = ways.take(ways.owner < MOST_TO_CHOOSE)
    before, following, journey = engine.steps_to_compare(some, orders)
    _, unit = np.unique(some.owner[journey], return_inverse=True)
    gain = choose_order(before, following, unit, ways.n_touchpoints + 2, level)
    return orders, [states[order] for order in orders], gain


def check_states(ways: engine.Ways, order: int) -> None:
    """Refuse a chain that is too large to solve in each resample.

    Raises
    ------
    ValuesError
        ``a chain of order 3 has 1,884 states in this log, more than the 500 that it may have. Give a lower ...``
    """
    _check_few(_states(ways, order), order)


def _check_few(states: int, order: int) -> None:
    """The same of the number of states."""
    if states <= MOST_STATES:
        return
    lower = "a lower order=, or " if order > ORDERS.start else ""
    raise ValuesError(
        f"a chain of order {order} has {states:,} states in this log, more than the {MOST_STATES} that it may have. "
        f"Give {lower}fewer touchpoints: log.by(touchpoint_map, 'stage'); or name another rule, such as "
        "rule='shapley'."
    )


def _states(ways: engine.Ways, order: int) -> int:
    return len(pd.unique(engine.contexts(ways, order)))


def part_of(
    ways: engine.Ways,
    rules: Sequence[Rule],
    order: int,
    draws: int,
    rng: np.random.Generator,
) -> Part:
    """Credit by each rule, in these journeys and in resamples of their customers."""
    customers, unit = np.unique(ways.owner, return_inverse=True)
    blocks = len(customers)
    if blocks > MOST_UNITS:
        unit = (rng.permutation(blocks) % BLOCKS)[unit]
        blocks = BLOCKS
    times = np.vstack([np.ones(blocks), multiplicities(blocks, draws, rng)])
    won = ways.take(ways.converted)
    by_rule = {rule: _credit(ways, won, rule, order, unit, times) for rule in rules}
    of_met = engine.first_meetings(won).astype(np.float64)
    met, _ = engine.shared_out(won, of_met, np.zeros(len(won.owner), np.int64), 1)
    people = _people(won, of_met)
    return Part(ways, by_rule, met[0, :-1].astype(np.int64), people[:-1])


def _credit(
    ways: engine.Ways,
    won: engine.Ways,
    rule: Rule,
    order: int,
    unit: Ints,
    times: Floats,
) -> Credit:
    """Credit by one rule for the ways that ``won``, in the log and in each resample (row of ``times``)."""
    _, blocks = times.shape
    weights = engine.fractions(won, "shapley" if rule == "markov" else rule)
    people = _people(won, weights)
    by_block = engine.shared_out(won, weights, unit[ways.converted], blocks)
    conversions, value = (times @ sums for sums in by_block)
    if rule == "markov":
        chain = engine.chain_of(ways, order, unit, blocks)
        effects = _removal_shares(chain, times, ways.n_touchpoints)
        conversions = _shared_out(conversions, effects[:, :, 0])
        value = _shared_out(value, effects[:, :, 1])
        people = np.where(people > 0, people, _met_at_all(ways))
    return Credit(
        share=_as_shares(conversions),
        value_share=_as_shares(value) if ways.value.any() else None,
        people=people,
    )


def _shared_out(credit: Floats, effects: Floats) -> Floats:
    """What converted with any touchpoint, shared out by removal effects; what met none stays."""
    met = credit[:, :-1].sum(axis=1, keepdims=True)
    none = credit[:, -1:]
    by_touchpoint = np.where(met > 0, met * effects, 0.0)
    return np.hstack([by_touchpoint, none])


def _as_shares(credit: Floats) -> Floats:
    """Each row as shares of its sum; NaN where nobody converted."""
    whole = credit.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.asarray(credit / whole)


def _removal_shares(chain: engine.Chain, times: Floats, kinds: int) -> Floats:
    """(1 + d, p, 2) removal effects as shares of their sum: of conversions, and of their value."""
    with threadpool_limits(1, user_api="blas"):  # many small inverses: threads only wait for each other
        shares = [_solved(chain, drawn, kinds) for drawn in _batches(times, len(chain.kind))]
    return np.concatenate(shares)


def _batches(times: Floats, states: int) -> Iterator[Floats]:
    """As many resamples as fit memory, in turn."""
    size = max(1, AT_ONCE // (1 + (1 + states) * states))
    for first in range(0, len(times), size):
        yield times[first : first + size]


def _solved(chain: engine.Chain, times: Floats, kinds: int) -> Floats:
    """The chains of some resamples, solved."""
    states = len(chain.kind)

    def drawn(sums: Any) -> Floats:
        """(d, ...) sums of blocks as often as they were drawn."""
        return np.asarray((sums.T @ times.T).T)

    moves = drawn(chain.moves)
    of_both = [drawn(chain.conversions), drawn(chain.value)]
    solved = removal(
        moves=moves.reshape(len(times), 1 + states, states),
        ends=drawn(chain.ends),
        gains=np.stack(of_both, axis=2),
        kind=chain.kind,
        kinds=kinds,
    )
    return solved.shares


def _people(ways: engine.Ways, weights: Floats) -> Ints:
    """(p + 1,) customers whose first journey of these, all converted, gives each touchpoint credit; last, met none."""
    _, firsts = np.unique(ways.owner, return_index=True)
    counts = np.zeros(len(ways.owner), bool)
    counts[firsts] = True
    gets = (weights > 0) & counts[ways.journey]
    pairs = pd.unique(ways.journey[gets] * ways.n_touchpoints + ways.code[gets])
    met = np.bincount(pairs % ways.n_touchpoints, minlength=ways.n_touchpoints)
    return np.append(met, (counts & (ways.lengths == 0)).sum())


def _met_at_all(ways: engine.Ways) -> Ints:
    """(p + 1,) customers who met each touchpoint: a chain gives credit where nobody converted, too."""
    owner = ways.owner[ways.journey]
    pairs = pd.unique(owner * ways.n_touchpoints + ways.code)
    met = np.bincount(pairs % ways.n_touchpoints, minlength=ways.n_touchpoints)
    return np.append(met, 0)
