"""Value drivers as a scikit-learn estimator, for pipelines, cross-validation and permutation importance.

The numbers are those of :mod:`cxlens.stats`; intervals, segments and survey answers are the business of
:func:`cxlens.drivers`. Only this module needs scikit-learn when it is imported.
"""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from cxlens.errors import ValuesError, check_option
from cxlens.stats.importance import MOST_PLAYERS, lmg, relative_weights
from cxlens.stats.regression import coefficients, sweep_out

Floats = NDArray[np.float64]
Method = Literal["lmg", "relative weights"]


class ValueDriverRegressor(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Linear regression that shares its R2 out among the features.

    Parameters
    ----------
    method
        ``"lmg"``: the Shapley value of R2, up to 25 features; ``"relative weights"``: Johnson's, for any number.

    Attributes
    ----------
    coef_, intercept_
        Of least squares, (p,) and a number. A feature that follows from those before it has the coefficient 0.
    importance_
        (p,) points of R2; they sum to ``r2_``. Made when first asked for, so that cross-validation never waits for it.
    feature_importances_
        (p,) the same as shares of 1; all 0 where nothing is explained.
    r2_
        R2 in the sample; 0 where the outcome is constant.
    n_features_in_, feature_names_in_
        As everywhere in scikit-learn.

    Notes
    -----
    Lindeman, Merenda and Gold (1980); Johnson (2000). Blank scores are refused: :func:`cxlens.drivers` knows what to do
    with them.

    Examples
    --------
    >>> import cxlens as cx
    >>> X, y = [[1, 3], [2, 2], [3, 5], [4, 4], [5, 1]], [1, 2, 3, 5, 5]
    >>> model = cx.ValueDriverRegressor().fit(X, y)
    >>> model.importance_.round(2).tolist(), round(model.r2_, 2)
    ([0.95, 0.01], 0.96)
    """

    def __init__(self, method: Method = "lmg") -> None:
        self.method = method

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
    ) -> ValueDriverRegressor:
        """Fit to scores (n, p) and outcomes (n,), with weights (n,) of the rows.

        Raises
        ------
        OptionError
            For an unknown method.
        ValuesError
            For weights that do not match the rows.
        """
        check_option("method", self.method, Method)
        values: Floats
        values, outcome = validate_data(self, X, y, dtype=np.float64, y_numeric=True)
        weights = _weights(sample_weight, len(outcome))
        z = np.column_stack([values, outcome])
        center = np.average(z, axis=0, weights=weights)
        centred = np.column_stack([np.ones(len(z)), z - center])
        products = centred.T @ (centred * weights[:, None])
        cov = sweep_out(products[:, :, None], 1)
        self.__dict__.pop("importance_", None)  # of an earlier fit
        self.coef_ = np.nan_to_num(coefficients(cov)[:, 0])
        self.intercept_ = float(center[-1] - center[:-1] @ self.coef_)
        self.r2_ = _r2(cov, rounding=1e-20 * weights.sum() * center[-1] ** 2)
        self._cov = cov
        return self

    @cached_property
    def importance_(self) -> Floats:
        """Points of R2.

        Raises
        ------
        ValuesError
            For more than 25 features with ``method="lmg"``.
        """
        check_is_fitted(self)
        p = len(self._cov) - 1
        if self.method == "lmg" and p > MOST_PLAYERS:
            raise ValuesError(
                f"{p} features are too many for the importance of method='lmg': {MOST_PLAYERS} is the most. "
                "Leave features out, or choose ValueDriverRegressor(method='relative weights')."
            )
        if not self.r2_:
            return np.zeros(p)
        share = lmg(self._cov) if self.method == "lmg" else relative_weights(self._cov)
        return np.maximum(share[:, 0], 0.0)

    @property
    def feature_importances_(self) -> Floats:
        """Importance as shares of 1."""
        check_is_fitted(self)
        if self.r2_:
            return self.importance_ / self.r2_
        return self.importance_

    def predict(self, X: ArrayLike) -> Floats:
        """The outcome expected for scores (n, p): (n,)."""
        check_is_fitted(self)
        values: Floats = validate_data(self, X, dtype=np.float64, reset=False)
        return np.asarray(values @ self.coef_ + self.intercept_)


def _r2(cov: Floats, rounding: float) -> float:
    """R2 from cross-products (k + 1, k + 1, 1); 0 where the outcome is the same for all but for rounding."""
    total = float(cov[-1, -1, 0])
    rest = float(sweep_out(cov, len(cov) - 1)[-1, -1, 0])
    if total > rounding:
        return 1 - rest / total
    return 0.0


def _weights(given: ArrayLike | None, n: int) -> Floats:
    """One weight for each row: 1 without weights."""
    weights = np.asarray(1.0 if given is None else given, float)
    if weights.ndim == 0:
        weights = np.full(n, weights)
    if weights.shape != (n,):
        size = " x ".join(map(str, weights.shape))
        raise ValuesError(f"weights that do not match: {size} weights for {n} rows. Give one weight for each row.")
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValuesError(
            "weights are to be numbers of 0 or more, and not all zero. Give one such weight for each row."
        )
    return weights
