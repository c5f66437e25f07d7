"""What competitors' series did with a change of ours, and whether ours did more: the line through ours less theirs.

Two periods belong to :mod:`cxlens.stages.impact.against_periods`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import plural, wave_words
from cxlens.errors import ValuesError, listing
from cxlens.stages.impact.rivals import BY_WAVE, CELLS, Against, Change, Rival, rivals_of, with_name
from cxlens.stages.impact.wave_series import Series, broken_line, check_cycles, series_of, told_lines
from cxlens.stats.series import FEWEST
from cxlens.study.metrics import Estimate, Metric
from cxlens.study.survey import Survey

Floats = NDArray[np.float64]


class Start(NamedTuple):
    """The first wave with the change, its number, after how many waves a season comes again; the level."""

    wave: Any
    at: float
    season: int | None
    level: float

    def step(self, series: Series) -> Estimate:
        """The step of the line through a series."""
        columns = broken_line(series.when, self.at, self.season)
        wanted = (np.arange(columns.shape[1]) == 2)[None].astype(float)
        lines = told_lines(columns, wanted, series, self.level)
        value, low, high, p_value = (float(figures[0]) for figures in lines[:4])
        return value, low, high, p_value


def against_series(competitors: Mapping[str, Survey], metric: Metric, ours: Series, start: Start) -> Against | None:
    """What rivals' series did with the change; nothing where none asks for the metric.

    The line is drawn through ours less theirs, wave by wave.
    """
    rivals = rivals_of(competitors, metric)
    if not rivals:
        return None
    series = [_series_of(rival) for rival in rivals]
    names = [rival.name for rival in rivals]
    own, *theirs = _in_shared_waves([ours, *series])
    _check_shared(names, own, start)
    check_cycles(own, own.when >= start.at, start.season, start.wave)
    return told_of_series(names, own, theirs, start)._replace(by_wave=_by_wave(rivals, series))


def told_of_series(names: Sequence[str], own: Series, theirs: Sequence[Series], start: Start) -> Against:
    """What series of rivals say beside ours, all of the same waves; means aside."""
    each = []
    for name, one in zip(names, theirs, strict=True):
        _, low, high, _ = start.step(own.less(one))
        each.append(Change(name, start.step(one), one.n, (low, high)))
    mean = theirs[0].mean_with(theirs[1:])
    return Against(
        each=each,
        change=start.step(mean),
        more=start.step(own.less(mean)),
        n=own.n,
        cells=pd.DataFrame(columns=CELLS),
        by_wave=pd.DataFrame(columns=BY_WAVE),
        note=f"Against rivals: judged by the line through ours less theirs, {plural(len(own.waves), 'wave')}.",
    )


def _in_shared_waves(series: Sequence[Series]) -> list[Series]:
    """The waves that all have, numbered as those of the first."""
    names = [set(map(wave_words, one.waves)) for one in series]
    shared = [one.among(set.intersection(*names)) for one in series]
    return [one._replace(waves=shared[0].waves, when=shared[0].when) for one in shared]


def _series_of(rival: Rival) -> Series:
    """The waves of a rival that can be told."""
    with with_name(rival.name):
        return series_of(rival.survey, rival.metric)


def _check_shared(names: Sequence[str], own: Series, start: Start) -> None:
    """Enough waves on each side that ours and all rivals have."""
    after = int((own.when >= start.at).sum())
    before = len(own.when) - after
    if min(before, after) < FEWEST:
        shared = f"{before} before {wave_words(start.wave)} and {after} from then on"
        raise ValuesError(
            f"competitors: an interrupted time series needs {FEWEST} waves on each side of the change, and those that "
            f"ours share with {listing(map(repr, names))} are {shared}. Leave out competitors who lack waves."
        )


def _by_wave(rivals: Sequence[Rival], series: Sequence[Series]) -> pd.DataFrame:
    """The mean of each rival in each wave."""
    rows = []
    for rival, one in zip(rivals, series, strict=True):
        for wave, level, cell in zip(one.waves, one.mean, one.cells, strict=True):
            mean, _, _ = rival.metric.asked(level, level, level)
            rows.append((rival.name, wave_words(wave), cell.size, mean))
    return pd.DataFrame(rows, columns=BY_WAVE)
