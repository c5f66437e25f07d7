"""Which words mark one group of texts against another: log-odds with a Dirichlet prior.

Counts in, figures out. How texts become words does not belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def log_odds(
    low: ArrayLike,
    high: ArrayLike,
    prior: ArrayLike,
    totals: tuple[float, float, float] | None = None,
) -> tuple[Floats, Floats]:
    """Log-odds of each word among the high texts less that among the low ones, and its standard error.

    Parameters
    ----------
    low, high
        Uses (words,) in each group of texts.
    prior
        Pseudo-uses (words,) that both groups are given beforehand, all above 0: the more, the nearer to 0.
    totals
        What each of the three is out of. Their sums by default, as is right where every use is counted; where the texts
        with a word are counted, the numbers of texts.

    Returns
    -------
    delta, error
        Positive: marks the high texts. ``delta / error`` is about standard normal where there is no difference.

    Notes
    -----
    Monroe, Colaresi and Quinn (2008), "Fightin' Words", Political Analysis 16: equations 16 and 19, the variance with
    all its terms, so that words in most texts are right as well.

    Examples
    --------
    >>> delta, error = log_odds([8, 12], [2, 18], [1, 1])
    >>> delta.round(2).tolist(), error.round(2).tolist()
    ([-1.48, 1.48], [0.76, 0.76])
    """
    low = np.asarray(low, float)
    high = np.asarray(high, float)
    prior = np.asarray(prior, float)
    if totals is None:
        totals = (low.sum(), high.sum(), prior.sum())
    n_low, n_high, n_prior = totals
    y_low = low + prior
    y_high = high + prior
    rest_low = n_low + n_prior - y_low
    rest_high = n_high + n_prior - y_high
    log_odds_low = np.log(y_low / rest_low)
    log_odds_high = np.log(y_high / rest_high)
    variance_low = 1 / y_low + 1 / rest_low
    variance_high = 1 / y_high + 1 / rest_high
    error = np.sqrt(variance_low + variance_high)
    return log_odds_high - log_odds_low, error
