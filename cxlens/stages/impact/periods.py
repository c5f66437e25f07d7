"""Which answers a change is told from: the periods, who was treated, and what may be told of them.

The answers of both periods are read and checked here. What is made of them belongs to
:mod:`cxlens.stages.impact.designs`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.small_cells import Hides, sums_that_tell
from cxlens.common.values import plural, wave_words
from cxlens.engine.labels import in_words
from cxlens.errors import ValuesError, check_kind, check_level, listing
from cxlens.study.dated import no_order
from cxlens.study.metrics import (
    MIN_N,
    Figure,
    Metric,
    Sample,
    level_of,
    metrics_asked,
    read_sample,
    waves_of,
)
from cxlens.study.segments import Segment
from cxlens.study.survey import Survey
from cxlens.study.waves import wave_called

Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]
Line = tuple[str, int, float, float, float, float]  # a quantity, answers, an estimate
FEW_WAVES = 3  # that are all named in a sentence
MOST_NAMED = 12  # hidden cells in a message
CONTROL, TREATED, UNKNOWN, OTHERWISE, NOT_CHOSEN = range(5)  # sides; OTHERWISE starts with another wave


class Question(NamedTuple):
    """What both verbs ask, checked."""

    survey: Survey
    metric: Metric
    before: list[Any]
    after: list[Any]
    level: float
    adjust: tuple[str, ...] = ()
    treated: Segment | None = None
    started: str | None = None
    competitors: Mapping[str, Survey] = MappingProxyType({})
    asked_after: tuple[Any, ...] = ()  # the waves after of the change itself, where an earlier one is tried
    only: tuple[str, ...] | None = None  # the other places that are compared, in words; None: all


class Compared(NamedTuple):
    """Answers of both periods, which are after, which are in the group, the mean of each cell, and what to note."""

    sample: Sample
    late: Bools
    inside: Bools
    cells: pd.DataFrame
    note: str


def metrics_of(verb: str, survey: Survey, metric: str | Sequence[str], figure: Figure) -> list[Metric]:
    """The metrics asked for, of what is a survey."""
    check_kind(verb, survey, Survey, "cx.Survey(data, touchpoints=[...], outcome='column')")
    return metrics_asked(survey, metric, figure)


def ask(
    survey: Survey,
    metric: Metric,
    before: Any,
    after: Any,
    level: float,
) -> Question:
    """Check what was asked before any work."""
    waves = known_waves(survey)
    check_level(level)
    earlier = _period("before", before, waves, survey)
    later = _period("after", after, waves, survey)
    for wave in earlier:
        if wave in later:
            raise ValuesError(f"wave {wave_words(wave)!r} is both before and after. Give each wave to one of them.")
    if earlier and later and not no_order(survey):
        _check_order(earlier[-1], later[0], waves)
    return Question(
        survey,
        metric,
        earlier,
        later,
        level,
    )


def _check_order(
    last_before: Any,
    first_after: Any,
    waves: list[Any],
) -> None:
    """Refuse a wave before that is later than one after: rises would be told as falls."""
    if waves.index(last_before) > waves.index(first_after):
        raise ValuesError(
            f"wave {wave_words(last_before)!r} is named before, but it is later than {wave_words(first_after)!r}, "
            "which is named after. Give the earlier waves to before=."
        )


def earlier_waves(question: Question) -> list[Any]:
    """The waves before a change: those named and all earlier ones; where their order is not known those named."""
    if no_order(question.survey):
        return list(question.before)
    waves = waves_of(question.survey)
    last = max(map(waves.index, question.before))
    return waves[: last + 1]


def known_waves(survey: Survey) -> list[Any]:
    """The waves in the order of time; as they come where it is not known, since what comes before is said."""
    if no_order(survey):
        return survey.source.distinct(str(survey.time))
    return waves_of(survey)


def _period(
    name: str,
    value: Any,
    waves: list[Any],
    survey: Survey,
) -> list[Any]:
    """The waves of a period, in the order of time, else in that named; ``value`` is one of them or several."""
    several = isinstance(value, Iterable) and not isinstance(value, str)
    asked = list(value) if several else [value]
    asked = [wave_called(name, wave, waves, survey.time) for wave in asked]
    if no_order(survey):
        return asked
    return [wave for wave in waves if wave in asked]


def one_wave(name: str, value: Any, waves: list[Any], survey: Survey) -> Any:
    """One wave of the survey, by its value or in words."""
    found = _period(name, value, waves, survey)
    if len(found) != 1:
        raise ValuesError(f"{name} names {len(found)} waves. Give the first wave with the change.")
    return found[0]


def compare(question: Question) -> Compared:
    """The answers of both periods, and the mean of each cell.

    Answers of unknown group are left out, and every cell has to hold enough.
    """
    time = question.survey.time
    group = question.treated
    columns = [*question.adjust, *(group.where if group else ())]
    sample = read_sample(question.survey, question.metric, [*columns, *_given(question.started)])
    waves = [*question.before, *question.after]
    sample = sample.take(sample.labels[time].isin(waves))
    notes = []
    inside = np.ones(sample.size, bool)
    if group is not None:
        side = sides_of(question, sample.labels)
        unknown = int((side == UNKNOWN).sum())
        if unknown:
            notes.append(f"Left out: {plural(unknown, 'answer')} without a group.")
        notes += _others_named(question, sample.labels[side == OTHERWISE])
        sample = sample.take(side < UNKNOWN)
        inside = side[side < UNKNOWN] == TREATED
        _check_sides(question, group, inside, columns[0])
    late = sample.labels[time].isin(question.after).to_numpy(bool)
    cells = _cells(
        question,
        sample,
        late,
        inside,
    )
    _check_discreet(question)
    notes += question.survey.about_scales()
    return Compared(sample, late, inside, cells, " ".join(filter(None, notes)))


def _given(column: str | None) -> list[str]:
    return [column] if column else []


def sides_of(question: Question, labels: pd.DataFrame) -> Integers:
    """(n,) whether each answer is of the treated, of others, of those that start otherwise, or of none known."""
    group = question.treated
    if group is None:
        return np.zeros(len(labels), np.int64)
    is_known = labels[list(group.where)].notna().all(axis=1).to_numpy(bool)
    inside = group.mask(labels)
    side = np.select(
        [~is_known, inside],
        [UNKNOWN, TREATED],
        CONTROL,
    )
    if question.started:
        starts = _starts(question, labels[question.started])
        side = np.where(is_known & _starts_otherwise(question, starts, inside), OTHERWISE, side)
    if question.only is not None:
        (column,) = group.where
        is_chosen = np.isin(in_words(labels[column]), question.only)
        side = np.where((side == CONTROL) & ~is_chosen, NOT_CHOSEN, side)
    return np.asarray(side, np.int64)


def _starts(question: Question, column: pd.Series[Any]) -> pd.Series[Any]:
    """The wave in which the place of each answer started; missing where it never did."""
    by_word = {wave_words(wave): wave for wave in known_waves(question.survey)}
    stated = column.mask(column == "").dropna()
    words = stated.map(wave_words)
    for word in words.unique():
        if word not in by_word:
            raise ValuesError(
                f"started={question.started!r} holds {word!r}, which is no wave of this survey. Waves in "
                f"{question.survey.time!r}: {listing(by_word)}. Leave it empty where nothing ever started."
            )
    return words.map(by_word).reindex(column.index)


def _starts_otherwise(
    question: Question,
    starts: pd.Series[Any],
    inside: Bools,
) -> Bools:
    """(n,) the treated that do not start with the first wave after, and others that start by the last wave compared."""
    is_given = starts.notna().to_numpy(bool)
    after = question.asked_after or tuple(question.after)
    with_it = starts.isin(after[:1]).to_numpy(bool)
    too_early = is_given
    if not no_order(question.survey):
        waves = waves_of(question.survey)
        later = waves[waves.index(after[-1]) + 1 :] if after else []
        too_early = is_given & ~starts.isin(later).to_numpy(bool)
    return np.where(
        inside,
        is_given & ~with_it,
        too_early,
    )


def _others_named(question: Question, labels: pd.DataFrame) -> list[str]:
    """``Left out, since they start with another wave: shop = C (2023).``"""
    group = question.treated
    if group is None or not question.started or labels.empty:
        return []
    columns = list(dict.fromkeys([*group.where, question.started]))
    places = labels[columns].apply(in_words).drop_duplicates().sort_values(columns)
    named = []
    for place in places.to_dict("records"):
        of_place = [f"{question.survey.named(column)} = {place[column]}" for column in group.where]
        named.append(f"{', '.join(of_place)} ({place[question.started]})")
    return [f"Left out, since they start with another wave: {'; '.join(named)}."]


def _check_sides(
    question: Question,
    group: Segment,
    inside: Bools,
    column: str,
) -> None:
    """Some are treated and some are not."""
    if inside.any() and not inside.all():
        return
    share = "all" if inside.any() else "none"
    share = f"{share} of the answers compared"
    values = listing(question.survey.source.distinct(column))
    raise ValuesError(
        f"treated {group.name!r} holds {share}; both treated and others are needed. Values of {column!r}: {values}."
    )


class _Whole(NamedTuple):
    """All answers of a metric by the columns of a question and wave: keys in words, counts, the side and the wave."""

    keys: pd.DataFrame
    n: Integers
    side: Integers
    when: pd.Series[Any]

    @classmethod
    def of(cls, question: Question) -> _Whole:
        """The cells in which anybody answered."""
        survey = question.survey
        time = str(survey.time)
        columns = [*(question.treated.where if question.treated else ()), *_given(question.started)]
        sample = read_sample(survey, question.metric, columns)
        keys = list(dict.fromkeys([*columns, time]))
        words = sample.labels[keys].apply(in_words)
        cell = words.groupby(keys, sort=False).ngroup().to_numpy(np.int64)
        _, first = np.unique(cell, return_index=True)
        return cls(
            words.iloc[first].reset_index(drop=True),
            np.bincount(cell).astype(np.int64),
            sides_of(question, sample.labels)[first],
            sample.labels[time].iloc[first],
        )

    def hides(self, question: Question) -> Hides:
        """Which cells of a table by some of the keys to hide."""
        item = question.metric.item(question.survey)

        def hidden(cells: pd.DataFrame, n: Integers) -> Bools:
            return question.survey.hidden(cells, n[:, None], [item], MIN_N)[:, 0]

        return hidden

    def tell(self, question: Question, sums: Bools) -> Bools:
        """(s,) which sums of cells (rows, s) tell more than the tables by these columns and wave do."""
        return sums_that_tell(self.keys, self.n, sums, self.hides(question))


def _check_discreet(question: Question) -> None:
    """Refuse groups or periods that would tell of few answers: less what other tables show, few would be left.

    Another question may leave out one of the cells that are hidden elsewhere, so that each group in a period has to be
    a sum of what is shown.
    """
    whole = _Whole.of(question)
    periods = [whole.when.isin(waves).to_numpy(bool) for waves in (question.before, question.after)]
    told = [period & (whole.side == side) for period in periods for side in (CONTROL, TREATED)]
    told.append((periods[0] | periods[1]) & (whole.side == UNKNOWN))
    if whole.tell(question, np.column_stack(told)).any():
        hidden = whole.hides(question)(whole.keys, whole.n)
        raise _too_telling(question.treated, whole.keys[hidden])


def waves_told(question: Question) -> dict[Any, bool]:
    """By wave whether what the treated, and all others, say in it may be told: it follows from what is shown."""
    whole = _Whole.of(question)
    waves = [*question.before, *question.after]
    sums = [whole.when.isin([wave]) & (whole.side == side) for wave in waves for side in (CONTROL, TREATED)]
    tells = whole.tell(question, np.column_stack(sums))
    by_wave = tells.reshape(len(waves), -1)
    return {wave: not sides.any() for wave, sides in zip(waves, by_wave, strict=True)}


def is_hidden(
    question: Question,
    sample: Sample,
    columns: Sequence[str],
) -> Bools:
    """(n,) which answers are in a cell, of these columns by wave, that other tables hide."""
    survey = question.survey
    keys = list(dict.fromkeys([*columns, str(survey.time)]))
    everybody = read_sample(survey, question.metric, columns).labels[keys].apply(in_words)
    cells = everybody.groupby(keys, as_index=False).size()
    item = question.metric.item(survey)
    hidden = survey.hidden(cells[keys], cells[["size"]].to_numpy(np.int64), [item], MIN_N)[:, 0]
    here = sample.labels[keys].apply(in_words).merge(cells.assign(is_hidden=hidden), how="left", on=keys)
    return here["is_hidden"].to_numpy(bool)


def _too_telling(group: Segment | None, hidden: pd.DataFrame) -> ValuesError:
    """Which cells are hidden elsewhere, and what to do about it."""
    what, own_column = "these waves", ""
    if group is not None:
        what = f"treated {group.name!r}"
        own_column = ", give the group a column of its own among segments="
    return ValuesError(
        f"{what}: this would tell what fewer than {MIN_N} answers say, since other tables show those beside them. "
        f"Hidden there: {_values_of(hidden)}. Keep them together on one side{own_column}, or leave them out: "
        "survey.where(cx.Segment(...))."
    )


def _values_of(cells: pd.DataFrame) -> str:
    """The values of some cells, as words; what does not fit is counted."""
    words = [", ".join(map(repr, value)) for value in cells.itertuples(index=False, name=None)]
    told = "; ".join(words[:MOST_NAMED])
    left = len(words) - MOST_NAMED
    return f"{told} and {left} more" if left > 0 else told


def _cells(
    question: Question,
    sample: Sample,
    late: Bools,
    inside: Bools,
) -> pd.DataFrame:
    """The mean of each group in each period."""
    groups = {"all": inside}
    if question.treated is not None:
        groups = {"treated": inside, "control": ~inside}
    periods = [
        ("before", question.before, ~late),
        ("after", question.after, late),
    ]
    lines = []
    for group, in_group in groups.items():
        for period, waves, in_period in periods:
            cell = sample.take(in_group & in_period)
            one_cluster_tells = question.treated is not None  # of places, each of which may be a cluster
            if cell.size < MIN_N or not (cell.enough or one_cluster_tells):
                raise _too_few(question.metric, cell, f"{group}, {period}")
            standing = question.metric.asked(*level_of(cell, question.metric.kind, question.level))
            lines.append((group, period, join_waves(waves), cell.size, *standing))
    return pd.DataFrame(lines, columns=["group", "period", "waves", "n", "mean", "low", "high"])


def _too_few(
    metric: Metric,
    cell: Sample,
    name: str,
) -> ValuesError:
    lack = "answers of one cluster only"
    if cell.size < MIN_N:
        lack = f"fewer than {MIN_N} answers"
    return ValuesError(f"{metric.name!r} has {lack} in the cell '{name}'. Choose other waves, or a wider group.")


def join_waves(waves: Iterable[Any]) -> str:
    """``2013, 2014 and 2015``; of many the first and the last, ``2022-Q1…2023-Q4``."""
    words = [wave_words(wave) for wave in waves]
    if len(words) == 1:
        return words[0]
    if len(words) > FEW_WAVES:
        return f"{words[0]}…{words[-1]}"
    return f"{', '.join(words[:-1])} and {words[-1]}"
