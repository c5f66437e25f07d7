"""Errors of coefficients from clusters: each is left out in turn (CR3), with Bell and McCaffrey's degrees of freedom.

All follows from cross-products by cluster, so that no row is needed, and from matrices of k columns, so that thousands
of clusters need no matrix of clusters by clusters. What is regressed on what belongs to
:mod:`cxlens.stats.regression`; how p-values follow to :mod:`cxlens.stats.inference`.

Notes
-----
With the Cholesky root L of the cross-products X'WX = LL' and C = inv(L), so that C'C is their inverse, a cluster g has
the leverage B = C (X'WX of the cluster) C', (k, k). Leaving it out moves the coefficients by C' inv(I - B) C s, where s
is its score X'W(y - Xb). CR3 adds up the squares of these moves, times (g - 1) / g: the jackknife.

Were all answers equally spread and independent, the sum of squares of coefficient c would be distributed as a
quadratic form with the matrix P = diag(d) - T T' over clusters. The rows of T are t = R h, with h column c of C and
R = inv(I - B) - I, and d = h'R h + t't. Bell and McCaffrey's degrees of freedom are tr(P)**2 / tr(P P). Both traces
need sums over clusters only: tr(P) = sum(d - t't), and tr(P P) = sum(d**2 - 2 d t't) + the squares of T'T, (k, k).

Bell and McCaffrey (2002), Survey Methodology 28; Pustejovsky and Tipton (2018), JBES 36; MacKinnon, Nielsen and Webb
(2023), Journal of Econometrics 232.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

Floats = NDArray[np.float64]
FEWEST = 4.0  # degrees of freedom below which clusters are too few to tell anything
ALONE = 1e-7  # of a leverage of 1: what so much of is left in all other clusters is alive in one cluster only
SURELY_LESS = 0.9  # a leverage whose eigenvalues add up to less has none of 1
FELT = 1e-6  # share of its own length by which a coefficient has to lean on a direction to hang on it
AT_ONCE = 2**20  # entries of the matrices of clusters that are looked at together


class ByCluster(NamedTuple):
    """What g clusters say of k coefficients: their covariance (k, k), and degrees of freedom (k,) of each.

    A coefficient that hangs on a single cluster, without which it could not be estimated, has neither: NaN.
    """

    cov: Floats
    df: Floats
    g: int


class _Sums(NamedTuple):
    """Sums over clusters: squared moves (k, k), the two traces (k,), T'T (k, k, k), what hangs on one (k,), clusters.

    ``trace`` is that of P, ``squares`` that of P P less the squares of T'T.
    """

    meat: Floats
    trace: Floats
    squares: Floats
    turned: Floats
    hangs: NDArray[np.bool_]
    g: int

    def __add__(self, other: object) -> _Sums:
        """The sums over both."""
        if not isinstance(other, _Sums):
            return NotImplemented
        return _Sums(
            meat=self.meat + other.meat,
            trace=self.trace + other.trace,
            squares=self.squares + other.squares,
            turned=self.turned + other.turned,
            hangs=self.hangs | other.hangs,
            g=self.g + other.g,
        )


def leave_clusters_out(total: Floats, clusters: Iterable[tuple[Floats, Floats]]) -> ByCluster:
    """Covariance and degrees of freedom of coefficients, each cluster left out in turn.

    Parameters
    ----------
    total
        (k, k) cross-products of all columns, of full rank.
    clusters
        Cross-products (some, k, k) and scores (some, k) of the clusters, as many at a time as are at hand.

    Returns
    -------
    ByCluster
        NaN throughout where there are fewer than two clusters.
    """
    k = len(total)
    root = np.linalg.cholesky(total)
    turn = solve_triangular(root, np.eye(k), lower=True)
    some = max(AT_ONCE // k**2, 1)
    sums = _nothing(k)
    for products, scores in clusters:
        for start in range(0, len(products), some):
            part = slice(start, start + some)
            sums += _left_out(turn, products[part], scores[part])
    return _summed_up(sums)


def _nothing(k: int) -> _Sums:
    """The sums over no cluster."""
    return _Sums(
        meat=np.zeros((k, k)),
        trace=np.zeros(k),
        squares=np.zeros(k),
        turned=np.zeros((k, k, k)),
        hangs=np.zeros(k, bool),
        g=0,
    )


def _summed_up(sums: _Sums) -> ByCluster:
    """What follows from the sums over all clusters."""
    if sums.g < 2:
        nothing = np.full(len(sums.meat), np.nan)
        return ByCluster(np.full_like(sums.meat, np.nan), nothing, sums.g)
    of_t = (sums.turned**2).sum(axis=(1, 2))
    squares = sums.squares + of_t
    known = ~sums.hangs & (squares > 0)
    df = np.full(len(squares), np.nan)
    df[known] = sums.trace[known] ** 2 / squares[known]
    either_hangs = sums.hangs[:, None] | sums.hangs
    jackknife = (sums.g - 1) / sums.g
    cov = np.where(either_hangs, np.nan, jackknife * sums.meat)
    return ByCluster(cov, df, sums.g)


def _left_out(
    turn: Floats,
    products: Floats,
    scores: Floats,
) -> _Sums:
    """The sums over some clusters: products (m, k, k), scores (m, k); ``turn`` is the inverse Cholesky root."""
    leverage = turn @ products @ turn.T
    inverse, alone = _inverse_of_rest(leverage)
    turned_scores = scores @ turn.T
    turned_moves = np.einsum("gij,gj->gi", inverse, turned_scores)
    moves = turned_moves @ turn
    t = inverse @ turn - turn  # (m, k, k): a column for each coefficient
    lengths = (t**2).sum(axis=1)
    d = np.einsum("ic,gic->gc", turn, t) + lengths
    by_coefficient = np.ascontiguousarray(t.transpose(2, 1, 0))
    transposed = by_coefficient.transpose(0, 2, 1)
    of_squares = d**2 - 2 * d * lengths
    return _Sums(
        meat=moves.T @ moves,
        trace=(d - lengths).sum(axis=0),
        squares=of_squares.sum(axis=0),
        turned=by_coefficient @ transposed,
        hangs=_hangs(turn, alone),
        g=len(products),
    )


def _hangs(turn: Floats, alone: Floats) -> NDArray[np.bool_]:
    """(k,) which coefficients lean on one of the directions (a, k) that are alive in one cluster only."""
    lengths = np.sqrt((turn**2).sum(axis=0))
    leans = np.abs(alone @ turn)
    felt = leans > FELT * lengths
    return np.asarray(felt.any(axis=0))


def _inverse_of_rest(leverage: Floats) -> tuple[Floats, Floats]:
    """(m, k, k) inverse of I - B, and directions (a, k) that are alive in one cluster only.

    Along such a direction no score is left over and nothing can be told: I - B, which is 0 there, keeps I in its place,
    so that the other directions are those of a regression without it.
    """
    unit = np.eye(leverage.shape[1])
    traces = np.trace(leverage, axis1=1, axis2=2)
    is_plain = traces < SURELY_LESS
    inverse = np.empty_like(leverage)
    inverse[is_plain] = np.linalg.inv(unit - leverage[is_plain])
    values, vectors = np.linalg.eigh(leverage[~is_plain])
    left = 1 - values
    is_alone = left < ALONE
    left[is_alone] = 1.0
    stretched = vectors / left[:, None]
    transposed = vectors.transpose(0, 2, 1)
    inverse[~is_plain] = stretched @ transposed
    return inverse, transposed[is_alone]


def one_mean(g: Floats, shares: Floats, squares: Floats, fourths: Floats) -> Floats:
    """Degrees of freedom of weighted means of clusters, any shape: the same where the only column is a constant.

    Parameters
    ----------
    g
        Number of clusters.
    shares, squares, fourths
        Sums over clusters of r, r**2 and r**4, where r = b / (1 - b) and b is the share of all weight that the cluster
        has. Equal clusters give g - 1.
    """
    twice = squares + squares**2 - fourths
    enough = (g > 1) & (twice > 0)
    df = np.full(np.shape(g), np.nan)
    return np.asarray(np.divide(shares**2, twice, out=df, where=enough))
