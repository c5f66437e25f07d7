"""What low and high scores cost and bring of a yes/no or ordered outcome, by averaged predictions.

Of an interval outcome or an NPS these follow from cross-products: :mod:`cxlens.stages.drivers.score`. What is said of
them belongs to :mod:`cxlens.stages.drivers.shape`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.answers import Data, segment_rows
from cxlens.stages.drivers.ask import Asked
from cxlens.stages.drivers.fit import SMALLEST, fitted_rows
from cxlens.stages.drivers.predicted import answers_count
from cxlens.stages.drivers.record import Fit, answered
from cxlens.stages.drivers.score import CONTRASTS, with_bands
from cxlens.stats.likelihood import fit_likelihood
from cxlens.stats.likelihood_draws import params_in_draws
from cxlens.stats.predictions import mean_predicted

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class _Model(NamedTuple):
    """Of a segment: (n, k) columns and (e, k) coefficients, (e, m - 1) thresholds, (m,) values, (e, n) weights."""

    x: Floats
    coef: Floats
    thresholds: Floats
    values: Floats
    weights: Floats


def predicted_bands(record: Fit) -> Floats:
    """(1 + d, c, p, 3) penalty, reward and asymmetry of each player in percentage points, estimate first.

    The penalty is the mean predicted outcome of those who used a touchpoint, had all of them scored as the low scorers
    do on average, less the same as the middle scorers do; the reward that of the high ones less that of the middle
    ones. NaN for what is no touchpoint, and where fewer than 5 scored low, in the middle, or high.
    """
    return record.once("predicted bands", lambda: _figures(record))


def _figures(record: Fit) -> Floats:
    """The same, made anew."""
    segments, players = record.estimate.importance.shape[1:]
    figures = np.full(
        (
            1 + record.n_boot,
            segments,
            players,
            len(CONTRASTS),
        ),
        np.nan,
    )
    if record.bands is None:
        return figures
    banded = with_bands(record.asked, record.bands)
    data = answered(record.survey, banded)
    starts = np.cumsum([banded.design.k - 1, *banded.design.widths])
    for s, cell in enumerate(record.kept):
        model = _model(record, banded, data, cell)
        if model is None:
            continue
        rows, _ = segment_rows(data, cell)
        for player, single in enumerate(record.asked.single):
            if single < 0:
                continue
            used = ~np.isnan(rows.scores[:, single])
            own = int(starts[player])
            figures[:, s, player] = _of_touchpoint(model, own, used)
    return figures


def _model(
    record: Fit,
    banded: Asked,
    data: Data,
    cell: int,
) -> _Model | None:
    """The model with bands of a segment; None where answers are too few for it."""
    rows, _ = segment_rows(data, cell)
    sample, clusters = fitted_rows(banded, data, cell, record.resamples)
    x = np.hstack([sample.controls, sample.columns])
    n, columns = x.shape
    if n < columns + 3:
        return None
    fit = fit_likelihood(x, sample.y, sample.weights[0], clusters)
    drawn = params_in_draws(x, sample.y, sample.weights[1:], fit)
    coef = np.vstack([fit.coef, drawn.coef])
    answers = np.unique(rows.z[:, -1])
    return _Model(
        x,
        np.nan_to_num(coef),
        np.vstack([fit.thresholds, drawn.thresholds]),
        answers_count(record, answers, "share"),
        sample.weights,
    )


def _of_touchpoint(model: _Model, low: int, used: Flags) -> Floats:
    """(e, 3) the figures of the touchpoint whose columns begin at ``low``; ``used`` (n,)."""
    is_low = used & (model.x[:, low] > 0)
    is_high = used & (model.x[:, low + 1] > 0)
    is_middle = used & ~is_low & ~is_high
    bands = (is_low, is_middle, is_high)
    if min(int(band.sum()) for band in bands) < SMALLEST:
        return np.full((len(model.coef), len(CONTRASTS)), np.nan)
    scores = model.x[:, low + 2]
    low_mean, middle_mean, high_mean = (_mean(scores[band], model.weights[:, band]) for band in bands)
    at_low, at_high, slope = model.coef[:, low : low + 3].T
    with_low = at_low + slope * low_mean
    with_middle = slope * middle_mean
    with_high = at_high + slope * high_mean
    middle = _share(model, low, used, with_middle)
    penalty = _share(model, low, used, with_low) - middle
    reward = _share(model, low, used, with_high) - middle
    fall = -penalty / (middle_mean - low_mean)
    rise = reward / (high_mean - middle_mean)
    return np.column_stack([penalty, reward, fall - rise])


def _share(
    model: _Model,
    low: int,
    used: Flags,
    own: Floats,
) -> Floats:
    """(e,) mean predicted outcome of those who used it, were its three columns worth ``own`` (e,) log odds to all."""
    others = model.coef.copy()
    others[:, low : low + 3] = 0.0
    linear = others @ model.x[used].T
    return mean_predicted(
        linear + own[:, None],
        model.thresholds,
        model.values,
        model.weights[:, used],
    )


def _mean(scores: Floats, weights: Floats) -> Floats:
    """(e,) mean of scores (n,) by weights (e, n); NaN where a draw has none."""
    whole = weights.sum(axis=1)
    total = weights @ scores
    return np.asarray(total / np.where(whole > 0, whole, np.nan))
