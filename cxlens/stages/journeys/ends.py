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
from cxlens.stats.silence import longest_wait
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
    ends = engine.drop_off(log.rows(), log.converted, under_way(log, named))
    completed = ends.ended - ends.dropped
    reached_hidden = (ends.reached > 0) & (ends.reached < min_n)
    last_hidden = reached_hidden.copy()
    last_hidden[hidden_ends] = True
    fates = np.column_stack([ends.dropped, completed, ends.under_way])
    split = hidden_counts(fates, min_n)
    hidden = last_hidden | split.any(axis=1)
    is_named = np.isin(np.array(log.touchpoints, object), named)
    columns: dict[str, Any] = {
        "touchpoint": list(log.touchpoints),
        "reached": _masked(ends.reached, reached_hidden),
        "ended": _masked(ends.ended, last_hidden | split[:, 2]),
        "open": _masked(ends.under_way, hidden),
        "intended": is_named,
    }
    if log.converted is not None:
        columns["intended"] = is_named | ((completed > ends.dropped) & ~hidden)
        columns["dropped_out"] = _masked(ends.dropped, hidden)
        columns["completed"] = _masked(completed, hidden)
    columns |= _shares("share", "", ends.dropped, ends.reached - ends.under_way, hidden)
    if log.converted is not None:
        columns |= _conversions(ends, log.converted, reached_hidden, min_n)
    return pd.DataFrame(columns)


def _conversions(
    ends: engine.DropOff,
    converted: Flags,
    reached_hidden: Flags,
    min_n: int,
) -> dict[str, Any]:
    """How many of those that reached each touchpoint have the outcome so far; NA where it tells of a few."""
    without = ends.reached - ends.converted
    elsewhere = converted.sum() - ends.converted
    others = (~converted).sum() - without
    fates = np.stack([ends.converted, without, elsewhere, others])
    few = (fates > 0) & (fates < min_n)
    hidden = reached_hidden | few.any(axis=0)
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


def under_way(log: JourneyLog, named: tuple[str, ...]) -> Flags | None:
    """Which journeys may go on: at no end, and silent for less long than others were who came back.

    None where no times are known.
    """
    events = log.rows()
    if np.isnan(events.silence).any():
        return None
    is_last = events.following == engine.EDGE
    last_code = events.code[is_last]
    is_named = np.isin(np.array(log.touchpoints, object), named)
    is_over = is_named[last_code]
    if log.converted is not None:
        is_over |= log.converted
    waits_for_more = ~(is_last & is_over[events.customer])
    longest = _longest_waits(events, waits_for_more)
    return np.asarray(~is_over & (events.silence <= longest[last_code]))


def _longest_waits(events: engine.SortedEvents, counts: Flags) -> NDArray[np.float64]:
    """The silence after each touchpoint from which hardly anybody comes back; of all where few tell, else infinite."""
    waits = engine.waits(events)[counts]
    returned = events.following[counts] != engine.EDGE
    codes = events.code[counts]
    by_code = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes, minlength=events.n_touchpoints)
    first_places = np.cumsum(sizes)[:-1]
    of_all = longest_wait(waits, returned)
    longest = np.full(events.n_touchpoints, of_all)
    for touchpoint, places in enumerate(np.split(by_code, first_places)):
        of_these = longest_wait(waits[places], returned[places])
        if not np.isnan(of_these):
            longest[touchpoint] = of_these
    return np.where(np.isnan(longest), np.inf, longest)


def is_clearly_more(most: int, others: Any) -> Any:
    """Whether so many more than others are unlikely by chance, were both as likely (sign test, two-sided)."""
    tail = special.bdtr(others, most + others, 0.5)
    return 2 * tail < CLEAR
