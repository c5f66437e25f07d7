"""Do slopes, or means, differ by group? Tested by giving each unit's influence a random sign.

If all groups share their slopes, what a unit (an answer, a cluster, a block of answers) adds to a difference has mean
0, so its sign may be drawn at random. Influences keep their size, hence so do the errors, and every flip is one matrix
product. The largest of all differences is held against the largest of each flip: adjusted p-value and interval come
from one distribution. What groups and columns are called does not belong here.

Sources: Hemerik, Goeman and Finos (2020), JRSS B 82, for sign flips of scores; Westfall and Young (1993) for the
largest of several.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cxlens.stats.instability import given_own_columns, pseudo_inverse, stretch
from cxlens.stats.regression import TOLERANCE, independent

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
FLIPS = 999
MOST_UNITS = 20_000  # units flipped one by one; more are flipped by blocks of them
BLOCKS = 200
MOST_LEVERAGE = 0.99
AT_A_TIME = 2**21  # signs drawn at once
TIE = 1e-9  # share by which a flip may fall short of what was found and still be as large


class Differences(NamedTuple):
    """Slopes of each of g groups less those of all other groups, and what each of u units adds to them.

    ``difference`` (g, p), NaN where either side has no such slope; ``influence`` (u, g, p).
    """

    difference: Floats
    influence: Floats


class Comparison(NamedTuple):
    """Each difference with its interval and its p-value, adjusted for all of them: (g, p) each."""

    difference: Floats
    low: Floats
    high: Floats
    p: Floats


class _Columns(NamedTuple):
    """Weighted columns (n, p) and outcome (n,) given the group's own columns, and the leverage of those (n,)."""

    compared: Floats
    outcome: Floats
    leverage: Floats


class _Slopes(NamedTuple):
    """Per group (g, ...): inverses of its cross-products, its slopes, and which columns have one."""

    inverse: Floats
    slopes: Floats
    used: Bools


class _AllSlopes(NamedTuple):
    """Of all groups together (one group), of each group, and of the others of each."""

    together: _Slopes
    each: _Slopes
    others: _Slopes

    @property
    def difference(self) -> Floats:
        """(g, p) slopes of each group less those of all others; NaN where a side has none."""
        on_both_sides = self.each.used & self.others.used
        difference = self.each.slopes - self.others.slopes
        return np.where(on_both_sides, difference, np.nan)

    def influence(self, pulls: Floats, group: int) -> Floats:
        """(m, g, p) what pulls (m, p) of a group add to each group's difference: to its own, and to others' others."""
        m, p = pulls.shape
        inverse = self.others.inverse
        groups = len(inverse)
        side_by_side = inverse.transpose(1, 0, 2).reshape(p, groups * p)
        flat = -pulls @ side_by_side
        influence = flat.reshape(m, groups, p)
        influence[:, group] = pulls @ self.each.inverse[group]
        return influence


def differences_of_rows(
    z: Floats,
    weights: Floats,
    group: Ints,
    own: Bools,
    units: Ints,
) -> Differences:
    """Differences of slopes between groups of rows.

    Parameters
    ----------
    z
        (n, q) columns, the outcome last.
    weights
        (n,) weights.
    group
        (n,) the group of each row: 0, 1, ...
    own
        (q - 1,) columns that every group has a coefficient of its own for, such as the constant; the p others are
        compared.
    units
        (n,) the unit of each row: 0, 1, ...; rows of a unit are flipped together.

    Notes
    -----
    Residuals are those of slopes common to all groups, each over the root of 1 less its leverage.
    """
    columns = _given_own_columns(z, weights, group, own)
    slopes = _slopes_of_rows(columns, group)
    pulls = _pulls(columns, slopes.together)
    units, number_of_units = _few(units)
    groups = int(group.max()) + 1
    influence = np.zeros((number_of_units, groups, pulls.shape[1]))
    for g in range(groups):
        rows = group == g
        added = slopes.influence(pulls[rows], g)
        influence += _sum_by(units[rows], number_of_units, added)
    return Differences(slopes.difference, influence)


def _given_own_columns(
    z: Floats,
    weights: Floats,
    group: Ints,
    own: Bools,
) -> _Columns:
    """What each group's own columns leave of the others; what is left of rounding errors is 0."""
    root = np.sqrt(weights)
    weighted = z * root[:, None]
    is_compared = np.append(~own, True)
    compared = weighted[:, is_compared]
    of_group = weighted[:, ~is_compared]
    leverage = np.zeros(len(z))
    for g in range(int(group.max()) + 1):
        rows = np.flatnonzero(group == g)
        basis = _basis(of_group[rows])
        before = compared[rows]
        explained = basis @ (basis.T @ before)
        left = before - explained
        left[:, _is_nothing(left, before)] = 0.0
        compared[rows] = left
        leverage[rows] = (basis**2).sum(axis=1)
    return _Columns(compared[:, :-1], compared[:, -1], leverage)


