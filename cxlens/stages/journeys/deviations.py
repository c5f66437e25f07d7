"""Journeys that deviate from their plan, and what that goes with: the score, the value, more contacts.

How far each step is reached is told in :mod:`cxlens.stages.journeys.planned`. That deviating goes with less is no
effect of it: who has a hard case deviates and is served worse.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.values import CLEAR, interval, number, signed
from cxlens.engine.journey_plan import Held
from cxlens.engine.journeys import SortedEvents, renumbered
from cxlens.stages.journeys.groups import LEVEL, Flags, Floats, Question
from cxlens.stats.difference_of_means import difference_of_means
from cxlens.stats.inference import benjamini_hochberg

PLANNED = ("exactly as planned", "all steps in order")
DEVIATIONS = ("misses a step", "out of order", "meets others beside", "meets a step again")
CONTACTS = "contacts"
COSTS = [
    "deviation", "measure", "n", "others", "mean", "mean_others", "difference", "low", "high", "p_value", "q_value",
]  # fmt: skip


def deviations(held: Held) -> dict[str, Flags]:
    """(journeys,) which go as planned, and which deviate in what way; some do in several."""
    misses = ~held.reached.all(axis=0)
    out_of_order = (held.reached & ~held.in_order).any(axis=0)
    in_order = ~misses & ~out_of_order
    beside = held.beside > 0
    again = held.again > 0
    exactly = in_order & ~beside & ~again
    flags = np.stack([exactly, in_order, misses, out_of_order, beside, again])
    return dict(zip(PLANNED + DEVIATIONS, flags, strict=True))


def costs(
    question: Question,
    events: SortedEvents,
    kinds: dict[str, Flags],
    one_each: Flags,
) -> pd.DataFrame:
    """What journeys that deviate have less or more of than those that do not in this way.

    Returns
    -------
    DataFrame
        One row a deviation and measure ("score", the mean of a journey's; "value", its sum; "contacts", its touches),
        not the outcome, until which a journey has time to deviate: ``n`` journeys that deviate and ``others``,
        ``mean``, ``mean_others``, ``difference`` with ``low`` and ``high``, ``p_value`` (Welch, over customers),
        ``q_value`` over the rows but those of contacts, which differ by what a deviation is. Missing where few deviate,
        or do not.
    """
    rows = []
    measured = _measures(question)
    for deviation in DEVIATIONS:
        for measure, values in measured.items():
            rows.append(_row(deviation, measure, values, kinds[deviation], events, one_each, question.min_n))
    table = pd.DataFrame(rows, columns=COSTS)
    is_tested = table["measure"] != CONTACTS
    table.loc[~is_tested, "p_value"] = np.nan
    table["q_value"] = benjamini_hochberg(table["p_value"].to_numpy(float))
    return table.astype({"n": "Int64", "others": "Int64"})


def _measures(question: Question) -> dict[str, Floats]:
    """A value for each journey that is over, by measure; NaN where it has none."""
    log = question.log
    events = log.rows()
    over = question.over
    measures: dict[str, Floats] = {}
    if log.score:
        measures["score"] = _means(log.detail("score").to_numpy(float), events)[over]
    if log.value:
        value = np.nan_to_num(log.detail("value").to_numpy(float))
        sums = np.bincount(events.journey, value, events.n_journeys)
        measures["value"] = sums[over].astype(float)
    measures[CONTACTS] = events.lengths[over].astype(float)
    return measures


def _means(scores: Floats, events: SortedEvents) -> Floats:
    """(journeys,) the mean of the scores of each; NaN where it has none."""
    known = ~np.isnan(scores)
    journey = events.journey[known]
    n = np.bincount(journey, minlength=events.n_journeys)
    sums = np.bincount(journey, scores[known], events.n_journeys)
    return sums / np.where(n > 0, n, np.nan)


def _row(
    deviation: str,
    measure: str,
    values: Floats,
    deviates: Flags,
    events: SortedEvents,
    one_each: Flags,
    min_n: int,
) -> dict[str, Any]:
    """The difference of one measure for one deviation; missing where it tells of a few."""
    known = ~np.isnan(values)
    sides = (deviates & known, ~deviates & known)
    row: dict[str, Any] = {"deviation": deviation, "measure": measure, "n": pd.NA, "others": pd.NA}
    if any(side.sum() > 0 and (side & one_each).sum() < min_n for side in sides):
        return row
    n, others = (int(side.sum()) for side in sides)
    found = difference_of_means(
        values[known],
        deviates[known],
        renumbered(events.owner[known]),
        LEVEL,
    )
    figures = dict(zip(COSTS[4:10], found, strict=True))
    return row | {"n": n, "others": others} | figures


def in_words(costs_table: pd.DataFrame) -> list[str]:
    """What the clearest deviation goes with; nothing where none is clear."""
    clear = costs_table[costs_table["q_value"] < CLEAR].sort_values("p_value", kind="stable")
    if clear.empty:
        return []
    row = clear.iloc[0]
    figure = f"{signed(row['difference'])} {interval(row['low'], row['high'])}"
    both = f"{number(row['mean'])}, else {number(row['mean_others'])}"
    return [f"Where a journey {_verb(row['deviation'])}, the {row['measure']} is {both}: {figure}, clearly"]


def _verb(deviation: str) -> str:
    """``misses a step``, ``is out of order``."""
    return f"is {deviation}" if deviation == "out of order" else deviation
