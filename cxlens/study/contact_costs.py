"""What contacts cost, as a map of touchpoints says: of each touchpoint, and of each event of a log.

What serving a segment costs a year is the question of the stage ``impact``, what a journey costs that of ``journeys``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cxlens.errors import ValuesError
from cxlens.study.journeys import JourneyLog
from cxlens.study.touchpoints import TouchpointMap

Floats = NDArray[np.float64]


def contact_costs(touchpoint_map: TouchpointMap, asked_by: str) -> dict[str, float]:
    """What a contact costs, by touchpoint, of those of which the map says it.

    Raises
    ------
    ValuesError
        ``cost='log': the map says of no touchpoint what a contact costs. Fill its column cost_per_contact.``
    """
    known = {}
    for place in touchpoint_map:
        if place.cost_per_contact is not None:
            known[place.name] = place.cost_per_contact
    if not known:
        raise ValuesError(
            f"{asked_by}: the map says of no touchpoint what a contact costs. Fill its column cost_per_contact."
        )
    return known


def costs_of_events(log: JourneyLog, costs: dict[str, float]) -> Floats:
    """(events,) what each event of a log costs, in its order; 0 where that is not known."""
    by_code = np.array([costs.get(name, 0.0) for name in log.touchpoints])
    return np.asarray(by_code[log.rows().code])