def _basis(columns: Floats) -> Floats:
    """(m, rank) orthonormal columns that span the same as columns (m, k)."""
    basis, sizes, _ = np.linalg.svd(columns, full_matrices=False)
    largest = sizes.max(initial=0.0)
    return np.asarray(basis[:, sizes > np.sqrt(TOLERANCE) * largest])


def _is_nothing(left: Floats, before: Floats) -> Bools:
    """(q,) of which columns (m, q) nothing is left but rounding errors."""
    squares_left = (left**2).sum(axis=0)
    squares_before = (before**2).sum(axis=0)
    return np.asarray(squares_left <= TOLERANCE * squares_before)


def _slopes_of_rows(columns: _Columns, group: Ints) -> _AllSlopes:
    """The slopes of groups from their rows."""
    grams = []
    with_outcomes = []
    for g in range(int(group.max()) + 1):
        rows = group == g
        of_group = columns.compared[rows]
        grams.append(of_group.T @ of_group)
        with_outcomes.append(of_group.T @ columns.outcome[rows])
    return _all_slopes(np.stack(grams), np.stack(with_outcomes))


def _pulls(columns: _Columns, together: _Slopes) -> Floats:
    """(n, p) columns times residuals at the common slopes, these enlarged by what leverage took from them."""
    compared = columns.compared
    fitted = compared @ together.slopes[0]
    residuals = columns.outcome - fitted
    if _is_nothing(residuals[:, None], columns.outcome[:, None]).all():
        return np.zeros_like(compared)
    of_slopes = np.einsum("ij,jk,ik->i", compared, together.inverse[0], compared)
    leverage = np.minimum(columns.leverage + of_slopes, MOST_LEVERAGE)
    enlarged = residuals / np.sqrt(1 - leverage)
    return np.asarray(compared * enlarged[:, None])


def differences_of_blocks(
    products: Floats,
    rows: Ints,
    own: Bools,
) -> Differences:
    """The same from cross-products (g, b, q, q) by group and block, and (g,) numbers of rows; blocks are the units.

    In place of leverages influences are stretched by the root of n / (n - coefficients) of their group.
    """
    k = int(own.sum())
    outcome = len(own)
    order = np.concatenate([np.flatnonzero(own), np.flatnonzero(~own), [outcome]])
    in_order = products[:, :, order][..., order]
    totals = in_order.sum(axis=1)
    inverse, own_coefficients = pseudo_inverse(totals[:, :k, :k])
    of_own = inverse @ totals[:, :k, k:]
    by_block = given_own_columns(in_order, -of_own)
    _clear_rounding(by_block, totals[:, k:, k:])
    by_group = by_block.sum(axis=1)
    slopes = _all_slopes(by_group[:, :-1, :-1], by_group[:, :-1, -1])
    scores = _scores(by_block, slopes.together.slopes[0])
    factor = stretch(rows, own_coefficients, scores.shape[-1])
    scores *= np.sqrt(factor)[:, None, None]
    influence = np.zeros((scores.shape[1], *slopes.difference.shape))
    for g, pulls in enumerate(scores):
        influence += slopes.influence(pulls, g)
    return Differences(slopes.difference, influence)


def _clear_rounding(by_block: Floats, totals: Floats) -> None:
    """Set columns of which own columns leave nothing but rounding errors to 0, in place."""
    left = np.einsum("gbii->gi", by_block)
    before = np.einsum("gii->gi", totals)
    alive = left > TOLERANCE * before
    by_block *= alive[:, None, :, None]
    by_block *= alive[:, None, None, :]


def _scores(by_block: Floats, slopes: Floats) -> Floats:
    """(g, b, p) columns times residuals at the common slopes, summed by block."""
    residual = np.append(-slopes, 1.0)
    everyone = by_block.sum(axis=(0, 1))
    left = residual @ everyone @ residual
    columns = by_block[:, :, :-1]
    if left <= TOLERANCE * everyone[-1, -1]:
        return np.zeros(columns.shape[:-1])
    return np.asarray(columns @ residual)


def _all_slopes(gram: Floats, with_outcome: Floats) -> _AllSlopes:
    """Slopes from cross-products (g, p, p) and (g, p) of groups."""
    everyone = gram.sum(axis=0)
    outcome = with_outcome.sum(axis=0)
    return _AllSlopes(
        together=_slopes(everyone[None], outcome[None]),
        each=_slopes(gram, with_outcome),
        others=_slopes(everyone - gram, outcome - with_outcome),
    )


