"""Comparison places: those that stood and moved most like the treated ones, before the change only.

What they are compared by is told in :mod:`cxlens.stages.impact.designs`; which answers of the chosen are read, in
:mod:`cxlens.stages.impact.periods`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.engine.labels import in_words
from cxlens.errors import OptionError, ValuesError, listing
from cxlens.stages.impact.periods import CONTROL, TREATED, Question, earlier_waves, is_hidden, join_waves, sides_of
from cxlens.stats.nearest import level_and_trend, nearest
from cxlens.stats.places import FEWEST_PLACES
from cxlens.study.metrics import MIN_N, Sample, read_sample

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
EACH = 3  # comparison places for each treated one, where there are enough to choose from


def _level(question: Question, stood: Floats) -> str:
    """The mean level of places, as it was asked."""
    mean = float(stood[:, 0].mean())
    asked, _, _ = question.metric.asked(mean, mean, mean)
    return question.metric.words(asked)


class _Pool(NamedTuple):
    """Places by name (k,): which are treated, and where they stood (k, 1 or 2), level and trend, before the change."""

    names: list[str]
    treated: Bools
    stood: Floats


def with_matched(question: Question) -> tuple[Question, str]:
    """The same question with some of the other places alone, and which these are, in words.

    Raises
    ------
    OptionError, ValuesError
        When who is treated is not told by one column, or there are no more places to choose from than are needed.
    """
    group = question.treated
    columns = list(group.where) if group else []
    if len(columns) != 1:
        raise OptionError(
            "controls='matched' chooses among places, so that treated= has to name places of one column, such as "
            "treated={'hotel': ['A', 'B']}."
        )
    waves = earlier_waves(question)
    pool = _pool(question, columns[0], waves)
    treated = int(pool.treated.sum())
    others = int((~pool.treated).sum())
    if not treated:
        raise ValuesError(
            f"controls='matched': no treated place has {MIN_N} answers before and after, so there is nothing to match. "
            "Leave it out."
        )
    each = min(max(EACH, FEWEST_PLACES - treated), others // treated)
    needed = max(each * treated, FEWEST_PLACES - treated)
    if others <= needed:
        raise ValuesError(
            f"controls='matched' needs more than {needed} other places that can be told to choose from; there are "
            f"{others}. Leave it out: all of them are compared."
        )
    rows = nearest(pool.stood, pool.treated, each)
    chosen = [pool.names[row] for row in rows]
    trend = " in level and trend" if pool.stood.shape[1] > 1 else " in level"
    note = (
        f"Compared with {len(chosen)} of {others} other places, those nearest{trend} in {join_waves(waves)}: "
        f"{listing(chosen, 30)}; they stood at {_level(question, pool.stood[rows])} then, the treated at "
        f"{_level(question, pool.stood[pool.treated])}."
    )
    return question._replace(only=tuple(chosen)), note


def _pool(question: Question, column: str, waves: Sequence[Any]) -> _Pool:
    """The places with answers enough in both periods and none that other tables hide."""
    survey = question.survey
    sample = read_sample(survey, question.metric, list(dict.fromkeys([column, *_started(question)])))
    side = sides_of(question, sample.labels)
    used = np.isin(side, [CONTROL, TREATED])
    hidden = is_hidden(question, sample, [column])
    time = sample.labels[survey.time]
    periods = [time.isin(period).to_numpy(bool) for period in (question.before, question.after)]
    words = in_words(sample.labels[column])
    numbers, names = pd.factorize(words)
    told = _by_place(numbers, len(names), used) == np.bincount(numbers, minlength=len(names))
    told &= _by_place(numbers, len(names), hidden & (periods[0] | periods[1])) == 0
    for period in periods:
        told &= _by_place(numbers, len(names), period) >= MIN_N
    means = _means(
        sample,
        time,
        numbers,
        len(names),
        waves,
    )
    treated = _by_place(numbers, len(names), side == TREATED) > 0
    return _only_known(
        names,
        treated,
        level_and_trend(means),
        told,
    )


def _only_known(
    names: Any,
    treated: Bools,
    stood: Floats,
    told: Bools,
) -> _Pool:
    """The places that may be told and whose level and trend are known."""
    kept = told & np.isfinite(stood).all(axis=1)
    return _Pool(
        [str(name) for name in names[kept]],
        treated[kept],
        stood[kept],
    )


def _started(question: Question) -> list[str]:
    """The column that says who started when, where it is asked about."""
    return [question.started] if question.started else []


def _by_place(numbers: Ints, k: int, which: Bools) -> Ints:
    """(k,) how many answers of each place a mask selects."""
    return np.asarray(np.bincount(numbers[which], minlength=k), np.int64)


def _means(
    sample: Sample,
    time: pd.Series[Any],
    numbers: Ints,
    k: int,
    waves: Sequence[Any],
) -> Floats:
    """(k, waves) the mean of each place in each wave before; NaN where it has too few answers."""
    means = np.full((k, len(waves)), np.nan)
    for number, wave in enumerate(waves):
        here = time.isin([wave]).to_numpy(bool)
        weight = np.bincount(numbers[here], sample.w[here], k)
        weighted = sample.w[here] * sample.value[here]
        total = np.bincount(numbers[here], weighted, k)
        enough = _by_place(numbers, k, here) >= MIN_N
        means[enough, number] = total[enough] / weight[enough]
    return means
