"""Where journeys end: which are open, which ends are intended, and how many of each may be told.

What is said of it belongs to :mod:`cxlens.stages.journeys.paths`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from cxlens.common.small_cells import hidden_counts
from cxlens.engine import journeys as engine
from cxlens.stats.intervals import wilson
from cxlens.study.journeys import JourneyLog

Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
CLEAR = 0.05  # p-value below which a touchpoint has clearly more ends than another


def drop_off(
    log: JourneyLog,
    named: tuple[str, ...],
    hidden_ends: Counts,
    min_n: int,
) -> pd.DataFrame:
    """How many journeys reach each touchpoint, and how many end there; NA where that is hidden.

    ``named`` are the intended ends that somebody named, ``hidden_ends`` the codes of touchpoints of which it is not
    told how often they come last. The columns are those of :class:`cxlens.stages.journeys.paths.Paths`.
    """
    ends = engine.drop_off(log.rows(), log.converted, log.open_journeys(named))
    people = _of_people(log, named, min_n)
    completed = ends.ended - ends.dropped
    reached_hidden = (ends.reached > 0) & (people.reached < min_n)
    last_hidden = reached_hidden.copy()
    last_hidden[hidden_ends] = True
    split = hidden_counts(_fates(ends), min_n, _fates(people))
    hidden = last_hidden | split.any(axis=1)
    columns: dict[str, Any] = {
        "touchpoint": list(log.touchpoints),
        "reached": _masked(ends.reached, reached_hidden),
        "ended": _masked(ends.ended, last_hidden | split[:, 2]),
        "open": _masked(ends.under_way, hidden),
        "intended": np.isin(np.array(log.touchpoints, object), named),
    }
    if log.converted is not None:
        columns["intended"] |= (completed > ends.dropped) & ~hidden
        columns["dropped_out"] = _masked(ends.dropped, hidden)
        columns["completed"] = _masked(completed, hidden)
    columns |= _shares("share", "", ends.dropped, ends.reached - ends.under_way, hidden)
    if log.converted is not None:
        few = _few_outcomes(log, ends, people, min_n)
        columns |= _conversions(ends, reached_hidden | few)
    return pd.DataFrame(columns)


def _few_outcomes(log: JourneyLog, ends: engine.DropOff, people: engine.DropOff, min_n: int) -> Flags:
    """(touchpoints,) whether the outcomes of those that reached it, or of all others, tell of a few."""
    converted = np.asarray(log.converted, bool)
    of_people = converted[engine.is_counted(log.rows(), min_n)]
    few = (_outcomes(ends, converted) > 0) & (_outcomes(people, of_people) < min_n)
    return np.asarray(few.any(axis=0))


def _of_people(log: JourneyLog, named: tuple[str, ...], min_n: int) -> engine.DropOff:
    """The same counts of the last journey of each customer: of at least so many people each count is."""
    events = log.rows()
    counted = engine.is_counted(events, min_n)
    flags = [log.converted, log.open_journeys(named)]
    converted, is_open = (None if flag is None else flag[counted] for flag in flags)
    return engine.drop_off(engine.one_each(events, min_n), converted, is_open)


def _fates(ends: engine.DropOff) -> Counts:
    """(touchpoints, 3) journeys that ended there without the outcome, with it, and that may go on."""
    return np.column_stack([ends.dropped, ends.ended - ends.dropped, ends.under_way])


def _outcomes(ends: engine.DropOff, converted: Flags) -> Counts:
    """(4, touchpoints) journeys that reached it with the outcome and without, then the others with it and without."""
    without = ends.reached - ends.converted
    elsewhere = converted.sum() - ends.converted
    others = (~converted).sum() - without
    return np.stack([ends.converted, without, elsewhere, others])


def _conversions(ends: engine.DropOff, hidden: Flags) -> dict[str, Any]:
    """How many of those that reached each touchpoint have the outcome so far; NA where it tells of a few."""
    shares = _shares("conversion", "conversion_", ends.converted, ends.reached, hidden)
    return {"converted": _masked(ends.converted, hidden), **shares}


def _shares(
    name: str,
    prefix: str,
    part: Counts,
    whole: Counts,
    hidden: Flags,
) -> dict[str, Any]:
    """A share with its interval; NaN where it is hidden, or of nobody."""
    low, high = wilson(part, whole)
    with np.errstate(invalid="ignore"):
        share = part / whole
    return {
        name: np.where(hidden, np.nan, share),
        f"{prefix}low": np.where(hidden, np.nan, low),
        f"{prefix}high": np.where(hidden, np.nan, high),
    }


def _masked(n: Counts, hidden: Flags) -> pd.Series[int]:
    """Counts, missing where hidden."""
    return pd.Series(n, dtype="Int64").mask(hidden)


def is_clearly_more(most: int, others: Any) -> Any:
    """Whether so many more than others are unlikely by chance, were both as likely (sign test, two-sided)."""
    tail = special.bdtr(others, most + others, 0.5)
    return 2 * tail < CLEAR
