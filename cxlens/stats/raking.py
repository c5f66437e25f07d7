"""Raking: weights with which the sample has given margins (iterative proportional fitting).

Where margins come from, and what the weights do to figures, does not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxlens.errors import ValuesError
from cxlens.stats.intervals import effective_n

Floats = NDArray[np.float64]
ROUNDING = 1e-6  # shares may miss 1 by this much


@dataclass(frozen=True, slots=True, eq=False)
class Raked:
    """Weights (n,) with mean 1, the rounds it took, and by how much the worst share is still off."""

    weights: Floats
    steps: int
    off: float

    @property
    def effective_n(self) -> float:
        """As many equal weights would be as exact: (sum w)**2 / sum w**2 (Kish 1965)."""
        return float(effective_n(self.weights.sum(), (self.weights**2).sum()))

    @property
    def design_effect(self) -> float:
        """By what factor the weights widen the variance of a mean: rows over effective n."""
        return len(self.weights) / self.effective_n


def rake(
    codes: Sequence[ArrayLike],
    targets: Sequence[ArrayLike],
    weights: ArrayLike | None = None,
    *,
    names: Sequence[str] = (),
    tolerance: float = 1e-10,
    most: int = 1000,
) -> Raked:
    """Change weights as little as needed so that every margin has its target.

    Parameters
    ----------
    codes
        For each margin the category of each row (n,): 0 to k - 1, or -1 where it is not known. Rows not known to a
        margin are not moved by it; its shares are among the others.
    targets
        For each margin the shares (k,) of its categories in the population.
    weights
        Weights (n,) to start from; equal ones by default. Multiples of them give the same result.
    names
        What errors call the margins; their numbers by default.
    tolerance
        By how much a share may miss its target in the end.
    most
        Rounds after which margins are held to contradict each other.

    Raises
    ------
    ValuesError
        For shares that are negative or do not sum to 1, a category with a share and no row, and margins that no
        weights have at once, such as where the rows with both categories are missing.

    Notes
    -----
    Deming and Stephan (1940), Annals of Mathematical Statistics 11. Rows of the same categories share a factor, so a
    round costs as much as there are combinations, whatever the number of rows.

    Examples
    --------
    >>> rake([[0, 0, 0, 1]], [[0.5, 0.5]]).weights.round(3).tolist()
    [0.667, 0.667, 0.667, 2.0]
    """
    places = [np.asarray(own, np.intp) for own in codes]
    base = np.ones(len(places[0])) if weights is None else np.asarray(weights, float)
    names = names or [str(k + 1) for k in range(len(places))]
    shares = [_check_shares(name, target) for name, target in zip(names, targets, strict=True)]
    cell = np.zeros(len(base), np.intp)
    for own, share in zip(places, shares, strict=True):
        _, first, cell = np.unique(cell * (len(share) + 1) + own + 1, return_index=True, return_inverse=True)
    kinds = [own[first] for own in places]  # the categories of each combination
    start = np.asarray(np.bincount(cell, base), float)
    for name, own, share in zip(names, kinds, shares, strict=True):
        empty = np.flatnonzero((share > 0) & ~(_sums(own, start, len(share)) > 0))
        if len(empty):
            raise ValuesError(
                f"margin {name}: category {empty[0]} has a share of {share[empty[0]]:g} and no row with weight. "
                "Merge it with another category, or leave it out."
            )
    now = start.copy()
    for step in range(1, most + 1):
        for own, share in zip(kinds, shares, strict=True):
            sums = _sums(own, now, len(share))
            factors = np.divide(share * sums.sum(), sums, out=np.zeros(len(share)), where=sums > 0)
            now *= np.append(factors, 1.0)[own]  # the last one, of code -1, keeps what is not known
        gaps = [_gaps(own, now, share) for own, share in zip(kinds, shares, strict=True)]
        off = max(float(np.abs(gap).max()) for gap in gaps)
        if off <= tolerance:
            found = base * np.divide(now, start, out=np.zeros(len(now)), where=start > 0)[cell]
            return Raked(found / found.mean(), step, off)
    worst = [float(np.abs(gap).max().round(9)) for gap in gaps]
    raise ValuesError(
        f"the margins contradict each other in these rows: after {most} rounds a share of margin "
        f"{names[int(np.argmax(worst))]} is off by {off:.2g}. Merge categories that hardly meet, or use fewer margins."
    )


def _check_shares(name: str, target: ArrayLike) -> Floats:
    share = np.asarray(target, float)
    if not (share >= 0).all():
        raise ValuesError(f"margin {name}: shares are 0 or more, found {share[~(share >= 0)][0]:g}.")
    if abs(share.sum() - 1) > ROUNDING:
        raise ValuesError(f"margin {name}: its shares sum to {share.sum():.6g}, not to 1. Give every category's share.")
    return np.asarray(share / share.sum())


def _sums(own: NDArray[np.intp], now: Floats, k: int) -> Floats:
    """Weight of each category; of what is not known, none."""
    return np.asarray(np.bincount(own + 1, now, k + 1)[1:], float)


def _gaps(own: NDArray[np.intp], now: Floats, share: Floats) -> Floats:
    """Each category's share less its target."""
    sums = _sums(own, now, len(share))
    return np.asarray(sums / max(sums.sum(), np.finfo(float).tiny) - share)
