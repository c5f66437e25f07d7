"""How much of what was promised comes out, and how much of the next promise will: a meta-analysis of gains.

Each promise tells one share, measured gain over promised gain, with the error that its interval says. How much shares
differ beyond these errors is not known from a few promises: so each spread counts by how likely it makes them
(restricted likelihood, all spreads alike likely before), and what the next one will be is told by the mixture. With
one spread taken for the true one, the next share lay in its 95 % interval in 86 to 90 of 100. Which promises count is
not decided here.

Sources: Higgins, Thompson and Spiegelhalter (2009), A re-evaluation of random-effects meta-analysis, Journal of the
Royal Statistical Society A 172; Gelman (2006), Bayesian Analysis 1, for spreads alike likely.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

Floats = NDArray[np.float64]
FEWEST_PROMISES = 5
STEPS = 200  # of the spread
WIDEST = 5  # standard deviations of the shares, or of their errors, up to which a spread is looked for


class Realised(NamedTuple):
    """The share of a promise that comes out: under each of s spreads between promises its mean and the error of that.

    ``weight`` (s,) is how likely each spread is.
    """

    spread: Floats
    weight: Floats
    mean: Floats
    error: Floats
    promises: int

    @property
    def share(self) -> float:
        """The share that is expected."""
        return float(self.weight @ self.mean)

    def interval(self, level: float) -> tuple[float, float]:
        """Between which the share of the next promise lies."""
        tail = (1 - level) / 2
        return self._quantile(tail), self._quantile(1 - tail)

    def _quantile(self, below: float) -> float:
        """The share below which that of the next promise lies with this probability."""
        spread = np.hypot(self.error, self.spread)
        far = 10 * float(spread.max())

        def beyond(share: float) -> float:
            return float(self.weight @ special.ndtr((share - self.mean) / spread)) - below

        return float(optimize.brentq(beyond, self.mean.min() - far, self.mean.max() + far))

    def draws(self, size: int, many: int, rng: np.random.Generator) -> Floats:
        """(size, many) shares of further promises: what is not known of the mean is the same for all of a draw."""
        which = rng.choice(len(self.spread), size, p=self.weight)
        mean = self.mean[which] + self.error[which] * rng.normal(size=size)
        of_each = self.spread[which][:, None] * rng.normal(size=(size, many))
        return np.asarray(mean[:, None] + of_each)


def realised(promised: Floats, gained: Floats, error: Floats) -> Realised:
    """The share of promised gains that came out.

    Parameters
    ----------
    promised, gained, error
        (k,) gains as promised (none of them 0) and as measured, and the standard errors of what was to be measured;
        five or more.

    Examples
    --------
    >>> of_five = realised(np.full(5, 0.4), np.array([0.2, 0.3, 0.25, 0.2, 0.3]), np.full(5, 0.05))
    >>> low, high = of_five.interval(0.95)
    >>> round(of_five.share, 3), round(low, 1), round(high, 1)
    (0.625, 0.2, 1.0)
    """
    share = gained / promised
    variance = (error / promised) ** 2
    most = WIDEST * max(float(share.std()), float(np.sqrt(variance.min())))
    spread = np.linspace(0, most, STEPS)
    precision = 1 / (variance + spread[:, None] ** 2)
    total = precision.sum(axis=1)
    mean = precision @ share / total
    misfit = (precision * (share - mean[:, None]) ** 2).sum(axis=1)
    likely = (np.log(precision).sum(axis=1) - np.log(total) - misfit) / 2
    weight = np.exp(likely - likely.max())
    return Realised(
        spread,
        weight / weight.sum(),
        mean,
        1 / np.sqrt(total),
        len(share),
    )
