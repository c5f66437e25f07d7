"""How every importance answers to a small change of the covariance matrix: all derivatives at once.

The residual variance r(S) of the outcome given a subset S of the players has the derivative e e', where e is minus the
coefficients on S, 0 for other columns, and 1 for the outcome. LMG is a weighted sum of r(S); the weights depend on the
size of S and on whether the player is in it. *Forward*, the matrix is conditioned subset by subset. *Backward*, where m
players are undecided, m + 2 sums of derivatives are enough: over all subsets with the weight of those whom somebody
joins; over all with the weight of those of which somebody is a member or whom somebody joins; and the latter over the
subsets with each undecided player. A player already in, or already left out, is in the sums over all of its branch. So
the gradients of all p players cost a constant number of operations a subset, whatever p is: five to seven times LMG.

LMG is homogeneous of degree one: it is the product of its gradient with the matrix, exactly. That of adjusted R2 comes
along: it is a like sum of numbers, each r(S) times a factor for its number of columns. Resamples are made from
gradients in :mod:`cxlens.stats.bridged`; importance itself is the business of :mod:`cxlens.stats.importance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb

from cxlens.stats.importance import TOLERANCE, inverse_of_pivot, wide_first

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
VECTOR = 256  # matrices that are gone through together
LEAF = 6  # players whose subsets are tabled at once for each of those; 2**14 subsets stay in cache


def lmg_gradient(cov: Floats, widths: Sequence[int] | None = None) -> Floats:
    """The derivative of each player's LMG, in the variance of the outcome, by the covariance matrix.

    Parameters
    ----------
    cov
        (k + 1, k + 1) of k columns and, last, the outcome.
    widths
        How many columns each of the p players has, in order; one each by default.

    Returns
    -------
    ndarray (p, k + 1, k + 1)
        Symmetric matrices. ``(gradient * cov).sum(axis=(1, 2))`` is LMG times the variance of the outcome. Columns that
        depend on others have a derivative as if they stayed so.
    """
    unchanged = np.ones(len(cov))
    return gradient_and_adjusted(cov, unchanged, widths).gradient


class Gradient(NamedTuple):
    """The gradient (p, k + 1, k + 1) of LMG, and LMG (p,) of adjusted R2, both in the variance of the outcome."""

    gradient: Floats
    adjusted: Floats


def gradient_and_adjusted(cov: Floats, by_columns: Floats, widths: Sequence[int] | None = None) -> Gradient:
    """The same gradient and :func:`cxlens.stats.importance.adjusted_lmg` of the matrix, from one look at its submodels.

    Parameters
    ----------
    by_columns
        (k + 1,) by what the residual variance of a submodel of 0, 1, ..., k columns is multiplied.
    cov, widths
        As :func:`lmg_gradient` takes them.
    """
    wide = wide_first([1] * (len(cov) - 1) if widths is None else widths)
    moved = wide.moved(cov[:, :, None])
    floors = TOLERANCE * np.diag(moved[:, :, 0])[:-1]
    nobody = np.zeros((2, 1), np.int64)
    sums = _sums(
        moved,
        wide.widths,
        floors,
        _counts(len(wide.widths), by_columns),
        nobody,
    )
    in_place = np.argsort(np.append(wide.columns, len(cov) - 1))
    gradient = np.empty((len(wide.widths), *cov.shape))
    derivatives = sums.derivatives[..., 0]
    own = derivatives[0] - derivatives[:1:-1]
    gradient[wide.players] = own[:, in_place[:, None], in_place]
    adjusted = np.empty(len(wide.widths))
    worths = sums.worths[:, 0]
    adjusted[wide.players] = worths[0] - worths[:1:-1]
    return Gradient(gradient, adjusted)


class _Counts(NamedTuple):
    """(p + 1,) the share of the orders of entry for which a subset of 0, 1, ..., p players counts.

    ``behind``: somebody in particular joins it; ``either``: the same, or somebody in particular was its last.
    ``by_columns`` (k + 1,): what its worth is multiplied by.
    """

    behind: Floats
    either: Floats
    by_columns: Floats


class _Sums(NamedTuple):
    """The sums of the module's text: of derivatives (m + 2, q, q, N), and of adjusted residual variances (m + 2, N).

    Those of single players stand behind the sums over all, the last undecided player first.
    """

    derivatives: Floats
    worths: Floats


def _counts(p: int, by_columns: Floats) -> _Counts:
    """How much each size of subset counts among p players."""
    others = comb(p - 1, np.arange(p))
    in_each_place = 1 / (p * others)
    behind = np.append(in_each_place, 0.0)
    as_last = np.append(0.0, in_each_place)
    return _Counts(behind, behind + as_last, by_columns)


def _sums(
    cov: Floats,
    widths: Sequence[int],
    floors: Floats,
    counts: _Counts,
    taken: Places,
) -> _Sums:
    """The sums of the module's text over the subsets of m players.

    Of matrices (q, q, N) in which others are in already: ``taken`` (2, N), so many players and so many columns. The
    first player doubles the matrices, until there are enough of them for whole vectors; from there on its two halves
    are gone through one after the other, until so few players are left that all of it fits the cache.
    """
    if not widths:
        return _decided(cov[0, 0], counts, taken)
    width = widths[0]
    n = cov.shape[2]
    left_out = cov[width:, width:]
    others = (
        widths[1:],
        floors[width:],
        counts,
    )
    one_more = taken + np.array([[1], [width]])
    if n < VECTOR or len(widths) <= LEAF:
        q = len(left_out)
        matrices = np.empty((q, q, 2 * n))
        matrices[:, :, :n] = left_out
        steps = _entered(cov, floors[:width], matrices[:, :, n:])
        sizes = np.concatenate([taken, one_more], axis=1)
        sums = _sums(matrices, *others, sizes)
        return _joined(*_parted(sums, n), steps)
    conditioned = np.empty(left_out.shape)
    steps = _entered(cov, floors[:width], conditioned)
    within = _sums(conditioned, *others, one_more)
    alone = np.ascontiguousarray(left_out)
    without = _sums(alone, *others, taken)
    return _joined(without, within, steps)


def _decided(left: Floats, counts: _Counts, taken: Places) -> _Sums:
    """The sums of subsets with nobody undecided, of the variances (N,) of the outcome: all that is left of it."""
    players, columns = taken
    of_those_behind = counts.behind[players]
    of_either = counts.either[players]
    weights = np.stack([of_those_behind, of_either])
    worths = weights * left * counts.by_columns[columns]
    return _Sums(weights[:, None, None], worths)


def _parted(sums: _Sums, n: int) -> tuple[_Sums, _Sums]:
    """The sums of the first n matrices, and those of the others."""
    without = _Sums(*(of_all[..., :n] for of_all in sums))
    within = _Sums(*(of_all[..., n:] for of_all in sums))
    return without, within


def _entered(cov: Floats, floors: Floats, conditioned: Floats) -> list[Floats]:
    """Condition matrices (q, q, N) on their first columns; what is left is written to the last of the arguments.

    Returns the coefficients of each step: (q - 1, N), (q - 2, N), ...
    """
    steps = []
    between = [None] * (len(floors) - 1)
    for floor, room in zip(floors, [*between, conditioned], strict=True):
        row = cov[0, 1:]
        coef = row * inverse_of_pivot(cov[0, 0], floor)
        steps.append(coef)
        explained = np.multiply(row[:, None], coef, out=room)
        cov = np.subtract(cov[1:, 1:], explained, out=explained)
    return steps


def _joined(without: _Sums, within: _Sums, steps: list[Floats]) -> _Sums:
    """Sums before a player is decided, m + 3 of them, from those without it and those with it, m + 2 each.

    Its own sum, over the subsets with it, stands last.
    """
    derivatives = _joined_derivatives(without.derivatives, within.derivatives, steps)
    worths = np.empty((len(derivatives), without.worths.shape[1]))
    np.add(without.worths, within.worths, out=worths[:-1])
    worths[-1] = within.worths[1]
    return _Sums(derivatives, worths)


def _joined_derivatives(without: Floats, within: Floats, steps: list[Floats]) -> Floats:
    """(m + 3, q, q, N) from (m + 2, ...) of those without a player and of those with it."""
    for coef in steps[:0:-1]:
        before = _bordered(within, coef, 0)
        before[:, 1:, 1:] = within
        within = before
    sums = _bordered(within, steps[0], 1)
    with_it = sums[1]
    own_sum = sums[-1]
    own_sum[0] = with_it[0]
    own_sum[:, 0] = with_it[:, 0]
    own_sum[1:, 1:] = within[1]
    inner = sums[:-1, 1:, 1:]
    first = len(steps) - 1  # before it, columns of the player itself, which those without it have not
    inner[:, :first] = within[:, :first]
    inner[:, first:, :first] = within[:, first:, :first]
    np.add(
        without,
        within[:, first:, first:],
        out=inner[:, first:, first:],
    )
    return sums


def _bordered(sums: Floats, coef: Floats, more: int) -> Floats:
    """Derivatives by the matrices before a conditioning, from those (s, q, q, N) by what it left.

    Only by the first row and column; the rest stays as it was, and room is left for it, and for some sums more.
    """
    s, q, _, n = sums.shape
    room = np.empty((s + more, q + 1, q + 1, n))
    before = room[:s]
    first_row = before[:, 0, 1:]
    along = np.einsum("sijn,jn->sin", sums, coef)
    np.negative(along, out=first_row)
    before[:, 1:, 0] = first_row
    np.einsum("sin,in->sn", along, coef, out=before[:, 0, 0])
    return room
