"""The effect of a change wave by wave, as if each had been the only one after it; before the change: near 0.

What judges an effect is said in :mod:`cxlens.stages.impact.ladder`. What the waves after say together belongs to
:mod:`cxlens.stages.impact.designs`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.stages.impact.ladder import Sides, judged, only_some
from cxlens.stages.impact.measured import BY_WAVE
from cxlens.stages.impact.periods import Question, waves_told
from cxlens.study.metrics import BLANK, MIN_N, Estimate

Bools = NDArray[np.bool_]


def effects_by_wave(question: Question, sides: Sides) -> pd.DataFrame:
    """One row a wave of those compared; the figures of a wave are blank where a group has too few answers in it."""
    is_told = waves_told(question)
    rows = []
    for period, waves in (("before", question.before), ("after", question.after)):
        for wave in waves:
            here = sides.when.isin([wave]).to_numpy(bool)
            treated = here & sides.inside
            n: Any = pd.NA
            mean = counterfactual = np.nan
            effect = BLANK
            if is_told[wave] and min(treated.sum(), (here & ~sides.inside).sum()) >= MIN_N:
                n = int(treated.sum())
                level = sides.sample.take(treated).moments.mean
                effect = _effect_of(sides, here, question.level)
                mean, _, _ = question.metric.asked(level, level, level)
                without = level - effect[0]
                counterfactual, _, _ = question.metric.asked(without, without, without)
            value, low, high, _ = effect
            rows.append((wave, period, n, mean, counterfactual, np.nan, np.nan, value, low, high))
    table = pd.DataFrame(rows, columns=BY_WAVE)
    return table.astype({"n": "Int64"})


def _effect_of(sides: Sides, here: Bools, level: float) -> Estimate:
    """The effect in one wave, against all others before the change."""
    before = ~sides.late & ~here
    if not before.any():
        return BLANK
    of_wave = sides._replace(late=here)
    some = only_some(of_wave, before | here)
    return judged(some, level).estimate
