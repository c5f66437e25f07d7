"""Did it work where it came to one place after another? Each start against places that never started.

The arithmetic is in :mod:`cxlens.stats.staggered`; one start for all treated places is the business of
:mod:`cxlens.stages.impact.designs`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import number, plural, wave_words
from cxlens.engine.labels import in_words
from cxlens.errors import ColumnError, ValuesError, listing
from cxlens.stages.impact.measured import BY_WAVE, EFFECT, PLACEBO, STAGGERED, Impact, main_q, table_of
from cxlens.stages.impact.periods import Line
from cxlens.stats.inference import wider
from cxlens.stats.places import Effect
from cxlens.stats.staggered import Panel, average_effect, effect_since
from cxlens.study.metrics import MIN_N, Estimate, Metric, Sample, level_of, read_sample, waves_of
from cxlens.study.survey import Survey

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
FEWEST_DF = 3  # places less groups of one start, as five places have where there are two groups
VERB = "difference_in_differences(started=...)"


class _Rows(NamedTuple):
    """Answers, the place (its start comes with it) and the number of the wave of each, and the starts of places."""

    sample: Sample
    place: Ints
    wave: Ints
    start: Ints


def staggered_starts(survey: Survey, metric: Metric, started: str, level: float) -> Impact:
    """What a metric did from each start on more than where nothing ever started."""
    waves = waves_of(survey)
    rows, notes = _rows(survey, metric, started, waves)
    panel = _panel(rows, len(waves))
    _check_places(panel, started)
    effect = average_effect(panel)
    since_start = np.where(panel.never[rows.place], -1, rows.wave - rows.start[rows.place])
    told: Line = (EFFECT, rows.sample.size, *_told(effect, level))
    lines = [told, *_placebo(panel, rows.sample.size, level)]
    table = table_of(lines)
    _, _, estimate, low, high, p_value = told
    return Impact(
        design=STAGGERED,
        metric=metric.name,
        unit=metric.unit,
        estimate=estimate,
        low=low,
        high=high,
        p_value=p_value,
        table=table,
        cells=_cells(rows, panel, since_start, metric, level),
        note=" ".join([*notes, _basis(panel), *survey.about_scales()]),
        survey=survey,
        before=(),
        after=(),
        adjust=(),
        treated=None,
        level=level,
        judged_by="places",
        started=started,
        figure=metric.figure,
        by_wave=_by_wave(panel, rows, metric, level),
        q_value=main_q(table),
    )


def _basis(panel: Panel) -> str:
    """What judges: how many places of how many starts."""
    others = int(panel.never.sum())
    treated = len(panel.start) - others
    starts = len(np.unique(panel.start)) - 1
    return (
        f"Judged by the changes of {plural(treated, 'place')} where it was done and {plural(others, 'other')} that "
        f"never started, {plural(starts, 'time')} of start, {number(panel.df, 0)} degrees of freedom."
    )


def _told(effect: Effect, level: float) -> Estimate:
    """An effect with the wider of its intervals."""
    errors = (effect.between, effect.sampling)
    low, high, p_value = wider(effect.estimate, errors, (effect.df, effect.sampling_df), level)
    return effect.estimate, low, high, p_value


def _placebo(panel: Panel, n: int, level: float) -> list[Line]:
    """The gain in the last step before the start, where places have two waves before it."""
    effect = effect_since(panel, -1)
    return [(PLACEBO, n, *_told(effect, level))] if effect else []


def _rows(survey: Survey, metric: Metric, started: str, waves: list[Any]) -> tuple[_Rows, list[str]]:
    """The answers of places that can be told in every wave, and what was left out."""
    if survey.cluster is None:
        raise ColumnError(
            f"{VERB} takes places for what starts, and this survey names none. Name their column: Survey(..., "
            "cluster='column')."
        )
    sample = read_sample(survey, metric, [started])
    places = np.arange(sample.size) if sample.unit is None else sample.unit
    place = np.asarray(pd.factorize(places)[0], np.int64)
    wave = np.asarray(sample.labels[survey.time].map(waves.index), np.int64)
    start = _starts_of_places(survey, sample.labels[started], place, started, waves)
    n = np.bincount(place * len(waves) + wave, minlength=len(start) * len(waves)).reshape(-1, len(waves))
    whole = (n >= MIN_N).all(axis=1)
    late = start > 0
    kept = whole & late
    _check_left_out(started, n, start, kept)
    _check_shown(survey, metric, sample, started)
    used = kept[place]
    renumbered = np.cumsum(kept) - 1
    rows = _Rows(sample.take(used), renumbered[place[used]], wave[used], start[kept])
    return rows, _left_out(int((whole & ~late).sum()), int((~whole).sum()))


def _left_out(from_the_first: int, too_few: int) -> list[str]:
    """What was left out, in words."""
    notes = []
    if from_the_first:
        notes.append(f"Left out: {plural(from_the_first, 'place')} with it since the first wave.")
    if too_few:
        notes.append(f"Left out: {plural(too_few, 'place')} with too few answers in a wave.")
    return notes


def _starts_of_places(survey: Survey, column: pd.Series[Any], place: Ints, started: str, waves: list[Any]) -> Ints:
    """(places,) the number of the wave in which each started."""
    of_answer = _starts(survey, column, started, waves)
    by_place = pd.Series(of_answer).groupby(place)
    if (by_place.nunique() > 1).any():
        raise ValuesError(
            f"started={started!r} names several waves for one place of {survey.cluster!r}. Each place starts once; "
            "give the first wave with the change for all its answers."
        )
    return np.asarray(by_place.first(), np.int64)


def _starts(survey: Survey, column: pd.Series[Any], started: str, waves: list[Any]) -> Ints:
    """(n,) the number of the wave in which the place of each answer started; that of waves where it never did."""
    by_word = {wave_words(wave): number for number, wave in enumerate(waves)}
    stated = column.mask(column == "").dropna().map(wave_words)
    for word in stated.unique():
        if word not in by_word:
            raise ValuesError(
                f"started={started!r} holds {word!r}, which is no wave of this survey. Waves in {survey.time!r}: "
                f"{listing(by_word)}. Leave it empty where nothing ever started."
            )
    starts = np.full(len(column), len(waves), np.int64)
    starts[stated.index] = [by_word[word] for word in stated]
    return starts


def _check_left_out(started: str, n: Ints, start: Ints, kept: Bools) -> None:
    """Refuse to leave out fewer than five answers of a group of one start in a wave, whose others are shown."""
    for group in np.unique(start):
        of_group = start == group
        left_out = n[of_group & ~kept].sum(axis=0)
        shown = n[of_group & kept].sum(axis=0)
        if ((left_out > 0) & (left_out < MIN_N) & (shown > 0)).any():
            raise _too_telling(started)


def _check_shown(survey: Survey, metric: Metric, sample: Sample, started: str) -> None:
    """Refuse where other tables hide answers of a start in a wave."""
    keys = [str(survey.time), started]
    words = sample.labels[keys].apply(in_words)
    cells = words.groupby(keys, as_index=False).size()
    sizes = cells[["size"]].to_numpy(np.int64)
    if survey.hidden(cells[keys], sizes, [metric.item(survey)], MIN_N).any():
        raise _too_telling(started)


def _too_telling(started: str) -> ValuesError:
    """What to do where few answers would be told."""
    return ValuesError(
        f"started={started!r}: this would tell what fewer than {MIN_N} answers say, since other tables show those "
        "beside them. Leave out places with few answers: survey.where(cx.Segment(...))."
    )


def _check_places(panel: Panel, started: str) -> None:
    """Some start, some never do, and places are enough to tell how they swing."""
    never = int(panel.never.sum())
    treated = len(panel.start) - never
    if not treated or not never:
        lack = "no place that started after the first wave" if never else "no place that never started"
        raise ValuesError(
            f"started={started!r} leaves {lack}; both are needed. Leave it empty where nothing ever started."
        )
    if panel.df < FEWEST_DF:
        groups = len(np.unique(panel.start))
        raise ValuesError(
            f"{VERB}: {plural(len(panel.start), 'place')} in {groups} groups of one start are too few to tell an "
            f"effect from the swings of places; {groups + FEWEST_DF} places are needed."
        )


def _panel(rows: _Rows, waves: int) -> Panel:
    """Means of places in waves, and their sampling variances."""
    shape = (len(rows.start), waves)
    cell = rows.place * waves + rows.wave
    size = shape[0] * waves
    weight = np.bincount(cell, rows.sample.w, size)
    mean = np.bincount(cell, rows.sample.w * rows.sample.value, size) / weight
    share = rows.sample.w / weight[cell]
    away = rows.sample.value - mean[cell]
    variance = np.bincount(cell, share**2 * away**2 / np.maximum(1 - share, 0.5), size)
    return Panel(np.asarray(mean.reshape(shape), float), np.asarray(variance.reshape(shape), float), rows.start)


def _cells(rows: _Rows, panel: Panel, since_start: Ints, metric: Metric, level: float) -> pd.DataFrame:
    """Means of the treated before and after their start, and of the others over all waves."""
    of_treated = ~panel.never[rows.place]
    parts = [
        ("treated", "before", "before each start", of_treated & (since_start < 0)),
        ("treated", "after", "from each start on", of_treated & (since_start >= 0)),
        ("control", "all", "all", ~of_treated),
    ]
    lines = []
    for group, period, when, which in parts:
        cell = rows.sample.take(which)
        lines.append((group, period, when, cell.size, *metric.asked(*level_of(cell, metric.kind, level))))
    return pd.DataFrame(lines, columns=["group", "period", "waves", "n", "mean", "low", "high"])


def _by_wave(panel: Panel, rows: _Rows, metric: Metric, level: float) -> pd.DataFrame:
    """Effects by the number of waves since the start."""
    treated = ~panel.never
    waves = panel.mean.shape[1]
    first = -int(panel.start[treated].max())
    last = waves - int(panel.start[treated].min())
    lines = []
    for since in range(first, last):
        effect = effect_since(panel, since)
        at = panel.start + since
        there = treated & (at >= 0) & (at < waves)
        if effect is None:
            continue
        value, low, high, _ = _told(effect, level)
        n = int((there[rows.place] & (rows.wave == at[rows.place])).sum())
        mean = float(panel.mean[there, at[there]].mean())
        period = "after" if since >= 0 else "before"
        shown = (metric.asked(figure, figure, figure)[0] for figure in (mean, mean - value))
        lines.append((since, period, n, *shown, np.nan, np.nan, value, low, high))
    return pd.DataFrame(lines, columns=BY_WAVE).astype({"n": "Int64"})
