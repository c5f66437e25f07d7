"""What journeys with rework take in all beside those without: touches and time.

That the one goes with the other is no effect: who has a hard case meets more and takes longer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlens.engine import journey_rework as engine
from cxlens.engine.journey_batches import parts
from cxlens.engine.journey_times import durations
from cxlens.engine.journeys import is_counted, take_journeys
from cxlens.stages.journeys.groups import Counts, Flags, Floats, Question
from cxlens.stages.journeys.lengths import in_unit, quantiles, unit_of
from cxlens.study.journeys import JourneyLog

KINDS = ("again", "in a row", "in a loop")
TO_AND_FRO = "to and fro"
MEDIAN = {"": "median", "_low": "low", "_high": "high"}


def takes(question: Question, by_channel: JourneyLog | None) -> pd.DataFrame:
    """Medians of journeys with and without rework, by kind.

    Returns
    -------
    DataFrame
        Two rows a kind (``again``: any; ``in a row``, ``in a loop``; with channels ``to and fro``): ``kind``,
        ``rework``, ``n`` journeys, the median ``touches`` with ``touches_low`` and ``touches_high``, and ``time``,
        ``time_low``, ``time_high`` in ``unit``. Missing where that is hidden, or there is no clock.
    """
    events = take_journeys(question.log.rows(), question.over)
    counted = is_counted(events, question.min_n)
    seconds = durations(question.log.rows())[question.over]
    unit = "" if np.isnan(seconds).any() else unit_of(seconds)
    touches = events.lengths.astype(float)
    rows = []
    kinds = _that_have(question, by_channel)
    hidden = _hidden(kinds, counted, question.min_n)
    for kind, has_rework in kinds.items():
        few = kind in hidden
        for which in (has_rework, ~has_rework):
            told = which & (not few)
            owner = events.owner[told]
            row: dict[str, Any] = {
                "kind": kind,
                "rework": which is has_rework,
                "n": pd.NA if few else which.sum(),
                **_median("touches", touches[told], owner, question.min_n),
            }
            if unit:
                in_units = in_unit(seconds[told], unit)
                row |= _median("time", in_units, owner, question.min_n)
            rows.append(row)
    columns = ["kind", "rework", "n", *_names("touches"), *_names("time")]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(n=table["n"].astype("Int64"), unit=unit)


def _hidden(kinds: dict[str, Flags], counted: Flags, min_n: int) -> set[str]:
    """The kinds of which few have rework, or few have none; in a row and in a loop also where one leaves few of any.

    Any is either of these two: where they are told, so is how many have the one alone, the other alone, or both.
    """
    hidden = set()
    for kind, has_rework in kinds.items():
        if any(_are_few(which, counted, min_n) for which in (has_rework, ~has_rework)):
            hidden.add(kind)
    _, *parts = KINDS
    in_a_row, in_a_loop = (kinds[kind] for kind in parts)
    apart = (in_a_row & ~in_a_loop, in_a_loop & ~in_a_row, in_a_row & in_a_loop)
    has_both = in_a_row.any() and in_a_loop.any()
    if has_both and any(_are_few(which, counted, min_n) for which in apart):
        hidden.update(parts)
    return hidden


def _are_few(which: Flags, counted: Flags, min_n: int) -> bool:
    """Whether some journeys are those of a few customers."""
    people = int((which & counted).sum())
    return bool(which.any() and people < min_n)


def _names(figure: str) -> list[str]:
    """The columns of a median."""
    return [f"{figure}{end}" for end in MEDIAN]


def _median(figure: str, values: Floats, owner: Counts, min_n: int) -> dict[str, float]:
    """The median with its interval, by column."""
    if not len(values):
        return {}
    told = quantiles(values, owner, min_n)
    return {f"{figure}{end}": told[name] for end, name in MEDIAN.items()}


def _that_have(question: Question, by_channel: JourneyLog | None) -> dict[str, Flags]:
    """(journeys,) which have rework, by kind, of those that are over."""
    events = question.log.rows()
    kinds = KINDS if by_channel is None else (*KINDS, TO_AND_FRO)
    has = {kind: np.zeros(events.n_journeys, bool) for kind in kinds}
    for part in parts(events):
        for kind, flags in zip(KINDS, engine.repeats(part.events), strict=True):
            journey = part.events.journey[flags]
            has[kind][part.journey[journey]] = True
    if by_channel is not None:
        for part in parts(by_channel.rows()):
            went = engine.to_and_fro(part.events).journeys.journey
            has[TO_AND_FRO][part.journey[went]] = True
    return {kind: flags[question.over] for kind, flags in has.items()}
