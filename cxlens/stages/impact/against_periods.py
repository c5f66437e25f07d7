"""What competitors' customers said between the same waves as a change of ours, and whether ours is more.

Organisations are to this what places are to an effect on one of them: what the difference is judged by is said in
:mod:`cxlens.stages.impact.ladder`. Series belong to :mod:`cxlens.stages.impact.against_series`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import number, plural, wave_words
from cxlens.engine.labels import in_words
from cxlens.errors import ValuesError, listing
from cxlens.stages.impact.followed import OURS
from cxlens.stages.impact.ladder import Judged, Places, Sides, judged
from cxlens.stages.impact.periods import Compared, Question, ask, compare, is_hidden, known_waves
from cxlens.stages.impact.rivals import BY_WAVE, CELLS, Against, Change, Rival, is_beyond, rivals_of, with_name
from cxlens.stages.impact.steps import change_between, shape_is_known
from cxlens.stats.intervals import t_quantile
from cxlens.study.metrics import Estimate, Sample


class Answers(NamedTuple):
    """The answers of an organisation in both periods: its name, what was asked of them, what was compared."""

    name: str
    question: Question
    compared: Compared

    @property
    def sample(self) -> Sample:
        """The answers."""
        return self.compared.sample

    @property
    def when(self) -> pd.Series[Any]:
        """The wave of each."""
        return self.sample.labels[self.question.survey.time]

    @property
    def waves(self) -> list[str]:
        """The waves that are compared, in words."""
        return [wave_words(wave) for wave in (*self.question.before, *self.question.after)]

    @property
    def change(self) -> Estimate:
        """By how much the metric changed."""
        kind = self.question.metric.kind
        return change_between(
            self.sample,
            self.compared.late,
            kind,
            self.question.level,
            shape_known=shape_is_known(self.question.survey, kind),
        )


def against_periods(question: Question, compared: Compared, change: Estimate) -> Against | None:
    """What rivals did between the same waves; nothing where none asks for the metric.

    ``compared``: our answers of both periods, of those with the change; ``change``: theirs.
    """
    theirs = [_answers_of(rival, question) for rival in rivals_of(question.competitors, question.metric)]
    if not theirs:
        return None
    cells = [rival.compared.cells.assign(whose=rival.name) for rival in theirs]
    by_wave = [_by_wave(rival) for rival in theirs]
    return beside_ours(Answers(OURS, question, compared), theirs, change)._replace(
        cells=pd.concat(cells, ignore_index=True)[CELLS],
        by_wave=pd.concat(by_wave, ignore_index=True),
    )


def beside_ours(ours: Answers, theirs: Sequence[Answers], change: Estimate) -> Against:
    """What answers of rivals say beside ours, of which ``change`` is told; means aside."""
    level = ours.question.level
    more = judged(_sides([ours, *theirs]), level)
    changes = [rival.change for rival in theirs]
    swing = _swing(changes, level) if more.by == "places" else 0.0
    each = []
    for rival, of_rival in zip(theirs, changes, strict=True):
        less = _less(change, of_rival)
        if is_beyond(of_rival[1:3], int(np.sign(change[0]))):
            less = _at_least(less, change[0] - of_rival[0], swing)
        if more.by == "waves":
            of_waves = judged(_sides([ours, rival]), level)
            less = of_waves.estimate[1:3]
        each.append(Change(rival.name, of_rival, rival.sample.size, less))
    notes = [_basis(more), *_missing(ours, theirs)]
    return Against(
        each=each,
        change=_mean_of(changes),
        more=more.estimate,
        n=ours.sample.size,
        cells=pd.DataFrame(columns=CELLS),
        by_wave=pd.DataFrame(columns=BY_WAVE),
        note=" ".join(notes),
        swing=more.swing,
    )


def _answers_of(rival: Rival, question: Question) -> Answers:
    """The answers of a rival in both periods."""
    before = _shared(rival, "before", question.before)
    after = _shared(rival, "after", question.after)
    with with_name(rival.name):
        asked = ask(rival.survey, rival.metric, before, after, question.level)
        return Answers(rival.name, asked, compare(asked))


def _shared(rival: Rival, period: str, waves: Sequence[Any]) -> list[str]:
    """The waves of a period in which a rival asked, too: one at least."""
    there = [wave_words(wave) for wave in known_waves(rival.survey)]
    named = [wave_words(wave) for wave in waves]
    shared = [wave for wave in named if wave in there]
    if not shared:
        raise ValuesError(
            f"competitors: {rival.name!r} has none of the waves {period} the change ({listing(named)}). Its waves: "
            f"{listing(there)}. Leave it out, or name waves that both have."
        )
    return shared


def _sides(organisations: Sequence[Answers]) -> Sides:
    """All answers; ours, the first, are those with the change, and each organisation is a place."""
    values = []
    weights = []
    when = []
    late = []
    for one in organisations:
        values.append(one.sample.value)
        weights.append(one.sample.w / one.sample.w.mean())
        when.append(in_words(one.when))
        late.append(one.compared.late)
    place = np.repeat(np.arange(len(values)), [len(value) for value in values])
    together = Sample(
        np.concatenate(values),
        np.concatenate(weights),
        _units([one.sample for one in organisations]),
        pd.DataFrame(index=range(len(place))),
    )
    return Sides(
        together,
        pd.Series(np.concatenate(when)),
        np.concatenate(late),
        place == 0,
        Places(place, "values", np.zeros(len(place), bool)),
    )


def _units(samples: Sequence[Sample]) -> NDArray[np.int64] | None:
    """Who answered, told apart between organisations, where somebody did twice."""
    if all(sample.unit is None for sample in samples):
        return None
    units: list[NDArray[np.int64]] = []
    first = 0
    for sample in samples:
        numbers = np.arange(sample.size)
        if sample.unit is not None:
            _, numbers = np.unique(sample.unit, return_inverse=True)
        units.append(numbers + first)
        first += sample.size
    return np.concatenate(units)


def _by_wave(rival: Answers) -> pd.DataFrame:
    """The mean of a rival in each wave, where it may be told."""
    question = rival.question
    hidden = is_hidden(question, rival.sample, [])
    rows = []
    for wave in (*question.before, *question.after):
        here = rival.when.isin([wave]).to_numpy(bool)
        cell = rival.sample.take(here)
        if cell.enough and not hidden[here].any():
            level = cell.moments.mean
            mean, _, _ = question.metric.asked(level, level, level)
            rows.append((rival.name, wave_words(wave), cell.size, mean))
    return pd.DataFrame(rows, columns=BY_WAVE)


def _less(ours: Estimate, theirs: Estimate) -> tuple[float, float]:
    """The interval of ours less theirs: the ends vary independently (Zou and Donner 2008)."""
    value, low, high, _ = ours
    other, other_low, other_high, _ = theirs
    down = np.hypot(value - low, other_high - other)
    up = np.hypot(high - value, other - other_low)
    less = value - other
    return less - down, less + up


def _swing(changes: Sequence[Estimate], level: float) -> float:
    """How far two companies that change alike may lie apart, as far as rivals do: half an interval of Student's."""
    spread = np.std([change[0] for change in changes], ddof=1)
    return float(t_quantile(level, len(changes) - 1) * np.sqrt(2) * spread)


