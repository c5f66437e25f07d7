"""How often so many answers, drawn from all, would have so low a mean, or so high: exactly.

Few scores that pile up at an end of a scale have a skewed mean, and among hundreds of means a normal approximation
finds some that are none. Which means are judged does not belong here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
STEPS = 100  # of a lattice that scores are laid on, where they are not on an even one
MOST = 2_000  # answers from which on the mean is taken for normal
EVEN = 1e-6  # of a step that scores may be off an even lattice
SAME = 1e-9  # of a step: rounding


class Scores:
    """Scores (v,) and how often each occurs, on an even lattice."""

    def __init__(self, values: Floats, weight: Floats) -> None:
        share = weight / weight.sum()
        self.low = float(values.min())
        self.mean = float(share @ values)
        away = values - self.mean
        self.variance = float(share @ away**2)
        self.fourth = float(share @ away**4)
        self.step = _step(values)
        at = np.round((values - self.low) / self.step).astype(np.int64)
        self.share = np.bincount(at, share)

    @property
    def kurtosis(self) -> float:
        """How heavy the tails are: 0 as the normal distribution has them."""
        return self.fourth / self.variance**2 - 3 if self.variance > 0 else 0.0

    def extreme(self, mean: float, n: int) -> float:
        """How often the mean of n scores lies as far from the mean of all, on either side: twice the rarer tail.

        Examples
        --------
        >>> coin = Scores(np.array([0.0, 1.0]), np.array([1.0, 1.0]))
        >>> coin.extreme(0.0, 5)
        0.0625
        """
        if self.variance <= 0:
            return 1.0
        if n > MOST:
            error = np.sqrt(self.variance / n)
            z = abs(mean - self.mean) / error
            return float(2 * special.ndtr(-z))
        chance = self._of_sums(int(n))
        total = (mean - self.low) / self.step * n
        up_to = int(np.floor(total + SAME * n))
        from_here = int(np.ceil(total - SAME * n))
        no_higher = chance[: max(up_to + 1, 0)].sum()
        no_lower = chance[max(from_here, 0) :].sum()
        rarer = min(no_higher, no_lower)
        return float(min(2 * rarer, 1.0))

    def _of_sums(self, n: int) -> Floats:
        """The chance of each sum of n scores, in steps from the lowest."""
        sums = n * (len(self.share) - 1) + 1
        room = 1 << (sums - 1).bit_length()
        turned = np.fft.rfft(self.share, room)
        chance = np.fft.irfft(turned**n, room)[:sums]
        return np.clip(chance, 0.0, None)


def _step(values: Floats) -> float:
    """The step of the lattice that scores lie on; where they lie on none, a hundredth of their range."""
    in_order = np.unique(values)
    if len(in_order) < 2:
        return 1.0
    least = float(np.diff(in_order).min())
    places = (in_order - in_order[0]) / least
    off = np.abs(places - np.round(places))
    if off.max() < EVEN and places[-1] <= STEPS:
        return least
    return float(np.ptp(in_order) / STEPS)
