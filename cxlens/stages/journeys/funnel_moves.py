"""From stage to stage: how often a meeting of one is followed by a later stage, the same, an earlier one or none.

Who reaches which stage is told in :mod:`cxlens.stages.journeys.funnel_steps`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cxlens.common.small_cells import hidden_counts
from cxlens.engine import journey_funnel as engine
from cxlens.engine.journey_shares import Members, distinct, share_sums
from cxlens.stages.journeys.funnel_steps import Ask
from cxlens.stages.journeys.groups import Counts, Flags, masked, share_columns
from cxlens.stats.shares_by_customer import ShareSums

MOVES = ("advance", "stay", "return", "left")
OPEN = "open"


def moves(ask: Ask) -> pd.DataFrame:
    """Four rows a stage: ``stage``, ``move``, ``n``, ``times``, ``share``, ``low``, ``high``, ``open``.

    ``move`` is "advance" (the next stage met is a later one), "stay", "return" or "left" (none is met); ``n`` counts
    the meetings of the stage whose going on is known, ``times`` those that go on so; ``open`` those last ones after
    which the journey may still go on, which are set aside. Shares of a stage sum to 1; the last stage cannot advance.
    """
    events = ask.log.rows()
    departures = engine.departures(events, ask.codes, ask.by_customer)
    is_open = _open(ask, departures)
    move = np.where(is_open, len(MOVES), departures.move)
    journey = events.journey[departures.event]
    cells = np.stack([departures.stage, move, journey])
    hidden = np.repeat(_hidden(cells, ask), len(MOVES))
    counted = _shares(cells[:, ~is_open], ask)
    open_ones = np.bincount(departures.stage[is_open], minlength=len(ask.names))
    table: dict[str, Any] = {
        "stage": np.repeat(np.array(ask.names, object), len(MOVES)),
        "move": list(MOVES) * len(ask.names),
        **share_columns(counted, hidden, "times"),
        "open": masked(np.repeat(open_ones, len(MOVES)), hidden),
    }
    is_repeated = pd.Series(ask.names).duplicated().to_numpy()
    repeated = np.repeat(is_repeated, len(MOVES))
    return pd.DataFrame(table)[~repeated].reset_index(drop=True)


def _shares(cells: Counts, ask: Ask) -> ShareSums:
    """(stages x moves,) of the meetings of each stage, (3, n) with stage, move and journey."""
    stage, move, journey = cells
    return share_sums(
        ask.log.rows(),
        hits=Members(stage * len(MOVES) + move, journey),
        whole=Members(stage, journey),
        base=np.repeat(np.arange(len(ask.names)), len(MOVES)),
    )


def _open(ask: Ask, departures: engine.Departures) -> Flags:
    """(departures,) which are followed by none so far, and their journey may still go on."""
    is_open = ask.log.open_journeys()
    if is_open is None:
        return np.zeros(len(departures.event), bool)
    events = ask.log.rows()
    journey = events.journey[departures.event]
    if ask.by_customer:
        latest_is_open = is_open[events.is_latest]
        goes_on = latest_is_open[events.owner[journey]]
    else:
        goes_on = is_open[journey]
    return np.asarray(goes_on & (departures.move == engine.MOVES.index("none")))


def _hidden(cells: Counts, ask: Ask) -> Flags:
    """(stages,) whether any of the moves of a stage, (3, n) with stage, move and journey, tells of a few."""
    stage, move, journey = cells
    n_customers = ask.log.n_customers
    cell = stage * (len(MOVES) + 1) + move
    owner = ask.log.rows().owner[journey]
    once = distinct(cell * n_customers + owner)
    n = _counted(cell, ask)
    people = _counted(once // n_customers, ask)
    hidden = hidden_counts(n, ask.min_n, people)
    return np.asarray(hidden.any(axis=1))


def _counted(cell: Counts, ask: Ask) -> Counts:
    """(stages, moves and open) how many there are of each, both in one number."""
    width = len(MOVES) + 1
    counts = np.bincount(cell, minlength=len(ask.names) * width)
    return counts.reshape(-1, width)
