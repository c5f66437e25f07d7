"""The tables of one result of :func:`cxlens.paths`: what is counted in each, and what all of them hide together.

Each is guarded alone first; how it is found what follows from several is written in
:mod:`cxlens.stages.journeys.other_logs`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.common.small_cells import hidden_counts
from cxlens.engine import journeys as engine
from cxlens.stages.journeys.ends import Ends, HiddenEnds
from cxlens.stages.journeys.other_logs import Tables, guarded
from cxlens.study.journeys import JourneyLog

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
STEPS = 20  # what a step matrix shows: later steps are rare and do not fit a page


class CountedTables(NamedTuple):
    """What is counted: transitions, ends, and who is where at each step; the ``people`` are one journey of each."""

    transitions: engine.Transitions
    people_of_transitions: Counts
    steps: Counts
    people_of_steps: Counts
    ends: Ends


class HiddenTables(NamedTuple):
    """What is hidden: (transitions,) in their order, (touchpoints + 1, steps), and of the ends."""

    transitions: Flags
    steps: Flags
    ends: HiddenEnds


def count_tables(log: JourneyLog, named: tuple[str, ...], min_n: int) -> CountedTables:
    """Count what follows what, who is where, and where journeys end; ``named`` are intended ends."""
    events = log.rows()
    one_each = engine.one_each(events, min_n)
    transitions = engine.transitions(events)
    steps = engine.step_matrix(events, STEPS).astype(np.int64)
    of_people = engine.step_matrix(one_each, STEPS)
    people = np.zeros_like(steps)
    people[-1] = of_people.sum(axis=0)[0]
    people[:, : of_people.shape[1]] = of_people
    return CountedTables(
        transitions=transitions,
        people_of_transitions=_as_table(engine.transitions(one_each), len(log.touchpoints)),
        steps=steps,
        people_of_steps=people,
        ends=Ends.of(log, named, min_n),
    )


def _as_table(transitions: engine.Transitions, touchpoints: int) -> Counts:
    """Transitions as a table: a row an origin, a column a target, starts and ends first."""
    counts = np.zeros((touchpoints + 1, touchpoints + 1), np.int64)
    counts[transitions.origin - engine.EDGE, transitions.target - engine.EDGE] = transitions.n
    return counts


def hide_tables(log: JourneyLog, counted: CountedTables, listed: int, min_n: int) -> HiddenTables:
    """What tells of a few in one of the tables, or in several together; ``listed`` routes are told."""
    hidden = log.once(
        ("hidden in all tables", counted.ends.named, listed, min_n),
        lambda: guarded(log, counted.ends.is_open, listed, _alone(log, counted, min_n), min_n),
    )
    last = hidden["transitions"][1:, 0]
    ends = counted.ends.hidden(log, hidden["reached"], last | hidden["ended"], min_n)
    origin = counted.transitions.origin - engine.EDGE
    target = counted.transitions.target - engine.EDGE
    return HiddenTables(
        transitions=hidden["transitions"][origin, target],
        steps=hidden["steps"],
        ends=ends._replace(
            fates=ends.fates | hidden["fates"].any(axis=1),
            converted=ends.converted | hidden["converted"],
        ),
    )


def _alone(log: JourneyLog, counted: CountedTables, min_n: int) -> Tables:
    """What each table hides alone."""
    transitions = _as_table(counted.transitions, len(log.touchpoints))
    people = counted.people_of_transitions
    of_transitions = hidden_counts(transitions, min_n, people)
    of_steps = hidden_counts(counted.steps, min_n, counted.people_of_steps)
    ends = counted.ends
    nobody_more = np.zeros(len(log.touchpoints), bool)
    hidden = ends.hidden(log, nobody_more, of_transitions[1:, 0], min_n)
    counts = {
        "transitions": transitions,
        "steps": counted.steps,
        "reached": ends.ends.reached,
        "ended": ends.ends.ended,
        "fates": ends.fates,
        "converted": ends.ends.converted,
    }
    return Tables(
        counts=counts,
        hidden={
            "transitions": of_transitions,
            "steps": of_steps,
            "reached": hidden.reached,
            "ended": hidden.ended,
            "fates": np.repeat(hidden.fates[:, None], ends.fates.shape[1], axis=1),
            "converted": hidden.converted,
        },
        small={
            "transitions": (transitions > 0) & (people < min_n),
            "steps": (counted.steps > 0) & (counted.people_of_steps < min_n),
            "reached": hidden.reached,
            "fates": ends.small_fates(min_n),
            "converted": hidden.converted & ~hidden.reached & (ends.ends.converted > 0),
        },
    )
