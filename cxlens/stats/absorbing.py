"""Absorbing Markov chains in closed form: how many walks end in one of two ways, and how many without some states.

Numbers alone: what a state is, and how often one follows another, is counted in :mod:`cxlens.engine.journey_credit`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Removal(NamedTuple):
    """What walks gain in all, and what those gain that meet none of some states.

    ``whole`` (d, g) is the expected gain of a walk in each chain, in g things that are gained; ``without`` (d, p, g)
    that of a walk that ends, with nothing, where it first meets a state of each of p kinds.
    """

    whole: Floats
    without: Floats

    @property
    def shares(self) -> Floats:
        """(d, p, g) the removal effects, 1 - without / whole, as shares of their sum; NaN where nothing is gained."""
        with np.errstate(invalid="ignore", divide="ignore"):
            kept = self.without / self.whole[:, None]
            effects = np.maximum(1 - kept, 0.0)  # rounding may leave one just below
            of_all = effects.sum(axis=1, keepdims=True)
            return np.asarray(effects / of_all)


def removal(moves: Floats, ends: Floats, gains: Floats, kind: Ints, kinds: int) -> Removal:
    """Removal effects of a chain, exactly, without simulating walks.

    Parameters
    ----------
    moves
        (d, 1 + s, s) how often each state was entered from the start (first row) and from each of s states, in each of
        d chains.
    ends
        (d, 1 + s) how often a walk ended at the start and in each state.
    gains
        (d, 1 + s, g) what was gained by the walks that ended there: their number where each that is counted gains 1.
    kind
        (s,) which of ``kinds`` each state belongs to.
    kinds
        How many there are, p.

    Notes
    -----
    With transition shares Q between the states, N = (I - Q)^-1 has the expected visits (Kemeny and Snell 1960, Finite
    Markov Chains). A walk first enters states A at each of them with probabilities visits_A N_AA^-1; what it gains
    from there on is what is lost without A. So one inverse gives all removal effects, which are else simulated or
    solved one by one. States from which no walk ended have no gain, and are left at once.
    """
    departures = moves.sum(axis=2) + ends
    moved = _shares(moves, departures)
    gain = _shares(gains, departures)
    from_start = moved[:, 0]
    leads_out = _leads_out(moves[:, 1:], ends[:, 1:])
    between = moved[:, 1:] * leads_out[:, :, None]
    visits_from = np.asarray(np.linalg.inv(np.eye(len(kind)) - between), np.float64)
    ahead = visits_from @ gain[:, 1:]
    whole = np.einsum("ds,dsg->dg", from_start, ahead) + gain[:, 0]
    without = np.repeat(whole[:, None], kinds, axis=1)
    visits = np.einsum("ds,dst->dt", from_start, visits_from)
    for member in np.unique(kind):
        states = np.flatnonzero(kind == member)
        among = visits_from[:, states[:, None], states]
        entered = _solved(among, visits[:, states])
        without[:, member] -= np.einsum("ds,dsg->dg", entered, ahead[:, states])
    return Removal(whole, without)


def _shares(counts: Floats, departures: Floats) -> Floats:
    """(d, 1 + s, ...) counts as shares of all departures from a state; 0 where nobody came."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = counts / departures[:, :, None]
    return np.nan_to_num(shares)


def _solved(among: Floats, visits: Floats) -> Floats:
    """(d, a) x of x @ among = visits."""
    turned = among.transpose(0, 2, 1)
    solved = np.linalg.solve(turned, visits[:, :, None])
    return np.asarray(solved[:, :, 0])


def _leads_out(moves: Floats, ends: Floats) -> Flags:
    """(d, s) whether any walk leads from a state to where walks ended, so that visits are finite."""
    leads_out = ends > 0
    is_move = moves > 0
    while True:
        on_the_way = is_move & leads_out[:, None, :]
        reached = leads_out | on_the_way.any(axis=2)
        if (reached == leads_out).all():
            return reached
        leads_out = reached