def _slopes(gram: Floats, with_outcome: Floats) -> _Slopes:
    """Slopes from cross-products (g, p, p) and (g, p); a column that those before it explain has the slope 0."""
    used = np.zeros(with_outcome.shape, bool)
    inverse = np.zeros_like(gram)
    for g, one in enumerate(gram):
        used[g] = independent(one)
        inside = np.ix_(used[g], used[g])
        inverse[g][inside] = np.linalg.inv(one[inside])
    slopes = inverse @ with_outcome[..., None]
    return _Slopes(inverse, slopes[..., 0], used)


def sum_by_unit(values: Floats, units: Ints) -> Floats:
    """(u, ...) sums of values (n, ...) by unit, or by block of units where these are many."""
    few_units, number_of_units = _few(units)
    return _sum_by(few_units, number_of_units, values)


def _few(units: Ints) -> tuple[Ints, int]:
    """Units, or blocks of them where they are many, and their number."""
    number_of_units = int(units.max()) + 1
    if number_of_units <= MOST_UNITS:
        return units, number_of_units
    return units % BLOCKS, BLOCKS


def _sum_by(units: Ints, size: int, values: Floats) -> Floats:
    """(size, ...) sums of values (m, ...) by unit."""
    m = len(units)
    entries = (np.ones(m), (units, np.arange(m)))
    membership = sparse.csr_array(entries, shape=(size, m))
    flat = values.reshape(m, -1)
    sums = membership @ flat
    return np.asarray(sums.reshape(size, *values.shape[1:]))


def compare(
    found: Differences,
    level: float,
    rng: np.random.Generator,
    flips: int = FLIPS,
) -> Comparison:
    """Interval and adjusted p-value of every difference.

    An interval holds 0 exactly where p is 1 - level or more: both come from the largest of all differences, each in
    units of its own error, with random signs. NaN where there is no error.
    """
    error = np.sqrt((found.influence**2).sum(axis=0))
    is_known = np.isfinite(found.difference) & (error > 0)
    difference = found.difference[is_known]
    error = error[is_known]
    half = np.full(is_known.shape, np.nan)
    p = np.full(is_known.shape, np.nan)
    if is_known.any():
        standardised = found.influence[:, is_known] / error
        largest = _largest(standardised, flips, rng)
        t = np.abs(difference) / error
        smaller = np.searchsorted(largest, t * (1 - TIE))
        p[is_known] = (1 + flips - smaller) / (1 + flips)
        half[is_known] = error * (_cut(largest, level) / (1 - TIE))
    return Comparison(found.difference, found.difference - half, found.difference + half, p)


def _largest(
    standardised: Floats,
    flips: int,
    rng: np.random.Generator,
) -> Floats:
    """(flips,) the largest of the sums of influences (u, m) with random signs, sorted."""
    largest = [np.abs(sums).max(axis=1) for sums in _flipped(standardised, flips, rng)]
    return np.sort(np.concatenate(largest))


def _cut(largest: Floats, level: float) -> float:
    """What a standardised difference has to pass for its p-value to be below 1 - level; ``largest`` is sorted."""
    flips = len(largest)
    below = round((1 - level) * (flips + 1), 6)
    may_be_as_large = int(np.ceil(below)) - 2
    if may_be_as_large < 0:
        return float("inf")
    return float(largest[-1 - may_be_as_large])


def joint_p(
    influence: Floats,
    rng: np.random.Generator,
    flips: int = FLIPS,
) -> float:
    """p-value of all m sums of influences (u, m) being 0: their quadratic form, against that with random signs."""
    inverse, rank = pseudo_inverse(influence.T @ influence)
    if not rank:
        return float("nan")
    sums = influence.sum(axis=0)
    found = sums @ inverse @ sums
    as_large = 0
    for flipped in _flipped(influence, flips, rng):
        statistics = ((flipped @ inverse) * flipped).sum(axis=1)
        as_large += int((statistics >= found * (1 - TIE)).sum())
    return (1 + as_large) / (1 + flips)


def _flipped(
    influence: Floats,
    flips: int,
    rng: np.random.Generator,
) -> Iterator[Floats]:
    """Sums of influences (u, m) with random signs, (b, m) at a time, flips in all."""
    units = len(influence)
    size = max(AT_A_TIME // units, 1)
    for start in range(0, flips, size):
        b = min(size, flips - start)
        heads = rng.integers(0, 2, (b, units), dtype=np.int8)
        signs = 2.0 * heads - 1.0
        yield signs @ influence


def fewest_units(level: float) -> int:
    """Units from which on a p-value below 1 - level can be had at all: all signs alike have a chance of 2 in 2**u."""
    fewest_patterns = 2 / (1 - level)
    return int(np.floor(np.log2(fewest_patterns))) + 1
