"""Relative importance of regressors, exactly, from a stack of cross-product matrices.

Every function takes ``cov`` of shape (k + 1, k + 1, B): B covariance matrices (or centred cross-products) of k
columns and, last, the outcome. A *player* is one column, or several that stay together (a group, a factor):
``widths`` says how many columns each player has, in order; one each without it. ``total`` (B,) is the variance that
R2 refers to; by default the outcome's own. Controls are swept out beforehand with
:func:`cxlens.stats.regression.sweep_out`.

Sources: Lindeman, Merenda and Gold (1980); Groemping (2006), Journal of Statistical Software 17(1);
Budescu (1993); Azen and Budescu (2003). Dominance of one player over another has a module of its own; pictures, names
and intervals do not belong here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import comb
from tqdm import tqdm

from cxlens.errors import ValuesError

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
SLOW_IN_ORDER = 40  # players from which on the time that is left is shown
MOST_PLAYERS = 25  # 2**25 submodels
LEAF = 15  # players whose submodels are tabled at once (2**15 rows): what fits the cache
EARLY = 9  # players on whom many draws are conditioned together: their few submodels would not fill a vector
MANY = 64  # such draws, at least
TOLERANCE = 1e-10  # a pivot below this share of its variance is zero: the column adds nothing


def lmg(
    cov: Floats,
    total: Floats | None = None,
    widths: Sequence[int] | None = None,
) -> Floats:
    """Shapley value of R2 for each player: the mean gain over all orders of entry.

    Parameters
    ----------
    cov, total, widths
        As the module says.

    Returns
    -------
    ndarray (p, B)
        In units of R2. Sums to R2 of the full model. Collinear players share, zero ones get 0.

    Raises
    ------
    ValuesError
        For more than 25 players.
    """
    return _shares(cov, widths) / _total(cov, total)


def adjusted_lmg(
    cov: Floats,
    by_columns: Floats,
    total: Floats | None = None,
    widths: Sequence[int] | None = None,
) -> Floats:
    """(p, B) the Shapley value of adjusted R2: what chance alone would add is taken off, so that it may be negative.

    Parameters
    ----------
    by_columns
        (k + 1,) by what the residual variance of a submodel of 0, 1, ..., k columns is multiplied, as
        :func:`inflation` has it.
    cov, total, widths
        As the module says; errors are those of :func:`lmg`.
    """
    return _shares(cov, widths, by_columns) / _total(cov, total)


def inflation(answers: float, controls: int, rank: int, columns: int) -> Floats:
    """(columns + 1,) residual degrees of freedom without any model over those of a submodel, by its columns.

    Parameters
    ----------
    answers
        How many, or the effective number of weighted ones.
    controls, rank
        Independent columns that are always in, the constant among them, and of the players. A submodel counts its
        columns, at most as many as are independent: exact where all are, and for the full model always.
    columns
        Of the players.
    """
    spent = controls + np.minimum(np.arange(columns + 1), rank)
    left = np.maximum(answers - spent, 1.0)
    return np.asarray((answers - 1) / left)


def gains_by_size(
    cov: Floats,
    total: Floats | None = None,
    widths: Sequence[int] | None = None,
) -> Floats:
    """(p, p, B) mean gain in R2 when a player joins 0, 1, ..., p - 1 others: conditional dominance.

    The first column is R2 of the player alone, the last what it adds to all others, the mean over the columns LMG.
    Parameters and errors are those of :func:`lmg`.
    """
    widths = _widths(cov, widths)
    p = len(widths)
    _check_players(p)
    wide = wide_first(widths)
    explained = np.zeros((p + 1, p + 1, cov.shape[2]))  # sums, as _sums_by_size has them, but for a constant
    for leaf, draws, residual in _residuals(wide.moved(cov), wide.widths):
        _add_sums(explained[:, :, draws], leaf, _sums_by_size(-residual))
    gains = np.empty((p, p, cov.shape[2]))
    gains[wide.players] = _gains(explained)
    return gains / _total(cov, total)


def gains_of_values(values: Floats) -> Floats:
    """(p, p, B) what :func:`gains_by_size` gives, from the worth (2**p, B) of every subset; bit j: player j is in."""
    return _gains(_sums_by_size(values))


def betasq(
    cov: Floats,
    coef: Floats,
    total: Floats | None = None,
) -> Floats:
    """(k, B) squared standardised coefficients, from the coefficients (k, B) of the full model."""
    variances = np.einsum("iib->ib", cov)[:-1]
    return np.asarray(coef**2 * variances / _total(cov, total))


def pratt(
    cov: Floats,
    coef: Floats,
    total: Floats | None = None,
) -> Floats:
    """(k, B) standardised coefficient times correlation (Pratt 1987). Sums to R2; may be negative."""
    in_use = np.nan_to_num(coef)
    covariances = cov[:-1, -1]
    return np.asarray(in_use * covariances / _total(cov, total))


def relative_weights(
    cov: Floats,
    total: Floats | None = None,
    widths: Sequence[int] | None = None,
) -> Floats:
    """(p, B) Johnson's relative weights (Johnson 2000), for any number of players; they sum to R2.

    R2 is shared out among the orthogonal columns nearest to the own ones, and from those back. A player of several
    columns gets the sum of theirs.
    """
    standard = correlations(cov).transpose(2, 0, 1)
    loadings, coef = _nearest_orthogonal(
        standard[:, :-1, :-1],
        standard[:, :-1, -1:],
    )
    shares = loadings**2 @ coef**2
    outcome_variance = cov[-1, -1]
    rescaling = outcome_variance / _total(cov, total)
    of_columns = shares[:, :, 0].T * rescaling
    starts = _starts(_widths(cov, widths))
    return np.asarray(np.add.reduceat(of_columns, starts, axis=0))


def sampled_lmg(
    cov: Floats,
    total: Floats | None = None,
    widths: Sequence[int] | None = None,
    *,
    orders: int,
    seed: int,
) -> tuple[Floats, Floats]:
    """LMG from random orders of entry, each with its reverse, and the standard error of the sampling.

    Parameters
    ----------
    orders
        Number of pairs of orders. The same orders serve all B matrices.
    seed
        Of the orders.

    Returns
    -------
    ndarray, ndarray
        (p, B) the estimate, which sums to R2, and (p, B) its standard error; Castro, Gomez and Tejada (2009).
    """
    widths = _widths(cov, widths)
    rng = np.random.default_rng(seed)
    p = len(widths)
    draws = cov.shape[2]
    mean = np.zeros((p, draws))
    squares = np.zeros_like(mean)  # of deviations from the mean, kept up to date with it
    quick = p < SLOW_IN_ORDER
    for done in tqdm(range(1, orders + 1), desc="importance", leave=False, disable=quick or None):
        order = rng.permutation(p)
        forward = gains_in_order(cov, widths, order)
        backward = gains_in_order(cov, widths, order[::-1])
        pair = (forward + backward) / 2
        before = pair - mean
        mean += before / done
        squares += before * (pair - mean)
    freedom = max(orders - 1, 1)
    error = np.sqrt(squares / (orders * freedom))
    total = _total(cov, total)
    return mean / total, error / total


def residual_of_subsets(
    cov: Floats,
    widths: Sequence[int] | None = None,
    floors: Floats | None = None,
) -> Floats:
    """(2**p, B) residual variance of the outcome in every submodel; bit j of the row says player j is in.

    Doubling: condition all submodels so far on one more player, which costs one product for each entry of what
    remains of the matrix. Zero pivots are skipped: those up to ``floors`` (k, B), which a caller who has conditioned
    already takes from the matrix before.
    """
    if floors is None:
        floors = _floors(cov)
    table = _conditioned(_triangle(cov), _widths(cov, widths), floors)
    outcome = table[0]
    return np.asarray(outcome[0])


def gains_in_order(
    cov: Floats,
    widths: Sequence[int],
    order: Places,
) -> Floats:
    """(p, B) what each player adds to the explained variance when they enter in this order."""
    floors = _floors(cov)
    columns = columns_of(order, widths)
    moved = [*columns, len(cov) - 1]
    left = cov[np.ix_(moved, moved)]
    draws = cov.shape[2]
    gains_of_columns = np.empty((len(columns), draws))
    for step, column in enumerate(columns):
        before = left[-1, -1]
        left = _condition_matrix(left, floors[column])
        after = left[-1, -1]
        gains_of_columns[step] = before - after
    firsts = _starts([widths[player] for player in order])
    gains = np.empty((len(widths), draws))
    gains[order] = np.add.reduceat(gains_of_columns, firsts, axis=0)
    return gains


def correlations(cov: Floats) -> Floats:
    """(k + 1, k + 1, B), 0 for columns that do not vary."""
    variances = np.einsum("iib->ib", cov)
    variances = np.maximum(variances, 0.0)  # rounding may leave the outcome just below
    deviations = np.sqrt(variances)
    products = deviations[:, None] * deviations[None]
    return _ratio(cov, products)


class WideFirst(NamedTuple):
    """Players in the order of their widths: those of many columns first, which are conditioned on but once so.

    A wide player behind the others would have its columns carried along in the table of every submodel of them.

    Attributes
    ----------
    players, columns
        (p,) and (k,) which player, and which column, stands at each place.
    widths
        Of the players in this order.
    """

    players: Places
    columns: Places
    widths: tuple[int, ...]

    def moved(self, cov: Floats) -> Floats:
        """(k + 1, k + 1, B) matrices with the columns in this order, the outcome last as before."""
        if (np.diff(self.players) == 1).all():
            return cov
        places = np.append(self.columns, len(cov) - 1)
        return np.asarray(cov[np.ix_(places, places)])


def wide_first(widths: Sequence[int]) -> WideFirst:
    """The order in which wide players cost least."""
    narrowness = -np.asarray(widths)
    players = np.argsort(narrowness, kind="stable")
    return WideFirst(
        players,
        columns_of(players, widths),
        tuple(widths[player] for player in players),
    )


def columns_of(players: Places, widths: Sequence[int]) -> Places:
    """The columns of these players, one player after the other."""
    starts = _starts(widths)
    return np.concatenate([starts[player] + np.arange(widths[player]) for player in players])


def _shares(
    cov: Floats,
    widths: Sequence[int] | None,
    by_columns: Floats | None = None,
) -> Floats:
    """(p, B) Shapley values of the variance explained; ``by_columns`` multiplies what is left by columns in use."""
    widths = _widths(cov, widths)
    p = len(widths)
    _check_players(p)
    wide = wide_first(widths)
    of_wide_first = np.zeros((p, cov.shape[2]))
    for leaf, draws, residual in _residuals(wide.moved(cov), wide.widths):
        left = residual
        if by_columns is not None:
            left = residual * by_columns[_columns_in_use(leaf, wide.widths)][:, None]
        of_wide_first[:, draws] -= _shares_of_leaf(leaf, left, p)
    shares = np.empty_like(of_wide_first)
    shares[wide.players] = of_wide_first
    return shares


def _columns_in_use(leaf: _Leaf, widths: Sequence[int]) -> Places:
    """(2**m,) how many columns each submodel of a leaf has."""
    columns = np.array([sum(widths[player] for player in leaf.chosen)])
    for width in leaf.widths:
        columns = np.concatenate([columns, columns + width])
    return columns


def _check_players(p: int) -> None:
    """Refuse more players than whose subsets can be looked at."""
    if p > MOST_PLAYERS:
        raise ValuesError(
            f"{p} drivers are too many for exact importance: it looks at every subset, so {MOST_PLAYERS} is the most. "
            "Leave out or join touchpoints, or choose method='relative weights' or method='sampling'."
        )


def _nearest_orthogonal(among_columns: Floats, with_outcome: Floats) -> tuple[Floats, Floats]:
    """The nearest orthogonal columns: (B, k, k) loadings of the columns on them, (B, k, 1) coefficients of them.

    From correlations, (B, k, k) and (B, k, 1).
    """
    values, vectors = np.linalg.eigh(among_columns)
    back = vectors.transpose(0, 2, 1)
    largest = values[:, -1:]
    alive = values > TOLERANCE * largest
    root = np.sqrt(np.where(alive, values, 0.0))
    inverse = _ratio(np.ones_like(root), root)
    loadings = (vectors * root[:, None]) @ back
    coef = (vectors * inverse[:, None]) @ (back @ with_outcome)
    return loadings, coef


class _Leaf(NamedTuple):
    """A matrix conditioned on the players chosen, with those left; ``start`` is the first of its draws."""

    cov: Floats
    widths: tuple[int, ...]
    floors: Floats
    chosen: tuple[int, ...]
    start: int


def _residuals(
    cov: Floats,
    widths: Sequence[int],
) -> Iterator[tuple[_Leaf, slice, Floats]]:
    """Each leaf with the residual variances (2**m, b) of its submodels, some of its draws after the other."""
    for leaf in _leaves_of_draws(cov, widths):
        early = min(EARLY, len(leaf.widths))
        early_columns = sum(leaf.widths[:early])
        submodels = _conditioned(_triangle(leaf.cov), leaf.widths[:early], leaf.floors[:early_columns])
        for some in _draws_at_once(leaf):
            table = [row[:, :, some] for row in submodels]
            residual = _conditioned(table, leaf.widths[early:], leaf.floors[early_columns:, some])[0][0]
            first = leaf.start + some.start
            yield leaf, slice(first, first + residual.shape[-1]), residual


def _shares_of_leaf(leaf: _Leaf, values: Floats, p: int) -> Floats:
    """(p, b) what the subsets of a leaf, worth (2**m, b), add to the Shapley values of all p players.

    A subset counts for a player in it as what it has with the player, for the others as what they join, each by the
    share of the orders of entry in which that happens.
    """
    m = len(leaf.widths)
    high = m - m // 2
    of_members, of_others = _shares_of_orders(m, len(leaf.chosen), p)
    weighed = values * of_members
    cube = weighed.reshape(2**high, -1, weighed.shape[1])
    by_low = cube.sum(axis=0)
    by_high = cube.sum(axis=1)
    shares = np.zeros((p, values.shape[1]))
    shares[list(leaf.chosen)] = by_low.sum(axis=0)
    shares[p - m : p - high] = _inside(m - high) @ by_low
    shares[p - high :] = _inside(high) @ by_high
    return np.asarray(shares - of_others @ values)


@lru_cache(maxsize=2 * MOST_PLAYERS)  # as many as there are kinds of leaves in one call, and the call before
def _shares_of_orders(m: int, chosen: int, p: int) -> tuple[Floats, Floats]:
    """(2**m, 1) and (2**m,): by how many orders of entry of p players each subset counts, as a share of all.

    With so many chosen players in each. The first is for members of a subset: it counts where the member enters as
    its last, and, taken off in the second for everybody, where somebody else enters right behind it.
    """
    in_each_place = 1 / (p * comb(p - 1, np.arange(p)))
    sizes = np.array([chosen])
    for _ in range(m):
        sizes = np.concatenate([sizes, sizes + 1])
    as_last = np.append(0.0, in_each_place)[sizes]
    behind = np.append(in_each_place, 0.0)[sizes]
    return (as_last + behind)[:, None], behind


def _leaves_of_draws(cov: Floats, widths: Sequence[int]) -> Iterator[_Leaf]:
    """The leaves of some draws after the other; two threads were no faster, as they wait for memory."""
    at_once = max(MANY, _draws_in_cache(len(widths)))
    for start in range(0, cov.shape[2], at_once):
        yield from _leaves(cov[:, :, start : start + at_once], widths, start)


def _draws_at_once(leaf: _Leaf) -> Iterator[slice]:
    """So many draws of a leaf at a time that the table of its submodels stays in cache."""
    at_once = _draws_in_cache(len(leaf.widths))
    for start in range(0, leaf.cov.shape[2], at_once):
        yield slice(start, start + at_once)


def _leaves(
    cov: Floats,
    widths: Sequence[int],
    start: int,
) -> list[_Leaf]:
    """Split on the first players, in and out, until ``LEAF`` are left."""
    whole = _Leaf(
        cov=np.ascontiguousarray(cov),
        widths=tuple(widths),
        floors=_floors(cov),
        chosen=(),
        start=start,
    )
    leaves = [whole]
    for player in range(len(widths) - LEAF):
        leaves = [half for leaf in leaves for half in _halves(leaf, player)]
    return leaves


def _halves(
    leaf: _Leaf,
    player: int,
) -> tuple[_Leaf, _Leaf]:
    """The subsets of a leaf without its first player, and those with."""
    width = leaf.widths[0]
    without = leaf._replace(
        cov=leaf.cov[width:, width:],
        widths=leaf.widths[1:],
        floors=leaf.floors[width:],
    )
    conditioned = leaf.cov
    for floor in leaf.floors[:width]:
        conditioned = _condition_matrix(conditioned, floor)
    chosen = (*leaf.chosen, player)
    return without, without._replace(cov=conditioned, chosen=chosen)


def _draws_in_cache(players: int) -> int:
    """Of how many draws the submodels of so many players are tabled at once."""
    return max(1, (1 << LEAF) >> players)


def _add_sums(
    sums: Floats,
    leaf: _Leaf,
    of_leaf: Floats,
) -> None:
    """Add what :func:`_sums_by_size` tells of a leaf to the sums of all, for the draws that are given."""
    rows, columns, _ = of_leaf.shape
    fewest = len(leaf.chosen)
    sizes = slice(fewest, fewest + columns)
    in_all = [0, *(1 + player for player in leaf.chosen)]
    sums[in_all, sizes] += of_leaf[0]
    players_left = rows - 1
    with_one_left = sums[len(sums) - players_left :]
    with_one_left[:, sizes] += of_leaf[1:]


def _sums_by_size(values: Floats) -> Floats:
    """(m + 1, m + 1, B) sums over the subsets of m players, by size, of what each is worth (2**m, B).

    Row 0 sums all subsets of a size, row 1 + j those with player j. Players are split in a low and a high half
    of bits, so that products with small tables of sizes and members do the work.
    """
    m = len(values).bit_length() - 1
    draws = values.shape[1]
    low = m // 2
    high = m - low
    cube = values.reshape(2**high, 2**low, draws)
    with_high, with_low = _sums_by_half_sizes(cube, _members(high), _members(low))
    sums = np.zeros((m + 1, m + 1, draws))
    sums_of_all = sums[0]
    sums_with_low = sums[1 : 1 + low]
    sums_with_high = sums[1 + low :]
    for high_size in range(high + 1):
        sizes = slice(high_size, high_size + low + 1)
        sums_of_all[sizes] += with_high[0, high_size]
        sums_with_high[:, sizes] += with_high[1:, high_size]
        sums_with_low[:, sizes] += with_low[:, high_size]
    return sums


def _sums_by_half_sizes(
    cube: Floats,
    of_high: Floats,
    of_low: Floats,
) -> tuple[Floats, Floats]:
    """Sums over the subsets by how many high and how many low players they hold.

    Of a cube (2**high, 2**low, B): (high + 1, high + 1, low + 1, B) of all subsets, then of those with each high
    player, and (low, high + 1, low + 1, B) of those with each low player.
    """
    by_low_size = np.tensordot(cube, of_low[0], (1, 1))
    with_high = np.tensordot(of_high, by_low_size, (2, 0))
    by_high_size = np.tensordot(of_high[0], cube, (1, 0))
    with_low = np.tensordot(by_high_size, of_low[1:], (1, 2))
    return with_high.transpose(0, 1, 3, 2), with_low.transpose(2, 0, 3, 1)


@lru_cache
def _members(m: int) -> Floats:
    """(m + 1, m + 1, 2**m) ones: row 0 by size of the subset, row 1 + j the same where it holds player j."""
    inside = _inside(m)
    sizes = np.arange(m + 1)[:, None]
    of_size = inside.sum(axis=0) == sizes
    with_player = inside[:, None] * of_size
    return np.concatenate([of_size[None], with_player])


@lru_cache
def _inside(m: int) -> Floats:
    """(m, 2**m) ones where a player is in a subset."""
    subsets = np.arange(2**m)
    players = np.arange(m)[:, None]
    return ((subsets >> players) & 1).astype(np.float64)


def _gains(sums: Floats) -> Floats:
    """Mean gains from :func:`_sums_by_size`: worth with the player less worth without, over subsets of a size."""
    p = len(sums) - 1
    sizes = np.arange(p)[:, None]
    subsets_of_others = comb(p - 1, sizes)
    of_all = sums[0]
    of_player = sums[1:]
    with_player = of_player[:, 1:]
    without_player = of_all[:-1] - of_player[:, :-1]
    return np.asarray((with_player - without_player) / subsets_of_others)


def _triangle(cov: Floats) -> list[Floats]:
    """The upper triangle of a matrix, row by row, as a table of one submodel: entries (columns, submodels, draws)."""
    return [row[place:, None] for place, row in enumerate(cov)]


def _conditioned(
    table: list[Floats],
    widths: Sequence[int],
    floors: Floats,
) -> list[Floats]:
    """What is left of a table once each submodel is there without and with each of these players.

    They are the first in the table and have so many columns each. A row gets all the room that it will need at
    once, so that no submodel is moved: those with a player are written behind those without.
    """
    submodels = table[0].shape[1]
    owners = np.repeat(np.arange(len(widths)), widths).tolist()
    rest = [len(widths)] * (len(table) - len(owners))
    roomy = [_with_room(row, 2**owner) for row, owner in zip(table, [*owners, *rest], strict=True)]
    done = 0
    for width in widths:
        without = [row[:, :submodels] for row in roomy[done:]]
        behind = [row[:, submodels : 2 * submodels] for row in roomy[done + width :]]
        _condition_player(without, floors[done : done + width], behind)
        done += width
        submodels *= 2
    return roomy[done:]


def _with_room(row: Floats, times: int) -> Floats:
    """Entries (columns, submodels, draws), in front of room for so many times as many submodels."""
    columns, submodels, draws = row.shape
    roomy = np.empty((columns, submodels * times, draws))
    roomy[:, :submodels] = row
    return roomy


def _condition_player(
    table: list[Floats],
    floors: Floats,
    room: list[Floats],
) -> None:
    """Condition a table on the columns of its first player; what is left goes into the room."""
    for floor in floors[:-1]:
        between = [np.empty(row.shape) for row in table[1:]]
        _condition_column(table, floor, between)
        table = between
    _condition_column(table, floors[-1], room)


def _condition_column(
    table: list[Floats],
    floor: Floats,
    room: list[Floats],
) -> None:
    """Condition a table on its first column; what is left goes into the room."""
    first = table[0]
    factors = first[1:] * inverse_of_pivot(first[0], floor)
    for step, row in enumerate(table[1:]):
        left = room[step]
        np.multiply(first[1 + step :], factors[step], out=left)
        np.subtract(row, left, out=left)


def _condition_matrix(
    cov: Floats,
    floor: Floats,
) -> Floats:
    """Condition matrices on their first column."""
    inverse = inverse_of_pivot(cov[0, 0], floor)
    column = cov[1:, 0, None]
    row = cov[None, 0, 1:]
    return cov[1:, 1:] - column * row * inverse


def _total(
    cov: Floats,
    total: Floats | None,
) -> Floats:
    return cov[-1, -1] if total is None else total


def _widths(
    cov: Floats,
    widths: Sequence[int] | None,
) -> Sequence[int]:
    if widths is None:
        return [1] * (len(cov) - 1)
    return widths


def _starts(widths: Sequence[int]) -> Places:
    """The first column of each player."""
    return np.cumsum([0, *widths[:-1]])


def _floors(cov: Floats) -> Floats:
    """(k, B) the pivots up to which a column adds nothing."""
    variances = np.einsum("iib->ib", cov)[:-1]
    return np.asarray(TOLERANCE * variances)


def inverse_of_pivot(
    pivot: Floats,
    floor: Floats,
) -> Floats:
    """``1 / pivot``, 0 where the pivot is not above its floor."""
    alive = pivot > floor
    if alive.all():
        return 1.0 / pivot
    divisible = np.where(alive, pivot, 1.0)
    return np.where(alive, 1.0 / divisible, 0.0)


def _ratio(
    above: Floats,
    below: Floats,
) -> Floats:
    """``above / below``, 0 where ``below`` is 0."""
    shape = np.broadcast_shapes(above.shape, below.shape)
    ratio = np.divide(
        above,
        below,
        out=np.zeros(shape),
        where=below != 0,
    )
    return np.asarray(ratio)
