"""How often as large a difference comes about if other places had been the treated ones.

No distribution is assumed: were the treated places drawn at random, each choice of as many places would have been as
likely, and the share of choices that show as much is the p-value of nothing having been done (Fisher 1935, The Design
of Experiments; Rosenbaum 2002, Observational Studies, chapter 2). Were they not drawn, it is a placebo in space: how
unusual the treated places are among all (Abadie, Diamond and Hainmueller 2010, JASA 105). What the changes of places
are is told by :mod:`cxlens.stats.places`.
"""

from __future__ import annotations

from itertools import chain, combinations
from math import comb
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MOST = 10_000  # ways that are all looked at; of more, so many are drawn
EXACT = 1e-9  # of the largest change, by which a sum of floats may miss an equal one


class Reassigned(NamedTuple):
    """Of ``ways`` to choose as many places, how many show as large a difference, the real one among them.

    ``is_all``: whether these are all ways there are, or some that were drawn.
    """

    ways: int
    as_large: int
    is_all: bool

    @property
    def p_value(self) -> float:
        """The share of ways that show as much, whichever way it points."""
        return self.as_large / self.ways


def reassign(changes: Floats, treated: Bools, rng: np.random.Generator) -> Reassigned:
    """Choose other places in the place of the treated.

    Parameters
    ----------
    changes
        (k,) the change of each place.
    treated
        (k,) which of them were treated.
    rng
        For ways that are drawn, where there are more than 10,000.

    Examples
    --------
    >>> changes = np.array([0.0, 0.1, 0.2, 0.3, 2.0, 2.1])
    >>> found = reassign(changes, np.array([False] * 4 + [True] * 2), np.random.default_rng(0))
    >>> found.ways, found.as_large, round(found.p_value, 3)
    (15, 1, 0.067)
    """
    k = len(changes)
    size = int(treated.sum())
    ways = comb(k, size)
    observed = _differences(changes, changes[treated].sum(keepdims=True), size)[0]
    least = abs(observed) - EXACT * max(float(np.abs(changes).max()), abs(observed))
    if ways <= MOST:
        members = np.fromiter(chain.from_iterable(combinations(range(k), size)), np.int64)
        sums = changes[members.reshape(ways, size)].sum(axis=1)
        as_large = np.abs(_differences(changes, sums, size)) >= least
        return Reassigned(ways, int(as_large.sum()), is_all=True)
    order = rng.random((MOST - 1, k)).argsort(axis=1)
    sums = changes[order[:, :size]].sum(axis=1)
    as_large = np.abs(_differences(changes, sums, size)) >= least
    return Reassigned(MOST, 1 + int(as_large.sum()), is_all=False)


def _differences(changes: Floats, sums: Floats, size: int) -> Floats:
    """(ways,) the mean of those chosen, whose sums are given, less that of the others."""
    of_others = (changes.sum() - sums) / (len(changes) - size)
    return np.asarray(sums / size - of_others)