def _at_least(ends: tuple[float, float], value: float, half: float) -> tuple[float, float]:
    """An interval, as wide as that to both sides."""
    low, high = ends
    return min(low, value - half), max(high, value + half)


def _mean_of(changes: Sequence[Estimate]) -> Estimate:
    """The mean of several changes, each counting alike, by sampling error; the change of one alone."""
    if len(changes) == 1:
        return changes[0]
    values, lows, highs, _ = np.array(changes).T
    mean = float(values.mean())
    down = np.linalg.norm(values - lows) / len(changes)
    up = np.linalg.norm(highs - values) / len(changes)
    return mean, float(mean - down), float(mean + up), np.nan


def _basis(more: Judged) -> str:
    """What the difference from rivals is judged by."""
    _, others, after, before = more.cells
    if more.by == "places":
        told = f"the changes of ours and {plural(others, 'competitor')}, {number(more.df, 0)} degrees of freedom"
    elif more.by == "waves":
        told = f"the {after + before} waves; assumes that waves swing independently"
    else:
        return (
            f"Against rivals: sampling alone. {plural(others, 'competitor')} in so few waves cannot tell a difference "
            "from ordinary swings, so there is no p-value."
        )
    return f"Against rivals: judged by {told}."


def _missing(ours: Answers, theirs: Sequence[Answers]) -> list[str]:
    """Which waves a rival lacks."""
    sentences = []
    for rival in theirs:
        lacking = [wave for wave in ours.waves if wave not in rival.waves]
        if lacking:
            sentences.append(f"No answers of {rival.name}: {listing(lacking)}.")
    return sentences
