"""Effects where places start at different times, against places that never start.

Every figure is a sum of lever x mean over places and waves; levers come from who starts when. Its error between places
is that of how places of one start differ from each other, so that few treated places borrow from the others how places
swing; which of it and sampling counts is said by :func:`cxlens.stats.inference.wider`.

Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225, for group-time effects and their averages. Their
error counts places of each group apart, which is nothing where one place starts; here one covariance between waves
holds for all places.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.stats.places import Effect

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Panel(NamedTuple):
    """Means of places in waves, sampling variances, and who started when.

    ``mean``, ``variance`` (places, waves); ``start`` (places,) the number of the first wave with the change, that of
    all waves where it never came. Nobody starts with the first wave.
    """

    mean: Floats
    variance: Floats
    start: Ints

    @property
    def never(self) -> Bools:
        """(places,) which never start."""
        return np.asarray(self.start >= self.mean.shape[1])

    @property
    def df(self) -> int:
        """Places less groups of one start."""
        return len(self.start) - len(np.unique(self.start))


def average_effect(panel: Panel) -> Effect:
    """Mean gain of treated places over the waves from their start on ("simple" average)."""
    waves = panel.mean.shape[1]
    cells = []
    for place, start in _starts(panel):
        base = start - 1
        for wave in range(start, waves):
            cells.append((place, wave, base))
    return _effect(panel, cells)


def effect_since(panel: Panel, waves_since: int) -> Effect | None:
    """Mean gain so many waves after the start, of places that are there then; None where there are none.

    Before the start (below 0): the gain on the wave just before, which should be near 0.
    """
    waves = panel.mean.shape[1]
    cells = []
    for place, start in _starts(panel):
        wave = start + waves_since
        base = start - 1 if waves_since >= 0 else wave - 1
        if base >= 0 and wave < waves:
            cells.append((place, wave, base))
    return _effect(panel, cells) if cells else None


def _starts(panel: Panel) -> list[tuple[int, int]]:
    """The treated places, each with its start."""
    treated = np.flatnonzero(~panel.never)
    return [(int(place), int(panel.start[place])) for place in treated]


def _effect(panel: Panel, cells: list[tuple[int, int, int]]) -> Effect:
    """The mean over cells (place, wave, base) of what the place gained since, less what those without it gained."""
    lever = np.zeros_like(panel.mean)
    weight = 1 / len(cells)
    for place, wave, base in cells:
        lever[place, wave] += weight
        lever[place, base] -= weight
    of_treated = lever.sum(axis=0)
    lever[panel.never] = -of_treated / panel.never.sum()
    estimate = (lever * panel.mean).sum()
    of_sampling = (lever**2 * panel.variance).sum()
    spread = lever @ _covariance(panel)
    of_places = (spread * lever).sum()
    between = float(np.sqrt(of_places))
    sampling = float(np.sqrt(of_sampling))
    return Effect(float(estimate), between, float(panel.df), sampling, np.inf)


def _covariance(panel: Panel) -> Floats:
    """(waves, waves) how means of places of one start differ."""
    away = panel.mean.copy()
    for start in np.unique(panel.start):
        group = panel.start == start
        of_group = away[group]
        away[group] = of_group - of_group.mean(axis=0)
    if panel.df <= 0:
        waves = away.shape[1]
        return np.full((waves, waves), np.nan)
    return np.asarray(away.T @ away / panel.df)
