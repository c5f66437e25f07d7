"""Raking: weights with which the sample has given margins (iterative proportional fitting).

Where margins come from, and what the weights do to figures, does not belong here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cxlens.errors import ValuesError
from cxlens.stats.intervals import effective_n

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
ROUNDING = 1e-6  # shares may miss 1 by this much
TRIMS = 100  # rounds of trimming weights and raking them again


@dataclass(frozen=True, slots=True, eq=False)
class Raked:
    """Weights (n,) with mean 1, the rounds it took, and by how much the worst share is still off.

    Shares are off where weights would have to exceed their bound.
    """

    weights: Floats
    steps: int
    off: float

    @property
    def effective_n(self) -> float:
        """As many equal weights would be as exact: (sum w)**2 / sum w**2 (Kish 1965)."""
        sum_of_squares = (self.weights**2).sum()
        return float(effective_n(self.weights.sum(), sum_of_squares))

    @property
    def design_effect(self) -> float:
        """By what factor the weights widen the variance of a mean: rows over effective n."""
        return len(self.weights) / self.effective_n


class _Margin(NamedTuple):
    """A margin over c combinations of categories: its name, the category of each (c,), the target shares (k,)."""

    name: str
    categories: Ints
    target: Floats

    def sums(self, weights: Floats) -> Floats:
        """(k,) weight of each category; what is not known, code -1, counts for none."""
        k = len(self.target)
        sums = np.bincount(self.categories + 1, weights, k + 1)
        return np.asarray(sums[1:], float)

    def adjust(self, weights: Floats) -> None:
        """Multiply the weights of each category, in place, so that the shares are the targets."""
        sums = self.sums(weights)
        wanted = self.target * sums.sum()
        factors = _ratio(wanted, sums)
        factors = np.append(factors, 1.0)  # the last one, of code -1, keeps what is not known
        weights *= factors[self.categories]

    def miss(self, weights: Floats) -> float:
        """By how much the worst share misses its target."""
        sums = self.sums(weights)
        total = max(sums.sum(), np.finfo(float).tiny)
        gaps = sums / total - self.target
        return float(np.abs(gaps).max())


def rake(
    codes: Sequence[ArrayLike],
    targets: Sequence[ArrayLike],
    weights: ArrayLike | None = None,
    *,
    names: Sequence[str] = (),
    tolerance: float = 1e-10,
    most: int = 1000,
    bound: float = np.inf,
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
    bound
        Weights that are to grow by more than so many times the mean end there, and shares are met as nearly as that
        allows: a few answers that speak for half of the customers make every figure theirs.

    Raises
    ------
    ValuesError
        For shares that are negative or do not sum to 1, a category with a share and no row, and margins that no
        weights have at once, such as where the rows with both categories are missing.

    Notes
    -----
    Deming and Stephan (1940), Annals of Mathematical Statistics 11. Rows of the same categories share a factor, so a
    round costs as much as there are combinations, whatever the number of rows. Trimmed weights: Potter (1990), ASA
    Proceedings of the Section on Survey Research Methods; DeBell and Krosnick (2009) end them at 5.

    Examples
    --------
    >>> rake([[0, 0, 0, 1]], [[0.5, 0.5]]).weights.round(3).tolist()
    [0.667, 0.667, 0.667, 2.0]
    """
    codes_of_rows = [np.asarray(code, np.intp) for code in codes]
    base = _base_weights(weights, len(codes_of_rows[0]))
    margins, combination = _combine(codes_of_rows, targets, names)
    start = np.asarray(np.bincount(combination, base), float)
    for margin in margins:
        _check_rows(margin, start)
    weights_now = start.copy()
    for step in range(1, most + 1):
        for margin in margins:
            margin.adjust(weights_now)
        misses = [margin.miss(weights_now) for margin in margins]
        if max(misses) <= tolerance:
            off = _end_at(bound, weights_now, start, margins) if np.isfinite(bound) else max(misses)
            factors = _ratio(weights_now, start)
            raked = base * factors[combination]
            return Raked(raked / raked.mean(), step, off)
    worst = int(np.argmax(np.round(misses, 9)))
    raise ValuesError(
        f"the margins contradict each other in these rows: after {most} rounds a share of margin "
        f"{margins[worst].name} is off by {max(misses):.2g}. "
        "Merge categories that hardly meet, or use fewer margins."
    )


def _end_at(bound: float, weights: Floats, start: Floats, margins: Sequence[_Margin]) -> float:
    """End the growth of weights, in place, at a multiple of its mean; gives back by how much a share is then off."""
    for _ in range(TRIMS):
        growth = _ratio(weights, start)
        most = bound * weights.sum() / start.sum()
        if growth.max() <= most * (1 + ROUNDING):
            break
        weights[:] = np.minimum(growth, most) * start
        for margin in margins:
            margin.adjust(weights)
    for _ in range(TRIMS):  # what is cut off lowers the mean, too
        most = bound * weights.sum() / start.sum()
        weights[:] = np.minimum(_ratio(weights, start), most) * start
    return max(margin.miss(weights) for margin in margins)


def _base_weights(weights: ArrayLike | None, n: int) -> Floats:
    """(n,) the weights to start from."""
    if weights is None:
        return np.ones(n)
    return np.asarray(weights, float)


def _combine(
    codes: Sequence[Ints],
    targets: Sequence[ArrayLike],
    names: Sequence[str],
) -> tuple[list[_Margin], Ints]:
    """The margins over the combinations of categories that there are, and (n,) the combination of each row."""
    names = names or [str(number + 1) for number in range(len(codes))]
    shares = [_check_shares(name, target) for name, target in zip(names, targets, strict=True)]
    combination = np.zeros(len(codes[0]), np.intp)
    for code, share in zip(codes, shares, strict=True):
        width = len(share) + 1  # what is not known is a category of its own
        _, first, combination = np.unique(
            combination * width + code + 1,
            return_index=True,
            return_inverse=True,
        )
    margins = []
    for name, code, share in zip(names, codes, shares, strict=True):
        margins.append(_Margin(name, code[first], share))
    return margins, combination


def _check_shares(name: str, target: ArrayLike) -> Floats:
    """(k,) target shares that sum to exactly 1."""
    share = np.asarray(target, float)
    wrong = share[~(share >= 0)]
    if len(wrong):
        raise ValuesError(f"margin {name}: shares are 0 or more, found {wrong[0]:g}.")
    total = share.sum()
    if abs(total - 1) > ROUNDING:
        raise ValuesError(f"margin {name}: its shares sum to {total:.6g}, not to 1. Give every category's share.")
    return np.asarray(share / total)


def _check_rows(margin: _Margin, weights: Floats) -> None:
    """Refuse a category that should have a share but has no row with weight."""
    has_weight = margin.sums(weights) > 0
    empty = np.flatnonzero((margin.target > 0) & ~has_weight)
    if len(empty):
        category = empty[0]
        raise ValuesError(
            f"margin {margin.name}: category {category} has a share of {margin.target[category]:g} "
            "and no row with weight. Merge it with another category, or leave it out."
        )


def _ratio(above: Floats, below: Floats) -> Floats:
    """The quotient; 0 where nothing is below."""
    return np.divide(
        above,
        below,
        out=np.zeros(len(above)),
        where=below > 0,
    )
