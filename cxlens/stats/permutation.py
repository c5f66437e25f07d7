"""Tests of coefficients by permutation, for few answers whose scores pile up at an end of the scale.

There the errors of rows (HC3) are no match for a skewed outcome: a column that differs for a handful of rows hangs on
whose rows these are. A wild bootstrap does not help, since random signs take the skewness away. Residuals that change
places keep it (Freedman and Lane 1983), and a statistic that is divided by its robust error keeps its level where
spreads are unequal, too (DiCiccio and Romano 2017). Which columns are tested, and when, is not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS = 999
SAME = 1e-9  # relative difference below which two statistics are equal


def permutation_p(
    x: Floats,
    y: Floats,
    w: Floats,
    tested: Sequence[NDArray[np.int64]],
    rng: np.random.Generator,
    draws: int = DRAWS,
) -> Floats:
    """p-value of the coefficients of each set of columns being 0, by residuals that change places.

    Parameters
    ----------
    x, y, w
        (n, k) columns of full rank (the constant included), (n,) outcome, (n,) weights above 0.
    tested
        For each test the places of its columns.
    rng
        Draws the permutations, which all tests share.
    draws
        How many of them.

    Notes
    -----
    The residuals are those of the regression without the columns in question. The statistic is Wald's, with HC3
    errors. Freedman and Lane (1983), Journal of Business and Economic Statistics 1; DiCiccio and Romano (2017), JASA
    112. Residuals are permuted before they are weighted: weights stay with their rows.
    """
    root = np.sqrt(w)
    weighted_x = x * root[:, None]
    weighted_y = y * root
    frame, _ = np.linalg.qr(weighted_x)
    inverse = np.linalg.pinv(weighted_x)  # (k, n)
    leverage = (frame**2).sum(axis=1)
    sharpened = inverse / np.maximum(1 - leverage, SAME)
    keys = rng.random((draws, len(y)))
    places = np.argsort(keys, axis=1).T
    found = []
    for columns in tested:
        others = np.delete(weighted_x, columns, axis=1)
        residuals = weighted_y - _fitted(others, weighted_y)
        moved = (residuals / root)[places] * root[:, None]
        outcomes = np.column_stack([weighted_y, moved])
        left = outcomes - frame @ (frame.T @ outcomes)
        statistics = _wald(inverse[columns] @ outcomes, sharpened[columns], left**2)
        as_large = statistics[1:] >= statistics[0] * (1 - SAME)
        found.append((1 + as_large.sum()) / (1 + draws))
    return np.array(found)


def _fitted(x: Floats, y: Floats) -> Floats:
    """(n,) what the columns tell of the outcome."""
    frame, _ = np.linalg.qr(x)
    fitted: Floats = frame @ (frame.T @ y)
    return fitted


def _wald(estimates: Floats, sharpened: Floats, squares: Floats) -> Floats:
    """(d,) Wald statistics of m coefficients (m, d) from squared residuals (n, d) and what a row moves (m, n)."""
    m = len(estimates)
    if m == 1:
        variances = sharpened[0] ** 2 @ squares
        return np.asarray(estimates[0] ** 2 / variances)
    products = sharpened[:, None] * sharpened[None]  # (m, m, n)
    cov = np.moveaxis(products @ squares, -1, 0)
    solved = np.linalg.pinv(cov, hermitian=True) @ estimates.T[:, :, None]
    return np.asarray(np.einsum("md,dm->d", estimates, solved[:, :, 0]))
