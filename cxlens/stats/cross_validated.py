"""How much of an outcome columns tell of answers that were held out, and how much more than other columns.

Which columns are compared does not belong here.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.inference import wald_p
from cxlens.stats.intervals import t_quantile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FOLDS = 10


class Share(NamedTuple):
    """A share of the outcome's squared differences, its interval, and the p-value of being 0."""

    value: float
    low: float
    high: float
    p_value: float


def squared_errors(x: Floats, y: Floats, w: Floats, fold: Ints) -> Floats:
    """(n,) squared errors of least squares on the other folds; blanks in x are their means, with a column of their own.

    Parameters
    ----------
    x
        (n, k) columns, NaN where blank; without columns the mean of the other folds is the forecast.
    y, w, fold
        (n,) outcome, weights above 0, and the fold that each answer is held out with.
    """
    errors = np.empty(len(y))
    is_blank = np.isnan(x)
    flags = is_blank[:, is_blank.any(axis=0)].astype(np.float64)
    constant = np.ones(len(y))
    for part in np.unique(fold):
        inside = fold != part
        outside = ~inside
        filled = _filled(x, is_blank, inside)
        columns = np.column_stack([constant, filled, flags])
        root = np.sqrt(w[inside])
        slopes, *_ = np.linalg.lstsq(
            columns[inside] * root[:, None],
            y[inside] * root,
            rcond=None,
        )
        forecast = columns[outside] @ slopes
        errors[outside] = (y[outside] - forecast) ** 2
    return errors


def _filled(x: Floats, is_blank: NDArray[np.bool_], inside: NDArray[np.bool_]) -> Floats:
    """Columns with their means, of the rows inside, where they are blank."""
    known = np.where(is_blank, 0.0, x)[inside]
    counted = (~is_blank[inside]).sum(axis=0)
    means = known.sum(axis=0) / np.maximum(counted, 1)
    return np.where(is_blank, means, x)


def share_saved(larger: Floats, smaller: Floats, base: Floats, w: Floats, unit: Ints, level: float) -> Share:
    """What smaller errors save of larger ones, as a share of base errors: sums over units, linearised (n,) each."""
    saved = np.bincount(unit, w * (larger - smaller))
    whole = np.bincount(unit, w * base)
    value = float(saved.sum() / whole.sum())
    units = len(saved)
    pulls = (saved - value * whole) / whole.sum()
    variance = units / (units - 1) * (pulls**2).sum()
    error = float(np.sqrt(variance))
    half = float(t_quantile(level, units - 1)) * error
    return Share(
        value=value,
        low=value - half,
        high=value + half,
        p_value=float(wald_p(value, error, units - 1)),
    )
