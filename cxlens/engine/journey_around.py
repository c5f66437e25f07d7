"""Where journeys are before and after one touchpoint: the step matrix around an anchor.

The step matrix from the start of journeys is counted in :mod:`cxlens.engine.journeys`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cxlens.engine.journey_shares import Members
from cxlens.engine.journeys import SortedEvents

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Around(NamedTuple):
    """Journeys by position and place; position 0 is the anchor, and all are counted at each.

    ``at`` numbers (position, place): ``(position + before) * places + place``, where the places are the touchpoints,
    then the start, the end and where a journey may still go on. ``anchored`` are the journeys that meet the anchor.
    """

    at: Members
    anchored: Ints
    places: int


def around(events: SortedEvents, anchor: int, before: int, after: int, under_way: Bools) -> Around:
    """Where each journey is so many steps before and after it first meets a touchpoint.

    Parameters
    ----------
    events
        The sorted events.
    anchor
        The code of the touchpoint.
    before, after
        How many steps to look back and on.
    under_way
        (journeys,) which may still go on: beyond their last event they are not at the end.
    """
    k = events.n_touchpoints
    places = k + 3
    is_anchor = events.first & (events.code == anchor)
    anchor_event = np.flatnonzero(is_anchor)
    journey = events.journey[anchor_event]
    beyond = np.where(under_way[journey], k + 2, k + 1)
    items = []
    for position in range(-before, after + 1):
        event = anchor_event + position
        inside = np.clip(event, 0, len(events) - 1)
        is_same = (event == inside) & (events.journey[inside] == journey)
        outside = np.full(len(journey), k) if position < 0 else beyond
        place = np.where(is_same, events.code[inside], outside)
        items.append((position + before) * places + place)
    item = np.concatenate(items).astype(np.int64)
    return Around(Members(item, np.tile(journey, len(items))), journey, places)
