"""How long journeys take, in touches and in time: until the outcome, in all, and between one touch and the next.

The side :func:`times`. Whether groups differ is tested in :mod:`cxlens.stages.journeys.times_compared`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.finding import Finding
from cxlens.common.result import View
from cxlens.common.small_cells import hidden_counts
from cxlens.common.values import count
from cxlens.engine import journeys as engine
from cxlens.engine.journey_times import UntilOutcome, durations, gaps_after, until_outcome
from cxlens.stages.journeys.groups import LEVEL, Counts, Flags, Floats, Group, Question, everybody, masked
from cxlens.stages.journeys.lengths import (
    FIGURES,
    TOUCHES,
    Measure,
    in_unit,
    in_words,
    interval_in_words,
    quantiles,
    unit_of,
)
from cxlens.stages.journeys.times_compared import compare_times, difference
from cxlens.study.journeys import JourneyLog

UNTIL = ("touches until the outcome", "time until the outcome")
IN_ALL = ("touches in all", "time in all")


def times(question: Question) -> View:
    """How many touches and how much time journeys take.

    See :meth:`cxlens.stages.journeys.paths.Paths.times`.
    """
    until = _until(question.log)
    measures = _measures(question, until)
    if not measures:
        question.check_any_over("times")
    groups = [everybody(question.log)] if question.by is None else question.groups()
    tables = [_of_measure(question, measure, groups) for measure in measures]
    table = pd.concat(tables, ignore_index=True)
    parts = {}
    if question.log.time is not None:
        parts["waits"] = _waits(question)
    finding = _half(table, question)
    if question.by is not None:
        compared = compare_times(question, measures, groups, table)
        parts |= compared._asdict()
        finding = difference(compared, table, question)
    return View(
        chart="journeys/times",
        table=table,
        finding=finding,
        note=_note(measures, until, question),
        record=question.log,
        parts=parts,
        again=lambda part: times(question.of(part)),
        level=LEVEL,
    )


def _until(log: JourneyLog) -> UntilOutcome | None:
    """Touches and time until the outcome; None where nobody has it."""
    if log.converted is None or not log.converted.any():
        return None
    return until_outcome(log.rows(), lambda: log.detail("reached").to_numpy(bool))


def _measures(question: Question, until: UntilOutcome | None) -> list[Measure]:
    """What can be measured: until the outcome of journeys that have it, in all of those that are over."""
    events = question.log.rows()
    measures = []
    if until is not None:
        measures += _of_both(UNTIL, until.journey, until.touches, until.seconds)
    ended = np.flatnonzero(question.over)
    if len(ended):
        touches = events.lengths[ended]
        measures += _of_both(IN_ALL, ended, touches, durations(events)[ended])
    return measures


def _of_both(names: tuple[str, str], journey: Counts, touches: Counts, seconds: Floats) -> list[Measure]:
    """Touches, and with a clock time."""
    in_touches, in_time = names
    measures = [Measure(in_touches, TOUCHES, journey, touches.astype(float))]
    if not np.isnan(seconds).any():
        unit = unit_of(seconds)
        measures.append(Measure(in_time, unit, journey, in_unit(seconds, unit)))
    return measures


def _of_measure(question: Question, measure: Measure, groups: Sequence[Group]) -> pd.DataFrame:
    """Quantiles of a measure in each group, without those that tell of a few, be it measured or not."""
    events = question.log.rows()
    is_measured = np.zeros(question.log.n, bool)
    is_measured[measure.journey] = True
    counted = engine.is_counted(events, question.min_n)
    n = _inside_and_out(groups, is_measured, np.ones_like(counted))
    people = _inside_and_out(groups, is_measured, counted)
    hidden = _any_hidden(n, question.min_n, people)
    rows = []
    for group, is_hidden in zip(groups, hidden, strict=True):
        is_in = group.journeys[measure.journey]
        owner = events.owner[measure.journey[is_in]]
        row: dict[str, Any] = {"measure": measure.name, "unit": measure.unit, "segment": group.name}
        figures = dict.fromkeys(FIGURES, np.nan)
        if is_in.any() and not is_hidden:
            figures = quantiles(measure.values[is_in], owner, question.min_n)
        rows.append(row | figures)
    table = pd.DataFrame(rows)
    table.insert(3, "n", masked(n[:, 0], hidden))
    return table


def _any_hidden(n: Counts, min_n: int, people: Counts) -> Flags:
    """(rows,) whether any count of a row is to be hidden."""
    hidden = hidden_counts(n, min_n, people)
    return np.asarray(hidden.any(axis=1))


def _inside_and_out(groups: Sequence[Group], is_measured: Flags, counted: Flags) -> Counts:
    """(groups, 2) journeys of each group that are measured, and those that are not, of those counted."""
    return np.array(
        [
            [
                (group.journeys & counted & is_measured).sum(),
                (group.journeys & counted & ~is_measured).sum(),
            ]
            for group in groups
        ]
    )


def _waits(question: Question) -> pd.DataFrame:
    """How long it takes from each touchpoint to the next one of the same journey."""
    events = question.log.rows()
    n = people = _going_on(engine.transitions(events), events.n_touchpoints)
    counted = engine.is_counted(events, question.min_n)
    if not counted.all():
        moves = engine.moves_by(events, counted.astype(np.int64))
        of_people = moves.group == 1
        people = _going_on(engine.Moves(*(column[of_people] for column in moves)), events.n_touchpoints)
    hidden = _any_hidden(n, question.min_n, people)
    rows = []
    for code, name in enumerate(question.log.touchpoints):
        owner, seconds = gaps_after(events, code)
        unit = unit_of(seconds)
        figures = dict.fromkeys(FIGURES, np.nan)
        if len(seconds) and not hidden[code]:
            figures = quantiles(in_unit(seconds, unit), owner, question.min_n)
        rows.append({"touchpoint": name, "unit": unit} | figures)
    waits = pd.DataFrame(rows)
    waits.insert(2, "n", masked(n[:, 0], hidden))
    return waits


def _going_on(moves: engine.Moves | engine.Transitions, k: int) -> Counts:
    """(touchpoints, 2) events that another of the journey follows, and those that none does."""
    is_event = moves.origin != engine.EDGE
    is_last = (moves.target == engine.EDGE)[is_event]
    n = np.zeros((k, 2), np.int64)
    np.add.at(n, (moves.origin[is_event], is_last.astype(int)), moves.n[is_event])
    return n


def _note(measures: Sequence[Measure], until: UntilOutcome | None, question: Question) -> str:
    """What is measured of which journeys, and what is blank."""
    names = {measure.name for measure in measures}
    sentences = []
    if until is not None:
        sentences.append(_what_until_means(until, question.log))
    if IN_ALL[0] in names:
        sentences.append("In all: of the journeys that are over.")
    return " ".join(
        [
            *sentences,
            f"Quantiles: blank where fewer than {question.min_n} customers lie on one side.",
            "low and high: 95 % interval of the median, by order statistics.",
            question.missing,
        ]
    )


def _what_until_means(until: UntilOutcome, log: JourneyLog) -> str:
    """From where to where touches and time count."""
    told = "to the one that has it, both counted"
    if until.is_of_journey:
        told = "to its last: every event of such a journey has the outcome, so none tells when it came"
    return (
        f"Until the outcome ({log.outcome}): of the journeys that have it, from the first event {told}. "
        "Some may yet reach it, later than these."
    )


def _half(table: pd.DataFrame, question: Question) -> Finding:
    """How much half of the journeys take at most."""
    has_until = table["measure"].isin(UNTIL)
    what = "In all"
    told = table
    if has_until.any():
        what = f"Until the outcome ({question.log.outcome})"
        told = table[has_until]
    n = f"{count(told['n'].fillna(0).max())} journeys"
    told = told.dropna(subset="median")
    if told.empty:
        return Finding(
            f"{what}: too few journeys to tell how long they take",
            more=question.aside,
        )
    first, *others = [row for _, row in told.iterrows()]
    slowest = [in_words(row["q95"], row["unit"]) for _, row in told.dropna(subset="q95").iterrows()]
    more = [f"In time they take at most {_median(row)}" for row in others]
    if slowest:
        more.append(f"95 of 100 take at most {' and '.join(slowest)}")
    return Finding(
        f"{what} half of the journeys take at most",
        in_words(first["median"], first["unit"]),
        interval_in_words(first),
        more=(*more, *question.aside),
        n=n,
    )


def _median(row: pd.Series[Any]) -> str:
    """``13.0 days [12.1, 14.0]``."""
    words = [in_words(row["median"], row["unit"]), interval_in_words(row)]
    return " ".join(filter(None, words))
