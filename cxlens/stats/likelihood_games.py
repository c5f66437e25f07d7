"""What players of a yes/no or ordered outcome have to share: gains of McFadden's R2, in the answers and in resamples.

The likelihoods are maximised in :mod:`cxlens.stats.likelihood`; importance of least squares is in
:mod:`cxlens.stats.games`, and here tells how that of a likelihood moves from one resample to the next.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.games import Game, importance
from cxlens.stats.importance import gains_of_values
from cxlens.stats.likelihood import (
    null_loglik,
    relative_weights_likelihood,
    subset_logliks,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ALL_DRAWN = 4  # players up to which every submodel is fitted to each resample


class Shared(NamedTuple):
    """What players share: importance (p, d), R2 of all and of the controls alone (d,), R2 of each subset (2**p, .)."""

    importance: Floats
    r2: Floats
    r2_controls: Floats
    values: Floats | None


class Sample(NamedTuple):
    """Controls (n, k) without constant, columns of players (n, c), (n,) category, (d, n) weights, (c,) player of each.

    The first draw is the answers themselves.
    """

    controls: Floats
    columns: Floats
    y: Ints
    weights: Floats
    owner: Ints


def shared_relative_weights(sample: Sample) -> Shared:
    """Relative weights, those of a player's columns together; R2 is the squared correlation of what is expected."""
    together = np.hstack([sample.controls, sample.columns])
    by_column = relative_weights_likelihood(together, sample.y, sample.weights)
    by_column = np.where(_null(sample) < 0, by_column, np.nan)
    of_controls, of_players = np.split(by_column, [sample.controls.shape[1]])
    starts = np.flatnonzero(np.diff(sample.owner, prepend=-1))
    return Shared(
        np.add.reduceat(of_players, starts, axis=0),
        by_column.sum(axis=0),
        of_controls.sum(axis=0),
        None,
    )


def shared_gains(sample: Sample, linear: Game) -> Shared:
    """Exact importance of the answers, and in each resample.

    Parameters
    ----------
    sample
        The rows.
    linear
        The game of the same answers and resamples by least squares.

    Notes
    -----
    Up to four players every submodel is fitted to each resample. Of more, only to the answers; in a resample importance
    moves as that of least squares does, and all together is fitted. Against exact draws that is off by one to two
    tenths of a standard deviation for six and nine players, for twelve by 0.23 (the worst by 0.57), so that intervals
    of fitted outcomes are rougher; relative weights of the logit in its place are off by up to twice as much.
    """
    null = _null(sample)
    if sample.owner.max(initial=-1) < ALL_DRAWN:
        values = _values(sample, sample.weights, null)
        return Shared(
            gains_of_values(values).mean(axis=1),
            values[-1],
            values[0],
            values,
        )
    values = _values(sample, sample.weights[:1], null[:1])
    exact = gains_of_values(values).mean(axis=1)
    r2 = _r2(sample, np.hstack([sample.controls, sample.columns]), null)
    r2_controls = _r2(sample, sample.controls, null)
    by_least_squares = importance(linear, "lmg", 0).shares
    moved = exact * _ratio(by_least_squares, by_least_squares[:, :1])
    bridged = moved * _ratio(r2 - r2_controls, moved.sum(axis=0))
    bridged[:, 0] = exact[:, 0]
    return Shared(bridged, r2, r2_controls, values)


def _ratio(figures: Floats, to: Floats) -> Floats:
    """Figures over others, 1 where these are 0."""
    ones = np.ones_like(figures)
    return np.divide(figures, to, out=ones, where=to > 0)


def _null(sample: Sample) -> Floats:
    """(d,) log-likelihood of the model of thresholds alone; NaN where a resample holds one answer only."""
    logliks = null_loglik(
        sample.y,
        sample.weights,
        int(sample.y.max()) + 1,
    )
    return np.where(logliks < 0, logliks, np.nan)


def _values(
    sample: Sample,
    weights: Floats,
    null: Floats,
) -> Floats:
    """(2**p, draws) McFadden's R2 of every subset of players."""
    logliks = subset_logliks(
        sample.columns,
        sample.y,
        weights,
        sample.owner,
        sample.controls,
    )
    return np.asarray(1 - logliks / null)


def _r2(
    sample: Sample,
    columns: Floats,
    null: Floats,
) -> Floats:
    """(d,) McFadden's R2 of these columns."""
    nobody = np.empty((len(sample.y), 0))
    logliks = subset_logliks(
        nobody,
        sample.y,
        sample.weights,
        np.empty(0, np.int64),
        columns,
    )
    return np.asarray(1 - logliks[0] / null)
