"""What the card of a log of journeys tells of few customers: nothing that counts them.

Figures of journeys belong to the stage of that name.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cxlens.common.values import LEAST, count, percent
from cxlens.engine import journeys as engine

Flags = NDArray[np.bool_]


def outcome_in_words(events: engine.SortedEvents, converted: Flags, outcome: str) -> str:
    """``120 of 400 reached the outcome, boarded (30 %).``; of few customers, on either side, no number.

    ``converted`` (journeys,) says which journeys reached it.
    """
    reached = _customers(events, converted)
    others = _customers(events, ~converted)
    if 0 < reached < LEAST:
        return f"Journeys of fewer than {LEAST} customers reached the outcome, {outcome}."
    if 0 < others < LEAST:
        return f"All but the journeys of fewer than {LEAST} customers reached the outcome, {outcome}."
    n = len(converted)
    journeys = int(converted.sum())
    return f"{count(journeys)} of {count(n)} reached the outcome, {outcome} ({percent(journeys / n)})."


def _customers(events: engine.SortedEvents, which: Flags) -> int:
    """Of how many customers some journeys are."""
    return len(np.unique(events.owner[which]))


def journeys_met(events: engine.SortedEvents) -> pd.Series[int]:
    """How many journeys met each touchpoint, as paths tell it: missing where these are of few customers."""
    reached = engine.reached_by(events)
    customers = engine.reached_by(engine.one_each(events, LEAST))
    met = pd.Series(reached, dtype="Int64")
    return met.mask((reached > 0) & (customers < LEAST))
